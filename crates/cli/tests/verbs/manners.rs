//! Help, exit codes, colours.

use crate::{AGREEMENT, EVENING, changed, expect, text, written};
use harness::{Program, TemporaryFolder};
use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};

#[test]
fn help_begins_with_examples() {
    for verb in [
        "",
        "demo",
        "serve",
        "calendar",
        "agreement",
        "agreement check",
        "agreement rehearse",
        "agreement due",
        "agreement explain",
        "agreement facts",
        "agreement weave",
        "mail",
        "mail read",
        "mail deliver",
        "mail kept",
        "mail trust",
        "user",
        "user link",
        "user token",
        "keys",
        "keys rotate",
        "config",
        "config check",
        "doctor",
    ] {
        let arguments: Vec<&str> = verb.split_whitespace().chain(["--help"]).collect();
        let (stdout, _) = expect(0, &arguments);
        let mut lines = stdout.lines();
        assert!(lines.next().is_some_and(|first| first.starts_with("Example")), "{verb}: {stdout}");
        assert!(lines.next().is_some_and(|example| example.contains("entente")), "{verb}: {stdout}");
        assert!(stdout.contains("Usage:"), "{verb}");
    }
}

#[test]
fn wrong_use_exits_2_and_a_missing_file_3() {
    for arguments in [
        &["frobnicate"][..],
        &["agreement"],
        &["agreement", "check"],
        &["agreement", "due", AGREEMENT],
        &["agreement", "check", AGREEMENT, "--lang", "de"],
        &["mail", "read"],
        &["serve"],
        &["demo", "--now", "yesterday"],
    ] {
        let (stdout, stderr) = expect(2, arguments);
        assert_eq!(stdout, "", "talk goes to standard error");
        assert!(!stderr.is_empty());
    }
    for arguments in [
        &["agreement", "check", "no-such-file.md"][..],
        &["agreement", "rehearse", "no-such-file.md"],
        &["agreement", "explain", "no-such-file.md"],
        &["agreement", "facts", "no-such-file.md", "--json"],
        &["agreement", "due", "no-such-file.md", "--at", EVENING],
        &["mail", "read", "no-such-file.eml"],
        &["serve", "--config", "no-such-file.toml"],
    ] {
        let (stdout, stderr) = expect(3, arguments);
        assert_eq!(stdout, "");
        assert!(stderr.contains("no-such-file"), "{stderr}");
    }
}

/// What a run prints on a terminal, which `script` (of every Debian) plays.
fn on_a_terminal(command: &str, environment: &[(&str, &str)]) -> String {
    let binary = Program::binary().display().to_string();
    let mut shell = Command::new("script");
    shell.args(["-qec", &format!("'{binary}' {command}"), "/dev/null"]).env_remove("NO_COLOR");
    let out = shell.envs(environment.iter().copied()).output().expect("`script` can be started");
    text(&out.stdout)
}

#[test]
fn colours_are_for_terminals_and_can_be_refused() {
    let folder = TemporaryFolder::new("colours");
    let file = changed(&folder, "at_most = \"365 days\"", "at_mst = \"365 days\"");
    let check = format!("agreement check '{file}' --lang en");
    assert!(on_a_terminal(&check, &[]).contains('\u{1b}'), "a terminal is shown colours");
    let plain = on_a_terminal(&check, &[("NO_COLOR", "1")]);
    assert!(plain.contains("unknown-key") && !plain.contains('\u{1b}'), "{plain}");
    // What is sent elsewhere is plain, though standard error is still the terminal.
    let elsewhere = written(&folder, "out.txt", "");
    on_a_terminal(&format!("{check} > '{elsewhere}'"), &[]);
    let sent = std::fs::read_to_string(&elsewhere).expect("the output");
    assert!(sent.contains("unknown-key") && !sent.contains('\u{1b}'), "{sent}");
}

#[test]
fn the_log_is_plain_where_nobody_sees_colours() {
    // Nothing listens there, so the start fails after the log was set up.
    let folder = TemporaryFolder::new("log");
    let config = written(
        &folder,
        "entente.toml",
        "[http]\nlisten = \"127.0.0.1:0\"\n[database]\nurl = \"postgres://nobody@127.0.0.1:1/none\"\n",
    );
    let out = Command::new(Program::binary())
        .args(["serve", "--config", &config])
        .env("ENTENTE_LOG", "trace")
        .output()
        .expect("entente can be started");
    assert_eq!(out.status.code(), Some(3), "{}", text(&out.stderr));
    assert!(!text(&out.stderr).contains('\u{1b}'));
}

/// How a run ends whose output goes to `out`, and what it says.
fn run_into(out: Stdio, arguments: &[&str], input: &str) -> (Option<i32>, String) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("the workspace");
    let ended = Command::new(Program::binary())
        .args(arguments)
        .current_dir(root)
        .stdin(File::open(input).expect("the input"))
        .stdout(out)
        .stderr(Stdio::piped())
        .spawn()
        .and_then(std::process::Child::wait_with_output)
        .expect("entente can be run");
    (ended.status.code(), text(&ended.stderr))
}

/// Whoever reads goes away, as `head` does: a verb answers by its exit code as if all were read. Where nothing more can be
/// written, it says so, whatever the answer.
#[test]
fn an_output_that_breaks_off_changes_no_answer() {
    let folder = TemporaryFolder::new("output");
    let wrong = changed(&folder, "at_most = \"365 days\"", "at_mst = \"365 days\"");
    let question =
        r#"{"id":1,"op":"open","calendar":{"zone":"UTC","weekly":{}},"start":"2026-03-06T10:00:00Z"}"#;
    let questions = written(&folder, "questions.jsonl", format!("{question}\n").repeat(10_000));
    for (arguments, code) in [
        (&["agreement", "check", &wrong][..], 1),
        (&["agreement", "check", AGREEMENT, "--json"], 0),
        (&["agreement", "rehearse", AGREEMENT], 0),
        (&["agreement", "amend", AGREEMENT, "--set", "parameter.backup_expiry.default=60 days"], 0),
        (&["calendar"], 0),
    ] {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let (ended, said) = run_into(Stdio::from(writer), arguments, &questions);
        assert_eq!(ended, Some(code), "{arguments:?}: {said}");
        let full = File::options().write(true).open("/dev/full").expect("a file that is full");
        let (ended, said) = run_into(Stdio::from(full), arguments, &questions);
        assert_eq!(ended, Some(3), "{arguments:?}: {said}");
        assert!(said.contains("writing `standard output`"), "{arguments:?}: {said}");
    }
}
