//! Forms undo nothing that others did meanwhile, and come back as they were filled.

use crate::keys::{get, post};
use crate::world::World;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};

async fn call(world: &World, name: &str, method: &str, path: &str, body: &Value) -> (StatusCode, Value) {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", format!("Bearer {}", world.trier(name).token))
        .header("content-type", "application/json");
    let answer = world.send(request.body(Body::from(body.to_string())).expect("a request")).await;
    let status = answer.status();
    let bytes = to_bytes(answer.into_body(), 1 << 22).await.expect("a body");
    (status, serde_json::from_slice(&bytes).unwrap_or_default())
}

fn cookie(world: &World, name: &str) -> String {
    world.trier(name).cookie.lock().expect("sound").clone()
}

fn number(world: &World) -> String {
    world.asked.iter().find(|asked| asked.owner == 'A').expect("one").number.clone()
}

/// Somebody opens the page of a request, a colleague changes it, and what the first one then saves changes nothing
/// else.
pub async fn a_form_undoes_nothing_of_others(world: World) {
    let (number, agent) = (number(&world), cookie(&world, "agent"));
    let command = async |command: &str, body: Value| {
        let (status, _) =
            call(&world, "lead", "POST", &format!("/api/v1/tickets/{number}/{command}"), &body).await;
        assert_eq!(status, StatusCode::OK, "{command} {body}");
    };
    command("set-severity", json!({"severity": "low"})).await;
    command("tag", json!({"add": ["ancien", "facture"]})).await;
    let page = get(&world, &format!("/agent/demandes/{number}"), &agent).await;
    let shown = page.field("avant-fait-severity");
    assert_eq!(shown, "low");
    let deeds = get(&world, &format!("/agent/demandes/{number}/gestes"), &agent).await;
    let tags = deeds.field("avant-etiquettes");
    assert_eq!(tags, "ancien, facture");
    command("set-severity", json!({"severity": "high"})).await;
    command("tag", json!({"add": ["urgent"], "remove": ["ancien"]})).await;

    let form = [
        ("avant-fait-severity", shown.as_str()),
        ("fait-severity", shown.as_str()),
        ("avant-fait-urgency", ""),
        ("fait-urgency", "urgent"),
    ];
    let saved = post(&world, &format!("/agent/demandes/{number}/classement"), &agent, &form).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    let form = [("avant-etiquettes", tags.as_str()), ("etiquettes", "ancien, vpn")];
    let saved = post(&world, &format!("/agent/demandes/{number}/etiquettes"), &agent, &form).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    let (_, ticket) = call(&world, "agent", "GET", &format!("/api/v1/tickets/{number}"), &Value::Null).await;
    assert_eq!((&ticket["severity"], &ticket["facts"]["urgency"]), (&json!("high"), &json!("urgent")));
    assert_eq!(ticket["tags"], json!(["urgent", "vpn"]));
}

/// Words that are refused because the request ended meanwhile stand in the page that says so.
pub async fn refused_words_come_back(world: World) {
    let (number, agent) = (number(&world), cookie(&world, "agent"));
    let (asks, reads) = (cookie(&world, "requester of A"), cookie(&world, "reader of A"));
    let agents = format!("/agent/demandes/{number}");
    let portal = format!("/portal/demandes/{number}");
    let confirmed = post(&world, &format!("{portal}/confirmation"), &asks, &[]).await;
    assert_eq!(confirmed.status, StatusCode::SEE_OTHER, "{}", confirmed.body);
    let words = ("corps", "Des mots à garder");
    for (path, cookie, more) in [
        (format!("{agents}/reponses"), &agent, ("tour", "client")),
        (format!("{agents}/resolution"), &agent, ("issue", "existing_fix")),
        (format!("{portal}/contestation"), &asks, ("quoi", "severity")),
        (format!("{portal}/escalade"), &asks, ("vers", "")),
        (format!("{portal}/point"), &asks, ("x", "")),
    ] {
        let refused = post(&world, &path, cookie, &[words, more]).await;
        assert_eq!(refused.status, StatusCode::CONFLICT, "{path}");
        assert!(refused.body.contains(">Des mots à garder</textarea>"), "{path}: {}", refused.body);
    }
    // Whoever reads is not let write, and is told so.
    let refused = post(&world, &format!("{portal}/point"), &reads, &[words]).await;
    assert!(refused.status.is_client_error(), "{}", refused.status);
}

/// What is wrong with a form is told beside what was written in it.
pub async fn forms_come_back_as_they_were_filled(world: World) {
    let (admin, agent) = (cookie(&world, "admin"), cookie(&world, "agent"));
    let manager = cookie(&world, "manager of A");
    let form = [("client", "bouleaux"), ("nom", "Zoé Roy"), ("courriel", "zoe"), ("role", "reader")];
    let invited = post(&world, "/portal/personnes", &manager, &form).await;
    assert_eq!(invited.status, StatusCode::UNPROCESSABLE_ENTITY);
    for kept in ["value=\"Zoé Roy\"", "value=\"zoe\"", "value=\"reader\" selected"] {
        assert!(invited.body.contains(kept), "{kept}: {}", invited.body);
    }
    let form = [("adresse", "ftp://ailleurs.example"), ("evenement", "ticket.replied")];
    let made = post(&world, "/admin/webhooks", &admin, &form).await;
    assert_eq!(made.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", made.body);
    assert!(made.body.contains("value=\"ticket.replied\" checked"), "{}", made.body);
    assert!(!made.body.contains("value=\"ticket.*\" checked"), "{}", made.body);
    let person = world.trier("agent").person.as_ref().expect("somebody").id.to_string();
    let form = [("personne", person.as_str()), ("du", "2026-12-24"), ("au", "2026-12-20")];
    let absent = post(&world, "/agent/absence", &agent, &form).await;
    assert_eq!(absent.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(absent.body.contains("value=\"2026-12-24\"") && absent.body.contains("value=\"2026-12-20\""));
}

/// More than may be sent is told in the page of whoever sent it, with how much that is.
pub async fn too_much_is_told_with_its_bounds(world: World) {
    let long = "x".repeat((1 << 20) + 1);
    let part = |name: &str, value: &str| {
        format!("--part\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    for (kind, body) in [
        ("application/x-www-form-urlencoded", format!("corps={long}")),
        ("application/x-www-form-urlencoded", format!("a={long}&b={long}")),
        ("multipart/form-data; boundary=part", format!("{}--part--\r\n", part("corps", &long))),
        (
            "multipart/form-data; boundary=part",
            format!("{}--part--\r\n", part("corps", &"x".repeat(41 << 20))),
        ),
    ] {
        let request = Request::post("/portal/demandes")
            .header("host", "desk.example")
            .header("sec-fetch-site", "same-origin")
            .header("cookie", cookie(&world, "contact of B"))
            .header("content-type", kind);
        let answer = world.send(request.body(Body::from(body)).expect("a request")).await;
        assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE);
        let bytes = to_bytes(answer.into_body(), 1 << 22).await.expect("a body");
        let page = String::from_utf8_lossy(&bytes).into_owned();
        let told = page.contains("40 MiB") || page.contains("40 Mio");
        assert!(told && page.contains("action=\"/deconnexion\""), "in their own frame: {page}");
    }
}

/// Every customer is found, however many there are.
pub async fn every_customer_is_reached(world: World) {
    let admin = cookie(&world, "admin");
    let found = get(&world, "/admin/licences?q=boul", &admin).await.body;
    assert!(
        found.contains("href=\"/admin/licences/bouleaux\"") && !found.contains("/admin/licences/montrosier")
    );
    let kept =
        async |query: &str| get(&world, &format!("/admin/vie-privee/conservation?{query}"), &admin).await;
    for query in ["cle=montrosier", "compte=montrosier", "compte=bouleaux&cle=montrosier"] {
        let page = kept(query).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.body.contains("value=\"montrosier\" selected"), "{query}: {}", page.body);
        assert_eq!(page.field("compte"), "montrosier", "{query}");
    }
    let unknown = kept("cle=galets").await;
    assert_eq!((unknown.status, unknown.field("compte").as_str()), (StatusCode::UNPROCESSABLE_ENTITY, ""));
}
