//! Who may do what, as a file for a review.

use crate::csv::{Table, line};
use crate::error::Fault;
use crate::state::Web;
use crate::viewer::Agent;
use axum::extract::State;
use axum::response::Response;
use calendar::Instant;
use operations::{PeopleFilter, PersonRights, report_rights};

/// People that are read at once.
const PEOPLE: usize = 200;

/// `GET /admin/personnes/droits.csv`: everybody who may come in, a row for each role and each token; read while it is
/// handed over.
pub(crate) async fn export(State(web): State<Web>, agent: Agent) -> Result<Response, Fault> {
    let filter = PeopleFilter { limit: PEOPLE, ..PeopleFilter::default() };
    let first = report_rights(&web.environment, &agent.viewer, &filter)
        .await
        .map_err(|failure| agent.frame.fault(failure))?;
    let (environment, viewer) = (web.environment.clone(), agent.viewer);
    let file = Table {
        name: "rights.csv",
        columns: "id,name,email,by,where,as,teams,rights,second_factor,made_at,ends_at,last_used_at",
        lines: |(people, _): &(Vec<PersonRights>, Option<String>)| lines(people),
        cursor: |(_, cursor)| cursor.clone(),
    };
    Ok(file.hand_over(first, move |cursor| {
        let (environment, viewer) = (environment.clone(), viewer.clone());
        async move {
            let filter = PeopleFilter { limit: PEOPLE, cursor: Some(cursor), ..PeopleFilter::default() };
            report_rights(&environment, &viewer, &filter).await
        }
    }))
}

fn lines(people: &[PersonRights]) -> String {
    let mut text = String::new();
    let told = |at: Option<Instant>| at.map(|at| at.to_string()).unwrap_or_default();
    for row in people {
        let person = &row.person;
        let mut add = |by: &str, place: &str, as_what: &str, rights: &str, dates: [Option<Instant>; 3]| {
            let [made_at, ends_at, used_at] = dates.map(told);
            let second = if row.has_second_factor { "yes" } else { "no" };
            let teams = person.teams.join(" ");
            let id = person.id.to_string();
            text += &line([
                &id,
                &person.name,
                &person.email,
                by,
                place,
                as_what,
                &teams,
                rights,
                second,
                &made_at,
                &ends_at,
                &used_at,
            ]);
        };
        if person.role.is_staff() {
            add("role", "", person.role.as_str(), &row.rights.join(" "), [None, None, row.seen_at]);
        }
        for (known, rights) in person.accounts.iter().zip(&row.in_accounts) {
            add("role", &known.key, known.role.as_str(), &rights.join(" "), [None, None, row.seen_at]);
        }
        for token in &row.tokens {
            let dates = [Some(token.made_at), token.ends_at, token.used_at];
            add("token", &token.label, "", &token.scopes.join(" "), dates);
        }
    }
    text
}
