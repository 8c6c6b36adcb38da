//! Letters to one person that belong to no request: put out with what they tell of, and handed over until they leave.

use crate::deliver_notices::{AT_MOST, LEASE_SECONDS, Slices, next_try};
use crate::environment::Environment;
use crate::error::Failure;
use crate::publish_release::ANNOUNCED;
use crate::send_letter::plain_letter;
use crate::unsubscribe::{Topic, unsubscribe_link};
use desk::{NoticeId, Person};
use mail::{Handover, Mailbox, Persistence, compose};
use sha2::{Digest, Sha256};
use store::Letter;
use words::{Language, MailText};

/// For how long one that was given up is shown, in seconds: thirty days.
const KEPT_SECONDS: i64 = 30 * 24 * 3600;

/// A letter to several people, each in their language; one a person, as by [`letter_to`].
pub(crate) fn letters_to(
    environment: &Environment,
    people: &[Person],
    kind: &str,
    name: &str,
    text: impl Fn(Language) -> MailText,
) -> Vec<Letter> {
    let letter = |person: &Person| {
        let language = Language::parse(&person.language).unwrap_or(Language::French);
        letter_to(environment, person, kind, name, text(language))
    };
    people.iter().map(letter).collect()
}

/// A letter to one person that waits to leave. The same `kind` and `name` are the same letter, whoever puts it out: one
/// that waits is not put twice, and its Message-ID is known again.
pub(crate) fn letter_to(
    environment: &Environment,
    person: &Person,
    kind: &str,
    name: &str,
    text: MailText,
) -> Letter {
    let mut digest = Sha256::new();
    for part in [person.provider.as_str(), kind, name] {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    digest.update(person.id.0.to_be_bytes());
    let digest: [u8; 32] = digest.finalize().into();
    let (id, _) = digest.split_first_chunk::<16>().expect("sixteen of thirty-two");
    Letter {
        provider: person.provider.clone(),
        id: NoticeId(u128::from_be_bytes(*id)),
        kind: kind.to_owned(),
        person: person.id,
        address: person.email.clone(),
        subject: text.subject,
        body: text.text,
        attempts: 0,
        created_at: environment.now(),
    }
}

/// Hands over the letters that are due. Gives how many left.
///
/// A crash between hand-over and removal repeats the hand-over under the same name: a maildir recognises it, and a mail
/// server sees the same Message-ID.
///
/// # Errors
/// When the store fails.
pub(crate) async fn deliver_letters(environment: &Environment) -> Result<usize, Failure> {
    let (store, now) = (&environment.store, environment.now());
    let claimed = store.claim_letters(now, AT_MOST, now.plus_seconds(LEASE_SECONDS)).await?;
    let mut ready = Vec::with_capacity(claimed.len());
    for letter in claimed {
        let provider = environment.provider(&letter.provider).await?;
        let person = environment.person(&letter.provider, letter.person).await?;
        let name = person.map(|person| person.name.clone()).unwrap_or_default();
        let text = MailText { subject: letter.subject.clone(), text: letter.body.clone() };
        let id = format!("{}-{}", letter.kind, letter.id);
        let to = Mailbox::named(&name, &letter.address);
        let mut plain = plain_letter(environment, &provider, to, text, &id);
        if letter.kind == ANNOUNCED {
            plain.extra_headers.extend(unsubscribing(environment, &letter).await?);
        }
        let bytes = compose(&plain);
        ready.push((letter, id, bytes));
    }
    let mut left = 0;
    let mut slices = Slices::of(&ready, now);
    while let Some(letters) = slices.next(environment.now()) {
        left += hand_over(environment, letters).await?;
    }
    Ok(left)
}

/// Hands letters over and removes those that left; the others are tried again later. Each has its name and its bytes
/// beside it. Gives how many left.
async fn hand_over(
    environment: &Environment,
    letters: &[(Letter, String, Vec<u8>)],
) -> Result<usize, Failure> {
    let (store, now) = (&environment.store, environment.now());
    let handovers: Vec<Handover<'_>> = letters
        .iter()
        .map(|(letter, id, bytes)| Handover { id, envelope_from: None, to: &letter.address, bytes })
        .collect();
    let outcomes = environment.transport.hand_over_many(&handovers).await;
    let (mut left, mut refused) = (Vec::new(), Vec::new());
    for ((letter, id, _), outcome) in letters.iter().zip(outcomes) {
        match outcome {
            Ok(_) => left.push(letter.clone()),
            Err(failure) => refused.push((letter, id, failure)),
        }
    }
    if !left.is_empty() {
        store.remove_letters(&left).await?;
    }
    for (letter, id, failure) in refused {
        let temporary = failure.persistence == Persistence::Temporary;
        let (attempts, error) = (letter.attempts, failure.text.as_str());
        tracing::warn!(id, attempts, error, "a letter could not be handed over");
        store.fail_letter(letter, next_try(now, attempts, temporary), error).await?;
    }
    Ok(left.len())
}

/// The headers by which mail programs offer to stop announcements, in one step and without opening anything. Source: RFC
/// 2369 section 3.2; RFC 8058 section 3.1, which wants HTTPS.
async fn unsubscribing(environment: &Environment, letter: &Letter) -> Result<Vec<(String, String)>, Failure> {
    let link = unsubscribe_link(environment, &letter.provider, letter.person, Topic::Releases).await?;
    if !link.starts_with("https://") {
        return Ok(Vec::new());
    }
    let post = "List-Unsubscribe=One-Click";
    Ok(vec![
        ("List-Unsubscribe".to_owned(), format!("<{link}>")),
        ("List-Unsubscribe-Post".to_owned(), post.to_owned()),
    ])
}

/// Forgets the letters that were given up long ago.
///
/// # Errors
/// When the store fails.
pub(crate) async fn forget_given_up(environment: &Environment) -> Result<(), Failure> {
    Ok(environment.store.forget_given_up(environment.now().plus_seconds(-KEPT_SECONDS)).await?)
}
