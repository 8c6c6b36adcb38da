use crate::carry_out::{Baggage, carry_out_opening_shown};
use crate::check_facts::check_facts;
use crate::done::Done;
use crate::environment::Environment;
use crate::error::Failure;
use crate::fill_fields::{must_be_filled, read_values};
use crate::keep_fields::RequiredBy;
use crate::keep_storage::must_have_room;
use crate::seal::Sealed;
use crate::view_ticket::{ClockView, TicketView, clock_view};
use crate::viewer::Viewer;
use async_recursion::async_recursion as boxed;
use calendar::{Instant, LocalDate};
use desk::{
    AccountId, Author, Brought, Contract, ContractId, FieldValue, MessageId, NewTicket, Person, ProviderId,
    Refusal, Right, Standing, Ticket, TicketId,
};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::Arc;
use store::{IdempotencyEntry, Provider, StoreError};
use terms::{AgreementName, Clause, Coverage, FactValue, Facts, Label, ParameterKind, Terms};

/// A request as somebody asks for it.
#[derive(Clone, Debug, Default)]
pub struct NewRequest {
    /// The account, by key or id; the contact's own when absent.
    pub account: Option<String>,
    /// The contact, by address; the viewer when absent.
    pub contact: Option<String>,
    /// How it came: `email`, `portal`, `web`, `phone`, `voicemail`.
    pub channel: String,
    /// What it is about.
    pub subject: String,
    /// In the asker's words.
    pub body: String,
    /// What is known: `product`, `version`, `problem`, `severity`, and facts of the agreement.
    pub facts: Facts,
    /// Values of the provider's own fields, by key.
    pub fields: Map<String, Value>,
    /// When it truly arrived, for agents logging a call; now when absent.
    pub received_at: Option<Instant>,
    /// Files.
    pub files: Vec<NewFile>,
    /// Key under which the same request is recognised again for 24 hours.
    pub idempotency_key: Option<String>,
}

/// A file as somebody hands it in.
#[derive(Clone, Debug)]
pub struct NewFile {
    /// Its name.
    pub name: String,
    /// Its media type, as declared.
    pub media_type: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// What a request would be promised if it were sent now.
#[derive(Clone, Debug)]
pub struct Preview {
    /// Coverage, with every reason.
    pub coverage: Coverage,
    /// Every clock that would start.
    pub clocks: Vec<ClockView>,
    /// The agreement.
    pub terms: Arc<Terms>,
    /// Where the agreement proposes to look before asking: the step, and the places that the contract knows.
    pub look_first: Vec<LookFirst>,
    /// Ways in that the agreement advises, with the address or number that the contract knows.
    pub advised: Vec<AdvisedWay>,
    /// The instant of the preview.
    pub now: Instant,
}

/// A step that the agreement proposes before anybody asks, and that may be skipped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookFirst {
    /// What people read.
    pub label: Label,
    /// The clause.
    pub clause: Clause,
    /// Places to look in: what each is called, and where it is.
    pub places: Vec<(Label, String)>,
}

/// A way in that the agreement advises.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdvisedWay {
    /// `phone`, `portal`, ….
    pub channel: String,
    /// Its address or number, where the contract knows it.
    pub contact: Option<String>,
    /// The clause.
    pub clause: Clause,
}

/// How long an idempotency key is remembered.
pub(crate) const IDEMPOTENT_FOR_SECONDS: i64 = 24 * 3600;

/// Characters of an idempotency key at most.
const KEY_CHARACTERS: u32 = 255;

/// Characters of a subject at most, however it comes.
pub(crate) const SUBJECT_CHARACTERS: u32 = 1_000;

/// Whether a text is as long as it may be.
///
/// # Errors
/// It is longer.
pub(crate) fn check_length(what: &str, text: &str, most: u32) -> Result<(), Failure> {
    if text.chars().nth(most as usize).is_none() {
        return Ok(());
    }
    Err(Failure::Refused(Refusal::OutOfBounds { what: what.to_owned(), least: 1, most }))
}

/// Whether an idempotency key is as long as it may be.
///
/// # Errors
/// It is longer.
pub(crate) fn check_key(key: &str) -> Result<(), Failure> {
    check_length("Idempotency-Key", key, KEY_CHARACTERS)
}

/// Opens a request for a viewer and shows it.
///
/// # Errors
/// As [`open_ticket_unshown`], and those of [`Done::show`].
pub async fn open_ticket(
    environment: &Environment,
    viewer: &Viewer,
    new: NewRequest,
) -> Result<TicketView, Failure> {
    open_ticket_unshown(environment, viewer, new).await?.show(environment, viewer).await
}

/// Opens a request for a viewer who need not see it at once.
///
/// # Errors
/// - subject or text is empty, the contact is unknown, the channel is none;
/// - subject or idempotency key is too long;
/// - a fact or its value is none of the agreement's;
/// - the core refuses;
/// - the idempotency key was used for another request;
/// - the store fails.
#[boxed]
pub async fn open_ticket_unshown(
    environment: &Environment,
    viewer: &Viewer,
    new: NewRequest,
) -> Result<Done, Failure> {
    if !viewer.may_write() || !viewer.may(Right::Open) {
        return Err(Failure::NotPermitted);
    }
    if new.subject.trim().is_empty() {
        return Err(Failure::Invalid { field: "subject", problem: "error-subject-missing".into() });
    }
    check_length("subject", &new.subject, SUBJECT_CHARACTERS)?;
    if new.body.trim().is_empty() {
        return Err(Failure::Invalid { field: "body", problem: "error-body-missing".into() });
    }
    if let Some(key) = &new.idempotency_key {
        check_key(key)?;
    }
    let digest = request_digest(&new);
    if let Some(key) = &new.idempotency_key
        && let Some((known, ticket)) = environment
            .store
            .idempotent(&viewer.provider.id, viewer.person.id, key, environment.now())
            .await?
    {
        return already_done(environment, viewer, known == digest, ticket).await;
    }
    let now = environment.now();
    let received_at = new.received_at.filter(|_| viewer.is_staff()).unwrap_or(now).min(now);
    let party = party(environment, viewer, &new, received_at).await?;
    let said = check_facts(&party.basis.terms, &new.facts)?;
    if !viewer.is_staff() {
        let bytes = new.files.iter().map(|file| file.bytes.len()).sum();
        must_have_room(environment, &viewer.provider.id, party.account, bytes).await?;
    }
    let mut sealed = Sealed::default();
    let message = MessageId(environment.new_id());
    let values = read_values(environment, viewer, &new.fields, &mut sealed).await?;
    let fields: BTreeMap<String, FieldValue> =
        values.into_iter().filter_map(|(key, value)| Some((key, value?))).collect();
    must_be_filled(environment, viewer, RequiredBy::Opening, &fields.keys().cloned().collect()).await?;
    let subject = sealed.text(environment, new.subject.trim());
    let body = sealed.text(environment, new.body.trim());
    let files = new
        .files
        .into_iter()
        .map(|file| sealed.file(environment, message, &file.name, &file.media_type, false, file.bytes))
        .collect();
    let author = match &party.contact {
        Some(contact) => Author::Person { id: contact.id },
        None => Author::Person { id: viewer.person.id },
    };
    let id = TicketId(environment.new_id());
    let opening = NewTicket {
        id,
        provider: viewer.provider.id.clone(),
        account: party.account,
        contact: party.contact.as_ref().map(|contact| contact.id),
        channel: new.channel,
        subject,
        received_at,
        sent_at: received_at,
        agreement: party.basis.agreement.clone(),
        contract: party.basis.contract.as_ref().map(|contract| contract.id),
        facts: party.basis.facts_on(received_at, &said),
        message,
        author,
        body,
        brought: Brought { fields, files, ..Brought::default() },
    };
    let requester = party.contact.as_ref().map_or(viewer.person.name.clone(), |contact| contact.name.clone());
    let idempotency = new.idempotency_key.map(|key| IdempotencyEntry {
        person: viewer.person.id,
        key,
        request_digest: digest,
        expires_at: now.plus_seconds(IDEMPOTENT_FOR_SECONDS),
    });
    let baggage = Baggage { sealed, idempotency, ..Baggage::default() };
    let opened = carry_out_opening_shown(
        environment,
        opening,
        new.subject.trim(),
        &requester,
        &party.basis.terms,
        &viewer.actor(),
        baggage,
    )
    .await;
    match opened {
        Ok((page, folded)) => Ok(Done::read(page, folded)),
        // Two copies of one request raced; the other one stands.
        Err(Failure::Store(StoreError::AlreadyDone { request_digest, ticket })) => {
            already_done(environment, viewer, request_digest == digest, ticket).await
        }
        Err(failure) => Err(failure),
    }
}

/// What a request would be promised if it were sent now; writes nothing.
///
/// # Errors
/// As [`open_ticket`], except that empty words do not matter.
pub async fn preview_ticket(
    environment: &Environment,
    viewer: &Viewer,
    new: &NewRequest,
) -> Result<Preview, Failure> {
    let now = environment.now();
    let party = party(environment, viewer, new, now).await?;
    let nothing = desk::ContentRef { id: desk::ContentId(0), digest: String::new() };
    let opening = NewTicket {
        id: TicketId(0),
        provider: viewer.provider.id.clone(),
        account: party.account,
        contact: party.contact.as_ref().map(|contact| contact.id),
        channel: new.channel.clone(),
        subject: nothing.clone(),
        received_at: now,
        sent_at: now,
        agreement: party.basis.agreement.clone(),
        contract: party.basis.contract.as_ref().map(|contract| contract.id),
        facts: party.basis.facts_on(now, &new.facts),
        message: MessageId(0),
        author: Author::Person { id: viewer.person.id },
        body: nothing,
        brought: Brought::default(),
    };
    let ticket = Ticket::open(opening, &party.basis.terms, &viewer.actor(), now)?.ticket;
    let terms = Arc::clone(&party.basis.terms);
    let clocks = ticket
        .progress
        .clocks
        .iter()
        .map(|clock| clock_view(&terms, &ticket.progress, clock, &ticket.facts, now))
        .collect();
    let (look_first, advised) = advice(&terms, party.basis.contract.as_ref());
    Ok(Preview { coverage: ticket.coverage(&terms), clocks, terms, look_first, advised, now })
}

/// What the agreement proposes and advises to whoever is about to ask.
fn advice(terms: &Terms, contract: Option<&Contract>) -> (Vec<LookFirst>, Vec<AdvisedWay>) {
    let value = |name: &terms::FactName| {
        contract.and_then(|contract| contract.parameters.text(name.as_str())).map(str::to_owned)
    };
    let look_first = terms.tasks.iter().filter(|task| task.before_asking).map(|task| LookFirst {
        label: task.label.clone(),
        clause: task.clause.clone(),
        places: task
            .look_in
            .iter()
            .filter_map(|name| {
                let label = &terms.parameters.iter().find(|known| known.name == *name)?.label;
                Some((label.clone(), value(name)?))
            })
            .collect(),
    });
    let advised = terms.channels.iter().filter(|channel| channel.recommended).map(|channel| AdvisedWay {
        channel: channel.name.clone(),
        contact: channel.contact.as_ref().and_then(value),
        clause: channel.clause.clone(),
    });
    (look_first.collect(), advised.collect())
}

async fn already_done(
    environment: &Environment,
    viewer: &Viewer,
    same: bool,
    ticket: TicketId,
) -> Result<Done, Failure> {
    if !same {
        return Err(Failure::KeyReused);
    }
    Done::standing(environment, &viewer.provider.id, ticket).await
}

/// Who asks, for which account, on which contractual basis.
struct Party {
    account: Option<AccountId>,
    contact: Option<Arc<Person>>,
    basis: Basis,
}

async fn party(
    environment: &Environment,
    viewer: &Viewer,
    new: &NewRequest,
    received_at: Instant,
) -> Result<Party, Failure> {
    let provider = &viewer.provider;
    let unknown = |field| Failure::Invalid { field, problem: format!("error-{field}-unknown") };
    let (account, contact) = if viewer.is_staff() {
        let contact = match new.contact.as_deref().map(str::trim).filter(|address| !address.is_empty()) {
            Some(address) => {
                let known = environment.store.person_with_standings_by_email(&provider.id, address).await?;
                Some(known.ok_or(unknown("contact"))?)
            }
            None => None,
        };
        let account = match new.account.as_deref().map(str::trim).filter(|account| !account.is_empty()) {
            Some(wanted) => Some(
                environment.store.account_by_key(&provider.id, wanted).await?.ok_or(unknown("account"))?.id,
            ),
            None => contact.as_ref().and_then(|(person, standings)| {
                let own = standings.iter().find(|standing| Some(standing.account) == person.account);
                own.or(standings.first()).map(|standing| standing.account)
            }),
        };
        let account = account.ok_or(unknown("contact"))?;
        // Somebody who asks for several customers is a contact of each.
        let stands = |standings: &[Standing]| standings.iter().any(|standing| standing.account == account);
        if contact.as_ref().is_some_and(|(_, standings)| !stands(standings)) {
            return Err(unknown("contact"));
        }
        (Some(account), contact.map(|(person, _)| Arc::new(person)))
    } else {
        (Some(own_account(environment, viewer, new).await?), Some(Arc::clone(&viewer.person)))
    };
    let basis = basis(environment, provider, account, received_at).await?;
    Ok(Party { account, contact, basis })
}

/// The account for which a contact asks: the one named, else their own, else the first where they
/// may ask. An account of others is none at all.
async fn own_account(
    environment: &Environment,
    viewer: &Viewer,
    new: &NewRequest,
) -> Result<AccountId, Failure> {
    let mine = |account| viewer.may_in(Right::Open, Some(account));
    match new.account.as_deref().map(str::trim).filter(|wanted| !wanted.is_empty()) {
        Some(wanted) => {
            let found = environment.store.account_by_key(&viewer.provider.id, wanted).await?;
            let found = found.filter(|account| viewer.sees(Some(account.id)));
            let unknown = Failure::Invalid { field: "account", problem: "error-account-unknown".into() };
            let account = found.ok_or(unknown)?;
            if mine(account.id) { Ok(account.id) } else { Err(Failure::NotPermitted) }
        }
        None => {
            let first = viewer.standings.iter().map(|standing| standing.account).find(|known| mine(*known));
            first.ok_or(Failure::NotPermitted)
        }
    }
}

/// The contractual basis of a request: the agreement, its terms, and the contract if there is one.
pub(crate) struct Basis {
    pub(crate) agreement: AgreementName,
    pub(crate) terms: Arc<Terms>,
    pub(crate) contract: Option<Contract>,
    account_known: bool,
}

impl Basis {
    /// What is known of a request received at an instant: what the contract supplies, then what
    /// the asker says. A known account without a contract has none in force; of a stranger it is
    /// not known whether there is one.
    pub(crate) fn facts_on(&self, received_at: Instant, said: &Facts) -> Facts {
        let day: LocalDate = self.terms.zone.local(received_at).date;
        let mut facts = match &self.contract {
            Some(contract) => contract.facts_on(day),
            None if self.account_known => Facts::new().with("contract_active", FactValue::YesNo(false)),
            None => Facts::new(),
        };
        // Addresses and numbers of the provider are shown from the contract, never kept with a request.
        for parameter in self.terms.parameters.iter().filter(|known| known.kind == ParameterKind::Contact) {
            facts.forget(parameter.name.as_str());
        }
        let supplied: Vec<&str> = self
            .terms
            .facts
            .iter()
            .filter(|rule| rule.from == "contract")
            .map(|rule| rule.name.as_str())
            .collect();
        let wanted: Vec<&str> =
            self.terms.wanted(&facts, received_at).iter().map(|rule| rule.name.as_str()).collect();
        for (name, value) in said.iter() {
            // What the contract says is not the asker's to change; what it does not say, and is wanted, may be told.
            if wanted.contains(&name.as_str())
                || (!supplied.contains(&name.as_str())
                    && !self.terms.parameters.iter().any(|known| known.name == *name))
            {
                facts.set(name.clone(), value.clone());
            }
        }
        facts
    }
}

/// The basis that one contract of an account gives, where it is in force at an instant.
pub(crate) async fn basis_of(
    environment: &Environment,
    provider: &Provider,
    account: AccountId,
    contract: ContractId,
    at: Instant,
) -> Result<Option<Basis>, Failure> {
    let contracts = environment.store.contracts_of(&provider.id, account).await?;
    let Some(contract) = contracts.iter().find(|known| known.id == contract) else { return Ok(None) };
    if !is_in_force(environment, &provider.id, contract, at).await? {
        return Ok(None);
    }
    let terms = environment.terms(&provider.id, &contract.agreement).await?;
    let (agreement, contract) = (contract.agreement.clone(), Some(contract.clone()));
    Ok(Some(Basis { agreement, terms, contract, account_known: true }))
}

/// Whether a contract is in force at an instant: by the day that it is then in the zone of its agreement.
pub(crate) async fn is_in_force(
    environment: &Environment,
    provider: &ProviderId,
    contract: &Contract,
    at: Instant,
) -> Result<bool, Failure> {
    let terms = environment.terms(provider, &contract.agreement).await?;
    Ok(contract.is_active_on(terms.zone.local(at).date))
}

/// Finds the contract of an account: the one in force at an instant, else the one that ended last.
pub(crate) async fn basis(
    environment: &Environment,
    provider: &Provider,
    account: Option<AccountId>,
    at: Instant,
) -> Result<Basis, Failure> {
    let mut contracts = Vec::new();
    if let Some(account) = account {
        for contract in environment.store.contracts_of(&provider.id, account).await? {
            contracts.push((is_in_force(environment, &provider.id, &contract, at).await?, contract));
        }
    }
    contracts
        .sort_by_key(|(in_force, contract)| (*in_force, contract.to.is_none(), contract.to, contract.from));
    let contract = contracts.pop().map(|(_, contract)| contract);
    let agreement = match &contract {
        Some(contract) => contract.agreement.clone(),
        None => provider.agreement.clone().ok_or(Failure::NotFound { what: "agreement" })?,
    };
    let terms = environment.terms(&provider.id, &agreement).await?;
    Ok(Basis { agreement, terms, contract, account_known: account.is_some() })
}

fn request_digest(new: &NewRequest) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in [
        new.account.as_deref(),
        new.contact.as_deref(),
        Some(&new.channel),
        Some(&new.subject),
        Some(&new.body),
    ] {
        hasher.update(part.unwrap_or_default().as_bytes());
        hasher.update(b"\0");
    }
    if let Some(received_at) = new.received_at {
        hasher.update(received_at.to_string().as_bytes());
    }
    hasher.update(serde_json::to_vec(&new.facts).expect("facts are plain data"));
    if !new.fields.is_empty() {
        hasher.update(serde_json::to_vec(&new.fields).expect("fields are plain data"));
    }
    for file in &new.files {
        hasher.update(file.name.as_bytes());
        hasher.update(&file.bytes);
    }
    hasher.finalize().into()
}
