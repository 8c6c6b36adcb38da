//! One reading as it is shown everywhere: the instant, what is left, its state, and its clause.

use crate::icon::icon;
use crate::page::{Area, Frame};
use calendar::{Instant, LocalDate, Zone};
use maud::{Markup, PreEscaped, html};
use meters::{ClockState, Reading};
use operations::{ClockView, TicketView};
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{LazyLock, PoisonError, RwLock};
use terms::{Clause, Strength};
use words::{Audience, Language, Phrase, Reader, WhoseTurn};

/// A phrase with its instant in `<time>` and its boldest part in `<b>`.
pub(crate) fn phrase(phrase: &Phrase) -> Markup {
    let bold_in_time = phrase.instant_text.contains(&phrase.bold);
    html! {
        (weighted(&phrase.before, if bold_in_time { "" } else { &phrase.bold }))
        @if !phrase.instant_text.is_empty() {
            time datetime=(phrase.datetime) { (weighted(&phrase.instant_text, &phrase.bold)) }
        }
        (phrase.after)
    }
}

fn weighted(text: &str, bold: &str) -> Markup {
    match text.find(bold).filter(|_| !bold.is_empty()) {
        Some(start) => html! { (text[..start]) b { (bold) } (text[start + bold.len()..]) },
        None => html! { (text) },
    }
}

/// State of a reading as the stylesheet names it, with its icon.
pub(crate) fn look(reading: &Reading, now: Instant) -> (&'static str, &'static str) {
    match reading.state {
        ClockState::Missed if reading.met_at.is_none() => ("late", "late"),
        ClockState::Missed => ("late", "met"),
        ClockState::Paused => ("paused", "pause"),
        ClockState::Met => ("met", "met"),
        ClockState::Stopped => ("none", "none"),
        ClockState::Running => match reading.due_at {
            None => ("none", "none"),
            Some(due) if due.seconds_since(now) < SOON_SECONDS => ("soon", "clock"),
            Some(_) => ("run", "clock"),
        },
    }
}

const SOON_SECONDS: i64 = 2 * 3600;

/// A deadline in words inside a line.
pub(crate) fn due(frame: &Frame, clock: &ClockView) -> Markup {
    let said = words::state_in_words(&frame.reader(), &clock.reading, &clock.zone, frame.now);
    marked(&clock.reading, &said, frame.now)
}

/// A deadline in the few words of a row.
///
/// A queue words fifty of them, and the same ones again for the next reader, so the words of clocks
/// that run or are overdue are kept: they change with the minute, not with the request.
pub(crate) fn due_in_row(reader: &Reader, clock: &ClockView, now: Instant) -> Markup {
    let reading = &clock.reading;
    let word = || marked(reading, &words::row_in_words(reader, reading, &clock.zone, now), now);
    let Some(key) = RowKey::of(reader, clock, now) else { return word() };
    if let Some(worded) = WORDED.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
        return PreEscaped(worded.clone());
    }
    let worded = word();
    let mut kept = WORDED.write().unwrap_or_else(PoisonError::into_inner);
    if kept.len() >= WORDED_AT_MOST {
        kept.clear();
    }
    kept.insert(key, worded.0.clone());
    worded
}

static WORDED: LazyLock<RwLock<HashMap<RowKey, String>>> = LazyLock::new(RwLock::default);

const WORDED_AT_MOST: usize = 4_096;

/// All that the words of a row depend on while its clock is neither kept, paused nor stopped.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct RowKey {
    language: Language,
    state: &'static str,
    strength: Strength,
    due: Instant,
    /// Minutes overdue, as they are told.
    late_minutes: Option<i64>,
    zone: (String, LocalDate, i32),
    own: Option<(String, LocalDate, i32)>,
}

impl RowKey {
    fn of(reader: &Reader, clock: &ClockView, now: Instant) -> Option<Self> {
        let reading = &clock.reading;
        if !matches!(reading.state, ClockState::Running | ClockState::Missed) || reading.met_at.is_some() {
            return None;
        }
        let wall = |zone: &Zone| {
            let local = zone.local(now);
            (zone.name().to_owned(), local.date, local.offset_seconds)
        };
        Some(Self {
            language: reader.language,
            state: look(reading, now).0,
            strength: reading.strength,
            due: reading.due_at?,
            late_minutes: reading.left_seconds.filter(|left| *left < 0).map(|left| (59 - left) / 60),
            zone: wall(&clock.zone),
            own: reader.zone.as_ref().map(wall),
        })
    }
}

fn marked(reading: &Reading, said: &Phrase, now: Instant) -> Markup {
    let (state, drawing) = look(reading, now);
    html! { span.due.with-icon data-state=(state) { (icon(drawing)) span { (phrase(said)) } } }
}

/// What is left, for a column. Where the whole time until the due instant is open it ticks.
pub(crate) fn left(frame: &Frame, reading: &Reading) -> Markup {
    let counting = matches!(reading.state, ClockState::Running | ClockState::Paused);
    match reading.left_seconds.filter(|left| counting && *left >= 0) {
        None => html! { "–" },
        Some(left) => {
            html! { span data-countdown=[ticks_until(reading, frame.now)] { (words::duration_in_table(frame.language, left)) } }
        }
    }
}

/// The due instant, when time is counted from now to it without a gap, so that a countdown may tick.
pub(crate) fn ticks_until(reading: &Reading, now: Instant) -> Option<Instant> {
    let due = reading.due_at.filter(|_| reading.state == ClockState::Running)?;
    let left = reading.left_seconds?;
    (due.seconds_since(now) - left <= 1).then_some(due)
}

/// The address of a clause on the page of its agreement.
pub(crate) fn clause_path(frame: &Frame, clause: &Clause) -> String {
    [frame.agreement_path(&clause.agreement, &clause.version), clause.anchor()].join("#")
}

/// Whose time a request took: « nous 2 h, le client 1 h, hors horaires 14 h », with the clause whose clock
/// it is.
pub(crate) fn time_taken(frame: &Frame, taken: Option<&operations::TimeTaken>) -> Markup {
    let Some(taken) = taken else { return Markup::default() };
    let language = frame.language;
    let at_desk = frame.area == crate::page::Area::Workspace;
    let who = |party: &str| {
        let key = format!("taken-{}", party.replace('_', "-"));
        let own = format!("{key}-portal");
        let key = if !at_desk && words::has_text(language, &own) { own } else { key };
        // A document may wait for others than we have words for.
        words::known_text(language, &key).map_or_else(|| party.replace('_', " "), Cow::into_owned)
    };
    let waited =
        taken.waited_seconds.iter().map(|(party, seconds)| (who(party), words::duration(language, *seconds)));
    let all = std::iter::once((who("provider"), words::duration(language, taken.provider_seconds)));
    let closed = (taken.closed_seconds > 0)
        .then(|| (who("closed"), words::elapsed_duration(language, taken.closed_seconds)));
    let parts: Vec<String> =
        all.chain(waited).chain(closed).map(|(who, time)| format!("{who} {time}")).collect();
    html! {
        p.small.muted { (frame.say("taken-time")) " " (parts.join(", ")) ". " (clause(frame, &taken.clause)) }
    }
}

/// A reference to a clause, leading to it.
pub(crate) fn clause(frame: &Frame, clause: &Clause) -> Markup {
    let title = (!clause.heading.is_empty()).then_some(&clause.heading);
    html! {
        a.ref href=(clause_path(frame, clause)) title=[title] { (words::clause_reference(frame.language, clause)) }
    }
}

/// A moment that was or is: « lundi **14:40** », on the reader's wall, else on that of `zone`.
pub(crate) fn moment(frame: &Frame, zone: &Zone, at: Instant) -> Markup {
    let zone = frame.wall(zone);
    let reader = Reader { language: frame.language, zone: Some(zone.clone()), paper: false };
    let said = words::instant_in_words(&reader, at, frame.now);
    let local = zone.local(at);
    let wall = local.time.to_minute();
    html! {
        time datetime=(local.to_string()) {
            @match said.rfind(&wall) {
                Some(start) => { (said[..start]) b { (wall) } (said[start + wall.len()..]) }
                None => { (said) }
            }
        }
    }
}

/// The time alone, where the day has just been told.
pub(crate) fn clock_time(zone: &Zone, at: Instant) -> Markup {
    let local = zone.local(at);
    html! { time datetime=(local.to_string()) { b { (local.time.to_minute()) } } }
}

/// A day: « mardi 1er décembre ».
pub(crate) fn day(frame: &Frame, zone: &Zone, date: LocalDate) -> Markup {
    dated(frame, date, today(frame, zone))
}

/// From one day to another: « du jeudi 1er janvier 2026 au vendredi 31 décembre 2027 »; without an end: « depuis le … ».
pub(crate) fn days(frame: &Frame, zone: &Zone, from: LocalDate, to: Option<LocalDate>) -> Markup {
    // A day without its year would seem to be of the other's.
    let spans_years = to.is_some_and(|to| to.year() != from.year());
    let today = if spans_years { LocalDate::EPOCH } else { today(frame, zone) };
    html! {
        @match to {
            Some(to) if to == from => { (dated(frame, from, today)) }
            Some(to) => {
                (frame.say("days-from")) " " (dated(frame, from, today)) " " (frame.say("page-to")) " " (dated(frame, to, today))
            }
            None => { (frame.say("days-since")) " " (dated(frame, from, today)) }
        }
    }
}

fn today(frame: &Frame, zone: &Zone) -> LocalDate {
    frame.zone.as_ref().unwrap_or(zone).local(frame.now).date
}

fn dated(frame: &Frame, date: LocalDate, today: LocalDate) -> Markup {
    html! { time datetime=(date) { (words::date_in_words(frame.language, date, today)) } }
}

/// Whose turn it is, in words, for one view of a request.
pub(crate) fn whose_turn(frame: &Frame, view: &TicketView) -> words::TurnSentence {
    let nearest = view.nearest.and_then(|place| view.clocks.get(place));
    let audience = if frame.area == Area::Workspace { Audience::Staff } else { Audience::Customer };
    let turn = operations::turn_word(view.turn, view.state, &view.third_party);
    let whose = WhoseTurn { turn, ask: None, nearest: nearest.map(|clock| (&clock.reading, &clock.zone)) };
    words::turn_in_words(&frame.reader(), audience, &whose, frame.now)
}

/// The clock that falls due first.
pub(crate) fn nearest(view: &TicketView) -> Option<&ClockView> {
    view.nearest.and_then(|place| view.clocks.get(place))
}

/// The mark of a turn in the stylesheet.
pub(crate) fn turn_mark(data_turn: &str) -> &str {
    match data_turn {
        "third-party" => "third",
        other => other,
    }
}

/// Size of a file: « 214 ko ».
pub(crate) fn size(frame: &Frame, bytes: u64) -> String {
    let (value, key) = match bytes {
        0..1_000 => (bytes.to_string(), "page-size-bytes"),
        1_000..1_000_000 => (bytes.div_ceil(1_000).to_string(), "page-size-kilobytes"),
        _ => {
            let (key, tenth) = match bytes {
                ..1_000_000_000 => ("page-size-megabytes", 100_000),
                _ => ("page-size-gigabytes", 100_000_000),
            };
            let tenths = bytes / tenth;
            let point = if frame.language == words::Language::French { ',' } else { '.' };
            (format!("{}{point}{}", tenths / 10, tenths % 10), key)
        }
    };
    frame.say_with(key, &[("value", &value)])
}

/// Every icon that a reading may show.
pub(crate) const ICONS: [&str; 5] = ["clock", "late", "pause", "met", "none"];

/// That a request is answered in another language than it asks for, with the clause; nothing else.
pub(crate) fn answering(frame: &Frame, view: &TicketView) -> Markup {
    html! {
        @if let Some(answering) = &view.answering {
            p.banner {
                (answering_in_words(frame, answering))
                @if let Some(by) = &answering.clause { " " (clause(frame, by)) }
            }
        }
    }
}

/// The same as a sentence.
pub(crate) fn answering_in_words(frame: &Frame, answering: &operations::AnsweringView) -> String {
    let key = if answering.nobody_speaks { "answering-nobody-speaks" } else { "answering-not-offered" };
    let wanted = words::language_name(frame.language, &answering.wanted);
    let language = words::language_name(frame.language, &answering.language);
    frame.say_with(key, &[("wanted", &wanted), ("language", &language)])
}
