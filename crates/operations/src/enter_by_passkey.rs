use crate::check_passkey::{Asked, check_answer};
use crate::environment::Environment;
use crate::error::Failure;
use crate::keep_journal::{Deed, DeedOutcome, note_deed};
use crate::keep_passkeys::{CEREMONY_SECONDS, challenge_of, decoded, host_and_origin, new_challenge};
use crate::limit::Limit;
use crate::prove::pending;
use crate::sign_in::{Entered, Origin, begin_session, hash};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use std::sync::Arc;
use store::Ceremony;

/// What a browser needs to answer by a passkey (Web Authentication Level 2, section 5.5). It names no
/// key: whoever has one for this host chooses it, so that nothing is told of who has one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PasskeyRequest {
    /// What is signed, in base64url.
    pub challenge: String,
    /// The host for which the key was made.
    pub rp_id: String,
}

/// The answer of an authenticator, each part in base64url as the browser gives it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PasskeyAnswer<'a> {
    /// Name of the key.
    pub id: &'a str,
    /// What the browser says it was asked.
    pub client: &'a str,
    /// What the authenticator says.
    pub data: &'a str,
    /// The signature.
    pub signature: &'a str,
    /// The person, as the key remembers them.
    pub user: &'a str,
}

const ANSWERING: &str = "passkey";

/// Begins signing in by a passkey.
///
/// # Errors
/// - it was asked for too often;
/// - the store fails.
pub async fn begin_passkey_sign_in(
    environment: &Environment,
    origin: &Origin<'_>,
) -> Result<PasskeyRequest, Failure> {
    let now = environment.now();
    environment.limits.take(Limit::SignInFromNetwork, origin.network, now)?;
    let challenge = new_challenge();
    let ceremony = Ceremony {
        hash: hash(&challenge),
        kind: ANSWERING.to_owned(),
        body: "{}".to_owned(),
        expires_at: now.plus_seconds(CEREMONY_SECONDS),
    };
    environment.store.put_ceremony(&ceremony, now).await?;
    let (host, _) = host_and_origin(environment);
    Ok(PasskeyRequest { challenge, rp_id: host.to_owned() })
}

/// Signs in by a passkey: something that one has, unlocked by something that one knows or is, so that
/// no second proof is asked for. With `ticket` it is the second proof of a sign-in that waits for one.
///
/// # Errors
/// - [`Failure::NotSignedIn`] when anything of the answer does not hold, or the ticket is another's;
/// - it was tried too often;
/// - the store fails.
pub async fn enter_by_passkey(
    environment: &Arc<Environment>,
    answer: &PasskeyAnswer<'_>,
    ticket: Option<&str>,
    wanted: &str,
    origin: &Origin<'_>,
) -> Result<Entered, Failure> {
    let now = environment.now();
    environment.limits.take(Limit::SignInFromNetwork, origin.network, now)?;
    let no = |_| Failure::NotSignedIn;
    let id = decoded(answer.id).map_err(no)?;
    let (client, data) = (decoded(answer.client).map_err(no)?, decoded(answer.data).map_err(no)?);
    let signature = decoded(answer.signature).map_err(no)?;
    let challenge = challenge_of(&client).ok_or(Failure::NotSignedIn)?;
    let store = &environment.store;
    // Used up whatever comes of it: no answer is tried twice.
    store.take_ceremony(&hash(&challenge), ANSWERING, now).await?.ok_or(Failure::NotSignedIn)?;
    let key = store.passkey(&id).await?.ok_or(Failure::NotSignedIn)?;
    let refused = |why: &str| {
        let object = format!("passkey: {why}");
        note_deed(
            environment,
            &Deed {
                provider: &key.provider,
                person: Some(key.person),
                deed: "sign_in",
                object: &object,
                outcome: DeedOutcome::Refused,
                network: origin.network,
            },
        );
        Failure::NotSignedIn
    };
    // A key that remembers its owner remembers the one that we do.
    if !answer.user.is_empty() && answer.user != URL_SAFE_NO_PAD.encode(key.person.bytes()) {
        return Err(refused("it remembers another person"));
    }
    let (host, own) = host_and_origin(environment);
    let asked = Asked { challenge: &challenge, origin: own, host };
    let counted = check_answer(&client, &data, &signature, &key.public_key, key.counter, &asked)
        .map_err(|fault| refused(&fault.to_string()))?;
    let mut wanted = wanted.to_owned();
    let waiting = match ticket {
        Some(ticket) => {
            let (entry, person) = pending(environment, ticket).await?;
            if (&entry.provider, person.id) != (&key.provider, key.person) {
                return Err(refused("it is not the one of who signs in"));
            }
            wanted.clone_from(&entry.label);
            Some(entry)
        }
        None => None,
    };
    if !store.use_passkey(&id, key.counter, counted, now).await? {
        return Err(refused("it was used twice at once"));
    }
    if let Some(entry) = waiting {
        store.remove_sign_in(&entry.provider, entry.person, &entry.hash).await?;
    }
    begin_session(environment, &key.provider, key.person, &wanted, origin).await
}
