//! Which columns were asked for beyond those that every recording has.

use super::{METRICS, Memory, Metric, MetricInfo, Written, printable};
use std::str::FromStr;

/// A set of metrics that have a column only when asked for; empty by default. It reads `anon,threads`, in any order, and gives them in that
/// of the table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Extras(u32);

/// All that can be asked for, in the order of the columns.
fn known() -> impl Iterator<Item = &'static MetricInfo> {
    METRICS.iter().filter(|row| row.written == Written::WhenAsked)
}

impl Extras {
    /// All of them.
    pub fn all() -> Self {
        known().fold(Self::default(), |extras, row| extras.with(row.metric))
    }

    /// These and one more.
    #[must_use]
    pub fn with(self, metric: Metric) -> Self {
        Self(self.0 | 1 << metric as u32)
    }

    /// Whether it was asked for.
    pub fn has(self, metric: Metric) -> bool {
        self.0 & 1 << metric as u32 != 0
    }

    /// Whether one of these was.
    pub fn has_any(self, metrics: &[Metric]) -> bool {
        metrics.iter().any(|metric| self.has(*metric))
    }

    /// Whether nothing was.
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }

    /// What was asked for, in the order of the columns.
    pub fn iter(self) -> impl Iterator<Item = Metric> {
        known().map(|row| row.metric).filter(move |metric| self.has(*metric))
    }

    /// Takes out of `memory` what nobody asked for.
    pub fn keep(self, memory: &mut Memory) {
        known().filter(|row| !self.has(row.metric)).for_each(|row| row.metric.set(memory, None));
    }
}

/// As it is typed: `anon,threads`.
impl std::fmt::Display for Extras {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<_> = self.iter().map(|metric| metric.info().name).collect();
        f.write_str(&names.join(","))
    }
}

/// What was given as further columns and is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseExtrasError {
    /// Nothing has that name.
    #[error("'{0}' is none of the further columns; give some of {list}, with commas between", list = Extras::all())]
    Unknown(String),
    /// It stands there more than once.
    #[error("'{0}' stands there twice; give each of {list} once at most", list = Extras::all())]
    Twice(&'static str),
}

impl FromStr for Extras {
    type Err = ParseExtrasError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.split(',').map(str::trim).try_fold(Self::default(), |extras, name| {
            let row = known().find(|row| row.name == name);
            let row = row.ok_or_else(|| ParseExtrasError::Unknown(printable(name)))?;
            if extras.has(row.metric) { Err(ParseExtrasError::Twice(row.name)) } else { Ok(extras.with(row.metric)) }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_the_tables_whatever_was_typed() {
        let extras: Extras = "cgroup, threads,anon".parse().unwrap();
        assert_eq!(extras.iter().collect::<Vec<_>>(), [Metric::Anon, Metric::Threads, Metric::Cgroup]);
        assert_eq!(extras.to_string(), "anon,threads,cgroup");
        assert!(extras.has_any(&[Metric::File, Metric::Anon]) && !extras.has_any(&[Metric::File, Metric::Cpu]));
        assert_eq!(Extras::all().to_string().parse(), Ok(Extras::all()));
    }

    #[test]
    fn what_is_unknown_or_twice_there_is_told_with_what_there_is() {
        let list = "anon,file,shmem,hugetlb,pagetables,threads,cpu,majfaults,cgroup";
        let told = |text: &str| text.parse::<Extras>().unwrap_err().to_string();
        assert_eq!(
            told("anon,x"),
            format!("'x' is none of the further columns; give some of {list}, with commas between")
        );
        assert_eq!(told("cpu,cpu"), format!("'cpu' stands there twice; give each of {list} once at most"));
        // What is always there cannot be asked for.
        for text in ["", "anon,", "rss", "Anon", "anon;file", "\u{1b}[31m"] {
            assert!(told(text).contains("is none of") && !told(text).contains('\u{1b}'), "{text:?}");
        }
    }

    #[test]
    fn nobody_gets_what_nobody_asked_for() {
        let mut memory = Memory { rss: Some(1), anon: Some(2), threads: Some(3), ..Memory::default() };
        Extras::default().with(Metric::Threads).keep(&mut memory);
        assert_eq!(memory, Memory { rss: Some(1), threads: Some(3), ..Memory::default() });
    }
}
