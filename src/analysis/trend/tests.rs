//! What a trend says of courses whose truth is known, and what it must never do.

use super::{Against, Trend, TrendBuilder, Verdict};
use proptest::prelude::*;
use std::time::Duration;

const MIB: u64 = 1 << 20;
const HOUR: u64 = 3600;

fn judged(points: impl IntoIterator<Item = (Duration, u64)>) -> Trend {
    let mut builder = TrendBuilder::new();
    points.into_iter().for_each(|(at, bytes)| builder.push(at, bytes));
    builder.finish()
}

/// Once a second, with noise of some pages that forgets at once.
fn course(seconds: u64, kept: impl Fn(u64) -> u64) -> Trend {
    judged(points(seconds, kept))
}

fn points(seconds: u64, kept: impl Fn(u64) -> u64) -> Vec<(Duration, u64)> {
    (0..seconds).map(|at| (Duration::from_secs(at), kept(at) + at * 7919 % 31 * 4096)).collect()
}

fn per_s(trend: &Trend) -> f64 {
    trend.rate.expect("it was long enough").bytes_per_s
}

#[test]
fn a_steady_leak_grows_at_its_own_rate() {
    let trend = course(HOUR, |at| 100 * MIB + at * 10_000);
    assert_eq!(trend.verdict, Verdict::Growing);
    let rate = trend.rate.expect("long enough");
    assert!(rate.low < 10_000.0 && 10_000.0 < rate.high, "{rate:?}");
    assert_eq!(trend.reason, "grows by 34.3 MiB an hour (34.3 MiB to 34.4 MiB)");
}

#[test]
fn how_a_tree_ends_is_no_course() {
    let mut points = points(HOUR, |_| 100 * MIB);
    // A worker goes, and two ticks later its parent.
    points.extend([(Duration::from_secs(HOUR), 40 * MIB), (Duration::from_secs(HOUR + 1), 38 * MIB)]);
    let trend = judged(points);
    assert_eq!(trend.verdict, Verdict::Level, "{}", trend.reason);
    assert!(trend.to < Duration::from_secs(HOUR), "it is judged until then: {:?}", trend.to);
    let half = judged(points_that_fall());
    assert_ne!(half.verdict, Verdict::Level, "what falls for longer is a course: {}", half.reason);
}

/// Level for an hour, and at less for a tenth of one.
fn points_that_fall() -> Vec<(Duration, u64)> {
    points(HOUR + HOUR / 10, |at| if at < HOUR { 100 * MIB } else { 40 * MIB })
}

#[test]
fn a_leak_under_saw_teeth_ten_times_as_high_is_seen() {
    let trend = course(HOUR, |at| 100 * MIB + at * 1000 + at % 37 * MIB);
    assert_eq!(trend.verdict, Verdict::Growing);
    assert!((per_s(&trend) - 1000.0).abs() < 200.0, "{trend:?}");
    assert_eq!(course(HOUR, |at| 100 * MIB + at % 37 * MIB).verdict, Verdict::Level);
}

#[test]
fn a_warm_up_is_left_out_and_told() {
    let trend = course(HOUR, |at| 100 * MIB + at.min(70) * 85_000);
    assert_eq!(trend.verdict, Verdict::Level);
    assert!(trend.from >= Duration::from_secs(60) && trend.from < Duration::from_secs(400), "{trend:?}");
    assert_eq!(trend.reason, "grew 5.67 MiB in the first 1:07 min, level since");
}

#[test]
fn a_leak_after_a_warm_up_has_the_rate_of_the_leak() {
    let trend = course(HOUR, |at| 100 * MIB + at.min(300) * MIB + at * 10_000);
    assert_eq!(trend.verdict, Verdict::Growing);
    assert!((per_s(&trend) - 10_000.0).abs() < 500.0, "{trend:?}");
    assert!(trend.reason.contains("and grows by 34."), "{}", trend.reason);
}

#[test]
fn what_falls_is_called_falling() {
    let trend = course(HOUR, |at| 100 * MIB - at * 10_000);
    assert_eq!(trend.verdict, Verdict::Falling);
    assert!(trend.reason.starts_with("falls by 34.3 MiB an hour"), "{}", trend.reason);
}

#[test]
fn some_pages_an_hour_are_level_however_sure_they_are() {
    let trend = judged((0..HOUR).map(|at| (Duration::from_secs(at), 100 * MIB + at * 8)));
    assert_eq!(trend.verdict, Verdict::Level, "{trend:?}");
    assert_eq!(trend.reason, "level at 100 MiB for 59:59 min");
}

#[test]
fn what_does_not_move_at_all_is_level_with_a_slope_of_nothing() {
    for bytes in [0, 1, 100 * MIB, u64::MAX] {
        let trend = judged((0..HOUR).map(|at| (Duration::from_secs(at), bytes)));
        let rate = trend.rate.expect("long enough");
        assert_eq!(trend.verdict, Verdict::Level, "{bytes}");
        assert!(rate.low <= 0.0 && rate.high >= 0.0 && rate.high <= bytes as f64 * 1e-9, "{bytes}: {rate:?}");
    }
}

#[test]
fn a_start_is_too_short_and_says_how_long_it_should_be() {
    let trend = judged((0..20).map(|tick| (Duration::from_millis(tick * 100), MIB * tick)));
    assert_eq!((trend.verdict, trend.rate), (Verdict::Unclear, None));
    assert_eq!(trend.enough, Some(Duration::from_secs(5)));
    assert_eq!(trend.reason, "20 ticks in 1.9 s are too few to tell; record 5 s at least");
    assert_eq!(judged([]).verdict, Verdict::Unclear);
    assert_eq!(judged([(Duration::from_secs(9), 1)]).reason, "1 tick in 0 s are too few to tell; record 5 s at least");
}

#[test]
fn a_plateau_that_has_just_been_reached_is_unclear_and_says_since_when() {
    let trend = course(HOUR, |at| 100 * MIB + at.min(3000) * 10_000);
    assert_eq!(trend.verdict, Verdict::Unclear);
    assert!(trend.reason.starts_with("took another course after "), "{}", trend.reason);
    assert!(trend.enough.is_some());
}

#[test]
fn the_moment_at_which_the_crests_reach_a_limit_is_told() {
    let mut builder = TrendBuilder::new().with_limit(Some(1 << 30));
    for at in 0..HOUR {
        builder.push(Duration::from_secs(at), (100 << 20) + at * 100_000 + at % 10 * MIB);
    }
    let at = builder.finish().limit_at.expect("it grows").as_secs_f64();
    let truth = ((1 << 30) as f64 - (109 << 20) as f64) / 100_000.0;
    assert!((at / truth - 1.0).abs() < 0.02, "{at} and {truth}");
    assert_eq!(course(HOUR, |_| MIB).limit_at, None);
}

#[test]
fn a_budget_is_kept_broken_or_needs_a_longer_recording() {
    let trend = course(HOUR, |at| 100 * MIB + at * 10_000);
    assert_eq!(trend.against(20_000.0), Against::Within);
    assert_eq!(trend.against(5000.0), Against::Exceeded);
    // As close to the truth as the interval is wide.
    let rate = trend.rate.expect("long enough");
    let near = rate.bytes_per_s + (rate.high - rate.bytes_per_s) / 2.0;
    let Against::Unclear { enough: Some(enough) } = trend.against(near) else { panic!("{:?}", trend.against(near)) };
    assert!(enough > trend.judged() && enough < 20 * trend.judged(), "{enough:?}");
    assert_eq!(trend.against(rate.bytes_per_s), Against::Unclear { enough: None });
    let short = judged([(Duration::ZERO, 1)]);
    assert_eq!(short.against(0.0), Against::Unclear { enough: Some(Duration::from_secs(5)) });
}

#[test]
fn many_ticks_in_one_part_do_not_outweigh_few_in_another() {
    // The older half has three ticks a minute, the later one ten a second.
    let kept = |at: f64| 100 * MIB + (at * 10_000.0) as u64;
    let old = (0..90).map(|tick| f64::from(tick) * 20.0);
    let new = (0..18_000).map(|tick| 1800.0 + f64::from(tick) / 10.0);
    let trend = judged(old.chain(new).map(|at| (Duration::from_secs_f64(at), kept(at))));
    assert_eq!(trend.verdict, Verdict::Growing);
    assert!((per_s(&trend) - 10_000.0).abs() < 300.0, "{trend:?}");
}

#[test]
fn a_hole_in_the_middle_changes_nothing() {
    let mut points = points(HOUR, |at| 100 * MIB + at * 10_000);
    points.retain(|(at, _)| !(1000..2000).contains(&at.as_secs()));
    let trend = judged(points);
    assert_eq!(trend.verdict, Verdict::Growing);
    assert!((per_s(&trend) - 10_000.0).abs() < 300.0, "{trend:?}");
}

#[test]
fn one_moment_in_which_all_is_gone_makes_no_trend() {
    let trend = course(HOUR, |at| if at == 3000 { 0 } else { 100 * MIB });
    assert_ne!(trend.verdict, Verdict::Falling, "{trend:?}");
    assert_ne!(trend.verdict, Verdict::Growing, "{trend:?}");
}

/// A course of bends and noise, as whole KiB once a second.
fn courses() -> impl Strategy<Value = Vec<(u64, u64)>> {
    let bends = proptest::collection::vec((30_u64..400, 0_u64..4000, 0_u64..200_000), 1..6);
    (bends, 0_u64..2000, 1_u64..1000).prop_map(|(bends, noise, seed)| {
        let (mut at, mut points) = (0, Vec::new());
        for (long, rise, level) in bends {
            for step in 0..long {
                let chance = (at + seed).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
                points.push((at, 1_000_000 + level + rise * step + chance % (noise + 1)));
                at += 1;
            }
        }
        points
    })
}

fn close(a: f64, b: f64, scale: f64) -> bool {
    (a - b).abs() <= 1e-6 * scale + 1e-9
}

proptest! {
    #[test]
    fn no_points_whatever_make_it_panic(
        points in proptest::collection::vec((any::<u64>(), any::<u32>(), any::<u64>()), 0..200),
        limit in any::<Option<u64>>()
    ) {
        let mut builder = TrendBuilder::new().with_limit(limit);
        for (seconds, nanos, bytes) in &points {
            builder.push(Duration::new(*seconds, nanos % 1_000_000_000), *bytes);
        }
        let trend = builder.finish();
        prop_assert!(!trend.reason.is_empty());
        prop_assert!(trend.from <= trend.to);
        if let Some(rate) = trend.rate {
            prop_assert!(rate.low <= rate.bytes_per_s && rate.bytes_per_s <= rate.high, "{rate:?}");
            prop_assert!(rate.low.is_finite() && rate.high.is_finite(), "{rate:?}");
        }
        let _ = trend.against(1.0);
    }

    #[test]
    fn nor_do_steps_of_any_length_in_order(
        steps in proptest::collection::vec((0_u64..1 << 50, any::<u64>()), 24..400)
    ) {
        let mut at = 0_u64;
        let trend = judged(steps.iter().map(|(step, bytes)| {
            at = at.saturating_add(*step);
            (Duration::from_nanos(at), *bytes)
        }));
        prop_assert!(trend.rate.is_none_or(|rate| rate.low <= rate.high && rate.high.is_finite()));
    }

    #[test]
    fn a_thousand_times_the_bytes_are_a_thousand_times_the_slope(points in courses()) {
        let of = |factor: u64| judged(points.iter().map(|(at, kib)| (Duration::from_secs(*at), kib * 1024 * factor)));
        let (one, thousand) = (of(1), of(1000));
        prop_assert_eq!(one.from, thousand.from);
        if let (Some(one), Some(thousand)) = (one.rate, thousand.rate) {
            let scale = 1000.0 * (one.high.abs() + one.low.abs());
            prop_assert!(close(one.bytes_per_s * 1000.0, thousand.bytes_per_s, scale), "{one:?} {thousand:?}");
            prop_assert!(close(one.low * 1000.0, thousand.low, scale), "{one:?} {thousand:?}");
            prop_assert!(close(one.high * 1000.0, thousand.high, scale), "{one:?} {thousand:?}");
        }
    }

    #[test]
    fn it_does_not_matter_when_a_series_began(points in courses(), later in 0_u64..1 << 40) {
        let of = |later: u64| judged(points.iter().map(|(at, kib)| (Duration::from_millis(at * 1000 + later), kib * 1024)));
        let (now, then) = (of(0), of(later));
        prop_assert_eq!(now.verdict, then.verdict);
        prop_assert_eq!(now.rate, then.rate);
        prop_assert_eq!(now.reason, then.reason);
        let moved = then.from.abs_diff(now.from + Duration::from_millis(later));
        prop_assert!(moved < Duration::from_millis(1), "{:?}", moved);
    }

    #[test]
    fn a_leak_turned_over_is_a_fall(rise in 2000_u64..50_000, noise in 1_u64..200) {
        let of = |turned: bool| judged((0..HOUR).map(|at| {
            let bytes = (1 << 30) + at * rise + at * 7919 % 31 * noise;
            (Duration::from_secs(at), if turned { (4 << 30) - bytes } else { bytes })
        }));
        let (grows, falls) = (of(false), of(true));
        prop_assert_eq!(grows.verdict, Verdict::Growing);
        prop_assert_eq!(falls.verdict, Verdict::Falling);
        let scale = rise as f64;
        prop_assert!((per_s(&grows) + per_s(&falls)).abs() < 0.02 * scale, "{:?} {:?}", grows.rate, falls.rate);
    }

    #[test]
    fn the_same_points_have_the_same_trend(points in courses()) {
        let of = || judged(points.iter().map(|(at, kib)| (Duration::from_secs(*at), kib * 1024)));
        prop_assert_eq!(of(), of());
    }
}
