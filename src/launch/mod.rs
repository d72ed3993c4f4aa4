//! Starting the command so that it notices nothing, passing on what is sent to it, and asking how it ended.
//!
//! This room knows signals, masks and wait statuses. It must not know what is recorded, nor when.

mod alerts;
mod disposition;
mod ending;
mod held;
mod inherited;
mod interrupts;
mod launched;
mod signals;
mod stops;
mod streams;
mod terminal;
mod timers;

pub use alerts::{Alerted, Bell, Ring};
pub use disposition::{ignore_what_was_ignored, outlive_full_files, writing_from_the_background};
pub use ending::{die_by, kill_group};
pub use held::{HeldBack, take_no_signals};
pub use interrupts::Interrupts;
pub use launched::{Happened, Lasting, Launched, Reaped, Reaper, StartError};
pub use signals::wait_to_read;
pub use stops::Curtain;
pub use terminal::{Cells, Keys, Terminal, size_of_stdout};
