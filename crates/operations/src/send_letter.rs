//! A letter of the desk to one person about something that is no request.

use crate::environment::Environment;
use desk::Person;
use mail::{AutoSubmitted, Handover, LOOP_HEADER, Mailbox, OutgoingLetter, compose};
use store::Provider;
use words::MailText;

/// Hands a letter over at once; whether it was taken. `name` makes it one letter: the same name is the
/// same Message-ID, so that what is handed over twice is known as one.
pub(crate) async fn send_letter(
    environment: &Environment,
    provider: &Provider,
    to: &Person,
    text: MailText,
    name: &str,
) -> bool {
    let bytes = compose(&OutgoingLetter {
        from: Mailbox::named(&provider.from_name, &provider.mailbox),
        to: vec![Mailbox::bare(&to.email)],
        reply_to: None,
        subject: text.subject,
        text: text.text,
        html: None,
        message_id: format!("{name}@{}", environment.installation.host_name),
        in_reply_to: None,
        references: Vec::new(),
        date: environment.now().milliseconds(),
        auto_submitted: AutoSubmitted::Generated,
        extra_headers: vec![(LOOP_HEADER.to_owned(), environment.installation.host_name.clone())],
        attachments: Vec::new(),
    });
    let handover = Handover { id: name, envelope_from: None, to: &to.email, bytes: &bytes };
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
