//! A whole customer, handed over and destroyed by the pages and by programs.

use crate::keys::{get, post};
use crate::world::World;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};

async fn api(
    world: &World,
    name: &str,
    method: &str,
    path: &str,
    body: Option<Value>,
) -> (StatusCode, Value) {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", format!("Bearer {}", world.trier(name).token))
        .header("content-type", "application/json");
    let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
    let answer = world.send(request.body(body).expect("a request")).await;
    let status = answer.status();
    let bytes = to_bytes(answer.into_body(), 1 << 22).await.expect("a body");
    (status, serde_json::from_slice(&bytes).unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_customer_goes_by_the_page_and_leaves_a_certificate() {
    let world = World::sqlite().await;
    let cookie = |name: &str| world.trier(name).cookie.lock().expect("sound").clone();
    let (admin, contact) = (cookie("admin"), cookie("contact of B"));
    assert_eq!(get(&world, "/portal", &contact).await.status, StatusCode::OK);
    let found = get(&world, "/admin/vie-privee?q=montrosier", &admin).await;
    assert!(found.body.contains("href=\"/admin/vie-privee/comptes/montrosier\""), "{}", found.body);
    let place = "/admin/vie-privee/comptes/montrosier";
    let shown = get(&world, place, &admin).await;
    assert!(
        shown.body.contains("name=\"clore\"") && shown.body.contains("name=\"terminer\""),
        "{}",
        shown.body
    );
    let archive = post(&world, &format!("{place}/exporter"), &admin, &[]).await;
    assert_eq!(archive.headers["content-type"], "application/zip");
    assert!(archive.body.starts_with("PK") && archive.body.contains("account.json"));
    // What stands in the way is told, and nothing is gone.
    let destroy = format!("{place}/detruire");
    for (form, told) in [
        (vec![("cle", "montrosie")], "Ce n’est pas la clé"),
        (vec![("cle", "montrosier")], "Des demandes ne sont pas clôturées"),
        (vec![("cle", "montrosier"), ("clore", "oui")], "Un contrat est en cours"),
    ] {
        let refused = post(&world, &destroy, &admin, &form).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.body.contains(told), "{}", refused.body);
    }
    let known = "/api/v1/privacy/accounts/montrosier";
    let (status, view) = api(&world, "admin", "GET", known, None).await;
    assert_eq!((status, view["under_way"].as_bool()), (StatusCode::OK, Some(false)));
    assert!(!view["open"].as_array().expect("requests").is_empty() && view["running"][0]["from"].is_string());
    for name in ["manager", "admin of Q", "contact of B"] {
        let (status, _) = api(&world, name, "GET", known, None).await;
        assert!([StatusCode::FORBIDDEN, StatusCode::NOT_FOUND].contains(&status), "{name}: {status}");
        let asked = json!({ "account": "montrosier", "confirm": "montrosier", "close_requests": true,
            "end_contracts": true });
        let (status, _) = api(&world, name, "POST", "/api/v1/privacy/destructions", Some(asked)).await;
        assert!([StatusCode::FORBIDDEN, StatusCode::NOT_FOUND].contains(&status), "{name}: {status}");
    }
    let ends = [("cle", "montrosier"), ("clore", "oui"), ("terminer", "oui")];
    let done = post(&world, &destroy, &admin, &ends).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.body);
    let id = view["id"].as_str().expect("an id");
    let certificate = get(&world, &format!("/admin/vie-privee/certificats/{id}"), &admin).await;
    assert!(certificate.body.contains("Certificat de destruction") && certificate.body.contains(id));
    let (_, listed) = api(&world, "admin", "GET", "/api/v1/privacy/destructions", None).await;
    let counts = &listed["items"][0]["certificate"]["destroyed"];
    assert!(counts["requests"].as_u64() > Some(0) && counts["people"].as_u64() > Some(0), "{listed}");
    assert_eq!(counts["released"], 1, "the reseller is of another customer as well: {listed}");
    // Nobody of it comes in any more; who is of another customer does.
    assert_ne!(get(&world, "/portal", &contact).await.status, StatusCode::OK);
    assert_eq!(get(&world, "/portal", &cookie("reseller")).await.status, StatusCode::OK);
    assert_eq!(get(&world, place, &admin).await.status, StatusCode::NOT_FOUND);
    let list = get(&world, "/admin/vie-privee", &admin).await;
    assert!(list.body.contains(&format!("/admin/vie-privee/certificats/{id}")), "{}", list.body);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_keeps_the_people_of_a_customer_takes_its_data_and_no_others() {
    let world = World::sqlite().await;
    let cookie = |name: &str| world.trier(name).cookie.lock().expect("sound").clone();
    let manager = cookie("manager of A");
    let page = get(&world, "/portal/personnes", &manager).await;
    assert!(page.body.contains("action=\"/portal/clients/bouleaux/exporter\""), "{}", page.body);
    let archive = post(&world, "/portal/clients/bouleaux/exporter", &manager, &[]).await;
    assert_eq!((archive.status, archive.body.starts_with("PK")), (StatusCode::OK, true));
    let number = &world.asked.iter().find(|asked| asked.owner == 'A').expect("a request").number;
    assert!(archive.body.contains(&format!("requests/{number}.json")));
    for key in ["montrosier", "galets", "none"] {
        let refused = post(&world, &format!("/portal/clients/{key}/exporter"), &manager, &[]).await;
        assert_eq!(refused.status, StatusCode::NOT_FOUND, "{key}");
    }
    for name in ["reader of A", "contact of B", "admin"] {
        let refused = post(&world, "/portal/clients/bouleaux/exporter", &cookie(name), &[]).await;
        assert!(!refused.body.contains("account.json"), "{name}");
        assert_ne!(refused.status, StatusCode::OK, "{name}");
    }
    // A sign-in of a while ago hands nothing over.
    world.environment.clock.move_to(world.environment.now().plus_seconds(1000));
    let refused = post(&world, "/portal/clients/bouleaux/exporter", &manager, &[]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("Sign in again"), "{}", refused.body);
}
