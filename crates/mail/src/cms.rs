//! Signed data of S/MIME: what it holds inside, and who signed it.
//!
//! Source: RFC 5652 sections 3 and 5 (signed data), RFC 8551.

use crate::ber::{Value, octets_of, value, values};

/// `1.2.840.113549.1.7.2`, signed data.
const SIGNED_DATA: [u8; 9] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
/// `1.2.840.113549.1.9.4`, the digest of the content among signed attributes.
const MESSAGE_DIGEST: [u8; 9] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x04];

/// The content that signed data carries inside; `None` when it is none or carries none.
pub(crate) fn signed_content(bytes: &[u8]) -> Option<Vec<u8>> {
    let (encapsulated, _) = signed_fields(bytes)?;
    content_of(&encapsulated)
}

/// Signed data taken apart.
pub(crate) struct SignedData<'a> {
    /// The content, where it is inside.
    pub(crate) content: Option<Vec<u8>>,
    /// Certificates that came along.
    pub(crate) certificates: Vec<&'a [u8]>,
    /// Who signed.
    pub(crate) signers: Vec<SignerInfo<'a>>,
}

/// One signature.
pub(crate) struct SignerInfo<'a> {
    /// Whose.
    pub(crate) signer: SignerName<'a>,
    /// Object identifier of the digest.
    pub(crate) digest: &'a [u8],
    /// What is signed in place of the content, without its wrapping.
    pub(crate) attributes: Option<&'a [u8]>,
    /// Object identifier of the signature's algorithm.
    pub(crate) algorithm: &'a [u8],
    /// The signature.
    pub(crate) signature: &'a [u8],
}

/// How a signature names its certificate.
pub(crate) enum SignerName<'a> {
    /// By who issued it, and its number there.
    IssuerAndSerial { issuer: &'a [u8], serial: &'a [u8] },
    /// By the identifier of its key.
    KeyId(&'a [u8]),
}

impl SignerInfo<'_> {
    /// The digest of the content that the attributes state.
    pub(crate) fn stated_digest(&self) -> Option<&[u8]> {
        values(self.attributes?).find_map(|attribute| {
            let (kind, rest) = value(attribute.content(0x30)?, 0)?;
            if kind.content(0x06)? != MESSAGE_DIGEST {
                return None;
            }
            let (set, _) = value(rest, 0)?;
            let (digest, _) = value(set.content(0x31)?, 0)?;
            digest.content(0x04)
        })
    }
}

/// Signed data taken apart; `None` when it is none.
pub(crate) fn signed_data(bytes: &[u8]) -> Option<SignedData<'_>> {
    let (encapsulated, mut rest) = signed_fields(bytes)?;
    let mut data =
        SignedData { content: content_of(&encapsulated), certificates: Vec::new(), signers: Vec::new() };
    while let Some((field, after)) = value(rest, 0) {
        match field.tag {
            0xA0 => data.certificates.extend(
                values(field.content).filter(|found| found.tag == 0x30).map(|found| found.whole).take(20),
            ),
            0x31 => data.signers.extend(values(field.content).filter_map(|info| signer_info(&info)).take(8)),
            _ => {}
        }
        rest = after;
    }
    Some(data)
}

fn signer_info<'a>(info: &Value<'a>) -> Option<SignerInfo<'a>> {
    let (_version, rest) = value(info.content(0x30)?, 0)?;
    let (name, rest) = value(rest, 0)?;
    let signer = match name.tag {
        0x30 => {
            let (issuer, serial) = value(name.content, 0)?;
            let (serial, _) = value(serial, 0)?;
            SignerName::IssuerAndSerial { issuer: issuer.whole, serial: serial.content(0x02)? }
        }
        0x80 => SignerName::KeyId(name.content),
        _ => return None,
    };
    let (digest, mut rest) = value(rest, 0)?;
    let mut attributes = None;
    if let Some((found, after)) = value(rest, 0).filter(|(found, _)| found.tag == 0xA0) {
        attributes = Some(found.content);
        rest = after;
    }
    let (algorithm, rest) = value(rest, 0)?;
    let (signature, _) = value(rest, 0)?;
    Some(SignerInfo {
        signer,
        digest: value(digest.content(0x30)?, 0)?.0.content(0x06)?,
        attributes,
        algorithm: value(algorithm.content(0x30)?, 0)?.0.content(0x06)?,
        signature: signature.content(0x04)?,
    })
}

/// The encapsulated content of signed data, and the fields that follow it.
fn signed_fields(bytes: &[u8]) -> Option<(Value<'_>, &[u8])> {
    let (content_info, _) = value(bytes, 0)?;
    let (kind, rest) = value(content_info.content(0x30)?, 0)?;
    if kind.content(0x06)? != SIGNED_DATA {
        return None;
    }
    let (explicit, _) = value(rest, 0)?;
    let (signed, _) = value(explicit.content(0xA0)?, 0)?;
    let (_version, rest) = value(signed.content(0x30)?, 0)?;
    let (_digests, rest) = value(rest, 0)?;
    value(rest, 0)
}

fn content_of(encapsulated: &Value<'_>) -> Option<Vec<u8>> {
    let (_kind, rest) = value(encapsulated.content(0x30)?, 0)?;
    let (explicit, _) = value(rest, 0)?;
    let (octets, _) = value(explicit.content(0xA0)?, 0)?;
    let mut content = Vec::new();
    octets_of(&octets, 0, &mut content)?;
    Some(content)
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
            let _ = signed_data(&bytes);
            let _ = signed_data(&broken);
            let _ = signed_content(&[0x30, 0x80].repeat(bytes.len()));
        }
    }
}
