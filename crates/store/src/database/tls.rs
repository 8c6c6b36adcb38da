//! Encryption on the way to PostgreSQL: rustls under the client, as everywhere in the house.
//!
//! The server's certificate has always to be for the name that it is asked by, and of an authority that is trusted;
//! there is no encryption to whoever answers. Source: ASVS 5.0, 12.3.1 to 12.3.3.

use crate::error::StoreError;
use percent_encoding::percent_decode_str;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{CertificateError, ClientConfig, RootCertStore};
use std::convert::Infallible;
use std::net::IpAddr;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};
use tokio_rustls::TlsConnector;

/// An address of a server as it was written, read: how it is connected to, and whom to believe.
#[derive(Debug)]
pub(super) struct Address {
    pub(super) server: tokio_postgres::Config,
    pub(super) tls: Tls,
}

impl Address {
    /// Reads `postgres://…` or the `key=value` form. Beside what the client knows, `sslmode=verify-full` is the same as
    /// `require`, and `sslrootcert` names a file of authorities (PEM) that are trusted in place of the usual ones.
    ///
    /// Where nothing is said, encryption is required, but to this machine itself.
    ///
    /// # Errors
    /// The address cannot be read, or the authorities cannot.
    pub(super) fn read(url: &str) -> Result<Self, StoreError> {
        let (server, authorities) = read_server(url)?;
        let authorities = authorities.filter(|file| file != "system");
        Ok(Self { server, tls: Tls::trusting(authorities.as_deref().map(Path::new))? })
    }
}

/// The servers of an address that are reached over a network; none where nothing leaves this machine.
pub(super) fn servers(url: &str) -> Result<Vec<String>, StoreError> {
    let (server, _) = read_server(url)?;
    if is_this_machine(&server) {
        return Ok(Vec::new());
    }
    let named = server.get_hosts().iter().filter_map(|host| match host {
        Host::Tcp(name) => Some(name.clone()),
        Host::Unix(_) => None,
    });
    let named: Vec<String> = named.collect();
    if named.is_empty() {
        return Ok(server.get_hostaddrs().iter().map(ToString::to_string).collect());
    }
    Ok(named)
}

/// How the server of an address is connected to, and the file of authorities that it names.
fn read_server(url: &str) -> Result<(tokio_postgres::Config, Option<String>), StoreError> {
    let failed = |reason: String| StoreError::failed("read the database's address", reason);
    let (url, authorities) = without(url, "sslrootcert");
    let (url, mode) = without(&url, "sslmode");
    let mut server: tokio_postgres::Config = url.parse().map_err(|error| failed(chain(&error)))?;
    server.ssl_mode(match mode.as_deref() {
        Some("disable") => SslMode::Disable,
        Some("prefer") => SslMode::Prefer,
        Some("require" | "verify-full") => SslMode::Require,
        None if is_this_machine(&server) => SslMode::Disable,
        None => SslMode::Require,
        Some(_) => {
            return Err(failed("`sslmode` is `disable`, `prefer`, `require` or `verify-full`".to_owned()));
        }
    });
    Ok((server, authorities))
}

/// An error of the client with what caused it.
fn chain(error: &tokio_postgres::Error) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), |source| format!("{error}: {source}"))
}

/// Whether nothing leaves this machine on the way to the server.
fn is_this_machine(server: &tokio_postgres::Config) -> bool {
    let addresses = server.get_hostaddrs();
    if !addresses.is_empty() {
        return addresses.iter().all(IpAddr::is_loopback);
    }
    server.get_hosts().iter().all(|host| match host {
        Host::Tcp(name) => {
            name.eq_ignore_ascii_case("localhost")
                || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
        }
        Host::Unix(_) => true,
    })
}

/// The address without a parameter, and its value.
fn without(url: &str, name: &str) -> (String, Option<String>) {
    let is_url = ["postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme));
    let (before, parameters, separator) = match (is_url, url.split_once('?')) {
        (true, Some((before, parameters))) => (before, parameters, '&'),
        (true, None) => return (url.to_owned(), None),
        (false, _) => ("", url, ' '),
    };
    let mut value = None;
    let mut kept = Vec::new();
    for parameter in split(parameters, separator) {
        match parameter.split_once('=') {
            Some((key, text)) if key.trim() == name => {
                value = Some(if is_url {
                    percent_decode_str(text).decode_utf8_lossy().into_owned()
                } else {
                    text.trim().trim_matches('\'').to_owned()
                });
            }
            _ => kept.push(parameter),
        }
    }
    let kept = kept.join(&separator.to_string());
    let between = if is_url && !kept.is_empty() { "?" } else { "" };
    (format!("{before}{between}{kept}"), value)
}

/// Parts between separators that stand outside of single quotes.
fn split(text: &str, separator: char) -> Vec<&str> {
    let mut is_quoted = false;
    let at = |letter: char| {
        is_quoted ^= letter == '\'' && separator == ' ';
        letter == separator && !is_quoted
    };
    text.split(at).filter(|part| !part.is_empty()).collect()
}

/// Makes encrypted connections.
#[derive(Clone)]
pub(super) struct Tls(TlsConnector);

impl std::fmt::Debug for Tls {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str("Tls(..)")
    }
}

impl Tls {
    fn trusting(authorities: Option<&Path>) -> Result<Self, StoreError> {
        let failed =
            |reason: String| StoreError::failed("read the authorities of the database's address", reason);
        let mut roots = RootCertStore { roots: Vec::new() };
        match authorities {
            None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
            Some(file) => {
                let shown = file.display();
                let pem = std::fs::read(file).map_err(|error| failed(format!("`{shown}`: {error}")))?;
                for certificate in CertificateDer::pem_slice_iter(&pem) {
                    let certificate = certificate.map_err(|error| failed(format!("`{shown}`: {error}")))?;
                    roots.add(certificate).map_err(|error| failed(format!("`{shown}`: {error}")))?;
                }
                if roots.is_empty() {
                    return Err(failed(format!("`{shown}` holds no certificate")));
                }
            }
        }
        let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| failed(error.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self(TlsConnector::from(Arc::new(config))))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> MakeTlsConnect<S> for Tls {
    type Stream = Encrypted<S>;
    type TlsConnect = TlsTo;
    type Error = Infallible;

    fn make_tls_connect(&mut self, host: &str) -> Result<TlsTo, Infallible> {
        Ok(TlsTo { connector: self.0.clone(), host: host.to_owned() })
    }
}

/// Makes one encrypted connection, to a server of this name.
pub(super) struct TlsTo {
    connector: TlsConnector,
    host: String,
}

/// Why a connection could not be encrypted.
#[derive(Debug, thiserror::Error)]
enum TlsFailure {
    #[error("`{0}` is no name that a certificate could be for")]
    Name(String),
    #[error("{0}")]
    Broken(std::io::Error),
    #[error(
        "the certificate of `{host}` is of an authority that is not trusted; name it by `sslrootcert=FILE`"
    )]
    Authority { host: String },
    #[error("the certificate of `{host}` is not accepted: {problem}")]
    Certificate { host: String, problem: CertificateError },
}

impl TlsFailure {
    fn of(host: String, error: std::io::Error) -> Self {
        let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
        match inner {
            Some(rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer)) => {
                Self::Authority { host }
            }
            Some(rustls::Error::InvalidCertificate(problem)) => {
                Self::Certificate { host, problem: problem.clone() }
            }
            _ => Self::Broken(error),
        }
    }
}

type Connecting<S> =
    Pin<Box<dyn Future<Output = Result<Encrypted<S>, Box<dyn std::error::Error + Sync + Send>>> + Send>>;

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> TlsConnect<S> for TlsTo {
    type Stream = Encrypted<S>;
    type Error = Box<dyn std::error::Error + Sync + Send>;
    type Future = Connecting<S>;

    fn connect(self, stream: S) -> Connecting<S> {
        Box::pin(async move {
            let name =
                ServerName::try_from(self.host.clone()).map_err(|_| TlsFailure::Name(self.host.clone()))?;
            let encrypted = self.connector.connect(name, stream).await;
            Ok(Encrypted(encrypted.map_err(|error| TlsFailure::of(self.host, error))?))
        })
    }
}

/// An encrypted connection, as the client wants it.
pub(super) struct Encrypted<S>(tokio_rustls::client::TlsStream<S>);

impl<S: AsyncRead + AsyncWrite + Unpin> TlsStream for Encrypted<S> {
    /// None: the certificate's name and authority are checked, so that nobody stands between.
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Encrypted<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, into)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Encrypted<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::{Address, servers, without};
    use tokio_postgres::config::SslMode;

    #[test]
    fn encryption_is_required_but_to_this_machine() {
        for (url, mode) in [
            ("postgres://desk@127.0.0.1:5432/desk", SslMode::Disable),
            ("postgres://desk@localhost/desk", SslMode::Disable),
            ("postgres://desk@[::1]/desk", SslMode::Disable),
            ("postgres://desk@%2Frun%2Fpostgresql/desk", SslMode::Disable),
            ("host=/run/postgresql user=desk", SslMode::Disable),
            ("host=db.example hostaddr=127.0.0.1 user=desk", SslMode::Disable),
            ("postgres://desk@localhost/desk?sslmode=require", SslMode::Require),
            ("postgres://desk@db.example/desk", SslMode::Require),
            ("postgres://desk@127.0.0.1.db.example/desk", SslMode::Require),
            ("postgres://desk@localhost,db.example/desk", SslMode::Require),
            ("host=localhost hostaddr=192.0.2.7 user=desk", SslMode::Require),
            ("host=db.example user=desk", SslMode::Require),
            ("postgres://desk@db.example/desk?sslmode=verify-full", SslMode::Require),
            ("postgres://desk@db.example/desk?sslmode=prefer", SslMode::Prefer),
            ("postgres://desk@db.example/desk?sslmode=disable", SslMode::Disable),
            ("host=db.example user=desk sslmode='disable'", SslMode::Disable),
        ] {
            let read = Address::read(url).map(|address| address.server.get_ssl_mode());
            assert_eq!(read.ok(), Some(mode), "{url}");
        }
        for wrong in ["postgres://db.example/desk?sslmode=allow", "host=db.example sslmode=verify-ca"] {
            assert!(Address::read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_servers_of_an_address_are_named_and_nothing_else_of_it() {
        for (url, named) in [
            ("postgres://desk:pa/ss@db.example/desk", &["db.example"][..]),
            ("postgres://desk:pa%40ss@db.example:5433/desk?sslrootcert=/nowhere.pem", &["db.example"]),
            ("postgres://desk@one.example,two.example/desk", &["one.example", "two.example"]),
            ("host=db.boreal.example hostaddr=192.0.2.7 user=entente", &["db.boreal.example"]),
            ("hostaddr=192.0.2.7 user=entente", &["192.0.2.7"]),
            ("host=/run/postgresql user=entente", &[]),
            ("postgres://desk@127.0.0.1:5432/desk", &[]),
        ] {
            assert_eq!(servers(url).unwrap(), named, "{url}");
        }
        assert!(servers("a word").is_err());
    }

    #[test]
    fn a_parameter_is_taken_out_of_both_forms() {
        for (url, left, value) in [
            (
                "postgres://a@b/c?sslrootcert=%2Fetc%2Fa%20b.pem&connect_timeout=3",
                "postgres://a@b/c?connect_timeout=3",
                "/etc/a b.pem",
            ),
            ("postgres://a@b/c?sslrootcert=ca.pem", "postgres://a@b/c", "ca.pem"),
            ("host=b sslrootcert='/etc/a b.pem' user='x y'", "host=b user='x y'", "/etc/a b.pem"),
            ("sslrootcert=ca.pem host=b", "host=b", "ca.pem"),
        ] {
            assert_eq!(without(url, "sslrootcert"), (left.to_owned(), Some(value.to_owned())), "{url}");
        }
        assert_eq!(without("postgres://a@b/c", "sslmode"), ("postgres://a@b/c".to_owned(), None));
    }

    #[test]
    fn authorities_that_are_none_are_said_so() {
        let told =
            Address::read("postgres://db.example/desk?sslrootcert=/nowhere.pem").unwrap_err().to_string();
        assert!(told.contains("/nowhere.pem"), "{told}");
    }
}
