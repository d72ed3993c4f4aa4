//! What was sent and what came back, second by second.

use crate::client::Answer;
use std::fs::File;
use std::io::{self, Write};
use std::ops::Sub;
use std::path::Path;
use std::time::{Duration, Instant};

/// Numbers of requests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) sent: u64,
    pub(crate) counted: u64,
    pub(crate) refused: u64,
    pub(crate) errors: u64,
}

impl Tally {
    pub(crate) fn add(&mut self, answer: Answer) {
        match answer {
            Answer::Counted => self.counted += 1,
            Answer::Refused => self.refused += 1,
            Answer::Wrong => self.errors += 1,
        }
    }
}

impl Sub for Tally {
    type Output = Self;

    fn sub(self, before: Self) -> Self {
        Self {
            sent: self.sent - before.sent,
            counted: self.counted - before.counted,
            refused: self.refused - before.refused,
            errors: self.errors - before.errors,
        }
    }
}

/// Tells what each second has brought, on stdout and in a CSV file.
pub(crate) struct Teller {
    began: Instant,
    sheet: Option<File>,
    quiet: bool,
    told: Tally,
}

impl Teller {
    pub(crate) fn new(sheet: Option<&Path>, quiet: bool) -> io::Result<Self> {
        let sheet = sheet.map(File::create).transpose()?;
        if let Some(mut sheet) = sheet.as_ref() {
            writeln!(sheet, "elapsed_s,phase,sent,status_200,status_422,errors")?;
        }
        Ok(Self { began: Instant::now(), sheet, quiet, told: Tally::default() })
    }

    /// A phase begins: its numbers count from 0. The line is one that `memrec run --mark-log FILE --mark-regex '^phase (\S+)'` finds.
    pub(crate) fn begin(&mut self, label: &str, what: &str) {
        self.told = Tally::default();
        println!("phase {label}: {what}");
    }

    /// So much there has been in this phase by now.
    pub(crate) fn second(&mut self, label: &str, by_now: Tally) -> io::Result<()> {
        let new = by_now - self.told;
        self.told = by_now;
        let elapsed = self.began.elapsed().as_secs_f64();
        if !self.quiet {
            let Tally { sent, counted, refused, errors } = new;
            println!("{elapsed:7.1} s  {label}  sent {sent}  200 {counted}  422 {refused}  errors {errors}");
        }
        if let Some(mut sheet) = self.sheet.as_ref() {
            let quoted = format!("\"{}\"", label.replace('"', "\"\""));
            let label = if label.contains([',', '"', '\n', '\r']) { &quoted } else { label };
            let Tally { sent, counted, refused, errors } = new;
            writeln!(sheet, "{elapsed:.3},{label},{sent},{counted},{refused},{errors}")?;
        }
        Ok(())
    }

    /// A phase has ended.
    pub(crate) fn end(&self, label: &str, all: Tally, took: Duration) {
        let Tally { sent, counted, refused, errors } = all;
        let took = took.as_secs_f64();
        println!("{label}: {sent} sent, 200 to {counted}, 422 to {refused}, {errors} errors, in {took:.1} s");
    }
}
