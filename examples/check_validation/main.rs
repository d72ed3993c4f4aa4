//! A control: the service's validation alone, in a loop, without the framework and without sockets. What grows here is the validation's.
//!
//! ```sh
//! memrec run --plot out.png -- target/release/examples/check_validation mixed --amount 60s
//! ```

#[path = "../send_requests/load/mod.rs"]
mod load;
#[path = "../simple_api/service/mod.rs"]
mod service;

use clap::Parser;
use load::{Amount, Expected, Kind, Progress, Requests, text_called};
use std::process::ExitCode;

/// Validates requests in a loop, and tells how many were accepted.
#[derive(Debug, Parser)]
struct Line {
    /// Kind of requests
    #[arg(value_enum, default_value_t = Kind::Mixed)]
    kind: Kind,
    /// How much of it: 400 requests, or a time such as 60s
    #[arg(long, default_value = "1000")]
    amount: Amount,
    /// What texts are made of: english, french, german, or a text of your own
    #[arg(long, default_value = "english")]
    text: String,
    /// Refuse texts of more characters
    #[arg(long, value_name = "CHARACTERS", default_value = "50000")]
    limit: std::num::NonZeroU32,
}

fn main() -> ExitCode {
    let line = Line::parse();
    let limit = line.limit.get() as usize;
    let mut requests = Requests::new(line.kind, text_called(&line.text), limit, 1);
    let mut progress = Progress::new(line.amount);
    let (mut accepted, mut refused, mut wrong) = (0_u64, 0_u64, 0_u64);
    while progress.next() {
        let request = requests.next();
        match (service::length(&request.body, limit), request.expected) {
            (Ok(length), Expected::Length(expected)) if length == expected => accepted += 1,
            (Err(_), Expected::Refused) => refused += 1,
            _ => wrong += 1,
        }
    }
    let took = progress.elapsed().as_secs_f64();
    println!(
        "validated {}: {accepted} accepted, {refused} refused, {wrong} wrongly, in {took:.1} s",
        accepted + refused + wrong
    );
    if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
