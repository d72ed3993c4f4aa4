//! Courses of memory whose truth is known: each family makes one from a seed.

use crate::noise::Chance;
use memrec::analysis::Verdict::{self, Falling, Growing, Level};

const MIB: f64 = 1048576.0;

/// A course, and what is true of it.
pub struct Play {
    /// Seconds and bytes.
    pub points: Vec<(f64, f64)>,
    /// What is kept, without all that comes and goes, at a moment: the true rate of a part is its rise over that part.
    pub kept: Box<dyn Fn(f64) -> f64>,
}

pub struct Family {
    pub name: &'static str,
    pub truth: Verdict,
    /// Whether it is one of the plain cases, by which the tables' aims are judged.
    pub plain: bool,
    pub play: fn(&mut Chance) -> Play,
}

const fn family(name: &'static str, truth: Verdict, plain: bool, play: fn(&mut Chance) -> Play) -> Family {
    Family { name, truth, plain, play }
}

pub const FAMILIES: [Family; 30] = [
    family("steady leak", Growing, true, steady),
    family("slow leak under saw teeth ten times higher", Growing, true, |chance| teeth(chance, true)),
    family("saw teeth, no leak", Level, true, |chance| teeth(chance, false)),
    family("leak in 15 to 60 steps", Growing, true, steps),
    family("steps up and down", Level, true, telegraph),
    family("leak in one phase: that phase", Growing, true, |chance| phase(chance, 1)),
    family("leak in one phase: the one before", Level, true, |chance| phase(chance, 0)),
    family("leak in one phase: the one after", Level, true, |chance| phase(chance, 2)),
    family("fast warm-up (0.3-5 %)", Level, true, |chance| warm(chance, 0.003, 0.05, 0.0)),
    family("slow warm-up (10-40 %)", Level, true, |chance| warm(chance, 0.1, 0.4, 0.0)),
    family("warm-up, then a leak", Growing, true, |chance| warm(chance, 0.02, 0.3, 0.15)),
    family("cache that fills (time constant 2-10 %)", Level, true, |chance| cache(chance, 0.02, 0.10)),
    family("cache that fills (10-15 %)", Level, false, |chance| cache(chance, 0.10, 0.15)),
    family("noise that remembers 0.1-2 %", Level, true, |chance| wandering(chance, 0.001, 0.02)),
    family("noise that remembers 2-10 %", Level, false, |chance| wandering(chance, 0.02, 0.1)),
    family("flicker noise (1/f)", Level, false, flicker),
    family("random walk", Level, false, walk),
    family("daily waves, 4-14 days", Level, true, |chance| days(chance, 4.0, 14.0, 0.0)),
    family("daily waves, 1.2-3 days", Level, false, |chance| days(chance, 1.2, 3.0, 0.0)),
    family("daily waves and a leak as high, 4-14 days", Growing, true, |chance| days(chance, 4.0, 14.0, 1.0)),
    family("late plateau (50-65 %)", Level, true, |chance| late(chance, true)),
    family("late leak (from 40-60 % on)", Growing, false, |chance| late(chance, false)),
    family("workers that grow and are replaced", Level, true, |chance| workers(chance, 0.0)),
    family("the same, and their parent leaks", Growing, true, |chance| workers(chance, 0.3)),
    family("falling", Falling, true, falling),
    family("still but for pages", Level, true, |chance| still(chance, 0.0)),
    family("some pages an hour", Level, true, |chance| still(chance, 8.0 * 4096.0)),
    family("a hump of a tenth to a third of the time", Level, false, hump),
    family("steady leak, older half thinned, a hole", Growing, true, thinned),
    family("steady leak of a minute, 100 ms", Growing, true, short),
];

/// Moments: an hour, once a second.
fn hour() -> Vec<f64> {
    (0..3600).map(f64::from).collect()
}

fn play(points: Vec<(f64, f64)>, kept: impl Fn(f64) -> f64 + 'static) -> Play {
    // Whole pages, and nothing below none.
    let points = points.into_iter().map(|(at, bytes)| (at, (bytes.max(0.0) / 4096.0).round() * 4096.0)).collect();
    Play { points, kept: Box::new(kept) }
}

/// `kept` with noise of relative size `noise` that remembers `memory` ticks.
fn noisy(chance: &mut Chance, at: &[f64], noise: f64, memory: f64, kept: impl Fn(f64) -> f64 + 'static) -> Play {
    let rest = chance.remembering(at.len(), memory);
    let points = at.iter().zip(rest).map(|(at, rest)| (*at, kept(*at) + noise * rest)).collect();
    play(points, kept)
}

fn base(chance: &mut Chance) -> f64 {
    chance.scale(30.0, 1000.0) * MIB
}

fn steady(chance: &mut Chance) -> Play {
    let level = base(chance);
    let rise = level * chance.scale(0.05, 0.6);
    let (noise, memory) = (rise * chance.scale(0.02, 0.15), chance.scale(1.0, 60.0));
    noisy(chance, &hour(), noise, memory, move |at| level + rise * at / 3600.0)
}

fn short(chance: &mut Chance) -> Play {
    let level = base(chance);
    let rise = level * chance.scale(0.05, 0.6);
    let (noise, memory) = (rise * chance.scale(0.02, 0.15), chance.scale(1.0, 10.0));
    let at: Vec<f64> = (0..600).map(|tick| f64::from(tick) / 10.0).collect();
    noisy(chance, &at, noise, memory, move |at| level + rise * at / 60.0)
}

fn thinned(chance: &mut Chance) -> Play {
    let mut play = steady(chance);
    let hole = chance.between(1000.0, 2500.0);
    let mut thin = Vec::new();
    // Of each minute of the older half: the first tick, the lowest and the highest.
    for minute in play.points.chunks(60) {
        if minute[0].0 >= 1800.0 {
            thin.extend_from_slice(minute);
            continue;
        }
        let by_bytes = |a: &&(f64, f64), b: &&(f64, f64)| a.1.total_cmp(&b.1);
        let mut three = vec![minute[0]];
        three.extend(minute.iter().min_by(by_bytes));
        three.extend(minute.iter().max_by(by_bytes));
        three.sort_by(|a, b| a.0.total_cmp(&b.0));
        three.dedup();
        thin.extend(three);
    }
    thin.retain(|(at, _)| !(hole..hole + 300.0).contains(at));
    play.points = thin;
    play
}

fn teeth(chance: &mut Chance, leaks: bool) -> Play {
    let level = base(chance);
    let height = level * chance.scale(0.3, 2.0);
    let rise = if leaks { height / 10.0 } else { 0.0 };
    let length = 3600.0 / chance.scale(40.0, 300.0);
    let left = height * 0.01;
    let (mut start, mut end, mut top, mut foot) = (0.0, 0.0, 0.0, 0.0);
    let mut points = Vec::new();
    for at in hour() {
        if at >= end {
            (start, end) = (at, at + length * chance.between(0.8, 1.2));
            (top, foot) = (height * chance.between(0.8, 1.2), left * chance.normal().abs());
        }
        let share = (at - start) / (end - start);
        points.push((at, level + rise * at / 3600.0 + foot + (top - foot) * share));
    }
    play(points, move |at| level + rise * at / 3600.0)
}

fn steps(chance: &mut Chance) -> Play {
    let level = base(chance);
    let count = chance.scale(15.0, 60.0);
    let step = level * chance.scale(0.1, 1.0) / count;
    let (mut next, mut sum, mut points) = (chance.wait(3600.0 / count), 0.0, Vec::new());
    for at in hour() {
        while at >= next {
            next += chance.wait(3600.0 / count);
            sum += step * chance.between(0.5, 1.5);
        }
        points.push((at, level + sum + step * 0.1 * chance.normal()));
    }
    play(points, move |at| level + count * step * at / 3600.0)
}

fn telegraph(chance: &mut Chance) -> Play {
    let level = base(chance);
    let height = level * chance.scale(0.05, 0.5);
    let mean = 3600.0 / chance.scale(40.0, 200.0);
    let (mut next, mut up, mut points) = (chance.wait(mean), chance.share() < 0.5, Vec::new());
    for at in hour() {
        while at >= next {
            next += chance.wait(mean);
            up = !up;
        }
        points.push((at, level + if up { height } else { 0.0 } + height * 0.02 * chance.normal()));
    }
    play(points, move |_| level)
}

/// Three phases of a third each; memory grows in the second alone. Only the points of phase `which` are there.
fn phase(chance: &mut Chance, which: usize) -> Play {
    let level = base(chance);
    let rise = level * chance.scale(0.1, 1.0);
    let kept = move |at: f64| level + rise * ((at - 1200.0) / 1200.0).clamp(0.0, 1.0);
    let at: Vec<f64> = (0..1200).map(|second| f64::from(second) + 1200.0 * which as f64).collect();
    let (noise, memory) = (rise * chance.scale(0.01, 0.1), chance.scale(1.0, 20.0));
    noisy(chance, &at, noise, memory, kept)
}

fn warm(chance: &mut Chance, least: f64, most: f64, leak: f64) -> Play {
    let level = base(chance);
    let rise = level * chance.scale(0.2, 5.0);
    let warm = 3600.0 * chance.scale(least, most);
    let leak = leak * level;
    let (noise, memory) = (level * chance.scale(0.002, 0.03), chance.scale(1.0, 30.0));
    noisy(chance, &hour(), noise, memory, move |at| level + rise * (at / warm).min(1.0) + leak * at / 3600.0)
}

fn cache(chance: &mut Chance, least: f64, most: f64) -> Play {
    let level = base(chance);
    let rise = level * chance.scale(0.3, 3.0);
    let constant = 3600.0 * chance.scale(least, most);
    let (noise, memory) = (level * chance.scale(0.002, 0.03), chance.scale(1.0, 30.0));
    noisy(chance, &hour(), noise, memory, move |at| level + rise * (1.0 - (-at / constant).exp()))
}

fn wandering(chance: &mut Chance, least: f64, most: f64) -> Play {
    let level = base(chance);
    let (noise, memory) = (level * chance.scale(0.005, 0.1), 3600.0 * chance.scale(least, most));
    noisy(chance, &hour(), noise, memory, move |_| level)
}

fn flicker(chance: &mut Chance) -> Play {
    let level = base(chance);
    let noise = level * chance.scale(0.005, 0.1);
    let rest = chance.flicker(3600);
    play(hour().into_iter().zip(rest).map(|(at, rest)| (at, level + noise * rest)).collect(), move |_| level)
}

fn walk(chance: &mut Chance) -> Play {
    let level = base(chance);
    let noise = level * chance.scale(0.005, 0.1) / 60.0;
    let mut sum = 0.0;
    let points = hour().into_iter().map(|at| {
        sum += noise * chance.normal();
        (at, level + sum)
    });
    play(points.collect(), move |_| level)
}

fn days(chance: &mut Chance, least: f64, most: f64, leak: f64) -> Play {
    let level = base(chance);
    let long = chance.between(least, most) * 86_400.0;
    let high = level * chance.scale(0.05, 0.3);
    let rise = leak * high;
    let turn = chance.between(0.0, std::f64::consts::TAU);
    let rest = chance.remembering((long / 60.0) as usize, 20.0);
    let points = rest.into_iter().enumerate().map(|(tick, rest)| {
        let at = tick as f64 * 60.0;
        let wave = (1.0 + (turn + std::f64::consts::TAU * at / 86_400.0).sin()) / 2.0;
        (at, level + high * wave + rise * at / long + high * 0.05 * rest)
    });
    play(points.collect(), move |at| level + rise * at / long)
}

fn late(chance: &mut Chance, plateau: bool) -> Play {
    let level = base(chance);
    let rise = level * chance.scale(0.1, 1.0);
    let turn = 3600.0 * if plateau { chance.between(0.5, 0.65) } else { chance.between(0.4, 0.6) };
    let (noise, memory) = (rise * chance.scale(0.01, 0.1), chance.scale(1.0, 30.0));
    let kept = move |at: f64| match plateau {
        true => level + rise * (at / turn).min(1.0),
        false => level + rise * ((at - turn) / (3600.0 - turn)).max(0.0),
    };
    noisy(chance, &hour(), noise, memory, kept)
}

fn workers(chance: &mut Chance, leak: f64) -> Play {
    let level = base(chance);
    let count = 4;
    let high = level * chance.scale(0.1, 0.5);
    let life = 3600.0 / chance.scale(15.0, 60.0);
    let mut born: Vec<f64> = (0..count).map(|_| -life * chance.share()).collect();
    let mut lives: Vec<f64> = (0..count).map(|_| life * chance.between(0.8, 1.2)).collect();
    let mut points = Vec::new();
    for at in hour() {
        let mut sum = level + leak * level * at / 3600.0;
        for worker in 0..count {
            if at >= born[worker] + lives[worker] {
                (born[worker], lives[worker]) = (at, life * chance.between(0.8, 1.2));
            }
            sum += high * (0.3 + 0.7 * (at - born[worker]) / life) + high * 0.01 * chance.normal();
        }
        points.push((at, sum));
    }
    play(points, move |at| level + leak * level * at / 3600.0)
}

fn falling(chance: &mut Chance) -> Play {
    let level = base(chance);
    let fall = level * chance.scale(0.05, 0.6);
    let (noise, memory) = (fall * chance.scale(0.02, 0.15), chance.scale(1.0, 60.0));
    noisy(chance, &hour(), noise, memory, move |at| level - fall * at / 3600.0)
}

fn still(chance: &mut Chance, pages: f64) -> Play {
    let level = base(chance);
    let points =
        hour().into_iter().map(|at| (at, level + pages * at / 3600.0 + 4096.0 * (chance.share() * 3.0).floor()));
    play(points.collect(), move |at| level + pages * at / 3600.0)
}

fn hump(chance: &mut Chance) -> Play {
    let level = base(chance);
    let high = level * chance.scale(0.2, 2.0);
    let long = 3600.0 * chance.between(0.1, 0.33);
    let start = chance.between(0.1 * 3600.0, 3600.0 * 0.9 - long);
    let rest = chance.remembering(3600, 10.0);
    let points = hour().into_iter().zip(rest).map(|(at, rest)| {
        let on = (start..start + long).contains(&at);
        (at, level + level * 0.01 * rest + if on { high } else { 0.0 })
    });
    play(points.collect(), move |_| level)
}
