//! What people read: catalogues in French and English, and everything that must be said the same way
//! in a page, a mail, a paper and the API.
//!
//! Here live the message catalogues ([`text`], [`text_with`]), deadlines in words ([`due_in_words`],
//! [`state_in_words`]), the sentence that says whose turn it is ([`turn_in_words`]), the steps of
//! « Pourquoi cette échéance ? » ([`explanation_in_words`]) and the text of every mail.
//!
//! Deliberately not here: the present moment (it is an argument), markup (a [`Phrase`] carries the
//! pieces, a page puts the tags), and the sentences of agreements, which carry their own.
//!
//! Start reading at [`Reader`] and [`Phrase`], then `deadline.rs`.
//!
//! ```
//! use calendar::{Instant, Zone};
//! use words::{Language, Reader, due_in_words};
//!
//! let montreal = Zone::parse("America/Montreal")?;
//! let reader = Reader { language: Language::French, zone: Some(montreal.clone()), paper: false };
//! let now = Instant::parse("2026-11-24T11:20:00-05:00")?;
//! let due = Instant::parse("2026-11-25T16:10:00-05:00")?;
//! assert_eq!(due_in_words(&reader, due, &montreal, now).plain(), "avant demain 16:10");
//! # Ok::<(), calendar::CalendarError>(())
//! ```

mod catalogue;
mod city;
mod clause;
mod coverage;
mod deadline;
mod duration;
mod explanation;
mod hours;
mod language;
mod language_name;
mod mail;
mod moment;
mod number;
mod party;
mod phrase;
mod prescribed_mail;
mod promise;
mod reader;
mod span;
mod told;
mod turn;

pub use catalogue::{Value, has_text, known_text, text, text_with};
pub use city::{city_of, zone_in_words};
pub use clause::clause_reference;
pub use coverage::{reason_in_words, verdict_in_words};
pub use deadline::{due_in_words, left_in_words, missed_in_words, row_in_words, state_in_words};
pub use duration::{duration, duration_in_table, duration_up, elapsed_duration};
pub use explanation::{DayRow, ExplanationSources, Step, explanation_in_words, explanation_rows};
pub use hours::hours_in_words;
pub use language::Language;
pub use language_name::language_name;
pub use mail::{
    AcknowledgementMail, CustomerWroteMail, FullMail, InvitationMail, KeyChange, KeyChangeMail, MailText,
    MissingContacts, NeutralAcknowledgementMail, PromiseMail, RatingMail, ReleaseMail, ReplyMail,
    ReturnedMail, SignInMail, acknowledgement_mail, customer_wrote_mail, digest_mail, escalation_mail,
    full_mail, invitation_mail, key_change_mail, missed_mail, missing_contacts_mail, moved_mail,
    neutral_acknowledgement_mail, rating_mail, release_mail, reply_mail, returned_mail, rule_mail,
    rule_meaningless_mail, rule_unkept_mail, sign_in_mail, wanted_in_words, warning_mail, webhook_off_mail,
    webhook_unkept_mail,
};
pub use moment::{date_in_words, instant_in_words, weekday_in_words};
pub use number::{decimal, money_in_words, number};
pub use party::{channel_name, party_name, role_name};
pub use phrase::{Phrase, Piece, Place, Weight};
pub use prescribed_mail::{below_marker, fact_in_words, fact_value_in_words, prescribed_mail};
pub use promise::{in_sentence, promise_in_sentence, promise_name, strength_in_words};
pub use reader::Reader;
pub use span::{read_span, span_in_words};
pub use told::{
    RedirectMail, StrangerMail, StrangerTold, TellingOf, ToldMail, redirect_mail, status_in_words,
    stranger_mail, told_mail,
};
pub use turn::{Audience, TurnSentence, TurnWord, WhoseTurn, turn_in_words};
