use crate::assign_requests::assign_requests;
use crate::clean_pages::keep_pages_clean;
use crate::deliver_letters::{deliver_letters, forget_given_up};
use crate::deliver_notices::deliver_notices;
use crate::environment::Environment;
use crate::error::Failure;
use crate::fire_rules::fire_rules;
use crate::forget_outlived::keep_forgetting;
use crate::keep_clocks::keep_clocks;
use crate::keep_journal::write_journal;
use crate::keep_looks::write_looks;
use crate::keep_named_contacts::tell_of_missing_contacts;
use crate::pulse::Loop;
use crate::remove_sources::give_up_abandoned_letters;
use crate::scan_files::keep_scanning;
use crate::seal_day::seal_day;
use crate::tell_webhooks::{keep_telling, tell_webhooks};
use async_recursion::async_recursion as boxed;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// One round of work: what falls due by itself, then what leaves. Each part takes a bounded number, so that a round
/// always ends. Gives how much it did.
///
/// # Errors
/// When the store fails.
pub async fn make_round(environment: &Environment) -> Result<usize, Failure> {
    Ok(keep_round(environment).await? + send_round(environment).await?)
}

/// Clocks kept, rules followed, requests given to somebody. Apart from whoever asks for it, whose every frame would hold
/// all of it.
#[boxed]
async fn keep_round(environment: &Environment) -> Result<usize, Failure> {
    let _one_at_a_time = environment.round.lock().await;
    let pulse = &environment.pulse;
    // Each is tried, though another failed.
    let kept = pulse.pass(Loop::Clocks, keep_clocks(environment)).await;
    let fired = pulse.pass(Loop::Rules, fire_rules(environment)).await;
    let given = pulse.pass(Loop::Assignment, assign_requests(environment)).await;
    Ok(kept? + fired? + given?)
}

/// What leaves. Nothing that falls due holds it up. Apart, as the other.
#[boxed]
async fn send_round(environment: &Environment) -> Result<usize, Failure> {
    let _one_at_a_time = environment.sending.lock().await;
    let pulse = &environment.pulse;
    let notices = pulse.pass(Loop::Letters, deliver_notices(environment)).await;
    let letters = pulse.pass(Loop::Letters, deliver_letters(environment)).await;
    Ok(notices? + letters?)
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
    /// Makes rounds until told to stop. A failing store is tried again, with patience, and so is what panics: each pass
    /// is one by itself, so that the others go on.
    pub async fn run(environment: Arc<Environment>, stop: watch::Receiver<bool>) {
        tokio::join!(
            keep_telling(&environment, stop.clone()),
            keep_forgetting(&environment, stop.clone()),
            keep_scanning(&environment, stop.clone()),
            keep_pages_clean(&environment, stop.clone()),
            Self::run_sending(&environment, stop.clone()),
            Self::run_rounds(&environment, stop)
        );
        if let Err(failure) = write_looks(&environment).await {
            tracing::error!(error = &failure as &dyn std::error::Error, "the last looks were not written");
        }
        if let Err(failure) = write_journal(&environment).await {
            tracing::error!(error = &failure as &dyn std::error::Error, "the last deeds were not written");
        }
    }

    /// Sends at once what a commit put out, and what waits for its time within a second.
    async fn run_sending(environment: &Environment, mut stop: watch::Receiver<bool>) {
        let mut patience = FIRST_PATIENCE;
        while !*stop.borrow() {
            let wait = rest_of(send_round(environment).await, &mut patience);
            tokio::select! {
                () = environment.letters.notified() => tokio::time::sleep(GATHERED_FOR).await,
                () = tokio::time::sleep(wait) => {}
                _ = stop.changed() => {}
            }
        }
    }

    async fn run_rounds(environment: &Environment, mut stop: watch::Receiver<bool>) {
        let mut patience = FIRST_PATIENCE;
        let mut looked_at = None;
        while !*stop.borrow() {
            let wait = rest_of(keep_round(environment).await, &mut patience);
            // What fell due while the program stood still comes before what is looked at once in a while.
            let now = environment.now();
            if looked_at.is_none_or(|at: calendar::Instant| at.plus_seconds(3600) <= now) {
                looked_at = Some(now);
                look_hourly(environment).await;
            }
            tokio::select! {
                () = environment.work.notified() => tokio::time::sleep(GATHERED_FOR).await,
                () = tokio::time::sleep(wait) => {}
                _ = stop.changed() => {}
            }
        }
    }
}

/// What is asked once an hour: whether a day has passed, whom an agreement misses, what was given up long ago. Where one
/// fails the others are asked all the same, and it is again in an hour.
async fn look_hourly(environment: &Environment) {
    ask(environment, "the day was not sealed", seal_day(environment)).await;
    ask(environment, "nobody was told of missing contacts", tell_of_missing_contacts(environment)).await;
    ask(environment, "letters that were given up were not forgotten", forget_given_up(environment)).await;
    let abandoned = give_up_abandoned_letters(environment);
    ask(environment, "letters of former mailboxes were not given up", abandoned).await;
}

async fn ask<T>(environment: &Environment, otherwise: &str, work: impl Future<Output = Result<T, Failure>>) {
    if let Err(failure) = environment.pulse.pass(Loop::Hourly, work).await {
        tracing::error!(error = &failure as &dyn std::error::Error, "{otherwise}");
    }
}

/// The patience with a store that fails, at first.
const FIRST_PATIENCE: Duration = Duration::from_millis(200);

/// How long to wait after a round: little while there is more to do, and longer each time it fails.
fn rest_of(done: Result<usize, Failure>, patience: &mut Duration) -> Duration {
    match done {
        Ok(done) => {
            *patience = FIRST_PATIENCE;
            if done == 0 { LONGEST_WAIT } else { GATHERED_FOR }
        }
        Err(failure) => {
            tracing::error!(error = &failure as &dyn std::error::Error, "a round failed");
            *patience = (*patience * 2).min(Duration::from_secs(30));
            *patience
        }
    }
}
