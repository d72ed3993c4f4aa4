//! What is typed, and what is written down of what was typed.

use super::assert_printable;
use memrec::cli::{self, Misuse};
use memrec::model::{Bytes, CommandLine, parse_seconds, parse_span, short_span};
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::time::Duration;

const SECRET: &str = "hunter2Zq8vW";

/// Words with a NUL after each, as `/proc/PID/cmdline` has them.
pub(crate) fn command_line(bytes: &[u8]) {
    let words: Vec<&OsStr> = bytes.split(|byte| *byte == 0).map(OsStr::from_bytes).collect();
    for word in words.iter().filter_map(|word| word.to_str()) {
        size(word);
        span(word);
    }
    masked(&words);
    // Making the parser takes a hundred times as long as all else.
    if !bytes.len().is_multiple_of(8) {
        return;
    }
    let line = [OsString::from("memrec")].into_iter().chain(words.iter().map(OsString::from));
    if let Err(Misuse::Wrong { message, .. }) = cli::parse(line) {
        assert_printable(&message);
    }
}

fn size(text: &str) {
    match text.parse::<Bytes>() {
        Ok(bytes) => {
            let printed = bytes.to_string();
            // The highest of all is printed as one more than there are.
            if bytes.0 < 1 << 63 {
                let again: Bytes = printed.parse().expect("what is printed can be read");
                let apart = again.0.abs_diff(bytes.0) as f64;
                assert!(apart <= 0.006 * bytes.0 as f64, "three digits: {text:?} {printed:?}");
            }
        }
        Err(error) => assert_printable(&error.to_string()),
    }
}

fn span(text: &str) {
    match parse_span(text) {
        Ok(span) => {
            assert_printable(&short_span(span));
            let again = parse_span(&format!("{}", span.as_secs_f64()));
            let near = |other: Duration| other.abs_diff(span).as_secs_f64() <= 1e-9 + 1e-9 * span.as_secs_f64();
            assert!(again.is_ok_and(near), "{text:?} {span:?}");
        }
        Err(error) => assert_printable(&error.to_string()),
    }
    assert!(parse_seconds(text).is_ok() || parse_span(text).is_err());
}

/// Whatever stands before and behind it, what is known for a secret is masked; and what is masked stays so when it is read again.
fn masked(words: &[&OsStr]) {
    let command = CommandLine::masked(words);
    assert_printable(&command.to_string());
    let length: usize = command.arguments().iter().map(String::len).sum();
    assert!(length <= 4 * CommandLine::LONGEST, "{length}");
    assert_eq!(CommandLine::from(command.arguments().to_vec()), command, "read again");
    if words.iter().any(|word| word.to_string_lossy().contains(SECRET)) {
        // libFuzzer has seen what is looked for. As a word that nothing announces it is none.
        return;
    }
    let (before, behind) = words.split_at(words.len().min(2));
    for planted in [
        &[format!("--password={SECRET}")][..],
        &["--token".to_owned(), SECRET.to_owned()],
        &[format!("DB_PASSWORD={SECRET}")],
        &[format!("https://me:{SECRET}@host/path")],
        &[format!("Authorization: Bearer {SECRET}")],
    ] {
        let all = before.iter().copied().chain(planted.iter().map(OsStr::new)).chain(behind.iter().copied());
        let command = CommandLine::masked(all);
        let told = command.arguments().iter().any(|argument| argument.contains(SECRET));
        assert!(!told, "{:?} tells {planted:?} behind {before:?}", command.arguments());
    }
}
