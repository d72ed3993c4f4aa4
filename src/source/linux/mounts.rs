//! Where control groups are: hierarchies as they are mounted, and which group is meant by a path, or is a process'.
//!
//! Nothing is taken for granted of `/sys/fs/cgroup`: what is mounted where stands in `/proc/self/mountinfo` (proc_pid_mountinfo(5)), and who is in
//! which group in `/proc/PID/cgroup` (cgroups(7)).

use crate::model::Pid;
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

    fn parse(mountinfo: &[u8]) -> Self {
        let mut all: Vec<Hierarchy> = mountinfo.split(|byte| *byte == b'\n').filter_map(hierarchy).collect();
        all.sort_by_key(|hierarchy| match hierarchy.version {
            Version::One if hierarchy.has(b"memory") => 0,
            Version::Two => 1,
            Version::One => 2,
        });
        Self(all)
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
        self.options.split(|byte| *byte == b',').any(|option| option == controller)
    }

    /// The group of that path, if it is there and within what is mounted.
    fn group(&self, path: &Path) -> Option<ControlGroup> {
        let inner = path.strip_prefix(&self.root).ok()?;
        let folder = if inner.as_os_str().is_empty() { self.mount_point.clone() } else { self.mount_point.join(inner) };
        is_group(&folder).then(|| ControlGroup { folder, path: path.to_owned(), version: self.version })
    }

    /// The path in this hierarchy, from lines of `NUMBER:CONTROLLERS:PATH`:
    /// ```text
    /// 4:memory:/docker/46aaacd93c00
    /// 1:name=systemd:/
    /// 0::/system.slice/nginx.service
    /// ```
    fn path_in(&self, text: &[u8]) -> Option<PathBuf> {
        text.split(|byte| *byte == b'\n').find_map(|line| {
            let mut fields = line.splitn(3, |byte| *byte == b':');
            let (number, controllers, path) = (fields.next()?, fields.next()?, fields.next()?);
            let here = match self.version {
                Version::Two => number == b"0" && controllers.is_empty(),
                Version::One => self.has(controllers.split(|byte| *byte == b',').next()?),
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

/// `35 31 0:32 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory`: the fourth field is the root, the fifth the mount point; after
/// `-` come the kind of file system, its source, and its options.
fn hierarchy(line: &[u8]) -> Option<Hierarchy> {
    let mut fields = line.split(|byte| *byte == b' ');
    let (root, mount_point) = (fields.nth(3)?, fields.next()?);
    let mut fields = fields.skip_while(|field| *field != b"-").skip(1);
    let version = match fields.next()? {
        b"cgroup" => Version::One,
        b"cgroup2" => Version::Two,
        _ => return None,
    };
    let options = fields.nth(1)?.to_vec();
    Some(Hierarchy { root: unescaped(root), mount_point: unescaped(mount_point), version, options })
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
mod tests {
    use super::*;
    use std::fs::{create_dir_all, write};

    /// Hierarchies in a folder: v1 of memory and of cpu, and v2.
    fn hybrid(at: &Path) -> Hierarchies {
        let at = at.display();
        let text = format!(
            "31 23 0:28 / {at} rw - tmpfs tmpfs rw,mode=755\n\
             32 31 0:29 / {at}/cpu rw - cgroup cgroup rw,cpu,cpuacct\n\
             41 31 0:38 / {at}/a\\040b rw shared:9 master:3 - cgroup2 cgroup2 rw\n\
             35 31 0:32 / {at}/memory rw - cgroup cgroup rw,memory\ntorn - cgroup\n"
        );
        Hierarchies::parse(text.as_bytes())
    }

    fn make(folder: &Path) {
        create_dir_all(folder).unwrap();
        write(folder.join("cgroup.procs"), "").unwrap();
    }

    #[test]
    fn a_group_is_found_by_its_folder_and_by_its_path_with_memory_first() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().canonicalize().unwrap();
        let all = hybrid(&at);
        for hierarchy in ["cpu", "a b", "memory"] {
            make(&at.join(hierarchy));
            make(&at.join(hierarchy).join("x.slice/web"));
        }
        make(&at.join("cpu/alone"));
        let folders = |wanted: &str| -> Vec<String> {
            let groups = all.at(Path::new(wanted)).unwrap();
            groups.iter().map(|group| group.folder.strip_prefix(&at).unwrap().to_str().unwrap().to_owned()).collect()
        };
        let everywhere = ["memory/x.slice/web", "a b/x.slice/web", "cpu/x.slice/web"];
        assert_eq!(folders("/x.slice/web"), everywhere);
        assert_eq!(folders("x.slice/web/"), everywhere);
        assert_eq!(folders("/alone"), ["cpu/alone"]);
        assert_eq!(folders("/"), ["memory", "a b", "cpu"]);
    }

    #[test]
    fn a_folder_tells_its_path_and_its_version() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().canonicalize().unwrap();
        make(&at.join("a b/web"));
        let group = hybrid(&at).at(&at.join("a b/./web")).unwrap().remove(0);
        assert_eq!((group.path, group.version), (PathBuf::from("/web"), Version::Two));
    }

    #[test]
    fn what_is_no_group_is_told_apart_from_what_is_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().canonicalize().unwrap();
        let all = hybrid(&at);
        make(&at.join("memory/web"));
        make(&at.join("elsewhere"));
        assert_eq!(all.at(&at.join("elsewhere")), Err(NoGroup::NotAGroup));
        for nothing in ["/nosuch", "", "/x/../web", "../web"] {
            assert_eq!(all.at(Path::new(nothing)), Err(NoGroup::NotThere), "{nothing:?}");
        }
    }

    #[test]
    fn in_a_container_paths_begin_above_what_is_mounted() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().canonicalize().unwrap();
        let text = format!("35 31 0:32 /docker/1234 {}/memory ro - cgroup cgroup rw,memory\n", at.display());
        make(&at.join("memory"));
        make(&at.join("memory/web"));
        let all = Hierarchies::parse(text.as_bytes());
        assert_eq!(all.at(Path::new("/docker/1234/web")).unwrap()[0].folder, at.join("memory/web"));
        assert_eq!(all.at(&at.join("memory/web")).unwrap()[0].path, Path::new("/docker/1234/web"));
        assert_eq!(all.at(Path::new("/docker/5678")), Err(NoGroup::NotThere));
    }

    #[test]
    fn a_container_has_a_group_to_itself_or_none() {
        let id = "46aaacd93c006de536d7cc1366a205754e9d4be22bf33db34f6f0e521195c3aa";
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().canonicalize().unwrap();
        let all = hybrid(&at);
        let scope = format!("machine.slice/libpod-{id}.scope");
        make(&at.join("memory").join(&scope));
        make(&at.join("memory/user.slice/session-2.scope"));
        make(&at.join("a b/pod"));
        let found = |its: &str, ours: &str, parents: &str| {
            let strangers = [ours, parents].map(|text| text.as_bytes().to_vec());
            all.own_group(its.as_bytes(), &strangers).map(|group| group.folder.strip_prefix(&at).unwrap().to_owned())
        };
        let whole = Some(Path::new("memory").join(&scope));
        assert_eq!(found(&format!("4:memory:/{scope}/container\n0::/\n"), "4:memory:/\n", ""), whole, "all of it");
        assert_eq!(found("4:memory:/\n0::/pod\n", "4:memory:/\n0::/\n", ""), Some("a b/pod".into()));
        let session = "4:memory:/user.slice/session-2.scope\n0::/\n";
        assert_eq!(found(session, session, ""), None, "ours too");
        assert_eq!(found(session, "4:memory:/\n", session), None, "whoever started it is there too");
        let inside = format!("4:memory:/{scope}/system.slice\n");
        assert_eq!(found(&format!("4:memory:/{scope}\n"), &inside, ""), None, "memrec is within");
        assert_eq!(found("4:memory:/\n0::/\n", "4:memory:/x\n", ""), None);
        assert_eq!(found("4:memory:/gone\n", "4:memory:/x\n", ""), None);
        assert_eq!(found("garbage", "", ""), None);
    }
}
