//! The journal tells who did what, and who was refused.

use crate::world::World;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use std::time::Duration;

async fn read(world: &World, name: &str, path: &str) -> (StatusCode, String) {
    let cookie = world.trier(name).cookie.lock().expect("sound").clone();
    let request = Request::get(path).header("cookie", cookie).header("host", "desk.example");
    let answer = world.send(request.body(Body::empty()).expect("a request")).await;
    let status = answer.status();
    let bytes = to_bytes(answer.into_body(), 1 << 22).await.expect("a body");
    (status, String::from_utf8_lossy(&bytes).into_owned())
}

async fn command(world: &World, name: &str, number: &str, command: &str) -> StatusCode {
    let token = format!("Bearer {}", world.trier(name).token);
    let path = format!("/api/v1/tickets/{number}/{command}");
    let request =
        Request::post(path).header("authorization", token).header("content-type", "application/json");
    world.send(request.body(Body::from("{\"body\":\"vu\"}")).expect("a request")).await.status()
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
    // Each provider has a journal of its own, and so has the export.
    assert!(!page.contains(&q));
    let (status, export) = read(&world, "admin of Q", "/admin/journal.csv").await;
    assert_eq!(status, StatusCode::OK);
    assert!(export.contains(&format!("POST /api/v1/tickets/{q}/note")) && !export.contains(&a));
}
