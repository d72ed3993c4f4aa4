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

/// In each table of a theme all colours are at least 15 CIELAB units from each other, to usual eyes and to protan, deutan and tritan ones; a test reckons.
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
        (rgb(0x7BA2D4), rgb(0x487AC3)),
        (rgb(0xFFC16D), rgb(0xF39B1B)),
        (rgb(0x5DC8A8), rgb(0x4AB594)),
        (rgb(0xC35575), rgb(0xC93E57)),
        (rgb(0xFDEEA8), rgb(0xBE9D44)),
        (rgb(0x6E67C0), rgb(0x2F40A7)),
        (rgb(0x0B4C7E), rgb(0x342D60)),
        (rgb(0x946143), rgb(0x642700)),
        (rgb(0x81A133), rgb(0x546F00)),
        (rgb(0x653450), rgb(0x471E35)),
    ],
    counts: [rgb(0xBBC7F8), rgb(0xC72D3E), rgb(0xF8B245), rgb(0x45B58B), rgb(0x9E73D5), rgb(0x68849A)],
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
        (rgb(0x055295), rgb(0x20A5FF)),
        (rgb(0xEB9711), rgb(0xF1AC74)),
        (rgb(0x5AA170), rgb(0x52F1B8)),
        (rgb(0x9C3D6D), rgb(0xD1619D)),
        (rgb(0xDBB062), rgb(0xD5C82D)),
        (rgb(0x826FDF), rgb(0x785EB1)),
        (rgb(0x69C7FF), rgb(0x9CB3E4)),
        (rgb(0x593723), rgb(0x947550)),
        (rgb(0x5E7121), rgb(0x909E21)),
        (rgb(0xAD97B5), rgb(0xF3E1FC)),
    ],
    counts: [rgb(0x275083), rgb(0xC52E48), rgb(0xCB8D0E), rgb(0x6BD9B2), rgb(0xC3A0FF), rgb(0x799EB2)],
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

#[cfg(test)]
mod tests {
    use super::*;

    /// CIELAB units (CIE 1976) that two colours must be apart.
    const LEAST: f64 = 15.0;

    /// What dichromats see (Machado, Oliveira and Fernandes 2009, full severity), in linear light; the first changes nothing.
    const EYES: [[[f64; 3]; 3]; 4] = [
        [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
    ];

    fn times(matrix: [[f64; 3]; 3], vector: [f64; 3]) -> [f64; 3] {
        matrix.map(|row| row.iter().zip(vector).map(|(a, b)| a * b).sum())
    }

    /// In CIELAB, of D65.
    fn lab(colour: RGBColor, eyes: [[f64; 3]; 3]) -> [f64; 3] {
        let linear = |channel: u8| {
            let channel = f64::from(channel) / 255.0;
            if channel <= 0.04045 { channel / 12.92 } else { ((channel + 0.055) / 1.055).powf(2.4) }
        };
        let seen = times(eyes, [colour.0, colour.1, colour.2].map(linear)).map(|light| light.clamp(0.0, 1.0));
        let to_xyz =
            [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]];
        let white = [0.95047, 1.0, 1.08883];
        let [x, y, z] = times(to_xyz, seen);
        let [x, y, z] = [x / white[0], y / white[1], z / white[2]]
            .map(|part| if part > 0.008856 { part.cbrt() } else { 7.787 * part + 16.0 / 116.0 });
        [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
    }

    #[test]
    fn colours_can_be_told_apart_by_all_eyes() {
        for palette in [&LIGHT, &DARK] {
            let tables = [
                palette.ranks.map(|rank| rank.0).to_vec(),
                palette.ranks.map(|rank| rank.1).to_vec(),
                palette.counts.to_vec(),
            ];
            for (table, colours) in tables.iter().enumerate() {
                for (place, one) in colours.iter().enumerate() {
                    for other in &colours[..place] {
                        for eyes in EYES {
                            let (a, b) = (lab(*one, eyes), lab(*other, eyes));
                            let apart = a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
                            assert!(apart >= LEAST, "table {table}: {one:?} and {other:?} are {apart:.1} apart");
                        }
                    }
                }
            }
        }
    }
}
