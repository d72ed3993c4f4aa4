//! What is measured, and THE table of it: columns, labels, units and getters of every metric come from here.

/// What one tick measured of one process. Sizes are bytes. `None` is "not measured", which is not 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Memory {
    /// Resident set: pages of this process that are in RAM, those shared with other processes included.
    pub rss: Option<u64>,
    /// The kernel's high-water mark of `rss` since the process' last exec. Exact between ticks; may lag behind `rss` in
    /// ticks where it was not read.
    pub peak_rss: Option<u64>,
    /// Pages of this process that were swapped out.
    pub swap: Option<u64>,
    /// Proportional set: resident pages, each divided by the number of processes that map it.
    pub pss: Option<u64>,
    /// Unique set: resident pages that no other process maps.
    pub uss: Option<u64>,
    /// The part of `rss` that no file is behind: heap, stacks, what was copied on write.
    pub anon: Option<u64>,
    /// The part of `rss` that files are behind: programs, libraries, mapped files.
    pub file: Option<u64>,
    /// The part of `rss` that is shared memory: System V, POSIX, tmpfs, shared anonymous mappings.
    pub shmem: Option<u64>,
    /// Huge pages of hugetlbfs, which are in none of the above.
    pub hugetlb: Option<u64>,
    /// The page tables themselves, which are in none of the above either.
    pub pagetables: Option<u64>,
    /// How many threads the process has.
    pub threads: Option<u64>,
    /// CPU time used so far, user and system, in milliseconds; without children.
    pub cpu: Option<u64>,
    /// Page faults so far that had to wait for a disk.
    pub majfaults: Option<u64>,
}

/// A number measured at a tick: of each process, or of the group that they are in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Metric {
    /// Resident set size.
    Rss,
    /// High-water mark of the resident set size.
    PeakRss,
    /// Swapped out.
    Swap,
    /// Proportional set size.
    Pss,
    /// Unique set size.
    Uss,
    /// Anonymous part of the resident set.
    Anon,
    /// File-backed part of the resident set.
    File,
    /// Shared-memory part of the resident set.
    Shmem,
    /// Huge pages of hugetlbfs.
    Hugetlb,
    /// Page tables.
    PageTables,
    /// Threads.
    Threads,
    /// CPU time.
    Cpu,
    /// Major page faults.
    MajFaults,
    /// The control group's own figure. No process has it: see [`Sample::cgroup`](super::Sample::cgroup).
    Cgroup,
}

/// What a metric counts in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Bytes.
    Bytes,
    /// Things: what one of them is called, and several.
    Count(&'static str, &'static str),
    /// Milliseconds.
    Milliseconds,
}

/// When a recording has a metric's column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// In every recording, measured or not.
    Always,
    /// Where it was asked for with `--extra`.
    WhenAsked,
}

/// A row of the table of metrics.
#[derive(Debug, Clone, Copy)]
pub struct MetricInfo {
    /// Which one.
    pub metric: Metric,
    /// As `--metric` and `--extra` take it.
    pub name: &'static str,
    /// As the CSV's header has it.
    pub column: &'static str,
    /// What its numbers count.
    pub unit: Unit,
    /// When it has a column.
    pub written: Written,
    /// As a figure's subtitle has it.
    pub label: &'static str,
    /// One line for people: what it counts.
    pub help: &'static str,
}

/// A row of the table: of a metric in bytes that every recording has.
const fn always(
    metric: Metric,
    name: &'static str,
    column: &'static str,
    label: &'static str,
    help: &'static str,
) -> MetricInfo {
    MetricInfo { metric, name, column, unit: Unit::Bytes, written: Written::Always, label, help }
}

/// A row of the table: of a metric that is asked for.
const fn asked(
    metric: Metric,
    name: &'static str,
    column: &'static str,
    unit: Unit,
    label: &'static str,
    help: &'static str,
) -> MetricInfo {
    MetricInfo { metric, name, column, unit, written: Written::WhenAsked, label, help }
}

/// Every metric, in the order of the CSV's columns. Columns are only ever added at the end.
#[rustfmt::skip] // A table.
pub const METRICS: [MetricInfo; 14] = [
    always(Metric::Rss, "rss", "rss_bytes", "RSS",
        "resident set size: pages in RAM, shared ones counted in every process that maps them"),
    always(Metric::PeakRss, "peak_rss", "peak_rss_bytes", "peak RSS",
        "the kernel's high-water mark of the resident set size, exact between ticks"),
    always(Metric::Swap, "swap", "swap_bytes", "swap",
        "pages that were swapped out"),
    always(Metric::Pss, "pss", "pss_bytes", "PSS",
        "proportional set size: pages in RAM, each divided by the number of processes that map it"),
    always(Metric::Uss, "uss", "uss_bytes", "USS",
        "unique set size: pages in RAM that no other process maps"),
    asked(Metric::Anon, "anon", "anon_bytes", Unit::Bytes, "anonymous memory",
        "the part of RSS that no file is behind: heap, stacks, what was copied on write"),
    asked(Metric::File, "file", "file_bytes", Unit::Bytes, "file-backed memory",
        "the part of RSS that files are behind: programs, libraries, mapped files"),
    asked(Metric::Shmem, "shmem", "shmem_bytes", Unit::Bytes, "shared memory",
        "the part of RSS that is shared memory: tmpfs, POSIX, System V, shared anonymous mappings"),
    asked(Metric::Hugetlb, "hugetlb", "hugetlb_bytes", Unit::Bytes, "huge pages",
        "huge pages of hugetlbfs, which are in no RSS and no PSS"),
    asked(Metric::PageTables, "pagetables", "pagetables_bytes", Unit::Bytes, "page tables",
        "the page tables themselves, which are in no RSS and no PSS"),
    asked(Metric::Threads, "threads", "threads", Unit::Count("thread", "threads"), "threads",
        "how many threads a process has"),
    asked(Metric::Cpu, "cpu", "cpu_ms", Unit::Milliseconds, "CPU time",
        "CPU time used so far, user and system"),
    asked(Metric::MajFaults, "majfaults", "majfaults", Unit::Count("fault", "faults"), "major page faults",
        "page faults so far that had to wait for a disk"),
    asked(Metric::Cgroup, "cgroup", "cgroup_bytes", Unit::Bytes, "memory of the control group",
        "what the control group is charged with, without its inactive page cache: as docker stats shows it"),
];

impl Metric {
    /// Its row in the table.
    pub fn info(self) -> &'static MetricInfo {
        &METRICS[self as usize]
    }

    /// Its value in `memory`. A process never has that of its group.
    pub fn of(self, memory: &Memory) -> Option<u64> {
        match self {
            Self::Rss => memory.rss,
            Self::PeakRss => memory.peak_rss,
            Self::Swap => memory.swap,
            Self::Pss => memory.pss,
            Self::Uss => memory.uss,
            Self::Anon => memory.anon,
            Self::File => memory.file,
            Self::Shmem => memory.shmem,
            Self::Hugetlb => memory.hugetlb,
            Self::PageTables => memory.pagetables,
            Self::Threads => memory.threads,
            Self::Cpu => memory.cpu,
            Self::MajFaults => memory.majfaults,
            Self::Cgroup => None,
        }
    }

    /// Puts `value` in its place in `memory`; nowhere if it is the group's.
    pub fn set(self, memory: &mut Memory, value: Option<u64>) {
        let place = match self {
            Self::Rss => &mut memory.rss,
            Self::PeakRss => &mut memory.peak_rss,
            Self::Swap => &mut memory.swap,
            Self::Pss => &mut memory.pss,
            Self::Uss => &mut memory.uss,
            Self::Anon => &mut memory.anon,
            Self::File => &mut memory.file,
            Self::Shmem => &mut memory.shmem,
            Self::Hugetlb => &mut memory.hugetlb,
            Self::PageTables => &mut memory.pagetables,
            Self::Threads => &mut memory.threads,
            Self::Cpu => &mut memory.cpu,
            Self::MajFaults => &mut memory.majfaults,
            Self::Cgroup => return,
        };
        *place = value;
    }

    /// The metric of that name, as `--metric` takes it.
    pub fn named(name: &str) -> Option<Self> {
        METRICS.iter().find(|row| row.name == name).map(|row| row.metric)
    }
}

impl Memory {
    /// All values in the order of the table: for those who go through them for every row.
    #[inline]
    pub fn values(&self) -> [Option<u64>; METRICS.len()] {
        let Self { rss, peak_rss, swap, pss, uss, anon, file, shmem, hugetlb, pagetables, threads, cpu, majfaults } =
            *self;
        [rss, peak_rss, swap, pss, uss, anon, file, shmem, hugetlb, pagetables, threads, cpu, majfaults, None]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_metric_finds_its_own_row_and_its_own_place() {
        for (place, row) in METRICS.iter().enumerate() {
            assert_eq!(row.metric.info().column, row.column);
            assert_eq!(Metric::named(row.name), Some(row.metric));
            let mut memory = Memory::default();
            row.metric.set(&mut memory, Some(place as u64));
            let filled: Vec<_> = METRICS.iter().filter(|other| other.metric.of(&memory).is_some()).collect();
            if row.metric == Metric::Cgroup {
                assert!(filled.is_empty(), "no process has it");
            } else {
                assert_eq!(row.metric.of(&memory), Some(place as u64));
                assert_eq!(memory.values()[place], Some(place as u64));
                assert_eq!(filled.len(), 1, "{} fills one place only", row.name);
            }
        }
    }

    #[test]
    fn what_is_asked_for_stands_behind_what_is_always_there() {
        let always = METRICS.iter().take_while(|row| row.written == Written::Always).count();
        assert!(METRICS[always..].iter().all(|row| row.written == Written::WhenAsked));
        assert!(METRICS.iter().all(|row| row.column.ends_with("_bytes") == (row.unit == Unit::Bytes)));
    }
}
