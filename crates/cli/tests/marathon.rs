//! The worst of weather: the server is killed, and the machine loses its power, again and again while
//! senders go on. What was acknowledged stands once, with one receipt.
//!
//! A killed process leaves its unsynced writes to the kernel, so a missing sync is only seen when the power
//! goes: the data then stand on a file system of their own that is shut down under the program.

#![expect(clippy::disallowed_methods, reason = "a test waits for a server in real time")]

use harness::{CutPower, Postgres, Program, TemporaryFolder, deliver, free_port};
use serde_json::Value;
use std::collections::{BTreeMap, HashSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);
const MAILBOX: &str = "assistance@boreal.example";
const CONTACT: &str = "maude.arsenault@kervinel.example";

/// How many senders go on whatever happens.
const SENDERS: usize = 8;

/// How often something happens, by how long the tests may take.
fn times(usually: usize, long: usize) -> usize {
    let asked = std::env::var("ENTENTE_CRASHES").ok().and_then(|asked| asked.parse::<usize>().ok());
    asked.unwrap_or(if std::env::var_os("ENTENTE_LONG").is_some() { long } else { usually })
}

/// A desk served from a configuration, with its data in one folder.
struct Served {
    program: Option<Program>,
    http: String,
    smtp: String,
    config: PathBuf,
    outgoing: PathBuf,
    /// Letters that left and were read already.
    read: HashSet<OsString>,
    /// How many receipts each letter has, by what they answer.
    receipts: BTreeMap<String, usize>,
    /// What the program said, of each run the last words.
    said: Vec<String>,
    _folder: TemporaryFolder,
}

impl Served {
    fn start(database: &str, data: &Path) -> Self {
        let folder = TemporaryFolder::new("marathon");
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("the workspace").display();
        let (http, smtp) = (format!("127.0.0.1:{}", free_port()), format!("127.0.0.1:{}", free_port()));
        let outgoing = data.join("outgoing");
        let text = format!(
            "agreements = [\"{root}/agreements/solidassist.md\"]\nload = [\"{root}/demo/solidassist.toml\"]\n\
             [http]\nlisten = \"{http}\"\n[database]\nurl = \"{database}\"\n[mail]\nhost_name = \"desk.example\"\n\
             requests_per_person = 1000000\n\
             [mail.inbound]\nlisten = \"{smtp}\"\n[mail.outbound]\nmaildir = \"{}\"\n",
            outgoing.display()
        );
        let config = folder.path().join("entente.toml");
        std::fs::write(&config, text).expect("the configuration is written");
        let (read, receipts, said) = (HashSet::new(), BTreeMap::new(), Vec::new());
        let mut served =
            Self { program: None, http, smtp, config, outgoing, read, receipts, said, _folder: folder };
        served.run();
        served
    }

    fn run(&mut self) {
        let mut program = Program::start(&["serve", "--config", &self.config.display().to_string()]);
        program.wait_ready(&self.http, PATIENCE);
        self.program = Some(program);
    }

    fn kill(&mut self) {
        if let Some(mut program) = self.program.take() {
            program.kill();
            let said = program.stderr();
            let from = said.lines().count().saturating_sub(5);
            self.said.extend(said.lines().skip(from).map(str::to_owned));
        }
    }

    /// Every subject of the desk's requests with how often it stands, and the numbers. A request that moves in
    /// the list while that is read may be met twice, and is still one: numbers tell.
    fn stands(&self) -> (BTreeMap<String, usize>, Vec<u64>) {
        let config = self.config.display().to_string();
        let out = Program::run(&["user", "token", "--config", &config, "noe.tremblay@boreal.example"], b"");
        let token = String::from_utf8(out.stdout).expect("a token").trim().to_owned();
        let client = harness::Client::new(&self.http).with_bearer(&token);
        let mut met: BTreeMap<u64, String> = BTreeMap::new();
        let mut path = "/api/v1/tickets".to_owned();
        loop {
            let page: Value = client.get(&path).expect(200).json();
            for ticket in page["items"].as_array().into_iter().flatten() {
                let number = ticket["number"].as_str().and_then(|number| number.rsplit('-').next());
                let number = number.and_then(|digits| digits.parse().ok()).expect("a number");
                met.insert(number, ticket["subject"].as_str().unwrap_or_default().to_owned());
            }
            match page["cursor"].as_str() {
                Some(cursor) => path = format!("/api/v1/tickets?cursor={cursor}"),
                None => break,
            }
        }
        let mut opened = BTreeMap::new();
        for subject in met.values() {
            *opened.entry(subject.clone()).or_default() += 1;
        }
        (opened, met.into_keys().collect())
    }

    /// Reads the letters that left since, and counts which of those taken in have a receipt by now.
    fn read_receipts(&mut self) {
        for entry in std::fs::read_dir(self.outgoing.join("new")).into_iter().flatten().flatten() {
            if !self.read.insert(entry.file_name()) {
                continue;
            }
            let bytes = std::fs::read(entry.path()).unwrap_or_default();
            let text = String::from_utf8_lossy(&bytes).into_owned();
            if let Some(answered) = text.lines().find_map(|line| line.strip_prefix("In-Reply-To: ")) {
                *self.receipts.entry(answered.trim().to_owned()).or_default() += 1;
            }
        }
    }

    /// Waits until every letter that was taken has its receipt, or none left for a while. What a stopped server had
    /// in hand is left to it for a minute; as long as receipts leave, it is at work. Nothing else is asked of it
    /// meanwhile. Gives for how long none left.
    fn wait_for_receipts(&mut self, acknowledged: &[String]) -> Duration {
        let (mut last, mut left) = (Instant::now(), 0);
        loop {
            self.read_receipts();
            if self.receipts.len() > left {
                (last, left) = (Instant::now(), self.receipts.len());
            }
            let lacks = |id: &String| !self.receipts.contains_key(&format!("<{id}@client.example>"));
            if !acknowledged.iter().any(lacks) || last.elapsed() > Duration::from_secs(150) {
                return last.elapsed();
            }
            std::thread::sleep(Duration::from_secs(1));
        }
    }
}

/// Senders who send each letter again until it is taken, as a mail server would.
struct Senders {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<Vec<String>>>,
}

impl Senders {
    fn start(smtp: &str) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let threads = (0..SENDERS)
            .map(|sender| {
                let (smtp, stop) = (smtp.to_owned(), Arc::clone(&stop));
                std::thread::spawn(move || {
                    let (mut acknowledged, mut number) = (Vec::new(), 0);
                    while !stop.load(Ordering::SeqCst) {
                        let id = format!("s{sender}-{number}");
                        let message = format!(
                            "From: {CONTACT}\r\nTo: {MAILBOX}\r\nSubject: Panne {id}\r\n\
                             Message-ID: <{id}@client.example>\r\n\r\nBonjour, {id}.\r\n"
                        );
                        match deliver(&smtp, CONTACT, &[MAILBOX], message.as_bytes()) {
                            Ok(reply) if reply.code == 250 => {
                                acknowledged.push(id);
                                number += 1;
                            }
                            _ => std::thread::sleep(Duration::from_millis(20)),
                        }
                    }
                    acknowledged
                })
            })
            .collect();
        Self { stop, threads }
    }

    fn finish(self) -> Vec<String> {
        self.stop.store(true, Ordering::SeqCst);
        self.threads.into_iter().flat_map(|thread| thread.join().expect("a sender ends")).collect()
    }
}

/// What is wrong: of letters that were acknowledged, requests that stand, and receipts that left.
fn wrongs(
    acknowledged: &[String],
    opened: &BTreeMap<String, usize>,
    receipts: &BTreeMap<String, usize>,
    numbers: &[u64],
) -> Vec<String> {
    let mut wrongs = Vec::new();
    for id in acknowledged {
        match opened.get(&format!("Panne {id}")).copied().unwrap_or_default() {
            1 => {}
            count => wrongs.push(format!("{id} was acknowledged and stands {count} times")),
        }
        match receipts.get(&format!("<{id}@client.example>")).copied().unwrap_or_default() {
            1 => {}
            count => wrongs.push(format!("{id} has {count} receipts")),
        }
    }
    wrongs.extend(
        opened.iter().filter(|(_, count)| **count > 1).map(|(subject, _)| format!("{subject} stands twice")),
    );
    // A letter in flight at the last moment may stand without its sender knowing: at most one each.
    if opened.len() > acknowledged.len() + SENDERS {
        wrongs.push(format!("{} stand of {} acknowledged", opened.len(), acknowledged.len()));
    }
    let mut numbers = numbers.to_vec();
    numbers.sort_unstable();
    if numbers != (1..=numbers.len() as u64).collect::<Vec<_>>() {
        wrongs.push("numbers have gaps or doubles".to_owned());
    }
    wrongs
}

/// Lets senders go on while something happens `count` times, and looks at what stands in the end.
fn marathon(name: &str, served: &mut Served, count: usize, mut happen: impl FnMut(&mut Served)) {
    let begun = Instant::now();
    let senders = Senders::start(&served.smtp);
    for round in 0..count {
        // At a moment that is never the same.
        std::thread::sleep(Duration::from_millis(100 + (round as u64 * 37) % 250));
        happen(served);
    }
    std::thread::sleep(Duration::from_millis(500));
    let acknowledged = senders.finish();
    assert!(acknowledged.len() > count, "the senders got through: {}", acknowledged.len());
    let idle = served.wait_for_receipts(&acknowledged);
    let (opened, numbers) = served.stands();
    let wrongs = wrongs(&acknowledged, &opened, &served.receipts, &numbers);
    if !wrongs.is_empty() {
        served.kill();
        let said =
            served.said.iter().rev().take(200).rev().map(String::as_str).collect::<Vec<_>>().join("\n");
        panic!(
            "{name}, {count} times: {} wrongs of {} acknowledged, {} stand, {} have receipts, none left for {} s\n{}\n{said}",
            wrongs.len(),
            acknowledged.len(),
            opened.len(),
            served.receipts.len(),
            idle.as_secs(),
            wrongs.iter().take(50).map(String::as_str).collect::<Vec<_>>().join("\n"),
        );
    }
    println!(
        "{name}: {count} times, {} acknowledged, none lost, none doubled, one receipt each, {} s",
        acknowledged.len(),
        begun.elapsed().as_secs()
    );
}

fn killed(served: &mut Served) {
    served.kill();
    served.run();
}

#[test]
fn killed_again_and_again_it_loses_nothing_and_doubles_nothing() {
    let folder = TemporaryFolder::new("marathon");
    let database = format!("sqlite:{}/desk.sqlite", folder.path().display());
    marathon("killed on SQLite", &mut Served::start(&database, folder.path()), times(20, 1_000), killed);
}

#[test]
fn killed_again_and_again_it_loses_nothing_and_doubles_nothing_postgres() {
    let folder = TemporaryFolder::new("marathon");
    let database = Postgres::shared().fresh_database();
    marathon("killed on PostgreSQL", &mut Served::start(&database, folder.path()), times(10, 1_000), killed);
}

/// Kills the program and cuts the power of its SQLite file, again and again.
fn without_power(name: &str, power: Option<CutPower>) {
    let Some(power) = power else {
        println!("skipped: no file system can be mounted here, which takes root and loop devices");
        return;
    };
    let database = format!("sqlite:{}/desk.sqlite", power.path().display());
    let mut served = Served::start(&database, power.path());
    marathon(name, &mut served, times(5, 100), |served| {
        served.kill();
        power.cut();
        served.run();
    });
    served.kill();
}

#[test]
fn without_power_again_and_again_it_loses_nothing_and_doubles_nothing() {
    without_power("without power on SQLite and ext4", CutPower::mount());
}

#[test]
fn without_power_on_xfs_it_loses_nothing_and_doubles_nothing() {
    without_power("without power on SQLite and XFS", CutPower::mount_xfs());
}

/// The database server loses its power together with the desk.
#[test]
fn without_power_again_and_again_it_loses_nothing_and_doubles_nothing_postgres() {
    let Some(power) = CutPower::mount() else {
        println!("skipped: no file system can be mounted here, which takes root and loop devices");
        return;
    };
    let server = Postgres::start_in(power.path());
    let database = server.fresh_database();
    power.settle();
    let mut served = Served::start(&database, power.path());
    marathon("without power on PostgreSQL and ext4", &mut served, times(5, 100), |served| {
        served.kill();
        server.halt();
        power.cut();
        server.resume();
        served.run();
    });
    served.kill();
    server.halt();
}

/// The net has no holes: what a careless program does is seen.
#[test]
fn a_careless_program_is_caught() {
    let one = BTreeMap::from([("Panne s0-0".to_owned(), 1)]);
    let receipt = BTreeMap::from([("<s0-0@client.example>".to_owned(), 1)]);
    let taken = ["s0-0".to_owned()];
    assert!(wrongs(&taken, &one, &receipt, &[1]).is_empty());
    assert!(!wrongs(&taken, &BTreeMap::new(), &receipt, &[]).is_empty(), "acknowledged before it stood");
    let twice = BTreeMap::from([("Panne s0-0".to_owned(), 2)]);
    assert!(!wrongs(&taken, &twice, &receipt, &[1, 2]).is_empty(), "taken twice");
    assert!(!wrongs(&taken, &one, &BTreeMap::new(), &[1]).is_empty(), "no receipt");
    let receipts = BTreeMap::from([("<s0-0@client.example>".to_owned(), 2)]);
    assert!(!wrongs(&taken, &one, &receipts, &[1]).is_empty(), "two receipts");
    assert!(!wrongs(&taken, &one, &receipt, &[2]).is_empty(), "a number is missing");
    let Some(power) = CutPower::mount() else { return };
    // Who does not sync loses at the first cut, and who does keeps.
    let kept = power.path().join("kept");
    let mut file = std::fs::File::create(&kept).expect("written");
    std::io::Write::write_all(&mut file, b"acknowledged").expect("written");
    file.sync_all().expect("synced");
    std::fs::File::open(power.path()).and_then(|folder| folder.sync_all()).expect("synced");
    std::fs::write(power.path().join("lost"), b"acknowledged").expect("written");
    drop(file);
    power.cut();
    assert_eq!(std::fs::read(&kept).expect("it stands"), b"acknowledged");
    assert!(!std::fs::read(power.path().join("lost")).is_ok_and(|bytes| bytes == b"acknowledged"));
}
