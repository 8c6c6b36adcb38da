//! Blacking out by the page and by programs: those who lead, each at their own desk, and nobody else.

use crate::keys::{get, post};
use crate::world::World;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};

const CARD: &str = "5555 5555 5555 4444";

async fn command(world: &World, name: &str, path: &str, body: Value) -> (StatusCode, Value) {
    let token = format!("Bearer {}", world.trier(name).token);
    let request = Request::post(path).header("authorization", token).header("host", "desk.example");
    let request = request.header("content-type", "application/json");
    let answer = world.send(request.body(Body::from(body.to_string())).expect("a request")).await;
    let status = answer.status();
    let bytes = to_bytes(answer.into_body(), 1 << 22).await.expect("a body");
    (status, serde_json::from_slice(&bytes).unwrap_or_default())
}

/// Whether a page says it, in either language.
fn says(page: &str, key: &str) -> bool {
    [words::Language::French, words::Language::English]
        .into_iter()
        .any(|language| page.contains(words::text(language, key).as_ref()))
}

pub async fn those_who_lead_black_out(world: World) {
    let number = world.asked.iter().find(|asked| asked.owner == 'A').expect("one").number.clone();
    let api = format!("/api/v1/tickets/{number}");
    let cookie = |name: &str| world.trier(name).cookie.lock().expect("sound").clone();
    let (agent, lead, reader) = (cookie("agent"), cookie("lead"), cookie("reader of A"));
    let say = json!({ "body": format!("La carte {CARD} ne passe pas, mot de passe : Zebre77!") });
    let (status, told) = command(&world, "requester of A", &format!("{api}/reply"), say).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    assert!(!told.to_string().contains("seems_to_hold"), "customers are not told");
    let message = told["messages"].as_array().expect("messages").last().expect("one")["id"].clone();
    let message = message.as_str().expect("an id").to_owned();
    let path = format!("/agent/demandes/{number}/messages/{message}/masquage");
    let action = format!("action=\"{path}\"");

    // Every agent is told what it seems to hold; whoever leads has the button.
    let page = get(&world, &format!("/agent/demandes/{number}"), &agent).await.body;
    assert!(says(&page, "redaction-card") && says(&page, "redaction-password"), "{page}");
    assert!(says(&page, "redaction-ask") && !page.contains(&action));
    let page = get(&world, &format!("/agent/demandes/{number}"), &lead).await.body;
    assert!(page.contains(&action) && says(&page, "redaction-final"), "{page}");
    let page = get(&world, &format!("/portal/demandes/{number}"), &reader).await.body;
    assert!(page.contains(CARD) && !says(&page, "redaction-card") && !page.contains("masquage"));

    // Nobody else comes through the door, or gives the command.
    for (name, cookie) in [("agent", &agent), ("reader of A", &reader)] {
        assert_ne!(get(&world, &path, cookie).await.status, StatusCode::OK, "{name}");
        let done = post(&world, &path, cookie, &[("passage", CARD)]).await;
        assert_ne!(done.status, StatusCode::OK, "{name}");
        assert!(!done.location.is_some_and(|to| to.contains("#m-")), "{name}");
    }
    let found = json!({ "message": message, "found": true });
    for (name, expected) in [
        ("agent", StatusCode::FORBIDDEN),
        ("requester of A", StatusCode::FORBIDDEN),
        ("reader of A", StatusCode::FORBIDDEN),
        ("contact of B", StatusCode::NOT_FOUND),
        ("admin of Q", StatusCode::NOT_FOUND),
    ] {
        let (status, told) = command(&world, name, &format!("{api}/redact"), found.clone()).await;
        assert_eq!(status, expected, "{name}: {told}");
    }
    let page = get(&world, &format!("/agent/demandes/{number}"), &lead).await.body;
    assert!(page.contains(CARD), "nothing went");

    // The page that is left without what to black out says so; filled, it leads back to the message.
    let page = get(&world, &path, &lead).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(says(&page.body, "redaction-final") && page.body.contains(CARD), "{}", page.body);
    let wrong = post(&world, &path, &lead, &[("passage", "4242 4242 4242 4242")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(says(&wrong.body, "error-redaction-absent"), "{}", wrong.body);
    let done = post(&world, &path, &lead, &[("passage", "5555-5555-5555-4444")]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    assert_eq!(done.location.as_deref(), Some(format!("/agent/demandes/{number}#m-{message}").as_str()));
    let (status, told) = command(&world, "lead", &format!("{api}/redact"), found.clone()).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    let (status, again) = command(&world, "lead", &format!("{api}/redact"), found).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{again}");

    // Everybody sees the mark, and nobody what stood there.
    let explained = {
        let token = format!("Bearer {}", world.trier("agent").token);
        let request = Request::get(format!("{api}/explain")).header("authorization", token);
        let answer = world.send(request.body(Body::empty()).expect("a request")).await;
        String::from_utf8(to_bytes(answer.into_body(), 1 << 22).await.expect("a body").to_vec())
            .expect("text")
    };
    let pages = [
        told.to_string(),
        get(&world, &format!("/agent/demandes/{number}"), &agent).await.body,
        get(&world, &format!("/portal/demandes/{number}"), &reader).await.body,
    ];
    for page in &pages {
        assert!(page.contains("La carte ▮▮▮▮ ne passe pas, mot de passe : ▮▮▮▮"), "{page}");
    }
    for page in pages.iter().chain([&explained]) {
        assert!(!page.contains("5555") && !page.contains("Zebre77"), "{page}");
    }
    assert!(
        ["a masqué pour toujours", "blacked out for good"].iter().any(|said| pages[1].contains(said)),
        "{}",
        pages[1]
    );

    // The journal says who did it and who was refused, and never the words.
    let admin = cookie("admin");
    let mut journal = String::new();
    for _ in 0..100 {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        journal = get(&world, "/admin/journal", &admin).await.body;
        if journal.contains(&format!("POST {api}/redact")) {
            break;
        }
    }
    assert!(journal.contains(&format!("POST {path}")) && journal.contains(&format!("POST {api}/redact")));
    assert!(!journal.contains("5555"), "{journal}");
    let stored = world.environment.store.verify_all(|_| {}).await.expect("read");
    assert!(stored.is_empty(), "{stored:?}");
}
