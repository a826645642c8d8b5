//! Conversion of a file's prices to another currency by a file of exchange rates.
//!
//! No look-ahead: at each instant counts the newest rate that was known then, the close of the last
//! bar of rates that had ended.

use super::calendar;
use super::currency;
use super::data_file::{BarLabel, Conversion, DataFile, Gaps};
use super::error::{At, IngestError};
use super::fault::IngestFault;
use super::file_parser;
use super::parsed_file::ParsedFile;
use super::report::{BarFields, ConversionReport, Stamps};
use super::simultaneous::known_hours;
use crate::market::Bar;
use chrono::{DateTime, TimeDelta, Utc};
use std::slice;

/// Direction of the rates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pair {
    /// Units of the new currency per unit of the old one.
    OldInNew,
    /// Units of the old currency per unit of the new one.
    NewInOld,
}

/// Factors from the old to the new currency, oldest first.
struct Factors<'a> {
    file: &'a DataFile,
    conversion: &'a Conversion,
    /// First moment at which each factor is known.
    known: Vec<DateTime<Utc>>,
    values: Vec<f64>,
}

/// Converts the prices of a file if [`DataFile::conversion`] says so.
pub(super) fn apply(
    file: &DataFile,
    parsed: &mut ParsedFile,
    bar_length: TimeDelta,
) -> Result<(), IngestError> {
    let Some(conversion) = &file.conversion else {
        return Ok(());
    };
    let Some(from) = parsed.report.currency.clone() else {
        let expected = "the currency of the prices, which `conversion` converts; write `currency: \
                        \"EUR\"` beside `path`";
        return Err(file.refuse("currency", "none", expected));
    };
    let pair = conversion.pair(file, &from)?;
    let rates = conversion.read(file, pair)?;
    let factors = Factors::new(file, conversion, pair, &rates)?;
    let hours = known_hours(file, parsed, bar_length)?;
    let is_single =
        parsed.report.fields == BarFields::CloseOnly && parsed.report.resampled.is_none();
    let mut used = ConversionReport {
        from,
        pair: conversion.rates.symbol.clone(),
        path: conversion.rates.path.clone(),
        sha256: rates.report.sha256,
        rows_read: rates.report.rows_read,
        smallest: f64::INFINITY,
        largest: 0.0,
        oldest_seconds: 0.0,
    };
    for (hours, bar) in hours.into_iter().zip(&mut parsed.series.bars) {
        let end = factors.newest(hours.end)?;
        let open = if is_single {
            end
        } else {
            factors.newest(hours.start)?
        };
        for (at, newest) in [(hours.start, open), (hours.end, end)] {
            let age = (at - factors.known[newest]).as_seconds_f64();
            used.oldest_seconds = used.oldest_seconds.max(age);
        }
        let (converted, [smallest, largest]) = converted(bar, &factors.values[open..=end]);
        *bar = converted;
        used.smallest = used.smallest.min(smallest);
        used.largest = used.largest.max(largest);
    }
    parsed.report.currency = Some(conversion.to.clone());
    parsed.report.conversion = Some(used);
    Ok(())
}

/// Bar at the factors from its open to its end, and the smallest and the largest of them.
fn converted(bar: &Bar, factors: &[f64]) -> (Bar, [f64; 2]) {
    let smallest = factors.iter().copied().fold(f64::INFINITY, f64::min);
    let largest = factors.iter().copied().fold(0.0, f64::max);
    let at_open = factors.first().copied().unwrap_or(1.0);
    let at_end = factors.last().copied().unwrap_or(1.0);
    let bar = Bar {
        open: bar.open * at_open,
        high: bar.high * largest,
        low: bar.low * smallest,
        close: bar.close * at_end,
        volume: bar.volume,
    };
    (bar, [smallest, largest])
}

/// Delays rates of bars that may be longer than `length`, the most frequent step, because a file
/// can change from hours to days. Where two steps in a row are equal and longer, they count as the
/// length of the bars between them.
fn delay_longer_bars(known: &mut [DateTime<Utc>], length: TimeDelta) {
    let steps: Vec<TimeDelta> = known.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let equal = |a: Option<&TimeDelta>, b: Option<&TimeDelta>| a.filter(|_| a == b).copied();
    for (i, known) in known.iter_mut().enumerate() {
        let step = |back: usize| i.checked_sub(back).and_then(|k| steps.get(k));
        let shared = [
            (step(0), steps.get(i + 1)),
            (step(1), step(0)),
            (step(2), step(1)),
        ];
        let longest = shared.into_iter().filter_map(|(a, b)| equal(a, b)).max();
        *known += longest.map_or(TimeDelta::zero(), |step| {
            (step - length).max(TimeDelta::zero())
        });
    }
}

/// Letters and digits of a pair such as `EUR/USD`, in capitals.
fn letters(pair: &str) -> String {
    let letters = pair.chars().filter(char::is_ascii_alphanumeric);
    letters.collect::<String>().to_ascii_uppercase()
}

impl Conversion {
    /// Direction of the rates, which their symbol states.
    fn pair(&self, file: &DataFile, from: &str) -> Result<Pair, IngestError> {
        let Self { to, rates, .. } = self;
        currency::check_code(file, "conversion", to)?;
        if to == from {
            let expected = format!("another currency than {from}, in which the prices are");
            return Err(file.refuse("conversion", format!("`to: {to:?}`"), expected));
        }
        match letters(&rates.symbol) {
            pair if pair == format!("{from}{to}") => Ok(Pair::OldInNew),
            pair if pair == format!("{to}{from}") => Ok(Pair::NewInOld),
            _ => {
                let expected = format!(
                    "{from}{to} if a rate is the {to} that one {from} costs, or {to}{from} if it \
                     is the {from} that one {to} costs; write the pair of the file"
                );
                Err(rates.refuse("symbol", format!("{:?}", rates.symbol), expected))
            }
        }
    }

    /// Reads the file of rates; refuses settings that it cannot have, and another pair.
    fn read(&self, file: &DataFile, pair: Pair) -> Result<ParsedFile, IngestError> {
        let rates = &self.rates;
        let idle = [
            ("signals", !rates.signals.is_empty()),
            ("conversion", rates.conversion.is_some()),
            ("gaps", rates.gaps != Gaps::Leave),
        ];
        if let Some((field, _)) = idle.into_iter().find(|(_, is_given)| *is_given) {
            let expected = "none, because only the closes of exchange rates are read; leave it out";
            return Err(rates.refuse(field, "a value", expected));
        }
        let parsed = file_parser::parse(rates, None)?;
        let report = &parsed.report;
        let named = report.instrument.as_deref().filter(|name| {
            let is_pair = currency::quoted_in(name, report.layout).is_some();
            is_pair && letters(name) != letters(&rates.symbol)
        });
        if let Some(named) = named {
            let expected = format!(
                "{}, as `symbol` says, where {} is converted to {}; write the pair of the file, \
                 the way round that it has there",
                rates.symbol, file.symbol, self.to
            );
            return Err(rates.refuse("symbol", format!("rates of {named}"), expected));
        }
        let letters = letters(&rates.symbol);
        let quote = match pair {
            Pair::OldInNew => self.to.as_str(),
            Pair::NewInOld => letters.strip_prefix(&self.to).unwrap_or_default(),
        };
        match report.currency.as_deref().filter(|found| *found != quote) {
            Some(found) => {
                let expected =
                    format!("{quote}, in which {} is quoted; leave it out", rates.symbol);
                Err(rates.refuse("currency", found, expected))
            }
            None => Ok(parsed),
        }
    }
}

impl<'a> Factors<'a> {
    fn new(
        file: &'a DataFile,
        conversion: &'a Conversion,
        pair: Pair,
        parsed: &ParsedFile,
    ) -> Result<Self, IngestError> {
        let rates = &*conversion.rates;
        if parsed.series.bars.len() < 2 {
            let expected = "at least two; give a longer file of rates";
            return Err(rates.refuse("path", "a single rate", expected));
        }
        let (one, file_of_rates) = (slice::from_ref(parsed), slice::from_ref(rates));
        let (length, _) = calendar::bar_length(file_of_rates, one, None)?;
        let mut known: Vec<DateTime<Utc>> = known_hours(rates, parsed, length)?
            .into_iter()
            .map(|hours| hours.end)
            .collect();
        if parsed.report.stamps == Stamps::Instants && parsed.label == BarLabel::Open {
            delay_longer_bars(&mut known, length);
        }
        let closes = parsed.series.bars.iter().map(|bar| bar.close);
        Ok(Self {
            file,
            conversion,
            known,
            values: match pair {
                Pair::OldInNew => closes.collect(),
                Pair::NewInOld => closes.map(|close| 1.0 / close).collect(),
            },
        })
    }

    /// Index of the newest factor known at an instant; refuses an old one.
    fn newest(&self, at: DateTime<Utc>) -> Result<usize, IngestError> {
        let Conversion { rates, .. } = self.conversion;
        let max_age = TimeDelta::seconds(i64::from(self.conversion.max_age_seconds));
        let n_known = self.known.partition_point(|known| *known <= at);
        let fault = match n_known.checked_sub(1) {
            Some(newest) if at - self.known[newest] <= max_age => return Ok(newest),
            Some(newest) => IngestFault::OldRate {
                pair: rates.symbol.clone(),
                rates: rates.path.clone(),
                at,
                known: self.known[newest],
                max_age,
            },
            None => IngestFault::NoRate {
                pair: rates.symbol.clone(),
                rates: rates.path.clone(),
                at,
                first: self.known.first().copied().unwrap_or(at),
            },
        };
        Err(IngestError::new(
            &self.file.path,
            At::Setting("conversion"),
            fault,
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hourly rates, then daily ones: a daily rate is not known an hour after its day begins.
    #[test]
    fn rates_of_longer_bars_are_known_at_their_end() {
        let hour = |n: i64| DateTime::UNIX_EPOCH + TimeDelta::hours(n);
        let opens = [0, 1, 2, 3, 24, 48, 72, 96];
        let mut known: Vec<_> = opens.iter().map(|n| hour(n + 1)).collect();
        delay_longer_bars(&mut known, TimeDelta::hours(1));
        let expected = [1, 2, 3, 4, 48, 72, 96, 120].map(hour);
        assert_eq!(known, expected);
        // A weekend between days is a gap, not a longer bar.
        let days = [0, 1, 2, 3, 4, 7, 8, 9].map(|n| hour(24 * (n + 1)));
        let mut known = days.to_vec();
        delay_longer_bars(&mut known, TimeDelta::days(1));
        assert_eq!(known, days);
    }
}
