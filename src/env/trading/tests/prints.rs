//! Tests of kept prints: misprints that the history remembers.

use super::fixture::{N_ASSETS, N_BARS, TRAINING, bars, env, env_of, market, panel_of, spec};
use crate::{
    env::{Action, Env, Market, Shock, Threat, TradingEnv},
    features::{FeatureSpec, print_bar},
};
use std::sync::Arc;

/// Step whose bar is misprinted.
const PRINTED: usize = 6;
const PRINT_BPS: [f64; N_ASSETS] = [120.0, -200.0, 90.0];

fn bits(x: &[f32]) -> Vec<u32> {
    x.iter().map(|x| x.to_bits()).collect()
}

fn action(t: usize) -> [f32; N_ASSETS] {
    [0.3, -0.2, 0.1].map(|w| if t.is_multiple_of(2) { w } else { -w })
}

fn shock(price_bps: &[f64]) -> Shock<'_> {
    Shock {
        price_bps,
        ..Shock::NONE
    }
}

/// A clean environment, and one whose bar [`PRINTED`] is misprinted and kept.
fn pair(features: &[FeatureSpec]) -> [TradingEnv; 2] {
    let panel = panel_of(bars(N_ASSETS, N_BARS, 1), N_ASSETS);
    let market = Arc::new(Market::fit(panel, features, 0..TRAINING).unwrap());
    let mut rules = spec(Threat::Kept);
    rules.features = features.to_vec();
    [(); 2].map(|()| {
        let mut env = env_of(&market, rules.clone());
        env.reset(0);
        env
    })
}

/// Plays both environments of [`pair`]; calls `compare(bars since the print, clean, kept)`.
fn play(
    [mut clean, mut kept]: [TradingEnv; 2],
    mut compare: impl FnMut(usize, &TradingEnv, &TradingEnv),
) {
    for t in 0..=PRINTED + 60 {
        let z = if t == PRINTED { &PRINT_BPS[..] } else { &[] };
        let reward = clean
            .step(Action::Continuous(&action(t)), Shock::NONE)
            .reward;
        let step = kept.step(Action::Continuous(&action(t)), shock(z));
        assert_eq!(reward.to_bits(), step.reward.to_bits(), "rewards are clean");
        if let Some(age) = t.checked_sub(PRINTED) {
            compare(age, &clean, &kept);
        }
    }
}

#[test]
fn finite_windows_forget_a_kept_print_bit_for_bit() {
    for feature in [
        FeatureSpec::LogReturns { window: 4 },
        FeatureSpec::RollingVolatility { window: 6 },
        FeatureSpec::ZScore { window: 9 },
        FeatureSpec::CrossSection { window: 5 },
    ] {
        let envs = pair(std::slice::from_ref(&feature));
        let warm_up = envs[0].market().pipeline().warm_up();
        let mut n_differ = 0;
        play(envs, |age, clean, kept| {
            let same = bits(clean.observation()) == bits(kept.observation());
            // A misprinted close is in the window until `warm_up` further bars have closed.
            assert!(same || age <= warm_up, "{feature:?} remembers {age} bars");
            assert!(!same || age > 0, "{feature:?} does not show the print");
            n_differ += usize::from(!same);
            if age == warm_up {
                assert!(!same, "{feature:?} forgot too early");
            }
        });
        assert!(n_differ >= 2, "{feature:?} remembers nothing");
    }
}

#[test]
fn a_kept_print_moves_observations_and_no_money() {
    let features = spec(Threat::Kept).features;
    play(pair(&features), |age, clean, kept| {
        let n = clean.layout().market.len();
        let (clean_seen, kept_seen) = (clean.observation(), kept.observation());
        assert_ne!(bits(&clean_seen[..n]), bits(&kept_seen[..n]), "bar {age}");
        assert_eq!(bits(&clean_seen[n..]), bits(&kept_seen[n..]), "account");
        assert_eq!(clean.portfolio(), kept.portfolio());
        assert_eq!(clean.last_fill(), kept.last_fill());
        assert_eq!(clean.closes(), kept.closes());
    });
}

/// The print bar itself looks alike under both endings; all later bars of a corrected print are
/// clean.
#[test]
fn endings_differ_after_the_printed_bar_only() {
    let [mut clean, mut corrected, mut kept] =
        [Threat::Corrected, Threat::Corrected, Threat::Kept].map(env);
    for t in 0..40 {
        let z = if t == PRINTED { &PRINT_BPS[..] } else { &[] };
        let seen = |env: &mut TradingEnv, z| {
            bits(
                env.step(Action::Continuous(&action(t)), shock(z))
                    .observation,
            )
        };
        let nominal = seen(&mut clean, &[]);
        let [corrected, kept] = [seen(&mut corrected, z), seen(&mut kept, z)];
        assert_eq!(corrected == nominal, t != PRINTED, "step {t}");
        assert_eq!(kept == corrected, t <= PRINTED, "step {t}");
    }
}

/// Features of an environment whose newest bar is clean.
fn features_of(env: &TradingEnv) -> Vec<f64> {
    let map = env.shock_map().unwrap();
    let mut snapshot = vec![0.0; map.snapshot_len()];
    env.snapshot(&mut snapshot);
    let pipeline = env.market().pipeline();
    let mut features = vec![0.0; pipeline.n_outputs()];
    let history = &snapshot[..pipeline.snapshot_len()];
    pipeline.peek_snapshot(history, &[0.0; N_ASSETS], &mut features);
    features
}

/// The effect of a misprint on the EWMA variance and on Wilder's range decays at the rate of each.
#[test]
fn smoothed_features_forget_at_their_rate() {
    let half_life = 10.0;
    let specs = [
        FeatureSpec::EwmaVolatility { half_life },
        FeatureSpec::AverageTrueRange { period: 7 },
    ];
    let envs = pair(&specs);
    let decay = (-1.0 / half_life).exp2();
    // Sum of the weights λ^k of the returns that the variance has seen at a row.
    let weight = |row: usize| (1.0 - decay.powi(i32::try_from(row).unwrap())) / (1.0 - decay);
    let mut before: Option<[[f64; 2]; N_ASSETS]> = None;
    let (mut n_compared, mut n_ranges) = (0, 0);
    play(envs, |age, clean, kept| {
        // The misprint is in the returns and ranges of its own and of the next bar.
        if age == 0 {
            return;
        }
        let (clean_x, kept_x) = (features_of(clean), features_of(kept));
        let row = clean.row();
        let now: [[f64; 2]; N_ASSETS] = std::array::from_fn(|i| {
            let variance = |x: &[f64]| (2.0 * x[i]).exp() * weight(row);
            let range = |x: &[f64]| x[N_ASSETS + i] * clean.closes()[i];
            [
                variance(&kept_x) - variance(&clean_x),
                range(&kept_x) - range(&clean_x),
            ]
        });
        if let Some(before) = before.filter(|_| age <= 40) {
            for (now, before) in now.iter().zip(before) {
                assert!(
                    (now[0] / before[0] - decay).abs() < 1e-6,
                    "variance, bar {age}"
                );
                // A misprint within the bar's range leaves the range as it is.
                if before[1].abs() > 0.0 {
                    assert!(
                        (now[1] / before[1] - 6.0 / 7.0).abs() < 1e-6,
                        "range, bar {age}"
                    );
                    n_ranges += 1;
                }
                n_compared += 1;
            }
        }
        before = Some(now);
    });
    assert_eq!(n_compared, 39 * N_ASSETS);
    assert!(n_ranges >= 39);
}

/// Under kept prints, the observation is that of a bot that commits each printed bar once.
#[test]
fn kept_prints_are_the_features_of_a_bot_that_commits_printed_bars() {
    let clean = market(bars(N_ASSETS, N_BARS, 1));
    for market in [Arc::clone(&clean), Arc::new(clean.without_states())] {
        let mut env = env_of(&market, spec(Threat::Kept));
        let (panel, pipeline) = (market.panel(), market.pipeline());
        let mut state = vec![0.0; pipeline.state_len()];
        for row in 0..env.first_row() {
            pipeline.push(&mut state, panel.row(row), panel.moment(row));
        }
        env.reset(0);
        let mut printed = panel.row(env.row()).to_vec();
        let (mut features, n) = (vec![0.0; pipeline.n_outputs()], pipeline.n_outputs());
        let mut expected = vec![0.0_f32; n];
        for t in 0..80 {
            pipeline.push(&mut state, &printed, panel.moment(env.row()));
            // Two bars of three are misprinted.
            let z = PRINT_BPS.map(|bps| if t % 3 == 0 { 0.0 } else { bps * 0.5 });
            env.step(Action::Continuous(&action(t)), shock(&z));
            for ((printed, bar), bps) in printed.iter_mut().zip(panel.row(env.row())).zip(z) {
                *printed = print_bar(bar, bps * 1e-4);
            }
            pipeline.peek(&state, &printed, panel.moment(env.row()), &mut features);
            market.normalizer().apply(&features, &mut expected);
            assert_eq!(bits(&env.observation()[..n]), bits(&expected), "step {t}");
        }
    }
}
