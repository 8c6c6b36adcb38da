use crate::carry_out::{Baggage, Errand, carry_out_together};
use crate::destroy_merged::destroy_merged;
use crate::environment::Environment;
use crate::error::Failure;
use crate::folded::Folded;
use crate::pulse::caught;
use desk::{ProviderId, TicketCommand, TicketId};
use std::sync::Arc;

/// How many requests one round looks at, so that a round always ends.
const AT_MOST: u32 = 200;

/// For how long a claimed request is left to the node that claimed it, in seconds.
const LEASE_SECONDS: i64 = 30;

/// Keeps the clocks that fell due: claims the requests whose next step has come and lets each note
/// the time; of one that goes on in another, what was given goes where that one's document says so. The
/// claim is only a hint when to look; the decision is taken from the request, so a round may be
/// repeated, late, or shared with other nodes. Gives how many were looked at.
///
/// # Errors
/// When the store fails to give out claims. A single request that fails is logged and met again
/// when its claim runs out.
pub async fn keep_clocks(environment: &Environment) -> Result<usize, Failure> {
    let now = environment.now();
    let lease_until = now.plus_seconds(LEASE_SECONDS);
    let due = environment.store.due_tickets(now, AT_MOST, lease_until).await?;
    let looked_at = due.len();
    let mut errands = Vec::with_capacity(looked_at);
    for (provider, id) in &due {
        match caught(Folded::read(environment, provider, *id)).await {
            // Its own clocks stand still while it goes on in another.
            Ok(folded) if folded.ticket.merged_into.is_some() => {
                let looked = caught(destroy_merged(environment, &folded.ticket)).await;
                let noted = match looked {
                    Ok(()) => environment
                        .store
                        .looked_at_merged(provider, *id, lease_until)
                        .await
                        .map_err(Failure::from),
                    failed => failed,
                };
                if let Err(failure) = noted {
                    not_kept(provider, *id, &failure);
                }
            }
            Ok(folded) => errands.push(Errand {
                folded: Arc::new(folded),
                command: TicketCommand::NoteTime,
                baggage: Baggage::default(),
            }),
            Err(failure) => not_kept(provider, *id, &failure),
        }
    }
    let tickets: Vec<Arc<Folded>> = errands.iter().map(|errand| Arc::clone(&errand.folded)).collect();
    for (folded, kept) in tickets.iter().zip(carry_out_together(environment, errands).await) {
        if let Err(failure) = kept {
            not_kept(&folded.ticket.provider, folded.ticket.id, &failure);
        }
    }
    Ok(looked_at)
}

fn not_kept(provider: &ProviderId, id: TicketId, failure: &Failure) {
    tracing::warn!(provider = %provider, ticket = %id, error = failure as &dyn std::error::Error, "a clock could not be kept");
}
