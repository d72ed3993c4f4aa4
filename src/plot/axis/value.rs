//! Axes of values: of memory, of what is counted, of CPU time, of rates; from 0, of growth, or logarithmic.

use super::time::TIME_STEPS;
use super::{Axis, AxisTick};
use crate::model::Unit;
use crate::plot::quantity;

/// Steps within a unit. Beyond 100 powers of two take over, because 1000 MiB is no round number of GiB and 1024 MiB is.
const BINARY_STEPS: [u64; 10] = [1, 2, 5, 10, 20, 50, 100, 128, 256, 512];

/// From 0 to somewhat above `max` (`headroom` is the least part of it that stays free), with at most about `wanted` steps.
pub(in crate::plot) fn value_axis(unit: Unit, max: u64, wanted: u32, headroom: f64) -> Axis {
    let wanted = u64::from(wanted.max(1));
    // Where all is 0, the axis of so little.
    let little = match unit {
        Unit::Bytes => 1 << 20,
        Unit::Count(..) => 1,
        Unit::Milliseconds => 1000,
    };
    let max = if max == 0 { little } else { max };
    let fits = |step: &u64| max.div_ceil(*step) <= wanted;
    let step = steps(unit).find(fits).or_else(|| match unit {
        Unit::Bytes | Unit::Count(..) => steps(unit).last(),
        // Beyond centuries, as a broken file may have it: no round number any more, but few of them.
        Unit::Milliseconds => None,
    });
    let step = step.unwrap_or(max.div_ceil(wanted));
    let least = max as f64 * (1.0 + headroom);
    let next = max.div_ceil(step).saturating_mul(step) as f64;
    // A line at the very top closes the figure, where that costs little room.
    let to = if next >= least && next <= least * 1.12 { next } else { least }.max(step as f64);
    let ticks = (0_u64..).map_while(|place| place.checked_mul(step)).take_while(|at| *at as f64 <= to);
    let ticks = ticks.map(|at| AxisTick { at: at as f64, label: quantity::tick(unit, at) }).collect();
    Axis { from: 0.0, to, log: false, ticks }
}

/// The round steps of a unit, the smallest first.
fn steps(unit: Unit) -> Box<dyn Iterator<Item = u64>> {
    match unit {
        // The last is the last power of two that is one.
        Unit::Bytes => {
            let steps = (0..6).flat_map(|unit| BINARY_STEPS.map(|step| step << (10 * unit)));
            Box::new(steps.chain([1 << 60]))
        }
        Unit::Count(..) => {
            let steps = (0..19).flat_map(|power| [1, 2, 5].map(|step| step * 10_u64.pow(power)));
            Box::new(steps.chain([5_000_000_000_000_000_000]))
        }
        Unit::Milliseconds => Box::new(TIME_STEPS.iter().map(|seconds| (seconds * 1000.0).round() as u64)),
    }
}

/// From the deepest fall to the highest rise, 0 among them, each tick with its sign.
pub(in crate::plot) fn growth_axis(unit: Unit, lowest: f64, highest: f64, wanted: u32, headroom: f64) -> Axis {
    let (lowest, highest) = (lowest.min(0.0), highest.max(0.0));
    let little = if unit == Unit::Bytes { 65_536.0 } else { 1.0 };
    let highest = if highest - lowest < little { lowest + little } else { highest };
    let wanted = f64::from(wanted.max(1));
    let fits = |step: &f64| (highest / step).ceil() + (-lowest / step).ceil() <= wanted + 1.0;
    let step = steps(unit).map(|step| step as f64).find(fits).unwrap_or((highest - lowest) / wanted);
    let room = (highest - lowest) * headroom;
    let from = if lowest < 0.0 { lowest - room * 0.5 } else { 0.0 };
    let to = highest + room;
    let places = (from / step).ceil() as i64..=(to / step).floor() as i64;
    let label = |place: i64| match place {
        0 => "0".to_owned(),
        place => {
            let sign = if place < 0 { "\u{2212}" } else { "+" };
            format!("{sign}{}", quantity::tick(unit, (place.unsigned_abs() as f64 * step) as u64))
        }
    };
    let ticks = places.map(|place| AxisTick { at: place as f64 * step, label: label(place) }).collect();
    Axis { from, to, log: false, ticks }
}

/// From below the least value that is not 0 to above the highest, in steps that are powers of two (of ten, where something is counted).
pub(in crate::plot) fn log_axis(unit: Unit, least: u64, max: u64, wanted: u32) -> Axis {
    let base = if unit == Unit::Bytes { 2.0_f64 } else { 10.0 };
    let (least, max) = (least.max(1) as f64, max.max(2) as f64);
    let first = (least.ln() / base.ln()).floor();
    // A fifth of a decade above the highest for the label of the peak.
    let last = ((max * 1.25).ln() / base.ln()).ceil().max(first + 1.0);
    let strides = [1.0, 2.0, 3.0, 5.0, 10.0, 20.0];
    let stride = strides.into_iter().find(|stride| (last - first) / stride <= f64::from(wanted.max(1))).unwrap_or(30.0);
    // Whole multiples of the stride: KiB, MiB and GiB are among them.
    let places = ((first / stride).ceil() as i32..).map(|place| f64::from(place) * stride);
    let places = places.take_while(|power| *power <= last && base.powf(*power) < 1.8e19);
    let tick = |power: f64| {
        let at = base.powf(power).round();
        AxisTick { at, label: quantity::tick(unit, at as u64) }
    };
    Axis { from: base.powf(first), to: base.powf(last), log: true, ticks: places.map(tick).collect() }
}

/// From 0 to somewhat above the highest rate, in decimal steps that may be parts of 1.
pub(in crate::plot) fn rate_axis(max: f64, wanted: u32, headroom: f64) -> Axis {
    let max = if max > 0.0 && max.is_finite() { max } else { 1.0 };
    let fits = |step: &f64| (max / step).ceil() <= f64::from(wanted.max(1));
    let mut steps = (-6..19).flat_map(|power| [1.0, 2.0, 5.0].map(|step| step * 10.0_f64.powi(power)));
    let step = steps.find(fits).unwrap_or(max);
    let to = max * (1.0 + headroom);
    let places = 0..=(to / step + 1e-9).floor() as i64;
    let tick = |place: i64| {
        let at = place as f64 * step;
        let label = if at >= 10_000.0 { quantity::count(at as u64) } else { format!("{}", (at * 1e6).round() / 1e6) };
        AxisTick { at, label }
    };
    Axis { from: 0.0, to, log: false, ticks: places.map(tick).collect() }
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
    fn growth_has_signs_and_its_zero() {
        let mib = |low: f64, high: f64| growth_axis(Unit::Bytes, low * 1048576.0, high * 1048576.0, 5, 0.1);
        assert_eq!(labels(&mib(0.0, 7.0)), ["0", "+2 MiB", "+4 MiB", "+6 MiB"]);
        assert_eq!(labels(&mib(-3.0, 7.0)), ["\u{2212}2 MiB", "0", "+2 MiB", "+4 MiB", "+6 MiB", "+8 MiB"]);
        assert_eq!(labels(&mib(-300.0, -100.0)).last(), Some(&"0"));
        let flat = mib(0.0, 0.0);
        assert!(flat.to > flat.from && labels(&flat)[0] == "0", "{flat:?}");
    }

    #[test]
    fn a_logarithmic_axis_goes_by_powers_of_two() {
        let axis = log_axis(Unit::Bytes, 5 << 10, 3 << 30, 6);
        assert_eq!(labels(&axis), ["32 KiB", "1 MiB", "32 MiB", "1 GiB"]);
        assert!(axis.part(5120.0) >= 0.0 && axis.part((3_u64 << 30) as f64) < 1.0);
        assert!((axis.part(32768.0) - axis.part(1024.0 * 1024.0)).abs() > 0.1);
        assert_eq!(axis.part(0.0), 0.0, "nothing at all stands at the bottom");
        for unit in [Unit::Bytes, THREADS, Unit::Milliseconds] {
            for max in [0, 1, 5000, u64::MAX] {
                let axis = log_axis(unit, 0, max, 5);
                assert!(!axis.ticks.is_empty() && axis.ticks.len() < 12, "{axis:?}");
            }
        }
    }

    #[test]
    fn rates_may_be_less_than_one_a_second() {
        assert_eq!(labels(&rate_axis(0.3, 3, 0.1)), ["0", "0.1", "0.2", "0.3"]);
        assert_eq!(labels(&rate_axis(340.0, 3, 0.1)), ["0", "200"]);
        assert_eq!(labels(&rate_axis(0.0, 3, 0.1)).len(), 3);
    }
}
