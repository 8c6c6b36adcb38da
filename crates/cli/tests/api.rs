//! The API of a running demonstration, in the names that programs rely on.

use harness::{Answer, Client, Demo, Person, Program, TemporaryFolder, free_port};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

const PROVIDER: &str = "solidassist";
/// A Tuesday morning, an hour after opening.
const MORNING: &str = "2026-08-11T10:00:00-04:00";
const TICKETS: &str = "/api/v1/tickets";

fn demo() -> Demo {
    Demo::start_at(MORNING)
}

fn agent(demo: &Demo) -> Client {
    demo.api(&demo.person(PROVIDER, "agent"))
}

/// The contact with this address.
#[track_caller]
fn contact(demo: &Demo, address: &str) -> Person {
    let people = demo.people(PROVIDER, "contact");
    people.into_iter().find(|person| person.email == address).expect("the sample data has them")
}

fn maude(demo: &Demo) -> Person {
    contact(demo, "maude.arsenault@kervinel.example")
}

/// A request as an agent logs it.
fn asked(more: &Value) -> Value {
    let mut asked = json!({
        "contact": "maude.arsenault@kervinel.example",
        "channel": "email",
        "subject": "Revit ne démarre plus",
        "body": "Il se ferme dès son ouverture.",
    });
    for (key, value) in more.as_object().expect("an object") {
        asked[key] = value.clone();
    }
    asked
}

#[track_caller]
fn opened(client: &Client, more: &Value) -> Value {
    client.post_json(TICKETS, &asked(more)).expect(201).json()
}

fn number(ticket: &Value) -> String {
    ticket["number"].as_str().expect("a number").to_owned()
}

#[track_caller]
fn command(client: &Client, number: &str, command: &str, body: &Value) -> Value {
    client.post_json(&format!("{TICKETS}/{number}/{command}"), body).expect(200).json()
}

/// The problem that a call ends in.
#[track_caller]
fn problem(answer: Answer, status: u16, kind: &str) -> Value {
    let answer = answer.expect(status);
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    let problem = answer.json();
    assert_eq!(problem["type"], format!("/problems/{kind}"), "{problem}");
    assert_eq!(problem["status"], status);
    for words in ["title", "detail"] {
        assert!(problem[words].as_str().is_some_and(|words| !words.is_empty()), "{problem}");
    }
    problem
}

#[track_caller]
fn refused(client: &Client, number: &str, command: &str, body: &Value, status: u16, kind: &str) -> Value {
    problem(client.post_json(&format!("{TICKETS}/{number}/{command}"), body), status, kind)
}

fn send(client: &Client, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
    let mut all = vec![("Content-Type", "application/json")];
    all.extend(headers);
    client.send("POST", path, &all, body.to_string().as_bytes()).expect("the server answers")
}

#[track_caller]
fn clock<'a>(ticket: &'a Value, promise: &str) -> &'a Value {
    let clocks = ticket["clocks"].as_array().expect("clocks");
    clocks.iter().rfind(|clock| clock["promise"] == promise).unwrap_or_else(|| panic!("{promise}: {ticket}"))
}

fn promises(ticket: &Value) -> Vec<&str> {
    let clocks = ticket["clocks"].as_array().expect("clocks");
    clocks.iter().filter_map(|clock| clock["promise"].as_str()).collect()
}

#[track_caller]
fn has_all(value: &Value, names: &[&str]) {
    for name in names {
        assert!(value.get(name).is_some(), "{name} in {value}");
    }
}

/// Seconds between two instants of the same day.
fn seconds_between(from: &Value, to: &Value) -> i64 {
    let seconds = |instant: &Value| {
        let text = instant.as_str().expect("an instant");
        let part = |range: std::ops::Range<usize>| text[range].parse::<i64>().expect("digits");
        part(8..10) * 86_400 + part(11..13) * 3600 + part(14..16) * 60 + part(17..19)
    };
    seconds(to) - seconds(from)
}

#[test]
fn every_channel_opens_a_request_at_its_true_time() {
    let demo = demo();
    let agent = agent(&demo);
    for channel in ["email", "web", "portal", "phone", "voicemail"] {
        let ticket = opened(&agent, &json!({ "channel": channel }));
        assert_eq!(ticket["channel"], channel);
        assert_eq!(ticket["messages"][0]["channel"], channel);
        // Clause 5.1 owes the acknowledgement to what comes by mail.
        let expected: &[&str] =
            if channel == "email" { &["acknowledgement", "response"] } else { &["response"] };
        assert_eq!(promises(&ticket), expected, "{channel}");
    }
    // `api` counts as the channel that its caller states, else as the public form.
    for channel in [json!({ "channel": "api" }), json!({ "channel": null })] {
        assert_eq!(opened(&agent, &channel)["facts"]["channel"], "web");
    }

    // A call logged an hour after it came.
    let call = opened(&agent, &json!({ "channel": "phone", "received_at": "2026-08-11T09:00:00-04:00" }));
    assert_eq!(call["received_at"], "2026-08-11T13:00:00Z");
    assert!(call["opened_at"].as_str() > call["received_at"].as_str());
    assert_eq!(clock(&call, "response")["started_at"], "2026-08-11T13:00:00Z");
    assert_eq!(clock(&call, "response")["due_at"], "2026-08-11T17:00:00Z");
    assert!(clock(&call, "response")["used_s"].as_i64().is_some_and(|used| used >= 3600));

    // A contact asks for themselves, whatever arrival they claim.
    let maude = maude(&demo);
    let own =
        json!({ "subject": "Une panne", "body": "Bonjour.", "received_at": "2026-08-01T09:00:00-04:00" });
    let own = demo.api(&maude).post_json(TICKETS, &own).expect(201);
    let location = own.header("location").expect("where it stands").to_owned();
    let own = own.json();
    assert_eq!(location, format!("{TICKETS}/{}", number(&own)));
    assert_eq!(own["contact"]["email"], maude.email.as_str());
    assert_eq!(own["account"]["name"], "Études Kervinel");
    assert!(own["received_at"].as_str() >= Some("2026-08-11T14:00:00"), "{}", own["received_at"]);

    // Numbers are in order of arrival and begin with the provider's prefix.
    assert_eq!(number(&own), "BOR-9");
}

#[test]
fn a_request_has_the_documented_shape() {
    let demo = demo();
    let agent = agent(&demo);
    let ticket = opened(
        &agent,
        &json!({ "product": "Autodesk Revit", "product_version": "2026", "problem": "operation", "severity": "high",
            "facts": { "environment_recommended": "yes", "licence_respected": true, "remotely_solvable": true } }),
    );
    has_all(
        &ticket,
        &[
            "number",
            "provider",
            "account",
            "contact",
            "subject",
            "channel",
            "received_at",
            "opened_at",
            "severity",
            "state",
            "turn",
            "coverage",
            "clocks",
            "messages",
            "events",
        ],
    );
    assert_eq!(ticket["number"], "BOR-1");
    assert_eq!(ticket["provider"], PROVIDER);
    assert_eq!(ticket["account"]["name"], "Études Kervinel");
    assert_eq!(ticket["contact"]["name"], "Maude Arsenault");
    assert_eq!(ticket["contact"]["email"], "maude.arsenault@kervinel.example");
    assert_eq!(ticket["subject"], "Revit ne démarre plus");
    assert_eq!(ticket["channel"], "email");
    assert_eq!(ticket["severity"], "high");
    assert_eq!(ticket["state"], "new");
    assert_eq!(ticket["turn"], "provider");
    for instant in ["received_at", "opened_at"] {
        assert!(
            ticket[instant].as_str().is_some_and(|at| at.starts_with("2026-08-11T14:") && at.ends_with('Z'))
        );
    }

    assert_eq!(ticket["coverage"]["verdict"], "covered");
    let reasons = ticket["coverage"]["reasons"].as_array().expect("reasons");
    assert_eq!(reasons.len(), 10);
    for reason in reasons {
        assert!(reason["text"].is_string());
        assert!(["yes", "no", "unknown"].contains(&reason["answer"].as_str().expect("an answer")));
        has_all(&reason["clause"], &["agreement", "version", "number", "item", "heading"]);
    }

    assert_eq!(promises(&ticket), ["acknowledgement", "response"]);
    for clock in ticket["clocks"].as_array().expect("clocks") {
        has_all(
            clock,
            &[
                "promise",
                "strength",
                "state",
                "started_at",
                "due_at",
                "met_at",
                "paused_since",
                "used_s",
                "left_s",
                "clause",
                "calendar",
                "interpretations",
            ],
        );
        assert_eq!(clock["state"], "running");
        assert_eq!(clock["started_at"], ticket["received_at"]);
        assert_eq!(clock["met_at"], Value::Null);
        assert_eq!(clock["clause"]["number"], "5.1");
    }
    let acknowledgement = clock(&ticket, "acknowledgement");
    assert_eq!(acknowledgement["strength"], "binding");
    assert_eq!(acknowledgement["calendar"], "elapsed");
    assert_eq!(seconds_between(&acknowledgement["started_at"], &acknowledgement["due_at"]), 600);
    let response = clock(&ticket, "response");
    assert_eq!(response["strength"], "objective");
    assert_eq!(response["calendar"], "office");
    assert_eq!(seconds_between(&response["started_at"], &response["due_at"]), 4 * 3600);
    let (used, left) =
        (response["used_s"].as_i64().expect("used"), response["left_s"].as_i64().expect("left"));
    assert!((0..60).contains(&used) && (4 * 3600 - 60..=4 * 3600).contains(&left), "{used} {left}");
    let readings: Vec<&str> = response["interpretations"]
        .as_array()
        .expect("interpretations")
        .iter()
        .filter_map(|reading| reading["name"].as_str())
        .collect();
    assert!(readings.contains(&"generally") && readings.contains(&"closing"), "{readings:?}");

    let message = &ticket["messages"][0];
    assert_eq!(message["kind"], "incoming");
    assert_eq!(message["by"], "Maude Arsenault");
    assert_eq!(message["body"], "Il se ferme dès son ouverture.");
    let events: Vec<&str> = ticket["events"]
        .as_array()
        .expect("events")
        .iter()
        .filter_map(|event| event["event"].as_str())
        .collect();
    assert_eq!(events[..3], ["opened", "wrote", "coverage_found"]);
    let started: Vec<&Value> = ticket["events"]
        .as_array()
        .expect("events")
        .iter()
        .filter(|event| event["event"] == "started")
        .collect();
    assert_eq!(started.len(), 2, "{events:?}");
    for event in started {
        assert!(event["promise"].is_string());
        assert_eq!(event["clause"]["number"], "5.1");
    }

    // The same again when it is read, and in the list.
    let read = agent.get(&format!("{TICKETS}/BOR-1")).expect(200).json();
    for field in ["number", "account", "contact", "coverage", "received_at"] {
        assert_eq!(read[field], ticket[field], "{field}");
    }
    let list = agent.get(TICKETS).expect(200).json();
    assert_eq!(list["items"][0]["number"], "BOR-1");
    assert_eq!(list["cursor"], Value::Null);
    assert_eq!(agent.get(&format!("{TICKETS}?q=Revit")).expect(200).json()["items"][0]["number"], "BOR-1");
    assert_eq!(agent.get(&format!("{TICKETS}?q=nothing-like-it")).expect(200).json()["items"], json!([]));
}

#[test]
fn commands_move_a_request_through_its_life() {
    let demo = demo();
    let agent = agent(&demo);
    let maude = demo.api(&maude(&demo));
    let number = number(&opened(&agent, &json!({})));

    let noted = command(&agent, &number, "note", &json!({ "body": "À voir avec Léa." }));
    assert_eq!(noted["messages"][1]["kind"], "note");
    assert_eq!(noted["state"], "new", "a note changes nothing of the customer's");
    assert_eq!(clock(&noted, "response")["state"], "running");

    let taken = command(&agent, &number, "take-up", &json!({}));
    assert_eq!(taken["assignee"]["name"], "Noé Tremblay");
    let given = command(&agent, &number, "assign", &json!({ "agent": "anouk.kerbrat@boreal.example" }));
    assert_eq!(given["assignee"]["name"], "Anouk Kerbrat");
    let team = command(&agent, &number, "assign", &json!({ "team": "professional_services" }));
    assert_eq!(team["team"], "professional_services");

    assert_eq!(command(&agent, &number, "set-severity", &json!({ "severity": "high" }))["severity"], "high");
    let facts = json!({ "problem": "operation", "product": "Autodesk Revit", "product_version": "N-1",
        "facts": { "environment_recommended": "yes", "licence_respected": "yes", "remotely_solvable": "no" } });
    let classified = command(&agent, &number, "classify", &facts);
    assert_eq!(classified["coverage"]["verdict"], "not_covered");
    assert_eq!(classified["coverage"]["reasons"][0]["clause"]["item"], "d");
    assert_eq!(clock(&classified, "response")["state"], "stopped");
    assert_eq!(clock(&classified, "response")["stopped_reason"], "not_covered");
    let judged = command(
        &agent,
        &number,
        "judge-coverage",
        &json!({ "verdict": "covered", "reason": "Geste commercial" }),
    );
    assert_eq!(judged["coverage"]["verdict"], "covered");
    assert_eq!(clock(&judged, "response")["state"], "running");

    let waiting = command(&agent, &number, "wait", &json!({ "for": "customer", "reason": "Le journal" }));
    assert_eq!((&waiting["state"], &waiting["turn"]), (&json!("waiting"), &json!("customer")));
    let resumed = command(&agent, &number, "resume", &json!({}));
    assert_eq!((&resumed["state"], &resumed["turn"]), (&json!("open"), &json!("provider")));
    refused(&agent, &number, "resume", &json!({}), 409, "refused");

    // Clause 5.2: with the vendor the response stands still, and a reference is needed.
    let missing =
        refused(&agent, &number, "pass-to-vendor", &json!({ "vendor": "Autodesk" }), 422, "missing");
    assert_eq!((&missing["field"], &missing["clause"]["number"]), (&json!("reference"), &json!("5.2")));
    let passed =
        command(&agent, &number, "pass-to-vendor", &json!({ "vendor": "Autodesk", "reference": "A-1" }));
    assert_eq!(clock(&passed, "response")["state"], "paused");
    assert!(clock(&passed, "response")["paused_since"].is_string());
    assert_eq!(passed["turn"], "third_party");
    let back = command(&agent, &number, "back-from-vendor", &json!({ "result": "answer" }));
    assert_eq!(clock(&back, "response")["state"], "running");

    let replied = command(&agent, &number, "reply", &json!({ "body": "Réinstallez le service." }));
    assert_eq!(clock(&replied, "response")["state"], "met");
    assert!(clock(&replied, "response")["met_at"].is_string());
    assert_eq!((&replied["state"], &replied["turn"]), (&json!("open"), &json!("customer")));
    let answered = command(&maude, &number, "reply", &json!({ "body": "Cela ne suffit pas." }));
    assert_eq!(answered["turn"], "provider");

    let resolved =
        command(&agent, &number, "resolve", &json!({ "outcome": "existing_fix", "body": "C’est corrigé." }));
    assert_eq!((&resolved["state"], &resolved["outcome"]), (&json!("resolved"), &json!("existing_fix")));
    let confirmed = command(&maude, &number, "confirm", &json!({}));
    assert_eq!((&confirmed["state"], &confirmed["turn"]), (&json!("closed"), &json!("nobody")));
    refused(&agent, &number, "reply", &json!({ "body": "Encore." }), 409, "refused");
    assert_eq!(command(&maude, &number, "reopen", &json!({}))["state"], "open");
    refused(&agent, &number, "reopen", &json!({}), 409, "refused");
    assert_eq!(command(&agent, &number, "close", &json!({ "reason": "doublon" }))["state"], "closed");

    // An answer without a solution leaves the promise standing.
    let other = self::number(&opened(&agent, &json!({})));
    let heard = command(&agent, &other, "reply", &json!({ "body": "Nous regardons.", "technical": false }));
    assert_eq!(clock(&heard, "response")["state"], "running", "only a technical answer keeps it");
}

#[test]
fn what_cannot_be_done_is_a_problem_that_says_why() {
    let demo = demo();
    let agent = agent(&demo);
    let number = number(&opened(&agent, &json!({})));

    refused(&agent, &number, "frobnicate", &json!({}), 404, "not-found");

    for (asked_for, kind, field) in [
        (json!({ "channel": "fax" }), "unknown-value", "channel"),
        (json!({ "severity": "enormous" }), "unknown-value", "severity"),
        (json!({ "problem": "weather" }), "unknown-value", "problem"),
        (json!({ "facts": { "frobnicated": true } }), "unknown-value", "facts"),
        (json!({ "facts": { "on_site": "maybe" } }), "unknown-value", "on_site"),
        (json!({ "contact": "nobody@kervinel.example" }), "invalid", "contact"),
        (json!({ "account": "nowhere" }), "invalid", "account"),
        (json!({ "account": "harrowfield" }), "invalid", "contact"),
        (json!({ "provider": "elsewhere" }), "invalid", "provider"),
        (json!({ "subject": "  " }), "invalid", "subject"),
        (json!({ "body": "" }), "invalid", "body"),
    ] {
        let found = problem(agent.post_json(TICKETS, &asked(&asked_for)), 422, kind);
        assert_eq!(found["field"], field, "{asked_for}");
        assert_ne!(found["detail"], found["title"], "{asked_for}: the detail says more than the title");
        assert_eq!(kind == "unknown-value", found["allowed"].is_array(), "{asked_for}");
    }
    for (verb, body, kind, field) in [
        ("note", json!({}), "missing", "body"),
        ("reply", json!({ "body": " " }), "missing", "body"),
        ("resolve", json!({ "outcome": "magic", "body": "x" }), "unknown-value", "outcome"),
        ("set-severity", json!({ "severity": "enormous" }), "unknown-value", "severity"),
        ("classify", json!({ "facts": { "frobnicated": 1 } }), "unknown-value", "facts"),
        ("classify", json!({ "facts": { "on_site": "maybe" } }), "unknown-value", "on_site"),
        ("assign", json!({ "agent": "nobody@boreal.example" }), "invalid", "agent"),
        ("assign", json!({ "agent": "maude.arsenault@kervinel.example" }), "invalid", "agent"),
        ("assign", json!({ "team": "nobody" }), "unknown-value", "team"),
        ("wait", json!({ "for": "godot" }), "invalid", "for"),
        ("judge-coverage", json!({ "verdict": "perhaps", "reason": "x" }), "invalid", "verdict"),
    ] {
        let found = refused(&agent, &number, verb, &body, 422, kind);
        assert_eq!(found["field"], field, "{verb} {body}");
    }
    refused(&agent, &number, "back-from-vendor", &json!({ "result": "fix" }), 409, "refused");

    // What cannot be read at all.
    for body in [&b"{nonsense"[..], b"[]", br#"{"nofield":1}"#, br#"{"received_at":"yesterday"}"#, b"\xff"] {
        let kind = ("Content-Type", "application/json");
        problem(agent.send("POST", TICKETS, &[kind], body).expect("answered"), 400, "malformed");
    }
    let form = ("Content-Type", "application/x-www-form-urlencoded");
    problem(agent.send("POST", TICKETS, &[form], b"subject=x").expect("answered"), 400, "malformed");
    let large = asked(&json!({ "body": "x".repeat(3 << 20) }));
    problem(agent.post_json(TICKETS, &large), 413, "too-large");
    problem(agent.get(&format!("{TICKETS}?limit=many")), 400, "malformed");
    assert_eq!(problem(agent.get(&format!("{TICKETS}?cursor=x")), 422, "invalid")["field"], "cursor");
    assert_eq!(problem(agent.get(&format!("{TICKETS}?view=x")), 422, "invalid")["field"], "view");
    assert_eq!(problem(agent.get(&format!("{TICKETS}?order=x")), 422, "invalid")["field"], "order");
    problem(agent.send("PUT", TICKETS, &[], b"").expect("answered"), 405, "method-not-allowed");
    problem(agent.get(&format!("{TICKETS}/BOR-999")), 404, "not-found");
    problem(agent.get("/api/v1/nothing"), 404, "not-found");

    // Nobody, or nobody that is known.
    let bad = demo.visitor().with_bearer("not-a-token");
    for client in [&demo.visitor(), &bad] {
        for path in [TICKETS, "/api/v1/agreements", &format!("{TICKETS}/{number}")] {
            let answer = client.get(path);
            assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
            problem(answer, 401, "not-signed-in");
        }
    }
    problem(demo.visitor().post_json(TICKETS, &asked(&json!({}))), 401, "not-signed-in");
    // A browser's session is no token.
    let session = demo.signed_in(&demo.person(PROVIDER, "agent"));
    problem(session.get(TICKETS), 401, "not-signed-in");

    // Each type is a page that explains it.
    for kind in ["not-signed-in", "needs-consent", "too-large", "conflict", "method-not-allowed"] {
        let page = demo.visitor().get(&format!("/problems/{kind}")).expect(200).text();
        assert!(page.contains(kind));
    }
}

#[test]
fn contacts_do_what_is_theirs_and_see_only_their_own() {
    let demo = demo();
    let agent = agent(&demo);
    let (maude, beth) = (maude(&demo), contact(&demo, "beth.okonjo@harrowfield.example"));
    let number = number(&opened(&agent, &json!({})));
    let secret = "Entre nous seulement";
    command(&agent, &number, "note", &json!({ "body": secret }));
    command(&agent, &number, "assign", &json!({ "agent": "anouk.kerbrat@boreal.example" }));

    let client = demo.api(&maude);
    for (verb, body) in [
        ("note", json!({ "body": "x" })),
        ("take-up", json!({})),
        ("assign", json!({ "team": "help_desk" })),
        ("set-severity", json!({ "severity": "high" })),
        ("judge-coverage", json!({ "verdict": "covered", "reason": "x" })),
        ("wait", json!({ "for": "vendor" })),
        ("pass-to-vendor", json!({ "vendor": "x", "reference": "y" })),
        ("resolve", json!({ "outcome": "plan", "body": "x" })),
        ("close", json!({ "reason": "x" })),
    ] {
        let found = refused(&client, &number, verb, &body, 403, "not-permitted");
        if verb == "close" {
            assert_eq!(found["clause"]["number"], "1.0", "the clause that keeps it to the help desk");
        }
    }

    // Neither the API nor the pages show a contact what is between colleagues.
    let shown = client.get(&format!("{TICKETS}/{number}")).expect(200);
    assert!(!shown.text().contains(secret));
    let shown = shown.json();
    assert_eq!(shown["messages"].as_array().map(Vec::len), Some(1));
    assert!(shown["messages"].as_array().expect("messages").iter().all(|message| message["kind"] != "note"));
    let wrote =
        shown["events"].as_array().expect("events").iter().filter(|event| event["event"] == "wrote").count();
    assert_eq!(wrote, 1, "{}", shown["events"]);
    let pages = demo.signed_in(&maude);
    assert!(!pages.get(&format!("/portal/demandes/{number}")).expect(200).text().contains(secret));
    let workspace = demo.signed_in(&demo.person(PROVIDER, "agent"));
    assert!(workspace.get(&format!("/agent/demandes/{number}")).expect(200).text().contains(secret));

    // Somebody of another account learns nothing of it, not even that it is there.
    let (client, pages) = (demo.api(&beth), demo.signed_in(&beth));
    let absent = problem(client.get(&format!("{TICKETS}/BOR-999")), 404, "not-found");
    assert_eq!(problem(client.get(&format!("{TICKETS}/{number}")), 404, "not-found"), absent);
    problem(client.get(&format!("{TICKETS}/{number}/explain")), 404, "not-found");
    for (verb, body) in [
        ("reply", json!({ "body": "x" })),
        ("confirm", json!({})),
        ("reopen", json!({})),
        ("classify", json!({ "facts": {} })),
    ] {
        refused(&client, &number, verb, &body, 404, "not-found");
    }
    assert_eq!(client.get(&format!("{TICKETS}?view=all")).expect(200).json()["items"], json!([]));
    pages.get(&format!("/portal/demandes/{number}")).expect(404);
    assert!(!pages.get("/portal").expect(200).text().contains(&number));
    // Nor does a contact enter the workspace.
    for path in ["/agent", &format!("/agent/demandes/{number}")] {
        assert_eq!(pages.get(path).status, 303, "{path}");
    }
}

#[test]
fn lists_page_by_cursor_without_doubles_or_gaps() {
    const COUNT: usize = 120;
    let demo = demo();
    let agent = agent(&demo);
    let mut expected = BTreeSet::new();
    for place in 0..COUNT {
        let ticket = opened(
            &agent,
            &json!({ "subject": format!("Demande {place}"), "channel": "phone",
            // Several arrive in the same second, so that a cursor must tell them apart.
            "received_at": format!("2026-08-11T09:{:02}:00-04:00", place / 4) }),
        );
        expected.insert(number(&ticket));
    }
    let other = json!({ "contact": "beth.okonjo@harrowfield.example", "channel": "phone" });
    let elsewhere = number(&opened(&agent, &other));

    for (query, size) in
        [("view=all&order=arrival", 50), ("order=next_due&limit=7", 7), ("order=updated&limit=200", 200)]
    {
        let mut found = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = agent.get(&format!("{TICKETS}?{query}{cursor}")).expect(200).json();
            let items = page["items"].as_array().expect("items");
            assert!(items.len() <= size, "{query}");
            found.extend(items.iter().map(number));
            match page["cursor"].as_str() {
                Some(next) => {
                    assert_eq!(items.len(), size, "{query}: only the last page is short");
                    cursor = format!("&cursor={next}");
                }
                None => break,
            }
        }
        let distinct: BTreeSet<String> = found.iter().cloned().collect();
        assert_eq!(found.len(), COUNT + 1, "{query}");
        assert_eq!(distinct.len(), found.len(), "{query}: none stands twice");
        assert!(distinct.is_superset(&expected), "{query}");
    }

    // What arrives between two pages neither doubles nor hides what was there.
    let first = agent.get(&format!("{TICKETS}?view=all&order=arrival")).expect(200).json();
    opened(&agent, &json!({ "subject": "Entre deux pages" }));
    let mut found: Vec<String> = first["items"].as_array().expect("items").iter().map(number).collect();
    let mut cursor = first["cursor"].as_str().map(str::to_owned);
    while let Some(next) = cursor {
        let page = agent.get(&format!("{TICKETS}?view=all&order=arrival&cursor={next}")).expect(200).json();
        found.extend(page["items"].as_array().expect("items").iter().map(number));
        cursor = page["cursor"].as_str().map(str::to_owned);
    }
    let distinct: BTreeSet<String> = found.iter().cloned().collect();
    assert_eq!(distinct.len(), found.len());
    assert!(distinct.is_superset(&expected));

    // A contact's list is their account's, and no other's.
    let beth = demo.api(&contact(&demo, "beth.okonjo@harrowfield.example"));
    let own = beth.get(&format!("{TICKETS}?view=all")).expect(200).json();
    let own: Vec<String> = own["items"].as_array().expect("items").iter().map(number).collect();
    assert_eq!(own, [elsewhere]);
    let found = beth.get(&format!("{TICKETS}?view=all&q=Demande")).expect(200).json();
    assert_eq!(found["items"], json!([]), "words do not find what is another's");
}

/// Every command of the interface beside those of a plain life, each as a program writes it.
#[test]
fn every_command_has_its_form() {
    let demo = demo();
    let agent = agent(&demo);
    let maude = demo.api(&maude(&demo));
    let ticket = opened(&agent, &json!({}));
    let number = number(&ticket);

    let held = command(&agent, &number, "reply", &json!({ "body": "Un instant.", "undo_s": 60 }));
    assert!(held["held_until"].is_string() && held["messages"].as_array().map(Vec::len) == Some(1));
    let undone = command(&agent, &number, "undo", &json!({}));
    assert_eq!(undone["held_until"], json!(null));

    command(&agent, &number, "update", &json!({ "body": "Nous cherchons." }));
    let asked = command(&maude, &number, "request-update", &json!({ "body": "Où en êtes-vous ?" }));
    assert_eq!(asked["turn"], "provider");
    command(&agent, &number, "log-call", &json!({ "outcome": "voicemail", "body": "Message laissé." }));
    refused(&agent, &number, "log-call", &json!({ "outcome": "perhaps", "body": "x" }), 422, "unknown-value");
    command(&agent, &number, "propose-meeting", &json!({ "slots": ["2026-08-12T14:00:00Z"], "body": "" }));
    command(&agent, &number, "milestone", &json!({ "name": "reproduced" }));
    command(&maude, &number, "contest", &json!({ "what": "severity", "body": "C’est plus grave." }));
    refused(&maude, &number, "note", &json!({ "body": "x" }), 403, "not-permitted");

    let asked = command(&agent, &number, "ask", &json!({ "evidence": true, "body": "Envoyez le journal." }));
    let duty = |ticket: &Value, name: &str| {
        let duties = ticket["duties"].as_array().expect("duties");
        duties.iter().find(|duty| duty["duty"] == name).expect("the duty")["state"].clone()
    };
    assert_eq!(duty(&asked, "evidence"), "due");
    let answered = command(
        &maude,
        &number,
        "answer-duty",
        &json!({ "duty": "evidence", "done": true, "body": "Voici." }),
    );
    assert_eq!(duty(&answered, "evidence"), "done");
    command(&agent, &number, "ask", &json!({ "access": true, "body": "Pouvons-nous entrer ?" }));
    refused(&maude, &number, "answer-duty", &json!({ "duty": "access", "cannot": true }), 422, "missing");
    let cannot = json!({ "duty": "access", "cannot": true, "body": "Interdit chez nous." });
    assert_eq!(duty(&command(&maude, &number, "answer-duty", &cannot), "remote_access"), "refused");

    let asked = command(&maude, &number, "escalate", &json!({ "reason": "Trop long." }));
    assert!(asked["escalation"].is_object());
    let granted =
        command(&agent, &number, "decide-escalation", &json!({ "granted": true, "body": "Entendu." }));
    assert_eq!((&granted["escalation"], &granted["climbed_to"]), (&json!(null), &json!("lead")));
    command(&agent, &number, "escalate", &json!({ "to": "specialist", "reason": "Cas rare." }));

    command(&agent, &number, "snooze", &json!({ "until": "2026-08-12T14:00:00Z" }));
    let awake = command(&agent, &number, "snooze", &json!({}));
    assert_eq!(awake["snoozed_until"], json!(null));
    let spent = command(&agent, &number, "log-time", &json!({ "minutes": 20, "kind": "remote" }));
    assert_eq!(spent["time"][0]["minutes"], 20);
    let tagged = command(&agent, &number, "tag", &json!({ "add": ["Urgent"] }));
    assert_eq!(tagged["tags"], json!(["urgent"]));
    assert_eq!(maude.get(&format!("{TICKETS}/{number}")).json()["tags"], json!([]), "tags are the desk's");

    let other = self::number(&opened(&agent, &json!({ "subject": "La même" })));
    command(&agent, &number, "link", &json!({ "to": other, "kind": "related" }));
    command(&agent, &number, "unlink", &json!({ "to": other }));
    let merged = command(&agent, &other, "merge", &json!({ "into": number }));
    assert_eq!(merged["merged_into"], json!(number));
    nothing_runs_where_it_does_not_go_on(&agent, &other, &merged);
    refused(&agent, &other, "reply", &json!({ "body": "x" }), 409, "refused");
    let apart = command(&agent, &other, "unmerge", &json!({}));
    assert_eq!(apart["merged_into"], json!(null));
    assert!(
        apart["clocks"]
            .as_array()
            .is_some_and(|clocks| clocks.iter().any(|clock| clock["state"] == "running"))
    );
    command(&agent, &number, "split", &json!({ "subject": "Autre chose" }));

    command(&agent, &number, "resolve", &json!({ "outcome": "existing_fix", "body": "Réparé." }));
    let refused_by_customer =
        command(&maude, &number, "refuse-resolution", &json!({ "body": "Toujours pas." }));
    assert_eq!(refused_by_customer["state"], "open");
    let passed = command(&agent, &number, "convert", &json!({}));
    assert_eq!(passed["converted_to"], "professional_services");
    let taken =
        command(&agent, &number, "accept-exception", &json!({ "reason": "Geste.", "price": "120 CAD" }));
    assert_eq!(taken["exception"]["price"], "120 CAD");
    command(&agent, &number, "hand-over", &json!({}));
    let declined = command(&agent, &other, "decline", &json!({ "clause": "2.2", "body": "Non couvert." }));
    assert_eq!((&declined["state"], &declined["declined"]["number"]), (&json!("declined"), &json!("2.2")));
}

/// What a merged request promised runs in the one that goes on for it, and is read nowhere as running.
fn nothing_runs_where_it_does_not_go_on(agent: &Client, number: &str, merged: &Value) {
    let explained = agent.get(&format!("{TICKETS}/{number}/explain")).json();
    let explained: Vec<&Value> = explained["clocks"].as_array().expect("clocks").iter().collect();
    let told: Vec<&Value> = merged["clocks"].as_array().expect("clocks").iter().collect();
    for clocks in [told, explained] {
        assert!(
            clocks
                .iter()
                .all(|clock| !["running", "paused"].contains(&clock["state"].as_str().expect("a state")))
        );
        let stopped: Vec<&&Value> =
            clocks.iter().filter(|clock| clock["stopped_reason"] == "merged").collect();
        assert!(!stopped.is_empty(), "{merged}");
        for clock in stopped {
            assert_eq!(clock["state"], "stopped");
            assert!(
                clock["words"]
                    .as_str()
                    .is_some_and(|words| ["autre", "another"].iter().any(|said| words.contains(said))),
                "{clock}"
            );
        }
    }
}

#[test]
fn a_version_that_was_read_can_be_insisted_on() {
    let demo = demo();
    let agent = agent(&demo);
    let number = number(&opened(&agent, &json!({})));
    let path = format!("{TICKETS}/{number}");
    // The acknowledgement leaves in the background, and that it left is a version of its own.
    demo.advance("PT1S");
    let read = agent.get(&path).expect(200);
    let tag = read.header("etag").expect("an entity tag").to_owned();
    assert!(tag.starts_with('"') && tag.ends_with('"'), "{tag}");

    let note = json!({ "body": "Vu." });
    let done = send(&agent, &format!("{path}/note"), &[("If-Match", &tag)], &note).expect(200);
    let newer = done.header("etag").expect("an entity tag").to_owned();
    assert_ne!(newer, tag);
    let stale = send(&agent, &format!("{path}/note"), &[("If-Match", &tag)], &note);
    let stale = problem(stale, 412, "conflict");
    assert!(stale["detail"].as_str().is_some_and(|words| words.contains("If-Match")), "{stale}");
    send(&agent, &format!("{path}/note"), &[("If-Match", "*")], &note).expect(200);
    problem(send(&agent, &format!("{path}/note"), &[("If-Match", "nonsense")], &note), 412, "conflict");
    // Without it the command is decided on the present state.
    command(&agent, &number, "note", &note);
    let notes = agent.get(&path).json()["messages"].as_array().map_or(0, Vec::len) - 1;
    assert_eq!(notes, 3, "what was refused left nothing");

    // While a clock runs each second reads differently; once all stand still, nothing is sent again.
    let tag = agent.get(&path).header("etag").expect("an entity tag").to_owned();
    assert_eq!(agent.send("GET", &path, &[("If-None-Match", &tag)], b"").expect("answered").status, 200);
    demo.advance("PT1M");
    command(&agent, &number, "reply", &json!({ "body": "Voilà." }));
    demo.advance("PT1S");
    let tag = agent.get(&path).header("etag").expect("an entity tag").to_owned();
    let same = agent.send("GET", &path, &[("If-None-Match", &tag)], b"").expect("answered");
    assert_eq!(same.status, 304, "{}", same.text());
}

#[test]
fn a_repeated_sending_is_one_deed() {
    let demo = demo();
    let agent = agent(&demo);
    let key = ("Idempotency-Key", "call-7");
    let first = send(&agent, TICKETS, &[key], &asked(&json!({}))).expect(201).json();
    let again = send(&agent, TICKETS, &[key], &asked(&json!({}))).expect(201).json();
    assert_eq!(number(&again), number(&first));
    for other in [
        json!({ "subject": "Une autre" }),
        json!({ "received_at": "2026-08-11T09:00:00-04:00" }),
        json!({ "severity": "high" }),
    ] {
        problem(send(&agent, TICKETS, &[key], &asked(&other)), 422, "idempotency");
    }
    // Keys are each person's own.
    let lead = demo.api(&demo.person(PROVIDER, "lead"));
    let theirs = send(&lead, TICKETS, &[key], &asked(&json!({}))).expect(201).json();
    assert_ne!(number(&theirs), number(&first));

    // A command as well: an answer sent twice leaves once.
    let path = format!("{TICKETS}/{}/reply", number(&first));
    let key = ("Idempotency-Key", "answer-7");
    let reply = json!({ "body": "Réinstallez le service." });
    send(&agent, &path, &[key], &reply).expect(200);
    let again = send(&agent, &path, &[key], &reply).expect(200).json();
    assert_eq!(again["messages"].as_array().map(Vec::len), Some(2));
    problem(send(&agent, &path, &[key], &json!({ "body": "Autre chose." })), 422, "idempotency");
    let elsewhere = format!("{TICKETS}/{}/reply", number(&theirs));
    problem(send(&agent, &elsewhere, &[key], &reply), 422, "idempotency");
    // A macro too.
    let step = json!({ "command": "reply", "with": { "body": "Videz le cache." } });
    let kept = json!({ "title": "Cache", "steps": [step] }).to_string();
    let kind = ("Content-Type", "application/json");
    lead.send("PUT", "/api/v1/macros/cache", &[kind], kept.as_bytes()).expect("answered").expect(200);
    let path = format!("{TICKETS}/{}/macros/cache", number(&first));
    let key = ("Idempotency-Key", "macro-7");
    let done = send(&agent, &path, &[key], &json!({})).expect(200);
    assert!(done.header("etag").is_some());
    let again = send(&agent, &path, &[key], &json!({})).expect(200).json();
    assert_eq!(again["messages"].as_array().map(Vec::len), Some(3));
    problem(send(&agent, &path, &[("If-Match", "\"1\"")], &json!({})), 412, "conflict");
    // What cannot be read is told, and not taken for absent.
    for unread in [("Idempotency-Key", "macro-été-7"), ("If-Match", "\"é\"")] {
        problem(send(&agent, &path, &[unread], &json!({})), 400, "malformed");
        problem(
            send(&agent, &format!("{TICKETS}/{}/reply", number(&first)), &[unread], &reply),
            400,
            "malformed",
        );
    }
    problem(send(&agent, TICKETS, &[("Idempotency-Key", "été")], &asked(&json!({}))), 400, "malformed");
    demo.advance("PT1M");
    let left = demo
        .outgoing()
        .iter()
        .filter(|letter| String::from_utf8_lossy(letter).contains("installez le service"))
        .count();
    assert_eq!(left, 1, "one letter left");

    // After a day the key may serve again.
    demo.advance("PT25H");
    let key = ("Idempotency-Key", "call-7");
    let later = send(&agent, TICKETS, &[key], &asked(&json!({ "subject": "Une autre" }))).expect(201).json();
    assert_ne!(number(&later), number(&first));
}

/// RFC 7240: a program that opens many and looks at none is told where they are, and no more.
#[test]
fn a_program_may_prefer_not_to_be_shown_what_it_did() {
    let demo = demo();
    let agent = agent(&demo);
    let minimal = ("Prefer", "return=minimal");
    let key = ("Idempotency-Key", "night-7");
    let opened = send(&agent, TICKETS, &[minimal, key], &asked(&json!({}))).expect(201);
    assert_eq!(opened.text(), "");
    assert_eq!(opened.header("preference-applied"), Some("return=minimal"));
    let path = opened.header("location").expect("where it is").to_owned();
    let again = send(&agent, TICKETS, &[minimal, key], &asked(&json!({}))).expect(201);
    assert_eq!((again.header("location"), again.text().as_str()), (Some(path.as_str()), ""));
    demo.advance("PT1S");

    let note = json!({ "body": "Vu." });
    let noted = send(&agent, &format!("{path}/note"), &[minimal], &note).expect(204);
    assert_eq!(noted.text(), "");
    let shown = agent.get(&path).expect(200);
    assert_eq!(noted.header("etag"), shown.header("etag"), "the version that the command made");
    assert_eq!(shown.json()["messages"].as_array().map(Vec::len), Some(2));
    // What is wrong is told as ever, and who asks for nothing is shown all.
    problem(send(&agent, &format!("{path}/note"), &[minimal], &json!({ "body": " " })), 422, "missing");
    let shown = send(&agent, &format!("{path}/note"), &[("Prefer", "respond-async")], &note).expect(200);
    assert_eq!(shown.header("preference-applied"), None);
    assert_eq!(shown.json()["messages"].as_array().map(Vec::len), Some(3));
}

/// A program that shares no line with ours, for whoever doubts a deadline: `tests/recompute.rs`.
#[test]
fn a_second_program_comes_to_the_same_due_instants() {
    // A Tuesday on which every desk of the sample data is open for some hours.
    let demo = Demo::start_at("2026-09-15T09:00:00-04:00");
    let providers = demo.facts()["providers"].as_object().expect("providers");
    let desks: Vec<Client> = providers.keys().map(|key| demo.api(&demo.person(key, "agent"))).collect();
    let mut opened = Vec::new();
    for (provider, agent) in providers.keys().zip(&desks) {
        for contact in demo.people(provider, "contact") {
            for channel in ["portal", "email", "phone"] {
                let asked = json!({
                    "contact": contact.email, "account": contact.account, "channel": channel,
                    "subject": "Impression", "body": "Rien ne sort.",
                });
                let answer = agent.post_json(TICKETS, &asked);
                // Some agreements do not take a channel, or want to know more before they begin.
                if answer.status == 201 {
                    let number = number(&answer.json());
                    agent.post_json(&format!("{TICKETS}/{number}/wait"), &json!({ "for": "customer" }));
                    opened.push((agent, number));
                }
            }
        }
    }
    demo.advance("PT3H");
    for (agent, number) in &opened {
        agent.post_json(&format!("{TICKETS}/{number}/resume"), &json!({}));
    }
    demo.advance("P1DT5H");
    let explained = |(agent, number): &(&Client, String)| {
        agent.get(&format!("{TICKETS}/{number}/explain")).expect(200).json().to_string()
    };
    let exports: String = opened.iter().map(explained).collect();

    let folder = TemporaryFolder::new("recompute");
    let program = folder.path().join("recompute");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/recompute.rs");
    let compiled = Command::new("rustc").args(["--edition", "2024", "-o"]).arg(&program).arg(source).status();
    assert!(compiled.expect("rustc starts").success(), "the second program compiles");
    let run = |exports: &str| {
        let mut child = Command::new(&program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the second program starts");
        child.stdin.take().expect("an input").write_all(exports.as_bytes()).expect("the exports are read");
        let output = child.wait_with_output().expect("the second program ends");
        (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let (agrees, told) = run(&exports);
    assert!(agrees, "{told}");
    let counted: usize = told.split(' ').next().and_then(|count| count.parse().ok()).expect("a count");
    assert!(counted >= 30, "few due instants were there to recompute: {told}");

    // It would notice: a minute more of open time on some day ends elsewhere.
    let moved = exports.replacen("\"counted_s\":1", "\"counted_s\":9", 1);
    assert_ne!(moved, exports);
    assert!(!run(&moved).0, "a day that counts something else is noticed");
}

#[test]
fn the_explanation_adds_up_and_says_what_the_page_says() {
    let demo = demo();
    let agent = agent(&demo);
    // Tuesday 19:00, an hour before closing.
    demo.advance_to("2026-08-11T19:00:00-04:00");
    let number = number(&opened(&agent, &json!({})));
    command(&agent, &number, "pass-to-vendor", &json!({ "vendor": "Autodesk", "reference": "A-1" }));
    demo.advance("PT30M");
    command(&agent, &number, "back-from-vendor", &json!({ "result": "answer" }));

    let maude = maude(&demo);
    for client in [&agent, &demo.api(&maude)] {
        let ticket = client.get(&format!("{TICKETS}/{number}")).expect(200).json();
        let explained = client.get(&format!("{TICKETS}/{number}/explain")).expect(200).json();
        assert_eq!(explained["number"], number.as_str());
        let clocks = explained["clocks"].as_array().expect("clocks");
        assert_eq!(clocks.len(), 2);
        for explanation in clocks {
            let promise = explanation["promise"].as_str().expect("a promise");
            has_all(
                explanation,
                &["clause", "calendar", "calendar_clause", "tzdb_version", "zone", "steps", "days", "pauses"],
            );
            for field in ["due_at", "state", "clause", "calendar", "target", "words"] {
                assert_eq!(explanation[field], clock(&ticket, promise)[field], "{promise}: {field}");
            }
            let days = explanation["days"].as_array().expect("days");
            let counted: i64 = days.iter().filter_map(|day| day["counted_s"].as_i64()).sum();
            let target = if promise == "response" { 4 * 3600 } else { 600 };
            assert_eq!(counted, target, "{promise} adds up to its target: {days:?}");
            assert_eq!(days.last().map(|day| &day["total_s"]), Some(&json!(target)));
            let steps = explanation["steps"].as_array().expect("steps");
            assert!(steps.iter().any(|step| step["clause"]["number"] == "5.1"), "{steps:?}");
        }
        let response = &clocks[1];
        assert_eq!(response["calendar_clause"]["number"], "3.0");
        let [pause] = response["pauses"].as_array().expect("pauses").as_slice() else {
            panic!("one pause: {response}")
        };
        assert_eq!(pause["clause"]["number"], "5.2");
        assert_eq!(seconds_between(&pause["from"], &pause["to"]) / 60, 30);
        // An hour was left that evening, half of which stood still.
        let counted = response["days"][0]["counted_s"].as_i64().expect("seconds");
        assert!((1770..=1800).contains(&counted), "{counted}");
        assert!(
            response["due_at"].as_str().is_some_and(|due| due.starts_with("2026-08-12T16:3")),
            "{response}"
        );
    }

    // One reading, one renderer: the sentence of the API is the sentence of the page.
    let words = demo.api(&maude).get(&format!("{TICKETS}/{number}")).expect(200).json();
    let words = clock(&words, "response")["words"].as_str().expect("words").to_owned();
    let page = plain(&demo.signed_in(&maude).get(&format!("/portal/demandes/{number}")).expect(200).text());
    assert!(page.contains(&plain(&words)), "{words} in {page}");
}

/// The text of a page, its white space made even.
fn plain(html: &str) -> String {
    let mut text = String::new();
    let mut inside = false;
    for letter in html.chars() {
        match letter {
            '<' => inside = true,
            '>' => inside = false,
            letter if !inside => text.push(letter),
            _ => {}
        }
    }
    let text = text.replace("&#39;", "'").replace("&amp;", "&").replace(['\u{a0}', '\u{202f}'], " ");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn the_demonstrations_clock_moves_forward_and_tells_what_falls_due_once() {
    let demo = demo();
    let agent = agent(&demo);
    let number = number(&opened(&agent, &json!({})));
    let visitor = demo.visitor();
    for wrong in [
        json!({ "advance": "-PT3H" }),
        json!({ "advance": "3 hours" }),
        json!({ "set": "2026-08-11T09:00:00-04:00" }),
        json!({ "set": "tomorrow" }),
        json!({ "advance": "PT1H", "set": "2026-08-12T09:00:00-04:00" }),
        json!({}),
        json!([]),
    ] {
        problem(visitor.post_json("/demo/clock", &wrong), 400, "malformed");
    }
    let now =
        visitor.post_json("/demo/clock", &json!({ "set": "2026-08-11T12:59:00-04:00" })).expect(200).json();
    assert!(now["now"].as_str().is_some_and(|now| now.starts_with("2026-08-11T16:59:0")), "{now}");
    let ticket = agent.get(&format!("{TICKETS}/{number}")).expect(200).json();
    assert_eq!(clock(&ticket, "acknowledgement")["state"], "met", "mail is out once the clock has moved");
    let letters = || demo.outgoing();
    let quiet = letters().len();

    // A warning with one business hour left, then the miss at 14:00.
    demo.advance("PT2M");
    let warned = letters().len();
    assert!(warned > quiet, "who takes care is warned");
    demo.advance("PT1H");
    let missed = letters().len();
    assert!(missed > warned, "the miss is told");
    for letter in &letters()[quiet..] {
        let letter = String::from_utf8_lossy(letter);
        assert!(letter.contains(&number), "{letter}");
        assert!(letter.contains("5.1"), "the clause is named: {letter}");
        assert!(!letter.contains("kervinel.example"), "the customer is not troubled: {letter}");
    }
    let ticket = agent.get(&format!("{TICKETS}/{number}")).expect(200).json();
    let response = clock(&ticket, "response");
    assert_eq!(response["state"], "missed");
    assert!(response["left_s"].as_i64().is_some_and(|left| left < 0), "{response}");
    assert!(agent.get(&format!("{TICKETS}?view=missed")).json()["items"][0]["number"] == number.as_str());

    // Nothing is told a second time, however often the clock moves.
    for _ in 0..20 {
        demo.advance("PT1M");
    }
    demo.advance("P3D");
    assert_eq!(letters().len(), missed);
    let ticket = agent.get(&format!("{TICKETS}/{number}")).expect(200).json();
    let told: Vec<&Value> = ticket["events"]
        .as_array()
        .expect("events")
        .iter()
        .filter(|event| event["event"] == "missed")
        .collect();
    assert_eq!(told.len(), 1, "{}", ticket["events"]);
    assert_eq!(told[0]["promise"], "response");
    assert_eq!(told[0]["clause"]["number"], "5.1");

    // Kept late: still missed, and it says when.
    let late = command(&agent, &number, "reply", &json!({ "body": "Enfin." }));
    assert_eq!(clock(&late, "response")["state"], "missed");
    assert!(clock(&late, "response")["met_at"].is_string());
}

#[test]
fn the_interface_describes_itself() {
    let demo = demo();
    let document = demo.visitor().get("/api/v1/openapi.json").expect(200).json();
    assert!(document["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")));
    let paths = document["paths"].as_object().expect("paths");
    for (path, methods) in [
        ("/api/v1/tickets", &["get", "post"][..]),
        ("/api/v1/tickets/{number}", &["get"]),
        ("/api/v1/tickets/{number}/explain", &["get"]),
        ("/api/v1/tickets/{number}/{command}", &["post"]),
        ("/api/v1/agreements", &["get"]),
        ("/api/v1/agreements/{key}/{version}", &["get"]),
    ] {
        for method in methods {
            assert!(paths[path][method]["responses"].is_object(), "{method} {path}");
        }
    }
    // Every field of an answer is described.
    let agent = agent(&demo);
    let ticket = opened(&agent, &json!({}));
    let described =
        document["components"]["schemas"]["TicketShape"]["properties"].as_object().expect("fields");
    for field in ticket.as_object().expect("an object").keys() {
        assert!(described.contains_key(field), "{field} is described");
    }
    let described =
        document["components"]["schemas"]["ClockShape"]["properties"].as_object().expect("fields");
    for field in ticket["clocks"][0].as_object().expect("an object").keys() {
        assert!(described.contains_key(field), "{field} is described");
    }
    let agreements = agent.get("/api/v1/agreements").expect(200).json();
    let agreements = agreements["items"].as_array().expect("items");
    let own = agreements.iter().find(|each| each["key"] == "solidassist").expect("the agreement");
    let version = own["version"].as_str().expect("a version");
    let page = agent.get(&format!("/api/v1/agreements/solidassist/{version}")).expect(200).json();
    assert!(page["html"].as_str().is_some_and(|html| html.contains("id=\"c-5.1\"")));
    problem(agent.get("/api/v1/agreements/solidassist/1999"), 404, "not-found");
}

#[test]
fn a_token_does_what_its_scopes_allow() {
    let folder = TemporaryFolder::new("scopes");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("the workspace");
    let http = format!("127.0.0.1:{}", free_port());
    // Paths of the configuration are found from its folder.
    let config = folder.path().join("entente.toml");
    std::fs::write(
        &config,
        format!(
            "agreements = [\"{root}/agreements/solidassist.md\"]\nload = [\"{root}/demo/solidassist.toml\"]\n\
             [http]\nlisten = \"{http}\"\n[database]\nurl = \"sqlite:desk.sqlite\"\n\
             [mail]\nhost_name = \"desk.example\"\n[mail.outbound]\nmaildir = \"letters\"\n",
            root = root.display()
        ),
    )
    .expect("the configuration is written");
    let config = config.display().to_string();
    let mut program = Program::start(&["serve", "--config", &config]);
    program.wait_ready(&http, Duration::from_secs(60));
    assert!(folder.path().join("desk.sqlite").exists(), "the database lies beside the configuration");

    let token = |more: &[&str]| {
        let mut arguments = vec!["user", "token", "--config", &config, "noe.tremblay@boreal.example"];
        arguments.extend(more);
        let out = Program::run(&arguments, b"");
        assert_eq!(out.status.code(), Some(0), "{}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).expect("a token").trim().to_owned()
    };
    let writer = Client::new(&http).with_bearer(&token(&[]));
    let reader = Client::new(&http).with_bearer(&token(&["--read-only"]));
    let number = number(&opened(&writer, &json!({})));
    assert_eq!(reader.get(&format!("{TICKETS}/{number}")).expect(200).json()["number"], number.as_str());
    reader.get(&format!("{TICKETS}/{number}/explain")).expect(200);
    problem(reader.post_json(TICKETS, &asked(&json!({}))), 403, "not-permitted");
    for (verb, body) in [("note", json!({ "body": "x" })), ("take-up", json!({})), ("classify", json!({}))] {
        refused(&reader, &number, verb, &body, 403, "not-permitted");
    }
    assert_eq!(reader.get(TICKETS).json()["items"].as_array().map(Vec::len), Some(1));
    // Nothing of the demonstration is here.
    absent(&writer.post_json("/demo/clock", &json!({ "advance": "PT1H" })));
    absent(&writer.get("/demo/mail"));
    assert_eq!(
        Program::run(&["user", "token", "--config", &config, "nobody@boreal.example"], b"").status.code(),
        Some(1)
    );
    program.stop(Duration::from_secs(20));
}

/// There is nothing here of that name.
#[track_caller]
fn absent(answer: &Answer) {
    assert_eq!(answer.status, 404, "{}", answer.text());
}
