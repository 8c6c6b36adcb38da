//! Kept letters and trusted keys by programs: whoever keeps the mail of a desk, and of that desk alone.

use crate::keys::{get, post};
use crate::world::World;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, StatusCode};
use operations::{adopt_agreement, settle};
use serde_json::{Value, json};

async fn ask(world: &World, name: &str, method: Method, path: &str, body: Value) -> (StatusCode, Vec<u8>) {
    let token = format!("Bearer {}", world.trier(name).token);
    let request = Request::builder().method(method).uri(path).header("authorization", token);
    let request = request.header("host", "desk.example").header("content-type", "application/json");
    let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
    let answer = world.send(request.body(body).expect("a request")).await;
    let status = answer.status();
    (status, to_bytes(answer.into_body(), 1 << 22).await.expect("a body").to_vec())
}

async fn listed(world: &World, name: &str, path: &str) -> Vec<Value> {
    let (status, bytes) = ask(world, name, Method::GET, path, Value::Null).await;
    assert_eq!(status, StatusCode::OK, "{name} {path}");
    let told: Value = serde_json::from_slice(&bytes).expect("JSON");
    told["items"].as_array().expect("items").clone()
}

pub async fn kept_mail_is_kept_by_programs_too(world: World) {
    let letters = listed(&world, "admin", "/api/v1/kept-letters").await;
    let of = |why: &str| {
        let letter = letters.iter().find(|letter| letter["why"] == why).expect("one of them");
        format!("/api/v1/kept-letters/{}", letter["digest"].as_str().expect("a digest"))
    };
    let (bounce, channel) = (of("bounce"), of("channel"));
    for (name, status) in [("agent", StatusCode::FORBIDDEN), ("admin of Q", StatusCode::NOT_FOUND)] {
        for (method, path) in [
            (Method::GET, bounce.clone()),
            (Method::DELETE, bounce.clone()),
            (Method::POST, format!("{bounce}/open")),
        ] {
            assert_eq!(ask(&world, name, method, &path, Value::Null).await.0, status, "{name} {path}");
        }
    }
    let (status, bytes) = ask(&world, "admin", Method::GET, &bounce, Value::Null).await;
    assert_eq!(status, StatusCode::OK);
    assert!(bytes.starts_with(b"From: <x@ailleurs.example>"), "as it came");
    let (status, bytes) = ask(&world, "admin", Method::POST, &format!("{bounce}/open"), json!({})).await;
    assert_eq!(status, StatusCode::CREATED, "{}", String::from_utf8_lossy(&bytes));
    let opened: Value = serde_json::from_slice(&bytes).expect("JSON");
    let path = format!("/api/v1/tickets/{}", opened["number"].as_str().expect("a number"));
    assert_eq!(ask(&world, "agent", Method::GET, &path, Value::Null).await.0, StatusCode::OK);
    assert_eq!(ask(&world, "admin", Method::DELETE, &channel, Value::Null).await.0, StatusCode::NO_CONTENT);
    for path in [&bounce, &channel] {
        let again = ask(&world, "admin", Method::GET, path, Value::Null).await.0;
        assert_eq!(again, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(listed(&world, "admin", "/api/v1/kept-letters").await.len(), letters.len() - 2);

    let keys = "/api/v1/mail-keys";
    let file = include_str!("../../../mail/tests/signed/ana.asc");
    for (name, body, status) in [
        ("agent", json!({ "file": file }), StatusCode::FORBIDDEN),
        ("admin", json!({ "file": "nothing" }), StatusCode::UNPROCESSABLE_ENTITY),
        ("admin", json!({ "file": file, "address": "nobody" }), StatusCode::UNPROCESSABLE_ENTITY),
        ("admin", json!({ "file": file }), StatusCode::CREATED),
    ] {
        let (got, bytes) = ask(&world, name, Method::POST, keys, body).await;
        assert_eq!(got, status, "{name}: {}", String::from_utf8_lossy(&bytes));
    }
    let trusted = listed(&world, "admin", keys).await;
    assert_eq!(trusted.len(), 1, "{trusted:?}");
    assert_eq!(
        (&trusted[0]["scheme"], &trusted[0]["addresses"][0]),
        (&"pgp".into(), &"ana@client.example".into())
    );
    assert!(listed(&world, "admin of Q", keys).await.is_empty());
    let path = format!("{keys}/{}", trusted[0]["key"].as_str().expect("a key"));
    assert_eq!(ask(&world, "admin of Q", Method::DELETE, &path, Value::Null).await.0, StatusCode::NOT_FOUND);
    assert_eq!(ask(&world, "admin", Method::DELETE, &path, Value::Null).await.0, StatusCode::NO_CONTENT);
    assert!(listed(&world, "admin", keys).await.is_empty());
}

/// A letter that announces offers to stop that: looking at its link changes nothing, and one request without a cookie,
/// as a mail server sends it, stops it for that person and nothing else. Source: RFC 8058.
pub async fn unsubscribing_is_one_persons_and_one_topics(world: World) {
    let environment = &world.environment;
    let contact = world.trier("contact of B").person.clone().expect("somebody");
    let other = world.trier("reader of A").person.clone().expect("somebody");
    // Agreements that announce versions, for both customers.
    let text = include_str!("../../../../agreements/olcare.md");
    let (agreement, _) =
        adopt_agreement(environment, &contact.provider, text, "agreement.md").await.expect("adopted");
    for person in [&contact, &other] {
        let account = person.account.expect("of a customer");
        let contracts = environment.store.contracts_of(&contact.provider, account).await.expect("read");
        for old in contracts {
            let contract = desk::Contract { agreement: agreement.clone(), ..old };
            environment.store.put_contract(&contact.provider, &contract).await.expect("stored");
        }
    }
    let publish = async |version: &str| {
        let body =
            json!({ "product": "Atelier", "version": version, "kind": "update", "news": {}, "link": "" });
        let path = format!("/api/v1/releases/atelier-{}", version.replace('.', "-"));
        let (status, bytes) = ask(&world, "manager", Method::PUT, &path, body).await;
        assert!(status.is_success(), "{status} {}", String::from_utf8_lossy(&bytes));
        settle(environment).await.expect("rounds");
        [&contact, &other].map(|person| {
            let letters = world.letters_to(&person.email);
            letters.into_iter().find(|letter| letter.contains(&format!("Atelier {version}")))
        })
    };
    let [hers, theirs] = publish("7.2").await;
    let hers = hers.expect("announced");
    assert!(theirs.is_some());
    let link = hers.split_once("https://desk.example/desabonnement/").expect("a link").1;
    let link: String = link.chars().take_while(|letter| !letter.is_whitespace()).collect();
    let path = format!("/desabonnement/{link}");
    let send = async |method: Method, path: &str, body: &'static str| {
        let request = Request::builder().method(method).uri(path).header("host", "desk.example");
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let answer = world.send(request.body(Body::from(body)).expect("a request")).await;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let bytes = to_bytes(answer.into_body(), 1 << 22).await.expect("a body");
        (status, headers, String::from_utf8_lossy(&bytes).into_owned())
    };
    let (status, headers, page) = send(Method::GET, &path, "").await;
    assert_eq!(status, StatusCode::OK);
    assert!(headers["cache-control"].to_str().is_ok_and(|value| value.contains("no-store")), "{headers:?}");
    assert!(page.contains("method=\"post\"") && page.contains(&contact.email), "{page}");
    assert!(!page.contains(&other.email));
    let (status, ..) = send(Method::HEAD, &path, "").await;
    assert_eq!(status, StatusCode::OK);
    let [hers, theirs] = publish("7.3").await;
    assert!(hers.is_some() && theirs.is_some(), "looking changed nothing");
    let (status, headers, _) = send(Method::POST, &path, "List-Unsubscribe=One-Click").await;
    assert_eq!(status, StatusCode::OK, "no redirect");
    assert!(!headers.contains_key("location") && !headers.contains_key("set-cookie"), "{headers:?}");
    let [hers, theirs] = publish("7.4").await;
    assert!(hers.is_none() && theirs.is_some(), "hers alone stopped");
    for wrong in ["/desabonnement/x".to_owned(), format!("{path}x"), path[..path.len() - 1].to_owned()] {
        assert_eq!(send(Method::GET, &wrong, "").await.0, StatusCode::NOT_FOUND, "{wrong}");
        assert_eq!(send(Method::POST, &wrong, "").await.0, StatusCode::NOT_FOUND, "{wrong}");
    }
    // Her own settings show it, and change it back.
    let cookie = world.trier("contact of B").cookie.lock().expect("sound").clone();
    let page = get(&world, "/compte", &cookie).await;
    let field = "name=\"versions\" value=\"oui\"";
    assert!(page.body.contains(&format!("{field}>")) && !page.body.contains(&format!("{field} checked")));
    let kept = post(&world, "/compte/annonces", &cookie, &[("versions", "oui")]).await;
    assert!(kept.body.contains(&format!("{field} checked")), "{}", kept.body);
    assert!(publish("7.5").await[0].is_some());
}
