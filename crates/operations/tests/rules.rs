//! Rules of a desk: begun by events and by time, once for each cause, never in circles; on both databases.

use desk::{AccountId, Actor, MessageKind, PersonId, Refusal, TicketEvent};
use harness::{Postgres, TemporaryFolder};
use operations::{
    After, Environment, Failure, MacroStep, Request, Rule, Since, Tell, TicketView, command_ticket,
    list_rules, make_round, put_rule, rehearse_rule, remove_rule, settle, view_ticket,
};
use store::{Account, Database, PostgresConfig};

#[path = "sample/desk.rs"]
mod sample;

use sample::{Desk, LETTER, desk, postgres, sqlite};

const AGENT: u128 = 1;
const IDA: u128 = 6;
const MANAGER: u128 = 7;

fn step(command: &str, with: serde_json::Value) -> MacroStep {
    MacroStep { command: command.to_owned(), with: with.as_object().cloned().expect("an object") }
}

fn tag(tag: &str) -> MacroStep {
    step("tag", serde_json::json!({ "add": [tag] }))
}

fn on(key: &str, kinds: &[&str], condition: &str, then: Vec<MacroStep>) -> Rule {
    Rule {
        key: key.to_owned(),
        title: key.to_owned(),
        enabled: true,
        on: kinds.iter().map(|kind| (*kind).to_owned()).collect(),
        condition: condition.to_owned(),
        then,
        ..Rule::default()
    }
}

async fn seen(desk: &Desk, number: &str) -> TicketView {
    let viewer = desk.viewer(AGENT).await;
    view_ticket(&desk.environment, &viewer, number).await.expect("seen")
}

fn firings(view: &TicketView, key: &str) -> usize {
    let of = |event: &TicketEvent| matches!(event, TicketEvent::RuleFired { rule, .. } if rule == key);
    view.timeline.iter().filter(|entry| of(&entry.event)).count()
}

async fn does(environment: &Environment, desk: &Desk, number: &str, request: Request) {
    let viewer = desk.viewer(AGENT).await;
    command_ticket(environment, &viewer, number, request, None).await.expect("done");
}

async fn an_event_begins_a_rule_once(desk: Desk) {
    let environment = &desk.environment;
    let manager = desk.viewer(MANAGER).await;
    desk.receive(LETTER, true).await;
    settle(environment).await.expect("rounds");
    let mut rule = on("classer", &["ticket.opened"], "revit", vec![tag("cao")]);
    rule.tell = vec![Tell { to: "lead".to_owned(), body: "{{number}} parle de Revit.".to_owned() }];
    assert_eq!(rehearse_rule(environment, &manager, &rule).await.expect("rehearsed"), ["ORV-1"]);
    put_rule(environment, &manager, &rule).await.expect("kept");
    settle(environment).await.expect("rounds");
    assert!(seen(&desk, "ORV-1").await.tags.is_empty(), "what happened before begins nothing");

    desk.receive(&LETTER.replace("one@", "two@"), true).await;
    desk.receive(&LETTER.replace("one@", "three@").replace("Revit", "Windows"), true).await;
    settle(environment).await.expect("rounds");
    let view = seen(&desk, "ORV-2").await;
    assert_eq!((view.tags.as_slice(), firings(&view, "classer")), (&["cao".to_owned()][..], 1));
    let fired = view.timeline.iter().rfind(|entry| matches!(entry.event, TicketEvent::Tagged { .. }));
    assert!(fired.expect("an event").by.as_deref().is_some_and(|by| by.contains("classer")));
    assert!(seen(&desk, "ORV-3").await.tags.is_empty(), "the condition does not hold");
    let told = desk.outgoing_to("lea@orvane.example");
    assert_eq!(told.iter().filter(|letter| letter.text.contains("ORV-2 parle de Revit")).count(), 1);
    // Read again from the beginning, as another node or after a restart would: nothing is done twice.
    let setting = format!("rules-read:{}", desk.provider.id);
    environment.store.put_setting(&setting, "0").await.expect("set");
    settle(environment).await.expect("rounds");
    let again = seen(&desk, "ORV-2").await;
    assert_eq!((firings(&again, "classer"), again.version), (1, view.version));
    remove_rule(environment, &manager, "classer").await.expect("removed");
    assert!(list_rules(environment, &manager).await.expect("listed").is_empty());
}

async fn two_nodes_follow_a_rule_once(desk: Desk) {
    let environment = &desk.environment;
    let manager = desk.viewer(MANAGER).await;
    put_rule(
        environment,
        &manager,
        &on("noter", &["ticket.opened"], "", vec![step("note", serde_json::json!({ "body": "Reçue." }))]),
    )
    .await
    .expect("kept");
    for letter in 0..5 {
        desk.receive(&LETTER.replace("one@", &format!("n{letter}@")), true).await;
    }
    let (one, two) = tokio::join!(make_round(environment), make_round(environment));
    one.expect("a round");
    two.expect("a round");
    settle(environment).await.expect("rounds");
    for number in 1..=5 {
        let view = seen(&desk, &format!("ORV-{number}")).await;
        assert_eq!(firings(&view, "noter"), 1);
        assert_eq!(view.messages.iter().filter(|message| message.automatic).count(), 1);
    }
}

async fn rules_do_not_chase_one_another(desk: Desk) {
    let environment = &desk.environment;
    let manager = desk.viewer(MANAGER).await;
    // Each begins the other, and each its own.
    for (key, other) in [("ping", "pong"), ("pong", "ping")] {
        let steps = vec![step("note", serde_json::json!({ "body": format!("pour {other}") }))];
        put_rule(environment, &manager, &on(key, &["ticket.noted", "ticket.rule_fired"], "", steps))
            .await
            .expect("kept");
    }
    desk.receive(LETTER, true).await;
    does(environment, &desk, "ORV-1", Request::Note { body: "Vu.".to_owned() }).await;
    settle(environment).await.expect("it ends");
    let view = seen(&desk, "ORV-1").await;
    let deepest = firings(&view, "ping") + firings(&view, "pong");
    assert!((2..=14).contains(&deepest), "{deepest}");
    let log = environment.store.ticket_by_number("ORV-1").await.expect("read").expect("there");
    let page = environment.store.ticket_page(&log.0, log.1).await.expect("read").expect("there");
    let depths = page.log.iter().flat_map(|entry| &entry.commit).filter_map(|recorded| match &recorded.by {
        Actor::Rule { depth, .. } => Some(*depth),
        _ => None,
    });
    assert_eq!(depths.max(), Some(3));
}

async fn time_begins_a_rule_in_the_hours_of_the_agreement(desk: Desk) {
    let environment = &desk.environment;
    let manager = desk.viewer(MANAGER).await;
    desk.go_to("2026-08-17T10:00:00-04:00").await;
    desk.receive(LETTER, true).await;
    let mut rule = on("relance", &[], "state:waiting", vec![tag("relance")]);
    rule.after = Some(After { since: Since::OurMessage, span: "2 business days".to_owned() });
    put_rule(environment, &manager, &rule).await.expect("kept");
    does(
        environment,
        &desk,
        "ORV-1",
        Request::Reply {
            body: "Avez-vous le journal ?".to_owned(),
            files: Vec::new(),
            technical: true,
            turn: None,
            undo_seconds: 0,
        },
    )
    .await;
    let wait = Request::Wait { party: "customer".to_owned(), task: None, reason: None };
    does(environment, &desk, "ORV-1", wait).await;
    desk.go_to("2026-08-18T16:00:00-04:00").await;
    assert!(seen(&desk, "ORV-1").await.tags.is_empty());
    assert!(rehearse_rule(environment, &manager, &rule).await.expect("rehearsed").is_empty());
    desk.go_to("2026-08-19T16:30:00-04:00").await;
    assert_eq!(seen(&desk, "ORV-1").await.tags, ["relance"]);
    desk.go_to("2026-08-25T16:30:00-04:00").await;
    assert_eq!(firings(&seen(&desk, "ORV-1").await, "relance"), 1, "once since that message");

    // What is left of a deadline begins one too, and a refusal does nothing and is kept.
    let mut rule = on(
        "alerte",
        &[],
        "",
        vec![tag("alerte"), step("back-from-vendor", serde_json::json!({ "result": "none" }))],
    );
    rule.before = Some("2 business hours".to_owned());
    put_rule(environment, &manager, &rule).await.expect("kept");
    desk.receive(&LETTER.replace("one@", "late@"), true).await;
    desk.go_to("2026-08-26T17:00:00-04:00").await;
    let view = seen(&desk, "ORV-2").await;
    assert!(view.tags.is_empty());
    let refused = view.timeline.iter().any(|entry| {
        matches!(&entry.event, TicketEvent::RuleFired { refused: Some(why), .. } if why.starts_with("2:"))
    });
    assert!(refused, "{:?}", view.timeline.iter().map(|entry| &entry.event).collect::<Vec<_>>());
}

async fn only_what_can_be_followed_is_kept(desk: Desk) {
    let environment = &desk.environment;
    let manager = desk.viewer(MANAGER).await;
    let good = || on("x", &["ticket.*"], "state:open", vec![tag("a")]);
    let span = |text: &str| Some(After { since: Since::Opened, span: text.to_owned() });
    for (wrong, why) in [
        (Rule { on: Vec::new(), ..good() }, "nothing begins it"),
        (Rule { after: span("1 day"), ..good() }, "two things begin it"),
        (Rule { on: vec!["ticket.sung".to_owned()], ..good() }, "an event that is none"),
        (Rule { on: Vec::new(), after: span("soon"), ..good() }, "no length"),
        (Rule { on: Vec::new(), before: Some("2 business days".to_owned()), ..good() }, "days left"),
        (Rule { condition: "state:lost".to_owned(), ..good() }, "a condition that cannot be read"),
        (Rule { then: Vec::new(), ..good() }, "does nothing"),
        (Rule { then: vec![step("take-up", serde_json::json!({}))], ..good() }, "a person's deed"),
        (Rule { then: vec![step("sing", serde_json::json!({}))], ..good() }, "no command"),
        (Rule { key: "A b".to_owned(), ..good() }, "no key"),
        (Rule { title: String::new(), ..good() }, "no title"),
    ] {
        assert!(put_rule(environment, &manager, &wrong).await.is_err(), "{why}");
    }
    for person in [AGENT, 2, 3] {
        let viewer = desk.viewer(person).await;
        assert!(matches!(put_rule(environment, &viewer, &good()).await, Err(Failure::NotPermitted)));
        assert!(matches!(list_rules(environment, &viewer).await, Err(Failure::NotPermitted)));
    }
    put_rule(environment, &manager, &good()).await.expect("kept");
    let missing = remove_rule(environment, &manager, "y").await;
    assert!(matches!(missing, Err(Failure::NotFound { .. })));
    let unknown = put_rule(environment, &manager, &Rule { on: vec!["x".to_owned()], ..good() }).await;
    assert!(matches!(unknown, Err(Failure::Refused(Refusal::UnknownValue { .. }))));
}

async fn a_condition_that_means_nothing_any_more_switches_its_rule_off(desk: Desk) {
    let environment = &desk.environment;
    let manager = desk.viewer(MANAGER).await;
    desk.administrator().await;
    let timed = |key: &str, condition: &str| Rule {
        after: Some(After { since: Since::Opened, span: "1 hour".to_owned() }),
        ..on(key, &[], condition, vec![tag(key)])
    };
    for rule in [
        timed("a-temps", "client:montrosier"),
        timed("b-suite", ""),
        on("c-annonce", &["ticket.opened"], "client:montrosier", vec![tag("c-annonce")]),
        on("d-autre", &["ticket.opened"], "client:bouleaux", vec![tag("d-autre")]),
    ] {
        put_rule(environment, &manager, &rule).await.expect("kept");
    }
    // The customer is called otherwise from now on.
    let (id, provider) = (AccountId(2), desk.provider.id.clone());
    let account = Account { id, provider, key: "autre".to_owned(), name: "AUTRE".to_owned() };
    environment.store.put_account(&account).await.expect("stored");
    desk.receive(LETTER, true).await;
    desk.go_to("2026-08-14T19:30:00-04:00").await;
    assert_eq!(seen(&desk, "ORV-1").await.tags, ["b-suite", "d-autre"], "the others act on");
    let rules = list_rules(environment, &manager).await.expect("listed");
    let enabled: Vec<bool> = rules.iter().map(|rule| rule.enabled).collect();
    assert_eq!(enabled, [false, true, false, true]);
    desk.go_to("2026-08-14T20:30:00-04:00").await;
    for key in ["a-temps", "c-annonce"] {
        let letters = desk.outgoing_to("ada@orvane.example");
        let told = letters.iter().filter(|letter| letter.subject.contains(key));
        let texts: Vec<&str> = told.map(|letter| letter.text.as_str()).collect();
        assert_eq!(texts.len(), 1, "administrators are told of {key} once: {texts:?}");
        assert!(texts[0].contains("client:montrosier"), "{}", texts[0]);
    }
}

async fn an_answer_that_may_be_undone_leaves_for_no_rule(desk: Desk) {
    let environment = &desk.environment;
    let manager = desk.viewer(MANAGER).await;
    let note = |body: &str| step("note", serde_json::json!({ "body": body }));
    let assign = step("assign", serde_json::json!({ "agent": "ida@orvane.example" }));
    for rule in [
        on("classer", &["ticket.assigned"], "", vec![tag("prise"), note("Prise en charge.")]),
        on("confier", &["ticket.assigned"], "", vec![assign]),
    ] {
        put_rule(environment, &manager, &rule).await.expect("kept");
    }
    desk.receive(LETTER, true).await;
    settle(environment).await.expect("rounds");
    let answer = Request::Reply {
        body: "Essayez ceci.".to_owned(),
        files: Vec::new(),
        technical: true,
        turn: None,
        undo_seconds: 120,
    };
    does(environment, &desk, "ORV-1", answer).await;
    settle(environment).await.expect("rounds");
    let view = seen(&desk, "ORV-1").await;
    assert_eq!((view.tags.as_slice(), firings(&view, "classer")), (&["prise".to_owned()][..], 1));
    assert!(view.held.is_some(), "what nobody sees sends nothing");
    assert_eq!(firings(&view, "confier"), 0, "it waits");
    does(environment, &desk, "ORV-1", Request::Note { body: "Vu.".to_owned() }).await;
    assert!(seen(&desk, "ORV-1").await.held.is_some(), "nor does a colleague's note");
    does(environment, &desk, "ORV-1", Request::Undo).await;
    settle(environment).await.expect("rounds");
    let view = seen(&desk, "ORV-1").await;
    assert_eq!(firings(&view, "confier"), 1, "it is followed once nothing is held");
    assert_eq!(view.assignee.map(|person| person.id), Some(PersonId(IDA)));
    assert!(view.messages.iter().all(|message| message.kind != MessageKind::Outgoing), "nothing left");
}

async fn what_was_merged_is_left_alone(desk: Desk) {
    let environment = &desk.environment;
    let manager = desk.viewer(MANAGER).await;
    for letter in ["one@", "two@"] {
        desk.receive(&LETTER.replace("one@", letter), true).await;
    }
    settle(environment).await.expect("rounds");
    let mut timed = on("tard", &[], "", vec![tag("tard")]);
    timed.after = Some(After { since: Since::Opened, span: "1 hour".to_owned() });
    put_rule(environment, &manager, &timed).await.expect("kept");
    let evented =
        on("noter", &["ticket.tagged"], "", vec![step("note", serde_json::json!({ "body": "Vu." }))]);
    put_rule(environment, &manager, &evented).await.expect("kept");
    let add = vec!["double".to_owned()];
    does(environment, &desk, "ORV-2", Request::Tag { add, remove: Vec::new() }).await;
    does(environment, &desk, "ORV-2", Request::Merge { into: "ORV-1".to_owned() }).await;
    desk.go_to("2026-08-14T19:30:00-04:00").await;
    assert_eq!(seen(&desk, "ORV-1").await.tags, ["tard"]);
    let merged = seen(&desk, "ORV-2").await;
    assert_eq!((firings(&merged, "tard"), firings(&merged, "noter")), (0, 0));
    does(environment, &desk, "ORV-2", Request::Unmerge).await;
    desk.go_to("2026-08-14T20:30:00-04:00").await;
    assert_eq!(firings(&seen(&desk, "ORV-2").await, "tard"), 1, "it stands by itself again");
}

on_both_databases! {
    an_event_begins_a_rule_once => an_event_begins_a_rule_once_sqlite, an_event_begins_a_rule_once_postgres;
    two_nodes_follow_a_rule_once => two_nodes_follow_a_rule_once_sqlite, two_nodes_follow_a_rule_once_postgres;
    rules_do_not_chase_one_another => rules_do_not_chase_sqlite, rules_do_not_chase_postgres;
    time_begins_a_rule_in_the_hours_of_the_agreement => time_begins_a_rule_sqlite, time_begins_a_rule_postgres;
    only_what_can_be_followed_is_kept => only_what_can_be_followed_sqlite, only_what_can_be_followed_postgres;
    a_condition_that_means_nothing_any_more_switches_its_rule_off => meaningless_sqlite, meaningless_postgres;
    an_answer_that_may_be_undone_leaves_for_no_rule => undone_sqlite, undone_postgres;
    what_was_merged_is_left_alone => merged_sqlite, merged_postgres;
}

/// An event whose rule the store did not take for a moment begins it once it does, also where others came after.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_failed_for_a_moment_is_followed_after_it() {
    let url = Postgres::shared().fresh_database();
    let config = PostgresConfig { url: url.clone(), pool_size: 4 };
    let store = Database::open_postgres(&config).await.expect("a store");
    let desk = desk(store, TemporaryFolder::new("rules")).await;
    let environment = &desk.environment;
    let rule = on("classer", &["ticket.opened"], "", vec![tag("cao")]);
    put_rule(environment, &desk.viewer(MANAGER).await, &rule).await.expect("kept");
    desk.receive(LETTER, true).await;
    // No room on the disk for what rules do.
    Postgres::query(
        &url,
        "CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS
         'BEGIN RAISE EXCEPTION ''no room'' USING ERRCODE = ''53100''; END';
         CREATE TRIGGER no_room BEFORE INSERT ON log FOR EACH ROW
         WHEN (NEW.body LIKE '%rule_fired%') EXECUTE FUNCTION no_room()",
    );
    let failed = settle(environment).await;
    assert!(failed.as_ref().is_err_and(Failure::is_temporary), "{failed:?}");
    assert!(seen(&desk, "ORV-1").await.tags.is_empty());
    Postgres::query(&url, "DROP TRIGGER no_room ON log");
    desk.receive(&LETTER.replace("one@", "two@"), true).await;
    settle(environment).await.expect("rounds");
    for number in ["ORV-1", "ORV-2"] {
        let view = seen(&desk, number).await;
        assert_eq!((view.tags.as_slice(), firings(&view, "classer")), (&["cao".to_owned()][..], 1));
    }
}
