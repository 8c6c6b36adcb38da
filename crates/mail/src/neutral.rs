//! Text of strangers made harmless for one line and for a file name.

/// The longest file name kept, in characters.
const NAME_CHARACTERS_AT_MOST: usize = 200;

/// Puts `text` on one line: everything that could end a line or hide becomes a
/// space, runs of spaces one, and the ends are trimmed.
pub(crate) fn on_one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for character in text.chars() {
        if ends_line(character) || character.is_control() || character == ' ' {
            if !line.ends_with(' ') {
                line.push(' ');
            }
        } else {
            line.push(character);
        }
    }
    let trimmed = line.trim();
    if trimmed.len() == line.len() { line } else { trimmed.to_owned() }
}

/// Keeps at most `at_most` characters.
pub(crate) fn shortened(text: &str, at_most: usize) -> &str {
    text.char_indices().nth(at_most).map_or(text, |(end, _)| &text[..end])
}

/// Gives a file name that can neither leave its folder nor disguise its kind;
/// `None` when nothing of it is left.
///
/// Source: RFC 2183 section 2.3, which tells receivers not to trust the name.
pub fn file_name(stated: &str) -> Option<String> {
    let last = stated.rsplit(['/', '\\']).next().unwrap_or_default();
    let harmless: String = last
        .chars()
        .filter(|character| !character.is_control() && !turns_direction(*character))
        .map(|character| match character {
            '<' | '>' | ':' | '"' | '|' | '?' | '*' => '_',
            other if ends_line(other) => ' ',
            other => other,
        })
        .collect();
    let trimmed = harmless.trim_matches(|character: char| character == '.' || character == ' ');
    if trimmed.is_empty() {
        return None;
    }
    let (stem, extension) = match trimmed.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() && extension.chars().count() <= 20 => {
            (stem, Some(extension))
        }
        _ => (trimmed, None),
    };
    let room = NAME_CHARACTERS_AT_MOST - extension.map_or(0, |text| text.chars().count() + 1);
    let stem = shortened(stem, room);
    let reserved = is_device(stem.split('.').next().unwrap_or_default().trim_end());
    let mut name = String::with_capacity(trimmed.len() + 1);
    if reserved {
        name.push('_');
    }
    name.push_str(stem);
    if let Some(extension) = extension {
        name.push('.');
        name.push_str(extension);
    }
    Some(name)
}

/// Whether some program takes this character for the end of a line.
fn ends_line(character: char) -> bool {
    matches!(character, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Whether this character is invisible, so that it can make `exe.txt` of `txt.exe` or hide what a name ends with.
///
/// Source: Unicode's `Default_Ignorable_Code_Point`, without what emoji are made of, and the Arabic mark of direction.
pub(crate) fn turns_direction(character: char) -> bool {
    matches!(
        character,
        '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Whether one widespread system takes this name for a device.
fn is_device(stem: &str) -> bool {
    let upper = stem.to_ascii_uppercase();
    matches!(upper.as_str(), "CON" | "PRN" | "AUX" | "NUL")
        || (upper.len() == 4
            && (upper.starts_with("COM") || upper.starts_with("LPT"))
            && upper.as_bytes()[3].is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_file_names_become_harmless() {
        for (stated, expected) in [
            ("../../etc/passwd", Some("passwd")),
            ("C:\\Windows\\system32\\evil.exe", Some("evil.exe")),
            ("facture\u{202e}fdp.exe", Some("facturefdp.exe")),
            (".htaccess", Some("htaccess")),
            ("..", None),
            ("a/", None),
            ("", None),
            ("x\r\nSet-Cookie: a=b", Some("xSet-Cookie_ a=b")),
            ("con.txt", Some("_con.txt")),
            ("COM1", Some("_COM1")),
            ("été 2026.pdf", Some("été 2026.pdf")),
            ("a\0b.txt", Some("ab.txt")),
            // A share of another machine, and devices by their long names.
            ("\\\\evil.example\\part\\a.txt", Some("a.txt")),
            ("//evil.example/part/a.txt", Some("a.txt")),
            ("\\\\?\\C:\\a.txt", Some("a.txt")),
            ("\\\\.\\COM1", Some("_COM1")),
            ("\\\\evil.example\\part\\", None),
            ("a.txt::$DATA", Some("a.txt__$DATA")),
            // What cannot be seen, and what some systems leave out at the end.
            ("a.txt\u{200b}.exe", Some("a.txt.exe")),
            ("a.exe\u{200d}", Some("a.exe")),
            ("a.exe\u{ad}", Some("a.exe")),
            ("a.exe.\u{feff}", Some("a.exe")),
            ("a.exe\u{e0020}\u{3164}", Some("a.exe")),
            (".\u{200b}htaccess", Some("htaccess")),
            ("con\u{2060}.txt", Some("_con.txt")),
            ("\u{200b}", None),
            ("a.exe.", Some("a.exe")),
            ("a.exe . . ", Some("a.exe")),
            ("  a.exe", Some("a.exe")),
            ("...", None),
            (". .", None),
        ] {
            assert_eq!(file_name(stated).as_deref(), expected, "{stated:?}");
        }
        let long = file_name(&format!("{}.pdf", "x".repeat(5_000))).unwrap();
        assert_eq!(long.chars().count(), 200);
        assert!(long.ends_with(".pdf"));
    }

    #[test]
    fn one_line_stays_one_line() {
        assert_eq!(on_one_line("a\r\nBcc: x\u{2028}b\t c "), "a Bcc: x b c");
    }
}
