//! Where control groups are: hierarchies as they are mounted, and which group is meant by a path, or is a process'.
//!
//! Nothing is taken for granted of `/sys/fs/cgroup`: what is mounted where stands in `/proc/self/mountinfo` (proc_pid_mountinfo(5)), and who is in
//! which group in `/proc/PID/cgroup` (cgroups(7)).

use crate::model::Pid;
use std::collections::HashSet;
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Component, Path, PathBuf};

/// The two kinds of hierarchies, which can be there side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// One hierarchy for each controller.
    One,
    /// One for all of them.
    Two,
}

/// A control group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ControlGroup {
    /// Its folder.
    pub folder: PathBuf,
    /// Its path in its hierarchy, as `/proc/PID/cgroup` shows it.
    pub path: PathBuf,
    /// The kind of its hierarchy.
    pub version: Version,
}

/// Why a path means no control group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoGroup {
    /// There is none of that path.
    #[error("there is no such control group")]
    NotThere,
    /// There is something else.
    #[error("it is not the folder of a control group")]
    NotAGroup,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Hierarchy {
    /// What of the hierarchy is mounted: `/`, or less in a container.
    root: PathBuf,
    mount_point: PathBuf,
    version: Version,
    /// Among others the controllers: `rw,cpu,cpuacct`, or `rw,name=systemd`.
    options: Vec<u8>,
}

/// All hierarchies that are mounted; that of the memory controller first, if it has one to itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hierarchies(Vec<Hierarchy>);

impl Hierarchies {
    /// Those of this process.
    ///
    /// # Errors
    /// Where `/proc/self/mountinfo` cannot be read.
    pub fn mounted() -> io::Result<Self> {
        Ok(Self::parse(&std::fs::read("/proc/self/mountinfo")?))
    }

    pub(super) fn parse(mountinfo: &[u8]) -> Self {
        let mut all: Vec<Hierarchy> = Vec::new();
        let mut covered: HashSet<PathBuf> = HashSet::new();
        // The last mounted first: what is mounted later at the same place covers what was there.
        for line in mountinfo.rsplit(|byte| *byte == b'\n') {
            let Some(mount) = mount(line) else { continue };
            if covered.insert(mount.point.clone()) {
                all.extend(mount.hierarchy());
            }
        }
        all.sort_by_key(|hierarchy| match hierarchy.version {
            Version::One if hierarchy.has(b"memory") => 0,
            Version::Two => 1,
            Version::One => 2,
        });
        Self(all)
    }

    /// Where the memory control group of a process can be seen, the last mounted first; `membership` is the text of its `/proc/PID/cgroup`. None where it
    /// is outside of what is mounted here.
    pub(super) fn of_memory(&self, membership: &[u8]) -> Vec<PathBuf> {
        // A controller is in one hierarchy only: where version 1 has the memory, version 2 has it not.
        let in_one =
            memberships(membership).any(|(_, controllers, _)| names(controllers).any(|name| name == b"memory"));
        let here = |hierarchy: &&Hierarchy| match hierarchy.version {
            Version::One => in_one && hierarchy.has(b"memory"),
            Version::Two => !in_one,
        };
        let all = self.0.iter().filter(here);
        all.filter_map(|hierarchy| hierarchy.folder(&hierarchy.path_in(membership)?)).collect()
    }

    /// The groups that `wanted` may mean, the likeliest first: that of a folder, or those that have this path in their hierarchy.
    ///
    /// # Errors
    /// Where there is none.
    pub fn at(&self, wanted: &Path) -> Result<Vec<ControlGroup>, NoGroup> {
        let folder = wanted.canonicalize().ok();
        if let Some(group) = folder.as_ref().and_then(|folder| self.of_folder(folder)) {
            return Ok(vec![group]);
        }
        let plain = |part: &Component<'_>| matches!(part, Component::Normal(_));
        let parts: Vec<Component<'_>> = wanted.components().filter(|part| *part != Component::RootDir).collect();
        let mut found = Vec::new();
        if !wanted.as_os_str().is_empty() && parts.iter().all(plain) {
            let path = Path::new("/").join(parts.iter().collect::<PathBuf>());
            found.extend(self.0.iter().filter_map(|hierarchy| hierarchy.group(&path)));
        }
        match folder {
            _ if !found.is_empty() => Ok(found),
            Some(_) => Err(NoGroup::NotAGroup),
            None => Err(NoGroup::NotThere),
        }
    }

    fn of_folder(&self, folder: &Path) -> Option<ControlGroup> {
        let below = self.0.iter().filter(|hierarchy| folder.starts_with(&hierarchy.mount_point));
        let hierarchy = below.max_by_key(|hierarchy| hierarchy.mount_point.components().count())?;
        let inner = folder.strip_prefix(&hierarchy.mount_point).ok()?;
        let (folder, version) = (folder.to_owned(), hierarchy.version);
        Some(ControlGroup { folder, path: hierarchy.root.components().chain(inner.components()).collect(), version })
            .filter(|group| is_group(&group.folder))
    }

    /// The control group that the container whose first process has `pid` has to itself. `None` where it shares its group with strangers,
    /// as one does that was started without any.
    ///
    /// # Errors
    /// Where the process is gone.
    pub fn of_container(&self, pid: Pid) -> io::Result<Option<ControlGroup>> {
        let of = |pid: &dyn std::fmt::Display| std::fs::read(format!("/proc/{pid}/cgroup"));
        let its = of(&pid)?;
        // Whoever started it, a shim or conmon, is no part of it.
        let stat = std::fs::read(format!("/proc/{pid}/stat"))?;
        let parent = super::parse::stat_ppid(&stat).and_then(|ppid| of(&ppid).ok());
        let strangers = [of(&"self")?, parent.unwrap_or_default()];
        Ok(self.own_group(&its, &strangers))
    }

    /// `its` and `strangers` are texts of `/proc/PID/cgroup`.
    fn own_group(&self, its: &[u8], strangers: &[Vec<u8>]) -> Option<ControlGroup> {
        self.0.iter().find_map(|hierarchy| {
            let path = whole_container(&hierarchy.path_in(its)?);
            let shared = |text: &Vec<u8>| hierarchy.path_in(text).is_some_and(|other| other.starts_with(&path));
            if path == Path::new("/") || strangers.iter().any(shared) {
                return None;
            }
            hierarchy.group(&path)
        })
    }
}

impl Hierarchy {
    fn has(&self, controller: &[u8]) -> bool {
        names(&self.options).any(|option| option == controller)
    }

    /// The folder of the group of that path, if it is within what is mounted.
    fn folder(&self, path: &Path) -> Option<PathBuf> {
        let inner = path.strip_prefix(&self.root).ok()?;
        // `/../x` is outside of our namespace of control groups. `..` would lead out of the mount, into some other folder.
        let inside = inner.components().all(|part| matches!(part, Component::Normal(_)));
        inside
            .then(|| if inner.as_os_str().is_empty() { self.mount_point.clone() } else { self.mount_point.join(inner) })
    }

    /// The group of that path, if it is there and within what is mounted.
    fn group(&self, path: &Path) -> Option<ControlGroup> {
        let folder = self.folder(path)?;
        is_group(&folder).then(|| ControlGroup { folder, path: path.to_owned(), version: self.version })
    }

    /// The path in this hierarchy, from lines of `NUMBER:CONTROLLERS:PATH`:
    /// ```text
    /// 4:memory:/docker/46aaacd93c00
    /// 1:name=systemd:/
    /// 0::/system.slice/nginx.service
    /// ```
    fn path_in(&self, text: &[u8]) -> Option<PathBuf> {
        memberships(text).find_map(|(number, controllers, path)| {
            let here = match self.version {
                Version::Two => number == b"0" && controllers.is_empty(),
                Version::One => self.has(names(controllers).next()?),
            };
            // A group that was removed while it had zombies.
            let path = path.strip_suffix(b" (deleted)").unwrap_or(path);
            here.then(|| PathBuf::from(OsStr::from_bytes(path)))
        })
    }
}

/// Up to the folder that has the container's id in its name: what is below it, such as the groups of a container that runs systemd, is of the
/// same container.
fn whole_container(path: &Path) -> PathBuf {
    const ID: usize = 64;
    let has_id = |part: &Component<'_>| {
        let name = part.as_os_str().as_bytes();
        name.split(|byte| !byte.is_ascii_hexdigit()).any(|digits| digits.len() == ID)
    };
    let parts: Vec<Component<'_>> = path.components().collect();
    let last = parts.iter().rposition(has_id).map_or(parts.len(), |place| place + 1);
    parts[..last].iter().collect()
}

fn is_group(folder: &Path) -> bool {
    folder.join("cgroup.procs").is_file()
}

/// Lines of `NUMBER:CONTROLLERS:PATH`.
fn memberships(text: &[u8]) -> impl Iterator<Item = (&[u8], &[u8], &[u8])> {
    text.split(|byte| *byte == b'\n').filter_map(|line| {
        let mut fields = line.splitn(3, |byte| *byte == b':');
        Some((fields.next()?, fields.next()?, fields.next()?))
    })
}

/// `cpu,cpuacct`, one by one.
fn names(list: &[u8]) -> impl Iterator<Item = &[u8]> {
    list.split(|byte| *byte == b',')
}

/// A line of mountinfo.
struct Mount<'a> {
    root: PathBuf,
    point: PathBuf,
    kind: &'a [u8],
    options: &'a [u8],
}

/// `35 31 0:32 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory`: the fourth field is the root, the fifth the mount point; after
/// `-` come the kind of file system, its source, and its options.
fn mount(line: &[u8]) -> Option<Mount<'_>> {
    let mut fields = line.split(|byte| *byte == b' ');
    let (root, point) = (unescaped(fields.nth(3)?), unescaped(fields.next()?));
    let mut fields = fields.skip_while(|field| *field != b"-").skip(1);
    let (kind, _, options) = (fields.next()?, fields.next(), fields.next().unwrap_or_default());
    Some(Mount { root, point, kind, options })
}

impl Mount<'_> {
    fn hierarchy(self) -> Option<Hierarchy> {
        let version = match self.kind {
            b"cgroup" => Version::One,
            b"cgroup2" => Version::Two,
            _ => return None,
        };
        Some(Hierarchy { root: self.root, mount_point: self.point, version, options: self.options.to_vec() })
    }
}

/// Blanks, tabs, line ends and backslashes are written as three octal digits: `\040`.
fn unescaped(field: &[u8]) -> PathBuf {
    let mut bytes = Vec::with_capacity(field.len());
    let mut rest = field;
    while let [first, after @ ..] = rest {
        let octal = after.get(..3).filter(|_| *first == b'\\').and_then(|digits| std::str::from_utf8(digits).ok());
        match octal.and_then(|digits| u8::from_str_radix(digits, 8).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[3..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    std::ffi::OsString::from_vec(bytes).into()
}

#[cfg(test)]
#[path = "mounts_tests.rs"]
mod tests;
