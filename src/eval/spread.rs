use crate::{
    rng::{Component, Streams},
    stats::{Bootstrap, Interval, interquartile_mean, median},
};
use serde::{Deserialize, Serialize};

/// Median, interquartile mean and its bootstrap interval over seeds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// Number of seeds.
    pub n_seeds: usize,
    /// Number of seeds with an undefined figure (a ruin, no variance). If there is any, the other
    /// fields are `None`, because leaving ruined seeds out would flatter the method.
    pub n_undefined: usize,
    /// Number of seeds whose account was ruined. Their defined figures are included in the
    /// statistics.
    #[serde(default)]
    pub n_ruined: usize,
    /// Median over seeds.
    pub median: Option<f64>,
    /// Interquartile mean over seeds.
    pub interquartile_mean: Option<f64>,
    /// 95 % percentile bootstrap interval of the interquartile mean; `None` below two seeds.
    pub interval: Option<Interval>,
}

impl Spread {
    /// Summarizes the figures of all seeds. The same `seed` gives the same resamples.
    #[must_use]
    pub fn of(figures: &[Option<f64>], seed: u64) -> Self {
        let defined: Vec<f64> = figures.iter().copied().flatten().collect();
        let n_undefined = figures.len() - defined.len();
        let whole = if n_undefined == 0 { &defined[..] } else { &[] };
        let mut rng = Streams::new(seed).stream(Component::Bootstrap, 0);
        let interval = Bootstrap::STANDARD
            .interval(whole, interquartile_mean, &mut rng)
            .filter(|_| whole.len() >= 2);
        Self {
            n_seeds: figures.len(),
            n_undefined,
            n_ruined: 0,
            median: median(whole),
            interquartile_mean: interquartile_mean(whole),
            interval,
        }
    }

    /// The same figures with the number of ruined seeds.
    #[must_use]
    pub const fn with_ruined(self, n_ruined: usize) -> Self {
        Self { n_ruined, ..self }
    }

    /// Number of ruined seeds as text: `2 of 5 ruined`; `None` if there is none.
    #[cfg(feature = "cli")]
    pub(crate) fn ruins_text(&self) -> Option<String> {
        (self.n_ruined > 0).then(|| format!("{} of {} ruined", self.n_ruined, self.n_seeds))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ruined_seed_is_not_left_out() {
        let spread = Spread::of(&[Some(1.0), None, Some(3.0)], 1);
        assert_eq!((spread.n_seeds, spread.n_undefined), (3, 1));
        assert_eq!(spread.median, None);
        let spread = Spread::of(&[Some(1.0), Some(2.0), Some(3.0)], 1);
        assert_eq!(spread.median, Some(2.0));
        let interval = spread.interval.unwrap();
        assert!(interval.low < 2.0 && 2.0 < interval.high);
        assert_eq!(Spread::of(&[Some(1.0)], 1).interval, None);
    }
}
