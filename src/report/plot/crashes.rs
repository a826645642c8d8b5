//! Cost of each replayed crash to each policy, on one axis.

use super::chart::{Axis, Chart, Curve, Row, Series, Style};
use crate::{
    eval::{CrashSummary, metrics::Format},
    report::{
        digest::Digest,
        input::{Method, Role},
    },
};

/// Builds the chart; rows are the crashes in the order given. A policy that was ruined has no mark.
pub(crate) fn chart(digest: &Digest<'_>, crashes: &[&CrashSummary]) -> Chart {
    let series = digest.input.methods.iter().map(|method| {
        let style = match method.role {
            Role::Trained => Style::Dots,
            Role::Baseline => Style::Circles,
        };
        Series::of(digest, method, style, costs(method, crashes))
    });
    let quantity = "log growth without the crash minus log growth with it";
    let series = series.filter(|series| !series.curve.is_empty()).collect();
    let rows = crashes
        .iter()
        .map(|crash| Row::new(&crash.crash, String::new()));
    Chart::new("Crash cost", quantity, Axis::Rows, Format::Percent, series)
        .with_rows(rows.collect())
}

/// Costs to a method by row. The bars of trained policies start at zero.
fn costs(method: &Method, crashes: &[&CrashSummary]) -> Curve {
    let rows = (0_u32..).map(f64::from).zip(crashes);
    rows.filter_map(|(row, crash)| {
        let over_seeds = crash.over_seeds();
        let (_, figures) = over_seeds.iter().find(|(name, _)| *name == method.name)?;
        let lost = figures.median_lost?;
        Some(match method.role {
            Role::Trained => (row, [lost.min(0.0), lost, lost.max(0.0)]),
            Role::Baseline => (row, [lost; 3]),
        })
    })
    .collect()
}
