//! A file in memory, for tests: it goes wrong as it is told. Public, as the fake source is.

use super::{Output, Place, Stored};
use std::io::{self, Read};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A file, on a disk of its own. Clones are the same file.
#[derive(Debug, Clone)]
pub struct Disk(Arc<Mutex<Inside>>);

/// What is in the file, and how it behaves.
#[derive(Debug)]
pub struct Inside {
    /// What stands in it.
    pub bytes: Vec<u8>,
    /// How many bytes it may have.
    pub room: usize,
    /// How often something was written.
    pub writes: usize,
    /// Whether it can be cut.
    pub truncates: bool,
    /// Whether the next write is interrupted.
    pub interrupted: bool,
    /// Where it is.
    pub place: Place,
    /// There is no room for another file.
    pub alone: bool,
    /// What the disk still takes, where that can be known.
    pub free: Option<u64>,
    /// What was made to take its place.
    pub beside: Vec<Disk>,
    /// It was removed.
    pub discarded: bool,
    /// Who has taken its place.
    pub successor: Option<Disk>,
}

impl Default for Disk {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Inside {
            bytes: Vec::new(),
            room: usize::MAX,
            writes: 0,
            truncates: true,
            interrupted: false,
            place: Place::There,
            alone: false,
            free: None,
            beside: Vec::new(),
            discarded: false,
            successor: None,
        })))
    }
}

impl Disk {
    /// An empty file, with room for all.
    pub fn new() -> Self {
        Self::default()
    }

    /// What is in it, to be looked at and changed.
    pub fn inside(&self) -> MutexGuard<'_, Inside> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Leaves room for so many bytes more.
    pub fn leave_room(&self, bytes: usize) {
        let mut inside = self.inside();
        inside.room = inside.bytes.len().saturating_add(bytes);
    }

    /// What somebody reads who opens it by its path.
    pub fn bytes(&self) -> Vec<u8> {
        let inside = self.inside();
        inside.successor.as_ref().map_or_else(|| inside.bytes.clone(), Self::bytes)
    }

    /// The same, as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes()).into_owned()
    }
}

impl Stored for Disk {
    fn read_at(&self, to: &mut [u8], offset: u64) -> io::Result<usize> {
        self.inside().bytes.get(offset as usize..).unwrap_or_default().read(to)
    }

    fn sync(&self) -> io::Result<()> {
        Ok(())
    }

    fn is_on_a_disk(&self) -> bool {
        false
    }
}

impl Output for Disk {
    type Stored = Self;

    fn stored(&self) -> Self {
        self.clone()
    }

    fn beside(&self) -> io::Result<Self> {
        if self.inside().alone {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let beside = Self::new();
        self.inside().beside.push(beside.clone());
        Ok(beside)
    }

    fn take_place_of(&mut self, other: &Self) -> io::Result<()> {
        other.inside().successor = Some(self.clone());
        Ok(())
    }

    fn discard(&mut self) {
        self.inside().discarded = true;
    }

    fn free(&self) -> Option<u64> {
        self.inside().free
    }

    fn sweep(&self) {}

    fn append(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut inside = self.inside();
        if std::mem::take(&mut inside.interrupted) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        inside.writes += 1;
        let taken = bytes.len().min(inside.room - inside.bytes.len());
        inside.bytes.extend_from_slice(&bytes[..taken]);
        if taken == 0 { Err(io::ErrorKind::StorageFull.into()) } else { Ok(taken) }
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        let mut inside = self.inside();
        if !inside.truncates {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        inside.bytes.truncate(length as usize);
        Ok(())
    }

    fn length(&mut self) -> io::Result<u64> {
        Ok(self.inside().bytes.len() as u64)
    }

    fn place(&mut self) -> Place {
        self.inside().place
    }
}
