//! Signing in by an identity provider: there and back, bound to the browser that went.
//!
//! Source: OpenID Connect Core 1.0, section 3.1; RFC 7636 (PKCE); RFC 9207 (issuer of an answer).

use crate::check_id_token::{Expected, Identity, check_id_token, key_name};
use crate::environment::Environment;
use crate::error::Failure;
use crate::keep_people::{By, NewPerson, add_person, awaited};
use crate::limit::Limit;
use crate::note_attempt::{Attempt, note_attempt};
use crate::openid::OpenIdProvider;
use crate::proof::{Proof, Proven};
use crate::prove::{Admitted, admit};
use crate::sign_in::{Origin, begin_session, hash, secret};
use crate::tell_key_change::tell_key_change;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use desk::{AccountRole, Person, Role};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use store::{Ceremony, IdentityLink};
use words::KeyChange;

/// A way in by an identity provider, for the page that offers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenIdWay {
    /// Its name in addresses.
    pub key: String,
    /// What the button says.
    pub label: String,
}

/// Where a browser is sent, and what it keeps until it is back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Departure {
    /// The address at the identity provider.
    pub address: String,
    /// The secret that the browser keeps, for ten minutes.
    pub browser: String,
}

/// What a browser brings back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arrival {
    /// The code to be exchanged.
    pub code: String,
    /// What we gave along.
    pub state: String,
    /// The issuer that answers, where it says so.
    pub issuer: Option<String>,
    /// The secret that the browser kept.
    pub browser: String,
}

/// Seconds that somebody may spend at the identity provider.
const AWAY_SECONDS: i64 = 600;

const KIND: &str = "openid";

/// What is kept until a browser is back.
#[derive(Serialize, Deserialize)]
struct Away {
    key: String,
    nonce: String,
    verifier: String,
    wanted: String,
}

/// The identity providers that the sign-in page offers.
#[must_use]
pub fn openid_ways(environment: &Environment) -> Vec<OpenIdWay> {
    let shown = environment.installation.keys.openid.iter().filter(|known| known.is_shown);
    shown.map(|known| OpenIdWay { key: known.key.clone(), label: known.label.clone() }).collect()
}

/// The way in by an identity provider, shown on the sign-in page or not.
///
/// # Errors
/// When there is none of this name.
pub fn openid_way(environment: &Environment, key: &str) -> Result<OpenIdWay, Failure> {
    let known = known(environment, key)?;
    Ok(OpenIdWay { key: known.key.clone(), label: known.label.clone() })
}

fn known<'a>(environment: &'a Environment, key: &str) -> Result<&'a OpenIdProvider, Failure> {
    let found = environment.installation.keys.openid.iter().find(|known| known.key == key);
    found.ok_or(Failure::NotFound { what: "page" })
}

fn return_address(environment: &Environment, key: &str) -> String {
    format!("{}/connexion/openid/{key}/retour", environment.installation.public_url)
}

/// Begins signing in by an identity provider. With `again` it is to ask for a proof whether or not somebody is signed in
/// there, for who has something to change that matters (OpenID Connect Core 1.0, section 3.1.2.1).
///
/// # Errors
/// - there is none of this name;
/// - it does not answer, or not in a way that is understood: [`Failure::NotSignedIn`];
/// - it was asked for too often;
/// - the store fails.
pub async fn begin_openid(
    environment: &Arc<Environment>,
    key: &str,
    wanted: &str,
    again: bool,
    origin: &Origin<'_>,
) -> Result<Departure, Failure> {
    let known = known(environment, key)?;
    let now = environment.now();
    let taken = environment.limits.take(Limit::SignInFromNetwork, origin.network, now);
    taken.inspect_err(|_| drop(refused(environment, known, origin, "too often")))?;
    let metadata = match environment.issuers.metadata(&environment.issuers_way, &known.issuer, now).await {
        Ok(metadata) => metadata,
        Err(fault) => return Err(refused(environment, known, origin, &fault.to_string())),
    };
    let (state, browser, nonce, verifier) = (secret(), secret(), secret(), secret());
    let wanted: String = wanted.chars().take(500).collect();
    let away = Away { key: key.to_owned(), nonce, verifier, wanted };
    let ceremony = Ceremony {
        hash: hash(&bound(&state, &browser)),
        kind: KIND.to_owned(),
        body: serde_json::to_string(&away).expect("plain data"),
        expires_at: now.plus_seconds(AWAY_SECONDS),
    };
    environment.store.put_ceremony(&ceremony, now).await?;
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(away.verifier.as_bytes()));
    let back = return_address(environment, key);
    let query = form(&[
        ("response_type", "code"),
        ("client_id", &known.client),
        ("redirect_uri", &back),
        ("scope", "openid email profile"),
        ("state", &state),
        ("nonce", &away.nonce),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ]);
    let query = if again { format!("{query}&prompt=login&max_age=0") } else { query };
    let joint = if metadata.authorization_endpoint.contains('?') { '&' } else { '?' };
    let address = format!("{}{joint}{query}", metadata.authorization_endpoint);
    Ok(Departure { address, browser })
}

/// Ends signing in by an identity provider: exchanges the code, checks the token, and lets in whom it
/// names. Whoever is named for the first time is found by an address that the issuer has verified.
/// Whatever is wrong is answered alike and told in the journal.
///
/// # Errors
/// - there is no identity provider of this name;
/// - [`Failure::NotSignedIn`] when anything of it does not hold, or it names nobody who may come in;
/// - the store fails.
pub async fn enter_by_openid(
    environment: &Arc<Environment>,
    key: &str,
    arrival: &Arrival,
    origin: &Origin<'_>,
) -> Result<Admitted, Failure> {
    let known = known(environment, key)?;
    let taken = environment.limits.take(Limit::SignInFromNetwork, origin.network, environment.now());
    taken.inspect_err(|_| drop(refused(environment, known, origin, "too often")))?;
    match identify(environment, known, arrival).await? {
        Ok((identity, wanted)) => match person_of(environment, known, &identity, origin).await? {
            Ok(person) => {
                let proved = proves_second_factor(known, &identity);
                let (provider, person) = (&person.provider, person.id);
                // Whoever was signed in there since yesterday has proven nothing just now (ASVS 5.0, 7.6.1).
                let proven = Proven { by: vec![Proof::OpenId], at: identity.proved_at };
                if proved {
                    let entered =
                        begin_session(environment, provider, person, &wanted, origin, &proven).await?;
                    return Ok(Admitted::In(Box::new(entered)));
                }
                admit(environment, provider, person, &wanted, origin, proven).await
            }
            Err(reason) => Err(refused(environment, known, origin, reason)),
        },
        Err(reason) => Err(refused(environment, known, origin, &reason)),
    }
}

/// Tells the journal why, and nobody else.
fn refused(
    environment: &Arc<Environment>,
    known: &OpenIdProvider,
    origin: &Origin<'_>,
    why: &str,
) -> Failure {
    let by = format!("openid {}: {why}", known.key);
    let (provider, network) = (Some(&known.provider), origin.network);
    note_attempt(environment, &Attempt { provider, person: None, by: &by, network });
    Failure::NotSignedIn
}

type Judged<T> = Result<Result<T, String>, Failure>;

/// Who the identity provider says it is, and the page they wanted; or why that does not hold.
async fn identify(
    environment: &Arc<Environment>,
    known: &OpenIdProvider,
    arrival: &Arrival,
) -> Judged<(Identity, String)> {
    let now = environment.now();
    let no = |why: &str| Ok(Err(why.to_owned()));
    if arrival.state.is_empty() || arrival.browser.is_empty() {
        return no("nobody left from this browser");
    }
    let hash = hash(&bound(&arrival.state, &arrival.browser));
    let Some(kept) = environment.store.take_ceremony(&hash, KIND, now).await? else {
        return no("nobody left from this browser, or long ago, or came back before");
    };
    let away: Away = match serde_json::from_str(&kept) {
        Ok(away) => away,
        Err(error) => return no(&error.to_string()),
    };
    if away.key != known.key {
        return no("the answer comes to another door than the one left by");
    }
    let (way, issuers) = (&environment.issuers_way, &environment.issuers);
    let metadata = match issuers.metadata(way, &known.issuer, now).await {
        Ok(metadata) => metadata,
        Err(fault) => return no(&fault.to_string()),
    };
    let names_itself = arrival.issuer.is_some() || metadata.authorization_response_iss_parameter_supported;
    if names_itself && arrival.issuer.as_deref() != Some(known.issuer.as_str()) {
        return no("another issuer answers");
    }
    if arrival.code.is_empty() {
        return no("there is no code");
    }
    let back = return_address(environment, &known.key);
    let mut fields = vec![
        ("grant_type", "authorization_code"),
        ("code", arrival.code.as_str()),
        ("redirect_uri", back.as_str()),
        ("code_verifier", away.verifier.as_str()),
    ];
    let methods = metadata.token_endpoint_auth_methods_supported.as_deref().unwrap_or_default();
    let by_form = !methods.is_empty() && !methods.iter().any(|known| known == "client_secret_basic");
    let mut basic = None;
    match &known.secret {
        Some(secret) if by_form => {
            fields.extend([("client_id", known.client.as_str()), ("client_secret", secret.as_str())]);
        }
        Some(secret) => {
            let pair = format!("{}:{}", escaped(&known.client), escaped(secret));
            basic = Some(format!("Basic {}", STANDARD.encode(pair)));
        }
        None => fields.push(("client_id", known.client.as_str())),
    }
    let mut headers =
        vec![("Content-Type", "application/x-www-form-urlencoded"), ("Accept", "application/json")];
    if let Some(basic) = &basic {
        headers.push(("Authorization", basic));
    }
    let reply = match way.ask(&metadata.token_endpoint, &headers, Some(form(&fields).as_bytes())).await {
        Ok(reply) if reply.status == 200 => reply,
        Ok(reply) => return no(&format!("the issuer answers {} to the code", reply.status)),
        Err(error) => return no(&error.to_string()),
    };
    #[derive(Deserialize)]
    struct Tokens {
        id_token: String,
    }
    let Ok(Tokens { id_token }) = serde_json::from_slice(&reply.body) else {
        return no("the issuer gives no token");
    };
    let name = match key_name(&id_token) {
        Ok(name) => name,
        Err(fault) => return no(&fault.to_string()),
    };
    let keys = match issuers.keys(way, &known.issuer, name.as_deref(), now).await {
        Ok(keys) => keys,
        Err(fault) => return no(&fault.to_string()),
    };
    let expected = Expected { issuer: &known.issuer, client: &known.client, nonce: &away.nonce, now };
    match check_id_token(&id_token, &keys, &expected) {
        Ok(identity) => Ok(Ok((identity, away.wanted))),
        Err(fault) => no(&fault.to_string()),
    }
}

/// The person whom an identity means: the one linked to it, else the one with its verified address.
async fn person_of(
    environment: &Arc<Environment>,
    known: &OpenIdProvider,
    identity: &Identity,
    origin: &Origin<'_>,
) -> Result<Result<Person, &'static str>, Failure> {
    let (store, provider) = (&environment.store, &known.provider);
    let linked = store.linked_person(provider, &known.issuer, &identity.subject).await?;
    if let Some(person) = linked {
        return match covered(environment, known, person).await? {
            Some(person) => Ok(Ok(person)),
            None => Ok(Err("it does not vouch for this person")),
        };
    }
    let Some(email) = &identity.email else {
        return Ok(Err("the address is not verified, and nobody is linked"));
    };
    if !known.covers_address(email) {
        return Ok(Err("it does not vouch for addresses of this domain"));
    }
    let found = store.person_by_email(provider, email).await?;
    let is_awaited = awaited(environment, provider, email).await?.is_some();
    let makes = known.account.as_ref().filter(|_| known.makes_contacts && !known.domains.is_empty());
    let person = match (found, makes) {
        (Some(found), _) if makes.is_none() || !is_awaited => {
            match covered(environment, known, found.id).await? {
                Some(person) => person,
                None => return Ok(Err("it does not vouch for this person")),
            }
        }
        (_, Some(account)) => make_contact(environment, known, account, email, identity, origin).await?,
        _ => return Ok(Err("nobody has this address")),
    };
    // Somebody is one subject of an issuer for ever: an address that went to another is not them.
    let link = IdentityLink {
        provider: provider.clone(),
        issuer: known.issuer.clone(),
        subject: identity.subject.clone(),
        person: person.id,
        linked_at: environment.now(),
    };
    if !store.link_identity(&link).await? {
        return Ok(Err("the person of this address is linked to another subject"));
    }
    tell_key_change(environment, &person, KeyChange::Identity);
    Ok(Ok(person))
}

/// The contact of an account whom its identity provider vouches for, and whom the desk does not know, or who was asked in
/// somewhere and has not come.
async fn make_contact(
    environment: &Arc<Environment>,
    known: &OpenIdProvider,
    account: &str,
    email: &str,
    identity: &Identity,
    origin: &Origin<'_>,
) -> Result<Person, Failure> {
    let (store, provider) = (&environment.store, &known.provider);
    let name = identity.name.as_deref().unwrap_or(email);
    let new = NewPerson {
        name: name.chars().filter(|letter| !letter.is_control()).take(200).collect(),
        email: email.to_owned(),
        role: Role::Contact,
        language: Some(environment.provider(provider).await?.language.clone()),
        zone: None,
        accounts: vec![(account.to_owned(), AccountRole::Requester)],
        teams: Vec::new(),
    };
    let by = By { provider, person: None, network: origin.network };
    let id = add_person(environment, &by, &new).await?;
    store.person(provider, id).await?.ok_or(Failure::NotSignedIn)
}

/// The person, when the identity provider vouches for them: for all of the provider, or for contacts
/// of one account alone.
async fn covered(
    environment: &Environment,
    known: &OpenIdProvider,
    person: desk::PersonId,
) -> Result<Option<Person>, Failure> {
    let (store, provider) = (&environment.store, &known.provider);
    let Some((person, standings)) = store.person_with_standings(provider, person).await? else {
        return Ok(None);
    };
    let Some(key) = &known.account else { return Ok(Some(person)) };
    let account = store.account_by_key(provider, key).await?;
    let is_theirs = account.is_some_and(|account| standings.iter().any(|own| own.account == account.id));
    // Who speaks for others as well is not one customer's to vouch for.
    Ok(Some(person).filter(|person| person.role == Role::Contact && is_theirs && standings.len() == 1))
}

/// Whether the identity provider says that more than one thing was proven (RFC 8176).
fn proves_second_factor(known: &OpenIdProvider, identity: &Identity) -> bool {
    let has = |wanted: &[&str]| wanted.iter().all(|name| identity.methods.iter().any(|known| known == name));
    let by_class = identity.class.as_ref().is_some_and(|class| known.second_factor_classes.contains(class));
    by_class || has(&["mfa"]) || has(&["pwd", "otp"]) || has(&["pwd", "hwk"])
}

fn bound(state: &str, browser: &str) -> String {
    format!("{state}:{browser}")
}

/// Fields as a form writes them (URL standard, section 5.2).
fn form(fields: &[(&str, &str)]) -> String {
    fields.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect::<Vec<_>>().join("&")
}

fn escaped(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            byte => format!("%{byte:02X}"),
        })
        .collect()
}
