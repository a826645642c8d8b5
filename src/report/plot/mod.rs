//! Pictures, as SVG inside the page: small drawing code of our own, because the page's style sheet
//! must color every line (light, dark, print) and every text must stay text.
//!
//! | file | picture |
//! |---|---|
//! | `panel` | axes, lines, bands, labels beside line ends: what the others are made of |
//! | `budget` | performance versus attack budget, one curve per policy |
//! | `crashes` | what each replayed crash cost each policy |
//! | `gap` | nominal and worst case of every policy on one axis |
//! | `equity` | equity over time, nominal and attacked |
//! | `underwater` | drawdown over time, one panel per policy |
//! | `training` | metrics over environment steps |
//! | `weights` | weights over time, nominal and attacked |
//! | `months` | return of every month |
//!
//! Colors are CSS classes, `m0…` for trained policies and `b0…` for baselines, the same in every
//! picture.

pub(crate) mod budget;
pub(crate) mod crashes;
pub(crate) mod equity;
pub(crate) mod gap;
pub(crate) mod months;
pub(crate) mod panel;
pub(crate) mod scale;
pub(crate) mod thin;
pub(crate) mod training;
pub(crate) mod underwater;
pub(crate) mod weights;

/// A coordinate of a drawing, to a tenth of a pixel.
pub(crate) fn coordinate(value: f64) -> String {
    let text = format!("{value:.1}");
    let short = text.strip_suffix(".0").unwrap_or(&text);
    if short == "-0" { "0" } else { short }.to_owned()
}

#[cfg(test)]
mod tests {
    use super::coordinate;

    #[test]
    fn a_coordinate_has_no_negative_zero_and_no_needless_decimal() {
        assert_eq!(coordinate(-0.01), "0");
        assert_eq!(coordinate(12.04), "12");
    }
}
