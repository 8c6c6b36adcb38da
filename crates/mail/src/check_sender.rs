//! Whether the From of a letter can be believed: SPF, DKIM and DMARC.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use mail_auth::common::parse::TxtRecordParser;
use mail_auth::common::verify::{DomainKey, VerifySignature};
use mail_auth::dmarc::Dmarc;
use mail_auth::dmarc::verify::DmarcParameters;
use mail_auth::hickory_resolver::config::{ResolverConfig, ResolverOpts};
use mail_auth::spf::Spf;
use mail_auth::spf::verify::SpfParameters;
use mail_auth::{
    AuthenticatedMessage, DkimOutput, DkimResult, DmarcResult, DnsError, Error, MessageAuthenticator,
    Parameters, ResolverCache, SpfResult, Txt,
};

use crate::letter::Letter;

/// How long all look-ups for one letter may take together.
const TIME_AT_MOST: Duration = Duration::from_secs(8);
/// How many records are remembered.
const RECORDS_AT_MOST: usize = 4_096;
/// The longest header whose signatures are verified, in bytes.
const HEADER_BYTES_AT_MOST: usize = 256 * 1024;
/// The most fields of such a header.
const FIELDS_AT_MOST: usize = 1_000;
/// The most signatures that are verified. Source: RFC 6376 section 6.1 lets a verifier limit them.
const SIGNATURES_AT_MOST: usize = 10;
/// The most fields that one signature may be over: each is looked for among all fields and all names before it.
const SIGNED_NAMES_AT_MOST: usize = 200;

/// What was found of a letter's sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SenderChecks {
    /// SPF of the return path. Source: RFC 7208.
    pub spf: Verdict,
    /// The best of its DKIM signatures. Source: RFC 6376.
    pub dkim: Verdict,
    /// DMARC of the From. Source: RFC 7489.
    pub dmarc: Verdict,
    /// Whether SPF or DKIM passed for the domain of the From, so that the From can be believed.
    pub is_aligned: bool,
}

/// One verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is as the domain says.
    Pass,
    /// It is not.
    Fail,
    /// The domain says nothing, or nothing definite.
    None,
    /// It could not be found out.
    Error,
}

impl Verdict {
    fn as_str(self) -> &'static str {
        match self {
            Verdict::Pass => "pass",
            Verdict::Fail => "fail",
            Verdict::None => "none",
            Verdict::Error => "error",
        }
    }
}

impl fmt::Display for SenderChecks {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "spf={} dkim={} dmarc={}", self.spf.as_str(), self.dkim.as_str(), self.dmarc.as_str())
    }
}

/// Checks senders with records of the domain name system, or with given ones.
pub struct SenderChecker {
    authenticator: MessageAuthenticator,
    records: Records,
}

impl fmt::Debug for SenderChecker {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("SenderChecker(..)")
    }
}

impl SenderChecker {
    /// A checker that asks the name servers of this machine.
    ///
    /// # Errors
    /// When the machine names no name server, or its settings cannot be read.
    pub fn asking_name_servers() -> Result<Self, String> {
        let authenticator = MessageAuthenticator::new_system_conf().map_err(|wrong| wrong.to_string())?;
        Ok(SenderChecker { authenticator, records: Records::default() })
    }

    /// A checker that knows these TXT records, by name, and asks nobody.
    ///
    /// # Errors
    /// When a resolver that is never asked cannot be made.
    pub fn knowing(records: HashMap<String, String>) -> Result<Self, String> {
        let authenticator = MessageAuthenticator::new(ResolverConfig::default(), ResolverOpts::default())
            .map_err(|wrong| wrong.to_string())?;
        let fixed = records.into_iter().map(|(name, text)| (fully(&name), text)).collect();
        Ok(SenderChecker { authenticator, records: Records { fixed: Some(fixed), ..Records::default() } })
    }

    /// Checks the sender of a message that `peer` handed over as `helo`, for `return_path`. What takes work is done
    /// beside the runtime's own threads; what would take much, and no honest sender writes, proves nothing.
    pub async fn check(
        &self,
        message: &Arc<Vec<u8>>,
        letter: &Letter,
        peer: IpAddr,
        helo: &str,
        return_path: Option<&str>,
        own_host: &str,
    ) -> SenderChecks {
        let looking = self.look(message, letter, peer, helo, return_path, own_host);
        tokio::time::timeout(TIME_AT_MOST, looking).await.ok().flatten().unwrap_or(SenderChecks {
            spf: Verdict::Error,
            dkim: Verdict::Error,
            dmarc: Verdict::Error,
            is_aligned: false,
        })
    }

    /// `None` where the header is beyond the bounds.
    async fn look(
        &self,
        message: &Arc<Vec<u8>>,
        letter: &Letter,
        peer: IpAddr,
        helo: &str,
        return_path: Option<&str>,
        own_host: &str,
    ) -> Option<SenderChecks> {
        let header = header_of(message)?;
        let read = AuthenticatedMessage::parse(header);
        if read.as_ref().is_some_and(|read| !is_bearable(read)) {
            return None;
        }
        let mut checks =
            SenderChecks { spf: Verdict::None, dkim: Verdict::None, dmarc: Verdict::None, is_aligned: false };
        let path = return_path.map_or_else(|| format!("postmaster@{helo}"), str::to_owned);
        let path_domain = domain_of(&path).to_owned();
        let from_domain =
            letter.from.as_ref().map(|from| domain_of(&from.address).to_owned()).unwrap_or_default();
        let spf = self
            .authenticator
            .verify_spf(
                Parameters::new(SpfParameters::verify_mail_from(peer.to_canonical(), helo, own_host, &path))
                    .with_txt_cache(&self.records),
            )
            .await;
        checks.spf = match spf.result() {
            SpfResult::Pass => Verdict::Pass,
            SpfResult::Fail | SpfResult::SoftFail => Verdict::Fail,
            SpfResult::None | SpfResult::Neutral => Verdict::None,
            SpfResult::TempError | SpfResult::PermError => Verdict::Error,
        };
        checks.is_aligned = checks.spf == Verdict::Pass && is_aligned(&path_domain, &from_domain);
        let Some(read) = read else { return Some(checks) };
        // Two authors, or an author that another reader would find elsewhere, prove nothing.
        let is_one_author =
            read.from.len() == 1 && domain_of(&read.from[0]).eq_ignore_ascii_case(&from_domain);
        let signatures = self.verified(message, &read).await?;
        for signature in &signatures {
            let found = match signature.result() {
                DkimResult::Pass => Verdict::Pass,
                DkimResult::Fail(_) | DkimResult::PermError(_) | DkimResult::Neutral(_) => Verdict::Fail,
                DkimResult::TempError(_) => Verdict::Error,
                DkimResult::None => Verdict::None,
            };
            if found == Verdict::Pass {
                checks.dkim = Verdict::Pass;
                let signer =
                    signature.signature().map(|signature| signature.d.to_string()).unwrap_or_default();
                checks.is_aligned |= is_aligned(&signer, &from_domain);
            } else if checks.dkim != Verdict::Pass && found != Verdict::None {
                checks.dkim = found;
            }
        }
        let dmarc = self
            .authenticator
            .verify_dmarc(
                Parameters::new(DmarcParameters::new(&read, &signatures, &path_domain, &spf))
                    .with_txt_cache(&self.records),
            )
            .await;
        checks.dmarc = match (dmarc.spf_result(), dmarc.dkim_result()) {
            (DmarcResult::Pass, _) | (_, DmarcResult::Pass) => Verdict::Pass,
            (DmarcResult::TempError(_), _) | (_, DmarcResult::TempError(_)) => Verdict::Error,
            (DmarcResult::Fail(_), _) | (_, DmarcResult::Fail(_)) => Verdict::Fail,
            _ if dmarc.dmarc_record().is_some() => Verdict::Fail,
            _ => Verdict::None,
        };
        checks.is_aligned &= is_one_author && checks.dmarc != Verdict::Fail;
        Some(checks)
    }

    /// The signatures of a message, verified. Their keys are looked up first; then nothing waits any more, and the work
    /// (hashing the content, searching the fields, the signatures themselves) is done beside the runtime's threads.
    /// `read` is the header alone; what is given speaks of its signatures.
    async fn verified<'a>(
        &self,
        message: &Arc<Vec<u8>>,
        read: &'a AuthenticatedMessage<'_>,
    ) -> Option<Vec<DkimOutput<'a>>> {
        if read.dkim_headers.is_empty() && !read.has_dkim_errors {
            return Some(Vec::new());
        }
        let mut keys = Keys(HashMap::new());
        for signature in &read.dkim_headers {
            let name = signature.header.domain_key().to_lowercase();
            if !keys.0.contains_key(name.as_str()) {
                let key = self.authenticator.txt_lookup::<DomainKey>(&name, Some(&self.records)).await;
                keys.0.insert(name.into(), key.map_or_else(Txt::Error, Txt::DomainKey));
            }
        }
        let (authenticator, message) = (self.authenticator.clone(), Arc::clone(message));
        let verifying = tokio::task::spawn_blocking(move || {
            let read = AuthenticatedMessage::parse(&message)?;
            // Every record it may ask for is known, so it never waits.
            let outputs =
                authenticator.verify_dkim(Parameters::new(&read).with_txt_cache(&keys)).now_or_never()?;
            Some(outputs.iter().map(|output| output.result().clone()).collect::<Vec<DkimResult>>())
        });
        let results = verifying.await.ok().flatten()?;
        // Those that could not even be read come first.
        let unread = results.len().checked_sub(read.dkim_headers.len())?;
        let named = std::iter::repeat_n(None, unread).chain(read.dkim_headers.iter().map(Some));
        let outputs = results.into_iter().zip(named).map(|(result, signature)| {
            let output = match result {
                DkimResult::Pass => DkimOutput::pass(),
                DkimResult::TempError(wrong) => DkimOutput::temp_err(wrong),
                DkimResult::PermError(wrong) => DkimOutput::perm_err(wrong),
                DkimResult::Fail(wrong) => DkimOutput::fail(wrong),
                DkimResult::Neutral(wrong) => DkimOutput::neutral(wrong),
                DkimResult::None => DkimOutput::neutral(Error::NoHeadersFound),
            };
            match signature {
                Some(signature) => output.with_signature(&signature.header),
                None => output,
            }
        });
        Some(outputs.collect())
    }
}

/// The header of a message with the empty line that ends it; `None` where it is longer than is looked at. No reader
/// finds more header than this, for all end it at an empty line.
fn header_of(message: &[u8]) -> Option<&[u8]> {
    let looked = &message[..message.len().min(HEADER_BYTES_AT_MOST)];
    let mut lines = looked.split_inclusive(|byte| *byte == b'\n');
    let mut length = 0;
    let ended = lines.any(|line| {
        length += line.len();
        line == b"\n" || line == b"\r\n"
    });
    (ended || looked.len() == message.len()).then(|| &message[..length])
}

/// Whether verifying its signatures takes no more work than an honest sender's.
fn is_bearable(read: &AuthenticatedMessage<'_>) -> bool {
    read.headers.len() <= FIELDS_AT_MOST
        && read.dkim_headers.len() + read.errors.len() <= SIGNATURES_AT_MOST
        && read.dkim_headers.iter().all(|signature| signature.header.h.len() <= SIGNED_NAMES_AT_MOST)
}

/// The keys of one message's signatures, by name. Any other record is said not to be there.
struct Keys(HashMap<Box<str>, Txt>);

impl ResolverCache<Box<str>, Txt> for Keys {
    fn get<Q>(&self, name: &Q) -> Option<Txt>
    where
        Box<str>: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        Some(self.0.get(name).cloned().unwrap_or(Txt::Error(Error::Dns(DnsError::InvalidRecordType))))
    }

    fn remove<Q>(&self, _name: &Q) -> Option<Txt>
    where
        Box<str>: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        None
    }

    fn insert(&self, _name: Box<str>, _txt: Txt, _valid_until: std::time::Instant) {}
}

/// What a mail server found of a message's sender: its `Authentication-Results`, by its own name, the first one only, for
/// it writes in front of whatever came. `None` where the first one is another's, or there is none. What it quotes of
/// the sender, in strings and comments, is no result; a field that cannot be read, and SPF or DMARC stated twice, prove
/// nothing; nor does a DMARC that speaks of another From than we find. Of several signatures the best is told.
///
/// Source: RFC 8601 section 2.2; section 5 tells to believe no other.
#[must_use]
pub fn stated_checks(message: &[u8], server: &str) -> Option<SenderChecks> {
    let head = String::from_utf8_lossy(&message[..message.len().min(64 * 1024)]).into_owned();
    let head = head.replace("\r\n", "\n");
    let head = head.split("\n\n").next().unwrap_or_default().replace("\n\t", " ").replace("\n ", " ");
    let stated = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.trim_end().eq_ignore_ascii_case("authentication-results").then_some(value)
    })?;
    let mut checks =
        SenderChecks { spf: Verdict::None, dkim: Verdict::None, dmarc: Verdict::None, is_aligned: false };
    let (bare, is_whole) = without_quoted(stated);
    let mut results = bare.split(';').map(str::trim);
    let own = results.next()?.split_whitespace().next()?;
    if server.is_empty() || !own.eq_ignore_ascii_case(server) {
        return None;
    }
    if !is_whole {
        return Some(checks);
    }
    let (mut spf, mut dmarc, mut spoken_of) = (Vec::new(), Vec::new(), None);
    for result in results {
        let Some((method, rest)) = result.split_once('=') else { continue };
        let said = rest.trim_start().split(|letter: char| !letter.is_ascii_alphabetic()).next();
        let verdict = match said.unwrap_or_default().to_ascii_lowercase().as_str() {
            "pass" => Verdict::Pass,
            "fail" | "softfail" | "hardfail" => Verdict::Fail,
            "temperror" | "permerror" => Verdict::Error,
            _ => Verdict::None,
        };
        // A method may bear a version behind a slash.
        let method = method.split('/').next().unwrap_or_default().trim();
        match method.to_ascii_lowercase().as_str() {
            "spf" => spf.push(verdict),
            "dkim" if checks.dkim != Verdict::Pass => checks.dkim = verdict,
            "dmarc" => {
                dmarc.push(verdict);
                spoken_of = rest.split_whitespace().find_map(header_from);
            }
            _ => {}
        }
    }
    let only = |stated: &[Verdict]| if let [one] = stated { *one } else { Verdict::None };
    (checks.spf, checks.dmarc) = (only(&spf), only(&dmarc));
    // Only DMARC says that the domain of the From is the one that passed.
    checks.is_aligned = checks.dmarc == Verdict::Pass
        && spoken_of.is_none_or(|domain| {
            let header = header_of(message).unwrap_or_default();
            crate::parse::parse(header).from.is_some_and(|from| is_aligned(domain, domain_of(&from.address)))
        });
    Some(checks)
}

/// The domain of the From that a result speaks of, where a word of it says so. It may be the domain whose policy it is.
fn header_from(word: &str) -> Option<&str> {
    let (name, value) = word.split_once('=')?;
    name.eq_ignore_ascii_case("header.from").then(|| domain_of(value))
}

/// A structured field without its comments, which nest, and without what its quoted strings hold; and whether all of
/// them end. Source: RFC 5322 sections 3.2.1, 3.2.2 and 3.2.4.
fn without_quoted(field: &str) -> (String, bool) {
    let mut bare = String::with_capacity(field.len());
    let (mut depth, mut in_string) = (0_usize, false);
    let mut letters = field.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' if in_string || depth > 0 => drop(letters.next()),
            '"' if depth == 0 => {
                in_string = !in_string;
                bare.push('"');
            }
            _ if in_string => {}
            '(' => depth += 1,
            ')' if depth > 0 => {
                depth -= 1;
                bare.push(' ');
            }
            _ if depth > 0 => {}
            other => bare.push(other),
        }
    }
    (bare, depth == 0 && !in_string)
}

/// Whether the return path of a letter is of another domain than its From, so that somebody may be named there who never
/// wrote. Domains below one another are one, as for a mailing service at `bounces.client.example`. A letter whose return
/// path is not known says nothing of it.
#[must_use]
pub fn returns_elsewhere(letter: &Letter) -> bool {
    let (Some(path), Some(from)) = (&letter.return_path, &letter.from) else { return false };
    let (path, from) = (domain_of(path), domain_of(&from.address));
    !path.eq_ignore_ascii_case(from) && !is_aligned(path, from)
}

fn domain_of(address: &str) -> &str {
    address.rsplit_once('@').map_or(address, |(_, domain)| domain)
}

/// Whether a domain speaks for another: the same, or one below the other, as DMARC's relaxed
/// alignment has it. A name of one label speaks for nobody.
fn is_aligned(speaker: &str, from: &str) -> bool {
    let (speaker, from) =
        (speaker.trim_end_matches('.').to_lowercase(), from.trim_end_matches('.').to_lowercase());
    let below = |name: &str, above: &str| {
        above.contains('.') && name.strip_suffix(above).is_some_and(|rest| rest.ends_with('.'))
    };
    !speaker.is_empty()
        && speaker.contains('.')
        && (speaker == from || below(&speaker, &from) || below(&from, &speaker))
}

fn fully(name: &str) -> String {
    let name = name.to_lowercase();
    if name.ends_with('.') { name } else { format!("{name}.") }
}

/// Records that were found lately, or all that are known.
#[derive(Default)]
struct Records {
    fixed: Option<HashMap<String, String>>,
    found: Mutex<HashMap<Box<str>, (Txt, std::time::Instant)>>,
}

impl Records {
    fn fixed_record(&self, name: &str) -> Option<Txt> {
        let fixed = self.fixed.as_ref()?;
        let Some(text) = fixed.get(&fully(name)) else {
            return Some(Txt::Error(Error::Dns(DnsError::InvalidRecordType)));
        };
        let bytes = text.as_bytes();
        Some(if name.contains("._domainkey.") {
            DomainKey::parse(bytes).into()
        } else if name.starts_with("_dmarc.") {
            Dmarc::parse(bytes).into()
        } else {
            Spf::parse(bytes).into()
        })
    }
}

impl ResolverCache<Box<str>, Txt> for Records {
    fn get<Q>(&self, name: &Q) -> Option<Txt>
    where
        Box<str>: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        if let Some(fixed) = &self.fixed {
            // The key is only known by its hash and equality, so it is looked for among the known.
            let known = fixed.keys().map(|name| Box::<str>::from(name.as_str()));
            let found = known.into_iter().find(|known| Borrow::<Q>::borrow(known) == name);
            return match found {
                Some(found) => self.fixed_record(&found),
                None => Some(Txt::Error(Error::Dns(DnsError::InvalidRecordType))),
            };
        }
        let found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        found.get(name).filter(|(_, until)| until.elapsed().is_zero()).map(|(txt, _)| txt.clone())
    }

    fn remove<Q>(&self, name: &Q) -> Option<Txt>
    where
        Box<str>: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.found.lock().unwrap_or_else(PoisonError::into_inner).remove(name).map(|(txt, _)| txt)
    }

    fn insert(&self, name: Box<str>, txt: Txt, valid_until: std::time::Instant) {
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        if found.len() >= RECORDS_AT_MOST {
            found.clear();
        }
        found.insert(name, (txt, valid_until));
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
    use aws_lc_rs::rsa::{KeyPair, KeySize};
    use aws_lc_rs::signature::KeyPair as _;
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use sha2::{Digest, Sha256};

    use super::*;
    use crate::parse::parse;
    use crate::sign::DkimKey;

    /// A key of this test alone: its PEM, and the record that names it.
    fn key() -> (String, String) {
        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let own: Pkcs8V1Der<'static> = pair.as_der().unwrap();
        let public: PublicKeyX509Der<'static> = pair.public_key().as_der().unwrap();
        (
            format!(
                "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
                STANDARD.encode(own.as_ref())
            ),
            format!("v=DKIM1; k=rsa; p={}", STANDARD.encode(public.as_ref())),
        )
    }

    fn checker(public: &str) -> SenderChecker {
        let records = [
            ("client.example", "v=spf1 ip4:192.0.2.7 -all"),
            ("_dmarc.client.example", "v=DMARC1; p=reject"),
            ("s1._domainkey.client.example", public),
            ("ailleurs.example", "v=spf1 ip4:192.0.2.9 -all"),
        ];
        let records = records.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        SenderChecker::knowing(records).unwrap()
    }

    async fn checked(public: &str, message: &[u8], peer: &str, path: Option<&str>) -> SenderChecks {
        let letter = parse(message);
        let message = Arc::new(message.to_vec());
        checker(public)
            .check(&message, &letter, peer.parse().unwrap(), "mx.client.example", path, "eole.example")
            .await
    }

    const MESSAGE: &[u8] = b"From: Ana <ana@client.example>\r\nTo: aide@eole.example\r\nSubject: x\r\n\
        Date: Tue, 3 Mar 2026 10:00:00 +0100\r\nMessage-ID: <1@client.example>\r\n\r\nBonjour\r\n";

    #[tokio::test]
    async fn a_server_that_the_domain_names_may_speak_for_it() {
        let good = checked("v=DKIM1; p=", MESSAGE, "192.0.2.7", Some("ana@client.example")).await;
        assert_eq!(good.to_string(), "spf=pass dkim=none dmarc=pass");
        assert!(good.is_aligned);
        let bad = checked("v=DKIM1; p=", MESSAGE, "192.0.2.8", Some("ana@client.example")).await;
        assert_eq!(bad.spf, Verdict::Fail);
        assert_eq!(bad.dmarc, Verdict::Fail);
        assert!(!bad.is_aligned);
        // Another domain's word says nothing of this From.
        let other = checked("v=DKIM1; p=", MESSAGE, "192.0.2.9", Some("x@ailleurs.example")).await;
        assert_eq!(other.spf, Verdict::Pass);
        assert!(!other.is_aligned);
    }

    #[tokio::test]
    async fn a_signature_speaks_for_its_domain_until_a_byte_is_changed() {
        let (pem, public) = key();
        let key = DkimKey::new("client.example", "s1", &pem).unwrap();
        let signed = key.signed(MESSAGE);
        assert!(signed.starts_with(b"DKIM-Signature:"));
        let good = checked(&public, &signed, "198.51.100.1", Some("ana@client.example")).await;
        assert_eq!(good.to_string(), "spf=fail dkim=pass dmarc=pass");
        assert!(good.is_aligned);
        let changed = String::from_utf8(signed.clone()).unwrap().replace("Bonjour", "Bonsoir");
        let bad = checked(&public, changed.as_bytes(), "198.51.100.1", Some("ana@client.example")).await;
        assert_eq!(bad.dkim, Verdict::Fail);
        assert!(!bad.is_aligned);
        // A second author in front of the signed one.
        let two = [b"From: chef@client.example\r\n".as_slice(), &signed].concat();
        assert!(!checked(&public, &two, "198.51.100.1", None).await.is_aligned);
    }

    /// A signature by `evil.example` that gets as far as its key and the fields it is over, whose `h=` names these.
    fn signature_over(names: &str) -> String {
        let content = STANDARD.encode(Sha256::digest(b"Bonjour\r\n"));
        format!(
            "DKIM-Signature: v=1; a=rsa-sha256; c=simple/simple; d=client.example; s=s1; h=from:{names}; bh={content}; b=AAAA\r\n"
        )
    }

    /// Looking for each name among all that came before it is quadratic work, and nothing calls it off: a letter whose
    /// signatures would take much of it proves nothing, and costs next to nothing.
    #[tokio::test]
    async fn a_bomb_of_signatures_proves_nothing_and_costs_nothing() {
        let (_, public) = key();
        let names =
            |count: usize| (0..count).map(|number| format!("x{number:06}")).collect::<Vec<_>>().join(":");
        let many = |count: usize| signature_over("subject").repeat(count);
        let fields = |count: usize| "A: b\r\n".repeat(count);
        let within = "198.51.100.1";
        for (bomb, fields) in [
            ("a million names", signature_over(&names(1_000_000))),
            ("as many names as the header holds", signature_over(&names(30_000))),
            ("one name too many", signature_over(&names(200))),
            ("one signature too many", many(11)),
            ("a thousand signatures", many(1_000)),
            ("many fields", format!("{}{}", signature_over(&names(150)), fields(30_000))),
            ("an endless header", fields(50_000)),
        ] {
            let message = [fields.as_bytes(), MESSAGE].concat();
            let from = harness::process_cpu_time();
            let found = checked(&public, &message, within, Some("ana@client.example")).await;
            let took = harness::process_cpu_time() - from;
            assert_eq!(found.to_string(), "spf=error dkim=error dmarc=error", "{bomb}");
            assert!(!found.is_aligned, "{bomb}");
            assert!(took < Duration::from_secs(1), "{bomb}: {took:?}");
        }
        // What is just within the bounds is looked at, in no more time.
        let full = format!("{}{}", signature_over(&names(199)).repeat(10), fields(900));
        let message = [full.as_bytes(), MESSAGE].concat();
        let from = harness::process_cpu_time();
        let found = checked(&public, &message, within, Some("ana@client.example")).await;
        let took = harness::process_cpu_time() - from;
        assert_eq!(found.to_string(), "spf=fail dkim=fail dmarc=fail");
        assert!(took < Duration::from_secs(1), "{took:?}");
    }

    /// A usual signature in a large letter, under a few that do not hold: it counts.
    #[tokio::test]
    async fn one_good_signature_among_bad_ones_counts() {
        let (pem, public) = key();
        let key = DkimKey::new("client.example", "s1", &pem).unwrap();
        let large = [MESSAGE, "Encore une ligne\r\n".repeat(100_000).as_bytes()].concat();
        let bad = format!("DKIM-Signature: garbage\r\n{}", signature_over("subject"));
        let message = [bad.as_bytes(), &key.signed(&large)].concat();
        let found = checked(&public, &message, "198.51.100.1", Some("ana@client.example")).await;
        assert_eq!(found.to_string(), "spf=fail dkim=pass dmarc=pass");
        assert!(found.is_aligned);
    }

    /// Twenty-four letters: by each way of the return path, each way of the signature, each policy of the domain. A
    /// From is believed exactly where its own domain speaks for it by one of the two.
    #[tokio::test]
    async fn a_from_is_believed_where_its_own_domain_speaks_for_it() {
        let ((pem, public), (other_pem, other_public)) = (key(), key());
        let own = DkimKey::new("client.example", "s1", &pem).unwrap();
        let other = DkimKey::new("ailleurs.example", "s1", &other_pem).unwrap();
        let paths = [
            ("own, from its server", "192.0.2.7", Some("ana@client.example"), true),
            ("own, from elsewhere", "198.51.100.1", Some("ana@client.example"), false),
            ("another's, from its server", "192.0.2.9", Some("x@ailleurs.example"), false),
        ];
        let changed =
            |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().replace("Bonjour", "Bonsoir").into_bytes();
        let signatures = [
            ("none", MESSAGE.to_vec(), false),
            ("own", own.signed(MESSAGE), true),
            ("own, then changed", changed(own.signed(MESSAGE)), false),
            ("another's", other.signed(MESSAGE), false),
        ];
        let mut tried = 0;
        for policy in [Some("v=DMARC1; p=reject"), None] {
            for (path, peer, from, path_speaks) in paths {
                for (signature, message, signature_speaks) in &signatures {
                    let mut records = vec![
                        ("client.example", "v=spf1 ip4:192.0.2.7 -all"),
                        ("s1._domainkey.client.example", public.as_str()),
                        ("ailleurs.example", "v=spf1 ip4:192.0.2.9 -all"),
                        ("s1._domainkey.ailleurs.example", other_public.as_str()),
                    ];
                    records.extend(policy.map(|policy| ("_dmarc.client.example", policy)));
                    let records = records.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
                    let checker = SenderChecker::knowing(records.collect()).unwrap();
                    let letter = parse(message);
                    let message = Arc::new(message.clone());
                    let found = checker
                        .check(&message, &letter, peer.parse().unwrap(), "mx.x.example", from, "eole.example")
                        .await;
                    let speaks = path_speaks || *signature_speaks;
                    assert_eq!(
                        found.is_aligned, speaks,
                        "path {path}, signature {signature}, {policy:?}: {found}"
                    );
                    if policy.is_some() {
                        assert_eq!(
                            found.dmarc == Verdict::Pass,
                            speaks,
                            "path {path}, signature {signature}: {found}"
                        );
                    }
                    tried += 1;
                }
            }
        }
        assert_eq!(tried, 24);
    }

    #[test]
    fn only_the_first_result_of_the_own_server_is_believed() {
        let message = b"Authentication-Results: mx.eole.example;\r\n dkim=pass header.d=client.example;\r\n\tspf=softfail smtp.mailfrom=x;\r\n dmarc=pass (p=REJECT) header.from=client.example\r\n\
            Authentication-Results: mx.eole.example; dmarc=fail\r\nFrom: ana@client.example\r\n\r\nx";
        let checks = stated_checks(message, "mx.eole.example").unwrap();
        assert_eq!(checks.to_string(), "spf=fail dkim=pass dmarc=pass");
        assert!(checks.is_aligned);
        assert_eq!(stated_checks(message, "mx.other.example"), None);
        assert_eq!(stated_checks(message, ""), None);
        let forged = b"Received: from x\r\nAuthentication-Results: evil.example; dmarc=pass\r\nAuthentication-Results: mx.eole.example; dmarc=pass\r\n\r\n";
        assert_eq!(stated_checks(forged, "mx.eole.example"), None);
        assert_eq!(
            stated_checks(
                b"From: a@b.example\r\n\r\nAuthentication-Results: mx.eole.example; dmarc=pass",
                "mx.eole.example"
            ),
            None
        );
    }

    /// Source: RFC 8601 section 2.2.
    #[test]
    fn what_a_server_quotes_of_the_sender_is_no_result() {
        for (stated, expected) in [
            // The return path, quoted as it has to be.
            (r#"spf=none smtp.mailfrom="x;dmarc=pass;y"@evil.example"#, "spf=none dkim=none dmarc=none"),
            (r#"spf=none smtp.mailfrom="x\";dmarc=pass;y"@evil.example"#, "spf=none dkim=none dmarc=none"),
            (
                r#"dmarc=fail header.from=client.example; spf=none smtp.mailfrom="x;dmarc=pass;y"@evil.example"#,
                "spf=none dkim=none dmarc=fail",
            ),
            // As some servers write it all the same: the method is named twice then.
            (
                "dmarc=fail header.from=client.example; spf=none smtp.mailfrom=x;dmarc=pass;y@evil.example",
                "spf=none dkim=none dmarc=none",
            ),
            ("dmarc=pass; dmarc=pass", "spf=none dkim=none dmarc=none"),
            (
                "spf=pass smtp.helo=a.example; spf=fail smtp.mailfrom=b.example",
                "spf=none dkim=none dmarc=none",
            ),
            // Comments, which nest.
            ("spf=none (x;dmarc=pass;y)", "spf=none dkim=none dmarc=none"),
            ("spf=none (a (b) ;dmarc=pass; c)", "spf=none dkim=none dmarc=none"),
            (r"spf=none (a \) ;dmarc=pass; c)", "spf=none dkim=none dmarc=none"),
            ("dmarc (of the From) = (indeed) pass; spf=pass (x)", "spf=pass dkim=none dmarc=pass"),
            ("dmarc/1=Pass header.from=client.example", "spf=none dkim=none dmarc=pass"),
            // What does not end says nothing.
            ("dmarc=pass (x", "spf=none dkim=none dmarc=none"),
            (r#"dmarc=pass; spf=pass smtp.mailfrom="x"#, "spf=none dkim=none dmarc=none"),
            // Of several signatures the best.
            (
                "dkim=fail header.d=a.example; dkim=pass header.d=b.example; dkim=fail",
                "spf=none dkim=pass dmarc=none",
            ),
            ("none", "spf=none dkim=none dmarc=none"),
        ] {
            let message = format!(
                "Authentication-Results: mx.eole.example (ours;) 1; {stated}\r\nFrom: ana@client.example\r\n\r\nx"
            );
            let checks = stated_checks(message.as_bytes(), "mx.eole.example").expect(stated);
            assert_eq!(checks.to_string(), expected, "{stated}");
            assert_eq!(checks.is_aligned, expected.ends_with("dmarc=pass"), "{stated}");
        }
    }

    #[test]
    fn a_result_that_speaks_of_another_from_proves_nothing() {
        for (from, of, expected) in [
            ("ana@client.example", "client.example", true),
            ("ana@Client.example", "CLIENT.example.", true),
            // Some name the domain whose policy it is.
            ("ana@ventes.client.example", "client.example", true),
            ("ana@client.example", "ana@client.example", true),
            ("ana@client.example", "ailleurs.example", false),
            ("ana@client.example", "evilclient.example", false),
            ("", "client.example", false),
        ] {
            let message = format!(
                "Authentication-Results: mx.eole.example; dmarc=pass (p=none) Header.From={of}\r\nFrom: {from}\r\n\r\nx"
            );
            let checks = stated_checks(message.as_bytes(), "mx.eole.example").expect("stated");
            assert_eq!(checks.is_aligned, expected, "{from} {of}");
            assert_eq!(checks.dmarc, Verdict::Pass);
        }
    }

    #[test]
    fn a_return_path_of_another_domain_is_seen() {
        for (path, expected) in [
            ("<ana@client.example>", false),
            ("<SRS0=x@CLIENT.example>", false),
            ("<bounces@envois.client.example>", false),
            ("ana@client.example", false),
            ("<@relais.example:ana@client.example>", false),
            ("<x@ailleurs.example>", true),
            ("<x@evilclient.example>", true),
            ("<\"ana@client.example\"@ailleurs.example>", true),
            // Null, or nothing of the kind: other rules say what becomes of it.
            ("<>", false),
            ("", false),
        ] {
            let letter = parse(&[format!("Return-Path: {path}\r\n").as_bytes(), MESSAGE].concat());
            assert_eq!(returns_elsewhere(&letter), expected, "{path}: {:?}", letter.return_path);
        }
        // The first one was written by the server that delivered; any other came with the letter.
        let two = b"Return-Path: <x@ailleurs.example>\r\nReturn-Path: <ana@client.example>\r\n";
        assert!(returns_elsewhere(&parse(&[two.as_slice(), MESSAGE].concat())));
        assert!(!returns_elsewhere(&parse(MESSAGE)));
    }

    #[test]
    fn alignment_goes_by_whole_labels() {
        for (speaker, from, expected) in [
            ("client.example", "client.example", true),
            ("mail.client.example", "client.example", true),
            ("client.example", "a.client.example", true),
            ("evilclient.example", "client.example", false),
            ("example", "client.example", false),
            ("", "client.example", false),
        ] {
            assert_eq!(is_aligned(speaker, from), expected, "{speaker} {from}");
        }
    }
}
