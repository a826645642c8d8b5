//! Results of policies in replayed crashes.

use super::{CrashPlay, CrashTest};
use crate::{crash::Crash, stats::median};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// One crash, replayed at several placements in a span, with the results of all policies.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CrashSummary {
    /// Name of the crash.
    pub crash: String,
    /// Title of the crash in reports.
    pub title: String,
    /// Symbol of the historical asset; `None` for a crash written by hand.
    pub symbol: Option<String>,
    /// Time of the open of the first bar of the crash in history.
    pub first: Option<DateTime<Utc>>,
    /// End of the crash's last bar in history.
    pub last: Option<DateTime<Utc>>,
    /// Number of bars of the crash.
    pub n_bars: usize,
    /// Move from the close before the crash to its last close. Unit: volatilities before the crash.
    pub total_move: f64,
    /// Move of the largest bar. Unit: volatilities before the crash.
    pub largest_bar: f64,
    /// Simple return from the close before the crash to its last close, in history.
    pub simple_return: Option<f64>,
    /// Settings of the replay.
    pub test: CrashTest,
    /// End of the crash's first bar at each placement.
    pub placements: Vec<DateTime<Utc>>,
    /// Results of buy and hold on the same bars, for comparison.
    pub buy_and_hold: Vec<CrashPlay>,
    /// Results per policy and seed, in the order played.
    pub scores: Vec<CrashScore>,
}

/// Results of one policy in one crash.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CrashScore {
    /// Name of the policy or baseline.
    pub policy: String,
    /// Training seed, 0 for a baseline.
    pub seed: u64,
    /// Figures over the placements.
    pub figures: CrashFigures,
    /// Results at each placement.
    pub plays: Vec<CrashPlay>,
}

/// Figures over the placements of one seed, or their medians over seeds. A growth figure is `None`
/// if it is undefined at any placement, because leaving ruins out would flatter the policy.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CrashFigures {
    /// Number of placements, over all seeds, at which the account was ruined.
    pub n_ruined: usize,
    /// Median over placements of the maximum drawdown around the crash. Unit: fraction of the peak.
    pub median_drawdown: f64,
    /// Largest maximum drawdown, over all seeds.
    pub worst_drawdown: f64,
    /// Median log growth over the bars around the crash.
    pub median_log_growth: Option<f64>,
    /// Median log growth over the same bars without the crash.
    pub median_log_growth_clean: Option<f64>,
    /// Median of [`CrashPlay::lost`], the cost of the crash in log growth.
    pub median_lost: Option<f64>,
    /// Median difference of [`CrashPlay::lost`]: buy and hold minus the policy at the same
    /// placement. Positive if the policy lost less.
    pub median_lost_less: Option<f64>,
}

impl CrashSummary {
    /// Summarizes `plays`, a list of (policy, seed, one play per placement), beside `buy_and_hold`
    /// at the same placements.
    #[must_use]
    pub fn new(
        crash: &Crash,
        test: &CrashTest,
        buy_and_hold: Vec<CrashPlay>,
        plays: Vec<(String, u64, Vec<CrashPlay>)>,
    ) -> Self {
        let source = crash.source.as_ref();
        let scores = plays.into_iter().map(|(policy, seed, plays)| CrashScore {
            policy,
            seed,
            figures: CrashFigures::of(&plays, &buy_and_hold),
            plays,
        });
        Self {
            crash: crash.name.clone(),
            title: crash.title.clone(),
            symbol: source.map(|s| s.symbol.clone()),
            first: source.map(|s| s.first - TimeDelta::seconds(s.bar_seconds)),
            last: source.map(|s| s.last),
            n_bars: crash.n_bars(),
            total_move: crash.total_move(),
            largest_bar: crash.largest_bar(),
            simple_return: source.map(|s| (crash.total_move() * s.volatility).exp_m1()),
            test: test.clone(),
            placements: buy_and_hold.iter().map(|play| play.at).collect(),
            scores: scores.collect(),
            buy_and_hold,
        }
    }

    /// Figures per policy over its seeds, in ascending order of crash cost; undefined costs last.
    #[must_use]
    pub fn over_seeds(&self) -> Vec<(&str, CrashFigures)> {
        let mut names: Vec<&str> = Vec::new();
        for score in &self.scores {
            if !names.contains(&score.policy.as_str()) {
                names.push(&score.policy);
            }
        }
        let figures = |name: &str| {
            let own = self.scores.iter().filter(|score| score.policy == name);
            CrashFigures::over(&own.map(|score| score.figures).collect::<Vec<_>>())
        };
        let mut rows: Vec<_> = names.iter().map(|&name| (name, figures(name))).collect();
        let key = |figures: &CrashFigures| figures.median_lost.unwrap_or(f64::INFINITY);
        rows.sort_by(|a, b| key(&a.1).total_cmp(&key(&b.1)));
        rows
    }

    /// Median cost of the crash to buy and hold; `None` if no equity was left at a placement.
    #[must_use]
    pub fn cost_to_hold(&self) -> Option<f64> {
        median_of(self.buy_and_hold.iter().map(CrashPlay::lost))
    }
}

impl CrashFigures {
    fn of(plays: &[CrashPlay], buy_and_hold: &[CrashPlay]) -> Self {
        let drawdowns: Vec<f64> = plays.iter().map(|play| play.crashed.max_drawdown).collect();
        let less = |(own, held): (&CrashPlay, &CrashPlay)| Some(held.lost()? - own.lost()?);
        Self {
            n_ruined: plays.iter().filter(|play| play.crashed.ruined).count(),
            median_drawdown: median(&drawdowns).unwrap_or(0.0),
            worst_drawdown: drawdowns.iter().copied().fold(0.0, f64::max),
            median_log_growth: median_of(plays.iter().map(|play| play.crashed.log_growth)),
            median_log_growth_clean: median_of(plays.iter().map(|play| play.clean.log_growth)),
            median_lost: median_of(plays.iter().map(CrashPlay::lost)),
            median_lost_less: median_of(plays.iter().zip(buy_and_hold).map(less)),
        }
    }

    /// Medians over seeds; numbers of ruins are summed, the worst drawdown is the largest.
    fn over(seeds: &[Self]) -> Self {
        let median_drawdowns: Vec<f64> = seeds.iter().map(|seed| seed.median_drawdown).collect();
        let over = |figure: fn(&Self) -> Option<f64>| median_of(seeds.iter().map(figure));
        Self {
            n_ruined: seeds.iter().map(|seed| seed.n_ruined).sum(),
            median_drawdown: median(&median_drawdowns).unwrap_or(0.0),
            worst_drawdown: seeds.iter().map(|s| s.worst_drawdown).fold(0.0, f64::max),
            median_log_growth: over(|seed| seed.median_log_growth),
            median_log_growth_clean: over(|seed| seed.median_log_growth_clean),
            median_lost: over(|seed| seed.median_lost),
            median_lost_less: over(|seed| seed.median_lost_less),
        }
    }
}

/// Median; `None` without figures or if one of them is undefined.
fn median_of(figures: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    median(&figures.collect::<Option<Vec<f64>>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::CrashResult;

    fn play(crashed: Option<f64>, clean: f64, drawdown: f64) -> CrashPlay {
        CrashPlay {
            at: DateTime::UNIX_EPOCH,
            crashed: CrashResult {
                log_growth: crashed,
                max_drawdown: drawdown,
                ruined: crashed.is_none(),
            },
            clean: CrashResult {
                log_growth: Some(clean),
                max_drawdown: 0.0,
                ruined: false,
            },
        }
    }

    fn is(found: Option<f64>, expected: f64) -> bool {
        found.is_some_and(|found| (found - expected).abs() < 1e-12)
    }

    fn summary(plays: Vec<(&str, u64, Vec<CrashPlay>)>) -> CrashSummary {
        let hold = [(-0.3, 0.1), (-0.2, 0.0), (-0.5, 0.3)]
            .map(|(crashed, clean)| play(Some(crashed), clean, 0.4));
        let plays = plays
            .into_iter()
            .map(|(name, seed, plays)| (name.to_owned(), seed, plays))
            .collect();
        let crash = Crash::named("oil_1991").unwrap();
        CrashSummary::new(crash, &CrashTest::default(), hold.to_vec(), plays)
    }

    fn careful() -> Vec<CrashPlay> {
        vec![
            play(Some(-0.1), 0.05, 0.1),
            play(Some(0.02), 0.0, 0.03),
            play(Some(-0.2), 0.1, 0.25),
        ]
    }

    #[test]
    fn medians_and_worsts_by_hand() {
        let summary = summary(vec![("careful", 1, careful())]);
        // Buy and hold loses 0.4, 0.2, 0.8; `careful` 0.15, −0.02, 0.3: less by 0.25, 0.22, 0.5.
        assert!(is(summary.cost_to_hold(), 0.4));
        let figures = summary.scores[0].figures;
        assert!(is(Some(figures.median_drawdown), 0.1) && is(Some(figures.worst_drawdown), 0.25));
        assert!(is(figures.median_log_growth, -0.1));
        assert!(is(figures.median_log_growth_clean, 0.05));
        assert!(is(figures.median_lost, 0.15) && is(figures.median_lost_less, 0.25));
        // Oil went from the close of January 16, 1991, 32.25, to 21.09 on January 30.
        assert!(is(
            Some((summary.simple_return.unwrap() * 1e3).round()),
            -346.0
        ));
        assert_eq!(
            summary.first.unwrap().to_rfc3339(),
            "1991-01-17T00:00:00+00:00"
        );
    }

    #[test]
    fn a_ruin_is_not_left_out() {
        let mut plays = careful();
        plays[1] = play(None, 0.0, 1.2);
        let summary = summary(vec![("ruined", 1, plays), ("careful", 1, careful())]);
        let figures = summary.scores[0].figures;
        assert_eq!((figures.n_ruined, figures.median_lost), (1, None));
        assert!(is(Some(figures.worst_drawdown), 1.2));
        let order: Vec<&str> = summary.over_seeds().iter().map(|row| row.0).collect();
        assert_eq!(order, ["careful", "ruined"]);
    }

    #[test]
    fn seeds_are_put_together_and_the_least_loss_comes_first() {
        let worse = |by: f64| {
            let shift = |mut play: CrashPlay| {
                play.crashed.log_growth = play.crashed.log_growth.map(|g| g - by);
                play.crashed.max_drawdown += by;
                play
            };
            careful().into_iter().map(shift).collect::<Vec<_>>()
        };
        let summary = summary(vec![
            ("bold", 1, worse(0.5)),
            ("careful", 1, careful()),
            ("careful", 2, worse(0.1)),
            ("careful", 3, worse(0.3)),
        ]);
        let rows = summary.over_seeds();
        assert_eq!((rows[0].0, rows[1].0), ("careful", "bold"));
        assert!(is(rows[0].1.median_lost, 0.25) && is(rows[1].1.median_lost, 0.65));
        assert!(is(Some(rows[0].1.worst_drawdown), 0.55));
        let json = serde_json::to_string(&summary).unwrap();
        assert_eq!(
            serde_json::from_str::<CrashSummary>(&json).unwrap(),
            summary
        );
    }
}
