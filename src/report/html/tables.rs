//! Metric tables: the clean market, every attack at the reference budget, and performance over the grid of budgets.

use crate::report::digest::{Digest, budget_text};
use crate::report::input::{Method, NOMINAL, Role, Score};
use crate::report::metric::{Better, KNOWN, Metric, metric};
use crate::report::plot::format::Format;
use crate::report::seeds::sorted_quantile;
use maud::{Markup, html};
use std::collections::BTreeSet;

/// Quartiles over seeds of one metric of one policy.
struct Cell {
    /// `None` where no seed has a value.
    quartiles: Option<[f64; 3]>,
    n_seeds: usize,
    n_undefined: usize,
    remark: Option<String>,
    reason: Option<String>,
}

/// All metrics in the clean market.
pub(crate) fn nominal(digest: &Digest<'_>) -> Markup {
    table(digest, NOMINAL, 0.0)
}

/// All metrics under each attack at the reference budget.
pub(crate) fn attacked(digest: &Digest<'_>) -> Markup {
    let Some(reference) = &digest.reference else {
        return html! { p.nothing { "No attack was evaluated." } };
    };
    html! {
        @for attack in &digest.attacks {
            h3 { "Attack: " (attack) ", " (reference.budget_text()) }
            (table(digest, attack, reference.budget_bps))
        }
    }
}

/// Performance for every attack and budget, median over seeds.
pub(crate) fn grid(digest: &Digest<'_>) -> Markup {
    let format = digest.performance().format;
    let methods: Vec<&Method> = digest
        .input
        .methods
        .iter()
        .filter(|m| digest.nominal(&m.name).is_some())
        .collect();
    let median = |method: &Method, attack: &str, budget: f64| {
        digest
            .point(&method.name, attack, budget)
            .and_then(|p| p.median())
            .map_or_else(|| "–".to_owned(), |v| format.value(v))
    };
    html! {
        div.scroll { table {
            caption { (digest.performance_label()) ", median over seeds; – : not evaluated or undefined" }
            (head(digest, &methods, "Attack and budget"))
            tbody {
                tr { th scope="row" { "clean market" } @for m in &methods { td { (median(m, NOMINAL, 0.0)) } } }
                @for attack in &digest.attacks {
                    @for budget in &digest.budgets_bps {
                        @if methods.iter().any(|m| digest.point(&m.name, attack, *budget).is_some()) {
                            tr {
                                th scope="row" { (attack) ", " (budget_text(*budget)) }
                                @for m in &methods { td { (median(m, attack, *budget)) } }
                            }
                        }
                    }
                }
            }
        } }
    }
}

/// What every metric means.
pub(crate) fn glossary(digest: &Digest<'_>) -> Markup {
    html! {
        dl.glossary {
            @for name in names(digest) {
                @let known = metric(&name);
                @if !known.definition.is_empty() {
                    dt { (known.label) }
                    dd { (known.definition) ". Undefined when: " (known.undefined) "." }
                }
            }
        }
    }
}

fn table(digest: &Digest<'_>, attack: &str, budget_bps: f64) -> Markup {
    let has_score = |method: &&Method| {
        digest
            .scores(&method.name, attack, budget_bps)
            .next()
            .is_some()
    };
    let methods: Vec<&Method> = digest.input.methods.iter().filter(has_score).collect();
    let mut notes: Vec<String> = Vec::new();
    let rows: Vec<(String, Markup)> = names(digest)
        .into_iter()
        .map(|name| {
            let cells: Vec<Cell> = methods
                .iter()
                .map(|m| cell(digest, m, attack, budget_bps, &name))
                .collect();
            let row = row(&name, &methods, &cells, &mut notes);
            (name, row)
        })
        .collect();
    html! {
        div.scroll { table {
            caption { "Median over seeds; below it the quartiles where there are several seeds. Bold: best trained policy." }
            (head(digest, &methods, "Metric"))
            tbody {
                @for (_, row) in &rows { (row) }
            }
        } }
        @if !notes.is_empty() {
            ol.notes { @for note in &notes { li { (note) } } }
        }
    }
}

fn head(digest: &Digest<'_>, methods: &[&Method], first: &str) -> Markup {
    html! {
        thead { tr {
            th scope="col" { (first) }
            @for method in methods {
                th scope="col" { span class=(format!("swatch {}", digest.class(method))) {} (method.label) }
            }
        } }
    }
}

fn row(name: &str, methods: &[&Method], cells: &[Cell], notes: &mut Vec<String>) -> Markup {
    let known = metric(name);
    let best = best_trained(&known, methods, cells);
    html! {
        tr {
            th scope="row" title=(known.definition) { (known.label_of(name)) }
            @for (index, (method, cell)) in methods.iter().zip(cells).enumerate() {
                td.best[best == Some(index)] { (write(name, method, &known, cell, notes)) }
            }
        }
    }
}

fn write(
    name: &str,
    method: &Method,
    known: &Metric,
    cell: &Cell,
    notes: &mut Vec<String>,
) -> Markup {
    let (label, who) = (known.label_of(name), &method.label);
    let note = match (cell.n_undefined, cell.n_seeds) {
        (0, _) => None,
        (undefined, n) => {
            let reason = cell.reason.as_deref().unwrap_or(known.undefined);
            let which = if n > 1 {
                format!(" in {undefined} of {n} seeds")
            } else {
                String::new()
            };
            Some(format!("{label} of {who}: undefined{which}, {reason}."))
        }
    };
    let number = note.map(|note| {
        let known = notes.iter().position(|n| *n == note);
        known.unwrap_or_else(|| {
            notes.push(note);
            notes.len() - 1
        }) + 1
    });
    html! {
        @match cell.quartiles {
            Some([low, median, high]) => {
                (known.format.value(median))
                @if cell.n_seeds - cell.n_undefined > 1 && high > low {
                    small { (range(known.format, low, high)) }
                }
            },
            None if cell.n_seeds > 0 => { "–" },
            None => { span title="not evaluated" { "–" } },
        }
        @if let Some(number) = number { sup { (number) } }
        @if let Some(remark) = &cell.remark { small.remark { @for word in remark.split(' ') { span { (word) } " " } } }
    }
}

/// Lower and upper quartile; the unit once where it is a suffix.
fn range(format: Format, low: f64, high: f64) -> String {
    let (low, high) = (format.value(low), format.value(high));
    let low = if format == Format::Percent {
        low.trim_end_matches(" %")
    } else {
        &low
    };
    format!("{low} … {high}")
}

fn cell(digest: &Digest<'_>, method: &Method, attack: &str, budget_bps: f64, name: &str) -> Cell {
    let scores: Vec<&Score> = digest.scores(&method.name, attack, budget_bps).collect();
    let mut values: Vec<f64> = scores.iter().filter_map(|score| score.get(name)).collect();
    values.sort_by(f64::total_cmp);
    let undefined: Vec<&&Score> = scores
        .iter()
        .filter(|s| s.values.contains_key(name) && s.get(name).is_none())
        .collect();
    Cell {
        quartiles: (!values.is_empty())
            .then(|| [0.25, 0.5, 0.75].map(|q| sorted_quantile(&values, q))),
        n_seeds: values.len() + undefined.len(),
        n_undefined: undefined.len(),
        // Remarks belong to one backtest; between seeds they differ.
        remark: match &scores[..] {
            [only] if only.get(name).is_some() => only.remarks.get(name).cloned(),
            _ => None,
        },
        reason: undefined
            .iter()
            .find_map(|score| score.remarks.get(name).cloned()),
    }
}

/// The trained policy with the best median, where there are at least two to compare and the metric has a better side.
fn best_trained(known: &Metric, methods: &[&Method], cells: &[Cell]) -> Option<usize> {
    let sign = match known.better {
        Better::Higher => 1.0,
        Better::Lower => -1.0,
        Better::Neither => return None,
    };
    let medians: Vec<(usize, f64)> = (0..)
        .zip(methods.iter().zip(cells))
        .filter(|(_, (method, _))| method.role == Role::Trained)
        .filter_map(|(index, (_, cell))| Some((index, sign * cell.quartiles?[1])))
        .collect();
    let best = medians.iter().max_by(|a, b| a.1.total_cmp(&b.1))?;
    (medians.len() > 1).then_some(best.0)
}

/// Names of the metrics that any score has: the known ones in their order, then the others.
fn names(digest: &Digest<'_>) -> Vec<String> {
    let present: BTreeSet<&str> = digest
        .input
        .scores
        .iter()
        .flat_map(|s| s.values.keys().map(String::as_str))
        .collect();
    let known = KNOWN
        .iter()
        .map(|m| m.name)
        .filter(|name| present.contains(name));
    let unknown = present
        .iter()
        .copied()
        .filter(|name| KNOWN.iter().all(|m| m.name != *name));
    known.chain(unknown).map(str::to_owned).collect()
}
