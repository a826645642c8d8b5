//! Forward pass of a policy file's network: observation in, deterministic action out.

use super::{Head, NetworkSpec, PolicyFault, PolicyFile, network::most_probable};
use crate::dense::{self, LayerWeights, Stack};

/// Actor of a policy file. It is immutable; the caller owns the working memory, a [`Scratch`].
///
/// With `x_0 = o [n_inputs]` and layers i = 0..=L, `a_i = x_i W_i + b_i`, `x_{i+1} =
/// activation(a_i)`; the last layer has no activation. Gaussian head: `output = squash(a_L)
/// [n_dims]`, the mean. Categorical head: `output = softmax(a_L)` per choice, `[n_dims, n_levels]`
/// row-major. CPU training runs the same kernels.
///
/// ```
/// # use shockproof::{agent::{Choice, Network, PolicyFile, PolicyHeader}, features::*};
/// # use shockproof::market::Allocation;
/// # let specs = [FeatureSpec::LogReturns { window: 1 }];
/// # let pipeline = Pipeline::new(&specs, &["BTC".to_owned()])?;
/// # let allocation = Allocation::Weights { low: -1.0, high: 1.0, max_gross: 1.0 };
/// # let header = PolicyHeader::by_hand(&pipeline, &[], 60, allocation)?;
/// let file = PolicyFile::linear(header, &[2.0], &[0.5])?;
/// let network = Network::new(&file)?;
/// let mut scratch = network.scratch();
/// let choice = network.choose(&[0.25], &mut scratch)?;
/// assert!(matches!(choice, Choice::Continuous([x]) if (x - 1.0_f32.tanh()).abs() < 1e-5));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Network {
    stack: Stack,
    head: Head,
}

/// Working memory of a decision, reused so that decisions do not allocate.
#[derive(Debug, Clone, PartialEq)]
pub struct Scratch {
    hidden: dense::Scratch,
    output: Vec<f32>,
    levels: Vec<u32>,
}

/// A deterministic action, in the form of the head.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Choice<'a> {
    /// Mean of the Gaussian head, `[n_dims]`.
    Continuous(&'a [f32]),
    /// Index of the most probable level per choice, `[n_dims]`; the lowest index wins a tie.
    Categorical(&'a [u32]),
}

/// Error of a network that computed NaN or infinity.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("network output {index}: found {found}, expected a finite number")]
pub struct NonFiniteOutput {
    /// Index among the outputs of the last linear layer.
    pub index: usize,
    /// Value found.
    pub found: f32,
}

impl Network {
    /// Loads the actor of `file`.
    ///
    /// # Errors
    /// [`PolicyFault::Tensor`] naming the tensor that is missing, misshapen or not finite.
    pub fn new(file: &PolicyFile) -> Result<Self, PolicyFault> {
        let spec = &file.header.network;
        spec.check()?;
        let mut layers = Vec::with_capacity(spec.hidden.len() + 1);
        for (i, (n_in, n_out)) in spec.layer_sizes().into_iter().enumerate() {
            layers.push(LayerWeights {
                weight: file.values(&format!("actor.{i}.weight"), &[n_in, n_out])?,
                bias: file.values(&format!("actor.{i}.bias"), &[n_out])?,
            });
        }
        Ok(Self {
            stack: Stack::new(&layers, spec.activation),
            head: spec.head,
        })
    }

    /// Allocates working memory for [`Network::output`] and [`Network::choose`].
    #[must_use]
    pub fn scratch(&self) -> Scratch {
        Scratch {
            hidden: self.stack.scratch(1),
            output: vec![0.0; self.stack.n_outputs()],
            levels: vec![0; self.head.n_dims()],
        }
    }

    /// Length of the observation.
    #[must_use]
    pub fn n_inputs(&self) -> usize {
        self.stack.n_inputs()
    }

    /// Distribution over actions that the network parameterizes.
    #[must_use]
    pub const fn head(&self) -> Head {
        self.head
    }

    /// Computes the deterministic head output: the squashed mean, or the probabilities.
    ///
    /// Shape: `observation [n_inputs]`.
    pub fn output<'a>(&self, observation: &[f32], scratch: &'a mut Scratch) -> &'a [f32] {
        self.linear(observation, scratch);
        self.head.output_rows(&mut scratch.output);
        &scratch.output
    }

    /// Computes the deployed action, without exploration.
    ///
    /// Shape: `observation [n_inputs]`.
    ///
    /// # Errors
    /// [`NonFiniteOutput`] if an output is NaN or infinite.
    pub fn choose<'a>(
        &self,
        observation: &[f32],
        scratch: &'a mut Scratch,
    ) -> Result<Choice<'a>, NonFiniteOutput> {
        self.linear(observation, scratch);
        let Scratch { output, levels, .. } = scratch;
        if let Some(index) = output.iter().position(|x| !x.is_finite()) {
            return Err(NonFiniteOutput {
                index,
                found: output[index],
            });
        }
        Ok(match self.head {
            Head::Gaussian { .. } => {
                self.head.output_rows(output);
                Choice::Continuous(output)
            }
            Head::Categorical { n_levels, .. } => {
                for (level, logits) in levels.iter_mut().zip(output.chunks(n_levels)) {
                    *level = most_probable(logits);
                }
                Choice::Categorical(levels)
            }
        })
    }

    /// Computes the last linear layer's output into `scratch.output`.
    fn linear(&self, observation: &[f32], scratch: &mut Scratch) {
        debug_assert_eq!(observation.len(), self.n_inputs());
        let Scratch { hidden, output, .. } = scratch;
        self.stack.infer(observation, hidden, output);
    }
}

impl NetworkSpec {
    /// Sizes `(n_in, n_out)` of the actor layers, first to last.
    #[must_use]
    pub fn layer_sizes(&self) -> Vec<(usize, usize)> {
        let outputs = self.hidden.iter().copied().chain([self.head.n_outputs()]);
        std::iter::once(self.n_inputs)
            .chain(self.hidden.iter().copied())
            .zip(outputs)
            .collect()
    }

    /// Refuses a layer of width 0.
    pub(super) fn check(&self) -> Result<(), PolicyFault> {
        let choices = match self.head {
            Head::Gaussian { n_dims, .. } => [n_dims, 1],
            Head::Categorical { n_dims, n_levels } => [n_dims, n_levels],
        };
        let widths = std::iter::once(self.n_inputs)
            .chain(self.hidden.iter().copied())
            .chain(choices);
        match widths.enumerate().find(|&(_, width)| width == 0) {
            Some((layer, _)) => Err(PolicyFault::Network {
                part: format!("layer {layer}"),
                found: "width 0".to_owned(),
                expected: "at least 1 (layer 0 is the input)".to_owned(),
            }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Activation, Squash, tests::*},
        *,
    };

    /// Reference forward pass in f64, with index loops.
    fn naive(file: &PolicyFile, observation: &[f32]) -> Vec<f64> {
        let spec = &file.header.network;
        let mut x: Vec<f64> = observation.iter().map(|&x| f64::from(x)).collect();
        for i in 0..=spec.hidden.len() {
            let weight = &file.tensors[&format!("actor.{i}.weight")];
            let bias = &file.tensors[&format!("actor.{i}.bias")].values;
            let n_out = bias.len();
            x = (0..n_out)
                .map(|j| {
                    let products = x.iter().enumerate();
                    let sum: f64 = products
                        .map(|(k, x)| x * f64::from(weight.values[k * n_out + j]))
                        .sum();
                    let a = sum + f64::from(bias[j]);
                    match spec.activation {
                        _ if i == spec.hidden.len() => a,
                        Activation::Tanh => a.tanh(),
                        Activation::Softsign => a / (1.0 + a.abs()),
                        Activation::Relu => a.max(0.0),
                    }
                })
                .collect();
        }
        match spec.head {
            Head::Gaussian { squash, .. } => match squash {
                Squash::Identity => x,
                Squash::Tanh => x.iter().map(|a| a.tanh()).collect(),
            },
            Head::Categorical { n_levels, .. } => x
                .chunks(n_levels)
                .flat_map(|logits| {
                    let sum: f64 = logits.iter().map(|a| a.exp()).sum();
                    logits.iter().map(move |a| a.exp() / sum)
                })
                .collect(),
        }
    }

    #[test]
    fn network_output_equals_its_definition() {
        let identity = Head::Gaussian {
            n_dims: 2,
            squash: Squash::Identity,
        };
        let levels = Head::Categorical {
            n_dims: 2,
            n_levels: 3,
        };
        let mut scatter = scatter();
        for hidden in [&[][..], &[7], &[16, 8], &[3, 33, 3]] {
            for activation in [Activation::Tanh, Activation::Softsign, Activation::Relu] {
                for head in [GAUSSIAN, identity, levels] {
                    let file = random_file(hidden, activation, head);
                    let network = Network::new(&file).unwrap();
                    let mut scratch = network.scratch();
                    for _ in 0..4 {
                        let observation: Vec<f32> =
                            (0..5).map(|_| scatter.next_f32(-3.0, 3.0)).collect();
                        let expected = naive(&file, &observation);
                        let found = network.output(&observation, &mut scratch);
                        assert_eq!(found.len(), expected.len());
                        for (found, expected) in found.iter().zip(&expected) {
                            let error = (f64::from(*found) - expected).abs();
                            assert!(error < 1e-5 * (1.0 + expected.abs()), "{error}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn the_choice_is_the_mean_or_the_most_probable_level() {
        let file = random_file(&[4], Activation::Tanh, GAUSSIAN);
        let network = Network::new(&file).unwrap();
        let (mut a, mut b) = (network.scratch(), network.scratch());
        let observation = [0.1, -0.2, 0.3, 1.0, -2.0];
        let mean = network.output(&observation, &mut a);
        assert_eq!(
            network.choose(&observation, &mut b),
            Ok(Choice::Continuous(mean))
        );
        assert_eq!(most_probable(&[0.1, 0.7, 0.7]), 1);
        assert_eq!(most_probable(&[-5.0, -7.0]), 0);
    }

    #[test]
    fn a_network_that_overflows_does_not_choose() {
        let mut file = random_file(&[4], Activation::Relu, GAUSSIAN);
        for tensor in file.tensors.values_mut() {
            tensor.values.fill(1e30);
        }
        let network = Network::new(&file).unwrap();
        let mut scratch = network.scratch();
        let found = network.choose(&[1.0; 5], &mut scratch);
        assert!(matches!(found, Err(NonFiniteOutput { index: 0, .. })));
    }
}
