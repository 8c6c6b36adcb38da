use std::ops::Range;

/// What stands where something was blacked out. It is always as long, and so tells nothing of what it hides.
pub const MARK: &str = "▮▮▮▮";

/// A passage that is looked for however its lines were broken, quoted or its numbers grouped: spaces, ends of lines,
/// hyphens, full stops and marks of quoting do not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passage {
    letters: String,
}

impl Passage {
    /// Letters that a passage needs at least: a shorter one stands everywhere.
    pub const LEAST: usize = 4;

    /// A passage of these words; none where they are too few to be looked for.
    #[must_use]
    pub fn of(words: &str) -> Option<Self> {
        let letters: String = words.chars().filter(|letter| counts(*letter)).collect();
        letters.chars().nth(Self::LEAST - 1).is_some().then_some(Self { letters })
    }

    /// Where it stands in a text, in bytes and in order. `whole` leaves out where it is a part of a longer word or number.
    #[must_use]
    pub fn places(&self, text: &str, whole: bool) -> Vec<Range<usize>> {
        self.places_in(&Read::of(text), whole)
    }

    fn places_in(&self, read: &Read<'_>, whole: bool) -> Vec<Range<usize>> {
        let Read { text, letters, starts } = read;
        let is_whole = |place: &Range<usize>| {
            let (before, after) = (text[..place.start].chars().next_back(), text[place.end..].chars().next());
            let inner = &text[place.clone()];
            let goes_on = |inside: Option<char>, beside: Option<char>| {
                inside.is_some_and(char::is_alphanumeric) && beside.is_some_and(char::is_alphanumeric)
            };
            !goes_on(inner.chars().next(), before) && !goes_on(inner.chars().next_back(), after)
        };
        let mut found = Vec::new();
        let mut from = 0;
        while let Some(at) = letters[from..].find(&self.letters).map(|at| from + at) {
            let last = starts[at + self.letters.len() - 1];
            let place = starts[at]..last + text[last..].chars().next().map_or(0, char::len_utf8);
            if !whole || is_whole(&place) {
                found.push(place);
                from = at + self.letters.len();
            } else {
                // A whole one may begin within what is the part of a longer one: `21212` in `31 21 21212`.
                from = at + letters[at..].chars().next().map_or(1, char::len_utf8);
            }
        }
        found
    }
}

/// A text as passages are looked for in it.
struct Read<'a> {
    text: &'a str,
    /// Its letters that count.
    letters: String,
    /// Where the letter of each of their bytes stands in the text.
    starts: Vec<usize>,
}

impl<'a> Read<'a> {
    fn of(text: &'a str) -> Self {
        let mut letters = String::with_capacity(text.len());
        let mut starts = Vec::with_capacity(text.len());
        for (start, letter) in text.char_indices().filter(|(_, letter)| counts(*letter)) {
            letters.push(letter);
            starts.resize(letters.len(), start);
        }
        Self { text, letters, starts }
    }
}

fn counts(letter: char) -> bool {
    !(letter.is_whitespace()
        || matches!(
            letter,
            '-' | '\u{2010}' | '\u{2011}' | '.' | '>' | '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{feff}'
        ))
}

/// A text with [`MARK`] in place of each passage; none where none of them stands in it. `whole` as for
/// [`Passage::places`].
///
/// ```
/// use desk::{Passage, black_out};
///
/// let passage = Passage::of("4111 1111 1111 1111").expect("long enough");
/// assert_eq!(
///     black_out("> carte 4111\n> 1111-1111-1111", &[passage], true).as_deref(),
///     Some("> carte ▮▮▮▮"),
/// );
/// ```
#[must_use]
pub fn black_out(text: &str, passages: &[Passage], whole: bool) -> Option<String> {
    let read = Read::of(text);
    let mut places: Vec<Range<usize>> =
        passages.iter().flat_map(|passage| passage.places_in(&read, whole)).collect();
    if places.is_empty() {
        return None;
    }
    places.sort_by_key(|place| place.start);
    let (mut blacked, mut from) = (String::with_capacity(text.len()), 0);
    for place in places {
        if place.start >= from {
            blacked.push_str(&text[from..place.start]);
            blacked.push_str(MARK);
        }
        from = from.max(place.end);
    }
    blacked.push_str(&text[from..]);
    Some(blacked)
}

#[cfg(test)]
mod tests {
    use super::{MARK, Passage, black_out};
    use proptest::prelude::*;

    fn blacked(text: &str, passages: &[&str], whole: bool) -> Option<String> {
        let passages: Vec<Passage> = passages.iter().filter_map(|words| Passage::of(words)).collect();
        black_out(text, &passages, whole)
    }

    #[test]
    fn a_passage_goes_however_it_is_broken() {
        for (text, passage, expected) in [
            ("c’est Hunter22 !", "Hunter22", "c’est ▮▮▮▮ !"),
            ("4111111111111111 puis 4111-1111-1111-1111", "4111 1111 1111 1111", "▮▮▮▮ puis ▮▮▮▮"),
            ("> mot très\n> secret\n> fin", "mot très secret", "> ▮▮▮▮\n> fin"),
            ("a\u{a0}b\u{202f}c d", "abcd", "▮▮▮▮"),
        ] {
            assert_eq!(blacked(text, &[passage], true).as_deref(), Some(expected), "{text}");
        }
        assert_eq!(blacked("un texte", &["autre"], true), None);
        assert_eq!(blacked("recouvrement", &["recouv", "couvre"], false).as_deref(), Some("▮▮▮▮ment"));
    }

    #[test]
    fn a_part_of_a_longer_word_is_another_word() {
        assert_eq!(blacked("1234 et 12345", &["1234"], true).as_deref(), Some("▮▮▮▮ et 12345"));
        assert_eq!(blacked("1234 et 12345", &["1234"], false).as_deref(), Some("▮▮▮▮ et ▮▮▮▮5"));
        assert_eq!(blacked("31212 1212", &["1212"], true).as_deref(), Some("31212 ▮▮▮▮"));
        assert_eq!(blacked("31 21 21212", &["21212"], true).as_deref(), Some("31 21 ▮▮▮▮"));
        assert_eq!(blacked("!a1b2! et x!a1b2!x", &["!a1b2!"], true).as_deref(), Some("▮▮▮▮ et x▮▮▮▮x"));
    }

    #[test]
    fn what_is_too_short_stands_everywhere_and_is_no_passage() {
        assert_eq!(Passage::of("a- b.c"), None);
        assert!(Passage::of("abcd").is_some());
    }

    proptest! {
        #[test]
        fn what_is_blacked_out_is_nowhere_left(before in any::<String>(), secret in "[a-z]{2,6} ?[0-9]{2,6}", after in any::<String>()) {
            let text = format!("{before}{secret}{after}{secret}");
            let blacked = blacked(&text, &[&secret], false).unwrap();
            prop_assert!(blacked.contains(MARK));
            let passage = Passage::of(&secret).unwrap();
            // What stands on both sides of a mark is no passage.
            prop_assert!(blacked.split(MARK).all(|part| passage.places(part, false).is_empty()));
        }
    }
}
