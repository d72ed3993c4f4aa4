//! Which files go when a recording is removed, and which stay although they lie beside it. What is not a recording, and what a memrec still
//! writes, cannot be removed by this.

use super::catalog::is_running;
use super::paths::sidecar_of;
use super::recording::{Kind, ReadError, Recording, SidecarState, read_head};
use crate::model::{reason, shown};
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileTypeExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

/// Why a recording is not removed.
#[derive(Debug, thiserror::Error)]
pub enum RemoveError {
    /// It is none, or cannot be read.
    #[error("cannot remove: {error}", error = unread(.0))]
    NotARecording(ReadError),
    /// A memrec is writing it.
    #[error("cannot remove: {}: a running memrec is writing it; end that first", shown(path))]
    Running {
        /// The file.
        path: PathBuf,
    },
    /// The system does not let it go.
    #[error("cannot remove: {}: {}; see who may write to its folder", shown(path), reason(error))]
    Refused {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
}

/// `PATH: WHY; what to do`, without that reading failed: nobody asked for that.
fn unread(error: &ReadError) -> String {
    format!("{}: {}", shown(&error.path), error.fault)
}

/// A recording that can be removed.
#[derive(Debug)]
pub struct Removable {
    csv: PathBuf,
    /// What goes with it.
    beside: Option<PathBuf>,
    kept: Option<(PathBuf, String)>,
}

impl Removable {
    /// Looks at what would go.
    ///
    /// # Errors
    /// See [`RemoveError`].
    pub fn of(path: &Path) -> Result<Self, RemoveError> {
        let recording = Recording::open(path).map_err(RemoveError::NotARecording)?;
        if is_running(path) {
            return Err(RemoveError::Running { path: path.to_owned() });
        }
        let (beside, kept) = match recording.kind() {
            Kind::Memrec => sidecar_that_goes(&recording),
            Kind::Mprof => (timestamps_of(path), None),
        };
        Ok(Self { csv: path.to_owned(), beside, kept })
    }

    /// The files that go, the recording itself last: whoever is interrupted finds it in the list again.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        self.beside.iter().chain([&self.csv]).map(PathBuf::as_path)
    }

    /// The file that would be its sidecar and stays, and why.
    pub fn kept(&self) -> Option<(&Path, &str)> {
        self.kept.as_ref().map(|(path, why)| (path.as_path(), why.as_str()))
    }

    /// Removes them. A link goes, and not what is behind it.
    ///
    /// # Errors
    /// [`RemoveError::Running`] where a memrec has begun to write it meanwhile, and [`RemoveError::Refused`].
    pub fn remove(self) -> Result<(), RemoveError> {
        if is_running(&self.csv) {
            return Err(RemoveError::Running { path: self.csv });
        }
        for path in self.files() {
            match fs::remove_file(path) {
                // Somebody else was quicker.
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    return Err(RemoveError::Refused { path: path.to_owned(), error });
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// The file beside a recording goes where it has its events, or nothing at all.
fn sidecar_that_goes(recording: &Recording) -> (Option<PathBuf>, Option<(PathBuf, String)>) {
    let path = sidecar_of(recording.path());
    let why = match &recording.sidecar().state {
        SidecarState::Missing | SidecarState::None => return (None, None),
        SidecarState::Read if !recording.events().is_empty() => return (Some(path), None),
        SidecarState::Read if fs::metadata(&path).is_ok_and(|found| found.len() == 0) => return (Some(path), None),
        SidecarState::Read => "it has no events of memrec's".to_owned(),
        SidecarState::Foreign(why) => format!("it is another recording's: {why}"),
        SidecarState::Unreadable(why) => why.clone(),
    };
    (None, Some((path, why)))
}

/// `mprofile_20261123101722_ts.dat`: where older versions of mprof have put the times of functions.
fn timestamps_of(dat: &Path) -> Option<PathBuf> {
    let mut name = OsString::from(dat.file_stem()?);
    name.push("_ts.dat");
    let path = dat.with_file_name(name);
    let mprofs = dat.extension()? == "dat" && read_head(&path).is_ok_and(|head| head.kind == Kind::Mprof);
    mprofs.then_some(path)
}

/// What memrecs that were killed have left in this folder: `.memrec-4711-0.thin` of a thinning, whose lock nobody holds any more, and `.memrec-0123456789abcdef.mark`, to which
/// labels were sent and at which nobody listens any more.
pub fn left_behind(folder: &Path) -> Vec<PathBuf> {
    let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let found = fs::read_dir(here).into_iter().flatten().flatten();
    let left = found.filter(|found| {
        let name = found.file_name();
        let (name, path) = (name.to_string_lossy(), found.path());
        let Ok(kind) = found.file_type() else { return false };
        if is_of_labels(&name) {
            let refused = |error: std::io::Error| error.kind() == ErrorKind::ConnectionRefused;
            return kind.is_socket() && UnixStream::connect(path).is_err_and(refused);
        }
        is_of_thinning(&name) && kind.is_file() && File::open(path).is_ok_and(|file| file.try_lock().is_ok())
    });
    let mut left: Vec<PathBuf> = left.map(|found| folder.join(found.file_name())).collect();
    left.sort();
    left
}

fn is_of_labels(name: &str) -> bool {
    let hash = name.strip_prefix(".memrec-").and_then(|rest| rest.strip_suffix(".mark"));
    hash.is_some_and(|hash| !hash.is_empty() && hash.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn is_of_thinning(name: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    name.strip_prefix(".memrec-")
        .and_then(|rest| rest.strip_suffix(".thin"))
        .and_then(|rest| rest.split_once('-'))
        .is_some_and(|(pid, number)| digits(pid) && digits(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_memrec_would_have_named_so_is_left_behind_by_one() {
        for name in [".memrec-4711-0.thin", ".memrec-1-12.thin"] {
            assert!(is_of_thinning(name), "{name}");
        }
        for name in [".memrec-4711.thin", ".memrec-x-0.thin", ".memrec-1-0.tmp", "memrec-1-0.thin", ".memrec-1-.thin"] {
            assert!(!is_of_thinning(name), "{name}");
        }
    }
}
