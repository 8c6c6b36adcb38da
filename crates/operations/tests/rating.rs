//! How customers say that they were helped, on both databases.

use desk::{Refusal, Score, TicketEvent};
use operations::{
    Failure, QueueFilter, QueueKind, Request, command_ticket, follow_rating_link, list_tickets, rate_by_link,
    settle, view_ticket,
};

#[path = "sample/desk.rs"]
mod sample;

use sample::{AGREEMENT, Desk, LETTER, postgres, postgres_under, sqlite, sqlite_under};

const AGENT: u128 = 1;
const MAUDE: u128 = 3;

async fn it_is_told_once_and_after_closing(desk: Desk) {
    let environment = &desk.environment;
    let (agent, maude) = (desk.viewer(AGENT).await, desk.viewer(MAUDE).await);
    desk.receive(LETTER, true).await;
    let rate = |score: Score| Request::Rate {
        score: score.as_str().to_owned(),
        comment: Some("Merci, c’était vite fait.".to_owned()),
    };
    let early = command_ticket(environment, &maude, "ORV-1", rate(Score::Good), None).await;
    assert!(matches!(early, Err(Failure::Refused(Refusal::NotClosed))), "{early:?}");
    command_ticket(environment, &maude, "ORV-1", Request::Confirm, None).await.expect("closed");
    let of_desk = command_ticket(environment, &agent, "ORV-1", rate(Score::Good), None).await;
    assert!(matches!(of_desk, Err(Failure::NotPermitted)), "{of_desk:?}");
    command_ticket(environment, &maude, "ORV-1", rate(Score::Fair), None).await.expect("told");
    let again = command_ticket(environment, &maude, "ORV-1", rate(Score::Bad), None).await;
    assert!(matches!(again, Err(Failure::Refused(Refusal::AlreadyRated))), "{again:?}");
    let view = view_ticket(environment, &agent, "ORV-1").await.expect("shown");
    let (rating, said) = view.rating.expect("there is one");
    assert_eq!((rating.score, said.as_deref()), (Score::Fair, Some("Merci, c’était vite fait.")));
    for (text, count) in [
        ("satisfaction:moyenne", 1),
        ("satisfaction:fair", 1),
        ("satisfaction:bad", 0),
        ("satisfaction:any", 1),
    ] {
        let filter = QueueFilter {
            view: QueueKind::All,
            text: Some(text.to_owned()),
            order: None,
            cursor: None,
            limit: 10,
            account: None,
        };
        let found = list_tickets(environment, &agent, &filter).await.expect(text);
        assert_eq!(found.rows.len(), count, "{text}");
    }
    // Reopened and closed again, it is not asked again.
    command_ticket(environment, &maude, "ORV-1", Request::Reopen, None).await.expect("open");
    command_ticket(environment, &maude, "ORV-1", Request::Confirm, None).await.expect("closed");
    let again = command_ticket(environment, &maude, "ORV-1", rate(Score::Bad), None).await;
    assert!(matches!(again, Err(Failure::Refused(Refusal::AlreadyRated))), "{again:?}");
}

#[tokio::test]
async fn it_is_told_once_and_after_closing_sqlite() {
    it_is_told_once_and_after_closing(sqlite().await).await;
}

#[tokio::test]
async fn it_is_told_once_and_after_closing_postgres() {
    it_is_told_once_and_after_closing(postgres().await).await;
}

/// The link of the letter that asks how somebody was helped.
fn link_of(desk: &Desk, address: &str) -> Vec<String> {
    let letters = desk.outgoing_to(address).into_iter();
    letters
        .filter_map(|letter| {
            let place = letter.text.find("/avis/")? + "/avis/".len();
            let rest = letter.text[place..].chars();
            Some(rest.take_while(|sign| sign.is_ascii_alphanumeric() || "-_".contains(*sign)).collect())
        })
        .collect()
}

fn close() -> Request {
    Request::Close { reason: "réglé".to_owned(), consent: ["customer".to_owned()].into() }
}

fn resolve() -> Request {
    Request::Resolve { outcome: "resolved".to_owned(), body: "C’est réglé.".to_owned() }
}

/// Resolves with the first outcome of the agreement, then closes.
async fn closed(desk: &Desk, number: &str) {
    let (environment, agent) = (&desk.environment, desk.viewer(AGENT).await);
    let view = view_ticket(environment, &agent, number).await.expect("shown");
    let outcome = view.terms.fact("outcome").and_then(|rule| match &rule.kind {
        terms::FactType::OneOf(values) => values.first().map(|value| value.name.clone()),
        _ => None,
    });
    let resolve = match outcome {
        Some(outcome) => Request::Resolve { outcome, body: "C’est réglé.".to_owned() },
        None => resolve(),
    };
    command_ticket(environment, &agent, number, resolve, None).await.expect("resolved");
    command_ticket(environment, &agent, number, close(), None).await.expect("closed");
    settle(environment).await.expect("rounds");
}

async fn it_is_asked_once_by_mail_and_a_link_answers_once(desk: Desk) {
    let environment = &desk.environment;
    desk.receive(LETTER, true).await;
    assert!(link_of(&desk, "maude@client.example").is_empty());
    closed(&desk, "ORV-1").await;
    let links = link_of(&desk, "maude@client.example");
    let [link] = links.as_slice() else { panic!("one letter asks: {links:?}") };
    // Looking answers nothing, however often and by whatever.
    for _ in 0..3 {
        let asked = follow_rating_link(environment, link).await.expect("shown");
        assert!(asked.view.rating.is_none());
        assert_eq!(asked.view.number, "ORV-1");
    }
    for wrong in [format!("{link}A"), link[1..].to_owned(), link.replace(&link[10..12], "zz"), String::new()]
    {
        let found = follow_rating_link(environment, &wrong).await;
        assert!(matches!(found, Err(Failure::NotFound { .. })), "{wrong}");
    }
    let unknown = rate_by_link(environment, link, "superb".to_owned(), None).await;
    assert!(matches!(unknown, Err(Failure::Refused(Refusal::UnknownValue { .. }))), "{unknown:?}");
    let said = Some("Vite et bien.".to_owned());
    let given = rate_by_link(environment, link, "good".to_owned(), said).await.expect("given");
    let (rating, words) = given.view.rating.expect("it counts");
    assert_eq!((rating.score, words.as_deref()), (Score::Good, Some("Vite et bien.")));
    let again = rate_by_link(environment, link, "bad".to_owned(), None).await;
    assert!(matches!(again, Err(Failure::Refused(Refusal::AlreadyRated))), "{again:?}");
    // Opened and closed again it is asked no more.
    let agent = desk.viewer(AGENT).await;
    command_ticket(environment, &agent, "ORV-1", Request::Reopen, None).await.expect("open");
    closed(&desk, "ORV-1").await;
    assert_eq!(link_of(&desk, "maude@client.example").len(), 1);
    let view = view_ticket(environment, &agent, "ORV-1").await.expect("shown");
    let asked = view.timeline.iter().filter(|entry| matches!(entry.event, TicketEvent::RatingAsked));
    assert_eq!(asked.count(), 1);
}

async fn a_link_is_over_after_its_time(desk: Desk) {
    desk.receive(LETTER, true).await;
    closed(&desk, "ORV-1").await;
    let link = link_of(&desk, "maude@client.example").pop().expect("a letter asks");
    desk.go_to("2026-11-20T10:00:00-05:00").await;
    let found = follow_rating_link(&desk.environment, &link).await;
    assert!(matches!(found, Err(Failure::NotFound { .. })), "ninety days are over");
}

async fn what_was_declined_is_never_asked(desk: Desk) {
    let environment = &desk.environment;
    let (agent, maude) = (desk.viewer(AGENT).await, desk.viewer(MAUDE).await);
    desk.receive(LETTER, true).await;
    let decline =
        Request::Decline { clause: Some("2.2".to_owned()), body: "Ceci n’est pas couvert.".to_owned() };
    command_ticket(environment, &agent, "ORV-1", decline, None).await.expect("declined");
    command_ticket(environment, &agent, "ORV-1", close(), None).await.expect("closed");
    settle(environment).await.expect("rounds");
    assert!(link_of(&desk, "maude@client.example").is_empty());
    let rate = Request::Rate { score: "good".to_owned(), comment: None };
    let refused = command_ticket(environment, &maude, "ORV-1", rate, None).await;
    assert!(matches!(refused, Err(Failure::Refused(Refusal::NotAsked { clause: Some(_) }))), "{refused:?}");
}

/// An agreement that says how, or that nobody is asked.
fn with_rule(rule: &str) -> String {
    let place = "[queue]\norder = [\"arrival\"]";
    assert!(AGREEMENT.contains(place));
    AGREEMENT.replace(place, &format!("{rule}\n\n{place}"))
}

fn own_scale() -> String {
    with_rule(
        "[satisfaction]\nquestion = { fr = \"Cela marche-t-il ?\" }\nscale = [\n  { name = \"yes\", means = \"good\", fr = \"Oui\" },\n  { name = \"no\", means = \"bad\", fr = \"Non\" },\n]",
    )
}

async fn an_agreement_has_its_own_scale(desk: Desk) {
    let environment = &desk.environment;
    desk.receive(LETTER, true).await;
    closed(&desk, "ORV-1").await;
    let letters = desk.outgoing_to("maude@client.example");
    assert!(letters.iter().any(|letter| letter.text.contains("Cela marche-t-il ?")));
    let link = link_of(&desk, "maude@client.example").pop().expect("a letter asks");
    let other = rate_by_link(environment, &link, "good".to_owned(), None).await;
    assert!(matches!(other, Err(Failure::Refused(Refusal::UnknownValue { .. }))), "{other:?}");
    let given = rate_by_link(environment, &link, "no".to_owned(), None).await.expect("given");
    let (rating, _) = given.view.rating.expect("it counts");
    assert_eq!((rating.score, rating.answer.as_deref()), (Score::Bad, Some("no")));
    let filter = QueueFilter {
        view: QueueKind::All,
        text: Some("satisfaction:mauvaise".to_owned()),
        limit: 10,
        ..QueueFilter::default()
    };
    let found = list_tickets(environment, &desk.viewer(AGENT).await, &filter).await.expect("listed");
    assert_eq!(found.rows.len(), 1, "own answers are found by what they mean");
}

async fn an_agreement_may_want_nobody_asked(desk: Desk) {
    let environment = &desk.environment;
    desk.receive(LETTER, true).await;
    closed(&desk, "ORV-1").await;
    assert!(link_of(&desk, "maude@client.example").is_empty());
    let rate = Request::Rate { score: "good".to_owned(), comment: None };
    let refused = command_ticket(environment, &desk.viewer(MAUDE).await, "ORV-1", rate, None).await;
    assert!(matches!(refused, Err(Failure::Refused(Refusal::NotAsked { clause: Some(_) }))), "{refused:?}");
}

on_both_databases! {
    it_is_asked_once_by_mail_and_a_link_answers_once => by_mail_sqlite, by_mail_postgres;
    a_link_is_over_after_its_time => over_sqlite, over_postgres;
    what_was_declined_is_never_asked => declined_sqlite, declined_postgres;
}

#[tokio::test]
async fn own_words_sqlite() {
    an_agreement_has_its_own_scale(sqlite_under(&own_scale()).await).await;
}

#[tokio::test]
async fn own_words_postgres() {
    an_agreement_has_its_own_scale(postgres_under(&own_scale()).await).await;
}

#[tokio::test]
async fn nobody_is_asked_sqlite() {
    an_agreement_may_want_nobody_asked(sqlite_under(&with_rule("[satisfaction]\nasked = false")).await).await;
}

#[tokio::test]
async fn nobody_is_asked_postgres() {
    an_agreement_may_want_nobody_asked(postgres_under(&with_rule("[satisfaction]\nasked = false")).await)
        .await;
}
