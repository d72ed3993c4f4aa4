//! What is sent to a recording that runs: labels, by `memrec mark`, through a socket beside the recording's files.
//!
//! The recorder has the [`Office`], whoever sends has a [`Sent`]. The sender says when it was, and learns whether the label was taken in: a sender that
//! has not heard so can take it back. What a recording is, and how a label is written into it, this does not know.
//!
//! A socket in the file system, since its folder and its permissions decide who may send: whoever may write to the recording. It is found by whoever finds the
//! recording, in other network and mount namespaces too. A recorder that was killed leaves a socket at which nobody listens.

mod letter;
mod office;
mod place;
mod send;

pub use letter::Letter;
pub use office::Office;
pub use send::{NotSent, Reply, Sent};
