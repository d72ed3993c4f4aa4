//! The colours of a figure: one table a theme.

use super::Theme;
use plotters::style::RGBColor;

/// What something is painted with, said without a colour, so that a chart is the same in every theme.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ink {
    /// The sum over the tree.
    Total,
    /// A process or a recording, by its rank.
    Rank(usize),
    /// Everything that is too small to be shown by itself.
    Others,
    /// What the trend says.
    Trend,
    /// What was counted, by its rank.
    Count(usize),
}

/// How many ranks have a colour of their own. So many more have a shade of one.
pub(super) const RANKS: usize = 10;

/// And how many kinds of counted lines.
const COUNTS: usize = 6;

/// How much of the background is in a shade.
const SHADE: f32 = 0.45;

/// The colours of a theme.
#[derive(Debug)]
pub(super) struct Palette {
    pub(super) background: RGBColor,
    /// Titles and names.
    pub(super) text: RGBColor,
    /// Everything beside them.
    pub(super) quiet_text: RGBColor,
    pub(super) axis: RGBColor,
    /// Every second phase.
    pub(super) band: RGBColor,
    /// Where a phase begins.
    pub(super) boundary: RGBColor,
    pub(super) peak: RGBColor,
    /// For areas, and for lines, which are thin and must be darker to be seen.
    total: (RGBColor, RGBColor),
    others: (RGBColor, RGBColor),
    ranks: [(RGBColor, RGBColor); RANKS],
    counts: [RGBColor; COUNTS],
}

const fn rgb(code: u32) -> RGBColor {
    RGBColor((code >> 16) as u8, (code >> 8) as u8, code as u8)
}

/// The ten are at least 12 CIELAB units from each other for protan, deutan and tritan eyes (Machado 2009, full severity), and
/// the first ones, which most figures are made of, 14 and more; they differ in lightness too.
static LIGHT: Palette = Palette {
    background: rgb(0xFFFFFF),
    text: rgb(0x1B2030),
    quiet_text: rgb(0x667085),
    axis: rgb(0xB6BDC9),
    band: rgb(0xF5F7FA),
    boundary: rgb(0xA5ADBB),
    peak: rgb(0xCF2A45),
    total: (rgb(0x7F96B8), rgb(0x1B2030)),
    others: (rgb(0xCDD1D7), rgb(0x8C94A3)),
    ranks: [
        (rgb(0x76A5DE), rgb(0x2F6DB8)),
        (rgb(0xF6B460), rgb(0xD97F0F)),
        (rgb(0x63BFA0), rgb(0x1F8F6B)),
        (rgb(0xC8577A), rgb(0xB83A62)),
        (rgb(0xF3E59B), rgb(0xBFA01F)),
        (rgb(0x7F6BC2), rgb(0x6A54B5)),
        (rgb(0x2B4F7F), rgb(0x1E3C66)),
        (rgb(0x8F5A38), rgb(0x83491F)),
        (rgb(0x8FAE3E), rgb(0x6F8F1F)),
        (rgb(0x5E2F50), rgb(0x5E2F50)),
    ],
    counts: [rgb(0x9DBBE0), rgb(0xD6455D), rgb(0xE6A23C), rgb(0x4FA58A), rgb(0x8A74C6), rgb(0x8C94A3)],
};

/// The same hues on a ground that is nearly black: areas darker than lines, so that text and grid stay readable on them.
static DARK: Palette = Palette {
    background: rgb(0x14171F),
    text: rgb(0xE8EBF1),
    quiet_text: rgb(0x98A2B3),
    axis: rgb(0x4A5263),
    band: rgb(0x1B202B),
    boundary: rgb(0x5D677A),
    peak: rgb(0xFF6B7F),
    total: (rgb(0x51688C), rgb(0xF2F4F8)),
    others: (rgb(0x474D59), rgb(0x8C94A3)),
    ranks: [
        (rgb(0x3D78BD), rgb(0x6FA8EC)),
        (rgb(0xD98A26), rgb(0xF6AE52)),
        (rgb(0x2E9C78), rgb(0x4CC9A0)),
        (rgb(0xA83A60), rgb(0xE3718F)),
        (rgb(0xC9B042), rgb(0xEBD667)),
        (rgb(0x6A56B0), rgb(0xA08DE3)),
        (rgb(0x8FB4DC), rgb(0xB9D4F1)),
        (rgb(0x7A4B2C), rgb(0xC08A62)),
        (rgb(0x72902B), rgb(0xA6C857)),
        (rgb(0xB98BAA), rgb(0xDDB4D0)),
    ],
    counts: [rgb(0x4C72A8), rgb(0xE0566D), rgb(0xE3A344), rgb(0x4FB795), rgb(0x9A86DB), rgb(0x8C94A3)],
};

impl Palette {
    pub(super) fn of(theme: Theme) -> &'static Self {
        match theme {
            Theme::Light => &LIGHT,
            Theme::Dark => &DARK,
        }
    }

    /// For an area of that ink.
    pub(super) fn fill(&self, ink: Ink) -> RGBColor {
        self.both(ink).0
    }

    /// For a line of that ink.
    pub(super) fn line(&self, ink: Ink) -> RGBColor {
        self.both(ink).1
    }

    fn both(&self, ink: Ink) -> (RGBColor, RGBColor) {
        match ink {
            Ink::Total => self.total,
            Ink::Rank(rank) if rank < RANKS => self.ranks[rank],
            Ink::Rank(rank) => {
                let (fill, line) = self.ranks[rank % RANKS];
                (mixed(fill, self.background), mixed(line, self.background))
            }
            Ink::Others => self.others,
            Ink::Trend => (self.peak, self.peak),
            Ink::Count(kind) => (self.counts[kind % COUNTS], self.counts[kind % COUNTS]),
        }
    }
}

fn mixed(one: RGBColor, other: RGBColor) -> RGBColor {
    let channel = |one: u8, other: u8| (f32::from(one) * (1.0 - SHADE) + f32::from(other) * SHADE).round() as u8;
    RGBColor(channel(one.0, other.0), channel(one.1, other.1), channel(one.2, other.2))
}
