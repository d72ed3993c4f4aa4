//! What a figure says in words: title and subtitle.

use super::{Input, Options, quantity};
use crate::analysis::Total;
use crate::model::{Bytes, CommandLine, Unit, clock_span, printable, short_span};
use chrono::TimeDelta;
use std::time::Duration;

/// Thirty thousand years: a broken file may say anything.
const LONGEST: Duration = Duration::from_secs(1_000_000_000_000);

/// The title that was asked for, else the command, else the recording's name.
pub(super) fn title(inputs: &[Input], options: &Options) -> String {
    if let Some(title) = &options.title {
        return printable(title);
    }
    match inputs {
        [input] => input.command.map_or_else(|| input.name.clone(), CommandLine::to_string),
        _ => inputs.iter().map(|input| input.name.as_str()).collect::<Vec<_>>().join(" · "),
    }
}

/// `peak 1.19 GiB at 6:48`.
pub(super) fn peak(unit: Unit, value: u64, at: Duration) -> String {
    format!("peak {} at {}", quantity::value(unit, value), moment(at))
}

/// As a stopwatch shows it; with days where there are any: `6 d 19:14`.
pub(super) fn moment(at: Duration) -> String {
    let minutes = (at.min(LONGEST).as_secs() + 30) / 60;
    match minutes / 1440 {
        0 => clock_span(at),
        days => format!("{days} d {}:{:02}", minutes / 60 % 24, minutes % 60),
    }
}

/// A length of time as one would say it: without seconds or hours that are none.
pub(super) fn length(span: Duration) -> String {
    let span = span.min(LONGEST);
    let whole = span.as_secs_f64().round() as u64;
    match whole {
        60.. if whole < 3600 && whole.is_multiple_of(60) => format!("{} min", whole / 60),
        3600.. if whole < 86_400 && whole.is_multiple_of(3600) => format!("{} h", whole / 3600),
        86_400.. if (whole + 1800) % 86_400 < 3600 => format!("{} d", (whole + 1800) / 86_400),
        _ => short_span(span),
    }
}

/// `1 200 ticks every 0.5 s`.
pub(super) fn ticks(count: u64, interval: Option<Duration>) -> String {
    match interval {
        _ if count == 1 => "1 tick".to_owned(),
        Some(interval) => format!("{} ticks every {}", grouped(count), step(interval)),
        None => format!("{} ticks", grouped(count)),
    }
}

/// `1 200 ticks, thinned before 6:48`.
pub(super) fn thinned_ticks(count: u64, until: Duration) -> String {
    format!("{} ticks, thinned before {}", grouped(count), moment(until))
}

/// `58 of 600 ticks`: of a metric that is measured now and then.
pub(super) fn some_ticks(measured: u64, count: u64) -> String {
    format!("{} of {} ticks", grouped(measured), grouped(count))
}

/// `counts shared pages in each process; PSS peak 580 MiB at 6:40`: what there is without them, as far as it was measured, and when; at least that
/// where processes are missing from it.
pub(super) fn shared_pages(pss: Option<&Total>) -> String {
    let peak = pss.map_or_else(String::new, |pss| {
        let at_least = if pss.missing > 0 { "at least " } else { "" };
        format!("; PSS peak {at_least}{} at {}", Bytes(pss.peak.value), moment(pss.peak.at))
    });
    format!("counts shared pages in each process{peak}")
}

/// `2 processes missing: a lower bound`; `up to 2` where it is not always as many.
pub(super) fn missing(least: u64, most: u64) -> String {
    let up_to = if least == most { "" } else { "up to " };
    let processes = if most == 1 { "process" } else { "processes" };
    format!("{up_to}{} {processes} missing: a lower bound", grouped(most))
}

/// `RSS of 3 processes`.
pub(super) fn processes(label: &str, count: usize) -> String {
    if count == 1 { format!("{label} of 1 process") } else { format!("{label} of {} processes", grouped(count as u64)) }
}

/// `and 7 more`.
pub(super) fn more(count: usize) -> String {
    format!("and {} more", grouped(count as u64))
}

/// `212 others`, `1 other`.
pub(super) fn others(count: usize) -> String {
    if count == 1 { "1 other".to_owned() } else { format!("{} others", grouped(count as u64)) }
}

/// `a process reached 300 MiB between ticks`.
pub(super) fn unseen_spike(bytes: u64) -> String {
    format!("a process reached {} between ticks", Bytes(bytes))
}

/// `2 gaps, 5:10 min in all`.
pub(super) fn gaps(count: u64, time: Duration) -> String {
    if count == 1 {
        format!("a gap of {}", length(time))
    } else {
        format!("{} gaps, {} in all", grouped(count), length(time))
    }
}

/// `the clock moved 8 h forward meanwhile`: what the axis shows is the clock as it went at first.
pub(super) fn clock_moved(moved: TimeDelta) -> String {
    let way = if moved < TimeDelta::zero() { "back" } else { "forward" };
    format!("the clock moved {} {way} meanwhile", length(moved.abs().to_std().unwrap_or_default()))
}

/// Two digits are enough for an interval that was only estimated.
fn step(interval: Duration) -> String {
    let seconds = interval.as_secs_f64();
    if seconds >= 59.5 {
        return length(interval);
    }
    let (value, unit) = if seconds < 0.0995 { (seconds * 1000.0, "ms") } else { (seconds, "s") };
    let decimals = if value < 9.95 { 1 } else { 0 };
    let text = format!("{value:.decimals$}");
    format!("{} {unit}", text.strip_suffix(".0").unwrap_or(&text))
}

/// With a thin space between thousands.
pub(super) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (place, digit) in digits.char_indices() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subtitle_says_things_as_one_would() {
        let second = Duration::from_secs;
        assert_eq!(peak(Unit::Bytes, 1_277_752_770, second(408)), "peak 1.19 GiB at 6:48");
        assert_eq!(peak(Unit::Bytes, 1 << 20, second(588_240)), "peak 1.00 MiB at 6 d 19:24");
        assert_eq!(ticks(1200, Some(Duration::from_millis(500))), "1\u{202f}200 ticks every 0.5 s");
        assert_eq!(ticks(1_234_567, Some(Duration::from_micros(10_040))), "1\u{202f}234\u{202f}567 ticks every 10 ms");
        assert_eq!(ticks(1, Some(second(1))), "1 tick");
        assert_eq!(thinned_ticks(1200, second(408)), "1\u{202f}200 ticks, thinned before 6:48");
        assert_eq!(some_ticks(58, 1200), "58 of 1\u{202f}200 ticks");
        assert_eq!(processes("RSS", 3), "RSS of 3 processes");
        assert_eq!(missing(2, 2), "2 processes missing: a lower bound");
        assert_eq!(missing(0, 1), "up to 1 process missing: a lower bound");
        assert_eq!(
            [3, 600, 630, 10_800, 604_799].map(|seconds| length(second(seconds))),
            ["3 s", "10 min", "10:30 min", "3 h", "7 d"]
        );
    }
}
