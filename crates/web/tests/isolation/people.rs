//! Whoever keeps people changes their own provider's alone, at once, and the journal tells it.

use crate::keys::{Page, address, get, letter, post};
use crate::world::World;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use desk::AccountRole;
use operations::{Scope, issue_token};
use serde_json::{Value, json};
use std::time::Duration;
use store::Purpose;

async fn call(world: &World, token: &str, method: &str, path: &str, body: Value) -> (StatusCode, Value) {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json");
    let answer = world.send(request.body(Body::from(body.to_string())).expect("a request")).await;
    let status = answer.status();
    let bytes = to_bytes(answer.into_body(), 1 << 22).await.expect("a body");
    (status, serde_json::from_slice(&bytes).unwrap_or_default())
}

async fn by(world: &World, name: &str, method: &str, path: &str, body: Value) -> (StatusCode, Value) {
    call(world, &world.trier(name).token, method, path, body).await
}

fn cookie(world: &World, name: &str) -> String {
    world.trier(name).cookie.lock().expect("sound").clone()
}

async fn enter_by_letter(world: &World, address: &str) -> Page {
    let letter = letter(world, address, 1).await;
    let link = letter.split("https://desk.example").nth(1).expect("a link");
    let link = link.split_whitespace().next().expect("a path").to_owned();
    assert_eq!(get(world, &link, "").await.status, StatusCode::OK);
    let entered = post(world, &link, "", &[]).await;
    assert_eq!(post(world, &link, "", &[]).await.status, StatusCode::GONE, "it works once");
    entered
}

pub async fn people_are_kept_and_told(world: World) {
    let admin = cookie(&world, "admin");
    // Somebody new, by the page; then their own page.
    let form = [("nom", "Ada Roy"), ("courriel", "Ada@orvane.example"), ("role", "agent"), ("langue", "en")];
    let made = post(&world, "/admin/personnes", &admin, &form).await;
    let path = made.location.expect("their page");
    let id = path.rsplit('/').next().expect("an id").to_owned();
    let page = get(&world, &path, &admin).await;
    assert!(page.body.contains("Ada Roy") && page.body.contains("ada@orvane.example"));
    let twice = post(&world, "/admin/personnes", &admin, &form).await;
    assert_eq!(twice.status, StatusCode::UNPROCESSABLE_ENTITY, "the address is taken");
    let listed = get(&world, "/admin/personnes?q=ada+r&cote=prestataire", &admin).await;
    assert!(listed.body.contains(&path));
    assert!(!get(&world, "/admin/personnes?q=ada&cote=clients", &admin).await.body.contains(&path));
    // They come in by an invitation, which works once.
    assert_eq!(post(&world, &format!("{path}/inviter"), &admin, &[]).await.status, StatusCode::OK);
    let entered = enter_by_letter(&world, "ada@orvane.example").await;
    assert_eq!(entered.location.as_deref(), Some("/agent"));
    let ada = entered.cookie.expect("in");
    assert_eq!(get(&world, "/admin/personnes", &ada).await.status, StatusCode::FORBIDDEN);
    // Another role holds at once. A form that says nothing new changes nothing.
    let saved =
        post(&world, &format!("{path}/enregistrer"), &admin, &[("role", "admin"), ("nom", "Ada Roy")]).await;
    assert_eq!(saved.status, StatusCode::OK, "{}", saved.body);
    assert_eq!(get(&world, "/admin/personnes", &ada).await.status, StatusCode::OK);
    // Teams, by the interface; they show on the person.
    let (status, _) =
        by(&world, "admin", "POST", "/api/v1/teams", json!({"key": "nuit", "name": "Nuit"})).await;
    assert_eq!(status, StatusCode::CREATED);
    let (status, _) =
        by(&world, "admin", "POST", "/api/v1/teams", json!({"key": "nuit", "name": "Autre"})).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let api = format!("/api/v1/people/{id}");
    let (status, person) =
        by(&world, "admin", "PATCH", &api, json!({"teams": ["nuit"], "language": "fr"})).await;
    assert_eq!((status, &person["teams"]), (StatusCode::OK, &json!(["nuit"])));
    let (_, team) = by(&world, "admin", "PATCH", "/api/v1/teams/nuit", json!({"name": "De nuit"})).await;
    assert_eq!((&team["name"], &team["members"]), (&json!("De nuit"), &json!([id])));
    for (wrong, what) in [
        (json!({"role": "contact"}), "a side is for good"),
        (json!({"role": "root"}), "no such role"),
        (json!({"accounts": [{"account": "bouleaux", "role": "reader"}]}), "staff have no accounts"),
        (json!({"teams": ["jour"]}), "no such team"),
        (json!({"zone": "Mars/Olympus"}), "no such zone"),
        (json!({"email": "ada"}), "no address"),
        (json!({"email": address(&world, "agent")}), "taken"),
    ] {
        let (status, _) = by(&world, "admin", "PATCH", &api, wrong).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{what}");
    }
    let (status, _) = by(&world, "admin", "PATCH", &api, json!({"provider": "brume"})).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "an unknown field");
    // A contact of two customers, the first their own; one of another provider is none.
    let new = |account: &str| {
        json!({"name": "Bo", "email": "bo@revente.example", "role": "contact", "accounts": [
            {"account": "bouleaux", "role": "requester"}, {"account": account, "role": "manager"}]})
    };
    let (status, _) = by(&world, "admin", "POST", "/api/v1/people", new("galets")).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let (status, bo) = by(&world, "admin", "POST", "/api/v1/people", new("montrosier")).await;
    assert_eq!((status, bo["accounts"].as_array().map(Vec::len)), (StatusCode::CREATED, Some(2)));
    // Nobody raises themselves or lets themselves go; a program needs the scope for people.
    let own = world.trier("admin").person.clone().expect("somebody");
    let own = format!("/api/v1/people/{}", own.id);
    for body in [json!({"role": "agent"}), json!({"active": false})] {
        assert_eq!(by(&world, "admin", "PATCH", &own, body).await.0, StatusCode::FORBIDDEN);
    }
    let person = world.trier("admin").person.clone().expect("somebody");
    let scopes = [Scope::Read, Scope::Write];
    let narrow = issue_token(&world.environment, &person, Purpose::ApiToken, &scopes, None).await;
    let narrow = narrow.expect("a token").token;
    let (status, _) = call(&world, &narrow, "PATCH", &api, json!({"role": "agent"})).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    // Another provider's are nobody at all, to the letter.
    let nobody = format!("/api/v1/people/{:032x}", 7);
    for (method, rest, body) in [
        ("GET", "", Value::Null),
        ("PATCH", "", json!({"role": "agent"})),
        ("POST", "/invite", Value::Null),
        ("POST", "/reset-second-factor", Value::Null),
        ("POST", "/end-sessions", Value::Null),
    ] {
        let theirs = by(&world, "admin of Q", method, &format!("{api}{rest}"), body.clone()).await;
        let none = by(&world, "admin of Q", method, &format!("{nobody}{rest}"), body).await;
        assert_eq!(theirs, none);
        assert_eq!(theirs.0, StatusCode::NOT_FOUND);
    }
    // Without access, at once; and back again.
    let (status, gone) = by(&world, "admin", "PATCH", &api, json!({"active": false})).await;
    assert_eq!((status, &gone["active"]), (StatusCode::OK, &json!(false)));
    assert_eq!(get(&world, "/agent", &ada).await.status, StatusCode::SEE_OTHER);
    let (status, _) = by(&world, "admin", "POST", &format!("{api}/invite"), Value::Null).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "nobody is invited whom nobody lets in");
    assert!(get(&world, "/admin/personnes?cote=sans-acces", &admin).await.body.contains(&path));
    let (_, back) = by(&world, "admin", "PATCH", &api, json!({"active": true})).await;
    assert_eq!(back["active"], json!(true));
    assert_eq!(get(&world, "/agent", &ada).await.status, StatusCode::SEE_OTHER, "sessions stay ended");
    // The journal tells what was before and after.
    let mut journal = String::new();
    for _ in 0..100 {
        tokio::time::sleep(Duration::from_millis(50)).await;
        journal = get(&world, "/admin/journal", &admin).await.body;
        if journal.contains("active no → yes") {
            break;
        }
    }
    for told in [
        format!("person {id}: role agent → admin"),
        format!("person {id}: teams – → nuit; language en → fr"),
        format!("person {id}: active yes → no"),
        "team nuit: name Nuit → De nuit".to_owned(),
    ] {
        assert!(journal.contains(&told), "{told}: {journal}");
    }
    // Who comes without the right sees none of it.
    for name in ["agent", "manager"] {
        assert_eq!(get(&world, &path, &cookie(&world, name)).await.status, StatusCode::FORBIDDEN);
    }
}

/// Who may do what is told as the table of rights and the tokens say it, to whoever keeps people.
pub async fn rights_are_reported(world: World) {
    let id_of = |name: &str| world.trier(name).person.as_ref().expect("somebody").id.to_string();
    // That a token was used is noted beside the request.
    let mut told = Value::Null;
    for _ in 0..100 {
        let (status, now) = by(&world, "admin", "GET", "/api/v1/people/rights?limit=200", Value::Null).await;
        assert_eq!(status, StatusCode::OK, "{now}");
        told = now;
        let items = told["items"].as_array().expect("people");
        let own = items.iter().find(|item| item["person"]["id"] == id_of("admin")).expect("themselves");
        if own["tokens"][0]["used_at"].is_string() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let items = told["items"].as_array().expect("people");
    let of = |name: &str| {
        items
            .iter()
            .find(|item| item["person"]["id"] == id_of(name))
            .unwrap_or_else(|| panic!("{name}: {told}"))
    };
    let may =
        |item: &Value, right: &str| item["rights"].as_array().is_some_and(|all| all.contains(&right.into()));
    let (agent, admin, reader) = (of("agent"), of("admin"), of("reader of A"));
    assert!(
        may(admin, "keep_people") && may(agent, "use_workspace") && !may(agent, "keep_people"),
        "{agent}"
    );
    assert_eq!(reader["rights"], serde_json::json!([]), "a contact has rights in accounts alone");
    let in_account = reader["in_accounts"][0].as_array().expect("rights");
    assert!(in_account.contains(&"use_portal".into()) && !in_account.contains(&"open".into()), "{reader}");
    let token = &admin["tokens"][0];
    assert!(token["scopes"].as_array().is_some_and(|scopes| scopes.contains(&"people".into())), "{admin}");
    assert!(token["used_at"].is_string(), "it was just used: {token}");
    // Page by page, everybody once; nobody of another provider.
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/api/v1/people/rights?limit=3{cursor}");
        let (_, page) = by(&world, "admin", "GET", &path, Value::Null).await;
        seen.extend(
            page["items"].as_array().expect("people").iter().map(|item| item["person"]["id"].clone()),
        );
        match page["cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen.len(), items.len());
    assert!(!seen.contains(&id_of("agent of Q").into()));
    let file = crate::journal::read(&world, "admin", "/admin/personnes/droits.csv").await;
    assert_eq!(file.0, StatusCode::OK);
    assert!(
        file.1
            .starts_with("id,name,email,by,where,as,teams,rights,second_factor,made_at,ends_at,last_used_at")
    );
    assert!(file.1.contains("\"role\",\"\",\"admin\"") && file.1.contains("\"token\""), "{}", file.1);
    for name in ["agent", "reader of A"] {
        let refused = by(&world, name, "GET", "/api/v1/people/rights", Value::Null).await;
        assert_eq!(refused.0, StatusCode::FORBIDDEN, "{name}");
    }
}

pub async fn managers_of_accounts_ask_colleagues_in(world: World) {
    let manager = cookie(&world, "manager of A");
    let page = get(&world, "/portal/personnes", &manager).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains(&address(&world, "reader of A")));
    for other in ["requester of A", "contact of B", "reseller"] {
        assert_eq!(
            get(&world, "/portal/personnes", &cookie(&world, other)).await.status,
            StatusCode::FORBIDDEN
        );
    }
    // Somebody whom the desk knows from another customer, somebody new, and an agent are answered alike.
    let known = address(&world, "contact of B");
    let invite = async |email: &str, account: &str| {
        let form = [("client", account), ("nom", "Zoé"), ("courriel", email), ("role", "requester")];
        post(&world, "/portal/personnes", &manager, &form).await
    };
    for foreign in ["montrosier", "galets", "nowhere"] {
        assert_eq!(invite("zoe@bouleaux.example", foreign).await.status, StatusCode::NOT_FOUND);
    }
    let staff = address(&world, "agent");
    for email in [known.as_str(), "zoe@bouleaux.example", staff.as_str()] {
        let answer = invite(email, "bouleaux").await;
        assert_eq!(answer.status, StatusCode::OK);
        assert!(answer.body.contains(email) && answer.body.contains("Zoé"), "as it was written");
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(world.letters_to(&staff).iter().all(|text| !text.contains("/entrer/")));
    // An invitation gives nothing before its link is followed.
    assert_eq!(world.viewer(world.trier("contact of B")).await.standings.len(), 1);
    let entered = enter_by_letter(&world, &known).await;
    assert_eq!(entered.location.as_deref(), Some("/portal"));
    let standings = world.viewer(world.trier("contact of B")).await.standings;
    assert_eq!(standings.len(), 2);
    let zoe = enter_by_letter(&world, "zoe@bouleaux.example").await.cookie.expect("in");
    assert_eq!(get(&world, "/portal", &zoe).await.status, StatusCode::OK);
    // Whoever has several customers says for which one they ask, and which list they see.
    let reseller = cookie(&world, "contact of B");
    let form = get(&world, "/portal/demandes/nouvelle", &reseller).await;
    assert!(form.body.contains("value=\"bouleaux\"") && form.body.contains("value=\"montrosier\""));
    let asked = [("client", "bouleaux"), ("objet", "Un objet pour A"), ("corps", "des mots"), ("cle", "k-1")];
    let checked = post(&world, "/portal/demandes/verifier", &reseller, &asked).await;
    assert_eq!(checked.status, StatusCode::OK);
    let opened = post(&world, "/portal/demandes", &reseller, &asked).await;
    assert_eq!(opened.status, StatusCode::SEE_OTHER, "{}", opened.body);
    let shows = async |path: &str| get(&world, path, &reseller).await.body.contains("Un objet pour A");
    assert!(shows("/portal?client=bouleaux").await && !shows("/portal?client=montrosier").await);
    let foreign = [("client", "revente"), ("objet", "x"), ("corps", "des mots")];
    assert_eq!(
        post(&world, "/portal/demandes", &reseller, &foreign).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    // A manager changes roles in their own account, takes them away, and never their own.
    let id = |name: &str| world.trier(name).person.as_ref().expect("somebody").id.to_string();
    let change = async |person: &str, act: &str, account: &str| {
        let form = [("client", account), ("role", "reader")];
        post(&world, &format!("/portal/personnes/{person}/{act}"), &manager, &form).await.status
    };
    assert_eq!(change(&id("contact of B"), "role", "bouleaux").await, StatusCode::OK);
    let standings = world.viewer(world.trier("contact of B")).await.standings;
    assert!(standings.iter().any(|standing| standing.role == AccountRole::Reader));
    assert_eq!(change(&id("contact of B"), "retirer", "bouleaux").await, StatusCode::OK);
    assert_eq!(world.viewer(world.trier("contact of B")).await.standings.len(), 1);
    for (name, account) in
        [("contact of B", "bouleaux"), ("reseller", "bouleaux"), ("contact of B", "montrosier")]
    {
        assert_eq!(change(&id(name), "retirer", account).await, StatusCode::NOT_FOUND, "{name}");
    }
    assert_eq!(change(&id("manager of A"), "retirer", "bouleaux").await, StatusCode::FORBIDDEN);
    // The last role taken is their leave.
    assert_eq!(change(&id("requester of A"), "retirer", "bouleaux").await, StatusCode::OK);
    let gone = get(&world, "/portal", &cookie(&world, "requester of A")).await;
    assert_eq!(gone.status, StatusCode::SEE_OTHER);
    // Accounts over the interface: each sees their own.
    let keys = async |name: &str| {
        let (status, list) = by(&world, name, "GET", "/api/v1/accounts", Value::Null).await;
        assert_eq!(status, StatusCode::OK);
        let items = list["items"].as_array().expect("a list").clone();
        let mut keys: Vec<String> =
            items.iter().map(|item| item["key"].as_str().expect("a key").to_owned()).collect();
        keys.sort();
        keys
    };
    assert_eq!(keys("agent").await, ["bouleaux", "montrosier", "revente"]);
    assert_eq!(keys("reseller").await, ["montrosier", "revente"]);
    assert_eq!(keys("contact of Q").await, ["galets"]);
    assert_eq!(
        by(&world, "reseller", "GET", "/api/v1/accounts/bouleaux", Value::Null).await.0,
        StatusCode::NOT_FOUND
    );
}

/// Who of a customer may ask is changed after a proof of just now, by its managers as well.
pub async fn managers_of_accounts_prove_who_they_are(world: World) {
    let manager = cookie(&world, "manager of A");
    let reader = world.trier("reader of A").person.clone().expect("somebody");
    let provider = &reader.provider;
    world.environment.clock.move_to(world.environment.now().plus_seconds(1000));
    let form = [
        ("client", "bouleaux"),
        ("nom", "Zoé R."),
        ("courriel", "zoe@bouleaux.example"),
        ("role", "manager"),
    ];
    let asks = |page: &Page| {
        page.status == StatusCode::UNPROCESSABLE_ENTITY
            && (page.body.contains("Connectez-vous de nouveau") || page.body.contains("Sign in again"))
    };
    let asked = post(&world, "/portal/personnes", &manager, &form).await;
    assert!(asks(&asked), "{} {}", asked.status, asked.body);
    for kept in ["value=\"Zoé R.\"", "value=\"zoe@bouleaux.example\"", "value=\"manager\" selected"] {
        assert!(asked.body.contains(kept), "{kept}: {}", asked.body);
    }
    let zoe = world.environment.store.person_by_email(provider, "zoe@bouleaux.example").await.expect("read");
    assert_eq!(zoe, None);
    for act in ["role", "retirer"] {
        let path = format!("/portal/personnes/{}/{act}", reader.id);
        let refused = post(&world, &path, &manager, &[("client", "bouleaux"), ("role", "manager")]).await;
        assert!(asks(&refused), "{act}: {} {}", refused.status, refused.body);
    }
    let standings = world.viewer(world.trier("reader of A")).await.standings;
    assert!(standings.iter().all(|standing| standing.role == AccountRole::Reader), "{standings:?}");
    // A manager who has just signed in does.
    let person = world.trier("manager of A").person.clone().expect("somebody");
    let link = issue_token(&world.environment, &person, Purpose::Link, &[], None).await.expect("a link");
    let fresh = post(&world, &format!("/entrer/{}", link.token), "", &[]).await.cookie.expect("in");
    assert_eq!(post(&world, "/portal/personnes", &fresh, &form).await.status, StatusCode::OK);
}

/// Two people have the page of a third open: each changes what they changed, and is told where the other did the same.
pub async fn a_form_changes_what_its_writer_changed(world: World) {
    let admin = cookie(&world, "admin");
    let person = world.trier("lead").person.clone().expect("somebody");
    let (path, api) = (format!("/admin/personnes/{}", person.id), format!("/api/v1/people/{}", person.id));
    let stands = async || {
        world.environment.store.person(&person.provider, person.id).await.expect("read").expect("stands")
    };
    let patch = async |body: Value| {
        assert_eq!(by(&world, "admin", "PATCH", &api, body).await.0, StatusCode::OK);
    };
    let showed = |page: &Page| page.field("vu").replace("&quot;", "\"");
    let save = async |showed: &str, name: &str, role: &str| {
        let form = [("vu", showed), ("nom", name), ("courriel", person.email.as_str()), ("role", role)];
        post(&world, &format!("{path}/enregistrer"), &admin, &form).await
    };
    patch(json!({"role": "admin"})).await;
    let opened = get(&world, &path, &admin).await;
    patch(json!({"role": "agent"})).await;
    let saved = save(&showed(&opened), "Léa Roy", "admin").await;
    assert_eq!(saved.status, StatusCode::OK, "{}", saved.body);
    let now = stands().await;
    assert_eq!((now.name.as_str(), now.role), ("Léa Roy", desk::Role::Agent));
    // The same, otherwise: what now stands is told, what was written is kept, and saved when it is sent again.
    patch(json!({"name": "Léa Dubois"})).await;
    let refused = save(&showed(&saved), "Léa Morin", "agent").await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.body);
    assert!(refused.body.contains("value=\"Léa Morin\""), "{}", refused.body);
    assert!(refused.body.contains(": Léa Dubois."), "{}", refused.body);
    assert_eq!(stands().await.name, "Léa Dubois");
    assert_eq!(save(&showed(&refused), "Léa Morin", "agent").await.status, StatusCode::OK);
    assert_eq!(stands().await.name, "Léa Morin");
    // What cannot be is to be mended, not written again.
    let opened = showed(&get(&world, &path, &admin).await);
    let form = [("vu", opened.as_str()), ("nom", "Léa Roy"), ("courriel", "lea")];
    let wrong = post(&world, &format!("{path}/enregistrer"), &admin, &form).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", wrong.body);
    assert!(wrong.body.contains("value=\"lea\"") && wrong.body.contains("value=\"Léa Roy\""));
}
