//! Letters fetched from mailboxes elsewhere, by IMAP.
//!
//! A message is marked, moved or deleted only after its taker calls it durable; one that cannot be
//! taken stays as it is, and the next ones go on.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use async_imap::extensions::idle::IdleResponse;
use async_imap::types::{Fetch, Flag};
use async_imap::{Authenticator, Client, Session};
use futures_util::TryStreamExt;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_rustls::TlsConnector;

use crate::listen::TakeAnswer;
use crate::oauth::TokenSource;
use crate::tls::{ClientCertificate, trusting};

/// How long one answer of a server may take.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);
/// How long a server is idled at before it is asked anew. Source: RFC 2177 asks for less than 29
/// minutes; less finds sooner what a server forgot to tell.
const IDLE: Duration = Duration::from_secs(5 * 60);
/// How long to wait before looking again at a server that cannot idle.
const POLL: Duration = Duration::from_secs(30);
/// The longest wait after failures.
const PATIENCE_AT_MOST: Duration = Duration::from_secs(5 * 60);
/// The mark on what was taken, where the server keeps marks.
const TAKEN: &str = "$DeskTaken";

/// How to reach a mailbox.
#[derive(Debug, Clone)]
pub struct ImapSettings {
    /// The host name, which its certificate must bear.
    pub host: String,
    /// The port.
    pub port: u16,
    /// Whether the way there is encrypted.
    pub encryption: ImapEncryption,
    /// The name to sign in with.
    pub user: String,
    /// How to sign in.
    pub login: ImapLogin,
    /// The folder that is read.
    pub folder: String,
    /// What becomes of a message that was taken.
    pub afterwards: Afterwards,
    /// The largest message fetched, in bytes.
    pub size_limit_bytes: u32,
    /// Authorities to trust beside the usual ones, as PEM.
    pub authorities: Option<Vec<u8>>,
    /// The certificate to show to a server that asks for one.
    pub certificate: Option<ClientCertificate>,
}

/// Whether the way to a mailbox is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImapEncryption {
    /// From the first byte, as on port 993.
    Implicit,
    /// By STARTTLS.
    StartTls,
    /// Never: for a server on this machine.
    None,
}

/// How to sign in.
#[derive(Clone)]
pub enum ImapLogin {
    /// With a password.
    Password(String),
    /// With access tokens (XOAUTH2).
    Tokens(Arc<TokenSource>),
    /// With the certificate alone (EXTERNAL). Source: RFC 4422 appendix A.
    Certificate,
}

impl std::fmt::Debug for ImapLogin {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str(match self {
            ImapLogin::Password(_) => "Password(..)",
            ImapLogin::Tokens(_) => "Tokens(..)",
            ImapLogin::Certificate => "Certificate",
        })
    }
}

/// What becomes of a message that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Afterwards {
    /// It is marked as seen and taken, and stays.
    Mark,
    /// It goes into another folder.
    Move(String),
    /// It is removed.
    Delete,
}

/// A look into a mailbox that failed.
#[derive(Debug, thiserror::Error)]
#[error("fetching from {host}: {text}")]
pub struct FetchFailure {
    /// Where.
    pub host: String,
    /// What went wrong.
    pub text: String,
}

/// A connection of either kind.
trait Wire: AsyncRead + AsyncWrite + Unpin + Send + std::fmt::Debug {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send + std::fmt::Debug> Wire for T {}

type Connection = Session<Box<dyn Wire>>;

/// A message as a mailbox gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Its number in the folder.
    pub uid: u32,
    /// The reckoning under which the number holds; 0 where the server tells none. Source: RFC 3501 section 2.3.1.1.
    pub uid_validity: u32,
}

/// Fetches until `stop` says so: at once what is there, then whatever the server tells of. `take`
/// gets each message and says when it is durable.
pub async fn fetch<F, T>(settings: ImapSettings, take: F, mut stop: watch::Receiver<bool>)
where
    F: Fn(Fetched) -> T + Send + Sync,
    T: Future<Output = TakeAnswer> + Send,
{
    let mut patience = Duration::from_secs(1);
    while !*stop.borrow() {
        let begun = tokio::time::Instant::now();
        let session = Watch { settings: &settings, take: &take };
        let failure = tokio::select! {
            failure = session.run() => failure,
            _ = stop.wait_for(|stop| *stop) => return,
        };
        tracing::warn!(host = failure.host, problem = failure.text, "mail could not be fetched");
        // What held for a while begins anew at once.
        patience = if begun.elapsed() > PATIENCE_AT_MOST { Duration::from_secs(1) } else { patience * 2 };
        let wait = patience.min(PATIENCE_AT_MOST);
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

/// Looks once into a mailbox and takes what is there; gives how many messages were taken.
///
/// # Errors
/// When the server cannot be reached, or refuses.
pub async fn fetch_once<F, T>(settings: &ImapSettings, take: F) -> Result<usize, FetchFailure>
where
    F: Fn(Fetched) -> T + Send + Sync,
    T: Future<Output = TakeAnswer> + Send,
{
    let watch = Watch { settings, take: &take };
    let mut session = sign_in(settings).await?;
    let folder = open(settings, &mut session, &settings.folder).await?;
    let taken = watch.take_all(&mut session, folder).await?;
    let _ = answer(settings, session.logout()).await;
    Ok(taken)
}

struct Watch<'a, F> {
    settings: &'a ImapSettings,
    take: &'a F,
}

impl<F, T> Watch<'_, F>
where
    F: Fn(Fetched) -> T + Send + Sync,
    T: Future<Output = TakeAnswer> + Send,
{
    async fn run(&self) -> FetchFailure {
        match self.keep_fetching().await {
            Ok(never) => match never {},
            Err(failure) => failure,
        }
    }

    async fn keep_fetching(&self) -> Result<std::convert::Infallible, FetchFailure> {
        let settings = self.settings;
        let mut session = sign_in(settings).await?;
        let folder = open(settings, &mut session, &settings.folder).await?;
        let idles = answer(settings, session.capabilities()).await?.has_str("IDLE");
        loop {
            self.take_all(&mut session, folder).await?;
            if !idles {
                tokio::time::sleep(POLL).await;
                answer(settings, session.noop()).await?;
                continue;
            }
            let mut idle = session.idle();
            answer(settings, idle.init()).await?;
            let (wait, interrupt) = idle.wait_with_timeout(IDLE);
            let told = wait.await.map_err(|wrong| failed(settings, wrong))?;
            drop(interrupt);
            tracing::debug!(host = settings.host, new = matches!(told, IdleResponse::NewData(_)), "idled");
            session = answer(settings, idle.done()).await?;
        }
    }

    async fn take_all(&self, session: &mut Connection, folder: Folder) -> Result<usize, FetchFailure> {
        let settings = self.settings;
        let Folder { marks, uid_validity } = folder;
        // Where the server keeps no mark of ours, what somebody has seen counts as taken.
        let wanted =
            if marks { format!("UNDELETED UNKEYWORD {TAKEN}") } else { "UNDELETED UNSEEN".to_owned() };
        let found = answer(settings, session.uid_search(&wanted)).await?;
        let mut found: Vec<u32> = found.into_iter().collect();
        found.sort_unstable();
        let mut taken = 0;
        for uid in found {
            let Some(bytes) = self.message(session, uid).await? else { continue };
            match (self.take)(Fetched { bytes, uid, uid_validity }).await {
                TakeAnswer::Durable => {
                    self.put_away(session, uid, marks).await?;
                    taken += 1;
                }
                TakeAnswer::Rejected(why) => {
                    tracing::warn!(uid, why, "a fetched message was not wanted; it stays where it is");
                }
                TakeAnswer::Full | TakeAnswer::Temporary => {
                    tracing::warn!(uid, "a fetched message could not be stored; it stays for later");
                }
            }
        }
        Ok(taken)
    }

    /// One message, without marking it as seen; `None` when the server does not give what it has.
    async fn message(&self, session: &mut Connection, uid: u32) -> Result<Option<Vec<u8>>, FetchFailure> {
        let settings = self.settings;
        let sized = look(settings, session, uid, "(UID RFC822.SIZE)").await?;
        let size = sized.iter().find_map(|one| one.size);
        if size.is_some_and(|size| size > settings.size_limit_bytes) {
            tracing::warn!(uid, size, "a message is too large to be fetched; it stays where it is");
            return Ok(None);
        }
        let fetched = look(settings, session, uid, "(UID BODY.PEEK[])").await?;
        let body = fetched.iter().find(|one| one.uid == Some(uid)).and_then(Fetch::body);
        match body {
            Some(body) if !body.is_empty() => Ok(Some(body.to_vec())),
            // A server that gives nothing for what it has may give it later.
            _ => {
                tracing::warn!(uid, "the server gives an empty message; it stays where it is");
                Ok(None)
            }
        }
    }

    async fn put_away(&self, session: &mut Connection, uid: u32, marks: bool) -> Result<(), FetchFailure> {
        let settings = self.settings;
        let uid = uid.to_string();
        let store = match &settings.afterwards {
            Afterwards::Move(folder) => return answer(settings, session.uid_mv(&uid, folder)).await,
            Afterwards::Mark if marks => format!("+FLAGS (\\Seen {TAKEN})"),
            Afterwards::Mark => "+FLAGS (\\Seen)".to_owned(),
            Afterwards::Delete => "+FLAGS (\\Deleted)".to_owned(),
        };
        answer(settings, async {
            let _: Vec<Fetch> = session.uid_store(&uid, &store).await?.try_collect().await?;
            if settings.afterwards == Afterwards::Delete {
                let _: Vec<u32> = session.uid_expunge(&uid).await?.try_collect().await?;
            }
            Ok::<_, async_imap::error::Error>(())
        })
        .await
    }
}

async fn sign_in(settings: &ImapSettings) -> Result<Connection, FetchFailure> {
    let stream = answer(settings, TcpStream::connect((settings.host.as_str(), settings.port))).await?;
    let stream: Box<dyn Wire> = match settings.encryption {
        ImapEncryption::None => Box::new(stream),
        ImapEncryption::Implicit => Box::new(encrypt(settings, stream).await?),
        ImapEncryption::StartTls => {
            let mut client = Client::new(stream);
            greeted(settings, &mut client).await?;
            answer(settings, client.run_command_and_check_ok("STARTTLS", None)).await?;
            Box::new(encrypt(settings, client.into_inner()).await?)
        }
    };
    let mut client = Client::new(stream);
    // After STARTTLS there is no second greeting.
    if settings.encryption != ImapEncryption::StartTls {
        greeted(settings, &mut client).await?;
    }
    match &settings.login {
        ImapLogin::Password(password) => {
            let signed_in = client.login(&settings.user, password);
            answer(settings, async { signed_in.await.map_err(|(wrong, _)| wrong) }).await
        }
        ImapLogin::Certificate => {
            let signed_in = client.authenticate("EXTERNAL", Bearer { said: String::new() });
            answer(settings, async { signed_in.await.map_err(|(wrong, _)| wrong) }).await
        }
        ImapLogin::Tokens(tokens) => {
            let token = tokens.token().await.map_err(|text| failed(settings, text))?;
            let bearer = Bearer { said: format!("user={}\x01auth=Bearer {token}\x01\x01", settings.user) };
            let signed_in = client.authenticate("XOAUTH2", bearer);
            let session = answer(settings, async { signed_in.await.map_err(|(wrong, _)| wrong) }).await;
            if session.is_err() {
                tokens.forget().await;
            }
            session
        }
    }
}

async fn greeted<S>(settings: &ImapSettings, client: &mut Client<S>) -> Result<(), FetchFailure>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + std::fmt::Debug,
{
    match answer(settings, client.read_response()).await? {
        Some(_) => Ok(()),
        None => Err(failed(settings, "the server says nothing")),
    }
}

async fn encrypt(
    settings: &ImapSettings,
    stream: TcpStream,
) -> Result<tokio_rustls::client::TlsStream<TcpStream>, FetchFailure> {
    let trust = trusting(settings.authorities.as_deref(), settings.certificate.as_ref())
        .map_err(|text| failed(settings, text))?;
    let name = ServerName::try_from(settings.host.clone()).map_err(|wrong| failed(settings, wrong))?;
    answer(settings, TlsConnector::from(trust).connect(name, stream)).await
}

/// What is known of a folder that is open.
#[derive(Debug, Clone, Copy)]
struct Folder {
    /// Whether it keeps marks of our own.
    marks: bool,
    uid_validity: u32,
}

async fn open(settings: &ImapSettings, session: &mut Connection, name: &str) -> Result<Folder, FetchFailure> {
    let folder = answer(settings, session.select(name)).await?;
    Ok(Folder {
        marks: folder.permanent_flags.iter().any(|flag| matches!(flag, Flag::MayCreate)),
        uid_validity: folder.uid_validity.unwrap_or(0),
    })
}

/// A message to be destroyed in the mailbox that it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceMessage {
    /// Its number when it was fetched, and the reckoning under which that holds.
    pub uid: u32,
    /// As [`Fetched::uid_validity`].
    pub uid_validity: u32,
    /// Its Message-ID, by which it is told from another under the same number; empty where it has none.
    pub message_id: String,
}

/// What became of a message that was to be destroyed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageRemoval {
    /// It is gone.
    Done,
    /// It was not there any more.
    NotThere,
    /// Another one stands under its number, and was left alone.
    Another,
}

/// Destroys messages in the mailbox that they came from: by number where that still holds, else by their Message-ID,
/// as after a move into another folder. Nothing is touched whose Message-ID is another. Gives what became of each.
///
/// # Errors
/// When the server cannot be reached, or refuses; what was destroyed by then is not there any more the next time.
pub async fn remove_messages(
    settings: &ImapSettings,
    messages: &[SourceMessage],
) -> Result<Vec<MessageRemoval>, FetchFailure> {
    let (name, moved) = match &settings.afterwards {
        Afterwards::Move(folder) => (folder, true),
        Afterwards::Mark | Afterwards::Delete => (&settings.folder, false),
    };
    let mut session = sign_in(settings).await?;
    let folder = open(settings, &mut session, name).await?;
    let mut removals = Vec::with_capacity(messages.len());
    for message in messages {
        let holds = !moved && folder.uid_validity == message.uid_validity;
        let found = match holds {
            true => vec![message.uid],
            false if message.message_id.is_empty() => Vec::new(),
            false => {
                // What could end the quoted text is in no Message-ID.
                let wanted: String = message
                    .message_id
                    .chars()
                    .filter(|one| one.is_ascii_graphic() && !"\"\\".contains(*one))
                    .collect();
                let search = format!("HEADER Message-ID \"<{wanted}>\"");
                let mut found: Vec<u32> =
                    answer(settings, session.uid_search(&search)).await?.into_iter().collect();
                found.sort_unstable();
                found
            }
        };
        let mut removal = MessageRemoval::NotThere;
        for uid in found {
            let there = look(settings, &mut session, uid, "(UID BODY.PEEK[HEADER])").await?;
            let Some(header) =
                there.iter().find(|one| one.uid == Some(uid)).map(|one| one.header().unwrap_or_default())
            else {
                continue;
            };
            let message_id = crate::parse::parse(header).message_id.unwrap_or_default();
            if message_id != message.message_id {
                removal = MessageRemoval::Another;
                continue;
            }
            destroy(settings, &mut session, uid).await?;
            removal = MessageRemoval::Done;
        }
        removals.push(removal);
    }
    let _ = answer(settings, session.logout()).await;
    Ok(removals)
}

async fn destroy(settings: &ImapSettings, session: &mut Connection, uid: u32) -> Result<(), FetchFailure> {
    let uid = uid.to_string();
    answer(settings, async {
        let _: Vec<Fetch> = session.uid_store(&uid, "+FLAGS (\\Deleted)").await?.try_collect().await?;
        let _: Vec<u32> = session.uid_expunge(&uid).await?.try_collect().await?;
        Ok::<_, async_imap::error::Error>(())
    })
    .await
}

async fn look(
    settings: &ImapSettings,
    session: &mut Connection,
    uid: u32,
    what: &str,
) -> Result<Vec<Fetch>, FetchFailure> {
    answer(settings, async {
        let found: Vec<Fetch> = session.uid_fetch(uid.to_string(), what).await?.try_collect().await?;
        Ok::<_, async_imap::error::Error>(found)
    })
    .await
}

struct Bearer {
    said: String,
}

impl Authenticator for Bearer {
    type Response = String;

    fn process(&mut self, _challenge: &[u8]) -> String {
        // A second challenge tells why the first answer was refused, and wants an empty one.
        std::mem::take(&mut self.said)
    }
}

async fn answer<V, E: std::fmt::Display>(
    settings: &ImapSettings,
    answered: impl Future<Output = Result<V, E>>,
) -> Result<V, FetchFailure> {
    match tokio::time::timeout(ANSWER_TIMEOUT, answered).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(wrong)) => Err(failed(settings, wrong)),
        Err(_) => Err(failed(settings, "the server does not answer")),
    }
}

fn failed(settings: &ImapSettings, wrong: impl std::fmt::Display) -> FetchFailure {
    FetchFailure { host: settings.host.clone(), text: wrong.to_string() }
}
