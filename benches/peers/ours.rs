//! Our side of every job: prints one line of JSON in the same form as the scripts.

use crate::workload::{
    acting::Bot,
    learning::Step,
    median,
    trading::{N_BARS, Stepping},
    training::{LARGE, SMALL, cartpole_steps_per_second, trading_steps_per_second},
};
use serde_json::{Value, json};
use std::{
    hint::black_box,
    num::NonZeroUsize,
    time::{Duration, Instant},
};

const REPETITIONS: usize = 5;
const AT_LEAST: Duration = Duration::from_millis(400);
const N_DECISIONS: usize = 20_000;

/// Runs the job `name`.
///
/// # Errors
/// There is no such job.
pub(crate) fn measure(name: &str) -> Result<Value, String> {
    let two = NonZeroUsize::MIN.saturating_add(1);
    let one = NonZeroUsize::MIN;
    let whole = AT_LEAST * u32::try_from(REPETITIONS).unwrap_or(1);
    let steps = |per_second: f64| json!({"unit": "steps/s", "median": per_second});
    let update = |n_rows, job: fn(&mut Step)| {
        let mut step = Step::new(n_rows);
        let seconds = seconds_per_call(|| job(&mut step));
        json!({"unit": "ms", "median": 1e3 * seconds})
    };
    Ok(match name {
        "ppo-small" => steps(trading_steps_per_second(SMALL, one, whole)),
        "ppo-large" => steps(trading_steps_per_second(LARGE, one, whole)),
        "ppo-large-2" => steps(trading_steps_per_second(LARGE, two, whole)),
        "cartpole" => steps(cartpole_steps_per_second(whole)),
        "update-256" => update(256, Step::plain),
        "update-2048" => update(2048, Step::plain),
        "aajr-256" => update(256, Step::adversarial),
        "aajr-2048" => update(2048, Step::adversarial),
        "ascent-256" => update(256, |step| {
            black_box(step.ascend());
        }),
        "frobenius-256" => update(256, |step| step.frobenius(None)),
        "projection-256" => update(256, |step| step.frobenius(Some(NonZeroUsize::MIN))),
        "env-256" => {
            let mut stepping = Stepping::new(256, 256, N_BARS);
            let seconds = seconds_per_call(|| {
                black_box(stepping.play());
            });
            steps(256.0 * 256.0 / seconds)
        }
        "decision" => decision(),
        _ => return Err(format!("--ours: found {name}, expected a job of rows.rs")),
    })
}

/// Median over repetitions of the mean wall time of a call. The first call is a warm-up.
fn seconds_per_call(mut call: impl FnMut()) -> f64 {
    call();
    let mut n_calls = 1;
    while time(n_calls, &mut call) < AT_LEAST / 4 {
        n_calls *= 2;
    }
    let mut means: Vec<f64> = (0..REPETITIONS)
        .map(|_| {
            let (mut total, mut n) = (Duration::ZERO, 0);
            while total < AT_LEAST {
                total += time(n_calls, &mut call);
                n += n_calls;
            }
            total.as_secs_f64() / f64::from(n)
        })
        .collect();
    median(&mut means)
}

fn time(n_calls: u32, call: &mut impl FnMut()) -> Duration {
    let start = now();
    for _ in 0..n_calls {
        call();
    }
    start.elapsed()
}

/// Times decisions: `median` from means over many, `p50` and `p99` from single decisions, each
/// between two readings of the clock.
fn decision() -> Value {
    let mut bot = Bot::new();
    let mean = seconds_per_call(|| bot.decide());
    let mut single: Vec<f64> = (0..N_DECISIONS)
        .map(|_| time(1, &mut || bot.decide()).as_secs_f64())
        .collect();
    single.sort_by(f64::total_cmp);
    json!({
        "unit": "us",
        "median": 1e6 * mean,
        "p50": 1e6 * single[N_DECISIONS / 2],
        "p99": 1e6 * single[N_DECISIONS * 99 / 100],
    })
}

fn now() -> Instant {
    #[allow(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
    Instant::now()
}
