use crate::assign_requests::assign_requests;
use crate::deliver_notices::deliver_notices;
use crate::environment::Environment;
use crate::error::Failure;
use crate::fire_rules::fire_rules;
use crate::forget_outlived::keep_forgetting;
use crate::keep_clocks::keep_clocks;
use crate::keep_looks::write_looks;
use crate::scan_files::keep_scanning;
use crate::seal_day::seal_day;
use crate::tell_webhooks::{keep_telling, tell_webhooks};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// One round of work: clocks kept, rules followed, requests given to somebody, notices out. Each part takes a bounded number, so that a round
/// always ends. Gives how much it did.
///
/// # Errors
/// When the store fails.
pub async fn make_round(environment: &Environment) -> Result<usize, Failure> {
    let _one_at_a_time = environment.round.lock().await;
    let kept = keep_clocks(environment).await? + fire_rules(environment).await?;
    let kept = kept + assign_requests(environment).await?;
    Ok(kept + deliver_notices(environment).await?)
}

/// Makes rounds until nothing is left that is due by now, outgoing mail included.
///
/// # Errors
/// When the store fails.
pub async fn settle(environment: &Environment) -> Result<(), Failure> {
    while make_round(environment).await? + tell_webhooks(environment).await? > 0 {}
    Ok(())
}

/// The rounds of a running desk.
pub struct Rounds;

/// The longest that a round lets wait, so that work that another node left is found.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// How long a round waits for more once there is work: what is done together costs the disk once.
const GATHERED_FOR: Duration = Duration::from_millis(25);

impl Rounds {
    /// Makes rounds until told to stop. A failing store is tried again, with patience.
    pub async fn run(environment: Arc<Environment>, stop: watch::Receiver<bool>) {
        tokio::join!(
            keep_telling(&environment, stop.clone()),
            keep_forgetting(&environment, stop.clone()),
            keep_scanning(&environment, stop.clone()),
            Self::run_rounds(&environment, stop)
        );
        if let Err(failure) = write_looks(&environment).await {
            tracing::error!(error = &failure as &dyn std::error::Error, "the last looks were not written");
        }
    }

    async fn run_rounds(environment: &Environment, mut stop: watch::Receiver<bool>) {
        let mut patience = Duration::from_millis(200);
        let mut sealed_at = None;
        while !*stop.borrow() {
            // Asked once an hour whether a day has passed.
            let now = environment.now();
            if sealed_at.is_none_or(|at: calendar::Instant| at.plus_seconds(3600) <= now) {
                sealed_at = Some(now);
                if let Err(failure) = seal_day(environment).await {
                    tracing::error!(error = &failure as &dyn std::error::Error, "the day was not sealed");
                }
            }
            let wait = match make_round(environment).await {
                Ok(0) => {
                    patience = Duration::from_millis(200);
                    LONGEST_WAIT
                }
                Ok(_) => GATHERED_FOR,
                Err(failure) => {
                    tracing::error!(error = &failure as &dyn std::error::Error, "a round failed");
                    patience = (patience * 2).min(Duration::from_secs(30));
                    patience
                }
            };
            tokio::select! {
                () = environment.work.notified() => tokio::time::sleep(GATHERED_FOR).await,
                () = tokio::time::sleep(wait) => {}
                _ = stop.changed() => {}
            }
        }
    }
}
