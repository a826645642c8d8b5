//! Progress of parallel jobs: bars with an ETA on a terminal, plain lines elsewhere.

use crate::run::{JobMonitor, Monitor};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use std::{
    io::{IsTerminal, Write},
    sync::atomic::{AtomicU64, Ordering},
};

/// Returns bars if standard error is a terminal, lines otherwise.
pub(super) fn on_stderr() -> Box<dyn Monitor> {
    if std::io::stderr().is_terminal() {
        Box::new(Bars(MultiProgress::new()))
    } else {
        Box::new(Lines)
    }
}

/// One progress bar per job.
struct Bars(MultiProgress);

impl Monitor for Bars {
    fn job(&self, name: &str, n_total: u64) -> Box<dyn JobMonitor> {
        let bar = self.0.add(ProgressBar::new(n_total));
        let template = "{prefix:24} [{bar:32}] {human_pos}/{human_len} steps  eta {eta}  {msg}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_prefix(name.to_owned());
        Box::new(Bar(bar))
    }

    fn line(&self, text: &str) {
        // A closed terminal loses the text; the run goes on.
        let _ = self.0.println(text);
    }
}

#[derive(Debug)]
struct Bar(ProgressBar);

impl JobMonitor for Bar {
    fn advance(&self, n_done: u64, message: &str) {
        self.0.set_message(message.to_owned());
        self.0.set_position(n_done);
    }

    fn finish(&self, message: &str) {
        self.0.finish_with_message(message.to_owned());
    }
}

/// One line per tenth of a job.
struct Lines;

impl Monitor for Lines {
    fn job(&self, name: &str, n_total: u64) -> Box<dyn JobMonitor> {
        Box::new(Tenths {
            name: name.to_owned(),
            n_total: n_total.max(1),
            said: AtomicU64::new(0),
        })
    }

    fn line(&self, text: &str) {
        say(text);
    }
}

#[derive(Debug)]
struct Tenths {
    name: String,
    n_total: u64,
    said: AtomicU64,
}

impl JobMonitor for Tenths {
    fn advance(&self, n_done: u64, message: &str) {
        let tenths = n_done * 10 / self.n_total;
        if self.said.fetch_max(tenths, Ordering::Relaxed) < tenths {
            let Self { name, n_total, .. } = self;
            say(&format!("{name}: {n_done} of {n_total} steps  {message}"));
        }
    }

    fn finish(&self, _message: &str) {}
}

fn say(text: &str) {
    // A closed pipe loses the text; the run goes on.
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
