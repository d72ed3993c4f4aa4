//! A file read ahead by a thread, while who asks for it is busy with what came before.
//!
//! Reads and not a mapping: a recording may be cut short while it is looked at, and touching a mapping behind the end of its file is the end of the
//! program (SIGBUS).

use std::io::{self, ErrorKind, Read};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

/// How much is read at once: each is a thread that has to be woken.
const CHUNK: usize = 1 << 20;

/// Chunks that there are, the one being filled and the one being emptied among them.
const CHUNKS: usize = 3;

/// What a thread has read ahead.
struct Ahead {
    filled: Receiver<io::Result<Vec<u8>>>,
    emptied: SyncSender<Vec<u8>>,
    chunk: Vec<u8>,
    at: usize,
}

impl Read for Ahead {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        if self.at == self.chunk.len() {
            let next = match self.filled.recv() {
                Ok(chunk) => chunk?,
                // It has ended: so has the file.
                Err(_) => Vec::new(),
            };
            // Nobody takes it back at the end.
            let _ = self.emptied.try_send(std::mem::replace(&mut self.chunk, next));
            self.at = 0;
        }
        let some = to.len().min(self.chunk.len() - self.at);
        to[..some].copy_from_slice(&self.chunk[self.at..self.at + some]);
        self.at += some;
        Ok(some)
    }
}

/// Hands what `open` opens to `read`: read ahead by a thread if there is one to be had, as it is otherwise.
pub(super) fn read_ahead<R: Read + Send, T>(open: impl Fn() -> R, read: impl FnOnce(&mut dyn Read) -> T) -> T {
    thread::scope(|scope| {
        let (give_back, empty) = sync_channel(CHUNKS);
        let (give, filled) = sync_channel(CHUNKS);
        // The channel has room for all of them.
        (0..CHUNKS).for_each(|_| _ = give_back.try_send(Vec::new()));
        let input = open();
        let reader = thread::Builder::new().name("reader".to_owned());
        match reader.spawn_scoped(scope, move || fill(input, &empty, &give)) {
            Ok(_) => read(&mut Ahead { filled, emptied: give_back, chunk: Vec::new(), at: 0 }),
            Err(_) => read(&mut open()),
        }
    })
}

/// Fills chunks to the end of the input, or until nobody wants them any more.
fn fill(mut input: impl Read, empty: &Receiver<Vec<u8>>, give: &SyncSender<io::Result<Vec<u8>>>) {
    while let Ok(mut chunk) = empty.recv() {
        chunk.resize(CHUNK, 0);
        let read = loop {
            match input.read(&mut chunk) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                read => break read,
            }
        };
        let ended = !matches!(read, Ok(1..));
        let told = read.map(|some| {
            chunk.truncate(some);
            chunk
        });
        if give.send(told).is_err() || ended {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Some bytes in pieces, interrupted now and then, and an error perhaps.
    struct Pieces<'a>(&'a [u8], usize, Option<ErrorKind>);

    impl Read for Pieces<'_> {
        fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
            self.1 += 1;
            if self.1.is_multiple_of(3) {
                return Err(ErrorKind::Interrupted.into());
            }
            match self.2 {
                Some(kind) if self.0.is_empty() => Err(kind.into()),
                _ => self.0.read(&mut to[..1000]),
            }
        }
    }

    #[test]
    fn all_of_it_comes_in_its_order() {
        let text: Vec<u8> = (0..2_000_000_u32).map(|place| (place % 251) as u8).collect();
        let mut again = Vec::new();
        let read = read_ahead(|| Pieces(&text, 0, None), |input| input.read_to_end(&mut again));
        assert_eq!(read.unwrap(), text.len());
        assert!(again == text);
    }

    #[test]
    fn an_error_comes_behind_what_was_read_before_it() {
        let mut again = Vec::new();
        let read = read_ahead(
            || Pieces(&[7; 5000], 0, Some(ErrorKind::StaleNetworkFileHandle)),
            |input| input.read_to_end(&mut again),
        );
        assert_eq!(read.unwrap_err().kind(), ErrorKind::StaleNetworkFileHandle);
        assert_eq!(again.len(), 5000);
    }

    #[test]
    fn who_has_enough_leaves_the_rest() {
        let mut first = [0; 10];
        read_ahead(|| io::repeat(7), |input| input.read_exact(&mut first)).unwrap();
        assert_eq!(first, [7; 10]);
    }

    #[test]
    fn the_end_stays_the_end() {
        let ends = |input: &mut dyn Read| (0..3).map(|_| input.read(&mut [0; 10]).unwrap()).collect::<Vec<_>>();
        assert_eq!(read_ahead(|| &b"abc"[..], ends), [3, 0, 0]);
    }
}
