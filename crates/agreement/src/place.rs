use serde::{Deserialize, Serialize};
use std::ops::Range;

/// A stretch of the agreement's text, in bytes from its beginning; the end is not part of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// First byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

impl Place {
    /// The stretch between two offsets.
    #[must_use]
    pub fn new(start: usize, end: usize) -> Self {
        Self { start, end: end.max(start) }
    }

    /// The stretch of a range that begins `offset` bytes further on in the file.
    #[must_use]
    pub(crate) fn shifted(range: Range<usize>, offset: usize) -> Self {
        Self::new(range.start + offset, range.end + offset)
    }

    /// How many bytes it holds.
    #[must_use]
    pub fn len(self) -> usize {
        self.end - self.start
    }

    /// Whether it holds nothing.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.end == self.start
    }

    /// The stretch as a range, for slicing.
    #[must_use]
    pub fn range(self) -> Range<usize> {
        self.start..self.end
    }

    /// Line and column of its beginning in `text`, both counted from 1, columns in characters.
    #[must_use]
    pub fn line_and_column(self, text: &str) -> (usize, usize) {
        let mut start = self.start.min(text.len());
        while !text.is_char_boundary(start) {
            start -= 1;
        }
        let before = &text[..start];
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |last| last.chars().count()) + 1;
        (line, column)
    }
}
