//! Figures out of many runs, and the tables that they are printed in.

pub fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// The value that a share of all values do not pass, between two of them where it falls there: 0 gives the least, 1 the highest. Not a number where there are none.
pub fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = share * sorted.len().saturating_sub(1) as f64;
    let at = |place: f64| sorted.get(place as usize).copied().unwrap_or(f64::NAN);
    at(place.floor()) + (at(place.ceil()) - at(place.floor())) * place.fract()
}

/// Where the true median lies, 95 times of 100: medians of values drawn from these again and again (a bootstrap), without their outer twentieth.
pub fn median_interval(values: &[f64]) -> (f64, f64) {
    if values.is_empty() {
        return (f64::NAN, f64::NAN);
    }
    // The same numbers give the same interval: a fixed seed and Marsaglia's xorshift are random enough.
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut draw = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        values[(state % values.len() as u64) as usize]
    };
    let medians: Vec<f64> =
        (0..4000).map(|_| quantile(&values.iter().map(|_| draw()).collect::<Vec<_>>(), 0.5)).collect();
    (quantile(&medians, 0.025), quantile(&medians, 0.975))
}

/// `  1.234`, or a dash for what was not measured.
pub fn shown(value: f64, decimals: usize) -> String {
    if value.is_finite() { format!("{value:.decimals$}") } else { "–".to_owned() }
}

pub fn mib(bytes: f64) -> f64 {
    bytes / f64::from(1 << 20)
}

/// Begins a markdown table. The first `words` columns are text, the others numbers.
pub fn head(title: &str, words: usize, columns: &[&str]) {
    println!("\n{title}\n\n| {} |", columns.join(" | "));
    let lines: Vec<&str> = (0..columns.len()).map(|place| if place < words { "---" } else { "---:" }).collect();
    println!("|{}|", lines.join("|"));
}

pub fn row(cells: &[String]) {
    println!("| {} |", cells.join(" | "));
}

/// A row that tells why there are no numbers in it.
pub fn failed(cells: &[String], why: &str) {
    println!("| {} | {} |", cells.join(" | "), why.replace('|', "/"));
}
