//! Letters of the desk that belong to no request, as they leave.

use crate::environment::Environment;
use mail::{AutoSubmitted, Handover, LOOP_HEADER, Mailbox, OutgoingLetter, compose};
use store::Provider;
use words::MailText;

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
