//! Tests of charts: the derivative of the map and its transpose.

use super::{
    Chart, Moved,
    ascent::{chart, diagonal},
};
use crate::env::Norm;

#[test]
fn pulling_back_is_the_transpose_of_pushing_forward() {
    let map = diagonal();
    let snapshots = [0.1, 0.2];
    let nominal = [0.1_f32, 0.2, -0.3, 0.4];
    let observation = |shockable: &'static [usize]| Chart {
        moved: Moved::Fields {
            nominal: &nominal,
            shockable,
        },
        n_inputs: 4,
        norm: Norm::LInf,
        unit: 0.3,
    };
    let price = chart(&map, &snapshots, Norm::L2);
    let (contiguous, scattered) = (observation(&[1, 2]), observation(&[3, 0]));
    for chart in [price, contiguous, scattered] {
        let (n, n_inputs) = (chart.n_coordinates(), chart.n_inputs);
        let (u, cotangent) = (&[0.4, -0.7][..n], [0.3_f32, -1.1, 0.7, 0.2]);
        let cotangent = &cotangent[..n_inputs];
        let mut jacobian = vec![0.0; chart.jacobian_len()];
        let (mut origin, mut bps, mut tangent, mut back) = (
            vec![0.0; n_inputs],
            vec![0.0; n],
            vec![9.0; n_inputs],
            vec![9.0; n],
        );
        chart.observe(0, &vec![0.0; n], &mut bps, &mut origin, Some(&mut jacobian));
        assert_eq!(origin, *chart.clean_observations(1));
        chart.push_forward(&jacobian, u, &mut tangent);
        chart.pull_back(&jacobian, cotangent, &mut back);
        let left: f64 = tangent
            .iter()
            .zip(cotangent)
            .map(|(t, g)| f64::from(*t) * f64::from(*g))
            .sum();
        let right: f64 = back.iter().zip(u).map(|(b, u)| b * u).sum();
        assert!((left - right).abs() < 1e-6, "{left} {right}");
        // The tangent is also the derivative of the observation.
        let (mut moved, h) = (vec![0.0; n_inputs], 1e-2);
        chart.observe(
            0,
            &u.iter().map(|x| h * x).collect::<Vec<_>>(),
            &mut bps,
            &mut moved,
            None,
        );
        for i in 0..n_inputs {
            assert!(
                ((f64::from(moved[i]) - f64::from(origin[i])) / h - f64::from(tangent[i])).abs()
                    < 1e-4
            );
        }
    }
}
