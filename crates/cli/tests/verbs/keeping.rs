//! Copies, restoring, erasing, exporting, migrating and cleaning, by the verbs of the program alone, on both databases.

use crate::{expect, run, text};
use harness::{Client, Postgres, Program, TemporaryFolder, free_port};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

const CANARY: &str = "zqverbes";
const MAUDE: &str = "maude.arsenault@kervinel.example";
/// Somebody else of the sample data.
const ERASED: &str = "paul.roy@kervinel.example";
const ACCOUNT: &str = "kervinel";

struct House {
    folder: TemporaryFolder,
    http: String,
}

impl House {
    fn new() -> Self {
        Self { folder: TemporaryFolder::new("keeping"), http: format!("127.0.0.1:{}", free_port()) }
    }

    fn path(&self, name: &str) -> String {
        self.folder.join(name)
    }

    /// A configuration over a database, with the list of erasures in the folder.
    fn config(&self, name: &str, url: &str) -> String {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("the workspace").display();
        let config = self.path(name);
        let written = format!(
            "agreements = [\"{root}/agreements/solidassist.md\"]\nload = [\"{root}/demo/solidassist.toml\"]\n\
             [http]\nlisten = \"{}\"\n[database]\nurl = \"{url}\"\n[mail]\nhost_name = \"desk.example\"\n\
             [mail.outbound]\nmaildir = \"{}\"\n[privacy]\nerasures_file = \"{}\"\n",
            self.http,
            self.path("outgoing"),
            self.path("erasures.jsonl"),
        );
        std::fs::write(&config, written).expect("written");
        config
    }

    /// A request that Maude asked, lived on the running program.
    fn lived(&self, config: &str) -> String {
        let mut program = Program::start(&["serve", "--config", config]);
        program.wait_ready(&self.http, Duration::from_secs(60));
        let token = text(&run(&["user", "token", "--config", config, MAUDE]).stdout).trim().to_owned();
        let client = Client::new(&self.http).with_bearer(&token);
        let asked =
            json!({ "subject": format!("Panne {CANARY}"), "body": format!("Rien ne s’ouvre. {CANARY}") });
        let answer = client.post_json("/api/v1/tickets", &asked);
        assert!(answer.status < 300, "{}", answer.text());
        let number = answer.json()["number"].as_str().expect("a number").to_owned();
        program.stop(Duration::from_secs(60));
        number
    }
}

/// A verb opens with whichever key sealed something and seals nothing anew: the server that runs meanwhile knows the keys
/// that it was started with. Its next start seals by the first.
#[test]
fn only_a_server_seals_anew() {
    let house = House::new();
    let file = house.path("desk.sqlite");
    let config = house.config("entente.toml", &format!("sqlite:{file}"));
    let plain = std::fs::read_to_string(&config).expect("the configuration");
    let sealed_by = |names: &[&str]| {
        let mut text = plain.clone();
        for name in names {
            let secret = house.path(name);
            std::fs::write(&secret, format!("{name}, thirty-two characters and more")).expect("written");
            text += &format!("[[sign_in.sealing_keys]]\nname = \"{name}\"\nfile = \"{secret}\"\n");
        }
        std::fs::write(&config, text).expect("written");
    };
    let holds = |name: &str| {
        let mark = format!("sealed:{name}:");
        ["", "-wal"].iter().any(|end| {
            let bytes = std::fs::read(format!("{file}{end}")).unwrap_or_default();
            bytes.windows(mark.len()).any(|part| part == mark.as_bytes())
        })
    };
    sealed_by(&["of-2026"]);
    house.lived(&config);
    expect(0, &["keys", "rotate", "reply", "--config", &config]);
    assert!(holds("of-2026"), "keys that sign are sealed");
    sealed_by(&["of-2027", "of-2026"]);
    expect(0, &["user", "token", "--config", &config, MAUDE]);
    expect(0, &["backup", "--config", &config, "-o", &house.path("backups")]);
    assert!(!holds("of-2027"), "a verb seals nothing anew");
    house.lived(&config);
    assert!(holds("of-2027"));
    sealed_by(&["of-2026"]);
    let (_, said) = expect(3, &["serve", "--config", &config]);
    assert!(said.contains("`of-2027`") && said.contains("sign_in.sealing_keys"), "{said}");
}

/// Where nobody administers yet, a start prints the token of set-up, once and nowhere else; it opens the page that names
/// the first, the token of the start before does not, and once there is somebody none is printed.
#[test]
fn a_first_start_prints_the_token_of_set_up_once() {
    let house = House::new();
    let config = house.config("entente.toml", &format!("sqlite:{}", house.path("desk.sqlite")));
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("the workspace");
    let people = std::fs::read_to_string(root.join("demo/solidassist.toml")).expect("the sample data");
    let named = std::fs::read_to_string(&config).expect("the configuration");
    let nobody = people.replace("role = \"admin\"", "role = \"manager\"");
    assert_ne!(nobody, people, "the sample has an administrator");
    let loaded = house.path("people.toml");
    std::fs::write(&loaded, nobody).expect("written");
    let sample = format!("{}/demo/solidassist.toml", root.display());
    std::fs::write(&config, named.replace(&sample, &loaded)).expect("written");

    let said = |count: usize| {
        let mut program = Program::start(&["serve", "--config", &config]);
        program.wait_ready(&house.http, Duration::from_secs(60));
        let (out, told) = (program.stdout(), program.stderr());
        let tokens: Vec<String> = told
            .split("/installer/")
            .skip(1)
            .map(|rest| rest.chars().take_while(char::is_ascii_alphanumeric).collect())
            .collect();
        assert_eq!(tokens.len(), count, "{told}");
        assert!(!out.contains("/installer/"), "{out}");
        for token in &tokens {
            assert!(token.len() >= 40, "{token}");
            assert_eq!(told.matches(token.as_str()).count(), 1, "{told}");
            let client = Client::new(&house.http);
            assert_eq!(client.get(&format!("/installer/{token}")).status, 200);
            // Neither the token nor what is stored of it is anywhere in the database's file as it was printed.
            let stored = std::fs::read(house.path("desk.sqlite")).expect("the file");
            let wal = std::fs::read(house.path("desk.sqlite-wal")).unwrap_or_default();
            for bytes in [stored, wal] {
                assert!(!bytes.windows(token.len()).any(|window| window == token.as_bytes()));
            }
        }
        (program, tokens)
    };
    let (mut first, old) = said(1);
    first.stop(Duration::from_secs(60));
    let (mut second, fresh) = said(1);
    assert_ne!(old, fresh);
    assert_eq!(Client::new(&house.http).get(&format!("/installer/{}", old[0])).status, 404);
    second.stop(Duration::from_secs(60));
    std::fs::write(&config, named).expect("written");
    let (mut third, _) = said(0);
    for token in old.iter().chain(&fresh) {
        assert_eq!(Client::new(&house.http).get(&format!("/installer/{token}")).status, 404);
    }
    third.stop(Duration::from_secs(60));
}

/// A shell or a unit that starts it with few files open does not keep browsers out.
#[test]
fn a_server_opens_as_many_files_as_it_may() {
    let house = House::new();
    let config = house.config("entente.toml", &format!("sqlite:{}", house.path("desk.sqlite")));
    let binary = Program::binary().display().to_string();
    let few = "ulimit -Sn 200; ulimit -Hn 4000; exec \"$0\" serve --config \"$1\"";
    let mut program = Program::start_at(Path::new("/bin/sh"), &["-c", few, &binary, &config], &[]);
    program.wait_ready(&house.http, Duration::from_secs(60));
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", program.pid())).expect("the limits");
    let files = limits.lines().find(|line| line.starts_with("Max open files")).expect("a line");
    assert_eq!(files.split_whitespace().skip(3).take(2).collect::<Vec<_>>(), ["4000", "4000"]);
    program.stop(Duration::from_secs(60));
}

/// The only copy in a folder.
fn copy_in(folder: &str) -> String {
    let found = std::fs::read_dir(folder).expect("the folder").flatten().map(|entry| entry.path());
    let mut copies: Vec<String> =
        found.map(|path| path.display().to_string()).filter(|path| !path.ends_with(".jsonl")).collect();
    assert_eq!(copies.len(), 1, "{copies:?}");
    copies.remove(0)
}

/// `restored` is a configuration over the place where the copy is restored to.
fn kept(house: &House, config: &str, restored: &str, replace: bool) -> String {
    assert_eq!(expect(0, &["migrate", "--config", config]).0, "the tables are up to date\n");
    let number = house.lived(config);
    let (backups, archive) = (house.path("backups"), house.path("maude.zip"));
    let (told, _) = expect(0, &["backup", "--config", config, "-o", &backups]);
    assert!(told.contains(" bytes, 1 requests"), "{told}");
    let copy = copy_in(&backups);

    expect(0, &["privacy", "export", "--config", config, "--person", MAUDE, "-o", &archive]);
    let bytes = std::fs::read(&archive).expect("the archive");
    let holds = |bytes: &[u8], text: &str| bytes.windows(text.len()).any(|part| part == text.as_bytes());
    assert!(
        bytes.starts_with(b"PK")
            && holds(&bytes, CANARY)
            && holds(&bytes, &number)
            && holds(&bytes, "looks.json")
    );

    let (told, _) = expect(0, &["privacy", "erase", "--config", config, "--person", MAUDE]);
    assert!(told.contains("Personne effacée") && told.contains("of 1 requests"), "{told}");
    expect(1, &["privacy", "erase", "--config", config, "--person", MAUDE]);
    expect(1, &["privacy", "export", "--config", config, "--person", MAUDE, "-o", &house.path("nobody.zip")]);
    expect(0, &["privacy", "scrub", "--config", config]);
    expect(0, &["verify", "--config", config]);
    let list = std::fs::read_to_string(house.path("erasures.jsonl")).expect("the list of erasures");
    assert_eq!(list.lines().count(), 1, "{list}");

    // The copy is older than the erasure: it comes back and goes again.
    let mut restore = vec!["restore", "--config", restored, "--from", &copy];
    if replace {
        expect(3, &restore);
        restore.push("--replace");
    }
    let (told, _) = expect(0, &restore);
    assert!(told.contains("1 erasures are known, 1 were carried out again"), "{told}");
    expect(0, &["verify", "--config", restored]);
    expect(
        1,
        &["privacy", "export", "--config", restored, "--person", MAUDE, "-o", &house.path("nobody.zip")],
    );
    account_goes(house, restored);
    if replace {
        // What no list says, the database that is put aside does: of the account, too.
        std::fs::remove_file(house.path("erasures.jsonl")).expect("removed");
        restore.push("--json");
        let (told, _) = expect(0, &restore);
        let told: Value = serde_json::from_str(&told).expect("JSON");
        assert_eq!(told["from"], json!(copy), "{told}");
        // Whether the letter about a token had left by then is chance.
        let held = told["held"].as_array().expect("a list");
        assert!(held.iter().all(|letter| letter["kind"] == "keys" && letter["number"].is_null()), "{told}");
        assert!(told["erased_again"].as_u64().is_some_and(|again| again >= 2), "{told}");
        assert!(told["aside"].as_str().is_some_and(|aside| Path::new(aside).exists()), "{told}");
        let mut export = vec!["privacy", "export-account", "--config", restored, "--account", ACCOUNT];
        let nowhere = house.path("nothing.zip");
        export.extend(["-o", &nowhere]);
        expect(1, &export);
    }
    number
}

/// The whole customer is handed over and destroyed, with a certificate that verifies, and no file brings it back.
fn account_goes(house: &House, config: &str) {
    let archive = house.path("account.zip");
    expect(0, &["privacy", "export-account", "--config", config, "--account", ACCOUNT, "-o", &archive]);
    let bytes = std::fs::read(&archive).expect("the archive");
    let holds = |text: &str| bytes.windows(text.len()).any(|part| part == text.as_bytes());
    assert!(holds("account.json") && holds("agreements/solidassist-"), "the account and what it signed");
    let mut destroy = vec!["privacy", "destroy-account", "--config", config, "--account", ACCOUNT];
    destroy.extend(["--confirm", "another"]);
    assert!(expect(1, &destroy).1.contains("--confirm is to be the key"));
    *destroy.last_mut().expect("a word") = ACCOUNT;
    assert!(expect(1, &destroy).1.contains("add --close-requests"));
    destroy.push("--close-requests");
    assert!(expect(1, &destroy).1.contains("add --end-contracts"));
    destroy.push("--end-contracts");
    let (told, _) = expect(0, &destroy);
    let line = told.lines().find(|line| line.starts_with("{\"certificate\"")).expect("a certificate");
    let certificate = house.path("certificate.txt");
    std::fs::write(&certificate, line).expect("written");
    // A file that changed is loaded again.
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("the workspace");
    let sample = format!("{}/demo/solidassist.toml", root.display());
    let people = std::fs::read_to_string(&sample).expect("the sample data");
    let loaded = house.path("people.toml");
    std::fs::write(&loaded, format!("{people}\n# changed\n")).expect("written");
    let named = std::fs::read_to_string(config).expect("the configuration");
    std::fs::write(config, named.replace(&sample, &loaded)).expect("written");
    let mut program = Program::start(&["serve", "--config", config]);
    program.wait_ready(&house.http, Duration::from_secs(60));
    let said = program.stderr();
    program.stop(Duration::from_secs(60));
    assert!(said.contains(&format!("the account {ACCOUNT} was destroyed")), "{said}");
    let key = said.lines().find_map(|line| line.split("checkpoints are signed by ").nth(1)).expect("a key");
    expect(0, &["verify", "--config", config, "--certificate", &certificate, "--key", key]);
    std::fs::write(&certificate, line.replacen("\"files\":", "\"files\":9", 1)).expect("written");
    let (told, _) = expect(1, &["verify", "--config", config, "--certificate", &certificate, "--key", key]);
    assert!(told.contains("is not signed by this key") && told.contains("in the store is another"), "{told}");
    expect(1, &destroy);
}

/// What the verbs of operation print, for programs.
fn printed_for_programs(house: &House, config: &str) {
    let said = |code: i32, arguments: &[&str]| -> Value {
        let arguments = [arguments, &["--config", config, "--json"]].concat();
        let (told, _) = expect(code, &arguments);
        assert_eq!(told.lines().count(), 1, "{told}");
        serde_json::from_str(&told).expect("JSON")
    };
    let step = said(0, &["migrate"]);
    assert!(step["step"].as_i64().is_some_and(|step| step > 30) && step["granted"].is_null(), "{step}");
    let backup = said(0, &["backup", "-o", &house.path("copies")]);
    assert!(Path::new(backup["copy"].as_str().expect("a copy")).exists(), "{backup}");
    let checkpoint = house.path("ends.txt");
    let verified = said(0, &["verify", "--checkpoint", &checkpoint]);
    assert_eq!((&verified["flaws"], &verified["requests"]), (&json!([]), &backup["requests"]));
    assert!(verified["checkpoint"].as_str().is_some_and(|digest| digest.len() == 64), "{verified}");
    let ends = std::fs::read_to_string(&checkpoint).expect("the checkpoint");
    std::fs::write(&checkpoint, ends.replacen(' ', "-elsewhere ", 1)).expect("written");
    let verified = said(1, &["verify", "--against", &checkpoint]);
    assert_eq!(verified["flaws"].as_array().map(Vec::len), Some(1), "{verified}");
    let token = said(0, &["user", "token", "noe.tremblay@boreal.example", "--read-only"]);
    assert!(token["token"].is_string() && token["expires_at"].is_string(), "{token}");
    let rotated = said(0, &["keys", "rotate", "browser-pass"]);
    assert_eq!((&rotated["name"], &rotated["keys"][0]["until"]), (&json!("browser-pass"), &Value::Null));
    let archive = house.path("noe.zip");
    let export = ["privacy", "export", "--person", "noe.tremblay@boreal.example", "-o", &archive];
    assert_eq!(said(0, &export), json!({ "archive": archive }));
    let erased = said(0, &["privacy", "erase", "--person", "beth.okonjo@harrowfield.example"]);
    assert!(erased["pseudonym"].is_string() && erased["requests"].is_array(), "{erased}");
}

#[test]
fn everything_is_kept_copied_and_forgotten_sqlite() {
    let house = House::new();
    let file = house.path("desk.sqlite");
    let config = house.config("entente.toml", &format!("sqlite:{file}"));
    kept(&house, &config, &config, true);
    for end in ["", "-wal"] {
        let bytes = std::fs::read(format!("{file}{end}")).unwrap_or_default();
        assert!(!bytes.windows(CANARY.len()).any(|part| part == CANARY.as_bytes()), "{end}");
    }
    printed_for_programs(&house, &config);
    let refused = run(&["migrate", "--config", &config, "--grant", "app"]);
    assert_ne!(refused.status.code(), Some(0), "SQLite has no roles");
}

#[test]
fn everything_is_kept_copied_and_forgotten_postgres() {
    let house = House::new();
    let url = Postgres::shared().fresh_database();
    let config = house.config("entente.toml", &url);
    let other = house.config("restored.toml", &Postgres::shared().fresh_database());
    kept(&house, &config, &other, false);
    let found = Postgres::query(
        &url,
        &format!("SELECT count(*) FROM content WHERE strpos(encode(text, 'escape'), '{CANARY}') > 0"),
    );
    assert_eq!(found.trim(), "0");
    let (told, _) = expect(0, &["migrate", "--config", &config, "--grant", "postgres"]);
    assert!(told.contains("postgres may add to log, journal and checkpoints"), "{told}");
}

/// What was put aside of a database, its journals left out, in the order in which it was.
fn put_aside(file: &str) -> Vec<String> {
    let folder = Path::new(file).parent().expect("a folder");
    let begins = format!("{file}.aside-");
    let mut found: Vec<String> = std::fs::read_dir(folder)
        .expect("the folder")
        .map(|entry| entry.expect("an entry").path().display().to_string())
        .filter(|path| path.starts_with(&begins) && !path.ends_with("-wal") && !path.ends_with("-shm"))
        .collect();
    found.sort();
    found
}

/// The number of a request without what its provider begins it with.
fn counted(number: &str) -> u64 {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    digits.parse().expect("a number")
}

/// Whatever a restore breaks off at and from whatever it is done again, what people worked on is there, who was erased
/// stays so, and no number is given twice.
#[test]
fn what_is_put_aside_stays_whatever_a_restore_breaks_off_at() {
    let house = House::new();
    let file = house.path("desk.sqlite");
    let config = house.config("entente.toml", &format!("sqlite:{file}"));
    house.lived(&config);
    let backups = house.path("backups");
    expect(0, &["backup", "--config", &config, "-o", &backups]);
    let copy = copy_in(&backups);
    let second = house.lived(&config);
    let restore = |code: i32, from: &str| {
        let told = expect(
            code,
            &["restore", "--config", &config, "--from", from, "--replace", "--skip-numbers", "0"],
        );
        told.0
    };

    let damaged = house.path("damaged.sqlite");
    std::fs::write(&damaged, "no database").expect("written");
    restore(3, &damaged);
    restore(3, &house.path("misspelt.sqlite"));
    restore(2, &file);
    let whole = std::fs::read_to_string(&config).expect("the configuration");
    std::fs::write(&config, whole.replace("/demo/solidassist.toml", "/demo/nowhere.toml")).expect("written");
    restore(3, &copy);
    std::fs::write(&config, &whole).expect("written");
    let mut program = Program::start(&["serve", "--config", &config]);
    program.wait_ready(&house.http, Duration::from_secs(60));
    restore(3, &copy);
    program.stop(Duration::from_secs(60));
    assert!(
        put_aside(&file).is_empty(),
        "nothing is moved for a copy that is none, a configuration that cannot be used, or under a server"
    );

    expect(0, &["privacy", "erase", "--config", &config, "--person", ERASED]);
    std::fs::remove_file(house.path("erasures.jsonl")).expect("removed");
    std::fs::write(&config, with_another_text(&house, &whole)).expect("written");
    restore(3, &copy);
    std::fs::write(&config, whole).expect("written");
    let told = restore(0, &copy);
    assert!(told.contains("1 erasures are known, 1 were carried out again"), "{told}");
    let third = house.lived(&config);
    assert!(counted(&third) > counted(&second), "{third} after {second}");

    // The wrong copy was restored: the way back leads from what was put aside first.
    let aside = put_aside(&file);
    assert_eq!(aside.len(), 2, "{aside:?}");
    restore(0, &aside[0]);
    assert_eq!(put_aside(&file).len(), 3);
    let fourth = house.lived(&config);
    assert!(counted(&fourth) > counted(&third), "{fourth} after {third}");
    let (told, _) = expect(0, &["verify", "--config", &config]);
    assert!(told.contains("3 requests verified"), "{told}");
}

/// A configuration whose document says something else under the version that is in force: it can be read, and is refused
/// by the database that holds the other.
fn with_another_text(house: &House, configured: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("the workspace").display();
    let standing = format!("{root}/agreements/solidassist.md");
    let document = std::fs::read_to_string(&standing).expect("the document");
    let changed = house.path("changed.md");
    std::fs::write(&changed, document.replacen("Formule", "Formules", 1)).expect("written");
    configured.replace(&standing, &changed)
}

/// A restore that breaks off late has brought back whoever was erased: nothing is done with it but restoring anew.
fn half_restored_is_not_served(house: &House, config: &str, restored: &str, again: &str) {
    house.lived(config);
    let backups = house.path("backups");
    expect(0, &["backup", "--config", config, "-o", &backups]);
    let copy = copy_in(&backups);
    expect(0, &["privacy", "erase", "--config", config, "--person", ERASED]);
    let whole = std::fs::read_to_string(restored).expect("the configuration");
    std::fs::write(restored, with_another_text(house, &whole)).expect("written");
    expect(3, &["restore", "--config", restored, "--from", &copy, "--replace"]);
    std::fs::write(restored, &whole).expect("written");
    for verb in [&["migrate"][..], &["verify"], &["user", "token", ERASED], &["serve"]] {
        let (_, said) = expect(3, &[verb, &["--config", restored]].concat());
        assert!(said.contains("a restore into it broke off") && said.contains("--replace"), "{said}");
    }
    let (told, _) = expect(1, &["doctor", "--config", restored]);
    assert!(told.contains("wrong    database: a restore into it broke off"), "{told}");
    let (told, _) = expect(0, &["restore", "--config", again, "--from", &copy, "--replace"]);
    assert!(told.contains("1 erasures are known, 1 were carried out again"), "{told}");
    house.lived(again);
}

#[test]
fn half_restored_sqlite() {
    let house = House::new();
    let config = house.config("entente.toml", &format!("sqlite:{}", house.path("desk.sqlite")));
    half_restored_is_not_served(&house, &config, &config, &config);
}

#[test]
fn half_restored_postgres() {
    let house = House::new();
    let config = |name: &str| house.config(name, &Postgres::shared().fresh_database());
    let [config, half, again] = ["entente.toml", "half.toml", "again.toml"].map(config);
    half_restored_is_not_served(&house, &config, &half, &again);
}

#[test]
fn a_changed_document_wants_a_version_of_its_own() {
    let house = House::new();
    let config = house.config("entente.toml", &format!("sqlite:{}", house.path("desk.sqlite")));
    house.lived(&config);
    let configured = std::fs::read_to_string(&config).expect("read");
    std::fs::write(&config, with_another_text(&house, &configured)).expect("written");
    let changed = house.path("changed.md");
    for verb in
        [vec!["serve", "--config", &config], vec!["agreement", "adopt", &changed, "--config", &config]]
    {
        let (_, said) = expect(3, &verb);
        assert!(said.contains("give the changed document a version of its own"), "{said}");
    }
}

/// A document that contradicts its own examples is put in force all the same; the log of that start names them.
#[test]
fn a_start_names_the_examples_that_a_new_document_does_not_hold() {
    let house = House::new();
    let config = house.config("entente.toml", &format!("sqlite:{}", house.path("desk.sqlite")));
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("the workspace").display();
    let standing = format!("{root}/agreements/solidassist.md");
    let document = std::fs::read_to_string(&standing).expect("the document");
    let (due, other) = ("due = \"2026-08-17T11:00", "due = \"2026-08-17T12:00");
    assert!(document.contains(due), "an example falls due then");
    let changed = house.path("changed.md");
    std::fs::write(&changed, document.replacen(due, other, 1)).expect("written");
    let configured = std::fs::read_to_string(&config).expect("read").replace(&standing, &changed);
    std::fs::write(&config, configured).expect("written");
    let told = || {
        let mut program = Program::start(&["serve", "--config", &config]);
        program.wait_ready(&house.http, Duration::from_secs(60));
        let told = program.stderr();
        program.stop(Duration::from_secs(60));
        told
    };
    let first = told();
    let named =
        |told: &str| told.lines().filter(|line| line.contains("a worked example does not hold")).count();
    assert_eq!(named(&first), 1, "{first}");
    assert!(first.contains("2026-08-17T12:00:00-04:00"), "{first}");
    let second = told();
    assert_eq!(named(&second), 0, "{second}");
}

#[test]
fn the_register_is_printed_in_both_languages() {
    for (language, title) in [("en", "# Register of processing"), ("fr", "# Registre des traitements")] {
        let (printed, _) = expect(0, &["privacy", "register", "--lang", language]);
        assert!(printed.starts_with(title) && printed.contains("## look"), "{printed}");
    }
}

/// Keys that sign are changed by their name; without a sealing key a later start of the program finds them as well.
#[test]
fn a_key_that_signs_is_changed_by_its_name() {
    let folder = TemporaryFolder::new("keys");
    let config = folder.join("entente.toml");
    let written = format!("[database]\nurl = \"sqlite:{}\"\n", folder.join("desk.sqlite"));
    std::fs::write(&config, written).expect("written");
    expect(0, &["migrate", "--config", &config]);
    let rotate = |more: &[&str]| {
        let arguments: Vec<&str> =
            ["keys", "rotate"].iter().chain(more).chain(&["--config", &config]).copied().collect();
        expect(0, &arguments).0
    };
    let told = rotate(&["reply"]);
    assert!(told.contains("reply key 1 signs from now on"), "{told}");
    assert!(told.contains("reply key 0 verifies until 20"), "{told}");
    let told = rotate(&["rating-link"]);
    assert!(told.contains("rating-link key 1 signs from now on"), "{told}");
    assert_eq!(rotate(&["reply", "--at-once"]), "reply key 2 signs from now on\n");
    let (_, stderr) = expect(2, &["keys", "rotate", "session", "--config", &config]);
    assert!(stderr.contains("`reply`, `file-link`, `rating-link`"), "{stderr}");
}

/// A configuration is looked at with all that it names, and nothing is made.
#[test]
fn a_configuration_is_checked_without_being_used() {
    let house = House::new();
    let config = house.config("entente.toml", &format!("sqlite:{}", house.path("desk.sqlite")));
    let check = |code: i32| expect(code, &["config", "check", "--config", &config]).0;
    let told = check(0);
    assert!(told.contains("warning: `sign_in.sealing_keys`") && told.contains("0 wrong"), "{told}");
    let whole = std::fs::read_to_string(&config).expect("the configuration");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("the workspace");
    let people = std::fs::read_to_string(root.join("demo/solidassist.toml")).expect("the sample data");
    let loaded = house.path("people.toml");
    std::fs::write(&loaded, people.replace("tier = \"premium\"", "tier = \"premum\"")).expect("written");
    let broken = whole
        .replace(&format!("{}/demo/solidassist.toml", root.display()), &loaded)
        .replace(
            "[mail.outbound]",
            "[mail.inbound]\nlisten = \"2525\"\nkey_file = \"key.pem\"\n[mail.outbound]",
        )
        .replace(
            "[http]",
            "[http]\npublic_url = \"https://desk.example\"\nfiles_url = \"https://desk.example\"",
        );
    std::fs::write(&config, &broken).expect("written");
    let told = check(1);
    for wanted in [
        "wrong: `mail.inbound.listen`",
        "both `certificate_file` and `key_file`",
        "`http.files_url` cannot be used",
        "`premum` is no value of `tier`",
        "warning: `http.trusted_proxies`",
        "4 wrong, 2 warnings",
    ] {
        assert!(told.contains(wanted), "{wanted}: {told}");
    }
    let (told, _) = expect(1, &["config", "check", "--config", &config, "--json"]);
    let told: Value = serde_json::from_str(&told).expect("JSON");
    assert_eq!(told["wrong"].as_array().map(Vec::len), Some(4), "{told}");
    std::fs::write(&config, broken.replace("[http]", "[htpt]")).expect("written");
    assert!(check(1).contains("unknown field"));
    expect(3, &["config", "check", "--config", &house.path("nowhere.toml")]);
    for made in ["desk.sqlite", "outgoing", "checkpoint.key", "erasures.jsonl"] {
        assert!(!Path::new(&house.path(made)).exists(), "{made}");
    }
}

/// The folders that are configured are tried themselves, where letters come from it is told since when they wait, and room
/// is told of each disk.
fn folders_and_letters_are_looked_at(house: &House, config: &str, named: &str) {
    let (inbox, file) = (house.path("inbox"), house.path("box"));
    let fetched = format!(
        "[[mail.fetch]]\nmailbox = \"aide@boreal.example\"\nmaildir = \"{inbox}\"\n\
         [[mail.fetch]]\nmailbox = \"aide@boreal.example\"\nmbox = \"{file}\"\n"
    );
    std::fs::write(config, named.replace("[mail.outbound]", &format!("{fetched}[mail.outbound]")))
        .expect("written");
    let doctor = |code: i32| expect(code, &["doctor", "--config", config]).0;
    let told = doctor(0);
    assert!(told.contains("ok       letters out: none waits"), "{told}");
    assert!(told.contains("ok       what was erased: no page holds it"), "{told}");
    assert!(told.contains(&format!("warning  letters in `{inbox}`: it has no folder `new`")), "{told}");
    assert!(told.contains(&format!("ok       letters in `{file}`: none waits")), "{told}");
    assert!(told.contains("room on the disk of `") && told.contains(" MiB are free, "), "{told}");

    std::fs::create_dir_all(format!("{inbox}/new")).expect("made");
    let letter = std::fs::File::create(format!("{inbox}/new/1.a.b")).expect("written");
    assert!(doctor(0).contains(&format!("ok       letters in `{inbox}`: the oldest waits since")));
    let made = letter.metadata().and_then(|made| made.modified()).expect("a time");
    let before = made - Duration::from_secs(3 * 3_600 + 60);
    letter.set_modified(before).expect("set");
    std::fs::write(&file, "From a@b.example\n").expect("written");
    let told = doctor(0);
    let line = |begins: String| told.lines().find(|line| line.starts_with(&begins)).expect("a line");
    assert!(line(format!("warning  letters in `{inbox}`")).ends_with(", 3 hours"), "{told}");
    assert!(line(format!("ok       letters in `{file}`")).ends_with(", 0 minutes"), "{told}");

    // Root writes where it may not, and nowhere into a file.
    let outgoing = house.path("outgoing");
    std::fs::create_dir_all(&outgoing).expect("made");
    std::fs::write(format!("{outgoing}/new"), "no folder").expect("written");
    let told = doctor(1);
    assert!(told.contains(&format!("wrong    folder `{outgoing}`: it cannot be written")), "{told}");
    std::fs::remove_dir_all(&outgoing).expect("removed");
}

/// What an installation stands on is told line by line, on both databases, and nothing is made.
#[test]
fn an_installation_is_looked_at() {
    let house = House::new();
    let sqlite = house.config("entente.toml", &format!("sqlite:{}", house.path("desk.sqlite")));
    let postgres = house.config("postgres.toml", &Postgres::shared().fresh_database());
    for config in [&sqlite, &postgres] {
        let (told, _) = expect(1, &["doctor", "--config", config]);
        assert!(told.contains("wrong    database: there are no tables"), "{told}");
        assert!(!Path::new(&house.path("desk.sqlite")).exists());
        expect(0, &["migrate", "--config", config]);
        let (told, _) = expect(0, &["doctor", "--config", config]);
        assert!(told.contains("ok       database: step") && told.contains("it can be written"), "{told}");
        assert_eq!(told.contains("ms from that of the database"), config == &postgres, "{told}");
        let (told, _) = expect(0, &["doctor", "--config", config, "--json"]);
        let told: Value = serde_json::from_str(&told).expect("JSON");
        assert!(told["findings"].as_array().is_some_and(|rows| rows.len() > 2), "{told}");
        let _ = std::fs::remove_file(house.path("desk.sqlite"));
    }
    let named = std::fs::read_to_string(&postgres).expect("read");
    let outbound = format!("maildir = \"{}\"", house.path("outgoing"));
    folders_and_letters_are_looked_at(&house, &postgres, &named);
    std::fs::write(&postgres, &named).expect("written");
    let closed = format!("host = \"127.0.0.1\"\nport = {}\nencryption = \"none\"", free_port());
    std::fs::write(&postgres, named.replace(&outbound, &closed)).expect("written");
    expect(0, &["doctor", "--config", &postgres]);
    assert!(expect(1, &["doctor", "--config", &postgres, "--reach"]).0.contains("it cannot be reached"));
}
