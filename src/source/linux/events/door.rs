//! The readers of the kernel's messages, for those who try what can be done to them: see `source::linux::door`.

use super::connector::event;
use super::exit_records::record;
use super::netlink::{attributes, messages};

/// The payloads of a datagram's messages, and how many attributes each would have if it were made of them.
pub fn messages_of(datagram: &[u8]) -> Vec<(&[u8], usize)> {
    messages(datagram).map(|(_, payload)| (payload, attributes(payload).count())).collect()
}

/// A process event, as it would be printed.
pub fn told_by_events(payload: &[u8]) -> Option<String> {
    event(payload).map(|event| format!("{event:?}"))
}

/// An exit record: process, thread, name and peak in bytes.
pub fn told_by_records(payload: &[u8]) -> Option<(u32, u32, Vec<u8>, Option<u64>)> {
    record(payload).map(|told| (told.pid, told.thread, told.name, told.peak_rss))
}
