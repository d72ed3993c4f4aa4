//! Who is in a control group: the `cgroup.procs` files of its folder and of all folders below it (cgroups(7)).

use super::files::{Buffer, open_below};
use super::mounts::{ControlGroup, Version};
use crate::model::Pid;
use nix::dir::{Dir, Type};
use nix::errno::Errno;
use nix::fcntl::{AtFlags, OFlag, open, openat};
use nix::sys::stat::{FileStat, Mode, SFlag, fstat, fstatat};
use std::ffi::{CStr, CString};
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

/// A list is not read any further than this: a hundred thousand processes.
const LONGEST_LIST: usize = 1 << 20;

const LIST: &str = "cgroup.procs";

/// The processes of a control group, asked for again and again.
#[derive(Debug)]
pub struct GroupMembers {
    top: Folder,
    folder: PathBuf,
    path: PathBuf,
    keep: Keep,
    buffer: Buffer,
    us: Pid,
}

/// Whether descriptors of lists are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Keep {
    /// In version 2 a read from the beginning is a new look.
    Lists,
    /// In version 1 the list is made when its file is opened, and handed out again to whoever goes on reading it within a second (the kernel's
    /// cgroup-v1.c): who reads ten times a second would never see anybody come.
    FoldersOnly,
}

#[derive(Debug)]
struct Folder {
    handle: OwnedFd,
    list: Option<File>,
    /// The number of its folders is told by its links, without reading it.
    links: Option<u64>,
    below: Vec<(CString, Folder)>,
}

impl GroupMembers {
    /// Opens the group's folder.
    ///
    /// # Errors
    /// Where it is gone, or its list of processes cannot be read, as that of a threaded group, whose processes are in the group above it.
    pub fn open(group: &ControlGroup) -> io::Result<Self> {
        let handle = open(&group.folder, folder_flags(), Mode::empty())?;
        let keep = match group.version {
            Version::One => Keep::FoldersOnly,
            Version::Two => Keep::Lists,
        };
        let us = std::process::id();
        let (folder, path) = (group.folder.clone(), group.path.clone());
        let mut members = Self { top: Folder::new(handle), folder, path, keep, buffer: Buffer::new(), us };
        members.top.list(keep, &mut members.buffer, &mut Vec::new())?;
        Ok(members)
    }

    /// Its folder.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Its path in its hierarchy.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Replaces what `pids` holds by the processes that are in the group now, in order, without this one. Version 1 lists zombies too. None where
    /// the group was removed. Processes of other pid namespaces have no pid here, and are left out.
    ///
    /// # Errors
    /// Where a list cannot be read, as for want of descriptors: who is in the group is not known then.
    pub fn read(&mut self, pids: &mut Vec<Pid>) -> io::Result<()> {
        // Who moves from a folder to one that was read before it is missed: nobody at all is believed the second time only.
        for _ in 0..2 {
            pids.clear();
            match self.top.read(self.keep, &mut self.buffer, pids) {
                Ok(()) => {}
                Err(error) if is_gone(&error) => return Ok(()),
                Err(error) => return Err(error),
            }
            // The kernel writes 0 for those of another namespace.
            pids.retain(|pid| *pid != 0 && *pid != self.us);
            if !pids.is_empty() {
                break;
            }
        }
        pids.sort_unstable();
        pids.dedup();
        Ok(())
    }
}

impl Folder {
    fn new(handle: OwnedFd) -> Self {
        Self { handle, list: None, links: None, below: Vec::new() }
    }

    /// Adds the processes of this folder and of all below it.
    fn read(&mut self, keep: Keep, buffer: &mut Buffer, pids: &mut Vec<Pid>) -> io::Result<()> {
        match self.list(keep, buffer, pids) {
            // Threaded: its processes stand in the list of a folder above.
            Err(error) if error.raw_os_error() == Some(Errno::EOPNOTSUPP as i32) => {}
            done => done?,
        }
        self.find_folders()?;
        let mut removed = false;
        for (_, folder) in &mut self.below {
            match folder.read(keep, buffer, pids) {
                Err(error) if is_gone(&error) => removed = true,
                done => done?,
            }
        }
        if removed {
            // Perhaps another one has come instead, and the number is the same.
            self.links = None;
            self.below.retain(|(name, folder)| is_same(&self.handle, name, &folder.handle));
        }
        Ok(())
    }

    fn list(&mut self, keep: Keep, buffer: &mut Buffer, pids: &mut Vec<Pid>) -> io::Result<()> {
        let list = match self.list.take() {
            Some(list) => list,
            None => open_below(&self.handle, LIST)?,
        };
        let text = buffer.read_whole(&list, LONGEST_LIST)?;
        super::parse::lines_of_pids(&text, pids);
        self.list = Some(list).filter(|_| keep == Keep::Lists);
        Ok(())
    }

    fn find_folders(&mut self) -> io::Result<()> {
        let links = Some(fstat(&self.handle)?.st_nlink);
        // A folder has two links of its own, and one more from each folder in it. File systems that do not count have one.
        if links == self.links && links >= Some(2) {
            return Ok(());
        }
        self.links = None;
        let mut folder =
            Dir::openat(&self.handle, ".", OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC, Mode::empty())?;
        for entry in folder.iter().filter_map(Result::ok) {
            let name = entry.file_name();
            let known = self.below.iter().any(|(known, _)| known.as_c_str() == name);
            if known || [c".", c".."].contains(&name) || entry.file_type().is_some_and(|kind| kind != Type::Directory) {
                continue;
            }
            match openat(&self.handle, name, folder_flags(), Mode::empty()) {
                Ok(handle) => self.below.push((name.to_owned(), Self::new(handle))),
                Err(Errno::ENOENT | Errno::ENODEV | Errno::ENOTDIR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        self.links = links;
        Ok(())
    }
}

fn folder_flags() -> OFlag {
    OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC
}

/// What a removed group answers: through a kept descriptor, and through its folder.
fn is_gone(error: &io::Error) -> bool {
    [Errno::ENODEV, Errno::ENOENT].iter().any(|errno| error.raw_os_error() == Some(*errno as i32))
}

/// Whether `name` in `parent` is still the folder that was opened.
fn is_same(parent: &OwnedFd, name: &CStr, folder: &OwnedFd) -> bool {
    let there = fstatat(parent, name, AtFlags::AT_SYMLINK_NOFOLLOW);
    let is_folder = |stat: &FileStat| SFlag::from_bits_truncate(stat.st_mode).contains(SFlag::S_IFDIR);
    matches!((there, fstat(folder)), (Ok(there), Ok(opened)) if is_folder(&there) && there.st_ino == opened.st_ino)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{create_dir, remove_dir_all, write};

    /// Plain folders and files do: a list is read, a link is counted. Their file system must count links, as cgroup's does.
    fn group(folder: &Path, version: Version) -> GroupMembers {
        let group = ControlGroup { folder: folder.to_owned(), path: "/web".into(), version };
        GroupMembers::open(&group).unwrap()
    }

    fn pids(members: &mut GroupMembers) -> Vec<Pid> {
        let mut pids = vec![1];
        members.read(&mut pids).unwrap();
        pids
    }

    #[test]
    fn all_folders_are_read_those_that_come_later_too() {
        for version in [Version::One, Version::Two] {
            let folder = tempfile::tempdir().unwrap();
            let at = |name: &str| folder.path().join(name);
            write(at(LIST), "12\n11\n").unwrap();
            let mut members = group(folder.path(), version);
            assert_eq!(pids(&mut members), [11, 12], "in order");
            create_dir(at("below")).unwrap();
            write(at("below/cgroup.procs"), "13\n").unwrap();
            create_dir(at("below/deeper")).unwrap();
            write(at("below/deeper/cgroup.procs"), "14\n11\n").unwrap();
            assert_eq!(pids(&mut members), [11, 12, 13, 14], "each once");
            write(at("below/cgroup.procs"), "13\n15\n").unwrap();
            assert_eq!(pids(&mut members), [11, 12, 13, 14, 15]);
        }
    }

    #[test]
    fn a_folder_that_was_replaced_is_read_anew() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        write(at(LIST), "11\n").unwrap();
        for pid in [12, 13] {
            create_dir(at("below")).unwrap();
            write(at("below/cgroup.procs"), format!("{pid}\n")).unwrap();
            let mut members = group(folder.path(), Version::One);
            assert_eq!(pids(&mut members), [11, pid]);
            remove_dir_all(at("below")).unwrap();
            create_dir(at("other")).unwrap();
            write(at("other/cgroup.procs"), "14\n").unwrap();
            // The look that meets the removed one, and the one after it.
            pids(&mut members);
            assert_eq!(pids(&mut members), [11, 14]);
            remove_dir_all(at("other")).unwrap();
        }
    }

    #[test]
    fn strangers_without_a_pid_and_this_process_are_left_out() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path().join(LIST), format!("0\n0\n{}\n11\ngarbage\n", std::process::id())).unwrap();
        assert_eq!(pids(&mut group(folder.path(), Version::Two)), [11]);
    }

    #[test]
    fn a_group_that_was_removed_has_nobody() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path().join(LIST), "11\n").unwrap();
        let mut members = group(folder.path(), Version::One);
        assert_eq!(pids(&mut members), [11]);
        folder.close().unwrap();
        assert_eq!(pids(&mut members), [0; 0]);
    }

    #[test]
    fn what_has_no_list_is_no_group() {
        let folder = tempfile::tempdir().unwrap();
        let group = ControlGroup { folder: folder.path().to_owned(), path: "/web".into(), version: Version::One };
        assert!(GroupMembers::open(&group).is_err());
    }
}
