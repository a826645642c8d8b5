//! Worlds of an experiment without an edge, and the pipeline that they run through.

use crate::{
    env::{Market, TradingEnv, TradingSpec},
    market::{Bar, Panel},
    models::martingale::{Draw, FineClock, Fork, Martingale, Opens},
    rng::Streams,
    run::RunError,
    train::TrainConfig,
};
use chrono::{DateTime, Utc};
use std::{ops::Range, sync::Arc};

/// Pipeline under test: from the bars of all files to the environment of the training span and the
/// rows of the test span.
pub(super) type Pipeline<'a> = dyn Fn(&[Vec<Bar>]) -> Result<Stage, RunError> + Sync + 'a;

/// Changes the targets of an order before the environment sizes it.
pub(super) type Resize<'a> = dyn Fn(&TradingEnv, &mut [f64]) + Sync + 'a;

/// Result of the pipeline.
pub(super) struct Stage {
    /// Environment of the training span, on which its normalizer was fitted.
    pub(super) training: TradingEnv,
    /// Rows of the test span.
    pub(super) test: Range<usize>,
}

/// Fine clock, pipeline and settings of all worlds.
pub(super) struct Lab<'a> {
    pub(super) clock: FineClock,
    /// Instant of the decision at each row of the panel.
    pub(super) decisions: Vec<DateTime<Utc>>,
    pub(super) pipeline: &'a Pipeline<'a>,
    pub(super) train: TrainConfig,
    pub(super) n_worlds: u32,
    pub(super) seed: u64,
    /// Changes order targets in tests; the check itself leaves them unchanged.
    pub(super) resize: &'a Resize<'a>,
}

/// One world after the pipeline.
pub(super) struct World {
    pub(super) stage: Stage,
    pub(super) path: Martingale,
    /// Price of each asset at each decision, `[n_bars, n_assets]`.
    fair: Vec<f64>,
}

impl Lab<'_> {
    /// Draws world `n` and runs it through the pipeline.
    pub(super) fn world(&self, n: u32, opens: Opens) -> Result<World, RunError> {
        self.run(n, opens, None)
    }

    /// Draws a twin of world `n`.
    pub(super) fn twin(&self, n: u32, fork: Fork) -> Result<World, RunError> {
        self.run(n, Opens::Noisy, Some(fork))
    }

    fn run(&self, world: u32, opens: Opens, fork: Option<Fork>) -> Result<World, RunError> {
        let path = self.clock.draw(Draw {
            streams: Streams::new(self.seed),
            world,
            opens,
            fork,
        });
        let stage = (self.pipeline)(&path.bars)?;
        let panel = stage.training.market().panel();
        let fair = self.decisions.iter().flat_map(|&at| {
            let (clock, path) = (&self.clock, &path);
            (0..panel.n_assets()).map(move |asset| clock.price(path, asset, at))
        });
        Ok(World {
            fair: fair.collect(),
            path,
            stage,
        })
    }
}

impl World {
    pub(super) fn market(&self) -> &Arc<Market> {
        self.stage.training.market()
    }

    pub(super) fn panel(&self) -> &Panel {
        self.market().panel()
    }

    /// Price of each asset at the decision of row `t`, `[n_assets]`.
    pub(super) fn fair(&self, t: usize) -> &[f64] {
        let n = self.panel().n_assets();
        &self.fair[t * n..(t + 1) * n]
    }

    /// Environment that plays the whole test span once.
    pub(super) fn test_env(&self) -> Result<TradingEnv, RunError> {
        let spec = TradingSpec {
            horizon: None,
            ..self.stage.training.spec().clone()
        };
        TradingEnv::new(Arc::clone(self.market()), spec, self.stage.test.clone())
            .map_err(|error| RunError::failed("environment of the test span", &error))
    }
}
