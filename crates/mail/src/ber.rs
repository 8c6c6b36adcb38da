//! Values of ASN.1 as they stand in bytes: of certificates and of signed messages.
//!
//! Source: X.690 section 8 (BER, whose indefinite lengths mail programs write).

/// How deep constructed values are followed.
pub(crate) const DEPTH_AT_MOST: usize = 16;

/// A value: its tag, its content, and the whole of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Value<'a> {
    /// The first byte: class, form and number.
    pub(crate) tag: u8,
    /// What is in it.
    pub(crate) content: &'a [u8],
    /// Tag and length too.
    pub(crate) whole: &'a [u8],
}

impl<'a> Value<'a> {
    /// What is in it, if its tag is this one.
    pub(crate) fn content(&self, tag: u8) -> Option<&'a [u8]> {
        (self.tag == tag).then_some(self.content)
    }
}

/// The bytes of a string of octets, in one piece or in several.
pub(crate) fn octets_of(value_read: &Value<'_>, depth: usize, content: &mut Vec<u8>) -> Option<()> {
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
pub(crate) fn value(bytes: &[u8], depth: usize) -> Option<(Value<'_>, &[u8])> {
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
        let after = &inside[2..];
        let whole = &bytes[..bytes.len() - after.len()];
        return Some((Value { tag: *tag, content: &rest[..length], whole }, after));
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
    Some((Value { tag: *tag, content, whole: &bytes[..bytes.len() - rest.len()] }, rest))
}

/// The values that follow one another, until one cannot be read; at most 1,000.
pub(crate) fn values(bytes: &[u8]) -> impl Iterator<Item = Value<'_>> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let (found, after) = value(rest, 0)?;
        rest = after;
        Some(found)
    })
    .take(1_000)
}

/// A value with a length as it must stand where it is signed.
pub(crate) fn wrapped(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut whole = vec![tag];
    match u8::try_from(content.len()) {
        Ok(short) if short < 0x80 => whole.push(short),
        _ => {
            let length = (content.len() as u64).to_be_bytes();
            let digits = &length[length.iter().take_while(|digit| **digit == 0).count()..];
            whole.push(0x80 | digits.len() as u8);
            whole.extend_from_slice(digits);
        }
    }
    whole.extend_from_slice(content);
    whole
}
