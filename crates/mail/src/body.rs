//! The parts of a message: what is its text, and what came along.

use mail_parser::{ContentType, HeaderName};

use crate::clean_html::clean_html;
use crate::cms::signed_content;
use crate::decode::{decode_text, decode_transfer, tidy_text};
use crate::headers::{Headers, line_at};
use crate::letter::{Attachment, Protection, ProtectionKind, ProtectionScheme};
use crate::neutral::{file_name, on_one_line, shortened};
use crate::pgp::{clear_signed, with_line_ends};
use crate::problems::Problems;
use crate::signature::Signature;
use crate::tnef::{TnefFile, open_tnef, rtf_to_text};
use crate::unflow::unflow;

/// How many parts are read.
const PARTS_AT_MOST: usize = 1_000;
/// How deep parts are read inside parts. Each depth costs one more look at the
/// bytes, so this bounds the time too.
const DEPTH_AT_MOST: usize = 20;
/// How many bytes of a part's own header are read.
const PART_HEADER_BYTES_AT_MOST: usize = 32 * 1024;
/// How many signatures are kept to be judged.
const SIGNATURES_AT_MOST: usize = 2;
/// How much of a letter is shown as text, in bytes; a longer one comes whole as
/// an attachment.
const TEXT_BYTES_AT_MOST: usize = 1024 * 1024;
/// The same for HTML, which costs about ten times as much to read.
const HTML_BYTES_AT_MOST: usize = 512 * 1024;

/// The body of a message, taken apart.
#[derive(Debug, Default)]
pub(crate) struct Body {
    passages: Vec<Passage>,
    /// Everything that is not the text.
    pub(crate) attachments: Vec<Attachment>,
    /// How it is signed or encrypted.
    pub(crate) protection: Vec<Protection>,
    /// The signatures, with what they are over.
    pub(crate) signatures: Vec<Signature>,
    /// Whether it answers an invitation by itself, as calendars do.
    pub(crate) is_calendar_answer: bool,
    /// Texts to show when there is no other: of a wrapped message, of an invitation.
    substitutes: Vec<String>,
    parts: usize,
    text_bytes: usize,
    html_bytes: usize,
}

/// One stretch of the text, in one or two forms.
#[derive(Debug, Default)]
struct Passage {
    plain: String,
    html: String,
}

/// What a part is, by its own header.
#[derive(Clone)]
struct Kind {
    main: String,
    sub: String,
    charset: Option<String>,
    boundary: Option<String>,
    name: Option<String>,
    disposition: Disposition,
    encoding: Option<String>,
    content_id: Option<String>,
    protocol: Option<String>,
    smime_type: Option<String>,
    /// Whether paragraphs were broken for the way, and whether so in the middle of words.
    flowed: Option<bool>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Disposition {
    Attachment,
    Inline,
    Unstated,
}

impl Body {
    /// Takes the body of a message apart.
    pub(crate) fn read(headers: &Headers, body: &[u8], problems: &mut Problems) -> Body {
        let mut taken_apart = Body::default();
        let kind = Kind::of(headers, "text", "plain");
        taken_apart.walk(&kind, body, 0, None, problems);
        taken_apart
    }

    /// The text and the HTML to show; no HTML where none was sent.
    pub(crate) fn text_and_html(&self, problems: &mut Problems) -> (String, Option<String>) {
        let any_html = self.passages.iter().any(|passage| !passage.html.is_empty());
        let mut texts: Vec<String> = Vec::new();
        let mut htmls: Vec<String> = Vec::new();
        for passage in &self.passages {
            let plain_is_blank = passage.plain.trim().is_empty();
            if passage.html.is_empty() {
                if any_html && !plain_is_blank {
                    // A line end right after the tag is none, and would be taken away at each reading.
                    let plain = passage.plain.trim_start_matches('\n');
                    htmls.push(format!("<pre>{}</pre>", ammonia::clean_text(plain)));
                }
            } else {
                let cleaned = clean_html(&passage.html, problems);
                htmls.extend(cleaned.html);
                if plain_is_blank {
                    texts.push(tidy_text(&cleaned.text));
                }
            }
            if !plain_is_blank {
                texts.push(passage.plain.clone());
            }
        }
        let mut text = String::new();
        for piece in &texts {
            let piece = piece.trim_end();
            let first_line = piece.len() - piece.trim_start().len();
            let indent = piece[..first_line].rfind('\n').map_or(0, |end| end + 1);
            let piece = &piece[indent..];
            if piece.is_empty() {
                continue;
            }
            if !text.is_empty() {
                text.push_str("\n\n");
            }
            text.push_str(piece);
        }
        if text.is_empty() {
            text = self.substitutes.join("\n\n");
        }
        let html = htmls.join("\n");
        (text, (!html.trim().is_empty()).then_some(html))
    }

    fn walk(
        &mut self,
        kind: &Kind,
        body: &[u8],
        depth: usize,
        alternative: Option<usize>,
        problems: &mut Problems,
    ) {
        if kind.main == "multipart" {
            return self.walk_multipart(kind, body, depth, alternative, problems);
        }
        let is_markup = matches!(kind.sub.as_str(), "enriched" | "richtext");
        let is_file = kind.disposition == Disposition::Attachment
            || (depth > 0 && kind.name.is_some())
            || kind.main != "text"
            || !matches!(kind.sub.as_str(), "plain" | "html" | "enriched" | "richtext" | "markdown");
        let decoded = decode_transfer(body, kind.encoding.as_deref(), problems);
        if is_file {
            return self.take_file(kind, decoded.into_owned(), depth, alternative, problems);
        }
        if kind.sub == "plain" && self.signatures.len() < SIGNATURES_AT_MOST {
            self.take_clear_signed(&decoded, depth);
        }
        // A third form of what is there in two already.
        if is_markup && alternative.is_some_and(|index| !self.passages[index].plain.trim().is_empty()) {
            return;
        }
        let without_marks = is_markup.then(|| without_marks(&decoded));
        let mut shown: &[u8] = without_marks.as_deref().unwrap_or(&decoded);
        let (taken, limit) = if kind.sub == "html" {
            (&mut self.html_bytes, HTML_BYTES_AT_MOST)
        } else {
            (&mut self.text_bytes, TEXT_BYTES_AT_MOST)
        };
        let room = limit.saturating_sub(*taken);
        let is_too_long = shown.len() > room;
        if is_too_long {
            problems.name("the text is too long to be shown whole; all of it is attached");
            let (end, _) =
                shown[..room].iter().enumerate().rfind(|(_, byte)| **byte == b'\n').unwrap_or((room, &0));
            shown = &shown[..end];
        }
        *taken += shown.len();
        let text = decode_text(shown, kind.charset.as_deref(), problems);
        let text = match kind.flowed.filter(|_| kind.sub == "plain") {
            Some(joins_words) => unflow(&text, joins_words),
            None => text,
        };
        let index = alternative.unwrap_or_else(|| {
            self.passages.push(Passage::default());
            self.passages.len() - 1
        });
        let passage = &mut self.passages[index];
        if kind.sub == "html" {
            passage.html.push_str(&text);
        } else {
            if !passage.plain.is_empty() && !passage.plain.ends_with('\n') {
                passage.plain.push('\n');
            }
            passage.plain.push_str(&tidy_text(&text));
        }
        if is_too_long {
            let extension = if kind.sub == "html" { "html" } else { "txt" };
            let bytes = decoded.into_owned();
            self.attachments.push(Attachment {
                name: Some(format!("body.{extension}")),
                media_type: format!("text/{}", kind.sub),
                size: bytes.len(),
                inline: false,
                content_id: None,
                bytes,
            });
        }
    }

    fn walk_multipart(
        &mut self,
        kind: &Kind,
        body: &[u8],
        depth: usize,
        alternative: Option<usize>,
        problems: &mut Problems,
    ) {
        if depth == DEPTH_AT_MOST {
            problems.name("parts are nested too deeply; the innermost are attached as they are");
            self.attach(kind, body.to_vec(), false);
            return;
        }
        match (kind.sub.as_str(), kind.protocol.as_deref()) {
            ("signed", Some(protocol)) if protocol.contains("pgp") => {
                self.protect(ProtectionKind::Signed, ProtectionScheme::Pgp);
            }
            ("signed", _) => self.protect(ProtectionKind::Signed, ProtectionScheme::Smime),
            ("encrypted", _) => {
                self.protect(ProtectionKind::Encrypted, ProtectionScheme::Pgp);
                problems.name("the message is encrypted and cannot be read here");
            }
            _ => {}
        }
        let boundary = kind.boundary.as_deref().unwrap_or_default();
        let room = PARTS_AT_MOST.saturating_sub(self.parts);
        let parts = split(body, boundary.as_bytes(), room, problems);
        if parts.is_empty() {
            problems.name("a multipart has no parts; read as text");
            let kind = Kind {
                main: "text".to_owned(),
                sub: "plain".to_owned(),
                ..Kind::of(&Headers::default(), "text", "plain")
            };
            return self.walk(&kind, body, depth.max(1), alternative, problems);
        }
        self.parts += parts.len();
        if kind.sub == "signed" && self.signatures.len() < SIGNATURES_AT_MOST {
            self.take_detached(kind, &parts, depth);
        }
        let alternative = if kind.sub == "alternative" && alternative.is_none() {
            self.passages.push(Passage::default());
            Some(self.passages.len() - 1)
        } else {
            alternative
        };
        // Source: RFC 2046 section 5.1.5.
        let default = if kind.sub == "digest" { ("message", "rfc822") } else { ("text", "plain") };
        for part in parts {
            let (headers, body) = Headers::read(part, PART_HEADER_BYTES_AT_MOST, problems);
            let kind = Kind::of(&headers, default.0, default.1);
            self.walk(&kind, body, depth + 1, alternative, problems);
        }
    }

    /// A signature that stands beside what it signs. Source: RFC 1847 section 2.1, RFC 8551 section 3.5.3.2.
    fn take_detached(&mut self, kind: &Kind, parts: &[&[u8]], depth: usize) {
        let [content, signature, rest @ ..] = parts else { return };
        let nothing = &mut Problems::default();
        let (headers, body) = Headers::read(signature, PART_HEADER_BYTES_AT_MOST, nothing);
        let stated = Kind::of(&headers, "text", "plain");
        let signature = decode_transfer(body, stated.encoding.as_deref(), nothing);
        // Anything else in its place would be shown, and nobody signed it.
        let is_signature = stated.main == "application"
            && matches!(stated.sub.as_str(), "pgp-signature" | "pkcs7-signature" | "x-pkcs7-signature");
        let is_pgp = kind.protocol.as_deref().is_some_and(|protocol| protocol.contains("pgp"));
        self.signatures.push(Signature {
            scheme: Some(if is_pgp { ProtectionScheme::Pgp } else { ProtectionScheme::Smime }),
            covers_all: depth == 0 && is_signature && rest.is_empty(),
            content: with_line_ends(content),
            signature: signature.into_owned(),
        });
    }

    /// A text that is signed as it stands.
    fn take_clear_signed(&mut self, text: &[u8], depth: usize) {
        const MARK: &[u8] = b"-----BEGIN PGP SIGNED MESSAGE-----";
        let is_marked = text.split(|byte| *byte == b'\n').take(200).any(|line| line.starts_with(MARK));
        if let Some((content, signature, is_whole)) = is_marked.then(|| clear_signed(text)).flatten() {
            let scheme = Some(ProtectionScheme::Pgp);
            let covers_all = depth == 0 && is_whole;
            self.signatures.push(Signature { scheme, covers_all, content, signature });
        }
    }

    fn protect(&mut self, kind: ProtectionKind, scheme: ProtectionScheme) {
        let protection = Protection { kind, scheme };
        if !self.protection.contains(&protection) {
            self.protection.push(protection);
        }
    }

    /// A part that is no text: a wrapping of other parts, an invitation, or a file.
    fn take_file(
        &mut self,
        kind: &Kind,
        bytes: Vec<u8>,
        depth: usize,
        alternative: Option<usize>,
        problems: &mut Problems,
    ) {
        let media_type = format!("{}/{}", kind.main, kind.sub);
        match media_type.as_str() {
            "application/ms-tnef" | "application/vnd.ms-tnef" => {
                return self.take_tnef(kind, bytes, problems);
            }
            _ if kind.name.as_deref().is_some_and(|name| name.eq_ignore_ascii_case("winmail.dat")) => {
                return self.take_tnef(kind, bytes, problems);
            }
            "application/pkcs7-mime" | "application/x-pkcs7-mime" => {
                let is_list = kind.smime_type.as_deref() == Some("certs-only");
                let content = if is_list || depth >= DEPTH_AT_MOST { None } else { signed_content(&bytes) };
                if let Some(content) = content {
                    self.protect(ProtectionKind::Signed, ProtectionScheme::Smime);
                    if self.signatures.len() < SIGNATURES_AT_MOST {
                        self.signatures.push(Signature {
                            scheme: Some(ProtectionScheme::Smime),
                            covers_all: depth == 0,
                            content: Vec::new(),
                            signature: bytes,
                        });
                    }
                    let (headers, body) = Headers::read(&content, PART_HEADER_BYTES_AT_MOST, problems);
                    let inner = Kind::of(&headers, "text", "plain");
                    return self.walk(&inner, body, depth + 1, alternative, problems);
                }
                if !is_list {
                    self.protect(ProtectionKind::Encrypted, ProtectionScheme::Smime);
                    problems.name("the message is encrypted and cannot be read here");
                }
            }
            "text/calendar" | "application/ics" => {
                let text = decode_text(
                    &bytes[..bytes.len().min(TEXT_BYTES_AT_MOST)],
                    kind.charset.as_deref().or(Some("utf-8")),
                    &mut Problems::default(),
                );
                let invitation = Invitation::read(&text);
                self.is_calendar_answer |= invitation.is_answer;
                self.substitutes.extend(invitation.shown);
                let named = Kind {
                    name: kind.name.clone().or_else(|| Some("invite.ics".to_owned())),
                    ..kind.clone()
                };
                return self.attach(&named, bytes, false);
            }
            _ => {}
        }
        self.attach(kind, bytes, alternative.is_some());
    }

    /// What Exchange wrapped: its files take the place of the wrapping, which is
    /// kept where not all of it could be opened.
    fn take_tnef(&mut self, kind: &Kind, bytes: Vec<u8>, problems: &mut Problems) {
        let Some(opened) = open_tnef(&bytes) else {
            problems.name("winmail.dat could not be opened");
            return self.attach(kind, bytes, false);
        };
        let has_rtf = opened.rtf.is_some();
        let text = opened.text.filter(|text| !text.trim().is_empty());
        if let Some(html) = opened.html {
            let cleaned = clean_html(&html, problems);
            self.substitutes.push(tidy_text(&text.unwrap_or(cleaned.text)));
        } else if let Some(text) = text {
            self.substitutes.push(tidy_text(&text));
        } else if let Some(rtf) = &opened.rtf {
            self.substitutes.push(tidy_text(&rtf_to_text(rtf)));
        }
        if !opened.is_whole || (opened.files.is_empty() && !has_rtf && self.substitutes.is_empty()) {
            problems.name("winmail.dat could not be opened whole");
            self.attach(kind, bytes, false);
        }
        for TnefFile { name, media_type, content_id, bytes } in opened.files {
            let (main, sub) = media_type
                .as_deref()
                .and_then(|media_type| media_type.split_once('/'))
                .and_then(|(main, sub)| Some((token(main)?, token(sub)?)))
                .unwrap_or_else(|| ("application".to_owned(), "octet-stream".to_owned()));
            let inner = Kind {
                main,
                sub,
                name: name.as_deref().and_then(file_name),
                disposition: Disposition::Unstated,
                content_id: content_id.filter(|id| !id.is_empty()),
                ..Kind::of(&Headers::default(), "application", "octet-stream")
            };
            self.attach(&inner, bytes, false);
        }
    }

    /// A message inside the message is a file like any other: it is another
    /// letter, and reading it as part of this one would mix two authors.
    fn attach(&mut self, kind: &Kind, bytes: Vec<u8>, in_alternative: bool) {
        if bytes.is_empty() && kind.name.is_none() {
            return;
        }
        let is_message = kind.main == "message" && matches!(kind.sub.as_str(), "rfc822" | "global");
        let name = match &kind.name {
            None if is_message => Some("message.eml".to_owned()),
            name => name.clone(),
        };
        let inline = kind.disposition != Disposition::Attachment
            && (kind.disposition == Disposition::Inline || kind.content_id.is_some() || in_alternative);
        self.attachments.push(Attachment {
            name,
            media_type: format!("{}/{}", kind.main, kind.sub),
            size: bytes.len(),
            inline,
            content_id: kind.content_id.clone(),
            bytes,
        });
    }
}

impl Kind {
    fn of(headers: &Headers, default_main: &str, default_sub: &str) -> Kind {
        let content_type = headers.first(HeaderName::ContentType).and_then(|value| value.as_content_type());
        let disposition =
            headers.first(HeaderName::ContentDisposition).and_then(|value| value.as_content_type());
        let attribute = |of: Option<&ContentType<'static>>, name: &str| {
            of.and_then(|content_type| content_type.attribute(name)).map(str::to_owned)
        };
        let (main, sub) = match content_type {
            Some(stated) => match (token(stated.ctype()), stated.subtype().and_then(token)) {
                (Some(main), Some(sub)) => (main, sub),
                (Some(main), None) if main == "text" => (main, "plain".to_owned()),
                (Some(main), None) if main == "multipart" => (main, "mixed".to_owned()),
                // Source: RFC 2045 section 5.2 lets what cannot be read pass as
                // the default; as a file nothing of it is lost or shown.
                _ => ("application".to_owned(), "octet-stream".to_owned()),
            },
            None => (default_main.to_owned(), default_sub.to_owned()),
        };
        let name = attribute(disposition, "filename")
            .or_else(|| attribute(content_type, "name"))
            .and_then(|name| file_name(&name));
        Kind {
            main,
            sub,
            protocol: attribute(content_type, "protocol").map(|text| text.to_ascii_lowercase()),
            smime_type: attribute(content_type, "smime-type").map(|text| text.to_ascii_lowercase()),
            flowed: attribute(content_type, "format")
                .filter(|format| format.eq_ignore_ascii_case("flowed"))
                .map(|_| {
                    attribute(content_type, "delsp").is_some_and(|said| said.eq_ignore_ascii_case("yes"))
                }),
            charset: attribute(content_type, "charset"),
            boundary: attribute(content_type, "boundary"),
            name,
            disposition: match disposition {
                Some(stated) if stated.ctype().eq_ignore_ascii_case("inline") => Disposition::Inline,
                Some(_) => Disposition::Attachment,
                None => Disposition::Unstated,
            },
            encoding: headers.line(HeaderName::ContentTransferEncoding),
            content_id: headers.identities(HeaderName::ContentId).into_iter().next(),
        }
    }
}

/// What an invitation says, line by line.
///
/// Source: RFC 5545 section 3.1 for the lines, RFC 5546 section 3.2.3 for answers.
#[derive(Default)]
struct Invitation {
    is_answer: bool,
    shown: Option<String>,
}

impl Invitation {
    fn read(text: &str) -> Self {
        let unfolded = text.replace("\r\n", "\n").replace("\n ", "").replace("\n\t", "");
        let mut invitation = Invitation::default();
        let mut shown = Vec::new();
        let mut inside_event = false;
        for line in unfolded.lines().take(2_000) {
            let Some((name, value)) = line.split_once(':') else { continue };
            let name = name.split(';').next().unwrap_or_default().to_ascii_uppercase();
            match name.as_str() {
                "METHOD" => invitation.is_answer = value.trim().eq_ignore_ascii_case("REPLY"),
                "BEGIN" => inside_event = value.trim().eq_ignore_ascii_case("VEVENT"),
                "SUMMARY" | "DTSTART" | "DTEND" | "LOCATION" | "DESCRIPTION" if inside_event => {
                    let value = value.replace("\\n", "\n").replace("\\,", ",").replace("\\;", ";");
                    if !value.trim().is_empty() {
                        shown.push(value.trim().to_owned());
                    }
                }
                _ => {}
            }
        }
        invitation.shown = (!shown.is_empty()).then(|| tidy_text(&shown.join("\n")));
        invitation
    }
}

/// The text of `text/enriched` and its forerunner without their commands.
///
/// Source: RFC 1896.
fn without_marks(bytes: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'<' if bytes.get(at + 1) == Some(&b'<') => {
                text.push(b'<');
                at += 2;
            }
            b'<' => match bytes[at..].iter().take(80).position(|byte| *byte == b'>') {
                Some(length) => at += length + 1,
                None => {
                    text.push(b'<');
                    at += 1;
                }
            },
            byte => {
                text.push(byte);
                at += 1;
            }
        }
    }
    text
}

/// A type or subtype in lower case, if it is one.
fn token(stated: &str) -> Option<String> {
    let stated = on_one_line(stated).to_ascii_lowercase();
    let is_token = !stated.is_empty()
        && stated.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&byte));
    is_token.then(|| shortened(&stated, 127).to_owned())
}

/// The parts between the delimiter lines of `boundary`, in one look at the
/// bytes.
///
/// Source: RFC 2046 section 5.1.1.
fn split<'a>(body: &'a [u8], boundary: &[u8], at_most: usize, problems: &mut Problems) -> Vec<&'a [u8]> {
    let boundary = boundary.trim_ascii_end();
    if boundary.is_empty() {
        return Vec::new();
    }
    let mut parts = Vec::new();
    let mut part_start = None;
    let mut at = 0;
    while at < body.len() {
        let (line, next) = line_at(body, at);
        let rest =
            line.strip_prefix(b"--").and_then(|rest| rest.strip_prefix(boundary)).map(<[u8]>::trim_ascii_end);
        let closes = rest == Some(b"--".as_slice());
        if closes || rest == Some(b"".as_slice()) {
            if let Some(start) = part_start {
                // The line end before a delimiter belongs to the delimiter.
                let part: &[u8] = &body[start..at.max(start)];
                let part = part.strip_suffix(b"\n").unwrap_or(part);
                parts.push(part.strip_suffix(b"\r").unwrap_or(part));
            }
            if closes {
                return parts;
            }
            if parts.len() == at_most {
                problems.name("there are more than 1000 parts; the rest was left out");
                return parts;
            }
            part_start = Some(next);
        }
        at = next;
    }
    if let Some(start) = part_start {
        problems.name("a multipart is not closed; its end may be missing");
        parts.push(&body[start..]);
    }
    parts
}
