//! Numbers as few bytes, and bytes as text: how the points of a figure get into its page.
//!
//! Sizes and moments change little from tick to tick. So differences are written, seven bits a byte, and a point takes one or two bytes rather than
//! the ten and more of its digits. `data.js` reads it back.

use super::collect::Kept;

/// What a number of JavaScript holds exactly; no size and no moment is beyond.
pub(super) const MOST: u64 = 1 << 53;

/// Bytes that are being written.
#[derive(Debug, Default)]
pub(super) struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    /// Where the next byte will be.
    pub(super) fn place(&self) -> usize {
        self.bytes.len()
    }

    fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.bytes.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.bytes.push(number as u8);
    }

    /// A difference: the small ones of either sign are small numbers.
    fn step(&mut self, step: i64) {
        self.number(((step << 1) ^ (step >> 63)) as u64);
    }

    /// Everything of `kept`: moments in microseconds, holes, then the values of each line.
    pub(super) fn kept(&mut self, kept: &Kept) {
        self.number(kept.times.len() as u64);
        let (mut last, mut pace) = (0_i64, 0_i64);
        for time in &kept.times {
            let time = time.min(&MOST).cast_signed();
            self.step(time - last - pace);
            (pace, last) = (time - last, time);
        }
        self.places(&kept.gaps);
        let values = || kept.lines.iter().flat_map(|line| &line.values);
        // All pages, or all kibibytes: written as such, they are two bits to two bytes shorter.
        let unit = values().fold(0, |unit, value| divisor(unit, *value)).max(1);
        self.number(unit);
        self.number(kept.lines.len() as u64);
        for line in &kept.lines {
            self.number(line.runs.len() as u64);
            let mut end = 0;
            for (start, length) in &line.runs {
                self.number(u64::from(start - end));
                self.number(u64::from(*length));
                end = start + length;
            }
            let mut last = 0_i64;
            for value in &line.values {
                let value = (value / unit).min(MOST).cast_signed();
                self.step(value - last);
                last = value;
            }
        }
    }

    fn places(&mut self, places: &[u32]) {
        self.number(places.len() as u64);
        let mut last = 0;
        for place in places {
            self.number(u64::from(place - last));
            last = *place;
        }
    }

    /// All of it as text that is safe anywhere in a page: base64.
    pub(super) fn text(self) -> String {
        const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut text = String::with_capacity(self.bytes.len().div_ceil(3) * 4);
        for three in self.bytes.chunks(3) {
            let byte = |place: usize| u32::from(three.get(place).copied().unwrap_or(0));
            let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
            for place in 0..4 {
                let digit = DIGITS[(bits >> (18 - 6 * place)) as usize & 0x3f];
                text.push(if place <= three.len() { char::from(digit) } else { '=' });
            }
        }
        text
    }
}

/// The greatest common divisor.
fn divisor(a: u64, b: u64) -> u64 {
    // Nearly always so: what divided all before divides the next one.
    if a != 0 && b.is_multiple_of(a) {
        return a;
    }
    let (mut a, mut b) = (a, b);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::super::collect::Line;
    use super::*;
    use proptest::prelude::*;

    /// As `data.js` does it.
    struct Reader<'a>(std::slice::Iter<'a, u8>);

    impl Reader<'_> {
        fn number(&mut self) -> u64 {
            let (mut number, mut shift) = (0, 0);
            loop {
                let byte = *self.0.next().unwrap();
                number |= u64::from(byte & 0x7f) << shift;
                if byte < 0x80 {
                    return number;
                }
                shift += 7;
            }
        }

        fn step(&mut self) -> i64 {
            let number = self.number();
            (number >> 1) as i64 ^ -((number & 1) as i64)
        }

        fn kept(&mut self) -> Kept {
            let (mut last, mut pace) = (0, 0);
            let times = (0..self.number()).map(|_| {
                pace += self.step();
                last += pace;
                last as u64
            });
            let times = times.collect();
            let mut last = 0;
            let count = self.number();
            let gaps = (0..count).map(|_| {
                last += self.number() as u32;
                last
            });
            let gaps = gaps.collect();
            let unit = self.number();
            let lines = self.number();
            let mut line = || {
                let mut end = 0;
                let count = self.number();
                let runs: Vec<(u32, u32)> = (0..count)
                    .map(|_| {
                        let start = end + self.number() as u32;
                        let length = self.number() as u32;
                        end = start + length;
                        (start, length)
                    })
                    .collect();
                let mut last = 0;
                let count: u32 = runs.iter().map(|run| run.1).sum();
                let values = (0..count).map(|_| {
                    last += self.step();
                    last as u64 * unit
                });
                Line { values: values.collect(), runs: runs.clone() }
            };
            Kept { lines: (0..lines).map(|_| line()).collect(), times, gaps }
        }
    }

    proptest! {
        #[test]
        fn what_was_written_can_be_read_back(
            steps in proptest::collection::vec(0_u64..1 << 40, 1..50),
            lives in proptest::collection::vec(proptest::collection::vec((1_u32..5, 1_u32..5), 0..4), 0..4),
            unit in 1_u64..5000,
            seed in 0_u64..1 << 40,
        ) {
            let mut at = 0;
            let times: Vec<u64> = steps.iter().map(|step| { at += step; at }).collect();
            let lines = lives.iter().map(|lives| {
                let mut end = 0;
                let runs: Vec<_> = lives.iter().map(|(away, length)| {
                    let start = end + away;
                    end = start + length;
                    (start, *length)
                }).collect();
                let count: u32 = runs.iter().map(|run| run.1).sum();
                let values = (0..u64::from(count)).map(|place| (seed ^ (place * 7919)) * unit / 5000 * 3).collect();
                Line { runs, values }
            });
            let kept = Kept { gaps: (0..times.len() as u32).step_by(3).collect(), lines: lines.collect(), times };
            let mut writer = Writer::default();
            writer.kept(&kept);
            let mut reader = Reader(writer.bytes.iter());
            prop_assert_eq!(reader.kept(), kept);
            prop_assert!(reader.0.next().is_none());
        }
    }

    #[test]
    fn a_level_process_takes_a_byte_a_tick() {
        let times = (0..1000).map(|tick| tick * 100_000).collect();
        let line = Line { runs: vec![(0, 1000)], values: vec![35 << 20; 1000] };
        let mut writer = Writer::default();
        writer.kept(&Kept { times, gaps: Vec::new(), lines: vec![line] });
        assert!(writer.place() < 2050, "{}", writer.place());
    }

    #[test]
    fn base64_is_that_of_everybody_else() {
        let text = |bytes: &[u8]| Writer { bytes: bytes.to_vec() }.text();
        let texts = ["", "f", "fo", "foo", "foob", "fooba", "foobar"].map(|bytes| text(bytes.as_bytes()));
        assert_eq!(texts, ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"]);
        assert_eq!(text(&[0xfb, 0xff]), "+/8=");
    }
}
