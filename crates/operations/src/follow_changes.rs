use crate::environment::Environment;
use crate::error::Failure;
use crate::pulse::Loop;
use desk::ProviderId;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::error::TryRecvError;
use tokio::sync::watch;

/// How often other nodes' commits are looked for.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How many commits one look takes at most; the next look goes on.
const AT_MOST: u32 = 500;

/// Announces what other nodes commit to whoever watches on this one, so that a page is live whatever
/// node changed its request. Where nobody else can commit, it ends at once.
pub async fn follow_changes(environment: Arc<Environment>, mut stop: watch::Receiver<bool>) {
    if !environment.store.is_shared() {
        return;
    }
    let mut own = environment.store.subscribe();
    let mut known: HashSet<(ProviderId, i64)> = HashSet::new();
    let mut followed: HashMap<ProviderId, i64> = HashMap::new();
    while !*stop.borrow() {
        tokio::select! {
            () = tokio::time::sleep(LOOK_EVERY) => {}
            _ = stop.changed() => return,
        }
        loop {
            match own.try_recv() {
                Ok(change) => {
                    known.insert((change.provider, change.position));
                }
                // What was missed is announced again: a page that reads twice shows the same.
                Err(TryRecvError::Lagged(_)) => {}
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            }
        }
        let looked = look(&environment, &mut known, &mut followed);
        if let Err(failure) = environment.pulse.pass(Loop::Changes, looked).await {
            tracing::warn!(
                error = &failure as &dyn std::error::Error,
                "other nodes' changes could not be read"
            );
        }
    }
}

async fn look(
    environment: &Environment,
    known: &mut HashSet<(ProviderId, i64)>,
    followed: &mut HashMap<ProviderId, i64>,
) -> Result<(), Failure> {
    for provider in environment.store.providers().await? {
        let Some(since) = followed.get(&provider.id).copied() else {
            let latest = environment.store.latest_position(&provider.id).await?;
            followed.insert(provider.id, latest);
            continue;
        };
        for change in environment.store.changes_since(&provider.id, since, AT_MOST).await? {
            followed.insert(provider.id.clone(), change.position);
            if !known.remove(&(provider.id.clone(), change.position)) {
                environment.store.announce(change);
            }
        }
        let reached = followed[&provider.id];
        known.retain(|(of, position)| *of != provider.id || *position > reached);
    }
    Ok(())
}
