//! Models from history: maximum likelihood, with standard errors.
//!
//! | file | fits | by |
//! |---|---|---|
//! | `garch` | [`GarchT`](super::GarchT) | maximum likelihood |
//! | `merton` | [`MertonJumps`](super::MertonJumps) | maximum likelihood over the Poisson mixture |
//! | `regimes` | [`RegimeSwitching`](super::RegimeSwitching) | expectation maximization |
//!
//! Standard errors are roots of the diagonal of the inverse observed information (minus the Hessian
//! of the log likelihood, by central differences). They are `None` where that matrix is not
//! positive definite: at the edge of a parameter's range, or where the sample does not tell
//! parameters apart. They are those of a large sample: a long-run volatility of GARCH with α + β
//! close to 1 is skewed and strays further.
//!
//! ```
//! use shockproof::models::{GarchT, fit::{GarchFit, ReturnSample}};
//! # use shockproof::{models::*, rng::Streams};
//! # let market = SimulatedMarket {
//! #     assets: vec![SimulatedAsset {
//! #         symbol: "SIM".to_owned(),
//! #         initial_price: 100.0,
//! #         model: PriceModel::GarchT(GarchT {
//! #             log_drift: 0.0, volatility: 0.2, alpha: 0.1, beta: 0.8, degrees_of_freedom: 6.0,
//! #         }),
//! #         volume: Volume::Absent,
//! #     }],
//! #     correlation: Correlation::Independent,
//! #     n_bars: 1000,
//! #     bar_seconds: 86_400,
//! #     steps_per_bar: 1,
//! #     start: chrono::DateTime::UNIX_EPOCH,
//! #     trading_seconds_per_year: SECONDS_PER_YEAR,
//! #     opening: Opening::FirstStep,
//! # };
//! # let history = market.panel(&Streams::new(2), 0)?;
//! // Daily bars of a market that never closes; 252.0 * 86_400.0 for those of a stock exchange.
//! let sample = ReturnSample::of_panel(&history, 0, SECONDS_PER_YEAR)?;
//! let fit = GarchFit::new(&sample)?;
//! let error = fit.volatility.standard_error.ok_or("not told by this sample")?;
//! assert!((fit.volatility.value - 0.2).abs() < 4.0 * error);
//! let model: GarchT = fit.model();
//! # assert!(model.check().is_ok());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod error;
mod estimate;
mod garch;
mod hamilton;
mod information;
mod merton;
mod nelder_mead;
mod regimes;
mod sample;

pub use error::FitError;
pub use estimate::Estimate;
pub use garch::GarchFit;
pub use merton::MertonFit;
pub use regimes::{RegimeFit, RegimesFit};
pub use sample::ReturnSample;
