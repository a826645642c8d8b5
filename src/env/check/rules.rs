//! The clauses of the contract.

use std::fmt;

/// One clause of the contract that an environment violates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The clause.
    pub rule: Rule,
    /// The value found, and its place.
    pub found: String,
}

/// The clauses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Rule {
    /// The action space offers a choice.
    ActionSpace,
    /// The multipliers of the shock space are in their ranges.
    ShockSpace,
    /// Fields have unique names and ordered ranges, account fields are not shockable, shockable
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
    /// A reset forgets the episode before it.
    ResetForgets,
    /// A shock of zeros acts as no shock.
    ZeroShock,
    /// A shock outside the set acts as its projection onto the set.
    Projection,
    /// An action that is not finite is refused and counted, and leaves the results finite.
    NonFiniteAction,
    /// A snapshot is written entirely, with finite numbers.
    SnapshotWritten,
    /// The shock map rebuilds the current observation from a snapshot.
    SnapshotObserve,
    /// A preview changes nothing.
    PreviewPure,
    /// A preview equals the snapshot after the step.
    PreviewExact,
    /// The shock map of a preview gives the market fields of the shocked step.
    ShockedObservation,
    /// The Jacobian is the derivative of the map.
    Jacobian,
    /// A field that is not shockable does not move under a shock.
    Unshockable,
}

impl Rule {
    /// The usual cause of a violation.
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

/// Violations so far, one per rule.
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

    /// Returns true when a step would panic on slices of the wrong size.
    pub(super) fn forbid_stepping(&self) -> bool {
        let fatal = [Rule::ActionSpace, Rule::ShockSpace, Rule::ObservationLength];
        self.violations.iter().any(|v| fatal.contains(&v.rule))
    }
}
