use crate::config::{FetchEncryption, FetchSettings};
use crate::failure::VerbFailure;
use crate::wire::{bytes_of, secret, tokens};
use desk::Removal;
use mail::{
    Afterwards, ClientCertificate, Fetched, ImapEncryption, ImapLogin, ImapSettings, MessageRemoval, Pickup,
    SourceMessage,
};
use operations::{Environment, Loop, PostRoom, believed};
use std::sync::Arc;
use std::time::Duration;
use store::LetterSource;
use tokio::sync::watch;

/// The largest message fetched.
const SIZE_LIMIT_BYTES: u32 = 64 * 1024 * 1024;
/// How long one answer of a server may take.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);

/// Where letters for a mailbox are fetched from.
#[derive(Clone)]
pub struct FetchFrom {
    mailbox: String,
    checked_by: Option<String>,
    place: Place,
}

#[derive(Clone)]
enum Place {
    Imap(Box<ImapSettings>),
    Here(Pickup),
}

impl FetchFrom {
    /// As configured: a maildir, an mbox, or an IMAP server.
    pub fn configured(settings: &FetchSettings) -> Result<Self, VerbFailure> {
        let place = match (&settings.maildir, &settings.mbox, &settings.host) {
            (Some(folder), None, None) => Place::Here(Pickup::Maildir(folder.clone())),
            (None, Some(file), None) => Place::Here(Pickup::Mbox(file.clone())),
            (None, None, Some(host)) => Place::Imap(Box::new(imap(settings, host)?)),
            _ => {
                return Err(VerbFailure::Mail(format!(
                    "`mail.fetch` of {} needs one of `maildir`, `mbox` and `host`",
                    settings.mailbox
                )));
            }
        };
        Ok(Self { mailbox: settings.mailbox.clone(), checked_by: settings.checked_by.clone(), place })
    }

    /// Fetches until told to stop.
    pub async fn fetch(self, room: Arc<PostRoom>, stop: watch::Receiver<bool>) {
        let Self { mailbox, checked_by, place } = self;
        let is_here = matches!(place, Place::Here(_));
        let take = move |bytes: Vec<u8>, source: Option<LetterSource>| {
            let (room, mailbox) = (Arc::clone(&room), mailbox.clone());
            let (is_authentic, checks) = believed(&bytes, checked_by.as_deref(), is_here);
            // Apart from whoever fetches, whose every frame would hold all of it.
            Box::pin(async move {
                match source {
                    Some(source) => room.take_fetched(&mailbox, bytes, is_authentic, checks, &source).await,
                    None => room.take_message(&mailbox, bytes, is_authentic, checks).await,
                }
            })
        };
        match place {
            Place::Imap(settings) => {
                let (place, stays) = (place_of(&settings), settings.afterwards != Afterwards::Delete);
                let take = |Fetched { bytes, uid, uid_validity }: Fetched| {
                    let place = place.clone();
                    take(bytes, stays.then_some(LetterSource { place, uid_validity, uid }))
                };
                mail::fetch(*settings, take, stop).await;
            }
            Place::Here(pickup) => mail::pick_up(pickup, |bytes| take(bytes, None), stop).await,
        }
    }

    /// Destroys in a mailbox what agreements want destroyed there, until told to stop; nothing for a folder of this
    /// machine, from which letters go when they are taken.
    pub fn removing(
        &self,
        environment: Arc<Environment>,
        mut stop: watch::Receiver<bool>,
    ) -> impl Future<Output = ()> + Send + use<> {
        let settings = match &self.place {
            Place::Imap(settings) => Some(settings.clone()),
            Place::Here(_) => None,
        };
        async move {
            let Some(settings) = settings else { return };
            while !*stop.borrow() {
                let removed = environment.pulse.pass(Loop::Removal, remove(&environment, &settings));
                if let Err(failure) = removed.await {
                    tracing::error!(
                        error = &failure as &dyn std::error::Error,
                        "letters could not be destroyed"
                    );
                }
                tokio::select! {
                    () = tokio::time::sleep(REMOVED_EVERY) => {}
                    _ = stop.wait_for(|stop| *stop) => return,
                }
            }
        }
    }
}

/// How often it is asked whether something is to be destroyed in a mailbox.
const REMOVED_EVERY: Duration = Duration::from_secs(10);

/// How the desk names a mailbox and its folder.
fn place_of(settings: &ImapSettings) -> String {
    format!("{}@{}/{}", settings.user, settings.host, settings.folder)
}

async fn remove(environment: &Environment, settings: &ImapSettings) -> Result<(), operations::Failure> {
    let leaving = operations::leaving_letters(environment, &place_of(settings)).await?;
    if leaving.is_empty() {
        return Ok(());
    }
    let messages: Vec<SourceMessage> = leaving
        .iter()
        .map(|leaving| SourceMessage {
            uid: leaving.letter.uid,
            uid_validity: leaving.letter.uid_validity,
            message_id: leaving.letter.message_id.clone(),
        })
        .collect();
    let removed = mail::remove_messages(settings, &messages).await;
    if let Err(failure) = &removed {
        tracing::warn!(
            host = failure.host,
            problem = failure.text,
            "letters could not be destroyed where they came from"
        );
    }
    for (place, leaving) in leaving.iter().enumerate() {
        let removal =
            removed.as_ref().ok().and_then(|removed| removed.get(place)).map(|removed| match removed {
                MessageRemoval::Done => Removal::Done,
                MessageRemoval::NotThere => Removal::NotThere,
                MessageRemoval::Another => Removal::Another,
            });
        operations::note_removal(environment, leaving, removal).await?;
    }
    Ok(())
}

fn imap(settings: &FetchSettings, host: &str) -> Result<ImapSettings, VerbFailure> {
    let login = match (&settings.password_file, &settings.oauth) {
        (_, Some(oauth)) => ImapLogin::Tokens(Arc::new(tokens(oauth)?)),
        (Some(file), None) => ImapLogin::Password(secret(file)?),
        (None, None) if settings.certificate_file.is_some() => ImapLogin::Certificate,
        (None, None) => {
            return Err(VerbFailure::Mail(format!(
                "`mail.fetch` of {} needs `password_file`, `oauth` or `certificate_file`",
                settings.mailbox
            )));
        }
    };
    let certificate = match (&settings.certificate_file, &settings.certificate_key_file) {
        (Some(certificate), Some(key)) => {
            let read = ClientCertificate::from_pem(&bytes_of(certificate)?, &bytes_of(key)?);
            Some(read.map_err(VerbFailure::Mail)?)
        }
        (None, None) => None,
        _ => {
            return Err(VerbFailure::Mail(format!(
                "`mail.fetch` of {} needs both `certificate_file` and `certificate_key_file`",
                settings.mailbox
            )));
        }
    };
    Ok(ImapSettings {
        host: host.to_owned(),
        port: settings.port(),
        encryption: match settings.encryption {
            FetchEncryption::Implicit => ImapEncryption::Implicit,
            FetchEncryption::StartTls => ImapEncryption::StartTls,
            FetchEncryption::None => ImapEncryption::None,
        },
        user: settings.user.clone().unwrap_or_else(|| settings.mailbox.clone()),
        login,
        folder: settings.folder.clone(),
        afterwards: match (&settings.move_to, settings.delete) {
            (Some(folder), _) => Afterwards::Move(folder.clone()),
            (None, true) => Afterwards::Delete,
            (None, false) => Afterwards::Mark,
        },
        size_limit_bytes: SIZE_LIMIT_BYTES,
        answer_timeout: ANSWER_TIMEOUT,
        authorities: settings.authorities_file.as_deref().map(bytes_of).transpose()?,
        certificate,
    })
}
