//! The shortest interval there is: whether the ticks come, when they come, and what they cost. Further sizes and intervals are measured by the benchmark `whole`.

use crate::common::pacing::{Pair, pair};
use crate::common::stage::Stage;
use crate::common::stats::{head, median, quantile, row, shown};
use crate::common::{Forest, Wanted};
use std::time::Duration;

pub(crate) fn measure(stage: &Stage, wanted: &Wanted) {
    let rounds = wanted.pick(1, 5);
    let lasts = Duration::from_secs(wanted.pick(1, 4));
    let columns = [
        "processes",
        "ticks kept, %",
        "gap p50, ms",
        "p99, ms",
        "longest, ms",
        "bare loop, µs a tick",
        "memrec, µs a tick",
        "ratio",
        "memrec's CPU, % of a core",
    ];
    let title = format!("Ticks at 1 ms; {rounds} pairs of {} s each, medians; gaps over all of them", lasts.as_secs());
    head(&title, 0, &columns);
    for size in [1, 10] {
        let forest = Forest::of(size);
        let pairs: Vec<Pair> = (0..rounds)
            .map(|_| pair(&stage.memrec(), &forest, Duration::from_millis(1), lasts, &stage.written()))
            .collect();
        let middle = |value: &dyn Fn(&Pair) -> f64| median(&mut pairs.iter().map(value).collect::<Vec<_>>());
        let gaps: Vec<f64> = pairs.iter().flat_map(|pair| pair.gaps_ms.iter().copied()).collect();
        let memrec_us = middle(&|pair| pair.memrec_us);
        row(&[
            size.to_string(),
            shown(middle(&|pair| pair.kept_percent), 1),
            shown(quantile(&gaps, 0.5), 3),
            shown(quantile(&gaps, 0.99), 3),
            shown(quantile(&gaps, 1.0), 3),
            shown(middle(&|pair| pair.bare_us), 1),
            shown(memrec_us, 1),
            shown(middle(&|pair| pair.memrec_us / pair.bare_us), 2),
            // A tick each millisecond: µs a tick are thousandths of a core.
            shown(memrec_us / 10.0, 1),
        ]);
    }
}
