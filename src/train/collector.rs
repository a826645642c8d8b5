//! Playing: n steps of all environment copies, clean or shocked.

use super::{
    TrainConfig, TrainError,
    reward_scale::RewardScale,
    rollout::{Rollout, share_of},
};
use crate::{
    adversary::{Player, ShockRules},
    env::{Action, Chunk, Env, Shocks, Steps, VectorEnv},
    policy::{ActorCritic, Backend, Decisions, FrozenPolicy, device::Cpu},
    rng::{Component, Rng, Streams},
};
use std::{
    mem::{swap, take},
    sync::Arc,
};

/// Plays rollouts. Action noise comes from one stream per copy, shocks from one stream per rollout.
///
/// Without an adversary, and where the policy computes on the host, every worker plays its copies
/// through the whole rollout and waits for nobody; otherwise all copies take every step together.
/// What a copy does is the same either way.
#[derive(Debug)]
pub(super) struct Collector {
    rollout: Rollout,
    /// Who plays apart from whom; found at the first rollout.
    seats: Vec<Seat>,
    player: Player,
    /// Copies that the player shocks: the first so many.
    n_shocked: usize,
    streams: Streams,
    shocks_bps: Vec<f64>,
    /// One per copy where the environment admits any, else none.
    spread_multipliers: Vec<f64>,
    /// As many.
    liquidity_multipliers: Vec<f64>,
    values: Vec<f32>,
}

impl Collector {
    pub(super) fn new<E>(vector: &VectorEnv<E>, config: &TrainConfig, streams: Streams) -> Self {
        let n_copies = vector.n_copies();
        let shocks = vector.shock_space();
        let n_multipliers = if shocks.admits_multipliers() {
            n_copies
        } else {
            0
        };
        Self {
            rollout: Rollout::new(vector, n_copies, config.learn.n_steps),
            seats: Vec::new(),
            player: config.player,
            n_shocked: share_of(n_copies, config.shocked_share),
            streams,
            shocks_bps: vec![0.0; n_copies * shocks.n_assets],
            spread_multipliers: vec![1.0; n_multipliers],
            liquidity_multipliers: vec![1.0; n_multipliers],
            values: Vec::new(),
        }
    }

    /// The last rollout.
    pub(super) const fn rollout(&self) -> &Rollout {
        &self.rollout
    }

    /// Plays rollout number `update`. `scale` sees every reward.
    pub(super) fn play<E: Env + 'static, D: Backend<f32>>(
        &mut self,
        vector: &mut VectorEnv<E>,
        policy: &ActorCritic<f32, D>,
        update: u64,
        scale: &mut RewardScale,
    ) -> Result<&mut Rollout, TrainError> {
        let refused_before: u64 = vector.n_refused().iter().sum();
        let policy = policy.freeze();
        let on_host = match self.player {
            Player::None => D::on_host(&policy),
            _ => None,
        };
        if let Some(policy) = on_host {
            self.be_seated(vector, Seating::Apart);
            self.play_apart(vector, &Arc::new(policy))?;
        } else {
            self.be_seated(vector, Seating::Together);
            self.play_together(vector, &policy, update)?;
        }
        self.collect();
        self.rollout.record(scale);
        let following = vector.observations();
        self.rollout
            .evaluate(&policy, following, &mut self.values)?;
        self.rollout.n_refused = vector.n_refused().iter().sum::<u64>() - refused_before;
        Ok(&mut self.rollout)
    }

    /// One seat per chunk of copies, or one for all; a single seat plays right into the rollout of
    /// all.
    fn be_seated<E: Env + 'static>(&mut self, vector: &VectorEnv<E>, seating: Seating) {
        if self.seats.is_empty() {
            let chunks = match seating {
                Seating::Apart => vector.chunks(),
                Seating::Together => std::iter::once(0..vector.n_copies()).collect(),
            };
            let n_steps = self.rollout.n_steps;
            let seats = chunks.into_iter().map(|copies| Seat {
                rollout: Rollout::new(vector, copies.len(), n_steps),
                rngs: copies
                    .map(|copy| self.streams.stream(Component::Policy, copy as u64))
                    .collect(),
                decisions: Decisions::default(),
            });
            self.seats = seats.collect();
        }
        if let [only] = self.seats.as_mut_slice() {
            swap(&mut only.rollout, &mut self.rollout);
        }
        for seat in &mut self.seats {
            seat.rollout.clear();
        }
    }

    /// Puts together what the seats played.
    fn collect(&mut self) {
        if let [only] = self.seats.as_mut_slice() {
            swap(&mut only.rollout, &mut self.rollout);
            return;
        }
        self.rollout.clear();
        let parts: Vec<&Rollout> = self.seats.iter().map(|seat| &seat.rollout).collect();
        self.rollout.join(&parts);
    }

    fn play_apart<E: Env + 'static>(
        &mut self,
        vector: &mut VectorEnv<E>,
        policy: &Arc<FrozenPolicy<f32, Cpu>>,
    ) -> Result<(), TrainError> {
        let jobs = take(&mut self.seats).into_iter().map(|seat| {
            let policy = Arc::clone(policy);
            move |chunk: &mut Chunk<'_, E>| seat.play(chunk, &policy)
        });
        let seats = vector.run_jobs(jobs.collect())?;
        self.seats = seats.into_iter().collect::<Result<_, _>>()?;
        Ok(())
    }

    fn play_together<E: Env + 'static, D: Backend<f32>>(
        &mut self,
        vector: &mut VectorEnv<E>,
        policy: &FrozenPolicy<f32, D>,
        update: u64,
    ) -> Result<(), TrainError> {
        let mut shock_rng = self.streams.stream(Component::Adversary, update);
        let mut seats = take(&mut self.seats);
        for seat in &mut seats {
            for _ in 0..seat.rollout.n_steps {
                seat.decide(vector.steps(), policy)?;
                let actions = seat.decisions.actions.as_action();
                let shocks = self.choose_shocks(vector, policy, actions, &mut shock_rng)?;
                vector.step(actions, shocks)?;
                seat.rollout.hear(vector.steps());
            }
        }
        self.seats = seats;
        Ok(())
    }

    /// The shocks of all copies; none where nobody may choose any.
    fn choose_shocks<E: Env + 'static, D: Backend<f32>>(
        &mut self,
        vector: &mut VectorEnv<E>,
        policy: &FrozenPolicy<f32, D>,
        actions: Action<'_>,
        rng: &mut Rng,
    ) -> Result<Shocks<'_>, TrainError> {
        if matches!(self.player, Player::None) || self.n_shocked == 0 {
            return Ok(Shocks::NONE);
        }
        if !self.player.is_blind() {
            vector.preview(actions)?;
        }
        let map = vector.shock_map();
        let rules = ShockRules {
            map: map.as_deref(),
            shocks: vector.shock_space(),
            actions: vector.action_space(),
        };
        let snapshots = &vector.previews()[..self.n_shocked * vector.snapshot_len()];
        let shocks_bps = &mut self.shocks_bps[..self.n_shocked * rules.shocks.n_assets];
        self.player
            .choose(policy, rules, snapshots, rng, shocks_bps)?;
        let n_shocked = self.n_shocked.min(self.spread_multipliers.len());
        self.player.choose_multipliers(
            rules.shocks,
            rng,
            &mut self.spread_multipliers[..n_shocked],
            &mut self.liquidity_multipliers[..n_shocked],
        );
        Ok(Shocks {
            price_bps: &self.shocks_bps,
            spread_multipliers: &self.spread_multipliers,
            liquidity_multipliers: &self.liquidity_multipliers,
        })
    }
}

/// Whether copies wait for each other after every step.
#[derive(Debug, Clone, Copy)]
enum Seating {
    /// Each worker plays alone.
    Apart,
    /// They do.
    Together,
}

/// Some copies' player: their noise, and what they have played.
#[derive(Debug)]
struct Seat {
    rollout: Rollout,
    rngs: Vec<Rng>,
    decisions: Decisions,
}

impl Seat {
    /// The whole rollout.
    fn play<E: Env>(
        mut self,
        chunk: &mut Chunk<'_, E>,
        policy: &FrozenPolicy<f32, Cpu>,
    ) -> Result<Self, TrainError> {
        for _ in 0..self.rollout.n_steps {
            self.decide(chunk.steps(), policy)?;
            chunk.step(self.decisions.actions.as_action())?;
            self.rollout.hear(chunk.steps());
        }
        Ok(self)
    }

    fn decide<D: Backend<f32>>(
        &mut self,
        played: Steps<'_>,
        policy: &FrozenPolicy<f32, D>,
    ) -> Result<(), TrainError> {
        policy.act(played.observations, &mut self.rngs, &mut self.decisions)?;
        self.rollout.see(played, &self.decisions);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Metric, MetricRow, RewardUnit};
    use super::*;
    use crate::{
        algo::LearnConfig,
        env::{Outcome, ShockKind, ShockSpec, Snapshots, toy::Toy},
        games::execution::{Execution, ExecutionSpec},
        policy::Actions,
        stats,
    };
    use dfdx::tensor::Cpu;
    use std::num::NonZeroUsize;

    fn toys(n_envs: usize) -> VectorEnv<Toy> {
        toys_of(n_envs, 1)
    }

    fn toys_of(n_envs: usize, n_workers: usize) -> VectorEnv<Toy> {
        let envs = (0..n_envs).map(|_| Toy::default()).collect();
        let streams = Streams::new(2);
        let n_workers = NonZeroUsize::new(n_workers).unwrap();
        let mut vector = VectorEnv::new(envs, streams, n_workers, Snapshots::EveryStep).unwrap();
        vector.reset().unwrap();
        vector
    }

    fn policy(config: &TrainConfig, vector: &VectorEnv<Toy>) -> ActorCritic<f32, Cpu> {
        let spec = config
            .policy
            .network(vector.layout(), vector.action_space());
        let mut rng = Streams::new(2).stream(Component::Init, 0);
        ActorCritic::new(&spec, &[8], 0.0, &mut rng, &Cpu::default()).unwrap()
    }

    fn play(config: &TrainConfig) -> (ActorCritic<f32, Cpu>, Collector) {
        let mut vector = toys(config.n_envs);
        let policy = policy(config, &vector);
        let mut scale = RewardScale::new(RewardUnit::Fixed(1.0), 0.99, config.n_envs);
        let mut collector = Collector::new(&vector, config, Streams::new(2));
        collector.play(&mut vector, &policy, 1, &mut scale).unwrap();
        (policy, collector)
    }

    fn five_copies() -> TrainConfig {
        TrainConfig {
            n_envs: 5,
            ..TrainConfig::ppo(1 << 20)
        }
    }

    /// The successors of a rollout against a replay of its actions: running steps bootstrap from
    /// the next observation, truncated ones from their own last observation, terminated ones from
    /// nothing.
    #[test]
    fn what_follows_is_the_next_the_final_or_nothing() {
        let (policy, collector) = play(&five_copies());
        let (rollout, n_envs) = (collector.rollout(), 5);
        let mut replay = toys(n_envs);
        let Actions::Continuous(actions) = &rollout.samples.actions else {
            panic!("continuous")
        };
        let (mut values, mut n_over) = (Vec::new(), [0; 3]);
        for t in 0..rollout.n_steps {
            let rows = t * n_envs..(t + 1) * n_envs;
            let pairs = rows.start * 2..rows.end * 2;
            assert_eq!(
                rollout.samples.observations[pairs.clone()],
                *replay.observations()
            );
            assert_eq!(rollout.snapshots[pairs], *replay.snapshots());
            let action = Action::Continuous(&actions[rows.clone()]);
            replay.step(action, Shocks::NONE).unwrap();
            let last: Vec<f32> = (0..n_envs)
                .flat_map(|copy| replay.steps().final_observation(copy).to_vec())
                .collect();
            policy.values(&last, n_envs, &mut values).unwrap();
            for (row, copy) in rows.zip(0..) {
                let outcome = replay.steps().outcomes[copy];
                n_over[outcome as usize] += 1;
                let expected = if outcome == Outcome::Terminated {
                    0.0
                } else {
                    values[copy]
                };
                assert!((rollout.values_tp1[row] - expected).abs() < 1e-6);
                assert_eq!(rollout.outcomes[row], outcome);
            }
        }
        assert!(n_over.iter().all(|n| *n > 10), "{n_over:?}");
        assert_eq!(rollout.ended.len(), n_over[1] + n_over[2]);
    }

    /// Two rollouts in a row, by so many workers: with a player who may shock no copy all steps are
    /// taken together.
    #[test]
    fn copies_play_the_same_together_and_apart() {
        let two_rollouts = |player, n_workers| {
            let config = TrainConfig {
                player,
                shocked_share: 0.0,
                ..five_copies()
            };
            let mut vector = toys_of(5, n_workers);
            let policy = policy(&config, &vector);
            let mut scale = RewardScale::new(RewardUnit::DiscountedReturnStd, 0.99, 5);
            let mut collector = Collector::new(&vector, &config, Streams::new(2));
            let mut played = Vec::new();
            for update in 1..=2 {
                let rollout = collector.play(&mut vector, &policy, update, &mut scale);
                played.push(rollout.unwrap().clone());
            }
            (played, scale, collector.seats.len())
        };
        let (together, scale, n_seats) = two_rollouts(Player::Random, 2);
        assert_eq!(n_seats, 1);
        assert_ne!(together[0], together[1]);
        for n_workers in [1, 2, 3, 5] {
            let (apart, apart_scale, n_seats) = two_rollouts(Player::None, n_workers);
            assert_eq!(n_seats, n_workers);
            assert!(apart == together, "{n_workers} workers differ");
            assert_eq!(apart_scale, scale);
        }
    }

    /// γ = 1, λ = 1: the return is the sum of rewards to come, plus the value beyond a cut.
    #[test]
    fn returns_without_discount_are_sums() {
        let config = five_copies();
        let (_, mut collector) = play(&config);
        let learn = LearnConfig {
            gamma: 1.0,
            gae_lambda: 1.0,
            ..config.learn
        };
        let rollout = &mut collector.rollout;
        rollout.estimate(&learn, 2.0).unwrap();
        for row in 0..rollout.n_rows() {
            let mut to_come = 0.0;
            for later in (row..rollout.n_rows()).step_by(5) {
                to_come += 2.0 * rollout.rewards[later];
                if rollout.outcomes[later].is_over() || later + 5 >= rollout.n_rows() {
                    to_come += f64::from(rollout.values_tp1[later]);
                    break;
                }
            }
            assert!((f64::from(rollout.samples.returns[row]) - to_come).abs() < 1e-4);
        }
    }

    #[test]
    fn actions_out_of_range_and_refused_are_counted() {
        let (_, collector) = play(&five_copies());
        let rollout = collector.rollout();
        let mut row = MetricRow::new(1, 0);
        rollout.write(&mut row);
        let Actions::Continuous(actions) = &rollout.samples.actions else {
            panic!("continuous")
        };
        let outside: Vec<f64> = actions
            .iter()
            .map(|x| f64::from(u8::from(x.abs() > 1.0)))
            .collect();
        let expected = stats::mean(&outside).unwrap();
        assert!(expected > 0.0 && expected < 1.0);
        assert!((row.get(Metric::ClampedShare).unwrap() - expected).abs() < 1e-12);
        assert!(row.get(Metric::RefusedShare).unwrap() <= 0.0);

        let config = five_copies();
        let mut vector = toys(config.n_envs);
        // A refusal before the rollout does not count.
        let bad = [f32::NAN; 5];
        vector.step(Action::Continuous(&bad), Shocks::NONE).unwrap();
        let spec = config
            .policy
            .network(vector.layout(), vector.action_space());
        let mut rng = Streams::new(2).stream(Component::Init, 0);
        let mad = ActorCritic::new(&spec, &[8], f64::NAN, &mut rng, &Cpu::default()).unwrap();
        let mut scale = RewardScale::new(RewardUnit::Fixed(1.0), 0.99, config.n_envs);
        let mut collector = Collector::new(&vector, &config, Streams::new(2));
        collector.play(&mut vector, &mad, 1, &mut scale).unwrap();
        collector.rollout().write(&mut row);
        assert!((row.get(Metric::RefusedShare).unwrap() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn only_the_given_share_of_copies_is_shocked() {
        let shares = [(8, 0.5), (3, 0.5), (8, 1.0), (8, 0.0)].map(|(n, share)| share_of(n, share));
        assert_eq!(shares, [4, 2, 8, 0]);
        let (_, collector) = play(&TrainConfig {
            n_envs: 4,
            player: Player::Random,
            shocked_share: 0.5,
            ..TrainConfig::ppo(1 << 20)
        });
        let (shocked, clean) = collector.shocks_bps.split_at(2);
        assert!(shocked.iter().all(|z| z.abs() > 0.0), "{shocked:?}");
        assert!(clean.iter().all(|z| z.abs() <= 0.0), "{clean:?}");
    }

    const N_COPIES: usize = 5;

    /// A block sold in eight steps, which a rollout holds many of; no price to look at, hence no
    /// shock map.
    fn sale() -> ExecutionSpec {
        let mut spec = ExecutionSpec::almgren_chriss();
        spec.liquidation.n_steps = 8;
        spec.shocks = ShockSpec {
            max_spread_multiplier: 3.0,
            min_liquidity_multiplier: 0.5,
            kind: ShockKind::Drift,
            ..ShockSpec::none()
        };
        spec
    }

    fn sales(spec: &ExecutionSpec, n_workers: usize) -> VectorEnv<Execution> {
        let envs = (0..N_COPIES).map(|_| Execution::new(spec.clone()).unwrap());
        let n_workers = NonZeroUsize::new(n_workers).unwrap();
        let (envs, streams) = (envs.collect(), Streams::new(2));
        let mut vector = VectorEnv::new(envs, streams, n_workers, Snapshots::EveryStep).unwrap();
        vector.reset().unwrap();
        vector
    }

    fn sell(spec: &ExecutionSpec, player: Player, n_workers: usize) -> Rollout {
        let config = TrainConfig {
            player,
            ..five_copies()
        };
        let mut vector = sales(spec, n_workers);
        let network = config
            .policy
            .network(vector.layout(), vector.action_space());
        let mut rng = Streams::new(2).stream(Component::Init, 0);
        let device = Cpu::default();
        let policy = ActorCritic::new(&network, &[8], 0.0, &mut rng, &device).unwrap();
        let mut scale = RewardScale::new(RewardUnit::Fixed(1.0), 0.99, N_COPIES);
        let mut collector = Collector::new(&vector, &config, Streams::new(2));
        let rollout = collector.play(&mut vector, &policy, 1, &mut scale);
        rollout.unwrap().clone()
    }

    /// The rewards of the same actions in the same episodes under constant multipliers.
    fn replay(rollout: &Rollout, spec: &ExecutionSpec, multipliers: (f64, f64)) -> Vec<f64> {
        let mut vector = sales(spec, 1);
        let Actions::Continuous(actions) = &rollout.samples.actions else {
            panic!("continuous")
        };
        let mut rewards = Vec::new();
        for actions in actions.chunks(N_COPIES) {
            let shocks = Shocks {
                price_bps: &[],
                spread_multipliers: &[multipliers.0; N_COPIES],
                liquidity_multipliers: &[multipliers.1; N_COPIES],
            };
            vector.step(Action::Continuous(actions), shocks).unwrap();
            rewards.extend_from_slice(vector.steps().rewards);
        }
        rewards
    }

    #[test]
    fn an_emptied_book_is_charged_in_rollouts() {
        let spec = sale();
        let starved = sell(&spec, Player::Starve, 1);
        assert_eq!(starved.rewards, replay(&starved, &spec, (3.0, 0.5)));
        // Spreads alone: every episode pays the half spread of the whole block three times.
        let mut spread_only = spec.clone();
        spread_only.shocks.min_liquidity_multiplier = 1.0;
        let starved = sell(&spread_only, Player::Starve, 1);
        let clean = replay(&starved, &spread_only, (1.0, 1.0));
        let block = spec.liquidation;
        let expected = 2.0 * block.half_spread * block.shares;
        for episode in 0..starved.n_steps / 8 {
            let rows = episode * 8 * N_COPIES..(episode + 1) * 8 * N_COPIES;
            for copy in 0..N_COPIES {
                let rows = rows.clone().skip(copy).step_by(N_COPIES);
                let paid: f64 = rows.map(|row| clean[row] - starved.rewards[row]).sum();
                assert!((paid / expected - 1.0).abs() < 1e-6, "{paid}");
            }
        }
        // Drawn multipliers lie between.
        let drawn = sell(&spec, Player::Random, 1);
        let (best, worst) = (
            replay(&drawn, &spec, (1.0, 1.0)),
            replay(&drawn, &spec, (3.0, 0.5)),
        );
        let sum = |rewards: &[f64]| rewards.iter().sum::<f64>();
        let share = (sum(&best) - sum(&drawn.rewards)) / (sum(&best) - sum(&worst));
        assert!((0.3..0.6).contains(&share), "{share}");
    }

    #[test]
    fn an_emptied_book_is_the_same_whoever_plays_it() {
        for player in [Player::Starve, Player::Random] {
            let alone = sell(&sale(), player, 1);
            assert!(sell(&sale(), player, 3) == alone, "{player:?}");
        }
    }

    #[test]
    fn only_the_given_share_of_books_is_emptied() {
        let config = TrainConfig {
            player: Player::Starve,
            shocked_share: 0.4,
            ..five_copies()
        };
        let vector = sales(&sale(), 1);
        let mut collector = Collector::new(&vector, &config, Streams::new(2));
        let network = config
            .policy
            .network(vector.layout(), vector.action_space());
        let mut rng = Streams::new(2).stream(Component::Init, 0);
        let device = Cpu::default();
        let policy = ActorCritic::new(&network, &[8], 0.0, &mut rng, &device).unwrap();
        let (mut vector, zeros) = (vector, [0.0; N_COPIES]);
        let frozen = policy.freeze();
        let actions = Action::Continuous(&[0.0; N_COPIES]);
        let shocks = collector.choose_shocks(&mut vector, &frozen, actions, &mut rng);
        let shocks = shocks.unwrap();
        assert_eq!(shocks.price_bps, zeros);
        assert_eq!(shocks.spread_multipliers, [3.0, 3.0, 1.0, 1.0, 1.0]);
        assert_eq!(shocks.liquidity_multipliers, [0.5, 0.5, 1.0, 1.0, 1.0]);
    }
}
