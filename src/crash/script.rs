//! The moves of a crash, and the crashes that are compiled in.

use super::CrashError;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

/// What prices did, bar by bar, in units of the volatility known just before.
///
/// With c₋₁ the close before the first bar and σ the volatility known with it
/// ([`super::volatility_before`]), bar k of the prices p ∈ {open, high, low, close} is stored as
/// `ln(p_k / c_{k−1}) / σ`: the gap of the open, the extremes, and the move of the close, each
/// against the close before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Crash {
    /// What files call it, e.g. `oil_1991`: letters, digits, `_`, `-`.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// Where it was cut from; absent where it was written by hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<CrashSource>,
    /// Its bars, in order.
    pub bars: Vec<CrashBar>,
}

/// Where a crash was cut from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CrashSource {
    /// The price file.
    pub file: String,
    /// SHA-256 of its bytes, hexadecimal.
    pub sha256: String,
    /// The asset.
    pub symbol: String,
    /// Nominal bar length. Unit: seconds.
    pub bar_seconds: i64,
    /// End of its first bar.
    pub first: DateTime<Utc>,
    /// End of its last bar.
    pub last: DateTime<Utc>,
    /// Volatility known before the first bar, which the moves are divided by. Unit: log return per
    /// bar.
    pub volatility: f64,
}

/// One bar of a crash: log moves from the close before. Unit: volatilities before the crash.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CrashBar {
    /// To the open: the gap.
    pub open: f64,
    /// To the high.
    pub high: f64,
    /// To the low.
    pub low: f64,
    /// To the close.
    pub close: f64,
}

impl Crash {
    /// The crashes that come with the crate, cut from the files in its `data/`; what they are:
    /// `data/README.md`.
    #[must_use]
    pub fn library() -> &'static [Self] {
        // A text that is compiled in and that a test reads: it cannot be malformed here and
        // well-formed there.
        static LIBRARY: LazyLock<Vec<Crash>> = LazyLock::new(|| {
            serde_json::from_str(include_str!("../../data/crashes.json")).unwrap_or_default()
        });
        &LIBRARY
    }

    /// The crash of the library that is called `name`.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        Self::library().iter().find(|crash| crash.name == name)
    }

    /// Number of bars.
    #[must_use]
    pub const fn n_bars(&self) -> usize {
        self.bars.len()
    }

    /// From the close before to the last close. Unit: volatilities before the crash.
    #[must_use]
    pub fn total_move(&self) -> f64 {
        self.bars.iter().map(|bar| bar.close).sum()
    }

    /// The bar whose close moved most, up or down. Unit: volatilities before the crash.
    #[must_use]
    pub fn largest_bar(&self) -> f64 {
        let larger = |a: f64, b: f64| if b.abs() > a.abs() { b } else { a };
        self.bars.iter().map(|bar| bar.close).fold(0.0, larger)
    }

    /// Whether this crash can be.
    ///
    /// # Errors
    /// [`CrashError`] naming the field that cannot be: a name with other letters, no bar, a move
    /// that is no number or outside its own bar, a volatility that is not positive.
    pub fn check(&self) -> Result<(), CrashError> {
        let fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        if self.name.is_empty() || !self.name.chars().all(fine) {
            return Err(CrashError::Name {
                found: self.name.clone(),
            });
        }
        if self.bars.is_empty() {
            return Err(CrashError::NoBar {
                crash: self.name.clone(),
            });
        }
        for (n, bar) in self.bars.iter().enumerate() {
            if let Some((field, found, expected)) = bar.fault() {
                return Err(CrashError::Move {
                    crash: self.name.clone(),
                    bar: n,
                    field,
                    found,
                    expected,
                });
            }
        }
        match &self.source {
            Some(source) if !(source.volatility.is_finite() && source.volatility > 0.0) => {
                Err(CrashError::SourceVolatility {
                    crash: self.name.clone(),
                    found: source.volatility,
                })
            }
            _ => Ok(()),
        }
    }
}

impl CrashBar {
    /// The first field that cannot be: (field, found, expected).
    fn fault(&self) -> Option<(&'static str, f64, &'static str)> {
        let Self {
            open,
            high,
            low,
            close,
        } = *self;
        let fields = [
            ("open", open),
            ("high", high),
            ("low", low),
            ("close", close),
        ];
        for (field, found) in fields {
            if !found.is_finite() {
                return Some((field, found, "a finite number"));
            }
        }
        let inside = "a move between those of the bar's low and high";
        fields
            .into_iter()
            .find(|(_, found)| *found < low || *found > high)
            .map(|(field, found)| (field, found, inside))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by_hand(bars: Vec<CrashBar>) -> Crash {
        Crash {
            name: "by_hand".to_owned(),
            title: "Written by hand".to_owned(),
            source: None,
            bars,
        }
    }

    const FALL: CrashBar = CrashBar {
        open: -1.0,
        high: 0.0,
        low: -9.0,
        close: -8.0,
    };

    #[test]
    fn the_library_is_there_each_crash_can_be_and_names_are_distinct() {
        let library = Crash::library();
        assert!(library.len() >= 15, "{}", library.len());
        for (n, crash) in library.iter().enumerate() {
            assert_eq!(crash.check(), Ok(()), "{}", crash.name);
            assert!(crash.source.is_some() && !crash.title.is_empty());
            assert!(library[..n].iter().all(|other| other.name != crash.name));
            assert_eq!(Crash::named(&crash.name), Some(crash));
        }
        assert_eq!(Crash::named("oil_1990"), None);
    }

    #[test]
    fn sums_and_extremes_by_hand() {
        let up = CrashBar {
            open: 1.0,
            high: 3.0,
            low: 0.5,
            close: 2.5,
        };
        let crash = by_hand(vec![FALL, up]);
        assert_eq!(crash.n_bars(), 2);
        assert!((crash.total_move() + 5.5).abs() < 1e-15);
        assert!((crash.largest_bar() + 8.0).abs() < 1e-15);
    }

    #[test]
    fn what_cannot_be_is_named() {
        assert_eq!(by_hand(vec![FALL]).check(), Ok(()));
        let says = |crash: Crash, parts: &[&str]| {
            let message = crash.check().unwrap_err().to_string();
            for part in parts {
                assert!(message.contains(part), "{part}: {message}");
            }
        };
        says(by_hand(vec![]), &["by_hand", "bars", "at least one"]);
        let broken = CrashBar {
            close: f64::NAN,
            ..FALL
        };
        says(by_hand(vec![FALL, broken]), &["bars[1]", "close", "NaN"]);
        let outside = CrashBar { open: 0.5, ..FALL };
        says(by_hand(vec![outside]), &["bars[0]", "open", "0.5", "high"]);
        let name = Crash {
            name: "a b".to_owned(),
            ..by_hand(vec![FALL])
        };
        says(name, &["name", "a b"]);
        let mut cut = Crash::library()[0].clone();
        cut.source.as_mut().unwrap().volatility = 0.0;
        says(cut, &["volatility", "found 0"]);
    }
}
