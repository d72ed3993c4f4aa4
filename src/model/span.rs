//! Durations, as people write and read them.

use std::time::Duration;

/// What was given as a duration and is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a duration; write it like 250ms, 10s, 5min, 2h, or a number of seconds")]
pub struct ParseSpanError(String);

/// Reads `250ms`, `10s`, `5min`, `2h`, `1d` or a bare number of seconds. No sign: a duration is not negative.
pub fn parse_span(text: &str) -> Result<Duration, ParseSpanError> {
    let wrong = || ParseSpanError(super::printable(text));
    if text.trim_start().starts_with(['-', '+']) {
        return Err(wrong());
    }
    Duration::try_from_secs_f64(parse_seconds(text)?).map_err(|_| wrong())
}

/// Seconds from the same spellings, with a sign: a place in a recording, where negative counts from its end.
pub fn parse_seconds(text: &str) -> Result<f64, ParseSpanError> {
    let wrong = || ParseSpanError(super::printable(text));
    let trimmed = text.trim();
    let (sign, unsigned) = match trimmed.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, trimmed),
    };
    let digits = unsigned.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(unsigned.len());
    let (number, unit) = unsigned.split_at(digits);
    let factor = match unit.trim_start() {
        "us" | "µs" => 1e-6,
        "ms" => 1e-3,
        "" | "s" | "sec" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        "d" => 86400.0,
        _ => return Err(wrong()),
    };
    let value: f64 = number.parse().map_err(|_| wrong())?;
    Ok(sign * value * factor)
}

/// A duration in one glance: `250 ms`, `3.2 s`, `6:48 min`, `2:05 h`, `3 d 4 h`.
pub fn short_span(span: Duration) -> String {
    let seconds = span.as_secs_f64();
    let whole = seconds.round() as u64;
    match seconds {
        s if s < 0.0005 => "0 s".to_owned(),
        s if s < 0.9995 => format!("{} ms", (s * 1000.0).round()),
        s if s < 9.95 => format!("{s:.1} s").replace(".0 s", " s"),
        s if s < 59.5 => format!("{whole} s"),
        s if s < 3599.5 => format!("{}:{:02} min", whole / 60, whole % 60),
        s if s < 86_370.0 => format!("{}:{:02} h", (whole + 30) / 3600, (whole + 30) % 3600 / 60),
        _ => format!("{} d {} h", (whole + 1800) / 86_400, (whole + 1800) % 86_400 / 3600),
    }
}

/// A moment of a recording as a stopwatch shows it: `3.25 s`, `6:48`, `2:05:10`.
pub fn clock_span(span: Duration) -> String {
    let whole = span.as_secs_f64().round() as u64;
    match span.as_secs_f64() {
        s if s < 59.995 => format!("{s:.2} s"),
        s if s < 3599.5 => format!("{}:{:02}", whole / 60, whole % 60),
        _ => format!("{}:{:02}:{:02}", whole / 3600, whole % 3600 / 60, whole % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_with_their_unit_or_as_seconds() {
        for (text, millis) in
            [("250ms", 250), ("10s", 10_000), ("5min", 300_000), ("2h", 7_200_000), ("1.5", 1500), ("1d", 86_400_000)]
        {
            assert_eq!(parse_span(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        for text in ["", "abc", "-1", "-5s", "+3", "1e3", "10 parsecs", "s", ".", "NaN", "99999999999999999999999d"] {
            assert!(parse_span(text).is_err(), "{text}");
        }
    }

    #[test]
    fn places_may_be_negative() {
        assert_eq!(parse_seconds("-10s"), Ok(-10.0));
        assert_eq!(parse_seconds("2min"), Ok(120.0));
        assert!(parse_seconds("--1").is_err());
    }

    #[test]
    fn durations_print_in_one_glance() {
        let cases = [
            (0, "0 s"),
            (100, "100 ms"),
            (1000, "1 s"),
            (3240, "3.2 s"),
            (59_400, "59 s"),
            (60_000, "1:00 min"),
            (408_000, "6:48 min"),
            (7_500_000, "2:05 h"),
            (3_599_600, "1:00 h"),
            (273_600_000, "3 d 4 h"),
        ];
        for (millis, printed) in cases {
            assert_eq!(short_span(Duration::from_millis(millis)), printed);
        }
        assert_eq!(clock_span(Duration::from_millis(3250)), "3.25 s");
        assert_eq!(clock_span(Duration::from_secs(7510)), "2:05:10");
    }
}
