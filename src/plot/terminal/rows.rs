//! Which rows of a figure there is room for.

/// What there is to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) headline: bool,
    /// There are phases.
    pub(super) bands: bool,
    pub(super) panels: usize,
    /// Rows that the legend would fill.
    pub(super) legend: usize,
}

/// How many rows each part has, from top to bottom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rows {
    /// Title and subtitle: in one row, or in one each.
    pub(super) headings: usize,
    pub(super) headline: usize,
    /// The labels of phases.
    pub(super) bands: usize,
    /// Of the plot of each panel that there is room for. Above all but the first is one row more.
    pub(super) plots: Vec<usize>,
    /// The axis of time: its labels, and above them a line.
    pub(super) axis: usize,
    pub(super) legend: usize,
}

/// A further panel has at least so many.
const LEAST: usize = 4;

impl Rows {
    pub(super) fn of(all: usize, asked: Asked) -> Self {
        let headings = match all {
            0 => 0,
            1..10 => 1,
            _ => 2,
        };
        let headline = usize::from(asked.headline && all >= 14);
        let bands = usize::from(asked.bands && all >= 7);
        let axis = match all {
            ..8 => 0,
            8..12 => 1,
            _ => 2,
        };
        let most = match all {
            ..2 => 0,
            2..12 => 1,
            _ => all / 4,
        };
        let legend = asked.legend.min(most);
        let left = all - headings - headline - bands - axis - legend;
        Self { headings, headline, bands, plots: shared(left, asked.panels), axis, legend }
    }
}

/// Half as much again for the first panel as for each of the others, of which there are as many as have room.
fn shared(rows: usize, panels: usize) -> Vec<usize> {
    let others = |count: usize| rows.saturating_sub(count) * 2 / (2 * count + 3);
    let count = (0..panels.max(1)).rev().find(|count| *count == 0 || others(*count) >= LEAST).unwrap_or(0);
    let other = others(count);
    let mut plots = vec![rows - count * (other + 1)];
    plots.extend(std::iter::repeat_n(other, count));
    plots
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_the_size_all_rows_are_used_and_most_of_them_for_plots() {
        for all in 0..100 {
            for asked in (0..64).map(|bits| Asked {
                headline: bits & 1 > 0,
                bands: bits & 2 > 0,
                panels: 1 + (bits >> 2) % 3,
                legend: bits / 4,
            }) {
                let rows = Rows::of(all, asked);
                let plots = rows.plots.iter().sum::<usize>() + rows.plots.len() - 1;
                let sum = rows.headings + rows.headline + rows.bands + plots + rows.axis + rows.legend;
                assert_eq!(sum, all, "{all} {asked:?}");
                assert!(all < 4 || plots * 3 >= all, "{rows:?} of {all}");
            }
        }
        let three = |all| Rows::of(all, Asked { headline: false, bands: false, panels: 3, legend: 2 }).plots.len();
        assert_eq!([12, 18, 24, 40].map(three), [1, 2, 3, 3]);
    }
}
