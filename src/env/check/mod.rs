//! `check_env`: the contract of [`Env`] as a machine sees it, with the likely cause of each
//! violation.

mod play;
mod shock_map;

use super::{Action, ActionSpace, Env, Shock};
use play::{Trace, actions, play};
use std::{collections::BTreeSet, fmt};

/// One clause of the contract that an environment breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The clause.
    pub rule: Rule,
    /// What was found, and where.
    pub found: String,
}

/// The clauses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Rule {
    /// The action space offers a choice.
    ActionSpace,
    /// The shock space is a set that can be.
    ShockSpace,
    /// Fields have unique names and ordered ranges, account fields are not shockable, shockable
    /// fields have a shock map.
    Layout,
    /// Observations have the layout's length.
    ObservationLength,
    /// Observations are finite.
    ObservationFinite,
    /// Account features stay in their declared range.
    ObservationRange,
    /// Rewards are finite.
    RewardFinite,
    /// An episode is a pure function of its seed and moves.
    Determinism,
    /// A reset forgets the episode before it.
    ResetForgets,
    /// A shock of zero is no shock.
    ZeroShock,
    /// A shock outside the set acts as its projection onto the set.
    Projection,
    /// An action that is not finite is refused, counted, and harms nothing.
    NonFiniteAction,
    /// A snapshot is written entirely, with finite numbers.
    SnapshotWritten,
    /// The shock map rebuilds the current observation from a snapshot.
    SnapshotObserve,
    /// A preview changes nothing.
    PreviewPure,
    /// A preview is the snapshot that the step then has.
    PreviewExact,
    /// The shock map of a preview gives the market fields that the shocked step shows.
    ShockedObservation,
    /// The Jacobian is the derivative of the map.
    Jacobian,
    /// A field that is not shockable does not move.
    Unshockable,
}

impl Rule {
    /// What usually breaks this clause.
    #[must_use]
    pub const fn likely_cause(self) -> &'static str {
        match self {
            Self::ActionSpace => {
                "n_dims is 0, low is not below high, or there are fewer than two levels"
            }
            Self::ShockSpace => "a multiplier is on the wrong side of 1",
            Self::Layout => {
                "two fields share a name, an account field is marked shockable, or shock_map() returns None although fields are shockable"
            }
            Self::ObservationLength => {
                "layout() lists other fields than reset() and step() write, e.g. after a feature was added"
            }
            Self::ObservationFinite => {
                "a division by a volatility or an equity of zero, or a feature that was read before its warm-up"
            }
            Self::ObservationRange => {
                "the declared range is too narrow, or a fraction was not divided by equity"
            }
            Self::RewardFinite => {
                "the logarithm of an equity that is not positive: end the episode at ruin"
            }
            Self::Determinism => {
                "randomness that is not born from the seed of reset(), or iteration over a hash map"
            }
            Self::ResetForgets => {
                "reset() leaves a field of the last episode as it was (a position, a price multiplier, a spent budget, a generator)"
            }
            Self::ZeroShock => "step() treats an empty price move unlike zeros",
            Self::Projection => "step() applies the shock as given: call ShockSpace::project first",
            Self::NonFiniteAction => {
                "step() uses the action as given or repairs it silently: hold the position and count it in n_refused()"
            }
            Self::SnapshotWritten => {
                "snapshot() or preview() leaves a part of the slice unwritten, or snapshot_len() is too long"
            }
            Self::SnapshotObserve => {
                "snapshot() holds the shocked newest bar instead of the clean one, commits it to the history, or omits a field"
            }
            Self::PreviewPure => "preview() plays on the environment itself instead of a copy",
            Self::PreviewExact => {
                "preview() computes the step a second way: let both call the same function"
            }
            Self::ShockedObservation => {
                "step() shocks another bar than the newest, or in another unit than bps of the log price"
            }
            Self::Jacobian => {
                "the unit is not per bp, rows and columns are swapped, or the normalizer's scale is missing"
            }
            Self::Unshockable => {
                "the layout marks a field as not shockable that is computed from the newest bar"
            }
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cause = self.rule.likely_cause();
        write!(f, "{:?}: {}; likely cause: {cause}", self.rule, self.found)
    }
}

/// Steps of one probing episode.
const N_STEPS: usize = 40;

/// Plays probing episodes and returns every violated clause, each at most once. Empty means that
/// nothing was found.
///
/// The environment is left in the middle of an episode: reset it before use.
pub fn check_env<E: Env + ?Sized>(env: &mut E) -> Vec<Violation> {
    let mut findings = Findings::default();
    check_spaces(env, &mut findings);
    let length = env.reset(0).len();
    let n_fields = env.layout().n_fields();
    if length != n_fields {
        let found = format!("reset() returned {length} numbers, layout() has {n_fields} fields");
        findings.add(Rule::ObservationLength, found);
    }
    if findings.is_broken() {
        // Slices of the wrong size would only panic further down.
        return findings.violations;
    }
    check_episodes(env, &mut findings);
    check_shocks(env, &mut findings);
    check_non_finite_action(env, &mut findings);
    if let (Some(map), true) = (env.shock_map(), env.shock_space().n_assets > 0) {
        shock_map::check(env, map.as_ref(), &mut findings);
    }
    findings.violations
}

/// Violations so far, one per rule.
#[derive(Debug, Default)]
pub(super) struct Findings {
    violations: Vec<Violation>,
}

impl Findings {
    pub(super) fn add(&mut self, rule: Rule, found: String) {
        if self.violations.iter().all(|known| known.rule != rule) {
            self.violations.push(Violation { rule, found });
        }
    }

    /// Whether stepping makes no sense.
    fn is_broken(&self) -> bool {
        let fatal = [Rule::ActionSpace, Rule::ShockSpace, Rule::ObservationLength];
        self.violations.iter().any(|v| fatal.contains(&v.rule))
    }
}

fn check_spaces<E: Env + ?Sized>(env: &E, findings: &mut Findings) {
    let found = match env.action_space() {
        ActionSpace::Continuous { n_dims: 0, .. } | ActionSpace::Categorical { n_dims: 0, .. } => {
            Some("n_dims is 0".into())
        }
        ActionSpace::Continuous { low, high, .. } => {
            let sound = low.is_finite() && high.is_finite() && low < high;
            (!sound).then(|| format!("low is {low}, high is {high}"))
        }
        ActionSpace::Categorical { levels, .. } => {
            (levels.len() < 2).then(|| format!("{} levels", levels.len()))
        }
    };
    if let Some(found) = found {
        findings.add(Rule::ActionSpace, found);
    }
    if let Err(error) = env.shock_space().check() {
        findings.add(Rule::ShockSpace, error.to_string());
    }
    let layout = env.layout();
    let mut names = BTreeSet::new();
    for field in layout.market.iter().chain(&layout.account) {
        let name = &field.name;
        if !names.insert(name) {
            findings.add(Rule::Layout, format!("two fields are called {name}"));
        }
        if field
            .low
            .zip(field.high)
            .is_some_and(|(low, high)| low > high)
        {
            findings.add(Rule::Layout, format!("{name} has low above high"));
        }
        if field.shockable && env.shock_map().is_none() {
            findings.add(
                Rule::Layout,
                format!("{name} is shockable without a shock map"),
            );
        }
    }
    if let Some(field) = layout.account.iter().find(|field| field.shockable) {
        let found = format!("account field {} is marked shockable", field.name);
        findings.add(Rule::Layout, found);
    }
}

fn check_episodes<E: Env + ?Sized>(env: &mut E, findings: &mut Findings) {
    for seed in 0..3 {
        let moves = actions(env.action_space(), seed, N_STEPS);
        // Played twice from the same past, so that a reset that leaks is not mistaken for chance.
        play(env, seed, &moves, Shock::NONE);
        let first = play(env, seed, &moves, Shock::NONE);
        check_trace(env, &first, findings);
        let again = play(env, seed, &moves, Shock::NONE);
        if let Some(difference) = first.difference(&again) {
            findings.add(Rule::Determinism, format!("seed {seed}, {difference}"));
            continue;
        }
        // Another episode in between, with other moves and a shock, left in its middle.
        let price = vec![env.shock_space().budget_bps.get(); env.shock_space().n_assets];
        let shock = Shock {
            price_bps: &price,
            ..Shock::NONE
        };
        let other = actions(env.action_space(), seed + 100, 3);
        play(env, seed + 7, &other, shock);
        let after = play(env, seed, &moves, Shock::NONE);
        if let Some(difference) = first.difference(&after) {
            let found = format!("seed {seed} after another episode, {difference}");
            findings.add(Rule::ResetForgets, found);
        }
    }
}

fn check_trace<E: Env + ?Sized>(env: &E, trace: &Trace, findings: &mut Findings) {
    let layout = env.layout();
    let fields = || layout.market.iter().chain(&layout.account);
    for (step, observation) in trace.observations.iter().enumerate() {
        if observation.len() != layout.n_fields() {
            let found = format!("{} numbers after step {step}", observation.len());
            findings.add(Rule::ObservationLength, found);
        }
        for (i, (x, field)) in observation.iter().zip(fields()).enumerate() {
            if !x.is_finite() {
                let found = format!("{} is {x} after step {step}", field.name);
                findings.add(Rule::ObservationFinite, found);
            }
            let x = f64::from(*x);
            let outside = field.low.is_some_and(|low| x < low - 1e-6)
                || field.high.is_some_and(|high| x > high + 1e-6);
            if outside && i >= layout.market.len() {
                let found = format!("{} is {x} after step {step}", field.name);
                findings.add(Rule::ObservationRange, found);
            }
        }
    }
    for (step, reward) in trace.rewards.iter().enumerate() {
        if !reward.is_finite() {
            findings.add(Rule::RewardFinite, format!("{reward} in step {step}"));
        }
    }
}

fn check_shocks<E: Env + ?Sized>(env: &mut E, findings: &mut Findings) {
    let space = env.shock_space().clone();
    let moves = actions(env.action_space(), 5, 1);
    let zeros = vec![0.0; space.n_assets];
    let zero = Shock {
        price_bps: &zeros,
        ..Shock::NONE
    };
    let clean = play(env, 5, &moves, Shock::NONE);
    if let Some(difference) = clean.difference(&play(env, 5, &moves, zero)) {
        findings.add(Rule::ZeroShock, difference);
    }
    let outside: Vec<f64> = (0..space.n_assets)
        .map(|i| if i % 2 == 0 { 1e4 } else { -7e3 })
        .collect();
    let shock = Shock {
        price_bps: &outside,
        spread_multiplier: space.max_spread_multiplier * 3.0,
        liquidity_multiplier: space.min_liquidity_multiplier / 3.0,
    };
    let mut inside = zeros;
    let projected = space.project(shock, 0.0, &mut inside);
    let admissible = Shock {
        price_bps: &inside,
        spread_multiplier: projected.spread_multiplier,
        liquidity_multiplier: projected.liquidity_multiplier,
    };
    let expected = play(env, 5, &moves, admissible);
    if let Some(difference) = expected.difference(&play(env, 5, &moves, shock)) {
        findings.add(Rule::Projection, difference);
    }
}

fn check_non_finite_action<E: Env + ?Sized>(env: &mut E, findings: &mut Findings) {
    let ActionSpace::Continuous { n_dims, .. } = *env.action_space() else {
        return;
    };
    for bad in [f32::NAN, f32::INFINITY] {
        env.reset(1);
        let before = env.n_refused();
        let action = vec![bad; n_dims];
        let step = env.step(Action::Continuous(&action), Shock::NONE);
        let sound = step.reward.is_finite() && step.observation.iter().all(|x| x.is_finite());
        if !sound {
            let found =
                format!("an action of {bad} gave a reward or observation that is not finite");
            findings.add(Rule::NonFiniteAction, found);
        } else if env.n_refused() != before + 1 {
            let found = format!("an action of {bad} was not counted by n_refused()");
            findings.add(Rule::NonFiniteAction, found);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        env::{
            Hindsight, Outcome, ShockMap, ShockSpace, Step,
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
}
