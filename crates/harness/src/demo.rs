use std::path::Path;
use std::process::ExitStatus;
use std::time::Duration;

use serde_json::{Value, json};

use crate::http::Client;
use crate::ports::free_port;
use crate::program::Program;
use crate::temporary_folder::TemporaryFolder;

/// How long a demo may take to become ready, with a debug build on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running `entente demo` on free ports, with its data in a temporary folder.
///
/// It knows the product only by `demo.json` and the addresses that `entente demo` documents.
#[derive(Debug)]
pub struct Demo {
    program: Program,
    http: String,
    smtp: String,
    now: Option<String>,
    facts: Value,
    folder: TemporaryFolder,
}

/// A person of the sample data, as `demo.json` describes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Key of the provider they belong to.
    pub provider: String,
    /// `agent`, `lead`, `manager`, `admin` or `contact`.
    pub role: String,
    /// Name as shown.
    pub name: String,
    /// Address of their mail.
    pub email: String,
    /// Key of their account; none for a provider's own people.
    pub account: Option<String>,
    /// Bearer token for the API.
    pub token: String,
    /// Link that signs them in.
    pub sign_in: String,
}

impl Demo {
    /// Starts a demo at the real time.
    pub fn start() -> Demo {
        Demo::launch(None)
    }

    /// Starts a demo whose clock begins at this instant (RFC 3339).
    pub fn start_at(now: &str) -> Demo {
        Demo::launch(Some(now.to_owned()))
    }

    fn launch(now: Option<String>) -> Demo {
        let folder = TemporaryFolder::new("demo");
        let http = format!("127.0.0.1:{}", free_port());
        let smtp = format!("127.0.0.1:{}", free_port());
        let mut program = run(&folder, &http, &smtp, now.as_deref());
        program.wait_ready(&http, PATIENCE);
        let facts = read_facts(folder.path());
        Demo { program, http, smtp, now, facts, folder }
    }

    /// Starts the killed or stopped demo again: same data, same addresses.
    pub fn restart(&mut self) {
        self.program.kill();
        // The product's clock never goes back, so the instant it began with is still right.
        self.program = run(&self.folder, &self.http, &self.smtp, self.now.as_deref());
        self.program.wait_ready(&self.http, PATIENCE);
        self.facts = read_facts(self.folder.path());
    }

    /// Ends it at once (`kill -9`).
    pub fn kill(&mut self) -> ExitStatus {
        self.program.kill()
    }

    /// Asks it to stop and waits at most 30 seconds.
    pub fn stop(&mut self) -> ExitStatus {
        self.program.stop(Duration::from_secs(30))
    }

    /// The process, for its output and its id.
    pub fn program(&mut self) -> &mut Program {
        &mut self.program
    }

    /// Address of the web server, `127.0.0.1:PORT`.
    pub fn http(&self) -> &str {
        &self.http
    }

    /// Address of the mail server, `127.0.0.1:PORT`.
    pub fn smtp(&self) -> &str {
        &self.smtp
    }

    /// A whole URL of this demo.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.http)
    }

    /// The folder that holds the demo's data, `outgoing` (a Maildir) among it.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// All of `demo.json`.
    pub fn facts(&self) -> &Value {
        &self.facts
    }

    /// Address of a provider's mailbox.
    pub fn mailbox(&self, provider: &str) -> String {
        text(&self.facts["providers"][provider]["mailbox"])
    }

    /// All people of a provider with this role.
    pub fn people(&self, provider: &str, role: &str) -> Vec<Person> {
        self.facts["people"]
            .as_array()
            .expect("demo.json lists people")
            .iter()
            .filter(|person| person["provider"] == provider && person["role"] == role)
            .map(|person| Person {
                provider: text(&person["provider"]),
                role: text(&person["role"]),
                name: text(&person["name"]),
                email: text(&person["email"]),
                account: person["account"].as_str().map(str::to_owned),
                token: text(&person["token"]),
                sign_in: text(&person["sign_in"]),
            })
            .collect()
    }

    /// The first person of a provider with this role.
    #[track_caller]
    pub fn person(&self, provider: &str, role: &str) -> Person {
        self.people(provider, role)
            .into_iter()
            .next()
            .unwrap_or_else(|| panic!("demo.json has no {role} of {provider}"))
    }

    /// A client that nobody has signed in with.
    pub fn visitor(&self) -> Client {
        Client::new(&self.http)
    }

    /// A client of the API with this person's token.
    pub fn api(&self, person: &Person) -> Client {
        Client::new(&self.http).with_bearer(&person.token)
    }

    /// A client of the pages in which this person has followed their sign-in link.
    #[track_caller]
    pub fn signed_in(&self, person: &Person) -> Client {
        let client = self.visitor();
        let answer = client.get_following(&person.sign_in);
        assert_eq!(answer.status, 200, "{} could not sign in by the link", person.name);
        client
    }

    /// Moves the product's clock forward (`PT3H`) and waits until all work due by then is done;
    /// gives the new instant.
    pub fn advance(&self, duration: &str) -> String {
        self.move_clock(&json!({ "advance": duration }))
    }

    /// Moves the product's clock forward to this instant (RFC 3339), likewise.
    pub fn advance_to(&self, instant: &str) -> String {
        self.move_clock(&json!({ "set": instant }))
    }

    /// The outgoing messages so far, each as the bytes of its file, oldest first.
    pub fn outgoing(&self) -> Vec<Vec<u8>> {
        let folder = self.folder.path().join("outgoing").join("new");
        let mut files: Vec<_> = std::fs::read_dir(folder)
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| {
                let written_at = entry.metadata().and_then(|facts| facts.modified()).ok();
                (written_at, entry.file_name(), entry.path())
            })
            .collect();
        files.sort();
        files.into_iter().filter_map(|(_, _, path)| std::fs::read(path).ok()).collect()
    }

    fn move_clock(&self, body: &Value) -> String {
        let answer = self.visitor().post_json("/demo/clock", body).expect(200).json();
        text(&answer["now"])
    }
}

fn run(folder: &TemporaryFolder, http: &str, smtp: &str, now: Option<&str>) -> Program {
    let data = folder.path().display().to_string();
    let mut arguments = vec!["demo", "--data", &data, "--http", http, "--smtp", smtp];
    if let Some(now) = now {
        arguments.extend(["--now", now]);
    }
    Program::start(&arguments)
}

fn read_facts(folder: &Path) -> Value {
    let bytes = std::fs::read(folder.join("demo.json")).expect("a ready demo has demo.json");
    serde_json::from_slice(&bytes).expect("demo.json is JSON")
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
