//! Series drawn as lines of text.

/// Glyphs from the lowest to the highest.
const GLYPHS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Averages `values` over stretches of nearly equal length, at most `n_cells` of them.
#[allow(clippy::cast_precision_loss, reason = "lengths are far below 2^53")]
pub(super) fn cells(values: &[f64], n_cells: usize) -> Vec<f64> {
    let n = n_cells.clamp(1, values.len().max(1));
    (0..n.min(values.len()))
        .map(|i| {
            let stretch = &values[i * values.len() / n..(i + 1) * values.len() / n];
            stretch.iter().sum::<f64>() / stretch.len() as f64
        })
        .collect()
}

/// Draws one line per series, one glyph per value, all on one scale from the lowest value to the
/// highest. Equal values are drawn at middle height, non-finite values as blanks.
pub(super) fn sparklines(series: &[Vec<f64>]) -> Vec<String> {
    let numbers = || series.iter().flatten().copied().filter(|x| x.is_finite());
    let low = numbers().fold(f64::INFINITY, f64::min);
    let high = numbers().fold(f64::NEG_INFINITY, f64::max);
    series
        .iter()
        .map(|line| line.iter().map(|&x| glyph(x, low, high)).collect())
        .collect()
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share of the scale times eight"
)]
fn glyph(x: f64, low: f64, high: f64) -> char {
    if !x.is_finite() {
        return ' ';
    }
    // Halved so that no difference overflows.
    let (above, range) = (x / 2.0 - low / 2.0, high / 2.0 - low / 2.0);
    let height = if range > 0.0 {
        (above / range * 8.0) as usize
    } else {
        3
    };
    GLYPHS[height.min(7)]
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "single values are left as they are")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn height(glyph: char) -> usize {
        GLYPHS.iter().position(|&g| g == glyph).unwrap()
    }

    #[test]
    fn eight_steps_are_eight_glyphs() {
        let steps: Vec<f64> = (0..8).map(f64::from).collect();
        assert_eq!(sparklines(&[steps]), ["▁▂▃▄▅▆▇█"]);
    }

    #[test]
    fn constants_are_in_the_middle_and_nan_is_blank() {
        assert_eq!(sparklines(&[vec![7.0; 3]]), ["▄▄▄"]);
        assert_eq!(
            sparklines(&[vec![1.0, f64::NAN, 2.0, f64::INFINITY]]),
            ["▁ █ "]
        );
        assert_eq!(sparklines(&[vec![f64::NAN; 2], Vec::new()]), ["  ", ""]);
        assert_eq!(sparklines(&[vec![f64::MIN, 0.0, f64::MAX]]), ["▁▅█"]);
    }

    #[test]
    fn lines_share_a_scale() {
        assert_eq!(sparklines(&[vec![0.0, 1.0], vec![3.5, 8.0]]), ["▁▂", "▄█"]);
    }

    #[test]
    fn cells_are_means() {
        assert_eq!(cells(&[1.0, 3.0, 5.0, 7.0], 2), [2.0, 6.0]);
        assert_eq!(cells(&[1.0, 3.0], 64), [1.0, 3.0]);
        assert_eq!(cells(&[], 64), [0.0; 0]);
        assert_eq!(cells(&[1.0, 2.0, 6.0], 0), [3.0]);
    }

    proptest! {
        #[test]
        fn a_rising_series_never_falls(
            mut values in prop::collection::vec(-1e6..1e6_f64, 1..300),
            n in 1..80_usize,
        ) {
            values.sort_by(f64::total_cmp);
            let cells = cells(&values, n);
            prop_assert_eq!(cells.len(), n.min(values.len()));
            // Means of equal numbers may differ in the last bit.
            prop_assert!(cells.windows(2).all(|pair| pair[1] >= pair[0] - 1e-9 * pair[0].abs()));
            let step = values.len().div_ceil(n);
            let lines = sparklines(&[values.iter().step_by(step).copied().collect()]);
            let heights: Vec<usize> = lines[0].chars().map(height).collect();
            prop_assert!(heights.windows(2).all(|pair| pair[1] >= pair[0]));
        }

        #[test]
        fn finite_numbers_have_a_glyph_each(
            values in prop::collection::vec(-1e300..1e300_f64, 0..50),
        ) {
            let n = values.len();
            let lines = sparklines(&[values]);
            prop_assert_eq!(lines[0].chars().count(), n);
            prop_assert!(lines[0].chars().all(|c| GLYPHS.contains(&c)));
        }
    }
}
