//! Which contact has which role in which account, and who has left.

use crate::composed::{Composed, place, sql};
use crate::database::Database;
use crate::error::StoreError;
use crate::people;
use crate::sql::{Query, Row, Sql, Statement, Value};
use async_recursion::async_recursion as boxed;
use calendar::Instant;
use desk::{AccountId, AccountRole, Person, PersonId, ProviderId, Role, Standing};

static PUT: Sql = Sql::new(
    "INSERT INTO standing (provider, person, account, role) VALUES ($1, $2, $3, $4)
     ON CONFLICT (provider, person, account) DO UPDATE SET role = excluded.role",
);
static REMOVE: Sql = Sql::new("DELETE FROM standing WHERE provider = $1 AND person = $2 AND account = $3");
static PRESENT: Sql = Sql::new(
    "SELECT p.id, p.provider, p.role, p.name, p.email, p.account, p.language, p.zone, s.account, s.role
     FROM person p LEFT JOIN standing s ON s.provider = p.provider AND s.person = p.id
     WHERE p.provider = $1 AND p.id = $2 AND NOT EXISTS
     (SELECT 1 FROM departure d WHERE d.provider = p.provider AND d.person = p.id) ORDER BY s.account",
);
static PRESENT_BY_EMAIL: Sql = Sql::new(
    "SELECT p.id, p.provider, p.role, p.name, p.email, p.account, p.language, p.zone, s.account, s.role
     FROM person p LEFT JOIN standing s ON s.provider = p.provider AND s.person = p.id
     WHERE p.provider = $1 AND p.email = $2 AND NOT EXISTS
     (SELECT 1 FROM departure d WHERE d.provider = p.provider AND d.person = p.id) ORDER BY s.account",
);
static LEAVE: Sql = Sql::new(
    "INSERT INTO departure (provider, person, at) VALUES ($1, $2, $3) ON CONFLICT (provider, person) DO NOTHING",
);
static END_SESSIONS: Sql = Sql::new("DELETE FROM session WHERE provider = $1 AND person = $2");
static END_SIGN_INS: Sql = Sql::new("DELETE FROM sign_in WHERE provider = $1 AND person = $2");
static RETURN: Sql = Sql::new("DELETE FROM departure WHERE provider = $1 AND person = $2");
// A person's roles are changed by one transaction at a time.
static HOLD: Sql = Sql::new("UPDATE person SET role = role WHERE provider = $1 AND id = $2");
static REMOVE_ALL: Sql = Sql::new("DELETE FROM standing WHERE provider = $1 AND person = $2");
static OF_PROVIDER: Sql =
    Sql::new("SELECT person, account, role FROM standing WHERE provider = $1 ORDER BY person, account");
static DEPARTED: Sql = Sql::new("SELECT person FROM departure WHERE provider = $1");
static ADMINISTRATORS: Sql = Sql::new(
    "SELECT count(*) FROM person p WHERE p.provider = $1 AND p.role = 'admin' AND NOT EXISTS
     (SELECT 1 FROM departure d WHERE d.provider = p.provider AND d.person = p.id)",
);
static OF_ACCOUNT: Sql = Sql::new(
    "SELECT p.id, p.provider, p.role, p.name, p.email, p.account, p.language, p.zone, s.account, s.role
     FROM person p LEFT JOIN standing s ON s.provider = p.provider AND s.person = p.id AND s.account = $2
     WHERE p.provider = $1 AND p.role = 'contact' AND (s.account = $2 OR (p.account = $2 AND NOT EXISTS
     (SELECT 1 FROM standing o WHERE o.provider = p.provider AND o.person = p.id))) AND NOT EXISTS
     (SELECT 1 FROM departure d WHERE d.provider = p.provider AND d.person = p.id) ORDER BY p.id",
);

impl Database {
    /// Gives a contact a role in an account, in place of the one they had there.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn put_standing(
        &self,
        provider: &ProviderId,
        person: PersonId,
        standing: Standing,
    ) -> Result<(), StoreError> {
        let values = vec![
            Value::text(provider.0.clone()),
            Value::id(person.0),
            Value::id(standing.account.0),
            Value::text(standing.role.as_str()),
        ];
        self.write(&PUT, values).await.map(drop)
    }

    /// Gives a contact these roles in accounts, in place of all they had, in one piece.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn put_standings(
        &self,
        provider: &ProviderId,
        person: PersonId,
        standings: &[Standing],
    ) -> Result<(), StoreError> {
        self.write_all(replacement(provider, person, standings)).await.map(drop)
    }

    /// As [`Database::put_standings`], where the contact still has the roles that were read by
    /// [`Database::standings_of`]. Whether they had.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn change_standings(
        &self,
        provider: &ProviderId,
        person: PersonId,
        read: &[Standing],
        standings: &[Standing],
    ) -> Result<bool, StoreError> {
        let mut statements = replacement(provider, person, standings);
        statements.insert(1, as_read(provider, person, read));
        self.write_where_unchanged(statements).await
    }

    /// As [`Database::let_go`], where the contact still has the roles that were read by
    /// [`Database::standings_of`]. Whether they had.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn let_go_from(
        &self,
        provider: &ProviderId,
        person: PersonId,
        read: &[Standing],
        at: Instant,
    ) -> Result<bool, StoreError> {
        let mut statements = vec![hold(provider, person), as_read(provider, person, read)];
        statements.extend(leaving(provider, person, at));
        self.write_where_unchanged(statements).await
    }

    async fn write_where_unchanged(&self, statements: Vec<Statement<'static>>) -> Result<bool, StoreError> {
        match self.write_all(statements).await {
            Ok(_) => Ok(true),
            Err(StoreError::Conflict) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Every role that was given to a contact of a provider. Whoever has none here is a requester of
    /// their own account.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn standings(&self, provider: &ProviderId) -> Result<Vec<(PersonId, Standing)>, StoreError> {
        self.query(Query::new(&OF_PROVIDER, vec![Value::text(provider.0.clone())], given)).await
    }

    /// As [`Database::standings`], of some people alone.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn standings_of(
        &self,
        provider: &ProviderId,
        people: &[PersonId],
    ) -> Result<Vec<(PersonId, Standing)>, StoreError> {
        if people.is_empty() {
            return Ok(Vec::new());
        }
        let mut values = vec![Value::text(provider.0.clone())];
        let places = people.iter().map(|person| place(&mut values, Value::id(person.0)));
        let text = sql!(
            "SELECT person, account, role FROM standing WHERE provider = $1 AND person IN ({})
             ORDER BY person, account",
            Composed::joined(places, ", ")
        );
        self.query(Query { statement: Statement::built(text, values), map: given }).await
    }

    /// The people of a provider who have left.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn departed(&self, provider: &ProviderId) -> Result<Vec<PersonId>, StoreError> {
        let map = |row: &Row<'_>| row.id(0).map(PersonId);
        self.query(Query::new(&DEPARTED, vec![Value::text(provider.0.clone())], map)).await
    }

    /// How many people administer a provider's desk and have not left.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn administrators(&self, provider: &ProviderId) -> Result<u64, StoreError> {
        let values = vec![Value::text(provider.0.clone())];
        let count = self.query_one(Query::new(&ADMINISTRATORS, values, |row| row.count(0))).await?;
        Ok(count.unwrap_or(0))
    }

    /// Those who have a role in an account and have not left, with that role.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn people_of_account(
        &self,
        provider: &ProviderId,
        account: AccountId,
    ) -> Result<Vec<(Person, AccountRole)>, StoreError> {
        let values = vec![Value::text(provider.0.clone()), Value::id(account.0)];
        let map = |row: &Row<'_>| {
            let role = standing(row)?.map_or(AccountRole::Requester, |standing| standing.role);
            Ok((people::person(row)?, role))
        };
        self.query(Query::new(&OF_ACCOUNT, values, map)).await
    }

    /// Takes the role of a contact in an account away. Whether there was one.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn remove_standing(
        &self,
        provider: &ProviderId,
        person: PersonId,
        account: AccountId,
    ) -> Result<bool, StoreError> {
        let values = vec![Value::text(provider.0.clone()), Value::id(person.0), Value::id(account.0)];
        Ok(self.write(&REMOVE, values).await? == 1)
    }

    /// Lets nobody in as this person any more: sessions and secrets end with it, in one piece.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn let_go(
        &self,
        provider: &ProviderId,
        person: PersonId,
        at: Instant,
    ) -> Result<(), StoreError> {
        self.write_all(leaving(provider, person, at).to_vec()).await.map(drop)
    }

    /// Takes somebody back who had left. Whether they had.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn take_back(&self, provider: &ProviderId, person: PersonId) -> Result<bool, StoreError> {
        let key = vec![Value::text(provider.0.clone()), Value::id(person.0)];
        Ok(self.write(&RETURN, key).await? == 1)
    }

    /// A person by id with the roles they have in accounts; none when they have left. A contact who
    /// was given no role is a requester of their own account; people of the provider have none.
    ///
    /// # Errors
    /// What storage fails at.
    #[boxed]
    pub async fn person_with_standings(
        &self,
        provider: &ProviderId,
        id: PersonId,
    ) -> Result<Option<(Person, Vec<Standing>)>, StoreError> {
        let key = vec![Value::text(provider.0.clone()), Value::id(id.0)];
        let found = self.query(Query::new(&PRESENT, key, present)).await?;
        Ok(with_standings(found))
    }

    /// The person of a provider who has this address, in any case, as [`Database::person_with_standings`]
    /// gives them; none when they have left.
    ///
    /// # Errors
    /// What storage fails at.
    #[boxed]
    pub async fn person_with_standings_by_email(
        &self,
        provider: &ProviderId,
        email: &str,
    ) -> Result<Option<(Person, Vec<Standing>)>, StoreError> {
        let key = vec![Value::text(provider.0.clone()), Value::text(email.to_lowercase())];
        let found = self.query(Query::new(&PRESENT_BY_EMAIL, key, present)).await?;
        Ok(with_standings(found))
    }
}

fn key_of(provider: &ProviderId, person: PersonId) -> Vec<Value<'static>> {
    vec![Value::text(provider.0.clone()), Value::id(person.0)]
}

fn hold(provider: &ProviderId, person: PersonId) -> Statement<'static> {
    Statement::new(&HOLD, key_of(provider, person))
}

/// All roles of a contact replaced by these.
fn replacement(provider: &ProviderId, person: PersonId, standings: &[Standing]) -> Vec<Statement<'static>> {
    let mut statements = vec![hold(provider, person), Statement::new(&REMOVE_ALL, key_of(provider, person))];
    for standing in standings {
        let mut values = key_of(provider, person);
        values.extend([Value::id(standing.account.0), Value::text(standing.role.as_str())]);
        statements.push(Statement::new(&PUT, values));
    }
    statements
}

/// Ends the transaction unless a contact has just the roles that were read.
fn as_read(provider: &ProviderId, person: PersonId, read: &[Standing]) -> Statement<'static> {
    let mut values = key_of(provider, person);
    values.push(Value::Integer(i64::try_from(read.len()).unwrap_or(i64::MAX)));
    let mut text = Composed::new(
        "UPDATE person SET role = role WHERE provider = $1 AND id = $2
         AND (SELECT count(*) FROM standing WHERE provider = $1 AND person = $2) = $3",
    );
    for standing in read {
        let account = place(&mut values, Value::id(standing.account.0));
        let role = place(&mut values, Value::text(standing.role.as_str()));
        text += sql!(
            " AND EXISTS (SELECT 1 FROM standing WHERE provider = $1 AND person = $2 AND account = {} AND role = {})",
            account,
            role
        );
    }
    Statement::built(text, values).or_conflict()
}

/// Lets nobody in as this person any more.
fn leaving(provider: &ProviderId, person: PersonId, at: Instant) -> [Statement<'static>; 3] {
    let key = key_of(provider, person);
    let mut with_instant = key.clone();
    with_instant.push(Value::instant(at));
    [
        Statement::new(&LEAVE, with_instant),
        Statement::new(&END_SESSIONS, key.clone()),
        Statement::new(&END_SIGN_INS, key),
    ]
}

fn present(row: &Row<'_>) -> Result<(Person, Option<Standing>), StoreError> {
    Ok((people::person(row)?, standing(row)?))
}

/// One person from a row for each of their standings.
fn with_standings(found: Vec<(Person, Option<Standing>)>) -> Option<(Person, Vec<Standing>)> {
    let mut standings: Vec<Standing> = found.iter().filter_map(|(_, standing)| *standing).collect();
    let (person, _) = found.into_iter().next()?;
    if person.role != Role::Contact {
        standings.clear();
    } else if let (true, Some(account)) = (standings.is_empty(), person.account) {
        standings.push(Standing { account, role: AccountRole::Requester });
    }
    Some((person, standings))
}

pub(crate) fn standing(row: &Row<'_>) -> Result<Option<Standing>, StoreError> {
    let Some(account) = row.id_or_none(8)? else { return Ok(None) };
    let role = row.text(9)?;
    Ok(Some(Standing {
        account: AccountId(account),
        role: AccountRole::parse(&role)
            .ok_or_else(|| StoreError::corrupt(format!("nobody can be a `{role}` of an account")))?,
    }))
}

fn given(row: &Row<'_>) -> Result<(PersonId, Standing), StoreError> {
    let (account, role) = (AccountId(row.id(1)?), row.text(2)?);
    let role = AccountRole::parse(&role)
        .ok_or_else(|| StoreError::corrupt(format!("nobody can be a `{role}` of an account")))?;
    Ok((PersonId(row.id(0)?), Standing { account, role }))
}
