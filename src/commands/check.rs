//! `memrec check`.

use super::Failure;
use super::plot::{open, stream};
use super::progress::Progress;
use super::talk::print_whole;
use crate::cli::Check;
use crate::exit::Outcome;
use crate::model::shown;
use crate::report::check::{Found, Stretch, check as hold, measure, written};
use crate::report::{Input, program_of};
use crate::storage::Recording;

pub(super) fn check(asked: &Check) -> Result<Outcome, Failure> {
    let unusable = |message: String| Failure::new(Outcome::Misused, message);
    let one = |name| {
        let opened = open(std::slice::from_ref(name)).map_err(|failure| unusable(failure.message))?;
        opened.into_iter().next().ok_or_else(|| unusable("cannot check: no recording".to_owned()))
    };
    let recording = one(&asked.recording)?;
    let baseline = asked.baseline.as_ref().map(one).transpose()?;
    if let Some(baseline) = &baseline {
        let (ours, theirs) = (recording.command().and_then(program_of), baseline.command().and_then(program_of));
        if let (Some(ours), Some(theirs)) = (&ours, &theirs)
            && ours != theirs
        {
            let path = shown(baseline.path());
            let message = format!(
                "cannot check: {path}: the baseline is of {theirs}, the recording of {ours}; give one of the same program"
            );
            return Err(unusable(message));
        }
    }
    let stretches = measured(&recording, asked)?;
    let before = baseline.as_ref().map(|baseline| measured(baseline, asked)).transpose()?;
    let checked = hold(&shown(recording.path()), &stretches, before.as_deref(), &asked.budgets);
    print_whole(&written(&checked, asked.format))?;
    Ok(match checked.found() {
        Found::Within => Outcome::Done,
        Found::Exceeded => Outcome::Failed,
        Found::Unclear => Outcome::Misused,
    })
}

fn measured(recording: &Recording, asked: &Check) -> Result<Vec<Stretch>, Failure> {
    let _progress = Progress::of(std::slice::from_ref(recording), 1);
    let stream = stream(recording);
    let name = shown(recording.path());
    let (command, started, events) = (recording.command(), recording.started(), recording.events());
    let input = Input { name: name.clone(), command, started, events, limit: None, stream: &stream };
    let stretches = measure(&input, &asked.budgets).map_err(|error| Failure::new(Outcome::Misused, error))?;
    if stretches.is_empty() {
        let label = asked.budgets.phase.as_deref().unwrap_or_default();
        let label = crate::model::printable(label);
        let message = format!("cannot check: {name}: it has no phase {label}; memrec report shows those that it has");
        return Err(Failure::new(Outcome::Misused, message));
    }
    Ok(stretches)
}
