use crate::environment::Environment;
use crate::error::Failure;
use crate::keep_keys::fresh_in_session;
use crate::keep_people::{By, note_change, subject};
use crate::limit::Limit;
use crate::send_at_once::send_at_once;
use crate::sign_in::{Origin, hash, may_mail, secret};
use crate::viewer::Viewer;
use desk::Person;
use std::sync::Arc;
use store::{Purpose, SignIn, Uses};
use words::{InvitationMail, Language, invitation_mail};

/// Seconds for which an invitation can be taken up: a week.
pub(crate) const INVITATION_SECONDS: i64 = 7 * 86_400;

/// Sends somebody a link by which they first come in. It works once, for a week.
///
/// # Errors
/// - the viewer does not keep people, or there is no such person of their provider;
/// - the viewer signed in too long ago in a browser;
/// - the person has left;
/// - too many letters went to their address lately;
/// - the store fails.
pub async fn invite_person(
    environment: &Arc<Environment>,
    viewer: &Viewer,
    session: Option<&str>,
    person: &str,
    origin: &Origin<'_>,
) -> Result<(), Failure> {
    let person = subject(environment, viewer, person).await?;
    fresh_in_session(environment, viewer, session).await?;
    if environment.store.person_with_standings(&person.provider, person.id).await?.is_none() {
        return Err(Failure::Invalid { field: "active", problem: "error-person-left".into() });
    }
    environment.limits.take(Limit::InvitationOfPerson, &viewer.person.id.to_string(), environment.now())?;
    if !may_mail(environment, &person.email).await? {
        return Err(Failure::TooMany { retry_after_seconds: 3600 });
    }
    send_invitation(environment, &person, Purpose::Link, "").await?;
    note_change(environment, &By::viewer(viewer, origin), "person_invited", &person, "");
    Ok(())
}

/// Makes the link and sends it. `label` is kept with the link.
pub(crate) async fn send_invitation(
    environment: &Environment,
    person: &Person,
    purpose: Purpose,
    label: &str,
) -> Result<(), Failure> {
    let token = keep_invitation(environment, person, purpose, label).await?;
    send_kept_invitation(environment, person, &token).await
}

/// Keeps an invitation, and gives the secret of its link, which stands nowhere else.
pub(crate) async fn keep_invitation(
    environment: &Environment,
    person: &Person,
    purpose: Purpose,
    label: &str,
) -> Result<String, Failure> {
    let (now, token) = (environment.now(), secret());
    let entry = SignIn {
        hash: hash(&token),
        provider: person.provider.clone(),
        person: person.id,
        purpose,
        label: label.to_owned(),
        scopes: Vec::new(),
        created_at: now,
        expires_at: Some(now.plus_seconds(INVITATION_SECONDS)),
        uses: Uses::Once,
    };
    environment.store.put_sign_in(&entry).await?;
    Ok(token)
}

/// Sends the link of an invitation that is kept.
pub(crate) async fn send_kept_invitation(
    environment: &Environment,
    person: &Person,
    token: &str,
) -> Result<(), Failure> {
    let provider = environment.provider(&person.provider).await?;
    let link = format!("{}/entrer/{token}", environment.installation.public_url);
    let language = Language::parse(&person.language).unwrap_or(Language::French);
    let text = invitation_mail(language, &InvitationMail { provider: &provider.name, link: &link });
    send_at_once(environment, person, "invitation", text).await
}
