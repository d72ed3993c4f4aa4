//! Each family of courses, many times: how often the verdict is right, and the interval.

use crate::common::Wanted;
use crate::common::stats::{head, row};
use crate::families::{FAMILIES, Family};
use crate::noise::Chance;
use crate::rival::{Line, of_blocks};
use crate::{judged, share};
use memrec::analysis::Verdict::{self, Falling, Growing, Level, Unclear};

/// The first seed. None of those below it is in a table: thresholds were chosen by them.
const FIRST: u64 = 2_000_000;

/// What came out for one family, in runs.
#[derive(Default)]
struct Count {
    runs: usize,
    verdicts: [usize; 4],
    right: usize,
    /// Has an interval.
    told: usize,
    covered: usize,
    /// The same for the bootstrap of blocks.
    blocks_told: usize,
    blocks_covered: usize,
    line_right: usize,
    line_alarms: usize,
    line_covered: usize,
}

impl Count {
    fn add(&mut self, other: &Self) {
        self.runs += other.runs;
        self.verdicts.iter_mut().zip(other.verdicts).for_each(|(sum, other)| *sum += other);
        self.right += other.right;
        self.told += other.told;
        self.covered += other.covered;
        self.blocks_told += other.blocks_told;
        self.blocks_covered += other.blocks_covered;
        self.line_right += other.line_right;
        self.line_alarms += other.line_alarms;
        self.line_covered += other.line_covered;
    }

    fn alarms(&self) -> usize {
        self.verdicts[Growing as usize] + self.verdicts[Falling as usize]
    }
}

pub(crate) fn measure(wanted: &Wanted) {
    let runs = wanted.pick(20, 1000);
    let columns = [
        "course",
        "truth",
        "right",
        "growing",
        "level",
        "falling",
        "unclear",
        "interval has the truth",
        "that of blocks",
        "least squares: right",
        "its interval has the truth",
    ];
    let (mut moving, mut level) = (Count::default(), Count::default());
    for plain in [true, false] {
        let title = if plain { "Plain cases" } else { "Hard cases" };
        head(&format!("{title}; {runs} runs each, all figures in per cent:"), 2, &columns);
        for family in FAMILIES.iter().filter(|family| family.plain == plain) {
            let count = of(family, runs);
            if plain {
                if family.truth == Level { level.add(&count) } else { moving.add(&count) }
            }
            let mut cells = vec![family.name.to_owned(), family.truth.to_string(), share(count.right, count.runs)];
            for verdict in [Growing, Level, Falling, Unclear] {
                cells.push(share(count.verdicts[verdict as usize], count.runs));
            }
            cells.push(share(count.covered, count.told));
            cells.push(share(count.blocks_covered, count.blocks_told));
            cells.push(share(count.line_right, count.runs));
            cells.push(share(count.line_covered, count.runs));
            row(&cells);
        }
    }
    head("All plain cases together, in per cent:", 1, &["", "aim", "memrec", "least squares", "blocks"]);
    let line = |words: &str, aim: &str, ours: String, theirs: String| {
        row(&[words.into(), aim.into(), ours, theirs, "–".into()])
    };
    let both = |ours: usize, theirs: usize, of: usize| (share(ours, of), share(theirs, of));
    let (ours, theirs) = both(moving.right, moving.line_right, moving.runs);
    line("growing or falling, and called so", "95", ours, theirs);
    let (ours, theirs) = both(level.right, level.line_right, level.runs);
    line("level, and called so", "80", ours, theirs);
    let (ours, theirs) = both(level.alarms(), level.line_alarms, level.runs);
    line("level, and called growing or falling (false alarms)", "below 3", ours, theirs);
    let told = |of: fn(&Count) -> (usize, usize)| {
        let (a, b) = (of(&moving), of(&level));
        share(a.0 + b.0, a.1 + b.1)
    };
    row(&[
        "interval has the truth".into(),
        "90 to 99".into(),
        told(|count| (count.covered, count.told)),
        told(|count| (count.line_covered, count.runs)),
        told(|count| (count.blocks_covered, count.blocks_told)),
    ]);
}

fn of(family: &Family, runs: u64) -> Count {
    let mut count = Count::default();
    for seed in FIRST..FIRST + runs {
        let play = (family.play)(&mut Chance::seeded(seed));
        // The truth for a part is what was kept at its end less what was kept at its beginning.
        let rate = |from: f64, to: f64| ((play.kept)(to) - (play.kept)(from)) / (to - from);
        let trend = judged(&play.points);
        count.runs += 1;
        count.verdicts[trend.verdict as usize] += 1;
        count.right += usize::from(trend.verdict == family.truth);
        if let Some(found) = trend.rate {
            let (from, to) = (trend.from.as_secs_f64(), trend.to.as_secs_f64());
            let truth = rate(from, to);
            count.told += 1;
            count.covered += usize::from((found.low..=found.high).contains(&truth));
            if let Some((low, high)) = of_blocks(&play.points, from) {
                count.blocks_told += 1;
                count.blocks_covered += usize::from((low..=high).contains(&truth));
            }
        }
        let line = Line::through(&play.points);
        let (first, last) = (play.points[0].0, play.points[play.points.len() - 1].0);
        count.line_right += usize::from(line.verdict() == family.truth);
        count.line_alarms += usize::from(line.verdict() != Verdict::Level);
        count.line_covered += usize::from(line.covers(rate(first, last)));
    }
    count
}
