//! Bad weather: each answers clearly, loses nothing, and recovers by itself. The worst of it is in
//! `marathon.rs`.

#![expect(clippy::disallowed_methods, reason = "a test waits for a server in real time")]

use harness::{Demo, Postgres, Program, Smtp, TemporaryFolder, deliver, free_port};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
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

    /// A browser in which somebody is signed in by the link of the command line.
    fn browser(&self, address: &str) -> harness::Client {
        let out =
            Program::run(&["user", "link", "--config", &self.config.display().to_string(), address], b"");
        let link = String::from_utf8(out.stdout).expect("a link").trim().to_owned();
        let path = link.split_once(&self.http).expect("it leads here").1.to_owned();
        let client = harness::Client::new(&self.http);
        client.get(&path).expect(200);
        client.post_form(&path, &[]).expect(303);
        client
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

/// A stop cuts nothing that is under way, however many browsers listen: their streams end, as streams do.
#[test]
fn a_stop_lets_what_is_under_way_end_and_ends_streams() {
    let mut desk = Served::start("url = \"sqlite:FOLDER/desk.sqlite\"");
    let browser = desk.browser("maude.arsenault@kervinel.example");
    let head = format!("Host: {}\r\nCookie: {}\r\n", desk.http, browser.cookie_header());
    let mut stream = std::net::TcpStream::connect(&desk.http).expect("connected");
    stream.set_read_timeout(Some(PATIENCE)).expect("a limit");
    write!(stream, "GET /evenements HTTP/1.1\r\n{head}\r\n").expect("asked");
    let mut listening = BufReader::new(stream);
    let mut first = String::new();
    listening.read_line(&mut first).expect("a line");
    assert!(first.starts_with("HTTP/1.1 200"), "{first}");

    let form = b"courriel=personne%40ailleurs.example";
    let mut slow = std::net::TcpStream::connect(&desk.http).expect("connected");
    slow.set_read_timeout(Some(PATIENCE)).expect("a limit");
    write!(
        slow,
        "POST /connexion HTTP/1.1\r\nHost: {}\r\nSec-Fetch-Site: same-origin\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n",
        desk.http,
        form.len()
    )
    .expect("the head is sent");
    slow.write_all(&form[..9]).expect("a part is sent");
    // The connection is taken before the stop: what was never taken is not under way.
    std::thread::sleep(Duration::from_secs(1));
    let asking = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_secs(4));
        slow.write_all(&form[9..]).expect("the rest is sent");
        let mut answer = String::new();
        let _ = slow.read_to_string(&mut answer);
        answer
    });
    assert_eq!(desk.program.stop(PATIENCE).code(), Some(0));
    let answer = asking.join().expect("it asked");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let mut rest = Vec::new();
    listening.read_to_end(&mut rest).expect("the stream");
    assert!(rest.ends_with(b"0\r\n\r\n"), "the stream has its end: {}", String::from_utf8_lossy(&rest));
}

#[test]
fn a_lost_database_postgres_is_told_and_found_again() {
    let postgres = Postgres::start();
    let url = postgres.fresh_database();
    let desk = Served::start(&format!("url = \"{url}\""));
    let token = desk.token("noe.tremblay@boreal.example");
    assert_eq!(desk.send("before", "Bonjour."), 250);
    let browser = desk.browser("maude.arsenault@kervinel.example");
    browser.get("/portal").expect(200);
    postgres.halt();
    assert_eq!(desk.send("during", "Bonjour."), 451);
    nobody_gets_in_and_nothing_is_told(&desk, &browser, &token);
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
    browser.get("/portal").expect(200);
    assert!(desk.folder.path().join("entente.toml").exists());
}

/// While the database is away: every door says so and when to come back, opens for nobody, and says nothing of what
/// stands behind it.
fn nobody_gets_in_and_nothing_is_told(desk: &Served, browser: &harness::Client, token: &str) {
    let stranger = || harness::Client::new(&desk.http);
    let form = [("Content-Type", "application/x-www-form-urlencoded"), ("Sec-Fetch-Site", "same-origin")];
    let asked: &[(&str, harness::Client, &str, &[u8])] = &[
        ("GET", stranger().with_bearer(token), "/api/v1/tickets", b""),
        ("GET", stranger().with_bearer("invented"), "/api/v1/tickets", b""),
        ("GET", stranger().with_bearer("invented"), "/api/v1/people", b""),
        ("POST", stranger(), "/connexion", b"courriel=noe.tremblay%40boreal.example"),
        ("POST", stranger(), "/connexion", b"courriel=noe.tremblay%40boreal.example&motdepasse=invented"),
        ("GET", stranger(), "/readyz", b""),
    ];
    let mut answers: Vec<(String, harness::Answer)> = asked
        .iter()
        .map(|(method, client, path, body)| {
            let headers = if *method == "POST" { &form[..] } else { &[] };
            (format!("{method} {path}"), client.send(method, path, headers, body).expect("answered"))
        })
        .collect();
    for path in ["/agent", "/portal", "/admin", "/compte"] {
        answers.push((format!("GET {path}"), browser.get(path)));
        let invented = stranger();
        invented.set_cookie("entente", "invented");
        answers.push((format!("GET {path}, invented"), invented.get(path)));
    }
    for (asked, answer) in answers {
        let said = answer.text();
        assert_eq!(answer.status, 503, "{asked}: {said}");
        let is_watched = asked.contains("readyz");
        assert!(is_watched || answer.header("retry-after").is_some(), "{asked} says when to come back");
        assert!(answer.header("set-cookie").is_none(), "{asked} lets nobody in");
        let told = said.to_lowercase();
        for inside in
            ["postgres", "sql", "127.0.0.1:", "connection", "/tmp", "/home", ".rs:", "panicked", "select "]
        {
            assert!(
                !told.contains(inside) || inside == "127.0.0.1:" && said.contains(&desk.http),
                "{asked}: {inside} in {said}"
            );
        }
    }
}

/// A mail server that answers each recipient with this, and its port; what is said to it is gathered.
fn mail_server(at_recipients: &'static str) -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("bound").port();
    let told = Arc::new(Mutex::new(Vec::new()));
    let gathered = Arc::clone(&told);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut out = stream.try_clone().expect("the connection");
            let mut say = move |text: &str| out.write_all(text.as_bytes());
            let _ = say("220 mx.example\r\n");
            let mut is_letter = false;
            for line in BufReader::new(stream).lines().map_while(Result::ok) {
                gathered.lock().expect("no holder panics").push(line.clone());
                if is_letter && line != "." {
                    continue;
                }
                let verb = line.split([' ', ':']).next().unwrap_or_default();
                is_letter = verb == "DATA";
                let answer = match verb {
                    "EHLO" => "250-mx.example\r\n250 8BITMIME\r\n",
                    "RCPT" => at_recipients,
                    "DATA" => "354 go on\r\n",
                    "QUIT" => "221 bye\r\n",
                    _ => "250 fine\r\n",
                };
                if say(answer).is_err() {
                    break;
                }
            }
        }
    });
    (port, told)
}

/// A refusal in words that look like lines of the log, and clear the screen.
const LIES: &str = "550-a\u{1b}[2J\r\n550-2026-11-26T00:00:00Z ERROR lie\r\n550 \u{9b}31m b\r\n";

#[test]
fn what_others_answer_makes_no_line_of_the_log_and_moves_no_cursor() {
    for format in ["text", "json"] {
        let mut desk = Served::start("url = \"sqlite:FOLDER/desk.sqlite\"");
        let maildir = format!("maildir = \"{}\"", desk.folder.join("outgoing"));
        let server = format!(
            "host = \"127.0.0.1\"\nport = {}\nencryption = \"none\"\n[log]\nformat = \"{format}\"",
            mail_server(LIES).0
        );
        desk.restart_with(&maildir, &server);
        assert_eq!(desk.send("refused", "Bonjour."), 250);
        let told = desk.program.wait_for_line("lie", PATIENCE);
        assert!(told.contains("a notice could not be handed over"), "{told}");
        std::thread::sleep(Duration::from_millis(200));
        let said = desk.program.stderr();
        assert!(!said.contains(['\u{1b}', '\u{9b}', '\r']), "{said:?}");
        for line in said.lines().filter(|line| line.contains("lie")) {
            assert!(line.contains("handed over"), "each line is one event: {said}");
            assert!(!line.starts_with("2026-11-26T00:00:00Z"), "{said}");
            if format == "json" {
                let event: Value = serde_json::from_str(line).expect("a line of JSON");
                assert_eq!(event["level"], "WARN", "{line}");
            }
        }
    }
}

/// A number of the kernel's about the network that this process is in.
fn counted(table: &str, name: &str) -> u64 {
    let text = std::fs::read_to_string("/proc/net/snmp").expect("the kernel counts");
    let rows: Vec<&str> = text.lines().filter(|line| line.starts_with(table)).collect();
    let place = rows[0].split_whitespace().position(|known| known == name).expect("it is counted");
    rows[1].split_whitespace().nth(place).and_then(|count| count.parse().ok()).expect("a number")
}

/// How often something was sent to where no way leads: off this machine.
fn dialled_out() -> u64 {
    let six = std::fs::read_to_string("/proc/net/snmp6").unwrap_or_default();
    let six = six.lines().find_map(|line| line.strip_prefix("Ip6OutNoRoutes"));
    counted("Ip:", "OutNoRoutes") + six.and_then(|count| count.trim().parse::<u64>().ok()).unwrap_or(0)
}

/// The program connects to what its configuration names and to nothing else: in a network of its own, where only
/// loopback is, the kernel counts what tries to leave and what knocks where nobody listens. Source: ASVS 5.0, 13.2.5.
#[test]
fn the_program_dials_nothing_that_is_not_configured() {
    const INSIDE: &str = "ENTENTE_TEST_ALONE";
    if std::env::var_os(INSIDE).is_none() {
        let own = std::env::current_exe().expect("this program");
        let test = "the_program_dials_nothing_that_is_not_configured";
        let alone = Command::new("unshare")
            .args(["--net", "--", "sh", "-c", "ip link set lo up && exec \"$0\" \"$@\""])
            .arg(own)
            .args(["--exact", test, "--nocapture"])
            .env(INSIDE, "1")
            .output();
        match alone {
            Ok(ran) if ran.status.success() => {}
            Ok(ran) => {
                let said = String::from_utf8_lossy(&ran.stderr).into_owned();
                let may_not = ["Operation not permitted", "unshare failed", "ip: not found"];
                assert!(
                    may_not.iter().any(|reason| said.contains(reason)),
                    "{}{said}",
                    String::from_utf8_lossy(&ran.stdout)
                );
                eprintln!("skipped: this machine gives no network of its own ({})", said.trim());
            }
            Err(error) => eprintln!("skipped: there is no `unshare` ({error})"),
        }
        return;
    }
    let mut desk = Served::start("url = \"sqlite:FOLDER/desk.sqlite\"");
    let (port, told) = mail_server("250 fine\r\n");
    let maildir = format!("maildir = \"{}\"", desk.folder.join("outgoing"));
    desk.restart_with(&maildir, &format!("host = \"127.0.0.1\"\nport = {port}\nencryption = \"none\""));
    let knocked = || (counted("Tcp:", "AttemptFails"), counted("Udp:", "NoPorts"));
    let before = knocked();

    assert_eq!(desk.send("alone", "Bonjour."), 250);
    let browser = desk.browser("maude.arsenault@kervinel.example");
    for path in ["/portal", "/portal/demandes/SOL-1", "/compte", "/chercher"] {
        assert!(browser.get(path).status < 500, "{path}");
    }
    let form = [("Content-Type", "application/x-www-form-urlencoded"), ("Sec-Fetch-Site", "same-origin")];
    let asked = harness::Client::new(&desk.http)
        .send("POST", "/connexion", &form, b"courriel=noe.tremblay%40boreal.example")
        .expect("answered");
    assert_eq!(asked.status, 200);
    let until = Instant::now() + PATIENCE;
    let is_told = |name: &str| told.lock().expect("no holder panics").iter().any(|line| line.contains(name));
    while !(is_told("RCPT TO:<maude.arsenault@kervinel.example>")
        && is_told("RCPT TO:<noe.tremblay@boreal.example>"))
    {
        assert!(Instant::now() < until, "letters leave to the server that is configured: {told:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(dialled_out(), 0, "something tried to leave this machine");
    assert_eq!(knocked(), before, "something knocked where nobody listens");
    assert_eq!(desk.program.stop(PATIENCE).code(), Some(0));

    // What would be seen, had it been done.
    let _ = std::net::TcpStream::connect("192.0.2.1:443");
    assert_eq!(dialled_out(), 1, "the kernel counts");
}
