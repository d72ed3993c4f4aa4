//! A part of a recording: from one moment to another.

use crate::model::{clock_span, parse_seconds};
use std::str::FromStr;
use std::time::Duration;

/// From where to where, in seconds of the recording; negative counts from its end. An end left out is the recording's own.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Window {
    /// Its beginning.
    pub from: Option<f64>,
    /// Its end.
    pub to: Option<f64>,
}

/// A window with nothing of the recording in it.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum WindowError {
    /// It lies before or behind the recording.
    #[error("window {window}: outside of the recording, which goes from {first} to {last}; give a part of it")]
    Outside {
        /// As it was given.
        window: String,
        /// First moment of the recording.
        first: String,
        /// Last moment of the recording.
        last: String,
    },
    /// It ends before it begins.
    #[error("window {0}: it ends before it begins; give the earlier moment first")]
    Backwards(String),
}

/// What was given as a window and is none.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("'{0}' is not a window; write it like 60,120 or 5min,10min or -30s, (the last 30 s), the earlier moment first")]
pub struct ParseWindowError(String);

impl Window {
    /// The moments of a recording with these first and last ticks that the window means, cut to the recording.
    ///
    /// # Errors
    /// If nothing of the recording lies in it.
    pub fn resolve(&self, first: Duration, last: Duration) -> Result<(Duration, Duration), WindowError> {
        let place = |seconds: f64| if seconds.is_sign_negative() { last.as_secs_f64() + seconds } else { seconds };
        let from = self.from.map_or(0.0, place);
        let to = self.to.map_or(last.as_secs_f64(), place);
        if self.from.is_some() && self.to.is_some() && from >= to {
            return Err(WindowError::Backwards(self.to_string()));
        }
        if from > last.as_secs_f64() || to < first.as_secs_f64() {
            return Err(WindowError::Outside {
                window: self.to_string(),
                first: clock_span(first),
                last: clock_span(last),
            });
        }
        let moment = |seconds: f64| Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(last).min(last);
        Ok((moment(from), moment(to)))
    }
}

impl std::fmt::Display for Window {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let side = |seconds: Option<f64>| seconds.map_or(String::new(), |seconds| seconds.to_string());
        write!(f, "{},{}", side(self.from), side(self.to))
    }
}

impl FromStr for Window {
    type Err = ParseWindowError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || ParseWindowError(crate::model::printable(text));
        let (from, to) = text.split_once(',').ok_or_else(wrong)?;
        let side = |part: &str| match part.trim() {
            "" => Ok(None),
            part => parse_seconds(part).map(Some).map_err(|_| wrong()),
        };
        let window = Self { from: side(from)?, to: side(to)? };
        // Where both count from the same end, their order is known without a recording.
        if let (Some(from), Some(to)) = (window.from, window.to)
            && from.is_sign_negative() == to.is_sign_negative()
            && from >= to
        {
            return Err(wrong());
        }
        if window == Self::default() { Err(wrong()) } else { Ok(window) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(window: &str, last: u64) -> Result<(f64, f64), String> {
        let window: Window = window.parse().unwrap();
        window
            .resolve(Duration::from_millis(5), Duration::from_secs(last))
            .map(|(from, to)| (from.as_secs_f64(), to.as_secs_f64()))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_window_counts_from_the_beginning_or_from_the_end() {
        assert_eq!(resolved("60,120", 600), Ok((60.0, 120.0)));
        assert_eq!(resolved("-30s,", 600), Ok((570.0, 600.0)));
        assert_eq!(resolved("-2min,-1min", 600), Ok((480.0, 540.0)));
        assert_eq!(resolved(",1min", 600), Ok((0.0, 60.0)));
    }

    #[test]
    fn a_window_is_cut_to_the_recording() {
        assert_eq!(resolved("-1h,9999", 600), Ok((0.0, 600.0)));
    }

    #[test]
    fn a_window_outside_says_where_the_recording_is() {
        let told = "window 700,800: outside of the recording, which goes from 0.01 s to 10:00; give a part of it";
        assert_eq!(resolved("700,800", 600), Err(told.to_owned()));
        assert!(resolved("500,-200", 600).unwrap_err().contains("ends before it begins"));
    }

    #[test]
    fn what_is_no_window_is_refused() {
        for text in ["", ",", "5", "a,b", "1,2,3", "20,10", "-10,-20", "5,5"] {
            assert!(text.parse::<Window>().is_err(), "{text}");
        }
    }
}
