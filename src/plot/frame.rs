//! What all panels of a figure have in common: the time that it shows, who is in it, and how.

use super::cast::Cast;
use super::palette::Ink;
use super::seen::{Seen, span};
use super::{Options, PlotError, View, role};
use crate::analysis::{Phase, phases};
use std::time::Duration;

/// More phases than a figure has pixel columns have no place in it.
const MOST_PHASES: usize = 10_000;

/// What all panels of a figure have in common.
pub(super) struct Frame {
    pub(super) from: Duration,
    pub(super) to: Duration,
    /// A part only was asked for.
    pub(super) in_window: bool,
    pub(super) casts: Vec<Cast>,
    pub(super) manner: Manner,
    /// As far as they are within the figure.
    pub(super) phases: Vec<Phase>,
}

impl Frame {
    pub(super) fn span(&self) -> Duration {
        self.to.saturating_sub(self.from)
    }
}

/// How series are shown, once it is known how many there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    Stacked,
    Lines,
    /// One process, whose line is the total.
    Single(Ink),
    /// The total of many.
    Total,
    /// The total of several recordings.
    Overlay,
}

impl Manner {
    fn of(casts: &[Cast], options: &Options) -> Self {
        let [cast] = casts else { return Self::Overlay };
        match (options.view, &cast.roles[..]) {
            (View::Total, _) | (_, []) => Self::Total,
            (_, [role]) if cast.others == 0 => Self::Single(role.ink),
            (View::Lines, _) => Self::Lines,
            // Heights on each other mean nothing where equal heights are equal ratios.
            (View::Auto | View::Stacked, _) if options.log => Self::Lines,
            (View::Auto | View::Stacked, _) => Self::Stacked,
        }
    }
}

impl Frame {
    pub(super) fn of(seen: &[Seen], options: &Options) -> Result<Self, PlotError> {
        let (from, to) = span(seen, options)?;
        let cast = |seen: &Seen| Cast::of(&seen.summary, &role::commands(seen.input.events), options, from, to);
        let casts: Vec<Cast> = seen.iter().map(cast).collect();
        let manner = Manner::of(&casts, options);
        let phases = match seen {
            [seen] if options.phases => phases(seen.input.events, to.max(from)),
            _ => Vec::new(),
        };
        let phases = phases.into_iter().filter(|phase| phase.to.min(to) >= phase.from.max(from) && phase.from < to);
        Ok(Frame {
            from,
            to,
            in_window: options.window.is_some(),
            casts,
            manner,
            phases: phases.take(MOST_PHASES).collect(),
        })
    }
}
