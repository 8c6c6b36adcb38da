//! Streams of events: each hears of their own, and nothing once a right is gone.

use crate::world::{Owner, World};
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use desk::{AccountRole, Role, Standing};
use futures_util::StreamExt;
use operations::{
    Failure, Origin, PersonChange, Request as Deed, change_person, command_ticket, give_standing,
};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tower::ServiceExt;

pub struct Heard {
    frames: Arc<Mutex<String>>,
    pub over: tokio::task::JoinHandle<()>,
}

pub async fn listen(world: &World, name: &str) -> Heard {
    listen_at(&world.router, world, name).await
}

async fn listen_at(node: &Router, world: &World, name: &str) -> Heard {
    let viewer = world.trier(name);
    let cookie = viewer.cookie.lock().expect("sound").clone();
    let request = Request::get("/evenements").header("cookie", cookie).header("host", "desk.example");
    let request = request.body(Body::empty()).expect("a request");
    let answer = node.clone().oneshot(request).await.expect("the router never fails");
    assert_eq!(answer.status(), 200, "{name}");
    let frames = Arc::new(Mutex::new(String::new()));
    let heard = Arc::clone(&frames);
    let mut body = answer.into_body().into_data_stream();
    let over = tokio::spawn(async move {
        while let Some(Ok(bytes)) = body.next().await {
            heard.lock().expect("sound").push_str(&String::from_utf8_lossy(&bytes));
        }
    });
    Heard { frames, over }
}

async fn note_everywhere(world: &World) {
    for asked in &world.asked {
        let agent = world.trier(if asked.owner == 'Q' { "agent of Q" } else { "agent" });
        let deed = Deed::Note { body: "vu".to_owned() };
        command_ticket(&world.environment, &world.viewer(agent).await, &asked.number, deed, None)
            .await
            .expect("noted");
    }
}

pub async fn each_hears_their_own(world: World) {
    let names: Vec<&str> =
        world.viewers.iter().filter(|viewer| viewer.person.is_some()).map(|viewer| viewer.name).collect();
    let mut all = Vec::new();
    for name in &names {
        all.push((name, listen(&world, name).await));
    }
    note_everywhere(&world).await;
    for (name, heard) in all {
        let sees = &world.trier(name).sees;
        let expected: BTreeSet<&str> = world
            .asked
            .iter()
            .filter(|asked| sees.contains(&Owner::Customer(asked.owner)))
            .map(|asked| asked.number.as_str())
            .collect();
        let told = || -> BTreeSet<&str> {
            let frames = heard.frames.lock().expect("sound");
            let told = world.asked.iter().filter(|asked| frames.contains(&format!("\"{}\"", asked.number)));
            told.map(|asked| asked.number.as_str()).collect()
        };
        for _ in 0..100 {
            if told() == expected {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(told(), expected, "{name}");
    }
}

pub async fn a_taken_right_is_gone(world: World) {
    let admin = world.viewer(world.trier("admin")).await;
    let reseller = world.trier("reseller");
    let (other, own) = (listen(&world, "reseller").await, listen(&world, "contact of B").await);
    let nowhere = Origin::default();
    let cookie = world.trier("admin").cookie.lock().expect("sound").clone();
    let session = cookie.split_once('=').expect("a cookie").1.to_owned();
    let gone = PersonChange { is_active: Some(false), ..PersonChange::default() };
    let role = |role| PersonChange { role: Some(role), ..PersonChange::default() };
    // The reseller loses B and keeps D; the contact of B is let go; neither is told first.
    let person = reseller.person.as_ref().expect("somebody");
    let b = world.viewer(world.trier("contact of B")).await.standings[0].account;
    give_standing(&world.environment, &admin, person.id, b, None, &nowhere).await.expect("taken");
    let contact = world.trier("contact of B").person.clone().expect("somebody");
    change_person(&world.environment, &admin, Some(&session), &contact.id.to_string(), &gone, &nowhere)
        .await
        .expect("let go");
    note_everywhere(&world).await;
    let numbers = |owner| world.asked.iter().filter(move |asked| asked.owner == owner);
    for _ in 0..100 {
        let frames = other.frames.lock().expect("sound").clone();
        if numbers('D').all(|asked| frames.contains(&format!("\"{}\"", asked.number))) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let frames = other.frames.lock().expect("sound").clone();
    for asked in numbers('D') {
        assert!(frames.contains(&format!("\"{}\"", asked.number)), "D is still told of");
    }
    for asked in numbers('B') {
        assert!(!frames.contains(&format!("\"{}\"", asked.number)), "B is told of no more");
    }
    tokio::time::timeout(Duration::from_secs(2), own.over).await.expect("the stream ends").expect("in order");
    assert_eq!(own.frames.lock().expect("sound").matches("data: {\"number\"").count(), 0);
    // The next request is refused as well, and nobody comes back by a token.
    let cookie = world.trier("contact of B").cookie.lock().expect("sound").clone();
    let request = Request::get("/portal").header("cookie", cookie).body(Body::empty()).expect("a request");
    assert_eq!(world.send(request).await.status(), 303);
    let token = format!("Bearer {}", world.trier("contact of B").token);
    let request = Request::get("/api/v1/tickets").header("authorization", token).body(Body::empty());
    assert_eq!(world.send(request.expect("a request")).await.status(), 401);
    // Roles of others change only for who signed in lately.
    let lead = world.trier("lead").person.clone().expect("somebody");
    let raised = role(Role::Admin);
    let id = lead.id.to_string();
    let old = change_person(&world.environment, &admin, Some("old"), &id, &raised, &nowhere);
    assert!(matches!(old.await, Err(Failure::Invalid { field: "session", .. })));
    // A lead who becomes an agent of less is one at once; and rights can be given as they are taken.
    let lead = world.trier("lead").person.clone().expect("somebody");
    change_person(
        &world.environment,
        &admin,
        Some(&session),
        &lead.id.to_string(),
        &role(Role::Agent),
        &nowhere,
    )
    .await
    .expect("changed");
    assert_eq!(world.viewer(world.trier("lead")).await.standings, []);
    let standing = Standing { account: b, role: AccountRole::Reader };
    give_standing(&world.environment, &admin, person.id, b, Some(standing.role), &nowhere)
        .await
        .expect("given");
    assert!(world.viewer(reseller).await.standings.contains(&standing));
    // Only who keeps people may do any of this, and nobody with the people of another provider.
    let agent = world.viewer(world.trier("agent")).await;
    assert!(
        change_person(
            &world.environment,
            &agent,
            Some(&session),
            &lead.id.to_string(),
            &role(Role::Admin),
            &nowhere
        )
        .await
        .is_err()
    );
    let stranger = world.viewer(world.trier("admin of Q")).await;
    assert!(
        change_person(
            &world.environment,
            &stranger,
            Some(&session),
            &lead.id.to_string(),
            &role(Role::Admin),
            &nowhere
        )
        .await
        .is_err()
    );
    assert!(
        give_standing(&world.environment, &stranger, person.id, b, Some(AccountRole::Manager), &nowhere)
            .await
            .is_err()
    );
}

/// Two nodes over one database: what one ends is refused by the other within a second, and a stream there is closed
/// within five.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_one_node_ends_the_other_refuses_postgres() {
    let (world, other, _environment) = World::on_two_nodes().await;
    let status = async |cookie: &str, token: &str| {
        let (path, header, value) = if token.is_empty() {
            ("/portal", "cookie", cookie.to_owned())
        } else {
            ("/api/v1/tickets", "authorization", format!("Bearer {token}"))
        };
        let request = Request::get(path).header(header, value).header("host", "desk.example");
        let request = request.body(Body::empty()).expect("a request");
        other.clone().oneshot(request).await.expect("the router never fails").status().as_u16()
    };
    let admin = world.trier("admin").cookie.lock().expect("sound").clone();
    for (name, act, form) in [
        ("contact of B", "connexions", vec![]),
        ("requester of A", "enregistrer", vec![("courriel", "elsewhere@bouleaux.example")]),
        ("reader of A", "retirer", vec![]),
    ] {
        let trier = world.trier(name);
        let cookie = trier.cookie.lock().expect("sound").clone();
        assert_eq!(status(&cookie, "").await, 200, "{name}");
        assert_eq!(status("", &trier.token).await, 200, "{name}");
        let stream = listen_at(&other, &world, name).await;
        let id = trier.person.as_ref().expect("somebody").id;
        let done = crate::keys::post(&world, &format!("/admin/personnes/{id}/{act}"), &admin, &form).await;
        assert_eq!(done.status.as_u16(), 200, "{}", done.body);
        let refused = async {
            assert_eq!(status(&cookie, "").await, 303, "{name}");
            if act != "connexions" {
                assert_eq!(status("", &trier.token).await, 401, "{name}");
            }
        };
        tokio::time::timeout(Duration::from_secs(1), refused).await.expect("at once");
        tokio::time::timeout(Duration::from_secs(5), stream.over)
            .await
            .expect("it ends in time")
            .expect("in order");
    }
}
