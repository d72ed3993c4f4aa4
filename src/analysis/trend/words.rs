//! Why a series was judged as it was, in a few words.

use super::judge::{Before, Part};
use super::{Rate, Verdict};
use crate::model::{Bytes, short_span};
use std::time::Duration;

/// What there is to tell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Story {
    /// A start, and no course.
    TooShort { ticks: u64, length: Duration, enough: Duration },
    /// Nothing was measured for most of the time.
    TooFull { length: Duration },
    /// It became another course, and has not been that for long.
    Late { since: Duration, left: Duration },
    /// It grows or falls ever more slowly, and not for long enough yet.
    Slowing { part: Part },
    /// A part of this length, and what came before it.
    Told { part: Part, length: Duration, before: Option<Before>, verdict: Verdict },
}

pub(super) fn reason(story: &Story) -> String {
    match story {
        Story::TooShort { ticks, length, enough } if *length < *enough => {
            let ticks = if *ticks == 1 { "1 tick".to_owned() } else { format!("{ticks} ticks") };
            format!("{ticks} in {} are too few to tell; record {} at least", short_span(*length), short_span(*enough))
        }
        Story::TooShort { length, .. } | Story::TooFull { length } => {
            format!("too little of the {} was measured to tell", short_span(*length))
        }
        Story::Late { since, left } => {
            format!(
                "took another course after {}, and the {} since are too few to tell",
                short_span(*since),
                short_span(*left)
            )
        }
        Story::Slowing { part } if part.rate.bytes_per_s > 0.0 => {
            "grows ever more slowly: it may come to rest, or not".to_owned()
        }
        Story::Slowing { .. } => "falls ever more slowly: it may come to rest, or not".to_owned(),
        Story::Told { part, length, before, verdict } => {
            let per = Per::over(part.seconds);
            let before = before.map(|before| format!("{} in the first {}, ", moved(before.rise), span(before.until)));
            let told = match (verdict, &before) {
                (Verdict::Level, Some(_)) => "level since".to_owned(),
                (Verdict::Level, None) => format!("level at {} for {}", size(part.level), short_span(*length)),
                (Verdict::Growing, Some(_)) => format!("and grows by {} since", per.with_bounds(&part.rate, 1.0)),
                (Verdict::Growing, None) => format!("grows by {}", per.with_bounds(&part.rate, 1.0)),
                (Verdict::Falling, Some(_)) => format!("and falls by {} since", per.with_bounds(&part.rate, -1.0)),
                (Verdict::Falling, None) => format!("falls by {}", per.with_bounds(&part.rate, -1.0)),
                (Verdict::Unclear, _) => {
                    format!("somewhere between {}: too uncertain to tell", per.bounds(&part.rate))
                }
            };
            before.unwrap_or_default() + &told
        }
    }
}

/// `+1.20 MiB/h`: in the unit of time in which there is something to see.
pub fn per_time(bytes_per_s: f64) -> String {
    let size = bytes_per_s.abs();
    let (factor, unit) = match size {
        _ if size >= 1024.0 * 1024.0 => (1.0, "s"),
        _ if size * 60.0 >= 1024.0 * 1024.0 => (60.0, "min"),
        _ if size * 3600.0 >= 10_240.0 => (3600.0, "h"),
        _ => (86_400.0, "d"),
    };
    let bytes = (size * factor).round();
    // A float beyond the whole numbers is told as the largest.
    let sign = if bytes == 0.0 {
        ""
    } else if bytes_per_s < 0.0 {
        "-"
    } else {
        "+"
    };
    format!("{sign}{}/{unit}", Bytes(bytes as u64))
}

fn moved(rise: f64) -> String {
    match rise < 0.0 {
        true => format!("fell {}", size(-rise)),
        false => format!("grew {}", size(rise)),
    }
}

fn size(bytes: f64) -> String {
    // Saturates, as it should.
    Bytes(bytes.round() as u64).to_string()
}

fn span(seconds: f64) -> String {
    short_span(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
}

/// A time that rates are told for: one that the judged part has several of, or nearly.
struct Per {
    seconds: f64,
    words: &'static str,
}

impl Per {
    fn over(seconds: f64) -> Self {
        match seconds {
            s if s < 60.0 => Self { seconds: 1.0, words: "a second" },
            s if s < 3000.0 => Self { seconds: 60.0, words: "a minute" },
            s if s < 172_800.0 => Self { seconds: 3600.0, words: "an hour" },
            _ => Self { seconds: 86_400.0, words: "a day" },
        }
    }

    fn with_bounds(&self, rate: &Rate, sign: f64) -> String {
        let of = |bytes_per_s: f64| size(bytes_per_s * sign * self.seconds);
        let (least, most) = if sign > 0.0 { (rate.low, rate.high) } else { (rate.high, rate.low) };
        format!("{} {} ({} to {})", of(rate.bytes_per_s), self.words, of(least), of(most))
    }

    fn bounds(&self, rate: &Rate) -> String {
        let of = |bytes_per_s: f64| {
            let bytes = bytes_per_s * self.seconds;
            format!("{}{}", if bytes < 0.0 { "-" } else { "+" }, size(bytes.abs()))
        };
        format!("{} and {} {}", of(rate.low), of(rate.high), self.words)
    }
}
