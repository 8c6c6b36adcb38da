//! Loops, bounces and automatic replies.
//!
//! The header decides wherever it says anything. Programs of absent people that
//! say nothing there are known by their first words, and only by those that no
//! person opens a request with.

use crate::compose::LOOP_HEADER;
use crate::headers::Headers;
use crate::letter::{Automatic, Letter, Mailbox};

/// How many servers a letter may have passed. Source: RFC 5321 section 6.3
/// counts Received fields to find loops.
const SERVERS_AT_MOST: usize = 50;

/// Says which kind of machine wrote a letter; `None` for a person.
///
/// Source: RFC 3834 section 2 and 3.1.8; RFC 3462, RFC 3798 for reports; RFC
/// 2919 and RFC 2369 for lists.
pub(crate) fn screen(
    headers: &Headers,
    from: Option<&Mailbox>,
    subject: &str,
    new_text: &str,
) -> Option<Automatic> {
    if is_loop(headers) {
        return Some(Automatic::Loop);
    }
    let local_part = from
        .and_then(|from| from.address.rsplit_once('@'))
        .map(|(local, _)| local.to_ascii_lowercase())
        .unwrap_or_default();
    if let Some(report) = report(headers, &local_part, subject) {
        return Some(report);
    }
    let answers = headers.has("in-reply-to") || is_answer_subject(subject);
    let machine = || Some(if answers { Automatic::Reply } else { Automatic::Bulk });
    let auto_submitted = first_token(headers, "auto-submitted");
    match auto_submitted.as_deref() {
        Some("auto-replied") => return Some(Automatic::Reply),
        Some("no") | None => {}
        Some(_) => return machine(),
    }
    let precedence = first_token(headers, "precedence");
    let says_reply = REPLY_FIELDS.iter().any(|name| headers.has(name))
        || headers.written("delivered-to").any(|value| value.trim().eq_ignore_ascii_case("autoresponder"))
        || headers
            .written("x-post-messageclass")
            .any(|value| value.to_ascii_lowercase().contains("autoresponder"))
        || headers.written("x-mailer").any(|value| value.to_ascii_lowercase().contains("vacation"));
    let is_auto_reply = |value: &str| matches!(value, "auto_reply" | "auto-reply" | "autoreply");
    let preference = first_token(headers, "x-precedence").or_else(|| first_token(headers, "preference"));
    if says_reply
        || precedence.as_deref().is_some_and(is_auto_reply)
        || preference.as_deref().is_some_and(is_auto_reply)
    {
        return Some(Automatic::Reply);
    }
    if has_null_path(headers) {
        return Some(Automatic::Reply);
    }
    let suppresses = headers.written("x-auto-response-suppress").any(|value| {
        // The other words ask for no reports, which a person's program does too.
        value.split([',', ' ', ';']).map(str::trim).any(|word| {
            ["all", "oof", "autoreply", "auto-reply"].iter().any(|asked| word.eq_ignore_ascii_case(asked))
        })
    });
    if suppresses {
        return machine();
    }
    let is_list = headers.has("list-id")
        || headers.has("list-unsubscribe")
        || headers.has("list-post")
        || headers.has("list-help")
        || headers.has("list-owner")
        || headers.has("list-subscribe")
        || headers.has("list-archive")
        || headers.has("feedback-id")
        || headers.has("x-cron-env");
    let is_list_sender = local_part.starts_with("owner-")
        || local_part.ends_with("-owner")
        || local_part.ends_with("-request")
        || matches!(local_part.as_str(), "listserv" | "majordomo");
    let is_unanswerable = NO_REPLY.contains(&local_part.replace(['-', '_', '.'], "").as_str());
    if is_list
        || is_list_sender
        || is_unanswerable
        || matches!(precedence.as_deref().or(preference.as_deref()), Some("bulk" | "list" | "junk"))
    {
        return Some(if is_absence_subject(subject) { Automatic::Reply } else { Automatic::Bulk });
    }
    if is_absence_subject(subject) || (is_reply(headers, subject) && tells_absence(new_text)) {
        return Some(Automatic::Reply);
    }
    None
}

/// Whether a letter reads like the receipt of another desk that does not say so in its header: short, asking
/// nothing, and telling that something was received or opened. A person may write the same, so that it only
/// counts right after a letter that we sent by ourselves.
#[must_use]
pub fn resembles_receipt(letter: &Letter) -> bool {
    let text: String = letter.new_text.chars().take(1_500).collect::<String>().to_lowercase();
    if text.chars().count() >= 1_200 || text.contains('?') {
        return false;
    }
    let start: String = text.replace('’', "'").chars().take(400).collect();
    RECEIPTS.iter().any(|phrase| start.contains(phrase))
}

/// What receipts say, in six languages.
const RECEIPTS: [&str; 36] = [
    "a bien été reçu",
    "avons bien reçu",
    "a bien été enregistré",
    "accusé de réception",
    "accusons réception",
    "a ouvert le dossier",
    "a été ouvert sous le numéro",
    "ticket a été créé",
    "demande a été créée",
    "sera traitée dans les meilleurs délais",
    "has been received",
    "have received your",
    "we received your",
    "has been created",
    "has been opened",
    "has been logged",
    "thank you for contacting",
    "thank you for your email",
    "thank you for your message",
    "this is an automated",
    "this is an automatic",
    "will get back to you",
    "haben ihre nachricht erhalten",
    "haben ihre anfrage erhalten",
    "eingang ihrer",
    "ticket wurde erstellt",
    "automatische antwort",
    "hemos recibido su",
    "ha sido recibido",
    "ha sido registrad",
    "respuesta automática",
    "hebben uw bericht ontvangen",
    "hebben uw vraag ontvangen",
    "is geregistreerd onder",
    "受け付けました",
    "自動返信",
];

/// Fields that only programs write that answer by themselves.
const REPLY_FIELDS: [&str; 12] = [
    "x-autoreply",
    "x-autorespond",
    "x-autoresponder",
    "x-auto-reply",
    "x-autoreply-from",
    "x-auto-reply-from",
    "x-autogenerated",
    "x-mail-autoreply",
    "x-vacation",
    "x-fc-machinegenerated",
    "x-ms-exchange-inbox-rules-loop",
    "x-ms-exchange-generated-message-source",
];

/// Senders who say in their name that nobody reads answers, without hyphens.
pub(crate) const NO_REPLY: [&str; 10] = [
    "noreply",
    "donotreply",
    "nepasrepondre",
    "nepasreponse",
    "nichtantworten",
    "bitteantwortensienicht",
    "norespondas",
    "noresponder",
    "nietantwoorden",
    "unattended",
];

/// Whether a letter answers one.
fn is_reply(headers: &Headers, subject: &str) -> bool {
    let subject = subject.trim_start().to_lowercase();
    headers.has("in-reply-to")
        || headers.has("references")
        || ["re:", "re :", "aw:", "sv:", "antw:", "rif:", "odp:", "re："]
            .iter()
            .any(|start| subject.starts_with(start))
}

/// Whether the text begins as programs of absent people do. A person may write
/// the same, and then says nothing else: it waits in the request all the same.
fn tells_absence(new_text: &str) -> bool {
    let text: String = new_text.chars().take(1_500).collect::<String>().to_lowercase();
    if text.chars().count() >= 1_200 || text.contains('?') {
        return false;
    }
    let start: String = text.chars().take(300).collect();
    [
        "i am out of the office",
        "i'm out of the office",
        "i am currently out of",
        "i’m currently out of",
        "i am away from the office",
        "i will be out of the office",
        "i am on leave",
        "i am on vacation",
        "i am currently on leave",
        "i am on annual leave",
        "thank you for your message. i am",
        "je suis absent",
        "je suis actuellement absent",
        "je suis en congé",
        "je suis actuellement en congé",
        "je serai absent",
        "actuellement absent",
        "je ne suis pas au bureau",
        "ich bin derzeit nicht im büro",
        "ich bin zur zeit nicht im büro",
        "ich bin momentan nicht im büro",
        "ich bin nicht im büro",
        "ich bin bis zum",
        "ich bin vom",
        "ich bin im urlaub",
        "bin ich nicht im büro",
        "estoy fuera de la oficina",
        "me encuentro fuera de la oficina",
        "estaré fuera de la oficina",
        "estoy de vacaciones",
        "me encuentro de vacaciones",
        "ik ben momenteel afwezig",
        "ik ben afwezig",
        "ik ben met vakantie",
        "ik ben op vakantie",
        "ik ben niet op kantoor",
        "ik ben niet aanwezig",
        "不在にして",
        "不在となります",
        "休暇をいただいて",
        "休暇を頂いて",
    ]
    .iter()
    .any(|phrase| start.contains(phrase))
}

fn is_loop(headers: &Headers) -> bool {
    headers.has(&LOOP_HEADER.to_ascii_lowercase()) || headers.written("received").count() >= SERVERS_AT_MOST
}

/// A report about a delivery, and not one about being read, which a person's
/// program sends: that one is a reply.
fn report(headers: &Headers, local_part: &str, subject: &str) -> Option<Automatic> {
    let content_type = headers.written("content-type").next().unwrap_or_default().to_ascii_lowercase();
    if content_type.starts_with("multipart/report") {
        return Some(if content_type.contains("disposition-notification") {
            Automatic::Reply
        } else if content_type.contains("feedback-report") {
            Automatic::Bulk
        } else {
            Automatic::Bounce
        });
    }
    let is_postal = matches!(local_part, "mailer-daemon" | "mailerdaemon")
        || ((local_part == "postmaster" || local_part.starts_with("microsoftexchange"))
            && (has_null_path(headers) || is_failure_subject(subject)))
        || (has_null_path(headers) && is_failure_subject(subject));
    (is_postal || headers.has("x-failed-recipients")).then_some(Automatic::Bounce)
}

/// Whether a subject is one that mail servers give their reports.
fn is_failure_subject(subject: &str) -> bool {
    let subject = subject.trim().to_lowercase();
    [
        "undelivered mail",
        "undeliverable",
        "undelivered",
        "mail delivery fail",
        "mail delivery problem",
        "mail delivery system",
        "mail system error",
        "failure notice",
        "delivery fail",
        "delivery status notification",
        "delivery notification",
        "delivery report",
        "delivery delayed",
        "delivery has failed",
        "delayed mail",
        "returned mail",
        "returned to sender",
        "message not delivered",
        "message delayed",
        "mail could not be delivered",
        "nondeliverable mail",
        "non-delivery",
        "warning: could not send",
        "warning: message",
        "non remis",
        "non délivr",
        "non distribu",
        "échec de la remise",
        "échec de remise",
        "unzustellbar",
        "unzustellbare",
        "nicht zustellbar",
        "zustellung",
        "onbestelbaar",
        "niet bezorgd",
        "no se puede entregar",
        "no entregado",
        "error en la entrega",
        "配信不能",
        "配信エラー",
        "配信遅延",
    ]
    .iter()
    .any(|start| subject.starts_with(start))
}

/// Whether the return path is null. The first one counts: it is written by the
/// server that delivers, and any other came with the message.
fn has_null_path(headers: &Headers) -> bool {
    headers
        .written("return-path")
        .next()
        .is_some_and(|path| path.chars().filter(|character| !character.is_whitespace()).eq("<>".chars()))
}

/// The first word of a field in lower case, without comments and parameters.
fn first_token(headers: &Headers, name: &str) -> Option<String> {
    headers
        .written(name)
        .next()
        .and_then(|value| {
            value
                .split(|character: char| character.is_whitespace() || matches!(character, ';' | '(' | ','))
                .next()
        })
        .map(str::to_ascii_lowercase)
        .filter(|token| !token.is_empty())
}

/// Whether a subject is one that programs of absent people put first.
fn is_answer_subject(subject: &str) -> bool {
    let subject = subject.to_lowercase();
    is_absence_subject(&subject)
        || [
            "automatic reply",
            "auto reply",
            "auto:",
            "autoreply",
            "out of office",
            "réponse automatique",
            "absence du bureau",
            "automatische antwort",
            "abwesenheit",
            "respuesta automática",
            "automatisch antwoord",
            "自動応答",
            "自動返信",
        ]
        .iter()
        .any(|start| subject.starts_with(start))
}

/// Whether a subject begins as only programs of absent people write it: with a
/// colon, so that a person who asks about automatic replies is not taken for one.
fn is_absence_subject(subject: &str) -> bool {
    let subject = subject.trim_start().to_lowercase();
    let subject = subject.replace(['\u{a0}', '\u{202f}'], " ").replace(" :", ":").replace('：', ":");
    [
        "automatic reply:",
        "auto reply:",
        "auto-reply:",
        "autoreply:",
        "auto response:",
        "auto:",
        "out of office:",
        "out of office autoreply:",
        "out of the office:",
        "out-of-office:",
        "away from office:",
        "vacation:",
        "vacation reply:",
        "réponse automatique:",
        "reponse automatique:",
        "réponse auto:",
        "absence:",
        "absence du bureau:",
        "message d'absence:",
        "message d’absence:",
        "notification d'absence:",
        "automatische antwort:",
        "abwesenheit:",
        "abwesenheitsnotiz:",
        "abwesenheitsmeldung:",
        "abwesenheitsnachricht:",
        "respuesta automática:",
        "respuesta automatica:",
        "fuera de la oficina:",
        "automatisch antwoord:",
        "afwezigheidsbericht:",
        "afwezig:",
        "自動応答:",
        "自動返信:",
        "不在通知:",
        "risposta automatica:",
        "resposta automática:",
        "autosvar:",
    ]
    .iter()
    .any(|start| subject.starts_with(start))
}
