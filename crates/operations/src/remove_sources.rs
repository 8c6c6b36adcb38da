//! Letters go from the mailboxes that they were fetched from, where what came with them is destroyed here: because an
//! agreement wants it, because a person asks for it, or because it was kept long enough.

use crate::carry_out::{Baggage, carry_out};
use crate::environment::Environment;
use crate::error::Failure;
use desk::{Actor, Removal, TicketCommand};
use store::LeavingLetter;

/// Letters that are tried at once, and for how long they are left to whoever claimed them, in seconds.
const AT_MOST: u32 = 50;
const LEASE_SECONDS: i64 = 300;
/// For how long a letter is tried, in seconds: four days.
const TRIED_FOR_SECONDS: i64 = 4 * 24 * 3600;

/// Letters of a mailbox that are to be destroyed there, left to the caller for five minutes.
///
/// # Errors
/// The store fails.
pub async fn leaving_letters(environment: &Environment, place: &str) -> Result<Vec<LeavingLetter>, Failure> {
    let now = environment.now();
    let until = now.plus_seconds(LEASE_SECONDS);
    Ok(environment.store.claim_leaving_letters(place, now, until, AT_MOST).await?)
}

/// Says of letters whose mailbox is fetched from no more that they could not be destroyed there, once they were to be
/// for longer than any is tried.
///
/// # Errors
/// The store fails.
pub async fn give_up_abandoned_letters(environment: &Environment) -> Result<(), Failure> {
    let now = environment.now();
    let (until, since) = (now.plus_seconds(LEASE_SECONDS), now.plus_seconds(-TRIED_FOR_SECONDS));
    loop {
        let abandoned = environment.store.claim_abandoned_letters(now, until, since, AT_MOST).await?;
        if abandoned.is_empty() {
            return Ok(());
        }
        for leaving in &abandoned {
            note_removal(environment, leaving, None).await?;
        }
    }
}

/// Says on its request what became of a letter; none where it could not be tried, which is tried again with growing
/// patience for four days, and is then said too. A crash in between says nothing twice.
///
/// # Errors
/// The store fails.
pub async fn note_removal(
    environment: &Environment,
    leaving: &LeavingLetter,
    removal: Option<Removal>,
) -> Result<(), Failure> {
    let letter = &leaving.letter;
    let now = environment.now();
    let is_over = now >= leaving.since.plus_seconds(TRIED_FOR_SECONDS);
    let Some(removal) = removal.or(is_over.then_some(Removal::Failed)) else {
        let patience_seconds = 60_i64.saturating_mul(1 << leaving.attempts.min(8)).min(6 * 3600);
        environment.store.put_off_leaving_letter(letter, now.plus_seconds(patience_seconds)).await?;
        return Ok(());
    };
    let command = TicketCommand::NoteSource { uid_validity: letter.uid_validity, uid: letter.uid, removal };
    let (provider, baggage) = (&letter.provider, Baggage { unnoticed: true, ..Baggage::default() });
    carry_out(environment, provider, letter.ticket, command, &Actor::System, None, baggage).await?;
    environment.store.forget_source_letter(letter).await?;
    Ok(())
}
