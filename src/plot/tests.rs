use super::layout::{Layout, Parts};
use super::palette::Palette;
use super::test_samples::{MIB, constant, row, tick};
use super::*;
use crate::model::{Edge, Memory, Metric, What};
use std::time::Duration;

/// The figure of these recordings with those options.
fn chart_of(recordings: &[&[Sample]], options: &Options) -> Result<Chart, PlotError> {
    with_inputs(recordings, |inputs| chart(inputs, options))
}

fn png_of(recordings: &[&[Sample]], options: &Options) -> Vec<u8> {
    let mut out = Vec::new();
    with_inputs(recordings, |inputs| draw(inputs, options, Format::Png, &mut out)).unwrap();
    out
}

fn with_inputs<T>(recordings: &[&[Sample]], action: impl FnOnce(&[Input]) -> T) -> T {
    let streams: Vec<_> = recordings
        .iter()
        .map(|ticks| {
            |take: &mut dyn FnMut(&Sample)| {
                ticks.iter().for_each(take);
                Ok(())
            }
        })
        .collect();
    let input = |(place, stream)| Input { name: format!("r{place}.csv"), command: None, events: &[], stream };
    let inputs: Vec<Input> = streams.iter().map(|stream| stream as &Stream).enumerate().map(input).collect();
    action(&inputs)
}

fn small() -> Options {
    Options { size: Size { width: 700, height: 350 }, ..Options::default() }
}

/// Width, height, and three bytes a pixel.
fn decoded(picture: &[u8]) -> (u32, u32, Vec<u8>) {
    let mut reader = ::png::Decoder::new(std::io::Cursor::new(picture)).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    (info.width, info.height, pixels)
}

#[test]
fn one_process_is_a_line_with_a_soft_area() {
    let chart = chart_of(&[&constant(&[100], 11)], &Options::default()).unwrap();
    let shapes: Vec<_> = chart.panels[0].layers.iter().map(|layer| (layer.ink, layer.shape)).collect();
    assert_eq!(shapes, [(Ink::Rank(0), Shape::SoftArea), (Ink::Rank(0), Shape::StrongLine)]);
    assert_eq!(chart.title, "r0.csv");
    assert_eq!(chart.subtitle, ["peak 100 MiB at 0.00 s", "10 s", "11 ticks every 1 s", "RSS of 1 process"]);
    assert_eq!((chart.x.from, chart.x.to, chart.panels[0].y.from), (0.0, 10.0, 0.0));
    assert_eq!(chart.panels[0].entries.len(), 1);
    assert_eq!(chart.panels[0].entries[0].value, "last 100 MiB · max 100 MiB");
}

#[test]
fn several_processes_are_stacked_from_the_top_down_below_the_total() {
    let chart = chart_of(&[&constant(&[10, 30, 20], 3)], &Options::default()).unwrap();
    let tops: Vec<_> = chart.panels[0]
        .layers
        .iter()
        .map(|layer| (layer.ink, layer.shape, layer.lines[0][0].value as u64 / MIB))
        .collect();
    assert_eq!(
        tops,
        [
            (Ink::Rank(2), Shape::Area, 60),
            (Ink::Rank(1), Shape::Area, 40),
            (Ink::Rank(0), Shape::Area, 10),
            (Ink::Total, Shape::StrongLine, 60)
        ]
    );
    let names: Vec<_> = chart.panels[0].entries.iter().map(|entry| entry.name.as_str()).collect();
    assert_eq!(names, ["total", "p3", "p2", "p1"]);
    assert_eq!(chart.panels[0].entries[2].end, Some(25.0 * MIB as f64), "a label stands at the middle of its area");
    assert_eq!(chart.subtitle.last().unwrap(), "counts shared pages in each process");
}

#[test]
fn a_process_that_is_absent_has_no_height_and_no_last_value() {
    let ticks = [tick(0.0, vec![row(1, 10)]), tick(1.0, vec![row(1, 10), row(2, 5)]), tick(2.0, vec![row(1, 10)])];
    let chart = chart_of(&[&ticks], &Options::default()).unwrap();
    let upper: Vec<_> = chart.panels[0].layers[0].lines.concat().iter().map(|point| point.value as u64 / MIB).collect();
    assert_eq!(upper, [10, 15, 10]);
    assert_eq!((chart.panels[0].entries[1].end, chart.panels[0].entries[1].value.as_str()), (None, "max 5.00 MiB"));
    let lines = chart_of(&[&ticks], &Options { view: View::Lines, ..Options::default() }).unwrap();
    assert_eq!(
        lines.panels[0].layers[1].lines,
        [[Spot { at: 1.0, value: 5.0 * MIB as f64 }]],
        "its line is where it lived"
    );
}

#[test]
fn nothing_is_drawn_through_a_hole() {
    let mut ticks = constant(&[10, 20], 30);
    ticks.drain(10..20);
    for view in [View::Stacked, View::Lines, View::Total] {
        let chart = chart_of(&[&ticks], &Options { view, ..Options::default() }).unwrap();
        for layer in &chart.panels[0].layers {
            assert_eq!(layer.lines.len(), 2, "{view:?}");
            assert_eq!((layer.lines[0].last().unwrap().at, layer.lines[1][0].at), (9.0, 20.0));
        }
        assert_eq!(chart.subtitle.last().unwrap(), "a gap of 11 s");
    }
}

#[test]
fn a_metric_that_few_ticks_have_is_one_line_through_those() {
    let mut ticks = constant(&[10, 20], 100);
    ticks.iter_mut().step_by(10).flat_map(|tick| &mut tick.rows).for_each(|row| row.memory.pss = Some(7 * MIB));
    let chart = chart_of(&[&ticks], &Options { metric: Metric::Pss, ..Options::default() }).unwrap();
    let total = chart.panels[0].layers.last().unwrap();
    assert_eq!((total.lines.len(), total.lines[0].len()), (1, 10));
    assert_eq!(chart.subtitle, ["peak 14.0 MiB at 0.00 s", "1:39 min", "10 of 100 ticks", "PSS of 2 processes"]);
}

#[test]
fn a_total_says_how_many_are_missing_from_it() {
    let mut ticks = constant(&[10, 20, 30], 20);
    ticks[10].rows[0].memory.pss = Some(4 * MIB);
    ticks[10].rows[2].memory.pss = Some(5 * MIB);
    let said = |ticks: &[Sample], options: Options| chart_of(&[ticks], &options).unwrap().subtitle;
    let pss = || Options { metric: Metric::Pss, ..Options::default() };
    assert_eq!(said(&ticks, pss())[1], "1 process missing: a lower bound");
    let at_least = "counts shared pages in each process; PSS peak at least 9.00 MiB at 10.00 s";
    assert_eq!(said(&ticks, Options::default())[4], at_least);
    ticks[15].rows.iter_mut().for_each(|row| row.memory.pss = Some(4 * MIB));
    assert_eq!(said(&ticks, pss())[1], "up to 1 process missing: a lower bound");
    let late = Some("12,19".parse().unwrap());
    let in_part = said(&ticks, Options { window: late, ..pss() });
    assert!(in_part.iter().all(|part| !part.contains("missing")), "nobody is, in this part: {in_part:?}");
    let in_part = said(&ticks, Options { window: late, ..Options::default() });
    assert_eq!(in_part[4], "counts shared pages in each process", "the peak of PSS may be elsewhere");
    ticks[10].rows[1].memory.pss = Some(MIB);
    let exactly = "counts shared pages in each process; PSS peak 12.0 MiB at 15.00 s";
    assert_eq!(said(&ticks, Options::default())[4], exactly);
}

#[test]
fn counts_and_times_are_shown_with_their_units() {
    let mut ticks = constant(&[10, 20], 11);
    ticks.iter_mut().flat_map(|tick| &mut tick.rows).for_each(|row| {
        (row.memory.threads, row.memory.cpu) = (Some(3), Some(1700));
    });
    let figure = |metric| {
        let chart = chart_of(&[&ticks], &Options { metric, ..Options::default() }).unwrap();
        let labels: Vec<_> = chart.panels[0].y.ticks.iter().map(|tick| tick.label.clone()).collect();
        (chart.subtitle.join(", "), chart.panels[0].entries[0].value.clone(), labels.last().cloned().unwrap())
    };
    let told =
        |peak: &str, what: &str| format!("peak {peak} at 0.00 s, 10 s, 11 ticks every 1 s, {what} of 2 processes");
    let threads = (told("6 threads", "threads"), "last 6 · max 6 threads".to_owned(), "6 threads".to_owned());
    assert_eq!(figure(Metric::Threads), threads);
    let cpu = (told("3.4 s", "CPU time"), "last 3.4 s · max 3.4 s".to_owned(), "3.5 s".to_owned());
    assert_eq!(figure(Metric::Cpu), cpu);
}

#[test]
fn the_control_group_is_one_line_and_no_process() {
    let mut ticks = constant(&[10, 20], 11);
    ticks.iter_mut().for_each(|tick| tick.cgroup = Some(70 * MIB));
    let chart = chart_of(&[&ticks], &Options { metric: Metric::Cgroup, ..Options::default() }).unwrap();
    let layers: Vec<_> =
        chart.panels[0].layers.iter().map(|layer| (layer.ink, layer.shape, layer.lines[0][0].value as u64)).collect();
    assert_eq!(layers, [(Ink::Total, Shape::SoftArea, 70 * MIB), (Ink::Total, Shape::StrongLine, 70 * MIB)]);
    assert_eq!(chart.subtitle.last().unwrap(), "memory of the control group");
    let names: Vec<_> = chart.panels[0].entries.iter().map(|entry| entry.name.as_str()).collect();
    assert_eq!(names, ["control group"]);
    let usual = chart_of(&[&ticks], &Options::default()).unwrap();
    assert_eq!(usual, chart_of(&[&constant(&[10, 20], 11)], &Options::default()).unwrap(), "elsewhere it is not seen");
}

#[test]
fn a_window_shows_its_part_with_the_same_colours() {
    let ticks = constant(&[10, 30, 20], 100);
    let all = chart_of(&[&ticks], &Options::default()).unwrap();
    let options = Options { window: Some("-20,-10".parse().unwrap()), ..Options::default() };
    let part = chart_of(&[&ticks], &options).unwrap();
    assert_eq!((part.x.from, part.x.to), (79.0, 89.0));
    let inks = |chart: &Chart| chart.panels[0].layers.iter().map(|layer| layer.ink).collect::<Vec<_>>();
    assert_eq!(inks(&all), inks(&part));
    assert!(
        part.panels[0]
            .layers
            .iter()
            .flat_map(|layer| layer.lines.concat())
            .all(|point| (79.0..=89.0).contains(&point.at))
    );
}

#[test]
fn a_command_that_was_gone_before_its_first_reading_shows_the_kernels_mark() {
    let mut ticks = constant(&[10], 1);
    ticks[0].rows[0].memory = Memory { peak_rss: Some(3 * MIB), ..Memory::default() };
    let chart = chart_of(&[&ticks], &Options::default()).unwrap();
    assert_eq!(chart.panels[0].peaks[0].value, 3.0 * MIB as f64);
    assert_eq!(chart.subtitle.last().unwrap(), "peak RSS of 1 process");
}

#[test]
fn a_spike_between_ticks_is_told() {
    let mut ticks = constant(&[10, 30], 3);
    ticks[2].rows[0].memory.peak_rss = Some(300 * MIB);
    let chart = chart_of(&[&ticks], &Options::default()).unwrap();
    assert_eq!(chart.subtitle.last().unwrap(), "a process reached 300 MiB between ticks");
    ticks[2].rows[0].memory.peak_rss = Some(40 * MIB);
    let chart = chart_of(&[&ticks], &Options::default()).unwrap();
    assert_eq!(chart.subtitle.last().unwrap(), "counts shared pages in each process");
}

#[test]
fn who_ends_after_the_window_still_stands_at_its_edge() {
    let mut ticks = constant(&[10, 30], 20);
    ticks[15..].iter_mut().for_each(|tick| tick.rows.retain(|row| row.process == 1));
    let options = Options { window: Some("0,10".parse().unwrap()), view: View::Lines, ..Options::default() };
    let chart = chart_of(&[&ticks], &options).unwrap();
    let ends: Vec<_> = chart.panels[0].entries.iter().map(|entry| entry.end.map(|end| end as u64 / MIB)).collect();
    assert_eq!(ends, [Some(40), Some(30), Some(10)]);
}

#[test]
fn several_recordings_lie_over_each_other_each_with_its_name_and_peak() {
    let chart = chart_of(&[&constant(&[10], 20), &constant(&[30, 5], 10)], &Options::default()).unwrap();
    assert_eq!(chart.title, "r0.csv · r1.csv");
    assert_eq!(chart.panels[0].layers.len(), 2);
    assert_eq!(chart.panels[0].peaks[1].ink, Some(Ink::Rank(1)));
    let entries: Vec<_> =
        chart.panels[0].entries.iter().map(|entry| (entry.name.as_str(), entry.value.as_str())).collect();
    assert_eq!(entries, [("r0.csv", "peak 10.0 MiB at 0.00 s"), ("r1.csv", "peak 35.0 MiB at 0.00 s")]);
    assert_eq!(chart.x.to, 19.0);
    let ends: Vec<_> = chart.panels[0].entries.iter().map(|entry| entry.end.is_some()).collect();
    assert_eq!(ends, [true, false], "the shorter one has no end at the right edge");
}

#[test]
fn phases_go_from_mark_to_mark() {
    let ticks = constant(&[10], 101);
    let mark = |second, label: &str| Event {
        time: Sample::default().time,
        elapsed: Duration::from_secs(second),
        what: What::Mark { label: label.to_owned(), edge: None },
    };
    let stream = |take: &mut dyn FnMut(&Sample)| {
        ticks.iter().for_each(take);
        Ok(())
    };
    let events = vec![mark(10, "load"), mark(60, "train")];
    let input = Input { name: "x".to_owned(), command: None, events: &events, stream: &stream };
    let chart = chart(&[input], &Options::default()).unwrap();
    let bands: Vec<_> = chart.bands.iter().map(|band| (band.from, band.to, band.label.as_str())).collect();
    assert_eq!(bands, [(10.0, 60.0, "load"), (60.0, 100.0, "train")]);
}

#[test]
fn odd_events_become_figures_too() {
    let ticks = constant(&[10, 20], 101);
    let event =
        |second: u64, what: What| Event { time: Sample::default().time, elapsed: Duration::from_secs(second), what };
    let mark = |second, label: &str, edge| event(second, What::Mark { label: label.to_owned(), edge });
    let count = |second, number| event(second, What::Count { name: String::new(), number });
    let mut events: Vec<Event> = (0..12_000).map(|place| mark(place % 200, "", None)).collect();
    for edge in [Some(Edge::End), Some(Edge::Begin), Some(Edge::Begin), Some(Edge::End), None] {
        events.push(mark(90, "漢字 <b>", edge));
        events.push(mark(3, &"long ".repeat(99), edge));
    }
    events.extend([count(50, u64::MAX), count(50, u64::MAX), count(7, 0), count(1000, 1)]);
    let stream = |take: &mut dyn FnMut(&Sample)| {
        ticks.iter().for_each(take);
        Ok(())
    };
    let input = Input { name: "x".to_owned(), command: None, events: &events, stream: &stream };
    for size in [Size { width: 300, height: 500 }, Size { width: 1200, height: 700 }] {
        let options = Options { growth: true, trend: true, size, ..Options::default() };
        draw(std::slice::from_ref(&input), &options, Format::Png, &mut Vec::new()).unwrap();
        draw(std::slice::from_ref(&input), &options, Format::Html, &mut Vec::new()).unwrap();
    }
}

#[test]
fn what_cannot_be_drawn_is_told_with_what_could_be() {
    let told = |recordings: &[&[Sample]], options: &Options| chart_of(recordings, options).unwrap_err().to_string();
    let ticks = constant(&[10], 11);
    assert_eq!(
        told(&[&ticks], &Options { metric: Metric::Pss, ..Options::default() }),
        "cannot draw: r0.csv: it has no pss; record with --pss always to have it, or choose one that it has with --metric: rss"
    );
    assert_eq!(
        told(&[&[]], &Options::default()),
        "cannot draw: r0.csv: the recording has no rows; record for longer, or draw another one"
    );
    assert_eq!(
        told(&[&ticks], &Options { window: "20,30".parse().ok(), ..Options::default() }),
        "cannot draw: r0.csv: window 20,30: outside of the recording, which goes from 0.00 s to 10.00 s; give a part of it"
    );
    assert_eq!(
        told(&[&ticks], &Options { window: "3.2,3.8".parse().ok(), ..Options::default() }),
        "cannot draw: r0.csv: window 3.2,3.8: no tick lies in it; make it longer than the time between ticks"
    );
    assert_eq!(told(&[], &Options::default()), "cannot draw: no recording was given; name one");
}

#[test]
fn errors_of_reading_and_writing_pass_through() {
    let stream = |_: &mut dyn FnMut(&Sample)| Err(anyhow::anyhow!("line 7 is torn"));
    let input = Input { name: "x".to_owned(), command: None, events: &[], stream: &stream };
    let error = draw(&[input], &Options::default(), Format::Png, &mut Vec::new()).unwrap_err();
    assert_eq!(error.to_string(), "line 7 is torn");
    let full: &mut [u8] = &mut [0; 100];
    let error =
        with_inputs(&[&constant(&[10], 3)], |inputs| draw(inputs, &small(), Format::Png, &mut &mut *full)).unwrap_err();
    assert!(matches!(error, PlotError::Write(_)), "{error}");
}

#[test]
fn a_picture_has_its_size_its_colours_and_the_peak_where_it_was() {
    let mut ticks = constant(&[50, 20], 101);
    ticks[40].rows[0].memory.rss = Some(150 * MIB);
    for scale in [1, 2] {
        let options = Options { scale, ..small() };
        let (width, height, pixels) = decoded(&png_of(&[&ticks], &options));
        assert_eq!((width, height), (700 * scale, 350 * scale));
        let chart = chart_of(&[&ticks], &options).unwrap();
        let layout = Layout::new(options.size, &Parts::of(&chart));
        let plot = layout.plot();
        let at = |x: f32, y: f32| {
            let (x, y) = ((x * scale as f32) as usize, (y * scale as f32) as usize);
            let place = (y * width as usize + x) * 3;
            [pixels[place], pixels[place + 1], pixels[place + 2]]
        };
        let x = plot.left + 0.4 * plot.width();
        let y = plot.bottom - (170.0 * MIB as f64 / chart.panels[0].y.to) as f32 * plot.height();
        let palette = Palette::of(Theme::Light);
        let near = |found: [u8; 3], wanted: plotters::style::RGBColor| {
            let wanted = [wanted.0, wanted.1, wanted.2];
            assert!(found.iter().zip(wanted).all(|(a, b)| a.abs_diff(b) < 40), "{found:?} is not {wanted:?}");
        };
        let ring = layout.sizes.peak * 0.37 - 1.0;
        near(at(x - ring, y), palette.peak);
        near(at(x + ring, y), palette.peak);
        near(at(plot.left + 20.0, plot.bottom - 10.0), palette.fill(Ink::Rank(0)));
        near(at(3.0, 3.0), palette.background);
    }
}

#[test]
fn the_same_recording_makes_the_same_bytes() {
    let ticks = constant(&[10, 20], 20);
    assert_eq!(png_of(&[&ticks], &small()), png_of(&[&ticks], &small()));
}

#[test]
fn odd_recordings_become_figures_too() {
    let mut long_names = constant(&[10, 20, 30], 5);
    long_names.iter_mut().flat_map(|tick| &mut tick.rows).for_each(|row| {
        row.name = crate::model::Name::from_written(&"漢🦀x".repeat(70));
    });
    let backwards = [tick(5.0, vec![row(1, 5)]), tick(3.0, vec![row(1, 9)]), tick(4.0, vec![row(2, 1)])];
    let years = [tick(0.0, vec![row(1, 5)]), tick(1e15, vec![row(1, 9)]), tick(1.8e19, vec![row(2, 1)])];
    let mut huge = constant(&[1, 1], 3);
    huge.iter_mut().flat_map(|tick| &mut tick.rows).for_each(|row| row.memory.rss = Some(u64::MAX));
    let one_tick = constant(&[1, 2], 1);
    let blink = [tick(0.0, vec![row(1, 5)]), tick(1.0, vec![row(1, 9), row(2, 3)]), tick(2.0, vec![row(1, 1)])];
    let nothing = constant(&[0, 0], 5);
    let many = constant(&[1; 300], 4);
    for ticks in [&long_names[..], &backwards, &years, &huge, &one_tick, &blink, &nothing, &many] {
        let drawn = [(240, 160, View::Auto), (700, 350, View::Lines), (300, 600, View::Auto), (400, 300, View::Total)];
        for (width, height, view) in drawn {
            let title = Some("a title ".repeat(40));
            let options = Options { size: Size { width, height }, view, title, ..Options::default() };
            assert_eq!(decoded(&png_of(&[ticks], &options)).0, width);
        }
        png_of(&[ticks, ticks], &small());
        let size = Size { width: 700, height: 480 };
        let all = Options { growth: true, trend: true, limit: Some(1 << 40), top: 20, size, ..small() };
        for options in [
            Options { log: true, theme: Theme::Dark, ..all.clone() },
            Options { clock: true, group_by: GroupBy::Name, ..all },
        ] {
            png_of(&[ticks], &options);
            with_inputs(&[ticks], |inputs| draw(inputs, &options, Format::Svg, &mut Vec::new())).unwrap();
        }
    }
}
