//! The certificate that an account was destroyed: one line, signed by the key of the checkpoints where there is one.
//! The digest of the line stands in the journal, whose days the checkpoints seal.

use crate::environment::Environment;
use crate::error::Failure;
use crate::seal_day::is_signed;
use calendar::Instant;
use desk::{AccountId, PersonId, ProviderId};
use serde::{Deserialize, Serialize};
use store::Database;

/// What was destroyed of an account, and what stays of it. It names nobody but by ids.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// What it is about; always [`Certificate::KIND`], so that no other line that the key signed passes for one.
    certificate: String,
    /// Whose desk.
    pub provider: ProviderId,
    /// Which account.
    pub account: AccountId,
    /// When it was asked for.
    pub asked_at: Instant,
    /// Who asked for it; none for whoever runs the installation.
    pub asked_by: Option<PersonId>,
    /// When everything was gone.
    pub done_at: Instant,
    /// What went.
    pub destroyed: Destroyed,
    /// What stays.
    pub stays: Vec<Stays>,
}

/// How much went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Destroyed {
    /// Requests of which everything went that people wrote.
    pub requests: u64,
    /// Of these, those that were closed by it.
    pub closed: u64,
    /// Texts: messages, subjects, reasons, values.
    pub texts: u64,
    /// Files, letters as they came among them.
    pub files: u64,
    /// People whose identity went, with whatever else they wrote.
    pub people: u64,
    /// People who are of another account as well, and lost their role in this one.
    pub released: u64,
    /// Contracts of which all but the least went.
    pub contracts: u64,
    /// Of these, those that were ended by it.
    pub ended: u64,
    /// Licences, named contacts and settings of the account.
    pub entries: u64,
}

/// What stays of an account, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stays {
    /// What happened to each request and when, without a name or a word: the chain of proof.
    Log,
    /// Of each contract the agreement, its version, the first and the last day: what one was bound by, for as long as
    /// it may be claimed (in France: Code civil, art. 2224).
    Contract,
    /// The texts of agreements, by which the deadlines were counted.
    Agreement,
    /// The journal, under pseudonyms, as long as it is kept.
    Journal,
    /// Copies that were made before, until they are thrown away; restored, they are destroyed again.
    Backup,
}

impl Stays {
    /// Everything, in the order of a certificate.
    pub const ALL: [Self; 5] = [Self::Log, Self::Contract, Self::Agreement, Self::Journal, Self::Backup];

    /// Its name, as programs write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Log => "log",
            Self::Contract => "contract",
            Self::Agreement => "agreement",
            Self::Journal => "journal",
            Self::Backup => "backup",
        }
    }
}

impl Certificate {
    const KIND: &'static str = "account destroyed";

    pub(crate) fn new(
        (provider, account): (ProviderId, AccountId),
        (asked_at, asked_by): (Instant, Option<PersonId>),
        done_at: Instant,
        destroyed: Destroyed,
    ) -> Self {
        let stays = Stays::ALL.into_iter();
        let stays = stays.filter(|what| *what != Stays::Contract || destroyed.contracts > 0).collect();
        let certificate = Self::KIND.to_owned();
        Self { certificate, provider, account, asked_at, asked_by, done_at, destroyed, stays }
    }

    /// Its line, signed where the installation has a key.
    pub(crate) fn line(&self, environment: &Environment) -> String {
        let text = serde_json::to_string(self).expect("a certificate is plain data");
        match environment.seal() {
            Some(seal) => seal.sign(&text),
            None => text,
        }
    }

    /// What a line says; none where it is no certificate.
    #[must_use]
    pub fn read(line: &str) -> Option<Self> {
        let found: Self = serde_json::from_str(line.trim_end().split('\t').next()?).ok()?;
        (found.certificate == Self::KIND).then_some(found)
    }
}

/// What a line of a certificate says, where this key signed it.
#[must_use]
pub fn verify_certificate(line: &str, key: &str) -> Option<Certificate> {
    Certificate::read(line).filter(|_| is_signed(line.trim_end(), key))
}

/// What is wrong with the line of a certificate that was kept elsewhere, in words for the operator.
///
/// # Errors
/// When the store fails.
pub async fn check_certificate(store: &Database, line: &str, key: &str) -> Result<Vec<String>, Failure> {
    let Some(certificate) = Certificate::read(line) else {
        return Ok(vec!["it is no certificate of the destruction of an account".to_owned()]);
    };
    let mut flaws = Vec::new();
    let account = certificate.account;
    if verify_certificate(line, key).is_none() {
        flaws.push(format!("the certificate of account {account} is not signed by this key"));
    }
    let known = store.account_erasures(&certificate.provider).await?;
    match known.into_iter().find(|known| known.account == account).and_then(|known| known.certificate) {
        None => flaws.push(format!("the certificate of account {account} is not in the store")),
        Some(own) if own != line.trim_end() => {
            flaws.push(format!("the certificate of account {account} in the store is another"));
        }
        Some(_) => {}
    }
    Ok(flaws)
}

#[cfg(test)]
mod tests {
    use super::{Certificate, Destroyed, Stays, verify_certificate};
    use crate::seal_day::{Seal, new_sealing_key};
    use calendar::Instant;
    use desk::{AccountId, ProviderId};

    #[test]
    fn a_certificate_is_believed_as_it_was_signed_and_by_its_key_alone() {
        let at = Instant::from_milliseconds(1_786_000_000_000);
        let whose = (ProviderId("orvane".to_owned()), AccountId(7));
        let made = Certificate::new(whose, (at, None), at, Destroyed { texts: 3, ..Destroyed::default() });
        assert!(!made.stays.contains(&Stays::Contract), "there was none");
        let (seal, other) = (Seal::new(&new_sealing_key(), None), Seal::new(&new_sealing_key(), None));
        let (seal, other) = (seal.expect("a key"), other.expect("a key"));
        let text = serde_json::to_string(&made).expect("plain data");
        let line = seal.sign(&text);
        assert_eq!(verify_certificate(&line, &seal.public_key()), Some(made.clone()));
        assert_eq!(verify_certificate(&format!("{line}\n"), &seal.public_key()), Some(made));
        assert_eq!(verify_certificate(&line, &other.public_key()), None);
        assert_eq!(verify_certificate(&line.replace("\"texts\":3", "\"texts\":4"), &seal.public_key()), None);
        assert_eq!(verify_certificate(&text, &seal.public_key()), None, "nobody signed it");
        let checkpoint = seal.sign("{\"checkpoint\":1}");
        assert_eq!(verify_certificate(&checkpoint, &seal.public_key()), None, "it is something else");
    }
}
