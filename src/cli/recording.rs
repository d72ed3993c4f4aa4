//! `run`, and what it has in common with `attach`.

use super::attach::{Attach, wanted_of};
use super::containers::{Client, client};
use super::marking::{Beside, BesideLine};
use super::mprof::MprofLine;
use super::{Command, Misuse};
use crate::model::{Bytes, Extras, parse_span};
use crate::record::{Options, Until};
use crate::source::{self, Choice, PssPolicy};
use clap::{Args, ValueEnum};
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// What to do about an output that is there already.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum IfExists {
    /// Leave it alone: an error before anything starts.
    #[default]
    Keep,
    /// Replace it, once the command has started.
    Replace,
}

/// What is said on stderr.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Talk {
    /// A line at the start, a summary at the end.
    #[default]
    Normal,
    /// Errors only.
    Quiet,
}

/// What is shown in the terminal while it is recorded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OnScreen {
    /// Nothing but lines.
    #[default]
    Lines,
    /// A picture that follows what is recorded.
    Live,
}

/// How large a recording may become, both files together, in bytes; 0 for as large as it will.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MaxSize(pub Bytes);

impl MaxSize {
    /// The limit, where there is one.
    pub fn bytes(self) -> Option<u64> {
        Some(self.0.0).filter(|bytes| *bytes > 0)
    }
}

impl Default for MaxSize {
    fn default() -> Self {
        Self(Bytes(1 << 30))
    }
}

/// What `run` and `attach` have in common.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recording {
    /// Where to; a name made from time and command without it.
    pub output: Option<PathBuf>,
    /// What to do about an output that is there already.
    pub if_exists: IfExists,
    /// How large it may become.
    pub max_size: MaxSize,
    /// A picture to draw at the end.
    pub plot: Option<PathBuf>,
    /// Where the numbers come from, and which.
    pub source: source::Options,
    /// What is taken in beside the tree.
    pub beside: Beside,
    /// What is said on stderr.
    pub talk: Talk,
    /// What is shown there, where it is a terminal.
    pub on_screen: OnScreen,
    /// How to record.
    pub options: Options,
    /// What is to be said at the start to somebody who has asked for something that is otherwise here.
    pub hints: Vec<String>,
}

/// `run`.
#[derive(Debug)]
pub struct Run {
    /// How.
    pub recording: Recording,
    /// The program.
    pub program: OsString,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// Where it asks docker or podman for a container, whose processes are then none of its children.
    pub client: Option<Client>,
}

#[derive(Debug, Args)]
pub(super) struct RecordingLine {
    /// Time between two looks at the whole tree, from 1ms
    #[arg(short, long, visible_short_alias = 'T', value_name = "DURATION", default_value = "100ms", value_parser = interval, allow_hyphen_values = true)]
    interval: Duration,
    /// The recording, a CSV file; its events go beside it [default: memrec-TIME-NAME.csv]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Replace an output that exists
    #[arg(long)]
    force: bool,
    /// Stop recording after this time
    #[arg(short, long, visible_short_alias = 't', visible_alias = "timeout", value_name = "DURATION", value_parser = duration, allow_hyphen_values = true)]
    duration: Option<Duration>,
    /// With what the recording ends: the command (for attach, the last process that is named), or the last process of the tree
    #[arg(long, value_name = "command|tree", value_enum, default_value_t, hide_possible_values = true)]
    until: UntilWord,
    /// Keep the recording below this size by leaving out ticks of its older part, peaks excepted; 0 for no limit
    #[arg(long, value_name = "SIZE", default_value = "1GiB")]
    max_size: Bytes,
    /// Draw a picture when the recording ends
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,
    /// Show total, peak, growth and the biggest processes in the terminal while recording
    #[arg(long)]
    live: bool,
    /// How often PSS and USS are measured; auto: where there is more than one process, and in 0.5 % of the time at most [default: auto]
    #[arg(long, value_name = "auto|off|always|DURATION", value_parser = pss, allow_hyphen_values = true)]
    pss: Option<PssPolicy>,
    /// Where the numbers come from
    #[arg(long, value_name = "auto|linux|portable", value_enum, default_value_t, hide_possible_values = true)]
    source: SourceWord,
    #[arg(long, value_name = "COLUMN,...", help = extra_help())]
    extra: Option<Extras>,
    #[command(flatten)]
    beside: BesideLine,
    /// Write no command lines into the recording
    #[arg(long)]
    no_command_line: bool,
    /// Say nothing but errors
    #[arg(short, long)]
    quiet: bool,
    #[command(flatten)]
    mprof: MprofLine,
}

#[derive(Debug, Args)]
#[command(override_usage = "memrec run [OPTIONS] [--] COMMAND [ARG]...")]
pub(super) struct RunLine {
    #[command(flatten)]
    recording: RecordingLine,
    /// With -d: end the command then (TERM, after 5 s KILL); the exit code is 124
    #[arg(long, requires = "duration")]
    kill: bool,
    /// The command; everything after it belongs to it
    #[arg(value_name = "COMMAND", required = true, trailing_var_arg = true)]
    command: Vec<OsString>,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum UntilWord {
    #[default]
    Command,
    Tree,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum SourceWord {
    #[default]
    Auto,
    Linux,
    Portable,
}

impl RecordingLine {
    pub(super) fn into_recording(self, kill: bool, command: &str) -> Result<Recording, Misuse> {
        let beside = Beside::from(self.beside);
        beside.check().map_err(|why| Misuse::Wrong { message: format!("{command}: {why}"), recording: true })?;
        let until = match self.until {
            UntilWord::Command => Until::Command,
            UntilWord::Tree => Until::Tree,
        };
        let choice = match self.source {
            SourceWord::Auto => Choice::Auto,
            SourceWord::Linux => Choice::Linux,
            SourceWord::Portable => Choice::Portable,
        };
        let command_lines = !self.no_command_line;
        let mut recording = Recording {
            output: self.output,
            if_exists: if self.force { IfExists::Replace } else { IfExists::Keep },
            max_size: MaxSize(self.max_size),
            plot: self.plot,
            source: source::Options {
                choice,
                pss: self.pss.unwrap_or_default(),
                extras: self.extra.unwrap_or_default(),
            },
            beside,
            on_screen: if self.live { OnScreen::Live } else { OnScreen::Lines },
            talk: if self.quiet { Talk::Quiet } else { Talk::Normal },
            options: Options { interval: self.interval, duration: self.duration, kill, until, command_lines },
            hints: Vec::new(),
        };
        self.mprof.apply(&mut recording, self.pss.is_some());
        Ok(recording)
    }
}

impl RunLine {
    pub(super) fn into_command(self) -> Result<Command, Misuse> {
        let Self { recording: line, kill, mut command } = self;
        if line.mprof.attaches() {
            if kill {
                let message =
                    "run: --kill ends a command, and with --attach there is none; leave one of them out".to_owned();
                return Err(Misuse::Wrong { message, recording: true });
            }
            let wanted = wanted_of(&command)?;
            return Ok(Command::Attach(Attach {
                recording: line.into_recording(false, "run")?,
                wanted,
                wait: Default::default(),
            }));
        }
        let hint = line.mprof.start_with_python(&mut command);
        let mut recording = line.into_recording(kill, "run")?;
        recording.hints.extend(hint);
        let mut command = command.into_iter();
        // clap has seen to it that there is at least one word.
        let program = command.next().unwrap_or_default();
        let arguments: Vec<OsString> = command.collect();
        let client = client(&program, &arguments);
        Ok(Command::Run(Run { recording, program, arguments, client }))
    }
}

/// With all that there is in the table of metrics.
fn extra_help() -> String {
    format!("Further columns, with commas between: {}", Extras::all().to_string().replace(',', ", "))
}

/// What any clock of the system can wait for.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 86_400);

fn interval(text: &str) -> Result<Duration, String> {
    let interval = duration(text)?;
    if interval < Duration::from_millis(1) {
        return Err("the shortest interval is 1ms".to_owned());
    }
    Ok(interval)
}

fn duration(text: &str) -> Result<Duration, String> {
    let span = parse_span(text).map_err(|error| error.to_string())?;
    if span.is_zero() {
        return Err("it must be longer than nothing".to_owned());
    }
    if span > LONGEST {
        return Err("it must be shorter than a hundred years".to_owned());
    }
    Ok(span)
}

fn pss(text: &str) -> Result<PssPolicy, String> {
    match text {
        "auto" => Ok(PssPolicy::Auto),
        "off" => Ok(PssPolicy::Off),
        "always" => Ok(PssPolicy::Always),
        _ if text.starts_with(|c: char| c.is_ascii_digit() || c == '.') => duration(text).map(PssPolicy::Every),
        _ => Err("give auto, off, always, or a duration like 10s".to_owned()),
    }
}
