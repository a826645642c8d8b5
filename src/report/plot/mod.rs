//! Pictures as data. The page holds their numbers as JSON and as tables; `html/chart.js` draws them
//! with uPlot, which is embedded.
//!
//! Colors are names of the style sheet, `m0…` for trained policies and `b0…` for baselines, the
//! same in every picture.

pub(crate) mod budget;
pub(crate) mod chart;
pub(crate) mod crashes;
pub(crate) mod equity;
pub(crate) mod gap;
pub(crate) mod months;
pub(crate) mod thin;
pub(crate) mod training;
pub(crate) mod underwater;
pub(crate) mod weights;
