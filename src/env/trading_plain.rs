//! Copies in which nothing special happens, kept in columns: no impact, nothing shocked, no jump in the past.
//!
//! The formulas are those of every step. What is left out is asking each copy the same questions about its rules, and carrying
//! its numbers to and fro: from one such step to the next they stay in columns.

use super::trading_account::Marked;
use super::trading_episode::{Rules, floor};
use super::{Action, Moves, Projection, Steps, TradingEnv};
use crate::{
    features::write_account,
    market::{AllocationBlock, BLOCK, Lanes, PortfolioBlock, ProportionalCosts, Verdict},
};
use pulp::Arch;
use std::{ops::Range, sync::Arc};

/// Up to [`BLOCK`] copies that play by the same rules, number beside number. What is one number per asset is a column per asset.
pub(super) struct PlainBlock {
    pub(super) rules: Arc<Rules>,
    pub(super) costs: ProportionalCosts,
    pub(super) n_assets: usize,
    arch: Arch,
    /// Copies in the block.
    pub(super) n: usize,
    keeper: Keeper,
    /// Which copies have memory fetched in this step.
    pub(super) turn: usize,
    /// Of these the numbers are in the copies again: their episode is over. Meaningless while the copies keep all.
    over: Lanes<bool>,
    n_over: usize,
    pub(super) rows: Lanes<usize>,
    pub(super) first_rows: Lanes<usize>,
    pub(super) last_rows: Lanes<usize>,
    pub(super) equities_before: Lanes,
    pub(super) equities: Lanes,
    pub(super) weights: Box<[Lanes]>,
    pub(super) portfolios: PortfolioBlock,
    actions: AllocationBlock,
    // Of the step, not kept:
    pub(super) targets: Box<[Lanes]>,
    pub(super) opens: Box<[Lanes]>,
    pub(super) closes: Box<[Lanes]>,
}

/// Who has the numbers as they are now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Keeper {
    /// The copies.
    Copies,
    /// The block's columns; the copies are what they were.
    Columns,
}

/// Whether a step was some copy's last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ends {
    None,
    Some,
}

impl PlainBlock {
    /// Whether steps by these rules can be plain.
    pub(super) fn fits(rules: &Rules) -> bool {
        !rules.spec.costs.has_impact()
    }

    /// For `n` copies, at most [`BLOCK`], that keep their numbers as yet.
    pub(super) fn new(rules: Arc<Rules>, n: usize) -> Self {
        let n = n.min(BLOCK);
        let n_assets = rules.market.panel().n_assets();
        let columns = || vec![[0.0; BLOCK]; n_assets].into_boxed_slice();
        Self {
            costs: rules.spec.costs.rates(),
            rules,
            n_assets,
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
            weights: columns(),
            portfolios: PortfolioBlock::new(n, n_assets),
            actions: AllocationBlock::new(n),
            targets: columns(),
            opens: columns(),
            closes: columns(),
        }
    }

    /// One step of the block's copies, the first of which is number `begin`. Says no where a copy plays by other rules or has
    /// something special behind it, where something is shocked, and where an action is refused: then nothing was played, and
    /// the copies have their numbers.
    pub(super) fn step(
        &mut self,
        copies: &mut [TradingEnv],
        begin: usize,
        moves: &Moves<'_>,
        steps: &mut Steps<'_>,
    ) -> bool {
        let plain = moves.shocks.are_none() && self.n_over == 0 && self.gather(copies);
        if !(plain && self.decode(copies, moves.actions, begin..begin + self.n)) {
            self.scatter(copies);
            return false;
        }
        let arch = self.arch;
        if arch.dispatch(self.play(steps)) == Ends::Some {
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
        let account = &mut episode.account;
        let closes = self.rules.market.prices_of(self.n_assets, row).iter();
        for (mark, prices) in account.marks.iter_mut().zip(closes) {
            *mark = prices.close;
        }
        for (weight, column) in account.marked_weights.iter_mut().zip(&self.weights) {
            *weight = column[i];
        }
        let marked = Marked {
            fill: self.portfolios.store(i, account.portfolio_mut()),
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
        let marked = account.marked();
        self.rows[i] = episode.history.row();
        self.first_rows[i] = *episode.rows().start();
        self.last_rows[i] = *episode.rows().end();
        self.equities_before[i] = marked.equity_before;
        self.equities[i] = marked.equity;
        for (column, weight) in self.weights.iter_mut().zip(account.marked_weights.iter()) {
            column[i] = *weight;
        }
        self.portfolios.load(i, account.portfolio(), marked.fill);
    }

    /// Reads the actions of the copies `rows` and counts what was not taken as given. Whether none is refused; otherwise nothing
    /// is counted.
    fn decode(
        &mut self,
        copies: &mut [TradingEnv],
        actions: Action<'_>,
        rows: Range<usize>,
    ) -> bool {
        let (allocation, targets) = (&self.rules.spec.allocation, &mut *self.targets);
        let rows = rows.start * self.n_assets..rows.end * self.n_assets;
        let verdict = match actions {
            Action::Categorical(levels) => {
                let levels = &levels[rows];
                self.actions.decode_levels(allocation, levels, targets)
            }
            Action::Continuous(raw) => self.actions.decode_weights(allocation, &raw[rows], targets),
        };
        if verdict == Verdict::Changed {
            for (i, copy) in copies.iter_mut().enumerate() {
                let decoded = self.actions.decoded(i);
                copy.interventions.count(decoded, Projection::Inactive);
            }
        }
        verdict != Verdict::Refused
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
    #[inline]
    pub(super) fn is_last(&self, i: usize) -> bool {
        let ruined = self.equities[i] <= floor(&self.rules.spec, self.equities_before[i]);
        let cut_off = self.rows[i] >= self.last_rows[i];
        ruined || cut_off
    }
}
