use super::super::board::Board;
use super::*;
use crate::model::{Event, Memory, Name, Row, Sample, What};
use crate::plot::{Characters, Colours, Theme};
use chrono::DateTime;
use std::time::Duration;

const PLAIN: Style = Style { characters: Characters::Blocks, colours: Colours::Plain, theme: Theme::Dark };

fn sample(second: u64, mib: &[u64]) -> Sample {
    let row = |(number, mib): (u32, &u64)| Row {
        process: number,
        pid: 4710 + number,
        ppid: 1,
        name: Name::from_written(if number == 1 { "gunicorn" } else { "worker" }),
        memory: Memory { rss: Some(mib << 20), ..Memory::default() },
    };
    Sample { elapsed: Duration::from_secs(second), rows: (1..).zip(mib).map(row).collect(), ..Sample::default() }
}

fn known(seconds: u64) -> Known {
    let mut board = Board::default();
    let ticks = (0..=seconds).map(|second| sample(second, &[30, 10 + second * 2, 12 + second * 3, 9, 8]));
    let mark = |at| Event {
        time: DateTime::UNIX_EPOCH,
        elapsed: Duration::from_secs(at),
        what: What::Mark { label: "load".to_owned(), edge: None },
    };
    let mut last = Sample::default();
    for tick in ticks {
        let events = if tick.elapsed.as_secs() == 20 { vec![mark(20)] } else { Vec::new() };
        board.see(&tick, &events);
        last = tick;
    }
    board.known(&last)
}

fn shown(columns: u16, rows: u16) -> String {
    picture("server", &known(40), columns, rows, PLAIN).join("\n")
}

#[test]
fn a_bar_has_figures_a_chart_and_the_biggest_processes() {
    assert_eq!(
        shown(78, 6),
        "\
server  269 MiB · peak 269 MiB at 40.00 s · +300 MiB/min · 40 s · 5 processes
        │                                  ┊                                 ▼
256 MiB ┤┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┊┈┈┈┈▁▁▁▁▂▂▂▂▃▃▃▃▄▄▄▄▅▅▅▅▆▆▆▆▇▇▇▇██
        │         ▁▁▁▂▂▂▂▃▃▃▃▄▄▄▄▅▅▅▅▆▆▆▆▇▇▇▇█████████████████████████████████
      0 ┤▆▇▇▇▇████████████████████████████████████████████████████████████████
worker 4713 132 MiB  4 others 137 MiB"
    );
}

#[test]
fn where_there_is_little_room_the_total_and_the_peak_are_left() {
    assert_eq!(shown(39, 2), "server  269 MiB · peak 269 MiB\nworker 4713 132 MiB  4 others 137 MiB");
    assert_eq!(
        shown(59, 3),
        "\
server  269 MiB · peak 269 MiB at 40.00 s · +300 MiB/min
▂▂▂▂▃▃▃▃▃▃▃▃▃▃▄▄▄▄▄▄▄▄▄▄▅▅▅▅▅▅▅▅▅▅▆▆▆▆▆▆▆▆▆▆▇▇▇▇▇▇▇▇▇▇█████
worker 4713 132 MiB  4 others 137 MiB"
    );
    for columns in 0..100 {
        for rows in 0..40 {
            assert_eq!(
                picture("server", &known(3), columns, rows, PLAIN).len(),
                usize::from(if columns > 0 { rows } else { 0 })
            );
        }
    }
}

#[test]
fn growth_is_told_by_the_minute() {
    let told = [0.0, 4000.0, -4000.0, 3.4e6, -3.4e6, 1e30].map(rate);
    assert_eq!(told, ["level", "level", "level", "+3.24 MiB/min", "-3.24 MiB/min", "+888 PiB/min"]);
}
