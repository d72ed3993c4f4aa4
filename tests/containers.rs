//! Containers of docker's and podman's: the right questions, an answer to every answer, and a real one where podman is there.
//!
//! `MEMREC_TEST_PODMAN` says that podman and runc must be there and be able to run a container. Without it, what is missing is skipped visibly.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod common;

use common::groups::TestGroup;
use common::skipping::skipped;
use common::{Ended, Folder, MIB, Running, copy_program, finish, lives, memrec, probe, start_probe, until};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::process::Command;

/// A folder with programs that answer as docker and podman would, and nothing else in PATH.
struct Fakes(Folder);

impl Fakes {
    fn new(programs: &[(&str, &str)]) -> Self {
        let folder = Folder::new();
        fs::create_dir(folder.join("bin")).unwrap();
        let fakes = Self(folder);
        programs.iter().for_each(|(name, script)| fakes.set(name, script));
        fakes
    }

    fn set(&self, name: &str, script: &str) {
        let path = self.0.join("bin").join(name);
        // Put in place at once: memrec may be asking it.
        let new = self.0.join("new");
        fs::write(&new, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&new, fs::Permissions::from_mode(0o755)).unwrap();
        fs::rename(&new, &path).unwrap();
    }

    fn with_path(&self, mut command: Command) -> Command {
        command.env("PATH", self.0.join("bin"));
        command
    }

    fn attach(&self, words: &[&str]) -> Ended {
        finish(self.with_path(self.0.memrec(&[&["attach"], words].concat())))
    }

    /// `memrec attach -o run.csv WORDS`, what it says on stderr on stdout.
    fn attach_aloud(&self, words: &[&str]) -> Running {
        let shell = "exec \"$0\" attach -i 10ms -o run.csv \"$@\" 2>&1";
        Running::start(self.with_path(self.0.command("/bin/sh", &[&["-c", shell, memrec()], words].concat())))
    }

    /// 125, one line that says what to do, and no file.
    fn refused(&self, words: &[&str]) -> String {
        let ended = self.attach(words);
        assert_eq!((ended.code(), ended.err.lines().count()), (125, 1), "{ended:?}");
        assert!(ended.err.starts_with("memrec: cannot attach: container ") && ended.err.contains("; "), "{ended:?}");
        assert!(ended.err.trim_end().chars().all(|c| !c.is_control()), "{ended:?}");
        assert_eq!(self.0.names(), ["bin"]);
        ended.err
    }
}

const UNKNOWN: &str = "echo; echo 'Error: No such object: web' >&2; exit 1";

/// A part of a script that goes on for as long as the test, and its folder.
const GO_ON: &str = "while [ -e bin ]; do /bin/sleep 0.1; done";

#[test]
fn what_neither_of_them_knows_is_refused_with_what_they_said() {
    let fakes = Fakes::new(&[]);
    assert!(fakes.refused(&["--container", "web"]).contains("neither docker nor podman is installed"));
    // There is no sense in waiting for that.
    assert!(fakes.refused(&["--wait", "--container", "web"]).contains("neither docker nor podman"));
    fakes.set("podman", "echo 'Error: inspecting object: no such object: \"web\"' >&2; exit 125");
    let told = fakes.refused(&["--container", "web"]);
    assert!(told.contains("docker is not installed") && told.contains("no such object: \"web\""), "{told}");
    fakes.set("docker", UNKNOWN);
    let told = fakes.refused(&["--container", "web"]);
    assert!(told.contains("docker says 'No such object: web'") && told.contains("podman says"), "{told}");
    assert!(told.contains("--wait"), "{told}");
}

#[test]
fn they_are_asked_as_a_user_would_ask_them() {
    let fakes = Fakes::new(&[("docker", "/usr/bin/printf '<%s>' \"$@\"")]);
    let told = fakes.refused(&["--container", "web"]);
    assert!(told.contains("<inspect><-f><{{.State.Pid}}><web>"), "{told}");
}

#[test]
fn a_container_that_does_not_run_is_told_apart() {
    let fakes = Fakes::new(&[("docker", UNKNOWN), ("podman", "echo 0")]);
    let told = fakes.refused(&["--container", "web"]);
    assert!(told.contains("not running") && told.contains("podman start web") && told.contains("--wait"), "{told}");
}

#[test]
fn garbage_is_no_answer_and_does_not_reach_the_terminal() {
    for garbage in [
        "printf '\\033[2Jhello\\n'",
        "printf '12 13\\n'",
        "echo -5",
        "echo 99999999999999999999",
        "printf '\\377\\376'",
        "while :; do echo y; done",
        "while :; do echo y >&2; done",
        "kill -9 $$",
        "exit 3",
    ] {
        let fakes = Fakes::new(&[("docker", garbage)]);
        let told = fakes.refused(&["--container", "web"]);
        assert!(told.contains("docker says"), "{garbage}: {told}");
        assert!(told.len() < 400, "{garbage}: {told}");
    }
    // Not even a program.
    let fakes = Fakes::new(&[("docker", "")]);
    fs::set_permissions(fakes.0.join("bin/docker"), fs::Permissions::from_mode(0o644)).unwrap();
    assert!(fakes.refused(&["--container", "web"]).contains("permission denied"));
}

#[test]
fn a_main_process_elsewhere_is_told_as_that() {
    let fakes = Fakes::new(&[("docker", "echo 2147483646")]);
    for words in [&["--container", "web"][..], &["--wait", "--container", "web"]] {
        let told = fakes.refused(words);
        assert!(told.contains("2147483646, is not on this machine"), "{told}");
    }
}

#[test]
fn a_daemon_that_does_not_answer_is_given_up() {
    // It goes on with its stdout open, as a program does that a script has started.
    let fakes = Fakes::new(&[("docker", &format!("({GO_ON}) & wait"))]);
    let ended = fakes.attach(&["--container", "web"]);
    assert_eq!((ended.code(), ended.err.lines().count()), (125, 1), "{ended:?}");
    assert!(ended.err.contains("docker gave no answer in "), "{ended:?}");
}

#[test]
fn nobody_has_to_wait_for_a_daemon_who_does_not_want_to() {
    let fakes = Fakes::new(&[("docker", &format!("echo asked; echo asked >asked; {GO_ON}"))]);
    let mut attached = fakes.attach_aloud(&["--container", "web"]);
    until("the question", || fakes.0.join("asked").exists().then_some(()));
    attached.signal(libc::SIGINT);
    assert_eq!(attached.wait().code(), Some(0));
    assert!(attached.line().contains("ended before there was anything to record"));
    assert!(!fakes.0.join("run.csv").exists());
}

#[test]
fn a_container_without_a_group_to_itself_is_recorded_as_a_tree_and_that_is_told() {
    let fakes = Fakes::new(&[]);
    // A child of this test, in this test's group.
    let (mut target, pid) = start_probe(&fakes.0, &["grow", "8"]);
    let (mut other, _) = start_probe(&fakes.0, &["hold", "1"]);
    fakes.set("docker", UNKNOWN);
    fakes.set("podman", &format!("echo {pid}"));
    let mut attached = fakes.attach_aloud(&["--container", "web"]);
    assert!(attached.line().contains(&format!("recording container web (pid {pid})")));
    let note = attached.line();
    assert!(note.contains("no control group to itself"), "{note}");
    target.give_line();
    let child = target.pid_told("child");
    fakes.0.wait_for_row("its child", |row| row.pid == child && row.rss_bytes > Some(8 * MIB));
    assert!(target.finish().success());
    assert_eq!(attached.wait().code(), Some(0));
    let notes = fakes.0.notes();
    assert_eq!(notes.iter().map(|note| format!("memrec: {note}")).collect::<Vec<_>>(), [note]);
    assert_eq!(fakes.0.events_called("spawn").len(), 2, "and nobody else");
    assert_eq!(attached.rest().len(), 1, "the summary");
    assert!(other.finish().success());
}

#[test]
fn a_container_with_a_group_is_recorded_with_all_in_it_until_its_main_process_ends() {
    let groups = TestGroup::one_of_each_kind();
    // The first one counts: of a process that is moved in one hierarchy only.
    let Some(group) = groups.first() else { return skipped("making control groups needs root") };
    let fakes = Fakes::new(&[]);
    let (mut main, pid) = start_probe(&fakes.0, &["hold", "1"]);
    let (mut executed, executed_pid) = start_probe(&fakes.0, &["hold", "1"]);
    group.add(pid);
    fakes.set("docker", &format!("echo {pid}"));
    let mut attached = Running::start(fakes.with_path(fakes.0.memrec(&["attach", "-i", "10ms", "--container", "web"])));
    let csv = until("the recording, named after the container", || {
        fakes.0.names().into_iter().find(|name| name.ends_with("-web.csv"))
    });
    let row = |wanted: u32| until("a row", || fakes.0.rows_of(&csv).into_iter().find(|row| row.pid == wanted));
    assert_eq!(row(pid).process, 1);
    group.add(executed_pid);
    row(executed_pid);
    assert!(main.finish().success());
    assert_eq!(attached.wait().code(), Some(0));
    assert!(lives(executed_pid));
    assert!(executed.finish().success());
}

#[test]
fn a_container_is_waited_for_from_not_known_to_running() {
    let fakes = Fakes::new(&[("docker", UNKNOWN)]);
    let mut attached = fakes.attach_aloud(&["--wait", "--container", "web"]);
    assert!(attached.line().contains("waiting for the container web"));
    fakes.set("docker", "echo 0; echo asked >>asked");
    until("a second question", || fs::read_to_string(fakes.0.join("asked")).ok().filter(|asked| asked.len() > 8));
    let (mut target, pid) = start_probe(&fakes.0, &["hold", "1"]);
    fakes.set("docker", &format!("echo {pid}"));
    fakes.0.wait_for_row("the container", |row| row.pid == pid);
    assert!(target.finish().success());
    assert_eq!(attached.wait().code(), Some(0));
}

#[test]
fn who_runs_a_client_of_containers_is_told_that_they_are_elsewhere() {
    let fakes = Fakes::new(&[("docker", "echo \"$@\"; exit 3"), ("podman", "exit 0")]);
    for (client, hint) in [
        (&["docker", "run", "--rm", "--name", "web", "nginx"][..], Some("attach --wait --container web")),
        (&["docker", "container", "run", "nginx"], Some("attach --wait --container NAME")),
        (&["docker", "start", "-a", "web"], Some("attach --wait --container web")),
        (&["docker", "exec", "-it", "web", "sh"], Some("attach --wait --container web")),
        (&["docker", "compose", "up"], Some("attach --wait --container NAME")),
        (&["podman", "run", "--name=web", "nginx"], Some("attach --wait --container web")),
        (&["docker", "run", "--name", "\x1b[2J", "nginx"], Some("attach --wait --container NAME")),
        (&["docker", "ps"], None),
    ] {
        let run = |options: &[&str]| {
            let words = [&["run", "--force", "-o", "run.csv"], options, &["--"], client].concat();
            finish(fakes.with_path(fakes.0.memrec(&words)))
        };
        let ended = run(&[]);
        assert_eq!(ended.code(), if client[0] == "docker" { 3 } else { 0 }, "the client runs: {ended:?}");
        let mut told = ended.told();
        told.retain(|line| line.contains("container"));
        let notes = fakes.0.notes();
        match hint {
            Some(hint) => {
                assert_eq!((told.len(), notes.len()), (1, 1), "{client:?}: {ended:?}");
                assert!(told[0].ends_with(hint), "{client:?}: {ended:?}");
                assert_eq!(format!("memrec: {}", notes[0]), told[0]);
            }
            None => assert_eq!((told.len(), notes.len()), (0, 0), "{client:?}: {ended:?}"),
        }
        assert_eq!(run(&["-q"]).err, "", "quiet is quiet");
        assert_eq!(fakes.0.notes().len(), notes.len(), "and writes it down all the same");
    }
}

/// Podman with a state of its own, and a container's root with the probe in it.
struct Podman {
    folder: Folder,
    container: &'static str,
}

impl Podman {
    fn new(container: &'static str) -> Self {
        let podman = Self { folder: Folder::new(), container };
        let at = |name: &str| podman.folder.join(name).to_str().unwrap().to_owned();
        let storage =
            format!("[storage]\ndriver = \"vfs\"\ngraphroot = {:?}\nrunroot = {:?}\n", at("graph"), at("run"));
        fs::write(at("storage.conf"), storage).unwrap();
        // No systemd, no journal; no limits above what a test may have.
        let engine = format!(
            "[engine]\ncgroup_manager = \"cgroupfs\"\nruntime = \"runc\"\nevents_logger = \"file\"\ntmp_dir = {:?}\nstatic_dir = {:?}\nvolume_path = {:?}\n\
             [containers]\ndefault_ulimits = [\"nofile=1024:1024\", \"nproc=1024:1024\"]\n",
            at("tmp"),
            at("static"),
            at("volumes")
        );
        fs::write(at("containers.conf"), engine).unwrap();
        for place in ["proc", "dev", "sys", "etc", "run", "tmp"] {
            fs::create_dir_all(podman.folder.join("root").join(place)).unwrap();
        }
        for program in [&probe(), "/bin/sleep"] {
            let name = program.rsplit('/').next().unwrap();
            copy_program(program, podman.folder.join("root").join(name));
            // `libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f...)`, `/lib64/ld-linux-x86-64.so.2 (0x00007f...)`
            let needs = finish(podman.folder.command("ldd", &[program])).out;
            for library in needs.split_whitespace().filter(|word| word.starts_with('/')) {
                let inside = podman.folder.join("root").join(&library[1..]);
                fs::create_dir_all(inside.parent().unwrap()).unwrap();
                copy_program(library, inside);
            }
        }
        podman
    }

    fn with_state(&self, mut command: Command) -> Command {
        command.env("CONTAINERS_STORAGE_CONF", self.folder.join("storage.conf"));
        command.env("CONTAINERS_CONF", self.folder.join("containers.conf"));
        command
    }

    fn podman(&self, words: &[&str]) -> Ended {
        finish(self.with_state(self.folder.command("podman", words)))
    }

    /// `podman VERB` of a container that holds memory until it is killed.
    fn container(&self, verb: &[&str]) -> Ended {
        let root = self.folder.join("root");
        // `-i` keeps its stdin open, with nobody to write to it.
        let how =
            ["-i", "--name", self.container, "--network", "none", "--security-opt", "seccomp=unconfined", "--rootfs"];
        self.podman(&[verb, &how[..], &[root.to_str().unwrap(), "/probe", "tree", "1", "8"]].concat())
    }

    fn main_process(&self) -> u32 {
        self.podman(&["inspect", "-f", "{{.State.Pid}}", self.container]).out.trim().parse().unwrap()
    }
}

impl Drop for Podman {
    fn drop(&mut self) {
        let mut remove = self.with_state(self.folder.command("podman", &["rm", "-f", "-t", "0", self.container]));
        let _ = remove.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).status();
    }
}

/// Podman, where containers can be run here.
fn real_podman(container: &'static str) -> Option<Podman> {
    let required = std::env::var_os("MEMREC_TEST_PODMAN").is_some();
    let missing = |what: &str| {
        assert!(!required, "MEMREC_TEST_PODMAN asks for podman: {what}");
        skipped(what);
    };
    let there = |program: &str| {
        let places = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&places).chain(["/usr/sbin".into(), "/sbin".into()]).any(|at| at.join(program).exists())
    };
    if !["podman", "runc", "ldd"].iter().all(|program| there(program)) {
        missing("podman and runc are not installed");
        return None;
    }
    if fs::metadata("/proc/self").unwrap().uid() != 0 {
        missing("running containers without a system's set-up needs root");
        return None;
    }
    let podman = Podman::new(container);
    let ended = podman.container(&["create"]);
    let ended = if ended.status.success() { podman.podman(&["start", container]) } else { ended };
    if !ended.status.success() {
        missing(&format!("podman cannot run a container here: {}", ended.err.trim()));
        return None;
    }
    Some(podman)
}

#[test]
fn a_real_container_is_recorded_with_what_is_executed_in_it() {
    let Some(podman) = real_podman("memrec-test-web") else { return };
    let pid = podman.main_process();
    let words = ["attach", "-o", "run.csv", "--container", podman.container];
    let mut attached = Running::start(podman.with_state(podman.folder.memrec(&words)));
    let folder = &podman.folder;
    let main = folder.wait_for_row("the main process", |row| row.pid == pid);
    assert_eq!((main.process, main.name.as_str()), (1, "probe"));
    folder.wait_for_row("its child", |row| row.ppid == pid && row.rss_bytes > Some(8 * MIB));
    let executed = podman.podman(&["exec", "-d", podman.container, "/sleep", "1000"]);
    assert!(executed.status.success(), "{executed:?}");
    let row = folder.wait_for_row("what was executed in it", |row| row.name == "sleep");
    assert_ne!(row.ppid, pid, "it is none of its children");
    assert!(folder.rows().iter().all(|row| row.name != "conmon"));
    assert_eq!(folder.notes(), [""; 0]);
    assert!(podman.podman(&["kill", podman.container]).status.success());
    assert_eq!(attached.wait().code(), Some(0));
}

#[test]
fn a_real_container_that_does_not_run_is_waited_for() {
    let Some(podman) = real_podman("memrec-test-late") else { return };
    assert!(podman.podman(&["kill", podman.container]).status.success());
    until("its end", || {
        let asked = podman.podman(&["inspect", "-f", "{{.State.Pid}}", podman.container]);
        (asked.out.trim() == "0").then_some(())
    });
    let refused = finish(podman.with_state(podman.folder.memrec(&["attach", "--container", podman.container])));
    assert!(refused.code() == 125 && refused.err.contains("not running"), "{refused:?}");
    let mut attached =
        Running::start(podman.with_state(podman.folder.attach_aloud(&["--wait", "--container", podman.container])));
    assert!(attached.line().contains("waiting for the container"));
    assert!(podman.podman(&["start", podman.container]).status.success());
    let pid = podman.main_process();
    podman.folder.wait_for_row("the main process", |row| row.pid == pid);
    attached.signal(libc::SIGTERM);
    assert_eq!(attached.wait().code(), Some(0));
    assert!(lives(pid));
}
