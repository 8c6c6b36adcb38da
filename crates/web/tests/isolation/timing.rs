//! Whether the time that an answer takes tells who or what is known.
//!
//! Two requests that have to be answered alike are sent in turn, in an order made by chance, and their times compared by
//! ranks and medians. Whatever a busy machine does shows now and then; what tells shows each time, to the same side.

use crate::files::{store_on_postgres, store_on_sqlite};
use crate::keys::post;
use crate::world::World;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{Method, Request, StatusCode};
use desk::AccountRole;
use harness::{Chance, longer, median};
use operations::{AskedIn, Origin, Scope, Via, Viewer, invite_to_account};
use std::cmp::Ordering;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// How often each is asked in a run that compares times, and in one that compares answers alone: beside other tests, no
/// time says anything.
const SAMPLES: usize = 2_000;
const ANSWERS: usize = 5;
/// How often a difference has to show before it is one.
const ROUNDS: u64 = 3;

/// What is known and what is not, as two requests.
struct Twins {
    name: String,
    method: Method,
    paths: [String; 2],
    /// Who asks: a header.
    by: Option<(&'static str, String)>,
    /// The fields of a form.
    forms: [Vec<(&'static str, String)>; 2],
    /// What the answers have to differ in, since it was asked for.
    asked_for: [String; 2],
}

impl Twins {
    /// One of the two, from a network where nobody asked before: what limits tries says nothing then.
    fn request(&self, which: usize, chance: &mut Chance) -> Request<Body> {
        let network = chance.draw();
        let from = format!(
            "2001:{:x}:{:x}:{:x}::1",
            network & 0xffff,
            (network >> 16) & 0xffff,
            (network >> 32) & 0xffff
        );
        let mut request = Request::builder()
            .method(&self.method)
            .uri(&self.paths[which])
            .extension(ConnectInfo(SocketAddr::from(([10, 0, 0, 1], 443))))
            .header("host", "desk.example")
            .header("x-forwarded-for", from);
        if let Some((name, value)) = &self.by {
            request = request.header(*name, value);
        }
        let mut body = String::new();
        if self.method == Method::POST {
            request = request
                .header("sec-fetch-site", "same-origin")
                .header("content-type", "application/x-www-form-urlencoded");
            for (name, value) in &self.forms[which] {
                let value: String = value.bytes().map(|byte| format!("%{byte:02X}")).collect();
                body.push_str(&format!("{name}={value}&"));
            }
        }
        request.body(Body::from(body)).expect("a request")
    }

    /// An answer without what was asked for, the instant, and the secret of the browser that asked.
    fn plain(&self, which: usize, status: StatusCode, body: &[u8]) -> String {
        let mut body = String::from_utf8_lossy(body).replace(&self.asked_for[which], "·");
        for start in ["data-now=\"", "name=\"navigateur\" value=\""] {
            while let Some(place) = body.find(start) {
                let rest = place + start.len();
                let end = body[rest..].find('"').map_or(body.len(), |end| rest + end + 1);
                body.replace_range(place..end, "");
            }
        }
        format!("{status}\n{body}")
    }
}

/// How often each is asked where times are compared: `ENTENTE_SAMPLES`, else two thousand times with `ENTENTE_LONG=1`.
#[expect(clippy::disallowed_methods, reason = "whoever runs the tests says how long they may take")]
fn samples() -> Option<usize> {
    let is_long = std::env::var("ENTENTE_LONG").is_ok_and(|long| long == "1");
    let said = std::env::var("ENTENTE_SAMPLES").ok().and_then(|said| said.parse().ok());
    said.or(is_long.then_some(SAMPLES))
}

/// How long an answer took, and what it said. `planted` is waited for in between.
#[expect(clippy::disallowed_methods, reason = "what is measured is the machine's time")]
async fn ask(
    world: &World,
    twins: &Twins,
    which: usize,
    chance: &mut Chance,
    planted: Duration,
) -> (Duration, String) {
    let request = twins.request(which, chance);
    let begun = Instant::now();
    let answer = world.send(request).await;
    let status = answer.status();
    let bytes = to_bytes(answer.into_body(), 1 << 22).await.expect("a body");
    if !planted.is_zero() {
        std::thread::sleep(planted);
    }
    let took = begun.elapsed();
    (took, twins.plain(which, status, &bytes))
}

/// Asks both so often, and gives how long each took. Every answer is the same.
async fn measure(
    world: &World,
    twins: &Twins,
    seed: u64,
    samples: usize,
    planted: Duration,
) -> [Vec<Duration>; 2] {
    let mut chance = Chance(seed);
    let mut took = [Vec::with_capacity(samples), Vec::with_capacity(samples)];
    // What is done once, at first, favours neither.
    let (_, first) = ask(world, twins, 0, &mut chance, Duration::ZERO).await;
    for _ in 0..samples {
        let begins = chance.below(2);
        for which in [begins, 1 - begins] {
            let planted = if which == 0 { planted } else { Duration::ZERO };
            let (time, said) = ask(world, twins, which, &mut chance, planted).await;
            assert_eq!(said, first, "{}", twins.name);
            took[which].push(time);
        }
    }
    took
}

/// Which of two takes longer each time that they are measured, if one does.
async fn told(name: &str, mut measured: impl AsyncFnMut(u64) -> [Vec<Duration>; 2]) -> Ordering {
    let mut before = None;
    for round in 0..ROUNDS {
        let [known, unknown] = measured(20_261_127 + round).await;
        let found = longer(&known, &unknown);
        println!(
            "{name}, round {}: medians {:.3} and {:.3} ms, {found:?}",
            round + 1,
            median(&known) * 1e3,
            median(&unknown) * 1e3
        );
        if found.is_eq() || before.is_some_and(|before| before != found) {
            return Ordering::Equal;
        }
        before = Some(found);
    }
    before.unwrap_or(Ordering::Equal)
}

/// Both are answered alike, and with `ENTENTE_LONG=1` as fast as each other.
async fn must_not_tell(world: &World, twins: &Twins) {
    let Some(samples) = samples() else {
        measure(world, twins, 20_261_127, ANSWERS, Duration::ZERO).await;
        return;
    };
    let found =
        told(&twins.name, async |seed| measure(world, twins, seed, samples, Duration::ZERO).await).await;
    assert_eq!(found, Ordering::Equal, "{}: the time tells what is known", twins.name);
}

/// The measure finds a difference of one and a half milliseconds.
async fn must_find(world: &World, twins: &Twins) {
    if let Some(samples) = samples() {
        let planted = Duration::from_micros(1_500);
        let name = format!("{}, planted", twins.name);
        let found = told(&name, async |seed| measure(world, twins, seed, samples, planted).await).await;
        assert_eq!(found, Ordering::Greater, "{name}: nothing is found");
    }
}

/// A sign-in of somebody and of nobody, by a password where there is one.
fn sign_ins(name: &str, known: &str, password: Option<&str>) -> Twins {
    let unknown = format!("nobody@{}", known.split_once('@').map_or("unknown.example", |(_, domain)| domain));
    let form = |address: &str| {
        let password = password.map(|password| ("motdepasse", password.to_owned()));
        [("courriel", address.to_owned())].into_iter().chain(password).collect()
    };
    Twins {
        name: name.to_owned(),
        method: Method::POST,
        paths: ["/connexion".to_owned(), "/connexion".to_owned()],
        by: None,
        forms: [form(known), form(&unknown)],
        asked_for: [known.to_owned(), unknown],
    }
}

fn address(world: &World, name: &str) -> String {
    world.trier(name).person.as_ref().expect("somebody").email.clone()
}

async fn signing_in_tells_nobody(world: &World) {
    let with = address(world, "contact of B");
    let cookie = world.trier("contact of B").cookie.lock().expect("sound").clone();
    let set = post(world, "/compte/mot-de-passe", &cookie, &[("motdepasse", "quatre chevaux lents")]).await;
    assert_eq!(set.status, StatusCode::OK, "{}", set.body);
    let without = address(world, "reader of A");
    let wrong = Some("autre chose encore");
    must_not_tell(world, &sign_ins("a password, of somebody who has one", &with, wrong)).await;
    must_not_tell(world, &sign_ins("a password, of somebody who has none", &without, wrong)).await;
    let by_mail = sign_ins("a link by mail", &without, None);
    must_not_tell(world, &by_mail).await;
    must_find(world, &by_mail).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_time_of_a_sign_in_tells_nobody_sqlite() {
    let (store, folder) = store_on_sqlite().await;
    signing_in_tells_nobody(&World::for_probes(store, folder).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_time_of_a_sign_in_tells_nobody_postgres() {
    let (store, folder) = store_on_postgres().await;
    signing_in_tells_nobody(&World::for_probes(store, folder).await).await;
}

/// A request that is somebody else's, and one that is nowhere, as everybody asks for it who may ask for any.
fn numbers(world: &World) -> Vec<Twins> {
    let mut all = Vec::new();
    for viewer in &world.viewers {
        let Some(person) = &viewer.person else { continue };
        let foreign = world
            .asked
            .iter()
            .find(|asked| !viewer.sees.contains(&crate::world::Owner::Customer(asked.owner)));
        let Some(foreign) = foreign else { continue };
        let (prefix, number) = foreign.number.split_once('-').expect("a number has a prefix");
        // Of the same provider, and further than anybody asked.
        let ghost = format!("{prefix}-{}", "9".repeat(number.len() + 3));
        assert!(world.asked.iter().all(|asked| asked.number != ghost), "{ghost} is somewhere");
        let area = if person.role.is_staff() { "agent" } else { "portal" };
        let cookie = viewer.cookie.lock().expect("sound").clone();
        let bearer = format!("Bearer {}", viewer.token);
        for (way, by) in [
            (format!("/{area}/demandes/"), ("cookie", cookie)),
            ("/api/v1/tickets/".to_owned(), ("authorization", bearer)),
        ] {
            all.push(Twins {
                name: format!("{way}{}, as {}", foreign.number, viewer.name),
                method: Method::GET,
                paths: [format!("{way}{}", foreign.number), format!("{way}{ghost}")],
                by: Some(by),
                forms: [Vec::new(), Vec::new()],
                asked_for: [foreign.number.clone(), ghost.clone()],
            });
        }
    }
    all
}

async fn numbers_tell_nobody(world: &World) {
    let all = numbers(world);
    assert!(all.len() >= 16, "only {} ways to ask", all.len());
    for twins in &all {
        must_not_tell(world, twins).await;
    }
    must_find(world, &all[0]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_time_of_a_number_tells_nobody_sqlite() {
    let (store, folder) = store_on_sqlite().await;
    numbers_tell_nobody(&World::for_probes(store, folder).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_time_of_a_number_tells_nobody_postgres() {
    let (store, folder) = store_on_postgres().await;
    numbers_tell_nobody(&World::for_probes(store, folder).await).await;
}

/// Asks somebody in who is known to the provider, and somebody who is not. The times of day lie so far apart that as many
/// mails may leave for the one as for the other.
#[expect(clippy::disallowed_methods, reason = "what is measured is the machine's time")]
async fn invite(world: &World, viewer: &Viewer, email: &str) -> Duration {
    let environment = &world.environment;
    environment.clock.move_to(environment.now().plus_seconds(1_500));
    let account = viewer.standings.first().expect("a standing").account;
    let account =
        environment.store.account(&viewer.provider.id, account).await.expect("read").expect("stored").key;
    let asked = AskedIn { account: &account, name: "Paule Renard", email, role: AccountRole::Reader };
    let begun = Instant::now();
    invite_to_account(environment, viewer, None, &asked, &Origin::default()).await.expect("invited");
    begun.elapsed()
}

async fn inviting_tells_nobody(world: &World) {
    let scopes = vec![Scope::Read, Scope::Write];
    let viewer = Viewer { via: Via::Token { scopes }, ..world.viewer(world.trier("manager of A")).await };
    let known =
        world.spares.iter().find(|spare| !spare.role.is_staff() && spare.account != viewer.person.account);
    let known = known.expect("a contact of another account").email.clone();
    let (samples, is_compared) = (samples().unwrap_or(ANSWERS), samples().is_some());
    let measured = async |seed: u64| {
        let mut chance = Chance(seed);
        let mut took = [Vec::new(), Vec::new()];
        for place in 0..samples {
            let begins = chance.below(2);
            for which in [begins, 1 - begins] {
                let unknown = format!("new-{seed}-{place}@orvane.example");
                took[which].push(invite(world, &viewer, if which == 0 { &known } else { &unknown }).await);
            }
        }
        took
    };
    if is_compared {
        assert_eq!(told("an invitation", measured).await, Ordering::Equal, "the time tells who is known");
    } else {
        measured(20_261_127).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_time_of_an_invitation_tells_nobody_sqlite() {
    let (store, folder) = store_on_sqlite().await;
    inviting_tells_nobody(&World::for_probes(store, folder).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_time_of_an_invitation_tells_nobody_postgres() {
    let (store, folder) = store_on_postgres().await;
    inviting_tells_nobody(&World::for_probes(store, folder).await).await;
}
