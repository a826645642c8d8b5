//! Steps of many copies in which nothing special happens: one asset, no impact, nothing shocked, no jump in the past.
//!
//! The formulas are those of every step. What is left out is asking each copy the same questions about its rules, and carrying
//! its numbers to and fro: from one such step to the next they stay in columns.
#![allow(
    clippy::inline_always,
    reason = "a loop that is not inlined into the dispatch is compiled without the machine's vector instructions"
)]

use super::trading_account::{MarkedAccount, fraction};
use super::trading_episode::{Rules, floor, time_left};
use super::trading_market::Prices;
use super::{Action, Moves, Outcome, Steps, TradingEnv};
use crate::{
    features::{Book, account_value, write_account},
    market::{BLOCK, Decoded, PortfolioBlock, ProportionalCosts},
};
use pulp::{Arch, Simd, WithSimd};
use std::{
    hint::black_box,
    ops::Range,
    slice::{from_mut, from_ref},
    sync::Arc,
};

/// One number per copy.
type Lanes<T = f64> = [T; BLOCK];

/// What a cache moves at once. Unit: bytes.
const LINE: usize = 64;
/// Rows that a copy reads ahead when it is its turn, and how often it is.
const AHEAD: usize = 8;

/// Up to [`BLOCK`] copies that play by the same rules, number beside number.
pub(super) struct PlainBlock {
    rules: Arc<Rules>,
    costs: ProportionalCosts,
    arch: Arch,
    /// Copies in the block.
    n: usize,
    keeper: Keeper,
    /// Which copies read ahead in this step.
    turn: usize,
    /// Of these the numbers are in the copies again: their episode is over. Meaningless while the copies keep all.
    over: Lanes<bool>,
    n_over: usize,
    rows: Lanes<usize>,
    first_rows: Lanes<usize>,
    last_rows: Lanes<usize>,
    equities_before: Lanes,
    equities: Lanes,
    weights: Lanes,
    portfolios: PortfolioBlock,
    // Of the step, not kept:
    targets: Lanes,
    opens: Lanes,
    closes: Lanes,
}

/// Who has the numbers as they are now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Keeper {
    /// The copies.
    Copies,
    /// The block's columns; the copies are what they were.
    Columns,
}

impl PlainBlock {
    /// Whether steps by these rules can be plain.
    pub(super) fn fits(rules: &Rules) -> bool {
        rules.market.panel().n_assets() == 1 && !rules.spec.costs.has_impact()
    }

    /// For `n` copies, at most [`BLOCK`], that keep their numbers as yet.
    pub(super) fn new(rules: Arc<Rules>, n: usize) -> Self {
        let n = n.min(BLOCK);
        Self {
            costs: rules.spec.costs.rates(),
            rules,
            arch: Arch::new(),
            n,
            keeper: Keeper::Copies,
            turn: 0,
            over: [false; BLOCK],
            n_over: 0,
            rows: [0; BLOCK],
            first_rows: [0; BLOCK],
            last_rows: [0; BLOCK],
            equities_before: [0.0; BLOCK],
            equities: [0.0; BLOCK],
            weights: [0.0; BLOCK],
            portfolios: PortfolioBlock::new(n),
            targets: [0.0; BLOCK],
            opens: [0.0; BLOCK],
            closes: [0.0; BLOCK],
        }
    }

    /// One step of the block's copies, the first of which is number `begin`. Says no where a copy plays by other rules or has
    /// something special behind it, where something is shocked, and where an action is not taken as given: then nothing
    /// was played, and the copies have their numbers.
    pub(super) fn step(
        &mut self,
        copies: &mut [TradingEnv],
        begin: usize,
        moves: &Moves<'_>,
        steps: &mut Steps<'_>,
    ) -> bool {
        let plain = moves.shocks.are_none() && self.n_over == 0 && self.gather(copies);
        let rows = begin..begin + self.n;
        if !(plain && self.decode(moves.actions, rows)) {
            self.scatter(copies);
            return false;
        }
        let arch = self.arch;
        let ends = arch.dispatch(Play { block: self, steps });
        if ends == Ends::Some {
            self.finish(copies, steps);
        }
        true
    }

    /// Writes the numbers of copy `i` into it, where they are not there already.
    pub(super) fn write_to(&self, i: usize, copy: &mut TradingEnv) {
        if self.keeper == Keeper::Copies || self.over[i] {
            return;
        }
        let (episode, row) = (&mut copy.episode, self.rows[i]);
        let fill = self.portfolios.store(i, episode.account.portfolio_mut());
        let marked = MarkedAccount {
            fill,
            price: self.rules.market.prices()[row].close,
            weight: self.weights[i],
            equity: self.equities[i],
            equity_before: self.equities_before[i],
        };
        episode.set_plain(row, marked);
    }

    /// Copy `i` starts an episode.
    pub(super) fn restart(&mut self, i: usize, copy: &TradingEnv) {
        if self.keeper == Keeper::Columns {
            debug_assert!(
                copy.episode.is_plain(),
                "invariant: an episode starts clean"
            );
            self.n_over -= usize::from(self.over[i]);
            self.over[i] = false;
            self.load(i, copy);
        }
    }

    /// Takes the numbers of all copies, where that can be. Whether they are here.
    fn gather(&mut self, copies: &[TradingEnv]) -> bool {
        if self.keeper == Keeper::Columns {
            return true;
        }
        let fits =
            |copy: &TradingEnv| copy.episode.is_plain() && Arc::ptr_eq(&copy.rules, &self.rules);
        if copies.len() != self.n || !copies.iter().all(fits) {
            return false;
        }
        for (i, copy) in copies.iter().enumerate() {
            self.load(i, copy);
        }
        self.keeper = Keeper::Columns;
        true
    }

    /// Gives the numbers of all copies back.
    fn scatter(&mut self, copies: &mut [TradingEnv]) {
        for (i, copy) in copies.iter_mut().enumerate() {
            self.write_to(i, copy);
        }
        self.keeper = Keeper::Copies;
        self.over = [false; BLOCK];
        self.n_over = 0;
    }

    fn load(&mut self, i: usize, copy: &TradingEnv) {
        let (episode, account) = (&copy.episode, &copy.episode.account);
        let marked = account.one();
        self.rows[i] = episode.history.row();
        self.first_rows[i] = *episode.rows().start();
        self.last_rows[i] = *episode.rows().end();
        self.equities_before[i] = marked.equity_before;
        self.equities[i] = marked.equity;
        self.weights[i] = marked.weight;
        self.portfolios.load(i, account.portfolio(), marked.fill);
    }

    /// Reads the actions of the copies `rows`. Whether all are taken as given.
    fn decode(&mut self, actions: Action<'_>, rows: Range<usize>) -> bool {
        let allocation = &self.rules.spec.allocation;
        let targets = self.targets.iter_mut();
        let mut as_given = true;
        match actions {
            Action::Categorical(levels) => {
                for (level, target) in levels[rows].iter().zip(targets) {
                    let (level, target) = (from_ref(level), from_mut(target));
                    as_given &= allocation.decode_levels(level, target) == Decoded::AS_GIVEN;
                }
            }
            Action::Continuous(raw) => {
                for (raw, target) in raw[rows].iter().zip(targets) {
                    let (raw, target) = (from_ref(raw), from_mut(target));
                    as_given &= allocation.decode_weights(raw, target) == Decoded::AS_GIVEN;
                }
            }
        }
        as_given
    }

    /// Ends the episodes whose step was their last.
    fn finish(&mut self, copies: &mut [TradingEnv], steps: &mut Steps<'_>) {
        let n_outputs = self.rules.market.pipeline().n_outputs();
        for (i, copy) in copies.iter_mut().enumerate() {
            if !self.is_last(i) {
                continue;
            }
            self.write_to(i, copy);
            let (episode, spec) = (&mut copy.episode, &self.rules.spec);
            let growth = episode.finish(&self.rules, self.equities_before[i]);
            steps.rewards[i] = growth.reward(&spec.reward);
            steps.outcomes[i] = episode.outcome;
            let fields = i * steps.n_fields + n_outputs..(i + 1) * steps.n_fields;
            write_account(episode, &spec.account, &mut steps.observations[fields]);
            self.over[i] = true;
            self.n_over += 1;
        }
    }

    /// Whether the last step of copy `i` ended its episode.
    #[inline(always)]
    fn is_last(&self, i: usize) -> bool {
        let ruined = self.equities[i] <= floor(&self.rules.spec, self.equities_before[i]);
        let cut_off = self.rows[i] >= self.last_rows[i];
        ruined || cut_off
    }
}

/// The step itself, as far as no episode ends.
struct Play<'a, 'b> {
    block: &'a mut PlainBlock,
    steps: &'a mut Steps<'b>,
}

/// Whether a step was some copy's last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ends {
    None,
    Some,
}

impl WithSimd for Play<'_, '_> {
    type Output = Ends;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Ends {
        let Self { block, steps } = self;
        block.read_ahead();
        block.reveal();
        block.observe_market(steps);
        block.trade();
        let ends = block.judge(steps);
        block.observe_account(steps);
        ends
    }
}

impl PlainBlock {
    #[inline(always)]
    fn n_outputs(&self) -> usize {
        self.rules.market.pipeline().n_outputs()
    }

    /// Reads one number of every line of memory that copies will be the first to read of the market, so that all wait for it at the
    /// same time. Where that is few bytes per step, copies take turns at reading ahead.
    #[inline(always)]
    fn read_ahead(&mut self) {
        const NUMBERS: usize = LINE / size_of::<f64>();
        const BARS: usize = LINE / size_of::<Prices>();
        let market = &*self.rules.market;
        let mut touched = 0;
        if let Some(windows) = market.windows() {
            let (prices, last) = (market.prices(), market.prices().len() - 1);
            for row in self.rows[..self.n].iter().skip(self.turn).step_by(AHEAD) {
                for ahead in (BARS..=AHEAD).step_by(BARS) {
                    touched ^= prices[(row + ahead).min(last)].close.to_bits();
                }
                for ahead in (NUMBERS..=AHEAD).step_by(NUMBERS) {
                    let row = (row + ahead).min(last);
                    touched ^= windows.factor(row).to_bits() ^ windows.newest(row).to_bits();
                }
            }
        } else {
            for row in &self.rows[..self.n] {
                touched ^= touch(market.observation(row + 1));
            }
        }
        black_box(touched);
        self.turn = (self.turn + 1) % AHEAD;
    }

    /// The next bars.
    #[inline(always)]
    fn reveal(&mut self) {
        let market = &*self.rules.market;
        let prices = market.prices();
        for i in 0..self.n.min(BLOCK) {
            let row = self.rows[i] + 1;
            self.rows[i] = row;
            (self.opens[i], self.closes[i]) = (prices[row].open, prices[row].close);
        }
    }

    /// Trades at the opens, marks at the closes.
    #[inline(always)]
    fn trade(&mut self) {
        let Self {
            portfolios,
            equities,
            weights,
            ..
        } = self;
        self.equities_before = *equities;
        portfolios.rebalance(&self.targets, &self.opens, &self.costs);
        portfolios.mark(&self.closes, equities, weights);
    }

    /// What the step was worth, and whether it was the last, for episodes that go on.
    #[inline(always)]
    fn judge(&self, steps: &mut Steps<'_>) -> Ends {
        let mut any = false;
        for i in 0..self.n.min(BLOCK) {
            any |= self.is_last(i);
        }
        let equities = self.equities_before.iter().zip(&self.equities);
        for (reward, (equity_t, equity_tp1)) in steps.rewards.iter_mut().zip(equities) {
            *reward = self.rules.spec.reward.of(*equity_t, *equity_tp1);
        }
        steps.outcomes.fill(Outcome::Running);
        if any { Ends::Some } else { Ends::None }
    }

    #[inline(always)]
    fn observe_market(&self, steps: &mut Steps<'_>) {
        let n_outputs = self.n_outputs();
        let rows = &self.rows[..self.n];
        let outs = steps.observations.chunks_exact_mut(steps.n_fields);
        let outs = outs.map(|out| &mut out[..n_outputs]).zip(rows);
        let market = &*self.rules.market;
        if let Some(windows) = market.windows() {
            for (out, row) in outs {
                let factor = windows.factor(*row);
                if factor.is_nan() {
                    copy_row(out, market.observation(*row));
                } else {
                    windows.write(*row, factor, out);
                }
            }
        } else {
            for (out, row) in outs {
                copy_row(out, market.observation(*row));
            }
        }
    }

    /// With one asset every feature of the account is one number.
    #[inline(always)]
    fn observe_account(&self, steps: &mut Steps<'_>) {
        let n_outputs = self.n_outputs();
        for (k, feature) in self.rules.spec.account.iter().enumerate() {
            let outs = steps.observations.chunks_exact_mut(steps.n_fields);
            for (i, out) in outs.enumerate().take(BLOCK) {
                out[n_outputs + k] = account_value(&Column { block: self, i }, *feature, 0);
            }
        }
    }
}

/// Reads one number of every line of memory that a row has not in common with the one before.
#[inline(always)]
fn touch(row: &[f32]) -> u64 {
    const FIELDS: usize = LINE / size_of::<f32>();
    let mut touched = row.last().map_or(0, |x| x.to_bits());
    for line in row.chunks_exact(FIELDS) {
        touched ^= line[FIELDS - 1].to_bits();
    }
    u64::from(touched)
}

/// Copies a row: where it is long enough in whole vectors, the last of which overlaps the one before it.
#[inline(always)]
fn copy_row(to: &mut [f32], from: &[f32]) {
    const WIDTH: usize = 8;
    let (Some(last), Some(last_from)) = (to.len().checked_sub(WIDTH), from.last_chunk::<WIDTH>())
    else {
        to.copy_from_slice(from);
        return;
    };
    let last_from = *last_from;
    for (to, from) in to.chunks_exact_mut(WIDTH).zip(from.chunks_exact(WIDTH)) {
        to.copy_from_slice(from);
    }
    to[last..].copy_from_slice(&last_from);
}

/// The book of copy `i`.
struct Column<'a> {
    block: &'a PlainBlock,
    i: usize,
}

impl Book for Column<'_> {
    #[inline(always)]
    fn weights(&self) -> &[f64] {
        from_ref(&self.block.weights[self.i])
    }
    #[inline(always)]
    fn cash(&self) -> f64 {
        fraction(
            self.block.portfolios.cash(self.i),
            self.block.equities[self.i],
        )
    }
    #[inline(always)]
    fn unrealized(&self) -> f64 {
        let (block, i) = (self.block, self.i);
        // As a sum over assets starts: at zero.
        let profit = 0.0 + block.portfolios.unrealized(i, block.closes[i]);
        fraction(profit, block.equities[i])
    }
    #[inline(always)]
    fn time_left(&self) -> f64 {
        let (block, i) = (self.block, self.i);
        time_left(&(block.first_rows[i]..=block.last_rows[i]), block.rows[i])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        env::{
            Env as _, Market, Outcome, Shock, ShockKind, Shocks, Together as _, TradingSpec,
            trading_copies::TradingCopies, trading_fixture::*,
        },
        features::FeatureSpec,
        market::Allocation,
        rng::{Component, Streams},
        units::Bps,
    };
    use rand::Rng as _;

    /// More than one block, the last of which is not full.
    const N_COPIES: usize = BLOCK + 7;

    #[derive(Clone, Copy, Debug)]
    struct Case {
        levels: bool,
        impact_coefficient: f64,
        kind: ShockKind,
        horizon: Option<usize>,
        shocked: bool,
        /// Whether the only market features are returns.
        returns: bool,
    }

    fn rules(case: Case) -> TradingSpec {
        let mut rules = spec(case.kind);
        rules.costs.impact_coefficient = case.impact_coefficient;
        rules.horizon = case.horizon;
        rules.ruin_fraction = 0.95;
        // With leverage and half the spread of a house, some are ruined and some trades change their direction.
        rules.costs.half_spread = Bps::new(120.0).unwrap();
        let max_gross = 1.5;
        rules.allocation = if case.levels {
            let levels = vec![-1.0, 0.0, 0.5, 1.0];
            Allocation::Levels { levels, max_gross }
        } else {
            let (low, max_gross) = (-1.0, 0.9);
            Allocation::Weights { low, max_gross }
        };
        if case.returns {
            let (window, half_life) = (11, 5.0);
            rules.features = vec![FeatureSpec::ScaledReturns { window, half_life }];
        }
        rules
    }

    fn copies(case: Case) -> Vec<TradingEnv> {
        let (panel, rules) = (panel_of(bars(1, N_BARS, 1), 1), rules(case));
        let fitted = Market::fit(panel, &rules.features, 0..TRAINING).unwrap();
        let market = fitted.market.with_fewer_windows();
        assert_eq!(market.windows().is_some(), case.returns);
        let mut env = env_of(&Arc::new(market), rules);
        (0..N_COPIES as u64)
            .map(|seed| {
                env.reset(seed);
                env.clone()
            })
            .collect()
    }

    /// Everything that can be asked of a copy, as bits.
    fn bits_of(env: &TradingEnv) -> Vec<u64> {
        let (fill, shock, account) = (env.last_fill(), env.applied_shock(), env.account());
        let interventions = env.interventions();
        let mut bits = vec![
            env.row() as u64,
            env.outcome() as u64,
            interventions.refused_actions,
            interventions.clamped_weights,
            interventions.scaled_to_gross,
            interventions.projected_shocks,
        ];
        let numbers = [
            env.equity(),
            env.last_turnover(),
            fill.traded_value,
            fill.charge.fee,
            fill.charge.spread,
            fill.charge.impact,
            env.marked_weights()[0],
            env.closes()[0],
            account.weights[0],
            account.cash,
            account.unrealized,
            account.time_left,
            env.portfolio().cash(),
            env.portfolio().units()[0],
            shock.price_bps[0],
            shock.spread_multiplier,
            shock.liquidity_multiplier,
            env.spent_bps(),
        ];
        bits.extend(numbers.map(f64::to_bits));
        let mut snapshot = vec![0.0; env.shock_map().unwrap().snapshot_len()];
        env.snapshot(&mut snapshot);
        bits.extend(snapshot.iter().map(|x| x.to_bits()));
        bits
    }

    /// One step of all copies together.
    struct Played {
        observations: Vec<f32>,
        rewards: Vec<f64>,
        outcomes: Vec<Outcome>,
    }

    fn step_all(
        copies: &mut TradingCopies,
        n_fields: usize,
        moves: &Moves<'_>,
        n_refused: &mut [u64],
    ) -> Played {
        let mut played = Played {
            observations: vec![f32::NAN; N_COPIES * n_fields],
            rewards: vec![f64::NAN; N_COPIES],
            outcomes: vec![Outcome::Running; N_COPIES],
        };
        let mut steps = Steps {
            n_fields,
            observations: &mut played.observations,
            rewards: &mut played.rewards,
            outcomes: &mut played.outcomes,
            n_refused,
        };
        copies.step(moves, &mut steps);
        played
    }

    /// Together and alone, over steps with refused, clamped and scaled actions, shocks, and ends of episodes.
    fn check(case: Case) {
        let mut alone = copies(case);
        let n_fields = alone[0].layout().n_fields();
        let mut together = TradingCopies::new(copies(case));
        let mut rng = Streams::new(7).stream(Component::Policy, 0);
        let (mut n_truncated, mut n_terminated, mut n_refused) = (0, 0, [0; N_COPIES]);
        for t in 0..120 {
            let wild = t % 10 == 9;
            let levels: Vec<u32> = (0..N_COPIES)
                .map(|_| rng.gen_range(0..if wild { 6 } else { 4 }))
                .collect();
            let reach = if wild { 1.4 } else { 0.9 };
            let mut weights: Vec<f32> = (0..N_COPIES)
                .map(|_| rng.gen_range(-reach..reach))
                .collect();
            if t % 20 == 19 {
                weights[3] = f32::NAN;
            }
            let shocked = case.shocked && t % 7 == 3;
            let price_bps: Vec<f64> = (0..N_COPIES)
                .map(|i| {
                    if i % 3 == 0 {
                        0.0
                    } else {
                        rng.gen_range(-200.0..200.0)
                    }
                })
                .collect();
            let moves = Moves {
                n_dims: 1,
                n_assets: 1,
                actions: if case.levels {
                    Action::Categorical(&levels)
                } else {
                    Action::Continuous(&weights)
                },
                shocks: Shocks {
                    price_bps: if shocked { &price_bps } else { &[] },
                    ..Shocks::NONE
                },
            };
            let played = step_all(&mut together, n_fields, &moves, &mut n_refused);
            let observations = played.observations.chunks_exact(n_fields);
            for (i, observation) in observations.enumerate() {
                let place = format!("{case:?}, step {t}, copy {i}");
                let step = alone[i].step(moves.action(i), moves.shock(i));
                let bits = |row: &[f32]| row.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
                assert_eq!(bits(observation), bits(step.observation), "{place}");
                assert_eq!(
                    played.rewards[i].to_bits(),
                    step.reward.to_bits(),
                    "{place}"
                );
                assert_eq!(played.outcomes[i], step.outcome, "{place}");
                assert_eq!(n_refused[i], alone[i].n_refused(), "{place}");
                if t % 3 == 0 {
                    assert_eq!(bits_of(together.current(i)), bits_of(&alone[i]), "{place}");
                }
                n_truncated += usize::from(played.outcomes[i] == Outcome::Truncated);
                n_terminated += usize::from(played.outcomes[i] == Outcome::Terminated);
                // A step after the end is part of the contract, too.
                if played.outcomes[i].is_over() && t % 2 == 0 {
                    let seed = (t * N_COPIES + i) as u64;
                    let first = bits(together.reset(i, seed));
                    assert_eq!(first, bits(alone[i].reset(seed)), "{place}");
                }
            }
        }
        assert!(
            n_truncated > 0 && n_terminated > 0,
            "{case:?}: an end is missing"
        );
    }

    #[test]
    fn copies_stepped_together_are_copies_stepped_alone_to_the_bit() {
        for i in 0..32 {
            let is_set = |bit: u32| i >> bit & 1 == 1;
            check(Case {
                levels: is_set(0),
                impact_coefficient: if is_set(1) { 0.5 } else { 0.0 },
                kind: [ShockKind::Print, ShockKind::Jump][usize::from(is_set(2))],
                horizon: Some(9),
                shocked: is_set(3),
                returns: is_set(4),
            });
        }
    }

    #[test]
    fn clean_copies_of_one_asset_take_the_short_way_and_others_do_not() {
        let case = Case {
            levels: true,
            impact_coefficient: 0.0,
            kind: ShockKind::Jump,
            horizon: None,
            shocked: false,
            returns: false,
        };
        let mut copies = copies(case);
        copies.truncate(BLOCK);
        let rules = Arc::clone(&copies[0].rules);
        assert!(PlainBlock::fits(&rules));
        let mut block = PlainBlock::new(Arc::clone(&rules), BLOCK);
        let levels = [1; BLOCK];
        let moves = |shocks| Moves {
            n_dims: 1,
            n_assets: 1,
            actions: Action::Categorical(&levels),
            shocks,
        };
        let plays = |block: &mut PlainBlock, copies: &mut [TradingEnv], shocks| {
            let n_fields = copies[0].layout().n_fields();
            let mut observations = vec![0.0; BLOCK * n_fields];
            let mut steps = Steps {
                n_fields,
                observations: &mut observations,
                rewards: &mut [0.0; BLOCK],
                outcomes: &mut [Outcome::Running; BLOCK],
                n_refused: &mut [0; BLOCK],
            };
            block.step(copies, 0, &moves(shocks), &mut steps)
        };
        assert!(plays(&mut block, &mut copies, Shocks::NONE));
        let jump = [10.0; BLOCK];
        let shocked = Shocks {
            price_bps: &jump,
            ..Shocks::NONE
        };
        assert!(!plays(&mut block, &mut copies, shocked));
        copies[0].step(
            Action::Categorical(&[1]),
            Shock {
                price_bps: &[10.0],
                ..Shock::NONE
            },
        );
        assert!(!plays(&mut block, &mut copies, Shocks::NONE));
        copies[0].reset(0);
        assert!(plays(&mut block, &mut copies, Shocks::NONE));
    }
}
