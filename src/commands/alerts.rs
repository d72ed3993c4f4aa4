//! Commands for when the total passes a size.

use super::Failure;
use crate::cli::Alert;
use crate::exit::Outcome;
use crate::launch::{Alerted, Bell, Ring};
use crate::model::{Bytes, ExitStatus, Sample, reason};
use std::io;
use std::path::Path;

#[derive(Debug)]
pub(super) struct Alerts {
    bell: Option<Bell>,
    alerts: Vec<(Bytes, State)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// The total has not passed the size.
    Waits,
    Runs,
    /// Each is run once.
    Over,
}

impl Alerts {
    /// Makes the process that starts them, if there are any. To be called before anything is opened.
    pub(super) fn prepare(alerts: &[Alert]) -> Result<Self, Failure> {
        let commands: Vec<_> = alerts.iter().map(|alert| alert.command.clone().into()).collect();
        let bell = (!alerts.is_empty()).then(|| Bell::hang(commands)).transpose().map_err(|error| {
            let why = reason(&error);
            Failure::new(Outcome::NotRecorded, format!("cannot record: --alert: {why}; try again when there is room"))
        })?;
        Ok(Self { bell, alerts: alerts.iter().map(|alert| (alert.size, State::Waits)).collect() })
    }

    /// Looks whether the total has passed a size, and what has become of commands.
    pub(super) fn look(&mut self, sample: &Sample, recording: &Path, notes: &mut Vec<String>) {
        let Some(bell) = &mut self.bell else { return };
        if self.alerts.iter().any(|(_, state)| *state == State::Runs) {
            answered(bell.answers(), &mut self.alerts, notes);
        }
        // Rows are in the order of their numbers: this is the command, or else the oldest of those that live.
        let Some(first) = sample.rows.first() else { return };
        let total = sample.rows.iter().filter_map(|row| row.memory.rss).sum::<u64>();
        for (which, (size, state)) in self.alerts.iter_mut().enumerate() {
            if *state != State::Waits || total <= size.0 {
                continue;
            }
            *state = State::Runs;
            let passed = format!("alert: the total has passed {size}, it is {}", Bytes(total));
            match bell.ring(&Ring { which, pid: first.pid, total, recording }) {
                Ok(()) => notes.push(format!("{passed}; its command was started")),
                Err(error) => {
                    *state = State::Over;
                    notes.push(format!("{passed}; its command cannot be run: {}", reason(&error)));
                }
            }
        }
    }

    /// The recording ends: commands that still run are left to themselves.
    pub(super) fn last(&mut self, notes: &mut Vec<String>) {
        let Some(bell) = &mut self.bell else { return };
        answered(bell.answers(), &mut self.alerts, notes);
        for (size, _) in self.alerts.iter().filter(|(_, state)| *state == State::Runs) {
            notes.push(format!("the command of the alert at {size} still runs, and is left to itself"));
        }
    }
}

fn answered(answers: Vec<(usize, Alerted)>, alerts: &mut [(Bytes, State)], notes: &mut Vec<String>) {
    for (which, alerted) in answers {
        let Some((size, state)) = alerts.get_mut(which) else { continue };
        *state = State::Over;
        let what = match alerted {
            Alerted::Ended(ExitStatus::Code(code)) => format!("has ended with exit code {code}"),
            Alerted::Ended(ExitStatus::Signal(signal)) => format!("was ended by signal {signal}"),
            Alerted::NotStarted(error) => {
                format!("could not be started: {}", reason(&io::Error::from_raw_os_error(error)))
            }
        };
        notes.push(format!("the command of the alert at {size} {what}"));
    }
}
