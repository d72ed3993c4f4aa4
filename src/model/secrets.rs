//! What in a command line looks like a secret, and what is written in its place.
//!
//! A guess by its nature: it masks what carries the usual names and the usual shapes. What a program calls `--key-id` or takes as a bare third
//! argument cannot be known here; `--no-command-line` is for those.

/// What stands where a secret stood.
pub(super) const MASK: &str = "***";

/// Parts of names (of options, variables, headers, URL parameters) that say that a secret follows. Compared in lower case, without `-` and `_`.
const SECRET_WORDS: [&str; 20] = [
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "secret",
    "token",
    "apikey",
    "accesskey",
    "privatekey",
    "signingkey",
    "encryptionkey",
    "credential",
    "authorization",
    "bearer",
    "cookie",
    "sessionid",
    "connectionstring",
    "pgpass",
    "mysqlpwd",
    "redisauth",
];

/// Names that say so only when they are the whole name, or the whole of its last part.
const SECRET_NAMES: [&str; 5] = ["pass", "pwd", "auth", "pw", "apptoken"];

/// Names that hold one of the words above and are followed by a place or a kind, not by a secret.
const HARMLESS_ENDINGS: [&str; 9] = ["file", "path", "dir", "type", "name", "url", "command", "cmd", "length"];

/// Beginnings of values that are secrets whatever they are called: tokens that their makers gave a recognisable shape.
const TOKEN_SHAPES: [&str; 16] = [
    "ghp_",
    "gho_",
    "ghs_",
    "ghu_",
    "github_pat_",
    "glpat-",
    "xoxb-",
    "xoxp-",
    "xoxa-",
    "sk-",
    "sk_live_",
    "rk_live_",
    "AKIA",
    "ASIA",
    "eyJ",
    "npm_",
];

/// Programs whose short option takes a password: `sshpass -p hunter2`, `mysql -phunter2`, `curl -u user:hunter2`.
const SHORT_OPTIONS: [(&str, &str); 10] = [
    ("sshpass", "-p"),
    ("mysql", "-p"),
    ("mysqldump", "-p"),
    ("mysqladmin", "-p"),
    ("mariadb", "-p"),
    ("redis-cli", "-a"),
    ("smbclient", "-U"),
    ("curl", "-u"),
    ("wget", "-u"),
    ("http", "-a"),
];

/// Schemes of an `Authorization` header, which stay readable before what they announce.
const SCHEMES: [&str; 5] = ["bearer", "basic", "digest", "token", "apikey"];

/// Masks secrets in `arguments`, the program first. What is masked already stays as it is.
pub(super) fn mask(mut arguments: Vec<String>) -> Vec<String> {
    let mut program = arguments.first().map(|path| base_name(path).to_owned()).unwrap_or_default();
    let (mut follows, mut is_script) = (Follows::Nothing, false);
    for argument in arguments.iter_mut().skip(1) {
        note_program(argument, &mut program);
        let whole = if is_script || follows != Follows::Nothing { None } else { mask_value(argument) };
        // What follows `-c` is a line of words.
        is_script = argument.starts_with('-') && !argument.starts_with("--") && argument.ends_with('c');
        (*argument, follows) = match whole {
            Some(masked) => (masked, Follows::Nothing),
            None => mask_argument(argument, &program, follows),
        };
    }
    arguments
}

/// `env A=b sudo mysql -phunter2`: the program that counts is the last one named.
fn note_program(word: &str, program: &mut String) {
    if SHORT_OPTIONS.iter().any(|(name, _)| *name == base_name(word)) {
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
fn mask_argument(argument: &str, program: &str, expected: Follows) -> (String, Follows) {
    if let Some(masked) = mask_expected(argument, expected) {
        return (masked, Follows::Nothing);
    }
    if let Some(masked) = mask_header(argument) {
        return (masked, Follows::Nothing);
    }
    if argument.contains(char::is_whitespace) {
        return (mask_line(argument), Follows::Nothing);
    }
    mask_piece(argument, program)
}

/// What the option before has announced.
fn mask_expected(argument: &str, expected: Follows) -> Option<String> {
    match expected {
        // `--password --verbose` is an option that was given no value.
        Follows::Secret => (!argument.starts_with("--")).then(|| MASK.to_owned()),
        Follows::UserAndSecret => Some(mask_user(argument)),
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
    let (name, rest) = argument.split_once(':')?;
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    let value = rest.trim_start();
    if !is_name || value.is_empty() || !names_a_secret(name) {
        return None;
    }
    let blank = &rest[..rest.len() - value.len()];
    let scheme = value.split_once(char::is_whitespace).map(|(scheme, _)| scheme);
    match scheme.filter(|scheme| SCHEMES.contains(&scheme.to_ascii_lowercase().as_str())) {
        Some(scheme) => Some(format!("{name}:{blank}{scheme} {MASK}")),
        None => Some(format!("{name}:{blank}{MASK}")),
    }
}

/// A line of words as a shell would split it.
fn mask_line(line: &str) -> String {
    let mut masked = String::with_capacity(line.len());
    let (mut program, mut follows) = (String::new(), Follows::Nothing);
    for piece in pieces(line) {
        if piece.trim().is_empty() {
            masked.push_str(piece);
            continue;
        }
        note_program(piece, &mut program);
        let announces = piece.ends_with(':') && names_a_secret(piece.trim_end_matches(':'));
        let (text, next) = match (mask_expected(piece, follows), quoted(piece)) {
            (Some(text), _) => (text, Follows::Nothing),
            (None, Some((quote, inside))) => {
                let (inside, next) = mask_argument(inside, &program, Follows::Nothing);
                (format!("{quote}{inside}{quote}"), next)
            }
            (None, None) => mask_piece(piece, &program),
        };
        masked.push_str(&text);
        follows = if announces { Follows::Secret } else { next };
    }
    masked
}

/// A piece that is quoted as a whole.
fn quoted(piece: &str) -> Option<(char, &str)> {
    let quote = piece.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    let inside = piece.strip_prefix(quote)?.strip_suffix(quote)?;
    Some((quote, inside))
}

/// The words of a line and the blanks between them, in turns. Blanks within quotes and parentheses part nothing.
fn pieces(line: &str) -> Vec<&str> {
    let (mut pieces, mut start) = (Vec::new(), 0);
    let (mut quote, mut depth, mut in_blank) = (None, 0_u32, None);
    for (at, c) in line.char_indices() {
        match (quote, c) {
            (Some(open), _) if open == c => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"' | '`') => quote = Some(c),
            (None, '(') => depth += 1,
            (None, ')') => depth = depth.saturating_sub(1),
            (None, _) => {}
        }
        let blank = c.is_whitespace() && quote.is_none() && depth == 0;
        if in_blank.is_some_and(|before| before != blank) {
            pieces.push(&line[start..at]);
            start = at;
        }
        in_blank = Some(blank);
    }
    pieces.push(&line[start..]);
    pieces
}

/// One word: an option, `name=value`, a URL, a token. What else holds blanks in quotes is a line within.
fn mask_piece(piece: &str, program: &str) -> (String, Follows) {
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
    if let Some(masked) = mask_word(piece) {
        return (masked, Follows::Nothing);
    }
    if piece.contains(char::is_whitespace)
        && let Some(open) = piece.find(['\'', '"', '`', '('])
    {
        let (before, inside) = piece.split_at(open + 1);
        let end = inside.rfind(['\'', '"', '`', ')']).unwrap_or(inside.len());
        return (format!("{before}{}{}", mask_line(&inside[..end]), &inside[end..]), Follows::Nothing);
    }
    (piece.to_owned(), Follows::Nothing)
}

/// `name=secret`, `scheme://user:secret@host/?token=secret`, `{"password":"secret"}`, `user:secret@host`, or a token by its shape. `None` where there is no
/// secret in it.
fn mask_word(word: &str) -> Option<String> {
    if let Some(masked) = mask_url(word) {
        return Some(masked);
    }
    if let Some(masked) = mask_value(word).or_else(|| mask_pairs(word)) {
        return Some(masked);
    }
    // `user:secret@host` without a scheme.
    if let Some((user, rest)) = word.split_once(':')
        && let Some((secret, host)) = rest.rsplit_once('@')
        && !secret.is_empty()
        && !secret.contains('/')
        && !host.is_empty()
    {
        return Some(format!("{user}:{MASK}@{host}"));
    }
    let start = word.find('=').map_or(0, |equals| equals + 1);
    let (before, value) =
        word.split_at(start + (word[start..].len() - word[start..].trim_start_matches(['\'', '"']).len()));
    let shape = TOKEN_SHAPES.iter().find(|shape| value.starts_with(**shape))?;
    (value.len() >= shape.len() + 12).then(|| format!("{before}{shape}{MASK}"))
}

/// `--password=secret`, `DB_PASS=secret`: all that is behind the name, blanks and punctuation too.
fn mask_value(word: &str) -> Option<String> {
    let (name, value) = word.split_once('=')?;
    let plain = name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '/'));
    (plain && !value.is_empty() && names_a_secret(name)).then(|| format!("{name}={MASK}"))
}

/// Names and values among others: `user=me&pass=hunter2`, `Uid=sa;Pwd=hunter2;`, `{"user":"x","password":"hunter2"}`.
fn mask_pairs(word: &str) -> Option<String> {
    let (mut masked, mut done) = (String::new(), 0);
    while let Some(separator) = word[done..].find(['=', ':']).map(|at| done + at) {
        let before = word[done..separator].trim_end_matches(['\'', '"']);
        let name =
            before.rsplit(|c: char| !c.is_alphanumeric() && !matches!(c, '-' | '_' | '.')).next().unwrap_or_default();
        let value = &word[separator + 1..];
        let quote = value.chars().next().filter(|c| matches!(c, '\'' | '"'));
        let value = quote.map_or(value, |quote| &value[quote.len_utf8()..]);
        let end = match quote {
            Some(quote) => value.find(quote),
            None => value.find(|c: char| c.is_whitespace() || "&;,{}()'\"".contains(c)),
        };
        let end = end.unwrap_or(value.len());
        let start = word.len() - value.len();
        masked.push_str(&word[done..start]);
        done = start;
        if end > 0 && names_a_secret(name) {
            masked.push_str(MASK);
            done += end;
        }
    }
    masked.push_str(&word[done..]);
    (masked != word).then_some(masked)
}

fn mask_url(word: &str) -> Option<String> {
    let (before, rest) = word.split_once("://")?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    // A password may hold `/`: then the `@` stands behind it. But what follows a host and its port is a path.
    let port = |part: &str| part.chars().all(|c| c.is_ascii_digit());
    let unfinished = rest[..end].split_once(':').is_some_and(|(_, secret)| !port(secret));
    let end = rest.rfind('@').filter(|_| unfinished).map_or(end, |at| end.max(at + 1));
    let (authority, path) = rest.split_at(end);
    let mut changed = false;
    let authority = match authority.rsplit_once('@') {
        Some((user, host)) => {
            changed = true;
            match user.split_once(':') {
                Some((user, _)) => format!("{user}:{MASK}@{host}"),
                None => format!("{MASK}@{host}"),
            }
        }
        None => authority.to_owned(),
    };
    let path = mask_pairs(path).inspect(|_| changed = true).unwrap_or_else(|| path.to_owned());
    // `--dsn=postgres://...`: the part before the scheme keeps its own name.
    changed.then(|| format!("{before}://{authority}{path}"))
}

/// Whether a name of an option, variable, header or parameter says that its value is a secret.
fn names_a_secret(name: &str) -> bool {
    let parts = name.rsplit(|c: char| !c.is_alphanumeric() && !matches!(c, '-' | '_'));
    let last_part = parts.map(|part| part.trim_matches('-')).find(|part| !part.is_empty()).unwrap_or_default();
    let folded: String = last_part.chars().filter(|c| !matches!(c, '-' | '_')).flat_map(char::to_lowercase).collect();
    if HARMLESS_ENDINGS.iter().any(|ending| folded.ends_with(ending)) {
        return false;
    }
    let last_word = last_part.rsplit(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
    SECRET_WORDS.iter().any(|word| folded.contains(word))
        || SECRET_NAMES.contains(&folded.as_str())
        || SECRET_NAMES.contains(&last_word.as_str())
}

fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
#[path = "secrets_tests.rs"]
mod tests;
