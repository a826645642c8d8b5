"""Shared by the scripts in this folder: arguments, a stopwatch, one JSON line, the synthetic market.

Every script measures one peer on one job and prints one line {"unit": ..., "median": ..., ...} on stdout. Threads are the
caller's business: `cargo bench --bench peers` sets the usual variables (OMP_NUM_THREADS, ...) and pins the process to one core
for one-thread rows, because XLA sizes its pool by the cores that it may use. By hand: `taskset -c 1 python train.py ...`.
"""

import argparse
import json
import math
import os
import statistics
import time

os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ.setdefault("KMP_BLOCKTIME", "0")

WINDOW, EPISODE, COST, SCALE = 31, 1024, 1e-4, 1000.0
N_BARS = 100_000


def arguments(doc):
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reps", type=int, default=5, help="repetitions, of which the median counts")
    parser.add_argument("--min-time", type=float, default=0.4, help="seconds per repetition, at least")
    parser.add_argument("--seed", type=int, default=0)
    return parser


def seconds_per_call(call, args):
    """Median over repetitions of the mean wall time of `call()`, which blocks until it is done. The first call warms up."""
    call()
    start = time.perf_counter()
    n = 0
    while n == 0 or time.perf_counter() - start < 0.05:
        call()
        n += 1
    inner = max(1, math.ceil(args.min_time * n / (time.perf_counter() - start)))
    means = []
    for _ in range(args.reps):
        start = time.perf_counter()
        for _ in range(inner):
            call()
        means.append((time.perf_counter() - start) / inner)
    return statistics.median(means)


def report(unit, median, **more):
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    print(json.dumps(dict(unit=unit, median=median, cores=cores, **more)), flush=True)


def returns(n=N_BARS, seed=0):
    """Log returns of a random walk in one-minute bars, float32; the first is 0."""
    import numpy as np

    moves = np.random.default_rng(seed).standard_normal(n) * 8e-4
    moves[0] = 0.0
    return moves.astype(np.float32)
