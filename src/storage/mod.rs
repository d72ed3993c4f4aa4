//! How samples and events become bytes in files, and come back. The only room that knows the columns and the csv crate; what is done
//! with what was read, and when something is written, it does not know. The format is described in `docs/FORMAT.md`.
//!
//! Writing: [`create`](create()) opens both files, a [`Writer`] puts one tick into each with one write. Reading: a [`Recording`] is opened by
//! its path and streamed as often as needed. [`list`] and [`resolve`] find recordings in a folder.

#![forbid(unsafe_code)]

mod catalog;
mod columns;
mod create;
mod durable;
mod encode;
mod events;
pub mod fake;
mod functions;
mod lines;
mod mprof;
mod numbers;
mod outlet;
mod paths;
mod reader;
mod recording;
mod removal;
mod room;
mod rows;
mod seen;
mod tally;
mod thin;
mod ticks;
mod writer;

pub use catalog::{CatalogError, Entry, is_running, list, resolve};
pub use create::{CreateError, Created, Mode, OutputFile, Pending, create, create_unused};
pub use events::{EventsRead, encode_event, read_events};
pub use functions::{Calls, read_calls};
pub use mprof::{MprofRead, read_mprof};
pub use outlet::{Output, Part, Place, Report, Stored};
pub use paths::sidecar_of;
pub use reader::read_samples;
pub use recording::{Kind, ReadError, Recording, Sidecar, SidecarState};
pub use removal::{Removable, RemoveError, left_behind};
pub use tally::{Fault, Skipped, Tally, Why};
pub use writer::Writer;
