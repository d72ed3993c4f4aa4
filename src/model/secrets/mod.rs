//! What in a command line looks like a secret, and what is written in its place.
//!
//! A guess by its nature: it masks what carries the usual names and the usual shapes. What a program calls `--key-id` or takes as a bare third
//! argument cannot be known here; `--no-command-line` is for those.

mod line;
#[cfg(test)]
mod tests;
mod words;

use line::mask_line;
use words::{mask_value, mask_word, names_a_secret};

/// What stands where a secret stood.
pub(super) const MASK: &str = "***";

/// Programs whose short option takes a password: `sshpass -p hunter2`, `mysql -phunter2`, `curl -u user:hunter2`.
const SHORT_OPTIONS: [(&str, &str); 19] = [
    ("sshpass", "-p"),
    ("mysql", "-p"),
    ("mysqldump", "-p"),
    ("mysqladmin", "-p"),
    ("mariadb", "-p"),
    ("redis-cli", "-a"),
    ("smbclient", "-U"),
    ("curl", "-u"),
    ("curl", "-U"),
    ("mongo", "-p"),
    ("mongosh", "-p"),
    ("twine", "-p"),
    ("sqlcmd", "-P"),
    ("zip", "-P"),
    ("7z", "-p"),
    ("ldapsearch", "-w"),
    ("ldapadd", "-w"),
    ("ldapmodify", "-w"),
    ("http", "-a"),
];

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
    let mut program = base_name(title).to_owned();
    if title.contains(char::is_whitespace) {
        // A process that has written its whole command line, or more, over its first argument.
        *title = mask_line(title, 0);
    }
    let (mut follows, mut is_script) = (Follows::Nothing, false);
    for argument in rest {
        note_program(argument, &mut program, follows);
        // What was announced and is not there, as in `--token --password=abc`, is an argument like any other.
        let whole = mask_expected(argument, follows).or_else(|| mask_value(argument).filter(|_| !is_script));
        // What follows `-c` is a line of words.
        is_script = argument.starts_with('-') && !argument.starts_with("--") && argument.ends_with('c');
        (*argument, follows) = match whole {
            Some(masked) => (masked, Follows::Nothing),
            None => mask_argument(argument, &program, 0),
        };
    }
    arguments
}

/// `env A=b sudo mysql -phunter2`: the program that counts is the last one named. What sshpass starts has options of its own.
fn note_program(word: &str, program: &mut String, expected: Follows) {
    let known = SHORT_OPTIONS.iter().any(|(name, _)| *name == base_name(word));
    let started = program == "sshpass" && expected == Follows::Nothing && !word.starts_with('-');
    if known || started {
        base_name(word).clone_into(program);
    }
}

/// What the argument before says of the next one.
#[derive(Clone, Copy, PartialEq)]
enum Follows {
    Nothing,
    Secret,
    UserAndSecret,
}

/// An argument as the program gets it. One that holds blanks is a header, a line of its own (`sh -c '...'`), or prose.
fn mask_argument(argument: &str, program: &str, depth: u32) -> (String, Follows) {
    if let Some(masked) = mask_header(argument) {
        return (masked, Follows::Nothing);
    }
    if argument.contains("PRIVATE KEY-----") {
        return (MASK.to_owned(), Follows::Nothing);
    }
    if argument.contains(char::is_whitespace) {
        return (mask_line(argument, depth + 1), Follows::Nothing);
    }
    mask_piece(argument, program, depth)
}

/// What the option before has announced.
fn mask_expected(argument: &str, expected: Follows) -> Option<String> {
    match expected {
        // `--password --verbose` is an option that was given no value.
        // And `-pass 2` is a turn of ffmpeg's.
        Follows::Secret => {
            let turn = argument.len() == 1 && argument.starts_with(|c: char| c.is_ascii_digit());
            (!argument.starts_with("--") && !turn).then(|| MASK.to_owned())
        }
        Follows::UserAndSecret => Some(mask_user(argument)).filter(|masked| masked != argument),
        Follows::Nothing => None,
    }
}

/// `me:hunter2`, or `me%hunter2` as smbclient has it. Two numbers are a user and a group.
fn mask_user(argument: &str) -> String {
    let number = |part: &str| part.chars().all(|c| c.is_ascii_digit());
    match argument.split_once([':', '%']) {
        Some((user, secret)) if !(secret.is_empty() || number(user) && number(secret)) => {
            format!("{user}{}{MASK}", &argument[user.len()..][..1])
        }
        _ => argument.to_owned(),
    }
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
fn mask_piece(piece: &str, program: &str, depth: u32) -> (String, Follows) {
    for (_, option) in SHORT_OPTIONS.iter().filter(|(name, _)| *name == program) {
        let takes_user = matches!(*option, "-u" | "-U");
        if piece == *option {
            return (piece.to_owned(), if takes_user { Follows::UserAndSecret } else { Follows::Secret });
        }
        if let Some(value) = piece.strip_prefix(option) {
            let value = if takes_user { mask_user(value) } else { MASK.to_owned() };
            return (format!("{option}{value}"), Follows::Nothing);
        }
    }
    for option in ["--user", "--proxy-user"] {
        match piece.strip_prefix(option) {
            Some("") => return (piece.to_owned(), Follows::UserAndSecret),
            Some(value) if value.starts_with('=') => {
                return (format!("{option}={}", mask_user(&value[1..])), Follows::Nothing);
            }
            _ => {}
        }
    }
    // `--token abc`, and `-password abc` as Java and Go spell it.
    if piece.starts_with('-') && piece.len() > 2 && !piece.contains(['=', ':']) && names_a_secret(piece) {
        return (piece.to_owned(), Follows::Secret);
    }
    if let Some(masked) = mask_value(piece) {
        return (masked, Follows::Nothing);
    }
    if piece.contains(char::is_whitespace)
        && let Some(open) = piece.find(['\'', '"', '`', '('])
    {
        let (before, inside) = piece.split_at(open + 1);
        let end = inside.rfind(['\'', '"', '`', ')']).unwrap_or(inside.len());
        return (format!("{before}{}{}", mask_line(&inside[..end], depth + 1), &inside[end..]), Follows::Nothing);
    }
    (mask_word(piece).unwrap_or_else(|| piece.to_owned()), Follows::Nothing)
}

fn is_scheme(word: &str) -> bool {
    SCHEMES.contains(&word.to_ascii_lowercase().as_str())
}

fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
