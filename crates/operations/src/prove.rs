//! Ways in other than a link, and the second step that some people take.

use crate::browser_pass::browser_of;
use crate::environment::{Environment, random_bytes};
use crate::error::Failure;
use crate::installation::SecondFactor;
use crate::limit::Limit;
use crate::note_attempt::{Attempt, note_attempt};
use crate::password;
use crate::password_tries::MANY;
use crate::proof::{Proof, Proven};
use crate::seal_second_factors::{open, seal};
use crate::sign_in::{Entered, Origin, begin_session, hash, secret};
use crate::tell_key_change::tell_key_change;
use crate::totp;
use data_encoding::HEXLOWER;
use desk::{Person, PersonId, ProviderId};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use store::{Credential, CredentialKind, Purpose, SignIn, StoreError, Uses};
use words::KeyChange;

/// How a first proof ended.
#[derive(Debug)]
pub enum Admitted {
    /// Let in.
    In(Box<Entered>),
    /// A second proof is wanted first.
    Second(SecondStep),
}

/// The second step of signing in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecondStep {
    /// The secret that continues this sign-in; it works for ten minutes.
    pub ticket: String,
    /// Whether they may show a passkey.
    pub has_passkey: bool,
    /// Whether a code may be given: of an application, or one on paper.
    pub has_code: bool,
    /// The key to put into an application that makes codes, when there is none yet.
    pub enrolment: Option<Enrolment>,
}

/// A second factor in the making.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enrolment {
    /// The key, in letters that people can type.
    pub key: String,
    /// The key as an address that applications understand.
    pub address: String,
}

/// How long a second step waits.
const TICKET_SECONDS: i64 = 600;

/// How many codes on paper there are.
const RECOVERY_CODES: usize = 10;

/// Signs in by address and password: at the first provider, by its id, where it is theirs. Unknown addresses, people
/// without a password and wrong ones are told apart neither by the answer nor by the time it takes, but for who has
/// passwords at several providers. `pass` is what the browser keeps of whoever came in by
/// it, or nothing: wrong passwords count by address and network, and apart in a browser that is known.
///
/// # Errors
/// - [`Failure::NotSignedIn`] when it is not theirs;
/// - it was tried too often;
/// - the store fails.
pub async fn enter_by_password(
    environment: &Arc<Environment>,
    address: &str,
    given: &str,
    wanted: &str,
    pass: &str,
    origin: &Origin<'_>,
) -> Result<Admitted, Failure> {
    let now = environment.now();
    let address = address.trim().to_lowercase();
    let by = Proof::Password.as_str();
    let attempt = Attempt { provider: None, person: None, by, network: origin.network };
    let tries = &environment.password_tries;
    let begun = match browser_of(environment, pass, &address).await? {
        Some(browser) => tries.begin(&format!("browser {browser}"), now),
        None => environment
            .limits
            .take(Limit::PasswordFromNetwork, origin.network, now)
            .and_then(|()| tries.begin(&format!("{} {address}", origin.network), now)),
    };
    let begun = begun.inspect_err(|_| {
        note_attempt(environment, &Attempt { by: "password: too often", ..attempt });
    })?;
    let candidates = with_passwords(environment, &address).await?;
    let wrong_ones = format!("wrong {address}");
    let Some(person) = whose(given, &candidates).await else {
        tries.count(&wrong_ones, now);
        for (person, _) in &candidates {
            let (provider, whose) = (Some(&person.provider), Some(person.id));
            note_attempt(environment, &Attempt { provider, person: whose, ..attempt });
        }
        if candidates.is_empty() {
            note_attempt(environment, &attempt);
        }
        return Err(Failure::NotSignedIn);
    };
    tries.take_back(begun);
    if tries.forget(&wrong_ones, now) >= MANY {
        tell_key_change(environment, person, KeyChange::AfterWrongPasswords);
    }
    let proven = Proven::now(Proof::Password, now);
    let admitted = admit(environment, &person.provider, person.id, wanted, origin, proven).await?;
    // The right password again and again, and never the second proof: somebody else has the password.
    if matches!(admitted, Admitted::Second(_)) && tries.count(&alone(person.id), now) == PASSWORDS_ALONE {
        tell_key_change(environment, person, KeyChange::PasswordAlone);
    }
    Ok(admitted)
}

/// Those who have an address and have not left, each with their password: one of a provider at most.
async fn with_passwords(environment: &Environment, address: &str) -> Result<Vec<(Person, String)>, Failure> {
    let store = &environment.store;
    let mut found = Vec::new();
    let people = store.people_by_email(address).await?;
    if people.is_empty() {
        // As much is read as of somebody, so that the time does not tell that there is nobody.
        let (provider, nobody) = (ProviderId(String::new()), PersonId(0));
        store.person_with_standings(&provider, nobody).await?;
        store.credentials(&provider, nobody).await?;
    }
    for person in people {
        if store.person_with_standings(&person.provider, person.id).await?.is_none() {
            continue;
        }
        let credentials = store.credentials(&person.provider, person.id).await?;
        let password = credentials.into_iter().find(|known| known.kind == CredentialKind::Password);
        found.extend(password.map(|password| (person, password.secret)));
    }
    Ok(found)
}

/// Whose password was given. One is verified at least, so that the time taken does not tell who has none.
async fn whose<'a>(given: &str, candidates: &'a [(Person, String)]) -> Option<&'a Person> {
    if candidates.is_empty() {
        password::verify(given.to_owned(), None).await;
    }
    for (person, secret) in candidates {
        if password::verify(given.to_owned(), Some(secret.clone())).await {
            return Some(person);
        }
    }
    None
}

/// Right passwords within a day without the second proof, after which their owner is told.
const PASSWORDS_ALONE: usize = 3;

/// The second proof followed: the password was their own to give.
pub(crate) fn forget_passwords_alone(environment: &Environment, person: PersonId) {
    environment.password_tries.forget(&alone(person), environment.now());
}

/// Where right passwords without a second proof are counted.
fn alone(person: PersonId) -> String {
    format!("alone {person}")
}

/// Signs in by the code of a mail, in the browser that asked for it.
///
/// # Errors
/// - [`Failure::NotSignedIn`] when it is not the code, or too old;
/// - it was tried too often;
/// - the store fails.
pub async fn enter_by_code(
    environment: &Arc<Environment>,
    browser: &str,
    code: &str,
    origin: &Origin<'_>,
) -> Result<Admitted, Failure> {
    let now = environment.now();
    let attempt = Attempt { provider: None, person: None, by: Proof::Code.as_str(), network: origin.network };
    environment
        .limits
        .take(Limit::SignInFromNetwork, origin.network, now)
        .and_then(|()| environment.limits.take(Limit::CodeForSignIn, browser, now))
        .inspect_err(|_| note_attempt(environment, &Attempt { by: "code: too often", ..attempt }))?;
    let digits: String = code.chars().filter(char::is_ascii_digit).collect();
    let found = environment.store.use_sign_in(&hash(&coded(browser, &digits)), now).await?;
    let Some(found) = found.filter(|found| found.purpose == Purpose::Code) else {
        note_attempt(environment, &attempt);
        return Err(Failure::NotSignedIn);
    };
    // The link of the same mail, and what was sent before it, are of no more use to anybody.
    environment.store.end_mailed(&found.provider, found.person).await?;
    let proven = Proven::now(Proof::Code, now);
    admit(environment, &found.provider, found.person, &found.label, origin, proven).await
}

/// The secret that a browser and the code of a mail make together.
pub(crate) fn coded(browser: &str, code: &str) -> String {
    format!("{browser}:{code}")
}

/// Six digits.
pub(crate) fn digits() -> String {
    format!("{:06}", u64::from_be_bytes(random_bytes()) % 1_000_000)
}

/// Lets in whoever has given a first proof, or asks for a second one where that is due: of everybody
/// who has one, and of the provider's people when the installation says so.
pub(crate) async fn admit(
    environment: &Arc<Environment>,
    provider: &ProviderId,
    person: PersonId,
    wanted: &str,
    origin: &Origin<'_>,
    proven: Proven,
) -> Result<Admitted, Failure> {
    let found = environment.store.person_with_standings(provider, person).await?;
    let (person, _) = found.ok_or(Failure::NotSignedIn)?;
    let credentials = environment.store.credentials(provider, person.id).await?;
    let second = credentials.iter().find(|known| known.kind == CredentialKind::Totp);
    let has_passkey = !environment.store.passkeys_of(provider, person.id).await?.is_empty();
    let has_one = has_passkey || second.is_some_and(|known| known.confirmed_at.is_some());
    let is_due = person.role.is_staff() && environment.installation.second_factor == SecondFactor::OfStaff;
    if !has_one && !is_due {
        let entered = begin_session(environment, provider, person.id, wanted, origin, &proven).await?;
        return Ok(Admitted::In(Box::new(entered)));
    }
    let now = environment.now();
    let ticket = secret();
    let entry = SignIn {
        hash: hash(&ticket),
        provider: provider.clone(),
        person: person.id,
        purpose: Purpose::Second,
        label: wanted.to_owned(),
        // What it allows is a second proof after these.
        scopes: proven.names(),
        created_at: now,
        expires_at: Some(now.plus_seconds(TICKET_SECONDS)),
        uses: Uses::Many,
    };
    environment.store.put_sign_in(&entry).await?;
    let enrolment = if has_one { None } else { Some(begin_enrolment(environment, &person).await?) };
    let has_code = enrolment.is_some() || takes_codes(&credentials);
    Ok(Admitted::Second(SecondStep { ticket, has_passkey, has_code, enrolment }))
}

/// Whether a code of an application or one on paper would be taken.
fn takes_codes(credentials: &[Credential]) -> bool {
    credentials.iter().any(|known| match known.kind {
        CredentialKind::Totp => known.confirmed_at.is_some(),
        CredentialKind::Recovery => !known.secret.is_empty(),
        CredentialKind::Password => false,
    })
}

/// The second step again, for the page that asks once more.
///
/// # Errors
/// - [`Failure::NotSignedIn`] when the ticket is none, or too old;
/// - the store fails.
pub async fn second_step(environment: &Environment, ticket: &str) -> Result<SecondStep, Failure> {
    let (entry, person) = pending(environment, ticket).await?;
    let credentials = environment.store.credentials(&entry.provider, entry.person).await?;
    let second = credentials.iter().find(|known| known.kind == CredentialKind::Totp);
    let has_passkey = !environment.store.passkeys_of(&entry.provider, entry.person).await?.is_empty();
    let enrolment = match second {
        _ if has_passkey => None,
        Some(known) if known.confirmed_at.is_none() => {
            Some(enrolment_of(environment, &person, &opened(environment, &person, &known.secret)?).await?)
        }
        Some(_) => None,
        None => Some(begin_enrolment(environment, &person).await?),
    };
    let has_code = enrolment.is_some() || takes_codes(&credentials);
    Ok(SecondStep { ticket: ticket.to_owned(), has_passkey, has_code, enrolment })
}

/// Takes the second step: a code of the application, or one on paper. Whoever had no second factor
/// has one from now on, and is given the codes to keep on paper.
///
/// # Errors
/// - [`Failure::NotSignedIn`] when the ticket is none, or too old;
/// - [`Failure::Invalid`] when it is not the code;
/// - it was tried too often;
/// - the store fails.
pub async fn take_second_step(
    environment: &Arc<Environment>,
    ticket: &str,
    code: &str,
    origin: &Origin<'_>,
) -> Result<(Entered, Vec<String>), Failure> {
    let network = origin.network;
    let (entry, person) = pending(environment, ticket).await.inspect_err(|_| {
        note_attempt(environment, &Attempt { provider: None, person: None, by: "second proof", network });
    })?;
    let (by, codes) = prove_second_factor(environment, &person, code).await.inspect_err(|failure| {
        let by = match failure {
            Failure::TooMany { .. } => "second proof: too often",
            _ => "second proof",
        };
        let provider = Some(&person.provider);
        note_attempt(environment, &Attempt { provider, person: Some(person.id), by, network });
    })?;
    if !codes.is_empty() {
        tell_key_change(environment, &person, KeyChange::SecondFactor);
    }
    environment.store.remove_sign_in(&entry.provider, entry.person, &entry.hash).await?;
    let proven = proven_for(&entry)?.and(by, environment.now());
    let entered =
        begin_session(environment, &entry.provider, entry.person, &entry.label, origin, &proven).await?;
    forget_passwords_alone(environment, person.id);
    Ok((entered, codes))
}

/// What was proven before a second proof was asked for.
pub(crate) fn proven_for(ticket: &SignIn) -> Result<Proven, Failure> {
    Proven::named(ticket.scopes.iter().map(String::as_str), None)
}

pub(crate) async fn pending(environment: &Environment, ticket: &str) -> Result<(SignIn, Person), Failure> {
    let entry = environment.store.peek_sign_in(&hash(ticket), environment.now()).await?;
    let entry = entry.filter(|entry| entry.purpose == Purpose::Second).ok_or(Failure::NotSignedIn)?;
    let found = environment.store.person_with_standings(&entry.provider, entry.person).await?;
    let (person, _) = found.ok_or(Failure::NotSignedIn)?;
    Ok((entry, person))
}

/// Checks a code of a person, and uses it up. Gives the codes on paper when this confirmed a second
/// factor that was in the making.
pub(crate) async fn prove_second_factor(
    environment: &Environment,
    person: &Person,
    code: &str,
) -> Result<(Proof, Vec<String>), Failure> {
    let now = environment.now();
    let wrong = || Failure::Invalid { field: "code", problem: "error-code".into() };
    environment.limits.take(Limit::SecondFactorOfPerson, &person.id.to_string(), now)?;
    let store = &environment.store;
    let credentials = store.credentials(&person.provider, person.id).await?;
    let second = credentials.iter().find(|known| known.kind == CredentialKind::Totp);
    if let Some(second) = second
        && let Some(step) = totp::step_of(&opened(environment, person, &second.secret)?, code, now)
    {
        if !store.use_step(&person.provider, person.id, step).await? {
            return Err(wrong());
        }
        if second.confirmed_at.is_some() {
            return Ok((Proof::Application, Vec::new()));
        }
        let confirmed = Credential { last_step: step, confirmed_at: Some(now), ..second.clone() };
        store.put_credential(&person.provider, person.id, &confirmed).await?;
        return Ok((Proof::Application, make_recovery_codes(environment, person).await?));
    }
    let paper = credentials.iter().find(|known| known.kind == CredentialKind::Recovery).ok_or_else(wrong)?;
    let used = code_hash(code);
    let mut left: Vec<&str> = paper.secret.split(' ').filter(|known| !known.is_empty()).collect();
    let before = left.len();
    left.retain(|known| *known != used);
    let is_one = left.len() < before;
    let (provider, kind) = (&person.provider, CredentialKind::Recovery);
    if is_one && store.exchange_secret(provider, person.id, kind, &paper.secret, &left.join(" ")).await? {
        return Ok((Proof::Paper, Vec::new()));
    }
    Err(wrong())
}

/// Makes a new key for codes, which counts once a code of it was given.
pub(crate) async fn begin_enrolment(
    environment: &Environment,
    person: &Person,
) -> Result<Enrolment, Failure> {
    // 160 bits, as RFC 4226 recommends in section 4.
    let key = totp::encoded(&random_bytes::<20>());
    let made = Credential {
        kind: CredentialKind::Totp,
        secret: seal(&environment.installation.keys.sealing, &person.provider, person.id, &key),
        last_step: 0,
        created_at: environment.now(),
        confirmed_at: None,
    };
    environment.store.put_credential(&person.provider, person.id, &made).await?;
    enrolment_of(environment, person, &key).await
}

/// The key of a second factor, as it was before it was sealed.
pub(crate) fn opened(environment: &Environment, person: &Person, stored: &str) -> Result<String, Failure> {
    let keys = &environment.installation.keys.sealing;
    open(keys, &person.provider, person.id, stored).map_err(|fault| {
        tracing::error!(error = &fault as &dyn std::error::Error, "a second factor cannot be read");
        Failure::Store(StoreError::Corrupt { what: fault.to_string() })
    })
}

pub(crate) async fn enrolment_of(
    environment: &Environment,
    person: &Person,
    key: &str,
) -> Result<Enrolment, Failure> {
    let provider = environment.provider(&person.provider).await?;
    let plain = |text: &str| -> String {
        text.bytes()
            .map(|byte| match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => char::from(byte).to_string(),
                byte => format!("%{byte:02X}"),
            })
            .collect()
    };
    let name = plain(&provider.name);
    let address = format!("otpauth://totp/{name}:{}?secret={key}&issuer={name}", plain(&person.email));
    Ok(Enrolment { key: key.to_owned(), address })
}

/// Makes new codes on paper; those there were count no more.
pub(crate) async fn make_recovery_codes(
    environment: &Environment,
    person: &Person,
) -> Result<Vec<String>, Failure> {
    let codes: Vec<String> = (0..RECOVERY_CODES)
        .map(|_| {
            // 120 bits: a hash of less than 112 would have to be slow and salted (ASVS 5.0, 6.5.2).
            let letters = totp::encoded(&random_bytes::<15>()).to_lowercase();
            letters.as_bytes().chunks(4).map(String::from_utf8_lossy).collect::<Vec<_>>().join("-")
        })
        .collect();
    let now = environment.now();
    let hashes: Vec<String> = codes.iter().map(|code| code_hash(code)).collect();
    let made = Credential {
        kind: CredentialKind::Recovery,
        secret: hashes.join(" "),
        last_step: 0,
        created_at: now,
        confirmed_at: Some(now),
    };
    environment.store.put_credential(&person.provider, person.id, &made).await?;
    Ok(codes)
}

/// So many random bits need no slow hash. Codes of before, of 80 bits, are checked alike until they are used or renewed.
fn code_hash(code: &str) -> String {
    let letters: String =
        code.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect();
    HEXLOWER.encode(&Sha256::digest(letters.as_bytes()))
}
