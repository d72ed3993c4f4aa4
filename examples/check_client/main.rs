//! A control: the service called in process, without a server. What grows here and not in `check_validation` is the framework's.
//!
//! ```sh
//! memrec run --plot out.png -- target/release/examples/check_client mixed --amount 60s
//! ```

#[path = "../send_requests/load/mod.rs"]
mod load;
#[path = "../simple_api/service/mod.rs"]
mod service;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use clap::Parser;
use http_body_util::BodyExt;
use load::{Asked, Expected};
use memrec::model::Bytes;
use std::process::ExitCode;
use tower::ServiceExt;

/// Calls the service in a loop, and tells what it answered.
#[derive(Debug, Parser)]
struct Line {
    #[command(flatten)]
    asked: Asked,
    /// Leak so much memory on purpose with every refused request
    #[arg(long, value_name = "BYTES", default_value = "0")]
    leak_per_rejection: Bytes,
}

fn main() -> anyhow::Result<ExitCode> {
    let line = Line::parse();
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    runtime.block_on(call(&line))
}

async fn call(line: &Line) -> anyhow::Result<ExitCode> {
    let limit = line.asked.limit();
    let leak_per_rejection = usize::try_from(line.leak_per_rejection.0)?;
    let router = service::router(service::Options { limit, leak_per_rejection });
    let (mut requests, mut progress) = (line.asked.requests(), line.asked.progress());
    let (mut counted, mut refused, mut wrong) = (0_u64, 0_u64, 0_u64);
    while progress.next() {
        let request = requests.next();
        match (ask(&router, request.body).await?, request.expected) {
            ((StatusCode::OK, body), Expected::Length(length)) if body == length => counted += 1,
            ((StatusCode::UNPROCESSABLE_ENTITY, _), Expected::Refused) => refused += 1,
            _ => wrong += 1,
        }
    }
    let took = progress.elapsed().as_secs_f64();
    println!("called {}: 200 to {counted}, 422 to {refused}, {wrong} wrong, in {took:.1} s", counted + refused + wrong);
    Ok(if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn ask(router: &Router, body: Vec<u8>) -> anyhow::Result<(StatusCode, serde_json::Value)> {
    let request = Request::post("/doc_length").header(header::CONTENT_TYPE, "application/json");
    let response = router.clone().oneshot(request.body(Body::from(body))?).await?;
    let status = response.status();
    let body = response.into_body().collect().await?.to_bytes();
    Ok((status, serde_json::from_slice(&body)?))
}
