use crate::check_config;
use crate::config::{Config, OutboundSettings};
use crate::failure::{Outcome, VerbFailure};
use crate::print::line;
use crate::wire;
use calendar::Instant;
use mail::Pickup;
use operations::ProductClock;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::Metadata;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
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

/// From how many days before its end on a certificate is to be renewed.
const RENEWAL_DAYS: i64 = 21;
/// How long a letter may wait before somebody looks why, in seconds.
const LETTER_SECONDS: i64 = 3_600;
/// Room on a disk below which it is short: bytes, and percent.
const ROOM_BYTES: u64 = 1 << 30;
const ROOM_PERCENT: u64 = 10;
const DAY_SECONDS: i64 = 24 * 3_600;

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

/// Looks at what an installation stands on: configuration, database, clocks, letters that wait, certificates, folders, room
/// on disks and, where that is asked for, servers of mail. 1 when something is wrong.
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
    let now = ProductClock::default().now();
    if let Some(config) = &looked.config {
        wire::runtime()?.block_on(async {
            match wire::found(config).await {
                Ok(database) => {
                    let (state, said) = of_tables(database);
                    add("database", state, said);
                    if let Some((state, said)) = of_clock(database, now) {
                        add("clock", state, said);
                    }
                    // Opening another one would bring its tables up to date.
                    if state == State::Ok {
                        match kept(config, database, now).await {
                            Ok((oldest, may_hold_erased)) => {
                                let (state, said) = of_letters(oldest, now);
                                add("letters out", state, said);
                                let (state, said) = of_erased(may_hold_erased);
                                add("what was erased", state, said);
                            }
                            Err(failure) => add("database", State::Wrong, check_config::told(&failure)),
                        }
                    }
                }
                Err(failure) => add("database", State::Wrong, check_config::told(&failure)),
            }
            for pickup in pickups(config) {
                let (about, state, said) = of_pickup(&pickup, now);
                add(&about, state, said);
            }
            for (name, file) in certificates(config) {
                let (state, said) = of_certificate(&file, now);
                add(&format!("certificate `{name}`"), state, said);
            }
            let places = places(config);
            for (folder, tried) in tried(&places) {
                let (state, said) = match tried {
                    Ok(()) => (State::Ok, "it can be written".to_owned()),
                    Err(failure) => (State::Wrong, format!("it cannot be written: {failure}")),
                };
                add(&format!("folder `{}`", folder.display()), state, said);
            }
            for (folder, room) in disks(&places) {
                let (state, said) = of_room(room);
                add(&format!("room on the disk of `{}`", folder.display()), state, said);
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
fn of_clock(found: Found, now: Instant) -> Option<(State, String)> {
    let apart = found.clock?.milliseconds().abs_diff(now.milliseconds());
    let state = match apart {
        apart if apart <= APART_MILLISECONDS => State::Ok,
        apart if apart <= TOO_FAR_MILLISECONDS => State::Warning,
        _ => State::Wrong,
    };
    let advice = if state == State::Ok { "" } else { ": keep both right by NTP" };
    Some((state, format!("{apart} ms from that of the database{advice}")))
}

/// Since when the oldest letter waits that was to have left, and whether pages hold what was erased.
async fn kept(config: &Config, found: Found, now: Instant) -> Result<(Option<Instant>, bool), VerbFailure> {
    let store = wire::open(config, found).await?;
    Ok((store.oldest_waiting(now).await?, store.may_hold_erased().await?))
}

/// Whether the pages are clean that held what was erased or blacked out.
fn of_erased(may_hold_erased: bool) -> (State, String) {
    if !may_hold_erased {
        return (State::Ok, "no page holds it".to_owned());
    }
    let said = "pages of the database may hold it still: a running server cleans what it can and says in its log what \
                is left; `entente privacy scrub` cleans all, as the owner of the tables, in a quiet hour";
    (State::Warning, said.to_owned())
}

/// How long letters wait. That one waits long is no fault of the installation alone: a server may refuse it.
fn of_letters(oldest: Option<Instant>, now: Instant) -> (State, String) {
    let Some(oldest) = oldest else { return (State::Ok, "none waits".to_owned()) };
    let seconds = now.seconds().saturating_sub(oldest.seconds()).max(0);
    let state = if seconds <= LETTER_SECONDS { State::Ok } else { State::Warning };
    (state, format!("the oldest waits since {oldest}, {}", lasting(seconds)))
}

/// A length of time as people say it, from below.
fn lasting(seconds: i64) -> String {
    match seconds {
        ..7_200 => format!("{} minutes", seconds / 60),
        7_200..172_800 => format!("{} hours", seconds / 3_600),
        _ => format!("{} days", seconds / DAY_SECONDS),
    }
}

/// The folders and files of this machine from which letters are fetched.
fn pickups(config: &Config) -> Vec<Pickup> {
    let folders = config.mail.fetch.iter().filter_map(|from| from.maildir.clone().map(Pickup::Maildir));
    let files = config.mail.fetch.iter().filter_map(|from| from.mbox.clone().map(Pickup::Mbox));
    folders.chain(files).collect()
}

/// Whether letters wait to be taken in. What is taken in is a request, or is kept for whoever keeps the mail: nothing waits
/// in the database.
fn of_pickup(pickup: &Pickup, now: Instant) -> (String, State, String) {
    let (place, letters) = match pickup {
        Pickup::Maildir(folder) => (folder, since_in(&folder.join("new"))),
        Pickup::Mbox(file) => (file, since_of(file)),
    };
    let about = format!("letters in `{}`", place.display());
    let (state, said) = match letters {
        Ok(oldest) => of_letters(oldest, now),
        Err(failure) if failure.kind() == ErrorKind::NotFound => match pickup {
            Pickup::Maildir(_) => {
                (State::Warning, "it has no folder `new`: nothing comes from it".to_owned())
            }
            // Whoever delivers into a file makes it with the first letter.
            Pickup::Mbox(_) => of_letters(None, now),
        },
        Err(failure) => (State::Wrong, format!("it cannot be read: {failure}")),
    };
    (about, state, said)
}

/// Since when the oldest letter lies in a folder.
fn since_in(folder: &Path) -> std::io::Result<Option<Instant>> {
    let mut oldest = None;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if !entry.file_name().to_string_lossy().starts_with('.') {
            let since = changed(&entry.metadata()?);
            oldest = Some(oldest.map_or(since, |oldest: Instant| oldest.min(since)));
        }
    }
    Ok(oldest)
}

/// Since when, at least, letters lie in a file.
fn since_of(file: &Path) -> std::io::Result<Option<Instant>> {
    let there = std::fs::metadata(file)?;
    Ok((there.len() > 0).then(|| changed(&there)))
}

fn changed(there: &Metadata) -> Instant {
    Instant::from_seconds(there.mtime())
}

/// The files of certificates that this side shows, by what names them.
fn certificates(config: &Config) -> Vec<(String, PathBuf)> {
    let inbound = config.mail.inbound.as_ref().and_then(|inbound| inbound.certificate_file.clone());
    let inbound = inbound.map(|file| ("mail.inbound".to_owned(), file));
    let fetched =
        config.mail.fetch.iter().filter_map(|from| {
            Some((format!("mail.fetch of {}", from.mailbox), from.certificate_file.clone()?))
        });
    inbound.into_iter().chain(fetched).collect()
}

/// How long a certificate still holds, with those that lead to its authority.
fn of_certificate(file: &Path, now: Instant) -> (State, String) {
    let held = std::fs::read(file).map_err(|failure| failure.to_string());
    match held.and_then(|pem| mail::hold_together(&pem)) {
        Ok(held) => of_validity(held, now),
        Err(wrong) => (State::Wrong, format!("`{}` cannot be read: {wrong}", file.display())),
    }
}

fn of_validity((from, until): (i64, i64), now: Instant) -> (State, String) {
    let end = Instant::from_seconds(until);
    let days = until.saturating_sub(now.seconds()) / DAY_SECONDS;
    if now.seconds() > until {
        return (State::Wrong, format!("it expired on {end}: renew it"));
    }
    if now.seconds() < from {
        return (State::Wrong, format!("it does not hold before {}", Instant::from_seconds(from)));
    }
    if days < RENEWAL_DAYS {
        return (State::Warning, format!("it ends in {days} days, on {end}: renew it"));
    }
    (State::Ok, format!("it ends in {days} days, on {end}"))
}

/// Where a server writes.
enum Place {
    /// A file, beside which others are made; its folder is not.
    File(PathBuf),
    /// A folder of letters, made with its parts where it is not there.
    Maildir(PathBuf),
}

impl Place {
    /// The folder that it is, or lies in.
    fn folder(&self) -> PathBuf {
        match self {
            Self::File(file) => match file.parent() {
                Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
                _ => PathBuf::from("."),
            },
            Self::Maildir(folder) => folder.clone(),
        }
    }

    /// Tries to write there; nothing of it is left.
    fn try_it(&self) -> std::io::Result<()> {
        match self {
            Self::File(file) => {
                written_in(&self.folder())?;
                match std::fs::OpenOptions::new().append(true).open(file) {
                    Err(failure) if failure.kind() != ErrorKind::NotFound => Err(failure),
                    _ => Ok(()),
                }
            }
            Self::Maildir(folder) => {
                ["tmp", "new", "cur"].iter().try_for_each(|part| written_in(standing(&folder.join(part))))
            }
        }
    }
}

/// A folder, or the nearest above it that is there.
fn standing(folder: &Path) -> &Path {
    let above = folder.ancestors().find(|above| above.exists());
    above.unwrap_or(Path::new("."))
}

/// Where a server writes, as configured.
fn places(config: &Config) -> Vec<Place> {
    let database = config.database.url.strip_prefix("sqlite:").map(PathBuf::from);
    let key = &config.checkpoints.key_file;
    let files = [
        database,
        Some(config.checkpoints.file.clone()),
        // Once it is there it is only read.
        Some(key.clone()).filter(|key| !key.exists()),
        Some(config.privacy.erasures_file.clone()),
    ];
    let outgoing = match &config.mail.outbound {
        None => Some(config.outgoing.clone()),
        Some(OutboundSettings::Maildir { maildir }) => Some(maildir.clone()),
        Some(OutboundSettings::Smtp { .. }) => None,
    };
    let fetched = pickups(config).into_iter().map(|pickup| match pickup {
        Pickup::Maildir(folder) => Place::Maildir(folder),
        Pickup::Mbox(file) => Place::File(file),
    });
    files.into_iter().flatten().map(Place::File).chain(outgoing.map(Place::Maildir)).chain(fetched).collect()
}

/// How trying each folder went; of several places in one the first that failed.
fn tried(places: &[Place]) -> BTreeMap<PathBuf, std::io::Result<()>> {
    let mut found: BTreeMap<PathBuf, std::io::Result<()>> = BTreeMap::new();
    for place in places {
        let known = found.entry(place.folder()).or_insert(Ok(()));
        if known.is_ok() {
            *known = place.try_it();
        }
    }
    found
}

/// Tries a folder by a file that is gone again.
fn written_in(folder: &Path) -> std::io::Result<()> {
    let trial = folder.join(format!(".entente-{}", std::process::id()));
    std::fs::File::create_new(&trial)?;
    std::fs::remove_file(&trial)
}

/// Room on a disk, in bytes.
#[derive(Clone, Copy)]
struct Room {
    /// For whoever is not root.
    free: u64,
    /// What is there in all, without what is set aside for root.
    whole: u64,
}

/// The disks on which a server writes, each by the first of its folders.
fn disks(places: &[Place]) -> Vec<(PathBuf, Room)> {
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for folder in places.iter().map(Place::folder) {
        let there = standing(&folder);
        // What cannot be looked at is told where it is tried.
        let Ok(disk) = std::fs::metadata(there).map(|there| there.dev()) else { continue };
        let Ok(said) = rustix::fs::statvfs(there) else { continue };
        if seen.insert(disk) {
            let free = said.f_bavail.saturating_mul(said.f_frsize);
            let taken = said.f_blocks.saturating_sub(said.f_bfree).saturating_mul(said.f_frsize);
            found.push((folder, Room { free, whole: free.saturating_add(taken) }));
        }
    }
    found
}

fn of_room(Room { free, whole }: Room) -> (State, String) {
    let percent = free.saturating_mul(100) / whole.max(1);
    let is_short = free < ROOM_BYTES || percent < ROOM_PERCENT;
    let (state, advice) =
        if is_short { (State::Warning, ": make room before it is full") } else { (State::Ok, "") };
    (state, format!("{} MiB are free, {percent} %{advice}", free >> 20))
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
    use super::{Room, State, of_clock, of_letters, of_room, of_tables, of_validity};
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

    #[test]
    fn certificates_letters_and_disks_are_judged() {
        let day = 24 * 3_600;
        let now = Instant::from_seconds(1_000 * day);
        for (held, state, said) in [
            ((0, 1_021), State::Ok, "in 21 days"),
            ((0, 1_020), State::Warning, "in 20 days"),
            ((0, 999), State::Wrong, "it expired on"),
            ((1_001, 2_000), State::Wrong, "it does not hold before"),
        ] {
            let found = of_validity((held.0 * day, held.1 * day), now);
            assert_eq!(found.0, state, "{held:?}");
            assert!(found.1.contains(said), "{}", found.1);
        }
        let waiting = |seconds: i64| of_letters(Some(now.plus_seconds(-seconds)), now);
        assert_eq!(waiting(3_600).0, State::Ok);
        let (state, said) = waiting(3 * day);
        assert!(state == State::Warning && said.ends_with(", 3 days"), "{said}");
        assert_eq!(of_letters(None, now).0, State::Ok);
        let gib = 1 << 30;
        for (free, whole, state) in [
            (2 * gib, 10 * gib, State::Ok),
            (9 * gib, 100 * gib, State::Warning),
            (gib - 1, 2 * gib, State::Warning),
            (0, 0, State::Warning),
        ] {
            assert_eq!(of_room(Room { free, whole }).0, state, "{free} of {whole}");
        }
    }
}
