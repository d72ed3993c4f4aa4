//! A pseudo-terminal, and who sits in front of it.

use super::{Folder, Running, probe, until};
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::fd::AsRawFd;
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::sync::{Arc, Mutex};

/// A pseudo-terminal: its keyboard, and its screen.
pub(crate) struct Terminal {
    keys: File,
    path: String,
}

/// What appears on a screen, line by line. It keeps the terminal open.
pub(crate) struct Screen(Receiver<String>);

/// All that was written to a screen so far, byte for byte. It keeps the terminal open.
pub(crate) struct Seen(Arc<Mutex<Vec<u8>>>);

impl Seen {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl Terminal {
    pub(crate) fn open() -> Self {
        let keys = File::options().read(true).write(true).open("/dev/ptmx").unwrap();
        let (mut locked, mut number): (libc::c_int, libc::c_uint) = (0, 0);
        // SAFETY: both requests of ioctl_tty(2) take a pointer to an int, which lives as long as they take.
        unsafe {
            assert_eq!(libc::ioctl(keys.as_raw_fd(), libc::TIOCSPTLCK, &raw mut locked), 0);
            assert_eq!(libc::ioctl(keys.as_raw_fd(), libc::TIOCGPTN, &raw mut number), 0);
        }
        Self { keys, path: format!("/dev/pts/{number}") }
    }

    pub(crate) fn screen(&self) -> Screen {
        let shown = BufReader::new(self.keys.try_clone().unwrap());
        let (tell, screen) = channel();
        std::thread::spawn(move || shown.lines().map_while(Result::ok).try_for_each(|line| tell.send(line)));
        Screen(screen)
    }

    /// Instead of [`Self::screen`], for what is drawn and not only written.
    pub(crate) fn seen(&self) -> Seen {
        let mut shown = self.keys.try_clone().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let all = Arc::clone(&seen);
        std::thread::spawn(move || {
            let mut some = [0; 4096];
            // Reading fails when nobody has the terminal open any more.
            while let Ok(count @ 1..) = shown.read(&mut some) {
                all.lock().unwrap().extend_from_slice(&some[..count]);
            }
        });
        Seen(seen)
    }

    /// `probe with terminal=... -- WORDS`: at this terminal, in a session of its own.
    pub(crate) fn start(&self, folder: &Folder, words: &[&str]) -> Running {
        let terminal = format!("terminal={}", self.path);
        Running::start(folder.command(&probe(), &[&["with", &terminal, "--"], words].concat()))
    }

    /// All that is written to it, as it comes. It keeps the terminal open.
    pub(crate) fn written(&self) -> Receiver<Vec<u8>> {
        let mut shown = self.keys.try_clone().unwrap();
        let (tell, written) = channel();
        let mut some = vec![0; 1 << 16];
        // It fails where nobody has the other end open.
        std::thread::spawn(move || {
            while let Ok(count @ 1..) = shown.read(&mut some) {
                if tell.send(some[..count].to_vec()).is_err() {
                    return;
                }
            }
        });
        written
    }

    /// Makes it another size.
    pub(crate) fn resize(&self, columns: u16) {
        self.resize_to(columns, 24);
    }

    /// Makes it another size.
    pub(crate) fn resize_to(&self, columns: u16, rows: u16) {
        let size = libc::winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        // SAFETY: the kernel only reads it.
        assert_eq!(unsafe { libc::ioctl(self.keys.as_raw_fd(), libc::TIOCSWINSZ, &raw const size) }, 0);
    }

    pub(crate) fn types(&mut self, line: &str) {
        self.keys.write_all(format!("{line}\n").as_bytes()).unwrap();
    }

    pub(crate) fn press(&mut self, key: u8) {
        self.keys.write_all(&[key]).unwrap();
    }
}

impl Screen {
    /// The lines up to the next that holds `text`, without that.
    pub(crate) fn shows(&self, text: &str) -> Vec<String> {
        let mut lines = self.shows_all(text);
        lines.pop();
        lines
    }

    /// The lines up to the next that holds `text`, and that one.
    pub(crate) fn shows_all(&self, text: &str) -> Vec<String> {
        let mut lines = Vec::new();
        loop {
            let line = until(&format!("{text:?} on the screen after {lines:?}"), || match self.0.try_recv() {
                Err(TryRecvError::Disconnected) => panic!("no {text} on the screen, but {lines:?}"),
                line => line.ok(),
            });
            let found = line.contains(text);
            lines.push(line);
            if found {
                return lines;
            }
        }
    }
}
