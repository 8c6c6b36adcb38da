//! All that is kept of an account, for the customer to have (GDPR art. 28): JSON that programs read, the agreements as
//! they were signed and the files as they came, in one archive that is made while it is handed over.

use crate::archive::{Archive, Export, plain};
use crate::destroy_account::{RequestsOf, by_key};
use crate::environment::Environment;
use crate::error::Failure;
use crate::export_person::{notice, write_belongings};
use crate::keep_keys::fresh_in_session;
use crate::keep_looks::write_looks;
use crate::scan_files::file_if_free;
use crate::show_letter::kept_letter;
use crate::traces::pointed_to;
use crate::view_ticket::is_shown_to_customers;
use crate::viewer::Viewer;
use desk::{
    Actor, ContentId, FileId, MessageKind, PersonId, ProviderId, Recorded, Right, TicketEvent, TicketId,
};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use store::{Account, AccountMember, LookQuery, TicketPage};
use terms::AgreementName;

/// Rows that are read at once.
const ROWS: u32 = 500;

/// How much of an account an archive holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Extent {
    /// Everything, also what colleagues noted among themselves and what its people did: for the desk, which judges
    /// what it hands on.
    Whole,
    /// What the customer's own people are shown.
    Shown,
}

/// Exports an account, by key: to whoever keeps privacy at its provider everything, to whoever keeps the people of
/// their own account what the customer is shown.
///
/// # Errors
/// - the viewer is neither, or signed in too long ago;
/// - there is no such account for them;
/// - the store fails.
pub async fn export_account(
    environment: &Arc<Environment>,
    viewer: &Viewer,
    session: Option<&str>,
    key: &str,
) -> Result<Export, Failure> {
    if !viewer.may(Right::KeepPrivacy) && !viewer.may(Right::KeepAccountPeople) {
        return Err(Failure::NotPermitted);
    }
    let account = by_key(environment, &viewer.provider.id, key).await?;
    let extent = match viewer.is_staff() {
        true => Extent::Whole,
        false if viewer.may_in(Right::KeepAccountPeople, Some(account.id)) => Extent::Shown,
        false => return Err(Failure::NotFound { what: "account" }),
    };
    fresh_in_session(environment, viewer, session).await?;
    Ok(begin(environment, account, extent))
}

/// The same for whoever runs the installation: everything.
///
/// # Errors
/// - there is no such account;
/// - the store fails.
pub async fn export_account_here(
    environment: &Arc<Environment>,
    provider: &ProviderId,
    key: &str,
) -> Result<Export, Failure> {
    Ok(begin(environment, by_key(environment, provider, key).await?, Extent::Whole))
}

fn begin(environment: &Arc<Environment>, account: Account, extent: Extent) -> Export {
    let environment = Arc::clone(environment);
    Export::begin(format!("entente-{}.zip", account.id), |archive| async move {
        write(&environment, &account, extent, archive).await
    })
}

async fn write(
    environment: &Environment,
    account: &Account,
    extent: Extent,
    mut archive: Archive,
) -> Result<(), Failure> {
    let members = environment.store.members_of_account(&account.provider, account.id).await?;
    write_account(environment, account, &members, &mut archive).await?;
    let mut bound: BTreeSet<(String, String)> = BTreeSet::new();
    let requests = Requests { environment, account, members: &members, extent };
    let mut pages = RequestsOf::new(environment, &account.provider, account.id);
    while let Some(page) = pages.next().await? {
        for ticket in page {
            requests.write(ticket, &mut bound, &mut archive).await?;
        }
    }
    for contract in environment.store.contracts_of(&account.provider, account.id).await? {
        bound.insert((contract.agreement.key, contract.agreement.version));
    }
    for (key, version) in bound {
        let name = AgreementName { key, version };
        if let Some(known) = environment.store.agreement(&account.provider, &name).await? {
            let file = format!("agreements/{}-{}.md", plain(&name.key), plain(&name.version));
            archive.entry(&file, known.text.as_bytes()).await?;
        }
    }
    write_told(environment, account, &members, &mut archive).await?;
    write_looks_at(environment, account, &members, &mut archive).await?;
    // What is each one's own is not for those of their side who keep the account. Of who is of another account as well it
    // is not this one's.
    let own = members.iter().filter(|member| extent == Extent::Whole && !member.is_elsewhere);
    for person in own.map(|member| &member.person) {
        write_belongings(environment, person, &format!("people/{}/", person.id), &mut archive).await?;
    }
    archive.finish().await
}

/// The account, its people, its contracts and what the desk keeps of it under its id.
async fn write_account(
    environment: &Environment,
    account: &Account,
    members: &[AccountMember],
    archive: &mut Archive,
) -> Result<(), Failure> {
    let (store, provider) = (&environment.store, &account.provider);
    let contracts = store.contracts_of(provider, account.id).await?;
    let contracts = contracts.iter().map(|contract| {
        json!({
            "id": contract.id, "agreement": contract.agreement.key, "version": contract.agreement.version,
            "from": contract.from, "to": contract.to, "parameters": contract.parameters,
        })
    });
    let kept = store.entries_of_account(provider, account.id).await?;
    let kept = kept.iter().map(|(kind, key, body, changed_at)| {
        // What is kept by the account's id stands under the kind alone.
        let kind = kind.split(' ').next().unwrap_or_default();
        let key = (*key != account.id.to_string()).then_some(key);
        let says: Value = serde_json::from_str(body).unwrap_or_default();
        json!({ "kind": kind, "key": key, "changed_at": changed_at, "says": says })
    });
    let people = members.iter().map(|member| {
        let person = &member.person;
        json!({
            "id": person.id, "name": person.name, "email": person.email, "language": person.language,
            "zone": person.zone, "role": member.role.map(|role| role.as_str()), "has_left": member.has_left,
        })
    });
    let invitations = store.invitations(provider, account.id, environment.now()).await?;
    let invitations = invitations.iter().map(|offer| {
        json!({
            "email": offer.email, "name": offer.name, "role": offer.role.as_str(), "ends_at": offer.expires_at,
        })
    });
    let value = json!({
        "id": account.id, "key": account.key, "name": account.name, "provider": provider,
        "people": people.collect::<Vec<_>>(),
        "invitations": invitations.collect::<Vec<_>>(),
        "contracts": contracts.collect::<Vec<_>>(),
        "kept": kept.collect::<Vec<_>>(),
        "exported_at": environment.now(),
    });
    archive.json("account.json", &value).await
}

/// What is written of each request.
struct Requests<'a> {
    environment: &'a Environment,
    account: &'a Account,
    members: &'a [AccountMember],
    extent: Extent,
}

impl Requests<'_> {
    async fn write(
        &self,
        ticket: TicketId,
        bound: &mut BTreeSet<(String, String)>,
        archive: &mut Archive,
    ) -> Result<(), Failure> {
        let Self { environment, account, .. } = *self;
        let Some(page) = environment.store.ticket_page(&account.provider, ticket).await? else {
            return Ok(());
        };
        bound.insert((page.row.agreement.key.clone(), page.row.agreement.version.clone()));
        let files = self.files_of(&page);
        let value = self.request(&page, &files).await?;
        archive.json(&format!("requests/{}.json", page.row.number), &value).await?;
        for id in files {
            if let Some((meta, bytes)) = file_if_free(environment, &account.provider, id).await? {
                let name = format!("files/{}/{}-{}", page.row.number, id, plain(&meta.name));
                archive.entry(&name, &bytes).await?;
            }
        }
        Ok(())
    }

    fn is_shown(&self, recorded: &Recorded) -> bool {
        self.extent == Extent::Whole || is_shown_to_customers(recorded)
    }

    /// Files that what is shown points to. A letter as it came names the servers on its way, which are no matter of
    /// theirs; its words and files are handed over beside it.
    fn files_of(&self, page: &TicketPage) -> Vec<FileId> {
        let (mut named, mut letters) = (BTreeSet::new(), BTreeSet::new());
        for recorded in page.log.iter().flat_map(|entry| &entry.commit).filter(|known| self.is_shown(known)) {
            named.extend(words_of(&recorded.event).into_iter().filter(|(_, is_file)| *is_file));
            if let TicketEvent::Wrote { message, .. } = &recorded.event {
                letters.extend(kept_letter(message, &page.files));
            }
        }
        let files = page.files.iter().map(|file| file.id);
        files.filter(|id| named.contains(&(id.0, true)) && !letters.contains(id)).collect()
    }

    async fn request(&self, page: &TicketPage, files: &[FileId]) -> Result<Value, Failure> {
        let mut events = Vec::new();
        for recorded in page.log.iter().flat_map(|entry| &entry.commit).filter(|known| self.is_shown(known)) {
            events.push(self.event(recorded, page).await?);
        }
        let files: Vec<Value> = page
            .files
            .iter()
            .filter(|file| files.contains(&file.id))
            .map(|file| {
                json!({ "id": file.id, "name": file.name, "media_type": file.media_type, "size": file.size })
            })
            .collect();
        let row = &page.row;
        Ok(json!({
            "number": row.number, "channel": row.channel, "state": row.state.as_str(), "severity": row.severity,
            "received_at": row.received_at, "opened_at": row.opened_at, "updated_at": row.updated_at,
            "subject": row.subject, "requester": row.requester, "contact": row.contact,
            "agreement": row.agreement.key, "version": row.agreement.version, "contract": row.contract,
            "events": events, "files": files,
        }))
    }

    /// An event as the log has it, with the words that it points to.
    async fn event(&self, recorded: &Recorded, page: &TicketPage) -> Result<Value, Failure> {
        let mut says = serde_json::to_value(&recorded.event).expect("an event is plain data");
        if self.extent == Extent::Shown {
            without(&mut says, "checks");
            if matches!(recorded.event, TicketEvent::Redacted { .. }) {
                without(&mut says, "texts");
                without(&mut says, "renamed");
            }
        }
        let texts: Vec<&String> = words_of(&recorded.event)
            .into_iter()
            .filter(|(_, is_file)| !is_file)
            .filter_map(|(id, _)| page.contents.get(&ContentId(id)))
            .collect();
        let between_colleagues = matches!(
            &recorded.event,
            TicketEvent::Wrote { message, .. } if message.kind == MessageKind::Note
        );
        let mut event = json!({
            "at": recorded.at, "by": self.who(&recorded.by).await?, "event": says, "texts": texts,
        });
        if between_colleagues {
            event["between_colleagues"] = true.into();
        }
        Ok(event)
    }

    /// Who did something: somebody of the account by id, somebody of the desk by name as they sign what they write.
    async fn who(&self, actor: &Actor) -> Result<Value, Failure> {
        let id = match actor {
            Actor::System => return Ok("the desk itself".into()),
            Actor::Stranger => return Ok("an unknown address".into()),
            Actor::Rule { .. } => return Ok("a rule of the desk".into()),
            Actor::Staff { id } | Actor::Contact { id } => *id,
        };
        if self.members.iter().any(|member| member.person.id == id) {
            return Ok(json!({ "person": id }));
        }
        let known = self.environment.person(&self.account.provider, id).await?;
        Ok(match known.filter(|known| known.role.is_staff()) {
            Some(known) => json!({ "desk": known.name }),
            None => json!({ "person": id }),
        })
    }
}

/// The texts and files that an event hands over. What was blacked out points to those of other events, notes between
/// colleagues among them, which are handed over there if at all.
fn words_of(event: &TicketEvent) -> Vec<(u128, bool)> {
    match event {
        TicketEvent::Redacted { .. } => Vec::new(),
        _ => pointed_to(event),
    }
}

/// Takes a field out that is for the desk, such as what was found of the servers on a letter's way.
fn without(value: &mut Value, name: &str) {
    match value {
        Value::Object(fields) => {
            fields.remove(name);
            fields.values_mut().for_each(|field| without(field, name));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| without(item, name)),
        _ => {}
    }
}

/// What the account's people and those who wrote for it were told.
async fn write_told(
    environment: &Environment,
    account: &Account,
    members: &[AccountMember],
    archive: &mut Archive,
) -> Result<(), Failure> {
    let theirs = |person: Option<PersonId>| {
        person.is_none_or(|id| members.iter().any(|member| member.person.id == id))
    };
    let (store, provider) = (&environment.store, &account.provider);
    archive.begin_array("told.json").await?;
    let mut requests = RequestsOf::new(environment, provider, account.id);
    while let Some(page) = requests.next().await? {
        for ticket in page {
            let Some(row) = store.ticket_row(provider, ticket).await? else { continue };
            let told = store.outbox_of(provider, ticket).await?;
            let told = told.iter().filter(|entry| theirs(entry.recipient.person));
            let told: Vec<Value> = told.map(|entry| notice(&row.number, entry)).collect();
            archive.add_values(&told).await?;
        }
    }
    archive.end_array().await
}

/// Who looked at the account's requests: somebody of it by id, else the desk, without a name.
async fn write_looks_at(
    environment: &Environment,
    account: &Account,
    members: &[AccountMember],
    archive: &mut Archive,
) -> Result<(), Failure> {
    write_looks(environment).await?;
    let (store, provider) = (&environment.store, &account.provider);
    archive.begin_array("looks.json").await?;
    let mut requests = RequestsOf::new(environment, provider, account.id);
    while let Some(page) = requests.next().await? {
        for ticket in page {
            let Some(row) = store.ticket_row(provider, ticket).await? else { continue };
            let mut query = LookQuery { about: Some(row.number), at_most: ROWS, ..LookQuery::default() };
            loop {
                let rows = store.looks(provider, &query).await?;
                let values: Vec<Value> = rows
                    .iter()
                    .map(|look| {
                        let is_own = members.iter().any(|member| member.person.id == look.person);
                        let by = if is_own { json!({ "person": look.person }) } else { "the desk".into() };
                        json!({ "at": look.at, "what": look.what, "of": look.object, "by": by })
                    })
                    .collect();
                archive.add_values(&values).await?;
                if rows.len() < ROWS as usize {
                    break;
                }
                query.after = rows.into_iter().last();
            }
        }
    }
    archive.end_array().await
}
