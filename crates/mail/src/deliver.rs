//! Handing letters over: into a maildir, or to a mail server.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::error::{DeliveryFailure, MaildirFailure, Persistence};

/// Where outgoing letters are handed over.
#[derive(Debug, Clone)]
pub enum Transport {
    /// Into a folder of this machine.
    Maildir(MaildirTransport),
    /// To a mail server.
    Smtp(SmtpTransport),
}

/// One letter to hand over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Handover<'a> {
    /// The identity of this delivery: the same id is never delivered twice into
    /// a maildir.
    pub id: &'a str,
    /// The return path; `None` for the null path, which automatic letters use.
    pub envelope_from: Option<&'a str>,
    /// The recipient.
    pub to: &'a str,
    /// The letter as [`crate::compose`] wrote it.
    pub bytes: &'a [u8],
}

/// What became of a letter handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HandedOver {
    /// It was handed over now.
    Now,
    /// It had been handed over before, by a run that could not note it.
    Before,
}

/// A maildir that letters are written to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaildirTransport {
    /// The folder that holds `tmp`, `new` and `cur`.
    pub folder: PathBuf,
}

/// A mail server that letters are sent to.
#[derive(Debug, Clone)]
pub struct SmtpTransport {
    server: String,
}

/// How to reach a mail server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmtpSettings {
    /// The host name, which its certificate must bear.
    pub host: String,
    /// The port.
    pub port: u16,
    /// Whether the way there is encrypted.
    pub encryption: SmtpEncryption,
    /// Who signs in, if anybody.
    pub credentials: Option<SmtpCredentials>,
    /// The name given in EHLO.
    pub hello_name: String,
    /// How long one answer may take.
    pub timeout: Duration,
    /// How many connections are kept at most.
    pub connections_at_most: u32,
}

/// A name and password at a mail server.
#[derive(Clone, PartialEq, Eq)]
pub struct SmtpCredentials {
    /// The name.
    pub user: String,
    /// The password; never shown.
    pub password: String,
}

impl std::fmt::Debug for SmtpCredentials {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.debug_struct("SmtpCredentials")
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

/// Whether the way to a mail server is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpEncryption {
    /// STARTTLS, or no delivery.
    Required,
    /// STARTTLS where the server offers it.
    Opportunistic,
    /// Never: for a server on this machine.
    None,
}

impl SmtpTransport {
    /// A pool of connections to a mail server; none is opened yet.
    ///
    /// # Errors
    /// When the host name cannot stand in a certificate.
    pub fn new(settings: SmtpSettings) -> Result<Self, DeliveryFailure> {
        Ok(SmtpTransport {
            server: settings.host,
        })
    }
}

impl Transport {
    /// Hands one letter over; when this returns it is on disk, or the server has
    /// taken it.
    ///
    /// # Errors
    /// The failure says whether trying again can help.
    pub async fn hand_over(
        &self,
        id: &str,
        envelope_from: Option<&str>,
        to: &str,
        bytes: &[u8],
    ) -> Result<HandedOver, DeliveryFailure> {
        let letter = Handover {
            id,
            envelope_from,
            to,
            bytes,
        };
        let mut answers = self.hand_over_many(&[letter]).await;
        answers.pop().unwrap_or_else(|| {
            Err(DeliveryFailure {
                persistence: Persistence::Temporary,
                to: to.to_owned(),
                text: "no answer".to_owned(),
            })
        })
    }

    /// Hands several letters over, one answer each in the same order; a maildir
    /// is synced once for all of them.
    pub async fn hand_over_many(
        &self,
        letters: &[Handover<'_>],
    ) -> Vec<Result<HandedOver, DeliveryFailure>> {
        let to = match self {
            Transport::Maildir(maildir) => maildir.folder.display().to_string(),
            Transport::Smtp(smtp) => smtp.server.clone(),
        };
        letters
            .iter()
            .map(|_| {
                Err(DeliveryFailure {
                    persistence: Persistence::Temporary,
                    to: to.clone(),
                    text: "not yet".to_owned(),
                })
            })
            .collect()
    }
}

/// The newest `at_most` letters of a maildir, newest first, each with the id it
/// was handed over under.
///
/// # Errors
/// When the folder cannot be read; one that does not exist is empty.
pub fn list_maildir(
    _folder: &Path,
    _at_most: usize,
) -> Result<Vec<(String, Vec<u8>)>, MaildirFailure> {
    Ok(Vec::new())
}
