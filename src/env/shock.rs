//! Shocks in price space: kinds, norms, and the admissible set as an env file writes it.

use crate::units::Bps;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Effect of a shock on the market.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub enum ShockKind {
    /// A misprint: observations show the moved close of the newest bar; trades and marks stay
    /// clean. `print_ending` says when observations forget it. Pick it against bad data.
    Print,
    /// The true price moves at the close of the newest bar and stays moved. Pick it against crashes
    /// and gaps.
    Jump,
    /// The true price moves in the course of the step and stays moved. Pick it in simulated games;
    /// historical bars do not support it.
    Drift,
}

/// End of a misprint in the history that features remember.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub enum PrintEnding {
    /// The next bar replaces the misprint by the true close. Pick it for a bot whose data feed
    /// corrects bars and that replaces its last bar.
    #[default]
    Corrected,
    /// The misprinted close, and the high or low that it moved, stay in the history until they
    /// leave the features' windows. Pick it for every bot that commits a bar once.
    Kept,
}

impl PrintEnding {
    /// Returns true for the default, which files leave out.
    #[allow(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde passes a reference"
    )]
    pub(super) const fn is_corrected(&self) -> bool {
        matches!(self, Self::Corrected)
    }
}

/// Shock kind together with the ending of a print, as tables name it. `Display` writes one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Threat {
    /// Prints that the next bar corrects.
    Corrected,
    /// Prints that the history keeps.
    Kept,
    /// Jumps of the true price.
    Jump,
    /// Drifts of the true price.
    Drift,
}

impl Threat {
    /// Every threat.
    #[cfg(feature = "data")]
    pub(crate) const ALL: [Self; 4] = [Self::Corrected, Self::Kept, Self::Jump, Self::Drift];

    pub(super) const fn of(kind: ShockKind, ending: PrintEnding) -> Self {
        match (kind, ending) {
            (ShockKind::Print, PrintEnding::Corrected) => Self::Corrected,
            (ShockKind::Print, PrintEnding::Kept) => Self::Kept,
            (ShockKind::Jump, _) => Self::Jump,
            (ShockKind::Drift, _) => Self::Drift,
        }
    }
}

impl fmt::Display for Threat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Corrected => "corrected",
            Self::Kept => "kept",
            Self::Jump => "jump",
            Self::Drift => "drift",
        })
    }
}

/// Norm that bounds the price move of a shock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub enum Norm {
    /// Largest absolute move. Pick it where every asset may move by the whole budget at once.
    #[default]
    LInf,
    /// Euclidean norm. Pick it where the assets share the budget.
    L2,
}

/// Admissible shocks of one step and one episode, as an env file writes them.
///
/// [`ShockSpec::none`] lists the defaults; `prints` and `jumps` set kind and budget.
///
/// ```
/// use shockproof::{bps, env::ShockSpec};
///
/// let mut misprints = ShockSpec::prints(bps!(50.0));
/// misprints.episode_budget_bps = Some(bps!(500.0));
/// let short: ShockSpec = serde_json::from_str(r#"{"kind": "Print", "budget_bps": 0.0}"#)?;
/// assert_eq!(short, ShockSpec::none()); // what a file may leave out
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct ShockSpec {
    /// Effect of a shock.
    pub kind: ShockKind,
    /// End of a misprint in the history that features remember. Only `Print` has an ending.
    /// Default: `Corrected`.
    #[serde(default, skip_serializing_if = "PrintEnding::is_corrected")]
    pub print_ending: PrintEnding,
    /// Norm of the price move. Default: `LInf`.
    #[serde(default)]
    pub norm: Norm,
    /// Bound on the norm of a step's log-price move. Unit: bps. Range: >= 0. Try first: a
    /// move that one bar in twenty exceeds.
    pub budget_bps: Bps,
    /// Bound on an episode's sum of price-move norms. Unit: bps. Range: >= 0. Default: unbounded.
    pub episode_budget_bps: Option<Bps>,
    /// Largest spread multiplier of a step. Range: >= 1. Default: 1, spreads cannot be shocked.
    #[serde(default = "one")]
    pub max_spread_multiplier: f64,
    /// Smallest liquidity multiplier of a step. Range: (0, 1]. Default: 1, liquidity cannot be
    /// shocked.
    #[serde(default = "one")]
    pub min_liquidity_multiplier: f64,
}

const fn one() -> f64 {
    1.0
}

impl ShockSpec {
    /// No shocks: kind `Print` (corrected), norm `LInf`, budget 0, no episode budget, both
    /// multipliers 1.
    #[must_use]
    pub const fn none() -> Self {
        Self {
            kind: ShockKind::Print,
            print_ending: PrintEnding::Corrected,
            norm: Norm::LInf,
            budget_bps: Bps::ZERO,
            episode_budget_bps: None,
            max_spread_multiplier: 1.0,
            min_liquidity_multiplier: 1.0,
        }
    }

    /// Misprints of every asset by up to `budget_bps` in every step.
    #[must_use]
    pub const fn prints(budget_bps: Bps) -> Self {
        Self {
            budget_bps,
            ..Self::none()
        }
    }

    /// Misprints of every asset by up to `budget_bps` in every step, which the history keeps.
    #[must_use]
    pub const fn kept_prints(budget_bps: Bps) -> Self {
        Self {
            print_ending: PrintEnding::Kept,
            ..Self::prints(budget_bps)
        }
    }

    /// Lasting jumps of every asset by up to `budget_bps` in every step.
    #[must_use]
    pub const fn jumps(budget_bps: Bps) -> Self {
        Self {
            kind: ShockKind::Jump,
            ..Self::prints(budget_bps)
        }
    }

    /// Returns true if `print_ending` is set although the kind has no ending.
    pub(crate) const fn has_idle_ending(&self) -> bool {
        !matches!(self.kind, ShockKind::Print) && !self.print_ending.is_corrected()
    }
}

/// A shock of the bar that a step reveals.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shock<'a> {
    /// Log-price move per asset, `[n_assets]`; empty for no move. Unit: bps, signed.
    pub price_bps: &'a [f64],
    /// Factor of the half spread of the step's trades.
    pub spread_multiplier: f64,
    /// Factor of the market depth that determines the impact of the step's trades.
    pub liquidity_multiplier: f64,
}

impl Shock<'_> {
    /// The clean market.
    pub const NONE: Shock<'static> = Shock {
        price_bps: &[],
        spread_multiplier: 1.0,
        liquidity_multiplier: 1.0,
    };

    #[inline]
    pub(super) fn is_none(&self) -> bool {
        let one = 1.0_f64.to_bits();
        self.price_bps.is_empty()
            && self.spread_multiplier.to_bits() == one
            && self.liquidity_multiplier.to_bits() == one
    }
}

impl Norm {
    /// Norm of `z`.
    #[must_use]
    pub fn of(self, z: &[f64]) -> f64 {
        match self {
            Self::LInf => z.iter().fold(0.0, |norm, x| norm.max(x.abs())),
            Self::L2 => z.iter().map(|x| x * x).sum::<f64>().sqrt(),
        }
    }
}
