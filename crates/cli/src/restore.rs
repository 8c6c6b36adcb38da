use crate::config::Config;
use crate::failure::{Outcome, VerbFailure};
use crate::print::line;
use crate::{serve, wire};
use desk::ProviderId;
use operations::{PageScrub, Tombstone, complete_tombstones, read_tombstones, replay_tombstones, scrub};
use std::path::{Path, PathBuf};
use store::{Database, PostgresConfig, SqliteConfig};

/// What is to be restored, and how.
pub struct Wanted {
    pub config: PathBuf,
    pub from: PathBuf,
    pub erasures: Option<PathBuf>,
    pub replace: bool,
    pub skip_numbers: u32,
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
        let mut given = Vec::new();
        let store = match config.database.url.strip_prefix("sqlite:").map(Path::new) {
            Some(path) => {
                if path.exists() && wanted.replace {
                    given = put_aside(path, &mut stones).await?;
                }
                let settings =
                    SqliteConfig { max_pages: config.database.max_pages, ..SqliteConfig::at(path) };
                Database::restore_sqlite(&wanted.from, &settings).await?
            }
            None => {
                let pool_size = config.database.connections.unwrap_or(16);
                let settings = PostgresConfig { url: config.database.url.clone(), pool_size };
                Database::restore_postgres(&wanted.from, &settings).await?
            }
        };
        let held = store.settle_restored(i64::from(wanted.skip_numbers), &given).await?;
        drop(store);
        stones.sort();
        stones.dedup();
        let environment = serve::environment(&config).await?;
        // Accounts that are destroyed again get their certificate anew.
        if let Err(failure) = serve::sign(&config, &environment) {
            eprintln!("entente: certificates are not signed: {failure}");
        }
        let replayed = replay_tombstones(&environment, &stones).await?;
        complete_tombstones(&environment).await?;
        if replayed > 0 {
            scrub(&environment, PageScrub::Whole).await?;
        }
        line!("restored from {}", wanted.from.display());
        line!("{} erasures are known, {replayed} were carried out again", stones.len());
        for letter in &held {
            let of = letter.number.as_deref().map(|number| format!(" of {number}")).unwrap_or_default();
            line!("held, not sent: {}{of} to {}", letter.kind, letter.address);
        }
        line!("sessions and sign-in links ended; check the tokens for programs that were revoked since");
        Ok(Outcome::Done)
    })
}

/// Puts an embedded database aside. What it knows of erasures and of numbers is not lost with it, as far
/// as it can still be read.
async fn put_aside(path: &Path, stones: &mut Vec<Tombstone>) -> Result<Vec<(ProviderId, i64)>, VerbFailure> {
    let mut given = Vec::new();
    match wire::sqlite(path, None).await {
        Ok(old) => {
            stones.extend(old.all_erasures().await.unwrap_or_default().iter().map(Tombstone::of));
            let accounts = old.all_account_erasures().await.unwrap_or_default();
            stones.extend(accounts.iter().map(Tombstone::of_account));
            given = old.sequences().await.unwrap_or_default();
        }
        Err(error) => eprintln!("entente: the database that is put aside cannot be read: {error}"),
    }
    for end in ["", "-wal", "-shm"] {
        let from = PathBuf::from(format!("{}{end}", path.display()));
        let to = PathBuf::from(format!("{}.aside{end}", path.display()));
        if from.exists() {
            std::fs::rename(&from, &to).map_err(|source| VerbFailure::File {
                attempt: "putting aside",
                path: from.display().to_string(),
                source,
            })?;
        }
    }
    line!("what was there lies in {}.aside: remove it once it is needless", path.display());
    Ok(given)
}
