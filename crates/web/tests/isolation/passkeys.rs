//! Passkeys: an authenticator of our own that answers as it is told, truly and otherwise.

use crate::keys::{Page, address, get, letter, link_and_code, post};
use crate::world::World;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::time::Duration;
use store::{Credential, CredentialKind};

fn text(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

struct Authenticator {
    id: Vec<u8>,
    key: EcdsaKeyPair,
    user: String,
}

/// How an answer is given.
#[derive(Clone)]
struct Manner {
    kind: &'static str,
    origin: &'static str,
    host: &'static str,
    flags: u8,
    counter: u32,
    crosses: bool,
}

fn truly(kind: &'static str, counter: u32) -> Manner {
    Manner {
        kind,
        origin: "https://desk.example",
        host: "desk.example",
        flags: 0x05,
        counter,
        crosses: false,
    }
}

fn client(manner: &Manner, challenge: &str) -> Vec<u8> {
    json!({"type": manner.kind, "challenge": challenge, "origin": manner.origin, "crossOrigin": manner.crosses})
        .to_string()
        .into_bytes()
}

fn data(manner: &Manner, flags: u8) -> Vec<u8> {
    let mut data = Sha256::digest(manner.host.as_bytes()).to_vec();
    data.push(manner.flags | flags);
    data.extend(manner.counter.to_be_bytes());
    data
}

/// Bytes in CBOR, of a length below 65,536.
fn cbor_bytes(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).expect("short").to_be_bytes();
    [&[0x59], &length[..], bytes].concat()
}

impl Authenticator {
    fn new(id: u8) -> Self {
        let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &SystemRandom::new());
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, made.expect("a key").as_ref());
        Self { id: vec![id; 24], key: key.expect("a key"), user: String::new() }
    }

    /// The client data and the attestation of a key that is made.
    fn make(&self, challenge: &str, manner: &Manner) -> (String, String) {
        let point = self.key.public_key().as_ref();
        let cose = [
            &[0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20][..],
            &point[1..33],
            &[0x22, 0x58, 0x20],
            &point[33..],
        ]
        .concat();
        let mut data = data(manner, 0x40);
        data.extend([0; 16]);
        data.extend(u16::try_from(self.id.len()).expect("short").to_be_bytes());
        data.extend(&self.id);
        data.extend(cose);
        let object = [
            &[0xa3, 0x63][..],
            b"fmt",
            &[0x64],
            b"none",
            &[0x67],
            b"attStmt",
            &[0xa0, 0x68],
            b"authData",
            &cbor_bytes(&data),
        ]
        .concat();
        (text(client(manner, challenge)), text(object))
    }

    fn answer(&self, challenge: &str, manner: &Manner) -> Vec<(&'static str, String)> {
        let (client, data) = (client(manner, challenge), data(manner, 0));
        let signed = [&data[..], &Sha256::digest(&client)].concat();
        let signature = self.key.sign(&SystemRandom::new(), &signed).expect("signed");
        vec![
            ("id", text(&self.id)),
            ("client", text(client)),
            ("data", text(data)),
            ("signature", text(signature.as_ref())),
            ("user", self.user.clone()),
        ]
    }
}

async fn begin(world: &World, path: &str, cookie: &str) -> Value {
    let page = post(world, path, cookie, &[]).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    serde_json::from_str(&page.body).expect("JSON")
}

fn challenge(asked: &Value) -> String {
    asked["challenge"].as_str().expect("a challenge").to_owned()
}

async fn keep(world: &World, cookie: &str, made: (String, String), label: &str) -> Page {
    let form = [("libelle", label), ("client", &made.0), ("attestation", &made.1)];
    post(world, "/compte/cle", cookie, &form).await
}

/// Makes a key for whoever has the cookie.
async fn register(world: &World, cookie: &str, id: u8) -> (Authenticator, Page) {
    let mut authenticator = Authenticator::new(id);
    let asked = begin(world, "/compte/cle-debut", cookie).await;
    assert_eq!(asked["rpId"], json!("desk.example"));
    authenticator.user = asked["userId"].as_str().expect("a name").to_owned();
    let made = authenticator.make(&challenge(&asked), &truly("webauthn.create", 0));
    let page = keep(world, cookie, made, "Téléphone").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    (authenticator, page)
}

async fn send(world: &World, answer: &[(&'static str, String)], more: &[(&str, &str)]) -> Page {
    let mut form: Vec<(&str, &str)> = answer.iter().map(|(name, value)| (*name, value.as_str())).collect();
    form.extend(more);
    post(world, "/connexion/cle/preuve", "", &form).await
}

async fn enter(world: &World, authenticator: &Authenticator, manner: &Manner) -> Page {
    let asked = begin(world, "/connexion/cle", "").await;
    send(world, &authenticator.answer(&challenge(&asked), manner), &[]).await
}

fn cookie(world: &World, name: &str) -> String {
    world.trier(name).cookie.lock().expect("sound").clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_passkey_is_enough_to_come_in_and_comes_in_nowhere_else() {
    let world = World::strict().await;
    let agent = cookie(&world, "agent");
    let (own, page) = register(&world, &agent, 1).await;
    assert!(
        page.body.contains("Vos codes de secours") || page.body.contains("recovery codes"),
        "for when it is lost"
    );
    let entered = enter(&world, &own, &truly("webauthn.get", 1)).await;
    assert_eq!(entered.location.as_deref(), Some("/agent"), "no second proof is asked for");
    // It counts, it may count nothing never, and never backwards.
    assert_eq!(enter(&world, &own, &truly("webauthn.get", 7)).await.status, StatusCode::SEE_OTHER);
    let get_truly = truly("webauthn.get", 8);
    let lies: Vec<(&str, Manner)> = vec![
        ("counts back", Manner { counter: 7, ..get_truly.clone() }),
        ("counts nothing any more", Manner { counter: 0, ..get_truly.clone() }),
        ("another site", Manner { origin: "https://desk.example.evil.example", ..get_truly.clone() }),
        ("without TLS", Manner { origin: "http://desk.example", ..get_truly.clone() }),
        ("another port", Manner { origin: "https://desk.example:8443", ..get_truly.clone() }),
        ("inside another site", Manner { crosses: true, ..get_truly.clone() }),
        ("a key of another host", Manner { host: "evil.example", ..get_truly.clone() }),
        ("a key of the host above", Manner { host: "example", ..get_truly.clone() }),
        ("holder not verified", Manner { flags: 0x01, ..get_truly.clone() }),
        ("nobody present", Manner { flags: 0x04, ..get_truly.clone() }),
        ("an answer to a making", Manner { kind: "webauthn.create", ..get_truly.clone() }),
    ];
    for (what, manner) in lies {
        let refused = enter(&world, &own, &manner).await;
        assert_eq!((refused.status, refused.cookie), (StatusCode::FORBIDDEN, None), "{what}");
        world.environment.clock.move_to(world.environment.now().plus_seconds(10));
    }
    // An answer that was given before, one to a challenge that nobody gave, one that comes late.
    let asked = begin(&world, "/connexion/cle", "").await;
    let answer = own.answer(&challenge(&asked), &truly("webauthn.get", 9));
    assert_eq!(send(&world, &answer, &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(send(&world, &answer, &[]).await.status, StatusCode::FORBIDDEN);
    let invented = own.answer(&text([7; 32]), &truly("webauthn.get", 10));
    assert_eq!(send(&world, &invented, &[]).await.status, StatusCode::FORBIDDEN);
    let asked = begin(&world, "/connexion/cle", "").await;
    world.environment.clock.move_to(world.environment.now().plus_seconds(301));
    let late = own.answer(&challenge(&asked), &truly("webauthn.get", 10));
    assert_eq!(send(&world, &late, &[]).await.status, StatusCode::FORBIDDEN);
    // Another's key under this name, and this key for another person or of another provider.
    let stranger = Authenticator { user: own.user.clone(), ..Authenticator::new(1) };
    assert_eq!(enter(&world, &stranger, &truly("webauthn.get", 20)).await.status, StatusCode::FORBIDDEN);
    let unknown = Authenticator::new(99);
    assert_eq!(enter(&world, &unknown, &truly("webauthn.get", 20)).await.status, StatusCode::FORBIDDEN);
    let other = world.trier("agent of Q").person.as_ref().expect("somebody").id;
    let mut disguised =
        own.answer(&challenge(&begin(&world, "/connexion/cle", "").await), &truly("webauthn.get", 20));
    disguised.retain(|(name, _)| *name != "user");
    disguised.push(("user", text(other.bytes())));
    assert_eq!(send(&world, &disguised, &[]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(enter(&world, &own, &truly("webauthn.get", 21)).await.status, StatusCode::SEE_OTHER);
    // The journal tells of the copy.
    let admin = cookie(&world, "admin");
    let mut journal = String::new();
    for _ in 0..100 {
        tokio::time::sleep(Duration::from_millis(50)).await;
        journal = get(&world, "/admin/journal", &admin).await.body;
        if journal.contains("the key has counted back") {
            break;
        }
    }
    assert!(journal.contains("passkey: the key has counted back"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn passkeys_are_made_by_their_owner_alone_and_removed() {
    let world = World::strict().await;
    let (agent, lead) = (cookie(&world, "agent"), cookie(&world, "lead"));
    // Made in one session, for its person, once, and for this site.
    let asked = begin(&world, "/compte/cle-debut", &agent).await;
    let authenticator = Authenticator::new(3);
    let made = authenticator.make(&challenge(&asked), &truly("webauthn.create", 0));
    assert_eq!(keep(&world, &lead, made.clone(), "x").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(keep(&world, &agent, made.clone(), "x").await.status, StatusCode::OK);
    assert_eq!(keep(&world, &agent, made, "x").await.status, StatusCode::UNPROCESSABLE_ENTITY, "once");
    for manner in [
        Manner { origin: "https://evil.example", ..truly("webauthn.create", 0) },
        Manner { host: "evil.example", ..truly("webauthn.create", 0) },
        Manner { flags: 0x01, ..truly("webauthn.create", 0) },
        truly("webauthn.get", 0),
    ] {
        let asked = begin(&world, "/compte/cle-debut", &agent).await;
        let made = Authenticator::new(4).make(&challenge(&asked), &manner);
        assert_eq!(keep(&world, &agent, made, "x").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    // A name that is another's already, of whatever provider, is not taken over.
    let elsewhere = cookie(&world, "agent of Q");
    let asked = begin(&world, "/compte/cle-debut", &elsewhere).await;
    let made = Authenticator::new(3).make(&challenge(&asked), &truly("webauthn.create", 0));
    assert_eq!(keep(&world, &elsewhere, made, "x").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    // Removed by its owner alone; then it lets nobody in.
    let name = text([3; 24]);
    let remove = async |cookie: &str| post(&world, "/compte/cle-fin", cookie, &[("nom", &name)]).await.status;
    assert_eq!(remove(&lead).await, StatusCode::NOT_FOUND);
    assert_eq!(remove(&agent).await, StatusCode::OK);
    assert_eq!(enter(&world, &authenticator, &truly("webauthn.get", 1)).await.status, StatusCode::FORBIDDEN);
    // What matters asks for a sign-in that was just made.
    world.environment.clock.move_to(world.environment.now().plus_seconds(1000));
    assert_eq!(post(&world, "/compte/cle-debut", &agent, &[]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_passkey_is_the_second_proof_of_its_owner() {
    let world = World::strict().await;
    let (agent, lead) = (cookie(&world, "agent"), cookie(&world, "lead"));
    let (own, page) = register(&world, &agent, 5).await;
    let (other, _) = register(&world, &lead, 6).await;
    let paper = page.between("<pre>", "</pre>").lines().next().expect("a code").to_owned();
    let address = address(&world, "agent");
    let second = async |number: usize| {
        post(&world, "/connexion", "", &[("courriel", &address)]).await;
        let (link, _) = link_and_code(&letter(&world, &address, number).await);
        post(&world, &link, "", &[]).await
    };
    let step = second(1).await;
    assert!(step.body.contains("data-passkey=\"get\"") && !step.body.contains("otpauth:"), "{}", step.body);
    let ticket = step.field("billet");
    let answer = async |authenticator: &Authenticator, counter| {
        let asked = begin(&world, "/connexion/cle", "").await;
        let answer = authenticator.answer(&challenge(&asked), &truly("webauthn.get", counter));
        send(&world, &answer, &[("billet", &ticket)]).await
    };
    assert_eq!(answer(&other, 1).await.status, StatusCode::FORBIDDEN, "another person's");
    assert_eq!(answer(&own, 1).await.location.as_deref(), Some("/agent"));
    assert_eq!(answer(&own, 2).await.status, StatusCode::FORBIDDEN, "the ticket is used up");
    // Without script, a code on paper does as well, once.
    let step = second(2).await;
    let ticket = step.field("billet");
    let by_paper = post(&world, "/connexion/preuve", "", &[("billet", &ticket), ("code", &paper)]).await;
    assert_eq!(by_paper.status, StatusCode::SEE_OTHER);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_passkey_begins_a_new_session_tells_nobody_of_keys_and_its_owner_of_changes() {
    let world = World::sqlite().await;
    let (contact, address) = (cookie(&world, "contact of B"), address(&world, "contact of B"));
    let (own, _) = register(&world, &contact, 11).await;
    crate::watch::told(&world, &address, "passkey was just added").await;
    // Whoever begins is told of no key: that would say who has one.
    let asked = begin(&world, "/connexion/cle", "").await;
    let names: Vec<&String> = asked.as_object().expect("an object").keys().collect();
    assert_eq!(names, ["challenge", "rpId"]);
    // A session of its own, whatever the browser brought.
    let answer = own.answer(&challenge(&asked), &truly("webauthn.get", 1));
    let form: Vec<(&str, &str)> = answer.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let entered = post(&world, "/connexion/cle/preuve", &contact, &form).await.cookie.expect("in");
    assert_ne!(entered, contact);
    assert_eq!(get(&world, "/portal", &contact).await.status, StatusCode::SEE_OTHER, "the old one is dead");
    let name = text([11; 24]);
    assert_eq!(post(&world, "/compte/cle-fin", &entered, &[("nom", &name)]).await.status, StatusCode::OK);
    crate::watch::told(&world, &address, "passkeys was just removed").await;
}

/// Whoever has passkeys and no application sees how many codes on paper are left, and makes others.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_has_passkeys_makes_codes_on_paper_again() {
    let world = World::sqlite().await;
    let contact = cookie(&world, "contact of B");
    let codes_of = |page: &Page| -> Vec<String> {
        page.between("<pre>", "</pre>").split_whitespace().map(str::to_owned).collect()
    };
    let (own, page) = register(&world, &contact, 21).await;
    assert_eq!(codes_of(&page).len(), 10);
    let shows = |page: &Page| page.body.contains("action=\"/compte/codes\"");
    // In a session that is older than the passkey a code on paper is asked for.
    let account = get(&world, "/compte", &contact).await;
    assert!(shows(&account) && account.body.contains("id=\"code-codes\""), "{}", account.body);
    let refused = post(&world, "/compte/codes", &contact, &[]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let paper = codes_of(&page).swap_remove(0);
    let renewed = post(&world, "/compte/codes", &contact, &[("code", &paper)]).await;
    assert_eq!((renewed.status, codes_of(&renewed).len()), (StatusCode::OK, 10));
    // All are used up: another passkey brings new ones, and so does the sign-in by one.
    let person = world.trier("contact of B").person.clone().expect("somebody");
    let store = &world.environment.store;
    let use_up = async || {
        let known = store.credentials(&person.provider, person.id).await.expect("read");
        let paper = known.into_iter().find(|known| known.kind == CredentialKind::Recovery).expect("codes");
        let empty = Credential { secret: String::new(), ..paper };
        store.put_credential(&person.provider, person.id, &empty).await.expect("kept");
    };
    use_up().await;
    let account = get(&world, "/compte", &contact).await;
    assert!(!shows(&account), "no code could be given: {}", account.body);
    let (_, page) = register(&world, &contact, 22).await;
    assert_eq!(codes_of(&page).len(), 10);
    use_up().await;
    let entered = enter(&world, &own, &truly("webauthn.get", 1)).await.cookie.expect("in");
    let account = get(&world, "/compte", &entered).await;
    assert!(shows(&account) && !account.body.contains("id=\"code-codes\""), "{}", account.body);
    let made = post(&world, "/compte/codes", &entered, &[]).await;
    assert_eq!((made.status, codes_of(&made).len()), (StatusCode::OK, 10));
    // Not for ever: what matters asks for a proof of just now.
    world.environment.clock.move_to(world.environment.now().plus_seconds(1000));
    let late = post(&world, "/compte/codes", &entered, &[]).await;
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
}
