//! Directories keep the people that are theirs, and nobody else; whoever they let go is out at once.

use crate::keys::get;
use crate::stream::listen;
use crate::world::World;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use desk::{AccountRole, ProviderId, Role};
use operations::{Directory, KeyRules};
use serde_json::{Value, json};
use std::time::Duration;

const OWN: &str = "a token of the directory of orvane, long enough";
const OTHER: &str = "a token of the directory of brume, long enough!";
const ACCOUNT: &str = "a token of the directory of bouleaux, long enough";

pub fn directories() -> KeyRules {
    let of = |provider: &str, account: Option<&str>, token: &str| {
        let domains = account.map(|account| format!("{account}.example")).into_iter().collect();
        Directory::new(ProviderId(provider.to_owned()), account.map(str::to_owned), domains, token)
    };
    KeyRules {
        directories: vec![
            of("orvane", None, OWN),
            of("brume", None, OTHER),
            of("orvane", Some("bouleaux"), ACCOUNT),
        ],
        ..KeyRules::default()
    }
}

async fn call(world: &World, token: &str, method: &str, path: &str, body: Value) -> (StatusCode, Value) {
    let request = Request::builder()
        .method(method)
        .uri(format!("/scim/v2/{path}"))
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/scim+json");
    let answer = world.send(request.body(Body::from(body.to_string())).expect("a request")).await;
    let status = answer.status();
    let bytes = to_bytes(answer.into_body(), 1 << 22).await.expect("a body");
    (status, serde_json::from_slice(&bytes).unwrap_or_default())
}

fn id(world: &World, name: &str) -> String {
    world.trier(name).person.as_ref().expect("somebody").id.to_string()
}

pub async fn directories_keep_their_own_people(world: World) {
    let none = Value::Null;
    // A person's token opens nothing here, and this token nothing elsewhere.
    let person = world.trier("admin").token.clone();
    assert_eq!(call(&world, &person, "GET", "Users", none.clone()).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(
        call(&world, "", "GET", "ServiceProviderConfig", none.clone()).await.0,
        StatusCode::UNAUTHORIZED
    );
    let api = Request::get("/api/v1/people").header("authorization", format!("Bearer {OWN}"));
    assert_eq!(
        world.send(api.body(Body::empty()).expect("a request")).await.status(),
        StatusCode::UNAUTHORIZED
    );
    for path in ["ServiceProviderConfig", "ResourceTypes", "Schemas"] {
        assert_eq!(call(&world, OWN, "GET", path, none.clone()).await.0, StatusCode::OK, "{path}");
    }
    // Each lists its own: colleagues, or contacts of its account.
    let names = async |token: &str| {
        let (status, list) = call(&world, token, "GET", "Users?count=200", none.clone()).await;
        assert_eq!(status, StatusCode::OK);
        let mut names: Vec<String> = list["Resources"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|user| user["id"].as_str().expect("an id").to_owned())
            .collect();
        names.sort();
        names
    };
    let sorted = |mut names: Vec<String>| {
        names.sort();
        names
    };
    let spare = |place: usize| world.spares[place].id.to_string();
    let (agent, lead, manager, admin) =
        (id(&world, "agent"), id(&world, "lead"), id(&world, "manager"), id(&world, "admin"));
    assert_eq!(names(OWN).await, sorted(vec![agent.clone(), lead.clone(), manager, admin.clone(), spare(0)]));
    assert_eq!(
        names(ACCOUNT).await,
        sorted(vec![
            id(&world, "reader of A"),
            id(&world, "requester of A"),
            id(&world, "manager of A"),
            spare(1)
        ])
    );
    let email = world.trier("lead").person.as_ref().expect("somebody").email.clone();
    let filter = format!("Users?filter=userName%20eq%20%22{}%22", email.to_uppercase());
    assert_eq!(call(&world, OWN, "GET", &filter, none.clone()).await.1["totalResults"], json!(1));
    assert_eq!(call(&world, OTHER, "GET", &filter, none.clone()).await.1["totalResults"], json!(0));
    let wrong = call(&world, OWN, "GET", "Users?filter=active%20eq%20true", none.clone()).await;
    assert_eq!((wrong.0, &wrong.1["scimType"]), (StatusCode::BAD_REQUEST, &json!("invalidFilter")));
    // Of others it is told the same as of nobody.
    let off = json!({"schemas": [], "Operations": [{"op": "replace", "path": "active", "value": false}]});
    for (token, person) in [
        (OTHER, agent.clone()),
        (OWN, id(&world, "contact of B")),
        (ACCOUNT, id(&world, "contact of B")),
        (ACCOUNT, agent.clone()),
        (ACCOUNT, id(&world, "reseller")),
    ] {
        for (method, body) in [
            ("GET", none.clone()),
            ("PATCH", off.clone()),
            ("PUT", json!({"active": false})),
            ("DELETE", none.clone()),
        ] {
            let theirs = call(&world, token, method, &format!("Users/{person}"), body.clone()).await;
            let nobody = call(&world, token, method, &format!("Users/{:032x}", 7), body).await;
            assert_eq!(theirs, nobody);
            assert_eq!(theirs.0, StatusCode::NOT_FOUND);
        }
    }
    // Somebody new; a name that is taken; fields that it does not keep give nothing.
    let new = json!({"schemas": [], "userName": "Ada@Orvane.example", "name": {"givenName": "Ada", "familyName": "Roy"},
        "active": true, "roles": [{"value": "admin"}]});
    let (status, ada) = call(&world, OWN, "POST", "Users", new.clone()).await;
    assert_eq!(
        (status, &ada["userName"], &ada["displayName"]),
        (StatusCode::CREATED, &json!("ada@orvane.example"), &json!("Ada Roy"))
    );
    let stored =
        world.environment.store.person_by_email(&ProviderId("orvane".into()), "ada@orvane.example").await;
    assert_eq!(stored.expect("read").expect("stored").role, Role::Agent);
    let (status, taken) = call(&world, OWN, "POST", "Users", new).await;
    assert_eq!((status, &taken["scimType"]), (StatusCode::CONFLICT, &json!("uniqueness")));
    let path = format!("Users/{}", ada["id"].as_str().expect("an id"));
    let (_, renamed) =
        call(&world, OWN, "PUT", &path, json!({"userName": "ada@orvane.example", "displayName": "Ada R."}))
            .await;
    assert_eq!((&renamed["displayName"], &renamed["active"]), (&json!("Ada R."), &json!(true)));
    // With another address go the ways in by the old one.
    let moved =
        json!({"Operations": [{"op": "replace", "path": "userName", "value": "elsewhere@orvane.example"}]});
    let cookie = world.trier("agent").cookie.lock().expect("sound").clone();
    assert_eq!(get(&world, "/agent", &cookie).await.status, StatusCode::OK);
    let (status, agent) = call(&world, OWN, "PATCH", &format!("Users/{agent}"), moved).await;
    assert_eq!((status, &agent["userName"]), (StatusCode::OK, &json!("elsewhere@orvane.example")));
    assert_eq!(get(&world, "/agent", &cookie).await.status, StatusCode::SEE_OTHER);
    let token = format!("Bearer {}", world.trier("agent").token);
    let api = Request::get("/api/v1/tickets").header("authorization", token).body(Body::empty());
    assert_eq!(world.send(api.expect("a request")).await.status(), StatusCode::UNAUTHORIZED);
    // Out at once: session, token and open stream; and back, without what let in before.
    let stream = listen(&world, "lead").await;
    let cookie = world.trier("lead").cookie.lock().expect("sound").clone();
    let lead_path = format!("Users/{lead}");
    let (status, gone) = call(&world, OWN, "PATCH", &lead_path, off.clone()).await;
    assert_eq!((status, &gone["active"]), (StatusCode::OK, &json!(false)));
    tokio::time::timeout(Duration::from_secs(2), stream.over)
        .await
        .expect("the stream ends")
        .expect("in order");
    assert_eq!(get(&world, "/agent", &cookie).await.status, StatusCode::SEE_OTHER);
    let token = format!("Bearer {}", world.trier("lead").token);
    let api = Request::get("/api/v1/tickets").header("authorization", token).body(Body::empty());
    assert_eq!(world.send(api.expect("a request")).await.status(), StatusCode::UNAUTHORIZED);
    let on = json!({"Operations": [{"op": "Replace", "value": {"active": "True"}}]});
    assert_eq!(call(&world, OWN, "PATCH", &lead_path, on.clone()).await.1["active"], json!(true));
    assert_eq!(get(&world, "/agent", &cookie).await.status, StatusCode::SEE_OTHER);
    // The last administrator stays.
    let last = call(&world, OWN, "DELETE", &format!("Users/{admin}"), none.clone()).await;
    assert_eq!((last.0, &last.1["scimType"]), (StatusCode::CONFLICT, &json!("mutability")));
    // A contact of the account, out and back.
    let contact = format!("Users/{}", id(&world, "requester of A"));
    assert_eq!(call(&world, ACCOUNT, "DELETE", &contact, none.clone()).await.0, StatusCode::NO_CONTENT);
    let cookie = world.trier("requester of A").cookie.lock().expect("sound").clone();
    assert_eq!(get(&world, "/portal", &cookie).await.status, StatusCode::SEE_OTHER);
    let (_, back) = call(&world, ACCOUNT, "PATCH", &contact, on).await;
    assert_eq!(back["active"], json!(true));
    // Whom the account's own manager let go, its directory does not take back.
    let origin = operations::Origin::default();
    let manager = world.viewer(world.trier("manager of A")).await;
    let session = world.trier("manager of A").cookie.lock().expect("sound").clone();
    let person = world.trier("reader of A").person.clone().expect("somebody");
    let key = world
        .environment
        .store
        .account(&person.provider, person.account.expect("an account"))
        .await
        .expect("read")
        .expect("stands")
        .key;
    operations::change_account_person(
        &world.environment,
        &manager,
        session.split_once('=').map(|(_, session)| session),
        &key,
        &person.id.to_string(),
        None,
        &origin,
    )
    .await
    .expect("let go");
    let path = format!("Users/{}", person.id);
    let on = json!({"Operations": [{"op": "replace", "path": "active", "value": true}]});
    let (status, refused) = call(&world, ACCOUNT, "PATCH", &path, on).await;
    assert!(status.is_client_error(), "{status} {refused}");
    assert_eq!(call(&world, ACCOUNT, "GET", &path, none.clone()).await.1["active"], json!(false));
    let bo = json!({"userName": "bo@bouleaux.example", "displayName": "Bo", "active": false});
    let (status, bo) = call(&world, ACCOUNT, "POST", "Users", bo).await;
    assert_eq!((status, &bo["active"]), (StatusCode::CREATED, &json!(false)));
}

/// A directory of an account gives addresses of its domains, and claims nobody else's.
pub async fn directories_give_addresses_of_their_domains(world: World) {
    let provider = ProviderId("orvane".to_owned());
    let known = async |email: &str| {
        world.environment.store.person_by_email(&provider, email).await.expect("read").map(|person| person.id)
    };
    for email in ["bob@other.example", "bob@sub.bouleaux.example", "bob@bouleaux.example.evil.example"] {
        let (status, refused) =
            call(&world, ACCOUNT, "POST", "Users", json!({"userName": email, "displayName": "Bob"})).await;
        assert_eq!((status, &refused["scimType"]), (StatusCode::BAD_REQUEST, &json!("invalidValue")));
        assert!(refused["detail"].as_str().is_some_and(|detail| detail.contains("domain")), "{refused}");
        assert_eq!(known(email).await, None);
    }
    let bob = json!({"userName": "Bob@Bouleaux.example", "displayName": "Bob"});
    let (status, bob) = call(&world, ACCOUNT, "POST", "Users", bob).await;
    assert_eq!(status, StatusCode::CREATED, "{bob}");
    let path = format!("Users/{}", bob["id"].as_str().expect("an id"));
    let renamed = |email: &str| json!({"userName": email, "displayName": "Robert", "active": false});
    let (status, refused) = call(&world, ACCOUNT, "PUT", &path, renamed("bob@other.example")).await;
    assert_eq!((status, &refused["scimType"]), (StatusCode::BAD_REQUEST, &json!("invalidValue")));
    let (_, same) = call(&world, ACCOUNT, "GET", &path, Value::Null).await;
    assert_eq!(same, bob, "nothing of it is done");
    let (status, moved) = call(&world, ACCOUNT, "PUT", &path, renamed("robert@bouleaux.example")).await;
    assert_eq!((status, &moved["userName"]), (StatusCode::OK, &json!("robert@bouleaux.example")));
    // Whose address is of another domain since before stays who they are, in whatever letters it comes.
    let reader = world.trier("reader of A").person.clone().expect("somebody");
    let path = format!("Users/{}", reader.id);
    let named = json!({"userName": reader.email.to_uppercase(), "displayName": "Lea"});
    let (status, named) = call(&world, ACCOUNT, "PUT", &path, named).await;
    assert_eq!((status, &named["displayName"]), (StatusCode::OK, &json!("Lea")));
    // The directory of the provider's own people gives any.
    let new = json!({"userName": "ada@elsewhere.example", "displayName": "Ada"});
    assert_eq!(call(&world, OWN, "POST", "Users", new).await.0, StatusCode::CREATED);
}

/// What somebody else did since with whom a directory let go is not the directory's to undo.
pub async fn whom_others_let_go_a_directory_does_not_take_back(world: World) {
    let environment = &world.environment;
    let origin = operations::Origin::default();
    let admin = world.viewer(world.trier("admin")).await;
    let active =
        |is_active: bool| json!({"Operations": [{"op": "replace", "path": "active", "value": is_active}]});
    let change = async |person: &str, is_active: bool| {
        call(&world, ACCOUNT, "PATCH", &format!("Users/{person}"), active(is_active)).await
    };
    let is_active = async |person: &str| {
        call(&world, ACCOUNT, "GET", &format!("Users/{person}"), Value::Null).await.1["active"] == json!(true)
    };
    let by_admin = async |person: &str, is_active: bool| {
        let request = Request::builder()
            .method("PATCH")
            .uri(format!("/api/v1/people/{person}"))
            .header("authorization", format!("Bearer {}", world.trier("admin").token))
            .header("content-type", "application/json");
        let body = Body::from(json!({"active": is_active}).to_string());
        assert_eq!(world.send(request.body(body).expect("a request")).await.status(), StatusCode::OK);
    };
    // Let go by the directory, taken back and let go again by whoever administers.
    let requester = id(&world, "requester of A");
    assert_eq!(change(&requester, false).await.0, StatusCode::OK);
    by_admin(&requester, true).await;
    assert!(is_active(&requester).await);
    by_admin(&requester, false).await;
    assert!(change(&requester, true).await.0.is_client_error());
    assert!(!is_active(&requester).await);
    // As well where a role alone was given back and taken.
    let spare = world.spares[1].clone();
    let account = spare.account.expect("an account");
    let other =
        world.trier("contact of B").person.as_ref().and_then(|person| person.account).expect("another");
    let give = async |account, role| {
        operations::give_standing(environment, &admin, spare.id, account, role, &origin)
            .await
            .expect("given");
    };
    give(other, Some(AccountRole::Reader)).await;
    assert_eq!(change(&spare.id.to_string(), false).await.0, StatusCode::OK);
    give(account, Some(AccountRole::Requester)).await;
    assert!(is_active(&spare.id.to_string()).await);
    give(account, None).await;
    assert!(change(&spare.id.to_string(), true).await.0.is_client_error());
    assert!(!is_active(&spare.id.to_string()).await);
    // What it did itself, and nobody since, it undoes.
    let reader = id(&world, "reader of A");
    assert_eq!(change(&reader, false).await.0, StatusCode::OK);
    assert_eq!(change(&reader, true).await.1["active"], json!(true));
}

/// Whoever was asked in and has not come is nobody's contact: the directory of an account adds them.
pub async fn who_was_asked_in_and_has_not_come_is_added(world: World) {
    let manager = world.trier("manager of A").cookie.lock().expect("sound").clone();
    let form =
        [("client", "bouleaux"), ("nom", "Zo"), ("courriel", "zoe@bouleaux.example"), ("role", "reader")];
    let asked = crate::keys::post(&world, "/portal/personnes", &manager, &form).await;
    assert_eq!(asked.status, StatusCode::OK);
    let new = json!({"userName": "zoe@bouleaux.example", "displayName": "Zoé Roy"});
    let (status, zoe) = call(&world, ACCOUNT, "POST", "Users", new.clone()).await;
    assert_eq!((status, &zoe["displayName"]), (StatusCode::CREATED, &json!("Zoé Roy")));
    assert_eq!(zoe["active"], json!(true));
    assert_eq!(call(&world, ACCOUNT, "POST", "Users", new).await.0, StatusCode::CONFLICT, "now she is known");
}
