//! Numbers and moments, to and from the digits in the files. No allocation: these run for every cell.

use chrono::{DateTime, Datelike, NaiveDateTime, Timelike, Utc};
use std::time::Duration;

/// Appends a whole number.
pub(super) fn push_whole(value: u64, to: &mut Vec<u8>) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    let mut rest = value;
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    to.extend_from_slice(&digits[at..]);
}

/// Appends exactly `width` digits, zeros in front.
fn push_padded(value: u32, width: u32, to: &mut Vec<u8>) {
    for place in (0..width).rev() {
        to.push(b'0' + (value / 10_u32.pow(place) % 10) as u8);
    }
}

/// Appends seconds with six decimals; what is below a microsecond is cut off.
pub(super) fn push_elapsed(elapsed: Duration, to: &mut Vec<u8>) {
    push_whole(elapsed.as_secs(), to);
    to.push(b'.');
    push_padded(elapsed.subsec_micros(), 6, to);
}

/// Appends `2026-11-23T10:17:22.105Z`; what is below a millisecond is cut off.
pub(super) fn push_time(time: DateTime<Utc>, to: &mut Vec<u8>) {
    let Ok(year @ 0..=9999) = u32::try_from(time.year()) else {
        return to.extend_from_slice(time.to_rfc3339_opts(chrono::SecondsFormat::Millis, true).as_bytes());
    };
    // In a leap second chrono counts the nanoseconds on: second 59 and 1.2e9 of them are 60.2.
    let nanos = time.nanosecond();
    let second = time.second() + nanos / 1_000_000_000;
    for (value, width, end) in [
        (year, 4, b'-'),
        (time.month(), 2, b'-'),
        (time.day(), 2, b'T'),
        (time.hour(), 2, b':'),
        (time.minute(), 2, b':'),
        (second, 2, b'.'),
        (nanos % 1_000_000_000 / 1_000_000, 3, b'Z'),
    ] {
        push_padded(value, width, to);
        to.push(end);
    }
}

/// A moment that RFC 3339 can spell, which ends with the year 9999. What lies beyond is no clock's, and could not be written again.
pub(super) fn spelled(time: DateTime<Utc>) -> Option<DateTime<Utc>> {
    (0..=9999).contains(&time.year()).then_some(time)
}

/// A moment in any spelling that people's programs leave behind: RFC 3339, with a blank for the `T`, or without a zone (then UTC).
pub(super) fn read_time(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    DateTime::parse_from_rfc3339(text)
        .map(|time| time.to_utc())
        .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f%#z").map(|time| time.to_utc()))
        .or_else(|_| NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").map(|time| time.and_utc()))
        .or_else(|_| NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f").map(|time| time.and_utc()))
        .ok()
        .and_then(spelled)
}

/// Seconds with any number of decimals, in microseconds; further decimals are cut off.
pub(super) fn read_elapsed(text: &[u8]) -> Option<Duration> {
    let (whole, decimals) = match memchr::memchr(b'.', text) {
        Some(point) => (&text[..point], &text[point + 1..]),
        None => (text, &[][..]),
    };
    // Fifteen digits are thirty million years, and far from where the arithmetic ends.
    if whole.is_empty() || whole.len() > 15 || !decimals.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let seconds = read_whole(whole)?;
    let micros = (0..6).fold(0, |sum, place| sum * 10 + u32::from(decimals.get(place).map_or(0, |digit| digit - b'0')));
    Some(Duration::new(seconds, micros * 1000))
}

/// A whole number, digits only.
pub(super) fn read_whole(text: &[u8]) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    text.iter().try_fold(0_u64, |sum, byte| {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 { None } else { sum.checked_mul(10)?.checked_add(u64::from(digit)) }
    })
}

/// What a number is multiplied with when so many digits, fewer than eight, are put behind it.
pub(super) const TENS: [u64; 8] = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000];

/// The digits at the beginning of the eight bytes at `start`, read all at once, and how many they are; `None` where there are no eight bytes.
///
/// Each step adds neighbours: digits to numbers of two digits, those to numbers of four, those to one of eight. In a loop over digits, whose
/// number differs from cell to cell, the processor guesses wrongly once for each cell.
#[inline]
pub(super) fn next_eight(text: &[u8], start: usize) -> Option<(u64, usize)> {
    let eight = u64::from_le_bytes(*text.get(start..)?.first_chunk()?);
    // A digit is 0x30 to 0x39: the upper half of the byte is 3, and still is when 6 are added. A carry comes from what is no digit, and spoils only what is behind it.
    let each = |byte: u8| u64::from_le_bytes([byte; 8]);
    let others = ((eight & each(0xF0)) ^ each(0x30)) | ((eight.wrapping_add(each(6)) & each(0xF0)) ^ each(0x30));
    let count = (others.trailing_zeros() / 8) as usize;
    // What is no digit falls off at the end, and zeros come in front.
    let digits = eight.checked_shl(64 - 8 * count as u32).unwrap_or(0) & each(0x0F);
    let pairs = (digits.wrapping_mul(10 * 256 + 1) >> 8) & 0x00FF_00FF_00FF_00FF;
    let fours = (pairs.wrapping_mul(100 * 65_536 + 1) >> 16) & 0x0000_FFFF_0000_FFFF;
    Some((fours.wrapping_mul(10_000 * 4_294_967_296 + 1) >> 32, count))
}

/// A number of bytes. Programs that know no empty whole numbers (pandas) write columns with gaps back as `40345600.0`.
pub(super) fn read_bytes(text: &[u8]) -> Option<u64> {
    read_whole(text).or_else(|| {
        let value: f64 = std::str::from_utf8(text).ok()?.parse().ok()?;
        (value.is_finite() && (0.0..=9.0e18).contains(&value)).then(|| value.round() as u64)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(push: impl Fn(&mut Vec<u8>)) -> String {
        let mut text = Vec::new();
        push(&mut text);
        String::from_utf8(text).unwrap()
    }

    proptest! {
        #[test]
        fn numbers_come_back(value: u64) {
            let text = written(|to| push_whole(value, to));
            prop_assert_eq!(&text, &value.to_string());
            prop_assert_eq!(read_bytes(text.as_bytes()), Some(value));
        }

        #[test]
        fn eight_digits_at_once_are_what_they_are_one_by_one(before in "[ -~]{0,3}", text in "[0-9]{0,9}.{0,9}") {
            let all = format!("{before}{text}");
            let bytes = text.as_bytes();
            let count = bytes.iter().take(8).take_while(|byte| byte.is_ascii_digit()).count();
            let expected = (bytes.len() >= 8).then(|| (read_whole(&bytes[..count]).unwrap_or(0), count));
            prop_assert_eq!(next_eight(all.as_bytes(), before.len()), expected);
        }

        #[test]
        fn elapsed_comes_back_in_microseconds(micros in 0..u64::MAX / 1000) {
            let elapsed = Duration::from_micros(micros);
            let text = written(|to| push_elapsed(elapsed, to));
            prop_assert_eq!(read_elapsed(text.as_bytes()), Some(elapsed));
        }

        #[test]
        fn moments_are_spelled_as_chrono_spells_them(millis in -62_167_219_200_000_i64..253_402_300_800_000) {
            let time = DateTime::from_timestamp_millis(millis).unwrap();
            let text = written(|to| push_time(time, to));
            prop_assert_eq!(&text, &time.to_rfc3339_opts(chrono::SecondsFormat::Millis, true));
            prop_assert_eq!(read_time(&text), Some(time));
        }
    }

    #[test]
    fn other_numbers_of_decimals_are_read_too() {
        for (text, micros) in [("3", 3_000_000), ("0.5", 500_000), ("1.", 1_000_000), ("0.1234569", 123_456)] {
            assert_eq!(read_elapsed(text.as_bytes()), Some(Duration::from_micros(micros)), "{text}");
        }
        for text in ["", ".5", "-1", "1e3", "nan", "1.2.3", "1.2x", "9999999999999999"] {
            assert_eq!(read_elapsed(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn what_other_programs_make_of_a_moment_is_read() {
        let time = read_time("2026-11-23T10:17:22.105Z");
        assert!(time.is_some());
        for text in [
            "2026-11-23 10:17:22.105000+00:00",
            "2026-11-23 10:17:22.105+00",
            "2026-11-23 11:17:22.105+0100",
            "2026-11-23T10:17:22.105",
            "2026-11-23 10:17:22.105",
        ] {
            assert_eq!(read_time(text), time, "{text}");
        }
        for text in ["yesterday", "+12345-01-01 00:00:00", "-0001-01-01 00:00:00", "0000-01-01T00:30:00+01:00"] {
            assert_eq!(read_time(text), None, "{text}");
        }
    }

    #[test]
    fn a_leap_second_is_the_sixtieth() {
        let time = read_time("2016-12-31T23:59:60.250Z").unwrap();
        assert_eq!(written(|to| push_time(time, to)), "2016-12-31T23:59:60.250Z");
    }

    #[test]
    fn bytes_may_have_become_floats() {
        assert_eq!(read_bytes(b"40345600.0"), Some(40_345_600));
        for text in ["", "-1", "NaN", "inf", "1e30", "12 KB"] {
            assert_eq!(read_bytes(text.as_bytes()), None, "{text}");
        }
    }
}
