//! Metric tables: clean market, attacks at the reference budget, performance by budget.

use crate::eval::{
    Ledger, LedgerSummary, PolicySpread, Spread, Weakness,
    metrics::{Better, Description, Format},
};
use crate::market::Charge;
use crate::report::{
    analysis::SweepPoint,
    digest::{Digest, budget_text},
    input::{Method, Role},
    seeds::quartiles,
};
use maud::{Markup, html};

/// Renders the label of a policy beside a patch of its color.
pub(super) fn swatch(digest: &Digest<'_>, method: &Method) -> Markup {
    html! { span class=(format!("swatch {}", digest.class(method))) {} (method.label) }
}

/// Quartiles over seeds of one metric of one policy.
struct Cell {
    /// Quartiles; `None` if no seed has a value.
    quartiles: Option<[f64; 3]>,
    n_seeds: usize,
    n_undefined: usize,
    remark: Option<String>,
    /// True if the metric is undefined because of a ruin.
    is_ruin: bool,
}

/// Table of all metrics in the clean market.
pub(crate) fn nominal(digest: &Digest<'_>) -> Markup {
    table(digest, &played(digest, Ledger::NOMINAL, 0.0))
}

/// Tables of all metrics under each attack that was evaluated at the reference budget.
pub(crate) fn attacked(digest: &Digest<'_>) -> Markup {
    let Some(reference) = &digest.reference else {
        return html! { p.nothing { "No attack was evaluated." } };
    };
    let attacks = digest.attacks.iter();
    let tables = attacks.map(|attack| (attack, played(digest, attack, reference.budget_bps)));
    html! {
        @for (attack, played) in tables.filter(|(_, played)| !played.is_empty()) {
            h3 { "Attack: " (digest.attack_title(attack, reference.budget_bps)) }
            (table(digest, &played))
        }
    }
}

/// Table of performance for every attack and budget, median over seeds.
pub(crate) fn grid(digest: &Digest<'_>) -> Markup {
    let methods = digest
        .input
        .methods
        .iter()
        .filter(|m| digest.nominal(&m.name).is_some());
    let methods: Vec<&Method> = methods.collect();
    let format = digest.performance.format;
    let row = |title: &str, attack: &str, budget: f64| {
        let points = methods
            .iter()
            .map(|m| digest.point(&m.name, attack, budget));
        let points: Vec<Option<&SweepPoint>> = points.collect();
        html! {
            @if points.iter().any(Option::is_some) {
                tr {
                    th scope="row" { (title) }
                    @for (method, point) in methods.iter().zip(points) {
                        @let ruined = digest.rows(&method.name, attack, budget).into_iter();
                        @let n_ruined = ruined.filter(|row| row.ruined).count();
                        @let value = point.and_then(SweepPoint::median);
                        td {
                            (format.text(value))
                            @if n_ruined > 0 { small { (n_ruined) " ruined" } }
                            @if let Some(weakness) = weakness(digest, method, budget, value) {
                                small { (weakness) }
                            }
                        }
                    }
                }
            }
        }
    };
    html! {
        div.scroll { table {
            caption {
                (digest.performance.label)
                ", median over seeds; – : not evaluated or undefined; below it the number of \
                 ruined accounts, if any. Gains: better than in the clean market. Below random: \
                 worse for the attacker than blind noise. Either attack failed and proves nothing."
            }
            (head(digest, &methods, "Attack and budget"))
            tbody {
                (row("clean market", Ledger::NOMINAL, 0.0))
                @for attack in &digest.attacks {
                    @for &budget in &digest.budgets_bps {
                        (row(&digest.attack_title(attack, budget), attack, budget))
                    }
                }
            }
        } }
    }
}

/// Failure of an attack, judged by the policy's median performance `value` under it; `None` if the
/// attack did not fail.
fn weakness(
    digest: &Digest<'_>,
    method: &Method,
    budget_bps: f64,
    value: Option<f64>,
) -> Option<Weakness> {
    let nominal = digest.nominal(&method.name);
    let random = digest.point(&method.name, Weakness::RANDOM, budget_bps);
    let [nominal, random] = [nominal, random].map(|point| point.and_then(SweepPoint::median));
    Weakness::of(value, nominal, random)
}

/// Table of interquartile means over seeds with bootstrap intervals.
pub(crate) fn over_seeds(digest: &Digest<'_>) -> Markup {
    let summary = digest.input.summary;
    let rows = digest.trained().filter_map(|method| {
        let mut spreads = summary.policies.iter();
        Some((method, spreads.find(|p| p.policy == method.name)?))
    });
    let rows: Vec<(&Method, &PolicySpread)> = rows.collect();
    if rows.is_empty() {
        return html! { p.nothing { "No trained policy was attacked." } };
    }
    html! {
        div.scroll { table {
            caption {
                "Interquartile mean over seeds; below it the 95 % bootstrap interval where there \
                 are several seeds. Worst: the lowest over all attacks"
                @if let Some(budget) = summary.worst_at_bps { " at " (budget_text(budget)) }
                ", per seed. Dash: undefined in some seed (nothing was left after a ruin, or no \
                 variance)."
            }
            thead { tr {
                th scope="col" { "Policy" }
                @for figure in ["log growth", "Sharpe ratio"] {
                    @for case in ["clean", "worst", "gap"] {
                        th scope="col" { (figure) ", " (case) }
                    }
                }
            } }
            tbody { @for (method, p) in &rows {
                @let growth = [&p.nominal_log_growth, &p.worst_log_growth, &p.gap_log_growth];
                @let sharpe = [&p.nominal_sharpe, &p.worst_sharpe, &p.gap_sharpe];
                tr {
                    th scope="row" { (swatch(digest, method)) }
                    @for spread in growth.into_iter().chain(sharpe) { td { (spread_cell(spread)) } }
                }
            } }
        } }
    }
}

fn spread_cell(spread: &Spread) -> Markup {
    html! {
        (Format::Number.text(spread.interquartile_mean))
        @if let Some(interval) = spread.interval {
            small { (range(Format::Number, interval.low, interval.high)) }
        }
        @if let Some(ruins) = spread.ruins_text() { small { (ruins) } }
    }
}

/// List of the definitions of all metrics.
pub(crate) fn glossary(metrics: &[Description]) -> Markup {
    html! {
        dl.glossary {
            @for known in metrics {
                dt { (known.label) }
                dd { (known.definition) ". Undefined when " (known.undefined) "." }
            }
        }
    }
}

/// A policy and its backtests under one attack, one per seed.
type Played<'a> = (&'a Method, Vec<&'a LedgerSummary>);

fn played<'a>(digest: &Digest<'a>, attack: &str, budget_bps: f64) -> Vec<Played<'a>> {
    let methods = digest.input.methods.iter();
    methods
        .map(|method| (method, digest.rows(&method.name, attack, budget_bps)))
        .filter(|(_, rows)| !rows.is_empty())
        .collect()
}

fn table(digest: &Digest<'_>, played: &[Played<'_>]) -> Markup {
    let methods: Vec<&Method> = played.iter().map(|(method, _)| *method).collect();
    let mut notes: Vec<String> = Vec::new();
    let metrics = digest.input.summary.metrics.iter();
    let rows: Vec<Markup> = metrics
        .map(|known| {
            let cells: Vec<Cell> = played.iter().map(|(_, rows)| cell(rows, known)).collect();
            let best = best_trained(known, &methods, &cells);
            html! {
                tr {
                    th scope="row" title=(known.definition) { (known.label) }
                    @for (index, (method, cell)) in methods.iter().zip(&cells).enumerate() {
                        td.best[best == Some(index)] { (write(method, known, cell, &mut notes)) }
                    }
                }
            }
        })
        .collect();
    html! {
        div.scroll { table {
            caption {
                "Median over seeds; below it the quartiles where there are several seeds. Bold: \
                 best trained policy. Dash: undefined, with the reason below."
            }
            (head(digest, &methods, "Metric"))
            tbody {
                (ruins(played))
                @for row in &rows { (row) }
            }
        } }
        @if !notes.is_empty() {
            ol.notes { @for note in &notes { li { (note) } } }
        }
    }
}

/// Row with the number of ruined accounts of each policy; empty if there is none.
fn ruins(played: &[Played<'_>]) -> Markup {
    let n_ruined = |rows: &[&LedgerSummary]| rows.iter().filter(|row| row.ruined).count();
    html! {
        @if played.iter().any(|(_, rows)| n_ruined(rows) > 0) {
            tr {
                th scope="row" title="a ruined account holds its cash to the end of the span" {
                    "Ruined accounts"
                }
                @for (_, rows) in played { td { (n_ruined(rows)) " of " (rows.len()) } }
            }
        }
    }
}

/// Table of the costs of each kind in the clean market, as shares of the initial equity.
pub(crate) fn costs(digest: &Digest<'_>) -> Markup {
    let played = played(digest, Ledger::NOMINAL, 0.0);
    let methods: Vec<&Method> = played.iter().map(|(method, _)| *method).collect();
    let median = |rows: &[&LedgerSummary], kind: usize| {
        let share = |row: &&LedgerSummary| row.costs.to_array()[kind] / row.initial_equity;
        Some(quartiles(&rows.iter().map(share).collect::<Vec<_>>())?[1])
    };
    let is_charged = |kind: &usize| {
        let mut rows = played.iter().flat_map(|(_, rows)| rows);
        rows.any(|row| row.costs.to_array()[*kind].abs() > 0.0)
    };
    html! {
        div.scroll { table {
            caption {
                "Costs over the whole span as a share of the initial equity, median over seeds; an \
                 income is negative. Kinds that nobody paid are left out."
            }
            (head(digest, &methods, "Cost"))
            tbody { @for kind in (0..Charge::KINDS.len()).filter(is_charged) { tr {
                th scope="row" { (Charge::KINDS[kind].replace('_', " ")) }
                @for (_, rows) in &played {
                    td { (Format::FinePercent.text(median(rows, kind))) }
                }
            } } }
        } }
    }
}

fn head(digest: &Digest<'_>, methods: &[&Method], first: &str) -> Markup {
    html! {
        thead { tr {
            th scope="col" { (first) }
            @for method in methods { th scope="col" { (swatch(digest, method)) } }
        } }
    }
}

fn write(method: &Method, known: &Description, cell: &Cell, notes: &mut Vec<String>) -> Markup {
    let number = (cell.n_undefined > 0).then(|| {
        let (label, who) = (&known.label, &method.label);
        let reason = if cell.is_ruin {
            "the account was ruined"
        } else {
            &known.undefined
        };
        let which = match cell.n_seeds {
            1 => String::new(),
            n => format!(" in {} of {n} seeds", cell.n_undefined),
        };
        notes.push(format!(
            "{label} of {who}: undefined{which}, because {reason}."
        ));
        notes.len()
    });
    let mark = html! { @if let Some(number) = number { sup { (number) } } };
    html! {
        @match cell.quartiles {
            Some([low, median, high]) => {
                (known.format.value(median)) (mark)
                @if cell.n_seeds - cell.n_undefined > 1 && high > low {
                    small { (range(known.format, low, high)) }
                }
            },
            None => { "–" (mark) },
        }
        @if let Some(remark) = &cell.remark {
            small.remark { @for word in remark.split(' ') { span { (word) } " " } }
        }
    }
}

/// Formats lower and upper quartile, with the percent sign only once.
fn range(format: Format, low: f64, high: f64) -> String {
    let (low, high) = (format.value(low), format.value(high));
    let low = if matches!(format, Format::Percent | Format::FinePercent) {
        low.trim_end_matches(" %")
    } else {
        &low
    };
    format!("{low} … {high}")
}

fn cell(rows: &[&LedgerSummary], known: &Description) -> Cell {
    let values: Vec<f64> = rows.iter().filter_map(|row| row.get(&known.name)).collect();
    let undefined = || rows.iter().filter(|row| row.get(&known.name).is_none());
    Cell {
        quartiles: quartiles(&values),
        n_seeds: rows.len(),
        n_undefined: undefined().count(),
        // A remark belongs to one backtest, so several seeds have none.
        remark: match rows {
            [only] if known.name == "max_drawdown" => dates(only),
            _ => None,
        },
        is_ruin: undefined().any(|row| row.ruined),
    }
}

/// Formats the dates of the maximum drawdown.
fn dates(row: &LedgerSummary) -> Option<String> {
    let dates = row.drawdown_dates?;
    let day = |at: chrono::DateTime<chrono::Utc>| at.format("%Y-%m-%d").to_string();
    let peak = dates.peak.map_or_else(|| "the start".to_owned(), day);
    Some(format!("{peak} to {}", day(dates.trough)))
}

/// Index of the trained policy with the best median, if there are at least two and the metric has a
/// preferred direction. A policy with an undefined seed is excluded.
fn best_trained(known: &Description, methods: &[&Method], cells: &[Cell]) -> Option<usize> {
    let sign = match known.better {
        Better::Higher => 1.0,
        Better::Lower => -1.0,
        Better::Neither => return None,
    };
    let medians: Vec<(usize, f64)> = (0..)
        .zip(methods.iter().zip(cells))
        .filter(|(_, (method, cell))| method.role == Role::Trained && cell.n_undefined == 0)
        .filter_map(|(index, (_, cell))| Some((index, sign * cell.quartiles?[1])))
        .collect();
    let best = medians.iter().max_by(|a, b| a.1.total_cmp(&b.1))?;
    (medians.len() > 1).then_some(best.0)
}
