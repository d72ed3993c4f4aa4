//! What recording does to the recorded: the work that a program gets done in a second, bare and recorded, in pairs whose order alternates.
//!
//! `cargo bench --bench disturbance` prints a markdown table, `-- exec fork fault mapper` of those programs alone, `-- --quick` a small one.
//! `MEMREC_BENCH_PAIRS` is another number of pairs than 12, `MEMREC_BENCH_PROGRAM` another memrec to try. `docs/ACCURACY.md` says what the columns mean.

#[path = "../common/mod.rs"]
mod common;
mod works;

use common::stage::{How, Stage, interrupt};
use common::stats::{failed, head, median_interval, quantile, row, shown};
use common::{Wanted, player};
use works::Done;

/// A program, how it is recorded, and by how much longer its work may take.
struct Trial {
    name: &'static str,
    title: &'static str,
    how: How,
    aim: f64,
}

const TRIALS: [Trial; 4] = [
    Trial { name: "exec", title: "fork, exec, wait", how: How::Run, aim: 1.03 },
    Trial { name: "fork", title: "fork, exit, wait", how: How::Run, aim: 1.03 },
    Trial { name: "fault", title: "mmap, touch every page, munmap", how: How::Run, aim: 1.01 },
    // It needs seconds to have its memory: one process for all pairs, to which memrec is attached for every second window. 95 % of its speed.
    Trial { name: "mapper", title: "maps and unmaps beside 8 GiB", how: How::Attach, aim: 1.0 / 0.95 },
];

/// Windows of one pair.
struct Pair {
    bare: Done,
    recorded: Done,
}

fn main() {
    if let Some(words) = player::words() {
        return works::play(&words);
    }
    let names = TRIALS.map(|trial| trial.name);
    let wanted = Wanted::typed(&names);
    let stage = Stage::new();
    let (pairs, seconds) = wanted.pick((2, 0.4), (12, 3.0));
    let pairs = std::env::var("MEMREC_BENCH_PAIRS").map_or(pairs, |number| number.parse().expect("a number of pairs"));
    let columns = [
        "program",
        "recorded with",
        "pairs",
        "bare, works/s",
        "recorded, works/s",
        "time, recorded : bare",
        "quartiles",
        "95 % interval",
        "speed kept, %",
        "aim",
        "met",
        "longest work bare, ms",
        "recorded, ms",
    ];
    head(
        &format!("Work recorded and bare, windows of {seconds} s, interval 100 ms; medians of the pairs"),
        2,
        &columns,
    );
    let options: &[&[&str]] = if stage.knows_pss() { &[&["--pss", "auto"], &["--pss", "off"]] } else { &[&[]] };
    for trial in TRIALS.iter().filter(|trial| wanted.part(trial.name)) {
        let mebibytes = if trial.name == "mapper" { wanted.pick(256, 8 << 10) } else { 0 };
        let cells = |options: &[&str]| vec![trial.title.to_owned(), label(options)];
        if trial.name == "mapper" && !wanted.quick && works::available_mib() < 12 << 10 {
            failed(&cells(&[]), "skipped: less than 12 GiB of memory are free");
            continue;
        }
        for options in options {
            match measure(&stage, trial, mebibytes, options, pairs, seconds) {
                Ok(measured) => show(cells(options), trial, &measured),
                Err(why) => failed(&cells(options), &why),
            }
        }
    }
    if !stage.knows_pss() {
        println!("\n--pss: this memrec does not have it");
    }
    if wanted.quick {
        println!("\nquick: the windows are too short and too few to judge by, and the mapper has 256 MiB only");
    }
}

fn label(options: &[&str]) -> String {
    if options.is_empty() { "no options".to_owned() } else { format!("`{}`", options.join(" ")) }
}

fn measure(
    stage: &Stage,
    trial: &Trial,
    mebibytes: u64,
    options: &[&str],
    pairs: usize,
    seconds: f64,
) -> Result<Vec<Pair>, String> {
    let size = mebibytes.to_string();
    let words = ["part", trial.name, &size];
    let mut kept = if trial.how == How::Attach { Some(stage.start(None, &[], &words)?) } else { None };
    let mut window = |recorded: bool| match &mut kept {
        Some(program) => {
            let memrec = if recorded { Some(stage.attach_to(program, options)?) } else { None };
            let done = works::window(program, seconds);
            if let Some(mut memrec) = memrec {
                interrupt(&mut memrec);
            }
            done
        }
        None => works::window(&mut stage.start(recorded.then_some(How::Run), options, &words)?, seconds),
    };
    // The first one pays for what is then in the caches.
    window(false)?;
    let mut measured = Vec::new();
    for place in 0..pairs {
        // A B, B A: what drifts with time drifts out.
        let first = window(place % 2 == 1)?;
        let second = window(place % 2 == 0)?;
        let (bare, recorded) = if place % 2 == 0 { (first, second) } else { (second, first) };
        measured.push(Pair { bare, recorded });
    }
    Ok(measured)
}

fn show(mut cells: Vec<String>, trial: &Trial, pairs: &[Pair]) {
    let all = |value: &dyn Fn(&Pair) -> f64| pairs.iter().map(value).collect::<Vec<f64>>();
    let middle = |value: &dyn Fn(&Pair) -> f64| quantile(&all(value), 0.5);
    let ratios = all(&|pair| pair.bare.per_second / pair.recorded.per_second);
    let ratio = quantile(&ratios, 0.5);
    let (low, high) = median_interval(&ratios);
    let met = match (high <= trial.aim, low > trial.aim) {
        (true, _) => "yes",
        (_, true) => "no",
        _ => "unclear",
    };
    cells.extend([
        pairs.len().to_string(),
        shown(middle(&|pair| pair.bare.per_second), 0),
        shown(middle(&|pair| pair.recorded.per_second), 0),
        shown(ratio, 3),
        format!("{}–{}", shown(quantile(&ratios, 0.25), 3), shown(quantile(&ratios, 0.75), 3)),
        format!("{}–{}", shown(low, 3), shown(high, 3)),
        shown(100.0 / ratio, 1),
        format!("≤ {}", shown(trial.aim, 3)),
        met.to_owned(),
        shown(middle(&|pair| pair.bare.longest_ms), 2),
        shown(middle(&|pair| pair.recorded.longest_ms), 2),
    ]);
    row(&cells);
}
