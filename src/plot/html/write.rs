//! A page as one file: the value, the points, the program that shows them, and nothing from anywhere else.

use super::page::Page;
use crate::plot::PlotError;
use std::io::Write;

const TEMPLATE: &str = include_str!("template.html");

/// What the template's `{{...}}` stand for, and are the same in every page.
const PARTS: [(&str, &str); 9] = [
    ("uplot.css", include_str!("vendor/uPlot.min.css")),
    ("page.css", include_str!("page.css")),
    ("uplot.licence", include_str!("vendor/uPlot.LICENSE")),
    ("uplot.js", include_str!("vendor/uPlot.iife.min.js")),
    ("data.js", include_str!("data.js")),
    ("words.js", include_str!("words.js")),
    ("panels.js", include_str!("panels.js")),
    ("page.js", include_str!("page.js")),
    ("controls.js", include_str!("controls.js")),
];

/// Writes `page`, whose points are `points`, as text.
pub(super) fn write(page: &Page, points: &str, out: &mut dyn Write) -> Result<(), PlotError> {
    let value = serde_json::to_string(page).map_err(|error| PlotError::Drawing(error.to_string()))?;
    let (title, value) = (escaped(&page.title), quoted(&value));
    // Piece by piece: what was put in is not searched for places to put something in.
    let mut rest = TEMPLATE;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((name, after)) = after.split_once("}}") else { break };
        let part = match name {
            "title" => title.as_str(),
            "page" => value.as_str(),
            "points" => points,
            _ => PARTS.iter().find(|part| part.0 == name).map_or("", |part| part.1),
        };
        out.write_all(before.as_bytes())?;
        out.write_all(part.as_bytes())?;
        rest = after;
    }
    out.write_all(rest.as_bytes())?;
    Ok(())
}

/// JSON that is the same JSON, and holds nothing that means something to HTML: a process may be called `</script>`.
fn quoted(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '<' | '>' | '&' | '\'' | '\u{2028}' | '\u{2029}' => text.push_str(&format!("\\u{:04x}", c as u32)),
            c => text.push(c),
        }
    }
    text
}

/// Text between tags.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_quoted_ends_a_script_or_begins_a_comment() {
        let hostile = ["</script><script>alert(1)</script>", "<!--", "]]>", "\u{2028}'\"\\", "&lt;{{page}}"];
        let json = serde_json::to_string(&hostile).unwrap();
        let quoted = quoted(&json);
        assert!(!quoted.contains(['<', '>', '&', '\'', '\u{2028}']), "{quoted}");
        assert_eq!(serde_json::from_str::<Vec<String>>(&quoted).unwrap(), hostile);
    }

    #[test]
    fn every_place_of_the_template_is_filled_and_every_part_has_one() {
        let named: Vec<&str> = TEMPLATE.split("{{").skip(1).map(|rest| rest.split_once("}}").unwrap().0).collect();
        for name in &named {
            assert!(["title", "page", "points"].contains(name) || PARTS.iter().any(|part| part.0 == *name), "{name}");
        }
        for (name, part) in PARTS {
            assert!(named.contains(&name), "{name}");
            assert!(!part.to_ascii_lowercase().contains("</s"), "{name} would end its own tag");
            assert!(!part.contains("<!--"), "{name}: a comment changes how a script is read");
        }
    }
}
