use crate::environment::Environment;
use crate::error::Failure;
use crate::keep_identities::{IdentityView, view_identities};
use crate::keep_notices::notice_choice;
use crate::keep_passkeys::{PasskeyView, view_passkeys};
use crate::note_attempt::{Attempt, note_attempt};
use crate::password;
use crate::proof::Proof;
use crate::prove::{
    Enrolment, begin_enrolment, enrolment_of, make_recovery_codes, opened, prove_second_factor,
};
use crate::sign_in::{Origin, hash, secret};
use crate::tell_key_change::tell_key_change;
use crate::unsubscribe::{Topic, is_wanted};
use crate::viewer::{Scope, Via, Viewer};
use calendar::Instant;
use data_encoding::HEXLOWER;
use desk::{NoticeChoice, Person, Right};
use std::sync::Arc;
use store::{Credential, CredentialKind, Purpose, Session, SignIn, Uses};
use words::KeyChange;

/// What a person can see of their own keys.
#[derive(Clone, Debug)]
pub struct KeysView {
    /// Sessions that are not over, the latest first.
    pub sessions: Vec<SessionView>,
    /// Whether there is a password.
    pub has_password: bool,
    /// Whether it is asked for before another is set.
    pub asks_password: bool,
    /// Since when there is a second factor.
    pub second_factor: Option<Instant>,
    /// A second factor that waits for its first code.
    pub enrolment: Option<Enrolment>,
    /// Passkeys, the oldest first.
    pub passkeys: Vec<PasskeyView>,
    /// Links to identity providers, the oldest first.
    pub identities: Vec<IdentityView>,
    /// How they want to be told.
    pub notices: NoticeChoice,
    /// Whether they want new versions announced; none for people of a provider, to whom they are not.
    pub announcements: Option<bool>,
    /// Codes on paper that were not used.
    pub recovery_codes: usize,
    /// Whether a code is asked for before others on paper are made: not in a session that was begun by a passkey.
    pub asks_code: bool,
    /// Tokens of programs, the latest first.
    pub tokens: Vec<TokenView>,
    /// Whether this session is young enough for what matters.
    pub is_fresh: bool,
    /// Characters of a new password at least.
    pub password_characters: usize,
    /// The instant of the view.
    pub now: Instant,
}

/// A session as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionView {
    /// Name by which it is ended; it lets nobody in.
    pub id: String,
    /// The browser, and from where.
    pub label: String,
    /// When it began.
    pub began_at: Instant,
    /// When it is over.
    pub ends_at: Instant,
    /// Whether it is the one that looks.
    pub is_this: bool,
}

/// A token of a program as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenView {
    /// Name by which it is ended or renewed; it lets nobody in.
    pub id: String,
    /// What its owner calls it.
    pub label: String,
    /// What it may do.
    pub scopes: Vec<String>,
    /// When it was made.
    pub made_at: Instant,
    /// When it lets nobody in any more.
    pub expires_at: Option<Instant>,
    /// When it was last used, to a few minutes.
    pub used_at: Option<Instant>,
}

/// Seconds for which a sign-in counts as just made: what matters asks for one (ASVS 5.0, 7.5.1).
const FRESH_SECONDS: i64 = 900;

/// Days of a token at most.
pub const TOKEN_DAYS: i64 = 365;

const DAY_SECONDS: i64 = 86_400;

/// Shows a person their own keys.
///
/// # Errors
/// When the store fails.
pub async fn view_keys(
    environment: &Environment,
    viewer: &Viewer,
    session: &str,
) -> Result<KeysView, Failure> {
    let (provider, person, now) = (&viewer.provider.id, viewer.person.id, environment.now());
    let store = &environment.store;
    let this = hash(session);
    let mut sessions = store.sessions_of(provider, person, now).await?;
    sessions.reverse();
    let own = sessions.iter().find(|known| known.hash == this);
    let is_fresh = own.is_some_and(|known| is_fresh(known, now));
    let is_by_mail = own.is_some_and(is_by_mail);
    let asks_code = !own.is_some_and(is_by_passkey);
    let credentials = store.credentials(provider, person).await?;
    let of = |kind| credentials.iter().find(|known| known.kind == kind);
    let second = of(CredentialKind::Totp);
    let enrolment = match second.filter(|known| known.confirmed_at.is_none() && is_fresh) {
        Some(known) => Some({
            let key = opened(environment, &viewer.person, &known.secret)?;
            enrolment_of(environment, &viewer.person, &key).await?
        }),
        None => None,
    };
    let asks_password = of(CredentialKind::Password).is_some() && !is_by_mail;
    let uses = store.token_uses(provider, person).await?;
    let mut tokens: Vec<TokenView> = store
        .sign_ins_of(provider, person)
        .await?
        .into_iter()
        .filter(|entry| entry.purpose == Purpose::ApiToken)
        .map(|entry| TokenView {
            id: name_of(&entry.hash),
            used_at: uses.iter().find(|(known, _)| *known == entry.hash).map(|(_, at)| *at),
            label: entry.label,
            scopes: entry.scopes,
            made_at: entry.created_at,
            expires_at: entry.expires_at,
        })
        .collect();
    tokens.reverse();
    Ok(KeysView {
        sessions: sessions
            .into_iter()
            .map(|known| SessionView {
                id: name_of(&known.hash),
                is_this: known.hash == this,
                label: known.label,
                began_at: known.created_at,
                ends_at: known.expires_at,
            })
            .collect(),
        has_password: of(CredentialKind::Password).is_some(),
        asks_password,
        second_factor: second.and_then(|known| known.confirmed_at),
        enrolment,
        passkeys: view_passkeys(environment, viewer).await?,
        identities: view_identities(environment, provider, person).await?,
        recovery_codes: of(CredentialKind::Recovery)
            .map_or(0, |known| known.secret.split_whitespace().count()),
        asks_code,
        tokens,
        notices: notice_choice(environment, viewer).await?,
        announcements: match viewer.is_staff() {
            true => None,
            false => Some(is_wanted(environment, viewer, Topic::Releases).await?),
        },
        is_fresh,
        password_characters: characters(&viewer.person),
        now,
    })
}

fn is_fresh(session: &Session, now: Instant) -> bool {
    session.proved_at.is_some_and(|proved_at| proved_at.plus_seconds(FRESH_SECONDS) >= now)
}

/// Whether a session was begun by a mail: whoever reads their mail may have forgotten their password.
fn is_by_mail(session: &Session) -> bool {
    is_by(session, &[Proof::Link, Proof::Code])
}

fn is_by_passkey(session: &Session) -> bool {
    is_by(session, &[Proof::Passkey])
}

/// Whether one of these was given as a session began.
fn is_by(session: &Session, proofs: &[Proof]) -> bool {
    session.proofs.split(' ').any(|given| proofs.iter().any(|proof| proof.as_str() == given))
}

/// A name for a session or a token by which its owner can mean it, and nobody come in.
fn name_of(hash: &[u8; 32]) -> String {
    HEXLOWER.encode(&hash[..8])
}

fn characters(person: &Person) -> usize {
    if person.role.is_staff() { password::STAFF_CHARACTERS } else { password::CONTACT_CHARACTERS }
}

/// What matters asks for a sign-in that was just made.
pub(crate) async fn fresh(
    environment: &Environment,
    viewer: &Viewer,
    session: &str,
) -> Result<Session, Failure> {
    if !viewer.may(Right::KeepOwnKeys) {
        return Err(Failure::NotPermitted);
    }
    let now = environment.now();
    let found = environment.store.session(&hash(session), now).await?;
    found
        .filter(|found| is_fresh(found, now))
        .ok_or(Failure::Invalid { field: "session", problem: "error-session-old".into() })
}

/// As [`fresh`], for what programs do as well: a token has its scopes, and no sign-in that grows old.
pub(crate) async fn fresh_in_session(
    environment: &Environment,
    viewer: &Viewer,
    session: Option<&str>,
) -> Result<(), Failure> {
    match viewer.via {
        Via::Session => fresh(environment, viewer, session.unwrap_or_default()).await.map(drop),
        Via::Token { .. } => Ok(()),
    }
}

/// A password to be set.
#[derive(Clone, Copy, Debug, Default)]
pub struct NewPassword<'a> {
    /// The one there is; not asked for in a session that was begun by a mail.
    pub current: &'a str,
    /// The new one.
    pub new: &'a str,
    /// Whether the tokens of programs end with the old one.
    pub ends_tokens: bool,
}

/// Sets a password, in place of the one there was. Every other session ends, and every link and code that was sent.
///
/// # Errors
/// - the sign-in is too long ago, the current password is not that, or the new one is weak: [`Failure::Invalid`];
/// - wrong ones were given too often;
/// - the store fails.
pub async fn set_password(
    environment: &Arc<Environment>,
    viewer: &Viewer,
    session: &str,
    wanted: &NewPassword<'_>,
    origin: &Origin<'_>,
) -> Result<(), Failure> {
    let this = fresh(environment, viewer, session).await?;
    if !is_by_mail(&this) {
        prove_password(environment, viewer, wanted.current, origin).await?;
    }
    let new = wanted.new;
    let person = &viewer.person;
    let mut own: Vec<&str> = person.name.split_whitespace().collect();
    own.extend(person.email.split(['@', '.']));
    own.extend(viewer.provider.name.split_whitespace());
    if let Err(weakness) = password::check_new(new, characters(person), &own) {
        let problem = match weakness {
            password::Weakness::Short => "error-password-short",
            password::Weakness::Long => "error-password-long",
            password::Weakness::Common => "error-password-common",
            password::Weakness::Own => "error-password-own",
        };
        return Err(Failure::Invalid { field: "password", problem: problem.into() });
    }
    let now = environment.now();
    let made = Credential {
        kind: CredentialKind::Password,
        secret: password::hash(new.to_owned()).await,
        last_step: 0,
        created_at: now,
        confirmed_at: Some(now),
    };
    let provider = &viewer.provider.id;
    environment.store.put_credential(provider, person.id, &made).await?;
    environment.store.end_other_sessions(provider, person.id, &hash(session)).await?;
    environment.store.end_links(provider, person.id).await?;
    if wanted.ends_tokens {
        environment.store.end_tokens(provider, person.id).await?;
    }
    environment.rights_changed();
    tell_key_change(environment, person, KeyChange::Password);
    Ok(())
}

/// Whoever has a password gives it (ASVS 5.0, 6.2.3). Wrong ones count as they do at the gate.
async fn prove_password(
    environment: &Arc<Environment>,
    viewer: &Viewer,
    given: &str,
    origin: &Origin<'_>,
) -> Result<(), Failure> {
    let (provider, person, now) = (&viewer.provider.id, viewer.person.id, environment.now());
    let credentials = environment.store.credentials(provider, person).await?;
    let known = credentials.into_iter().find(|known| known.kind == CredentialKind::Password);
    let Some(known) = known else { return Ok(()) };
    let begun = environment.password_tries.begin(&format!("own {person}"), now)?;
    if password::verify(given.to_owned(), Some(known.secret)).await {
        environment.password_tries.take_back(begun);
        return Ok(());
    }
    let (by, network) = ("password: the current one", origin.network);
    note_attempt(environment, &Attempt { provider: Some(provider), person: Some(person), by, network });
    Err(Failure::Invalid { field: "current", problem: "error-password-current".into() })
}

/// Begins a second factor; one that was confirmed counts until the new one is.
///
/// # Errors
/// - the sign-in is too long ago;
/// - there is one: it is removed first;
/// - the store fails.
pub async fn begin_second_factor(
    environment: &Environment,
    viewer: &Viewer,
    session: &str,
) -> Result<Enrolment, Failure> {
    fresh(environment, viewer, session).await?;
    let credentials = environment.store.credentials(&viewer.provider.id, viewer.person.id).await?;
    if credentials.iter().any(|known| known.kind == CredentialKind::Totp && known.confirmed_at.is_some()) {
        return Err(Failure::NotPermitted);
    }
    begin_enrolment(environment, &viewer.person).await
}

/// Confirms a second factor by its first code. Gives the codes to keep on paper.
///
/// # Errors
/// - it is not the code, or the sign-in is too long ago;
/// - the store fails.
pub async fn confirm_second_factor(
    environment: &Arc<Environment>,
    viewer: &Viewer,
    session: &str,
    code: &str,
) -> Result<Vec<String>, Failure> {
    fresh(environment, viewer, session).await?;
    let (_, codes) = prove_second_factor(environment, &viewer.person, code).await?;
    tell_key_change(environment, &viewer.person, KeyChange::SecondFactor);
    Ok(codes)
}

/// Removes the second factor, with a code of it. Whoever has to have one sets up another as they
/// next come in.
///
/// # Errors
/// - it is not the code, or the sign-in is too long ago;
/// - the store fails.
pub async fn remove_second_factor(
    environment: &Arc<Environment>,
    viewer: &Viewer,
    session: &str,
    code: &str,
) -> Result<(), Failure> {
    fresh(environment, viewer, session).await?;
    prove_second_factor(environment, &viewer.person, code).await?;
    let (provider, person) = (&viewer.provider.id, viewer.person.id);
    environment.store.remove_credential(provider, person, CredentialKind::Totp).await?;
    // Whoever has passkeys keeps the codes on paper for when these are lost.
    if environment.store.passkeys_of(provider, person).await?.is_empty() {
        environment.store.remove_credential(provider, person, CredentialKind::Recovery).await?;
    }
    tell_key_change(environment, &viewer.person, KeyChange::SecondFactorGone);
    Ok(())
}

/// Makes new codes on paper, with a code of the second factor or in a session that was begun by a passkey; the old ones
/// count no more.
///
/// # Errors
/// - it is not the code, or the sign-in is too long ago;
/// - the store fails.
pub async fn renew_recovery_codes(
    environment: &Arc<Environment>,
    viewer: &Viewer,
    session: &str,
    code: &str,
) -> Result<Vec<String>, Failure> {
    let this = fresh(environment, viewer, session).await?;
    if !is_by_passkey(&this) {
        prove_second_factor(environment, &viewer.person, code).await?;
    }
    let codes = make_recovery_codes(environment, &viewer.person).await?;
    tell_key_change(environment, &viewer.person, KeyChange::RecoveryCodes);
    Ok(codes)
}

/// Ends a session of the viewer's by its name, or with none every one but this (ASVS 5.0, 7.5.2).
///
/// # Errors
/// - the sign-in is too long ago;
/// - they have no such session;
/// - the store fails.
pub async fn end_sessions(
    environment: &Environment,
    viewer: &Viewer,
    session: &str,
    name: Option<&str>,
) -> Result<(), Failure> {
    fresh(environment, viewer, session).await?;
    let (provider, person) = (&viewer.provider.id, viewer.person.id);
    match name {
        Some(name) => {
            let known = environment.store.sessions_of(provider, person, environment.now()).await?;
            let found = known.iter().find(|known| name_of(&known.hash) == name);
            let found = found.ok_or(Failure::NotFound { what: "session" })?;
            environment.store.end_session(&found.hash).await?;
        }
        None => {
            environment.store.end_other_sessions(provider, person, &hash(session)).await?;
        }
    }
    environment.rights_changed();
    Ok(())
}

/// Makes a token for a program of the viewer's. Gives its secret, which is shown this once.
///
/// # Errors
/// - the sign-in is too long ago, the label is empty, no scope is given, or the days are none;
/// - the store fails.
pub async fn make_token(
    environment: &Arc<Environment>,
    viewer: &Viewer,
    session: &str,
    label: &str,
    scopes: &[Scope],
    days: i64,
) -> Result<String, Failure> {
    fresh(environment, viewer, session).await?;
    let invalid = |field| Failure::Invalid { field, problem: format!("error-token-{field}") };
    let label: String = label.trim().chars().take(80).collect();
    if label.is_empty() {
        return Err(invalid("label"));
    }
    if scopes.is_empty() {
        return Err(invalid("scopes"));
    }
    if !(1..=TOKEN_DAYS).contains(&days) {
        return Err(invalid("days"));
    }
    let scopes = scopes.iter().map(|scope| scope.as_str().to_owned()).collect();
    let token = keep_token(environment, viewer, label, scopes, days * DAY_SECONDS).await?;
    tell_key_change(environment, &viewer.person, KeyChange::Token);
    Ok(token)
}

/// Renews a token of the viewer's: a new secret with the same label, scopes and length of life. The
/// old secret lets nobody in from then on.
///
/// # Errors
/// - they have no such token, or the sign-in is too long ago;
/// - the store fails.
pub async fn renew_token(
    environment: &Arc<Environment>,
    viewer: &Viewer,
    session: &str,
    name: &str,
) -> Result<String, Failure> {
    fresh(environment, viewer, session).await?;
    let old = token_named(environment, viewer, name).await?;
    let life = old.expires_at.map_or(TOKEN_DAYS * DAY_SECONDS, |until| {
        (until.milliseconds() - old.created_at.milliseconds()) / 1000
    });
    let life = life.clamp(DAY_SECONDS, TOKEN_DAYS * DAY_SECONDS);
    let fresh = keep_token(environment, viewer, old.label.clone(), old.scopes.clone(), life).await?;
    environment.store.remove_sign_in(&old.provider, old.person, &old.hash).await?;
    tell_key_change(environment, &viewer.person, KeyChange::Token);
    Ok(fresh)
}

/// Ends a token of the viewer's.
///
/// # Errors
/// - they have no such token;
/// - the store fails.
pub async fn end_token(environment: &Environment, viewer: &Viewer, name: &str) -> Result<(), Failure> {
    let old = token_named(environment, viewer, name).await?;
    environment.store.remove_sign_in(&old.provider, old.person, &old.hash).await?;
    Ok(())
}

async fn token_named(environment: &Environment, viewer: &Viewer, name: &str) -> Result<SignIn, Failure> {
    let known = environment.store.sign_ins_of(&viewer.provider.id, viewer.person.id).await?;
    known
        .into_iter()
        .find(|entry| entry.purpose == Purpose::ApiToken && name_of(&entry.hash) == name)
        .ok_or(Failure::NotFound { what: "token" })
}

async fn keep_token(
    environment: &Environment,
    viewer: &Viewer,
    label: String,
    scopes: Vec<String>,
    life_seconds: i64,
) -> Result<String, Failure> {
    let token = secret();
    let now = environment.now();
    let entry = SignIn {
        hash: hash(&token),
        provider: viewer.provider.id.clone(),
        person: viewer.person.id,
        purpose: Purpose::ApiToken,
        label,
        scopes,
        created_at: now,
        expires_at: Some(now.plus_seconds(life_seconds)),
        uses: Uses::Many,
    };
    environment.store.put_sign_in(&entry).await?;
    Ok(token)
}
