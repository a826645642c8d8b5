//! Per-asset features, one file each; their enum, with static dispatch.
//!
//! A new feature needs its own file, entries here, and a variant in `spec`.

mod average_true_range;
mod cross_section;
mod ewma_volatility;
mod log_returns;
mod macd;
mod rolling_volatility;
mod rsi;
mod scaled_returns;
mod z_score;

use super::{Cycle, Feature, FeatureSpec, Field, Memory, Newest, Place, Scalar, feature::Brought};
use crate::own::OwnError;
use average_true_range::AverageTrueRange;
use cross_section::CrossSection;
use ewma_volatility::EwmaVolatility;
use log_returns::LogReturns;
use macd::Macd;
use rolling_volatility::RollingVolatility;
use rsi::Rsi;
use scaled_returns::ScaledReturns;
use z_score::ZScore;

/// Declares the enum of the listed features; each variant has the name of its type.
macro_rules! asset_features {
    ($($name:ident),*) => {
        #[derive(Debug, Clone)]
        pub(super) enum AssetFeature {
            $($name($name)),*
        }

        impl Feature for AssetFeature {
            fn memory(&self) -> Memory {
                match self { $(Self::$name(feature) => feature.memory()),* }
            }
            fn fields(&self, symbol: &str) -> Vec<Field> {
                match self { $(Self::$name(feature) => feature.fields(symbol)),* }
            }
            fn push(&self, now: &Newest<'_>, place: Place, state: &mut [f64]) {
                match self { $(Self::$name(feature) => feature.push(now, place, state)),* }
            }
            #[inline]
            fn values<S: Scalar>(
                &self,
                now: &Newest<'_, S>,
                state: &[f64],
                out: impl FnMut(usize, S),
            ) {
                match self { $(Self::$name(feature) => feature.values(now, state, out)),* }
            }
        }
    };
}

asset_features!(
    LogReturns,
    ScaledReturns,
    RollingVolatility,
    EwmaVolatility,
    Rsi,
    Macd,
    AverageTrueRange,
    ZScore,
    CrossSection,
    Brought
);

/// Result of building a [`FeatureSpec`].
pub(super) enum Built {
    PerAsset(AssetFeature),
    Calendar(Cycle),
    Signals,
}

/// Builds a spec whose parameters have been checked. Fails for an own feature that is unresolved or
/// breaks the rules of [`Feature::fields`].
pub(super) fn build(spec: &FeatureSpec, symbols: &[String]) -> Result<Built, OwnError> {
    use AssetFeature as A;
    use FeatureSpec as F;
    Ok(Built::PerAsset(match *spec {
        F::LogReturns { window } => A::LogReturns(LogReturns { window }),
        F::ScaledReturns { window, half_life } => {
            A::ScaledReturns(ScaledReturns::new(window, half_life))
        }
        F::RollingVolatility { window } => A::RollingVolatility(RollingVolatility { window }),
        F::EwmaVolatility { half_life } => A::EwmaVolatility(EwmaVolatility::new(half_life)),
        F::Rsi { period } => A::Rsi(Rsi::new(period)),
        F::Macd { fast, slow, signal } => A::Macd(Macd::new(fast, slow, signal)),
        F::AverageTrueRange { period } => A::AverageTrueRange(AverageTrueRange::new(period)),
        F::ZScore { window } => A::ZScore(ZScore { window }),
        F::CrossSection { window } => A::CrossSection(CrossSection { window }),
        F::Own(ref own) => A::Brought(Brought::new(own.part()?.clone(), symbols)?),
        F::Calendar(cycle) => return Ok(Built::Calendar(cycle)),
        F::Signals | F::Signal(_) => return Ok(Built::Signals),
    }))
}
