use crate::environment::Environment;
use crate::error::Failure;
use crate::pulse::caught;
use crate::receive_letter::{Post, receive_letter};
use desk::{ProviderId, TicketId};
use mail::{
    Answer, Envelope, Intake, Letter, RecipientAnswer, ReplyToken, SenderChecker, TakeAnswer, parse,
    stated_checks,
};
use sha2::{Digest, Sha256};
use std::iter::repeat_n;
use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use store::{KeptLetter, LetterSource, Provider, SourceLetter, StoreError};

/// The desk as a listener sees it: it knows its mailboxes and says when a letter is durable.
pub struct PostRoom {
    environment: Arc<Environment>,
    trusted: Vec<IpAddr>,
    checked_by: Option<String>,
    checker: Option<Arc<SenderChecker>>,
}

/// Whether the From of a message can be believed, and what was found of its sender, by the way it came: a trusted way
/// has checked it. Where a server is named, by its `Authentication-Results`, its word alone counts, and a message without
/// it is from anybody.
#[must_use]
pub fn believed(message: &[u8], checked_by: Option<&str>, is_trusted: bool) -> (bool, Option<String>) {
    match checked_by.map(|server| stated_checks(message, server)) {
        Some(Some(checks)) => (checks.is_aligned, Some(checks.to_string())),
        Some(None) => (false, None),
        None => (is_trusted, None),
    }
}

impl PostRoom {
    /// A post room for an environment. Letters from this machine and from `trusted` servers are
    /// authentic: whoever hands them over has checked their From.
    #[must_use]
    pub fn new(environment: Arc<Environment>, trusted: Vec<IpAddr>) -> Self {
        Self { environment, trusted, checked_by: None, checker: None }
    }

    /// The same, where this machine and trusted servers hand over what the server of this name has checked and marked,
    /// as [`believed`] reads it.
    #[must_use]
    pub fn checked_by(mut self, server: Option<String>) -> Self {
        self.checked_by = server;
        self
    }

    /// The same, checking by SPF, DKIM and DMARC what comes from elsewhere.
    #[must_use]
    pub fn checking(mut self, checker: Arc<SenderChecker>) -> Self {
        self.checker = Some(checker);
        self
    }

    /// Takes one message that came by another way than the listener: a pipe, a folder, a mailbox
    /// elsewhere. It is stored when this gives [`TakeAnswer::Durable`], and may only then be removed
    /// where it came from.
    pub async fn take_message(
        &self,
        recipient: &str,
        message: Vec<u8>,
        is_authentic: bool,
        checks: Option<String>,
    ) -> TakeAnswer {
        match read(message).await {
            Ok((letter, message)) => {
                self.take_for(recipient, letter, &message, (is_authentic, false), checks).await
            }
            Err(message) => self.keep_unreadable(recipient, &message).await,
        }
    }

    /// As [`PostRoom::take_message`], from a mailbox where it stays: where it stands there is kept too, so that it can be
    /// destroyed there when an agreement wants it.
    pub async fn take_fetched(
        &self,
        recipient: &str,
        message: Vec<u8>,
        is_authentic: bool,
        checks: Option<String>,
        source: &LetterSource,
    ) -> TakeAnswer {
        let (digest, message_id, has_files, answer) = match read(message).await {
            Ok((letter, message)) => {
                let digest = mail::content_digest(&letter);
                let (message_id, has_files) = (letter.message_id.clone(), !letter.attachments.is_empty());
                let answer = self.take_for(recipient, letter, &message, (is_authentic, false), checks).await;
                (digest, message_id, has_files, answer)
            }
            Err(message) => {
                let digest = Sha256::digest(&message).into();
                (digest, None, false, self.keep_unreadable(recipient, &message).await)
            }
        };
        if !matches!(answer, TakeAnswer::Durable) {
            return answer;
        }
        match self.note_source(recipient, &digest, message_id, has_files, source).await {
            Ok(()) => answer,
            // It is fetched once more, and known by then.
            Err(failure) => {
                tracing::error!(
                    error = &failure as &dyn std::error::Error,
                    "where a letter stands was not kept"
                );
                TakeAnswer::Temporary
            }
        }
    }

    /// Keeps where a letter stands: with the request that it opened or joined, else with the letter itself, where it is
    /// kept and may become one.
    async fn note_source(
        &self,
        recipient: &str,
        digest: &[u8; 32],
        message_id: Option<String>,
        has_files: bool,
        source: &LetterSource,
    ) -> Result<(), Failure> {
        let store = &self.environment.store;
        let Some(provider) = self.mailbox(recipient).await? else { return Ok(()) };
        match store.received(&provider.id, digest).await? {
            Some(ticket) => {
                let letter = source_letter(&provider.id, ticket, source.clone(), message_id, has_files);
                store.note_source_letter(&letter).await?;
            }
            None => store.note_kept_source(&provider.id, digest, source).await?,
        }
        Ok(())
    }

    /// A message on which reading itself fails would fail again: it is kept as it came, so that the
    /// next ones go on.
    async fn keep_unreadable(&self, recipient: &str, message: &[u8]) -> TakeAnswer {
        tracing::error!(recipient, "a message could not be read at all; it is kept");
        let kept = async {
            let provider = self.mailbox(recipient).await?.ok_or(Failure::NotFound { what: "mailbox" })?;
            let letter = KeptLetter {
                digest: Sha256::digest(message).into(),
                mailbox: provider.mailbox.clone(),
                why: "unreadable".to_owned(),
                sender: String::new(),
                subject: String::new(),
                received_at: self.environment.now(),
            };
            self.environment.store.keep_letter(&provider.id, &letter, message).await?;
            Ok::<(), Failure>(())
        };
        match kept.await {
            Ok(()) => TakeAnswer::Durable,
            Err(Failure::NotFound { .. }) => TakeAnswer::Rejected("no such mailbox".to_owned()),
            Err(_) => TakeAnswer::Temporary,
        }
    }

    /// The provider whose mailbox, or reply address, this is. A reply address is one only in the exact
    /// form that letters of ours bear: nothing else behind a plus is taken.
    async fn mailbox(&self, recipient: &str) -> Result<Option<Arc<Provider>>, StoreError> {
        match ReplyToken::in_address(recipient) {
            Some((_, mailbox)) => self.environment.provider_by_mailbox(&mailbox).await,
            None => self.environment.provider_by_mailbox(recipient).await,
        }
    }

    async fn take_for(
        &self,
        recipient: &str,
        letter: Letter,
        bytes: &[u8],
        (is_authentic, is_refusable): (bool, bool),
        checks: Option<String>,
    ) -> TakeAnswer {
        let taken = async {
            let provider = self.mailbox(recipient).await?.ok_or(Failure::NotFound { what: "mailbox" })?;
            let received_at = self.environment.now();
            receive_letter(
                &self.environment,
                Post {
                    provider: &provider,
                    letter,
                    bytes,
                    recipient,
                    received_at,
                    is_authentic,
                    checks,
                    is_refusable,
                },
            )
            .await
        };
        // Fetching goes on to the next letter where one panics, and so does a connection.
        match caught(taken).await {
            Ok(_) => TakeAnswer::Durable,
            Err(Failure::NotFound { what: "mailbox" }) => TakeAnswer::Rejected("no such mailbox".to_owned()),
            Err(Failure::Invalid { field: "files", .. }) => TakeAnswer::OverQuota(
                "No room is left for files of your organisation; send it without files, or ask the desk to make room"
                    .to_owned(),
            ),
            Err(Failure::Store(StoreError::Full)) => {
                tracing::error!("a letter was not taken: no room is left");
                TakeAnswer::Full
            }
            // Whatever else failed, the sender keeps the letter and comes again.
            Err(failure) => {
                tracing::error!(error = &failure as &dyn std::error::Error, "a letter was not taken");
                TakeAnswer::Temporary
            }
        }
    }
}

/// A letter of a request where it came from.
pub(crate) fn source_letter(
    provider: &ProviderId,
    ticket: TicketId,
    source: LetterSource,
    message_id: Option<String>,
    has_files: bool,
) -> SourceLetter {
    SourceLetter {
        provider: provider.clone(),
        ticket,
        place: source.place,
        uid_validity: source.uid_validity,
        uid: source.uid,
        message_id: message_id.unwrap_or_default(),
        has_files,
    }
}

/// Reads a message; gives it back where reading fails. A large one takes a while, and is read beside
/// the other work.
async fn read(message: Vec<u8>) -> Result<(Letter, Vec<u8>), Vec<u8>> {
    if message.len() <= READ_AT_ONCE_BYTES {
        return read_now(message);
    }
    let read = tokio::task::spawn_blocking(move || read_now(message));
    read.await.expect("what fails inside is caught there, and nobody calls it off")
}

/// Up to this size, reading takes less than handing the message to another thread and back.
const READ_AT_ONCE_BYTES: usize = 16 * 1024;

fn read_now(message: Vec<u8>) -> Result<(Letter, Vec<u8>), Vec<u8>> {
    match catch_unwind(AssertUnwindSafe(|| parse(&message))) {
        Ok(letter) => Ok((letter, message)),
        Err(_) => Err(message),
    }
}

impl Intake for PostRoom {
    fn recipient<'a>(&'a self, address: &'a str) -> Answer<'a, RecipientAnswer> {
        Box::pin(async move {
            match self.mailbox(address).await {
                Ok(Some(_)) => RecipientAnswer::Accept,
                Ok(None) => RecipientAnswer::UnknownMailbox,
                Err(_) => RecipientAnswer::Temporary,
            }
        })
    }

    fn take(&self, envelope: Envelope, message: Vec<u8>) -> Answer<'_, Vec<TakeAnswer>> {
        Box::pin(async move {
            let is_trusted = envelope.loopback || self.trusted.contains(&envelope.peer_ip);
            let mut answers = Vec::with_capacity(envelope.recipients.len());
            let (letter, message) = match read(message).await {
                Ok(read) => read,
                Err(message) => {
                    for recipient in &envelope.recipients {
                        answers.push(self.keep_unreadable(recipient, &message).await);
                    }
                    return answers;
                }
            };
            let message = Arc::new(message);
            let (is_authentic, checks) = match &self.checker {
                _ if is_trusted => believed(&message, self.checked_by.as_deref(), true),
                Some(checker) => {
                    let host = &self.environment.installation.host_name;
                    let (path, peer) = (envelope.from.as_deref(), envelope.peer_ip);
                    let found = checker.check(&message, &letter, peer, &envelope.helo, path, host).await;
                    (found.is_aligned, Some(found.to_string()))
                }
                None => (false, None),
            };
            // Nearly every letter is for one mailbox, and is not copied then.
            for (recipient, letter) in
                envelope.recipients.iter().zip(repeat_n(letter, envelope.recipients.len()))
            {
                let trust = (is_authentic, true);
                answers.push(self.take_for(recipient, letter, &message, trust, checks.clone()).await);
            }
            self.environment.keep_pace().await;
            answers
        })
    }
}
