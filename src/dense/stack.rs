//! Forward pass: values and tangents.

use super::{
    Activation, Buffer,
    activation::{self, Activate},
    padded,
    panels::Panels,
    product::{Linear, Rows, product},
    unpad,
};
use pulp::{Arch, Simd, WithSimd};

/// Weights of one affine layer, unpacked: y = x W + b.
#[derive(Debug, Clone, Copy)]
pub struct LayerWeights<'a> {
    /// Weights W, `[n_in, n_out]`, row-major.
    pub weight: &'a [f32],
    /// Biases b, `[n_out]`.
    pub bias: &'a [f32],
}

impl LayerWeights<'_> {
    pub(super) const fn n_out(&self) -> usize {
        self.bias.len()
    }

    pub(super) const fn n_in(&self) -> usize {
        self.weight.len() / self.bias.len()
    }
}

/// Affine layers with a nonlinearity after each but the last, packed for the kernels.
#[derive(Debug, Clone, PartialEq)]
pub struct Stack {
    layers: Vec<Layer>,
    pub(super) activation: Activation,
}

#[derive(Debug, Clone, PartialEq)]
struct Layer {
    matrix: Panels,
    /// Biases, `[padded(n_out)]`.
    bias: Vec<f32>,
}

/// Values of the hidden layers for a block of rows, for [`super::Pullback`].
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Hidden {
    /// Values `y_1 … y_{L-1}`, each `[n_rows, padded(n)]`.
    pub(super) values: Vec<Buffer>,
}

/// Tangents of the hidden layers for a block of rows.
#[derive(Debug, Clone, Default)]
pub struct Tangents {
    /// Tangents `s_0 … s_{L-2}` before the nonlinearity, each `[n_rows, padded(n)]`.
    pub(super) before: Vec<Buffer>,
    /// Tangents `ẏ_1 … ẏ_{L-1}` after the nonlinearity, each `[n_rows, padded(n)]`.
    pub(super) after: Vec<Buffer>,
}

/// Reusable memory of [`Stack::infer`], made by [`Stack::scratch`].
#[derive(Debug, Clone, PartialEq)]
pub struct Scratch {
    current: Vec<f32>,
    next: Vec<f32>,
}

impl Stack {
    /// Number of rows that [`Stack::infer`] takes through all layers at once.
    pub const BLOCK: usize = 64;

    /// Packs the weights. Consecutive layers must have matching sizes, none of them 0.
    #[must_use]
    pub fn new(layers: &[LayerWeights<'_>], activation: Activation) -> Self {
        let pack = |layer: &LayerWeights<'_>| {
            let mut bias = vec![0.0; padded(layer.n_out())];
            bias[..layer.n_out()].copy_from_slice(layer.bias);
            Layer {
                matrix: Panels::of(layer.weight, layer.n_in(), layer.n_out()),
                bias,
            }
        };
        Self {
            layers: layers.iter().map(pack).collect(),
            activation,
        }
    }

    /// Length of an input row.
    #[must_use]
    pub fn n_inputs(&self) -> usize {
        self.layers.first().map_or(0, |layer| layer.matrix.depth)
    }

    /// Length of an output row.
    #[must_use]
    pub fn n_outputs(&self) -> usize {
        self.layers.last().map_or(0, |layer| layer.matrix.n_cols)
    }

    /// (`n_in`, `n_out`) of each layer.
    pub(super) fn sizes(
        &self,
    ) -> impl DoubleEndedIterator<Item = (usize, usize)> + ExactSizeIterator + '_ {
        let layers = self.layers.iter();
        layers.map(|layer| (layer.matrix.depth, layer.matrix.n_cols))
    }

    /// Memory for calls of [`Stack::infer`] with up to `n_rows` rows.
    #[must_use]
    pub fn scratch(&self, n_rows: usize) -> Scratch {
        let widest = self.sizes().map(|(_, n)| padded(n)).max().unwrap_or(0);
        let n = widest * n_rows.min(Self::BLOCK);
        Scratch {
            current: vec![0.0; n],
            next: vec![0.0; n],
        }
    }

    /// Writes the outputs for `x [n_rows, n_inputs]` to `out [n_rows, n_outputs]` without
    /// allocating. `scratch` must be made for at least as many rows.
    pub fn infer(&self, x: &[f32], scratch: &mut Scratch, out: &mut [f32]) {
        let (n_in, n_out) = (self.n_inputs().max(1), self.n_outputs().max(1));
        let blocks = x.chunks(Self::BLOCK * n_in);
        for (x, out) in blocks.zip(out.chunks_mut(Self::BLOCK * n_out)) {
            Arch::new().dispatch(Infer {
                stack: self,
                x,
                scratch,
                out,
            });
        }
    }

    /// Writes the outputs for `x [n_rows, n_inputs]` to `out [n_rows, n_outputs]` and returns the
    /// values of the hidden layers.
    pub fn forward(&self, x: &[f32], out: &mut [f32]) -> Hidden {
        let n_rows = x.len() / self.n_inputs().max(1);
        let mut values = self.hidden_buffers(n_rows);
        Arch::new().dispatch(Forward {
            stack: self,
            x,
            hidden: &mut values,
            out,
        });
        Hidden { values }
    }

    /// Writes ẏ = J ẋ for `tangent [n_rows, n_inputs]` to `out [n_rows, n_outputs]`, with J at the
    /// rows whose forward pass returned `hidden`. Returns the tangents of the hidden layers.
    pub fn tangent(&self, hidden: &Hidden, tangent: &[f32], out: &mut [f32]) -> Tangents {
        let n_rows = tangent.len() / self.n_inputs().max(1);
        let mut tangents = Tangents {
            before: self.hidden_buffers(n_rows),
            after: self.hidden_buffers(n_rows),
        };
        Arch::new().dispatch(Push {
            stack: self,
            hidden,
            tangent,
            tangents: &mut tangents,
            out,
        });
        tangents
    }

    fn hidden_buffers(&self, n_rows: usize) -> Vec<Buffer> {
        let n_hidden = self.layers.len().saturating_sub(1);
        let hidden = self.sizes().take(n_hidden);
        hidden
            .map(|(_, n)| Buffer::of_len(n_rows * padded(n)))
            .collect()
    }

    /// Input rows of layer `i`: `given` for layer 0, else the hidden layer below.
    #[inline(always)]
    pub(super) fn input<'a>(&self, i: usize, given: &'a [f32], hidden: &'a [Buffer]) -> Rows<'a> {
        let n_in = self.layers[i].matrix.depth;
        match i.checked_sub(1) {
            None => Rows {
                data: given,
                ld: n_in,
            },
            Some(below) => Rows::padded(&hidden[below], n_in),
        }
    }
}

struct Infer<'a> {
    stack: &'a Stack,
    x: &'a [f32],
    scratch: &'a mut Scratch,
    out: &'a mut [f32],
}

impl WithSimd for Infer<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, s: S) {
        let Scratch { current, next } = self.scratch;
        let n_rows = self.x.len() / self.stack.n_inputs().max(1);
        let last = self.stack.layers.len() - 1;
        for (i, layer) in self.stack.layers.iter().enumerate() {
            let (n_in, n_out) = (layer.matrix.depth, layer.matrix.n_cols);
            let x = if i == 0 {
                Rows {
                    data: self.x,
                    ld: n_in,
                }
            } else {
                Rows::padded(&current[..n_rows * padded(n_in)], n_in)
            };
            let out = &mut next[..n_rows * padded(n_out)];
            let activation = self.stack.activation;
            if i == last {
                product(s, x, &layer.matrix, Some(&layer.bias), out, Linear);
                unpad(out, n_out, self.out);
            } else {
                let finish = Activate(activation);
                product(s, x, &layer.matrix, Some(&layer.bias), out, finish);
            }
            std::mem::swap(current, next);
        }
    }
}

struct Forward<'a> {
    stack: &'a Stack,
    x: &'a [f32],
    hidden: &'a mut [Buffer],
    out: &'a mut [f32],
}

impl WithSimd for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, s: S) {
        let activation = self.stack.activation;
        for (i, layer) in self.stack.layers.iter().enumerate() {
            let (below, own) = self.hidden.split_at_mut(i);
            let x = self.stack.input(i, self.x, below);
            let bias = Some(layer.bias.as_slice());
            if let Some(out) = own.first_mut() {
                let finish = Activate(activation);
                product(s, x, &layer.matrix, bias, out, finish);
            } else {
                last_layer(s, x, layer, bias, self.out);
            }
        }
    }
}

struct Push<'a> {
    stack: &'a Stack,
    hidden: &'a Hidden,
    tangent: &'a [f32],
    tangents: &'a mut Tangents,
    out: &'a mut [f32],
}

impl WithSimd for Push<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, s: S) {
        for (i, layer) in self.stack.layers.iter().enumerate() {
            let (below, own) = self.tangents.after.split_at_mut(i);
            let x = self.stack.input(i, self.tangent, below);
            if let Some(after) = own.first_mut() {
                let push = activation::Push {
                    activation: self.stack.activation,
                    y: S::as_simd_f32s(&self.hidden.values[i]).0,
                    before: S::as_mut_simd_f32s(&mut self.tangents.before[i]).0,
                };
                product(s, x, &layer.matrix, None, after, push);
            } else {
                last_layer(s, x, layer, None, self.out);
            }
        }
    }
}

#[inline(always)]
fn last_layer<S: Simd>(s: S, x: Rows<'_>, layer: &Layer, bias: Option<&[f32]>, out: &mut [f32]) {
    let n_out = layer.matrix.n_cols;
    let mut whole = Buffer::of_len(out.len() / n_out * padded(n_out));
    product(s, x, &layer.matrix, bias, &mut whole, Linear);
    unpad(&whole, n_out, out);
}
