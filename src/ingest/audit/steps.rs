//! Steps between bars that are too long or too short, singly or in stretches.

use super::{Code, Finding, Hours, Severity};
use crate::market::Panel;
use chrono::{Datelike, TimeDelta};
use std::collections::BTreeMap;

/// A step length belongs to the calendar if at least one in this many steps has it: nights and
/// weekends do, mid-week holidays (fewer than 1 in 100) do not.
const RARE: usize = 100;

/// Longest step that holidays explain: a weekend with a holiday on either side.
const LONG: TimeDelta = TimeDelta::days(5);

/// Number of steps in a stretch.
const STRETCH: usize = 100;

pub(super) fn find(panel: &Panel) -> Vec<Finding> {
    let length = panel.bar_length();
    let steps: Vec<TimeDelta> = panel
        .timestamps()
        .windows(2)
        .map(|pair| pair[1] - pair[0])
        .collect();
    let mut counts = BTreeMap::new();
    for &step in &steps {
        *counts.entry(step).or_insert(0_usize) += 1;
    }
    let rare = |step: &TimeDelta| counts[step] * RARE < steps.len();
    // The row after step `i` is row `i + 1`.
    let rows = |holds: &dyn Fn(&TimeDelta) -> bool| -> Vec<usize> {
        (1..panel.n_bars())
            .filter(|&t| holds(&steps[t - 1]))
            .collect()
    };
    let overlaps = rows(&|step| *step < length);
    let mixed = mixed(&steps, length);
    let gaps = rows(&|step| *step > length && rare(step));
    let longest = gaps.iter().map(|&t| steps[t - 1]).max().unwrap_or_default();
    let severity = if longest > LONG.max(length) {
        Severity::Warning
    } else {
        Severity::Info
    };
    let other = mixed.first().map_or(length, |&t| steps[t - 1]);
    let finding = |severity, code, rows: &[usize], message| {
        let first = panel.timestamps()[*rows.first()?];
        let count = rows.len();
        Some(Finding::new(severity, code, count, first, message))
    };
    let (longest, other, length) = (spelled(longest), spelled(other), spelled(length));
    let gap = format!(
        "an unusually long step since the bar before (the longest: {longest}): a holiday, or \
         missing bars"
    );
    let overlap = format!(
        "the bar ends less than the bar length of {length} after the one before: the two overlap, \
         or the bar length is wrong"
    );
    let other_length = format!(
        "most steps around here are of {other} and not of {length}, the bar length: two files \
         were put together, or the bar length is wrong"
    );
    [
        finding(severity, Code::Gap, &gaps, gap),
        finding(Severity::Warning, Code::Overlap, &overlaps, overlap),
        finding(Severity::Error, Code::MixedSteps, &mixed, other_length),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Trading hours: `Always` if few steps are longer than a bar and every weekday has a bar.
pub(super) fn hours(panel: &Panel) -> Hours {
    let (length, ends) = (panel.bar_length(), panel.timestamps());
    let n_longer = ends
        .windows(2)
        .filter(|pair| pair[1] - pair[0] > length)
        .count();
    let week = ends[ends.len() - 1] - ends[0] >= TimeDelta::days(7);
    if week && n_longer * RARE < ends.len() && length <= TimeDelta::days(1) {
        let mut weekdays = [false; 7];
        for &end in ends {
            let weekday = (end - length).weekday().num_days_from_monday();
            weekdays[usize::try_from(weekday).unwrap_or(0)] = true;
        }
        if weekdays.iter().all(|&trades| trades) {
            return Hours::Always;
        }
    }
    Hours::Sessions
}

/// Rows after steps of the majority length of their stretch, if that length is not `length`.
fn mixed(steps: &[TimeDelta], length: TimeDelta) -> Vec<usize> {
    let mut rows = Vec::new();
    for (n, stretch) in steps.chunks(STRETCH).enumerate() {
        let mut sorted = stretch.to_vec();
        sorted.sort_unstable();
        // The median equals a length that more than half of the steps have.
        let middle = sorted[sorted.len() / 2];
        let n_alike = stretch.iter().filter(|step| **step == middle).count();
        if stretch.len() == STRETCH && middle != length && 2 * n_alike > STRETCH {
            let first = n * STRETCH;
            let alike = (0..STRETCH).filter(|i| stretch[*i] == middle);
            rows.extend(alike.map(|i| first + i + 1));
        }
    }
    rows
}

fn spelled(step: TimeDelta) -> String {
    let seconds = step.num_seconds();
    if seconds % 86_400 == 0 {
        format!("{} d", seconds / 86_400)
    } else if seconds % 3600 == 0 {
        format!("{} h", seconds / 3600)
    } else {
        format!("{seconds} s")
    }
}
