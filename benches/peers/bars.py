"""5 million one-minute rows of a CSV file -> hourly bars, log return, rolling volatility 24, RSI 14. One repetition.

polars, lazily, with an explicit schema and timestamp format. `total`: seconds, imports excluded. `peak_mb`: the largest resident
set of the process, imports included (`import_mb` is theirs).

The file: timestamp,open,high,low,close,volume; timestamps like 2015-01-01 00:00:00.
"""

import argparse
import json
import resource
import time

import polars as pl

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--csv", required=True)
args = parser.parse_args()


def peak_mb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


import_mb, start = peak_mb(), time.perf_counter()
names = ["open", "high", "low", "close", "volume"]
schema = dict(timestamp=pl.String, **{name: pl.Float64 for name in names})
stamp = pl.col("timestamp").str.to_datetime("%Y-%m-%d %H:%M:%S", time_unit="us", cache=False)
rows = pl.scan_csv(args.csv, schema=schema).with_columns(stamp).set_sorted("timestamp")
open_, high, low, close, volume = map(pl.col, names)
hours = rows.group_by_dynamic("timestamp", every="1h")
bars = hours.agg(open_.first(), high.max(), low.min(), close.last(), volume.sum())
move = close.diff()


def wilder(gains):
    return gains.ewm_mean(alpha=1 / 14, adjust=False)


features = bars.with_columns(
    logret=close.log().diff(),
    up=wilder(pl.when(move > 0).then(move).otherwise(0.0)),
    down=wilder(pl.when(move < 0).then(-move).otherwise(0.0)),
).with_columns(vol24=pl.col("logret").rolling_std(24), rsi14=100 - 100 / (1 + pl.col("up") / pl.col("down")))
table = features.drop("up", "down").collect()
total = time.perf_counter() - start
last = {name: round(float(table[name][-1]), 6) for name in ("close", "volume", "logret", "vol24", "rsi14")}
print(json.dumps(dict(unit="s", total=total, peak_mb=peak_mb(), import_mb=import_mb, rows=table.height, checks=last)))
