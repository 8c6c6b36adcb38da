//! A mail server that takes everything and keeps nothing: where a desk hands its letters over while it is measured.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};

use crate::Failure;
use crate::arguments::Arguments;

/// Takes letters until it is ended.
pub fn sink(arguments: &Arguments) -> Result<bool, Failure> {
    let listener = TcpListener::bind(arguments.required("--listen")?)?;
    for stream in listener.incoming() {
        let stream = stream?;
        // Whoever hangs up in the middle has said all that there is to say.
        std::thread::spawn(move || converse(stream).ok());
    }
    Ok(true)
}

fn converse(stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    let mut line = Vec::new();
    let mut is_letter = false;
    stream.get_mut().write_all(b"220 sink.example\r\n")?;
    loop {
        line.clear();
        if stream.read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        let verb = line.get(..4).unwrap_or_default().to_ascii_uppercase();
        let answer: &[u8] = match (is_letter, verb.as_slice()) {
            (true, _) if line != b".\r\n" => continue,
            (true, _) => b"250 2.0.0 Taken\r\n",
            (_, b"EHLO") => b"250-sink.example\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n",
            (_, b"DATA") => b"354 Go on\r\n",
            (_, b"QUIT") => return stream.get_mut().write_all(b"221 2.0.0 Bye\r\n"),
            _ => b"250 2.0.0 Fine\r\n",
        };
        is_letter = verb == b"DATA" && !is_letter;
        stream.get_mut().write_all(answer)?;
    }
}
