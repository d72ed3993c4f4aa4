//! Time, as the recorder needs it.

use chrono::{DateTime, Utc};
use std::time::Duration;

/// Where the recorder takes the time from. Tests have one of their own.
pub trait Clock {
    /// Monotonic time since whenever: it never jumps, and stands still while the machine is suspended.
    fn now(&self) -> Duration;
    /// The wall clock, which is only written down.
    fn wall(&self) -> DateTime<Utc>;
    /// For how long the machine has been suspended since whenever.
    fn suspended(&self) -> Duration;
}

/// The operating system's clocks.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Duration {
        read(nix::time::ClockId::CLOCK_MONOTONIC)
    }

    fn wall(&self) -> DateTime<Utc> {
        Utc::now()
    }

    /// CLOCK_BOOTTIME goes on in suspend, CLOCK_MONOTONIC does not (clock_gettime(2)).
    fn suspended(&self) -> Duration {
        read(nix::time::ClockId::CLOCK_BOOTTIME).saturating_sub(self.now())
    }
}

fn read(clock: nix::time::ClockId) -> Duration {
    // Both clocks are always there.
    nix::time::clock_gettime(clock).map_or(Duration::ZERO, Duration::from)
}
