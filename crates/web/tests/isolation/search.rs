//! A search finds nobody another's words: not a request of another account, not a note of colleagues.

use crate::world::{CANARY, Owner, World};
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use std::collections::BTreeSet;

/// Status and the numbers found.
async fn found(world: &World, name: &str, sought: &str) -> (StatusCode, serde_json::Value) {
    let path = format!("/api/v1/tickets?view=all&limit=200&q={sought}");
    let token = format!("Bearer {}", world.trier(name).token);
    let request = Request::get(path).header("authorization", token).body(Body::empty()).expect("a request");
    let answer = world.send(request).await;
    let status = answer.status();
    let bytes = to_bytes(answer.into_body(), 1 << 22).await.expect("a body");
    (status, serde_json::from_slice(&bytes).expect("JSON"))
}

fn numbers(list: &serde_json::Value) -> BTreeSet<String> {
    let items = list["items"].as_array().expect("a list");
    items.iter().map(|item| item["number"].as_str().expect("a number").to_owned()).collect()
}

pub async fn a_search_finds_what_its_asker_may_read(world: World) {
    let people = [
        "agent",
        "admin",
        "reader of A",
        "requester of A",
        "contact of B",
        "reseller",
        "agent of Q",
        "contact of Q",
    ];
    let mut notes_found_by_staff = 0;
    for name in people {
        let trier = world.trier(name);
        let is_staff = trier.person.as_ref().is_some_and(|person| person.role.is_staff());
        for asked in &world.asked {
            // The whole canary of each text is unique: whoever finds it has read it.
            let page = world.environment.store.ticket_page(&asked.provider, asked.id).await.expect("read");
            let page = page.expect("it stands");
            for text in page.contents.values().chain(page.files.iter().map(|file| &file.name)) {
                let Some(place) = text.find(CANARY) else { continue };
                let canary: String =
                    text[place..].chars().take_while(|letter| letter.is_alphanumeric()).collect();
                let owner = Owner::of(&canary[CANARY.len()..]).expect("a canary");
                let (status, list) = found(&world, name, &canary).await;
                assert_eq!(status, StatusCode::OK);
                let list = numbers(&list);
                let may = trier.sees.contains(&owner)
                    && trier.person.as_ref().is_some_and(|person| person.provider == asked.provider);
                assert!(may || list.is_empty(), "{name} finds {canary}, which is {owner:?}'s: {list:?}");
                if is_staff && may && matches!(owner, Owner::House(_)) {
                    notes_found_by_staff += usize::from(list.contains(&asked.number));
                }
            }
        }
        // What begins alike in every text, the notes of all houses included.
        let (_, list) = found(&world, name, &CANARY[..2].to_lowercase()).await;
        for number in numbers(&list) {
            let asked = world.asked.iter().find(|asked| asked.number == number).expect("known");
            assert!(trier.sees.contains(&Owner::Customer(asked.owner)), "{name} finds {number}");
        }
        let (status, problem) = found(&world, name, "note:x%20-assigned").await;
        if is_staff {
            assert_eq!(status, StatusCode::OK);
        } else {
            // There is no such thing as a note, not even as a word of the grammar.
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(!problem.to_string().contains("Collègue"));
        }
    }
    assert!(notes_found_by_staff >= 9, "staff find notes: {notes_found_by_staff}");
}

/// Whoever has a role in several accounts is given the requests of all of them, in every order and page by page, and
/// of one where they name it.
pub async fn the_requests_of_all_accounts_are_listed(world: World) {
    let token = format!("Bearer {}", world.trier("reseller").token);
    let list = async |query: &str| {
        let mut all = Vec::new();
        let mut cursor = String::new();
        loop {
            let path = format!("/api/v1/tickets?view=all&limit=2{query}{cursor}");
            let request = Request::get(path).header("authorization", &token);
            let answer = world.send(request.body(Body::empty()).expect("a request")).await;
            assert_eq!(answer.status(), StatusCode::OK, "{query}");
            let bytes = to_bytes(answer.into_body(), 1 << 22).await.expect("a body");
            let page: serde_json::Value = serde_json::from_slice(&bytes).expect("JSON");
            all.extend(page["items"].as_array().expect("a list").iter().map(|item| item["number"].clone()));
            match page["cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return all,
            }
        }
    };
    let of = |owners: &str| -> BTreeSet<String> {
        let theirs = world.asked.iter().filter(|asked| owners.contains(asked.owner));
        theirs.map(|asked| asked.number.clone()).collect()
    };
    for query in ["", "&order=arrival", "&order=updated", "&q=bonjour", "&q=bonjour&order=updated"] {
        for (account, owners) in [("", "BD"), ("&account=montrosier", "B"), ("&account=revente", "D")] {
            let found = list(&format!("{query}{account}")).await;
            let distinct: BTreeSet<String> =
                found.iter().map(|number| number.as_str().expect("a number").to_owned()).collect();
            assert_eq!(distinct, of(owners), "{query}{account}");
            assert_eq!(found.len(), distinct.len(), "{query}{account}: none stands twice");
        }
    }
}

pub async fn a_wrong_search_is_told_and_never_fails(world: World) {
    let wrong = [
        ("couleur:rouge", "couleur:"),
        ("état:bleu", "nouvelle"),
        ("state:", "state:"),
        ("reçue:bientôt", "2026-03"),
        ("received:2026-02..2026-01", "received:2026-02..2026-01"),
        ("manquée:peut-être", "manquée:"),
        ("numéro:x", "numéro:"),
        ("client:inconnu", "client:"),
        ("canal:pigeon", "courriel"),
        ("\"sans fin", "sans fin"),
        ("(a", "("),
        ("OU b", "OU"),
    ];
    let encoded = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    for (sought, says) in wrong {
        // Number 2 and 12 read French.
        for name in ["lead", "requester of A"] {
            let (status, problem) = found(&world, name, &encoded(sought)).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{sought}");
            assert_eq!((&problem["type"], &problem["field"]), (&"/problems/invalid".into(), &"q".into()));
            let detail = problem["detail"].as_str().expect("a detail");
            assert!(detail.contains(says), "{sought}: {detail}");
            let page = if name == "lead" { "/agent" } else { "/portal" };
            let cookie = world.trier(name).cookie.lock().expect("sound").clone();
            let request = Request::get(format!("{page}?q={}", encoded(sought))).header("cookie", cookie);
            let answer = world
                .send(request.header("host", "desk.example").body(Body::empty()).expect("a request"))
                .await;
            assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{page} {sought}");
            let bytes = to_bytes(answer.into_body(), 1 << 22).await.expect("a body");
            let text = String::from_utf8_lossy(&bytes).into_owned();
            assert!(text.contains("q-erreur") && text.contains("/chercher"), "{page} {sought}: {text}");
        }
    }
    // Whatever is typed: an answer or a refusal.
    for sought in [
        "'; DROP TABLE ticket; --",
        "\" OR 1=1",
        "* NEAR/2",
        "a\0b",
        "%%%",
        "ORV-1 -ORV-2",
        "é".repeat(999).as_str(),
        "x ".repeat(400).as_str(),
        "due:9999",
        "due:0000-01-01",
        "received:2026-13",
        "number:99999999999999999999",
        "-",
        "a:b:c",
        "état:new,",
        "from:me OR assignee:nobody",
    ] {
        for name in ["lead", "requester of A"] {
            let (status, _) = found(&world, name, &encoded(sought)).await;
            assert!(
                status == StatusCode::OK || status == StatusCode::UNPROCESSABLE_ENTITY,
                "{sought}: {status}"
            );
        }
    }
}

pub async fn criteria_hold_in_both_languages(world: World) {
    let encoded = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    let all = found(&world, "agent", "").await.1;
    assert_eq!(numbers(&all).len(), 9);
    for (french, english, count) in [
        ("état:attente", "state:waiting", None),
        ("client:bouleaux", "account:bouleaux", Some(3)),
        ("-client:bouleaux", "-account:bouleaux", Some(6)),
        ("assigné:moi", "assignee:me", Some(6)),
        ("assigné:personne", "assignee:nobody", Some(0)),
        ("canal:portail", "channel:portal", Some(9)),
        ("tour:tiers", "turn:third-party", Some(0)),
        ("reçue:aujourd'hui", "received:today", Some(9)),
        ("reçue:2026-08", "received:2026-08-14", Some(9)),
        ("reçue:7j", "received:7d", Some(9)),
        ("reçue:<2026-08-14", "received:..2026-08-13", Some(0)),
        ("ouverte:>=2026-08-14", "opened:2026", Some(9)),
        ("modifiée:hier", "updated:yesterday", Some(0)),
        ("manquée:oui", "missed:yes", Some(0)),
        ("-retard:non", "late:yes", Some(0)),
        ("contrat:solidassist", "agreement:solidassist", Some(6)),
        ("numéro:1,2", "number:ORV-1,orv-2", Some(2)),
        ("fichier:txt", "file:txt", Some(9)),
        ("note:knr", "note:KNR", Some(9)),
        ("message:bonjour", "message:\"Bonjour\"", Some(9)),
        ("objet:bonjour", "subject:bonjour", Some(0)),
        ("équipe:\"sans nom\"", "team:\"sans nom\"", Some(0)),
        ("couverture:couverte,non-couverte,à-juger", "coverage:covered,not-covered,needs-judgement", Some(9)),
        ("échéance:aucune", "due:none", None),
        ("échéance:dépassée", "due:overdue", None),
        ("client:bouleaux OU client:revente", "account:bouleaux,revente", Some(6)),
        ("-(client:bouleaux OU client:revente) bon", "-account:bouleaux,revente bon", Some(3)),
    ] {
        let (status, one) = found(&world, "agent", &encoded(french)).await;
        assert_eq!(status, StatusCode::OK, "{french}: {one}");
        let (status, other) = found(&world, "agent", &encoded(english)).await;
        assert_eq!(status, StatusCode::OK, "{english}: {other}");
        assert_eq!(numbers(&one), numbers(&other), "{french} {english}");
        if let Some(count) = count {
            assert_eq!(numbers(&one).len(), count, "{french}");
        }
    }
    // A search by words is listed latest first, page by page.
    let token = format!("Bearer {}", world.trier("agent").token);
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/api/v1/tickets?view=all&limit=2&q=bo&cursor={cursor}");
        let path = if cursor.is_empty() { path.trim_end_matches("&cursor=").to_owned() } else { path };
        let request =
            Request::get(path).header("authorization", &token).body(Body::empty()).expect("a request");
        let bytes = to_bytes(world.send(request).await.into_body(), 1 << 22).await.expect("a body");
        let list: serde_json::Value = serde_json::from_slice(&bytes).expect("JSON");
        for item in list["items"].as_array().expect("a list") {
            let number = item["number"].as_str().expect("a number");
            seen.push(number.trim_start_matches("ORV-").parse::<u32>().expect("digits"));
        }
        match list["cursor"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(seen, (1..=9).rev().collect::<Vec<_>>());
}
