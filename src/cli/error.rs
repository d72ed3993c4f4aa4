//! What to tell someone whose command line cannot be followed.

use clap::error::ErrorKind;
use std::ffi::OsString;

/// A command line that asks for nothing that could be done.
#[derive(Debug)]
pub enum Misuse {
    /// It asks for help or the version: text for stdout.
    Help(String),
    /// It is wrong.
    Wrong {
        /// One line, without the leading `memrec: `.
        message: String,
        /// Whether it is `run` or `attach` that was misused, whose exit codes are their own.
        recording: bool,
    },
}

impl Misuse {
    pub(super) fn from_clap(line: &[OsString], error: clap::Error) -> Self {
        if !error.use_stderr() {
            return Self::Help(error.render().to_string());
        }
        if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand && line.len() < 2 {
            let message = "no command given; try 'memrec run COMMAND', or see 'memrec --help'".to_owned();
            return Self::Wrong { message, recording: false };
        }
        let command = line.get(1).and_then(|word| word.to_str()).unwrap_or_default();
        let known = ["run", "attach", "mark", "plot", "list", "peak", "rm", "clean", "export", "report", "check"]
            .contains(&command);
        let (what, see) = if known {
            (format!("{command}: "), format!("memrec {command} --help"))
        } else {
            (String::new(), "memrec --help".to_owned())
        };
        let message = format!("{what}{}; see '{see}'", one_line(&error));
        Self::Wrong { message, recording: matches!(command, "run" | "attach") }
    }
}

/// clap says `error: WHAT`, then paragraphs of tips and usage; the first paragraph is the message.
fn one_line(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let first = text.split("\n\n").next().unwrap_or_default();
    let joined = first.trim_start_matches("error: ").split_whitespace().collect::<Vec<_>>().join(" ");
    crate::model::printable(&shortened(joined.trim_end_matches(':')))
}

/// What was typed stands in the middle of it, and may be a file by mistake.
fn shortened(text: &str) -> String {
    const HEAD: usize = 120;
    const TAIL: usize = 320;
    if text.len() <= HEAD + TAIL {
        return text.to_owned();
    }
    let (head, tail) = (text.floor_char_boundary(HEAD), text.ceil_char_boundary(text.len() - TAIL));
    format!("{}...{}", &text[..head], &text[tail..])
}
