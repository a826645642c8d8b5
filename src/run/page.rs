//! `report.html` of a run.

use super::{RunError, execute::Work};
use crate::{
    config::ReplaySpec,
    eval::{Baseline, Ledger, Summary},
    report::{Fact, Method, PriceOrigin, ReportInput, Role, TrainingLog, write_html},
};

pub(super) fn write_page(
    work: &Work<'_>,
    summary: &Summary,
    logs: &[TrainingLog],
    ledgers: &[Ledger],
) -> Result<(), RunError> {
    let experiment = work.shared.experiment;
    let input = ReportInput {
        title: experiment.file.name.clone(),
        question: experiment.file.question.clone(),
        methods: methods(work, ledgers),
        ledgers,
        prices: origin(work),
        training: logs,
        summary,
        performance: experiment.file.evaluation.performance.clone(),
        training_budget_bps: Some(work.shared.prepared.spec.shocks.budget_bps.get()),
        caveats: caveats(work),
        provenance: provenance(work),
        config: work.config_text.to_owned(),
    };
    write_html(&work.folder.join("report.html"), &input)
        .map_err(|error| RunError::failed("writing the report", &error))
}

fn origin(work: &Work<'_>) -> PriceOrigin {
    match work.shared.prepared.provenance.drawn() {
        None => PriceOrigin::Recorded,
        Some(drawn) if drawn.history.is_some() => PriceOrigin::Resampled,
        Some(_) => PriceOrigin::Drawn,
    }
}

fn methods(work: &Work<'_>, ledgers: &[Ledger]) -> Vec<Method> {
    let trained = work.methods();
    let mut methods: Vec<Method> = trained
        .iter()
        .map(|name| Method {
            name: name.clone(),
            label: label(name),
            role: Role::Trained,
        })
        .collect();
    for ledger in ledgers {
        if !methods.iter().any(|method| method.name == ledger.policy) {
            methods.push(Method {
                name: ledger.policy.clone(),
                label: label(&ledger.policy),
                role: Role::Baseline,
            });
        }
    }
    methods
}

/// `buy_and_hold` → `Buy and hold`; short names without a vowel pattern of words stay as they are,
/// in capitals: `PPO`, `AAJR`.
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

fn caveats(work: &Work<'_>) -> Vec<String> {
    let prepared = work.shared.prepared;
    let file = &work.shared.experiment.file;
    let mut caveats = vec![format!(
        "Policies were trained on {} and judged on {}.",
        file.spans.train, file.spans.test
    )];
    caveats.push(format!(
        "Nothing was chosen on the validation span ({}): every policy is the last one of its training. What policies do there is \
         in validation/summary.json.",
        file.spans.validation
    ));
    if file
        .evaluation
        .attacks
        .iter()
        .any(|attack| attack.player.is_blind())
        && file
            .evaluation
            .baselines
            .iter()
            .any(|baseline| *baseline != Baseline::Flat)
    {
        caveats.push(
            "Baselines have no gradient to follow: they meet the attacks that follow none."
                .to_owned(),
        );
    }
    let dropped: usize = prepared
        .provenance
        .ingest()
        .into_iter()
        .flat_map(|report| &report.files)
        .map(|file| file.rows_dropped)
        .sum();
    if dropped > 0 {
        caveats.push(format!(
            "{dropped} bars that not every price file has were left out of the common calendar."
        ));
    }
    if let Some(drawn) = prepared.provenance.drawn() {
        caveats.push(format!(
            "Prices were drawn, not recorded: {} with seed {}. What holds here holds under that law.",
            drawn.law, drawn.seed
        ));
    }
    caveats.extend(replays(work));
    if !prepared.constant.is_empty() {
        caveats.push(format!(
            "Constant over the training span, hence always 0 for a policy: {}.",
            prepared.constant.join(", ")
        ));
    }
    caveats
}

/// Crashes that the env has put into the prices.
fn replays(work: &Work<'_>) -> Option<String> {
    let replays = &work.shared.experiment.env.replays;
    let told = |replay: &ReplaySpec| format!("{} on {}", replay.crash, replay.at);
    let list: Vec<String> = replays.iter().map(told).collect();
    (!list.is_empty()).then(|| {
        format!(
            "The prices are not those of history: the env has put crashes into them, {}.",
            list.join(", ")
        )
    })
}

fn provenance(work: &Work<'_>) -> Vec<Fact> {
    let experiment = work.shared.experiment;
    let seeds: Vec<String> = experiment
        .file
        .seeds
        .iter()
        .map(ToString::to_string)
        .collect();
    let mut facts = vec![
        Fact::new("command", &work.request.command),
        Fact::new("shockproof", env!("CARGO_PKG_VERSION")),
        Fact::new("env", experiment.env.id()),
        Fact::new("seeds", seeds.join(", ")),
        Fact::new("sha256 of the configuration", work.shared.config_sha256),
    ];
    for (name, sha256) in work.shared.prepared.data_sha256() {
        facts.push(Fact::new(format!("sha256 of {name}"), sha256));
    }
    facts
}
