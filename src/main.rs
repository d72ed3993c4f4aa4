//! The memrec command. All that it does is in the library.

use memrec::cli::{self, Misuse};
use memrec::commands::{self, Failure};
use memrec::exit::Outcome;

fn main() {
    let done = match cli::parse(std::env::args_os()) {
        Ok(command) => commands::carry_out(command),
        Err(Misuse::Help(text)) => commands::print(&text),
        Err(Misuse::Wrong { message, recording }) => {
            let outcome = if recording { Outcome::NotRecorded } else { Outcome::Misused };
            Err(Failure { message, outcome })
        }
    };
    let outcome = done.unwrap_or_else(|Failure { message, outcome }| {
        commands::tell_failure(&message);
        outcome
    });
    outcome.leave()
}
