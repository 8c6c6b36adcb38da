//! A letter by a way that the agreement does not open: it becomes no request, is kept, and its sender is
//! told where to turn, in the sentence of the agreement.

use crate::courtesy::take_courtesy;
use crate::environment::Environment;
use crate::error::Failure;
use crate::send_letter::{hand_over, plain_letter};
use desk::{NoticeId, Person};
use mail::{AutoSubmitted, Mailbox, OutgoingLetter};
use store::Provider;
use terms::{Answer, Channel, Evaluation, Facts, Opens, Terms};
use words::Language;

/// The channel by which something came, where the agreement does not let it open a request now. A
/// channel that is open only in some case opens nothing while that case is not known to be there.
pub(crate) fn closed_channel<'a>(
    terms: &'a Terms,
    channel: &str,
    facts: &Facts,
    now: calendar::Instant,
) -> Option<&'a Channel> {
    let rule = terms.channels.iter().find(|rule| rule.name == channel)?;
    let open = rule.only_if.ask(&Evaluation::new(terms, facts, now)) == Answer::Yes;
    (rule.opens == Opens::Never || !open).then_some(rule)
}

/// Whether a letter to a provider opens a request under the agreement that holds where no contract says
/// another.
///
/// # Errors
/// When the adopted agreement cannot be read.
pub async fn opens_by_mail(environment: &Environment, provider: &Provider) -> Result<bool, Failure> {
    let Some(agreement) = &provider.agreement else { return Ok(true) };
    let terms = environment.terms(&provider.id, agreement).await?;
    Ok(closed_channel(&terms, "email", &Facts::new(), environment.now()).is_none())
}

/// Tells the sender of a kept letter where to turn. It leaves at most as often as other letters that go
/// to an address by themselves; the letter itself is kept already.
///
/// # Errors
/// When the store fails.
pub(crate) async fn redirect_letter(
    environment: &Environment,
    provider: &Provider,
    channel: &Channel,
    to: &str,
    person: Option<&Person>,
    answers: Option<String>,
) -> Result<(), Failure> {
    let id = NoticeId(environment.new_id());
    if let Some(why) = take_courtesy(environment, &provider.id, to, id).await? {
        tracing::info!(to, why, "the sender of a kept letter is not told where to turn");
        return Ok(());
    }
    let language = person.map_or(provider.language.as_str(), |person| person.language.as_str());
    let language = Language::parse(language).unwrap_or(Language::French);
    let portal = format!("{}/portal", environment.installation.public_url);
    let text = words::redirect_mail(
        language,
        &words::RedirectMail {
            provider: &provider.name,
            answer: channel.answer.as_deref().unwrap_or_default(),
            clause: &channel.clause,
            link: &portal,
        },
    );
    let name = format!("redirect-{id}");
    let letter = OutgoingLetter {
        in_reply_to: answers.clone(),
        references: answers.into_iter().collect(),
        auto_submitted: AutoSubmitted::Replied,
        ..plain_letter(environment, provider, Mailbox::bare(to), text, &name)
    };
    hand_over(environment, &name, to, &letter).await;
    Ok(())
}
