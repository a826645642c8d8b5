mod worlds;

use super::{
    lab::{Lab, Pipeline, Stage},
    *,
};
use crate::{
    env::{TradingEnv, TradingSpec},
    features::FeatureSpec,
    market::{BarPrices, BarTimes, Panel},
    models::martingale::{Draw, Fork},
    rng::{Component, Streams},
    run::JobMonitor,
    train::PolicyConfig,
};
use chrono::{DateTime, TimeDelta, Utc};
use rand::Rng as _;
use std::{fs, ops::Range, path::Path};

const N_BARS: usize = 1200;
const TRAINING: Range<usize> = 0..700;
const TEST: Range<usize> = 720..N_BARS;

struct Silent;

impl Monitor for Silent {
    fn job(&self, _name: &str, _n_total: u64) -> Box<dyn JobMonitor> {
        Box::new(SilentJob)
    }

    fn line(&self, _text: &str) {}
}

#[derive(Debug)]
struct SilentJob;

impl JobMonitor for SilentJob {
    fn advance(&self, _n_done: u64, _message: &str) {}
    fn finish(&self, _message: &str) {}
}

/// Hourly bars of two related assets, 22 a day.
fn times() -> Vec<BarTimes> {
    let mut rng = Streams::new(5).stream(Component::Market, 0);
    let mut closes = [100.0_f64, 50.0];
    let mut files = [Vec::new(), Vec::new()];
    for _ in 0..N_BARS {
        let common = rng.gen_range(-0.01..0.01);
        for (file, close) in files.iter_mut().zip(&mut closes) {
            let open = *close;
            *close *= 1.0 + common + rng.gen_range(-0.005..0.005);
            file.push(Bar {
                open,
                high: open.max(*close),
                low: open.min(*close),
                close: *close,
                volume: 1e6,
            });
        }
    }
    let open = |t: usize| {
        let hours = 24 * (t / 22) + t % 22;
        DateTime::UNIX_EPOCH + TimeDelta::hours(i64::try_from(hours).unwrap())
    };
    let opens: Vec<DateTime<Utc>> = (0..N_BARS).map(open).collect();
    let ends = opens.iter().map(|&open| open + TimeDelta::hours(1));
    let ends: Vec<_> = ends.collect();
    files
        .map(|bars| BarTimes {
            opens: opens.clone(),
            ends: ends.clone(),
            bars,
            prices: BarPrices::Range,
        })
        .to_vec()
}

/// Panel of the bars of both files, whose stamps are taken as they are.
fn panel(bars: &[Vec<Bar>]) -> Panel {
    let rows = (0..N_BARS).flat_map(|t| [bars[0][t], bars[1][t]]);
    let symbols = ["A", "B"].map(String::from).to_vec();
    Panel::new(
        symbols,
        times()[0].ends.clone(),
        rows.collect(),
        TimeDelta::hours(1),
    )
    .unwrap()
}

fn spec(features: &[FeatureSpec]) -> TradingSpec {
    let windows = [
        FeatureSpec::ScaledReturns {
            window: 3,
            half_life: 10.0,
        },
        FeatureSpec::Rsi { period: 5 },
    ];
    TradingSpec {
        horizon: Some(100),
        ..TradingSpec::new([&windows, features].concat())
    }
}

/// Stage of a panel without a leak.
fn stage(panel: Panel) -> Stage {
    let test = TEST.start..panel.n_bars();
    Stage {
        training: TradingEnv::fit(panel, spec(&[]), TRAINING).unwrap(),
        test,
    }
}

fn lab<'a>(times: Vec<BarTimes>, n_worlds: u32, pipeline: &'a Pipeline<'a>) -> Lab<'a> {
    let history: Vec<Vec<Bar>> = times.iter().map(|file| file.bars.clone()).collect();
    let panel = panel(&history);
    let decisions = panel.timestamps().to_vec();
    lab_of(times, &panel, decisions, n_worlds, pipeline)
}

/// Lab whose assets are correlated as in `panel`.
fn lab_of<'a>(
    times: Vec<BarTimes>,
    panel: &Panel,
    decisions: Vec<DateTime<Utc>>,
    n_worlds: u32,
    pipeline: &'a Pipeline<'a>,
) -> Lab<'a> {
    let mut train = TrainConfig::new(12_288);
    train.policy = PolicyConfig {
        hidden: vec![16],
        critic_hidden: vec![16],
        ..train.policy
    };
    train.measured_rows = 0;
    Lab {
        clock: FineClock::new(times, &decisions, panel),
        decisions,
        pipeline,
        train,
        n_worlds,
        seed: 1,
        resize: &|_, _| {},
    }
}

fn examined(times: Vec<BarTimes>, pipeline: &Pipeline<'_>) -> LeakReport {
    report_of(&lab(times, 2, pipeline))
}

fn report_of(lab: &Lab<'_>) -> LeakReport {
    examine(lab, NonZeroUsize::new(2).unwrap(), &Silent).unwrap()
}

fn parts(report: &LeakReport) -> Vec<Part> {
    let mut parts: Vec<Part> = report.findings.iter().map(|finding| finding.part).collect();
    parts.dedup();
    parts
}

#[test]
fn a_pipeline_without_a_leak_passes() {
    let report = examined(times(), &|bars: &[Vec<Bar>]| Ok(stage(panel(bars))));
    assert_eq!(report.findings, []);
    assert!(
        report.traced.iter().all(|asset| asset.n_unknown == 0),
        "{report:?}"
    );
    assert!(report.profit.costs_per_year > 0.0, "{report:?}");
}

#[test]
fn a_feature_that_peeks_is_named_and_earns() {
    let peeking = |bars: &[Vec<Bar>]| {
        let next = |t: usize| bars[0][(t + 1).min(N_BARS - 1)].close / bars[0][t].close - 1.0;
        let panel = panel(bars).with_signals(vec!["peek".into()], (0..N_BARS).map(next).collect());
        Ok(Stage {
            training: TradingEnv::fit(panel.unwrap(), spec(&[FeatureSpec::Signals]), TRAINING)
                .unwrap(),
            test: TEST,
        })
    };
    let report = examined(times(), &peeking);
    assert_eq!(parts(&report), [Part::Features]);
    assert!(report.findings[0].what.contains("peek"), "{report:?}");
    assert!(report.features.is_beyond_luck() && report.features.name.contains("peek"));
    // The policy finds it too, after a short training and at full costs.
    assert!(report.profit.statistic.is_beyond_luck(), "{report:?}");
}

#[test]
fn labels_that_are_one_bar_off_are_named_in_both_directions() {
    for (hours, words) in [(1, "after the decision"), (-1, "before the decision")] {
        let mut shifted = times();
        for at in &mut shifted[1].opens {
            *at += TimeDelta::hours(hours);
        }
        for at in &mut shifted[1].ends {
            *at += TimeDelta::hours(hours);
        }
        let report = examined(shifted, &|bars: &[Vec<Bar>]| Ok(stage(panel(bars))));
        assert_eq!(parts(&report), [Part::Alignment], "{report:?}");
        let what = &report.findings[0].what;
        assert!(what.contains("of B") && what.contains(words), "{what}");
    }
}

#[test]
fn a_normalizer_that_saw_the_test_span_is_named() {
    let everything = |bars: &[Vec<Bar>]| {
        let fitted = TradingEnv::fit(panel(bars), spec(&[]), 0..N_BARS).unwrap();
        Ok(Stage {
            training: fitted.over(TRAINING).unwrap(),
            test: TEST,
        })
    };
    assert_eq!(parts(&examined(times(), &everything)), [Part::Normalizer]);
}

#[test]
fn worlds_are_martingales_and_twins_fork_where_they_should() {
    let honest = |bars: &[Vec<Bar>]| Ok(stage(panel(bars)));
    let lab = lab(times(), 1, &honest);
    let draw = Draw {
        streams: Streams::new(3),
        world: 0,
        opens: Opens::Noisy,
        fork: None,
    };
    // E[S_T] = S_0: the mean of 400 ratios within four standard errors.
    let ratios: Vec<f64> = (0..400)
        .map(|world| {
            let bars = lab.clock.draw(Draw { world, ..draw }).bars;
            bars[0][N_BARS - 1].close / 100.0
        })
        .collect();
    let n = ratios.len() as f64;
    let mean = ratios.iter().sum::<f64>() / n;
    let variance = ratios
        .iter()
        .map(|ratio| (ratio - mean).powi(2))
        .sum::<f64>()
        / n;
    assert!(
        (mean - 1.0).abs() < 4.0 * (variance / n).sqrt(),
        "{mean} {variance}"
    );
    assert!(variance.sqrt() > 0.05, "{variance}");

    let fork = Fork {
        after: times()[0].ends[600],
        twin: 1,
    };
    let (world, twin) = (
        lab.clock.draw(draw).bars,
        lab.clock
            .draw(Draw {
                fork: Some(fork),
                ..draw
            })
            .bars,
    );
    for (ours, theirs) in world.iter().zip(&twin) {
        assert_eq!(ours[..=600], theirs[..=600]);
        assert!(
            ours[601..]
                .iter()
                .zip(&theirs[601..])
                .all(|(a, b)| a.open.to_bits() != b.open.to_bits())
        );
    }
}

/// Without a leak, a family of statistics exceeds its limit in at most its share of the worlds, 5 %
/// here, and in not far fewer.
#[test]
fn false_alarms_are_as_rare_as_stated() {
    let honest = |bars: &[Vec<Bar>]| Ok(stage(panel(bars)));
    let n_worlds = 300_u32;
    let lab = lab(times(), n_worlds, &honest);
    let (mut features, mut fills) = (0, 0);
    for n in 0..n_worlds {
        let world = lab.world(n, Opens::Noisy).unwrap();
        let probed = probe(&world);
        let exceeds = |tallies: &[tally::Tally]| {
            let limit = tally::limit(2 * tallies.len(), 0.2);
            tallies
                .iter()
                .any(|tally| tally.z().is_some_and(|z| z.abs() > limit))
        };
        features += u32::from(exceeds(&probed.fields));
        let played = play(&lab, &world, &mut Player::mover(1.0, 2)).unwrap();
        fills += u32::from(played.profit.z().is_some_and(|z| z > tally::limit(1, 0.2)));
    }
    // 15 expected of 300, standard deviation 3.8; Bonferroni makes the first family conservative.
    assert!((2..=27).contains(&features), "{features}");
    assert!((4..=27).contains(&fills), "{fills}");
}

#[test]
fn every_shipped_env_with_price_files_passes() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().unwrap();
    for (config, env) in [
        ("quickstart", "panel_daily"),
        ("quickstart", "panel_crashes"),
        ("index_pair", "index_pair"),
        ("eurusd", "eurusd_hourly"),
    ] {
        let text = fs::read_to_string(project.join(format!("configs/{config}.ron"))).unwrap();
        let line = text
            .lines()
            .find(|line| line.contains("    env: "))
            .unwrap();
        let path = project.join(format!("envs/{env}-v1.ron"));
        let text = text.replace(line, &format!("    env: {:?},", path.display().to_string()));
        let file = folder.path().join(format!("{env}.ron"));
        fs::write(&file, text).unwrap();
        let request = LeakRequest {
            config: file,
            n_worlds: 2,
            n_steps: 2048,
            seed: 1,
            n_threads: NonZeroUsize::new(2).unwrap(),
        };
        let report = check_leak(&request, &Registry::default(), &Silent).unwrap();
        assert_eq!(report.findings, [], "{env}");
        assert!(
            report.traced.iter().all(|asset| asset.n_unknown == 0),
            "{env}"
        );
        assert_eq!(report.notes.len(), usize::from(env == "panel_crashes"));
    }
}
