use super::*;
use std::fs;

/// Where a process with this `cgroup` is found by this `mountinfo`.
fn found(membership: &str, mountinfo: &str) -> Vec<String> {
    Hierarchies::parse(mountinfo.as_bytes())
        .of_memory(membership.as_bytes())
        .into_iter()
        .map(|place| place.display().to_string())
        .collect()
}

const V1: &str = "\
31 23 0:28 / /sys/fs/cgroup ro,nosuid - tmpfs tmpfs ro,mode=755
33 31 0:30 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct
35 31 0:32 / /sys/fs/cgroup/memory rw,relatime shared:11 master:3 - cgroup cgroup rw,memory
40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,name=systemd";

const V2: &str = "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot";

#[test]
fn version_one_has_a_hierarchy_of_the_memory_controller() {
    let membership = "9:name=systemd:/user.slice\n4:memory:/user.slice/a:b\n2:cpu,cpuacct:/other\n";
    assert_eq!(found(membership, V1), ["/sys/fs/cgroup/memory/user.slice/a:b"]);
    assert_eq!(found("4:memory:/\n", V1), ["/sys/fs/cgroup/memory"]);
    assert_eq!(found("2:cpu,cpuacct:/x\n", V1), [""; 0]);
    let together = V1.replace("rw,memory", "rw,cpuset,memory");
    assert_eq!(found("4:cpuset,memory:/x\n", &together), ["/sys/fs/cgroup/memory/x"]);
}

#[test]
fn version_two_has_one_hierarchy_for_all() {
    assert_eq!(found("0::/system.slice/web.service\n", V2), ["/sys/fs/cgroup/system.slice/web.service"]);
    assert_eq!(found("0::/\n", V2), ["/sys/fs/cgroup"]);
}

#[test]
fn in_a_hybrid_system_the_memory_is_where_its_controller_is() {
    let hybrid = format!("{V1}\n41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw");
    let membership = "4:memory:/job\n0::/job\n";
    assert_eq!(found(membership, &hybrid), ["/sys/fs/cgroup/memory/job"]);
    // As systemd mounts it where version 1 has no memory controller.
    let without = hybrid.replace("rw,memory", "rw,pids");
    assert_eq!(found("0::/job\n4:pids:/job\n", &without), ["/sys/fs/cgroup/unified/job"]);
}

#[test]
fn a_container_sees_a_subtree_of_its_host_as_the_root() {
    let docker = "35 31 0:32 /docker/71e0 /sys/fs/cgroup/memory ro,relatime master:12 - cgroup cgroup rw,memory";
    assert_eq!(found("4:memory:/docker/71e0\n", docker), ["/sys/fs/cgroup/memory"]);
    assert_eq!(found("4:memory:/docker/71e0/child\n", docker), ["/sys/fs/cgroup/memory/child"]);
    // `docker/71e01` does not lie below `docker/71e0`.
    for elsewhere in ["/docker/71e01", "/docker", "/", "/system.slice"] {
        assert_eq!(found(&format!("4:memory:{elsewhere}\n"), docker), [""; 0], "{elsewhere}");
    }
}

#[test]
fn a_namespace_of_control_groups_is_not_left_by_dots() {
    // Of somebody outside of the namespace: as a path it would be /sys/fs/system.slice.
    assert_eq!(found("0::/../system.slice\n", V2), [""; 0]);
    // A mount from outside, as after `unshare -C`: what is above the namespace is seen by it, and its own name is not known.
    let outer = V2.replace(" / /sys", " /../.. /sys");
    assert_eq!(found("0::/\n", &outer), [""; 0]);
    assert_eq!(found("0::/../../system.slice/ssh.service\n", &outer), ["/sys/fs/cgroup/system.slice/ssh.service"]);
}

#[test]
fn odd_names_are_read_as_the_kernel_writes_them() {
    let odd = "30 23 0:26 /a\\040b /mnt/c\\134d\\011 rw - cgroup2 none rw";
    assert_eq!(found("0::/a b/x\n", odd), ["/mnt/c\\d\t/x"]);
    for torn in
        ["", "30 23 0:26", "30 23 0:26 / /x rw", "30 23 0:26 / /x rw - ", "\\777 \\", "30 23 0:26 / /x rw - cgroup"]
    {
        assert_eq!(found("0::/\n", torn), [""; 0], "{torn:?}");
        assert_eq!(found("4:memory:/\n", torn), [""; 0], "{torn:?}");
    }
    assert_eq!(found("0::\nx\n\n0:\n", V2), ["/sys/fs/cgroup"; 0]);
}

#[test]
fn a_mount_that_is_covered_by_another_one_is_not_seen() {
    let covered = format!("{V2}\n50 30 0:26 /sub /sys/fs/cgroup rw - cgroup2 cgroup2 rw");
    assert_eq!(found("0::/sub\n", &covered), ["/sys/fs/cgroup"]);
    assert_eq!(found("0::/\n", &covered), [""; 0], "/sys/fs/cgroup is /sub now");
    assert_eq!(found("0::/sub\n", &format!("{V2}\n50 30 0:9 / /sys/fs/cgroup rw - tmpfs tmpfs rw")), [""; 0]);
}

/// A folder with such files.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn used(files: &[(&str, &str)]) -> Option<u64> {
    Group::at(folder(files).path()).unwrap().used(&mut Buffer::new())
}

#[test]
fn the_figure_is_that_of_docker_stats() {
    let two = ("memory.stat", "anon 500\nfile 300\ninactive_anon 7\ninactive_file 200\nactive_file 100\n");
    assert_eq!(used(&[("memory.current", "1000\n"), two]), Some(800));
    let one = ("memory.stat", "cache 300\ninactive_file 1\nhierarchical_memory_limit 9\ntotal_inactive_file 200\n");
    assert_eq!(used(&[("memory.usage_in_bytes", "1000\n"), one]), Some(800));
    // The two are read one after the other.
    assert_eq!(used(&[("memory.current", "100\n"), two]), Some(100));
    assert_eq!(used(&[("memory.current", "100\n"), ("memory.stat", "anon 500\n")]), None);
    assert_eq!(used(&[("memory.current", "max\n"), two]), None);
}

#[test]
fn a_folder_without_figures_is_no_group() {
    assert_eq!(Group::at(folder(&[]).path()).unwrap_err().kind(), io::ErrorKind::NotFound);
    assert!(Group::at(folder(&[("memory.stat", "")]).path()).is_err(), "the root of version 2");
    assert!(Group::at(folder(&[("memory.current", "1\n")]).path()).is_err());
}

#[test]
fn a_missing_figure_is_told_once() {
    let proc = nix::fcntl::open("/proc", nix::fcntl::OFlag::O_PATH, nix::sys::stat::Mode::empty()).unwrap();
    let (mut buffer, mut notes) = (Buffer::new(), Vec::new());
    let nowhere = b"0::/../outside\n".to_vec();
    let mut group = Charge { process: None, membership: nowhere, group: None, told: false };
    for _ in 0..3 {
        assert_eq!(group.used(&proc, &mut buffer, &mut notes), None);
    }
    assert_eq!(
        notes,
        ["no figure of the control group: it has no memory controller, or is not mounted where memrec could see it"]
    );
}
