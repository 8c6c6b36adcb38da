use crate::environment::Environment;
use crate::error::Failure;
use crate::resolve_search::resolve_search;
use crate::view_ticket::{ClockView, clock_in_row, subject_or_none};
use crate::viewer::Viewer;
use async_recursion::async_recursion as boxed;
use calendar::Instant;
use desk::{AccountId, Ticket, TicketState, Turn};
use meters::{Clock, Progress, Wait};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use store::{Assignee, Counts, Cursor, ListQuery, Order, RowTest, Search, States};
use terms::{AgreementName, Facts, Terms, Verdict};

/// Which requests a list shows.
#[derive(Clone, Debug, Default)]
pub struct QueueFilter {
    /// Which saved view.
    pub view: QueueKind,
    /// A search, as people write it (`docs/api.md` has its grammar).
    pub text: Option<String>,
    /// In which order; where none is given, the latest first for a search by words, and the nearest
    /// deadline first for everything else.
    pub order: Option<QueueOrder>,
    /// Where to go on, as an earlier page gave it.
    pub cursor: Option<String>,
    /// How many at most; between 1 and 200.
    pub limit: usize,
    /// Key of the only account whose requests are wanted; when absent those of each account where a contact has a
    /// role, and everybody's for staff.
    pub account: Option<String>,
}

/// Saved views of the queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum QueueKind {
    /// Everything on which work is expected, but what is put off.
    #[default]
    Team,
    /// What the viewer takes care of, but what is put off.
    Mine,
    /// What nobody takes care of, but what is put off.
    Unassigned,
    /// What is put off, until it wakes.
    Snoozed,
    /// What missed a deadline.
    Missed,
    /// What waits for somebody.
    Waiting,
    /// What absent colleagues take care of, for whoever stands in for them, their team and who leads.
    ToTakeOver,
    /// Everything, ended requests too.
    All,
}

/// Orders of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum QueueOrder {
    /// What falls due first comes first; what cannot fall due comes last.
    #[default]
    NextDue,
    /// In order of arrival.
    Arrival,
    /// What changed last comes first.
    Updated,
}

/// A page of a list.
#[derive(Clone, Debug)]
pub struct QueueView {
    /// The requests.
    pub rows: Vec<QueueRow>,
    /// How many there are of each kind.
    pub counts: Counts,
    /// The order that was used.
    pub order: QueueOrder,
    /// Where the next page begins; none on the last.
    pub cursor: Option<String>,
    /// The instant of the view.
    pub now: Instant,
}

/// A request in a list.
#[derive(Clone, Debug)]
pub struct QueueRow {
    /// Its number.
    pub number: String,
    /// What it is about.
    pub subject: String,
    /// Who asks.
    pub requester: String,
    /// The customer's name.
    pub account: Option<String>,
    /// The agreement it runs under.
    pub agreement: AgreementName,
    /// The agreement's terms, for labels.
    pub terms: Arc<Terms>,
    /// Its severity.
    pub severity: Option<String>,
    /// Where it stands.
    pub state: TicketState,
    /// Whose turn it is.
    pub turn: Turn,
    /// Coverage.
    pub verdict: Verdict,
    /// Who takes care of it.
    pub assignee: Option<String>,
    /// When it arrived.
    pub received_at: Instant,
    /// The clock that falls due first.
    pub nearest: Option<ClockView>,
    /// Whether a deadline was missed.
    pub missed: bool,
}

/// What a row keeps so that its nearest clock can be read without the log.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Summary {
    clock: Option<Clock>,
    waits: Vec<Wait>,
    facts: Facts,
}

impl Summary {
    pub(crate) fn of(ticket: &Ticket, terms: &Terms) -> Self {
        let Some(place) = ticket.nearest_clock().filter(|_| ticket.is_live()) else {
            return Self::default();
        };
        let mut clock = ticket.progress.clocks[place].clone();
        let waits = ticket.progress.waits_of(&clock).cloned().collect();
        // A row is read fifty at a time: what it does not show is left out.
        clock.interpretations.clear();
        clock.steps_taken.clear();
        clock.provisional.clear();
        let needed = terms.calendar_facts();
        let facts = ticket.facts.iter().filter(|(name, _)| needed.contains(*name));
        let facts = facts.map(|(name, value)| (name.clone(), value.clone())).collect();
        Self { clock: Some(clock), waits, facts }
    }

    pub(crate) fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a summary is plain data")
    }
}

/// Lists requests: an agent's queue, a contact's own.
///
/// # Errors
/// - the cursor is none that a list gave;
/// - the search cannot be understood;
/// - the store fails.
#[boxed]
pub async fn list_tickets(
    environment: &Environment,
    viewer: &Viewer,
    filter: &QueueFilter,
) -> Result<QueueView, Failure> {
    let now = environment.now();
    let provider = &viewer.provider.id;
    let after = match &filter.cursor {
        Some(cursor) => Some(
            cursor
                .parse()
                .map_err(|_| Failure::Invalid { field: "cursor", problem: "error-cursor".into() })?,
        ),
        None => None,
    };
    let limit = filter.limit.clamp(1, 200);
    let accounts = accounts(environment, viewer, filter.account.as_deref()).await?;
    // One has an order of its own in the store; several are sought.
    let (account, of_several) = match accounts.as_deref() {
        None => (None, None),
        Some([account]) => (Some(*account), None),
        Some(several) => (None, Some(Search::Row(RowTest::Account(several.to_vec())))),
    };
    let text = filter.text.as_deref().map(str::trim).filter(|text| !text.is_empty());
    let resolved = match text {
        Some(text) => Some(resolve_search(environment, viewer, text, now).await?),
        None => None,
    };
    let to_take_over = match filter.view {
        QueueKind::ToTakeOver => Some(of_absent_colleagues(environment, viewer, now).await?),
        _ => None,
    };
    let names_state = resolved.as_ref().is_some_and(|resolved| resolved.names_state);
    let has_words = resolved.as_ref().is_some_and(|resolved| resolved.has_words);
    let order = filter.order.unwrap_or(if has_words { QueueOrder::Arrival } else { QueueOrder::NextDue });
    let query = ListQuery {
        provider: provider.clone(),
        account,
        assignee: match filter.view {
            QueueKind::Mine => Some(Assignee::Person(viewer.person.id)),
            QueueKind::Unassigned => Some(Assignee::Nobody),
            _ => None,
        },
        states: match filter.view {
            QueueKind::All => States::All,
            QueueKind::Waiting => States::Of(vec![TicketState::Waiting]),
            _ if names_state => States::All,
            _ => States::Live,
        },
        turn: None,
        missed_only: filter.view == QueueKind::Missed,
        // Whoever seeks something finds it, put off or not.
        snoozed: match filter.view {
            QueueKind::Snoozed => Some(true),
            QueueKind::Team | QueueKind::Mine | QueueKind::Unassigned if viewer.is_staff() => {
                resolved.is_none().then_some(false)
            }
            _ => None,
        },
        due_before: None,
        search: both(both(resolved.map(|resolved| resolved.search), to_take_over), of_several),
        order: match order {
            QueueOrder::NextDue => Order::NextDue,
            QueueOrder::Arrival => Order::Arrival,
            QueueOrder::Updated => Order::Updated,
        },
        after,
        limit: u32::try_from(limit + 1).expect("a page is short"),
    };
    let mut stored = environment.store.list_tickets(&query).await?;
    let cursor = if stored.len() > limit {
        stored.truncate(limit);
        stored.last().map(|row| Cursor::after(row, query.order).to_string())
    } else {
        None
    };
    let mut counts = Counts::default();
    let each = accounts.map_or(vec![None], |accounts| accounts.into_iter().map(Some).collect());
    for account in each {
        counts += environment.store.counts(provider, account, Some(viewer.person.id)).await?;
    }
    let mut rows = Vec::with_capacity(stored.len());
    for row in stored {
        let terms = environment.terms(provider, &row.agreement).await?;
        let summary: Summary = serde_json::from_str(&row.summary).unwrap_or_default();
        let nearest = summary.clock.map(|clock| {
            let progress = Progress { clocks: vec![clock], waits: summary.waits, ..Progress::default() };
            clock_in_row(&terms, &progress, &progress.clocks[0], &summary.facts, now)
        });
        let account = match row.account {
            Some(account) => environment.account_name(provider, account).await?.map(|name| name.to_string()),
            None => None,
        };
        let assignee = match row.assignee {
            Some(person) => environment.person(provider, person).await?.map(|person| person.name.clone()),
            None => None,
        };
        rows.push(QueueRow {
            number: row.number,
            subject: subject_or_none(&row.subject, viewer),
            requester: row.requester,
            account,
            agreement: row.agreement,
            terms,
            severity: row.severity,
            state: row.state,
            turn: row.turn,
            verdict: row.verdict,
            assignee,
            received_at: row.received_at,
            nearest,
            missed: row.missed,
        });
    }
    Ok(QueueView { rows, counts, order, cursor, now })
}

/// What those take care of who are absent and whom the viewer looks after.
async fn of_absent_colleagues(
    environment: &Environment,
    viewer: &Viewer,
    now: Instant,
) -> Result<Search, Failure> {
    if !viewer.is_staff() {
        return Ok(Search::Any(Vec::new()));
    }
    let work = environment.at_work(&viewer.provider.id).await?;
    let absent = work.looked_after_by(&viewer.person, now);
    Ok(Search::Row(RowTest::Assignee(absent.into_iter().collect())))
}

/// What holds where both do. Words stay at its top, where the store lets them lead.
fn both(one: Option<Search>, other: Option<Search>) -> Option<Search> {
    match (one, other) {
        (Some(Search::All(mut parts)), Some(other)) => {
            parts.push(other);
            Some(Search::All(parts))
        }
        (Some(one), Some(other)) => Some(Search::All(vec![one, other])),
        (one, other) => one.or(other),
    }
}

/// Whose requests a list shows; none for those of everybody. An account of others is none at all.
async fn accounts(
    environment: &Environment,
    viewer: &Viewer,
    wanted: Option<&str>,
) -> Result<Option<Vec<AccountId>>, Failure> {
    let Some(wanted) = wanted.map(str::trim).filter(|wanted| !wanted.is_empty()) else {
        if viewer.is_staff() {
            return Ok(None);
        }
        let own: Vec<AccountId> = viewer.standings.iter().map(|standing| standing.account).collect();
        return if own.is_empty() { Err(Failure::NotPermitted) } else { Ok(Some(own)) };
    };
    let found = environment.store.account_by_key(&viewer.provider.id, wanted).await?;
    match found.filter(|account| viewer.sees(Some(account.id))) {
        Some(account) => Ok(Some(vec![account.id])),
        None => Err(Failure::Invalid { field: "account", problem: "error-account-unknown".into() }),
    }
}
