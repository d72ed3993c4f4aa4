//! `memrec rm` and `memrec clean`.

use super::talk::{print, print_path, tell};
use super::{Failure, plot::resolved};
use crate::cli::{Clean, Earnest, Rm};
use crate::exit::Outcome;
use crate::model::{reason, shown};
use crate::storage::{self, Removable, RemoveError};
use std::fmt::Display;
use std::path::{Path, PathBuf};

/// The folder that the catalogue is of.
const HERE: &str = "";

pub(super) fn rm(rm: &Rm) -> Result<Outcome, Failure> {
    // All of them are looked at before the first one goes: numbers count what is there now, and one that is wrong keeps the others too.
    let mut paths: Vec<PathBuf> = Vec::new();
    for named in &rm.recordings {
        let path = resolved(Some(named))?;
        if !paths.contains(&path) {
            paths.push(path);
        }
    }
    let removables = paths.iter().map(|path| Removable::of(path)).collect::<Result<Vec<_>, _>>().map_err(failed)?;
    say_dry(rm.earnest)?;
    removables.into_iter().try_for_each(|removable| remove(removable, rm.earnest))?;
    Ok(Outcome::Done)
}

pub(super) fn clean(clean: &Clean) -> Result<Outcome, Failure> {
    let entries = storage::list(Path::new(HERE)).map_err(failed)?;
    say_dry(clean.earnest)?;
    for entry in entries {
        match Removable::of(&entry.path) {
            Ok(removable) => remove(removable, clean.earnest)?,
            Err(RemoveError::Running { path }) => {
                tell(format_args!("left alone: {}: a running memrec is writing it", shown(&path)))
            }
            // Gone since it was listed, as an older mprof's times of functions are with their recording.
            Err(_) if !entry.path.exists() => {}
            Err(error) => return Err(failed(error)),
        }
    }
    for left in storage::left_behind(Path::new(HERE)) {
        match clean.earnest {
            Earnest::DryRun => print_path(&left)?,
            Earnest::Yes => std::fs::remove_file(&left).map_err(|error| {
                let why = reason(&error);
                failed(format_args!("cannot remove: {}: {why}; see who may write to its folder", shown(&left)))
            })?,
        }
    }
    Ok(Outcome::Done)
}

fn failed(error: impl Display) -> Failure {
    Failure::new(Outcome::Failed, error)
}

fn say_dry(earnest: Earnest) -> Result<(), Failure> {
    match earnest {
        Earnest::DryRun => print("Files to be removed:"),
        Earnest::Yes => Ok(()),
    }
}

fn remove(removable: Removable, earnest: Earnest) -> Result<(), Failure> {
    if let Some((path, why)) = removable.kept() {
        tell(format_args!("left alone: {}: {why}", shown(path)));
    }
    match earnest {
        Earnest::DryRun => removable.files().try_for_each(print_path),
        Earnest::Yes => removable.remove().map_err(failed),
    }
}
