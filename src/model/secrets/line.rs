//! A line of words, as `sh -c` has it.

use super::programs::{Command, Form};
use super::words::names_a_secret;
use super::{DEEPEST, MASK, is_scheme, mask_announced, mask_argument, mask_piece};

/// A line of words as a shell would split it.
pub(super) fn mask_line(line: &str, depth: u32) -> String {
    if depth > DEEPEST {
        return MASK.to_owned();
    }
    let mut masked = String::with_capacity(line.len());
    let (mut command, mut follows, mut named) = (Command::default(), None, false);
    for piece in pieces(line) {
        if piece.starts_with(SEPARATORS) {
            // Another command begins.
            masked.push_str(piece);
            (command, follows, named) = (Command::default(), None, false);
            continue;
        }
        // `Authorization: Bearer abc`: the scheme stays.
        let scheme = follows == Some(Form::Whole) && is_scheme(piece);
        if piece.trim().is_empty() || scheme {
            masked.push_str(piece);
            continue;
        }
        // `PASSWORD 'abc'`, as SQL has it.
        if named && quoted(piece).is_some() {
            follows = Some(Form::Whole);
        }
        let by_place = command.hear(quoted(piece).map_or(piece, |(_, inside)| inside), follows.is_some());
        let announced = follows.or(by_place).and_then(|form| mask_announced(piece, form));
        let (text, next) = match (announced, quoted(piece)) {
            (Some(announced), _) => announced,
            (None, Some((quote, inside))) => {
                let (inside, next) = mask_argument(inside, &command, depth);
                (format!("{quote}{inside}{quote}"), next)
            }
            (None, None) => mask_piece(piece, &command, depth),
        };
        masked.push_str(&text);
        // `password: abc`, and `"password" : "abc"`.
        let announces = match piece.trim_end_matches([':', '=']) {
            "" => named,
            name => piece.ends_with(':') && names_a_secret(name),
        };
        named = !piece.starts_with('-') && names_a_secret(piece.trim_matches(['{', '\'', '"']));
        follows = if announces { Some(Form::Whole) } else { next };
    }
    masked
}

/// A piece that is quoted as a whole.
fn quoted(piece: &str) -> Option<(char, &str)> {
    let quote = piece.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    let inside = piece.strip_prefix(quote)?.strip_suffix(quote)?;
    Some((quote, inside))
}

/// What ends a command and begins another one.
const SEPARATORS: [char; 4] = [';', '|', '&', '\n'];

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Word,
    Blank,
    Separator,
}

/// The words of a line and the blanks between them, in turns. Blanks within quotes and parentheses, and behind a
/// backslash, part nothing.
fn pieces(line: &str) -> Vec<&str> {
    let (mut pieces, mut start) = (Vec::new(), 0);
    let (mut quote, mut depth, mut last, mut escaped) = (None, 0_u32, None, false);
    for (at, c) in line.char_indices() {
        let was_escaped = std::mem::replace(&mut escaped, false);
        match (quote, c) {
            _ if was_escaped => {}
            (None | Some('"'), '\\') => escaped = true,
            (Some(open), _) if open == c => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"' | '`') => quote = Some(c),
            (None, '(') => depth += 1,
            (None, ')') => depth = depth.saturating_sub(1),
            (None, _) => {}
        }
        let bare = !was_escaped && quote.is_none() && depth == 0;
        let kind = match c {
            _ if !bare => Kind::Word,
            c if SEPARATORS.contains(&c) => Kind::Separator,
            c if c.is_whitespace() => Kind::Blank,
            _ => Kind::Word,
        };
        if last.is_some_and(|before| before != kind) {
            pieces.push(&line[start..at]);
            start = at;
        }
        last = Some(kind);
    }
    pieces.push(&line[start..]);
    pieces
}
