//! What a store holds, run under another document.

use crate::{AGREEMENT, changed, expect, run, text};
use harness::{Client, Demo, Postgres, Program, TemporaryFolder, free_port};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

/// A covered request with a wait for the customer and the vendor at once, answered at last.
fn lived(client: &Client, contact: &str) -> String {
    let call = |path: &str, body: &Value| {
        let answer = client.post_json(path, body);
        assert!(answer.status < 300, "{path}: {}", answer.text());
        answer.json()
    };
    let asked = json!({
        "provider": "solidassist", "contact": contact, "channel": "email", "subject": "Panne",
        "body": "Rien ne s’ouvre.", "problem": "operation", "product": "Autodesk Revit",
        "product_version": "2026",
    });
    let number = call("/api/v1/tickets", &asked)["number"].as_str().expect("a number").to_owned();
    let judged = json!({ "facts": { "environment_recommended": "yes", "licence_respected": "yes" } });
    for (command, body) in [
        ("classify", judged),
        ("wait", json!({ "for": "customer", "reason": "un journal" })),
        ("pass-to-vendor", json!({ "vendor": "Editeur", "reference": "E-1" })),
        ("resume", json!({})),
        ("back-from-vendor", json!({ "result": "fix" })),
        ("reply", json!({ "body": "Voici." })),
    ] {
        call(&format!("/api/v1/tickets/{number}/{command}"), &body);
    }
    number
}

/// Replays what is stored under its own agreement, and under one that promises an answer sooner.
fn replayed(store: &[&str], number: &str, get: impl Fn() -> Value) {
    let before = get();
    let with = |file: &str| {
        let mut arguments = vec!["agreement", "replay", file, "--from-store", "--json"];
        arguments.extend(store);
        serde_json::from_str::<Value>(&expect(0, &arguments).0).expect("JSON")
    };
    let same = with(AGREEMENT);
    let summary = &same["summary"];
    assert_eq!((&summary["not_replayed"], &summary["differing"]), (&json!(0), &json!(0)), "{same}");
    let clocks: Vec<&Value> =
        same["clocks"].as_array().expect("clocks").iter().filter(|row| row["number"] == number).collect();
    let kept: Vec<&str> = clocks.iter().filter_map(|row| row["promise"].as_str()).collect();
    assert!(kept.contains(&"response"), "{same}");
    let folder = TemporaryFolder::new("replay");
    let other = changed(&folder, "within   = \"10 minutes\"", "within   = \"11 minutes\"");
    // The prose says ten: the words of the clause are changed with the rule.
    let whole =
        std::fs::read_to_string(&other).expect("read").replace("dans les 10 minutes", "dans les 11 minutes");
    std::fs::write(&other, whole).expect("written");
    let sooner = with(&other);
    assert!(sooner["summary"]["differing"].as_u64().is_some_and(|count| count > 0), "{sooner}");
    assert!(get() == before, "nothing was written");
}

#[test]
fn what_a_demo_lived_is_run_under_another_document() {
    let demo = Demo::start_at("2026-11-23T10:00:00-05:00");
    let (agent, contact) = (demo.person("solidassist", "agent"), demo.person("solidassist", "contact"));
    let client = demo.api(&agent);
    let number = lived(&client, &contact.email);
    demo.advance("PT1M");
    let folder = demo.folder().display().to_string();
    let until = demo.advance("PT0S");
    let path = format!("/api/v1/tickets/{number}");
    let store = ["--data", &folder, "--until", &until];
    replayed(&store, &number, || client.get(&path).expect(200).json()["events"].clone());
}

#[test]
fn what_a_server_on_postgres_lived_is_run_under_another_document() {
    let folder = TemporaryFolder::new("replay");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("the workspace").display();
    let http = format!("127.0.0.1:{}", free_port());
    let url = Postgres::shared().fresh_database();
    let config = folder.join("entente.toml");
    let written = format!(
        "agreements = [\"{root}/agreements/solidassist.md\"]\nload = [\"{root}/demo/solidassist.toml\"]\n\
         [http]\nlisten = \"{http}\"\n[database]\nurl = \"{url}\"\n[mail]\nhost_name = \"desk.example\"\n\
         [mail.outbound]\nmaildir = \"{}\"\n",
        folder.join("outgoing")
    );
    std::fs::write(&config, written).expect("written");
    let mut program = Program::start(&["serve", "--config", &config]);
    program.wait_ready(&http, Duration::from_secs(60));
    let token =
        |address: &str| text(&run(&["user", "token", "--config", &config, address]).stdout).trim().to_owned();
    let client = Client::new(&http).with_bearer(&token("noe.tremblay@boreal.example"));
    let number = lived(&client, "maude.arsenault@kervinel.example");
    program.stop(Duration::from_secs(60));
    let heads = || {
        let file = folder.join("heads.txt");
        expect(0, &["verify", "--config", &config, "--checkpoint", &file]);
        Value::String(std::fs::read_to_string(&file).expect("the heads of all logs"))
    };
    replayed(&["--config", &config], &number, heads);
}

/// A slip in a file of contracts is told before anything is counted by it.
#[test]
fn a_contract_with_what_its_agreement_does_not_admit_is_not_loaded() {
    let tier = "parameters = { tier = \"solidassist\"";
    let kinds = "contract_kind = [\"flexo2\"]";
    for (document, from, to, wanted) in [
        (
            "solidassist",
            tier,
            "parameters = { tier = \"solidassist\", backup_expiry = \"400 days\"",
            "parameter `backup_expiry` is 400 days, and `solidassist 2026.1` allows at most 365 days",
        ),
        (
            "solidassist",
            tier,
            "parameters = { teir = \"solidassist\"",
            "knows neither a parameter nor a fact `teir`",
        ),
        (
            "solidassist",
            tier,
            "parameters = { tier = \"premum\"",
            "`premum` is no value of `tier`; write one of",
        ),
        (
            "solidassist",
            "provider_of_record = true",
            "provider_of_record = \"perhaps\"",
            "`perhaps` is no value of `provider_of_record`; write one of yes, no",
        ),
        (
            "solidassist",
            "[parameters]",
            "[parameters]\nphnoe = \"+1 555 010 0142\"",
            "knows the parameter `phnoe`",
        ),
        ("flexo2", kinds, "contract_kind = [\"flexo\"]", "`flexo` is no value of `contract_kind`"),
        (
            "flexo2",
            kinds,
            "contract_kind = [\"flexo2\"], closing_days = [\"2026-13-24\"]",
            "parameter `closing_days` must be a day, or days",
        ),
    ] {
        let (_, told) = loaded(document, from, to, 3);
        assert!(told.contains(wanted), "{told}");
    }
    loaded("solidassist", tier, "parameters = { tier = \"solidassist\", backup_expiry = \"300 days\"", 0);
    loaded("solidassist", "provider_of_record = true", "provider_of_record = \"yes\"", 0);
}

/// Loads the sample data of an agreement with one passage changed.
#[track_caller]
fn loaded(agreement: &str, from: &str, to: &str, code: i32) -> (String, String) {
    let folder = TemporaryFolder::new("contracts");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("the workspace");
    let data = std::fs::read_to_string(root.join(format!("demo/{agreement}.toml"))).expect("the sample data");
    assert!(data.contains(from), "the sample data says {from}");
    let (file, config) = (folder.join("data.toml"), folder.join("entente.toml"));
    std::fs::write(&file, data.replacen(from, to, 1)).expect("written");
    let written = format!(
        "agreements = [\"{}/agreements/{agreement}.md\"]\nload = [\"{file}\"]\n[http]\nlisten = \"127.0.0.1:1\"\n\
         [database]\nurl = \"sqlite:{}\"\n[mail]\nhost_name = \"desk.example\"\n",
        root.display(),
        folder.join("desk.sqlite")
    );
    std::fs::write(&config, written).expect("written");
    expect(0, &["migrate", "--config", &config]);
    expect(code, &["user", "token", "--config", &config, "noe.tremblay@boreal.example"])
}

/// A verb beside a server finds a store: where there is none it says so, and makes none.
#[test]
fn a_verb_beside_a_server_makes_no_store() {
    let folder = TemporaryFolder::new("no-store");
    let config = folder.join("entente.toml");
    let store = folder.join("desk.sqlite");
    let text = format!("[http]\nlisten = \"127.0.0.1:0\"\n[database]\nurl = \"sqlite:{store}\"\n");
    std::fs::write(&config, text).expect("written");
    let data = folder.path().display().to_string();
    let backups = folder.join("backups");
    let checkpoint = folder.join("checkpoint.txt");
    for verb in [
        &["agreement", "adopt", AGREEMENT, "--config", &config][..],
        &["agreement", "adopt", AGREEMENT, "--data", &data],
        &["verify", "--config", &config, "--checkpoint", &checkpoint],
        &["backup", "--config", &config, "-o", &backups],
        &["mail", "kept", "--config", &config],
        &["user", "link", "--config", &config, "noe.tremblay@boreal.example"],
        &["keys", "rotate", "reply", "--config", &config],
        &["privacy", "scrub", "--config", &config],
    ] {
        let (_, said) = expect(3, verb);
        assert!(said.contains("opening"), "{verb:?}: {said}");
    }
    let left =
        std::fs::read_dir(folder.path()).expect("read").map(|entry| entry.expect("an entry").file_name());
    let left: Vec<_> = left.collect();
    assert_eq!(left, ["entente.toml"], "the configuration alone");
    // A file that holds no tables of this program is none, and stays as it is.
    std::fs::write(&store, "").expect("written");
    let (_, said) = expect(3, &["verify", "--config", &config]);
    assert!(said.contains("entente migrate"), "{said}");
    assert_eq!(std::fs::metadata(&store).expect("the file").len(), 0);
}

#[test]
fn a_verb_beside_a_server_makes_no_tables_on_postgres() {
    let folder = TemporaryFolder::new("no-tables");
    let url = Postgres::shared().fresh_database();
    let config = folder.join("entente.toml");
    std::fs::write(&config, format!("[database]\nurl = \"{url}\"\n")).expect("written");
    let (_, said) = expect(3, &["verify", "--config", &config]);
    assert!(said.contains("entente migrate"), "{said}");
    let tables = "SELECT count(*) FROM information_schema.tables WHERE table_schema = current_schema()";
    assert_eq!(Postgres::query(&url, tables).trim(), "0");
    expect(0, &["migrate", "--config", &config]);
    assert_eq!(expect(0, &["verify", "--config", &config]).0, "0 requests verified, 0 flaws\n");
}
