//! OpenPGP: keys of people, and what they signed. Signatures of version 4, over Ed25519, RSA and the curves of
//! NIST with SHA-256 or better, which is what programs write today; everything else is "not verified".
//!
//! Source: RFC 9580 sections 4 to 7 and 10, RFC 4880, RFC 3156.

use std::borrow::Cow;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};

use crate::certificate::address;
use crate::public_key::{Curve, Digest, Padding, PublicKey, ecdsa_signature};
use data_encoding::BASE64;

/// Packets read of one file at most.
const PACKETS_AT_MOST: usize = 2_000;
/// Kinds of packets that make a key: signatures, the key, what its owner is called, its parts. Source: RFC 9580
/// section 5.
const READ: [u8; 4] = [2, 6, 13, 14];

/// The key of a person, as its owner's signatures describe it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PgpKey {
    /// Those of its packets that are read here, and nothing of other keys of the same file.
    pub(crate) bytes: Vec<u8>,
    /// Its fingerprint, 20 bytes.
    pub(crate) fingerprint: Vec<u8>,
    /// The addresses that its owner says are theirs.
    pub(crate) addresses: Vec<String>,
    /// What may sign: the key itself and parts of it.
    pub(crate) signing: Vec<SigningKey>,
}

/// A key that signs letters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SigningKey {
    fingerprint: Vec<u8>,
    key: PublicKey,
    /// Until when it holds, in seconds since 1970; none where it does not end.
    pub(crate) until: Option<i64>,
    /// Whether its owner gave it up.
    pub(crate) is_revoked: bool,
}

/// What a signature is, by the keys that are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PgpFinding<'a> {
    /// It is by this key.
    By(&'a PgpKey, &'a SigningKey),
    /// It is by this key, and said itself that it ends before now.
    Over(&'a PgpKey),
    /// It names this key, and is false.
    Broken(&'a PgpKey),
    /// It names no known key, or is of a kind that is not verified.
    Unknown,
}

/// Who made a detached signature over content, of keys that are known.
pub(crate) fn find_signer<'a>(
    keys: &[&'a PgpKey],
    signature: &[u8],
    content: &[u8],
    at_seconds: i64,
) -> PgpFinding<'a> {
    let bytes = dearmor(signature).unwrap_or_else(|| signature.to_vec());
    let mut found = PgpFinding::Unknown;
    for made in packets(&bytes).filter(|packet| packet.tag == 2).filter_map(|packet| Made::read(packet.body))
    {
        let message = match made.kind {
            0x00 => content.to_vec(),
            0x01 => with_line_ends(content),
            _ => continue,
        };
        for key in keys {
            for part in key.signing.iter().filter(|part| made.names(&part.fingerprint)) {
                let is_over = made.until.is_some_and(|until| at_seconds > until);
                if made.is_by(&part.key, &message) {
                    return if is_over { PgpFinding::Over(key) } else { PgpFinding::By(key, part) };
                }
                found = PgpFinding::Broken(key);
            }
        }
    }
    found
}

/// The keys of a file, armoured or not.
pub(crate) fn read_keys(bytes: &[u8]) -> Vec<PgpKey> {
    let bytes = dearmor(bytes).unwrap_or_else(|| bytes.to_vec());
    let all: Vec<Packet<'_>> = packets(&bytes).collect();
    let mut keys = Vec::new();
    let mut begins: Vec<usize> = (0..all.len()).filter(|place| all[*place].tag == 6).collect();
    begins.push(all.len());
    for bounds in begins.windows(2) {
        keys.extend(read_key(&all[bounds[0]..bounds[1]]));
    }
    keys
}

fn read_key(all: &[Packet<'_>]) -> Option<PgpKey> {
    let primary = KeyPacket::read(all.first()?.body)?;
    let mut key = PgpKey {
        bytes: all.iter().filter(|packet| READ.contains(&packet.tag)).flat_map(Packet::written).collect(),
        fingerprint: primary.fingerprint.clone(),
        addresses: Vec::new(),
        signing: Vec::new(),
    };
    let (mut until, mut is_revoked, mut may_sign, mut latest) = (None, false, true, 0);
    let mut place = 1;
    // What is said of the key itself.
    while let Some(made) = all.get(place).filter(|packet| packet.tag == 2) {
        let made = Made::read(made.body).filter(|made| made.is_by(&primary.key, &primary.hashed()));
        match made {
            Some(made) if made.kind == 0x20 => is_revoked = true,
            Some(made) if made.kind == 0x1F => {
                until = made.key_lasts.map(|seconds| primary.created + seconds);
            }
            _ => {}
        }
        place += 1;
    }
    while place < all.len() {
        let packet = all[place];
        let signatures = all[place + 1..].iter().take_while(|packet| packet.tag == 2).count();
        let said = all[place + 1..][..signatures].iter().filter_map(|packet| Made::read(packet.body));
        match packet.tag {
            13 => {
                let mut hashed = primary.hashed();
                hashed.push(0xB4);
                hashed.extend_from_slice(&(packet.body.len() as u32).to_be_bytes());
                hashed.extend_from_slice(packet.body);
                let valid: Vec<Made> = said.filter(|made| made.is_by(&primary.key, &hashed)).collect();
                let last = valid.iter().filter(|made| (0x10..=0x13).contains(&made.kind));
                let last = last.max_by_key(|made| made.created);
                let given_up = valid.iter().any(|made| made.kind == 0x30);
                if let Some(last) = last.filter(|_| !given_up) {
                    let stated = String::from_utf8_lossy(packet.body).into_owned();
                    let stated = stated
                        .rsplit_once('<')
                        .map_or(stated.as_str(), |(_, after)| after.split('>').next().unwrap_or_default());
                    key.addresses.extend(address(stated.as_bytes()));
                    if last.created >= latest {
                        latest = last.created;
                        until = last.key_lasts.map(|seconds| primary.created + seconds).or(until);
                        may_sign = last.flags.is_none_or(|flags| flags & 0x02 != 0);
                    }
                }
            }
            14 => {
                if let Some(part) = KeyPacket::read(packet.body) {
                    let mut hashed = primary.hashed();
                    hashed.extend_from_slice(&part.hashed());
                    let valid: Vec<Made> = said.filter(|made| made.is_by(&primary.key, &hashed)).collect();
                    let last = valid.iter().filter(|made| made.kind == 0x18).max_by_key(|made| made.created);
                    // A part that signs says so, and says whose it is by its own signature.
                    let last = last.filter(|made| made.flags.is_some_and(|flags| flags & 0x02 != 0)).filter(
                        |made| {
                            let back = made.embedded.as_deref().and_then(Made::read);
                            back.is_some_and(|back| back.kind == 0x19 && back.is_by(&part.key, &hashed))
                        },
                    );
                    if let Some(last) = last {
                        key.signing.push(SigningKey {
                            fingerprint: part.fingerprint.clone(),
                            until: last.key_lasts.map(|seconds| part.created + seconds),
                            is_revoked: valid.iter().any(|made| made.kind == 0x28),
                            key: part.key,
                        });
                    }
                }
            }
            _ => {}
        }
        place += 1 + signatures;
    }
    if latest == 0 {
        return None;
    }
    if may_sign {
        let fingerprint = primary.fingerprint.clone();
        key.signing.insert(0, SigningKey { fingerprint, key: primary.key, until: None, is_revoked: false });
    }
    for part in &mut key.signing {
        part.is_revoked |= is_revoked;
        part.until = [part.until, until].into_iter().flatten().min();
    }
    Some(key)
}

/// A packet: its kind, and what is in it.
#[derive(Clone, Copy, Debug)]
struct Packet<'a> {
    tag: u8,
    body: &'a [u8],
}

impl Packet<'_> {
    /// The packet as it is written: in the new form, with a length of five bytes. Source: RFC 9580 section 4.2.1.
    fn written(&self) -> Vec<u8> {
        let length = u32::try_from(self.body.len()).unwrap_or(u32::MAX).to_be_bytes();
        [&[0xC0 | self.tag, 0xFF], &length[..], self.body].concat()
    }
}

/// The packets that follow one another, until one cannot be read. Lengths in pieces are none that keys and
/// signatures may have. Source: RFC 9580 section 4.2.
fn packets(bytes: &[u8]) -> impl Iterator<Item = Packet<'_>> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let (first, after) = rest.split_first()?;
        if first & 0x80 == 0 {
            return None;
        }
        let (tag, length, after) = if first & 0x40 != 0 {
            let (length, after) = length_of(after)?;
            (first & 0x3F, length, after)
        } else {
            let digits = match first & 3 {
                0 => 1,
                1 => 2,
                2 => 4,
                _ => return None,
            };
            let (digits, after) = after.split_at_checked(digits)?;
            ((first >> 2) & 0x0F, digits.iter().fold(0, |sum, one| (sum << 8) | usize::from(*one)), after)
        };
        let (body, after) = after.split_at_checked(length)?;
        rest = after;
        Some(Packet { tag, body })
    })
    .take(PACKETS_AT_MOST)
}

/// A length of the new form, as subpackets have it too.
fn length_of(bytes: &[u8]) -> Option<(usize, &[u8])> {
    match *bytes {
        [first @ 0..=191, ..] => Some((usize::from(first), &bytes[1..])),
        [first @ 192..=223, second, ..] => {
            Some((((usize::from(first) - 192) << 8) + usize::from(second) + 192, &bytes[2..]))
        }
        [255, a, b, c, d, ..] => Some((u32::from_be_bytes([a, b, c, d]) as usize, &bytes[5..])),
        _ => None,
    }
}

/// A number of any size: its bits, then its digits.
fn number(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (bits, rest) = bytes.split_at_checked(2)?;
    rest.split_at_checked(usize::from(u16::from_be_bytes([bits[0], bits[1]])).div_ceil(8))
}

struct KeyPacket {
    body: Vec<u8>,
    fingerprint: Vec<u8>,
    created: i64,
    key: PublicKey,
}

impl KeyPacket {
    fn read(body: &[u8]) -> Option<Self> {
        let [4, a, b, c, d, algorithm, ref material @ ..] = *body else { return None };
        let key = match algorithm {
            1 | 3 => {
                let (modulus, rest) = number(material)?;
                let (exponent, _) = number(rest)?;
                PublicKey::Rsa { modulus: modulus.to_vec(), exponent: exponent.to_vec() }
            }
            19 | 22 => {
                let (length, rest) = material.split_first()?;
                let (curve, rest) = rest.split_at_checked(usize::from(*length))?;
                let (point, _) = number(rest)?;
                match algorithm {
                    19 => PublicKey::Ecdsa { curve: Curve::by_identifier(curve)?, point: point.to_vec() },
                    // Ed25519 of old, with its mark before it. Source: RFC 9580 section 5.5.5.5.
                    _ if curve == [0x2b, 0x06, 0x01, 0x04, 0x01, 0xda, 0x47, 0x0f, 0x01] => {
                        PublicKey::Ed25519(point.strip_prefix(&[0x40])?.to_vec())
                    }
                    _ => return None,
                }
            }
            27 => PublicKey::Ed25519(material.get(..32)?.to_vec()),
            _ => return None,
        };
        let created = i64::from(u32::from_be_bytes([a, b, c, d]));
        let mut read = KeyPacket { body: body.to_vec(), fingerprint: Vec::new(), created, key };
        read.fingerprint = digest(&SHA1_FOR_LEGACY_USE_ONLY, &read.hashed()).as_ref().to_vec();
        Some(read)
    }

    /// The key as it stands in what is signed.
    fn hashed(&self) -> Vec<u8> {
        let length = u16::try_from(self.body.len()).unwrap_or(u16::MAX).to_be_bytes();
        [&[0x99], &length[..], &self.body].concat()
    }
}

/// A signature of version 4.
struct Made {
    kind: u8,
    algorithm: u8,
    digest: Digest,
    /// What is signed after the message.
    trailer: Vec<u8>,
    numbers: Vec<u8>,
    created: i64,
    until: Option<i64>,
    key_lasts: Option<i64>,
    flags: Option<u8>,
    embedded: Option<Vec<u8>>,
    issuers: Vec<Vec<u8>>,
}

impl Made {
    fn read(body: &[u8]) -> Option<Self> {
        let [4, kind, algorithm, digest, a, b, ref rest @ ..] = *body else { return None };
        let digest = match digest {
            8 => Digest::Sha256,
            9 => Digest::Sha384,
            10 => Digest::Sha512,
            _ => return None,
        };
        let length = usize::from(u16::from_be_bytes([a, b]));
        let (hashed, rest) = rest.split_at_checked(length)?;
        let (digits, rest) = rest.split_at_checked(2)?;
        let (unhashed, rest) =
            rest.split_at_checked(usize::from(u16::from_be_bytes([digits[0], digits[1]])))?;
        let signed = &body[..6 + length];
        let mut trailer = signed.to_vec();
        trailer.extend_from_slice(&[4, 0xFF]);
        trailer.extend_from_slice(&(signed.len() as u32).to_be_bytes());
        let mut made = Made {
            kind,
            algorithm,
            digest,
            trailer,
            numbers: rest.get(2..)?.to_vec(),
            created: 0,
            until: None,
            key_lasts: None,
            flags: None,
            embedded: None,
            issuers: Vec::new(),
        };
        let (mut lasts, mut rest) = (None, hashed);
        while !rest.is_empty() {
            let (subpacket, after) = subpacket(rest)?;
            rest = after;
            let (first, value) = subpacket.split_first()?;
            let seconds = || Some(i64::from(u32::from_be_bytes(value.get(..4)?.try_into().ok()?)));
            match first & 0x7F {
                2 => made.created = seconds()?,
                3 => lasts = seconds().filter(|lasts| *lasts != 0),
                9 => made.key_lasts = seconds().filter(|lasts| *lasts != 0),
                16 => made.issuers.push(value.to_vec()),
                27 => made.flags = Some(value.first().copied().unwrap_or(0)),
                32 => made.embedded = Some(value.to_vec()),
                33 => made.issuers.push(value.get(1..)?.to_vec()),
                4..=7 | 10..=12 | 21..=26 | 28..=31 | 34..=39 => {}
                // What must be understood and is not makes it no signature. Source: RFC 9580 section 5.2.3.7.
                _ if first & 0x80 != 0 => return None,
                _ => {}
            }
        }
        made.until = lasts.map(|lasts| made.created + lasts);
        // What nobody signed is only a hint at the key, and its signature proves itself.
        let mut rest = unhashed;
        while let Some((subpacket, after)) = subpacket(rest) {
            rest = after;
            match subpacket.split_first() {
                Some((16, value)) => made.issuers.push(value.to_vec()),
                Some((32, value)) if made.embedded.is_none() => made.embedded = Some(value.to_vec()),
                Some((33, value)) => made.issuers.push(value.get(1..).unwrap_or_default().to_vec()),
                _ => {}
            }
        }
        Some(made)
    }

    /// Whether it says that a key made it, by its fingerprint or the end of that.
    fn names(&self, fingerprint: &[u8]) -> bool {
        self.issuers.iter().any(|issuer| issuer.len() >= 8 && fingerprint.ends_with(issuer))
    }

    fn is_by(&self, key: &PublicKey, message: &[u8]) -> bool {
        let mut signed = Vec::with_capacity(message.len() + self.trailer.len());
        signed.extend_from_slice(message);
        signed.extend_from_slice(&self.trailer);
        let first = number(&self.numbers);
        let both = first.and_then(|(first, rest)| Some((first, number(rest)?.0)));
        match (key, self.algorithm) {
            (PublicKey::Rsa { .. }, 1 | 3) => {
                first.is_some_and(|(block, _)| key.signed(self.digest, Padding::Pkcs1, &signed, block))
            }
            (PublicKey::Ecdsa { .. }, 19) => both.is_some_and(|(r, s)| {
                key.signed(self.digest, Padding::Pkcs1, &signed, &ecdsa_signature(r, s))
            }),
            // What is signed by Ed25519 is the digest.
            (PublicKey::Ed25519(_), 22) => both.is_some_and(|(r, s)| {
                let padded =
                    [r, s].map(|half| [vec![0; 32_usize.saturating_sub(half.len())], half.to_vec()].concat());
                key.signed(self.digest, Padding::Pkcs1, &self.digest.of(&signed), &padded.concat())
            }),
            (PublicKey::Ed25519(_), 27) => self.numbers.get(..64).is_some_and(|signature| {
                key.signed(self.digest, Padding::Pkcs1, &self.digest.of(&signed), signature)
            }),
            _ => false,
        }
    }
}

fn subpacket(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    // Like the lengths of packets, but that two bytes go up to 254.
    let (length, rest) = match *bytes {
        [first @ 192..=254, second, ..] => {
            (((usize::from(first) - 192) << 8) + usize::from(second) + 192, &bytes[2..])
        }
        _ => length_of(bytes)?,
    };
    rest.split_at_checked(length)
}

/// The bytes in the first armour of a text; none where there is none. Source: RFC 9580 section 6.
pub(crate) fn dearmor(text: &[u8]) -> Option<Vec<u8>> {
    let begin = text.windows(15).position(|window| window == b"-----BEGIN PGP ")?;
    let mut lines = text[begin..].split(|byte| *byte == b'\n').skip(1).map(<[u8]>::trim_ascii);
    // The armour's own header ends with a blank line.
    lines.by_ref().find(|line| line.is_empty())?;
    let mut digits = Vec::new();
    for line in lines.take_while(|line| !line.starts_with(b"-----END") && !line.starts_with(b"=")) {
        digits.extend_from_slice(line);
    }
    BASE64.decode(&digits).ok()
}

/// A text with the line ends over which it is signed.
pub(crate) fn with_line_ends(content: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(content.len() + content.len() / 32);
    for (place, line) in content.split(|byte| *byte == b'\n').enumerate() {
        if place > 0 {
            text.extend_from_slice(b"\r\n");
        }
        text.extend_from_slice(line.strip_suffix(b"\r").unwrap_or(line));
    }
    text
}

/// The words of a text that is signed as it stands, without the marks; the text itself where it is none.
///
/// Source: RFC 9580 section 7.
pub(crate) fn without_armour(text: &str) -> Cow<'_, str> {
    let taken = || {
        let (before, rest) = text.split_once("-----BEGIN PGP SIGNED MESSAGE-----")?;
        let (_, rest) = rest.split_once("\n\n")?;
        let (signed, rest) = rest.split_once("\n-----BEGIN PGP SIGNATURE-----")?;
        let (_, after) = rest.split_once("-----END PGP SIGNATURE-----")?;
        let lines = signed.lines().map(|line| line.strip_prefix("- ").unwrap_or(line).trim_end());
        let lines: Vec<&str> = lines.collect();
        Some(format!("{before}{}{after}", lines.join("\n")))
    };
    taken().map_or(Cow::Borrowed(text), Cow::Owned)
}

/// A text that is signed as it stands between its marks, taken apart: what was signed, and the signature. None
/// where anything else stands around it, for that would be read as signed too.
///
/// Source: RFC 9580 section 7.
pub(crate) fn clear_signed(text: &[u8]) -> Option<(Vec<u8>, Vec<u8>, bool)> {
    const BEGIN: &[u8] = b"-----BEGIN PGP SIGNED MESSAGE-----";
    const SIGNATURE: &[u8] = b"-----BEGIN PGP SIGNATURE-----";
    const END: &[u8] = b"-----END PGP SIGNATURE-----";
    let mut lines = text.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let mut is_whole = true;
    loop {
        let line = lines.next()?;
        if line.trim_ascii_end() == BEGIN {
            break;
        }
        is_whole &= line.trim_ascii().is_empty();
    }
    loop {
        let line = lines.next()?.trim_ascii();
        if line.is_empty() {
            break;
        }
        // Nothing of this header is signed, so that it may say nothing but names of digests.
        is_whole &= line.strip_prefix(b"Hash: ").is_some_and(|names| {
            names.iter().all(|one| one.is_ascii_alphanumeric() || matches!(one, b',' | b'-' | b' '))
        });
    }
    let mut signed: Vec<Vec<u8>> = Vec::new();
    loop {
        let line = lines.next()?;
        if line.trim_ascii_end() == SIGNATURE {
            break;
        }
        let line = line.strip_prefix(b"- ").unwrap_or(line);
        let end = line.iter().rposition(|byte| !matches!(byte, b' ' | b'\t')).map_or(0, |last| last + 1);
        signed.push(line[..end].to_vec());
    }
    let mut armour = [SIGNATURE, b"\n"].concat();
    loop {
        let line = lines.next()?;
        armour.extend_from_slice(line);
        armour.push(b'\n');
        if line.trim_ascii_end() == END {
            break;
        }
    }
    is_whole &= lines.all(|line| line.trim_ascii().is_empty());
    Some((signed.join(b"\r\n".as_slice()), armour, is_whole))
}
