//! Handing letters over: into a maildir, or to a mail server.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{self, StreamExt};
use lettre::Address;
use lettre::address::Envelope;
use sha2::{Digest, Sha256};

use crate::error::{DeliveryFailure, MaildirFailure, Persistence};
use crate::neutral::on_one_line;
use crate::oauth::TokenSource;
use crate::sign::DkimKey;
use crate::smtp_connections::{SmtpConnections, SmtpFailure};

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

/// A mail server that letters are sent to, over connections that are kept.
#[derive(Debug, Clone)]
pub struct SmtpTransport {
    server: String,
    connections: Arc<SmtpConnections>,
    tokens: Option<Arc<TokenSource>>,
    keys: Arc<Vec<DkimKey>>,
    connections_at_most: usize,
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
    /// Authorities to trust beside the usual ones, as PEM.
    pub authorities: Option<Vec<u8>>,
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
        to.debug_struct("SmtpCredentials").field("user", &self.user).finish_non_exhaustive()
    }
}

/// Whether the way to a mail server is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpEncryption {
    /// STARTTLS, or no delivery.
    Required,
    /// Encrypted from the first byte, as on port 465.
    Implicit,
    /// STARTTLS where the server offers it.
    Opportunistic,
    /// Never: for a server on this machine.
    None,
}

impl SmtpTransport {
    /// Connections to a mail server; none is opened yet.
    ///
    /// # Errors
    /// When the host name cannot stand in a certificate, or the authorities cannot be read.
    pub fn new(settings: SmtpSettings) -> Result<Self, DeliveryFailure> {
        let server = format!("{}:{}", settings.host, settings.port);
        let connections_at_most = settings.connections_at_most.max(1) as usize;
        let connections = SmtpConnections::to(settings).map_err(|text| DeliveryFailure {
            persistence: Persistence::Permanent,
            to: server.clone(),
            text,
        })?;
        Ok(SmtpTransport {
            connections_at_most,
            server,
            connections: Arc::new(connections),
            tokens: None,
            keys: Arc::default(),
        })
    }

    /// The same, signing in with access tokens (XOAUTH2) under the name of the credentials.
    #[must_use]
    pub fn with_tokens(mut self, tokens: Arc<TokenSource>) -> Self {
        self.tokens = Some(tokens);
        self
    }

    /// The same, signing each letter with the key of its author's domain, where there is one.
    #[must_use]
    pub fn with_keys(mut self, keys: Vec<DkimKey>) -> Self {
        self.keys = Arc::new(keys);
        self
    }

    fn signed<'a>(&self, bytes: &'a [u8]) -> Cow<'a, [u8]> {
        let key = self.keys.iter().find(|key| key.is_of(bytes));
        key.map_or(Cow::Borrowed(bytes), |key| Cow::Owned(key.signed(bytes)))
    }

    /// Hands letters over on several connections, answers in the same order.
    async fn hand_over_many(&self, letters: &[Handover<'_>]) -> Vec<Result<HandedOver, DeliveryFailure>> {
        let sent: Vec<_> = letters.iter().map(|letter| self.hand_over(letter)).collect();
        stream::iter(sent).buffered(self.connections_at_most).collect().await
    }

    /// A crash after the server took a letter and before that was noted makes it
    /// be sent again. The composer gives both the same Message-ID, derived from
    /// the delivery's id, by which servers and readers recognise the second.
    async fn hand_over(&self, letter: &Handover<'_>) -> Result<HandedOver, DeliveryFailure> {
        let failure =
            |persistence, text: String| DeliveryFailure { persistence, to: self.server.clone(), text };
        let address = |text: &str| {
            text.parse::<Address>().map_err(|wrong| {
                failure(Persistence::Permanent, format!("the address \"{text}\" is not valid: {wrong}"))
            })
        };
        let from = letter.envelope_from.map(address).transpose()?;
        let envelope = Envelope::new(from, vec![address(letter.to)?])
            .map_err(|wrong| failure(Persistence::Permanent, wrong.to_string()))?;
        let token = match &self.tokens {
            // A provider that gives no token now may do so later.
            Some(tokens) => Some(tokens.token().await.map_err(|text| failure(Persistence::Temporary, text))?),
            None => None,
        };
        let signed = self.signed(letter.bytes);
        match self.connections.send(&envelope, &signed, token.as_deref()).await {
            Ok(()) => Ok(HandedOver::Now),
            Err(SmtpFailure::Away(text)) => Err(failure(Persistence::Temporary, text)),
            Err(SmtpFailure::Said(wrong)) => {
                if let Some(tokens) = &self.tokens
                    && wrong.status().is_some_and(|code| u16::from(code) == 535)
                {
                    tokens.forget().await;
                }
                let code = wrong.status().map(u16::from);
                // 53x is about us, not about the letter: signing in or
                // encryption is refused until somebody mends the configuration.
                let is_permanent =
                    wrong.is_permanent() && !code.is_some_and(|code| (530..540).contains(&code));
                let persistence = if is_permanent { Persistence::Permanent } else { Persistence::Temporary };
                Err(failure(persistence, sentence(&wrong)))
            }
        }
    }
}

/// A failure with its causes on one line.
fn sentence(failure: &dyn std::error::Error) -> String {
    let mut text = failure.to_string();
    let mut cause = failure.source();
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text.push_str(": ");
            text.push_str(&inner_text);
        }
        cause = inner.source();
    }
    on_one_line(&text)
}

impl MaildirTransport {
    /// A maildir in `folder`, made when the first letter arrives.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        MaildirTransport { folder: folder.into() }
    }

    /// Writes letters durably: each file is synced before it gets its name in
    /// `new`, and the folder after the last.
    ///
    /// The name derives from the id alone, so a delivery repeated after a crash
    /// finds its file and doubles nothing.
    fn write_all(&self, letters: &[(String, Vec<u8>)]) -> Vec<Result<HandedOver, DeliveryFailure>> {
        let failure = |wrong: &std::io::Error| DeliveryFailure {
            // A full or missing disk is mended by somebody, never by giving up.
            persistence: Persistence::Temporary,
            to: self.folder.display().to_string(),
            text: wrong.to_string(),
        };
        let prepared = self.prepare();
        let read = match prepared {
            Ok(read) => read,
            Err(wrong) => return letters.iter().map(|_| Err(failure(&wrong))).collect(),
        };
        let mut answers: Vec<Result<HandedOver, DeliveryFailure>> = letters
            .iter()
            .map(|(id, bytes)| self.write(&file_name_of(id), bytes, &read).map_err(|wrong| failure(&wrong)))
            .collect();
        if answers.iter().any(Result::is_ok)
            && let Err(wrong) = sync_folder(&self.folder.join("new"))
        {
            for answer in &mut answers {
                if answer.is_ok() {
                    *answer = Err(failure(&wrong));
                }
            }
        }
        answers
    }

    /// Makes the folders, and gives the names a reader has moved to `cur`.
    fn prepare(&self) -> std::io::Result<HashSet<String>> {
        let is_new = !self.folder.join("cur").try_exists()?;
        for part in ["tmp", "new", "cur"] {
            fs::create_dir_all(self.folder.join(part))?;
        }
        if is_new {
            // A folder just made is itself an entry that a crash could lose.
            sync_folder(&self.folder)?;
            if let Some(parent) = self.folder.parent().filter(|parent| parent.is_dir()) {
                sync_folder(parent)?;
            }
        }
        let mut read = HashSet::new();
        for entry in fs::read_dir(self.folder.join("cur"))? {
            if let Ok(name) = entry?.file_name().into_string() {
                read.insert(without_flags(&name).to_owned());
            }
        }
        Ok(read)
    }

    fn write(&self, name: &str, bytes: &[u8], read: &HashSet<String>) -> std::io::Result<HandedOver> {
        let place = self.folder.join("new").join(name);
        if read.contains(name) || place.try_exists()? {
            return Ok(HandedOver::Before);
        }
        let draft = self.folder.join("tmp").join(name);
        let mut file = fs::File::create(&draft)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        drop(file);
        fs::rename(&draft, &place)?;
        Ok(HandedOver::Now)
    }
}

fn sync_folder(folder: &Path) -> std::io::Result<()> {
    fs::File::open(folder)?.sync_all()
}

/// The file name of a delivery: its id, with what a file name cannot hold
/// written as `=` and two hexadecimal digits.
fn file_name_of(id: &str) -> String {
    let mut name = String::with_capacity(id.len());
    for (at, byte) in id.bytes().enumerate() {
        let is_plain = byte.is_ascii_alphanumeric() || b"_-+@".contains(&byte) || (byte == b'.' && at > 0);
        if is_plain {
            name.push(char::from(byte));
        } else {
            name.push_str(&format!("={byte:02X}"));
        }
    }
    if name.is_empty() || name.len() > 200 {
        // Too long for a file name: the id can no longer be read back, but the
        // same id still gives the same name.
        let digest = Sha256::digest(id.as_bytes());
        return digest.iter().map(|byte| format!("{byte:02x}")).collect();
    }
    name
}

/// The id that gave a file its name.
fn id_of(name: &str) -> String {
    let bytes = name.as_bytes();
    let mut id = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let digits = name.get(at + 1..at + 3);
        if bytes[at] == b'='
            && let Some(byte) = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok())
        {
            id.push(byte);
            at += 3;
        } else {
            id.push(bytes[at]);
            at += 1;
        }
    }
    String::from_utf8_lossy(&id).into_owned()
}

/// A maildir name without what readers note in it.
fn without_flags(name: &str) -> &str {
    name.split_once(":2,").map_or(name, |(name, _)| name)
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
        let letter = Handover { id, envelope_from, to, bytes };
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
    pub async fn hand_over_many(&self, letters: &[Handover<'_>]) -> Vec<Result<HandedOver, DeliveryFailure>> {
        match self {
            Transport::Smtp(smtp) => smtp.hand_over_many(letters).await,
            Transport::Maildir(maildir) => {
                let folder = maildir.folder.display().to_string();
                let maildir = maildir.clone();
                let owned: Vec<(String, Vec<u8>)> =
                    letters.iter().map(|letter| (letter.id.to_owned(), letter.bytes.to_vec())).collect();
                tokio::task::spawn_blocking(move || maildir.write_all(&owned)).await.unwrap_or_else(
                    |stopped| {
                        letters
                            .iter()
                            .map(|_| {
                                Err(DeliveryFailure {
                                    persistence: Persistence::Temporary,
                                    to: folder.clone(),
                                    text: stopped.to_string(),
                                })
                            })
                            .collect()
                    },
                )
            }
        }
    }
}

/// The newest `at_most` letters of a maildir, newest first, each with the id it
/// was handed over under.
///
/// # Errors
/// When the folder cannot be read; one that does not exist is empty.
pub fn list_maildir(folder: &Path, at_most: usize) -> Result<Vec<(String, Vec<u8>)>, MaildirFailure> {
    let failure = |source| MaildirFailure { folder: folder.display().to_string(), source };
    let mut files = Vec::new();
    for part in ["new", "cur"] {
        let entries = match fs::read_dir(folder.join(part)) {
            Ok(entries) => entries,
            Err(wrong) if wrong.kind() == ErrorKind::NotFound => continue,
            Err(wrong) => return Err(failure(wrong)),
        };
        for entry in entries {
            let entry = entry.map_err(failure)?;
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            // A file that a reader moves meanwhile is in the other folder.
            if let Ok(written) = entry.metadata().and_then(|about| about.modified()) {
                files.push((written, name, entry.path()));
            }
        }
    }
    files.sort_by(|one, other| (&other.0, &other.1).cmp(&(&one.0, &one.1)));
    let mut letters = Vec::new();
    for (_, name, path) in files.into_iter().take(at_most) {
        match fs::read(path) {
            Ok(bytes) => letters.push((id_of(without_flags(&name)), bytes)),
            Err(wrong) if wrong.kind() == ErrorKind::NotFound => {}
            Err(wrong) => return Err(failure(wrong)),
        }
    }
    Ok(letters)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_file_name_and_back() {
        for id in ["0198-note", "a/b", "../x", ".hidden", "é", "a:2,S", "a=41", "x y"] {
            let name = file_name_of(id);
            assert!(!name.contains(['/', ':', '\\', ' ']) && !name.starts_with('.'), "{name}");
            assert_eq!(id_of(&name), id);
        }
        assert_eq!(file_name_of(&"x".repeat(500)).len(), 64);
        assert_ne!(file_name_of(&"x".repeat(500)), file_name_of(&"x".repeat(501)));
    }
}
