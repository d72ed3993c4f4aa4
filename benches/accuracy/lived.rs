//! Processes that lived, against processes that the recording knows of.

use crate::common::Wanted;
use crate::common::recording::{Recording, Row};
use crate::common::stage::{How, PLAYER, Play, Played, Stage};
use crate::common::stats::{failed, head, mib, row, shown};
use crate::plays::LEADERLESS;
use std::collections::BTreeMap;

/// What is held by the program that spawns, in MiB.
const SPAWNER: u64 = 400;

pub(crate) fn measure(stage: &Stage, wanted: &Wanted) {
    let storm = wanted.pick("300", "3000");
    let plays: [(&str, &[&str]); 10] = [
        ("double-forked setsid daemon", &["daemon"]),
        ("child forked by another thread", &["thread-child"]),
        ("children, many ending during the look", &["crowd", wanted.pick("200", "1500")]),
        ("zombie leader with a living thread", &["leaderless"]),
        ("posix_spawn out of 400 MiB", &["spawner", "400", wanted.pick("300", "2000")]),
        ("zombies never waited for", &["zombies", "100"]),
        ("exec chain", &["execs", "20"]),
        ("chain of 2 ms each", &["chain", wanted.pick("50", "200")]),
        ("fork storm", &["storm", storm]),
        ("`true` in a shell loop", &["shell", wanted.pick("30", "200")]),
    ];
    let columns = [
        "as",
        "how",
        "play",
        "lived",
        "`spawn`",
        "`exit`",
        "missing starts",
        "missing ends",
        "peaks from",
        "notes",
        "memrec's CPU, ms",
        "beside",
    ];
    head("Processes that lived and processes recorded, interval 100 ms (10 ms for posix_spawn)", 3, &columns);
    for &privilege in stage.privileges() {
        for how in [How::Run, How::Attach] {
            for (name, words) in plays {
                let interval = if words[0] == "spawner" { "10ms" } else { "100ms" };
                let player = stage.player();
                let command = [&[player.as_str(), "play"], words].concat();
                let cells = vec![privilege.name().to_owned(), how.name().to_owned(), name.to_owned()];
                match stage.play(&Play { privilege, how, options: &["-i", interval], command: &command }) {
                    Ok(played) => tell(cells, words[0], &played),
                    Err(why) => failed(&cells, &why),
                }
            }
        }
    }
}

fn tell(mut cells: Vec<String>, play: &str, played: &Played) {
    let Some(lived) = played.told("lived").first().map(|told| told[0]) else {
        return failed(&cells, "the play has not told how many lived");
    };
    let recording = &played.recording;
    let (spawned, ended) = (recording.called("spawn").count() as u64, recording.called("exit").count() as u64);
    let mut sources = BTreeMap::<&str, usize>::new();
    for exit in recording.called("exit") {
        *sources.entry(exit["peak_from"].as_str().unwrap_or("nowhere")).or_default() += 1;
    }
    let sources: Vec<String> = sources.iter().map(|(from, count)| format!("{count} {from}")).collect();
    let missing = |found: u64| (lived as i64 - found as i64).to_string();
    cells.extend([lived, spawned, ended].map(|number| number.to_string()));
    cells.extend([missing(spawned), missing(ended), sources.join(", ")]);
    cells.push(recording.called("note").count().to_string());
    cells.push(shown(recording.at_end("cpu_s").map_or(f64::NAN, |seconds| seconds * 1e3), 0));
    cells.push(match play {
        "spawner" => doubled(recording),
        "leaderless" => leaderless(played),
        "execs" => format!("{} `exec` events of 20", recording.called("exec").count()),
        _ => String::new(),
    });
    row(&cells);
}

/// In how many ticks a child that only borrows its parent's memory was counted as if it were its own.
fn doubled(recording: &Recording) -> String {
    let ticks = recording.ticks();
    let total = |tick: &[&Row]| tick.iter().filter_map(|row| row.rss_bytes).sum::<u64>();
    let doubled = ticks.iter().filter(|tick| total(tick) > (SPAWNER << 20) * 3 / 2).count();
    format!("doubled in {doubled} of {} ticks", ticks.len())
}

/// Whether the memory of a process without its main thread is shown.
fn leaderless(played: &Played) -> String {
    let pid = played.told("leaderless").first().and_then(|told| u32::try_from(told[0]).ok());
    let highest = pid.and_then(|pid| played.recording.highest_sample(pid, PLAYER));
    let highest = highest.map_or(f64::NAN, |bytes| mib(bytes as f64));
    format!("{} MiB seen of {LEADERLESS}", shown(highest, 0))
}
