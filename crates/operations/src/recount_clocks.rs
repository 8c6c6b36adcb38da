use crate::carry_out::{Baggage, unit_of_work};
use crate::change_agreement::live_requests;
use crate::environment::Environment;
use crate::error::Failure;
use crate::folded::Shown;
use crate::view_ticket::fold_log;
use desk::ProviderId;
use terms::Facts;

/// Requests counted anew at once.
const AT_ONCE: usize = 500;

/// How far a recount has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recounted {
    /// Requests looked at.
    pub looked_at: usize,
    /// Live requests of the provider.
    pub requests: usize,
    /// Requests of which a deadline moved, and is recorded.
    pub moved: usize,
    /// Requests that somebody changed meanwhile: they are looked at again with the next recount.
    pub passed_over: usize,
}

/// Counts the deadlines of a provider's live requests anew after hours changed, and records each that
/// moves. `facts` are the values of parameters that were changed. Tells how far it has come after each
/// batch, which is on disk by then; broken off, it may be run again.
///
/// # Errors
/// The store fails, or a log or an agreement cannot be read.
pub async fn recount_clocks(
    environment: &Environment,
    provider: &ProviderId,
    facts: &Facts,
    mut on_progress: impl FnMut(Recounted),
) -> Result<Recounted, Failure> {
    let live = live_requests(environment, provider, None, |_| true).await?;
    let mut done = Recounted { requests: live.len(), ..Recounted::default() };
    for batch in live.chunks(AT_ONCE) {
        let mut units = Vec::new();
        for id in batch {
            done.looked_at += 1;
            let log = environment.store.load_log(provider, *id).await?;
            let ticket = fold_log(&log)?;
            if !ticket.state.is_live() {
                continue;
            }
            let terms = environment.terms(provider, &ticket.agreement).await?;
            let now = environment.now();
            let decision = match ticket.recount(facts, &terms, now) {
                Ok(decision) if decision.events.is_empty() => continue,
                Ok(decision) => decision,
                Err(error) => {
                    tracing::warn!(ticket = %id.0, %error, "a request cannot be counted anew");
                    continue;
                }
            };
            let row = environment.store.ticket_row(provider, *id).await?;
            let row = row.ok_or(Failure::NotFound { what: "request" })?;
            let shown = Shown::of(row);
            let expected = ticket.version;
            let baggage = Baggage::default();
            units.push(unit_of_work(environment, decision, expected, &shown, &terms, baggage, now).await?.0);
        }
        for outcome in environment.store.commit_many(units).await {
            match outcome {
                Ok(_) => done.moved += 1,
                Err(store::StoreError::Conflict) => done.passed_over += 1,
                Err(error) => return Err(error.into()),
            }
        }
        on_progress(done);
    }
    Ok(done)
}
