//! Transactions that are older than an erasure: as long as one goes on, PostgreSQL keeps what was erased, since it may
//! still be looked at.
//!
//! Source: PostgreSQL, "Routine Vacuuming" (updating and removing dead rows) and `procarray.c` (`ComputeXidHorizons`).

use crate::database::postgres::translate;
use crate::error::StoreError;
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::time::Instant;
use tokio_postgres::Client;

/// A number above that of every transaction that ended before.
const MARK: &str = "SELECT pg_current_xact_id()::text";

/// What is older than the mark, with whether that is sure. Whoever writes counts in whatever database, since a reader
/// that begins here now heeds them; whoever reads counts where they read here, or everywhere, as another server does.
/// A connection that is being made looks at the lists of the server before it is seen in `pg_stat_activity`.
const OLDER: &str = "WITH mark AS (SELECT $1::text::xid8 AS whole, $1::text::xid8::xid AS short),
    other AS (SELECT a.*, format('%s (process %s, role %s, database %s%s)',
      coalesce(nullif(a.application_name, ''), a.backend_type), a.pid, coalesce(a.usename, '-'),
      coalesce(a.datname, '-'), ', since ' || to_char(a.xact_start, 'YYYY-MM-DD HH24:MI:SS OF')) AS named
     FROM pg_stat_activity a WHERE a.pid <> pg_backend_pid()
     AND NOT EXISTS (SELECT FROM pg_stat_progress_vacuum v WHERE v.pid = a.pid))
    SELECT coalesce((SELECT string_agg(named, ', ') FROM other WHERE age(backend_xid) > age(mark.short)),
      (SELECT string_agg(format('the prepared transaction %s (role %s, database %s)', p.gid, p.owner, p.database), ', ')
       FROM pg_prepared_xacts p WHERE age(p.transaction) > age(mark.short)), 'a transaction that writes'), true
     FROM mark WHERE pg_snapshot_xmin(pg_current_snapshot()) < mark.whole
    UNION ALL SELECT named, true FROM other, mark WHERE age(backend_xmin) > age(mark.short)
     AND (datid IS NULL OR datname = current_database())
    UNION ALL SELECT format('the replication slot %s', slot_name), true FROM pg_replication_slots, mark
     WHERE greatest(age(xmin), age(catalog_xmin)) > age(mark.short)
    UNION ALL SELECT l.virtualtransaction, false FROM pg_locks l WHERE l.locktype = 'virtualxid'
     AND l.pid <> pg_backend_pid() AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.pid = l.pid)";

/// How long between two looks: at first, and when what goes on has gone on for a while.
const FIRST_LOOK: Duration = Duration::from_millis(20);
const LAST_LOOK: Duration = Duration::from_secs(1);
/// After how long the log says what is waited for.
const SILENCE: Duration = Duration::from_secs(2);

/// Waits until nothing that began before may look at what is gone by now.
///
/// # Errors
/// [`StoreError::Held`] where something goes on for longer than the patience; what the server fails at.
pub(super) async fn outlast(connection: &Client, patience: Duration) -> Result<(), StoreError> {
    let failed = |error: tokio_postgres::Error| translate(&error).into_error();
    let mark: String = connection.query_one(MARK, &[]).await.map_err(failed)?.get(0);
    let older = connection.prepare(OLDER).await.map_err(failed)?;
    let begun = Instant::now();
    let (mut connecting, mut has_told) = (None::<BTreeSet<String>>, false);
    loop {
        let rows = connection.query(&older, &[&mark]).await.map_err(failed)?;
        let rows = rows.into_iter().map(|row| (row.get::<_, String>(0), row.get::<_, bool>(1)));
        let (sure, unsure): (Vec<_>, Vec<_>) = rows.partition(|(_, is_sure)| *is_sure);
        let holds: BTreeSet<String> = sure.into_iter().map(|(name, _)| name).collect();
        if holds.is_empty() {
            // Once nobody writes any more who is older, whoever connects later is younger.
            let unsure: BTreeSet<String> = unsure.into_iter().map(|(name, _)| name).collect();
            let left = match connecting {
                None => unsure,
                Some(before) => before.intersection(&unsure).cloned().collect(),
            };
            if left.is_empty() {
                return Ok(());
            }
            connecting = Some(left);
        }
        let by = || {
            if holds.is_empty() {
                return "a connection that is being made".to_owned();
            }
            holds.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
        };
        if begun.elapsed() >= patience {
            return Err(StoreError::Held { by: by() });
        }
        if !has_told && begun.elapsed() >= SILENCE {
            has_told = true;
            tracing::info!(by = by(), "cleaning waits for what began before");
        }
        tokio::time::sleep((begun.elapsed() / 10).clamp(FIRST_LOOK, LAST_LOOK)).await;
    }
}
