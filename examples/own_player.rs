//! An adversary of your own: a player that pushes every price against the agent's position.
//!
//! It reads the target weights and moves the next bar's true prices (kind `Jump`), down where the
//! agent is long. (The built-in `Player::AgainstPosition` reads the weights as filled instead.) The
//! same code shocks training rollouts and attacks a trained policy.
//!
//!     cargo run --example own_player
#![allow(clippy::print_stdout, reason = "an example prints")]

use shockproof::{
    adversary::{
        AdversaryError, Player, PlayerNeeds, PlayerSight, PlayerView, RowNoise, ShockFreedom,
        ShockMoves, ShockPlayer,
    },
    bps,
    config::{EnvFile, Registry},
    env::{Action, Market, ShockKind, TradingEnv},
    eval::{Arena, AttackSpec, Ledger, attack},
    own::Own,
    policy::device::Cpu,
    run::read_prices,
    train::{TrainConfig, train},
};
use std::{error::Error, path::Path, sync::Arc};

/// Player with the shock z = −budget · sign(w).
struct Against;

impl ShockPlayer for Against {
    fn needs(&self) -> PlayerNeeds {
        PlayerNeeds {
            sight: PlayerSight::Actions,
            freedom: ShockFreedom::Prices,
        }
    }

    fn choose(
        &self,
        view: &PlayerView<'_>,
        _noise: &mut dyn RowNoise,
        moves: &mut ShockMoves<'_>,
    ) -> Result<(), AdversaryError> {
        let Action::Continuous(weights) = view.actions else {
            return Ok(());
        };
        for (z, weight) in moves.price_bps.iter_mut().zip(weights) {
            *z = -view.shocks.budget_bps.get() * f64::from(weight.signum());
        }
        Ok(())
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("envs/panel_daily-v1.ron");
    let (file, source) = EnvFile::load(&path, &Registry::default())?;
    let (panel, mut spec) = (read_prices(&file, &source)?.panel, file.trading);
    spec.shocks.kind = ShockKind::Jump;
    spec.shocks.budget_bps = bps!(20.0);
    let market = Arc::new(Market::fit(panel, &spec.features, 0..2500)?);
    let env = TradingEnv::new(Arc::clone(&market), spec.clone(), 0..2500)?;

    let player = Player::Own(Own::new("against", [], Arc::new(Against)));
    let mut config = TrainConfig::new(8 * 2048);
    config.player = player.clone();
    let file = train(&env, &config, 1)?.policy_file(&env, "ppo against");
    let attacks = [AttackSpec {
        name: "against".to_owned(),
        player,
        budgets_bps: vec![bps!(20.0)],
    }];
    let arena = Arena::new(market, spec, 2520..3270)?;
    let ledgers = attack(&arena, &file, &Cpu::default(), &attacks, 1)?;
    let growth = |ledger: &Ledger| {
        let last = ledger.equity.last().copied().unwrap_or_default();
        (last / ledger.initial_equity).ln()
    };
    let [clean, against] = [0, 1].map(|n| growth(&ledgers[n]));
    println!("log growth: {clean:.3} clean, {against:.3} against");
    assert!(against < clean, "the player does no harm");
    Ok(())
}
