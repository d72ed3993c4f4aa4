//! What comes into a recording other than by looking.

use crate::model::{Sample, What};
use std::os::fd::BorrowedFd;
use std::time::Duration;

/// Something that was said of the recorded by somebody else, and when.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    /// The time on the recorder's [`Clock`](super::Clock); `None` for the tick, or the moment, at which it is handed over.
    pub at: Option<Duration>,
    /// What it was.
    pub what: What,
}

/// Whoever has something to say beside the ticks: of labels, of lines in logs, of alerts. `()` never has.
pub trait Aside {
    /// Can be read when something has come that should not wait for the next tick.
    fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        None
    }

    /// Takes in what has come.
    fn take(&mut self, _said: &mut Vec<Said>) {}

    /// What was taken in has been handed over.
    fn handed_over(&mut self) {}

    /// A tick begins: adds what could wait for one.
    fn tick_begins(&mut self, _said: &mut Vec<Said>) {}

    /// A tick is about to be handed over: adds what belongs to it.
    fn tick_ends(&mut self, _sample: &Sample, _said: &mut Vec<Said>) {}

    /// The recording ends: adds what is still to be said.
    fn last(&mut self, _said: &mut Vec<Said>) {}
}

impl Aside for () {}
