"""The environment alone: every observation is written out. Unit: environment steps per second.

numba: a vector of copies stepped from Python, as a training loop would; observations into one buffer.
jax: the whole rollout in one jitted scan that keeps every observation.
"""

import common
import numpy as np
import trading

parser = common.arguments(__doc__)
parser.add_argument("--peer", choices=["numba", "jax"], required=True)
parser.add_argument("--n-envs", type=int, default=256)
args = parser.parse_args()

n = args.n_envs
n_steps = max(16, 65536 // n)
returns = common.returns()
actions = np.random.default_rng(args.seed + 1).integers(0, 3, (n_steps, n)).astype(np.int32)

if args.peer == "numba":
    step = trading.numba_step()
    state = trading.start_state(returns, n)
    observations = np.empty((n, common.WINDOW + 1), np.float32)
    rewards, over = np.empty(n, np.float32), np.empty(n, np.bool_)

    def rollout():
        return sum(play(row) for row in actions)

    def play(row):
        step(returns, *state, row, observations, rewards, over)
        return float(rewards.sum(dtype=np.float64))

else:
    import jax
    import jax.numpy as jnp

    observe, step = trading.jax_env(returns)
    vector_step = jax.vmap(step)
    start = tuple(map(jnp.asarray, trading.start_state(returns, n)))
    on_device = jnp.asarray(actions)

    @jax.jit
    def scan(state, actions):
        def body(state, row):
            state, observations, rewards, _ = vector_step(state, row)
            return state, (rewards.sum(), observations)

        state, (rewards, observations) = jax.lax.scan(body, state, actions)
        return state, rewards.sum(), observations

    box = [start]

    def rollout():
        box[0], total, observations = scan(box[0], on_device)
        jax.block_until_ready(observations)
        return float(total)


common.report("steps/s", n_steps * n / common.seconds_per_call(rollout, args))
