//! Paragraphs broken for the way, so that readers of plain text put them together again.

use crate::quoted_history::REPLY_MARKER;

/// The longest line written, in characters, with the space at its end. Source: RFC 3676 section 4.2.
const COLUMNS: usize = 76;

/// A text as `format=flowed` has it: long lines end in a space and go on in the next one. Quotations keep their
/// depth on every line; what would be read as a quotation or a separator of mailboxes gets a space before it.
/// Signature lines and the line above which answers are written stand as they are.
///
/// Source: RFC 3676 section 4.
pub(crate) fn flow(text: &str) -> String {
    let mut flowed = String::with_capacity(text.len() + text.len() / 60);
    for (place, line) in text.split('\n').enumerate() {
        if place > 0 {
            flowed.push('\n');
        }
        let depth = line.bytes().take_while(|byte| *byte == b'>').count();
        let words = &line[depth..];
        let words = if depth > 0 { words.strip_prefix(' ').unwrap_or(words) } else { words };
        if line == "-- " || line.contains(REPLY_MARKER) {
            flowed.push_str(line);
            continue;
        }
        // A space at the end would join the next line to this one.
        let words = words.trim_end_matches(' ');
        let prefix = match depth {
            0 if words.starts_with(' ') || words.starts_with("From ") => " ".to_owned(),
            0 => String::new(),
            _ if words.is_empty() => ">".repeat(depth),
            _ => format!("{} ", ">".repeat(depth)),
        };
        broken(&mut flowed, &prefix, words);
    }
    flowed
}

/// Writes words on as many lines as they need.
fn broken(flowed: &mut String, prefix: &str, words: &str) {
    let room = COLUMNS.saturating_sub(prefix.len()).max(20);
    let (mut rest, mut is_first) = (words, true);
    loop {
        // What goes on must not look like a quotation either.
        let stuffed =
            !is_first && prefix.is_empty() && (rest.starts_with([' ', '>']) || rest.starts_with("From "));
        flowed.push_str(if stuffed { " " } else { prefix });
        let end = (rest.chars().nth(room).is_some()).then(|| break_at(rest, room)).flatten();
        match end {
            Some(end) => {
                flowed.push_str(&rest[..end]);
                flowed.push('\n');
                rest = &rest[end..];
            }
            None => return flowed.push_str(rest),
        }
        is_first = false;
    }
}

/// The end of the last word that fits, with the space after it; of the first word where none does. Never so that
/// nothing, or only spaces, would be left for the next line.
fn break_at(words: &str, room: usize) -> Option<usize> {
    let ends = words
        .char_indices()
        .enumerate()
        .filter(|(_, (_, one))| *one == ' ')
        .map(|(at, (byte, _))| (at, byte + 1));
    let mut best = None;
    for (column, end) in ends {
        if words[end..].trim_start_matches(' ').is_empty() || words[..end].trim_matches(' ').is_empty() {
            continue;
        }
        // Spaces in a row are broken after the last of them alone.
        if words[end..].starts_with(' ') {
            continue;
        }
        if column >= room && best.is_some() {
            break;
        }
        best = Some(end);
        if column >= room {
            break;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::flow;
    use crate::unflow::unflow;

    #[test]
    fn lines_are_short_and_paragraphs_come_together_again() {
        let long = "Bonjour, votre demande a été prise en charge par notre équipe ; elle sera rappelée avant vendredi midi au plus tard.";
        let text = format!("{long}\n\n> {long}\n>> {long}\n retrait\nFrom moi\n\n-- \nAna");
        let flowed = flow(&text);
        assert!(flowed.lines().all(|line| line.chars().count() <= 77), "{flowed}");
        assert!(flowed.lines().count() > text.lines().count() + 2);
        assert_eq!(unflow(&flowed, false), text);
        let address = format!("https://desk.example/{}", "x".repeat(200));
        assert_eq!(flow(&address), address, "a word is never broken");
        assert_eq!(flow("a  \nb"), "a\nb");
    }

    proptest! {
        #[test]
        fn what_flows_comes_back(text in "([a-zé>< .-]{0,120}\n){0,5}[a-z >]{0,200}") {
            // Depths are written in one way, and lines do not end in spaces, but the one above a signature.
            let tidy = unflow(&flow(&text), false);
            prop_assert_eq!(unflow(&flow(&tidy), false), tidy);
        }

        #[test]
        fn plain_words_come_back_as_they_were(text in "([a-zé]{1,9}( [a-zé]{1,30}){0,30}\n){0,5}[a-z]{1,200}") {
            prop_assert_eq!(unflow(&flow(&text), false), text);
        }
    }
}
