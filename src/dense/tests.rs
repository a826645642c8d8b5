//! Tests of the kernels against plain loops in f64.

use super::*;

#[allow(clippy::cast_possible_truncation, reason = "test numbers")]
const fn narrow(x: f64) -> f32 {
    x as f32
}

/// Pseudorandom values in (-1, 1).
struct Scatter(u64);

impl Scatter {
    fn next(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        #[allow(clippy::cast_precision_loss, reason = "53 bits")]
        let unit = (self.0 >> 11) as f64 / (1_u64 << 53) as f64;
        2.0 * unit - 1.0
    }

    fn vec(&mut self, n: usize, scale: f64) -> Vec<f32> {
        (0..n).map(|_| narrow(scale * self.next())).collect()
    }
}

struct Net {
    sizes: Vec<usize>,
    activation: Activation,
    weights: Vec<(Vec<f32>, Vec<f32>)>,
}

impl Net {
    fn new(sizes: &[usize], activation: Activation, scatter: &mut Scatter) -> Self {
        let weights = sizes.windows(2).map(|pair| {
            #[allow(clippy::cast_precision_loss, reason = "small")]
            let scale = 1.5 / (pair[0] as f64).sqrt();
            (
                scatter.vec(pair[0] * pair[1], scale),
                scatter.vec(pair[1], 0.3),
            )
        });
        Self {
            sizes: sizes.to_vec(),
            activation,
            weights: weights.collect(),
        }
    }

    fn layers(&self) -> Vec<LayerWeights<'_>> {
        self.weights
            .iter()
            .map(|(weight, bias)| LayerWeights { weight, bias })
            .collect()
    }

    /// (y, ẏ) of one row in f64; `nudge` is added to weight `w`, or a later bias, of layer `l`.
    fn dual(
        &self,
        x: &[f32],
        dx: &[f32],
        (l, w, nudge): (usize, usize, f64),
    ) -> (Vec<f64>, Vec<f64>) {
        let mut y: Vec<f64> = x.iter().map(|x| f64::from(*x)).collect();
        let mut t: Vec<f64> = dx.iter().map(|x| f64::from(*x)).collect();
        for (i, (weight, bias)) in self.weights.iter().enumerate() {
            let n_out = bias.len();
            let at = |k: usize| {
                let value = if k < weight.len() {
                    weight[k]
                } else {
                    bias[k - weight.len()]
                };
                f64::from(value) + if (i, k) == (l, w) { nudge } else { 0.0 }
            };
            let (mut a, mut s) = (Vec::new(), Vec::new());
            for j in 0..n_out {
                let dot = |v: &[f64]| {
                    v.iter()
                        .enumerate()
                        .map(|(k, v)| v * at(k * n_out + j))
                        .sum::<f64>()
                };
                a.push(dot(&y) + at(weight.len() + j));
                s.push(dot(&t));
            }
            if i + 1 < self.weights.len() {
                let slopes = |a: &f64| match self.activation {
                    Activation::Tanh => (a.tanh(), 1.0 - a.tanh() * a.tanh()),
                    Activation::Softsign => (a / (1.0 + a.abs()), (1.0 + a.abs()).powi(-2)),
                    Activation::Relu => (a.max(0.0), f64::from(u8::from(*a > 0.0))),
                };
                t = s.iter().zip(&a).map(|(s, a)| s * slopes(a).1).collect();
                y = a.iter().map(|a| slopes(a).0).collect();
            } else {
                (y, t) = (a, s);
            }
        }
        (y, t)
    }
}

fn nets(scatter: &mut Scatter) -> Vec<Net> {
    let shapes: [&[usize]; 4] = [&[5, 3], &[7, 17, 2], &[32, 64, 64, 3], &[9, 6, 33, 1]];
    let activations = [Activation::Tanh, Activation::Softsign, Activation::Relu];
    let pairs = shapes.into_iter().flat_map(|s| activations.map(|a| (s, a)));
    pairs
        .map(|(sizes, activation)| Net::new(sizes, activation, scatter))
        .collect()
}

fn worst(found: &[f32], expected: &[f64]) -> f64 {
    assert_eq!(found.len(), expected.len());
    let scale = expected.iter().fold(0.3_f64, |m, e| m.max(e.abs()));
    let errors = found
        .iter()
        .zip(expected)
        .map(|(f, e)| (f64::from(*f) - e).abs());
    errors.fold(0.0, f64::max) / scale
}

const N_ROWS: usize = 7;

#[test]
fn values_and_tangents_of_each_row_equal_the_definition() {
    let mut scatter = Scatter(1);
    for net in nets(&mut scatter) {
        let (n_in, n_out) = (net.sizes[0], *net.sizes.last().expect("sizes"));
        let stack = Stack::new(&net.layers(), net.activation);
        assert_eq!((stack.n_inputs(), stack.n_outputs()), (n_in, n_out));
        let n_rows = 70;
        let (x, dx) = (
            scatter.vec(n_rows * n_in, 1.0),
            scatter.vec(n_rows * n_in, 1.0),
        );
        let (mut y, mut t) = (vec![0.0; n_rows * n_out], vec![0.0; n_rows * n_out]);
        let hidden = stack.forward(&x, &mut y);
        let _ = stack.tangent(&hidden, &dx, &mut t);
        let mut inferred = vec![0.0; n_rows * n_out];
        stack.infer(&x, &mut stack.scratch(n_rows), &mut inferred);
        assert_eq!(inferred, y);
        let mut scratch = stack.scratch(1);
        for row in 0..n_rows {
            let (x, dx) = (&x[row * n_in..][..n_in], &dx[row * n_in..][..n_in]);
            let (expected, slope) = net.dual(x, dx, (9, 0, 0.0));
            assert!(worst(&y[row * n_out..][..n_out], &expected) < 2e-6);
            assert!(worst(&t[row * n_out..][..n_out], &slope) < 5e-6);
            let mut alone = vec![0.0; n_out];
            stack.infer(x, &mut scratch, &mut alone);
            assert_eq!(alone, y[row * n_out..][..n_out]);
        }
    }
}

/// ⟨ȳ, J ẋ⟩ = ⟨Jᵀ ȳ, ẋ⟩.
#[test]
fn pulling_back_is_the_adjoint_of_pushing_forward() {
    let mut scatter = Scatter(2);
    for net in nets(&mut scatter) {
        let (n_in, n_out) = (net.sizes[0], *net.sizes.last().expect("sizes"));
        let stack = Stack::new(&net.layers(), net.activation);
        let (x, dx) = (
            scatter.vec(N_ROWS * n_in, 1.0),
            scatter.vec(N_ROWS * n_in, 1.0),
        );
        let cotangent = scatter.vec(N_ROWS * n_out, 1.0);
        let (mut y, mut t) = (vec![0.0; N_ROWS * n_out], vec![0.0; N_ROWS * n_out]);
        let hidden = stack.forward(&x, &mut y);
        let _ = stack.tangent(&hidden, &dx, &mut t);
        let mut to_x = vec![0.0; N_ROWS * n_in];
        Pullback::new(&net.layers()).pull(&stack, (&x, &hidden), &cotangent, None, Some(&mut to_x));
        let dot = |a: &[f32], b: &[f32]| {
            a.iter()
                .zip(b)
                .map(|(a, b)| f64::from(*a) * f64::from(*b))
                .sum::<f64>()
        };
        let (forward, backward) = (dot(&cotangent, &t), dot(&to_x, &dx));
        assert!(
            (forward - backward).abs() < 1e-5 * forward.abs().max(1.0),
            "{forward} {backward}"
        );
    }
}

/// ∂/∂w of Σ ⟨p, y⟩ and of Σ ⟨p, y⟩ + ⟨q, ẏ⟩ by central differences in f64.
#[test]
fn weight_gradients_equal_central_differences() {
    let mut scatter = Scatter(3);
    for net in nets(&mut scatter) {
        let (n_in, n_out) = (net.sizes[0], *net.sizes.last().expect("sizes"));
        let layers = net.layers();
        let (stack, pullback) = (Stack::new(&layers, net.activation), Pullback::new(&layers));
        let (x, dx) = (
            scatter.vec(N_ROWS * n_in, 1.0),
            scatter.vec(N_ROWS * n_in, 1.0),
        );
        let (p, q) = (
            scatter.vec(N_ROWS * n_out, 1.0),
            scatter.vec(N_ROWS * n_out, 1.0),
        );
        let (mut y, mut t) = (vec![0.0; N_ROWS * n_out], vec![0.0; N_ROWS * n_out]);
        let hidden = stack.forward(&x, &mut y);
        let tangents = stack.tangent(&hidden, &dx, &mut t);
        let point = TangentPoint {
            x: &x,
            hidden: &hidden,
            tangent: &dx,
            tangents: &tangents,
        };
        let zeros = || Gradients::zeros(&stack);
        let (mut plain, mut both, mut only_tangent) = (zeros(), zeros(), zeros());
        pullback.pull(&stack, (&x, &hidden), &p, Some(&mut plain), None);
        pullback.pull_tangent(&stack, point, Some(&p), &q, &mut both);
        pullback.pull_tangent(&stack, point, None, &q, &mut only_tangent);
        for (l, (weight, _)) in net.weights.iter().enumerate() {
            let gradient = |of: &Gradients| [of.weight(l), of.bias(l)].concat();
            let (plain, both, only) = (gradient(&plain), gradient(&both), gradient(&only_tangent));
            let n = plain.len();
            for k in [0, n / 3, weight.len() - 1, n - 1] {
                let slope = |p: &[f32], q: &[f32]| {
                    let loss = |nudge: f64| {
                        let row = |r: usize| {
                            let (x, dx) = (&x[r * n_in..][..n_in], &dx[r * n_in..][..n_in]);
                            let (y, t) = net.dual(x, dx, (l, k, nudge));
                            let weigh = |v: &[f64], by: &[f32]| -> f64 {
                                v.iter().zip(by).map(|(v, b)| v * f64::from(*b)).sum()
                            };
                            weigh(&y, &p[r * n_out..]) + weigh(&t, &q[r * n_out..])
                        };
                        (0..N_ROWS).map(row).sum::<f64>()
                    };
                    (loss(1e-6) - loss(-1e-6)) / 2e-6
                };
                let zero = vec![0.0; N_ROWS * n_out];
                for (found, expected) in [
                    (&plain, slope(&p, &zero)),
                    (&both, slope(&p, &q)),
                    (&only, slope(&zero, &q)),
                ] {
                    let error = (f64::from(found[k]) - expected).abs();
                    assert!(
                        error < 3e-5 * (1.0 + expected.abs()),
                        "{:?} {l} {k}: {} {expected}",
                        net.activation,
                        found[k]
                    );
                }
            }
        }
    }
}

/// Cutting the rows at multiples of a block does not change sums over rows.
#[test]
fn gradients_of_blocks_add_up_to_the_bits_of_the_whole() {
    let mut scatter = Scatter(4);
    let net = Net::new(&[8, 20, 3], Activation::Tanh, &mut scatter);
    let layers = net.layers();
    let (stack, pullback) = (Stack::new(&layers, net.activation), Pullback::new(&layers));
    let n_rows = 3 * Stack::BLOCK - 5;
    let (x, g) = (scatter.vec(n_rows * 8, 1.0), scatter.vec(n_rows * 3, 1.0));
    let pull = |x: &[f32], g: &[f32], gradients: &mut Gradients| {
        let hidden = stack.forward(x, &mut vec![0.0; g.len()]);
        pullback.pull(&stack, (x, &hidden), g, Some(gradients), None);
    };
    let (mut whole, mut sum) = (Gradients::zeros(&stack), Gradients::zeros(&stack));
    pull(&x, &g, &mut whole);
    for (x, g) in x.chunks(8 * Stack::BLOCK).zip(g.chunks(3 * Stack::BLOCK)) {
        let mut part = Gradients::zeros(&stack);
        pull(x, g, &mut part);
        sum.add(&part);
    }
    assert_eq!(whole, sum);
}
