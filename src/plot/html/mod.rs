//! A figure that answers: one HTML file that needs nothing else, to be opened in a browser.
//!
//! Recordings become a `Page`, a value, and points beside it as few bytes. The page's own program (`page.js` and the files beside it) draws them with uPlot,
//! which is in `vendor`. What is here decides what is in the page: which series there are, and that there are not too many points.

mod codec;
mod collect;
mod page;
mod rates;
#[cfg(test)]
mod tests;
mod write;

use super::cast::Cast;
use super::judge::{rate_words, trend_line};
use super::palette::Ink;
use super::seen::{Seen, metric, span};
use super::subtitle::subtitle;
use super::trace::{Series, Trace};
use super::{GroupBy, Input, Options, PlotError, Theme, View, role, words};
use crate::analysis::{Phase, ProcessSummary, Verdict, phases};
use crate::model::{CommandLine, METRICS, Metric, ProcessNumber, Sample, Unit, printable};
use codec::Writer;
use collect::{Collected, Collector, Places, Stretches};
use page::{Colours, Page, Row, Told};
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::io::Write;
use std::time::Duration;

/// So many values of the metric that is shown first are in a page, and so many of each other one. A million ticks of four processes are fewer.
const MOST_VALUES: [u64; 2] = [5_000_000, 1_000_000];

/// So many processes have a row of the table, and can be shown by themselves.
const MOST_ROWS: usize = 500;

/// Draws these recordings as a page.
pub(super) fn draw(recordings: &[Input], options: &Options, out: &mut dyn Write) -> Result<(), PlotError> {
    let (page, points) = page(recordings, options, MOST_VALUES)?;
    write::write(&page, &points.text(), out)
}

/// The value and the points of a page.
fn page(inputs: &[Input], options: &Options, most: [u64; 2]) -> Result<(Page, Writer), PlotError> {
    // The first pass counts too: how many values there are of each metric.
    let counts: Vec<RefCell<Counts>> = inputs.iter().map(|_| RefCell::default()).collect();
    let streams: Vec<_> = inputs.iter().zip(&counts).map(|(input, counts)| counting(input, counts)).collect();
    let counted: Vec<Input> = inputs.iter().zip(&streams).map(|(input, stream)| with_stream(input, stream)).collect();
    let seen = counted.iter().map(Seen::of).collect::<Result<Vec<_>, _>>()?;
    let counts: Vec<Counts> = counts.iter().map(|counts| *counts.borrow()).collect();
    let options = &Options { metric: metric(&seen, options.metric)?, ..options.clone() };
    let (from, to) = span(&seen, &Options { window: None, ..options.clone() })?;
    let window = options.window.map(|_| span(&seen, options)).transpose()?;
    let shown = shown_metrics(&seen, options.metric);
    let thinned = |place: usize, metric: Metric| {
        let most = most[usize::from(metric != options.metric)];
        counts[place][metric as usize] > most / seen.len() as u64
    };
    let any_thinned = shown.iter().any(|metric| (0..seen.len()).any(|place| thinned(place, *metric)));
    let company = match &seen[..] {
        [seen] => Company::of(seen, options, (from, to), any_thinned),
        _ => Company::of_recordings(&seen),
    };
    let single = if let [seen] = &seen[..] { Some(seen) } else { None };
    let phases = single.filter(|_| options.phases).map_or_else(Vec::new, |seen| phases(seen.input.events, to));
    let mut points = Writer::default();
    let mut metrics: Vec<page::Metric> = shown.iter().map(|metric| about(*metric)).collect();
    for (place, seen_one) in seen.iter().enumerate() {
        let collector = |metric: &Metric| {
            let gaps = seen_one.summary.gap_finder(*metric);
            let most = most[usize::from(*metric != options.metric)] / seen.len() as u64;
            let stretches = thinned(place, *metric).then(|| company.stretches(from, to, most));
            Collector::new(*metric, company.places.clone(), gaps, stretches).with_phases(&phases, options.limit)
        };
        let mut collectors: Vec<Collector> = shown.iter().map(collector).collect();
        (inputs[place].stream)(&mut |sample| collectors.iter_mut().for_each(|collector| collector.add(sample)))?;
        for ((collector, told), metric) in collectors.into_iter().zip(&mut metrics).zip(&shown) {
            let mut trace = Trace {
                ticks: seen_one.summary.ticks,
                measured: collector.measured,
                summed: collector.summed,
                missing: collector.missing.unwrap_or_default(),
                ..Trace::default()
            };
            let got = collector.finish();
            told.places.push(points.place());
            told.thinned |= thinned(place, *metric);
            points.kept(&got.kept);
            if single.is_some() {
                trace.total = Series { peak: got.total.peak, ..Series::default() };
                let whole = Options { metric: *metric, window: None, ..options.clone() };
                let cast = std::slice::from_ref(&company.cast);
                told.subtitle = subtitle(&seen, cast, &[&trace], from, to, &whole);
                judged(&got, told);
                told.figures = got.lines.into_iter().map(Told::from).collect();
                told.total = got.total.into();
            } else {
                told.subtitle = vec![format!("{} of {} recordings, each from its own start", told.label, seen.len())];
                told.figures.push(got.total.into());
            }
        }
    }
    // One tick still needs a place to stand in.
    let alone = to == from || seen.iter().all(|seen| seen.summary.ticks <= 1);
    let page = Page {
        title: words::title(inputs, options),
        view: company.view(options, single.is_none()),
        theme: if options.theme == Theme::Dark { "dark" } else { "auto" },
        growth: options.growth,
        trend: options.trend,
        clock: options.clock,
        log: options.log,
        limit: options.limit,
        from: from.as_secs_f64(),
        to: if alone { from + Duration::from_secs(1) } else { to }.as_secs_f64(),
        end: to.as_secs_f64(),
        window: window.map(|(from, to)| [from.as_secs_f64(), to.as_secs_f64()]),
        started: single.and_then(Seen::began).map(|began| began.timestamp_millis()),
        phases: phases.iter().map(told_phase).collect(),
        rates: single.map_or_else(Default::default, |seen| rates::rates(seen.input.events, to, seen.summary.interval)),
        rows: company.rows,
        untold: company.untold,
        metrics,
        palette: [Colours::of(Theme::Light), Colours::of(Theme::Dark)],
    };
    Ok((page, points))
}

type Counts = [u64; METRICS.len()];

/// The samples of a recording, whose values are counted while they stream by.
fn counting<'a>(
    input: &'a Input,
    counts: &'a RefCell<Counts>,
) -> impl Fn(&mut dyn FnMut(&Sample)) -> anyhow::Result<()> + 'a {
    move |each| {
        (input.stream)(&mut |sample| {
            let mut counts = counts.borrow_mut();
            for row in &sample.rows {
                for (count, info) in counts.iter_mut().zip(&METRICS) {
                    *count += u64::from(info.metric.of(&row.memory).is_some());
                }
            }
            counts[Metric::Cgroup as usize] += u64::from(sample.cgroup.is_some());
            drop(counts);
            each(sample);
        })
    }
}

fn with_stream<'a>(input: &Input<'a>, stream: &'a super::Stream<'a>) -> Input<'a> {
    Input { name: input.name.clone(), command: input.command, events: input.events, stream }
}

/// The metrics that a page can switch between, in the order of the table. What is 0 all the time, as swap mostly is, is no choice, and
/// a mark that only rises is shown where it was asked for.
fn shown_metrics(seen: &[Seen], first: Metric) -> Vec<Metric> {
    let has = |metric: &Metric| {
        let some = |seen: &Seen| seen.summary.total(*metric).is_some_and(|total| total.peak.value > 0);
        *metric == first || (*metric != Metric::PeakRss && seen.iter().all(some))
    };
    let mut shown: Vec<Metric> = METRICS.iter().map(|info| info.metric).filter(has).collect();
    // The one that was asked for is there to begin with, and its points come first.
    shown.sort_by_key(|metric| *metric != first);
    shown
}

fn about(metric: Metric) -> page::Metric {
    let info = metric.info();
    let (unit, nouns) = match info.unit {
        Unit::Bytes => ("bytes", ["", ""]),
        Unit::Count(one, several) => ("count", [one, several]),
        Unit::Milliseconds => ("ms", ["", ""]),
    };
    page::Metric {
        name: info.name,
        label: info.label,
        help: info.help,
        unit,
        nouns,
        subtitle: Vec::new(),
        places: Vec::new(),
        figures: Vec::new(),
        total: Told::default(),
        phases: Vec::new(),
        trends: Vec::new(),
        headline: None,
        thinned: false,
    }
}

/// What there is to say of whether the tree grows.
fn judged(got: &Collected, told: &mut page::Metric) {
    let total = std::slice::from_ref(&got.totals);
    told.headline = got.judged.headline(total).map(|headline| (headline.words, headline.growing));
    let grows = |trend: &crate::analysis::Trend| trend.verdict == Verdict::Growing;
    told.phases = got.judged.phases.iter().map(|trend| (rate_words(trend), grows(trend))).collect();
    let whole = got.judged.whole.as_slice();
    let trends = if got.judged.phases.is_empty() { whole } else { &got.judged.phases };
    let lines = trends.iter().filter_map(|trend| trend_line(trend, total));
    told.trends =
        lines.filter_map(|line| Some([line.first()?, line.last()?].map(|spot| (spot.at, spot.value)))).collect();
}

/// Who is in a page: a row each, and a line.
struct Company {
    cast: Cast,
    rows: Vec<Row>,
    places: Places,
    /// Whose lines decide which ticks are kept: these come first.
    leading: usize,
    untold: usize,
}

impl Company {
    /// The processes of a recording: those that a picture shows too, in their colours, then the rest, then those that the rest is made of.
    fn of(seen: &Seen, options: &Options, (from, to): (Duration, Duration), thinned: bool) -> Self {
        let commands = role::commands(seen.input.events);
        let cast = Cast::of(&seen.summary, &commands, options, from, to);
        let by_number: HashMap<ProcessNumber, &ProcessSummary> =
            seen.summary.processes.iter().map(|process| (process.number, process)).collect();
        let mut company = Self { cast, rows: Vec::new(), places: Places::default(), leading: 0, untold: 0 };
        for role in &company.cast.roles.clone() {
            let lives = role.numbers.iter().filter_map(|number| by_number.get(number).copied());
            let ink = if let Ink::Rank(rank) = role.ink { Some(rank) } else { None };
            let id = role.id().unwrap_or_default();
            company.add("process", role.full_name(), id, lives, &commands, ink);
            role.numbers.iter().for_each(|number| company.place(*number));
        }
        company.leading = company.rows.len() + 1;
        company.places.rest = company.rows.len() as u32;
        let shown: HashSet<ProcessNumber> = company.places.of.keys().copied().collect();
        let size = |process: &&ProcessSummary| process.reading(options.metric).map(|reading| reading.peak.value);
        let mut folded: Vec<&ProcessSummary> =
            seen.summary.processes.iter().filter(|process| !shown.contains(&process.number)).collect();
        folded.sort_by_key(|process| std::cmp::Reverse(size(process)));
        let name = match folded.len() {
            1 => "1 other".to_owned(),
            count => format!("{} others", words::grouped(count as u64)),
        };
        let id = company.cast.others_name.clone().unwrap_or_default();
        company.add("rest", name, id, folded.iter().copied(), &HashMap::new(), None);
        company.untold = folded.len().saturating_sub(MOST_ROWS);
        for process in folded.into_iter().take(MOST_ROWS) {
            let id = if process.pid == 0 { String::new() } else { process.pid.to_string() };
            let name = printable(process.name.as_str());
            company.add("folded", name, id, std::iter::once(process), &commands, None);
            // Where ticks are left out, those that a folded process would need may be among them; and who is of a name that is folded
            // is not taken out of it.
            if !thinned && options.group_by == GroupBy::Pid {
                company.place(process.number);
            }
        }
        company.places.lines = company.rows.len();
        company
    }

    /// Recordings side by side: one line for the whole tree of each.
    fn of_recordings(seen: &[Seen]) -> Self {
        let row = |(rank, seen): (usize, &Seen)| Row {
            kind: "recording",
            name: seen.input.name.clone(),
            id: String::new(),
            command: seen.input.command.map(CommandLine::to_string).unwrap_or_default(),
            first: seen.summary.first.as_secs_f64(),
            last: seen.summary.last.as_secs_f64(),
            ink: Some(rank % super::palette::RANKS),
            alone: true,
        };
        Self {
            rows: seen.iter().enumerate().map(row).collect(),
            places: Places { lines: 1, ..Places::default() },
            leading: 1,
            cast: Cast::default(),
            untold: 0,
        }
    }

    fn add<'a>(
        &mut self,
        kind: &'static str,
        name: String,
        id: String,
        lives: impl Iterator<Item = &'a ProcessSummary>,
        commands: &HashMap<ProcessNumber, &CommandLine>,
        ink: Option<usize>,
    ) {
        let lives: Vec<&ProcessSummary> = lives.collect();
        let first = lives.iter().map(|process| process.first).min().unwrap_or_default();
        let last = lives.iter().map(|process| process.last).max().unwrap_or_default();
        let command = lives.first().and_then(|process| commands.get(&process.number));
        let command = command.map(|command| cut(command.to_string())).unwrap_or_default();
        self.rows.push(Row {
            kind,
            name,
            id,
            command,
            first: first.as_secs_f64(),
            last: last.as_secs_f64(),
            ink,
            alone: false,
        });
    }

    /// The row that was added last has the line of this process.
    fn place(&mut self, number: ProcessNumber) {
        if let Some(row) = self.rows.last_mut() {
            row.alone = true;
        }
        self.places.of.insert(number, self.rows.len() as u32 - 1);
    }

    /// Stretches of time so long that what is kept of them all is at most about `most` values.
    fn stretches(&self, from: Duration, to: Duration, most: u64) -> Stretches {
        // Four ticks for each line and for the total, and at each a value of each line.
        let lines = self.leading as u64;
        let count = most / (4 * (lines + 1) * lines).max(1);
        let length = to.saturating_sub(from).as_micros() / u128::from(count.max(1));
        Stretches { length_us: u64::try_from(length).unwrap_or(u64::MAX).max(1) }
    }

    fn view(&self, options: &Options, overlay: bool) -> &'static str {
        let processes = self.rows.iter().filter(|row| row.kind == "process").count();
        match options.view {
            _ if overlay => "overlay",
            View::Total => "total",
            _ if self.cast.processes() == 1 && processes == 1 => "single",
            _ if processes == 0 => "total",
            View::Lines => "lines",
            // Heights on each other mean nothing on such an axis.
            View::Auto if options.log => "lines",
            View::Auto | View::Stacked => "stacked",
        }
    }
}

/// A command line of a size that a table can show. It may be of megabytes.
fn cut(command: String) -> String {
    const LONGEST: usize = 400;
    match command.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &command[..end]),
        None => command,
    }
}

fn told_phase(phase: &Phase) -> page::Phase {
    page::Phase { label: cut(printable(&phase.label)), from: phase.from.as_secs_f64(), to: phase.to.as_secs_f64() }
}
