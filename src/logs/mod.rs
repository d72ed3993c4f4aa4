//! Which lines have come into files since: log files, as they grow, are rotated, emptied, go and come back.
//!
//! A thread reads them ([`Logs`]); whoever keeps the time takes from it what it has found out, and never waits for it. What a line is asked
//! (whether it counts, what label it gives) it is handed as functions: regular expressions this room does not know, nor recordings.
//!
//! Files are looked at several times a second rather than watched: that costs next to nothing, and holds for network file systems too.

mod following;
mod lines;
mod reader;
mod tail;

pub use following::{Counts, Label, NotReadable, Opened, Questions, Watched};
pub use reader::{Heard, Logs};
