//! Lines counted in logs, by stretches of time of one length.

use crate::model::{Event, What, printable};
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
    let interval = interval.map_or(1.0, |interval| interval.as_secs_f64());
    let end = end.as_secs_f64();
    let stretch = interval.max(end / MOST).max(0.001);
    let count = (end / stretch).ceil().max(1.0) as usize;
    let mut counted: Vec<Counted> = Vec::new();
    for event in events {
        let What::Count { name, number } = &event.what else { continue };
        let place = counted.iter().position(|known| known.name == *name).unwrap_or_else(|| {
            counted.push(Counted { name: name.clone(), sum: 0, numbers: vec![0; count] });
            counted.len() - 1
        });
        if counted.len() > NAMES {
            counted.pop();
            continue;
        }
        // They came between the tick before and this one: their middle is not upon the border of two stretches, as ticks are.
        let at = (event.elapsed.as_secs_f64() - interval / 2.0).max(0.0);
        let stretch = ((at / stretch) as usize).min(count - 1);
        let known = &mut counted[place];
        known.sum = known.sum.saturating_add(*number);
        known.numbers[stretch] = known.numbers[stretch].saturating_add(*number);
    }
    counted.iter_mut().for_each(|counted| counted.name = printable(&counted.name));
    Rates { stretch, counted }
}

#[cfg(test)]
mod tests {
    use super::*;
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
