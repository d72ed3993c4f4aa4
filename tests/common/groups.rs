//! Control groups of a test's own, where they can be made.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// Between two attempts to remove a group.
const PAUSE: std::time::Duration = std::time::Duration::from_millis(5);

/// A control group that is removed when this goes, with all below it.
pub(crate) struct TestGroup {
    pub(crate) folder: PathBuf,
    /// As `/proc/PID/cgroup` shows it.
    pub(crate) path: String,
}

impl TestGroup {
    /// One in each hierarchy that a test should try: that of memory in version 1, and version 2.
    pub(crate) fn one_of_each_kind() -> Vec<Self> {
        let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap();
        let mounted = |line: &str| {
            let (place, kind) = line.split_once(" - ")?;
            let mut kind = kind.split(' ');
            let wanted = match kind.next()? {
                "cgroup2" => true,
                "cgroup" => kind.nth(1)?.split(',').any(|option| option == "memory"),
                _ => false,
            };
            wanted.then(|| PathBuf::from(place.split(' ').nth(4).unwrap()))
        };
        let made = |at: PathBuf| {
            let group = Self::make(&at, "", "test").ok()?;
            // Here or in none: where processes may not be moved, nothing can be tested.
            let mut child = std::process::Command::new("true").spawn().unwrap();
            let moved = fs::write(group.procs(), child.id().to_string());
            child.wait().unwrap();
            // It may have ended before it was moved, which is as good a sign.
            (moved.is_ok() || moved.is_err_and(|error| error.raw_os_error() == Some(libc::ESRCH))).then_some(group)
        };
        mounts.lines().filter_map(mounted).filter_map(made).collect()
    }

    /// One with a figure of its memory, below that of this process. None where it cannot be had, and why.
    pub(crate) fn with_memory(word: &str) -> Result<Self, String> {
        let (folder, path) = own_group().ok_or("no control groups with memory")?;
        let group =
            Self::make(&folder, &path, word).map_err(|error| format!("no control group can be made: {error}"))?;
        match group.figure().exists() {
            true => Ok(group),
            false => Err("the memory controller is not switched on for new control groups".to_owned()),
        }
    }

    /// One whose processes can be kept from the CPU, below that of this process. None where it cannot be had, and why.
    pub(crate) fn with_cpu(word: &str) -> Result<Self, String> {
        let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap();
        let groups = fs::read_to_string("/proc/self/cgroup").unwrap();
        let has = |list: &str| list.split(',').any(|name| name == "cpu");
        let old = mounts.lines().find_map(|line| {
            let (place, kind) = line.split_once(" - cgroup ")?;
            has(kind.split(' ').nth(1)?).then(|| place.split(' ').nth(4).unwrap())
        });
        let path = |wanted: &dyn Fn(&str) -> bool| {
            let mut parts = groups.lines().map(|line| line.splitn(3, ':').skip(1));
            parts.find_map(|mut parts| parts.next().filter(|list| wanted(list)).and(parts.next()))
        };
        let (mounted, path) = match old {
            Some(mounted) => (mounted, path(&has)),
            None => ("/sys/fs/cgroup", path(&str::is_empty)),
        };
        let path = path.ok_or("no control groups with CPU")?;
        let folder = Path::new(mounted).join(path.trim_start_matches('/'));
        let group =
            Self::make(&folder, path, word).map_err(|error| format!("no control group can be made: {error}"))?;
        group.limit_cpu(None).map_err(|error| format!("no control group can be kept from the CPU: {error}"))?;
        Ok(group)
    }

    /// Its processes together may use so many microseconds of each second, or as many as they like.
    pub(crate) fn limit_cpu(&self, micros: Option<u32>) -> io::Result<()> {
        let old = self.folder.join("cpu.cfs_quota_us");
        if old.exists() {
            fs::write(self.folder.join("cpu.cfs_period_us"), "1000000")?;
            return fs::write(old, micros.map_or("-1".to_owned(), |micros| micros.to_string()));
        }
        let micros = micros.map_or("max".to_owned(), |micros| micros.to_string());
        let mut limit = fs::OpenOptions::new().write(true).open(self.folder.join("cpu.max"))?;
        limit.write_all(format!("{micros} 1000000").as_bytes())
    }

    /// In how many seconds its processes were held back because they had used what they may.
    pub(crate) fn times_held_back(&self) -> u64 {
        let stat = fs::read_to_string(self.folder.join("cpu.stat")).unwrap();
        stat.lines().find_map(|line| line.strip_prefix("nr_throttled ")).unwrap().parse().unwrap()
    }

    fn make(parent: &Path, path: &str, word: &str) -> io::Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("memrec-{word}-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let folder = parent.join(&name);
        fs::create_dir(&folder)?;
        Ok(Self { folder, path: format!("{}/{name}", path.trim_end_matches('/')) })
    }

    /// The file whose lines are the processes in it.
    pub(crate) fn procs(&self) -> String {
        self.folder.join("cgroup.procs").to_str().unwrap().to_owned()
    }

    /// The file with what it is charged with. None may be there.
    pub(crate) fn figure(&self) -> PathBuf {
        let old = self.folder.join("memory.usage_in_bytes");
        if old.exists() { old } else { self.folder.join("memory.current") }
    }

    /// What it is charged with, as `docker stats` reckons.
    pub(crate) fn used(&self) -> u64 {
        let figure = self.figure();
        let inactive = if figure.ends_with("memory.current") { "inactive_file " } else { "total_inactive_file " };
        let usage: u64 = fs::read_to_string(figure).unwrap().trim().parse().unwrap();
        let stat = fs::read_to_string(self.folder.join("memory.stat")).unwrap();
        let inactive = stat.lines().find_map(|line| line.strip_prefix(inactive)).unwrap();
        usage - inactive.parse::<u64>().unwrap()
    }

    /// Moves a process into it.
    pub(crate) fn add(&self, pid: u32) {
        fs::write(self.procs(), pid.to_string()).unwrap();
    }

    /// Moves a process out of all test groups of this hierarchy.
    pub(crate) fn remove(&self, pid: u32) {
        fs::write(self.folder.parent().unwrap().join("cgroup.procs"), pid.to_string()).unwrap();
    }

    /// A group below it.
    pub(crate) fn below(&self, name: &str) -> Self {
        let folder = self.folder.join(name);
        fs::create_dir(&folder).unwrap();
        Self { folder, path: format!("{}/{name}", self.path) }
    }
}

impl Drop for TestGroup {
    fn drop(&mut self) {
        // The kernel says "busy" until the last process is gone, zombies too. Some of them are waited for by somebody else.
        for _ in 0..1000 {
            if remove_with_all_below(&self.folder) {
                return;
            }
            std::thread::sleep(PAUSE);
        }
        if !std::thread::panicking() {
            panic!("somebody is still in {}", self.folder.display());
        }
    }
}

/// Whether it is gone now. A test that fails may have groups below it, and those then find their processes living still.
fn remove_with_all_below(folder: &Path) -> bool {
    let inside = fs::read_dir(folder).into_iter().flatten().flatten();
    let groups = inside.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    groups.for_each(|group| _ = remove_with_all_below(&group.path()));
    fs::remove_dir(folder).is_ok() || !folder.exists()
}

/// Folder and path of this process' control group that has the figure of its memory, where neither namespaces nor containers stand in between.
pub(crate) fn own_group() -> Option<(PathBuf, String)> {
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    let path = |mark: &str| Some(groups.lines().find_map(|line| line.split_once(mark))?.1.to_owned());
    let (path, mounted, figure) = match path(":memory:") {
        Some(path) => (path, "/sys/fs/cgroup/memory", "memory.usage_in_bytes"),
        None => (path("0::")?, "/sys/fs/cgroup", "memory.current"),
    };
    let folder = Path::new(mounted).join(path.trim_start_matches('/'));
    folder.join(figure).exists().then_some((folder, path))
}
