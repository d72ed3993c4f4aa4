//! What both controls are asked for.

use super::{Amount, Kind, Progress, Requests, text_called};
use std::num::NonZeroU32;

/// Which requests, how many, and what the service makes of them.
#[derive(Debug, clap::Args)]
pub(crate) struct Asked {
    /// Kind of requests
    #[arg(value_enum, default_value_t = Kind::Mixed)]
    kind: Kind,
    /// How much of it: 400 requests, or a time such as 60s
    #[arg(long, default_value = "1000")]
    amount: Amount,
    /// What texts are made of: english, french, german, or a text of your own
    #[arg(long, default_value = "english")]
    text: String,
    /// Refuse texts of more characters
    #[arg(long, value_name = "CHARACTERS", default_value = "50000")]
    limit: NonZeroU32,
}

impl Asked {
    pub(crate) fn limit(&self) -> usize {
        self.limit.get() as usize
    }

    pub(crate) fn requests(&self) -> Requests {
        Requests::new(self.kind, text_called(&self.text), self.limit(), 1)
    }

    pub(crate) fn progress(&self) -> Progress {
        Progress::new(self.amount)
    }
}
