//! Tests of the built-in players.

use crate::{
    adversary::{
        AdversaryError, AscentConfig, AttackObjective, MarketView, Objective, Player, PlayerNeeds,
        PlayerSight, PlayerView, RowNoise, ShockFreedom, ShockMoves, ShockPlayer,
    },
    agent::{Activation, Head, NetworkSpec, Squash},
    env::{Env, Exposure, Hindsight, ShockKind, ShockMap, ShockSpace, toy::Toy},
    own::{Own, Shelf},
    policy::{ActorCritic, FrozenPolicy},
    rng::{Component, Rng, Streams},
};
use dfdx::tensor::Cpu;
use rand::Rng as _;
use std::sync::Arc;

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

/// Snapshots of twenty copies of the toy environment.
fn snapshots() -> Vec<f64> {
    (0..40).map(|i| f64::from(i % 11) * 0.1).collect()
}

/// The toy's map, with holdings that a jump hits.
struct Held {
    map: Arc<dyn ShockMap>,
    weight: Option<f64>,
}

impl ShockMap for Held {
    fn snapshot_len(&self) -> usize {
        self.map.snapshot_len()
    }
    fn observe(&self, snapshot: &[f64], shock_bps: &[f64], observation: &mut [f32]) {
        self.map.observe(snapshot, shock_bps, observation);
    }
    fn jacobian(&self, snapshot: &[f64], z: &[f64], observation: &mut [f32], b: &mut [f32]) {
        self.map.jacobian(snapshot, z, observation, b);
    }
    fn hindsight<'a>(&self, snapshot: &'a [f64]) -> Option<Hindsight<'a>> {
        self.map.hindsight(snapshot)
    }
    fn exposure<'a>(&self, _snapshot: &'a [f64]) -> Option<Exposure<'a>> {
        let weight: &'static [f64] = match self.weight? {
            w if w > 0.0 => &[0.3],
            w if w < 0.0 => &[-0.3],
            _ => &[0.0],
        };
        Some(Exposure {
            weights: weight,
            unit_bps: 1.0,
        })
    }
}

fn choose(player: &Player) -> Vec<f64> {
    choose_against(player, None)
}

fn choose_against(player: &Player, weight: Option<f64>) -> Vec<f64> {
    let (toy, policy, snapshots) = (Toy::default(), policy(), snapshots());
    let map: Arc<dyn ShockMap> = Arc::new(Held {
        map: toy.shock_map().unwrap(),
        weight,
    });
    let view = PlayerView {
        market: Some(MarketView {
            map: map.as_ref(),
            snapshots: &snapshots,
            action_space: toy.action_space(),
        }),
        policy: Some(&policy),
        ..PlayerView::blind(toy.shock_space())
    };
    let mut rng = Streams::new(4).stream(Component::Adversary, 0);
    let mut price_bps = vec![7.0; 20];
    let moves = ShockMoves {
        price_bps: &mut price_bps,
        spread_multipliers: &mut [],
        liquidity_multipliers: &mut [],
    };
    player.choose(&view, &mut rng, moves).unwrap();
    price_bps
}

#[test]
fn shocks_stay_in_the_ball_of_the_budget() {
    let budget = 100.0;
    assert!(choose(&Player::None).iter().all(|z| z.abs() < 1e-300));
    assert!(choose(&Player::Starve).iter().all(|z| z.abs() < 1e-300));
    for player in [Player::Random, Player::Gradient(AscentConfig::default())] {
        let out = choose(&player);
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
    let snapshots = snapshots();
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
        objective: Objective::Value,
        n_steps: 6,
        ..AscentConfig::default()
    };
    let (attacked, random) = (
        value(&choose(&Player::Gradient(config))),
        value(&choose(&Player::Random)),
    );
    assert!(
        attacked < random && attacked < value(&[0.0; 20]),
        "{attacked} {random}"
    );
}

/// If anything is held, the loss of the holdings determines the jump; otherwise the objective does.
#[test]
fn every_objective_contains_the_loss_of_the_holdings() {
    let same = |found: &[f64], z: f64| found.iter().all(|found| (found - z).abs() < 1e-9);
    for objective in [
        Objective::Value,
        Objective::ActionDeviation,
        Objective::Divergence,
    ] {
        let player = Player::Gradient(AscentConfig {
            objective,
            ..AscentConfig::default()
        });
        assert!(
            same(&choose_against(&player, Some(1.0)), -100.0),
            "{player:?}"
        );
        assert!(
            same(&choose_against(&player, Some(-1.0)), 100.0),
            "{player:?}"
        );
        let flat = choose_against(&player, Some(0.0));
        assert_eq!(flat, choose(&player), "{player:?}");
    }
    let player = Player::AgainstPosition;
    assert!(same(&choose_against(&player, Some(1.0)), -100.0));
    assert!(same(&choose_against(&player, Some(-1.0)), 100.0));
    assert!(same(&choose_against(&player, Some(0.0)), 0.0));
}

const N_ROWS: usize = 2_000;

/// Spread multipliers, liquidity multipliers, and the generator after the draws.
fn multipliers(player: &Player, (widest, thinnest): (f64, f64)) -> (Vec<f64>, Vec<f64>, Rng) {
    let shocks = ShockSpace {
        max_spread_multiplier: widest,
        min_liquidity_multiplier: thinnest,
        ..ShockSpace::none()
    };
    let mut rng = Streams::new(4).stream(Component::Adversary, 0);
    let (mut spread, mut liquidity) = (vec![7.0; N_ROWS], vec![7.0; N_ROWS]);
    let moves = ShockMoves {
        price_bps: &mut [],
        spread_multipliers: &mut spread,
        liquidity_multipliers: &mut liquidity,
    };
    let view = PlayerView::blind(&shocks);
    player.choose(&view, &mut rng, moves).unwrap();
    (spread, liquidity, rng)
}

#[test]
fn multipliers_fill_their_ranges_or_stand_at_the_worst_end() {
    let same = |found: &[f64], x: f64| found.iter().all(|m| m.to_bits() == x.to_bits());
    let gradient = Player::Gradient(AscentConfig::default());
    for player in [Player::Starve, gradient] {
        let (spread, liquidity, _) = multipliers(&player, (3.0, 0.2));
        assert!(same(&spread, 3.0) && same(&liquidity, 0.2));
    }
    let (spread, liquidity, _) = multipliers(&Player::None, (3.0, 0.2));
    assert!(same(&spread, 1.0) && same(&liquidity, 1.0));
    let (spread, liquidity, _) = multipliers(&Player::Random, (3.0, 0.2));
    for (drawn, low, high) in [(spread, 1.0, 3.0), (liquidity, 0.2, 1.0)] {
        assert!(drawn.iter().all(|m| (low..=high).contains(m)));
        // Four standard errors of a uniform mean.
        let mean = drawn.iter().sum::<f64>() / 2_000.0;
        let error = (high - low) / (12.0_f64 * 2_000.0).sqrt();
        assert!((mean - 0.5 * (low + high)).abs() < 4.0 * error, "{mean}");
    }
}

/// No random number is drawn for multipliers that the environment fixes at 1.
#[test]
fn a_range_that_holds_only_one_costs_no_random_number() {
    let mut expected = Streams::new(4).stream(Component::Adversary, 0);
    let (spread, liquidity, mut rng) = multipliers(&Player::Random, (1.0, 1.0));
    let all = spread.iter().chain(&liquidity);
    assert!(all.copied().all(|m: f64| m.to_bits() == 1.0_f64.to_bits()));
    assert_eq!(rng.r#gen::<u64>(), expected.clone().r#gen::<u64>());
    let (_, _, mut rng) = multipliers(&Player::Random, (1.0, 0.5));
    for _ in 0..N_ROWS {
        expected.gen_range(0.5..=1.0_f64);
    }
    assert_eq!(rng.r#gen::<u64>(), expected.r#gen::<u64>());
}

#[test]
fn players_have_their_names_in_files() {
    let starve: Player = serde_json::from_str("\"Starve\"").unwrap();
    assert_eq!(starve, Player::Starve);
    let json = r#"{"Gradient": {"objective": "Value", "n_steps": 5}}"#;
    let Player::Gradient(config) = serde_json::from_str(json).unwrap() else {
        panic!("another player")
    };
    assert_eq!((config.n_steps, config.objective), (5, Objective::Value));
    assert!(serde_json::from_str::<Player>(r#"{"Gradient": {"n_step": 5}}"#).is_err());
}

/// A player that raises every price by `share` of the budget.
struct Higher {
    share: f64,
}

impl ShockPlayer for Higher {
    fn needs(&self) -> PlayerNeeds {
        PlayerNeeds {
            sight: PlayerSight::ShockSpace,
            freedom: ShockFreedom::Prices,
        }
    }
    fn choose(
        &self,
        view: &PlayerView<'_>,
        _noise: &mut dyn RowNoise,
        moves: &mut ShockMoves<'_>,
    ) -> Result<(), AdversaryError> {
        let bps = self.share * view.shocks.budget_bps.get();
        moves.price_bps.fill(bps);
        Ok(())
    }
}

#[test]
fn an_own_player_plays_what_it_chooses_once_a_shelf_resolves_it() {
    let given = Player::Own(Own::new(
        "higher",
        [("share", 0.5)],
        Arc::new(Higher { share: 0.5 }),
    ));
    assert!(choose(&given).iter().all(|z| (z - 50.0).abs() < 1e-12));

    let json = r#"{"Own": {"name": "higher", "parameters": {"share": 0.5}}}"#;
    let mut named: Player = serde_json::from_str(json).unwrap();
    assert_eq!(named, given);
    assert!(named.part().is_err() && named.needs().is_none() && named.check().is_ok());
    let mut players = Shelf::<dyn ShockPlayer>::default();
    players.add("higher", |given| {
        let share = given.get("share")?;
        Ok(Arc::new(Higher { share }))
    });
    let objectives = Shelf::<dyn AttackObjective>::default();
    named.resolve(&players, &objectives).unwrap();
    assert!(named.is_blind());
    assert_eq!(choose(&named), choose(&given));
}

#[test]
fn a_player_lacks_the_freedom_that_the_shock_space_denies() {
    let toy = Toy::default();
    let prices = toy.shock_space();
    let nothing = ShockSpace::none();
    let book = ShockSpace {
        max_spread_multiplier: 2.0,
        ..ShockSpace::none()
    };
    let lacks = |player: &Player, shocks| player.needs().unwrap().missing(shocks);
    let (no_prices, no_book) = (Some(ShockFreedom::Prices), Some(ShockFreedom::Multipliers));
    let no_jumps = Some(ShockFreedom::Jumps);
    let gradient = Player::Gradient(AscentConfig::default());
    let jumps = ShockSpace {
        kind: ShockKind::Jump,
        ..prices.clone()
    };
    assert_eq!(lacks(&Player::AgainstPosition, &jumps), None);
    for (player, of_prices, of_book, of_nothing) in [
        (Player::None, None, None, None),
        (Player::Random, None, None, no_prices),
        (gradient, None, no_prices, no_prices),
        (Player::Starve, no_book, None, no_book),
        (Player::AgainstPosition, no_jumps, no_prices, no_prices),
    ] {
        let found = [prices, &book, &nothing].map(|shocks| lacks(&player, shocks));
        assert_eq!(found, [of_prices, of_book, of_nothing], "{player:?}");
    }
}
