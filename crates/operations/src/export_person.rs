//! All that is kept of one person, for them to have (GDPR art. 15 and 20): JSON that programs read and the
//! files as they came, in one archive that is made while it is handed over.

use crate::archive::{Archive, Export, plain};
use crate::environment::Environment;
use crate::erase_person::{permit, person_for_privacy};
use crate::error::Failure;
use crate::keep_journal::write_journal;
use crate::keep_keys::fresh_in_session;
use crate::keep_looks::write_looks;
use crate::scan_files::file_if_free;
use crate::show_letter::kept_letter;
use crate::traces::{Traces, names_address};
use crate::viewer::Viewer;
use data_encoding::HEXLOWER;
use desk::{Person, PersonId, ProviderId, Role, TicketEvent};
use serde_json::{Value, json};
use std::sync::Arc;
use store::{EntryVersion, LookQuery, OutboxEntry, TicketPage, VersionQuery};

/// Rows that are read at once.
const ROWS: u32 = 500;

/// Exports a person of the viewer's provider.
///
/// # Errors
/// - the viewer does not keep privacy, or signed in too long ago;
/// - there is no such person of the viewer's provider;
/// - the store fails.
pub async fn export_person(
    environment: &Arc<Environment>,
    viewer: &Viewer,
    session: Option<&str>,
    person: PersonId,
) -> Result<Export, Failure> {
    permit(viewer)?;
    fresh_in_session(environment, viewer, session).await?;
    let person = person_for_privacy(environment, viewer, person).await?;
    Ok(begin(environment, person))
}

/// The same for whoever runs the installation.
///
/// # Errors
/// - there is no such person;
/// - the store fails.
pub async fn export_person_here(
    environment: &Arc<Environment>,
    provider: &ProviderId,
    person: PersonId,
) -> Result<Export, Failure> {
    let person = environment.store.person(provider, person).await?;
    Ok(begin(environment, person.ok_or(Failure::NotFound { what: "person" })?))
}

fn begin(environment: &Arc<Environment>, person: Person) -> Export {
    let environment = Arc::clone(environment);
    Export::begin(format!("entente-{}.zip", person.id), |archive| async move {
        write(&environment, &person, archive).await
    })
}

async fn write(environment: &Environment, person: &Person, mut archive: Archive) -> Result<(), Failure> {
    let store = &environment.store;
    let provider = &person.provider;
    let mut told = Vec::new();
    for ticket in store.tickets_of_person(provider, person.id, &person.email).await? {
        let Some(page) = store.ticket_page(provider, ticket).await? else { continue };
        let theirs = page.outbox.iter().filter(|entry| is_to(entry, person));
        told.extend(theirs.map(|entry| notice(&page.row.number, entry)));
        let mut traces = Traces::of(&page, person, true);
        // A letter as it came names the servers on its way, which are no matter of theirs; its words and files
        // are handed over beside it.
        if person.role == Role::Contact {
            for recorded in page.log.iter().flat_map(|entry| &entry.commit) {
                if let TicketEvent::Wrote { message, .. } = &recorded.event {
                    let kept = kept_letter(message, &page.files);
                    traces.files.retain(|file| Some(*file) != kept);
                }
            }
        }
        let request = request(&page, person, &traces);
        if traces.is_none() && request["deeds"].as_array().is_none_or(Vec::is_empty) {
            continue;
        }
        archive.json(&format!("requests/{}.json", page.row.number), &request).await?;
        for id in &traces.files {
            if let Some((meta, bytes)) = file_if_free(environment, provider, *id).await? {
                let name = format!("files/{}/{}-{}", page.row.number, id, plain(&meta.name));
                archive.entry(&name, &bytes).await?;
            }
        }
    }
    archive.json("told.json", &Value::Array(told)).await?;
    write_belongings(environment, person, "", &mut archive).await?;
    archive.finish().await
}

/// What is kept of a person beside requests, in a folder: who they are, what waits for them, what they are writing,
/// their letters that became no request, what they did and what they looked at.
pub(crate) async fn write_belongings(
    environment: &Environment,
    person: &Person,
    folder: &str,
    archive: &mut Archive,
) -> Result<(), Failure> {
    let (store, provider) = (&environment.store, &person.provider);
    let place = |name: &str| format!("{folder}{name}");
    archive.json(&place("person.json"), &identity(environment, person).await?).await?;
    let waiting = store.letters_to(provider, person.id, &person.email).await?;
    let waiting = waiting.iter().map(|(letter, state, error)| {
        json!({
            "kind": letter.kind, "address": letter.address, "subject": letter.subject, "text": letter.body,
            "at": letter.created_at, "state": state, "error": error,
        })
    });
    archive.json(&place("waiting.json"), &waiting.collect()).await?;
    let drafts = store.drafts_of(provider, person.id).await?;
    let drafts = drafts.iter().map(|(mark, body, number)| {
        json!({ "request": number, "form": mark.form, "changed_at": mark.changed_at, "text": body })
    });
    archive.json(&place("drafts.json"), &drafts.collect()).await?;
    let mut letters = Vec::new();
    let mut from_them = store.kept_letters_from(provider, &person.email).await?;
    from_them.retain(|(letter, _)| names_address(&letter.sender, &person.email));
    for (number, (letter, bytes)) in from_them.iter().enumerate() {
        let name = place(&format!("letters/{}.eml", number + 1));
        archive.entry(&name, bytes).await?;
        letters.push(json!({
            "file": name, "mailbox": letter.mailbox, "why": letter.why, "sender": letter.sender,
            "subject": letter.subject, "received_at": letter.received_at,
        }));
    }
    archive.json(&place("letters.json"), &Value::Array(letters)).await?;
    write_journal(environment).await?;
    archive.begin_array(&place("journal.json")).await?;
    let mut before = None;
    loop {
        let rows = store.audit_of_person(provider, person.id, before, ROWS).await?;
        before = rows.last().map(|row| row.id);
        let deeds: Vec<Value> = rows
            .iter()
            .map(|row| {
                json!({
                    "at": row.at, "deed": row.deed, "object": row.object, "outcome": row.outcome,
                    "network": row.network,
                })
            })
            .collect();
        archive.add_values(&deeds).await?;
        if rows.len() < ROWS as usize {
            break;
        }
    }
    archive.end_array().await?;
    settings(environment, person, &place("settings.json"), archive).await?;
    looks(environment, person, &place("looks.json"), archive).await
}

/// What they wrote into the settings of the desk, as each setting was kept.
async fn settings(
    environment: &Environment,
    person: &Person,
    name: &str,
    archive: &mut Archive,
) -> Result<(), Failure> {
    archive.begin_array(name).await?;
    let mut query = VersionQuery { by: Some(person.id), at_most: ROWS, ..VersionQuery::default() };
    loop {
        let versions = environment.store.entry_versions(&person.provider, &query).await?;
        let values: Vec<Value> = versions
            .iter()
            .map(|version| {
                json!({
                    "at": version.at, "kind": version.kind, "key": version.key, "version": version.number,
                    "text": version.body,
                })
            })
            .collect();
        archive.add_values(&values).await?;
        if versions.len() < ROWS as usize {
            break;
        }
        query.before = versions.last().map(EntryVersion::place);
    }
    archive.end_array().await
}

/// What they looked at, and who looked at what they asked and at themselves: they, or somebody else, without a name.
async fn looks(
    environment: &Environment,
    person: &Person,
    name: &str,
    archive: &mut Archive,
) -> Result<(), Failure> {
    write_looks(environment).await?;
    archive.begin(name, true)?;
    let by_them = LookQuery { person: Some(person.id), at_most: ROWS, ..LookQuery::default() };
    let at_theirs = LookQuery { subject: Some(person.id), at_most: ROWS, ..LookQuery::default() };
    archive.open_array("{\"by_you\": [").await?;
    looks_of(environment, person, archive, by_them).await?;
    archive.open_array("\n], \"at_yours\": [").await?;
    looks_of(environment, person, archive, at_theirs).await?;
    archive.add(b"\n]}\n").await
}

async fn looks_of(
    environment: &Environment,
    person: &Person,
    archive: &mut Archive,
    mut query: LookQuery,
) -> Result<(), Failure> {
    loop {
        let rows = environment.store.looks(&person.provider, &query).await?;
        let mut values = Vec::with_capacity(rows.len());
        for look in &rows {
            values.push(if query.subject.is_none() {
                json!({
                    "at": look.at, "what": look.what, "object": look.object, "way": look.way,
                    "network": look.network,
                })
            } else {
                let who = environment.person(&person.provider, look.person).await?;
                let by = match (look.person == person.id, who.is_some_and(|known| known.role.is_staff())) {
                    (true, _) => "you",
                    (false, true) => "the desk",
                    (false, false) => "somebody of your account",
                };
                json!({ "at": look.at, "what": look.what, "of": look.about(), "by": by })
            });
        }
        archive.add_values(&values).await?;
        if rows.len() < ROWS as usize {
            return Ok(());
        }
        query.after = rows.into_iter().last();
    }
}

/// That somebody was told something of a request.
pub(crate) fn notice(number: &str, entry: &OutboxEntry) -> Value {
    json!({
        "request": number, "kind": entry.kind, "address": entry.recipient.address, "at": entry.created_at,
        "state": format!("{:?}", entry.state).to_lowercase(),
    })
}

fn is_to(entry: &OutboxEntry, person: &Person) -> bool {
    entry.recipient.person == Some(person.id) || entry.recipient.address.eq_ignore_ascii_case(&person.email)
}

/// Who they are, in which roles, and by which keys they come in. Secrets are nobody's to hand over.
async fn identity(environment: &Environment, person: &Person) -> Result<Value, Failure> {
    let store = &environment.store;
    let (provider, now) = (&person.provider, environment.now());
    let mut roles = Vec::new();
    if let Some((_, standings)) = store.person_with_standings(provider, person.id).await? {
        for standing in standings {
            let account = environment.account_name(provider, standing.account).await?;
            roles.push(json!({ "account": account.as_deref(), "role": standing.role.as_str() }));
        }
    }
    let credentials = store.credentials(provider, person.id).await?;
    let keys = credentials.iter().map(|known| {
        json!({ "kind": known.kind.as_str(), "made_at": known.created_at, "confirmed_at": known.confirmed_at })
    });
    let sessions = store.sessions_of(provider, person.id, now).await?;
    let sessions = sessions.iter().map(
        |known| json!({ "label": known.label, "began_at": known.created_at, "ends_at": known.expires_at }),
    );
    let tokens = store.sign_ins_of(provider, person.id).await?;
    let tokens = tokens.iter().map(|known| {
        json!({
            "purpose": known.purpose.as_str(), "label": known.label, "scopes": known.scopes,
            "made_at": known.created_at, "ends_at": known.expires_at,
        })
    });
    let work = store.person_entries_of(provider, person.id).await?;
    let work = work.iter().map(|entry| {
        let body: Value = serde_json::from_str(&entry.body).unwrap_or_default();
        json!({ "kind": entry.kind, "key": entry.key, "changed_at": entry.changed_at, "says": body })
    });
    let passkeys = store.passkeys_of(provider, person.id).await?;
    let passkeys = passkeys
        .iter()
        .map(|known| json!({ "label": known.label, "made_at": known.created_at, "used_at": known.used_at }));
    let browsers = store.browsers_of(provider, person.id).await?;
    let browsers = browsers
        .iter()
        .map(|(digest, seen_at)| json!({ "digest": HEXLOWER.encode(digest), "first_seen_at": seen_at }));
    let identities = store.identity_links_of(provider, person.id).await?;
    let identities = identities
        .iter()
        .map(|link| json!({ "issuer": link.issuer, "subject": link.subject, "linked_at": link.linked_at }));
    let mut invitations = Vec::new();
    for known in store.invitations_of(provider, person.id, &person.email).await? {
        let account = environment.account_name(provider, known.account).await?;
        invitations.push(json!({
            "account": account.as_deref(), "email": known.email, "name": known.name,
            "role": known.role.as_str(), "ends_at": known.expires_at,
        }));
    }
    let teams = store.teams(provider).await?;
    let teams = teams.iter().filter(|team| team.members.contains(&person.id));
    let teams = teams.map(|team| json!({ "key": team.key, "name": team.name }));
    let standing = store.address_standing(provider, &person.email).await?;
    let account = match person.account {
        Some(account) => environment.account_name(provider, account).await?,
        None => None,
    };
    Ok(json!({
        "provider": environment.provider(provider).await?.name,
        "id": person.id, "name": person.name, "email": person.email, "role": person.role.as_str(),
        "account": account.as_deref(), "language": person.language, "zone": person.zone,
        "roles": roles,
        "work": work.collect::<Vec<_>>(),
        "keys": keys.collect::<Vec<_>>(),
        "sessions": sessions.collect::<Vec<_>>(),
        "tokens": tokens.collect::<Vec<_>>(),
        "passkeys": passkeys.collect::<Vec<_>>(),
        "browsers": browsers.collect::<Vec<_>>(),
        "identities": identities.collect::<Vec<_>>(),
        "invitations": invitations,
        "teams": teams.collect::<Vec<_>>(),
        "address": standing.map(|standing| json!({
            "class": standing.class.as_str(), "reason": standing.reason, "at": standing.at,
        })),
        "exported_at": now,
    }))
}

/// A request as far as it concerns them: what they wrote, what was written to them and about them, and
/// what they did on it. Of others there is at most that a colleague wrote.
fn request(page: &TicketPage, person: &Person, traces: &Traces) -> Value {
    let text = |id: &desk::ContentId| traces.contents.contains(id).then(|| page.contents.get(id)).flatten();
    let mut texts = Vec::new();
    let mut deeds = Vec::new();
    let mut shown = std::collections::BTreeSet::new();
    for recorded in page.log.iter().flat_map(|entry| &entry.commit) {
        let is_theirs = recorded.by.person() == Some(person.id);
        let name = serde_json::to_value(&recorded.event).ok().and_then(|value| match value {
            Value::String(name) => Some(name),
            Value::Object(fields) => fields.keys().next().cloned(),
            _ => None,
        });
        if is_theirs {
            let mut deed = json!({ "at": recorded.at, "deed": name });
            if let TicketEvent::TimeLogged { entry } = &recorded.event {
                deed["minutes"] = entry.minutes.into();
            }
            if let TicketEvent::Consented { act, roles } = &recorded.event {
                deed["consent"] = json!({ "to": act, "as": roles });
            }
            deeds.push(deed);
        }
        for (id, is_file) in crate::traces::pointed_to(&recorded.event) {
            if is_file || !shown.insert(id) {
                continue;
            }
            if let Some(words) = text(&desk::ContentId(id)) {
                texts.push(json!({
                    "at": recorded.at, "of": name, "by": if is_theirs { "you" } else { "the desk" },
                    "text": words,
                }));
            }
        }
    }
    let files: Vec<Value> = page
        .files
        .iter()
        .filter(|file| traces.files.contains(&file.id))
        .map(|file| json!({ "id": file.id, "name": file.name, "media_type": file.media_type, "size": file.size }))
        .collect();
    json!({
        "number": page.row.number, "opened_at": page.row.opened_at, "channel": page.row.channel,
        "state": page.row.state.as_str(), "asked_by_you": traces.is_asker,
        "subject": traces.is_asker.then_some(&page.row.subject),
        "requester": traces.is_asker.then_some(&page.row.requester),
        "texts": texts, "files": files, "deeds": deeds,
    })
}
