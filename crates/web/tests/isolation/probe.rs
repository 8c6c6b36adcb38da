//! Requests made of what the router, the document and the pages name, and what is asked of answers.

use crate::world::{ADDRESS, Asked, CANARY, Owner, Trier, World};
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, StatusCode};
use base64::Engine;
use desk::Right;
use harness::Chance;
use operations::Loop;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};
use web::{Door, Way};

/// Names of parameters, as the program itself tells them.
pub struct Harvest {
    queries: Vec<String>,
    properties: Vec<String>,
    fields: Vec<String>,
    acts: Vec<String>,
    assets: Vec<String>,
}

impl Harvest {
    /// Reads the document, and every page that can be read without knowing more than an own number.
    pub async fn of(world: &World) -> Self {
        let document = world.document().await;
        let mut queries: BTreeSet<String> = BTreeSet::new();
        let mut properties = BTreeSet::new();
        let mut acts: BTreeSet<String> = BTreeSet::new();
        gather(&document, &mut queries, &mut properties);
        let text = document.to_string();
        // The document lists the commands in words, each in backquotes.
        acts.extend(text.split('`').filter(|word| is_name(word)).map(str::to_owned));
        let mut fields = BTreeSet::new();
        let mut assets = BTreeSet::new();
        for viewer in &world.viewers {
            let own = world.asked.iter().filter(|asked| viewer.sees.contains(&Owner::Customer(asked.owner)));
            let own: Vec<&Asked> = own.collect();
            for door in world.doors.iter().filter(|door| door.method == Method::GET && door.way == Way::Page)
            {
                let number = own.first().map_or("ORV-1", |asked| asked.number.as_str());
                let (key, version) = &world.agreements[0];
                let path =
                    door.path.replace("{number}", number).replace("{key}", key).replace("{version}", version);
                let request =
                    Request::get(&path).header("cookie", viewer.cookie.lock().expect("sound").as_str());
                let answer = world.send(request.body(Body::empty()).expect("a request")).await;
                let bytes = to_bytes(answer.into_body(), 1 << 24).await.expect("a body");
                let page = String::from_utf8_lossy(&bytes);
                for (_, name) in attributes(&page, " name=\"") {
                    fields.insert(name.to_owned());
                }
                for (_, address) in attributes(&page, " action=\"").chain(attributes(&page, " href=\"")) {
                    if let Some((_, query)) = address.split_once('?') {
                        queries.extend(
                            query
                                .replace("&amp;", "&")
                                .split('&')
                                .filter_map(|pair| pair.split_once('=').map(|(name, _)| name.to_owned())),
                        );
                    }
                    if let Some(name) = address.strip_prefix("/assets/") {
                        assets.insert(name.to_owned());
                    }
                    let path = address.split(['?', '#']).next().unwrap_or_default();
                    if let Some(act) = path.rsplit('/').next().filter(|act| is_name(act)) {
                        acts.insert(act.to_owned());
                    }
                }
            }
        }
        queries
            .extend(["__proto__[x]", "sort", "expand", "include", "provider", "contact"].map(str::to_owned));
        properties
            .extend(["id", "role", "account_id", "provider_id", "is_agent", "created_at"].map(str::to_owned));
        let listed = |names: BTreeSet<String>| names.into_iter().collect::<Vec<_>>();
        Self {
            queries: listed(queries),
            properties: listed(properties),
            fields: listed(fields),
            acts: listed(acts),
            assets: listed(assets),
        }
    }
}

fn is_name(word: &str) -> bool {
    (2..30).contains(&word.len()) && word.bytes().all(|letter| letter.is_ascii_lowercase() || letter == b'-')
}

fn gather(value: &serde_json::Value, queries: &mut BTreeSet<String>, properties: &mut BTreeSet<String>) {
    match value {
        serde_json::Value::Array(items) => items.iter().for_each(|item| gather(item, queries, properties)),
        serde_json::Value::Object(fields) => {
            if fields.get("in").is_some_and(|place| place == "query")
                && let Some(name) = fields.get("name").and_then(|name| name.as_str())
            {
                queries.insert(name.to_owned());
            }
            if let Some(known) = fields.get("properties").and_then(|known| known.as_object()) {
                properties.extend(known.keys().cloned());
            }
            fields.values().for_each(|field| gather(field, queries, properties));
        }
        _ => {}
    }
}

fn attributes<'a>(page: &'a str, start: &'a str) -> impl Iterator<Item = (usize, &'a str)> {
    page.match_indices(start).filter_map(move |(place, _)| {
        let rest = &page[place + start.len()..];
        rest.find('"').map(|end| (place, &rest[..end]))
    })
}

/// Which requests are sent: each door as each viewer in turn, as often as it takes.
pub struct Plan {
    seed: u64,
    rounds: usize,
    /// Who sends them.
    of: fn(&Trier) -> bool,
}

impl Plan {
    pub fn new(world: &World, seed: u64, at_least: usize) -> Self {
        let once = world.doors.len() * world.viewers.len();
        Self { seed, rounds: at_least.div_ceil(once), of: |_| true }
    }

    /// The same as some viewers alone.
    pub fn of(self, of: fn(&Trier) -> bool) -> Self {
        Self { of, ..self }
    }
}

/// What came of a run.
#[derive(Default)]
pub struct Outcome {
    pub sent: usize,
    pub twins: usize,
    pub statuses: BTreeMap<u16, usize>,
    pub tried: BTreeSet<(String, String, &'static str)>,
    pub failures: Vec<String>,
    pub took: Duration,
    /// For how long each door was waited for.
    pub waited: BTreeMap<String, Duration>,
}

impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} requests, {} of them told apart from one that asks for nothing, in {} s: {:?}",
            self.sent,
            self.twins,
            self.took.as_secs(),
            self.statuses
        )?;
        let mut slowest: Vec<(&String, &Duration)> = self.waited.iter().collect();
        slowest.sort_by_key(|(_, waited)| std::cmp::Reverse(**waited));
        for (door, waited) in slowest.into_iter().take(8) {
            write!(formatter, "\n{:>7.1} s for {door}", waited.as_secs_f64())?;
        }
        Ok(())
    }
}

/// Sends the plan, several at a time.
#[expect(clippy::disallowed_methods, reason = "how long a test takes is the machine's time")]
pub async fn run(world: &Arc<World>, harvest: &Arc<Harvest>, plan: Plan) -> Outcome {
    let begun = Instant::now();
    let mut tasks = Vec::new();
    const WORKERS: usize = 4;
    for worker in 0..WORKERS {
        let (world, harvest) = (Arc::clone(world), Arc::clone(harvest));
        tasks.push(tokio::spawn(async move {
            let mut outcome = Outcome::default();
            for round in (worker..plan.rounds).step_by(WORKERS) {
                let (of, seconds) = (plan.rounds, begun.elapsed().as_secs());
                println!("round {} of {of} begins after {seconds} s", round + 1);
                for (door_place, door) in world.doors.iter().enumerate() {
                    for (viewer_place, viewer) in
                        world.viewers.iter().enumerate().filter(|(_, viewer)| (plan.of)(viewer))
                    {
                        let chance = chance_of(plan.seed, [round, door_place, viewer_place]);
                        let from = Instant::now();
                        try_door(&world, &harvest, door, viewer, chance, &mut outcome).await;
                        let name = format!("{} {}", door.method, door.path);
                        *outcome.waited.entry(name).or_default() += from.elapsed();
                        if outcome.failures.len() > 5 {
                            return outcome;
                        }
                    }
                }
            }
            outcome
        }));
    }
    let going_on = tokio::spawn(go_on(Arc::clone(world)));
    let mut whole = Outcome::default();
    for task in tasks {
        let part = task.await.expect("a worker ends well");
        whole.sent += part.sent;
        whole.twins += part.twins;
        whole.tried.extend(part.tried);
        whole.failures.extend(part.failures);
        for (door, waited) in part.waited {
            *whole.waited.entry(door).or_default() += waited;
        }
        for (status, count) in part.statuses {
            *whole.statuses.entry(status).or_default() += count;
        }
    }
    going_on.abort();
    whole.took = begun.elapsed();
    whole
}

/// Nobody makes rounds here, where nothing is to change but by probes; their loops are said to go on, however long a
/// busy machine takes, since `/readyz` would otherwise say that they stand still.
async fn go_on(world: Arc<World>) {
    loop {
        for of in Loop::ALL {
            let _ = world.environment.pulse.pass(of, async { Ok(()) }).await;
        }
        tokio::time::sleep(Duration::from_secs(30)).await;
    }
}

/// A request as data, so that it can be sent twice and told of.
#[derive(Clone, Debug)]
struct Probe {
    method: Method,
    path: String,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

impl Probe {
    fn holds(&self, text: &str) -> bool {
        self.path.contains(text)
            || self.headers.iter().any(|(_, value)| value.contains(text))
            || String::from_utf8_lossy(&self.body).contains(text)
            || self.path.contains(&escape(text))
            || String::from_utf8_lossy(&self.body).contains(&escape(text))
    }

    fn request(&self) -> Request<Body> {
        let mut request =
            Request::builder().method(&self.method).uri(&self.path).header("host", "desk.example");
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        request.body(Body::from(self.body.clone())).expect("a request")
    }
}

async fn try_door(
    world: &World,
    harvest: &Harvest,
    door: &Door,
    viewer: &Trier,
    mut chance: Chance,
    outcome: &mut Outcome,
) {
    let wanted = world.asked[chance.below(world.asked.len())].number.clone();
    let crossed = chance.below(40) == 0;
    let probe = make(world, harvest, door, viewer, &wanted, crossed, &mut chance);
    let answer = ask(world, door, viewer, &probe, crossed, outcome).await;
    if door.method != Method::GET {
        world.sign_in_again(viewer).await;
    }
    outcome.tried.insert((door.method.to_string(), door.path.to_owned(), viewer.name));
    // What is somebody else's is answered as what is nowhere, to the letter.
    let owner = world.asked.iter().find(|asked| asked.number == wanted).map(|asked| asked.owner);
    let foreign = owner.is_some_and(|owner| !viewer.sees.contains(&Owner::Customer(owner)));
    if foreign && door.path.contains("{number}") && viewer.person.is_some() && !crossed {
        // No provider has this prefix, so that there is none of this number whatever is opened.
        let ghost = format!("XX{}", &wanted[2..]);
        let mut twin = probe.clone();
        twin.path = twin.path.replacen(&format!("/{wanted}"), &format!("/{ghost}"), 1);
        let nothing = ask(world, door, viewer, &twin, crossed, outcome).await;
        outcome.twins += 1;
        let names = [wanted.as_str(), ghost.as_str()];
        let (mut answer, mut nothing) = (plain(&answer, &names), plain(&nothing, &names));
        if answer != nothing {
            // Somebody else may have ended the session between the two.
            world.sign_in_again(viewer).await;
            let again = |probe: &Probe| Probe { headers: with_session(probe, viewer), ..probe.clone() };
            answer = plain(&ask(world, door, viewer, &again(&probe), crossed, outcome).await, &names);
            nothing = plain(&ask(world, door, viewer, &again(&twin), crossed, outcome).await, &names);
        }
        if answer != nothing {
            outcome
                .failures
                .push(format!("{}: {probe:?}\nis answered\n{answer}\nand nothing\n{nothing}", viewer.name));
        }
    }
}

/// The headers of a request, with the session that the viewer has now.
fn with_session(probe: &Probe, viewer: &Trier) -> Vec<(&'static str, String)> {
    let fresh = viewer.cookie.lock().expect("sound").clone();
    let renew = |(name, value): &(&'static str, String)| {
        (*name, if *name == "cookie" { fresh.clone() } else { value.clone() })
    };
    probe.headers.iter().map(renew).collect()
}

struct Answer {
    status: StatusCode,
    head: String,
    body: String,
}

/// An answer without what differs from one to the next: the name asked for, and the instant.
fn plain(answer: &Answer, names: &[&str]) -> String {
    let unnamed = |text: &str| names.iter().fold(text.to_owned(), |text, name| text.replace(name, "·"));
    let mut body = unnamed(&answer.body);
    while let Some(start) = body.find("data-now=\"") {
        let end = body[start + 10..].find('"').map_or(body.len(), |end| start + 10 + end + 1);
        body.replace_range(start..end, "");
    }
    // How long it is follows from the instant written in it.
    let head: Vec<&str> = answer.head.lines().filter(|line| !line.starts_with("content-length")).collect();
    format!("{} {}\n{body}", answer.status, unnamed(&head.join("\n")))
}

async fn ask(
    world: &World,
    door: &Door,
    viewer: &Trier,
    probe: &Probe,
    crossed: bool,
    outcome: &mut Outcome,
) -> Answer {
    world.note_addresses_in(viewer, |address| probe.holds(address));
    let response = world.send(probe.request()).await;
    outcome.sent += 1;
    let status = response.status();
    *outcome.statuses.entry(status.as_u16()).or_default() += 1;
    let mut head = String::new();
    let mut kinds = Vec::new();
    for (name, value) in response.headers() {
        let value = String::from_utf8_lossy(value.as_bytes());
        if name == "content-type" {
            kinds.push(value.to_string());
        }
        // A session that begins is for whoever began it.
        if name != "set-cookie" {
            head.push_str(&format!("{name}: {value}\n"));
        }
    }
    let endless = kinds.iter().any(|kind| kind.starts_with("text/event-stream"));
    let bytes = match endless {
        true => Vec::new(),
        false => to_bytes(response.into_body(), 1 << 26).await.expect("a body").to_vec(),
    };
    let body = with_images_read(&String::from_utf8_lossy(&bytes));
    let mut fail = |what: String| {
        let begin: String = body.chars().take(600).collect();
        outcome.failures.push(format!("{what}\nas {}: {probe:?}\n{status} {head}{begin}", viewer.name));
    };
    let may = viewer.has(door.right) && (!crossed || door.right.is_public());
    if !may && !door.right.is_public() && status.is_success() {
        fail(format!("{} {} is open without {:?}", door.method, door.path, door.right));
    }
    if !may && !door.right.is_public() && door.way == Way::Program {
        let expected =
            if viewer.person.is_none() || crossed { StatusCode::UNAUTHORIZED } else { StatusCode::FORBIDDEN };
        // A name that is empty makes a path that no door has.
        let path = probe.path.split('?').next().unwrap_or_default();
        let is_no_door = status == StatusCode::NOT_FOUND && (path.ends_with('/') || path.contains("//"));
        if status != expected && status != StatusCode::METHOD_NOT_ALLOWED && !is_no_door {
            fail(format!("{} {} is refused as {status}, not {expected}", door.method, door.path));
        }
    }
    if status.is_server_error() && status != StatusCode::NOT_IMPLEMENTED {
        fail("the program failed".to_owned());
    }
    let nothing: &[Owner] = &[];
    let sees = if crossed { nothing } else { &viewer.sees };
    if let Some(leak) = leak(&head, sees).or_else(|| leak(&body, sees)) {
        fail(format!("a canary of {leak} is received"));
    }
    // In an archive the mark that ends a file follows its last word.
    let body = body.replace("%40", "@").replace("PK\u{7}\u{8}", " ");
    for (place, _) in body.match_indices(ADDRESS) {
        let address: &str = body[place..]
            .split(|letter: char| !letter.is_ascii_alphanumeric() && !".@-".contains(letter))
            .next()
            .unwrap_or("");
        let address = address.trim_end_matches('.');
        let owner = world.names.iter().find(|(_, name)| name == address).map(|(owner, _)| *owner);
        let known = owner.is_some_and(|owner| {
            "HK".contains(owner)
                && sees.iter().any(
                    |seen| matches!(seen, Owner::Customer(letter) if "Q".contains(*letter) == (owner == 'K')),
                )
                || sees.contains(&Owner::Customer(owner))
                || sees.contains(&Owner::House(owner))
        });
        // The journal says again what its own people asked for, whatever they wrote into a path.
        let is_journal = door.path.starts_with("/admin/journal");
        // What somebody of the same account wrote into a request, all of them read there.
        let is_own = world.is_written_by_one_of(sees, address);
        if !known && !is_journal && !is_own && !probe.holds(address) {
            fail(format!("the address {address} is received"));
            break;
        }
    }
    Answer { status, head, body }
}

/// A page with the bytes of the images that are written into it, so that a canary in one is seen with its
/// owner.
fn with_images_read(page: &str) -> String {
    let mut read = String::with_capacity(page.len());
    let mut rest = page;
    while let Some((before, after)) = rest.split_once(";base64,") {
        let end = after.find('"').unwrap_or(after.len());
        read.push_str(before);
        match base64::engine::general_purpose::STANDARD.decode(&after[..end]) {
            Ok(bytes) => read.push_str(&String::from_utf8_lossy(&bytes)),
            Err(_) => read.push_str(&after[..end]),
        }
        rest = &after[end..];
    }
    read.push_str(rest);
    read
}

/// The first canary that is not among those that may be received, in plain letters or in base 64.
pub fn leak(text: &str, sees: &[Owner]) -> Option<String> {
    for (place, _) in text.match_indices(CANARY) {
        match Owner::of(&text[place + CANARY.len()..]) {
            Some(owner) if sees.contains(&owner) => {}
            owner => return Some(format!("{owner:?}")),
        }
    }
    // In base 64 a word reads in three ways, by where it begins in its group of three bytes.
    for shift in 0..3 {
        let padded = format!("{}{CANARY}", "x".repeat(shift));
        let encoded = base64::engine::general_purpose::STANDARD_NO_PAD.encode(padded);
        let inner = &encoded[(shift * 4).div_ceil(3)..encoded.len() - 2];
        // The other alphabet has other signs for two of its values (RFC 4648, section 5).
        let for_addresses = inner.replace('+', "-").replace('/', "_");
        if text.contains(inner) || text.contains(&for_addresses) {
            return Some("somebody, in base 64".to_owned());
        }
    }
    None
}

fn make(
    world: &World,
    harvest: &Harvest,
    door: &Door,
    viewer: &Trier,
    wanted: &str,
    crossed: bool,
    chance: &mut Chance,
) -> Probe {
    let mut path = String::new();
    for part in door.path.split('/').skip(1) {
        path.push('/');
        match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            None => path.push_str(part),
            Some("id") if keeps_people(door, viewer) => {
                let people = world.people_for(viewer);
                let person: &String = chance.one(&people);
                path.push_str(&escape(person));
            }
            Some(name) => path.push_str(&escape(&in_path(world, harvest, name, wanted, chance))),
        }
    }
    if path.is_empty() {
        path.push('/');
    }
    let mut queries = Vec::new();
    while chance.below(5) < 2 && queries.len() < 6 {
        let name = chance.one(&harvest.queries);
        queries.push(format!("{}={}", escape(name), escape(&value(world, harvest, name, chance))));
    }
    if !queries.is_empty() {
        path = format!("{path}?{}", queries.join("&"));
    }
    let mut headers: Vec<(&'static str, String)> = Vec::new();
    // Crossed: the right secret by the wrong way.
    let by_token = (door.way == Way::Program) != crossed;
    if viewer.person.is_some() {
        if by_token {
            headers.push(("authorization", format!("Bearer {}", viewer.token)));
        } else {
            headers.push(("cookie", viewer.cookie.lock().expect("sound").clone()));
        }
    }
    if chance.below(3) == 0 {
        const HEADERS: [&str; 14] = [
            "if-match",
            "if-none-match",
            "idempotency-key",
            "last-event-id",
            "referer",
            "x-forwarded-for",
            "x-forwarded-host",
            "x-forwarded-user",
            "x-remote-user",
            "x-original-url",
            "x-rewrite-url",
            "x-http-method-override",
            "accept-language",
            "range",
        ];
        let name = HEADERS[chance.below(HEADERS.len())];
        let value = value(world, harvest, name, chance);
        if value.bytes().all(|byte| (b' '..127).contains(&byte)) {
            headers.push((name, value));
        }
    }
    let mut body = Vec::new();
    if door.method != Method::GET {
        headers.push(("sec-fetch-site", "same-origin".to_owned()));
        headers.push(("origin", "https://desk.example".to_owned()));
        if door.way == Way::Program {
            headers.push(("content-type", "application/json".to_owned()));
            body = json(world, harvest, chance).to_string().into_bytes();
        } else if chance.below(6) == 0 {
            headers.push(("content-type", "multipart/form-data; boundary=xXx".to_owned()));
            for (name, value) in form(world, harvest, chance) {
                let file = if chance.below(4) == 0 { "; filename=\"../../x.html\"" } else { "" };
                let part = format!(
                    "--xXx\r\ncontent-disposition: form-data; name=\"{name}\"{file}\r\n\r\n{value}\r\n"
                );
                body.extend(part.into_bytes());
            }
            body.extend(b"--xXx--\r\n");
        } else {
            headers.push(("content-type", "application/x-www-form-urlencoded".to_owned()));
            let pairs = form(world, harvest, chance);
            let pairs: Vec<String> =
                pairs.iter().map(|(name, value)| format!("{}={}", escape(name), escape(value))).collect();
            body = pairs.join("&").into_bytes();
        }
    }
    Probe { method: door.method.clone(), path, headers, body }
}

/// Whether a door changes people for this viewer: then those who try the doors are not put at stake.
fn keeps_people(door: &Door, viewer: &Trier) -> bool {
    matches!(door.right, Right::KeepPeople | Right::KeepAccountPeople) && viewer.has(door.right)
}

fn in_path(world: &World, harvest: &Harvest, name: &str, wanted: &str, chance: &mut Chance) -> String {
    match name {
        "number" => wanted.to_owned(),
        "act" | "command" if chance.below(8) > 0 => chance.one(&harvest.acts).clone(),
        "file" if chance.below(8) > 0 => {
            let asked = &world.asked[chance.below(world.asked.len())];
            chance.one(&asked.files).clone()
        }
        "message" if chance.below(8) > 0 => {
            let asked = &world.asked[chance.below(world.asked.len())];
            chance.one(&asked.messages).clone()
        }
        "name" if chance.below(3) > 0 && !harvest.assets.is_empty() => chance.one(&harvest.assets).clone(),
        "account" if chance.below(8) > 0 => chance.one(&world.account_keys).clone(),
        "key" if chance.below(8) > 0 => chance.one(&world.agreements).0.clone(),
        "version" if chance.below(8) > 0 => chance.one(&world.agreements).1.clone(),
        "token" if chance.below(2) == 0 => format!("{:064x}", chance.draw()),
        name => value(world, harvest, name, chance),
    }
}

/// A value for a parameter: mostly the name of something of somebody, whoever it is.
fn value(world: &World, harvest: &Harvest, name: &str, chance: &mut Chance) -> String {
    const ODD: [&str; 16] = [
        "",
        "0",
        "-1",
        "null",
        "true",
        "toutes",
        "all",
        "admin",
        "ORV-999999",
        "00000000-0000-0000-0000-000000000000",
        "../../etc/passwd",
        "' OR 1=1 --",
        "{{7*7}}",
        "<script>alert(1)</script>",
        "//elsewhere.example",
        "%00",
    ];
    match (name, chance.below(10)) {
        ("retour" | "next", 0..6) => "/agent/demandes/ORV-1".to_owned(),
        (_, 0..6) => chance.one(&world.names).1.clone(),
        (_, 6) => chance.one(&world.asked).number.clone(),
        (_, 7) => chance.one(&harvest.acts).clone(),
        (_, 8) => ODD[chance.below(ODD.len())].to_owned(),
        _ => format!("texte {}", chance.below(1000)),
    }
}

fn form(world: &World, harvest: &Harvest, chance: &mut Chance) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    while pairs.len() < 12 && chance.below(8) > 0 {
        let name = chance.one(&harvest.fields).clone();
        let value = value(world, harvest, &name, chance);
        pairs.push((name, value));
    }
    // Without words most deeds end before they reach anything.
    if chance.below(2) == 0 {
        pairs.push(("corps".to_owned(), "des mots".to_owned()));
        pairs.push(("objet".to_owned(), "un objet".to_owned()));
    }
    pairs
}

fn json(world: &World, harvest: &Harvest, chance: &mut Chance) -> serde_json::Value {
    let mut object = serde_json::Map::new();
    while object.len() < 10 && chance.below(7) > 0 {
        let name = chance.one(&harvest.properties).clone();
        let text = value(world, harvest, &name, chance);
        let value = match chance.below(12) {
            0 => serde_json::json!([text]),
            1 => serde_json::json!({ (name.clone()): text, "id": value(world, harvest, "id", chance) }),
            2 => serde_json::json!(chance.below(100)),
            _ => serde_json::json!(text),
        };
        object.insert(name, value);
    }
    if chance.below(2) == 0 {
        object.insert("body".to_owned(), "des mots".into());
        object.insert("subject".to_owned(), "un objet".into());
        object.retain(|name, value| value.is_string() || name == "facts");
    }
    serde_json::Value::Object(object)
}

fn escape(text: &str) -> String {
    text.bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}

/// Chance of its own for each place.
fn chance_of(seed: u64, places: [usize; 3]) -> Chance {
    let mut chance = Chance(seed);
    for place in places {
        chance.0 = chance.draw() ^ u64::try_from(place).expect("a small number");
    }
    chance
}

#[cfg(test)]
mod tests {
    use super::leak;
    use crate::world::{CANARY, Owner};
    use base64::Engine;

    /// The net has no holes: what should be caught is.
    #[test]
    fn canaries_are_seen_in_letters_and_in_base_64() {
        let own = [Owner::Customer('A')];
        assert_eq!(leak(&format!("<p>{CANARY}CA00001</p>"), &own), None);
        assert!(leak(&format!("<p>{CANARY}CA00001 {CANARY}CB00002</p>"), &own).is_some());
        assert!(leak(&format!("{CANARY}HA00001"), &own).is_some());
        for before in ["", "a", "ab", "abc", "abcd"] {
            let text = format!("{before}{CANARY}CB00002");
            assert!(
                leak(&base64::engine::general_purpose::STANDARD.encode(text), &own).is_some(),
                "{before:?}"
            );
        }
    }
}
