//! Where things stand in a figure, in pixels of the unscaled figure.

use super::Size;
use super::chart::{Chart, Panel, PanelKind};
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

/// A name of the legend, and what tells it from others of that name.
pub(super) type EntryName = (String, Option<String>);

/// Where the names of the series stand.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Legend {
    /// Right of the plot, each beside the end of its series: the texts' left edge, their width, and the height of one.
    Beside { left: f32, width: f32, row: f32, two_lines: bool },
    /// Below the plot, in rows.
    Below { top: f32, row: f32, rows: usize },
}

/// What a figure has that needs a place.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Parts {
    pub(super) panels: Vec<PanelParts>,
    pub(super) headline: bool,
    pub(super) bands: bool,
    /// Whether something is said of them beside their label.
    pub(super) band_rates: bool,
}

/// What a panel has that needs a place.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PanelParts {
    pub(super) kind: PanelKind,
    pub(super) unit: Unit,
    pub(super) names: Vec<EntryName>,
}

impl Parts {
    /// What the one legend of a narrow figure tells. Growth has the colours of memory.
    fn names_below(&self) -> Vec<EntryName> {
        let panels = self.panels.iter().filter(|panel| panel.kind != PanelKind::Growth);
        panels.flat_map(|panel| panel.names.iter().cloned()).collect()
    }

    pub(super) fn of(chart: &Chart) -> Self {
        let panel = |panel: &Panel| PanelParts {
            kind: panel.kind,
            unit: panel.unit,
            names: panel.entries.iter().map(|entry| (entry.name.clone(), entry.id.clone())).collect(),
        };
        Self {
            panels: chart.panels.iter().map(panel).collect(),
            headline: chart.headline.is_some(),
            bands: !chart.bands.is_empty(),
            band_rates: chart.bands.iter().any(|band| !band.rate.is_empty()),
        }
    }
}

/// Where a panel stands, and its legend.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Place {
    pub(super) plot: Rect,
    pub(super) legend: Legend,
}

/// Where everything stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Layout {
    pub(super) size: (f32, f32),
    pub(super) sizes: Type,
    pub(super) title_baseline: f32,
    pub(super) subtitle_baseline: f32,
    /// Where there is room for it.
    pub(super) headline_baseline: Option<f32>,
    /// Of the labels of the phases.
    pub(super) band_label_baseline: f32,
    /// And of what is said below them, where there is room for it.
    pub(super) band_rate_baseline: Option<f32>,
    pub(super) panels: Vec<Place>,
}

/// From the plot's edge to a name beside it: the leader, the swatch, and what is between them.
pub(super) const LEADER: f32 = 20.0;
pub(super) const SWATCH: f32 = 11.0;
pub(super) const AFTER_SWATCH: f32 = 8.0;
/// Between two names in a row below the plot.
pub(super) const BETWEEN: f32 = 18.0;

/// A figure that is lower than this has room for little but its plot.
const LOW: u32 = 240;

/// How high a panel is beside the first one.
fn share(kind: PanelKind) -> f32 {
    match kind {
        PanelKind::Memory => 1.0,
        PanelKind::Growth => 0.75,
        PanelKind::Rates => 0.3,
    }
}

impl Layout {
    pub(super) fn new(size: Size, parts: &Parts) -> Self {
        let (width, height) = (size.width as f32, size.height as f32);
        let sizes = match (size.width, size.height) {
            (1000.., 500..) => LARGE,
            (640.., 320..) => MEDIUM,
            _ => SMALL,
        };
        let title_baseline = sizes.margin * 0.6 + sizes.title;
        let subtitle_baseline = title_baseline + sizes.subtitle * 1.25 + 6.0;
        // In a low figure they would take what the plot needs.
        let is_low = size.height < LOW;
        let headline_baseline = (parts.headline && !is_low).then_some(subtitle_baseline + sizes.subtitle * 1.5);
        let headings = headline_baseline.unwrap_or(subtitle_baseline);
        let band_label_baseline = headings + sizes.margin * 0.6 + sizes.tick;
        let band_rate_baseline = (parts.band_rates && !is_low).then_some(band_label_baseline + sizes.tick * 1.35);
        let top = match parts.bands {
            true => band_rate_baseline.unwrap_or(band_label_baseline) + 8.0,
            false => headings + sizes.margin * 0.95,
        };
        let tick = |panel: &PanelParts| text::width(&widest_tick(panel), sizes.tick, Weight::Regular);
        let labels = parts.panels.iter().map(tick).fold(0.0, f32::max);
        let mut whole = Rect {
            left: (sizes.margin * 0.8 + labels + 10.0).round(),
            top: top.round(),
            right: (width - sizes.margin).round(),
            bottom: (height - sizes.margin * 0.8 - sizes.tick - 8.0).round(),
        };
        let below = (size.width < 640).then(|| below(&mut whole, &parts.names_below(), sizes, height));
        let plots = divided(whole, parts, sizes);
        let panels = match below {
            Some(legend) => {
                let none = Legend::Below { top: height, row: 1.0, rows: 0 };
                let legends = std::iter::once(legend).chain(std::iter::repeat(none));
                plots.into_iter().zip(legends).map(|(plot, legend)| Place { plot, legend }).collect()
            }
            None => beside(plots, &parts.panels, sizes, width),
        };
        Self {
            size: (width, height),
            sizes,
            title_baseline,
            subtitle_baseline,
            headline_baseline,
            band_label_baseline,
            band_rate_baseline,
            panels,
        }
    }

    /// The panel of memory.
    pub(super) fn plot(&self) -> Rect {
        self.panels[0].plot
    }

    /// How many steps the axis of time has room for.
    pub(super) fn time_steps(&self) -> u32 {
        ((self.plot().width() / (self.sizes.tick * 7.5)) as u32).clamp(2, 14)
    }

    /// How many steps the axis of values of a panel has room for.
    pub(super) fn value_steps(&self, panel: usize) -> u32 {
        ((self.panels[panel].plot.height() / (self.sizes.tick * 4.6)) as u32).clamp(2, 8)
    }

    /// The part of the highest value that stays free above it, for the label of the peak.
    pub(super) fn headroom(&self) -> f64 {
        let label = f64::from(self.sizes.peak * 2.0 + 8.0);
        label / (f64::from(self.plot().height()) - label).max(label)
    }
}

/// The widest that a label of a panel's axis becomes.
fn widest_tick(panel: &PanelParts) -> String {
    match panel.kind {
        PanelKind::Memory => quantity::widest_tick(panel.unit),
        PanelKind::Growth => format!("+{}", quantity::widest_tick(panel.unit)),
        PanelKind::Rates => "8\u{202f}888".to_owned(),
    }
}

/// The panels, one below the other, with room for a caption between two.
fn divided(whole: Rect, parts: &Parts, sizes: Type) -> Vec<Rect> {
    let gap = sizes.tick + 18.0;
    let all: f32 = parts.panels.iter().map(|panel| share(panel.kind)).sum();
    let height = whole.height() - gap * parts.panels.len().saturating_sub(1) as f32;
    let mut top = whole.top;
    let panel = |panel: &PanelParts| {
        let bottom = top + height * share(panel.kind) / all;
        let plot = Rect { top: top.round(), bottom: bottom.round(), ..whole };
        top = bottom + gap;
        plot
    };
    parts.panels.iter().map(panel).collect()
}

/// The legends' column right of the panels, as wide as the widest needs it.
fn beside(plots: Vec<Rect>, panels: &[PanelParts], sizes: Type, figure_width: f32) -> Vec<Place> {
    let row = |two_lines| if two_lines { sizes.name + sizes.value + 14.0 } else { sizes.name + 5.0 };
    let has_two = |plot: &Rect, panel: &PanelParts| plot.height() >= panel.names.len() as f32 * row(true);
    let wanted = |(plot, panel): (&Rect, &PanelParts)| {
        let two_lines = has_two(plot, panel);
        let [both, highest] = match panel.kind {
            PanelKind::Memory => quantity::widest_figures(panel.unit),
            PanelKind::Rates => ["88.8 M \u{b7} max 88.8 k/s", "88.8 M"].map(str::to_owned),
            PanelKind::Growth => [panel.unit; 2].map(|unit| format!("+{}", quantity::widest_figures(unit)[1])),
        };
        let value = text::width(if two_lines { &both } else { &highest }, sizes.value, Weight::Regular);
        let widest = panel.names.iter().map(|name| name_width(name, sizes)).fold(0.0, f32::max);
        if two_lines { widest.max(value) } else { widest + 8.0 + value }
    };
    let width = plots.iter().zip(panels).map(wanted).fold(0.0, f32::max);
    let width = width.min(figure_width * 0.24).ceil();
    let place = |(plot, panel): (Rect, &PanelParts)| {
        let two_lines = has_two(&plot, panel);
        let plot = Rect { right: (plot.right - width - LEADER - SWATCH - AFTER_SWATCH).round(), ..plot };
        let left = plot.right + LEADER + SWATCH + AFTER_SWATCH;
        Place { plot, legend: Legend::Beside { left, width, row: row(two_lines), two_lines } }
    };
    plots.into_iter().zip(panels).map(place).collect()
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
    fn panels_stand_below_each_other_and_in_the_figure() {
        let three = [PanelKind::Memory, PanelKind::Growth, PanelKind::Rates];
        for (width, height) in [(240, 360), (240, 480), (640, 480), (1600, 800), (6000, 360), (400, 3000)] {
            for kinds in [&three[..2], &three[..if height < 480 { 2 } else { 3 }]] {
                let panel = |kind: &PanelKind| PanelParts { kind: *kind, unit: Unit::Bytes, names: vec![name("p"); 3] };
                let panels = kinds.iter().map(panel).collect();
                let parts = Parts { panels, headline: true, bands: true, band_rates: true };
                let layout = Layout::new(Size { width, height }, &parts);
                let mut above = layout.band_rate_baseline.unwrap_or(layout.band_label_baseline);
                for Place { plot, .. } in &layout.panels {
                    assert!(plot.top > above && plot.height() > 10.0, "{width}x{height}: {plot:?} below {above}");
                    assert!(
                        plot.left > 0.0 && plot.right <= width as f32 && plot.width() > 0.0,
                        "{width}x{height}: {plot:?}"
                    );
                    above = plot.bottom;
                }
                assert!(above < height as f32, "{width}x{height}: {above}");
            }
        }
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
                let panels = vec![PanelParts { kind: PanelKind::Memory, unit, names }];
                let parts = Parts { panels, headline: true, bands: true, band_rates: true };
                let layout = Layout::new(Size { width, height }, &parts);
                let plot = layout.plot();
                assert!(plot.width() > 0.4 * width as f32, "{width}x{height}: {plot:?}");
                assert!(plot.height() > 0.25 * height as f32, "{width}x{height}: {plot:?}");
            }
        }
    }
}
