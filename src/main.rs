//! The memrec command. All that it does is in the library.

use memrec::cli::{self, Misuse};
use memrec::commands::{self, Failure};
use memrec::exit::Outcome;

fn main() {
    let outcome = match cli::parse(std::env::args_os()) {
        Ok(command) => commands::carry_out(command).unwrap_or_else(|Failure { message, outcome }| {
            commands::tell_failure(&message);
            outcome
        }),
        Err(Misuse::Help(text)) => {
            commands::print(&text);
            Outcome::Done
        }
        Err(Misuse::Wrong { message, recording }) => {
            commands::tell_failure(&message);
            if recording { Outcome::NotRecorded } else { Outcome::Misused }
        }
    };
    outcome.leave()
}
