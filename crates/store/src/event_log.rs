use crate::database::Database;
use crate::error::StoreError;
use crate::sql::{Query, Row, Sql, Value, written};
use crate::unit_of_work::Change;
use calendar::Instant;
use desk::{AccountId, Actor, PersonId, ProviderId, Recorded, TicketEvent, TicketId};
use serde::de::{Deserializer, Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use std::fmt;

/// One commit of a ticket's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// The ticket's version after it.
    pub version: u64,
    /// When it was decided.
    pub at: Instant,
    /// Its events.
    pub commit: Vec<Recorded>,
    /// Its place among all commits of the provider.
    pub position: i64,
}

pub(crate) static LOG: Sql = Sql::new(
    "SELECT version, at, body, position FROM log WHERE provider = $1 AND ticket = $2 ORDER BY version",
);
static CHANGES: Sql = Sql::new(
    "SELECT l.provider, l.position, l.ticket, t.number, t.account, t.assignee
     FROM log l JOIN ticket t ON t.provider = l.provider AND t.id = l.ticket
     WHERE l.provider = $1 AND l.position > $2 ORDER BY l.position LIMIT $3",
);
static LATEST: Sql = Sql::new("SELECT position FROM desk_counter WHERE provider = $1");

pub(crate) fn log_entry(row: &Row<'_>) -> Result<LogEntry, StoreError> {
    Ok(LogEntry {
        version: row.count(0)?,
        at: row.instant(1)?,
        commit: row.json::<StoredCommit>(2)?.0,
        position: row.integer(3)?,
    })
}

/// An event as the log holds it: when and by whom are left out where they are as of the event before it.
#[derive(Serialize)]
struct Told<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<Instant>,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<&'a Actor>,
    event: &'a TicketEvent,
}

/// The text of a commit in the log.
pub(crate) fn commit_text(commit: &[Recorded]) -> Result<String, StoreError> {
    let mut told = Vec::with_capacity(commit.len());
    let mut before: Option<&Recorded> = None;
    for recorded in commit {
        let Recorded { at, by, event } = recorded;
        told.push(Told {
            at: before.is_none_or(|before| before.at != *at).then_some(*at),
            by: before.is_none_or(|before| before.by != *by).then_some(by),
            event,
        });
        before = Some(recorded);
    }
    written(&told)
}

/// A commit out of the log.
pub(crate) struct StoredCommit(pub(crate) Vec<Recorded>);

impl<'de> Deserialize<'de> for StoredCommit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(CommitVisitor)
    }
}

#[derive(Deserialize)]
struct Heard {
    at: Option<Instant>,
    by: Option<Actor>,
    event: TicketEvent,
}

struct CommitVisitor;

impl<'de> Visitor<'de> for CommitVisitor {
    type Value = StoredCommit;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the events of a commit")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut events: A) -> Result<StoredCommit, A::Error> {
        let mut commit: Vec<Recorded> = Vec::new();
        while let Some(Heard { at, by, event }) = events.next_element()? {
            let before = commit.last();
            let at = at.or_else(|| before.map(|before| before.at));
            let by = by.or_else(|| before.map(|before| before.by.clone()));
            commit.push(Recorded {
                at: at.ok_or_else(|| A::Error::missing_field("at"))?,
                by: by.ok_or_else(|| A::Error::missing_field("by"))?,
                event,
            });
        }
        Ok(StoredCommit(commit))
    }
}

/// The values of a statement about one ticket.
pub(crate) fn ticket_key(provider: &ProviderId, ticket: TicketId) -> Vec<Value<'static>> {
    vec![Value::text(provider.0.clone()), Value::id(ticket.0)]
}

impl Database {
    /// All commits of a ticket in order; none when there is no such ticket.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] for events that cannot be read, and what storage fails at.
    pub async fn load_log(
        &self,
        provider: &ProviderId,
        ticket: TicketId,
    ) -> Result<Vec<LogEntry>, StoreError> {
        self.query(Query::new(&LOG, ticket_key(provider, ticket), log_entry)).await
    }

    /// The commits of a provider after a position, in order, each with its ticket as it stands now.
    /// None is missing between two that are given, on whatever node they were made.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn changes_since(
        &self,
        provider: &ProviderId,
        position: i64,
        limit: u32,
    ) -> Result<Vec<Change>, StoreError> {
        let values =
            vec![Value::text(provider.0.clone()), Value::Integer(position), Value::Integer(i64::from(limit))];
        self.query(Query::new(&CHANGES, values, |row| {
            Ok(Change {
                provider: ProviderId(row.text(0)?),
                position: row.integer(1)?,
                ticket: TicketId(row.id(2)?),
                number: row.text(3)?,
                account: row.id_or_none(4)?.map(AccountId),
                assignee: row.id_or_none(5)?.map(PersonId),
            })
        }))
        .await
    }

    /// The position of a provider's last commit; 0 before the first.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn latest_position(&self, provider: &ProviderId) -> Result<i64, StoreError> {
        let query = Query::new(&LATEST, vec![Value::text(provider.0.clone())], |row| row.integer(0));
        Ok(self.query_one(query).await?.unwrap_or(0))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may")]
mod tests {
    use super::{StoredCommit, commit_text};
    use crate::sql::parsed;
    use calendar::Instant;
    use desk::{Actor, PersonId, Recorded, TicketEvent, TicketState};

    fn happened(at: &str, by: Actor, state: TicketState) -> Recorded {
        Recorded { at: Instant::parse(at).unwrap(), by, event: TicketEvent::StatusChanged { state } }
    }

    #[test]
    fn what_is_as_before_is_not_said_again_and_read_all_the_same() {
        let agent = || Actor::Staff { id: PersonId(7) };
        let commit = vec![
            happened("2026-11-02T09:00:00Z", agent(), TicketState::Open),
            happened("2026-11-02T09:00:00Z", agent(), TicketState::Resolved),
            happened("2026-11-02T09:00:00Z", Actor::System, TicketState::Closed),
            happened("2026-11-02T09:00:01Z", Actor::System, TicketState::Open),
        ];
        let text = commit_text(&commit).unwrap();
        assert_eq!([text.matches("\"at\"").count(), text.matches("\"by\"").count()], [2, 2], "{text}");
        assert_eq!(parsed::<StoredCommit>(&text).unwrap().0, commit);
    }

    #[test]
    fn what_an_older_program_wrote_is_read() {
        let text = r#"[{"at":"2026-11-02T09:00:00.000Z","by":"system","event":{"status_changed":{"state":"open"}}},
            {"at":"2026-11-02T09:00:00.000Z","by":"system","event":{"status_changed":{"state":"closed"}}}]"#;
        let read = parsed::<StoredCommit>(text).unwrap().0;
        let told = |state| happened("2026-11-02T09:00:00Z", Actor::System, state);
        assert_eq!(read, [told(TicketState::Open), told(TicketState::Closed)]);
        assert!(parsed::<StoredCommit>(r#"[{"event":{"status_changed":{"state":"open"}}}]"#).is_err());
    }
}
