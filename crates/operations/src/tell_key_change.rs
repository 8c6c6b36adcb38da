use crate::deliver_letters::letter_to;
use crate::environment::Environment;
use crate::error::Failure;
use crate::sign_in::Origin;
use desk::Person;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use words::{KeyChange, KeyChangeMail, Language, key_change_mail};

/// Tells somebody by mail that a key of theirs changed, beside the request that changed it.
pub(crate) fn tell_key_change(environment: &Arc<Environment>, person: &Person, change: KeyChange) {
    tell(environment, person.clone(), change);
}

fn tell(environment: &Arc<Environment>, person: Person, change: KeyChange) {
    let environment = Arc::clone(environment);
    tokio::spawn(async move {
        if let Err(failure) = write_key_change(&environment, &person, change).await {
            tracing::error!(error = &failure as &dyn std::error::Error, "nobody was told of a changed key");
        }
    });
}

/// As [`tell_key_change`], done once the letter waits to leave: for a program that ends then.
pub(crate) async fn write_key_change(
    environment: &Environment,
    person: &Person,
    change: KeyChange,
) -> Result<(), Failure> {
    let provider = environment.provider(&person.provider).await?;
    let language = Language::parse(&person.language).unwrap_or(Language::French);
    let link = format!("{}/compte", environment.installation.public_url);
    let mail = KeyChangeMail { provider: &provider.name, change, link: &link };
    let name = format!("{:032x}", environment.new_id());
    let letter = letter_to(environment, person, "keys", &name, key_change_mail(language, &mail));
    Ok(environment.put_letters(&[], &[letter]).await?)
}

/// Notes from which browser somebody came in, and tells them when it is one that they never used. The
/// figures of its version do not count, so that one that was brought up to date is no other.
pub(crate) async fn note_browser(environment: &Arc<Environment>, person: &Person, origin: &Origin<'_>) {
    let name: String = origin.browser.chars().filter(|letter| !letter.is_ascii_digit()).collect();
    let hash: [u8; 32] = Sha256::digest(name.as_bytes()).into();
    let noted = environment.store.note_browser(&person.provider, person.id, &hash, environment.now()).await;
    match noted {
        Ok(is_new) if is_new => tell(environment, person.clone(), KeyChange::Browser),
        Ok(_) => {}
        Err(failure) => {
            tracing::error!(error = &failure as &dyn std::error::Error, "a browser was not noted");
        }
    }
}
