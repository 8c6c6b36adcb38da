//! Letters of the desk that belong to no request.

use crate::environment::Environment;
use desk::Person;
use mail::{AutoSubmitted, Handover, LOOP_HEADER, Mailbox, OutgoingLetter, compose};
use store::Provider;
use words::MailText;

/// Hands a letter to one person over at once; whether it was taken. `name` makes it one letter: the same
/// name is the same Message-ID, so that what is handed over twice is known as one.
pub(crate) async fn send_letter(
    environment: &Environment,
    provider: &Provider,
    to: &Person,
    text: MailText,
    name: &str,
) -> bool {
    let letter = plain_letter(environment, provider, Mailbox::bare(&to.email), text, name);
    hand_over(environment, name, &to.email, &letter).await
}

/// A letter that the desk wrote by itself, from a provider's mailbox, answering nothing.
pub(crate) fn plain_letter(
    environment: &Environment,
    provider: &Provider,
    to: Mailbox,
    text: MailText,
    name: &str,
) -> OutgoingLetter {
    OutgoingLetter {
        from: Mailbox::named(&provider.from_name, &provider.mailbox),
        to: vec![to],
        reply_to: None,
        subject: text.subject,
        text: text.text,
        html: None,
        message_id: format!("{name}@{}", environment.installation.host_name),
        in_reply_to: None,
        references: Vec::new(),
        date: environment.now().milliseconds(),
        auto_submitted: AutoSubmitted::Generated,
        extra_headers: vec![own_mark(environment)],
        attachments: Vec::new(),
    }
}

/// The header by which the desk knows its own letters when they come back.
fn own_mark(environment: &Environment) -> (String, String) {
    (LOOP_HEADER.to_owned(), environment.installation.host_name.clone())
}

/// Hands one letter over; whether it was taken. What was not is told in the log.
pub(crate) async fn hand_over(
    environment: &Environment,
    name: &str,
    to: &str,
    letter: &OutgoingLetter,
) -> bool {
    let bytes = compose(letter);
    let handover = Handover { id: name, envelope_from: None, to, bytes: &bytes };
    let mut taken = true;
    for outcome in environment.transport.hand_over_many(&[handover]).await {
        if let Err(failure) = outcome {
            let error = &failure as &dyn std::error::Error;
            tracing::error!(name, error, "a letter could not be handed over");
            taken = false;
        }
    }
    taken
}
