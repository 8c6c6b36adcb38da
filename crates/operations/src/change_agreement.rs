//! Another agreement, version or values of contracts, put in force under requests that run.
//!
//! What it does is shown first and done in batches that are on disk one by one. A request that already runs so
//! is left alone: broken off, it may be done again, and nothing is done twice.

use crate::adopt_agreement::{AdoptError, compiled, put_in_force, standing};
use crate::carry_out::{Baggage, unit_of_work};
use crate::check_facts::contract_values;
use crate::environment::Environment;
use crate::error::Failure;
use crate::folded::Folded;
use crate::keep_people::{By, note_deed_of};
use crate::sign_in::Origin;
use crate::viewer::Viewer;
use agreement::{Diagnostic, rehearse};
use calendar::Instant;
use desk::{AccountId, Contract, MovedDue, PersonId, ProviderId, Right, TicketId};
use std::sync::Arc;
use store::{Cursor, ListQuery, Order, States, StoreError, TicketRow};
use terms::{AgreementName, Clause, Facts, Label, Terms};
use words::Language;

/// Requests that are looked at before progress is told.
const AT_ONCE: usize = 200;
/// How often one request is decided anew when another writer was faster.
const TRIES: usize = 8;

/// What is to be put in force.
#[derive(Clone, Debug)]
pub enum NewTerms {
    /// A document: its text, and its name for complaints.
    Document {
        /// The text.
        text: String,
        /// What complaints call it.
        file_name: String,
    },
    /// A version that the provider adopted before.
    Adopted(AgreementName),
}

/// A change of what requests run under.
#[derive(Clone, Debug)]
pub struct AgreementChange {
    /// The terms.
    pub terms: NewTerms,
    /// Values of parameters of the contracts that become others, such as days closed at short notice.
    pub parameters: Facts,
    /// Key of the only account whose contracts are meant; all under an agreement of this key when absent.
    pub account: Option<String>,
}

/// A deadline that moves, with what people call its promise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MovedClock {
    /// Number of the request.
    pub number: String,
    /// The promise.
    pub promise: String,
    /// What people call it.
    pub label: Label,
    /// When it fell due.
    pub was: Option<Instant>,
    /// When it falls due.
    pub due_at: Option<Instant>,
    /// Whether it is still owed.
    pub is_owed: bool,
    /// The clause.
    pub clause: Clause,
}

/// What a change does, or did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangeReport {
    /// The agreement that is in force then.
    pub agreement: Option<AgreementName>,
    /// Contracts that run under it then and did not before, or have other values.
    pub contracts: usize,
    /// Live requests of these contracts that were looked at.
    pub looked_at: usize,
    /// Requests that change.
    pub changed: usize,
    /// Deadlines that move, by request.
    pub moved: Vec<MovedClock>,
    /// Requests that cannot be counted under the new terms, with why; they stay as they are.
    pub left: Vec<(String, String)>,
    /// Worked examples of the new document that expect something else than it computes, or what nothing computes:
    /// people sign both.
    pub differing: Vec<Diagnostic>,
}

impl ChangeReport {
    /// The examples that differ, in words.
    #[must_use]
    pub fn differing_in_words(&self, language: Language) -> Vec<String> {
        self.differing.iter().map(|found| found.sentence(language.tag())).collect()
    }
}

/// Shows what a change does to contracts and to requests that run, or does it. `on_progress` is told how far
/// it is after each batch, which is on disk by then.
///
/// # Errors
/// - the document has errors, or its version was adopted with another text;
/// - there is no such agreement or account;
/// - a parameter is none of the agreement's;
/// - the store fails.
pub async fn change_agreement(
    environment: &Environment,
    provider: &ProviderId,
    change: &AgreementChange,
    preview: bool,
    on_progress: impl FnMut(&ChangeReport) + Send,
) -> Result<ChangeReport, AdoptError> {
    change_for(environment, provider, None, change, preview, on_progress).await
}

/// As [`change_agreement`], in the name of somebody where a person does it.
async fn change_for(
    environment: &Environment,
    provider: &ProviderId,
    by: Option<PersonId>,
    change: &AgreementChange,
    preview: bool,
    mut on_progress: impl FnMut(&ChangeReport) + Send,
) -> Result<ChangeReport, AdoptError> {
    let (name, terms, differing) = new_terms(environment, provider, by, &change.terms, preview).await?;
    let parameters = contract_values(&terms, &change.parameters)?;
    let mut report = ChangeReport { agreement: Some(name.clone()), differing, ..ChangeReport::default() };
    let failed = |error: StoreError| AdoptError::Failure(error.into());
    let store = &environment.store;
    let mut accounts = store.accounts(provider).await.map_err(failed)?;
    if let Some(key) = &change.account {
        accounts.retain(|account| account.key == *key);
        if accounts.is_empty() {
            return Err(Failure::NotFound { what: "account" }.into());
        }
    }
    for account in &accounts {
        for contract in store.contracts_of(provider, account.id).await.map_err(failed)? {
            let Some(new) = changed_contract(&contract, &name, &parameters) else { continue };
            report.contracts += 1;
            if !preview {
                store.put_contract(provider, &new).await.map_err(failed)?;
            }
        }
    }
    if !preview && change.account.is_none() {
        let standing = environment.provider(provider).await?;
        if standing.agreement.as_ref().is_some_and(|old| old.key == name.key && *old != name) {
            let moved = store::Provider { agreement: Some(name.clone()), ..(*standing).clone() };
            store.put_provider(&moved).await.map_err(failed)?;
        }
    }
    environment.contracts_changed();
    let account = change.account.as_ref().and(accounts.first()).map(|account| account.id);
    let runs_under = |row: &TicketRow| row.agreement.key == name.key;
    let requests = live_requests(environment, provider, account, runs_under).await.map_err(failed)?;
    let ruling = Ruling { environment, provider, name: &name, terms: &terms, parameters: &parameters };
    for batch in requests.chunks(AT_ONCE) {
        for id in batch {
            ruling.take(*id, preview, &mut report).await?;
        }
        on_progress(&report);
    }
    Ok(report)
}

/// The live requests of a provider, of one account where one is meant, by age, as far as their rows are meant: those
/// for which another goes on as well, since they are live again once they are taken apart. Those that come meanwhile
/// run under the new terms already.
pub(crate) async fn live_requests(
    environment: &Environment,
    provider: &ProviderId,
    account: Option<AccountId>,
    is_meant: impl Fn(&TicketRow) -> bool,
) -> Result<Vec<TicketId>, StoreError> {
    let mut list = ListQuery {
        account,
        states: States::LiveOrMerged,
        order: Order::Arrival,
        limit: AT_ONCE as u32,
        ..ListQuery::live(provider.clone())
    };
    let mut found = Vec::new();
    loop {
        let page = environment.store.list_tickets(&list).await?;
        found.extend(page.iter().filter(|row| is_meant(row)).map(|row| row.id));
        list.after = page.last().map(|row| Cursor::after(row, list.order));
        if page.len() < AT_ONCE {
            found.sort();
            return Ok(found);
        }
    }
}

/// The same for somebody who may, noted in the journal.
///
/// # Errors
/// As [`change_agreement`], and when the viewer may not.
pub async fn change_agreement_as(
    environment: &Arc<Environment>,
    viewer: &Viewer,
    change: &AgreementChange,
    preview: bool,
    origin: &Origin<'_>,
) -> Result<ChangeReport, AdoptError> {
    if !viewer.may(Right::KeepAgreements) || !(preview || viewer.may_write()) {
        return Err(Failure::NotPermitted.into());
    }
    let (provider, by) = (&viewer.provider.id, Some(viewer.person.id));
    let report = change_for(environment, provider, by, change, preview, |_| ()).await?;
    if !preview && let Some(name) = &report.agreement {
        let what = format!("agreement {name}: {} contracts, {} requests", report.contracts, report.changed);
        note_deed_of(environment, &By::viewer(viewer, origin), "agreement_changed", &what);
    }
    Ok(report)
}

/// What is then in force, and which worked examples of a new document differ from what it computes.
async fn new_terms(
    environment: &Environment,
    provider: &ProviderId,
    by: Option<PersonId>,
    new: &NewTerms,
    preview: bool,
) -> Result<(AgreementName, Arc<Terms>, Vec<Diagnostic>), AdoptError> {
    let (text, file_name) = match new {
        NewTerms::Adopted(name) => {
            return Ok((name.clone(), environment.terms(provider, name).await?, Vec::new()));
        }
        NewTerms::Document { text, file_name } => (text, file_name),
    };
    let compilation = compiled(text, file_name)?;
    let differing = rehearse(&compilation).diagnostics();
    if !preview {
        let (name, terms) = put_in_force(environment, provider, text, &compilation, by).await?;
        return Ok((name, terms, differing));
    }
    let terms = compilation.terms.expect("a document without errors has terms");
    standing(environment, provider, &terms.name, text).await?;
    Ok((terms.name.clone(), Arc::new(terms), differing))
}

/// The contract as it then is; none where nothing of it changes.
fn changed_contract(contract: &Contract, name: &AgreementName, parameters: &Facts) -> Option<Contract> {
    if contract.agreement.key != name.key {
        return None;
    }
    let mut new = Contract { agreement: name.clone(), ..contract.clone() };
    new.parameters.extend(parameters);
    (new != *contract).then_some(new)
}

/// What requests are put under.
struct Ruling<'a> {
    environment: &'a Environment,
    provider: &'a ProviderId,
    name: &'a AgreementName,
    terms: &'a Arc<Terms>,
    parameters: &'a Facts,
}

impl Ruling<'_> {
    /// Puts one request under the new terms, unless it is only shown, and reports what moves.
    async fn take(&self, id: TicketId, preview: bool, report: &mut ChangeReport) -> Result<(), AdoptError> {
        let Self { environment, provider, name, terms, parameters } = *self;
        for tried in 0..TRIES {
            let folded = Folded::read(environment, provider, id).await?;
            let ticket = &folded.ticket;
            if !ticket.state.is_live() || ticket.agreement.key != name.key {
                return Ok(());
            }
            report.looked_at += usize::from(tried == 0);
            let before = environment.terms(provider, &ticket.agreement).await?;
            let now = environment.now();
            let decision = match ticket.adopt(name, parameters, &before, terms, now) {
                Ok(decision) if decision.events.is_empty() => return Ok(()),
                Ok(decision) => decision,
                Err(error) => {
                    report.left.push((folded.shown.number, error.to_string()));
                    return Ok(());
                }
            };
            let moved = moved_clocks(&folded, &decision);
            if !preview {
                let (expected, baggage) = (ticket.version, Baggage::default());
                let unit = unit_of_work(environment, decision, expected, &folded.shown, terms, baggage, now)
                    .await?
                    .0;
                match environment.store.commit(unit).await {
                    Ok(_) => {
                        environment.letters.notify_one();
                        environment.work.notify_one();
                    }
                    Err(StoreError::Conflict) => continue,
                    Err(error) => return Err(Failure::from(error).into()),
                }
            }
            report.changed += 1;
            report.moved.extend(moved);
            return Ok(());
        }
        Err(Failure::from(StoreError::Conflict).into())
    }
}

fn moved_clocks(folded: &Folded, decision: &desk::Decision) -> Vec<MovedClock> {
    let moved = decision.events.iter().find_map(|recorded| match &recorded.event {
        desk::TicketEvent::AgreementChanged { moved, .. } => Some(moved),
        _ => None,
    });
    let label = |moved: &MovedDue| {
        let clock = decision.ticket.progress.clock(&moved.key);
        clock.map(|clock| clock.label.clone()).unwrap_or_default()
    };
    moved
        .into_iter()
        .flatten()
        .map(|moved| MovedClock {
            number: folded.shown.number.clone(),
            promise: moved.key.promise.clone(),
            label: label(moved),
            was: moved.was,
            due_at: moved.due_at,
            is_owed: moved.is_owed,
            clause: moved.clause.clone(),
        })
        .collect()
}
