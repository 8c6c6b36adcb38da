use crate::config::Config;
use crate::failure::{Outcome, VerbFailure};
use crate::print::line;
use crate::wire;
use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use desk::ProviderId;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use store::{Database, Head};

/// How the store is to be verified.
pub struct Wanted {
    pub config: PathBuf,
    pub checkpoint: Option<PathBuf>,
    pub against: Option<PathBuf>,
    /// Signed checkpoints.
    pub checkpoints: Option<PathBuf>,
    /// The certificate of an account.
    pub certificate: Option<PathBuf>,
    /// The public key that signed both.
    pub key: String,
    /// As data.
    pub as_data: bool,
}

/// What is not as it was written, told as it is found.
struct Flaws {
    told: Vec<String>,
    known: BTreeSet<String>,
    as_data: bool,
}

impl Flaws {
    /// Tells one, unless it was told already: a row of the journal may be met in two ways.
    fn tell(&mut self, flaw: String) {
        if !self.known.insert(flaw.clone()) {
            return;
        }
        if !self.as_data {
            line!("{flaw}");
        }
        self.told.push(flaw);
    }
}

/// Proves that what is stored is what was written; 1 when it is not.
pub fn run(wanted: &Wanted) -> Result<Outcome, VerbFailure> {
    let config = Config::read(&wanted.config)?;
    wire::runtime()?.block_on(async {
        let store = wire::standing(&config).await?;
        let mut flaws = Flaws { told: Vec::new(), known: BTreeSet::new(), as_data: wanted.as_data };
        let mut looked_at = 0;
        for flaw in store.verify_all(|count| looked_at = count).await? {
            flaws.tell(flaw.to_string());
        }
        for flaw in operations::verify_journals(&store).await? {
            flaws.tell(flaw);
        }
        if let Some(path) = &wanted.against {
            compare(&store, path, &mut flaws).await?;
        }
        if let Some(path) = &wanted.certificate {
            let text = std::fs::read_to_string(path).map_err(|source| file("reading", path, source))?;
            for flaw in operations::check_certificate(&store, &text, &wanted.key).await? {
                flaws.tell(flaw);
            }
        }
        if let Some(path) = &wanted.checkpoints {
            let text = std::fs::read_to_string(path).map_err(|source| file("reading", path, source))?;
            for flaw in operations::verify_checkpoints(&store, &text, &wanted.key).await? {
                flaws.tell(flaw);
            }
        }
        let mut checkpoint = None;
        if let Some(path) = &wanted.checkpoint {
            let digest = write(&store, path).await?;
            if !wanted.as_data {
                line!("checkpoint {}: {digest}", path.display());
            }
            checkpoint = Some(digest);
        }
        if wanted.as_data {
            line!("{}", json!({ "requests": looked_at, "flaws": flaws.told, "checkpoint": checkpoint }));
        } else {
            line!("{looked_at} requests verified, {} flaws", flaws.told.len());
        }
        Ok(if flaws.told.is_empty() { Outcome::Done } else { Outcome::No })
    })
}

/// Writes one line a request, provider, ticket, version and hash, and gives the digest of them all:
/// one line to print, to sign or to send to somebody else.
async fn write(store: &Database, path: &Path) -> Result<String, VerbFailure> {
    let mut text = String::new();
    store
        .heads(|head| {
            let hash = HEXLOWER.encode(&head.hash);
            text.push_str(&format!("{} {} {} {hash}\n", head.provider, head.ticket, head.version));
        })
        .await?;
    std::fs::write(path, &text).map_err(|source| file("writing", path, source))?;
    Ok(HEXLOWER.encode(&Sha256::digest(text.as_bytes())))
}

/// Looks for every request of an earlier checkpoint.
async fn compare(store: &Database, path: &Path, flaws: &mut Flaws) -> Result<(), VerbFailure> {
    let text = std::fs::read_to_string(path).map_err(|source| file("reading", path, source))?;
    for (place, row) in text.lines().enumerate() {
        let head = head(row).ok_or_else(|| VerbFailure::Content {
            path: path.display().to_string(),
            problem: format!("line {} is none of a checkpoint", place + 1),
        })?;
        if !store.still_holds(&head).await? {
            flaws.tell(format!(
                "{}, ticket {}: commit {} of the checkpoint is gone or altered",
                head.provider, head.ticket, head.version
            ));
        }
    }
    Ok(())
}

fn head(row: &str) -> Option<Head> {
    let mut words = row.split(' ');
    let (provider, ticket, version, hash) = (words.next()?, words.next()?, words.next()?, words.next()?);
    if words.next().is_some() {
        return None;
    }
    Some(Head {
        provider: ProviderId(provider.to_owned()),
        ticket: ticket.parse().ok()?,
        version: version.parse().ok()?,
        hash: HEXLOWER_PERMISSIVE.decode(hash.as_bytes()).ok()?.try_into().ok()?,
    })
}

fn file(attempt: &'static str, path: &Path, source: std::io::Error) -> VerbFailure {
    VerbFailure::File { attempt, path: path.display().to_string(), source }
}

#[cfg(test)]
mod tests {
    use super::head;

    #[test]
    fn lines_of_checkpoints_are_read_and_others_are_not() {
        let hash = "0f".repeat(32);
        let row = format!("orvane 01950000000070008000000000000044 7 {hash}");
        let found = head(&row).expect("a head");
        assert_eq!((found.provider.as_str(), found.version, found.hash), ("orvane", 7, [15; 32]));
        for wrong in ["", "orvane", &row[..row.len() - 2], &format!("{row} more"), &row.replace('7', "x")] {
            assert!(head(wrong).is_none(), "{wrong}");
        }
    }
}
