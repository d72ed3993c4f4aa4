//! The recording loop: when the next look is due, who is in the tree, and what happened since the last one.
//!
//! It knows neither files nor the terminal: every tick is handed to the caller. Nor does it know how a command is started: it works upon a
//! [`Target`], which is a launched command, processes that were there already, or a test's script.

mod aside;
mod attached;
mod clock;
mod journal;
mod recorder;
mod schedule;
mod target;
mod tree;

pub use aside::{Aside, Said};
pub use attached::Attached;
pub use clock::{Clock, SystemClock};
pub use recorder::{Ending, Options, Tick, TickSink, Until, Why, record};
pub use schedule::Schedule;
pub use target::{AtEnd, Target};
pub use tree::Tree;
