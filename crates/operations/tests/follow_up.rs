//! What is closed goes on in a new request that takes its people, product and contract along, on both databases.

use desk::{ContractId, PersonId, Refusal};
use operations::{
    Failure, Once, Received, Request, TicketView, command_ticket, command_ticket_once, view_ticket,
};
use terms::{FactValue, Facts};

#[path = "sample/desk.rs"]
mod sample;

use sample::{AGREEMENT, Desk, LETTER, postgres, postgres_under, sqlite, sqlite_under};

const AGENT: u128 = 1;
const MAUDE: u128 = 3;
const PAUL: u128 = 4;
const ROSE: u128 = 5;

async fn give(desk: &Desk, viewer: u128, number: &str, request: Request) -> Result<TicketView, Failure> {
    command_ticket(&desk.environment, &desk.viewer(viewer).await, number, request, None).await
}

fn follow_up(subject: Option<&str>) -> Request {
    Request::FollowUp {
        subject: subject.map(str::to_owned),
        body: "Cela recommence.".to_owned(),
        files: Vec::new(),
    }
}

/// A request of Maude's that Rose follows, closed.
async fn closed(desk: &Desk) {
    desk.receive(LETTER, true).await;
    let facts =
        Facts::new().with("product", FactValue::text("Revit")).with("version", FactValue::text("2026"));
    give(desk, AGENT, "ORV-1", Request::Learn { facts, consent: Default::default() }).await.expect("learnt");
    give(desk, ROSE, "ORV-1", Request::Follow { person: None }).await.expect("followed");
    give(desk, MAUDE, "ORV-1", Request::Confirm).await.expect("closed");
}

async fn it_takes_its_people_product_and_contract_along(desk: Desk) {
    closed(&desk).await;
    let view = give(&desk, MAUDE, "ORV-1", follow_up(None)).await.expect("opened");
    assert_eq!((view.number.as_str(), view.subject.as_str()), ("ORV-2", "Revit ne s'ouvre plus"));
    assert_eq!(
        view.links,
        [("ORV-1".to_owned(), "follow_up".to_owned())],
        "the customer sees what it follows"
    );
    let view = view_ticket(&desk.environment, &desk.viewer(AGENT).await, "ORV-2").await.expect("shown");
    assert_eq!(view.account.as_ref().map(|(_, name)| name.as_str()), Some("BOULEAUX"));
    assert_eq!(view.contract.as_ref().map(|contract| contract.id), Some(ContractId(1)));
    assert_eq!((view.facts.text("product"), view.facts.text("version")), (Some("Revit"), Some("2026")));
    assert_eq!(view.contact.as_ref().map(|person| person.id), Some(PersonId(MAUDE)));
    assert!(view.followers.iter().any(|person| person.id == PersonId(ROSE)));
    assert_eq!(view.messages[0].body.as_deref(), Some("Cela recommence."));
    let old = view_ticket(&desk.environment, &desk.viewer(MAUDE).await, "ORV-1").await.expect("shown");
    assert_eq!(old.state, desk::TicketState::Closed, "the closed one stays closed");
    assert_eq!(old.verdict, view.verdict, "what is known of the product decides on both alike");
    assert_eq!(old.links, [("ORV-2".to_owned(), "followed_by".to_owned())]);
}

async fn colleagues_open_it_for_the_customer_and_others_do_not(desk: Desk) {
    desk.receive(LETTER, true).await;
    let open = give(&desk, AGENT, "ORV-1", follow_up(None)).await;
    assert!(matches!(open, Err(Failure::Refused(Refusal::NotClosed))), "{open:?}");
    give(&desk, MAUDE, "ORV-1", Request::Confirm).await.expect("closed");
    let other = give(&desk, PAUL, "ORV-1", follow_up(None)).await;
    assert!(matches!(other, Err(Failure::NotFound { .. })), "{other:?}");
    let empty = Request::FollowUp { subject: None, body: " ".to_owned(), files: Vec::new() };
    let empty = give(&desk, AGENT, "ORV-1", empty).await;
    assert!(matches!(empty, Err(Failure::Refused(Refusal::Empty))), "{empty:?}");
    let agent = desk.viewer(AGENT).await;
    let endless = Some(Once { key: "k".repeat(256), asked: "suite".to_owned() });
    let asked = follow_up(None);
    let endless = command_ticket_once(&desk.environment, &agent, "ORV-1", asked, None, endless).await;
    assert!(matches!(endless, Err(Failure::Refused(Refusal::OutOfBounds { .. }))));
    // Sent twice under one key it is one.
    let once = || Some(Once { key: "suite".to_owned(), asked: "suite".to_owned() });
    for _ in 0..2 {
        let asked = follow_up(Some("Encore Revit"));
        let done = command_ticket_once(&desk.environment, &agent, "ORV-1", asked, None, once()).await;
        let done = done.expect("opened");
        assert_eq!((done.number.as_str(), done.version), ("ORV-2", 1), "not the one that it follows");
        let view = done.show(&desk.environment, &agent).await.expect("shown");
        assert_eq!((view.number.as_str(), view.subject.as_str()), ("ORV-2", "Encore Revit"));
        assert_eq!(view.contact.as_ref().map(|person| person.id), Some(PersonId(MAUDE)));
    }
}

fn answer() -> String {
    LETTER
        .replace("<one@client.example>", "<two@client.example>\nIn-Reply-To: <one@client.example>")
        .replace("Bonjour, Revit se ferme au lancement.", "Cela recommence.")
}

async fn an_answer_opens_it_again_where_the_agreement_says_nothing(desk: Desk) {
    closed(&desk).await;
    assert_eq!(desk.receive(&answer(), true).await, Received::Joined("ORV-1".to_owned()));
    let view = view_ticket(&desk.environment, &desk.viewer(AGENT).await, "ORV-1").await.expect("shown");
    assert!(view.state.is_live());
}

/// An agreement by which an answer opens the request again for ten days, and a new one later.
fn follows_up() -> String {
    let place = "[queue]\norder = [\"arrival\"]";
    assert!(AGREEMENT.contains(place));
    let rule = "[after_closing]\nreply = \"follows up\"\nreopens_within = \"10 days\"";
    AGREEMENT.replace(place, &format!("{rule}\n\n{place}"))
}

async fn an_answer_opens_a_new_one_where_the_agreement_says_so(desk: Desk) {
    closed(&desk).await;
    let soon = view_ticket(&desk.environment, &desk.viewer(MAUDE).await, "ORV-1").await.expect("shown");
    assert!(soon.follows_up.is_none(), "for ten days it opens again");
    desk.go_to("2026-08-26T10:00:00-04:00").await;
    let view = view_ticket(&desk.environment, &desk.viewer(MAUDE).await, "ORV-1").await.expect("shown");
    assert_eq!(view.follows_up.expect("now it follows").number, "3.0");
    assert_eq!(desk.receive(&answer(), true).await, Received::Opened("ORV-2".to_owned()));
    let agent = desk.viewer(AGENT).await;
    let view = view_ticket(&desk.environment, &agent, "ORV-2").await.expect("shown");
    assert_eq!(view.links, [("ORV-1".to_owned(), "follow_up".to_owned())]);
    assert_eq!(view.contact.as_ref().map(|person| person.id), Some(PersonId(MAUDE)));
    assert_eq!(view.facts.text("product"), Some("Revit"));
    let old = view_ticket(&desk.environment, &agent, "ORV-1").await.expect("shown");
    assert_eq!((old.state, old.messages.len()), (desk::TicketState::Closed, 1));
    // In the portal an answer does the same, and the closed one is not opened again by the customer.
    let reply = Request::Reply {
        body: "Toujours rien.".to_owned(),
        files: Vec::new(),
        technical: true,
        turn: None,
        undo_seconds: 0,
    };
    assert_eq!(give(&desk, MAUDE, "ORV-1", reply).await.expect("opened").number, "ORV-3");
    let reopened = give(&desk, MAUDE, "ORV-1", Request::Reopen).await;
    assert!(
        matches!(reopened, Err(Failure::Refused(Refusal::NotPermitted { clause: Some(_), .. }))),
        "{reopened:?}"
    );
    give(&desk, AGENT, "ORV-1", Request::Reopen).await.expect("the desk may");
}

on_both_databases! {
    it_takes_its_people_product_and_contract_along => along_sqlite, along_postgres;
    colleagues_open_it_for_the_customer_and_others_do_not => colleagues_sqlite, colleagues_postgres;
    an_answer_opens_it_again_where_the_agreement_says_nothing => again_sqlite, again_postgres;
}

#[tokio::test]
async fn new_one_sqlite() {
    an_answer_opens_a_new_one_where_the_agreement_says_so(sqlite_under(&follows_up()).await).await;
}

#[tokio::test]
async fn new_one_postgres() {
    an_answer_opens_a_new_one_where_the_agreement_says_so(postgres_under(&follows_up()).await).await;
}
