use crate::check_config;
use crate::config::{Config, OutboundSettings};
use crate::failure::{Outcome, VerbFailure};
use crate::print::line;
use crate::wire;
use operations::ProductClock;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::Duration;
use store::{Found, newest_step};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How far the clock of the database's server may be from that of this machine, in milliseconds: deadlines are counted
/// from the second, leases of due work by the first.
const APART_MILLISECONDS: u64 = 2_000;
/// How far before leases mean nothing any more.
const TOO_FAR_MILLISECONDS: u64 = 20_000;
/// How long a server of mail may take to answer.
const ANSWER: Duration = Duration::from_secs(5);

/// How something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Ok,
    Warning,
    Wrong,
}

impl State {
    fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Wrong => "wrong",
        }
    }
}

/// What was looked at, how it is, and what to do.
struct Finding {
    about: String,
    state: State,
    said: String,
}

/// Looks at what an installation stands on: configuration, database, clocks, folders and, where that is asked for, servers
/// of mail. 1 when something is wrong.
pub fn run(path: &Path, reach: bool, as_data: bool) -> Result<Outcome, VerbFailure> {
    let mut found = Vec::new();
    let mut add = |about: &str, state, said: String| {
        found.push(Finding { about: about.to_owned(), state, said });
    };
    let looked = check_config::findings(path)?;
    for wrong in &looked.wrong {
        add("configuration", State::Wrong, wrong.clone());
    }
    for warning in &looked.warnings {
        add("configuration", State::Warning, warning.clone());
    }
    if looked.wrong.is_empty() && looked.warnings.is_empty() {
        add("configuration", State::Ok, "nothing is wrong".to_owned());
    }
    if let Some(config) = &looked.config {
        wire::runtime()?.block_on(async {
            match wire::found(config).await {
                Ok(database) => {
                    let (state, said) = of_tables(database);
                    add("database", state, said);
                    if let Some((state, said)) = of_clock(database, ProductClock::default().now()) {
                        add("clock", state, said);
                    }
                }
                Err(failure) => add("database", State::Wrong, check_config::told(&failure)),
            }
            for folder in folders(config) {
                let (state, said) = match written_in(&folder) {
                    Ok(()) => (State::Ok, "it can be written".to_owned()),
                    Err(failure) => (State::Wrong, format!("it cannot be written: {failure}")),
                };
                add(&format!("folder `{}`", folder.display()), state, said);
            }
            for (host, port) in servers(config).into_iter().filter(|_| reach) {
                let (state, said) = match timeout(ANSWER, TcpStream::connect((host.as_str(), port))).await {
                    Ok(Ok(_)) => (State::Ok, "it answers".to_owned()),
                    Ok(Err(failure)) => (State::Wrong, format!("it cannot be reached: {failure}")),
                    Err(_) => (State::Wrong, "it does not answer: is a firewall between?".to_owned()),
                };
                add(&format!("mail server `{host}:{port}`"), state, said);
            }
        });
    }
    tell(&found, as_data);
    let is_wrong = found.iter().any(|finding| finding.state == State::Wrong);
    Ok(if is_wrong { Outcome::No } else { Outcome::Done })
}

fn tell(found: &[Finding], as_data: bool) {
    if as_data {
        let rows: Vec<Value> = found
            .iter()
            .map(|one| json!({ "about": one.about, "state": one.state.as_str(), "said": one.said }))
            .collect();
        line!("{}", json!({ "findings": rows }));
        return;
    }
    for one in found {
        line!("{:<8} {}: {}", one.state.as_str(), one.about, one.said);
    }
}

/// Whether this program can work with the tables as they are.
fn of_tables(found: Found) -> (State, String) {
    let newest = newest_step();
    match found.step {
        None => (
            State::Wrong,
            "there are no tables of this program; is the disk mounted? `entente migrate` makes them"
                .to_owned(),
        ),
        Some(_) if found.is_half_restored => (State::Wrong, wire::HALF_RESTORED.to_owned()),
        Some(step) if step > newest => (
            State::Wrong,
            format!(
                "step {step} is of a newer program, and this one ends at {newest}: install the newer one"
            ),
        ),
        Some(step) if step < newest => {
            (State::Warning, format!("step {step} of {newest}: the next start brings the tables up to date"))
        }
        Some(step) => (State::Ok, format!("step {step}, up to date")),
    }
}

/// How far the clock of the database's server is from this machine's; none where the database has none.
fn of_clock(found: Found, now: calendar::Instant) -> Option<(State, String)> {
    let apart = found.clock?.milliseconds().abs_diff(now.milliseconds());
    let state = match apart {
        apart if apart <= APART_MILLISECONDS => State::Ok,
        apart if apart <= TOO_FAR_MILLISECONDS => State::Warning,
        _ => State::Wrong,
    };
    let advice = if state == State::Ok { "" } else { ": keep both right by NTP" };
    Some((state, format!("{apart} ms from that of the database{advice}")))
}

/// The folders in which a server makes files.
fn folders(config: &Config) -> Vec<PathBuf> {
    let database = config.database.url.strip_prefix("sqlite:").map(PathBuf::from);
    let files = [
        database.as_deref(),
        Some(config.checkpoints.file.as_path()),
        Some(config.privacy.erasures_file.as_path()),
        match &config.mail.outbound {
            None => Some(config.outgoing.as_path()),
            Some(OutboundSettings::Maildir { maildir }) => Some(maildir.as_path()),
            Some(OutboundSettings::Smtp { .. }) => None,
        },
    ];
    let mut found: Vec<PathBuf> = files
        .into_iter()
        .flatten()
        .map(|file| match file.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
            _ => PathBuf::from("."),
        })
        .collect();
    found.sort();
    found.dedup();
    found
}

/// Tries a folder by a file that is gone again.
fn written_in(folder: &Path) -> std::io::Result<()> {
    let trial = folder.join(format!(".entente-{}", std::process::id()));
    std::fs::File::create_new(&trial)?;
    std::fs::remove_file(&trial)
}

/// The servers of mail, with their ports.
fn servers(config: &Config) -> Vec<(String, u16)> {
    let mut found = Vec::new();
    if let Some(OutboundSettings::Smtp { host, port, .. }) = &config.mail.outbound {
        found.push((host.clone(), *port));
    }
    for fetched in &config.mail.fetch {
        found.extend(fetched.host.clone().map(|host| (host, fetched.port())));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{State, of_clock, of_tables};
    use calendar::Instant;
    use store::{Found, newest_step};

    #[test]
    fn tables_and_clocks_are_judged() {
        let newest = newest_step();
        for (step, state) in [
            (None, State::Wrong),
            (Some(newest - 1), State::Warning),
            (Some(newest), State::Ok),
            (Some(newest + 1), State::Wrong),
        ] {
            assert_eq!(of_tables(Found { step, ..Found::default() }).0, state, "{step:?}");
        }
        let half = Found { step: Some(newest), is_half_restored: true, ..Found::default() };
        assert_eq!(of_tables(half).0, State::Wrong);
        let now = Instant::from_milliseconds(1_000_000);
        for (clock, state) in [(999_000, State::Ok), (1_010_000, State::Warning), (900_000, State::Wrong)] {
            let found = Found { clock: Some(Instant::from_milliseconds(clock)), ..Found::default() };
            assert_eq!(of_clock(found, now).map(|(state, _)| state), Some(state), "{clock}");
        }
        assert!(of_clock(Found::default(), now).is_none());
    }
}
