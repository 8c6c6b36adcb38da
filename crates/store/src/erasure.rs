//! Erasing one person: what the tables hold of them, and the pages that held it.
//!
//! What they wrote on requests is not erased here but by a commit of each request, so that whoever
//! writes to it at the same moment begins anew and brings nothing back.

use crate::database::Database;
use crate::error::StoreError;
use crate::scrub::counted;
use crate::sql::{Query, Row, Sql, Statement, Value};
use calendar::Instant;
use desk::{PersonId, ProviderId, TicketId};

/// The erasure of one person. It names nobody but by an id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erasure {
    /// Whose desk.
    pub provider: ProviderId,
    /// Of whom.
    pub person: PersonId,
    /// When it was asked for.
    pub at: Instant,
    /// Who asked for it; none for the operator of the installation.
    pub asked_by: Option<PersonId>,
    /// How far it goes.
    pub extent: ErasureExtent,
    /// When the rows were gone; none while it is under way.
    pub done_at: Option<Instant>,
    /// When the pages that had held them were gone too.
    pub scrubbed_at: Option<Instant>,
}

/// How far an erasure goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErasureExtent {
    /// Who they are and all that was written by them, and to them on requests that they asked.
    Everything,
    /// Who they are, not what they wrote: for a colleague, whose answers belong to those who asked.
    Identity,
}

impl ErasureExtent {
    /// The extent as it is stored and written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Everything => "everything",
            Self::Identity => "identity",
        }
    }

    /// The extent that a text names.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Everything, Self::Identity].into_iter().find(|known| known.as_str() == text)
    }
}

/// What is to be put in place of somebody, and how they are found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pseudonym {
    /// The address that they had, in lower case.
    pub former_email: String,
    /// What stands for their name from now on.
    pub name: String,
    /// What stands for their address: unique, and none that a letter could go to.
    pub email: String,
    /// The end of our own Message-IDs, by which threads are still found: `@host`.
    pub own_message_ids: String,
}

static BEGIN: Sql = Sql::new(
    "INSERT INTO erasure (provider, person, at, asked_by, extent) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (provider, person) DO UPDATE SET done_at = NULL, scrubbed_at = NULL,
     extent = CASE WHEN erasure.extent = 'everything' THEN erasure.extent ELSE excluded.extent END",
);
static OF_PROVIDER: Sql = Sql::new(
    "SELECT provider, person, at, asked_by, extent, done_at, scrubbed_at FROM erasure
     WHERE provider = $1 ORDER BY at DESC, person",
);
static ALL: Sql = Sql::new(
    "SELECT provider, person, at, asked_by, extent, done_at, scrubbed_at FROM erasure
     ORDER BY at, provider, person",
);
// Addresses are sought in any case of their letters. PostgreSQL writes bytes as text for that, what is no ASCII in digits.
static INVOLVED: Sql = Sql::differing(
    "SELECT id FROM ticket WHERE provider = $1
     AND (contact = $2 OR ($3 <> '' AND instr(lower(requester), $3) > 0))
     UNION SELECT ticket FROM log WHERE provider = $1 AND instr(body, $4) > 0
     UNION SELECT ticket FROM content WHERE provider = $1 AND $3 <> ''
     AND instr(lower(CAST(text AS TEXT)), $3) > 0
     UNION SELECT ticket FROM outbox WHERE provider = $1
     AND (person = $2 OR ($3 <> '' AND lower(address) = $3))",
    "SELECT id FROM ticket WHERE provider = $1
     AND (contact = $2 OR ($3 <> '' AND strpos(lower(requester), $3) > 0))
     UNION SELECT ticket FROM log WHERE provider = $1 AND strpos(body, $4) > 0
     UNION SELECT ticket FROM content WHERE provider = $1 AND $3 <> ''
     AND strpos(lower(encode(text, 'escape') COLLATE \"C\"), encode(convert_to($3, 'UTF8'), 'escape')) > 0
     UNION SELECT ticket FROM outbox WHERE provider = $1
     AND (person = $2 OR ($3 <> '' AND lower(address) = $3))",
);
static MENTIONED: Sql = Sql::differing(
    "SELECT DISTINCT t.number FROM content c JOIN ticket t ON t.provider = c.provider AND t.id = c.ticket
     WHERE c.provider = $1 AND (instr(CAST(c.text AS TEXT), $2) > 0
     OR instr(lower(CAST(c.text AS TEXT)), $3) > 0) ORDER BY t.number LIMIT 200",
    "SELECT DISTINCT t.number FROM content c JOIN ticket t ON t.provider = c.provider AND t.id = c.ticket
     WHERE c.provider = $1 AND (position(convert_to($2, 'UTF8') IN c.text) > 0
     OR strpos(lower(encode(c.text, 'escape') COLLATE \"C\"), encode(convert_to($3, 'UTF8'), 'escape')) > 0)
     ORDER BY t.number LIMIT 200",
);
static MENTIONING_ENTRIES: Sql = Sql::differing(
    "SELECT kind || ' ' || key FROM entry WHERE provider = $1
     AND (instr(body, $2) > 0 OR instr(lower(body), $3) > 0) ORDER BY kind, key LIMIT 200",
    "SELECT kind || ' ' || key FROM entry WHERE provider = $1
     AND (strpos(body, $2) > 0 OR strpos(lower(body), $3) > 0) ORDER BY kind, key LIMIT 200",
);
static THREADS: Sql = Sql::differing(
    "DELETE FROM thread_key WHERE provider = $1 AND ticket = $2
     AND substr(key, length(key) - length($3) + 1) <> $3",
    "DELETE FROM thread_key WHERE provider = $1 AND ticket = $2 AND right(key, length($3)) <> $3",
);
static LETTERS_OF_TICKET: Sql = Sql::new(
    "UPDATE outbox SET payload = '{}', error = NULL
     WHERE provider = $1 AND ticket = $2 AND state <> 'waiting'",
);
static DELIVERIES_OF_TICKET: Sql = Sql::differing(
    "DELETE FROM webhook_delivery WHERE provider = $1 AND state <> 'waiting'
     AND instr(payload, (SELECT '\"' || number || '\"' FROM ticket WHERE provider = $1 AND id = $2)) > 0",
    "DELETE FROM webhook_delivery WHERE provider = $1 AND state <> 'waiting'
     AND strpos(payload, (SELECT '\"' || number || '\"' FROM ticket WHERE provider = $1 AND id = $2)) > 0",
);
// One row of their own each: `$1` provider, `$2` person.
static BY_PERSON: [Sql; 17] = [
    Sql::new("DELETE FROM letter WHERE provider = $1 AND person = $2"),
    Sql::new("DELETE FROM draft WHERE provider = $1 AND person = $2"),
    Sql::new("UPDATE look SET network = '' WHERE provider = $1 AND person = $2"),
    Sql::new("DELETE FROM known_browser WHERE provider = $1 AND person = $2"),
    Sql::new("DELETE FROM identity_link WHERE provider = $1 AND person = $2"),
    Sql::new("DELETE FROM passkey WHERE provider = $1 AND person = $2"),
    Sql::new("DELETE FROM team_member WHERE provider = $1 AND person = $2"),
    Sql::new("DELETE FROM person_entry WHERE provider = $1 AND person = $2"),
    Sql::new("DELETE FROM invitation WHERE provider = $1 AND person = $2"),
    Sql::new(
        "DELETE FROM token_use WHERE hash IN (SELECT hash FROM sign_in WHERE provider = $1 AND person = $2)",
    ),
    Sql::new("DELETE FROM sign_in WHERE provider = $1 AND person = $2"),
    Sql::new("DELETE FROM session WHERE provider = $1 AND person = $2"),
    Sql::new("DELETE FROM credential WHERE provider = $1 AND person = $2"),
    Sql::new("DELETE FROM idempotency WHERE provider = $1 AND person = $2"),
    Sql::new("DELETE FROM standing WHERE provider = $1 AND person = $2"),
    Sql::differing(
        "UPDATE audit SET network = '', object = CASE WHEN deed = 'sign_in' THEN '' ELSE object END,
         salt = NULL WHERE provider = $1 AND person = $2",
        "SELECT * FROM unplace_audit($1, $2)",
    ),
    Sql::differing(
        "DELETE FROM webhook_delivery WHERE provider = $1 AND instr(payload, lower(hex($2))) > 0",
        "DELETE FROM webhook_delivery WHERE provider = $1 AND strpos(payload, encode($2, 'hex')) > 0",
    ),
];
// What is known by their address: `$1` provider, `$2` address.
static BY_ADDRESS: [Sql; 3] = [
    Sql::new("DELETE FROM invitation WHERE provider = $1 AND lower(email) = $2"),
    Sql::new("DELETE FROM courtesy WHERE provider = $1 AND address = $2"),
    Sql::new("DELETE FROM address_standing WHERE provider = $1 AND address = $2"),
];
// The triggers of SQLite let what tells where and by what somebody came in, and what settings said, go while this row
// stands; it never outlives the transaction.
pub(crate) static OPEN_WAY: Sql =
    Sql::new("INSERT INTO opened_way (what) VALUES ('erasure') ON CONFLICT (what) DO NOTHING");
pub(crate) static CLOSE_WAY: Sql = Sql::new("DELETE FROM opened_way WHERE what = 'erasure'");
static LETTERS: Sql = Sql::new(
    "UPDATE outbox SET payload = '{}', error = NULL, address = '',
     state = CASE WHEN state = 'waiting' THEN 'dead' ELSE state END
     WHERE provider = $1 AND (person = $2 OR lower(address) = $3)",
);
static UNNAME: Sql = Sql::differing(
    "UPDATE audit SET object = substr(object, 1, 39), salt = NULL WHERE provider = $1
     AND substr(object, 1, 41) = 'person ' || $2 || ': '",
    "SELECT * FROM unname_audit($1, $2)",
);
static LEAVE: Sql = Sql::new(
    "INSERT INTO departure (provider, person, at) VALUES ($1, $2, $3) ON CONFLICT (provider, person) DO NOTHING",
);
static RENAME: Sql = Sql::new(
    "UPDATE person SET name = $3, email = $4, folded = $5, zone = NULL WHERE provider = $1 AND id = $2",
);
static DONE: Sql = Sql::new("UPDATE erasure SET done_at = $3 WHERE provider = $1 AND person = $2");

impl Database {
    /// Notes that somebody is to be erased, before anything is: what breaks off is gone on with.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn begin_erasure(&self, erasure: &Erasure) -> Result<(), StoreError> {
        let mut values = key(&erasure.provider, erasure.person);
        values.extend([
            Value::instant(erasure.at),
            Value::id_or_empty(erasure.asked_by.map(|id| id.0)),
            Value::text(erasure.extent.as_str()),
        ]);
        self.write(&BEGIN, values).await.map(drop)
    }

    /// Notes that nothing is left of somebody.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn end_erasure(
        &self,
        provider: &ProviderId,
        person: PersonId,
        at: Instant,
    ) -> Result<(), StoreError> {
        let mut values = key(provider, person);
        values.push(Value::instant(at));
        self.write(&DONE, values).await.map(drop)
    }

    /// The erasures of a provider, the latest first.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn erasures(&self, provider: &ProviderId) -> Result<Vec<Erasure>, StoreError> {
        self.query(Query::new(&OF_PROVIDER, vec![Value::text(provider.0.clone())], erasure)).await
    }

    /// The erasures of all providers, the oldest first.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn all_erasures(&self) -> Result<Vec<Erasure>, StoreError> {
        self.query(Query::new(&ALL, Vec::new(), erasure)).await
    }

    /// The tickets that a person asked, did something on, is told of, or in which their address stands, be it within
    /// another. Every row is looked at.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn tickets_of_person(
        &self,
        provider: &ProviderId,
        person: PersonId,
        email: &str,
    ) -> Result<Vec<TicketId>, StoreError> {
        let mut values = key(provider, person);
        values.extend([Value::text(email.to_lowercase()), Value::text(person.to_string())]);
        self.query_at_leisure(Query::new(&INVOLVED, values, |row| row.id(0).map(TicketId))).await
    }

    /// The numbers of tickets whose texts still hold a name or an address, for somebody to look at; two
    /// hundred at most.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn mentions(
        &self,
        provider: &ProviderId,
        name: &str,
        email: &str,
    ) -> Result<Vec<String>, StoreError> {
        self.query_at_leisure(Query::new(&MENTIONED, sought(provider, name, email), |row| row.text(0))).await
    }

    /// Kind and key of what a desk keeps for itself that holds a name or an address, for somebody to look at; two
    /// hundred at most.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn mentioning_entries(
        &self,
        provider: &ProviderId,
        name: &str,
        email: &str,
    ) -> Result<Vec<String>, StoreError> {
        let values = sought(provider, name, email);
        self.query_at_leisure(Query::new(&MENTIONING_ENTRIES, values, |row| row.text(0))).await
    }

    /// Forgets what stands beside the texts of a ticket: the Message-IDs of others, what letters were
    /// worded from, what other programs were told.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn forget_letters_of(
        &self,
        provider: &ProviderId,
        ticket: TicketId,
        own_message_ids: &str,
    ) -> Result<(), StoreError> {
        let key = vec![Value::text(provider.0.clone()), Value::id(ticket.0)];
        let mut with_host = key.clone();
        with_host.push(Value::text(own_message_ids.to_owned()));
        let statements = vec![
            Statement::new(&THREADS, with_host),
            Statement::new(&LETTERS_OF_TICKET, key.clone()),
            Statement::new(&DELIVERIES_OF_TICKET, key),
        ];
        self.erase(statements).await.map(drop)
    }

    /// Puts a pseudonym in place of a person, and destroys what else the tables hold of them: sessions,
    /// proofs, roles, letters to them, what was noted of their address. Rows of the journal
    /// stay under the pseudonym, without the network and the browser.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn erase_person(
        &self,
        provider: &ProviderId,
        person: PersonId,
        pseudonym: &Pseudonym,
        at: Instant,
    ) -> Result<(), StoreError> {
        let own = || key(provider, person);
        let with = |values: Vec<Value<'static>>| [own(), values].concat();
        let mut statements = vec![Statement::new(&OPEN_WAY, Vec::new())];
        statements.extend(BY_PERSON.iter().map(|sql| Statement::new(sql, own())));
        let address = || vec![Value::text(provider.0.clone()), Value::text(pseudonym.former_email.clone())];
        if !pseudonym.former_email.is_empty() {
            statements.extend(BY_ADDRESS.iter().map(|sql| Statement::new(sql, address())));
        }
        statements.extend([
            Statement::new(&LETTERS, with(vec![Value::text(pseudonym.former_email.clone())])),
            Statement::new(&UNNAME, vec![Value::text(provider.0.clone()), Value::text(person.to_string())]),
            Statement::new(&LEAVE, with(vec![Value::instant(at)])),
            Statement::new(
                &RENAME,
                with(vec![
                    Value::text(pseudonym.name.clone()),
                    Value::text(pseudonym.email.clone()),
                    Value::text(crate::people::folded(&pseudonym.name, &pseudonym.email)),
                ]),
            ),
            Statement::new(&DONE, with(vec![Value::instant(at)])),
            counted(),
            Statement::new(&CLOSE_WAY, Vec::new()),
        ]);
        self.erase(statements).await.map(drop)
    }
}

fn sought(provider: &ProviderId, name: &str, email: &str) -> Vec<Value<'static>> {
    let texts = [provider.0.clone(), name.to_owned(), email.to_lowercase()];
    texts.into_iter().map(Value::text).collect()
}

fn key(provider: &ProviderId, person: PersonId) -> Vec<Value<'static>> {
    vec![Value::text(provider.0.clone()), Value::id(person.0)]
}

fn erasure(row: &Row<'_>) -> Result<Erasure, StoreError> {
    let extent = row.text(4)?;
    Ok(Erasure {
        provider: ProviderId(row.text(0)?),
        person: PersonId(row.id(1)?),
        at: row.instant(2)?,
        asked_by: row.id_or_none(3)?.map(PersonId),
        extent: ErasureExtent::parse(&extent)
            .ok_or_else(|| StoreError::corrupt(format!("no erasure goes as far as `{extent}`")))?,
        done_at: row.instant_or_none(5)?,
        scrubbed_at: row.instant_or_none(6)?,
    })
}
