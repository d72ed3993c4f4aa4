//! Both ways of reading a line, and that they say the same.

use super::*;
use crate::model::Extras;
use proptest::prelude::*;

const LINE: &str = "2026-11-23T10:17:22.105Z,0.100213,1,4711,4700,hypercorn,40345600,40345601,0,,";

fn rows(header: &str) -> Rows {
    Rows::new(Layout::of(header.trim_end().split(',').map(str::as_bytes)).unwrap())
}

/// The fast way, of a line that is all there.
fn fast<'a>(rows: &mut Rows, line: &'a str) -> Option<RowRead<'a>> {
    let (row, end) = rows.read_plain(line.as_bytes(), &Ticks::default())?;
    (end == line.len()).then_some(row)
}

/// Without what only saves the fast way some work the next time.
fn essence(row: RowRead<'_>) -> RowRead<'static> {
    let identity = match row.identity {
        Identity::Read { process, pid, ppid, name, .. } => {
            Identity::Read { process, pid, ppid, name: name.into_owned().into(), text: &[] }
        }
        Identity::Group(charge) => Identity::Group(charge),
        Identity::AsExpected => panic!("nothing was expected"),
    };
    RowRead { identity, ..row }
}

#[test]
fn a_plain_row_is_read_the_fast_way() {
    let mut rows = rows(&columns::header(Extras::default()));
    let row = essence(fast(&mut rows, LINE).unwrap());
    assert_eq!(row.elapsed, Duration::from_micros(100_213));
    assert_eq!(row.time.to_rfc3339(), "2026-11-23T10:17:22.105+00:00");
    let memory = rows.memory;
    assert_eq!((memory.peak_rss, memory.swap, memory.pss, memory.uss), (Some(40_345_601), Some(0), None, None));
    assert_eq!(rows.read_any(LINE.as_bytes()), Ok(row));
}

#[test]
fn a_quoted_name_is_read_by_the_csv_crate() {
    let mut rows = rows(&columns::header(Extras::default()));
    let line = LINE.replace("hypercorn", r#""a,""b""""#);
    assert_eq!(fast(&mut rows, &line), None);
    let Identity::Read { name, .. } = rows.read_any(line.as_bytes()).unwrap().identity else { panic!() };
    assert_eq!(name, r#"a,"b""#);
}

#[test]
fn a_leap_second_is_left_to_chrono() {
    let mut rows = rows(&columns::header(Extras::default()));
    let line = LINE.replace("2026-11-23T10:17:22", "2016-12-31T23:59:60");
    assert_eq!(fast(&mut rows, &line), None);
    assert_eq!(rows.read_any(line.as_bytes()).unwrap().time.timestamp_subsec_millis(), 1105);
    assert!(rows.read_any(LINE.replace(":22.105", ":61.105").as_bytes()).is_err());
    assert_eq!(fast(&mut rows, &LINE.replace(":22.105", ":61.105")), None);
}

#[test]
fn an_unclosed_quote_costs_its_own_line_only() {
    let mut rows = rows(&columns::header(Extras::default()));
    assert!(rows.read_any(LINE.replace("hypercorn", "\"hyper").as_bytes()).is_err());
    assert!(rows.read_any(LINE.as_bytes()).is_ok());
}

#[test]
fn a_wrong_cell_is_named() {
    let mut rows = rows(&columns::header(Extras::default()));
    for (from, to, column) in [
        ("40345600", "4x", Some("rss_bytes")),
        ("2026-11", "never", Some("time")),
        ("0.100213", "-0.1", Some("elapsed_s")),
        ("4711", "99999999999", Some("pid")),
        (",,", ",", None),
        (",,", ",,,", None),
    ] {
        let line = LINE.replace(from, to);
        assert_eq!(fast(&mut rows, &line), None, "{line}");
        assert_eq!(rows.read_any(line.as_bytes()), Err(NoRow::Malformed(column)), "{line}");
    }
}

#[test]
fn the_row_of_a_group_belongs_to_no_process() {
    let mut rows = rows(&columns::header(Extras::default()));
    for process in ["", "0"] {
        let line = LINE.replace(",1,4711,4700,hypercorn,", &format!(",{process},0,,[cgroup],"));
        assert_eq!(rows.read_any(line.as_bytes()), Err(NoRow::NoProcess));
    }
}

#[test]
fn the_row_of_the_control_group_is_its_charge() {
    let mut rows = rows(&columns::header("threads,cgroup".parse().unwrap()));
    let line = LINE.replace(",1,4711,4700,hypercorn,40345600,40345601,0,,", ",0,0,0,[cgroup],,,,,,,123456");
    let plain = essence(fast(&mut rows, &line).unwrap());
    assert_eq!(plain.identity, Identity::Group(123_456));
    assert_eq!(rows.read_any(line.as_bytes()).as_ref(), Ok(&plain));
    // Written back by others.
    let other = line.replace(",0,0,0,[cgroup]", ",,,,\"[cgroup]\"").replace("123456", "123456.0");
    assert_eq!(fast(&mut rows, &other), None);
    assert_eq!(rows.read_any(other.as_bytes()), Ok(plain));
    for line in [line.replace("[cgroup]", "[other]"), line.replace("123456", "")] {
        assert_eq!(fast(&mut rows, &line), None);
        assert_eq!(rows.read_any(line.as_bytes()), Err(NoRow::NoProcess), "of later versions");
    }
    assert_eq!(rows.read_any(line.replace("123456", "x").as_bytes()), Err(NoRow::Malformed(Some("cgroup_bytes"))));
}

fn cell() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[0-9]{0,21}", 1 => "[0-9]{1,3}\\.[0-9]{0,7}", 1 => "[ -~]{0,8}", 1 => "\\PC{0,4}",
        1 => Just("2026-11-23T10:17:22.105Z".to_owned()), 1 => Just("2016-12-31T23:59:60.105Z".to_owned()),
    ]
}

/// The base columns, with one that nobody knows, with some further ones, with all; and about as many cells.
fn header_and_cells() -> impl Strategy<Value = (String, Vec<String>)> {
    let header = prop_oneof![
        Just(columns::header(Extras::default())),
        Just(columns::header(Extras::default()).replace('\n', ",colour\n")),
        Just(columns::header("anon,cgroup".parse().unwrap())),
        Just(columns::header(Extras::all())),
    ];
    header.prop_flat_map(|header| {
        let count = header.split(',').count() - columns::FIXED.len();
        (Just(header), proptest::collection::vec(cell(), count - 1..count + 2))
    })
}

proptest! {
    #[test]
    fn both_ways_say_the_same(
        head in prop_oneof![4 => Just("2026-11-23T10:17:22.105Z,0.100213".to_owned()), 1 => "[0-9TZ:.-]{20,26},[0-9.]{0,12}"],
        identity in prop_oneof![
            3 => "[0-9]{0,5},[0-9]{1,5},[0-9]{1,5},[ -~]{0,8}", 1 => "\\PC{0,20}", 1 => "0?,0?,0?,\\[cgroup\\]",
        ],
        (header, cells) in header_and_cells(),
    ) {
        let mut rows = rows(&header);
        let line = format!("{head},{identity},{}", cells.join(","));
        let plain = fast(&mut rows, &line).map(essence);
        if let Some(row) = plain {
            let of_a_process = !matches!(row.identity, Identity::Group(_));
            let memory = rows.memory;
            prop_assert_eq!(rows.read_any(line.as_bytes()), Ok(row));
            prop_assert!(!of_a_process || rows.memory == memory);
        }
    }

    #[test]
    fn no_line_brings_it_down(line in proptest::collection::vec(any::<u8>(), 0..200)) {
        let mut rows = rows(&columns::header(Extras::default()));
        let line: Vec<u8> = line.into_iter().filter(|byte| *byte != b'\n').collect();
        let plain = rows.read_plain(&line, &Ticks::default()).is_some_and(|(_, end)| end == line.len());
        prop_assert!(!plain || rows.read_any(&line).is_ok());
    }
}
