use crate::check_passkey::{Asked, check_answer};
use crate::environment::Environment;
use crate::error::Failure;
use crate::keep_passkeys::{CEREMONY_SECONDS, challenge_of, decoded, host_and_origin, new_challenge};
use crate::limit::Limit;
use crate::note_attempt::{Attempt, note_attempt};
use crate::proof::{Proof, Proven};
use crate::prove::{forget_passwords_alone, pending, proven_for};
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
    environment: &Arc<Environment>,
    origin: &Origin<'_>,
) -> Result<PasskeyRequest, Failure> {
    let now = environment.now();
    environment.limits.take(Limit::SignInFromNetwork, origin.network, now).inspect_err(|_| {
        let by = "passkey: too often";
        note_attempt(environment, &Attempt { provider: None, person: None, by, network: origin.network });
    })?;
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
    let network = origin.network;
    let nobody = |why: &str| {
        let by = format!("passkey: {why}");
        note_attempt(environment, &Attempt { provider: None, person: None, by: &by, network });
        Failure::NotSignedIn
    };
    let taken = environment.limits.take(Limit::SignInFromNetwork, network, now);
    taken.inspect_err(|_| drop(nobody("too often")))?;
    let no = |_| nobody("it cannot be read");
    let id = decoded(answer.id).map_err(no)?;
    let (client, data) = (decoded(answer.client).map_err(no)?, decoded(answer.data).map_err(no)?);
    let signature = decoded(answer.signature).map_err(no)?;
    let challenge = challenge_of(&client).ok_or_else(|| nobody("it cannot be read"))?;
    let store = &environment.store;
    // Used up whatever comes of it: no answer is tried twice.
    let asked = store.take_ceremony(&hash(&challenge), ANSWERING, now).await?;
    asked.ok_or_else(|| nobody("nobody asked"))?;
    let key = store.passkey(&id).await?.ok_or_else(|| nobody("nobody has it"))?;
    let refused = |why: &str| {
        let by = format!("passkey: {why}");
        let (provider, person) = (Some(&key.provider), Some(key.person));
        note_attempt(environment, &Attempt { provider, person, by: &by, network });
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
    let mut proven = Proven::now(Proof::Passkey, now);
    if let Some(entry) = waiting {
        store.remove_sign_in(&entry.provider, entry.person, &entry.hash).await?;
        proven = proven_for(&entry)?.and(Proof::Passkey, now);
        forget_passwords_alone(environment, key.person);
    }
    begin_session(environment, &key.provider, key.person, &wanted, origin, &proven).await
}
