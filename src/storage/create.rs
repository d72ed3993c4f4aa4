//! The files of a new recording, opened so that nothing that exists is overwritten, and nothing is left behind when it does not come about.

use super::outlet::{Output, Place, Stored};
use super::paths::{default_stem, sidecar_of};
use super::removal::left_behind;
use crate::model::{reason, shown};
use chrono::{DateTime, Utc};
use nix::sys::statvfs::fstatvfs;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt, fchown};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Permissions of a new file: what the umask leaves of them, as usual.
const FOR_ALL: u32 = 0o666;
/// And of one that gets those of another before it takes its place.
const FOR_US: u32 = 0o600;
/// Of a folder into which anybody may write.
const FOR_ANYBODY: u32 = 0o002;

/// What to do where the files exist already.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Mode {
    /// Nothing: that is an error.
    #[default]
    New,
    /// Write beside them, and put the new files in their place with [`Pending::commit`].
    Force,
}

/// The files of a recording that begins.
#[derive(Debug)]
pub struct Created {
    /// The samples' file, empty.
    pub csv: OutputFile,
    /// The events' file, empty.
    pub events: OutputFile,
    /// What is to be decided once the command has started, or has not.
    pub pending: Pending,
}

/// A file of a recording: opened for appending, and locked while it is open, by which it can be told that the recording is still running.
#[derive(Debug)]
pub struct OutputFile {
    file: Arc<File>,
    path: PathBuf,
}

impl Stored for Arc<File> {
    fn read_at(&self, to: &mut [u8], offset: u64) -> io::Result<usize> {
        FileExt::read_at(self.as_ref(), to, offset)
    }

    fn sync(&self) -> io::Result<()> {
        self.sync_data()
    }
}

impl OutputFile {
    /// Where the file stands, or will stand when the recording that it replaces is given up.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Output for OutputFile {
    type Stored = Arc<File>;

    fn stored(&self) -> Arc<File> {
        Arc::clone(&self.file)
    }

    fn beside(&self) -> io::Result<Self> {
        // Behind a link, if there is one: the link stays.
        let place = fs::canonicalize(&self.path)?;
        for _ in 0..10 {
            let (file, path) = create_beside(&place, "thin", FOR_US)?;
            let beside = Self { file: Arc::new(file), path };
            let locked = beside.file.lock().and_then(|()| beside.file.metadata());
            // Until it is locked, another memrec may take it for left behind.
            if locked.is_ok_and(|found| found.nlink() > 0) {
                return Ok(beside);
            }
        }
        Err(io::Error::other("it is removed again and again"))
    }

    fn take_place_of(&mut self, other: &Self) -> io::Result<()> {
        // As whoever owns the recording has made it by now; to others it was not to be read before.
        let (like, found) = (other.file.metadata()?, self.file.metadata()?);
        if (found.uid(), found.gid()) != (like.uid(), like.gid()) {
            fchown(&self.file, Some(like.uid()), Some(like.gid()))?;
        }
        self.file.set_permissions(like.permissions())?;
        fs::rename(&self.path, fs::canonicalize(&other.path)?)?;
        self.path.clone_from(&other.path);
        Ok(())
    }

    fn discard(&mut self) {
        let _ = fs::remove_file(&self.path);
    }

    fn free(&self) -> Option<u64> {
        let disk = fstatvfs(&self.file).ok()?;
        Some(disk.blocks_available().saturating_mul(disk.fragment_size()))
    }

    fn sweep(&self) {
        remove_left_behind(&self.path);
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<usize> {
        (&*self.file).write(bytes)
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.file.set_len(length)
    }

    fn length(&mut self) -> io::Result<u64> {
        self.file.metadata().map(|file| file.len())
    }

    fn place(&mut self) -> Place {
        match (fs::metadata(&self.path), self.file.metadata()) {
            (Ok(there), Ok(ours)) if (there.dev(), there.ino()) != (ours.dev(), ours.ino()) => Place::Replaced,
            (Err(error), _) if error.kind() == ErrorKind::NotFound => Place::Gone,
            _ => Place::There,
        }
    }
}

/// New files whose fate is open. Dropped undecided, they are removed: every early way out leaves nothing behind.
#[derive(Debug)]
#[must_use = "dropping it removes the files"]
pub struct Pending {
    /// Where each file is now, and where it belongs if that is elsewhere.
    files: Vec<(PathBuf, Option<PathBuf>)>,
}

impl Pending {
    /// The command has started: the files stay, and take the places of those they replace.
    ///
    /// # Errors
    /// A file that could not take its place; it stays under its temporary name, which the error tells, and keeps growing there.
    pub fn commit(mut self) -> Result<(), CreateError> {
        let mut result = Ok(());
        for (now, belongs) in std::mem::take(&mut self.files) {
            if let Some(belongs) = belongs
                && let Err(error) = fs::rename(&now, &belongs)
            {
                result = Err(CreateError::NotReplaced { path: belongs, stays: now, error });
            }
        }
        result
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        for (now, _) in &self.files {
            // Only what can be ours: by now somebody may have put something else there. And there is nobody to tell of a failure;
            // what is wrong with the folder has been told when the files were made.
            if fs::symlink_metadata(now).is_ok_and(|found| found.is_file()) {
                let _ = fs::remove_file(now);
            }
        }
    }
}

/// Why a recording cannot be written where it was to be written.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // `path` is the file and `error` what the system says, in each of them.
pub enum CreateError {
    /// Something of that name is there.
    #[error(
        "cannot create the recording: {}: it exists; choose another with -o, or replace it with --force",
        shown(path)
    )]
    Exists { path: PathBuf },
    /// The name is that of a folder.
    #[error("cannot create the recording: {}: it is a folder; name a file in it, as in {}", shown(path), shown(&path.join("run.csv")))]
    IsAFolder { path: PathBuf },
    /// The folder is missing.
    #[error(
        "cannot create the recording: {}: its folder does not exist; make it first, or choose another with -o",
        shown(path)
    )]
    NoFolder { path: PathBuf },
    /// The folder, or the file system it is on, cannot be written to.
    #[error(
        "cannot create the recording: {}: its folder cannot be written to: {}; choose another with -o",
        shown(path),
        reason(error)
    )]
    NotWritable { path: PathBuf, error: io::Error },
    /// To be replaced is what is no regular file: a device, a pipe, a link to nothing.
    #[error("cannot replace the recording: {}: it is not a regular file; choose another with -o", shown(path))]
    NotAFile { path: PathBuf },
    /// To be replaced is what another memrec is writing.
    #[error(
        "cannot replace the recording: {}: it is being written by a running memrec; end that first, or choose another with -o",
        shown(path)
    )]
    Running { path: PathBuf },
    /// The new file could not take the old one's place.
    #[error(
        "cannot replace the recording: {}: {}; it is being written to {}",
        shown(path),
        reason(error),
        shown(stays)
    )]
    NotReplaced { path: PathBuf, stays: PathBuf, error: io::Error },
    /// Anything else.
    #[error("cannot create the recording: {}: {}; choose another with -o", shown(path), reason(error))]
    Other { path: PathBuf, error: io::Error },
}

/// Opens the files of a recording at `csv`, with the sidecar beside it. If the second cannot be created, the first is gone again.
///
/// # Errors
/// See [`CreateError`].
pub fn create(csv: &Path, mode: Mode) -> Result<Created, CreateError> {
    let mut pending = Pending { files: Vec::with_capacity(2) };
    let csv = open(csv, mode, &mut pending)?;
    let events = open(&sidecar_of(&csv.path), mode, &mut pending)?;
    Ok(Created { csv, events, pending })
}

/// Opens the files of a recording with the default name in `folder` ("" is the current one). The second recording of a command within one second
/// is told apart by a number behind its name.
///
/// # Errors
/// See [`CreateError`].
pub fn create_unused(folder: &Path, now: DateTime<Utc>, command_name: &str) -> Result<Created, CreateError> {
    let stem = default_stem(now, command_name);
    let first = create(&folder.join(format!("{stem}.csv")), Mode::New);
    (2..100).fold(first, |created, number| match created {
        Err(CreateError::Exists { .. }) => create(&folder.join(format!("{stem}-{number}.csv")), Mode::New),
        decided => decided,
    })
}

fn open(path: &Path, mode: Mode, pending: &mut Pending) -> Result<OutputFile, CreateError> {
    let file = match create_new(path, FOR_ALL) {
        Ok(file) => {
            pending.files.push((path.to_owned(), None));
            file
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists && mode == Mode::Force => {
            let replaced = replaceable(path)?;
            let (file, temporary) = create_beside(&replaced, "tmp", FOR_ALL).map_err(|error| why(path, error))?;
            pending.files.push((temporary, Some(replaced)));
            file
        }
        Err(error) => return Err(why(path, error)),
    };
    // On Windows a lock would keep others from reading; where locks are not known, nothing is told by them.
    if cfg!(unix) {
        let _ = file.try_lock();
    }
    Ok(OutputFile { file: Arc::new(file), path: path.to_owned() })
}

/// `O_CREAT|O_EXCL|O_APPEND|O_CLOEXEC`: never an existing file, always at its end, never into the command. It is read when it is thinned.
fn create_new(path: &Path, mode: u32) -> io::Result<File> {
    OpenOptions::new().read(true).append(true).create_new(true).mode(mode).open(path)
}

/// What a memrec that was killed while it thinned a recording in this folder has left.
fn remove_left_behind(beside: &Path) {
    let folder = beside.parent().unwrap_or(Path::new(""));
    // Where anybody may put anything there, nothing is opened by its name.
    let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    if fs::metadata(here).map_or(true, |folder| folder.mode() & FOR_ANYBODY != 0) {
        return;
    }
    for left in left_behind(folder) {
        let _ = fs::remove_file(left);
    }
}

/// The file that is to be replaced, behind a link if there is one: the link stays.
fn replaceable(path: &Path) -> Result<PathBuf, CreateError> {
    let path = path.to_owned();
    match fs::metadata(&path) {
        Ok(found) if found.is_dir() => Err(CreateError::IsAFolder { path }),
        Ok(found) if found.is_file() && super::is_running(&path) => Err(CreateError::Running { path }),
        Ok(found) if found.is_file() => {
            if path.is_symlink() {
                fs::canonicalize(&path).map_err(|error| why(&path, error))
            } else {
                Ok(path)
            }
        }
        Ok(_) => Err(CreateError::NotAFile { path }),
        Err(error) if error.kind() == ErrorKind::NotFound => Err(CreateError::NotAFile { path }),
        Err(error) => Err(why(&path, error)),
    }
}

/// A new file under a name that nobody has, in the folder of `path`: only there can it be renamed in one step.
fn create_beside(path: &Path, ending: &str, mode: u32) -> io::Result<(File, PathBuf)> {
    let mut number = 0;
    loop {
        let temporary = path.with_file_name(format!(".memrec-{}-{number}.{ending}", std::process::id()));
        match create_new(&temporary, mode) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists && number < 1000 => number += 1,
            created => return created.map(|file| (file, temporary)),
        }
    }
}

fn why(path: &Path, error: io::Error) -> CreateError {
    let path = path.to_owned();
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    match error.kind() {
        ErrorKind::AlreadyExists | ErrorKind::IsADirectory if path.is_dir() => CreateError::IsAFolder { path },
        ErrorKind::AlreadyExists => CreateError::Exists { path },
        ErrorKind::NotFound if folder.is_some_and(|folder| !folder.exists()) => CreateError::NoFolder { path },
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => CreateError::NotWritable { path, error },
        _ => CreateError::Other { path, error },
    }
}
