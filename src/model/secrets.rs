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

/// Masks secrets in `arguments`, the program first.
pub(super) fn mask(mut arguments: Vec<String>) -> Vec<String> {
    let mut program = arguments.first().map(|path| base_name(path).to_owned()).unwrap_or_default();
    let mut follows = Follows::Nothing;
    for argument in arguments.iter_mut().skip(1) {
        // `env A=b sudo mysql -phunter2`: the program that counts is the last one named.
        if SHORT_OPTIONS.iter().any(|(name, _)| *name == base_name(argument)) {
            program = base_name(argument).to_owned();
        }
        follows = mask_argument(argument, &program, follows);
    }
    arguments
}

/// What the argument before says of the next one.
#[derive(Clone, Copy, PartialEq)]
enum Follows {
    Nothing,
    Secret,
    UserAndSecret,
}

fn mask_argument(argument: &mut String, program: &str, expected: Follows) -> Follows {
    match expected {
        // `--password --verbose` is an option that was given no value.
        Follows::Secret if !argument.starts_with("--") => {
            MASK.clone_into(argument);
            return Follows::Nothing;
        }
        Follows::UserAndSecret => {
            if let Some(colon) = argument.find(':') {
                argument.replace_range(colon + 1.., MASK);
            }
            return Follows::Nothing;
        }
        _ => {}
    }
    if argument.contains(char::is_whitespace) {
        *argument = mask_words(argument);
        return Follows::Nothing;
    }
    for (_, option) in SHORT_OPTIONS.iter().filter(|(name, _)| *name == program) {
        if argument == option {
            return if matches!(*option, "-u" | "-U") { Follows::UserAndSecret } else { Follows::Secret };
        }
        if argument.starts_with(option) {
            argument.replace_range(option.len().., MASK);
            return Follows::Nothing;
        }
    }
    if argument == "--user" || argument == "--proxy-user" {
        return Follows::UserAndSecret;
    }
    if argument.starts_with("--") && !argument.contains('=') && names_a_secret(argument) {
        return Follows::Secret;
    }
    // `-Dspring.datasource.password=x`, `-password x` as Java and Go spell it.
    if argument.starts_with('-') && argument.len() > 3 && !argument.contains(['=', ':']) && names_a_secret(argument) {
        return Follows::Secret;
    }
    if let Some(masked) = mask_word(argument) {
        *argument = masked;
    }
    Follows::Nothing
}

/// An argument that holds blanks is a line of its own (`sh -c '...'`), a header, or prose.
fn mask_words(line: &str) -> String {
    let mut masked = String::with_capacity(line.len());
    let mut after_secret = false;
    let mut program = String::new();
    for piece in line.split_inclusive(char::is_whitespace) {
        let word = piece.trim_end();
        let blank = &piece[word.len()..];
        if word.is_empty() {
            masked.push_str(piece);
            continue;
        }
        if SHORT_OPTIONS.iter().any(|(name, _)| *name == base_name(word)) {
            program = base_name(word).to_owned();
        }
        // `Authorization: Bearer abc`: the scheme stays, what follows it goes.
        if after_secret && matches!(word.to_ascii_lowercase().as_str(), "bearer" | "basic" | "digest" | "token") {
            masked.push_str(piece);
            continue;
        }
        let mut owned = word.to_owned();
        let follows =
            mask_argument(&mut owned, &program, if after_secret { Follows::Secret } else { Follows::Nothing });
        let header = word.ends_with(':') && names_a_secret(word.trim_end_matches(':').trim_start_matches(['\'', '"']));
        after_secret = header || follows == Follows::Secret;
        masked.push_str(&owned);
        masked.push_str(blank);
        if follows == Follows::UserAndSecret {
            after_secret = true;
        }
    }
    masked
}

/// One word: `name=secret`, `name:secret`, `scheme://user:secret@host/?token=secret`, or a token by its shape.
fn mask_word(word: &str) -> Option<String> {
    if let Some(masked) = mask_url(word) {
        return Some(masked);
    }
    if let Some((name, value)) = word.split_once('=') {
        if value.is_empty() {
            return None;
        }
        if names_a_secret(name) {
            return Some(format!("{name}={MASK}"));
        }
        return mask_word(value).map(|value| format!("{name}={value}"));
    }
    if let Some((name, value)) = word.split_once(':')
        && !value.is_empty()
        && names_a_secret(name)
    {
        return Some(format!("{name}:{MASK}"));
    }
    // `user:pass@host` without a scheme.
    if let Some((user, rest)) = word.split_once(':')
        && let Some((secret, host)) = rest.rsplit_once('@')
        && !secret.is_empty()
        && !secret.contains('/')
        && !host.is_empty()
    {
        return Some(format!("{user}:{MASK}@{host}"));
    }
    let value = word.trim_start_matches(['\'', '"']);
    let shape = TOKEN_SHAPES.iter().find(|shape| value.starts_with(**shape))?;
    (value.len() >= shape.len() + 12).then(|| format!("{shape}{MASK}"))
}

fn mask_url(word: &str) -> Option<String> {
    let (before, rest) = word.split_once("://")?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    // A password may hold `/`: then the `@` stands behind it.
    let end = rest.rfind('@').map_or(end, |at| end.max(at + 1));
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
    let mut masked = format!("{before}://{authority}");
    for (place, part) in path.split_inclusive(['?', '&', ';', '#']).enumerate() {
        let bare = part.trim_end_matches(['?', '&', ';', '#']);
        match bare.split_once('=') {
            Some((name, value)) if place > 0 && !value.is_empty() && names_a_secret(name) => {
                changed = true;
                masked.push_str(&format!("{name}={MASK}{}", &part[bare.len()..]));
            }
            _ => masked.push_str(part),
        }
    }
    // `--dsn=postgres://...`: the part before the scheme keeps its own name.
    changed.then_some(masked)
}

/// Whether a name of an option, variable, header or parameter says that its value is a secret.
fn names_a_secret(name: &str) -> bool {
    let last_part = name.trim_start_matches('-').rsplit(['.', '/', '\'', '"']).next().unwrap_or_default();
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
mod tests {
    use super::*;

    fn masked(line: &[&str]) -> Vec<String> {
        mask(line.iter().map(|argument| (*argument).to_owned()).collect())
    }

    #[test]
    fn secrets_are_masked_by_the_name_before_them() {
        let cases: [(&[&str], &[&str]); 20] = [
            (&["x", "--password=hunter2"], &["x", "--password=***"]),
            (&["x", "--password", "hunter2", "y"], &["x", "--password", "***", "y"]),
            (&["x", "--token", "abc"], &["x", "--token", "***"]),
            (&["x", "--api-key=abc"], &["x", "--api-key=***"]),
            (&["x", "-password", "abc"], &["x", "-password", "***"]),
            (&["env", "AWS_SECRET_ACCESS_KEY=abc", "x"], &["env", "AWS_SECRET_ACCESS_KEY=***", "x"]),
            (&["x", "DB_PASS=abc"], &["x", "DB_PASS=***"]),
            (&["java", "-Dspring.datasource.password=abc"], &["java", "-Dspring.datasource.password=***"]),
            (&["psql", "postgres://me:hunter2@db/app"], &["psql", "postgres://me:***@db/app"]),
            (&["psql", "postgres://me:hun/ter2@db/app"], &["psql", "postgres://me:***@db/app"]),
            (&["x", "--dsn=postgres://me:hunter2@db/app"], &["x", "--dsn=postgres://me:***@db/app"]),
            (&["x", "me:hunter2@host"], &["x", "me:***@host"]),
            (&["git", "clone", "https://abc123@host/x"], &["git", "clone", "https://***@host/x"]),
            (&["curl", "https://h/p?a=1&access_token=abc&b=2"], &["curl", "https://h/p?a=1&access_token=***&b=2"]),
            (&["curl", "-H", "Authorization: Bearer abc.def"], &["curl", "-H", "Authorization: Bearer ***"]),
            (&["curl", "-u", "me:hunter2", "h"], &["curl", "-u", "me:***", "h"]),
            (&["/usr/bin/mysql", "-phunter2"], &["/usr/bin/mysql", "-p***"]),
            (&["sshpass", "-p", "hunter2", "ssh", "h"], &["sshpass", "-p", "***", "ssh", "h"]),
            (&["sh", "-c", "x --password hunter2 && y"], &["sh", "-c", "x --password *** && y"]),
            (&["x", "ghp_0123456789abcdef0123"], &["x", "ghp_***"]),
        ];
        for (given, written) in cases {
            assert_eq!(masked(given), written);
        }
    }

    #[test]
    fn what_is_no_secret_stays_readable() {
        let cases: [&[&str]; 9] = [
            &["mkdir", "-p", "a/b"],
            &["python", "-m", "http.server", "8000"],
            &["x", "--password-file=/run/secret"],
            &["x", "--token-type", "jwt"],
            &["hypercorn", "--bind", "127.0.0.1:8080", "app:app"],
            &["docker", "run", "-v", "/a:/b", "image:tag"],
            &["x", "https://host/path?page=2"],
            &["rustc", "--crate-name", "tokenizer", "--edition=2024"],
            &["x", "passenger=3", "bypass", "compass"],
        ];
        for line in cases {
            assert_eq!(masked(line), line);
        }
    }

    #[test]
    fn the_program_itself_and_an_empty_line_are_left_alone() {
        assert_eq!(masked(&[]), [""; 0]);
        assert_eq!(masked(&["token"]), ["token"]);
    }
}
