use super::*;
use crate::model::What;
use chrono::DateTime;

const MIB: f64 = 1_048_576.0;

/// A name, how many there are in a second, and how much is kept of each.
type Counted<'a> = (&'a str, fn(u64) -> u64, f64);

/// An hour, once a second: what is counted then, and what else there is of memory.
struct Hour<'a> {
    kinds: &'a [Counted<'a>],
    besides: fn(u64) -> f64,
}

impl Hour<'_> {
    fn told(&self) -> PerCount {
        let count = |second: u64, name: &str, number: u64| Event {
            time: DateTime::UNIX_EPOCH,
            elapsed: Duration::from_secs(second),
            what: What::Count { name: name.to_owned(), number },
        };
        let events: Vec<Event> = (0..3600)
            .flat_map(|second| self.kinds.iter().map(move |(name, number, _)| count(second, name, number(second))))
            .collect();
        let mut builder = PerCountBuilder::of(&events);
        let mut kept = 0.0;
        for second in 0..3600 {
            kept += self.kinds.iter().map(|(_, number, each)| number(second) as f64 * each).sum::<f64>();
            let noise = (second * 7919 % 13) as f64 * 4096.0;
            builder.push(Duration::from_secs(second), (100.0 * MIB + (self.besides)(second) + kept + noise) as u64);
        }
        builder.finish()
    }
}

/// Ten a second for five minutes, then three for the next five ...
fn waves(second: u64) -> u64 {
    if second % 600 < 300 { 10 } else { 3 }
}

/// Now and then, for a minute.
fn bursts(second: u64) -> u64 {
    if second % 700 < 60 { 4 } else { 0 }
}

fn nothing(_: u64) -> f64 {
    0.0
}

#[test]
fn what_is_kept_of_one_kind_is_told_and_of_the_other_that_there_is_none() {
    let told = Hour { kinds: &[("valid", waves, 0.0), ("rejected", bursts, 98_304.0)], besides: nothing }.told();
    let [valid, rejected] = &told.kinds[..] else { panic!("{told:?}") };
    assert_eq!((valid.verdict, valid.number), (Verdict::Level, 1800 * 13), "{valid:?}");
    assert_eq!((rejected.verdict, rejected.number), (Verdict::Growing, 360 * 4), "{rejected:?}");
    let kept = rejected.kept.expect("it is told");
    assert!(kept.low <= 98_304_000.0 && kept.high >= 98_304_000.0, "{kept:?}");
    assert!(kept.high - kept.low < 10e6, "{kept:?}");
    assert!(told.kinds.iter().all(|kind| kind.together.is_empty() && !kind.evenly), "{told:?}");
}

#[test]
fn kinds_that_always_come_together_cannot_be_told_apart() {
    let kinds: &[Counted<'_>] = &[("begun", waves, 2048.0), ("ended", waves, 0.0), ("rejected", bursts, 0.0)];
    let told = Hour { kinds, besides: nothing }.told();
    let [begun, ended, rejected] = &told.kinds[..] else { panic!("{told:?}") };
    assert_eq!((&begun.together[..], &ended.together[..]), (&["ended".to_owned()][..], &["begun".to_owned()][..]));
    assert!(rejected.together.is_empty(), "{rejected:?}");
    let kept = begun.kept.expect("it is told");
    assert_eq!(ended.kept, Some(kept));
    // Of two, one is kept.
    assert!((kept.bytes - 1_024_000.0).abs() < 50_000.0, "{kept:?}");
}

#[test]
fn what_comes_as_evenly_as_time_cannot_be_told_from_it() {
    let told = Hour { kinds: &[("valid", |_| 5, 1000.0), ("rejected", bursts, 0.0)], besides: nothing }.told();
    assert!(told.kinds[0].evenly && !told.kinds[1].evenly && told.besides.is_none(), "{told:?}");
    assert_eq!((told.kinds[0].verdict, told.kinds[1].verdict), (Verdict::Growing, Verdict::Level), "{told:?}");
}

#[test]
fn what_grows_whatever_is_counted_is_told_besides() {
    let told =
        Hour { kinds: &[("valid", waves, 0.0), ("rejected", bursts, 0.0)], besides: |at| at as f64 * 10_000.0 }.told();
    let besides = told.besides.expect("it is told");
    assert!(besides.low <= 10_000.0 && besides.high >= 10_000.0 && besides.low > 9000.0, "{besides:?}");
    assert!(told.kinds.iter().all(|kind| kind.verdict == Verdict::Level), "{told:?}");
}

#[test]
fn a_warm_up_is_left_out_and_a_leak_that_starts_with_its_kind_is_not() {
    let kinds: &[Counted<'_>] =
        &[("valid", waves, 0.0), ("rejected", |at| if at > 1800 { bursts(at) } else { 0 }, 98_304.0)];
    let told = Hour { kinds, besides: nothing }.told();
    assert_eq!(told.from, Duration::ZERO, "{told:?}");
    let warm = |at: u64| 200.0 * MIB * (at as f64 / 400.0).min(1.0);
    let told = Hour { kinds, besides: warm }.told();
    assert!((350..700).contains(&told.from.as_secs()), "{told:?}");
    assert_eq!((told.kinds[0].verdict, told.kinds[1].verdict), (Verdict::Level, Verdict::Growing), "{told:?}");
}

#[test]
fn what_is_given_back_at_the_end_was_not_kept_for_what_was_counted_last() {
    let kinds: &[Counted<'_>] = &[("valid", waves, 0.0), ("rejected", bursts, 98_304.0)];
    let given_back = |at: u64| if at > 3500 { -80.0 * MIB } else { 0.0 };
    let told = Hour { kinds, besides: given_back }.told();
    assert!((3450..3510).contains(&told.to.as_secs()), "{told:?}");
    assert_eq!((told.kinds[0].verdict, told.kinds[1].verdict), (Verdict::Level, Verdict::Growing), "{told:?}");
}

#[test]
fn of_too_few_nothing_is_told_and_of_nothing_there_is_nothing() {
    let told = Hour { kinds: &[("crash", |at| u64::from(at == 1000), 5e7)], besides: nothing }.told();
    assert_eq!((told.kinds[0].kept, told.kinds[0].verdict), (None, Verdict::Unclear), "{told:?}");
    assert_eq!(told.kinds[0].reason.as_deref(), Some("too few to tell"));
    assert!(Hour { kinds: &[], besides: nothing }.told().kinds.is_empty());
    let mut short = PerCountBuilder::of(&[Event {
        time: DateTime::UNIX_EPOCH,
        elapsed: Duration::from_secs(1),
        what: What::Count { name: "valid".to_owned(), number: 50 },
    }]);
    (0..3).for_each(|second| short.push(Duration::from_secs(second), 5));
    assert_eq!(short.finish().kinds[0].reason.as_deref(), Some("the recording is too short to tell"));
}

#[test]
fn numbers_belong_to_the_part_in_which_they_were_told() {
    let count = |second: u64, number: u64| Event {
        time: DateTime::UNIX_EPOCH,
        elapsed: Duration::from_secs(second),
        what: What::Count { name: "valid".to_owned(), number },
    };
    let numbers = Numbers::of(&[count(1, 5), count(4, 7), count(9, u64::from(u32::MAX))]);
    let within = |from, to| numbers.within(Duration::from_secs(from), Duration::from_secs(to))[0].1;
    assert_eq!((within(0, 4), within(4, 9), within(0, 100)), (12, u64::from(u32::MAX), 12 + u64::from(u32::MAX)));
}
