//! Memory that comes and goes between two ticks: in a process that lives on, and in children that live no longer than it.

use crate::common::Wanted;
use crate::common::player::{self, Area, number, sleep_ms, tell};
use crate::common::stage::{How, PLAYER, Play, Privilege, Stage};
use crate::common::stats::{failed, head, mib, quantile, row, shown};
use std::time::Duration;

/// How long the children live, their start included.
const CHILD_MS: u64 = 20;
/// How long a process lives on after its spike: longer than the second after which memrec reads a mark again.
const AFTER_MS: u64 = 1700;

/// ```text
/// spikes MIB MS...       for each MS a process that has MIB for that long, one after the other; all live on
/// spike MIB MS BEFORE    one of them
/// children KIND EACH MIB...    for each MIB so many children, by fork or by exec
/// child MIB BORN         one of those by exec
/// ```
pub(crate) fn play(words: &[String]) {
    match words[0].as_str() {
        "spikes" => {
            let mut before = 300;
            let mut spikes = Vec::new();
            for held in &words[2..] {
                spikes.push(player::part(&["spike", &words[1], held, &before.to_string()]).spawn().expect("a process"));
                // Not two at a time: they would share the processors.
                before += 400 + held.parse::<u64>().expect("milliseconds");
            }
            for mut spike in spikes {
                let _ = spike.wait();
            }
        }
        "spike" => spike(number(words, 1), number(words, 2), number(words, 3)),
        "children" => {
            player::warm_up();
            for mebibytes in &words[3..] {
                for _ in 0..number(words, 2) {
                    let born = player::monotonic();
                    if words[1] == "fork" {
                        player::fork(|| child(mebibytes.parse().expect("MiB"), born));
                        player::wait_for_children();
                    } else {
                        let born = born.as_nanos().to_string();
                        let _ = player::part(&["child", mebibytes, &born]).status();
                    }
                    // Longer than an interval of 10 ms, and no multiple of it: each child meets another part of it.
                    sleep_ms(13);
                }
            }
        }
        _ => child(number(words, 1), Duration::from_nanos(number(words, 2))),
    }
}

fn spike(mebibytes: u64, held: u64, before: u64) {
    player::warm_up();
    sleep_ms(before);
    let area = Area::touched(mebibytes);
    let top = player::own_peak();
    sleep_ms(held);
    drop(area);
    // The kernel's counters are kept by processor: what it remembers of a peak may be some pages off what it said at the peak.
    let afterwards = player::own_peak();
    tell(format_args!("peak {held} {} {top} {afterwards}", std::process::id()));
    sleep_ms(AFTER_MS);
}

fn child(mebibytes: u64, born: Duration) {
    player::warm_up();
    let area = Area::touched(mebibytes);
    let top = player::own_peak();
    tell(format_args!("peak {mebibytes} {} {top}", std::process::id()));
    let lived = player::monotonic().saturating_sub(born);
    std::thread::sleep(Duration::from_millis(CHILD_MS).saturating_sub(lived));
    // It goes with its memory: nothing is freed before.
    std::mem::forget(area);
    player::end(0);
}

const COLUMNS: [&str; 7] = [
    "spikes",
    "truth, MiB",
    "recorded, MiB",
    "without a peak",
    "largest difference, KiB",
    "the kernel's own, KiB",
    "samples alone, MiB",
];

pub(crate) fn measure(stage: &Stage, wanted: &Wanted) {
    let mebibytes = wanted.pick("50", "200");
    let spikes = wanted.pick(vec!["5", "100"], vec!["5", "20", "50", "100", "500"]);
    let sizes = wanted.pick(vec!["5", "20"], vec!["2", "5", "10", "20", "40"]);
    let (rounds, each) = (wanted.pick(1, 5), wanted.pick("3", "10"));

    let title = format!("Spikes of {mebibytes} MiB in a process that lives on; {rounds} of each length");
    head(&title, 2, &[&["as", "interval", "at the top for"], &COLUMNS[..]].concat());
    for &privilege in stage.privileges() {
        for interval in ["100ms", "10ms"] {
            let words = [&["play", "spikes", mebibytes], &spikes[..]].concat();
            table(stage, privilege, interval, &words, rounds, &spikes, |held| format!("{held} ms"));
        }
    }
    for (kind, how) in [("fork", "fork alone"), ("exec", "fork and exec")] {
        let title = format!("Children that live {CHILD_MS} ms, by {how}; {each} of each size");
        head(&title, 2, &[&["as", "interval", "child of"], &COLUMNS[..]].concat());
        for &privilege in stage.privileges() {
            for interval in ["100ms", "10ms"] {
                let words = [&["play", "children", kind, each], &sizes[..]].concat();
                table(stage, privilege, interval, &words, 1, &sizes, |size| format!("{size} MiB"));
            }
        }
    }
}

/// What is known of one process' peak, in bytes.
struct Told {
    label: u64,
    truth: u64,
    /// The kernel's mark once the spike is over, for a process that lives on.
    afterwards: Option<u64>,
    recorded: Option<u64>,
    sampled: Option<u64>,
}

/// A row for each label, over all processes that tell it.
fn table(
    stage: &Stage,
    privilege: Privilege,
    interval: &str,
    words: &[&str],
    rounds: usize,
    labels: &[&str],
    shown_label: impl Fn(&str) -> String,
) {
    let player = stage.player();
    let mut all = Vec::new();
    for _ in 0..rounds {
        let play = Play {
            privilege,
            how: How::Run,
            options: &["-i", interval],
            command: &[&[player.as_str()], words].concat(),
        };
        let played = match stage.play(&play) {
            Ok(played) => played,
            Err(why) => return failed(&[privilege.name().to_owned(), interval.to_owned()], &why),
        };
        for told in played.told("peak") {
            let pid = u32::try_from(told[1]).expect("a pid");
            let recorded = played.recording.peak(pid, PLAYER);
            let sampled = played.recording.highest_sample(pid, PLAYER);
            all.push(Told { label: told[0], truth: told[2], afterwards: told.get(3).copied(), recorded, sampled });
        }
    }
    for label in labels {
        let of_label: Vec<&Told> = all.iter().filter(|told| told.label.to_string() == *label).collect();
        let middle = |value: &dyn Fn(&Told) -> Option<u64>| {
            let values: Vec<f64> = of_label.iter().filter_map(|told| value(told)).map(|bytes| bytes as f64).collect();
            quantile(&values, 0.5)
        };
        let worst = |value: &dyn Fn(&Told) -> Option<u64>| {
            let differences = of_label.iter().filter_map(|told| Some(value(told)? as f64 - told.truth as f64));
            differences.max_by(|a, b| a.abs().total_cmp(&b.abs())).map_or(f64::NAN, |bytes| bytes / 1024.0)
        };
        row(&[
            privilege.name().to_owned(),
            interval.replace("ms", " ms"),
            shown_label(label),
            of_label.len().to_string(),
            shown(mib(middle(&|told| Some(told.truth))), 1),
            shown(mib(middle(&|told| told.recorded)), 1),
            of_label.iter().filter(|told| told.recorded.is_none()).count().to_string(),
            shown(worst(&|told| told.recorded), 0),
            shown(worst(&|told| told.afterwards), 0),
            // A process that no sample has met has shown nothing.
            shown(mib(middle(&|told| Some(told.sampled.unwrap_or(0)))), 1),
        ]);
    }
}
