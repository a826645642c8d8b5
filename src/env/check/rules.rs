//! Rules of the environment contract and their violations.

use std::fmt;

/// A violation of a rule of the environment contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Violated rule.
    pub rule: Rule,
    /// Value found, and where it was found.
    pub found: String,
}

/// Rule of the environment contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Rule {
    /// The action space has a dimension, and a finite range or at least two levels.
    ActionSpace,
    /// The shock space's multipliers are in their ranges.
    ShockSpace,
    /// Field names are unique, field ranges ordered, account fields not shockable, and shockable
    /// fields have a shock map.
    Layout,
    /// Observations have the layout's length.
    ObservationLength,
    /// Observations are finite.
    ObservationFinite,
    /// Account features stay in their declared range.
    ObservationRange,
    /// Rewards are finite.
    RewardFinite,
    /// An episode is a pure function of its seed and moves.
    Determinism,
    /// A reset discards the state of the episode before it.
    ResetForgets,
    /// A shock of zeros has no effect.
    ZeroShock,
    /// A shock outside the admissible set acts as its projection onto the set.
    Projection,
    /// A non-finite action is refused and counted, and leaves the results finite.
    NonFiniteAction,
    /// Snapshots and previews are written in full, with finite numbers.
    SnapshotWritten,
    /// The shock map rebuilds the current observation from a snapshot.
    SnapshotObserve,
    /// A preview does not change the environment.
    PreviewPure,
    /// A preview equals the snapshot after the clean step.
    PreviewExact,
    /// The shock map of a preview gives the market fields of the shocked step.
    ShockedObservation,
    /// The Jacobian is the derivative of the shock map.
    Jacobian,
    /// A shock does not move a field that is not shockable.
    Unshockable,
}

impl Rule {
    /// Usual cause of a violation of this rule.
    #[must_use]
    pub const fn likely_cause(self) -> &'static str {
        match self {
            Self::ActionSpace => {
                "n_dims is 0, low is not below high, or there are fewer than two levels"
            }
            Self::ShockSpace => "a multiplier is on the wrong side of 1",
            Self::Layout => {
                "two fields share a name, an account field is marked shockable, or shock_map() \
                 returns None although fields are shockable"
            }
            Self::ObservationLength => {
                "layout() lists other fields than reset() and step() write, e.g. after a feature \
                 was added"
            }
            Self::ObservationFinite => {
                "a division by a volatility or an equity of zero, or a feature read before its \
                 warm-up"
            }
            Self::ObservationRange => {
                "the declared range is too narrow, or a fraction was not divided by equity"
            }
            Self::RewardFinite => {
                "the logarithm of an equity that is not positive: end the episode at ruin"
            }
            Self::Determinism => {
                "randomness that does not come from the seed of reset(), or iteration over a hash \
                 map"
            }
            Self::ResetForgets => {
                "reset() keeps a field of the last episode (a position, a price multiplier, a \
                 spent budget, a generator)"
            }
            Self::ZeroShock => "step() treats an empty price move unlike zeros",
            Self::Projection => "step() applies the shock as given: call ShockSpace::project first",
            Self::NonFiniteAction => {
                "step() uses the action as given or repairs it silently: hold the position and \
                 count it in n_refused()"
            }
            Self::SnapshotWritten => {
                "snapshot() or preview() leaves a part of the slice unwritten, or snapshot_len() \
                 is too long"
            }
            Self::SnapshotObserve => {
                "snapshot() holds the shocked newest bar instead of the clean one, commits it to \
                 the history, or omits a field"
            }
            Self::PreviewPure => "preview() plays on the environment itself instead of a copy",
            Self::PreviewExact => {
                "preview() computes the step a second way: let both call the same function"
            }
            Self::ShockedObservation => {
                "step() shocks another bar than the newest, or in another unit than bps of the log \
                 price"
            }
            Self::Jacobian => {
                "the unit is not per bp, rows and columns are swapped, or the normalizer's scale \
                 is missing"
            }
            Self::Unshockable => {
                "the layout marks a field as not shockable that is computed from the newest bar"
            }
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cause = self.rule.likely_cause();
        write!(f, "{:?}: {}; likely cause: {cause}", self.rule, self.found)
    }
}

/// First violation of each rule.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub(super) violations: Vec<Violation>,
}

impl Findings {
    pub(super) fn add(&mut self, rule: Rule, found: String) {
        if self.violations.iter().all(|known| known.rule != rule) {
            self.violations.push(Violation { rule, found });
        }
    }

    /// Returns true when a further step could panic because of the violations found.
    pub(super) fn forbid_stepping(&self) -> bool {
        let fatal = [Rule::ActionSpace, Rule::ShockSpace, Rule::ObservationLength];
        self.violations.iter().any(|v| fatal.contains(&v.rule))
    }
}
