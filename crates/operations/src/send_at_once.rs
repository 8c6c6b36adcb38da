use crate::environment::Environment;
use crate::error::Failure;
use crate::send_letter::{hand_over, plain_letter};
use desk::Person;
use mail::Mailbox;
use words::MailText;

/// Sends somebody a letter that lets them in, and that is kept nowhere: whoever asked for it asks again where it could
/// not be handed over, which the log tells. `kind` begins its Message-ID.
///
/// # Errors
/// When the store fails.
pub(crate) async fn send_at_once(
    environment: &Environment,
    person: &Person,
    kind: &str,
    text: MailText,
) -> Result<(), Failure> {
    let provider = environment.provider(&person.provider).await?;
    let name = format!("{kind}-{:032x}", environment.new_id());
    let to = Mailbox::named(&person.name, &person.email);
    let letter = plain_letter(environment, &provider, to, text, &name);
    hand_over(environment, &name, &person.email, &letter).await;
    Ok(())
}
