//! What in a command line looks like a secret, and what is written in its place.
//!
//! A guess by its nature: it masks what carries the usual names and the usual shapes, and what programs that are known here (`programs`) take otherwise. What another
//! one calls `--key-id` or takes as a bare third argument cannot be known; `--no-command-line` is for those.

mod line;
mod programs;
#[cfg(test)]
mod programs_tests;
#[cfg(test)]
mod tests;
mod words;

use line::mask_line;
use programs::{Command, Form};
use words::{mask_value, mask_word, names_a_secret};

/// What stands where a secret stood.
pub(super) const MASK: &str = "***";

/// Schemes of an `Authorization` header, which stay readable before what they announce.
const SCHEMES: [&str; 5] = ["bearer", "basic", "digest", "token", "apikey"];

/// Quotes and parentheses within each other: what is deeper is masked unread.
const DEEPEST: u32 = 8;

/// How often a line is gone through. Twice is usual: the second time finds nothing.
const MOST_TIMES: u32 = 8;

/// Masks secrets in `arguments`, the program first. What is masked already stays as it is.
pub(super) fn mask(mut arguments: Vec<String>) -> Vec<String> {
    // A secret that is masked can lay bare the next one: what is behind `token=***` may be read as a user's only now.
    for _ in 0..MOST_TIMES {
        let masked = mask_once(arguments.clone());
        if masked == arguments {
            return arguments;
        }
        arguments = masked;
    }
    // Made to be masked for ever.
    arguments.iter().map(|_| MASK.to_owned()).collect()
}

fn mask_once(mut arguments: Vec<String>) -> Vec<String> {
    let Some((title, rest)) = arguments.split_first_mut() else { return arguments };
    let mut command = Command::default();
    command.hear(title, false);
    if title.contains(char::is_whitespace) {
        // A process that has written its whole command line, or more, over its first argument.
        *title = mask_argument(title, &command, 0).0;
    } else if let Some(masked) = mask_word(title) {
        // `TOKEN=hunter2 x` without a shell.
        *title = masked;
    }
    let (mut follows, mut is_script) = (None, false);
    for argument in rest {
        let by_place = command.hear(argument, follows.is_some());
        // What was announced and is not there, as in `curl -u --password=abc`, is an argument like any other.
        let announced = follows.or(by_place).and_then(|form| mask_announced(argument, form));
        let whole = || mask_value(argument).filter(|_| !is_script).map(|masked| (masked, None));
        let masked = announced.or_else(whole).unwrap_or_else(|| mask_argument(argument, &command, 0));
        // What follows `-c` is a line of words.
        is_script = argument.starts_with('-') && !argument.starts_with("--") && argument.ends_with('c');
        (*argument, follows) = masked;
    }
    arguments
}

/// What is written for an argument, and what of the next one it says to be a secret.
type Masked = (String, Option<Form>);

/// An argument as the program gets it. One that holds blanks is a header, a line of its own (`sh -c '...'`), or prose.
fn mask_argument(argument: &str, command: &Command, depth: u32) -> Masked {
    if let Some(masked) = mask_header(argument) {
        return (masked, None);
    }
    if argument.contains("PRIVATE KEY-----") {
        return (MASK.to_owned(), None);
    }
    if argument.contains(char::is_whitespace) {
        return (mask_line(argument, depth + 1), None);
    }
    mask_piece(argument, command, depth)
}

/// What the option before has announced. A password may begin with `--`; where the option before has no value after all, one option is masked for nothing,
/// and what that one announces is a secret still: `--with-password --token hunter2`.
fn mask_announced(argument: &str, form: Form) -> Option<Masked> {
    // `-pass 2` is a turn of ffmpeg's, and behind `--` come words that are no options.
    let turn = argument.len() == 1 && argument.starts_with(|c: char| c.is_ascii_digit());
    if form == Form::Whole && (turn || argument == "--") {
        return None;
    }
    let masked = form.mask(argument);
    (form == Form::Whole || masked != argument).then(|| (masked, Some(Form::Whole).filter(|_| announces(argument))))
}

/// `--token`, and `-password` as Java and Go spell it: the next argument is a secret.
fn announces(piece: &str) -> bool {
    piece.starts_with('-') && piece.len() > 2 && !piece.contains(['=', ':']) && names_a_secret(piece)
}

/// `Authorization: Bearer abc`: everything behind the name of a secret header, but for its scheme.
fn mask_header(argument: &str) -> Option<String> {
    let (before, rest) = argument.split_once(':')?;
    // `--header=Authorization: Bearer abc`
    let name = before.rsplit('=').next().unwrap_or_default();
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    let value = rest.trim_start();
    if !is_name || before.contains(char::is_whitespace) || value.is_empty() || !names_a_secret(name) {
        return None;
    }
    let blank = &rest[..rest.len() - value.len()];
    let scheme = value.split_once(char::is_whitespace).map(|(scheme, _)| scheme);
    match scheme.filter(|scheme| is_scheme(scheme)) {
        Some(scheme) => Some(format!("{before}:{blank}{scheme} {MASK}")),
        None => Some(format!("{before}:{blank}{MASK}")),
    }
}

/// One word: an option, `name=value`, a URL, a token. What else holds blanks in quotes is a line within.
fn mask_piece(piece: &str, command: &Command, depth: u32) -> Masked {
    if let Some(masked) = command.option(piece) {
        return masked;
    }
    for option in ["--user", "--proxy-user"] {
        match piece.strip_prefix(option) {
            Some("") => return (piece.to_owned(), Some(Form::User)),
            Some(value) if value.starts_with('=') => {
                return (format!("{option}={}", Form::User.mask(&value[1..])), None);
            }
            _ => {}
        }
    }
    if announces(piece) {
        return (piece.to_owned(), Some(Form::Whole));
    }
    if let Some(masked) = mask_value(piece) {
        return (masked, None);
    }
    if piece.contains(char::is_whitespace)
        && let Some(open) = piece.find(['\'', '"', '`', '('])
    {
        let (before, inside) = piece.split_at(open + 1);
        let end = inside.rfind(['\'', '"', '`', ')']).unwrap_or(inside.len());
        return (format!("{before}{}{}", mask_line(&inside[..end], depth + 1), &inside[end..]), None);
    }
    (mask_word(piece).unwrap_or_else(|| piece.to_owned()), None)
}

fn is_scheme(word: &str) -> bool {
    SCHEMES.contains(&word.to_ascii_lowercase().as_str())
}

fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
