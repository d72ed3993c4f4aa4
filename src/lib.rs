//! memrec records the memory of a process and of everything it starts, and draws it.
pub mod launch;
pub mod model;
pub mod record;
pub mod source;
pub mod storage;
