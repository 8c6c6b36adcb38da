use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::Failure;
use crate::arguments::Arguments;
use crate::burst::{Outcome, Sender, Words};

/// What is asked for, again and again.
pub struct HttpTarget {
    authority: String,
    path: String,
    headers: Vec<String>,
    body: Option<String>,
}

impl HttpTarget {
    pub fn of(arguments: &Arguments) -> Result<HttpTarget, Failure> {
        let url = arguments.required("--url")?;
        let rest = url.strip_prefix("http://").ok_or_else(|| format!("not a plain http address: {url}"))?;
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        Ok(HttpTarget {
            authority: authority.to_owned(),
            path: format!("/{path}"),
            headers: arguments.all("--header").map(str::to_owned).collect(),
            body: arguments.text("--body").map(str::to_owned),
        })
    }

    fn write(&self, words: &Words) -> String {
        let method = if self.body.is_some() { "POST" } else { "GET" };
        let mut request =
            format!("{method} {} HTTP/1.1\r\nHost: {}\r\n", words.fill(&self.path), self.authority);
        for header in &self.headers {
            request.push_str(&words.fill(header));
            request.push_str("\r\n");
        }
        match &self.body {
            Some(body) => {
                let body = words.fill(body);
                request.push_str(&format!(
                    "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
                    body.len()
                ));
            }
            None => request.push_str("\r\n"),
        }
        request
    }
}

/// One kept-alive connection, opened again when the server closes it.
pub struct HttpSender<'a> {
    target: &'a HttpTarget,
    stream: Option<BufReader<TcpStream>>,
    body: Vec<u8>,
}

/// An answer without its body, which is only counted.
pub struct Head {
    pub status: u16,
    pub cookies: Vec<String>,
    pub location: Option<String>,
}

impl<'a> HttpSender<'a> {
    pub fn to(target: &'a HttpTarget) -> HttpSender<'a> {
        HttpSender { target, stream: None, body: Vec::new() }
    }

    /// Asks once and reads the whole answer.
    pub fn ask(&mut self, words: &Words) -> io::Result<Head> {
        let stream = match &mut self.stream {
            Some(stream) => stream,
            None => {
                let stream = TcpStream::connect(&self.target.authority)?;
                stream.set_nodelay(true)?;
                stream.set_read_timeout(Some(Duration::from_secs(30)))?;
                self.stream.insert(BufReader::with_capacity(64 * 1024, stream))
            }
        };
        stream.get_mut().write_all(self.target.write(words).as_bytes())?;
        let (head, close) = read_answer(stream, &mut self.body)?;
        if close {
            self.stream = None;
        }
        Ok(head)
    }
}

impl Sender for HttpSender<'_> {
    fn send(&mut self, words: &Words) -> Outcome {
        match self.ask(words) {
            Ok(head) if (200..300).contains(&head.status) => Outcome::Done { bytes: self.body.len() as u64 },
            Ok(head) => Outcome::Refused(format!(
                "{} {}: {}",
                head.status,
                words.fill(&self.target.path),
                String::from_utf8_lossy(&self.body[..self.body.len().min(300)])
            )),
            Err(error) => {
                self.stream = None;
                Outcome::Refused(error.to_string())
            }
        }
    }
}

/// Reads one answer into `body`; true when the connection ends with it.
fn read_answer(stream: &mut BufReader<TcpStream>, body: &mut Vec<u8>) -> io::Result<(Head, bool)> {
    let mut line = String::new();
    read_line(stream, &mut line)?;
    let status = line
        .get(9..12)
        .and_then(|status| status.parse().ok())
        .ok_or_else(|| io::Error::other(format!("not an HTTP answer: {line:?}")))?;
    let mut head = Head { status, cookies: Vec::new(), location: None };
    let (mut length, mut chunked, mut close) = (None, false, false);
    loop {
        read_line(stream, &mut line)?;
        let Some((name, value)) = line.split_once(':') else {
            break;
        };
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse::<usize>().ok(),
            "transfer-encoding" => chunked = true,
            "connection" => close = value.eq_ignore_ascii_case("close"),
            "set-cookie" => head.cookies.extend(value.split(';').next().map(str::to_owned)),
            "location" => head.location = Some(value.to_owned()),
            _ => {}
        }
    }
    body.clear();
    if chunked {
        loop {
            read_line(stream, &mut line)?;
            let size = usize::from_str_radix(line.split(';').next().unwrap_or("").trim(), 16)
                .map_err(io::Error::other)?;
            let start = body.len();
            body.resize(start + size, 0);
            stream.read_exact(&mut body[start..])?;
            read_line(stream, &mut line)?;
            if size == 0 {
                break;
            }
        }
    } else if let Some(length) = length {
        body.resize(length, 0);
        stream.read_exact(body)?;
    } else if status != 204 && status != 304 {
        close = true;
        stream.read_to_end(body)?;
    }
    Ok((head, close))
}

fn read_line(stream: &mut BufReader<TcpStream>, line: &mut String) -> io::Result<()> {
    line.clear();
    if stream.read_line(line)? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    line.truncate(line.trim_end().len());
    Ok(())
}
