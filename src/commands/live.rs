//! What is shown in the terminal while it is recorded, where that was asked for.

use super::talk::tell;
use crate::cli::{OnScreen, Recording, Talk};
use crate::launch::{HeldBack, Terminal};
use crate::live::{Live, Options, Share};
use crate::model::{printable, reason};
use crate::plot::Style;
use std::io;

/// Of a command that has been started, and writes to the same terminal: its stderr is memrec's.
pub(super) fn of_a_command(recording: &Recording, title: &str) -> Option<Live> {
    begin(recording, printable(title), Share::Bar, || Ok(None))
}

/// Of processes that run elsewhere. To be called while there is no other thread: the terminal's keys are held back from here on.
pub(super) fn of_others(recording: &Recording) -> Option<Live> {
    begin(recording, String::new(), Share::Most, || HeldBack::keys().map(Some))
}

fn begin(
    recording: &Recording,
    title: String,
    share: Share,
    held: impl FnOnce() -> io::Result<Option<HeldBack>>,
) -> Option<Live> {
    if recording.on_screen == OnScreen::Lines {
        return None;
    }
    let aside = |why: &str| {
        // Whoever has asked for it waits for it; a script that always does so says -q.
        if recording.talk == Talk::Normal {
            tell(format_args!("--live shows nothing: {why}"));
        }
    };
    let variable = |name: &str| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned());
    let Some(terminal) = Terminal::at_stderr() else {
        aside("stderr is no terminal");
        return None;
    };
    if variable("TERM").is_none_or(|term| term.is_empty() || term == "dumb") {
        aside("TERM names no terminal that has a cursor");
        return None;
    }
    let style = Style::of(true, variable);
    let live = held().and_then(|held| Live::start(terminal, Options { title, style, share, held }));
    live.inspect_err(|error| aside(&reason(error))).ok()
}
