use crate::address::is_public;
use crate::name_servers::{FindAddresses, NameServers};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use url::{Host, Url};

/// Seconds until a connection must stand, and until all of a call must be over.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
const ALL_WITHIN: Duration = Duration::from_secs(15);
/// Bytes of an answer that are read; the rest is nobody's business.
const ANSWER_BYTES: usize = 16 * 1024;
/// Addresses of one name that are tried.
const TRIES: usize = 3;
/// Ports from 1024 on that belong to databases and caches.
const PORTS_OF_DATABASES: [u16; 8] = [1433, 1521, 3306, 5432, 6379, 9200, 11_211, 27_017];

/// Which machines may be called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    /// Those of the public network, by HTTPS.
    #[default]
    Public,
    /// And this machine itself, without TLS too: for demonstrations and tests.
    AlsoThisMachine,
}

/// Calls out.
#[derive(Clone, Debug)]
pub struct Outside {
    reach: Reach,
    names: Arc<dyn FindAddresses>,
    tls: Arc<ClientConfig>,
}

/// What was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status of HTTP, 100 to 999.
    pub status: u16,
    /// When it asks to be called again (RFC 9110, section 10.2.3).
    pub retry_after: Option<RetryAfter>,
}

/// When somebody asks to be called again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryAfter {
    /// After so many seconds.
    Seconds(i64),
    /// At an instant, in seconds since 1970 UTC.
    At(i64),
}

/// What was answered, with what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The status of HTTP, 100 to 999.
    pub status: u16,
    /// The body, [`REPLY_BYTES`] at most.
    pub body: Vec<u8>,
}

/// Bytes of a body that is read.
pub const REPLY_BYTES: usize = 64 * 1024;

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum OutsideError {
    /// It is no address of the web that may be called.
    #[error("not an address that may be called: {why}")]
    Address {
        /// Why not.
        why: &'static str,
    },
    /// The name leads to a machine that must not be called.
    #[error("the name leads into a private network")]
    Private,
    /// The name leads nowhere.
    #[error("the name leads nowhere")]
    Unknown,
    /// The machine did not answer, or not in a way that is understood.
    #[error("{why}")]
    Unanswered {
        /// What went wrong.
        why: String,
    },
    /// It took too long.
    #[error("it took too long")]
    TooSlow,
}

impl Outside {
    /// A way out that trusts the public certificate authorities and asks the name servers of this machine. It goes
    /// there itself: what the environment says of proxies is not asked.
    #[must_use]
    pub fn new(reach: Reach) -> Self {
        Self::asking(reach, Arc::new(NameServers::default()))
    }

    /// The same, where somebody else finds the addresses of names.
    #[must_use]
    pub fn asking(reach: Reach, names: Arc<dyn FindAddresses>) -> Self {
        let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("the provider knows the protocols that it ships with")
            .with_root_certificates(roots)
            .with_no_client_auth();
        Self { reach, names, tls: Arc::new(tls) }
    }

    /// Whether an address may be called, as far as can be said without asking for its name.
    ///
    /// # Errors
    /// [`OutsideError::Address`] for anything but `https://HOST…` without user and password, at a port of the web:
    /// 443, or one from 1024 on that no database has; [`OutsideError::Private`] for a number that belongs to no
    /// public machine.
    pub fn check(&self, address: &str) -> Result<(), OutsideError> {
        self.target(address).map(drop)
    }

    fn target(&self, address: &str) -> Result<Target, OutsideError> {
        let refused = |why| OutsideError::Address { why };
        let url = Url::parse(address).map_err(|_| refused("it is not complete"))?;
        let is_secure = match (url.scheme(), self.reach) {
            ("https", _) => true,
            ("http", Reach::AlsoThisMachine) => false,
            _ => return Err(refused("it does not begin with https://")),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refused("it holds a user or a password"));
        }
        let port = url.port_or_known_default().ok_or(refused("it has no port"))?;
        let is_of_the_web = match port {
            443 => true,
            80 => !is_secure,
            _ => port >= 1024 && !PORTS_OF_DATABASES.contains(&port),
        };
        if !is_of_the_web {
            return Err(refused("its port is not one of the web"));
        }
        let (name, fixed) = match url.host() {
            Some(Host::Domain(name)) => (name.to_owned(), None),
            Some(Host::Ipv4(number)) => (number.to_string(), Some(number.into())),
            Some(Host::Ipv6(number)) => (format!("[{number}]"), Some(number.into())),
            None => return Err(refused("it names no machine")),
        };
        if fixed.is_some_and(|number| !self.may_reach(number)) {
            return Err(OutsideError::Private);
        }
        let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
        Ok(Target { name, fixed, port, is_secure, path: format!("{}{query}", url.path()) })
    }

    fn may_reach(&self, number: std::net::IpAddr) -> bool {
        is_public(number) || self.reach == Reach::AlsoThisMachine && number.to_canonical().is_loopback()
    }

    /// Sends a body to an address and gives the status of the answer. Nothing is followed.
    ///
    /// # Errors
    /// As in [`OutsideError`].
    pub async fn post(
        &self,
        address: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Answer, OutsideError> {
        let target = self.target(address)?;
        match tokio::time::timeout(ALL_WITHIN, self.call(&target, headers, body)).await {
            Ok(answer) => answer,
            Err(_) => Err(OutsideError::TooSlow),
        }
    }

    /// Asks an address, with a body or without, and reads what it says. Nothing is followed.
    ///
    /// # Errors
    /// As in [`OutsideError`]; a body of more than [`REPLY_BYTES`] is no answer.
    pub async fn ask(
        &self,
        address: &str,
        headers: &[(&str, &str)],
        body: Option<&[u8]>,
    ) -> Result<Reply, OutsideError> {
        let target = self.target(address)?;
        let asked = async {
            let stream = self.connect(&target).await?;
            if !target.is_secure {
                return converse(stream, &target, headers, body).await;
            }
            converse(self.secured(&target, stream).await?, &target, headers, body).await
        };
        match tokio::time::timeout(ALL_WITHIN, asked).await {
            Ok(reply) => reply,
            Err(_) => Err(OutsideError::TooSlow),
        }
    }

    async fn call(
        &self,
        target: &Target,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Answer, OutsideError> {
        let stream = self.connect(target).await?;
        if !target.is_secure {
            return exchange(stream, target, headers, body).await;
        }
        exchange(self.secured(target, stream).await?, target, headers, body).await
    }

    async fn secured(
        &self,
        target: &Target,
        stream: TcpStream,
    ) -> Result<TlsStream<TcpStream>, OutsideError> {
        let unanswered = |error: std::io::Error| OutsideError::Unanswered { why: error.to_string() };
        let name = match target.fixed {
            Some(number) => ServerName::IpAddress(number.into()),
            None => ServerName::try_from(target.name.clone())
                .map_err(|_| OutsideError::Address { why: "no certificate could bear its name" })?,
        };
        TlsConnector::from(Arc::clone(&self.tls)).connect(name, stream).await.map_err(unanswered)
    }

    /// Connects to an address that was looked at, and to no other.
    async fn connect(&self, target: &Target) -> Result<TcpStream, OutsideError> {
        let found: Vec<SocketAddr> = match target.fixed {
            Some(number) => vec![SocketAddr::new(number, target.port)],
            None => {
                let found = self.names.addresses(&target.name).await;
                found.into_iter().map(|number| SocketAddr::new(number, target.port)).collect()
            }
        };
        if found.is_empty() {
            return Err(OutsideError::Unknown);
        }
        // A name that leads into a private network as well is no honest one.
        if found.iter().any(|address| !self.may_reach(address.ip())) {
            return Err(OutsideError::Private);
        }
        let mut failed = OutsideError::Unknown;
        for address in found.into_iter().take(TRIES) {
            match tokio::time::timeout(CONNECT_WITHIN, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => return Ok(stream),
                Ok(Err(error)) => failed = OutsideError::Unanswered { why: error.to_string() },
                Err(_) => failed = OutsideError::TooSlow,
            }
        }
        Err(failed)
    }
}

/// An address, taken apart.
struct Target {
    /// As a request names it.
    name: String,
    /// The number, where the address is one.
    fixed: Option<std::net::IpAddr>,
    port: u16,
    is_secure: bool,
    path: String,
}

/// One request and the status of its answer (RFC 9112).
async fn exchange<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    target: &Target,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Result<Answer, OutsideError> {
    let unanswered = |error: std::io::Error| OutsideError::Unanswered { why: error.to_string() };
    send(&mut stream, target, headers, Some(body)).await.map_err(unanswered)?;
    let mut read = Vec::new();
    let mut part = [0; 1024];
    loop {
        if let Some(answer) = answered(&read)? {
            return Ok(answer);
        }
        if read.len() > ANSWER_BYTES {
            return Err(OutsideError::Unanswered { why: "the answer has no end".to_owned() });
        }
        let count = stream.read(&mut part).await.map_err(unanswered)?;
        if count == 0 {
            return Err(OutsideError::Unanswered {
                why: "the connection ended without an answer".to_owned(),
            });
        }
        read.extend_from_slice(&part[..count]);
    }
}

/// Sends one request (RFC 9112).
async fn send<S: AsyncWrite + Unpin>(
    stream: &mut S,
    target: &Target,
    headers: &[(&str, &str)],
    body: Option<&[u8]>,
) -> std::io::Result<()> {
    let port = match (target.is_secure, target.port) {
        (true, 443) | (false, 80) => String::new(),
        (_, port) => format!(":{port}"),
    };
    let method = if body.is_some() { "POST" } else { "GET" };
    let mut head = format!("{method} {} HTTP/1.1\r\nHost: {}{port}\r\n", target.path, target.name);
    for (name, value) in headers {
        debug_assert!(!value.contains(['\r', '\n']), "a header is one line");
        head.push_str(&format!("{name}: {}\r\n", value.replace(['\r', '\n'], " ")));
    }
    if let Some(body) = body {
        head.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    head.push_str("Connection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body.unwrap_or_default()).await?;
    stream.flush().await
}

/// One request and all of its answer, which ends with the connection or where it says that it does.
async fn converse<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    target: &Target,
    headers: &[(&str, &str)],
    body: Option<&[u8]>,
) -> Result<Reply, OutsideError> {
    let unanswered = |error: std::io::Error| OutsideError::Unanswered { why: error.to_string() };
    send(&mut stream, target, headers, body).await.map_err(unanswered)?;
    let mut read = Vec::new();
    let mut part = [0; 8192];
    loop {
        let count = match stream.read(&mut part).await {
            Ok(count) => count,
            // Many servers close without saying so in TLS; what is whole is taken all the same.
            Err(_) if reply(&read, true)?.is_some() => 0,
            Err(error) => return Err(unanswered(error)),
        };
        read.extend_from_slice(&part[..count]);
        if let Some(reply) = reply(&read, count == 0)? {
            return Ok(reply);
        }
        if count == 0 {
            return Err(OutsideError::Unanswered { why: "the answer is cut off".to_owned() });
        }
        if read.len() > REPLY_BYTES + ANSWER_BYTES {
            return Err(OutsideError::Unanswered { why: "the answer has no end".to_owned() });
        }
    }
}

/// An answer as far as it was read; none while it is not whole.
fn reply(mut read: &[u8], is_over: bool) -> Result<Option<Reply>, OutsideError> {
    let wrong = |why: &str| OutsideError::Unanswered { why: why.to_owned() };
    let Some(Answer { status, .. }) = answered(read)? else { return Ok(None) };
    let mut head;
    loop {
        let end = read.windows(4).position(|window| window == b"\r\n\r\n");
        let Some(end) = end else { return Ok(None) };
        head = std::str::from_utf8(&read[..end]).map_err(|_| wrong("the head is no text"))?;
        read = &read[end + 4..];
        // Interim answers are passed over.
        if head.get(9..10).is_none_or(|first| first != "1") {
            break;
        }
    }
    let header = |wanted: &str| {
        head.lines()
            .skip(1)
            .filter_map(|line| line.split_once(':'))
            .find_map(|(name, value)| name.eq_ignore_ascii_case(wanted).then(|| value.trim()))
    };
    let body = if header("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
        match chunks(read)? {
            Some(body) => body,
            None => return Ok(None),
        }
    } else if let Some(length) = header("content-length") {
        let length: usize = length.parse().map_err(|_| wrong("its length is no number"))?;
        if length > REPLY_BYTES {
            return Err(wrong("the answer is too long"));
        }
        match read.get(..length) {
            Some(body) => body.to_vec(),
            None => return Ok(None),
        }
    } else if is_over {
        read.to_vec()
    } else {
        return Ok(None);
    };
    if body.len() > REPLY_BYTES {
        return Err(wrong("the answer is too long"));
    }
    Ok(Some(Reply { status, body }))
}

/// A body in chunks (RFC 9112, section 7.1); none while it is not whole.
fn chunks(mut read: &[u8]) -> Result<Option<Vec<u8>>, OutsideError> {
    let wrong = || OutsideError::Unanswered { why: "a chunk has no length".to_owned() };
    let mut body = Vec::new();
    loop {
        let Some(end) = read.windows(2).position(|window| window == b"\r\n") else { return Ok(None) };
        let line = std::str::from_utf8(&read[..end]).map_err(|_| wrong())?;
        let digits = line.split(';').next().unwrap_or_default().trim();
        let length = usize::from_str_radix(digits, 16).map_err(|_| wrong())?;
        if digits.starts_with('+') || length > REPLY_BYTES {
            return Err(wrong());
        }
        read = &read[end + 2..];
        if length == 0 {
            return Ok(Some(body));
        }
        let Some(part) = read.get(..length) else { return Ok(None) };
        body.extend_from_slice(part);
        match read.get(length..length + 2) {
            Some(b"\r\n") => read = &read[length + 2..],
            Some(_) => return Err(wrong()),
            None => return Ok(None),
        }
    }
}

/// What the head of an answer says, once it is complete; interim answers are passed over.
fn answered(mut read: &[u8]) -> Result<Option<Answer>, OutsideError> {
    let wrong = || OutsideError::Unanswered { why: "the answer is not HTTP".to_owned() };
    loop {
        let Some(end) = read.windows(4).position(|window| window == b"\r\n\r\n") else {
            let is_begun = read.len() < 5 || read.starts_with(b"HTTP/");
            return if is_begun { Ok(None) } else { Err(wrong()) };
        };
        let line = read[..end].split(|byte| *byte == b'\r').next().unwrap_or_default();
        let line = std::str::from_utf8(line).map_err(|_| wrong())?;
        let rest =
            line.strip_prefix("HTTP/1.1 ").or_else(|| line.strip_prefix("HTTP/1.0 ")).ok_or_else(wrong)?;
        let status: u16 = rest.get(..3).and_then(|digits| digits.parse().ok()).ok_or_else(wrong)?;
        if !(100..200).contains(&status) {
            let retry_after = retry_after(&read[..end]);
            return Ok(Some(Answer { status, retry_after }));
        }
        read = &read[end + 4..];
    }
}

/// The header `Retry-After` of a head: seconds, or a date of HTTP. What is neither says nothing.
fn retry_after(head: &[u8]) -> Option<RetryAfter> {
    let head = String::from_utf8_lossy(head);
    let value = head.split("\r\n").skip(1).find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("retry-after").then(|| value.trim().to_owned())
    })?;
    if !value.is_empty() && value.bytes().all(|digit| digit.is_ascii_digit()) {
        return value.parse().ok().map(RetryAfter::Seconds);
    }
    seconds_of_date(&value).map(RetryAfter::At)
}

/// A date of HTTP, `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, section 5.6.7), in seconds since 1970.
fn seconds_of_date(text: &str) -> Option<i64> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let parts: Vec<&str> = text.split([' ', ':']).filter(|part| !part.is_empty()).collect();
    let [_, day, month, year, hour, minute, second, "GMT"] = parts[..] else { return None };
    let number = |text: &str, most: i64| text.parse::<i64>().ok().filter(|found| (0..=most).contains(found));
    let month = i64::try_from(MONTHS.iter().position(|known| *known == month)?).ok()? + 1;
    let (day, year) = (number(day, 31)?, number(year, 9999)?);
    // Days since 1970 by counting years from March, so that leap days come last.
    let (march_year, march_month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * march_year + march_year / 4 - march_year / 100
        + march_year / 400
        + (153 * march_month + 2) / 5
        + day
        - 719_469;
    Some(days * 86_400 + number(hour, 23)? * 3600 + number(minute, 59)? * 60 + number(second, 60)?)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may")]
mod tests {
    use super::{Answer, Outside, OutsideError, REPLY_BYTES, Reach, Reply, RetryAfter, answered, reply};
    use crate::name_servers::{FindAddresses, Found};
    use std::collections::VecDeque;
    use std::net::IpAddr;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, Mutex};
    use std::time::Duration;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};

    /// A name server that answers another way each time it is asked, as its keeper likes.
    #[derive(Debug)]
    struct Turncoat {
        answers: Mutex<VecDeque<Vec<IpAddr>>>,
        asked: AtomicUsize,
    }

    impl Turncoat {
        fn saying(answers: &[&[&str]]) -> Arc<Self> {
            let parsed = |answer: &&[&str]| answer.iter().map(|number| number.parse().unwrap()).collect();
            let answers = Mutex::new(answers.iter().map(parsed).collect());
            Arc::new(Self { answers, asked: AtomicUsize::new(0) })
        }

        fn asked(&self) -> usize {
            self.asked.load(Ordering::SeqCst)
        }
    }

    impl FindAddresses for Turncoat {
        fn addresses<'a>(&'a self, _: &'a str) -> Found<'a> {
            self.asked.fetch_add(1, Ordering::SeqCst);
            let answer = self.answers.lock().unwrap().pop_front().unwrap_or_default();
            Box::pin(async move { answer })
        }
    }

    /// A machine of the web that does something to each connection, and counts them.
    async fn machine<F, T>(answers: F) -> (u16, Arc<AtomicUsize>)
    where
        F: Fn(TcpStream) -> T + Send + 'static,
        T: Future<Output = std::io::Result<()>> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let count = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&count);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(answers(stream));
            }
        });
        (port, count)
    }

    /// Reads a question whole and says a text.
    async fn say(mut stream: TcpStream, text: &[u8]) -> std::io::Result<()> {
        let mut read = [0; 4096];
        let _ = stream.read(&mut read).await?;
        stream.write_all(text).await
    }

    #[tokio::test]
    async fn a_name_that_leads_into_the_house_as_well_leads_nowhere() {
        for mixed in [
            &["8.8.8.8", "10.0.0.1"][..],
            &["10.0.0.1", "8.8.8.8"],
            &["2606:4700::1111", "8.8.8.8", "fd00:ec2::254"],
            &["8.8.8.8", "1.1.1.1", "9.9.9.9", "8.8.4.4", "127.0.0.1"],
            &["8.8.8.8", "::ffff:169.254.169.254"],
            &["8.8.8.8", "64:ff9b::7f00:1"],
            &["8.8.8.8", "0.0.0.0"],
            &["127.0.0.1"],
        ] {
            let names = Turncoat::saying(&[mixed]);
            let outside = Outside::asking(Reach::Public, Arc::<Turncoat>::clone(&names));
            let answer = outside.post("https://hooks.client.example/in", &[], b"{}").await;
            assert_eq!(answer, Err(OutsideError::Private), "{mixed:?}");
            assert_eq!(names.asked(), 1);
        }
        // Nobody is called, not even at an address that might be.
        let (port, count) = machine(|stream| say(stream, b"HTTP/1.1 204 So\r\n\r\n")).await;
        let names = Turncoat::saying(&[&["127.0.0.1", "10.0.0.1"], &["127.0.0.1"]]);
        let outside = Outside::asking(Reach::AlsoThisMachine, names);
        let address = format!("http://hooks.client.example:{port}/in");
        assert_eq!(outside.post(&address, &[], b"{}").await, Err(OutsideError::Private));
        assert_eq!(count.load(Ordering::SeqCst), 0);
        assert_eq!(outside.post(&address, &[], b"{}").await.map(|answer| answer.status), Ok(204));
    }

    #[tokio::test]
    async fn a_name_is_asked_for_once_and_the_call_goes_where_it_was_said_to_lead() {
        let (port, count) = machine(|stream| say(stream, b"HTTP/1.1 204 So\r\n\r\n")).await;
        // Checked as one machine, the name is another a moment later.
        let names = Turncoat::saying(&[&["127.0.0.1"], &["169.254.169.254"], &["127.0.0.1"]]);
        let outside = Outside::asking(Reach::AlsoThisMachine, Arc::<Turncoat>::clone(&names));
        let address = format!("http://hooks.client.example:{port}/in");
        assert_eq!(outside.check(&address), Ok(()), "nobody is asked when an address is written down");
        assert_eq!(names.asked(), 0);
        assert_eq!(outside.post(&address, &[], b"{}").await.map(|answer| answer.status), Ok(204));
        assert_eq!((names.asked(), count.load(Ordering::SeqCst)), (1, 1));
        assert_eq!(outside.post(&address, &[], b"{}").await, Err(OutsideError::Private));
        assert_eq!((names.asked(), count.load(Ordering::SeqCst)), (2, 1));
        assert_eq!(outside.ask(&address, &[], None).await.map(|reply| reply.status), Ok(204));
        assert_eq!((names.asked(), count.load(Ordering::SeqCst)), (3, 2));
        // No address at all is no way either.
        assert_eq!(outside.post(&address, &[], b"{}").await, Err(OutsideError::Unknown));
    }

    #[tokio::test]
    async fn who_answers_for_ever_is_read_no_further_than_needed() {
        let outside = Outside::new(Reach::AlsoThisMachine);
        // A body without an end: the status is known before it, and whoever wants what it says gets nothing of it.
        let (port, _) = machine(|mut stream| async move {
            say_on(&mut stream, b"HTTP/1.1 200 So\r\nContent-Type: text/plain\r\n\r\n", &[b'x'; 8192]).await
        })
        .await;
        let address = format!("http://127.0.0.1:{port}/");
        assert_eq!(outside.post(&address, &[], b"{}").await.map(|answer| answer.status), Ok(200));
        let asked = outside.ask(&address, &[], None).await;
        assert_eq!(asked, Err(OutsideError::Unanswered { why: "the answer has no end".to_owned() }));
        // Lines of a head without an end, one such line, and interim answers.
        for (beginning, part) in [
            (&b"HTTP/1.1 200 So\r\n"[..], &b"X-More: and more\r\n"[..]),
            (b"HTTP/1.1 200 So\r\nX-More: ", b"and more "),
            (b"HTTP/1.1 200 ", b"and more "),
            (b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"),
            (b"HTTP/1.1 200 So\r\nTransfer-Encoding: chunked\r\n", b"1\r\nx\r\n"),
        ] {
            let (port, _) =
                machine(move |mut stream| async move { say_on(&mut stream, beginning, part).await }).await;
            let address = format!("http://127.0.0.1:{port}/");
            for answer in [
                outside.post(&address, &[], b"{}").await.map(drop),
                outside.ask(&address, &[], None).await.map(drop),
            ] {
                assert!(matches!(answer, Err(OutsideError::Unanswered { .. })), "{answer:?}");
            }
        }
    }

    /// Says a beginning, and then one thing again and again.
    async fn say_on(stream: &mut TcpStream, beginning: &[u8], part: &[u8]) -> std::io::Result<()> {
        let _ = stream.read(&mut [0; 4096]).await?;
        stream.write_all(beginning).await?;
        loop {
            stream.write_all(part).await?;
        }
    }

    #[tokio::test]
    async fn who_says_nothing_or_next_to_nothing_is_left_in_time() {
        let outside = Outside::new(Reach::AlsoThisMachine);
        let (silent, _) = machine(|stream| async move {
            let _kept = stream;
            std::future::pending().await
        })
        .await;
        let (slow, _) = machine(|mut stream| async move {
            for byte in b"HTTP/1.1 200 So".iter().cycle() {
                stream.write_all(&[*byte]).await?;
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
            Ok(())
        })
        .await;
        let begun = tokio::time::Instant::now();
        let [silent, slow] = [silent, slow].map(|port| format!("http://127.0.0.1:{port}/"));
        let (one, two, three, four) = tokio::join!(
            outside.post(&silent, &[], b"{}"),
            outside.post(&slow, &[], b"{}"),
            outside.ask(&silent, &[], None),
            outside.ask(&slow, &[], None)
        );
        for answer in [one.map(drop), two.map(drop), three.map(drop), four.map(drop)] {
            assert_eq!(answer, Err(OutsideError::TooSlow));
        }
        assert!(begun.elapsed() < super::ALL_WITHIN + Duration::from_secs(5), "{:?}", begun.elapsed());
    }

    #[tokio::test]
    async fn what_is_packed_is_not_unpacked_and_where_an_answer_leads_is_not_followed() {
        let outside = Outside::new(Reach::AlsoThisMachine);
        // The beginning of what `gzip` makes of a gigabyte of nothing.
        const PACKED: &[u8] =
            b"\x1f\x8b\x08\0\0\0\0\0\x02\x03\xec\xc1\x01\x01\0\0\0\x80\x90\xfe\xaf\xee\x08\x0a";
        let (port, _) = machine(|stream| async move {
            let head = format!(
                "HTTP/1.1 200 So\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n",
                PACKED.len()
            );
            say(stream, &[head.as_bytes(), PACKED].concat()).await
        })
        .await;
        let asked = outside.ask(&format!("http://127.0.0.1:{port}/"), &[], None).await;
        assert_eq!(asked, Ok(Reply { status: 200, body: PACKED.to_vec() }));

        let (inner, count) = machine(|stream| say(stream, b"HTTP/1.1 200 So\r\n\r\nsecret")).await;
        for status in [301, 302, 303, 307, 308] {
            for target in [
                format!("http://127.0.0.1:{inner}/"),
                "http://169.254.169.254/latest/meta-data".to_owned(),
                "file:///etc/passwd".to_owned(),
                format!("gopher://127.0.0.1:{inner}/"),
                "//10.0.0.1/".to_owned(),
            ] {
                let head = format!(
                    "HTTP/1.1 {status} Else\r\nLocation: {target}\r\nRefresh: 0; url={target}\r\nContent-Length: 0\r\n\r\n"
                );
                let (port, _) = machine(move |stream| {
                    let head = head.clone();
                    async move { say(stream, head.as_bytes()).await }
                })
                .await;
                let address = format!("http://127.0.0.1:{port}/");
                let posted = outside.post(&address, &[], b"{}").await;
                assert_eq!(posted.map(|answer| answer.status), Ok(status), "{target}");
                let asked = outside.ask(&address, &[], None).await;
                assert_eq!(asked, Ok(Reply { status, body: Vec::new() }), "{target}");
            }
        }
        assert_eq!(count.load(Ordering::SeqCst), 0);
    }

    /// Plays itself once more with every name by which programs are told of a proxy.
    #[expect(clippy::disallowed_methods, reason = "a test tells itself that it is the one which calls")]
    #[tokio::test]
    async fn proxies_of_the_environment_are_not_used() {
        const CALLED: &str = "ENTENTE_TEST_CALLED";
        const ITSELF: &str = "outside::tests::proxies_of_the_environment_are_not_used";
        if let Ok(address) = std::env::var(CALLED) {
            let outside = Outside::new(Reach::AlsoThisMachine);
            assert_eq!(outside.post(&address, &[], b"{}").await.map(|answer| answer.status), Ok(204));
            assert_eq!(outside.ask(&address, &[], None).await.map(|reply| reply.status), Ok(204));
            return;
        }
        let said = b"HTTP/1.1 204 So\r\nContent-Length: 0\r\n\r\n";
        let (called, count) = machine(move |stream| say(stream, said)).await;
        let (proxy, proxied) = machine(move |stream| say(stream, said)).await;
        let mut again = std::process::Command::new(std::env::current_exe().unwrap());
        again.args([ITSELF, "--exact"]).env(CALLED, format!("http://127.0.0.1:{called}/"));
        for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "SOCKS_PROXY"] {
            let proxy = format!("http://127.0.0.1:{proxy}");
            again.env(name, &proxy).env(name.to_lowercase(), &proxy);
        }
        again.env("NO_PROXY", "").env("no_proxy", "");
        let out = tokio::task::spawn_blocking(move || again.output()).await.unwrap().unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stdout));
        assert_eq!((count.load(Ordering::SeqCst), proxied.load(Ordering::SeqCst)), (2, 0));
    }

    #[test]
    fn garbled_addresses_are_read_in_peace() {
        let seeds: [&[u8]; 6] = [
            b"https://hooks.client.example/in?x=1",
            b"https://[2001:db8::1]:8443/a%20b#c",
            b"https://192.0.2.7/",
            b"https://0x7f.1/",
            b"https://[::ffff:127.0.0.1]/",
            "https://é.example/ü?ö".as_bytes(),
        ];
        let words = [
            "https://",
            "http:",
            "@",
            ":",
            "[::1]",
            "127.0.0.1",
            "0x7f.1",
            "2130706433",
            "localhost",
            "%00",
            "\r\n",
            "\\",
            "/",
            "?",
            "#",
            "169.254.169.254",
            "。",
        ];
        let outside = Outside::new(Reach::Public);
        harness::fuzz("addresses", &seeds, &words, |bytes| {
            let address = String::from_utf8_lossy(bytes);
            if outside.check(&address).is_err() {
                return;
            }
            let target = outside.target(&address).expect("it was checked");
            assert!(target.is_secure && target.fixed.is_none_or(super::is_public), "{address}");
            // Nothing of an address writes a line of the question.
            let written = format!("{}{}", target.name, target.path);
            assert!(!written.contains(|sign: char| sign.is_control() || sign == ' '), "{written:?}");
        });
    }

    #[test]
    fn garbled_answers_are_read_in_peace() {
        let seeds: [&[u8]; 5] = [
            b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
            b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\n\r\n",
            b"HTTP/1.1 429 Too Many\r\nRetry-After: 120\r\n\r\n",
            b"HTTP/1.1 503 Busy\r\nRetry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n",
        ];
        let words = [
            "HTTP/1.1 ",
            "\r\n",
            "\r\n\r\n",
            "Content-Length: ",
            "Transfer-Encoding: chunked\r\n",
            "Retry-After: ",
            "ffffffffffffffff",
            "0\r\n",
            "99999999999999999999",
            "-1",
            "+5",
            "100",
        ];
        harness::fuzz("answers", &seeds, &words, |bytes| {
            let _ = answered(bytes);
            for is_over in [false, true] {
                if let Ok(Some(Reply { body, .. })) = reply(bytes, is_over) {
                    assert!(body.len() <= REPLY_BYTES && body.len() <= bytes.len());
                }
            }
        });
    }

    #[test]
    fn what_may_not_be_called_is_refused_however_it_is_written() {
        let outside = Outside::new(Reach::Public);
        for address in [
            "https://127.0.0.1/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://0177.0.0.1/",
            "https://127.1/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[::ffff:a9fe:a9fe]/",
            "https://[fd00:ec2::254]/",
            "https://[fe80::1]/",
            "https://[::]/",
            "https://169.254.169.254/latest/meta-data",
            "https://0xa9fea9fe/",
            "https://0251.0376.0251.0376/",
            "https://169.16689662/",
            "https://10.0.0.8:8443/x",
            "https://0.0.0.0/",
            "https://0/",
            "https://127.0.0.1./",
            "https://１２７.0.0.1/",
            "https://127。0。0。1/",
            "https://127．0.0｡1/",
            "https://①②⑦.0.0.1/",
            "https://%31%32%37.0.0.1/",
            "https:127.0.0.1/",
            "https:\\\\127.0.0.1\\x",
        ] {
            assert_eq!(outside.check(address), Err(OutsideError::Private), "{address}");
        }
        for address in [
            "http://hooks.client.example/",
            "ftp://a.example",
            "https://",
            "hooks",
            "https://u:p@a.example/",
            "https://hooks.client.example@127.0.0.1/",
            "https://@127.0.0.1:x/",
            "https://hooks.client.example:pass@[::1]/",
            "https://hooks.client.example:22/",
            "https://hooks.client.example:25/",
            "https://hooks.client.example:80/",
            "https://hooks.client.example:465/",
            "https://hooks.client.example:0/",
            "https://hooks.client.example:5432/",
            "https://hooks.client.example:6379/",
            "https://8.8.8.8:22/",
            "https://hooks.client.example:65536/",
            "https://hooks client.example/",
            "https://hooks%00.client.example/",
            "https://256.256.256.256/",
            "https://1.2.3.4.5/",
            "https://[::1/",
            "https://%5B::1%5D/",
            "file:///x",
            "gopher://a.example/",
            "javascript:alert(1)",
            "",
        ] {
            assert!(matches!(outside.check(address), Err(OutsideError::Address { .. })), "{address}");
        }
        assert_eq!(outside.check("https://hooks.client.example:8443/a?b=c"), Ok(()));
    }

    #[tokio::test]
    async fn a_name_is_judged_by_where_it_leads() {
        // These names lead to this machine on every machine (RFC 6761, section 6.3).
        let outside = Outside::new(Reach::Public);
        for name in ["localhost", "localhost.", "LOCALHOST", "ｌocalhost", "localhost。", "a.localhost"] {
            let answer = outside.post(&format!("https://{name}:8443/"), &[], b"{}").await;
            assert_eq!(answer, Err(OutsideError::Private), "{name}");
        }
        let nowhere = outside.post("https://nowhere.invalid/", &[], b"{}").await;
        assert_eq!(nowhere, Err(OutsideError::Unknown));
    }

    #[tokio::test]
    async fn a_body_arrives_whole_and_nothing_is_followed() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(async move {
            let mut heard = Vec::new();
            for answer in [
                "HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\n\r\n",
                "SMTP?\r\n\r\n",
            ] {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut read = vec![0; 4096];
                let mut count = 0;
                while !read[..count].ends_with(b"{\"a\":1}") {
                    count += stream.read(&mut read[count..]).await.unwrap();
                }
                heard.push(String::from_utf8_lossy(&read[..count]).into_owned());
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
            heard
        });
        let outside = Outside::new(Reach::AlsoThisMachine);
        let target = format!("http://{address}/in?x=1");
        let answer = outside.post(&target, &[("webhook-id", "msg_1")], b"{\"a\":1}").await;
        assert_eq!(answer, Ok(Answer { status: 302, retry_after: None }));
        let answer = outside.post(&target, &[], b"{\"a\":1}").await;
        assert!(matches!(answer, Err(OutsideError::Unanswered { .. })));
        let heard = server.await.unwrap();
        assert!(heard[0].starts_with(&format!("POST /in?x=1 HTTP/1.1\r\nHost: {address}\r\n")), "{heard:?}");
        assert!(heard[0].contains("\r\nwebhook-id: msg_1\r\n") && heard[0].contains("Content-Length: 7\r\n"));
    }

    #[test]
    fn replies_are_read_whole_however_they_end() {
        let whole = |text: &str, is_over| reply(text.as_bytes(), is_over).unwrap();
        let found = |status, body: &str| Some(Reply { status, body: body.as_bytes().to_vec() });
        let sized = "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n";
        assert_eq!(whole(&format!("{sized}abc"), true), None, "cut off");
        assert_eq!(whole(&format!("{sized}abcdXX"), false), found(200, "abcd"));
        let open = "HTTP/1.0 404 None\r\nX: y\r\n\r\nabc";
        assert_eq!(whole(open, false), None);
        assert_eq!(whole(open, true), found(404, "abc"));
        let chunked =
            "HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=1\r\nabc\r\n";
        assert_eq!(whole(chunked, true), None);
        assert_eq!(whole(&format!("{chunked}2\r\nde\r\n0\r\n\r\n"), false), found(200, "abcde"));
        for wrong in ["zz\r\n", "+3\r\nabc\r\n", "3\r\nabcXX", "fffffff\r\n"] {
            assert!(reply(format!("{chunked}{wrong}").as_bytes(), false).is_err(), "{wrong:?}");
        }
        let long = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", REPLY_BYTES + 1);
        assert!(reply(long.as_bytes(), false).is_err());
    }

    #[test]
    fn answers_are_read_in_pieces() {
        assert_eq!(answered(b""), Ok(None));
        assert_eq!(answered(b"HTTP/1.1 204 No"), Ok(None));
        let plain = Answer { status: 204, retry_after: None };
        assert_eq!(answered(b"HTTP/1.1 204 No Content\r\n\r\n"), Ok(Some(plain)));
        assert!(answered(b"HELO you").is_err());
        assert!(answered(b"HTTP/1.1 2\r\n\r\n").is_err());
    }

    #[test]
    fn who_is_busy_says_until_when() {
        for (said, meant) in [
            ("120", Some(RetryAfter::Seconds(120))),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(RetryAfter::At(784_111_777))),
            ("Thu, 29 Feb 2024 00:00:00 GMT", Some(RetryAfter::At(1_709_164_800))),
            ("soon", None),
            ("-5", None),
            ("Sun, 06 Nov 1994", None),
        ] {
            let head = format!("HTTP/1.1 503 Busy\r\nretry-after: {said}\r\n\r\n");
            assert_eq!(
                answered(head.as_bytes()),
                Ok(Some(Answer { status: 503, retry_after: meant })),
                "{said}"
            );
        }
    }
}
