//! What was kept long enough: which tickets that may be, and rows that go by their age.

use crate::database::Database;
use crate::error::StoreError;
use crate::sql::{Query, Sql, Statement, Value};
use calendar::Instant;
use desk::{AccountId, ContractId, ProviderId, TicketId};
use terms::AgreementName;

/// A ticket of which something may be kept long enough, since it has ended, or the one that goes on for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sweepable {
    /// Which.
    pub ticket: TicketId,
    /// Its number.
    pub number: String,
    /// The ticket that goes on for it at last, by whose end and rules it is kept; itself where none does.
    pub root: TicketId,
    /// The customer, where known.
    pub account: Option<AccountId>,
    /// The contract that the root ran under.
    pub contract: Option<ContractId>,
    /// The agreement that the root ran under.
    pub agreement: AgreementName,
    /// When somebody last did something on it.
    pub touched_at: Instant,
    /// When somebody last did something on it or on the root: when that ended, or later.
    pub ended_at: Instant,
    /// What is gone already, as bits that operations give meaning to.
    pub done: u32,
}

/// What went so far because it was kept long enough.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Tickets of which something went, or of which nothing was left.
    pub tickets: u64,
    /// Texts that went.
    pub texts: u64,
    /// Files that went.
    pub files: u64,
    /// When the last went.
    pub last_at: Option<Instant>,
}

/// Rows that go by their age alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgedRows {
    /// Letters that became no request.
    KeptLetters,
    /// The journal, whose last 180 days stay whatever is asked for, and what entries said before.
    Journal,
    /// Who saw what.
    Looks,
    /// Browsers not seen for so long, and invitations that ended so long ago.
    Access,
}

// What goes on in another ticket is kept as long as the last of the chain. That one is sought by its key alone, so that
// no engine reads all tickets for each.
static SWEEPABLE: Sql = Sql::new(
    "SELECT t.id, t.number, r.id, r.account, r.contract, r.agreement_key, r.agreement_version, t.updated_at,
     r.updated_at, coalesce(s.done, 0) FROM ticket t
     JOIN ticket r ON r.provider = t.provider AND r.id = CASE WHEN t.merged_into IS NULL THEN t.id ELSE
     (WITH RECURSIVE bond (id, target) AS
      (SELECT m.id, m.merged_into FROM ticket m WHERE m.provider = $1 AND m.id = t.merged_into
       UNION SELECT m.id, m.merged_into FROM bond b JOIN ticket m ON m.provider = $1 AND m.id = b.target)
      SELECT id FROM bond WHERE target IS NULL) END
     LEFT JOIN sweep s ON s.provider = t.provider AND s.ticket = t.id AND s.at >= t.updated_at
     AND s.at >= r.updated_at
     WHERE t.provider = $1 AND r.state IN ('closed', 'declined') AND t.updated_at <= $2
     AND CASE WHEN r.updated_at > t.updated_at THEN r.updated_at ELSE t.updated_at END <= $2
     AND (t.updated_at > $3 OR (t.updated_at = $3 AND t.id > $4))
     AND (coalesce(s.done, 0) & $5) <> $5 ORDER BY t.updated_at, t.id LIMIT $6",
);
static NOTE: Sql = Sql::new(
    "INSERT INTO sweep (provider, ticket, done, at, texts, files) VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (provider, ticket) DO UPDATE SET done = excluded.done, at = excluded.at,
     texts = sweep.texts + excluded.texts, files = sweep.files + excluded.files",
);
static SWEPT: Sql = Sql::new(
    "SELECT count(*), CAST(coalesce(sum(texts), 0) AS BIGINT), CAST(coalesce(sum(files), 0) AS BIGINT), max(at)
     FROM sweep WHERE provider = $1",
);

static COUNT: [Sql; 4] = [
    Sql::new("SELECT count(*) FROM kept_letter WHERE provider = $1 AND received_at < $2"),
    Sql::new(
        "SELECT count(*) FROM audit WHERE provider = $1 AND at < $2
         AND at < (SELECT max(at) FROM audit WHERE provider = $1) - 15552000000",
    ),
    Sql::new("SELECT count(*) FROM look WHERE provider = $1 AND at < $2"),
    Sql::new(
        "SELECT (SELECT count(*) FROM known_browser WHERE provider = $1 AND seen_at < $2)
         + (SELECT count(*) FROM invitation WHERE provider = $1 AND expires_at < $2)",
    ),
];
static FORGET_LETTERS: Sql = Sql::new("DELETE FROM kept_letter WHERE provider = $1 AND received_at < $2");
// The triggers of SQLite let rows of the journal and looks go while this row stands; it never outlives the
// transaction. On PostgreSQL a function with the rights of its owner does it.
static OPEN_WAY: Sql =
    Sql::new("INSERT INTO opened_way (what) VALUES ('retention') ON CONFLICT (what) DO NOTHING");
static CLOSE_WAY: Sql = Sql::new("DELETE FROM opened_way WHERE what = 'retention'");
static FORGET_JOURNAL: Sql = Sql::differing(
    "DELETE FROM audit WHERE provider = $1 AND at < $2
     AND at < (SELECT max(at) FROM audit WHERE provider = $1) - 15552000000",
    "SELECT * FROM forget_audit($1, $2)",
);
static FORGET_VERSIONS: Sql = Sql::differing(
    "DELETE FROM entry_version AS v WHERE v.provider = $1 AND v.at < $2
     AND (v.body IS NULL OR EXISTS (SELECT 1 FROM entry_version n WHERE n.provider = v.provider
     AND n.kind = v.kind AND n.key = v.key AND n.number > v.number))",
    "SELECT * FROM forget_entry_versions($1, $2)",
);
static FORGET_LOOKS: Sql =
    Sql::differing("DELETE FROM look WHERE provider = $1 AND at < $2", "SELECT * FROM forget_looks($1, $2)");
static FORGET_BROWSERS: Sql = Sql::new("DELETE FROM known_browser WHERE provider = $1 AND seen_at < $2");
static FORGET_INVITATIONS: Sql = Sql::new("DELETE FROM invitation WHERE provider = $1 AND expires_at < $2");

impl Database {
    /// Ended tickets of a provider, and those that go on in an ended one, that nobody touched since an instant and of
    /// which not all of `wanted` is gone, the longest untouched first, from after one where it is given, by when it was
    /// touched.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn sweepable(
        &self,
        provider: &ProviderId,
        ended_by: Instant,
        wanted: u32,
        after: Option<(Instant, TicketId)>,
        at_most: u32,
    ) -> Result<Vec<Sweepable>, StoreError> {
        let (at, id) = after.unwrap_or((Instant::from_milliseconds(0), TicketId(0)));
        let values = vec![
            Value::text(provider.0.clone()),
            Value::instant(ended_by),
            Value::instant(at),
            Value::id(id.0),
            Value::Integer(i64::from(wanted)),
            Value::count(at_most.into()),
        ];
        let query = Query::new(&SWEEPABLE, values, |row| {
            let (touched_at, root_at) = (row.instant(7)?, row.instant(8)?);
            Ok(Sweepable {
                ticket: TicketId(row.id(0)?),
                number: row.text(1)?,
                root: TicketId(row.id(2)?),
                account: row.id_or_none(3)?.map(AccountId),
                contract: row.id_or_none(4)?.map(ContractId),
                agreement: AgreementName { key: row.text(5)?, version: row.text(6)? },
                touched_at,
                ended_at: touched_at.max(root_at),
                done: u32::try_from(row.integer(9)?).unwrap_or(0),
            })
        });
        self.query_at_leisure(query).await
    }

    /// Notes what of a ticket is gone, and how much went now.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn note_sweep(
        &self,
        provider: &ProviderId,
        ticket: TicketId,
        done: u32,
        at: Instant,
        texts: usize,
        files: usize,
    ) -> Result<(), StoreError> {
        let values = vec![
            Value::text(provider.0.clone()),
            Value::id(ticket.0),
            Value::Integer(i64::from(done)),
            Value::instant(at),
            Value::count(texts as u64),
            Value::count(files as u64),
        ];
        self.write(&NOTE, values).await.map(drop)
    }

    /// What of a provider went so far.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn swept(&self, provider: &ProviderId) -> Result<Swept, StoreError> {
        let query = Query::new(&SWEPT, vec![Value::text(provider.0.clone())], |row| {
            Ok(Swept {
                tickets: row.count(0)?,
                texts: row.count(1)?,
                files: row.count(2)?,
                last_at: row.instant_or_none(3)?,
            })
        });
        Ok(self.query_one(query).await?.unwrap_or_default())
    }

    /// How many rows of a kind are older than an instant.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn count_aged(
        &self,
        provider: &ProviderId,
        rows: AgedRows,
        before: Instant,
    ) -> Result<u64, StoreError> {
        let values = vec![Value::text(provider.0.clone()), Value::instant(before)];
        let found =
            self.query_at_leisure(Query::new(&COUNT[rows as usize], values, |row| row.count(0))).await?;
        Ok(found.first().copied().unwrap_or(0))
    }

    /// Destroys rows of a kind that are older than an instant. Gives how many there were.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn forget_aged(
        &self,
        provider: &ProviderId,
        rows: AgedRows,
        before: Instant,
    ) -> Result<u64, StoreError> {
        let statement = |sql: &'static Sql| {
            Statement::new(sql, vec![Value::text(provider.0.clone()), Value::instant(before)])
        };
        let way = |sql: &'static Sql| Statement::new(sql, Vec::new());
        let (statements, counted) = match rows {
            AgedRows::KeptLetters => (vec![statement(&FORGET_LETTERS)], 0..1),
            AgedRows::Journal => {
                let (journal, versions) = (statement(&FORGET_JOURNAL), statement(&FORGET_VERSIONS));
                (vec![way(&OPEN_WAY), journal, versions, way(&CLOSE_WAY)], 1..2)
            }
            AgedRows::Looks => (vec![way(&OPEN_WAY), statement(&FORGET_LOOKS), way(&CLOSE_WAY)], 1..2),
            AgedRows::Access => (vec![statement(&FORGET_BROWSERS), statement(&FORGET_INVITATIONS)], 0..2),
        };
        Ok(self.erase(statements).await?[counted].iter().sum())
    }
}
