//! Control groups of a test's own, where they can be made.

use super::until;
use std::fs;
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
        mounts.lines().filter_map(mounted).filter_map(|at| Self::make(&at)).collect()
    }

    fn make(mount_point: &Path) -> Option<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("memrec-test-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let folder = mount_point.join(&name);
        fs::create_dir(&folder).ok()?;
        // Here or in none: where processes may not be moved, nothing can be tested.
        let group = Self { folder, path: format!("/{name}") };
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let moved = fs::write(group.folder.join("cgroup.procs"), child.id().to_string());
        child.wait().unwrap();
        // It may have ended before it was moved, which is as good a sign.
        (moved.is_ok() || moved.is_err_and(|error| error.raw_os_error() == Some(libc::ESRCH))).then_some(group)
    }

    /// Moves a process into it.
    pub(crate) fn add(&self, pid: u32) {
        fs::write(self.folder.join("cgroup.procs"), pid.to_string()).unwrap();
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
        // The kernel says "busy" until the last process is gone, zombies too.
        let removed = || match fs::remove_dir(&self.folder) {
            Err(error) if error.raw_os_error() == Some(libc::EBUSY) => None,
            _ => Some(()),
        };
        // Bounded even where a test has failed, and what it left runs on in the group.
        if !std::thread::panicking() {
            until("an empty control group", removed);
        } else {
            let mut attempts = (0..100).map(|_| {
                std::thread::sleep(PAUSE);
                removed()
            });
            attempts.find(Option::is_some);
        }
    }
}
