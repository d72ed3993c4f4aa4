//! How often "does it leak?" is answered right: courses of memory whose truth is known, judged by memrec and by a plain line of least squares. `docs/TREND.md` says
//! how, and has the tables.
//!
//! `cargo bench --bench verdict` prints all tables of simulations as markdown, `-- courses counts sizes budgets speed` those that are named, `-- --quick` all of them
//! small. `-- --real` lets real programs run for some minutes, and judges those.

mod budgets;
#[path = "../common/mod.rs"]
mod common;
mod counts;
mod courses;
mod families;
mod noise;
mod real;
mod rival;
mod sizes;
mod speed;

use common::Wanted;
use memrec::analysis::{Trend, TrendBuilder};
use std::time::Duration;

fn main() {
    let wanted = Wanted::typed(&["courses", "counts", "sizes", "budgets", "speed", "--real"]);
    if wanted.part("courses") {
        courses::measure(&wanted);
    }
    if wanted.part("counts") {
        counts::measure(&wanted);
    }
    if wanted.part("sizes") {
        sizes::measure(&wanted);
    }
    if wanted.part("budgets") {
        budgets::measure(&wanted);
    }
    if wanted.part("speed") {
        speed::measure(&wanted);
    }
    // Only where it was asked for: it takes its time.
    if std::env::args().any(|word| word == "--real") {
        real::measure(&wanted);
    }
}

/// What memrec says of a course.
fn judged(points: &[(f64, f64)]) -> Trend {
    let mut builder = TrendBuilder::new();
    for (at, bytes) in points {
        builder.push(Duration::from_secs_f64(*at), *bytes as u64);
    }
    builder.finish()
}

/// `12 %` of so many; a dash of none.
fn share(count: usize, of: usize) -> String {
    if of == 0 { "–".to_owned() } else { format!("{:.1}", 100.0 * count as f64 / of as f64) }
}
