use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde_json::Value;

/// How long an answer may take before a test gives up on it.
const PATIENCE: Duration = Duration::from_secs(30);

/// A small blocking web client: one connection per request, cookies kept, redirects not followed
/// unless asked for.
#[derive(Debug)]
pub struct Client {
    /// `127.0.0.1:8080`, without scheme.
    authority: String,
    headers: Vec<(String, String)>,
    cookies: Mutex<BTreeMap<String, String>>,
}

impl Client {
    /// A client of the server at `address`: `127.0.0.1:8080` or `http://127.0.0.1:8080`.
    pub fn new(address: &str) -> Client {
        Client { authority: authority_of(address).to_owned(), headers: Vec::new(), cookies: Mutex::default() }
    }

    /// The same client, sending `Authorization: Bearer TOKEN` each time.
    #[must_use]
    pub fn with_bearer(self, token: &str) -> Client {
        self.with_header("Authorization", &format!("Bearer {token}"))
    }

    /// The same client, sending this header each time.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Client {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// GET `path`: a path, or a whole URL of this server (such as a sign-in link).
    pub fn get(&self, path: &str) -> Answer {
        self.must("GET", path, &[], &[])
    }

    /// GET `path`, then up to ten redirects within this server.
    pub fn get_following(&self, path: &str) -> Answer {
        let mut answer = self.get(path);
        for _ in 0..10 {
            match answer.header("location") {
                Some(next) if (300..400).contains(&answer.status) => {
                    let next = next.to_owned();
                    answer = self.get(&next);
                }
                _ => return answer,
            }
        }
        panic!("{path} redirected more than ten times");
    }

    /// POST a form, as a page without script does.
    pub fn post_form(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = fields
            .iter()
            .map(|(name, value)| format!("{}={}", escape(name), escape(value)))
            .collect::<Vec<_>>()
            .join("&");
        let kind = ("Content-Type", "application/x-www-form-urlencoded");
        self.must("POST", path, &[kind], body.as_bytes())
    }

    /// POST a JSON value.
    pub fn post_json(&self, path: &str, body: &Value) -> Answer {
        let kind = ("Content-Type", "application/json");
        self.must("POST", path, &[kind], body.to_string().as_bytes())
    }

    /// POST a form with files, as `multipart/form-data`; a file is (field, name, type, content).
    pub fn post_multipart(
        &self,
        path: &str,
        fields: &[(&str, &str)],
        files: &[(&str, &str, &str, &[u8])],
    ) -> Answer {
        const BOUNDARY: &str = "----harness-boundary-7c1f";
        let mut body = Vec::new();
        for (name, value) in fields {
            body.extend_from_slice(
                format!(
                    "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n\
                     {value}\r\n"
                )
                .as_bytes(),
            );
        }
        for (field, name, kind, content) in files {
            body.extend_from_slice(
                format!(
                    "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{field}\"; \
                     filename=\"{name}\"\r\nContent-Type: {kind}\r\n\r\n"
                )
                .as_bytes(),
            );
            body.extend_from_slice(content);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        self.must("POST", path, &[("Content-Type", &kind)], &body)
    }

    /// Any request, with headers of its own.
    ///
    /// # Errors
    /// The server could not be reached, hung up, or gave no answer within 30 seconds: what a test
    /// that kills servers has to expect.
    pub fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> io::Result<Answer> {
        let mut stream = self.open(method, path, headers, Some(body))?;
        let answer = Answer::read(&mut stream, method)?;
        self.keep_cookies(&answer);
        Ok(answer)
    }

    /// Opens the event stream at `path` (`text/event-stream`).
    pub fn events(&self, path: &str) -> EventStream {
        let accept = ("Accept", "text/event-stream");
        let mut stream = self
            .open("GET", path, &[accept], None)
            .unwrap_or_else(|error| panic!("could not open the event stream {path}: {error}"));
        let (status, headers) =
            read_head(&mut stream).unwrap_or_else(|error| panic!("no answer at {path}: {error}"));
        assert_eq!(status, 200, "the event stream at {path} was refused");
        let chunked = find(&headers, "transfer-encoding").is_some();
        EventStream { stream, chunked, text: String::new() }
    }

    /// The value of a cookie that the server has set.
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.jar().get(name).cloned()
    }

    /// Sets a cookie, as if the server had.
    pub fn set_cookie(&self, name: &str, value: &str) {
        self.jar().insert(name.to_owned(), value.to_owned());
    }

    /// All cookies as a `Cookie` header's value.
    pub fn cookie_header(&self) -> String {
        self.jar().iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    fn must(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        self.send(method, path, headers, body)
            .unwrap_or_else(|error| panic!("{method} {path} at {} failed: {error}", self.authority))
    }

    fn open(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&[u8]>,
    ) -> io::Result<BufReader<TcpStream>> {
        let path = path
            .strip_prefix("http://")
            .and_then(|rest| rest.strip_prefix(self.authority.as_str()))
            .unwrap_or(path);
        let path = if path.is_empty() { "/" } else { path };
        assert!(path.starts_with('/'), "{path} is not an address of {}", self.authority);
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\n", self.authority);
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        let cookies = self.cookie_header();
        if !cookies.is_empty() {
            head.push_str(&format!("Cookie: {cookies}\r\n"));
            // As browsers do, so that a form is known to come from a page of the site.
            let says_from_where = headers
                .iter()
                .any(|(name, _)| ["origin", "sec-fetch-site"].contains(&name.to_lowercase().as_str()));
            if method != "GET" && !says_from_where {
                head.push_str("Sec-Fetch-Site: same-origin\r\n");
            }
        }
        if let Some(body) = body {
            if method != "GET" || !body.is_empty() {
                head.push_str(&format!("Content-Length: {}\r\n", body.len()));
            }
            head.push_str("Connection: close\r\n");
        }
        head.push_str("\r\n");
        let mut stream = TcpStream::connect(&self.authority)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        stream.write_all(head.as_bytes())?;
        // A server may refuse a large body before it has read all of it; its answer still counts.
        let written = stream.write_all(body.unwrap_or_default());
        if let Err(error) = written
            && error.kind() != io::ErrorKind::BrokenPipe
            && error.kind() != io::ErrorKind::ConnectionReset
        {
            return Err(error);
        }
        Ok(BufReader::new(stream))
    }

    fn keep_cookies(&self, answer: &Answer) {
        let mut jar = self.jar();
        for (name, line) in &answer.headers {
            if name != "set-cookie" {
                continue;
            }
            let mut parts = line.split(';').map(str::trim);
            let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else {
                continue;
            };
            let gone = value.is_empty() || parts.any(|part| part.eq_ignore_ascii_case("max-age=0"));
            if gone {
                jar.remove(name);
            } else {
                jar.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    fn jar(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, String>> {
        self.cookies.lock().expect("no holder of the jar panics")
    }
}

/// What a server answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers in order, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The decoded body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The first header of that name (in lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("not JSON ({error}): {} {}", self.status, self.text()))
    }

    /// This answer, when its status is the one expected; shows the body otherwise.
    #[track_caller]
    #[allow(clippy::return_self_not_must_use, reason = "checking alone is a use")]
    pub fn expect(self, status: u16) -> Answer {
        assert_eq!(self.status, status, "the answer was: {}", self.text());
        self
    }

    fn read(stream: &mut BufReader<TcpStream>, method: &str) -> io::Result<Answer> {
        let (status, headers) = loop {
            let head = read_head(stream)?;
            // 100 Continue announces the real answer.
            if head.0 >= 200 {
                break head;
            }
        };
        let mut body = Vec::new();
        if method == "HEAD" || status == 204 || status == 304 {
            // No body by definition. Source: RFC 9110 section 6.4.1.
        } else if find(&headers, "transfer-encoding").is_some() {
            while let Some(mut chunk) = read_chunk(stream)? {
                body.append(&mut chunk);
            }
        } else if let Some(length) = find(&headers, "content-length") {
            let length = length.parse().map_err(io::Error::other)?;
            body.resize(length, 0);
            stream.read_exact(&mut body)?;
        } else {
            stream.read_to_end(&mut body)?;
        }
        Ok(Answer { status, headers, body })
    }
}

/// An open stream of server-sent events.
#[derive(Debug)]
pub struct EventStream {
    stream: BufReader<TcpStream>,
    chunked: bool,
    text: String,
}

/// One server-sent event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerEvent {
    /// Its `event:` field, `message` when it has none.
    pub name: String,
    /// Its `data:` lines, joined by line feeds.
    pub data: String,
    /// Its `id:` field.
    pub id: Option<String>,
}

impl EventStream {
    /// The next event, or none when the time is over or the server has ended the stream.
    pub fn next_within(&mut self, patience: Duration) -> Option<ServerEvent> {
        let until = Instant::now() + patience;
        loop {
            while let Some(end) = self.text.find("\n\n") {
                let block: String = self.text.drain(..end + 2).collect();
                if let Some(event) = read_event(&block) {
                    return Some(event);
                }
            }
            let left = until.checked_duration_since(Instant::now())?;
            self.stream
                .get_ref()
                .set_read_timeout(Some(left.max(Duration::from_millis(1))))
                .expect("a timeout above zero is valid");
            let piece = if self.chunked {
                read_chunk(&mut self.stream).ok()??
            } else {
                let buffered = self.stream.fill_buf().ok()?.to_vec();
                self.stream.consume(buffered.len());
                (!buffered.is_empty()).then_some(buffered)?
            };
            self.text.push_str(&String::from_utf8_lossy(&piece).replace("\r\n", "\n"));
        }
    }
}

fn read_event(block: &str) -> Option<ServerEvent> {
    let mut event = ServerEvent { name: "message".to_owned(), data: String::new(), id: None };
    let mut lines = Vec::new();
    for line in block.lines() {
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => event.name = value.to_owned(),
            "data" => lines.push(value),
            "id" => event.id = Some(value.to_owned()),
            // A comment keeps the connection open and says nothing.
            _ => {}
        }
    }
    event.data = lines.join("\n");
    (!lines.is_empty()).then_some(event)
}

fn read_head(stream: &mut BufReader<TcpStream>) -> io::Result<(u16, Vec<(String, String)>)> {
    let first = read_line(stream)?;
    let status = first
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok())
        .ok_or_else(|| io::Error::other(format!("not an HTTP answer: {first:?}")))?;
    let mut headers = Vec::new();
    loop {
        let line = read_line(stream)?;
        match line.split_once(':') {
            Some((name, value)) => {
                headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
            }
            None => return Ok((status, headers)),
        }
    }
}

fn read_chunk(stream: &mut BufReader<TcpStream>) -> io::Result<Option<Vec<u8>>> {
    let line = read_line(stream)?;
    let size = usize::from_str_radix(line.split(';').next().unwrap_or_default().trim(), 16)
        .map_err(io::Error::other)?;
    let mut chunk = vec![0; size];
    stream.read_exact(&mut chunk)?;
    read_line(stream)?;
    Ok((size > 0).then_some(chunk))
}

fn read_line(stream: &mut BufReader<TcpStream>) -> io::Result<String> {
    let mut line = String::new();
    if stream.read_line(&mut line)? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(line.trim_end().to_owned())
}

fn find<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

fn escape(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            b' ' => "+".to_owned(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

pub(crate) fn authority_of(address: &str) -> &str {
    address.strip_prefix("http://").unwrap_or(address).trim_end_matches('/')
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    /// A server that gives each answer in turn and returns the requests it was sent.
    fn serve(answers: &'static [&'static str]) -> (String, std::thread::JoinHandle<Vec<String>>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let server = std::thread::spawn(move || {
            answers
                .iter()
                .map(|answer| {
                    let (mut stream, _) = listener.accept().unwrap();
                    let mut request = vec![0; 65536];
                    let size = stream.read(&mut request).unwrap();
                    stream.write_all(answer.as_bytes()).unwrap();
                    String::from_utf8_lossy(&request[..size]).into_owned()
                })
                .collect()
        });
        (address, server)
    }

    #[test]
    fn cookies_are_kept_and_sent_and_redirects_followed_when_asked() {
        let (address, server) = serve(&[
            "HTTP/1.1 303 See Other\r\nLocation: /next\r\nSet-Cookie: s=abc; Path=/; HttpOnly\r\n\
             Content-Length: 0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n",
        ]);
        let client = Client::new(&format!("http://{address}/"));
        let answer = client.get_following(&format!("http://{address}/sign-in?key=1"));
        assert_eq!(answer.text(), "hello");
        let requests = server.join().unwrap();
        assert!(requests[0].starts_with("GET /sign-in?key=1 HTTP/1.1\r\n"));
        assert!(!requests[0].contains("Cookie:"));
        assert!(requests[1].contains("Cookie: s=abc\r\n"), "{}", requests[1]);
    }

    #[test]
    fn forms_are_escaped() {
        let (address, server) = serve(&["HTTP/1.1 204 No Content\r\n\r\n"]);
        Client::new(&address).with_bearer("t").post_form("/f", &[("a", "é & b"), ("c", "1")]).expect(204);
        let request = server.join().unwrap().remove(0);
        assert!(request.contains("Authorization: Bearer t\r\n"));
        assert!(request.ends_with("\r\n\r\na=%C3%A9+%26+b&c=1"), "{request}");
    }

    #[test]
    fn events_are_read_one_by_one() {
        let (address, _server) =
            serve(&["HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\
             \r\n8\r\n: hello\n\r\n16\r\n\nevent: t\ndata: 1\ndata\r\n6\r\n: 2\n\n\n\r\n"]);
        let mut events = Client::new(&address).events("/events");
        let event = events.next_within(Duration::from_secs(5)).unwrap();
        assert_eq!((event.name.as_str(), event.data.as_str()), ("t", "1\n2"));
        assert_eq!(events.next_within(Duration::from_millis(50)), None);
    }
}
