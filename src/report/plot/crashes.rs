//! Cost of each replayed crash to each policy, on one axis.

use super::chart::{Axis, Chart, Row, Series, Style, rounded};
use crate::{
    eval::{CrashSummary, metrics::Format},
    report::{
        digest::Digest,
        input::{Method, Role},
    },
};

/// The chart; rows are the crashes in the order given. A policy that was ruined has no mark.
pub(crate) fn chart(digest: &Digest<'_>, crashes: &[&CrashSummary]) -> Chart {
    let rows = crashes.iter().map(|crash| Row {
        label: crash.crash.clone(),
        class: String::new(),
    });
    let methods = digest.input.methods.iter().filter(|method| {
        let mut scores = crashes.iter().flat_map(|crash| &crash.scores);
        scores.any(|score| score.policy == method.name)
    });
    let series = methods.map(|method| {
        let values: Vec<Option<f64>> = crashes.iter().map(|crash| lost(crash, method)).collect();
        let (style, low) = match method.role {
            Role::Trained => (Style::Dots, vec![Some(0.0); values.len()]),
            Role::Baseline => (Style::Circles, Vec::new()),
        };
        Series {
            values,
            low,
            ..Series::new(&method.label, digest.class(method), style)
        }
    });
    let series: Vec<Series> = series.collect();
    let quantity = "log growth without the crash minus log growth with it";
    Chart {
        height: 60 + crashes.len() * (6 * series.len() + 16),
        ..Chart::new("Crash cost", quantity, Axis::Rows, Format::Percent)
            .with_rows(rows.collect(), series)
    }
}

/// Cost of the crash to a method; `None` where it was not played or was ruined.
fn lost(crash: &CrashSummary, method: &Method) -> Option<f64> {
    let over_seeds = crash.over_seeds();
    let (_, figures) = over_seeds.iter().find(|(name, _)| *name == method.name)?;
    figures.median_lost.and_then(rounded)
}
