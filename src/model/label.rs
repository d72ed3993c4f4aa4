//! What may be a label.

/// The longest label, in bytes: it is to be read in a figure.
pub const LONGEST_LABEL: usize = 1024;

/// What was given as a label and is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WrongLabel {
    /// There is nothing to be seen of it.
    #[error("a label needs a character that can be seen; give one like 'warm'")]
    Empty,
    /// It is too long.
    #[error("it has {0} bytes, and a label {LONGEST_LABEL} at most; give a shorter one")]
    TooLong(usize),
}

/// Whether this can be a label. Whatever characters it has: those that could steer a terminal are escaped where it is written and where it is shown.
///
/// # Errors
/// Why it is none.
pub fn check_label(text: &str) -> Result<(), WrongLabel> {
    match text.len() {
        _ if text.trim().is_empty() => Err(WrongLabel::Empty),
        length if length > LONGEST_LABEL => Err(WrongLabel::TooLong(length)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_has_something_to_be_seen_and_is_not_endless() {
        for label in ["warm", " ", "a\nb\u{1b}[2J", &"x".repeat(LONGEST_LABEL)] {
            assert_eq!(check_label(label).is_ok(), !label.trim().is_empty(), "{label:?}");
        }
        assert_eq!(check_label(""), Err(WrongLabel::Empty));
        assert_eq!(check_label(&"x".repeat(1 << 20)), Err(WrongLabel::TooLong(1 << 20)));
    }
}
