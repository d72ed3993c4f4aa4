//! Load for `simple_api` and services like it: texts of random lengths, at a given rate, in phases that are labelled in a running recording.
//!
//! ```sh
//! cargo run --release --example send_requests -- mixed --amount 60s --rate 50 --text french
//! ```
//!
//! It ends with 0 where every request was answered as it should be, with 1 where one was not, and with 2 where the line is wrong.

mod client;
mod load;
mod phases;
mod tally;

use anyhow::{Context, bail};
use clap::Parser;
use client::{Answer, Connection};
use load::{Amount, Kind, Progress, Requests, text_called};
use phases::{Marks, Phase};
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tally::{Tally, Teller};
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep, sleep_until};

const SECOND: Duration = Duration::from_secs(1);

/// After a request without an answer: nobody is knocked at without a pause.
const BREATH: Duration = Duration::from_millis(100);

/// Sends requests, and tells each second what came back.
#[derive(Debug, Parser)]
struct Line {
    /// Kind of requests
    #[arg(value_enum, required_unless_present = "phase", conflicts_with = "phase")]
    kind: Option<Kind>,
    /// How much of it: 400 requests, or a time such as 60s
    #[arg(long, default_value = "60s", conflicts_with = "phase")]
    amount: Amount,
    /// Phases instead, one after the other: as in english=mixed,60s,english or warm=ok,400
    #[arg(long, value_name = "LABEL=KIND,AMOUNT[,TEXT]")]
    phase: Vec<Phase>,
    /// Where the service listens
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    url: String,
    /// What texts are made of: english, french, german, or a text of your own
    #[arg(long, default_value = "english")]
    text: String,
    /// The service's limit; texts are up to twice as long
    #[arg(long, value_name = "CHARACTERS", default_value = "50000")]
    limit: NonZeroU32,
    /// At most so many requests a second; 0 is as many as can be
    #[arg(long, default_value = "50", value_parser = rate)]
    rate: f64,
    /// Over so many connections, which are kept
    #[arg(long, default_value = "1")]
    connections: NonZeroUsize,
    /// Wait so long for the service to listen
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = memrec::model::parse_span)]
    wait: Duration,
    /// Write what is told each second into this file too
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Where chance begins: the same requests for the same number
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Tell of phases only
    #[arg(short, long)]
    quiet: bool,
    #[command(flatten)]
    marks: Marks,
}

/// From once in a quarter of an hour: a pause has to fit into a duration.
fn rate(text: &str) -> Result<f64, String> {
    let rate = text.parse().ok().filter(|rate| *rate == 0.0 || (0.001..1e9).contains(rate));
    rate.ok_or_else(|| {
        format!("'{text}' is no rate; write requests a second, such as 50 or 0.5, or 0 for as many as can be")
    })
}

fn main() -> ExitCode {
    let line = Line::parse();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    match runtime.map_err(anyhow::Error::from).and_then(|runtime| runtime.block_on(send_all(&line))) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(errors) => {
            eprintln!("send_requests: {errors} requests were not answered as they should be; see above why");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("send_requests: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// All phases; how many requests were not answered as they should be.
async fn send_all(line: &Line) -> anyhow::Result<u64> {
    let address = line.url.strip_prefix("http://").unwrap_or(&line.url).trim_end_matches('/');
    wait_for(address, line.wait).await?;
    let mut teller = Teller::new(line.csv.as_deref(), line.quiet)
        .with_context(|| format!("cannot write {:?}; choose another --csv", line.csv))?;
    let single = |kind: Kind| Phase { label: kind.to_string(), kind, amount: line.amount, text: None };
    let phases: Vec<Phase> = line.kind.map(single).into_iter().chain(line.phase.iter().cloned()).collect();
    let mut errors = 0;
    for (place, phase) in phases.iter().enumerate() {
        line.marks.set(&phase.label)?;
        let seed = line.seed.wrapping_add(place as u64);
        let text = phase.text.as_deref().unwrap_or(text_called(&line.text));
        anyhow::ensure!(!text.is_empty(), "there is nothing in the text; give another --text");
        teller.begin(&phase.label, &format!("{} requests, of {text:?}", phase.kind));
        let pace = Pace {
            progress: Progress::new(phase.amount),
            requests: Requests::new(phase.kind, text, line.limit.get() as usize, seed),
            due: Instant::now(),
            between: (line.rate > 0.0).then(|| SECOND.div_f64(line.rate)),
            tally: Tally::default(),
        };
        errors += send(line, address, &phase.label, pace, &mut teller).await?.errors;
    }
    line.marks.set("rest")?;
    Ok(errors)
}

async fn wait_for(address: &str, at_most: Duration) -> anyhow::Result<()> {
    let began = Instant::now();
    loop {
        match Connection::new(address).connect().await {
            Ok(_) => return Ok(()),
            Err(error) if began.elapsed() > at_most => {
                bail!("nobody listens at {address}: {error:#}; start the service, or give another --url")
            }
            Err(_) => sleep(BREATH).await,
        }
    }
}

/// What the connections of a phase have in common.
struct Pace {
    progress: Progress,
    requests: Requests,
    /// When the next request is to be sent.
    due: Instant,
    between: Option<Duration>,
    tally: Tally,
}

impl Pace {
    /// The next request and when it is due, if there is to be one more. What was missed is made up for, but for no more than a second.
    fn next(&mut self) -> Option<(Instant, load::Request)> {
        let due = self.due.max(Instant::now() - SECOND);
        if let Some(between) = self.between {
            self.due = due + between;
        }
        self.progress.next().then(|| (due, self.requests.next()))
    }
}

/// A phase, over all connections.
async fn send(line: &Line, address: &str, label: &str, pace: Pace, teller: &mut Teller) -> anyhow::Result<Tally> {
    let pace = Arc::new(Mutex::new(pace));
    let mut connections = tokio::task::JoinSet::new();
    for _ in 0..line.connections.get() {
        connections.spawn(keep_asking(Connection::new(address), Arc::clone(&pace)));
    }
    let mut seconds = interval_at(Instant::now() + SECOND, SECOND);
    seconds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = seconds.tick() => teller.second(label, locked(&pace).tally)?,
            ended = connections.join_next() => match ended {
                Some(ended) => ended?,
                None => break,
            }
        }
    }
    let pace = locked(&pace);
    teller.second(label, pace.tally)?;
    teller.end(label, pace.tally, pace.progress.elapsed());
    Ok(pace.tally)
}

fn locked(pace: &Mutex<Pace>) -> std::sync::MutexGuard<'_, Pace> {
    pace.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn keep_asking(mut connection: Connection, pace: Arc<Mutex<Pace>>) {
    loop {
        let next = locked(&pace).next();
        let Some((due, request)) = next else { break };
        sleep_until(due).await;
        locked(&pace).tally.sent += 1;
        let (answer, why) = connection.ask(request).await;
        locked(&pace).tally.add(answer);
        if let Some(why) = why {
            eprintln!("send_requests: {why}");
        }
        if answer == Answer::Wrong {
            sleep(BREATH).await;
        }
    }
}
