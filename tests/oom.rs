//! Ends that the kernel makes for want of memory, and those that it does not.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use common::groups::TestGroup;
use common::skipping::skipped;
use common::{Folder, Running, finish, memrec, probe};
use serde_json::Value;
use std::fs;
use std::os::unix::process::ExitStatusExt;

const OUT_OF_MEMORY: &str = "was ended by the kernel, out of memory (OOM)";

/// A control group that holds 64 MiB, and no more in swap. None where it cannot be had, which is said.
fn narrow_group() -> Option<TestGroup> {
    let group = match TestGroup::with_memory("oom") {
        Ok(group) => group,
        Err(why) => {
            skipped(why);
            return None;
        }
    };
    let limits = ["memory.limit_in_bytes", "memory.max"];
    let limited = limits.iter().any(|limit| fs::write(group.folder.join(limit), "67108864").is_ok());
    for (swap, none) in
        [("memory.memsw.limit_in_bytes", "67108864"), ("memory.swap.max", "0"), ("memory.swappiness", "0")]
    {
        // Where swap is not counted there is none of these, and most often no swap.
        let _ = fs::write(group.folder.join(swap), none);
    }
    if !limited {
        skipped("the memory of a control group cannot be limited");
        return None;
    }
    Some(group)
}

/// The ends of processes that the kernel made, by their pids; each has its note.
fn oom_kills(folder: &Folder) -> Vec<u64> {
    let exits: Vec<Value> = folder.events_called("exit").into_iter().filter(|exit| exit["oom_kill"] == true).collect();
    assert!(exits.iter().all(|exit| exit["status"]["signal"] == 9), "{exits:?}");
    let notes: Vec<String> = folder.notes().into_iter().filter(|note| note.contains(OUT_OF_MEMORY)).collect();
    assert_eq!(notes.len(), exits.len(), "{notes:?}");
    exits.iter().map(|exit| exit["pid"].as_u64().unwrap()).collect()
}

/// What becomes a process of the group, and there takes more than there is.
fn glutton(group: &TestGroup) -> String {
    format!("echo $$ > {}; exec {} hold 200", group.procs(), probe())
}

#[test]
fn a_command_that_the_kernel_ends_in_a_group_of_its_own_is_named() {
    let Some(group) = narrow_group() else { return };
    let folder = Folder::new();
    let ended = finish(folder.run(&["-i", "10ms"], &["sh", "-c", &glutton(&group)]));
    assert_eq!(ended.status.signal(), Some(9), "memrec ends as the command did: {}", ended.err);
    let command = folder.events_called("spawn")[0]["pid"].as_u64().unwrap();
    assert_eq!(oom_kills(&folder), [command]);
    let told: Vec<&str> = ended.told().into_iter().filter(|line| line.contains(OUT_OF_MEMORY)).collect();
    assert_eq!(told.len(), 1, "{}", ended.err);
    assert!(told[0].starts_with(&format!("memrec: probe (pid {command}) was ended")), "{told:?}");
}

#[test]
fn in_the_group_that_memrec_is_in_too_its_count_is_enough() {
    let Some(group) = narrow_group() else { return };
    let folder = Folder::new();
    let script =
        format!("echo $$ > {}; exec {} run -i 10ms -o run.csv -- {} hold 200", group.procs(), memrec(), probe());
    let ended = finish(folder.command("sh", &["-c", &script]));
    assert_eq!(ended.status.signal(), Some(9), "{}", ended.err);
    assert_eq!(oom_kills(&folder).len(), 1);
    assert!(folder.notes().iter().any(|note| note.ends_with(OUT_OF_MEMORY)), "without a doubt: {:?}", folder.notes());
}

#[test]
fn how_much_the_group_may_have_stands_at_the_beginning_of_the_recording() {
    let Some(group) = narrow_group() else { return };
    let folder = Folder::new();
    let script = format!("echo $$ > {}; exec {} run -i 10ms -o run.csv -- sleep 0.1", group.procs(), memrec());
    assert_eq!(finish(folder.command("sh", &["-c", &script])).code(), 0);
    assert_eq!(folder.events_called("start")[0]["limit_bytes"], 64 << 20);
    let report = finish(folder.memrec(&["report", "run.csv"]));
    assert!(report.out.contains("limit     64.0 MiB (the peak is "), "{report:?}");
}

#[test]
fn a_child_that_the_kernel_ends_is_named_and_its_parent_goes_on() {
    let Some(group) = narrow_group() else { return };
    let folder = Folder::new();
    let script = format!("sh -c '{}'; exit 5", glutton(&group));
    let ended = finish(folder.run(&["-i", "10ms"], &["sh", "-c", &script]));
    assert_eq!(ended.code(), 5, "{}", ended.err);
    let exits = folder.events_called("exit");
    let child = exits.iter().find(|exit| exit["process"] == 2).unwrap();
    if child["status"].is_null() {
        return skipped("how somebody else's child ends is told by process events, and there are none");
    }
    assert_eq!(oom_kills(&folder), [child["pid"].as_u64().unwrap()]);
}

#[test]
fn attached_it_is_named_too() {
    let Some(group) = narrow_group() else { return };
    let folder = Folder::new();
    let mut running = Running::start(folder.command("sh", &["-c", &format!("read line; {}", glutton(&group))]));
    let mut attached = Running::start(folder.attach(&["-i", "10ms"], &[running.pid()]));
    folder.wait_for_a_whole_tick();
    running.give_line();
    assert_eq!(running.wait().signal(), Some(9));
    assert_eq!(attached.wait().code(), Some(0));
    if folder.events_called("exit")[0]["status"].is_null() {
        return skipped("how somebody else's child ends is told by process events, and there are none");
    }
    assert_eq!(oom_kills(&folder), [u64::from(running.pid())]);
}

/// What the machine has counted: in the tests beside this one, for example.
fn counted() -> u64 {
    let vmstat = fs::read_to_string("/proc/vmstat").unwrap();
    vmstat.lines().find_map(|line| line.strip_prefix("oom_kill ")).map_or(0, |count| count.parse().unwrap())
}

#[test]
fn a_kill_by_somebody_is_not_taken_for_the_kernels() {
    // Where the kernel has ended somebody on this machine meanwhile, no recorder could tell.
    for _ in 0..20 {
        let (folder, before) = (Folder::new(), counted());
        let script = "sh -c 'kill -9 $$'; kill -9 $$";
        let ended = finish(folder.run(&["-i", "10ms"], &["sh", "-c", script]));
        assert_eq!(ended.status.signal(), Some(9), "{}", ended.err);
        if counted() == before {
            assert_eq!(oom_kills(&folder), [0; 0]);
            assert!(!ended.err.contains("OOM"), "{}", ended.err);
            assert!(folder.events_called("exit").iter().all(|exit| exit.get("oom_kill").is_none()));
            return;
        }
    }
    skipped("the kernel ends somebody here all the time");
}
