//! Who was started by a process: its `children` files.
//!
//! The kernel lists children by the thread that forked them, so every thread has such a file. One descriptor is kept for each; a file of a
//! thread that has ended reads as empty, and its children are then listed by another thread of the process.

use super::files::{Buffer, numbers_in, open_below};
use super::parse;
use crate::model::Pid;
use nix::sys::stat::fstat;
use std::fs::File;
use std::io::ErrorKind;
use std::os::fd::OwnedFd;

/// More threads than this are not given a kept descriptor each: a few Java servers would use up all that a process may have.
const KEPT_AT_MOST: usize = 64;

/// What the kernel hands out at once: one page less one byte. A longer list can skip a living child when one before it ends.
const ONE_READ: usize = 4095;

/// A list is not read any further than this: a hundred thousand children.
const LONGEST_LIST: usize = 1 << 20;

/// A pid has at most ten digits and a blank behind it: a read that ends closer to the page's end than that may have been cut.
const LONGEST_ENTRY: usize = 11;

/// Links of a folder of threads that are not threads; those of a process that is gone.
const OWN_LINKS: nix::libc::nlink_t = 2;

#[derive(Debug)]
pub(super) struct Children {
    pid: Pid,
    kept: Vec<(Pid, File)>,
}

/// What a reading of the lists was worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Listing {
    /// Every child stood in it.
    Whole,
    /// A list changed while it was read, or could not be read: children may be missing from it.
    Partial,
}

impl Listing {
    pub(super) fn and(self, other: Self) -> Self {
        if self == Self::Whole { other } else { self }
    }
}

impl Children {
    pub(super) fn new(pid: Pid) -> Self {
        Self { pid, kept: Vec::new() }
    }

    /// Adds the pids of all children to `found`. `tasks` is the folder of the process' threads.
    pub(super) fn read(&mut self, tasks: &OwnedFd, buffer: &mut Buffer, found: &mut Vec<Pid>) -> Listing {
        // The folder has a link for every thread beside its own two: one look tells whether there is more than one.
        let several = links(tasks) != OWN_LINKS + 1;
        let mut listing = Listing::Whole;
        if several || self.kept.len() != 1 || self.kept[0].0 != self.pid {
            let threads = if several { threads(tasks) } else { vec![self.pid] };
            self.kept.retain(|(thread, _)| threads.contains(thread));
            for thread in threads {
                if self.kept.iter().any(|(known, _)| *known == thread) {
                    continue;
                }
                let file = match open_below(tasks, &format!("{thread}/children")) {
                    Ok(file) => file,
                    // It has ended since it was listed.
                    Err(error) if error.kind() == ErrorKind::NotFound => continue,
                    Err(_) => {
                        listing = Listing::Partial;
                        continue;
                    }
                };
                if self.kept.len() < KEPT_AT_MOST {
                    self.kept.push((thread, file));
                } else {
                    listing = listing.and(read_list(&file, buffer, found));
                }
            }
        }
        for (_, file) in &self.kept {
            listing = listing.and(read_list(file, buffer, found));
        }
        // Not even one, though the process lives: a kernel without such files.
        if self.kept.is_empty() && links(tasks) > OWN_LINKS { Listing::Partial } else { listing }
    }

    /// Keeps no list open until they are read again.
    pub(super) fn close(&mut self) {
        self.kept.clear();
    }

    /// Whether there was one list to read the last time.
    pub(super) fn is_one_list(&self) -> bool {
        self.kept.len() == 1
    }
}

fn links(tasks: &OwnedFd) -> nix::libc::nlink_t {
    fstat(tasks).map_or(0, |stat| stat.st_nlink)
}

fn read_list(file: &File, buffer: &mut Buffer, found: &mut Vec<Pid>) -> Listing {
    let Ok(text) = buffer.read_once(file) else { return Listing::Whole };
    if text.len() + LONGEST_ENTRY <= ONE_READ {
        parse::children(text, found);
        return Listing::Whole;
    }
    // The kernel counts its way to where the next read begins: a child before that place that has ended meanwhile makes it skip a living one.
    // Nothing was skipped if the same list comes twice.
    let (Ok(first), Ok(second)) = (buffer.read_whole(file, LONGEST_LIST), buffer.read_whole(file, LONGEST_LIST)) else {
        return Listing::Partial;
    };
    parse::children(&first, found);
    if first == second { Listing::Whole } else { Listing::Partial }
}

/// The threads of a process.
pub(super) fn threads(tasks: &OwnedFd) -> Vec<Pid> {
    numbers_in(tasks, ".")
}
