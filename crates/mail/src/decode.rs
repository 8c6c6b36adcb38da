//! Transfer encodings and character sets.

use std::borrow::Cow;

use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::charsets::map::charset_decoder;

use crate::neutral::on_one_line;
use crate::problems::Problems;

/// Undoes a `Content-Transfer-Encoding`; what is broken is kept as far as it
/// goes.
pub(crate) fn decode_transfer<'a>(
    body: &'a [u8],
    encoding: Option<&str>,
    problems: &mut Problems,
) -> Cow<'a, [u8]> {
    let encoding = encoding.unwrap_or_default().trim().to_ascii_lowercase();
    match encoding.as_str() {
        // The last six are not in RFC 2045, but their meaning is plain.
        "" | "7bit" | "8bit" | "binary" | "7-bit" | "8-bit" | "7bits" | "8bits" | "7 bit" | "8 bit" => {
            Cow::Borrowed(body)
        }
        "base64" => Cow::Owned(decode_base64(body, problems)),
        "quoted-printable" => Cow::Owned(decode_quoted_printable(body, problems)),
        _ => {
            problems.name(format!(
                "the transfer encoding \"{}\" is unknown",
                on_one_line(crate::neutral::shortened(&encoding, 40))
            ));
            Cow::Borrowed(body)
        }
    }
}

fn decode_base64(body: &[u8], problems: &mut Problems) -> Vec<u8> {
    if let Some(decoded) = base64_decode(body) {
        return decoded;
    }
    problems.name("a part is not valid base64");
    let alphabet: Vec<u8> = body
        .iter()
        .copied()
        .filter(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'))
        .collect();
    base64_decode(&alphabet).unwrap_or_else(|| body.to_vec())
}

/// Source: RFC 2045 section 6.7, whose notes ask decoders to keep what is not
/// valid.
fn decode_quoted_printable(body: &[u8], problems: &mut Problems) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(body.len());
    let mut rest = body;
    while !rest.is_empty() {
        let (line, end, next) = match rest.iter().position(|byte| *byte == b'\n') {
            Some(length) => {
                let line = &rest[..length];
                match line.strip_suffix(b"\r") {
                    Some(line) => (line, b"\r\n".as_slice(), length + 1),
                    None => (line, b"\n".as_slice(), length + 1),
                }
            }
            None => (rest, b"".as_slice(), rest.len()),
        };
        let line = line.trim_ascii_end();
        let (line, soft) = match line.strip_suffix(b"=") {
            Some(line) => (line, true),
            None => (line, false),
        };
        let mut at = 0;
        while at < line.len() {
            let byte = line[at];
            if byte == b'=' {
                let pair = line.get(at + 1..at + 3);
                if let Some(value) = pair.and_then(|pair| hexadecimal(pair[0], pair[1])) {
                    decoded.push(value);
                    at += 3;
                    continue;
                }
                problems.name("a part is not valid quoted-printable");
            }
            decoded.push(byte);
            at += 1;
        }
        if !soft {
            decoded.extend_from_slice(end);
        }
        rest = &rest[next..];
    }
    decoded
}

fn hexadecimal(high: u8, low: u8) -> Option<u8> {
    let high = char::from(high).to_digit(16)?;
    let low = char::from(low).to_digit(16)?;
    u8::try_from(high * 16 + low).ok()
}

/// Decodes text to Unicode: as declared where that can be true, else UTF-8,
/// else Windows-1252, which gives a character for every byte.
pub(crate) fn decode_text(bytes: &[u8], charset: Option<&str>, problems: &mut Problems) -> String {
    let charset = charset.unwrap_or_default().trim().to_ascii_lowercase();
    let claims_little = matches!(charset.as_str(), "" | "us-ascii" | "ascii" | "ansi_x3.4-1968");
    if claims_little || matches!(charset.as_str(), "utf-8" | "utf8") {
        let is_japanese = [b"\x1b$B".as_slice(), b"\x1b$@"]
            .iter()
            .any(|escape| bytes.windows(3).any(|window| window == *escape));
        if claims_little
            && is_japanese
            && let Some(decoder) = charset_decoder(b"iso-2022-jp")
        {
            return decoder(bytes);
        }
        return match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) if claims_little => {
                problems.name("a part does not name its character set; read as Windows-1252");
                decode_windows_1252(bytes)
            }
            Err(_) => {
                problems.name("a part is not valid UTF-8");
                let lossy = String::from_utf8_lossy(bytes);
                // Not one character beyond ASCII is UTF-8: the declaration is
                // wrong, not the bytes.
                if lossy.chars().all(|one| one.is_ascii() || one == '\u{fffd}') {
                    decode_windows_1252(bytes)
                } else {
                    lossy.into_owned()
                }
            }
        };
    }
    match charset_decoder(charset.as_bytes()) {
        Some(decoder) => decoder(bytes),
        None => {
            problems.name(format!(
                "the character set \"{}\" is unknown",
                on_one_line(crate::neutral::shortened(&charset, 40))
            ));
            match std::str::from_utf8(bytes) {
                Ok(text) => text.to_owned(),
                Err(_) => decode_windows_1252(bytes),
            }
        }
    }
}

/// Decodes bytes of which nothing is known.
pub(crate) fn decode_windows_1252(bytes: &[u8]) -> String {
    match charset_decoder(b"windows-1252") {
        Some(decoder) => decoder(bytes),
        None => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// Text with `\n` line ends, and without the control characters no text needs.
pub(crate) fn tidy_text(text: &str) -> String {
    let mut tidy = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    if characters.peek() == Some(&'\u{feff}') {
        characters.next();
    }
    while let Some(character) = characters.next() {
        match character {
            '\r' => {
                if characters.peek() != Some(&'\n') {
                    tidy.push('\n');
                }
            }
            '\n' | '\t' => tidy.push(character),
            other if other.is_control() => {}
            other => tidy.push(other),
        }
    }
    tidy
}
