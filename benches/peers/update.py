"""One gradient step in jitted JAX. Unit: milliseconds. Separate actor and critic, 32 inputs, 2 x 64 tanh, 3 logits, float32.

ppo         clipped surrogate + 1/2 value error^2 - .01 entropy
aajr        ppo + .1 * mean_k |J(s + d_k) u_k|^2 over the K = 5 points of an ascent on KL(pi(s) | pi(s + d)) that is run first
ascent      that ascent alone: normalized steps of 2.5 eps / K in the L2 ball of radius eps = .1, start at distance .1 eps
frobenius   ppo + .1 * |J|_F^2 in closed form, from the layers' matrices
projection  ppo + .1 * |J^T v|^2, one random unit v per row (Hoffman, Roberts, Yaida, arXiv 1908.02729)

J is the Jacobian of the logits; with --output probabilities, of the probabilities, which is what `shockproof` penalizes.
All but `ascent` include the clipping of the gradient's norm at .5 and Adam, as `Learner::update` does; Adam's step size is 1e-12,
so that every step meets the same weights.

--dump FILE writes the inputs and the answers of `ppo` and `aajr` as JSON instead of timing anything: weights [n_in, n_out] row by
row, actor then critic; points and directions of the ascent stacked over k; losses; the gradient of every weight. `aajr` is
dumped for both outputs, and so is its penalty alone, before its weight, as `penalty`.
"""

import json

import common
import numpy as np

parser = common.arguments(__doc__)
parser.add_argument("--op", choices=["ppo", "aajr", "ascent", "frobenius", "projection"], default="ppo")
parser.add_argument("--batch", type=int, default=256)
parser.add_argument("--output", choices=["logits", "probabilities"], default="logits")
parser.add_argument("--dump", default="", metavar="FILE")
args = parser.parse_args()

import jax
import jax.numpy as jnp
import optax

INPUTS, HIDDEN, LEVELS, K, EPS, WEIGHT, CLIP = 32, 64, 3, 5, 0.1, 0.1, 0.2
STEP = 2.5 * EPS / K

rng = np.random.default_rng(args.seed)
B = args.batch


def normal(*shape):
    return rng.standard_normal(shape).astype(np.float32)


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def orthogonal(n_in, n_out, gain):
    q, _ = np.linalg.qr(rng.standard_normal((max(n_in, n_out), min(n_in, n_out))))
    return (gain * (q if q.shape == (n_in, n_out) else q.T)).astype(np.float32)


def mlp(n_outputs, gain):
    layers = [(INPUTS, HIDDEN, 2**0.5), (HIDDEN, HIDDEN, 2**0.5), (HIDDEN, n_outputs, gain)]
    return [tensor for n_in, n_out, g in layers for tensor in (orthogonal(n_in, n_out, g), np.zeros(n_out, np.float32))]


weights = mlp(LEVELS, 0.5) + mlp(1, 1.0)
batch = dict(
    observations=normal(B, INPUTS),
    actions=rng.integers(0, LEVELS, B).astype(np.int32),
    advantages=normal(B),
    targets=normal(B),
    old_log_probs=np.full(B, -np.log(LEVELS), np.float32) + np.float32(0.05) * normal(B),
    start=np.float32(0.1 * EPS) * unit(normal(B, INPUTS)),
    cotangents=unit(normal(B, LEVELS)),
)


def net(w, x):
    x = jnp.tanh(x @ w[0] + w[1])
    x = jnp.tanh(x @ w[2] + w[3])
    return x @ w[4] + w[5]


def output(w, x, kind):
    logits = net(w[:6], x)
    return logits if kind == "logits" else jax.nn.softmax(logits)


def ppo_parts(w, b):
    log_p = jax.nn.log_softmax(net(w[:6], b["observations"]))
    ratio = jnp.exp(jnp.take_along_axis(log_p, b["actions"][:, None], 1)[:, 0] - b["old_log_probs"])
    advantages = b["advantages"]
    surrogate = jnp.maximum(-advantages * ratio, -advantages * jnp.clip(ratio, 1 - CLIP, 1 + CLIP)).mean()
    entropy = -(jnp.exp(log_p) * log_p).sum(-1).mean()
    value = 0.5 * ((net(w[6:], b["observations"])[:, 0] - b["targets"]) ** 2).mean()
    return dict(policy_loss=surrogate, value_loss=value, entropy=entropy)


def ppo(w, b):
    parts = ppo_parts(w, b)
    return parts["policy_loss"] + parts["value_loss"] - 0.01 * parts["entropy"]


def ascent(w, b):
    """Points minus observations and directions, [K * B, INPUTS] each, k first."""
    w, s, d = jax.lax.stop_gradient(w), b["observations"], b["start"]
    log_p = jax.nn.log_softmax(net(w[:6], s))
    p = jnp.exp(log_p)
    gradient = jax.grad(lambda d: (p * (log_p - jax.nn.log_softmax(net(w[:6], s + d)))).sum())
    places, directions = [], []
    for _ in range(K):
        g = gradient(d)
        u = g / (jnp.linalg.norm(g, axis=1, keepdims=True) + 1e-12)
        places.append(d)
        directions.append(u)
        d = d + STEP * u
        d = d * jnp.minimum(EPS / (jnp.linalg.norm(d, axis=1, keepdims=True) + 1e-12), 1.0)
    return jnp.concatenate(places), jnp.concatenate(directions)


def directional(w, b, places, directions, kind):
    x = jnp.tile(b["observations"], (K, 1)) + places
    _, tangent = jax.jvp(lambda x: output(w, x, kind), (x,), (directions,))
    return (tangent**2).sum(1).mean()


def frobenius(w, b):
    y1 = jnp.tanh(b["observations"] @ w[0] + w[1])
    y2 = jnp.tanh(y1 @ w[2] + w[3])
    rows = (w[4].T[None] * (1 - y2 * y2)[:, None]).reshape(-1, HIDDEN) @ w[2].T
    rows = (rows.reshape(B, LEVELS, HIDDEN) * (1 - y1 * y1)[:, None]).reshape(-1, HIDDEN) @ w[0].T
    return (rows**2).sum() / B


def projection(w, b):
    pulled = jax.grad(lambda x: (output(w, x, args.output) * b["cotangents"]).sum())(b["observations"])
    return (pulled**2).sum(1).mean()


def aajr(kind):
    def gradient(w, b):
        found = ascent(w, b)
        return jax.value_and_grad(lambda w: ppo(w, b) + WEIGHT * directional(w, b, *found, kind))(w)

    return gradient


def penalized(penalty):
    return jax.value_and_grad(lambda w, b: ppo(w, b) + WEIGHT * penalty(w, b))


def dump(path):
    def plain(tensor):
        tensor = np.asarray(tensor)
        return dict(shape=list(tensor.shape), values=tensor.ravel().tolist())

    places, directions = jax.jit(ascent)(w, b)
    answers = {"ppo": jax.jit(jax.value_and_grad(ppo))(w, b)}
    for kind in ("logits", "probabilities"):
        answers[f"aajr_{kind}"] = jax.jit(aajr(kind))(w, b)
        alone = jax.value_and_grad(lambda w: directional(w, b, places, directions, kind))
        answers[f"penalty_{kind}"] = jax.jit(alone)(w)
    inputs = dict(batch, places=places, directions=directions)
    held = dict(
        settings=dict(k=K, eps=EPS, step=STEP, weight=WEIGHT, clip=CLIP, entropy=0.01, value=1.0),
        weights=[plain(x) for x in weights],
        **{name: plain(tensor) for name, tensor in inputs.items()},
        losses={name: float(value) for name, value in ppo_parts(w, b).items()},
        gradients={name: [plain(g) for g in answer[1]] for name, answer in answers.items()},
        totals={name: float(answer[0]) for name, answer in answers.items()},
    )
    with open(path, "w") as file:
        json.dump(held, file)


w, b = [jnp.asarray(x) for x in weights], {name: jnp.asarray(x) for name, x in batch.items()}
if args.dump:
    dump(args.dump)
    raise SystemExit

if args.op == "frobenius" and args.output != "logits":
    parser.error("--op frobenius: the closed form is that of the logits")
optimizer = optax.chain(optax.clip_by_global_norm(0.5), optax.adam(1e-12, eps=1e-5))
gradients = dict(
    ppo=jax.value_and_grad(ppo), aajr=aajr(args.output), frobenius=penalized(frobenius), projection=penalized(projection)
)


def descend(w, memory, b):
    _, gradient = gradients[args.op](w, b)
    change, memory = optimizer.update(gradient, memory, w)
    return optax.apply_updates(w, change), memory


if args.op == "ascent":
    program = jax.jit(ascent)
    call = lambda: jax.block_until_ready(program(w, b))
else:
    program = jax.jit(descend)
    box = [(w, optimizer.init(w))]

    def call():
        box[0] = jax.block_until_ready(program(*box[0], b))


common.report("ms", 1e3 * common.seconds_per_call(call, args))
