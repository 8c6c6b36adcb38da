//! Letters that come by other ways than the listener: a pipe, a folder, a mailbox elsewhere.

use desk::ProviderId;
use harness::{Dovecot, Program, TemporaryFolder};
use std::path::Path;
use std::time::Duration;
use store::{Database, ListQuery, SqliteConfig};

const MAILBOX: &str = "assistance@boreal.example";

fn letter(from: &str, id: &str) -> Vec<u8> {
    format!(
        "From: {from}\r\nTo: {MAILBOX}\r\nSubject: Panne {id}\r\nMessage-ID: <{id}@client.example>\r\n\r\nBonjour, {id}.\r\n"
    )
    .into_bytes()
}

fn configured(folder: &TemporaryFolder, more: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the workspace");
    let root = root.display();
    let text = format!(
        "agreements = [\"{root}/agreements/solidassist.md\"]\nload = [\"{root}/demo/solidassist.toml\"]\n\
         [http]\nlisten = \"127.0.0.1:0\"\n[database]\nurl = \"sqlite:desk.sqlite\"\n[mail]\nhost_name = \"desk.example\"\n{more}"
    );
    let path = folder.path().join("entente.toml");
    std::fs::write(&path, text).expect("the configuration can be written");
    path.display().to_string()
}

fn left(folder: &TemporaryFolder) -> Vec<String> {
    let new = std::fs::read_dir(folder.path().join("outgoing").join("new")).into_iter().flatten();
    new.map(|entry| std::fs::read_to_string(entry.expect("an entry").path()).expect("a letter")).collect()
}

fn wait_for(folder: &TemporaryFolder, count: usize) -> Vec<String> {
    for _ in 0..600 {
        let letters = left(folder);
        if letters.len() >= count {
            return letters;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("{} of {count} letters left", left(folder).len());
}

/// How many requests are somebody's whom the desk knows.
fn of_known_people(folder: &TemporaryFolder) -> usize {
    let list = ListQuery::live(ProviderId("solidassist".to_owned()));
    let rows = tokio::runtime::Runtime::new().expect("a runtime").block_on(async {
        let file = SqliteConfig::at(folder.path().join("desk.sqlite"));
        let store = Database::open_sqlite(&file).await.expect("the store");
        store.list_tickets(&list).await.expect("listed")
    });
    rows.iter().filter(|row| row.contact.is_some()).count()
}

#[test]
fn a_pipe_is_told_what_became_of_its_message() {
    let folder = TemporaryFolder::new("pipe");
    let config = configured(&folder, "");
    let deliver = |bytes: &[u8], more: &[&str]| {
        let arguments = [&["mail", "deliver", "--config", &config], more].concat();
        Program::run(&arguments, bytes).status.code()
    };
    let message = letter("ana@ailleurs.example", "tuyau");
    // Where the disk of the database is not mounted, the server keeps the letter.
    assert_eq!(deliver(&message, &[]), Some(75));
    assert_eq!(Program::run(&["migrate", "--config", &config], b"").status.code(), Some(0));
    assert_eq!(deliver(&message, &[]), Some(0));
    assert_eq!(deliver(&message, &[MAILBOX]), Some(0), "a second copy is welcome, and changes nothing");
    assert_eq!(deliver(&message, &["personne@boreal.example"]), Some(67));
    let elsewhere = String::from_utf8_lossy(&message).replace(MAILBOX, "x@ailleurs.example");
    assert_eq!(deliver(elsewhere.as_bytes(), &[]), Some(67));
    let hidden = format!("Delivered-To: {MAILBOX}\r\n{elsewhere}").replace("tuyau", "liste");
    assert_eq!(deliver(hidden.as_bytes(), &[]), Some(0));
    assert_eq!(deliver(b"", &[]), Some(65));
    // A report about nothing known is kept, shown, and given back as it came.
    let report = format!(
        "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example\r\nTo: {MAILBOX}\r\nSubject: failure notice\r\n\r\n<x@y.example>:\r\nno\r\n"
    );
    assert_eq!(deliver(report.as_bytes(), &[]), Some(0));
    let saved = folder.path().join("kept");
    let kept =
        Program::run(&["mail", "kept", "--config", &config, "--save", &saved.display().to_string()], b"");
    let shown: serde_json::Value = serde_json::from_slice(&kept.stdout).expect("one object");
    assert_eq!((&shown["why"], &shown["subject"]), (&"bounce".into(), &"failure notice".into()));
    let file = saved.join(format!("{}.eml", shown["digest"].as_str().expect("a digest")));
    assert_eq!(std::fs::read(file).expect("saved"), report.as_bytes());
    // Who runs the installation says by which keys signatures are verified.
    let trust = |file: &str, more: &[&str]| {
        let arguments = [&["mail", "trust", file, "--config", &config], more].concat();
        Program::run(&arguments, b"")
    };
    let trusted = trust("crates/mail/tests/signed/ca.pem", &["--provider", "solidassist"]);
    let shown: serde_json::Value = serde_json::from_slice(&trusted.stdout).expect("one object");
    assert_eq!((&shown["scheme"], &shown["authority"]), (&"smime".into(), &true.into()));
    for (file, provider, code) in [
        ("crates/mail/tests/signed/ca.pem", "personne", Some(1)),
        ("README.md", "solidassist", Some(3)),
        ("nulle-part.pem", "solidassist", Some(3)),
    ] {
        assert_eq!(trust(file, &["--provider", provider]).status.code(), code, "{file} for {provider}");
    }
    // A server that says what it found is believed as far as it does.
    let request = |id: &str| {
        let maude = String::from_utf8(letter("maude.arsenault@kervinel.example", id)).expect("text");
        let passed = format!("Authentication-Results: mx.boreal.example; dmarc=pass\r\n{maude}");
        (maude.into_bytes(), passed.into_bytes())
    };
    let named = ["--checked-by", "mx.boreal.example"];
    for (message, more, known) in [
        (request("sans-nom").0, &[][..], 1),
        (request("sans-mot").0, &named[..], 1),
        (request("avec-mot").1, &named[..], 2),
    ] {
        assert_eq!(deliver(&message, more), Some(0));
        assert_eq!(of_known_people(&folder), known, "{more:?}");
    }
    assert_eq!(
        Program::run(&["mail", "deliver", "--config", "nulle-part.toml"], &message).status.code(),
        Some(75)
    );
}

#[test]
fn letters_are_fetched_from_folders_and_mailboxes() {
    let folder = TemporaryFolder::new("fetch");
    let imap = Dovecot::start();
    std::fs::write(folder.path().join("secret"), format!("{}\n", Dovecot::PASSWORD)).expect("written");
    let config = configured(
        &folder,
        &format!(
            "[[mail.fetch]]\nmailbox = \"{MAILBOX}\"\nhost = \"127.0.0.1\"\nport = {}\nencryption = \"none\"\nuser = \"aide\"\n\
             password_file = \"secret\"\nchecked_by = \"mx.boreal.example\"\n\
             [[mail.fetch]]\nmailbox = \"{MAILBOX}\"\nmaildir = \"pickup\"\n[[mail.fetch]]\nmailbox = \"{MAILBOX}\"\nmbox = \"box\"\n\
             checked_by = \"mx.boreal.example\"\n",
            imap.port()
        ),
    );
    imap.put("aide", &letter("bob@ailleurs.example", "boite"));
    let mut program = Program::start(&["serve", "--config", &config]);
    std::fs::create_dir_all(folder.path().join("pickup").join("new")).expect("made");
    std::fs::write(
        folder.path().join("pickup").join("new").join("1"),
        letter("cyd@ailleurs.example", "dossier"),
    )
    .expect("written");
    let mut mbox = b"From x Tue Mar  3 10:00:00 2026\n".to_vec();
    mbox.extend(letter("dan@ailleurs.example", "fichier"));
    // The server that fills this folder says nothing of her letter.
    mbox.extend(b"\nFrom x Tue Mar  3 10:01:00 2026\n");
    mbox.extend(letter("maude.arsenault@kervinel.example", "sans-mot"));
    std::fs::write(folder.path().join("box"), mbox).expect("written");
    let letters = wait_for(&folder, 4);
    assert_eq!(of_known_people(&folder), 0, "she is a stranger");
    for name in ["bob", "cyd", "dan"] {
        let to = format!("To: <{name}@ailleurs.example>");
        assert_eq!(letters.iter().filter(|letter| letter.contains(&to)).count(), 1, "{name}");
    }
    // What comes while the server is idled at is there within moments, and once.
    imap.put("aide", &letter("eve@ailleurs.example", "plus-tard"));
    assert_eq!(wait_for(&folder, 5).len(), 5);
    program.stop(Duration::from_secs(20));
    let mut again = Program::start(&["serve", "--config", &config]);
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(left(&folder).len(), 5, "nothing is taken twice");
    again.stop(Duration::from_secs(20));
}

/// Whoever asks to be forgotten is forgotten in the mailbox elsewhere too: their letter goes from it, others stay.
#[test]
fn what_was_erased_goes_from_the_mailbox_that_it_came_from() {
    const MAUDE: &str = "maude.arsenault@kervinel.example";
    let folder = TemporaryFolder::new("source");
    let imap = Dovecot::start();
    std::fs::write(folder.path().join("secret"), format!("{}\n", Dovecot::PASSWORD)).expect("written");
    let fetch = format!(
        "[[mail.fetch]]\nmailbox = \"{MAILBOX}\"\nhost = \"127.0.0.1\"\nport = {}\nencryption = \"none\"\n\
         user = \"aide\"\npassword_file = \"secret\"\nchecked_by = \"mx.boreal.example\"\n",
        imap.port()
    );
    let config = configured(&folder, &fetch);
    imap.put("aide", &letter(MAUDE, "a-oublier"));
    imap.put("aide", &letter("bob@ailleurs.example", "a-garder"));
    let mut program = Program::start(&["serve", "--config", &config]);
    wait_for(&folder, 2);
    program.stop(Duration::from_secs(20));
    assert_eq!(imap.messages("aide").len(), 2, "what was taken stays there");
    let erase = ["privacy", "erase", "--config", &config, "--person", MAUDE, "--provider", "solidassist"];
    let erased = Program::run(&erase, b"");
    assert!(erased.status.success(), "{}", String::from_utf8_lossy(&erased.stderr));
    let mut again = Program::start(&["serve", "--config", &config]);
    let has_gone = (0..600).any(|_| {
        std::thread::sleep(Duration::from_millis(100));
        imap.messages("aide").len() == 1
    });
    assert!(has_gone, "{:?}", imap.messages("aide"));
    let kept: Vec<Vec<u8>> = imap.contents("aide");
    assert!(String::from_utf8_lossy(&kept[0]).contains("a-garder"), "the other one");
    again.stop(Duration::from_secs(20));
}
