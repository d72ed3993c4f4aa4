//! What a figure can be asked for, as types.

use super::PlotError;
use crate::analysis::Window;
use crate::model::Metric;
use std::str::FromStr;

/// How a figure is drawn. The default is what `memrec plot` does with no options.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// What is drawn.
    pub metric: Metric,
    /// How processes are shown.
    pub view: View,
    /// The part of the recording that is drawn; all of it if none.
    pub window: Option<Window>,
    /// What is one series: a process, or all that have a name.
    pub group_by: GroupBy,
    /// So many series are shown by themselves, the largest; the others are one.
    pub top: usize,
    /// A second panel: growth since start-up.
    pub growth: bool,
    /// The trend as a line.
    pub trend: bool,
    /// Phases: of marks, and in an mprof recording of functions.
    pub phases: bool,
    /// A reference line, in the metric's unit.
    pub limit: Option<u64>,
    /// The wall clock on the axis of time.
    pub clock: bool,
    /// A logarithmic axis of values.
    pub log: bool,
    /// Instead of the command.
    pub title: Option<String>,
    /// Size of the figure before scaling.
    pub size: Size,
    /// Pixels of the picture per pixel of the figure: 2 is the same figure for a screen of twice the density.
    pub scale: u32,
    /// Its colours.
    pub theme: Theme,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            metric: Metric::Rss,
            view: View::Auto,
            window: None,
            group_by: GroupBy::Pid,
            top: TOP,
            growth: false,
            trend: false,
            phases: true,
            limit: None,
            clock: false,
            log: false,
            title: None,
            size: Size { width: 1600, height: 800 },
            scale: 1,
            theme: Theme::Light,
        }
    }
}

/// How processes are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// Stacked where there are several processes, a line where there is one.
    Auto,
    /// Areas on top of each other, whose upper edge is the total.
    Stacked,
    /// A line for each process, and one for the total.
    Lines,
    /// The total only.
    Total,
}

/// What is one series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupBy {
    /// Each process.
    Pid,
    /// All processes of one name.
    Name,
}

/// The colours of a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    /// Dark ink on white.
    Light,
    /// Light ink on nearly black.
    Dark,
}

/// So many series are shown by themselves unless asked otherwise.
pub const TOP: usize = 8;

/// Of more series the colours could not be told apart.
pub const MOST_SERIES: usize = 20;

/// Width and height in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// From left to right.
    pub width: u32,
    /// From top to bottom.
    pub height: u32,
}

/// What was given as a size and is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a size of a figure; write it like 1600x800")]
pub struct ParseSizeError(String);

impl FromStr for Size {
    type Err = ParseSizeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || ParseSizeError(crate::model::printable(text));
        let (width, height) = text.trim().split_once(['x', 'X', '×']).ok_or_else(wrong)?;
        let number = |part: &str| part.trim().parse().map_err(|_| wrong());
        Ok(Self { width: number(width)?, height: number(height)? })
    }
}

impl std::fmt::Display for Size {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}x{}", self.width, self.height)
    }
}

const SMALLEST: Size = Size { width: 240, height: 160 };
const LOWEST_WITH_GROWTH: u32 = 360;
/// A side of more pixels than this is shown by hardly any viewer.
const LONGEST: u64 = 20_000;
/// 64 million pixels take 256 MB to draw.
const MOST_PIXELS: u64 = 64_000_000;

impl Options {
    /// For a figure in so many cells of a terminal: of the size, in pixels, in which as much has room, and that is none to be refused.
    pub fn in_cells(self, columns: usize, rows: usize) -> Self {
        let pixels = |cells: usize, each: u32, least: u32| {
            u32::try_from(cells).unwrap_or(u32::MAX).saturating_mul(each).clamp(least, LONGEST as u32 / 3)
        };
        let lowest = if self.growth { LOWEST_WITH_GROWTH } else { SMALLEST.height };
        let size = Size { width: pixels(columns, 10, SMALLEST.width), height: pixels(rows, 20, lowest) };
        Self { size, scale: 1, ..self }
    }

    /// Refuses a picture that nobody could see or hold, before anything is read.
    ///
    /// # Errors
    /// [`PlotError::Size`].
    pub fn check(&self) -> Result<(), PlotError> {
        let Size { width, height } = self.size;
        let scale = u64::from(self.scale);
        let wrong = |why: String| Err(PlotError::Size { size: self.size, scale: self.scale, why });
        if width < SMALLEST.width || height < SMALLEST.height {
            return wrong(format!("too small for a figure; give at least {SMALLEST}"));
        }
        if self.growth && height < LOWEST_WITH_GROWTH {
            return wrong(format!(
                "too small for a second panel; give a height of at least {LOWEST_WITH_GROWTH}, or leave --growth out"
            ));
        }
        if scale == 0 {
            return wrong("a scale of 0 leaves nothing; give 1 or more".to_owned());
        }
        let (width, height) = (u64::from(width).saturating_mul(scale), u64::from(height).saturating_mul(scale));
        if width.max(height) > LONGEST || width * height > MOST_PIXELS {
            return wrong(format!("too many pixels; give at most {LONGEST} a side and 64 million in all"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_number_of_cells_is_refused() {
        for growth in [false, true] {
            for cells in [0, 1, 80, 1000, usize::MAX] {
                let options = Options { growth, ..Options::default() };
                assert!(options.in_cells(cells, cells).check().is_ok(), "{cells}");
            }
        }
    }

    #[test]
    fn a_size_reads_as_two_numbers() {
        assert_eq!("800x400".parse(), Ok(Size { width: 800, height: 400 }));
        for text in ["", "800", "x", "800x", "-1x4", "1e3x4", "800x400x2"] {
            assert!(text.parse::<Size>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_picture_that_nobody_can_see_or_hold_is_refused() {
        let check = |width, height, scale| {
            let size = Size { width, height };
            Options { size, scale, ..Options::default() }.check().map_err(|error| error.to_string())
        };
        assert!(check(1600, 800, 2).is_ok());
        assert_eq!(check(10, 10, 1).unwrap_err(), "cannot draw: 10x10: too small for a figure; give at least 240x160");
        assert!(check(100_000, 100_000, 1).unwrap_err().contains("too many pixels"));
        assert!(check(u32::MAX, u32::MAX, u32::MAX).is_err());
        assert!(check(1600, 800, 0).is_err());
        assert!(check(1600, 800, 100).unwrap_err().starts_with("cannot draw: 1600x800 at scale 100: "));
    }
}
