//! SMTP and LMTP in: 250 only after the caller says durable.

use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_rustls::TlsAcceptor;

use crate::dialogue::{Dialogue, Step};
use crate::tls::ListenTls;

/// An answer that takes a while.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Who takes the messages that arrive.
pub trait Intake: Send + Sync + 'static {
    /// Says whether there is a mailbox for `address` (without angle brackets).
    fn recipient<'a>(&'a self, address: &'a str) -> Answer<'a, RecipientAnswer>;

    /// Takes a message, and answers per recipient in the order of the envelope
    /// once it is durable or refused. A missing answer counts as temporary.
    ///
    /// The message begins with a `Return-Path` field that tells the envelope's
    /// sender, so that the bytes alone tell a report from a letter (RFC 5321
    /// section 4.4); the rest is as it was sent.
    ///
    /// A sender that does not hear the answer sends again, so the same message
    /// may come twice: recognising it is the intake's part.
    fn take(&self, envelope: Envelope, message: Vec<u8>) -> Answer<'_, Vec<TakeAnswer>>;
}

/// The answer to a recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecipientAnswer {
    /// There is such a mailbox.
    Accept,
    /// There is none: 550 5.1.1.
    UnknownMailbox,
    /// It cannot be said now: 451 4.3.0.
    Temporary,
}

/// The answer to a message, for one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TakeAnswer {
    /// It is stored so that a crash does not lose it: 250.
    Durable,
    /// There is no room for it now: 452 4.3.1.
    Full,
    /// It cannot be stored now: 451 4.3.0.
    Temporary,
    /// It will never be taken, with the reason: 554 5.7.1.
    Rejected(String),
    /// Whoever sends it has no room left for what it brings, with what to do: 552 5.2.2 (RFC 3463, section 3.3).
    OverQuota(String),
}

/// What the dialogue said about a message, beside the message itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// The return path; `None` for the null path of reports.
    pub from: Option<String>,
    /// The accepted recipients, in order.
    pub recipients: Vec<String>,
    /// The address the connection came from.
    pub peer_ip: IpAddr,
    /// Whether the connection came from this machine.
    pub loopback: bool,
    /// The name the peer gave itself.
    pub helo: String,
    /// Whether the connection was encrypted.
    pub is_encrypted: bool,
}

/// Which protocol a listener speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Protocol {
    /// SMTP only: one answer for a message.
    Smtp,
    /// LMTP only: one answer per recipient.
    Lmtp,
    /// Whichever the greeting of the peer asks for.
    #[default]
    Either,
}

/// How a listener behaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListenConfig {
    /// The name it gives itself.
    pub hostname: String,
    /// The largest message taken, in bytes.
    pub size_limit_bytes: usize,
    /// The protocol spoken.
    pub protocol: Protocol,
    /// How long a peer may be silent.
    pub idle_timeout: Duration,
    /// How long one connection may last in all.
    pub session_timeout: Duration,
    /// How many connections are served at once; more are answered 421.
    pub connections_at_most: usize,
    /// How many recipients one message may have.
    pub recipients_at_most: usize,
    /// How many bytes of unfinished messages are held at once by all connections
    /// together; a message beyond is answered 452.
    pub held_bytes_at_most: usize,
    /// The certificate with which STARTTLS is offered, if it is.
    pub tls: Option<ListenTls>,
}

impl Default for ListenConfig {
    fn default() -> Self {
        ListenConfig {
            hostname: "localhost".to_owned(),
            size_limit_bytes: 40 * 1024 * 1024,
            protocol: Protocol::Either,
            idle_timeout: Duration::from_secs(300),
            session_timeout: Duration::from_secs(3600),
            connections_at_most: 256,
            recipients_at_most: 100,
            held_bytes_at_most: 256 * 1024 * 1024,
            tls: None,
        }
    }
}

/// An inbound SMTP and LMTP listener.
pub struct Listener {
    config: Arc<ListenConfig>,
    intake: Arc<dyn Intake>,
}

impl Listener {
    /// A listener that hands what it receives to `intake`.
    pub fn new(config: ListenConfig, intake: Arc<dyn Intake>) -> Self {
        Listener { config: Arc::new(config), intake }
    }

    /// Serves connections until `shutdown` resolves. Then nothing new is begun;
    /// messages being stored are stored and answered, within 30 seconds.
    ///
    /// # Errors
    /// When the socket keeps refusing to accept.
    pub async fn serve(
        self,
        socket: TcpListener,
        shutdown: impl Future<Output = ()> + Send,
    ) -> std::io::Result<()> {
        let places = Arc::new(Semaphore::new(self.config.connections_at_most));
        let room = Arc::new(Semaphore::new(self.config.held_bytes_at_most / HELD_UNIT_BYTES));
        let (closing, closed) = watch::channel(false);
        let mut sessions = JoinSet::new();
        let mut failures = 0;
        let mut shutdown = pin!(shutdown);
        let served = loop {
            let accepted = tokio::select! {
                () = &mut shutdown => break Ok(()),
                Some(_) = sessions.join_next() => continue,
                accepted = socket.accept() => accepted,
            };
            let (stream, peer) = match accepted {
                Ok(accepted) => {
                    failures = 0;
                    accepted
                }
                Err(failure) => {
                    // Most often there are no file descriptors left; connections
                    // that end give some back.
                    tracing::warn!(%failure, "a mail connection could not be accepted");
                    failures += 1;
                    if failures == ACCEPT_FAILURES_AT_MOST {
                        break Err(failure);
                    }
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                }
            };
            let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
                sessions.spawn(turn_away(stream));
                continue;
            };
            let session = Session {
                config: Arc::clone(&self.config),
                intake: Arc::clone(&self.intake),
                closed: closed.clone(),
                room: Arc::clone(&room),
                held: Vec::new(),
                peer,
                is_encrypted: false,
            };
            sessions.spawn(async move {
                session.run(stream).await;
                drop(place);
            });
        };
        // Nobody listening means that no session is left.
        let _ = closing.send(true);
        let finished = async { while sessions.join_next().await.is_some() {} };
        if tokio::time::timeout(CLOSING_TIMEOUT, finished).await.is_err() {
            tracing::warn!("mail connections did not end in time");
        }
        served
    }
}

/// How often accepting may fail in a row.
const ACCEPT_FAILURES_AT_MOST: u32 = 600;
/// How long sessions may take to end once asked.
const CLOSING_TIMEOUT: Duration = Duration::from_secs(30);
/// How many bytes are read at once.
const READ_BYTES: usize = 64 * 1024;

/// The unit in which room for messages is given out, in bytes. What fits into one
/// read is not counted.
const HELD_UNIT_BYTES: usize = 1024 * 1024;

/// Tells a peer that all places are taken.
async fn turn_away(mut stream: TcpStream) {
    let line = b"421 4.3.2 Too many connections, try again later\r\n";
    // A peer that does not listen loses nothing by it.
    let _ = tokio::time::timeout(Duration::from_secs(5), stream.write_all(line)).await;
}

/// One connection.
struct Session {
    config: Arc<ListenConfig>,
    intake: Arc<dyn Intake>,
    closed: watch::Receiver<bool>,
    room: Arc<Semaphore>,
    held: Vec<OwnedSemaphorePermit>,
    peer: SocketAddr,
    is_encrypted: bool,
}

/// Why a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Finished,
    Lost,
    /// The connection is to be encrypted, and then goes on.
    Encrypt,
}

impl Session {
    async fn run(mut self, mut stream: TcpStream) {
        // Replies are short and awaited; delaying them helps nobody.
        let _ = stream.set_nodelay(true);
        let mut dialogue = Dialogue::new(&self.config);
        let end = self.converse(&mut stream, &mut dialogue).await;
        if end == End::Encrypt {
            return self.run_encrypted(stream, dialogue).await;
        }
        self.part(end, &mut stream).await;
    }

    async fn run_encrypted(mut self, stream: TcpStream, mut dialogue: Dialogue) {
        let Some(tls) = self.config.tls.clone() else { return };
        let accepting = TlsAcceptor::from(tls.0).accept(stream);
        let Ok(Ok(mut stream)) = tokio::time::timeout(self.config.idle_timeout, accepting).await else {
            tracing::debug!(peer = %self.peer, "a mail connection could not be encrypted");
            return;
        };
        self.is_encrypted = true;
        dialogue.encrypted();
        let end = self.converse(&mut stream, &mut dialogue).await;
        self.part(end, &mut stream).await;
    }

    async fn part(&self, end: End, stream: &mut (impl AsyncWrite + Unpin)) {
        tracing::debug!(peer = %self.peer, ?end, "a mail connection ended");
        if end == End::Finished {
            let _ = tokio::time::timeout(Duration::from_secs(5), stream.shutdown()).await;
        }
    }

    async fn converse<S>(&mut self, stream: &mut S, dialogue: &mut Dialogue) -> End
    where
        S: AsyncRead + AsyncWrite + Unpin + Send,
    {
        let mut buffer = vec![0_u8; READ_BYTES];
        let ends_at = Instant::now() + self.config.session_timeout;
        loop {
            if self.send(stream, dialogue).await.is_err() {
                return End::Lost;
            }
            let quiet_until = ends_at.min(Instant::now() + self.config.idle_timeout);
            let read = tokio::select! {
                biased;
                _ = self.closed.wait_for(|closed| *closed) => {
                    dialogue.close("4.3.2 Closing for maintenance, try again later");
                    break;
                }
                read = tokio::time::timeout_at(quiet_until, stream.read(&mut buffer)) => read,
            };
            let length = match read {
                Ok(Ok(0) | Err(_)) => return End::Lost,
                Ok(Ok(length)) => length,
                Err(_) => {
                    dialogue.close("4.4.2 Waited too long");
                    break;
                }
            };
            match self.feed(dialogue, stream, &buffer[..length]).await {
                None => {}
                Some(End::Encrypt) => {
                    return match self.send(stream, dialogue).await {
                        Ok(()) => End::Encrypt,
                        Err(()) => End::Lost,
                    };
                }
                Some(_) => break,
            }
        }
        match self.send(stream, dialogue).await {
            Ok(()) => End::Finished,
            Err(()) => End::Lost,
        }
    }

    /// Gives bytes to the dialogue and answers its steps; tells the end once it is over.
    async fn feed<S>(&mut self, dialogue: &mut Dialogue, stream: &mut S, bytes: &[u8]) -> Option<End>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send,
    {
        let mut rest = bytes;
        loop {
            let (used, step) = dialogue.receive(rest);
            rest = &rest[used..];
            if !matches!(step, Step::Take(..)) {
                self.make_room(dialogue);
            }
            match step {
                Step::NeedBytes => return None,
                Step::Close => return Some(End::Finished),
                // The rest came in clear, and may be another's words.
                Step::Encrypt => return Some(End::Encrypt),
                Step::Recipient(address) => {
                    let answer = self.intake.recipient(&address).await;
                    dialogue.answer_recipient(answer);
                }
                Step::Take(transaction, message) => {
                    // What was answered before is said before the wait.
                    let lost = self.send(stream, dialogue).await.is_err();
                    let envelope = Envelope {
                        from: transaction.from,
                        recipients: transaction.recipients,
                        peer_ip: self.peer.ip(),
                        loopback: self.peer.ip().to_canonical().is_loopback(),
                        helo: transaction.helo,
                        is_encrypted: self.is_encrypted,
                    };
                    let answers = self.intake.take(envelope, message).await;
                    dialogue.answer_take(&answers);
                    self.held.clear();
                    if lost {
                        return Some(End::Lost);
                    }
                }
            }
        }
    }

    /// Claims room for what the dialogue holds by now, or makes it let go.
    fn make_room(&mut self, dialogue: &mut Dialogue) {
        self.held.truncate(dialogue.held_bytes() / HELD_UNIT_BYTES);
        while dialogue.held_bytes() / HELD_UNIT_BYTES > self.held.len() {
            match Arc::clone(&self.room).try_acquire_owned() {
                Ok(unit) => self.held.push(unit),
                Err(_) => {
                    tracing::warn!(peer = %self.peer, "too much mail at once; a message is put off");
                    dialogue.forget_message();
                    self.held.clear();
                }
            }
        }
    }

    async fn send(
        &self,
        stream: &mut (impl AsyncWrite + Unpin + Send),
        dialogue: &mut Dialogue,
    ) -> Result<(), ()> {
        let replies = dialogue.take_replies();
        if replies.is_empty() {
            return Ok(());
        }
        match tokio::time::timeout(self.config.idle_timeout, stream.write_all(&replies)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(()),
        }
    }
}
