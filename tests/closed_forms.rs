//! Learning on control problems whose optimal policy is known in closed form.
#![cfg(feature = "learn")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::cast_possible_truncation,
    reason = "a test"
)]

use dfdx::tensor::Cpu;
use rand::Rng as _;
use rand_distr::StandardNormal;
use shockproof::{
    adversary::{AscentConfig, Player},
    agent::{Activation, Squash},
    algo::{Algorithm, Form, LearnConfig, Regularizer, Schedule, Space},
    env::{Action, ActionSpace, Env, Outcome, Shock, ShockSpace, Step},
    features::{Field, Layout},
    games::{
        ObservedPrice,
        quoting::{MarketMaking, MarketMakingSpec, OffsetRange},
    },
    policy::{Actions, ActorCritic},
    rng::{Component, Rng, Streams},
    train::{PolicyConfig, TrainConfig, Trained, train},
};

/// Trading a mean-reverting signal with quadratic costs (arXiv 2003.06497): signal s' = .9 s + .1 ε
/// in units of its continuous-time deviation σ/√(2θ) = √.05, so p' = .9 p + √.2 ε; position π,
/// action π', reward p π' − λ π'² − ψ (π' − π)². With λ = .3, ψ = 1 the best policy is π' = .582109
/// π + .611329 p and earns .675805 per step in the long run (arXiv 2003.06497; the coefficients are
/// in closed form). In units of the discrete-time deviation √(.01/.19) every reward is .95 of that;
/// the policy is the same.
#[derive(Clone)]
struct SignalTrading {
    spaces: Spaces,
    observation: [f32; 2],
    state: SignalState,
    rng: Rng,
    n_steps: u32,
}

#[derive(Clone, Copy)]
struct SignalState {
    signal: f64,
    position: f64,
}

impl SignalState {
    const RHO: f64 = 0.9;
    const NOISE_VARIANCE: f64 = 0.2;
    const RISK: f64 = 0.3;
    const COST: f64 = 1.0;
    const BEST_REWARD: f64 = 0.675_805;

    /// Optimal policy π' = a π + b p, as (a, b).
    const BEST: (f64, f64) = (0.582_109, 0.611_329);

    fn best(self) -> f64 {
        Self::BEST.0 * self.position + Self::BEST.1 * self.signal
    }

    /// Long-run mean reward of π' = a π + b p, from the stationary second moments.
    fn long_run_reward((a, b): (f64, f64)) -> f64 {
        let signal = Self::NOISE_VARIANCE / (1.0 - Self::RHO * Self::RHO);
        let cross = Self::RHO * b * signal / (1.0 - Self::RHO * a);
        let position = (2.0 * a * b * cross + b * b * signal) / (1.0 - a * a);
        let persistence = a * position + b * cross;
        a * cross + b * signal - Self::RISK * position - 2.0 * Self::COST * (position - persistence)
    }

    /// Moves to `position`; returns the reward.
    fn trade(&mut self, position: f64, noise: f64) -> f64 {
        let change = position - self.position;
        let reward = self.signal * position
            - Self::RISK * position * position
            - Self::COST * change * change;
        self.position = position;
        self.signal = Self::RHO * self.signal + Self::NOISE_VARIANCE.sqrt() * noise;
        reward
    }

    fn observe(self) -> [f32; 2] {
        [self.signal as f32, self.position as f32]
    }
}

impl SignalTrading {
    const HORIZON: u32 = 64;

    fn new() -> Self {
        Self {
            spaces: Spaces::new(&["signal", "position"], -4.0, 4.0),
            observation: [0.0; 2],
            state: SignalState {
                signal: 0.0,
                position: 0.0,
            },
            rng: Streams::new(0).stream(Component::Env, 0),
            n_steps: 0,
        }
    }
}

impl Env for SignalTrading {
    fn layout(&self) -> &Layout {
        &self.spaces.layout
    }
    fn action_space(&self) -> &ActionSpace {
        &self.spaces.actions
    }
    fn shock_space(&self) -> &ShockSpace {
        &self.spaces.shocks
    }
    fn reset(&mut self, seed: u64) -> &[f32] {
        self.rng = Streams::new(seed).stream(Component::Env, 0);
        let (signal, position) = (
            self.rng.sample(StandardNormal),
            self.rng.sample(StandardNormal),
        );
        self.state = SignalState { signal, position };
        self.n_steps = 0;
        self.observation = self.state.observe();
        &self.observation
    }
    fn step(&mut self, action: Action<'_>, _shock: Shock<'_>) -> Step<'_> {
        let noise = self.rng.sample(StandardNormal);
        let reward = self.state.trade(only(action), noise);
        self.n_steps += 1;
        self.observation = self.state.observe();
        let outcome = if self.n_steps == Self::HORIZON {
            Outcome::Truncated
        } else {
            Outcome::Running
        };
        Step {
            observation: &self.observation,
            reward,
            outcome,
        }
    }
}

#[test]
fn the_best_policy_is_the_best_linear_one() {
    let (a, b) = SignalState::BEST;
    let best = SignalState::long_run_reward((a, b));
    assert!((best - SignalState::BEST_REWARD).abs() < 1e-6, "{best}");
    for (da, db) in [(0.01, 0.0), (-0.01, 0.0), (0.0, 0.01), (0.0, -0.01)] {
        assert!(SignalState::long_run_reward((a + da, b + db)) < best);
    }
}

#[test]
fn ppo_trades_a_signal_with_quadratic_costs_as_the_closed_form_does() {
    // The signal decays in ten steps and the position in two, so γ = .95 suffices. A piecewise
    // linear network does not contain the linear optimum but extrapolates linearly.
    let mut config = TrainConfig::ppo(400_000);
    config.n_envs = 32;
    config.policy = PolicyConfig {
        hidden: vec![32],
        critic_hidden: vec![32, 32],
        activation: Activation::Relu,
        squash: Squash::Identity,
        initial_log_std: -0.5,
    };
    config.learn = LearnConfig {
        n_steps: 64,
        gamma: 0.95,
        ..config.learn
    };
    let trained = learn(SignalTrading::new, &config, 1);

    // Both policies trade the same noise, which reduces the error of the difference of means.
    let (n_copies, n_steps, warm_up) = (100, 2_000, 100);
    let mut rng = Streams::new(77).stream(Component::Evaluation, 0);
    let start = SignalState {
        signal: 0.0,
        position: 0.0,
    };
    let (mut learned, mut best) = (vec![start; n_copies], vec![start; n_copies]);
    let (mut learned_sum, mut best_sum, mut n) = (0.0, 0.0, 0.0);
    for t in 0..n_steps {
        let observations: Vec<f32> = learned.iter().flat_map(|state| state.observe()).collect();
        let decisions = decide(&trained.policy, &observations, n_copies);
        for (i, decision) in decisions.into_iter().enumerate() {
            let noise = rng.sample(StandardNormal);
            let decided = best[i].best();
            let rewards = (
                learned[i].trade(decision, noise),
                best[i].trade(decided, noise),
            );
            if t >= warm_up {
                learned_sum += rewards.0;
                best_sum += rewards.1;
                n += 1.0;
            }
        }
    }
    // 190,000 steps, correlated over about ten: one standard error of the best policy's mean is
    // below one percent.
    assert!(
        (best_sum / n / SignalState::BEST_REWARD - 1.0).abs() < 0.03,
        "{}",
        best_sum / n
    );
    let reached = 1.0 + (learned_sum - best_sum) / n / SignalState::BEST_REWARD;
    assert!(reached >= 0.97, "{reached}");
    assert!(reached <= 1.001, "nothing beats the best policy: {reached}");
}

/// Holding a fraction π of wealth in an asset whose log price has mean (μ − σ²/2) dt and variance
/// σ² dt per step, the rest at rate 0; reward ln(1 + π (R − 1)). Log utility is myopic, and its
/// best fraction is Merton's μ/σ².
#[derive(Clone)]
struct Growth {
    spaces: Spaces,
    /// (mean, standard deviation) of the log return of a step.
    log_return: (f64, f64),
    observation: [f32; 1],
    rng: Rng,
    n_steps: u32,
}

impl Growth {
    const HORIZON: u32 = 64;
    /// Draws a return. The observation is the last log return in standard deviations, which is
    /// independent of the next return, so the best policy ignores it.
    fn draw(&mut self) -> f64 {
        let noise: f64 = self.rng.sample(StandardNormal);
        self.observation = [noise as f32];
        (self.log_return.0 + self.log_return.1 * noise).exp()
    }

    fn new(drift: f64, volatility: f64, dt: f64) -> Self {
        let log_return = (
            (drift - 0.5 * volatility * volatility) * dt,
            volatility * dt.sqrt(),
        );
        Self {
            spaces: Spaces::new(&["last"], -1.0, 2.0),
            log_return,
            observation: [0.0],
            rng: Streams::new(0).stream(Component::Env, 0),
            n_steps: 0,
        }
    }
}

impl Env for Growth {
    fn layout(&self) -> &Layout {
        &self.spaces.layout
    }
    fn action_space(&self) -> &ActionSpace {
        &self.spaces.actions
    }
    fn shock_space(&self) -> &ShockSpace {
        &self.spaces.shocks
    }
    fn reset(&mut self, seed: u64) -> &[f32] {
        self.rng = Streams::new(seed).stream(Component::Env, 0);
        self.n_steps = 0;
        self.draw();
        &self.observation
    }
    fn step(&mut self, action: Action<'_>, _shock: Shock<'_>) -> Step<'_> {
        let fraction = only(action).clamp(-1.0, 2.0);
        let ratio = self.draw();
        self.n_steps += 1;
        let outcome = if self.n_steps == Self::HORIZON {
            Outcome::Truncated
        } else {
            Outcome::Running
        };
        Step {
            observation: &self.observation,
            reward: (1.0 + fraction * (ratio - 1.0)).ln(),
            outcome,
        }
    }
}

/// E ln(1 + π (R − 1)) by the trapezoid rule over ±8 standard deviations (exact to rounding for
/// such smooth integrands).
fn expected_growth((mean, std): (f64, f64), fraction: f64) -> f64 {
    let n = 400;
    (0..=n)
        .map(|i| {
            let x = 16.0 * f64::from(i) / f64::from(n) - 8.0;
            let density = (-0.5 * x * x).exp() / std::f64::consts::TAU.sqrt() * 16.0 / f64::from(n);
            density * (1.0 + fraction * ((mean + std * x).exp() - 1.0)).ln()
        })
        .sum()
}

/// The sampling error allows 0.05: a policy with noise s around π learns π from rewards whose slope
/// is σ² dt (π* − π) and whose noise is about σ √dt √(π²/s² + 3) per score; after n steps the
/// standard error is √(π²/s² + 3) / (σ √(n dt)), which is .016 for n = 800,000, σ √dt = .15, s = .6
/// and π = .7. Annealing the step size averages over most of the n steps. Rebalancing once per step
/// instead of continuously moves the best fraction by less than .002.
#[test]
fn ppo_finds_the_merton_fraction() {
    let (drift, volatility, dt) = (0.063, 0.3, 0.25);
    let merton = drift / (volatility * volatility);
    let growth =
        |fraction| expected_growth(Growth::new(drift, volatility, dt).log_return, fraction);
    let best = (0..=1000)
        .map(|i| 0.001 * f64::from(i))
        .fold(0.0, |b, f| if growth(f) > growth(b) { f } else { b });
    assert!(
        (best - merton).abs() < 0.0025,
        "discrete rebalancing: {best} against {merton}"
    );

    let mut config = TrainConfig::ppo(800_000);
    config.n_envs = 64;
    config.policy = PolicyConfig {
        hidden: vec![8],
        critic_hidden: vec![8],
        squash: Squash::Identity,
        initial_log_std: -0.5,
        ..PolicyConfig::default()
    };
    config.learn = LearnConfig {
        n_steps: 64,
        gamma: 0.0,
        ..config.learn
    };
    if let Algorithm::Ppo { n_epochs, .. } = &mut config.learn.algorithm {
        *n_epochs = 1;
    }
    config.learn.learning_rate = Schedule::Linear {
        from: 3e-3,
        to: 0.0,
    };
    let trained = learn(|| Growth::new(drift, volatility, dt), &config, 1);
    let mut rng = Streams::new(77).stream(Component::Evaluation, 0);
    let observations: Vec<f32> = (0..1000).map(|_| rng.sample(StandardNormal)).collect();
    let fractions = decide(&trained.policy, &observations, 1000);
    let mean = fractions.iter().sum::<f64>() / 1000.0;
    assert!((mean - merton).abs() <= 0.05, "{mean} against {merton}");
}

/// The market of Avellaneda and Stoikov without adversary: the price is a martingale, so an offset
/// δ earns δ times its fill probability at any inventory, and 1/k = .667 is optimal. Offsets range
/// from 0 to 4; learning begins in the middle, which earns 41 % of the optimum.
///
/// A long horizon adds the inventory's price risk as noise: γ = .5 suffices, .9 needs more steps.
#[test]
fn ppo_quotes_as_the_risk_neutral_optimum() {
    let spec = MarketMakingSpec {
        offsets: OffsetRange {
            low: 0.0,
            high: 4.0,
        },
        ..MarketMakingSpec::avellaneda_stoikov()
    };
    let mut config = TrainConfig::ppo(800_000);
    config.n_envs = 32;
    config.policy = PolicyConfig {
        hidden: vec![32],
        critic_hidden: vec![32],
        initial_log_std: -1.0,
        ..PolicyConfig::default()
    };
    config.learn = LearnConfig {
        n_steps: 64,
        gamma: 0.5,
        ..config.learn
    };
    config.learn.learning_rate = Schedule::Linear {
        from: 3e-3,
        to: 0.0,
    };
    let make = || MarketMaking::new(spec.clone()).unwrap();
    let trained = learn(make, &config, 1);

    // Value of the quotes in the states that they lead to. The expectation over fills and prices is
    // known, so 50 episodes of 200 steps measure it to a fraction of a percent.
    let dt = spec.step_time();
    let worth = |offset: f64| offset * spec.flow.fill_probability(spec.fills, offset, dt);
    let middle = spec.quotes([0.0, 0.0]);
    let best = 2.0 * worth(spec.flow.risk_neutral_offset());
    let streams = Streams::new(77);
    let mut copies: Vec<MarketMaking> = (0..50).map(|_| make()).collect();
    let mut observations: Vec<f32> = Vec::new();
    for (i, copy) in (0..).zip(&mut copies) {
        observations.extend(copy.reset(streams.episode_seed(0, i)));
    }
    let (mut earned, mut n) = (0.0, 0.0);
    for _ in 0..spec.n_steps {
        let actions = decide(&trained.policy, &observations, copies.len());
        observations.clear();
        for (copy, action) in copies.iter_mut().zip(actions.chunks_exact(2)) {
            let action = [action[0] as f32, action[1] as f32];
            let quotes = spec.quotes(action);
            earned += worth(quotes.bid_offset) + worth(quotes.ask_offset);
            n += 1.0;
            let step = copy.step(Action::Continuous(&action), Shock::NONE);
            observations.extend(step.observation);
        }
    }
    let (begun, reached) = (2.0 * worth(middle.bid_offset) / best, earned / n / best);
    assert!(begun < 0.5 && reached >= 0.95, "from {begun} to {reached}");
    assert!(reached <= 1.0, "nothing earns more: {reached}");
}

/// A quoter that observes the price's last move learns from noise to respond to it, and a drift
/// could exploit that response. The price is a martingale, so the response earns nothing. Shocked
/// rollouts and AAJR remove more than half of it.
#[test]
fn aajr_takes_the_answer_to_the_last_move_away() {
    let spec = MarketMakingSpec {
        sight: ObservedPrice::LastMove,
        offsets: OffsetRange {
            low: 0.0,
            high: 4.0,
        },
        ..MarketMakingSpec::avellaneda_stoikov()
            .with_drift(50.0)
            .unwrap()
    };
    let mut config = TrainConfig::ppo(100_000);
    config.n_envs = 16;
    config.learn.gamma = 0.5;
    let answer = |config: &TrainConfig| {
        let trained = learn(|| MarketMaking::new(spec.clone()).unwrap(), config, 1);
        // Slope over a tenth of a deviation, at moves of −2 to 2 deviations and small inventories
        // in the middle of the horizon.
        let rows: Vec<[f32; 3]> = (0..100_i16)
            .map(|i| {
                let (last_move, inventory) = (f32::from(i % 20) / 5.0 - 2.0, f32::from(i / 20));
                [last_move, 0.5, (inventory - 2.0) / 25.0]
            })
            .collect();
        let shifted =
            |by: f32| -> Vec<f32> { rows.iter().flat_map(|[x, t, q]| [x + by, *t, *q]).collect() };
        let (above, below) = (
            decide(&trained.policy, &shifted(0.05), 100),
            decide(&trained.policy, &shifted(-0.05), 100),
        );
        let squares = above.iter().zip(&below).map(|(a, b)| (a - b) * (a - b));
        (squares.sum::<f64>() / 200.0).sqrt() / 0.1
    };
    let plain = answer(&config);
    config.player = Player::Gradient(AscentConfig::default());
    config.regularizer = Regularizer::Adversarial {
        weight: 1.0,
        space: Space::Price,
        form: Form::Square,
    };
    let penalized = answer(&config);
    assert!(
        penalized < 0.5 * plain,
        "{penalized} and {plain} per deviation"
    );
}

/// Spaces of these environments: unshockable fields, a one-dimensional continuous action.
#[derive(Clone)]
struct Spaces {
    layout: Layout,
    actions: ActionSpace,
    shocks: ShockSpace,
}

impl Spaces {
    fn new(fields: &[&str], low: f32, high: f32) -> Self {
        let field = |name: &&str| Field {
            name: (*name).to_owned(),
            unit: "1".to_owned(),
            low: None,
            high: None,
            shockable: false,
            warm_up: 0,
        };
        Self {
            layout: Layout {
                market: fields.iter().map(field).collect(),
                account: Vec::new(),
            },
            actions: ActionSpace::Continuous {
                n_dims: 1,
                low,
                high,
            },
            shocks: ShockSpace::none(),
        }
    }
}

fn only(action: Action<'_>) -> f64 {
    match action {
        Action::Continuous([action]) => f64::from(*action),
        other => panic!("one real number, not {other:?}"),
    }
}

fn learn<E: Env + Clone + 'static>(
    make: impl Fn() -> E,
    config: &TrainConfig,
    seed: u64,
) -> Trained<Cpu> {
    let seed = std::env::var("CLOSED_FORM_SEED").map_or(seed, |seed| seed.parse().unwrap());
    train(&make(), config, seed).unwrap()
}

fn decide(policy: &ActorCritic<f32, Cpu>, observations: &[f32], n_rows: usize) -> Vec<f64> {
    match policy.decide(observations, n_rows).unwrap() {
        Actions::Continuous(actions) => actions.into_iter().map(f64::from).collect(),
        Actions::Categorical(_) => panic!("real numbers"),
    }
}
