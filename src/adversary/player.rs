//! Shock players: who moves second in a shocked rollout.

use super::{
    AdversaryError, AscentConfig,
    ascent::ascend,
    ball::sample_in_ball,
    chart::Chart,
    frozen::{FrozenObjective, Market},
    noise::RowNoise,
};
use crate::{
    env::{ActionSpace, ShockMap, ShockSpace},
    policy::{Backend, FrozenPolicy},
    rng::Rng,
};
use rand::Rng as _;
use serde::{Deserialize, Serialize};
use std::fmt;

/// How shocks are chosen. Prices move within the ball of the shock space; spreads and liquidity are
/// drawn or set within their ranges where the space admits any
/// ([`ShockSpace::admits_multipliers`]), and stay clean where it does not.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Player {
    /// Not at all: the clean market.
    #[default]
    None,
    /// Uniform in the ball of the full budget, and in the ranges of spread and liquidity.
    Random,
    /// Projected gradient ascent in price space against the policy of the moment; of the K + 1
    /// points of its best trajectory the worst for the agent is played. Spread and liquidity as
    /// [`Player::Starve`]. In trading and execution that is the worst there is, without a search:
    /// what a trade costs grows with the one and falls with the other. In
    /// [`crate::games::quoting::MarketMaking`], where the two are the decay and the arrivals of
    /// orders, it is a heuristic: a quoter deep in inventory can be hurt more by other ones
    /// ([`crate::games::quoting::closed_form::QuotingProblem::solve_against`]); the worst there is
    /// [`crate::games::quoting::closed_form::WorstResponse`].
    Gradient(AscentConfig),
    /// The book at its emptiest in every step: the widest spread and the least liquidity. Prices
    /// stay clean. Not always the worst in quoting: see [`Player::Gradient`].
    Starve,
}

/// What an environment says about its shocks: the rules a player plays by.
#[derive(Clone, Copy)]
pub struct ShockRules<'a> {
    /// φ and ∂φ/∂z, which only a gradient player looks at.
    pub map: Option<&'a dyn ShockMap>,
    /// The admissible shocks.
    pub shocks: &'a ShockSpace,
    /// What the agent may do.
    pub actions: &'a ActionSpace,
}

impl Player {
    /// # Errors
    /// [`AdversaryError::Parameter`].
    pub fn check(&self) -> Result<(), AdversaryError> {
        match self {
            Self::None | Self::Random | Self::Starve => Ok(()),
            Self::Gradient(config) => config.check(),
        }
    }

    /// Whether it chooses without a look at the policy and the market, so that it can play against
    /// anyone.
    #[must_use]
    pub const fn is_blind(&self) -> bool {
        !matches!(self, Self::Gradient(_))
    }

    /// Chooses a price shock for each of a batch of observations, given as snapshots of the clean
    /// market (`[n_rows, snapshot_len]`, e.g. `VectorEnv::previews`; nobody asks for them where the
    /// player [`Player::is_blind`]).
    ///
    /// Writes `out_bps [n_rows, n_assets]`, inside the per-step ball; the episode budget is the
    /// environment's to enforce.
    ///
    /// # Errors
    /// [`AdversaryError`] of the objective or the policy; [`AdversaryError::NoShocks`] for a
    /// gradient player without a shock map.
    pub fn choose<D: Backend<f32>>(
        &self,
        policy: &FrozenPolicy<f32, D>,
        rules: ShockRules<'_>,
        snapshots: &[f64],
        rng: &mut impl RowNoise,
        out_bps: &mut [f64],
    ) -> Result<(), AdversaryError> {
        let (n_assets, budget_bps) = (rules.shocks.n_assets, rules.shocks.budget_bps.get());
        if n_assets == 0 {
            return Ok(());
        }
        match self {
            Self::None | Self::Starve => out_bps.fill(0.0),
            Self::Random => {
                for (row, z) in out_bps.chunks_exact_mut(n_assets).enumerate() {
                    sample_in_ball(rules.shocks.norm, budget_bps, rng.of_row(row), z);
                }
            }
            Self::Gradient(config) => {
                let n_rows = out_bps.len() / n_assets;
                let map = rules.map.ok_or(AdversaryError::NoShocks {
                    who: "a gradient player",
                    n_assets,
                    map: "no",
                })?;
                let chart = Chart::Price {
                    map,
                    snapshots,
                    n_assets,
                    n_inputs: policy.spec().n_inputs,
                    norm: rules.shocks.norm,
                    budget_bps,
                };
                let market = Market {
                    map,
                    snapshots,
                    actions: rules.actions,
                };
                let inner =
                    FrozenObjective::new(policy, config.objective, &chart, Some(market), n_rows)?;
                let trace = ascend(&chart, &inner, config, n_rows, rng)?;
                for (row, out) in out_bps.chunks_exact_mut(n_assets).enumerate() {
                    for (z_bps, z) in out.iter_mut().zip(trace.best_shock(row)) {
                        *z_bps = z * budget_bps;
                    }
                }
            }
        }
        Ok(())
    }

    /// Chooses the multipliers of spread and liquidity for each of a batch of rows: `spread
    /// [n_rows]` in [1, max], `liquidity [n_rows]` in [min, 1]. A range that holds nothing but 1
    /// costs no random number.
    pub fn choose_multipliers(
        &self,
        shocks: &ShockSpace,
        rng: &mut impl RowNoise,
        spread: &mut [f64],
        liquidity: &mut [f64],
    ) {
        let (widest, thinnest) = (
            shocks.max_spread_multiplier,
            shocks.min_liquidity_multiplier,
        );
        for (row, (spread, liquidity)) in spread.iter_mut().zip(liquidity).enumerate() {
            (*spread, *liquidity) = match self {
                Self::None => (1.0, 1.0),
                Self::Random => {
                    let rng = rng.of_row(row);
                    (between(rng, 1.0, widest), between(rng, thinnest, 1.0))
                }
                Self::Gradient(_) | Self::Starve => (widest, thinnest),
            };
        }
    }
}

/// Uniform in [low, high].
fn between(rng: &mut Rng, low: f64, high: f64) -> f64 {
    if low < high {
        rng.gen_range(low..=high)
    } else {
        low
    }
}

impl fmt::Debug for ShockRules<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShockRules")
            .field("shocks", self.shocks)
            .field("actions", self.actions)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        agent::{Activation, Head, NetworkSpec, Squash},
        env::{Env, toy::Toy},
        policy::ActorCritic,
        rng::{Component, Streams},
    };
    use dfdx::tensor::Cpu;

    fn policy() -> FrozenPolicy<f32, Cpu> {
        let head = Head::Gaussian {
            n_dims: 1,
            squash: Squash::Tanh,
        };
        let spec = NetworkSpec {
            n_inputs: 2,
            hidden: vec![8],
            activation: Activation::Tanh,
            head,
        };
        let mut rng = Streams::new(4).stream(Component::Init, 0);
        let policy = ActorCritic::new(&spec, &[8], 0.0, &mut rng, &Cpu::default());
        policy.unwrap().freeze()
    }

    fn choose(player: Player) -> Vec<f64> {
        let toy = Toy::default();
        let map = toy.shock_map().unwrap();
        let rules = ShockRules {
            map: Some(map.as_ref()),
            shocks: toy.shock_space(),
            actions: toy.action_space(),
        };
        let mut rng = Streams::new(4).stream(Component::Adversary, 0);
        let mut out = vec![7.0; 20];
        let snapshots: Vec<f64> = (0..40).map(|i| f64::from(i % 11) * 0.1).collect();
        player
            .choose(&policy(), rules, &snapshots, &mut rng, &mut out)
            .unwrap();
        out
    }

    #[test]
    fn shocks_stay_in_the_ball_of_the_budget() {
        let budget = 100.0;
        assert!(choose(Player::None).iter().all(|z| z.abs() < 1e-300));
        assert!(choose(Player::Starve).iter().all(|z| z.abs() < 1e-300));
        for player in [Player::Random, Player::Gradient(AscentConfig::default())] {
            let out = choose(player);
            assert!(out.iter().all(|z| z.abs() <= budget));
            assert!(
                out.iter().any(|z| z.abs() > 0.3 * budget),
                "{player:?} {out:?}"
            );
        }
    }

    #[test]
    fn a_gradient_player_does_more_harm_than_a_random_one() {
        let toy = Toy::default();
        let (map, policy) = (toy.shock_map().unwrap(), policy());
        let snapshots: Vec<f64> = (0..40).map(|i| f64::from(i % 11) * 0.1).collect();
        let value = |shocks: &[f64]| -> f64 {
            let mut observations = vec![0.0; 40];
            for row in 0..20 {
                let out = &mut observations[row * 2..row * 2 + 2];
                map.observe(&snapshots[row * 2..row * 2 + 2], &shocks[row..=row], out);
            }
            let mut values = Vec::new();
            policy.values(&observations, 20, &mut values).unwrap();
            values.iter().map(|v| f64::from(*v)).sum()
        };
        let config = AscentConfig {
            objective: super::super::Objective::Value,
            n_steps: 6,
            ..AscentConfig::default()
        };
        let (attacked, random) = (
            value(&choose(Player::Gradient(config))),
            value(&choose(Player::Random)),
        );
        assert!(
            attacked < random && attacked < value(&[0.0; 20]),
            "{attacked} {random}"
        );
    }

    const N_ROWS: usize = 2_000;

    /// Spreads, liquidity, and the generator that drew them.
    fn multipliers(player: Player, (widest, thinnest): (f64, f64)) -> (Vec<f64>, Vec<f64>, Rng) {
        let shocks = ShockSpace {
            max_spread_multiplier: widest,
            min_liquidity_multiplier: thinnest,
            ..ShockSpace::none()
        };
        let mut rng = Streams::new(4).stream(Component::Adversary, 0);
        let (mut spread, mut liquidity) = (vec![7.0; N_ROWS], vec![7.0; N_ROWS]);
        player.choose_multipliers(&shocks, &mut rng, &mut spread, &mut liquidity);
        (spread, liquidity, rng)
    }

    #[test]
    fn multipliers_fill_their_ranges_or_stand_at_the_worst_end() {
        let same = |found: &[f64], x: f64| found.iter().all(|m| m.to_bits() == x.to_bits());
        let gradient = Player::Gradient(AscentConfig::default());
        for player in [Player::Starve, gradient] {
            let (spread, liquidity, _) = multipliers(player, (3.0, 0.2));
            assert!(same(&spread, 3.0) && same(&liquidity, 0.2));
        }
        let (spread, liquidity, _) = multipliers(Player::None, (3.0, 0.2));
        assert!(same(&spread, 1.0) && same(&liquidity, 1.0));
        let (spread, liquidity, _) = multipliers(Player::Random, (3.0, 0.2));
        for (drawn, low, high) in [(spread, 1.0, 3.0), (liquidity, 0.2, 1.0)] {
            assert!(drawn.iter().all(|m| (low..=high).contains(m)));
            // Four standard errors of a uniform mean.
            let mean = drawn.iter().sum::<f64>() / 2_000.0;
            let error = (high - low) / (12.0_f64 * 2_000.0).sqrt();
            assert!((mean - 0.5 * (low + high)).abs() < 4.0 * error, "{mean}");
        }
    }

    /// So that nothing changes for an environment without such shocks.
    #[test]
    fn a_range_that_holds_only_one_costs_no_random_number() {
        let mut expected = Streams::new(4).stream(Component::Adversary, 0);
        let (spread, liquidity, mut rng) = multipliers(Player::Random, (1.0, 1.0));
        let all = spread.iter().chain(&liquidity);
        assert!(all.copied().all(|m: f64| m.to_bits() == 1.0_f64.to_bits()));
        assert_eq!(rng.r#gen::<u64>(), expected.clone().r#gen::<u64>());
        let (_, _, mut rng) = multipliers(Player::Random, (1.0, 0.5));
        for _ in 0..N_ROWS {
            expected.gen_range(0.5..=1.0_f64);
        }
        assert_eq!(rng.r#gen::<u64>(), expected.r#gen::<u64>());
    }

    #[test]
    fn configuration_words() {
        let starve: Player = serde_json::from_str("\"Starve\"").unwrap();
        assert_eq!(starve, Player::Starve);
        let json = r#"{"Gradient": {"objective": "Value", "n_steps": 5}}"#;
        let Player::Gradient(config) = serde_json::from_str(json).unwrap() else {
            panic!("another player")
        };
        assert_eq!(
            (config.n_steps, config.objective),
            (5, super::super::Objective::Value)
        );
        assert!(serde_json::from_str::<Player>(r#"{"Gradient": {"n_step": 5}}"#).is_err());
    }
}
