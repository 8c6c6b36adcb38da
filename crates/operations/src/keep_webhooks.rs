//! Addresses of other programs that are told what happens: made, changed, tried and ended.

use crate::environment::{Environment, random_bytes};
use crate::error::Failure;
use crate::seal_second_factors::{SealingFault, is_sealed_by_first, open_of, seal_of, sealed_anew};
use crate::sign_webhook::secret_of;
use crate::viewer::Viewer;
use crate::webhook_event::{WEBHOOK_KINDS, WEBHOOK_PATTERNS};
use calendar::Instant;
use desk::{ProviderId, Right, WebhookId};
use store::{Delivery, DeliveryState, NewDelivery, Webhook, WebhookEdit, WebhookState};

/// For how many seconds a former secret still signs: a day.
const ROTATION_SECONDS: i64 = 24 * 3600;
/// Former secrets that sign at once at most: a signature of each is in every message.
const FORMER_AT_MOST: usize = 4;
/// Webhooks of one provider at most.
const AT_MOST: usize = 20;
/// Characters of an address at most.
const URL_CHARACTERS: usize = 2000;

/// A webhook as its keepers see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookView {
    /// Its id.
    pub id: WebhookId,
    /// Where to.
    pub url: String,
    /// What is told.
    pub kinds: Vec<String>,
    /// Whether it is told anything.
    pub state: WebhookStanding,
    /// Since when nothing reached it.
    pub failing_since: Option<Instant>,
    /// Until when its receiver is left alone, because it asked for that or does not answer.
    pub resting_until: Option<Instant>,
    /// Whether what it is to be told waits untried, since its secret does not open with the configured keys.
    pub waits_for_key: bool,
    /// When it was made.
    pub created_at: Instant,
    /// Until when the latest of the former secrets still signs; those before it end earlier.
    pub former_secret_until: Option<Instant>,
    /// What signs; shown once, when it is made.
    pub secret: Option<String>,
}

/// Whether a webhook is told anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WebhookStanding {
    /// It is.
    On,
    /// Somebody switched it off, or whoever kept it has left or may not any more.
    Off,
    /// Nothing reached it for days, and it was switched off.
    Failed,
}

impl WebhookStanding {
    /// The standing as it is written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Off => "off",
            Self::Failed => "failed",
        }
    }
}

/// Something that was or is to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryRow {
    /// Its id, the same however often it is sent.
    pub id: String,
    /// The kind of event.
    pub kind: String,
    /// The body.
    pub payload: String,
    /// Where it stands: `waiting`, `done`, `dead`.
    pub state: &'static str,
    /// How often it was tried.
    pub attempts: u32,
    /// When it was queued.
    pub created_at: Instant,
    /// When it is tried next.
    pub next_at: Option<Instant>,
    /// When it was tried last.
    pub answered_at: Option<Instant>,
    /// The status that was answered last.
    pub status: Option<u16>,
    /// What went wrong last.
    pub error: Option<String>,
}

/// A page of what was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveriesView {
    /// The latest first.
    pub rows: Vec<DeliveryRow>,
    /// Where the next page begins; none on the last.
    pub cursor: Option<String>,
}

/// What may be changed of a webhook; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WebhookChange {
    /// Where to.
    pub url: Option<String>,
    /// What is told.
    pub kinds: Option<Vec<String>>,
    /// Whether it is told anything. Switched on again, it is told what it missed.
    pub is_on: Option<bool>,
}

/// The webhooks of the viewer's provider.
///
/// # Errors
/// - the viewer does not keep webhooks;
/// - the store fails.
pub async fn list_webhooks(environment: &Environment, viewer: &Viewer) -> Result<Vec<WebhookView>, Failure> {
    permit(viewer)?;
    let found = environment.store.webhooks(&viewer.provider.id).await?;
    Ok(found.iter().map(|webhook| view(environment, webhook)).collect())
}

/// One of them.
///
/// # Errors
/// As [`list_webhooks`], and when there is no such one.
pub async fn view_webhook(
    environment: &Environment,
    viewer: &Viewer,
    id: &str,
) -> Result<WebhookView, Failure> {
    Ok(view(environment, &own(environment, viewer, id).await?))
}

/// Makes a webhook, told of what happens from now on. Its secret is given here and never again.
///
/// # Errors
/// - the viewer does not keep webhooks;
/// - the address may not be called, a kind is none, or there are too many already;
/// - the store fails.
pub async fn make_webhook(
    environment: &Environment,
    viewer: &Viewer,
    url: &str,
    kinds: &[String],
) -> Result<WebhookView, Failure> {
    permit(viewer)?;
    let provider = &viewer.provider.id;
    if environment.store.webhooks(provider).await?.len() >= AT_MOST {
        return Err(Failure::Invalid { field: "url", problem: "error-webhooks-many".into() });
    }
    let (id, secret) = (WebhookId(environment.new_id()), secret_of(random_bytes()));
    let webhook = Webhook {
        provider: provider.clone(),
        id,
        url: usable_url(environment, url)?,
        kinds: usable_kinds(kinds)?,
        secret: seal_of(&environment.installation.keys.sealing, &owner(provider, id), &secret),
        former: Vec::new(),
        state: WebhookState::On,
        position: environment.store.latest_position(provider).await?,
        failing_since: None,
        resting_until: None,
        created_at: environment.now(),
        created_by: viewer.person.id,
    };
    environment.store.add_webhook(&webhook).await?;
    Ok(WebhookView { secret: Some(secret), ..view(environment, &webhook) })
}

/// Changes a webhook, which acts from then on for whoever changed it.
///
/// # Errors
/// As [`make_webhook`], and when there is no such one.
pub async fn change_webhook(
    environment: &Environment,
    viewer: &Viewer,
    id: &str,
    change: &WebhookChange,
) -> Result<WebhookView, Failure> {
    let webhook = own(environment, viewer, id).await?;
    let edit = WebhookEdit {
        url: change.url.as_deref().map(|url| usable_url(environment, url)).transpose()?,
        kinds: change.kinds.as_deref().map(usable_kinds).transpose()?,
        state: match change.is_on {
            Some(true) => Some(WebhookState::On),
            Some(false) => Some(WebhookState::Off),
            None => None,
        },
        kept_by: viewer.person.id,
    };
    environment.store.change_webhook(&webhook.provider, webhook.id, &edit, environment.now()).await?;
    environment.webhooks.notify_one();
    view_webhook(environment, viewer, id).await
}

/// Gives a webhook a new secret. The former ones sign beside it, each for a day since it was replaced.
///
/// # Errors
/// As [`view_webhook`], and when the secret was changed too often within a day.
pub async fn rotate_webhook_secret(
    environment: &Environment,
    viewer: &Viewer,
    id: &str,
) -> Result<WebhookView, Failure> {
    let fresh = secret_of(random_bytes());
    // Whoever is overtaken by another looks anew: what the other was shown becomes a former one and signs on.
    loop {
        let webhook = own(environment, viewer, id).await?;
        let now = environment.now();
        let mut former = webhook.former.clone();
        former.retain(|(_, until)| *until > now);
        if former.len() >= FORMER_AT_MOST {
            return Err(Failure::Invalid { field: "secret", problem: "error-webhook-secrets".into() });
        }
        former.push((webhook.secret.clone(), now.plus_seconds(ROTATION_SECONDS)));
        let keys = &environment.installation.keys.sealing;
        let sealed = seal_of(keys, &owner(&webhook.provider, webhook.id), &fresh);
        if environment.store.replace_webhook_secret(&webhook, &sealed, &former).await? {
            let changed = Webhook { secret: sealed, former, ..webhook };
            return Ok(WebhookView { secret: Some(fresh), ..view(environment, &changed) });
        }
    }
}

/// The secrets of a webhook that sign at an instant, as its receiver knows them.
///
/// # Errors
/// When the one in force was sealed by a key that is not configured, or was altered.
pub(crate) fn signing_secrets(
    environment: &Environment,
    webhook: &Webhook,
    now: Instant,
) -> Result<Vec<String>, SealingFault> {
    let (keys, owner) = (&environment.installation.keys.sealing, owner(&webhook.provider, webhook.id));
    let former = webhook.former.iter().filter(|(_, until)| *until > now).map(|(secret, _)| secret);
    let current = open_of(keys, &owner, &webhook.secret)?;
    // A former one that does not open any more signs nothing, and keeps the one in force from nothing.
    Ok(std::iter::once(current)
        .chain(former.filter_map(|stored| open_of(keys, &owner, stored).ok()))
        .collect())
}

/// Seals the secrets of all webhooks by the first of the configured sealing keys: those that were readable, and those
/// that another sealed. Former ones that sign no more are forgotten then; those that should and do not open stay as they
/// are, since their key may come back. Gives how many webhooks were sealed anew.
///
/// # Errors
/// - one in force was sealed by a key that is not configured, or was altered: nothing is served then;
/// - the store fails.
pub async fn seal_webhook_secrets(environment: &Environment) -> Result<u64, SealingFault> {
    let (keys, now) = (&environment.installation.keys.sealing, environment.now());
    let mut count = 0;
    for webhook in environment.store.all_webhooks().await? {
        let owner = owner(&webhook.provider, webhook.id);
        let current = sealed_anew(keys, &owner, &webhook.secret)?;
        let mut is_needed = current.is_some();
        let mut former = Vec::new();
        for (stored, until) in &webhook.former {
            if *until <= now {
                is_needed |= !is_sealed_by_first(keys, stored);
                continue;
            }
            let anew = sealed_anew(keys, &owner, stored).unwrap_or_else(|fault| {
                let error = &fault as &dyn std::error::Error;
                tracing::warn!(webhook = %webhook.id, error, "a former secret of a webhook signs nothing any more");
                None
            });
            is_needed |= anew.is_some();
            former.push((anew.unwrap_or_else(|| stored.clone()), *until));
        }
        if !is_needed {
            continue;
        }
        let secret = current.unwrap_or_else(|| webhook.secret.clone());
        if environment.store.replace_webhook_secret(&webhook, &secret, &former).await? {
            count += 1;
        }
    }
    Ok(count)
}

/// What the secrets of a webhook are sealed for: they open as nothing else. No provider has an empty key.
fn owner(provider: &ProviderId, id: WebhookId) -> String {
    format!("\0webhook\0{provider}\0{id}")
}

/// Ends a webhook and forgets what was told it.
///
/// # Errors
/// As [`view_webhook`].
pub async fn remove_webhook(environment: &Environment, viewer: &Viewer, id: &str) -> Result<(), Failure> {
    let webhook = own(environment, viewer, id).await?;
    let (now, by) = (environment.now(), viewer.person.id);
    environment.store.remove_webhook(&webhook.provider, webhook.id, now, by).await?;
    Ok(())
}

/// Tells a webhook something that did not happen, to try it. Gives the id of the delivery.
///
/// # Errors
/// As [`view_webhook`].
pub async fn test_webhook(environment: &Environment, viewer: &Viewer, id: &str) -> Result<String, Failure> {
    let webhook = own(environment, viewer, id).await?;
    let now = environment.now();
    let delivery = NewDelivery {
        id: format!("msg_test_{:032x}", environment.new_id()),
        kind: "webhook.test".to_owned(),
        payload: serde_json::json!({ "type": "webhook.test", "timestamp": now.to_string(), "data": {} })
            .to_string(),
    };
    let id = delivery.id.clone();
    environment.store.queue_deliveries(&webhook, webhook.position, &[delivery], now).await?;
    environment.store.end_webhook_rest(&webhook.provider, webhook.id).await?;
    environment.webhooks.notify_one();
    Ok(id)
}

/// What was told a webhook, the latest first.
///
/// # Errors
/// As [`view_webhook`], and when the cursor is none.
pub async fn list_deliveries(
    environment: &Environment,
    viewer: &Viewer,
    id: &str,
    cursor: Option<&str>,
    limit: u32,
) -> Result<DeliveriesView, Failure> {
    let webhook = own(environment, viewer, id).await?;
    let wrong = || Failure::Invalid { field: "cursor", problem: "error-cursor".into() };
    let after = match cursor {
        None => None,
        Some(text) => {
            let (at, last) = text.split_once('.').ok_or_else(wrong)?;
            let at: i64 = at.parse().map_err(|_| wrong())?;
            Some((Instant::from_milliseconds(at), last.to_owned()))
        }
    };
    let limit = limit.clamp(1, 200);
    let mut found = environment.store.deliveries(&webhook.provider, webhook.id, after, limit + 1).await?;
    let mut cursor = None;
    if found.len() > limit as usize {
        found.truncate(limit as usize);
        cursor = found.last().map(|last| format!("{}.{}", last.created_at.milliseconds(), last.id));
    }
    Ok(DeliveriesView { rows: found.into_iter().map(row).collect(), cursor })
}

/// Tells once more what was told before, under the same id.
///
/// # Errors
/// As [`view_webhook`], and when there is no such delivery.
pub async fn replay_delivery(
    environment: &Environment,
    viewer: &Viewer,
    id: &str,
    delivery: &str,
) -> Result<(), Failure> {
    let webhook = own(environment, viewer, id).await?;
    let (store, now) = (&environment.store, environment.now());
    if !store.replay_delivery(&webhook.provider, webhook.id, delivery, now).await? {
        return Err(Failure::NotFound { what: "delivery" });
    }
    store.end_webhook_rest(&webhook.provider, webhook.id).await?;
    environment.webhooks.notify_one();
    Ok(())
}

fn permit(viewer: &Viewer) -> Result<(), Failure> {
    if viewer.may(Right::KeepWebhooks) { Ok(()) } else { Err(Failure::NotPermitted) }
}

/// A webhook of the viewer's provider; of others' there is none.
async fn own(environment: &Environment, viewer: &Viewer, id: &str) -> Result<Webhook, Failure> {
    permit(viewer)?;
    let missing = || Failure::NotFound { what: "webhook" };
    let id: WebhookId = id.parse().map_err(|_| missing())?;
    environment.store.webhook(&viewer.provider.id, id).await?.ok_or_else(missing)
}

fn usable_url(environment: &Environment, url: &str) -> Result<String, Failure> {
    let url = url.trim();
    let invalid = |problem: &str| Failure::Invalid { field: "url", problem: problem.into() };
    if url.chars().nth(URL_CHARACTERS).is_some() {
        return Err(invalid("error-webhook-url"));
    }
    match environment.outside.check(url) {
        Ok(()) => Ok(url.to_owned()),
        Err(outside::OutsideError::Private) => Err(invalid("error-webhook-private")),
        Err(_) => Err(invalid("error-webhook-url")),
    }
}

fn usable_kinds(kinds: &[String]) -> Result<Vec<String>, Failure> {
    let mut usable: Vec<String> = Vec::new();
    for kind in kinds.iter().map(|kind| kind.trim()).filter(|kind| !kind.is_empty()) {
        if !WEBHOOK_KINDS.contains(&kind) && !WEBHOOK_PATTERNS.contains(&kind) {
            let allowed = WEBHOOK_PATTERNS.iter().chain(&WEBHOOK_KINDS).map(|kind| (*kind).to_owned());
            return Err(desk::Refusal::UnknownValue {
                fact: "events".to_owned(),
                value: kind.to_owned(),
                allowed: allowed.collect(),
            }
            .into());
        }
        if !usable.iter().any(|known| known == kind) {
            usable.push(kind.to_owned());
        }
    }
    if usable.is_empty() {
        return Err(Failure::Invalid { field: "events", problem: "error-webhook-kinds".into() });
    }
    Ok(usable)
}

fn view(environment: &Environment, webhook: &Webhook) -> WebhookView {
    let now = environment.now();
    WebhookView {
        id: webhook.id,
        url: webhook.url.clone(),
        kinds: webhook.kinds.clone(),
        state: match webhook.state {
            WebhookState::On => WebhookStanding::On,
            WebhookState::Off => WebhookStanding::Off,
            WebhookState::Failed => WebhookStanding::Failed,
        },
        failing_since: webhook.failing_since,
        resting_until: webhook.resting_until.filter(|until| *until > now),
        waits_for_key: signing_secrets(environment, webhook, now).is_err(),
        created_at: webhook.created_at,
        former_secret_until: webhook
            .former
            .iter()
            .map(|(_, until)| *until)
            .filter(|until| *until > now)
            .max(),
        secret: None,
    }
}

fn row(delivery: Delivery) -> DeliveryRow {
    DeliveryRow {
        state: delivery.state.as_str(),
        next_at: (delivery.state == DeliveryState::Waiting).then_some(delivery.claim_at),
        id: delivery.id,
        kind: delivery.kind,
        payload: delivery.payload,
        attempts: delivery.attempts,
        created_at: delivery.created_at,
        answered_at: delivery.answered_at,
        status: delivery.status,
        error: delivery.error,
    }
}
