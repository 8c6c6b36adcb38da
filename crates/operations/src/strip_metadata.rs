//! Pictures without what a camera wrote into them: place, device, owner, thumbnails, comments.
//!
//! What is stored stays as it came, as evidence; whoever is shown or given a picture gets this. A picture
//! of which the parts cannot be told is given as it is.

use img_parts::jpeg::{Jpeg, JpegSegment};
use img_parts::png::Png;
use img_parts::webp::WebP;
use img_parts::{Bytes, ImageEXIF};

/// The same picture without metadata; anything else as it is. The turn that a camera noted is kept, or the
/// picture would lie on its side.
#[must_use]
pub fn strip_metadata(bytes: Vec<u8>) -> Vec<u8> {
    let kind = Kind::of(&bytes);
    let Some(kind) = kind else { return bytes };
    let whole = Bytes::from(bytes);
    let given = whole.clone();
    // What strangers send may be anything, and a picture is no reason to fail.
    let stripped = std::panic::catch_unwind(move || kind.strip(given)).ok().flatten();
    stripped.unwrap_or_else(|| whole.to_vec())
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Jpeg,
    Png,
    Webp,
    Gif,
}

impl Kind {
    /// By its first bytes, whatever it is called.
    fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0xff, 0xd8, 0xff, ..] => Some(Self::Jpeg),
            [0x89, b'P', b'N', b'G', ..] => Some(Self::Png),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Self::Webp),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Self::Gif),
            _ => None,
        }
    }

    fn strip(self, bytes: Bytes) -> Option<Vec<u8>> {
        match self {
            Self::Jpeg => jpeg(bytes),
            Self::Png => png(bytes),
            Self::Webp => webp(bytes),
            Self::Gif => gif(&bytes),
        }
    }
}

/// Application segments but those that say how colours are meant (JFIF, ICC, Adobe), and comments.
fn jpeg(bytes: Bytes) -> Option<Vec<u8>> {
    let mut picture = Jpeg::from_bytes(bytes).ok()?;
    let turn = picture.exif().and_then(|exif| orientation(&exif));
    picture.segments_mut().retain(|segment| !matches!(segment.marker(), 0xe1 | 0xe3..=0xed | 0xef | 0xfe));
    // Several pictures in one hide behind the profile's marker.
    picture
        .segments_mut()
        .retain(|segment| segment.marker() != 0xe2 || segment.contents().starts_with(b"ICC_PROFILE\0"));
    if let Some(turn) = turn.filter(|turn| (2..=8).contains(turn)) {
        let mut exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01".to_vec();
        exif.extend([0, turn, 0, 0, 0, 0, 0, 0]);
        picture.segments_mut().insert(0, JpegSegment::new_with_contents(0xe1, Bytes::from(exif)));
    }
    let mut out = Vec::new();
    picture.encoder().write_to(&mut out).ok()?;
    Some(out)
}

/// The turn that a camera noted, 1 to 8.
///
/// Source: TIFF 6.0, section 2; Exif 2.32, tag 0x0112.
fn orientation(exif: &[u8]) -> Option<u8> {
    let tiff = exif.strip_prefix(b"Exif\0\0").unwrap_or(exif);
    let is_big = match tiff.get(..2)? {
        b"MM" => true,
        b"II" => false,
        _ => return None,
    };
    let short = |at: usize| {
        let pair: [u8; 2] = tiff.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if is_big { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) })
    };
    let long = |at: usize| {
        let four: [u8; 4] = tiff.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(if is_big { u32::from_be_bytes(four) } else { u32::from_le_bytes(four) })
    };
    let first = usize::try_from(long(4)?).ok()?;
    for entry in 0..usize::from(short(first)?) {
        let at = first.checked_add(2 + entry * 12)?;
        if short(at)? == 0x0112 {
            return u8::try_from(short(at.checked_add(8)?)?).ok();
        }
    }
    None
}

fn png(bytes: Bytes) -> Option<Vec<u8>> {
    let mut picture = Png::from_bytes(bytes).ok()?;
    picture
        .chunks_mut()
        .retain(|chunk| !matches!(&chunk.kind(), b"eXIf" | b"tEXt" | b"zTXt" | b"iTXt" | b"tIME"));
    let mut out = Vec::new();
    picture.encoder().write_to(&mut out).ok()?;
    Some(out)
}

fn webp(bytes: Bytes) -> Option<Vec<u8>> {
    let mut picture = WebP::from_bytes(bytes).ok()?;
    picture.chunks_mut().retain(|chunk| !matches!(&chunk.id(), b"EXIF" | b"XMP "));
    let mut out = Vec::new();
    picture.encoder().write_to(&mut out).ok()?;
    Some(out)
}

/// Comments, and what applications added but how often it is shown again.
///
/// Source: GIF 89a, sections 18 to 27.
fn gif(bytes: &[u8]) -> Option<Vec<u8>> {
    let table = |packed: u8| if packed & 0x80 == 0 { 0 } else { 3 << ((packed & 7) + 1) };
    let blocks_end = |mut at: usize| loop {
        let length = usize::from(*bytes.get(at)?);
        at += 1 + length;
        if length == 0 {
            return Some(at);
        }
    };
    let mut at = 13 + table(*bytes.get(10)?);
    let mut out = bytes.get(..at)?.to_vec();
    loop {
        let end = match *bytes.get(at)? {
            0x3b => {
                out.push(0x3b);
                return Some(out);
            }
            0x2c => blocks_end(at + 11 + table(*bytes.get(at + 9)?))?,
            0x21 => {
                let end = blocks_end(at + 2)?;
                let name = bytes.get(at + 3..at + 14).unwrap_or_default();
                let is_kept = match *bytes.get(at + 1)? {
                    0xf9 => true,
                    0xff => name == b"NETSCAPE2.0" || name == b"ANIMEXTS1.0",
                    _ => false,
                };
                if !is_kept {
                    at = end;
                    continue;
                }
                end
            }
            _ => return None,
        };
        out.extend_from_slice(bytes.get(at..end)?);
        at = end;
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, strip_metadata};
    use img_parts::Bytes;
    use img_parts::png::PngChunk;

    const PLACE: &[u8] = b"48.8584 N 2.2945 E";

    fn holds(bytes: &[u8]) -> bool {
        bytes.windows(PLACE.len()).any(|window| window == PLACE)
    }

    fn segment(marker: u8, contents: &[u8]) -> Vec<u8> {
        let length = u16::try_from(contents.len() + 2).expect("short").to_be_bytes();
        [&[0xff, marker][..], &length, contents].concat()
    }

    fn jpeg() -> Vec<u8> {
        let exif =
            [&b"Exif\0\0II\x2a\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"[..], PLACE]
                .concat();
        [
            &[0xff, 0xd8][..],
            &segment(0xe0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"),
            &segment(0xe1, &exif),
            &segment(0xe1, &[b"http://ns.adobe.com/xap/1.0/\0", PLACE].concat()),
            &segment(0xed, PLACE),
            &segment(0xfe, PLACE),
            &segment(0xda, &[1, 1, 0, 0, 63, 0]),
            &[1, 2, 3, 0xff, 0xd9],
        ]
        .concat()
    }

    fn chunk(kind: &[u8; 4], contents: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let chunk = PngChunk::new(*kind, Bytes::from(contents.to_vec()));
        chunk.encoder().write_to(&mut out).expect("written");
        out
    }

    fn png() -> Vec<u8> {
        [
            &b"\x89PNG\r\n\x1a\n"[..],
            &chunk(b"IHDR", &[0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0]),
            &chunk(b"tEXt", PLACE),
            &chunk(b"eXIf", PLACE),
            &chunk(b"iTXt", PLACE),
            &chunk(b"IDAT", &[7, 7]),
            &chunk(b"IEND", &[]),
        ]
        .concat()
    }

    fn webp() -> Vec<u8> {
        let part = |id: &[u8; 4], contents: &[u8]| {
            let length = u32::try_from(contents.len()).expect("short").to_le_bytes();
            [&id[..], &length, contents].concat()
        };
        let body = [
            &b"WEBP"[..],
            &part(b"VP8X", &[0x0c, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
            &part(b"VP8L", &[0x2f, 0, 0, 0, 0, 0]),
            &part(b"EXIF", PLACE),
            &part(b"XMP ", PLACE),
        ]
        .concat();
        let length = u32::try_from(body.len()).expect("short").to_le_bytes();
        [&b"RIFF"[..], &length, &body].concat()
    }

    fn gif() -> Vec<u8> {
        let length = u8::try_from(PLACE.len()).expect("short");
        [
            &b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff"[..],
            &[0x21, 0xfe, length],
            PLACE,
            &[0, 0x21, 0xff, 11],
            b"XMP DataXMP",
            &[length],
            PLACE,
            &[0, 0x21, 0xff, 11],
            b"NETSCAPE2.0\x03\x01\0\0\0",
            &[0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0, 0x3b],
        ]
        .concat()
    }

    #[test]
    fn the_place_is_gone_and_the_picture_is_not() {
        for (picture, kept) in [
            (jpeg(), &[1, 2, 3, 0xff, 0xd9][..]),
            (png(), b"IDAT\x07\x07"),
            (webp(), b"VP8L"),
            (gif(), b"NETSCAPE2.0"),
        ] {
            assert!(holds(&picture));
            let kind = Kind::of(&picture);
            let stripped = strip_metadata(picture);
            assert_eq!(Kind::of(&stripped), kind);
            assert!(!holds(&stripped), "{kind:?}");
            assert!(stripped.windows(kept.len()).any(|window| window == kept), "{kind:?}: {stripped:?}");
            assert_eq!(strip_metadata(stripped.clone()), stripped, "{kind:?} twice is as once");
        }
    }

    #[test]
    fn the_turn_of_a_photograph_is_kept() {
        let stripped = strip_metadata(jpeg());
        let turned = b"\x01\x12\0\x03\0\0\0\x01\0\x06";
        assert!(stripped.windows(turned.len()).any(|window| window == turned));
    }

    #[test]
    fn what_is_cut_short_or_no_picture_is_given_as_it_is() {
        assert_eq!(strip_metadata(b"un texte".to_vec()), b"un texte");
        for picture in [jpeg(), png(), webp(), gif()] {
            for length in 0..picture.len() {
                // It must not fail; what comes out of half a picture is no matter.
                let _ = strip_metadata(picture[..length].to_vec());
            }
        }
    }

    #[test]
    fn garbled_pictures_are_read_in_peace() {
        let (jpeg, png) = (jpeg(), png());
        let webp = b"RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0\x2f\0\0\0\x10\x07\x10\x11\x11\x88\x88\xfe\x07\0";
        let gif = [
            &b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff\x21\xfe\x05hello\0"[..],
            b"\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0\x3b",
        ]
        .concat();
        let seeds: [&[u8]; 4] = [&jpeg, &png, webp, &gif];
        let words = [
            "Exif\0\0",
            "II*\0",
            "MM\0*",
            "IHDR",
            "tEXt",
            "eXIf",
            "IEND",
            "ICC_PROFILE\0",
            "VP8X",
            "XMP ",
            "!",
        ];
        harness::fuzz("pictures", &seeds, &words, |bytes| {
            let stripped = strip_metadata(bytes.to_vec());
            assert!(
                stripped.len() <= bytes.len() + 64,
                "it grows from {} to {}",
                bytes.len(),
                stripped.len()
            );
        });
    }
}
