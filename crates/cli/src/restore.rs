use crate::config::Config;
use crate::failure::{Outcome, VerbFailure};
use crate::print::line;
use crate::{serve, wire};
use desk::ProviderId;
use operations::{
    PageScrub, ProductClock, Tombstone, complete_tombstones, read_tombstones, replay_tombstones, scrub,
};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use store::{Database, SqliteConfig, StoreError};

/// What is to be restored, and how.
pub struct Wanted {
    pub config: PathBuf,
    pub from: PathBuf,
    pub erasures: Option<PathBuf>,
    pub replace: bool,
    pub skip_numbers: u32,
    pub as_data: bool,
}

/// Makes the store anew from a copy, erases again whoever was erased since, and makes it safe to go on
/// with.
pub fn run(wanted: &Wanted) -> Result<Outcome, VerbFailure> {
    let config = Config::read(&wanted.config)?;
    let list = wanted.erasures.as_ref().unwrap_or(&config.privacy.erasures_file);
    if let Some(named) = wanted.erasures.as_deref().filter(|named| !named.exists()) {
        let source = std::io::Error::from(std::io::ErrorKind::NotFound);
        return Err(VerbFailure::File { attempt: "reading", path: named.display().to_string(), source });
    }
    let mut stones = read_tombstones(list)?;
    if wanted.erasures.is_some() {
        stones.extend(read_tombstones(&config.privacy.erasures_file)?);
    } else if stones.is_empty() {
        eprintln!("entente: no erasure is listed in {}", list.display());
    }
    wire::runtime()?.block_on(async {
        // What the configuration names is read before anything is moved: where it cannot be, all stays as it is.
        let named = serve::named(&config)?;
        let (mut given, mut aside) = (Vec::new(), None);
        let store = match config.database.url.strip_prefix("sqlite:").map(Path::new) {
            Some(path) => {
                // Nothing is moved for the sake of a copy that cannot take its place.
                Database::check_sqlite_copy(&wanted.from).await?;
                if wanted.replace {
                    aside = put_aside(path, &wanted.from).await?;
                }
                if let Some(aside) = aside.as_ref().filter(|_| !wanted.as_data) {
                    line!("what was there lies in {aside}: remove it once it is needless");
                }
                given = take_over(path, &mut stones).await;
                let settings =
                    SqliteConfig { max_pages: config.database.max_pages, ..SqliteConfig::at(path) };
                Database::restore_sqlite(&wanted.from, &settings).await?
            }
            None => Database::restore_postgres(&wanted.from, &wire::postgres(&config)).await?,
        };
        let held = store.settle_restored(i64::from(wanted.skip_numbers), &given).await?;
        stones.sort();
        stones.dedup();
        let environment = serve::environment_over(store, &config, named).await?;
        // Accounts that are destroyed again get their certificate anew.
        if let Err(failure) = serve::sign(&config, &environment) {
            eprintln!("entente: certificates are not signed: {failure}");
        }
        let replayed = replay_tombstones(&environment, &stones).await?;
        complete_tombstones(&environment).await?;
        // That pages are still to be cleaned is noted with each erasure, and keeps nobody from working.
        environment.store.finish_restored().await?;
        if replayed > 0 {
            scrub(&environment, PageScrub::Whole).await?;
        }
        let from = wanted.from.display().to_string();
        if wanted.as_data {
            let held: Vec<Value> = held
                .iter()
                .map(|letter| {
                    json!({ "kind": letter.kind, "number": letter.number, "address": letter.address })
                })
                .collect();
            line!(
                "{}",
                json!({
                    "from": from, "aside": aside, "erasures": stones.len(), "erased_again": replayed,
                    "held": held,
                })
            );
            return Ok(Outcome::Done);
        }
        line!("restored from {from}");
        line!("{} erasures are known, {replayed} were carried out again", stones.len());
        for letter in &held {
            let of = letter.number.as_deref().map(|number| format!(" of {number}")).unwrap_or_default();
            line!("held, not sent: {}{of} to {}", letter.kind, letter.address);
        }
        line!("sessions and sign-in links ended; check the tokens for programs that were revoked since");
        Ok(Outcome::Done)
    })
}

/// How the names end of a database file and of what its engine keeps beside it.
const ENDS: [&str; 4] = ["", "-wal", "-shm", "-journal"];

/// Puts an embedded database aside, where there is one, under a name of its own, which it gives: what was put aside before
/// stays. Its journal is closed before, so that what lies there is one file and whole.
async fn put_aside(path: &Path, copy: &Path) -> Result<Option<String>, VerbFailure> {
    let failed = |path: &Path, source| VerbFailure::File {
        attempt: "putting aside",
        path: path.display().to_string(),
        source,
    };
    if std::fs::canonicalize(path)
        .is_ok_and(|there| std::fs::canonicalize(copy).is_ok_and(|copy| copy == there))
    {
        return Err(VerbFailure::Use {
            argument: "--from".to_owned(),
            problem: "it is the database itself: name a copy".to_owned(),
        });
    }
    if path.exists() {
        match Database::close_sqlite_journal(path).await {
            Ok(()) => {}
            Err(StoreError::Busy) => {
                return Err(VerbFailure::Content {
                    path: path.display().to_string(),
                    problem: "a program uses it: stop every server first".to_owned(),
                });
            }
            // A database that is damaged is put aside as it is, with its journal.
            Err(error) => eprintln!("entente: {} is put aside as it is: {error}", path.display()),
        }
    }
    let stamp = ProductClock::default().now().to_string().replace([':', '-'], "");
    let aside = format!("{}{ASIDE}-{stamp}", path.display());
    let mut moved = false;
    for end in ENDS {
        let from = PathBuf::from(format!("{}{end}", path.display()));
        let to = PathBuf::from(format!("{aside}{end}"));
        if !from.exists() {
            continue;
        }
        if to.exists() {
            return Err(failed(&from, std::io::Error::from(std::io::ErrorKind::AlreadyExists)));
        }
        std::fs::rename(&from, &to).map_err(|source| failed(&from, source))?;
        moved = true;
    }
    Ok(moved.then_some(aside))
}

/// What is added to the name of a database that is put aside, before the instant.
const ASIDE: &str = ".aside";

/// What the databases that were put aside know of erasures and of numbers, as far as they can still be read. All of them
/// count: a restore that broke off left the one that people worked on behind another.
async fn take_over(path: &Path, stones: &mut Vec<Tombstone>) -> Vec<(ProviderId, i64)> {
    let mut given = Vec::new();
    for aside in put_aside_before(path) {
        match wire::sqlite(&aside, None).await {
            Ok(old) => {
                let people = readable(old.all_erasures().await, &aside);
                stones.extend(people.iter().map(Tombstone::of));
                let accounts = readable(old.all_account_erasures().await, &aside);
                stones.extend(accounts.iter().map(Tombstone::of_account));
                given.extend(readable(old.sequences().await, &aside));
            }
            Err(error) => eprintln!("entente: {} cannot be read: {error}", aside.display()),
        }
    }
    given
}

/// What was read of a database that may be damaged; that nothing could be is told.
fn readable<T>(read: Result<Vec<T>, StoreError>, of: &Path) -> Vec<T> {
    read.unwrap_or_else(|error| {
        eprintln!("entente: {} cannot be read: {error}", of.display());
        Vec::new()
    })
}

/// The databases that were put aside from a place and are still there.
fn put_aside_before(path: &Path) -> Vec<PathBuf> {
    let Some(name) = path.file_name() else { return Vec::new() };
    let begins = format!("{}{ASIDE}", name.to_string_lossy());
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            name.starts_with(&begins) && !ENDS.iter().skip(1).any(|end| name.ends_with(end))
        })
        .map(|entry| entry.path())
        .collect();
    found.sort();
    found
}
