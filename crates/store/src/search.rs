//! Finding requests by what stands in them and by what is known of them, alike on both engines.
//!
//! Words are looked up in the index of parts ([`crate::search_index`]); the rest are conditions on
//! rows. A search whose words must all hold, listed by arrival, is answered from the index as it
//! stands: the parts of the rarest word are followed from the latest back, and only until the page
//! is full. Everything else is one statement.

use crate::composed::{Composed, place, sql};
use crate::database::Database;
use crate::error::StoreError;
use crate::search_index::{FIELD_MASK, SEQUENCE_MASK, SPACE_SHIFT, SearchField, TICKET_SHIFT};
use crate::sql::{Query, Row, Sql, Statement, Value};
use crate::ticket_index::{Cursor, ListQuery, Order, TicketRow, ticket_row};
use calendar::Instant;
use desk::{AccountId, PersonId, ProviderId, TicketState, Turn};
use std::sync::PoisonError;
use terms::Verdict;

/// What must hold of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Search {
    /// All of these; with none, everything.
    All(Vec<Search>),
    /// One of these; with none, nothing.
    Any(Vec<Search>),
    /// Not this.
    Not(Box<Search>),
    /// Words stand in it.
    Words(WordSearch),
    /// Its row is so.
    Row(RowTest),
}

/// Words that stand together in one text of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WordSearch {
    /// The words, folded as [`crate::fold_words`] does; several must follow one another.
    pub words: Vec<String>,
    /// Whether the last may go on: `imp` finds `import`.
    pub open_ended: bool,
    /// Where they may stand. What is not named here is not looked at.
    pub fields: Vec<SearchField>,
}

/// A condition on what lists know of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowTest {
    /// Of one of these accounts.
    Account(Vec<AccountId>),
    /// Asked by this person.
    Contact(PersonId),
    /// With one of these people.
    Assignee(Vec<PersonId>),
    /// With nobody.
    Unassigned,
    /// With this team.
    Team(String),
    /// Of this severity.
    Severity(String),
    /// Which came so.
    Channel(String),
    /// With this verdict on coverage.
    Verdict(Verdict),
    /// In this state.
    State(TicketState),
    /// Where work is expected.
    Live,
    /// With this turn.
    Turn(Turn),
    /// With a running clock over its deadline.
    Late,
    /// Where a deadline was missed.
    Missed,
    /// Under this agreement, whichever version.
    Agreement(String),
    /// With this number in the order of arrival.
    Sequence(i64),
    /// Which arrived within.
    Received(Within),
    /// Which the desk recorded within.
    Opened(Within),
    /// Which changed last within.
    Updated(Within),
    /// Whose nearest deadline lies within.
    Due(Within),
    /// Which has no deadline running.
    NeverDue,
    /// Which is put off.
    Snoozed,
    /// On which something of this name was put.
    Marked {
        /// The mark's name, such as `tag`.
        name: String,
        /// What its value must be.
        test: MarkTest,
    },
}

/// What the value of a mark must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MarkTest {
    /// Anything.
    Any,
    /// This, folded.
    Is(String),
    /// Of a rank from the first, included, to the second, included; an open side has no bound.
    Ranked(Option<i64>, Option<i64>),
}

/// A stretch of time; an open side has no bound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Within {
    /// From then on.
    pub from: Option<Instant>,
    /// Before then.
    pub before: Option<Instant>,
}

/// How a word's condition is written into a statement.
#[derive(Clone, Copy)]
enum Manner {
    /// All parts that have it are read once.
    Gathered,
    /// Each row looks whether one of its parts has it; where that is dear, all parts between these
    /// numbers are read once.
    Asked { from: i64, before: i64 },
}

/// The place in a request's numbers where a provider's parts begin.
#[derive(Clone, Copy)]
struct Scope {
    base: i64,
    engine: Engine,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Engine {
    Sqlite,
    Postgres,
}

/// Parts of a word that are read before it counts as frequent.
const RARE: i64 = 256;
/// Parts that are followed before the other conditions are let lead.
const PATIENCE: i64 = 4096;
/// Parts that PostgreSQL looks at one by one to see how frequent words are, and as many as it may have to look at for
/// words to count as frequent.
const WINDOW: i64 = 256;
const FREQUENT_WITHIN: i64 = 8192;

static SPACE: Sql = Sql::new("SELECT space FROM desk_counter WHERE provider = $1");

impl Database {
    /// A page of tickets for which a search holds.
    pub(crate) async fn search_tickets(&self, list: &ListQuery) -> Result<Vec<TicketRow>, StoreError> {
        let Some(search) = &list.search else { return Ok(Vec::new()) };
        let Some(space) = self.space_of(&list.provider).await? else { return Ok(Vec::new()) };
        let engine = if self.is_shared() { Engine::Postgres } else { Engine::Sqlite };
        let scope = Scope { base: space << SPACE_SHIFT, engine };
        let parts = match search {
            Search::All(parts) => parts.clone(),
            other => vec![other.clone()],
        };
        let leads: Vec<usize> = (0..parts.len())
            .filter(|place| matches!(&parts[*place], Search::Words(words) if !words.words.is_empty()))
            .collect();
        if list.order == Order::Arrival && !leads.is_empty() {
            return self.follow(list, parts, &leads, scope).await;
        }
        let statement =
            list.statement("", &mut |search, values| scope.condition(search, values, Manner::Gathered));
        self.query_at_leisure(Query { statement, map: ticket_row }).await
    }

    /// Where the parts of a provider begin in the index; none before its first request.
    async fn space_of(&self, provider: &ProviderId) -> Result<Option<i64>, StoreError> {
        let known = self.spaces.read().unwrap_or_else(PoisonError::into_inner).get(provider).copied();
        if known.is_some() {
            return Ok(known);
        }
        let values = vec![Value::text(provider.0.clone())];
        let space = self.query_one(Query::new(&SPACE, values, |row| row.integer(0))).await?;
        if let Some(space) = space {
            self.spaces.write().unwrap_or_else(PoisonError::into_inner).insert(provider.clone(), space);
        }
        Ok(space)
    }

    /// Follows the rarest word from the latest part back until the page is full.
    async fn follow(
        &self,
        list: &ListQuery,
        mut parts: Vec<Search>,
        leads: &[usize],
        scope: Scope,
    ) -> Result<Vec<TicketRow>, StoreError> {
        let mut before = match list.after {
            Some(Cursor([.., sequence])) => scope.first_of(sequence),
            None => scope.first_of(SEQUENCE_MASK),
        };
        // A request may have the words in several parts: enough for a page at once, most often.
        let at_once = if leads.len() == 1 { (i64::from(list.limit) * 2).clamp(64, RARE) } else { RARE };
        let mut lead = None;
        for place in leads {
            let Search::Words(words) = &parts[*place] else { continue };
            let found = self.parts_with(words, scope, before, at_once).await?;
            let is_rarer = |known: &(usize, Vec<i64>)| found.len() < known.1.len();
            if lead.as_ref().is_none_or(is_rarer) {
                lead = Some((*place, found));
            }
        }
        let Some((place, mut found)) = lead else { return Ok(Vec::new()) };
        let Search::Words(words) = parts.remove(place) else { return Ok(Vec::new()) };
        let limit = list.limit as usize;
        let mut rows = Vec::new();
        let mut asked = at_once;
        let mut followed = 0;
        loop {
            let is_last = (found.len() as i64) < asked;
            followed += found.len() as i64;
            let mut sequences: Vec<i64> =
                found.iter().map(|part| (part >> TICKET_SHIFT) & SEQUENCE_MASK).collect();
            sequences.dedup();
            // Most often all of them hold: no more are read than the page takes.
            for some in sequences.chunks(limit.max(1)) {
                let (Some(latest), Some(earliest)) = (some.first(), some.last()) else { continue };
                if rows.len() >= limit {
                    break;
                }
                // The parts of one request may reach beyond what was read: it is taken once.
                before = scope.first_of(*earliest);
                let manner = Manner::Asked { from: before, before: scope.first_of(latest + 1) };
                let rest = ListQuery { limit: list.limit - rows.len() as u32, after: None, ..list.clone() };
                rows.extend(self.rows_among(&rest, &parts, some, scope, manner).await?);
            }
            if is_last || rows.len() >= limit {
                return Ok(rows);
            }
            if followed >= PATIENCE {
                // The words are frequent and the rest is not: the rest leads.
                let all = parts.into_iter().chain([Search::Words(words)]).collect();
                let rest = ListQuery {
                    limit: list.limit - rows.len() as u32,
                    after: Some(Cursor([0, 0, (before >> TICKET_SHIFT) & SEQUENCE_MASK])),
                    search: Some(Search::All(all)),
                    ..list.clone()
                };
                let statement = rest
                    .statement("", &mut |search, values| scope.condition(search, values, Manner::Gathered));
                rows.extend(self.query_at_leisure(Query { statement, map: ticket_row }).await?);
                return Ok(rows);
            }
            asked = (asked * 4).min(PATIENCE);
            found = self.parts_with(&words, scope, before, asked).await?;
        }
    }

    /// The latest parts before a number that have the words; fewer than the limit only where there are no more.
    async fn parts_with(
        &self,
        words: &WordSearch,
        scope: Scope,
        before: i64,
        limit: i64,
    ) -> Result<Vec<i64>, StoreError> {
        match scope.engine {
            Engine::Sqlite => self.indexed_parts(words, scope, before, limit).await,
            Engine::Postgres => self.recent_parts(words, scope, before, limit).await,
        }
    }

    /// As the index gives them.
    async fn indexed_parts(
        &self,
        words: &WordSearch,
        scope: Scope,
        before: i64,
        limit: i64,
    ) -> Result<Vec<i64>, StoreError> {
        let mut values = Vec::new();
        let text = match scope.engine {
            Engine::Sqlite => {
                let condition =
                    scope.part(words, &mut values, Value::Integer(scope.base), Value::Integer(before));
                let limit = place(&mut values, Value::Integer(limit));
                sql!("SELECT rowid FROM search_part WHERE {} ORDER BY rowid DESC LIMIT {}", condition, limit)
            }
            // All that have them are gathered first, and their numbers are no column of an index here: else the planner
            // walks back through all parts as though the words were frequent.
            Engine::Postgres => {
                let from = place(&mut values, Value::Integer(scope.base));
                let before = place(&mut values, Value::Integer(before));
                let condition = scope.part_between("(id + 0)", words, &mut values, from, before);
                let limit = place(&mut values, Value::Integer(limit));
                sql!(
                    "WITH found AS MATERIALIZED (SELECT id FROM search_part WHERE {})
                     SELECT id FROM found ORDER BY id DESC LIMIT {}",
                    condition,
                    limit
                )
            }
        };
        let query: Query<i64> =
            Query { statement: Statement::built(text, values), map: |row| row.integer(0) };
        // What stands in the index as it is takes less time than handing it to another thread.
        if words.is_quick() { self.query(query).await } else { self.query_at_leisure(query).await }
    }

    /// PostgreSQL's index gives all parts that have a word and in no order, which takes long for a frequent one. So the
    /// latest parts are looked at first, and tell how frequent the words are; the index is asked for rare ones.
    async fn recent_parts(
        &self,
        words: &WordSearch,
        scope: Scope,
        mut before: i64,
        limit: i64,
    ) -> Result<Vec<i64>, StoreError> {
        let (mut found, mut looked_at, mut window) = (Vec::new(), 0, WINDOW);
        loop {
            let mut values = vec![Value::Integer(scope.base), Value::Integer(before), Value::Integer(window)];
            let condition = scope.words_of_part("id", words, &mut values);
            let text = sql!(
                "SELECT id, CAST(CASE WHEN {} THEN 1 ELSE 0 END AS BIGINT) FROM
                 (SELECT * FROM search_part WHERE id >= $1 AND id < $2 ORDER BY id DESC LIMIT $3) AS latest
                 ORDER BY id DESC",
                condition
            );
            let map: fn(&Row<'_>) -> Result<(i64, bool), StoreError> =
                |row| Ok((row.integer(0)?, row.flag(1)?));
            let parts = self.query(Query { statement: Statement::built(text, values), map }).await?;
            found.extend(parts.iter().filter(|(_, has)| *has).map(|(id, _)| *id));
            looked_at += parts.len() as i64;
            if found.len() as i64 >= limit {
                found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
                return Ok(found);
            }
            let Some((earliest, _)) = parts.last().filter(|_| parts.len() as i64 == window) else {
                return Ok(found);
            };
            before = *earliest;
            let wanted = limit - found.len() as i64;
            // So many more would have to be looked at, if they go on like that.
            let more = wanted * looked_at / (found.len() as i64).max(1);
            if more > FREQUENT_WITHIN {
                found.extend(self.indexed_parts(words, scope, before, wanted).await?);
                return Ok(found);
            }
            window = more + more / 4 + WINDOW;
        }
    }

    /// Of these requests, latest first, those for which the rest holds.
    async fn rows_among(
        &self,
        list: &ListQuery,
        parts: &[Search],
        sequences: &[i64],
        scope: Scope,
        manner: Manner,
    ) -> Result<Vec<TicketRow>, StoreError> {
        let numbers: Vec<String> = sequences.iter().map(i64::to_string).collect();
        let list = ListQuery { search: Some(Search::All(parts.to_vec())), ..list.clone() };
        let led_by = match scope.engine {
            // Else an index of accounts or states might lead, with all that they hold.
            Engine::Sqlite => "INDEXED BY ticket_by_arrival",
            Engine::Postgres => "",
        };
        let statement = list.statement(led_by, &mut |search, values| {
            let rest = scope.condition(search, values, manner);
            let numbers = place(values, Value::text(numbers.join(",")));
            let among = match scope.engine {
                Engine::Sqlite => sql!("SELECT value FROM json_each('[' || {} || ']')", numbers),
                Engine::Postgres => {
                    sql!("SELECT unnest(CAST(string_to_array(CAST({} AS TEXT), ',') AS BIGINT[]))", numbers)
                }
            };
            sql!("sequence IN ({}) AND {}", among, rest)
        });
        let query = Query { statement, map: ticket_row };
        if parts.is_empty() { self.query(query).await } else { self.query_at_leisure(query).await }
    }
}

impl Engine {
    fn id(self) -> &'static str {
        match self {
            Self::Sqlite => "rowid",
            Self::Postgres => "id",
        }
    }
}

impl Scope {
    /// Where the parts of the request with a place of arrival begin.
    fn first_of(self, sequence: i64) -> i64 {
        self.base | (sequence.clamp(0, SEQUENCE_MASK) << TICKET_SHIFT)
    }

    /// A search as a condition on `ticket`.
    fn condition(self, search: &Search, values: &mut Vec<Value<'static>>, manner: Manner) -> Composed {
        let mut each = |parts: &[Search], between: &'static str| {
            let parts = parts.iter().map(|part| self.condition(part, values, manner));
            sql!("({})", Composed::joined(parts, between))
        };
        match search {
            Search::All(parts) if parts.is_empty() => Composed::new("1 = 1"),
            Search::Any(parts) if parts.is_empty() => Composed::new("1 = 0"),
            Search::All(parts) => each(parts, " AND "),
            Search::Any(parts) => each(parts, " OR "),
            Search::Not(part) => sql!("NOT {}", each(std::slice::from_ref(&**part), "")),
            Search::Words(words) if words.words.is_empty() => Composed::new("1 = 0"),
            Search::Words(words) => self.words(words, values, manner),
            Search::Row(test) => self.row_test(test, values),
        }
    }

    fn words(self, words: &WordSearch, values: &mut Vec<Value<'static>>, manner: Manner) -> Composed {
        let id = self.engine.id();
        let (from, before) = match manner {
            Manner::Asked { .. } if self.engine == Engine::Postgres || words.is_quick() => {
                let base = place(values, Value::Integer(self.base));
                let from = sql!("({} + (ticket.sequence << {}))", base, TICKET_SHIFT);
                let until = sql!("({} + ((ticket.sequence + 1) << {}))", base, TICKET_SHIFT);
                let condition = self.part_between(id, words, values, from, until);
                return sql!("EXISTS (SELECT 1 FROM search_part WHERE {})", condition);
            }
            Manner::Asked { from, before } => (from, before),
            Manner::Gathered => (self.base, self.base | (SEQUENCE_MASK << TICKET_SHIFT)),
        };
        let condition = self.part(words, values, Value::Integer(from), Value::Integer(before));
        sql!(
            "sequence IN (SELECT ({} >> {}) & {} FROM search_part WHERE {})",
            id,
            TICKET_SHIFT,
            SEQUENCE_MASK,
            condition
        )
    }

    /// The condition on `search_part` for words between two numbers, the second not included.
    fn part(
        self,
        words: &WordSearch,
        values: &mut Vec<Value<'static>>,
        from: Value<'static>,
        before: Value<'static>,
    ) -> Composed {
        let (from, before) = (place(values, from), place(values, before));
        self.part_between(self.engine.id(), words, values, from, before)
    }

    /// The same, with the numbers as they are written: a part's own as `id`.
    fn part_between(
        self,
        id: &'static str,
        words: &WordSearch,
        values: &mut Vec<Value<'static>>,
        from: Composed,
        before: Composed,
    ) -> Composed {
        let has_words = self.words_of_part(id, words, values);
        sql!("{} AND {} >= {} AND {} < {}", has_words, id, from, id, before)
    }

    /// That a part has the words, wherever it stands.
    fn words_of_part(
        self,
        id: &'static str,
        words: &WordSearch,
        values: &mut Vec<Value<'static>>,
    ) -> Composed {
        let mut text = match self.engine {
            Engine::Sqlite => {
                sql!("search_part MATCH {}", place(values, Value::text(words.fts5())))
            }
            Engine::Postgres => {
                let sought = place(values, Value::text(words.tsquery()));
                sql!("lexemes @@ CAST(CAST({} AS TEXT) AS tsquery)", sought)
            }
        };
        if SearchField::ALL.iter().any(|field| !words.fields.contains(field)) {
            let fields = Composed::joined(words.fields.iter().map(|field| field.bits()), ", ");
            let fields = if words.fields.is_empty() { Composed::new("-1") } else { fields };
            text += sql!(" AND ({} & {}) IN ({})", id, FIELD_MASK, fields);
        }
        if words.words.len() > 1 {
            let end = if words.open_ended { "" } else { " " };
            let phrase = place(values, Value::text(format!(" {}{end}", words.words.join(" "))));
            let find = match self.engine {
                Engine::Sqlite => "instr",
                Engine::Postgres => "strpos",
            };
            text += sql!(" AND {}(' ' || words || ' ', {}) > 0", find, phrase);
        }
        text
    }
}

impl WordSearch {
    /// Whether one request can be asked for it without gathering a list first.
    fn is_quick(&self) -> bool {
        !self.open_ended || self.words.last().is_some_and(|word| (2..=3).contains(&word.chars().count()))
    }

    /// The words as SQLite's index takes them. They hold letters and digits only.
    fn fts5(&self) -> String {
        self.each(|word, is_open| format!("\"{word}\"{}", if is_open { " *" } else { "" }), " AND ")
    }

    /// The words as PostgreSQL's index takes them.
    fn tsquery(&self) -> String {
        self.each(|word, is_open| format!("'{word}'{}", if is_open { ":*" } else { "" }), " & ")
    }

    fn each(&self, written: impl Fn(&str, bool) -> String, between: &str) -> String {
        let last = self.words.len().saturating_sub(1);
        let words = self.words.iter().enumerate().map(|(place, word)| {
            // Whoever made the search may have forgotten to fold: no sign may reach the engine.
            let word: String = word.chars().filter(|letter| letter.is_alphanumeric()).collect();
            written(&word, self.open_ended && place == last)
        });
        words.collect::<Vec<_>>().join(between)
    }
}

/// That a request bears a mark. `$1` is the provider, as in every list.
fn marked(name: &str, test: &MarkTest, values: &mut Vec<Value<'static>>) -> Composed {
    let name = place(values, Value::text(name.to_owned()));
    let mut text = sql!("SELECT sequence FROM ticket_mark WHERE provider = $1 AND name = {}", name);
    match test {
        MarkTest::Any => {}
        MarkTest::Is(value) => {
            text += sql!(" AND value = {}", place(values, Value::text(value.clone())));
        }
        MarkTest::Ranked(from, to) => {
            text += " AND rank IS NOT NULL";
            for (sign, bound) in [(">=", from), ("<=", to)] {
                if let Some(bound) = bound {
                    text += sql!(" AND rank {} {}", sign, place(values, Value::Integer(*bound)));
                }
            }
        }
    }
    sql!("sequence IN ({})", text)
}

impl Scope {
    fn row_test(self, test: &RowTest, values: &mut Vec<Value<'static>>) -> Composed {
        let mut equal = |column: &'static str, value| sql!("{} = {}", column, place(values, value));
        match test {
            RowTest::Account(accounts) => {
                let ids: Vec<u128> = accounts.iter().map(|account| account.0).collect();
                self.among("account", &ids, values)
            }
            RowTest::Contact(person) => equal("contact", Value::id(person.0)),
            RowTest::Assignee(people) => {
                let ids: Vec<u128> = people.iter().map(|person| person.0).collect();
                self.among("assignee", &ids, values)
            }
            RowTest::Unassigned => equal("assignee", Value::id_or_empty(None)),
            // An absent team is none: `= ` would make its negation neither true nor false.
            RowTest::Team(team) => equal("coalesce(team, '')", Value::text(team.clone())),
            RowTest::Severity(severity) => equal("coalesce(severity, '')", Value::text(severity.clone())),
            RowTest::Channel(channel) => equal("channel", Value::text(channel.clone())),
            RowTest::Verdict(verdict) => {
                equal("verdict", Value::text(crate::ticket_index::verdict_name(*verdict)))
            }
            // What goes on in another request is in no state of its own.
            RowTest::State(state) => {
                sql!("({} AND merged_into IS NULL)", equal("state", Value::text(state.as_str())))
            }
            RowTest::Live => Composed::new("due_rank = 0"),
            RowTest::Turn(turn) => equal("turn", Value::text(turn.as_str())),
            RowTest::Late => Composed::new("late = 1"),
            RowTest::Missed => Composed::new("missed = 1"),
            RowTest::Agreement(key) => equal("agreement_key", Value::text(key.clone())),
            RowTest::Sequence(sequence) => equal("sequence", Value::Integer(*sequence)),
            RowTest::Received(within) => within.on("received_at", values),
            RowTest::Opened(within) => within.on("opened_at", values),
            RowTest::Updated(within) => within.on("updated_at", values),
            RowTest::Due(within) => sql!("(due_key < {} AND {})", i64::MAX, within.on("due_key", values)),
            RowTest::NeverDue => sql!("due_key = {}", i64::MAX),
            RowTest::Snoozed => Composed::new("snoozed = 1"),
            RowTest::Marked { name, test } => marked(name, test, values),
        }
    }

    /// That a column holds one of these ids. However many they are, they are one value: SQLite takes no condition nested
    /// as deep as there may be customers, and neither engine takes as many values.
    fn among(self, column: &'static str, ids: &[u128], values: &mut Vec<Value<'static>>) -> Composed {
        match ids {
            [] => Composed::new("1 = 0"),
            [id] => sql!("{} = {}", column, place(values, Value::id(*id))),
            several => {
                let several: Vec<String> = several.iter().map(|id| format!("{id:032x}")).collect();
                match self.engine {
                    Engine::Sqlite => {
                        let list = place(values, Value::text(format!("[\"{}\"]", several.join("\",\""))));
                        sql!("{} IN (SELECT unhex(value) FROM json_each({}))", column, list)
                    }
                    Engine::Postgres => {
                        let list = place(values, Value::text(several.join(",")));
                        sql!(
                            "{} IN (SELECT decode(one, 'hex')
                             FROM unnest(string_to_array(CAST({} AS TEXT), ',')) AS one)",
                            column,
                            list
                        )
                    }
                }
            }
        }
    }
}

impl Within {
    fn on(self, column: &'static str, values: &mut Vec<Value<'static>>) -> Composed {
        let mut bounds = Vec::new();
        if let Some(from) = self.from {
            bounds.push(sql!("{} >= {}", column, place(values, Value::instant(from))));
        }
        if let Some(before) = self.before {
            bounds.push(sql!("{} < {}", column, place(values, Value::instant(before))));
        }
        if bounds.is_empty() {
            Composed::new("1 = 1")
        } else {
            sql!("({})", Composed::joined(bounds, " AND "))
        }
    }
}
