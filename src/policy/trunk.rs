//! Differentiates whole networks on the CPU in f32, block by block: forward with the vector kernels
//! of [`crate::dense`], backward with their exact reverse. Tests compare the results with
//! `composed`.

use super::{
    Backend, Matrix, Mlp, TensorOps, Traced,
    blocks::{block_of, fold_blocks},
    composed::{Differentiated, TangentPenalty, TangentPoints, WeightGradient},
    head,
    packed::{Packed, pack},
    passed::{Memo, Values},
};
use crate::{
    agent::Head,
    dense::{Buffer, Gradients, Pullback, Stack, TangentPoint},
};
use dfdx::{
    shapes::HasShape,
    tensor::{Cpu, CpuError},
};

impl Backend<f32> for Cpu {
    type Frozen = Packed;

    fn freeze(mlp: &Mlp<f32, Self>) -> Packed {
        Packed::of(mlp)
    }

    /// Differentiates two networks at the same inputs, in parallel with half of the threads each.
    fn differentiate<R: Send, Q: Send>(
        (first, second): (&Mlp<f32, Self>, &Mlp<f32, Self>),
        x: &Matrix<f32, Self>,
        of_first: impl Fn(usize, &[f32], &mut [f32]) -> R + Send + Sync,
        of_second: impl Fn(usize, &[f32], &mut [f32]) -> Q + Send + Sync,
    ) -> Result<(Differentiated<R, f32, Self>, Differentiated<Q, f32, Self>), CpuError> {
        // Tensors cannot move to another thread; packed weights can.
        let (one, two) = (pack(first), pack(second));
        let mut inputs = Buffer::of_len(x.shape().0 * x.shape().1);
        x.copy_into(&mut inputs);
        let half = rayon::current_num_threads() / 2;
        let ((answers, sum), (other_answers, other_sum)) = rayon::join(
            || gradients(&one, &inputs, half, of_first),
            || gradients(&two, &inputs, half, of_second),
        );
        let one = Differentiated {
            answers,
            terms: terms(first, &sum),
        };
        let two = Differentiated {
            answers: other_answers,
            terms: terms(second, &other_sum),
        };
        Ok((one, two))
    }

    fn tangent_penalty(
        mlp: &Mlp<f32, Self>,
        head: Head,
        at: TangentPoints<'_>,
        h: &(dyn Fn(f64) -> (f64, f64) + Sync),
        wanted: WeightGradient,
    ) -> Result<TangentPenalty<f32, Self>, CpuError> {
        let (stack, pullback) = pack(mlp);
        let n_in = stack.n_inputs().max(1);
        let n_rows = at.points.len() / n_in;
        let memo = Memo::of(at.passed, &stack);
        #[allow(clippy::cast_precision_loss, reason = "a batch is far below 2^52")]
        let share = 1.0 / (n_rows.max(1) as f64);
        let (blocks, sum) = fold_blocks(
            &stack,
            n_rows,
            rayon::current_num_threads(),
            |block, sum| {
                let x = block_of(at.points, block, n_in);
                let tangent = block_of(at.tangents, block, n_in);
                let fresh;
                let Values { hidden, output } = if let Some(known) = memo.values(block, x) {
                    known
                } else {
                    fresh = Values::of(&stack, x);
                    &fresh
                };
                let mut dz = vec![0.0; output.len()];
                let tangents = stack.tangent(hidden, tangent, &mut dz);
                let rows = head::TangentRows::evaluate(head, output, &dz, h, share);
                if wanted == WeightGradient::Wanted {
                    let point = TangentPoint {
                        x,
                        hidden,
                        tangent,
                        tangents: &tangents,
                    };
                    let to_output = (!head.is_linear()).then_some(rows.to_z.as_slice());
                    pullback.pull_tangent(&stack, point, to_output, &rows.to_tangent, sum);
                }
                (rows.total, rows.squared)
            },
        );
        let total: f64 = blocks.iter().map(|(total, _)| total).sum();
        let squared = blocks.into_iter().flat_map(|(_, squared)| squared);
        Ok(TangentPenalty {
            squared: squared.collect(),
            value: Self::host_scalar(total, terms(mlp, &sum))?,
        })
    }
}

/// Differentiates one network block by block; returns answers and weight gradients.
fn gradients<R: Send>(
    (stack, pullback): &(Stack, Pullback),
    inputs: &[f32],
    n_threads: usize,
    cotangent: impl Fn(usize, &[f32], &mut [f32]) -> R + Send + Sync,
) -> (Vec<R>, Gradients) {
    let n_in = stack.n_inputs();
    let n_rows = inputs.len() / n_in.max(1);
    fold_blocks(stack, n_rows, n_threads, |block, sum| {
        let x = block_of(inputs, block, n_in);
        let Values { hidden, output } = Values::of(stack, x);
        let mut to_y = vec![0.0; output.len()];
        let answer = cotangent(block * Stack::BLOCK, &output, &mut to_y);
        pullback.pull(stack, (x, &hidden), &to_y, Some(sum), None);
        answer
    })
}

/// Pairs each weight with its gradient.
fn terms(mlp: &Mlp<f32, Cpu>, sum: &Gradients) -> Vec<(Traced<f32, Cpu>, Vec<f32>)> {
    let gradients = (0..mlp.layers.len()).flat_map(|i| [sum.weight(i), sum.bias(i)]);
    let parameters = mlp.parameters().map(Matrix::retaped);
    parameters.zip(gradients).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{
        ActorCritic, FrozenNetwork, Packed, Passed, Real, composed, scalar_value,
        tests::{ACTIVATIONS, HEADS, random_matrix, random_policy, rng},
    };
    use dfdx::{
        tensor::{TensorFromVec, Trace},
        tensor_ops::{Backward, SumTo, TryMul},
    };

    /// Number of rows: enough blocks for several threads, and a short last block.
    const N: usize = 9 * Stack::BLOCK + 9;

    fn narrow(values: &[f64]) -> Vec<f32> {
        values.iter().map(|x| f32::of(*x)).collect()
    }

    /// The same policy and the same batch of observations and tangents, in f32 and in f64.
    #[allow(clippy::type_complexity, reason = "test")]
    fn twins(
        hidden: &[usize],
        case: usize,
    ) -> (
        ActorCritic<f32, Cpu>,
        ActorCritic<f64, Cpu>,
        [Matrix<f32, Cpu>; 2],
        [Matrix<f64, Cpu>; 2],
    ) {
        let (activation, head) = (ACTIVATIONS[case % 3], HEADS[case / 3]);
        let wide = random_policy(hidden, activation, head, 81);
        let tensors = wide.to_tensors();
        let device = Cpu::default();
        let load = |n| -> Result<_, _> {
            ActorCritic::<f32, Cpu>::from_tensors(wide.spec(), n, &tensors, &device)
        };
        let narrow_policy = load(wide.critic_hidden()).expect("sound");
        let wide = ActorCritic::from_tensors(wide.spec(), wide.critic_hidden(), &tensors, &device);
        let mut rng = rng(82);
        let draws = [0, 1].map(|_| random_matrix(N, 4, &mut rng));
        let down = draws
            .each_ref()
            .map(|m| device.tensor_from_vec(narrow(&m.as_vec()), (N, 4)));
        let up = down.each_ref().map(|m| {
            let values = m.as_vec().into_iter().map(f64::from).collect();
            device.try_tensor_from_vec(values, (N, 4)).expect("memory")
        });
        (narrow_policy, wide.expect("sound"), down, up)
    }

    fn close(found: &[f32], expected: &[f64], place: &str) {
        let scale = expected.iter().fold(1e-3_f64, |m, e| m.max(e.abs()));
        for (f, e) in found.iter().zip(expected) {
            let error = (f64::from(*f) - e).abs() / scale;
            assert!(error < 1e-5, "{place}: {f} {e}");
        }
        assert_eq!(found.len(), expected.len());
    }

    /// Fused f32 passes equal composed f64 passes in values, weight gradients and input gradients.
    #[test]
    fn fused_network_equals_composed_network() {
        for case in 0..9 {
            for hidden in [&[][..], &[7], &[20, 33]] {
                let (narrow, wide, [x, p], [x64, _]) = twins(hidden, case);
                let n_out = wide.actor.layers.last().expect("a layer").bias.shape().1;
                let rows = p.as_vec();
                let rows = rows.chunks(4);
                let p: Vec<f32> = rows
                    .flat_map(|row| row.iter().cycle().take(n_out).copied())
                    .collect();
                let p64: Vec<f64> = p.iter().map(|p| f64::from(*p)).collect();
                let weigh = |first: usize, y: &[f32], to_y: &mut [f32]| {
                    to_y.copy_from_slice(&p[first * n_out..][..y.len()]);
                    y.to_vec()
                };
                let y64 = wide.actor.forward(x64.leaky_trace()).expect("CPU");
                let both = (&narrow.actor, &narrow.critic);
                let plain = |_: usize, y: &[f32], to_y: &mut [f32]| to_y.copy_from_slice(y);
                let (found, _) = Cpu::differentiate(both, &x, weigh, plain).unwrap();
                close(&found.answers.concat(), &y64.as_vec(), "values");
                let packed = Packed::of(&narrow.actor);
                let mut y = vec![0.0; N * n_out];
                let computed: Result<_, CpuError> = packed.values(&x.as_vec(), &mut y);
                computed.expect("CPU");
                assert_eq!(y, found.answers.concat());
                let weigh64 = Cpu::default().tensor_from_vec(p64, (N, n_out));
                let expected = y64.try_mul(weigh64).expect("CPU").sum::<(), _>().backward();
                let mut to_x = vec![0.0; N * 4];
                let pulled: Result<_, CpuError> = packed.pull(&x.as_vec(), weigh, &mut to_x, None);
                pulled.expect("CPU");
                close(&to_x, &expected.get(&x64).as_vec(), "inputs");
                let layers = wide.actor.layers.iter();
                let parameters = layers.flat_map(|l| [&l.weight, &l.bias]);
                for ((_, gradient), parameter) in found.terms.iter().zip(parameters) {
                    close(gradient, &expected.get(parameter).as_vec(), "weights");
                }
            }
        }
    }

    #[test]
    fn fused_tangent_penalty_equals_composed_penalty() {
        let square: &(dyn Fn(f64) -> (f64, f64) + Sync) = &|q| (q, 1.0);
        let bend: &(dyn Fn(f64) -> (f64, f64) + Sync) = &|q| ((1.0 + q).ln(), 1.0 / (1.0 + q));
        for case in 0..9 {
            for hidden in [&[][..], &[7], &[20, 33]] {
                for h in [square, bend] {
                    let (narrow, wide, [x, t], _) = twins(hidden, case);
                    let head = wide.spec.head;
                    let (points, tangents) = (&x.as_vec(), &t.as_vec());
                    let at = TangentPoints {
                        points,
                        tangents,
                        passed: &[],
                    };
                    let wanted = WeightGradient::Wanted;
                    let found = Cpu::tangent_penalty(&narrow.actor, head, at, h, wanted);
                    let found = found.expect("CPU");
                    let expected = composed::tangent_penalty(&wide.actor, head, at, h);
                    let expected = expected.expect("CPU");
                    let value = scalar_value(&expected.value);
                    assert!((scalar_value(&found.value) - value).abs() < 1e-5 * value);
                    let squared: Vec<f32> = found.squared.iter().map(|q| f32::of(*q)).collect();
                    close(&squared, &expected.squared, "squares");
                    let found = found.value.backward();
                    let expected = expected.value.backward();
                    for (l, l64) in narrow.actor.layers.iter().zip(&wide.actor.layers) {
                        let pair = (&l.weight, &l64.weight);
                        let pair = (found.get(pair.0).as_vec(), expected.get(pair.1).as_vec());
                        close(&pair.0, &pair.1, "weights");
                    }
                    for (l, l64) in narrow.actor.layers.iter().zip(&wide.actor.layers) {
                        // A bias behind a linear head has no effect on a tangent: its gradient may
                        // be absent.
                        let mut found = found.clone();
                        let found = found.get_or_alloc_mut(&l.bias).expect("CPU").to_vec();
                        let mut expected = expected.clone();
                        let expected = expected.get_or_alloc_mut(&l64.bias).expect("CPU").to_vec();
                        close(&found, &expected, "biases");
                    }
                }
            }
        }
    }

    /// A cached pass changes no bit; a cached pass of other weights or rows is not used.
    #[test]
    fn a_cached_pass_does_not_change_results() {
        let (policy, _, [x, t], _) = twins(&[20, 33], 8);
        let (other, _, _, _) = twins(&[20, 33], 5);
        let (points, tangents) = (x.as_vec(), t.as_vec());
        let pass = |of: &ActorCritic<f32, Cpu>, x: &[f32]| {
            let (mut to_x, mut passed) = (vec![0.0; x.len()], Passed::default());
            let copy = |_: usize, y: &[f32], to_y: &mut [f32]| to_y.copy_from_slice(y);
            let pulled: Result<_, CpuError> =
                Packed::of(&of.actor).pull(x, copy, &mut to_x, Some(&mut passed));
            pulled.expect("CPU");
            passed
        };
        let (stack, _) = pack(&policy.actor);
        let (own, foreign) = (pass(&policy, &points), pass(&other, &points));
        let elsewhere = pass(&policy, &tangents);
        let is_used = |passed: &Passed, block| {
            let memo = Memo::of(std::slice::from_ref(passed), &stack);
            memo.values(block, block_of(&points, block, 4)).is_some()
        };
        assert!((0..=9).all(|block| is_used(&own, block)));
        assert!(!is_used(&foreign, 0) && !is_used(&elsewhere, 0));
        let run = |passed: &[Passed]| {
            let at = TangentPoints {
                points: &points,
                tangents: &tangents,
                passed,
            };
            let (h, wanted) = (|q| (q, 1.0), WeightGradient::Wanted);
            let found = Cpu::tangent_penalty(&policy.actor, policy.spec.head, at, &h, wanted);
            let gradients = found.expect("CPU").value.backward();
            let layers = policy.actor.layers.iter();
            let all = layers.flat_map(|l| [&l.weight, &l.bias].map(|p| gradients.get(p).as_vec()));
            all.flatten().map(f32::to_bits).collect::<Vec<_>>()
        };
        let plain = run(&[]);
        for passed in [own, foreign, elsewhere] {
            assert_eq!(plain, run(&[passed]));
        }
    }

    /// Results have the same bits at any number of threads.
    #[test]
    fn results_do_not_depend_on_the_number_of_threads() {
        let (policy, _, [x, t], _) = twins(&[20, 33], 8);
        let run = |n_threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(n_threads)
                .build();
            pool.expect("threads").install(|| {
                let plain = |_: usize, y: &[f32], to_y: &mut [f32]| to_y.copy_from_slice(y);
                let both =
                    Cpu::differentiate((&policy.actor, &policy.critic), &x, plain, plain).unwrap();
                let h: &(dyn Fn(f64) -> (f64, f64) + Sync) = &|q| (q, 1.0);
                let (head, wanted) = (policy.spec.head, WeightGradient::Wanted);
                let at = TangentPoints {
                    points: &x.as_vec(),
                    tangents: &t.as_vec(),
                    passed: &[],
                };
                let penalty = Cpu::tangent_penalty(&policy.actor, head, at, h, wanted);
                let penalty = penalty.expect("CPU").value.backward();
                let layers = policy.actor.layers.iter();
                let penalty =
                    layers.flat_map(|l| [&l.weight, &l.bias].map(|p| penalty.get(p).as_vec()));
                let terms = both.0.terms.into_iter().chain(both.1.terms);
                let all = terms.map(|(_, gradient)| gradient).chain(penalty);
                all.flatten().map(f32::to_bits).collect::<Vec<_>>()
            })
        };
        let one = run(1);
        assert!([2, 3, 8].into_iter().all(|n| run(n) == one));
    }
}
