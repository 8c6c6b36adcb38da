//! Who saw what, when and from where. The same again within an hour is one row.

use crate::database::Database;
use crate::error::StoreError;
use crate::sql::{Query, Row, Sql, Statement, Value};
use calendar::Instant;
use desk::{PersonId, ProviderId};

/// That somebody saw something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// Whose desk.
    pub provider: ProviderId,
    /// Who.
    pub person: PersonId,
    /// What kind of thing: `request`, `file`, `letter`, `export`.
    pub what: String,
    /// Which.
    pub object: String,
    /// When first within the hour.
    pub at: Instant,
    /// By which way in: `session` or `token`.
    pub way: String,
    /// From which network.
    pub network: String,
}

/// Whose looks are wanted, and at what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LookQuery {
    /// Of this person only.
    pub person: Option<PersonId>,
    /// At things whose name begins like this only.
    pub object: Option<String>,
    /// Before this instant only.
    pub before: Option<Instant>,
    /// At most so many.
    pub at_most: u32,
}

const HOUR_MILLISECONDS: i64 = 3_600_000;

static ADD: Sql = Sql::new(
    "INSERT INTO look (provider, person, what, object, hour, at, way, network)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (provider, person, what, object, hour) DO NOTHING",
);
static ALL: Sql = Sql::new(
    "SELECT provider, person, what, object, at, way, network FROM look
     WHERE provider = $1 AND at < $2 ORDER BY at DESC, object LIMIT $3",
);
static OF_PERSON: Sql = Sql::new(
    "SELECT provider, person, what, object, at, way, network FROM look
     WHERE provider = $1 AND at < $2 AND person = $4 ORDER BY at DESC, object LIMIT $3",
);
static OF_OBJECT: Sql = Sql::new(
    "SELECT provider, person, what, object, at, way, network FROM look
     WHERE provider = $1 AND at < $2 AND object >= $4 AND object < $5 ORDER BY at DESC, object LIMIT $3",
);

impl Database {
    /// Adds looks; those of an hour that has one already change nothing.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn append_looks(&self, looks: &[Look]) -> Result<(), StoreError> {
        let statement = |look: &Look| {
            let values = vec![
                Value::text(look.provider.0.clone()),
                Value::id(look.person.0),
                Value::text(look.what.clone()),
                Value::text(look.object.clone()),
                Value::Integer(look.at.milliseconds().div_euclid(HOUR_MILLISECONDS)),
                Value::instant(look.at),
                Value::text(look.way.clone()),
                Value::text(look.network.clone()),
            ];
            Statement::new(&ADD, values)
        };
        self.write_all(looks.iter().map(statement).collect()).await.map(drop)
    }

    /// Looks at things of a provider, the latest first.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn looks(&self, provider: &ProviderId, query: &LookQuery) -> Result<Vec<Look>, StoreError> {
        let before = query.before.map_or(i64::MAX, Instant::milliseconds);
        let mut values =
            vec![Value::text(provider.0.clone()), Value::Integer(before), Value::count(query.at_most.into())];
        let sql = match (&query.person, &query.object) {
            (Some(person), _) => {
                values.push(Value::id(person.0));
                &OF_PERSON
            }
            (None, Some(object)) => {
                values.extend([Value::text(object.clone()), Value::text(format!("{object}\u{10ffff}"))]);
                &OF_OBJECT
            }
            (None, None) => &ALL,
        };
        self.query_at_leisure(Query::new(sql, values, look)).await
    }
}

fn look(row: &Row<'_>) -> Result<Look, StoreError> {
    Ok(Look {
        provider: ProviderId(row.text(0)?),
        person: PersonId(row.id(1)?),
        what: row.text(2)?,
        object: row.text(3)?,
        at: row.instant(4)?,
        way: row.text(5)?,
        network: row.text(6)?,
    })
}
