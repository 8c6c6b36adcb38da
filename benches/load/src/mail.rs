use std::io::{self, BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::Failure;
use crate::arguments::Arguments;
use crate::burst::{Outcome, Sender, Words};

/// The mailbox that messages are sent to, and by whom.
pub struct MailTarget {
    address: String,
    from: String,
    to: String,
    /// A line of the head, as of a machine that wants no receipt.
    header: String,
    messages_per_connection: u32,
}

impl MailTarget {
    pub fn of(arguments: &Arguments) -> Result<MailTarget, Failure> {
        Ok(MailTarget {
            address: arguments.required("--smtp")?.to_owned(),
            from: arguments.text("--from").unwrap_or("writer@client.example").to_owned(),
            to: arguments.required("--to")?.to_owned(),
            header: arguments.text("--header").map(|line| format!("{line}\r\n")).unwrap_or_default(),
            messages_per_connection: arguments.number_or("--messages-per-connection", 20)?,
        })
    }
}

/// One SMTP connection at a time, as a mail server has that sends several messages: with the commands before a
/// message sent together where the other side takes them so (RFC 2920), as Postfix and Exim do.
pub struct MailSender<'a> {
    target: &'a MailTarget,
    stream: Option<BufReader<TcpStream>>,
    pipelines: bool,
    sent: u32,
}

impl<'a> MailSender<'a> {
    pub fn to(target: &'a MailTarget) -> MailSender<'a> {
        MailSender { target, stream: None, pipelines: false, sent: 0 }
    }

    fn deliver(&mut self, words: &Words) -> io::Result<u64> {
        let stream = match &mut self.stream {
            Some(stream) => stream,
            None => {
                let stream = TcpStream::connect(&self.target.address)?;
                stream.set_nodelay(true)?;
                stream.set_read_timeout(Some(Duration::from_secs(30)))?;
                let stream = self.stream.insert(BufReader::new(stream));
                expect(stream, '2')?;
                stream.get_mut().write_all(b"EHLO sender.example\r\n")?;
                self.pipelines = expect(stream, '2')?.contains("PIPELINING");
                stream
            }
        };
        let from = words.fill(&self.target.from);
        let to = &self.target.to;
        let number = words.number;
        let message = format!(
            "From: <{from}>\r\nTo: <{to}>\r\nSubject: The press stops again, run {number}\r\n\
             Date: Wed, 25 Nov 2026 09:00:00 +0000\r\nMessage-ID: <{number}@client.example>\r\n\
             {}MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\
             Good morning,\r\n\r\nThe machine shows the same line again after the update, and we \
             have tried\r\nthe steps of your last answer twice. The licence is read, then it \
             stops.\r\nWe print for a customer this afternoon, and would be glad of a word \
             before.\r\nThe number of this run is {number}.\r\n\r\nKind regards\r\n.\r\n",
            self.target.header
        );
        let before = [
            (format!("MAIL FROM:<{from}>\r\n"), '2'),
            (format!("RCPT TO:<{to}>\r\n"), '2'),
            ("DATA\r\n".to_owned(), '3'),
        ];
        if self.pipelines {
            let lines: String = before.iter().map(|(line, _)| line.as_str()).collect();
            stream.get_mut().write_all(lines.as_bytes())?;
            for (_, kind) in before {
                expect(stream, kind)?;
            }
        } else {
            for (line, kind) in before {
                say(stream, &line, kind)?;
            }
        }
        say(stream, &message, '2')?;
        self.sent += 1;
        if self.sent >= self.target.messages_per_connection {
            // Whether the good-bye is answered changes nothing.
            let _ = say(stream, "QUIT\r\n", '2');
            self.stream = None;
            self.sent = 0;
        }
        Ok(message.len() as u64)
    }
}

impl Sender for MailSender<'_> {
    fn send(&mut self, words: &Words) -> Outcome {
        match self.deliver(words) {
            Ok(bytes) => Outcome::Done { bytes },
            Err(error) => {
                self.stream = None;
                self.sent = 0;
                Outcome::Refused(error.to_string())
            }
        }
    }
}

fn say(stream: &mut BufReader<TcpStream>, line: &str, kind: char) -> io::Result<()> {
    stream.get_mut().write_all(line.as_bytes())?;
    expect(stream, kind).map(drop)
}

/// Reads one reply, of however many lines.
fn expect(stream: &mut BufReader<TcpStream>, kind: char) -> io::Result<String> {
    let mut reply = String::new();
    loop {
        let begun = reply.len();
        if stream.read_line(&mut reply)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if reply.as_bytes().get(begun + 3) != Some(&b'-') {
            break;
        }
    }
    if reply.starts_with(kind) { Ok(reply) } else { Err(io::Error::other(reply.trim_end().to_owned())) }
}
