//! Other programs are told what happened: queued from the log, then sent until it arrives.

use crate::deliver_letters::letter_to;
use crate::environment::{Environment, drawn_bytes};
use crate::error::Failure;
use crate::pulse::{Loop, caught};
use crate::sign_webhook::sign_webhook;
use crate::webhook_event::{is_asked_for, kind_of, payload_of};
use calendar::Instant;
use futures_util::future::join_all;
use outside::{Answer, OutsideError, RetryAfter};
use std::sync::Arc;
use std::time::Duration;
use store::{Attempt, AuditEntry, Delivery, NewDelivery, Webhook, WebhookState};
use tokio::sync::watch;
use words::Language;

/// Commits that are read at once for one webhook, and deliveries that are sent at once.
const COMMITS_AT_ONCE: u32 = 200;
const DELIVERIES_AT_ONCE: u32 = 20;
const WEBHOOKS_AT_ONCE: u32 = 50;

/// For how long a claimed delivery is left to the node that claimed it, in seconds: longer than a
/// call may take.
const LEASE_SECONDS: i64 = 60;

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

/// For how many seconds what was told is kept: thirty days.
const KEPT_SECONDS: i64 = 30 * 24 * 3600;

/// Queues what webhooks are to be told of, as far as the log goes. Gives how many commits were read.
pub(crate) async fn queue_deliveries(environment: &Environment) -> Result<usize, Failure> {
    let store = &environment.store;
    let now = environment.now();
    let mut read = 0;
    for webhook in store.webhooks_behind(WEBHOOKS_AT_ONCE).await? {
        let commits = store.commits_since(&webhook.provider, webhook.position, COMMITS_AT_ONCE).await?;
        let Some(last) = commits.last() else { continue };
        let prefix = last.number.rsplit_once('-').map_or("", |(prefix, _)| prefix);
        let mut deliveries = Vec::new();
        for commit in &commits {
            for (place, recorded) in commit.commit.iter().enumerate() {
                let kind = kind_of(&recorded.event);
                if is_asked_for(&webhook.kinds, &kind) {
                    // The same event has the same id, for whoever tells it and however often.
                    let id = format!("msg_{prefix}_{}_{place}", commit.position);
                    let url = &environment.installation.public_url;
                    let payload = payload_of(recorded, &kind, &commit.number, url);
                    deliveries.push(NewDelivery { id, kind, payload });
                }
            }
        }
        store.queue_deliveries(&webhook, last.position, &deliveries, now).await?;
        store.forget_deliveries(&webhook.provider, webhook.id, now.plus_seconds(-KEPT_SECONDS)).await?;
        read += commits.len();
    }
    Ok(read)
}

/// Queues and sends what is due. Gives how much it did.
///
/// # Errors
/// When the store fails.
pub async fn tell_webhooks(environment: &Environment) -> Result<usize, Failure> {
    let queued = queue_deliveries(environment).await?;
    let now = environment.now();
    if !environment.store.is_delivery_due(now).await? {
        return Ok(queued);
    }
    let lease = now.plus_seconds(LEASE_SECONDS);
    let claimed = environment.store.claim_deliveries(now, DELIVERIES_AT_ONCE, lease).await?;
    let sent = claimed.iter().map(|delivery| caught(deliver(environment, delivery)));
    let outcomes: Vec<()> = join_all(sent).await.into_iter().collect::<Result<_, _>>()?;
    Ok(queued + outcomes.len())
}

async fn deliver(environment: &Environment, delivery: &Delivery) -> Result<(), Failure> {
    let store = &environment.store;
    let Some(webhook) = store.webhook(&delivery.provider, delivery.webhook).await? else { return Ok(()) };
    let outcome = send(environment, &webhook, delivery).await;
    let at = environment.now();
    let (status, error) = match &outcome {
        Ok(answer) if (200..300).contains(&answer.status) => (Some(answer.status), None),
        Ok(answer) => (Some(answer.status), Some(format!("HTTP {}", answer.status))),
        Err(error) => (None, Some(error.to_string())),
    };
    let is_gone = status == Some(410);
    let again_at = error.as_ref().filter(|_| !is_gone).and_then(|_| {
        let wait = wait_seconds(delivery.attempts, u16::from_be_bytes(drawn_bytes()))?;
        let asked = outcome.as_ref().ok().and_then(|answer| answer.retry_after);
        Some(at.plus_seconds(wait.max(asked_seconds(asked, at))))
    });
    if let Some(error) = &error {
        tracing::info!(webhook = %webhook.id, delivery = delivery.id, error, "a webhook was not reached");
    }
    store.note_attempt(delivery, &Attempt { at, status, error: error.clone(), again_at }).await?;
    if error.is_some() {
        let since = at.plus_seconds(-PATIENCE_SECONDS);
        if store.give_up_webhook(&webhook.provider, webhook.id, since, is_gone).await? {
            note_given_up(environment, &webhook, at).await?;
        }
    }
    Ok(())
}

async fn send(
    environment: &Environment,
    webhook: &Webhook,
    delivery: &Delivery,
) -> Result<Answer, OutsideError> {
    let now = environment.now();
    let mut secrets = vec![webhook.secret.as_str()];
    if let Some((former, until)) = &webhook.former
        && *until > now
    {
        secrets.push(former);
    }
    let signature = sign_webhook(&secrets, &delivery.id, now.seconds(), &delivery.payload);
    let timestamp = now.seconds().to_string();
    let headers = [
        ("Content-Type", "application/json"),
        ("User-Agent", "Entente"),
        ("webhook-id", delivery.id.as_str()),
        ("webhook-timestamp", timestamp.as_str()),
        ("webhook-signature", signature.as_str()),
    ];
    environment.outside.post(&webhook.url, &headers, delivery.payload.as_bytes()).await
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
    let entry = AuditEntry {
        provider: webhook.provider.clone(),
        id: environment.new_id(),
        at,
        person: None,
        deed: "webhook_switched_off".to_owned(),
        object: webhook.url.chars().take(300).collect(),
        outcome: "done".to_owned(),
        network: String::new(),
    };
    tracing::warn!(webhook = %webhook.id, state = WebhookState::Failed.as_str(), "a webhook was switched off");
    environment.store.append_audit(&[entry]).await?;
    let maker = environment.store.person(&webhook.provider, webhook.created_by).await?;
    if let Some(maker) = maker.filter(|person| person.role.is_staff()) {
        let link = format!("{}/admin/webhooks/{}", environment.installation.public_url, webhook.id);
        let language = Language::parse(&maker.language).unwrap_or(Language::French);
        let text = words::webhook_off_mail(language, &webhook.url, &link);
        let name = format!("{}-{}", webhook.id, at.seconds());
        environment.put_letters(&[], &[letter_to(environment, &maker, "webhook", &name, text)]).await?;
    }
    Ok(())
}

/// Tells webhooks until told to stop, beside the rounds: a slow receiver holds up no letter.
pub(crate) async fn keep_telling(environment: &Arc<Environment>, mut stop: watch::Receiver<bool>) {
    let mut changes = environment.store.subscribe();
    let mut patience = Duration::from_millis(200);
    while !*stop.borrow() {
        let wait = match environment.pulse.pass(Loop::Webhooks, tell_webhooks(environment)).await {
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
            () = tokio::time::sleep(wait) => {}
            _ = stop.changed() => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{SCHEDULE_SECONDS, asked_seconds, wait_seconds};
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
        for (place, seconds) in SCHEDULE_SECONDS.into_iter().enumerate() {
            let attempts = place as u32 + 1;
            for drawn in [0, 1, 32_768, 65_535] {
                let wait = wait_seconds(attempts, drawn).unwrap_or(0);
                assert!((seconds - seconds / 10 - 1..=seconds + seconds / 10 + 1).contains(&wait), "{wait}");
            }
        }
        assert_ne!(wait_seconds(3, 0), wait_seconds(3, 65_535));
        assert_eq!(wait_seconds(10, 0), None);
        assert_eq!(wait_seconds(u32::MAX, 0), None);
    }
}
