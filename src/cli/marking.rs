//! `mark`, and what `run` and `attach` take in beside the tree: logs and alerts.

use super::Pattern;
use crate::model::{Bytes, check_label, printable};
use clap::Args;
use std::ffi::OsString;
use std::path::PathBuf;

/// `mark`.
#[derive(Debug)]
pub struct Mark {
    /// The label.
    pub label: String,
    /// A path or an index; without it what the environment names, or the newest that runs.
    pub recording: Option<OsString>,
    /// A command whose beginning and end are to be labelled: the program and its arguments.
    pub command: Option<(OsString, Vec<OsString>)>,
}

/// What is taken in beside the tree.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Beside {
    /// A log whose lines give labels.
    pub labels: Option<(PathBuf, Pattern)>,
    /// A log whose lines are counted, with the counts' names.
    pub counts: Option<(PathBuf, Vec<(String, Pattern)>)>,
    /// Commands that are run when the total passes a size.
    pub alerts: Vec<Alert>,
}

/// A command for when the total passes a size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// The size.
    pub size: Bytes,
    /// What the shell is given.
    pub command: String,
}

#[derive(Debug, Args)]
#[command(override_usage = "memrec mark [OPTIONS] LABEL [-- COMMAND [ARG]...]")]
pub(super) struct MarkLine {
    /// The recording, a path or a number of 'memrec list' [default: the one that MEMREC_RECORDING names, as within a recorded command; else the newest that runs here]
    #[arg(short, long, value_name = "RECORDING", allow_negative_numbers = true)]
    recording: Option<OsString>,
    /// The label
    #[arg(value_name = "LABEL", value_parser = label)]
    label: String,
    /// Run this command, and label its beginning and its end
    #[arg(value_name = "COMMAND", last = true)]
    command: Vec<OsString>,
}

#[derive(Debug, Args)]
pub(super) struct BesideLine {
    /// Read labels from this log file as it grows
    #[arg(long, value_name = "FILE", requires = "mark_regex")]
    mark_log: Option<PathBuf>,
    /// Lines of that log in which this regular expression is found are labels: its first group, or all that it matches
    #[arg(long, value_name = "REGEX", requires = "mark_log", value_parser = line_pattern, allow_hyphen_values = true)]
    mark_regex: Option<Pattern>,
    /// Count lines of this log file as it grows
    #[arg(long, value_name = "FILE", requires = "count")]
    count_log: Option<PathBuf>,
    /// Under this name, the lines of that log in which the regular expression is found; may be given several times
    #[arg(long, value_name = "NAME=REGEX", requires = "count_log", value_parser = count, allow_hyphen_values = true)]
    count: Vec<(String, Pattern)>,
    /// Run this command, by the shell, once when the total passes this size; may be given several times
    #[arg(long, value_name = "SIZE=COMMAND", value_parser = alert, allow_hyphen_values = true)]
    alert: Vec<Alert>,
}

impl From<MarkLine> for Mark {
    fn from(line: MarkLine) -> Self {
        let mut command = line.command.into_iter();
        let command = command.next().map(|program| (program, command.collect()));
        Self { label: line.label, recording: line.recording, command }
    }
}

impl From<BesideLine> for Beside {
    fn from(line: BesideLine) -> Self {
        let counts = line.count_log.map(|log| (log, line.count));
        Self { labels: line.mark_log.zip(line.mark_regex), counts, alerts: line.alert }
    }
}

impl Beside {
    /// Two counts of one name cannot be told apart.
    pub(super) fn check(&self) -> Result<(), String> {
        let names: Vec<&String> = self.counts.iter().flat_map(|(_, counts)| counts).map(|(name, _)| name).collect();
        match names.iter().enumerate().find(|(place, name)| names[..*place].contains(name)) {
            Some((_, twice)) => {
                Err(format!("--count: '{}' stands there twice; give each a name of its own", printable(twice)))
            }
            None => Ok(()),
        }
    }
}

fn label(text: &str) -> Result<String, String> {
    check_label(text).map(|()| text.to_owned()).map_err(|error| error.to_string())
}

fn line_pattern(text: &str) -> Result<Pattern, String> {
    Pattern::parse(text, "line")
}

fn count(text: &str) -> Result<(String, Pattern), String> {
    let (name, pattern) = text.split_once('=').ok_or("give a name and a regular expression, as in errors=ERROR")?;
    check_label(name).map_err(|_| "its name is missing, or too long; give one as in errors=ERROR".to_owned())?;
    Ok((name.to_owned(), line_pattern(pattern)?))
}

fn alert(text: &str) -> Result<Alert, String> {
    let (size, command) = text.split_once('=').ok_or("give a size and a command, as in 2GiB='notify-send high'")?;
    let size: Bytes = size.parse().map_err(|error: crate::model::ParseBytesError| error.to_string())?;
    if size.0 == 0 {
        return Err("the size must be above 0".to_owned());
    }
    if command.trim().is_empty() || command.contains('\0') {
        return Err("its command is missing; give one as in 2GiB='notify-send high'".to_owned());
    }
    Ok(Alert { size, command: command.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::super::{Command, Misuse, parse};
    use super::*;

    fn parsed(words: &[&str]) -> Result<Command, String> {
        parse(["memrec"].iter().chain(words).map(OsString::from)).map_err(|misuse| match misuse {
            Misuse::Wrong { message, .. } => message,
            Misuse::Help(help) => panic!("{help}"),
        })
    }

    fn beside(words: &[&str]) -> Result<Beside, String> {
        match parsed(&[&["run"], words, &["true"]].concat())? {
            Command::Run(run) => Ok(run.recording.beside),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_label_may_have_a_command_behind_it() {
        let Ok(Command::Mark(mark)) = parsed(&["mark", "warm up", "--", "make", "-j", "2"]) else { panic!("a mark") };
        let command = mark.command.unwrap();
        assert_eq!((mark.label.as_str(), mark.recording), ("warm up", None));
        assert_eq!((command.0, command.1), ("make".into(), vec!["-j".into(), "2".into()]));
        let Ok(Command::Mark(mark)) = parsed(&["mark", "-r", "-1", "warm"]) else { panic!("a mark") };
        assert_eq!((mark.recording, mark.command), (Some("-1".into()), None));
    }

    #[test]
    fn what_is_no_label_is_refused() {
        for (words, why) in [
            (&["mark"][..], "LABEL"),
            (&["mark", "--", "true"], "LABEL"),
            (&["mark", ""], "can be seen"),
            (&["mark", " \n"], "can be seen"),
            (&["mark", &"x".repeat(1 << 20)], "has 1048576 bytes"),
            (&["mark", "a", "b"], "'b'"),
        ] {
            let told = parsed(words).unwrap_err();
            assert!(told.contains(why) && !told.contains('\n') && told.len() < 600, "{}", &told[..told.len().min(500)]);
        }
    }

    #[test]
    fn logs_and_what_is_looked_for_in_them_go_together() {
        let all = beside(&[
            "--mark-log",
            "a",
            "--mark-regex",
            "-x",
            "--count-log",
            "a",
            "--count",
            "e=E=1",
            "--count",
            "w=W",
        ]);
        let all = all.unwrap();
        assert_eq!(all.labels.unwrap().1.as_str(), "-x");
        let counts = all.counts.unwrap().1;
        assert_eq!(
            counts.iter().map(|(name, pattern)| (name.as_str(), pattern.as_str())).collect::<Vec<_>>(),
            [("e", "E=1"), ("w", "W")]
        );
        for (words, why) in [
            (&["--mark-log", "a"][..], "--mark-regex"),
            (&["--mark-regex", "a"], "--mark-log"),
            (&["--count-log", "a"], "--count"),
            (&["--count", "a=b"], "--count-log"),
            (&["--count-log", "a", "--count", "b"], "as in errors=ERROR"),
            (&["--count-log", "a", "--count", "=b"], "its name is missing"),
            (&["--count-log", "a", "--count", "b="], "every line"),
            (&["--count-log", "a", "--count", "b=(c"], "unclosed group, at its character 1"),
            (&["--count-log", "a", "--count", "b=c", "--count", "b=d"], "'b' stands there twice"),
            (&["--mark-log", "a", "--mark-regex", "[z"], "unclosed character class, at its character 1"),
        ] {
            let told = beside(words).unwrap_err();
            assert!(told.contains(why), "{words:?}: {told}");
        }
    }

    #[test]
    fn an_alert_is_a_size_and_a_command() {
        let alerts = beside(&["--alert", "1.5GiB=echo a=b", "--alert", "4096=true"]).unwrap().alerts;
        assert_eq!((alerts[0].size.0, alerts[0].command.as_str(), alerts[1].size.0), (3 << 29, "echo a=b", 4096));
        for (text, why) in [
            ("1GiB", "as in 2GiB"),
            ("1GiB=", "missing"),
            ("much=true", "'much'"),
            ("0=true", "above 0"),
            ("=true", "''"),
        ] {
            let told = beside(&["--alert", text]).unwrap_err();
            assert!(told.contains(why), "{text}: {told}");
        }
    }
}
