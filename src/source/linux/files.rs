//! Small files of `/proc`, read into one buffer that is used again and again.

use crate::model::Pid;
use nix::dir::{Dir, Entry};
use nix::fcntl::{OFlag, openat};
use nix::sys::stat::Mode;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::FileExt;

/// One read must hold all of a `status`, which is longer than a page for a user of many groups (65 536 at most, of up to eleven characters).
/// What is not used of this never becomes memory.
const LARGEST: usize = 1 << 20;

/// A buffer for what is read.
#[derive(Debug)]
pub(super) struct Buffer(Vec<u8>);

impl Buffer {
    pub(super) fn new() -> Self {
        Self(vec![0; LARGEST])
    }

    /// One read from the beginning: a consistent look at anything that the kernel makes in one piece.
    pub(super) fn read_once(&mut self, file: &File) -> io::Result<&[u8]> {
        let length = file.read_at(&mut self.0, 0)?;
        Ok(&self.0[..length])
    }

    /// Reads until the end, up to `limit` bytes.
    pub(super) fn read_whole(&mut self, file: &File, limit: usize) -> io::Result<Vec<u8>> {
        let mut whole = Vec::new();
        while whole.len() < limit {
            let room = self.0.len().min(limit - whole.len());
            let length = file.read_at(&mut self.0[..room], whole.len() as u64)?;
            if length == 0 {
                break;
            }
            whole.extend_from_slice(&self.0[..length]);
        }
        whole.truncate(limit);
        Ok(whole)
    }
}

/// Opens `name` below the open folder `folder`: of the same process, even if its pid has been used again since.
pub(super) fn open_below(folder: &OwnedFd, name: &str) -> io::Result<File> {
    Ok(File::from(openat(folder, name, OFlag::O_RDONLY | OFlag::O_CLOEXEC, Mode::empty())?))
}

/// The entries of a folder of `/proc` whose names are numbers: processes, or the threads of one.
pub(super) fn numbers_in(root: &OwnedFd, name: &str) -> Vec<Pid> {
    let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
    let Ok(mut folder) = Dir::openat(root, name, flags, Mode::empty()) else { return Vec::new() };
    let number = |entry: Entry| entry.file_name().to_str().ok()?.parse().ok();
    folder.iter().filter_map(Result::ok).filter_map(number).collect()
}

/// Opens the folder of a process' threads, as a handle to open its files by. Its own files are above: `../statm`.
pub(super) fn open_tasks(proc: &OwnedFd, pid: Pid) -> io::Result<OwnedFd> {
    Ok(openat(
        proc,
        format!("{pid}/task").as_str(),
        OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC,
        Mode::empty(),
    )?)
}
