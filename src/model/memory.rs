//! What is measured of a process, and THE table of it: columns, labels and getters of every metric come from here.

/// What one tick measured of one process, in bytes. `None` is "not measured", which is not 0.
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
}

/// A number measured of each process at a tick.
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
}

/// A row of the table of metrics.
#[derive(Debug, Clone, Copy)]
pub struct MetricInfo {
    /// Which one.
    pub metric: Metric,
    /// As `--metric` takes it.
    pub name: &'static str,
    /// As the CSV's header has it.
    pub column: &'static str,
    /// As a figure's subtitle has it.
    pub label: &'static str,
    /// One line for people: what it counts.
    pub help: &'static str,
}

/// Every metric, in the order of the CSV's columns. Columns are only ever added at the end.
pub const METRICS: [MetricInfo; 5] = [
    MetricInfo {
        metric: Metric::Rss,
        name: "rss",
        column: "rss_bytes",
        label: "RSS",
        help: "resident set size: pages in RAM, shared ones counted in every process that maps them",
    },
    MetricInfo {
        metric: Metric::PeakRss,
        name: "peak_rss",
        column: "peak_rss_bytes",
        label: "peak RSS",
        help: "the kernel's high-water mark of the resident set size, exact between ticks",
    },
    MetricInfo {
        metric: Metric::Swap,
        name: "swap",
        column: "swap_bytes",
        label: "swap",
        help: "pages that were swapped out",
    },
    MetricInfo {
        metric: Metric::Pss,
        name: "pss",
        column: "pss_bytes",
        label: "PSS",
        help: "proportional set size: pages in RAM, each divided by the number of processes that map it",
    },
    MetricInfo {
        metric: Metric::Uss,
        name: "uss",
        column: "uss_bytes",
        label: "USS",
        help: "unique set size: pages in RAM that no other process maps",
    },
];

impl Metric {
    /// Its row in the table.
    pub fn info(self) -> &'static MetricInfo {
        &METRICS[self as usize]
    }

    /// Its value in `memory`.
    pub fn of(self, memory: &Memory) -> Option<u64> {
        match self {
            Self::Rss => memory.rss,
            Self::PeakRss => memory.peak_rss,
            Self::Swap => memory.swap,
            Self::Pss => memory.pss,
            Self::Uss => memory.uss,
        }
    }

    /// Its place in `memory`, to fill.
    pub fn slot(self, memory: &mut Memory) -> &mut Option<u64> {
        match self {
            Self::Rss => &mut memory.rss,
            Self::PeakRss => &mut memory.peak_rss,
            Self::Swap => &mut memory.swap,
            Self::Pss => &mut memory.pss,
            Self::Uss => &mut memory.uss,
        }
    }

    /// The metric of that name, as `--metric` takes it.
    pub fn named(name: &str) -> Option<Self> {
        METRICS.iter().find(|row| row.name == name).map(|row| row.metric)
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
            *row.metric.slot(&mut memory) = Some(place as u64);
            assert_eq!(row.metric.of(&memory), Some(place as u64));
            let filled = METRICS.iter().filter(|other| other.metric.of(&memory).is_some()).count();
            assert_eq!(filled, 1, "{} fills one place only", row.name);
        }
    }
}
