//! Rules and webhooks act for whoever keeps them, by the rights that person has now.
//!
//! Source: ASVS 5.0, 8.3.3.

use crate::deliver_letters::letters_to;
use crate::environment::{Environment, drawn_bytes};
use crate::error::Failure;
use crate::viewer::{Via, Viewer};
use calendar::Instant;
use desk::{PersonId, ProviderId, Right, Role};
use std::collections::HashMap;
use std::sync::Arc;
use store::{AuditEntry, Entry};
use words::{Language, MailText};

/// Those who keep something, each read once in a round.
pub(crate) struct Keepers<'a> {
    environment: &'a Environment,
    right: Right,
    known: HashMap<(ProviderId, PersonId), Option<Viewer>>,
}

impl<'a> Keepers<'a> {
    /// Those of what a right keeps.
    pub(crate) fn new(environment: &'a Environment, right: Right) -> Self {
        Self { environment, right, known: HashMap::new() }
    }

    /// Whoever keeps something, as they are now; none where they have left or lost the right to keep it.
    pub(crate) async fn find(
        &mut self,
        provider: &ProviderId,
        person: PersonId,
    ) -> Result<Option<&Viewer>, Failure> {
        let key = (provider.clone(), person);
        if !self.known.contains_key(&key) {
            let found = self.environment.store.person_with_standings(provider, person).await?;
            let house = self.environment.provider(provider).await?;
            let keeper = found.map(|(person, standings)| Viewer {
                person: Arc::new(person),
                provider: house,
                account_name: None,
                via: Via::Session,
                standings,
            });
            self.known.insert(key.clone(), keeper.filter(|keeper| keeper.may(self.right)));
        }
        Ok(self.known.get(&key).and_then(Option::as_ref))
    }
}

/// Why a rule is switched off.
#[derive(Clone, Copy, Debug)]
pub(crate) enum WhyOff<'a> {
    /// Nobody keeps it any more.
    Unkept,
    /// Its condition names what is no longer there.
    MeansNothing { condition: &'a str },
}

/// Switches off a rule that cannot act any more, and tells it. Whoever switches it on again keeps it.
///
/// # Errors
/// When the store fails.
pub(crate) async fn switch_off_rule(
    environment: &Environment,
    entry: &Entry,
    title: &str,
    page: &str,
    why: WhyOff<'_>,
) -> Result<(), Failure> {
    let Ok(mut rule) = serde_json::from_str::<serde_json::Value>(&entry.body) else { return Ok(()) };
    rule["enabled"] = serde_json::Value::Bool(false);
    // Of several nodes one switches it off, and tells it.
    if environment.store.change_entry(entry, &rule.to_string(), environment.now()).await? {
        let (object, link) = (&entry.key, format!("{}{page}", environment.installation.public_url));
        let name = format!("{}-{}-{}", entry.kind, entry.key, entry.changed_at.milliseconds());
        let deed = match why {
            WhyOff::Unkept => "rule_unkept",
            WhyOff::MeansNothing { .. } => "rule_meaningless",
        };
        tell_administrators(environment, &entry.provider, deed, object, &name, |language| match why {
            WhyOff::Unkept => words::rule_unkept_mail(language, title, &link),
            WhyOff::MeansNothing { condition } => {
                words::rule_meaningless_mail(language, title, condition, &link)
            }
        })
        .await?;
    }
    environment.entries_changed();
    Ok(())
}

/// Tells in the journal that something was switched off because it cannot act any more, in the name of nobody,
/// and every administrator by mail.
///
/// # Errors
/// When the store fails.
pub(crate) async fn tell_administrators(
    environment: &Environment,
    provider: &ProviderId,
    deed: &str,
    object: &str,
    name: &str,
    text: impl Fn(Language) -> MailText,
) -> Result<(), Failure> {
    tracing::warn!(deed, object, "it cannot act any more, and was switched off");
    note_switched_off(environment, provider, deed, object, environment.now()).await?;
    let administrators = environment.store.staff(provider, Some(Role::Admin)).await?;
    let letters = letters_to(environment, &administrators, "unkept", name, text);
    Ok(environment.put_letters(&[], &letters).await?)
}

/// Notes in the journal that the desk switched something off by itself, in the name of nobody.
///
/// # Errors
/// When the store fails.
pub(crate) async fn note_switched_off(
    environment: &Environment,
    provider: &ProviderId,
    deed: &str,
    object: &str,
    at: Instant,
) -> Result<(), Failure> {
    let entry = AuditEntry {
        provider: provider.clone(),
        id: environment.new_id(),
        at,
        person: None,
        deed: deed.to_owned(),
        object: object.chars().take(300).collect(),
        outcome: "done".to_owned(),
        network: String::new(),
    };
    environment.store.append_audit(&[entry], drawn_bytes).await.map_err(Failure::from)
}
