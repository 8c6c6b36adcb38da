//! The projection of tickets: rows for lists, and counters.

use crate::composed::{Composed, place, sql};
use crate::database::Database;
use crate::error::StoreError;
use crate::search::Search;
use crate::sql::{Query, Row, Sql, Statement, Value};
use async_recursion::async_recursion as boxed;
use calendar::Instant;
use desk::{AccountId, ContractId, PersonId, ProviderId, TicketId, TicketState, Turn};
use std::fmt;
use std::str::FromStr;
use terms::{AgreementName, Verdict};

/// A ticket as lists show it: a projection of its log, written with every commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketRow {
    /// Its id.
    pub id: TicketId,
    /// `PREFIX-1234`; empty until the store has assigned it.
    pub number: String,
    /// The customer, where known.
    pub account: Option<AccountId>,
    /// Who asks, where known.
    pub contact: Option<PersonId>,
    /// Who takes care of it.
    pub assignee: Option<PersonId>,
    /// The team it is with.
    pub team: Option<String>,
    /// How it came.
    pub channel: String,
    /// Where it stands.
    pub state: TicketState,
    /// Whose turn it is.
    pub turn: Turn,
    /// The severity, where the agreement has one.
    pub severity: Option<String>,
    /// Coverage in force.
    pub verdict: Verdict,
    /// When it truly arrived.
    pub received_at: Instant,
    /// When the desk recorded it.
    pub opened_at: Instant,
    /// The agreement it runs under.
    pub agreement: AgreementName,
    /// The contract it runs under.
    pub contract: Option<ContractId>,
    /// What it is about. Personal: write it anew when the content is erased.
    pub subject: String,
    /// Name or address of who asks, as shown. Personal, like the subject.
    pub requester: String,
    /// The nearest deadline; none while nothing runs.
    pub next_due_at: Option<Instant>,
    /// When a round must look at it; none when time alone changes nothing.
    pub next_step_at: Option<Instant>,
    /// Whether a running clock is over its deadline.
    pub late: bool,
    /// Whether a deadline was ever missed.
    pub missed: bool,
    /// Whether it is put off: it then leaves the waiting work until it wakes.
    pub snoozed: bool,
    /// The ticket that goes on for it: no work is expected on this one then, whatever its state.
    pub merged_into: Option<TicketId>,
    /// What operations keep for lists, as JSON; opaque here.
    pub summary: String,
    /// When it last changed.
    pub updated_at: Instant,
    /// Number of commits; assigned by the store.
    pub version: u64,
}

/// Which tickets to list, in which order. All filters must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListQuery {
    /// Whose desk.
    pub provider: ProviderId,
    /// Of this account only.
    pub account: Option<AccountId>,
    /// With this person, or with nobody.
    pub assignee: Option<Assignee>,
    /// In these states.
    pub states: States,
    /// With this turn.
    pub turn: Option<Turn>,
    /// Only where a deadline was missed, when true.
    pub missed_only: bool,
    /// Only those put off, or only those that are not, when said.
    pub snoozed: Option<bool>,
    /// With the nearest deadline before this instant.
    pub due_before: Option<Instant>,
    /// For which all of this holds.
    pub search: Option<Search>,
    /// In which order.
    pub order: Order,
    /// After this place of the same order.
    pub after: Option<Cursor>,
    /// At most so many.
    pub limit: u32,
}

impl ListQuery {
    /// The live tickets of a provider, nearest deadline first, at most 50.
    #[must_use]
    pub fn live(provider: ProviderId) -> Self {
        Self {
            provider,
            account: None,
            assignee: None,
            states: States::Live,
            turn: None,
            missed_only: false,
            snoozed: None,
            due_before: None,
            search: None,
            order: Order::NextDue,
            after: None,
            limit: 50,
        }
    }
}

/// Who takes care of the tickets listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Assignee {
    /// This person.
    Person(PersonId),
    /// Nobody yet.
    Nobody,
}

/// In which states the tickets listed are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum States {
    /// Where work is expected: new, open, waiting.
    Live,
    /// The same, and those of them for which another ticket goes on.
    LiveOrMerged,
    /// Any.
    All,
    /// One of these, unless another ticket goes on for it.
    Of(Vec<TicketState>),
}

/// The order of a list. Each is served by an index, for all tickets; the first and the last also
/// for those of one account, and the first for those of one assignee.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Live before ended; then the nearest deadline first, so that late ones lead, and what has none
    /// last; then in order of arrival.
    NextDue,
    /// The last arrived first.
    Arrival,
    /// The last changed first.
    Updated,
}

/// A place in an order: just after one row. Its text form is for links.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor(pub(crate) [i64; 3]);

impl Cursor {
    /// The place after a row that was listed in this order.
    #[must_use]
    pub fn after(row: &TicketRow, order: Order) -> Self {
        let sequence = row.number.rsplit_once('-').and_then(|(_, digits)| digits.parse().ok()).unwrap_or(0);
        match order {
            Order::NextDue => {
                let (rank, key) = row.due_order();
                Self([rank, key, sequence])
            }
            Order::Arrival => Self([0, 0, sequence]),
            Order::Updated => Self([0, row.updated_at.milliseconds(), sequence]),
        }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [rank, key, sequence] = self.0;
        write!(formatter, "{rank}.{key}.{sequence}")
    }
}

/// A text that is no [`Cursor`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a place in a list")]
pub struct NotACursor;

impl FromStr for Cursor {
    type Err = NotACursor;
    fn from_str(text: &str) -> Result<Self, NotACursor> {
        let mut parts = text.split('.').map(str::parse);
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(Ok(rank)), Some(Ok(key)), Some(Ok(sequence)), None) => Ok(Self([rank, key, sequence])),
            _ => Err(NotACursor),
        }
    }
}

/// How many live tickets are what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Live tickets.
    pub live: u64,
    /// … where the turn is the provider's.
    pub ours: u64,
    /// … where a running clock is over its deadline.
    pub late: u64,
    /// … where a deadline was missed.
    pub missed: u64,
    /// … with the person asked for; 0 when none was.
    pub mine: u64,
    /// … with nobody.
    pub unassigned: u64,
    /// … in the state waiting.
    pub waiting: u64,
    /// … put off. `mine` and `unassigned` leave these out.
    pub snoozed: u64,
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, more: Self) {
        let Self { live, ours, late, missed, mine, unassigned, waiting, snoozed } = more;
        self.live += live;
        self.ours += ours;
        self.late += late;
        self.missed += missed;
        self.mine += mine;
        self.unassigned += unassigned;
        self.waiting += waiting;
        self.snoozed += snoozed;
    }
}

impl TicketRow {
    /// Whether work on it is still expected.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.state.is_live() && self.merged_into.is_none()
    }

    /// Rank and key of [`Order::NextDue`].
    pub(crate) fn due_order(&self) -> (i64, i64) {
        match (self.is_live(), self.next_due_at) {
            (true, Some(due_at)) => (0, due_at.milliseconds()),
            (true, None) => (0, i64::MAX),
            (false, _) => (1, i64::MAX),
        }
    }

    pub(crate) fn standing(&self) -> Standing {
        Standing {
            live: self.is_live(),
            assigned: self.assignee.is_some(),
            state: self.state,
            turn: self.turn,
            late: self.late,
            missed: self.missed,
            snoozed: self.snoozed,
        }
    }
}

/// What the counters count of a ticket.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Standing {
    live: bool,
    assigned: bool,
    state: TicketState,
    turn: Turn,
    late: bool,
    missed: bool,
    snoozed: bool,
}

impl Standing {
    /// Reads assignee, state, turn, late, missed, snoozed and the rank of the due order from seven columns in a row.
    pub(crate) fn read(row: &Row<'_>, first: usize) -> Result<Self, StoreError> {
        Ok(Self {
            live: row.integer(first + 6)? == 0,
            assigned: row.id_or_none(first)?.is_some(),
            state: row.text_as(first + 1, state)?,
            turn: row.text_as(first + 2, turn)?,
            late: row.flag(first + 3)?,
            missed: row.flag(first + 4)?,
            snoozed: row.flag(first + 5)?,
        })
    }

    /// What it adds to live, ours, late, missed, unassigned, waiting and snoozed.
    pub(crate) fn counted(self) -> [i64; 7] {
        if !self.live {
            return [0; 7];
        }
        [
            true,
            self.turn == Turn::Provider,
            self.late,
            self.missed,
            !self.assigned && !self.snoozed,
            self.state == TicketState::Waiting,
            self.snoozed,
        ]
        .map(i64::from)
    }
}

pub(crate) const ROW_COLUMNS: &str = "id, number, account, contact, assignee, team, channel, state, turn, \
     severity, verdict, received_at, opened_at, agreement_key, agreement_version, contract, subject, \
     requester, next_due_at, next_step_at, late, missed, summary, updated_at, version, snoozed, merged_into";

pub(crate) fn ticket_row(row: &Row<'_>) -> Result<TicketRow, StoreError> {
    Ok(TicketRow {
        id: TicketId(row.id(0)?),
        number: row.text(1)?,
        account: row.id_or_none(2)?.map(AccountId),
        contact: row.id_or_none(3)?.map(PersonId),
        assignee: row.id_or_none(4)?.map(PersonId),
        team: row.text_or_none(5)?,
        channel: row.text(6)?,
        state: row.text_as(7, state)?,
        turn: row.text_as(8, turn)?,
        severity: row.text_or_none(9)?,
        verdict: row.text_as(10, verdict)?,
        received_at: row.instant(11)?,
        opened_at: row.instant(12)?,
        agreement: AgreementName { key: row.text(13)?, version: row.text(14)? },
        contract: row.id_or_none(15)?.map(ContractId),
        subject: row.text(16)?,
        requester: row.text(17)?,
        next_due_at: row.instant_or_none(18)?,
        next_step_at: row.instant_or_none(19)?,
        late: row.flag(20)?,
        missed: row.flag(21)?,
        summary: row.text(22)?,
        updated_at: row.instant(23)?,
        version: row.count(24)?,
        snoozed: row.flag(25)?,
        merged_into: row.id_or_none(26)?.map(TicketId),
    })
}

static BY_NUMBER: Sql = Sql::new(
    "SELECT t.provider, t.id, t.account FROM desk_counter c JOIN ticket t ON t.provider = c.provider
     WHERE c.prefix = $1 AND t.sequence = $2",
);
static LONGER: Sql = Sql::new(
    "SELECT version FROM ticket WHERE provider = $1 AND assignee = $2 AND due_rank = 0
     AND agreement_key = $3 AND state = 'new' AND received_at < $4 LIMIT 1",
);
static COUNTERS: Sql = Sql::new(
    "SELECT live, ours, late, missed, unassigned, waiting, snoozed, position FROM desk_counter WHERE provider = $1",
);
static COUNTERS_OF_ACCOUNT: Sql = Sql::new(
    "SELECT count(*),
     CAST(coalesce(sum(CASE WHEN turn = 'provider' THEN 1 ELSE 0 END), 0) AS BIGINT),
     CAST(coalesce(sum(late), 0) AS BIGINT), CAST(coalesce(sum(missed), 0) AS BIGINT),
     CAST(coalesce(sum(CASE WHEN length(assignee) = 0 AND snoozed = 0 THEN 1 ELSE 0 END), 0) AS BIGINT),
     CAST(coalesce(sum(CASE WHEN state = 'waiting' THEN 1 ELSE 0 END), 0) AS BIGINT),
     CAST(coalesce(sum(snoozed), 0) AS BIGINT)
     FROM ticket WHERE provider = $1 AND account = $2 AND due_rank = 0",
);
static MINE: Sql = Sql::new(
    "SELECT count(*) FROM ticket WHERE provider = $1 AND assignee = $2 AND due_rank = 0 AND snoozed = 0",
);
static MINE_OF_ACCOUNT: Sql = Sql::new(
    "SELECT count(*) FROM ticket WHERE provider = $1 AND assignee = $2 AND due_rank = 0 AND account = $3
     AND snoozed = 0",
);

impl Database {
    /// The ticket with a number, over all providers: prefixes are unique.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn ticket_by_number(&self, number: &str) -> Result<Option<(ProviderId, TicketId)>, StoreError> {
        Ok(self.ticket_place(number).await?.map(|(provider, ticket, _)| (provider, ticket)))
    }

    /// As [`Database::ticket_by_number`], with the account that it belongs to: who may see it is known without
    /// reading it.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn ticket_place(
        &self,
        number: &str,
    ) -> Result<Option<(ProviderId, TicketId, Option<AccountId>)>, StoreError> {
        let Some((prefix, sequence)) = number.rsplit_once('-') else { return Ok(None) };
        // Only the form in which numbers are given: `A-07` is not `A-7`.
        let Some(sequence) = sequence.parse::<i64>().ok().filter(|parsed| parsed.to_string() == sequence)
        else {
            return Ok(None);
        };
        let values = vec![Value::text(prefix.to_owned()), Value::Integer(sequence)];
        self.query_one(Query::new(&BY_NUMBER, values, |row| {
            Ok((ProviderId(row.text(0)?), TicketId(row.id(1)?), row.id_or_none(2)?.map(AccountId)))
        }))
        .await
    }

    /// Whether a request of an agreement that nobody has taken arrived before an instant.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn somebody_waits_longer(
        &self,
        provider: &ProviderId,
        agreement: &str,
        received_at: Instant,
    ) -> Result<bool, StoreError> {
        let values = vec![
            Value::text(provider.as_str().to_owned()),
            Value::id_or_empty(None),
            Value::text(agreement.to_owned()),
            Value::instant(received_at),
        ];
        Ok(self.query_one(Query::new(&LONGER, values, |row| row.integer(0))).await?.is_some())
    }

    /// A page of tickets. The place after its last row is [`Cursor::after`].
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn list_tickets(&self, list: &ListQuery) -> Result<Vec<TicketRow>, StoreError> {
        if list.search.is_some() {
            return self.search_tickets(list).await;
        }
        let statement = list.statement("", &mut |_, _| Composed::new(""));
        self.query(Query { statement, map: ticket_row }).await
    }

    /// How many live tickets of a provider, or of one of its accounts, are what.
    ///
    /// # Errors
    /// What storage fails at.
    #[boxed]
    pub async fn counts(
        &self,
        provider: &ProviderId,
        account: Option<AccountId>,
        person: Option<PersonId>,
    ) -> Result<Counts, StoreError> {
        let key = Value::text(provider.0.clone());
        let Some(account) = account else {
            return self.counts_of_provider(provider, person).await;
        };
        let totals = Query::new(&COUNTERS_OF_ACCOUNT, vec![key.clone(), Value::id(account.0)], counts);
        let Some(person) = person else {
            return Ok(self.query_one(totals).await?.unwrap_or_default());
        };
        let values = vec![key, Value::id(person.0), Value::id(account.0)];
        let mine = Query::new(&MINE_OF_ACCOUNT, values, |row| row.count(0));
        let (totals, mine) = self.query_all((totals, mine)).await?;
        let totals = totals.first().copied().unwrap_or_default();
        Ok(Counts { mine: mine.first().copied().unwrap_or(0), ..totals })
    }

    /// The totals stand in the provider's counter row. What a person has is counted, and kept until the
    /// provider's next commit: nothing else moves it.
    async fn counts_of_provider(
        &self,
        provider: &ProviderId,
        person: Option<PersonId>,
    ) -> Result<Counts, StoreError> {
        let key = Value::text(provider.0.clone());
        let totals = Query::new(&COUNTERS, vec![key.clone()], |row| Ok((counts(row)?, row.integer(7)?)));
        let (totals, position) = self.query_one(totals).await?.unwrap_or_default();
        let Some(person) = person else { return Ok(totals) };
        if let Some(mine) = self.own_counts.at(provider, person, position) {
            return Ok(Counts { mine, ..totals });
        }
        let mine = Query::new(&MINE, vec![key, Value::id(person.0)], |row| row.count(0));
        let mine = self.query_one(mine).await?.unwrap_or(0);
        self.own_counts.keep(provider, person, position, mine);
        Ok(Counts { mine, ..totals })
    }
}

fn counts(row: &Row<'_>) -> Result<Counts, StoreError> {
    Ok(Counts {
        live: row.count(0)?,
        ours: row.count(1)?,
        late: row.count(2)?,
        missed: row.count(3)?,
        unassigned: row.count(4)?,
        waiting: row.count(5)?,
        snoozed: row.count(6)?,
        mine: 0,
    })
}

/// Writes the condition of a search behind a statement's values.
pub(crate) type Sought<'a> = dyn FnMut(&Search, &mut Vec<Value<'static>>) -> Composed + 'a;

impl ListQuery {
    /// The list as a statement. `sought` writes the condition of a search, if there is one: it is
    /// given the search and the statement's values so far. `led_by` may name the index that leads, as SQLite writes it.
    pub(crate) fn statement(&self, led_by: &'static str, sought: &mut Sought<'_>) -> Statement<'static> {
        let mut text = sql!("SELECT {} FROM ticket {} WHERE provider = $1", ROW_COLUMNS, led_by);
        let mut values = vec![Value::text(self.provider.0.clone())];
        if let Some(account) = self.account {
            text += sql!(" AND account = {}", place(&mut values, Value::id(account.0)));
        }
        if let Some(assignee) = self.assignee {
            let person = match assignee {
                Assignee::Person(person) => Some(person.0),
                Assignee::Nobody => None,
            };
            text += sql!(" AND assignee = {}", place(&mut values, Value::id_or_empty(person)));
        }
        let mut in_one_of = |states: &[TicketState]| {
            let names = states.iter().map(|state| place(&mut values, Value::text(state.as_str())));
            // An empty list of states holds no ticket.
            let names = if states.is_empty() { Composed::new("NULL") } else { Composed::joined(names, ", ") };
            text += sql!(" AND state IN ({})", names);
        };
        let only_live = match &self.states {
            States::Live => true,
            States::All => false,
            States::LiveOrMerged => {
                in_one_of(&[TicketState::New, TicketState::Open, TicketState::Waiting]);
                false
            }
            States::Of(states) => {
                in_one_of(states);
                text += " AND merged_into IS NULL";
                !states.is_empty() && states.iter().all(|state| state.is_live())
            }
        };
        if only_live {
            text += " AND due_rank = 0";
        }
        if let Some(turn) = self.turn {
            text += sql!(" AND turn = {}", place(&mut values, Value::text(turn.as_str())));
        }
        if self.missed_only {
            text += " AND missed = 1";
        }
        if let Some(snoozed) = self.snoozed {
            text += if snoozed { " AND snoozed = 1" } else { " AND snoozed = 0" };
        }
        if let Some(before) = self.due_before {
            text += sql!(" AND due_key < {}", place(&mut values, Value::instant(before)));
        }
        if let Some(search) = &self.search {
            text += " AND ";
            text += sought(search, &mut values);
        }
        let (columns, compare, direction) = match self.order {
            Order::NextDue if only_live => (&["due_key", "sequence"][..], ">", ""),
            Order::NextDue => (&["due_rank", "due_key", "sequence"][..], ">", ""),
            Order::Arrival => (&["sequence"][..], "<", " DESC"),
            Order::Updated => (&["updated_at", "sequence"][..], "<", " DESC"),
        };
        if let Some(Cursor(parts)) = self.after {
            let places =
                parts[3 - columns.len()..].iter().map(|part| place(&mut values, Value::Integer(*part)));
            let places = Composed::joined(places, ", ");
            text +=
                sql!(" AND ({}) {} ({})", Composed::joined(columns.iter().copied(), ", "), compare, places);
        }
        let order = columns.iter().map(|column| sql!("{}{}", *column, direction));
        let order = Composed::joined(order, ", ");
        let limit = place(&mut values, Value::Integer(i64::from(self.limit)));
        text += sql!(" ORDER BY {} LIMIT {}", order, limit);
        Statement::built(text, values)
    }
}

fn state(text: &str) -> Result<TicketState, StoreError> {
    use TicketState::{Closed, Declined, New, Open, Resolved, Waiting};
    [New, Open, Waiting, Resolved, Closed, Declined]
        .into_iter()
        .find(|state| state.as_str() == text)
        .ok_or_else(|| StoreError::corrupt(format!("a ticket cannot be in the state `{text}`")))
}

fn turn(text: &str) -> Result<Turn, StoreError> {
    [Turn::Provider, Turn::Customer, Turn::ThirdParty, Turn::Nobody]
        .into_iter()
        .find(|turn| turn.as_str() == text)
        .ok_or_else(|| StoreError::corrupt(format!("it cannot be the turn of `{text}`")))
}

/// The verdict as it is stored.
pub(crate) fn verdict_name(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Covered => "covered",
        Verdict::NotCovered => "not_covered",
        Verdict::NeedsJudgement => "needs_judgement",
    }
}

fn verdict(text: &str) -> Result<Verdict, StoreError> {
    [Verdict::Covered, Verdict::NotCovered, Verdict::NeedsJudgement]
        .into_iter()
        .find(|verdict| verdict_name(*verdict) == text)
        .ok_or_else(|| StoreError::corrupt(format!("a verdict cannot be `{text}`")))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may")]
mod tests {
    use super::{Assignee, Cursor, ListQuery, Order, States};
    use crate::composed::Composed;
    use crate::migrate::MIGRATIONS;
    use desk::{AccountId, PersonId, ProviderId};

    #[test]
    fn a_cursor_reads_what_it_writes() {
        let cursor = Cursor([0, i64::MAX, 17]);
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
        for text in ["", "1", "1.2", "1.2.3.4", "1.2.x"] {
            assert!(text.parse::<Cursor>().is_err(), "{text}");
        }
    }

    /// The index by which SQLite reads a list; a list that had to be sorted fails the test.
    fn index_of(list: &ListQuery) -> String {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        for migration in &MIGRATIONS {
            connection.execute_batch(migration.sqlite).unwrap();
        }
        let text = format!(
            "EXPLAIN QUERY PLAN {}",
            list.statement("", &mut |_, _| Composed::new("")).text.for_sqlite()
        );
        let mut statement = connection.prepare(&text).unwrap();
        let plan: Vec<String> =
            statement.raw_query().mapped(|row| row.get(3)).collect::<Result<_, _>>().unwrap();
        assert_eq!(plan.len(), 1, "sorted: {plan:?} for {text}");
        let words: Vec<&str> = plan[0].split(' ').collect();
        assert_eq!(words[..4], ["SEARCH", "ticket", "USING", "INDEX"], "{plan:?}");
        words[4].to_owned()
    }

    #[test]
    fn every_order_is_read_from_an_index_page_by_page() {
        let account = Some(AccountId(1));
        let person = Some(Assignee::Person(PersonId(1)));
        let nobody = Some(Assignee::Nobody);
        for (order, account, assignee, index) in [
            (Order::NextDue, None, None, "ticket_by_due"),
            (Order::NextDue, account, None, "ticket_by_account_due"),
            (Order::NextDue, None, person, "ticket_by_assignee_due"),
            (Order::NextDue, None, nobody, "ticket_by_assignee_due"),
            (Order::Arrival, None, None, "ticket_by_arrival"),
            (Order::Updated, None, None, "ticket_by_update"),
            (Order::Updated, account, None, "ticket_by_account_update"),
        ] {
            for states in [States::Live, States::All] {
                for after in [None, Some(Cursor([0, 5, 9]))] {
                    let provider = ListQuery::live(ProviderId("orvane".into()));
                    let list =
                        ListQuery { order, account, assignee, states: states.clone(), after, ..provider };
                    // With `Live`, SQLite may prefer the shorter range of live tickets only where
                    // that needs no sorting.
                    assert_eq!(index_of(&list), index, "{list:?}");
                }
            }
        }
    }
}
