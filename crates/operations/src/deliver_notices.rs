use crate::carry_out::{Baggage, Errand, carry_out_together};
use crate::courtesy::{take_courtesy, take_turn_of};
use crate::environment::Environment;
use crate::error::Failure;
use crate::folded::Folded;
use crate::pulse::caught;
use crate::still_told::still_told;
use crate::take_return::{Returned, return_of, take_return};
use crate::word_notice::{Worded, is_written, word_notice, word_together};
use calendar::Instant;
use desk::{Audience, Notice, NoticeKind, Rhythm, TicketCommand, Urgency};
use futures_util::future::join_all;
use mail::{DeliveryFailure, Handover, Persistence};
use serde::Deserialize;
use std::sync::Arc;
use store::OutboxItem;

/// How many notices one round hands over, so that a round always ends.
pub(crate) const AT_MOST: u32 = 100;

/// From when on a receipt is late, in milliseconds: whoever brings letters then waits for those that leave.
const LATE_AFTER_MS: i64 = 400;

/// For how long a claimed notice is left to the node that claimed it, in seconds.
pub(crate) const LEASE_SECONDS: i64 = 90;

/// For how long after they were claimed letters are begun to be handed over, in seconds: the last ones have the rest of
/// the lease, a minute each.
const BEGUN_WITHIN_SECONDS: i64 = 30;

/// How many letters are handed over at first before it is noted that they left: five behind one another, each of which
/// may take a fifth of the lease.
const AT_FIRST: usize = 20;

/// How many are while they leave slowly: as many as leave side by side.
const WHILE_SLOW: usize = 4;

/// Within how many milliseconds letters leave for more of them to be handed over together next.
const FAST_MS: i64 = 1_000;

/// Letters in the slices in which they are handed over: few together while they leave slowly, so that what left is noted
/// before another node is given the same ones; more and more while they leave fast.
pub(crate) struct Slices<'a, T> {
    rest: &'a [T],
    begun_until: Instant,
    since: Option<Instant>,
    together: usize,
}

impl<'a, T> Slices<'a, T> {
    /// Of letters that were claimed at an instant.
    pub(crate) fn of(letters: &'a [T], claimed_at: Instant) -> Self {
        let begun_until = claimed_at.plus_seconds(BEGUN_WITHIN_SECONDS);
        Self { rest: letters, begun_until, since: None, together: AT_FIRST }
    }

    /// Those that are handed over next; none once the rest is better claimed anew. The first ones always are, however long
    /// it took to word them.
    pub(crate) fn next(&mut self, now: Instant) -> Option<&'a [T]> {
        if self.rest.is_empty() {
            return None;
        }
        if let Some(since) = self.since.replace(now) {
            if now >= self.begun_until {
                tracing::warn!("letters leave slowly; the rest is claimed anew");
                return None;
            }
            let is_fast = now < since.plus_milliseconds(FAST_MS);
            self.together = if is_fast { self.together * 5 } else { WHILE_SLOW };
        }
        let (letters, rest) = self.rest.split_at(self.together.min(self.rest.len()));
        self.rest = rest;
        Some(letters)
    }
}

/// For how long an address that refused a letter for good is left alone, in seconds: thirty days.
const REFUSED_FOR_SECONDS: i64 = 30 * 24 * 3600;

/// How often a letter is tried before it is given up: with the growing patience below, over a little more than four
/// days. Source: RFC 5321 section 4.5.4.1, which wants four to five.
const TRIES: u32 = 27;

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
    let claimed = still_told(environment, claimed).await?;
    let is_late = |item: &OutboxItem| {
        item.attempts == 1
            && item.kind == "acknowledgement"
            && item.created_at.plus_milliseconds(LATE_AFTER_MS) < now
    };
    environment.note_late_letters(claimed.iter().any(is_late));
    let mut worded: Vec<(Vec<OutboxItem>, Worded)> = Vec::with_capacity(claimed.len());
    let mut alone = Vec::with_capacity(claimed.len());
    for together in in_letters(environment, claimed).await? {
        if together.len() == 1 {
            alone.extend(together);
            continue;
        }
        match caught(word_together(environment, &together)).await {
            Ok(letter) => worded.push((together, letter)),
            // One that cannot be worded holds up none of the others.
            Err(_) => alone.extend(together),
        }
    }
    // Strangers are counted one after the other; what goes to the others is worded side by side, so that a letter waits
    // for no other's reads.
    let (strangers, known): (Vec<_>, Vec<_>) =
        alone.into_iter().partition(|item| item.recipient.person.is_none());
    let mut told = Vec::with_capacity(strangers.len() + known.len());
    for item in strangers {
        told.push((caught(word_alone(environment, &item)).await, item));
    }
    told.extend(
        join_all(known.into_iter().map(async |item| (caught(word_alone(environment, &item)).await, item)))
            .await,
    );
    for (outcome, item) in told {
        match outcome {
            Ok(Some(letter)) => worded.push((vec![item], letter)),
            Ok(None) => {}
            Err(failure) => put_off(environment, &item, &failure.to_string(), failure.is_temporary()).await?,
        }
    }
    let (mut left, mut failed) = (0, Ok(()));
    let mut slices = Slices::of(&worded, now);
    while let Some(letters) = slices.next(environment.now()) {
        match hand_over(environment, letters).await {
            // Where nothing can be noted, all that leaves would leave again.
            (0, Err(failure)) => return Err(failure),
            (noted, outcome) => {
                left += noted;
                failed = failed.and(outcome);
            }
        }
    }
    failed.map(|()| left)
}

/// Hands letters over, and notes what became of them: of those that left first, so that they do not leave again when
/// something fails. Gives how many notices are noted as sent, and what failed.
async fn hand_over(
    environment: &Environment,
    letters: &[(Vec<OutboxItem>, Worded)],
) -> (usize, Result<(), Failure>) {
    let handovers: Vec<Handover<'_>> = letters
        .iter()
        .map(|(_, letter)| Handover {
            id: &letter.id,
            envelope_from: letter.envelope_from.as_deref(),
            to: &letter.to,
            bytes: &letter.bytes,
        })
        .collect();
    let outcomes = environment.transport.hand_over_many(&handovers).await;
    let (mut sent, mut refused) = (Vec::with_capacity(outcomes.len()), Vec::new());
    for ((items, letter), outcome) in letters.iter().zip(outcomes) {
        match outcome {
            Ok(_) => {
                sent.extend(items.iter().zip(&letter.folded).map(|(item, folded)| sent_errand(item, folded)))
            }
            Err(failure) => refused.push((items, failure)),
        }
    }
    let noted = carry_out_together(environment, sent).await;
    let left = noted.iter().filter(|noted| noted.is_ok()).count();
    let mut outcome: Result<(), Failure> = noted.into_iter().collect();
    for (items, failure) in refused {
        for item in items {
            outcome = outcome.and(note_refused(environment, item, &failure).await);
        }
    }
    (left, outcome)
}

/// Says of a notice that nobody took it.
async fn note_refused(
    environment: &Environment,
    item: &OutboxItem,
    failure: &DeliveryFailure,
) -> Result<(), Failure> {
    if failure.persistence == Persistence::Permanent {
        let class = return_of(mail::bounce_class(&failure.text));
        note_returned(environment, item, class, &failure.text).await?;
    }
    put_off(environment, item, &failure.text, failure.persistence == Persistence::Temporary).await
}

/// A notice as a letter of its own; none where it is not sent.
async fn word_alone(environment: &Environment, item: &OutboxItem) -> Result<Option<Worded>, Failure> {
    if let Some(why) = held(environment, item).await? {
        tracing::info!(notice = %item.id, why, "a notice is not sent");
        environment.store.hold_notice(item, why).await?;
        return Ok(None);
    }
    word_notice(environment, item).await.map(Some)
}

/// Which notices leave in one letter: what may wait and goes to one person who wants to be told together.
async fn in_letters(
    environment: &Environment,
    claimed: Vec<OutboxItem>,
) -> Result<Vec<Vec<OutboxItem>>, Failure> {
    let mut letters: Vec<(bool, Vec<OutboxItem>)> = Vec::with_capacity(claimed.len());
    for item in claimed {
        let goes_together = goes_together(environment, &item).await?;
        let fits = |(together, letter): &&mut (bool, Vec<OutboxItem>)| {
            *together
                && letter
                    .iter()
                    .all(|other| other.provider == item.provider && other.recipient == item.recipient)
        };
        match letters.iter_mut().find(fits).filter(|_| goes_together) {
            Some((_, letter)) => letter.push(item),
            None => letters.push((goes_together, vec![item])),
        }
    }
    Ok(letters.into_iter().map(|(_, letter)| letter).collect())
}

/// Whether a notice may wait and its reader wants to be told together. Most people do not, which is known
/// without reading the notice.
async fn goes_together(environment: &Environment, item: &OutboxItem) -> Result<bool, Failure> {
    let Some(person) = item.recipient.person else { return Ok(false) };
    let work = environment.at_work(&item.provider).await?;
    Ok(work.choices.get(&person).is_some_and(|choice| choice.rhythm != Rhythm::AtOnce)
        && Notice::deserialize(&item.payload)
            .is_ok_and(|notice| notice.kind.urgency(&notice.to) == Urgency::MayWait))
}

/// Says on its request that a notice was sent. Decided on what the letter was worded from.
fn sent_errand(item: &OutboxItem, folded: &Arc<Folded>) -> Errand {
    Errand {
        folded: Arc::clone(folded),
        command: TicketCommand::NoteSent { notice: item.id, kind: item.kind.clone() },
        baggage: Baggage { settled: vec![item.id], ..Baggage::default() },
    }
}

/// Why a notice is not sent, if it is not. What a person wrote always is. What goes by itself to whoever asked is not
/// where only machines wrote, where the address refuses our letters, and where enough went there already. So nobody is
/// flooded by writing under another's address, and two desks that answer each other stop. Neither is it to somebody we do
/// not know and nobody has answered yet, where the letter may only have named them.
async fn held(environment: &Environment, item: &OutboxItem) -> Result<Option<&'static str>, Failure> {
    let Ok(notice) = Notice::deserialize(&item.payload) else { return Ok(None) };
    if notice.to != Audience::Requester {
        return Ok(None);
    }
    let folded = environment.folded(&item.provider, item.ticket, item.version).await?;
    // It is worded from the same in a moment.
    environment.keep_fresh(&folded);
    if is_written(&folded.ticket, &notice.kind) {
        return Ok(None);
    }
    if folded.ticket.only_machines_wrote() {
        return Ok(Some("only machines wrote"));
    }
    if item.recipient.person.is_none() && folded.ticket.may_backscatter() {
        return Ok(Some("nothing proves its From, and its return path is another's"));
    }
    let (store, now) = (&environment.store, environment.now());
    let address = &item.recipient.address;
    if (item.recipient.person.is_none() || matches!(notice.kind, NoticeKind::Acknowledgement { .. }))
        && let Some(standing) = store.address_standing(&item.provider, address).await?
        && standing.class == desk::Return::Hard
        && standing.at > now.plus_seconds(-REFUSED_FOR_SECONDS)
    {
        return Ok(Some("the address refuses letters"));
    }
    match item.recipient.person {
        Some(person) => take_turn_of(environment, &folded.ticket, &folded.shown.number, person).await,
        None => take_courtesy(environment, &item.provider, address, item.id).await,
    }
}

/// A refusal by the server we hand over to is known at once: the same as one that comes back later.
async fn note_returned(
    environment: &Environment,
    item: &OutboxItem,
    class: desk::Return,
    said: &str,
) -> Result<(), Failure> {
    let returned = Returned {
        provider: &item.provider,
        ticket: item.ticket,
        notice: item.id,
        kind: item.kind.clone(),
        to: &item.recipient,
        class,
        said,
    };
    take_return(environment, returned, None).await.map(drop)
}

/// When something that could not leave is tried again, with patience that doubles from half a minute to six hours; none
/// where it is given up for an administrator to see.
pub(crate) fn next_try(now: Instant, attempts: u32, temporary: bool) -> Option<Instant> {
    let patience_seconds = 30_i64.saturating_mul(1 << attempts.saturating_sub(1).min(10)).min(6 * 3600);
    (temporary && attempts < TRIES).then(|| now.plus_seconds(patience_seconds))
}

/// Has a notice tried again later, or gives it up where that helps nobody.
///
/// # Errors
/// When the store fails.
pub(crate) async fn put_off(
    environment: &Environment,
    item: &OutboxItem,
    error: &str,
    temporary: bool,
) -> Result<(), Failure> {
    let again = next_try(environment.now(), item.attempts, temporary);
    tracing::warn!(notice = %item.id, attempts = item.attempts, error, "a notice could not be handed over");
    environment.store.fail_notice(item, again, error).await?;
    // Whoever takes care of the request is told that its letter will not leave, as of one that came back.
    if temporary
        && again.is_none()
        && let Err(failure) = note_returned(environment, item, desk::Return::Soft, error).await
    {
        let failure = &failure as &dyn std::error::Error;
        tracing::error!(notice = %item.id, failure, "nobody was told of a notice that was given up");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{AT_FIRST, Slices, WHILE_SLOW, next_try};
    use calendar::Instant;

    #[test]
    fn what_cannot_leave_is_tried_for_four_to_five_days() {
        let first = Instant::from_milliseconds(0);
        let mut tried = vec![first];
        let mut attempts = 1;
        while let Some(again) = next_try(*tried.last().expect("the first"), attempts, true) {
            assert!(again > *tried.last().expect("the one before"));
            tried.push(again);
            attempts += 1;
        }
        let hours = tried.last().expect("the last").seconds() / 3600;
        assert!((96..=120).contains(&hours), "{hours} hours");
        // Most of what is down is down for less than an hour.
        let early = tried.iter().filter(|at| at.seconds() <= 3600).count();
        assert!((5..=10).contains(&early), "{early} within the first hour");
        assert_eq!(next_try(first, 1, false), None, "what is refused for good is not tried again");
    }

    #[test]
    fn letters_that_leave_slowly_leave_few_together_and_none_late() {
        let claimed = Instant::from_seconds(1_000);
        let after = |milliseconds| claimed.plus_milliseconds(milliseconds);
        let letters = [(); 1_000];
        let of = |slices: &mut Slices<'_, ()>, now| slices.next(now).map(<[()]>::len);
        let mut fast = Slices::of(&letters, claimed);
        assert_eq!(
            [of(&mut fast, after(50)), of(&mut fast, after(100))],
            [Some(AT_FIRST), Some(5 * AT_FIRST)]
        );
        let mut slow = Slices::of(&letters, claimed);
        assert_eq!(
            [of(&mut slow, after(50)), of(&mut slow, after(9_000))],
            [Some(AT_FIRST), Some(WHILE_SLOW)]
        );
        assert_eq!(of(&mut slow, after(30_000)), None);
        assert_eq!(
            of(&mut Slices::of(&letters, claimed), after(60_000)),
            Some(AT_FIRST),
            "the first ones leave"
        );
    }
}
