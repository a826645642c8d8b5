//! Jobs of the comparison.

use crate::side::{Cores, Side};

/// One job, run by us and by a peer.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) ours: Side,
    pub(crate) peer: Side,
    /// Readings of each measurement, one table row each.
    pub(crate) readings: &'static [Reading],
}

/// One value of a measurement.
pub(crate) struct Reading {
    /// Key of the value in the measurement's JSON.
    pub(crate) key: &'static str,
    /// Unit; `None` takes the measurement's own unit.
    pub(crate) unit: Option<&'static str>,
    pub(crate) wanted: Wanted,
}

/// Target of a reading.
#[derive(Clone, Copy)]
pub(crate) enum Wanted {
    /// Ours is at least this many times better than the peer.
    Times(f64),
    /// Ours is at least this value, whatever the peer.
    AtLeast(f64),
    /// Ours is at most this value, whatever the peer.
    AtMost(f64),
    /// No target: for information.
    Nothing,
}

const fn median(wanted: Wanted) -> Reading {
    Reading {
        key: "median",
        unit: None,
        wanted,
    }
}

const TEN_TIMES: &[Reading] = &[median(Wanted::Times(10.0))];
const EIGHT_TIMES: &[Reading] = &[median(Wanted::Times(8.0))];
const HALF_MORE: &[Reading] = &[median(Wanted::Times(1.5))];
const A_FIFTH_MORE: &[Reading] = &[median(Wanted::Times(1.2))];
const AS_FAST: &[Reading] = &[median(Wanted::Times(1.0))];
const FOR_INFORMATION: &[Reading] = &[median(Wanted::Nothing)];
const ENV_STEPS: &[Reading] = &[median(Wanted::AtLeast(20e6))];
const LATENCY: &[Reading] = &[
    Reading {
        key: "p50",
        unit: Some("us, p50"),
        wanted: Wanted::AtMost(1.5),
    },
    Reading {
        key: "p99",
        unit: Some("us, p99"),
        wanted: Wanted::AtMost(4.0),
    },
];
const TIME_AND_MEMORY: &[Reading] = &[
    Reading {
        key: "total",
        unit: None,
        wanted: Wanted::Times(1.0),
    },
    Reading {
        key: "peak_mb",
        unit: Some("MB, peak"),
        wanted: Wanted::Times(1.0),
    },
];

const SB3: &[&str] = &["torch", "stable_baselines3", "gymnasium"];
const JAX: &[&str] = &["jax", "optax"];

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = training();
    rows.extend(updates());
    rows.extend(acting());
    rows.push(bars());
    rows
}

fn one(ours: &'static str) -> Side {
    Side::Ours(ours, Cores::One)
}

fn script(label: &'static str, arguments: &'static str, needs: &'static [&'static str]) -> Side {
    Side::Python {
        label,
        arguments,
        needs,
        cores: Cores::One,
    }
}

fn training() -> Vec<Row> {
    const SMALL: &str = "PPO, 16 copies x 128 steps, minibatch 256, 10 epochs";
    const LARGE: &str = "PPO, 256 copies x 128 steps, minibatch 2048, 4 epochs";
    vec![
        Row {
            name: SMALL,
            ours: one("ppo-small"),
            peer: script("Stable-Baselines3", "train.py --peer sb3", SB3),
            readings: TEN_TIMES,
        },
        Row {
            name: SMALL,
            ours: one("ppo-small"),
            peer: script("JAX, jitted", "train.py --peer jax", JAX),
            readings: AS_FAST,
        },
        Row {
            name: LARGE,
            ours: one("ppo-large"),
            peer: script(
                "JAX, jitted",
                "train.py --peer jax --n-envs 256 --minibatch 2048 --epochs 4",
                JAX,
            ),
            readings: A_FIFTH_MORE,
        },
        Row {
            name: "PPO on two threads, 256 copies x 128 steps, minibatch 2048, 4 epochs",
            ours: Side::Ours("ppo-large-2", Cores::Two),
            peer: one("ppo-large"),
            readings: HALF_MORE,
        },
        Row {
            name: "PPO on CartPole, Stable-Baselines3's default settings",
            ours: one("cartpole"),
            peer: script("Stable-Baselines3", "train.py --peer sb3-cartpole", SB3),
            readings: EIGHT_TIMES,
        },
    ]
}

fn updates() -> Vec<Row> {
    let jax = |arguments| script("JAX, jitted", arguments, JAX);
    let row = |name, ours, arguments, readings| Row {
        name,
        ours: one(ours),
        peer: jax(arguments),
        readings,
    };
    vec![
        row(
            "PPO update, 256 rows",
            "update-256",
            "update.py --op ppo --batch 256",
            FOR_INFORMATION,
        ),
        row(
            "PPO update, 2048 rows",
            "update-2048",
            "update.py --op ppo --batch 2048",
            FOR_INFORMATION,
        ),
        row(
            "AAJR update, full form, 256 rows",
            "aajr-256",
            "update.py --op aajr --batch 256",
            AS_FAST,
        ),
        row(
            "AAJR update, full form, 2048 rows",
            "aajr-2048",
            "update.py --op aajr --batch 2048",
            AS_FAST,
        ),
        row(
            "ascent alone, K = 5, 256 rows",
            "ascent-256",
            "update.py --op ascent --batch 256",
            FOR_INFORMATION,
        ),
        row(
            "Frobenius update, exact, 256 rows",
            "frobenius-256",
            "update.py --op frobenius --batch 256",
            FOR_INFORMATION,
        ),
        row(
            "Frobenius update, 1 projection, 256 rows",
            "projection-256",
            "update.py --op projection --batch 256",
            FOR_INFORMATION,
        ),
    ]
}

fn acting() -> Vec<Row> {
    vec![
        Row {
            name: "environment alone, 256 copies",
            ours: one("env-256"),
            peer: script("Numba", "envs.py --peer numba", &["numba"]),
            readings: ENV_STEPS,
        },
        Row {
            name: "environment alone, 256 copies",
            ours: one("env-256"),
            peer: script("JAX, jitted", "envs.py --peer jax", &["jax"]),
            readings: ENV_STEPS,
        },
        Row {
            name: "one decision",
            ours: one("decision"),
            peer: script("Numba", "decide.py --peer numba", &["numba", "scipy"]),
            readings: LATENCY,
        },
        Row {
            name: "one decision",
            ours: one("decision"),
            peer: script(
                "ONNX Runtime",
                "decide.py --peer onnxruntime",
                &["onnx", "onnxruntime"],
            ),
            readings: LATENCY,
        },
    ]
}

/// Reads bars from CSV. This build cannot read files, so our side is an example of another build.
fn bars() -> Row {
    Row {
        name: "CSV, 5 M one-minute rows to hourly bars with features",
        ours: Side::Example {
            name: "csv_resample",
            build: "cargo build --release --example csv_resample --no-default-features --features data",
        },
        peer: Side::Python {
            label: "polars",
            arguments: "bars.py --csv",
            needs: &["polars"],
            cores: Cores::All,
        },
        readings: TIME_AND_MEMORY,
    }
}
