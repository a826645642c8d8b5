//! Tests that `check_env` reports every deliberate fault under its rule.

use crate::{
    env::{
        Action, ActionSpace, Env, Hindsight, Outcome, Rule, Shock, ShockMap, ShockSpace, Step,
        check_env,
        toy::{Shockable, Toy, field},
    },
    features::Layout,
};
use std::sync::Arc;

/// One deliberate fault in an otherwise sound environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    ShortObservation,
    NanObservation,
    NanReward,
    UnseededReset,
    LeakyReset,
    EmptyShockIgnored,
    Unprojected,
    SilentRepair,
    UnwrittenSnapshot,
    ShiftedSnapshot,
    ImpurePreview,
    StalePreview,
    ShockInPercent,
    JacobianInLog,
    ShockableAccount,
    HiddenlyShockable,
    NoMap,
    DoubleName,
    NoLevels,
    NarrowRange,
    ThinSpread,
}

struct Broken {
    toy: Toy,
    fault: Fault,
    layout: Layout,
    action_space: ActionSpace,
    shock_space: ShockSpace,
    n_resets: u64,
    n_refused: u64,
    observation: Vec<f32>,
    last_held: f32,
    reached: std::cell::Cell<u32>,
}

impl Broken {
    fn new(fault: Fault) -> Self {
        let toy = Toy::default();
        let mut layout = toy.layout().clone();
        let mut action_space = toy.action_space().clone();
        let mut shock_space = toy.shock_space().clone();
        match fault {
            Fault::ShortObservation => layout.account.push(field("extra", Shockable::No)),
            Fault::ShockableAccount => layout.account[0].shockable = true,
            Fault::HiddenlyShockable => layout.market[0].shockable = false,
            Fault::DoubleName => layout.account[0].name = layout.market[0].name.clone(),
            Fault::NarrowRange => layout.account[0].high = Some(0.01),
            Fault::ThinSpread => shock_space.max_spread_multiplier = 0.5,
            Fault::NoLevels => {
                action_space = ActionSpace::Categorical {
                    n_dims: 1,
                    levels: vec!["only".into()],
                };
            }
            _ => {}
        }
        Self {
            toy,
            fault,
            layout,
            action_space,
            shock_space,
            n_resets: 0,
            n_refused: 0,
            observation: vec![0.0; 2],
            last_held: 0.0,
            reached: std::cell::Cell::new(0),
        }
    }
}

struct FaultyMap(Arc<dyn ShockMap>, Fault);

impl ShockMap for FaultyMap {
    fn snapshot_len(&self) -> usize {
        self.0.snapshot_len()
    }
    fn observe(&self, snapshot: &[f64], shock_bps: &[f64], observation: &mut [f32]) {
        self.0.observe(snapshot, shock_bps, observation);
    }
    fn jacobian(
        &self,
        snapshot: &[f64],
        shock_bps: &[f64],
        observation: &mut [f32],
        jacobian: &mut [f32],
    ) {
        self.0.jacobian(snapshot, shock_bps, observation, jacobian);
        if self.1 == Fault::JacobianInLog {
            for x in jacobian {
                *x *= 1e4;
            }
        }
    }
    fn hindsight<'a>(&self, _snapshot: &'a [f64]) -> Option<Hindsight<'a>> {
        None
    }
}

impl Env for Broken {
    fn layout(&self) -> &Layout {
        &self.layout
    }
    fn action_space(&self) -> &ActionSpace {
        &self.action_space
    }
    fn shock_space(&self) -> &ShockSpace {
        &self.shock_space
    }
    fn reset(&mut self, seed: u64) -> &[f32] {
        self.n_resets += 1;
        let seed = match self.fault {
            Fault::UnseededReset => seed + self.n_resets,
            _ => seed,
        };
        self.observation.copy_from_slice(self.toy.reset(seed));
        if self.fault == Fault::LeakyReset {
            self.observation[1] = self.last_held;
        }
        &self.observation
    }
    fn step(&mut self, action: Action<'_>, shock: Shock<'_>) -> Step<'_> {
        let mut own = [0.0];
        let finite = matches!(action, Action::Continuous(a) if a.iter().all(|x| x.is_finite()));
        if !finite && self.fault != Fault::SilentRepair {
            self.n_refused += 1;
        }
        if let (Action::Continuous(a), true) = (action, finite) {
            self.last_held = a[0];
        }
        if let Some(z) = shock.price_bps.first() {
            own[0] = *z;
        }
        if self.fault == Fault::ShockInPercent {
            own[0] *= 0.5;
        }
        let is_empty = shock.price_bps.is_empty();
        let shock = Shock {
            price_bps: &own,
            ..shock
        };
        let step = self.toy.step(action, shock);
        self.observation.copy_from_slice(step.observation);
        let mut reward = step.reward;
        let outcome: Outcome = step.outcome;
        match self.fault {
            Fault::NanObservation => self.observation[0] = f32::NAN,
            Fault::NanReward => reward = f64::NAN,
            Fault::Unprojected => self.observation[0] += 1e-3 * f32::from(own[0] > 200.0),
            Fault::EmptyShockIgnored if is_empty => reward += 1.0,
            _ => {}
        }
        if self.fault == Fault::ImpurePreview {
            reward += f64::from(self.reached.get());
        }
        Step {
            observation: &self.observation,
            reward,
            outcome,
        }
    }
    fn shock_map(&self) -> Option<Arc<dyn ShockMap>> {
        let map = self.toy.shock_map()?;
        (self.fault != Fault::NoMap).then(|| Arc::new(FaultyMap(map, self.fault)) as _)
    }
    fn snapshot(&self, out: &mut [f64]) {
        self.toy.snapshot(out);
        match self.fault {
            Fault::UnwrittenSnapshot => out[1] = f64::NAN,
            Fault::ShiftedSnapshot => out[0] += 0.1,
            _ => {}
        }
    }
    fn preview(&self, action: Action<'_>, out: &mut [f64]) {
        self.reached.set(self.reached.get() + 1);
        self.toy.preview(action, out);
        if self.fault == Fault::StalePreview {
            self.toy.snapshot(out);
        }
    }
    fn n_refused(&self) -> u64 {
        self.n_refused
    }
}

#[test]
fn a_sound_environment_passes() {
    assert_eq!(check_env(&mut Toy::default()), []);
}

#[test]
fn every_fault_is_found_by_its_rule() {
    for (fault, rule) in [
        (Fault::ShortObservation, Rule::ObservationLength),
        (Fault::NanObservation, Rule::ObservationFinite),
        (Fault::NanReward, Rule::RewardFinite),
        (Fault::UnseededReset, Rule::Determinism),
        (Fault::LeakyReset, Rule::ResetForgets),
        (Fault::EmptyShockIgnored, Rule::ZeroShock),
        (Fault::Unprojected, Rule::Projection),
        (Fault::SilentRepair, Rule::NonFiniteAction),
        (Fault::UnwrittenSnapshot, Rule::SnapshotWritten),
        (Fault::ShiftedSnapshot, Rule::SnapshotObserve),
        (Fault::ImpurePreview, Rule::PreviewPure),
        (Fault::StalePreview, Rule::PreviewExact),
        (Fault::ShockInPercent, Rule::ShockedObservation),
        (Fault::JacobianInLog, Rule::Jacobian),
        (Fault::ShockableAccount, Rule::Layout),
        (Fault::HiddenlyShockable, Rule::Unshockable),
        (Fault::NoMap, Rule::Layout),
        (Fault::DoubleName, Rule::Layout),
        (Fault::NoLevels, Rule::ActionSpace),
        (Fault::NarrowRange, Rule::ObservationRange),
        (Fault::ThinSpread, Rule::ShockSpace),
    ] {
        let violations = check_env(&mut Broken::new(fault));
        let rules: Vec<Rule> = violations.iter().map(|v| v.rule).collect();
        assert!(rules.contains(&rule), "{fault:?}: found {violations:?}");
        for violation in violations {
            assert!(violation.to_string().contains("likely cause: "));
        }
    }
}
