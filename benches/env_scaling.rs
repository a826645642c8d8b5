//! Cost of a step of the trading environment by number of assets, features and bars.
//!
//!     cargo bench --no-default-features --features learn --bench env_scaling [-- FILE.svg]
//!
//! 256 copies on one thread, random levels, costs on, no shocks. Prints and draws ns per step, from
//! the fastest of many short rounds, because slower rounds were interrupted.
#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    clippy::disallowed_methods,
    reason = "a benchmark reads the clock, prints, and may stop at the first surprise"
)]

use chrono::{DateTime, TimeDelta};
use rand::Rng as _;
use shockproof::{
    env::{
        Action, Market, Norm, PrintEnding, Reward, ShockKind, ShockSpec, Shocks, Snapshots,
        TradingEnv, TradingSpec, VectorEnv,
    },
    features::{AccountFeature, FeatureSpec},
    market::{Allocation, Bar, Costs, Panel},
    rng::{Component, Streams},
    units::Bps,
};
use std::{fmt::Write as _, num::NonZeroUsize, path::PathBuf, sync::Arc, time::Instant};

const STREAMS: Streams = Streams::new(1);
const N_COPIES: usize = 256;
/// Number of rounds, many and short, so that some have no interruption.
const N_ROUNDS: usize = 1000;
const N_STEPS: usize = 64 * N_COPIES;

/// Varied quantities; the others stay at [`Setting::PLAIN`].
#[derive(Clone, Copy)]
struct Setting {
    n_assets: usize,
    /// Number of scaled returns per asset.
    window: usize,
    n_bars: usize,
}

impl Setting {
    const PLAIN: Self = Self {
        n_assets: 1,
        window: 31,
        n_bars: 100_000,
    };
}

/// One panel of the picture: its name, and points (x, ns per step).
struct Curve {
    title: &'static str,
    points: Vec<(usize, f64)>,
}

fn main() {
    // `cargo bench` passes --bench; `cargo test --benches` does not, and has nothing to test here.
    let mut args = std::env::args().skip(1);
    if !args.any(|arg| arg == "--bench") {
        return;
    }
    // An argument that is not an SVG file is a filter for other benches.
    let mut paths = std::env::args().skip(1).map(PathBuf::from);
    let path = paths.find(|path| path.extension().is_some_and(|end| end == "svg"));
    let measured = |title, xs: &[usize], setting: fn(usize) -> Setting| Curve {
        title,
        points: xs.iter().map(|&x| (x, nanoseconds(setting(x)))).collect(),
    };
    let curves = [
        measured("assets", &[1, 2, 4, 8, 16], |n_assets| Setting {
            n_assets,
            ..Setting::PLAIN
        }),
        measured("features per asset", &[8, 16, 32, 64, 128], |window| {
            Setting {
                window,
                ..Setting::PLAIN
            }
        }),
        measured("bars", &[1_000, 10_000, 100_000, 1_000_000], |n_bars| {
            Setting {
                n_bars,
                ..Setting::PLAIN
            }
        }),
    ];
    for curve in &curves {
        println!("{:>20}  ns per step", curve.title);
        for (x, ns) in &curve.points {
            println!("{x:>20}  {ns:.1}");
        }
    }
    if let Some(path) = path {
        std::fs::write(&path, svg(&curves)).expect("a writable file");
    }
}

/// Time per environment step in the fastest round. Unit: ns.
fn nanoseconds(setting: Setting) -> f64 {
    let mut vector = vector(setting);
    let mut rng = STREAMS.stream(Component::Policy, 0);
    let n_actions = N_COPIES * setting.n_assets;
    let actions: Vec<u32> = (0..64 * n_actions).map(|_| rng.gen_range(0..3)).collect();
    let n_batches = N_STEPS / N_COPIES;
    let mut round = || {
        let start = Instant::now();
        for actions in actions.chunks_exact(n_actions).cycle().take(n_batches) {
            vector
                .step(Action::Categorical(actions), Shocks::NONE)
                .expect("a step");
        }
        start.elapsed().as_secs_f64() * 1e9 / (n_batches * N_COPIES) as f64
    };
    (0..N_ROUNDS).map(|_| round()).fold(f64::INFINITY, f64::min)
}

fn vector(setting: Setting) -> VectorEnv<TradingEnv> {
    let (window, half_life) = (setting.window, 20.0);
    let rules = rules(vec![FeatureSpec::ScaledReturns { window, half_life }]);
    let rows = 0..setting.n_bars;
    let fitted =
        Market::fit(panel(setting), &rules.features, rows.clone()).expect("a sound market");
    let env = TradingEnv::new(Arc::new(fitted), rules, rows).expect("sound rules");
    let envs = vec![env; N_COPIES];
    let mut vector =
        VectorEnv::new(envs, STREAMS, NonZeroUsize::MIN, Snapshots::Off).expect("copies");
    vector.reset().expect("an episode");
    vector
}

fn rules(features: Vec<FeatureSpec>) -> TradingSpec {
    let bps = |x| Bps::new(x).expect("a number of basis points");
    TradingSpec {
        initial_cash: 1e6,
        costs: Costs {
            fee: bps(1.0).into(),
            half_spread: bps(2.0),
            impact_coefficient: 0.0,
            ..Costs::FREE
        },
        allocation: Allocation::Levels {
            levels: vec![-1.0, 0.0, 1.0],
            max_gross: 1.0,
        },
        orders: shockproof::market::OrderRules::default(),
        reward: Reward::LogGrowth,
        horizon: Some(512),
        ruin_fraction: 0.1,
        features,
        account: vec![AccountFeature::Weights],
        shocks: ShockSpec {
            kind: ShockKind::Print,
            print_ending: PrintEnding::Corrected,
            norm: Norm::LInf,
            budget_bps: bps(200.0),
            episode_budget_bps: None,
            max_spread_multiplier: 1.0,
            min_liquidity_multiplier: 1.0,
        },
    }
}

fn panel(setting: Setting) -> Panel {
    let mut rng = STREAMS.stream(Component::Market, 0);
    let mut closes = vec![100.0; setting.n_assets];
    let mut bar = |asset: usize| {
        let open = closes[asset];
        let close = open * f64::exp(rng.gen_range(-0.002..0.002));
        closes[asset] = close;
        Bar {
            open,
            high: open.max(close),
            low: open.min(close),
            close,
            volume: 1e6,
        }
    };
    let n = setting.n_assets;
    let bars = (0..setting.n_bars * n).map(|k| bar(k % n)).collect();
    let minute = TimeDelta::minutes(1);
    let ends = std::iter::successors(Some(DateTime::UNIX_EPOCH), |&end| Some(end + minute));
    let symbols = (0..n).map(|i| format!("A{i}")).collect();
    Panel::new(
        symbols,
        ends.skip(1).take(setting.n_bars).collect(),
        bars,
        minute,
    )
    .expect("a panel")
}

const PANEL_WIDTH: f64 = 290.0;
const PLOT_WIDTH: f64 = 210.0;
const PLOT_HEIGHT: f64 = 180.0;
const LEFT: f64 = 55.0;
const TOP: f64 = 45.0;

/// Draws panels side by side, each with its own axis of ns per step from 0. The x axis is linear
/// where the expected curve is a sloped line and logarithmic (`bars`) where it is flat.
fn svg(curves: &[Curve]) -> String {
    let (width, height) = (PANEL_WIDTH * curves.len() as f64, TOP + PLOT_HEIGHT + 60.0);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" \
         font-size=\"11\">\n<desc>cargo bench --no-default-features --features learn --bench env_scaling -- FILE.svg</desc>\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"white\"/>\n\
         <text x=\"{LEFT}\" y=\"18\" font-size=\"13\">Time of one environment step, 256 copies on one thread (otherwise 1 asset, \
         31 features, 100000 bars)</text>\n"
    );
    for (i, curve) in curves.iter().enumerate() {
        draw(&mut out, curve, LEFT + PANEL_WIDTH * i as f64);
    }
    out.push_str("</svg>\n");
    out
}

fn draw(out: &mut String, curve: &Curve, left: f64) {
    let logarithmic = curve.points.iter().any(|(x, _)| *x > 1000);
    let scaled = |x: usize| {
        if logarithmic {
            (x as f64).log10() - 3.0
        } else {
            x as f64
        }
    };
    let right = curve
        .points
        .iter()
        .map(|(x, _)| scaled(*x))
        .fold(0.0, f64::max);
    let top = 1.2 * curve.points.iter().map(|(_, ns)| *ns).fold(0.0, f64::max);
    let bottom = TOP + PLOT_HEIGHT;
    let at = |x: usize, ns: f64| {
        let across = left + PLOT_WIDTH * scaled(x) / right;
        (across, bottom - PLOT_HEIGHT * ns / top)
    };
    let mut line = String::new();
    let mut marks = String::new();
    for &(x, ns) in &curve.points {
        let (across, up) = at(x, ns);
        write!(line, "{across:.1},{up:.1} ").expect("a string");
        writeln!(
            marks,
            "<circle cx=\"{across:.1}\" cy=\"{up:.1}\" r=\"3\" fill=\"#1b6ca8\"/>\
             <text x=\"{across:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{ns:.0}</text>\
             <text x=\"{across:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{x}</text>",
            up - 8.0,
            bottom + 16.0,
        )
        .expect("a string");
    }
    writeln!(
        out,
        "<path d=\"M{left} {TOP}V{bottom}H{:.1}\" fill=\"none\" stroke=\"#888\"/>\n\
         <polyline points=\"{line}\" fill=\"none\" stroke=\"#1b6ca8\" stroke-width=\"2\"/>\n{marks}\
         <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>\n\
         <text x=\"{:.1}\" y=\"{TOP}\" text-anchor=\"end\">ns</text>",
        left + PLOT_WIDTH,
        left + PLOT_WIDTH / 2.0,
        bottom + 36.0,
        curve.title,
        left - 6.0,
    )
    .expect("a string");
}
