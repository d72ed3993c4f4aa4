//! Whole files by the fast way and by the thorough one: the same samples, the same tally, the same fault, however the bytes were damaged and wherever
//! they are cut into pieces.

use super::*;
use crate::storage::columns;
use proptest::prelude::*;
use proptest::sample::Index;

/// Gives out some bytes at a time.
struct Pieces<'a>(&'a [u8], usize);

impl Read for Pieces<'_> {
    fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
        let some = self.1.min(to.len());
        self.0.read(&mut to[..some])
    }
}

/// What was read, or why nothing was.
fn by(way: Way, text: &[u8], piece: usize) -> (Vec<Sample>, Result<Tally, String>) {
    let mut samples = Vec::new();
    let read = read(Pieces(text, piece), way, &mut |sample| samples.push(sample.clone()));
    (samples, read.map_err(|fault| format!("{fault:?}")))
}

/// A cell of a metric: mostly as memrec writes it, else as anybody may.
fn cell() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => Just(String::new()), 6 => "[1-9][0-9]{0,11}", 1 => "[0-9]{14,21}",
        1 => "[0-9]{1,9}\\.0", 1 => "[ -~]{0,3}",
    ]
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![6 => "[a-z]{1,9}", 1 => "'[=+@-][a-z]{0,3}", 1 => "\"[a-z,]{0,4}\"", 1 => "\\PC{0,4}"]
}

#[derive(Debug, Clone)]
struct Tick {
    /// Microseconds since the one before: none, and it is the same one.
    after: u32,
    group: Option<u32>,
    rows: Vec<(u32, Vec<String>)>,
}

fn tick(cells: usize) -> impl Strategy<Value = Tick> {
    let after = prop_oneof![8 => 1..3_000_000_u32, 1 => Just(0), 1 => Just(70_000_000)];
    let row = (prop_oneof![8 => 1..6_u32, 1 => 0..100_000_u32], proptest::collection::vec(cell(), cells));
    (after, proptest::option::weighted(0.2, any::<u32>()), proptest::collection::vec(row, 0..6))
        .prop_map(|(after, group, rows)| Tick { after, group, rows })
}

/// A recording nearly as memrec writes it.
fn recording() -> impl Strategy<Value = Vec<u8>> {
    let columns = prop_oneof![
        4 => Just(""), 2 => Just("threads,cgroup"), 1 => Just("anon,file,shmem,hugetlb,pagetables,threads,cpu,majfaults,cgroup"),
    ];
    columns.prop_flat_map(|extras| {
        let header = columns::header(if extras.is_empty() { Default::default() } else { extras.parse().unwrap() });
        let cells = header.split(',').count() - columns::FIXED.len();
        (Just(header), proptest::collection::vec(tick(cells), 0..12), proptest::collection::vec(name(), 6))
            .prop_map(text)
    })
}

fn text((header, ticks, names): (String, Vec<Tick>, Vec<String>)) -> Vec<u8> {
    let (mut text, mut micros) = (header.clone(), 99_000_u64);
    let blank = header.split(',').count() - columns::FIXED.len() - 1;
    for Tick { after, group, rows } in ticks {
        micros += u64::from(after);
        let (second, rest) = (micros / 1_000_000, micros % 1_000_000);
        let moment =
            format!("2026-11-23T10:{:02}:{:02}.{:03}Z,{second}.{rest:06}", second / 60 % 60, second % 60, rest / 1000);
        if let Some(charge) = group {
            text += &format!("{moment},0,0,0,[cgroup],{}{charge}\n", ",".repeat(blank));
        }
        for (process, cells) in rows {
            let name = &names[process as usize % names.len()];
            text += &format!("{moment},{process},{},1,{name},{}\n", 4710 + process, cells.join(","));
        }
    }
    text.into_bytes()
}

/// What may happen to a file.
#[derive(Debug, Clone)]
enum Damage {
    Byte(Index, u8),
    Gone(Index, usize),
    More(Index, Vec<u8>),
    Again(Index, Index),
    Cut(Index),
    Returns,
}

fn damage() -> impl Strategy<Value = Damage> {
    let byte = || prop_oneof![4 => proptest::sample::select(&b",\n\r\"0123456789.Z-: '"[..]), 1 => any::<u8>()];
    prop_oneof![
        4 => (any::<Index>(), byte()).prop_map(|(at, byte)| Damage::Byte(at, byte)),
        2 => (any::<Index>(), 1..40_usize).prop_map(|(at, count)| Damage::Gone(at, count)),
        2 => (any::<Index>(), proptest::collection::vec(byte(), 1..6)).prop_map(|(at, bytes)| Damage::More(at, bytes)),
        1 => (any::<Index>(), any::<Index>()).prop_map(|(from, to)| Damage::Again(from, to)),
        2 => any::<Index>().prop_map(Damage::Cut),
        1 => Just(Damage::Returns),
    ]
}

fn damaged(mut text: Vec<u8>, damages: &[Damage]) -> Vec<u8> {
    for damage in damages {
        let place = |at: &Index| at.index(text.len().max(1)).min(text.len());
        match damage {
            Damage::Byte(at, byte) => {
                let at = place(at);
                text.splice(at..(at + 1).min(text.len()), [*byte]);
            }
            Damage::Gone(at, count) => {
                let at = place(at);
                text.drain(at..(at + count).min(text.len()));
            }
            Damage::More(at, bytes) => {
                let at = place(at);
                text.splice(at..at, bytes.iter().copied());
            }
            // Also a second header, where it is from the beginning.
            Damage::Again(from, to) => {
                let (from, to) = (place(from), place(to));
                let piece = text[from.min(to)..from.max(to)].to_vec();
                text.splice(to..to, piece);
            }
            Damage::Cut(at) => text.truncate(place(at)),
            Damage::Returns => {
                text = String::from_utf8_lossy(&text).replace('\n', "\r\n").into_bytes();
            }
        }
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn both_ways_read_the_same_of_any_file(
        text in recording(),
        damages in prop_oneof![1 => Just(Vec::new()), 3 => proptest::collection::vec(damage(), 1..4)],
        piece in prop_oneof![1 => 1..100_usize, 1 => Just(usize::MAX)],
    ) {
        let text = damaged(text, &damages);
        let fast = by(Way::Fast, &text, piece);
        prop_assert_eq!(&fast, &by(Way::Thorough, &text, usize::MAX), "{}", String::from_utf8_lossy(&text));
    }

}

proptest! {
    #![proptest_config(ProptestConfig { cases: 50, ..ProptestConfig::default() })]

    /// Wherever a recorder is cut off: each time at some places of the last lines.
    #[test]
    fn both_ways_read_the_same_of_every_beginning(text in recording(), piece in 1..50_usize) {
        let from = text.len().saturating_sub(120);
        for length in (from..text.len()).step_by(5) {
            prop_assert_eq!(by(Way::Fast, &text[..length], piece), by(Way::Thorough, &text[..length], usize::MAX));
        }
    }
}

/// Nothing of this holds if the fast way is not taken.
#[test]
fn what_memrec_writes_is_read_the_fast_way() {
    let mut text = columns::header(Default::default());
    for tick in 0..5000 {
        for process in 1..4 {
            text += &format!("2026-11-23T10:17:22.105Z,{tick}.000000,{process},4711,4700,sh,{},,,,\n", tick * 4096);
        }
    }
    let mut lines = Lines::new(text.as_bytes(), LONGEST_LINE);
    let (_, layout) = read_header(&mut lines).unwrap();
    let (mut rows, mut ticks, mut read) = (Rows::new(layout), Ticks::default(), 0);
    let mut left = 0;
    loop {
        read_plain_lines(&mut lines, &mut rows, &mut ticks, &mut |sample| read += sample.rows.len());
        if lines.next().unwrap().is_none() {
            break;
        }
        left += 1;
    }
    let chunks = text.len() / (128 << 10) + 2;
    assert!(read > 3 * 4990 - chunks && left <= chunks, "{read} were, {left} were not");
}
