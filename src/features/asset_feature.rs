//! The list of per-asset features, and their dispatch without pointers.

use super::{
    Cycle, Feature, FeatureSpec, Field, Memory, Newest, Place, Scalar,
    average_true_range::AverageTrueRange, cross_section::CrossSection,
    ewma_volatility::EwmaVolatility, feature::Brought, log_returns::LogReturns, macd::Macd,
    rolling_volatility::RollingVolatility, rsi::Rsi, scaled_returns::ScaledReturns,
    z_score::ZScore,
};
use crate::own::OwnError;

/// A per-asset feature.
#[derive(Debug, Clone)]
pub(super) enum AssetFeature {
    LogReturns(LogReturns),
    ScaledReturns(ScaledReturns),
    RollingVolatility(RollingVolatility),
    EwmaVolatility(EwmaVolatility),
    Rsi(Rsi),
    Macd(Macd),
    AverageTrueRange(AverageTrueRange),
    ZScore(ZScore),
    CrossSection(CrossSection),
    Own(Brought),
}

/// A spec turned into a working object.
pub(super) enum Built {
    PerAsset(AssetFeature),
    Calendar(Cycle),
    Signals,
}

/// Builds a spec whose parameters have been checked. Fails for an own feature without its part.
pub(super) fn build(spec: &FeatureSpec) -> Result<Built, OwnError> {
    use AssetFeature as A;
    use FeatureSpec as F;
    Ok(Built::PerAsset(match *spec {
        F::LogReturns { window } => A::LogReturns(LogReturns::new(window)),
        F::ScaledReturns { window, half_life } => {
            A::ScaledReturns(ScaledReturns::new(window, half_life))
        }
        F::RollingVolatility { window } => A::RollingVolatility(RollingVolatility::new(window)),
        F::EwmaVolatility { half_life } => A::EwmaVolatility(EwmaVolatility::new(half_life)),
        F::Rsi { period } => A::Rsi(Rsi::new(period)),
        F::Macd { fast, slow, signal } => A::Macd(Macd::new(fast, slow, signal)),
        F::AverageTrueRange { period } => A::AverageTrueRange(AverageTrueRange::new(period)),
        F::ZScore { window } => A::ZScore(ZScore::new(window)),
        F::CrossSection { window } => A::CrossSection(CrossSection::new(window)),
        F::Own(ref own) => A::Own(Brought::new(own.part()?.clone())),
        F::Calendar(cycle) => return Ok(Built::Calendar(cycle)),
        F::Signals | F::Signal(_) => return Ok(Built::Signals),
    }))
}

macro_rules! dispatch {
    ($self:ident, $feature:ident => $call:expr) => {
        match $self {
            Self::LogReturns($feature) => $call,
            Self::ScaledReturns($feature) => $call,
            Self::RollingVolatility($feature) => $call,
            Self::EwmaVolatility($feature) => $call,
            Self::Rsi($feature) => $call,
            Self::Macd($feature) => $call,
            Self::AverageTrueRange($feature) => $call,
            Self::ZScore($feature) => $call,
            Self::CrossSection($feature) => $call,
            Self::Own($feature) => $call,
        }
    };
}

impl Feature for AssetFeature {
    fn memory(&self) -> Memory {
        dispatch!(self, feature => feature.memory())
    }
    fn fields(&self, symbol: &str) -> Vec<Field> {
        dispatch!(self, feature => feature.fields(symbol))
    }
    fn push(&self, newest: &Newest<'_>, place: Place, state: &mut [f64]) {
        dispatch!(self, feature => feature.push(newest, place, state));
    }
    #[inline]
    fn values<S: Scalar>(&self, newest: &Newest<'_, S>, state: &[f64], emit: impl FnMut(usize, S)) {
        dispatch!(self, feature => feature.values(newest, state, emit));
    }
}
