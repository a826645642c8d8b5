//! Attacks and crashes that a command line chooses by name.

use super::RunError;
use crate::{
    config::{Experiment, did_you_mean, missing_freedom, remedy_for},
    crash::Crash,
    env::ShockSpec,
    eval::AttackSpec,
};

/// Attacks that `--attack` names: from the run, or from the standard suite without a run.
pub(super) fn chosen_attacks(
    wanted: &str,
    experiment: Option<&Experiment>,
    shocks: &ShockSpec,
) -> Result<Vec<AttackSpec>, RunError> {
    let known = experiment.map_or_else(
        || AttackSpec::suite(shocks, &[shocks.budget_bps]),
        |experiment| experiment.file.evaluation.attacks.clone(),
    );
    let names: Vec<&str> = known.iter().map(|attack| attack.name.as_str()).collect();
    match wanted {
        "none" => Ok(Vec::new()),
        "all" => admitted(known, shocks),
        name if names.contains(&name) => {
            let chosen = known.into_iter().filter(|attack| attack.name == name);
            admitted(chosen.collect(), shocks)
        }
        name => Err(RunError::refused(
            format!(
                "--attack: found `{name}`, expected `all`, `none` or one of `{}`",
                names.join("`, `")
            ),
            did_you_mean(name, &names).unwrap_or_else(|| "use one of the listed names".to_owned()),
        )),
    }
}

/// Refuses attacks that these shocks do not admit, because the env may differ from the run's.
fn admitted(attacks: Vec<AttackSpec>, shocks: &ShockSpec) -> Result<Vec<AttackSpec>, RunError> {
    let space = shocks.space(1);
    for attack in &attacks {
        if let Some([place, expected]) = missing_freedom(attack, &space) {
            return Err(RunError::refused(
                format!(
                    "--attack: found `{}`, which is {}, where {place}, expected an env whose \
                     shocks have {expected}",
                    attack.name,
                    attack.player.name()
                ),
                "name another attack, or another env with --env",
            ));
        }
    }
    Ok(attacks)
}

/// Crashes that `--crash` names, from the library or the run.
pub(super) fn chosen_crashes<'a>(
    wanted: &str,
    experiment: Option<&'a Experiment>,
) -> Result<Vec<&'a Crash>, RunError> {
    let own = experiment.map_or(&[][..], |experiment| &experiment.own_crashes);
    let known = || Crash::library().iter().chain(own);
    match wanted {
        "none" => Ok(Vec::new()),
        "all" => Ok(known().collect()),
        name => match known().find(|crash| crash.name == name) {
            Some(crash) => Ok(vec![crash]),
            None => Err(RunError::refused(
                format!("--crash: found `{name}`, expected `all`, `none` or the name of a crash"),
                remedy_for(name, known()),
            )),
        },
    }
}
