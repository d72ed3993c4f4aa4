//! The panels of a figure: memory, growth, rates.

mod growth;
mod memory;
mod rates;

pub(super) use growth::{growth, names as growth_names};
pub(super) use memory::{memory, names as memory_names};
pub(super) use rates::Rates;
