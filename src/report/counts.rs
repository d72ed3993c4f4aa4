//! What was counted, as it is told: memory per thousand of each kind.

use crate::analysis::Verdict;
use crate::analysis::trend::counts::{Kind, PerThousand};
use crate::model::{Bytes, printable};
use serde::Serialize;

/// One kind of what was counted beside the recording.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Count {
    /// Its name.
    pub name: String,
    /// How many there were.
    pub number: u64,
    /// `growing` where memory is kept for each of them, `level` where none is that matters.
    pub verdict: &'static str,
    /// What is kept for a thousand of them, the best guess.
    pub bytes_per_1000: Option<f64>,
    /// Its 95 % interval.
    pub low: Option<f64>,
    /// Its 95 % interval.
    pub high: Option<f64>,
    /// Others that it always came together with: the numbers are for a thousand of all of these.
    pub together_with: Vec<String>,
    /// It came as evenly as time goes by: what is kept for each may be kept for each second.
    pub evenly: bool,
    /// The same in words.
    pub reason: String,
}

/// How many of one kind there were in a phase.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PhaseCount {
    /// Its name.
    pub name: String,
    /// How many.
    pub number: u64,
    /// Of all that were counted in the phase. None where nothing was.
    pub share: Option<f64>,
}

impl From<Kind> for Count {
    fn from(kind: Kind) -> Self {
        let rounded = |bytes: fn(&PerThousand) -> f64| kind.kept.as_ref().map(|kept| (bytes(kept) * 1e3).round() / 1e3);
        Self {
            number: kind.number,
            verdict: kind.verdict.as_str(),
            bytes_per_1000: rounded(|kept| kept.bytes),
            low: rounded(|kept| kept.low),
            high: rounded(|kept| kept.high),
            evenly: kind.evenly,
            reason: reason(&kind),
            name: kind.name,
            together_with: kind.together,
        }
    }
}

/// Each with its share.
pub(super) fn of_phase(numbers: Vec<(String, u64)>) -> Vec<PhaseCount> {
    let all = numbers.iter().fold(0_u64, |sum, (_, number)| sum.saturating_add(*number));
    let share = |number: u64| (all > 0).then(|| (number as f64 / all as f64 * 1e4).round() / 1e4);
    numbers.into_iter().map(|(name, number)| PhaseCount { name, number, share: share(number) }).collect()
}

/// `valid 9020 (88 %), rejected 1240 (12 %)`.
pub(super) fn in_words(counts: &[PhaseCount]) -> String {
    let one = |count: &PhaseCount| {
        let share = count.share.map(|share| format!(" ({} %)", (share * 100.0).round()));
        format!("{} {}{}", printable(&count.name), count.number, share.unwrap_or_default())
    };
    counts.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// `+96.0 KiB`, in the place of a thousand.
pub(super) fn size(bytes: f64) -> String {
    let rounded = bytes.abs().round();
    // What is beyond the whole numbers is told as the largest.
    let size = Bytes(rounded as u64);
    match rounded == 0.0 {
        true => "0 B".to_owned(),
        false => format!("{}{size}", if bytes < 0.0 { "-" } else { "+" }),
    }
}

fn reason(kind: &Kind) -> String {
    let Some(kept) = kind.kept else {
        return kind.reason.clone().unwrap_or_else(|| "too little to tell".to_owned());
    };
    let bounds = format!("{} to {}", size(kept.low), size(kept.high));
    let which = if kind.together.is_empty() { "1000" } else { "1000 of all of them" };
    let told = match kind.verdict {
        Verdict::Growing | Verdict::Falling => format!("{} per {which} ({bounds})", size(kept.bytes)),
        Verdict::Level => format!("none that matters ({bounds} per {which})"),
        Verdict::Unclear => format!("somewhere from {bounds} per {which}: too uncertain to tell"),
    };
    let others: Vec<String> = kind.together.iter().map(|name| printable(name)).collect();
    let together = match (&others[..], kind.evenly) {
        ([], false) => String::new(),
        ([], true) => "; it came so evenly that this may as well be kept for each second".to_owned(),
        (others, evenly) => {
            let seconds = if evenly { ", nor from what is kept for each second" } else { "" };
            format!("; it always came together with {}, and cannot be told apart{seconds}", others.join(", "))
        }
    };
    format!("{told}{together}")
}
