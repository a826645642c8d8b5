//! The field that an error of another module is about, as a path.

use crate::{
    adversary::AdversaryError,
    algo::AlgoError,
    crash::CrashError,
    env::EnvError,
    eval::EvalError,
    features::FeatureError,
    games::{
        execution::{ExecutionError, almgren_chriss::LiquidationError},
        quoting::{MarketMakingError, closed_form::QuotingError},
    },
    market::{AllocationError, CostError, SpanError},
    models::ModelError,
    train::TrainError,
};

/// An error about a value, which knows the field below that value that is at fault.
pub(crate) trait Blames: std::error::Error + Sized {
    /// Paths below the value, the likeliest first; empty where the whole value is at fault.
    fn fields(&self) -> Vec<String>;
}

fn one(field: impl Into<String>) -> Vec<String> {
    vec![field.into()]
}

fn below(place: &str, fields: Vec<String>) -> Vec<String> {
    let joined = fields.iter().map(|field| super::locate::join(place, field));
    let mut joined: Vec<String> = joined.collect();
    if joined.is_empty() {
        joined.push(place.to_owned());
    }
    joined
}

impl Blames for EnvError {
    fn fields(&self) -> Vec<String> {
        match self {
            Self::InitialCash { .. } => one("initial_cash"),
            Self::RuinFraction { .. } => one("ruin_fraction"),
            Self::Horizon => one("horizon"),
            Self::Costs(error) => below("costs", error.fields()),
            Self::Allocation(error) => below("allocation", error.fields()),
            Self::Reward(_) => vec!["reward.risk_aversion".to_owned(), "reward".to_owned()],
            Self::Shocks(error) => below("shocks", shock_field(error)),
            Self::Drift => one("shocks.kind"),
            Self::Features(error) => below("features", error.fields()),
            Self::Volume { .. } => one("costs.impact_coefficient"),
            _ => Vec::new(),
        }
    }
}

impl Blames for CostError {
    fn fields(&self) -> Vec<String> {
        match self {
            Self::ImpactCoefficient { .. } => one("impact_coefficient"),
            _ => Vec::new(),
        }
    }
}

impl Blames for AllocationError {
    fn fields(&self) -> Vec<String> {
        match self {
            Self::Low { .. } => one("low"),
            Self::MaxGross { .. } => one("max_gross"),
            Self::Levels { .. } => one("levels"),
        }
    }
}

fn shock_field(error: &crate::env::ShockError) -> Vec<String> {
    match error {
        crate::env::ShockError::Spread { .. } => one("max_spread_multiplier"),
        crate::env::ShockError::Liquidity { .. } => one("min_liquidity_multiplier"),
    }
}

impl Blames for FeatureError {
    fn fields(&self) -> Vec<String> {
        match self {
            Self::Parameter {
                index, parameter, ..
            } => vec![format!("[{index}].{parameter}"), format!("[{index}]")],
            Self::NoSignals { index, .. } | Self::UnknownSignal { index, .. } => {
                one(format!("[{index}]"))
            }
            _ => Vec::new(),
        }
    }
}

impl Blames for SpanError {
    fn fields(&self) -> Vec<String> {
        match self {
            Self::Reversed { name, .. }
            | Self::Overlap { name, .. }
            | Self::Empty { name, .. }
            | Self::TooShort { name, .. } => one(name.to_string()),
        }
    }
}

impl Blames for TrainError {
    fn fields(&self) -> Vec<String> {
        match self {
            Self::Config { field, .. } => one(*field),
            Self::EnvCount { .. } => one("n_envs"),
            Self::Adversary(AdversaryError::Parameter { parameter, .. }) => {
                ["ascent", "regularizer", "player"]
                    .map(|place| format!("{place}.{parameter}"))
                    .into()
            }
            Self::Algo(AlgoError::Setting { field, .. }) => {
                vec![format!("learn.{field}"), (*field).to_owned()]
            }
            _ => Vec::new(),
        }
    }
}

impl Blames for EvalError {
    fn fields(&self) -> Vec<String> {
        match self {
            Self::CrashTest { parameter, .. } | Self::Baseline { parameter, .. } => one(*parameter),
            _ => Vec::new(),
        }
    }
}

impl Blames for CrashError {
    fn fields(&self) -> Vec<String> {
        match self {
            Self::Name { .. } => one("name"),
            Self::NoBar { .. } => one("bars"),
            Self::Move { bar, field, .. } => one(format!("bars[{bar}].{field}")),
            Self::SourceVolatility { .. } => one("source.volatility"),
            Self::Rows { .. } | Self::Still { .. } => one("at"),
            Self::Asset { .. } => one("assets"),
            Self::NoHistory { .. } | Self::BarLength { .. } => one("scale"),
            _ => one("factor"),
        }
    }
}

impl Blames for MarketMakingError {
    fn fields(&self) -> Vec<String> {
        match self {
            Self::Quoting(QuotingError::Bounds(bounds)) => {
                vec![bounds.field.to_owned(), format!("flow.{}", bounds.field)]
            }
            Self::Quoting(QuotingError::MaxInventory { .. }) => one("max_inventory"),
            Self::Quoting(
                QuotingError::NoSteps
                | QuotingError::TooManySteps { .. }
                | QuotingError::Table { .. },
            ) => one("n_steps"),
            Self::Offsets { .. } => one("offsets"),
            Self::Shocks(error) => below("shocks", shock_field(error)),
            Self::Print => one("shocks.kind"),
            _ => Vec::new(),
        }
    }
}

impl Blames for ExecutionError {
    fn fields(&self) -> Vec<String> {
        match self {
            Self::Liquidation(LiquidationError::Bounds(bounds)) => {
                vec![
                    format!("liquidation.{}", bounds.field),
                    bounds.field.to_owned(),
                ]
            }
            Self::Liquidation(LiquidationError::TemporaryImpact { .. }) => {
                one("liquidation.temporary_impact")
            }
            Self::Liquidation(_) => one("liquidation.n_steps"),
            Self::Volatility => one("liquidation.volatility"),
            Self::Shocks(error) => below("shocks", shock_field(error)),
            Self::Print => one("shocks.kind"),
            Self::InitialPrice { .. } => one("initial_price"),
        }
    }
}

impl Blames for ModelError {
    fn fields(&self) -> Vec<String> {
        let name = match self {
            Self::Asset { asset, error, .. } => {
                return below(&format!("assets[{asset}]"), error.fields());
            }
            Self::Parameter { parameter, .. } => parameter,
            Self::Count { place, .. } => place,
            Self::Shape { matrix, .. } | Self::Entry { matrix, .. } => matrix,
            Self::NotPositiveDefinite { .. } => "correlation",
            Self::RowSum { .. } | Self::Reducible => "transition",
            Self::Start { .. } => "start",
            Self::Symbols(_) => "assets",
            _ => return Vec::new(),
        };
        vec![name.to_owned(), format!("model.{name}")]
    }
}
