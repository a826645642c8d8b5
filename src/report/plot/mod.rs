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
pub(crate) mod format;
pub(crate) mod gap;
pub(crate) mod months;
pub(crate) mod panel;
pub(crate) mod scale;
pub(crate) mod thin;
pub(crate) mod training;
pub(crate) mod underwater;
pub(crate) mod weights;
