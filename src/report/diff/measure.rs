//! What is measured of one recording, to be held against others.

use super::super::gather::{Course, Courses, Input, Stream, courses, ended, program_of, total};
use crate::analysis::{Level, SummaryBuilder, median};
use crate::model::{Metric, ProcessNumber};
use std::collections::HashMap;
use std::time::Duration;

/// Roles that are followed, the largest: of a build's hundreds of programs most live too short to matter.
const FOLLOWED: usize = 200;

/// A recording in the numbers that are compared.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// What it is called.
    pub(super) name: String,
    /// What it is of.
    pub(super) program: Option<String>,
    pub(super) total: Figures,
    /// By the name of processes, the largest first.
    pub(super) roles: Vec<(String, Figures)>,
    /// By label, in the order in which they came.
    pub(super) phases: Vec<(String, Figures)>,
}

/// Bytes, and bytes per second.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Figures {
    pub(super) peak: Option<f64>,
    pub(super) level: Option<f64>,
    pub(super) growth: Option<f64>,
}

/// A series that is followed.
#[derive(Debug)]
struct Followed {
    course: Course,
    level: Level,
}

impl Followed {
    fn of(course: Course) -> Self {
        Self { course, level: Level::default() }
    }

    fn whole() -> Self {
        Self::of(Course::new(Duration::ZERO, Duration::MAX))
    }

    fn add(&mut self, elapsed: Duration, bytes: u64) {
        self.course.add(elapsed, bytes);
        self.level.push(elapsed, bytes);
    }

    fn finish(self) -> Figures {
        let peak = self.course.peak().rss_bytes.map(|bytes| bytes as f64);
        let trend = self.course.trend.finish();
        Figures { peak, level: self.level.from(trend.from), growth: trend.rate.map(|rate| rate.bytes_per_s) }
    }
}

/// Measures it: once to learn who is who, once to follow each.
///
/// # Errors
/// Whatever the stream says.
pub fn measure(input: &Input<'_>) -> anyhow::Result<Measured> {
    let (names, place_of) = roles(input.stream)?;
    let mut roles: Vec<Followed> = names.iter().map(|_| Followed::whole()).collect();
    let mut sums: Vec<Option<u64>> = vec![None; names.len()];
    let end = ended(input.events).map_or(Duration::MAX, |event| event.elapsed);
    let mut phases = Courses::of(courses(input.events, end));
    let mut levels = vec![Level::default(); phases.all.len()];
    let mut whole = Followed::whole();
    (input.stream)(&mut |sample| {
        for row in &sample.rows {
            if let (Some(place), Some(bytes)) = (place_of.get(&row.process), row.memory.rss) {
                let sum = &mut sums[*place];
                *sum = Some(sum.unwrap_or_default().saturating_add(bytes));
            }
        }
        for (role, sum) in roles.iter_mut().zip(&mut sums) {
            if let Some(bytes) = sum.take() {
                role.add(sample.elapsed, bytes);
            }
        }
        if let Some(total) = total(sample) {
            whole.add(sample.elapsed, total);
            phases.at(sample.elapsed, |place, course| {
                course.add(sample.elapsed, total);
                levels[place].push(sample.elapsed, total);
            });
        }
    })?;
    let phases = phases.all.into_iter().zip(levels);
    let phases = phases.map(|((label, course), level)| (label, Followed { course, level }.finish()));
    Ok(Measured {
        name: input.name.clone(),
        program: input.command.and_then(program_of),
        total: whole.finish(),
        roles: names.into_iter().zip(roles.into_iter().map(Followed::finish)).collect(),
        phases: joined(phases),
    })
}

/// The names of the largest processes, the largest first, and whose each process is.
fn roles(stream: &Stream<'_>) -> anyhow::Result<(Vec<String>, HashMap<ProcessNumber, usize>)> {
    let mut builder = SummaryBuilder::new();
    stream(&mut |sample| builder.add(sample))?;
    let mut processes = builder.finish().processes;
    processes.sort_by_key(|process| std::cmp::Reverse(process.reading(Metric::Rss).map(|reading| reading.peak.value)));
    let mut names: Vec<String> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut place_of = HashMap::new();
    for process in processes {
        let name = process.name.as_str();
        let place = match places.get(name) {
            Some(place) => *place,
            None if names.len() < FOLLOWED => {
                names.push(name.to_owned());
                places.insert(name.to_owned(), names.len() - 1);
                names.len() - 1
            }
            None => continue,
        };
        place_of.insert(process.number, place);
    }
    Ok((names, place_of))
}

/// Phases of one label as one: the highest of their peaks, the median of their levels, the mean of what their trends say.
fn joined(phases: impl Iterator<Item = (String, Figures)>) -> Vec<(String, Figures)> {
    let mut labels: Vec<(String, Vec<Figures>)> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for (label, figures) in phases {
        let place = *places.entry(label.clone()).or_insert_with(|| {
            labels.push((label, Vec::new()));
            labels.len() - 1
        });
        labels[place].1.push(figures);
    }
    let join = |(label, figures): (String, Vec<Figures>)| {
        let growths: Vec<f64> = figures.iter().filter_map(|figures| figures.growth).collect();
        let joined = Figures {
            peak: figures.iter().filter_map(|figures| figures.peak).reduce(f64::max),
            level: median(figures.iter().filter_map(|figures| figures.level).collect()),
            growth: (!growths.is_empty()).then(|| growths.iter().sum::<f64>() / growths.len() as f64),
        };
        (label, joined)
    };
    labels.into_iter().map(join).collect()
}
