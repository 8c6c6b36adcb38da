//! Connections of HTTP, and how long each may take: a peer that sends or takes nothing holds its place for a while
//! and not for ever (ASVS 5.0, 13.1.2 and 15.2.2).

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderValue, Response, header};
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use std::convert::Infallible;
use std::future::Future;
use std::io::{Error, ErrorKind};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, Sleep, sleep, sleep_until};
use tower::ServiceExt as _;

/// How long peers may take.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// For the head of a request, from the first of its bytes or from the end of the one before it.
    pub head: Duration,
    /// For a body, whatever its length.
    pub body: Duration,
    /// Bytes that a longer body brings in each second beyond that, at least.
    pub body_bytes_each_second: u32,
    /// For what was sent to be taken: a peer that reads nothing is hung up on.
    pub unread: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(30),
            body: Duration::from_secs(30),
            body_bytes_each_second: 8 * 1024,
            unread: Duration::from_secs(60),
        }
    }
}

/// Answers who connects, until `stop`; what is under way then is answered still.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    patience: Patience,
    stop: impl Future<Output = ()>,
) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(patience.head);
    let open = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let (stream, peer) = tokio::select! {
            () = &mut stop => break,
            next = listener.accept() => match next {
                Ok(next) => next,
                Err(failure) => {
                    // Mostly there are no more file descriptors, which time mends.
                    if !is_peers_own(&failure) {
                        tracing::warn!(%failure, "a connection could not be taken");
                        sleep(Duration::from_secs(1)).await;
                    }
                    continue;
                }
            },
        };
        give_up_on_unread(&stream, patience.unread);
        let router = router.clone();
        let answer = tower::service_fn(move |request: Request<Incoming>| {
            let mut request = request.map(|body| Body::new(Hasty::new(body, patience)));
            request.extensions_mut().insert(ConnectInfo(peer));
            answered(router.clone(), request)
        });
        let connection = http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(answer));
        let connection = open.watch(connection);
        tokio::spawn(async move {
            if let Err(failure) = connection.await {
                tracing::debug!(%failure, %peer, "a connection ended early");
            }
        });
    }
    // Who comes now is refused at once, and does not wait for an answer that nobody will give.
    drop(listener);
    open.shutdown().await;
}

/// Answers a request. Where its body came in pieces nothing more is read from the connection: the length that it may have stated
/// besides is gone by now, and who believes that one would take what follows for another request (RFC 9112, section 6.1).
async fn answered(router: Router, request: Request) -> Result<Response<Body>, Infallible> {
    let is_in_pieces = request.headers().contains_key(header::TRANSFER_ENCODING);
    let mut response = router.oneshot(request).await?;
    if is_in_pieces {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    Ok(response)
}

fn is_peers_own(failure: &Error) -> bool {
    matches!(
        failure.kind(),
        ErrorKind::ConnectionAborted | ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset
    )
}

/// The system hangs up on a peer that acknowledges nothing, or keeps its window shut, for so long (tcp(7), `TCP_USER_TIMEOUT`).
fn give_up_on_unread(stream: &TcpStream, unread: Duration) {
    let milliseconds = u32::try_from(unread.as_millis()).unwrap_or(u32::MAX);
    if let Err(failure) = rustix::net::sockopt::set_tcp_user_timeout(stream, milliseconds) {
        tracing::debug!(%failure, "a connection has no limit for what is not read");
    }
}

/// A body that fails where it takes its time.
struct Hasty {
    body: Incoming,
    until: Pin<Box<Sleep>>,
    begun: Instant,
    received: u64,
    patience: Patience,
}

impl Hasty {
    fn new(body: Incoming, patience: Patience) -> Self {
        let begun = Instant::now();
        Self { body, until: Box::pin(sleep_until(begun + patience.body)), begun, received: 0, patience }
    }
}

impl HttpBody for Hasty {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let hasty = self.get_mut();
        if let Poll::Ready(frame) = Pin::new(&mut hasty.body).poll_frame(context) {
            let length =
                frame.as_ref().and_then(|frame| frame.as_ref().ok()?.data_ref()).map_or(0, Bytes::len);
            hasty.received += length as u64;
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        // Looked at only where there is nothing to read, so that what came fast enough costs nothing.
        loop {
            ready!(hasty.until.as_mut().poll(context));
            let earned = Duration::from_millis(
                hasty.received * 1000 / u64::from(hasty.patience.body_bytes_each_second),
            );
            let until = hasty.begun + hasty.patience.body + earned;
            if until <= Instant::now() {
                let slow = Error::new(ErrorKind::TimedOut, "the body came too slowly");
                return Poll::Ready(Some(Err(slow.into())));
            }
            hasty.until.as_mut().reset(until);
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::{Patience, serve};
    use axum::Router;
    use axum::body::Bytes;
    use axum::routing::{get, post};
    use std::time::Duration;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::{TcpListener, TcpStream};
    use tokio::time::{Instant, sleep, timeout};

    async fn desk(patience: Patience) -> std::net::SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let router = Router::new()
            .route("/", get(|| async { "here" }))
            .route("/", post(|body: Bytes| async move { body.len().to_string() }))
            .route("/much", get(|| async { vec![b'x'; 64 << 20] }));
        tokio::spawn(serve(listener, router, patience, std::future::pending()));
        address
    }

    fn hasty() -> Patience {
        Patience {
            head: Duration::from_millis(300),
            body: Duration::from_secs(1),
            body_bytes_each_second: 1000,
            unread: Duration::from_secs(1),
        }
    }

    /// Sends pieces with a pause before each, and tells what came back until the other side hung up.
    async fn said(address: std::net::SocketAddr, pieces: &[&[u8]], pause: Duration) -> String {
        let mut stream = TcpStream::connect(address).await.expect("a connection");
        for piece in pieces {
            sleep(pause).await;
            if stream.write_all(piece).await.is_err() {
                break;
            }
        }
        let mut answer = Vec::new();
        let read = timeout(Duration::from_secs(20), stream.read_to_end(&mut answer)).await;
        read.expect("the other side hangs up").unwrap_or_default();
        String::from_utf8_lossy(&answer).into_owned()
    }

    #[tokio::test]
    async fn who_sends_too_slowly_is_hung_up_on() {
        let address = desk(hasty()).await;
        let now = Duration::ZERO;
        let whole = said(
            address,
            &[b"POST / HTTP/1.1\r\nHost: d\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc"],
            now,
        )
        .await;
        assert!(whole.starts_with("HTTP/1.1 200") && whole.ends_with('3'), "{whole}");

        let begun = Instant::now();
        assert_eq!(said(address, &[b"GET / HTTP/1.1\r\nHost:"], now).await, "", "a head that never ends");
        assert_eq!(said(address, &[], now).await, "", "a connection that says nothing");
        let silent = said(address, &[b"POST / HTTP/1.1\r\nHost: d\r\nContent-Length: 3\r\n\r\na"], now).await;
        assert!(!silent.contains("200"), "a body that never ends: {silent}");
        let head: &[u8] = b"POST / HTTP/1.1\r\nHost: d\r\nContent-Length: 90\r\n\r\n";
        let drops: Vec<&[u8]> = std::iter::once(head).chain([b"a".as_slice(); 30]).collect();
        let dripped = said(address, &drops, Duration::from_millis(100)).await;
        assert!(!dripped.contains("200"), "a body of a byte at a time: {dripped}");
        assert!(begun.elapsed() < Duration::from_secs(15));
    }

    #[tokio::test]
    async fn a_long_body_that_keeps_coming_is_taken() {
        let address = desk(hasty()).await;
        let head: &[u8] = b"POST / HTTP/1.1\r\nHost: d\r\nContent-Length: 6000\r\nConnection: close\r\n\r\n";
        let pieces: Vec<&[u8]> = std::iter::once(head).chain([[b'x'; 600].as_slice(); 10]).collect();
        let answer = said(address, &pieces, Duration::from_millis(200)).await;
        assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("6000"), "{answer}");
    }

    #[tokio::test]
    async fn who_reads_nothing_is_hung_up_on() {
        let address = desk(hasty()).await;
        let mut stream = TcpStream::connect(address).await.expect("a connection");
        stream.write_all(b"GET /much HTTP/1.1\r\nHost: d\r\n\r\n").await.expect("sent");
        // The system tries a shut window again after 0.2 s, 0.4 s and so on, and gives up after a second in all.
        sleep(Duration::from_secs(6)).await;
        let mut taken = Vec::new();
        let end = timeout(Duration::from_secs(10), stream.read_to_end(&mut taken)).await.expect("an end");
        assert!(end.is_err() || taken.len() < 64 << 20, "{} bytes came", taken.len());
    }

    #[tokio::test]
    async fn what_is_under_way_is_answered_before_the_end() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let slow = get(|| async {
            sleep(Duration::from_millis(400)).await;
            "answered"
        });
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let serving = tokio::spawn(serve(listener, Router::new().route("/", slow), hasty(), async move {
            let _ = stopped.await;
        }));
        let asking = tokio::spawn(async move {
            said(address, &[b"GET / HTTP/1.1\r\nHost: d\r\n\r\n"], Duration::ZERO).await
        });
        sleep(Duration::from_millis(150)).await;
        stop.send(()).expect("it is serving");
        assert!(asking.await.expect("an answer").ends_with("answered"));
        serving.await.expect("it ended");
        assert!(TcpStream::connect(address).await.is_err(), "nobody listens any more");
    }
}
