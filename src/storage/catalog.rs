//! The recordings in a folder, and which of them is meant.

use super::events::read_events;
use super::paths::sidecar_of;
use super::recording::{Kind, read_head, start_of};
use crate::model::{printable, reason, shown};
use chrono::{DateTime, Utc};
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// A recording in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The file: its name alone where the folder is the current one.
    pub path: PathBuf,
    /// Which program made it.
    pub kind: Kind,
    /// The wall clock of its first tick; without rows that of its `start` event, or else when the file was changed last.
    pub started: DateTime<Utc>,
}

/// Why no recording was found.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// The folder cannot be listed.
    #[error("cannot list recordings: {}: {}; give a folder that can be read", shown(folder), reason(error))]
    Unreadable {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// There is none to be the newest.
    #[error(
        "cannot find a recording: {}: there is none in this folder; record one with memrec run, or give a path",
        named(folder)
    )]
    None {
        /// The folder.
        folder: PathBuf,
    },
    /// Neither a file nor a number.
    #[error("cannot find the recording: {}: no such file; memrec list shows what there is", printable(argument))]
    NoSuchFile {
        /// What was given.
        argument: String,
    },
    /// A number beyond the list.
    #[error(
        "cannot find the recording: {}: no such file, and of the {count} recordings here it is none; memrec list shows them",
        printable(argument)
    )]
    NoSuchNumber {
        /// What was given.
        argument: String,
        /// How many there are.
        count: usize,
    },
    /// A path of a folder.
    #[error("cannot read the recording: {}: it is a folder; give a file", named(path))]
    IsAFolder {
        /// The folder.
        path: PathBuf,
    },
}

fn named(path: &Path) -> String {
    if path.as_os_str().is_empty() { ".".to_owned() } else { shown(path) }
}

/// The recordings in `folder` (`""` and `"."` are the current one), the oldest first: every `*.csv` with our header and every `mprofile_*.dat`. Hidden
/// files are not looked at, nor what cannot be read.
///
/// # Errors
/// The folder cannot be listed.
pub fn list(folder: &Path) -> Result<Vec<Entry>, CatalogError> {
    let unreadable = |error| CatalogError::Unreadable { folder: folder.to_owned(), error };
    let here = folder.as_os_str().is_empty() || folder == Path::new(".");
    let mut entries = Vec::new();
    for found in fs::read_dir(if here { Path::new(".") } else { folder }).map_err(unreadable)? {
        let name = found.map_err(unreadable)?.file_name();
        let text = name.to_string_lossy();
        let dat = text.starts_with("mprofile_") && text.ends_with(".dat");
        if text.starts_with('.') || !(dat || text.ends_with(".csv")) {
            continue;
        }
        let path = if here { PathBuf::from(&name) } else { folder.join(&name) };
        match entry(&path) {
            Some(entry) if (entry.kind == Kind::Mprof) == dat => entries.push(entry),
            _ => {}
        }
    }
    entries.sort_by(|a, b| (a.started, &a.path).cmp(&(b.started, &b.path)));
    Ok(entries)
}

/// The recording that `argument` names: a path, tried first (from `folder`), or a place in [`list`], 0 the oldest, -1 the newest. `None` is the newest.
///
/// # Errors
/// See [`CatalogError`].
pub fn resolve(argument: Option<&OsStr>, folder: &Path) -> Result<PathBuf, CatalogError> {
    let Some(argument) = argument else {
        let newest = list(folder)?.pop().ok_or_else(|| CatalogError::None { folder: folder.to_owned() })?;
        return Ok(newest.path);
    };
    let here = folder.as_os_str().is_empty() || folder == Path::new(".");
    let path = if here { PathBuf::from(argument) } else { folder.join(argument) };
    match fs::metadata(&path) {
        Ok(found) if found.is_dir() => return Err(CatalogError::IsAFolder { path }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        // What is wrong with it is told when it is opened.
        _ => return Ok(path),
    }
    let text = argument.to_string_lossy();
    let Ok(index) = text.parse::<i64>() else {
        return Err(CatalogError::NoSuchFile { argument: text.into_owned() });
    };
    let mut entries = list(folder)?;
    let count = entries.len();
    let place = if index < 0 { index.checked_add_unsigned(count as u64) } else { Some(index) };
    match place.and_then(|place| usize::try_from(place).ok()).filter(|place| *place < count) {
        Some(place) => Ok(entries.swap_remove(place).path),
        None => Err(CatalogError::NoSuchNumber { argument: text.into_owned(), count }),
    }
}

/// Whether a memrec is writing the recording `csv` at this moment. `false` where it cannot be told.
pub fn is_running(csv: &Path) -> bool {
    let regular = fs::metadata(csv).is_ok_and(|found| found.is_file());
    regular && File::open(csv).is_ok_and(|file| matches!(file.try_lock_shared(), Err(fs::TryLockError::WouldBlock)))
}

fn entry(path: &Path) -> Option<Entry> {
    let head = read_head(path).ok()?;
    let started = head.first.or_else(|| start_event(path)).or_else(|| changed(path))?;
    Some(Entry { path: path.to_owned(), kind: head.kind, started })
}

fn start_event(csv: &Path) -> Option<DateTime<Utc>> {
    let sidecar = sidecar_of(csv);
    fs::metadata(&sidecar).ok().filter(fs::Metadata::is_file)?;
    // It is the first line.
    let head = File::open(sidecar).ok()?.take(1 << 20);
    start_of(&read_events(head).ok()?.events)
}

fn changed(path: &Path) -> Option<DateTime<Utc>> {
    fs::metadata(path).ok()?.modified().ok().map(DateTime::from)
}
