//! A recording as `docs/FORMAT.md` has it, read without memrec: a benchmark must not believe what the recorder's own reader says.

use serde::Deserialize;
use serde_json::Value;
use std::path::Path;

/// A row of the CSV. What is empty there was not measured.
#[derive(Debug, Clone, Deserialize)]
pub struct Row {
    pub elapsed_s: f64,
    pub pid: u32,
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub rss_bytes: Option<u64>,
    #[serde(default)]
    pub peak_rss_bytes: Option<u64>,
    #[serde(default)]
    pub pss_bytes: Option<u64>,
    #[serde(default)]
    pub uss_bytes: Option<u64>,
}

#[derive(Debug, Default)]
pub struct Recording {
    pub rows: Vec<Row>,
    pub events: Vec<Value>,
}

impl Recording {
    /// What cannot be read is left out, as at the end of a recording that is still written.
    pub fn read(csv: &Path) -> Self {
        let rows = csv::Reader::from_path(csv).map(|reader| reader.into_deserialize().flatten().collect());
        let events = std::fs::read_to_string(csv.with_extension("events.jsonl")).unwrap_or_default();
        Self {
            rows: rows.unwrap_or_default(),
            events: events.lines().filter_map(|line| serde_json::from_str(line).ok()).collect(),
        }
    }

    /// Rows of processes by tick; those of groups, which have no pid, are none.
    pub fn ticks(&self) -> Vec<Vec<&Row>> {
        let rows: Vec<&Row> = self.rows.iter().filter(|row| row.pid != 0).collect();
        rows.chunk_by(|a, b| a.elapsed_s == b.elapsed_s).map(<[&Row]>::to_vec).collect()
    }

    pub fn called(&self, event: &str) -> impl Iterator<Item = &Value> {
        self.events.iter().filter(move |value| value["event"] == event)
    }

    /// The highest `peak_rss_bytes` that the recording has of a process, in its rows and in its `exit` event.
    pub fn peak(&self, pid: u32, name: &str) -> Option<u64> {
        let in_rows = self.rows_of(pid, name).filter_map(|row| row.peak_rss_bytes);
        let at_exit = self.called("exit").filter(|event| event["pid"] == pid);
        in_rows.chain(at_exit.filter_map(|event| event["peak_rss_bytes"].as_u64())).max()
    }

    /// The highest `rss_bytes`: what a recorder that only samples would call the peak.
    pub fn highest_sample(&self, pid: u32, name: &str) -> Option<u64> {
        self.rows_of(pid, name).filter_map(|row| row.rss_bytes).max()
    }

    fn rows_of(&self, pid: u32, name: &str) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(move |row| row.pid == pid && row.name == name)
    }

    /// A number of the `end` event.
    pub fn at_end(&self, name: &str) -> Option<f64> {
        self.called("end").last()?[name].as_f64()
    }

    /// From each tick to the next, in milliseconds.
    pub fn gaps_ms(&self) -> Vec<f64> {
        let times: Vec<f64> = self.ticks().iter().map(|tick| tick[0].elapsed_s).collect();
        times.windows(2).map(|pair| (pair[1] - pair[0]) * 1e3).collect()
    }
}
