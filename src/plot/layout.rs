//! Where things stand in a figure, in pixels of the unscaled figure.

use super::Size;
use super::legend::EntryName;
use super::quantity;
use super::text::{self, Weight};
use crate::model::Unit;

/// A rectangle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rect {
    pub(super) left: f32,
    pub(super) top: f32,
    pub(super) right: f32,
    pub(super) bottom: f32,
}

impl Rect {
    pub(super) fn width(self) -> f32 {
        self.right - self.left
    }

    pub(super) fn height(self) -> f32 {
        self.bottom - self.top
    }
}

/// Sizes of letters, and what goes with them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Type {
    pub(super) title: f32,
    pub(super) subtitle: f32,
    pub(super) tick: f32,
    pub(super) name: f32,
    pub(super) value: f32,
    pub(super) peak: f32,
    /// Around the figure.
    pub(super) margin: f32,
}

const LARGE: Type = Type { title: 22.0, subtitle: 14.0, tick: 13.0, name: 13.5, value: 12.5, peak: 13.5, margin: 28.0 };
const MEDIUM: Type =
    Type { title: 18.0, subtitle: 12.5, tick: 12.0, name: 12.5, value: 11.5, peak: 12.5, margin: 20.0 };
const SMALL: Type = Type { title: 14.5, subtitle: 11.0, tick: 10.5, name: 11.0, value: 10.5, peak: 11.0, margin: 12.0 };

/// Where the names of the series stand.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Legend {
    /// Right of the plot, each beside the end of its series: the texts' left edge, their width, and the height of one.
    Beside { left: f32, width: f32, row: f32, two_lines: bool },
    /// Below the plot, in rows.
    Below { top: f32, row: f32, rows: usize },
}

/// Where everything stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Layout {
    pub(super) size: (f32, f32),
    pub(super) sizes: Type,
    pub(super) title_baseline: f32,
    pub(super) subtitle_baseline: f32,
    pub(super) plot: Rect,
    pub(super) legend: Legend,
}

/// From the plot's edge to a name beside it: the leader, the swatch, and what is between them.
pub(super) const LEADER: f32 = 20.0;
pub(super) const SWATCH: f32 = 11.0;
pub(super) const AFTER_SWATCH: f32 = 8.0;
/// Between two names in a row below the plot.
pub(super) const BETWEEN: f32 = 18.0;

impl Layout {
    pub(super) fn new(size: Size, names: &[EntryName], has_bands: bool, unit: Unit) -> Self {
        let (width, height) = (size.width as f32, size.height as f32);
        let sizes = match (size.width, size.height) {
            (1000.., 500..) => LARGE,
            (640.., 320..) => MEDIUM,
            _ => SMALL,
        };
        let title_baseline = sizes.margin * 0.6 + sizes.title;
        let subtitle_baseline = title_baseline + sizes.subtitle * 1.25 + 6.0;
        let band_labels = if has_bands { sizes.tick + 9.0 } else { 0.0 };
        let labels = text::width(&quantity::widest_tick(unit), sizes.tick, Weight::Regular);
        let mut plot = Rect {
            left: (sizes.margin * 0.8 + labels + 10.0).round(),
            top: (subtitle_baseline + sizes.margin * 0.95 + band_labels).round(),
            right: (width - sizes.margin).round(),
            bottom: (height - sizes.margin * 0.8 - sizes.tick - 8.0).round(),
        };
        let legend = if size.width >= 640 {
            beside(&mut plot, names, sizes, width, unit)
        } else {
            below(&mut plot, names, sizes, height)
        };
        Self { size: (width, height), sizes, title_baseline, subtitle_baseline, plot, legend }
    }

    /// How many steps the axis of time has room for.
    pub(super) fn time_steps(&self) -> u32 {
        ((self.plot.width() / (self.sizes.tick * 7.5)) as u32).clamp(2, 14)
    }

    /// How many steps the axis of values has room for.
    pub(super) fn value_steps(&self) -> u32 {
        ((self.plot.height() / (self.sizes.tick * 4.6)) as u32).clamp(2, 8)
    }

    /// The part of the highest value that stays free above it, for the label of the peak.
    pub(super) fn headroom(&self) -> f64 {
        let label = f64::from(self.sizes.peak * 2.0 + 8.0);
        label / (f64::from(self.plot.height()) - label).max(label)
    }
}

fn beside(plot: &mut Rect, names: &[EntryName], sizes: Type, figure_width: f32, unit: Unit) -> Legend {
    let two_lines = plot.height() >= names.len() as f32 * (sizes.name + sizes.value + 14.0);
    let [both, highest] = quantity::widest_figures(unit);
    let value = text::width(if two_lines { &both } else { &highest }, sizes.value, Weight::Regular);
    let widest = names.iter().map(|name| name_width(name, sizes)).fold(0.0, f32::max);
    let wanted = if two_lines { widest.max(value) } else { widest + 8.0 + value };
    let width = wanted.min(figure_width * 0.24).ceil();
    plot.right = (plot.right - width - LEADER - SWATCH - AFTER_SWATCH).round();
    let row = if two_lines { sizes.name + sizes.value + 14.0 } else { sizes.name + 5.0 };
    Legend::Beside { left: plot.right + LEADER + SWATCH + AFTER_SWATCH, width, row, two_lines }
}

fn below(plot: &mut Rect, names: &[EntryName], sizes: Type, figure_height: f32) -> Legend {
    let row = sizes.name + 6.0;
    // At most a fifth of the figure; none in one that has hardly room for its plot.
    let most = if figure_height < 220.0 { 0 } else { ((figure_height * 0.2 / row) as usize).max(1) };
    let widths = names.iter().map(|name| below_width(name, sizes));
    let rows = rows_needed(widths, plot.width()).min(most);
    let bottom = plot.bottom;
    plot.bottom = (plot.bottom - rows as f32 * row - 4.0).round();
    Legend::Below { top: plot.bottom + (figure_height - bottom) - 2.0, row, rows }
}

/// Width of an entry below the plot.
pub(super) fn below_width(name: &EntryName, sizes: Type) -> f32 {
    SWATCH + AFTER_SWATCH + name_width(name, sizes).min(160.0) + BETWEEN
}

fn rows_needed(widths: impl Iterator<Item = f32>, room: f32) -> usize {
    let (mut rows, mut used) = (1, 0.0);
    for width in widths {
        if used > 0.0 && used + width - BETWEEN > room {
            rows += 1;
            used = 0.0;
        }
        used += width;
    }
    rows
}

/// Width of a name and its pid.
pub(super) fn name_width((name, id): &EntryName, sizes: Type) -> f32 {
    let id = id.as_ref().map_or(0.0, |id| 6.0 + text::width(id, sizes.value, Weight::Regular));
    text::width(name, sizes.name, Weight::SemiBold) + id
}

/// Centres of labels that want to stand at `wanted` (none: wherever there is room, rather at the top), in this order, `row`
/// apart, between `top` and `bottom`.
///
/// Least squares under the condition that no two overlap, by pooling neighbours that would.
pub(super) fn spread(wanted: &[Option<f32>], row: f32, top: f32, bottom: f32) -> Vec<f32> {
    // Pools of (sum of weighted wishes, weight, members), wishes as if every label had no height.
    let mut pools: Vec<(f32, f32, usize)> = Vec::new();
    for (place, wish) in wanted.iter().enumerate() {
        let weight = if wish.is_some() { 1.0 } else { 1e-3 };
        let mut pool = ((wish.unwrap_or(top) - place as f32 * row) * weight, weight, 1);
        while let Some(above) = pools.pop_if(|above| above.0 / above.1 > pool.0 / pool.1) {
            pool = (pool.0 + above.0, pool.1 + above.1, pool.2 + above.2);
        }
        pools.push(pool);
    }
    let least = top + row / 2.0;
    let most = (bottom - row / 2.0 - wanted.len().saturating_sub(1) as f32 * row).max(least);
    let places = pools.iter().flat_map(|(sum, weight, members)| std::iter::repeat_n(sum / weight, *members));
    places.enumerate().map(|(place, at)| at.clamp(least, most) + place as f32 * row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(name: &str) -> EntryName {
        (name.to_owned(), Some("4711".to_owned()))
    }

    #[test]
    fn labels_stand_where_they_want_and_never_overlap() {
        assert_eq!(spread(&[Some(50.0), Some(200.0)], 20.0, 0.0, 300.0), [50.0, 200.0]);
        assert_eq!(spread(&[Some(100.0), Some(100.0), Some(100.0)], 20.0, 0.0, 300.0), [80.0, 100.0, 120.0]);
        assert_eq!(spread(&[Some(299.0), Some(299.0)], 20.0, 0.0, 300.0), [270.0, 290.0]);
        assert_eq!(spread(&[None, None, Some(250.0)], 20.0, 0.0, 300.0), [10.0, 30.0, 250.0]);
    }

    #[test]
    fn every_size_leaves_most_of_the_figure_to_the_plot() {
        for unit in [Unit::Bytes, Unit::Milliseconds, Unit::Count("thread", "threads")] {
            leaves_most_to_the_plot(unit);
        }
    }

    fn leaves_most_to_the_plot(unit: Unit) {
        for (width, height) in [(240, 160), (400, 300), (640, 320), (800, 400), (1600, 800), (4000, 300)] {
            for count in [1, 3, 10] {
                let names = vec![name(&"x".repeat(200)); count];
                let layout = Layout::new(Size { width, height }, &names, true, unit);
                let plot = layout.plot;
                assert!(plot.width() > 0.4 * width as f32, "{width}x{height}: {plot:?}");
                assert!(plot.height() > 0.25 * height as f32, "{width}x{height}: {plot:?}");
            }
        }
    }
}
