//! The access log: one line a request in the Common Log Format, which ends with `" STATUS SIZE`, so that a regular expression such as `" 422 ` finds the refused.

use axum::body::HttpBody;
use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use std::fs::File;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::os::fd::AsFd;
use std::path::Path;
use std::sync::Arc;

/// Where the lines go. Workers have the same file open for appending, and a line is one write: none is torn.
#[derive(Clone)]
pub(crate) struct AccessLog(Arc<File>);

impl AccessLog {
    /// To a file, or to stdout.
    pub(crate) fn open(path: Option<&Path>) -> io::Result<Self> {
        let file = match path {
            Some(path) => File::options().append(true).create(true).open(path)?,
            None => File::from(io::stdout().as_fd().try_clone_to_owned()?),
        };
        Ok(Self(Arc::new(file)))
    }
}

/// Writes a line when the answer is there. What cannot be written is lost: a service does not stop for its log.
pub(crate) async fn write(
    State(log): State<AccessLog>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
    next: Next,
) -> Response {
    let asked = format!("{} {} {:?}", request.method(), request.uri(), request.version());
    let response = next.run(request).await;
    let time = chrono::Local::now().format("%d/%b/%Y:%H:%M:%S %z");
    let size = response.body().size_hint().exact().map_or("-".to_owned(), |size| size.to_string());
    let line = format!("{} - - [{time}] \"{asked}\" {} {size}\n", peer.ip(), response.status().as_u16());
    let _ = (&*log.0).write_all(line.as_bytes());
    response
}
