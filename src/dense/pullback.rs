//! Backward pass: from cotangents of the output to gradients by weights and inputs.

use super::{
    Buffer, Gradients, Hidden, LayerWeights, Stack, Tangents,
    activation::{Bend, ScaleBySlope},
    pad, padded,
    panels::Panels,
    product::{Finish, Linear, Rows, add_columns, add_outer, product},
    unpad,
};
use pulp::{Arch, Simd, WithSimd};

/// Transposed weights of a [`Stack`], for gradients.
#[derive(Debug, Clone, PartialEq)]
pub struct Pullback {
    layers: Vec<Panels>,
}

/// Input rows and input tangents with the results of both forward passes.
#[derive(Debug, Clone, Copy)]
pub struct TangentPoint<'a> {
    /// Input rows x, `[n_rows, n_inputs]`.
    pub x: &'a [f32],
    /// Result of [`Stack::forward`] for x.
    pub hidden: &'a Hidden,
    /// Input tangents ẋ, `[n_rows, n_inputs]`.
    pub tangent: &'a [f32],
    /// Result of [`Stack::tangent`] for ẋ.
    pub tangents: &'a Tangents,
}

impl Pullback {
    /// Packs the transposed weights of the layers of a [`Stack`].
    #[must_use]
    pub fn new(layers: &[LayerWeights<'_>]) -> Self {
        let pack = |layer: &LayerWeights<'_>| {
            Panels::of_transposed(layer.weight, layer.n_out(), layer.n_in())
        };
        Self {
            layers: layers.iter().map(pack).collect(),
        }
    }

    /// Pulls back ȳ = ∂/∂y (`cotangent [n_rows, n_outputs]`): adds ∂/∂W and ∂/∂b to `gradients` and
    /// writes ∂/∂x to `to_x [n_rows, n_inputs]`, if given. `hidden` is the result of
    /// [`Stack::forward`] for `x`.
    pub fn pull(
        &self,
        stack: &Stack,
        (x, hidden): (&[f32], &Hidden),
        cotangent: &[f32],
        gradients: Option<&mut Gradients>,
        to_x: Option<&mut [f32]>,
    ) {
        Arch::new().dispatch(Pull {
            pullback: self,
            stack,
            x,
            hidden,
            cotangent,
            gradients,
            to_x,
        });
    }

    /// Pulls back cotangents of the tangent ẏ (`to_tangent [n_rows, n_outputs]`) and, if given, of
    /// the output y (`to_output`): adds ∂/∂W and ∂/∂b to `gradients`, also through the slopes.
    ///
    /// ```text
    /// s̄ = ẏ̄ ⊙ σ'(y),   ā = ȳ ⊙ σ'(y) + s̄ ⊙ s ⊙ σ''(y),   W̄ += y_iᵀ ā + ẏ_iᵀ s̄,   b̄ += Σ ā
    /// ```
    pub fn pull_tangent(
        &self,
        stack: &Stack,
        point: TangentPoint<'_>,
        to_output: Option<&[f32]>,
        to_tangent: &[f32],
        gradients: &mut Gradients,
    ) {
        Arch::new().dispatch(PullTangent {
            pullback: self,
            stack,
            point,
            to_output,
            to_tangent,
            gradients,
        });
    }
}

struct Pull<'a> {
    pullback: &'a Pullback,
    stack: &'a Stack,
    x: &'a [f32],
    hidden: &'a Hidden,
    cotangent: &'a [f32],
    gradients: Option<&'a mut Gradients>,
    to_x: Option<&'a mut [f32]>,
}

impl WithSimd for Pull<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, s: S) {
        let activation = self.stack.activation;
        let mut g = pad(self.cotangent, self.stack.n_outputs());
        for (i, (n_in, n_out)) in self.stack.sizes().enumerate().rev() {
            let rows = Rows::padded(&g, n_out);
            if let Some(gradients) = &mut self.gradients {
                let layer = &mut gradients.layers[i];
                let input = self.stack.input(i, self.x, &self.hidden.values);
                add_outer(s, [(input, rows)], n_in, &mut layer.weight);
                add_columns(s, rows, &mut layer.bias);
            }
            let below = || Buffer::of_len(g.len() / rows.ld * padded(n_in));
            let matrix = &self.pullback.layers[i];
            let Some(k) = i.checked_sub(1) else {
                match self.to_x {
                    Some(to_x) if padded(n_in) == n_in => {
                        product(s, rows, matrix, None, to_x, Linear);
                    }
                    Some(to_x) => {
                        let mut below = below();
                        product(s, rows, matrix, None, &mut below, Linear);
                        unpad(&below, n_in, to_x);
                    }
                    None => {}
                }
                break;
            };
            let mut below = below();
            let (y, _) = S::as_simd_f32s(&self.hidden.values[k]);
            let finish = ScaleBySlope(activation, y);
            product(s, rows, matrix, None, &mut below, finish);
            g = below;
        }
    }
}

struct PullTangent<'a> {
    pullback: &'a Pullback,
    stack: &'a Stack,
    point: TangentPoint<'a>,
    to_output: Option<&'a [f32]>,
    to_tangent: &'a [f32],
    gradients: &'a mut Gradients,
}

impl WithSimd for PullTangent<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, s: S) {
        let (stack, point) = (self.stack, self.point);
        let activation = stack.activation;
        let n_outputs = stack.n_outputs();
        let mut to_s = pad(self.to_tangent, n_outputs);
        let mut to_a = self.to_output.map(|cotangent| pad(cotangent, n_outputs));
        for (i, (n_in, n_out)) in stack.sizes().enumerate().rev() {
            let layer = &mut self.gradients.layers[i];
            let rows = Rows::padded(&to_s, n_out);
            let tangent = stack.input(i, point.tangent, &point.tangents.after);
            if let Some(to_a) = &to_a {
                let to_a = Rows::padded(to_a, n_out);
                let value = stack.input(i, point.x, &point.hidden.values);
                let pairs = [(tangent, rows), (value, to_a)];
                add_outer(s, pairs, n_in, &mut layer.weight);
                add_columns(s, to_a, &mut layer.bias);
            } else {
                add_outer(s, [(tangent, rows)], n_in, &mut layer.weight);
            }
            let Some(k) = i.checked_sub(1) else { break };
            let matrix = &self.pullback.layers[i];
            let (y, _) = S::as_simd_f32s(&point.hidden.values[k]);
            let (before, _) = S::as_simd_f32s(&point.tangents.before[k]);
            let mut below_s = Buffer::of_len(to_s.len() / rows.ld * padded(n_in));
            let scale = ScaleBySlope(activation, y);
            product(s, rows, matrix, None, &mut below_s, scale);
            let mut below_a = Buffer::of_len(below_s.len());
            let mut bend = Bend {
                activation,
                to_s: S::as_simd_f32s(&below_s).0,
                before,
                y,
            };
            if let Some(to_a) = &to_a {
                let rows = Rows::padded(to_a, n_out);
                product(s, rows, matrix, None, &mut below_a, bend);
            } else {
                let (below, _) = S::as_mut_simd_f32s(&mut below_a);
                for (j, below) in below.iter_mut().enumerate() {
                    *below = bend.finish(s, s.splat_f32s(0.0), j);
                }
            }
            to_s = below_s;
            to_a = Some(below_a);
        }
    }
}
