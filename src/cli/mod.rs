//! All of the command line: text in, types out. Nothing is opened here, and after this nobody sees a flag.

mod attach;
mod check;
mod containers;
mod error;
mod export;
mod marking;
mod mprof;
mod pattern;
mod plot;
mod recording;
mod remove;

pub use attach::{Attach, Wait, Wanted};
pub use check::Check;
pub use containers::{Client, Engine};
pub use error::Misuse;
pub use export::Export;
pub use marking::{Alert, Beside, Mark};
pub use pattern::Pattern;
pub use plot::{Peak, Plot, Report, Target};
pub use recording::{IfExists, MaxSize, OnScreen, Recording, Run, Talk};
pub use remove::{Clean, Earnest, Rm};

use clap::{Parser, Subcommand};
use std::ffi::OsString;

/// What is to be done.
#[derive(Debug)]
pub enum Command {
    /// Record a command and everything it starts.
    Run(Run),
    /// Record what already runs.
    Attach(Attach),
    /// Label this moment of a recording that runs.
    Mark(Mark),
    /// Draw.
    Plot(Plot),
    /// Name the recordings of the current folder.
    List,
    /// Print peaks.
    Peak(Peak),
    /// Tell the numbers.
    Report(Report),
    /// Hold a recording against budgets.
    Check(Check),
    /// Remove recordings that are named.
    Rm(Rm),
    /// Remove all recordings of the current folder.
    Clean(Clean),
    /// Write a recording in another format.
    Export(Export),
}

/// memrec records the memory of a process and of everything it starts, and draws it.
#[derive(Debug, Parser)]
#[command(name = "memrec", version, max_term_width = 100, subcommand_required = true)]
struct Line {
    #[command(subcommand)]
    command: Named,
}

#[derive(Debug, Subcommand)]
enum Named {
    /// Record a command and everything it starts
    Run(recording::RunLine),
    /// Record processes that already run, and everything they start
    Attach(attach::AttachLine),
    /// Label this moment of a recording that runs; with a command, its beginning and its end
    Mark(marking::MarkLine),
    /// Draw recordings as a picture, or in the terminal
    Plot(plot::PlotLine),
    /// Name the recordings in this folder, oldest first: memrec's CSV files and mprof's .dat files
    List,
    /// Print the highest memory of recordings: the total, then each process
    Peak(plot::PeakLine),
    /// Tell the numbers of recordings, process by process and phase by phase, and whether memory grows
    Report(plot::ReportLine),
    /// Pass or fail against budgets or a baseline: 0 within, 1 exceeded, 2 cannot be told
    Check(check::CheckLine),
    /// Remove recordings, with the events beside them
    Rm(remove::RmLine),
    /// Remove all recordings in this folder that 'memrec list' knows, with their events, and what a killed memrec has left
    Clean(remove::CleanLine),
    /// Write a recording in another program's format
    Export(export::ExportLine),
}

/// Reads the command line, the program's name first.
///
/// # Errors
/// What is wrong with it, or the help or version that it asks for: see [`Misuse`].
pub fn parse(line: impl IntoIterator<Item = OsString>) -> Result<Command, Misuse> {
    let line: Vec<OsString> = line.into_iter().collect();
    let parsed = Line::try_parse_from(&line).map_err(|error| Misuse::from_clap(&line, error))?;
    Ok(match parsed.command {
        Named::Run(run) => run.into_command()?,
        Named::Mark(mark) => Command::Mark(mark.into()),
        Named::Attach(attach) => Command::Attach(attach.into_attach()?),
        Named::Plot(plot) => Command::Plot(plot.into_plot()?),
        Named::List => Command::List,
        Named::Peak(peak) => Command::Peak(peak.into()),
        Named::Report(report) => Command::Report(report.into()),
        Named::Check(check) => Command::Check(check.into_check()?),
        Named::Rm(rm) => Command::Rm(rm.into()),
        Named::Clean(clean) => Command::Clean(clean.into()),
        Named::Export(export) => Command::Export(export.into()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Extras;
    use crate::plot;

    fn parsed(line: &str) -> Command {
        parse(line.split(' ').map(OsString::from)).expect("it is right")
    }

    #[test]
    fn no_flags_give_the_defaults() {
        let Command::Run(run) = parsed("memrec run server -i 7") else { panic!("a run") };
        assert_eq!(run.recording, Recording::default());
        assert_eq!((run.program, run.arguments), ("server".into(), vec!["-i".into(), "7".into()]));
        let Command::Attach(attach) = parsed("memrec attach 4711") else { panic!("an attach") };
        assert_eq!((attach.recording, attach.wait), (Recording::default(), Wait::No));
        assert!(matches!(attach.wanted, Wanted::Pids(pids) if pids == [4711]));
        let Command::Plot(plot) = parsed("memrec plot") else { panic!("a plot") };
        assert_eq!(plot.options, plot::Options::default());
        assert!(plot.target == Target::File(None) && plot.recordings.is_empty());
    }

    #[test]
    fn further_columns_are_read_in_any_order_and_the_help_lists_them() {
        let Err(Misuse::Help(help)) = parse(["memrec", "run", "--help"].map(OsString::from)) else { panic!("help") };
        let words = help.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains(&Extras::all().to_string().replace(',', ", ")), "{help}");
        let Command::Run(run) = parsed("memrec run --extra cpu,anon true") else { panic!("a run") };
        assert_eq!(run.recording.source.extras.to_string(), "anon,cpu");
        let told = parse("memrec attach --extra anon,x 1".split(' ').map(OsString::from)).unwrap_err();
        let Misuse::Wrong { message, recording: true } = told else { panic!("{told:?}") };
        assert!(message.contains("'x' is none") && message.contains(&Extras::all().to_string()), "{message}");
    }
}
