//! The service itself, which knows neither sockets nor processes: `check_client` and tests call it without either.
//!
//! `POST /doc_length` takes `{"text": "..."}` and answers the number of characters, or 422 with a detail that names the field; `GET /health` answers `{"status": "ok"}`.

#![allow(dead_code, reason = "who checks the validation alone needs no router")]

mod leak;
mod validation;

pub(crate) use validation::length;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::json;

/// What the service can be asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Options {
    /// More characters than these are refused.
    pub(crate) limit: usize,
    /// So many bytes are kept of every refused request.
    pub(crate) leak_per_rejection: usize,
}

pub(crate) fn router(options: Options) -> Router {
    // A text of twice the limit is refused for its length and not for its size, even if each character is written as two escapes (`\ud83d\ude00`).
    let longest_body = options.limit.saturating_mul(24).saturating_add(64 << 10);
    Router::new()
        .route("/doc_length", post(doc_length))
        .route("/health", get(async || Json(json!({"status": "ok"}))))
        .layer(DefaultBodyLimit::max(longest_body))
        .with_state(options)
}

async fn doc_length(State(options): State<Options>, body: Result<Bytes, BytesRejection>) -> Response {
    let body = match body {
        Ok(body) => body,
        // Larger than any text that is worth counting (413), or the client went away.
        Err(rejection) => return rejection.into_response(),
    };
    match length(&body, options.limit) {
        Ok(length) => Json(length).into_response(),
        Err(refusal) => {
            leak::leak(options.leak_per_rejection);
            (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({"detail": [refusal]}))).into_response()
        }
    }
}
