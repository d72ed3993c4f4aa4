//! Where the machine stands, what its language is, and what its clock is set to changes nothing of what is written and drawn.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod common;

use common::{Ended, Folder, finish};
use std::fs;
use std::time::{Duration, SystemTime};

const HEADER: &str = "time,elapsed_s,process,pid,ppid,name,rss_bytes,peak_rss_bytes,swap_bytes,pss_bytes,uss_bytes\n";

/// Zones that are half a day apart, one with daylight saving, one that is none; languages with a decimal comma and with other digits.
const PLACES: [[(&str, &str); 3]; 5] = [
    [("TZ", "UTC"), ("LC_ALL", "C"), ("LANG", "C")],
    [("TZ", "Pacific/Kiritimati"), ("LC_ALL", "de_DE.UTF-8"), ("LANG", "de_DE.UTF-8")],
    [("TZ", "America/St_Johns"), ("LC_ALL", "ar_EG.UTF-8"), ("LANG", "ar_EG.UTF-8")],
    [("TZ", "CET-1CEST,M3.5.0,M10.5.0/3"), ("LC_ALL", "tr_TR.ISO-8859-9"), ("LANG", "")],
    [("TZ", ":no/such/zone"), ("LC_ALL", "nonsense"), ("LANG", "nonsense")],
];

/// Ticks of one recording, each with the wall clock that it read.
fn recording(walls: [&str; 5]) -> String {
    let row = |(place, wall): (usize, &&str)| {
        format!("2026-{wall}Z,0.{place}00000,1,4711,4700,sh,{},,,,\n", (place + 1) << 20)
    };
    HEADER.to_owned() + &walls.iter().enumerate().map(row).collect::<String>()
}

/// What `peak`, `list` and `plot` say of it, and the picture.
fn told(folder: &Folder, place: &[(&str, &str)]) -> (Vec<Ended>, Vec<u8>) {
    let ended = [&["peak", "run.csv"][..], &["list"], &["plot", "run.csv"]].map(|words| {
        let mut command = folder.memrec(words);
        command.envs(place.iter().copied());
        finish(command)
    });
    (ended.into(), fs::read(folder.join("run.png")).unwrap())
}

#[test]
fn zone_and_language_change_nothing_of_what_is_told_and_drawn() {
    let folder = Folder::new();
    // In the middle of the night in which Central Europe sets its clocks back.
    let walls =
        ["10-25T00:59:59.900", "10-25T01:00:00.000", "10-25T01:00:00.100", "10-25T01:00:00.200", "10-25T01:00:00.300"];
    fs::write(folder.join("run.csv"), recording(walls)).unwrap();
    let (expected, picture) = told(&folder, &PLACES[0]);
    assert!(expected[0].out.starts_with("run.csv\t5.000 MiB\n"), "{expected:?}");
    assert!(expected[1].out.contains("2026-10-25 00:59:59 UTC"), "{expected:?}");
    for place in &PLACES[1..] {
        let (ended, drawn) = told(&folder, place);
        for (ended, expected) in ended.iter().zip(&expected) {
            assert_eq!((ended.code(), &ended.out, &ended.err), (0, &expected.out, &expected.err), "{place:?}");
        }
        assert!(drawn == picture, "{place:?}: another picture");
    }
}

#[test]
fn a_recording_is_made_in_utc_with_decimal_points_wherever_it_is() {
    for place in &PLACES {
        let folder = Folder::new();
        let now = || SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        let before = now();
        let mut command = folder.memrec(&["run", "-i", "10ms", "--", "sleep", "0.03"]);
        command.envs(place.iter().copied());
        let ended = finish(command);
        let after = now();
        assert_eq!(ended.code(), 0, "{ended:?}");
        let stamp = |at: Duration| chrono::DateTime::from_timestamp_millis(at.as_millis() as i64).unwrap();
        let between = |time: &str| {
            let time: chrono::DateTime<chrono::Utc> = time.parse().unwrap();
            // The clock may be set while this runs, but hardly by an hour, which is what a zone would do.
            let apart = chrono::TimeDelta::minutes(25);
            stamp(before) - apart <= time && time <= stamp(after) + apart
        };
        let name = folder.names().into_iter().find(|name| name.ends_with(".csv")).unwrap();
        let named = name.strip_prefix("memrec-").unwrap();
        let (day, second) = (&named[..8], &named[9..15]);
        let iso =
            format!("{}-{}-{}T{}:{}:{}Z", &day[..4], &day[4..6], &day[6..], &second[..2], &second[2..4], &second[4..]);
        assert!(between(&iso), "{place:?}: {name}");
        let rows = folder.rows_of(&name);
        assert!(!rows.is_empty() && rows.iter().all(|row| row.elapsed_s < 60.0), "{place:?}");
        let text = fs::read_to_string(folder.join(&name)).unwrap();
        for row in text.lines().skip(1) {
            let cells: Vec<&str> = row.split(',').collect();
            assert!(cells.len() == 11 && cells[0].len() == 24 && cells[0].ends_with('Z') && between(cells[0]), "{row}");
            let (whole, decimals) = cells[1].split_once('.').unwrap();
            assert!(decimals.len() == 6 && (whole.to_owned() + decimals).bytes().all(|b| b.is_ascii_digit()), "{row}");
        }
    }
}

#[test]
fn a_recording_whose_clock_was_set_back_or_forward_is_read_by_elapsed() {
    let folder = Folder::new();
    let smooth =
        ["10-25T12:00:00.000", "10-25T12:00:00.100", "10-25T12:00:00.200", "10-25T12:00:00.300", "10-25T12:00:00.400"];
    let back =
        ["10-25T12:00:00.000", "10-25T12:00:00.100", "10-25T10:00:00.200", "10-25T10:00:00.300", "10-25T10:00:00.400"];
    let forward =
        ["10-25T12:00:00.000", "10-25T12:00:00.100", "12-31T23:59:60.200", "01-01T00:00:00.300", "12-25T00:00:00.400"];
    fs::write(folder.join("run.csv"), recording(smooth)).unwrap();
    let (expected, picture) = told(&folder, &[]);
    for walls in [back, forward] {
        fs::write(folder.join("run.csv"), recording(walls)).unwrap();
        let (ended, drawn) = told(&folder, &[]);
        for (ended, expected) in ended.iter().zip(&expected) {
            assert_eq!((ended.code(), &ended.out, &ended.err), (0, &expected.out, &expected.err), "{walls:?}");
        }
        assert!(drawn == picture, "{walls:?}: another picture");
    }
}
