//! The header of a message or of one of its parts.

use std::panic::{AssertUnwindSafe, catch_unwind};

use mail_parser::{Address, Header, HeaderName, HeaderValue, MessageParser};

use crate::decode::decode_windows_1252;
use crate::letter::Mailbox;
use crate::neutral::{on_one_line, shortened};
use crate::problems::Problems;

/// How many fields of one header are read.
const FIELDS_AT_MOST: usize = 1_000;
/// How many mailboxes, or ids, of one field are read.
const ITEMS_AT_MOST: usize = 1_000;
/// The longest address kept, in bytes. Source: RFC 5321 section 4.5.3.1 allows a
/// local part of 64 and a domain of 255.
const ADDRESS_BYTES_AT_MOST: usize = 320;
/// The longest identity kept, in bytes. Source: RFC 5322 section 2.1.1 allows no
/// longer line.
const IDENTITY_BYTES_AT_MOST: usize = 998;
/// The longest name of a mailbox kept, in characters.
const NAME_CHARACTERS_AT_MOST: usize = 998;

/// The fields of a header, decoded and as written.
#[derive(Debug, Default)]
pub(crate) struct Headers {
    decoded: Vec<Header<'static>>,
    written: Vec<(String, String)>,
}

impl Headers {
    /// Reads the header at the start of `bytes` and gives it with the body that
    /// follows. Fields beyond `bytes_at_most` are left out.
    pub(crate) fn read<'a>(
        bytes: &'a [u8],
        bytes_at_most: usize,
        problems: &mut Problems,
    ) -> (Headers, &'a [u8]) {
        let layout = Layout::of(bytes, bytes_at_most, problems);
        let mut block = Vec::new();
        for line in &layout.lines {
            block.extend_from_slice(line);
            block.extend_from_slice(b"\r\n");
        }
        block.extend_from_slice(b"\r\n");
        let text = match String::from_utf8(block) {
            Ok(text) => text,
            Err(wrong) => {
                problems.name("the header has bytes outside its encoding; read as Windows-1252");
                decode_windows_1252(wrong.as_bytes())
            }
        };
        let decoded = catch_unwind(AssertUnwindSafe(|| {
            MessageParser::new().parse_headers(&text).map(|message| message.into_owned())
        }))
        .unwrap_or_else(|_| {
            problems.name("the header could not be decoded");
            None
        })
        .and_then(|mut message| (!message.parts.is_empty()).then(|| message.parts.swap_remove(0).headers))
        .unwrap_or_default();
        let headers = Headers { decoded, written: written_fields(&text) };
        (headers, layout.body)
    }

    /// The values of a field as written, unfolded, `name` in lower case.
    pub(crate) fn written<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.written.iter().filter(move |(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// Whether a field is there, `name` in lower case.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.written(name).next().is_some()
    }

    /// Whether there is any field at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.written.is_empty()
    }

    /// The first value of a field. The first is taken where a field is repeated
    /// against RFC 5322 section 3.6, so that appending one changes nothing.
    pub(crate) fn first(&self, name: HeaderName<'static>) -> Option<&HeaderValue<'static>> {
        self.decoded.iter().find(|header| header.name == name).map(|header| &header.value)
    }

    /// A field as one line of text.
    pub(crate) fn line(&self, name: HeaderName<'static>) -> Option<String> {
        self.first(name).and_then(|value| value.as_text()).map(on_one_line).filter(|line| !line.is_empty())
    }

    /// The mailboxes of every occurrence of an address field.
    pub(crate) fn mailboxes(&self, name: HeaderName<'static>, problems: &mut Problems) -> Vec<Mailbox> {
        let mut mailboxes = Vec::new();
        let values = self.decoded.iter().filter(|header| header.name == name);
        for value in values {
            let (HeaderValue::Address(Address::List(_)) | HeaderValue::Address(Address::Group(_))) =
                &value.value
            else {
                continue;
            };
            let Some(addresses) = value.value.as_address() else {
                continue;
            };
            for address in addresses.iter() {
                if mailboxes.len() == ITEMS_AT_MOST {
                    problems.name("there are more than 1000 addresses in one field; the rest was left out");
                    return mailboxes;
                }
                match mailbox(address) {
                    Some(mailbox) => mailboxes.push(mailbox),
                    None => problems.name("an address could not be understood"),
                }
            }
        }
        mailboxes
    }

    /// The identities of a field without angle brackets, the last 1,000.
    pub(crate) fn identities(&self, name: HeaderName<'static>) -> Vec<String> {
        let identities: Vec<String> = match self.first(name) {
            Some(HeaderValue::Text(one)) => identity(one).into_iter().collect(),
            Some(HeaderValue::TextList(many)) => many.iter().filter_map(|one| identity(one)).collect(),
            _ => Vec::new(),
        };
        let skipped = identities.len().saturating_sub(ITEMS_AT_MOST);
        identities.into_iter().skip(skipped).collect()
    }
}

fn mailbox(address: &mail_parser::Addr<'_>) -> Option<Mailbox> {
    let stated = on_one_line(address.address.as_deref()?);
    let stated = stated.trim_matches(|character| matches!(character, '<' | '>' | ' '));
    let (local, domain) = stated.rsplit_once('@')?;
    let broken = |part: &str| part.is_empty() || part.contains(['<', '>', ' ']);
    let quoted = local.len() > 2 && local.starts_with('"') && local.ends_with('"');
    if broken(domain) || (broken(local) && !quoted) {
        return None;
    }
    if stated.len() > ADDRESS_BYTES_AT_MOST {
        return None;
    }
    let name = address
        .name
        .as_deref()
        .map(on_one_line)
        .map(|name| shortened(&name, NAME_CHARACTERS_AT_MOST).to_owned())
        .filter(|name| !name.is_empty());
    Some(Mailbox { name, address: stated.to_owned() })
}

fn identity(stated: &str) -> Option<String> {
    let mut identity: String = stated
        .chars()
        .filter(|character| {
            !character.is_control() && !character.is_whitespace() && !matches!(character, '<' | '>')
        })
        .collect();
    identity.truncate(identity.floor_char_boundary(IDENTITY_BYTES_AT_MOST));
    (!identity.is_empty()).then_some(identity)
}

fn written_fields(block: &str) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in block.split("\r\n") {
        if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = fields.last_mut() {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            fields.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    fields
}

/// Where a header's lines and its body are.
struct Layout<'a> {
    lines: Vec<&'a [u8]>,
    body: &'a [u8],
}

impl<'a> Layout<'a> {
    fn of(bytes: &'a [u8], bytes_at_most: usize, problems: &mut Problems) -> Self {
        let mut lines: Vec<&'a [u8]> = Vec::new();
        let mut fields = 0;
        let mut at = 0;
        // The end of the last line that belongs to the header: what follows it
        // without being a field is body whose empty line was forgotten.
        let mut header_end = 0;
        let mut inside_field = false;
        let mut stray_lines = false;
        let mut cut = false;
        loop {
            if at >= bytes.len() {
                if stray_lines {
                    problems.name("the header ends without an empty line");
                }
                return Layout { lines, body: &bytes[header_end..] };
            }
            let (line, next) = line_at(bytes, at);
            if line.is_empty() {
                let body = if stray_lines {
                    problems.name("the header ends without an empty line");
                    &bytes[header_end..]
                } else {
                    &bytes[next..]
                };
                return Layout { lines, body };
            }
            let is_postmark = at == 0 && (line.starts_with(b"From ") || line.starts_with(b">From "));
            let is_continuation = matches!(line[0], b' ' | b'\t');
            if is_postmark {
                header_end = next;
            } else if is_continuation && inside_field {
                if !cut {
                    lines.push(line);
                }
                header_end = next;
            } else if is_field(line) {
                if stray_lines {
                    problems.name("lines of the header could not be understood");
                    stray_lines = false;
                }
                fields += 1;
                if !cut && (next > bytes_at_most || fields > FIELDS_AT_MOST) {
                    problems.name("the header is too large; its end was left out");
                    cut = true;
                }
                if !cut {
                    lines.push(line);
                }
                inside_field = true;
                header_end = next;
            } else if fields == 0 {
                problems.name("there is no header");
                return Layout { lines, body: bytes };
            } else {
                inside_field = false;
                stray_lines = true;
            }
            at = next;
        }
    }
}

/// The line at `at` without its end, and where the next one begins.
pub(crate) fn line_at(bytes: &[u8], at: usize) -> (&[u8], usize) {
    let rest = &bytes[at..];
    let (line, next) = match rest.iter().position(|byte| *byte == b'\n') {
        Some(length) => (&rest[..length], at + length + 1),
        None => (rest, bytes.len()),
    };
    (line.strip_suffix(b"\r").unwrap_or(line), next)
}

/// Whether a line begins a field. Source: RFC 5322 section 2.2; spaces before
/// the colon are the obsolete form of section 4.5.
fn is_field(line: &[u8]) -> bool {
    let Some(colon) = line.iter().take(200).position(|byte| *byte == b':') else {
        return false;
    };
    let name = line[..colon].trim_ascii_end();
    !name.is_empty() && name.iter().all(|byte| matches!(byte, 33..=126))
}
