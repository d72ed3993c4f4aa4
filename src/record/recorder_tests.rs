//! The loop, over a script of what happens when: a clock that stands still until somebody waits, a target that ends when told.

use super::*;
use crate::launch::Reaped;
use crate::model::{Exit, Pid};
use crate::record::{Ending, Target, Until, Why};
use crate::source::State;
use crate::source::fake::{Fake, FakeProcess, Table};
use chrono::{DateTime, Utc};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::os::fd::BorrowedFd;
use std::rc::Rc;

const COMMAND: Pid = 10;

/// What happens at a moment of the script, in milliseconds since the beginning.
#[derive(Clone)]
enum Then {
    Spawn(FakeProcess),
    /// The process becomes a zombie; a child of memrec's is told of.
    Exit(Pid),
    /// It is gone for good.
    Reap(Pid),
    /// Nothing of memrec's runs until then; stopped by a signal or not.
    Stall {
        until: u64,
        stopped: bool,
    },
    /// The machine sleeps for so many seconds.
    Suspend(u64),
    /// The wall clock is set, by so many seconds.
    SetClock(i64),
    Ask,
}

#[derive(Default)]
struct World {
    now: Cell<Duration>,
    suspended: Cell<Duration>,
    clock_set: Cell<chrono::TimeDelta>,
    table: Table,
    script: RefCell<VecDeque<(u64, Then)>>,
    zombies: RefCell<VecDeque<Pid>>,
    ended_by: RefCell<Vec<(u64, AtEnd)>>,
    /// Whether the command ends when asked.
    obeys: Cell<bool>,
}

fn us() -> Pid {
    std::process::id()
}

impl World {
    fn exit(&self, pid: Pid) {
        let mut table = self.table.borrow_mut();
        for process in table.iter_mut().filter(|process| process.pid == pid) {
            process.state = State::Zombie;
            if process.ppid == us() {
                self.zombies.borrow_mut().push_back(pid);
            }
        }
        // Its children are orphans now, and come to us.
        table.iter_mut().filter(|process| process.ppid == pid).for_each(|orphan| orphan.ppid = us());
    }
}

struct Played(Rc<World>);

impl Clock for Played {
    fn now(&self) -> Duration {
        self.0.now.get()
    }

    fn wall(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + self.0.now.get() + self.0.clock_set.get()
    }

    fn suspended(&self) -> Duration {
        self.0.suspended.get()
    }
}

impl Target for Played {
    fn roots(&self) -> Vec<Pid> {
        vec![COMMAND]
    }

    fn wait(&mut self, timeout: Duration, _others: [Option<BorrowedFd<'_>>; 2]) -> io::Result<Happened> {
        let world = &self.0;
        if !world.zombies.borrow().is_empty() {
            return Ok(Happened::ChildEnded);
        }
        let deadline = world.now.get() + timeout;
        loop {
            let due = world.script.borrow().front().map(|(at, _)| Duration::from_millis(*at));
            let Some(at) = due.filter(|at| *at <= deadline) else { break };
            let Some((_, then)) = world.script.borrow_mut().pop_front() else { break };
            world.now.set(world.now.get().max(at));
            match then {
                Then::Spawn(process) => world.table.borrow_mut().push(process),
                Then::Exit(pid) => {
                    world.exit(pid);
                    if !world.zombies.borrow().is_empty() {
                        return Ok(Happened::ChildEnded);
                    }
                }
                Then::Reap(pid) => world.table.borrow_mut().retain(|process| process.pid != pid),
                Then::Stall { until, stopped } => {
                    world.now.set(Duration::from_millis(until));
                    return Ok(if stopped { Happened::Continued } else { Happened::Nothing });
                }
                Then::Suspend(seconds) => world.suspended.set(world.suspended.get() + Duration::from_secs(seconds)),
                Then::SetClock(seconds) => world.clock_set.set(chrono::TimeDelta::seconds(seconds)),
                Then::Ask => return Ok(Happened::AskedToEnd),
            }
        }
        world.now.set(deadline);
        Ok(Happened::Nothing)
    }

    fn reaps(&self) -> bool {
        true
    }

    fn zombie(&mut self) -> Option<Pid> {
        self.0.zombies.borrow().front().copied()
    }

    fn reap(&mut self, pid: Pid) -> Option<Reaped> {
        self.0.zombies.borrow_mut().retain(|zombie| *zombie != pid);
        self.0.table.borrow_mut().retain(|process| process.pid != pid);
        Some(Reaped { status: ExitStatus::Code(3), peak_rss: Some(5000) })
    }

    fn end(&mut self, how: AtEnd) -> io::Result<()> {
        let now = self.0.now.get().as_millis() as u64;
        self.0.ended_by.borrow_mut().push((now, how));
        if self.0.obeys.get() || how == AtEnd::Kill {
            self.0.exit(COMMAND);
        }
        Ok(())
    }
}

#[derive(Default)]
struct Told {
    /// Milliseconds and the pids of each tick that has rows.
    ticks: Vec<(u64, Vec<Pid>)>,
    /// What the wall clock said then, in seconds.
    walls: Vec<i64>,
    events: Vec<What>,
}

fn play(world: &Rc<World>, options: &Options) -> (Ending, Told) {
    if world.table.borrow().is_empty() {
        world.table.borrow_mut().push(FakeProcess::new(COMMAND, us(), "server"));
    }
    let mut source = Fake::new(world.table.clone(), Some(us()));
    let (mut target, clock) = (Played(world.clone()), Played(world.clone()));
    let mut told = Told::default();
    let ending = record(&mut source, &mut target, &clock, options, start(), &mut (), &mut |tick| {
        if !tick.sample.rows.is_empty() {
            let pids = tick.sample.rows.iter().map(|row| row.pid).collect();
            told.walls.push(tick.sample.time.timestamp());
            told.ticks.push((tick.sample.elapsed.as_millis() as u64, pids));
        }
        told.events.extend(tick.events.iter().map(|event| event.what.clone()));
        Vec::new()
    });
    (ending.unwrap(), told)
}

fn start() -> Start {
    Start {
        format: 1,
        memrec: String::new(),
        command: None,
        interval_s: 0.1,
        host: None,
        kernel: None,
        memory_bytes: None,
        limit_bytes: None,
        source: "fake".to_owned(),
        following: String::new(),
    }
}

fn world(script: &[(u64, Then)]) -> Rc<World> {
    Rc::new(World { script: RefCell::new(script.iter().cloned().collect()), ..World::default() })
}

fn exits(told: &Told) -> Vec<(u32, Option<ExitStatus>)> {
    let exit = |what: &What| match what {
        What::Exit(Exit { process, status, .. }) => Some((*process, *status)),
        _ => None,
    };
    told.events.iter().filter_map(exit).collect()
}

fn gaps(told: &Told) -> Vec<(GapCause, u64)> {
    let gap = |what: &What| match what {
        What::Gap { cause, ticks_missed, .. } => Some((*cause, *ticks_missed)),
        _ => None,
    };
    told.events.iter().filter_map(gap).collect()
}

#[test]
fn a_recording_begins_with_its_start_and_the_command_and_ends_with_its_status() {
    let world = world(&[(250, Then::Exit(COMMAND))]);
    let (ending, told) = play(&world, &Options::default());
    assert_eq!(told.ticks, [(0, vec![COMMAND]), (100, vec![COMMAND]), (200, vec![COMMAND])]);
    assert!(matches!(told.events[..2], [What::Start(_), What::Spawn { process: 1, pid: COMMAND, .. }]));
    assert!(matches!(
        told.events.last(),
        Some(What::End { exit: Some(ExitStatus::Code(3)), ticks: 3, ticks_missed: 0, .. })
    ));
    assert_eq!((ending.why, ending.status, ending.ticks), (Why::Ended, Some(ExitStatus::Code(3)), 3));
    assert_eq!(ending.elapsed, Duration::from_millis(250), "the end is noticed when it comes, not at the next tick");
}

#[test]
fn a_command_gone_before_its_first_reading_gets_one_row_with_its_peak() {
    let world = world(&[]);
    let mut gone = FakeProcess::new(COMMAND, us(), "true");
    gone.state = State::Zombie;
    world.table.borrow_mut().push(gone);
    world.zombies.borrow_mut().push_back(COMMAND);
    let (ending, told) = play(&world, &Options::default());
    assert_eq!(told.ticks, [(0, vec![COMMAND])]);
    assert_eq!((ending.ticks, ending.status), (1, Some(ExitStatus::Code(3))));
}

#[test]
fn until_command_leaves_the_tree_and_until_tree_waits_for_it() {
    let script = [
        (150, Then::Spawn(FakeProcess::new(11, COMMAND, "daemon"))),
        (250, Then::Exit(COMMAND)),
        (450, Then::Exit(11)),
    ];
    let (ending, _) = play(&world(&script), &Options::default());
    assert_eq!(ending.elapsed, Duration::from_millis(250));
    let (ending, told) = play(&world(&script), &Options { until: Until::Tree, ..Options::default() });
    assert_eq!(ending.elapsed, Duration::from_millis(450));
    assert_eq!(ending.status, Some(ExitStatus::Code(3)), "the command's status is kept");
    assert_eq!(told.ticks.last(), Some(&(400, vec![11])));
    assert_eq!(exits(&told).len(), 2);
}

#[test]
fn an_orphan_that_no_tick_ever_saw_has_a_beginning_and_an_end() {
    let script =
        [(110, Then::Spawn(FakeProcess::new(11, us(), "quick"))), (120, Then::Exit(11)), (250, Then::Exit(COMMAND))];
    let (_, told) = play(&world(&script), &Options::default());
    assert!(told.ticks.iter().all(|(_, pids)| *pids == [COMMAND]));
    assert!(told.events.iter().any(|what| matches!(what, What::Spawn { process: 2, pid: 11, .. })));
    assert_eq!(exits(&told)[0], (2, Some(ExitStatus::Code(3))));
}

#[test]
fn a_duration_ends_the_recording_and_leaves_the_command() {
    let world = world(&[]);
    let options = Options { duration: Some(Duration::from_millis(250)), ..Options::default() };
    let (ending, told) = play(&world, &options);
    assert_eq!((ending.why, ending.elapsed), (Why::InTime, Duration::from_millis(250)));
    assert_eq!(told.ticks.len(), 3);
    assert!(world.ended_by.borrow().is_empty() && exits(&told).is_empty());
}

#[test]
fn a_command_whose_time_has_passed_is_asked_first_and_killed_five_seconds_later() {
    let options = Options { duration: Some(Duration::from_millis(250)), kill: true, ..Options::default() };
    let obedient = world(&[]);
    obedient.obeys.set(true);
    let (ending, _) = play(&obedient, &options);
    assert_eq!((ending.why, ending.elapsed), (Why::Killed, Duration::from_millis(250)));
    assert_eq!(*obedient.ended_by.borrow(), [(250, AtEnd::Terminate)]);

    let stubborn = world(&[]);
    let (ending, told) = play(&stubborn, &options);
    assert_eq!(*stubborn.ended_by.borrow(), [(250, AtEnd::Terminate), (5250, AtEnd::Kill)]);
    assert_eq!((ending.why, told.ticks.len()), (Why::Killed, 53), "it is recorded to its end");
}

#[test]
fn a_command_that_has_ended_by_itself_needs_no_killing() {
    let options =
        Options { duration: Some(Duration::from_millis(450)), kill: true, until: Until::Tree, ..Options::default() };
    let world = world(&[(150, Then::Exit(COMMAND))]);
    world.table.borrow_mut().push(FakeProcess::new(COMMAND, us(), "server"));
    world.table.borrow_mut().push(FakeProcess::new(COMMAND + 1, COMMAND, "daemon"));
    let (ending, _) = play(&world, &options);
    assert_eq!((ending.why, ending.status), (Why::InTime, Some(ExitStatus::Code(3))));
    assert!(world.ended_by.borrow().is_empty());
}

#[test]
fn missed_ticks_are_a_gap_with_its_cause_and_none_is_made_up() {
    for (stopped, cause) in [(true, GapCause::Stopped), (false, GapCause::Late)] {
        let world = world(&[(150, Then::Stall { until: 1030, stopped }), (1110, Then::Exit(COMMAND))]);
        let (ending, told) = play(&world, &Options::default());
        let at: Vec<u64> = told.ticks.iter().map(|(at, _)| *at).collect();
        assert_eq!(at, [0, 100, 1030, 1100]);
        assert_eq!(gaps(&told), [(cause, 8)]);
        assert_eq!(ending.missed, 8);
    }
}

#[test]
fn a_suspended_machine_is_a_gap_though_no_tick_was_missed() {
    let world = world(&[(150, Then::Suspend(3600)), (250, Then::Exit(COMMAND))]);
    let (ending, told) = play(&world, &Options::default());
    assert_eq!(gaps(&told), [(GapCause::Suspended, 0)]);
    assert_eq!((ending.ticks, ending.missed), (3, 0));
}

#[test]
fn who_asks_for_the_end_gets_it() {
    let world = world(&[(150, Then::Ask)]);
    let (ending, told) = play(&world, &Options::default());
    assert_eq!((ending.why, ending.status, told.ticks.len()), (Why::Asked, None, 2));
}

#[test]
fn a_target_that_is_not_there_is_an_error_and_nothing_is_told() {
    let world = world(&[]);
    let mut source = Fake::new(world.table.clone(), None);
    let mut told = 0;
    let (mut target, clock) = (Played(world.clone()), Played(world));
    let result = record(&mut source, &mut target, &clock, &Options::default(), start(), &mut (), &mut |_| {
        told += 1;
        Vec::new()
    });
    assert_eq!(result.unwrap_err().kind(), io::ErrorKind::NotFound);
    assert_eq!(told, 0);
}

#[test]
fn a_process_that_is_reaped_elsewhere_has_an_exit_without_status() {
    let script =
        [(50, Then::Spawn(FakeProcess::new(11, COMMAND, "worker"))), (150, Then::Reap(11)), (250, Then::Exit(COMMAND))];
    let (_, told) = play(&world(&script), &Options::default());
    assert_eq!(exits(&told), [(2, None), (1, Some(ExitStatus::Code(3)))]);
}

#[path = "recorder_aside_tests.rs"]
mod aside;
#[path = "recorder_group_tests.rs"]
mod groups;

#[test]
fn a_wall_clock_that_is_set_is_written_down_and_moves_no_tick() {
    let world = world(&[(150, Then::SetClock(-7200)), (350, Then::SetClock(1 << 40)), (650, Then::Exit(COMMAND))]);
    let (ending, told) = play(&world, &Options::default());
    let ticks: Vec<u64> = told.ticks.iter().map(|(at, _)| *at).collect();
    assert_eq!((ending.missed, &ticks[..]), (0, &[0, 100, 200, 300, 400, 500, 600][..]));
    assert_eq!(told.walls, [0, 0, -7200, -7200, 1 << 40, 1 << 40, 1 << 40]);
    assert!(!told.events.iter().any(|event| matches!(event, What::Gap { .. })), "no time has passed");
}
