//! Axes with round steps: memory in binary units, counts in decimal ones, time as people say it.

use super::quantity;
use crate::model::Unit;

/// An axis: what it spans, and where its ticks are.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// Where it begins.
    pub from: f64,
    /// Where it ends.
    pub to: f64,
    /// Its ticks, in order.
    pub ticks: Vec<AxisTick>,
}

/// A labelled place on an axis.
#[derive(Debug, Clone, PartialEq)]
pub struct AxisTick {
    /// Where: in the metric's unit, or seconds.
    pub at: f64,
    /// What is written there.
    pub label: String,
}

/// Steps within a unit. Beyond 100 powers of two take over, because 1000 MiB is no round number of GiB and 1024 MiB is.
const BINARY_STEPS: [u64; 10] = [1, 2, 5, 10, 20, 50, 100, 128, 256, 512];

/// From 0 to somewhat above `max` (`headroom` is the least part of it that stays free), with at most about `wanted` steps.
pub(super) fn value_axis(unit: Unit, max: u64, wanted: u32, headroom: f64) -> Axis {
    let wanted = u64::from(wanted.max(1));
    // Where all is 0, the axis of so little.
    let little = match unit {
        Unit::Bytes => 1 << 20,
        Unit::Count(..) => 1,
        Unit::Milliseconds => 1000,
    };
    let max = if max == 0 { little } else { max };
    let fits = |step: &u64| max.div_ceil(*step) <= wanted;
    let step = match unit {
        Unit::Bytes => {
            let mut steps = (0..6).flat_map(|unit| BINARY_STEPS.map(|step| step << (10 * unit)));
            steps.find(fits).unwrap_or(1 << 60)
        }
        Unit::Count(..) => {
            let mut steps = (0..19).flat_map(|power| [1, 2, 5].map(|step| step * 10_u64.pow(power)));
            steps.find(fits).unwrap_or(5_000_000_000_000_000_000)
        }
        Unit::Milliseconds => {
            let mut steps = TIME_STEPS.iter().map(|seconds| (seconds * 1000.0).round() as u64);
            // Beyond centuries, as a broken file may have it: no round number any more, but few of them.
            steps.find(fits).unwrap_or(max.div_ceil(wanted))
        }
    };
    let least = max as f64 * (1.0 + headroom);
    let next = max.div_ceil(step).saturating_mul(step) as f64;
    // A line at the very top closes the figure, where that costs little room.
    let to = if next >= least && next <= least * 1.12 { next } else { least }.max(step as f64);
    let ticks = (0_u64..).map_while(|place| place.checked_mul(step)).take_while(|at| *at as f64 <= to);
    let ticks = ticks.map(|at| AxisTick { at: at as f64, label: quantity::tick(unit, at) }).collect();
    Axis { from: 0.0, to, ticks }
}

const MINUTE: f64 = 60.0;
const HOUR: f64 = 3600.0;
const DAY: f64 = 86_400.0;

const TIME_STEPS: [f64; 33] = [
    0.001,
    0.002,
    0.005,
    0.01,
    0.02,
    0.05,
    0.1,
    0.2,
    0.5,
    1.0,
    2.0,
    5.0,
    10.0,
    15.0,
    30.0,
    MINUTE,
    2.0 * MINUTE,
    5.0 * MINUTE,
    10.0 * MINUTE,
    15.0 * MINUTE,
    30.0 * MINUTE,
    HOUR,
    2.0 * HOUR,
    3.0 * HOUR,
    6.0 * HOUR,
    12.0 * HOUR,
    DAY,
    2.0 * DAY,
    7.0 * DAY,
    14.0 * DAY,
    30.0 * DAY,
    90.0 * DAY,
    360.0 * DAY,
];

/// From one moment to another, in seconds, with at most about `wanted` steps.
pub(super) fn time_axis(from: f64, to: f64, wanted: u32) -> Axis {
    let span = to - from;
    let wanted = f64::from(wanted.max(1));
    let step = TIME_STEPS.into_iter().find(|step| span / step <= wanted).unwrap_or((span / wanted / DAY).ceil() * DAY);
    let first = (from / step - 1e-9).ceil() as i64;
    let last = (to / step + 1e-9).floor() as i64;
    let ticks = (first..=last).map(|place| place as f64 * step);
    Axis { from, to, ticks: ticks.map(|at| AxisTick { at, label: moment_label(at, step, to) }).collect() }
}

/// Seconds in a short recording, then `m:ss`, hours, days: as coarse as the steps allow.
fn moment_label(at: f64, step: f64, to: f64) -> String {
    let whole = at.round() as u64;
    let (days, hours, minutes, seconds) = (whole / 86_400, whole / 3600, whole / 60 % 60, whole % 60);
    let decimals = if step >= 1.0 { 0 } else { (-step.log10()).ceil() as usize };
    if to <= 1.5 * MINUTE {
        return format!("{at:.decimals$} s");
    }
    if step < 1.0 {
        let minutes = (at / MINUTE + 1e-9).floor();
        let width = decimals + 3;
        return format!("{minutes}:{:0width$.decimals$}", (at - minutes * MINUTE).abs());
    }
    if to < HOUR {
        return format!("{}:{seconds:02}", whole / 60);
    }
    if step < MINUTE {
        return format!("{hours}:{minutes:02}:{seconds:02}");
    }
    if whole == 0 {
        return "0".to_owned();
    }
    if step < HOUR {
        return format!("{hours}:{minutes:02} h");
    }
    match (days, hours % 24) {
        _ if to < 2.0 * DAY => format!("{hours} h"),
        (days, 0) => format!("{days} d"),
        (0, hours) => format!("{hours} h"),
        (days, hours) => format!("{days} d {hours} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis) -> Vec<&str> {
        axis.ticks.iter().map(|tick| tick.label.as_str()).collect()
    }

    #[test]
    fn memory_goes_in_clean_binary_steps() {
        let mib = |mib: u64| value_axis(Unit::Bytes, mib << 20, 6, 0.06);
        assert_eq!(labels(&mib(1218)), ["0", "256 MiB", "512 MiB", "768 MiB", "1 GiB", "1.25 GiB"]);
        assert_eq!(labels(&mib(700)), ["0", "128 MiB", "256 MiB", "384 MiB", "512 MiB", "640 MiB", "768 MiB"]);
        assert_eq!(labels(&mib(90)), ["0", "20 MiB", "40 MiB", "60 MiB", "80 MiB", "100 MiB"]);
        assert_eq!(labels(&mib(2500)), ["0", "512 MiB", "1 GiB", "1.5 GiB", "2 GiB", "2.5 GiB"]);
        assert_eq!(labels(&mib(9000)), ["0", "2 GiB", "4 GiB", "6 GiB", "8 GiB", "10 GiB"]);
    }

    #[test]
    fn no_memory_label_has_more_than_two_decimals_or_four_digits() {
        for power in 0..640 {
            let max = 2_f64.powf(f64::from(power) / 10.0) as u64;
            for wanted in 1..8 {
                let axis = value_axis(Unit::Bytes, max, wanted, 0.05);
                assert!(axis.ticks.len() >= 2, "{max} {wanted}");
                assert!(axis.to >= max as f64, "{max} {wanted}");
                for tick in &axis.ticks {
                    let number = tick.label.split(' ').next().unwrap();
                    assert!(number.len() <= 4, "{} of {max}, {wanted} steps", tick.label);
                    if tick.at < 1e15 {
                        let unit = tick.label.split(' ').nth(1).unwrap_or("");
                        let read: crate::model::Bytes = format!("{number}{unit}").parse().unwrap();
                        assert_eq!(read.0 as f64, tick.at, "a label says exactly where its line is");
                    }
                }
            }
        }
    }

    #[test]
    fn nothing_at_all_still_has_an_axis() {
        assert_eq!(labels(&value_axis(Unit::Bytes, 0, 4, 0.1)), ["0", "256 KiB", "512 KiB", "768 KiB", "1 MiB"]);
        assert_eq!(labels(&value_axis(THREADS, 0, 4, 0.1)), ["0", "1 thread"]);
        assert_eq!(labels(&value_axis(Unit::Milliseconds, 0, 2, 0.1)), ["0", "500 ms", "1 s"]);
    }

    const THREADS: Unit = Unit::Count("thread", "threads");

    #[test]
    fn counts_go_in_whole_decimal_steps() {
        let count = |max| value_axis(THREADS, max, 6, 0.06);
        assert_eq!(labels(&count(1)), ["0", "1 thread"]);
        assert_eq!(labels(&count(3)), ["0", "1 thread", "2 threads", "3 threads"]);
        assert_eq!(labels(&count(23)), ["0", "5 threads", "10 threads", "15 threads", "20 threads", "25 threads"]);
        assert_eq!(labels(&count(90_000))[1..3], ["20 k threads", "40 k threads"]);
    }

    #[test]
    fn cpu_time_goes_in_the_steps_of_a_clock() {
        let time = |max| value_axis(Unit::Milliseconds, max, 6, 0.06);
        assert_eq!(labels(&time(2400)), ["0", "500 ms", "1 s", "1.5 s", "2 s", "2.5 s"]);
        assert_eq!(labels(&time(170_000)), ["0", "30 s", "1 min", "1:30 min", "2 min", "2:30 min", "3 min"]);
        assert_eq!(labels(&time(40_000_000)), ["0", "2 h", "4 h", "6 h", "8 h", "10 h", "12 h"]);
    }

    #[test]
    fn whatever_the_number_an_axis_has_few_ticks_and_room_for_it() {
        for unit in [Unit::Bytes, THREADS, Unit::Milliseconds] {
            for max in (0..64).map(|power| 1_u64 << power).chain([u64::MAX]) {
                for wanted in 1..9 {
                    let axis = value_axis(unit, max, wanted, 0.05);
                    assert!((2..=20).contains(&axis.ticks.len()), "{max} {wanted}: {axis:?}");
                    assert!(axis.to >= max as f64, "{max} {wanted}");
                }
            }
        }
    }

    #[test]
    fn time_goes_in_seconds_then_minutes_hours_and_days() {
        let all = |to, wanted| labels(&time_axis(0.0, to, wanted)).join(" ");
        assert_eq!(all(3.0, 8), "0.0 s 0.5 s 1.0 s 1.5 s 2.0 s 2.5 s 3.0 s");
        assert_eq!(all(60.0, 8), "0 s 10 s 20 s 30 s 40 s 50 s 60 s");
        assert_eq!(all(600.0, 6), "0:00 2:00 4:00 6:00 8:00 10:00");
        assert_eq!(all(3.0 * HOUR, 7), "0 0:30 h 1:00 h 1:30 h 2:00 h 2:30 h 3:00 h");
        assert_eq!(all(10.0 * HOUR, 6), "0 2 h 4 h 6 h 8 h 10 h");
        assert_eq!(all(7.0 * DAY, 8), "0 1 d 2 d 3 d 4 d 5 d 6 d 7 d");
        assert_eq!(all(2.5 * DAY, 6), "0 12 h 1 d 1 d 12 h 2 d 2 d 12 h");
    }

    #[test]
    fn a_short_window_late_in_a_recording_is_labelled_to_the_second() {
        assert_eq!(labels(&time_axis(7200.0, 7204.0, 4)).join(" "), "2:00:00 2:00:01 2:00:02 2:00:03 2:00:04");
        assert_eq!(labels(&time_axis(408.0, 409.0, 2)).join(" "), "6:48.0 6:48.5 6:49.0");
    }

    #[test]
    fn a_century_has_few_ticks_too() {
        assert!(time_axis(0.0, 36_500.0 * DAY, 10).ticks.len() <= 11);
    }
}
