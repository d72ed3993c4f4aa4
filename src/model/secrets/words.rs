//! One word: what its shape or the names in it say of a secret.

use super::MASK;

/// Parts of names (of options, variables, headers, URL parameters) that say that a secret follows. Compared in lower case, without `-` and `_`.
const SECRET_WORDS: [&str; 26] = [
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
    "accountkey",
    "authkey",
    "requirepass",
    "masterauth",
    "sshpass",
    "signature",
];

/// Names that say so only when they are the whole name, or the whole of its last part.
const SECRET_NAMES: [&str; 8] = ["pass", "pwd", "auth", "pw", "apptoken", "sig", "jwt", "otp"];

/// Addresses of which the rest of the path is the secret.
const SECRET_PATHS: [&str; 5] = [
    "hooks.slack.com/services/",
    "hooks.slack.com/workflows/",
    "api.telegram.org/bot",
    "discord.com/api/webhooks/",
    "discordapp.com/api/webhooks/",
];

/// Names that hold one of the words above and are followed by a place or a kind, not by a secret.
const HARMLESS_ENDINGS: [&str; 26] = [
    "file",
    "path",
    "dir",
    "type",
    "name",
    "url",
    "command",
    "cmd",
    "length",
    "tokens",
    "tokenizer",
    "stdin",
    "store",
    "jar",
    "helper",
    "ttl",
    "parallelism",
    "secretary",
    "prompt",
    "timeout",
    "policy",
    "limit",
    "size",
    "format",
    "algorithm",
    "count",
];

/// Settings whose last part alone says nothing.
const SPLIT_BY_DOTS: [&str; 3] = ["api.key", "access.key", "secret.key"];

/// Names that say so in the query of a URL: `?key=secret`.
const IN_QUERIES: [&str; 6] = ["key", "code", "sig", "hmac", "jwt", "session"];

/// Schemes of URLs in which a user without a password is a name and no token.
const NAMING_SCHEMES: [&str; 4] = ["ssh", "sftp", "rsync", "scp"];

/// What variables of the environment that hold secrets end in: `STRIPE_KEY`, `DBPASS`, `GITHUB_PAT`.
const VARIABLE_ENDINGS: [&str; 7] = ["PASS", "PASSWD", "_KEY", "_PAT", "_CREDS", "_JWT", "PW"];

/// Beginnings of names that switch something rather than give it: `--no-password`.
const SWITCHES: [&str; 6] = ["no-", "no_", "disable-", "enable-", "skip-", "ask-"];

/// Beginnings of values that are secrets whatever they are called: tokens that their makers gave a recognisable shape.
const TOKEN_SHAPES: [&str; 30] = [
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
    "hf_",
    "AIza",
    "ghr_",
    "xoxs-",
    "xapp-",
    "sk_test_",
    "rk_test_",
    "whsec_",
    "pypi-",
    "dop_v1_",
    "shpat_",
    "glsa_",
    "ya29.",
    "SG.",
];

/// `name=secret`, `scheme://user:secret@host/?token=secret`, `{"password":"secret"}`, `user:secret@host`, or a token by its shape. `None` where there is no
/// secret in it.
pub(super) fn mask_word(word: &str) -> Option<String> {
    if let Some(masked) = mask_value(word) {
        return Some(masked);
    }
    let mut masked = mask_users_of_urls(word);
    for mask in [mask_user_at_host, mask_pairs, mask_shapes, mask_paths] {
        masked = mask(masked.as_deref().unwrap_or(word)).or(masked);
    }
    masked
}

/// `user:secret@host` without a scheme.
fn mask_user_at_host(word: &str) -> Option<String> {
    let (user, rest) = word.split_once(':')?;
    let (secret, host) = rest.rsplit_once('@')?;
    // `{"mail":"me@host"}` is none.
    let plain = !user.contains(['"', '\'', '{', '[', '(', ',', '&', '?']);
    let is_secret = plain && !secret.is_empty() && secret != MASK && !secret.contains('/') && is_host(host);
    is_secret.then(|| format!("{user}:{MASK}@{host}"))
}

/// Whoever knows such an address may post there.
fn mask_paths(word: &str) -> Option<String> {
    let (start, place) = SECRET_PATHS.iter().find_map(|place| Some((word.find(place)?, place)))?;
    let (before, secret) = word.split_at(start + place.len());
    let end = secret.find(['?', '#', '"', '\'', ')']).unwrap_or(secret.len());
    (!secret[..end].is_empty() && secret[..end] != *MASK).then(|| format!("{before}{MASK}{}", &secret[end..]))
}

/// Tokens by their shape, wherever they begin in the word. At least a dozen characters, and a digit among them: `sk-learn-pipelines` is none.
pub(super) fn mask_shapes(word: &str) -> Option<String> {
    let of_token = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let (mut masked, mut rest) = (String::new(), word);
    while let Some(start) = rest.find(of_token) {
        let (before, from) = rest.split_at(start);
        let (token, behind) = from.split_at(from.find(|c| !of_token(c)).unwrap_or(from.len()));
        masked.push_str(before);
        let shape = TOKEN_SHAPES.iter().find(|shape| {
            let random = token.strip_prefix(**shape).unwrap_or_default();
            random.len() >= 12 && random.contains(|c: char| c.is_ascii_digit())
        });
        match shape {
            Some(shape) => masked.extend([shape, MASK]),
            None => masked.push_str(token),
        }
        rest = behind;
    }
    masked.push_str(rest);
    (masked != word).then_some(masked)
}

/// `db`, `db:5432`, `db/app`; no digest of an image, as in `nginx:1.25@sha256:0123`.
fn is_host(text: &str) -> bool {
    let host = text.split('/').next().unwrap_or_default();
    // `tcp(db:3306)`, as Go's driver for MySQL has it.
    let host = host.strip_suffix(')').unwrap_or(host);
    let (name, port) = host.split_once(':').unwrap_or((host, ""));
    !name.is_empty() && port.chars().all(|c| c.is_ascii_digit())
}

/// `--password=secret`, `DB_PASS=secret`: all that is behind the name, blanks and punctuation too.
pub(super) fn mask_value(word: &str) -> Option<String> {
    let (name, value) = word.split_once('=')?;
    let plain = name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '/'));
    (plain && !value.is_empty() && names_a_secret(name)).then(|| format!("{name}={MASK}"))
}

/// Names and values among others: `user=me&pass=hunter2`, `Uid=sa;Pwd=hunter2;`, `{"user":"x","password":"hunter2"}`.
fn mask_pairs(word: &str) -> Option<String> {
    let (mut masked, mut done) = (String::new(), 0);
    while let Some(separator) = word[done..].find(['=', ':']).map(|at| done + at) {
        let before = word[done..separator].trim_end_matches(['\'', '"', '\\']);
        let name =
            before.rsplit(|c: char| !c.is_alphanumeric() && !matches!(c, '-' | '_' | '.')).next().unwrap_or_default();
        let value = &word[separator + 1..];
        // `["secret"]`, and `\"secret\"` as a shell within a shell has it.
        let value = value.strip_prefix('[').unwrap_or(value);
        let value = value.strip_prefix('\\').unwrap_or(value);
        let quote = value.chars().next().filter(|c| matches!(c, '\'' | '"'));
        let value = quote.map_or(value, |quote| &value[quote.len_utf8()..]);
        let start = word.len() - value.len();
        masked.push_str(&word[done..start]);
        done = start;
        let in_query = before[..before.len() - name.len()].ends_with(['?', '&']) && IN_QUERIES.contains(&name);
        if in_query || names_a_secret(name) {
            let end = match quote {
                Some(quote) => value.find([quote, '\\']),
                None => value.find(|c: char| c.is_whitespace() || "&;,{}()'\"".contains(c)),
            };
            let end = end.unwrap_or(value.len());
            masked.push_str(if end > 0 { MASK } else { "" });
            done += end;
        }
    }
    masked.push_str(&word[done..]);
    (masked != word).then_some(masked)
}

/// `scheme://user:secret@host`, wherever it stands in the word, and however often.
fn mask_users_of_urls(word: &str) -> Option<String> {
    let (mut masked, mut rest) = (String::new(), word);
    while let Some(at) = rest.find("://") {
        let (before, behind) = rest.split_at(at + 3);
        masked.push_str(before);
        let end = behind.find(['/', '?', '#']).unwrap_or(behind.len());
        // A password may hold `/`: then the `@` stands behind it. But what follows a host and its port is a path.
        let port = |part: &str| part.chars().all(|c| c.is_ascii_digit());
        let unfinished = behind[..end].split_once(':').is_some_and(|(_, secret)| !port(secret));
        let end = behind.rfind('@').filter(|_| unfinished).map_or(end, |at| end.max(at + 1));
        let (authority, path) = behind.split_at(end);
        match authority.rsplit_once('@') {
            Some((user, host)) => {
                if let Some((user, _)) = user.split_once(':') {
                    masked.push_str(user);
                    masked.push(':');
                    masked.push_str(MASK);
                } else if NAMING_SCHEMES.iter().any(|scheme| before[..at].ends_with(scheme)) {
                    masked.push_str(user);
                } else {
                    masked.push_str(MASK);
                }
                masked.push('@');
                masked.push_str(host);
            }
            None => masked.push_str(authority),
        }
        rest = path;
    }
    masked.push_str(rest);
    (masked != word).then_some(masked)
}

/// Whether a name of an option, variable, header or parameter says that its value is a secret.
pub(super) fn names_a_secret(name: &str) -> bool {
    let parts = name.rsplit(|c: char| !c.is_alphanumeric() && !matches!(c, '-' | '_'));
    let last_part = parts.map(|part| part.trim_matches('-')).find(|part| !part.is_empty()).unwrap_or_default();
    let lower = last_part.to_lowercase();
    let folded: String = lower.chars().filter(|c| !matches!(c, '-' | '_')).collect();
    // The shell's own is a folder.
    if last_part == "PWD" || last_part == "OLDPWD" {
        return false;
    }
    let switches = SWITCHES.iter().any(|beginning| lower.starts_with(beginning));
    if switches || HARMLESS_ENDINGS.iter().any(|ending| folded.ends_with(ending)) {
        return false;
    }
    let last_word = lower.rsplit(['-', '_']).next().unwrap_or_default();
    SECRET_WORDS.iter().any(|word| folded.contains(word))
        || SECRET_NAMES.contains(&folded.as_str())
        || SECRET_NAMES.contains(&last_word)
        || is_secret_variable(last_part)
        || SPLIT_BY_DOTS.iter().any(|ending| name.to_lowercase().ends_with(ending))
}

/// Whether it is spelled like a variable of the environment that holds a secret.
fn is_secret_variable(name: &str) -> bool {
    let shouts = name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    shouts
        && !name.ends_with("BYPASS")
        && VARIABLE_ENDINGS.iter().any(|ending| name.ends_with(ending) && name.len() > ending.len())
}
