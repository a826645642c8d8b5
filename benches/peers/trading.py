"""One trading environment, three ways: a Gymnasium class, a Numba loop, a JAX function.

Observation: the last 31 log returns times 1000 and the position, 32 float32. Action a in {0, 1, 2} is the position p' = a - 1.
Reward p' * return of the next bar - 1 bp * |p' - p|. An episode lasts 1024 steps, then starts anew at a random bar.
"""

import numpy as np
from common import COST, EPISODE, SCALE, WINDOW


def start_state(returns, n, seed=0):
    """(t, t0, position, generator), each [n]."""
    with np.errstate(over="ignore"):
        state = (np.arange(n, dtype=np.uint32) + np.uint32(seed * 7919 + 1)) * np.uint32(2654435761)
        state = state * np.uint32(1664525) + np.uint32(1013904223)
    t = (WINDOW + state % np.uint32(len(returns) - WINDOW - EPISODE - 2)).astype(np.int32)
    return t.copy(), t.copy(), np.zeros(n, np.int32), state


def gymnasium_env(returns, seed=0):
    import gymnasium

    class Trading(gymnasium.Env):
        def __init__(self):
            self.observation_space = gymnasium.spaces.Box(-np.inf, np.inf, (WINDOW + 1,), np.float32)
            self.action_space = gymnasium.spaces.Discrete(3)
            self.scaled = returns * np.float32(SCALE)
            self.rng = np.random.default_rng(seed)

        def observe(self):
            observation = np.empty(WINDOW + 1, np.float32)
            observation[:WINDOW] = self.scaled[self.t - WINDOW + 1 : self.t + 1]
            observation[WINDOW] = self.position
            return observation

        def reset(self, seed=None, options=None):
            self.t0 = self.t = int(self.rng.integers(WINDOW, len(returns) - EPISODE - 2))
            self.position = 0
            return self.observe(), {}

        def step(self, action):
            position = int(action) - 1
            reward = position * float(returns[self.t + 1]) - COST * abs(position - self.position)
            self.t += 1
            self.position = position
            return self.observe(), reward, False, self.t - self.t0 >= EPISODE, {}

    return Trading()


def numba_step():
    import numba

    @numba.njit(fastmath=True, nogil=True)
    def step(returns, t, t0, position, state, actions, observations, rewards, over):
        span = np.uint32(returns.shape[0] - WINDOW - EPISODE - 2)
        for i in range(t.shape[0]):
            new = actions[i] - 1
            rewards[i] = np.float32(new) * returns[t[i] + 1] - np.float32(COST) * np.float32(abs(new - position[i]))
            t[i] += 1
            position[i] = new
            over[i] = t[i] - t0[i] >= EPISODE
            if over[i]:
                state[i] = np.uint32(state[i] * np.uint32(1664525) + np.uint32(1013904223))
                t0[i] = WINDOW + np.int32(state[i] % span)
                t[i] = t0[i]
                position[i] = 0
            first = t[i] - WINDOW + 1
            for k in range(WINDOW):
                observations[i, k] = returns[first + k] * np.float32(SCALE)
            observations[i, WINDOW] = position[i]

    return step


def jax_env(returns_host):
    """(observe, step) of one copy, to be vmapped."""
    import jax
    import jax.numpy as jnp

    returns = jnp.asarray(returns_host)
    span = np.uint32(len(returns_host) - WINDOW - EPISODE - 2)

    def observe(env):
        t, _, position, _ = env
        window = jax.lax.dynamic_slice(returns, (t - WINDOW + 1,), (WINDOW,)) * SCALE
        return jnp.concatenate([window, position.astype(jnp.float32)[None]])

    def step(env, action):
        t, t0, position, state = env
        new = action - 1
        cost = COST * jnp.abs(new - position).astype(jnp.float32)
        reward = new.astype(jnp.float32) * returns[t + 1] - cost
        t = t + 1
        over = t - t0 >= EPISODE
        next_state = state * np.uint32(1664525) + np.uint32(1013904223)
        start = WINDOW + (next_state % span).astype(jnp.int32)
        pick = lambda there, here: jnp.where(over, there, here)
        env = (pick(start, t), pick(start, t0), pick(0, new), pick(next_state, state))
        return env, observe(env), reward, over

    return observe, step
