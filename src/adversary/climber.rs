//! One step of the ascent in all rows.

use super::{
    AscentConfig, RowNoise, StepRule,
    ball::{normalize, project_to_unit_ball, sample_unit_vector, sign},
    chart::Chart,
    holdings::Holdings,
    trace::AscentTrace,
};
use crate::{algo::Directions, rng::Rng};

/// Chart and holdings of an ascent, and scratch memory.
pub(super) struct Climber<'a> {
    chart: &'a Chart<'a>,
    holdings: Option<&'a Holdings<'a>>,
    shock_bps: Vec<f64>,
    /// Jacobian B of each row, `[n_rows, n_inputs, n_coordinates]`.
    jacobian: Vec<f32>,
}

impl<'a> Climber<'a> {
    pub(super) fn new(
        chart: &'a Chart<'a>,
        holdings: Option<&'a Holdings<'a>>,
        n_rows: usize,
    ) -> Self {
        Self {
            chart,
            holdings,
            shock_bps: vec![0.0; chart.n_coordinates()],
            jacobian: vec![0.0; n_rows * chart.jacobian_len()],
        }
    }

    /// Writes the point `φ(h, z_k)` of every row to `trace` and keeps B.
    pub(super) fn linearize(&mut self, trace: &mut AscentTrace, k: usize) {
        let (n_inputs, len) = (trace.n_inputs, self.chart.jacobian_len());
        for row in 0..trace.n_rows {
            let e = k * trace.n_rows + row;
            let z = &trace.shocks[e * trace.n_coordinates..(e + 1) * trace.n_coordinates];
            let point = &mut trace.points[e * n_inputs..(e + 1) * n_inputs];
            let jacobian = Some(&mut self.jacobian[row * len..(row + 1) * len]);
            let bps = &mut self.shock_bps;
            self.chart.observe(row, z, bps, point, jacobian);
        }
    }

    /// Computes `u_k`, `B' u_k` and `z'_{k+1}` from ∂g/∂o at `z'_k`, which `trace.tangents` holds.
    pub(super) fn step(
        &self,
        config: &AscentConfig,
        trace: &mut AscentTrace,
        k: usize,
        noise: &mut dyn RowNoise,
    ) {
        let (n_rows, c, n_inputs) = (trace.n_rows, trace.n_coordinates, trace.n_inputs);
        let len = self.chart.jacobian_len();
        let (now, next) = trace.shocks.split_at_mut((k + 1) * n_rows * c);
        for row in 0..n_rows {
            let e = k * n_rows + row;
            let jacobian = &self.jacobian[row * len..(row + 1) * len];
            let tangent = &mut trace.tangents[e * n_inputs..(e + 1) * n_inputs];
            let gradient = &mut trace.gradients[e * c..(e + 1) * c];
            let u = &mut trace.directions[e * c..(e + 1) * c];
            let path = (&now[e * c..(e + 1) * c], &mut next[row * c..(row + 1) * c]);
            self.chart.pull_back(jacobian, tangent, gradient);
            if let Some(holdings) = self.holdings {
                holdings.add_gradient(row, path.0, gradient);
            }
            direct(config, gradient, u, path, noise.of_row(row));
            project_to_unit_ball(self.chart.norm, &mut next[row * c..(row + 1) * c]);
            self.chart.push_forward(jacobian, u, tangent);
        }
    }
}

/// Writes the direction u, and the next z before its projection. A zero or non-finite gradient
/// gives no step, and u = 0 unless directions are random.
fn direct(
    config: &AscentConfig,
    gradient: &mut [f64],
    u: &mut [f64],
    (now, next): (&[f64], &mut [f64]),
    rng: &mut Rng,
) {
    u.copy_from_slice(gradient);
    if normalize(u) <= 0.0 {
        // A zero or non-finite gradient is recorded as zero.
        gradient.fill(0.0);
    }
    if config.direction == Directions::Sign {
        for u_i in u.iter_mut() {
            *u_i = sign(*u_i);
        }
    }
    let step: &[f64] = match (config.direction, config.step) {
        (Directions::Sign, _) | (_, StepRule::Normalized) => u,
        (_, StepRule::Raw) => gradient,
    };
    for (next, (now, d)) in next.iter_mut().zip(now.iter().zip(step)) {
        *next = now + config.step_size * d;
    }
    match config.direction {
        Directions::Gradient => {}
        Directions::Random => sample_unit_vector(rng, u),
        Directions::Sign => {
            normalize(u);
        }
    }
}
