//! `{"time":"2026-11-23T10:17:22.105Z","elapsed_s":0.100213,"process":1,...}`: the rows of the CSV as JSON, one object a line.
//!
//! A column that every recording has is in every object, `null` where it was not measured, so that all objects have the same names. A further column is in
//! those where it was.

use crate::model::{METRICS, Memory, Metric, Row, Sample, Written, steers};
use chrono::SecondsFormat;
use std::io::{self, Write};

/// As the CSV calls the row of the control group.
const GROUP: &str = "[cgroup]";

/// Writes the rows of a tick; how many they were.
pub(super) fn write(sample: &Sample, out: &mut dyn Write) -> io::Result<u64> {
    let time = sample.time.to_rfc3339_opts(SecondsFormat::Millis, true);
    let tick = format!(
        "{{\"time\":\"{time}\",\"elapsed_s\":{}.{:06}",
        sample.elapsed.as_secs(),
        sample.elapsed.subsec_micros()
    );
    if let Some(bytes) = sample.cgroup {
        write!(out, "{tick},\"process\":0,\"pid\":0,\"ppid\":0,\"name\":\"{GROUP}\"")?;
        write_metrics(&Memory::default(), Some(bytes), out)?;
    }
    for row in &sample.rows {
        let Row { process, pid, ppid, name, memory } = row;
        write!(out, "{tick},\"process\":{process},\"pid\":{pid},\"ppid\":{ppid},\"name\":")?;
        write_text(name.as_str(), out)?;
        write_metrics(memory, None, out)?;
    }
    Ok(sample.rows.len() as u64 + u64::from(sample.cgroup.is_some()))
}

fn write_metrics(memory: &Memory, group: Option<u64>, out: &mut dyn Write) -> io::Result<()> {
    for info in &METRICS {
        let value = if info.metric == Metric::Cgroup { group } else { info.metric.of(memory) };
        match value {
            Some(value) => write!(out, ",\"{}\":{value}", info.column)?,
            None if info.written == Written::Always => write!(out, ",\"{}\":null", info.column)?,
            None => {}
        }
    }
    out.write_all(b"}\n")
}

/// As a string of JSON, with nothing raw in it that could steer a terminal or break a line.
fn write_text(text: &str, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(b"\"")?;
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c == '"' || c == '\\' || steers(c)) {
        let (plain, odd) = rest.split_at(at);
        out.write_all(plain.as_bytes())?;
        let mut chars = odd.chars();
        match chars.next() {
            Some(c @ ('"' | '\\')) => write!(out, "\\{c}")?,
            // All of them are below U+10000: one unit.
            Some(c) => write!(out, "\\u{:04x}", u32::from(c))?,
            None => {}
        }
        rest = chars.as_str();
    }
    out.write_all(rest.as_bytes())?;
    out.write_all(b"\"")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Name;
    use std::time::Duration;

    fn written(sample: &Sample) -> String {
        let mut out = Vec::new();
        write(sample, &mut out).expect("into memory");
        String::from_utf8(out).expect("text")
    }

    fn sample(name: &str, memory: Memory) -> Sample {
        let rows = vec![Row { process: 1, pid: 4711, ppid: 4700, name: Name::from_written(name), memory }];
        let time = "2026-11-23T10:17:22.105Z".parse().expect("a moment");
        Sample { time, elapsed: Duration::from_micros(100_213), rows, cgroup: None }
    }

    #[test]
    fn a_row_is_an_object_and_what_was_not_measured_is_null() {
        assert_eq!(
            written(&sample("web", Memory { rss: Some(4096), swap: Some(0), ..Memory::default() })),
            "{\"time\":\"2026-11-23T10:17:22.105Z\",\"elapsed_s\":0.100213,\"process\":1,\"pid\":4711,\"ppid\":4700,\"name\":\"web\",\
             \"rss_bytes\":4096,\"peak_rss_bytes\":null,\"swap_bytes\":0,\"pss_bytes\":null,\"uss_bytes\":null}\n"
        );
    }

    #[test]
    fn the_example_of_the_documentation_is_true() {
        let memory = Memory { rss: Some(40_345_600), peak_rss: Some(40_345_600), swap: Some(0), ..Memory::default() };
        assert!(include_str!("../../docs/FORMAT.md").contains(&written(&sample("hypercorn", memory))));
    }

    #[test]
    fn a_further_column_is_there_where_it_was_measured_and_the_group_has_a_row_of_its_own() {
        let mut tick = sample("web", Memory { threads: Some(3), ..Memory::default() });
        tick.cgroup = Some(7);
        let text = written(&tick);
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].contains("\"process\":0,\"pid\":0,\"ppid\":0,\"name\":\"[cgroup]\""), "{text}");
        assert!(lines[0].ends_with("\"uss_bytes\":null,\"cgroup_bytes\":7}"), "{text}");
        assert!(lines[1].ends_with("\"uss_bytes\":null,\"threads\":3}"), "{text}");
    }

    #[test]
    fn any_name_is_a_string_that_steers_nothing() {
        for (name, text) in [
            ("a\"b", r#""a\"b""#),
            (r"\x1B[2J", r#""\\x1B[2J""#),
            ("=1+1", r#""=1+1""#),
            ("gr\u{f6}\u{df}e \u{1f600}", "\"gr\u{f6}\u{df}e \u{1f600}\""),
            ("\u{202e}txt\u{2028}", r#""\u202etxt\u2028""#),
            ("", r#""""#),
            ("\"", r#""\"""#),
        ] {
            let mut out = Vec::new();
            write_text(name, &mut out).expect("into memory");
            assert_eq!(String::from_utf8(out).expect("text"), text);
        }
    }
}
