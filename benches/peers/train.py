"""PPO from end to end: steps collected and learned from. Unit: environment steps per second.

sb3: Stable-Baselines3 on the Gymnasium class in its DummyVecEnv.   jax: everything in one jitted program (purejaxrl's way).
sb3-cartpole: Stable-Baselines3 with its default settings on Gymnasium's CartPole-v1.

Separate actor and critic, 2 x 64 tanh; Adam 3e-4, clip .2, entropy .01 (CartPole: 0), value .5, gradient norm .5, gamma .99,
lambda .95. Compilation and the first iterations are not timed.
"""

import common

parser = common.arguments(__doc__)
parser.add_argument("--peer", choices=["sb3", "jax", "sb3-cartpole"], required=True)
parser.add_argument("--n-envs", type=int, default=16)
parser.add_argument("--n-steps", type=int, default=128)
parser.add_argument("--minibatch", type=int, default=256)
parser.add_argument("--epochs", type=int, default=10)
args = parser.parse_args()

N, T, MINIBATCH, EPOCHS, HIDDEN = args.n_envs, args.n_steps, args.minibatch, args.epochs, 64
GAMMA, LAMBDA, CLIP, ENTROPY, VALUE, NORM, RATE = 0.99, 0.95, 0.2, 0.01, 0.5, 0.5, 3e-4


def stable_baselines():
    import os

    import torch
    from stable_baselines3 import PPO

    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", torch.get_num_threads())))
    common_settings = dict(device="cpu", seed=args.seed, verbose=0)
    if args.peer == "sb3-cartpole":
        model = PPO("MlpPolicy", "CartPole-v1", **common_settings)
    else:
        import trading
        from stable_baselines3.common.env_util import make_vec_env

        returns = common.returns()
        env = make_vec_env(lambda: trading.gymnasium_env(returns, args.seed), n_envs=N)
        shape = dict(net_arch=[HIDDEN, HIDDEN])
        model = PPO(
            "MlpPolicy", env, n_steps=T, batch_size=MINIBATCH, n_epochs=EPOCHS, learning_rate=RATE,
            ent_coef=ENTROPY, policy_kwargs=shape, **common_settings,
        )  # fmt: skip
    n_rows = model.n_steps * model.n_envs
    return n_rows, lambda: model.learn(n_rows, reset_num_timesteps=False)


def jitted():
    import jax
    import jax.numpy as jnp
    import optax
    import trading

    returns = common.returns()
    observe, step = trading.jax_env(returns)
    observe, step = jax.vmap(observe), jax.vmap(step)
    orthogonal = jax.nn.initializers.orthogonal

    def mlp(key, n_outputs, gain):
        sizes, gains = [common.WINDOW + 1, HIDDEN, HIDDEN, n_outputs], [2**0.5, 2**0.5, gain]
        keys = jax.random.split(key, 3)
        layers = [(orthogonal(g)(k, s), jnp.zeros(s[1])) for g, k, s in zip(gains, keys, zip(sizes, sizes[1:]))]
        return [tensor for layer in layers for tensor in layer]

    def net(w, x):
        x = jnp.tanh(x @ w[0] + w[1])
        x = jnp.tanh(x @ w[2] + w[3])
        return x @ w[4] + w[5]

    def pick(table, index):
        return jnp.take_along_axis(table, index[:, None], 1)[:, 0]

    def loss(w, batch):
        observations, actions, old, advantages, targets = batch
        log_p = jax.nn.log_softmax(net(w["actor"], observations))
        ratio = jnp.exp(pick(log_p, actions) - old)
        advantages = (advantages - advantages.mean()) / (advantages.std() + 1e-8)
        surrogate = jnp.maximum(-advantages * ratio, -advantages * jnp.clip(ratio, 1 - CLIP, 1 + CLIP)).mean()
        entropy = -(jnp.exp(log_p) * log_p).sum(-1).mean()
        error = net(w["critic"], observations)[:, 0] - targets
        return surrogate - ENTROPY * entropy + VALUE * 0.5 * (error**2).mean()

    optimizer = optax.chain(optax.clip_by_global_norm(NORM), optax.adam(RATE, eps=1e-5))

    def iterate(carry, _):
        w, memory, env, observations, key = carry

        def act(carry, _):
            env, observations, key = carry
            key, draw = jax.random.split(key)
            logits, values = net(w["actor"], observations), net(w["critic"], observations)[:, 0]
            actions = jax.random.categorical(draw, logits)
            log_p = pick(jax.nn.log_softmax(logits), actions)
            env, following, rewards, over = step(env, actions)
            return (env, following, key), (observations, actions, log_p, values, rewards, over)

        (env, observations, key), rollout = jax.lax.scan(act, (env, observations, key), None, T)
        seen, actions, log_p, values, rewards, over = rollout

        def advantage(carry, row):
            gae, following = carry
            value, reward, over = row
            goes_on = 1.0 - over
            gae = reward + GAMMA * following * goes_on - value + GAMMA * LAMBDA * goes_on * gae
            return (gae, value), gae

        last = net(w["critic"], observations)[:, 0]
        rows = (values, rewards, over.astype(jnp.float32))
        _, gae = jax.lax.scan(advantage, (jnp.zeros(N), last), rows, reverse=True, unroll=16)
        batch = (seen, actions, log_p, gae, gae + values)
        batch = jax.tree.map(lambda x: x.reshape((N * T,) + x.shape[2:]), batch)

        def epoch(carry, _):
            w, memory, key = carry
            key, draw = jax.random.split(key)
            order = jax.random.permutation(draw, N * T)
            split = lambda x: x[order].reshape((N * T // MINIBATCH, MINIBATCH) + x.shape[1:])

            def descend(carry, minibatch):
                w, memory = carry
                value, gradient = jax.value_and_grad(loss)(w, minibatch)
                change, memory = optimizer.update(gradient, memory, w)
                return (optax.apply_updates(w, change), memory), value

            (w, memory), losses = jax.lax.scan(descend, (w, memory), jax.tree.map(split, batch))
            return (w, memory, key), losses.mean()

        (w, memory, key), losses = jax.lax.scan(epoch, (w, memory, key), None, EPOCHS)
        return (w, memory, env, observations, key), (rewards.mean(), losses.mean())

    n_iterations = 5
    actor, critic, key = jax.random.split(jax.random.key(args.seed), 3)
    w = dict(actor=mlp(actor, 3, 0.01), critic=mlp(critic, 1, 1.0))
    env = tuple(map(jnp.asarray, trading.start_state(returns, N, args.seed)))
    program = jax.jit(lambda carry: jax.lax.scan(iterate, carry, None, n_iterations))
    box = [(w, optimizer.init(w), env, observe(env), key)]

    def call():
        box[0], seen = program(box[0])
        jax.block_until_ready(seen)

    return N * T * n_iterations, call


n_rows, call = jitted() if args.peer == "jax" else stable_baselines()
common.report("steps/s", n_rows / common.seconds_per_call(call, args))
