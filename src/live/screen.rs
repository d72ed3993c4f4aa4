//! The sequences that put a picture into the last rows of a screen, and take it away.
//!
//! The rows above are made the part that scrolls (DECSTBM), so that whatever else is written to the terminal scrolls by there, as under apt's bar of
//! progress. Each text is one write, begins where the cursor is and leaves it there (DECSC, DECRC), with its colours. There is no line feed and no tab
//! in it, of which the kernel would make something else. All of it is understood by every terminal that is in use, the Linux console included.

use crate::launch::Cells;

const SAVE: &str = "\x1b7";
const RESTORE: &str = "\x1b8";
const WHOLE_SCREEN_SCROLLS: &str = "\x1b[r";
const CLEAR_TO_THE_END: &str = "\x1b[J";
const PLAIN: &str = "\x1b[m";

/// The part of the screen that a picture has: so many rows, of a screen of that size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) screen: Cells,
    pub(super) rows: u16,
}

impl Part {
    fn first_row(self) -> u16 {
        self.screen.rows - self.rows + 1
    }

    /// Makes room: the cursor stands above these rows from then on, and so does all that stood in them. What was there scrolls up only as far as it must.
    pub(super) fn make_room(self) -> String {
        // Down by so many lines, which scrolls at the end of the screen, and up again. A vertical tab goes down without going to the left.
        format!("{}\x1b[{}A", "\x0b".repeat(self.rows.into()), self.rows)
    }

    /// Shows `lines`, in room that was made. The rows above are told again to scroll alone: a program may have told the terminal otherwise.
    pub(super) fn draw(self, lines: &[String]) -> String {
        let mut text = format!("{SAVE}{PLAIN}\x1b[1;{}r", self.first_row() - 1);
        let nothing = String::new();
        for (row, line) in (self.first_row()..=self.screen.rows).zip(lines.iter().chain(std::iter::repeat(&nothing))) {
            text.push_str(&format!("\x1b[{row};1H\x1b[K{line}"));
        }
        text + RESTORE
    }

    /// Takes it away.
    pub(super) fn clear(self) -> String {
        format!("{SAVE}{PLAIN}{WHOLE_SCREEN_SCROLLS}\x1b[{};1H{CLEAR_TO_THE_END}{RESTORE}", self.first_row())
    }

    /// Lets the whole screen scroll, and leaves alone what is on it: it is a program's that has the whole screen.
    pub(super) fn leave(self) -> String {
        format!("{SAVE}{WHOLE_SCREEN_SCROLLS}{RESTORE}")
    }

    /// Takes it away from a screen that has become another size. Where its rows are now, nobody knows, but they are below the cursor.
    pub(super) fn clear_after_resize() -> String {
        format!("{SAVE}{PLAIN}{WHOLE_SCREEN_SCROLLS}{RESTORE}{SAVE}{PLAIN}{CLEAR_TO_THE_END}{RESTORE}")
    }
}
