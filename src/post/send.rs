//! The sender's side.

use super::letter::Letter;
use super::office::{TAKEN, WAITS, WRITTEN};
use super::place::Place;
use std::fs;
use std::io::{self, ErrorKind, Read, Write};
use std::net::Shutdown;
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// A letter that was sent, and may have been taken in or not.
#[derive(Debug)]
pub struct Sent(UnixStream);

/// Why a letter could not be sent.
#[derive(Debug, thiserror::Error)]
pub enum NotSent {
    /// There is no socket beside the recording.
    #[error("there is no socket beside it")]
    NoSocket,
    /// There is one, and nobody listens.
    #[error("nobody listens at the socket beside it")]
    NobodyListens,
    /// The socket is another user's than the recording.
    #[error("the socket beside it is another user's than the recording")]
    NotItsOwn,
    /// The recorder refuses it, or has gone while it was sent.
    #[error("it was not taken")]
    NotTaken,
    /// Anything else.
    #[error("{}", crate::model::reason(.0))]
    Other(#[from] io::Error),
}

/// What has become of a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reply {
    /// It is in the file.
    Written,
    /// It is in the recorder's memory, and will be in the file when that takes bytes again.
    Waits,
    /// Nobody has taken it in in time, and nobody will any more.
    TakenBack,
    /// The recorder does not understand it, or has too many to listen to.
    Refused,
    /// The recorder has ended.
    Lost,
}

impl Sent {
    /// Sends a letter to whoever records `csv`, without waiting for what becomes of it.
    ///
    /// # Errors
    /// See [`NotSent`].
    pub fn to(csv: &Path, letter: &Letter) -> Result<Self, NotSent> {
        let place = Place::beside(csv)?;
        let socket = fs::symlink_metadata(&place.path).map_err(|error| match error.kind() {
            ErrorKind::NotFound => NotSent::NoSocket,
            _ => NotSent::Other(error),
        })?;
        // In a folder to which everybody may write, anybody could stand in for the recorder.
        let owner = fs::metadata(csv).or_else(|_| fs::metadata("/proc/self"))?;
        if ![0, owner.uid()].contains(&socket.uid()) {
            return Err(NotSent::NotItsOwn);
        }
        let mut stream = UnixStream::connect(place.address()).map_err(|error| match error.kind() {
            ErrorKind::ConnectionRefused => NotSent::NobodyListens,
            ErrorKind::NotFound => NotSent::NoSocket,
            _ => NotSent::Other(error),
        })?;
        let sent = stream.write_all(&letter.written()).and_then(|()| stream.shutdown(Shutdown::Write));
        sent.map_err(|error| match error.kind() {
            ErrorKind::BrokenPipe | ErrorKind::ConnectionReset => NotSent::NotTaken,
            _ => NotSent::Other(error),
        })?;
        Ok(Self(stream))
    }

    /// Waits until the letter is written, for `patience` at most for each step. A letter that nobody has taken in by then is taken back.
    pub fn reply(mut self, patience: Duration) -> Reply {
        let _ = self.0.set_read_timeout(Some(patience));
        match self.next() {
            Ok(Some(TAKEN)) => {}
            Ok(Some(_)) => return Reply::Refused,
            Ok(None) => return Reply::Lost,
            Err(_) => {
                // From here on the recorder cannot tell us that it takes it, and so does not. Perhaps it has just done so.
                let _ = self.0.shutdown(Shutdown::Read);
                if !matches!(self.next(), Ok(Some(TAKEN))) {
                    return Reply::TakenBack;
                }
                return Reply::Waits;
            }
        }
        match self.next() {
            Ok(Some(WRITTEN)) => Reply::Written,
            Ok(Some(WAITS)) | Err(_) => Reply::Waits,
            Ok(_) => Reply::Lost,
        }
    }

    /// One byte, or the end.
    fn next(&mut self) -> io::Result<Option<u8>> {
        let mut byte = [0];
        loop {
            match self.0.read(&mut byte) {
                Ok(0) => return Ok(None),
                Ok(_) => return Ok(Some(byte[0])),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                // The recorder has gone without having read.
                Err(error) if error.kind() == ErrorKind::ConnectionReset => return Ok(None),
                Err(error) => return Err(error),
            }
        }
    }
}
