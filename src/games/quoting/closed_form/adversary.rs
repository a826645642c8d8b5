//! What an adversary does to a market of arriving orders.

use super::QuotingView;

/// One step's disturbance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Disturbance {
    /// b: drift of the mid price. Unit: currency / time.
    pub drift: f64,
    /// Multiplies A; below 1 starves the quoter.
    pub arrival_multiplier: f64,
    /// Multiplies k; above 1 keeps orders closer to the mid price.
    pub decay_multiplier: f64,
}

impl Disturbance {
    /// The clean market.
    pub const NONE: Self = Self {
        drift: 0.0,
        arrival_multiplier: 1.0,
        decay_multiplier: 1.0,
    };

    /// A drift and nothing else.
    #[must_use]
    pub const fn drift(drift: f64) -> Self {
        Self {
            drift,
            ..Self::NONE
        }
    }

    /// Another flow of orders and nothing else. Of a set the smallest multiplier of A is the worst
    /// for whoever quotes best; the largest of k is wherever the mean offset, weighted by the rates
    /// of fills, is not negative: [`super::QuotingProblem::solve_against`].
    #[must_use]
    pub const fn order_flow(arrival_multiplier: f64, decay_multiplier: f64) -> Self {
        Self {
            drift: 0.0,
            arrival_multiplier,
            decay_multiplier,
        }
    }
}

/// A deterministic adversary that sees what the quoter sees.
pub trait QuotingAdversary {
    /// The disturbance of the step that begins now.
    fn disturb(&self, view: QuotingView) -> Disturbance;
}

/// A constant: the same disturbance in every step.
impl QuotingAdversary for Disturbance {
    fn disturb(&self, _view: QuotingView) -> Disturbance {
        *self
    }
}

/// The worst drift in [−B, B]: `−B sign(q)`, whatever the strategy, for the drift enters wealth
/// only as b q. In steps in which quotes are filled first, b is borne by the inventory after the
/// fills, so that there is a worst drift at q = 0 too, against the likelier fill, which
/// [`super::WorstResponse`] knows and this rule does not.
///
/// Source: Spooner, Savani (2020), Robust market making via adversarial reinforcement learning,
/// arXiv 2003.01820, section 4.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WorstDrift {
    /// B >= 0. Unit: currency / time.
    pub max_drift: f64,
}

impl QuotingAdversary for WorstDrift {
    fn disturb(&self, view: QuotingView) -> Disturbance {
        let direction = -f64::from(view.inventory.signum());
        Disturbance::drift(direction * self.max_drift)
    }
}
