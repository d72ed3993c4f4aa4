//! What changed from some recordings to others: of the total, by role and by phase.
//!
//! A [`Diff`] is a value, made of what was [`measure`]d of each recording; [`written`] are ways of writing it.

mod measure;
#[cfg(test)]
mod tests;
mod written;

pub use measure::{Measured, measure};
pub use written::written;

use crate::analysis::Difference;
use measure::Figures;
use serde::Serialize;
use std::collections::BTreeSet;

/// Of recordings that have more roles or phases, the largest are held against each other.
const MOST: usize = 200;

/// What changed. The derived form is its JSON.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Diff {
    /// From these.
    pub base: Side,
    /// To these.
    pub new: Side,
    /// What is to be known of the numbers.
    pub notes: Vec<String>,
    /// The sum over the tree.
    pub total: Change,
    /// Processes of one name, summed up: those that are largest first.
    pub roles: Vec<Change>,
    /// Phases of one label, in the order in which they first came.
    pub phases: Vec<Change>,
}

/// Recordings of one side.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Side {
    /// What they are called.
    pub recordings: Vec<String>,
    /// What they are of, as far as that is known.
    pub programs: Vec<String>,
}

/// What changed of one thing.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// The role's name or the phase's label; empty for the total.
    pub name: String,
    /// `base` or `new`, where it is on that side only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub only: Option<&'static str>,
    /// Recordings of each side that have it.
    pub recordings: [usize; 2],
    /// The highest total of resident sets.
    pub peak_bytes: Option<Figure>,
    /// The median after warm-up.
    pub level_bytes: Option<Figure>,
    /// The slope of its trend.
    pub growth_bytes_per_s: Option<Figure>,
}

/// One number on both sides: means, where there are several recordings.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Figure {
    /// Of the first side.
    pub base: Option<f64>,
    /// Of the second.
    pub new: Option<f64>,
    /// The second less the first.
    pub change: Option<f64>,
    /// Its 95 % interval, where both sides have repeats.
    pub low: Option<f64>,
    /// Its 95 % interval.
    pub high: Option<f64>,
}

impl Figure {
    /// None where neither side has any.
    fn of(base: &[f64], new: &[f64]) -> Option<Self> {
        let mean = |values: &[f64]| (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64);
        let difference = Difference::of(base, new);
        let interval = difference.and_then(|difference| difference.interval);
        let figure = Self {
            base: mean(base),
            new: mean(new),
            change: difference.map(|difference| difference.new - difference.base),
            low: interval.map(|interval| interval.0),
            high: interval.map(|interval| interval.1),
        };
        (figure.base.is_some() || figure.new.is_some()).then_some(figure)
    }

    /// How it changed, in a word; none without an interval.
    pub fn found(&self) -> Option<&'static str> {
        Some(match (self.low?, self.high?) {
            (low, _) if low > 0.0 => "more",
            (_, high) if high < 0.0 => "less",
            _ => "no difference told",
        })
    }
}

impl Diff {
    /// Holds `new` against `base`.
    pub fn of(base: &[Measured], new: &[Measured]) -> Self {
        let sides = [base, new].map(|side| Side {
            recordings: side.iter().map(|measured| measured.name.clone()).collect(),
            programs: side
                .iter()
                .filter_map(|measured| measured.program.clone())
                .collect::<BTreeSet<_>>()
                .into_iter()
                .collect(),
        });
        let all = || base.iter().chain(new);
        let mut notes = Vec::new();
        let [ours, theirs] = [&sides[0].programs, &sides[1].programs];
        if ours != theirs && !ours.is_empty() && !theirs.is_empty() {
            notes.push(format!("different programs: {} and {}", ours.join(", "), theirs.join(", ")));
        }
        let runs = [base.len(), new.len()];
        match runs {
            [1, 1] => notes.push("one recording on either side: no interval; repeats would give one".to_owned()),
            [1, _] | [_, 1] => {
                notes.push("one recording on one side: no interval; repeats of both would give one".to_owned());
            }
            _ => notes.push("intervals: Welch's t, 95 %, over the recordings of each side".to_owned()),
        }
        let of = |name: &str, figures: &dyn Fn(&Measured) -> Option<Figures>| {
            let [ours, theirs] = [base, new].map(|side| side.iter().filter_map(figures).collect::<Vec<_>>());
            let pick = |which: fn(&Figures) -> Option<f64>| {
                let [ours, theirs] = [&ours, &theirs].map(|side| side.iter().filter_map(which).collect::<Vec<_>>());
                Figure::of(&ours, &theirs)
            };
            let only = match (ours.is_empty(), theirs.is_empty()) {
                (false, true) => Some("base"),
                (true, false) => Some("new"),
                _ => None,
            };
            Change {
                name: name.to_owned(),
                only,
                recordings: [ours.len(), theirs.len()],
                peak_bytes: pick(|figures| figures.peak),
                level_bytes: pick(|figures| figures.level),
                growth_bytes_per_s: pick(|figures| figures.growth),
            }
        };
        let mut roles = names(all().map(|measured| &measured.roles));
        let mut phases = names(all().map(|measured| &measured.phases));
        for (what, names) in [("roles", &mut roles), ("phases", &mut phases)] {
            if names.len() > MOST {
                notes.push(format!("the first {MOST} {what} are compared, of {}", names.len()));
                names.truncate(MOST);
            }
        }
        let find = |all: &[(String, Figures)], name: &str| {
            all.iter().find(|(other, _)| other == name).map(|(_, figures)| *figures)
        };
        let role = |name: &String| of(name, &|measured| find(&measured.roles, name));
        let phase = |name: &String| of(name, &|measured| find(&measured.phases, name));
        let [base_side, new_side] = sides;
        Self {
            total: of("", &|measured| Some(measured.total)),
            roles: roles.iter().map(role).collect(),
            phases: phases.iter().map(phase).collect(),
            base: base_side,
            new: new_side,
            notes,
        }
    }
}

/// Each name once, in the order of their first appearance.
fn names<'a>(all: impl Iterator<Item = &'a Vec<(String, Figures)>>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    all.flatten().filter(|(name, _)| seen.insert(name.as_str())).map(|(name, _)| name.clone()).collect()
}
