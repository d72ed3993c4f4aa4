//! memrec records the memory of a process and of everything it starts, and draws it.
//!
//! The command is a thin layer over this library; its rooms, and the way of a sample through them:
//!
//! ```text
//!  the kernel ── source ──┐                                       ┌── analysis ── plot ── picture
//!                         ├── record ── Sample ── storage ── file ┤
//!  the command ─ launch ──┘                                       ├── analysis ── report ── numbers
//!                                                                 └── export ── what other programs read
//! ```
//!
//! [`live`] shows in the terminal what is being recorded. [`model`] has the words, [`cli`] what can be typed, [`commands`] puts the rooms together, [`exit`] says how to leave. See
//! `docs/ARCHITECTURE.md`.

#[cfg(not(target_os = "linux"))]
compile_error!("memrec records on Linux only for now");

pub mod analysis;
pub mod cli;
pub mod commands;
pub mod exit;
pub mod export;
pub mod launch;
pub mod live;
pub mod logs;
pub mod model;
pub mod plot;
pub mod post;
pub mod record;
pub mod report;
pub mod source;
pub mod storage;
