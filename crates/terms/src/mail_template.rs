use crate::clause::Clause;
use crate::condition::Condition;
use crate::label::Label;
use serde::{Deserialize, Serialize};

/// The words that an agreement prescribes for a mail, with variables in braces.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailTemplate {
    /// Name in the document.
    pub name: String,
    /// The clause that prescribes it.
    pub clause: Clause,
    /// Which mails: one of [`MailTemplate::KINDS`], or `notice.NAME` of the document.
    pub of: Vec<String>,
    /// For which requests; not while that is unknown.
    pub when: Condition,
    /// The subject, per language.
    pub subject: Label,
    /// The text, per language.
    pub body: Label,
}

impl MailTemplate {
    /// Mails that the desk sends by itself.
    pub const KINDS: [&'static str; 11] = [
        "acknowledgement",
        "reply",
        "reminder",
        "satisfaction",
        "warning",
        "missed",
        "escalation",
        "update_asked",
        "woken",
        "customer_wrote",
        "returned",
    ];

    /// What every mail can name, beside the facts and parameters of the document.
    pub const VARIABLES: [&'static str; 14] = [
        "number",
        "subject",
        "provider",
        "account",
        "requester",
        "agent",
        "text",
        "turn",
        "promise",
        "due",
        "state",
        "left",
        "clause",
        "link",
    ];

    /// The variables that a text names, in order, with the place where each name begins.
    #[must_use]
    pub fn variables(text: &str) -> Vec<(usize, &str)> {
        let mut found = Vec::new();
        let mut from = 0;
        while let Some(open) = text[from..].find('{').map(|open| from + open) {
            let Some(close) = text[open..].find('}').map(|close| open + close) else { break };
            let name = &text[open + 1..close];
            if is_name(name) {
                found.push((open + 1, name));
            }
            from = close + 1;
        }
        found
    }

    /// Subject and text in a language, filled. None when the document gives no words in it.
    ///
    /// A line whose variables all come out empty is left out; what `value` does not know stays as it
    /// is written.
    #[must_use]
    pub fn filled(&self, language: &str, value: &dyn Fn(&str) -> Option<String>) -> Option<(String, String)> {
        let own = |label: &Label| {
            label.iter().find(|(known, _)| *known == language).map(|(_, text)| text.to_owned())
        };
        let (subject, body) = (own(&self.subject)?, own(&self.body)?);
        let lines = body.trim().lines().filter_map(|line| fill(line.trim_end(), value));
        let mut text = String::new();
        for line in lines {
            // Lines left out leave no hole behind.
            if line.is_empty() && (text.is_empty() || text.ends_with("\n\n")) {
                continue;
            }
            text.push_str(&line);
            text.push('\n');
        }
        Some((fill(&subject, value).unwrap_or_default(), text.trim_end().to_owned()))
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// One line with its variables filled; none when it has some and all of them are empty.
fn fill(line: &str, value: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let mut told = String::with_capacity(line.len());
    let (mut rest, mut named, mut empty) = (line, 0, 0);
    while let Some(open) = rest.find('{') {
        let Some(close) = rest[open..].find('}').map(|close| open + close) else { break };
        let name = &rest[open + 1..close];
        told.push_str(&rest[..open]);
        match is_name(name).then(|| value(name)).flatten() {
            Some(value) => {
                named += 1;
                empty += usize::from(value.is_empty());
                told.push_str(&value);
            }
            None => {
                named += usize::from(is_name(name));
                told.push_str(&rest[open..=close]);
            }
        }
        rest = &rest[close + 1..];
    }
    told.push_str(rest);
    (named == 0 || empty < named).then_some(told)
}

#[cfg(test)]
mod tests {
    use super::{MailTemplate, fill};

    fn value(name: &str) -> Option<String> {
        match name {
            "number" => Some("H-7".to_owned()),
            "link" => Some(String::new()),
            _ => None,
        }
    }

    #[test]
    fn variables_are_filled_and_empty_lines_left_out() {
        assert_eq!(fill("Request {number}, {clause}.", &value), Some("Request H-7, {clause}.".to_owned()));
        assert_eq!(fill("Follow: {link}", &value), None);
        assert_eq!(fill("{clause} {link}", &value), Some("{clause} ".to_owned()));
        assert_eq!(fill("{ number } {Number} {", &value), Some("{ number } {Number} {".to_owned()));
    }

    #[test]
    fn variables_are_found_where_they_stand() {
        assert_eq!(MailTemplate::variables("a {number} {x y} {due}"), [(3, "number"), (18, "due")]);
    }
}
