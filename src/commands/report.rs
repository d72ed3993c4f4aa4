//! `memrec report`.

use super::Failure;
use super::plot::{open, refuse_overwriting, replace, stream};
use super::progress::Progress;
use super::talk::print_whole;
use crate::cli;
use crate::exit::Outcome;
use crate::model::{reason, shown};
use crate::report::{Format, Input, Report, json, markdown, sheet, text};
use crate::storage::Recording;
use std::io::{IsTerminal, stdout};
use std::path::Path;

pub(super) fn report(asked: &cli::Report) -> Result<Outcome, Failure> {
    let recordings = open(&asked.recordings)?;
    for (recording, path) in recordings.iter().zip(asked.output.iter().cycle()) {
        refuse_overwriting(path, recording.path()).map_err(|message| Failure::new(Outcome::Failed, message))?;
    }
    let progress = Progress::of(&recordings, 2);
    let reports: Vec<Report> =
        recordings.iter().map(|recording| gather(recording, asked.limit)).collect::<Result<_, _>>()?;
    drop(progress);
    let coloured = asked.output.is_none() && stdout().is_terminal();
    let written = match asked.format {
        Format::Text => reports.iter().map(|report| text(report, coloured)).collect::<Vec<_>>().join("\n"),
        Format::Markdown => reports.iter().map(markdown).collect::<Vec<_>>().join("\n"),
        Format::Csv => sheet(&reports),
        Format::Json => json(&reports),
    };
    hand_over(&written, asked.output.as_deref(), "the report")
}

/// Prints it, or puts it into a file.
pub(super) fn hand_over(written: &str, output: Option<&Path>, what: &str) -> Result<Outcome, Failure> {
    match output {
        None => print_whole(written)?,
        Some(path) => replace(path, written.as_bytes()).map_err(|error| {
            let path = shown(path);
            Failure::new(
                Outcome::Failed,
                format!("cannot write {what}: {path}: {}; choose another with -o", reason(&error)),
            )
        })?,
    }
    Ok(Outcome::Done)
}

fn gather(recording: &Recording, limit: Option<u64>) -> Result<Report, Failure> {
    let stream = stream(recording);
    let input = Input {
        name: shown(recording.path()),
        command: recording.command(),
        started: recording.started(),
        events: recording.events(),
        limit,
        stream: &stream,
    };
    Report::of(&input).map_err(|error| Failure::new(Outcome::Failed, error))
}
