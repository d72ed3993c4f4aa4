//! `memrec attach`.

use super::alerts::Alerts;
use super::asides::Asides;
use super::live;
use super::output::{Output, open_source, start_event};
use super::targets::{Absent, Finder, Found};
use super::{Failure, talk::tell};
use crate::cli::{Attach, Recording, Talk, Wait};
use crate::exit::Outcome;
use crate::launch::Happened;
use crate::live::Live;
use crate::model::reason;
use crate::record::{Attached, Clock, SystemClock, Target, Tick, record};
use crate::source::{self, Orphans, Source};
use std::time::Duration;

pub(super) fn attach(attach: Attach) -> Result<Outcome, Failure> {
    let Attach { recording, wanted, wait } = attach;
    let alerts = Alerts::prepare(&recording.beside.alerts)?;
    let mut source = open_source(&recording, Orphans::GoElsewhere)?;
    source::raise_descriptor_limit();
    // Before there is anybody else to take a signal.
    let live = live::of_others(&recording);
    let mut attached =
        Attached::to_nobody().map_err(|error| failed(format!("cannot take signals: {}; try again", reason(&error))))?;
    let mut finder = Finder::new(&wanted)
        .map_err(|error| failed(format!("cannot read processes: /proc: {}; try again", reason(&error))))?;
    let found = match finder.find(source.as_mut(), &mut attached) {
        Err(Absent::Yet(_)) if wait == Wait::UntilThere => {
            wait_for(&mut finder, &recording, source.as_mut(), &mut attached)?
        }
        Err(Absent::EndAsked) => None,
        found => Some(found.map_err(|absent| failed(absent.into_message()))?),
    };
    let Some(found) = found else {
        if recording.talk == Talk::Normal {
            tell("ended before there was anything to record");
        }
        return Ok(Outcome::Done);
    };
    record_found(&recording, found, alerts, source.as_mut(), attached, live)
}

fn failed(message: String) -> Failure {
    Failure::new(Outcome::NotRecorded, message)
}

/// Between two looks whether it is there: next to nothing for who waits, and nothing of what it records is lost in that time.
const BETWEEN_QUESTIONS: Duration = Duration::from_millis(20);

/// Asking may take the tenth part of the time,
const PART_OF_TIME: u32 = 10;

/// and a quarter of a second at once where nothing was to be asked for so long: a container that starts is asked for again and again.
const SAVED_UP: Duration = Duration::from_millis(2500);

/// `None` where somebody does not want to wait any longer.
fn wait_for(
    finder: &mut Finder<'_>,
    recording: &Recording,
    source: &mut dyn Source,
    attached: &mut Attached,
) -> Result<Option<Found>, Failure> {
    // What is wrong with the output is told now, not in an hour.
    drop(Output::open(recording, "process")?);
    if recording.talk == Talk::Normal {
        tell(format_args!("waiting for {}", finder.wanted()));
    }
    let clock = SystemClock;
    let mut next = Duration::ZERO;
    loop {
        match attached.wait(BETWEEN_QUESTIONS, [None; 2]) {
            Ok(Happened::AskedToEnd) => return Ok(None),
            Ok(_) => {}
            Err(error) => return Err(failed(format!("cannot wait: {}; try again", reason(&error)))),
        }
        // What begins before there is anybody to follow is nobody's: it must neither pile up nor be taken for somebody's later.
        source.listen(Duration::ZERO);
        let now = clock.now();
        if now < next || !finder.is_due(now) {
            continue;
        }
        match finder.find(source, attached) {
            Ok(found) => return Ok(Some(found)),
            Err(Absent::Yet(_)) => {}
            Err(Absent::EndAsked) => return Ok(None),
            Err(absent @ Absent::Ever(_)) => return Err(failed(absent.into_message())),
        }
        let took = clock.now().saturating_sub(now);
        next = next.max(now.saturating_sub(SAVED_UP)) + took * PART_OF_TIME;
    }
}

fn record_found(
    recording: &Recording,
    found: Found,
    alerts: Alerts,
    source: &mut dyn Source,
    attached: Attached,
    mut live: Option<Live>,
) -> Result<Outcome, Failure> {
    let mut output = Output::open(recording, &found.name)?;
    let mut asides = Asides::open(recording, alerts, &output)?;
    asides.begin();
    let start = start_event(recording, source.command_line(found.first), source);
    output.say_start(&found.shown, recording);
    found.note.into_iter().for_each(|note| output.note(note));
    if let Some(live) = &live {
        live.entitle(found.shown.clone());
    }
    let mut sink = |tick: &Tick<'_>| {
        if let Some(live) = &mut live {
            live.see(tick.sample, tick.events);
        }
        output.write(tick)
    };
    let mut target = attached.to(found.roots);
    let ending = record(source, &mut target, &SystemClock, &recording.options, start, &mut asides, &mut sink)
        .map_err(|error| failed(format!("cannot record: {}; try again", reason(&error))))?;
    drop(asides);
    drop(live);
    output.finish(recording, &ending);
    Ok(Outcome::Done)
}
