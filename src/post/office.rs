//! The recorder's side: one descriptor that can be read when something has come, and nothing that it ever waits for.

use super::letter::{LONGEST, Letter};
use super::place::Place;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use std::fs;
use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

/// So many may be sending at once; a sender takes microseconds. Who is longest about it makes room for the next.
const AT_ONCE: usize = 128;

/// What a sender is told: the letter was taken in and is no longer to be taken back ...
pub(super) const TAKEN: u8 = b't';
/// ... it is in the recording's file ...
pub(super) const WRITTEN: u8 = b'w';
/// ... or waits in memory, since the file takes nothing now; or
pub(super) const WAITS: u8 = b'p';
/// it is no letter, or its sender was too long about it.
pub(super) const REFUSED: u8 = b'r';

/// Where letters come in.
#[derive(Debug)]
pub struct Office {
    ready: Epoll,
    listener: UnixListener,
    path: PathBuf,
    /// Of the socket, as the file system has it.
    inode: u64,
    sending: Vec<Sending>,
    /// Senders whose letters were taken in, and who wait to be told that these are written.
    waiting: Vec<UnixStream>,
}

#[derive(Debug)]
struct Sending {
    stream: UnixStream,
    letter: Vec<u8>,
}

impl Office {
    /// Opens it beside the recording `csv`, which exists. The socket of an older recording of that name, whose recorder was killed or whose file was
    /// moved away, is replaced.
    ///
    /// # Errors
    /// Where no socket can be: not every file system has them.
    pub fn open(csv: &Path) -> io::Result<Self> {
        let place = Place::beside(csv)?;
        let meanwhile = place.meanwhile()?;
        let _ = fs::remove_file(&meanwhile.path);
        let listener = UnixListener::bind(meanwhile.address())?;
        let opened = fs::symlink_metadata(&meanwhile.path).and_then(|found| {
            listener.set_nonblocking(true)?;
            let ready = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
            // Each sender is told once: one for whom there is no descriptor left must not keep the recorder awake.
            ready.add(&listener, EpollEvent::new(EpollFlags::EPOLLIN | EpollFlags::EPOLLET, 0))?;
            // In one step: who sends finds the old one or the new.
            fs::rename(&meanwhile.path, &place.path)?;
            Ok((ready, found.ino()))
        });
        let (ready, inode) = opened.inspect_err(|_| _ = fs::remove_file(&meanwhile.path))?;
        Ok(Self { ready, listener, path: place.path, inode, sending: Vec::new(), waiting: Vec::new() })
    }

    /// Can be read when there may be something to [take](Self::take).
    pub fn descriptor(&self) -> BorrowedFd<'_> {
        self.ready.0.as_fd()
    }

    /// Takes in what has come.
    pub fn take(&mut self, letters: &mut Vec<Letter>) {
        // Whatever it is, all are looked at.
        let mut told = [EpollEvent::empty()];
        if !matches!(self.ready.wait(&mut told, EpollTimeout::ZERO), Ok(1..)) {
            return;
        }
        while let Ok((stream, _)) = self.listener.accept() {
            let watched = stream.set_nonblocking(true).is_ok()
                && self.ready.add(&stream, EpollEvent::new(EpollFlags::EPOLLIN, 1)).is_ok();
            if watched {
                if self.sending.len() >= AT_ONCE {
                    let _ = self.sending.remove(0).stream.write_all(&[REFUSED]);
                }
                self.sending.push(Sending { stream, letter: Vec::new() });
            }
        }
        for place in (0..self.sending.len()).rev() {
            let Some(whole) = self.sending[place].read_on() else { continue };
            // In the order in which they came, as far as that can be told.
            let Sending { mut stream, letter } = self.sending.remove(place);
            let _ = self.ready.delete(&stream);
            match Letter::read(&letter).filter(|_| whole) {
                // Who has taken it back is not there any more.
                Some(letter) if stream.write_all(&[TAKEN]).is_ok() => {
                    letters.push(letter);
                    self.waiting.push(stream);
                }
                Some(_) => {}
                None => _ = stream.write_all(&[REFUSED]),
            }
        }
        letters.reverse();
        letters.sort_by_key(|letter| letter.at);
    }

    /// Tells those whose letters were taken in that these are written, or wait to be.
    pub fn answer(&mut self, written: bool) {
        for mut sender in self.waiting.drain(..) {
            let _ = sender.write_all(&[if written { WRITTEN } else { WAITS }]);
        }
    }
}

impl Sending {
    /// `Some` when nothing more is to come: whether this may be a letter.
    fn read_on(&mut self) -> Option<bool> {
        let mut some = [0; LONGEST];
        loop {
            match self.stream.read(&mut some) {
                Ok(0) => return Some(true),
                Ok(more) if self.letter.len() + more > LONGEST => return Some(false),
                Ok(more) => self.letter.extend_from_slice(&some[..more]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return None,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return Some(false),
            }
        }
    }
}

impl Drop for Office {
    fn drop(&mut self) {
        // By now another recording may have the name.
        if fs::symlink_metadata(&self.path).is_ok_and(|found| found.ino() == self.inode) {
            let _ = fs::remove_file(&self.path);
        }
    }
}
