//! Checks of `check_env` that compare the shock map with its environment.

use super::{
    play::{play, random_actions},
    rules::{Findings, Rule},
};
use crate::env::{Env, Outcome, OwnedAction, Shock, ShockMap};
use crate::rng::{Component, Streams};
use rand::Rng as _;

/// Longest probing episode, in steps.
const N_STEPS: usize = 12;
/// Step h of the central differences (f(z + h) − f(z − h)) / 2h. Unit: bps.
const DISTANCE_BPS: f64 = 0.5;

/// Smallest range of the random shocks of the Jacobian check, which keeps most of them away from
/// the kink that a flat bar has at 0. Unit: bps.
const RANGE_BPS: f64 = 10.0;

pub(super) fn check<E: Env + ?Sized>(env: &mut E, map: &dyn ShockMap, findings: &mut Findings) {
    for seed in 0..3 {
        let moves = random_actions(env.action_space(), seed, N_STEPS);
        check_preview(env, map, seed, &moves, findings);
        let mut probe = Probe::new(env, map, seed);
        probe.check_reset(env, map, seed, findings);
        for action in &moves {
            probe.compare_jacobian(env, map, action, findings);
            if probe.step(env, map, action, findings).is_over() {
                break;
            }
        }
        probe.report_jacobian(env, findings);
    }
}

/// Checks that previews change nothing and equal the snapshot after the clean step.
fn check_preview<E: Env + ?Sized>(
    env: &mut E,
    map: &dyn ShockMap,
    seed: u64,
    moves: &[OwnedAction],
    findings: &mut Findings,
) {
    let expected = play(env, seed, moves, Shock::NONE);
    let mut preview = vec![0.0; map.snapshot_len()];
    let mut snapshot = preview.clone();
    env.reset(seed);
    for (i, action) in moves.iter().take(expected.rewards.len()).enumerate() {
        let other = &moves[(i + 1) % moves.len()];
        env.preview(other.as_action(), &mut preview);
        preview.fill(f64::NAN);
        env.preview(action.as_action(), &mut preview);
        check_written("preview", &preview, findings);
        let step = env.step(action.as_action(), Shock::NONE);
        let same = step.reward.to_bits() == expected.rewards[i].to_bits()
            && same_bits(step.observation, &expected.observations[i + 1]);
        if !same {
            let step = i + 1;
            let found = format!("seed {seed}, step {step}: another result after a preview");
            findings.add(Rule::PreviewPure, found);
            return;
        }
        snapshot.fill(f64::NAN);
        env.snapshot(&mut snapshot);
        check_written("snapshot", &snapshot, findings);
        let differs = |(a, b): (&f64, &f64)| a.to_bits() != b.to_bits();
        if let Some(k) = preview.iter().zip(&snapshot).position(differs) {
            let found = format!(
                "entry {k}: {} in the preview, {} after the step",
                preview[k], snapshot[k]
            );
            findings.add(Rule::PreviewExact, found);
        }
    }
}

fn check_written(what: &str, numbers: &[f64], findings: &mut Findings) {
    if let Some(k) = numbers.iter().position(|x| !x.is_finite()) {
        let found = format!("entry {k} of a {what} is {}", numbers[k]);
        findings.add(Rule::SnapshotWritten, found);
    }
}

/// Buffers of one probing episode, and the number of wrong Jacobians per field.
struct Probe {
    rng: crate::rng::Rng,
    snapshot: Vec<f64>,
    preview: Vec<f64>,
    shock_bps: Vec<f64>,
    jacobian: Vec<f32>,
    rebuilt: Vec<f32>,
    n_probes: u32,
    n_misses: Vec<u32>,
    worst: Vec<(f32, f64)>,
}

impl Probe {
    fn new<E: Env + ?Sized>(env: &E, map: &dyn ShockMap, seed: u64) -> Self {
        let (n_fields, n_assets) = (env.layout().n_fields(), env.shock_space().n_assets);
        Self {
            rng: Streams::new(seed).stream(Component::Adversary, 0),
            snapshot: vec![0.0; map.snapshot_len()],
            preview: vec![0.0; map.snapshot_len()],
            shock_bps: vec![0.0; n_assets],
            jacobian: vec![0.0; n_fields * n_assets],
            rebuilt: vec![0.0; n_fields],
            n_probes: 0,
            n_misses: vec![0; n_fields],
            worst: vec![(0.0, 0.0); n_fields],
        }
    }

    /// Checks that the map rebuilds the first observation from the first snapshot.
    fn check_reset<E: Env + ?Sized>(
        &mut self,
        env: &mut E,
        map: &dyn ShockMap,
        seed: u64,
        findings: &mut Findings,
    ) {
        let observation = env.reset(seed).to_vec();
        env.snapshot(&mut self.snapshot);
        self.shock_bps.fill(0.0);
        map.observe(&self.snapshot, &self.shock_bps, &mut self.rebuilt);
        if !same_bits(&self.rebuilt, &observation) {
            let found = "after reset(), observe(snapshot, 0) is not the observation".into();
            findings.add(Rule::SnapshotObserve, found);
        }
    }

    /// Plays a shocked step; the map must rebuild its observation from preview and from snapshot.
    fn step<E: Env + ?Sized>(
        &mut self,
        env: &mut E,
        map: &dyn ShockMap,
        action: &OwnedAction,
        findings: &mut Findings,
    ) -> Outcome {
        let space = env.shock_space().clone();
        self.draw(space.budget_bps.get());
        // Small enough for the episode budget, so the environment applies this move unchanged.
        #[allow(clippy::cast_precision_loss, reason = "a dozen steps")]
        let share = space.remaining_bps(0.0) / (2 * N_STEPS) as f64;
        space.project_price(&mut self.shock_bps, share);
        env.preview(action.as_action(), &mut self.preview);
        map.observe(&self.preview, &self.shock_bps, &mut self.rebuilt);
        let shock = Shock {
            price_bps: &self.shock_bps,
            ..Shock::NONE
        };
        let n = env.layout().market.len();
        let step = env.step(action.as_action(), shock);
        let (shown, outcome) = (step.observation.to_vec(), step.outcome);
        if !same_bits(&self.rebuilt[..n], &shown[..n]) {
            let found = "market fields of observe(preview, shock) are not those of the step".into();
            findings.add(Rule::ShockedObservation, found);
        }
        env.snapshot(&mut self.snapshot);
        map.observe(&self.snapshot, &self.shock_bps, &mut self.rebuilt);
        if !same_bits(&self.rebuilt, &shown) {
            let found = "observe(snapshot, applied shock) is not the observation".into();
            findings.add(Rule::SnapshotObserve, found);
        }
        outcome
    }

    fn draw(&mut self, range_bps: f64) {
        for z in &mut self.shock_bps {
            *z = self.rng.gen_range(-1.0..=1.0) * range_bps;
        }
    }

    /// Compares the Jacobian at a random shock of the next bar with central differences.
    fn compare_jacobian<E: Env + ?Sized>(
        &mut self,
        env: &E,
        map: &dyn ShockMap,
        action: &OwnedAction,
        findings: &mut Findings,
    ) {
        self.n_probes += 1;
        self.draw(env.shock_space().budget_bps.get().max(RANGE_BPS));
        env.preview(action.as_action(), &mut self.preview);
        map.jacobian(
            &self.preview,
            &self.shock_bps,
            &mut self.rebuilt,
            &mut self.jacobian,
        );
        let (n_fields, n_assets) = (self.rebuilt.len(), self.shock_bps.len());
        let (mut above, mut below) = (self.rebuilt.clone(), self.rebuilt.clone());
        let mut missed = vec![0; n_fields];
        for asset in 0..n_assets {
            let z = self.shock_bps[asset];
            self.shock_bps[asset] = z + DISTANCE_BPS;
            map.observe(&self.preview, &self.shock_bps, &mut above);
            self.shock_bps[asset] = z - DISTANCE_BPS;
            map.observe(&self.preview, &self.shock_bps, &mut below);
            self.shock_bps[asset] = z;
            let fields = env.layout().market.iter().chain(&env.layout().account);
            for (k, field) in fields.enumerate() {
                let slope = f64::from(above[k]) - f64::from(below[k]);
                let slope = slope / (2.0 * DISTANCE_BPS);
                let claimed = self.jacobian[k * n_assets + asset];
                if !field.shockable && (slope.abs() > 0.0 || claimed.abs() > 0.0) {
                    let found = format!("{} moves with asset {asset}", field.name);
                    findings.add(Rule::Unshockable, found);
                }
                let rounding = 4.0 * f64::from(f32::EPSILON * above[k].abs().max(1e-3));
                let allowed = 0.02 * slope.abs() + rounding / DISTANCE_BPS;
                if (slope - f64::from(claimed)).abs() > allowed {
                    missed[k] = 1;
                    self.worst[k] = (claimed, slope);
                }
            }
        }
        for (count, missed) in self.n_misses.iter_mut().zip(missed) {
            *count += missed;
        }
    }

    /// Reports fields with a wrong Jacobian in over a third of the probes; a probe may hit a kink.
    fn report_jacobian<E: Env + ?Sized>(&self, env: &E, findings: &mut Findings) {
        let fields = env.layout().market.iter().chain(&env.layout().account);
        for ((field, n_misses), (claimed, slope)) in fields.zip(&self.n_misses).zip(&self.worst) {
            if n_misses * 3 > self.n_probes {
                let found = format!(
                    "{}: found {claimed} per bp, central differences give {slope} ({n_misses} of \
                     {} probes differ)",
                    field.name, self.n_probes
                );
                findings.add(Rule::Jacobian, found);
            }
        }
    }
}

fn same_bits(a: &[f32], b: &[f32]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits())
}
