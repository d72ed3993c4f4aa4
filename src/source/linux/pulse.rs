//! Whether anything was started since the last look: then, and only then, the tree has to be walked.
//!
//! The last number in `/proc/loadavg` is the newest pid of the namespace and moves with every process and thread that is made, anywhere on the
//! machine. On a machine where nothing is started, a look is one small read for it and one for each process.

use super::files::Buffer;
use super::parse;
use std::fs::File;
use std::time::Duration;

/// A pid is handed out shortly before its process can be seen, so the walk is repeated for that long.
const UNTIL_VISIBLE: Duration = Duration::from_millis(20);

/// A process can be given a pid of choice (`set_tid`, as a restored checkpoint has) without moving the number.
const LONGEST_BETWEEN_WALKS: Duration = Duration::from_secs(1);

/// Where the kernel tells of every process by itself, it is walked for the case that it had no memory to tell with.
const LONGEST_WITH_EVENTS: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub(super) struct Pulse {
    loadavg: Option<File>,
    /// Whether events tell of whatever is started.
    events: bool,
    newest: Option<u64>,
    /// The next look walks the tree, though nothing more was started.
    again: bool,
    moved: Duration,
    walked: Option<Duration>,
    /// How long after it moved there may be more to see.
    settles_in: Duration,
    longest_between: Duration,
}

impl Pulse {
    pub(super) fn new(loadavg: Option<File>, events: bool) -> Self {
        Self { events, ..Self::settling(loadavg, UNTIL_VISIBLE, LONGEST_BETWEEN_WALKS) }
    }

    /// For those to whom what was started matters for longer.
    pub(super) fn settling(loadavg: Option<File>, settles_in: Duration, longest_between: Duration) -> Self {
        Self {
            loadavg,
            events: false,
            newest: None,
            again: true,
            moved: Duration::ZERO,
            walked: None,
            settles_in,
            longest_between,
        }
    }

    /// Asks for a walk at the next look: something was seen that may have left children behind.
    pub(super) fn walk_again(&mut self) {
        self.again = true;
    }

    /// Whether the tree must be walked in the look at `now`.
    pub(super) fn walk_due(&mut self, now: Duration, buffer: &mut Buffer) -> bool {
        if self.events {
            let again = std::mem::take(&mut self.again);
            let long_ago = self.walked.is_none_or(|walked| now.saturating_sub(walked) >= LONGEST_WITH_EVENTS);
            if again || long_ago {
                self.walked = Some(now);
            }
            return again || long_ago;
        }
        let newest = self.read(buffer);
        let moved = newest.is_none() || newest != self.newest;
        let again = std::mem::replace(&mut self.again, moved);
        if moved {
            self.newest = newest;
            self.moved = now;
        }
        let fresh = now.saturating_sub(self.moved) <= self.settles_in;
        let long_ago = self.walked.is_none_or(|walked| now.saturating_sub(walked) >= self.longest_between);
        let due = moved || again || fresh || long_ago;
        if due {
            self.walked = Some(now);
        }
        due
    }

    /// What was started until now is none of what is looked for.
    pub(super) fn pass_over(&mut self, buffer: &mut Buffer) {
        self.newest = self.read(buffer);
    }

    fn read(&self, buffer: &mut Buffer) -> Option<u64> {
        self.loadavg.as_ref().and_then(|file| parse::newest_pid(buffer.read_once(file).ok()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn at(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn the_tree_is_walked_when_something_was_started_and_once_more_and_once_a_second() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("loadavg");
        let newest = |pid: u32| {
            std::fs::File::create(&path).unwrap().write_all(format!("0.20 0.18 0.12 1/80 {pid}\n").as_bytes()).unwrap();
        };
        newest(100);
        let mut pulse = Pulse::new(Some(File::open(&path).unwrap()), false);
        let mut buffer = Buffer::new();
        let mut due = |now| pulse.walk_due(at(now), &mut buffer);
        assert!(due(0), "the first look walks");
        assert!(due(100), "once more: the process may not have been visible yet");
        assert!(!due(200));
        newest(101);
        assert!(due(300));
        assert!(due(400));
        assert!(!due(500));
        assert!(due(1400), "a second after the last walk");
        newest(102);
        assert!(due(1500));
        assert!(due(1501) && due(1510), "a fast look repeats the walk until what was started is visible");
        assert!(!due(1521));
    }

    #[test]
    fn with_events_it_is_walked_when_asked_for_and_seldom_else() {
        let mut pulse = Pulse::new(None, true);
        let mut buffer = Buffer::new();
        assert!(pulse.walk_due(at(0), &mut buffer), "the first look walks");
        assert!(!pulse.walk_due(at(100), &mut buffer));
        pulse.walk_again();
        assert!(pulse.walk_due(at(200), &mut buffer));
        assert!(!pulse.walk_due(at(300), &mut buffer));
        assert!(pulse.walk_due(at(10_200), &mut buffer));
    }

    #[test]
    fn where_the_newest_pid_cannot_be_read_every_look_walks() {
        let mut pulse = Pulse::new(None, false);
        let mut buffer = Buffer::new();
        assert!((0..10).all(|tick| pulse.walk_due(at(tick * 100), &mut buffer)));
    }
}
