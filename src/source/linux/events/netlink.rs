//! Sockets over which the kernel tells what happens, in messages (netlink(7)).

use super::super::sys::netlink_socket;
use nix::sys::socket::{NetlinkAddr, bind, setsockopt, sockopt};
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};

/// So much may wait to be read, where the system allows it: some ten thousand events. (With the usual `net.core.rmem_max` of 208 KiB, an ordinary
/// user has some hundreds.) It is memory of the kernel's, and used only while something waits.
const ROOM: usize = 4 << 20;

/// The kernel's messages of one kind, as far as nobody was too slow for them.
#[derive(Debug)]
pub(super) struct Netlink(File);

/// What a reading brought.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Received {
    /// One datagram, of so many bytes.
    Datagram(usize),
    /// No more for now.
    Nothing,
    /// More had come than there was room for, and the kernel has dropped some.
    Lost,
}

impl Netlink {
    /// Opens a socket of `protocol` that hears the multicast `groups`.
    pub(super) fn open(protocol: libc::c_int, groups: u32) -> io::Result<Self> {
        let socket = netlink_socket(protocol)?;
        // Root may have more than the system allows to all; for others what is more is cut, and is no error.
        let _ =
            setsockopt(&socket, sockopt::RcvBufForce, &ROOM).or_else(|_| setsockopt(&socket, sockopt::RcvBuf, &ROOM));
        bind(socket.as_raw_fd(), &NetlinkAddr::new(0, groups))?;
        Ok(Self(File::from(socket)))
    }

    /// Sends a message to the kernel.
    pub(super) fn send(&self, message: &[u8]) -> io::Result<()> {
        (&self.0).write_all(message)
    }

    /// Reads what has come. Never waits.
    pub(super) fn receive(&self, buffer: &mut [u8]) -> Received {
        loop {
            match (&self.0).read(buffer) {
                Ok(length) => return Received::Datagram(length),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.raw_os_error() == Some(libc::ENOBUFS) => return Received::Lost,
                Err(_) => return Received::Nothing,
            }
        }
    }
}

impl AsFd for Netlink {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// `struct nlmsghdr`: length, type, flags, sequence number, port; all in the machine's own byte order.
const HEADER: usize = 16;

/// A message to the kernel.
pub(super) fn message(kind: u16, flags: u16, payload: &[u8]) -> Vec<u8> {
    let mut message = Vec::with_capacity(HEADER + payload.len());
    let length = u32::try_from(HEADER + payload.len()).unwrap_or(u32::MAX);
    message.extend(length.to_ne_bytes());
    message.extend(kind.to_ne_bytes());
    message.extend(flags.to_ne_bytes());
    // Number and port: there is only one question at a time, and the kernel knows who asks.
    message.extend([0; 8]);
    message.extend(payload);
    message
}

/// The messages of a datagram: type and payload of each. What is cut or claims to be longer than it is ends it.
pub(super) fn messages(mut datagram: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    std::iter::from_fn(move || {
        let length = u32_at(datagram, 0)? as usize;
        let kind = u16_at(datagram, 4)?;
        let payload = datagram.get(HEADER..length)?;
        datagram = datagram.get(aligned(length)..).unwrap_or_default();
        Some((kind, payload))
    })
}

/// The attributes of a message (`struct nlattr`): type and value of each.
pub(super) fn attributes(mut bytes: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    /// Bits that tell how to read a value rather than what it is.
    const FLAGS: u16 = 0xC000;
    const HEADER: usize = 4;
    std::iter::from_fn(move || {
        let length = usize::from(u16_at(bytes, 0)?);
        let kind = u16_at(bytes, 2)? & !FLAGS;
        let value = bytes.get(HEADER..length)?;
        bytes = bytes.get(aligned(length)..).unwrap_or_default();
        Some((kind, value))
    })
}

fn aligned(length: usize) -> usize {
    length.next_multiple_of(4)
}

pub(super) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_ne_bytes(*bytes.get(at..)?.first_chunk()?))
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_ne_bytes(*bytes.get(at..)?.first_chunk()?))
}

pub(super) fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_ne_bytes(*bytes.get(at..)?.first_chunk()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn messages_of_a_datagram_come_one_by_one() {
        let mut datagram = message(3, 0, b"hello");
        datagram.resize(aligned(datagram.len()), 0);
        datagram.extend(message(4, 0, b""));
        let read: Vec<_> = messages(&datagram).collect();
        assert_eq!(read, [(3, &b"hello"[..]), (4, &b""[..])]);
        assert_eq!(messages(&datagram[..20]).count(), 0, "cut");
    }

    #[test]
    fn a_flag_in_an_attribute_is_no_part_of_its_type() {
        let bytes = [&7_u16.to_ne_bytes()[..], &0x8004_u16.to_ne_bytes(), b"abc", b"\0"].concat();
        assert_eq!(attributes(&bytes).collect::<Vec<_>>(), [(4, &b"abc"[..])]);
    }

    proptest! {
        #[test]
        fn no_datagram_brings_it_down(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            for (_, payload) in messages(&bytes) {
                attributes(payload).count();
            }
            attributes(&bytes).count();
        }
    }
}
