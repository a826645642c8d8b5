//! Market of a backtest.

use super::{
    BacktestRequest, Prepared, PriceSource, Prices, Provenance, RunError,
    error::chain,
    resolved::CONFIG,
    supplied::{SuppliedFile, read_supplied},
};
use crate::{
    agent::{Contract, PolicyFile},
    config::{EnvFile, Experiment, Registry, ReplaySpec},
    env::{Market, TradingSpec},
    eval::Arena,
};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

/// Market of a backtest, before policies are admitted.
pub(super) struct Venue {
    span: Span,
    pub(super) supplied: Vec<SuppliedFile>,
    pub(super) replays: Vec<ReplaySpec>,
}

enum Span {
    /// Test span of the run, with the normalizer of its training.
    Run(Box<Prepared>),
    /// All rows of another env or of other files, with the normalizer of each policy.
    Whole {
        prices: Box<Prices>,
        spec: Box<TradingSpec>,
    },
}

/// Policies that share an arena.
pub(super) struct Group {
    pub(super) arena: Arena,
    pub(super) policies: Vec<PolicyFile>,
}

impl Venue {
    /// Opens the market that the request names: that of the run unless env or files are given.
    pub(super) fn open(
        request: &BacktestRequest,
        registry: &Registry,
        experiment: Option<&Experiment>,
    ) -> Result<Self, RunError> {
        let BacktestRequest { env, data, .. } = request;
        if let (Some(experiment), None, true) = (experiment, env, data.is_empty()) {
            return Ok(Self {
                span: Span::Run(Box::new(Prepared::new(experiment)?)),
                supplied: Vec::new(),
                replays: experiment.env.replays.clone(),
            });
        }
        let (mut env, source) = match (env, experiment) {
            (Some(path), _) => EnvFile::load(path, registry)?,
            (None, Some(experiment)) => (experiment.env.clone(), experiment.env_source.clone()),
            (None, None) => {
                let place = request.policy.display();
                return Err(RunError::refused(
                    format!(
                        "{place}: found no {CONFIG} beside or above it, expected a run folder or \
                         an env"
                    ),
                    "name the market with --env FILE, or a run folder instead of the policy file",
                ));
            }
        };
        let (prices, supplied) = if data.is_empty() {
            (PriceSource::open(&env, &source)?.prices()?, Vec::new())
        } else {
            read_supplied(&mut env, &source, data)?
        };
        Ok(Self {
            span: Span::Whole {
                prices: Box::new(prices),
                spec: Box::new(env.trading),
            },
            supplied,
            replays: env.replays,
        })
    }

    pub(super) const fn provenance(&self) -> &Provenance {
        match &self.span {
            Span::Run(prepared) => &prepared.provenance,
            Span::Whole { prices, .. } => &prices.provenance,
        }
    }

    pub(super) const fn spec(&self) -> &TradingSpec {
        match &self.span {
            Span::Run(prepared) => prepared.test.spec(),
            Span::Whole { spec, .. } => spec,
        }
    }

    /// Checks that every policy fits the market, and groups the policies that share an arena.
    ///
    /// # Errors
    /// Wrong input, naming the policy file and the first difference.
    pub(super) fn admit(
        &self,
        policies: Vec<(PathBuf, PolicyFile)>,
    ) -> Result<Vec<Group>, RunError> {
        match &self.span {
            Span::Run(prepared) => {
                for (path, policy) in &policies {
                    let admitted = prepared.test.admit(policy);
                    admitted.map_err(|error| refused(path, &error))?;
                }
                Ok(vec![Group {
                    arena: prepared.test.clone(),
                    policies: policies.into_iter().map(|(_, policy)| policy).collect(),
                }])
            }
            Span::Whole { prices, spec } => policies
                .into_iter()
                .map(|(path, policy)| {
                    Ok(Group {
                        arena: arena(&prices.panel, spec, &path, &policy)?,
                        policies: vec![policy],
                    })
                })
                .collect(),
        }
    }
}

/// Arena of all rows of `panel`, with the normalizer of `policy`.
fn arena(
    panel: &crate::market::Panel,
    spec: &TradingSpec,
    path: &Path,
    policy: &PolicyFile,
) -> Result<Arena, RunError> {
    let contract = Contract {
        columns: panel.into(),
        bar_seconds: panel.bar_length().num_seconds(),
        features: &spec.features,
        account: &spec.account,
        allocation: &spec.allocation,
    };
    // The normalizer fits only if symbols and features are the policy's.
    let header = &policy.header;
    let admitted = contract.admits(header);
    admitted.map_err(|error| refused(path, &error))?;
    let market = Market::new(panel.clone(), &spec.features, header.normalizer.clone())
        .map_err(|error| refused(path, &error))?;
    let arena = Arena::new(Arc::new(market), spec.clone(), 0..panel.n_bars())
        .map_err(|error| refused(path, &error))?;
    arena.admit(policy).map_err(|error| refused(path, &error))?;
    Ok(arena)
}

fn refused(path: &Path, error: &dyn std::error::Error) -> RunError {
    RunError::refused(
        format!("{}: {}", path.display(), chain(error)),
        "use the env, the features and the assets that the policy was trained with",
    )
}
