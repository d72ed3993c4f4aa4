//! What is drawn with where there are blocks, and where there are none.

use super::style::Characters;

#[derive(Debug)]
pub(super) struct Signs {
    /// For what is left out at an end.
    pub(super) rest: char,
    pub(super) separator: &'static str,
    pub(super) upright: char,
    pub(super) tick: char,
    pub(super) corner: char,
    pub(super) across: char,
    pub(super) below: char,
    pub(super) grid: char,
    pub(super) limit: char,
    pub(super) boundary: char,
    pub(super) peak: char,
    pub(super) area: char,
    pub(super) line: char,
    pub(super) dashes: char,
}

static BLOCKS: Signs = Signs {
    rest: '…',
    separator: " · ",
    upright: '│',
    tick: '┤',
    corner: '└',
    across: '─',
    below: '┬',
    grid: '┈',
    limit: '╌',
    boundary: '┊',
    peak: '▼',
    area: '█',
    line: '━',
    dashes: '╍',
};

static ASCII: Signs = Signs {
    rest: '~',
    separator: " - ",
    upright: '|',
    tick: '+',
    corner: '+',
    across: '-',
    below: '+',
    grid: ' ',
    limit: '-',
    boundary: ':',
    peak: 'v',
    area: '#',
    line: '=',
    dashes: '-',
};

impl Signs {
    pub(super) fn of(characters: Characters) -> &'static Self {
        match characters {
            Characters::Blocks => &BLOCKS,
            Characters::Ascii => &ASCII,
        }
    }

    /// What memrec says of its own accord, in these characters.
    pub(super) fn said(&self, text: &str) -> String {
        if self.grid == ' ' { text.replace(" · ", self.separator).replace('\u{202f}', " ") } else { text.to_owned() }
    }
}
