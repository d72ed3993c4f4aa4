//! `memrec diff`.

use super::Failure;
use super::plot::{open, refuse_overwriting, same_file, stream};
use super::report::hand_over;
use crate::cli;
use crate::exit::Outcome;
use crate::model::shown;
use crate::report::Input;
use crate::report::diff::{Diff, Measured, measure, written};
use crate::storage::Recording;
use std::io::{IsTerminal, stdout};

pub(super) fn diff(asked: &cli::Diff) -> Result<Outcome, Failure> {
    let (base, new) = (open(&asked.base)?, open(&asked.new)?);
    for (recording, path) in base.iter().chain(&new).zip(asked.output.iter().cycle()) {
        refuse_overwriting(path, recording.path()).map_err(|message| Failure::new(Outcome::Failed, message))?;
    }
    for side in [&base, &new] {
        for (place, recording) in side.iter().enumerate() {
            if side[..place].iter().any(|other| same_file(other.path(), recording.path())) {
                let path = shown(recording.path());
                let message = format!(
                    "cannot compare: {path}: given twice on one side, where it would count as a repeat of itself; name it once"
                );
                return Err(Failure::new(Outcome::Misused, message));
            }
        }
    }
    let measured = |side: &[Recording]| side.iter().map(of).collect::<Result<Vec<_>, _>>();
    let diff = Diff::of(&measured(&base)?, &measured(&new)?);
    let coloured = asked.output.is_none() && stdout().is_terminal();
    hand_over(&written(&diff, asked.format, coloured), asked.output.as_deref(), "the difference")
}

fn of(recording: &Recording) -> Result<Measured, Failure> {
    let stream = stream(recording);
    let (command, started, events) = (recording.command(), recording.started(), recording.events());
    let input = Input { name: shown(recording.path()), command, started, events, limit: None, stream: &stream };
    measure(&input).map_err(|error| Failure::new(Outcome::Failed, error))
}
