use crate::config::{FetchEncryption, FetchSettings};
use crate::failure::VerbFailure;
use crate::wire::{bytes_of, secret, tokens};
use mail::{Afterwards, ClientCertificate, ImapEncryption, ImapLogin, ImapSettings, Pickup, stated_checks};
use operations::PostRoom;
use std::sync::Arc;
use tokio::sync::watch;

/// The largest message fetched.
const SIZE_LIMIT_BYTES: u32 = 64 * 1024 * 1024;

/// Where letters for a mailbox are fetched from.
pub struct FetchFrom {
    mailbox: String,
    checked_by: Option<String>,
    place: Place,
}

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
        let take = move |bytes: Vec<u8>| {
            let (room, mailbox) = (Arc::clone(&room), mailbox.clone());
            let checks = checked_by.as_deref().and_then(|server| stated_checks(&bytes, server));
            async move {
                let is_authentic = match &checks {
                    Some(checks) => checks.is_aligned,
                    None => is_here,
                };
                let shown = checks.map(|checks| checks.to_string());
                room.take_message(&mailbox, bytes, is_authentic, shown).await
            }
        };
        match place {
            Place::Imap(settings) => mail::fetch(*settings, take, stop).await,
            Place::Here(pickup) => mail::pick_up(pickup, take, stop).await,
        }
    }
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
        port: settings.port.unwrap_or(match settings.encryption {
            FetchEncryption::Implicit => 993,
            FetchEncryption::StartTls | FetchEncryption::None => 143,
        }),
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
        authorities: settings.authorities_file.as_deref().map(bytes_of).transpose()?,
        certificate,
    })
}
