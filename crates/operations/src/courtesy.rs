//! How often the desk writes by itself: to strangers, whose address somebody else may have typed, and to a person
//! whose machine may be what answers. Counted over what is stored, so that it holds over nodes and restarts.

use crate::deliver_letters::letters_to;
use crate::environment::Environment;
use crate::error::Failure;
use desk::{NoticeId, Person, PersonId, ProviderId, Role, Ticket};
use store::{MailCounted, Measure};
use words::{FullMail, Language, MailText};

/// Seconds of an hour, and of a day.
const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// Why a letter that nobody asked for does not go to an address, if it does not: enough went there, to its domain, or
/// to strangers in all, by themselves within a day. Otherwise this one counts from now on. So nobody is flooded by
/// writing under another's address, and two desks that answer each other stop.
///
/// # Errors
/// When the store fails.
pub(crate) async fn take_courtesy(
    environment: &Environment,
    provider: &ProviderId,
    address: &str,
    notice: NoticeId,
) -> Result<Option<&'static str>, Failure> {
    let (store, now) = (&environment.store, environment.now());
    let since = now.plus_seconds(-DAY);
    let went = store.courtesies(provider, address, notice, since).await?;
    let rules = &environment.installation.post;
    if went.to_address >= rules.strangers_per_address {
        return Ok(Some("enough letters went to this address by themselves today"));
    }
    if went.to_domain >= rules.strangers_per_domain {
        tracing::warn!(address, "enough letters went to this domain by themselves today");
        return Ok(Some("enough letters went to this domain by themselves today"));
    }
    let most = rules.strangers_in_all;
    let measure = Measure { at_most: most, since };
    if !store.count_mail(MailCounted::ToStrangers, "", notice.0, (measure, None), now).await? {
        tracing::warn!(address, most, "enough letters went to strangers by themselves today");
        let link = format!("{}/admin/courrier", environment.installation.public_url);
        let text = |language| words::full_mail(language, &FullMail::Strangers { most, link: &link });
        tell_once(environment, provider, [Role::Manager, Role::Admin], "strangers", text).await?;
        return Ok(Some("enough letters went to unknown addresses by themselves today"));
    }
    store.note_courtesy(provider, address, notice, now, since).await?;
    Ok(None)
}

/// How many letters went by themselves to strangers within a day, on all desks.
///
/// # Errors
/// When the store fails.
pub async fn letters_to_strangers(environment: &Environment) -> Result<u64, Failure> {
    let since = environment.now().plus_seconds(-DAY);
    Ok(environment.store.mail_count(MailCounted::ToStrangers, "", since).await?)
}

/// Why nothing is told by itself to whoever opened a request by letter, if it is not.
const OPENED_TOO_MANY: &str = "this person opened too many requests by mail in a short time";

/// How many hours' measure a day has: a machine that answers slowly enough for each hour is stopped by that.
const HOURS_OF_DAY: u64 = 3;

/// Why a contact is not written to by itself about their request, if they are not: they opened so many by letter
/// within an hour, or three times as many within a day, that a machine of theirs may be what answers ours. What was held
/// once of a request stays held, until somebody of the desk writes on it, which is no letter of this kind.
///
/// # Errors
/// When the store fails.
pub(crate) async fn take_turn_of(
    environment: &Environment,
    ticket: &Ticket,
    number: &str,
    person: PersonId,
) -> Result<Option<&'static str>, Failure> {
    if ticket.channel != "email" {
        return Ok(None);
    }
    let (store, now) = (&environment.store, environment.now());
    let (provider, since) = (&ticket.provider, now.plus_seconds(-HOUR));
    if ticket.received_at <= since {
        let notices = store.outbox_of(provider, ticket.id).await?;
        let is_held = notices.iter().any(|notice| {
            notice.recipient.person == Some(person) && notice.error.as_deref() == Some(OPENED_TOO_MANY)
        });
        return Ok(is_held.then_some(OPENED_TOO_MANY));
    }
    let name = format!("{provider} {person}");
    let most = environment.installation.post.requests_per_person;
    let of_an_hour = Measure { at_most: most, since };
    let of_a_day = Measure { at_most: most.saturating_mul(HOURS_OF_DAY), since: now.plus_seconds(-DAY) };
    let measures = (of_an_hour, Some(of_a_day));
    if store.count_mail(MailCounted::OpenedByPerson, &name, ticket.id.0, measures, now).await? {
        return Ok(None);
    }
    tracing::warn!(%person, most, "a person opened too many requests by mail in a short time");
    let known = environment.person(provider, person).await?;
    let name = known.map(|person| person.name.clone()).unwrap_or_default();
    let link = format!("{}/agent/demandes/{number}", environment.installation.public_url);
    let text = |language| words::full_mail(language, &FullMail::Person { name: &name, most, link: &link });
    tell_once(environment, provider, [Role::Lead, Role::Manager], &format!("person {person}"), text).await?;
    Ok(Some(OPENED_TOO_MANY))
}

/// Tells those of the first role that somebody has that a measure is full: once a day, whichever node finds it so.
async fn tell_once(
    environment: &Environment,
    provider: &ProviderId,
    roles: [Role; 2],
    full: &str,
    text: impl Fn(Language) -> MailText,
) -> Result<(), Failure> {
    let (store, now) = (&environment.store, environment.now());
    let name = format!("{provider} {full}");
    let (thing, since) = (environment.new_id(), now.plus_seconds(-DAY));
    let once = Measure { at_most: 1, since };
    if !store.count_mail(MailCounted::ToldOfFull, &name, thing, (once, None), now).await? {
        return Ok(());
    }
    let mut told: Vec<Person> = Vec::new();
    for role in roles {
        if told.is_empty() {
            told = store.staff(provider, Some(role)).await?;
        }
    }
    let letters = letters_to(environment, &told, "full", &format!("{full} {thing:032x}"), text);
    environment.put_letters(&[], &letters).await.map_err(Failure::from)
}
