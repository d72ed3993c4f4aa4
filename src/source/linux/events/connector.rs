//! Process events: the kernel tells of every fork, exec and exit on the machine (the proc connector, `linux/cn_proc.h`).
//!
//! Since Linux 6.6 anybody may ask for them; before, root alone. In a network namespace of one's own there is nobody to ask. In a pid namespace events
//! of the whole machine may come, under pids that mean nothing there, and the kernel then leaves the request without an answer. So the answer is
//! demanded, and the first event must be that of a thread which was started to see it.

use super::netlink::{Netlink, Received, message, messages, u32_at, u64_at};
use crate::model::{ExitStatus, Pid};
use nix::unistd::gettid;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

/// From `linux/connector.h`: the group and the value that process events have.
const CN_IDX_PROC: u32 = 1;
const CN_VAL_PROC: u32 = 1;

/// From `linux/netlink.h`: a message that is complete in itself.
const NLMSG_DONE: u16 = 3;

/// From `linux/cn_proc.h`.
const LISTEN: u32 = 1;
const IGNORE: u32 = 2;
const NONE: u32 = 0;
const FORK: u32 = 1;
const EXEC: u32 = 2;
const EXIT: u32 = 0x8000_0000;

/// `struct cn_msg`: index, value, sequence number, acknowledgement, length, flags.
const CONNECTOR_HEADER: usize = 20;

/// `struct proc_event` before what differs by kind: kind, CPU, time.
const EVENT_HEADER: usize = 16;

/// What the kernel tells of a process. Numbers are thread ids; a process' own is that of its first thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::source::linux) enum Event {
    /// A process has begun, `thread` being its first; or else a process has one more thread, and then `parent` means nothing: it is the parent
    /// of the process.
    Fork { parent: Pid, child: Pid, thread: Pid },
    /// A process has become another program, at that CLOCK_MONOTONIC.
    Exec { pid: Pid, at: Duration },
    /// A thread has ended; where it was the last, with its process.
    Exit { pid: Pid, thread: Pid, parent: Pid, status: ExitStatus },
    /// The answer to a request: 0, or an errno.
    Answer { error: u32 },
}

/// A subscription to the events of the whole machine.
#[derive(Debug)]
pub(super) struct Connector(Netlink);

impl Connector {
    /// Subscribes, and makes sure that what comes is meant for us.
    ///
    /// # Errors
    /// Where there are no events to be had, with the reason in words.
    pub(super) fn subscribe(buffer: &mut [u8]) -> Result<Self, String> {
        let connector = Self(Netlink::open(libc::NETLINK_CONNECTOR, CN_IDX_PROC).map_err(|error| refused(&error))?);
        connector.request(&LISTEN.to_ne_bytes()).map_err(|error| refused(&error))?;
        // It is there when the request has been sent, or never will be.
        let mut answer = None;
        connector.receive(buffer, &mut |event| {
            if let Event::Answer { error } = event {
                answer = Some(error);
            }
        });
        match answer {
            Some(0) => {}
            Some(error) => return Err(refused(&io::Error::from_raw_os_error(error as i32))),
            None => return Err("the kernel does not answer, as in a pid namespace of one's own".to_owned()),
        }
        connector.check(buffer)?;
        // From now on nothing but what is asked for. Kernels before 6.6 do not know that request and go on as they were.
        let wanted = FORK | EXEC | EXIT;
        let _ = connector.request(&[LISTEN.to_ne_bytes(), wanted.to_ne_bytes()].concat());
        Ok(connector)
    }

    /// Whether the start of a thread of this process is told, under the number that it has here.
    fn check(&self, buffer: &mut [u8]) -> Result<(), String> {
        let failed = |error: io::Error| format!("no thread could be started to test them with: {error}");
        let builder = std::thread::Builder::new().stack_size(16 << 10);
        let thread = builder.spawn(gettid).map_err(failed)?.join().unwrap_or(nix::unistd::Pid::from_raw(0));
        let (us, thread) = (std::process::id(), thread.as_raw() as Pid);
        let mut told = false;
        self.receive(buffer, &mut |event| {
            told |= matches!(event, Event::Fork { child, thread: begun, .. } if (child, begun) == (us, thread));
        });
        if told { Ok(()) } else { Err("the kernel tells of strangers and not of memrec itself".to_owned()) }
    }

    fn request(&self, operation: &[u8]) -> io::Result<()> {
        let mut payload = Vec::with_capacity(CONNECTOR_HEADER + operation.len());
        payload.extend(CN_IDX_PROC.to_ne_bytes());
        payload.extend(CN_VAL_PROC.to_ne_bytes());
        payload.extend([0; 8]);
        payload.extend(u16::try_from(operation.len()).unwrap_or(u16::MAX).to_ne_bytes());
        payload.extend([0; 2]);
        payload.extend(operation);
        self.0.send(&message(NLMSG_DONE, 0, &payload))
    }

    /// Hands over all events that have come. Returns whether some were lost before.
    pub(super) fn receive(&self, buffer: &mut [u8], each: &mut dyn FnMut(Event)) -> bool {
        let mut lost = false;
        loop {
            match self.0.receive(buffer) {
                Received::Datagram(length) => {
                    messages(&buffer[..length]).filter_map(|(_, payload)| event(payload)).for_each(&mut *each);
                }
                Received::Lost => lost = true,
                Received::Nothing => return lost,
            }
        }
    }
}

impl AsFd for Connector {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl Drop for Connector {
    fn drop(&mut self) {
        // Kernels before 6.6 count listeners and do not notice when one goes.
        let _ = self.request(&IGNORE.to_ne_bytes());
    }
}

fn refused(error: &io::Error) -> String {
    match error.raw_os_error() {
        Some(libc::ECONNREFUSED) => "this network namespace has none".to_owned(),
        Some(libc::EPERM | libc::EACCES) => "on this kernel they are for root".to_owned(),
        Some(libc::EPROTONOSUPPORT) => "this kernel was built without them".to_owned(),
        _ => crate::model::reason(error),
    }
}

/// An event, from the payload of its message.
pub(super) fn event(payload: &[u8]) -> Option<Event> {
    if (u32_at(payload, 0)?, u32_at(payload, 4)?) != (CN_IDX_PROC, CN_VAL_PROC) {
        return None;
    }
    let event = payload.get(CONNECTOR_HEADER..)?;
    let number = |place: usize| u32_at(event, EVENT_HEADER + 4 * place);
    match u32_at(event, 0)? {
        NONE => Some(Event::Answer { error: number(0)? }),
        FORK => Some(Event::Fork { parent: number(1)?, thread: number(2)?, child: number(3)? }),
        EXEC => Some(Event::Exec { pid: number(1)?, at: Duration::from_nanos(u64_at(event, 8)?) }),
        EXIT => {
            // As wait(2) has it: the signal in the lower byte, or the code in the next.
            let (code, signal) = ((number(2)? >> 8) as i32 & 0xFF, number(2)? as i32 & 0x7F);
            let status = if signal == 0 { ExitStatus::Code(code) } else { ExitStatus::Signal(signal) };
            // Kernels before 4.18 do not name the parent.
            Some(Event::Exit { thread: number(0)?, pid: number(1)?, status, parent: number(5).unwrap_or(0) })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn told(kind: u32, numbers: &[u32]) -> Option<Event> {
        let head = [CN_IDX_PROC, CN_VAL_PROC, 0, 0, 0, kind, 0];
        let mut payload: Vec<u8> = head.iter().flat_map(|number| number.to_ne_bytes()).collect();
        payload.extend(1_500_000_000_u64.to_ne_bytes());
        payload.extend(numbers.iter().flat_map(|number| number.to_ne_bytes()));
        event(&payload)
    }

    #[test]
    fn events_are_read() {
        assert_eq!(told(FORK, &[7, 7, 8, 8, 0, 0]), Some(Event::Fork { parent: 7, child: 8, thread: 8 }));
        assert_eq!(told(EXEC, &[9, 8, 0, 0, 0, 0]), Some(Event::Exec { pid: 8, at: Duration::from_millis(1500) }));
        let exit = |status| Some(Event::Exit { thread: 9, pid: 8, parent: 7, status });
        assert_eq!(told(EXIT, &[9, 8, 3 << 8, 17, 7, 7]), exit(ExitStatus::Code(3)));
        assert_eq!(told(EXIT, &[9, 8, 0x80 | 11, 17, 7, 7]), exit(ExitStatus::Signal(11)), "with a core");
        assert_eq!(told(NONE, &[1, 0, 0, 0, 0, 0]), Some(Event::Answer { error: 1 }));
        assert_eq!(told(4, &[1, 0, 0, 0, 0, 0]), None, "a change of user is none of ours");
        assert_eq!(told(FORK, &[7, 7, 8]), None, "cut");
    }

    proptest! {
        #[test]
        fn no_payload_brings_it_down(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            event(&bytes);
        }
    }
}
