//! Ways in, and what a person can do with their own keys.

use crate::world::World;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Request, StatusCode};
use hmac::{Hmac, Mac};
use operations::{Admitted, Origin, PersonChange, change_person, enter, issue_token, set_up_token};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use std::net::SocketAddr;
use std::time::Duration;
use store::{Credential, CredentialKind, IdentityLink, Purpose};

pub struct Page {
    pub status: StatusCode,
    pub cookie: Option<String>,
    pub location: Option<String>,
    pub headers: HeaderMap,
    pub body: String,
}

impl Page {
    /// The value of a hidden field.
    pub fn field(&self, name: &str) -> String {
        let start = format!("name=\"{name}\" value=\"");
        let rest = self.body.split_once(&start).unwrap_or_else(|| panic!("no field {name}: {}", self.body)).1;
        rest.split('"').next().expect("a value").to_owned()
    }

    pub fn between(&self, start: &str, end: &str) -> &str {
        let rest = self.body.split_once(start).unwrap_or_else(|| panic!("no {start}: {}", self.body)).1;
        rest.split(end).next().expect("an end")
    }
}

pub async fn send(world: &World, method: &str, path: &str, cookie: &str, form: &[(&str, &str)]) -> Page {
    let mut request = Request::builder().method(method).uri(path).header("host", "desk.example");
    if !cookie.is_empty() {
        request = request.header("cookie", cookie);
    }
    let mut body = String::new();
    if method == "POST" {
        request = request
            .header("sec-fetch-site", "same-origin")
            .header("content-type", "application/x-www-form-urlencoded");
        for (name, value) in form {
            let value: String = value.bytes().map(|byte| format!("%{byte:02X}")).collect();
            body.push_str(&format!("{name}={value}&"));
        }
    }
    let answer = world.send(request.body(Body::from(body)).expect("a request")).await;
    let text = |name: &str| answer.headers().get(name).map(|value| value.to_str().expect("text").to_owned());
    let cookie = text("set-cookie").map(|set| set.split(';').next().unwrap_or_default().to_owned());
    let location = text("location");
    let (status, headers) = (answer.status(), answer.headers().clone());
    let bytes = to_bytes(answer.into_body(), 1 << 22).await.expect("a body");
    Page { status, cookie, location, headers, body: String::from_utf8_lossy(&bytes).into_owned() }
}

pub async fn post(world: &World, path: &str, cookie: &str, form: &[(&str, &str)]) -> Page {
    send(world, "POST", path, cookie, form).await
}

pub async fn get(world: &World, path: &str, cookie: &str) -> Page {
    send(world, "GET", path, cookie, &[]).await
}

/// The code of a key `ahead` steps from now (RFC 6238), made here once more, from the standard alone.
pub fn code(world: &World, key: &str, ahead: i64) -> String {
    let bits: String = key
        .chars()
        .filter(|letter| !letter.is_whitespace())
        .map(|letter| {
            format!("{:05b}", "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".find(letter).expect("a letter of base 32"))
        })
        .collect();
    let key: Vec<u8> = (0..bits.len() / 8)
        .map(|place| u8::from_str_radix(&bits[place * 8..place * 8 + 8], 2).expect("bits"))
        .collect();
    let step = world.environment.now().milliseconds() / 30_000 + ahead;
    let mut mac = Hmac::<Sha1>::new_from_slice(&key).expect("any length");
    mac.update(&step.to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let place = usize::from(digest[19] & 15);
    let number = u32::from_be_bytes(digest[place..place + 4].try_into().expect("four bytes")) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

pub async fn letter(world: &World, address: &str, number: usize) -> String {
    for _ in 0..200 {
        let mut letters = world.letters_to(address);
        if letters.iter().filter(|text| text.contains("/entrer/")).count() >= number {
            letters.retain(|text| text.contains("/entrer/"));
            // The newest comes first.
            return letters.swap_remove(0);
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("no letter to {address}");
}

pub fn link_and_code(letter: &str) -> (String, String) {
    let link = letter.split("https://desk.example").nth(1).expect("a link");
    let link = link.split_whitespace().next().expect("a path").to_owned();
    let code =
        letter.rsplit(|letter: char| !letter.is_ascii_digit()).find(|word| word.len() == 6).expect("a code");
    (link, code.to_owned())
}

pub fn address(world: &World, name: &str) -> String {
    world.trier(name).person.as_ref().expect("somebody").email.clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn agents_set_up_a_second_factor_and_land_where_they_wanted() {
    let world = World::strict().await;
    let number = world.asked[0].number.clone();
    let wanted = format!("/agent/demandes/{number}?x=1");
    let gate = get(&world, &wanted, "").await;
    let gate = get(&world, &gate.location.expect("to the gate"), "").await;
    let wanted_field = gate.field("retour");
    assert_eq!(wanted_field, wanted);
    let agent = address(&world, "agent");
    let sent = post(&world, "/connexion", "", &[("courriel", &agent), ("retour", &wanted_field)]).await;
    assert_eq!(sent.status, StatusCode::OK);
    let (link, _) = link_and_code(&letter(&world, &agent, 1).await);
    // A link is a page with a button, which works once.
    assert_eq!(get(&world, &link, "").await.status, StatusCode::OK);
    let second = post(&world, &link, "", &[]).await;
    assert_eq!(second.status, StatusCode::OK);
    assert_eq!(second.cookie, None, "nobody is in yet");
    assert_eq!(post(&world, &link, "", &[]).await.status, StatusCode::GONE);
    let (ticket, key) = (second.field("billet"), second.between("<pre><code>", "</code>").to_owned());
    let wrong = post(&world, "/connexion/preuve", "", &[("billet", &ticket), ("code", "000000")]).await;
    assert_eq!((wrong.status, wrong.cookie), (StatusCode::UNPROCESSABLE_ENTITY, None));
    let good = code(&world, &key, 0);
    let codes = post(&world, "/connexion/preuve", "", &[("billet", &ticket), ("code", &good)]).await;
    assert_eq!(codes.status, StatusCode::OK);
    let paper: Vec<&str> = codes.between("<pre>", "</pre>").split_whitespace().collect();
    assert_eq!(paper.len(), 10);
    assert!(codes.body.contains(&format!("href=\"{wanted}\"")));
    let cookie = codes.cookie.clone().expect("in");
    assert!(cookie.starts_with("__Host-"));
    assert_eq!(get(&world, &wanted, &cookie).await.status, StatusCode::OK);
    // The ticket is used up, and the code does not count twice.
    let again = post(&world, "/connexion/preuve", "", &[("billet", &ticket), ("code", &good)]).await;
    assert_eq!(again.status, StatusCode::GONE);
    post(&world, "/connexion", "", &[("courriel", &agent)]).await;
    let (link, _) = link_and_code(&letter(&world, &agent, 2).await);
    let second = post(&world, &link, "", &[]).await;
    assert!(!second.body.contains("<pre>"), "the key is shown to nobody again");
    let ticket = second.field("billet");
    let replayed = post(&world, "/connexion/preuve", "", &[("billet", &ticket), ("code", &good)]).await;
    assert_eq!(replayed.status, StatusCode::UNPROCESSABLE_ENTITY);
    // A code on paper stands in for the phone, once.
    let by_paper = post(&world, "/connexion/preuve", "", &[("billet", &ticket), ("code", paper[3])]).await;
    assert_eq!(by_paper.location.as_deref(), Some("/agent"));
    post(&world, "/connexion", "", &[("courriel", &agent)]).await;
    let (link, _) = link_and_code(&letter(&world, &agent, 3).await);
    let ticket = post(&world, &link, "", &[]).await.field("billet");
    let twice = post(&world, "/connexion/preuve", "", &[("billet", &ticket), ("code", paper[3])]).await;
    assert_eq!(twice.status, StatusCode::UNPROCESSABLE_ENTITY);
    let next = code(&world, &key, 1);
    let by_phone = post(&world, "/connexion/preuve", "", &[("billet", &ticket), ("code", &next)]).await;
    assert_eq!(by_phone.status, StatusCode::SEE_OTHER);
    // The fourth mail within the hour does not leave, and the answer is the same.
    let fourth = post(&world, "/connexion", "", &[("courriel", &agent)]).await;
    assert_eq!(fourth.status, StatusCode::OK);
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(world.letters_to(&agent).iter().filter(|text| text.contains("/entrer/")).count(), 3);
}

/// Whoever tried too often learns that they have to wait, not that their code is wrong.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn too_many_second_proofs_are_told_as_such() {
    let world = World::strict().await;
    let person = world.trier("agent").person.clone().expect("somebody");
    let link = issue_token(&world.environment, &person, Purpose::Link, &[], None).await.expect("a link");
    let second = post(&world, &format!("/entrer/{}", link.token), "", &[]).await;
    let (ticket, key) = (second.field("billet"), second.between("<pre><code>", "</code>").to_owned());
    let prove = async |code: &str| {
        post(&world, "/connexion/preuve", "", &[("billet", &ticket), ("code", code)]).await
    };
    for _ in 0..10 {
        let wrong = prove("abcdef").await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(!wrong.headers.contains_key("retry-after"));
    }
    let late = prove(&code(&world, &key, 0)).await;
    assert_eq!((late.status, late.cookie.as_ref()), (StatusCode::TOO_MANY_REQUESTS, None));
    assert!(late.headers.contains_key("retry-after"));
    // The page is there to try again once the time has come.
    assert_eq!(late.field("billet"), ticket);
    world.environment.clock.move_to(world.environment.now().plus_seconds(61));
    assert_eq!(prove(&code(&world, &key, 0)).await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn codes_of_mails_count_in_the_browser_that_asked() {
    let world = World::strict().await;
    let contact = address(&world, "contact of B");
    let sent = post(&world, "/connexion", "", &[("courriel", &contact)]).await;
    let unknown = post(&world, "/connexion", "", &[("courriel", "nobody@unknown.example")]).await;
    let plain = |page: &Page, address: &str| {
        let start = page.body.find("data-now=\"").map_or(0, |start| start + 10);
        let body = format!("{}{}", &page.body[..start], &page.body[start + 24..]);
        body.replace(address, "A").replace(&page.field("navigateur"), "N")
    };
    assert_eq!(plain(&sent, &contact), plain(&unknown, "nobody@unknown.example"));
    let (_, code) = link_and_code(&letter(&world, &contact, 1).await);
    let other =
        post(&world, "/connexion/code", "", &[("navigateur", &unknown.field("navigateur")), ("code", &code)])
            .await;
    assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY);
    let browser = sent.field("navigateur");
    for _ in 0..4 {
        let wrong =
            post(&world, "/connexion/code", "", &[("navigateur", &browser), ("code", "abcdef")]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let right = post(&world, "/connexion/code", "", &[("navigateur", &browser), ("code", &code)]).await;
    assert_eq!(right.location.as_deref(), Some("/portal"));
    // Six tries are too many, even with the right code.
    let sent = post(&world, "/connexion", "", &[("courriel", &contact)]).await;
    let (_, code) = link_and_code(&letter(&world, &contact, 2).await);
    let browser = sent.field("navigateur");
    for _ in 0..5 {
        post(&world, "/connexion/code", "", &[("navigateur", &browser), ("code", "abcdef")]).await;
    }
    let late = post(&world, "/connexion/code", "", &[("navigateur", &browser), ("code", &code)]).await;
    assert_eq!(late.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(late.headers.contains_key("retry-after") && late.field("navigateur") == browser);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_person_keeps_their_own_keys() {
    let world = World::sqlite().await;
    let contact = address(&world, "contact of B");
    let cookie = world.trier("contact of B").cookie.lock().expect("sound").clone();
    let account = get(&world, "/compte", &cookie).await;
    assert_eq!(account.status, StatusCode::OK);
    // A password: weak ones are told why, a good one lets in and ends the other sessions.
    let weak = post(&world, "/compte/mot-de-passe", &cookie, &[("motdepasse", "passwordpassword")]).await;
    assert_eq!(weak.status, StatusCode::UNPROCESSABLE_ENTITY);
    let password = "quatre chevaux lents";
    let set = post(&world, "/compte/mot-de-passe", &cookie, &[("motdepasse", password)]).await;
    assert_eq!(set.status, StatusCode::OK);
    let sign_in = async |address: &str, password: &str| {
        post(
            &world,
            "/connexion",
            "",
            &[("courriel", address), ("motdepasse", password), ("retour", "/portal/contrat")],
        )
        .await
    };
    let entered = sign_in(&contact, password).await;
    assert_eq!(entered.location.as_deref(), Some("/portal/contrat"));
    let other = entered.cookie.expect("in");
    let plain = |page: &Page, address: &str| {
        page.body
            .replace(address, "A")
            .replace(&page.body[page.body.find("data-now").unwrap_or(0)..][..36], "")
    };
    let wrong = sign_in(&contact, "autre chose encore").await;
    let nobody = sign_in("nobody@unknown.example", "autre chose encore").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(plain(&wrong, &contact), plain(&nobody, "nobody@unknown.example"));
    for _ in 0..8 {
        sign_in(&contact, "autre chose encore").await;
    }
    assert_eq!(sign_in(&contact, password).await.status, StatusCode::TOO_MANY_REQUESTS);
    // Sessions are listed and ended; nobody ends another's.
    let account = get(&world, "/compte", &cookie).await;
    let name = account.field("nom");
    let foreign = world.trier("requester of A").cookie.lock().expect("sound").clone();
    assert_eq!(
        post(&world, "/compte/session", &foreign, &[("nom", &name)]).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(get(&world, "/portal", &other).await.status, StatusCode::OK);
    assert_eq!(
        post(&world, "/compte/session", &cookie, &[("nom", &name)]).await.status,
        StatusCode::SEE_OTHER
    );
    assert_eq!(get(&world, "/portal", &other).await.status, StatusCode::SEE_OTHER);
    // Tokens: shown once, by scope, renewed, ended.
    let made = post(&world, "/compte/jeton", &cookie, &[("libelle", "export"), ("jours", "30")]).await;
    let token = made.between("<pre><code>", "</code>").to_owned();
    let call = async |token: &str, method: &str| {
        let request = Request::builder()
            .method(method)
            .uri("/api/v1/tickets")
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json");
        world
            .send(request.body(Body::from("{\"subject\":\"s\",\"body\":\"b\"}")).expect("a request"))
            .await
            .status()
    };
    assert_eq!(call(&token, "GET").await, StatusCode::OK);
    assert_eq!(call(&token, "POST").await, StatusCode::FORBIDDEN);
    let name = get(&world, "/compte", &cookie).await.field("nom");
    let renewed = post(&world, "/compte/jeton-renouveler", &cookie, &[("nom", &name)]).await;
    let fresh = renewed.between("<pre><code>", "</code>").to_owned();
    assert_eq!(call(&token, "GET").await, StatusCode::UNAUTHORIZED);
    assert_eq!(call(&fresh, "GET").await, StatusCode::OK);
    let name = get(&world, "/compte", &cookie).await.field("nom");
    post(&world, "/compte/jeton-fin", &cookie, &[("nom", &name)]).await;
    assert_eq!(call(&fresh, "GET").await, StatusCode::UNAUTHORIZED);
    // What matters asks for a sign-in that was just made.
    world.environment.clock.move_to(world.environment.now().plus_seconds(1000));
    let stale = post(&world, "/compte/jeton", &cookie, &[("libelle", "export"), ("jours", "30")]).await;
    assert_eq!(stale.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!stale.body.contains("<pre><code>"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_first_administrator_is_named_once() {
    let world = World::strict().await;
    assert_eq!(set_up_token(&world.environment).await.expect("read"), None, "there is one");
    // As on a fresh installation: whoever administered has another role.
    for name in ["admin", "admin of Q"] {
        let person = world.trier(name).person.clone().expect("somebody");
        let demoted = desk::Person { role: desk::Role::Agent, ..person };
        world.environment.store.put_person(&demoted).await.expect("stored");
    }
    let old = set_up_token(&world.environment).await.expect("read").expect("a token");
    let token = set_up_token(&world.environment).await.expect("read").expect("a token");
    assert_eq!(get(&world, &format!("/installer/{old}"), "").await.status, StatusCode::NOT_FOUND);
    let path = format!("/installer/{token}");
    assert_eq!(get(&world, &path, "").await.status, StatusCode::OK);
    let form = [("prestataire", "orvane"), ("nom", "Ada Roy"), ("courriel", "ada@orvane.example")];
    let wrong =
        post(&world, &path, "", &[("prestataire", "orvane"), ("nom", "Ada Roy"), ("courriel", "ada")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let named = post(&world, &path, "", &form).await;
    assert_eq!(named.status, StatusCode::OK);
    let key = named.between("<pre><code>", "</code>").to_owned();
    let ticket = named.field("billet");
    let good = code(&world, &key, 0);
    let entered = post(&world, "/connexion/preuve", "", &[("billet", &ticket), ("code", &good)]).await;
    assert_eq!(get(&world, "/agent", &entered.cookie.expect("in")).await.status, StatusCode::OK);
    assert_eq!(get(&world, &path, "").await.status, StatusCode::NOT_FOUND);
    assert_eq!(post(&world, &path, "", &form).await.status, StatusCode::NOT_FOUND);
}

/// All that lets somebody in, as it is stored.
async fn ways_in_of(world: &World, name: &str) -> String {
    let person = world.trier(name).person.clone().expect("somebody");
    let (store, provider) = (&world.environment.store, &person.provider);
    let beginning = calendar::Instant::from_milliseconds(0);
    format!(
        "{:?} {:?} {:?} {:?} {:?}",
        store.person_with_standings(provider, person.id).await.expect("read"),
        store.credentials(provider, person.id).await.expect("read"),
        store.passkeys_of(provider, person.id).await.expect("read"),
        store.sign_ins_of(provider, person.id).await.expect("read"),
        store
            .sessions_of(provider, person.id, beginning)
            .await
            .expect("read")
            .iter()
            .map(|known| known.hash)
            .collect::<Vec<_>>(),
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_sign_in_of_a_while_ago_changes_no_way_in() {
    let world = World::sqlite().await;
    let cookie = world.trier("admin").cookie.lock().expect("sound").clone();
    let other = world.trier("contact of B").person.clone().expect("somebody");
    let begun = post(&world, "/compte/second-facteur", &cookie, &[]).await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER);
    let key = get(&world, "/compte", &cookie).await.between("<pre><code>", "</code>").to_owned();
    let confirmed = post(&world, "/compte/confirmer", &cookie, &[("code", &code(&world, &key, 0))]).await;
    assert_eq!(confirmed.status, StatusCode::OK);
    let made = post(&world, "/compte/jeton", &cookie, &[("libelle", "export"), ("jours", "30")]).await;
    assert_eq!(made.status, StatusCode::OK);
    let account = get(&world, "/compte", &cookie).await;
    let (session, token) = (
        account.field("nom"),
        account.body.rsplit("name=\"nom\" value=\"").next().unwrap_or_default()[..16].to_owned(),
    );
    world.environment.clock.move_to(world.environment.now().plus_seconds(1000));
    let good = code(&world, &key, 0);
    let person = |act: &str| format!("/admin/personnes/{}/{act}", other.id);
    let private = |act: &str| format!("/admin/vie-privee/personnes/{}/{act}", other.id);
    let doors: Vec<(String, Vec<(&str, &str)>)> = vec![
        ("/compte/mot-de-passe".into(), vec![("motdepasse", "quatre chevaux lents et gris")]),
        ("/compte/second-facteur".into(), vec![]),
        ("/compte/confirmer".into(), vec![("code", &good)]),
        ("/compte/retirer".into(), vec![("code", &good)]),
        ("/compte/codes".into(), vec![("code", &good)]),
        ("/compte/cle".into(), vec![("libelle", "clé"), ("client", "e30"), ("attestation", "e30")]),
        ("/compte/cle-fin".into(), vec![("nom", "e30")]),
        ("/compte/jeton".into(), vec![("libelle", "export"), ("jours", "30")]),
        ("/compte/jeton-renouveler".into(), vec![("nom", &token)]),
        ("/compte/session".into(), vec![("nom", &session)]),
        ("/compte/autres-sessions".into(), vec![]),
        (
            "/admin/personnes".into(),
            vec![("nom", "Ada Roy"), ("courriel", "ada@orvane.example"), ("role", "admin")],
        ),
        (person("enregistrer"), vec![("courriel", "elsewhere@montrosier.example")]),
        (person("inviter"), vec![]),
        (person("connexions"), vec![]),
        (person("second-facteur"), vec![]),
        (person("rendre"), vec![]),
        (private("exporter"), vec![]),
        (private("effacer"), vec![("adresse", &other.email)]),
        ("/admin/vie-privee/comptes/montrosier/exporter".into(), vec![]),
        ("/admin/vie-privee/comptes/montrosier/detruire".into(), vec![("cle", "montrosier")]),
        ("/admin/vie-privee/conservation".into(), vec![("faire", "garder")]),
    ];
    let before = (ways_in_of(&world, "admin").await, ways_in_of(&world, "contact of B").await);
    for (path, form) in &doors {
        let refused = post(&world, path, &cookie, form).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}: {}", refused.body);
        assert!(refused.body.contains("Connectez-vous de nouveau"), "{path}: {}", refused.body);
    }
    // The script is told in a status alone.
    let begun = post(&world, "/compte/cle-debut", &cookie, &[]).await;
    assert_eq!(begun.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!begun.body.contains("challenge"), "{}", begun.body);
    let after = (ways_in_of(&world, "admin").await, ways_in_of(&world, "contact of B").await);
    assert_eq!(before, after);
    let provider = &other.provider;
    let made = world.environment.store.person_by_email(provider, "ada@orvane.example").await.expect("read");
    assert_eq!(made, None);
    // A program has scopes, and no sign-in that grows old.
    let token = format!("Bearer {}", world.trier("admin").token);
    let request = Request::post(format!("/api/v1/people/{}/end-sessions", other.id));
    let request = request.header("authorization", token).header("content-type", "application/json");
    let ended = world.send(request.body(Body::from("{}")).expect("a request")).await;
    assert!(ended.status().is_success(), "{}", ended.status());
}

fn cookie_of(world: &World, name: &str) -> String {
    world.trier(name).cookie.lock().expect("sound").clone()
}

/// Posts a form from a machine elsewhere.
async fn post_from(world: &World, peer: &str, path: &str, cookie: &str, body: String) -> Page {
    let request = Request::post(path)
        .header("host", "desk.example")
        .header("cookie", cookie)
        .header("sec-fetch-site", "same-origin")
        .header("content-type", "application/x-www-form-urlencoded");
    let mut request = request.body(Body::from(body)).expect("a request");
    let peer: SocketAddr = format!("{peer}:4000").parse().expect("an address");
    request.extensions_mut().insert(ConnectInfo(peer));
    let answer = world.send(request).await;
    let headers = answer.headers().clone();
    let text = |name: &str| headers.get(name).map(|value| value.to_str().expect("text").to_owned());
    let cookie = text("set-cookie").map(|set| set.split(';').next().unwrap_or_default().to_owned());
    let (status, location) = (answer.status(), text("location"));
    let bytes = to_bytes(answer.into_body(), 1 << 22).await.expect("a body");
    Page { status, cookie, location, headers, body: String::from_utf8_lossy(&bytes).into_owned() }
}

/// Signs somebody in by a link that is made for them: the cookie of their session.
async fn come_by_link(world: &World, name: &str) -> String {
    let person = world.trier(name).person.clone().expect("somebody");
    let link = issue_token(&world.environment, &person, Purpose::Link, &[], None).await.expect("a link");
    post(world, &format!("/entrer/{}", link.token), "", &[]).await.cookie.expect("in")
}

async fn api_status(world: &World, token: &str) -> StatusCode {
    let request = Request::get("/api/v1/tickets").header("authorization", format!("Bearer {token}"));
    world.send(request.body(Body::empty()).expect("a request")).await.status()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_has_a_password_gives_it_before_another_is_set() {
    let world = World::sqlite().await;
    let (cookie, own) = (cookie_of(&world, "contact of B"), address(&world, "contact of B"));
    let (first, second, third) = ("quatre chevaux lents", "cinq mouettes grises", "six oiseaux sans nom");
    let set =
        async |cookie: &str, form: &[(&str, &str)]| post(&world, "/compte/mot-de-passe", cookie, form).await;
    assert_eq!(set(&cookie, &[("motdepasse", first)]).await.status, StatusCode::OK);
    assert!(get(&world, "/compte", &cookie).await.body.contains("name=\"actuel\""));
    let enters = async |password: &str| {
        let form = [("courriel", own.as_str()), ("motdepasse", password)];
        post(&world, "/connexion", "", &form).await.status == StatusCode::SEE_OTHER
    };
    for given in [&[("motdepasse", second)][..], &[("motdepasse", second), ("actuel", second)]] {
        let refused = set(&cookie, given).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.body.contains("not your current password"), "{}", refused.body);
    }
    assert!(enters(first).await && !enters(second).await);
    // Tokens of programs stay, unless they are to end too.
    let token = &world.trier("contact of B").token;
    assert_eq!(set(&cookie, &[("motdepasse", second), ("actuel", first)]).await.status, StatusCode::OK);
    assert_eq!(api_status(&world, token).await, StatusCode::OK);
    let ended = set(&cookie, &[("motdepasse", third), ("actuel", second), ("jetons", "oui")]).await;
    assert_eq!(ended.status, StatusCode::OK);
    assert_eq!(api_status(&world, token).await, StatusCode::UNAUTHORIZED);
    assert!(enters(third).await);
    // Wrong ones count.
    for _ in 0..5 {
        set(&cookie, &[("motdepasse", first), ("actuel", first)]).await;
    }
    let late = set(&cookie, &[("motdepasse", first), ("actuel", third)]).await;
    assert_eq!(late.status, StatusCode::TOO_MANY_REQUESTS);
    // Whoever forgot theirs comes in by a mail, and sets another.
    let by_mail = come_by_link(&world, "contact of B").await;
    assert!(!get(&world, "/compte", &by_mail).await.body.contains("name=\"actuel\""));
    assert_eq!(set(&by_mail, &[("motdepasse", first)]).await.status, StatusCode::OK);
    assert!(enters(first).await);
    assert_eq!(get(&world, "/portal", &cookie).await.status, StatusCode::SEE_OTHER, "other sessions end");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_guesses_passwords_keeps_nobody_else_out() {
    let world = World::sqlite().await;
    let (cookie, own) = (cookie_of(&world, "contact of B"), address(&world, "contact of B"));
    let password = "quatre chevaux lents";
    post(&world, "/compte/mot-de-passe", &cookie, &[("motdepasse", password)]).await;
    let form = |given: &str| format!("courriel={own}&motdepasse={}", given.replace(' ', "+"));
    // The victim's network is one of those that guesses come from.
    let home = "203.0.113.5";
    let entered = post_from(&world, home, "/connexion", "", form(password)).await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER);
    let kept = entered.headers.get_all("set-cookie").iter().map(|set| set.to_str().expect("text"));
    let kept = kept.filter(|set| set.starts_with("__Host-entente-navigateur=")).collect::<Vec<_>>();
    let known = kept.first().expect("the browser is known again");
    assert!(known.contains("HttpOnly") && known.contains("Secure"), "{known}");
    let known = known.split(';').next().expect("a cookie").to_owned();
    let (mut checked, mut refused) = (0, 0);
    for guess in 0..10_000 {
        let peer = match guess % 40 {
            0 => "203.0.113.77".to_owned(),
            network => format!("198.51.{network}.9"),
        };
        match post_from(&world, &peer, "/connexion", "", form(&format!("guess number {guess}"))).await.status
        {
            StatusCode::UNPROCESSABLE_ENTITY => checked += 1,
            StatusCode::TOO_MANY_REQUESTS => refused += 1,
            status => panic!("{status}"),
        }
        if guess % 1000 == 999 {
            let own_browser = post_from(&world, home, "/connexion", &known, form(password)).await;
            assert_eq!(own_browser.status, StatusCode::SEE_OTHER, "after {guess}");
        }
    }
    assert_eq!((checked, refused), (40 * 5, 10_000 - 40 * 5));
    // Without the cookie the victim's network waits; another does not, and a mail lets in from everywhere.
    let stranger = post_from(&world, home, "/connexion", "", form(password)).await;
    assert_eq!(stranger.status, StatusCode::TOO_MANY_REQUESTS);
    let elsewhere = post_from(&world, "192.0.2.9", "/connexion", "", form(password)).await;
    assert_eq!(elsewhere.status, StatusCode::SEE_OTHER);
    let sent = post_from(&world, home, "/connexion", "", format!("courriel={own}")).await;
    assert_eq!(sent.status, StatusCode::OK);
    let (link, _) = link_and_code(&letter(&world, &own, 1).await);
    assert_eq!(post_from(&world, home, &link, "", String::new()).await.status, StatusCode::SEE_OTHER);
    // A pass of somebody else, or one that was changed, is none.
    for pass in [known.replace("navigateur=", "navigateur=x"), "__Host-entente-navigateur=".to_owned()] {
        let refused = post_from(&world, home, "/connexion", &pass, form(password)).await;
        assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    }
    let other = address(&world, "reseller");
    for _ in 0..5 {
        post_from(&world, "192.0.2.99", "/connexion", &known, format!("courriel={other}&motdepasse=x")).await;
    }
    let refused =
        post_from(&world, "192.0.2.99", "/connexion", &known, format!("courriel={other}&motdepasse=x")).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS, "it is known to its owner alone");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn with_the_address_go_all_ways_in() {
    let world = World::sqlite().await;
    let person = world.trier("contact of B").person.clone().expect("somebody");
    let (session, token) = (cookie_of(&world, "contact of B"), world.trier("contact of B").token.clone());
    let sent = post(&world, "/connexion", "", &[("courriel", &person.email)]).await;
    let (link, code) = link_and_code(&letter(&world, &person.email, 1).await);
    let identity = IdentityLink {
        provider: person.provider.clone(),
        issuer: "https://id.example".to_owned(),
        subject: "s-1".to_owned(),
        person: person.id,
        linked_at: world.environment.now(),
    };
    assert!(world.environment.store.link_identity(&identity).await.expect("linked"));
    assert_eq!(get(&world, "/portal", &session).await.status, StatusCode::OK);
    assert_eq!(api_status(&world, &token).await, StatusCode::OK);
    let admin = world.viewer(world.trier("admin")).await;
    let cookie = cookie_of(&world, "admin");
    let own = cookie.split_once('=').map(|(_, session)| session);
    let email = Some("elsewhere@montrosier.example".to_owned());
    let change = PersonChange { email, ..PersonChange::default() };
    change_person(&world.environment, &admin, own, &person.id.to_string(), &change, &Origin::default())
        .await
        .expect("changed");
    assert_eq!(get(&world, "/portal", &session).await.status, StatusCode::SEE_OTHER);
    assert_eq!(api_status(&world, &token).await, StatusCode::UNAUTHORIZED);
    assert_eq!(post(&world, &link, "", &[]).await.status, StatusCode::GONE);
    let browser = sent.field("navigateur");
    let by_code = post(&world, "/connexion/code", "", &[("navigateur", &browser), ("code", &code)]).await;
    assert_eq!(by_code.status, StatusCode::UNPROCESSABLE_ENTITY);
    let links = world.environment.store.identity_links_of(&person.provider, person.id).await.expect("read");
    assert_eq!(links, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_was_mailed_is_good_once_and_for_ten_minutes() {
    let world = World::sqlite().await;
    let own = address(&world, "contact of B");
    let later = |seconds: i64| {
        world.environment.clock.move_to(world.environment.now().plus_seconds(seconds));
    };
    // A code takes the link of its mail along, and whatever was mailed before.
    post(&world, "/connexion", "", &[("courriel", &own)]).await;
    let (first, _) = link_and_code(&letter(&world, &own, 1).await);
    let sent = post(&world, "/connexion", "", &[("courriel", &own)]).await;
    let (second, code) = link_and_code(&letter(&world, &own, 2).await);
    assert_ne!(first, second);
    let form = [("navigateur", sent.field("navigateur")), ("code", code)];
    let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(post(&world, "/connexion/code", "", &form).await.status, StatusCode::SEE_OTHER);
    for link in [&first, &second] {
        assert_eq!(post(&world, link, "", &[]).await.status, StatusCode::GONE);
    }
    // And a link its code.
    let sent = post(&world, "/connexion", "", &[("courriel", &own)]).await;
    let (link, code) = link_and_code(&letter(&world, &own, 3).await);
    assert_eq!(post(&world, &link, "", &[]).await.status, StatusCode::SEE_OTHER);
    let browser = sent.field("navigateur");
    let form = [("navigateur", browser.as_str()), ("code", &code)];
    assert_eq!(post(&world, "/connexion/code", "", &form).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    // Both are over after ten minutes.
    later(3601);
    let sent = post(&world, "/connexion", "", &[("courriel", &own)]).await;
    let (link, code) = link_and_code(&letter(&world, &own, 4).await);
    later(600);
    let browser = sent.field("navigateur");
    let form = [("navigateur", browser.as_str()), ("code", &code)];
    assert_eq!(post(&world, "/connexion/code", "", &form).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(post(&world, &link, "", &[]).await.status, StatusCode::GONE);
    later(3601);
    post(&world, "/connexion", "", &[("courriel", &own)]).await;
    let (link, _) = link_and_code(&letter(&world, &own, 5).await);
    later(599);
    assert_eq!(post(&world, &link, "", &[]).await.status, StatusCode::SEE_OTHER);
    // One made on the machine itself works once too.
    let person = world.trier("contact of B").person.clone().expect("somebody");
    let made = issue_token(&world.environment, &person, Purpose::Link, &[], None).await.expect("a link");
    assert!(enter(&world.environment, &made.token, &Origin::default()).await.is_ok());
    assert!(enter(&world.environment, &made.token, &Origin::default()).await.is_err());
    // An invitation is good for a week.
    let admin = cookie_of(&world, "admin");
    let spare =
        world.spares.iter().find(|person| person.provider.as_str() == "orvane").expect("somebody").clone();
    let invite = async |number: usize| {
        let fresh = come_by_link(&world, "admin").await;
        let path = format!("/admin/personnes/{}/inviter", spare.id);
        let invited = post(&world, &path, &fresh, &[]).await;
        assert_eq!(invited.status, StatusCode::OK, "{}", invited.body);
        let text = letter(&world, &spare.email, number).await;
        let link = text.split("https://desk.example").nth(1).expect("a link");
        link.split_whitespace().next().expect("a path").to_owned()
    };
    drop(admin);
    let link = invite(1).await;
    later(7 * 86_400);
    assert_eq!(post(&world, &link, "", &[]).await.status, StatusCode::GONE);
    let link = invite(2).await;
    later(7 * 86_400 - 1);
    assert_eq!(post(&world, &link, "", &[]).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn tickets_and_tokens_end() {
    let world = World::strict().await;
    let agent = world.trier("agent").person.clone().expect("somebody");
    let ticket = async || {
        let link = issue_token(&world.environment, &agent, Purpose::Link, &[], None).await.expect("a link");
        let page = post(&world, &format!("/entrer/{}", link.token), "", &[]).await;
        (page.field("billet"), page.between("<pre><code>", "</code>").to_owned())
    };
    let later = |seconds: i64| {
        world.environment.clock.move_to(world.environment.now().plus_seconds(seconds));
    };
    let prove = async |ticket: &str, key: &str| {
        let code = code(&world, key, 0);
        post(&world, "/connexion/preuve", "", &[("billet", ticket), ("code", &code)]).await
    };
    let (first, key) = ticket().await;
    later(600);
    assert_eq!(prove(&first, &key).await.status, StatusCode::GONE);
    let (second, key) = ticket().await;
    later(599);
    let entered = prove(&second, &key).await;
    assert_eq!(entered.status, StatusCode::OK);
    let cookie = entered.cookie.expect("in");
    let made = post(&world, "/compte/jeton", &cookie, &[("libelle", "export"), ("jours", "30")]).await;
    let token = made.between("<pre><code>", "</code>").to_owned();
    later(30 * 86_400 - 1);
    assert_eq!(api_status(&world, &token).await, StatusCode::OK);
    later(1);
    assert_eq!(api_status(&world, &token).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn codes_on_paper_are_long_and_old_ones_still_count() {
    let world = World::sqlite().await;
    let cookie = cookie_of(&world, "contact of B");
    post(&world, "/compte/second-facteur", &cookie, &[]).await;
    let key = get(&world, "/compte", &cookie).await.between("<pre><code>", "</code>").to_owned();
    let made = post(&world, "/compte/confirmer", &cookie, &[("code", &code(&world, &key, 0))]).await;
    let codes: Vec<String> = made.between("<pre>", "</pre>").split_whitespace().map(str::to_owned).collect();
    assert_eq!(codes.len(), 10);
    for code in &codes {
        // Five bits a letter: 120.
        assert_eq!(code.replace('-', "").len(), 24, "{code}");
    }
    // One of before, of 80 bits.
    let old = "abcd-efgh-ijkl-mnop";
    let hash: String =
        Sha256::digest(old.replace('-', "")).iter().map(|byte| format!("{byte:02x}")).collect();
    let person = world.trier("contact of B").person.clone().expect("somebody");
    let now = world.environment.now();
    let kept = Credential {
        kind: CredentialKind::Recovery,
        secret: hash,
        last_step: 0,
        created_at: now,
        confirmed_at: Some(now),
    };
    world.environment.store.put_credential(&person.provider, person.id, &kept).await.expect("kept");
    let link = issue_token(&world.environment, &person, Purpose::Link, &[], None).await.expect("a link");
    let Admitted::Second(step) =
        enter(&world.environment, &link.token, &Origin::default()).await.expect("first")
    else {
        panic!("a second factor is asked for")
    };
    let entered = post(&world, "/connexion/preuve", "", &[("billet", &step.ticket), ("code", old)]).await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_session_is_new_at_each_sign_in_and_dead_after_signing_out() {
    let world = World::sqlite().await;
    let person = world.trier("contact of B").person.clone().expect("somebody");
    let planted = format!("__Host-entente={}", "0a".repeat(32));
    let link = issue_token(&world.environment, &person, Purpose::Link, &[], None).await.expect("a link");
    let entered = post(&world, &format!("/entrer/{}", link.token), &planted, &[]).await.cookie.expect("in");
    assert_ne!(entered, planted);
    assert_eq!(get(&world, "/portal", &planted).await.status, StatusCode::SEE_OTHER, "a planted one is none");
    // Who signs in over a session has another, and the old one is dead.
    let link = issue_token(&world.environment, &person, Purpose::Link, &[], None).await.expect("a link");
    let again = post(&world, &format!("/entrer/{}", link.token), &entered, &[]).await.cookie.expect("in");
    assert_ne!(again, entered);
    assert_eq!(get(&world, "/portal", &entered).await.status, StatusCode::SEE_OTHER);
    let password = "quatre chevaux lents";
    post(&world, "/compte/mot-de-passe", &again, &[("motdepasse", password)]).await;
    let form = [("courriel", person.email.as_str()), ("motdepasse", password)];
    let third = post(&world, "/connexion", &again, &form).await.cookie.expect("in");
    assert_ne!(third, again);
    assert_eq!(get(&world, "/portal", &again).await.status, StatusCode::SEE_OTHER);
    assert_eq!(get(&world, "/portal", &third).await.status, StatusCode::OK);
    // Out: the cookie is dead, and what the browser kept goes.
    let out = post(&world, "/deconnexion", &third, &[]).await;
    assert_eq!(out.headers["clear-site-data"], "\"cache\", \"storage\"");
    assert_eq!(out.cookie.as_deref(), Some("__Host-entente="));
    assert_eq!(get(&world, "/portal", &third).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_password_is_what_was_typed() {
    let world = World::sqlite().await;
    let (cookie, own) = (cookie_of(&world, "contact of B"), address(&world, "contact of B"));
    let sentence = "  Une Phrase longue de plus de soixante-quatre caractères, avec des espaces  ";
    assert!(sentence.chars().count() > 64);
    let set = post(&world, "/compte/mot-de-passe", &cookie, &[("motdepasse", sentence)]).await;
    assert_eq!(set.status, StatusCode::OK, "{}", set.body);
    let person = world.trier("contact of B").person.clone().expect("somebody");
    let known = world.environment.store.credentials(&person.provider, person.id).await.expect("read");
    let hash = &known.iter().find(|known| known.kind == CredentialKind::Password).expect("one").secret;
    assert!(hash.starts_with("argon2id:19456:2:1"), "{hash}");
    let enters = async |password: &str| {
        let form = [("courriel", own.as_str()), ("motdepasse", password)];
        post(&world, "/connexion", "", &form).await.status == StatusCode::SEE_OTHER
    };
    assert!(enters(sentence).await);
    let cut: String = sentence.chars().take(64).collect();
    for other in [sentence.trim(), &sentence.to_lowercase(), &sentence.replace('è', "e"), &cut] {
        assert!(!enters(other).await, "{other}");
    }
}

/// Whoever has one address at two desks comes in at each by the password they have there.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_password_lets_in_where_it_was_set() {
    let world = World::sqlite().await;
    let store = &world.environment.store;
    let own = address(&world, "contact of B");
    let passwords = [("contact of B", "quatre chevaux lents"), ("contact of Q", "cinq mouettes grises")];
    for (name, password) in passwords {
        let set =
            post(&world, "/compte/mot-de-passe", &cookie_of(&world, name), &[("motdepasse", password)]).await;
        assert_eq!(set.status, StatusCode::OK, "{}", set.body);
    }
    let elsewhere = world.trier("contact of Q").person.clone().expect("somebody");
    store.put_person(&desk::Person { email: own.clone(), ..elsewhere.clone() }).await.expect("stored");
    let desk_of = async |password: &str| {
        let form = [("courriel", own.as_str()), ("motdepasse", password)];
        let entered = post(&world, "/connexion", "", &form).await.cookie?;
        let session = entered.split_once('=').map_or("", |(_, session)| session);
        let viewer = operations::viewer_of_session(&world.environment, session).await.expect("in");
        Some(viewer.provider.id.0.clone())
    };
    for (name, password) in passwords {
        let provider = world.trier(name).person.clone().expect("somebody").provider.0;
        assert_eq!(desk_of(password).await, Some(provider), "{name}");
    }
    assert_eq!(desk_of("six oiseaux sans nom").await, None);
    // Who has left keeps nobody else out.
    let now = world.environment.now();
    store.let_go(&elsewhere.provider, elsewhere.id, now).await.expect("gone");
    assert_eq!(desk_of("quatre chevaux lents").await.as_deref(), Some("orvane"));
    assert_eq!(desk_of("cinq mouettes grises").await, None);
}

/// Who has left is sent no link, and nothing of theirs is counted.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_who_left_is_sent_a_link() {
    let world = World::sqlite().await;
    let person = world.trier("contact of B").person.clone().expect("somebody");
    let (store, provider) = (&world.environment.store, &person.provider);
    let ask = async || post(&world, "/connexion", "", &[("courriel", person.email.as_str())]).await.status;
    let links = || world.letters_to(&person.email).iter().filter(|text| text.contains("/entrer/")).count();
    let before = links();
    store.let_go(provider, person.id, world.environment.now()).await.expect("gone");
    for _ in 0..3 {
        assert_eq!(ask().await, StatusCode::OK);
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(links(), before);
    store.take_back(provider, person.id).await.expect("back");
    assert_eq!(ask().await, StatusCode::OK);
    letter(&world, &person.email, before + 1).await;
}

/// There is no account but those that somebody made (ASVS 5.0, 6.3.2).
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_fresh_installation_knows_nobody_postgres() {
    let url = harness::Postgres::shared().fresh_database();
    let config = store::PostgresConfig { url: url.clone(), pool_size: 2 };
    let store = store::Database::open_postgres(&config).await.expect("a store");
    for table in ["person", "credential", "passkey", "sign_in", "session", "identity_link"] {
        let count = harness::Postgres::query(&url, &format!("SELECT count(*) FROM {table}"));
        assert_eq!(count.trim(), "0", "{table}");
    }
    assert!(!store.has_administrator().await.expect("read"));
}
