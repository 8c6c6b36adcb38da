use crate::composed::{Composed, place, sql};
use crate::database::Database;
use crate::error::StoreError;
use crate::fold_words::fold_words;
use crate::sql::{Query, Row, Sql, Statement, Value};
use desk::{AccountId, Person, PersonId, ProviderId, Role};

static PUT: Sql = Sql::new(
    "INSERT INTO person (provider, id, email, role, account, name, language, zone, folded)
     SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9
     WHERE NOT EXISTS (SELECT 1 FROM erasure WHERE provider = $1 AND person = $2)
     ON CONFLICT (provider, id) DO UPDATE SET email = excluded.email, role = excluded.role,
     account = excluded.account, name = excluded.name, language = excluded.language,
     zone = excluded.zone, folded = excluded.folded",
);
// From `$10` on what was read.
static CHANGE: Sql = Sql::new(
    "UPDATE person SET email = $3, role = $4, account = $5, name = $6, language = $7, zone = $8, folded = $9
     WHERE provider = $1 AND id = $2 AND email = $10 AND role = $11 AND account = $12 AND name = $13
     AND language = $14 AND coalesce(zone, '') = $15",
);
// With another address alone: `$3` is the new one.
static END_SESSIONS: Sql = Sql::new(
    "DELETE FROM session WHERE provider = $1 AND person = $2
     AND EXISTS (SELECT 1 FROM person WHERE provider = $1 AND id = $2 AND email = $3)",
);
static END_SIGN_INS: Sql = Sql::new(
    "DELETE FROM sign_in WHERE provider = $1 AND person = $2
     AND EXISTS (SELECT 1 FROM person WHERE provider = $1 AND id = $2 AND email = $3)",
);
static UNLINK: Sql = Sql::new(
    "DELETE FROM identity_link WHERE provider = $1 AND person = $2
     AND EXISTS (SELECT 1 FROM person WHERE provider = $1 AND id = $2 AND email = $3)",
);
static GET: Sql = Sql::new(
    "SELECT id, provider, role, name, email, account, language, zone FROM person
     WHERE provider = $1 AND id = $2",
);
static BY_EMAIL: Sql = Sql::new(
    "SELECT id, provider, role, name, email, account, language, zone FROM person
     WHERE provider = $1 AND email = $2",
);
static EVERYWHERE: Sql = Sql::new(
    "SELECT id, provider, role, name, email, account, language, zone FROM person
     WHERE email = $1 ORDER BY provider",
);
static OF_ROLE: Sql = Sql::new(
    "SELECT id, provider, role, name, email, account, language, zone FROM person
     WHERE provider = $1 AND role = $2 AND NOT EXISTS
     (SELECT 1 FROM departure d WHERE d.provider = person.provider AND d.person = person.id) ORDER BY name, id",
);
static STAFF: Sql = Sql::new(
    "SELECT id, provider, role, name, email, account, language, zone FROM person
     WHERE provider = $1 AND role IN ('agent', 'lead', 'manager', 'admin') AND NOT EXISTS
     (SELECT 1 FROM departure d WHERE d.provider = person.provider AND d.person = person.id) ORDER BY name, id",
);
static EVER_STAFF: Sql = Sql::new(
    "SELECT id, provider, role, name, email, account, language, zone FROM person
     WHERE provider = $1 AND role IN ('agent', 'lead', 'manager', 'admin') ORDER BY name, id",
);
static ALL: Sql = Sql::new(
    "SELECT id, provider, role, name, email, account, language, zone FROM person
     WHERE provider = $1 ORDER BY name, id",
);
static TO_FOLD: Sql = Sql::new("SELECT provider, id, name, email FROM person WHERE folded = '' LIMIT 500");
static FOLD: Sql = Sql::new("UPDATE person SET folded = $3 WHERE provider = $1 AND id = $2 AND folded = ''");

/// Which people of a provider a page of a list holds.
#[derive(Clone, Debug, Default)]
pub struct PeoplePage {
    /// Those who have left, in place of those who have not.
    pub gone: bool,
    /// Those who work there, or contacts alone; all when absent.
    pub staff: Option<bool>,
    /// Folded words, each of which begins one of their name or address, or stands for one of these accounts.
    pub words: Vec<(String, Vec<AccountId>)>,
    /// Only those who come after this one.
    pub after: Option<PersonId>,
    /// At most so many.
    pub at_most: u32,
}

/// What is sorted and sought of a person: the words of the name, then those of the address.
pub(crate) fn folded(name: &str, email: &str) -> String {
    // Two spaces come before any word, so that a name comes before a longer one that begins so.
    format!("{}  {}", fold_words(name).join(" "), fold_words(email).join(" "))
}

impl Database {
    /// Adds or changes a person. Somebody who was erased stays so, whatever file still names them.
    ///
    /// # Errors
    /// [`StoreError::Taken`] for an address that another person of the provider has, and what
    /// storage fails at.
    pub async fn put_person(&self, person: &Person) -> Result<(), StoreError> {
        self.write(&PUT, written(person)).await.map(drop)
    }

    /// Changes a person who still is as they were read. With another address end all sessions, links, tokens and links to
    /// identity providers that let in as them, in one piece. Whether they still were so.
    ///
    /// # Errors
    /// [`StoreError::Taken`] for an address that another person of the provider has, and what
    /// storage fails at.
    pub async fn change_person(&self, read: &Person, changed: &Person) -> Result<bool, StoreError> {
        let mut values = written(changed);
        values.extend([
            Value::text(read.email.to_lowercase()),
            Value::text(read.role.as_str()),
            Value::id_or_empty(read.account.map(|id| id.0)),
            Value::text(read.name.clone()),
            Value::text(read.language.clone()),
            Value::text(read.zone.clone().unwrap_or_default()),
        ]);
        let mut statements = vec![Statement::new(&CHANGE, values)];
        let address = changed.email.to_lowercase();
        if address != read.email.to_lowercase() {
            let values =
                vec![Value::text(changed.provider.0.clone()), Value::id(changed.id.0), Value::text(address)];
            for ending in [&END_SESSIONS, &END_SIGN_INS, &UNLINK] {
                statements.push(Statement::new(ending, values.clone()));
            }
        }
        Ok(self.write_all(statements).await?[0] == 1)
    }

    /// A person by id, whether or not they have left: for names. Who may do or be told something is
    /// asked of [`Database::person_with_standings`].
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn person(&self, provider: &ProviderId, id: PersonId) -> Result<Option<Person>, StoreError> {
        let values = vec![Value::text(provider.0.clone()), Value::id(id.0)];
        self.query_one(Query::new(&GET, values, person)).await
    }

    /// The person of a provider who has this address, in any case, whether or not they have left. Who may
    /// do something is asked of [`Database::person_with_standings_by_email`].
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn person_by_email(
        &self,
        provider: &ProviderId,
        email: &str,
    ) -> Result<Option<Person>, StoreError> {
        let values = vec![Value::text(provider.0.clone()), Value::text(email.to_lowercase())];
        self.query_one(Query::new(&BY_EMAIL, values, person)).await
    }

    /// Everybody who has this address, in any case, over all providers.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn people_by_email(&self, email: &str) -> Result<Vec<Person>, StoreError> {
        self.query(Query::new(&EVERYWHERE, vec![Value::text(email.to_lowercase())], person)).await
    }

    /// The people of a provider with a role who have not left, by name; everybody who works there when
    /// none is named.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn staff(&self, provider: &ProviderId, role: Option<Role>) -> Result<Vec<Person>, StoreError> {
        let key = Value::text(provider.0.clone());
        self.query(match role {
            Some(role) => Query::new(&OF_ROLE, vec![key, Value::text(role.as_str())], person),
            None => Query::new(&STAFF, vec![key], person),
        })
        .await
    }

    /// Everybody who works for a provider or did, by name: for finding what was theirs.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn staff_ever(&self, provider: &ProviderId) -> Result<Vec<Person>, StoreError> {
        self.query(Query::new(&EVER_STAFF, vec![Value::text(provider.0.clone())], person)).await
    }

    /// Everybody whom a provider knows, contacts included, by name.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn people(&self, provider: &ProviderId) -> Result<Vec<Person>, StoreError> {
        self.query(Query::new(&ALL, vec![Value::text(provider.0.clone())], person)).await
    }

    /// A page of the people of a provider, by name without capitals and accents.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn people_page(
        &self,
        provider: &ProviderId,
        page: &PeoplePage,
    ) -> Result<Vec<Person>, StoreError> {
        let mut values = vec![Value::text(provider.0.clone())];
        let mut bind = |value| place(&mut values, value);
        let mut text = sql!(
            "SELECT p.id, p.provider, p.role, p.name, p.email, p.account, p.language, p.zone FROM person p
             WHERE p.provider = $1 AND {}EXISTS
             (SELECT 1 FROM departure d WHERE d.provider = p.provider AND d.person = p.id)",
            if page.gone { "" } else { "NOT " }
        );
        match page.staff {
            Some(true) => text += " AND p.role <> 'contact'",
            Some(false) => text += " AND p.role = 'contact'",
            None => {}
        }
        for (word, accounts) in &page.words {
            // Whoever asks may have forgotten to fold: no sign may reach the pattern.
            let word: String = word.chars().filter(|letter| letter.is_alphanumeric()).collect();
            text += sql!(" AND (' ' || p.folded LIKE {}", bind(Value::text(format!("% {word}%"))));
            if !accounts.is_empty() {
                let accounts = accounts.iter().map(|account| bind(Value::id(account.0)));
                let accounts = Composed::joined(accounts, ", ");
                text += sql!(
                    " OR (p.role = 'contact' AND (EXISTS (SELECT 1 FROM standing s WHERE s.provider = p.provider
                     AND s.person = p.id AND s.account IN ({})) OR (p.account IN ({}) AND NOT EXISTS
                     (SELECT 1 FROM standing s WHERE s.provider = p.provider AND s.person = p.id))))",
                    accounts,
                    accounts
                );
            }
            text += ")";
        }
        if let Some(after) = page.after {
            text += sql!(
                " AND (p.folded, p.id) > (SELECT q.folded, q.id FROM person q WHERE q.provider = $1 AND q.id = {})",
                bind(Value::id(after.0))
            );
        }
        text += sql!(" ORDER BY p.folded, p.id LIMIT {}", page.at_most);
        self.query_at_leisure(Query { statement: Statement::built(text, values), map: person }).await
    }

    /// Folds the names of people who were stored before names were folded.
    pub(crate) async fn fold_people(&self) -> Result<(), StoreError> {
        loop {
            let found = self
                .query(Query::new(&TO_FOLD, Vec::new(), |row| {
                    Ok((row.text(0)?, row.id(1)?, folded(&row.text(2)?, &row.text(3)?)))
                }))
                .await?;
            if found.is_empty() {
                return Ok(());
            }
            let statements = found.into_iter().map(|(provider, id, folded)| {
                Statement::new(&FOLD, vec![Value::text(provider), Value::id(id), Value::text(folded)])
            });
            self.write_all(statements.collect()).await?;
        }
    }
}

/// A person as the columns of a row: provider and id, then what can change.
fn written(person: &Person) -> Vec<Value<'static>> {
    vec![
        Value::text(person.provider.0.clone()),
        Value::id(person.id.0),
        Value::text(person.email.to_lowercase()),
        Value::text(person.role.as_str()),
        Value::id_or_empty(person.account.map(|id| id.0)),
        Value::text(person.name.clone()),
        Value::text(person.language.clone()),
        person.zone.clone().map_or(Value::Null, Value::text),
        Value::text(folded(&person.name, &person.email)),
    ]
}

pub(crate) fn person(row: &Row<'_>) -> Result<Person, StoreError> {
    let role = row.text(2)?;
    Ok(Person {
        id: PersonId(row.id(0)?),
        provider: ProviderId(row.text(1)?),
        role: [Role::Agent, Role::Lead, Role::Manager, Role::Admin, Role::Contact]
            .into_iter()
            .find(|known| known.as_str() == role)
            .ok_or_else(|| StoreError::corrupt(format!("nobody can be a `{role}`")))?,
        name: row.text(3)?,
        email: row.text(4)?,
        account: row.id_or_none(5)?.map(AccountId),
        language: row.text(6)?,
        zone: row.text_or_none(7)?,
    })
}
