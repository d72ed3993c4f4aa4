//! The wall clock on the axis of time.

use super::time::{DAY, TIME_STEPS};
use super::{Axis, AxisTick};
use chrono::{DateTime, Local, TimeDelta, TimeZone, Timelike};

/// Seconds since the recording began, labelled with the clock of a place: ticks stand at round times of day there.
///
/// `began` is the wall clock at 0.
pub(in crate::plot) fn clock_axis<Z: TimeZone>(from: f64, to: f64, wanted: u32, began: &DateTime<Z>) -> Axis
where
    Z::Offset: std::fmt::Display,
{
    let span = to - from;
    let wanted = f64::from(wanted.max(1));
    let step = TIME_STEPS.into_iter().find(|step| span / step <= wanted).unwrap_or((span / wanted / DAY).ceil() * DAY);
    let moment = |at: f64| began.clone().checked_add_signed(TimeDelta::microseconds((at * 1e6).round() as i64));
    // Seconds since midnight there, on the first day; a change to summer time moves what follows by an hour.
    let midnight = f64::from(began.num_seconds_from_midnight()) + f64::from(began.nanosecond()) / 1e9;
    let first = ((midnight + from) / step - 1e-9).ceil() as i64;
    let last = ((midnight + to) / step + 1e-9).floor() as i64;
    let tick = |place: i64| {
        let at = place as f64 * step - midnight;
        let moment = moment(at)?;
        // Days are told where they begin.
        let is_midnight = moment.num_seconds_from_midnight() == 0;
        let format = match step {
            step if step >= 360.0 * DAY => "%b %Y",
            // Where the clocks change meanwhile, days do not begin at midnight for all that follows.
            step if step >= DAY => "%-d %b",
            _ if is_midnight && place as f64 * step >= DAY => "%-d %b",
            step if step >= 60.0 => "%H:%M",
            step if step >= 1.0 => "%H:%M:%S",
            _ => "%H:%M:%S%.3f",
        };
        Some(AxisTick { at, label: moment.format(format).to_string() })
    };
    Axis { from, to, log: false, ticks: (first..=last).filter_map(tick).collect() }
}

/// The clock of this machine's place.
pub(in crate::plot) fn local(time: DateTime<chrono::Utc>) -> DateTime<Local> {
    time.with_timezone(&Local)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::FixedOffset;

    fn labels(from: f64, to: f64, wanted: u32) -> String {
        let began = DateTime::parse_from_rfc3339("2026-11-23T22:17:22.105+01:00").unwrap();
        let axis = clock_axis::<FixedOffset>(from, to, wanted, &began);
        axis.ticks.iter().map(|tick| tick.label.as_str()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn ticks_stand_at_round_times_of_day() {
        assert_eq!(labels(0.0, 600.0, 6), "22:18 22:20 22:22 22:24 22:26");
        assert_eq!(labels(0.0, 20.0, 5), "22:17:25 22:17:30 22:17:35 22:17:40");
        assert_eq!(labels(0.0, 1.0, 3), "22:17:22.500 22:17:23.000");
    }

    #[test]
    fn a_new_day_is_told() {
        assert_eq!(labels(0.0, 4.0 * 3600.0, 6), "23:00 24 Nov 01:00 02:00");
        assert_eq!(labels(0.0, 3.0 * DAY, 5), "24 Nov 25 Nov 26 Nov");
    }
}
