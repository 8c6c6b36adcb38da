//! A request that two machines read differently: what the proxy in front takes for a body, the desk must not take for a request.
//! Through nginx and through HAProxy, which keep connections to the desk and share them among clients, and without either
//! (ASVS 5.0, 4.2.1; RFC 9112, sections 6.1, 6.3 and 11.2).

use harness::{Demo, ReverseProxy};
use serde_json::json;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

/// The path that proxies keep shut: what opens a request there came past them.
const SHUT: &str = "/api/v1/tickets";

/// Ways to say that a body is chunked, of which each machine may believe some.
const CHUNKED: [&str; 20] = [
    "Transfer-Encoding: chunked",
    "transfer-encoding: CHUNKED",
    "Transfer-Encoding : chunked",
    "Transfer-Encoding:chunked",
    "Transfer-Encoding:\tchunked",
    "Transfer-Encoding: \x0bchunked",
    "Transfer-Encoding:\r\n chunked",
    "X: x\r\n Transfer-Encoding: chunked",
    "X: x\nTransfer-Encoding: chunked",
    "X: x\rTransfer-Encoding: chunked",
    "Transfer-Encoding: xchunked",
    "Transfer-Encoding: chunked, identity",
    "Transfer-Encoding: identity, chunked",
    "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
    "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked",
    "Transfer-Encoding: \"chunked\"",
    "Transfer-Encoding: chunked;a=b",
    "Transfer-Encoding: chunked\x00",
    "Transfer_Encoding: chunked",
    "Transfer-Encoding\x00: chunked",
];

/// Ways to write a length, of which each machine may believe some; `N` is the length of what follows.
const LENGTHS: [&str; 10] = [
    "Content-Length: 0\r\nContent-Length: N",
    "Content-Length: N\r\nContent-Length: 0",
    "Content-Length: 0, N",
    "Content-Length: N, 0",
    "Content-Length: 0\r\n Content-Length: N",
    "Content-Length : N\r\nContent-Length: 0",
    "Content-Length: +0\r\nX: N",
    "Content-Length: 0xN\r\nContent-Length: 0",
    "Content-Length: 0\nContent-Length: N",
    "Content-Length: -0\r\nX: N",
];

/// Bodies in pieces whose pieces are written as no machine should take them.
const PIECES: [&str; 9] = [
    "0;a=b\nX\r\n\r\n",
    "0\n\n",
    "0\r\nX: y\n\r\n",
    "10000000000000000\r\n",
    "0x0\r\n\r\n",
    "+0\r\n\r\n",
    " 0\r\n\r\n",
    "0;\"\r\n\r\n",
    "00000000000000000000\r\n\r\n",
];

struct Attack {
    name: String,
    bytes: Vec<u8>,
}

/// Requests around one that opens a request with this subject.
fn attacks(token: &str, contact: &str) -> Vec<Attack> {
    let mut attacks = Vec::new();
    let mut add = |name: String, outer: &dyn Fn(&str) -> String| {
        let body = json!({
            "provider": "solidassist", "contact": contact, "channel": "api",
            "subject": format!("smuggled by {}", attacks.len()), "body": "x",
        })
        .to_string();
        let inner = format!(
            "POST {SHUT} HTTP/1.1\r\nHost: desk.example\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        attacks.push(Attack { name, bytes: outer(&inner).into_bytes() });
    };
    let head = |more: &str| {
        format!(
            "POST /langue HTTP/1.1\r\nHost: desk.example\r\nContent-Type: application/x-www-form-urlencoded\r\n{more}\r\n\r\n"
        )
    };
    for chunked in CHUNKED {
        // Who reads the length takes all for the body; who reads the pieces sees it end at once.
        add(format!("a length before {chunked:?}"), &|inner| {
            let body = format!("0\r\n\r\n{inner}");
            head(&format!("Content-Length: {}\r\n{chunked}", body.len())) + &body
        });
        // Who reads the pieces takes all for the body; who reads the length sees it end behind the first line.
        add(format!("a length behind {chunked:?}"), &|inner| {
            let size = format!("{:x}\r\n", inner.len());
            head(&format!("{chunked}\r\nContent-Length: {}", size.len())) + &size + inner + "\r\n0\r\n\r\n"
        });
    }
    for lengths in LENGTHS {
        add(format!("{lengths:?}"), &|inner| head(&lengths.replace('N', &inner.len().to_string())) + inner);
    }
    for pieces in PIECES {
        add(format!("pieces {pieces:?}"), &|inner| head("Transfer-Encoding: chunked") + pieces + inner);
    }
    add("pieces of HTTP/1.0".to_owned(), &|inner| {
        let head =
            head("Connection: keep-alive\r\nTransfer-Encoding: chunked").replace("HTTP/1.1", "HTTP/1.0");
        head + &format!("{:x}\r\n{inner}\r\n0\r\n\r\n", inner.len())
    });
    add("a body of a GET".to_owned(), &|inner| {
        format!(
            "GET /readyz HTTP/1.1\r\nHost: desk.example\r\nContent-Length: {}\r\n\r\n{inner}",
            inner.len()
        )
    });
    add("an upgrade".to_owned(), &|inner| {
        format!(
            "GET /readyz HTTP/1.1\r\nHost: desk.example\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\
             HTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n{inner}"
        )
    });
    add("a line break in the path".to_owned(), &|inner| {
        format!("GET /readyz?x=%0d%0a HTTP/1.1\r\nHost: desk.example\r\nX:\r\n\r\n{inner}")
    });
    attacks
}

/// Sends bytes, and gives what came back until the other side hung up or said no more.
fn told(port: u16, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("a connection");
    stream.set_read_timeout(Some(Duration::from_millis(400))).expect("a limit");
    // Who hangs up early has read what matters.
    let _ = stream.write_all(bytes);
    let mut answer = Vec::new();
    let mut piece = [0; 4096];
    while let Ok(length @ 1..) = stream.read(&mut piece) {
        answer.extend_from_slice(&piece[..length]);
    }
    String::from_utf8_lossy(&answer).into_owned()
}

/// Whether somebody else who comes through the same proxy is answered what they asked.
fn others_are_answered(port: u16) -> bool {
    (0..3).all(|_| {
        let answer = told(port, b"GET /readyz HTTP/1.1\r\nHost: desk.example\r\nConnection: close\r\n\r\n");
        answer.starts_with("HTTP/1.1 200") && answer.matches("HTTP/1.1 ").count() == 1
    })
}

#[test]
fn nothing_comes_past_a_proxy_inside_of_something_else() {
    let demo = Demo::start();
    let agent = demo.person("solidassist", "agent");
    let contact = demo.person("solidassist", "contact");
    let api = demo.api(&agent);
    let desk: u16 = demo.http().rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
    let opened = || {
        let answer = api.get("/api/v1/tickets?limit=200&view=all");
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.text().matches("smuggled by").count()
    };
    let attacks = attacks(&agent.token, &contact.email);
    // Straight to the desk and alone, what is inside is a request like any other: so the attacks have what they need.
    let alone = String::from_utf8(attacks.last().expect("one").bytes.clone()).expect("text");
    let inside = &alone[alone.find(&format!("POST {SHUT}")).expect("a request inside")..];
    assert!(told(desk, inside.as_bytes()).starts_with("HTTP/1.1 201"));
    assert_eq!(opened(), 1);

    for (name, proxy) in
        [("nginx", ReverseProxy::nginx(desk, SHUT)), ("HAProxy", ReverseProxy::haproxy(desk, SHUT))]
    {
        assert!(told(proxy.port(), inside.as_bytes()).starts_with("HTTP/1.1 403"), "{name} keeps it shut");
        assert!(others_are_answered(proxy.port()), "{name}: {}", proxy.said());
        for attack in &attacks {
            told(proxy.port(), &attack.bytes);
            assert!(others_are_answered(proxy.port()), "{name}, {}: {}", attack.name, proxy.said());
        }
        assert_eq!(opened(), 1, "something came past {name}");
    }

    // Without a proxy nobody is deceived; yet what two may read differently is not read on.
    for attack in attacks.iter().filter(|attack| {
        attack.name.starts_with("a length") && attack.name.contains("Transfer-Encoding: chunked\"")
    }) {
        let answer = told(desk, &attack.bytes);
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{}: {answer}", attack.name);
    }
    for attack in attacks.iter().filter(|attack| attack.name.starts_with("\"Content-Length: 0\\r\\nC")) {
        assert!(told(desk, &attack.bytes).starts_with("HTTP/1.1 400"), "{}", attack.name);
    }
    assert_eq!(opened(), 1, "something came in behind a body");
}
