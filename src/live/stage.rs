//! When something is shown, and what is written to the terminal for it. It is told what the terminal is like, and asks nobody.

use super::screen::Part;
use crate::launch::{Cells, Keys};
use std::time::Duration;

/// Between two pictures.
const BETWEEN: Duration = Duration::from_millis(200);
/// So often the terminal is looked at: a program that takes the screen is to have it soon.
const LOOK: Duration = Duration::from_millis(50);
/// And so often while a program has it: what is written when that has ended is not to be written over what is left of a picture.
const LOOK_AFTER: Duration = Duration::from_millis(5);

/// What the terminal is like at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Terminal {
    pub(super) size: Option<Cells>,
    pub(super) keys: Keys,
    /// Nobody else's job is in the foreground.
    pub(super) ours: bool,
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Step {
    /// To be written.
    pub(super) text: String,
    /// Who has taken the screen has drawn on it while a part of it did not scroll, and is to draw anew.
    pub(super) disturbed: bool,
}

/// How much of the screen may be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Share {
    /// A few rows: a command writes to the same terminal.
    Bar,
    /// Nearly all of it.
    Most,
}

impl Share {
    /// Rows of a picture, where the screen has room for one.
    fn of(self, screen: Cells) -> Option<Part> {
        let rows = match (self, screen.rows) {
            _ if screen.columns < 20 => return None,
            (_, ..6) => return None,
            (Self::Most, rows) => (rows - 4).min(30),
            (Self::Bar, 6..12) => 2,
            (Self::Bar, 12..18) => 3,
            (Self::Bar, 18..30) => 6,
            (Self::Bar, 30..48) => 8,
            (Self::Bar, _) => 10,
        };
        Some(Part { screen, rows })
    }

    /// So long the terminal has to be as it should before something is shown: who has ended by then, or has taken the screen, leaves no trace of it.
    fn patience(self) -> Duration {
        match self {
            Self::Bar => Duration::from_millis(500),
            Self::Most => Duration::ZERO,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    /// Nothing; since when the terminal has been as it should.
    Nothing { fit_since: Option<Duration> },
    /// A picture, drawn then.
    Picture(Part, Duration),
    /// It may stand there still, but a program has the whole screen.
    Left(Part),
}

/// What is shown.
#[derive(Debug)]
pub(super) struct Stage {
    share: Share,
    shown: Shown,
}

impl Stage {
    pub(super) fn new(share: Share) -> Self {
        Self { share, shown: Shown::Nothing { fit_since: None } }
    }

    /// When to ask again.
    pub(super) fn look_after(&self) -> Duration {
        if matches!(self.shown, Shown::Left(_)) { LOOK_AFTER } else { LOOK }
    }

    /// What to do now. `now` is of any clock that does not jump; `lines` makes a picture of so many columns and rows.
    pub(super) fn next(
        &mut self,
        now: Duration,
        terminal: Terminal,
        mut lines: impl FnMut(u16, u16) -> Vec<String>,
    ) -> Step {
        let part = terminal.size.and_then(|size| self.share.of(size));
        let fits = terminal.ours && terminal.keys == Keys::Lines;
        // The last column is left alone: a character there would put the cursor nobody quite knows where.
        let mut drawn = |part: Part| part.draw(&lines(part.screen.columns - 1, part.rows));
        let (shown, text) = match (self.shown, part) {
            (Shown::Nothing { fit_since }, Some(part)) if fits => {
                let since = fit_since.unwrap_or(now);
                if now.saturating_sub(since) < self.share.patience() {
                    (Shown::Nothing { fit_since: Some(since) }, None)
                } else {
                    (Shown::Picture(part, now), Some(part.make_room() + &drawn(part)))
                }
            }
            (Shown::Nothing { .. }, _) => (Shown::Nothing { fit_since: None }, None),
            (Shown::Picture(before, _), None) if fits && terminal.size.is_none_or(|size| size != before.screen) => {
                (Shown::Nothing { fit_since: None }, Some(Part::clear_after_resize()))
            }
            (Shown::Picture(before, _) | Shown::Left(before), Some(part)) if fits && part != before => {
                (Shown::Picture(part, now), Some(Part::clear_after_resize() + &part.make_room() + &drawn(part)))
            }
            (Shown::Picture(_, at), Some(part)) if fits => {
                let due = now.saturating_sub(at) >= BETWEEN;
                (Shown::Picture(part, if due { now } else { at }), due.then(|| drawn(part)))
            }
            // At once: what is written now would be written over what is left of the picture.
            (Shown::Left(_), Some(part)) if fits => (Shown::Picture(part, now), Some(part.make_room() + &drawn(part))),
            (Shown::Picture(part, _), _) if terminal.ours && terminal.keys == Keys::Taken => {
                (Shown::Left(part), Some(part.leave()))
            }
            (Shown::Left(part), _) if terminal.ours && terminal.keys == Keys::Taken => (Shown::Left(part), None),
            _ => return self.clear(terminal),
        };
        let disturbed = matches!((self.shown, shown), (Shown::Picture(..), Shown::Left(_)));
        self.shown = shown;
        Step { text: text.unwrap_or_default(), disturbed }
    }

    /// What to do so that nothing is shown any more.
    pub(super) fn clear(&mut self, terminal: Terminal) -> Step {
        let shown = std::mem::replace(&mut self.shown, Shown::Nothing { fit_since: None });
        let same = |part: Part| terminal.size == Some(part.screen);
        let taken = terminal.ours && terminal.keys == Keys::Taken;
        let text = match shown {
            Shown::Nothing { .. } => String::new(),
            Shown::Picture(part, _) if taken => part.leave(),
            Shown::Picture(part, _) if same(part) => part.clear(),
            Shown::Picture(..) => Part::clear_after_resize(),
            // Its rows may have been written over, and are worth keeping then.
            Shown::Left(part) if terminal.keys == Keys::Lines && same(part) => part.make_room() + &part.clear(),
            Shown::Left(_) => String::new(),
        };
        Step { text, disturbed: taken && matches!(shown, Shown::Picture(..)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCREEN: Cells = Cells { columns: 80, rows: 24 };
    const READY: Terminal = Terminal { size: Some(SCREEN), keys: Keys::Lines, ours: true };
    const PART: Part = Part { screen: SCREEN, rows: 6 };

    /// A stage, and what it writes at so many milliseconds.
    struct Play(Stage);

    impl Play {
        fn at(&mut self, milliseconds: u64, terminal: Terminal) -> String {
            self.step(milliseconds, terminal).text
        }

        fn step(&mut self, milliseconds: u64, terminal: Terminal) -> Step {
            let lines = |_, rows| (0..rows).map(|row| format!("line {row}")).collect();
            self.0.next(Duration::from_millis(milliseconds), terminal, lines)
        }

        fn showing() -> Self {
            let mut play = Self(Stage::new(Share::Bar));
            assert_eq!(play.at(0, READY), "");
            assert!(play.at(500, READY).contains("line 5"));
            play
        }
    }

    #[test]
    fn a_picture_comes_when_the_terminal_has_been_ready_for_a_while_and_is_drawn_anew_now_and_then() {
        let mut play = Play(Stage::new(Share::Bar));
        assert_eq!([0, 300, 499].map(|at| play.at(at, READY)), ["", "", ""]);
        let first = play.at(500, READY);
        assert!(first.starts_with(&PART.make_room()) && first.contains("\x1b[19;1H\x1b[Kline 0"), "{first:?}");
        assert_eq!(play.at(600, READY), "");
        let second = play.at(700, READY);
        assert!(!second.contains('\x0b') && second.contains("line 0"), "{second:?}");
    }

    #[test]
    fn a_program_that_takes_the_screen_at_once_never_sees_one() {
        let mut play = Play(Stage::new(Share::Bar));
        let taken = Terminal { keys: Keys::Taken, ..READY };
        assert_eq!([(0, READY), (400, READY), (600, taken), (5000, taken)].map(|(at, is)| play.at(at, is)), [""; 4]);
        assert_eq!([5100, 5500].map(|at| play.at(at, READY)), [""; 2], "the wait begins anew");
        assert_ne!(play.at(5600, READY), "");
    }

    #[test]
    fn a_program_that_takes_the_screen_keeps_what_it_has_drawn_and_gives_way_when_it_has_ended() {
        let mut play = Play::showing();
        let taken = Terminal { keys: Keys::Taken, ..READY };
        assert_eq!(play.step(600, taken), Step { text: PART.leave(), disturbed: true });
        assert_eq!(play.step(5000, taken), Step::default());
        assert_eq!(play.0.look_after(), LOOK_AFTER);
        assert!(play.at(5010, READY).starts_with(&PART.make_room()), "at once");
        assert_eq!(play.at(5020, taken), PART.leave());
        assert_eq!(play.0.clear(taken), Step::default(), "the end, meanwhile");
    }

    #[test]
    fn an_editor_of_lines_and_somebody_elses_job_get_the_whole_screen() {
        for terminal in [Terminal { keys: Keys::Edited, ..READY }, Terminal { ours: false, ..READY }] {
            let mut play = Play::showing();
            assert_eq!(play.at(600, terminal), PART.clear());
            assert_eq!(play.at(5000, terminal), "");
            assert_eq!(play.at(5010, READY), "", "it may be for a moment only");
            assert_ne!(play.at(5510, READY), "");
        }
    }

    #[test]
    fn another_size_is_followed() {
        let mut play = Play::showing();
        let size = |columns, rows| Terminal { size: Some(Cells { columns, rows }), ..READY };
        let text = play.at(510, size(100, 50));
        assert!(text.starts_with(&Part::clear_after_resize()) && text.contains("\x1b[1;40r"), "{text:?}");
        assert_eq!(play.at(520, size(100, 5)), Part::clear_after_resize(), "too small");
        assert_eq!(play.at(530, size(100, 5)), "");
        assert_eq!(play.at(540, size(19, 50)), "");
        assert_eq!(play.at(550, READY), "");
        assert_ne!(play.at(1050, READY), "");
    }

    #[test]
    fn whatever_happens_the_end_leaves_nothing() {
        let mut play = Play::showing();
        assert_eq!(play.0.clear(READY).text, PART.clear());
        assert_eq!(play.0.clear(READY), Step::default());
        let mut play = Play::showing();
        let other = Terminal { size: Some(Cells { columns: 70, rows: 20 }), ..READY };
        assert_eq!(play.0.clear(other).text, Part::clear_after_resize());
    }

    #[test]
    fn who_shares_the_terminal_with_nobody_has_most_of_it_at_once() {
        let mut play = Play(Stage::new(Share::Most));
        let text = play.at(0, READY);
        assert!(text.contains("line 19") && text.contains("\x1b[1;4r"), "{text:?}");
    }
}
