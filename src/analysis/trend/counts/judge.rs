//! From lows and counts to what is kept for each: what was warm-up, what can be told apart, what is known of each.

// What ends a warm-up, which lows are none, and what is neglected, is the same as of a trend.
use super::super::change::MARKED;
use super::super::judge::{BOUND, CHANGES, FEWEST, LEFT, MARGIN, NARROWER, NEGLIGIBLE, PAGES, SHORTEST, STRETCHES};
use super::super::lows::{CREST, DIP, SMALL, quantile};
use super::super::{Rate, Verdict};
use super::builder::{Low, Spans, Tally, stretches, without_the_end};
use super::fit::{Fit, Share, fit, waves_of};
use super::matrix::left_over;
use super::{Kind, PerCount, PerThousand};
use std::time::Duration;

/// Kinds that are looked at; of more the most frequent.
const MOST_KINDS: usize = 8;

/// Of fewer, whatever happened beside them would be theirs.
const FEWEST_OF_A_KIND: f64 = 10.0;

/// So many lows on either side of the end of a warm-up.
const SHORTEST_PART: usize = 4;

/// Into how many stretches what is left is cut.
const COUNTS: [usize; 4] = [96, 48, 24, 16];

/// Two that differ by less than this share of themselves, squared, came together whatever else is known.
const ALIKE: f64 = 1e-5;

/// And so did two whose intervals are so many times as wide for each other's sake, where neither tells anything.
const WIDENED: f64 = 10.0;

/// With several kinds there are several chances to be wrong: what is called kept has zero so many half intervals away.
const SURE: f64 = 1.3;

/// Kinds that cannot be told apart, as one; one without kinds is time itself.
#[derive(Debug, Clone, PartialEq)]
struct Group {
    kinds: Vec<usize>,
    time: bool,
}

/// The counts and lows of a recording.
struct Course<'a> {
    tallies: &'a [Tally],
    lows: Vec<Low>,
    end: f64,
}

/// The judged part, as it is explained by some groups.
struct Part {
    fit: Fit,
    level: f64,
    spread: f64,
}

pub(super) fn judge(tallies: &[Tally], spans: &Spans, first: Duration, last: Duration) -> PerCount {
    let blank = |tally: &Tally| Kind {
        name: tally.name.clone(),
        number: tally.number,
        kept: None,
        verdict: Verdict::Unclear,
        together: Vec::new(),
        evenly: false,
        reason: None,
    };
    let mut told = PerCount { kinds: tallies.iter().map(blank).collect(), besides: None, from: first, to: last };
    let mut lows = spans.lows();
    without_the_end(&mut lows);
    let length = last.saturating_sub(first);
    let excuse = |told: &mut PerCount, why: &str| {
        told.kinds.iter_mut().for_each(|kind| kind.reason = kind.reason.take().or_else(|| Some(why.to_owned())));
    };
    if spans.ticks < FEWEST || length < SHORTEST || lows.len() < FEWEST as usize {
        excuse(&mut told, "the recording is too short to tell");
        return told;
    }
    let end = lows.last().map_or(0.0, |low| low.at);
    told.to = Duration::try_from_secs_f64(end).unwrap_or(last).min(last);
    let course = Course { tallies, lows, end };
    let mut used = course.used(first.as_secs_f64());
    let from = course.warmed_up(first.as_secs_f64(), &used);
    told.from = Duration::try_from_secs_f64(from).unwrap_or(first).max(first);
    // Of those that came before it, too few may be left.
    used.retain(|kind| tallies[*kind].within(from, course.end) >= FEWEST_OF_A_KIND);
    for (place, kind) in told.kinds.iter_mut().enumerate().filter(|(place, _)| !used.contains(place)) {
        let few = tallies[place].within(from, course.end) < FEWEST_OF_A_KIND;
        kind.reason = Some(if few { "too few to tell" } else { "others are more frequent" }.to_owned());
    }
    let Some((groups, part)) = course.apart(from, used) else {
        excuse(&mut told, "too little was measured to tell");
        return told;
    };
    for (place, group) in groups.iter().enumerate() {
        let share = part.fit.shares[place];
        if group.kinds.is_empty() {
            told.besides = Some(Rate { bytes_per_s: share.middle, low: share.low, high: share.high });
        }
        for kind in &group.kinds {
            let others = group.kinds.iter().filter(|other| *other != kind);
            let kept = PerThousand { bytes: 1e3 * share.middle, low: 1e3 * share.low, high: 1e3 * share.high };
            let told = &mut told.kinds[*kind];
            told.together = others.map(|other| tallies[*other].name.clone()).collect();
            told.evenly = group.time;
            told.kept = Some(kept);
            told.verdict = part.verdict(&share, course.number(group, from));
        }
    }
    told
}

impl Course<'_> {
    /// The kinds that came often enough, the most frequent of them.
    fn used(&self, from: f64) -> Vec<usize> {
        let number = |kind: &usize| self.tallies[*kind].within(from, self.end);
        let mut used: Vec<usize> = (0..self.tallies.len()).filter(|kind| number(kind) >= FEWEST_OF_A_KIND).collect();
        used.sort_by(|a, b| number(b).total_cmp(&number(a)));
        used.truncate(MOST_KINDS);
        used.sort_unstable();
        used
    }

    /// How many there are of a group from a moment on: of time, seconds.
    fn number(&self, group: &Group, from: f64) -> f64 {
        match group.kinds.is_empty() {
            true => self.end - from,
            false => group.kinds.iter().map(|kind| self.tallies[*kind].within(from, self.end)).sum(),
        }
    }

    /// How many of a group there had been at each of these moments.
    fn column(&self, group: &Group, lows: &[(usize, Low)]) -> Vec<f64> {
        let at = |low: &(usize, Low)| match group.kinds.is_empty() {
            true => low.1.at,
            false => group.kinds.iter().map(|kind| self.tallies[*kind].at(low.1.at)).sum(),
        };
        lows.iter().map(at).collect()
    }

    /// Where what the counts do not explain was over: before it a straight line, which nobody counts, explains the course much better.
    fn warmed_up(&self, first: f64, used: &[usize]) -> f64 {
        let mut groups: Vec<Group> = used.iter().map(|kind| Group { kinds: vec![*kind], time: false }).collect();
        groups.push(Group { kinds: Vec::new(), time: true });
        let mut from = first;
        for _ in 0..CHANGES {
            let lows = stretches(&self.lows, from, self.end, STRETCHES);
            let after = ((LEFT * (self.end - first)) / (self.end - from) * lows.len() as f64).ceil() as usize;
            let after = after.max(SHORTEST_PART + groups.len());
            let Some(last) = lows.len().checked_sub(after) else { return from };
            let values: Vec<f64> = lows.iter().map(|(_, low)| low.low).collect();
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            let values: Vec<f64> = values.iter().map(|value| value - mean).collect();
            let mut columns = vec![vec![1.0; lows.len()]];
            columns.extend(groups.iter().map(|group| self.column(group, &lows)));
            let time: Vec<f64> = lows.iter().map(|(_, low)| low.at - from).collect();
            let part = |range: std::ops::Range<usize>, columns: &[Vec<f64>]| {
                let columns: Vec<Vec<f64>> = columns.iter().map(|column| column[range.clone()].to_vec()).collect();
                left_over(&columns, &values[range])
            };
            let line = [vec![1.0; lows.len()], time];
            let whole = part(0..lows.len(), &columns);
            let best = (SHORTEST_PART..=last)
                .map(|at| (at, part(0..at, &line) + part(at..lows.len(), &columns)))
                .min_by(|a, b| a.1.total_cmp(&b.1));
            let Some((at, two)) = best else { return from };
            let scale = self.lows.iter().fold(0.0_f64, |most, low| most.max(low.low));
            let two = two.max(lows.len() as f64 * (scale * 1e-6).powi(2)).max(f64::MIN_POSITIVE);
            // Neighbours that are alike are worth fewer: by half, as a rule.
            let free = (lows.len() as f64 / 2.0 - columns.len() as f64 - 3.0).max(1.0);
            if (whole - two) / 3.0 / (two / free) <= MARKED {
                return from;
            }
            let turn = lows[at].1.at;
            from = turn + MARGIN * (self.end - turn);
        }
        from
    }

    /// The groups that can be told apart, and what is known of each.
    fn apart(&self, from: f64, used: Vec<usize>) -> Option<(Vec<Group>, Part)> {
        let mut groups: Vec<Group> = used.into_iter().map(|kind| Group { kinds: vec![kind], time: false }).collect();
        groups.push(Group { kinds: Vec::new(), time: true });
        while let Some((one, other)) = self.alike(from, &groups) {
            groups = merged(&groups, one, other);
        }
        if groups.iter().all(|group| group.kinds.is_empty()) {
            return None;
        }
        loop {
            let part = self.explained(from, &groups);
            let Some(part) = part else {
                // Not two that are alike, but several.
                let last = groups.len().checked_sub(2)?;
                groups = merged(&groups, last, last + 1);
                continue;
            };
            match self.undecided(from, &groups, &part) {
                Some(merged) => groups = merged,
                None => return Some((groups, part)),
            }
        }
    }

    /// Two groups that always came together.
    fn alike(&self, from: f64, groups: &[Group]) -> Option<(usize, usize)> {
        let lows = stretches(&self.lows, from, self.end, STRETCHES);
        let places: Vec<usize> = lows.iter().map(|low| low.0).collect();
        let waves: Vec<Vec<f64>> = groups
            .iter()
            .map(|group| waves_of(&self.column(group, &lows), &places, STRETCHES, STRETCHES / 3))
            .collect();
        let common =
            |one: usize, other: usize| -> f64 { waves[one].iter().zip(&waves[other]).map(|(a, b)| a * b).sum() };
        let pairs = (0..groups.len()).flat_map(|one| (one + 1..groups.len()).map(move |other| (one, other)));
        let apart = |(one, other): (usize, usize)| {
            1.0 - common(one, other).powi(2) / (common(one, one) * common(other, other)).max(f64::MIN_POSITIVE)
        };
        pairs
            .map(|pair| (pair, apart(pair)))
            .filter(|(_, apart)| *apart < ALIKE)
            .min_by(|a, b| a.1.total_cmp(&b.1))
            .map(|(pair, _)| pair)
    }

    /// With as many stretches as tell most.
    fn explained(&self, from: f64, groups: &[Group]) -> Option<Part> {
        let here = self.lows.iter().filter(|low| low.at >= from).count();
        let mut best: Option<(f64, Part)> = None;
        for count in COUNTS {
            let fewest = COUNTS[COUNTS.len() - 1];
            if count > fewest && here < 2 * count {
                continue;
            }
            let lows = stretches(&self.lows, from, self.end, count);
            if lows.len() * 5 < count * 4 {
                continue;
            }
            let Some(part) = self.part(&lows, count, groups) else { continue };
            let widths = part.fit.shares.iter().map(|share| (share.high - share.low).max(f64::MIN_POSITIVE).ln());
            let width = (widths.sum::<f64>() / groups.len() as f64).exp();
            if best.as_ref().is_none_or(|best| width * NARROWER < best.0) {
                best = Some((width, part));
            }
        }
        best.map(|best| best.1)
    }

    fn part(&self, lows: &[(usize, Low)], count: usize, groups: &[Group]) -> Option<Part> {
        let places: Vec<usize> = lows.iter().map(|low| low.0).collect();
        let columns: Vec<Vec<f64>> = groups.iter().map(|group| self.column(group, lows)).collect();
        let mut values: Vec<f64> = lows.iter().map(|low| low.1.low).collect();
        let level = quantile(&mut values.clone(), 0.5);
        let mut found = fit(&values, &places, count, &columns)?;
        let mut spread = 0.0;
        for _ in 0..2 {
            let explained = |at: usize| -> f64 {
                found.shares.iter().zip(&columns).map(|(share, column)| share.middle * column[at]).sum()
            };
            let rest: Vec<f64> = values.iter().enumerate().map(|(at, value)| value - explained(at)).collect();
            let [tenth, middle, upper] = [0.1, 0.5, 0.9].map(|share| quantile(&mut rest.clone(), share));
            spread = upper - tenth;
            let top = middle + CREST * (middle - tenth).max(SMALL * level);
            let bottom = middle - DIP * (upper - middle).max(SMALL * level);
            let held: Vec<f64> = rest.iter().map(|rest| rest.clamp(bottom, top)).collect();
            if held == rest {
                break;
            }
            values = held.iter().enumerate().map(|(at, rest)| rest + explained(at)).collect();
            found = fit(&values, &places, count, &columns)?;
        }
        Some(Part { fit: found, level, spread })
    }

    /// Two groups of which either could have what both have: as one.
    fn undecided(&self, from: f64, groups: &[Group], part: &Part) -> Option<Vec<Group>> {
        let share = |at: usize| part.fit.shares[at];
        let open = |at: &usize| share(*at).low <= 0.0 && share(*at).high >= 0.0;
        let vague = |at: usize| part.verdict(&share(at), self.number(&groups[at], from)) == Verdict::Unclear;
        let open: Vec<usize> = (0..groups.len()).filter(open).collect();
        let pairs = open.iter().flat_map(|one| open.iter().map(move |other| (*one, *other)));
        let mut pairs: Vec<(usize, usize)> =
            pairs.filter(|(one, other)| one < other && (vague(*one) || vague(*other))).collect();
        let likeness = |pair: &(usize, usize)| part.fit.likeness.at(pair.0, pair.1);
        pairs.sort_by(|a, b| likeness(a).total_cmp(&likeness(b)));
        for pair in pairs.into_iter().filter(|pair| likeness(pair) < 0.0) {
            let groups = merged(groups, pair.0, pair.1);
            let place = groups.len() - 1;
            if share(pair.0).widened.min(share(pair.1).widened) > WIDENED {
                return Some(groups);
            }
            let joined = self.explained(from, &groups).map(|part| part.fit.shares[place]);
            if joined.is_some_and(|joined| joined.low > 0.0 || joined.high < 0.0) {
                return Some(groups);
            }
        }
        None
    }
}

/// The same groups with two of them as one, at the end.
fn merged(groups: &[Group], one: usize, other: usize) -> Vec<Group> {
    let mut kinds = [&groups[one].kinds[..], &groups[other].kinds[..]].concat();
    kinds.sort_unstable();
    let group = Group { kinds, time: groups[one].time || groups[other].time };
    let others = groups.iter().enumerate().filter(|(place, _)| *place != one && *place != other);
    others.map(|(_, group)| group.clone()).chain([group]).collect()
}

impl Part {
    /// Of so many.
    fn verdict(&self, share: &Share, number: f64) -> Verdict {
        let negligible = PAGES.max(NEGLIGIBLE * self.level);
        let bound = PAGES.max(BOUND.0 * self.level).max(BOUND.1 * self.spread);
        let sure = share.middle.abs() > SURE * (share.high - share.low) / 2.0;
        let reach = share.low.abs().max(share.high.abs()) * number;
        match share.middle * number {
            rise if sure && rise > negligible => Verdict::Growing,
            rise if sure && -rise > negligible => Verdict::Falling,
            _ if reach <= bound => Verdict::Level,
            _ => Verdict::Unclear,
        }
    }
}
