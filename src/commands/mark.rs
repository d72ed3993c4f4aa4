//! `memrec mark`.

use super::run::not_started;
use super::{Failure, talk::tell};
use crate::cli::Mark;
use crate::exit::Outcome;
use crate::launch::{Lasting, Launched, Reaper};
use crate::model::{Edge, shown};
use crate::post::{Letter, NotSent, Reply, Sent};
use crate::record::{Clock, SystemClock};
use crate::storage;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// So long a recorder may take to answer; it takes a millisecond, unless it is stopped or gets no CPU.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where a command finds the recording that it is in.
const VARIABLE: &str = "MEMREC_RECORDING";

pub(super) fn mark(mark: Mark) -> Result<Outcome, Failure> {
    // Before anything that takes time.
    let at = SystemClock.now();
    let Mark { label, recording, command } = mark;
    let csv = which(recording.as_deref());
    match command {
        None => {
            let csv = csv?;
            send(&csv, &Letter { at: Some(at), edge: None, label })
                .and_then(|sent| answer(&csv, sent.reply(PATIENCE)))?;
            Ok(Outcome::Done)
        }
        Some((program, arguments)) => around(csv, &label, &program, &arguments),
    }
}

/// Runs a command, and labels its beginning and end. That these cannot be recorded is told, and is no reason not to run it.
fn around(
    csv: Result<PathBuf, Failure>,
    label: &str,
    program: &OsStr,
    arguments: &[OsString],
) -> Result<Outcome, Failure> {
    let letter = |edge| Letter { at: Some(SystemClock.now()), edge: Some(edge), label: label.to_owned() };
    // What is marked within the command is for the same recording.
    let named = csv.as_ref().ok().map(|csv| std::path::absolute(csv).unwrap_or_else(|_| csv.clone()));
    let named = named.filter(|csv| std::env::var_os(VARIABLE).is_none_or(|found| found != *csv));
    // Nobody waits for the answer while the command runs. What is labelled within it is sent later.
    let begun = csv.and_then(|csv| send(&csv, &letter(Edge::Begin)).map(|sent| (csv, sent)));
    let lasting = Lasting::UntilTheCommandEnds;
    let ended = match Launched::start(program, arguments, named.as_deref(), lasting, Reaper::Others) {
        Ok(mut launched) => {
            if let Err(Failure { message, .. }) = &begun {
                tell(message);
            }
            let status = launched.wait_to_the_end();
            Ok(status.map_or(Outcome::Failed, Outcome::As))
        }
        // That alone is told: whatever is wrong with the recording does not matter any more.
        Err(error) => Err(not_started(program, error)),
    };
    let ends = letter(Edge::End);
    if let Ok((csv, sent)) = begun {
        let reply = sent.reply(PATIENCE);
        let mut answers = vec![answer(&csv, reply)];
        // Of what has not begun there is no end; and who did not answer is not waited for twice.
        if matches!(reply, Reply::Written | Reply::Waits) {
            answers.push(send(&csv, &ends).and_then(|sent| answer(&csv, sent.reply(PATIENCE))));
        }
        answers.into_iter().filter_map(Result::err).for_each(|Failure { message, .. }| tell(message));
    }
    ended
}

/// Which recording is meant.
fn which(argument: Option<&OsStr>) -> Result<PathBuf, Failure> {
    let failed = |error| Failure::new(Outcome::Failed, error);
    if argument.is_some() {
        return storage::resolve(argument, Path::new("")).map_err(failed);
    }
    if let Some(named) = std::env::var_os(VARIABLE).filter(|named| !named.is_empty()) {
        return Ok(named.into());
    }
    let here = storage::list(Path::new("")).map_err(failed)?;
    let newest = here.into_iter().rev().find(|entry| storage::is_running(&entry.path));
    newest.map(|entry| entry.path).ok_or_else(|| {
        let message = "cannot find a recording to label: .: none runs in this folder; name one with -r";
        Failure::new(Outcome::Failed, message)
    })
}

fn cannot(csv: &Path, why: &str) -> Failure {
    Failure::new(Outcome::Failed, format!("cannot label the recording: {}: {why}", shown(csv)))
}

fn send(csv: &Path, letter: &Letter) -> Result<Sent, Failure> {
    const ENDED: &str = "nobody is recording it; a label is for a recording that runs, and memrec list shows which do";
    Sent::to(csv, letter).map_err(|error| match error {
        NotSent::NoSocket | NotSent::Other(_) if !csv.exists() => cannot(csv, "no such file; memrec list shows what there is"),
        NotSent::NoSocket if storage::is_running(csv) => cannot(
            csv,
            "it runs and has no socket beside it; give the name that it began with if it was renamed, or record with -o where there can be sockets",
        ),
        NotSent::NoSocket | NotSent::NobodyListens | NotSent::NotTaken => cannot(csv, ENDED),
        NotSent::NotItsOwn => cannot(csv, &format!("{error}; whoever may write there could have put it there")),
        NotSent::Other(error) => {
            cannot(csv, &format!("{}; label it as the user who records it", crate::model::reason(&error)))
        }
    })
}

fn answer(csv: &Path, reply: Reply) -> Result<(), Failure> {
    match reply {
        Reply::Written => Ok(()),
        Reply::Waits => Err(cannot(
            csv,
            "the label was taken and is not in its file yet, which takes nothing now; it will be when there is room",
        )),
        Reply::TakenBack => {
            Err(cannot(csv, "memrec does not answer, and the label was taken back; continue memrec if it is stopped"))
        }
        Reply::Refused => Err(cannot(csv, "memrec did not take the label; try again, with the memrec that records")),
        Reply::Lost => {
            Err(cannot(csv, "the recording ended before the label was written; give it earlier, or to one that runs"))
        }
    }
}
