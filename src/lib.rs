//! memrec records the memory of a process and of everything it starts, and draws it.
pub mod analysis;
pub mod model;
pub mod plot;
