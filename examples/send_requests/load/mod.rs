//! What is sent, and how much of it: shared by `send_requests` and the two controls, `check_validation` and `check_client`.

#![allow(dead_code, unused_imports, reason = "each of the three has its own use of this")]

mod amount;
mod asked;
mod requests;

pub(crate) use amount::{Amount, Progress};
pub(crate) use asked::Asked;
pub(crate) use requests::{Expected, Kind, Request, Requests, text_called};
