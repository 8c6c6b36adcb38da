//! The sentence that says whose turn it is, for the portal, the mails and the workspace alike.

use crate::catalogue::{Value, has_text, text, text_with};
use crate::deadline::{left_in_words, marked_due, overdue_in_words};
use crate::moment::{Look, tell, zone_suffix};
use crate::phrase::Phrase;
use crate::promise::promise_in_sentence;
use crate::reader::Reader;
use calendar::{Instant, Zone};
use meters::{ClockState, Reading};

/// Whose turn it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TurnWord {
    /// The provider's.
    Us,
    /// The customer's.
    Customer,
    /// Somebody else's: `vendor`, `third_party`, or a name as it is to be read.
    ThirdParty(String),
    /// Nobody's: closed or declined.
    Nobody,
}

/// Who reads the sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Somebody of the customer: « C’est à vous ».
    Customer,
    /// Somebody of the provider: « C’est au client ».
    Staff,
}

/// What the sentence is made of.
#[derive(Clone, Debug)]
pub struct WhoseTurn<'a> {
    /// Whose turn.
    pub turn: TurnWord,
    /// What the customer is asked to do, verb first (« joignez le journal »); none for a plain answer.
    pub ask: Option<&'a str>,
    /// The nearest open reading with the zone of its calendar.
    pub nearest: Option<(&'a Reading, &'a Zone)>,
}

/// The sentence in two pieces: « C’est à nous » and « : réponse avant demain 16:10. »
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TurnSentence {
    /// `us`, `customer`, `third-party`, `nobody`, or `late` when it is ours and overdue.
    pub data_turn: &'static str,
    /// Whose turn, in words.
    pub turn_word: String,
    /// What follows, its punctuation included.
    pub rest: Phrase,
}

impl TurnSentence {
    /// The whole sentence as plain text.
    #[must_use]
    pub fn plain(&self) -> String {
        format!("{}{}", self.turn_word, self.rest.plain())
    }
}

/// Says whose turn it is, what is to be done, and by when.
#[must_use]
pub fn turn_in_words(
    reader: &Reader,
    audience: Audience,
    whose: &WhoseTurn<'_>,
    now: Instant,
) -> TurnSentence {
    let language = reader.language;
    let word = |key: &str| text(language, key).into_owned();
    let sentence = |data_turn, turn_word, rest| TurnSentence { data_turn, turn_word, rest };
    match (&whose.turn, audience) {
        (TurnWord::Us, _) => {
            let (data_turn, rest) = ours(reader, whose.nearest, now);
            sentence(data_turn, word("turn-us"), rest)
        }
        (TurnWord::Customer, Audience::Customer) => {
            let ask = match whose.ask {
                Some(ask) => ask.trim_end_matches('.').to_owned(),
                None => word("turn-customer-ask"),
            };
            sentence("customer", word("turn-you"), waiting(reader, &ask, whose.nearest, now))
        }
        (TurnWord::Customer, Audience::Staff) => {
            let rest = waiting(reader, &word("turn-staff-wait"), whose.nearest, now);
            sentence("customer", word("turn-customer"), rest)
        }
        (TurnWord::ThirdParty(party), _) => {
            let key = format!("turn-party-{party}");
            let turn_word = if has_text(language, &key) {
                word(&key)
            } else {
                text_with(language, "turn-party-named", &[("party", Value::Text(party))])
            };
            let wait = match audience {
                Audience::Customer => word("turn-follow"),
                Audience::Staff => word("turn-staff-wait"),
            };
            sentence("third-party", turn_word, waiting(reader, &wait, whose.nearest, now))
        }
        (TurnWord::Nobody, _) => {
            sentence("nobody", word("turn-nobody"), Phrase::of(word("turn-nobody-rest")))
        }
    }
}

fn ours(reader: &Reader, nearest: Option<(&Reading, &Zone)>, now: Instant) -> (&'static str, Phrase) {
    let language = reader.language;
    let Some((reading, zone)) = nearest else {
        return ("us", Phrase::of(text(language, "turn-us-rest")));
    };
    let promise = promise_in_sentence(language, &reading.promise, &reading.label);
    let Some(due) = reading.due_at else {
        return ("us", Phrase::of(text(language, "turn-us-rest-none")));
    };
    if reading.missed && reading.met_at.is_none() {
        let over = overdue_in_words(language, reading, now);
        let look = if over.is_some() { Look::Named } else { Look::Sentence };
        let told = tell(reader, due, zone, now, look);
        let suffix = zone_suffix(reader, zone, due, now);
        let said = [
            ("promise", Value::Text(&promise)),
            ("instant", Value::Text(&told.marked)),
            ("zone", Value::Text(&suffix)),
        ];
        let marked = match over {
            Some(over) => text_with(
                language,
                "turn-us-rest-late",
                &[said[0], said[1], said[2], ("duration", Value::Text(&over))],
            ),
            None => text_with(language, "turn-us-rest-late-since", &said),
        };
        return ("late", Phrase::from_marked(&marked, zone.local(due).to_string()));
    }
    let by = marked_due(reader, due, zone, now);
    let said = [("promise", Value::Text(&promise)), ("due", Value::Text(&by))];
    ("us", Phrase::from_marked(&text_with(language, "turn-us-rest-due", &said), zone.local(due).to_string()))
}

/// What follows when somebody else is awaited: what for, and what becomes of our own time meanwhile.
fn waiting(reader: &Reader, wait: &str, nearest: Option<(&Reading, &Zone)>, now: Instant) -> Phrase {
    let language = reader.language;
    let wait = ("wait", Value::Text(wait));
    match nearest {
        Some((reading, zone)) if reading.state == ClockState::Paused => {
            let since = reading.paused_since.unwrap_or(now);
            let told = tell(reader, since, zone, now, Look::Sentence);
            let suffix = zone_suffix(reader, zone, since, now);
            let said = [wait, ("instant", Value::Text(&told.marked)), ("zone", Value::Text(&suffix))];
            Phrase::from_marked(
                &text_with(language, "turn-wait-paused", &said),
                zone.local(since).to_string(),
            )
        }
        // A clock that runs on while somebody else is awaited still has its deadline told.
        Some((reading, zone)) if left_in_words(language, reading).is_some() => {
            let due = reading.due_at.unwrap_or(now);
            let promise = promise_in_sentence(language, &reading.promise, &reading.label);
            let by = marked_due(reader, due, zone, now);
            let said = [wait, ("promise", Value::Text(&promise)), ("due", Value::Text(&by))];
            Phrase::from_marked(&text_with(language, "turn-wait-running", &said), zone.local(due).to_string())
        }
        _ => Phrase::of(text_with(language, "turn-wait", &[wait])),
    }
}
