//! A sentence in pieces, so that a page can mark the instant and what is boldest in it.

use serde::{Deserialize, Serialize};

/// A sentence with at most one instant in it.
///
/// `before`, `instant_text` and `after` follow each other; `bold` is a part of `instant_text`, else of
/// `before`, else empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phrase {
    /// What stands before the instant; the whole sentence when there is none.
    pub before: String,
    /// The instant in words, to be put in `<time>`; empty when there is none.
    pub instant_text: String,
    /// What is boldest: the clock time or the day, or how late it is.
    pub bold: String,
    /// What follows the instant.
    pub after: String,
    /// The instant for programs: RFC 3339 with the offset of the wall it is told on; empty when there
    /// is none.
    pub datetime: String,
}

/// Where a piece stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Outside the instant.
    Sentence,
    /// Inside the instant, in `<time>`.
    Time,
}

/// How a piece is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// As the sentence.
    Plain,
    /// In bold.
    Bold,
}

/// A piece of a phrase, never empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece<'a> {
    /// Its words.
    pub text: &'a str,
    /// Where it stands.
    pub place: Place,
    /// How it is set.
    pub weight: Weight,
}

impl Phrase {
    /// A sentence without an instant.
    #[must_use]
    pub fn of(text: impl Into<String>) -> Self {
        Self { before: text.into(), ..Self::default() }
    }

    /// The sentence as plain text.
    #[must_use]
    pub fn plain(&self) -> String {
        [self.before.as_str(), self.instant_text.as_str(), self.after.as_str()].concat()
    }

    /// Whether it says nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.before.is_empty() && self.instant_text.is_empty() && self.after.is_empty()
    }

    /// The pieces in reading order; their texts together are [`Phrase::plain`].
    #[must_use]
    pub fn pieces(&self) -> Vec<Piece<'_>> {
        let bold_in_time = self.instant_text.contains(&self.bold);
        let mut found = Vec::with_capacity(5);
        split(&self.before, if bold_in_time { "" } else { &self.bold }, Place::Sentence, &mut found);
        split(&self.instant_text, &self.bold, Place::Time, &mut found);
        split(&self.after, "", Place::Sentence, &mut found);
        found
    }
}

fn split<'a>(text: &'a str, bold: &str, place: Place, found: &mut Vec<Piece<'a>>) {
    let mut push = |text: &'a str, weight| {
        if !text.is_empty() {
            found.push(Piece { text, place, weight });
        }
    };
    match text.find(bold) {
        Some(start) if !bold.is_empty() => {
            let end = start + bold.len();
            push(&text[..start], Weight::Plain);
            push(&text[start..end], Weight::Bold);
            push(&text[end..], Weight::Plain);
        }
        _ => push(text, Weight::Plain),
    }
}

// Marks of the private use area tell, in a formatted message, where the instant and the bold part are.
// A catalogue therefore decides the order of words freely, and the pieces are found afterwards.
const INSTANT_OPENS: char = '\u{E000}';
const INSTANT_CLOSES: char = '\u{E001}';
const BOLD_OPENS: char = '\u{E002}';
const BOLD_CLOSES: char = '\u{E003}';

/// Marks a text as the instant of the phrase.
pub(crate) fn mark_instant(text: &str) -> String {
    format!("{INSTANT_OPENS}{text}{INSTANT_CLOSES}")
}

/// Marks a text as the bold part of the phrase.
pub(crate) fn mark_bold(text: &str) -> String {
    format!("{BOLD_OPENS}{text}{BOLD_CLOSES}")
}

/// Takes the marks of the bold part out of a text.
pub(crate) fn unmark_bold(text: &str) -> String {
    text.replace([BOLD_OPENS, BOLD_CLOSES], "")
}

/// Takes the marks out of a text.
pub(crate) fn unmark(text: &str) -> String {
    text.chars().filter(|character| !(INSTANT_OPENS..=BOLD_CLOSES).contains(character)).collect()
}

impl Phrase {
    /// Cuts a marked text into its pieces.
    pub(crate) fn from_marked(marked: &str, datetime: String) -> Self {
        let between = |opens: char, closes: char| {
            let start = marked.find(opens)?;
            let length = marked[start..].find(closes)?;
            Some((start, start + length))
        };
        let bold = between(BOLD_OPENS, BOLD_CLOSES).map(|(start, end)| unmark(&marked[start..end]));
        match between(INSTANT_OPENS, INSTANT_CLOSES) {
            Some((start, end)) => Self {
                before: unmark(&marked[..start]),
                instant_text: unmark(&marked[start..end]),
                bold: bold.unwrap_or_default(),
                after: unmark(&marked[end..]),
                datetime,
            },
            None => Self { before: unmark(marked), bold: bold.unwrap_or_default(), ..Self::default() },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Phrase, Place, Weight, mark_bold, mark_instant};

    #[test]
    fn pieces_follow_the_marks_and_lose_nothing() {
        let instant = mark_instant(&format!("demain {}", mark_bold("16:10")));
        let phrase = Phrase::from_marked(&format!("avant {instant}, heure de Paris"), "x".to_owned());
        assert_eq!(phrase.plain(), "avant demain 16:10, heure de Paris");
        let pieces: Vec<_> =
            phrase.pieces().into_iter().map(|piece| (piece.text, piece.place, piece.weight)).collect();
        assert_eq!(
            pieces,
            [
                ("avant ", Place::Sentence, Weight::Plain),
                ("demain ", Place::Time, Weight::Plain),
                ("16:10", Place::Time, Weight::Bold),
                (", heure de Paris", Place::Sentence, Weight::Plain),
            ]
        );
    }

    #[test]
    fn the_bold_part_may_stand_before_the_instant() {
        let marked = format!("dépassée depuis {} ({})", mark_bold("2 h"), mark_instant("lundi"));
        let phrase = Phrase::from_marked(&marked, String::new());
        let bold: Vec<_> = phrase
            .pieces()
            .into_iter()
            .filter(|piece| piece.weight == Weight::Bold)
            .map(|p| p.text)
            .collect();
        assert_eq!(bold, ["2 h"]);
        assert_eq!(phrase.pieces().iter().map(|piece| piece.text).collect::<String>(), phrase.plain());
    }
}
