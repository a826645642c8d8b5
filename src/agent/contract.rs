//! Contract between a policy and the market it trades.

use super::{PolicyFault, PolicyHeader};
use crate::{
    features::{AccountFeature, FeatureSpec},
    market::{Allocation, Columns},
};
use std::fmt::Debug;

/// Market and trading rules of an environment, to compare with the [`PolicyHeader`] of a policy.
///
/// ```
/// # use shockproof::{agent::{Contract, PolicyHeader}, features::*, market::Allocation};
/// let symbols = ["BTC".to_owned()];
/// let features = [FeatureSpec::LogReturns { window: 1 }];
/// let allocation = Allocation::Weights { low: -1.0, high: 1.0, max_gross: 1.0 };
/// let pipeline = Pipeline::new(&features, &symbols)?;
/// let header = PolicyHeader::by_hand(&pipeline, &[], 60, allocation.clone())?;
/// let mut contract = Contract {
///     columns: (&symbols).into(),
///     bar_seconds: 60,
///     features: &features,
///     account: &[],
///     allocation: &allocation,
/// };
/// assert!(contract.admits(&header).is_ok());
/// contract.bar_seconds = 3600;
/// assert!(contract.admits(&header).unwrap_err().to_string().contains("bar length"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Contract<'a> {
    /// Assets and signals in order. A policy need not read all of the signals.
    pub columns: Columns<'a>,
    /// Bar length. Unit: seconds.
    pub bar_seconds: i64,
    /// Market features.
    pub features: &'a [FeatureSpec],
    /// Account features.
    pub account: &'a [AccountFeature],
    /// Mapping from network output to target weights.
    pub allocation: &'a Allocation,
}

impl Contract<'_> {
    /// Refuses the header of a policy that cannot trade in this environment.
    ///
    /// # Errors
    /// [`PolicyFault::OtherMarket`] naming the first part that differs.
    pub fn admits(&self, header: &PolicyHeader) -> Result<(), PolicyFault> {
        agree("symbols", &header.symbols[..], self.columns.symbols)?;
        agree(
            "bar length in seconds",
            &header.bar_seconds,
            &self.bar_seconds,
        )?;
        self.check_signals(&header.signals)?;
        agree_each("features", &header.features, self.features)?;
        agree_each("account features", &header.account, self.account)?;
        agree("allocation", &header.allocation, self.allocation)
    }

    /// Requires that the market has each of `signals`, and only these if a feature reads all.
    fn check_signals(&self, signals: &[String]) -> Result<(), PolicyFault> {
        let ours = self.columns.signals;
        if let Some(missing) = signals.iter().find(|&name| !ours.contains(name)) {
            return Err(PolicyFault::OtherMarket {
                part: "signals",
                found: format!("`{missing}`"),
                expected: format!("one of {ours:?}"),
            });
        }
        if self.features.contains(&FeatureSpec::Signals) {
            return agree_each("signals", signals, ours);
        }
        Ok(())
    }
}

fn agree<T: PartialEq + Debug + ?Sized>(
    part: &'static str,
    policy: &T,
    environment: &T,
) -> Result<(), PolicyFault> {
    if policy == environment {
        return Ok(());
    }
    Err(PolicyFault::OtherMarket {
        part,
        found: format!("{policy:?}"),
        expected: format!("{environment:?}"),
    })
}

/// Compares lists like [`agree`]; the message shows only the first entry that differs.
fn agree_each<T: PartialEq + Debug>(
    part: &'static str,
    policy: &[T],
    environment: &[T],
) -> Result<(), PolicyFault> {
    let n_longer = policy.len().max(environment.len());
    let Some(i) = (0..n_longer).find(|&i| policy.get(i) != environment.get(i)) else {
        return Ok(());
    };
    let show = |list: &[T]| match list.get(i) {
        Some(entry) => format!("{entry:?} at position {i}"),
        None => format!("only {} entries", list.len()),
    };
    Err(PolicyFault::OtherMarket {
        part,
        found: show(policy),
        expected: show(environment),
    })
}
