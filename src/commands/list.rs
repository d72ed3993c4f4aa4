//! `memrec list`.

use super::{Failure, talk::print};
use crate::exit::Outcome;
use crate::model::shown;
use crate::storage;
use std::path::Path;

pub(super) fn list() -> Result<Outcome, Failure> {
    let entries = storage::list(Path::new("")).map_err(|error| Failure::new(Outcome::Failed, error))?;
    let name = |entry: &storage::Entry| shown(&entry.path);
    let widest = entries.iter().map(|entry| name(entry).chars().count()).max().unwrap_or(0);
    let places = entries.len().saturating_sub(1).to_string().len();
    for (place, entry) in entries.iter().enumerate() {
        let started = entry.started.format("%Y-%m-%d %H:%M:%S UTC");
        let running = if storage::is_running(&entry.path) { "  running" } else { "" };
        print(format_args!("{place:places$} {:widest$} {started}{running}", name(entry)))?;
    }
    Ok(Outcome::Done)
}
