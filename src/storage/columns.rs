//! The columns of a recording, and what must be done to a name so that a spreadsheet does not calculate it.

use crate::model::{Extras, METRICS, Metric, MetricInfo, Written};
use std::borrow::Cow;

/// The columns before those of the metrics, in the order of the file.
pub(super) const FIXED: [&str; 6] = ["time", "elapsed_s", "process", "pid", "ppid", "name"];

/// The name in the row that is not a process' but its control group's.
pub(super) const GROUP: &str = "[cgroup]";

/// The columns of metrics, in the order of the file.
pub(super) fn metrics(extras: Extras) -> impl Iterator<Item = &'static MetricInfo> {
    METRICS.iter().filter(move |row| row.written == Written::Always || extras.has(row.metric))
}

/// The line at the top of every recording, its end included.
pub(super) fn header(extras: Extras) -> String {
    let mut line = FIXED.join(",");
    for metric in metrics(extras) {
        line.push(',');
        line.push_str(metric.column);
    }
    line.push('\n');
    line
}

/// What a cell of a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cell {
    Time,
    Elapsed,
    Process,
    Pid,
    Ppid,
    Name,
    /// Of a process.
    Metric(Metric),
    /// Of its control group, in a row of its own.
    Group,
    /// A column of a later version, or of somebody else.
    Other,
}

/// Which cell stands where, from a file's own header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) cells: Vec<Cell>,
    /// Whether the fixed columns come first and in our order, so that rows can be read the fast way.
    pub(super) ours: bool,
}

impl Layout {
    /// From the names in a header; `None` where a fixed column is missing: then it is no recording.
    pub(super) fn of<'a>(names: impl Iterator<Item = &'a [u8]>) -> Option<Self> {
        const KINDS: [Cell; 6] = [Cell::Time, Cell::Elapsed, Cell::Process, Cell::Pid, Cell::Ppid, Cell::Name];
        let mut cells: Vec<Cell> = Vec::new();
        for name in names {
            let fixed = FIXED.iter().position(|column| column.as_bytes() == name).map(|place| KINDS[place]);
            let metric = || METRICS.iter().find(|row| row.column.as_bytes() == name).map(|row| of_metric(row.metric));
            let cell = fixed.or_else(metric).unwrap_or(Cell::Other);
            // Of two columns with one name the first counts.
            cells.push(if cells.contains(&cell) { Cell::Other } else { cell });
        }
        KINDS.iter().all(|kind| cells.contains(kind)).then(|| Self { ours: cells.starts_with(&KINDS), cells })
    }
}

fn of_metric(metric: Metric) -> Cell {
    if metric == Metric::Cgroup { Cell::Group } else { Cell::Metric(metric) }
}

/// Beginnings that a spreadsheet takes for a formula, and the sign that keeps it from doing so.
const FORMULA: [char; 5] = ['=', '+', '-', '@', '\''];

/// Whether a name needs the sign `'` before it in the file.
pub(super) fn needs_guard(name: &str) -> bool {
    name.starts_with(FORMULA)
}

/// A name as it was, from the form in the file.
pub(super) fn without_guard(written: &str) -> &str {
    match written.strip_prefix('\'') {
        Some(rest) if needs_guard(rest) => rest,
        _ => written,
    }
}

/// A cell's bytes as text. What is no UTF-8 was not written by us: it is replaced, the row's numbers are still good.
pub(super) fn text(cell: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(cell)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_is_the_one_that_was_promised() {
        assert_eq!(
            header(Extras::default()),
            "time,elapsed_s,process,pid,ppid,name,rss_bytes,peak_rss_bytes,swap_bytes,pss_bytes,uss_bytes\n"
        );
        let further =
            "anon_bytes,file_bytes,shmem_bytes,hugetlb_bytes,pagetables_bytes,threads,cpu_ms,majfaults,cgroup_bytes\n";
        assert!(header(Extras::all()).ends_with(&format!(",uss_bytes,{further}")));
        assert!(header("cpu,anon".parse().unwrap()).ends_with(",uss_bytes,anon_bytes,cpu_ms\n"));
    }

    #[test]
    fn columns_are_found_by_name_wherever_they_stand() {
        let of = |line: &str| Layout::of(line.split(',').map(str::as_bytes));
        assert!(of(header(Extras::all()).trim_end()).unwrap().ours);
        assert_eq!(of(header(Extras::all()).trim_end()).unwrap().cells.last(), Some(&Cell::Group));
        let other = of("name,pid,ppid,process,colour,elapsed_s,time,rss_bytes,rss_bytes").unwrap();
        assert!(!other.ours);
        assert_eq!(other.cells[4], Cell::Other);
        assert_eq!(other.cells[7..], [Cell::Metric(Metric::Rss), Cell::Other]);
        assert_eq!(of("time,pid,rss_bytes"), None);
    }

    #[test]
    fn the_sign_before_a_formula_comes_off_again() {
        for name in ["=1+1", "+x", "-bash", "@sum", "'quoted'", "''", "'", "plain", "", "it's"] {
            let written = if needs_guard(name) { format!("'{name}") } else { name.to_owned() };
            assert_eq!(without_guard(&written), name);
        }
        assert_eq!(without_guard("'foreign"), "'foreign", "nobody guarded this one");
    }
}
