//! Values with their units, as a figure writes them: `35.9 MiB`, `12 threads`, `3.4 s`.

use super::words::{grouped, length};
use crate::model::{Bytes, Unit, short_span};
use std::time::Duration;

/// A value with its unit.
pub(super) fn value(unit: Unit, value: u64) -> String {
    match unit {
        Unit::Bytes => Bytes(value).to_string(),
        Unit::Count(one, _) if value == 1 => format!("1 {one}"),
        Unit::Count(_, several) => format!("{} {several}", count(value)),
        Unit::Milliseconds => short_span(Duration::from_millis(value)),
    }
}

/// `last 187 MiB · max 508 MiB`, `last 3 · max 12 threads`; what has no last value was gone by then.
pub(super) fn last_and_max(unit: Unit, last: Option<u64>, max: u64) -> String {
    let highest = value(unit, max);
    match (unit, last) {
        (_, None) => format!("max {highest}"),
        (Unit::Count(..), Some(last)) => format!("last {} · max {highest}", count(last)),
        (_, Some(last)) => format!("last {} · max {highest}", value(unit, last)),
    }
}

/// A difference, with its sign.
pub(super) fn change(unit: Unit, by: f64) -> String {
    let sign = if by < 0.0 { "\u{2212}" } else { "+" };
    format!("{sign}{}", value(unit, by.abs().round() as u64))
}

/// A label of the axis, of a round value: without zeros that say nothing.
pub(super) fn tick(unit: Unit, at: u64) -> String {
    match unit {
        _ if at == 0 => "0".to_owned(),
        Unit::Bytes => round_bytes(at),
        Unit::Count(one, _) if at == 1 => format!("1 {one}"),
        Unit::Count(_, several) => format!("{} {several}", count(at)),
        Unit::Milliseconds => length(Duration::from_millis(at)),
    }
}

/// `256 MiB`, `1.25 GiB`.
fn round_bytes(bytes: u64) -> String {
    const UNITS: [&str; 7] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    let unit = bytes.ilog2() / 10;
    let value = bytes as f64 / (1_u64 << (10 * unit)) as f64;
    let rounded = (value * 100.0).round() / 100.0;
    format!("{rounded} {}", UNITS[unit as usize])
}

/// `800`, `5 000`, `20 k`, `6.29 M`: in full as long as that is short, then three digits.
pub(super) fn count(count: u64) -> String {
    const UNITS: [&str; 7] = ["", "k", "M", "G", "T", "P", "E"];
    if count < 10_000 {
        return grouped(count);
    }
    let (mut value, mut unit) = (count as f64, 0);
    // 999.5 and more would round to a fourth digit.
    while value >= 999.5 {
        value /= 1000.0;
        unit += 1;
    }
    let digits = if value < 9.995 {
        100.0
    } else if value < 99.95 {
        10.0
    } else {
        1.0
    };
    format!("{} {}", (value * digits).round() / digits, UNITS[unit])
}

/// The widest that a label of the axis becomes.
pub(super) fn widest_tick(unit: Unit) -> String {
    match unit {
        Unit::Bytes => "1.25 GiB".to_owned(),
        Unit::Count(_, several) => format!("8\u{202f}888 {several}"),
        Unit::Milliseconds => "8:88 min".to_owned(),
    }
}

/// The widest that the figures of a series usually become: those of its last and highest value, and the highest alone.
pub(super) fn widest_figures(unit: Unit) -> [String; 2] {
    let widest = match unit {
        Unit::Bytes => ["last 88.8 MiB · max 88.8 MiB", "88.8 MiB"],
        Unit::Count(_, several) => {
            return ["last 8.88 M · max 8.88 M", "8.88 M"].map(|figures| format!("{figures} {several}"));
        }
        Unit::Milliseconds => ["last 88:88 min · max 88:88 min", "88:88 min"],
    };
    widest.map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    const THREADS: Unit = Unit::Count("thread", "threads");

    #[test]
    fn values_have_their_unit() {
        assert_eq!(value(Unit::Bytes, 508 << 20), "508 MiB");
        assert_eq!(
            [0, 1, 12, 1200].map(|count| value(THREADS, count)),
            ["0 threads", "1 thread", "12 threads", "1\u{202f}200 threads"]
        );
        assert_eq!(
            [0, 340, 3400, 75_000].map(|ms| value(Unit::Milliseconds, ms)),
            ["0 s", "340 ms", "3.4 s", "1:15 min"]
        );
    }

    #[test]
    fn large_counts_have_three_digits() {
        let counts = [9999, 10_000, 19_744, 999_499, 999_500, 6_294_634].map(count);
        assert_eq!(counts, ["9\u{202f}999", "10 k", "19.7 k", "999 k", "1 M", "6.29 M"]);
    }

    #[test]
    fn the_noun_stands_once() {
        assert_eq!(last_and_max(THREADS, Some(3), 12), "last 3 · max 12 threads");
        assert_eq!(last_and_max(THREADS, None, 1), "max 1 thread");
        assert_eq!(last_and_max(Unit::Milliseconds, Some(3400), 3400), "last 3.4 s · max 3.4 s");
        assert_eq!(last_and_max(Unit::Bytes, Some(1 << 20), 2 << 20), "last 1.00 MiB · max 2.00 MiB");
    }

    #[test]
    fn labels_of_large_counts_stay_short() {
        let labels = [0, 1, 20, 5000, 10_000, 250_000, 1_500_000, u64::MAX].map(|count| tick(THREADS, count));
        let numbers = labels.each_ref().map(|label| label.trim_end_matches(" threads").trim_end_matches(" thread"));
        assert_eq!(numbers, ["0", "1", "20", "5\u{202f}000", "10 k", "250 k", "1.5 M", "18.4 E"]);
    }
}
