//! Crash scripts and the built-in library.

use super::CrashError;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

/// Price moves bar by bar, in units of the volatility known before the first bar.
///
/// With c₋₁ the close before the first bar and σ the volatility known at that close
/// ([`super::volatility_before`]), each price p ∈ {open, high, low, close} of bar k is stored as
/// `ln(p_k / c_{k−1}) / σ`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Crash {
    /// Name in files, e.g. `oil_1991`. Range: letters, digits, `_`, `-`.
    pub name: String,
    /// Title in reports.
    pub title: String,
    /// Origin; absent for a crash written by hand. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<CrashSource>,
    /// Bars in time order. Range: at least one.
    pub bars: Vec<CrashBar>,
}

/// Price file and rows from which a crash was cut.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CrashSource {
    /// Name of the price file.
    pub file: String,
    /// SHA-256 of the file, hexadecimal.
    pub sha256: String,
    /// Symbol of the asset.
    pub symbol: String,
    /// Nominal bar length. Unit: seconds.
    pub bar_seconds: i64,
    /// End of the first bar.
    pub first: DateTime<Utc>,
    /// End of the last bar.
    pub last: DateTime<Utc>,
    /// Volatility known before the first bar; the divisor of the moves. Unit: log return per bar.
    /// Range: > 0.
    pub volatility: f64,
}

/// One bar of a crash: log moves from the previous close. Unit: volatilities before the crash.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CrashBar {
    /// Log move from the previous close to the open.
    pub open: f64,
    /// Log move from the previous close to the high.
    pub high: f64,
    /// Log move from the previous close to the low.
    pub low: f64,
    /// Log move from the previous close to the close.
    pub close: f64,
}

impl Crash {
    /// Crashes compiled in, cut from the files in `data/` and listed in `data/README.md`.
    #[must_use]
    pub fn library() -> &'static [Self] {
        // A test parses the compiled-in text, so the default is never used.
        static LIBRARY: LazyLock<Vec<Crash>> = LazyLock::new(|| {
            serde_json::from_str(include_str!("../../data/crashes.json")).unwrap_or_default()
        });
        &LIBRARY
    }

    /// Looks up a crash of the library by name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        Self::library().iter().find(|crash| crash.name == name)
    }

    /// Number of bars.
    #[must_use]
    pub const fn n_bars(&self) -> usize {
        self.bars.len()
    }

    /// Log move from the close before the crash to its last close. Unit: volatilities before it.
    #[must_use]
    pub fn total_move(&self) -> f64 {
        self.bars.iter().map(|bar| bar.close).sum()
    }

    /// Largest log move of a close by absolute value, signed. Unit: volatilities before the crash.
    #[must_use]
    pub fn largest_bar(&self) -> f64 {
        let larger = |a: f64, b: f64| if b.abs() > a.abs() { b } else { a };
        self.bars.iter().map(|bar| bar.close).fold(0.0, larger)
    }

    /// Checks every field.
    ///
    /// # Errors
    /// [`CrashError`] for an inadmissible name, no bars, a move that is not finite or outside the
    /// range of its bar, and a volatility that is not positive.
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
        let volatility = self.source.as_ref().map_or(1.0, |source| source.volatility);
        if volatility.is_finite() && volatility > 0.0 {
            return Ok(());
        }
        Err(CrashError::Number {
            place: "source.volatility",
            crash: self.name.clone(),
            found: volatility,
            expected: "a finite number > 0; cut the crash again",
        })
    }
}

impl CrashBar {
    /// First invalid field as (field, found, expected).
    fn fault(&self) -> Option<(&'static str, f64, &'static str)> {
        let fields = [
            ("open", self.open),
            ("high", self.high),
            ("low", self.low),
            ("close", self.close),
        ];
        for (field, found) in fields {
            if !found.is_finite() {
                return Some((field, found, "a finite number"));
            }
        }
        let inside = "a move between those of the bar's low and high";
        fields
            .into_iter()
            .find(|(_, found)| *found < self.low || *found > self.high)
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
    fn library_crashes_are_valid_and_have_distinct_names() {
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
    fn total_move_and_largest_bar_equal_values_by_hand() {
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
    fn invalid_crashes_are_refused_by_field() {
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
