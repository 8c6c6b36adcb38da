use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

/// A letter as a mail server was handed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandedLetter {
    /// What `MAIL FROM` said between its brackets: empty for the null return path.
    pub from: String,
    /// What each `RCPT TO` said.
    pub to: Vec<String>,
    /// The letter, with `\r\n` line ends.
    pub bytes: Vec<u8>,
}

/// A mail server that takes everything and keeps it with its envelope.
pub struct FakeMailServer {
    port: u16,
    taken: Arc<Mutex<Vec<HandedLetter>>>,
}

/// What is done with each letter before its sender hears that it was taken.
type Meanwhile = dyn Fn() + Send + Sync;

impl FakeMailServer {
    /// One that listens on a port of this machine.
    ///
    /// # Panics
    /// When no port is free.
    #[must_use]
    pub fn start() -> Self {
        Self::start_with(|| ())
    }

    /// One that does something with each letter before its sender hears that it was taken.
    ///
    /// # Panics
    /// When no port is free.
    #[must_use]
    pub fn start_with(meanwhile: impl Fn() + Send + Sync + 'static) -> Self {
        let meanwhile: Arc<Meanwhile> = Arc::new(meanwhile);
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let port = listener.local_addr().expect("it has an address").port();
        let taken = Arc::<Mutex<Vec<HandedLetter>>>::default();
        let own = Arc::clone(&taken);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (own, meanwhile) = (Arc::clone(&own), Arc::clone(&meanwhile));
                // Whoever hangs up in the middle of a letter has handed none over.
                std::thread::spawn(move || serve(&stream, &own, &*meanwhile));
            }
        });
        Self { port, taken }
    }

    /// Where it listens.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What it took so far, in order.
    #[must_use]
    pub fn taken(&self) -> Vec<HandedLetter> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn serve(stream: &TcpStream, taken: &Mutex<Vec<HandedLetter>>, meanwhile: &Meanwhile) -> Option<()> {
    let (mut lines, mut answers) = (BufReader::new(stream), stream);
    let mut letter = HandedLetter { from: String::new(), to: Vec::new(), bytes: Vec::new() };
    answers.write_all(b"220 mx ESMTP\r\n").ok()?;
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let path = || {
            line.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map(|(path, _)| path.to_owned())
        };
        let command = line.get(..4).unwrap_or_default().to_ascii_uppercase();
        let answer: &[u8] = match command.as_str() {
            "EHLO" => b"250-mx\r\n250 8BITMIME\r\n",
            "MAIL" => {
                letter.from = path()?;
                b"250 ok\r\n"
            }
            "RCPT" => {
                letter.to.push(path()?);
                b"250 ok\r\n"
            }
            "DATA" => {
                answers.write_all(b"354 go\r\n").ok()?;
                letter.bytes = until_the_end(&mut lines)?;
                let whole = std::mem::replace(
                    &mut letter,
                    HandedLetter { from: String::new(), to: Vec::new(), bytes: Vec::new() },
                );
                taken.lock().unwrap_or_else(PoisonError::into_inner).push(whole);
                meanwhile();
                b"250 ok\r\n"
            }
            "QUIT" => {
                answers.write_all(b"221 bye\r\n").ok()?;
                return Some(());
            }
            _ => b"250 ok\r\n",
        };
        answers.write_all(answer).ok()?;
    }
}

/// The lines up to the single dot, without the dots that were put before others. Source: RFC 5321 section 4.5.2.
fn until_the_end(lines: &mut impl BufRead) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    loop {
        let mut line = Vec::new();
        if lines.read_until(b'\n', &mut line).ok()? == 0 {
            return None;
        }
        if line == b".\r\n" {
            return Some(bytes);
        }
        bytes.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
    }
}
