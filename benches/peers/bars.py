"""5 million one-minute rows of a CSV file -> hourly bars, log return, rolling volatility 24, RSI 14. Unit: seconds.

polars, lazily, with an explicit schema and timestamp format. Each repetition is a fresh process; `peak_mb` is its largest
resident set, imports included (`import_mb`).

The file: timestamp,open,high,low,close,volume; timestamps like 2015-01-01 00:00:00.
"""

import json
import resource
import statistics
import subprocess
import sys
import time

import common


def main():
    parser = common.arguments(__doc__)
    parser.add_argument("--csv", required=True)
    parser.add_argument("--once", action="store_true", help="one repetition, in this process")
    args = parser.parse_args()
    if args.once:
        print(json.dumps(once(args.csv)))
        return
    command = [sys.executable, __file__, "--once", "--csv", args.csv]
    runs = [json.loads(subprocess.run(command, check=True, capture_output=True).stdout) for _ in range(args.reps + 1)]
    median = {key: statistics.median(run[key] for run in runs[1:]) for key in runs[0]}
    common.report("s", median.pop("seconds"), **median)


def once(path):
    import polars as pl

    peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    imported, start = peak(), time.perf_counter()
    names = ["open", "high", "low", "close", "volume"]
    schema = dict(timestamp=pl.String, **{name: pl.Float64 for name in names})
    stamp = pl.col("timestamp").str.to_datetime("%Y-%m-%d %H:%M:%S", time_unit="us", cache=False)
    rows = pl.scan_csv(path, schema=schema).with_columns(stamp).set_sorted("timestamp")
    open_, high, low, close, volume = map(pl.col, names)
    bars = rows.group_by_dynamic("timestamp", every="1h").agg(
        open_.first(), high.max(), low.min(), close.last(), volume.sum()
    )
    move = close.diff()
    wilder = lambda x: x.ewm_mean(alpha=1 / 14, adjust=False)
    gain = wilder(pl.when(move > 0).then(move).otherwise(0.0))
    loss = wilder(pl.when(move < 0).then(-move).otherwise(0.0))
    features = bars.with_columns(log_return=close.log().diff(), gain=gain, loss=loss).with_columns(
        volatility_24=pl.col("log_return").rolling_std(24),
        rsi_14=100 - 100 / (1 + pl.col("gain") / pl.col("loss")),
    )
    table = features.drop("gain", "loss").collect()
    seconds = time.perf_counter() - start
    last = {name: float(table[name][-1]) for name in ("close", "volume", "log_return", "volatility_24", "rsi_14")}
    return dict(seconds=seconds, peak_mb=peak(), import_mb=imported, n_bars=table.height, **last)


if __name__ == "__main__":
    main()
