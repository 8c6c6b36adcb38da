//! Certificates of people: whose key it is, for which addresses, and until when.
//!
//! Source: RFC 5280 section 4, RFC 8550 (certificates in mail).

use mail_parser::DateTime;
use rustls::pki_types::{CertificateDer, UnixTime};
use std::time::Duration;

use crate::ber::{Value, value, values};
use crate::public_key::PublicKey;

/// A certificate, taken apart as far as mail needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Certificate {
    /// All of it.
    pub(crate) der: Vec<u8>,
    /// Its number at who issued it.
    pub(crate) serial: Vec<u8>,
    /// Who issued it, as it is written.
    pub(crate) issuer: Vec<u8>,
    /// The identifier of its key, where it has one.
    pub(crate) key_id: Option<Vec<u8>>,
    /// From and until when it holds, in seconds since 1970 in UTC.
    pub(crate) valid: (i64, i64),
    /// Its key, where it is of a kind that is verified.
    pub(crate) key: Option<PublicKey>,
    /// The addresses that it is for.
    pub(crate) addresses: Vec<String>,
    /// Whether it may issue others.
    pub(crate) is_authority: bool,
    /// What it may do at all with mail: false when it says what it is for and mail is not among it.
    pub(crate) is_for_mail: bool,
}

/// Why a certificate is not proven by an authority.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unproven {
    /// No way leads to a known authority.
    Unknown,
    /// A way does, but something on it holds no more, or not yet.
    Expired,
}

/// `1.3.6.1.5.5.7.3.4`, protection of mail.
const EMAIL_PROTECTION: [u8; 8] = [0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x04];
/// `2.5.29.37.0`, anything.
const ANY_USE: [u8; 4] = [0x55, 0x1d, 0x25, 0x00];
/// `1.2.840.113549.1.9.1`, an address in a name.
const ADDRESS_IN_NAME: [u8; 9] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x01];

impl Certificate {
    /// Reads a certificate; none where it is not one.
    pub(crate) fn read(der: &[u8]) -> Option<Certificate> {
        let (whole, _) = value(der, 0)?;
        let (signed, _) = value(whole.content(0x30)?, 0)?;
        let mut fields = values(signed.content(0x30)?).peekable();
        fields.next_if(|field| field.tag == 0xA0);
        let serial = fields.next()?.content(0x02)?.to_vec();
        let _algorithm = fields.next()?;
        let issuer = fields.next()?.whole.to_vec();
        let valid = fields.next()?;
        let mut ends = values(valid.content(0x30)?).filter_map(|end| seconds_of(&end));
        let valid = (ends.next()?, ends.next()?);
        let subject = fields.next()?;
        let key = PublicKey::of_certificate(fields.next()?.content(0x30)?);
        let mut read = Certificate {
            der: whole.whole.to_vec(),
            serial,
            issuer,
            key_id: None,
            valid,
            key,
            addresses: addresses_in_name(&subject),
            is_authority: false,
            is_for_mail: true,
        };
        for field in fields.filter(|field| field.tag == 0xA3) {
            let (list, _) = value(field.content, 0)?;
            for extension in values(list.content(0x30)?) {
                read.take_extension(&extension);
            }
        }
        Some(read)
    }

    fn take_extension(&mut self, extension: &Value<'_>) -> Option<()> {
        let mut parts = values(extension.content(0x30)?);
        let kind = parts.next()?.content(0x06)?;
        let inside = parts.find_map(|part| part.content(0x04))?;
        match kind {
            // Alternative names: those of mail.
            [0x55, 0x1d, 0x11] => {
                let names = values(value(inside, 0)?.0.content(0x30)?).filter(|name| name.tag == 0x81);
                self.addresses.extend(names.filter_map(|name| address(name.content)));
            }
            [0x55, 0x1d, 0x0e] => self.key_id = Some(value(inside, 0)?.0.content(0x04)?.to_vec()),
            // Basic constraints: TRUE is an authority.
            [0x55, 0x1d, 0x13] => {
                let mut said = values(value(inside, 0)?.0.content(0x30)?);
                self.is_authority = said.next().is_some_and(|said| said.tag == 0x01 && said.content != [0]);
            }
            // What the key is for.
            [0x55, 0x1d, 0x25] => {
                let uses: Vec<&[u8]> = values(value(inside, 0)?.0.content(0x30)?)
                    .filter_map(|use_of| use_of.content(0x06))
                    .collect();
                self.is_for_mail = uses.iter().any(|one| *one == EMAIL_PROTECTION || *one == ANY_USE);
            }
            _ => {}
        }
        Some(())
    }

    /// Whether it holds at an instant, in seconds since 1970 in UTC.
    pub(crate) fn holds_at(&self, seconds: i64) -> bool {
        (self.valid.0..=self.valid.1).contains(&seconds)
    }

    /// Whether a known authority stands for it, directly or by certificates that came along.
    pub(crate) fn is_proven_by(
        &self,
        authorities: &[&Certificate],
        between: &[Certificate],
        at_seconds: i64,
    ) -> Result<(), Unproven> {
        let known: Vec<CertificateDer<'_>> =
            authorities.iter().map(|authority| CertificateDer::from(authority.der.as_slice())).collect();
        let anchors: Vec<_> =
            known.iter().filter_map(|der| webpki::anchor_from_trusted_cert(der).ok()).collect();
        let between: Vec<CertificateDer<'_>> =
            between.iter().map(|one| CertificateDer::from(one.der.as_slice())).collect();
        let own = CertificateDer::from(self.der.as_slice());
        let end = webpki::EndEntityCert::try_from(&own).map_err(|_| Unproven::Unknown)?;
        let is_proven = |at_seconds: i64| {
            let at = UnixTime::since_unix_epoch(Duration::from_secs(at_seconds.max(0).unsigned_abs()));
            let usage = webpki::KeyUsage::required_if_present(&EMAIL_PROTECTION);
            let algorithms = webpki::ALL_VERIFICATION_ALGS;
            end.verify_for_usage(algorithms, &anchors, &between, at, usage, None, None).is_ok()
        };
        match () {
            () if is_proven(at_seconds) => Ok(()),
            // It was proven while it held: what is wrong is the time alone.
            () if is_proven(self.valid.0) || is_proven(self.valid.1) => Err(Unproven::Expired),
            () => Err(Unproven::Unknown),
        }
    }
}

fn addresses_in_name(name: &Value<'_>) -> Vec<String> {
    let Some(parts) = name.content(0x30) else { return Vec::new() };
    values(parts)
        .filter(|set| set.tag == 0x31)
        .flat_map(|set| values(set.content))
        .filter_map(|pair| {
            let mut pair = values(pair.content(0x30)?);
            let kind = pair.next()?.content(0x06)?;
            let said = pair.next()?;
            if kind == ADDRESS_IN_NAME { address(said.content) } else { None }
        })
        .collect()
}

/// An address, if the bytes are one that can be shown and compared.
pub(crate) fn address(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?.trim();
    let fits = text.len() <= 320
        && text.contains('@')
        && !text.chars().any(|one| one.is_whitespace() || one.is_control() || matches!(one, '<' | '>' | '"'));
    fits.then(|| text.to_lowercase())
}

/// Seconds since 1970 of a time in a certificate.
fn seconds_of(time: &Value<'_>) -> Option<i64> {
    let text = std::str::from_utf8(time.content).ok()?;
    let digits = text.strip_suffix('Z').filter(|digits| digits.bytes().all(|one| one.is_ascii_digit()))?;
    let whole = match (time.tag, digits.len()) {
        // Two digits of the year: from 50 on of the last century. Source: RFC 5280 section 4.1.2.5.1.
        (0x17, 12) => format!("{}{digits}", if digits >= "50" { "19" } else { "20" }),
        (0x18, 14) => digits.to_owned(),
        _ => return None,
    };
    let number = |from: usize, to: usize| whole[from..to].parse::<u16>().ok();
    let small = |from: usize| number(from, from + 2).and_then(|two| u8::try_from(two).ok());
    let date = DateTime {
        year: number(0, 4)?,
        month: small(4)?,
        day: small(6)?,
        hour: small(8)?,
        minute: small(10)?,
        second: small(12)?,
        tz_before_gmt: false,
        tz_hour: 0,
        tz_minute: 0,
    };
    date.is_valid().then(|| date.to_timestamp())
}
