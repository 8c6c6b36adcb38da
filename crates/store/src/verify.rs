//! Whether what is stored is what was written: chains of hashes, and the digests of what stands
//! beside them.

use crate::attachments::{CHUNKS, utf8};
use crate::chain::{Link, content_digest, file_digest};
use crate::database::Database;
use crate::error::StoreError;
use crate::event_log::ticket_key;
use crate::sql::{Query, Sql, Value};
use desk::{ContentId, FileId, ProviderId, TicketId};
use std::collections::HashMap;
use std::fmt;

/// Something that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// Whose desk.
    pub provider: ProviderId,
    /// In which ticket.
    pub ticket: TicketId,
    /// What.
    pub kind: FlawKind,
}

/// What is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FlawKind {
    /// A commit's hash is not that of what it says, or of where it stands.
    Altered {
        /// Which commit.
        version: u64,
    },
    /// A commit does not follow from the one before it: one was removed, added or moved.
    Unlinked {
        /// Which commit.
        version: u64,
    },
    /// The log does not end where the ticket does: its last commits were removed or added.
    WrongEnd {
        /// Version of the last commit in the log, 0 without any.
        found: u64,
        /// Version that the ticket has, 0 when its row is gone.
        expected: u64,
    },
    /// A commit cannot be read.
    Unreadable {
        /// Which commit.
        version: u64,
    },
    /// A text is not the one that the events point to.
    ContentAltered {
        /// Which.
        id: ContentId,
    },
    /// A file is not the one that the events point to.
    FileAltered {
        /// Which.
        id: FileId,
    },
}

impl fmt::Display for Flaw {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}, ticket {}: ", self.provider, self.ticket)?;
        match &self.kind {
            FlawKind::Altered { version } => write!(formatter, "commit {version} was altered"),
            FlawKind::Unlinked { version } => {
                write!(formatter, "commit {version} does not follow from the one before it")
            }
            FlawKind::WrongEnd { found, expected } => {
                write!(formatter, "the log ends at commit {found}, the ticket at {expected}")
            }
            FlawKind::Unreadable { version } => write!(formatter, "commit {version} cannot be read"),
            FlawKind::ContentAltered { id } => write!(formatter, "text {id} was altered"),
            FlawKind::FileAltered { id } => write!(formatter, "file {id} was altered"),
        }
    }
}

static CHAIN: Sql = Sql::new(
    "SELECT version, at, body, previous, hash FROM log WHERE provider = $1 AND ticket = $2
     ORDER BY version",
);
static END: Sql = Sql::new("SELECT version, head, number FROM ticket WHERE provider = $1 AND id = $2");
static CONTENTS: Sql = Sql::new("SELECT id, salt, text FROM content WHERE provider = $1 AND ticket = $2");
static FILES: Sql = Sql::new("SELECT id, salt, name FROM file WHERE provider = $1 AND ticket = $2");
// From the log and not from the rows, so that a ticket whose row is gone is seen.
static TICKETS: Sql = Sql::new(
    "SELECT provider, id FROM
     (SELECT provider, id FROM ticket UNION SELECT provider, ticket FROM log WHERE version = 1) AS known
     WHERE (provider, id) > ($1, $2) ORDER BY provider, id LIMIT 256",
);

struct StoredLink {
    version: u64,
    at_milliseconds: i64,
    body: String,
    previous: [u8; 32],
    hash: [u8; 32],
}

impl Database {
    /// What of a ticket is not as it was written; nothing when all is. Erased texts and files are no
    /// flaw.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn verify(&self, provider: &ProviderId, ticket: TicketId) -> Result<Vec<Flaw>, StoreError> {
        let key = ticket_key(provider, ticket);
        let (chain, end, contents, files) = self
            .query_all((
                Query::new(&CHAIN, key.clone(), |row| {
                    Ok(StoredLink {
                        version: row.count(0)?,
                        at_milliseconds: row.integer(1)?,
                        body: row.text(2)?,
                        previous: row.array(3)?,
                        hash: row.array(4)?,
                    })
                }),
                Query::new(&END, key.clone(), |row| Ok((row.count(0)?, row.array::<32>(1)?, row.text(2)?))),
                Query::new(&CONTENTS, key.clone(), |row| {
                    Ok((ContentId(row.id(0)?), row.array::<16>(1)?, utf8(row.bytes(2)?)?))
                }),
                Query::new(&FILES, key, |row| {
                    Ok((FileId(row.id(0)?), row.array::<16>(1)?, utf8(row.bytes(2)?)?))
                }),
            ))
            .await?;
        let mut kinds = Vec::new();
        let end = end.into_iter().next();
        let number = end.as_ref().map_or("", |(_, _, number)| number);
        let mut previous = [0; 32];
        let mut expected = 1;
        let mut digests = HashMap::new();
        for stored in &chain {
            if stored.version != expected || stored.previous != previous {
                kinds.push(FlawKind::Unlinked { version: stored.version });
            }
            let link = Link {
                previous: stored.previous,
                provider,
                ticket,
                version: stored.version,
                at_milliseconds: stored.at_milliseconds,
                number: (stored.version == 1).then_some(number),
                body: &stored.body,
            };
            if link.hash() != stored.hash {
                kinds.push(FlawKind::Altered { version: stored.version });
            }
            match serde_json::from_str(&stored.body) {
                Ok(body) => collect_digests(&body, &mut digests),
                Err(_) => kinds.push(FlawKind::Unreadable { version: stored.version }),
            }
            previous = stored.hash;
            expected = stored.version + 1;
        }
        let (version, head) = end.as_ref().map_or((0, [0; 32]), |(version, head, _)| (*version, *head));
        if head != previous || version + 1 != expected {
            kinds.push(FlawKind::WrongEnd { found: expected - 1, expected: version });
        }
        for (id, salt, text) in contents {
            if is_other(&digests, id.0, &content_digest(&salt, &text)) {
                kinds.push(FlawKind::ContentAltered { id });
            }
        }
        for (id, salt, name) in files {
            let values = vec![Value::text(provider.0.clone()), Value::id(id.0)];
            let bytes = self.query(Query::new(&CHUNKS, values, |row| row.bytes(0))).await?.concat();
            if is_other(&digests, id.0, &file_digest(&salt, &name, &bytes)) {
                kinds.push(FlawKind::FileAltered { id });
            }
        }
        Ok(kinds.into_iter().map(|kind| Flaw { provider: provider.clone(), ticket, kind }).collect())
    }

    /// What of all tickets is not as it was written. `on_progress` is told, now and then, how many
    /// tickets were looked at.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn verify_all(&self, mut on_progress: impl FnMut(u64)) -> Result<Vec<Flaw>, StoreError> {
        let mut flaws = Vec::new();
        let mut after = vec![Value::text(String::new()), Value::bytes(Vec::new())];
        let mut looked_at = 0;
        loop {
            let query =
                Query::new(&TICKETS, after, |row| Ok((ProviderId(row.text(0)?), TicketId(row.id(1)?))));
            let tickets = self.query(query).await?;
            let Some((provider, ticket)) = tickets.last() else { return Ok(flaws) };
            after = ticket_key(provider, *ticket);
            for (provider, ticket) in &tickets {
                flaws.extend(self.verify(provider, *ticket).await?);
                looked_at += 1;
            }
            on_progress(looked_at);
        }
    }
}

/// Finds every reference to a text or a file, wherever an event holds one.
fn collect_digests(value: &serde_json::Value, digests: &mut HashMap<u128, String>) {
    match value {
        serde_json::Value::Array(items) => items.iter().for_each(|item| collect_digests(item, digests)),
        serde_json::Value::Object(fields) => {
            if let (Some(id), Some(digest)) = (fields.get("id"), fields.get("digest"))
                && let Some(id) = id.as_str().and_then(|id| id.parse::<ContentId>().ok())
                && let Some(digest) = digest.as_str()
            {
                digests.insert(id.0, digest.to_owned());
            }
            fields.values().for_each(|field| collect_digests(field, digests));
        }
        _ => {}
    }
}

/// Whether an event points to this with another digest. What no event points to proves nothing.
fn is_other(digests: &HashMap<u128, String>, id: u128, digest: &str) -> bool {
    digests.get(&id).is_some_and(|known| known != digest)
}
