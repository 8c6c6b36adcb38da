//! Text into the words that are searched, the same for both engines.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Characters of a word that are kept; longer ones differ in their beginning or not at all.
const WORD_CHARACTERS: usize = 40;
/// Bytes of folded words of one text at most; what comes later in it is not found.
pub(crate) const FOLDED_BYTES: usize = 200_000;

/// The words of a text in order, as the index keeps them: small letters and digits without accents.
///
/// Case, accents and the forms of a letter do not count (`Élève`, `ELEVE` and `eleve` are one word),
/// nor do ligatures. Whatever is neither letter nor digit ends a word. Signs of Chinese and Japanese
/// writing, which has no spaces, are words of their own: a run of them is found as a phrase.
///
/// ```
/// assert_eq!(store::fold_words("L’Œuvre d’été : n° SA-12"), ["l", "oeuvre", "d", "ete", "n", "sa", "12"]);
/// ```
#[must_use]
pub fn fold_words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let (mut characters, mut bytes) = (0, 0);
    for character in text.chars() {
        if bytes > FOLDED_BYTES {
            break;
        }
        // The common case first: most letters of most texts are plain.
        if character.is_ascii_alphanumeric() {
            push(&mut word, &mut characters, character.to_ascii_lowercase());
        } else if character.is_ascii() {
            end(&mut words, &mut word, &mut characters, &mut bytes);
        } else {
            for plain in std::iter::once(character).nfkd().flat_map(char::to_lowercase).nfkd() {
                match plain {
                    'æ' => "ae".chars().for_each(|letter| push(&mut word, &mut characters, letter)),
                    'œ' => "oe".chars().for_each(|letter| push(&mut word, &mut characters, letter)),
                    'ß' => "ss".chars().for_each(|letter| push(&mut word, &mut characters, letter)),
                    'ø' => push(&mut word, &mut characters, 'o'),
                    'đ' | 'ð' => push(&mut word, &mut characters, 'd'),
                    'ł' => push(&mut word, &mut characters, 'l'),
                    'ı' => push(&mut word, &mut characters, 'i'),
                    'þ' => "th".chars().for_each(|letter| push(&mut word, &mut characters, letter)),
                    // A soft hyphen and a joiner divide nothing.
                    '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' => {}
                    mark if is_combining_mark(mark) => {}
                    sign if is_written_without_spaces(sign) => {
                        end(&mut words, &mut word, &mut characters, &mut bytes);
                        push(&mut word, &mut characters, sign);
                        end(&mut words, &mut word, &mut characters, &mut bytes);
                    }
                    letter if letter.is_alphanumeric() => push(&mut word, &mut characters, letter),
                    _ => end(&mut words, &mut word, &mut characters, &mut bytes),
                }
            }
        }
    }
    end(&mut words, &mut word, &mut characters, &mut bytes);
    words
}

fn push(word: &mut String, characters: &mut usize, letter: char) {
    if *characters < WORD_CHARACTERS {
        word.push(letter);
    }
    *characters += 1;
}

fn end(words: &mut Vec<String>, word: &mut String, characters: &mut usize, bytes: &mut usize) {
    if !word.is_empty() {
        *bytes += word.len() + 1;
        words.push(std::mem::take(word));
    }
    *characters = 0;
}

fn is_written_without_spaces(sign: char) -> bool {
    matches!(sign, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}')
}

#[cfg(test)]
mod tests {
    use super::{FOLDED_BYTES, WORD_CHARACTERS, fold_words};
    use proptest::prelude::*;

    #[test]
    fn case_accents_and_forms_do_not_count() {
        for (text, words) in [
            ("Élève ELEVE e\u{301}le\u{300}ve", &["eleve", "eleve", "eleve"][..]),
            ("Straße, Œuf; ÆØÅ ﬁn", &["strasse", "oeuf", "aeoa", "fin"]),
            ("İstanbul ısı ΣΊΣΥΦΟΣ", &["istanbul", "isi", "σισυφοσ"]),
            ("co\u{ad}opération x²", &["cooperation", "x2"]),
            ("marie.roy@client.example", &["marie", "roy", "client", "example"]),
            ("日本語 です", &["日", "本", "語", "て", "す"]),
            ("", &[]),
            ("« – » … ' \"*", &[]),
        ] {
            assert_eq!(fold_words(text), words, "{text}");
        }
        assert_eq!(fold_words(&"a".repeat(500)), ["a".repeat(WORD_CHARACTERS)]);
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing_and_leaves_no_sign(text in any::<String>()) {
            let words = fold_words(&text);
            for word in &words {
                prop_assert!(word.chars().all(char::is_alphanumeric), "{word}");
                prop_assert!(word.chars().count() <= WORD_CHARACTERS);
            }
            prop_assert_eq!(fold_words(&words.join(" ")), words);
        }
    }

    #[test]
    fn a_very_long_text_is_found_by_its_beginning() {
        let text = "mot ".repeat(FOLDED_BYTES);
        let words = fold_words(&text);
        assert!((FOLDED_BYTES / 4..FOLDED_BYTES / 4 + 2).contains(&words.len()));
    }
}
