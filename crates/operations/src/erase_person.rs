//! Erasing one person (GDPR art. 17): what they wrote on requests, who they are everywhere, and the pages
//! that held it. What happened stays in the logs under an id that names nobody, and the chains verify.

use crate::carry_out::{Erasing, Ground, carry_out_erasure};
use crate::environment::Environment;
use crate::error::Failure;
use crate::keep_journal::write_journal;
use crate::keep_keys::fresh_in_session;
use crate::keep_looks::write_looks;
use crate::keep_mail_keys::forget_mail_keys_of;
use crate::keep_tombstones::{Tombstone, add_tombstone};
use crate::traces::{Traces, holds_subject, names_address, names_whole, was_erased};
use crate::viewer::Viewer;
use calendar::Instant;
use desk::{Actor, Person, PersonId, ProviderId, Right};
use std::collections::BTreeSet;
use store::{Erasure, ErasureExtent, Pseudonym};
use words::Language;

/// What was erased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErasureReport {
    /// Of whom.
    pub person: PersonId,
    /// What stands for their name from now on.
    pub pseudonym: String,
    /// Numbers of the requests of which something went.
    pub requests: Vec<String>,
    /// How many texts went.
    pub texts: usize,
    /// How many files went.
    pub files: usize,
    /// Numbers of requests of others whose texts name them, for somebody to look at.
    pub mentions: Vec<String>,
    /// Kind and key of what the desk keeps for itself that names them, for somebody to look at.
    pub entries: Vec<String>,
}

/// An erasure, as a page lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErasureRow {
    /// Of whom.
    pub person: PersonId,
    /// When it was asked for.
    pub at: Instant,
    /// By whom, by name; none for the operator of the installation.
    pub asked_by: Option<String>,
    /// Whether the identity alone went.
    pub is_identity_alone: bool,
    /// When it was done; none while it is under way.
    pub done_at: Option<Instant>,
    /// When the pages were clean as well.
    pub scrubbed_at: Option<Instant>,
}

/// Erases a person of the viewer's provider. A colleague's answers stay, since they belong to those who
/// asked; `with_texts` takes them too. What broke off is gone on with by asking again.
///
/// # Errors
/// - the viewer does not keep privacy, signed in too long ago, or means themselves;
/// - there is no such person of the viewer's provider;
/// - the store fails.
pub async fn erase_person(
    environment: &Environment,
    viewer: &Viewer,
    session: Option<&str>,
    person: PersonId,
    with_texts: bool,
) -> Result<ErasureReport, Failure> {
    permit(viewer)?;
    if !viewer.may_write() || viewer.person.id == person {
        return Err(Failure::NotPermitted);
    }
    fresh_in_session(environment, viewer, session).await?;
    let by = viewer.actor();
    erase(environment, &viewer.provider.id, person, with_texts, &by).await
}

/// The same for whoever runs the installation.
///
/// # Errors
/// - there is no such person;
/// - the store fails.
pub async fn erase_person_here(
    environment: &Environment,
    provider: &ProviderId,
    person: PersonId,
    with_texts: bool,
) -> Result<ErasureReport, Failure> {
    erase(environment, provider, person, with_texts, &Actor::System).await
}

/// Goes on with erasures that broke off. Gives how many there were.
///
/// # Errors
/// When the store fails.
pub async fn resume_erasures(environment: &Environment) -> Result<usize, Failure> {
    let open: Vec<Erasure> = environment.store.all_erasures().await?;
    let open = open.into_iter().filter(|erasure| erasure.done_at.is_none());
    let mut resumed = 0;
    for erasure in open {
        let with_texts = erasure.extent == ErasureExtent::Everything;
        erase(environment, &erasure.provider, erasure.person, with_texts, &Actor::System).await?;
        resumed += 1;
    }
    Ok(resumed)
}

/// The people whom the viewer's provider knows, by name or address; the first fifty.
///
/// # Errors
/// - the viewer does not keep privacy;
/// - the store fails.
pub async fn find_people(
    environment: &Environment,
    viewer: &Viewer,
    sought: &str,
) -> Result<Vec<Person>, Failure> {
    permit(viewer)?;
    let sought = store::fold_words(sought).join(" ");
    let mut people = environment.store.people(&viewer.provider.id).await?;
    let gone: BTreeSet<PersonId> =
        environment.store.erasures(&viewer.provider.id).await?.iter().map(|erasure| erasure.person).collect();
    people.retain(|person| {
        let known = store::fold_words(&format!("{} {}", person.name, person.email)).join(" ");
        !gone.contains(&person.id) && known.contains(&sought)
    });
    people.truncate(50);
    Ok(people)
}

/// A person of the viewer's provider.
///
/// # Errors
/// - the viewer does not keep privacy;
/// - there is no such person;
/// - the store fails.
pub async fn person_for_privacy(
    environment: &Environment,
    viewer: &Viewer,
    id: PersonId,
) -> Result<Person, Failure> {
    permit(viewer)?;
    let found = environment.store.person(&viewer.provider.id, id).await?;
    found.ok_or(Failure::NotFound { what: "person" })
}

/// The erasures of the viewer's provider, the latest first.
///
/// # Errors
/// - the viewer does not keep privacy;
/// - the store fails.
pub async fn list_erasures(environment: &Environment, viewer: &Viewer) -> Result<Vec<ErasureRow>, Failure> {
    permit(viewer)?;
    let mut rows = Vec::new();
    for erasure in environment.store.erasures(&viewer.provider.id).await? {
        let asked_by = match erasure.asked_by {
            Some(id) => environment.person(&erasure.provider, id).await?.map(|person| person.name.clone()),
            None => None,
        };
        rows.push(ErasureRow {
            person: erasure.person,
            at: erasure.at,
            asked_by,
            is_identity_alone: erasure.extent == ErasureExtent::Identity,
            done_at: erasure.done_at,
            scrubbed_at: erasure.scrubbed_at,
        });
    }
    Ok(rows)
}

pub(crate) fn permit(viewer: &Viewer) -> Result<(), Failure> {
    if viewer.may(Right::KeepPrivacy) { Ok(()) } else { Err(Failure::NotPermitted) }
}

pub(crate) async fn erase(
    environment: &Environment,
    provider: &ProviderId,
    id: PersonId,
    with_texts: bool,
    by: &Actor,
) -> Result<ErasureReport, Failure> {
    let store = &environment.store;
    let person = store.person(provider, id).await?.ok_or(Failure::NotFound { what: "person" })?;
    let now = environment.now();
    let everything = with_texts || !person.role.is_staff();
    let extent = if everything { ErasureExtent::Everything } else { ErasureExtent::Identity };
    // Nobody comes in as them any more, before anything goes.
    store.let_go(provider, id, now).await?;
    let erasure = Erasure {
        provider: provider.clone(),
        person: id,
        at: now,
        asked_by: by.person(),
        extent,
        done_at: None,
        scrubbed_at: None,
    };
    // Known outside the database before anything goes, so that no backup brings it back.
    if let Some(path) = environment.tombstones()
        && !store.erasures(provider).await?.iter().any(|known| known.person == id && known.extent == extent)
    {
        add_tombstone(path, &Tombstone::of(&erasure))?;
    }
    store.begin_erasure(&erasure).await?;
    environment.rights_changed();

    let language = environment.provider(provider).await?.language.clone();
    let language = Language::parse(&language).unwrap_or(Language::French);
    let email = if person.email.contains('@') { person.email.clone() } else { String::new() };
    let pseudonym = Pseudonym {
        name: format!("{} {:06x}", words::text(language, "erased-person"), id.0 & 0x00ff_ffff),
        email: format!("erased:{id}"),
        own_message_ids: format!("@{}", environment.installation.host_name),
        former_email: email.clone(),
    };
    let subject = words::text(language, "erased-subject");
    let mut report = ErasureReport {
        person: id,
        pseudonym: pseudonym.name.clone(),
        requests: Vec::new(),
        texts: 0,
        files: 0,
        mentions: Vec::new(),
        entries: Vec::new(),
    };
    for ticket in store.tickets_of_person(provider, id, &email).await? {
        let mut is_of_them = false;
        let erased = carry_out_erasure(environment, provider, ticket, by, |page| {
            let traces = Traces::of(page, &person, everything).with_quotations();
            // What broke off went from the request and not from beside it.
            is_of_them = !traces.is_none() || was_erased(page, id);
            // A row repeats the subject that whoever opened the request wrote.
            let unnamed = traces.is_asker || holds_subject(page, &traces.contents);
            (!traces.is_none()).then(|| Erasing {
                ground: Ground::Person(id),
                subject: unnamed.then(|| subject.clone().into_owned()),
                requester: traces.is_asker.then(|| pseudonym.name.clone()),
                files: traces.files,
                contents: traces.contents,
            })
        })
        .await?;
        if let Some(erased) = erased {
            report.requests.push(erased.number);
            report.texts += erased.texts;
            report.files += erased.files;
        }
        if everything && is_of_them {
            store.forget_letters_of(provider, ticket, &pseudonym.own_message_ids).await?;
        }
    }
    if person.email.contains('@') {
        report.mentions = store.mentions(provider, &person.name, &email).await?;
        forget_mail_keys_of(environment, provider, &email).await?;
        forget_what_names(environment, provider, &email).await?;
        report.entries = store.mentioning_entries(provider, &person.name, &email).await?;
        unword_mentions(environment, provider, &person.name, &email, names_address).await?;
    }
    // What still waits to be written is written first, so that nothing of them comes after.
    write_looks(environment).await?;
    write_journal(environment).await?;
    store.erase_person(provider, id, &pseudonym, environment.now()).await?;
    environment.forget_people();
    environment.rights_changed();
    environment.erased.notify_one();
    Ok(report)
}

/// Forgets letters that became no request, and what other programs were or are to be told, where an address stands in
/// them by itself.
async fn forget_what_names(
    environment: &Environment,
    provider: &ProviderId,
    address: &str,
) -> Result<(), Failure> {
    let store = &environment.store;
    for digest in store.kept_letters_naming(provider, address).await? {
        let Some(letter) = store.kept_letter(provider, &digest).await? else { continue };
        let bytes = store.kept_letter_bytes(provider, &digest).await?.unwrap_or_default();
        if names_address(&letter.sender, address) || names_address(&String::from_utf8_lossy(&bytes), address)
        {
            store.forget_kept_letter(provider, &digest).await?;
        }
    }
    let mut told = store.deliveries_naming(provider, address).await?;
    told.retain(|delivery| names_address(&delivery.payload, address));
    Ok(store.erase_deliveries(&told).await?)
}

/// Takes what settings said of somebody out of their versions, where a name, or what else they are known by, stands by
/// itself. What they say now is looked at by people; what they said before nobody can change.
pub(crate) async fn unword_mentions(
    environment: &Environment,
    provider: &ProviderId,
    name: &str,
    known_by: &str,
    is_known_by: fn(&str, &str) -> bool,
) -> Result<(), Failure> {
    let mut versions = environment.store.mentioning_versions(provider, name, known_by).await?;
    versions.retain(|version| {
        let body = version.body.as_deref().unwrap_or_default();
        names_whole(body, name) || is_known_by(body, known_by)
    });
    Ok(environment.store.unword_versions(&versions).await?)
}

/// Carries out an erasure once more in a store that was restored. Whether it brought them back.
pub(crate) async fn erase_again(environment: &Environment, erasure: &Erasure) -> Result<bool, Failure> {
    let store = &environment.store;
    if store.person(&erasure.provider, erasure.person).await?.is_none() {
        // They came after the backup: no file of people shall bring them either.
        if store.provider(&erasure.provider).await?.is_some() {
            store.begin_erasure(erasure).await?;
            store.end_erasure(&erasure.provider, erasure.person, environment.now()).await?;
        }
        return Ok(false);
    }
    let with_texts = erasure.extent == ErasureExtent::Everything;
    erase(environment, &erasure.provider, erasure.person, with_texts, &Actor::System).await?;
    Ok(true)
}
