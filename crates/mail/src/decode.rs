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
        "x-uuencode" | "uuencode" | "x-uue" | "uue" => match decode_uuencode(body) {
            Some(decoded) => Cow::Owned(decoded),
            None => {
                problems.name("a part is not valid uuencode");
                Cow::Borrowed(body)
            }
        },
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

/// The lines between `begin` and `end`, three bytes in four characters.
///
/// Source: IEEE 1003.1, uuencode.
fn decode_uuencode(body: &[u8]) -> Option<Vec<u8>> {
    let mut lines = body.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    lines.find(|line| line.starts_with(b"begin "))?;
    let mut decoded = Vec::with_capacity(body.len() / 4 * 3);
    for line in lines {
        if line == b"end" {
            return Some(decoded);
        }
        let Some((first, rest)) = line.split_first() else { continue };
        let length = usize::from(first.wrapping_sub(32) & 63);
        let start = decoded.len();
        for four in rest.chunks(4) {
            let bits = (0..4).fold(0_u32, |bits, place| {
                let character = four.get(place).copied().unwrap_or(b'`');
                (bits << 6) | u32::from(character.wrapping_sub(32) & 63)
            });
            decoded.extend_from_slice(&bits.to_be_bytes()[1..]);
        }
        decoded.truncate(start + length.min(decoded.len() - start));
    }
    Some(decoded)
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
    let charset = charset_meant(charset.unwrap_or_default());
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

/// A name of a character set as programs in the wild write it, as the one it means.
fn charset_meant(stated: &str) -> String {
    let name = stated.split(['*', ';', ' ']).find(|part| !part.is_empty()).unwrap_or_default();
    let name =
        name.trim_matches(|character: char| matches!(character, '"' | '\'' | '<' | '>')).to_ascii_lowercase();
    let meant = match name.as_str() {
        // Says that it does not know.
        "unknown-8bit" | "x-unknown" | "unknown" | "8bit" | "7bit" | "binary" | "default"
        | "default_charset" | "_autodetect" | "none" | "charset" => "",
        "utf8mb4" | "utf-8n" | "utf_8" | "unicode-utf-8" | "utf" => "utf-8",
        "ansi"
        | "cp-1252"
        | "win-1252"
        | "windows1252"
        | "iso-8859-1-windows-3.1-latin-1"
        | "ms-ansi"
        | "windows-1252http-equivcontent-type" => "windows-1252",
        "win-1251" | "windows1251" | "cp-1251" => "windows-1251",
        "win-1250" | "windows1250" | "cp-1250" => "windows-1250",
        "cp932" | "x-ms-cp932" | "cp-932" | "shift-jis" | "x-shift-jis" => "shift_jis",
        "cp949" | "uhc" | "ms949" | "euckr" => "euc-kr",
        "cp50220" | "cp50221" | "cp50222" | "iso-2022-jp-ms" | "iso-2022-jp-1" | "iso-2022-jp-2"
        | "iso-2022-jp-3" | "csiso2022jp2" => "iso-2022-jp",
        "eucjp" | "eucjp-ms" | "ujis" | "cp51932" => "euc-jp",
        "cp950" | "big-5" => "big5",
        "cp54936" => "gb18030",
        "gb-2312" => "gb2312",
        "iso8859_1" | "iso-latin-1" | "latin-1" | "iso-8859" => "iso-8859-1",
        "latin-9" | "latin9" => "iso-8859-15",
        "646" | "us" | "ascii-us" | "ansi_x3.4-1986" | "iso-ir-6" => "us-ascii",
        _ => return name,
    };
    meant.to_owned()
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
