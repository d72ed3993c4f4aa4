//! A web service whose memory can be hunted for leaks: the number of characters of a text, and 422 for whatever is none or too long.
//!
//! ```sh
//! cargo run --release --example simple_api -- --workers 2 --leak-per-rejection 4KiB
//! curl -d '{"text": "größe"}' http://127.0.0.1:8080/doc_length
//! ```
//!
//! `examples/README.md` has the experiment that it is for.

mod access_log;
mod service;
mod workers;

use access_log::AccessLog;
use anyhow::Context;
use axum::middleware;
use clap::Parser;
use memrec::model::Bytes;
use std::future::IntoFuture;
use std::io::Write;
use std::net::{SocketAddr, TcpListener};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// So long may requests take that are being answered when the service is asked to end.
const PATIENCE: Duration = Duration::from_secs(10);

/// Answers how many characters a text has.
#[derive(Debug, Parser)]
struct Line {
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1")]
    host: String,
    /// Port to listen on; 0 takes a free one
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Refuse texts of more characters
    #[arg(long, value_name = "CHARACTERS", default_value_t = 50_000)]
    limit: usize,
    /// Serve from so many processes, which a parent starts and replaces; without it, this one serves
    #[arg(long, value_name = "N")]
    workers: Option<NonZeroUsize>,
    /// Leak so much memory on purpose with every refused request
    #[arg(long, value_name = "BYTES", default_value = "0")]
    leak_per_rejection: Bytes,
    /// Append a line for each request to this file instead of stdout
    #[arg(long, value_name = "FILE")]
    access_log: Option<PathBuf>,
    /// This process is a worker of that one
    #[arg(long, value_name = "PID", hide = true)]
    worker_of: Option<u32>,
}

fn main() -> ExitCode {
    match carry_out(&Line::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("simple_api: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn carry_out(line: &Line) -> anyhow::Result<()> {
    if let Some(parent) = line.worker_of {
        let listener = workers::inherited(parent)?;
        return serve(line, listener, workers::unblock_signals);
    }
    // Before anybody is started: it is the parent that says what is wrong with it.
    open_log(line)?;
    let listener = listen(&line.host, line.port)?;
    let address = listener.local_addr()?;
    let tell = || {
        let mut out = std::io::stdout();
        let _ = writeln!(out, "listening on http://{address}").and_then(|()| out.flush());
    };
    match line.workers {
        Some(count) => workers::supervise(listener, count.get(), tell),
        None => serve(line, listener, || {
            tell();
            Ok(())
        }),
    }
}

fn listen(host: &str, port: u16) -> anyhow::Result<TcpListener> {
    TcpListener::bind((host, port)).with_context(|| format!("cannot listen on {host}:{port}; choose another --port"))
}

fn open_log(line: &Line) -> anyhow::Result<AccessLog> {
    let path = line.access_log.as_deref();
    AccessLog::open(path).with_context(|| format!("cannot write the access log: {path:?}; choose another file"))
}

/// Answers requests until SIGINT or SIGTERM, and those that are under way to their end. One thread: a process of its own is what `--workers` is for.
fn serve(line: &Line, listener: TcpListener, ready: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<()> {
    let log = open_log(line)?;
    let leak_per_rejection = usize::try_from(line.leak_per_rejection.0)?;
    let router = service::router(service::Options { limit: line.limit, leak_per_rejection })
        .layer(middleware::from_fn_with_state(log, access_log::write));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        listener.set_nonblocking(true)?;
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let (gracefully, at_last) = (EndSignals::new()?, EndSignals::new()?);
        let serving = axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>())
            .with_graceful_shutdown(gracefully.come());
        ready()?;
        tokio::select! {
            served = serving.into_future() => Ok(served?),
            () = at_last.come_and_stay() => Ok(()),
        }
    })
}

/// The signals that ask for an end, held from the moment on that this is made.
struct EndSignals([Signal; 2]);

impl EndSignals {
    fn new() -> std::io::Result<Self> {
        Ok(Self([signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?]))
    }

    /// When one of them has come.
    async fn come(self) {
        let Self([mut interrupt, mut terminate]) = self;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    }

    /// When they have come, and been there for as long as anybody waits.
    async fn come_and_stay(self) {
        self.come().await;
        tokio::time::sleep(PATIENCE).await;
    }
}
