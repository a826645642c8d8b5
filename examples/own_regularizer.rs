//! A regularizer from outside the crate: the mean square of the deterministic action, which keeps a
//! liquidation program near an even pace.
//!
//!     cargo run --no-default-features --features learn --example own_regularizer
#![allow(clippy::print_stdout, reason = "an example prints its result")]

use dfdx::{prelude::*, tensor::Cpu};
use shockproof::{
    algo::{AlgoError, Ascent, Penalize, Penalty, Regularizer},
    env::{Action, Env, Shock},
    games::execution::{Execution, ExecutionSpec},
    own::Own,
    policy::{Actions, ActorCritic, Matrix},
    rng::Rng,
    train::{TrainConfig, train},
};
use std::{error::Error, sync::Arc};

/// R = mean squared action. Action −1 sells nothing, action 1 sells the whole remainder.
struct SmallActions {
    weight: f64,
}

impl Penalize for SmallActions {
    fn weight(&self) -> f64 {
        self.weight
    }

    fn penalty(
        &self,
        policy: &ActorCritic<f32, Cpu>,
        observations: &Matrix<f32, Cpu>,
        _ascent: &Ascent<'_>,
        _rng: &mut Rng,
    ) -> Result<Penalty<f32, Cpu>, AlgoError> {
        let action = policy.output(observations.leaky_trace())?;
        Ok(Penalty {
            value: action.square().mean(),
            sensitivity: None,
        })
    }
}

/// Mean square of the trained policy's actions over one liquidation.
fn mean_square(regularizer: Regularizer) -> Result<f32, Box<dyn Error>> {
    let spec = ExecutionSpec::almgren_chriss();
    let mut config = TrainConfig::ppo(30_000);
    config.regularizer = regularizer;
    let trained = train(&Execution::new(spec.clone())?, &config, 1)?;

    let mut env = Execution::new(spec)?;
    let mut observation = env.reset(0).to_vec();
    let (mut sum, mut n) = (0.0, 0.0);
    while let Actions::Continuous(action) = trained.policy.decide(&observation, 1)? {
        (sum, n) = (sum + action[0] * action[0], n + 1.0);
        let step = env.step(Action::Continuous(&action), Shock::NONE);
        observation = step.observation.to_vec();
        if step.outcome.is_over() {
            break;
        }
    }
    Ok(sum / n)
}

fn main() -> Result<(), Box<dyn Error>> {
    let part: Arc<dyn Penalize> = Arc::new(SmallActions { weight: 1.0 });
    let own = Regularizer::Own(Own::new("small_actions", [("weight", 1.0)], part));
    let (plain, small) = (mean_square(Regularizer::None)?, mean_square(own)?);
    println!("mean squared action: plain {plain:.4}, penalized {small:.4}");
    assert!(small < 0.5 * plain, "the penalty shrinks the actions");
    Ok(())
}
