//! `report.html` of a run.

use super::{Provenance, RunError, context::RunContext};
use crate::{
    config::{EvaluationConfig, ReplaySpec},
    eval::{Baseline, Ledger, Summary},
    ingest::IngestReport,
    report::{Fact, Method, PriceOrigin, ReportInput, Role, TrainingLog, write_html},
};

/// Writes the report of `ledgers` with their metrics in `summary`.
pub(super) fn write_page(
    run: &RunContext<'_>,
    summary: &Summary,
    logs: &[TrainingLog],
    ledgers: &[Ledger],
) -> Result<(), RunError> {
    let file = &run.experiment.file;
    let input = ReportInput {
        title: file.name.clone(),
        question: file.question.clone(),
        methods: methods(run.methods(), ledgers),
        ledgers,
        prices: origin(&run.prepared.provenance),
        training: logs,
        summary,
        performance: file.evaluation.performance.clone(),
        training_budget_bps: Some(run.training_bps()),
        caveats: caveats(run),
        provenance: provenance(run),
        config: run.config_text.to_owned(),
    };
    write_html(&run.folder.join("report.html"), &input)
        .map_err(|error| RunError::failed("writing the report", &error))
}

fn origin(provenance: &Provenance) -> PriceOrigin {
    match provenance.drawn() {
        None => PriceOrigin::Recorded,
        Some(drawn) if drawn.history.is_some() => PriceOrigin::Resampled,
        Some(_) => PriceOrigin::Drawn,
    }
}

/// Trained methods, then the baselines that have a ledger.
fn methods(trained: Vec<String>, ledgers: &[Ledger]) -> Vec<Method> {
    let method = |name: String, role| Method {
        label: label(&name),
        name,
        role,
    };
    let trained = trained.into_iter().map(|name| method(name, Role::Trained));
    let mut methods: Vec<Method> = trained.collect();
    for ledger in ledgers {
        if !methods.iter().any(|method| method.name == ledger.policy) {
            methods.push(method(ledger.policy.clone(), Role::Baseline));
        }
    }
    methods
}

/// Formats `buy_and_hold` as `Buy and hold`; acronyms stay in capitals: `PPO`, `A2C`, `AAJR`.
fn label(name: &str) -> String {
    if ["ppo", "a2c", "aajr"].contains(&name) {
        return name.to_uppercase();
    }
    let spaced = name.replace(['_', '-'], " ");
    let mut letters = spaced.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

fn caveats(run: &RunContext<'_>) -> Vec<String> {
    let (prepared, file) = (run.prepared, &run.experiment.file);
    let mut caveats = vec![
        format!(
            "Policies were trained on {} and judged on {}.",
            file.spans.train, file.spans.test
        ),
        format!(
            "Nothing was chosen on the validation span ({}): every policy is the last one of its \
             training. What policies do there is in validation/summary.json.",
            file.spans.validation
        ),
    ];
    // An own cost term may charge for a short position.
    if run.experiment.env.trading.costs.own.is_empty() {
        caveats.push("Short sales carry no borrowing fee.".to_owned());
    }
    if attacks_baselines(&file.evaluation) {
        let text = "Baselines have no gradient to follow: they meet the attacks that follow none.";
        caveats.push(text.to_owned());
    }
    let reports = prepared.provenance.ingest().into_iter();
    let files = reports.flat_map(|report| &report.files);
    let n_dropped: usize = files.map(|file| file.rows_dropped).sum();
    if n_dropped > 0 {
        caveats.push(format!(
            "{n_dropped} bars that not every price file has were left out of the common calendar."
        ));
    }
    if let Some(report) = prepared.provenance.ingest() {
        caveats.extend(signals(report));
        caveats.extend(conversions(report));
    }
    if let Some(drawn) = prepared.provenance.drawn() {
        caveats.push(format!(
            "Prices were drawn, not recorded: {} with seed {}. What holds here holds under that \
             law.",
            drawn.law, drawn.seed
        ));
    }
    caveats.extend(replayed(&run.experiment.env.replays));
    if !prepared.constant.is_empty() {
        caveats.push(format!(
            "Constant over the training span, hence always 0 for a policy: {}.",
            prepared.constant.join(", ")
        ));
    }
    caveats
}

/// Sentences about bars left out because a signal was unknown, and about signals with carried
/// values.
fn signals(report: &IngestReport) -> Vec<String> {
    let mut caveats = Vec::new();
    if report.bars_before_signals > 0 {
        let n_bars = report.bars_before_signals;
        caveats.push(format!(
            "{n_bars} bars before every signal is known were left out."
        ));
    }
    let signals = report.files.iter().flat_map(|file| &file.signals);
    let carried = signals.filter(|signal| signal.n_missing + signal.n_carried > 0);
    caveats.extend(carried.map(|signal| format!("Values are carried: {signal}.")));
    caveats
}

/// Conversions of prices to another currency.
fn conversions(report: &IngestReport) -> impl Iterator<Item = String> {
    report.files.iter().filter_map(|file| {
        let (currency, conversion) = (file.currency.as_ref()?, file.conversion.as_ref()?);
        Some(format!(
            "Prices of {} in {currency} are {conversion}.",
            file.symbol
        ))
    })
}

fn attacks_baselines(evaluation: &EvaluationConfig) -> bool {
    let mut attacks = evaluation.attacks.iter();
    let mut baselines = evaluation.baselines.iter();
    attacks.any(|attack| attack.player.is_blind())
        && baselines.any(|baseline| *baseline != Baseline::Flat)
}

fn replayed(replays: &[ReplaySpec]) -> Option<String> {
    let replays = replays.iter();
    let list: Vec<String> = replays
        .map(|r| format!("{} on {}", r.crash, r.at))
        .collect();
    (!list.is_empty()).then(|| {
        format!(
            "The prices are not those of history: the env has put crashes into them, {}.",
            list.join(", ")
        )
    })
}

fn provenance(run: &RunContext<'_>) -> Vec<Fact> {
    let seeds = run.experiment.file.seeds.iter();
    let seeds: Vec<String> = seeds.map(ToString::to_string).collect();
    let mut facts = vec![
        Fact::new("command", run.command),
        Fact::new("shockproof", env!("CARGO_PKG_VERSION")),
        Fact::new("env", run.experiment.env.id()),
        Fact::new("seeds", seeds.join(", ")),
        Fact::new("sha256 of the configuration", run.config_sha256),
    ];
    for (name, sha256) in run.prepared.provenance.data_sha256() {
        facts.push(Fact::new(format!("sha256 of {name}"), sha256));
    }
    facts
}
