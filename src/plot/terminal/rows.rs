//! Which rows of a figure there is room for.

/// How many rows each part has, from top to bottom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rows {
    /// Title and subtitle: in one row, or in one each.
    pub(super) headings: usize,
    /// The labels of phases.
    pub(super) bands: usize,
    pub(super) plot: usize,
    /// The axis of time: its labels, and above them a line.
    pub(super) axis: usize,
    pub(super) legend: usize,
}

impl Rows {
    /// Of `all`, where there are phases or not, and where the legend would fill so many.
    pub(super) fn of(all: usize, has_bands: bool, legend: usize) -> Self {
        let headings = match all {
            0 => 0,
            ..10 => 1,
            _ => 2,
        };
        let bands = usize::from(has_bands && all >= 7);
        let axis = match all {
            ..8 => 0,
            ..12 => 1,
            _ => 2,
        };
        let most = match all {
            ..2 => 0,
            ..12 => 1,
            _ => all / 4,
        };
        let legend = legend.min(most);
        let plot = all - headings - bands.min(all - headings) - axis - legend;
        Self { headings, bands, plot, axis, legend }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_the_size_all_rows_are_used_and_most_of_them_for_the_plot() {
        for all in 0..200 {
            for has_bands in [false, true] {
                for legend in 0..30 {
                    let rows = Rows::of(all, has_bands, legend);
                    let sum = rows.headings + rows.bands + rows.plot + rows.axis + rows.legend;
                    assert_eq!(sum, all, "{all} {has_bands} {legend}");
                    assert!(all < 4 || rows.plot * 3 >= all, "{rows:?} of {all}");
                }
            }
        }
    }
}
