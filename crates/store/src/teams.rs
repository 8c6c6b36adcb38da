//! Teams of a provider.

use crate::database::Database;
use crate::error::StoreError;
use crate::sql::{Query, Row, Sql, Statement, Value};
use desk::{PersonId, ProviderId};

/// Some of a provider's people, by one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Team {
    /// A short name for programs, unique for the provider and fixed once given.
    pub key: String,
    /// Name as shown.
    pub name: String,
    /// Who is in it, by id.
    pub members: Vec<PersonId>,
}

static PUT: Sql = Sql::new(
    "INSERT INTO team (provider, key, name) VALUES ($1, $2, $3)
     ON CONFLICT (provider, key) DO UPDATE SET name = excluded.name",
);
static EMPTY: Sql = Sql::new("DELETE FROM team_member WHERE provider = $1 AND team = $2");
static JOIN: Sql = Sql::new("INSERT INTO team_member (provider, team, person) VALUES ($1, $2, $3)");
static ALL: Sql = Sql::new(
    "SELECT t.key, t.name, m.person FROM team t LEFT JOIN team_member m
     ON m.provider = t.provider AND m.team = t.key WHERE t.provider = $1 ORDER BY t.key, m.person",
);

impl Database {
    /// Adds a team or changes its name, and says who is in it, in one piece.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn put_team(&self, provider: &ProviderId, team: &Team) -> Result<(), StoreError> {
        let key = vec![Value::text(provider.0.clone()), Value::text(team.key.clone())];
        let mut named = key.clone();
        named.push(Value::text(team.name.clone()));
        let mut statements = vec![Statement::new(&PUT, named), Statement::new(&EMPTY, key.clone())];
        for person in &team.members {
            let mut values = key.clone();
            values.push(Value::id(person.0));
            statements.push(Statement::new(&JOIN, values));
        }
        self.write_all(statements).await.map(drop)
    }

    /// The teams of a provider, by key.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn teams(&self, provider: &ProviderId) -> Result<Vec<Team>, StoreError> {
        let map = |row: &Row<'_>| Ok((row.text(0)?, row.text(1)?, row.id_or_none(2)?.map(PersonId)));
        let rows = self.query(Query::new(&ALL, vec![Value::text(provider.0.clone())], map)).await?;
        let mut teams: Vec<Team> = Vec::new();
        for (key, name, member) in rows {
            if teams.last().is_none_or(|team| team.key != key) {
                teams.push(Team { key, name, members: Vec::new() });
            }
            if let (Some(team), Some(member)) = (teams.last_mut(), member) {
                team.members.push(member);
            }
        }
        Ok(teams)
    }
}
