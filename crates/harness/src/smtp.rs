use std::io::{self, BufRead, BufReader, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

/// Ends of a message that some server once took for one, so that words of a letter became a second
/// letter (CVE-2023-51764 and its kin); only `\r\n.\r\n` ends a message (RFC 5321, section 4.1.1.4).
pub const FALSE_ENDS: [&str; 20] = [
    "\n.\n",
    "\n.\r\n",
    "\r\n.\n",
    "\r.\r",
    "\r.\r\n",
    "\r\n.\r",
    "\n.\r",
    "\r.\n",
    "\r\n\0.\r\n",
    "\r\n.\0\r\n",
    "\r\r\n.\r\r\n",
    "\r\n.\r\r\n",
    "\r\r\n.\n",
    "\n\r.\r\n",
    "\r\n. \r\n",
    "\r\n.\t\r\n",
    "\r\n .\r\n",
    "\r\n..\r\n",
    "\n.\r\r\n",
    "\r\n.\u{b}\r\n",
];

/// A small blocking SMTP client that a test drives step by step, and may abandon at any of them.
///
/// Source: RFC 5321.
#[derive(Debug)]
pub struct Smtp {
    stream: BufReader<TcpStream>,
    greeting: Reply,
}

/// What the server answered to one command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// Three digits; 250 after the final dot means that the server has taken the message over.
    pub code: u16,
    /// Its lines without the code, joined by line feeds.
    pub text: String,
}

/// Sends one message and gives the reply that decided: to the final dot, or to the first command
/// that was refused.
///
/// # Errors
/// The server could not be reached or hung up: the sender does not know what became of the message
/// and has to send it again.
pub fn deliver(address: &str, from: &str, to: &[&str], message: &[u8]) -> io::Result<Reply> {
    let mut smtp = Smtp::connect(address)?;
    let mut reply = smtp.greeting().clone();
    if reply.is_positive() {
        reply = smtp.hello("sender.example")?;
    }
    if reply.is_positive() {
        reply = smtp.mail_from(from)?;
    }
    for recipient in to {
        if reply.is_positive() {
            reply = smtp.recipient(recipient)?;
        }
    }
    if reply.is_positive() {
        reply = smtp.data()?;
    }
    if reply.is_positive() {
        reply = smtp.message(message)?;
    }
    // The answer stands; whether the good-bye arrives changes nothing.
    let _ = smtp.quit();
    Ok(reply)
}

impl Smtp {
    /// Connects and reads the greeting. Waits at most 60 seconds for each reply.
    ///
    /// # Errors
    /// The server could not be reached or hung up.
    pub fn connect(address: &str) -> io::Result<Smtp> {
        let stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        stream.set_write_timeout(Some(Duration::from_secs(60)))?;
        stream.set_nodelay(true)?;
        let mut stream = BufReader::new(stream);
        let greeting = Reply::read(&mut stream)?;
        Ok(Smtp { stream, greeting })
    }

    /// What the server said on connecting (220).
    pub fn greeting(&self) -> &Reply {
        &self.greeting
    }

    /// `EHLO`; the extensions are the lines of the reply.
    ///
    /// # Errors
    /// The server hung up.
    pub fn hello(&mut self, name: &str) -> io::Result<Reply> {
        self.command(&format!("EHLO {name}"))
    }

    /// `LHLO`, for LMTP.
    ///
    /// # Errors
    /// The server hung up.
    pub fn local_hello(&mut self, name: &str) -> io::Result<Reply> {
        self.command(&format!("LHLO {name}"))
    }

    /// `MAIL FROM`; an empty address is the null sender of a bounce.
    ///
    /// # Errors
    /// The server hung up.
    pub fn mail_from(&mut self, address: &str) -> io::Result<Reply> {
        self.command(&format!("MAIL FROM:<{address}>"))
    }

    /// `RCPT TO`.
    ///
    /// # Errors
    /// The server hung up.
    pub fn recipient(&mut self, address: &str) -> io::Result<Reply> {
        self.command(&format!("RCPT TO:<{address}>"))
    }

    /// `DATA` (354 invites the message).
    ///
    /// # Errors
    /// The server hung up.
    pub fn data(&mut self) -> io::Result<Reply> {
        self.command("DATA")
    }

    /// Sends the whole message after [`Smtp::data`], then the final dot, and reads the reply.
    ///
    /// Lines may end in LF or CRLF; leading dots are doubled.
    ///
    /// # Errors
    /// The server hung up.
    pub fn message(&mut self, message: &[u8]) -> io::Result<Reply> {
        self.part_of_message(message)?;
        self.write(b".\r\n")?;
        self.reply()
    }

    /// Sends a part of the message (whole lines) and no dot: to pause, or to cut there.
    ///
    /// # Errors
    /// The server hung up.
    pub fn part_of_message(&mut self, part: &[u8]) -> io::Result<()> {
        let mut wire = Vec::with_capacity(part.len() + 64);
        for line in part.split_inclusive(|byte| *byte == b'\n') {
            let line = line.strip_suffix(b"\n").unwrap_or(line);
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if line.starts_with(b".") {
                wire.push(b'.');
            }
            wire.extend_from_slice(line);
            wire.extend_from_slice(b"\r\n");
        }
        self.write(&wire)
    }

    /// Any command line, without its line end.
    ///
    /// # Errors
    /// The server hung up.
    pub fn command(&mut self, line: &str) -> io::Result<Reply> {
        self.write(format!("{line}\r\n").as_bytes())?;
        self.reply()
    }

    /// Bytes as they are, for lines that no honest client sends.
    ///
    /// # Errors
    /// The server hung up.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.get_mut().write_all(bytes)
    }

    /// Reads one reply (LMTP gives one per recipient after the dot).
    ///
    /// # Errors
    /// The server hung up, or 60 seconds passed.
    pub fn reply(&mut self) -> io::Result<Reply> {
        Reply::read(&mut self.stream)
    }

    /// Says good-bye.
    ///
    /// # Errors
    /// The server hung up first.
    pub fn quit(mut self) -> io::Result<Reply> {
        self.command("QUIT")
    }

    /// Cuts the connection without a word, as a failing network does.
    pub fn cut(self) {
        // Already cut by the other side is as good.
        let _ = self.stream.get_ref().shutdown(Shutdown::Both);
    }
}

impl Reply {
    /// The command was accepted (2xx), or the message is invited (354).
    pub fn is_positive(&self) -> bool {
        (200..400).contains(&self.code)
    }

    fn read(stream: &mut BufReader<TcpStream>) -> io::Result<Reply> {
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let line = line.trim_end();
            let code = line
                .get(..3)
                .and_then(|code| code.parse().ok())
                .ok_or_else(|| io::Error::other(format!("not an SMTP reply: {line:?}")))?;
            lines.push(line.get(4..).unwrap_or_default().to_owned());
            if line.as_bytes().get(3) != Some(&b'-') {
                return Ok(Reply { code, text: lines.join("\n") });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    /// A server that greets, answers each line with the next reply, and hangs up after the last.
    /// It takes everything between `DATA` and the dot as one line and returns all it was sent.
    fn serve(replies: &'static [&'static str]) -> (String, std::thread::JoinHandle<Vec<String>>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let server = std::thread::spawn(move || {
            let (stream, _) = listener.accept().unwrap();
            let mut stream = BufReader::new(stream);
            let mut seen = Vec::new();
            stream.get_mut().write_all(b"220 desk.example\r\n").unwrap();
            for reply in replies {
                let in_data = seen.last().is_some_and(|line| line == "DATA\r\n");
                let mut line = String::new();
                loop {
                    let start = line.len();
                    stream.read_line(&mut line).unwrap();
                    if !in_data || &line[start..] == ".\r\n" {
                        break;
                    }
                }
                seen.push(line);
                stream.get_mut().write_all(reply.as_bytes()).unwrap();
            }
            seen
        });
        (address, server)
    }

    #[test]
    fn a_message_is_delivered_with_its_dots_doubled() {
        let (address, server) = serve(&[
            "250-desk.example\r\n250 SIZE 100\r\n",
            "250 ok\r\n",
            "250 ok\r\n",
            "354 go on\r\n",
            "250 taken\r\n",
        ]);
        let reply = deliver(&address, "a@client.example", &["b@desk.example"], b"Subject: x\n\n.hidden\n");
        assert_eq!(reply.unwrap().code, 250);
        let seen = server.join().unwrap();
        assert_eq!(seen[1], "MAIL FROM:<a@client.example>\r\n");
        assert_eq!(seen[4], "Subject: x\r\n\r\n..hidden\r\n.\r\n");
    }

    #[test]
    fn the_first_refusal_is_the_answer() {
        let (address, _server) = serve(&["250 ok\r\n", "250 ok\r\n", "550 unknown\r\n"]);
        let reply = deliver(&address, "a@client.example", &["b@desk.example"], b"");
        assert_eq!(reply.unwrap().code, 550);
    }

    #[test]
    fn a_server_that_hangs_up_is_an_error() {
        let (address, _server) = serve(&["250 ok\r\n"]);
        assert!(deliver(&address, "a@client.example", &["b@desk.example"], b"").is_err());
    }
}
