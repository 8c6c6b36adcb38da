//! Absences and deputies, advisers, who gets which request, and languages that nobody speaks; on both
//! databases.

use desk::{Actor, PersonId, TicketEvent};
use harness::{Postgres, TemporaryFolder};
use mail::{MaildirTransport, Transport};
use operations::{
    AssignTo, AssignmentRule, Failure, NewAbsence, Origin, QueueFilter, QueueKind, Request, Talents,
    TicketView, command_ticket, end_absence, keep_absence, keep_talents, keep_team_hours, list_staff,
    list_tickets, make_round, name_adviser, put_assignment_rule, settle, team_calendars, view_ticket,
};
use store::{Database, PostgresConfig, SqliteConfig, Team};
use terms::{FactValue, Facts};

#[path = "sample/desk.rs"]
mod sample;

use sample::{AGREEMENT, Desk, LETTER, at, desk_under, postgres, postgres_under, sqlite, sqlite_under};

const NOE: u128 = 1;
const LEA: u128 = 2;
const MAUDE: u128 = 3;
const IDA: u128 = 6;
const MAX: u128 = 7;

async fn seen(desk: &Desk, number: &str) -> TicketView {
    view_ticket(&desk.environment, &desk.viewer(NOE).await, number).await.expect("seen")
}

fn assignee(view: &TicketView) -> Option<u128> {
    view.assignee.as_ref().map(|person| person.id.0)
}

async fn does(desk: &Desk, person: u128, number: &str, request: Request) {
    let viewer = desk.viewer(person).await;
    command_ticket(&desk.environment, &viewer, number, request, None).await.expect("done");
}

async fn absent(
    desk: &Desk,
    by: u128,
    who: u128,
    deputy: Option<u128>,
    days: i64,
) -> Result<String, Failure> {
    let now = desk.environment.now();
    let new = NewAbsence {
        person: PersonId(who),
        from: now,
        until: now.plus_seconds(days * 86_400),
        deputy: deputy.map(PersonId),
    };
    keep_absence(&desk.environment, &desk.viewer(by).await, new).await
}

async fn to_take_over(desk: &Desk, person: u128) -> Vec<String> {
    let filter = QueueFilter { view: QueueKind::ToTakeOver, limit: 50, ..QueueFilter::default() };
    let list = list_tickets(&desk.environment, &desk.viewer(person).await, &filter).await.expect("listed");
    list.rows.into_iter().map(|row| row.number).collect()
}

async fn team(desk: &Desk, key: &str, members: &[u128]) {
    let members = members.iter().map(|member| PersonId(*member)).collect();
    let team = Team { key: key.to_owned(), name: key.to_owned(), members };
    desk.environment.store.put_team(&desk.provider.id, &team).await.expect("kept");
}

async fn letters(desk: &Desk, from: usize, to: usize) {
    for letter in from..=to {
        desk.receive(&LETTER.replace("one@", &format!("n{letter}@")), true).await;
    }
    settle(&desk.environment).await.expect("rounds");
}

fn rule(key: &str, to: AssignTo) -> AssignmentRule {
    AssignmentRule {
        key: key.to_owned(),
        title: key.to_owned(),
        enabled: true,
        to,
        ..AssignmentRule::default()
    }
}

async fn put(desk: &Desk, rule: &AssignmentRule) {
    put_assignment_rule(&desk.environment, &desk.viewer(MAX).await, rule).await.expect("kept");
}

async fn an_absence_hands_the_work_to_the_deputy_and_the_team(desk: Desk) {
    desk.receive(LETTER, true).await;
    settle(&desk.environment).await.expect("rounds");
    does(&desk, NOE, "ORV-1", Request::TakeUp { reason: None }).await;
    assert!(to_take_over(&desk, IDA).await.is_empty());
    assert!(matches!(absent(&desk, IDA, NOE, None, 3).await, Err(Failure::NotPermitted)));
    assert!(matches!(absent(&desk, LEA, NOE, None, 3).await, Err(Failure::NotPermitted)), "not of her team");
    assert!(matches!(absent(&desk, NOE, NOE, Some(NOE), 3).await, Err(Failure::Invalid { .. })));
    assert!(matches!(absent(&desk, NOE, NOE, Some(MAUDE), 3).await, Err(Failure::Invalid { .. })));
    assert!(matches!(absent(&desk, NOE, NOE, None, -3).await, Err(Failure::Invalid { .. })));
    team(&desk, "aide", &[NOE, LEA]).await;
    let key = absent(&desk, LEA, NOE, Some(IDA), 3).await.expect("of her team");
    assert_eq!(to_take_over(&desk, IDA).await, ["ORV-1"], "the deputy");
    assert_eq!(to_take_over(&desk, LEA).await, ["ORV-1"], "who leads");
    assert!(to_take_over(&desk, NOE).await.is_empty());
    let view = seen(&desk, "ORV-1").await;
    let stand_in = view.stand_in.expect("absent").map(|person| person.id);
    assert_eq!(stand_in, Some(PersonId(IDA)));
    let customers = view_ticket(&desk.environment, &desk.viewer(MAUDE).await, "ORV-1").await.expect("seen");
    assert_eq!(customers.stand_in, None, "no matter of the customer's");
    // Who stands in is told as the owner is.
    let again = LETTER.replace("one@", "two@");
    desk.receive(&again.replace("\nDate", "\nIn-Reply-To: <one@client.example>\nDate"), true).await;
    settle(&desk.environment).await.expect("rounds");
    assert_eq!(desk.outgoing_to("noe@orvane.example").len(), desk.outgoing_to("ida@orvane.example").len());
    let staff = list_staff(&desk.environment, &desk.viewer(IDA).await).await.expect("listed");
    let noe = staff.iter().find(|record| record.id == PersonId(NOE)).expect("there");
    assert!(noe.is_absent && !noe.may_change && noe.absences.len() == 1);
    end_absence(&desk.environment, &desk.viewer(NOE).await, PersonId(NOE), &key).await.expect("ended");
    assert!(to_take_over(&desk, IDA).await.is_empty());
    assert_eq!(seen(&desk, "ORV-1").await.stand_in, None);
}

async fn requests_go_to_whom_the_rules_find(desk: Desk) {
    let manager = desk.viewer(MAX).await;
    let environment = &desk.environment;
    assert!(matches!(
        put_assignment_rule(environment, &desk.viewer(LEA).await, &rule("a", AssignTo::Turn)).await,
        Err(Failure::NotPermitted)
    ));
    name_adviser(environment, &manager, "montrosier", Some(PersonId(LEA))).await.expect("named");
    put(&desk, &AssignmentRule { place: 1, ..rule("conseiller", AssignTo::Adviser) }).await;
    put(&desk, &AssignmentRule { place: 2, ..rule("tour", AssignTo::Turn) }).await;
    absent(&desk, LEA, LEA, Some(MAX), 300).await.expect("kept");
    letters(&desk, 1, 3).await;
    // Nobody advises this customer, and the lead is away: the two agents, each in turn.
    let given = [seen(&desk, "ORV-1").await, seen(&desk, "ORV-2").await, seen(&desk, "ORV-3").await];
    assert_eq!(given.each_ref().map(assignee), [Some(NOE), Some(IDA), Some(NOE)]);
    let entry = given[0].timeline.iter().find(|entry| matches!(entry.event, TicketEvent::Assigned { .. }));
    assert!(entry.expect("an event").by.as_deref().is_some_and(|by| by.contains("tour")));
    let kept = given[0].clocks.iter().filter(|clock| clock.reading.met_at.is_some());
    assert!(kept.count() <= 1, "only the acknowledgement: being given it is not taking charge");
    // Who gives it back does not get it again.
    does(&desk, NOE, "ORV-1", Request::Unassign).await;
    settle(environment).await.expect("rounds");
    desk.go_to("2026-08-14T18:30:00-04:00").await;
    assert_eq!(assignee(&seen(&desk, "ORV-1").await), None);
    // The deputy of the adviser.
    let paul = LETTER.replace("Maude <maude@", "Paul <paul@").replace("one@", "p1@");
    desk.receive(&paul, true).await;
    settle(environment).await.expect("rounds");
    assert_eq!(assignee(&seen(&desk, "ORV-4").await), Some(MAX));
    let adviser = view_ticket(environment, &desk.viewer(4).await, "ORV-4").await.expect("seen").adviser;
    assert_eq!(adviser.map(|person| person.name), Some("Léa".to_owned()));
    // A hand-over inside begins anew, in the other team.
    team(&desk, "professional-services", &[MAX, IDA]).await;
    desk.go_to("2026-08-14T18:31:00-04:00").await;
    let over = Request::HandOver { to: Some("professional_services".to_owned()), kind: None };
    does(&desk, NOE, "ORV-3", over).await;
    settle(environment).await.expect("rounds");
    assert_eq!(assignee(&seen(&desk, "ORV-3").await), Some(IDA), "whose turn it is in that team");
}

async fn the_least_loaded_who_knows_and_speaks(desk: Desk) {
    let environment = &desk.environment;
    let talents = |languages: &[&str], skills: &[&str]| Talents {
        languages: languages.iter().map(|word| (*word).to_owned()).collect(),
        skills: skills.iter().map(|word| (*word).to_owned()).collect(),
    };
    for (who, talents) in [
        (NOE, talents(&["fr"], &["Revit "])),
        (IDA, talents(&["fr", "en"], &["revit"])),
        (LEA, talents(&["fr"], &[])),
    ] {
        keep_talents(environment, &desk.viewer(who).await, PersonId(who), &talents).await.expect("kept");
    }
    let wrong = talents(&["français"], &[]);
    let refused = keep_talents(environment, &desk.viewer(NOE).await, PersonId(NOE), &wrong).await;
    assert!(matches!(refused, Err(Failure::Invalid { field: "languages", .. })));
    put(
        &desk,
        &AssignmentRule {
            skill: Some("revit".to_owned()),
            speaking: true,
            of: vec![("tier".to_owned(), "solidassist".to_owned())],
            ..rule("revit", AssignTo::LeastLoaded)
        },
    )
    .await;
    letters(&desk, 1, 4).await;
    let mut given = Vec::new();
    for number in 1..=4 {
        given.push(assignee(&seen(&desk, &format!("ORV-{number}")).await));
    }
    assert_eq!(given.iter().filter(|who| **who == Some(NOE)).count(), 2, "{given:?}");
    assert_eq!(given.iter().filter(|who| **who == Some(IDA)).count(), 2, "{given:?}");
}

async fn nobody_is_given_anything_in_the_night_and_once_in_the_morning(desk: Desk) {
    let environment = &desk.environment;
    put(&desk, &rule("tour", AssignTo::Turn)).await;
    desk.go_to("2026-08-14T23:00:00-04:00").await;
    letters(&desk, 1, 4).await;
    assert_eq!(assignee(&seen(&desk, "ORV-1").await), None, "nobody is there");
    desk.go_to("2026-08-16T12:00:00-04:00").await;
    assert_eq!(assignee(&seen(&desk, "ORV-1").await), None, "nor on Sunday");
    desk.go_to("2026-08-17T08:59:00-04:00").await;
    // Two rounds at once, as two nodes make them.
    environment.clock.move_to(at("2026-08-17T09:00:05-04:00"));
    let (one, two) = tokio::join!(make_round(environment), make_round(environment));
    one.expect("a round");
    two.expect("a round");
    settle(environment).await.expect("rounds");
    for number in 1..=4 {
        let view = seen(&desk, &format!("ORV-{number}")).await;
        let given = view.timeline.iter().filter(|entry| matches!(entry.event, TicketEvent::Assigned { .. }));
        assert_eq!(given.count(), 1);
        assert!(view.assignee.is_some());
    }
    let (provider, id) = environment.store.ticket_by_number("ORV-1").await.expect("read").expect("there");
    let page = environment.store.ticket_page(&provider, id).await.expect("read").expect("there");
    let by_rule = page.log.iter().flat_map(|entry| &entry.commit).filter(|recorded| {
        matches!(recorded.event, TicketEvent::Assigned { .. }) && matches!(recorded.by, Actor::Rule { .. })
    });
    assert_eq!(by_rule.count(), 1);
}

async fn a_language_that_nobody_speaks_is_said(desk: Desk) {
    let environment = &desk.environment;
    desk.receive(LETTER, true).await;
    settle(environment).await.expect("rounds");
    assert_eq!(seen(&desk, "ORV-1").await.answering, None, "nobody said what they speak");
    let speaks = |languages: &[&str]| Talents {
        languages: languages.iter().map(|word| (*word).to_owned()).collect(),
        ..Talents::default()
    };
    keep_talents(environment, &desk.viewer(NOE).await, PersonId(NOE), &speaks(&["en"])).await.expect("kept");
    let facts = Facts::new().with("language", FactValue::text("ja")).with("region", FactValue::text("japan"));
    does(&desk, NOE, "ORV-1", Request::Learn { facts, consent: Default::default() }).await;
    let answering = seen(&desk, "ORV-1").await.answering.expect("not in Japanese");
    assert_eq!((answering.wanted.as_str(), answering.language.as_str()), ("ja", "en"));
    assert!(answering.nobody_speaks && answering.clause.is_some());
    keep_talents(environment, &desk.viewer(IDA).await, PersonId(IDA), &speaks(&["ja"])).await.expect("kept");
    assert_eq!(seen(&desk, "ORV-1").await.answering, None, "somebody speaks it");
    absent(&desk, IDA, IDA, None, 2).await.expect("kept");
    assert!(seen(&desk, "ORV-1").await.answering.is_some(), "who speaks it is away");
}

/// An agreement with hours of the morning beside its own, whose response is kept by being given to somebody.
fn with_mornings(stop: &str) -> String {
    let place = "[queue]\norder = [\"arrival\"]";
    let morning = "[calendar.morning]\nfr = \"Matinée\"\nen = \"Morning\"\nzone = \"America/Toronto\"\nopen = { mon-fri = [\"09:00-12:00\"] }";
    let stopped = "stop     = [\"answered\"]";
    assert!(AGREEMENT.contains(place) && AGREEMENT.contains(stopped));
    AGREEMENT
        .replace(place, &format!("{morning}\n\n{place}"))
        .replace(stopped, &format!("stop     = [{stop}]"))
}

async fn a_team_that_is_closed_is_given_nothing_until_it_opens(desk: Desk) {
    let environment = &desk.environment;
    team(&desk, "matin", &[NOE]).await;
    team(&desk, "jour", &[IDA]).await;
    let admin = desk.administrator().await;
    let origin = Origin { network: "", browser: "" };
    let known = team_calendars(environment, &admin).await.expect("listed");
    assert!(known.iter().any(|(name, label)| name == "morning" && label.text("fr") == "Matinée"));
    let unknown = keep_team_hours(environment, &admin, "matin", Some("night"), &origin).await;
    assert!(matches!(unknown, Err(Failure::Invalid { field: "hours", .. })), "{unknown:?}");
    let by_agent =
        keep_team_hours(environment, &desk.viewer(NOE).await, "matin", Some("morning"), &origin).await;
    assert!(matches!(by_agent, Err(Failure::NotPermitted)), "{by_agent:?}");
    keep_team_hours(environment, &admin, "matin", Some("morning"), &origin).await.expect("kept");
    let of_team = AssignmentRule { team: Some("matin".to_owned()), ..rule("a-matin", AssignTo::Turn) };
    put(&desk, &of_team).await;
    desk.go_to("2026-08-17T14:00:00-04:00").await;
    letters(&desk, 1, 1).await;
    let view = seen(&desk, "ORV-1").await;
    assert_eq!(assignee(&view), None, "the team is closed, though the agreement is not");
    let awaited = view.awaited_opening.expect("it says so");
    assert_eq!((awaited.team.as_deref(), awaited.at), (Some("matin"), at("2026-08-18T09:00:00-04:00")));
    let customers = view_ticket(environment, &desk.viewer(MAUDE).await, "ORV-1").await.expect("seen");
    assert_eq!(customers.awaited_opening, None, "no matter of the customer's");
    desk.go_to("2026-08-18T09:00:30-04:00").await;
    settle(environment).await.expect("rounds");
    let view = seen(&desk, "ORV-1").await;
    assert_eq!((assignee(&view), view.awaited_opening), (Some(NOE), None));
    let response = view.clocks.iter().find(|clock| clock.reading.promise == "response").expect("it is owed");
    assert_eq!(response.reading.met_at, None, "being given a request answers nobody");
    // Whoever is of a closed team alone is passed over by rules for all.
    put(&desk, &AssignmentRule { enabled: false, ..of_team }).await;
    put(&desk, &rule("b-tous", AssignTo::Turn)).await;
    desk.go_to("2026-08-18T15:00:00-04:00").await;
    letters(&desk, 2, 4).await;
    let mut given = Vec::new();
    for number in 2..=4 {
        given.push(assignee(&seen(&desk, &format!("ORV-{number}")).await));
    }
    assert!(given.iter().all(Option::is_some) && !given.contains(&Some(NOE)), "{given:?}");
}

async fn a_promise_that_names_the_rule_is_kept_by_it(desk: Desk) {
    put(&desk, &rule("tour", AssignTo::Turn)).await;
    desk.go_to("2026-08-17T14:00:00-04:00").await;
    letters(&desk, 1, 1).await;
    let view = seen(&desk, "ORV-1").await;
    assert!(view.assignee.is_some());
    let response = view.clocks.iter().find(|clock| clock.reading.promise == "response").expect("it is owed");
    assert!(response.reading.met_at.is_some(), "the agreement says that being given is the deed");
}

async fn what_was_merged_is_given_to_nobody(desk: Desk) {
    letters(&desk, 1, 2).await;
    does(&desk, NOE, "ORV-2", Request::Merge { into: "ORV-1".to_owned() }).await;
    put(&desk, &rule("tour", AssignTo::Turn)).await;
    settle(&desk.environment).await.expect("rounds");
    let given = [seen(&desk, "ORV-1").await, seen(&desk, "ORV-2").await];
    assert_eq!(given.each_ref().map(assignee), [Some(NOE), None]);
    does(&desk, NOE, "ORV-2", Request::Unmerge).await;
    settle(&desk.environment).await.expect("rounds");
    assert_eq!(
        assignee(&seen(&desk, "ORV-2").await),
        Some(LEA),
        "whose turn it is, once it stands by itself"
    );
}

/// An agreement by which nobody gets a request before its severity is set.
fn with_severity_first() -> String {
    let place = "assign       = { who = [\"agent\"],";
    assert!(AGREEMENT.contains(place));
    AGREEMENT.replace(place, &format!("{place} needs = [\"severity\"],"))
}

async fn what_the_agreement_refuses_counts_for_nobody(desk: Desk) {
    put(&desk, &rule("tour", AssignTo::Turn)).await;
    letters(&desk, 1, 2).await;
    let view = seen(&desk, "ORV-1").await;
    assert_eq!(assignee(&view), None, "its severity is not set");
    let is_firing = |event: &TicketEvent| matches!(event, TicketEvent::RuleFired { .. });
    assert!(!view.timeline.iter().any(|entry| is_firing(&entry.event)), "nothing was done");
    for number in ["ORV-1", "ORV-2"] {
        let facts = Facts::new().with("severity", FactValue::text("low"));
        does(&desk, LEA, number, Request::Learn { facts, consent: Default::default() }).await;
    }
    settle(&desk.environment).await.expect("rounds");
    let given = [seen(&desk, "ORV-1").await, seen(&desk, "ORV-2").await];
    assert_eq!(given.each_ref().map(assignee), [Some(NOE), Some(LEA)], "no turn was lost");
}

on_both_databases! {
    an_absence_hands_the_work_to_the_deputy_and_the_team => absence_sqlite, absence_postgres;
    requests_go_to_whom_the_rules_find => rules_find_sqlite, rules_find_postgres;
    the_least_loaded_who_knows_and_speaks => least_loaded_sqlite, least_loaded_postgres;
    nobody_is_given_anything_in_the_night_and_once_in_the_morning => night_sqlite, night_postgres;
    what_was_merged_is_given_to_nobody => merged_sqlite, merged_postgres;
}

const OLCARE: &str = include_str!("../../../agreements/olcare.md");

fn of_olcare() -> Facts {
    Facts::new().with("region", FactValue::text("japan"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn language_sqlite() {
    let folder = TemporaryFolder::new("work");
    let store = Database::open_sqlite(&SqliteConfig::at(folder.join("work.sqlite"))).await.expect("a store");
    let transport = Transport::Maildir(MaildirTransport::new(folder.join("outgoing")));
    a_language_that_nobody_speaks_is_said(desk_under(store, folder, transport, OLCARE, &of_olcare()).await)
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn language_postgres() {
    let url = Postgres::shared().fresh_database();
    let store = Database::open_postgres(&PostgresConfig { url, pool_size: 4 }).await.expect("a store");
    let folder = TemporaryFolder::new("work");
    let transport = Transport::Maildir(MaildirTransport::new(folder.join("outgoing")));
    a_language_that_nobody_speaks_is_said(desk_under(store, folder, transport, OLCARE, &of_olcare()).await)
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn team_hours_sqlite() {
    let document = with_mornings("\"answered\"");
    a_team_that_is_closed_is_given_nothing_until_it_opens(sqlite_under(&document).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn team_hours_postgres() {
    let document = with_mornings("\"answered\"");
    a_team_that_is_closed_is_given_nothing_until_it_opens(postgres_under(&document).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn by_rule_sqlite() {
    let document = with_mornings("\"answered\", \"assigned_by_rule\"");
    a_promise_that_names_the_rule_is_kept_by_it(sqlite_under(&document).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn by_rule_postgres() {
    let document = with_mornings("\"answered\", \"assigned_by_rule\"");
    a_promise_that_names_the_rule_is_kept_by_it(postgres_under(&document).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refused_sqlite() {
    what_the_agreement_refuses_counts_for_nobody(sqlite_under(&with_severity_first()).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refused_postgres() {
    what_the_agreement_refuses_counts_for_nobody(postgres_under(&with_severity_first()).await).await;
}
