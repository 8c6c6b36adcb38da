//! Paragraphs that a mail program broke for the way, put together again.

/// The text of `format=flowed` with its soft line ends taken out: a line that ends in a space goes on in the
/// next one of the same depth of quotation. `joins_words` is `delsp=yes`, where that space is no part of the
/// text. Quotation is written again as `> ` for each depth.
///
/// Source: RFC 3676 section 4.
pub(crate) fn unflow(text: &str, joins_words: bool) -> String {
    let mut whole = String::with_capacity(text.len());
    let mut open: Option<usize> = None;
    for line in text.split('\n') {
        let line = line.strip_suffix('\r').unwrap_or(line);
        let depth = line.bytes().take_while(|byte| *byte == b'>').count();
        let rest = &line[depth..];
        // One space was put before what would be read as a quotation, a signature or a separator of mailboxes.
        let rest = rest.strip_prefix(' ').unwrap_or(rest);
        let is_signature = rest == "-- ";
        if open != Some(depth) || is_signature {
            if !whole.is_empty() || open.is_some() {
                whole.push('\n');
            }
            if depth > 0 {
                whole.push_str(&">".repeat(depth));
                whole.push(' ');
            }
        }
        let flows = rest.ends_with(' ') && !is_signature;
        whole.push_str(if flows && joins_words { &rest[..rest.len() - 1] } else { rest });
        open = if flows { Some(depth) } else { Some(usize::MAX) };
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::unflow;

    #[test]
    fn paragraphs_come_together_and_nothing_else_does() {
        for (text, joins_words, expected) in [
            (
                "Un paragraphe \ncoupé \nen trois.\nUn autre.",
                false,
                "Un paragraphe coupé en trois.\nUn autre.",
            ),
            ("日本 \n語", true, "日本語"),
            ("> cité \n> encore\n>> plus \nà moi", false, "> cité encore\n>> plus \nà moi"),
            (" >pas cité\n From moi", false, ">pas cité\nFrom moi"),
            ("fin \n-- \nAna", false, "fin \n-- \nAna"),
            ("a\n\nb", false, "a\n\nb"),
            ("", false, ""),
        ] {
            assert_eq!(unflow(text, joins_words), expected, "{text:?}");
        }
    }
}
