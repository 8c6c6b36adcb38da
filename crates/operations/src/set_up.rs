use crate::environment::Environment;
use crate::error::Failure;
use crate::proof::{Proof, Proven};
use crate::prove::{Admitted, admit};
use crate::sign_in::{Origin, hash, secret};
use data_encoding::HEXLOWER;
use desk::{Person, PersonId, ProviderId, Role};
use std::sync::Arc;
use store::Provider;

/// Under which name the store keeps the hash of the set-up token.
const TOKEN: &str = "set_up_token";

/// Makes the token with which the first administrator is named; none once there is one. It is told
/// to whoever starts the program and stored as a hash; the token of an earlier start ends.
///
/// # Errors
/// When the store fails.
pub async fn set_up_token(environment: &Environment) -> Result<Option<String>, Failure> {
    if environment.store.has_administrator().await? {
        environment.store.put_setting(TOKEN, "").await?;
        return Ok(None);
    }
    let token = secret();
    environment.store.put_setting(TOKEN, &written(&token)).await?;
    Ok(Some(token))
}

/// The providers that the first administrator may be of.
///
/// # Errors
/// - the token is none, or there is an administrator: there is nothing here then;
/// - the store fails.
pub async fn set_up_choices(environment: &Environment, token: &str) -> Result<Vec<Provider>, Failure> {
    let known = environment.store.setting(TOKEN).await?;
    let is_it = known.is_some_and(|known| !known.is_empty() && known == written(token));
    if !is_it || environment.store.has_administrator().await? {
        return Err(Failure::NotFound { what: "page" });
    }
    Ok(environment.store.providers().await?)
}

/// Names the first administrator, who then sets up a second factor and is in. Works once: the token is used up
/// before anybody is named, so that of two who bring it at once one is turned away.
///
/// # Errors
/// - as [`set_up_choices`];
/// - there is no such provider, or name or address are none;
/// - the store fails.
pub async fn set_up(
    environment: &Arc<Environment>,
    token: &str,
    provider: &str,
    name: &str,
    email: &str,
    origin: &Origin<'_>,
) -> Result<Admitted, Failure> {
    let choices = set_up_choices(environment, token).await?;
    let invalid = |field, problem: &str| Failure::Invalid { field, problem: problem.to_owned() };
    let provider = choices
        .into_iter()
        .find(|known| known.id.as_str() == provider)
        .ok_or_else(|| invalid("provider", "error-provider-unknown"))?;
    let (name, email) = (name.trim(), email.trim().to_lowercase());
    if name.is_empty() || name.len() > 200 {
        return Err(invalid("name", "set-up-name-missing"));
    }
    if email.len() > 320
        || !email.split_once('@').is_some_and(|(local, host)| !local.is_empty() && host.contains('.'))
    {
        return Err(invalid("email", "sign-in-error-address"));
    }
    let id = ProviderId(provider.id.0.clone());
    let known = environment.store.person_by_email(&id, &email).await?;
    if known.as_ref().is_some_and(|known| !known.role.is_staff()) {
        return Err(invalid("email", "sign-in-error-address"));
    }
    let person = Person {
        id: known.map_or_else(|| PersonId(environment.new_id()), |known| known.id),
        provider: id.clone(),
        role: Role::Admin,
        name: name.to_owned(),
        email,
        account: None,
        language: provider.language.clone(),
        zone: Some(provider.zone.clone()),
    };
    if !environment.store.exchange_setting(TOKEN, &written(token), "").await? {
        return Err(Failure::NotFound { what: "page" });
    }
    environment.store.put_person(&person).await?;
    environment.rights_changed();
    let proven = Proven::now(Proof::SetUp, environment.now());
    admit(environment, &id, person.id, "", origin, proven).await
}

fn written(token: &str) -> String {
    HEXLOWER.encode(&hash(token))
}
