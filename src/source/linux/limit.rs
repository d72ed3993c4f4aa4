//! What the control group of a process may have of memory, before the kernel ends somebody of it.

use super::cgroup::usage_in;
use super::mounts::Hierarchies;
use crate::model::Pid;
use std::fs;
use std::path::Path;

/// Version 1 writes that there is no limit as the largest number of whole pages: no machine has that much.
const NONE: u64 = 1 << 62;

/// The least of the limits of its group and of those above it, in bytes: `memory.max` in version 2, `memory.limit_in_bytes` in version 1 (the kernel's
/// admin-guide/cgroup-v2 and cgroup-v1/memory). `None` where there is none, or it cannot be seen from here.
pub fn memory_limit(pid: Pid) -> Option<u64> {
    let membership = fs::read(format!("/proc/{pid}/cgroup")).ok()?;
    let places = Hierarchies::mounted().ok()?.of_memory(&membership);
    places.iter().filter_map(|place| least(place)).min()
}

/// Of a folder and of all above it that are control groups.
fn least(place: &Path) -> Option<u64> {
    let groups = place.ancestors().take_while(|folder| folder.join("cgroup.procs").exists());
    groups.filter_map(of).min()
}

fn of(group: &Path) -> Option<u64> {
    let read = |name| fs::read(group.join(name)).ok();
    // `max\n` is no number.
    let text = read("memory.max").or_else(|| read("memory.limit_in_bytes"))?;
    usage_in(&text).filter(|limit| *limit < NONE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    /// Folders below one another, each a control group with this in its file.
    fn groups(version: &str, limits: &[&str]) -> PathBuf {
        let root = std::env::temp_dir().join(format!("memrec-limit-{}-{version}", std::process::id()));
        let mut folder = root.clone();
        for (depth, limit) in limits.iter().enumerate() {
            folder = folder.join(depth.to_string());
            fs::create_dir_all(&folder).expect("a folder of our own");
            fs::write(folder.join("cgroup.procs"), "").expect("a file in it");
            if !limit.is_empty() {
                fs::write(folder.join(version), limit).expect("a file in it");
            }
        }
        folder
    }

    fn of_these(version: &str, limits: &[&str]) -> Option<u64> {
        let folder = groups(version, limits);
        let least = least(&folder);
        let _ = fs::remove_dir_all(folder.ancestors().nth(limits.len()).expect("what was made"));
        least
    }

    #[test]
    fn the_least_limit_of_a_group_and_those_above_counts() {
        assert_eq!(of_these("memory.max", &["", "max\n", "1073741824\n", "max\n"]), Some(1 << 30));
        assert_eq!(of_these("memory.max", &["", "536870912\n", "1073741824\n", ""]), Some(1 << 29));
        assert_eq!(of_these("memory.max", &["", "max\n"]), None);
        assert_eq!(of_these("memory.limit_in_bytes", &["9223372036854771712\n", "4096\n"]), Some(4096));
        assert_eq!(of_these("memory.limit_in_bytes", &["9223372036854771712\n", "9223372036854771712\n"]), None);
    }

    #[test]
    fn of_a_process_that_is_not_there_nothing_is_known() {
        assert_eq!(memory_limit(0), None);
    }
}
