//! The history of the tables: numbered pairs of files, one for each engine.

use crate::chain::hexadecimal;
use crate::error::StoreError;
use calendar::Instant;
use sha2::{Digest, Sha256};

/// One step of the tables' history. A step that was released is never edited: its checksum is kept
/// beside it in every database.
#[derive(Debug)]
pub(crate) struct Migration {
    pub(crate) version: i64,
    pub(crate) name: &'static str,
    pub(crate) sqlite: &'static str,
    pub(crate) postgres: &'static str,
}

pub(crate) static MIGRATIONS: [Migration; 39] = [
    Migration {
        version: 1,
        name: "first_rooms",
        sqlite: include_str!("../migrations/sqlite/0001_first_rooms.sql"),
        postgres: include_str!("../migrations/postgres/0001_first_rooms.sql"),
    },
    Migration {
        version: 2,
        name: "post",
        sqlite: include_str!("../migrations/sqlite/0002_post.sql"),
        postgres: include_str!("../migrations/postgres/0002_post.sql"),
    },
    Migration {
        version: 3,
        name: "standings",
        sqlite: include_str!("../migrations/sqlite/0003_standings.sql"),
        postgres: include_str!("../migrations/postgres/0003_standings.sql"),
    },
    Migration {
        version: 4,
        name: "keys",
        sqlite: include_str!("../migrations/sqlite/0004_keys.sql"),
        postgres: include_str!("../migrations/postgres/0004_keys.sql"),
    },
    Migration {
        version: 5,
        name: "audit",
        sqlite: include_str!("../migrations/sqlite/0005_audit.sql"),
        postgres: include_str!("../migrations/postgres/0005_audit.sql"),
    },
    Migration {
        version: 6,
        name: "search",
        sqlite: include_str!("../migrations/sqlite/0006_search.sql"),
        postgres: include_str!("../migrations/postgres/0006_search.sql"),
    },
    Migration {
        version: 7,
        name: "thread_keys_of_ticket",
        sqlite: include_str!("../migrations/sqlite/0007_thread_keys_of_ticket.sql"),
        postgres: include_str!("../migrations/postgres/0007_thread_keys_of_ticket.sql"),
    },
    Migration {
        version: 8,
        name: "webhooks",
        sqlite: include_str!("../migrations/sqlite/0008_webhooks.sql"),
        postgres: include_str!("../migrations/postgres/0008_webhooks.sql"),
    },
    Migration {
        version: 9,
        name: "marks",
        sqlite: include_str!("../migrations/sqlite/0009_marks.sql"),
        postgres: include_str!("../migrations/postgres/0009_marks.sql"),
    },
    Migration {
        version: 10,
        name: "teams",
        sqlite: include_str!("../migrations/sqlite/0010_teams.sql"),
        postgres: include_str!("../migrations/postgres/0010_teams.sql"),
    },
    Migration {
        version: 11,
        name: "entries",
        sqlite: include_str!("../migrations/sqlite/0011_entries.sql"),
        postgres: include_str!("../migrations/postgres/0011_entries.sql"),
    },
    Migration {
        version: 12,
        name: "erasure",
        sqlite: include_str!("../migrations/sqlite/0012_erasure.sql"),
        postgres: include_str!("../migrations/postgres/0012_erasure.sql"),
    },
    Migration {
        version: 13,
        name: "identities",
        sqlite: include_str!("../migrations/sqlite/0013_identities.sql"),
        postgres: include_str!("../migrations/postgres/0013_identities.sql"),
    },
    Migration {
        version: 14,
        name: "passkeys",
        sqlite: include_str!("../migrations/sqlite/0014_passkeys.sql"),
        postgres: include_str!("../migrations/postgres/0014_passkeys.sql"),
    },
    Migration {
        version: 15,
        name: "kept",
        sqlite: include_str!("../migrations/sqlite/0015_kept.sql"),
        postgres: include_str!("../migrations/postgres/0015_kept.sql"),
    },
    Migration {
        version: 16,
        name: "undelivered",
        sqlite: include_str!("../migrations/sqlite/0016_undelivered.sql"),
        postgres: include_str!("../migrations/postgres/0016_undelivered.sql"),
    },
    Migration {
        version: 17,
        name: "watch",
        sqlite: include_str!("../migrations/sqlite/0017_watch.sql"),
        postgres: include_str!("../migrations/postgres/0017_watch.sql"),
    },
    Migration {
        version: 18,
        name: "people_at_work",
        sqlite: include_str!("../migrations/sqlite/0018_people_at_work.sql"),
        postgres: include_str!("../migrations/postgres/0018_people_at_work.sql"),
    },
    Migration {
        version: 19,
        name: "drafts",
        sqlite: include_str!("../migrations/sqlite/0019_drafts.sql"),
        postgres: include_str!("../migrations/postgres/0019_drafts.sql"),
    },
    Migration {
        version: 20,
        name: "keeping",
        sqlite: include_str!("../migrations/sqlite/0020_keeping.sql"),
        postgres: include_str!("../migrations/postgres/0020_keeping.sql"),
    },
    Migration {
        version: 21,
        name: "people_by_name",
        sqlite: include_str!("../migrations/sqlite/0021_people_by_name.sql"),
        postgres: include_str!("../migrations/postgres/0021_people_by_name.sql"),
    },
    Migration {
        version: 22,
        name: "source_letters",
        sqlite: include_str!("../migrations/sqlite/0022_source_letters.sql"),
        postgres: include_str!("../migrations/postgres/0022_source_letters.sql"),
    },
    Migration {
        version: 23,
        name: "letters",
        sqlite: include_str!("../migrations/sqlite/0023_letters.sql"),
        postgres: include_str!("../migrations/postgres/0023_letters.sql"),
    },
    Migration {
        version: 24,
        name: "texts_by_request",
        sqlite: include_str!("../migrations/sqlite/0024_texts_by_request.sql"),
        postgres: include_str!("../migrations/postgres/0024_texts_by_request.sql"),
    },
    Migration {
        version: 25,
        name: "looks_kept",
        sqlite: include_str!("../migrations/sqlite/0025_looks_kept.sql"),
        postgres: include_str!("../migrations/postgres/0025_looks_kept.sql"),
    },
    Migration {
        version: 26,
        name: "webhook_pace",
        sqlite: include_str!("../migrations/sqlite/0026_webhook_pace.sql"),
        postgres: include_str!("../migrations/postgres/0026_webhook_pace.sql"),
    },
    Migration {
        version: 27,
        name: "mail_counts",
        sqlite: include_str!("../migrations/sqlite/0027_mail_counts.sql"),
        postgres: include_str!("../migrations/postgres/0027_mail_counts.sql"),
    },
    Migration {
        version: 28,
        name: "proofs",
        sqlite: include_str!("../migrations/sqlite/0028_proofs.sql"),
        postgres: include_str!("../migrations/postgres/0028_proofs.sql"),
    },
    Migration {
        version: 29,
        name: "browsers_erased",
        sqlite: include_str!("../migrations/sqlite/0029_browsers_erased.sql"),
        postgres: include_str!("../migrations/postgres/0029_browsers_erased.sql"),
    },
    Migration {
        version: 30,
        name: "looks_at_somebody",
        sqlite: include_str!("../migrations/sqlite/0030_looks_at_somebody.sql"),
        postgres: include_str!("../migrations/postgres/0030_looks_at_somebody.sql"),
    },
    Migration {
        version: 31,
        name: "journal_proof",
        sqlite: include_str!("../migrations/sqlite/0031_journal_proof.sql"),
        postgres: include_str!("../migrations/postgres/0031_journal_proof.sql"),
    },
    Migration {
        version: 32,
        name: "entry_versions",
        sqlite: include_str!("../migrations/sqlite/0032_entry_versions.sql"),
        postgres: include_str!("../migrations/postgres/0032_entry_versions.sql"),
    },
    Migration {
        version: 33,
        name: "account_erasure",
        sqlite: include_str!("../migrations/sqlite/0033_account_erasure.sql"),
        postgres: include_str!("../migrations/postgres/0033_account_erasure.sql"),
    },
    Migration {
        version: 34,
        name: "account_storage",
        sqlite: include_str!("../migrations/sqlite/0034_account_storage.sql"),
        postgres: include_str!("../migrations/postgres/0034_account_storage.sql"),
    },
    Migration {
        version: 35,
        name: "mail_counts_by_thing",
        sqlite: include_str!("../migrations/sqlite/0035_mail_counts_by_thing.sql"),
        postgres: include_str!("../migrations/postgres/0035_mail_counts_by_thing.sql"),
    },
    Migration {
        version: 36,
        name: "where_letters_stand",
        sqlite: include_str!("../migrations/sqlite/0036_where_letters_stand.sql"),
        postgres: include_str!("../migrations/postgres/0036_where_letters_stand.sql"),
    },
    Migration {
        version: 37,
        name: "idempotency_by_end",
        sqlite: include_str!("../migrations/sqlite/0037_idempotency_by_end.sql"),
        postgres: include_str!("../migrations/postgres/0037_idempotency_by_end.sql"),
    },
    Migration {
        version: 38,
        name: "merged",
        sqlite: include_str!("../migrations/sqlite/0038_merged.sql"),
        postgres: include_str!("../migrations/postgres/0038_merged.sql"),
    },
    Migration {
        version: 39,
        name: "who_adopted",
        sqlite: include_str!("../migrations/sqlite/0039_who_adopted.sql"),
        postgres: include_str!("../migrations/postgres/0039_who_adopted.sql"),
    },
];

/// A database as it is found, before a program brings it up to date.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The last step of the tables' history that it has; none where there are no tables of this program.
    pub step: Option<i64>,
    /// What the clock of its server says; none for a file, which has none.
    pub clock: Option<Instant>,
    /// Whether it was made of a copy and not made safe to go on with: whoever was erased since may be in it again.
    pub is_half_restored: bool,
}

/// The last step of the tables' history that this program knows.
#[must_use]
pub fn newest_step() -> i64 {
    MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or(0)
}

pub(crate) const NEWEST_STEP: &str = "SELECT max(version) FROM schema_migrations";

/// Marks a database that is made of a copy, before anybody can open it by its name.
pub(crate) const MARK_HALF_RESTORED: &str = "INSERT INTO setting (key, value) VALUES ('half-restored', 'yes')
     ON CONFLICT (key) DO NOTHING";
pub(crate) const UNMARK_HALF_RESTORED: &str = "DELETE FROM setting WHERE key = 'half-restored'";
pub(crate) const IS_HALF_RESTORED: &str = "SELECT count(*) FROM setting WHERE key = 'half-restored'";

/// Version and checksum of a step that a database has.
pub(crate) type Applied = (i64, String);

pub(crate) fn checksum(text: &str) -> String {
    hexadecimal(&Sha256::digest(text.as_bytes()))
}

/// The steps that a database still needs.
///
/// # Errors
/// A step that differs from the one applied, or one that this program does not know.
pub(crate) fn outstanding(
    applied: &[Applied],
    text_of: fn(&Migration) -> &'static str,
) -> Result<Vec<&'static Migration>, StoreError> {
    for (version, sum) in applied {
        let Some(known) = MIGRATIONS.iter().find(|migration| migration.version == *version) else {
            return Err(StoreError::failed(
                "open the database",
                format!("it was written by a newer version of this program (step {version})"),
            ));
        };
        if checksum(text_of(known)) != *sum {
            return Err(StoreError::failed(
                "open the database",
                format!("step {version} ({}) is not the one that made its tables", known.name),
            ));
        }
    }
    let is_missing =
        |migration: &&Migration| applied.iter().all(|(version, _)| *version != migration.version);
    Ok(MIGRATIONS.iter().filter(is_missing).collect())
}

#[cfg(test)]
mod tests {
    use super::{MIGRATIONS, checksum, outstanding};

    #[test]
    fn applied_steps_are_known_and_unchanged() {
        let first = &MIGRATIONS[0];
        assert_eq!(outstanding(&[], |step| step.sqlite).map(|steps| steps.len()), Ok(MIGRATIONS.len()));
        let done = (first.version, checksum(first.sqlite));
        assert_eq!(
            outstanding(&[done], |step| step.sqlite).map(|steps| steps.len()),
            Ok(MIGRATIONS.len() - 1)
        );
        assert!(outstanding(&[(first.version, "other".into())], |step| step.sqlite).is_err());
        assert!(outstanding(&[(9999, String::new())], |step| step.sqlite).is_err());
    }

    #[test]
    fn texts_that_stood_apart_are_kept() {
        let database = rusqlite::Connection::open_in_memory().expect("memory");
        let carry_out = |text: &str| database.execute_batch(text).expect(text);
        for migration in MIGRATIONS.iter().filter(|migration| migration.version < 24) {
            carry_out(migration.sqlite);
        }
        carry_out(
            "INSERT INTO content VALUES ('b', x'02', x'01', x'00', x'61'), ('a', x'01', x'02', x'00', x'62')",
        );
        carry_out(MIGRATIONS[23].sqlite);
        let kept: Vec<String> = database
            .prepare("SELECT provider || hex(ticket) || hex(id) || hex(salt) || hex(text) FROM content")
            .and_then(|mut read| read.query_map([], |row| row.get(0))?.collect())
            .expect("texts");
        assert_eq!(kept, ["a01020062", "b02010061"]);
    }

    #[test]
    fn both_engines_get_the_same_tables() {
        // Names of tables, columns and indexes are the same words in the same order; types differ.
        let shape = |text: &str| -> Vec<String> {
            let (shared, _) = text.split_once("-- From here on the engines differ.").unwrap_or((text, ""));
            shared
                .replace(" STRICT", "")
                .replace(", WITHOUT ROWID", "")
                .replace(" WITHOUT ROWID", "")
                .replace(" COLLATE \"C\"", "")
                .replace("INTEGER", "BIGINT")
                .replace("BLOB", "BYTEA")
                .split_whitespace()
                .map(str::to_owned)
                .collect()
        };
        for migration in &MIGRATIONS {
            assert_eq!(shape(migration.sqlite).join(" "), shape(migration.postgres).join(" "));
        }
    }
}
