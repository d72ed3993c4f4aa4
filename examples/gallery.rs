//! Draws made-up recordings of many shapes into a folder, to look at: `cargo run --release --example gallery -- FOLDER`.

use memrec::model::{CommandLine, Event, Memory, Name, Row, Sample, What};
use memrec::plot::{Format, Input, Options, Size, Theme, View, draw};
use std::time::{Duration, Instant};

const MIB: f64 = 1048576.0;

/// A process that lives from one second to another, named so, with so many MiB at each second of its life.
struct Player {
    life: (f64, f64),
    name: &'static str,
    mib: Box<dyn Fn(f64) -> f64>,
}

struct Play {
    file: &'static str,
    command: Vec<String>,
    interval: f64,
    length: f64,
    holes: Vec<(f64, f64)>,
    marks: Vec<(f64, &'static str)>,
    players: Vec<Player>,
}

impl Play {
    fn new(file: &'static str, command: &str, interval: f64, length: f64) -> Self {
        let command = command.split(' ').map(str::to_owned).collect();
        Self { file, command, interval, length, holes: vec![], marks: vec![], players: vec![] }
    }

    fn with(mut self, name: &'static str, from: f64, to: f64, mib: impl Fn(f64) -> f64 + 'static) -> Self {
        self.players.push(Player { life: (from, to), name, mib: Box::new(mib) });
        self
    }

    fn stream(&self, take: &mut dyn FnMut(&Sample)) {
        let mut sample = Sample::default();
        let ticks = (self.length / self.interval).round() as u64;
        for tick in 0..=ticks {
            let at = tick as f64 * self.interval;
            if self.holes.iter().any(|hole| at > hole.0 && at < hole.1) {
                continue;
            }
            sample.elapsed = Duration::from_secs_f64(at);
            sample.rows.clear();
            for (player, number) in self.players.iter().zip(1..) {
                if at >= player.life.0 && at <= player.life.1 {
                    let mib = (player.mib)(at - player.life.0) + noise(tick, number) * 2.0;
                    let memory = Memory { rss: Some((mib.max(0.0) * MIB) as u64), ..Memory::default() };
                    let name = Name::from_written(player.name);
                    sample.rows.push(Row { process: number, pid: 4710 + number, ppid: 4710, name, memory });
                }
            }
            if !sample.rows.is_empty() {
                take(&sample);
            }
        }
    }

    /// Of the one that has requests: so many a second, of which a part is rejected.
    fn counts(&self) -> Vec<Event> {
        let mut events = Vec::new();
        if self.file != "requests" {
            return events;
        }
        for step in 0..(self.length * 2.0) as u64 {
            let at = step as f64 / 2.0;
            let rate = match at {
                ..8.0 => 0.0,
                ..104.0 => 60.0,
                ..199.0 => 100.0,
                ..294.0 => 300.0,
                _ => 0.0,
            };
            let number = (rate * (0.5 + noise(step, 77)) / 2.0) as u64;
            for (name, number) in [("valid", number / 2), ("rejected", number - number / 2)] {
                let what = What::Count { name: name.to_owned(), number };
                events.push(Event { time: Sample::default().time, elapsed: Duration::from_secs_f64(at), what });
            }
        }
        events
    }

    fn events(&self) -> Vec<Event> {
        let event = |(at, label): &(f64, &str)| Event {
            time: Sample::default().time,
            elapsed: Duration::from_secs_f64(*at),
            what: What::Mark { label: (*label).to_owned(), edge: None },
        };
        self.marks.iter().map(event).chain(self.counts()).collect()
    }
}

/// Between 0 and 1, the same every time.
fn noise(a: u64, b: u32) -> f64 {
    let mut x = a.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ u64::from(b).wrapping_mul(0xD1B5_4A32_D192_ED03);
    x = (x ^ (x >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    ((x ^ (x >> 32)) & 0xFFFF) as f64 / 65536.0
}

fn saw(period: f64, low: f64, high: f64) -> impl Fn(f64) -> f64 {
    move |at| low + (high - low) * ((at % period) / period).powi(2)
}

fn plays() -> Vec<Play> {
    let mut training = Play::new("train", "python train.py --epochs 40", 0.5, 600.0)
        .with("python", 0.0, 600.0, |at| 120.0 + at / 10.0)
        .with("worker-0", 60.0, 520.0, |at| 130.0 + 300.0 * (1.0 - (-at / 90.0).exp()) + 40.0 * (at / 31.0).sin())
        .with("worker-1", 150.0, 430.0, saw(70.0, 30.0, 460.0))
        .with("worker-2", 150.0, 560.0, saw(97.0, 20.0, 180.0));
    training.marks = vec![(0.0, "load"), (60.0, "train"), (430.0, "evaluate"), (520.0, "export")];
    let mut many = Play::new("forty", "make -j40 all", 0.2, 120.0);
    for place in 0..40_u32 {
        let size = 12.0 + 160.0 * noise(u64::from(place), 7).powi(3);
        let from = f64::from(place) * 1.3;
        many = many.with("cc1plus", from, from + 40.0, move |at| size * (at / 12.0).min(1.0));
    }
    let mut build = Play::new("build", "cargo build --release", 0.1, 180.0).with("cargo", 0.0, 180.0, |_| 48.0);
    let mut free = [0.5_f64; 4];
    for place in 0..400_u32 {
        let slot = (0..4).min_by(|a, b| free[*a].total_cmp(&free[*b])).unwrap_or(0);
        let size = 60.0 + 900.0 * noise(u64::from(place), 3).powi(4);
        let span = 0.5 + size / 150.0 * noise(u64::from(place), 5);
        let from = free[slot];
        free[slot] = from + span + 0.1;
        build = build.with("rustc", from, from + span, move |at| size * (at / span).sqrt());
    }
    build.length = free.iter().copied().fold(0.0, f64::max);
    build.players[0].life.1 = build.length;
    let mut gaps = Play::new("gaps", "sleepy --daemon", 0.5, 300.0)
        .with("sleepy", 0.0, 300.0, |at| 60.0 + at / 8.0)
        .with("helper", 40.0, 300.0, saw(33.0, 10.0, 70.0));
    gaps.holes = vec![(80.0, 140.0), (200.0, 212.0)];
    let long = format!("./run {} --flag", "very-long-name/".repeat(14));
    let mut marks =
        Play::new("marks", "service --phases 60", 0.5, 600.0).with("service", 0.0, 600.0, saw(90.0, 80.0, 300.0));
    marks.marks = (0..60).map(|place| (f64::from(place * place) / 6.0, "phase with a long label")).collect();
    let mut requests = Play::new("requests", "hypercorn --bind 127.0.0.1:8080 leakapp:app", 0.25, 305.0)
        .with("hypercorn", 0.0, 305.0, |at| 38.4 - 20.0 * (-at * 3.0).exp())
        .with("python3", 0.5, 305.0, |_| 12.1)
        .with("hypercorn", 0.6, 305.0, |at| {
            let busy = (at - 8.0).max(0.0);
            12.0 + 26.0 * (1.0 - (-at * 3.0).exp()) + 5.7 * (1.0 - (-busy / 25.0).exp()) + busy / 300.0
        });
    requests.marks = vec![(8.0, "English"), (104.0, "French"), (199.0, "German"), (294.0, "idle")];
    vec![
        Play::new("short", "./hello --world", 0.1, 3.0).with("hello", 0.0, 3.0, |at| 4.0 + 30.0 * (at / 1.1).min(1.0)),
        training,
        many,
        build,
        Play::new("hours", "jupyter lab", 1.0, 10_800.0)
            .with("jupyter-lab", 0.0, 10_800.0, |at| 180.0 + at / 300.0)
            .with("python3", 700.0, 10_800.0, saw(2700.0, 300.0, 3000.0)),
        Play::new("week", "hypercorn --bind 127.0.0.1:8080 app:app", 60.0, 604_800.0)
            .with("hypercorn", 0.0, 604_800.0, |_| 38.0)
            .with("hypercorn", 2.0, 604_800.0, |at| 45.0 + at / 9000.0 + 12.0 * (at / 13_751.0).sin().abs())
            .with("tracker", 2.0, 604_800.0, |_| 12.0),
        Play::new("long", &long, 0.5, 60.0)
            .with("a-name-of-many-letters-that-nobody-would-choose-but-some-programs-have-anyway", 0.0, 60.0, |_| 90.0)
            .with("工作进程", 5.0, 60.0, |at| 20.0 + at)
            .with("🦀rust🦀", 9.0, 50.0, |at| 120.0 - at),
        Play::new("scripts", "python 数据处理.py --größe Жизнь 🦀", 0.5, 60.0)
            .with("python", 0.0, 60.0, |at| 20.0 + at),
        Play::new("one", "true", 0.1, 0.0).with("true", 0.0, 0.0, |_| 1.4),
        gaps,
        marks,
        requests,
    ]
}

fn save(path: &std::path::Path, inputs: &[Input], options: &Options) -> anyhow::Result<()> {
    let start = Instant::now();
    let mut picture = Vec::new();
    draw(inputs, options, Format::Png, &mut picture)?;
    println!("{:>6.1} ms {:>7} bytes  {}", start.elapsed().as_secs_f64() * 1e3, picture.len(), path.display());
    Ok(std::fs::write(path, picture)?)
}

fn main() -> anyhow::Result<()> {
    let folder = std::path::PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| "target/gallery".to_owned()));
    std::fs::create_dir_all(&folder)?;
    let plays = plays();
    let streams: Vec<_> = plays
        .iter()
        .map(|play| {
            move |take: &mut dyn FnMut(&Sample)| {
                play.stream(take);
                Ok(())
            }
        })
        .collect();
    let commands: Vec<CommandLine> = plays.iter().map(|play| CommandLine::masked(&play.command)).collect();
    let events: Vec<Vec<Event>> = plays.iter().map(Play::events).collect();
    let inputs: Vec<Input> = plays
        .iter()
        .enumerate()
        .map(|(place, play)| Input {
            name: play.file.to_owned(),
            command: Some(&commands[place]),
            events: &events[place],
            stream: &streams[place],
        })
        .collect();
    let usual = Options::default();
    for input in inputs.chunks(1) {
        save(&folder.join(format!("{}.png", input[0].name)), input, &usual)?;
    }
    let place = |file: &str| plays.iter().position(|play| play.file == file).unwrap_or(0);
    for (file, width, height, scale) in [
        ("train", 800, 400, 1),
        ("train", 400, 300, 1),
        ("train", 1600, 800, 2),
        ("build", 800, 400, 1),
        ("forty", 400, 300, 1),
    ] {
        let options = Options { size: Size { width, height }, scale, ..usual.clone() };
        save(&folder.join(format!("{file}-{width}x{height}@{scale}.png")), &inputs[place(file)..][..1], &options)?;
    }
    for (file, view) in [("train", View::Lines), ("train", View::Total), ("forty", View::Lines), ("gaps", View::Lines)]
    {
        let options = Options { view, ..usual.clone() };
        save(&folder.join(format!("{file}-{view:?}.png").to_lowercase()), &inputs[place(file)..][..1], &options)?;
    }
    for (file, window) in [("train", "6:0,"), ("train", "400,440"), ("build", "-60,")] {
        let Ok(window) = window.replace("6:0", "360").parse() else { continue };
        let options = Options { window: Some(window), ..usual.clone() };
        save(&folder.join(format!("{file}-window-{window}.png")), &inputs[place(file)..][..1], &options)?;
    }
    for (file, name, options) in [
        ("train", "train-growth", Options { growth: true, trend: true, ..usual.clone() }),
        ("train", "train-dark", Options { growth: true, theme: Theme::Dark, ..usual.clone() }),
        ("week", "week-growth", Options { growth: true, trend: true, limit: Some(128 << 20), ..usual.clone() }),
        ("week", "week-log", Options { log: true, ..usual.clone() }),
        ("build", "build-names", Options { group_by: memrec::plot::GroupBy::Name, growth: true, ..usual.clone() }),
        ("forty", "forty-top", Options { top: 20, ..usual.clone() }),
        ("requests", "requests-growth", Options { growth: true, ..usual.clone() }),
        ("requests", "requests-dark", Options { growth: true, theme: Theme::Dark, clock: true, ..usual.clone() }),
        (
            "requests",
            "requests-small",
            Options { growth: true, size: Size { width: 500, height: 600 }, ..usual.clone() },
        ),
    ] {
        save(&folder.join(format!("{name}.png")), &inputs[place(file)..][..1], &options)?;
    }
    let mut svg = Vec::new();
    let growth = Options { growth: true, ..usual.clone() };
    draw(&inputs[place("requests")..][..1], &growth, Format::Svg, &mut svg)?;
    std::fs::write(folder.join("requests.svg"), svg)?;
    let three = |files: [&str; 3]| -> Vec<Input> {
        let copy = |file: &str| {
            let place = place(file);
            Input { name: file.to_owned(), command: None, events: &[], stream: &streams[place] }
        };
        files.map(copy).into()
    };
    save(&folder.join("overlay.png"), &three(["train", "gaps", "marks"]), &usual)
}
