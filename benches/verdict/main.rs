//! How often "does it leak?" is answered right.

mod families;
mod noise;
mod rival;

use families::{FAMILIES, Family};
use memrec::analysis::{Trend, TrendBuilder, Verdict};
use noise::Chance;
use rival::Line;
use std::time::Duration;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|w| w != "--bench").collect();
    let runs = words.first().and_then(|w| w.parse().ok()).unwrap_or(200);
    let only = words.get(1);
    println!("| family | truth | right | G | L | F | U | covers | OLS right | OLS covers | rel width | mem |");
    println!("|---|---|---|---|---|---|---|---|---|---|---|---|");
    for family in &FAMILIES {
        if only.is_some_and(|o| !family.name.contains(o.as_str())) {
            continue;
        }
        measure(family, runs, only.is_some() && runs < 30);
    }
}

fn judged(points: &[(f64, f64)]) -> Trend {
    let mut builder = TrendBuilder::new();
    for (at, bytes) in points {
        builder.push(Duration::from_secs_f64(*at), *bytes as u64);
    }
    builder.finish()
}

fn measure(family: &Family, runs: u64, talk: bool) {
    let mut n = [0; 4];
    let (mut right, mut covered, mut known, mut lright, mut lcovered, mut mem) = (0, 0, 0, 0, 0, 0.0);
    let mut froms = 0.0;
    for seed in 0..runs {
        let play = (family.play)(&mut Chance::seeded(seed));
        let trend = judged(&play.points);
        n[trend.verdict as usize] += 1;
        right += usize::from(trend.verdict == family.truth);
        let (f, t) = (trend.from.as_secs_f64(), trend.to.as_secs_f64());
        let rate = ((play.kept)(t) - (play.kept)(f)) / (t - f);
        if let (Some(low), Some(high)) = (trend.low, trend.high) {
            known += 1;
            covered += usize::from(low <= rate && rate <= high);
        }
        mem += trend.memory;
        let (a, b) = (play.points[0].0, play.points.last().unwrap().0);
        froms += (f - a) / (b - a);
        let line = Line::through(&play.points);
        lright += usize::from(line.verdict() == family.truth);
        lcovered += usize::from(line.covers(((play.kept)(b) - (play.kept)(a)) / (b - a)));
        if talk {
            println!("{:?} {:.0}..{:.0} {} truth {:.1}", trend.verdict, f, t, trend.reason, rate);
        }
    }
    let pc = |n: usize| format!("{:.0}", 100.0 * n as f64 / runs as f64);
    println!(
        "| {} | {:?} | {} | {} | {} | {} | {} | {:.0} | {} | {} | {:.2} | {:.2} |",
        family.name,
        family.truth,
        pc(right),
        pc(n[0]),
        pc(n[1]),
        pc(n[2]),
        pc(n[3]),
        100.0 * covered as f64 / known as f64,
        pc(lright),
        pc(lcovered),
        froms / runs as f64,
        mem / runs as f64
    );
}
