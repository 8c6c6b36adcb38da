//! Signatures of letters: what is signed, and what the known certificates and keys say of it.

use std::fmt;

use data_encoding::{BASE64, HEXUPPER};
use sha2::{Digest as _, Sha256};

use crate::certificate::{Certificate, Unproven};
use crate::cms::{SignerInfo, SignerName, signed_data};
use crate::letter::{Letter, ProtectionKind, ProtectionScheme};
use crate::pgp::{PgpFinding, PgpKey, find_signer, read_keys};
use crate::public_key::{Digest, Padding, PublicKey};

/// A signature of a letter with the bytes that it is over.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Signature {
    /// By which scheme; S/MIME where it is not PGP.
    pub scheme: Option<ProtectionScheme>,
    /// Whether all that is shown of the letter is signed. Around a signed part anybody may write.
    pub covers_all: bool,
    pub(crate) content: Vec<u8>,
    pub(crate) signature: Vec<u8>,
}

impl fmt::Debug for Signature {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (content, signature) = (self.content.len(), self.signature.len());
        write!(to, "Signature({:?}, {content} bytes by {signature})", self.scheme)
    }
}

/// What was found of a letter's signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureFinding {
    /// By which scheme.
    pub scheme: ProtectionScheme,
    /// What it says.
    pub verdict: SignatureVerdict,
    /// The address that certificate or key are for, as far as known.
    pub signer: Option<String>,
}

/// What a signature says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SignatureVerdict {
    /// By the writer, with a certificate or key that is known to be theirs; nothing was changed.
    Verified,
    /// Certificate or key are not known, or of a kind that is not verified: it proves nothing.
    Unverified,
    /// What is signed was changed, or the signature is not by the key that it names.
    Broken,
    /// By a known certificate or key that holds no more.
    Expired,
    /// By a known certificate or key of another address than the one the letter is from.
    OtherAddress,
    /// Good as far as it goes, which is not over all that is shown.
    Partial,
    /// Not signed to be seen: the content is encrypted, and cannot be read here.
    Encrypted,
}

impl SignatureVerdict {
    /// Every verdict with its word in a line of results.
    const WORDS: [(SignatureVerdict, &'static str); 7] = [
        (SignatureVerdict::Verified, "pass"),
        (SignatureVerdict::Unverified, "neutral"),
        (SignatureVerdict::Broken, "fail"),
        (SignatureVerdict::Expired, "expired"),
        (SignatureVerdict::OtherAddress, "other"),
        (SignatureVerdict::Partial, "partial"),
        (SignatureVerdict::Encrypted, "encrypted"),
    ];

    /// Its word in a line of results.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(verdict, _)| *verdict == self).map_or("neutral", |(_, word)| word)
    }
}

/// As results are written beside those of SPF and DKIM: `smime=pass smime.signer=ana@client.example`.
///
/// Source: RFC 8601 section 2.2 for the form, RFC 7281 for S/MIME in it.
impl fmt::Display for SignatureFinding {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = method(self.scheme);
        write!(to, "{scheme}={}", self.verdict.word())?;
        match &self.signer {
            Some(signer) => write!(to, " {scheme}.signer={signer}"),
            None => Ok(()),
        }
    }
}

impl SignatureFinding {
    /// Takes what was found out of a line of results; the rest of the line is given back.
    #[must_use]
    pub fn read(results: &str) -> (Option<SignatureFinding>, String) {
        let (mut found, mut rest): (Option<SignatureFinding>, Vec<&str>) = (None, Vec::new());
        for piece in results.split(' ') {
            let said = piece.split_once('=').and_then(|(name, value)| {
                let (scheme, is_signer) = match name {
                    "smime" => (ProtectionScheme::Smime, false),
                    "pgp" => (ProtectionScheme::Pgp, false),
                    "smime.signer" | "pgp.signer" => (ProtectionScheme::Smime, true),
                    _ => return None,
                };
                Some((scheme, is_signer, value))
            });
            match said {
                None => rest.push(piece),
                Some((_, true, value)) => {
                    if let Some(found) = &mut found {
                        found.signer = Some(value.to_owned());
                    }
                }
                Some((scheme, false, value)) => {
                    let verdict = SignatureVerdict::WORDS.iter().find(|(_, word)| *word == value);
                    let verdict = verdict.map_or(SignatureVerdict::Unverified, |(verdict, _)| *verdict);
                    found = Some(SignatureFinding { scheme, verdict, signer: None });
                }
            }
        }
        (found, rest.join(" "))
    }
}

fn method(scheme: ProtectionScheme) -> &'static str {
    match scheme {
        ProtectionScheme::Smime => "smime",
        ProtectionScheme::Pgp => "pgp",
    }
}

/// A certificate or a key that somebody of the desk trusts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedKey {
    /// The only address that it is trusted for; without one, those that it names itself.
    pub address: Option<String>,
    inside: Inside,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Inside {
    Certificate(Box<Certificate>),
    Pgp(PgpKey),
}

impl TrustedKey {
    /// The certificates and keys of a file: PEM, DER, or an OpenPGP key, armoured or not. What is of a kind that
    /// is not verified here is left out.
    #[must_use]
    pub fn read(bytes: &[u8], address: Option<&str>) -> Vec<TrustedKey> {
        let address = address.map(str::to_lowercase);
        let mut ders = pem(bytes);
        if ders.is_empty() && bytes.first() == Some(&0x30) {
            ders.push(bytes.to_vec());
        }
        let certificates =
            ders.iter().filter_map(|der| Certificate::read(der)).filter(|read| read.key.is_some());
        let certificates = certificates.map(|read| Inside::Certificate(Box::new(read)));
        let keys = read_keys(bytes).into_iter().filter(|key| !key.signing.is_empty()).map(Inside::Pgp);
        let all = certificates.chain(keys).take(50);
        all.map(|inside| TrustedKey { address: address.clone(), inside }).collect()
    }

    /// By which scheme it verifies.
    #[must_use]
    pub fn scheme(&self) -> ProtectionScheme {
        match &self.inside {
            Inside::Certificate(_) => ProtectionScheme::Smime,
            Inside::Pgp(_) => ProtectionScheme::Pgp,
        }
    }

    /// What tells it apart, in hexadecimal: the SHA-256 of a certificate, the fingerprint of a key.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        match &self.inside {
            Inside::Certificate(certificate) => HEXUPPER.encode(&Sha256::digest(&certificate.der)),
            Inside::Pgp(key) => HEXUPPER.encode(&key.fingerprint),
        }
    }

    /// It alone, as a file that [`Self::read`] takes: without what else stood in the file that it came in.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        match &self.inside {
            Inside::Certificate(certificate) => &certificate.der,
            Inside::Pgp(key) => &key.bytes,
        }
    }

    /// The addresses that it names itself.
    #[must_use]
    pub fn addresses(&self) -> &[String] {
        match &self.inside {
            Inside::Certificate(certificate) => &certificate.addresses,
            Inside::Pgp(key) => &key.addresses,
        }
    }

    /// Whether it is an authority, which stands for certificates of others.
    #[must_use]
    pub fn is_authority(&self) -> bool {
        matches!(&self.inside, Inside::Certificate(certificate) if certificate.is_authority)
    }

    /// Until when it holds, in seconds since 1970 in UTC; none where it does not end.
    #[must_use]
    pub fn until(&self) -> Option<i64> {
        match &self.inside {
            Inside::Certificate(certificate) => Some(certificate.valid.1),
            Inside::Pgp(key) => {
                let ends: Option<Vec<i64>> = key.signing.iter().map(|part| part.until).collect();
                ends.and_then(|ends| ends.into_iter().max())
            }
        }
    }

    /// Whether it is trusted for an address.
    fn is_for(&self, named: &[String], address: &str) -> bool {
        match &self.address {
            Some(only) => only.eq_ignore_ascii_case(address),
            None => named.iter().any(|named| named.eq_ignore_ascii_case(address)),
        }
    }
}

/// What the signature of a letter says at an instant (seconds since 1970 in UTC), by the certificates and keys that
/// are trusted; that it is encrypted, where it is; nothing where it is neither.
#[must_use]
pub fn judge_signature(letter: &Letter, keys: &[TrustedKey], at_seconds: i64) -> Option<SignatureFinding> {
    let from = letter.from.as_ref().map(|from| from.address.as_str()).unwrap_or_default();
    let encrypted = letter.protection.iter().find(|one| one.kind == ProtectionKind::Encrypted);
    if let Some(encrypted) = encrypted {
        let scheme = encrypted.scheme;
        return Some(SignatureFinding { scheme, verdict: SignatureVerdict::Encrypted, signer: None });
    }
    let Some(signature) = letter.signatures.first() else {
        // Signed in a form that could not be taken apart.
        let signed = letter.protection.first()?;
        let (scheme, verdict) = (signed.scheme, SignatureVerdict::Unverified);
        return Some(SignatureFinding { scheme, verdict, signer: None });
    };
    let scheme = signature.scheme.unwrap_or(ProtectionScheme::Smime);
    let (mut verdict, signer) = match scheme {
        ProtectionScheme::Smime => judge_smime(signature, keys, from, at_seconds),
        ProtectionScheme::Pgp => judge_pgp(signature, keys, from, at_seconds),
    };
    if verdict == SignatureVerdict::Verified && !signature.covers_all {
        verdict = SignatureVerdict::Partial;
    }
    Some(SignatureFinding { scheme, verdict, signer })
}

fn judge_smime(
    signature: &Signature,
    keys: &[TrustedKey],
    from: &str,
    at_seconds: i64,
) -> (SignatureVerdict, Option<String>) {
    let nothing = (SignatureVerdict::Unverified, None);
    let Some(data) = signed_data(&signature.signature) else { return nothing };
    let content = data.content.as_deref().unwrap_or(&signature.content);
    let came: Vec<Certificate> = data.certificates.iter().filter_map(|der| Certificate::read(der)).collect();
    let known: Vec<(&TrustedKey, &Certificate)> = keys
        .iter()
        .filter_map(|key| match &key.inside {
            Inside::Certificate(certificate) => Some((key, &**certificate)),
            Inside::Pgp(_) => None,
        })
        .collect();
    let mut best = nothing;
    for info in &data.signers {
        let candidates = known.iter().map(|(_, certificate)| *certificate).chain(&came);
        let Some(own) = candidates.into_iter().find(|certificate| is_named(info, certificate)) else {
            continue;
        };
        let signer = own.addresses.iter().find(|named| named.eq_ignore_ascii_case(from));
        let signer = signer.or(own.addresses.first()).cloned();
        let verdict = match is_signed(info, own, content) {
            None => SignatureVerdict::Unverified,
            Some(false) => SignatureVerdict::Broken,
            Some(true) => trust(own, &came, &known, from, at_seconds),
        };
        if verdict == SignatureVerdict::Verified {
            return (verdict, signer);
        }
        best = (verdict, signer);
    }
    best
}

/// Whether what is trusted stands for a certificate that signed.
fn trust(
    own: &Certificate,
    came: &[Certificate],
    known: &[(&TrustedKey, &Certificate)],
    from: &str,
    at_seconds: i64,
) -> SignatureVerdict {
    let pinned = known.iter().find(|(_, certificate)| certificate.der == own.der);
    if let Some((trusted, certificate)) = pinned.filter(|(_, certificate)| !certificate.is_authority) {
        return match () {
            () if !trusted.is_for(&certificate.addresses, from) => SignatureVerdict::OtherAddress,
            () if !certificate.holds_at(at_seconds) => SignatureVerdict::Expired,
            () => SignatureVerdict::Verified,
        };
    }
    if !own.is_for_mail {
        return SignatureVerdict::Unverified;
    }
    let authorities: Vec<&Certificate> = known
        .iter()
        .filter(|(trusted, certificate)| {
            certificate.is_authority
                && trusted.address.as_ref().is_none_or(|only| only.eq_ignore_ascii_case(from))
        })
        .map(|(_, certificate)| *certificate)
        .collect();
    match own.is_proven_by(&authorities, came, at_seconds) {
        Err(Unproven::Unknown) => SignatureVerdict::Unverified,
        Err(Unproven::Expired) => SignatureVerdict::Expired,
        Ok(()) if own.addresses.iter().any(|named| named.eq_ignore_ascii_case(from)) => {
            SignatureVerdict::Verified
        }
        Ok(()) => SignatureVerdict::OtherAddress,
    }
}

fn is_named(info: &SignerInfo<'_>, certificate: &Certificate) -> bool {
    match info.signer {
        SignerName::IssuerAndSerial { issuer, serial } => {
            certificate.issuer == issuer && certificate.serial == serial
        }
        SignerName::KeyId(id) => certificate.key_id.as_deref() == Some(id),
    }
}

/// Whether a signature is by a certificate's key over the content; none where it is of a kind that is not verified.
///
/// Source: RFC 5652 section 5.4, RFC 8702 and RFC 8419 for the algorithms.
fn is_signed(info: &SignerInfo<'_>, certificate: &Certificate, content: &[u8]) -> Option<bool> {
    let stated = match info.digest {
        [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01] => Digest::Sha256,
        [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02] => Digest::Sha384,
        [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03] => Digest::Sha512,
        _ => return None,
    };
    let (digest, padding) = match *info.algorithm {
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01] => (stated, Padding::Pkcs1),
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a] => (stated, Padding::Pss),
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b] => (Digest::Sha256, Padding::Pkcs1),
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0c] => (Digest::Sha384, Padding::Pkcs1),
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0d] => (Digest::Sha512, Padding::Pkcs1),
        [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02] => (Digest::Sha256, Padding::Pkcs1),
        [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03] => (Digest::Sha384, Padding::Pkcs1),
        [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x04] => (Digest::Sha512, Padding::Pkcs1),
        [0x2b, 0x65, 0x70] => (stated, Padding::Pkcs1),
        _ => return None,
    };
    let key: &PublicKey = certificate.key.as_ref()?;
    match info.attributes {
        None => Some(key.signed(digest, padding, content, info.signature)),
        Some(attributes) => {
            let agrees = info.stated_digest() == Some(stated.of(content).as_slice());
            // Signed as the set that they are, whatever tag they bear where they stand.
            let set = crate::ber::wrapped(0x31, attributes);
            let is_by = key.signed(digest, padding, &set, info.signature);
            // Salt of another length than the digest is allowed and not verified here.
            let is_certain = is_by || !agrees || padding != Padding::Pss;
            is_certain.then_some(agrees && is_by)
        }
    }
}

fn judge_pgp(
    signature: &Signature,
    keys: &[TrustedKey],
    from: &str,
    at_seconds: i64,
) -> (SignatureVerdict, Option<String>) {
    let known: Vec<&PgpKey> = keys
        .iter()
        .filter_map(|key| match &key.inside {
            Inside::Pgp(key) => Some(key),
            Inside::Certificate(_) => None,
        })
        .collect();
    let signer = |key: &PgpKey| {
        let named = key.addresses.iter().find(|named| named.eq_ignore_ascii_case(from));
        named.or(key.addresses.first()).cloned()
    };
    match find_signer(&known, &signature.signature, &signature.content, at_seconds) {
        PgpFinding::Unknown => (SignatureVerdict::Unverified, None),
        PgpFinding::Broken(key) => (SignatureVerdict::Broken, signer(key)),
        PgpFinding::Over(key) => (SignatureVerdict::Expired, signer(key)),
        PgpFinding::By(key, part) => {
            let is_trusted = keys.iter().any(|trusted| {
                matches!(&trusted.inside, Inside::Pgp(own) if own == key)
                    && trusted.is_for(&key.addresses, from)
            });
            let verdict = match () {
                () if part.is_revoked || part.until.is_some_and(|until| at_seconds > until) => {
                    SignatureVerdict::Expired
                }
                () if !is_trusted => SignatureVerdict::OtherAddress,
                () => SignatureVerdict::Verified,
            };
            (verdict, signer(key))
        }
    }
}

/// The certificates of a PEM text. Source: RFC 7468.
fn pem(bytes: &[u8]) -> Vec<Vec<u8>> {
    let text = String::from_utf8_lossy(bytes);
    let blocks = text.split("-----BEGIN CERTIFICATE-----").skip(1).take(50);
    blocks
        .filter_map(|block| {
            let digits: String = block.split("-----END").next()?.split_whitespace().collect();
            BASE64.decode(digits.as_bytes()).ok()
        })
        .collect()
}
