//! What is in a page, as a value.

use super::*;
use crate::model::{Edge, Event, Memory, What};
use crate::plot::test_samples::{MIB, constant, row, tick};

fn input<'a>(stream: &'a crate::plot::Stream<'a>, events: &'a [Event]) -> Input<'a> {
    Input { name: "run".to_owned(), command: None, events, stream }
}

fn page_of(ticks: &[Sample], events: &[Event], options: &Options, most: [u64; 2]) -> (Page, Writer) {
    let stream = |each: &mut dyn FnMut(&Sample)| {
        ticks.iter().for_each(each);
        Ok(())
    };
    page(&[input(&stream, events)], options, most).unwrap()
}

fn rows(page: &Page, kind: &str) -> Vec<String> {
    page.rows.iter().filter(|row| row.kind == kind).map(|row| format!("{} {}", row.name, row.id)).collect()
}

#[test]
fn the_processes_of_a_picture_come_first_in_its_colours_then_the_rest_and_whom_that_is_made_of() {
    let ticks = constant(&(1..=30).collect::<Vec<u64>>(), 5);
    let (page, _) = page_of(&ticks, &[], &Options::default(), MOST_VALUES);
    assert_eq!(rows(&page, "process").len(), 8);
    assert_eq!(rows(&page, "rest"), ["22 others "]);
    assert_eq!(rows(&page, "folded")[..2], ["p23 4733", "p22 4732"], "the largest first");
    assert_eq!((page.rows[0].ink, page.rows[7].ink), (Some(0), Some(1)), "as the picture's palette has it");
    assert_eq!((page.view, page.untold), ("stacked", 0));
}

#[test]
fn one_process_is_its_own_total_and_a_page_of_one_tick_has_a_second_to_stand_in() {
    let (page, _) = page_of(&constant(&[5], 1), &[], &Options::default(), MOST_VALUES);
    assert_eq!((page.view, page.from, page.to, page.end), ("single", 0.0, 1.0, 0.0));
    assert_eq!(rows(&page, "process"), ["p1 4711"]);
}

#[test]
fn a_long_recording_keeps_few_ticks_and_the_highest_and_lowest_of_each_process() {
    // A spike and a dip of single ticks, of different processes, at which the total hardly moves.
    let ticks: Vec<Sample> = (0..20_000_u64)
        .map(|second| {
            let (a, b) = match second {
                7_777 => (90, 10),
                12_345 => (1, 99),
                _ => (50, 50),
            };
            tick(second as f64, vec![row(1, a), row(2, b)])
        })
        .collect();
    let most = 2000;
    let gaps = || crate::analysis::GapFinder::seeded(&[Duration::from_secs(1); 3]);
    let places = Places { of: [(1, 0), (2, 1)].into(), rest: 2, lines: 3 };
    let company = Company { cast: Cast::default(), rows: Vec::new(), places: places.clone(), leading: 3, untold: 0 };
    let stretches = company.stretches(Duration::ZERO, Duration::from_secs(20_000), most);
    let mut collector = Collector::new(Metric::Rss, places, gaps(), Some(stretches));
    ticks.iter().for_each(|tick| collector.add(tick));
    let got = collector.finish();
    let values: usize = got.kept.lines.iter().map(|line| line.values.len()).sum();
    assert!(values as u64 <= most && values > 50, "{values}");
    for (line, extremes) in [(0, [1, 90]), (1, [10, 99])] {
        let values = &got.kept.lines[line].values;
        let found = [values.iter().min(), values.iter().max()].map(|value| value.unwrap() / MIB);
        assert_eq!(found, extremes);
    }
    assert_eq!((got.kept.times[0], got.kept.times.last()), (0, Some(&19_999_000_000)));
    assert_eq!(got.kept.gaps, [0_u32; 0]);
}

#[test]
fn where_ticks_are_left_out_the_rest_is_one_line() {
    let ticks = constant(&(1..=30).collect::<Vec<u64>>(), 100);
    let (page, points) = page_of(&ticks, &[], &Options::default(), [1000, 1000]);
    assert!(page.metrics[0].thinned);
    assert_eq!(rows(&page, "folded").len(), 22, "they are told of all the same");
    let all = page_of(&ticks, &[], &Options::default(), MOST_VALUES).1;
    assert!(points.place() < all.place() / 3);
}

#[test]
fn a_hole_stays_a_hole_where_ticks_are_left_out() {
    let seconds = (0..5000).chain(9000..14_000);
    let ticks: Vec<Sample> = seconds.map(|second| tick(f64::from(second), vec![row(1, 5)])).collect();
    let gaps = crate::analysis::GapFinder::seeded(&[Duration::from_secs(1); 3]);
    let places = Places { of: [(1, 0)].into(), rest: 1, lines: 2 };
    let stretches = Stretches { length_us: 3_000_000_000 };
    let mut collector = Collector::new(Metric::Rss, places, gaps, Some(stretches));
    ticks.iter().for_each(|tick| collector.add(tick));
    let kept = collector.finish().kept;
    let [behind] = kept.gaps[..] else { panic!("{:?}", kept.gaps) };
    let around = [behind - 1, behind].map(|place| kept.times[place as usize] / 1_000_000);
    assert_eq!(around, [4999, 9000], "its edges are kept");
}

#[test]
fn metrics_that_are_nothing_all_the_time_are_no_choice() {
    let mut ticks = constant(&[5, 6], 3);
    for row in ticks.iter_mut().flat_map(|tick| &mut tick.rows) {
        row.memory = Memory { pss: Some(MIB), swap: Some(0), peak_rss: row.memory.rss, ..row.memory };
    }
    let names = |options: &Options| {
        let (page, _) = page_of(&ticks, &[], options, MOST_VALUES);
        page.metrics.iter().map(|metric| metric.name).collect::<Vec<_>>()
    };
    assert_eq!(names(&Options::default()), ["rss", "pss"]);
    let asked = Options { metric: Metric::PeakRss, ..Options::default() };
    assert_eq!(names(&asked), ["peak_rss", "rss", "pss"], "what was asked for is there, and first");
}

#[test]
fn what_was_asked_for_is_what_the_page_begins_with() {
    let options = Options {
        window: Some("2,4".parse().unwrap()),
        theme: Theme::Dark,
        growth: true,
        limit: Some(7),
        view: View::Lines,
        title: Some("a title".to_owned()),
        top: 2,
        group_by: GroupBy::Pid,
        ..Options::default()
    };
    let mark = |at, label: &str, edge| Event {
        time: chrono::DateTime::UNIX_EPOCH,
        elapsed: Duration::from_secs(at),
        what: What::Mark { label: label.to_owned(), edge },
    };
    let events = [mark(1, "a", None), mark(2, "b", Some(Edge::Begin)), mark(3, "b", Some(Edge::End))];
    let (page, _) = page_of(&constant(&[5, 6, 7], 9), &events, &options, MOST_VALUES);
    assert_eq!((page.window, page.theme, page.growth, page.limit), (Some([2.0, 4.0]), "dark", true, Some(7)));
    assert_eq!((page.title.as_str(), page.view, page.from, page.to), ("a title", "lines", 0.0, 8.0));
    let phases: Vec<_> = page.phases.iter().map(|phase| (phase.label.as_str(), phase.from, phase.to)).collect();
    assert_eq!(phases, [("a", 1.0, 2.0), ("b", 2.0, 3.0)]);
}
