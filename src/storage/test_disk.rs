//! Files that exist in memory, and go wrong as they are told.

use super::{Output, Place};
use std::io::{self, Read};
use std::sync::{Arc, Mutex, MutexGuard};

/// A disk with so much room, and a file on it that others can reach too.
#[derive(Clone)]
pub(super) struct Disk(Arc<Mutex<Inside>>);

pub(super) struct Inside {
    pub(super) bytes: Vec<u8>,
    pub(super) room: usize,
    pub(super) writes: usize,
    pub(super) truncates: bool,
    pub(super) interrupted: bool,
    pub(super) place: Place,
    /// There is no room for another file.
    pub(super) alone: bool,
    /// What was made to take its place.
    pub(super) beside: Vec<Disk>,
    pub(super) discarded: bool,
    /// Who has taken its place.
    pub(super) successor: Option<Disk>,
}

impl Disk {
    pub(super) fn new() -> Self {
        Self(Arc::new(Mutex::new(Inside {
            bytes: Vec::new(),
            room: usize::MAX,
            writes: 0,
            truncates: true,
            interrupted: false,
            place: Place::There,
            alone: false,
            successor: None,
            beside: Vec::new(),
            discarded: false,
        })))
    }

    pub(super) fn inside(&self) -> MutexGuard<'_, Inside> {
        self.0.lock().unwrap()
    }

    pub(super) fn room(&self, left: usize) {
        let mut inside = self.inside();
        inside.room = inside.bytes.len().saturating_add(left);
    }

    pub(super) fn text(&self) -> String {
        let inside = self.inside();
        inside.successor.as_ref().map_or_else(|| String::from_utf8(inside.bytes.clone()).unwrap(), Disk::text)
    }
}

impl super::Stored for Disk {
    fn read_at(&self, to: &mut [u8], offset: u64) -> io::Result<usize> {
        (&self.inside().bytes[offset as usize..]).read(to)
    }

    fn sync(&self) -> io::Result<()> {
        Ok(())
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
