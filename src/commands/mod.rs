//! One file for each command: opens files, puts the rooms' parts together, talks to the user. No arithmetic, no parsing.

mod alerts;
mod asides;
mod attach;
mod check;
mod containers;
mod diff;
mod export;
mod list;
mod live;
mod mark;
mod output;
mod peak;
mod plot;
mod progress;
mod remove;
mod report;
mod run;
mod talk;
mod targets;

use crate::cli::Command;
use crate::exit::Outcome;

/// Why a command could not be carried out, in one line without the leading `memrec: `, and how memrec is to end.
#[derive(Debug)]
pub struct Failure {
    /// `WHAT: WHICH: WHY; what to do`.
    pub message: String,
    /// The exit status to end with.
    pub outcome: Outcome,
}

impl Failure {
    fn new(outcome: Outcome, message: impl std::fmt::Display) -> Self {
        Self { message: message.to_string(), outcome }
    }
}

/// Does what was asked for.
///
/// # Errors
/// What could not be done, to be told to the user.
pub fn carry_out(command: Command) -> Result<Outcome, Failure> {
    crate::launch::outlive_full_files();
    match command {
        Command::Run(run) => run::run(run),
        Command::Attach(attach) => attach::attach(attach),
        Command::Mark(mark) => mark::mark(mark),
        Command::Plot(plot) => plot::plot(&plot),
        Command::List => list::list(),
        Command::Peak(peak) => peak::peak(&peak),
        Command::Rm(rm) => remove::rm(&rm),
        Command::Clean(clean) => remove::clean(&clean),
        Command::Export(export) => export::export(&export),
        Command::Report(report) => report::report(&report),
        Command::Check(wanted) => check::check(&wanted),
        Command::Diff(wanted) => diff::diff(&wanted),
    }
}

/// Tells why nothing could be done.
pub fn tell_failure(message: &str) {
    talk::tell(message);
}

/// Prints what was asked for: help, the version.
///
/// # Errors
/// Where stdout does not take it.
pub fn print(text: &str) -> Result<Outcome, Failure> {
    talk::print(text.trim_end())?;
    Ok(Outcome::Done)
}
