//! What the kernel says: text in `/proc`, and messages.

use memrec::model::Name;
use memrec::source::linux::{door, parse};

/// Files of `/proc` and of control groups. The bytes are taken as each of them, and as the name that a process has given itself.
pub(crate) fn proc_files(bytes: &[u8]) {
    parse::statm(bytes);
    parse::smaps_rollup(bytes);
    parse::stat_ppid(bytes);
    parse::stat_is_exiting(bytes);
    parse::stat_work(bytes);
    parse::stat_children_faults(bytes);
    parse::newest_pid(bytes);
    parse::status_process(bytes);
    parse::status_innermost_pid(bytes);
    if let Some(status) = parse::status(bytes) {
        assert!(status.name.len() <= bytes.len());
    }
    let mut pids = Vec::new();
    parse::children(bytes, &mut pids);
    parse::lines_of_pids(bytes, &mut pids);
    assert!(pids.len() <= bytes.len() + 1, "a pid has a digit and a blank");
    assert!(door::program(bytes).is_none_or(|name| !name.is_empty() && !name.contains(&b'/')));
    let (first, rest) = bytes.split_at(bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len()));
    let rest = rest.get(1..).unwrap_or_default();
    for folder in door::groups_of(first, rest) {
        assert!(!folder.components().any(|part| part == std::path::Component::ParentDir) || first.contains(&b'.'));
    }
    if let Some(used) = door::charged(first, rest, b"inactive_file ") {
        let usage = parse::newest_pid(first).expect("a number alone is the last one too");
        assert!(used <= usage);
    }
    named(&bytes[..bytes.len().min(15)]);
}

/// A process that calls itself so. Its name never reads as anything else, and is written so that it can be had back.
fn named(name: &[u8]) {
    if name.contains(&0) {
        return;
    }
    // What the kernel escapes in `status`.
    let escaped: Vec<u8> = name
        .iter()
        .flat_map(|byte| match byte {
            b'\n' => b"\\n".to_vec(),
            b'\\' => b"\\\\".to_vec(),
            byte => vec![*byte],
        })
        .collect();
    let text =
        [b"Name:\t", &escaped[..], b"\nState:\tS (sleeping)\nTgid:\t7\nPPid:\t5\nVmHWM:\t  12 kB\nThreads:\t3\n"];
    let status = parse::status(&text.concat()).expect("it is one");
    assert_eq!((&status.name[..], status.ppid, status.threads), (name, 5, 3));
    assert_eq!(status.memory.peak_rss, Some(12 << 10));
    let stat = [b"7 (", name, b") S 5 7 7 0 -1 4 80 25 3 0 120 14 9 9 20 0 1 0 93 0 0\n"].concat();
    assert_eq!((parse::stat_ppid(&stat), parse::stat_is_exiting(&stat)), (Some(5), Some(true)));
    assert_eq!(parse::stat_work(&stat), Some(parse::Work { majfaults: 3, cpu_ticks: 134 }));
    let written = Name::from_bytes(name);
    assert!(!written.as_str().chars().any(char::is_control));
    assert_eq!(raw(written.as_str()), name);
}

/// The kernel's bytes from a written name: `\xNN` and `\\`.
fn raw(written: &str) -> Vec<u8> {
    let (mut raw, mut rest) = (Vec::new(), written);
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        if c != '\\' {
            raw.extend(c.encode_utf8(&mut [0; 4]).as_bytes());
        } else if let Some(after) = rest.strip_prefix('\\') {
            raw.push(b'\\');
            rest = after;
        } else {
            let digits = rest.strip_prefix('x').expect("no other escape").split_at(2);
            raw.push(u8::from_str_radix(digits.0, 16).expect("two digits"));
            rest = digits.1;
        }
    }
    raw
}

/// Messages of the proc connector and of taskstats.
pub(crate) fn netlink(bytes: &[u8]) {
    let messages = door::messages_of(bytes);
    assert!(messages.len() <= bytes.len() / 16, "each has a header");
    for payload in messages.into_iter().map(|(payload, _)| payload).chain([bytes]) {
        door::told_by_events(payload);
        if let Some((_, _, name, _)) = door::told_by_records(payload) {
            assert!(name.len() <= 32 && !name.contains(&0));
        }
    }
}
