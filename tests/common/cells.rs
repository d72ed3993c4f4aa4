//! What a screen shows, cell by cell, after all that was written to it.

use super::terminal::Terminal;
use super::until;
use std::num::NonZero;
use std::sync::mpsc::{Receiver, TryRecvError};

fn cells(count: u16) -> NonZero<u16> {
    NonZero::new(count).unwrap()
}

/// A screen without a window.
pub(crate) struct Cells {
    written: Receiver<Vec<u8>>,
    parser: vt100::Parser,
    /// All that was written.
    pub(crate) bytes: Vec<u8>,
}

impl Cells {
    /// Of a terminal, which is made that size.
    pub(crate) fn of(terminal: &Terminal, columns: u16, rows: u16) -> Self {
        terminal.resize_to(columns, rows);
        Self {
            written: terminal.written(),
            parser: vt100::Parser::new(cells(rows), cells(columns), 10_000),
            bytes: Vec::new(),
        }
    }

    /// What is written from here on is for another size.
    pub(crate) fn resize(&mut self, terminal: &Terminal, columns: u16, rows: u16) {
        self.take();
        self.parser.screen_mut().set_size(cells(rows), cells(columns));
        terminal.resize_to(columns, rows);
    }

    fn take(&mut self) -> bool {
        loop {
            match self.written.try_recv() {
                Ok(bytes) => {
                    self.parser.process(&bytes);
                    self.bytes.extend(bytes);
                }
                Err(error) => return error == TryRecvError::Empty,
            }
        }
    }

    /// The rows, without what is empty at their ends.
    pub(crate) fn rows(&mut self) -> Vec<String> {
        self.take();
        let (_, columns) = self.parser.screen().size();
        self.parser.screen().rows(0, columns.get()).map(|row| row.trim_end().to_owned()).collect()
    }

    /// Waits until the screen is as asked for, and returns its rows.
    pub(crate) fn until(&mut self, what: &str, wanted: impl Fn(&[String]) -> bool) -> Vec<String> {
        let mut last = Vec::new();
        let found = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            until(what, || {
                last = self.rows();
                wanted(&last).then(|| last.clone())
            })
        }));
        found.unwrap_or_else(|_| panic!("{what}: the screen is\n{}", last.join("\n")))
    }

    /// All that was written, to the end, when nobody has the terminal open any more.
    pub(crate) fn finish(&mut self) -> Vec<String> {
        until("the terminal's end", || (!self.take()).then_some(()));
        self.rows()
    }
}
