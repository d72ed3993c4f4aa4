//! The thread that draws, as seen from the one that keeps the clock.

use super::board::{Board, Known};
use super::picture::picture;
use super::stage::{self, Share, Stage, Step};
use crate::launch::{Curtain, HeldBack, Terminal};
use crate::model::{Event, Sample};
use crate::plot::Style;
use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// So often there is something new to draw.
const NEWS: Duration = Duration::from_millis(100);
/// So long a stop of memrec waits for the terminal to be cleared. It may stand still.
const CURTAIN: Duration = Duration::from_millis(300);
const STACK: usize = 256 << 10;

/// How to show.
#[derive(Debug)]
pub struct Options {
    /// What is recorded.
    pub title: String,
    /// With which characters and colours.
    pub style: Style,
    /// On how much of the screen.
    pub share: Share,
    /// Signals that are to wait until the terminal is clear, where nobody else holds them.
    pub held: Option<HeldBack>,
}

enum Told {
    /// Show nothing until further notice, and say when that is so.
    Falls(Sender<()>),
    Rises,
    Title(String),
    End,
}

/// What is shown while it lives. When it goes, the terminal is clear.
#[derive(Debug)]
pub struct Live {
    board: Board,
    handed_over: Option<Duration>,
    known: Arc<Mutex<Option<Known>>>,
    tell: Sender<Told>,
    thread: Option<JoinHandle<()>>,
}

impl Live {
    /// Begins. To be called after the command has been started, since there is a second thread from here on.
    ///
    /// # Errors
    /// Where there is no thread to be had.
    pub fn start(terminal: Terminal, options: Options) -> io::Result<Self> {
        let known = Arc::new(Mutex::new(None));
        let (tell, told) = channel();
        let painter = Painter {
            terminal,
            stage: Stage::new(options.share),
            options,
            news: Arc::clone(&known),
            known: Known::default(),
            began: Instant::now(),
        };
        let thread = std::thread::Builder::new().name("memrec-live".to_owned()).stack_size(STACK);
        let thread = thread.spawn(move || painter.work(&told))?;
        Ok(Self { board: Board::default(), handed_over: None, known, tell, thread: Some(thread) })
    }

    /// Names what is recorded, where that was not known before.
    pub fn entitle(&self, title: String) {
        // Only where the terminal is gone nobody listens.
        let _ = self.tell.send(Told::Title(title));
    }

    /// Takes in what a tick has seen and what has happened. It waits for nobody.
    pub fn see(&mut self, sample: &Sample, events: &[Event]) {
        self.board.see(sample, events);
        let due = self.handed_over.is_none_or(|before| sample.elapsed >= before + NEWS);
        // The other thread holds it for a moment at most; then the next tick is early enough.
        if due
            && !sample.rows.is_empty()
            && let Ok(mut known) = self.known.try_lock()
        {
            *known = Some(self.board.known(sample));
            self.handed_over = Some(sample.elapsed);
        }
    }

    /// For who is about to stop memrec.
    pub fn curtain(&self) -> Box<dyn Curtain> {
        Box::new(Cord(self.tell.clone()))
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        // Others may hold a cord still: that nobody tells anything any more is not to be waited for.
        let _ = self.tell.send(Told::End);
        if let Some(thread) = self.thread.take() {
            // Where the terminal stands still this waits until it goes on, as any line would that is said after this.
            let _ = thread.join();
        }
    }
}

#[derive(Debug)]
struct Cord(Sender<Told>);

impl Curtain for Cord {
    fn falls(&self) {
        let (say, cleared) = channel();
        if self.0.send(Told::Falls(say)).is_ok() {
            let _ = cleared.recv_timeout(CURTAIN);
        }
    }

    fn rises(&self) {
        let _ = self.0.send(Told::Rises);
    }
}

struct Painter {
    terminal: Terminal,
    options: Options,
    stage: Stage,
    news: Arc<Mutex<Option<Known>>>,
    known: Known,
    began: Instant,
}

impl Painter {
    fn work(mut self, told: &Receiver<Told>) {
        crate::launch::take_no_signals();
        let mut fallen = false;
        loop {
            match told.recv_timeout(self.stage.look_after()) {
                Ok(Told::Falls(say)) => {
                    fallen = true;
                    if self.clear().is_err() {
                        return;
                    }
                    let _ = say.send(());
                }
                Ok(Told::Rises) => fallen = false,
                Ok(Told::Title(title)) => self.options.title = title,
                Err(RecvTimeoutError::Timeout) => {}
                Ok(Told::End) | Err(RecvTimeoutError::Disconnected) => {
                    let _ = self.clear();
                    return;
                }
            }
            if let Some(held) = self.options.held.take() {
                // Clear first, whatever becomes of this process then.
                while held.let_through(|| _ = self.clear()) {}
                self.options.held = Some(held);
            }
            if !fallen && self.show().is_err() {
                return;
            }
        }
    }

    fn look(&self) -> stage::Terminal {
        stage::Terminal {
            size: self.terminal.size(),
            keys: self.terminal.keys(),
            ours: self.terminal.is_ours(|group| self.known.pids.contains(&group)),
        }
    }

    fn show(&mut self) -> io::Result<()> {
        if let Some(news) = self.news.lock().ok().and_then(|mut news| news.take()) {
            self.known = news;
        }
        // Before the first tick there is nothing to show.
        if self.known.total.is_none() {
            return Ok(());
        }
        let terminal = self.look();
        let (known, options) = (&self.known, &self.options);
        let lines = |columns, rows| picture(&options.title, known, columns, rows, options.style);
        let step = self.stage.next(self.began.elapsed(), terminal, lines);
        self.take(&step)
    }

    fn clear(&mut self) -> io::Result<()> {
        let terminal = self.look();
        let step = self.stage.clear(terminal);
        self.take(&step)
    }

    fn take(&self, step: &Step) -> io::Result<()> {
        if !step.text.is_empty() {
            self.terminal.write(step.text.as_bytes())?;
        }
        if step.disturbed {
            self.terminal.have_redrawn();
        }
        Ok(())
    }
}
