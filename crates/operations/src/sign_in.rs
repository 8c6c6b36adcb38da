use crate::browser_pass::browser_pass;
use crate::environment::{Environment, random_bytes};
use crate::error::Failure;
use crate::keep_account_people::take_up_invitation;
use crate::keep_journal::{Deed, DeedOutcome, note_deed, write_journal};
use crate::limit::Limit;
use crate::note_attempt::{Attempt, note_attempt};
use crate::proof::{Proof, Proven};
use crate::prove::{Admitted, admit, coded, digits};
use crate::send_at_once::send_at_once;
use crate::tell_key_change::{note_browser, write_key_change};
use crate::view_ticket::PersonView;
use crate::viewer::{Scope, Via, Viewer};
use async_recursion::async_recursion as boxed;
use calendar::Instant;
use data_encoding::HEXLOWER;
use desk::{Person, PersonId, ProviderId};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use store::{MailCounted, Measure, Purpose, Session, SignIn, Uses};
use words::{KeyChange, Language};

/// A link that signs a person in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignInLink {
    /// The secret of the link; only its hash is stored.
    pub token: String,
}

/// How long a link that left by mail works, and its code (ASVS 5.0, 6.5.5: ten minutes at most).
pub const LINK_SECONDS: i64 = 10 * 60;

/// Characters of the page wanted that are kept at most.
const WANTED_CHARACTERS: usize = 500;

/// From where somebody comes, as far as the door can tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Origin<'a> {
    /// The network; empty when it is not known.
    pub network: &'a str,
    /// What the browser says it is.
    pub browser: &'a str,
}

impl Origin<'_> {
    fn label(&self) -> String {
        let browser: String = self.browser.chars().filter(|letter| !letter.is_control()).take(160).collect();
        format!("{browser}\t{}", self.network)
    }
}

/// Somebody who was let in.
#[derive(Clone, Debug)]
pub struct Entered {
    /// The secret of the session; only its hash is stored.
    pub session: String,
    /// Who.
    pub viewer: Viewer,
    /// The page they wanted, a path of this site; empty for none in particular.
    pub wanted: String,
    /// What their browser keeps, so that it is known again; it lets nobody in.
    pub browser_pass: String,
}

/// How long a session lasts.
const SESSION_SECONDS: i64 = 12 * 3600;

/// Sends a sign-in link to an address, if somebody has it who may come in. The caller cannot tell whether anybody
/// does: the answer and the time it takes are the same.
///
/// Gives the secret of the browser that asks, in which the code of the mail counts. `wanted` is the
/// page on which they then land, a path of this site; it is kept with the link.
///
/// # Errors
/// When the store fails.
pub async fn request_link(
    environment: &Arc<Environment>,
    address: &str,
    wanted: &str,
    origin: &Origin<'_>,
) -> Result<String, Failure> {
    let wanted: String = wanted.chars().take(WANTED_CHARACTERS).collect();
    let address = address.trim().to_lowercase();
    environment.limits.take(Limit::SignInFromNetwork, origin.network, environment.now()).inspect_err(
        |_| {
            let by = "link: too often";
            note_attempt(environment, &Attempt { provider: None, person: None, by, network: origin.network });
        },
    )?;
    let browser = secret();
    let people = environment.store.people_by_email(&address).await?;
    let environment = Arc::clone(environment);
    let asked_by = browser.clone();
    // Outside the request, so that a known address takes no longer than an unknown one. Whoever asks too often is
    // answered as ever, and nothing more leaves.
    tokio::spawn(async move {
        if let Err(failure) = send_links(&environment, &address, &people, &wanted, &asked_by).await {
            tracing::error!(
                error = &failure as &dyn std::error::Error,
                "it is not known how many mails of access left"
            );
        }
    });
    Ok(browser)
}

/// Sends its link to everybody who has an address and has not left, unless enough were sent there. What nobody has is
/// not counted, so that asking for names that somebody made up keeps nobody of their domain out.
async fn send_links(
    environment: &Arc<Environment>,
    address: &str,
    people: &[Person],
    wanted: &str,
    asked_by: &str,
) -> Result<(), Failure> {
    let mut present = Vec::new();
    for person in people {
        let found = environment.store.person_with_standings(&person.provider, person.id).await?;
        present.extend(found.map(|(person, _)| person));
    }
    if present.is_empty() || !may_mail(environment, address).await? {
        return Ok(());
    }
    for person in &present {
        if let Err(failure) = send_link(environment, person, wanted, asked_by).await {
            tracing::error!(error = &failure as &dyn std::error::Error, "a sign-in link could not be sent");
        }
    }
    Ok(())
}

/// Mails of access that leave for one address within an hour, at most.
const MAILS_PER_ADDRESS: u64 = 3;

/// Whether a mail of access may leave for the address of somebody, and counts it: three an hour for one, however it is
/// written, and so many for its domain, over all nodes.
///
/// # Errors
/// When the store fails.
pub(crate) async fn may_mail(environment: &Environment, address: &str) -> Result<bool, Failure> {
    let (store, now) = (&environment.store, environment.now());
    let (local, domain) = address.rsplit_once('@').unwrap_or((address, ""));
    let domain = store::fold_words(domain).join(".");
    let local = store::fold_words(local.split('+').next().unwrap_or(local)).concat();
    let most = environment.installation.keys.mails_per_domain.0 as u64;
    let (thing, since) = (environment.new_id(), now.plus_seconds(-3600));
    let count = async |what, name: &str, at_most| {
        store.count_mail(what, name, thing, (Measure { at_most, since }, None), now).await
    };
    let whole = format!("{local}@{domain}");
    Ok(count(MailCounted::AccessToAddress, &whole, MAILS_PER_ADDRESS).await?
        && count(MailCounted::AccessToDomain, &domain, most).await?)
}

async fn send_link(
    environment: &Arc<Environment>,
    person: &Person,
    wanted: &str,
    browser: &str,
) -> Result<(), Failure> {
    let now = environment.now();
    let token = secret();
    let entry = SignIn {
        hash: hash(&token),
        provider: person.provider.clone(),
        person: person.id,
        purpose: Purpose::Link,
        label: wanted.to_owned(),
        scopes: Vec::new(),
        created_at: now,
        expires_at: Some(now.plus_seconds(LINK_SECONDS)),
        uses: Uses::Once,
    };
    environment.store.put_sign_in(&entry).await?;
    // The code counts in the browser that asked, so that nobody gains by being told one.
    let code = digits();
    let by_code = SignIn { hash: hash(&coded(browser, &code)), purpose: Purpose::Code, ..entry };
    environment.store.put_sign_in(&by_code).await?;
    let provider = environment.provider(&person.provider).await?;
    let language = Language::parse(&person.language).unwrap_or(Language::French);
    let link = format!("{}/entrer/{token}", environment.installation.public_url);
    let text = words::sign_in_mail(
        language,
        &words::SignInMail { provider: &provider.name, link: &link, code: Some(&code) },
    );
    send_at_once(environment, person, "sign-in", text).await
}

/// Signs in by the secret of a link.
///
/// # Errors
/// - the link is unknown, used or too old;
/// - the store fails.
pub async fn enter(
    environment: &Arc<Environment>,
    token: &str,
    origin: &Origin<'_>,
) -> Result<Admitted, Failure> {
    let now = environment.now();
    let used = environment.store.use_sign_in(&hash(token), now).await?;
    let lets_in = |used: &SignIn| match used.purpose {
        Purpose::Link | Purpose::Invitation => true,
        Purpose::Demo => environment.installation.keys.standing,
        _ => false,
    };
    let Some(used) = used.filter(lets_in) else {
        let by = Proof::Link.as_str();
        note_attempt(environment, &Attempt { provider: None, person: None, by, network: origin.network });
        return Err(Failure::NotSignedIn);
    };
    let (provider, person) = (&used.provider, used.person);
    match used.purpose {
        // The standing links of a demonstration let in at once.
        Purpose::Demo => {
            let proven = Proven::now(Proof::Demonstration, now);
            let entered = begin_session(environment, provider, person, "", origin, &proven).await?;
            Ok(Admitted::In(Box::new(entered)))
        }
        Purpose::Invitation => {
            take_up_invitation(environment, &used, origin).await?;
            admit(environment, provider, person, "", origin, Proven::now(Proof::Link, now)).await
        }
        _ => {
            // The code of the same mail, and what was sent before it, are of no more use to anybody.
            environment.store.end_mailed(provider, person).await?;
            admit(environment, provider, person, &used.label, origin, Proven::now(Proof::Link, now)).await
        }
    }
}

/// Begins a session of somebody who has proved who they are.
pub(crate) async fn begin_session(
    environment: &Arc<Environment>,
    provider: &ProviderId,
    person: PersonId,
    wanted: &str,
    origin: &Origin<'_>,
    proven: &Proven,
) -> Result<Entered, Failure> {
    let now = environment.now();
    let session = secret();
    let viewer = viewer(environment, provider, person, Via::Session).await?;
    let stored = Session {
        hash: hash(&session),
        provider: provider.clone(),
        person,
        label: origin.label(),
        created_at: now,
        expires_at: now.plus_seconds(SESSION_SECONDS),
        seen_at: now,
        proofs: proven.names().join(" "),
        proved_at: proven.at,
    };
    environment.store.put_session(&stored).await?;
    // Whoever is in needs none of the links and codes that were sent to let them in.
    environment.store.end_mailed(provider, person).await?;
    let deed = Deed {
        provider,
        person: Some(person),
        deed: "sign_in",
        object: &format!("{proven}: {}", origin.browser),
        outcome: DeedOutcome::Done,
        network: origin.network,
    };
    note_deed(environment, &deed);
    note_browser(environment, &viewer.person, origin).await;
    let browser_pass = browser_pass(environment, &viewer.person).await?;
    Ok(Entered { session, viewer, wanted: wanted.to_owned(), browser_pass })
}

/// Whether a link is a standing one of a demonstration: it may let in when it is merely followed,
/// since it never left by mail.
///
/// # Errors
/// When the store fails.
pub async fn is_demonstration_link(environment: &Environment, token: &str) -> Result<bool, Failure> {
    let found = environment.store.peek_sign_in(&hash(token), environment.now()).await?;
    Ok(found.is_some_and(|entry| entry.purpose == Purpose::Demo))
}

/// Ends a session.
///
/// # Errors
/// When the store fails.
pub async fn sign_out(environment: &Environment, session: &str) -> Result<(), Failure> {
    Ok(environment.store.end_session(&hash(session)).await?)
}

/// Seconds to which it is noted when a session was last used.
const SEEN_SECONDS: i64 = 60;

/// Who looks, by the secret of a session, without counting as use of it: for what a page asks by itself.
///
/// # Errors
/// - there is no such session, it is over, or it was not used for too long;
/// - the store fails.
pub async fn viewer_of_session(environment: &Environment, session: &str) -> Result<Viewer, Failure> {
    viewer_of_hash(environment, &hash(session)).await
}

/// Who looks, by the secret of a session, which is thereby in use.
///
/// # Errors
/// As [`viewer_of_session`].
pub async fn visitor_of_session(environment: &Environment, session: &str) -> Result<Viewer, Failure> {
    let hash = hash(session);
    let viewer = viewer_of_hash(environment, &hash).await?;
    environment.see_session(hash, SEEN_SECONDS);
    Ok(viewer)
}

#[boxed]
async fn viewer_of_hash(environment: &Environment, hash: &[u8; 32]) -> Result<Viewer, Failure> {
    let now = environment.now();
    let found = environment.store.session(hash, now).await?;
    let session = found.ok_or(Failure::NotSignedIn)?;
    let viewer = viewer(environment, &session.provider, session.person, Via::Session).await?;
    let idle = environment.installation.keys.idle;
    let seconds = if viewer.is_staff() { idle.staff_seconds } else { idle.contact_seconds };
    if session.seen_at.plus_seconds(seconds) < now {
        environment.store.end_session(&session.hash).await?;
        return Err(Failure::NotSignedIn);
    }
    Ok(viewer)
}

/// Who looks, by an API token.
///
/// # Errors
/// - there is no such token, or it has expired;
/// - the store fails.
pub async fn viewer_of_token(environment: &Environment, token: &str) -> Result<Viewer, Failure> {
    let found = environment.store.peek_sign_in(&hash(token), environment.now()).await?;
    let ends = |entry: &SignIn| entry.expires_at.is_some() || environment.installation.keys.standing;
    let lets_in = |entry: &SignIn| entry.purpose == Purpose::ApiToken && ends(entry);
    let entry = found.filter(lets_in).ok_or(Failure::NotSignedIn)?;
    environment.note_token_use(&entry.hash);
    let scopes = entry.scopes.iter().filter_map(|scope| Scope::parse(scope)).collect();
    viewer(environment, &entry.provider, entry.person, Via::Token { scopes }).await
}

/// Makes a secret that lets a person in: a link, which works once, or a token for programs.
///
/// # Errors
/// When the store fails.
pub async fn issue_token(
    environment: &Environment,
    person: &Person,
    purpose: Purpose,
    scopes: &[Scope],
    expires_at: Option<Instant>,
) -> Result<SignInLink, Failure> {
    let token = secret();
    let entry = SignIn {
        hash: hash(&token),
        provider: person.provider.clone(),
        person: person.id,
        purpose,
        label: String::new(),
        scopes: scopes.iter().map(|scope| scope.as_str().to_owned()).collect(),
        created_at: environment.now(),
        expires_at,
        uses: match purpose {
            // The standing ways of programs and of a demonstration.
            Purpose::ApiToken | Purpose::Demo => Uses::Many,
            _ => Uses::Once,
        },
    };
    environment.store.put_sign_in(&entry).await?;
    Ok(SignInLink { token })
}

/// As [`issue_token`], by whoever runs the installation and is nobody of the desk: the journal has it, and the person is
/// told of a token. None for somebody who has left, whom nothing would let in.
///
/// # Errors
/// When the store fails.
pub async fn issue_token_here(
    environment: &Arc<Environment>,
    person: &Person,
    purpose: Purpose,
    scopes: &[Scope],
    expires_at: Option<Instant>,
) -> Result<Option<SignInLink>, Failure> {
    let provider = &person.provider;
    if environment.store.departed(provider).await?.contains(&person.id) {
        return Ok(None);
    }
    let made = issue_token(environment, person, purpose, scopes, expires_at).await?;
    let object = format!("command line, {} for person {}", purpose.as_str(), person.id);
    note_deed(
        environment,
        &Deed {
            provider,
            person: None,
            deed: "keep_own_keys",
            object: &object,
            outcome: DeedOutcome::Done,
            network: "",
        },
    );
    write_journal(environment).await?;
    if purpose == Purpose::ApiToken {
        write_key_change(environment, person, KeyChange::Token).await?;
    }
    Ok(Some(made))
}

/// Everybody of the viewer's provider who answers requests, for choosing whom to give one to.
///
/// # Errors
/// - the viewer is a contact;
/// - the store fails.
pub async fn staff(environment: &Environment, viewer: &Viewer) -> Result<Arc<[PersonView]>, Failure> {
    if !viewer.is_staff() {
        return Err(Failure::NotPermitted);
    }
    environment.colleagues(&viewer.provider.id).await
}

pub(crate) async fn viewer(
    environment: &Environment,
    provider: &ProviderId,
    person: PersonId,
    via: Via,
) -> Result<Viewer, Failure> {
    // Read anew each time: a changed right holds at once.
    let found = environment.store.person_with_standings(provider, person).await?;
    let (person, mut standings) = found.ok_or(Failure::NotSignedIn)?;
    standings.sort_by_key(|standing| Some(standing.account) != person.account);
    let provider = environment.provider(provider).await?;
    let account = person.account.filter(|own| standings.iter().any(|known| known.account == *own));
    let account_name = match account.or(standings.first().map(|standing| standing.account)) {
        Some(account) => environment.account_name(&provider.id, account).await?.map(|name| name.to_string()),
        None => None,
    };
    Ok(Viewer { person: Arc::new(person), provider, account_name, via, standings })
}

/// 256 random bits, written in hexadecimal.
pub(crate) fn secret() -> String {
    HEXLOWER.encode(&random_bytes::<32>())
}

pub(crate) fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}
