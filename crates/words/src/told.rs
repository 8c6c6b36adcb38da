//! The mails that tell what happened to a request, beside those that have a form of their own.

use crate::catalogue::{Value, has_text, text, text_with};
use crate::clause::clause_reference;
use crate::language::Language;
use crate::mail::{MailText, about, follow, marker, one_line, paragraphs, turn_paragraph};
use crate::moment::instant_in_words;
use crate::party::named;
use crate::promise::promise_in_sentence;
use crate::reader::Reader;
use crate::turn::TurnSentence;
use calendar::{Instant, Zone};
use terms::{Clause, Label};

/// What a telling mail is about.
#[derive(Clone, Debug)]
pub enum TellingOf<'a> {
    /// An event that the agreement wants told (`status_changed`, `promise.resolution.missed`).
    Event(&'a str),
    /// An answer of the customer is awaited, or the request will be closed for want of one.
    Reminder {
        /// When it will be closed.
        ends_at: Option<Instant>,
        /// Zone of the agreement.
        zone: &'a Zone,
        /// The present.
        now: Instant,
    },
    /// The customer asks for an escalation.
    EscalationAsked {
        /// On which ground.
        ground: Option<String>,
    },
    /// A request was escalated to whoever reads this.
    Escalated {
        /// The role.
        to: String,
        /// On which ground.
        ground: Option<String>,
    },
    /// A request that whoever reads this follows was escalated to others.
    Climbed {
        /// The role.
        to: String,
        /// On which ground.
        ground: Option<String>,
    },
    /// Somebody asks how the work goes on.
    UpdateAsked,
    /// What was put off is to be looked at again.
    Woken,
}

/// What a telling mail says.
#[derive(Clone, Debug)]
pub struct ToldMail<'a> {
    /// The line above which an answer is to be written; none for staff.
    pub reply_marker: Option<&'a str>,
    /// Name of the provider.
    pub provider: &'a str,
    /// Number of the request.
    pub number: &'a str,
    /// Its subject.
    pub subject: &'a str,
    /// Name of the customer, for staff.
    pub account: Option<&'a str>,
    /// Where the request stands, as programs write it.
    pub state: &'a str,
    /// Its severity, as people read it.
    pub severity: Option<String>,
    /// What it tells.
    pub about: &'a TellingOf<'a>,
    /// Whose turn it is and by when.
    pub turn: &'a TurnSentence,
    /// The clause that asks for it.
    pub clause: Option<&'a Clause>,
    /// Where the request is.
    pub link: Option<&'a str>,
}

/// What the answer says to a letter by a way that opens no request. Nothing in it is the sender's.
#[derive(Clone, Debug)]
pub struct RedirectMail<'a> {
    /// Name of the provider.
    pub provider: &'a str,
    /// Name that the agreement gives this answer (`portal_link`).
    pub answer: &'a str,
    /// The clause that says which ways are open.
    pub clause: &'a Clause,
    /// Where requests are opened.
    pub link: &'a str,
}

/// The answer to a letter that opened no request.
#[must_use]
pub fn redirect_mail(language: Language, mail: &RedirectMail<'_>) -> MailText {
    let clause = clause_reference(language, mail.clause);
    let said = [
        ("provider", Value::Text(mail.provider)),
        ("link", Value::Text(mail.link)),
        ("clause", Value::Text(&clause)),
    ];
    let own = format!("mail-redirect-{}", mail.answer.replace('_', "-"));
    let key = if has_text(language, &own) { own } else { "mail-redirect".to_owned() };
    MailText {
        subject: text(language, "mail-redirect-subject").into_owned(),
        text: paragraphs(&[
            text(language, "mail-greeting").into_owned(),
            text_with(language, &key, &said),
            text_with(language, "mail-redirect-why", &said),
            mail.provider.to_owned(),
        ]),
    }
}

/// What is told somebody whom the desk does not know.
#[derive(Clone, Copy, Debug)]
pub enum StrangerTold<'a> {
    /// What happened, in words of ours.
    Of(&'a TellingOf<'a>),
    /// Words of the desk: nothing that the sender chose may stand in them.
    Words(&'a str),
}

/// What a mail tells somebody whom the desk does not know. There is no place in it for what they chose: whoever wrote
/// may have written under another's address.
#[derive(Clone, Debug)]
pub struct StrangerMail<'a> {
    /// The line above which an answer is to be written.
    pub reply_marker: &'a str,
    /// Name of the provider.
    pub provider: &'a str,
    /// Number of the request.
    pub number: &'a str,
    /// Where the request stands, as programs write it.
    pub state: &'a str,
    /// What it tells.
    pub told: StrangerTold<'a>,
}

/// The mail that tells a stranger what happened to what came from their address.
#[must_use]
pub fn stranger_mail(reader: &Reader, mail: &StrangerMail<'_>) -> MailText {
    let language = reader.language;
    let said = [("number", Value::Text(mail.number)), ("provider", Value::Text(mail.provider))];
    let told = match mail.told {
        StrangerTold::Of(about) => sentence(reader, mail.number, mail.state, about).1,
        StrangerTold::Words(words) => words.trim().to_owned(),
    };
    MailText {
        subject: text_with(language, "mail-stranger-subject", &said[..1]),
        text: paragraphs(&[
            marker(language, mail.reply_marker),
            text(language, "mail-greeting").into_owned(),
            told,
            text_with(language, "mail-stranger-why", &said),
            mail.provider.to_owned(),
        ]),
    }
}

/// Where a request stands: « ouverte », « en attente », « résolue ».
#[must_use]
pub fn status_in_words(language: Language, state: &str) -> String {
    named(language, "status", state)
}

/// The mail that tells what happened.
#[must_use]
pub fn told_mail(reader: &Reader, mail: &ToldMail<'_>) -> MailText {
    let language = reader.language;
    let subject = one_line(mail.subject);
    let (kind, sentence) = sentence(reader, mail.number, mail.state, mail.about);
    let title_key = format!("mail-told-{kind}-subject");
    let title_key = if has_text(language, &title_key) { title_key } else { "mail-told-subject".to_owned() };
    let state = status_in_words(language, mail.state);
    let said = [
        ("number", Value::Text(mail.number)),
        ("subject", Value::Text(&subject)),
        ("state", Value::Text(&state)),
    ];
    let severity = mail.severity.as_deref().map_or(String::new(), |severity| {
        text_with(language, "mail-told-severity", &[("severity", Value::Text(severity))])
    });
    let is_staff = mail.reply_marker.is_none();
    let link = match (is_staff, mail.link) {
        (true, Some(link)) => text_with(language, "mail-open-request", &[("link", Value::Text(link))]),
        (_, link) => follow(language, link),
    };
    MailText {
        subject: text_with(language, &title_key, &said),
        text: paragraphs(&[
            mail.reply_marker.map_or(String::new(), |reply_marker| marker(language, reply_marker)),
            if is_staff { String::new() } else { text(language, "mail-greeting").into_owned() },
            sentence,
            about(language, &subject, mail.account.unwrap_or_default()),
            severity,
            turn_paragraph(language, mail.turn, mail.clause),
            link,
            if is_staff { String::new() } else { mail.provider.to_owned() },
        ]),
    }
}

/// The sentence that says what happened, and the name by which the catalogue knows its kind.
fn sentence(reader: &Reader, number: &str, state: &str, about: &TellingOf<'_>) -> (String, String) {
    let language = reader.language;
    let number = ("number", Value::Text(number));
    let with_ground = |key: &str, ground: &Option<String>, more: (&'static str, &str)| {
        let said = text_with(language, key, &[number, (more.0, Value::Text(more.1))]);
        match ground.as_deref().filter(|ground| !ground.is_empty()) {
            Some(ground) => {
                let because = text_with(language, "mail-told-ground", &[("ground", Value::Text(ground))]);
                format!("{said} {because}")
            }
            None => said,
        }
    };
    match about {
        TellingOf::Event(event) => {
            if let Some(promise) =
                event.strip_prefix("promise.").and_then(|rest| rest.strip_suffix(".missed"))
            {
                let name = promise_in_sentence(language, promise, &Label::default());
                let said =
                    text_with(language, "mail-told-missed", &[number, ("promise", Value::Text(&name))]);
                return ("missed".to_owned(), said);
            }
            let kind = event.replace(['_', '.'], "-");
            let key = format!("mail-told-{kind}");
            let key = if has_text(language, &key) { key } else { "mail-told-event".to_owned() };
            let state = status_in_words(language, state);
            (kind, text_with(language, &key, &[number, ("state", Value::Text(&state))]))
        }
        TellingOf::Reminder { ends_at, zone, now } => {
            let said = match ends_at {
                Some(ends_at) => {
                    let reader =
                        Reader { zone: reader.zone.clone().or(Some((*zone).clone())), ..reader.clone() };
                    let ends_at = instant_in_words(&reader, *ends_at, *now);
                    text_with(
                        language,
                        "mail-told-reminder-until",
                        &[number, ("until", Value::Text(&ends_at))],
                    )
                }
                None => text_with(language, "mail-told-reminder", &[number]),
            };
            ("reminder".to_owned(), said)
        }
        TellingOf::EscalationAsked { ground } => {
            ("escalation-asked".to_owned(), with_ground("mail-told-escalation-asked", ground, ("role", "")))
        }
        TellingOf::Escalated { to, ground } => {
            ("escalated".to_owned(), with_ground("mail-told-escalated", ground, ("role", to)))
        }
        TellingOf::Climbed { to, ground } => {
            ("climbed".to_owned(), with_ground("mail-told-climbed", ground, ("role", to)))
        }
        TellingOf::UpdateAsked => {
            ("update-asked".to_owned(), text_with(language, "mail-told-update-asked", &[number]))
        }
        TellingOf::Woken => ("woken".to_owned(), text_with(language, "mail-told-woken", &[number])),
    }
}
