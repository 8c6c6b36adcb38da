//! The journal tells who did what, and who was refused.

use crate::keys::{address, code, get, post};
use crate::world::World;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use std::time::Duration;

pub async fn read(world: &World, name: &str, path: &str) -> (StatusCode, String) {
    let cookie = world.trier(name).cookie.lock().expect("sound").clone();
    let request = Request::get(path).header("cookie", cookie).header("host", "desk.example");
    let answer = world.send(request.body(Body::empty()).expect("a request")).await;
    let status = answer.status();
    let bytes = to_bytes(answer.into_body(), 1 << 22).await.expect("a body");
    (status, String::from_utf8_lossy(&bytes).into_owned())
}

async fn command(world: &World, name: &str, number: &str, command: &str) -> StatusCode {
    command_with(world, name, number, command, "{\"body\":\"vu\"}".to_owned()).await
}

async fn command_with(world: &World, name: &str, number: &str, command: &str, body: String) -> StatusCode {
    let token = format!("Bearer {}", world.trier(name).token);
    let path = format!("/api/v1/tickets/{number}/{command}");
    let request =
        Request::post(path).header("authorization", token).header("content-type", "application/json");
    world.send(request.body(Body::from(body)).expect("a request")).await.status()
}

pub async fn deeds_and_refusals_are_told(world: World) {
    let number = |owner| world.asked.iter().find(|asked| asked.owner == owner).expect("one").number.clone();
    let (a, b, q) = (number('A'), number('B'), number('Q'));
    assert_eq!(command(&world, "agent", &a, "note").await, StatusCode::OK);
    assert_eq!(command(&world, "reader of A", &a, "reply").await, StatusCode::FORBIDDEN);
    assert_eq!(command(&world, "reader of A", &b, "reply").await, StatusCode::NOT_FOUND);
    assert_eq!(command(&world, "agent of Q", &q, "note").await, StatusCode::OK);
    assert_eq!(read(&world, "agent", "/admin/journal").await.0, StatusCode::FORBIDDEN);
    assert_eq!(read(&world, "contact of B", "/admin/journal").await.0, StatusCode::SEE_OTHER);
    let mut page = String::new();
    for _ in 0..100 {
        tokio::time::sleep(Duration::from_millis(50)).await;
        page = read(&world, "admin", "/admin/journal").await.1;
        if page.contains("GET /admin/journal") {
            break;
        }
    }
    let (done, refused) = ("a fait", "s’est vu refuser");
    for (object, outcome) in [
        (format!("POST /api/v1/tickets/{a}/note"), done),
        (format!("POST /api/v1/tickets/{a}/reply"), refused),
        (format!("POST /api/v1/tickets/{b}/reply"), refused),
        ("GET /admin/journal".to_owned(), refused),
    ] {
        let row = page
            .split("<li>")
            .find(|row| row.contains(&object))
            .unwrap_or_else(|| panic!("no {object}: {page}"));
        assert!(row.contains(outcome), "{row}");
    }
    assert!(page.contains("Collègue 1"), "by name");
    deeds_are_named(&world, &a, &b).await;
    // Who chose no zone reads times in the provider's, and the page names it.
    let mut reader = world.trier("admin of Q").person.clone().expect("somebody");
    reader.zone = None;
    world.environment.store.put_person(&reader).await.expect("stored");
    let language = words::Language::parse(&reader.language).expect("a language");
    let zone = words::zone_in_words(&calendar::Zone::parse("America/Toronto").expect("a zone"), language);
    assert!(read(&world, "admin of Q", "/admin/journal").await.1.contains(&zone));
    // Each provider has a journal of its own, and so has the export.
    assert!(!page.contains(&q));
    let (status, export) = read(&world, "admin of Q", "/admin/journal.csv").await;
    assert_eq!(status, StatusCode::OK);
    assert!(export.contains(&format!("POST /api/v1/tickets/{q}/note")) && !export.contains(&a));
    // A program reads it page by page, and the file holds all of it: more than is read at once.
    let provider = world.trier("admin of Q").person.as_ref().expect("somebody").provider.clone();
    let rows: Vec<store::AuditEntry> = (1..=2_300)
        .map(|place| store::AuditEntry {
            provider: provider.clone(),
            id: place,
            at: calendar::Instant::from_milliseconds(1),
            person: None,
            deed: "open".to_owned(),
            object: format!("row {place}"),
            outcome: "done".to_owned(),
            network: String::new(),
        })
        .collect();
    world.environment.store.append_audit(&rows, || [7; 16]).await.expect("written");
    let (_, export) = read(&world, "admin of Q", "/admin/journal.csv").await;
    for place in [1, 1_150, 2_300] {
        assert_eq!(export.matches(&format!("\"row {place}\"")).count(), 1, "{place}");
    }
    assert_eq!(export.matches("at,person").count(), 1);
    let (mut seen, mut cursor) = (0, String::new());
    loop {
        let path = format!("/api/v1/privacy/journal?limit=200{cursor}");
        let (status, told) = api(&world, "admin of Q", &path).await;
        assert_eq!(status, StatusCode::OK, "{told}");
        let items = told["items"].as_array().expect("rows");
        seen += items
            .iter()
            .filter(|row| row["object"].as_str().is_some_and(|what| what.starts_with("row ")))
            .count();
        assert!(
            items.iter().all(|row| !row["object"].as_str().unwrap_or_default().contains(&a)),
            "of another"
        );
        match told["cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen, 2_300, "each once");
    for name in ["agent", "reader of A"] {
        assert_eq!(api(&world, name, "/api/v1/privacy/journal").await.0, StatusCode::FORBIDDEN, "{name}");
    }
}

/// Where one door stands for several deeds the journal names the one that was asked for, done or not, by whatever way.
async fn deeds_are_named(world: &World, number: &str, other: &str) {
    command_with(world, "agent", number, "merge", format!("{{\"into\":\"{other}\"}}")).await;
    let cookie = |name: &str| world.trier(name).cookie.lock().expect("sound").clone();
    post(world, &format!("/agent/demandes/{other}/prise-en-charge"), &cookie("agent"), &[]).await;
    post(world, &format!("/portal/demandes/{other}/suivi"), &cookie("contact of B"), &[]).await;
    post(world, "/agent/demandes/lot", &cookie("agent"), &[("n", other)]).await;
    world.has_written().await;
    let (_, told) = api(world, "admin", "/api/v1/privacy/journal?limit=200").await;
    for (object, deed) in [
        (format!("POST /api/v1/tickets/{number}/note"), "note"),
        (format!("POST /api/v1/tickets/{number}/reply"), "reply"),
        (format!("POST /api/v1/tickets/{other}/reply"), "reply"),
        (format!("POST /api/v1/tickets/{number}/merge"), "merge"),
        (format!("POST /agent/demandes/{other}/prise-en-charge"), "assign"),
        (format!("POST /portal/demandes/{other}/suivi"), "follow_request"),
        ("POST /agent/demandes/lot".to_owned(), "assign"),
        ("GET /admin/journal".to_owned(), "read_audit"),
    ] {
        let rows = told["items"].as_array().expect("rows");
        let row = rows.iter().find(|row| row["object"] == object.as_str());
        let row = row.unwrap_or_else(|| panic!("no {object}: {told}"));
        assert_eq!(row["deed"], deed, "{row}");
    }
}

pub async fn who_saw_what_is_told(world: World) {
    let number = |owner| world.asked.iter().find(|asked| asked.owner == owner).expect("one").number.clone();
    let (a, b, q) = (number('A'), number('B'), number('Q'));
    let (_, before) = api(&world, "admin", "/api/v1/privacy/looks").await;
    assert_eq!(before["items"].as_array().map(Vec::len), Some(0), "{before}");
    // Twice by a page and once by a token: an hour has one row of each person and thing.
    for _ in 0..2 {
        assert_eq!(read(&world, "agent", &format!("/agent/demandes/{a}")).await.0, StatusCode::OK);
    }
    assert_eq!(api(&world, "agent", &format!("/api/v1/tickets/{a}")).await.0, StatusCode::OK);
    assert_eq!(read(&world, "reader of A", &format!("/portal/demandes/{a}")).await.0, StatusCode::OK);
    // What was refused was not seen, and another provider's is its own.
    assert_eq!(read(&world, "reader of A", &format!("/portal/demandes/{b}")).await.0, StatusCode::NOT_FOUND);
    assert_eq!(api(&world, "agent of Q", &format!("/api/v1/tickets/{q}")).await.0, StatusCode::OK);
    let (status, told) = api(&world, "admin", "/api/v1/privacy/looks").await;
    assert_eq!(status, StatusCode::OK, "{told}");
    let rows = told["items"].as_array().expect("rows");
    assert_eq!(rows.len(), 2, "{told}");
    let agent = world.trier("agent").person.as_ref().expect("somebody").id.to_string();
    let reader = world.trier("reader of A").person.as_ref().expect("somebody").id.to_string();
    let ticket = world.environment.store.ticket_by_number(&a).await.expect("read").expect("stands");
    let page = world.environment.store.ticket_page(&ticket.0, ticket.1).await.expect("read").expect("stands");
    let asker = page.row.contact.expect("somebody").to_string();
    let of_q = world.trier("agent of Q").person.as_ref().expect("somebody").id.to_string();
    for (person, way) in [(&agent, "session"), (&reader, "session")] {
        let row = rows.iter().find(|row| row["person"] == **person).expect("a row");
        assert_eq!((&row["what"], &row["way"]), (&"request".into(), &way.into()), "{row}");
        assert_eq!(row["object"], format!("{a}/"));
    }
    for (path, count) in [
        (format!("/api/v1/privacy/looks?request={}", a.to_lowercase()), 2),
        (format!("/api/v1/privacy/looks?request={b}"), 0),
        (format!("/api/v1/privacy/looks?person={agent}"), 1),
        (format!("/api/v1/privacy/looks?person={agent}&request={b}"), 0),
        ("/api/v1/privacy/looks?person=nobody@client.example".to_owned(), 0),
        ("/api/v1/privacy/looks?before=2000-01-01T00:00:00Z".to_owned(), 0),
        ("/api/v1/privacy/looks?limit=1".to_owned(), 1),
        // Of whose requests, and between which instants (GDPR art. 33).
        (format!("/api/v1/privacy/looks?subject={asker}"), 2),
        (format!("/api/v1/privacy/looks?subject={asker}&person={agent}"), 1),
        (format!("/api/v1/privacy/looks?subject={asker}&after=2000-01-01T00:00:00Z"), 2),
        (format!("/api/v1/privacy/looks?subject={asker}&after=2100-01-01T00:00:00Z"), 0),
        (format!("/api/v1/privacy/looks?subject={asker}&before=2000-01-01T00:00:00Z"), 0),
        (format!("/api/v1/privacy/looks?subject={agent}"), 0),
        (format!("/api/v1/privacy/looks?subject={of_q}"), 0),
        ("/api/v1/privacy/looks?subject=nobody@client.example".to_owned(), 0),
    ] {
        let (_, told) = api(&world, "admin", &path).await;
        assert_eq!(told["items"].as_array().map(Vec::len), Some(count), "{path}: {told}");
    }
    // Page by page: each row once, and no more after the last.
    let (_, first) = api(&world, "admin", &format!("/api/v1/privacy/looks?subject={asker}&limit=1")).await;
    let cursor = first["cursor"].as_str().expect("another page");
    let path = format!("/api/v1/privacy/looks?subject={asker}&limit=1&cursor={}", cursor.replace('/', "%2F"));
    let (_, second) = api(&world, "admin", &path).await;
    assert_ne!(first["items"][0]["person"], second["items"][0]["person"], "{second}");
    assert_eq!(
        api(&world, "admin", "/api/v1/privacy/looks?cursor=x").await.0,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let (_, page) =
        read(&world, "admin", &format!("/admin/consultations?concerne={asker}&du=2000-01-01")).await;
    assert!(page.contains(&format!("/agent/demandes/{a}")), "{page}");
    let (_, page) =
        read(&world, "admin", &format!("/admin/consultations?concerne={asker}&au=2000-01-01")).await;
    assert!(!page.contains(&format!("/agent/demandes/{a}")), "{page}");
    // Another provider's administrator finds none of it by the same name.
    let (_, told) = api(&world, "admin of Q", &format!("/api/v1/privacy/looks?subject={asker}")).await;
    assert_eq!(told["items"].as_array().map(Vec::len), Some(0), "{told}");
    // Whoever does something is answered with the request as it then is, and has seen it.
    let lead = format!("Bearer {}", world.trier("lead").token);
    let note = Request::post(format!("/api/v1/tickets/{b}/note"))
        .header("authorization", lead)
        .header("host", "desk.example")
        .header("content-type", "application/json")
        .body(Body::from(r#"{"body":"vu"}"#))
        .expect("a request");
    assert!(world.send(note).await.status().is_success());
    let (_, told) = api(&world, "admin", &format!("/api/v1/privacy/looks?request={b}")).await;
    assert_eq!(told["items"].as_array().map(Vec::len), Some(1), "{told}");
    assert_eq!(told["items"][0]["way"], "token");
    for limit in ["0", "201", "-1", "x", ""] {
        for list in ["privacy/looks", "tickets", "people", "accounts"] {
            let (status, told) = api(&world, "admin", &format!("/api/v1/{list}?limit={limit}")).await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "{list} {limit}: {told}");
        }
    }
    let (_, page) = read(&world, "admin", &format!("/admin/consultations?demande={a}")).await;
    assert!(page.contains("a vu la demande") && page.contains("Collègue 1"), "{page}");
    for name in ["agent", "reader of A"] {
        assert_eq!(api(&world, name, "/api/v1/privacy/looks").await.0, StatusCode::FORBIDDEN, "{name}");
    }
}

async fn api(world: &World, name: &str, path: &str) -> (StatusCode, serde_json::Value) {
    let token = format!("Bearer {}", world.trier(name).token);
    let request = Request::get(path).header("authorization", token).header("host", "desk.example");
    let answer = world.send(request.body(Body::empty()).expect("a request")).await;
    let status = answer.status();
    let bytes = to_bytes(answer.into_body(), 1 << 22).await.expect("a body");
    (status, serde_json::from_slice(&bytes).unwrap_or_default())
}

/// The rows of the journal, once one of them holds some words.
async fn journal_with(world: &World, words: &str) -> String {
    let mut page = String::new();
    for _ in 0..100 {
        page = read(world, "admin", "/admin/journal").await.1;
        if page.contains(words) {
            return page;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("no {words}: {page}");
}

/// Who came in, by what; who was not let in, and how often: a flood is a few rows (ASVS 5.0, 16.3.1).
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn ways_in_and_attempts_are_told() {
    let world = World::sqlite().await;
    let cookie = world.trier("contact of B").cookie.lock().expect("sound").clone();
    let own = address(&world, "contact of B");
    let password = "quatre chevaux lents";
    post(&world, "/compte/mot-de-passe", &cookie, &[("motdepasse", password)]).await;
    post(&world, "/compte/second-facteur", &cookie, &[]).await;
    let key = get(&world, "/compte", &cookie).await.between("<pre><code>", "</code>").to_owned();
    post(&world, "/compte/confirmer", &cookie, &[("code", &code(&world, &key, 0))]).await;
    let come = async |given: &str| {
        post(&world, "/connexion", "", &[("courriel", &own), ("motdepasse", given)]).await
    };
    let ticket = come(password).await.field("billet");
    for _ in 0..8 {
        post(&world, "/connexion/preuve", "", &[("billet", &ticket), ("code", "000000")]).await;
    }
    let good = code(&world, &key, 1);
    let entered = post(&world, "/connexion/preuve", "", &[("billet", &ticket), ("code", &good)]).await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER);
    let page = journal_with(&world, "password + application").await;
    assert_eq!(page.matches("second proof").count(), 1, "one row for eight within a minute: {page}");
    // A token whose owner asks too often is told as theirs.
    for _ in 0..5 {
        come("something else").await;
    }
    come("something else").await;
    let page = journal_with(&world, "password").await;
    let rows: Vec<&str> = page.split("<li>").filter(|row| row.contains("s’est vu refuser")).collect();
    assert!(rows.iter().any(|row| row.contains("password")), "{rows:?}");
    for given in [password, "something else", own.as_str()] {
        assert!(!page.contains(given), "what was given is not told: {given}");
    }
}

/// A link that lets somebody in, or to something, stands nowhere where it could be read and followed.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_link_stands_in_the_journal() {
    let world = World::sqlite().await;
    let cookie = world.trier("admin").cookie.lock().expect("sound").clone();
    let secrets: Vec<String> = (1..5).map(|number| format!("{number}e4d{}", "5c".repeat(20))).collect();
    for (beginning, secret) in ["entrer", "installer", "avis", "f"].iter().zip(&secrets) {
        let path = format!("/{beginning}/{secret}");
        get(&world, &path, &cookie).await;
        post(&world, &path, &cookie, &[]).await;
        post(&world, &format!("{path}?retour=/x"), &cookie, &[]).await;
    }
    let page = journal_with(&world, "POST /avis").await;
    let (_, export) = read(&world, "admin", "/admin/journal.csv").await;
    for secret in &secrets {
        assert!(!page.contains(secret) && !export.contains(secret), "{secret}: {export}");
    }
    assert!(export.contains("POST /installer"), "{export}");
}
