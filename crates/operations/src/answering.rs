//! In which language a request is answered, and why, where it is not the one asked for.

use crate::environment::Environment;
use crate::error::Failure;
use calendar::Instant;
use desk::Ticket;
use meters::answering_language;
use terms::{Clause, Evaluation, Terms};

/// That a request is answered in another language than it asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnsweringView {
    /// The language asked for (`ja`).
    pub wanted: String,
    /// The language in which it is answered.
    pub language: String,
    /// Whether the reason is that nobody who is there speaks it; else the agreement does not offer it.
    pub nobody_speaks: bool,
    /// The clause that says so, where the agreement speaks of languages.
    pub clause: Option<Clause>,
}

/// The language that a request asks for: what is known of it, else that of who asks.
pub(crate) async fn wanted_language(
    environment: &Environment,
    ticket: &Ticket,
) -> Result<Option<String>, Failure> {
    if let Some(language) = ticket.facts.text("language") {
        return Ok(Some(language.to_owned()));
    }
    let Some(contact) = ticket.contact else { return Ok(None) };
    let contact = environment.person(&ticket.provider, contact).await?;
    Ok(contact.map(|contact| contact.language.clone()))
}

/// In which other language a request is answered; none where it is the one asked for, or where it is not
/// known who speaks what.
pub(crate) async fn answering(
    environment: &Environment,
    ticket: &Ticket,
    terms: &Terms,
    now: Instant,
) -> Result<Option<AnsweringView>, Failure> {
    let work = environment.at_work(&ticket.provider).await?;
    let Some(spoken) = work.spoken(now) else { return Ok(None) };
    let Some(wanted) = wanted_language(environment, ticket).await? else { return Ok(None) };
    let nobody_speaks = !spoken.contains(&wanted);
    let (language, clause) = match &terms.language {
        Some(rule) => {
            let evaluation = Evaluation::new(terms, &ticket.facts, ticket.received_at);
            let (language, clause) = answering_language(rule, &wanted, &spoken, &evaluation);
            (language, Some(clause))
        }
        None if nobody_speaks => (environment.provider(&ticket.provider).await?.language.clone(), None),
        None => return Ok(None),
    };
    Ok((language != wanted).then_some(AnsweringView { wanted, language, nobody_speaks, clause }))
}
