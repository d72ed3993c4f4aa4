//! A page of HTML in a real browser: it is opened from its file, its processes are put off and on, its parts are zoomed into, and what is then on the
//! screen is looked at. Skipped where there is no Chromium.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod browser;
mod common;

use browser::{Browser, chromium};
use common::skipping::skipped;
use common::{Folder, MIB, finish};
use memrec::model::{Memory, Name, Row, Sample};
use memrec::plot::{Format, Input, Options, draw};
use serde_json::{Value, json};
use std::fs::{self, File};
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

/// One browser at a time: each takes the better part of a core while it starts.
static ONE: Mutex<()> = Mutex::new(());

const SIZE: (u32, u32) = (1400, 900);

struct Opened {
    browser: Browser,
    folder: Folder,
    _one: MutexGuard<'static, ()>,
}

/// The page that `memrec plot OPTIONS... run.csv -o run.html` makes, opened. `None` where no browser is.
fn opened(csv: &str, events: &str, options: &[&str], dark: bool) -> Option<Opened> {
    let folder = Folder::new();
    fs::write(folder.join("run.csv"), csv).unwrap();
    fs::write(folder.join("run.events.jsonl"), events).unwrap();
    let words = [&["plot", "-o", "run.html"], options, &["run.csv"]].concat();
    let ended = finish(folder.memrec(&words));
    assert_eq!((ended.code(), ended.out.trim(), ended.err.as_str()), (0, "run.html", ""));
    open(folder, "run.html", dark)
}

fn open(folder: Folder, page: &str, dark: bool) -> Option<Opened> {
    let Some(chromium) = chromium() else {
        skipped("no Chromium; have it with: apt-get install chromium");
        return None;
    };
    let one = ONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let mut browser = Browser::start(&chromium, SIZE, dark);
    browser.open(&folder.join(page));
    Some(Opened { browser, folder, _one: one })
}

const HEADER: &str = "time,elapsed_s,process,pid,ppid,name,rss_bytes,peak_rss_bytes,swap_bytes,pss_bytes,uss_bytes\n";

fn event(tick: u64, what: &str) -> String {
    let (second, milli) = (22 + tick / 10, tick % 10 * 100);
    format!(
        "{{\"time\":\"2026-11-23T10:17:{second:02}.{milli:03}Z\",\"elapsed_s\":{}.{},{what}}}\n",
        tick / 10,
        tick % 10
    )
}

fn start() -> String {
    event(
        0,
        r#""event":"start","format":1,"memrec":"0.1.0","command":["serve","--all"],"interval_s":0.1,"source":"linux","following":"events""#,
    )
}

/// In MiB, at a tick: the parent is level, a worker grows by 1 MiB in eight ticks, a helper is there from 5 s to 15 s.
fn sizes(tick: u64) -> Vec<(u32, u32, &'static str, u64)> {
    let mut sizes = vec![(1, 100, "parent", 100 * MIB), (2, 200, "worker", 50 * MIB + tick * MIB / 8)];
    if (50..=150).contains(&tick) {
        sizes.push((3, 300, "helper", 20 * MIB));
    }
    sizes
}

/// Twenty seconds of three processes, with a hole from 8 s to 10 s, two phases, and lines counted.
fn recording() -> (String, String) {
    let (mut csv, mut events) = (HEADER.to_owned(), start());
    for tick in (0..=200).filter(|tick| !(81..100).contains(tick)) {
        let time = format!("2026-11-23T10:17:{:02}.{:03}Z", 22 + tick / 10, tick % 10 * 100);
        for (number, pid, name, bytes) in sizes(tick) {
            csv.push_str(&format!(
                "{time},{}.{},{number},{pid},1,{name},{bytes},,0,{},\n",
                tick / 10,
                tick % 10,
                bytes / 2
            ));
        }
        match tick {
            20 => events.push_str(&event(tick, r#""event":"mark","label":"load""#)),
            120 => events.push_str(&event(tick, r#""event":"mark","label":"serve""#)),
            _ => {}
        }
        if tick > 120 {
            events.push_str(&event(tick, r#""event":"count","name":"requests","number":4"#));
        }
    }
    (csv, events)
}

impl Opened {
    /// Where a moment and a value are in a panel, on the screen.
    fn place(&mut self, panel: usize, second: f64, value: f64) -> (f64, f64) {
        let plot = format!("memrec.panels[{panel}].plot");
        let place = self.browser.run(&format!(
            "(() => {{ const box = {plot}.over.getBoundingClientRect();
              return [box.left + {plot}.valToPos({second}, 'x'), box.top + {plot}.valToPos({value}, 'y')]; }})()"
        ));
        (place[0].as_f64().unwrap(), place[1].as_f64().unwrap())
    }

    /// The colour at a moment and a value of the first panel, as `#rrggbb`; `nothing` where the page is seen through it.
    fn colour(&mut self, second: f64, mib: f64) -> String {
        self.browser.text(&format!(
            "(() => {{ const plot = memrec.panels[0].plot;
              const at = [plot.valToPos({second}, 'x', true), plot.valToPos({mib} * 1048576, 'y', true)].map(Math.round);
              const [red, green, blue, there] = plot.ctx.getImageData(...at, 1, 1).data;
              return there === 0 ? 'nothing' : '#' + [red, green, blue].map((part) => part.toString(16).padStart(2, '0')).join(''); }})()"
        ))
    }

    fn window(&mut self) -> (f64, f64) {
        let scale = self.browser.run("(({min, max}) => [min, max])(memrec.panels[0].plot.scales.x)");
        (scale[0].as_f64().unwrap(), scale[1].as_f64().unwrap())
    }

    fn series(&mut self) -> Vec<(String, bool)> {
        let series = self.browser.run("memrec.panels[0].plot.series.slice(1).map((one) => [one.label, one.show])");
        let told = |one: &Value| (one[0].as_str().unwrap().to_owned(), one[1].as_bool().unwrap());
        series.as_array().unwrap().iter().map(told).collect()
    }

    /// Nothing went wrong, and nothing was asked of anybody but the file itself.
    fn is_content(&mut self) {
        assert_eq!(self.browser.complaints(), [] as [String; 0]);
        let requests = self.browser.requests();
        assert_eq!(requests.len(), 1, "{requests:?}");
        assert!(requests[0].starts_with("file://"), "{requests:?}");
    }
}

/// The colours of the light theme's areas, by rank: as in a picture.
const PARENT: &str = "#7ba2d4";
const WORKER: &str = "#ffc16d";
const HELPER: &str = "#5dc8a8";
/// Where nothing is drawn, or a phase is shaded.
const NOTHING: [&str; 2] = ["nothing", "#f5f7fa"];

#[test]
fn a_page_opens_from_its_file_and_shows_what_a_picture_shows() {
    let (csv, events) = recording();
    let Some(mut page) = opened(&csv, &events, &["--limit", "180MiB"], false) else { return };
    page.is_content();
    assert!(page.browser.number("memrec.firstDraw") > 0.0);
    assert_eq!(page.browser.text("document.title"), "serve --all");
    assert_eq!(page.browser.text("document.getElementById('title').textContent"), "serve --all");
    let subtitle = page.browser.text("document.getElementById('subtitle').textContent");
    assert!(subtitle.starts_with("peak 189 MiB at 15.00 s  ·  20 s  ·  182 ticks every 0.1 s"), "{subtitle}");
    // Areas upon each other, in the colours of their ranks, and white above them.
    assert_eq!([47.0, 125.0, 174.0].map(|mib| page.colour(14.0, mib)), [PARENT, WORKER, HELPER]);
    let above = page.colour(12.5, 195.0);
    assert!(NOTHING.contains(&above.as_str()), "{above}");
    // Nothing is drawn through what was not measured.
    assert!(NOTHING.contains(&page.colour(9.0, 47.0).as_str()));
    // Every second phase is shaded, and the limit is dashed.
    assert_eq!([page.colour(4.0, 195.0), page.colour(18.0, 195.0)], ["#f5f7fa", "nothing"]);
    let limit = page.browser.run(
        "(() => { const plot = memrec.panels[0].plot; const y = Math.round(plot.valToPos(180 * 1048576, 'y', true));
           const row = plot.ctx.getImageData(plot.bbox.left, y, plot.bbox.width, 1).data;
           let grey = 0; for (let i = 0; i < row.length; i += 4) grey += row[i] < 140 && row[i + 2] > row[i] && row[i + 3] > 100; return grey; })()",
    );
    assert!(limit.as_f64().unwrap() > 200.0, "{limit}");
    // From 0, in steps that are round in binary.
    let labels = page.browser.run("memrec.panels[0].plot.axes[1]._values");
    assert_eq!(labels[0], "0");
    assert!(["20 MiB", "50 MiB"].contains(&labels[1].as_str().unwrap()), "{labels}");
    assert_eq!(labels.as_array().unwrap().last(), Some(&json!("200 MiB")), "{labels}");
    // Lines were counted: they have a panel, and nobody asked for growth.
    assert_eq!(page.browser.run("memrec.panels.map((panel) => panel.name)"), json!(["memory", "rates"]));
    let rate = page.browser.number("Math.max(...memrec.panels[1].plot.data[1])");
    assert!((rate - 40.0).abs() < 6.0, "four each tenth of a second: {rate}");
    // The file names nobody else.
    let text = fs::read_to_string(page.folder.join("run.html")).unwrap();
    for outside in ["src=", "href=", "@import", "url(", "fetch(", "XMLHttpRequest", "WebSocket"] {
        assert!(!text.contains(outside), "{outside}");
    }
    assert!(text.contains("default-src 'none'") && text.contains("Copyright (c) 2022 Leon Sorokin"));
}

#[test]
fn a_process_that_is_put_off_is_not_drawn_and_those_above_it_come_down() {
    let (csv, events) = recording();
    let Some(mut page) = opened(&csv, &events, &[], false) else { return };
    assert_eq!(page.colour(14.0, 125.0), WORKER);
    page.browser.click("#legend [data-row='1']");
    let shown: Vec<_> = page.series().into_iter().filter(|one| one.1).map(|one| one.0).collect();
    assert_eq!(shown, ["helper", "parent", "total"]);
    // Where the worker was is the helper now, and above that nothing, up to the total, which is the tree's.
    assert_eq!([47.0, 110.0].map(|mib| page.colour(14.0, mib)), [PARENT, HELPER]);
    assert!(NOTHING.contains(&page.colour(14.0, 146.0).as_str()));
    assert_eq!(page.browser.text("document.querySelector(\"#legend [data-row='1']\").ariaPressed"), "false");
    assert!(page.browser.text("document.querySelector(\"tr[data-row='1']\").className").contains("off"));
    // From the table it is put on again.
    page.browser.click("tr[data-row='1']");
    assert_eq!(page.colour(14.0, 125.0), WORKER);
    assert!(page.series().iter().all(|one| one.1));
    // Lines instead of areas: there is nothing between them.
    page.browser.click("[data-tool='view-lines']");
    assert!(NOTHING.contains(&page.colour(14.0, 130.0).as_str()));
    // Without the total the axis is that of the largest line.
    page.browser.click("#legend [data-row='total']");
    let top = page.browser.number("memrec.panels[0].plot.scales.y.max") / MIB as f64;
    assert!((100.0..130.0).contains(&top), "{top}");
    page.is_content();
}

#[test]
fn a_part_that_is_dragged_over_is_shown_larger_and_a_double_click_shows_all_again() {
    let (csv, events) = recording();
    let Some(mut page) = opened(&csv, &events, &["--growth"], false) else { return };
    let whole = page.window();
    assert_eq!(whole, (0.0, 20.0));
    let (from, to) = (page.place(0, 2.0, 3e7), page.place(0, 4.0, 5e7));
    page.browser.drag(from, to);
    let window = page.window();
    assert!((window.0 - 2.0).abs() < 0.05 && (window.1 - 4.0).abs() < 0.05, "{window:?}");
    // All panels show the same time, and only ticks of that, with one more on either side.
    let same = page.browser.run(
        "memrec.panels.every(({ plot }) => plot.scales.x.min === memrec.state.window[0] && plot.scales.x.max === memrec.state.window[1])",
    );
    assert_eq!(same, json!(true));
    let times = page.browser.run("Array.from(memrec.panels[0].plot.data[0])");
    let times: Vec<f64> = times.as_array().unwrap().iter().map(|time| time.as_f64().unwrap()).collect();
    assert!((21..=24).contains(&times.len()), "{times:?}");
    // The axis of values follows what is to be seen, and still begins at 0.
    let scale = page.browser.run("(({min, max}) => [min, max])(memrec.panels[0].plot.scales.y)");
    assert_eq!(scale[0], json!(0));
    assert!((155.0..185.0).contains(&(scale[1].as_f64().unwrap() / MIB as f64)), "{scale}");
    let told = page.browser.text("document.getElementById('hint').textContent");
    assert!(told.contains("Show all"), "{told}");
    let middle = page.place(0, 3.0, 3e7);
    page.browser.double_click(middle);
    assert_eq!(page.window(), whole);
    // A window that was asked for is what the page begins with.
    let ended = finish(page.folder.memrec(&["plot", "run.csv", "--window", "12,16", "-o", "part.html"]));
    assert_eq!(ended.code(), 0);
    let part = page.folder.join("part.html");
    page.browser.open(&part);
    assert_eq!(page.window(), (12.0, 16.0));
    page.is_content();
}

#[test]
fn the_pointer_tells_the_moment_the_phase_and_each_process() {
    let (csv, events) = recording();
    let Some(mut page) = opened(&csv, &events, &[], false) else { return };
    let place = page.place(0, 14.01, 5e7);
    page.browser.point(place);
    let lines = page.browser.run("[...document.querySelectorAll('#tip > div')].map((line) => line.textContent)");
    let lines: Vec<&str> = lines.as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
    assert!(lines[0].starts_with("14.0"), "{lines:?}");
    assert_eq!(lines[1..6], ["serve", "total188 MiB", "helper 30020.0 MiB", "worker 20067.5 MiB", "parent 100100 MiB"]);
    assert!(lines[6].starts_with("requests"), "{lines:?}");
    let hole = page.place(0, 9.0, 5e7);
    page.browser.point(hole);
    assert!(page.browser.text("document.getElementById('tip').textContent").contains("nothing was measured"));
    page.browser.point((5.0, 5.0));
    assert_eq!(page.browser.run("document.getElementById('tip').hidden"), json!(true));
    page.is_content();
}

#[test]
fn a_page_is_dark_where_the_reader_s_system_is_or_where_it_is_told_to_be() {
    let (csv, events) = recording();
    let Some(mut page) = opened(&csv, &events, &[], true) else { return };
    let ground = "getComputedStyle(document.body).backgroundColor";
    let dark = "rgb(20, 23, 31)";
    assert_eq!(page.browser.text(ground), dark);
    assert_eq!(page.colour(14.0, 47.0), "#055295", "the same process in the colour of this theme");
    page.browser.click("[data-tool='theme']");
    assert_eq!(page.browser.text(ground), "rgb(255, 255, 255)");
    assert_eq!(page.colour(14.0, 47.0), PARENT);
    // The system changes while the page is open; two changes within one frame would be none.
    page.browser.prefer(false);
    page.browser.settle();
    page.browser.prefer(true);
    page.browser.settle();
    assert_eq!(page.browser.text(ground), dark);
    let ended = finish(page.folder.memrec(&["plot", "run.csv", "--theme", "dark", "-o", "dark.html"]));
    assert_eq!(ended.code(), 0);
    page.browser.prefer(false);
    let file = page.folder.join("dark.html");
    page.browser.open(&file);
    assert_eq!(page.browser.text(ground), dark);
    page.is_content();
}

#[test]
fn another_metric_growth_and_the_verdicts_are_there_for_the_asking() {
    let (csv, events) = recording();
    let Some(mut page) = opened(&csv, &events, &["--growth"], false) else { return };
    assert_eq!(page.browser.run("memrec.panels.map((panel) => panel.name)"), json!(["memory", "growth", "rates"]));
    // The last value of each: the worker's is what it has grown by, the parent's 0.
    let grown =
        page.browser.run("memrec.panels[1].list.map((one) => [one.series.label, one.values[one.values.length - 1]])");
    let of = |name: &str| {
        let one = grown.as_array().unwrap().iter().find(|one| one[0] == name).unwrap();
        one[1].as_f64().unwrap() / MIB as f64
    };
    assert_eq!(of("parent"), 0.0);
    assert!((of("worker") - 25.0).abs() < 0.2, "{grown}");
    page.browser.click("[data-tool='growth']");
    assert_eq!(page.browser.run("memrec.panels.map((panel) => panel.name)"), json!(["memory", "rates"]));
    let verdicts = page.browser.run("[...document.querySelectorAll('td.trend')].map((cell) => cell.textContent)");
    let verdicts: Vec<&str> = verdicts.as_array().unwrap().iter().map(|cell| cell.as_str().unwrap()).collect();
    assert_eq!(verdicts[0], "level");
    assert!(verdicts[1].starts_with("growing +1.2"), "{verdicts:?}");
    // PSS is half of it here.
    page.browser.run(
        "(() => { const select = document.querySelector('[data-tool=metric]'); select.value = 1; select.dispatchEvent(new Event('change')); })()",
    );
    page.browser.settle();
    let top = page.browser.number("Math.max(...memrec.panels[0].plot.data.at(-1))") / MIB as f64;
    assert!((94.0..95.0).contains(&top), "{top}");
    assert!(page.browser.text("document.getElementById('subtitle').textContent").contains("PSS of 3 processes"));
    page.is_content();
}

#[test]
fn whatever_a_process_is_called_it_is_only_text() {
    let names = [
        "</script><script>hacked=1</script>",
        "\"><img src=x onerror=hacked=1>",
        "a\u{2028}b'c\\",
        "{{points}}",
        "<!--",
    ];
    let (mut csv, mut events) = (HEADER.to_owned(), start());
    for tick in 0..5 {
        for (place, name) in names.iter().enumerate() {
            let written = name.replace('"', "\"\"");
            csv.push_str(&format!(
                "2026-11-23T10:17:22.{tick}00Z,0.{tick},{0},{0},1,\"{written}\",{1},,0,,\n",
                place + 1,
                (place as u64 + 1) * MIB
            ));
        }
    }
    let mark = json!("</title></script><b onmouseover=hacked=1>");
    events.push_str(&event(1, &format!("\"event\":\"mark\",\"label\":{mark}")));
    let title = "<script>hacked=1</script>&amp;";
    let Some(mut page) = opened(&csv, &events, &["--title", title], false) else { return };
    page.is_content();
    assert_eq!(page.browser.text("document.title"), title);
    assert_eq!(page.browser.run("typeof hacked"), json!("undefined"));
    let shown = page.browser.run("[...document.querySelectorAll('td.name > span')].map((cell) => cell.textContent)");
    let shown: Vec<&str> = shown.as_array().unwrap().iter().map(|cell| cell.as_str().unwrap()).collect();
    // A separator of lines is no character to print: it is written as its code, as everywhere.
    for (shown, name) in shown.iter().zip(names).filter(|(_, name)| !name.contains('\u{2028}')) {
        assert_eq!(*shown, name);
    }
    assert_eq!(shown.len(), names.len());
    let place = page.place(0, 0.2, 1e6);
    page.browser.point(place);
    let phase = page.browser.text("document.querySelector('#tip .phase').textContent");
    assert_eq!(phase, mark.as_str().unwrap());
    assert_eq!(page.browser.run("document.querySelectorAll('b[onmouseover], img').length"), json!(0));
}

#[test]
fn one_of_the_others_gets_a_line_of_its_own_when_it_is_asked_for() {
    let mut csv = HEADER.to_owned();
    for tick in 0..20 {
        for process in 1..=30_u64 {
            csv.push_str(&format!(
                "2026-11-23T10:17:22.000Z,{tick}.0,{process},{process},1,p{process},{},,0,,\n",
                process * MIB
            ));
        }
    }
    let Some(mut page) = opened(&csv, &start(), &[], false) else { return };
    let rest = "document.querySelector('#legend').textContent.match(/(\\d+) others/)[1]";
    assert_eq!(page.browser.text(rest), "22");
    let shown = page.series().len();
    let top = |page: &mut Opened| page.browser.number("memrec.panels[0].plot.data[1][5]") / MIB as f64;
    assert_eq!(top(&mut page), 465.0, "all of them upon each other");
    page.browser.click("[data-tool='folded']");
    page.browser.click("tr.folded");
    assert_eq!(page.browser.text(rest), "21");
    assert_eq!((page.series().len(), top(&mut page)), (shown + 1, 465.0));
    page.is_content();
}

#[test]
fn recordings_lie_over_each_other_each_with_its_own_name_and_peak() {
    let (csv, events) = recording();
    let folder = Folder::new();
    fs::write(folder.join("long.csv"), &csv).unwrap();
    fs::write(folder.join("long.events.jsonl"), &events).unwrap();
    let half: Vec<&str> = csv.lines().take(120).collect();
    fs::write(folder.join("short.csv"), half.join("\n") + "\n").unwrap();
    fs::write(folder.join("short.events.jsonl"), &events).unwrap();
    assert_eq!(finish(folder.memrec(&["plot", "long.csv", "short.csv", "-o", "both.html"])).code(), 0);
    let Some(mut page) = open(folder, "both.html", false) else { return };
    assert_eq!(page.series(), [("long".to_owned(), true), ("short".to_owned(), true)]);
    page.browser.click("tr[data-row='0']");
    assert_eq!(page.series(), [("long".to_owned(), false), ("short".to_owned(), true)]);
    page.is_content();
}

#[test]
fn a_million_ticks_of_four_processes_are_all_there() {
    const TICKS: u64 = 1_000_000;
    // A spike of one tick, which nothing but its own point tells of.
    const SPIKE: u64 = 654_321;
    let size = |tick: u64, process: u64| match (tick, process) {
        (SPIKE, 3) => 900 * MIB,
        _ => (process * 40 + tick / 100_000) * MIB + (tick * 7919 + process * 104_729) % 97 * 4096,
    };
    let stream = |each: &mut dyn FnMut(&Sample)| -> anyhow::Result<()> {
        let name = Name::from_written("worker");
        for tick in 0..TICKS {
            let row = |process: u64| {
                let memory = Memory { rss: Some(size(tick, process)), ..Memory::default() };
                Row { process: process as u32, pid: 100 + process as u32, ppid: 1, name: name.clone(), memory }
            };
            let elapsed = Duration::from_millis(tick * 10);
            each(&Sample { elapsed, rows: (1..=4).map(row).collect(), ..Sample::default() });
        }
        Ok(())
    };
    let folder = Folder::new();
    let file: PathBuf = folder.join("million.html");
    let input = Input { name: "million".to_owned(), command: None, events: &[], stream: &stream };
    draw(&[input], &Options::default(), Format::Html, &mut BufWriter::new(File::create(&file).unwrap())).unwrap();
    let length = fs::metadata(&file).unwrap().len();
    assert!(length < 25_000_000, "{length}");
    let Some(mut page) = open(folder, "million.html", false) else { return };
    assert_eq!(page.browser.number("sources.get(0)[0].count"), TICKS as f64);
    let highest = |page: &mut Opened| page.browser.number("Math.max(...memrec.panels[0].plot.data.at(-1))");
    let peak = [1, 2, 3, 4].map(|process| size(SPIKE, process)).iter().sum::<u64>() as f64;
    assert_eq!(highest(&mut page), peak, "it is not lost among a thousand ticks a column");
    let drawn = page.browser.number("memrec.panels[0].plot.data[0].length");
    assert!(drawn < 50_000.0, "what is drawn is what a screen can show: {drawn}");
    // Close by, every tick is there.
    page.browser.run("on.zoom([6543, 6543.5])");
    page.browser.settle();
    assert_eq!(highest(&mut page), peak);
    assert!((50.0..55.0).contains(&page.browser.number("memrec.panels[0].plot.data[0].length")));
    page.is_content();
}

#[test]
fn what_was_not_written_here_is_as_it_came() {
    let vendor = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/plot/html/vendor");
    // FNV-1a: against a slip, not against an adversary, who could change this too.
    let sum = |bytes: &[u8]| {
        bytes
            .iter()
            .fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
    };
    for (name, length, known) in
        [("uPlot.iife.min.js", 51_081, 0xe36e_4ba6_4a14_0428), ("uPlot.min.css", 1857, 0xf22a_dd10_2039_a00b)]
    {
        let bytes = fs::read(vendor.join(name)).unwrap();
        assert_eq!((bytes.len(), sum(&bytes)), (length, known), "{name}");
    }
}
