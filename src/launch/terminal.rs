//! What can be known of a terminal without changing anything of it: its settings are the command's, and so is what is typed.

use crate::model::Pid;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::{getpgrp, getsid};
use std::fs::File;
use std::io::{self, IsTerminal, Write, stderr, stdout};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};

/// Width and height of a screen, in cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cells {
    /// From left to right.
    pub columns: u16,
    /// From top to bottom.
    pub rows: u16,
}

/// How keys are read, which tells what is done with the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keys {
    /// By the line, as the kernel puts it together: whoever writes writes line after line.
    Lines,
    /// One by one, by an editor of lines, which uses the line that it stands in: a shell, an interpreter.
    Edited,
    /// One by one, by a program that has the whole screen: an editor, a pager.
    Taken,
}

/// The terminal at stderr, to write to it beside whoever else does.
#[derive(Debug)]
pub struct Terminal(File);

impl Terminal {
    /// Where stderr is one.
    pub fn at_stderr() -> Option<Self> {
        let stderr = stderr();
        let terminal = stderr.is_terminal().then(|| stderr.as_fd().try_clone_to_owned())?;
        Some(Self(terminal.ok()?.into()))
    }

    /// Its size, where it knows that.
    pub fn size(&self) -> Option<Cells> {
        size(self.0.as_fd())
    }

    /// How keys are read at this moment. As by the line where that cannot be told.
    pub fn keys(&self) -> Keys {
        // SAFETY: filled by the kernel; valid when zeroed.
        let (asked, settings) = unsafe {
            let mut settings: libc::termios = std::mem::zeroed();
            (libc::tcgetattr(self.0.as_raw_fd(), &raw mut settings), settings)
        };
        if asked == 0 { keys(&settings) } else { Keys::Lines }
    }

    /// Whether memrec's job is in the foreground, or a job of one of these processes. Where the terminal has no jobs of this session, whoever has been
    /// given it may write.
    pub fn is_ours(&self, tree: impl FnOnce(Pid) -> bool) -> bool {
        // SAFETY: questions about an open descriptor.
        let (session, group) = unsafe { (libc::tcgetsid(self.0.as_raw_fd()), libc::tcgetpgrp(self.0.as_raw_fd())) };
        if getsid(None).map_or(true, |own| own.as_raw() != session) || group == getpgrp().as_raw() {
            return true;
        }
        Pid::try_from(group).is_ok_and(tree)
    }

    /// Has the job in the foreground draw what it shows anew, as when the window has become another size (SIGWINCH, which means nothing to whoever does not
    /// ask for it).
    pub fn have_redrawn(&self) {
        // SAFETY: a question about an open descriptor.
        let group = unsafe { libc::tcgetpgrp(self.0.as_raw_fd()) };
        if group > 0 {
            // Another user's may not be signalled, and draws when it does.
            let _ = killpg(nix::unistd::Pid::from_raw(group), Signal::SIGWINCH);
        }
    }

    /// Writes. Waits where the terminal stands still: never to be called where that must not be.
    ///
    /// # Errors
    /// Where the terminal is gone.
    pub fn write(&self, bytes: &[u8]) -> io::Result<()> {
        (&self.0).write_all(bytes)
    }
}

/// The size of the terminal at stdout, where it is one and knows that.
pub fn size_of_stdout() -> Option<Cells> {
    size(stdout().as_fd())
}

fn size(terminal: BorrowedFd<'_>) -> Option<Cells> {
    // SAFETY: TIOCGWINSZ fills a winsize (ioctl_tty(2)), which is valid when zeroed.
    let (asked, size) = unsafe {
        let mut size: libc::winsize = std::mem::zeroed();
        (libc::ioctl(terminal.as_raw_fd(), libc::TIOCGWINSZ, &raw mut size), size)
    };
    (asked == 0 && size.ws_row > 0 && size.ws_col > 0).then_some(Cells { columns: size.ws_col, rows: size.ws_row })
}

/// Both take keys one by one. An editor of lines (readline's, zsh's, fish's, node's) wants Return as it is, and has line feeds written as ever; programs
/// with the whole screen leave Return alone (less, more) or write line feeds themselves (curses, vim, and whoever asks for a raw terminal).
fn keys(settings: &libc::termios) -> Keys {
    let as_ever = settings.c_oflag & (libc::OPOST | libc::ONLCR) == libc::OPOST | libc::ONLCR;
    match settings.c_lflag & libc::ICANON {
        0 if as_ever && settings.c_iflag & libc::ICRNL == 0 => Keys::Edited,
        0 => Keys::Taken,
        _ => Keys::Lines,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `stty -a` shows them of a terminal where these run.
    #[test]
    fn how_keys_are_read_tells_who_has_the_screen() {
        let settings = |icanon, icrnl, onlcr, opost| {
            // SAFETY: numbers.
            let mut settings: libc::termios = unsafe { std::mem::zeroed() };
            settings.c_lflag = if icanon { libc::ICANON } else { 0 };
            settings.c_iflag = if icrnl { libc::ICRNL } else { 0 };
            settings.c_oflag = if onlcr { libc::ONLCR } else { 0 } | if opost { libc::OPOST } else { 0 };
            keys(&settings)
        };
        assert_eq!(settings(true, true, true, true), Keys::Lines, "cargo, make, python3 script.py");
        assert_eq!(settings(false, false, true, true), Keys::Edited, "bash, zsh, fish, node");
        assert_eq!(settings(false, true, true, true), Keys::Taken, "less, more");
        assert_eq!(settings(false, false, false, true), Keys::Taken, "vim, htop");
        assert_eq!(settings(false, false, false, false), Keys::Taken, "ssh, tmux, sudo with a terminal of its own");
    }
}
