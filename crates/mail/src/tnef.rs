//! What Exchange wraps into `winmail.dat`.
//!
//! Source: MS-OXTNEF for the stream, MS-OXCDATA section 2.11 for the types of
//! properties, MS-OXRTFCP for compressed RTF. Every length is checked against
//! what is there, so the work grows with the size alone.

use crate::decode::decode_windows_1252;

/// The first four bytes of a stream. Source: MS-OXTNEF section 2.1.3.1.
const SIGNATURE: u32 = 0x223E_9F78;
/// How many files one stream is read for.
const FILES_AT_MOST: usize = 200;
/// How many properties of one block are read.
const PROPERTIES_AT_MOST: usize = 2_000;
/// The largest RTF that is unpacked, in bytes.
const RTF_BYTES_AT_MOST: usize = 4 * 1024 * 1024;

/// What was found in a stream.
#[derive(Debug, Default)]
pub(crate) struct Tnef {
    pub(crate) text: Option<String>,
    pub(crate) html: Option<String>,
    pub(crate) rtf: Option<Vec<u8>>,
    pub(crate) files: Vec<TnefFile>,
    /// Whether all of it could be read.
    pub(crate) is_whole: bool,
}

/// One file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct TnefFile {
    pub(crate) name: Option<String>,
    pub(crate) media_type: Option<String>,
    pub(crate) content_id: Option<String>,
    pub(crate) bytes: Vec<u8>,
}

/// Opens a stream; `None` when it is none.
pub(crate) fn open_tnef(bytes: &[u8]) -> Option<Tnef> {
    let mut reader = Reader { bytes, at: 0 };
    if reader.u32()? != SIGNATURE {
        return None;
    }
    reader.u16()?;
    let mut found = Tnef { is_whole: true, ..Tnef::default() };
    while reader.at < bytes.len() {
        let Some((tag, data)) = attribute(&mut reader) else {
            found.is_whole = false;
            break;
        };
        match tag {
            // attBody
            0x800C => found.text = Some(text_of(data)),
            // attMsgProps
            0x9003 => {
                for property in properties(data) {
                    match property.tag {
                        0x1000 => found.text = Some(property.text()),
                        0x1013 => found.html = Some(property.text()),
                        0x1009 => found.rtf = unpack_rtf(&property.value),
                        _ => {}
                    }
                }
            }
            // attAttachRenddata: a new file begins.
            0x9002 => {
                if found.files.len() == FILES_AT_MOST {
                    found.is_whole = false;
                    break;
                }
                found.files.push(TnefFile::default());
            }
            // attAttachTitle, attAttachData, attAttachment
            0x8010 | 0x800F | 0x9005 => {
                let Some(file) = found.files.last_mut() else { continue };
                match tag {
                    0x8010 => {
                        file.name.get_or_insert_with(|| text_of(data));
                    }
                    0x800F => file.bytes = data.to_vec(),
                    _ => describe(file, data),
                }
            }
            _ => {}
        }
    }
    Some(found)
}

fn describe(file: &mut TnefFile, data: &[u8]) {
    for property in properties(data) {
        match property.tag {
            // The long name is the true one, the title is cut to 8.3.
            0x3707 => file.name = Some(property.text()),
            0x370E => file.media_type = Some(property.text()),
            0x3712 => file.content_id = Some(property.text()),
            // An object begins with the identity of its interface.
            0x3701 if property.kind == 0x000D && file.bytes.is_empty() => {
                file.bytes = property.value.get(16..).unwrap_or_default().to_vec();
            }
            0x3701 if file.bytes.is_empty() => file.bytes = property.value,
            _ => {}
        }
    }
}

/// One attribute: its name and its data.
fn attribute<'a>(reader: &mut Reader<'a>) -> Option<(u16, &'a [u8])> {
    reader.take(1)?;
    let tag = u16::try_from(reader.u32()? & 0xFFFF).ok()?;
    let length = usize::try_from(reader.u32()?).ok()?;
    let data = reader.take(length)?;
    let sum = reader.u16()?;
    let counted = data.iter().fold(0_u16, |sum, byte| sum.wrapping_add(u16::from(*byte)));
    // Some programs write no checksum.
    (sum == counted || sum == 0).then_some((tag, data))
}

struct Property {
    tag: u16,
    kind: u16,
    value: Vec<u8>,
}

impl Property {
    fn text(&self) -> String {
        if self.kind == 0x001F {
            let units: Vec<u16> =
                self.value.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
            String::from_utf16_lossy(&units).trim_end_matches('\0').to_owned()
        } else {
            text_of(&self.value)
        }
    }
}

/// The properties of a block, as far as they can be read; of several values the first.
fn properties(data: &[u8]) -> Vec<Property> {
    let mut reader = Reader { bytes: data, at: 0 };
    let mut found = Vec::new();
    let Some(count) = reader.u32() else { return found };
    for _ in 0..(count as usize).min(PROPERTIES_AT_MOST) {
        match property(&mut reader) {
            Some(one) => found.push(one),
            None => break,
        }
    }
    found
}

fn property(reader: &mut Reader<'_>) -> Option<Property> {
    let kind = reader.u16()?;
    let tag = reader.u16()?;
    if tag >= 0x8000 {
        // A named property: the identity of its set, then a number or a name.
        reader.take(16)?;
        if reader.u32()? == 0 {
            reader.take(4)?;
        } else {
            let length = usize::try_from(reader.u32()?).ok()?;
            reader.take(padded(length))?;
        }
    }
    let single = kind & !0x1000;
    let is_variable = matches!(single, 0x000D | 0x001E | 0x001F | 0x0102);
    let values = if kind & 0x1000 != 0 || is_variable { reader.u32()? } else { 1 };
    let mut first = None;
    for _ in 0..values {
        let length = match single {
            0x0002 | 0x0003 | 0x0004 | 0x000A | 0x000B => 4,
            0x0005 | 0x0006 | 0x0007 | 0x0014 | 0x0040 => 8,
            0x0048 => 16,
            _ if is_variable => usize::try_from(reader.u32()?).ok()?,
            _ => return None,
        };
        let value = reader.take(length)?;
        if is_variable {
            // The last value of a block may come without its padding.
            let _ = reader.take(padded(length) - length);
        }
        first.get_or_insert_with(|| value.to_vec());
    }
    Some(Property { tag, kind: single, value: first.unwrap_or_default() })
}

fn padded(length: usize) -> usize {
    length.saturating_add(3) & !3
}

fn text_of(bytes: &[u8]) -> String {
    let bytes = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => decode_windows_1252(bytes),
    }
}

/// What the dictionary of compressed RTF begins with. Source: MS-OXRTFCP section 2.1.2.1.
const DICTIONARY: &[u8] = b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \
\\fmodern \\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\
\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";

/// Unpacks compressed RTF; `None` when it is none, or too large.
fn unpack_rtf(packed: &[u8]) -> Option<Vec<u8>> {
    let mut reader = Reader { bytes: packed, at: 0 };
    reader.u32()?;
    let size = usize::try_from(reader.u32()?).ok()?;
    let kind = reader.take(4)?;
    reader.u32()?;
    if size > RTF_BYTES_AT_MOST {
        return None;
    }
    match kind {
        b"MELA" => return reader.take(size).map(<[u8]>::to_vec),
        b"LZFu" => {}
        _ => return None,
    }
    let mut dictionary = [0_u8; 4096];
    dictionary[..DICTIONARY.len()].copy_from_slice(DICTIONARY);
    let mut write = DICTIONARY.len();
    let mut unpacked = Vec::with_capacity(size);
    while unpacked.len() < size {
        let control = reader.take(1)?[0];
        for bit in 0..8 {
            if unpacked.len() >= size {
                break;
            }
            if control & (1 << bit) == 0 {
                let byte = reader.take(1)?[0];
                dictionary[write] = byte;
                write = (write + 1) % dictionary.len();
                unpacked.push(byte);
                continue;
            }
            let pair = reader.take(2)?;
            let reference = u16::from_be_bytes([pair[0], pair[1]]);
            let offset = usize::from(reference >> 4);
            if offset == write {
                return Some(unpacked);
            }
            for step in 0..usize::from(reference & 0xF) + 2 {
                let byte = dictionary[(offset + step) % dictionary.len()];
                dictionary[write] = byte;
                write = (write + 1) % dictionary.len();
                unpacked.push(byte);
            }
        }
    }
    unpacked.truncate(size);
    Some(unpacked)
}

/// The text of RTF, roughly: what stands outside of commands, tables and pictures.
pub(crate) fn rtf_to_text(rtf: &[u8]) -> String {
    let mut text = String::new();
    let mut hidden: Vec<bool> = vec![false];
    let mut at = 0;
    let is_hidden = |hidden: &[bool]| hidden.last().copied().unwrap_or(false);
    while at < rtf.len() {
        match rtf[at] {
            b'{' => {
                let now = is_hidden(&hidden);
                if hidden.len() < 1_000 {
                    hidden.push(now);
                }
                at += 1;
            }
            b'}' => {
                if hidden.len() > 1 {
                    hidden.pop();
                }
                at += 1;
            }
            b'\\' => {
                let rest = &rtf[at + 1..];
                match rest.first() {
                    Some(b'\'') => {
                        let digits = rest.get(1..3).and_then(|pair| std::str::from_utf8(pair).ok());
                        if let Some(byte) = digits.and_then(|pair| u8::from_str_radix(pair, 16).ok())
                            && !is_hidden(&hidden)
                        {
                            text.push_str(&decode_windows_1252(&[byte]));
                        }
                        at += 4;
                    }
                    Some(b'*') => {
                        if let Some(last) = hidden.last_mut() {
                            *last = true;
                        }
                        at += 2;
                    }
                    Some(letter) if letter.is_ascii_alphabetic() => {
                        let length =
                            rest.iter().take(40).take_while(|byte| byte.is_ascii_alphabetic()).count();
                        let word = &rest[..length];
                        let number_length = rest[length..]
                            .iter()
                            .take(12)
                            .take_while(|byte| byte.is_ascii_digit() || **byte == b'-')
                            .count();
                        let number = std::str::from_utf8(&rest[length..length + number_length])
                            .ok()
                            .and_then(|digits| digits.parse::<i32>().ok());
                        at += 1 + length + number_length;
                        if rtf.get(at) == Some(&b' ') {
                            at += 1;
                        }
                        match word {
                            b"par" | b"line" if !is_hidden(&hidden) => text.push('\n'),
                            b"tab" if !is_hidden(&hidden) => text.push('\t'),
                            b"u" if !is_hidden(&hidden) => {
                                let code = number.map(|code| if code < 0 { code + 65_536 } else { code });
                                let letter =
                                    code.and_then(|code| u32::try_from(code).ok()).and_then(char::from_u32);
                                text.extend(letter);
                                // The character that stands in for programs that know no Unicode.
                                if rtf.get(at) == Some(&b'?') {
                                    at += 1;
                                }
                            }
                            b"fonttbl" | b"colortbl" | b"stylesheet" | b"info" | b"pict" | b"htmltag" => {
                                if let Some(last) = hidden.last_mut() {
                                    *last = true;
                                }
                            }
                            b"htmlrtf" => {
                                if let Some(last) = hidden.last_mut() {
                                    *last = number != Some(0);
                                }
                            }
                            _ => {}
                        }
                    }
                    Some(byte @ (b'\\' | b'{' | b'}')) => {
                        if !is_hidden(&hidden) {
                            text.push(char::from(*byte));
                        }
                        at += 2;
                    }
                    Some(b'~') => {
                        text.push('\u{a0}');
                        at += 2;
                    }
                    _ => at += 2,
                }
            }
            b'\r' | b'\n' => at += 1,
            byte => {
                if !is_hidden(&hidden) {
                    text.push_str(&decode_windows_1252(&[byte]));
                }
                at += 1;
            }
        }
    }
    text.trim().to_owned()
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let taken = self.bytes.get(self.at..self.at.checked_add(length)?)?;
        self.at += length;
        Some(taken)
    }

    fn u16(&mut self) -> Option<u16> {
        self.take(2).map(|bytes| u16::from_le_bytes([bytes[0], bytes[1]]))
    }

    fn u32(&mut self) -> Option<u32> {
        self.take(4).map(|bytes| u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    fn attribute_bytes(level: u8, id: u32, data: &[u8]) -> Vec<u8> {
        let mut bytes = vec![level];
        bytes.extend_from_slice(&id.to_le_bytes());
        bytes.extend_from_slice(&u32::try_from(data.len()).unwrap().to_le_bytes());
        bytes.extend_from_slice(data);
        let sum = data.iter().fold(0_u16, |sum, byte| sum.wrapping_add(u16::from(*byte)));
        bytes.extend_from_slice(&sum.to_le_bytes());
        bytes
    }

    fn unicode_property(tag: u16, text: &str) -> Vec<u8> {
        let mut value: Vec<u8> = text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect();
        let mut bytes = vec![0x1F, 0];
        bytes.extend_from_slice(&tag.to_le_bytes());
        bytes.extend_from_slice(&1_u32.to_le_bytes());
        bytes.extend_from_slice(&u32::try_from(value.len()).unwrap().to_le_bytes());
        value.resize(padded(value.len()), 0);
        bytes.extend_from_slice(&value);
        bytes
    }

    /// A stream with a text and one file of a long name.
    pub(crate) fn sample() -> Vec<u8> {
        let mut bytes = SIGNATURE.to_le_bytes().to_vec();
        bytes.extend_from_slice(&[1, 0]);
        bytes.extend(attribute_bytes(1, 0x0002_800C, b"Bonjour\0"));
        bytes.extend(attribute_bytes(2, 0x0006_9002, &[0; 14]));
        bytes.extend(attribute_bytes(2, 0x0001_8010, b"RECU~1.PDF\0"));
        bytes.extend(attribute_bytes(2, 0x0006_800F, b"%PDF-1.7 x"));
        let mut described = 2_u32.to_le_bytes().to_vec();
        described.extend(unicode_property(0x3707, "Reçu n° 1.pdf"));
        described.extend(unicode_property(0x370E, "application/pdf"));
        bytes.extend(attribute_bytes(2, 0x0006_9005, &described));
        bytes
    }

    #[test]
    fn a_stream_gives_its_text_and_its_files() {
        let found = open_tnef(&sample()).unwrap();
        assert!(found.is_whole);
        assert_eq!(found.text.as_deref(), Some("Bonjour"));
        assert_eq!(found.files.len(), 1);
        assert_eq!(found.files[0].name.as_deref(), Some("Reçu n° 1.pdf"));
        assert_eq!(found.files[0].media_type.as_deref(), Some("application/pdf"));
        assert_eq!(found.files[0].bytes, b"%PDF-1.7 x");
        assert!(open_tnef(b"not one").is_none());
        let cut = sample();
        assert!(!open_tnef(&cut[..cut.len() - 20]).unwrap().is_whole);
    }

    /// Source: MS-OXRTFCP section 3.1.1, its first example.
    #[test]
    fn compressed_rtf_is_unpacked() {
        let packed = [
            0x2d, 0x00, 0x00, 0x00, 0x2b, 0x00, 0x00, 0x00, 0x4c, 0x5a, 0x46, 0x75, 0xf1, 0xc5, 0xc7, 0xa7,
            0x03, 0x00, 0x0a, 0x00, 0x72, 0x63, 0x70, 0x67, 0x31, 0x32, 0x35, 0x42, 0x32, 0x0a, 0xf3, 0x20,
            0x68, 0x65, 0x6c, 0x09, 0x00, 0x20, 0x62, 0x77, 0x05, 0xb0, 0x6c, 0x64, 0x7d, 0x0a, 0x80, 0x0f,
            0xa0,
        ];
        let unpacked = unpack_rtf(&packed).unwrap();
        assert_eq!(unpacked, b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n");
        assert_eq!(rtf_to_text(&unpacked), "hello world");
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(bytes in proptest::collection::vec(any::<u8>(), 0..600), cut in 0_usize..300) {
            let mut stream = sample();
            stream.truncate(cut);
            stream.extend_from_slice(&bytes);
            let _ = open_tnef(&stream);
            let _ = unpack_rtf(&bytes);
            let _ = rtf_to_text(&bytes);
        }
    }
}
