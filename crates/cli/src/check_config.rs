use crate::config::Config;
use crate::failure::{Outcome, VerbFailure};
use crate::fetch_mail::FetchFrom;
use crate::load::{self, Adopted};
use crate::print::line;
use crate::{serve, wire};
use agreement::{Options, compile};
use serde_json::json;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

/// What a configuration says that cannot be, and what may not be meant.
#[derive(Default)]
pub struct Findings {
    /// The configuration, where it can be read.
    pub config: Option<Config>,
    pub wrong: Vec<String>,
    pub warnings: Vec<String>,
}

impl Findings {
    /// Notes what stands against something, with its reasons.
    fn note<T>(&mut self, looked_at: Result<T, VerbFailure>) -> Option<T> {
        looked_at.map_err(|failure| self.wrong.push(told(&failure))).ok()
    }
}

/// Reads a configuration as `serve` does and tells what is wrong with it. Nothing is opened or listened on, and nothing
/// is changed.
pub fn run(path: &Path, as_data: bool) -> Result<Outcome, VerbFailure> {
    let found = findings(path)?;
    if as_data {
        line!("{}", json!({ "wrong": found.wrong, "warnings": found.warnings }));
    } else {
        for wrong in &found.wrong {
            line!("wrong: {wrong}");
        }
        for warning in &found.warnings {
            line!("warning: {warning}");
        }
        line!("{} wrong, {} warnings", found.wrong.len(), found.warnings.len());
    }
    Ok(if found.wrong.is_empty() { Outcome::Done } else { Outcome::No })
}

/// What stands against a configuration.
///
/// # Errors
/// Its file cannot be read.
pub fn findings(path: &Path) -> Result<Findings, VerbFailure> {
    let mut found = Findings::default();
    match Config::read(path) {
        Ok(config) => {
            // Ways of mail are set up inside a runtime, as `serve` does, and go nowhere.
            wire::runtime()?.block_on(async { look(&config, &mut found) });
            found.config = Some(config);
        }
        Err(failure @ VerbFailure::Content { .. }) => found.wrong.push(told(&failure)),
        Err(failure) => return Err(failure),
    }
    Ok(found)
}

fn look(config: &Config, found: &mut Findings) {
    let inbound = config.mail.inbound.as_ref();
    for (name, address) in [
        ("http.listen", Some(&config.http.listen)),
        ("mail.inbound.listen", inbound.map(|inbound| &inbound.listen)),
    ] {
        if address.is_some_and(|address| !is_address(address)) {
            found.wrong.push(format!("`{name}`: write HOST:PORT, such as 127.0.0.1:8080"));
        }
    }
    if let Some(installation) = found.note(serve::installation(config)) {
        found.note(wire::files_url(&config.http, &installation.public_url));
        found.note(wire::transport(config, &installation.host_name));
        if installation.keys.sealing.is_empty() {
            found.warnings.push(
                "`sign_in.sealing_keys` names no key: second factors and keys that sign stand readable in the database"
                    .to_owned(),
            );
        }
    }
    found.note(wire::trusted_proxies(&config.http));
    found.note(serve::recipients(config));
    found.note(inbound.map(wire::listen_tls).transpose());
    for fetched in &config.mail.fetch {
        found.note(FetchFrom::configured(fetched));
    }
    if config.http.tells_nobody_apart() {
        found.warnings.push(
            "`http.trusted_proxies` names no proxy, and `http.public_url` tells that there is one: everybody seems to be \
             one"
            .to_owned(),
        );
    }
    look_at_documents(config, found);
}

/// Looks at the agreements, and at the files of people and contracts under them.
fn look_at_documents(config: &Config, found: &mut Findings) {
    let mut adopted = Adopted::new();
    let mut is_whole = true;
    for path in &config.agreements {
        let shown = path.display().to_string();
        let Some(text) = found.note(serve::read(path)) else {
            is_whole = false;
            continue;
        };
        let compilation = compile(&text, &shown, &Options::default());
        if let Some(error) = compilation.diagnostics.iter().find(|found| found.is_error()) {
            found.wrong.push(format!("`{shown}`: {}", error.sentence("en")));
        }
        match compilation.terms {
            Some(terms) => {
                let name = terms.name.clone();
                if adopted.insert(name.key.clone(), (name, Arc::new(terms))).is_some() {
                    found.warnings.push(format!(
                        "`{shown}`: another document has its key; contracts in files come under this one"
                    ));
                }
            }
            None => is_whole = false,
        }
    }
    for path in &config.load {
        let shown = path.display().to_string();
        let file = found.note(serve::read(path).and_then(|text| load::read(&text, &shown)));
        // What contracts say is held against their documents, once all of these can be read.
        if let Some(file) = file.filter(|_| is_whole) {
            found
                .wrong
                .extend(load::problems(&file, &adopted).iter().map(|wrong| format!("`{shown}`: {wrong}")));
        }
    }
}

/// Whether something is a host, by name or address, with a port.
fn is_address(text: &str) -> bool {
    let named =
        || text.rsplit_once(':').is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok());
    text.parse::<SocketAddr>().is_ok() || named()
}

/// A failure with all that caused it, on one line.
pub fn told(failure: &VerbFailure) -> String {
    let mut text = failure.to_string();
    let mut source = std::error::Error::source(failure);
    while let Some(reason) = source {
        text = format!("{text}: {reason}");
        source = reason.source();
    }
    text.trim_end().replace('\n', " ")
}
