use desk::{Actor, Author, ContentId, FileId, Message, MessageKind, Person, PersonId, Recorded, TicketEvent};
use std::collections::{BTreeMap, BTreeSet};
use store::TicketPage;

/// What a request holds of a person.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Traces {
    /// Whether they asked it.
    pub(crate) is_asker: bool,
    /// Texts of theirs, and to and about them.
    pub(crate) contents: Vec<ContentId>,
    /// Files likewise.
    pub(crate) files: Vec<FileId>,
    /// Whole letters of others in which theirs may be quoted.
    quotations: Vec<ContentId>,
    /// The same letters in the form in which they were sent.
    quoting_forms: Vec<FileId>,
}

impl Traces {
    pub(crate) fn is_none(&self) -> bool {
        !self.is_asker
            && self.contents.is_empty()
            && self.files.is_empty()
            && self.quotations.is_empty()
            && self.quoting_forms.is_empty()
    }

    /// With the whole letters of others in which theirs may be quoted: what an erasure takes as well.
    pub(crate) fn with_quotations(mut self) -> Self {
        self.contents.append(&mut self.quotations);
        self.files.append(&mut self.quoting_forms);
        self
    }

    /// All that they wrote; on a request that they asked, also what colleagues wrote to them and about
    /// them, and its subject. What other customers wrote stays, but for what it quotes. What went
    /// already is not counted again.
    pub(crate) fn of(page: &TicketPage, person: &Person, everything: bool) -> Self {
        let names_them = |text: &str| person.email.contains('@') && names_address(text, &person.email);
        let is_theirs = |author: &Author| match author {
            Author::Person { id } => *id == person.id,
            Author::Address { address } => {
                page.contents.get(&address.id).is_some_and(|known| names_them(known))
            }
        };
        let is_asker = page.row.contact == Some(person.id)
            || (page.row.contact.is_none() && names_them(&page.row.requester));
        let mut found = Self { is_asker, ..Self::default() };
        if !everything {
            return found;
        }
        let mut refs = BTreeMap::new();
        let (mut histories, mut forms) = (BTreeSet::new(), BTreeSet::new());
        let mut is_involved = is_asker;
        for recorded in page.log.iter().flat_map(|entry| &entry.commit) {
            // What was blacked out is whose it was before.
            if matches!(recorded.event, TicketEvent::Redacted { .. }) {
                continue;
            }
            let message = message_of(recorded);
            let author = message.map(|message| &message.by);
            let of_other_customer = match (message, &recorded.by) {
                (Some(message), _) => message.kind == MessageKind::Incoming && !is_theirs(&message.by),
                (None, by) => matches!(by, Actor::Contact { id } if *id != person.id),
            };
            let wrote = match author {
                Some(author) => is_theirs(author),
                None => recorded.by.person() == Some(person.id),
            };
            let opened = matches!(recorded.event, TicketEvent::Opened { .. });
            is_involved |= wrote && message.is_some();
            if wrote || (is_asker && (opened || !of_other_customer)) {
                collect(&recorded.event, &mut refs);
            }
            if let Some(history) = message.and_then(|message| message.history.as_ref()) {
                histories.insert(history.id.0);
            }
            if let Some(form) = message.and_then(|message| message.html.as_ref()) {
                forms.insert(form.id.0);
            }
        }
        if is_involved {
            let others = histories.into_iter().filter(|id| !refs.contains_key(id)).map(ContentId);
            found.quotations = others.filter(|id| page.contents.contains_key(id)).collect();
        }
        let standing_files: BTreeSet<u128> = page.files.iter().map(|file| file.id.0).collect();
        if is_involved {
            let others = forms.into_iter().filter(|id| !refs.contains_key(id) && standing_files.contains(id));
            found.quoting_forms = others.map(FileId).collect();
        }
        for (id, kind) in refs {
            match kind {
                Kind::Text if page.contents.contains_key(&ContentId(id)) => {
                    found.contents.push(ContentId(id));
                }
                Kind::File if standing_files.contains(&id) => found.files.push(FileId(id)),
                _ => {}
            }
        }
        // The row of one that was erased before says so already.
        if found.contents.is_empty()
            && found.quotations.is_empty()
            && found.quoting_forms.is_empty()
            && found.files.is_empty()
            && was_erased(page, person.id)
        {
            found.is_asker = false;
        }
        found
    }
}

/// Whether something of somebody was erased from a request before.
pub(crate) fn was_erased(page: &TicketPage, person: PersonId) -> bool {
    page.log.iter().flat_map(|entry| &entry.commit).any(
        |recorded| matches!(&recorded.event, TicketEvent::Erased { person: known, .. } if *known == person),
    )
}

/// Whether the subject with which a request was opened is among these texts.
pub(crate) fn holds_subject(page: &TicketPage, contents: &[ContentId]) -> bool {
    page.log.iter().flat_map(|entry| &entry.commit).any(|recorded| {
        matches!(&recorded.event, TicketEvent::Opened { subject, .. } if contents.contains(&subject.id))
    })
}

/// Whether an address stands in a text by itself, in any case of its letters: `marie@a.example` stands neither in
/// `anne-marie@a.example` nor in `marie@a.example.org`, and does at the end of a sentence.
pub(crate) fn names_address(text: &str, address: &str) -> bool {
    let (text, address) = (text.to_lowercase(), address.to_lowercase());
    let stands = |text: &str| stands_apart(text, &address, &['.', '_', '-', '+', '%']);
    stands(&text) || stands(&without_escapes(&text))
}

/// A text without what stands for a sign in addresses of pages (`%20`) and in letters (`=3D`): its last letter is none
/// of the word behind it.
fn without_escapes(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['%', '=']) {
        plain.push_str(&rest[..at]);
        let (sign, behind) = rest[at..].split_at(1);
        let is_escape = behind.as_bytes().get(..2).is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit));
        plain.push_str(if is_escape { " " } else { sign });
        rest = if is_escape { &behind[2..] } else { behind };
    }
    plain.push_str(rest);
    plain
}

/// Whether a name stands in a text by itself: "Li" does not stand in "applies", nor "Marie" in "Anne-Marie".
pub(crate) fn names_whole(text: &str, name: &str) -> bool {
    stands_apart(text, name, &['-'])
}

/// Whether a key stands in a text by itself, in any case of its letters.
pub(crate) fn names_key(text: &str, key: &str) -> bool {
    names_whole(&text.to_lowercase(), &key.to_lowercase())
}

/// Whether something stands in a text and no letter or digit hangs on it, be it by signs that join.
fn stands_apart(text: &str, sought: &str, joining: &[char]) -> bool {
    // Where a text stands in JSON, ends of lines are letters.
    let text = ["\\n", "\\r", "\\t"].iter().fold(text.to_owned(), |text, end| text.replace(end, " "));
    let hangs_on = |letter: Option<char>| letter.is_some_and(char::is_alphanumeric);
    let joins = |letter: &char| joining.contains(letter);
    !sought.is_empty()
        && text.match_indices(sought).any(|(at, _)| {
            let (before, after) = (&text[..at], &text[at + sought.len()..]);
            !hangs_on(before.chars().rev().find(|letter| !joins(letter)))
                && !hangs_on(after.chars().find(|letter| !joins(letter)))
        })
}

fn message_of(recorded: &Recorded) -> Option<&Message> {
    match &recorded.event {
        TicketEvent::Wrote { message, .. } => Some(message),
        TicketEvent::Held { held } => Some(&held.message),
        _ => None,
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    File,
}

/// Every text and file that an event points to, wherever in it: an event of tomorrow needs no line here.
fn collect(event: &TicketEvent, found: &mut BTreeMap<u128, Kind>) {
    fn walk(value: &serde_json::Value, found: &mut BTreeMap<u128, Kind>) {
        match value {
            serde_json::Value::Array(items) => items.iter().for_each(|item| walk(item, found)),
            serde_json::Value::Object(fields) => {
                if let (Some(id), Some(_)) = (fields.get("id"), fields.get("digest"))
                    && let Some(id) = id.as_str().and_then(|id| id.parse::<ContentId>().ok())
                {
                    let kind = if fields.contains_key("size") { Kind::File } else { Kind::Text };
                    found.insert(id.0, kind);
                }
                fields.values().for_each(|field| walk(field, found));
            }
            _ => {}
        }
    }
    walk(&serde_json::to_value(event).expect("an event is plain data"), found);
}

/// The texts and files that an event points to; the second says whether it is a file.
pub(crate) fn pointed_to(event: &TicketEvent) -> Vec<(u128, bool)> {
    let mut found = BTreeMap::new();
    collect(event, &mut found);
    found.into_iter().map(|(id, kind)| (id, kind == Kind::File)).collect()
}

#[cfg(test)]
mod tests {
    use super::{names_address, names_whole};

    #[test]
    fn a_name_within_a_word_is_none() {
        assert!(names_whole("{\"body\":\"Ask Li.\"}", "Li") && names_whole("it applies to Li", "Li"));
        assert!(!names_whole("{\"title\":\"Liste des applications\"}", "Li") && !names_whole("x", ""));
        assert!(!names_whole("Bonjour Anne-Marie Dupont", "Marie Dupont"));
        assert!(names_whole("- Marie Dupont – Marie-", "Marie") && names_whole("Marie, Anne-Marie", "Marie"));
    }

    #[test]
    fn an_address_within_another_is_none() {
        for text in [
            "Anne-Marie <anne-marie@acme.example>",
            "jean.marie@acme.example",
            "a_marie@acme.example, a+marie@acme.example, xmarie@acme.example",
            "marie@acme.example.org",
            "marie@acme.example-corp.org",
            "",
        ] {
            assert!(!names_address(text, "marie@acme.example"), "{text}");
        }
        for text in [
            "Marie@Acme.example",
            "\"Marie\" <marie@acme.example>",
            "écrire à marie@acme.example.",
            "anne-marie@acme.example, marie@acme.example",
            "-marie@acme.example-\n--b",
            "https://a.example/?email=3Dmarie@acme.example=C2=A0!",
            "https://a.example/?email=%20marie@acme.example&x=1",
            "{\"to\":\"marie@acme.example\"}",
            "{\"body\":\"Bonjour,\\nmarie@acme.example\\r\\n\"}",
        ] {
            assert!(names_address(text, "MARIE@acme.example"), "{text}");
        }
    }
}
