//! Destroying an account: what the tables hold of it beside its tickets, and that it was destroyed.
//!
//! What its tickets hold goes by a commit of each, and its people by an erasure of each; here goes the rest.

use crate::audit::{AuditEntry, appended};
use crate::database::Database;
use crate::error::StoreError;
use crate::scrub::counted;
use crate::sql::{Query, Row, Sql, Statement, Value, written};
use crate::{people, standings};
use calendar::Instant;
use desk::{AccountId, AccountRole, Contract, Person, PersonId, ProviderId, TicketId};

/// The destruction of one account. It names nobody but by ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountErasure {
    /// Whose desk.
    pub provider: ProviderId,
    /// Which account.
    pub account: AccountId,
    /// When it was asked for.
    pub at: Instant,
    /// Who asked for it; none for the operator of the installation.
    pub asked_by: Option<PersonId>,
    /// What was asked, as JSON; opaque here.
    pub plan: String,
    /// The line that says what went; none while it is under way.
    pub certificate: Option<String>,
    /// When everything was gone; none while it is under way.
    pub done_at: Option<Instant>,
    /// When the pages that had held it were gone too.
    pub scrubbed_at: Option<Instant>,
}

/// Somebody who is, was or was asked to be of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountMember {
    /// Who.
    pub person: Person,
    /// Their role there; a requester's where they were given none in their own account, and none for who was only asked
    /// in.
    pub role: Option<AccountRole>,
    /// Whether they have a role in another account as well, or were asked into one.
    pub is_elsewhere: bool,
    /// Whether they have left.
    pub has_left: bool,
}

static BEGIN: Sql = Sql::new(
    "INSERT INTO account_erasure (provider, account, at, asked_by, plan) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (provider, account) DO NOTHING",
);
static OF_PROVIDER: Sql = Sql::new(
    "SELECT provider, account, at, asked_by, plan, certificate, done_at, scrubbed_at FROM account_erasure
     WHERE provider = $1 ORDER BY at DESC, account",
);
static ALL: Sql = Sql::new(
    "SELECT provider, account, at, asked_by, plan, certificate, done_at, scrubbed_at FROM account_erasure
     ORDER BY at, provider, account",
);
static DONE: Sql = Sql::new(
    "UPDATE account_erasure SET certificate = $3, done_at = $4
     WHERE provider = $1 AND account = $2 AND done_at IS NULL",
);
static TICKETS: Sql =
    Sql::new("SELECT id FROM ticket WHERE provider = $1 AND account = $2 AND id > $3 ORDER BY id LIMIT $4");
static OPEN: Sql = Sql::new(
    "SELECT number FROM ticket WHERE provider = $1 AND account = $2 AND state NOT IN ('closed', 'declined')
     AND merged_into IS NULL ORDER BY sequence LIMIT $3",
);
// Who moved to another account is none of this one any more, though they began here.
static MEMBERS: Sql = Sql::new(
    "SELECT p.id, p.provider, p.role, p.name, p.email, p.account, p.language, p.zone, s.account, s.role,
     (SELECT count(*) FROM standing o WHERE o.provider = p.provider AND o.person = p.id AND o.account <> $2)
     + (SELECT count(*) FROM invitation o WHERE o.provider = p.provider AND o.person = p.id AND o.account <> $2),
     (SELECT count(*) FROM departure d WHERE d.provider = p.provider AND d.person = p.id)
     FROM person p LEFT JOIN standing s ON s.provider = p.provider AND s.person = p.id AND s.account = $2
     WHERE p.provider = $1 AND p.role = 'contact' AND (s.account = $2
     OR (p.account = $2 AND NOT EXISTS
     (SELECT 1 FROM standing o WHERE o.provider = p.provider AND o.person = p.id))
     OR (length(p.account) = 0 AND NOT EXISTS
     (SELECT 1 FROM standing o WHERE o.provider = p.provider AND o.person = p.id) AND EXISTS
     (SELECT 1 FROM invitation i WHERE i.provider = p.provider AND i.person = p.id AND i.account = $2)))
     ORDER BY p.id",
);
// What is left of an account: `$1` provider, `$2` its id.
static OF_ACCOUNT: [Sql; 7] = [
    Sql::new("DELETE FROM invitation WHERE provider = $1 AND account = $2"),
    Sql::new("DELETE FROM standing WHERE provider = $1 AND account = $2"),
    Sql::new(
        "DELETE FROM draft WHERE provider = $1
         AND ticket IN (SELECT id FROM ticket WHERE provider = $1 AND account = $2)",
    ),
    Sql::new(
        "DELETE FROM thread_key WHERE provider = $1
         AND ticket IN (SELECT id FROM ticket WHERE provider = $1 AND account = $2)",
    ),
    Sql::new(
        "DELETE FROM idempotency WHERE provider = $1
         AND ticket IN (SELECT id FROM ticket WHERE provider = $1 AND account = $2)",
    ),
    Sql::new(
        "UPDATE outbox SET payload = '{}', error = NULL, address = '',
         state = CASE WHEN state = 'waiting' THEN 'dead' ELSE state END WHERE provider = $1
         AND ticket IN (SELECT id FROM ticket WHERE provider = $1 AND account = $2)",
    ),
    Sql::differing(
        "UPDATE person SET account = x'' WHERE provider = $1 AND account = $2",
        "UPDATE person SET account = '' WHERE provider = $1 AND account = $2",
    ),
];
static ENTRIES_OF: Sql = Sql::new(
    "SELECT kind, key, body, changed_at FROM entry WHERE provider = $1
     AND (key = $2 OR kind = 'licence ' || $2) ORDER BY kind, key",
);
static RENAME: Sql = Sql::new("UPDATE account SET key = $3, name = $4 WHERE provider = $1 AND id = $2");
static REDUCE: Sql =
    Sql::new("UPDATE contract SET body = $4 WHERE provider = $1 AND account = $2 AND id = $3");

impl Database {
    /// Notes that an account is to be destroyed, before anything is: what breaks off is gone on with. What was noted
    /// before stands.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn begin_account_erasure(&self, erasure: &AccountErasure) -> Result<(), StoreError> {
        let mut values = key(&erasure.provider, erasure.account);
        values.extend([
            Value::instant(erasure.at),
            Value::id_or_empty(erasure.asked_by.map(|id| id.0)),
            Value::text(erasure.plan.clone()),
        ]);
        self.write(&BEGIN, values).await.map(drop)
    }

    /// Notes that nothing is left of an account, with the certificate and the row of the journal that tells of it, in
    /// one piece.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn end_account_erasure(
        &self,
        account: AccountId,
        certificate: &str,
        journal: &AuditEntry,
        salt: [u8; 16],
    ) -> Result<(), StoreError> {
        let mut values = key(&journal.provider, account);
        values.extend([Value::text(certificate.to_owned()), Value::instant(journal.at)]);
        self.write_all(vec![Statement::new(&DONE, values), counted(), appended(journal, salt)])
            .await
            .map(drop)
    }

    /// The accounts of a provider that were destroyed or are being, the latest first.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn account_erasures(&self, provider: &ProviderId) -> Result<Vec<AccountErasure>, StoreError> {
        self.query(Query::new(&OF_PROVIDER, vec![Value::text(provider.0.clone())], erasure)).await
    }

    /// Those of all providers, the oldest first.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn all_account_erasures(&self) -> Result<Vec<AccountErasure>, StoreError> {
        self.query(Query::new(&ALL, Vec::new(), erasure)).await
    }

    /// Tickets of an account by age, from after one where it is given.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn tickets_of_account(
        &self,
        provider: &ProviderId,
        account: AccountId,
        after: Option<TicketId>,
        at_most: u32,
    ) -> Result<Vec<TicketId>, StoreError> {
        let mut values = key(provider, account);
        values.extend([Value::id(after.map_or(0, |id| id.0)), Value::count(at_most.into())]);
        self.query_at_leisure(Query::new(&TICKETS, values, |row| row.id(0).map(TicketId))).await
    }

    /// Numbers of the tickets of an account that are not closed, the oldest first.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn open_of_account(
        &self,
        provider: &ProviderId,
        account: AccountId,
        at_most: u32,
    ) -> Result<Vec<String>, StoreError> {
        let mut values = key(provider, account);
        values.push(Value::count(at_most.into()));
        self.query_at_leisure(Query::new(&OPEN, values, |row| row.text(0))).await
    }

    /// Everybody who is, was or was asked to be of an account, whether or not they have left.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn members_of_account(
        &self,
        provider: &ProviderId,
        account: AccountId,
    ) -> Result<Vec<AccountMember>, StoreError> {
        let query = Query::new(&MEMBERS, key(provider, account), |row| {
            let person = people::person(row)?;
            let given = standings::standing(row)?.map(|standing| standing.role);
            Ok(AccountMember {
                role: given.or(person.account.map(|_| AccountRole::Requester)),
                person,
                is_elsewhere: row.count(10)? > 0,
                has_left: row.count(11)? > 0,
            })
        });
        self.query_at_leisure(query).await
    }

    /// What a desk keeps of an account under its id: kind, key, what it says and when it was changed.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn entries_of_account(
        &self,
        provider: &ProviderId,
        account: AccountId,
    ) -> Result<Vec<(String, String, String, Instant)>, StoreError> {
        let values = vec![Value::text(provider.0.clone()), Value::text(account.to_string())];
        let map = |row: &Row<'_>| Ok((row.text(0)?, row.text(1)?, row.text(2)?, row.instant(3)?));
        self.query_at_leisure(Query::new(&ENTRIES_OF, values, map)).await
    }

    /// Destroys what the tables hold of an account beside its tickets, its people and its entries, and puts another key and name in
    /// place of its own. Of contracts what is handed in stays.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn erase_account(
        &self,
        provider: &ProviderId,
        account: AccountId,
        (new_key, new_name): (&str, &str),
        contracts: &[Contract],
    ) -> Result<(), StoreError> {
        let own = || key(provider, account);
        let mut statements: Vec<Statement<'static>> =
            OF_ACCOUNT.iter().map(|sql| Statement::new(sql, own())).collect();
        let texts = vec![Value::text(new_key.to_owned()), Value::text(new_name.to_owned())];
        statements.push(Statement::new(&RENAME, [own(), texts].concat()));
        for contract in contracts {
            let reduced = vec![Value::id(contract.id.0), Value::text(written(contract)?)];
            statements.push(Statement::new(&REDUCE, [own(), reduced].concat()));
        }
        self.erase(statements).await.map(drop)
    }
}

fn key(provider: &ProviderId, account: AccountId) -> Vec<Value<'static>> {
    vec![Value::text(provider.0.clone()), Value::id(account.0)]
}

fn erasure(row: &Row<'_>) -> Result<AccountErasure, StoreError> {
    Ok(AccountErasure {
        provider: ProviderId(row.text(0)?),
        account: AccountId(row.id(1)?),
        at: row.instant(2)?,
        asked_by: row.id_or_none(3)?.map(PersonId),
        plan: row.text(4)?,
        certificate: row.text_or_none(5)?,
        done_at: row.instant_or_none(6)?,
        scrubbed_at: row.instant_or_none(7)?,
    })
}
