//! `check_env`: tests the contract of [`Env`] and names the likely cause of each violation.
//!
//! | file | content |
//! |---|---|
//! | `rules` | [`Rule`], [`Violation`]: the rules and their likely causes |
//! | `episodes` | spaces, determinism, shocks and refusals over probing episodes |
//! | `shock_map` | snapshots, previews, the shock map and its Jacobian |
//! | `play` | probing episodes |

mod episodes;
mod play;
mod rules;
mod shock_map;

pub use rules::{Rule, Violation};

use super::Env;
use rules::Findings;

/// Plays probing episodes and returns every violated rule of the contract, each at most once; an
/// empty list where no violation was found.
///
/// Leaves the environment in the middle of an episode: reset it before use.
///
/// ```
/// use shockproof::{
///     env::check_env,
///     games::execution::{Execution, ExecutionSpec},
/// };
///
/// let mut env = Execution::new(ExecutionSpec::almgren_chriss())?;
/// assert_eq!(check_env(&mut env), []);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn check_env<E: Env + ?Sized>(env: &mut E) -> Vec<Violation> {
    let mut findings = Findings::default();
    episodes::check_spaces(env, &mut findings);
    let length = env.reset(0).len();
    let n_fields = env.layout().n_fields();
    if length != n_fields {
        let found = format!("reset() returned {length} numbers, layout() has {n_fields} fields");
        findings.add(Rule::ObservationLength, found);
    }
    if findings.forbid_stepping() {
        return findings.violations;
    }
    episodes::check_episodes(env, &mut findings);
    episodes::check_shocks(env, &mut findings);
    episodes::check_non_finite_action(env, &mut findings);
    if let (Some(map), true) = (env.shock_map(), env.shock_space().n_assets > 0) {
        shock_map::check(env, map.as_ref(), &mut findings);
    }
    findings.violations
}
