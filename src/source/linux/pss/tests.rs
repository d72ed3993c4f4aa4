use super::*;
use crate::model::{Memory, Name, Pid};
use crate::source::State;
use crate::source::linux::parse::Rollup;
use std::cell::Cell;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

/// Reads what the test gives it, one process after the other, and waits for it as a process that hangs lets it wait.
#[derive(Debug)]
struct Script {
    asked: Sender<Pid>,
    answers: Receiver<io::Result<Rollup>>,
}

impl Read for Script {
    fn read(&mut self, place: &Place) -> io::Result<Rollup> {
        // The stage gives each of its processes its pid as the thread to read.
        let _ = self.asked.send(place.thread.unwrap_or(0));
        self.answers.recv().unwrap_or_else(|_| Err(io::ErrorKind::BrokenPipe.into()))
    }
}

/// A tree and what is read of it, with a clock that the test turns.
struct Stage {
    passes: Passes,
    asked: Receiver<Pid>,
    answers: Sender<io::Result<Rollup>>,
    tree: Vec<Sighting>,
    notes: Vec<String>,
    now: Cell<u64>,
}

/// A process with that key, a pid to tell, and memory.
fn process(key: u64) -> Sighting {
    let memory = Memory { rss: Some(1000), ..Memory::default() };
    let name = Name::from_bytes(format!("p{key}").as_bytes());
    Sighting { key: Key(key), pid: 4710 + key as Pid, ppid: 1, name, execs: 0, state: State::Alive, memory }
}

impl Stage {
    fn new(policy: PssPolicy, keys: &[u64]) -> Self {
        let (asked, questions) = channel();
        let (give, answers) = channel();
        Self {
            passes: Passes::with_reader(policy, Box::new(Script { asked, answers })),
            asked: questions,
            answers: give,
            tree: keys.iter().map(|key| process(*key)).collect(),
            notes: Vec::new(),
            now: Cell::new(0),
        }
    }

    /// A look at that second; PSS of every process.
    fn look(&mut self, second: u64) -> Vec<Option<u64>> {
        self.now.set(second);
        let mut seen = self.tree.clone();
        let nowhere = Arc::new(std::fs::File::open("/dev/null").unwrap().into());
        let place = |key: Key| Some(Place { tasks: Arc::clone(&nowhere), thread: Some(key.0 as Pid) });
        self.passes.look(Duration::from_secs(second), &mut seen, &place, &mut self.notes);
        assert!(seen.iter().all(|sighting| sighting.memory.pss.is_some() == sighting.memory.uss.is_some()));
        seen.iter().map(|sighting| sighting.memory.pss).collect()
    }

    /// Waits until the worker asks for the next process, and says which.
    fn asked(&self) -> u64 {
        u64::from(self.asked.recv().unwrap())
    }

    fn answer(&self, answer: Result<u64, Errno>) {
        let rollup = answer.map(|pss| Rollup { pss, uss: pss / 2 });
        self.answers.send(rollup.map_err(io::Error::from)).unwrap();
    }

    /// Looks again and again at the same moment, until the pass under way has been taken.
    fn taken(&mut self, second: u64) -> Vec<Option<u64>> {
        loop {
            let seen = self.look(second);
            if self.passes.under_way.is_none() || seen.iter().any(Option::is_some) {
                return seen;
            }
            std::thread::yield_now();
        }
    }
}

const NOTHING: [Option<u64>; 2] = [None, None];

#[test]
fn a_pass_is_written_into_one_look_for_everybody() {
    let mut stage = Stage::new(PssPolicy::Auto, &[1, 2]);
    assert_eq!(stage.look(0), NOTHING);
    assert_eq!(stage.look(1), NOTHING, "the pass begins");
    assert_eq!(stage.asked(), 1);
    stage.answer(Ok(10));
    assert_eq!(stage.asked(), 2);
    assert_eq!(stage.look(2), NOTHING, "half of a pass is none, and no look waits for the other half");
    stage.answer(Ok(20));
    assert_eq!(stage.taken(3), [Some(10), Some(20)]);
    assert_eq!(stage.notes, [""; 0]);
}

#[test]
fn a_pass_that_was_taken_is_not_written_again() {
    let mut stage = Stage::new(PssPolicy::Every(Duration::from_secs(60)), &[1]);
    stage.look(0);
    stage.answer(Ok(10));
    assert_eq!(stage.taken(1), [Some(10)]);
    assert_eq!(stage.look(2), [None]);
    assert!(stage.passes.under_way.is_none());
}

#[test]
fn who_has_no_memory_of_their_own_is_not_read() {
    let mut stage = Stage::new(PssPolicy::Always, &[1, 2, 3]);
    // Between vfork and exec.
    stage.tree[1].memory = Memory::default();
    stage.look(0);
    stage.answer(Ok(10));
    stage.answer(Ok(30));
    assert_eq!(stage.taken(1), [Some(10), None, Some(30)]);
    assert_eq!([stage.asked(), stage.asked()], [1, 3]);
}

#[test]
fn who_comes_goes_or_becomes_another_program_meanwhile_has_none() {
    let mut stage = Stage::new(PssPolicy::Every(Duration::from_secs(60)), &[1, 2, 3, 4]);
    stage.look(0);
    stage.tree.remove(0);
    stage.tree[0].execs += 1;
    stage.tree.push(process(5));
    for answer in [Err(Errno::ENOENT), Ok(20), Err(Errno::ESRCH), Ok(40)] {
        stage.answer(answer);
    }
    assert_eq!(stage.taken(1), [None, None, Some(40), None]);
    assert_eq!(stage.notes, [""; 0], "nothing is wrong with any of them");
}

#[test]
fn those_who_may_not_be_read_are_counted_and_told_once() {
    let mut stage = Stage::new(PssPolicy::Always, &[1, 2, 3, 4]);
    stage.look(0);
    for second in [1, 2] {
        for answer in [Ok(10), Err(Errno::EACCES), Ok(30), Err(Errno::EPERM)] {
            stage.answer(answer);
        }
        assert_eq!(stage.taken(second), [Some(10), None, Some(30), None]);
    }
    assert_eq!(stage.notes, ["no PSS of p2 (pid 4712) and 1 more: permission denied; PSS totals are a lower bound"]);
    (0..4).for_each(|_| stage.answer(Ok(7)));
    assert_eq!(stage.taken(3), [Some(7); 4], "allowed by now");
}

#[test]
fn where_nobody_may_be_read_there_are_no_totals() {
    let mut stage = Stage::new(PssPolicy::Every(Duration::from_secs(60)), &[1]);
    stage.look(0);
    stage.answer(Err(Errno::EACCES));
    assert_eq!(stage.taken(1), [None]);
    assert_eq!(stage.notes, ["no PSS of p1 (pid 4711): permission denied; there are no PSS totals"]);
}

#[test]
fn a_process_that_hangs_is_told_once_and_no_pass_begins_until_it_has_come_back() {
    let mut stage = Stage::new(PssPolicy::Auto, &[1, 2]);
    stage.look(0);
    stage.look(1);
    assert_eq!(stage.asked(), 1);
    stage.answer(Ok(10));
    assert_eq!(stage.asked(), 2);
    // Looks go on, and none waits.
    for second in 2..=11 {
        assert_eq!(stage.look(second), NOTHING);
    }
    assert_eq!(stage.notes, [""; 0]);
    for second in 12..=100 {
        assert_eq!(stage.look(second), NOTHING);
    }
    assert_eq!(stage.notes, ["no PSS while p2 (pid 4712) hangs: it has not let itself be read for 10 s"]);
    stage.answer(Ok(20));
    assert_eq!(stage.taken(101), NOTHING, "what was read is a hundred seconds old");
    assert_eq!(stage.notes[1..], ["PSS is measured again"]);
    assert!(stage.asked.try_recv().is_err());
    stage.look(102);
    stage.answer(Ok(11));
    stage.answer(Ok(21));
    assert_eq!(stage.taken(103), [Some(11), Some(21)]);
    assert_eq!(stage.notes.len(), 2);
}

#[test]
fn a_pass_that_goes_on_is_late_and_no_more() {
    let mut stage = Stage::new(PssPolicy::Auto, &[1, 2]);
    stage.look(0);
    stage.look(1);
    assert_eq!(stage.asked(), 1);
    (2..=9).for_each(|second| _ = stage.look(second));
    stage.answer(Ok(10));
    assert_eq!(stage.asked(), 2);
    (10..=18).for_each(|second| _ = stage.look(second));
    stage.answer(Ok(20));
    assert_eq!(stage.taken(19), [Some(10), Some(20)]);
    assert_eq!(stage.notes, [""; 0]);
}

#[test]
fn a_recorder_that_was_stopped_for_an_hour_takes_nobody_for_hanging() {
    let mut stage = Stage::new(PssPolicy::Always, &[1]);
    stage.look(0);
    assert_eq!(stage.asked(), 1);
    assert_eq!(stage.look(3600), [None]);
    assert_eq!(stage.look(3601), [None]);
    stage.answer(Ok(10));
    assert_eq!(stage.taken(3602), [Some(10)]);
    assert_eq!(stage.notes, [""; 0]);
}

#[test]
fn nobody_waits_for_a_worker_that_hangs() {
    let mut stage = Stage::new(PssPolicy::Always, &[1]);
    stage.look(0);
    assert_eq!(stage.asked(), 1);
    // The script still waits for its answer.
    drop(stage.passes);
    drop(stage.answers);
}
