//! Pieces of a file, joined to lines.

/// Of a longer line the rest is passed over.
pub(super) const LONGEST_LINE: usize = 64 << 10;

/// The line that has begun.
#[derive(Debug, Default)]
pub(super) struct Lines {
    begun: Vec<u8>,
    /// This line is none: it was begun before anybody read here.
    passed_over: bool,
}

impl Lines {
    /// In the midst of a line that was begun before, or at the beginning of one.
    pub(super) fn new(in_the_midst: bool) -> Self {
        Self { begun: Vec::new(), passed_over: in_the_midst }
    }

    /// The next bytes: each line that ends with them is handed over, without its end (`\n`, `\r\n`).
    pub(super) fn add(&mut self, mut bytes: &[u8], each: &mut dyn FnMut(&[u8])) {
        while let Some(end) = memchr::memchr(b'\n', bytes) {
            let (line, rest) = (&bytes[..end], &bytes[end + 1..]);
            if self.begun.is_empty() && !self.passed_over {
                hand_over(line, each);
            } else {
                self.keep(line);
                self.end(each);
            }
            bytes = rest;
        }
        self.keep(bytes);
    }

    /// Nothing more is to come: a line without an end has ended, too.
    pub(super) fn end(&mut self, each: &mut dyn FnMut(&[u8])) {
        if !std::mem::take(&mut self.passed_over) && !self.begun.is_empty() {
            hand_over(&self.begun, each);
        }
        self.begun.clear();
    }

    fn keep(&mut self, bytes: &[u8]) {
        // A file that is emptied under a program that does not append gets a hole of NULs before its next line.
        let hole = if self.begun.is_empty() { bytes.iter().take_while(|byte| **byte == 0).count() } else { 0 };
        let room = LONGEST_LINE - self.begun.len();
        if !self.passed_over {
            self.begun.extend(bytes[hole..].iter().take(room));
        }
    }
}

fn hand_over(line: &[u8], each: &mut dyn FnMut(&[u8])) {
    let hole = line.iter().take_while(|byte| **byte == 0).count();
    let line = &line[hole..];
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    each(&line[..line.len().min(LONGEST_LINE)]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(in_the_midst: bool, pieces: &[&[u8]]) -> Vec<String> {
        let (mut lines, mut found) = (Lines::new(in_the_midst), Vec::new());
        let mut each = |line: &[u8]| found.push(String::from_utf8_lossy(line).into_owned());
        pieces.iter().for_each(|piece| lines.add(piece, &mut each));
        lines.end(&mut each);
        found
    }

    #[test]
    fn pieces_are_joined_and_ends_taken_off() {
        assert_eq!(lines(false, &[b"a\nb", b"c\r", b"\n", b"\nd"]), ["a", "bc", "", "d"]);
        assert_eq!(lines(false, &[b"", b"\n"]), [""]);
        assert_eq!(lines(false, &[]), [""; 0]);
    }

    #[test]
    fn a_line_that_was_begun_before_is_none() {
        assert_eq!(lines(true, &[b"rest", b" of it\nwhole\n"]), ["whole"]);
        assert_eq!(lines(true, &[b"rest"]), [""; 0]);
    }

    #[test]
    fn a_line_without_an_end_is_bounded() {
        let long = vec![b'x'; LONGEST_LINE];
        let found = lines(false, &[&long, &long, b"y\nnext\n"]);
        assert_eq!((found[0].len(), found[1].as_str()), (LONGEST_LINE, "next"));
        let whole = [&long[..], &long, b"\nnext\n"].concat();
        assert_eq!(lines(false, &[&whole]).iter().map(String::len).collect::<Vec<_>>(), [LONGEST_LINE, 4]);
    }

    #[test]
    fn a_hole_before_a_line_is_not_there() {
        assert_eq!(lines(false, &[b"\0\0", b"\0a\n\0\0b\n"]), ["a", "b"]);
    }
}
