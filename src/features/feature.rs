//! What a per-asset feature is, and the list of them.

use super::{
    Cycle, FeatureSpec, Field,
    average_true_range::AverageTrueRange,
    cross_section::CrossSection,
    ewma_volatility::EwmaVolatility,
    log_returns::LogReturns,
    macd::Macd,
    newest::{Newest, Place},
    rolling_volatility::RollingVolatility,
    rsi::Rsi,
    scalar::Scalar,
    scaled_returns::ScaledReturns,
    z_score::ZScore,
};

/// A feature of one asset that streams. Its memory is the shared committed log closes and `n_state`
/// numbers of its own, all zero before the first bar.
pub(super) trait Streaming {
    /// Committed log closes it reads, ≥ 1.
    fn n_lags(&self) -> usize;
    /// Numbers of its own state.
    fn n_state(&self) -> usize;
    /// The fields it yields for one asset.
    fn fields(&self, symbol: &str) -> Vec<Field>;
    /// Commits the newest bar.
    fn push(&self, newest: &Newest<'_>, place: Place, state: &mut [f64]);
    /// Its values if the newest bar closed now: `emit(k, value)` for k in `0..fields.len()`.
    fn values<S: Scalar>(&self, newest: &Newest<'_, S>, state: &[f64], emit: impl FnMut(usize, S));
}

/// The per-asset features.
#[derive(Debug, Clone, PartialEq)]
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
}

/// What a spec builds.
pub(super) enum Built {
    PerAsset(AssetFeature),
    Calendar(Cycle),
    Signals,
}

/// Builds a spec that has been checked.
pub(super) fn build(spec: &FeatureSpec) -> Built {
    Built::PerAsset(match *spec {
        FeatureSpec::LogReturns { window } => AssetFeature::LogReturns(LogReturns::new(window)),
        FeatureSpec::ScaledReturns { window, half_life } => {
            AssetFeature::ScaledReturns(ScaledReturns::new(window, half_life))
        }
        FeatureSpec::RollingVolatility { window } => {
            AssetFeature::RollingVolatility(RollingVolatility::new(window))
        }
        FeatureSpec::EwmaVolatility { half_life } => {
            AssetFeature::EwmaVolatility(EwmaVolatility::new(half_life))
        }
        FeatureSpec::Rsi { period } => AssetFeature::Rsi(Rsi::new(period)),
        FeatureSpec::Macd { fast, slow, signal } => {
            AssetFeature::Macd(Macd::new(fast, slow, signal))
        }
        FeatureSpec::AverageTrueRange { period } => {
            AssetFeature::AverageTrueRange(AverageTrueRange::new(period))
        }
        FeatureSpec::ZScore { window } => AssetFeature::ZScore(ZScore::new(window)),
        FeatureSpec::CrossSection { window } => {
            AssetFeature::CrossSection(CrossSection::new(window))
        }
        FeatureSpec::Calendar(cycle) => return Built::Calendar(cycle),
        FeatureSpec::Signals | FeatureSpec::Signal(_) => return Built::Signals,
    })
}

macro_rules! dispatch {
    ($self:ident, $feature:ident => $call:expr) => {
        match $self {
            AssetFeature::LogReturns($feature) => $call,
            AssetFeature::ScaledReturns($feature) => $call,
            AssetFeature::RollingVolatility($feature) => $call,
            AssetFeature::EwmaVolatility($feature) => $call,
            AssetFeature::Rsi($feature) => $call,
            AssetFeature::Macd($feature) => $call,
            AssetFeature::AverageTrueRange($feature) => $call,
            AssetFeature::ZScore($feature) => $call,
            AssetFeature::CrossSection($feature) => $call,
        }
    };
}

impl Streaming for AssetFeature {
    fn n_lags(&self) -> usize {
        dispatch!(self, feature => feature.n_lags())
    }
    fn n_state(&self) -> usize {
        dispatch!(self, feature => feature.n_state())
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
