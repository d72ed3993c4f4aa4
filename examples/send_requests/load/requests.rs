//! Bodies of requests: texts of random lengths with their characters shuffled, and what is none.

use serde_json::json;
use std::fmt;

/// What kind of requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Kind {
    /// Texts of up to the limit: all are answered
    Ok,
    /// Texts of up to twice the limit: about half are refused
    Mixed,
    /// Texts of more than the limit, up to twice of it: all are refused
    TooLong,
    /// In turn broken JSON, a missing field and a field of another type: all are refused
    Malformed,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ok => "ok",
            Self::Mixed => "mixed",
            Self::TooLong => "too-long",
            Self::Malformed => "malformed",
        })
    }
}

/// What must be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expected {
    /// 200, and this number of characters.
    Length(usize),
    /// 422.
    Refused,
}

/// A request.
#[derive(Debug, PartialEq)]
pub(crate) struct Request {
    /// Its JSON, or what should be some.
    pub(crate) body: Vec<u8>,
    pub(crate) expected: Expected,
}

/// The texts that have names; any other is meant as it stands.
pub(crate) fn text_called(name: &str) -> &str {
    match name {
        "english" => "This is a random text. ",
        "french" => "ceci est un texte aléatoire. ",
        "german" => "Dies ist ein Zufallstext.",
        text => text,
    }
}

/// One request after the other, the same ones for the same seed.
#[derive(Debug)]
pub(crate) struct Requests {
    text: Vec<char>,
    kind: Kind,
    limit: usize,
    chance: Chance,
    made: usize,
}

impl Requests {
    /// The text is repeated to the length that is wanted; it is not empty.
    pub(crate) fn new(kind: Kind, text: &str, limit: usize, seed: u64) -> Self {
        Self { text: text.chars().collect(), kind, limit, chance: Chance(seed), made: 0 }
    }

    pub(crate) fn next(&mut self) -> Request {
        self.made += 1;
        let length = match self.kind {
            Kind::Ok | Kind::Malformed => 1 + self.chance.below(self.limit),
            Kind::Mixed => 1 + self.chance.below(2 * self.limit),
            Kind::TooLong => self.limit + 1 + self.chance.below(self.limit),
        };
        let text = self.shuffled(length);
        let (body, expected) = match (self.kind, self.made % 3) {
            (Kind::Malformed, 0) => (format!("{{\"text\": {}", json!(text)), Expected::Refused),
            (Kind::Malformed, 1) => (json!({"txt": text}).to_string(), Expected::Refused),
            (Kind::Malformed, _) => (json!({"text": [text]}).to_string(), Expected::Refused),
            _ if length > self.limit => (json!({"text": text}).to_string(), Expected::Refused),
            _ => (json!({"text": text}).to_string(), Expected::Length(length)),
        };
        Request { body: body.into_bytes(), expected }
    }

    /// Characters, not bytes: shuffled bytes of a French text are no text at all.
    fn shuffled(&mut self, length: usize) -> String {
        let mut characters: Vec<char> = self.text.iter().copied().cycle().take(length).collect();
        for place in (1..length).rev() {
            characters.swap(place, self.chance.below(place + 1));
        }
        characters.into_iter().collect()
    }
}

/// Numbers that look like chance, by SplitMix64 (Steele, Lea and Flood, 2014).
#[derive(Debug)]
struct Chance(u64);

impl Chance {
    /// One of 0 to `end` - 1; for ends as small as these, all are as likely.
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) % end as u64) as usize
    }
}
