//! Coordinates of the inner problem: the map from a shock in units of the budget to an
//! observation, and its derivative.

use super::{observation_chart::ObservationChart, price_chart::PriceChart};
use crate::env::Norm;
use std::borrow::Cow;

/// The coordinates z' of a batch of inner problems, one per row.
#[derive(Clone, Copy)]
pub(super) enum Chart<'a> {
    /// Shocks of prices.
    Price(PriceChart<'a>),
    /// Displacements of observations.
    Observation(ObservationChart<'a>),
}

impl Chart<'_> {
    /// Coordinates per row.
    pub(super) const fn n_coordinates(&self) -> usize {
        match self {
            Self::Price(chart) => chart.n_assets,
            Self::Observation(chart) => chart.n_coordinates(),
        }
    }

    /// Numbers per observation.
    pub(super) const fn n_inputs(&self) -> usize {
        match self {
            Self::Price(chart) => chart.n_inputs,
            Self::Observation(chart) => chart.n_inputs,
        }
    }

    /// Norm of the ball.
    pub(super) const fn norm(&self) -> Norm {
        match self {
            Self::Price(chart) => chart.norm,
            Self::Observation(chart) => chart.norm,
        }
    }

    /// Length of one row's B; zero where B is implicit.
    pub(super) const fn jacobian_len(&self) -> usize {
        match self {
            Self::Price(chart) => chart.n_assets * chart.n_inputs,
            Self::Observation(_) => 0,
        }
    }

    /// The observations at z' = 0, `[n_rows, n_inputs]`.
    pub(super) fn clean_observations(&self, n_rows: usize) -> Cow<'_, [f32]> {
        if let Self::Observation(chart) = self {
            return Cow::Borrowed(chart.nominal);
        }
        let origin = vec![0.0; self.n_coordinates()];
        let mut shock_bps = origin.clone();
        let mut observations = vec![0.0; n_rows * self.n_inputs()];
        let rows = observations.chunks_exact_mut(self.n_inputs().max(1));
        for (row, observation) in rows.enumerate() {
            self.observe(row, &origin, &mut shock_bps, observation);
        }
        Cow::Owned(observations)
    }

    /// Writes φ(h, z) of `row`.
    pub(super) fn observe(
        &self,
        row: usize,
        z: &[f64],
        shock_bps: &mut [f64],
        observation: &mut [f32],
    ) {
        match self {
            Self::Price(chart) => chart.observe(row, z, shock_bps, observation),
            Self::Observation(chart) => chart.observe(row, z, observation),
        }
    }

    /// Writes φ(h, z) of `row`, and B (per bp, row-major `[n_inputs, n_assets]`) where it is not
    /// implicit.
    pub(super) fn linearize(
        &self,
        row: usize,
        z: &[f64],
        shock_bps: &mut [f64],
        observation: &mut [f32],
        jacobian: &mut [f32],
    ) {
        match self {
            Self::Price(chart) => chart.linearize(row, z, shock_bps, observation, jacobian),
            Self::Observation(chart) => chart.observe(row, z, observation),
        }
    }

    /// Writes B'ᵀ g, the gradient with respect to z', from the gradient with respect to the
    /// observation.
    pub(super) fn pull_back(&self, jacobian: &[f32], gradient: &[f32], out: &mut [f64]) {
        match self {
            Self::Price(chart) => chart.pull_back(jacobian, gradient, out),
            Self::Observation(chart) => chart.pull_back(gradient, out),
        }
    }

    /// Writes B' u, the change of the observation per unit of `u`.
    pub(super) fn push_forward(&self, jacobian: &[f32], u: &[f64], tangent: &mut [f32]) {
        match self {
            Self::Price(chart) => chart.push_forward(jacobian, u, tangent),
            Self::Observation(chart) => chart.push_forward(u, tangent),
        }
    }
}
