//! Letters that became no request, and letters of ours that did not arrive: for whoever keeps the mail.

use crate::environment::Environment;
use crate::error::Failure;
use crate::receive_letter::{Post, Received, receive_kept};
use crate::scan_files::bytes_must_be_free;
use crate::take_post::source_letter;
use crate::viewer::Viewer;
use calendar::Instant;
use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use desk::Right;
use mail::parse;
use std::panic::{AssertUnwindSafe, catch_unwind};
use store::NoticeState;
use terms::Facts;

/// Rows of each list.
const ROWS: u32 = 200;

/// What somebody who keeps the mail looks at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeptMail {
    /// Letters that became no request, the newest first.
    pub letters: Vec<KeptLetterView>,
    /// Letters of ours that did not arrive or were held back, the newest first.
    pub undelivered: Vec<UndeliveredView>,
}

/// A letter that became no request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptLetterView {
    /// By which it is asked for: its digest, in hexadecimal.
    pub digest: String,
    /// The mailbox it came to.
    pub mailbox: String,
    /// `bounce`, `loop`, `channel`, `no_reply`, `terms` or `unreadable`.
    pub why: String,
    /// Its From, as written; empty where it could not be read.
    pub sender: String,
    /// Its subject.
    pub subject: String,
    /// When it came.
    pub received_at: Instant,
}

/// A letter of ours that did not arrive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UndeliveredView {
    /// Number of the request that it was about; none where it belonged to none.
    pub number: Option<String>,
    /// `acknowledgement`, `reply`, `warning`, ….
    pub kind: String,
    /// To which address.
    pub address: String,
    /// `failed`, `returned` or `held`, as on the page of the request.
    pub state: String,
    /// Tries.
    pub attempts: u32,
    /// When it was to leave.
    pub created_at: Instant,
    /// What was said of it.
    pub error: Option<String>,
}

/// What was kept and what did not arrive.
///
/// # Errors
/// - the viewer may not keep the mail;
/// - the store fails.
pub async fn list_kept_mail(environment: &Environment, viewer: &Viewer) -> Result<KeptMail, Failure> {
    must_keep(viewer)?;
    let (store, provider) = (&environment.store, &viewer.provider.id);
    let letters = store.kept_letters(provider, ROWS).await?.into_iter().map(|letter| KeptLetterView {
        digest: HEXLOWER.encode(&letter.digest),
        mailbox: letter.mailbox,
        why: letter.why,
        sender: letter.sender,
        subject: letter.subject,
        received_at: letter.received_at,
    });
    let undelivered = store.undelivered(provider, ROWS).await?.into_iter().map(|notice| UndeliveredView {
        number: notice.number,
        kind: notice.kind,
        address: notice.address,
        state: match notice.state {
            NoticeState::Returned => "returned",
            NoticeState::Held => "held",
            _ => "failed",
        }
        .to_owned(),
        attempts: notice.attempts,
        created_at: notice.created_at,
        error: notice.error,
    });
    Ok(KeptMail { letters: letters.collect(), undelivered: undelivered.collect() })
}

/// The bytes of a letter that became no request, to be handed on: a scanner looks at them first, where one is configured.
///
/// # Errors
/// - the viewer may not keep the mail;
/// - there is no such letter at this desk;
/// - it is infected, or the scanner cannot look at it now;
/// - the store fails.
pub async fn read_kept_letter(
    environment: &Environment,
    viewer: &Viewer,
    digest: &str,
) -> Result<Vec<u8>, Failure> {
    let bytes = bytes_of(environment, viewer, digest).await?;
    bytes_must_be_free(environment, &bytes).await?;
    Ok(bytes)
}

async fn bytes_of(environment: &Environment, viewer: &Viewer, digest: &str) -> Result<Vec<u8>, Failure> {
    must_keep(viewer)?;
    let missing = || Failure::NotFound { what: "letter" };
    let digest = digest_of(digest).ok_or_else(missing)?;
    environment.store.kept_letter_bytes(&viewer.provider.id, &digest).await?.ok_or_else(missing)
}

/// Takes a kept letter in after all, as a request of a stranger: gives its number. `facts` are those that the letter
/// does not say and the desk knows; clocks run from when it came. The letter is then no longer kept.
///
/// # Errors
/// - the viewer may not keep the mail;
/// - there is no such letter at this desk;
/// - it still cannot be read, or the agreement still wants something known;
/// - a fact or its value is none of the agreement's;
/// - the store fails.
pub async fn take_in_again(
    environment: &Environment,
    viewer: &Viewer,
    digest: &str,
    facts: &Facts,
) -> Result<String, Failure> {
    must_change(viewer)?;
    // Its files wait for the scanner then, each by itself.
    let bytes = bytes_of(environment, viewer, digest).await?;
    let missing = || Failure::NotFound { what: "letter" };
    let digest = digest_of(digest).ok_or_else(missing)?;
    let provider = &viewer.provider;
    let kept = environment.store.kept_letter(&provider.id, &digest).await?.ok_or_else(missing)?;
    let unread = || Failure::Invalid { field: "letter", problem: "error-letter-unread".into() };
    let letter = catch_unwind(AssertUnwindSafe(|| parse(&bytes))).map_err(|_| unread())?;
    let (message_id, has_files) = (letter.message_id.clone(), !letter.attachments.is_empty());
    let received_as = mail::content_digest(&letter);
    let post = Post {
        is_refusable: false,
        provider,
        letter,
        bytes: &bytes,
        recipient: &kept.mailbox,
        received_at: kept.received_at,
        is_authentic: false,
        checks: None,
    };
    let number = match receive_kept(environment, post, facts).await? {
        Received::Opened(number) => number,
        Received::Before(ticket) => {
            let row = environment.store.ticket_row(&provider.id, ticket).await?;
            row.ok_or_else(missing)?.number
        }
        _ => return Err(unread()),
    };
    // What is destroyed with the request goes where it came from too.
    let ticket = environment.store.received(&provider.id, &received_as).await?;
    if let (Some(source), Some(ticket)) =
        (environment.store.kept_source(&provider.id, &digest).await?, ticket)
    {
        let letter = source_letter(&provider.id, ticket, source, message_id, has_files);
        environment.store.note_source_letter(&letter).await?;
    }
    // After the request stands: a crash between the two shows the letter once more and opens nothing twice.
    environment.store.forget_kept_letter(&provider.id, &digest).await?;
    Ok(number)
}

/// Throws a kept letter away, bytes and all.
///
/// # Errors
/// - the viewer may not keep the mail;
/// - there is no such letter at this desk;
/// - the store fails.
pub async fn discard_kept_letter(
    environment: &Environment,
    viewer: &Viewer,
    digest: &str,
) -> Result<(), Failure> {
    must_change(viewer)?;
    let missing = || Failure::NotFound { what: "letter" };
    let (provider, digest) = (&viewer.provider.id, digest_of(digest).ok_or_else(missing)?);
    environment.store.kept_letter(provider, &digest).await?.ok_or_else(missing)?;
    environment.store.forget_kept_letter(provider, &digest).await?;
    Ok(())
}

fn must_change(viewer: &Viewer) -> Result<(), Failure> {
    if viewer.may_write() { must_keep(viewer) } else { Err(Failure::NotPermitted) }
}

fn must_keep(viewer: &Viewer) -> Result<(), Failure> {
    if viewer.may(Right::KeepMail) { Ok(()) } else { Err(Failure::NotPermitted) }
}

fn digest_of(text: &str) -> Option<[u8; 32]> {
    HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::digest_of;

    #[test]
    fn only_a_whole_digest_is_one() {
        assert_eq!(digest_of(&"0f".repeat(32)), Some([15; 32]));
        for text in ["", "0f", &"0g".repeat(32), &"é".repeat(32)] {
            assert_eq!(digest_of(text), None, "{text}");
        }
    }
}
