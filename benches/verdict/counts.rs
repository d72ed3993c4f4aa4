//! What is kept for each of what is counted, where the truth is known: how often it is told, how often it is told of the wrong ones, and how often the interval has it.

use crate::common::Wanted;
use crate::common::stats::{head, row};
use crate::noise::Chance;
use crate::share;
use chrono::DateTime;
use memrec::analysis::Verdict::{Falling, Growing, Level};
use memrec::analysis::trend::counts::{Kind, PerCountBuilder};
use memrec::model::{Event, What};
use std::time::Duration;

const MIB: f64 = 1048576.0;
const SECONDS: usize = 3600;

/// The first seed; thresholds were chosen by those below it.
const FIRST: u64 = 7_000_000;

/// One kind: how many came in each second, and how much is kept of each.
struct Counted {
    numbers: Vec<u64>,
    kept: f64,
}

/// An hour, once a second.
struct Play {
    kinds: [Counted; 2],
    /// What is kept for each second, whatever was counted.
    besides: f64,
    /// All else: the level, noise, warm-up.
    rest: Vec<f64>,
}

struct Family {
    name: &'static str,
    play: fn(&mut Chance) -> Play,
}

const fn family(name: &'static str, play: fn(&mut Chance) -> Play) -> Family {
    Family { name, play }
}

/// What is kept of each kind in an hour, as a share of the level; paces vary.
fn varied(chance: &mut Chance, valid: f64, rejected: f64, besides: f64) -> Play {
    let paces = [wandering(chance, 5.0, 50.0), wandering(chance, 0.5, 5.0)];
    made(chance, paces, [valid, rejected, besides])
}

fn amount(chance: &mut Chance) -> f64 {
    chance.scale(0.05, 0.6)
}

const FAMILIES: [Family; 15] = [
    family("both vary, rejected leak", |chance| {
        let rejected = amount(chance);
        varied(chance, 0.0, rejected, 0.0)
    }),
    family("both vary, both leak", |chance| {
        let (valid, rejected) = (amount(chance), amount(chance));
        varied(chance, valid, rejected, 0.0)
    }),
    family("both vary, none leaks", |chance| varied(chance, 0.0, 0.0, 0.0)),
    family("both vary, memory leaks by the second", |chance| {
        let besides = amount(chance);
        varied(chance, 0.0, 0.0, besides)
    }),
    family("rejected come in 3 to 10 bursts, and leak", |chance| bursts(chance, true)),
    family("rejected come in 3 to 10 bursts, none leaks", |chance| bursts(chance, false)),
    family("rejected come in one phase only, and leak", |chance| {
        let (from, long) = (chance.between(0.1, 0.5), chance.between(0.2, 0.4));
        let within = |at: usize| (from..from + long).contains(&(at as f64 / SECONDS as f64));
        let pace = chance.scale(0.5, 5.0);
        let rejected = (0..SECONDS).map(|at| if within(at) { pace } else { 0.0 }).collect();
        let paces = [wandering(chance, 5.0, 50.0), rejected];
        let leak = amount(chance);
        made(chance, paces, [0.0, leak, 0.0])
    }),
    family("warm-up (2-20 %), then both vary, rejected leak", |chance| {
        let leak = amount(chance);
        let mut play = varied(chance, 0.0, leak, 0.0);
        let (rise, long) = (play.rest[0] * chance.scale(0.2, 2.0), SECONDS as f64 * chance.scale(0.02, 0.2));
        play.rest.iter_mut().enumerate().for_each(|(at, rest)| *rest += rise * (at as f64 / long).min(1.0));
        play
    }),
    family("saw teeth five times as high, rejected leak", |chance| teeth(chance, 1.0)),
    family("saw teeth, none leaks", |chance| teeth(chance, 0.0)),
    family("noise that remembers 2 %, none leaks", |chance| {
        let mut play = varied(chance, 0.0, 0.0, 0.0);
        let (level, high) = (play.rest[0], chance.scale(0.01, 0.1));
        let noise = chance.remembering(SECONDS, 72.0);
        play.rest.iter_mut().zip(noise).for_each(|(rest, noise)| *rest += level * high * noise);
        play
    }),
    family("always together, and leak", |chance| together(chance, true)),
    family("always together, none leaks", |chance| together(chance, false)),
    family("every tenth is rejected, by chance; rejected leak", |chance| {
        let pace = wandering(chance, 5.0, 50.0);
        let tenth = pace.iter().map(|pace| pace / 9.0).collect();
        let leak = amount(chance);
        made(chance, [pace, tenth], [0.0, leak, 0.0])
    }),
    family("both at an even pace, rejected leak", |chance| {
        let paces = [vec![chance.scale(5.0, 50.0); SECONDS], vec![chance.scale(0.5, 5.0); SECONDS]];
        let leak = amount(chance);
        made(chance, paces, [0.0, leak, 0.0])
    }),
];

/// A pace that goes up and down severalfold within some minutes.
fn wandering(chance: &mut Chance, least: f64, most: f64) -> Vec<f64> {
    let (pace, memory, high) = (chance.scale(least, most), chance.scale(60.0, 600.0), chance.between(0.3, 1.0));
    chance.remembering(SECONDS, memory).into_iter().map(|noise| pace * (high * noise).exp()).collect()
}

/// What comes by chance at such a pace.
fn numbers(chance: &mut Chance, paces: &[f64]) -> Vec<u64> {
    let number = |pace: &f64| {
        let (mut number, mut at) = (0, chance.wait(1.0));
        while at < *pace {
            number += 1;
            at += chance.wait(1.0);
        }
        number
    };
    paces.iter().map(number).collect()
}

fn made(chance: &mut Chance, paces: [Vec<f64>; 2], leaks: [f64; 3]) -> Play {
    let numbers = paces.map(|paces| numbers(chance, &paces));
    with(chance, numbers, leaks)
}

fn with(chance: &mut Chance, numbers: [Vec<u64>; 2], leaks: [f64; 3]) -> Play {
    let level = chance.scale(30.0, 1000.0) * MIB;
    let most = leaks.into_iter().fold(0.0, f64::max);
    let noise = if most > 0.0 { most * chance.scale(0.02, 0.15) } else { chance.scale(0.002, 0.03) };
    let memory = chance.scale(1.0, 60.0);
    let rest = chance.remembering(SECONDS, memory).into_iter().map(|rest| level * (1.0 + noise * rest)).collect();
    let [valid, rejected] = numbers;
    let each = |numbers: Vec<u64>, leak: f64| {
        let kept = leak * level / (numbers.iter().sum::<u64>().max(1)) as f64;
        Counted { numbers, kept }
    };
    Play { kinds: [each(valid, leaks[0]), each(rejected, leaks[1])], besides: leaks[2] * level / SECONDS as f64, rest }
}

fn bursts(chance: &mut Chance, leak: bool) -> Play {
    let mut paces = vec![0.0; SECONDS];
    for _ in 0..chance.between(3.0, 11.0) as usize {
        let (from, long) = (chance.share() * SECONDS as f64, chance.scale(20.0, 200.0));
        let pace = chance.scale(1.0, 10.0);
        paces.iter_mut().skip(from as usize).take(long as usize).for_each(|value| *value += pace);
    }
    let leak = if leak { amount(chance) } else { 0.0 };
    let paces = [wandering(chance, 5.0, 50.0), paces];
    made(chance, paces, [0.0, leak, 0.0])
}

fn teeth(chance: &mut Chance, leak: f64) -> Play {
    let amount = amount(chance);
    let mut play = varied(chance, 0.0, leak * amount, 0.0);
    let high = 5.0 * amount * play.rest[0];
    let length = SECONDS as f64 / chance.scale(100.0, 400.0);
    let (mut from, mut to) = (0.0, length);
    for (at, rest) in play.rest.iter_mut().enumerate() {
        if at as f64 >= to {
            (from, to) = (to, to + length * chance.between(0.7, 1.3));
        }
        *rest += high * (at as f64 - from) / (to - from);
    }
    play
}

/// Each that is begun ends within some seconds.
fn together(chance: &mut Chance, leak: bool) -> Play {
    let pace = wandering(chance, 5.0, 50.0);
    let begun = numbers(chance, &pace);
    let late = chance.between(1.0, 5.0) as usize;
    let ended = (0..SECONDS).map(|at| if at < late { 0 } else { begun[at - late] }).collect();
    let leak = if leak { amount(chance) } else { 0.0 };
    with(chance, [begun, ended], [leak, 0.0, 0.0])
}

impl Play {
    fn points(&self) -> Vec<f64> {
        let mut kept = 0.0;
        let point = |at: usize| {
            kept += self.besides + self.kinds.iter().map(|kind| kind.kept * kind.numbers[at] as f64).sum::<f64>();
            (((self.rest[at] + kept).max(0.0)) / 4096.0).round() * 4096.0
        };
        (0..SECONDS).map(point).collect()
    }

    fn events(&self) -> Vec<Event> {
        let event = |at: usize, name: &str, number: u64| Event {
            time: DateTime::UNIX_EPOCH,
            elapsed: Duration::from_secs(at as u64),
            what: What::Count { name: name.to_owned(), number },
        };
        let at = |at| {
            let [valid, rejected] = &self.kinds;
            [event(at, "valid", valid.numbers[at]), event(at, "rejected", rejected.numbers[at])]
        };
        (0..SECONDS).flat_map(at).collect()
    }

    /// What is kept for a thousand of these together, from a second on.
    fn truth(&self, kinds: &[usize], evenly: bool, from: usize) -> f64 {
        let number = |kind: usize| self.kinds[kind].numbers[from..].iter().sum::<u64>() as f64;
        let kept: f64 = kinds.iter().map(|kind| number(*kind) * self.kinds[*kind].kept).sum();
        let besides = if evenly { self.besides * (SECONDS - from) as f64 } else { 0.0 };
        1e3 * (kept + besides) / kinds.iter().map(|kind| number(*kind)).sum::<f64>()
    }
}

#[derive(Default)]
struct Count {
    leaks: usize,
    found: usize,
    found_together: usize,
    clean: usize,
    level: usize,
    level_together: usize,
    alarms: usize,
    told: usize,
    covered: usize,
    plain: usize,
    plain_covered: usize,
}

pub(crate) fn measure(wanted: &Wanted) {
    let runs = wanted.pick(20, 500);
    let columns = [
        "course",
        "leaks: told",
        "told of several that came together",
        "no leak: told to be none",
        "in with one that cannot be told apart",
        "false alarms",
        "interval has the truth",
        "that of least squares",
    ];
    head(
        &format!("Memory by what is counted; two kinds, an hour; {runs} runs each, in per cent of kinds:"),
        1,
        &columns,
    );
    for family in FAMILIES {
        let mut count = Count::default();
        for seed in FIRST..FIRST + runs {
            count.add(&(family.play)(&mut Chance::seeded(seed)));
        }
        row(&[
            family.name.to_owned(),
            share(count.found, count.leaks),
            share(count.found_together, count.leaks),
            share(count.level, count.clean),
            share(count.level_together, count.clean),
            share(count.alarms, count.clean),
            share(count.covered, count.told),
            share(count.plain_covered, count.plain),
        ]);
    }
}

impl Count {
    fn add(&mut self, play: &Play) {
        let (points, events) = (play.points(), play.events());
        let mut builder = PerCountBuilder::of(&events);
        for (at, bytes) in points.iter().enumerate() {
            builder.push(Duration::from_secs(at as u64), *bytes as u64);
        }
        let told = builder.finish();
        let from = told.from.as_secs() as usize;
        for (place, kind) in told.kinds.iter().enumerate() {
            self.add_kind(play, place, kind, from);
        }
        for (place, (low, high)) in plain(play, &points).into_iter().enumerate() {
            self.plain += 1;
            self.plain_covered += usize::from((low..=high).contains(&(1e3 * play.kinds[place].kept)));
        }
    }

    fn add_kind(&mut self, play: &Play, place: usize, kind: &Kind, from: usize) {
        let group = if kind.together.is_empty() { vec![place] } else { vec![0, 1] };
        let apart = group.len() == 1 && !kind.evenly;
        if let Some(kept) = kind.kept {
            self.told += 1;
            let truth = play.truth(&group, kind.evenly, from);
            self.covered += usize::from((kept.low..=kept.high).contains(&truth));
        }
        if play.kinds[place].kept > 0.0 {
            self.leaks += 1;
            self.found += usize::from(apart && kind.verdict == Growing);
            self.found_together += usize::from(!apart && kind.verdict == Growing);
        } else {
            self.clean += 1;
            self.level += usize::from(apart && kind.verdict == Level);
            self.level_together += usize::from(!apart);
            // Told together with one that leaks, it is not accused alone.
            let leaks = play.truth(&group, kind.evenly, from) > 0.0;
            self.alarms += usize::from(!leaks && matches!(kind.verdict, Growing | Falling));
        }
    }
}

/// What least squares through all samples say, with the textbook's interval, for which every sample is independent: of both kinds and of time.
fn plain(play: &Play, points: &[f64]) -> Vec<(f64, f64)> {
    let sums: Vec<Vec<f64>> = play
        .kinds
        .iter()
        .map(|kind| {
            let mut sum = 0.0;
            kind.numbers
                .iter()
                .map(|number| {
                    sum += *number as f64;
                    sum
                })
                .collect()
        })
        .collect();
    let columns = [vec![1.0; SECONDS], (0..SECONDS).map(|at| at as f64).collect(), sums[0].clone(), sums[1].clone()];
    let centred = |values: &[f64]| {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        values.iter().map(|value| value - mean).collect::<Vec<f64>>()
    };
    let columns: Vec<Vec<f64>> = columns[1..].iter().map(|column| centred(column)).collect();
    let values = centred(points);
    // Each kind's column, less what time and the other kind make up of it.
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let less = |from: &[f64], what: &[f64]| {
        let share = if dot(what, what) > 0.0 { dot(from, what) / dot(what, what) } else { 0.0 };
        from.iter().zip(what).map(|(a, b)| a - share * b).collect::<Vec<f64>>()
    };
    let of = |kind: usize, other: usize| {
        let other = less(&columns[other], &columns[0]);
        let own = less(&less(&columns[kind], &columns[0]), &other);
        let rest = less(&less(&less(&values, &columns[0]), &other), &own);
        let slope = dot(&own, &values) / dot(&own, &own);
        let reach = 1.96 * (dot(&rest, &rest) / (SECONDS as f64 - 4.0) / dot(&own, &own)).sqrt();
        (1e3 * (slope - reach), 1e3 * (slope + reach))
    };
    vec![of(1, 2), of(2, 1)]
}
