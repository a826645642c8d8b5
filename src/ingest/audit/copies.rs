//! Stretches of bars that repeat earlier ones: a clock set back, or joined files that share rows.

use super::{Code, Finding, Series, Severity, jumps::date};
use crate::market::Bar;

/// Number of bars in a stretch. By chance, so many bars repeat four prices each only where prices
/// hardly move, which is another finding.
const LENGTH: usize = 6;

const LEAST_CLOSES: usize = 4;

pub(super) fn find(series: &Series) -> Option<Finding> {
    let prices: Vec<[u64; 4]> = series.bars.iter().map(bits).collect();
    let stretch = |begin: &usize| &prices[*begin..begin + LENGTH];
    let n_begins = (prices.len() + 1).saturating_sub(LENGTH);
    let is_varied = |begin: &usize| n_closes(stretch(begin)) >= LEAST_CLOSES;
    let mut begins: Vec<usize> = (0..n_begins).filter(is_varied).collect();
    // A stable sort keeps the earliest of equal stretches first.
    begins.sort_by(|a, b| stretch(a).cmp(stretch(b)));
    let alike = begins.chunk_by(|a, b| stretch(a) == stretch(b));
    let mut copies: Vec<(usize, usize)> = alike
        .flat_map(|alike| alike[1..].iter().map(|copy| (*copy, alike[0])))
        .collect();
    copies.sort_unstable();
    let &(_, original) = copies.first()?;
    let mut rows: Vec<usize> = Vec::new();
    for (begin, _) in copies {
        let new = rows.last().map_or(begin, |last| begin.max(last + 1));
        rows.extend(new..begin + LENGTH);
    }
    let message = format!(
        "the prices of {LENGTH} or more bars in a row repeat earlier ones (the first of them from \
         the bar ending {} on): a clock set back, or files that share rows",
        date(series.ends[original]),
    );
    series.finding(Severity::Error, Code::RepeatedBlock, &rows, message)
}

fn bits(bar: &Bar) -> [u64; 4] {
    [bar.open, bar.high, bar.low, bar.close].map(f64::to_bits)
}

fn n_closes(stretch: &[[u64; 4]]) -> usize {
    let is_new = |&i: &usize| stretch[..i].iter().all(|bar| bar[3] != stretch[i][3]);
    (0..stretch.len()).filter(is_new).count()
}
