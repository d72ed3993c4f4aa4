//! A connection to a service, which is kept from one request to the next.

use crate::load::{Expected, Request};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{CONTENT_TYPE, HOST};
use hyper_util::rt::TokioIo;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// No answer after that is none.
const PATIENCE: Duration = Duration::from_secs(30);

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// 200, with the right number.
    Counted,
    /// 422 to what had to be refused.
    Refused,
    /// Anything else, or nothing.
    Wrong,
}

/// A connection, where there is one.
pub(crate) struct Connection {
    address: String,
    open: Option<SendRequest<Full<Bytes>>>,
}

impl Connection {
    pub(crate) fn new(address: &str) -> Self {
        Self { address: address.to_owned(), open: None }
    }

    /// Sends a request, over a new connection where the last one has ended.
    pub(crate) async fn ask(&mut self, request: Request) -> (Answer, Option<String>) {
        let expected = request.expected;
        match timeout(PATIENCE, self.exchange(request.body)).await {
            Ok(Ok((status, body))) => judge(expected, status, &body),
            Ok(Err(error)) => self.failed(format!("{error:#}")),
            Err(_) => self.failed(format!("no answer in {} s", PATIENCE.as_secs())),
        }
    }

    fn failed(&mut self, why: String) -> (Answer, Option<String>) {
        self.open = None;
        (Answer::Wrong, Some(why))
    }

    /// Opens it, where it is not.
    pub(crate) async fn connect(&mut self) -> anyhow::Result<&mut SendRequest<Full<Bytes>>> {
        // The service may have closed it meanwhile.
        let usable = self.open.take().filter(|open| !open.is_closed());
        let open = match usable {
            Some(open) => open,
            None => {
                let stream = TcpStream::connect(&self.address).await?;
                stream.set_nodelay(true)?;
                let (open, connection) = handshake(TokioIo::new(stream)).await?;
                tokio::spawn(connection);
                open
            }
        };
        Ok(self.open.insert(open))
    }

    async fn exchange(&mut self, body: Vec<u8>) -> anyhow::Result<(u16, Bytes)> {
        let request = hyper::Request::post("/doc_length")
            .header(HOST, &self.address)
            .header(CONTENT_TYPE, "application/json")
            .body(Full::from(body))?;
        let open = self.connect().await?;
        open.ready().await?;
        let response = open.send_request(request).await?;
        let status = response.status().as_u16();
        Ok((status, response.into_body().collect().await?.to_bytes()))
    }
}

/// An answer, and what is wrong with it.
fn judge(expected: Expected, status: u16, body: &[u8]) -> (Answer, Option<String>) {
    let text = String::from_utf8_lossy(body);
    match (status, expected) {
        (422, Expected::Refused) => (Answer::Refused, None),
        // Whatever the number is wrapped in.
        (200, Expected::Length(length)) if first_number(&text) == Some(length) => (Answer::Counted, None),
        (_, expected) => {
            let start: String = text.chars().take(200).collect();
            (Answer::Wrong, Some(format!("{status} {start:?} to what should give {expected:?}")))
        }
    }
}

fn first_number(text: &str) -> Option<usize> {
    let mut numbers = text.split(|c: char| !c.is_ascii_digit());
    numbers.find(|digits| !digits.is_empty())?.parse().ok()
}
