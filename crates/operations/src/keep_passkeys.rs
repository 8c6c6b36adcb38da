use crate::check_passkey::{Asked, check_made};
use crate::environment::{Environment, random_bytes};
use crate::error::Failure;
use crate::keep_keys::fresh;
use crate::prove::make_recovery_codes;
use crate::sign_in::hash;
use crate::tell_key_change::tell_key_change;
use crate::viewer::Viewer;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use calendar::Instant;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use store::{Ceremony, Credential, CredentialKind, Passkey};
use words::KeyChange;

/// A passkey as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasskeyView {
    /// Name by which it is removed; it lets nobody in.
    pub id: String,
    /// What its owner calls it.
    pub label: String,
    /// When it was made.
    pub made_at: Instant,
    /// When it was last used.
    pub used_at: Option<Instant>,
}

/// What a browser needs to make a passkey (Web Authentication Level 2, section 5.4). Bytes are in
/// base64url.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PasskeyCreation {
    /// What is signed.
    pub challenge: String,
    /// The host for which the key is made.
    pub rp_id: String,
    /// Name of the desk.
    pub rp_name: String,
    /// The person, by a name that says nothing of them.
    pub user_id: String,
    /// Their address.
    pub user_name: String,
    /// Their name.
    pub user_display_name: String,
    /// Keys that they have.
    pub exclude: Vec<String>,
}

/// Seconds that making a passkey, or answering by one, may take.
pub(crate) const CEREMONY_SECONDS: i64 = 300;

/// Passkeys of one person at most.
const PASSKEYS_AT_MOST: usize = 20;

const MAKING: &str = "passkey-made";

#[derive(Serialize, Deserialize)]
struct Making {
    provider: String,
    person: String,
}

/// Begins to make a passkey.
///
/// # Errors
/// - the sign-in is too long ago, or there are twenty;
/// - the store fails.
pub async fn begin_passkey(
    environment: &Environment,
    viewer: &Viewer,
    session: &str,
) -> Result<PasskeyCreation, Failure> {
    fresh(environment, viewer, session).await?;
    let (person, provider, now) = (&viewer.person, &viewer.provider, environment.now());
    let known = environment.store.passkeys_of(&provider.id, person.id).await?;
    if known.len() >= PASSKEYS_AT_MOST {
        return Err(Failure::Invalid { field: "passkey", problem: "error-passkeys-many".into() });
    }
    let challenge = new_challenge();
    let making = Making { provider: provider.id.0.clone(), person: person.id.to_string() };
    let ceremony = Ceremony {
        hash: hash(&bound(&challenge, session)),
        kind: MAKING.to_owned(),
        body: serde_json::to_string(&making).expect("plain data"),
        expires_at: now.plus_seconds(CEREMONY_SECONDS),
    };
    environment.store.put_ceremony(&ceremony, now).await?;
    let (host, _) = host_and_origin(environment);
    Ok(PasskeyCreation {
        challenge,
        rp_id: host.to_owned(),
        rp_name: provider.name.clone(),
        user_id: URL_SAFE_NO_PAD.encode(person.id.bytes()),
        user_name: person.email.clone(),
        user_display_name: person.name.clone(),
        exclude: known.iter().map(|key| URL_SAFE_NO_PAD.encode(&key.id)).collect(),
    })
}

/// Keeps the passkey that a browser made. Gives codes to keep on paper to whoever has none left for when it is lost.
///
/// # Errors
/// - the sign-in is too long ago, or the answer does not hold: [`Failure::Invalid`];
/// - the store fails.
pub async fn finish_passkey(
    environment: &Arc<Environment>,
    viewer: &Viewer,
    session: &str,
    label: &str,
    client: &str,
    attestation: &str,
) -> Result<Vec<String>, Failure> {
    fresh(environment, viewer, session).await?;
    let wrong = || Failure::Invalid { field: "passkey", problem: "error-passkey".into() };
    let (store, provider, person, now) =
        (&environment.store, &viewer.provider.id, viewer.person.id, environment.now());
    let label: String = label.trim().chars().filter(|letter| !letter.is_control()).take(80).collect();
    if label.is_empty() {
        return Err(Failure::Invalid { field: "label", problem: "error-token-label".into() });
    }
    let (client, attestation) = (decoded(client)?, decoded(attestation)?);
    let challenge = challenge_of(&client).ok_or_else(wrong)?;
    let kept = store.take_ceremony(&hash(&bound(&challenge, session)), MAKING, now).await?;
    let making: Option<Making> = kept.and_then(|body| serde_json::from_str(&body).ok());
    let is_theirs = |made: &Making| made.provider == provider.0 && made.person == person.to_string();
    making.filter(is_theirs).ok_or_else(wrong)?;
    let (host, origin) = host_and_origin(environment);
    let asked = Asked { challenge: &challenge, origin, host };
    let made = check_made(&client, &attestation, &asked).map_err(|fault| {
        tracing::info!(%fault, "a passkey was not kept");
        wrong()
    })?;
    let passkey = Passkey {
        id: made.id,
        provider: provider.clone(),
        person,
        label,
        public_key: made.public_key,
        counter: made.counter,
        created_at: now,
        used_at: None,
    };
    if !store.put_passkey(&passkey).await? {
        return Err(wrong());
    }
    tell_key_change(environment, &viewer.person, KeyChange::Passkey);
    let credentials = store.credentials(provider, person).await?;
    let has_codes = |known: &Credential| known.kind == CredentialKind::Recovery && !known.secret.is_empty();
    if credentials.iter().any(has_codes) {
        return Ok(Vec::new());
    }
    make_recovery_codes(environment, &viewer.person).await
}

/// Removes a passkey of the viewer's by its name.
///
/// # Errors
/// - the sign-in is too long ago, or they have no such passkey;
/// - the store fails.
pub async fn remove_passkey(
    environment: &Arc<Environment>,
    viewer: &Viewer,
    session: &str,
    name: &str,
) -> Result<(), Failure> {
    fresh(environment, viewer, session).await?;
    let missing = Failure::NotFound { what: "passkey" };
    let Ok(id) = URL_SAFE_NO_PAD.decode(name) else { return Err(missing) };
    match environment.store.remove_passkey(&viewer.provider.id, viewer.person.id, &id).await? {
        true => {
            tell_key_change(environment, &viewer.person, KeyChange::PasskeyGone);
            Ok(())
        }
        false => Err(missing),
    }
}

/// The passkeys of the viewer.
pub(crate) async fn view_passkeys(
    environment: &Environment,
    viewer: &Viewer,
) -> Result<Vec<PasskeyView>, Failure> {
    let known = environment.store.passkeys_of(&viewer.provider.id, viewer.person.id).await?;
    Ok(known
        .into_iter()
        .map(|key| PasskeyView {
            id: URL_SAFE_NO_PAD.encode(&key.id),
            label: key.label,
            made_at: key.created_at,
            used_at: key.used_at,
        })
        .collect())
}

/// Thirty-two random bytes, in base64url.
pub(crate) fn new_challenge() -> String {
    URL_SAFE_NO_PAD.encode(random_bytes::<32>())
}

/// The host and the origin of this installation, from its public address alone.
pub(crate) fn host_and_origin(environment: &Environment) -> (&str, &str) {
    let address = environment.installation.public_url.as_str();
    let start = address.find("://").map_or(0, |place| place + 3);
    let end = address[start..].find('/').map_or(address.len(), |place| start + place);
    let origin = &address[..end];
    let authority = &address[start..end];
    let port = authority.rfind(':').filter(|_| !authority.ends_with(']')).unwrap_or(authority.len());
    (&authority[..port], origin)
}

/// The challenge that an answer says it is to; what is believed of it is that a ceremony of its name
/// was begun.
pub(crate) fn challenge_of(client: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Said {
        challenge: String,
    }
    serde_json::from_slice::<Said>(client).ok().map(|said| said.challenge)
}

pub(crate) fn decoded(text: &str) -> Result<Vec<u8>, Failure> {
    URL_SAFE_NO_PAD
        .decode(text.trim())
        .map_err(|_| Failure::Invalid { field: "passkey", problem: "error-passkey".into() })
}

fn bound(challenge: &str, session: &str) -> String {
    format!("{challenge}:{session}")
}
