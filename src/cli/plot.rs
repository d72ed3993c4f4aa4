//! `plot`, `peak` and `report`.

use super::Misuse;
use crate::analysis::Window;
use crate::model::{Bytes, METRICS, Metric};
use crate::plot::{GroupBy, MOST_SERIES, Options, Size, TOP, Theme, View};
use crate::report::Format;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use std::ffi::OsString;
use std::path::PathBuf;

/// Where a figure goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// Into a file; one with the first recording's name and `.png` where none is named.
    File(Option<PathBuf>),
    /// To stdout, in characters, for this ground, if it is known.
    Terminal(Option<Theme>),
}

/// `plot`.
#[derive(Debug)]
pub struct Plot {
    /// Where the figure goes.
    pub target: Target,
    /// How it looks.
    pub options: Options,
    /// Paths or indices; the newest if there is none.
    pub recordings: Vec<OsString>,
}

/// `peak`.
#[derive(Debug)]
pub struct Peak {
    /// Only while this function ran: of mprof's recordings.
    pub function: Option<String>,
    /// Paths or indices; the newest if there is none.
    pub recordings: Vec<OsString>,
}

#[derive(Debug, Args)]
pub(super) struct RecordingsLine {
    /// Paths, or numbers of 'memrec list': 0 the oldest, -1 the newest [default: the newest]
    #[arg(value_name = "RECORDING", allow_negative_numbers = true)]
    recordings: Vec<OsString>,
}

#[derive(Debug, Args)]
pub(super) struct PlotLine {
    #[command(flatten)]
    recordings: RecordingsLine,
    /// The picture, or a page that answers where it ends in .html [default: the recording's name with .png]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Draw with characters, to stdout, as wide as the terminal or as COLUMNS says
    #[arg(long, conflicts_with_all = ["output", "size", "scale"])]
    terminal: bool,
    /// What to draw
    #[arg(long, value_name = "METRIC", default_value = "rss", value_parser = metric())]
    metric: Metric,
    /// How to show processes: stacked where there are several, or as asked
    #[arg(long, value_name = "auto|stacked|lines|total", value_enum, default_value_t, hide_possible_values = true)]
    view: ViewWord,
    /// A second panel: growth since start-up, from 0
    #[arg(long)]
    growth: bool,
    /// The trend as a line: of the whole, or of each phase
    #[arg(short = 's', long, alias = "slope")]
    trend: bool,
    /// Draw a part only: 60,120 from 1:00 to 2:00; negative counts from the end, so that -30s, is the last half minute
    #[arg(short, long, value_name = "A,B", allow_hyphen_values = true)]
    window: Option<Window>,
    /// Show so many series by themselves, the largest; the others are one
    #[arg(long, value_name = "N", default_value_t = TOP, value_parser = top)]
    top: usize,
    /// What is one series: a process, or all that have a name
    #[arg(long, value_name = "pid|name", value_enum, default_value_t, hide_possible_values = true)]
    group_by: GroupWord,
    /// A reference line at this size
    #[arg(long, value_name = "SIZE", value_parser = limit)]
    limit: Option<Bytes>,
    /// The wall clock on the axis of time
    #[arg(long)]
    clock: bool,
    /// A logarithmic axis of values
    #[arg(long)]
    log: bool,
    /// Instead of the command
    #[arg(short, long)]
    title: Option<String>,
    /// Size of the figure
    #[arg(long, value_name = "WIDTHxHEIGHT", default_value = "1600x800")]
    size: Size,
    /// Pixels of the picture per pixel of the figure: 2 for a screen of twice the density
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = scale)]
    scale: u32,
    /// The figure's colours [default: light; in a terminal those for its ground, as far as that is known]
    #[arg(long, value_name = "light|dark", value_enum, hide_possible_values = true)]
    theme: Option<ThemeWord>,
    /// No phases: neither those of functions that mprof has timed, nor those of labels
    #[arg(short = 'n', long, help_heading = "As in mprof")]
    no_function_ts: bool,
    /// Changes nothing: there is no matplotlib, and no window
    #[arg(long, value_name = "BACKEND", help_heading = "As in mprof")]
    backend: Option<String>,
    #[arg(short, long, hide = true)]
    flame: bool,
}

#[derive(Debug, Args)]
pub(super) struct PeakLine {
    /// Of an mprof .dat: only while this function ran, by the name that its FUNC lines have
    #[arg(long, value_name = "NAME", help_heading = "As in mprof")]
    func: Option<String>,
    #[command(flatten)]
    recordings: RecordingsLine,
}

/// `report`.
#[derive(Debug)]
pub struct Report {
    /// How to write it.
    pub format: Format,
    /// Where to; stdout without it.
    pub output: Option<PathBuf>,
    /// The size that must not be reached, in bytes.
    pub limit: Option<u64>,
    /// Paths or indices; the newest if there is none.
    pub recordings: Vec<OsString>,
}

#[derive(Debug, Args)]
pub(super) struct ReportLine {
    #[command(flatten)]
    recordings: RecordingsLine,
    /// How to write it
    #[arg(long, value_name = "text|json|markdown|csv", value_enum, default_value_t, hide_possible_values = true)]
    format: FormatWord,
    /// A file to write it to [default: stdout]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// A size that must not be reached: tells when it would be [default: the control group's limit, where the recording knows one]
    #[arg(long, value_name = "SIZE", value_parser = limit)]
    limit: Option<Bytes>,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub(super) enum FormatWord {
    #[default]
    Text,
    Json,
    Markdown,
    Csv,
}

impl From<FormatWord> for Format {
    fn from(word: FormatWord) -> Self {
        match word {
            FormatWord::Text => Self::Text,
            FormatWord::Json => Self::Json,
            FormatWord::Markdown => Self::Markdown,
            FormatWord::Csv => Self::Csv,
        }
    }
}

impl From<ReportLine> for Report {
    fn from(line: ReportLine) -> Self {
        let format = line.format.into();
        let limit = line.limit.map(|size| size.0);
        Self { format, output: line.output, limit, recordings: line.recordings.recordings }
    }
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum ViewWord {
    #[default]
    Auto,
    Stacked,
    Lines,
    Total,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum GroupWord {
    #[default]
    Pid,
    Name,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ThemeWord {
    Light,
    Dark,
}

impl PlotLine {
    pub(super) fn into_plot(self) -> Result<Plot, Misuse> {
        let line = self;
        if line.flame {
            let message = "plot: --flame: functions are drawn as phases, not as flames; leave it out, and see processes on each other with --view stacked";
            return Err(Misuse::Wrong { message: message.to_owned(), recording: false });
        }
        let view = match line.view {
            ViewWord::Auto => View::Auto,
            ViewWord::Stacked => View::Stacked,
            ViewWord::Lines => View::Lines,
            ViewWord::Total => View::Total,
        };
        if line.log && view == View::Stacked {
            let message = "plot: --log: areas on each other have no meaning on a logarithmic axis; give --view lines or total with it";
            return Err(Misuse::Wrong { message: message.to_owned(), recording: false });
        }
        if line.clock && line.recordings.recordings.len() > 1 {
            let message = "plot: --clock: several recordings lie over each other from their own starts, which have no clock in common; leave it out, or draw one";
            return Err(Misuse::Wrong { message: message.to_owned(), recording: false });
        }
        let group_by = match line.group_by {
            GroupWord::Pid => GroupBy::Pid,
            GroupWord::Name => GroupBy::Name,
        };
        let theme = line.theme.map(|theme| match theme {
            ThemeWord::Light => Theme::Light,
            ThemeWord::Dark => Theme::Dark,
        });
        let options = Options {
            metric: line.metric,
            view,
            window: line.window,
            group_by,
            top: line.top,
            growth: line.growth,
            trend: line.trend,
            phases: !line.no_function_ts,
            limit: line.limit.map(|limit| limit.0),
            clock: line.clock,
            log: line.log,
            title: line.title,
            size: line.size,
            scale: line.scale,
            theme: theme.unwrap_or(Theme::Light),
        };
        let target = if line.terminal { Target::Terminal(theme) } else { Target::File(line.output) };
        Ok(Plot { target, options, recordings: line.recordings.recordings })
    }
}

impl From<PeakLine> for Peak {
    fn from(line: PeakLine) -> Self {
        Self { function: line.func, recordings: line.recordings.recordings }
    }
}

/// The names of the table of metrics, each with what it counts.
fn metric() -> impl TypedValueParser<Value = Metric> {
    PossibleValuesParser::new(METRICS.iter().map(|row| PossibleValue::new(row.name).help(row.help)))
        .try_map(|name| Metric::named(&name).ok_or("there is no such metric"))
}

fn limit(text: &str) -> Result<Bytes, String> {
    let limit: Bytes = text.parse().map_err(|error| format!("{error}"))?;
    if limit.0 == 0 { Err("a limit of 0 is passed by everything; give a size".to_owned()) } else { Ok(limit) }
}

fn top(text: &str) -> Result<usize, String> {
    let wrong = || format!("give a whole number from 1 to {MOST_SERIES}");
    text.parse().ok().filter(|top| (1..=MOST_SERIES).contains(top)).ok_or_else(wrong)
}

fn scale(text: &str) -> Result<u32, &'static str> {
    text.parse().ok().filter(|scale| (1..=8).contains(scale)).ok_or("give a whole number from 1 to 8")
}
