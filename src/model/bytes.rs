//! Sizes, as people write and read them.

use std::fmt;
use std::str::FromStr;

/// A number of bytes that prints in binary units with three significant digits (`35.9 MiB`) and reads `512MiB`, `1.5 GiB`, `4096`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bytes(pub u64);

const UNITS: [&str; 7] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut value = self.0 as f64;
        let mut unit = 0;
        // 999.5 and more would round to a fourth digit.
        while value >= 999.5 && unit + 1 < UNITS.len() {
            value /= 1024.0;
            unit += 1;
        }
        let decimals = match value {
            _ if unit == 0 => 0,
            v if v < 9.995 => 2,
            v if v < 99.95 => 1,
            _ => 0,
        };
        f.pad(&format!("{value:.decimals$} {}", UNITS[unit]))
    }
}

/// What was given as a size and is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a size; write it like 512MiB, 1.5GiB, or a number of bytes")]
pub struct ParseBytesError(String);

impl FromStr for Bytes {
    type Err = ParseBytesError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || ParseBytesError(super::printable(text));
        let trimmed = text.trim();
        let digits = trimmed.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(trimmed.len());
        let (number, unit) = trimmed.split_at(digits);
        let power = match unit.trim_start().to_ascii_lowercase().as_str() {
            "" | "b" => 0,
            "k" | "kb" | "kib" => 1,
            "m" | "mb" | "mib" => 2,
            "g" | "gb" | "gib" => 3,
            "t" | "tb" | "tib" => 4,
            "p" | "pb" | "pib" => 5,
            // No `e` by itself: `1e` is half of a number.
            "eb" | "eib" => 6,
            _ => return Err(wrong()),
        };
        let factor = 1024_u64.pow(power);
        if let Ok(whole) = number.parse::<u64>() {
            return whole.checked_mul(factor).map(Bytes).ok_or_else(wrong);
        }
        let value: f64 = number.parse().map_err(|_| wrong())?;
        let bytes = value * factor as f64;
        if bytes < u64::MAX as f64 { Ok(Bytes(bytes.round() as u64)) } else { Err(wrong()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_print_with_three_digits_and_a_binary_unit() {
        let cases = [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "0.98 KiB"),
            (4096, "4.00 KiB"),
            (37_727_764, "36.0 MiB"),
            (536_870_912, "512 MiB"),
            (1_047_527_424, "999 MiB"),
            (1_073_741_824, "1.00 GiB"),
            (u64::MAX, "16.0 EiB"),
        ];
        for (bytes, printed) in cases {
            assert_eq!(Bytes(bytes).to_string(), printed);
        }
    }

    #[test]
    fn sizes_read_in_binary_units() {
        for (text, bytes) in [
            ("4096", 4096),
            ("512MiB", 512 << 20),
            ("1.5GiB", 3 << 29),
            ("64 k", 65536),
            ("2tb", 2 << 40),
            ("3 PiB", 3 << 50),
            ("1eb", 1 << 60),
        ] {
            assert_eq!(text.parse(), Ok(Bytes(bytes)), "{text}");
        }
        for text in ["", "MiB", "-1", "1e9", "1e", "16EiB", "1.2.3MiB", "12 apples", "99999999999TiB", "NaN", "inf"] {
            assert!(text.parse::<Bytes>().is_err(), "{text}");
        }
    }
}
