//! Moves of an adversary in a quoting market.

use super::QuotingView;

/// Disturbance of the market in one step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Disturbance {
    /// Drift b of the mid price. Unit: currency / time.
    pub drift: f64,
    /// Factor on the arrival rate A; below 1, fewer orders arrive.
    pub arrival_multiplier: f64,
    /// Factor on the decay k; above 1, orders stay closer to the mid price.
    pub decay_multiplier: f64,
}

impl Disturbance {
    /// The clean market.
    pub const NONE: Self = Self {
        drift: 0.0,
        arrival_multiplier: 1.0,
        decay_multiplier: 1.0,
    };

    /// Disturbance of the drift alone.
    #[must_use]
    pub const fn drift(drift: f64) -> Self {
        Self {
            drift,
            ..Self::NONE
        }
    }

    /// Disturbance of arrivals and decay alone. Against the best quotes the smallest arrival
    /// multiplier is the worst. The largest decay multiplier is the worst if the mean offset,
    /// weighted by the rates of fills, is not negative: [`super::QuotingProblem::solve_against`].
    #[must_use]
    pub const fn order_flow(arrival_multiplier: f64, decay_multiplier: f64) -> Self {
        Self {
            drift: 0.0,
            arrival_multiplier,
            decay_multiplier,
        }
    }
}

/// A deterministic adversary that has the information of the quoter.
pub trait QuotingAdversary {
    /// Disturbance of the step that begins now.
    fn disturb(&self, view: QuotingView) -> Disturbance;
}

/// Plays the same disturbance in every step.
impl QuotingAdversary for Disturbance {
    fn disturb(&self, _view: QuotingView) -> Disturbance {
        *self
    }
}

/// The worst drift in [−B, B] against every strategy: `−B sign(q)`, because the drift enters wealth
/// only as b q. This rule is 0 at q = 0. If quotes are filled first, the drift acts on the
/// inventory after the fills, so the worst drift at q = 0 goes against the likelier fill;
/// [`super::WorstResponse`] finds it.
///
/// Source: Spooner, Savani (2020), Robust market making via adversarial reinforcement learning,
/// arXiv 2003.01820, section 4.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WorstDrift {
    /// Largest drift B >= 0. Unit: currency / time.
    pub max_drift: f64,
}

impl QuotingAdversary for WorstDrift {
    fn disturb(&self, view: QuotingView) -> Disturbance {
        let direction = -f64::from(view.inventory.signum());
        Disturbance::drift(direction * self.max_drift)
    }
}
