use std::net::TcpListener;

/// A loopback port that nobody listened on a moment ago.
///
/// Another process may take it in between: whoever uses the port must notice when it cannot.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("a loopback port can be had")
        .port()
}
