//! Evaluation in one call: from a policy and an environment to ledgers and figures.

use super::{
    Arena, AttackSpec, EvalError, Ledger, LedgerSummary, Summary,
    annualization::short_span_notice,
    attack,
    metrics::{Metric, Trials, built_in},
};
use crate::{
    agent::PolicyFile,
    env::TradingEnv,
    policy::device::{DeviceChoice, RuntimeDevice, select},
};
use std::{fmt, sync::Arc};

/// Seed of all random numbers in an evaluation, so that all policies meet the same numbers.
pub const EVALUATION_SEED: u64 = 0;

/// Backtests of one policy and their figures. `Display` prints a short table, in which `(ruined)`
/// follows an attack that ruined the account; a sentence below names the days of a short backtest.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// Ledgers: the nominal market first, then attack by attack, budget by budget.
    pub ledgers: Vec<Ledger>,
    /// Metrics of the ledgers, and the robustness gap if attacks were played.
    pub summary: Summary,
}

/// Plays `policy` through all rows of `env` in the nominal market.
///
/// # Errors
/// Errors of [`evaluate_attacked`].
pub fn evaluate(policy: &PolicyFile, env: &TradingEnv) -> Result<Evaluation, EvalError> {
    evaluate_attacked(policy, env, &[])
}

/// Plays `policy` through all rows of `env`, in the nominal market and under every attack at each
/// of its budgets, on the CPU, with the noise of [`EVALUATION_SEED`].
///
/// Pass an environment over the test rows. Its horizon is ignored: a backtest plays the whole span.
///
/// ```
/// # use shockproof::{agent::*, env::*, features::*, market::*};
/// # use std::sync::Arc;
/// use shockproof::{eval::{AttackSpec, evaluate_attacked}, units::Bps};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let day = |t: i64| chrono::DateTime::UNIX_EPOCH + chrono::TimeDelta::days(t);
/// # let x = |t: i64| 100.0 + (t % 7) as f64;
/// # let bar = |t: i64| Bar { open: x(t - 1), high: 107.0, low: 99.0, close: x(t), volume: 1e6 };
/// # let (days, bars) = ((0..99).map(day).collect(), (0..99).map(bar).collect());
/// # let panel = Panel::new(vec!["A".to_owned()], days, bars, chrono::TimeDelta::days(1))?;
/// # let rules = TradingSpec { initial_cash: 1e5, costs: Costs::FREE,
/// #     allocation: Allocation::Weights { low: -1.0, high: 1.0, max_gross: 1.0 },
/// #     orders: OrderRules::default(), reward: Reward::LogGrowth,
/// #     horizon: None, ruin_fraction: 0.1,
/// #     features: vec![FeatureSpec::ZScore { window: 10 }], account: vec![],
/// #     shocks: ShockSpec { budget_bps: Bps::new(50.0)?, ..ShockSpec::none() } };
/// # let market = Arc::new(Market::fit(panel, &rules.features, 0..50)?);
/// # let env = TradingEnv::new(Arc::clone(&market), rules.clone(), 50..99)?;
/// # let mut header =
/// #     PolicyHeader::by_hand(market.pipeline(), &[], 86_400, rules.allocation.clone())?;
/// # header.normalizer = market.normalizer().clone();
/// # let mut policy = PolicyFile::linear(header, &[-0.5], &[0.0])?;
/// # let value = |shape: &[usize]| TensorData { shape: shape.to_vec(), values: vec![0.1] };
/// # policy.tensors.insert("critic.0.weight".to_owned(), value(&[1, 1]));
/// # policy.tensors.insert("critic.0.bias".to_owned(), value(&[1]));
/// // `policy`: a PolicyFile, `env`: a TradingEnv over the test rows.
/// let attacks = [AttackSpec::random(Bps::new(25.0)?), AttackSpec::pgd(Bps::new(25.0)?)];
/// let found = evaluate_attacked(&policy, &env, &attacks)?;
/// let [clean, random, pgd] = &found.summary.ledgers[..] else { return Err("three".into()) };
/// assert!(pgd.get("total_log_growth") < clean.get("total_log_growth"));
/// assert_eq!(random.attack, "random");
/// println!("{found}");
/// # Ok(()) }
/// ```
///
/// # Errors
/// [`EvalError`]: a policy that does not fit the environment, impossible attacks, or a network that
/// computes NaN or infinity.
pub fn evaluate_attacked(
    policy: &PolicyFile,
    env: &TradingEnv,
    attacks: &[AttackSpec],
) -> Result<Evaluation, EvalError> {
    let rows = env.first_row()..env.last_row() + 1;
    let arena = Arena::new(Arc::clone(env.market()), env.spec().clone(), rows)?;
    let ledgers = attack_on_cpu(&arena, policy, attacks)?;
    let training_bps = Some(env.spec().shocks.budget_bps.get());
    let reference = Some(policy.header.method.as_str());
    let summary = Summary::new(&ledgers, reference, training_bps, EVALUATION_SEED);
    Ok(Evaluation { ledgers, summary })
}

/// Runs [`attack`] on the CPU with [`EVALUATION_SEED`].
pub(crate) fn attack_on_cpu(
    arena: &Arena,
    policy: &PolicyFile,
    attacks: &[AttackSpec],
) -> Result<Vec<Ledger>, EvalError> {
    match select(DeviceChoice::Cpu).device {
        RuntimeDevice::Cpu(device) => attack(arena, policy, &device, attacks, EVALUATION_SEED),
        #[cfg(feature = "cuda")]
        RuntimeDevice::Cuda(device) => attack(arena, policy, &device, attacks, EVALUATION_SEED),
    }
}

impl Evaluation {
    /// Adds metrics from outside the crate to the summary.
    ///
    /// # Errors
    /// [`EvalError::MetricName`] for a name that is taken.
    pub fn with_metrics(mut self, metrics: &[Arc<dyn Metric>]) -> Result<Self, EvalError> {
        self.summary.add_metrics(&self.ledgers, metrics)?;
        Ok(self)
    }
}

impl fmt::Display for Evaluation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let n_built_in = built_in(Trials::ONE).len();
        let metrics = || {
            let (known, own) = self.summary.metrics.split_at(n_built_in);
            let shown = known
                .iter()
                .filter(|metric| LedgerSummary::SHORT.contains(&&*metric.name));
            shown.chain(own)
        };
        write!(f, "{:<40}", "attack")?;
        for metric in metrics() {
            write!(f, "  {:>20}", metric.label)?;
        }
        for row in &self.summary.ledgers {
            let attack = row.attack_text().unwrap_or_else(|| row.attack.clone());
            let mark = if row.ruined { " (ruined)" } else { "" };
            write!(f, "\n{:<40}", format!("{attack}{mark}"))?;
            for metric in metrics() {
                write!(f, "  {:>20}", metric.format.text(row.get(&metric.name)))?;
            }
        }
        match short_span_notice(&self.summary.ledgers) {
            Some(notice) => write!(f, "\n{notice}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::tests::*, *};
    use crate::{env::ShockKind, market::Costs};

    #[test]
    fn an_evaluation_is_the_backtest_and_the_attacks_of_the_arena() {
        let arena = arena(Costs::FREE, ShockKind::Print);
        let file = policy(&arena);
        let env = arena.env().unwrap();
        let attacks = [AttackSpec::random(bps(20.0)), AttackSpec::pgd(bps(20.0))];
        let found = evaluate_attacked(&file, &env, &attacks).unwrap();
        let expected = attack(&arena, &file, &cpu(), &attacks, EVALUATION_SEED).unwrap();
        assert_eq!(found.ledgers, expected);
        assert_eq!(evaluate(&file, &env).unwrap().ledgers, expected[..1]);
        let table = found.to_string();
        // A header, three backtests, and a sentence, because 80 days are few for a year.
        assert_eq!(table.lines().count(), 5, "{table}");
        assert!(
            table.contains("pgd 20 bps, corrected") && table.contains("Sharpe ratio"),
            "{table}"
        );
    }
}
