//! How far the reading of recordings has come: a bar on the terminal, where it takes longer than a second.
//!
//! Of our own rather than indicatif's: that is five crates, and would not clear the line when Ctrl-C ends memrec.

use crate::launch::{Interrupts, Terminal, writing_from_the_background};
use crate::model::Bytes;
use crate::storage::Recording;
use std::io::{PipeWriter, Write, pipe, stderr};
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// Work that is shorter shows nothing.
const PATIENCE: Duration = Duration::from_secs(1);

/// How often the bar is drawn.
const BETWEEN: Duration = Duration::from_millis(100);

/// How wide it is: with what stands beside it, narrow enough for nearly any terminal.
const WIDTH: u64 = 16;

/// Whether a bar is on the terminal: whoever writes there takes it away first.
static SHOWN: Mutex<bool> = Mutex::new(false);

/// Shows how far the reading is, until this goes.
pub(super) struct Progress {
    drawing: Option<(PipeWriter, JoinHandle<()>)>,
    /// Back as it was when nothing is drawn any more.
    _interrupts: Option<Arc<Interrupts>>,
}

impl Progress {
    /// Of recordings that are read so many times each. Where stderr is no terminal, or it cannot be, nothing is shown.
    pub(super) fn of(recordings: &[Recording], times: u64) -> Self {
        let nothing = Self { drawing: None, _interrupts: None };
        // A dumb terminal cannot clear a line.
        let clears = std::env::var_os("TERM").is_some_and(|terminal| terminal != "dumb");
        let Some(terminal) = Terminal::at_stderr().filter(|_| clears) else { return nothing };
        let bar = Bar {
            terminal,
            read: recordings.iter().map(Recording::bytes_read).collect(),
            all: recordings.iter().map(Recording::length).sum::<u64>().saturating_mul(times),
        };
        let (Ok((end, ending)), Ok(interrupts)) = (pipe(), Interrupts::hold().map(Arc::new)) else { return nothing };
        let held = Arc::clone(&interrupts);
        let draw = move || {
            let mut patience = PATIENCE;
            while held.wait(end.as_fd(), patience, clear).is_ok_and(|ended| !ended) {
                patience = BETWEEN;
                bar.draw();
            }
            clear();
        };
        match std::thread::Builder::new().name("progress".to_owned()).spawn(draw) {
            Ok(drawer) => Self { drawing: Some((ending, drawer)), _interrupts: Some(interrupts) },
            Err(_) => nothing,
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((ending, drawer)) = self.drawing.take() {
            drop(ending);
            let _ = drawer.join();
        }
    }
}

/// Writes to the terminal where a bar may be, which comes again by itself.
pub(super) fn beside_the_bar<T>(write: impl FnOnce() -> T) -> T {
    let mut shown = SHOWN.lock().unwrap_or_else(PoisonError::into_inner);
    take_away(&mut shown);
    write()
}

fn clear() {
    beside_the_bar(|| ());
}

fn take_away(shown: &mut bool) {
    if std::mem::take(shown) {
        put("\r\x1b[K");
    }
}

fn put(text: &str) {
    // In one write. Who cannot see it misses nothing.
    let _ = writing_from_the_background(|| stderr().write_all(text.as_bytes()));
}

struct Bar {
    terminal: Terminal,
    read: Vec<Arc<AtomicU64>>,
    all: u64,
}

impl Bar {
    fn draw(&self) {
        let mut shown = SHOWN.lock().unwrap_or_else(PoisonError::into_inner);
        let read = self.read.iter().map(|read| read.load(Ordering::Relaxed)).sum();
        let line = line(read, self.all);
        // What does not fit into a line cannot be cleared; and in the background the line is somebody else's.
        let fits = self.terminal.size().is_none_or(|size| usize::from(size.columns) > line.len());
        if fits && self.terminal.is_ours(|_| false) {
            put(&format!("\r{line}\x1b[K"));
            *shown = true;
        }
    }
}

/// `memrec [########--------]  51 % of 1.7 GiB`. A recording that grows meanwhile has no more than all of it read.
fn line(read: u64, all: u64) -> String {
    let share = |whole: u64| u128::from(read.min(all)) * u128::from(whole) / u128::from(all.max(1));
    let full = share(WIDTH) as usize;
    let (done, open) = ("#".repeat(full), "-".repeat(WIDTH as usize - full));
    format!("memrec [{done}{open}] {:>3} % of {}", share(100), Bytes(all))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_is_short_and_never_beyond_all() {
        assert_eq!(line(0, 1 << 20), "memrec [----------------]   0 % of 1.00 MiB");
        assert_eq!(line(1 << 19, 1 << 20), "memrec [########--------]  50 % of 1.00 MiB");
        for (read, all) in [(u64::MAX, 1), (0, 0), (u64::MAX, u64::MAX), (1, u64::MAX)] {
            let line = line(read, all);
            assert!(line.len() < 50 && line.matches(['#', '-']).count() == WIDTH as usize, "{line}");
        }
    }
}
