//! `memrec run`.

use super::alerts::Alerts;
use super::asides::Asides;
use super::containers::about;
use super::live;
use super::output::{Output, open_source, start_event};
use super::{Failure, talk::tell};
use crate::cli::Run;
use crate::exit::Outcome;
use crate::launch::{Lasting, Launched, Reaper, StartError};
use crate::model::{CommandLine, ExitStatus, printable, reason};
use crate::record::{Ending, SystemClock, Tick, Why, record};
use crate::source::{self, Orphans};
use std::ffi::{OsStr, OsString};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

pub(super) fn run(run: Run) -> Result<Outcome, Failure> {
    let Run { recording, program, arguments, client } = run;
    let shown = shown(&program);
    // Before there is anything to be inherited, and before anybody looks: its process is a stranger to the tree.
    let alerts = Alerts::prepare(&recording.beside.alerts)?;
    // Before the command starts, so that children that are here already are known as strangers.
    let mut source = open_source(&recording, Orphans::ComeToUs)?;
    let mut output = Output::open(&recording, base_name(&program))?;
    let csv = std::path::absolute(output.csv()).unwrap_or_else(|_| output.csv().to_owned());
    let mut asides = Asides::open(&recording, alerts, &output)?;
    let lasting = match (recording.options.duration, recording.options.kill) {
        (Some(_), false) => Lasting::ForATime,
        _ => Lasting::UntilTheCommandEnds,
    };
    let mut launched = Launched::start(&program, &arguments, Some(&csv), lasting, Reaper::Us)
        .map_err(|error| not_started(&program, error))?;
    output.keep();
    // After the start: the command must not inherit it.
    source::raise_descriptor_limit();
    asides.begin();

    let command = CommandLine::masked([&program].into_iter().chain(&arguments));
    let start = start_event(&recording, Some(command), source.as_ref());
    output.say_start(&format!("{} (pid {})", printable(base_name(&program)), launched.pid()), &recording);
    if let Some(mut client) = client {
        // Its name is from the command line.
        client.container = client.container.filter(|_| recording.options.command_lines);
        output.note(about(&client));
    }
    let mut live = live::of_a_command(&recording, base_name(&program));
    if let Some(live) = &live {
        launched.with_curtain(live.curtain());
    }
    let mut sink = |tick: &Tick<'_>| {
        if let Some(live) = &mut live {
            live.see(tick.sample, tick.events);
        }
        output.write(tick)
    };
    let recorded = unharmed(|| {
        record(source.as_mut(), &mut launched, &SystemClock, &recording.options, start, &mut asides, &mut sink)
    });
    // From here on labels come too late, and are told so.
    drop(asides);
    // Before anything more is said, and whatever has happened.
    drop(live);
    match recorded {
        Ok(ending) => {
            let finished = unharmed(|| {
                output.finish(&recording, &ending);
                Ok(())
            });
            if let Err(error) = finished {
                tell(format_args!("recording not finished: {shown}: {error}; what was recorded is in its file"));
            }
            Ok(outcome(&ending))
        }
        Err(error) => {
            let error = reason(&error);
            tell(format_args!("recording ended: {shown}: {error}; the command goes on, and memrec waits for it"));
            let status = launched.wait_to_the_end();
            Ok(status.map_or(Outcome::Done, Outcome::As))
        }
    }
}

/// Does `work`; a fault of memrec's own in it is an error like any other, and neither the command's end nor its status.
fn unharmed<T>(work: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    // What `work` leaves half done is not looked at any more: the command is waited for, that is all.
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(io::Error::other("a fault of memrec's own")))
}

fn outcome(ending: &Ending) -> Outcome {
    match (ending.why, ending.status) {
        (Why::Killed, _) => Outcome::TimedOut,
        (_, Some(status)) => Outcome::As(status),
        (Why::InTime, None) => Outcome::Done,
        // Cannot be: only the death of the command ends a recording of it, and nobody else reaps it.
        (_, None) => Outcome::As(ExitStatus::Code(1)),
    }
}

/// Who leaves out a word names as a program what is none: `TOKEN=hunter2 x`, `postgres://me:hunter2@db`.
fn shown(program: &OsStr) -> String {
    printable(&CommandLine::masked([program]).arguments().concat())
}

pub(super) fn not_started(program: &OsStr, error: StartError) -> Failure {
    let shown = &shown(program);
    match error {
        StartError::NotFound => Failure::new(
            Outcome::NotFound,
            format!("cannot run the command: {shown}: not found; {}", advice_where_not_found(program, shown)),
        ),
        StartError::NotExecutable(error) => Failure::new(
            Outcome::NotExecutable,
            format!("cannot run the command: {shown}: {}; {}", reason(&error), advice(program, shown, &error)),
        ),
        StartError::Failed(error) => Failure::new(
            Outcome::NotRecorded,
            format!("cannot run the command: {shown}: {}; try again when there is room", reason(&error)),
        ),
    }
}

/// A name without a folder is looked for in PATH, as a shell does, and not here: mprof's users give a script so.
fn advice_where_not_found(program: &OsStr, shown: &str) -> String {
    let path = Path::new(program);
    let here = path.components().count() == 1 && path.is_file();
    match interpreter(path) {
        Some(interpreter) if here => format!("run it as: {interpreter} {shown}"),
        _ if here => format!("it is in this folder, not in PATH: give it as ./{shown}"),
        _ => "check the name, or give its path".to_owned(),
    }
}

/// Who reads a script, by the ending of its name.
fn interpreter(path: &Path) -> Option<&'static str> {
    match path.extension().and_then(OsStr::to_str)? {
        "py" => Some("python3"),
        "sh" => Some("sh"),
        "js" => Some("node"),
        _ => None,
    }
}

/// What someone meant who gave a file that cannot be executed.
fn advice(program: &OsStr, shown: &str, error: &io::Error) -> String {
    let path = Path::new(program);
    match interpreter(path) {
        _ if path.is_dir() => "give a program in it".to_owned(),
        _ if missing_interpreter(error) => "install it, or correct that line".to_owned(),
        Some(interpreter) => format!("run it as: {interpreter} {shown}"),
        _ if path.components().count() == 1 => format!("make it executable: {shown} stands in a folder of PATH"),
        _ => format!("make it executable with: chmod +x {shown}"),
    }
}

/// The script is there and may be executed, and yet the system says "not found".
fn missing_interpreter(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound
}

fn base_name(program: &OsString) -> &str {
    Path::new(program).file_name().and_then(OsStr::to_str).unwrap_or("process")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_of_memrecs_own_is_an_error_to_be_told() {
        // As told where it cannot be read: the test says nothing.
        let error =
            unharmed(|| std::panic::resume_unwind(Box::new("a fault")) as io::Result<()>).map_err(|e| reason(&e));
        assert_eq!(error, Err("a fault of memrec's own".to_owned()));
        assert!(matches!(unharmed(|| Ok(7)), Ok(7)));
    }
}
