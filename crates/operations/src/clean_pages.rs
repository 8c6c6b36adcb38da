//! Cleaning the pages of the database that held what was erased or blacked out. Whoever erases waits for none of it: it
//! is noted with what is erased, so that neither a crash nor somebody who reads all the while makes it forgotten.

use crate::environment::Environment;
use crate::error::Failure;
use crate::pulse::Loop;
use std::time::Duration;
use store::Scrub;
use tokio::sync::watch;
use tokio::time::Instant;

/// How thoroughly pages are cleaned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageScrub {
    /// While everybody works. On PostgreSQL free space of large tables may keep something.
    Online,
    /// Every table written anew while nobody reads or writes it.
    Whole,
}

/// How long what began before is waited for: a report or a backup of the database's own may read for a while.
const PATIENCE: Duration = Duration::from_secs(10 * 60);
/// Up to what size, in bytes, a table of PostgreSQL is written anew while everybody works: a few seconds, in which whoever
/// needs it waits.
const ANEW_UP_TO: i64 = 64 << 20;
/// How long more is waited for once there is something to clean: what is erased together is cleaned once.
const GATHERED_FOR: Duration = Duration::from_secs(5);
/// How long between two looks at what other nodes erased, and at what waits to be tried again.
const LOOK: Duration = Duration::from_secs(60);
/// The rest after cleaning, by how long that took: it may hold up whoever writes.
const REST: u32 = 10;
/// The longest rest, which follows cleaning that failed.
const LONGEST_REST: Duration = Duration::from_secs(3600);

/// Cleans the pages that held what was erased. Gives the tables whose free space may still hold something.
///
/// # Errors
/// When the store fails: no room is left, or somebody reads all the while.
pub async fn scrub(environment: &Environment, how: PageScrub) -> Result<Vec<&'static str>, Failure> {
    let how = match how {
        PageScrub::Online => Scrub::Online { anew_up_to: ANEW_UP_TO },
        PageScrub::Whole => Scrub::Whole,
    };
    Ok(environment.store.scrub(how, PATIENCE, environment.now()).await?)
}

/// Says that something was erased, so that the pages that held it are cleaned soon.
///
/// # Errors
/// When the store fails.
pub(crate) async fn leave_to_clean(environment: &Environment) -> Result<(), Failure> {
    environment.store.leave_to_clean().await?;
    environment.erased.notify_one();
    Ok(())
}

/// Cleans what was erased, while everybody works, until told to stop.
pub(crate) async fn keep_pages_clean(environment: &Environment, mut stop: watch::Receiver<bool>) {
    let mut rests_until = Instant::now();
    while !*stop.borrow() {
        let clean = async {
            let is_time = Instant::now() >= rests_until && environment.store.is_left_to_clean().await?;
            if is_time {
                let too_large = scrub(environment, PageScrub::Online).await?;
                if !too_large.is_empty() {
                    tracing::warn!(
                        tables = too_large.join(", "),
                        "free space of large tables may hold what was erased until `entente privacy scrub` writes them anew"
                    );
                }
            }
            Ok(is_time)
        };
        let begun = Instant::now();
        let done = tokio::select! {
            done = environment.pulse.pass(Loop::Cleaning, clean) => done,
            _ = stop.changed() => continue,
        };
        match done {
            Ok(false) => {}
            Ok(true) => rests_until = Instant::now() + (begun.elapsed() * REST).min(LONGEST_REST),
            Err(failure) => {
                rests_until = Instant::now() + LONGEST_REST;
                tracing::warn!(
                    error = &failure as &dyn std::error::Error,
                    "the pages of what was erased were not cleaned yet"
                );
            }
        }
        tokio::select! {
            () = environment.erased.notified() => tokio::select! {
                () = tokio::time::sleep(GATHERED_FOR) => {}
                _ = stop.changed() => {}
            },
            () = tokio::time::sleep(LOOK) => {}
            _ = stop.changed() => {}
        }
    }
}
