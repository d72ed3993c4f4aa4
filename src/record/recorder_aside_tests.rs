//! What is said aside, in the loop: when it is written down, and in which order.

use super::*;

/// Says what it was given when somebody looks, and remembers what it was told.
#[derive(Default)]
struct Speaker {
    taken: Vec<Said>,
    for_ticks: Vec<Said>,
    at_last: Vec<Said>,
    handed_over: usize,
}

impl Aside for Speaker {
    fn take(&mut self, said: &mut Vec<Said>) {
        said.append(&mut self.taken);
    }

    fn handed_over(&mut self) {
        self.handed_over += 1;
    }

    fn tick_ends(&mut self, sample: &Sample, said: &mut Vec<Said>) {
        if sample.elapsed >= Duration::from_millis(100) {
            said.append(&mut self.for_ticks);
        }
    }

    fn last(&mut self, said: &mut Vec<Said>) {
        said.append(&mut self.at_last);
    }
}

fn mark(label: &str) -> What {
    What::Mark { label: label.to_owned(), edge: None }
}

/// Labels and gaps with their milliseconds.
fn told(aside: &mut Speaker, script: &[(u64, Then)]) -> Vec<(u64, String)> {
    let world = world(script);
    world.table.borrow_mut().push(FakeProcess::new(COMMAND, us(), "server"));
    let (clock, mut target) = (Played(world.clone()), Played(world.clone()));
    let mut source = Fake::new(world.table.clone(), Some(us()));
    let mut events = Vec::new();
    record(&mut source, &mut target, &clock, &Options::default(), start(), aside, &mut |tick| {
        events.extend(tick.events.iter().cloned());
        Vec::new()
    })
    .unwrap();
    let shown = |event: &Event| {
        let what = match &event.what {
            What::Mark { label, .. } => label.clone(),
            What::Gap { .. } => "gap".to_owned(),
            What::Count { name, number } => format!("{number} {name}"),
            _ => return None,
        };
        assert_eq!(event.time, DateTime::UNIX_EPOCH + event.elapsed, "both clocks say the same of {what}");
        Some((event.elapsed.as_millis() as u64, what))
    };
    events.iter().filter_map(shown).collect()
}

fn at(millis: u64) -> Option<Duration> {
    Some(Duration::from_millis(millis))
}

#[test]
fn a_label_that_was_given_while_memrec_was_stopped_stands_at_its_time_before_the_gap() {
    let mut speaker = Speaker { taken: vec![Said { at: at(400), what: mark("meanwhile") }], ..Speaker::default() };
    let script = [(150, Then::Stall { until: 1_050, stopped: true }), (1_250, Then::Exit(COMMAND))];
    assert_eq!(told(&mut speaker, &script), [(400, "meanwhile".to_owned()), (1_050, "gap".to_owned())]);
    assert!(speaker.handed_over > 0);
}

#[test]
fn what_belongs_to_a_tick_has_its_time_and_what_is_said_at_last_is_not_lost() {
    let mut speaker = Speaker {
        for_ticks: vec![Said { at: None, what: What::Count { name: "ok".to_owned(), number: 7 } }],
        at_last: vec![Said { at: None, what: mark("last") }],
        ..Speaker::default()
    };
    let script = [(150, Then::Exit(COMMAND))];
    assert_eq!(told(&mut speaker, &script), [(100, "7 ok".to_owned()), (150, "last".to_owned())]);
}

#[test]
fn a_time_of_another_clock_is_the_present() {
    let mut speaker = Speaker { taken: vec![Said { at: at(99_000), what: mark("later") }], ..Speaker::default() };
    let script = [(50, Then::Stall { until: 250, stopped: false }), (350, Then::Exit(COMMAND))];
    assert_eq!(told(&mut speaker, &script), [(250, "later".to_owned())]);
}
