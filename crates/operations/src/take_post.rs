use crate::environment::Environment;
use crate::error::Failure;
use crate::receive_letter::{Post, receive_letter};
use mail::{Answer, Envelope, Intake, RecipientAnswer, ReplyToken, TakeAnswer, parse};
use std::net::IpAddr;
use std::sync::Arc;
use store::{Provider, StoreError};

/// The desk as a listener sees it: it knows its mailboxes and says when a letter is durable.
pub struct PostRoom {
    environment: Arc<Environment>,
    trusted: Vec<IpAddr>,
}

impl PostRoom {
    /// A post room for an environment. Letters from this machine and from `trusted` servers are
    /// authentic: whoever hands them over has checked their From.
    #[must_use]
    pub fn new(environment: Arc<Environment>, trusted: Vec<IpAddr>) -> Self {
        Self { environment, trusted }
    }

    /// The provider whose mailbox, or reply address, this is. A reply address is one only in the exact
    /// form that letters of ours bear: nothing else behind a plus is taken.
    async fn mailbox(&self, recipient: &str) -> Result<Option<Provider>, StoreError> {
        let store = &self.environment.store;
        match ReplyToken::in_address(recipient) {
            Some((_, mailbox)) => store.provider_by_mailbox(&mailbox).await,
            None => store.provider_by_mailbox(recipient).await,
        }
    }

    async fn take_for(
        &self,
        recipient: &str,
        letter: &mail::Letter,
        bytes: &[u8],
        is_authentic: bool,
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
                    checks: None,
                },
            )
            .await
        };
        match taken.await {
            Ok(_) => TakeAnswer::Durable,
            Err(Failure::NotFound { what: "mailbox" }) => TakeAnswer::Rejected("no such mailbox".to_owned()),
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
            let is_authentic = envelope.loopback || self.trusted.contains(&envelope.peer_ip);
            // Reading a large letter takes a while; other letters go on meanwhile.
            let read = tokio::task::spawn_blocking(move || {
                let mut letter = parse(&message);
                if envelope.from.is_none() && letter.automatic.is_none() {
                    letter.automatic = Some(mail::Automatic::Bounce);
                }
                (letter, message)
            });
            let Ok((letter, message)) = read.await else {
                return envelope.recipients.iter().map(|_| TakeAnswer::Temporary).collect();
            };
            let mut answers = Vec::with_capacity(envelope.recipients.len());
            for recipient in &envelope.recipients {
                answers.push(self.take_for(recipient, &letter, &message, is_authentic).await);
            }
            answers
        })
    }
}
