//! Progress of parallel jobs: bars with an ETA on a terminal, plain lines elsewhere.

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use std::{
    io::{IsTerminal, Write},
    sync::atomic::{AtomicU64, Ordering},
};

/// Where progress goes.
#[derive(Debug)]
pub enum Progress {
    /// Bars on standard error.
    Bars(MultiProgress),
    /// A line per tenth on standard error.
    Lines,
    /// Nowhere.
    Silent,
}

impl Progress {
    /// Bars when standard error is a terminal, lines otherwise.
    #[must_use]
    pub fn on_stderr() -> Self {
        if std::io::stderr().is_terminal() {
            Self::Bars(MultiProgress::new())
        } else {
            Self::Lines
        }
    }

    /// Starts the progress of one job of `n_total` steps.
    #[must_use]
    pub fn job(&self, name: &str, n_total: u64) -> Job {
        let shown = match self {
            Self::Bars(bars) => {
                let bar = bars.add(ProgressBar::new(n_total));
                if let Ok(style) = ProgressStyle::with_template(
                    "{prefix:24} [{bar:32}] {human_pos}/{human_len} steps  eta {eta}  {msg}",
                ) {
                    bar.set_style(style.progress_chars("=> "));
                }
                bar.set_prefix(name.to_owned());
                Shown::Bar(bar)
            }
            Self::Lines => Shown::Lines,
            Self::Silent => Shown::Nothing,
        };
        Job {
            name: name.to_owned(),
            n_total: n_total.max(1),
            tenths: AtomicU64::new(0),
            shown,
        }
    }

    /// One line between the bars.
    pub fn line(&self, text: &str) {
        match self {
            Self::Bars(bars) => {
                // A terminal that went away loses its messages; the run goes on.
                let _ = bars.println(text);
            }
            Self::Lines => say(text),
            Self::Silent => {}
        }
    }
}

/// The progress of one job; may be told from any thread.
#[derive(Debug)]
pub struct Job {
    name: String,
    n_total: u64,
    tenths: AtomicU64,
    shown: Shown,
}

#[derive(Debug)]
enum Shown {
    Bar(ProgressBar),
    Lines,
    Nothing,
}

impl Job {
    /// `n_done` steps are done; `message` says something short about them.
    pub fn advance(&self, n_done: u64, message: &str) {
        match &self.shown {
            Shown::Bar(bar) => {
                bar.set_message(message.to_owned());
                bar.set_position(n_done);
            }
            Shown::Lines => {
                let tenths = n_done * 10 / self.n_total;
                if self.tenths.fetch_max(tenths, Ordering::Relaxed) < tenths {
                    let Self { name, n_total, .. } = self;
                    say(&format!("{name}: {n_done} of {n_total} steps  {message}"));
                }
            }
            Shown::Nothing => {}
        }
    }

    /// The job is over.
    pub fn finish(&self, message: &str) {
        if let Shown::Bar(bar) = &self.shown {
            bar.finish_with_message(message.to_owned());
        }
    }
}

fn say(text: &str) {
    // Nobody reads a closed pipe; the run goes on.
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
