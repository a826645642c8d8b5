//! Path of the field that another module's error is about.

use super::locate::join;
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

/// Error about a value that knows which field below the value is at fault.
pub(crate) trait Blames: std::error::Error + Sized {
    /// Paths below the value, the likeliest first; empty if the whole value is at fault.
    fn fields(&self) -> Vec<String>;
}

fn one(field: impl Into<String>) -> Vec<String> {
    vec![field.into()]
}

fn below(place: &str, fields: &[String]) -> Vec<String> {
    match fields {
        [] => one(place),
        _ => fields.iter().map(|field| join(place, field)).collect(),
    }
}

impl Blames for EnvError {
    fn fields(&self) -> Vec<String> {
        match self {
            Self::Bounds(bounds) | Self::Costs(CostError::Rate(bounds)) => one(bounds.field),
            Self::RuinFraction { .. } => one("ruin_fraction"),
            Self::Horizon => one("horizon"),
            Self::Costs(CostError::Assets { field, .. }) => one(join("costs", field)),
            Self::Costs(CostError::Signal { .. } | CostError::FundingRate { .. }) => {
                one("costs.funding.signals")
            }
            Self::Costs(_) => one("costs"),
            Self::Allocation(AllocationError::Bounds(bounds)) => {
                one(join("allocation", bounds.field))
            }
            Self::Allocation(AllocationError::Levels { .. }) => one("allocation.levels"),
            Self::Reward(_) => vec!["reward.risk_aversion".to_owned(), "reward".to_owned()],
            Self::GrossNeverBinds { .. } => one("allocation.max_gross"),
            Self::Orders(error) => one(join("orders", error.field())),
            Self::Tick { .. } => one("orders.ticks"),
            Self::NeverAffordable { field, .. } => one(join("orders", field)),
            Self::Drift => one("shocks.kind"),
            Self::PrintEnding { .. } => one("shocks.print_ending"),
            Self::Features(error) => below("features", &error.fields()),
            _ => Vec::new(),
        }
    }
}

impl Blames for FeatureError {
    fn fields(&self) -> Vec<String> {
        match self {
            Self::Parameter {
                index, parameter, ..
            } => vec![format!("[{index}].{parameter}"), format!("[{index}]")],
            Self::Own { index, .. } | Self::Signal { index, .. } => one(format!("[{index}]")),
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
            | Self::Beyond { name, .. }
            | Self::TooShort { name, .. } => one(name.to_string()),
        }
    }
}

impl Blames for TrainError {
    fn fields(&self) -> Vec<String> {
        match self {
            Self::Config { field, .. } => one(*field),
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
            Self::Parameter { parameter, .. } => one(*parameter),
            Self::Crash { source, .. } => source.fields(),
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
            Self::Number { place, .. } => one(*place),
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
                vec![bounds.field.to_owned(), join("flow", bounds.field)]
            }
            Self::Quoting(QuotingError::MaxInventory { .. }) => one("max_inventory"),
            Self::Quoting(QuotingError::Steps { .. } | QuotingError::Table { .. }) => {
                one("n_steps")
            }
            Self::Offsets { .. } => one("offsets"),
            Self::Shocks(bounds) => one(bounds.field),
            Self::Print => one("shocks.kind"),
            Self::PrintEnding => one("shocks.print_ending"),
            _ => Vec::new(),
        }
    }
}

impl Blames for ExecutionError {
    fn fields(&self) -> Vec<String> {
        match self {
            // `risk_aversion` is checked with the liquidation but written beside it.
            Self::Liquidation(LiquidationError::Bounds(bounds))
                if bounds.field == "risk_aversion" =>
            {
                one(bounds.field)
            }
            Self::Liquidation(LiquidationError::Bounds(bounds)) => {
                one(join("liquidation", bounds.field))
            }
            Self::Liquidation(LiquidationError::TemporaryImpact { .. }) => {
                one("liquidation.temporary_impact")
            }
            Self::Liquidation(_) => one("liquidation.n_steps"),
            Self::Volatility => one("liquidation.volatility"),
            Self::Bounds(bounds) => one(bounds.field),
            Self::Print => one("shocks.kind"),
            Self::PrintEnding => one("shocks.print_ending"),
        }
    }
}

impl Blames for ModelError {
    fn fields(&self) -> Vec<String> {
        let name = match self {
            Self::Asset { asset, error, .. } => {
                return below(&format!("assets[{asset}]"), &error.fields());
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
