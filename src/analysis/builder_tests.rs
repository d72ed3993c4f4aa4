use super::*;
use crate::model::{Event, Exit, Memory, Metric, Name, What};

const MIB: u64 = 1 << 20;

fn row(process: u32, name: &str, memory: Memory) -> Row {
    Row { process, pid: 4000 + process, ppid: 1, name: Name::from_written(name), memory }
}

fn rss(mib: u64) -> Memory {
    Memory { rss: Some(mib * MIB), ..Memory::default() }
}

fn tick(millis: u64, rows: Vec<Row>) -> Sample {
    Sample { elapsed: Duration::from_millis(millis), rows, ..Sample::default() }
}

fn summary(ticks: &[Sample]) -> Summary {
    let mut builder = SummaryBuilder::new();
    ticks.iter().for_each(|tick| builder.add(tick));
    builder.finish()
}

#[test]
fn the_peak_is_the_highest_total_and_not_the_sum_of_peaks() {
    let summary = summary(&[
        tick(0, vec![row(1, "a", rss(10)), row(2, "b", rss(1))]),
        tick(100, vec![row(1, "a", rss(5)), row(2, "b", rss(9))]),
        tick(200, vec![row(2, "c", rss(8))]),
    ]);
    let total = summary.total(Metric::Rss).unwrap();
    assert_eq!(total.peak, Peak { value: 14 * MIB, at: Duration::from_millis(100) });
    assert_eq!((total.last, total.ticks), (8 * MIB, 3));
    assert_eq!(summary.total(Metric::Pss), None);
    assert_eq!(summary.metrics().collect::<Vec<_>>(), [Metric::Rss]);
}

#[test]
fn each_process_has_its_life_its_last_name_and_its_own_peak() {
    let summary = summary(&[
        tick(0, vec![row(1, "sh", rss(2))]),
        tick(100, vec![row(1, "python", rss(9)), row(2, "b", rss(1))]),
        tick(200, vec![row(2, "b", rss(3)), row(1, "python", rss(4))]),
    ]);
    let [first, second] = &summary.processes[..] else { panic!("two processes") };
    assert_eq!((first.name.as_str(), first.pid, first.first), ("python", 4001, Duration::ZERO));
    let reading = first.reading(Metric::Rss).unwrap();
    assert_eq!(*reading, Reading { peak: Peak { value: 9 * MIB, at: Duration::from_millis(100) }, last: 4 * MIB });
    assert_eq!((second.first, second.last), (Duration::from_millis(100), Duration::from_millis(200)));
}

#[test]
fn a_metric_that_some_ticks_lack_has_totals_where_it_was_measured_only() {
    let pss = |mib: u64| Memory { pss: Some(mib * MIB), ..rss(20) };
    let summary = summary(&[
        tick(0, vec![row(1, "a", rss(20)), row(2, "b", rss(20))]),
        tick(100, vec![row(1, "a", pss(6)), row(2, "b", pss(7))]),
        tick(200, vec![row(1, "a", rss(20)), row(2, "b", rss(20))]),
    ]);
    let pss = summary.total(Metric::Pss).unwrap();
    assert_eq!((pss.peak.value, pss.ticks, pss.missing), (13 * MIB, 1, 0));
}

#[test]
fn who_is_missing_from_a_total_is_counted_in_the_ticks_that_have_one() {
    let pss = |mib: u64| Memory { pss: Some(mib * MIB), ..rss(20) };
    let summary = summary(&[
        tick(0, vec![row(1, "a", rss(20)), row(2, "b", rss(20)), row(3, "c", rss(20))]),
        tick(100, vec![row(1, "a", pss(6)), row(2, "hidden", rss(20)), row(3, "borrows", Memory::default())]),
    ]);
    assert_eq!(summary.total(Metric::Pss).unwrap().missing, 1);
    assert_eq!(summary.total(Metric::Rss).unwrap().missing, 0);
}

#[test]
fn a_metric_that_few_ticks_have_has_a_pace_of_its_own() {
    let mut builder = SummaryBuilder::new().with_interval(Some(Duration::from_millis(100)));
    let pss = |at: u64| Memory { pss: at.is_multiple_of(1000).then_some(MIB), ..rss(20) };
    let ticks: Vec<_> = (0..25).map(|place| tick(place * 100, vec![row(1, "a", pss(place * 100))])).collect();
    ticks.iter().for_each(|tick| builder.add(tick));
    let mut gaps = builder.finish().gap_finder(Metric::Pss);
    let found = [0, 1000, 2000].map(|at| gaps.gap_before(Duration::from_millis(at)));
    assert_eq!(found, [None; 3], "a second between two passes is no hole");
}

#[test]
fn swap_that_was_not_read_of_one_process_keeps_its_last_value_in_the_total() {
    let swap = |mib: u64| Memory { swap: Some(mib * MIB), ..rss(1) };
    let summary = summary(&[
        tick(0, vec![row(1, "a", swap(50)), row(2, "b", swap(10))]),
        tick(100, vec![row(1, "a", rss(1)), row(2, "b", swap(12))]),
    ]);
    assert_eq!(summary.total(Metric::Swap).unwrap().last, 62 * MIB);
}

#[test]
fn the_groups_figure_is_a_total_and_nobodys() {
    let ticks =
        [Some(70 * MIB), None, Some(60 * MIB)].map(|cgroup| Sample { cgroup, ..tick(0, vec![row(1, "a", rss(20))]) });
    let summary = summary(&ticks);
    let total = summary.total(Metric::Cgroup).unwrap();
    assert_eq!((total.peak.value, total.last, total.ticks), (70 * MIB, 60 * MIB, 2));
    assert_eq!((summary.processes.len(), summary.processes[0].reading(Metric::Cgroup)), (1, None));
    assert_eq!(summary.metrics().collect::<Vec<_>>(), [Metric::Rss, Metric::Cgroup]);
}

#[test]
fn holes_are_counted_at_the_beginning_too() {
    let ticks: Vec<_> =
        [0, 9000, 9100, 9200, 9300, 9400, 9500, 20_500, 20_600].map(|at| tick(at, vec![row(1, "a", rss(1))])).into();
    let summary = summary(&ticks);
    assert_eq!((summary.gaps, summary.gap_time), (2, Duration::from_secs(20)));
    assert_eq!(summary.interval, Some(Duration::from_millis(100)));
}

#[test]
fn the_interval_that_was_asked_for_counts_more_than_the_median() {
    let mut builder = SummaryBuilder::new().with_interval(Some(Duration::from_millis(100)));
    [0, 1000, 2000].iter().for_each(|at| builder.add(&tick(*at, vec![row(1, "a", rss(1))])));
    let summary = builder.finish();
    assert_eq!(summary.interval, Some(Duration::from_millis(100)));
    assert_eq!(summary.gaps, 2);
}

#[test]
fn the_tree_reached_at_least_the_highest_mark_of_one_process() {
    let peak = Memory { peak_rss: Some(70 * MIB), ..rss(20) };
    let summary = summary(&[tick(0, vec![row(1, "a", peak)])]);
    assert_eq!(summary.at_least(&[]), Some(70 * MIB));
    let exit =
        Exit { process: 2, pid: 5, peak_rss_bytes: Some(90 * MIB), peak_from: None, status: None, oom_kill: false };
    let event = Event { time: DateTime::UNIX_EPOCH, elapsed: Duration::ZERO, what: What::Exit(exit) };
    assert_eq!(summary.at_least(&[event]), Some(90 * MIB));
}

#[test]
fn nothing_seen_is_an_empty_summary() {
    let summary = summary(&[]);
    assert_eq!((summary.ticks, summary.started, summary.processes.len()), (0, None, 0));
    assert_eq!(summary.at_least(&[]), None);
}
