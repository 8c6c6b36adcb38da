//! Other programs are told what happened: queued from the log, then sent until it arrives.
//!
//! A webhook is in one hand at a time, whichever node's it is. Each hand sends what is due to its webhook, a call or
//! two at once, and lets go; none waits for another, so that a receiver that says nothing costs nobody else a second.

use crate::act_for::{Keepers, note_switched_off, tell_administrators};
use crate::deliver_letters::letters_to;
use crate::environment::{Environment, drawn_bytes};
use crate::error::Failure;
use crate::keep_webhooks::signing_secrets;
use crate::pulse::Loop;
use crate::seal_second_factors::SealingFault;
use crate::sign_webhook::sign_webhook;
use crate::webhook_event::{is_asked_for, kind_of, payload_of};
use calendar::Instant;
use desk::{ProviderId, Right, WebhookId};
use futures_util::future::try_join_all;
use futures_util::stream::{FuturesUnordered, StreamExt, TryStreamExt, iter};
use outside::{Answer, OutsideError, RetryAfter};
use std::sync::{Arc, PoisonError};
use std::time::Duration;
use store::{Attempt, Delivery, Health, NewDelivery, Webhook, WebhookState};
use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};

/// Commits that are read at once for one webhook.
const COMMITS_AT_ONCE: u32 = 200;
/// Desks whose log is read at once.
const LOGS_AT_ONCE: usize = 8;

/// Webhooks that are told something at once, by this node, and those among them that were not reached
/// before: receivers that fail never take all the room. Each is a connection or two.
const HANDS: usize = 1_280;
const FAILING_HANDS: usize = 1_024;

/// Calls to one webhook at once; one that was not reached before is asked once at a time.
const CALLS_AT_ONCE: usize = 2;

/// For how long a webhook and a claimed delivery are left to the node that took them, in seconds: longer
/// than a hand begins calls, and than a call may take after that.
const LEASE_SECONDS: i64 = 60;

/// For how many seconds a hand begins calls to its webhook before it lets others have theirs.
const TURN_SECONDS: i64 = 30;

/// Seconds between one attempt and the next; after the last the delivery is given up.
///
/// Source: Standard Webhooks specification 1.0, “Deliverability and reliability”.
const SCHEDULE_SECONDS: [i64; 9] =
    [5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600];

/// How long what happens is gathered, so that many events are read together.
const GATHERED_FOR: Duration = Duration::from_millis(100);

/// After how many seconds without anything that arrived a webhook is switched off: five days.
const PATIENCE_SECONDS: i64 = 5 * 24 * 3600;

/// The longest wait that a receiver may ask for, in seconds: a day.
const LONGEST_ASKED_SECONDS: i64 = 24 * 3600;

/// The longest rest of a receiver that did not ask for one, in seconds.
const LONGEST_REST_SECONDS: i64 = 60;

/// For how many seconds what was told is kept: thirty days.
const KEPT_SECONDS: i64 = 30 * 24 * 3600;

/// For how long calls under way may go on once the program is told to stop.
const LAST_CALLS: Duration = Duration::from_secs(2);

/// Queues what webhooks are to be told of, as far as the log goes. Gives how many commits were read.
pub(crate) async fn queue_deliveries(environment: &Environment) -> Result<usize, Failure> {
    let mut keepers = Keepers::new(environment, Right::KeepWebhooks);
    let mut behind = Vec::new();
    for webhook in environment.store.webhooks_behind().await? {
        if is_kept(environment, &mut keepers, &webhook).await? {
            behind.push(webhook);
        }
    }
    let read_alike: Vec<_> = behind
        .chunk_by(|one, other| (&one.provider, one.position) == (&other.provider, other.position))
        .map(|webhooks| queue_for(environment, webhooks))
        .collect();
    let read: Vec<usize> = iter(read_alike).buffer_unordered(LOGS_AT_ONCE).try_collect().await?;
    Ok(read.into_iter().sum())
}

/// Queues what happened after a position for webhooks of one desk that were all read up to there.
async fn queue_for(environment: &Environment, webhooks: &[Webhook]) -> Result<usize, Failure> {
    let store = &environment.store;
    let now = environment.now();
    let [Webhook { provider, position, .. }, ..] = webhooks else { return Ok(0) };
    let commits = store.numbered_commits_since(provider, *position, COMMITS_AT_ONCE).await?;
    let Some((last, _)) = commits.last() else { return Ok(0) };
    let prefix = last.number.rsplit_once('-').map_or("", |(prefix, _)| prefix);
    let mut happened = Vec::new();
    for (commit, before) in &commits {
        for (place, recorded) in commit.commit.iter().enumerate() {
            let kind = kind_of(&recorded.event);
            if webhooks.iter().any(|webhook| is_asked_for(&webhook.kinds, &kind)) {
                // The same event has the same id, for whoever tells it and however often.
                let id = format!("msg_{prefix}_{}_{place}", commit.position);
                let url = &environment.installation.public_url;
                let sequence = before + place as u64 + 1;
                let payload = payload_of(recorded, &kind, (&commit.number, sequence), url);
                happened.push(NewDelivery { id, kind, payload });
            }
        }
    }
    let queued: Vec<_> = webhooks
        .iter()
        .map(|webhook| queue_one(environment, webhook, last.position, &happened, now))
        .collect();
    try_join_all(queued).await?;
    Ok(commits.len())
}

/// Queues of what happened what one webhook asks for, and forgets what it was told long ago.
async fn queue_one(
    environment: &Environment,
    webhook: &Webhook,
    read_until: i64,
    happened: &[NewDelivery],
    now: Instant,
) -> Result<(), Failure> {
    let asked_for = happened.iter().filter(|delivery| is_asked_for(&webhook.kinds, &delivery.kind));
    let deliveries: Vec<NewDelivery> = asked_for.cloned().collect();
    let store = &environment.store;
    store.queue_deliveries(webhook, read_until, &deliveries, now).await?;
    let kept_since = now.plus_seconds(-KEPT_SECONDS);
    Ok(store.forget_deliveries(&webhook.provider, webhook.id, kept_since).await?)
}

/// Queues and sends what is due, and waits until it was answered. Gives how much it did.
///
/// # Errors
/// When the store fails.
pub async fn tell_webhooks(environment: &Environment) -> Result<usize, Failure> {
    let queued = queue_deliveries(environment).await?;
    let well = take(environment, Health::Well, HANDS - FAILING_HANDS).await?;
    let failing = take(environment, Health::Failing, FAILING_HANDS).await?;
    let told: Vec<_> = well.iter().chain(&failing).map(|taken| taken.tell(environment)).collect();
    Ok(queued + try_join_all(told).await?.into_iter().sum::<usize>())
}

/// A webhook that is in the hand of this node until an instant.
struct Taken {
    provider: ProviderId,
    id: WebhookId,
    from: Instant,
    until: Instant,
}

/// Takes webhooks that something is due to; as many as there is room for.
async fn take(environment: &Environment, health: Health, room: usize) -> Result<Vec<Taken>, Failure> {
    let store = &environment.store;
    let from = environment.now();
    if room == 0 || !store.is_webhook_due(from).await? {
        return Ok(Vec::new());
    }
    let until = from.plus_seconds(LEASE_SECONDS);
    let room = u32::try_from(room).unwrap_or(u32::MAX);
    let taken = store.take_webhooks(health, from, room, until).await?;
    Ok(taken.into_iter().map(|(provider, id)| Taken { provider, id, from, until }).collect())
}

/// Whether more may be sent to a receiver at once.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Now,
    Later,
}

impl Taken {
    /// Sends what is due and lets the webhook go. Gives how many calls were made.
    ///
    /// What cannot be signed waits untried, and its webhook stays taken until the lease ends: it would be taken again at
    /// once, for nothing.
    async fn tell(&self, environment: &Environment) -> Result<usize, Failure> {
        let told = self.tell_what_is_due(environment).await;
        if !matches!(told, Ok(None)) {
            let now = environment.now();
            environment.store.let_webhook_go(&self.provider, self.id, self.until, now).await?;
        }
        Ok(told?.unwrap_or(0))
    }

    /// Sends what is due. Gives how many calls were made; none where nothing can be signed here.
    async fn tell_what_is_due(&self, environment: &Environment) -> Result<Option<usize>, Failure> {
        let store = &environment.store;
        let mut under_way = FuturesUnordered::new();
        let (mut next, mut told) = (Next::Now, 0);
        loop {
            let now = environment.now();
            if next == Next::Now && now < self.from.plus_seconds(TURN_SECONDS) {
                let Some(webhook) = store.webhook(&self.provider, self.id).await? else {
                    return Ok(Some(told));
                };
                if told == 0 && under_way.is_empty() && secrets_of(environment, &webhook).await?.is_none() {
                    return Ok(None);
                }
                let at_once = if webhook.failing_since.is_some() { 1 } else { CALLS_AT_ONCE };
                let room = u32::try_from(at_once.saturating_sub(under_way.len())).unwrap_or(0);
                if webhook.state == WebhookState::On && room > 0 {
                    let lease = now.plus_seconds(LEASE_SECONDS);
                    let claimed = store.claim_deliveries(&self.provider, self.id, now, room, lease).await?;
                    for delivery in claimed {
                        under_way.push(deliver(environment, delivery));
                    }
                }
            }
            match under_way.next().await {
                None => return Ok(Some(told)),
                Some(outcome) => {
                    told += 1;
                    if outcome? == Next::Later {
                        next = Next::Later;
                    }
                }
            }
        }
    }
}

async fn deliver(environment: &Environment, delivery: Delivery) -> Result<Next, Failure> {
    let store = &environment.store;
    // Read anew for each: a secret that was just changed signs the very next message.
    let Some(webhook) = store.webhook(&delivery.provider, delivery.webhook).await? else {
        return Ok(Next::Later);
    };
    // Its keeper may have left since it was queued. It waits, for whoever switches the webhook on again.
    let mut keepers = Keepers::new(environment, Right::KeepWebhooks);
    if !is_kept(environment, &mut keepers, &webhook).await? {
        store.put_delivery_back(&delivery).await?;
        return Ok(Next::Later);
    }
    let Some(secrets) = secrets_of(environment, &webhook).await? else {
        store.put_delivery_back(&delivery).await?;
        return Ok(Next::Later);
    };
    let outcome = send(environment, &webhook.url, &secrets, &delivery).await;
    let at = environment.now();
    let (status, error) = match &outcome {
        Ok(answer) if (200..300).contains(&answer.status) => (Some(answer.status), None),
        Ok(answer) => (Some(answer.status), Some(format!("HTTP {}", answer.status))),
        Err(error) => (None, Some(error.to_string())),
    };
    let Some(error) = error else {
        let arrived = Attempt { at, status, error: None, again_at: None, resting_until: None };
        store.note_attempt(&delivery, &arrived).await?;
        return Ok(Next::Now);
    };
    tracing::info!(webhook = %webhook.id, delivery = delivery.id, error, "a webhook was not reached");
    let is_gone = status == Some(410);
    let wait = wait_seconds(delivery.attempts, u16::from_be_bytes(drawn_bytes()));
    let rest = rest_seconds(&outcome, wait, at);
    let again_at = wait.filter(|_| !is_gone).map(|wait| at.plus_seconds(wait.max(rest.unwrap_or(0))));
    let resting_until = rest.map(|rest| at.plus_seconds(rest));
    store
        .note_attempt(&delivery, &Attempt { at, status, error: Some(error), again_at, resting_until })
        .await?;
    let since = at.plus_seconds(-PATIENCE_SECONDS);
    if store.give_up_webhook(&webhook.provider, webhook.id, since, is_gone, at).await? {
        note_given_up(environment, &webhook, at).await?;
    }
    Ok(if rest.is_some() || is_gone { Next::Later } else { Next::Now })
}

/// What signs the messages of a webhook; none where its secret does not open here. Then another node may know the key, or
/// whoever keeps it has to make a new secret: until then nothing is tried, nothing fails, and the log tells it once.
async fn secrets_of(environment: &Environment, webhook: &Webhook) -> Result<Option<Vec<String>>, Failure> {
    let unopened = || environment.unopened.lock().unwrap_or_else(PoisonError::into_inner);
    match signing_secrets(environment, webhook, environment.now()) {
        Ok(secrets) => {
            unopened().remove(&webhook.id);
            Ok(Some(secrets))
        }
        Err(fault) => {
            let is_new = unopened().insert(webhook.id);
            if is_new {
                tell_unopened(webhook, &fault);
                environment.store.forget_webhook_failures(&webhook.provider, webhook.id).await?;
            }
            Ok(None)
        }
    }
}

fn tell_unopened(webhook: &Webhook, fault: &SealingFault) {
    let error = fault as &dyn std::error::Error;
    tracing::error!(webhook = %webhook.id, error, "the secret of a webhook cannot be opened: what it is to be told waits");
}

async fn send(
    environment: &Environment,
    url: &str,
    secrets: &[String],
    delivery: &Delivery,
) -> Result<Answer, OutsideError> {
    let now = environment.now();
    let signature = sign_webhook(secrets, &delivery.id, now.seconds(), &delivery.payload);
    let timestamp = now.seconds().to_string();
    let headers = [
        ("Content-Type", "application/json"),
        ("User-Agent", "Entente"),
        ("webhook-id", delivery.id.as_str()),
        ("webhook-timestamp", timestamp.as_str()),
        ("webhook-signature", signature.as_str()),
    ];
    environment.outside.post(url, &headers, delivery.payload.as_bytes()).await
}

/// For how many seconds a receiver is left alone after an attempt, with all that waits for it: as long as it asks,
/// or a while where it is overloaded or says nothing at all. None where the trouble may lie in the one message.
///
/// Source: Standard Webhooks specification 1.0, “Deliverability and reliability”.
fn rest_seconds(outcome: &Result<Answer, OutsideError>, wait: Option<i64>, at: Instant) -> Option<i64> {
    let asked = outcome.as_ref().ok().and_then(|answer| answer.retry_after);
    let asked = asked_seconds(asked, at);
    if asked > 0 {
        return Some(asked);
    }
    match outcome {
        Ok(Answer { status: 429 | 502 | 503 | 504, .. }) | Err(_) => {
            Some(wait.unwrap_or(LONGEST_REST_SECONDS).min(LONGEST_REST_SECONDS))
        }
        Ok(_) => None,
    }
}

/// For how long a receiver asks to be left alone, in seconds from `at`; a day at most, since another
/// program does not decide what is kept here.
fn asked_seconds(asked: Option<RetryAfter>, at: Instant) -> i64 {
    let seconds = match asked {
        None => 0,
        Some(RetryAfter::Seconds(seconds)) => seconds,
        Some(RetryAfter::At(second)) => second - at.seconds(),
    };
    seconds.clamp(0, LONGEST_ASKED_SECONDS)
}

/// The wait after an attempt, a tenth more or less by what was drawn; none after the last.
fn wait_seconds(attempts: u32, drawn: u16) -> Option<i64> {
    let place = usize::try_from(attempts.saturating_sub(1)).unwrap_or(usize::MAX);
    let wait = *SCHEDULE_SECONDS.get(place)?;
    let tenth = wait * (i64::from(drawn) - 32_768) / 327_680;
    Some((wait + tenth).max(1))
}

/// Tells in the journal that a webhook was switched off, in the name of nobody, and whoever made it by mail.
async fn note_given_up(environment: &Environment, webhook: &Webhook, at: Instant) -> Result<(), Failure> {
    tracing::warn!(webhook = %webhook.id, state = WebhookState::Failed.as_str(), "a webhook was switched off");
    note_switched_off(environment, &webhook.provider, "webhook_switched_off", &webhook.url, at).await?;
    let maker = environment.store.person(&webhook.provider, webhook.created_by).await?;
    if let Some(maker) = maker.filter(|person| person.role.is_staff()) {
        let link = format!("{}/admin/webhooks/{}", environment.installation.public_url, webhook.id);
        let name = format!("{}-{}", webhook.id, at.seconds());
        let text = |language| words::webhook_off_mail(language, &webhook.url, &link);
        environment.put_letters(&[], &letters_to(environment, &[maker], "webhook", &name, text)).await?;
    }
    Ok(())
}

/// Whether a webhook acts for somebody who may still keep it; it is switched off where not.
async fn is_kept(
    environment: &Environment,
    keepers: &mut Keepers<'_>,
    webhook: &Webhook,
) -> Result<bool, Failure> {
    if keepers.find(&webhook.provider, webhook.created_by).await?.is_some() {
        return Ok(true);
    }
    if environment.store.switch_off_webhook(&webhook.provider, webhook.id, environment.now()).await? {
        let link = format!("{}/admin/webhooks/{}", environment.installation.public_url, webhook.id);
        let name = format!("{}-{}", webhook.id, environment.now().seconds());
        tell_administrators(
            environment,
            &webhook.provider,
            "webhook_unkept",
            &webhook.url,
            &name,
            |language| words::webhook_unkept_mail(language, &webhook.url, &link),
        )
        .await?;
    }
    Ok(false)
}

/// Calls under way: to webhooks that were reached before, and to those that were not.
#[derive(Default)]
struct Hands {
    well: JoinSet<Result<usize, Failure>>,
    failing: JoinSet<Result<usize, Failure>>,
}

impl Hands {
    /// Queues what happened and takes what is due, as far as there is room. Gives how many commits were read.
    async fn begin(&mut self, environment: &Arc<Environment>) -> Result<usize, Failure> {
        let queued = queue_deliveries(environment).await?;
        let free = HANDS - self.well.len() - self.failing.len();
        for taken in take(environment, Health::Well, free).await? {
            let environment = Arc::clone(environment);
            self.well.spawn(async move { taken.tell(&environment).await });
        }
        let free = HANDS - self.well.len() - self.failing.len();
        let free = free.min(FAILING_HANDS.saturating_sub(self.failing.len()));
        for taken in take(environment, Health::Failing, free).await? {
            let environment = Arc::clone(environment);
            self.failing.spawn(async move { taken.tell(&environment).await });
        }
        Ok(queued)
    }

    /// Waits until one of them is free again; for ever while none is used.
    async fn freed(&mut self) {
        let done = tokio::select! {
            Some(done) = self.well.join_next() => done,
            Some(done) = self.failing.join_next() => done,
            else => return std::future::pending().await,
        };
        look_at(done);
        while let Some(done) = self.well.try_join_next().or_else(|| self.failing.try_join_next()) {
            look_at(done);
        }
    }

    /// Waits until none is used.
    async fn emptied(&mut self) {
        while !(self.well.is_empty() && self.failing.is_empty()) {
            self.freed().await;
        }
    }
}

fn look_at(done: Result<Result<usize, Failure>, JoinError>) {
    match done {
        Ok(Ok(_)) => {}
        Ok(Err(failure)) => {
            tracing::error!(error = &failure as &dyn std::error::Error, "a webhook could not be told");
        }
        Err(failure) => {
            tracing::error!(error = &failure as &dyn std::error::Error, "a webhook could not be told");
        }
    }
}

/// Tells webhooks until told to stop, beside the rounds: a slow receiver holds up neither a letter nor another
/// receiver.
pub(crate) async fn keep_telling(environment: &Arc<Environment>, mut stop: watch::Receiver<bool>) {
    let mut changes = environment.store.subscribe();
    let mut hands = Hands::default();
    let mut patience = Duration::from_millis(200);
    while !*stop.borrow() {
        let wait = match environment.pulse.pass(Loop::Webhooks, hands.begin(environment)).await {
            Ok(0) => Duration::from_secs(1),
            Ok(_) => continue,
            Err(failure) => {
                tracing::error!(error = &failure as &dyn std::error::Error, "webhooks could not be told");
                patience = (patience * 2).min(Duration::from_secs(30));
                patience
            }
        };
        tokio::select! {
            _ = changes.recv() => {
                tokio::time::sleep(GATHERED_FOR).await;
                changes = changes.resubscribe();
            }
            () = hands.freed() => {}
            () = environment.webhooks.notified() => {}
            () = tokio::time::sleep(wait) => {}
            _ = stop.changed() => {}
        }
    }
    // What is cut off here is told again, under the same id, when its lease runs out.
    let _ = tokio::time::timeout(LAST_CALLS, hands.emptied()).await;
}

#[cfg(test)]
mod tests {
    use super::{asked_seconds, wait_seconds};
    use calendar::Instant;
    use outside::RetryAfter;

    #[test]
    fn a_receiver_may_ask_for_a_day_and_no_more() {
        let at = Instant::from_seconds(1_000_000);
        for (asked, seconds) in [
            (None, 0),
            (Some(RetryAfter::Seconds(90)), 90),
            (Some(RetryAfter::At(1_000_120)), 120),
            (Some(RetryAfter::At(5)), 0),
            (Some(RetryAfter::Seconds(i64::MAX)), 86_400),
        ] {
            assert_eq!(asked_seconds(asked, at), seconds, "{asked:?}");
        }
    }

    #[test]
    fn patience_grows_is_never_the_same_and_ends() {
        // 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h and 24 h after the attempt before: 75 h 35 min 5 s in all.
        let schedule = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];
        let waits: Vec<i64> = (1..=9).filter_map(|attempts| wait_seconds(attempts, 32_768)).collect();
        assert_eq!(waits, schedule);
        assert_eq!(waits.iter().sum::<i64>(), (75 * 60 + 35) * 60 + 5);
        for (place, seconds) in schedule.into_iter().enumerate() {
            let attempts = place as u32 + 1;
            for drawn in [0, 1, 65_535] {
                let wait = wait_seconds(attempts, drawn).unwrap_or(0);
                assert!((seconds - seconds / 10 - 1..=seconds + seconds / 10 + 1).contains(&wait), "{wait}");
            }
        }
        assert_ne!(wait_seconds(3, 0), wait_seconds(3, 65_535));
        assert_eq!(wait_seconds(10, 0), None);
        assert_eq!(wait_seconds(u32::MAX, 0), None);
    }
}
