//! Names that come from processes, made safe to write down and to print.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// A process' short name (comm), in the form in which it is written: valid UTF-8 without control characters.
///
/// Control characters and bytes that are no UTF-8 stand as `\xNN`, a backslash as `\\`, so that the kernel's bytes can be had back.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Name(Arc<str>);

impl Name {
    /// More bytes than this are cut. The kernel's names have at most 15, of which escapes make 60.
    pub const LONGEST: usize = 256;

    /// From the kernel's bytes.
    pub fn from_bytes(raw: &[u8]) -> Self {
        let mut written = String::with_capacity(raw.len());
        for chunk in raw.utf8_chunks() {
            for c in chunk.valid().chars() {
                match c {
                    '\\' => written.push_str("\\\\"),
                    c if c.is_control() => {
                        let mut utf8 = [0; 4];
                        escape(c.encode_utf8(&mut utf8).as_bytes(), &mut written);
                    }
                    c => written.push(c),
                }
            }
            escape(chunk.invalid(), &mut written);
        }
        Self::cut(&written)
    }

    /// Of a process whose name cannot be read.
    pub fn unknown() -> Self {
        Self("?".into())
    }

    /// From the written form, as a recording holds it. What a foreign file may have left unescaped is escaped here.
    pub fn from_written(written: &str) -> Self {
        if written.chars().any(char::is_control) { Self::cut(&printable(written)) } else { Self::cut(written) }
    }

    fn cut(written: &str) -> Self {
        if written.len() <= Self::LONGEST {
            return Self(written.into());
        }
        Self(format!("{}…", &written[..written.floor_char_boundary(Self::LONGEST)]).into())
    }

    /// The written form.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for Name {
    fn from(written: String) -> Self {
        Self::from_written(&written)
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.as_str().to_owned()
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn escape(bytes: &[u8], to: &mut String) {
    use fmt::Write;
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(to, "\\x{byte:02X}");
    }
}

/// Whether a character could steer a terminal, turn the reading direction or break a line.
pub fn steers(c: char) -> bool {
    let turns = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    c.is_control() || turns || matches!(c, '\u{2028}' | '\u{2029}')
}

/// `text` with what could steer a terminal or turn the reading direction replaced by `\u{...}`: for titles, lists and messages.
pub fn printable(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if steers(c) {
            safe.extend(c.escape_unicode());
        } else {
            safe.push(c);
        }
    }
    safe
}

/// Why something failed, as a part of a sentence: the system's words without its number.
pub fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error ").next().unwrap_or_default();
    let mut chars = text.chars();
    // `File too large`, but not `EOF`.
    match (chars.next(), chars.as_str().chars().next()) {
        (Some(first), Some(second)) if second.is_lowercase() => first.to_lowercase().chain(chars).collect(),
        _ => text.to_owned(),
    }
}

/// A path as it may stand in a message or a list.
pub fn shown(path: &Path) -> String {
    printable(&path.to_string_lossy())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_name_stays_as_it_is() {
        assert_eq!(Name::from_bytes(b"kworker/0:1").as_str(), "kworker/0:1");
        assert_eq!(Name::from_bytes("größe".as_bytes()).as_str(), "größe");
    }

    #[test]
    fn control_characters_and_invalid_bytes_are_spelled_out() {
        assert_eq!(Name::from_bytes(b"a\n\x1b[31m").as_str(), "a\\x0A\\x1B[31m");
        assert_eq!(Name::from_bytes(b"\xff\xc3").as_str(), "\\xFF\\xC3");
        assert_eq!(Name::from_bytes("\u{85}".as_bytes()).as_str(), "\\xC2\\x85");
        assert_eq!(Name::from_bytes(b"a\\x0A").as_str(), "a\\\\x0A");
    }

    #[test]
    fn a_name_that_nobody_can_have_is_cut() {
        for letter in ["x", "é", "\x1b", "…"] {
            let name = Name::from_written(&letter.repeat(1 << 20));
            assert!(name.as_str().len() <= Name::LONGEST + 3 && name.as_str().ends_with('…'));
            assert_eq!(Name::from_written(name.as_str()), name, "once");
        }
        let longest = Name::from_bytes(&[0xff; 15]);
        assert_eq!(longest.as_str().len(), 60, "the kernel's are whole");
    }

    #[test]
    fn nothing_printable_steers_a_terminal() {
        assert_eq!(printable("a\x1b[2Jb\u{202e}c"), "a\\u{1b}[2Jb\\u{202e}c");
        assert_eq!(printable("Größe ✓"), "Größe ✓");
    }
}
