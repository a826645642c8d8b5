//! Rows of bars, signals and accounts that an agent refuses.

use crate::{
    features::AccountView,
    market::{Bar, BarError},
};
use chrono::{DateTime, Utc};

/// Error of a row that the agent refuses. Nothing was committed: a corrected row may be sent again.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("bars ending {}: {fault}", end.to_rfc3339())]
pub struct AgentError {
    /// End of the refused bars.
    pub end: DateTime<Utc>,
    /// Cause of the error.
    pub fault: RowFault,
}

/// Cause of an [`AgentError`].
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RowFault {
    /// A count of bars, signals or account weights that differs from the policy's.
    #[error(
        "found {found} {kind}, expected {}, one for each of {expected:?}, in that order",
        expected.len()
    )]
    Count {
        /// Kind of entry: `bars`, `signals` or `account weights`.
        kind: &'static str,
        /// Count found.
        found: usize,
        /// Symbols or signals of the policy.
        expected: Vec<String>,
    },
    /// An impossible bar: a price that is NaN, infinite, zero or negative, high < low, ...
    #[error("{symbol} bar: {fault}; ask the feed again")]
    Bar {
        /// Symbol of the asset.
        symbol: String,
        /// Cause of the error.
        fault: BarError,
    },
    /// A signal that is NaN or infinite.
    #[error("signal {name}: found {found}, expected a finite number; ask the feed again")]
    Signal {
        /// Name of the signal.
        name: String,
        /// Value found.
        found: f64,
    },
    /// Bars with the same end as the last accepted bars.
    #[error("found a duplicate, expected an end after that of the last bars; drop it")]
    Duplicate,
    /// Bars that end before the last accepted bars.
    #[error(
        "found out of order, expected an end after {}; sort the feed",
        last.to_rfc3339()
    )]
    OutOfOrder {
        /// End of the last accepted bars.
        last: DateTime<Utc>,
    },
    /// An account that does not fit the policy.
    #[error("account {field}: found {found}, expected {expected}; ask the broker again")]
    Account {
        /// Field of [`AccountView`].
        field: &'static str,
        /// Value found.
        found: f64,
        /// Admissible values.
        expected: &'static str,
    },
    /// NaN or infinity from the features or the network.
    #[error("found {name} = {found}, expected a finite number; keep the present position")]
    NonFinite {
        /// Name of the observation field or the network output.
        name: String,
        /// Value found.
        found: f64,
    },
    /// A network output that the policy's allocation cannot decode.
    #[error("found an action that the allocation refuses, expected an admissible one; train again")]
    Undecodable,
}

pub(super) fn check_bars(symbols: &[String], bars: &[Bar]) -> Result<(), RowFault> {
    check_count("bars", bars.len(), symbols)?;
    symbols.iter().zip(bars).try_for_each(|(symbol, bar)| {
        bar.check().map_err(|fault| RowFault::Bar {
            symbol: symbol.clone(),
            fault,
        })
    })
}

pub(super) fn check_signals(names: &[String], signals: &[f64]) -> Result<(), RowFault> {
    check_count("signals", signals.len(), names)?;
    match names.iter().zip(signals).find(|(_, x)| !x.is_finite()) {
        Some((name, &found)) => Err(RowFault::Signal {
            name: name.clone(),
            found,
        }),
        None => Ok(()),
    }
}

/// Refuses an account that does not fit a policy of `symbols`.
pub(super) fn check_account(symbols: &[String], account: &AccountView) -> Result<(), RowFault> {
    check_count("account weights", account.weights.len(), symbols)?;
    if !account.tradable.is_empty() {
        check_count("account tradable flags", account.tradable.len(), symbols)?;
    }
    let fractions = account.weights.iter().map(|&weight| ("weights", weight));
    let mut fractions =
        fractions.chain([("cash", account.cash), ("unrealized", account.unrealized)]);
    let refuse = |field, found, expected| {
        Err(RowFault::Account {
            field,
            found,
            expected,
        })
    };
    if let Some((field, found)) = fractions.find(|(_, x)| !x.is_finite()) {
        return refuse(field, found, "finite numbers (fractions of equity)");
    }
    if !(0.0..=1.0).contains(&account.time_left) {
        return refuse("time_left", account.time_left, "a number in [0, 1]");
    }
    Ok(())
}

fn check_count(kind: &'static str, found: usize, expected: &[String]) -> Result<(), RowFault> {
    if found == expected.len() {
        return Ok(());
    }
    Err(RowFault::Count {
        kind,
        found,
        expected: expected.to_vec(),
    })
}
