use crate::env::{Exposure, Hindsight, ShockMap};

/// Shock map φ(h, b z'), where b is the budget, stored at the end of a row's snapshot, and z' a
/// shock in units of b. Rows of all budgets share one batch and one unit ball.
///
/// Snapshot: the inner snapshot, then b in bps. `shock_bps` and Jacobian are per unit of b.
pub(super) struct BudgetedMap<'a> {
    /// Shock map φ(h, z).
    pub(super) inner: &'a dyn ShockMap,
}

impl BudgetedMap<'_> {
    fn split<'s>(&self, snapshot: &'s [f64]) -> (&'s [f64], f64) {
        let n = self.inner.snapshot_len();
        (&snapshot[..n], snapshot[n])
    }
}

impl ShockMap for BudgetedMap<'_> {
    fn snapshot_len(&self) -> usize {
        self.inner.snapshot_len() + 1
    }

    fn observe(&self, snapshot: &[f64], shock_bps: &[f64], observation: &mut [f32]) {
        let (history, budget_bps) = self.split(snapshot);
        let scaled: Vec<f64> = shock_bps.iter().map(|z| z * budget_bps).collect();
        self.inner.observe(history, &scaled, observation);
    }

    #[allow(
        clippy::cast_possible_truncation,
        reason = "Jacobians are f32 by contract"
    )]
    fn jacobian(
        &self,
        snapshot: &[f64],
        shock_bps: &[f64],
        observation: &mut [f32],
        jacobian: &mut [f32],
    ) {
        let (history, budget_bps) = self.split(snapshot);
        let scaled: Vec<f64> = shock_bps.iter().map(|z| z * budget_bps).collect();
        self.inner.jacobian(history, &scaled, observation, jacobian);
        for slope in jacobian {
            *slope = (f64::from(*slope) * budget_bps) as f32;
        }
    }

    fn hindsight<'a>(&self, snapshot: &'a [f64]) -> Option<Hindsight<'a>> {
        self.inner.hindsight(self.split(snapshot).0)
    }

    fn exposure<'a>(&self, snapshot: &'a [f64]) -> Option<Exposure<'a>> {
        let (history, budget_bps) = self.split(snapshot);
        let exposure = self.inner.exposure(history)?;
        let unit_bps = exposure.unit_bps * budget_bps;
        Some(Exposure {
            unit_bps,
            ..exposure
        })
    }
}
