//! Access tokens of OAuth 2, as mail providers ask for them in place of passwords.
//!
//! Source: RFC 6749 sections 4.4 (client credentials), 5 and 6 (refreshing).

use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use serde::Deserialize;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use tokio::time::Instant;
use tokio_rustls::TlsConnector;

use crate::tls::trusting;

/// How long a token endpoint may take.
const TIME_AT_MOST: Duration = Duration::from_secs(20);
/// The largest answer that is read, in bytes.
const ANSWER_BYTES_AT_MOST: usize = 64 * 1024;
/// A token is renewed this long before it ends.
const RENEWED_BEFORE: Duration = Duration::from_secs(60);

/// Where access tokens come from.
pub struct TokenSource {
    settings: TokenSettings,
    tls: Arc<ClientConfig>,
    held: Mutex<Option<(String, Instant)>>,
}

/// What a token endpoint wants to know.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenSettings {
    /// The token endpoint: `https://…`, or `http://` on this machine.
    pub endpoint: String,
    /// The name of this client.
    pub client: String,
    /// Its secret, where it has one.
    pub secret: Option<String>,
    /// The refresh token that the owner of the mailbox granted; without one the client speaks for
    /// itself.
    pub refresh_token: Option<String>,
    /// What is asked for.
    pub scope: Option<String>,
}

impl std::fmt::Debug for TokenSettings {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.debug_struct("TokenSettings").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for TokenSource {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.settings.fmt(to)
    }
}

#[derive(Deserialize)]
struct TokenAnswer {
    access_token: Option<String>,
    expires_in: Option<u64>,
    error: Option<String>,
}

impl TokenSource {
    /// A source that asks an endpoint when a token is needed.
    ///
    /// # Errors
    /// When the endpoint cannot be asked safely.
    pub fn new(settings: TokenSettings) -> Result<Self, String> {
        let (is_encrypted, host, ..) = parts(&settings.endpoint)?;
        if !is_encrypted && !matches!(host, "127.0.0.1" | "localhost" | "[::1]") {
            return Err(format!("{} is not encrypted and not on this machine", settings.endpoint));
        }
        Ok(TokenSource { settings, tls: trusting(None, None)?, held: Mutex::new(None) })
    }

    /// A token that is good for a minute at least.
    ///
    /// # Errors
    /// When the endpoint gives none, with what it said.
    pub async fn token(&self) -> Result<String, String> {
        let mut held = self.held.lock().await;
        if let Some((token, until)) = &*held
            && *until > Instant::now()
        {
            return Ok(token.clone());
        }
        let answer = tokio::time::timeout(TIME_AT_MOST, self.ask())
            .await
            .map_err(|_| format!("{} does not answer", self.settings.endpoint))??;
        let token = answer.access_token.ok_or_else(|| {
            format!("{} gives no token: {}", self.settings.endpoint, answer.error.unwrap_or_default())
        })?;
        let lasts = Duration::from_secs(answer.expires_in.unwrap_or(300)).saturating_sub(RENEWED_BEFORE);
        *held = Some((token.clone(), Instant::now() + lasts));
        Ok(token)
    }

    /// Forgets the token, because it was refused.
    pub async fn forget(&self) {
        *self.held.lock().await = None;
    }

    async fn ask(&self) -> Result<TokenAnswer, String> {
        let TokenSettings { endpoint, client, secret, refresh_token, scope } = &self.settings;
        let mut form = vec![("client_id", client.as_str())];
        match refresh_token {
            Some(token) => form.extend([("grant_type", "refresh_token"), ("refresh_token", token.as_str())]),
            None => form.push(("grant_type", "client_credentials")),
        }
        if let Some(secret) = secret {
            form.push(("client_secret", secret));
        }
        if let Some(scope) = scope {
            form.push(("scope", scope));
        }
        let body: Vec<String> =
            form.iter().map(|(name, value)| format!("{name}={}", percent_encoded(value))).collect();
        let body = body.join("&");
        let (is_encrypted, host, port, path) = parts(endpoint)?;
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
             Accept: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        let failed = |wrong: std::io::Error| format!("asking {endpoint}: {wrong}");
        let stream = TcpStream::connect((host.trim_matches(['[', ']']), port)).await.map_err(failed)?;
        let answer = if is_encrypted {
            let name = ServerName::try_from(host.to_owned()).map_err(|wrong| format!("{host}: {wrong}"))?;
            let stream =
                TlsConnector::from(Arc::clone(&self.tls)).connect(name, stream).await.map_err(failed)?;
            exchange(stream, &request).await.map_err(failed)?
        } else {
            exchange(stream, &request).await.map_err(failed)?
        };
        let body =
            body_of(&answer).ok_or_else(|| format!("{endpoint} answers nothing that is understood"))?;
        serde_json::from_slice(&body).map_err(|wrong| format!("{endpoint} answers no JSON: {wrong}"))
    }
}

async fn exchange(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    request: &str,
) -> std::io::Result<Vec<u8>> {
    stream.write_all(request.as_bytes()).await?;
    stream.flush().await?;
    let mut answer = Vec::new();
    let mut buffer = [0_u8; 8 * 1024];
    loop {
        match stream.read(&mut buffer).await {
            Ok(0) => return Ok(answer),
            Ok(length) => answer.extend_from_slice(&buffer[..length]),
            // Many servers end without the goodbye of TLS.
            Err(wrong) if wrong.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(answer),
            Err(wrong) => return Err(wrong),
        }
        if answer.len() > ANSWER_BYTES_AT_MOST {
            return Ok(answer);
        }
    }
}

/// The body of an answer, put together where it came in pieces. Source: RFC 9112 section 7.1.
fn body_of(answer: &[u8]) -> Option<Vec<u8>> {
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&answer[..end]).to_lowercase();
    let mut rest = &answer[end + 4..];
    if !head.contains("transfer-encoding: chunked") {
        return Some(rest.to_vec());
    }
    let mut body = Vec::new();
    loop {
        let line = rest.windows(2).position(|window| window == b"\r\n")?;
        let size = std::str::from_utf8(&rest[..line]).ok()?;
        let size = usize::from_str_radix(size.split(';').next()?.trim(), 16).ok()?;
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(rest.get(line + 2..line.checked_add(2)?.checked_add(size)?)?);
        rest = rest.get(line + 2 + size + 2..)?;
    }
}

/// Encrypted or not, host, port and path of an address.
fn parts(endpoint: &str) -> Result<(bool, &str, u16, &str), String> {
    let wrong = || format!("{endpoint} is no address of a token endpoint");
    let (is_encrypted, rest) = match (endpoint.strip_prefix("https://"), endpoint.strip_prefix("http://")) {
        (Some(rest), _) => (true, rest),
        (_, Some(rest)) => (false, rest),
        _ => return Err(wrong()),
    };
    let at = rest.find('/').unwrap_or(rest.len());
    let (authority, path) = rest.split_at(at);
    let path = if path.is_empty() { "/" } else { path };
    if authority.is_empty() || authority.contains('@') || endpoint.contains(char::is_whitespace) {
        return Err(wrong());
    }
    match authority.rsplit_once(':').filter(|(_, port)| !port.ends_with(']')) {
        Some((host, port)) => Ok((is_encrypted, host, port.parse().map_err(|_| wrong())?, path)),
        None => Ok((is_encrypted, authority, if is_encrypted { 443 } else { 80 }, path)),
    }
}

fn percent_encoded(value: &str) -> String {
    let mut encoded = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::net::TcpListener;

    use super::*;

    /// A provider that gives a new token each time, in pieces, and wants its own refresh token.
    async fn provider() -> (String, Arc<AtomicUsize>) {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}/token", socket.local_addr().unwrap());
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = socket.accept().await.unwrap();
                let mut request = vec![0; 4096];
                let length = stream.read(&mut request).await.unwrap();
                let request = String::from_utf8_lossy(&request[..length]).into_owned();
                let number = count.fetch_add(1, Ordering::SeqCst) + 1;
                let body = if request.contains("grant_type=refresh_token&refresh_token=r%2F1") {
                    format!("{{\"access_token\":\"t{number}\",\"expires_in\":3600}}")
                } else {
                    "{\"error\":\"invalid_grant\"}".to_owned()
                };
                let (one, two) = body.split_at(5);
                let answer = format!(
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{one}\r\n{:x}\r\n{two}\r\n0\r\n\r\n",
                    one.len(),
                    two.len()
                );
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        (endpoint, asked)
    }

    fn settings(endpoint: &str, refresh: &str) -> TokenSettings {
        TokenSettings {
            endpoint: endpoint.to_owned(),
            client: "desk".to_owned(),
            secret: Some("s&1".to_owned()),
            refresh_token: Some(refresh.to_owned()),
            scope: None,
        }
    }

    #[tokio::test]
    async fn a_token_is_kept_until_it_is_refused() {
        let (endpoint, asked) = provider().await;
        let source = TokenSource::new(settings(&endpoint, "r/1")).unwrap();
        assert_eq!(source.token().await.as_deref(), Ok("t1"));
        assert_eq!(source.token().await.as_deref(), Ok("t1"));
        assert_eq!(asked.load(Ordering::SeqCst), 1);
        source.forget().await;
        assert_eq!(source.token().await.as_deref(), Ok("t2"));
        let refused = TokenSource::new(settings(&endpoint, "other")).unwrap();
        assert!(refused.token().await.unwrap_err().contains("invalid_grant"));
    }

    #[test]
    fn only_encrypted_endpoints_are_asked_elsewhere() {
        assert!(TokenSource::new(settings("http://login.example/token", "r")).is_err());
        assert!(TokenSource::new(settings("https://login.example/token", "r")).is_ok());
        assert!(TokenSource::new(settings("ftp://login.example/", "r")).is_err());
        assert_eq!(parts("https://login.example/a/b").unwrap(), (true, "login.example", 443, "/a/b"));
        assert_eq!(parts("http://127.0.0.1:81").unwrap(), (false, "127.0.0.1", 81, "/"));
    }
}
