//! Letters fetched from mailboxes elsewhere, by IMAP.
//!
//! A message is marked, moved or deleted only after its taker calls it durable; one that cannot be
//! taken stays as it is, and the next ones go on. So they do where one cannot be moved: it is marked,
//! where the server keeps marks, and not taken again.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use async_imap::error::Error as ImapError;
use async_imap::extensions::idle::IdleResponse;
use async_imap::types::{Fetch, Flag};
use async_imap::{Authenticator, Client, Session};
use futures_util::{Stream, TryStreamExt};
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_rustls::TlsConnector;

use crate::listen::TakeAnswer;
use crate::oauth::TokenSource;
use crate::tls::{ClientCertificate, trusting};

/// What an answer may weigh beyond a message of the largest size: what servers say beside it, and long lists.
const BESIDE_BYTES: usize = 1024 * 1024;
/// How long a server is idled at before it is asked anew. Source: RFC 2177 asks for less than 29
/// minutes; less finds sooner what a server forgot to tell.
const IDLE: Duration = Duration::from_secs(5 * 60);
/// How long to wait before looking again at a server that cannot idle.
const POLL: Duration = Duration::from_secs(30);
/// The longest wait after failures.
const PATIENCE_AT_MOST: Duration = Duration::from_secs(5 * 60);
/// The longest line, in bytes: a search of a full folder. What reads them begins anew with each piece of one.
const LINE_BYTES_AT_MOST: usize = 4 * 1024 * 1024;
/// How many answers about one message are kept, the last ones.
const TOLD_AT_MOST: usize = 8;
/// How many messages that could not be moved are tried again with each look.
const AGAIN_AT_MOST: usize = 100;
/// The mark on what was taken, where the server keeps marks.
const TAKEN: &str = "$DeskTaken";
/// The mark on what was taken and could not be moved.
const UNMOVED: &str = "$DeskUnmoved";

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
    /// The largest message fetched, in bytes. A server that sends more all the same is hung up on.
    pub size_limit_bytes: u32,
    /// How long one answer of the server may take, from its first byte to its last.
    pub answer_timeout: Duration,
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

type Connection = Session<Bounded<Box<dyn Wire>>>;

/// A connection on which a server may say only so much after each of our commands. What reads it makes room for whatever
/// a server announces, half a gigabyte at most, before the first byte of it has come; so announcements are looked at here.
#[derive(Debug)]
struct Bounded<S> {
    wire: S,
    allowed_bytes: usize,
    /// Since something was last written.
    read_bytes: usize,
    /// Since the last line ended, without literals.
    line_bytes: usize,
    at: Announcing,
    /// Bytes of a literal that are still to come: nothing in them announces anything.
    literal_left: usize,
}

/// How much of `{NUMBER} CR LF` has come, by which a literal is announced. Source: RFC 3501 section 4.3.
#[derive(Debug, Clone, Copy)]
enum Announcing {
    Nothing,
    Digits(usize),
    Closed(usize),
    AfterCr(usize),
}

impl<S> Bounded<S> {
    fn new(wire: S, settings: &ImapSettings) -> Self {
        let allowed_bytes = settings.size_limit_bytes as usize + BESIDE_BYTES;
        Bounded {
            wire,
            allowed_bytes,
            read_bytes: 0,
            line_bytes: 0,
            at: Announcing::Nothing,
            literal_left: 0,
        }
    }

    /// Looks at what came.
    ///
    /// # Errors
    /// When it is more than is allowed, or announces more.
    fn look_at(&mut self, mut bytes: &[u8]) -> std::io::Result<()> {
        self.read_bytes += bytes.len();
        while !bytes.is_empty() {
            let skipped = self.literal_left.min(bytes.len());
            self.literal_left -= skipped;
            bytes = &bytes[skipped..];
            let Some((byte, rest)) = bytes.split_first() else { break };
            bytes = rest;
            self.line_bytes = if *byte == b'\n' { 0 } else { self.line_bytes + 1 };
            self.at = match (self.at, byte) {
                (_, b'{') => Announcing::Digits(0),
                (Announcing::Digits(number), b'0'..=b'9') => {
                    Announcing::Digits(number.saturating_mul(10).saturating_add(usize::from(byte - b'0')))
                }
                (Announcing::Digits(number), b'}') => Announcing::Closed(number),
                (Announcing::Closed(number), b'\r') => Announcing::AfterCr(number),
                (Announcing::AfterCr(number), b'\n') => {
                    self.literal_left = number;
                    Announcing::Nothing
                }
                _ => Announcing::Nothing,
            };
        }
        let is_bearable = self.read_bytes.saturating_add(self.literal_left) <= self.allowed_bytes
            && self.line_bytes <= LINE_BYTES_AT_MOST;
        if !is_bearable {
            return Err(std::io::Error::new(
                std::io::ErrorKind::InvalidData,
                format!("the server sends more than {} bytes at once", self.allowed_bytes),
            ));
        }
        Ok(())
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Bounded<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let before = into.filled().len();
        std::task::ready!(Pin::new(&mut self.wire).poll_read(context, into))?;
        Poll::Ready(self.look_at(&into.filled()[before..]))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Bounded<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        // A command: what is answered is counted anew.
        self.read_bytes = 0;
        Pin::new(&mut self.wire).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.wire).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.wire).poll_shutdown(context)
    }
}

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
        let mut refused = self.put_away_again(session, marks).await?;
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
                    taken += 1;
                    refused = refused.or(self.put_away(session, uid, marks).await?);
                }
                TakeAnswer::Rejected(why) | TakeAnswer::OverQuota(why) => {
                    tracing::warn!(uid, why, "a fetched message was not wanted; it stays where it is");
                }
                TakeAnswer::Full | TakeAnswer::Temporary => {
                    tracing::warn!(uid, "a fetched message could not be stored; it stays for later");
                }
            }
        }
        match refused {
            Some(refusal) => Err(refusal),
            None => Ok(taken),
        }
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
        // What it says of the size may be wrong; a byte more than is wanted shows it.
        let part = format!("(UID BODY.PEEK[]<0.{}>)", settings.size_limit_bytes.saturating_add(1));
        let fetched = look(settings, session, uid, &part).await?;
        let body = fetched.iter().find_map(Fetch::body);
        match body {
            Some(body) if body.len() > settings.size_limit_bytes as usize => {
                tracing::warn!(uid, size, "a message is larger than the server says; it stays where it is");
                Ok(None)
            }
            Some(body) if !body.is_empty() => Ok(Some(body.to_vec())),
            // A server that gives nothing for what it has may give it later.
            _ => {
                tracing::warn!(uid, "the server gives an empty message; it stays where it is");
                Ok(None)
            }
        }
    }

    /// Puts away what was taken. Gives what the server says where it refuses that: others can be taken all the same.
    async fn put_away(
        &self,
        session: &mut Connection,
        uid: u32,
        marks: bool,
    ) -> Result<Option<FetchFailure>, FetchFailure> {
        let settings = self.settings;
        let uid = uid.to_string();
        answer(settings, async {
            let put = async {
                let flags = match &settings.afterwards {
                    Afterwards::Mark if marks => format!("+FLAGS (\\Seen {TAKEN})"),
                    Afterwards::Mark => "+FLAGS (\\Seen)".to_owned(),
                    Afterwards::Move(folder) => return session.uid_mv(&uid, folder).await,
                    Afterwards::Delete => "+FLAGS (\\Deleted)".to_owned(),
                };
                heard(session.uid_store(&uid, &flags).await?).await?;
                match &settings.afterwards {
                    Afterwards::Delete => heard(session.uid_expunge(&uid).await?).await,
                    _ => Ok(()),
                }
            };
            let refusal = match put.await {
                Ok(()) => return Ok(None),
                Err(refusal @ (ImapError::No(_) | ImapError::Bad(_))) => refusal,
                Err(wrong) => return Err(wrong),
            };
            // A mark would go with a message that is moved: who puts it back wants it taken.
            if marks && matches!(settings.afterwards, Afterwards::Move(_)) {
                let flags = format!("+FLAGS ({TAKEN} {UNMOVED})");
                heard(session.uid_store(&uid, &flags).await?).await?;
            }
            Ok(Some(failed(settings, refusal)))
        })
        .await
    }

    /// Moves what was taken before and could not be moved, as into a folder that was not there yet. Gives what the server
    /// says where it refuses that.
    async fn put_away_again(
        &self,
        session: &mut Connection,
        marks: bool,
    ) -> Result<Option<FetchFailure>, FetchFailure> {
        let settings = self.settings;
        if !marks || !matches!(settings.afterwards, Afterwards::Move(_)) {
            return Ok(None);
        }
        let left = answer(settings, session.uid_search(format!("UNDELETED KEYWORD {UNMOVED}"))).await?;
        let mut refused = None;
        for uid in left.into_iter().take(AGAIN_AT_MOST) {
            answer(settings, async {
                let flags = format!("-FLAGS ({TAKEN} {UNMOVED})");
                heard(session.uid_store(uid.to_string(), flags).await?).await
            })
            .await?;
            refused = refused.or(self.put_away(session, uid, marks).await?);
        }
        Ok(refused)
    }
}

async fn sign_in(settings: &ImapSettings) -> Result<Connection, FetchFailure> {
    let stream = answer(settings, TcpStream::connect((settings.host.as_str(), settings.port))).await?;
    let stream: Box<dyn Wire> = match settings.encryption {
        ImapEncryption::None => Box::new(stream),
        ImapEncryption::Implicit => Box::new(encrypt(settings, stream).await?),
        ImapEncryption::StartTls => {
            let mut client = Client::new(Bounded::new(stream, settings));
            greeted(settings, &mut client).await?;
            answer(settings, client.run_command_and_check_ok("STARTTLS", None)).await?;
            Box::new(encrypt(settings, client.into_inner().wire).await?)
        }
    };
    let mut client = Client::new(Bounded::new(stream, settings));
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
            if there.is_empty() {
                continue;
            }
            let header = there.iter().find_map(Fetch::header).unwrap_or_default();
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
        heard(session.uid_store(&uid, "+FLAGS (\\Deleted)").await?).await?;
        heard(session.uid_expunge(&uid).await?).await?;
        Ok::<_, ImapError>(())
    })
    .await
}

/// What a server says of a message. It may tell of others meanwhile, which is not kept: each such line holds far more
/// memory than it is long.
async fn look(
    settings: &ImapSettings,
    session: &mut Connection,
    uid: u32,
    what: &str,
) -> Result<Vec<Fetch>, FetchFailure> {
    answer(settings, async {
        let said = session.uid_fetch(uid.to_string(), what).await?;
        let ours = said.try_filter(|one| std::future::ready(one.uid == Some(uid)));
        // Its flags may be told as well, now and then.
        let mut kept: Vec<Fetch> = Vec::new();
        let mut ours = std::pin::pin!(ours);
        while let Some(one) = ours.try_next().await? {
            kept.truncate(TOLD_AT_MOST - 1);
            kept.insert(0, one);
        }
        Ok::<_, ImapError>(kept)
    })
    .await
}

/// Hears an answer to its end, and keeps nothing of it.
async fn heard<T>(said: impl Stream<Item = Result<T, ImapError>>) -> Result<(), ImapError> {
    said.try_for_each(|_| std::future::ready(Ok(()))).await
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
    match tokio::time::timeout(settings.answer_timeout, answered).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(wrong)) => Err(failed(settings, wrong)),
        Err(_) => Err(failed(settings, "the server does not answer")),
    }
}

fn failed(settings: &ImapSettings, wrong: impl std::fmt::Display) -> FetchFailure {
    FetchFailure { host: settings.host.clone(), text: wrong.to_string() }
}
