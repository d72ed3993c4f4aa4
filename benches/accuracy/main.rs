//! How true a recording is: spikes shorter than the interval, processes shorter than it, shared memory counted once, ticks at 1 ms. What memrec wrote is laid
//! beside what the recorded programs know of themselves; `docs/ACCURACY.md` says how.
//!
//! `cargo bench --bench accuracy` prints all tables as markdown, `-- spikes lived prefork pace` those that are named, `-- --quick` all of them small.
//! `MEMREC_BENCH_PROGRAM` is another memrec to try.

#[path = "../common/mod.rs"]
mod common;
mod lived;
mod pace;
mod plays;
mod prefork;
mod spikes;

use common::stage::Stage;
use common::{Wanted, player};

fn main() {
    if let Some(words) = player::words() {
        return match words[0].as_str() {
            "spikes" | "spike" | "children" | "child" => spikes::play(&words),
            "prefork" => prefork::play(&words),
            _ => plays::play(&words),
        };
    }
    let wanted = Wanted::typed(&["spikes", "lived", "prefork", "pace"]);
    let stage = Stage::new();
    if wanted.part("spikes") {
        spikes::measure(&stage, &wanted);
    }
    if wanted.part("lived") {
        lived::measure(&stage, &wanted);
    }
    if wanted.part("prefork") {
        prefork::measure(&stage, &wanted);
    }
    if wanted.part("pace") {
        pace::measure(&stage, &wanted);
    }
}
