//! What the files of a recording are called.

use chrono::{DateTime, Utc};
use std::path::{Path, PathBuf};

/// Bytes of a command's name that are taken into a file name: with all that is put around it, it stays far below the usual limit of 255.
const LONGEST_NAME: usize = 64;

/// Where the events of the recording `csv` stand: `run.csv` has `run.events.jsonl`. Only the ending `.csv` is taken off.
pub fn sidecar_of(csv: &Path) -> PathBuf {
    let stem = if csv.extension().is_some_and(|ending| ending == "csv") { csv.with_extension("") } else { csv.into() };
    let mut sidecar = stem.into_os_string();
    sidecar.push(".events.jsonl");
    sidecar.into()
}

/// `memrec-20261123T101722Z-hypercorn`, a recording's name without its ending, in UTC. Of the command's name stays what is harmless in a file name everywhere: letters, digits,
/// `.`, `_` and `-`, the last component only, at most 64 bytes; `process` where nothing is left.
pub(super) fn default_stem(now: DateTime<Utc>, command_name: &str) -> String {
    let last = command_name.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let harmless = |c: &char| c.is_alphanumeric() || "._-".contains(*c);
    let mut name = String::new();
    for c in last.chars().filter(harmless).skip_while(|c| matches!(c, '.' | '-')) {
        if name.len() + c.len_utf8() > LONGEST_NAME {
            break;
        }
        name.push(c);
    }
    if name.is_empty() {
        name.push_str("process");
    }
    format!("memrec-{}-{name}", now.format("%Y%m%dT%H%M%SZ"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sidecar_stands_beside_its_recording() {
        for (csv, sidecar) in [
            ("a/run.csv", "a/run.events.jsonl"),
            ("run", "run.events.jsonl"),
            ("run.txt", "run.txt.events.jsonl"),
            ("run.csv.1", "run.csv.1.events.jsonl"),
            ("v1.2.csv", "v1.2.events.jsonl"),
            ("a.csv/run", "a.csv/run.events.jsonl"),
        ] {
            assert_eq!(sidecar_of(Path::new(csv)), Path::new(sidecar));
        }
    }

    #[test]
    fn a_file_name_holds_only_harmless_characters() {
        let now = "2026-11-23T10:17:22.105Z".parse().unwrap();
        for (command, name) in [
            ("hypercorn", "hypercorn"),
            ("/usr/bin/python3.11", "python3.11"),
            ("--rm -rf *", "rm-rf"),
            ("../../etc/.hidden", "hidden"),
            ("größe", "größe"),
            ("\x1b[31m\n", "31m"),
            ("", "process"),
            ("/", "process"),
            ("...", "process"),
        ] {
            assert_eq!(default_stem(now, command), format!("memrec-20261123T101722Z-{name}"));
        }
        assert!(default_stem(now, &"é".repeat(500)).len() < 100);
    }
}
