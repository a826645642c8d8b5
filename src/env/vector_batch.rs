//! What travels between a vector environment and its workers: inputs and outputs of some copies, structure of arrays.

use super::vector::{Shocks, Snapshots, VectorError};
use super::{Action, ActionSpace, Env, Outcome, Shock};
use crate::rng::Streams;

/// Inputs and outputs of `n_copies` copies, every array row-major with the copy first.
#[derive(Debug)]
pub(super) struct Batch {
    n_copies: usize,
    n_fields: usize,
    n_dims: usize,
    n_assets: usize,
    snapshot_len: usize,
    actions: Actions,
    price_bps: Vec<f64>,
    spread_multipliers: Vec<f64>,
    liquidity_multipliers: Vec<f64>,
    pub(super) observations: Vec<f32>,
    pub(super) final_observations: Vec<f32>,
    pub(super) rewards: Vec<f64>,
    pub(super) outcomes: Vec<Outcome>,
    pub(super) episode_returns: Vec<f64>,
    pub(super) episode_lengths: Vec<u64>,
    pub(super) n_refused: Vec<u64>,
    pub(super) snapshots: Vec<f64>,
    pub(super) previews: Vec<f64>,
}

#[derive(Debug)]
enum Actions {
    Continuous(Vec<f32>),
    Categorical(Vec<u32>),
}

impl Batch {
    pub(super) fn new(env: &impl Env, n_copies: usize, snapshots: Snapshots) -> Self {
        let n_fields = env.layout().n_fields();
        let n_dims = env.action_space().n_dims();
        let n_assets = env.shock_space().n_assets;
        let snapshot_len = env.shock_map().map_or(0, |map| map.snapshot_len());
        let kept = match snapshots {
            Snapshots::Off => 0,
            Snapshots::EveryStep => n_copies * snapshot_len,
        };
        Self {
            n_copies,
            n_fields,
            n_dims,
            n_assets,
            snapshot_len,
            actions: match env.action_space() {
                ActionSpace::Continuous { .. } => Actions::Continuous(vec![0.0; n_copies * n_dims]),
                ActionSpace::Categorical { .. } => Actions::Categorical(vec![0; n_copies * n_dims]),
            },
            price_bps: vec![0.0; n_copies * n_assets],
            spread_multipliers: vec![1.0; n_copies],
            liquidity_multipliers: vec![1.0; n_copies],
            observations: vec![0.0; n_copies * n_fields],
            final_observations: vec![0.0; n_copies * n_fields],
            rewards: vec![0.0; n_copies],
            outcomes: vec![Outcome::Running; n_copies],
            episode_returns: vec![0.0; n_copies],
            episode_lengths: vec![0; n_copies],
            n_refused: vec![0; n_copies],
            snapshots: vec![0.0; kept],
            previews: vec![0.0; n_copies * snapshot_len],
        }
    }

    pub(super) const fn n_copies(&self) -> usize {
        self.n_copies
    }

    pub(super) const fn snapshot_len(&self) -> usize {
        self.snapshot_len
    }

    pub(super) fn set_actions(&mut self, actions: Action<'_>) -> Result<(), VectorError> {
        let fit = |found, expected| {
            (found == expected).then_some(()).ok_or(VectorError::Shape {
                input: "actions",
                found,
                expected,
            })
        };
        match (&mut self.actions, actions) {
            (Actions::Continuous(own), Action::Continuous(given)) => {
                fit(given.len(), own.len())?;
                own.copy_from_slice(given);
                Ok(())
            }
            (Actions::Categorical(own), Action::Categorical(given)) => {
                fit(given.len(), own.len())?;
                own.copy_from_slice(given);
                Ok(())
            }
            (Actions::Continuous(_), Action::Categorical(_)) => Err(VectorError::Kind {
                found: "categorical",
                expected: "continuous",
            }),
            (Actions::Categorical(_), Action::Continuous(_)) => Err(VectorError::Kind {
                found: "continuous",
                expected: "categorical",
            }),
        }
    }

    /// All three shapes are checked before any array is written.
    pub(super) fn set_shocks(&mut self, shocks: Shocks<'_>) -> Result<(), VectorError> {
        let parts = [
            ("price shocks", shocks.price_bps, &mut self.price_bps, 0.0),
            (
                "spread multipliers",
                shocks.spread_multipliers,
                &mut self.spread_multipliers,
                1.0,
            ),
            (
                "liquidity multipliers",
                shocks.liquidity_multipliers,
                &mut self.liquidity_multipliers,
                1.0,
            ),
        ];
        for (input, given, own, _) in &parts {
            if !given.is_empty() && given.len() != own.len() {
                return Err(VectorError::Shape {
                    input,
                    found: given.len(),
                    expected: own.len(),
                });
            }
        }
        for (_, given, own, clean) in parts {
            if given.is_empty() {
                own.fill(clean);
            } else {
                own.copy_from_slice(given);
            }
        }
        Ok(())
    }

    /// Takes this chunk's inputs out of the whole batch.
    pub(super) fn read_inputs(&mut self, all: &Self, begin: usize) {
        let (n, end) = (self.n_dims, begin + self.n_copies);
        match (&mut self.actions, &all.actions) {
            (Actions::Continuous(own), Actions::Continuous(all)) => {
                own.copy_from_slice(&all[begin * n..end * n]);
            }
            (Actions::Categorical(own), Actions::Categorical(all)) => {
                own.copy_from_slice(&all[begin * n..end * n]);
            }
            _ => debug_assert!(false, "invariant: chunks share the action space"),
        }
        let n = self.n_assets;
        self.price_bps
            .copy_from_slice(&all.price_bps[begin * n..end * n]);
        self.spread_multipliers
            .copy_from_slice(&all.spread_multipliers[begin..end]);
        self.liquidity_multipliers
            .copy_from_slice(&all.liquidity_multipliers[begin..end]);
    }

    /// Puts this chunk's outputs into the whole batch.
    pub(super) fn write_outputs(&self, all: &mut Self, begin: usize) {
        fn put<T: Copy>(all: &mut [T], chunk: &[T], begin: usize, width: usize) {
            all[begin * width..begin * width + chunk.len()].copy_from_slice(chunk);
        }
        let n = self.n_fields;
        put(&mut all.observations, &self.observations, begin, n);
        put(
            &mut all.final_observations,
            &self.final_observations,
            begin,
            n,
        );
        put(&mut all.rewards, &self.rewards, begin, 1);
        put(&mut all.outcomes, &self.outcomes, begin, 1);
        put(&mut all.episode_returns, &self.episode_returns, begin, 1);
        put(&mut all.episode_lengths, &self.episode_lengths, begin, 1);
        put(&mut all.n_refused, &self.n_refused, begin, 1);
        if !self.snapshots.is_empty() {
            put(
                &mut all.snapshots,
                &self.snapshots,
                begin,
                self.snapshot_len,
            );
        }
    }

    /// Puts this chunk's previews into the whole batch.
    pub(super) fn write_previews(&self, all: &mut Self, begin: usize) {
        let begin = begin * self.snapshot_len;
        all.previews[begin..begin + self.previews.len()].copy_from_slice(&self.previews);
    }

    fn action(&self, i: usize) -> Action<'_> {
        let row = i * self.n_dims..(i + 1) * self.n_dims;
        match &self.actions {
            Actions::Continuous(actions) => Action::Continuous(&actions[row]),
            Actions::Categorical(actions) => Action::Categorical(&actions[row]),
        }
    }

    fn shock(&self, i: usize) -> Shock<'_> {
        Shock {
            price_bps: &self.price_bps[i * self.n_assets..(i + 1) * self.n_assets],
            spread_multiplier: self.spread_multipliers[i],
            liquidity_multiplier: self.liquidity_multipliers[i],
        }
    }

    fn write_snapshot(&mut self, i: usize, env: &impl Env) {
        if !self.snapshots.is_empty() {
            let row = i * self.snapshot_len..(i + 1) * self.snapshot_len;
            env.snapshot(&mut self.snapshots[row]);
        }
    }
}

/// Some consecutive copies and the number of their current episodes.
#[derive(Debug)]
pub(super) struct Copies<E> {
    envs: Vec<E>,
    begin: usize,
    streams: Streams,
    episodes: Vec<u64>,
}

impl<E: Env> Copies<E> {
    pub(super) fn new(envs: Vec<E>, begin: usize, streams: Streams) -> Self {
        let episodes = vec![0; envs.len()];
        Self {
            envs,
            begin,
            streams,
            episodes,
        }
    }

    pub(super) const fn begin(&self) -> usize {
        self.begin
    }

    fn seed(&self, i: usize) -> u64 {
        self.streams
            .episode_seed((self.begin + i) as u64, self.episodes[i])
    }

    pub(super) fn reset(&mut self, batch: &mut Batch) {
        self.episodes.fill(0);
        for i in 0..self.envs.len() {
            let row = i * batch.n_fields..(i + 1) * batch.n_fields;
            let seed = self.seed(i);
            let observation = self.envs[i].reset(seed);
            batch.observations[row.clone()].copy_from_slice(observation);
            batch.final_observations[row].copy_from_slice(observation);
            batch.write_snapshot(i, &self.envs[i]);
        }
        batch.rewards.fill(0.0);
        batch.outcomes.fill(Outcome::Running);
        batch.episode_returns.fill(0.0);
        batch.episode_lengths.fill(0);
    }

    pub(super) fn step(&mut self, batch: &mut Batch) {
        for i in 0..self.envs.len() {
            let row = i * batch.n_fields..(i + 1) * batch.n_fields;
            if batch.outcomes[i].is_over() {
                batch.episode_returns[i] = 0.0;
                batch.episode_lengths[i] = 0;
            }
            let step = self.envs[i].step(batch.action(i), batch.shock(i));
            batch.rewards[i] = step.reward;
            batch.outcomes[i] = step.outcome;
            batch.episode_returns[i] += step.reward;
            batch.episode_lengths[i] += 1;
            batch.final_observations[row.clone()].copy_from_slice(step.observation);
            if step.outcome.is_over() {
                self.episodes[i] += 1;
                let seed = self.seed(i);
                batch.observations[row].copy_from_slice(self.envs[i].reset(seed));
            } else {
                batch.observations[row].copy_from_slice(step.observation);
            }
            batch.n_refused[i] = self.envs[i].n_refused();
            batch.write_snapshot(i, &self.envs[i]);
        }
    }

    pub(super) fn preview(&mut self, batch: &mut Batch) {
        let n = batch.snapshot_len;
        let mut previews = std::mem::take(&mut batch.previews);
        for (i, env) in self.envs.iter().enumerate() {
            env.preview(batch.action(i), &mut previews[i * n..(i + 1) * n]);
        }
        batch.previews = previews;
    }
}
