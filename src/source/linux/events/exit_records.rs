//! Exit records: with privilege, the kernel sends what each thread used when it ends, its process' high-water mark among it (taskstats,
//! Documentation/accounting/taskstats-struct.rst). It is taken before the memory is given back. The kernel adds
//! by processor, and tells up to 200 KiB less than there was.

use super::netlink::{Netlink, Received, attributes, message, messages, u16_at, u32_at, u64_at};
use crate::model::Pid;
use std::io;

/// From `linux/genetlink.h`: who knows the families, how it is asked, and what its answer holds.
const CONTROLLER: u16 = 0x10;
const GET_FAMILY: u8 = 3;
const FAMILY_ID: u16 = 1;
const FAMILY_NAME: u16 = 2;

/// From `linux/netlink.h`.
const REQUEST: u16 = 1;
const ACKNOWLEDGE: u16 = 4;
const ERROR: u16 = 2;

/// From `linux/taskstats.h`.
const GET: u8 = 1;
const REGISTER_CPUS: u16 = 3;
const OF_A_THREAD: u16 = 4;
const STATS: u16 = 3;

/// Places in `struct taskstats`, which only ever grows at its end. Sizes are in KiB.
const VERSION: usize = 0;
const FLAGS: usize = 8;
const NAME: usize = 80;
const NAME_LENGTH: usize = 32;
const THREAD: usize = 128;
const MINOR_FAULTS: usize = 168;
const PEAK_RSS: usize = 200;
/// From version 12 on.
const PROCESS: usize = 368;

/// From `linux/acct.h`: a fork that has become no other program.
const NEVER_EXECUTED: u8 = 1;

/// A fork cannot take a step without a copy of its own of some pages, of its stack at least: 4 faults were the fewest that were measured, of a clone
/// that ended at once; 17 of the C library's fork. What ran in its parent's memory instead, since it could not execute what it was started for, had 0 or 1.
const BORROWERS_FAULTS: u64 = 3;

/// What is told of a thread that has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ExitRecord {
    /// Its process.
    pub(super) pid: Pid,
    /// Itself.
    pub(super) thread: Pid,
    /// Its name, which for the first thread is the process'.
    pub(super) name: Vec<u8>,
    /// The high-water mark of the resident set in bytes, of the whole process and since its last exec. Not that of a parent in whose memory it ran.
    pub(super) peak_rss: Option<u64>,
}

/// A subscription to the records of the whole machine.
#[derive(Debug)]
pub(super) struct ExitRecords {
    netlink: Netlink,
    family: u16,
}

impl ExitRecords {
    /// Subscribes. Needs CAP_NET_ADMIN, in the first namespaces.
    ///
    /// # Errors
    /// Where that is refused, or the kernel was built without it.
    pub(super) fn subscribe(buffer: &mut [u8]) -> io::Result<Self> {
        let netlink = Netlink::open(libc::NETLINK_GENERIC, 0)?;
        netlink.send(&generic(CONTROLLER, REQUEST, GET_FAMILY, FAMILY_NAME, b"TASKSTATS\0"))?;
        let family = answer(&netlink, buffer, |kind, payload| {
            let found = || attributes(payload.get(4..)?).find(|(kind, _)| *kind == FAMILY_ID);
            (kind == CONTROLLER).then(found).flatten().and_then(|(_, value)| u16_at(value, 0))
        })?;
        // As a list of ranges, with a NUL byte at its end.
        let cpus = std::fs::read_to_string("/sys/devices/system/cpu/possible")?;
        let cpus = format!("{}\0", cpus.trim());
        netlink.send(&generic(family, REQUEST | ACKNOWLEDGE, GET, REGISTER_CPUS, cpus.as_bytes()))?;
        answer(&netlink, buffer, |_, _| None::<()>).or_else(|error| match error.raw_os_error() {
            Some(0) => Ok(()),
            _ => Err(error),
        })?;
        Ok(Self { netlink, family })
    }

    /// Hands over all records that have come. Returns whether some were lost before.
    pub(super) fn receive(&self, buffer: &mut [u8], each: &mut dyn FnMut(ExitRecord)) -> bool {
        let mut lost = false;
        loop {
            match self.netlink.receive(buffer) {
                Received::Datagram(length) => {
                    let ours = messages(&buffer[..length]).filter(|(kind, _)| *kind == self.family);
                    ours.filter_map(|(_, payload)| record(payload)).for_each(&mut *each);
                }
                Received::Lost => lost = true,
                Received::Nothing => return lost,
            }
        }
    }
}

/// A message to a family of generic netlink, with one attribute.
fn generic(family: u16, flags: u16, command: u8, attribute: u16, value: &[u8]) -> Vec<u8> {
    let mut payload = vec![command, 1, 0, 0];
    payload.extend(u16::try_from(4 + value.len()).unwrap_or(u16::MAX).to_ne_bytes());
    payload.extend(attribute.to_ne_bytes());
    payload.extend(value);
    payload.resize(payload.len().next_multiple_of(4), 0);
    message(family, flags, &payload)
}

/// What the kernel has answered, which it does before a request returns. A bare acknowledgement is the error 0.
fn answer<T>(netlink: &Netlink, buffer: &mut [u8], mut found: impl FnMut(u16, &[u8]) -> Option<T>) -> io::Result<T> {
    while let Received::Datagram(length) = netlink.receive(buffer) {
        for (kind, payload) in messages(&buffer[..length]) {
            if let Some(found) = found(kind, payload) {
                return Ok(found);
            }
            if kind == ERROR {
                let errno = u32_at(payload, 0).map_or(libc::EPROTO, |code| (code as i32).wrapping_neg());
                return Err(io::Error::from_raw_os_error(errno));
            }
        }
    }
    Err(io::ErrorKind::UnexpectedEof.into())
}

/// A record, from the payload of its message.
pub(super) fn record(payload: &[u8]) -> Option<ExitRecord> {
    let (_, of_a_thread) = attributes(payload.get(4..)?).find(|(kind, _)| *kind == OF_A_THREAD)?;
    let (_, stats) = attributes(of_a_thread).find(|(kind, _)| *kind == STATS)?;
    let thread = u32_at(stats, THREAD)?;
    let pid = if u16_at(stats, VERSION)? >= 12 { u32_at(stats, PROCESS)? } else { thread };
    let name = stats.get(NAME..NAME + NAME_LENGTH)?;
    let name = name.split(|byte| *byte == 0).next().unwrap_or_default().to_vec();
    let borrowed = stats.get(FLAGS)? & NEVER_EXECUTED != 0 && u64_at(stats, MINOR_FAULTS)? <= BORROWERS_FAULTS;
    let peak_rss = u64_at(stats, PEAK_RSS)?.checked_mul(1024)?;
    Some(ExitRecord { pid, thread, name, peak_rss: (!borrowed).then_some(peak_rss) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn attribute(kind: u16, value: &[u8]) -> Vec<u8> {
        [&u16::try_from(4 + value.len()).unwrap().to_ne_bytes()[..], &kind.to_ne_bytes(), value].concat()
    }

    #[test]
    fn a_record_is_read() {
        let mut stats = vec![0; 416];
        stats[VERSION] = 13;
        stats[NAME..NAME + 4].copy_from_slice(b"java");
        stats[THREAD..THREAD + 4].copy_from_slice(&4712_u32.to_ne_bytes());
        stats[PEAK_RSS..PEAK_RSS + 8].copy_from_slice(&2048_u64.to_ne_bytes());
        stats[PROCESS..PROCESS + 4].copy_from_slice(&4711_u32.to_ne_bytes());
        let payload = |stats: &[u8]| {
            let inner = [attribute(1, &4712_u32.to_ne_bytes()), attribute(STATS, stats)].concat();
            [vec![2, 1, 0, 0], attribute(OF_A_THREAD, &inner)].concat()
        };
        let expected = ExitRecord { pid: 4711, thread: 4712, name: b"java".to_vec(), peak_rss: Some(2 << 20) };
        assert_eq!(record(&payload(&stats)), Some(expected.clone()));
        stats[VERSION] = 10;
        let old = ExitRecord { pid: 4712, ..expected };
        assert_eq!(record(&payload(&stats[..328])), Some(old.clone()), "an older kernel tells of threads only");
        stats[FLAGS] = NEVER_EXECUTED;
        let borrowed = ExitRecord { peak_rss: None, ..old.clone() };
        assert_eq!(record(&payload(&stats)), Some(borrowed), "it has had no memory but its parent's");
        stats[MINOR_FAULTS] = 4;
        assert_eq!(record(&payload(&stats)), Some(old));
        assert_eq!(record(&payload(&stats[..100])), None);
    }

    proptest! {
        #[test]
        fn no_payload_brings_it_down(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
            record(&bytes);
        }
    }
}
