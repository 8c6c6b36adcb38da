//! A letter into bytes.

use std::borrow::Cow;

use mail_builder::MessageBuilder;
use mail_builder::headers::address::Address;
use mail_builder::headers::content_type::ContentType;
use mail_builder::headers::date::Date;
use mail_builder::headers::message_id::MessageId;
use mail_builder::headers::raw::Raw;
use mail_builder::headers::text::Text;
use mail_builder::mime::{BodyPart, MimePart};
use sha2::{Digest, Sha256};

use crate::decode::tidy_text;
use crate::flow::flow;
use crate::letter::Mailbox;
use crate::neutral::{file_name, on_one_line, shortened};

/// The header that marks what this program writes by itself, so that it is
/// recognised when it comes back.
pub const LOOP_HEADER: &str = "X-Entente-Loop";

/// The longest identity written, in characters: a line of a header ends at 998.
const IDENTITY_CHARACTERS_AT_MOST: usize = 900;
/// How many identities of the conversation are written: the first and the last.
/// Source: RFC 5322 section 3.6.4 recommends all, but lines of trace grow.
const REFERENCES_AT_MOST: usize = 50;

/// A letter to be written. Instants and identities are the caller's.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OutgoingLetter {
    /// The author.
    pub from: Mailbox,
    /// The recipients; one at least.
    pub to: Vec<Mailbox>,
    /// Where answers go, when not to `from`.
    pub reply_to: Option<Mailbox>,
    /// The subject; line ends in it become spaces.
    pub subject: String,
    /// The plain text, `\n` line ends.
    pub text: String,
    /// The same in HTML, already escaped by the caller.
    pub html: Option<String>,
    /// The identity without angle brackets; boundaries derive from it.
    pub message_id: String,
    /// The letter it answers, without angle brackets.
    pub in_reply_to: Option<String>,
    /// The conversation so far, oldest first, without angle brackets.
    pub references: Vec<String>,
    /// The instant it is written: milliseconds since 1970 in UTC.
    pub date: i64,
    /// Whether a machine wrote it.
    pub auto_submitted: AutoSubmitted,
    /// More headers, such as [`LOOP_HEADER`]; values are put on one line, and
    /// names that are no header names or that this module writes itself are
    /// left out.
    pub extra_headers: Vec<(String, String)>,
    /// Files to send along.
    pub attachments: Vec<OutgoingAttachment>,
}

/// Whether a value is an address in angle brackets, which is written as it is however long: no program looks for encoded
/// words in it. Source: RFC 2369 section 2.
fn is_web_address(value: &str) -> bool {
    value.len() <= 900
        && value.starts_with("<https://")
        && value.find('>') == Some(value.len() - 1)
        && value.bytes().all(|byte| byte.is_ascii_graphic())
}

/// A file to send along.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OutgoingAttachment {
    /// The file name.
    pub name: String,
    /// `type/subtype`.
    pub media_type: String,
    /// The content.
    pub bytes: Vec<u8>,
}

/// Whether, and how, a letter was written by a machine.
///
/// Source: RFC 3834 section 5.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AutoSubmitted {
    /// A person wrote it: no header.
    #[default]
    No,
    /// An automatic answer to a letter: `auto-replied`.
    Replied,
    /// Written by a machine without a letter to answer: `auto-generated`.
    Generated,
}

/// Writes a letter as bytes: 7-bit throughout as long as the addresses are, the
/// same bytes for the same letter, and no field but those asked for, whatever
/// the values hold.
///
/// Source: RFC 5322 for the fields, RFC 2045 to 2047 and 2231 for their
/// encodings, RFC 3676 for the text, RFC 3834 section 5 for `Auto-Submitted`.
pub fn compose(letter: &OutgoingLetter) -> Vec<u8> {
    let mut builder = MessageBuilder::new()
        .date(Date { date: letter.date.div_euclid(1_000) })
        .from(address(&letter.from))
        .to(Address::new_list(letter.to.iter().map(address).collect()))
        .message_id(identity(&letter.message_id))
        .subject(Text::new(on_one_line(&letter.subject)));
    if let Some(reply_to) = &letter.reply_to {
        builder = builder.reply_to(address(reply_to));
    }
    if let Some(answered) = letter.in_reply_to.as_deref().map(identity)
        && !answered.is_empty()
    {
        builder = builder.in_reply_to(answered);
    }
    let references = shortened_references(&letter.references);
    if !references.is_empty() {
        builder = builder.references(MessageId { id: references });
    }
    let auto_submitted = match letter.auto_submitted {
        AutoSubmitted::No => None,
        AutoSubmitted::Replied => Some("auto-replied"),
        AutoSubmitted::Generated => Some("auto-generated"),
    };
    if let Some(value) = auto_submitted {
        builder = builder.header("Auto-Submitted", Text::new(value));
    }
    for (name, value) in &letter.extra_headers {
        if is_free_name(name) {
            let value = on_one_line(value);
            builder = match is_web_address(&value) {
                true => builder.header(name.as_str(), Raw::new(value)),
                false => builder.header(name.as_str(), Text::new(value)),
            };
        }
    }

    let boundaries = Boundaries::of(letter);
    let flowed = ContentType::new("text/plain").attribute("charset", "utf-8").attribute("format", "flowed");
    let text = flow(&tidy_text(&letter.text)).replace('\n', "\r\n");
    let text = MimePart::new(flowed, BodyPart::Text(text.into()));
    let content = match &letter.html {
        None => text,
        Some(html) => {
            let html = MimePart::new("text/html", BodyPart::Text(line_ends(html).into()));
            multipart("multipart/alternative", boundaries.inner, vec![text, html])
        }
    };
    let body = if letter.attachments.is_empty() {
        content
    } else {
        let mut parts = vec![content];
        parts.extend(letter.attachments.iter().map(attachment));
        multipart("multipart/mixed", boundaries.outer, parts)
    };
    let mut bytes = Vec::new();
    builder.body(body).serialize(&mut bytes);
    bytes
}

fn multipart<'x>(kind: &'x str, boundary: String, parts: Vec<MimePart<'x>>) -> MimePart<'x> {
    MimePart::new(ContentType::new(kind).attribute("boundary", boundary), BodyPart::Multipart(parts))
}

fn attachment(file: &OutgoingAttachment) -> MimePart<'_> {
    let name = file_name(&file.name).unwrap_or_else(|| "attachment".to_owned());
    // Text is sent as any other bytes, so that its line ends arrive as they are.
    MimePart::new(media_type(&file.media_type), BodyPart::Binary(Cow::Borrowed(&file.bytes))).attachment(name)
}

/// A media type, or the one that promises nothing. A multipart or message type
/// would make readers look for parts in what are bytes.
fn media_type(stated: &str) -> &str {
    let is_token = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&byte))
    };
    match stated.split_once('/') {
        Some((main, sub))
            if is_token(main)
                && is_token(sub)
                && stated.len() <= 127
                && !matches!(main.to_ascii_lowercase().as_str(), "multipart" | "message") =>
        {
            stated
        }
        _ => "application/octet-stream",
    }
}

/// Two boundaries that derive from the letter, so that the same letter is the
/// same bytes, and that nobody who writes a part of it can foresee.
struct Boundaries {
    outer: String,
    inner: String,
}

impl Boundaries {
    fn of(letter: &OutgoingLetter) -> Self {
        let mut digest = Sha256::new();
        digest.update(letter.message_id.as_bytes());
        digest.update([0]);
        digest.update(letter.text.as_bytes());
        digest.update([0]);
        digest.update(letter.html.as_deref().unwrap_or_default().as_bytes());
        let digest = digest.finalize();
        let hexadecimal: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        Boundaries { outer: format!("=_{hexadecimal}_1"), inner: format!("=_{hexadecimal}_2") }
    }
}

fn address(mailbox: &Mailbox) -> Address<'static> {
    let address: String = mailbox
        .address
        .chars()
        .filter(|character| {
            !character.is_control()
                && !character.is_whitespace()
                && !matches!(character, '<' | '>' | ',' | ';' | '(' | ')')
        })
        .take(320)
        .collect();
    let name = mailbox.name.as_deref().map(on_one_line).filter(|name| !name.is_empty());
    Address::new_address(name, address)
}

fn identity(stated: &str) -> String {
    stated
        .chars()
        .filter(|character| character.is_ascii_graphic() && !matches!(character, '<' | '>'))
        .take(IDENTITY_CHARACTERS_AT_MOST)
        .collect()
}

fn shortened_references(stated: &[String]) -> Vec<Cow<'static, str>> {
    let mut identities: Vec<Cow<'static, str>> =
        stated.iter().map(|one| identity(one)).filter(|one| !one.is_empty()).map(Cow::Owned).collect();
    if identities.len() > REFERENCES_AT_MOST {
        let last = identities.split_off(identities.len() - (REFERENCES_AT_MOST - 1));
        identities.truncate(1);
        identities.extend(last);
    }
    identities
}

/// Whether an extra header may have this name.
fn is_free_name(name: &str) -> bool {
    const WRITTEN_HERE: [&str; 16] = [
        "from",
        "to",
        "cc",
        "bcc",
        "sender",
        "reply-to",
        "subject",
        "date",
        "message-id",
        "in-reply-to",
        "references",
        "mime-version",
        "content-type",
        "content-transfer-encoding",
        "content-disposition",
        "auto-submitted",
    ];
    !name.is_empty()
        && shortened(name, 70) == name
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !WRITTEN_HERE.contains(&name.to_ascii_lowercase().as_str())
}

/// Text with the line ends of the wire.
fn line_ends(text: &str) -> String {
    tidy_text(text).replace('\n', "\r\n")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::parse::parse;
    use crate::unflow::unflow;

    fn sample() -> OutgoingLetter {
        OutgoingLetter {
            from: Mailbox::named("Assistance Éole", "support@eole.example"),
            to: vec![Mailbox::named("Camille Dupré", "camille@client.example")],
            reply_to: Some(Mailbox::bare("support+r42@eole.example")),
            subject: "Re: Démarrage impossible – licence n° 7".to_owned(),
            text: "Bonjour,\n\nVotre demande a été reçue.\n\n.\n..\nFin".to_owned(),
            html: Some("<p>Bonjour</p>".to_owned()),
            message_id: "note-42@eole.example".to_owned(),
            in_reply_to: Some("q1@client.example".to_owned()),
            references: vec!["q0@client.example".to_owned(), "q1@client.example".to_owned()],
            date: 1_774_000_000_123,
            auto_submitted: AutoSubmitted::Replied,
            extra_headers: vec![(LOOP_HEADER.to_owned(), "eole".to_owned())],
            attachments: vec![OutgoingAttachment {
                name: "reçu n° 1.pdf".to_owned(),
                media_type: "application/pdf".to_owned(),
                bytes: vec![0, 13, 10, 255, 46],
            }],
        }
    }

    #[test]
    fn a_letter_keeps_what_it_says_and_its_bytes() {
        let bytes = compose(&sample());
        assert_eq!(bytes, compose(&sample()));
        assert!(bytes.is_ascii());
        let written = String::from_utf8(bytes.clone()).unwrap();
        assert!(written.lines().all(|line| line.len() < 998));
        assert!(!written.replace("\r\n", "").contains(['\r', '\n']));
        let letter = parse(&bytes);
        assert_eq!(letter.problems, Vec::<String>::new());
        assert_eq!(letter.from, Some(sample().from));
        assert_eq!(letter.to, sample().to);
        assert_eq!(letter.reply_to, sample().reply_to);
        assert_eq!(letter.subject, sample().subject);
        assert_eq!(letter.text, sample().text);
        assert_eq!(letter.html.as_deref().map(str::trim), Some("<p>Bonjour</p>"));
        assert_eq!(letter.message_id.as_deref(), Some("note-42@eole.example"));
        assert_eq!(letter.in_reply_to, sample().in_reply_to);
        assert_eq!(letter.references, sample().references);
        assert_eq!(letter.date.as_deref(), Some("2026-03-20T09:46:40Z"));
        assert_eq!(letter.automatic, Some(crate::letter::Automatic::Loop));
        assert_eq!(letter.attachments.len(), 1);
        assert_eq!(letter.attachments[0].name.as_deref(), Some("reçu n° 1.pdf"));
        assert_eq!(letter.attachments[0].bytes, [0, 13, 10, 255, 46]);
    }

    /// Source: RFC 3834 section 5.
    #[test]
    fn the_header_says_which_machine_wrote_it() {
        for (kind, expected) in [
            (AutoSubmitted::No, None),
            (AutoSubmitted::Replied, Some("Auto-Submitted: auto-replied")),
            (AutoSubmitted::Generated, Some("Auto-Submitted: auto-generated")),
        ] {
            let bytes = compose(&OutgoingLetter { auto_submitted: kind, ..sample() });
            let written = String::from_utf8(bytes).unwrap();
            let line = written.lines().find(|line| line.starts_with("Auto-Submitted"));
            assert_eq!(line, expected);
        }
    }

    #[test]
    fn no_value_makes_a_header_of_its_own() {
        for poison in [
            "x\r\nBcc: victim@other.example\r\n\r\nbody",
            "x\nBcc: victim@other.example",
            "x\rBcc: victim@other.example",
            "x\u{2028}Bcc: victim@other.example",
            "x\u{85}Bcc: victim@other.example",
            "x\0\r\n\tBcc: victim@other.example",
            "=?utf-8?q?x=0D=0ABcc:_victim@other.example?=",
        ] {
            let bytes = compose(&OutgoingLetter {
                from: Mailbox::named(poison, format!("a@b.example{poison}")),
                to: vec![Mailbox::named(poison, format!("c@d.example{poison}"))],
                reply_to: Some(Mailbox::named(poison, poison)),
                subject: poison.to_owned(),
                text: "text".to_owned(),
                html: None,
                message_id: format!("id{poison}@b.example"),
                in_reply_to: Some(poison.to_owned()),
                references: vec![poison.to_owned()],
                date: 0,
                auto_submitted: AutoSubmitted::No,
                extra_headers: vec![
                    ("X-Thing".to_owned(), poison.to_owned()),
                    (poison.to_owned(), "value".to_owned()),
                    ("Bcc".to_owned(), "victim@other.example".to_owned()),
                    ("Content-Type".to_owned(), "text/html".to_owned()),
                ],
                attachments: vec![OutgoingAttachment {
                    name: poison.to_owned(),
                    media_type: format!("text/plain; name={poison}"),
                    bytes: b"x".to_vec(),
                }],
            });
            let written = String::from_utf8(bytes).unwrap();
            let names: Vec<&str> = written
                .split("\r\n\r\n")
                .next()
                .unwrap()
                .split("\r\n")
                .filter(|line| !line.starts_with([' ', '\t']))
                .map(|line| line.split(':').next().unwrap())
                .collect();
            let expected = [
                "Date",
                "From",
                "To",
                "Message-ID",
                "Subject",
                "Reply-To",
                "In-Reply-To",
                "References",
                "X-Thing",
                "MIME-Version",
                "Content-Type",
            ];
            assert_eq!(names, expected, "{poison:?}");
            assert!(!written.replace("\r\n", "").contains(['\r', '\n']), "{poison:?}");
        }
    }

    /// Source: RFC 5322 section 2.1.1.
    #[test]
    fn no_line_is_longer_than_the_wire_allows() {
        let long = "x".repeat(5_000);
        let bytes = compose(&OutgoingLetter {
            from: Mailbox::named(long.clone(), format!("a@{long}.example")),
            to: vec![Mailbox::named(format!("é{long}"), "c@d.example")],
            subject: long.clone(),
            text: long.clone(),
            html: Some(long.clone()),
            message_id: long.clone(),
            in_reply_to: Some(long.clone()),
            references: vec![long.clone(); 100],
            extra_headers: vec![("X-Thing".to_owned(), long.clone())],
            attachments: vec![OutgoingAttachment {
                name: long.clone(),
                media_type: "text/plain".to_owned(),
                bytes: long.clone().into_bytes(),
            }],
            ..sample()
        });
        let written = String::from_utf8(bytes.clone()).unwrap();
        for line in written.split("\r\n") {
            assert!(line.len() <= 998, "{} bytes: {line}", line.len());
        }
        let letter = parse(&bytes);
        assert_eq!(letter.text, long);
        assert_eq!(letter.attachments[0].bytes, long.as_bytes());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn any_text_comes_back(
            subject in "\\PC{0,120}",
            text in "(\\PC|\n|\t){0,400}",
            name in "\\PC{0,60}",
            local in "[a-z0-9.+_-]{1,20}",
            file in "[^/\\\\\\pC]{1,40}",
            html in prop::option::of("[a-z ]{1,20}"),
            content in prop::collection::vec(any::<u8>(), 0..200),
        ) {
            let letter = OutgoingLetter {
                from: Mailbox { name: Some(name.clone()), address: format!("{local}@sender.example") },
                to: vec![
                    Mailbox { name: Some(name.clone()), address: format!("{local}@one.example") },
                    Mailbox::bare(format!("{local}@two.example")),
                ],
                subject: subject.clone(),
                text: text.clone(),
                html,
                message_id: "id@sender.example".to_owned(),
                attachments: vec![OutgoingAttachment {
                    name: file.clone(),
                    media_type: "application/octet-stream".to_owned(),
                    bytes: content.clone(),
                }],
                ..OutgoingLetter::default()
            };
            let read = parse(&compose(&letter));
            prop_assert_eq!(read.subject, on_one_line(&subject));
            // Spaces at the ends of lines do not flow, and depths of quotation are written in one way.
            let tidy = unflow(&flow(&tidy_text(&text)), false);
            // An empty text beside an HTML is read from the HTML.
            if !tidy.trim().is_empty() {
                prop_assert_eq!(read.text.trim(), tidy.trim());
            }
            let expected_name = Some(on_one_line(&name)).filter(|name| !name.is_empty());
            let from = read.from.unwrap();
            prop_assert_eq!(from.address, letter.from.address);
            prop_assert_eq!(from.name, expected_name.clone());
            prop_assert_eq!(read.to.len(), 2);
            prop_assert_eq!(&read.to[0].address, &letter.to[0].address);
            prop_assert_eq!(&read.to[1].address, &letter.to[1].address);
            prop_assert_eq!(&read.attachments[0].bytes, &content);
        }
    }
}
