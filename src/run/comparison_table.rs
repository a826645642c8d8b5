//! The comparison of methods as a Markdown table.

use super::MethodFigures;
use crate::{eval::Spread, report::metric_text, stats::Interval};
use std::fmt::Write;

/// Renders the comparison as a Markdown table with the command that reproduces it.
pub(super) fn markdown(figures: &[MethodFigures], performance: &str, command: &str) -> String {
    let budget = figures
        .first()
        .and_then(|f| f.worst_at_bps)
        .map_or_else(|| "–".to_owned(), |bps| format!("{bps} bps"));
    let mut text = format!(
        "Made by `{command}`. Per figure: median over seeds [interquartile mean, 95 % bootstrap \
         interval]. Worst: the lowest {performance} over all attacks at {budget} per step; gap: \
         nominal − worst. A ruined account holds its cash to the end of the span. Nothing was \
         chosen on the validation span.\n\n\
         | method | seeds | nominal {performance} | worst {performance} at {budget} | gap | \
         gap − {first}’s, paired by seed | sensitivity (÷ {first}’s) | \
         validation: nominal {performance} |\n\
         |---|---|---|---|---|---|---|---|\n",
        first = figures.first().map_or("first", |f| f.method.as_str()),
    );
    for f in figures {
        let ratio = f
            .sensitivity_ratio
            .map_or_else(String::new, |ratio| format!(" ({ratio:.2})"));
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {}{ratio} | {} |",
            f.method,
            f.nominal.n_seeds,
            cell(&f.nominal, performance),
            cell(&f.worst, performance),
            cell(&f.gap, performance),
            f.gap_difference
                .map_or_else(|| "–".to_owned(), |i| interval(&i, performance)),
            undefined(&f.sensitivity).unwrap_or_else(|| number(f.sensitivity.median)),
            cell(&f.validation.nominal, performance),
        );
    }
    text
}

/// Formats `12.0 % [11.8 %, 10.1 % … 13.2 %]`, or the number of undefined seeds if there is any;
/// then the number of ruined seeds, if any.
fn cell(spread: &Spread, performance: &str) -> String {
    let ruins = spread
        .ruins_text()
        .map_or_else(String::new, |ruins| format!("; {ruins}"));
    if let Some(said) = undefined(spread) {
        return said + &ruins;
    }
    let written = |x: f64| metric_text(performance, x);
    let median = spread.median.map_or_else(|| "–".to_owned(), written);
    let figures = spread.interval.map_or(median.clone(), |i| {
        let [estimate, low, high] = [i.estimate, i.low, i.high].map(written);
        format!("{median} [{estimate}, {low} … {high}]")
    });
    figures + &ruins
}

fn undefined(spread: &Spread) -> Option<String> {
    let (n, of) = (spread.n_undefined, spread.n_seeds);
    (n > 0).then(|| format!("undefined ({n} of {of} seeds)"))
}

fn interval(i: &Interval, performance: &str) -> String {
    let [estimate, low, high] = [i.estimate, i.low, i.high].map(|x| metric_text(performance, x));
    format!("{estimate} [{low} … {high}]")
}

fn number(value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), |x| format!("{x:.3}"))
}
