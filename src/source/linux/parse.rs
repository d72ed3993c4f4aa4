//! The kernel's text, read. Pure: bytes in, numbers out; `None` where the text is not what the kernel documents (proc_pid_stat(5),
//! proc_pid_statm(5), proc_pid_status(5), proc_pid_smaps(5), proc_pid_task(5), proc_loadavg(5)).

use crate::model::{Memory, Pid};
use crate::source::State;

/// What `statm` tells, in pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Statm {
    /// Size of the address space. 0 where there is none (any more).
    pub size: u64,
    /// Resident set.
    pub resident: u64,
    /// Size of the program's code: another program, another size, as good as always.
    pub text: u64,
}

/// `1071 522 457 217 0 117 0`: size, resident, shared, text, lib (unused), data, dt (unused).
pub fn statm(line: &[u8]) -> Option<Statm> {
    let mut fields = line.split(|byte| *byte == b' ');
    let size = number(fields.next()?)?;
    let resident = number(fields.next()?)?;
    let text = number(fields.nth(1)?)?;
    Some(Statm { size, resident, text })
}

/// What `status` tells, sizes in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// The short name, unescaped.
    pub name: Vec<u8>,
    /// `Zombie` also for a leader that has ended before its other threads: see `threads`.
    pub state: State,
    /// The parent.
    pub ppid: Pid,
    /// Threads that have not been released; 1 for a true zombie.
    pub threads: u32,
    /// `VmHWM`, `VmSwap`, `RssAnon`, `RssFile`, `RssShmem`, `HugetlbPages`, `VmPTE` and `Threads`; sizes are absent without an address space.
    pub memory: Memory,
}

/// Lines of `Name:\tvalue`:
/// ```text
/// Name:   cat
/// State:  R (running)
/// PPid:   4700
/// VmHWM:      1884 kB
/// RssAnon:     200 kB
/// RssFile:    1684 kB
/// RssShmem:      0 kB
/// VmPTE:        44 kB
/// VmSwap:        0 kB
/// HugetlbPages:  0 kB
/// Threads:       1
/// ```
pub fn status(text: &[u8]) -> Option<Status> {
    let mut status = Status { name: Vec::new(), state: State::Alive, ppid: 0, threads: 1, memory: Memory::default() };
    let memory = &mut status.memory;
    let mut found = false;
    for line in text.split(|byte| *byte == b'\n') {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
        let value = line[colon + 1..].trim_ascii();
        match &line[..colon] {
            b"Name" => {
                // Blanks belong to the name: only the tab after the colon does not.
                status.name = unescape(line.get(colon + 2..).unwrap_or_default());
                found = true;
            }
            b"State" => {
                let ended = matches!(value.first(), Some(b'Z' | b'X'));
                status.state = if ended { State::Zombie } else { State::Alive };
            }
            b"PPid" => status.ppid = u32::try_from(number(value)?).ok()?,
            b"VmHWM" => memory.peak_rss = kilobytes(value),
            b"VmSwap" => memory.swap = kilobytes(value),
            b"RssAnon" => memory.anon = kilobytes(value),
            b"RssFile" => memory.file = kilobytes(value),
            b"RssShmem" => memory.shmem = kilobytes(value),
            b"VmPTE" => memory.pagetables = kilobytes(value),
            b"HugetlbPages" => memory.hugetlb = kilobytes(value),
            b"Threads" => {
                status.threads = u32::try_from(number(value)?).ok()?;
                memory.threads = Some(status.threads.into());
                break;
            }
            _ => {}
        }
    }
    found.then_some(status)
}

/// `Tgid:\t4711`: the process that the thread belongs to.
pub fn status_process(text: &[u8]) -> Option<Pid> {
    let line = text.split(|byte| *byte == b'\n').find_map(|line| line.strip_prefix(b"Tgid:"))?;
    u32::try_from(number(line.trim_ascii())?).ok()
}

/// The last number of `NSpid:\t4711\t3`: the pid in the innermost of the namespaces that the process is in.
pub fn status_innermost_pid(text: &[u8]) -> Option<Pid> {
    let line = text.split(|byte| *byte == b'\n').find_map(|line| line.strip_prefix(b"NSpid:"))?;
    u32::try_from(number(line.rsplit(|byte| *byte == b'\t').next()?)?).ok()
}

/// What `smaps_rollup` tells, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rollup {
    /// Resident pages, each divided by the number of processes that map it.
    pub pss: u64,
    /// Resident pages that no other process maps. Huge pages of hugetlbfs (`Private_Hugetlb`) are not among them: they are in neither RSS
    /// nor PSS, and USS would be more than its process has by the other two.
    pub uss: u64,
}

/// A line for the range of addresses, then lines of `Name: value`, in any order and with more between them:
/// ```text
/// 56336e16b000-7ffd63bab000 ---p 00000000 00:00 0                          [rollup]
/// Rss:                1716 kB
/// Pss:                 404 kB
/// Pss_Dirty:           116 kB
/// Private_Clean:        52 kB
/// Private_Dirty:       116 kB
/// Private_Hugetlb:       0 kB
/// ```
pub fn smaps_rollup(text: &[u8]) -> Option<Rollup> {
    let value = |name: &[u8]| {
        let line = text.split(|byte| *byte == b'\n').find_map(|line| line.strip_prefix(name))?;
        kilobytes(line.trim_ascii())
    };
    let uss = value(b"Private_Clean:")?.checked_add(value(b"Private_Dirty:")?)?;
    Some(Rollup { pss: value(b"Pss:")?, uss })
}

/// The fields of `4711 (a name) S 4700 ...` from the third on, which is the state. The name may hold `") Z 1 1\n"`: what follows the last `)`
/// counts.
fn stat_fields(line: &[u8]) -> Option<impl Iterator<Item = &[u8]>> {
    let end = line.iter().rposition(|byte| *byte == b')')?;
    Some(line.get(end + 2..)?.split(|byte| *byte == b' '))
}

/// The parent's pid in `4711 (a name) S 4700 ...`: field 4.
pub fn stat_ppid(line: &[u8]) -> Option<Pid> {
    u32::try_from(number(stat_fields(line)?.nth(1)?)?).ok()
}

/// Whether a process is on its way out, or has ended: `PF_EXITING` (`linux/sched.h`) in its flags, field 9 of
/// `4711 (a name) Z 4700 4711 4700 0 -1 4228108 ...`
pub fn stat_is_exiting(line: &[u8]) -> Option<bool> {
    const PF_EXITING: u64 = 4;
    Some(number(stat_fields(line)?.nth(6)?)? & PF_EXITING != 0)
}

/// What `stat` tells of a process' work, its threads together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Work {
    /// Page faults that had to wait for a disk: field 12.
    pub majfaults: u64,
    /// CPU time in clock ticks (`sysconf(_SC_CLK_TCK)` of them are a second), user and system together: fields 14 and 15. Without children.
    pub cpu_ticks: u64,
}

/// `4711 (a name) S 4700 4711 4700 0 -1 4228108 80 25 3 0 120 14 ...`: three faults and 134 ticks.
pub fn stat_work(line: &[u8]) -> Option<Work> {
    let mut fields = stat_fields(line)?;
    let majfaults = number(fields.nth(9)?)?;
    let (user, system) = (number(fields.nth(1)?)?, number(fields.next()?)?);
    Some(Work { majfaults, cpu_ticks: user.checked_add(system)? })
}

/// The number of page faults of children that were waited for: 0 where there were none, since nothing runs without a fault. Field 11 of
/// `4711 (a name) Z 4700 4711 4700 0 -1 4228108 80 25 0 ...`
pub fn stat_children_faults(line: &[u8]) -> Option<u64> {
    number(stat_fields(line)?.nth(8)?)
}

/// `4712 4713 ` in `children`: pids, each followed by a blank.
pub fn children(text: &[u8], to: &mut Vec<Pid>) {
    let pids = text.split(|byte| *byte == b' ').filter_map(number);
    to.extend(pids.filter_map(|pid| u32::try_from(pid).ok()));
}

/// `4712\n4713\n` in `cgroup.procs`: pids, each on a line; 0 for a process of another pid namespace.
pub fn lines_of_pids(text: &[u8], to: &mut Vec<Pid>) {
    let pids = text.split(|byte| *byte == b'\n').filter_map(number);
    to.extend(pids.filter_map(|pid| u32::try_from(pid).ok()));
}

/// The newest pid of the namespace in `0.20 0.18 0.12 1/80 11206`: it moves with every process and thread that is made.
pub fn newest_pid(line: &[u8]) -> Option<u64> {
    number(line.trim_ascii_end().rsplit(|byte| *byte == b' ').next()?)
}

/// `    1884 kB`: the kernel says kB and means KiB.
fn kilobytes(value: &[u8]) -> Option<u64> {
    number(value.strip_suffix(b" kB")?)?.checked_mul(1024)
}

/// In `status` the kernel writes a newline of the name as `\n` and a backslash as `\\`.
fn unescape(escaped: &[u8]) -> Vec<u8> {
    let mut raw = Vec::with_capacity(escaped.len());
    let mut bytes = escaped.iter();
    while let Some(byte) = bytes.next() {
        match (byte, bytes.as_slice().first()) {
            (b'\\', Some(b'n')) => {
                bytes.next();
                raw.push(b'\n');
            }
            (b'\\', Some(b'\\')) => {
                bytes.next();
                raw.push(b'\\');
            }
            _ => raw.push(*byte),
        }
    }
    raw
}

/// Digits and nothing else.
pub(super) fn number(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u64, |sum, byte| {
        let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
        sum.checked_mul(10)?.checked_add(digit)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statm_is_read_in_pages() {
        assert_eq!(statm(b"1071 522 457 217 0 117 0\n"), Some(Statm { size: 1071, resident: 522, text: 217 }));
        assert_eq!(statm(b"0 0 0 0 0 0 0\n"), Some(Statm { size: 0, resident: 0, text: 0 }));
        for torn in [&b""[..], b"1071", b"1071 ", b"1071 522 457", b"a b c d", b"99999999999999999999999 1 1 1 "] {
            assert_eq!(statm(torn), None);
        }
    }

    #[test]
    fn status_gives_name_parent_mark_and_swap() {
        let text = b"Name:\tcat\nUmask:\t0022\nState:\tR (running)\nTgid:\t4711\nPPid:\t4700\nVmHWM:\t    1884 kB\nRssAnon:\t 200 kB\n\
            RssFile:\t 1680 kB\nRssShmem:\t 4 kB\nVmPTE:\t 44 kB\nVmSwap:\t       8 kB\nHugetlbPages:\t    2048 kB\nThreads:\t3\n";
        let memory = Memory {
            peak_rss: Some(1884 << 10),
            swap: Some(8 << 10),
            anon: Some(200 << 10),
            file: Some(1680 << 10),
            shmem: Some(4 << 10),
            hugetlb: Some(2 << 20),
            pagetables: Some(44 << 10),
            threads: Some(3),
            ..Memory::default()
        };
        let expected = Status { name: b"cat".to_vec(), state: State::Alive, ppid: 4700, threads: 3, memory };
        assert_eq!(status(text), Some(expected));
    }

    #[test]
    fn a_zombie_has_no_sizes() {
        let read = status(b"Name:\tsh\nState:\tZ (zombie)\nPPid:\t1\nThreads:\t1\n").unwrap();
        assert_eq!((read.state, read.memory.peak_rss, read.memory.anon), (State::Zombie, None, None));
        assert_eq!(status(b""), None);
        assert_eq!(status(b"\xff\xff:\n:::"), None);
    }

    #[test]
    fn a_name_may_try_to_look_like_more() {
        let read = status(b"Name:\t) Z 1 1\\n\\\\ x\nState:\tS (sleeping)\nPPid:\t7\nThreads:\t1\n").unwrap();
        assert_eq!(read.name, b") Z 1 1\n\\ x");
        assert_eq!(stat_ppid(b"4711 () Z 1 1\n) S 4700 1 1"), Some(4700));
        assert_eq!(stat_ppid(b"4711 (x"), None);
    }

    #[test]
    fn a_thread_names_its_process() {
        assert_eq!(status_process(b"Name:\tjava\nTgid:\t4711\nPid:\t4712\n"), Some(4711));
        assert_eq!(status_process(b"Name:\tTgid:\n"), None);
    }

    #[test]
    fn of_a_processs_pids_the_last_is_the_innermost() {
        let text = b"Name:\tsh\nPid:\t4711\nNSpid:\t4711\t30\t3\nThreads:\t1\n";
        assert_eq!(status_innermost_pid(text), Some(3));
        assert_eq!(status_innermost_pid(b"Name:\tsh\nNSpid:\t\n"), None);
        assert_eq!(status_innermost_pid(b"Name:\tsh\n"), None, "kernels before 4.1");
    }

    #[test]
    fn a_rollup_gives_pss_and_what_is_private_but_for_huge_pages() {
        let text = "56336e16b000-7ffd63bab000 ---p 00000000 00:00 0      [rollup]\nRss:    1716 kB\nPss:     404 kB\n\
            Pss_Dirty:  116 kB\nShared_Clean:  1548 kB\nPrivate_Clean:   52 kB\nPrivate_Dirty:  116 kB\nPrivate_Hugetlb:  2048 kB\n";
        assert_eq!(smaps_rollup(text.as_bytes()), Some(Rollup { pss: 404 << 10, uss: 168 << 10 }));
        let torn = &text[..text.find("Private_Dirty").unwrap() + 18];
        for wrong in [torn, "", "Pss:\n", "Pss: x kB\nPrivate_Clean: 1 kB\nPrivate_Dirty: 1 kB"] {
            assert_eq!(smaps_rollup(wrong.as_bytes()), None, "{wrong}");
        }
    }

    #[test]
    fn faults_of_children_stand_in_the_eleventh_field() {
        let line = b"4711 (sh) Z 4700 4711 4700 34816 4711 4228108 80 25 1 2 0 0 0 0 20 0 1 0 93 0 0";
        assert_eq!(stat_children_faults(line), Some(25));
    }

    #[test]
    fn work_and_its_end_stand_behind_the_last_bracket() {
        let line =
            b"4711 (a) 9 9 9 9 9 9 9 9 (b) S 4700 4711 4700 34816 4711 4194304 80 25 3 2 120 14 9 9 20 0 1 0 93 0 0";
        assert_eq!(stat_work(line), Some(Work { majfaults: 3, cpu_ticks: 134 }));
        assert_eq!(stat_is_exiting(line), Some(false));
        assert_eq!(stat_is_exiting(b"4711 (sh) Z 4700 4711 4700 34816 4711 4228108 80 25"), Some(true));
        for torn in [&line[..line.len() - 40], b"4711 (x", b"4711 (x)", b""] {
            assert_eq!(stat_work(torn), None);
        }
    }

    #[test]
    fn children_and_the_newest_pid_are_read() {
        let mut pids = vec![1];
        children(b"4712 4713 ", &mut pids);
        children(b"", &mut pids);
        assert_eq!(pids, [1, 4712, 4713]);
        assert_eq!(newest_pid(b"0.20 0.18 0.12 1/80 11206\n"), Some(11206));
        assert_eq!(newest_pid(b""), None);
    }
}
