//! Minima without derivatives.

/// A minimum.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Minimum {
    pub(super) at: Vec<f64>,
    pub(super) value: f64,
}

/// Values of a simplex this close together are a minimum. Of a log likelihood: less than a
/// thousandth of a standard error.
const TOLERANCE: f64 = 1e-7;

/// Evaluations allowed in all.
pub(super) const MAX_EVALUATIONS: usize = 40_000;

/// The minimum of `objective` reached from `start` by Nelder and Mead's simplex (1965, with the
/// coefficients of Gao and Han 2012 for its dimension), begun anew around its result until that no
/// longer helps. Infinity and NaN mean "not there". `None` where there is no value at `start`, or
/// no end within [`MAX_EVALUATIONS`].
pub(super) fn minimize(
    objective: impl Fn(&[f64]) -> f64,
    start: &[f64],
    step: f64,
) -> Option<Minimum> {
    let mut n_evaluations = 0;
    let mut evaluate = |x: &[f64]| {
        n_evaluations += 1;
        let value = objective(x);
        (
            if value.is_nan() { f64::INFINITY } else { value },
            n_evaluations < MAX_EVALUATIONS,
        )
    };
    let mut best = Minimum {
        at: start.to_vec(),
        value: evaluate(start).0,
    };
    if best.value.is_infinite() {
        return None;
    }
    let mut step = step;
    loop {
        let found = descend(&mut evaluate, &best.at, step)?;
        let gained = best.value - found.value;
        if found.value <= best.value {
            best = found;
        }
        if gained < 10.0 * TOLERANCE {
            return Some(best);
        }
        step = (step * 0.5).max(0.02);
    }
}

/// One descent; `None` when the evaluations are used up.
fn descend(
    evaluate: &mut impl FnMut(&[f64]) -> (f64, bool),
    start: &[f64],
    step: f64,
) -> Option<Minimum> {
    let n = start.len();
    let dimension = f64::from(u32::try_from(n).ok()?);
    let (expand, contract, shrink) = (
        1.0 + 2.0 / dimension,
        0.75 - 0.5 / dimension,
        1.0 - 1.0 / dimension.max(2.0),
    );
    let mut simplex: Vec<Minimum> = Vec::with_capacity(n + 1);
    for vertex in 0..=n {
        let mut at = start.to_vec();
        if vertex > 0 {
            at[vertex - 1] += step;
        }
        let (value, _) = evaluate(&at);
        simplex.push(Minimum { at, value });
    }
    loop {
        simplex.sort_by(|a, b| a.value.total_cmp(&b.value));
        if simplex[n].value - simplex[0].value < TOLERANCE {
            return Some(simplex.swap_remove(0));
        }
        let center: Vec<f64> = (0..n)
            .map(|k| simplex[..n].iter().map(|v| v.at[k]).sum::<f64>() / dimension)
            .collect();
        let mut go_on = true;
        // The point on the line from the worst vertex through the center, `along` beyond it.
        let mut try_at = |along: f64, worst: &[f64]| {
            let at: Vec<f64> = center
                .iter()
                .zip(worst)
                .map(|(c, w)| c + along * (c - w))
                .collect();
            let (value, more) = evaluate(&at);
            go_on = more;
            Minimum { at, value }
        };
        let worst = simplex[n].clone();
        let reflected = try_at(1.0, &worst.at);
        let replacement = if reflected.value < simplex[0].value {
            let expanded = try_at(expand, &worst.at);
            Some(if expanded.value < reflected.value {
                expanded
            } else {
                reflected
            })
        } else if reflected.value < simplex[n - 1].value {
            Some(reflected)
        } else {
            let outside = reflected.value < worst.value;
            let contracted = try_at(if outside { contract } else { -contract }, &worst.at);
            (contracted.value < reflected.value.min(worst.value)).then_some(contracted)
        };
        if let Some(better) = replacement {
            simplex[n] = better;
        } else {
            let lowest = simplex[0].at.clone();
            for vertex in &mut simplex[1..] {
                for (x, l) in vertex.at.iter_mut().zip(&lowest) {
                    *x = l + shrink * (*x - l);
                }
                let more;
                (vertex.value, more) = evaluate(&vertex.at);
                go_on = more;
            }
        }
        if !go_on {
            return None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_finds_the_bottom_of_known_valleys() {
        // Rosenbrock in 4 dimensions: 0 at (1, 1, 1, 1).
        let rosenbrock = |x: &[f64]| -> f64 {
            x.windows(2)
                .map(|p| 100.0 * (p[1] - p[0] * p[0]).powi(2) + (1.0 - p[0]).powi(2))
                .sum()
        };
        let found = minimize(rosenbrock, &[0.0, 0.5, 0.0, 0.5], 0.5).unwrap();
        assert!(found.value < 1e-5, "{found:?}");
        assert!(found.at.iter().all(|x| (x - 1.0).abs() < 5e-3), "{found:?}");
        // A wall: −ln x − ln(1 − x) ends at both sides.
        let barrier = |x: &[f64]| -x[0].ln() - (1.0 - x[0]).ln();
        let found = minimize(barrier, &[0.9], 0.3).unwrap();
        assert!((found.at[0] - 0.5).abs() < 1e-3 && (found.value - 4.0_f64.ln()).abs() < 1e-6);
    }

    #[test]
    fn what_has_no_minimum_is_none() {
        assert_eq!(minimize(|x| -x[0], &[0.0], 1.0), None);
        assert_eq!(minimize(|_| f64::NAN, &[0.0], 1.0), None);
    }
}
