//! Progress on standard error: only on a terminal, only when it takes longer than a second.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// What is quicker than this needs no bar.
const QUIET_FOR: Duration = Duration::from_secs(1);

/// A bar that fills.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
    began_at: Instant,
}

impl Progress {
    /// A bar for `total` of something.
    pub(crate) fn new(total: usize, what: &'static str) -> Self {
        let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg} {per_sec} {eta}")
            .unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = ProgressBar::with_draw_target(Some(total as u64), ProgressDrawTarget::hidden())
            .with_style(style)
            .with_message(what);
        Self {
            bar,
            began_at: Instant::now(),
        }
    }

    /// One more is done.
    pub(crate) fn step(&self) {
        let is_late = self.bar.is_hidden() && self.began_at.elapsed() > QUIET_FOR;
        if is_late && std::io::stderr().is_terminal() {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        self.bar.inc(1);
    }

    /// So many are done.
    pub(crate) fn at(&self, done: u64) {
        let more = done.saturating_sub(self.bar.position());
        if more > 0 {
            self.bar.inc(more - 1);
            self.step();
        }
    }

    /// Takes the bar away.
    pub(crate) fn finish(self) {
        self.bar.finish_and_clear();
    }
}
