//! What is shown in the terminal while a recording is made.
//!
//! This room is told of ticks, and keeps what a picture needs of them. A thread draws: a terminal that stands still (Ctrl-S) keeps that thread waiting and
//! no tick. It must not know files, nor when a tick is. See `docs/LIVE.md`.

mod board;
mod history;
mod painter;
mod picture;
mod screen;
mod stage;

pub use painter::{Live, Options};
pub use stage::Share;
