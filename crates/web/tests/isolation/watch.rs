//! What is watched: keys that change, sessions that nobody uses, requests that are too many.

use crate::keys::{address, get, post, send};
use crate::world::World;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode};
use operations::{
    KeyRules, MailsPerDomain, Origin, SealingKey, enter, issue_token, seal_second_factors, settle,
};
use std::net::SocketAddr;
use std::time::Duration;
use store::{CredentialKind, Purpose};

fn cookie(world: &World, name: &str) -> String {
    world.trier(name).cookie.lock().expect("sound").clone()
}

/// Waits until a letter to an address holds some words.
pub async fn told(world: &World, address: &str, words: &str) {
    for _ in 0..200 {
        settle(&world.environment).await.expect("rounds");
        if world.letters_to(address).iter().any(|text| text.contains(words)) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{address} is not told: {words}: {:?}", world.letters_to(address));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_a_key_belongs_to_is_told_that_it_changed() {
    let world = World::sqlite().await;
    let (contact, own) = (cookie(&world, "contact of B"), address(&world, "contact of B"));
    post(&world, "/compte/mot-de-passe", &contact, &[("motdepasse", "quatre chevaux lents")]).await;
    told(&world, &own, "password was just changed").await;
    post(&world, "/compte/jeton", &contact, &[("libelle", "export"), ("jours", "30")]).await;
    told(&world, &own, "token for a program was just made").await;
    // A new address is told at the old one too, and links to the old one end.
    let admin = cookie(&world, "admin");
    let id = world.trier("contact of B").person.as_ref().expect("somebody").id;
    let saved = post(
        &world,
        &format!("/admin/personnes/{id}/enregistrer"),
        &admin,
        &[("courriel", "elsewhere@montrosier.example")],
    )
    .await;
    assert_eq!(saved.status, StatusCode::OK, "{}", saved.body);
    told(&world, &own, "address of your account was just changed").await;
    told(&world, "elsewhere@montrosier.example", "address of your account was just changed").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_new_browser_is_told_of_and_a_newer_version_is_none() {
    let world = World::sqlite().await;
    let person = world.trier("contact of B").person.clone().expect("somebody");
    let come = async |browser: &str| {
        let link = issue_token(&world.environment, &person, Purpose::Link, &[], None).await.expect("a link");
        let origin = Origin { network: "192.0.2.0/24", browser };
        enter(&world.environment, &link.token, &origin).await.expect("let in");
    };
    let count = || {
        let letters = world.letters_to(&person.email);
        letters.iter().filter(|text| text.contains("browser that you had not used before")).count()
    };
    let before = count();
    come("Firefox/140.0 (Linux)").await;
    for _ in 0..200 {
        settle(&world.environment).await.expect("rounds");
        if count() == before + 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(count(), before + 1);
    come("Firefox/141.2 (Linux)").await;
    come("Firefox/140.0 (Linux)").await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    settle(&world.environment).await.expect("rounds");
    assert_eq!(count(), before + 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_session_ends_when_nobody_uses_it() {
    let world = World::sqlite().await;
    let (agent, contact) = (cookie(&world, "agent"), cookie(&world, "contact of B"));
    let later = async |minutes: i64| {
        // What was seen is written beside the request.
        tokio::time::sleep(Duration::from_millis(150)).await;
        world.environment.clock.move_to(world.environment.now().plus_seconds(minutes * 60));
    };
    let stands = async |path: &str, cookie: &str| get(&world, path, cookie).await.status == StatusCode::OK;
    // In use it goes on, up to its twelve hours.
    for _ in 0..4 {
        assert!(stands("/agent", &agent).await);
        later(110).await;
    }
    assert!(stands("/agent", &agent).await && stands("/portal", &contact).await);
    // What a page asks by itself is no use.
    later(60).await;
    let quiet = Request::get("/agent").header("cookie", &agent).header("x-entente-quiet", "1");
    assert_eq!(world.send(quiet.body(Body::empty()).expect("a request")).await.status(), StatusCode::OK);
    later(61).await;
    assert!(!stands("/agent", &agent).await, "two hours for agents");
    assert!(stands("/portal", &contact).await, "eight for contacts");
    later(400).await;
    assert!(!stands("/portal", &contact).await, "twelve hours at most");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn too_many_requests_are_told_when_to_come_back() {
    let world = World::sqlite().await;
    let agent = cookie(&world, "agent");
    let from = async |peer: &str, cookie: &str| {
        let mut request =
            Request::get("/langue").header("cookie", cookie).body(Body::empty()).expect("a request");
        let peer: SocketAddr = peer.parse().expect("an address");
        request.extensions_mut().insert(ConnectInfo(peer));
        world.send(request).await
    };
    let mut refused = None;
    for _ in 0..8000 {
        let answer = from("192.0.2.7:4000", "").await;
        if answer.status() == StatusCode::TOO_MANY_REQUESTS {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("one is too many");
    let wait: i64 = refused.headers()["retry-after"].to_str().expect("text").parse().expect("seconds");
    assert!((1..=60).contains(&wait), "{wait}");
    assert!(refused.headers().contains_key("content-security-policy"));
    // What the peer writes of whom it speaks for changes nothing: nobody trusts it.
    let mut claiming =
        Request::get("/langue").header("x-forwarded-for", "198.51.100.77").body(Body::empty()).expect("one");
    claiming
        .extensions_mut()
        .insert(ConnectInfo("192.0.2.7:4000".parse::<SocketAddr>().expect("an address")));
    assert_eq!(world.send(claiming).await.status(), StatusCode::TOO_MANY_REQUESTS);
    // Neighbours and this machine's own proxy are others.
    for peer in ["192.0.2.8:4000", "127.0.0.1:4000", "[::1]:4000"] {
        assert_ne!(from(peer, "").await.status(), StatusCode::TOO_MANY_REQUESTS, "{peer}");
    }
    // One person, from wherever they come.
    let mut is_refused = false;
    for number in 0..8000 {
        let request =
            Request::get("/chercher").header("cookie", &agent).body(Body::empty()).expect("a request");
        let answer = world.send(request).await;
        if answer.status() == StatusCode::TOO_MANY_REQUESTS {
            assert!(number > 4000 && answer.headers().contains_key("retry-after"));
            is_refused = true;
            break;
        }
    }
    assert!(is_refused);
    assert_eq!(get(&world, "/chercher", &cookie(&world, "lead")).await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_is_flooded_with_mails_of_access() {
    let rules = KeyRules { mails_per_domain: MailsPerDomain(5), ..KeyRules::default() };
    let world = World::sqlite_with(rules).await;
    let own = address(&world, "contact of B");
    let (local, domain) = own.split_once('@').expect("an address");
    let count = || -> usize {
        let people = world.viewers.iter().filter_map(|viewer| viewer.person.as_ref());
        people
            .filter(|person| person.email.ends_with("@orvane.example"))
            .map(|person| {
                world.letters_to(&person.email).iter().filter(|text| text.contains("/entrer/")).count()
            })
            .sum()
    };
    let ask = async |address: &str, number: usize| {
        // A new browser each time, and headers that claim to come from elsewhere.
        let mut request = Request::post("/connexion")
            .header("sec-fetch-site", "same-origin")
            .header("x-forwarded-for", format!("198.51.100.{}", number % 250))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(format!("courriel={}", address.replace('+', "%2B").replace('@', "%40"))))
            .expect("a request");
        let peer: SocketAddr = format!("203.0.{}.9:1", number % 250).parse().expect("an address");
        request.extensions_mut().insert(ConnectInfo(peer));
        world.send(request).await.status()
    };
    // Written otherwise it is the same address, and what nobody has is nowhere.
    for (number, address) in
        [own.to_uppercase(), format!("{local}+a@{domain}"), format!("Ｚ{}@{domain}", &local[1..])]
            .iter()
            .enumerate()
    {
        assert_eq!(ask(address, number).await, StatusCode::OK);
    }
    for number in 0..20 {
        assert_eq!(ask(&own, number).await, StatusCode::OK, "answered as ever");
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(count(), 3, "the one in capitals, and two more");
    // Others of the domain, up to what it may have.
    for (number, viewer) in world.viewers.iter().filter_map(|viewer| viewer.person.as_ref()).enumerate() {
        ask(&viewer.email, number).await;
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!((1..=5).contains(&count()), "{}", count());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_shuts_out_others_who_come_through_the_same_proxy() {
    let world = World::sqlite().await;
    let ask = async |peer: &str, forwarded: &str| {
        let mut request = Request::post("/connexion")
            .header("sec-fetch-site", "same-origin")
            .header("x-forwarded-for", forwarded)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from("courriel=nobody%40ailleurs.example"))
            .expect("a request");
        let peer: SocketAddr = peer.parse().expect("an address");
        request.extensions_mut().insert(ConnectInfo(peer));
        world.send(request).await.status()
    };
    // A trusted proxy tells its clients apart; what they wrote before its own word counts for nothing.
    let mut refused = 0;
    for number in 0..80 {
        let claimed = format!("203.0.113.{number}, 198.51.100.9");
        refused += usize::from(ask("10.0.0.1:999", &claimed).await == StatusCode::TOO_MANY_REQUESTS);
    }
    assert!((10..=25).contains(&refused), "{refused} of 80 from one network are too many");
    assert_eq!(ask("10.0.0.1:999", "198.51.101.9").await, StatusCode::OK);
    // Where it is not known who comes, nobody is counted by a network that all share.
    for _ in 0..80 {
        assert_eq!(ask("127.0.0.1:999", "198.51.100.9").await, StatusCode::OK);
    }
    // The journal tells of clients by their own network, whatever other headers claim.
    let mut refused = Request::post("/admin/personnes")
        .header("sec-fetch-site", "same-origin")
        .header("cookie", cookie(&world, "agent"))
        .header("x-forwarded-for", "203.0.113.5")
        .header("x-real-ip", "192.0.2.6")
        .header("forwarded", "for=192.0.2.7")
        .body(Body::empty())
        .expect("a request");
    refused.extensions_mut().insert(ConnectInfo("10.0.0.1:999".parse::<SocketAddr>().expect("an address")));
    assert!(!world.send(refused).await.status().is_success());
    tokio::time::sleep(Duration::from_millis(300)).await;
    let journal = get(&world, "/admin/journal", &cookie(&world, "admin")).await.body;
    assert!(journal.contains("203.0.113.0/24"), "{journal}");
    assert!(!journal.contains("10.0.0.0/24") && !journal.contains("192.0.2.0/24"), "{journal}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn second_factors_are_sealed_at_rest() {
    let key = |name: &str| {
        SealingKey::new(name, &format!("{name}: thirty-two characters and more")).expect("a key")
    };
    let rules = KeyRules { sealing: vec![key("new"), key("old")], ..KeyRules::default() };
    let world = World::sqlite_with(rules).await;
    let agent = cookie(&world, "agent");
    let person = world.trier("agent").person.clone().expect("somebody");
    send(&world, "POST", "/compte/second-facteur", &agent, &[]).await;
    let page = get(&world, "/compte", &agent).await;
    let shown: String = page.between("<pre><code>", "</code>").split(' ').collect();
    let stored = async || {
        let known = world.environment.store.credentials(&person.provider, person.id).await.expect("read");
        known.into_iter().find(|known| known.kind == CredentialKind::Totp).expect("one").secret
    };
    let sealed = stored().await;
    assert!(sealed.starts_with("sealed:new:") && !sealed.contains(&shown), "{sealed}");
    let code = crate::keys::code(&world, &shown, 0);
    let confirmed = post(&world, "/compte/confirmer", &agent, &[("code", &code)]).await;
    assert_eq!(confirmed.status, StatusCode::OK);
    // One that stood readable is sealed at the next start; one of a key that is gone stops it.
    let store = &world.environment.store;
    let kind = CredentialKind::Totp;
    assert!(
        store.exchange_secret(&person.provider, person.id, kind, &stored().await, &shown).await.expect("put")
    );
    assert_eq!(seal_second_factors(&world.environment).await, Ok(1));
    assert_eq!(seal_second_factors(&world.environment).await, Ok(0));
    assert!(stored().await.starts_with("sealed:new:"));
    let gone = format!("sealed:gone:{}", "A".repeat(60));
    assert!(
        store.exchange_secret(&person.provider, person.id, kind, &stored().await, &gone).await.expect("put")
    );
    let fault = seal_second_factors(&world.environment).await.expect_err("it cannot be read").to_string();
    assert!(fault.contains("`gone`") && fault.contains("sign_in.sealing_keys"), "{fault}");
}

/// Thousands of calls from hundreds of networks, with the rules as they are shipped: three mails for one person however
/// their address is written, twenty for a domain, and the same answer for everybody, on every node.
async fn thousands_of_calls_send_no_more_than_they_may(world: World) {
    let model = world.trier("contact of B").person.clone().expect("somebody");
    let store = &world.environment.store;
    let people: Vec<String> = (0..25).map(|number| format!("ana.{number}@grand.example")).collect();
    for (number, email) in people.iter().enumerate() {
        let id = desk::PersonId(900_000 + number as u128);
        store.put_person(&desk::Person { id, email: email.clone(), ..model.clone() }).await.expect("stored");
    }
    let mut answers = std::collections::BTreeSet::new();
    let mut ask = async |address: &str, number: usize| {
        let coded: String = address.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let mut request = Request::post("/connexion")
            .header("sec-fetch-site", "same-origin")
            .header("x-forwarded-for", format!("198.51.100.{}", number % 250))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(format!("courriel={coded}")))
            .expect("a request");
        let peer: SocketAddr = format!("203.0.{}.9:1", number % 250).parse().expect("an address");
        request.extensions_mut().insert(ConnectInfo(peer));
        let answer = world.send(request).await;
        let status = answer.status();
        let body = axum::body::to_bytes(answer.into_body(), 1 << 20).await.expect("a body");
        // The page repeats what was typed, holds the secret of the browser and tells the time, and says nothing else.
        let body = String::from_utf8_lossy(&body).replace(address.trim(), "");
        let now =
            body.split_once("data-now=\"").and_then(|(_, rest)| rest.split_once('"')).map(|(now, _)| now);
        let body = body.replace(now.expect("the time"), "");
        let words = body.split(|letter: char| !(letter.is_ascii_alphanumeric() || "-_".contains(letter)));
        let words: Vec<&str> = words.filter(|word| word.len() < 32).collect();
        answers.insert((status, words.join(" ")));
    };
    let count = || {
        let letters = people
            .iter()
            .map(|email| world.letters_to(email).iter().filter(|text| text.contains("/entrer/")).count());
        letters.collect::<Vec<usize>>()
    };
    // Names that somebody made up keep nobody of their domain out.
    for number in 0..500 {
        ask(&format!("nobody.{number}@grand.example"), number).await;
    }
    for number in 0..2500 {
        let address = &people[(number / 100) % people.len()];
        let (local, domain) = address.split_once('@').expect("an address");
        let written = match number % 6 {
            0 => address.to_uppercase(),
            1 => format!("{local}+{number}@{domain}"),
            2 => format!("{}@{domain}", local.replace('.', "")),
            3 => format!("\u{ff41}{}@{domain}", &local[1..]),
            4 => format!(" {local}@{}. ", domain.to_uppercase()),
            _ => address.clone(),
        };
        ask(&written, number).await;
    }
    tokio::time::sleep(Duration::from_millis(1500)).await;
    let sent = count();
    assert!(sent.iter().all(|mails| *mails <= 3), "{sent:?}");
    assert_eq!(sent.iter().sum::<usize>(), 20, "{sent:?}");
    assert_eq!(
        answers.len(),
        1,
        "one answer for everybody: {:?}",
        answers.iter().take(2).collect::<Vec<_>>()
    );
    assert_eq!(answers.first().expect("one").0, StatusCode::OK);
    // Another node, or this one begun anew, counts on.
    assert!(
        !store
            .count_mail(
                store::MailCounted::AccessToDomain,
                "grand.example",
                1,
                (store::Measure { at_most: 20, since: world.environment.now().plus_seconds(-3600) }, None),
                world.environment.now()
            )
            .await
            .expect("counted")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn thousands_of_calls_sqlite() {
    thousands_of_calls_send_no_more_than_they_may(World::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn thousands_of_calls_postgres() {
    thousands_of_calls_send_no_more_than_they_may(World::postgres().await).await;
}

/// Waits until so many letters to an address hold some words.
async fn told_times(world: &World, address: &str, words: &str, times: usize) {
    let count = || world.letters_to(address).iter().filter(|text| text.contains(words)).count();
    for _ in 0..200 {
        settle(&world.environment).await.expect("rounds");
        if count() >= times {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    // One too many would come by now.
    tokio::time::sleep(Duration::from_millis(50)).await;
    settle(&world.environment).await.expect("rounds");
    assert_eq!(count(), times, "{words}: {:?}", world.letters_to(address));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_key_that_is_made_or_removed_is_told_of() {
    let world = World::sqlite().await;
    let (contact, own) = (cookie(&world, "contact of B"), address(&world, "contact of B"));
    let code = |key: &str, ahead: i64| crate::keys::code(&world, key, ahead);
    let key = async || get(&world, "/compte", &contact).await.between("<pre><code>", "</code>").to_owned();
    post(&world, "/compte/second-facteur", &contact, &[]).await;
    let first = key().await;
    post(&world, "/compte/confirmer", &contact, &[("code", &code(&first, 0))]).await;
    told(&world, &own, "second factor was just set up").await;
    let renewed = post(&world, "/compte/codes", &contact, &[("code", &code(&first, 1))]).await;
    assert_eq!(renewed.status, StatusCode::OK, "{}", renewed.body);
    told(&world, &own, "recovery codes were just made").await;
    let paper = renewed.between("<pre>", "</pre>").split_whitespace().next().expect("a code").to_owned();
    let removed = post(&world, "/compte/retirer", &contact, &[("code", &paper)]).await;
    assert_eq!(removed.status, StatusCode::OK, "{}", removed.body);
    told_times(&world, &own, "second factor was just removed", 1).await;
    // By who keeps people, too.
    post(&world, "/compte/second-facteur", &contact, &[]).await;
    let second = key().await;
    post(&world, "/compte/confirmer", &contact, &[("code", &code(&second, 0))]).await;
    let id = world.trier("contact of B").person.as_ref().expect("somebody").id;
    let path = format!("/admin/personnes/{id}/second-facteur");
    let reset = post(&world, &path, &cookie(&world, "admin"), &[]).await;
    assert_eq!(reset.status, StatusCode::OK, "{}", reset.body);
    told_times(&world, &own, "second factor was just removed", 2).await;
    // A token, made and renewed.
    let (agent, own) = (cookie(&world, "reseller"), address(&world, "reseller"));
    post(&world, "/compte/jeton", &agent, &[("libelle", "export"), ("jours", "30")]).await;
    let account = get(&world, "/compte", &agent).await;
    let name = account
        .between("action=\"/compte/jeton-fin\"", "</form>")
        .split('"')
        .nth(7)
        .unwrap_or_default()
        .to_owned();
    let renewed = post(&world, "/compte/jeton-renouveler", &agent, &[("nom", &name)]).await;
    assert_eq!(renewed.status, StatusCode::OK, "{name}: {}", renewed.body);
    let words = if world.letters_to(&own).iter().any(|text| text.contains("jeton")) {
        "jeton de programme"
    } else {
        "token for a program"
    };
    told_times(&world, &own, words, 2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_password_that_others_try_or_have_is_told_of() {
    let world = World::sqlite().await;
    let (contact, own) = (cookie(&world, "contact of B"), address(&world, "contact of B"));
    let password = "quatre chevaux lents";
    post(&world, "/compte/mot-de-passe", &contact, &[("motdepasse", password)]).await;
    let come = async |given: &str| {
        post(&world, "/connexion", "", &[("courriel", &own), ("motdepasse", given)]).await
    };
    for _ in 0..5 {
        come("something else").await;
    }
    world.environment.clock.move_to(world.environment.now().plus_seconds(62));
    assert_eq!(come(password).await.status, StatusCode::SEE_OTHER);
    told_times(&world, &own, "after many wrong ones", 1).await;
    assert_eq!(come(password).await.status, StatusCode::SEE_OTHER);
    // With a second factor: the password again and again, and nothing after it.
    post(&world, "/compte/second-facteur", &contact, &[]).await;
    let key = get(&world, "/compte", &contact).await.between("<pre><code>", "</code>").to_owned();
    post(&world, "/compte/confirmer", &contact, &[("code", &crate::keys::code(&world, &key, 0))]).await;
    let mut ticket = String::new();
    for _ in 0..2 {
        ticket = come(password).await.field("billet");
    }
    // Who gives the second proof as well is its owner, and it is counted anew.
    let code = crate::keys::code(&world, &key, 1);
    let entered = post(&world, "/connexion/preuve", "", &[("billet", &ticket), ("code", &code)]).await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER);
    for _ in 0..2 {
        come(password).await;
    }
    told_times(&world, &own, "never your second factor", 0).await;
    for _ in 0..3 {
        come(password).await;
    }
    told_times(&world, &own, "never your second factor", 1).await;
}
