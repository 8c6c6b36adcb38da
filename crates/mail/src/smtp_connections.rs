//! Connections to the mail server that letters are handed over to: kept for the next letter, and talking in as few
//! packets as there are answers to wait for.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use lettre::address::Envelope;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, AsyncTokioStream, Certificate, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Instant;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::deliver::{SmtpCredentials, SmtpEncryption, SmtpSettings};
use crate::tls::trusting;

/// For how long a connection is kept that nobody uses. Servers close theirs after some minutes.
const KEPT_FOR: Duration = Duration::from_secs(30);
/// Answers that one letter waits for.
const ANSWERS: u32 = 4;
/// Bytes that are gathered before they leave although no answer is waited for.
const GATHERED_BYTES: usize = 64 * 1024;
/// "Service not available, closing transmission channel" (RFC 5321, section 4.2.3).
const CLOSING: u16 = 421;

/// Why a letter was not taken.
pub(crate) enum SmtpFailure {
    /// The server said so, or does not speak as a mail server.
    Said(Error),
    /// It cannot be reached, or does not answer in time.
    Away(String),
}

impl From<Error> for SmtpFailure {
    fn from(wrong: Error) -> Self {
        Self::Said(wrong)
    }
}

/// Connections to one mail server.
pub(crate) struct SmtpConnections {
    settings: SmtpSettings,
    hello_name: ClientId,
    secrecy: Secrecy,
    idle: Mutex<Vec<Idle>>,
}

impl fmt::Debug for SmtpConnections {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.debug_struct("SmtpConnections").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// How the way there is encrypted.
enum Secrecy {
    None,
    Implicit(Arc<ClientConfig>, ServerName<'static>),
    StartTls { parameters: TlsParameters, is_required: bool },
}

/// A connection that nobody uses, and the token that it signed in with.
struct Idle {
    connection: AsyncSmtpConnection,
    token: Option<String>,
    since: Instant,
}

impl SmtpConnections {
    /// None is opened yet.
    ///
    /// # Errors
    /// When the host name cannot stand in a certificate, or the authorities cannot be read.
    pub(crate) fn to(settings: SmtpSettings) -> Result<Self, String> {
        let authorities = settings.authorities.as_deref();
        let secrecy = match settings.encryption {
            SmtpEncryption::None => Secrecy::None,
            SmtpEncryption::Implicit => {
                let name = ServerName::try_from(settings.host.clone()).map_err(|wrong| wrong.to_string())?;
                Secrecy::Implicit(trusting(authorities, None)?, name)
            }
            encryption => {
                let mut parameters = TlsParameters::builder(settings.host.clone());
                if let Some(pem) = authorities {
                    let authority = Certificate::from_pem(pem).map_err(|wrong| wrong.to_string())?;
                    parameters = parameters.add_root_certificate(authority);
                }
                let parameters = parameters.build().map_err(|wrong| wrong.to_string())?;
                Secrecy::StartTls { parameters, is_required: encryption == SmtpEncryption::Required }
            }
        };
        let hello_name = ClientId::Domain(settings.hello_name.clone());
        Ok(Self { settings, hello_name, secrecy, idle: Mutex::default() })
    }

    /// Sends a letter over a connection that is there, or else over a new one. `token` is signed in with in place of
    /// the password, as XOAUTH2.
    ///
    /// # Errors
    /// What the server says, or that it cannot be reached.
    pub(crate) async fn send(
        &self,
        envelope: &Envelope,
        bytes: &[u8],
        token: Option<&str>,
    ) -> Result<(), SmtpFailure> {
        if let Some(mut known) = self.take_idle(token) {
            match self.within(ANSWERS, known.send(envelope, bytes)).await {
                // It was closed while nobody used it, which says nothing of the letter.
                Err(SmtpFailure::Said(wrong))
                    if wrong.status().is_none_or(|code| u16::from(code) == CLOSING) => {}
                Err(failure) => return Err(failure),
                Ok(_) => {
                    self.keep(known, token);
                    return Ok(());
                }
            }
        }
        let mut connection = self.open(token).await?;
        self.within(ANSWERS, connection.send(envelope, bytes)).await?;
        self.keep(connection, token);
        Ok(())
    }

    async fn open(&self, token: Option<&str>) -> Result<AsyncSmtpConnection, SmtpFailure> {
        let SmtpSettings { host, port, credentials, .. } = &self.settings;
        let talk = self.within(1, Talk::to(host, *port)).await?;
        let stream: Box<dyn AsyncTokioStream> = match &self.secrecy {
            Secrecy::Implicit(trust, name) => {
                let connector = TlsConnector::from(Arc::clone(trust));
                Box::new(Encrypted(self.within(1, connector.connect(name.clone(), talk)).await?))
            }
            Secrecy::None | Secrecy::StartTls { .. } => Box::new(talk),
        };
        let opening = AsyncSmtpConnection::connect_with_transport(stream, &self.hello_name);
        let mut connection = self.within(2, opening).await?;
        if let Secrecy::StartTls { parameters, is_required } = &self.secrecy
            && (*is_required || connection.can_starttls())
        {
            self.within(3, connection.starttls(parameters.clone(), &self.hello_name)).await?;
        }
        if let Some(SmtpCredentials { user, password }) = credentials {
            let mechanisms = if token.is_some() { &[Mechanism::Xoauth2][..] } else { DEFAULT_MECHANISMS };
            let secret = token.unwrap_or(password).to_owned();
            let credentials = Credentials::new(user.clone(), secret);
            self.within(3, connection.auth(mechanisms, &credentials)).await?;
        }
        Ok(connection)
    }

    /// Waits as long as so many answers may take.
    async fn within<T, E: Into<SmtpFailure>>(
        &self,
        answers: u32,
        waited_for: impl Future<Output = Result<T, E>>,
    ) -> Result<T, SmtpFailure> {
        match tokio::time::timeout(self.settings.timeout * answers, waited_for).await {
            Ok(outcome) => outcome.map_err(Into::into),
            Err(_) => Err(SmtpFailure::Away("it does not answer in time".to_owned())),
        }
    }

    fn take_idle(&self, token: Option<&str>) -> Option<AsyncSmtpConnection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|idle| idle.since.elapsed() < KEPT_FOR && idle.token.as_deref() == token);
        idle.pop().map(|idle| idle.connection)
    }

    fn keep(&self, connection: AsyncSmtpConnection, token: Option<&str>) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if !connection.has_broken() && idle.len() < self.settings.connections_at_most as usize {
            idle.push(Idle { connection, token: token.map(str::to_owned), since: Instant::now() });
        }
    }
}

impl From<io::Error> for SmtpFailure {
    fn from(wrong: io::Error) -> Self {
        Self::Away(wrong.to_string())
    }
}

/// A connection whose words leave together once an answer to them is waited for. Sent one by one the end of a letter
/// would wait for the other side to acknowledge what came before it, which takes most systems forty milliseconds.
#[derive(Debug)]
struct Talk {
    stream: TcpStream,
    said: Vec<u8>,
    sent: usize,
}

impl Talk {
    async fn to(host: &str, port: u16) -> io::Result<Self> {
        let stream = TcpStream::connect((host, port)).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, said: Vec::new(), sent: 0 })
    }

    fn poll_send(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.sent < self.said.len() {
            let sent = ready!(Pin::new(&mut self.stream).poll_write(context, &self.said[self.sent..]))?;
            if sent == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.sent += sent;
        }
        self.said.clear();
        self.sent = 0;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Talk {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.said.len() >= GATHERED_BYTES {
            ready!(self.poll_send(context))?;
        }
        let room = GATHERED_BYTES.saturating_sub(self.said.len()).max(1).min(bytes.len());
        self.said.extend_from_slice(&bytes[..room]);
        Poll::Ready(Ok(room))
    }

    /// Nothing leaves yet: it does when an answer is read.
    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_send(context))?;
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl AsyncRead for Talk {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        ready!(self.poll_send(context))?;
        Pin::new(&mut self.stream).poll_read(context, into)
    }
}

impl AsyncTokioStream for Talk {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.stream.peer_addr()
    }
}

/// A connection that is encrypted from its first byte.
#[derive(Debug)]
struct Encrypted(TlsStream<Talk>);

impl AsyncWrite for Encrypted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}

impl AsyncRead for Encrypted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, into)
    }
}

impl AsyncTokioStream for Encrypted {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.0.get_ref().0.peer_addr()
    }
}
