//! Bad weather: each answers clearly, loses nothing, and recovers by itself. The worst of it is in
//! `marathon.rs`.

#![expect(clippy::disallowed_methods, reason = "a test waits for a server in real time")]

use harness::{Demo, Postgres, Program, Smtp, TemporaryFolder, deliver, free_port};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const PROVIDER: &str = "solidassist";
const PATIENCE: Duration = Duration::from_secs(60);

fn letter(from: &str, to: &str, id: &str, body: &str) -> Vec<u8> {
    format!(
        "From: {from}\r\nTo: {to}\r\nSubject: Panne {id}\r\nMessage-ID: <{id}@client.example>\r\n\
         Date: Fri, 14 Aug 2026 17:59:00 -0400\r\n\r\n{body}\r\n"
    )
    .into_bytes()
}

/// Every request of the provider that the agent's API lists, newest page after newest page.
fn tickets(client: &harness::Client) -> Vec<Value> {
    let mut found = Vec::new();
    let mut path = "/api/v1/tickets".to_owned();
    loop {
        let page = client.get(&path).expect(200).json();
        let rows = page["items"].as_array().cloned().unwrap_or_default();
        found.extend(rows);
        match page["cursor"].as_str() {
            Some(cursor) => path = format!("/api/v1/tickets?cursor={cursor}"),
            None => return found,
        }
    }
}

#[test]
fn letters_of_every_kind_are_answered_clearly() {
    let demo = Demo::start_at("2026-08-14T17:59:00-04:00");
    let mailbox = demo.mailbox(PROVIDER);
    let contact = demo.person(PROVIDER, "contact");
    let agent = demo.api(&demo.person(PROVIDER, "agent"));

    // No such mailbox: refused at RCPT, before anything is sent.
    let mut smtp = Smtp::connect(demo.smtp()).expect("connected");
    smtp.hello("client.example").expect("greeted");
    smtp.mail_from(&contact.email).expect("from");
    assert_eq!(smtp.recipient("nobody@boreal.example").expect("answered").code, 550);
    assert_eq!(smtp.recipient(&mailbox).expect("answered").code, 250);
    smtp.cut();

    // An empty letter and a broken one are taken, and nothing of the broken one is lost.
    let empty =
        format!("From: {}\r\nTo: {mailbox}\r\nMessage-ID: <empty@client.example>\r\n\r\n", contact.email);
    let broken = format!(
        "From: {}\r\nTo: {mailbox}\r\nSubject: =?utf-8?B?abc\r\nContent-Type: multipart/mixed; boundary=\"x\"\r\n\r\n\
         --x\r\nContent-Type: text/plain; charset=unknown-7\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!not base64!!!\r\n",
        contact.email
    );
    for message in [empty, broken] {
        assert_eq!(
            deliver(demo.smtp(), &contact.email, &[&mailbox], message.as_bytes()).expect("answered").code,
            250
        );
    }

    // Thirty megabytes come through whole; more than the limit is refused with 552.
    let bytes: Vec<u8> =
        (0..30 * 1024 * 1024_u32).map(|place| (place.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let mut large = format!(
        "From: {}\r\nTo: {mailbox}\r\nSubject: Gros fichier\r\nMessage-ID: <large@client.example>\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=\"part\"\r\n\r\n--part\r\nContent-Type: text/plain\r\n\r\nVoici.\r\n\
         --part\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=\"modele.bin\"\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n",
        contact.email
    )
    .into_bytes();
    for line in base64_lines(&bytes) {
        large.extend_from_slice(line.as_bytes());
        large.extend_from_slice(b"\r\n");
    }
    let above: Vec<u8> = [large.as_slice(), b"--part\r\n\r\n", &vec![b'a'; 28 * 1024 * 1024][..]].concat();
    large.extend_from_slice(b"--part--\r\n");
    assert_eq!(deliver(demo.smtp(), &contact.email, &[&mailbox], &large).expect("answered").code, 250);
    assert_eq!(deliver(demo.smtp(), &contact.email, &[&mailbox], &above).expect("answered").code, 552);

    let all = tickets(&agent);
    assert_eq!(all.len(), 3, "one request each, none for what was refused");
    let number = all
        .iter()
        .find(|ticket| ticket["subject"] == "Gros fichier")
        .and_then(|ticket| ticket["number"].as_str())
        .expect("the large one stands");
    let ticket = agent.get(&format!("/api/v1/tickets/{number}")).expect(200).json();
    let file = &ticket["messages"][0]["files"][0];
    assert_eq!(
        (file["name"].as_str(), file["size"].as_u64()),
        (Some("modele.bin"), Some(bytes.len() as u64))
    );
}

fn base64_lines(bytes: &[u8]) -> Vec<String> {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    bytes
        .chunks(57)
        .map(|line| {
            let mut text = String::with_capacity(76);
            for group in line.chunks(3) {
                let mut word = [0_u8; 3];
                word[..group.len()].copy_from_slice(group);
                let bits = u32::from_be_bytes([0, word[0], word[1], word[2]]);
                for place in 0..4 {
                    if place <= group.len() {
                        text.push(LETTERS[(bits >> (18 - 6 * place) & 63) as usize] as char);
                    } else {
                        text.push('=');
                    }
                }
            }
            text
        })
        .collect()
}

/// A desk served from a configuration, with the sample data of the demonstration.
struct Served {
    program: Program,
    http: String,
    smtp: String,
    config: PathBuf,
    folder: TemporaryFolder,
}

impl Served {
    fn start(database: &str) -> Self {
        let folder = TemporaryFolder::new("served");
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .ancestors()
            .nth(2)
            .expect("the workspace")
            .display()
            .to_string();
        let (http, smtp) = (format!("127.0.0.1:{}", free_port()), format!("127.0.0.1:{}", free_port()));
        let database = database.replace("FOLDER", &folder.path().display().to_string());
        let text = format!(
            "agreements = [\"{root}/agreements/solidassist.md\"]\nload = [\"{root}/demo/solidassist.toml\"]\n\
             [http]\nlisten = \"{http}\"\n[database]\n{database}\n[mail]\nhost_name = \"desk.example\"\n\
             [mail.inbound]\nlisten = \"{smtp}\"\n[mail.outbound]\nmaildir = \"{}\"\n",
            folder.join("outgoing")
        );
        let config = folder.path().join("entente.toml");
        std::fs::write(&config, text).expect("the configuration is written");
        let program = Self::program(&config, &http);
        Self { program, http, smtp, config, folder }
    }

    fn program(config: &Path, http: &str) -> Program {
        let mut program = Program::start(&["serve", "--config", &config.display().to_string()]);
        program.wait_ready(http, PATIENCE);
        program
    }

    fn restart_with(&mut self, from: &str, to: &str) {
        self.program.stop(PATIENCE);
        let text = std::fs::read_to_string(&self.config).expect("the configuration");
        std::fs::write(&self.config, text.replace(from, to)).expect("the configuration is written");
        self.program = Self::program(&self.config, &self.http);
    }

    fn token(&self, address: &str) -> String {
        let out =
            Program::run(&["user", "token", "--config", &self.config.display().to_string(), address], b"");
        String::from_utf8(out.stdout).expect("a token").trim().to_owned()
    }

    fn send(&self, id: &str, body: &str) -> u16 {
        let message = letter("maude.arsenault@kervinel.example", "assistance@boreal.example", id, body);
        deliver(&self.smtp, "maude.arsenault@kervinel.example", &["assistance@boreal.example"], &message)
            .map_or(0, |reply| reply.code)
    }
}

#[test]
fn a_full_disk_refuses_and_leaves_nothing_half_written() {
    let mut desk = Served::start("url = \"sqlite:FOLDER/desk.sqlite\"\nmax_pages = 700");
    let token = desk.token("noe.tremblay@boreal.example");
    let body = "x".repeat(100_000);
    let mut codes = Vec::new();
    for number in 0..40 {
        codes.push(desk.send(&format!("full-{number}"), &body));
        if codes.last() == Some(&452) {
            break;
        }
    }
    assert_eq!(codes.last(), Some(&452), "the disk filled up: {codes:?}");
    let taken = codes.iter().filter(|code| **code == 250).count();
    assert!(taken > 0 && codes.iter().all(|code| [250, 452].contains(code)), "{codes:?}");
    let refused = format!("full-{}", codes.len() - 1);

    // Room is made: what was refused is taken now, once, and all that was acknowledged is there.
    desk.restart_with("max_pages = 700", "max_pages = 100000");
    assert_eq!(desk.send(&refused, &body), 250);
    let client = harness::Client::new(&desk.http).with_bearer(&token);
    let all = tickets(&client);
    assert_eq!(all.len(), taken + 1);
    let doctored =
        all.iter().filter(|ticket| ticket["subject"] == format!("Panne {refused}").as_str()).count();
    assert_eq!(doctored, 1);
}

#[test]
fn a_lost_database_postgres_is_told_and_found_again() {
    let postgres = Postgres::start();
    let url = postgres.fresh_database();
    let desk = Served::start(&format!("url = \"{url}\""));
    let token = desk.token("noe.tremblay@boreal.example");
    assert_eq!(desk.send("before", "Bonjour."), 250);
    postgres.halt();
    assert_eq!(desk.send("during", "Bonjour."), 451);
    postgres.resume();
    let until = Instant::now() + PATIENCE;
    let mut code = 0;
    while code != 250 && Instant::now() < until {
        code = desk.send("during", "Bonjour.");
        std::thread::sleep(Duration::from_millis(200));
    }
    assert_eq!(code, 250, "it recovers by itself");
    let client = harness::Client::new(&desk.http).with_bearer(&token);
    assert_eq!(tickets(&client).len(), 2);
    assert!(desk.folder.path().join("entente.toml").exists());
}
