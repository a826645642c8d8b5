//! Steps of many copies in which nothing special happens: one asset, no impact, nothing shocked, no jump in the past.
//!
//! The formulas are those of every step; what is left out is asking each copy the same questions about its rules.

use super::trading_account::MarkedAccount;
use super::trading_episode::Rules;
use super::trading_market::Prices;
use super::{Action, Moves, Steps, TradingEnv};
use crate::{
    features::account_value,
    market::{BLOCK, Decoded, PortfolioBlock, ProportionalCosts},
};
use std::{
    hint::black_box,
    slice::{from_mut, from_ref},
    sync::Arc,
};

/// Up to [`BLOCK`] copies that play by the same rules, number beside number.
pub(super) struct PlainBlock<'a> {
    rules: &'a Arc<Rules>,
    moves: &'a Moves<'a>,
    prices: &'a [Prices],
    /// Market parts of the clean observations, `[n_bars, n_outputs]`.
    observations: &'a [f32],
    n_outputs: usize,
    costs: ProportionalCosts,
    targets: [f64; BLOCK],
    opens: [f64; BLOCK],
    closes: [f64; BLOCK],
    equities: [f64; BLOCK],
    marked_equities: [f64; BLOCK],
    weights: [f64; BLOCK],
    portfolios: PortfolioBlock,
}

impl<'a> PlainBlock<'a> {
    /// With fewer copies, taking them apart and putting them together costs more than it gains.
    pub(super) const MIN_COPIES: usize = 4;

    /// `None` where the rules or the moves ask for more.
    pub(super) fn new(rules: &'a Arc<Rules>, moves: &'a Moves<'a>) -> Option<Self> {
        let costs = &rules.spec.costs;
        let is_plain = rules.market.panel().n_assets() == 1
            && moves.n_dims == 1
            && !costs.has_impact()
            && moves.shocks.are_none();
        is_plain.then(|| Self {
            rules,
            moves,
            prices: rules.market.prices(),
            observations: rules.market.observations(),
            n_outputs: rules.market.pipeline().n_outputs(),
            costs: costs.rates(),
            targets: [0.0; BLOCK],
            opens: [0.0; BLOCK],
            closes: [0.0; BLOCK],
            equities: [0.0; BLOCK],
            marked_equities: [0.0; BLOCK],
            weights: [0.0; BLOCK],
            portfolios: PortfolioBlock::EMPTY,
        })
    }

    /// One step of `copies`, at most a block of them and the first number `begin`. Says no, and changes nothing, where a copy
    /// plays by other rules or has something special behind it, and where an action is not taken as given.
    pub(super) fn step(
        &mut self,
        copies: &mut [TradingEnv],
        begin: usize,
        steps: &mut Steps<'_>,
    ) -> bool {
        if !(self.load(copies) && self.decode(begin, copies.len())) {
            return false;
        }
        let (opens, closes) = (&self.opens, &self.closes);
        self.portfolios.rebalance(&self.targets, opens, &self.costs);
        self.portfolios
            .mark(closes, &mut self.marked_equities, &mut self.weights);
        self.store(copies, steps);
        self.observe(copies, steps);
        true
    }

    /// Reads one number of every line of memory that the step will read of the market, so that all copies wait for it at the
    /// same time.
    #[inline]
    fn touch(&self, copies: &[TradingEnv]) {
        const FIELDS_PER_LINE: usize = 64 / size_of::<f32>();
        let (mut touched, n_outputs) = (0, self.n_outputs);
        for copy in copies {
            let next = copy.episode.history.row() + 1;
            touched ^= self.prices[next].close.to_bits();
            let mut field = next * n_outputs + FIELDS_PER_LINE - 1;
            let end = (next + 1) * n_outputs;
            while field < end {
                touched ^= u64::from(self.observations[field].to_bits());
                field += FIELDS_PER_LINE;
            }
        }
        black_box(touched);
    }

    /// Takes the copies in. Whether they fit.
    #[inline]
    fn load(&mut self, copies: &[TradingEnv]) -> bool {
        let fits =
            |copy: &TradingEnv| copy.episode.is_plain() && Arc::ptr_eq(&copy.rules, self.rules);
        if copies.len() > BLOCK || !copies.iter().all(fits) {
            return false;
        }
        self.touch(copies);
        for (i, copy) in copies.iter().enumerate().take(BLOCK) {
            let prices = self.prices[copy.episode.history.row() + 1];
            (self.opens[i], self.closes[i]) = (prices.open, prices.close);
            self.equities[i] = copy.episode.account.equity;
            self.portfolios.load(i, copy.episode.account.portfolio());
        }
        self.portfolios.resize(copies.len());
        true
    }

    /// Whether all actions are taken as given.
    #[inline]
    fn decode(&mut self, begin: usize, n_copies: usize) -> bool {
        let allocation = &self.rules.spec.allocation;
        let targets = self.targets.iter_mut();
        let rows = begin..begin + n_copies;
        let mut as_given = true;
        match self.moves.actions {
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

    /// Gives the copies what came of the step.
    #[inline]
    fn store(&mut self, copies: &mut [TradingEnv], steps: &mut Steps<'_>) {
        for (i, (copy, outcome)) in copies
            .iter_mut()
            .zip(&mut *steps.outcomes)
            .enumerate()
            .take(BLOCK)
        {
            let episode = &mut copy.episode;
            let fill = self.portfolios.store(i, episode.account.portfolio_mut());
            let marked = MarkedAccount {
                fill,
                price: self.closes[i],
                weight: self.weights[i],
                equity: self.marked_equities[i],
            };
            episode.finish_plain(self.rules, marked);
            *outcome = episode.outcome;
            self.marked_equities[i] = episode.account.equity;
        }
        let equities = self.equities.iter().zip(&self.marked_equities);
        for (reward, (equity_t, equity_tp1)) in steps.rewards.iter_mut().zip(equities) {
            *reward = self.rules.spec.reward.of(*equity_t, *equity_tp1);
        }
    }

    #[inline]
    fn observe(&self, copies: &[TradingEnv], steps: &mut Steps<'_>) {
        let n_outputs = self.n_outputs;
        let observations = steps.observations.chunks_exact_mut(steps.n_fields);
        for (copy, out) in copies.iter().zip(observations) {
            let row = copy.episode.history.row();
            let (market, account) = out.split_at_mut(n_outputs);
            market.copy_from_slice(&self.observations[row * n_outputs..(row + 1) * n_outputs]);
            // With one asset every feature of the account is one number.
            for (out, feature) in account.iter_mut().zip(&self.rules.spec.account) {
                *out = account_value(&copy.episode, *feature, 0);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        env::{Env as _, Market, Outcome, ShockKind, Shocks, TradingSpec, trading_fixture::*},
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
        /// Everything but the last step is in the clean market.
        shocked: bool,
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
        rules
    }

    fn copies(case: Case) -> Vec<TradingEnv> {
        let panel = panel_of(bars(1, N_BARS, 1), 1);
        let market = Market::fit(panel, &features(), 0..TRAINING).unwrap().market;
        let mut env = env_of(&Arc::new(market), rules(case));
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

    fn step_all(copies: &mut [TradingEnv], moves: &Moves<'_>) -> Played {
        let (n_copies, n_fields) = (copies.len(), copies[0].layout().n_fields());
        let mut played = Played {
            observations: vec![f32::NAN; n_copies * n_fields],
            rewards: vec![f64::NAN; n_copies],
            outcomes: vec![Outcome::Running; n_copies],
        };
        let mut steps = Steps {
            n_fields,
            observations: &mut played.observations,
            rewards: &mut played.rewards,
            outcomes: &mut played.outcomes,
        };
        TradingEnv::step_all(copies, moves, &mut steps);
        played
    }

    /// Together and alone, over steps with refused, clamped and scaled actions, shocks, and ends of episodes.
    fn check(case: Case) {
        let (mut together, mut alone) = (copies(case), copies(case));
        let mut rng = Streams::new(7).stream(Component::Policy, 0);
        let (mut n_truncated, mut n_terminated) = (0, 0);
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
            let played = step_all(&mut together, &moves);
            let observations = played
                .observations
                .chunks_exact(together[0].layout().n_fields());
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
                assert_eq!(bits_of(&together[i]), bits_of(&alone[i]), "{place}");
                n_truncated += usize::from(played.outcomes[i] == Outcome::Truncated);
                n_terminated += usize::from(played.outcomes[i] == Outcome::Terminated);
                // A step after the end is part of the contract, too.
                if played.outcomes[i].is_over() && t % 2 == 0 {
                    let seed = (t * N_COPIES + i) as u64;
                    together[i].reset(seed);
                    alone[i].reset(seed);
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
        for levels in [true, false] {
            for impact_coefficient in [0.0, 0.5] {
                for kind in [ShockKind::Print, ShockKind::Jump] {
                    for shocked in [false, true] {
                        check(Case {
                            levels,
                            impact_coefficient,
                            kind,
                            horizon: Some(9),
                            shocked,
                        });
                    }
                }
            }
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
        };
        let mut copies = copies(case);
        let rules = Arc::clone(&copies[0].rules);
        let levels = [1; N_COPIES];
        let moves = |shocks| Moves {
            n_dims: 1,
            n_assets: 1,
            actions: Action::Categorical(&levels),
            shocks,
        };
        let clean = moves(Shocks::NONE);
        assert!(
            PlainBlock::new(&rules, &clean)
                .unwrap()
                .load(&copies[..BLOCK])
        );
        let jump = [10.0; N_COPIES];
        let shocked = moves(Shocks {
            price_bps: &jump,
            ..Shocks::NONE
        });
        assert!(PlainBlock::new(&rules, &shocked).is_none());
        step_all(&mut copies[..1], &shocked);
        assert!(
            !PlainBlock::new(&rules, &clean)
                .unwrap()
                .load(&copies[..BLOCK])
        );
        copies[0].reset(0);
        assert!(
            PlainBlock::new(&rules, &clean)
                .unwrap()
                .load(&copies[..BLOCK])
        );
    }
}
