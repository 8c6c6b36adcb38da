//! Reports that a letter could not be delivered: of the standard's form, and of the many that mail
//! servers made for themselves.

use serde::Serialize;

use crate::letter::Attachment;
use crate::neutral::{on_one_line, shortened, turns_direction};

/// How many recipients one report is read for.
const RECIPIENTS_AT_MOST: usize = 100;
/// How much of a report's text is looked at, in bytes.
const TEXT_BYTES_AT_MOST: usize = 64 * 1024;
/// How much of what the other server said is kept, in characters.
const REASON_CHARACTERS_AT_MOST: usize = 300;

/// What a report about the delivery of an earlier letter says.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Bounce {
    /// Per recipient, in the order of the report; empty when none could be found.
    pub recipients: Vec<Undelivered>,
    /// The `Message-ID` of the letter it speaks of, without angle brackets.
    pub original_message_id: Option<String>,
}

/// What became of a letter for one recipient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Undelivered {
    /// The recipient's address, in lower case.
    pub address: String,
    /// How bad it is.
    pub class: BounceClass,
    /// The enhanced status code, such as `5.1.1`. Source: RFC 3463.
    pub status: Option<String>,
    /// What the other server said, on one line.
    pub reason: String,
}

/// How bad a failed delivery is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum BounceClass {
    /// The address does not exist or refuses for good.
    Hard,
    /// This letter was given up, the address may work later: a full mailbox, a
    /// letter too large, a policy, a server that could not be reached.
    Soft,
    /// Not delivered yet; the server keeps trying.
    Delay,
    /// It was delivered after all: a receipt, not a failure.
    Delivered,
}

/// How bad a refusal is, by the words of the server that refused: for good only when it says so.
#[must_use]
pub fn bounce_class(said: &str) -> BounceClass {
    class_of(status_in(said).as_deref(), said).unwrap_or(BounceClass::Soft)
}

/// Reads a report out of a letter that is one.
pub(crate) fn read_bounce(
    subject: &str,
    failed_recipients: &[String],
    text: &str,
    attachments: &[Attachment],
) -> Bounce {
    let text = bounded(text);
    let mut recipients = Vec::new();
    let mut original_message_id = None;
    for part in attachments {
        let is_status =
            matches!(part.media_type.as_str(), "message/delivery-status" | "message/global-delivery-status");
        if is_status {
            let status = String::from_utf8_lossy(&part.bytes[..part.bytes.len().min(TEXT_BYTES_AT_MOST)]);
            standard_recipients(&status, &mut recipients);
        } else if original_message_id.is_none() && is_original(&part.media_type) {
            let original = String::from_utf8_lossy(&part.bytes[..part.bytes.len().min(TEXT_BYTES_AT_MOST)]);
            original_message_id = message_id_in(&original);
        }
    }
    let (report, quoted) = split_copy(text);
    if original_message_id.is_none() {
        original_message_id = quoted.and_then(message_id_in).or_else(|| message_id_in(report));
    }
    if recipients.is_empty() {
        let class = stated_class(subject, report);
        home_made_recipients(report, failed_recipients, class, &mut recipients);
    }
    recipients.truncate(RECIPIENTS_AT_MOST);
    Bounce { recipients, original_message_id }
}

fn bounded(text: &str) -> &str {
    let mut end = text.len().min(TEXT_BYTES_AT_MOST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

fn is_original(media_type: &str) -> bool {
    matches!(
        media_type,
        "message/rfc822" | "message/global" | "text/rfc822-headers" | "message/global-headers"
    )
}

/// The groups of fields of a delivery status, one a recipient.
///
/// Source: RFC 3464 section 2.3.
fn standard_recipients(status: &str, found: &mut Vec<Undelivered>) {
    for group in status.replace("\r\n", "\n").split("\n\n") {
        let fields = fields(group);
        let value = |name: &str| fields.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str());
        let Some(action) = value("action") else { continue };
        // The recipient is the one that the sender named, where that is told.
        let address = value("original-recipient").and_then(typed_address);
        let Some(address) = address.or_else(|| value("final-recipient").and_then(typed_address)) else {
            continue;
        };
        let said = value("diagnostic-code")
            .map(|said| said.split_once(';').map_or(said, |(_, said)| said))
            .unwrap_or_default();
        let status = value("status").and_then(status_in).or_else(|| status_in(said));
        let class = match action.split_whitespace().next().unwrap_or_default().to_ascii_lowercase().as_str() {
            "delayed" => BounceClass::Delay,
            "delivered" | "relayed" | "expanded" => BounceClass::Delivered,
            _ => class_of(status.as_deref(), said).unwrap_or(BounceClass::Hard),
        };
        add(found, Undelivered { address, class, status, reason: reason(said) });
    }
}

/// Fields of a block, names in lower case, continuation lines joined.
fn fields(block: &str) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in block.lines() {
        if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = fields.last_mut() {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            fields.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    fields
}

/// `rfc822; ana@client.example`, or the bare address that some write.
fn typed_address(value: &str) -> Option<String> {
    let address = value.rsplit(';').next().unwrap_or(value);
    an_address(address)
}

/// Where the copy of the original begins, in the words of many servers.
fn split_copy(text: &str) -> (&str, Option<&str>) {
    const COPIES: [&str; 14] = [
        "--- below this line is a copy of the message",
        "------ this is a copy of the message",
        "----- original message -----",
        "-----original message-----",
        "--- original message follows",
        "--- the message header",
        "----- message header follows -----",
        "--- enclosed is the original message",
        "--- ihre nachricht",
        "original message headers:",
        "the header of the original message is following",
        "--- undelivered message follows",
        "--- message envelope follows",
        "----- original headers -----",
    ];
    let lower = text.to_ascii_lowercase();
    match COPIES.iter().filter_map(|copy| lower.find(copy)).min() {
        Some(at) => (&text[..at], Some(&text[at..])),
        None => (text, None),
    }
}

fn message_id_in(text: &str) -> Option<String> {
    for (at, line) in text.lines().enumerate() {
        if at > 2_000 {
            break;
        }
        let line = line.trim_start_matches(['>', ' ', '\t']);
        let name = line.get(..11).unwrap_or_default();
        if !name.eq_ignore_ascii_case("message-id:") {
            continue;
        }
        let value = line[11..].trim();
        // A long identity stands on the next line.
        let value =
            if value.is_empty() { text.lines().nth(at + 1).unwrap_or_default().trim() } else { value };
        let id = value.trim_start_matches('<').split('>').next().unwrap_or_default().trim();
        if !id.is_empty() && id.len() <= 998 {
            return Some(id.to_owned());
        }
    }
    None
}

/// What the report says of all its recipients together.
fn stated_class(subject: &str, report: &str) -> Option<BounceClass> {
    let said =
        format!("{}\n{}", subject, report.get(..report.len().min(4_000)).unwrap_or(report)).to_lowercase();
    const DELAYS: [&str; 22] = [
        "delayed",
        "delivery incomplete",
        "has not yet been delivered",
        "not been delivered yet",
        "could not send message for past",
        "warning: could not send",
        "you do not need to resend",
        "this is a warning message only",
        "transient non-fatal errors",
        "will be retried",
        "will keep trying",
        "temporary problem delivering",
        "temporarily deferred",
        "gmail will retry",
        "retardée",
        "retardé",
        "verzögert",
        "verzögerung",
        "vertraagd",
        "retrasado",
        "retraso en la entrega",
        "遅延",
    ];
    DELAYS.iter().any(|phrase| said.contains(phrase)).then_some(BounceClass::Delay)
}

/// Recipients as the text of the report names them.
fn home_made_recipients(
    report: &str,
    failed_recipients: &[String],
    class: Option<BounceClass>,
    found: &mut Vec<Undelivered>,
) {
    let lines: Vec<&str> = report.lines().collect();
    let whole = Whole::of(report, class);
    for stated in failed_recipients.iter().flat_map(|value| value.split(',')).take(RECIPIENTS_AT_MOST) {
        if let Some(address) = an_address(stated) {
            let said = lines
                .iter()
                .position(|line| line.to_ascii_lowercase().contains(&address))
                .map(|at| said_after(&lines, at))
                .unwrap_or_default();
            push(found, address, &whole, &said);
        }
    }
    if !found.is_empty() {
        return;
    }
    for (at, line) in lines.iter().enumerate() {
        if found.len() == RECIPIENTS_AT_MOST {
            return;
        }
        if let Some(address) = named_on(line)
            && !found.iter().any(|known| known.address == address)
        {
            let said = said_after(&lines, at);
            push(found, address, &whole, &said);
        }
    }
    if !found.is_empty() {
        return;
    }
    // No form that is known: the first address that is no postmaster's.
    let first =
        report.split(|character: char| character.is_whitespace() || character == ',').find_map(|word| {
            an_address(word).filter(|address| {
                !["postmaster@", "mailer-daemon@", "abuse@", "support@", "helpdesk@"]
                    .iter()
                    .any(|own| address.starts_with(own))
            })
        });
    if let Some(address) = first {
        push(found, address, &whole, "");
    }
}

/// What the report says without saying of whom; looked for once, however many it names.
struct Whole<'a> {
    report: &'a str,
    stated: Option<BounceClass>,
    status: Option<String>,
    class: Option<BounceClass>,
}

impl<'a> Whole<'a> {
    fn of(report: &'a str, stated: Option<BounceClass>) -> Self {
        Whole { report, stated, status: status_in(report), class: class_of(None, report) }
    }
}

fn push(found: &mut Vec<Undelivered>, address: String, whole: &Whole<'_>, said: &str) {
    let status = status_in(said).or_else(|| whole.status.clone());
    let class = whole
        .stated
        .or_else(|| class_of(status.as_deref(), said))
        .or(whole.class)
        .unwrap_or(BounceClass::Soft);
    let said = if said.trim().is_empty() { first_line_with_reason(whole.report) } else { said.to_owned() };
    add(found, Undelivered { address, class, status, reason: reason(&said) });
}

fn add(found: &mut Vec<Undelivered>, one: Undelivered) {
    if found.len() < RECIPIENTS_AT_MOST && !found.iter().any(|known| known.address == one.address) {
        found.push(one);
    }
}

/// The recipient on a line, in the forms of qmail, Postfix, Exim, Sendmail,
/// Exchange, Yahoo, CommuniGate, Domino and Gmail.
fn named_on(line: &str) -> Option<String> {
    let trimmed = line.trim();
    if trimmed.starts_with('<')
        && let Some((address, rest)) = trimmed[1..].split_once('>')
        && (rest.is_empty() || rest.starts_with([':', ' ', '.', ',']))
    {
        return an_address(address);
    }
    let lower = trimmed.to_lowercase();
    const BEFORE: [&str; 21] = [
        "failed to deliver to ",
        "wasn't delivered to ",
        "wasn’t delivered to ",
        "was not delivered to: ",
        "was not delivered to ",
        "could not be delivered to: ",
        "could not be delivered to ",
        "couldn't be delivered to ",
        "couldn’t be delivered to ",
        "problem delivering your message to ",
        "delivery to the following recipient failed permanently: ",
        "n'a pas été remis à ",
        "n’a pas été remis à ",
        "n'a pas pu être remis à ",
        "wurde nicht zugestellt an ",
        "konnte nicht zugestellt werden an ",
        "kan niet worden bezorgd bij ",
        "no se ha podido entregar a ",
        "recipient address: ",
        "recipient: ",
        "unknown user: ",
    ];
    for before in BEFORE {
        if let Some(at) = lower.find(before) {
            let rest = lower.get(at + before.len()..)?;
            return rest.split_whitespace().next().and_then(an_address);
        }
    }
    // A line that is nothing but an address, as Exim and Gmail write it, or one
    // followed by the time of the attempt, as Exchange did.
    let first = trimmed.split_whitespace().next()?;
    let rest = trimmed[first.len()..].trim_start().to_lowercase();
    if rest.is_empty() || rest.starts_with("on ") || rest.starts_with("am ") || rest.starts_with("le ") {
        return an_address(first.trim_end_matches(':'));
    }
    None
}

/// What is said below a recipient: the rest of its line and the next lines until a blank one.
fn said_after(lines: &[&str], at: usize) -> String {
    let own = lines[at].split_once(['>', ':']).map(|(_, rest)| rest.trim()).unwrap_or_default();
    let mut said = own.trim_start_matches(':').trim().to_owned();
    let mut skipped_blank = false;
    for line in lines.iter().skip(at + 1).take(8) {
        let line = line.trim();
        if line.is_empty() {
            if said.is_empty() && !skipped_blank {
                skipped_blank = true;
                continue;
            }
            break;
        }
        if named_on(line).is_some() {
            break;
        }
        if !said.is_empty() {
            said.push(' ');
        }
        said.push_str(line);
        if said.len() > 1_000 {
            break;
        }
    }
    said
}

fn first_line_with_reason(report: &str) -> String {
    let says = |line: &&str| status_in(line).is_some() || class_of(None, line).is_some();
    report.lines().map(str::trim).find(says).unwrap_or_default().to_owned()
}

/// The class that a status code, or the words beside it, tell.
fn class_of(status: Option<&str>, said: &str) -> Option<BounceClass> {
    const SOFT: [&str; 34] = [
        "mailbox full",
        "mailbox is full",
        "inbox is full",
        "out of storage",
        "over quota",
        "overquota",
        "quota exceeded",
        "exceeded storage",
        "insufficient disk",
        "boîte pleine",
        "boîte aux lettres est pleine",
        "quota dépassé",
        "postfach voll",
        "postfach ist voll",
        "buzón lleno",
        "postvak vol",
        "too large",
        "exceeds size",
        "size limit",
        "trop volumineux",
        "zu groß",
        "spam",
        "blocked",
        "blacklist",
        "policy",
        "connection timed out",
        "connection refused",
        "no route to host",
        "retry timeout exceeded",
        "retry time not reached",
        "greylist",
        "temporar",
        "unreachable",
        "could not connect",
    ];
    const HARD: [&str; 46] = [
        "user unknown",
        "unknown user",
        "unknown recipient",
        "recipient unknown",
        "unknown address",
        "unknown local",
        "no such user",
        "no such recipient",
        "no such mailbox",
        "no mailbox here",
        "mailbox not found",
        "mailbox unavailable",
        "mailbox does not exist",
        "account that you tried to reach does not exist",
        "address not found",
        "address couldn't be found",
        "address couldn’t be found",
        "recipient not found",
        "recipientnotfound",
        "user not found",
        "not listed in",
        "does not exist",
        "doesn't exist",
        "invalid recipient",
        "invalid mailbox",
        "recipient address rejected",
        "recipient rejected",
        "not a valid",
        "no longer",
        "account disabled",
        "account is disabled",
        "mailbox disabled",
        "account has been disabled",
        "host or domain name not found",
        "host not found",
        "domain not found",
        "unrouteable address",
        "unroutable address",
        "no mx",
        "introuvable",
        "n'existe pas",
        "n’existe pas",
        "unbekannt",
        "nicht gefunden",
        "no existe",
        "bestaat niet",
    ];
    let said = said.to_lowercase();
    if SOFT.iter().any(|phrase| said.contains(phrase)) {
        return Some(BounceClass::Soft);
    }
    if let Some(status) = status {
        // A full mailbox, a letter too large, a policy: the address may be good.
        let is_soft = status.starts_with("4.")
            || matches!(status, "5.2.2" | "5.2.3" | "5.3.1" | "5.3.4" | "5.4.7")
            || status.starts_with("5.6.")
            || status.starts_with("5.7.");
        return Some(if is_soft { BounceClass::Soft } else { BounceClass::Hard });
    }
    if HARD.iter().any(|phrase| said.contains(phrase)) {
        return Some(BounceClass::Hard);
    }
    reply_code(&said).map(|hard| if hard { BounceClass::Hard } else { BounceClass::Soft })
}

/// Whether the words hold a reply code of a server: `true` for 55x, `false` for 4xx.
fn reply_code(said: &str) -> Option<bool> {
    said.split(|character: char| !character.is_ascii_digit()).find_map(|number| match number.as_bytes() {
        [b'5', b'5', b'0' | b'1' | b'3'] => Some(true),
        [b'5', b'5', b'2' | b'4'] | [b'4', b'2' | b'5', _] => Some(false),
        _ => None,
    })
}

/// The first enhanced status code in words. Source: RFC 3463 section 2.
fn status_in(said: &str) -> Option<String> {
    said.split(|character: char| !character.is_ascii_digit() && character != '.').find_map(|word| {
        let word = word.trim_end_matches('.');
        let mut numbers = word.split('.');
        let (class, subject, detail) = (numbers.next()?, numbers.next()?, numbers.next()?);
        let is_code = matches!(class, "2" | "4" | "5")
            && numbers.next().is_none()
            && [subject, detail].iter().all(|part| (1..=3).contains(&part.len()))
            && subject.len() == 1;
        is_code.then(|| word.to_owned())
    })
}

/// An address in lower case without what stands around it.
fn an_address(stated: &str) -> Option<String> {
    let stated = stated.trim().trim_matches(|character: char| {
        matches!(
            character,
            '<' | '>'
                | '"'
                | '\''
                | '('
                | ')'
                | '['
                | ']'
                | ':'
                | ';'
                | ','
                | '.'
                | '*'
                | '“'
                | '”'
                | '‘'
                | '’'
        )
    });
    let stated = stated.strip_prefix("mailto:").unwrap_or(stated);
    let (local, domain) = stated.rsplit_once('@')?;
    let is_address = !local.is_empty()
        && domain.contains('.')
        && !domain.starts_with('.')
        && stated.len() <= 320
        && domain.chars().all(|character| character.is_alphanumeric() || matches!(character, '.' | '-'))
        && !local.chars().any(|character| {
            character.is_whitespace()
                || character.is_control()
                || turns_direction(character)
                || matches!(character, '<' | '>' | '@')
        });
    is_address.then(|| stated.to_lowercase())
}

fn reason(said: &str) -> String {
    shortened(&on_one_line(said), REASON_CHARACTERS_AT_MOST).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Bounce {
        read_bounce("failure notice", &[], text, &[])
    }

    #[test]
    fn status_codes_are_told_from_addresses_of_machines() {
        for (said, expected) in [
            ("550 5.1.1 no such user", Some("5.1.1")),
            ("host mx.client.example[192.0.2.1] said: 452 4.2.2 full", Some("4.2.2")),
            ("#5.1.2", Some("5.1.2")),
            ("version 5.10", None),
            ("192.0.2.1", None),
            ("5.7.26", Some("5.7.26")),
        ] {
            assert_eq!(status_in(said).as_deref(), expected, "{said}");
        }
    }

    #[test]
    fn what_no_address_can_hold_is_none() {
        assert_eq!(an_address("<Ana@Client.example>:").as_deref(), Some("ana@client.example"));
        for stated in [
            "an\u{19}a@client.example",
            "an\u{202e}a@client.example",
            "an a@client.example",
            "ana@cli\u{7f}ent.example",
            "@client.example",
        ] {
            assert_eq!(an_address(stated), None, "{stated:?}");
        }
    }

    #[test]
    fn an_original_named_only_in_the_copy_is_found() {
        let bounce = read(
            "<ana@client.example>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n\
             --- Below this line is a copy of the message.\n\nReturn-Path: <a@b.example>\n\
             Message-ID:\n <n1@desk.example>\nSubject: x\n",
        );
        assert_eq!(bounce.original_message_id.as_deref(), Some("n1@desk.example"));
        assert_eq!(bounce.recipients.len(), 1);
        assert_eq!(bounce.recipients[0].class, BounceClass::Hard);
        assert_eq!(bounce.recipients[0].address, "ana@client.example");
        assert!(bounce.recipients[0].reason.contains("no mailbox here"));
    }

    #[test]
    fn any_text_is_read_in_bounded_time() {
        let long = "<a@b.example>:\n".repeat(20_000);
        assert_eq!(read(&long).recipients.len(), 1);
        assert_eq!(read("").recipients, Vec::new());
        assert_eq!(read(&"é".repeat(200_000)).recipients, Vec::new());
    }
}
