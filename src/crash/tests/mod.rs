//! Panels for the tests of crashes, and the test of the built-in library.

#[cfg(feature = "data")]
mod catalogue;

use crate::{
    market::{Bar, Panel},
    rng::{Component, Streams},
};
use chrono::{DateTime, TimeDelta};
use rand::Rng as _;

pub(super) const N_BARS: usize = 110;

/// Two random walks with gaps, of different volatilities.
pub(super) fn panel(seed: u64) -> Panel {
    let mut rng = Streams::new(seed).stream(Component::Init, 0);
    let mut closes = [100.0_f64, 20.0];
    let mut bars = Vec::new();
    for _ in 0..N_BARS {
        for (close, reach) in closes.iter_mut().zip([0.01_f64, 0.03]) {
            let open = *close * rng.gen_range(-reach..reach).exp();
            let last = open * rng.gen_range(-reach..reach).exp();
            bars.push(Bar {
                open,
                high: open.max(last) * (1.0 + reach * rng.gen_range(0.0..0.2)),
                low: open.min(last) * (1.0 - reach * rng.gen_range(0.0..0.2)),
                close: last,
                volume: rng.gen_range(1.0..9.0),
            });
            *close = last;
        }
    }
    built(bars)
}

/// Panel whose second asset has a constant price.
pub(super) fn constant() -> Panel {
    let mut bars = panel(1).bars().to_vec();
    let first = bars[1];
    bars.iter_mut()
        .skip(1)
        .step_by(2)
        .for_each(|bar| *bar = first);
    built(bars)
}

fn built(bars: Vec<Bar>) -> Panel {
    let ends = (1..)
        .take(N_BARS)
        .map(|i| DateTime::UNIX_EPOCH + TimeDelta::days(i));
    let symbols = vec!["A".to_owned(), "B".to_owned()];
    Panel::new(symbols, ends.collect(), bars, TimeDelta::days(1)).unwrap()
}
