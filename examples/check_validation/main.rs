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
use load::{Asked, Expected};
use std::process::ExitCode;

/// Validates requests in a loop, and tells how many were accepted.
#[derive(Debug, Parser)]
struct Line {
    #[command(flatten)]
    asked: Asked,
}

fn main() -> ExitCode {
    let Line { asked } = Line::parse();
    let (limit, mut requests, mut progress) = (asked.limit(), asked.requests(), asked.progress());
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
