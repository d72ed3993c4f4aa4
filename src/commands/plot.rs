//! `memrec plot`, and the picture at the end of a recording.

use super::Failure;
use super::talk::{print, tell};
use crate::cli::{self, Plot, Talk};
use crate::exit::Outcome;
use crate::model::printable;
use crate::plot::{Input, Options, PlotError, draw_png};
use crate::storage::{self, Recording, SidecarState, Tally};
use std::cell::Cell;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

pub(super) fn plot(plot: &Plot) -> Result<Outcome, Failure> {
    if let Some(picture) = &plot.output {
        refuse_unknown_ending(picture).map_err(|message| Failure::new(Outcome::Misused, message))?;
    }
    let recordings = open(&plot.recordings)?;
    let picture = plot.output.clone().unwrap_or_else(|| recordings[0].path().with_extension("png"));
    draw(&recordings, &plot.options, &picture).map_err(|message| Failure::new(Outcome::Failed, message))?;
    print(picture.display());
    Ok(Outcome::Done)
}

/// Opens the recordings that were named; the newest if none was.
pub(super) fn open(named: &[String]) -> Result<Vec<Recording>, Failure> {
    let failed = |error: &dyn std::fmt::Display| Failure::new(Outcome::Failed, error);
    let here = Path::new("");
    let one = |name: Option<&str>| {
        let path = storage::resolve(name, here).map_err(|error| failed(&error))?;
        Recording::open(&path).map_err(|error| failed(&error))
    };
    if named.is_empty() { Ok(vec![one(None)?]) } else { named.iter().map(|name| one(Some(name))).collect() }
}

/// Tells what of a recording could not be read.
pub(super) fn tell_skipped(recording: &Recording, tally: &Tally) {
    let path = printable(&recording.path().to_string_lossy());
    for skipped in &tally.skipped {
        tell(format_args!("passed over: {path}: {skipped}"));
    }
    let sidecar = recording.sidecar();
    if sidecar.skipped > 0 {
        tell(format_args!("passed over: the events of {path}: {} lines that are none", sidecar.skipped));
    }
    match &sidecar.state {
        SidecarState::Read | SidecarState::None => {}
        SidecarState::Missing => {
            tell(format_args!("no events beside {path}: labels and the command's name are missing"))
        }
        SidecarState::Unreadable(why) => tell(format_args!("the events of {path} cannot be read: {why}")),
        SidecarState::Foreign(why) => {
            tell(format_args!("the events of {path} are another recording's: {why}; they are left out"))
        }
    }
}

fn draw(recordings: &[Recording], options: &Options, picture: &Path) -> Result<(), String> {
    let mut png = Vec::new();
    let streams: Vec<_> = recordings
        .iter()
        .map(|recording| {
            let told = Cell::new(false);
            move |each: &mut dyn FnMut(&crate::model::Sample)| -> anyhow::Result<()> {
                let tally = recording.samples(each)?;
                // A figure streams a recording twice.
                if !told.replace(true) {
                    tell_skipped(recording, &tally);
                }
                Ok(())
            }
        })
        .collect();
    let inputs: Vec<Input<'_>> = recordings
        .iter()
        .zip(&streams)
        .map(|(recording, stream)| Input {
            name: printable(&recording.path().file_stem().unwrap_or_default().to_string_lossy()),
            command: recording.command().cloned(),
            events: recording.events().to_vec(),
            stream,
        })
        .collect();
    draw_png(&inputs, options, &mut png).map_err(|error: PlotError| error.to_string())?;
    std::fs::write(picture, png).map_err(|error| {
        format!("cannot write the picture: {}: {error}; choose another with -o", printable(&picture.to_string_lossy()))
    })
}

/// Draws a recording that has just ended, where that was asked for. The recording is safe by now: whatever goes wrong is only told.
pub(super) fn draw_when_ended(recording: &cli::Recording, csv: &Path) {
    let Some(picture) = &recording.plot else { return };
    let drawn = Recording::open(csv)
        .map_err(|error| error.to_string())
        .and_then(|recording| draw(&[recording], &Options::default(), picture));
    match drawn {
        Ok(()) if recording.talk == Talk::Normal => {
            tell(format_args!("drawn to {}", printable(&picture.to_string_lossy())))
        }
        Ok(()) => {}
        Err(message) => tell(message),
    }
}

/// A picture's format is told by its ending.
pub(super) fn refuse_unknown_ending(picture: &Path) -> Result<(), String> {
    let ending = picture.extension().and_then(OsStr::to_str).map(str::to_ascii_lowercase);
    if ending.as_deref() == Some("png") {
        return Ok(());
    }
    let path = printable(&picture.to_string_lossy());
    let suggestion = PathBuf::from(picture).with_extension("png");
    let suggestion = printable(&suggestion.to_string_lossy());
    Err(format!("cannot draw: {path}: unknown ending of a picture; give one that ends in .png, as {suggestion}"))
}
