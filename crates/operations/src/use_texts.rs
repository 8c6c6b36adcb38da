//! A canned reply filled for a request, and a macro carried out on one.

use crate::command_ticket::{Once, Request, Sent, command_ticket_at_once, sent};
use crate::done::Done;
use crate::environment::Environment;
use crate::error::Failure;
use crate::fill_template::fill_template;
use crate::keep_texts::{MacroStep, view_macro, view_reply};
use crate::read_command::read_command;
use crate::view_ticket::{TicketView, view_ticket};
use crate::viewer::Viewer;
use crate::word_notice::turn_word;
use calendar::Zone;
use meters::ClockState;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use words::{Audience, Language, Reader, WhoseTurn};

/// A reply as it would be said of a request now: in the language of whoever asked, else in another that
/// it has.
///
/// # Errors
/// - there is no such reply, or no such request for this viewer;
/// - the store fails.
pub async fn fill_reply(
    environment: &Environment,
    viewer: &Viewer,
    number: &str,
    key: &str,
) -> Result<String, Failure> {
    let reply = view_reply(environment, viewer, key).await?;
    let view = view_ticket(environment, viewer, number).await?;
    let language = language_of(&view, viewer);
    let own = reply.texts.get(language.tag()).or_else(|| reply.texts.get(&viewer.provider.language));
    let text = own.or_else(|| reply.texts.values().next()).map(String::as_str).unwrap_or_default();
    let values = values(environment, viewer, &view, language);
    Ok(fill_template(text, |name| values.get(name).cloned().unwrap_or_default()))
}

/// Carries out a macro on a request: all of its commands in one commit, as if the viewer had given each,
/// or none of them. One that was carried out under the same key within 24 hours is not carried out again, whatever
/// it says by now.
///
/// # Errors
/// - there is no such macro, or no such request for this viewer;
/// - a command is refused, [`Failure::Step`]: then nothing was done, and the place of the command is told;
/// - the request changed since `expected_version`, or the key was used for another command;
/// - the store fails.
pub async fn run_macro(
    environment: &Environment,
    viewer: &Viewer,
    number: &str,
    key: &str,
    expected_version: Option<u64>,
    once: Option<Once>,
) -> Result<Done, Failure> {
    let idempotency = match sent(environment, viewer, number, once).await? {
        Sent::Before(done) => return Ok(done),
        Sent::Now(entry) => entry,
    };
    let kept = view_macro(environment, viewer, key).await?;
    let view = view_ticket(environment, viewer, number).await?;
    let values = values(environment, viewer, &view, language_of(&view, viewer));
    let mut requests: Vec<Request> = Vec::with_capacity(kept.steps.len());
    for (place, step) in kept.steps.iter().enumerate() {
        let fields = filled(step, &values);
        let read = read_command(environment, viewer, number, &step.command, fields).await;
        requests.push(read.map_err(|failure| Failure::at_step(place, failure))?);
    }
    command_ticket_at_once(environment, viewer, number, requests, expected_version, idempotency).await
}

pub(crate) fn filled(step: &MacroStep, values: &BTreeMap<&'static str, String>) -> Map<String, Value> {
    let value = |name: &str| values.get(name).cloned().unwrap_or_default();
    let fields = step.with.iter().map(|(name, given)| {
        let given = match given {
            Value::String(text) => Value::String(fill_template(text, value)),
            other => other.clone(),
        };
        (name.clone(), given)
    });
    fields.collect()
}

/// What gaps are filled with, in the language of whoever asked.
pub(crate) fn values_of(
    environment: &Environment,
    viewer: &Viewer,
    view: &TicketView,
) -> BTreeMap<&'static str, String> {
    values(environment, viewer, view, language_of(view, viewer))
}

/// What gaps are filled with in what leaves by itself: to a stranger nothing that the sender chose, for they may have
/// written under another's address.
pub(crate) fn values_outside(
    viewer: &Viewer,
    view: &TicketView,
    values: &BTreeMap<&'static str, String>,
) -> BTreeMap<&'static str, String> {
    let mut values = values.clone();
    if view.contact.is_none() {
        let subject = words::text(language_of(view, viewer), "template-stranger-subject");
        values.insert("subject", subject.into_owned());
        values.insert("contact", String::new());
    }
    values
}

fn language_of(view: &TicketView, viewer: &Viewer) -> Language {
    let asked = view.contact.as_ref().map_or(viewer.provider.language.as_str(), |contact| &contact.language);
    Language::parse(asked).unwrap_or(Language::French)
}

fn values(
    environment: &Environment,
    viewer: &Viewer,
    view: &TicketView,
    language: Language,
) -> BTreeMap<&'static str, String> {
    let zone = view.contact.as_ref().and_then(|contact| contact.zone.clone());
    let zone = zone.or_else(|| Zone::parse(&viewer.provider.zone).ok());
    let reader = Reader { language, zone, paper: true };
    let now = environment.now();
    // Whoever reads it has long had the receipt.
    let running = view.clocks.iter().filter(|clock| {
        clock.reading.promise != "acknowledgement" && clock.reading.state != ClockState::Paused
    });
    let open = running.filter(|clock| clock.reading.met_at.is_none() && clock.reading.stopped.is_none());
    let nearest = open
        .filter(|_| view.state.is_live())
        .min_by_key(|clock| clock.reading.due_at.map_or(i64::MAX, calendar::Instant::milliseconds));
    let whose = WhoseTurn {
        turn: turn_word(view.turn, view.state, &view.third_party),
        ask: None,
        nearest: nearest.map(|clock| (&clock.reading, &clock.zone)),
    };
    let turn = words::turn_in_words(&reader, Audience::Customer, &whose, now).plain();
    let deadline = nearest.and_then(|clock| {
        let due = clock.reading.due_at?;
        Some(words::due_in_words(&reader, due, &clock.zone, now).plain())
    });
    let deadline = deadline.unwrap_or_else(|| words::text(language, "template-no-deadline").into_owned());
    let severity = view.severity.as_ref().map(|severity| {
        let value = terms::FactValue::text(severity);
        words::fact_value_in_words(language, &view.terms, "severity", &value)
    });
    BTreeMap::from([
        ("number", view.number.clone()),
        ("subject", view.subject.clone()),
        ("contact", view.contact.as_ref().map_or_else(|| view.requester.clone(), |known| known.name.clone())),
        ("account", view.account.as_ref().map(|(_, name)| name.clone()).unwrap_or_default()),
        ("agent", viewer.person.name.clone()),
        ("provider", viewer.provider.name.clone()),
        ("severity", severity.unwrap_or_default()),
        ("deadline", deadline),
        ("turn", turn),
        ("link", format!("{}/portal/demandes/{}", environment.installation.public_url, view.number)),
    ])
}
