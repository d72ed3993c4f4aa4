//! What a terminal can show: which characters, and which colours.

use crate::plot::Theme;
use crate::plot::palette::{Ink, Palette};
use plotters::style::RGBColor;

/// The characters that there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Characters {
    /// Blocks of eighths, braille, lines: UTF-8, and a font that has them.
    Blocks,
    /// ASCII alone.
    Ascii,
}

/// How characters can be told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colours {
    /// Not at all: it is no terminal.
    Plain,
    /// Bold and faint.
    Weights,
    /// Of a palette of 256.
    Palette,
    /// By red, green and blue.
    True,
}

/// How a figure looks in cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// With which characters.
    pub characters: Characters,
    /// And which colours.
    pub colours: Colours,
    /// For which ground.
    pub theme: Theme,
}

impl Style {
    /// What can be known of a terminal from the environment: `LC_ALL`, `LC_CTYPE`, `LANG`, `TERM`, `COLORTERM`, `NO_COLOR` (no-color.org), `COLORFGBG`. What is no
    /// terminal gets text without colours.
    pub fn of(is_terminal: bool, variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let term = set("TERM").unwrap_or_default();
        // As setlocale(3) looks for it.
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set).unwrap_or_default().to_ascii_lowercase();
        // The console's own font has no eighths, whatever the locale is.
        let blocks = (locale.contains("utf-8") || locale.contains("utf8")) && !matches!(&*term, "linux" | "dumb");
        let colours = match &*term {
            _ if !is_terminal => Colours::Plain,
            "" | "dumb" => Colours::Plain,
            _ if set("NO_COLOR").is_some() => Colours::Weights,
            _ if set("COLORTERM").is_some_and(|depth| depth == "truecolor" || depth == "24bit") => Colours::True,
            term if term.starts_with("vt") => Colours::Weights,
            // All others know 256 colours, or find the nearest of theirs.
            _ => Colours::Palette,
        };
        // `15;0` is white on black. Most are dark where nothing is said.
        let light = set("COLORFGBG").is_some_and(|both| matches!(both.rsplit(';').next(), Some("7" | "15")));
        Self {
            characters: if blocks { Characters::Blocks } else { Characters::Ascii },
            colours,
            theme: if light { Theme::Light } else { Theme::Dark },
        }
    }

    pub(super) fn has_colours(self) -> bool {
        matches!(self.colours, Colours::Palette | Colours::True)
    }
}

/// What a cell is painted with, said without a colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Paint {
    /// The terminal's own colour for text.
    #[default]
    Text,
    Strong,
    Quiet,
    Peak,
    Area(Ink),
    Line(Ink),
}

impl Style {
    /// The parameters of SGR (ECMA-48) for it, as a character's colour or as that of what is behind it.
    pub(super) fn sequence(self, paint: Paint, behind: bool) -> String {
        let palette = Palette::of(self.theme);
        let colour = match paint {
            Paint::Text => return String::new(),
            Paint::Strong | Paint::Quiet if self.colours == Colours::Plain => return String::new(),
            Paint::Strong => return "1".to_owned(),
            Paint::Quiet => return "2".to_owned(),
            _ if !self.has_colours() => return String::new(),
            Paint::Peak => palette.peak,
            Paint::Area(ink) => palette.fill(ink),
            Paint::Line(ink) => palette.line(ink),
        };
        let which = if behind { 48 } else { 38 };
        match self.colours {
            Colours::True => format!("{which};2;{};{};{}", colour.0, colour.1, colour.2),
            _ => format!("{which};5;{}", nearest(colour)),
        }
    }
}

/// Of the 6x6x6 cube and the 24 greys of the palette of 256, whose values are xterm's and by now everybody's.
fn nearest(RGBColor(red, green, blue): RGBColor) -> u8 {
    const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    let level = |value: u8| (0..6_u8).min_by_key(|level| LEVELS[usize::from(*level)].abs_diff(value)).unwrap_or(0);
    let far = |other: [u8; 3]| -> u32 {
        [red, green, blue].into_iter().zip(other).map(|(a, b)| u32::from(a.abs_diff(b)).pow(2)).sum()
    };
    let cube = [red, green, blue].map(level);
    let in_cube = far(cube.map(|level| LEVELS[usize::from(level)]));
    let grey = (0..24_u8).min_by_key(|grey| far([8 + 10 * grey; 3])).unwrap_or(0);
    if far([8 + 10 * grey; 3]) < in_cube { 232 + grey } else { 16 + 36 * cube[0] + 6 * cube[1] + cube[2] }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn style(is_terminal: bool, set: &[(&str, &str)]) -> (Characters, Colours, Theme) {
        let variable = |name: &str| set.iter().find(|(other, _)| *other == name).map(|(_, value)| (*value).to_owned());
        let style = Style::of(is_terminal, variable);
        (style.characters, style.colours, style.theme)
    }

    #[test]
    fn a_terminal_is_given_what_it_can_show() {
        use Characters::{Ascii, Blocks};
        let of = |is_terminal, set: &[(&str, &str)]| {
            let (characters, colours, _) = style(is_terminal, set);
            (characters, colours)
        };
        assert_eq!(of(true, &[("LANG", "en_US.UTF-8"), ("TERM", "xterm-256color")]), (Blocks, Colours::Palette));
        let all = [("LANG", "C.utf8"), ("TERM", "foot"), ("COLORTERM", "truecolor")];
        assert_eq!(of(true, &all), (Blocks, Colours::True));
        assert_eq!(of(false, &all), (Blocks, Colours::Plain), "piped");
        assert_eq!(of(true, &[&all[..], &[("NO_COLOR", "1")]].concat()), (Blocks, Colours::Weights));
        assert_eq!(of(true, &[&all[..], &[("NO_COLOR", "")]].concat()), (Blocks, Colours::True));
        assert_eq!(of(true, &[&all[..], &[("LC_ALL", "C")]].concat()), (Ascii, Colours::True));
        assert_eq!(of(true, &[("LANG", "de_DE.UTF-8"), ("TERM", "linux")]), (Ascii, Colours::Palette));
        assert_eq!(of(true, &[("LANG", "de_DE.UTF-8"), ("TERM", "dumb")]), (Ascii, Colours::Plain));
        assert_eq!(of(true, &[]), (Ascii, Colours::Plain));
    }

    #[test]
    fn the_ground_is_dark_unless_it_is_said_to_be_light() {
        assert_eq!(style(true, &[("TERM", "xterm")]).2, Theme::Dark);
        assert_eq!(style(true, &[("TERM", "rxvt"), ("COLORFGBG", "0;15")]).2, Theme::Light);
        assert_eq!(style(true, &[("TERM", "rxvt"), ("COLORFGBG", "15;default;0")]).2, Theme::Dark);
    }

    #[test]
    fn the_palette_of_256_has_something_near() {
        assert_eq!(nearest(RGBColor(255, 255, 255)), 231);
        assert_eq!(nearest(RGBColor(0, 0, 0)), 16);
        assert_eq!(nearest(RGBColor(129, 127, 128)), 244);
        assert_eq!(nearest(RGBColor(255, 0, 0)), 196);
    }
}
