//! What a trend costs: time for each point, and at the end.

use crate::common::Wanted;
use crate::common::stats::{head, median, row, shown};
use memrec::analysis::{TrendBuilder, Verdict};
use std::hint::black_box;
use std::time::{Duration, Instant};

pub(crate) fn measure(wanted: &Wanted) {
    let rounds = wanted.pick(1, 7);
    head("Time for a trend, medians:", 1, &["points", "all, ms", "ns a point", "of that the end, ms"]);
    for points in [1000_u64, 100_000, 10_000_000] {
        let (mut whole, mut end) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            let began = Instant::now();
            let mut builder = TrendBuilder::new();
            for tick in 0..points {
                let bytes = (100 << 20) + tick + (tick * 7919 % 1009) * 4096;
                builder.push(Duration::from_millis(tick * 100), black_box(bytes));
            }
            let pushed = Instant::now();
            assert_ne!(black_box(builder.finish()).verdict, Verdict::Falling);
            whole.push(began.elapsed().as_secs_f64() * 1e3);
            end.push(pushed.elapsed().as_secs_f64() * 1e3);
        }
        let whole = median(&mut whole);
        let each = whole * 1e6 / points as f64;
        row(&[points.to_string(), shown(whole, 2), shown(each, 1), shown(median(&mut end), 2)]);
    }
}
