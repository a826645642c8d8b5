//! Markdown table of the comparison.

use crate::{
    pairs::Measured,
    rows::{Reading, Row, Wanted},
    side::Machine,
    workload::median,
};
use serde_json::Value;
use std::{env, fmt, fs};

pub(crate) struct Table {
    heading: String,
    lines: Vec<String>,
    notes: Vec<String>,
}

impl Table {
    pub(crate) fn new(machine: &Machine, rounds: usize) -> Self {
        let arguments: Vec<String> = env::args().skip(1).filter(|a| a != "--bench").collect();
        let command = "cargo bench --no-default-features --features learn --bench peers";
        let versions: Vec<String> = machine
            .modules
            .iter()
            .map(|(name, version)| format!("{name} {version}"))
            .collect();
        let mut notes = Vec::new();
        if !machine.pins {
            notes.push("`taskset` is not there or refuses the core: one-thread jobs were not pinned, and JAX may have used more than one core.".to_owned());
        }
        Self {
            heading: format!(
                "`{command} -- {}`, {} (UTC), {}, {} cores; medians of {rounds} paired runs per job.\nPeers: {}.\n",
                arguments.join(" "),
                today(),
                cpu_model(),
                std::thread::available_parallelism().map_or(0, usize::from),
                if versions.is_empty() {
                    "none".to_owned()
                } else {
                    versions.join(", ")
                },
            ),
            lines: Vec::new(),
            notes,
        }
    }

    pub(crate) fn add(&mut self, row: &Row, measured: &Measured) {
        if let Some(answers) = differing_answers(measured) {
            let name = row.name;
            self.notes.push(format!(
                "{name}: the sides do not do the same, ours and the peer's answers are {answers}."
            ));
        }
        for reading in row.readings {
            let ours = read(&measured.ours, reading);
            let peer = read(&measured.peer, reading);
            let first = measured.ours.as_ref().or(measured.peer.as_ref());
            let own_unit = first
                .ok()
                .and_then(|all| all.first()?.get("unit")?.as_str());
            let unit = reading.unit.or(own_unit).unwrap_or("");
            let ratios = ratios(&ours, &peer, unit);
            let cell = |side: &Result<Vec<f64>, String>| match side {
                Ok(numbers) => format!("{} {unit}", short(middle(numbers))),
                Err(reason) => reason.clone(),
            };
            self.lines.push(format!(
                "| {} | {} | {} | {} | {} | {} | {} |",
                row.name,
                row.peer.label(),
                cell(&ours),
                cell(&peer),
                ratios.as_deref().map_or_else(String::new, range),
                wanted(reading.wanted, unit),
                verdict(reading.wanted, ours.ok().as_deref(), ratios.as_deref()),
            ));
        }
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.heading)?;
        writeln!(
            f,
            "| job | peer | ours | the peer's | ours is better by (lowest .. highest pair) | wanted | met |"
        )?;
        writeln!(f, "|---|---|---|---|---|---|---|")?;
        for line in &self.lines {
            writeln!(f, "{line}")?;
        }
        if self.lines.iter().any(|line| line.contains("not installed")) {
            writeln!(f, "\nHow to install the peers: `docs/benchmarks.md`.")?;
        }
        for note in &self.notes {
            writeln!(f, "\n{note}")?;
        }
        Ok(())
    }
}

/// Note on the `checks` of both sides, if both have some and they differ by more than rounding.
fn differing_answers(measured: &Measured) -> Option<String> {
    let last = |side: &Result<Vec<Value>, String>| {
        let measurements = side.as_ref().ok()?;
        measurements.last()?.get("checks")?.as_object().cloned()
    };
    let (ours, peer) = (last(&measured.ours)?, last(&measured.peer)?);
    let agree = ours.len() == peer.len()
        && ours.iter().all(|(name, ours)| {
            let pair = ours.as_f64().zip(peer.get(name).and_then(Value::as_f64));
            pair.is_some_and(|(a, b)| (a - b).abs() <= 1e-5 * b.abs().max(1.0))
        });
    let show = |answers| Value::Object(answers).to_string();
    (!agree).then(|| format!("{} and {}", show(ours), show(peer)))
}

/// Value of a reading in each round.
fn read(measured: &Result<Vec<Value>, String>, reading: &Reading) -> Result<Vec<f64>, String> {
    let number = |m: &Value| {
        let found = m.get(reading.key).and_then(Value::as_f64);
        found.ok_or_else(|| format!("failed: printed no `{}`", reading.key))
    };
    measured
        .as_ref()
        .map_err(Clone::clone)?
        .iter()
        .map(number)
        .collect()
}

/// Ratio by which ours is better, per round: more per second, or less of any other unit.
fn ratios(
    ours: &Result<Vec<f64>, String>,
    peer: &Result<Vec<f64>, String>,
    unit: &str,
) -> Option<Vec<f64>> {
    let (ours, peer) = (ours.as_ref().ok()?, peer.as_ref().ok()?);
    let more_is_better = unit.ends_with("/s");
    let ratio = |(ours, peer): (&f64, &f64)| {
        if more_is_better {
            ours / peer
        } else {
            peer / ours
        }
    };
    Some(ours.iter().zip(peer).map(ratio).collect())
}

fn middle(numbers: &[f64]) -> f64 {
    median(&mut numbers.to_vec())
}

fn range(ratios: &[f64]) -> String {
    let low = ratios.iter().copied().fold(f64::INFINITY, f64::min);
    let high = ratios.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    format!("{:.2} x ({low:.2} .. {high:.2})", middle(ratios))
}

fn wanted(wanted: Wanted, unit: &str) -> String {
    match wanted {
        Wanted::Times(times) => format!(">= {times} x"),
        Wanted::AtLeast(number) => format!(">= {} {unit}", short(number)),
        Wanted::AtMost(number) => format!("<= {} {unit}", short(number)),
        Wanted::Nothing => String::new(),
    }
}

fn verdict(wanted: Wanted, ours: Option<&[f64]>, ratios: Option<&[f64]>) -> &'static str {
    let is_met = match wanted {
        Wanted::Times(times) => ratios.map(|ratios| middle(ratios) >= times),
        Wanted::AtLeast(number) => ours.map(|ours| middle(ours) >= number),
        Wanted::AtMost(number) => ours.map(|ours| middle(ours) <= number),
        Wanted::Nothing => None,
    };
    match is_met {
        Some(true) => "yes",
        Some(false) => "no",
        None => "",
    }
}

/// Formats three significant digits.
fn short(number: f64) -> String {
    let (scaled, suffix) = match number.abs() {
        x if x >= 1e6 => (number / 1e6, " M"),
        x if x >= 1e4 => (number / 1e3, " k"),
        _ => (number, ""),
    };
    let digits = match scaled.abs() {
        x if x >= 100.0 => 0,
        x if x >= 10.0 => 1,
        _ => 2,
    };
    format!("{scaled:.digits$}{suffix}")
}

fn today() -> impl fmt::Display {
    #[allow(clippy::disallowed_methods, reason = "the date of a measurement")]
    let now = std::time::SystemTime::now();
    chrono::DateTime::<chrono::Utc>::from(now).format("%Y-%m-%d")
}

fn cpu_model() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = text
        .lines()
        .find_map(|line| line.strip_prefix("model name"));
    model.map_or_else(
        || env::consts::ARCH.to_owned(),
        |model| model.trim_start_matches([' ', '\t', ':']).to_owned(),
    )
}
