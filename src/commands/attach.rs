//! `memrec attach`.

use super::Failure;
use super::output::{Output, open_source, start_event};
use crate::cli::Attach;
use crate::exit::Outcome;
use crate::model::{Pid, printable, reason};
use crate::record::{Attached, SystemClock, Tick, record};
use crate::source::{self, Orphans, Sighting, Source, State};
use std::time::Duration;

pub(super) fn attach(attach: Attach) -> Result<Outcome, Failure> {
    let Attach { recording, pids } = attach;
    let failed = |message: String| Failure::new(Outcome::NotRecorded, message);
    let mut source = open_source(&recording, Orphans::GoElsewhere)?;
    source::raise_descriptor_limit();
    let targets: Vec<Sighting> =
        pids.iter().map(|pid| find(source.as_mut(), *pid).map_err(failed)).collect::<Result<_, _>>()?;
    // clap has seen to it that there is at least one.
    let first = &targets[0];
    let mut output = Output::open(&recording, first.name.as_str())?;
    let mut attached =
        Attached::to(pids).map_err(|error| failed(format!("cannot take signals: {}; try again", reason(&error))))?;

    let start = start_event(&recording, source.command_line(first.key), source.as_ref());
    let more = if targets.len() > 1 { format!(" and {} more", targets.len() - 1) } else { String::new() };
    output.say_start(
        &format!("{} (pid {}){more}", printable(first.name.as_str()), first.pid),
        recording.options.interval,
    );
    let mut sink = |tick: &Tick<'_>| output.write(tick);
    let ending = record(source.as_mut(), &mut attached, &SystemClock, &recording.options, start, &mut sink)
        .map_err(|error| failed(format!("cannot record: {}; try again", reason(&error))))?;
    output.finish(&recording, &ending);
    Ok(Outcome::Done)
}

fn find(source: &mut dyn Source, pid: Pid) -> Result<Sighting, String> {
    let advice = "find one with 'ps' or 'pgrep'";
    let found = source.identify(pid, Duration::ZERO);
    let found = found.ok_or_else(|| format!("cannot attach: {pid}: no process has this pid; {advice}"))?;
    match found.state {
        State::Alive => Ok(found),
        State::Zombie => Err(format!(
            "cannot attach: {pid}: this process has ended, or is a part of the kernel without memory of its own; {advice}"
        )),
    }
}
