//! Lines counted in logs, by stretches of time of one length.

use crate::model::{Event, printable};
use crate::plot::counted;
use serde::Serialize;
use std::time::Duration;

/// So many stretches are told apart: more than a screen has columns, so that there is something to zoom into.
const MOST: f64 = 20_000.0;

/// So many names have a line.
pub(super) const NAMES: usize = 10;

/// How often something was counted.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct Counted {
    name: String,
    /// In all.
    sum: u64,
    /// Of each stretch.
    numbers: Vec<u64>,
}

/// What was counted.
#[derive(Debug, PartialEq, Default, Serialize)]
pub(super) struct Rates {
    /// Length of a stretch in seconds.
    stretch: f64,
    counted: Vec<Counted>,
}

/// The counts among `events`, from 0 to `end`, of ticks that are `interval` apart.
pub(super) fn rates(events: &[Event], end: Duration, interval: Option<Duration>) -> Rates {
    let interval = interval.unwrap_or(Duration::from_secs(1));
    let end = end.as_secs_f64();
    let stretch = interval.as_secs_f64().max(end / MOST).max(0.001);
    let count = (end / stretch).ceil().max(1.0) as usize;
    let of_all = counted::Counted::of(events);
    let about = |name: &String| Counted { name: printable(name), sum: 0, numbers: vec![0; count] };
    let mut counted: Vec<Counted> = of_all.names.iter().take(NAMES).map(about).collect();
    for one in &of_all.counts {
        let Some(known) = counted.get_mut(one.kind) else { continue };
        let at = one.middle(interval).as_secs_f64();
        let number = &mut known.numbers[((at / stretch) as usize).min(count - 1)];
        *number = number.saturating_add(one.number);
        known.sum = known.sum.saturating_add(one.number);
    }
    Rates { stretch, counted }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::What;
    use chrono::DateTime;

    #[test]
    fn each_tick_s_lines_are_in_its_own_stretch_though_ticks_come_a_little_early_or_late() {
        let count = |millis, number| Event {
            time: DateTime::UNIX_EPOCH,
            elapsed: Duration::from_millis(millis),
            what: What::Count { name: "requests".to_owned(), number },
        };
        let events = [count(99, 1), count(203, 2), count(299, 4), count(401, 8)];
        let rates = rates(&events, Duration::from_millis(401), Some(Duration::from_millis(100)));
        assert_eq!(rates.counted[0].numbers, [1, 2, 4, 8, 0]);
        assert_eq!((rates.counted[0].sum, rates.stretch), (15, 0.1));
    }

    #[test]
    fn a_month_has_no_more_stretches_than_a_screen_can_tell() {
        let rates = rates(&[], Duration::from_secs(86_400 * 30), Some(Duration::from_millis(10)));
        assert!((rates.stretch - 129.6).abs() < 1e-9 && rates.counted.is_empty());
    }
}
