//! From what is known to lines of text.

use super::board::Known;
use crate::analysis::phases;
use crate::model::{Bytes, clock_span};
use crate::plot::{Glance, Style, draw_terminal, glance};

/// A picture of so many columns and rows.
pub(super) fn picture(title: &str, known: &Known, columns: u16, rows: u16, style: Style) -> Vec<String> {
    let (columns, rows) = (usize::from(columns), usize::from(rows));
    let shown = known.biggest.len().min(most(columns, rows));
    // One other is named too.
    let shown = if known.pids.len() == shown + 1 { known.biggest.len() } else { shown };
    let (biggest, smaller) = known.biggest.split_at(shown);
    let others = known.pids.len() - shown;
    let others_bytes = if smaller.is_empty() { 0 } else { bytes_of_others(known, shown) };
    let phases = phases(&known.marks, known.elapsed);
    let glanced = Glance {
        title,
        subtitle: words(known, columns),
        total: &known.history,
        peak: known.peak,
        elapsed: known.elapsed,
        biggest: biggest.iter().map(|big| (big.name.as_str(), big.pid, big.bytes)).collect(),
        others: (others, others_bytes),
        phases: &phases,
    };
    draw_terminal(&glance(&glanced, columns, rows), columns, rows, style)
}

fn bytes_of_others(known: &Known, shown: usize) -> u64 {
    let named: u64 = known.biggest[..shown].iter().map(|big| big.bytes).sum();
    known.total.unwrap_or(0).saturating_sub(named)
}

/// How many processes are named, so that the others have room beside them.
fn most(columns: usize, rows: usize) -> usize {
    let abreast = (columns / 30).max(1);
    if rows < 12 { abreast.saturating_sub(1).max(1) } else { (rows / 4 * abreast).saturating_sub(1).max(1) }
}

/// Where there are fewer columns it is not said when the peak was.
const WITH_MOMENTS: usize = 50;

/// The figures, the most important first.
fn words(known: &Known, columns: usize) -> Vec<String> {
    let Some(total) = known.total else { return vec!["nothing measured yet".to_owned()] };
    let peak = known.peak.map(|peak| match columns {
        ..WITH_MOMENTS => format!("peak {}", Bytes(peak.value)),
        _ => format!("peak {} at {}", Bytes(peak.value), clock_span(peak.at)),
    });
    let processes = match known.pids.len() {
        1 => "1 process".to_owned(),
        count => format!("{count} processes"),
    };
    // The clock goes by the second.
    let elapsed = clock_span(std::time::Duration::from_secs(known.elapsed.as_secs()));
    let elapsed = elapsed.replace(".00 s", " s");
    [Some(Bytes(total).to_string()), peak, known.per_minute.map(rate), Some(elapsed), Some(processes)]
        .into_iter()
        .flatten()
        .collect()
}

/// `+3.2 MiB/min`. A page a minute is nothing.
fn rate(per_minute: f64) -> String {
    let bytes = per_minute.abs().min(1e18) as u64;
    match per_minute {
        _ if bytes < 4096 => "level".to_owned(),
        ..0.0 => format!("-{}/min", Bytes(bytes)),
        _ => format!("+{}/min", Bytes(bytes)),
    }
}

#[cfg(test)]
#[path = "picture_tests.rs"]
mod tests;
