//! `memrec plot`, and the picture at the end of a recording.

use super::Failure;
use super::progress::Progress;
use super::talk::{print_path, tell};
use crate::cli::{self, Plot, Talk};
use crate::exit::Outcome;
use crate::model::{FORMAT, Sample, What, reason, shown};
use crate::plot::{Input, Options, PlotError, draw_png};
use crate::storage::{self, Recording, SidecarState, Tally};
use std::cell::Cell;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

pub(super) fn plot(plot: &Plot) -> Result<Outcome, Failure> {
    if let Some(picture) = &plot.output {
        check_ending(picture).map_err(|message| Failure::new(Outcome::Misused, message))?;
        check_folder(picture).map_err(|message| Failure::new(Outcome::Failed, message))?;
    }
    plot.options.check().map_err(|error| Failure::new(Outcome::Misused, error))?;
    let recordings = open(&plot.recordings)?;
    let picture = plot.output.clone().unwrap_or_else(|| recordings[0].path().with_extension("png"));
    for recording in &recordings {
        refuse_overwriting(&picture, recording.path()).map_err(|message| Failure::new(Outcome::Failed, message))?;
    }
    let progress = Progress::of(&recordings, 2);
    draw(&recordings, &plot.options, &picture).map_err(|message| Failure::new(Outcome::Failed, message))?;
    drop(progress);
    print_path(&picture)?;
    Ok(Outcome::Done)
}

/// Opens the recordings that were named; the newest if none was.
pub(super) fn open(named: &[OsString]) -> Result<Vec<Recording>, Failure> {
    let one =
        |name: Option<&OsStr>| Recording::open(&resolved(name)?).map_err(|error| Failure::new(Outcome::Failed, error));
    if named.is_empty() { Ok(vec![one(None)?]) } else { named.iter().map(|name| one(Some(name))).collect() }
}

/// The path that a word names, in the current folder.
pub(super) fn resolved(name: Option<&OsStr>) -> Result<PathBuf, Failure> {
    storage::resolve(name, Path::new("")).map_err(|error| Failure::new(Outcome::Failed, error))
}

/// Tells what of a recording could not be read.
pub(super) fn tell_skipped(recording: &Recording, tally: &Tally) {
    let path = shown(recording.path());
    for skipped in &tally.skipped {
        tell(format_args!("passed over: {path}: {skipped}"));
    }
    let sidecar = recording.sidecar();
    let format = recording.events().iter().find_map(|event| match &event.what {
        What::Start(start) => Some(start.format),
        _ => None,
    });
    if let Some(newer) = format.filter(|format| *format > FORMAT) {
        tell(format_args!("a later memrec made {path} (format {newer}): what this one does not know is left out"));
    }
    if sidecar.skipped > 0 {
        let first = sidecar.first_skipped_line.map_or_else(String::new, |line| format!(", the first in line {line}"));
        tell(format_args!("passed over: the events of {path}: {} of its lines are none{first}", sidecar.skipped));
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

/// The ticks of a recording, as often as they are asked for. What could not be read is told the first time.
pub(super) fn stream(recording: &Recording) -> impl Fn(&mut dyn FnMut(&Sample)) -> anyhow::Result<()> + '_ {
    let told = Cell::new(false);
    move |each| {
        let tally = recording.samples(each)?;
        if !told.replace(true) {
            tell_skipped(recording, &tally);
        }
        Ok(())
    }
}

fn draw(recordings: &[Recording], options: &Options, picture: &Path) -> Result<(), String> {
    let mut png = Vec::new();
    let streams: Vec<_> = recordings.iter().map(stream).collect();
    let inputs: Vec<Input<'_>> = recordings
        .iter()
        .zip(&streams)
        .map(|(recording, stream)| Input {
            name: shown(Path::new(recording.path().file_stem().unwrap_or_default())),
            command: recording.command(),
            events: recording.events(),
            stream,
        })
        .collect();
    draw_png(&inputs, options, &mut png).map_err(|error: PlotError| error.to_string())?;
    replace(picture, &png).map_err(|error| {
        format!("cannot write the picture: {}: {}; choose another with -o", shown(picture), reason(&error))
    })
}

/// Writes a file beside where it belongs and puts it there in one step: what was there stays if this fails.
pub(super) fn replace(picture: &Path, png: &[u8]) -> std::io::Result<()> {
    // Behind a link, if there is one: the link stays.
    let picture = picture.canonicalize().unwrap_or_else(|_| picture.to_owned());
    let temporary = picture.with_file_name(format!(".memrec-{}.png.tmp", std::process::id()));
    let written = std::fs::write(&temporary, png).and_then(|()| std::fs::rename(&temporary, &picture));
    if written.is_err() {
        let _ = std::fs::remove_file(&temporary);
    }
    written
}

/// Draws a recording that has just ended, where that was asked for. The recording is safe by now: whatever goes wrong is only told.
pub(super) fn draw_when_ended(recording: &cli::Recording, csv: &Path) {
    let Some(picture) = &recording.plot else { return };
    let drawn = Recording::open(csv)
        .map_err(|error| error.to_string())
        .and_then(|recording| draw(&[recording], &Options::default(), picture));
    match drawn {
        Ok(()) if recording.talk == Talk::Normal => tell(format_args!("drawn to {}", shown(picture))),
        Ok(()) => {}
        Err(message) => tell(message),
    }
}

/// A picture must not take the place of a recording, nor of its events.
pub(super) fn refuse_overwriting(picture: &Path, csv: &Path) -> Result<(), String> {
    if same_file(picture, csv) || same_file(picture, &storage::sidecar_of(csv)) {
        let path = shown(picture);
        return Err(format!("cannot draw: {path}: the picture would replace the recording; choose another with -o"));
    }
    Ok(())
}

/// Whether two paths lead to one file that is there.
pub(super) fn same_file(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

/// Whether a picture can be drawn there, as far as that can be known before.
pub(super) fn check_picture(picture: &Path) -> Result<(), String> {
    check_ending(picture)?;
    check_folder(picture)
}

/// A picture's format is told by its ending.
fn check_ending(picture: &Path) -> Result<(), String> {
    let ending = picture.extension().and_then(OsStr::to_str).map(str::to_ascii_lowercase);
    if ending.as_deref() == Some("png") {
        return Ok(());
    }
    let suggestion = shown(&picture.with_extension("png"));
    let path = shown(picture);
    Err(format!("cannot draw: {path}: unknown ending of a picture; give one that ends in .png, as {suggestion}"))
}

fn check_folder(picture: &Path) -> Result<(), String> {
    let path = shown(picture);
    let folder = picture.parent().filter(|folder| !folder.as_os_str().is_empty());
    match folder {
        _ if picture.is_dir() || picture.as_os_str().as_encoded_bytes().ends_with(b"/") => {
            Err(format!("cannot draw: {path}: it is a folder; name a file in it"))
        }
        Some(folder) if !folder.is_dir() => {
            Err(format!("cannot draw: {path}: its folder does not exist; make it first, or choose another"))
        }
        _ => Ok(()),
    }
}
