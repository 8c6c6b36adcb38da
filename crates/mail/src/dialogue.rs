//! The SMTP and LMTP conversation, without a network.
//!
//! Bytes go in by [`Dialogue::receive`], replies come out of
//! [`Dialogue::take_replies`]; where somebody else must decide, the dialogue
//! stops with a [`Step`] and waits for the answer. How the bytes are cut into
//! pieces makes no difference.
//!
//! Source: RFC 5321, RFC 2033 (LMTP), RFC 1870 (SIZE), RFC 2920 (PIPELINING),
//! RFC 2034 and 3463 (status codes), RFC 6152 (8BITMIME), RFC 6531 (SMTPUTF8).

use crate::listen::{ListenConfig, Protocol, RecipientAnswer, TakeAnswer};

/// The longest command line, in bytes. RFC 5321 section 4.5.3.1.4 asks for 512
/// and extensions for more.
const COMMAND_BYTES_AT_MOST: usize = 2_048;
/// The longest address, in bytes. Source: RFC 5321 section 4.5.3.1.3.
const PATH_BYTES_AT_MOST: usize = 256;
/// How many commands may go wrong before the connection is closed.
const ERRORS_AT_MOST: usize = 20;
/// How many times the size limit is read, and forgotten, of a message that is
/// too large, before the connection is closed instead.
const DRAINED_LIMITS_AT_MOST: usize = 10;
/// The first reservation for a message whose size is not announced, in bytes.
const RESERVED_BYTES: usize = 16 * 1024;

/// Why the dialogue stopped reading.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// All bytes were understood; more are needed.
    NeedBytes,
    /// Somebody must say whether there is such a mailbox: answer with
    /// [`Dialogue::answer_recipient`].
    Recipient(String),
    /// Somebody must take the message: answer with [`Dialogue::answer_take`].
    Take(Box<Transaction>, Vec<u8>),
    /// The connection is to be encrypted once the replies are sent; what was sent along in clear is
    /// forgotten. Then [`Dialogue::encrypted`].
    Encrypt,
    /// The conversation is over once the replies are sent.
    Close,
}

/// One message's envelope.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Transaction {
    /// The name the peer gave itself.
    pub(crate) helo: String,
    /// The return path; `None` for the null path.
    pub(crate) from: Option<String>,
    /// The accepted recipients, each once.
    pub(crate) recipients: Vec<String>,
    /// For each accepted RCPT, which of the recipients it named: LMTP answers
    /// every RCPT.
    accepted: Vec<usize>,
    accepts_unicode: bool,
    announced_bytes: Option<usize>,
}

/// The conversation with one peer.
pub(crate) struct Dialogue {
    hostname: String,
    size_limit_bytes: usize,
    recipients_at_most: usize,
    allowed: Protocol,
    spoken: Protocol,
    greeting: Option<String>,
    transaction: Option<Transaction>,
    taken: Option<Transaction>,
    asked: Option<String>,
    state: State,
    line: Vec<u8>,
    line_too_long: bool,
    message: Vec<u8>,
    message_bytes: usize,
    no_room: bool,
    has_bare_end: bool,
    replies: Vec<u8>,
    errors: usize,
    offers_encryption: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Command,
    Data(At),
    Waiting,
    Closed,
}

/// Where in the lines of a message the next byte stands. Only CR LF ends a line
/// here: taking a bare LF for one is what lets a second message be smuggled in.
/// By SMTP a message with a bare CR or LF is refused, since another server may
/// have read it otherwise; by LMTP the own server hands over what it has taken
/// long ago, and would only write to a sender whom nobody checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    LineStart,
    Line,
    AfterCr,
    AfterDot,
    AfterDotCr,
}

impl Dialogue {
    /// A conversation that begins with the greeting, already among the replies.
    pub(crate) fn new(config: &ListenConfig) -> Self {
        let mut dialogue = Dialogue {
            hostname: config.hostname.clone(),
            size_limit_bytes: config.size_limit_bytes,
            recipients_at_most: config.recipients_at_most,
            allowed: config.protocol,
            spoken: match config.protocol {
                Protocol::Lmtp => Protocol::Lmtp,
                Protocol::Smtp | Protocol::Either => Protocol::Smtp,
            },
            greeting: None,
            transaction: None,
            taken: None,
            asked: None,
            state: State::Command,
            line: Vec::new(),
            line_too_long: false,
            message: Vec::new(),
            message_bytes: 0,
            no_room: false,
            has_bare_end: false,
            replies: Vec::new(),
            errors: 0,
            offers_encryption: config.tls.is_some(),
        };
        let name = match config.protocol {
            Protocol::Smtp => "ESMTP",
            Protocol::Lmtp => "LMTP",
            Protocol::Either => "ESMTP LMTP",
        };
        let greeting = format!("220 {} {name}", dialogue.hostname);
        dialogue.reply(&greeting);
        dialogue
    }

    /// Reads bytes up to the next step, and says how many were used. The rest is
    /// to be given again after the step is answered.
    pub(crate) fn receive(&mut self, bytes: &[u8]) -> (usize, Step) {
        let mut used = 0;
        loop {
            match self.state {
                State::Closed => return (used, Step::Close),
                State::Waiting => return (used, Step::NeedBytes),
                _ if used == bytes.len() => return (used, Step::NeedBytes),
                State::Command => {
                    let rest = &bytes[used..];
                    let Some(length) = rest.iter().position(|byte| *byte == b'\n') else {
                        self.keep_line(rest);
                        return (bytes.len(), Step::NeedBytes);
                    };
                    self.keep_line(&rest[..=length]);
                    used += length + 1;
                    let line = std::mem::take(&mut self.line);
                    let step = self.command(&line);
                    // The buffer is kept: one allocation serves a connection.
                    self.line = line;
                    self.line.clear();
                    if let Some(step) = step {
                        return (used, step);
                    }
                }
                State::Data(at) => {
                    let (length, end) = self.data(at, &bytes[used..]);
                    used += length;
                    if end && let Some(step) = self.end_of_data() {
                        return (used, step);
                    }
                }
            }
        }
    }

    /// The replies to send, which are then forgotten.
    pub(crate) fn take_replies(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.replies)
    }

    /// Answers [`Step::Recipient`].
    pub(crate) fn answer_recipient(&mut self, answer: RecipientAnswer) {
        self.state = State::Command;
        let Some(address) = self.asked.take() else {
            return;
        };
        match answer {
            RecipientAnswer::Accept => {
                if let Some(transaction) = &mut self.transaction {
                    let known = transaction.recipients.iter().position(|recipient| *recipient == address);
                    let index = known.unwrap_or_else(|| {
                        transaction.recipients.push(address);
                        transaction.recipients.len() - 1
                    });
                    transaction.accepted.push(index);
                }
                self.reply("250 2.1.5 Recipient accepted");
            }
            RecipientAnswer::UnknownMailbox => self.refuse("550 5.1.1 No such mailbox here"),
            RecipientAnswer::Temporary => {
                self.reply("451 4.3.0 Cannot look the mailbox up now, try again later");
            }
        }
    }

    /// Answers [`Step::Take`], one answer per recipient of the transaction.
    pub(crate) fn answer_take(&mut self, answers: &[TakeAnswer]) {
        self.state = State::Command;
        let Some(transaction) = self.taken.take() else {
            return;
        };
        let answer_of = |index: usize| answers.get(index).unwrap_or(&TakeAnswer::Temporary);
        if self.spoken == Protocol::Lmtp {
            for index in transaction.accepted {
                let line = take_reply(answer_of(index));
                self.reply(&line);
            }
            return;
        }
        let all = || (0..transaction.recipients.len()).map(answer_of);
        // One answer must serve all. Trying again is harmless, since the intake
        // recognises what it has; a refusal is told rather than swallowed.
        let answer = all()
            .find(|answer| matches!(answer, TakeAnswer::Temporary | TakeAnswer::Full))
            .or_else(|| {
                all().find(|answer| matches!(answer, TakeAnswer::Rejected(_) | TakeAnswer::OverQuota(_)))
            })
            .or_else(|| all().next())
            .unwrap_or(&TakeAnswer::Temporary);
        let line = take_reply(answer);
        self.reply(&line);
    }

    /// The connection is encrypted now: whatever was said before is forgotten.
    ///
    /// Source: RFC 3207 section 4.2.
    pub(crate) fn encrypted(&mut self) {
        self.offers_encryption = false;
        self.greeting = None;
        self.transaction = None;
        self.line.clear();
        self.state = State::Command;
    }

    /// How many bytes of the message being read are held.
    pub(crate) fn held_bytes(&self) -> usize {
        self.message.len()
    }

    /// Forgets the message being read, and answers at its end that there is no
    /// room for it.
    pub(crate) fn forget_message(&mut self) {
        self.no_room = true;
        self.message = Vec::new();
    }

    /// Ends the conversation for a reason of our own, with a 421 and `text`.
    pub(crate) fn close(&mut self, text: &str) {
        if self.state != State::Closed {
            self.reply(&format!("421 {text}"));
            self.state = State::Closed;
        }
    }

    fn keep_line(&mut self, bytes: &[u8]) {
        if self.line.len() + bytes.len() > COMMAND_BYTES_AT_MOST {
            self.line_too_long = true;
            self.line.clear();
        } else if !self.line_too_long {
            self.line.extend_from_slice(bytes);
        }
    }

    fn reply(&mut self, line: &str) {
        self.replies.extend_from_slice(line.as_bytes());
        self.replies.extend_from_slice(b"\r\n");
    }

    /// Replies to what went wrong, and closes when too much did.
    fn refuse(&mut self, line: &str) {
        self.reply(line);
        self.errors += 1;
        if self.errors >= ERRORS_AT_MOST {
            self.close("4.7.0 Too many errors");
        }
    }

    /// Reads one line that ends in LF.
    fn command(&mut self, line: &[u8]) -> Option<Step> {
        if std::mem::take(&mut self.line_too_long) {
            self.refuse("500 5.5.2 Line too long");
            return None;
        }
        let Some(line) = line.strip_suffix(b"\r\n") else {
            self.refuse("500 5.5.2 A command ends with CR LF");
            return None;
        };
        if line.iter().any(|byte| *byte == b'\r' || *byte == 0) {
            self.refuse("500 5.5.2 A command holds neither CR nor NUL");
            return None;
        }
        let Ok(line) = std::str::from_utf8(line) else {
            self.refuse("500 5.5.2 A command is UTF-8");
            return None;
        };
        let (verb, argument) = line.split_once(' ').unwrap_or((line, ""));
        let argument = argument.trim();
        match verb.to_ascii_uppercase().as_str() {
            "EHLO" => self.greet(argument, Protocol::Smtp, true),
            "HELO" => self.greet(argument, Protocol::Smtp, false),
            "LHLO" => self.greet(argument, Protocol::Lmtp, true),
            "MAIL" => self.mail(argument),
            "RCPT" => return self.recipient(argument),
            "DATA" => self.begin_data(argument),
            "RSET" if argument.is_empty() => {
                self.transaction = None;
                self.reply("250 2.0.0 Forgotten");
            }
            "RSET" => self.refuse("501 5.5.4 RSET takes no argument"),
            "NOOP" => self.reply("250 2.0.0 OK"),
            "VRFY" if argument.is_empty() => self.refuse("501 5.5.4 VRFY takes an argument"),
            "VRFY" => self.reply("252 2.1.5 Send a message to find out"),
            "HELP" => self.reply("214 2.0.0 RFC 5321"),
            "QUIT" if argument.is_empty() => {
                self.reply("221 2.0.0 Goodbye");
                self.state = State::Closed;
            }
            "QUIT" => self.refuse("501 5.5.4 QUIT takes no argument"),
            "STARTTLS" if self.offers_encryption && argument.is_empty() && self.greeting.is_some() => {
                self.reply("220 2.0.0 Go ahead");
                self.state = State::Waiting;
                return Some(Step::Encrypt);
            }
            "EXPN" | "AUTH" | "STARTTLS" | "BDAT" | "ETRN" | "TURN" => {
                self.refuse("502 5.5.1 Not offered here");
            }
            // A browser was led here to speak for somebody else.
            "GET" | "POST" | "PUT" | "HEAD" | "OPTIONS" | "CONNECT" => {
                self.close("4.7.0 This is a mail server");
            }
            _ => self.refuse("500 5.5.1 Unknown command"),
        }
        None
    }

    fn greet(&mut self, name: &str, spoken: Protocol, extended: bool) {
        let is_allowed = self.allowed == Protocol::Either || self.allowed == spoken;
        if !is_allowed {
            return self.refuse(match self.allowed {
                Protocol::Lmtp => "500 5.5.1 This is LMTP: greet with LHLO",
                _ => "500 5.5.1 This is SMTP: greet with EHLO",
            });
        }
        let is_name = !name.is_empty()
            && name.len() <= 255
            && !name.contains(|character: char| character.is_control() || character == ' ');
        if !is_name {
            return self.refuse("501 5.5.4 Greet with a host name");
        }
        self.spoken = spoken;
        self.greeting = Some(name.to_owned());
        self.transaction = None;
        if !extended {
            let line = format!("250 {}", self.hostname);
            return self.reply(&line);
        }
        let mut lines = vec![format!("250-{}", self.hostname)];
        if self.offers_encryption {
            lines.push("250-STARTTLS".to_owned());
        }
        lines.extend([
            "250-PIPELINING".to_owned(),
            format!("250-SIZE {}", self.size_limit_bytes),
            "250-8BITMIME".to_owned(),
            "250-SMTPUTF8".to_owned(),
            "250 ENHANCEDSTATUSCODES".to_owned(),
        ]);
        for line in &lines {
            self.reply(line);
        }
    }

    fn mail(&mut self, argument: &str) {
        let Some(helo) = self.greeting.clone() else {
            return self.refuse("503 5.5.1 Greet first");
        };
        if self.transaction.is_some() {
            return self.refuse("503 5.5.1 One sender at a time");
        }
        let Some((path, parameters)) = after_keyword(argument, "FROM:").and_then(split_path) else {
            return self.refuse("501 5.5.4 Write MAIL FROM:<address>");
        };
        let mut transaction = Transaction { helo, ..Transaction::default() };
        for parameter in parameters.split_ascii_whitespace() {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            match name.to_ascii_uppercase().as_str() {
                "SIZE" => {
                    if value.is_empty() || !value.bytes().all(|byte| byte.is_ascii_digit()) {
                        return self.refuse("501 5.5.4 SIZE takes a number");
                    }
                    // A number too large to hold is certainly over the limit.
                    let announced = value.parse::<usize>().unwrap_or(usize::MAX);
                    if announced > self.size_limit_bytes {
                        let line = self.too_large();
                        return self.refuse(&line);
                    }
                    transaction.announced_bytes = Some(announced);
                }
                "BODY" if matches!(value.to_ascii_uppercase().as_str(), "7BIT" | "8BITMIME") => {}
                "SMTPUTF8" if value.is_empty() => transaction.accepts_unicode = true,
                _ => return self.refuse("555 5.5.4 Unknown parameter"),
            }
        }
        if !path.is_empty() {
            match read_address(path, transaction.accepts_unicode) {
                Ok(address) => transaction.from = Some(address),
                Err(line) => return self.refuse(line),
            }
        }
        self.transaction = Some(transaction);
        self.reply("250 2.1.0 Sender accepted");
    }

    fn recipient(&mut self, argument: &str) -> Option<Step> {
        let Some(transaction) = &self.transaction else {
            self.refuse("503 5.5.1 Name the sender first");
            return None;
        };
        let Some((path, parameters)) = after_keyword(argument, "TO:").and_then(split_path) else {
            self.refuse("501 5.5.4 Write RCPT TO:<address>");
            return None;
        };
        if !parameters.trim().is_empty() {
            self.refuse("555 5.5.4 Unknown parameter");
            return None;
        }
        if transaction.accepted.len() >= self.recipients_at_most {
            self.reply("452 4.5.3 Too many recipients, send the rest again");
            return None;
        }
        // Source: RFC 5321 section 4.5.1 lets postmaster stand without a domain.
        let address = if path.eq_ignore_ascii_case("postmaster") {
            Ok(path.to_owned())
        } else {
            read_address(path, transaction.accepts_unicode)
        };
        match address {
            Ok(address) => {
                self.asked = Some(address.clone());
                self.state = State::Waiting;
                Some(Step::Recipient(address))
            }
            Err(line) => {
                self.refuse(line);
                None
            }
        }
    }

    fn begin_data(&mut self, argument: &str) {
        if !argument.is_empty() {
            return self.refuse("501 5.5.4 DATA takes no argument");
        }
        let Some(transaction) = &self.transaction else {
            return self.refuse("503 5.5.1 Name the sender first");
        };
        if transaction.accepted.is_empty() {
            return self.refuse("503 5.5.1 No recipient was accepted");
        }
        // Reserving what was announced makes one allocation of a large message;
        // pages that never come are never used.
        let reserved =
            transaction.announced_bytes.map_or(RESERVED_BYTES, |announced| announced + RESERVED_BYTES);
        let path = transaction.from.as_deref().unwrap_or_default();
        let trace = format!("Return-Path: <{path}>\r\n");
        self.message = Vec::with_capacity(trace.len() + reserved.min(self.size_limit_bytes + 1));
        self.message.extend_from_slice(trace.as_bytes());
        self.message_bytes = 0;
        self.no_room = false;
        self.has_bare_end = false;
        self.state = State::Data(At::LineStart);
        self.reply("354 End with a dot on a line of its own");
    }

    /// Reads bytes of a message; gives how many were used and whether the
    /// message ended.
    fn data(&mut self, mut at: At, bytes: &[u8]) -> (usize, bool) {
        let mut used = 0;
        while used < bytes.len() {
            let byte = bytes[used];
            match at {
                At::Line => {
                    let rest = &bytes[used..];
                    let end = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
                    let length = end.map_or(rest.len(), |end| end + 1);
                    self.keep_message(&rest[..length]);
                    used += length;
                    if end.is_some_and(|end| rest[end] == b'\r') {
                        at = At::AfterCr;
                    } else if end.is_some() {
                        self.find_bare_end();
                    }
                    continue;
                }
                At::LineStart if byte == b'.' => at = At::AfterDot,
                At::AfterDot if byte == b'\r' => at = At::AfterDotCr,
                At::AfterDotCr if byte == b'\n' => {
                    self.state = State::Command;
                    return (used + 1, true);
                }
                At::AfterDotCr => {
                    // The dot was transparency after all, and the CR content.
                    self.keep_message(b"\r");
                    at = At::AfterCr;
                    continue;
                }
                At::AfterCr if byte == b'\n' => {
                    self.keep_message(b"\n");
                    at = At::LineStart;
                }
                At::LineStart | At::AfterDot | At::AfterCr => {
                    if at == At::AfterCr || byte == b'\n' {
                        self.find_bare_end();
                    }
                    self.keep_message(&[byte]);
                    at = if byte == b'\r' { At::AfterCr } else { At::Line };
                }
            }
            used += 1;
        }
        self.state = State::Data(at);
        if self.message_bytes > self.size_limit_bytes.saturating_mul(DRAINED_LIMITS_AT_MOST) {
            self.close("5.3.4 Message far too large");
        }
        (used, false)
    }

    fn find_bare_end(&mut self) {
        self.has_bare_end |= self.spoken != Protocol::Lmtp;
    }

    fn keep_message(&mut self, bytes: &[u8]) {
        self.message_bytes += bytes.len();
        if self.message_bytes <= self.size_limit_bytes && !self.no_room && !self.has_bare_end {
            self.message.extend_from_slice(bytes);
        } else if self.message.capacity() > 0 {
            self.message = Vec::new();
        }
    }

    fn end_of_data(&mut self) -> Option<Step> {
        let transaction = self.transaction.take()?;
        let message = std::mem::take(&mut self.message);
        if self.message_bytes > self.size_limit_bytes {
            let line = self.too_large();
            self.reply_to_all(&transaction, &line);
            return None;
        }
        if self.no_room {
            let line = take_reply(&TakeAnswer::Full);
            self.reply_to_all(&transaction, &line);
            return None;
        }
        // Source: RFC 5321 section 2.3.8.
        if self.has_bare_end {
            self.reply_to_all(&transaction, "550 5.6.0 A line ends with CR LF, and neither stands alone");
            return None;
        }
        self.state = State::Waiting;
        self.taken = Some(transaction.clone());
        Some(Step::Take(Box::new(transaction), message))
    }

    /// LMTP owes an answer per recipient, whatever it is.
    fn reply_to_all(&mut self, transaction: &Transaction, line: &str) {
        let answers = match self.spoken {
            Protocol::Lmtp => transaction.accepted.len(),
            Protocol::Smtp | Protocol::Either => 1,
        };
        for _ in 0..answers {
            self.reply(line);
        }
    }

    fn too_large(&self) -> String {
        format!("552 5.3.4 Message too large, the limit is {} bytes", self.size_limit_bytes)
    }
}

fn take_reply(answer: &TakeAnswer) -> String {
    match answer {
        TakeAnswer::Durable => "250 2.6.0 Message stored".to_owned(),
        TakeAnswer::Full => "452 4.3.1 No room to store the message now".to_owned(),
        TakeAnswer::Temporary => "451 4.3.0 Cannot store the message now".to_owned(),
        TakeAnswer::Rejected(reason) => format!("554 5.7.1 {}", on_one_line(reason)),
        TakeAnswer::OverQuota(reason) => format!("552 5.2.2 {}", on_one_line(reason)),
    }
}

fn on_one_line(reason: &str) -> String {
    let plain = |character| if matches!(character, ' '..='~') { character } else { ' ' };
    reason.chars().map(plain).take(400).collect()
}

fn after_keyword<'a>(argument: &'a str, keyword: &str) -> Option<&'a str> {
    let start = argument.get(..keyword.len())?;
    start.eq_ignore_ascii_case(keyword).then(|| argument[keyword.len()..].trim_start())
}

/// Splits `<path> parameters`; the angle brackets are required.
fn split_path(argument: &str) -> Option<(&str, &str)> {
    let rest = argument.strip_prefix('<')?;
    let mut in_quotes = false;
    let mut escaped = false;
    for (at, character) in rest.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' if in_quotes => escaped = true,
            '"' => in_quotes = !in_quotes,
            '>' if !in_quotes => {
                let parameters = &rest[at + 1..];
                let separated = parameters.is_empty() || parameters.starts_with(' ');
                return separated.then(|| (&rest[..at], parameters));
            }
            _ => {}
        }
    }
    None
}

/// Reads an address; a source route before it is ignored as RFC 5321 appendix C
/// asks. The failure is the reply.
fn read_address(path: &str, accepts_unicode: bool) -> Result<String, &'static str> {
    let address = match path.strip_prefix('@') {
        Some(route) => route.split_once(':').map_or("", |(_, address)| address),
        None => path,
    };
    if address.len() > PATH_BYTES_AT_MOST {
        return Err("501 5.1.7 Address too long");
    }
    if !address.is_ascii() && !accepts_unicode {
        return Err("553 5.6.7 Such an address needs SMTPUTF8");
    }
    let Some((local, domain)) = address.rsplit_once('@') else {
        return Err("501 5.1.3 An address has an @");
    };
    let quoted = local.len() >= 2 && local.starts_with('"') && local.ends_with('"');
    let local_is_sound = !local.is_empty()
        && !local.contains(char::is_control)
        && (quoted
            || !local.contains(|character: char| {
                character.is_whitespace() || "<>()[],;:\\\"@".contains(character)
            }));
    let domain_is_sound = !domain.is_empty()
        && !domain.contains(|character: char| {
            character.is_control() || character.is_whitespace() || "<>(),;\\\"".contains(character)
        });
    if local_is_sound && domain_is_sound {
        Ok(address.to_owned())
    } else {
        Err("501 5.1.3 The address is not valid")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn config(protocol: Protocol) -> ListenConfig {
        ListenConfig {
            hostname: "mx.eole.example".to_owned(),
            size_limit_bytes: 1_000,
            protocol,
            recipients_at_most: 3,
            ..ListenConfig::default()
        }
    }

    /// Plays `pieces` to a dialogue; gives all replies and all messages taken.
    fn play(protocol: Protocol, pieces: &[&[u8]]) -> (String, Vec<Vec<u8>>) {
        let mut dialogue = Dialogue::new(&config(protocol));
        let mut messages = Vec::new();
        for piece in pieces {
            let mut rest: &[u8] = piece;
            loop {
                let (used, step) = dialogue.receive(rest);
                rest = &rest[used..];
                match step {
                    Step::NeedBytes | Step::Close => break,
                    Step::Encrypt => unreachable!("no certificate was given"),
                    Step::Recipient(address) => dialogue.answer_recipient(match address.as_str() {
                        "nobody@eole.example" => RecipientAnswer::UnknownMailbox,
                        "later@eole.example" => RecipientAnswer::Temporary,
                        _ => RecipientAnswer::Accept,
                    }),
                    Step::Take(transaction, message) => {
                        let path = transaction.from.as_deref().unwrap_or_default();
                        let trace = format!("Return-Path: <{path}>\r\n");
                        messages.push(message.strip_prefix(trace.as_bytes()).unwrap().to_vec());
                        let answers: Vec<TakeAnswer> = transaction
                            .recipients
                            .iter()
                            .map(|recipient| match recipient.as_str() {
                                "full@eole.example" => TakeAnswer::Full,
                                "down@eole.example" => TakeAnswer::Temporary,
                                "never@eole.example" => TakeAnswer::Rejected("not\r\n250 here".to_owned()),
                                "much@eole.example" => TakeAnswer::OverQuota("fewer\r\n250 files".to_owned()),
                                _ => TakeAnswer::Durable,
                            })
                            .collect();
                        dialogue.answer_take(&answers);
                    }
                }
            }
        }
        let replies = String::from_utf8(dialogue.take_replies()).unwrap();
        (replies, messages)
    }

    #[test]
    fn garbled_conversations_are_held_in_peace() {
        let seeds: [&[u8]; 4] = [
            b"EHLO a.example\r\nMAIL FROM:<a@b.example> SIZE=20\r\nRCPT TO:<x@eole.example>\r\nDATA\r\nHi\r\n.\r\nQUIT\r\n",
            b"LHLO a.example\r\nMAIL FROM:<>\r\nRCPT TO:<x@eole.example>\r\nRCPT TO:<full@eole.example>\r\nDATA\r\n..\r\n.\r\n",
            b"HELO x\nRSET\r\nNOOP\r\nVRFY a\r\nSTARTTLS\r\nBDAT 3 LAST\r\nHELP\r\n",
            b"EHLO [192.0.2.1]\r\nMAIL FROM:<\"a b\"@b.example> BODY=8BITMIME SMTPUTF8\r\nRCPT TO:<@r.example:x@eole.example>\r\n",
        ];
        let words = [
            "\r\n",
            "\n",
            "\r",
            ".\r\n",
            "\r\n.\r\n",
            "\n.\n",
            "MAIL FROM:<",
            "RCPT TO:<",
            "DATA\r\n",
            "RSET\r\n",
            "SIZE=99999999",
            "EHLO x\r\n",
            "LHLO x\r\n",
            ">",
            "nobody@eole.example",
            "later@eole.example",
            "never@eole.example",
        ];
        harness::fuzz("smtp", &seeds, &words, |bytes| {
            for protocol in [Protocol::Smtp, Protocol::Lmtp, Protocol::Either] {
                let (replies, messages) = play(protocol, &[bytes]);
                assert!(replies.lines().all(|line| line.len() >= 4), "{replies}");
                assert!(messages.iter().all(|message| message.len() <= 1_000), "more than is taken");
                // However it is cut, it is the same conversation.
                let pieces: Vec<&[u8]> = bytes.chunks(7).collect();
                assert_eq!(play(protocol, &pieces), (replies, messages));
            }
        });
    }

    /// The codes of the replies after the greeting, last lines only.
    fn codes(protocol: Protocol, commands: &str) -> Vec<String> {
        let (replies, _) = play(protocol, &[commands.as_bytes()]);
        replies
            .lines()
            .skip(1)
            .filter(|line| line.as_bytes()[3] == b' ')
            .map(|line| {
                let mut words = line.split(' ');
                let code = words.next().unwrap();
                match words.next() {
                    Some(status) if status.contains('.') && status.len() == 5 => {
                        format!("{code} {status}")
                    }
                    _ => code.to_owned(),
                }
            })
            .collect()
    }

    const START: &str = "EHLO c.example\r\nMAIL FROM:<a@c.example>\r\n";

    #[test]
    fn commands_are_answered_by_the_book() {
        for (commands, expected) in [
            ("NOOP\r\n", vec!["250 2.0.0"]),
            ("EHLO c.example\r\n", vec!["250"]),
            ("ehlo [127.0.0.1]\r\n", vec!["250"]),
            ("HELO c.example\r\n", vec!["250"]),
            ("EHLO\r\n", vec!["501 5.5.4"]),
            ("MAIL FROM:<a@c.example>\r\n", vec!["503 5.5.1"]),
            ("EHLO c\r\nRCPT TO:<s@eole.example>\r\n", vec!["250", "503 5.5.1"]),
            ("EHLO c\r\nDATA\r\n", vec!["250", "503 5.5.1"]),
            ("EHLO c\r\nMAIL FROM:<>\r\n", vec!["250", "250 2.1.0"]),
            ("EHLO c\r\nMAIL FROM: <a@c.example> BODY=8BITMIME SIZE=10\r\n", vec!["250", "250 2.1.0"]),
            ("EHLO c\r\nMAIL FROM:<a@c.example> SIZE=1001\r\n", vec!["250", "552 5.3.4"]),
            ("EHLO c\r\nMAIL FROM:<a@c.example> SIZE=99999999999999999999999\r\n", vec!["250", "552 5.3.4"]),
            ("EHLO c\r\nMAIL FROM:<a@c.example> SIZE=-1\r\n", vec!["250", "501 5.5.4"]),
            ("EHLO c\r\nMAIL FROM:<a@c.example> NEW=1\r\n", vec!["250", "555 5.5.4"]),
            ("EHLO c\r\nMAIL FROM:a@c.example\r\n", vec!["250", "501 5.5.4"]),
            ("EHLO c\r\nMAIL FROM:<a b@c.example>\r\n", vec!["250", "501 5.1.3"]),
            ("EHLO c\r\nMAIL FROM:<\"a b\"@c.example>\r\n", vec!["250", "250 2.1.0"]),
            ("EHLO c\r\nMAIL FROM:<é@c.example>\r\n", vec!["250", "553 5.6.7"]),
            ("EHLO c\r\nMAIL FROM:<é@c.example> SMTPUTF8\r\n", vec!["250", "250 2.1.0"]),
            ("EHLO c\r\nMAIL FROM:<@r.example:a@c.example>\r\n", vec!["250", "250 2.1.0"]),
            (
                "VRFY ana\r\nHELP\r\nEXPN x\r\nAUTH PLAIN x\r\nSTARTTLS\r\nWHAT\r\n",
                vec!["252 2.1.5", "214 2.0.0", "502 5.5.1", "502 5.5.1", "502 5.5.1", "500 5.5.1"],
            ),
            ("QUIT\r\nNOOP\r\n", vec!["221 2.0.0"]),
            ("GET / HTTP/1.1\r\nNOOP\r\n", vec!["421 4.7.0"]),
            ("NOOP\nNOOP\r\n", vec!["500 5.5.2", "250 2.0.0"]),
            ("NO\rOP\r\n", vec!["500 5.5.2"]),
            ("LHLO c.example\r\n", vec!["500 5.5.1"]),
        ] {
            assert_eq!(codes(Protocol::Smtp, commands), expected, "{commands:?}");
        }
        assert_eq!(codes(Protocol::Lmtp, "EHLO c\r\nLHLO c\r\n"), ["500 5.5.1", "250"]);
        assert_eq!(codes(Protocol::Either, "EHLO c\r\nLHLO c\r\n"), ["250", "250"]);
        let long = format!("NOOP {}\r\nNOOP\r\n", "x".repeat(5_000));
        assert_eq!(codes(Protocol::Smtp, &long), ["500 5.5.2", "250 2.0.0"]);
        let wrong = "WHAT\r\n".repeat(50);
        let answers = codes(Protocol::Smtp, &wrong);
        assert_eq!((answers.len(), answers.last().unwrap().as_str()), (21, "421 4.7.0"));
    }

    #[test]
    fn recipients_are_answered_one_by_one() {
        let commands = format!(
            "{START}RCPT TO:<nobody@eole.example>\r\nDATA\r\nRCPT TO:<later@eole.example>\r\n\
             RCPT TO:<a@eole.example>\r\nRCPT TO:<postmaster>\r\nRCPT TO:<a@eole.example>\r\nRCPT TO:<d@eole.example>\r\n"
        );
        assert_eq!(
            codes(Protocol::Smtp, &commands)[2..],
            ["550 5.1.1", "503 5.5.1", "451 4.3.0", "250 2.1.5", "250 2.1.5", "250 2.1.5", "452 4.5.3"]
        );
    }

    #[test]
    fn one_answer_in_smtp_one_per_recipient_in_lmtp() {
        for (recipients, smtp, lmtp) in [
            (vec!["a", "b"], "250 2.6.0", vec!["250 2.6.0", "250 2.6.0"]),
            (vec!["a", "full"], "452 4.3.1", vec!["250 2.6.0", "452 4.3.1"]),
            (vec!["never", "down"], "451 4.3.0", vec!["554 5.7.1", "451 4.3.0"]),
            (vec!["a", "never"], "554 5.7.1", vec!["250 2.6.0", "554 5.7.1"]),
            (vec!["a", "a"], "250 2.6.0", vec!["250 2.6.0", "250 2.6.0"]),
        ] {
            let named: String =
                recipients.iter().map(|name| format!("RCPT TO:<{name}@eole.example>\r\n")).collect();
            let rest = format!("MAIL FROM:<a@c.example>\r\n{named}DATA\r\nHi\r\n.\r\nNOOP\r\n");
            let answers = codes(Protocol::Either, &format!("EHLO c\r\n{rest}"));
            assert_eq!(answers[5..], [smtp, "250 2.0.0"], "{recipients:?}");
            let answers = codes(Protocol::Either, &format!("LHLO c\r\n{rest}"));
            let mut expected = lmtp.clone();
            expected.push("250 2.0.0");
            assert_eq!(answers[5..], expected, "{recipients:?}");
        }
    }

    fn message_of(content: &[u8]) -> (Vec<Vec<u8>>, String) {
        message_by("EHLO", content)
    }

    fn message_by(greeting: &str, content: &[u8]) -> (Vec<Vec<u8>>, String) {
        let start = START.replace("EHLO", greeting);
        let mut bytes = format!("{start}RCPT TO:<a@eole.example>\r\nDATA\r\n").into_bytes();
        bytes.extend_from_slice(content);
        let (replies, messages) = play(Protocol::Either, &[&bytes]);
        (messages, replies)
    }

    /// Source: RFC 5321 section 4.5.2.
    #[test]
    fn dots_are_transparent() {
        for (content, expected) in [
            ("a\r\n.\r\n", "a\r\n"),
            (".\r\n", ""),
            ("..\r\n.\r\n", ".\r\n"),
            ("...a\r\n.b\r\n.\r\n", "..a\r\nb\r\n"),
            ("a.\r\n.\r\n", "a.\r\n"),
        ] {
            let (messages, _) = message_of(content.as_bytes());
            assert_eq!(messages, [expected.as_bytes()], "{content:?}");
        }
    }

    /// Source: CVE-2023-51764 and its kin; RFC 5321 section 2.3.8.
    #[test]
    fn nothing_but_crlf_dot_crlf_ends_a_message() {
        let smuggled = "MAIL FROM:<evil@c.example>\r\nRCPT TO:<a@eole.example>\r\nDATA\r\nevil\r\n.\r\n";
        for end in [
            "\n.\n",
            "\n.\r\n",
            "\r\n.\n",
            "\r.\r",
            "\r.\r\n",
            "\r\n.\r",
            "\n.\r",
            "\r\r\n.\r\r\n",
            "\r\n.\r\r\n",
            "\r\n\0.\r\n",
            "\r\n.\0\r\n",
            "\r\0\n.\r\n",
            "\n\r.\r\n",
            "\r\n..\r\n",
            "\r\n. \r\n",
            "\u{85}.\u{85}",
        ] {
            let content = format!("good{end}{smuggled}NOOP\r\n");
            let (messages, replies) = message_by("LHLO", content.as_bytes());
            assert_eq!(messages.len(), 1, "{end:?} let a second message in");
            assert!(String::from_utf8_lossy(&messages[0]).contains("MAIL FROM:<evil"), "{end:?}");
            assert_eq!(replies.matches("250 2.1.0").count(), 1, "{end:?}");
            // By SMTP it is refused at its end where a CR or LF stands alone, and the conversation goes on.
            let is_bare = end.replace("\r\n", "").contains(['\r', '\n']);
            let (taken, replies) = message_by("EHLO", content.as_bytes());
            assert_eq!(taken, if is_bare { Vec::new() } else { messages }, "{end:?}");
            assert_eq!(replies.matches("\r\n550 5.6.0 ").count(), usize::from(is_bare), "{end:?}: {replies}");
            assert_eq!(replies.matches("250 2.6.0").count(), usize::from(!is_bare), "{end:?}");
            assert_eq!(replies.matches("250 2.1.0").count(), 1, "{end:?}");
            assert!(replies.ends_with("250 2.0.0 OK\r\n"), "{end:?}: {replies}");
        }
    }

    /// Wherever it stands: what was kept by then is forgotten, and the next message is taken.
    #[test]
    fn a_bare_end_is_refused_wherever_it_stands() {
        for content in
            ["\nx", "x\ny", "\n", "x\r", "\rx", "x\r\n\ny", "x\r\n.\ny", "x\r\n.\ry", "x\r\n\r\r\ny", "\r\r"]
        {
            let mut dialogue = Dialogue::new(&config(Protocol::Smtp));
            dialogue.receive(START.as_bytes());
            dialogue.receive(b"RCPT TO:<a@eole.example>\r\n");
            dialogue.answer_recipient(RecipientAnswer::Accept);
            let (_, step) =
                dialogue.receive(format!("DATA\r\nbefore\r\n{content}z and after\r\n").as_bytes());
            assert_eq!((step, dialogue.held_bytes()), (Step::NeedBytes, 0), "{content:?}");
            let (_, step) = dialogue.receive(b".\r\n");
            assert_eq!(step, Step::NeedBytes, "{content:?} is taken");
            let replies = String::from_utf8(dialogue.take_replies()).unwrap();
            assert!(
                replies.ends_with("\r\n550 5.6.0 A line ends with CR LF, and neither stands alone\r\n"),
                "{replies}"
            );
            let again = format!("{START}RCPT TO:<a@eole.example>\r\n");
            dialogue.receive(again.as_bytes());
            dialogue.answer_recipient(RecipientAnswer::Accept);
            let (_, step) = dialogue.receive(b"DATA\r\ngood\r\n.\r\n");
            assert!(matches!(step, Step::Take(..)), "{content:?}");
        }
        let (messages, _) = message_by("LHLO", b"bare\nline\n.\nends\r\n.\r\n");
        assert_eq!(messages, [b"bare\nline\n.\nends\r\n"]);
    }

    /// Source: RFC 5321 section 4.5.3.1: what must be taken is, and what is beyond is refused or read all the same.
    #[test]
    fn the_limits_of_the_standard_are_kept() {
        // Lines of more than 1,000 octets are read: some programs write them.
        for length in [998, 999, 1_000, 10_000, 100_000] {
            let content = format!("{}\r\n", "x".repeat(length));
            let mut large = config(Protocol::Smtp);
            large.size_limit_bytes = 200_000;
            let mut dialogue = Dialogue::new(&large);
            dialogue.receive(START.as_bytes());
            dialogue.receive(b"RCPT TO:<a@eole.example>\r\n");
            dialogue.answer_recipient(RecipientAnswer::Accept);
            let (_, step) = dialogue.receive(format!("DATA\r\n{content}.\r\n").as_bytes());
            let Step::Take(_, message) = step else { panic!("{length}: {step:?}") };
            assert!(message.ends_with(content.as_bytes()), "{length}");
        }
        // A hundred recipients are taken as they come, the next is told to come again.
        let mut dialogue =
            Dialogue::new(&ListenConfig { hostname: "mx".to_owned(), ..ListenConfig::default() });
        dialogue.receive(START.as_bytes());
        for number in 0..101 {
            let (_, step) = dialogue.receive(format!("RCPT TO:<a{number}@eole.example>\r\n").as_bytes());
            if number < 100 {
                assert_eq!(step, Step::Recipient(format!("a{number}@eole.example")));
                dialogue.answer_recipient(RecipientAnswer::Accept);
            } else {
                assert_eq!(step, Step::NeedBytes);
            }
        }
        let replies = String::from_utf8(dialogue.take_replies()).unwrap();
        assert_eq!(replies.matches("250 2.1.5").count(), 100);
        assert!(replies.ends_with("452 4.5.3 Too many recipients, send the rest again\r\n"), "{replies}");
        // A local part of 64 octets, a domain of 255 less what a path may hold, and a command of 512.
        let sound = format!("{}@{}.example", "a".repeat(64), "b".repeat(180));
        for (commands, expected) in [
            (format!("EHLO c\r\nMAIL FROM:<{sound}>\r\n"), vec!["250", "250 2.1.0"]),
            (format!("EHLO c\r\nMAIL FROM:<{}@c.example>\r\n", "a".repeat(250)), vec!["250", "501 5.1.7"]),
            (format!("NOOP {}\r\n", "x".repeat(505)), vec!["250 2.0.0"]),
            (format!("EHLO {}\r\n", "c".repeat(255)), vec!["250"]),
            (format!("EHLO {}\r\n", "c".repeat(256)), vec!["501 5.5.4"]),
        ] {
            assert_eq!(codes(Protocol::Smtp, &commands), expected, "{commands:?}");
        }
    }

    #[test]
    fn a_message_over_the_limit_is_read_and_refused() {
        let fits = format!("{}\r\n.\r\nNOOP\r\n", "x".repeat(998));
        let (messages, replies) = message_of(fits.as_bytes());
        assert_eq!(messages.len(), 1);
        assert!(replies.ends_with("250 2.6.0 Message stored\r\n250 2.0.0 OK\r\n"));
        let over = format!("{}\r\n.\r\nNOOP\r\n", "x".repeat(999));
        let (messages, replies) = message_of(over.as_bytes());
        assert!(messages.is_empty());
        assert!(replies.contains("\r\n552 5.3.4 ") && replies.ends_with("250 2.0.0 OK\r\n"));
        let endless = "x".repeat(20_000);
        let (_, replies) = message_of(endless.as_bytes());
        assert!(replies.contains("421 5.3.4"));
    }

    #[test]
    fn a_message_without_room_is_read_and_put_off() {
        for (hello, answers) in [("EHLO", 1), ("LHLO", 2)] {
            let mut dialogue = Dialogue::new(&config(Protocol::Either));
            let start = format!("{hello} c\r\nMAIL FROM:<>\r\n");
            dialogue.receive(start.as_bytes());
            for recipient in ["a", "b"] {
                let line = format!("RCPT TO:<{recipient}@eole.example>\r\n");
                dialogue.receive(line.as_bytes());
                dialogue.answer_recipient(RecipientAnswer::Accept);
            }
            dialogue.receive(b"DATA\r\nsome words\r\n");
            assert!(dialogue.held_bytes() > 10);
            dialogue.forget_message();
            dialogue.receive(b"and more\r\n");
            assert_eq!(dialogue.held_bytes(), 0);
            let (_, step) = dialogue.receive(b".\r\n");
            assert_eq!(step, Step::NeedBytes);
            let replies = String::from_utf8(dialogue.take_replies()).unwrap();
            assert_eq!(replies.matches("452 4.3.1").count(), answers);
        }
    }

    #[test]
    fn a_reason_cannot_answer_twice() {
        let commands = format!("{START}RCPT TO:<never@eole.example>\r\nDATA\r\n.\r\n");
        let (replies, _) = play(Protocol::Smtp, &[commands.as_bytes()]);
        assert!(replies.ends_with("554 5.7.1 not  250 here\r\n"), "{replies}");
        let commands = commands.replace("never@", "much@");
        let (replies, _) = play(Protocol::Smtp, &[commands.as_bytes()]);
        assert!(replies.ends_with("552 5.2.2 fewer  250 files\r\n"), "{replies}");
        // One mailbox that has no room is told, though another one took it.
        let both = commands.replace("DATA", "RCPT TO:<a@eole.example>\r\nDATA");
        assert!(play(Protocol::Smtp, &[both.as_bytes()]).0.contains("552 5.2.2"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]

        #[test]
        fn the_cut_of_the_bytes_changes_nothing(
            pieces in prop::collection::vec(prop::sample::select(vec![
                "EHLO c\r\n", "LHLO c\r\n", "MAIL FROM:<a@c.example>\r\n", "MAIL FROM:<> SIZE=2000\r\n",
                "RCPT TO:<a@eole.example>\r\n", "RCPT TO:<nobody@eole.example>\r\n", "RCPT TO:<full@eole.example>\r\n",
                "DATA\r\n", "Subject: x\r\n\r\nHi\r\n", ".\r\n", "..\r\n", ".", "\r", "\n", "\r\n", "RSET\r\n", "NOOP\r\n",
                "VRFY x\r\n", "WHAT\r\n", "\0", "é", "long line without end ",
                "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789",
            ]), 0..60),
            cuts in prop::collection::vec(1_usize..40, 1..200),
            protocol in prop::sample::select(vec![Protocol::Smtp, Protocol::Lmtp, Protocol::Either]),
        ) {
            let bytes = pieces.concat().into_bytes();
            let whole = play(protocol, &[&bytes]);
            let mut cut = Vec::new();
            let mut rest: &[u8] = &bytes;
            for length in cuts.iter().cycle() {
                if rest.is_empty() {
                    break;
                }
                let (piece, tail) = rest.split_at((*length).min(rest.len()));
                cut.push(piece);
                rest = tail;
            }
            prop_assert_eq!(whole, play(protocol, &cut));
        }

        /// Source: RFC 5321 section 4.5.2: what a sender makes transparent
        /// arrives as it was; by SMTP where CR and LF stand together.
        #[test]
        fn any_content_arrives_as_it_was(
            pieces in prop::collection::vec(
                prop::sample::select(vec!["\r", "\n", "\r\n", ".", "a", "\0", "MAIL FROM:<e@c.example>", "é"]),
                0..40,
            ),
        ) {
            let content = format!("{}\r\n", pieces.concat());
            let mut sent = String::new();
            let mut at_line_start = true;
            for character in content.chars() {
                if at_line_start && character == '.' {
                    sent.push('.');
                }
                at_line_start = character == '\n' && sent.ends_with('\r');
                sent.push(character);
            }
            sent.push_str(".\r\n");
            let is_bare = content.replace("\r\n", "").contains(['\r', '\n']);
            let (messages, _) = message_by("EHLO", sent.as_bytes());
            prop_assert_eq!(messages.is_empty(), is_bare);
            let (by_lmtp, _) = message_by("LHLO", sent.as_bytes());
            prop_assert_eq!(&by_lmtp, &vec![content.into_bytes()]);
            prop_assert!(is_bare || messages == by_lmtp);
        }

        #[test]
        fn any_bytes_are_answered(chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..20)) {
            let pieces: Vec<&[u8]> = chunks.iter().map(Vec::as_slice).collect();
            let (replies, messages) = play(Protocol::Either, &pieces);
            prop_assert!(replies.starts_with("220 "));
            prop_assert!(messages.is_empty());
        }
    }
}
