//! Properties of every model: valid bars, reproducible bits, independent streams.

use super::super::*;
use super::{Change, Cut, DAY, assert_mean, log_returns, market};
use crate::{market::Panel, rng::Streams};

pub(in super::super) fn every_model() -> Vec<PriceModel> {
    vec![
        PriceModel::GeometricBrownianMotion(GeometricBrownianMotion {
            drift: 0.05,
            volatility: 0.2,
        }),
        PriceModel::OrnsteinUhlenbeck(OrnsteinUhlenbeck {
            reversion_speed: 1.5,
            level: 110.0,
            volatility: 0.3,
        }),
        PriceModel::MertonJumps(MertonJumps {
            drift: 0.05,
            volatility: 0.2,
            intensity: 30.0,
            jump_mean: -0.01,
            jump_deviation: 0.02,
        }),
        PriceModel::KouJumps(KouJumps {
            drift: 0.1,
            volatility: 0.15,
            intensity: 40.0,
            up_probability: 0.4,
            up_mean: 0.02,
            down_mean: 0.03,
        }),
        PriceModel::Heston(Heston {
            drift: 0.05,
            initial_variance: 0.09,
            long_run_variance: 0.04,
            reversion_speed: 2.0,
            variance_volatility: 0.3,
            correlation: -0.7,
        }),
        PriceModel::GarchT(GarchT {
            log_drift: 0.05,
            volatility: 0.2,
            alpha: 0.08,
            beta: 0.9,
            degrees_of_freedom: 6.0,
        }),
        PriceModel::RegimeSwitching(RegimeSwitching {
            regimes: vec![
                Regime {
                    log_drift: 0.2,
                    volatility: 0.1,
                },
                Regime {
                    log_drift: -0.4,
                    volatility: 0.4,
                },
            ],
            transition: vec![vec![0.98, 0.02], vec![0.05, 0.95]],
        }),
    ]
}

fn panel(market: &SimulatedMarket, path: u32) -> Panel {
    market.panel(&Streams::new(3), path).unwrap()
}

#[test]
fn every_bar_continues_the_path_of_the_bar_before() {
    for opening in [Opening::FirstStep, Opening::PreviousClose] {
        let market = SimulatedMarket {
            opening,
            ..market(&every_model(), Cut::new(DAY, 24), 400)
        };
        // `Panel::new` has checked low <= open, close <= high and 0 < low of each bar.
        let panel = panel(&market, 0);
        assert_eq!((panel.n_bars(), panel.n_assets()), (400, 7));
        assert_eq!(panel.timestamps()[0].timestamp(), i64::from(DAY));
        for asset in 0..7 {
            let bars: Vec<_> = panel.asset(asset).collect();
            let continued = bars
                .windows(2)
                .filter(|pair| (pair[1].open - pair[0].close).abs() <= 0.0)
                .count();
            let expected = if opening == Opening::PreviousClose {
                399
            } else {
                0
            };
            assert_eq!(continued, expected, "asset {asset}, {opening:?}");
            assert!(bars.iter().all(|bar| bar.high > bar.low));
        }
    }
}

#[test]
fn panel_is_a_function_of_market_seed_and_path() {
    let market = market(&every_model(), Cut::new(DAY, 3), 50);
    let alone: Vec<Panel> = (0..4).map(|path| panel(&market, path)).collect();
    let together: Vec<Panel> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|path| {
                scope.spawn({
                    let market = &market;
                    move || panel(market, path)
                })
            })
            .collect();
        threads.into_iter().map(|t| t.join().unwrap()).collect()
    });
    assert_eq!(alone, together);
    assert_ne!(alone[0], alone[1]);
    assert_ne!(market.panel(&Streams::new(4), 0).unwrap(), alone[0]);
}

#[test]
fn assets_are_independent_and_more_bars_keep_the_first_ones() {
    let models = every_model();
    let whole = panel(&market(&models, Cut::new(DAY, 3), 50), 0);
    let mut longer = market(&models[..3], Cut::new(DAY, 3), 80);
    longer.assets[1].volume = Volume::LogNormal {
        mean: 10.0,
        log_deviation: 0.5,
    };
    let longer = panel(&longer, 0);
    for asset in 0..3 {
        for (a, b) in whole.asset(asset).zip(longer.asset(asset)) {
            assert_eq!(
                (a.open, a.high, a.low, a.close),
                (b.open, b.high, b.low, b.close)
            );
        }
    }
    assert!(longer.asset(1).all(|bar| bar.volume > 0.0));
}

#[test]
fn models_round_trip_through_serde_and_refuse_unknown_fields() {
    let market = market(&every_model(), Cut::new(DAY, 3), 50);
    let text = serde_json::to_string(&market).unwrap();
    assert_eq!(
        serde_json::from_str::<SimulatedMarket>(&text).unwrap(),
        market
    );
    for name in [
        "volatility",
        "long_run_variance",
        "transition",
        "steps_per_bar",
        "symbol",
    ] {
        let wrong = text.replacen(&format!("\"{name}\""), "\"vola\"", 1);
        let error = serde_json::from_str::<SimulatedMarket>(&wrong).unwrap_err();
        assert!(error.to_string().contains("`vola`"), "{error}");
    }
    let without = text
        .replace("\"correlation\":\"Independent\",", "")
        .replace(
            ",\"trading_seconds_per_year\":31557600.0,\"opening\":\"FirstStep\"",
            "",
        );
    assert_ne!(without, text);
    assert_eq!(
        serde_json::from_str::<SimulatedMarket>(&without).unwrap(),
        market
    );
}

/// Replaces each parameter of each model by an invalid value.
#[test]
fn invalid_parameters_are_refused_by_name() {
    for model in every_model() {
        let value = serde_json::to_value(&model).unwrap();
        let parameters = value[model.name()].as_object().unwrap().clone();
        for (name, number) in parameters {
            let free = ["drift", "log_drift", "jump_mean"].contains(&name.as_str());
            if !number.is_number() || free {
                continue;
            }
            let mut wrong = value.clone();
            wrong[model.name()][&name] = serde_json::json!(-1.5);
            let wrong: PriceModel = serde_json::from_value(wrong).unwrap();
            let error = market(&[model.clone(), wrong], Cut::new(DAY, 1), 5)
                .check()
                .unwrap_err();
            let start = format!(
                "asset 1 (S1): {}: found {name} = -1.5, expected ",
                model.name()
            );
            assert!(error.to_string().starts_with(&start), "{error}");
        }
    }
}

#[test]
fn invalid_markets_are_refused_by_name() {
    let good = market(&every_model(), Cut::new(DAY, 3), 50);
    let refusal = |change: &dyn Fn(&mut SimulatedMarket)| {
        let mut market = good.clone();
        change(&mut market);
        let error = market.panel(&Streams::new(0), 0).unwrap_err();
        if !matches!(error, ModelError::Panel(_)) {
            let at_once = market.check().unwrap_err().to_string();
            assert_eq!(at_once, error.to_string());
        }
        error.to_string()
    };
    let cases: [(Change<'_, SimulatedMarket>, &str); 12] = [
        (&|m| m.assets.clear(), "assets: found 0"),
        (&|m| m.n_bars = 0, "n_bars: found 0"),
        (&|m| m.n_bars = usize::MAX, "at most 100 million"),
        (&|m| m.bar_seconds = 0, "bar_seconds: found 0"),
        (&|m| m.steps_per_bar = 0, "steps_per_bar: found 0"),
        (
            &|m| m.trading_seconds_per_year = 0.0,
            "found trading_seconds_per_year = 0",
        ),
        (
            &|m| m.assets[2].initial_price = -1.0,
            "asset 2 (S2): asset: found initial_price = -1",
        ),
        (
            &|m| m.assets[1].volume = Volume::Constant(f64::NAN),
            "asset 1 (S1): Volume: found Constant = NaN",
        ),
        (
            &|m| m.assets[1].symbol = "S0".into(),
            "asset 1: found symbol \"S0\"",
        ),
        (
            &|m| m.start = chrono::DateTime::<chrono::Utc>::MAX_UTC,
            "start: found",
        ),
        (
            &|m| m.correlation = Correlation::Common(-0.2),
            "not positive definite (squared pivot of row 5",
        ),
        (
            &|m| {
                m.assets[0].model = PriceModel::GeometricBrownianMotion(GeometricBrownianMotion {
                    drift: 1e6,
                    volatility: 0.0,
                });
            },
            "simulated bars: ",
        ),
    ];
    for (change, part) in cases {
        let message = refusal(change);
        assert!(message.contains(part), "{message}: lacks {part}");
    }
}

/// Log returns of Brownian assets have the correlation of their drivers.
#[test]
fn log_returns_have_the_correlation_matrix_of_the_drivers() {
    let rows = vec![
        vec![1.0, 0.5, -0.3],
        vec![0.5, 1.0, 0.2],
        vec![-0.3, 0.2, 1.0],
    ];
    let brownian = |volatility| {
        PriceModel::GeometricBrownianMotion(GeometricBrownianMotion {
            drift: 0.0,
            volatility,
        })
    };
    let models = [brownian(0.2), brownian(0.5), brownian(1.0)];
    for cut in [Cut::new(DAY, 1), Cut::new(7 * DAY, 5)] {
        let market = SimulatedMarket {
            correlation: Correlation::Matrix(rows.clone()),
            ..market(&models, cut, 20_000)
        };
        let returns = &log_returns(&market, 1, 5)[0];
        for (i, j) in [(0, 1), (0, 2), (1, 2)] {
            let (a, b) = ([0.2, 0.5, 1.0][i], [0.2, 0.5, 1.0][j]);
            let drift = |s: f64| -s * s / 2.0 * cut.years();
            let products: Vec<f64> = returns[i]
                .iter()
                .zip(&returns[j])
                .map(|(x, y)| (x - drift(a)) * (y - drift(b)))
                .collect();
            let scale = a * b * cut.years();
            let se = assert_mean("product", &products, rows[i][j] * scale, 4.0);
            assert!(se < 0.01 * scale);
        }
    }
}
