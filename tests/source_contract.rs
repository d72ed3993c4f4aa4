//! What every source must do. The same tests run against Linux' `/proc`, against sysinfo, and against the fake that other tests trust.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

#[path = "common/skipping.rs"]
mod skipping;

use memrec::model::{Extras, Metric};
use memrec::source::fake::{Fake, FakeProcess, Table};
use memrec::source::{Choice, Options, Orphans, Sighting, Source, State, open};
use skipping::skipped;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

/// Processes that do as the test says.
trait Stage {
    /// A process that can start others.
    fn root(&self) -> u32;
    /// The root starts a process that waits; its pid.
    fn start_child(&mut self) -> u32;
    /// The root starts a process that starts one and ends; the pid of the one that is left.
    fn start_orphan(&mut self) -> u32;
    /// The process that the root has started ends and is reaped.
    fn end(&mut self, pid: u32);
    /// The root ends and stays a zombie.
    fn end_root(&mut self);
    /// The zombie is reaped.
    fn reap_root(&mut self);
}

/// A shell that reads what to do.
struct Shell {
    child: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    started: Vec<u32>,
}

impl Shell {
    fn new() -> Self {
        let script = "echo ready; while read order pid; do case $order in \
            child) sleep 1000 >/dev/null & echo $!;; \
            orphan) echo $(sleep 1000 >/dev/null & echo $!);; \
            end) kill $pid; wait $pid; echo ended;; \
            esac; done";
        let mut child = Command::new("sh")
            .args(["-c", script, "sh", "--password", "hunter2"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let orders = child.stdin.take();
        let answers = BufReader::new(child.stdout.take().unwrap());
        let mut shell = Self { child, orders, answers, started: Vec::new() };
        // Only then has exec given it its name and its command line: spawning returns a moment before.
        assert_eq!(shell.answer(), "ready");
        shell
    }

    fn answer(&mut self) -> String {
        let mut answer = String::new();
        self.answers.read_line(&mut answer).unwrap();
        answer.trim().to_owned()
    }

    fn ask(&mut self, order: &str) -> String {
        writeln!(self.orders.as_mut().unwrap(), "{order}").unwrap();
        self.answer()
    }
}

impl Stage for Shell {
    fn root(&self) -> u32 {
        self.child.id()
    }

    fn start_child(&mut self) -> u32 {
        let pid = self.ask("child").parse().unwrap();
        self.started.push(pid);
        pid
    }

    fn start_orphan(&mut self) -> u32 {
        let pid = self.ask("orphan").parse().unwrap();
        self.started.push(pid);
        pid
    }

    fn end(&mut self, pid: u32) {
        assert_eq!(self.ask(&format!("end {pid}")), "ended");
    }

    fn end_root(&mut self) {
        self.orders = None;
        // A zombie, once the peek finds it.
        use nix::sys::wait::{Id, WaitPidFlag, waitid};
        let pid = nix::unistd::Pid::from_raw(self.child.id() as i32);
        waitid(Id::Pid(pid), WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT).unwrap();
    }

    fn reap_root(&mut self) {
        self.child.wait().unwrap();
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        for pid in &self.started {
            let pid = nix::unistd::Pid::from_raw(*pid as i32);
            let _ = nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A table that is edited.
struct Played {
    table: Table,
    next: u32,
}

impl Played {
    fn new() -> Self {
        let table = Table::default();
        table.borrow_mut().push(FakeProcess::new(10, 1, "sh"));
        Self { table, next: 11 }
    }

    fn add(&mut self, ppid: u32) -> u32 {
        self.next += 1;
        self.table.borrow_mut().push(FakeProcess::new(self.next, ppid, "sleep"));
        self.next
    }
}

impl Stage for Played {
    fn root(&self) -> u32 {
        10
    }

    fn start_child(&mut self) -> u32 {
        self.add(10)
    }

    fn start_orphan(&mut self) -> u32 {
        self.add(1)
    }

    fn end(&mut self, pid: u32) {
        self.table.borrow_mut().retain(|process| process.pid != pid);
    }

    fn end_root(&mut self) {
        self.table
            .borrow_mut()
            .iter_mut()
            .filter(|process| process.pid == 10)
            .for_each(|root| root.state = State::Zombie);
    }

    fn reap_root(&mut self) {
        self.end(10);
    }
}

fn with(choice: Choice) -> Options {
    Options { choice, ..Options::default() }
}

fn look(source: &mut dyn Source, second: u64) -> Vec<Sighting> {
    let mut seen = Vec::new();
    source.look(Duration::from_secs(second), &mut seen);
    seen
}

fn pids(seen: &[Sighting]) -> Vec<u32> {
    let mut pids: Vec<u32> = seen.iter().map(|sighting| sighting.pid).collect();
    pids.sort_unstable();
    pids
}

fn sorted<const N: usize>(mut pids: [u32; N]) -> Vec<u32> {
    pids.sort_unstable();
    pids.to_vec()
}

fn contract(source: &mut dyn Source, stage: &mut dyn Stage) {
    let root = stage.root();
    let key = source.follow(root).expect("the root is there");
    let first = look(source, 0);
    assert_eq!(pids(&first), [root], "the root alone");
    let alone = &first[0];
    assert_eq!((alone.key, alone.state, alone.name.as_str()), (key, State::Alive, "sh"));
    let rss = alone.memory.rss.expect("every source knows the resident set");
    assert!(alone.memory.peak_rss.is_none_or(|peak| peak >= rss), "a peak is never below the size");

    let child = stage.start_child();
    let with_child = look(source, 1);
    assert_eq!(pids(&with_child), sorted([root, child]), "a child is found");
    let found = with_child.iter().find(|sighting| sighting.pid == child).unwrap();
    assert_eq!(found.ppid, root);
    assert_ne!(found.key, key);

    let again = look(source, 2);
    let same = again.iter().find(|sighting| sighting.pid == child).unwrap();
    assert_eq!(same.key, found.key, "a process keeps its key");

    let second = stage.start_child();
    let known = source.identify(second, Duration::from_secs(2)).expect("a process can be asked for by its pid");
    let three = look(source, 3);
    assert_eq!(pids(&three), sorted([root, child, second]));
    let met_before = three.iter().find(|sighting| sighting.pid == second).unwrap();
    assert_eq!(met_before.key, known.key, "and is the same one when a look finds it");

    stage.end(child);
    assert_eq!(pids(&look(source, 4)), sorted([root, second]), "one that has ended and was reaped is gone");

    stage.end_root();
    let zombie = look(source, 5);
    let ended = zombie.iter().find(|sighting| sighting.pid == root).expect("a zombie is shown");
    assert_eq!((ended.state, ended.memory.rss, ended.memory.peak_rss), (State::Zombie, None, None));
    assert!(pids(&zombie).contains(&second), "what it has left behind stays in the tree");

    stage.reap_root();
    assert_eq!(pids(&look(source, 6)), [second]);
    assert_eq!(source.identify(root, Duration::from_secs(6)), None, "nobody has that pid any more");
}

#[test]
fn linux_keeps_the_contract() {
    contract(open(&with(Choice::Linux), Orphans::GoElsewhere).unwrap().as_mut(), &mut Shell::new());
}

#[test]
fn portable_keeps_the_contract() {
    contract(open(&with(Choice::Portable), Orphans::GoElsewhere).unwrap().as_mut(), &mut Shell::new());
}

#[test]
fn the_fake_keeps_the_contract() {
    let mut stage = Played::new();
    contract(&mut Fake::new(stage.table.clone(), None), &mut stage);
}

#[test]
fn an_orphan_that_no_look_saw_is_found_by_process_events() {
    let mut source = open(&with(Choice::Linux), Orphans::GoElsewhere).unwrap();
    if !source.following().starts_with("process events") {
        return skipped(source.following());
    }
    let mut shell = Shell::new();
    source.follow(shell.root()).unwrap();
    look(source.as_mut(), 0);
    let orphan = shell.start_orphan();
    assert!(pids(&look(source.as_mut(), 1)).contains(&orphan), "its parent's beginning was told");
}

/// Without the help of process events or of a subreaper, as the start event says.
fn orphans_of_an_attached_tree_are_not_strangers_children(source: &mut dyn Source, stage: &mut dyn Stage) {
    source.follow(stage.root()).unwrap();
    look(source, 0);
    let orphan = stage.start_orphan();
    assert!(!pids(&look(source, 1)).contains(&orphan), "its parent was gone before anyone saw it");
    assert!(source.identify(orphan, Duration::from_secs(2)).is_some());
    assert!(pids(&look(source, 3)).contains(&orphan), "once told of it, the source follows it");
}

#[test]
fn an_orphan_that_nobody_told_of_is_followed_once_it_is_named() {
    let portable = open(&with(Choice::Portable), Orphans::GoElsewhere);
    orphans_of_an_attached_tree_are_not_strangers_children(portable.unwrap().as_mut(), &mut Shell::new());
}

#[test]
fn a_pid_that_nobody_has_is_refused() {
    let nobody = 0x3fff_fffe;
    for choice in [Choice::Linux, Choice::Portable] {
        assert!(open(&with(choice), Orphans::GoElsewhere).unwrap().follow(nobody).is_err());
    }
}

#[test]
fn command_lines_come_with_their_secrets_masked() {
    let shell = Shell::new();
    for choice in [Choice::Linux, Choice::Portable] {
        let mut source = open(&with(choice), Orphans::GoElsewhere).unwrap();
        let key = source.follow(shell.root()).unwrap();
        let command = source.command_line(key).unwrap_or_else(|| panic!("{choice:?} knows a command line"));
        assert_eq!(command.arguments().last().unwrap(), "***");
        assert!(!format!("{command:?}").contains("hunter2"));
    }
}

#[test]
fn linux_measures_what_was_asked_for_and_nothing_else() {
    let shell = Shell::new();
    for extras in ["anon,threads", "cpu", "pagetables,majfaults", "cgroup"] {
        let extras: Extras = extras.parse().unwrap();
        let mut source = open(&Options { extras, ..with(Choice::Linux) }, Orphans::GoElsewhere).unwrap();
        source.follow(shell.root()).unwrap();
        for second in 0..3 {
            let memory = look(source.as_mut(), second)[0].memory;
            for metric in Extras::all().iter().filter(|metric| *metric != Metric::Cgroup) {
                assert_eq!(metric.of(&memory).is_some(), extras.has(metric), "{metric:?} where {extras} was asked for");
            }
        }
        assert!(extras.has(Metric::Cgroup) || source.group().is_none());
    }
    let mut source = open(&with(Choice::Linux), Orphans::GoElsewhere).unwrap();
    source.follow(shell.root()).unwrap();
    let memory = look(source.as_mut(), 0)[0].memory;
    assert!(Extras::all().iter().all(|metric| metric.of(&memory).is_none()), "{memory:?}");
}

#[test]
fn linux_knows_the_high_water_mark_and_the_swap() {
    let shell = Shell::new();
    let mut source = open(&with(Choice::Linux), Orphans::GoElsewhere).unwrap();
    source.follow(shell.root()).unwrap();
    let memory = look(source.as_mut(), 0)[0].memory;
    assert!(memory.peak_rss >= memory.rss && memory.swap.is_some());
}
