use crate::environment::Environment;
use crate::error::Failure;
use desk::Person;
use mail::{AutoSubmitted, Handover, Mailbox, OutgoingLetter, compose};
use words::MailText;

/// Sends somebody a letter that belongs to no request. `kind` begins its Message-ID. A letter that
/// cannot be handed over is told in the log: whoever asked for it asks again.
///
/// # Errors
/// When the store fails.
pub(crate) async fn tell_person(
    environment: &Environment,
    person: &Person,
    kind: &str,
    text: MailText,
) -> Result<(), Failure> {
    let provider = environment.provider(&person.provider).await?;
    let id = format!("{kind}-{:032x}", environment.new_id());
    let letter = OutgoingLetter {
        from: Mailbox::named(&provider.from_name, &provider.mailbox),
        to: vec![Mailbox::named(&person.name, &person.email)],
        reply_to: None,
        subject: text.subject,
        text: text.text,
        html: None,
        message_id: format!("{id}@{}", environment.installation.host_name),
        in_reply_to: None,
        references: Vec::new(),
        date: environment.now().milliseconds(),
        auto_submitted: AutoSubmitted::Generated,
        extra_headers: Vec::new(),
        attachments: Vec::new(),
    };
    let bytes = compose(&letter);
    let handover = Handover { id: &id, envelope_from: None, to: &person.email, bytes: &bytes };
    for outcome in environment.transport.hand_over_many(&[handover]).await {
        if let Err(failure) = outcome {
            tracing::error!(error = &failure as &dyn std::error::Error, kind, "a letter was not handed over");
        }
    }
    Ok(())
}
