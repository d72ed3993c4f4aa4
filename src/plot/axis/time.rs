//! Axes of time: seconds since the recording began.

use super::{Axis, AxisTick};

const MINUTE: f64 = 60.0;
const HOUR: f64 = 3600.0;
pub(super) const DAY: f64 = 86_400.0;

pub(super) const TIME_STEPS: [f64; 33] = [
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
pub(in crate::plot) fn time_axis(from: f64, to: f64, wanted: u32) -> Axis {
    let span = to - from;
    let wanted = f64::from(wanted.max(1));
    let step = TIME_STEPS.into_iter().find(|step| span / step <= wanted).unwrap_or((span / wanted / DAY).ceil() * DAY);
    let first = (from / step - 1e-9).ceil() as i64;
    let last = (to / step + 1e-9).floor() as i64;
    let ticks = (first..=last).map(|place| place as f64 * step);
    Axis { from, to, log: false, ticks: ticks.map(|at| AxisTick { at, label: moment_label(at, step, to) }).collect() }
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
