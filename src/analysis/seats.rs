//! Where in a list a process stands, asked for each row of each tick.

use crate::model::ProcessNumber;
use std::collections::HashMap;

/// Remembers, for each row of a tick, who stood in it the last time, and where in the list that was: nearly always it is the same process
/// again, and nothing has to be looked up.
#[derive(Debug, Clone, Default)]
pub struct Seats {
    places: HashMap<ProcessNumber, usize>,
    hints: Vec<(ProcessNumber, Option<usize>)>,
}

impl FromIterator<(ProcessNumber, usize)> for Seats {
    fn from_iter<T: IntoIterator<Item = (ProcessNumber, usize)>>(places: T) -> Self {
        Self { places: places.into_iter().collect(), hints: Vec::new() }
    }
}

impl Seats {
    /// Where the process stands that has the `row`th row of its tick; none if it is not in the list.
    #[inline]
    pub fn of(&mut self, row: usize, process: ProcessNumber) -> Option<usize> {
        match self.hints.get(row) {
            Some((known, place)) if *known == process => *place,
            _ => self.look(row, process),
        }
    }

    /// Puts a process into the list that is not in it, which [`of`](Self::of) has just told of its row.
    pub(super) fn add(&mut self, row: usize, process: ProcessNumber, place: usize) {
        self.places.insert(process, place);
        self.hint(row, process, Some(place));
    }

    #[cold]
    fn look(&mut self, row: usize, process: ProcessNumber) -> Option<usize> {
        // Where somebody has gone, all who stood behind him have moved up by one.
        let place = match self.hints.get(row + 1) {
            Some((known, place)) if *known == process => *place,
            _ => self.places.get(&process).copied(),
        };
        self.hint(row, process, place);
        place
    }

    fn hint(&mut self, row: usize, process: ProcessNumber, place: Option<usize>) {
        if self.hints.len() <= row {
            // Process 0 is none.
            self.hints.resize(row + 1, (0, None));
        }
        self.hints[row] = (process, place);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_process_is_found_where_it_is_whoever_stood_in_its_row_before(
            ticks in proptest::collection::vec(proptest::collection::vec(1..30_u32, 0..20), 1..20)
        ) {
            let mut seats: Seats = (1..10).map(|process| (process, 100 + process as usize)).collect();
            let mut known: HashMap<u32, usize> = (1..10).map(|process| (process, 100 + process as usize)).collect();
            for tick in ticks {
                for (row, process) in tick.into_iter().enumerate() {
                    prop_assert_eq!(seats.of(row, process), known.get(&process).copied());
                    if process >= 20 && !known.contains_key(&process) {
                        seats.add(row, process, row);
                        known.insert(process, row);
                        prop_assert_eq!(seats.of(row, process), Some(row));
                    }
                }
            }
        }
    }
}
