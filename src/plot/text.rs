//! The built-in fonts: how wide a text is, where its glyphs stand, and what is drawn for a character that they lack.

use ab_glyph::{Font, FontRef, GlyphId, Outline};
use std::borrow::Cow;
use std::sync::LazyLock;

/// How heavy the letters are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    Regular,
    SemiBold,
}

static REGULAR: LazyLock<FontRef<'static>> =
    LazyLock::new(|| built_in(include_bytes!("fonts/memrec-sans-regular.otf")));
static SEMIBOLD: LazyLock<FontRef<'static>> =
    LazyLock::new(|| built_in(include_bytes!("fonts/memrec-sans-semibold.otf")));

fn built_in(bytes: &'static [u8]) -> FontRef<'static> {
    FontRef::try_from_slice(bytes).expect("the font is part of the program, and a test reads it")
}

fn font(weight: Weight) -> &'static FontRef<'static> {
    match weight {
        Weight::Regular => &REGULAR,
        Weight::SemiBold => &SEMIBOLD,
    }
}

/// Code points of characters that the font lacks, in this part of the text's size.
const CODE_SIZE: f32 = 0.68;
/// Space around such a code point, in parts of the text's size.
const CODE_SPACE: f32 = 0.16;

/// A glyph, and where: in pixels from the beginning of the text, on the baseline.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Placed {
    pub(super) id: GlyphId,
    pub(super) x: f32,
    pub(super) size: f32,
}

/// A line of text, glyph by glyph.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Shaped {
    pub(super) glyphs: Vec<Placed>,
    /// From where to where frames stand around code points.
    pub(super) frames: Vec<(f32, f32)>,
    pub(super) width: f32,
}

/// Places the glyphs of `text`, with kerning.
pub(super) fn shape(text: &str, size: f32, weight: Weight) -> Shaped {
    let font = font(weight);
    let mut shaped = Shaped::default();
    let mut before = None;
    for c in text.chars().filter(|c| !is_invisible(*c)) {
        let id = font.glyph_id(c);
        if id.0 == 0 {
            shape_code(c, size, weight, &mut shaped);
            before = None;
            continue;
        }
        let unit = size / font.units_per_em().unwrap_or(1000.0);
        shaped.width += before.map_or(0.0, |before| font.kern_unscaled(before, id)) * unit;
        shaped.glyphs.push(Placed { id, x: shaped.width, size });
        shaped.width += font.h_advance_unscaled(id) * unit;
        before = Some(id);
    }
    shaped
}

/// The code point in small type, in a frame.
fn shape_code(c: char, size: f32, weight: Weight, shaped: &mut Shaped) {
    let code = shape(&format!("{:04X}", u32::from(c)), size * CODE_SIZE, weight);
    let space = size * CODE_SPACE;
    let start = shaped.width + space / 2.0;
    shaped.glyphs.extend(code.glyphs.iter().map(|glyph| Placed { x: start + space + glyph.x, ..*glyph }));
    shaped.frames.push((start, start + code.width + 2.0 * space));
    shaped.width += code.width + 3.0 * space;
}

/// Characters that only say how others are joined or shown.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{fe00}'..='\u{fe0f}')
}

/// Width of `text` in pixels.
pub(super) fn width(text: &str, size: f32, weight: Weight) -> f32 {
    shape(text, size, weight).width
}

/// `text`, cut with an ellipsis where it is wider than `room` pixels; nothing where not even that fits.
pub(super) fn fit(text: &str, size: f32, weight: Weight, room: f32) -> Cow<'_, str> {
    if width(text, size, weight) <= room {
        return Cow::Borrowed(text);
    }
    let ends: Vec<usize> = text.char_indices().map(|(place, _)| place).collect();
    // The longest beginning that fits: widths grow with the length but for kerning, which is far narrower than a letter.
    let fits = |end: &usize| width(&format!("{}…", text[..*end].trim_end()), size, weight) <= room;
    match ends.partition_point(fits) {
        0 => Cow::Borrowed(""),
        count => Cow::Owned(format!("{}…", text[..ends[count - 1]].trim_end())),
    }
}

/// The outline of a glyph in font units, y upwards, and the length of such a unit in pixels at `size`.
pub(super) fn outline(id: GlyphId, size: f32, weight: Weight) -> Option<(Outline, f32)> {
    let font = font(weight);
    Some((font.outline(id)?, size / font.units_per_em()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_fonts_have_the_alphabets_and_signs_of_titles() {
        for weight in [Weight::Regular, Weight::SemiBold] {
            for c in "Az09 ÄößŁğ Ωλ Жя …·–→≥×−\u{202f}'\"{}[]".chars() {
                assert_ne!(font(weight).glyph_id(c).0, 0, "{c} {weight:?}");
            }
        }
    }

    #[test]
    fn figures_are_equally_wide_and_letters_are_kerned() {
        let wide = |text| width(text, 100.0, Weight::Regular);
        assert_eq!(wide("1111"), wide("8888"));
        assert!(wide("AV") < wide("A") + wide("V"));
    }

    #[test]
    fn a_character_that_the_font_lacks_is_its_code_point_in_a_frame() {
        let shaped = shape("a漢", 20.0, Weight::Regular);
        assert_eq!((shaped.glyphs.len(), shaped.frames.len()), (5, 1));
        assert_eq!(shape("🦀\u{fe0f}", 20.0, Weight::Regular).glyphs.len(), "1F980".len());
    }

    #[test]
    fn what_is_too_long_is_cut_with_an_ellipsis() {
        let long = "x".repeat(200);
        let cut = fit(&long, 13.0, Weight::Regular, 100.0);
        assert!(cut.ends_with('…') && width(&cut, 13.0, Weight::Regular) <= 100.0, "{cut}");
        assert!(width(&cut, 13.0, Weight::Regular) > 85.0, "{cut}");
        assert_eq!(fit("short", 13.0, Weight::Regular, 100.0), "short");
        assert_eq!(fit("short", 13.0, Weight::Regular, 3.0), "");
    }
}
