//! Which processes have a row in the tick that is being gathered.

use crate::model::{ProcessNumber, Row};
use std::collections::HashSet;

/// So few rows are looked through as they are.
const FEW: usize = 64;

/// Rows of a tick are in the order of their processes, nearly always: then the highest number is all that has to be known. A file that has them in
/// another order, be it a million of them, costs a set of numbers.
#[derive(Default)]
pub(super) struct Seen {
    highest: ProcessNumber,
    /// All of them, once it was asked for one that may be there among many; empty before.
    numbers: HashSet<ProcessNumber>,
}

impl Seen {
    /// A new tick begins.
    #[inline]
    pub(super) fn clear(&mut self) {
        self.highest = 0;
        if !self.numbers.is_empty() {
            self.numbers.clear();
        }
    }

    /// Whether `process` has no row yet among those of the tick. It has one from now on.
    #[inline]
    pub(super) fn is_new(&mut self, process: ProcessNumber, rows: &[Row]) -> bool {
        let is_new = if process > self.highest && self.numbers.is_empty() { true } else { self.look(process, rows) };
        self.highest = self.highest.max(process);
        is_new
    }

    #[cold]
    fn look(&mut self, process: ProcessNumber, rows: &[Row]) -> bool {
        if rows.len() < FEW {
            return rows.iter().all(|row| row.process != process);
        }
        if self.numbers.is_empty() {
            self.numbers.extend(rows.iter().map(|row| row.process));
        }
        self.numbers.insert(process)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Memory, Name};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_process_is_new_once_in_a_tick_whatever_their_order(
            ticks in proptest::collection::vec(proptest::collection::vec(1..200_u32, 0..300), 1..4)
        ) {
            let mut seen = Seen::default();
            for tick in ticks {
                seen.clear();
                let mut rows: Vec<Row> = Vec::new();
                for process in tick {
                    let is_new = seen.is_new(process, &rows);
                    prop_assert_eq!(is_new, rows.iter().all(|row| row.process != process));
                    if is_new {
                        rows.push(Row { process, pid: 1, ppid: 1, name: Name::from_bytes(b"x"), memory: Memory::default() });
                    }
                }
            }
        }
    }
}
