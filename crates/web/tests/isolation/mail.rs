//! Kept letters and trusted keys by programs: whoever keeps the mail of a desk, and of that desk alone.

use crate::world::World;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, StatusCode};
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
