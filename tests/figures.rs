//! Figures as values and as SVG. The SVGs are compared with those in `tests/golden`; `MEMREC_BLESS=1 cargo test --test figures` writes them anew, to be looked at before they are
//! committed.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use memrec::model::{CommandLine, Event, Memory, Name, Row, Sample, What};
use memrec::plot::{
    Chart, Format, GroupBy, Ink, Input, Options, Panel, PanelKind, PlotError, Shape, Size, Theme, View, chart, draw,
};
use std::path::Path;
use std::time::Duration;

const MIB: f64 = 1_048_576.0;

/// A made-up server of five minutes, a tick a second: a master, and a worker that grows by rejected requests.
struct Server {
    samples: Vec<Sample>,
    events: Vec<Event>,
    command: CommandLine,
}

fn row(process: u32, name: &str, mib: f64) -> Row {
    let memory = Memory { rss: Some((mib * MIB) as u64), ..Memory::default() };
    Row { process, pid: 4710 + process, ppid: 4710, name: Name::from_written(name), memory }
}

fn event(second: u64, what: What) -> Event {
    Event { time: at(second).time, elapsed: Duration::from_secs(second), what }
}

/// An empty tick. The wall clock began at 2026-11-23 10:17:22.
fn at(second: u64) -> Sample {
    let began = "2026-11-23T10:17:22Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap();
    Sample { time: began + Duration::from_secs(second), elapsed: Duration::from_secs(second), ..Sample::default() }
}

fn mark(second: u64, label: &str) -> Event {
    event(second, What::Mark { label: label.to_owned(), edge: None })
}

fn server() -> Server {
    let tick = |second: u64| {
        let seconds = second as f64;
        let rejecting = (seconds - 100.0).clamp(0.0, 100.0);
        let worker = 12.0 + 28.0 * (1.0 - (-seconds).exp()) + rejecting * 0.06;
        let rows = vec![row(1, "server", 38.0), row(2, "server", worker), row(3, "tracker", 12.0)];
        Sample { rows, ..at(second) }
    };
    let mut events = vec![mark(10, "valid"), mark(100, "rejected"), mark(200, "idle")];
    for second in 10..200 {
        let name = if second < 100 { "valid" } else { "rejected" };
        events.push(event(second, What::Count { name: name.to_owned(), number: 50 + second % 7 }));
    }
    events.sort_by_key(|event| event.elapsed);
    let command = CommandLine::masked(["server", "--bind", "127.0.0.1:8080", "<app> & \"co\""]);
    Server { samples: (0..=300).map(tick).collect(), events, command }
}

impl Server {
    fn with<T>(&self, action: impl FnOnce(&[Input]) -> T) -> T {
        let stream = |take: &mut dyn FnMut(&Sample)| {
            self.samples.iter().for_each(take);
            Ok(())
        };
        let name = "server".to_owned();
        action(&[Input { name, command: Some(&self.command), events: &self.events, stream: &stream }])
    }

    fn chart(&self, options: &Options) -> Result<Chart, PlotError> {
        self.with(|inputs| chart(inputs, options))
    }

    fn svg(&self, options: &Options) -> String {
        let mut svg = Vec::new();
        self.with(|inputs| draw(inputs, options, Format::Svg, &mut svg)).unwrap();
        String::from_utf8(svg).unwrap()
    }
}

fn panel(chart: &Chart, kind: PanelKind) -> &Panel {
    chart.panels.iter().find(|panel| panel.kind == kind).unwrap()
}

fn golden(name: &str, svg: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("MEMREC_BLESS").is_some() {
        std::fs::write(&path, svg).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = kept.lines().zip(svg.lines()).position(|(kept, now)| kept != now);
    assert!(
        kept == svg,
        "{name} is another figure from line {} on; look at it, and bless it with MEMREC_BLESS=1 if it is a better one",
        differs.unwrap_or(kept.lines().count().min(svg.lines().count())) + 1
    );
}

fn small() -> Options {
    Options { size: Size { width: 1000, height: 640 }, ..Options::default() }
}

#[test]
fn the_figures_are_those_that_were_blessed() {
    let server = server();
    golden("phases.svg", &server.svg(&Options { growth: true, ..small() }));
    golden("dark-lines.svg", &server.svg(&Options { view: View::Lines, log: true, theme: Theme::Dark, ..small() }));
    let limit = Some(128 << 20);
    let window = "100,200".parse().ok();
    golden("total-trend.svg", &server.svg(&Options { view: View::Total, trend: true, limit, window, ..small() }));
}

#[test]
fn growth_is_the_workers_and_counts_from_where_it_had_come_up() {
    let chart = server().chart(&Options { growth: true, ..Options::default() }).unwrap();
    let growth = panel(&chart, PanelKind::Growth);
    let end = |name: &str, id: &str| {
        let entry = growth.entries.iter().find(|entry| entry.name == name && entry.id.as_deref() == Some(id));
        entry.unwrap().end.unwrap() / MIB
    };
    assert!((end("server", "4712") - 6.0).abs() < 0.5, "{}", end("server", "4712"));
    assert_eq!((end("server", "4711"), end("tracker", "4713")), (0.0, 0.0));
    assert_eq!(growth.y.from, 0.0, "nothing fell");
    assert!(growth.y.to < 8.0 * MIB, "the axis is of what grew: {}", growth.y.to / MIB);
    assert!(growth.y.ticks.iter().skip(1).all(|tick| tick.label.starts_with('+')));
}

#[test]
fn each_phase_has_its_rate_and_what_was_counted_in_it() {
    let chart = server().chart(&Options::default()).unwrap();
    let bands: Vec<_> = chart.bands.iter().map(|band| (band.label.as_str(), band.growing)).collect();
    assert_eq!(bands, [("valid", false), ("rejected", true), ("idle", false)]);
    assert!(chart.bands[1].rate[0].starts_with("+3.60 MiB/min"), "{:?}", chart.bands[1].rate);
    assert!(chart.bands[0].counts[0].ends_with(" valid · 0 rejected"), "{:?}", chart.bands[0].counts);
    assert!(chart.bands[2].counts.is_empty());
    let rates = panel(&chart, PanelKind::Rates);
    let names: Vec<_> = rates.entries.iter().map(|entry| (entry.name.as_str(), entry.ink)).collect();
    assert_eq!(names, [("rejected", Ink::Count(1)), ("valid", Ink::Count(0))]);
    assert!((50.0..70.0).contains(&rates.y.to), "about fifty a second: {}", rates.y.to);
}

#[test]
fn what_grows_is_said_below_the_title_and_what_only_goes_up_and_down_is_not_called_level() {
    let server = server();
    let window = |window: &str| server.chart(&Options { window: window.parse().ok(), ..Options::default() }).unwrap();
    let growing = window("100,200").headline.unwrap();
    assert!(growing.growing && growing.words.starts_with("grows by 3.5"), "{growing:?}");
    let level = window("210,300").headline.unwrap();
    assert!(!level.growing && level.words.starts_with("level at "), "{level:?}");
    let mut mountains = server;
    for (second, sample) in (0_u64..).zip(&mut mountains.samples) {
        let mountain = 800.0 * (second as f64 / 10.0).sin().max(0.0);
        sample.rows = vec![row(1, "cargo", 40.0), row(2, "rustc", mountain)];
    }
    assert_eq!(mountains.chart(&Options::default()).unwrap().headline, None);
}

#[test]
fn phases_can_be_left_out() {
    let chart = server().chart(&Options { phases: false, ..Options::default() }).unwrap();
    assert!(chart.bands.is_empty());
    assert_eq!(chart.panels.len(), 2, "what was counted is still there");
}

#[test]
fn a_trend_is_a_dashed_line_for_the_whole_or_for_each_phase() {
    let server = server();
    let dashed = |options: &Options| -> Vec<f64> {
        let chart = server.chart(options).unwrap();
        let layers = chart.panels[0].layers.iter().filter(|layer| layer.shape == Shape::DashedLine);
        let ends = |line: &memrec::plot::Line| (line.last().unwrap().value - line[0].value) / MIB;
        layers.flat_map(|layer| &layer.lines).map(ends).collect()
    };
    let rises = dashed(&Options { trend: true, ..Options::default() });
    assert_eq!(rises.len(), 3);
    assert!(rises[0].abs() < 0.1 && (rises[1] - 6.0).abs() < 0.5 && rises[2].abs() < 0.1, "{rises:?}");
    assert!(dashed(&Options::default()).is_empty());
}

#[test]
fn a_limit_is_drawn_where_it_is_near_and_only_told_where_it_is_far() {
    let server = server();
    let limit = |mib: u64| {
        let chart = server.chart(&Options { limit: Some(mib << 20), ..Options::default() }).unwrap();
        let memory = &chart.panels[0];
        let limit = memory.limit.clone().unwrap();
        (limit.label, limit.value < memory.y.to, memory.y.to > (mib << 20) as f64)
    };
    assert_eq!(limit(128), ("limit 128 MiB".to_owned(), true, true));
    assert_eq!(limit(64), ("limit 64.0 MiB".to_owned(), true, true), "what was passed is seen too");
    assert_eq!(limit(64 << 10), ("limit 64.0 GiB, above this".to_owned(), false, false));
}

#[test]
fn the_wall_clock_stands_on_the_axis_and_its_moves_are_told() {
    let mut server = server();
    let clock = Options { clock: true, ..Options::default() };
    let labels = |chart: &Chart| chart.x.ticks.iter().map(|tick| tick.label.clone()).collect::<Vec<_>>();
    let chart = server.chart(&clock).unwrap();
    // The hour is that of the time zone of whoever runs this.
    assert!(
        labels(&chart).iter().all(|label| label.ends_with(":30") || label.ends_with(":00")),
        "{:?}",
        labels(&chart)
    );
    assert_eq!(chart.x.ticks[0].at, 8.0, "10:17:30, eight seconds after the beginning");
    assert!(chart.subtitle.iter().all(|part| !part.contains("clock")));
    server.samples[200..].iter_mut().for_each(|sample| sample.time += Duration::from_secs(8 * 3600));
    let chart = server.chart(&clock).unwrap();
    assert!(chart.subtitle.contains(&"the clock moved 8 h forward meanwhile".to_owned()), "{:?}", chart.subtitle);
    let both = server.with(|inputs| {
        let again = || Input { name: String::new(), command: None, events: &[], stream: inputs[0].stream };
        chart_of(&[again(), again()], &clock).unwrap_err().to_string()
    });
    assert!(both.starts_with("cannot draw: --clock: several recordings"), "{both}");
}

fn chart_of(inputs: &[Input], options: &Options) -> Result<Chart, PlotError> {
    chart(inputs, options)
}

#[test]
fn processes_of_one_name_are_one_series_where_that_is_asked_for() {
    let chart = server().chart(&Options { group_by: GroupBy::Name, ..Options::default() }).unwrap();
    let entries: Vec<_> =
        chart.panels[0].entries.iter().map(|entry| (entry.name.as_str(), entry.id.as_deref())).collect();
    assert_eq!(entries, [("total", None), ("tracker", Some("4713")), ("server", Some("×2"))]);
}

#[test]
fn an_svg_is_well_formed_whatever_the_names_are() {
    let mut server = server();
    let names = ["<script>alert(1)</script>", "a & b \"c\" 'd'", "\u{202e}漢字🦀\u{0}\u{1b}[31m"];
    for sample in &mut server.samples {
        sample.rows = names.iter().zip(1..).map(|(name, number)| row(number, name, 10.0)).collect();
    }
    server.events.push(mark(250, "</text>]]>&\u{1b}"));
    let svg = server.svg(&Options { growth: true, title: Some("\u{0}<&>\u{fffe}".to_owned()), ..Options::default() });
    let mut depth = 0_i32;
    for tag in svg.split('<').skip(1) {
        let (inside, text) = tag.split_once('>').expect("every tag is closed");
        assert!(!text.contains('>'), "nothing of a name is markup: {tag}");
        assert_eq!(inside.matches('"').count() % 2, 0, "{tag}");
        depth += match inside {
            inside if inside.starts_with('/') => -1,
            inside if inside.ends_with('/') => 0,
            _ => 1,
        };
        for entity in text.split('&').skip(1) {
            assert!(["amp;", "lt;", "gt;", "quot;"].iter().any(|known| entity.starts_with(known)), "{text}");
        }
    }
    assert_eq!(depth, 0, "what is opened is closed");
    assert!(svg.chars().all(|c| c == '\n' || !c.is_control()), "no character that XML cannot hold");
}

#[test]
fn a_second_panel_is_refused_where_it_has_no_room() {
    let options = |growth, height| Options { growth, size: Size { width: 400, height }, ..Options::default() };
    let error = server().chart(&options(true, 340)).unwrap_err().to_string();
    assert!(error.contains("height of at least 360"), "{error}");
    assert_eq!(server().chart(&options(true, 360)).unwrap().panels.len(), 2, "rates have no room there");
    assert_eq!(server().chart(&options(false, 160)).unwrap().panels.len(), 1);
}
