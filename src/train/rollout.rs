//! Playing: n steps of all environment copies, clean or shocked, into flat buffers.

use super::{TrainError, reward_scale::RewardScale};
use crate::{
    adversary::{Player, ShockRules},
    env::{Action, Env, Outcome, Shocks, VectorEnv},
    policy::{ActorCritic, Actions, Backend, Decisions},
    rng::{Component, Rng, Streams},
};

/// What was seen, done and earned in one rollout: `n_rows = n_steps * n_envs` rows, row = t * n_envs + copy.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Rollout {
    pub(super) n_steps: usize,
    pub(super) n_envs: usize,
    /// o_t, `[n_rows, n_inputs]`.
    pub(super) observations: Vec<f32>,
    /// a_t, `[n_rows, n_dims]`.
    pub(super) actions: Actions,
    /// log π(a_t | o_t), `[n_rows]`.
    pub(super) log_probs: Vec<f32>,
    /// V(o_t), `[n_rows]`.
    pub(super) values_t: Vec<f32>,
    /// V of what follows: of o_{t+1} while the episode runs, of its final observation where it was truncated, 0 where it
    /// terminated; `[n_rows]`.
    pub(super) values_tp1: Vec<f32>,
    /// r_{t+1} in the environment's unit, `[n_rows]`.
    pub(super) rewards: Vec<f64>,
    /// How the step ended, `[n_rows]`.
    pub(super) outcomes: Vec<Outcome>,
    /// What rebuilds o_t under another shock, `[n_rows, snapshot_len]`; empty without a shock map.
    pub(super) snapshots: Vec<f64>,
    /// Returns and lengths of the episodes that ended.
    pub(super) ended: Vec<(f64, u64)>,
}

impl Rollout {
    pub(super) fn n_rows(&self) -> usize {
        self.n_steps * self.n_envs
    }

    fn new<E>(vector: &VectorEnv<E>, n_steps: usize) -> Self {
        let n_envs = vector.n_copies();
        let n_rows = n_steps * n_envs;
        Self {
            n_steps,
            n_envs,
            observations: Vec::with_capacity(n_rows * vector.layout().n_fields()),
            actions: Actions::Continuous(Vec::new()),
            log_probs: Vec::with_capacity(n_rows),
            values_t: Vec::with_capacity(n_rows),
            values_tp1: Vec::with_capacity(n_rows),
            rewards: Vec::with_capacity(n_rows),
            outcomes: Vec::with_capacity(n_rows),
            snapshots: Vec::with_capacity(n_rows * vector.snapshot_len()),
            ended: Vec::new(),
        }
    }

    fn clear(&mut self) {
        self.observations.clear();
        match &mut self.actions {
            Actions::Continuous(actions) => actions.clear(),
            Actions::Categorical(actions) => actions.clear(),
        }
        self.log_probs.clear();
        self.values_t.clear();
        self.values_tp1.clear();
        self.rewards.clear();
        self.outcomes.clear();
        self.snapshots.clear();
        self.ended.clear();
    }

    /// Mean return and length of the episodes that ended; `None` when none did.
    #[allow(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    pub(super) fn episodes(&self) -> Option<(f64, f64)> {
        let n = self.ended.len() as f64;
        let totals = self.ended.iter().fold((0.0, 0), |sum, e| (sum.0 + e.0, sum.1 + e.1));
        (n > 0.0).then(|| (totals.0 / n, totals.1 as f64 / n))
    }
}

/// Plays rollouts. Action noise comes from one stream per copy, shocks from one stream per rollout.
#[derive(Debug)]
pub(super) struct Collector {
    rollout: Rollout,
    action_rngs: Vec<Rng>,
    streams: Streams,
    decisions: Decisions,
    shocks_bps: Vec<f64>,
    /// Final observations of truncated episodes, and the rows they belong to.
    cut_off: (Vec<f32>, Vec<usize>),
    values: Vec<f32>,
}

impl Collector {
    pub(super) fn new<E>(vector: &VectorEnv<E>, n_steps: usize, streams: Streams) -> Self {
        let copies = 0..vector.n_copies() as u64;
        Self {
            rollout: Rollout::new(vector, n_steps),
            action_rngs: copies.map(|copy| streams.stream(Component::Policy, copy)).collect(),
            streams,
            decisions: Decisions::default(),
            shocks_bps: vec![0.0; vector.n_copies() * vector.shock_space().n_assets],
            cut_off: (Vec::new(), Vec::new()),
            values: Vec::new(),
        }
    }

    /// Plays rollout number `update`. `scale` sees every reward.
    pub(super) fn play<E: Env + 'static, D: Backend<f32>>(
        &mut self,
        vector: &mut VectorEnv<E>,
        policy: &ActorCritic<f32, D>,
        player: &Player,
        update: u64,
        scale: &mut RewardScale,
    ) -> Result<&Rollout, TrainError> {
        let mut shock_rng = self.streams.stream(Component::Adversary, update);
        self.rollout.clear();
        self.cut_off.0.clear();
        self.cut_off.1.clear();
        for _ in 0..self.rollout.n_steps {
            policy.act(vector.observations(), &mut self.action_rngs, &mut self.decisions)?;
            self.before_step(vector);
            self.choose_shocks(vector, policy, player, &mut shock_rng)?;
            let shocks = Shocks { price_bps: &self.shocks_bps, ..Shocks::NONE };
            vector.step(action(&self.decisions.actions), shocks)?;
            self.after_step(vector, scale);
        }
        self.bootstrap(vector, policy)?;
        Ok(&self.rollout)
    }

    fn before_step<E>(&mut self, vector: &VectorEnv<E>) {
        let rollout = &mut self.rollout;
        rollout.observations.extend_from_slice(vector.observations());
        rollout.snapshots.extend_from_slice(vector.snapshots());
        rollout.log_probs.extend_from_slice(&self.decisions.log_probs);
        rollout.values_t.extend_from_slice(&self.decisions.values);
        match (&mut rollout.actions, &self.decisions.actions) {
            (Actions::Continuous(all), Actions::Continuous(new)) => all.extend_from_slice(new),
            (Actions::Categorical(all), Actions::Categorical(new)) => all.extend_from_slice(new),
            // The first step of the first rollout.
            (all, new) => *all = new.clone(),
        }
    }

    fn choose_shocks<E: Env + 'static, D: Backend<f32>>(
        &mut self,
        vector: &mut VectorEnv<E>,
        policy: &ActorCritic<f32, D>,
        player: &Player,
        rng: &mut Rng,
    ) -> Result<(), TrainError> {
        if matches!(player, Player::None) {
            return Ok(());
        }
        let Some(map) = vector.shock_map() else {
            return Ok(());
        };
        vector.preview(action(&self.decisions.actions))?;
        let rules = ShockRules { map: map.as_ref(), shocks: vector.shock_space(), actions: vector.action_space() };
        player.choose(policy, rules, vector.previews(), rng, &mut self.shocks_bps)?;
        Ok(())
    }

    fn after_step<E>(&mut self, vector: &VectorEnv<E>, scale: &mut RewardScale) {
        let n_inputs = vector.layout().n_fields();
        let first_row = self.rollout.rewards.len();
        self.rollout.rewards.extend_from_slice(vector.rewards());
        self.rollout.outcomes.extend_from_slice(vector.outcomes());
        for (copy, (&reward, &outcome)) in vector.rewards().iter().zip(vector.outcomes()).enumerate() {
            scale.record(copy, reward, outcome);
            if outcome.is_over() {
                let episode = (vector.episode_returns()[copy], vector.episode_lengths()[copy]);
                self.rollout.ended.push(episode);
            }
            if outcome == Outcome::Truncated {
                let last = &vector.final_observations()[copy * n_inputs..(copy + 1) * n_inputs];
                self.cut_off.0.extend_from_slice(last);
                self.cut_off.1.push(first_row + copy);
            }
        }
    }

    /// Fills `values_tp1`.
    fn bootstrap<E, D: Backend<f32>>(
        &mut self,
        vector: &VectorEnv<E>,
        policy: &ActorCritic<f32, D>,
    ) -> Result<(), TrainError> {
        let rollout = &mut self.rollout;
        policy.values(vector.observations(), rollout.n_envs, &mut self.values)?;
        rollout.values_tp1.extend_from_slice(&rollout.values_t[rollout.n_envs..]);
        rollout.values_tp1.extend_from_slice(&self.values);
        for (value, outcome) in rollout.values_tp1.iter_mut().zip(&rollout.outcomes) {
            if outcome.is_over() {
                *value = 0.0;
            }
        }
        if !self.cut_off.1.is_empty() {
            policy.values(&self.cut_off.0, self.cut_off.1.len(), &mut self.values)?;
            for (&row, &value) in self.cut_off.1.iter().zip(&self.values) {
                rollout.values_tp1[row] = value;
            }
        }
        Ok(())
    }
}

const fn action(actions: &Actions) -> Action<'_> {
    match actions {
        Actions::Continuous(values) => Action::Continuous(values.as_slice()),
        Actions::Categorical(levels) => Action::Categorical(levels.as_slice()),
    }
}
