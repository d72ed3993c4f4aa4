//! How much: so many requests, or so long.

use memrec::model::parse_span;
use std::str::FromStr;
use std::time::{Duration, Instant};

/// When it is enough.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Amount {
    /// After so many.
    Requests(u64),
    /// After so long.
    Time(Duration),
}

impl FromStr for Amount {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse() {
            Ok(requests) => Ok(Self::Requests(requests)),
            Err(_) => parse_span(text)
                .map(Self::Time)
                .map_err(|_| format!("'{text}' is no amount; write 400 for requests, 60s or 5min for a time")),
        }
    }
}

/// How far it has come.
#[derive(Debug)]
pub(crate) struct Progress {
    amount: Amount,
    began: Instant,
    begun: u64,
}

impl Progress {
    pub(crate) fn new(amount: Amount) -> Self {
        Self { amount, began: Instant::now(), begun: 0 }
    }

    /// Whether there is to be one more, which counts as begun then.
    pub(crate) fn next(&mut self) -> bool {
        let more = match self.amount {
            Amount::Requests(all) => self.begun < all,
            Amount::Time(time) => self.began.elapsed() < time,
        };
        self.begun += u64::from(more);
        more
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }
}
