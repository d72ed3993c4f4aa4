//! How large a leak must be, beside the noise, to be called one; and that the smaller ones are not called level with too much confidence.

use crate::common::Wanted;
use crate::common::stats::{head, row};
use crate::noise::Chance;
use crate::{judged, share};
use memrec::analysis::Verdict::{Falling, Growing, Level, Unclear};

pub(crate) fn measure(wanted: &Wanted) {
    let runs = wanted.pick(10, 400);
    let columns = [
        "rise in the hour, in standard deviations of the noise",
        "noise remembers",
        "growing",
        "level",
        "falling",
        "unclear",
    ];
    head(
        &format!("An hour, once a second, about 200 MiB, noise of 4 MiB; {runs} runs each, in per cent:"),
        0,
        &columns,
    );
    for memory in [1.0, 60.0, 300.0] {
        for rise in [0.0, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0] {
            let mut verdicts = [0; 4];
            for seed in 0..runs {
                let rest = Chance::seeded(3_000_000 + seed).remembering(3600, memory);
                let noise = f64::from(4 << 20);
                let point = |(at, rest): (usize, f64)| {
                    let share = at as f64 / 3600.0;
                    (at as f64, 50.0 * noise + noise * (rise * share + rest))
                };
                let points: Vec<_> = rest.into_iter().enumerate().map(point).collect();
                verdicts[judged(&points).verdict as usize] += 1;
            }
            let mut cells = vec![rise.to_string(), format!("{memory} s")];
            cells.extend(
                [Growing, Level, Falling, Unclear].map(|verdict| share(verdicts[verdict as usize], runs as usize)),
            );
            row(&cells);
        }
    }
}
