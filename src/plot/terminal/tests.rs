use super::*;
use crate::model::Sample;
use crate::model::{Event, What};
use crate::plot::test_samples::{constant, row, tick};
use crate::plot::{Headline, Input, Options, Theme, View, chart};
use chrono::DateTime;
use std::time::Duration;

const PLAIN: Style = Style { characters: Characters::Blocks, colours: Colours::Plain, theme: Theme::Dark };

/// Two processes, one of which grows; a hole of five seconds.
fn growing() -> Vec<Sample> {
    let ticks = (0..=30).filter(|second| !(12..17).contains(second));
    ticks.map(|second| tick(f64::from(second), vec![row(1, 40), row(2, 10 + 4 * second as u64)])).collect()
}

fn figure(samples: &[Sample], events: &[Event], options: Options, (columns, rows): (usize, usize)) -> Chart {
    let stream = |each: &mut dyn FnMut(&Sample)| {
        samples.iter().for_each(each);
        Ok(())
    };
    let input = Input { name: "run".to_owned(), command: None, events, stream: &stream };
    let chart = chart(&[input], &options.in_cells(columns, rows)).unwrap();
    // What it says is tested elsewhere; where it stands, once.
    Chart { headline: None, ..chart }
}

fn drawn(options: Options, style: Style, (columns, rows): (usize, usize)) -> String {
    draw_terminal(&figure(&growing(), &[], options, (columns, rows)), columns, rows, style).join("\n")
}

fn mark(at: u64, label: &str) -> Event {
    let what = What::Mark { label: label.to_owned(), edge: None };
    Event { time: DateTime::UNIX_EPOCH, elapsed: Duration::from_secs(at), what }
}

#[test]
fn a_figure_has_title_peak_axes_gaps_and_a_legend() {
    assert_eq!(
        drawn(Options::default(), PLAIN, (60, 16)),
        "\
run
peak 170 MiB at 30.00 s · 30 s · 26 ticks every 1 s
200 MiB ┤┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈peak 170 MiB at 30.00 s┈▼
        │                                             ▁▂▃▄▄▅
150 MiB ┤┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈▁▂▃▄▅▆▆▇███████
        │                            ▃▃▄▅▆▇█████████████████
100 MiB ┤┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈▁▂┈┈┈┈┈┈┈┈┈███████████████████████
        │       ▁▂▂▃▄▅▆▇████         ███████████████████████
        │▃▄▅▅▆▇█████████████         ███████████████████████
 50 MiB ┤███████████████████┈┈┈┈┈┈┈┈┈███████████████████████
      0 ┤███████████████████         ███████████████████████
        └┬───────┬────────┬───────┬────────┬───────┬───────┬
        0 s     5 s     10 s    15 s     20 s    25 s   30 s
total last 170 MiB · max 170 MiB
p2 4712 last 130 MiB · max 130 MiB
p1 4711 last 40.0 MiB · max 40.0 MiB"
    );
}

#[test]
fn ascii_is_enough() {
    let style = Style { characters: Characters::Ascii, ..PLAIN };
    assert_eq!(
        drawn(Options::default(), style, (60, 12)),
        "\
run
peak 170 MiB at 30.00 s - 30 s - 26 ticks every 1 s
200 MiB +                          peak 170 MiB at 30.00 s v
        |                                   .......:::::::##
        |                ...         ::#####################
100 MiB +.....:::::::#######         #######################
      0 +###################         #######################
        ++-------+--------+-------+--------+-------+-------+
        0 s     5 s     10 s    15 s     20 s    25 s   30 s
total last 170 MiB - max 170 MiB
p2 4712 last 130 MiB - max 130 MiB
p1 4711 last 40.0 MiB - max 40.0 MiB"
    );
}

#[test]
fn lines_without_colours_have_letters() {
    assert_eq!(
        drawn(Options { view: View::Lines, ..Options::default() }, PLAIN, (60, 14)),
        "\
run
peak 170 MiB at 30.00 s · 30 s · 26 ticks every 1 s
200 MiB ┤┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈peak 170 MiB at 30.00 s┈▼
        │                                         **********
        │                            *************    bbbbbb
        │                ***              bbbbbbbbbbbb
100 MiB ┤┈┈┈┈************┈┈┈┈┈┈┈┈┈┈┈┈bbbbb┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈
        │****cccbbbbbbbbbbbb         ccccccccccccccccccccccc
      0 ┤bbbbbbb
        └┬───────┬────────┬───────┬────────┬───────┬───────┬
        0 s     5 s     10 s    15 s     20 s    25 s   30 s
* total last 170 MiB · max 170 MiB
b p2 4712 last 130 MiB · max 130 MiB
c p1 4711 last 40.0 MiB · max 40.0 MiB"
    );
}

#[test]
fn a_small_figure_says_the_most_important_things() {
    assert_eq!(
        drawn(Options::default(), PLAIN, (40, 5)),
        "\
run  peak 170 MiB at 30.00 s · 30 s
        │      peak 170 MiB at 30.00 s ▼
200 MiB ┤┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈▂▂▃▃▃▄▄▄▅▅▅▆▆▆
100 MiB ┤▅▅▅▆▆▆▇▇▇███┈┈┈┈┈██████████████
total last 170 MiB · max 170 MiB"
    );
}

#[test]
fn phases_stand_above_and_a_limit_across() {
    let options = Options { limit: Some(150 << 20), ..Options::default() };
    let chart = figure(&growing(), &[mark(5, "warm"), mark(20, "load")], options, (70, 15));
    let headline = Headline { words: "grows by 4 MiB a second".to_owned(), growing: true };
    let chart = Chart { headline: Some(headline), ..chart };
    assert_eq!(
        draw_terminal(&chart, 70, 15, PLAIN).join("\n"),
        "\
run
peak 170 MiB at 30.00 s · 30 s · 26 ticks every 1 s
grows by 4 MiB a second
                   warm                          load
200 MiB ┤┈┈┈┈┈┈┈┈┈┈┊┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈peak 170 MiB at 30.00 s┈▼
150 MiB ┤╌╌╌╌╌╌╌╌╌╌┊╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌┊╌╌▁▁▂▂▃limit 150 MiB
        │          ┊                       ▅▅▅▆▆▇▇████████████████████
100 MiB ┤┈┈┈┈┈┈┈┈┈▁▁▂▂▃▃▄▄▄▅▅▆▆▇┈┈┈┈┈┈┈┈┈┈┈███████████████████████████
 50 MiB ┤▄▅▅▆▆▇▇████████████████┈┈┈┈┈┈┈┈┈┈┈███████████████████████████
      0 ┤███████████████████████           ███████████████████████████
        └┬───────────────────┬───────────────────┬───────────────────┬
        0 s                10 s                20 s               30 s
total last 170 MiB · max 170 MiB
p2 4712 last 130 MiB · max 130 MiB
p1 4711 last 40.0 MiB · max 40.0 MiB"
    );
}

#[test]
fn a_stack_has_the_palettes_colours_and_two_of_them_in_a_cell() {
    let style = Style { colours: Colours::Palette, ..PLAIN };
    let chart = figure(&constant(&[20, 60], 10), &[], Options::default(), (26, 8));
    assert_eq!(
        draw_terminal(&chart, 26, 8, style).join("\n"),
        "\
\x1b[0;1mrun  \x1b[0mpeak 80.0 MiB at 0.0…
        \x1b[0;2m│\x1b[0;38;5;204m▼\x1b[0m
\x1b[0;2m100 MiB ┤┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈\x1b[0m
        \x1b[0;2m│\x1b[0;38;5;172m█████████████████\x1b[0m
 \x1b[0;2m50 MiB ┤\x1b[0;38;5;172m█████████████████\x1b[0m
      \x1b[0;2m0 ┤\x1b[0;38;5;24;48;5;172m▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆\x1b[0m
        \x1b[0;2m0 s      5 s\x1b[0m
  total \x1b[0;2mlast 80.0 MiB · ma\x1b[0m"
    );
}

#[test]
fn whatever_the_size_lines_are_no_longer_and_no_more_than_asked_for() {
    let options = Options { growth: true, trend: true, limit: Some(1 << 20), ..Options::default() };
    let chart = figure(&growing(), &[mark(0, "a"), mark(9, "数据 quelque chose")], options, (80, 24));
    for style in [PLAIN, Style { characters: Characters::Ascii, ..PLAIN }, Style { colours: Colours::True, ..PLAIN }] {
        for columns in (0..40).chain([79, 200, 1000]) {
            for rows in (0..30).chain([100]) {
                let lines = draw_terminal(&chart, columns, rows, style);
                assert_eq!(lines.len(), if columns > 0 { rows } else { 0 });
                let longest = lines.iter().map(|line| canvas::width(line)).max().unwrap_or(0);
                assert!(style.has_colours() || longest <= columns, "{columns}x{rows}: {lines:#?}");
            }
        }
    }
    let one = figure(&constant(&[7], 1), &[], Options::default(), (80, 24));
    assert!(draw_terminal(&one, 80, 24, PLAIN).iter().any(|line| line.contains('█')), "one tick is seen");
}
