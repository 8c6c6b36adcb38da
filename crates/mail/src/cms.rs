//! What an opaque S/MIME signature holds inside.
//!
//! Source: RFC 5652 sections 3 and 5 (signed data), X.690 section 8 (BER, whose
//! indefinite lengths mail programs write).

/// How deep constructed values are followed.
const DEPTH_AT_MOST: usize = 16;
/// `1.2.840.113549.1.7.2`, signed data.
const SIGNED_DATA: [u8; 9] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];

/// The content that signed data carries inside; `None` when it is none or carries none.
pub(crate) fn signed_content(bytes: &[u8]) -> Option<Vec<u8>> {
    let (content_info, _) = value(bytes, 0)?;
    let (kind, rest) = value(content_info.content(0x30)?, 0)?;
    if kind.content(0x06)? != SIGNED_DATA {
        return None;
    }
    let (explicit, _) = value(rest, 0)?;
    let (signed, _) = value(explicit.content(0xA0)?, 0)?;
    let (_version, rest) = value(signed.content(0x30)?, 0)?;
    let (_digests, rest) = value(rest, 0)?;
    let (encapsulated, _) = value(rest, 0)?;
    let (_kind, rest) = value(encapsulated.content(0x30)?, 0)?;
    let (explicit, _) = value(rest, 0)?;
    let (octets, _) = value(explicit.content(0xA0)?, 0)?;
    let mut content = Vec::new();
    octets_of(&octets, 0, &mut content)?;
    Some(content)
}

struct Value<'a> {
    tag: u8,
    content: &'a [u8],
}

impl<'a> Value<'a> {
    fn content(&self, tag: u8) -> Option<&'a [u8]> {
        (self.tag == tag).then_some(self.content)
    }
}

/// The bytes of a string of octets, in one piece or in several.
fn octets_of(value_read: &Value<'_>, depth: usize, content: &mut Vec<u8>) -> Option<()> {
    match value_read.tag {
        0x04 => content.extend_from_slice(value_read.content),
        0x24 if depth < DEPTH_AT_MOST => {
            let mut rest = value_read.content;
            while !rest.is_empty() {
                let (piece, after) = value(rest, depth)?;
                octets_of(&piece, depth + 1, content)?;
                rest = after;
            }
        }
        _ => return None,
    }
    Some(())
}

/// The value at the start, and what follows it.
fn value(bytes: &[u8], depth: usize) -> Option<(Value<'_>, &[u8])> {
    if depth > DEPTH_AT_MOST {
        return None;
    }
    let (tag, rest) = bytes.split_first()?;
    let (first, rest) = rest.split_first()?;
    if *first == 0x80 {
        // Without a length: up to the end mark, past all values inside.
        let mut inside = rest;
        while !inside.starts_with(&[0, 0]) {
            let (_, after) = value(inside, depth + 1)?;
            inside = after;
        }
        let length = rest.len() - inside.len();
        return Some((Value { tag: *tag, content: &rest[..length] }, &inside[2..]));
    }
    let (length, rest) = if *first < 0x80 {
        (usize::from(*first), rest)
    } else {
        let count = usize::from(first & 0x7F);
        if count > 4 || rest.len() < count {
            return None;
        }
        let (digits, rest) = rest.split_at(count);
        (digits.iter().fold(0_usize, |sum, byte| (sum << 8) | usize::from(*byte)), rest)
    };
    if length > rest.len() {
        return None;
    }
    let (content, rest) = rest.split_at(length);
    Some((Value { tag: *tag, content }, rest))
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    fn wrap(tag: u8, content: &[u8]) -> Vec<u8> {
        let mut bytes = vec![tag, 0x82];
        bytes.extend_from_slice(&u16::try_from(content.len()).unwrap().to_be_bytes());
        bytes.extend_from_slice(content);
        bytes
    }

    /// Signed data around a content, without certificates and signatures.
    pub(crate) fn sample(content: &[u8]) -> Vec<u8> {
        let data = wrap(0x06, &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01]);
        let octets = wrap(0xA0, &wrap(0x04, content));
        let inner =
            [vec![0x02, 1, 1], wrap(0x31, &[]), wrap(0x30, &[data, octets].concat()), wrap(0x31, &[])]
                .concat();
        let signed = wrap(0xA0, &wrap(0x30, &inner));
        wrap(0x30, &[wrap(0x06, &SIGNED_DATA), signed].concat())
    }

    #[test]
    fn the_content_comes_out_of_both_forms_of_length() {
        assert_eq!(signed_content(&sample(b"Hello")).as_deref(), Some(b"Hello".as_slice()));
        let data = wrap(0x06, &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01]);
        let open = |tag: u8, content: &[u8]| [&[tag, 0x80], content, &[0, 0]].concat();
        let pieces = open(0x24, &[wrap(0x04, b"Hel"), wrap(0x04, b"lo")].concat());
        let encapsulated = open(0x30, &[data, open(0xA0, &pieces)].concat());
        let signed = open(0x30, &[vec![0x02, 1, 1], wrap(0x31, &[]), encapsulated, wrap(0x31, &[])].concat());
        let whole = open(0x30, &[wrap(0x06, &SIGNED_DATA), open(0xA0, &signed)].concat());
        assert_eq!(signed_content(&whole).as_deref(), Some(b"Hello".as_slice()));
        assert_eq!(signed_content(b""), None);
        assert_eq!(signed_content(&wrap(0x30, &wrap(0x06, &[1, 2, 3]))), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(bytes in proptest::collection::vec(any::<u8>(), 0..400), at in 0_usize..60, byte in any::<u8>()) {
            let _ = signed_content(&bytes);
            let mut broken = sample(b"Hello");
            let at = at % broken.len();
            broken[at] = byte;
            let _ = signed_content(&broken);
            let _ = signed_content(&[0x30, 0x80].repeat(bytes.len()));
        }
    }
}
