//! `memrec plot`, and the picture at the end of a recording.

use super::Failure;
use super::progress::Progress;
use super::talk::{print_path, print_whole, tell};
use crate::cli::{self, Plot, Talk, Target};
use crate::exit::Outcome;
use crate::launch::{Cells, size_of_stdout};
use crate::model::{FORMAT, Sample, What, reason, shown};
use crate::plot::{Format, Input, Options, Style, Theme, chart, draw as draw_figure, draw_terminal};
use crate::storage::{self, Recording, SidecarState, Tally};
use std::cell::Cell;
use std::ffi::{OsStr, OsString};
use std::io::{IsTerminal, stdout};
use std::path::{Path, PathBuf};

pub(super) fn plot(plot: &Plot) -> Result<Outcome, Failure> {
    let output = match &plot.target {
        Target::Terminal(theme) => return plot_in_terminal(plot, *theme),
        Target::File(output) => output,
    };
    if let Some(picture) = output {
        format_of(picture).map_err(|message| Failure::new(Outcome::Misused, message))?;
        check_folder(picture).map_err(|message| Failure::new(Outcome::Failed, message))?;
    }
    plot.options.check().map_err(|error| Failure::new(Outcome::Misused, error))?;
    let recordings = open(&plot.recordings)?;
    let picture = output.clone().unwrap_or_else(|| recordings[0].path().with_extension("png"));
    for recording in &recordings {
        refuse_overwriting(&picture, recording.path()).map_err(|message| Failure::new(Outcome::Failed, message))?;
    }
    let progress = Progress::of(&recordings, 2);
    draw(&recordings, &plot.options, &picture).map_err(|message| Failure::new(Outcome::Failed, message))?;
    drop(progress);
    print_path(&picture)?;
    Ok(Outcome::Done)
}

/// To stdout. Nothing is written to a file, and no path printed.
fn plot_in_terminal(plot: &Plot, theme: Option<Theme>) -> Result<Outcome, Failure> {
    let recordings = open(&plot.recordings)?;
    let variable = |name: &str| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned());
    let (columns, rows) = size_of_figure(variable, size_of_stdout());
    let style = Style::of(stdout().is_terminal(), variable);
    let style = Style { theme: theme.unwrap_or(style.theme), ..style };
    let options = plot.options.clone().in_cells(columns, rows);
    let progress = Progress::of(&recordings, 2);
    let chart = with_inputs(&recordings, |inputs| chart(inputs, &options));
    let chart = chart.map_err(|error| Failure::new(Outcome::Failed, error))?;
    drop(progress);
    print_whole(&(draw_terminal(&chart, columns, rows, style).join("\n") + "\n"))?;
    Ok(Outcome::Done)
}

/// Rows that a figure has at most: more would make it no clearer.
const MOST_ROWS: usize = 40;
/// A variable may say anything.
const MOST_COLUMNS: usize = 1000;

/// Columns and rows: as COLUMNS and LINES say; else as the terminal has them, with a row left for the prompt; else 80 by 24.
fn size_of_figure(variable: impl Fn(&str) -> Option<String>, terminal: Option<Cells>) -> (usize, usize) {
    let said = |name: &str| variable(name)?.trim().parse::<usize>().ok().filter(|said| *said > 0);
    let columns = said("COLUMNS").or(terminal.map(|size| size.columns.into())).unwrap_or(80).min(MOST_COLUMNS);
    let rows = said("LINES").or(terminal.map(|size| size.rows.into())).map_or(24, |rows| rows.max(2) - 1);
    // Nor is a figure higher than wide: a cell is twice as high as wide.
    (columns, rows.min(MOST_ROWS).min((columns / 2).max(8)))
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
    let format = format_of(picture)?;
    let mut drawn = Vec::new();
    with_inputs(recordings, |inputs| draw_figure(inputs, options, format, &mut drawn))
        .map_err(|error| error.to_string())?;
    replace(picture, &drawn).map_err(|error| {
        format!("cannot write the picture: {}: {}; choose another with -o", shown(picture), reason(&error))
    })
}

fn with_inputs<T>(recordings: &[Recording], work: impl FnOnce(&[Input<'_>]) -> T) -> T {
    let streams: Vec<_> = recordings.iter().map(stream).collect();
    let inputs = recordings.iter().zip(&streams).map(|(recording, stream)| Input {
        name: shown(Path::new(recording.path().file_stem().unwrap_or_default())),
        command: recording.command(),
        events: recording.events(),
        stream,
    });
    work(&inputs.collect::<Vec<_>>())
}

/// Writes a file beside where it belongs and puts it there in one step: what was there stays if this fails.
pub(super) fn replace(picture: &Path, bytes: &[u8]) -> std::io::Result<()> {
    // Behind a link, if there is one: the link stays.
    let picture = picture.canonicalize().unwrap_or_else(|_| picture.to_owned());
    let temporary = picture.with_file_name(format!(".memrec-{}.tmp", std::process::id()));
    let written = std::fs::write(&temporary, bytes).and_then(|()| std::fs::rename(&temporary, &picture));
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
        return Err(format!("cannot write: {path}: it would replace the recording; choose another with -o"));
    }
    Ok(())
}

/// Whether two paths lead to one file that is there.
pub(super) fn same_file(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

/// Whether a picture can be drawn there, as far as that can be known before.
pub(super) fn check_picture(picture: &Path) -> Result<(), String> {
    format_of(picture)?;
    check_folder(picture)
}

/// A picture's format is told by its ending.
fn format_of(picture: &Path) -> Result<Format, String> {
    let ending = picture.extension().and_then(OsStr::to_str).map(str::to_ascii_lowercase);
    ending.as_deref().and_then(Format::by_ending).ok_or_else(|| {
        let suggestion = shown(&picture.with_extension("png"));
        let endings = Format::ALL.map(|format| format!(".{}", format.ending())).join(" or ");
        let path = shown(picture);
        format!("cannot draw: {path}: unknown ending of a picture; give one that ends in {endings}, as {suggestion}")
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_in_characters_is_as_large_as_it_is_asked_to_be() {
        let nothing = |_: &str| None;
        let terminal = |columns, rows| Some(Cells { columns, rows });
        assert_eq!(size_of_figure(nothing, None), (80, 24), "piped");
        assert_eq!(size_of_figure(nothing, terminal(80, 24)), (80, 23));
        assert_eq!(size_of_figure(nothing, terminal(200, 60)), (200, 40));
        assert_eq!(size_of_figure(nothing, terminal(40, 60)), (40, 20));
        assert_eq!(size_of_figure(nothing, terminal(1, 1)), (1, 1));
        let set = |name: &str| (name == "COLUMNS").then(|| "120".to_owned());
        assert_eq!(size_of_figure(set, terminal(80, 24)), (120, 23));
        assert_eq!(size_of_figure(set, None), (120, 24));
        assert_eq!(size_of_figure(|_| Some("999999999".to_owned()), None), (1000, 40));
        assert_eq!(size_of_figure(|_| Some("wide".to_owned()), None), (80, 24));
    }
}
