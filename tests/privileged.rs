//! Commands that become another user, by a program that is allowed to: what an ordinary user's memrec may not do to them is told, and all else goes on.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod common;

use common::ordinary::{Ordinary, is_root};
use common::skipping::skipped;
use common::{Folder, Running, copy_program, finish, lives, probe, until};
use std::fs;
use std::os::unix::fs::PermissionsExt;

/// The probe, which makes whoever starts it root, as sudo does.
fn sudo(folder: &Folder) -> String {
    let path = folder.join("sudo");
    copy_program(probe(), &path);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o4755)).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Where this can be tested: with root's program and an ordinary user's memrec.
fn with_sudo(test: impl Fn(&Folder, &Ordinary<'_>, &str)) {
    if !is_root() {
        return skipped("only root can make a program that makes others root");
    }
    let folder = Folder::new();
    let Some(ordinary) = Ordinary::of(&folder) else { return skipped("nobody cannot run memrec here") };
    let sudo = sudo(&folder);
    if finish(ordinary.command(&[&sudo, "as-root", "true"])).status.code() != Some(0) {
        return skipped("programs make nobody root here");
    }
    test(&folder, &ordinary, &sudo);
}

fn told(folder: &Folder) -> Vec<String> {
    let text = fs::read_to_string(folder.join("told")).unwrap();
    text.lines().filter(|line| line.starts_with("memrec: ") && line.contains("signal")).map(str::to_owned).collect()
}

/// Starts it with what memrec says in the file `told`.
fn record(ordinary: &Ordinary<'_>, options: &str, command: &str) -> Running {
    let script = format!("exec {} run -i 10ms --force -o run.csv {options} -- {command} 2> told", ordinary.memrec);
    Running::start(ordinary.command(&["sh", "-c", &script]))
}

#[test]
fn a_signal_that_may_not_be_passed_on_is_told_and_the_recording_goes_on() {
    with_sudo(|folder, ordinary, sudo| {
        let mut running = record(ordinary, "", &format!("{sudo} as-root {} hold 1", ordinary.probe));
        let pid = running.pid_told("ready");
        for signal in [libc::SIGTERM, libc::SIGINT] {
            running.signal(signal);
            let note = format!("signal {signal} could not be passed on to the command");
            until("the note", || folder.notes().iter().any(|text| text.starts_with(&note)).then_some(()));
        }
        assert_eq!(told(folder).len(), 2, "a line each");
        folder.wait_for_a_whole_tick();
        assert!(lives(pid) && running.runs());
        assert_eq!(running.finish().code(), Some(0));
        assert_eq!(folder.events().last().unwrap()["exit"]["code"], 0);
    });
}

#[test]
fn a_command_that_may_not_be_ended_is_recorded_until_it_ends_by_itself() {
    with_sudo(|folder, ordinary, sudo| {
        let mut running = record(ordinary, "-d 100ms --kill", &format!("{sudo} as-root {} hold 1", ordinary.probe));
        let pid = running.pid_told("ready");
        let refused = "the command could not be ended: ";
        until("the note", || folder.notes().iter().any(|text| text.starts_with(refused)).then_some(()));
        folder.wait_for_a_whole_tick();
        assert!(lives(pid) && running.runs(), "{:?}", folder.notes());
        assert_eq!(running.finish().code(), Some(124));
    });
}

#[test]
fn a_program_that_makes_its_user_another_does_so_when_recorded() {
    with_sudo(|folder, ordinary, sudo| {
        let whom = |words: &[&str]| {
            let ended = finish(ordinary.command(&[words, &[sudo, "as-root", "id"]].concat()));
            assert_eq!(ended.code(), 0);
            ended.out
        };
        let bare = whom(&[]);
        assert!(bare.starts_with("uid=0"), "{bare}");
        assert_eq!(whom(&[&ordinary.memrec, "run", "-q", "-o", "run.csv", "--"]), bare);
        assert_eq!(folder.events().last().unwrap()["event"], "end");
    });
}
