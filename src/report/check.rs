//! Whether a recording stays within budgets, for those who let a machine decide by it.

use super::gather::{Course, Input, courses};
use crate::analysis::trend::{Against, Trend, per_time};
use crate::model::{Bytes, printable, short_span};
use serde::Serialize;
use std::fmt::Write;
use std::time::Duration;

/// What is allowed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Budgets {
    /// The highest total of resident sets, in bytes.
    pub max_peak: Option<u64>,
    /// How fast the total may grow, in bytes per second.
    pub max_growth: Option<f64>,
    /// How many processes there may be at a time.
    pub max_processes: Option<u64>,
    /// By how many percent the peak may be above a baseline's.
    pub tolerance: f64,
    /// Only the phases of this label count.
    pub phase: Option<String>,
    /// So much of the beginning, of a phase or of all, does not count.
    pub warmup: Duration,
}

/// How to write what was found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum CheckFormat {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
    /// For pages that are written with it.
    Markdown,
    /// For what gathers the results of tests.
    Junit,
}

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Found {
    /// It is within.
    Within,
    /// It cannot be told, from so short a recording.
    Unclear,
    /// It is not.
    Exceeded,
}

/// One budget, and how it was kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Which one.
    pub name: String,
    /// How.
    pub found: Found,
    /// In words.
    pub words: String,
}

/// All of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// What the recording is called.
    pub recording: String,
    /// Each budget.
    pub checks: Vec<Check>,
}

impl Checked {
    /// Of all: what is exceeded counts most, then what cannot be told.
    pub fn found(&self) -> Found {
        self.checks.iter().map(|check| check.found).max().unwrap_or(Found::Unclear)
    }
}

/// One stretch of time that is checked.
#[derive(Debug)]
pub struct Stretch {
    label: String,
    peak: Option<u64>,
    processes: u64,
    trend: Trend,
}

/// Measures what the budgets are about: each phase of that label, or all of the recording. Nothing where there is no such phase.
///
/// # Errors
/// Whatever the stream says.
pub fn measure(input: &Input<'_>, budgets: &Budgets) -> anyhow::Result<Vec<Stretch>> {
    let end = input.events.last().map_or(Duration::MAX, |event| event.elapsed);
    let mut courses = match &budgets.phase {
        None => vec![(String::new(), Course::new(Duration::ZERO, Duration::MAX))],
        Some(wanted) => courses(input.events, end).into_iter().filter(|(label, _)| label == wanted).collect(),
    };
    courses.iter_mut().for_each(|(_, course)| course.skip(budgets.warmup));
    (input.stream)(&mut |sample| courses.iter_mut().for_each(|(_, course)| course.see(sample)))?;
    let many = courses.len() > 1;
    let stretch = |(place, (label, course)): (usize, (String, Course))| {
        let label = match (label.is_empty(), many) {
            (true, _) => String::new(),
            (false, false) => format!(" in {}", printable(&label)),
            (false, true) => format!(" in {} ({})", printable(&label), place + 1),
        };
        Stretch { label, peak: course.peak().rss_bytes, processes: course.most, trend: course.trend.finish() }
    };
    Ok(courses.into_iter().enumerate().map(stretch).collect())
}

/// Holds what was measured against the budgets, and against a baseline.
pub fn check(recording: &str, stretches: &[Stretch], baseline: Option<&[Stretch]>, budgets: &Budgets) -> Checked {
    let mut checks = Vec::new();
    for stretch in stretches {
        let mut add = |what: &str, found, words| {
            checks.push(Check { name: format!("{what}{}", stretch.label), found, words });
        };
        if let Some(most) = budgets.max_peak {
            let (found, words) = held(stretch.peak, most);
            add("peak", found, words);
        }
        if let Some(allowed) = budgets.max_growth {
            let (found, words) = growth(&stretch.trend, allowed);
            add("growth", found, words);
        }
        if let Some(most) = budgets.max_processes {
            let found = if stretch.processes <= most { Found::Within } else { Found::Exceeded };
            add("processes", found, format!("{} at a time, at most {most}", stretch.processes));
        }
        if let Some(baseline) = baseline {
            let before = baseline.iter().filter_map(|stretch| stretch.peak).max();
            let (found, words) = match before {
                None => (Found::Unclear, "nothing was measured of the baseline".to_owned()),
                Some(before) => {
                    let most = before as f64 * (1.0 + budgets.tolerance / 100.0);
                    let (found, words) = held(stretch.peak, most.round() as u64);
                    (found, format!("{words} ({} and {} %)", Bytes(before), budgets.tolerance))
                }
            };
            add("peak against the baseline", found, words);
        }
    }
    Checked { recording: recording.to_owned(), checks }
}

fn held(peak: Option<u64>, most: u64) -> (Found, String) {
    match peak {
        None => (Found::Unclear, "nothing was measured".to_owned()),
        Some(peak) if peak <= most => (Found::Within, format!("{}, at most {}", Bytes(peak), Bytes(most))),
        Some(peak) => (Found::Exceeded, format!("{}, more than {}", Bytes(peak), Bytes(most))),
    }
}

/// It fails only where the interval excludes what is allowed.
fn growth(trend: &Trend, allowed: f64) -> (Found, String) {
    let rate = trend.rate.map_or_else(String::new, |rate| {
        format!("{} ({} to {})", per_time(rate.bytes_per_s), per_time(rate.low), per_time(rate.high))
    });
    let allowed_words = per_time(allowed);
    match trend.against(allowed) {
        Against::Within => (Found::Within, format!("{rate}, at most {allowed_words}")),
        Against::Exceeded => (Found::Exceeded, format!("{rate}, more than {allowed_words}; {}", trend.reason)),
        Against::Unclear { enough } => {
            let longer = enough.map(|enough| format!("; about {} after warm-up would tell", short_span(enough)));
            let what = if rate.is_empty() {
                trend.reason.clone()
            } else {
                format!("{rate}, where {allowed_words} is allowed")
            };
            (Found::Unclear, format!("the recording is too short to tell: {what}{}", longer.unwrap_or_default()))
        }
    }
}

/// What was found, written.
pub fn written(checked: &Checked, format: CheckFormat) -> String {
    let word = |found| match found {
        Found::Within => "within",
        Found::Unclear => "unclear",
        Found::Exceeded => "exceeded",
    };
    let mut text = String::new();
    // Writing into memory does not fail.
    match format {
        CheckFormat::Text => {
            for Check { name, found, words } in &checked.checks {
                let _ = writeln!(text, "{:8}  {name}: {words}", word(*found));
            }
        }
        CheckFormat::Json => {
            let written = serde_json::json!({
                "recording": checked.recording, "found": checked.found(), "checks": checked.checks,
            });
            let _ = writeln!(text, "{written:#}");
        }
        CheckFormat::Markdown => {
            text.push_str("| | budget | |\n|---|---|---|\n");
            for Check { name, found, words } in &checked.checks {
                let _ = writeln!(
                    text,
                    "| {} | {} | {} |",
                    word(*found),
                    super::markdown::plain(name),
                    super::markdown::plain(words)
                );
            }
        }
        CheckFormat::Junit => junit(checked, &mut text),
    }
    text
}

fn junit(checked: &Checked, text: &mut String) {
    let count = |wanted| checked.checks.iter().filter(|check| check.found == wanted).count();
    let (failures, errors) = (count(Found::Exceeded), count(Found::Unclear));
    let (suite, tests) = (xml(&checked.recording), checked.checks.len());
    let _ = writeln!(text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
    let _ =
        writeln!(text, "<testsuite name=\"{suite}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\">");
    for Check { name, found, words } in &checked.checks {
        let (name, words) = (xml(name), xml(words));
        let inside = match found {
            Found::Within => format!("<system-out>{words}</system-out>"),
            Found::Exceeded => format!("<failure message=\"{words}\"/>"),
            Found::Unclear => format!("<error message=\"{words}\"/>"),
        };
        let _ = writeln!(text, "  <testcase classname=\"memrec\" name=\"{name}\">{inside}</testcase>");
    }
    text.push_str("</testsuite>\n");
}

fn xml(text: &str) -> String {
    let text = printable(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('"', "&quot;").replace('\'', "&apos;")
}
