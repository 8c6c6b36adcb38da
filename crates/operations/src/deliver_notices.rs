use crate::carry_out::{Baggage, carry_out};
use crate::environment::Environment;
use crate::error::Failure;
use crate::word_notice::{Worded, word_notice};
use desk::{Actor, TicketCommand};
use mail::{Handover, Persistence};
use store::OutboxItem;

/// How many notices one round hands over, so that a round always ends.
const AT_MOST: u32 = 100;

/// For how long a claimed notice is left to the node that claimed it, in seconds.
const LEASE_SECONDS: i64 = 60;

/// How often a notice is tried before an administrator must look at it: with the growing patience
/// below, a little over four days.
const TRIES: u32 = 24;

/// Hands over the notices that are due. Gives how many left.
///
/// Each is marked sent in the same transaction as the event that says so on its request. A crash
/// between hand-over and mark repeats the hand-over under the same id: a maildir recognises it,
/// and a mail server sees the same Message-ID.
///
/// # Errors
/// When the store fails to give out notices; one that fails alone is tried again later.
pub async fn deliver_notices(environment: &Environment) -> Result<usize, Failure> {
    let now = environment.now();
    let claimed = environment.store.claim_outbox(now, AT_MOST, now.plus_seconds(LEASE_SECONDS)).await?;
    let mut worded: Vec<(OutboxItem, Worded)> = Vec::with_capacity(claimed.len());
    for item in claimed {
        match word_notice(environment, &item).await {
            Ok(letter) => worded.push((item, letter)),
            Err(failure) => put_off(environment, &item, &failure.to_string(), failure.is_temporary()).await?,
        }
    }
    let handovers: Vec<Handover<'_>> = worded
        .iter()
        .map(|(_, letter)| Handover {
            id: &letter.id,
            envelope_from: letter.envelope_from.as_deref(),
            to: &letter.to,
            bytes: &letter.bytes,
        })
        .collect();
    let outcomes = environment.transport.hand_over_many(&handovers).await;
    let mut sent = 0;
    for ((item, letter), outcome) in worded.iter().zip(outcomes) {
        match outcome {
            Ok(_) => {
                mark_sent(environment, item, letter).await?;
                sent += 1;
            }
            Err(failure) => {
                let temporary = failure.persistence == Persistence::Temporary;
                put_off(environment, item, &failure.text, temporary).await?;
            }
        }
    }
    Ok(sent)
}

async fn mark_sent(environment: &Environment, item: &OutboxItem, letter: &Worded) -> Result<(), Failure> {
    let command = TicketCommand::NoteSent { notice: item.id, kind: item.kind.clone() };
    let baggage = Baggage {
        settled: vec![item.id],
        thread_keys: vec![letter.message_id.clone()],
        ..Baggage::default()
    };
    carry_out(environment, &item.provider, item.ticket, command, &Actor::System, None, baggage).await?;
    Ok(())
}

/// Tries again later, with patience that doubles from half a minute to six hours, or gives the
/// notice up for an administrator to see.
async fn put_off(
    environment: &Environment,
    item: &OutboxItem,
    error: &str,
    temporary: bool,
) -> Result<(), Failure> {
    let patience_seconds = 30_i64.saturating_mul(1 << item.attempts.saturating_sub(1).min(10)).min(6 * 3600);
    let again =
        (temporary && item.attempts < TRIES).then(|| environment.now().plus_seconds(patience_seconds));
    tracing::warn!(notice = %item.id, attempts = item.attempts, error, "a notice could not be handed over");
    environment.store.fail_notice(item, again, error).await?;
    Ok(())
}
