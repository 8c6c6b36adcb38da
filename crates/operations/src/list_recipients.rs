//! To whom what is kept leaves the installation (GDPR art. 30, 1 d): what the configuration names, and the programs
//! that are told what happens.

use crate::environment::Environment;
use crate::erase_person::permit;
use crate::error::Failure;
use crate::viewer::Viewer;
use desk::ProviderId;
use store::WebhookState;

/// What a recipient is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RecipientKind {
    /// The server of the database.
    Database,
    /// The mail server that letters are handed over to.
    MailServer,
    /// The mail server that letters are fetched from.
    Mailbox,
    /// What looks at files for what is harmful.
    Scanner,
    /// Who vouches for people.
    IdentityProvider,
    /// A program that is told what happens.
    Webhook,
}

/// Whose data a recipient gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecipientOf {
    /// Those of every provider.
    All,
    /// Those of one.
    Provider(ProviderId),
    /// Those of the provider with this mailbox.
    Mailbox(String),
}

/// Somebody who gets data of the desk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// What they are.
    pub kind: RecipientKind,
    /// Host or address, without a secret.
    pub name: String,
    /// Whose data.
    pub of: RecipientOf,
}

/// The recipients of the data of the viewer's provider, by kind.
///
/// # Errors
/// - the viewer does not keep privacy;
/// - the store fails.
pub async fn list_recipients(environment: &Environment, viewer: &Viewer) -> Result<Vec<Recipient>, Failure> {
    permit(viewer)?;
    let provider = &viewer.provider;
    let is_theirs = |of: &RecipientOf| match of {
        RecipientOf::All => true,
        RecipientOf::Provider(id) => *id == provider.id,
        RecipientOf::Mailbox(mailbox) => mailbox.eq_ignore_ascii_case(&provider.mailbox),
    };
    let mut found: Vec<Recipient> =
        environment.recipients().iter().filter(|known| is_theirs(&known.of)).cloned().collect();
    for webhook in environment.store.webhooks(&provider.id).await? {
        if webhook.state == WebhookState::On {
            // What follows the host may be a secret.
            let name = webhook.url.splitn(4, '/').take(3).collect::<Vec<_>>().join("/");
            let of = RecipientOf::Provider(provider.id.clone());
            found.push(Recipient { kind: RecipientKind::Webhook, name, of });
        }
    }
    found.sort_by(|one, other| (one.kind, &one.name).cmp(&(other.kind, &other.name)));
    found.dedup();
    Ok(found)
}
