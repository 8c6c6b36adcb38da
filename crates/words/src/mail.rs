//! The subject and the plain text of every mail.
//!
//! Addresses, headers and markup are not here. Each function takes plain values; what a stranger chose
//! never reaches [`neutral_acknowledgement_mail`], because its values have no place for it.

use crate::catalogue::{Value, text, text_with};
use crate::clause::clause_reference;
use crate::deadline::{left_in_words, state_in_words};
use crate::language::Language;
use crate::party::role_name;
use crate::promise::{promise_in_sentence, promise_name};
use crate::reader::Reader;
use crate::turn::TurnSentence;
use calendar::{Instant, Zone};
use meters::Reading;
use terms::{Clause, FactRule, FactType, Label, Strength, VocabularyValue};

/// A mail worded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailText {
    /// One line, without control characters.
    pub subject: String,
    /// Plain text with `\n` line ends.
    pub text: String,
}

/// What the acknowledgement to a known contact says.
#[derive(Clone, Debug)]
pub struct AcknowledgementMail<'a> {
    /// The line above which an answer is to be written, as the mail room recognises it.
    pub reply_marker: &'a str,
    /// Name of the provider.
    pub provider: &'a str,
    /// Number of the request.
    pub number: &'a str,
    /// Its subject, as the contact wrote it.
    pub subject: &'a str,
    /// Whose turn it is and by when.
    pub turn: &'a TurnSentence,
    /// The clause of the deadline, where there is one.
    pub clause: Option<&'a Clause>,
    /// Where the request can be followed.
    pub link: Option<&'a str>,
    /// What the agreement wants known and nobody has told, as [`wanted_in_words`] says it; empty where nothing is.
    pub wanted: &'a str,
}

/// What the acknowledgement to a stranger says: nothing that the sender chose.
#[derive(Clone, Debug)]
pub struct NeutralAcknowledgementMail<'a> {
    /// The line above which an answer is to be written.
    pub reply_marker: &'a str,
    /// Name of the provider.
    pub provider: &'a str,
    /// Number of the request.
    pub number: &'a str,
    /// As in [`AcknowledgementMail`]: words of the document alone.
    pub wanted: &'a str,
}

/// What an agent's answer says, to the customer or to a colleague who follows the request.
#[derive(Clone, Debug)]
pub struct ReplyMail<'a> {
    /// The line above which an answer is to be written; none for staff.
    pub reply_marker: Option<&'a str>,
    /// Name of the provider.
    pub provider: &'a str,
    /// Number of the request.
    pub number: &'a str,
    /// Its subject.
    pub subject: &'a str,
    /// Name of the agent.
    pub agent: &'a str,
    /// The agent's text.
    pub body: &'a str,
    /// Whose turn it is and by when.
    pub turn: &'a TurnSentence,
    /// The clause of the deadline, where there is one.
    pub clause: Option<&'a Clause>,
    /// Where the request can be followed.
    pub link: Option<&'a str>,
}

/// What a notice to staff about a promise says: a warning, a miss, an escalation.
#[derive(Clone, Debug)]
pub struct PromiseMail<'a> {
    /// Number of the request.
    pub number: &'a str,
    /// Its subject.
    pub subject: &'a str,
    /// Name of the customer; empty when not known.
    pub account: &'a str,
    /// The promise as it reads now; its clause is named.
    pub reading: &'a Reading,
    /// The zone of the calendar that governs it.
    pub zone: &'a Zone,
    /// For an escalation, the role it climbs to, with the document's words for it.
    pub climb: Option<(&'a str, &'a Label)>,
    /// Where the request is.
    pub link: &'a str,
}

/// What the notice that the customer wrote says, to staff and to whoever follows the request.
#[derive(Clone, Debug)]
pub struct CustomerWroteMail<'a> {
    /// Number of the request.
    pub number: &'a str,
    /// Its subject.
    pub subject: &'a str,
    /// Who wrote.
    pub author: &'a str,
    /// Name of the customer; empty when not known.
    pub account: &'a str,
    /// Whose turn it is and by when, for whoever reads it.
    pub turn: &'a TurnSentence,
    /// Where the request is.
    pub link: &'a str,
}

/// What the notice says that a letter did not arrive.
#[derive(Clone, Debug)]
pub struct ReturnedMail<'a> {
    /// Number of the request.
    pub number: &'a str,
    /// Its subject.
    pub subject: &'a str,
    /// Whom it did not reach.
    pub recipient: &'a str,
    /// What the mail server said.
    pub reason: &'a str,
    /// Name of the customer; empty when not known.
    pub account: &'a str,
    /// Whose turn it is and by when, for staff.
    pub turn: &'a TurnSentence,
    /// Where the request is.
    pub link: &'a str,
}

/// What the mail says by which somebody first comes in.
#[derive(Clone, Debug)]
pub struct InvitationMail<'a> {
    /// Name of the provider.
    pub provider: &'a str,
    /// The link; it shows a page with a button and consumes nothing by itself.
    pub link: &'a str,
}

/// What the letter says that asks how somebody was helped.
#[derive(Clone, Debug)]
pub struct RatingMail<'a> {
    /// The line above which an answer is to be written.
    pub reply_marker: &'a str,
    /// Name of the provider.
    pub provider: &'a str,
    /// Number of the request.
    pub number: &'a str,
    /// Its subject.
    pub subject: &'a str,
    /// The question in the words of the agreement; the product's own where it is empty.
    pub question: &'a str,
    /// The clause that has it asked.
    pub clause: Option<&'a Clause>,
    /// The link; it shows a page with buttons and answers nothing by itself.
    pub link: &'a str,
}

/// What the letter says that announces a new version.
#[derive(Clone, Debug)]
pub struct ReleaseMail<'a> {
    /// Name of the provider.
    pub provider: &'a str,
    /// The product.
    pub product: &'a str,
    /// Its new version.
    pub version: &'a str,
    /// What is new, in the provider's words; may be empty.
    pub news: &'a str,
    /// The clause that has it announced.
    pub clause: &'a Clause,
    /// Where it is had.
    pub link: &'a str,
    /// Where they say that they want no more of these; none where the agreement promises it to them.
    pub unsubscribe: Option<&'a str>,
}

/// What changed of somebody's keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyChange {
    /// The password was set.
    Password,
    /// A second factor was set up.
    SecondFactor,
    /// The second factor was removed.
    SecondFactorGone,
    /// Codes on paper were made.
    RecoveryCodes,
    /// A passkey was added.
    Passkey,
    /// A passkey was removed.
    PasskeyGone,
    /// A token of a program was made.
    Token,
    /// The address was changed.
    Address,
    /// They came in from a browser that they had not used.
    Browser,
    /// An identity provider was linked to them.
    Identity,
    /// A link to an identity provider was removed.
    IdentityGone,
    /// They came in by their password after many wrong ones.
    AfterWrongPasswords,
    /// Their password was given again and again, and no second proof.
    PasswordAlone,
}

/// What the mail about a changed key says.
#[derive(Clone, Debug)]
pub struct KeyChangeMail<'a> {
    /// Name of the provider.
    pub provider: &'a str,
    /// What changed.
    pub change: KeyChange,
    /// Where they see their keys.
    pub link: &'a str,
}

/// A measure of what leaves by itself that is full.
#[derive(Clone, Copy, Debug)]
pub enum FullMail<'a> {
    /// Of letters to strangers within a day.
    Strangers {
        /// How many may leave.
        most: u64,
        /// Where those are seen that are held.
        link: &'a str,
    },
    /// Of requests that one person opens by letter within an hour.
    Person {
        /// Their name.
        name: &'a str,
        /// How many are answered by themselves.
        most: u64,
        /// The first that is not.
        link: &'a str,
    },
}

/// What the mail with a sign-in link says.
#[derive(Clone, Debug)]
pub struct SignInMail<'a> {
    /// Name of the provider.
    pub provider: &'a str,
    /// The link; it shows a page with a button and consumes nothing by itself.
    pub link: &'a str,
    /// Six digits, where one may be typed instead.
    pub code: Option<&'a str>,
}

/// The acknowledgement to a known contact.
#[must_use]
pub fn acknowledgement_mail(reader: &Reader, mail: &AcknowledgementMail<'_>) -> MailText {
    let language = reader.language;
    let (number, subject) = (("number", Value::Text(mail.number)), one_line(mail.subject));
    let subject = ("subject", Value::Text(subject.as_str()));
    MailText {
        subject: text_with(language, "mail-acknowledgement-subject", &[number, subject]),
        text: paragraphs(&[
            marker(language, mail.reply_marker),
            text(language, "mail-greeting").into_owned(),
            text_with(language, "mail-acknowledgement-received", &[number, subject]),
            turn_paragraph(language, mail.turn, mail.clause),
            mail.wanted.to_owned(),
            text(language, "mail-acknowledgement-add").into_owned(),
            follow(language, mail.link),
            mail.provider.to_owned(),
        ]),
    }
}

/// What the agreement wants known and nobody has told yet, as a letter asks for it: a paragraph each, with what may be
/// answered where the document says it.
#[must_use]
pub fn wanted_in_words(language: Language, wanted: &[&FactRule]) -> String {
    let asked = wanted.iter().map(|rule| {
        let name = rule.name.as_str();
        let label = match rule.label.text(language.tag()) {
            "" => name,
            label => label,
        };
        let asked = text_with(language, "mail-wanted", &[("label", Value::Text(label))]);
        let FactType::OneOf(values) = &rule.kind else { return asked };
        let named = |value: &VocabularyValue| match value.label.text(language.tag()) {
            "" => value.name.clone(),
            label => label.to_owned(),
        };
        let values = values.iter().map(named).collect::<Vec<_>>().join(", ");
        let values = text_with(language, "mail-wanted-values", &[("values", Value::Text(&values))]);
        format!("{asked}\n{values}")
    });
    asked.collect::<Vec<_>>().join("\n\n")
}

/// The acknowledgement to a sender whom we do not know.
#[must_use]
pub fn neutral_acknowledgement_mail(language: Language, mail: &NeutralAcknowledgementMail<'_>) -> MailText {
    let said = [("number", Value::Text(mail.number)), ("provider", Value::Text(mail.provider))];
    MailText {
        subject: text_with(language, "mail-neutral-subject", &said[..1]),
        text: paragraphs(&[
            marker(language, mail.reply_marker),
            text(language, "mail-greeting").into_owned(),
            text_with(language, "mail-neutral-received", &said),
            mail.wanted.to_owned(),
            text(language, "mail-neutral-ignore").into_owned(),
            mail.provider.to_owned(),
        ]),
    }
}

/// An agent's answer to the customer.
#[must_use]
pub fn reply_mail(reader: &Reader, mail: &ReplyMail<'_>) -> MailText {
    let language = reader.language;
    let subject = one_line(mail.subject);
    let said = [("number", Value::Text(mail.number)), ("subject", Value::Text(&subject))];
    let signature = text_with(
        language,
        "mail-reply-signature",
        &[("agent", Value::Text(mail.agent)), ("provider", Value::Text(mail.provider))],
    );
    MailText {
        subject: text_with(language, "mail-reply-subject", &said),
        text: paragraphs(&[
            mail.reply_marker.map_or(String::new(), |reply_marker| marker(language, reply_marker)),
            mail.body.trim().replace("\r\n", "\n"),
            signature,
            turn_paragraph(language, mail.turn, mail.clause),
            follow(language, mail.link),
        ]),
    }
}

/// The warning to staff that a due instant is near.
#[must_use]
pub fn warning_mail(reader: &Reader, mail: &PromiseMail<'_>, now: Instant) -> MailText {
    about_promise(reader, mail, now, "mail-warning")
}

/// The notice to staff that a due instant has passed: a missed deadline, or a missed objective.
#[must_use]
pub fn missed_mail(reader: &Reader, mail: &PromiseMail<'_>, now: Instant) -> MailText {
    let kind = match mail.reading.strength {
        Strength::Binding | Strength::WithoutFigure => "mail-missed-binding",
        Strength::Objective | Strength::BestEffort => "mail-missed-objective",
        Strength::Estimate => "mail-missed-estimate",
    };
    about_promise(reader, mail, now, kind)
}

/// The notice to staff that a request climbs to a role.
#[must_use]
pub fn escalation_mail(reader: &Reader, mail: &PromiseMail<'_>, now: Instant) -> MailText {
    about_promise(reader, mail, now, "mail-escalation")
}

/// The notice to staff that the customer wrote.
#[must_use]
pub fn customer_wrote_mail(reader: &Reader, mail: &CustomerWroteMail<'_>) -> MailText {
    let language = reader.language;
    let (subject, author) = (one_line(mail.subject), one_line(mail.author));
    let (number, author) = (("number", Value::Text(mail.number)), ("author", Value::Text(&author)));
    MailText {
        subject: text_with(
            language,
            "mail-customer-wrote-subject",
            &[number, ("subject", Value::Text(&subject)), author],
        ),
        text: paragraphs(&[
            text_with(language, "mail-customer-wrote", &[number, author]),
            about(language, &subject, mail.account),
            mail.turn.plain(),
            text_with(language, "mail-open-request", &[("link", Value::Text(mail.link))]),
        ]),
    }
}

/// The notice to staff that a letter did not arrive.
#[must_use]
pub fn returned_mail(reader: &Reader, mail: &ReturnedMail<'_>) -> MailText {
    let language = reader.language;
    let (subject, recipient, reason) =
        (one_line(mail.subject), one_line(mail.recipient), one_line(mail.reason));
    let said = [("number", Value::Text(mail.number)), ("author", Value::Text(&recipient))];
    let reason = match reason.is_empty() {
        true => String::new(),
        false => text_with(language, "mail-returned-reason", &[("reason", Value::Text(&reason))]),
    };
    MailText {
        subject: text_with(language, "mail-returned-subject", &said),
        text: paragraphs(&[
            text_with(language, "mail-returned", &said),
            reason,
            about(language, &subject, mail.account),
            mail.turn.plain(),
            text_with(language, "mail-open-request", &[("link", Value::Text(mail.link))]),
        ]),
    }
}

/// The mail by which somebody first comes in. It holds nothing that whoever invites wrote.
#[must_use]
pub fn invitation_mail(language: Language, mail: &InvitationMail<'_>) -> MailText {
    let provider = ("provider", Value::Text(mail.provider));
    MailText {
        subject: text_with(language, "mail-invitation-subject", std::slice::from_ref(&provider)),
        text: paragraphs(&[
            text(language, "mail-greeting").into_owned(),
            text_with(language, "mail-invitation-what", &[provider]),
            text_with(language, "mail-invitation-link", &[("link", Value::Text(mail.link))]),
            text(language, "mail-invitation-ignore").into_owned(),
            mail.provider.to_owned(),
        ]),
    }
}

/// The mail that tells somebody that a key of theirs changed.
#[must_use]
pub fn key_change_mail(language: Language, mail: &KeyChangeMail<'_>) -> MailText {
    let what = match mail.change {
        KeyChange::Password => "mail-key-password",
        KeyChange::SecondFactor => "mail-key-second",
        KeyChange::SecondFactorGone => "mail-key-second-gone",
        KeyChange::RecoveryCodes => "mail-key-codes",
        KeyChange::Passkey => "mail-key-passkey",
        KeyChange::PasskeyGone => "mail-key-passkey-gone",
        KeyChange::Token => "mail-key-token",
        KeyChange::Address => "mail-key-address",
        KeyChange::Browser => "mail-key-browser",
        KeyChange::Identity => "mail-key-identity",
        KeyChange::IdentityGone => "mail-key-identity-gone",
        KeyChange::AfterWrongPasswords => "mail-key-after-wrong",
        KeyChange::PasswordAlone => "mail-key-password-alone",
    };
    MailText {
        subject: text_with(language, "mail-key-subject", &[("provider", Value::Text(mail.provider))]),
        text: paragraphs(&[
            text(language, "mail-greeting").into_owned(),
            text(language, what).into_owned(),
            text_with(language, "mail-key-link", &[("link", Value::Text(mail.link))]),
            mail.provider.to_owned(),
        ]),
    }
}

/// The mail with a sign-in link and a code, good for ten minutes.
#[must_use]
pub fn sign_in_mail(language: Language, mail: &SignInMail<'_>) -> MailText {
    MailText {
        subject: text_with(language, "mail-sign-in-subject", &[("provider", Value::Text(mail.provider))]),
        text: paragraphs(&[
            text(language, "mail-greeting").into_owned(),
            text_with(language, "mail-sign-in-link", &[("link", Value::Text(mail.link))]),
            mail.code
                .map(|code| text_with(language, "mail-sign-in-code", &[("code", Value::Text(code))]))
                .unwrap_or_default(),
            text(language, "mail-sign-in-ignore").into_owned(),
            mail.provider.to_owned(),
        ]),
    }
}

/// That a measure of what leaves by itself is full, for colleagues.
#[must_use]
pub fn full_mail(language: Language, mail: &FullMail<'_>) -> MailText {
    let count = |most: u64| ("most", Value::Number(i64::try_from(most).unwrap_or(i64::MAX)));
    match *mail {
        FullMail::Strangers { most, link } => MailText {
            subject: text(language, "mail-full-strangers-subject").into_owned(),
            text: paragraphs(&[
                text_with(language, "mail-full-strangers", &[count(most)]),
                text_with(language, "mail-full-strangers-link", &[("link", Value::Text(link))]),
            ]),
        },
        FullMail::Person { name, most, link } => {
            let name = one_line(name);
            let said = [("name", Value::Text(&name)), count(most), ("link", Value::Text(link))];
            MailText {
                subject: text_with(language, "mail-full-person-subject", &said[..1]),
                text: paragraphs(&[
                    text_with(language, "mail-full-person", &said[..2]),
                    text_with(language, "mail-full-person-link", &said[2..]),
                ]),
            }
        }
    }
}

/// What a rule of the desk tells somebody of it, in the words of whoever keeps the rule.
#[must_use]
pub fn rule_mail(language: Language, number: &str, subject: &str, body: &str, link: &str) -> MailText {
    let subject = one_line(subject);
    let said = [("number", Value::Text(number)), ("subject", Value::Text(&subject))];
    MailText {
        subject: text_with(language, "mail-rule-subject", &said),
        text: paragraphs(&[
            body.trim().to_owned(),
            text_with(language, "mail-open-request", &[("link", Value::Text(link))]),
        ]),
    }
}

/// The notice to whoever made a webhook that it was switched off, because nothing reached it for days or
/// because it said that it is gone.
#[must_use]
pub fn webhook_off_mail(language: Language, url: &str, link: &str) -> MailText {
    let url = one_line(url);
    MailText {
        subject: text_with(language, "mail-webhook-off-subject", &[("url", Value::Text(&url))]),
        text: paragraphs(&[
            text(language, "mail-greeting").into_owned(),
            text_with(language, "mail-webhook-off", &[("url", Value::Text(&url))]),
            text_with(language, "mail-webhook-off-again", &[("link", Value::Text(link))]),
        ]),
    }
}

/// The notice to administrators that a webhook was switched off, because whoever kept it has left or may not
/// keep webhooks any more.
#[must_use]
pub fn webhook_unkept_mail(language: Language, url: &str, link: &str) -> MailText {
    let url = one_line(url);
    MailText {
        subject: text_with(language, "mail-webhook-off-subject", &[("url", Value::Text(&url))]),
        text: paragraphs(&[
            text(language, "mail-greeting").into_owned(),
            text_with(language, "mail-webhook-unkept", &[("url", Value::Text(&url))]),
            text_with(language, "mail-webhook-off-again", &[("link", Value::Text(link))]),
        ]),
    }
}

/// The notice to administrators that a rule was switched off, because whoever kept it has left or may not
/// keep rules any more.
#[must_use]
pub fn rule_unkept_mail(language: Language, title: &str, link: &str) -> MailText {
    let title = one_line(title);
    let why = text_with(language, "mail-rule-unkept", &[("title", Value::Text(&title))]);
    rule_off_mail(language, &title, why, link)
}

/// The notice to administrators that a rule was switched off, because its condition names what is no longer there.
#[must_use]
pub fn rule_meaningless_mail(language: Language, title: &str, condition: &str, link: &str) -> MailText {
    let (title, condition) = (one_line(title), one_line(condition));
    let said = [("title", Value::Text(&title)), ("condition", Value::Text(&condition))];
    rule_off_mail(language, &title, text_with(language, "mail-rule-meaningless", &said), link)
}

fn rule_off_mail(language: Language, title: &str, why: String, link: &str) -> MailText {
    MailText {
        subject: text_with(language, "mail-rule-unkept-subject", &[("title", Value::Text(title))]),
        text: paragraphs(&[
            text(language, "mail-greeting").into_owned(),
            why,
            text_with(language, "mail-rule-unkept-again", &[("link", Value::Text(link))]),
        ]),
    }
}

fn about_promise(reader: &Reader, mail: &PromiseMail<'_>, now: Instant, kind: &str) -> MailText {
    let language = reader.language;
    let subject = one_line(mail.subject);
    let promise = promise_name(language, &mail.reading.promise, &mail.reading.label);
    let in_sentence = promise_in_sentence(language, &mail.reading.promise, &mail.reading.label);
    let role = mail.climb.map(|(name, label)| role_name(language, name, label));
    let role = role.unwrap_or_else(|| text(language, "role-lead").into_owned());
    let said = [
        ("number", Value::Text(mail.number)),
        ("subject", Value::Text(&subject)),
        ("promise", Value::Text(&in_sentence)),
        ("role", Value::Text(&role)),
    ];
    let state = state_in_words(reader, mail.reading, mail.zone, now).plain();
    let state = match left_in_words(language, mail.reading) {
        Some(left) => text_with(
            language,
            "mail-promise-state-left",
            &[
                ("promise", Value::Text(&promise)),
                ("state", Value::Text(&state)),
                ("left", Value::Text(&left)),
            ],
        ),
        None => text_with(
            language,
            "mail-promise-state",
            &[("promise", Value::Text(&promise)), ("state", Value::Text(&state))],
        ),
    };
    let clause = clause_reference(language, &mail.reading.clause);
    MailText {
        subject: text_with(language, &format!("{kind}-subject"), &said),
        text: paragraphs(&[
            text_with(language, kind, &said),
            about(language, &subject, mail.account),
            state,
            text_with(language, "mail-by-clause", &[("clause", Value::Text(&clause))]),
            text_with(language, "mail-open-request", &[("link", Value::Text(mail.link))]),
        ]),
    }
}

pub(crate) fn marker(language: Language, reply_marker: &str) -> String {
    if reply_marker.is_empty() {
        return String::new();
    }
    format!("{reply_marker}\n{}", text(language, "mail-reply-above"))
}

pub(crate) fn turn_paragraph(language: Language, turn: &TurnSentence, clause: Option<&Clause>) -> String {
    match clause {
        Some(clause) => {
            let clause = clause_reference(language, clause);
            let by = text_with(language, "mail-by-clause", &[("clause", Value::Text(&clause))]);
            format!("{}\n{by}", turn.plain())
        }
        None => turn.plain(),
    }
}

pub(crate) fn follow(language: Language, link: Option<&str>) -> String {
    link.map(|link| text_with(language, "mail-follow", &[("link", Value::Text(link))])).unwrap_or_default()
}

pub(crate) fn about(language: Language, subject: &str, account: &str) -> String {
    let subject = ("subject", Value::Text(subject));
    match account {
        "" => text_with(language, "mail-about", &[subject]),
        account => text_with(language, "mail-about-account", &[subject, ("account", Value::Text(account))]),
    }
}

/// Paragraphs with an empty line between them, empty ones left out.
pub(crate) fn paragraphs(parts: &[String]) -> String {
    let mut text = parts.iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join("\n\n");
    text.push('\n');
    text
}

/// A text that others wrote, fit for a subject: no line ends, no control characters, at most 200
/// characters.
pub(crate) fn one_line(text: &str) -> String {
    let spaced: String = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(200).collect()
}

/// The letter that asks, once a request is closed, how its customer was helped.
#[must_use]
pub fn rating_mail(language: Language, mail: &RatingMail<'_>) -> MailText {
    let subject = one_line(mail.subject);
    let said = [("number", Value::Text(mail.number)), ("subject", Value::Text(&subject))];
    let question = match mail.question {
        "" => text(language, "rating-ask").into_owned(),
        question => question.to_owned(),
    };
    MailText {
        subject: text_with(language, "mail-rating-subject", &said),
        text: paragraphs(&[
            marker(language, mail.reply_marker),
            text(language, "mail-greeting").into_owned(),
            text_with(language, "mail-rating-closed", &said),
            question,
            text_with(language, "mail-rating-link", &[("link", Value::Text(mail.link))]),
            mail.clause.map_or(String::new(), |clause| clause_reference(language, clause)),
            mail.provider.to_owned(),
        ]),
    }
}

/// The letter that announces a new version.
#[must_use]
pub fn release_mail(language: Language, mail: &ReleaseMail<'_>) -> MailText {
    let (product, version) = (one_line(mail.product), one_line(mail.version));
    let clause = clause_reference(language, mail.clause);
    let said = [
        ("product", Value::Text(&product)),
        ("version", Value::Text(&version)),
        ("link", Value::Text(mail.link)),
        ("clause", Value::Text(&clause)),
    ];
    MailText {
        subject: text_with(language, "mail-release-subject", &said),
        text: paragraphs(&[
            text(language, "mail-greeting").into_owned(),
            text_with(language, "mail-release-what", &said),
            mail.news.trim().replace("\r\n", "\n"),
            text_with(language, "mail-release-link", &said),
            text_with(language, "mail-release-why", &said),
            mail.unsubscribe
                .map(|link| text_with(language, "mail-release-no-more", &[("link", Value::Text(link))]))
                .unwrap_or_default(),
            mail.provider.to_owned(),
        ]),
    }
}

/// Roles of a customer that the agreement wants filled and nobody has.
#[derive(Clone, Debug)]
pub struct MissingContacts<'a> {
    /// Name of the customer.
    pub account: &'a str,
    /// Names of the roles, as a list.
    pub roles: String,
    /// The clause that wants them.
    pub clause: Option<&'a Clause>,
    /// Where somebody is named.
    pub link: String,
}

/// That nobody of some customers has roles which the agreement wants filled, for managers.
#[must_use]
pub fn missing_contacts_mail(language: Language, customers: &[MissingContacts<'_>]) -> MailText {
    let count = Value::Number(i64::try_from(customers.len()).unwrap_or(i64::MAX));
    let first = customers.first().map(|customer| one_line(customer.account)).unwrap_or_default();
    let subject = [("account", Value::Text(&first)), ("count", count)];
    let mut parts = Vec::new();
    for MissingContacts { account, roles, clause, link } in customers {
        let account = one_line(account);
        let said = [
            ("account", Value::Text(&account)),
            ("roles", Value::Text(roles)),
            ("link", Value::Text(link.as_str())),
        ];
        parts.push(text_with(language, "mail-missing-contacts", &said));
        parts.push(clause.map_or(String::new(), |clause| clause_reference(language, clause)));
        parts.push(text_with(language, "mail-missing-contacts-link", &said));
    }
    MailText {
        subject: text_with(language, "mail-missing-contacts-subject", &subject),
        text: paragraphs(&parts),
    }
}

/// Several notices in one letter: each under its subject.
#[must_use]
pub fn digest_mail(language: Language, provider: &str, parts: &[(&str, String)]) -> MailText {
    let count = Value::Number(i64::try_from(parts.len()).unwrap_or(i64::MAX));
    let subject =
        text_with(language, "mail-digest-subject", &[("count", count), ("provider", Value::Text(provider))]);
    let mut lines = vec![text(language, "mail-digest-what").into_owned()];
    for (subject, body) in parts {
        lines.push(format!("\n{subject}\n\n{body}"));
    }
    MailText { subject, text: format!("{}\n", lines.join("\n")) }
}

/// That deadlines of a request moved because its agreement changed: a line for each, worded before.
#[must_use]
pub fn moved_mail(
    language: Language,
    number: &str,
    subject: &str,
    lines: &[String],
    link: Option<&str>,
) -> MailText {
    let subject = one_line(subject);
    let said = [("number", Value::Text(number)), ("subject", Value::Text(&subject))];
    let mut parts = vec![text(language, "mail-moved").into_owned(), lines.join("\n")];
    parts.extend(link.map(|link| text_with(language, "mail-open-request", &[("link", Value::Text(link))])));
    MailText { subject: text_with(language, "mail-moved-subject", &said), text: paragraphs(&parts) }
}
