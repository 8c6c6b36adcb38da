//! People of a customer whom the agreement names, on both databases.

use desk::{PersonId, Refusal};
use futures_util::future::join_all;
use operations::{
    Failure, NewRequest, Request, command_ticket, name_contacts, open_ticket, settle,
    tell_of_missing_contacts, view_named_contacts,
};
use terms::Facts;

#[path = "sample/desk.rs"]
mod sample;

use sample::{Desk, postgres_under, sqlite_under};

const NETMATH: &str = include_str!("../../../agreements/netmath.md");
const NOE: u128 = 1;
const MAUDE: u128 = 3;
const PAUL: u128 = 4;
const ROSE: u128 = 5;
const MAX: u128 = 7;

/// An agreement that lets the technical contact alone ask how the work goes on.
fn document() -> String {
    let place = "decide_claim = { who = [\"manager\"]";
    assert!(NETMATH.contains(place));
    NETMATH
        .replace(place, &format!("request_update = {{ who = [\"technical_contact\", \"agent\"] }}\n{place}"))
}

async fn who_is_missing_is_told_and_an_act_is_kept_to_whom_it_names(desk: Desk) {
    let environment = &desk.environment;
    let (max, maude) = (desk.viewer(MAX).await, desk.viewer(MAUDE).await);
    let view = view_named_contacts(environment, &max, "bouleaux").await.expect("shown");
    let missing: Vec<&str> = view.missing.iter().map(String::as_str).collect();
    assert_eq!(missing, ["commercial_contact", "teaching_contact", "technical_contact"]);
    assert!(view.clause.is_some());
    let by_agent =
        name_contacts(environment, &desk.viewer(NOE).await, "bouleaux", "technical_contact", &[]).await;
    assert!(matches!(by_agent, Err(Failure::NotPermitted)), "{by_agent:?}");
    let stranger = name_contacts(environment, &max, "bouleaux", "technical_contact", &[PersonId(PAUL)]).await;
    assert!(matches!(stranger, Err(Failure::Invalid { field: "people", .. })), "{stranger:?}");
    let unknown = name_contacts(environment, &max, "bouleaux", "cook", &[PersonId(ROSE)]).await;
    assert!(matches!(unknown, Err(Failure::Refused(Refusal::UnknownValue { .. }))), "{unknown:?}");
    for role in ["commercial_contact", "teaching_contact", "technical_contact"] {
        name_contacts(environment, &max, "bouleaux", role, &[PersonId(ROSE)]).await.expect("named");
    }
    let view = view_named_contacts(environment, &maude, "bouleaux").await.expect("shown");
    assert!(view.missing.is_empty() && view.combined.is_empty(), "all three may be combined");
    assert!(desk.outgoing_to("max@orvane.example").is_empty(), "nobody came to be missing");
    let other = view_named_contacts(environment, &desk.viewer(PAUL).await, "bouleaux").await;
    assert!(matches!(other, Err(Failure::NotFound { .. })), "{other:?}");

    let new = NewRequest {
        channel: "portal".to_owned(),
        subject: "Panne".to_owned(),
        body: "Rien ne s’ouvre.".to_owned(),
        facts: Facts::new(),
        ..NewRequest::default()
    };
    let number = open_ticket(environment, &maude, new).await.expect("opened").number;
    let ask = || Request::RequestUpdate { body: None };
    match command_ticket(environment, &maude, &number, ask(), None).await {
        Err(Failure::Refused(Refusal::NotPermitted { clause: Some(clause), .. })) => {
            assert_eq!(clause.number, "5.7");
        }
        other => panic!("it is kept to the technical contact: {other:?}"),
    }
    command_ticket(environment, &desk.viewer(ROSE).await, &number, ask(), None).await.expect("she is");

    // Once nobody has the role any more, managers are told by letter.
    name_contacts(environment, &max, "bouleaux", "technical_contact", &[]).await.expect("named");
    settle(environment).await.expect("rounds");
    let letters = desk.outgoing_to("max@orvane.example");
    let [letter] = letters.as_slice() else { panic!("one letter: {}", letters.len()) };
    assert!(letter.text.contains("Personne-ressource technique"), "{}", letter.text);
    let refused = command_ticket(environment, &desk.viewer(ROSE).await, &number, ask(), None).await;
    assert!(matches!(refused, Err(Failure::Refused(Refusal::NotPermitted { .. }))), "{refused:?}");
}

/// Whatever makes a role be without anybody, managers are told of all of it once, in one letter.
async fn whatever_makes_somebody_missing_is_told_once(desk: Desk) {
    let (environment, max) = (&desk.environment, desk.viewer(MAX).await);
    let told = async || {
        tell_of_missing_contacts(environment).await.expect("looked at");
        settle(environment).await.expect("rounds");
        desk.outgoing_to("max@orvane.example")
    };
    let letters = told().await;
    let [letter] = letters.as_slice() else { panic!("one letter: {}", letters.len()) };
    for role in ["Personne-ressource technique", "BOULEAUX"] {
        assert!(letter.text.contains(role), "{role}: {}", letter.text);
    }
    assert_eq!(told().await.len(), 1, "what is known is not told again");
    for role in ["commercial_contact", "teaching_contact", "technical_contact"] {
        name_contacts(environment, &max, "bouleaux", role, &[PersonId(ROSE)]).await.expect("named");
    }
    assert_eq!(told().await.len(), 1, "nobody is missing");
    // She leaves the customer, and nobody thought of her roles.
    let (store, provider) = (&environment.store, &desk.provider.id);
    store.let_go(provider, PersonId(ROSE), environment.now()).await.expect("she left");
    let letters = told().await;
    let [_, letter] = letters.as_slice() else { panic!("a second one: {}", letters.len()) };
    assert!(letter.text.contains("Personne-ressource technique"), "{}", letter.text);
}

/// Each role has a form of its own: who names one at the same moment as another is named keeps both.
async fn roles_named_at_the_same_moment_are_all_kept(desk: Desk) {
    let (environment, max) = (&desk.environment, desk.viewer(MAX).await);
    let roles = ["commercial_contact", "teaching_contact", "technical_contact"];
    for people in [vec![PersonId(ROSE)], vec![PersonId(MAUDE)], vec![PersonId(ROSE), PersonId(MAUDE)]] {
        let named = roles.map(|role| name_contacts(environment, &max, "bouleaux", role, &people));
        for outcome in join_all(named).await {
            outcome.expect("named");
        }
        let view = view_named_contacts(environment, &max, "bouleaux").await.expect("shown");
        let holders = view.roles.iter().filter(|role| roles.contains(&role.name.as_str()));
        let holders: Vec<usize> = holders.map(|role| role.holders.len()).collect();
        assert_eq!(holders, [people.len(); 3], "{:?}", view.roles);
        let held = view.roles.iter().flat_map(|role| &role.holders);
        assert!(held.into_iter().all(|(holder, _)| people.contains(holder)));
    }
}

#[tokio::test]
async fn together_sqlite() {
    roles_named_at_the_same_moment_are_all_kept(sqlite_under(NETMATH).await).await;
}

#[tokio::test]
async fn together_postgres() {
    roles_named_at_the_same_moment_are_all_kept(postgres_under(NETMATH).await).await;
}

#[tokio::test]
async fn named_sqlite() {
    who_is_missing_is_told_and_an_act_is_kept_to_whom_it_names(sqlite_under(&document()).await).await;
}

#[tokio::test]
async fn missing_sqlite() {
    whatever_makes_somebody_missing_is_told_once(sqlite_under(NETMATH).await).await;
}

#[tokio::test]
async fn missing_postgres() {
    whatever_makes_somebody_missing_is_told_once(postgres_under(NETMATH).await).await;
}

#[tokio::test]
async fn named_postgres() {
    who_is_missing_is_told_and_an_act_is_kept_to_whom_it_names(postgres_under(&document()).await).await;
}
