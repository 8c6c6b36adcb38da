//! Identity providers vouch for whom they may, and nothing else comes in that way. The one here is
//! our own, and lies in every way that a token can.

use crate::keys::{Page, address, get, post};
use crate::world::World;
use axum::http::StatusCode;
use harness::{IdentityProvider, Mutation, SentBack, Signer};
use operations::OpenIdProvider;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use std::time::Duration;

type Claims = Map<String, Value>;

fn house(issuer: &IdentityProvider) -> OpenIdProvider {
    OpenIdProvider {
        key: "maison".to_owned(),
        provider: desk::ProviderId("orvane".to_owned()),
        account: None,
        issuer: issuer.issuer().to_owned(),
        client: "desk & co".to_owned(),
        secret: Some(IdentityProvider::SECRET.to_owned()),
        label: "Maison".to_owned(),
        is_shown: true,
        makes_contacts: false,
        domains: vec!["orvane.example".to_owned()],
        second_factor_classes: vec!["phr".to_owned()],
    }
}

fn seconds(world: &World) -> i64 {
    world.environment.now().milliseconds() / 1000
}

/// Leaves by a door; gives the cookie of the browser and the address that it is sent to.
async fn leave(world: &World, key: &str) -> (String, String) {
    leave_with(world, key, "", &[("retour", "/portal/contrat")]).await
}

async fn leave_with(world: &World, key: &str, cookie: &str, form: &[(&str, &str)]) -> (String, String) {
    let left = post(world, &format!("/connexion/openid/{key}"), cookie, form).await;
    assert_eq!(left.status, StatusCode::OK, "{}", left.body);
    let onward = left.headers["refresh"].to_str().expect("text");
    (left.cookie.expect("a cookie"), onward.strip_prefix("0;url=").expect("an address").to_owned())
}

fn path_of(back: &SentBack) -> String {
    back.address.replacen("https://desk.example", "", 1)
}

async fn round(world: &World, issuer: &IdentityProvider, key: &str) -> Page {
    let (cookie, there) = leave(world, key).await;
    get(world, &path_of(&issuer.sign_in(&there)), &cookie).await
}

fn verified(email: &str, subject: &str) -> Value {
    json!({"sub": subject, "email": email, "email_verified": true})
}

async fn world(
    openid: impl FnOnce(&IdentityProvider) -> Vec<OpenIdProvider>,
) -> (World, Arc<IdentityProvider>) {
    let issuer = Arc::new(IdentityProvider::start());
    let world = World::with_openid(openid(&issuer)).await;
    (world, issuer)
}

async fn journal_tells(world: &World, what: &str) {
    let admin = world.trier("admin").cookie.lock().expect("sound").clone();
    let mut journal = String::new();
    for _ in 0..100 {
        tokio::time::sleep(Duration::from_millis(50)).await;
        journal = get(world, "/admin/journal", &admin).await.body;
        if journal.contains(what) {
            return;
        }
    }
    panic!("the journal does not tell {what}: {journal}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_identity_provider_vouches_for_known_people() {
    let (world, issuer) = world(|issuer| vec![house(issuer)]).await;
    assert!(get(&world, "/", "").await.body.contains("action=\"/connexion/openid/maison\""));
    let contact = address(&world, "contact of B");
    // In capitals too; and every kind of signature that is taken.
    issuer.is_about(&verified(&contact.to_uppercase(), "s-1"), seconds(&world));
    let entered = round(&world, &issuer, "maison").await;
    assert_eq!(
        (entered.status, entered.location.as_deref()),
        (StatusCode::SEE_OTHER, Some("/portal/contrat"))
    );
    issuer.lies(Signer::Es256, Box::new(|_, _| {}));
    assert_eq!(round(&world, &issuer, "maison").await.status, StatusCode::SEE_OTHER);
    // From now on the subject counts: not the address that comes with it, nor whether it is verified.
    issuer.is_about(&json!({"sub": "s-1", "email": "other@elsewhere.example"}), seconds(&world));
    assert_eq!(round(&world, &issuer, "maison").await.location.as_deref(), Some("/portal/contrat"));
    // Another subject with the same address is somebody else.
    issuer.is_about(&verified(&contact, "s-2"), seconds(&world));
    assert_eq!(round(&world, &issuer, "maison").await.status, StatusCode::FORBIDDEN);
    journal_tells(&world, "linked to another subject").await;
    // Somebody whom nobody knows, and somebody who has left.
    issuer.is_about(&verified("nobody@unknown.example", "s-3"), seconds(&world));
    assert_eq!(round(&world, &issuer, "maison").await.status, StatusCode::FORBIDDEN);
    let gone = world.trier("reader of A").person.clone().expect("somebody");
    world.environment.store.let_go(&gone.provider, gone.id, world.environment.now()).await.expect("gone");
    issuer.is_about(&verified(&gone.email, "s-4"), seconds(&world));
    assert_eq!(round(&world, &issuer, "maison").await.status, StatusCode::FORBIDDEN);
    // New keys are found; names of keys that nobody has make nobody ask for them again and again.
    issuer.rotate();
    issuer.lies(Signer::Rs256, Box::new(|_, _| {}));
    issuer.is_about(&json!({"sub": "s-1"}), seconds(&world));
    world.environment.clock.move_to(world.environment.now().plus_seconds(61));
    assert_eq!(round(&world, &issuer, "maison").await.status, StatusCode::SEE_OTHER);
    let reads = issuer.key_reads();
    for name in ["made-up", "../../keys", "' OR 1=1"] {
        issuer.lies(Signer::Rs256, Box::new(move |head, _| drop(head.insert("kid".into(), name.into()))));
        assert_eq!(round(&world, &issuer, "maison").await.status, StatusCode::FORBIDDEN, "{name}");
    }
    assert!(issuer.key_reads() <= reads + 1, "{} after {reads}", issuer.key_reads());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn agents_show_a_second_factor_there_or_here() {
    let issuer = IdentityProvider::start();
    let world = World::strict_with_openid(vec![house(&issuer)]).await;
    let agent = address(&world, "agent");
    issuer.is_about(&verified(&agent, "a-1"), seconds(&world));
    let asked = round(&world, &issuer, "maison").await;
    assert_eq!(asked.status, StatusCode::OK);
    assert!(asked.body.contains("/connexion/preuve"), "a second factor is asked for");
    for proof in [json!({"amr": ["pwd", "mfa"]}), json!({"amr": ["pwd", "otp"]}), json!({"acr": "phr"})] {
        let mut claims = verified(&agent, "a-1");
        claims.as_object_mut().expect("claims").extend(proof.as_object().expect("a proof").clone());
        issuer.is_about(&claims, seconds(&world));
        assert_eq!(round(&world, &issuer, "maison").await.status, StatusCode::SEE_OTHER, "{claims}");
    }
    for proof in [json!({"amr": ["pwd"]}), json!({"acr": "1"}), json!({"amr": ["otp"]})] {
        let mut claims = verified(&agent, "a-1");
        claims.as_object_mut().expect("claims").extend(proof.as_object().expect("a proof").clone());
        issuer.is_about(&claims, seconds(&world));
        assert_eq!(round(&world, &issuer, "maison").await.status, StatusCode::OK, "{claims}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_that_vouches_for_an_account_vouches_for_its_contacts_alone() {
    let (world, issuer) = world(|issuer| {
        vec![OpenIdProvider {
            key: "bouleaux".to_owned(),
            account: Some("bouleaux".to_owned()),
            is_shown: false,
            makes_contacts: true,
            domains: vec!["bouleaux.example".to_owned(), "orvane.example".to_owned()],
            ..house(issuer)
        }]
    })
    .await;
    assert!(!get(&world, "/", "").await.body.contains("/connexion/openid/"));
    for (name, expected) in [
        ("requester of A", StatusCode::SEE_OTHER),
        ("contact of B", StatusCode::FORBIDDEN),
        ("reseller", StatusCode::FORBIDDEN),
        ("agent", StatusCode::FORBIDDEN),
        ("admin", StatusCode::FORBIDDEN),
        ("contact of Q", StatusCode::FORBIDDEN),
    ] {
        issuer.is_about(&verified(&address(&world, name), name), seconds(&world));
        assert_eq!(round(&world, &issuer, "bouleaux").await.status, expected, "{name}");
    }
    // Somebody new of the account becomes a contact of it; of another domain they do not.
    issuer.is_about(&verified("ada@bouleaux.example", "new"), seconds(&world));
    assert_eq!(round(&world, &issuer, "bouleaux").await.status, StatusCode::SEE_OTHER);
    let provider = desk::ProviderId("orvane".to_owned());
    let ada = world.environment.store.person_by_email(&provider, "ada@bouleaux.example").await.expect("read");
    let ada = ada.expect("a contact");
    assert_eq!(ada.account, world.trier("requester of A").person.as_ref().expect("somebody").account);
    // So does somebody who was asked in and has not come.
    let manager = world.trier("manager of A").cookie.lock().expect("sound").clone();
    let form =
        [("client", "bouleaux"), ("nom", "Zo"), ("courriel", "zoe@bouleaux.example"), ("role", "reader")];
    assert_eq!(post(&world, "/portal/personnes", &manager, &form).await.status, StatusCode::OK);
    let mut zoe = verified("zoe@bouleaux.example", "asked in");
    zoe["name"] = json!("Zoé Roy");
    issuer.is_about(&zoe, seconds(&world));
    assert_eq!(round(&world, &issuer, "bouleaux").await.status, StatusCode::SEE_OTHER);
    let zoe = world.environment.store.person_by_email(&provider, "zoe@bouleaux.example").await.expect("read");
    let zoe = zoe.expect("a contact");
    assert_eq!((zoe.account, zoe.name.as_str()), (ada.account, "Zoé Roy"));
    for email in ["ada@elsewhere.example", "ada@sub.bouleaux.example", "bouleaux.example"] {
        issuer.is_about(&verified(email, email), seconds(&world));
        assert_eq!(round(&world, &issuer, "bouleaux").await.status, StatusCode::FORBIDDEN, "{email}");
    }
}

/// Every lie is refused with the same page, and each is told in the journal.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn tokens_that_lie_let_nobody_in() {
    let (world, issuer) = world(|issuer| vec![house(issuer)]).await;
    let contact = address(&world, "contact of B");
    let about = verified(&contact, "s-1");
    issuer.is_about(&about, seconds(&world));
    assert_eq!(round(&world, &issuer, "maison").await.status, StatusCode::SEE_OTHER);
    fn put(claim: &'static str, value: Value) -> Mutation {
        Box::new(move |_, claims| drop(claims.insert(claim.to_owned(), value.clone())))
    }
    fn shifted(claim: &'static str, seconds: i64) -> Mutation {
        Box::new(move |_, claims: &mut Claims| {
            let made = claims["iat"].as_i64().expect("seconds");
            claims.insert(claim.to_owned(), (made + seconds).into());
        })
    }
    fn head(field: &'static str, value: Value) -> Mutation {
        Box::new(move |head, _| drop(head.insert(field.to_owned(), value.clone())))
    }
    fn without(claim: &'static str) -> Mutation {
        Box::new(move |_, claims: &mut Claims| drop(claims.remove(claim)))
    }
    let truth = || -> Mutation { Box::new(|_, _| {}) };
    let lies: Vec<(&str, Signer, Mutation)> = vec![
        ("not signed", Signer::Nobody, truth()),
        ("not signed, in capitals", Signer::Nobody, head("alg", json!("NONE"))),
        ("signed by the public key", Signer::HmacOfPublicKey, truth()),
        ("says RS256, signed by the public key", Signer::HmacOfPublicKey, head("alg", json!("RS256"))),
        ("signed by a stranger", Signer::Stranger, truth()),
        ("RS384", Signer::Rs256, head("alg", json!("RS384"))),
        ("the key of another kind", Signer::Rs256, head("kid", json!("ec"))),
        ("a key that is a path", Signer::Rs256, head("kid", json!("../../../dev/null"))),
        ("a key that is a number", Signer::Rs256, head("kid", json!(1))),
        ("asks for more", Signer::Rs256, head("crit", json!(["exp"]))),
        ("another type", Signer::Rs256, head("typ", json!("at+jwt"))),
        ("another issuer", Signer::Rs256, put("iss", json!("https://elsewhere.example"))),
        ("the issuer with a slash", Signer::Rs256, put("iss", json!(format!("{}/", issuer.issuer())))),
        ("no issuer", Signer::Rs256, without("iss")),
        ("for another", Signer::Rs256, put("aud", json!("other"))),
        ("for several, without saying for whom", Signer::Rs256, put("aud", json!(["desk & co", "other"]))),
        ("for several others", Signer::Rs256, put("aud", json!(["one", "other"]))),
        ("for nobody", Signer::Rs256, put("aud", json!([]))),
        ("for a number", Signer::Rs256, put("aud", json!(7))),
        ("made for another", Signer::Rs256, put("azp", json!("other"))),
        ("over", Signer::Rs256, shifted("exp", -61)),
        ("without end", Signer::Rs256, without("exp")),
        ("an end that is text", Signer::Rs256, put("exp", json!("9999999999"))),
        ("not yet", Signer::Rs256, shifted("nbf", 120)),
        ("made tomorrow", Signer::Rs256, shifted("iat", 86_400)),
        ("made yesterday", Signer::Rs256, shifted("iat", -86_400)),
        ("made never", Signer::Rs256, without("iat")),
        ("another's nonce", Signer::Rs256, put("nonce", json!("0".repeat(64)))),
        ("without nonce", Signer::Rs256, without("nonce")),
        ("nobody", Signer::Rs256, put("sub", json!(""))),
        ("a number for somebody", Signer::Rs256, put("sub", json!(1))),
        ("without anybody", Signer::Rs256, without("sub")),
    ];
    let mut pages = std::collections::BTreeSet::new();
    for (what, signer, mutation) in lies {
        issuer.lies(signer, mutation);
        // So that asking often is not what is refused.
        world.environment.clock.move_to(world.environment.now().plus_seconds(20));
        issuer.is_about(&about, seconds(&world));
        let refused = round(&world, &issuer, "maison").await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{what}");
        assert!(
            refused.cookie.as_deref().is_none_or(|set| set.ends_with('=')),
            "{what}: {:?}",
            refused.cookie
        );
        // But for the instant, which is written shorter where it has no milliseconds.
        let alike =
            refused.body.split("data-now=\"").map(|part| part.split_once('"').map_or(part, |(_, rest)| rest));
        pages.insert(alike.collect::<String>());
    }
    assert_eq!(pages.len(), 1, "all are answered alike: {pages:?}");
    issuer.lies(Signer::Rs256, truth());
    assert_eq!(round(&world, &issuer, "maison").await.status, StatusCode::SEE_OTHER, "the truth still holds");
    // An address counts as verified by the word true alone.
    for (place, proof) in
        [json!(false), Value::Null, json!("true"), json!(1), json!([true])].into_iter().enumerate()
    {
        world.environment.clock.move_to(world.environment.now().plus_seconds(20));
        let mut claims = verified(&address(&world, "reseller"), &format!("r-{place}"));
        claims["email_verified"] = proof.clone();
        issuer.is_about(&claims, seconds(&world));
        issuer.lies(Signer::Rs256, Box::new(|_, _| {}));
        assert_eq!(round(&world, &issuer, "maison").await.status, StatusCode::FORBIDDEN, "{proof}");
    }
    let claims = json!({"sub": "r-9", "email": address(&world, "reseller")});
    issuer.is_about(&claims, seconds(&world));
    assert_eq!(round(&world, &issuer, "maison").await.status, StatusCode::FORBIDDEN, "not said");
    for told in
        ["openid maison: the signature is not", "openid maison: nonce is not", "openid maison: azp is not"]
    {
        journal_tells(&world, told).await;
    }
}

/// What comes back has to belong to the browser that left, once, by the same door.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn answers_of_other_browsers_and_doors_let_nobody_in() {
    let (world, issuer) = world(|issuer| {
        let other = OpenIdProvider {
            key: "autre".to_owned(),
            issuer: "http://127.0.0.1:1025".to_owned(),
            ..house(issuer)
        };
        vec![house(issuer), other]
    })
    .await;
    issuer.is_about(&verified(&address(&world, "contact of B"), "s-1"), seconds(&world));
    let refused = async |path: &str, cookie: &str, what: &str| {
        assert_eq!(get(&world, path, cookie).await.status, StatusCode::FORBIDDEN, "{what}");
    };
    // The code of one browser in another; a browser that never left; an answer that comes twice.
    let (own, there) = leave(&world, "maison").await;
    let (_, elsewhere) = leave(&world, "maison").await;
    let (mine, theirs) = (issuer.sign_in(&there), issuer.sign_in(&elsewhere));
    refused(&path_of(&theirs), &own, "another's code and state").await;
    refused(&path_of(&theirs), "", "no browser").await;
    let crossed = path_of(&mine).replace(&mine.code, &theirs.code);
    refused(&crossed, &own, "another's code with one's own state").await;
    let (other, elsewhere) = leave(&world, "maison").await;
    let theirs = issuer.sign_in(&elsewhere);
    assert_eq!(get(&world, &path_of(&theirs), &other).await.status, StatusCode::SEE_OTHER);
    refused(&path_of(&theirs), &other, "twice").await;
    // Parts that are missing or of another.
    for (without, what) in
        [("state=", "no state"), ("code=", "no code"), ("iss=", "no issuer though it names itself")]
    {
        let (cookie, there) = leave(&world, "maison").await;
        let path = path_of(&issuer.sign_in(&there));
        let cut = path.split_once(without).map(|(before, after)| {
            format!(
                "{before}x={}",
                after.split_once('&').map_or(String::new(), |(_, rest)| format!("&{rest}"))
            )
        });
        refused(&cut.expect("a part"), &cookie, what).await;
    }
    let (cookie, there) = leave(&world, "maison").await;
    let path = path_of(&issuer.sign_in(&there));
    let mixed =
        format!("{}&iss=https%3A%2F%2Felsewhere.example", path.split("&iss=").next().expect("a path"));
    refused(&mixed, &cookie, "another issuer").await;
    let (cookie, there) = leave(&world, "maison").await;
    let path = path_of(&issuer.sign_in(&there)).replace("/openid/maison/", "/openid/autre/");
    refused(&path, &cookie, "another door").await;
    // Too late.
    let (cookie, there) = leave(&world, "maison").await;
    let path = path_of(&issuer.sign_in(&there));
    world.environment.clock.move_to(world.environment.now().plus_seconds(601));
    refused(&path, &cookie, "after ten minutes").await;
    // One that does not answer, and one that is none.
    let silent = post(&world, "/connexion/openid/autre", "", &[]).await;
    assert_eq!(silent.status, StatusCode::FORBIDDEN);
    assert_eq!(get(&world, "/connexion/openid/nowhere", "").await.status, StatusCode::NOT_FOUND);
}

/// Any page may lead somebody to an address of ours: nothing begins by that, and no other page sends the form.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_sign_in_elsewhere_begins_by_a_button_of_ours() {
    let (world, issuer) = world(|issuer| vec![house(issuer)]).await;
    let offered = get(&world, "/connexion/openid/maison?retour=/portal/contrat", "").await;
    assert_eq!((offered.status, offered.cookie.as_deref()), (StatusCode::OK, None));
    assert!(!offered.headers.contains_key("refresh") && !offered.body.contains(issuer.issuer()));
    assert_eq!(offered.field("retour"), "/portal/contrat");
    let foreign = axum::http::Request::post("/connexion/openid/maison")
        .header("host", "desk.example")
        .header("sec-fetch-site", "cross-site")
        .header("content-type", "application/x-www-form-urlencoded");
    let foreign = world.send(foreign.body(axum::body::Body::empty()).expect("a request")).await;
    assert_eq!(foreign.status(), StatusCode::FORBIDDEN);
    assert!(!foreign.headers().contains_key("set-cookie"));
}

/// One that says in its own description that it is another is not asked further.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_issuer_that_says_it_is_another_is_not_believed() {
    let (world, issuer) = world(|issuer| vec![house(issuer)]).await;
    issuer.says_it_is("https://elsewhere.example");
    let refused = post(&world, "/connexion/openid/maison", "", &[]).await;
    assert_eq!((refused.status, refused.cookie.as_deref()), (StatusCode::FORBIDDEN, None));
    journal_tells(&world, "openid maison: the issuer says that it is another").await;
    issuer.says_it_is(issuer.issuer());
    // What it did wrong is remembered for some seconds.
    tokio::time::sleep(std::time::Duration::from_millis(5_200)).await;
    assert_eq!(post(&world, "/connexion/openid/maison", "", &[]).await.status, StatusCode::OK);
}

/// A subject is somebody at its own issuer alone.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_same_subject_of_another_issuer_is_nobody() {
    let other = IdentityProvider::start();
    let (world, issuer) = world(|issuer| {
        let second = OpenIdProvider { key: "autre".to_owned(), ..house(&other) };
        vec![house(issuer), second]
    })
    .await;
    issuer.is_about(&verified(&address(&world, "contact of B"), "s-1"), seconds(&world));
    assert_eq!(round(&world, &issuer, "maison").await.status, StatusCode::SEE_OTHER);
    other.is_about(&json!({"sub": "s-1"}), seconds(&world));
    assert_eq!(round(&world, &other, "autre").await.status, StatusCode::FORBIDDEN);
    // And of the same issuer with a changed address it is who it was.
    issuer.is_about(&verified(&address(&world, "agent"), "s-1"), seconds(&world));
    assert_eq!(round(&world, &issuer, "maison").await.location.as_deref(), Some("/portal/contrat"));
}

/// Whoever vouches for people of the provider says for whose addresses.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_without_domains_vouches_for_nobody_of_the_provider() {
    let (world, issuer) = world(|issuer| vec![OpenIdProvider { domains: Vec::new(), ..house(issuer) }]).await;
    for name in ["agent", "admin", "contact of B"] {
        issuer.is_about(&verified(&address(&world, name), name), seconds(&world));
        assert_eq!(round(&world, &issuer, "maison").await.status, StatusCode::FORBIDDEN, "{name}");
    }
}

/// A session that began elsewhere is as fresh as the proof that was given there.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_proof_given_elsewhere_long_ago_is_none_for_what_matters() {
    let (world, issuer) = world(|issuer| vec![house(issuer)]).await;
    let contact = address(&world, "contact of B");
    let makes_a_token = async |proved_at: Option<i64>| {
        let mut claims = verified(&contact, "s-1");
        if let Some(proved_at) = proved_at {
            claims["auth_time"] = proved_at.into();
        }
        issuer.is_about(&claims, seconds(&world));
        let cookie = round(&world, &issuer, "maison").await.cookie.expect("in");
        post(&world, "/compte/jeton", &cookie, &[("libelle", "export"), ("jours", "30")]).await.status
    };
    let now = seconds(&world);
    assert_eq!(makes_a_token(Some(now)).await, StatusCode::OK);
    for old in [None, Some(now - 3600), Some(-1)] {
        assert_eq!(makes_a_token(old).await, StatusCode::UNPROCESSABLE_ENTITY, "{old:?}");
    }
    // A proof from the future grows old like one of now.
    assert_eq!(makes_a_token(Some(now + 86_400)).await, StatusCode::OK);
    let cookie = round(&world, &issuer, "maison").await.cookie.expect("in");
    world.environment.clock.move_to(world.environment.now().plus_seconds(1000));
    let late = post(&world, "/compte/jeton", &cookie, &[("libelle", "export"), ("jours", "30")]).await;
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
    // Who is to prove it again is asked there too, whether or not they are signed in.
    let away = post(&world, "/compte/reconnexion", &cookie, &[]).await.location.expect("the gate");
    assert_eq!(get(&world, &away, "").await.field("encore"), "oui");
    let (_, there) = leave_with(&world, "maison", "", &[("encore", "oui")]).await;
    assert!(there.contains("&prompt=login&max_age=0"), "{there}");
    let (_, there) = leave(&world, "maison").await;
    assert!(!there.contains("max_age"), "{there}");
}

/// Links are seen and removed by who they belong to and by who keeps people; a lost second factor takes them along.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn links_are_seen_and_removed() {
    let (world, issuer) = world(|issuer| vec![house(issuer)]).await;
    let person = world.trier("contact of B").person.clone().expect("somebody");
    let store = &world.environment.store;
    let links = async || store.identity_links_of(&person.provider, person.id).await.expect("read").len();
    let come = async || {
        let mut claims = verified(&person.email, "s-1");
        claims["auth_time"] = seconds(&world).into();
        issuer.is_about(&claims, seconds(&world));
        round(&world, &issuer, "maison").await.cookie.expect("in")
    };
    let removed = |page: &Page| {
        page.between("identite-fin", "</form>").split('"').nth(8).unwrap_or_default().to_owned()
    };
    let cookie = come().await;
    let account = get(&world, "/compte", &cookie).await;
    assert!(account.body.contains(issuer.issuer()), "{}", account.body);
    let name = removed(&account);
    let foreign = world.trier("reseller").cookie.lock().expect("sound").clone();
    let refused = post(&world, "/compte/identite-fin", &foreign, &[("nom", &name)]).await;
    assert_eq!((refused.status, links().await), (StatusCode::NOT_FOUND, 1));
    let done = post(&world, "/compte/identite-fin", &cookie, &[("nom", &name)]).await;
    assert_eq!((done.status, links().await), (StatusCode::OK, 0), "{name}");
    // By who keeps people.
    come().await;
    let admin = world.trier("admin").cookie.lock().expect("sound").clone();
    let path = format!("/admin/personnes/{}", person.id);
    let page = get(&world, &path, &admin).await;
    assert!(page.body.contains(issuer.issuer()) && page.body.contains("/delier"), "{}", page.body);
    let done = post(&world, &format!("{path}/delier"), &admin, &[("nom", &name)]).await;
    assert_eq!((done.status, links().await), (StatusCode::OK, 0));
    journal_tells(&world, issuer.issuer()).await;
    // With the second factor.
    come().await;
    assert_eq!(links().await, 1);
    let reset = post(&world, &format!("{path}/second-facteur"), &admin, &[]).await;
    assert_eq!((reset.status, links().await), (StatusCode::OK, 0));
}

/// Coming in elsewhere begins a session of its own, whatever the browser brought.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_session_that_begins_elsewhere_is_new() {
    let (world, issuer) = world(|issuer| vec![house(issuer)]).await;
    issuer.is_about(&verified(&address(&world, "contact of B"), "s-1"), seconds(&world));
    let old = world.trier("contact of B").cookie.lock().expect("sound").clone();
    let (away, there) = leave(&world, "maison").await;
    let back = path_of(&issuer.sign_in(&there));
    let entered = get(&world, &back, &format!("{away}; {old}")).await.cookie.expect("in");
    assert_ne!(entered, old);
    assert_eq!(get(&world, "/portal", &old).await.status, StatusCode::SEE_OTHER, "the old one is dead");
    assert_eq!(get(&world, "/portal", &entered).await.status, StatusCode::OK);
}
