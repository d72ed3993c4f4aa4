//! The loop over a control group: nobody is asked for by a pid, and nothing is reaped.

use super::*;

struct GroupOf(Rc<World>);

impl Target for GroupOf {
    fn roots(&self) -> Vec<Pid> {
        Vec::new()
    }

    fn wait(&mut self, timeout: Duration, others: [Option<BorrowedFd<'_>>; 2]) -> io::Result<Happened> {
        Played(self.0.clone()).wait(timeout, others)
    }

    fn reaps(&self) -> bool {
        false
    }

    fn zombie(&mut self) -> Option<Pid> {
        None
    }

    fn reap(&mut self, _pid: Pid) -> Option<Reaped> {
        None
    }

    fn end(&mut self, _how: AtEnd) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

#[test]
fn a_control_group_is_recorded_until_none_of_it_lives_whoever_that_is() {
    let script = [
        (150, Then::Spawn(FakeProcess::new(21, 1, "second"))),
        (250, Then::Reap(20)),
        (250, Then::Spawn(FakeProcess::new(30, 21, "its child"))),
        (350, Then::Exit(21)),
    ];
    for (until, last) in [(Until::Command, 400), (Until::Tree, 700)] {
        let script = script.iter().cloned().chain([(650, Then::Reap(30))]).collect();
        let world = Rc::new(World { script: RefCell::new(script), ..World::default() });
        world.table.borrow_mut().push(FakeProcess::new(20, 1, "first"));
        let mut source = Fake::new(world.table.clone(), None).with_group(vec![20, 21]);
        let (mut target, clock) = (GroupOf(world.clone()), Played(world.clone()));
        let mut ticks = Vec::new();
        let options = Options { until, ..Options::default() };
        let ending = record(&mut source, &mut target, &clock, &options, start(), &mut (), &mut |tick| {
            ticks.push(tick.sample.rows.iter().map(|row| row.pid).collect::<Vec<Pid>>());
            Vec::new()
        })
        .unwrap();
        assert_eq!(ticks[..4], [vec![20], vec![20], vec![20, 21], vec![21, 30]]);
        assert_eq!((ending.why, ending.elapsed), (Why::Ended, Duration::from_millis(last)), "{until:?}");
    }
}
