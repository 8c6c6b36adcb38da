//! Who saw what, when and from where. The same again within an hour is one row.

use crate::composed::{Composed, place, sql};
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

impl Look {
    /// What was looked at: the number of a request, else its name.
    #[must_use]
    pub fn about(&self) -> &str {
        self.object.split_once('/').map_or(self.object.as_str(), |(number, _)| number)
    }
}

/// Whose looks are wanted, and at what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LookQuery {
    /// Of this person only.
    pub person: Option<PersonId>,
    /// At this thing only: the number of a request, else its name.
    pub about: Option<String>,
    /// Only at what this person asked, and at themselves.
    pub subject: Option<PersonId>,
    /// From this instant on only.
    pub from: Option<Instant>,
    /// Before this instant only.
    pub before: Option<Instant>,
    /// Only what comes after this one in the order in which they are given.
    pub after: Option<Look>,
    /// At most so many.
    pub at_most: u32,
}

const HOUR_MILLISECONDS: i64 = 3_600_000;

static ADD: Sql = Sql::new(
    "INSERT INTO look (provider, person, what, object, hour, at, way, network, about)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
     ON CONFLICT (provider, person, what, object, hour) DO NOTHING",
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
                Value::text(look.about().to_owned()),
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
        let mut values = vec![
            Value::text(provider.0.clone()),
            Value::Integer(query.from.map_or(i64::MIN, Instant::milliseconds)),
            Value::Integer(query.before.map_or(i64::MAX, Instant::milliseconds)),
        ];
        let mut bind = |value| place(&mut values, value);
        let mut text = Composed::new("SELECT look.provider, person, what, object, at, way, network FROM ");
        if let Some(subject) = query.subject {
            let (id, name) = (bind(Value::id(subject.0)), bind(Value::text(subject.to_string())));
            // Their requests first, and each one's looks by the index: SQLite would walk through all looks for a list
            // (15 s instead of 40 ms among ten million), and keeps this order for a CROSS JOIN.
            text += sql!(
                "(SELECT number AS whose FROM ticket WHERE provider = $1 AND contact = {}
                  UNION ALL SELECT CAST({} AS TEXT)) AS theirs CROSS JOIN ",
                id,
                name
            );
        }
        text += "look WHERE look.provider = $1 AND at >= $2 AND at < $3";
        if query.subject.is_some() {
            text += " AND about = whose";
        }
        if let Some(person) = query.person {
            text += sql!(" AND person = {}", bind(Value::id(person.0)));
        }
        if let Some(about) = &query.about {
            text += sql!(" AND about = {}", bind(Value::text(about.clone())));
        }
        if let Some(after) = &query.after {
            let at = bind(Value::instant(after.at));
            let object = bind(Value::text(after.object.clone()));
            let (person, what) = (bind(Value::id(after.person.0)), bind(Value::text(after.what.clone())));
            text += sql!(
                " AND at <= {} AND (at < {} OR (object, person, what) > ({}, {}, {}))",
                at,
                at,
                object,
                person,
                what
            );
        }
        let most = bind(Value::count(query.at_most.into()));
        text += sql!(" ORDER BY at DESC, object, person, what LIMIT {}", most);
        self.query_at_leisure(Query { statement: Statement::built(text, values), map: look }).await
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
