//! A difference, written: for people, for programs, for pages, for spreadsheets.

use super::super::Format;
use super::super::counts::size;
use super::super::markdown::plain;
use super::super::sheet::cell;
use super::{Change, Diff, Figure};
use crate::analysis::trend::per_time;
use crate::model::{Bytes, printable};
use std::fmt::Write;

/// A number in words.
type Shown = fn(f64) -> String;

/// A figure of a change: its name, its unit, which one it is, how it is shown and how its change is.
type Line = (&'static str, &'static str, fn(&Change) -> Option<Figure>, Shown, Shown);

const FIGURES: [Line; 3] = [
    ("peak", "bytes", |change| change.peak_bytes, plain_size, size),
    ("level", "bytes", |change| change.level_bytes, plain_size, size),
    ("growth", "bytes_per_s", |change| change.growth_bytes_per_s, per_time, per_time),
];

fn plain_size(bytes: f64) -> String {
    Bytes(bytes.max(0.0).round() as u64).to_string()
}

/// In that format; `coloured` for a terminal.
pub fn written(diff: &Diff, format: Format, coloured: bool) -> String {
    match format {
        Format::Text => text(diff, coloured),
        Format::Markdown => markdown(diff),
        Format::Csv => sheet(diff),
        // Plain words and numbers into memory: there is nothing that could fail.
        Format::Json => serde_json::to_string_pretty(diff).unwrap_or_default() + "\n",
    }
}

/// Everything that changed, each with what it is.
fn changes(diff: &Diff) -> impl Iterator<Item = (&'static str, &Change)> {
    let roles = diff.roles.iter().map(|role| ("role", role));
    let phases = diff.phases.iter().map(|phase| ("phase", phase));
    [("total", &diff.total)].into_iter().chain(phases).chain(roles)
}

/// One line for each figure: what, which, base, new, change, interval, and what that comes to.
fn lines(diff: &Diff) -> Vec<[String; 7]> {
    let mut lines = Vec::new();
    for (what, change) in changes(diff) {
        let named = format!("{what} {}", printable(&change.name));
        let mut named = Some(named.trim_end().to_owned());
        for (name, _, figure, show, show_change) in FIGURES {
            let Some(figure) = figure(change) else { continue };
            let shown = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), show);
            let percent = percent(&figure).filter(|_| name != "growth").map(|percent| format!(" ({percent})"));
            let moved = figure.change.map(show_change).unwrap_or_default() + &percent.unwrap_or_default();
            let bounds = figure.low.zip(figure.high);
            let bounds = bounds.map(|(low, high)| format!("{} to {}", show_change(low), show_change(high)));
            let found = match (figure.found(), change.only) {
                (_, Some("base")) => "only in the base".to_owned(),
                (_, Some(_)) => "only in the new".to_owned(),
                (found, _) => found.unwrap_or_default().to_owned(),
            };
            let cells = [shown(figure.base), shown(figure.new), moved, bounds.unwrap_or_default(), found];
            let [base, new, moved, bounds, found] = cells;
            lines.push([named.take().unwrap_or_default(), name.to_owned(), base, new, moved, bounds, found]);
        }
    }
    lines
}

/// `+21 %`.
fn percent(figure: &Figure) -> Option<String> {
    let (change, base) = (figure.change?, figure.base.filter(|base| *base > 0.0)?);
    let percent = change / base * 100.0;
    Some(if percent.abs() < 9.95 { format!("{percent:+.1} %") } else { format!("{percent:+.0} %") })
}

fn names(recordings: &[String], quote: fn(&str) -> String) -> String {
    const LISTED: usize = 5;
    let listed: Vec<String> = recordings.iter().take(LISTED).map(|name| quote(name)).collect();
    let more = recordings.len().saturating_sub(LISTED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", listed.join(", "))
}

fn text(diff: &Diff, coloured: bool) -> String {
    let mut text = String::new();
    // Writing into memory does not fail.
    for (name, side) in [("base", &diff.base), ("new", &diff.new)] {
        let _ = writeln!(text, "  {name:9} {}", names(&side.recordings, printable));
    }
    for note in &diff.notes {
        let _ = writeln!(text, "  {:9} {}", "note", printable(note));
    }
    text.push('\n');
    let head = ["", "", "base", "new", "change", "95 % interval", ""].map(str::to_owned);
    let rows: Vec<[String; 7]> = [head].into_iter().chain(lines(diff)).collect();
    let widths: [usize; 7] =
        std::array::from_fn(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0));
    for (place, row) in rows.iter().enumerate() {
        let cells = row.iter().zip(widths).enumerate().map(|(column, (cell, width))| match column {
            2..=4 => format!("{cell:>width$}"),
            _ => format!("{cell:width$}"),
        });
        let line = cells.collect::<Vec<_>>().join("  ");
        let line = line.trim_end();
        let colour = match (place, row[6].as_str()) {
            _ if !coloured => None,
            (0, _) => Some("1"),
            (_, "more") => Some("31"),
            (_, "less") => Some("32"),
            _ => None,
        };
        let _ = match colour {
            Some(colour) => writeln!(text, "  \x1b[{colour}m{line}\x1b[0m"),
            None => writeln!(text, "  {line}"),
        };
    }
    text
}

fn markdown(diff: &Diff) -> String {
    let (base, new) = (names(&diff.base.recordings, plain), names(&diff.new.recordings, plain));
    let mut page = format!("## From {base} to {new}\n\n");
    for note in &diff.notes {
        let _ = writeln!(page, "{}.\n", plain(note));
    }
    page.push_str("| | | base | new | change | 95 % interval | |\n|---|---|---:|---:|---:|---|---|\n");
    for line in lines(diff) {
        let _ = writeln!(page, "| {} |", line.map(|cell| plain(&cell)).join(" | "));
    }
    page
}

fn sheet(diff: &Diff) -> String {
    let mut rows = "scope,name,figure,unit,base,new,change,low,high,base_recordings,new_recordings\n".to_owned();
    let number = |value: Option<f64>| value.map(|value| format!("{value:.3}")).unwrap_or_default();
    for (what, change) in changes(diff) {
        for (name, unit, figure, ..) in FIGURES {
            let Some(figure) = figure(change) else { continue };
            let numbers = [figure.base, figure.new, figure.change, figure.low, figure.high].map(number).join(",");
            let [ours, theirs] = change.recordings;
            let _ = writeln!(rows, "{what},{},{name},{unit},{numbers},{ours},{theirs}", cell(&change.name));
        }
    }
    rows
}
