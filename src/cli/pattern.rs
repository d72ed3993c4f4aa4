//! Regular expressions that are typed.

use regex::bytes::Regex;

/// A regular expression over bytes, since names and lines need not be UTF-8.
#[derive(Debug, Clone)]
pub struct Pattern(Regex);

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

impl Eq for Pattern {}

impl Pattern {
    /// Reads it; one that is found everywhere by having nothing in it is most likely a slip.
    pub(super) fn parse(text: &str, everything: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err(format!("it would match every {everything}; '.' does so too"));
        }
        Regex::new(text).map(Self).map_err(|error| why(text, &error))
    }

    /// As it was typed.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Whether it is found in these bytes.
    pub fn is_match(&self, bytes: &[u8]) -> bool {
        self.0.is_match(bytes)
    }

    /// What it finds in a line: its first group, where it has one that took part; else all that it matched.
    pub fn find<'a>(&self, line: &'a str) -> Option<&'a str> {
        let range = if self.0.captures_len() == 1 {
            self.0.find(line.as_bytes())?.range()
        } else {
            let found = self.0.captures(line.as_bytes())?;
            found.get(1).or_else(|| found.get(0))?.range()
        };
        // `(?-u:.)` finds half a character.
        line.get(range)
    }
}

/// The reason on one line, and the place where there is one.
fn why(pattern: &str, error: &regex::Error) -> String {
    let regex::Error::Syntax(told) = error else {
        return "it is too large for a regular expression".to_owned();
    };
    // The pattern, a line that points into it, and then: `error: unclosed group`.
    let reason = told.lines().rev().find_map(|line| line.trim().strip_prefix("error: "));
    let reason = reason.unwrap_or("it is no regular expression");
    // Of a pattern of one line, which is indented by four.
    let pointer = told.lines().find(|line| line.contains('^') && line.trim_matches([' ', '^']).is_empty());
    let place = pointer.and_then(|line| line.find('^')?.checked_sub(4)).filter(|_| !pattern.contains('\n'));
    match place.and_then(|place| Some((place, pattern.chars().nth(place)?))) {
        Some((place, c)) => format!("{reason}, at its character {}, '{c}'", place + 1),
        None => reason.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Result<Pattern, String> {
        Pattern::parse(text, "line")
    }

    #[test]
    fn what_is_found_is_the_first_group_or_all() {
        let found = |text: &str, line: &str| pattern(text).unwrap().find(line).map(str::to_owned);
        assert_eq!(found("phase (.*) done", "phase warm \u{fffd} done").unwrap(), "warm \u{fffd}");
        assert_eq!(found("epoch [0-9]+", "at epoch 12 of 90").unwrap(), "epoch 12");
        assert_eq!(found("a(x)?b", "ab").unwrap(), "ab");
        assert_eq!(found("(?:a)b", "ab").unwrap(), "ab");
        assert_eq!(found("x", "ab"), None);
        assert_eq!(found("(?-u:a.)", "aü"), None);
    }

    #[test]
    fn a_fault_is_told_with_its_place() {
        let told = |text: &str| pattern(text).unwrap_err();
        assert_eq!(told("ab(c"), "unclosed group, at its character 3, '('");
        assert_eq!(told("ü*+[z"), "unclosed character class, at its character 4, '['");
        assert!(told("a\n(b").starts_with("unclosed group"), "{}", told("a\n(b"));
        assert!(told("(a)\\1").contains("backreferences are not supported"), "{}", told("(a)\\1"));
        assert!(told("(a{999}){999}").contains("too large"));
        assert!(told("").contains("every line"));
        assert!(!told("a\n(b").contains('\n'));
    }
}
