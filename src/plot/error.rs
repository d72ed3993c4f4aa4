//! Why a figure could not be drawn.

use super::Size;
use crate::analysis::WindowError;

/// Why a figure could not be drawn, as a caller may want to match on it.
#[derive(Debug, thiserror::Error)]
pub enum PlotError {
    /// The picture would be too small or too large.
    #[error("cannot draw: {size}{}: {why}", if *.scale == 1 { String::new() } else { format!(" at scale {scale}") })]
    Size {
        /// The size that was asked for.
        size: Size,
        /// The scale that was asked for.
        scale: u32,
        /// What is wrong with it, and what would be right.
        why: String,
    },
    /// There is nothing to draw from.
    #[error("cannot draw: no recording was given; name one")]
    NoRecording,
    /// A recording has no rows.
    #[error("cannot draw: {0}: the recording has no rows; record for longer, or draw another one")]
    Empty(String),
    /// The metric was not measured.
    #[error("cannot draw: {recording}: it has no {wanted}; {}", instead_of(wanted, has))]
    NoMetric {
        /// Which recording.
        recording: String,
        /// The metric that was asked for.
        wanted: &'static str,
        /// Those that were measured.
        has: String,
    },
    /// The clocks of several recordings.
    #[error(
        "cannot draw: --clock: several recordings lie over each other from their own starts, which have no clock in common; leave it out, or draw one"
    )]
    ClockOfSeveral,
    /// No tick lies in the window.
    #[error(
        "cannot draw: {recording}: window {window}: no tick lies in it; make it longer than the time between ticks"
    )]
    NothingInWindow {
        /// Which recording.
        recording: String,
        /// As it was given.
        window: String,
    },
    /// The window lies outside of the recording.
    #[error("cannot draw: {recording}: {source}")]
    Window {
        /// Which recording.
        recording: String,
        /// What is wrong with the window.
        source: WindowError,
    },
    /// The samples could not be read.
    #[error(transparent)]
    Reading(#[from] anyhow::Error),
    /// The picture could not be written.
    #[error("cannot draw: the picture cannot be written: {0}; choose another with -o")]
    Write(#[from] std::io::Error),
    /// Drawing itself failed, which should not happen.
    #[error("cannot draw: {0}; please report this")]
    Drawing(String),
}

/// What to do where a metric was not measured.
fn instead_of(wanted: &str, has: &str) -> String {
    let choose = format!("choose one that it has with --metric: {has}");
    match wanted {
        _ if has.is_empty() => "it was over before its first reading; record something longer".to_owned(),
        // One process by itself is not measured without being asked to.
        "pss" | "uss" => format!("record with --pss always to have it, or {choose}"),
        _ => choose,
    }
}
