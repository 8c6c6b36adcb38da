//! Deadlines in words: the one place that decides how a due instant and its state read.
//!
//! A deadline is told on the wall of the calendar that governs it; its city follows when the reader's
//! wall shows another time. What is left or overdue comes second and never replaces the instant.

use crate::catalogue::{Value, text, text_with};
use crate::duration::{duration, duration_up, elapsed_duration};
use crate::language::Language;
use crate::moment::{Look, tell, zone_suffix};
use crate::party::party_name;
use crate::phrase::{Phrase, mark_bold, unmark_bold};
use crate::promise::done_in_words;
use crate::reader::Reader;
use calendar::{Instant, Zone};
use meters::{ClockState, Reading, StopReason};
use terms::Strength;

/// « avant 14:30 aujourd’hui », « avant demain 14:30 », « avant mardi 14:30 », « avant le mardi
/// 1er décembre à 14:30 », with the city and the offset where they are needed.
///
/// `calendar_zone` is the zone of the calendar that gave the due instant.
#[must_use]
pub fn due_in_words(reader: &Reader, due: Instant, calendar_zone: &Zone, now: Instant) -> Phrase {
    Phrase::from_marked(&marked_due(reader, due, calendar_zone, now), calendar_zone.local(due).to_string())
}

/// How a clock stands, as a full sentence without its clause: running, late, paused, kept, kept late,
/// stopped, or without a due instant.
#[must_use]
pub fn state_in_words(reader: &Reader, reading: &Reading, calendar_zone: &Zone, now: Instant) -> Phrase {
    say(reader, reading, calendar_zone, now, Length::Full)
}

/// As [`state_in_words`], in the few words of a table's row: what is left has a column of its own there.
#[must_use]
pub fn row_in_words(reader: &Reader, reading: &Reading, calendar_zone: &Zone, now: Instant) -> Phrase {
    say(reader, reading, calendar_zone, now, Length::Row)
}

/// « reste 3 h 20 d’ouverture », « reste 45 min » for wall-clock time; none when nothing is left to count:
/// kept, stopped, overdue or without a due instant.
#[must_use]
pub fn left_in_words(language: Language, reading: &Reading) -> Option<String> {
    let counting = matches!(reading.state, ClockState::Running | ClockState::Paused);
    let left = reading.left_seconds.filter(|left| counting && *left >= 0)?;
    let amount = measured(language, reading, left);
    let key = if is_elapsed(reading) { "due-left-elapsed" } else { "due-left" };
    Some(text_with(language, key, &[("duration", Value::Text(&amount))]))
}

/// The permanent mark of a miss: « échéance manquée » for what was owed, « objectif manqué » for what
/// was aimed at, « estimation dépassée » for what was expected.
#[must_use]
pub fn missed_in_words(language: Language, strength: Strength) -> String {
    text(language, &of_strength("due-missed", strength)).into_owned()
}

/// The words of a due instant, marked for a phrase.
pub(crate) fn marked_due(reader: &Reader, due: Instant, zone: &Zone, now: Instant) -> String {
    let told = tell(reader, due, zone, now, Look::Ahead);
    let suffix = zone_suffix(reader, zone, due, now);
    let key = if told.dated { "due-before-date" } else { "due-before" };
    text_with(reader.language, key, &[("instant", Value::Text(&told.marked)), ("zone", Value::Text(&suffix))])
}

/// How long a reading was overdue at an instant, in words: time of its calendar, rounded up; none while that
/// calendar has not been open since.
pub(crate) fn overdue_in_words(language: Language, reading: &Reading, at: Instant) -> Option<String> {
    let overdue = reading.left_seconds.filter(|left| *left < 0)?.saturating_neg();
    let passed = reading.due_at.map_or(overdue, |due| at.seconds_since(due));
    Some(opening_time(language, reading, overdue, passed, duration_up(language, overdue)))
}

/// An amount of time of the reading's calendar beside an instant that is `passed` seconds away: called opening time
/// where that calendar was closed in between, since whoever reads the instant would count otherwise.
fn opening_time(language: Language, reading: &Reading, seconds: i64, passed: i64, amount: String) -> String {
    if is_elapsed(reading) || passed - seconds < 60 {
        return amount;
    }
    text_with(language, "due-opening-time", &[("duration", Value::Text(&amount))])
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Length {
    Full,
    Row,
}

fn say(reader: &Reader, reading: &Reading, zone: &Zone, now: Instant, length: Length) -> Phrase {
    let language = reader.language;
    // Time that passes whatever the hour has no place: it is told as the reader's own clock shows it.
    let zone = reader.zone.as_ref().filter(|_| reading.calendar == "elapsed").unwrap_or(zone);
    match (reading.state, reading.due_at, reading.met_at) {
        (ClockState::Stopped, _, _) => {
            let key = match reading.stopped {
                Some(StopReason::NotCovered) => "due-stopped-not-covered",
                Some(StopReason::Automatic) => "due-stopped-automatic",
                Some(StopReason::NoLongerApplies) => "due-stopped-no-longer-applies",
                Some(StopReason::Merged) => "due-stopped-merged",
                Some(StopReason::Closed) | None => "due-stopped-closed",
            };
            Phrase::of(text(language, key))
        }
        (ClockState::Met | ClockState::Missed, due, Some(met)) => kept(reader, reading, due, met, zone, now),
        (ClockState::Missed, Some(due), None) => late(reader, reading, due, zone, now, length),
        (ClockState::Paused, due, _) => paused(reader, reading, due, zone, now, length),
        (_, Some(due), _) => due_in_words(reader, due, zone, now),
        (_, None, _) => {
            let key = match (length, reading.strength) {
                (Length::Row, _) => "due-none-brief",
                (Length::Full, Strength::BestEffort) => "due-none-best-effort",
                (Length::Full, _) => "due-none",
            };
            Phrase::of(text(language, key))
        }
    }
}

fn kept(
    reader: &Reader,
    reading: &Reading,
    due: Option<Instant>,
    met: Instant,
    zone: &Zone,
    now: Instant,
) -> Phrase {
    let language = reader.language;
    let done = done_in_words(language, reading);
    let told = tell(reader, met, zone, now, Look::Sentence);
    let suffix = zone_suffix(reader, zone, met, now);
    let said = [
        ("done", Value::Text(&done)),
        ("instant", Value::Text(&told.marked)),
        ("zone", Value::Text(&suffix)),
    ];
    let marked = match (reading.missed, due) {
        (_, None) => text_with(language, "due-met", &said),
        (false, Some(due)) => {
            let passed = due.seconds_since(met);
            let left = reading.left_seconds.filter(|left| *left > 0).unwrap_or(passed);
            let margin = opening_time(language, reading, left, passed, measured(language, reading, left));
            text_with(language, "due-met-before", &with_duration(said, &margin))
        }
        (true, Some(due)) => {
            let over = overdue_in_words(language, reading, met)
                .unwrap_or_else(|| duration_up(language, met.seconds_since(due)));
            text_with(language, &of_strength("due-missed-met", reading.strength), &with_duration(said, &over))
        }
    };
    Phrase::from_marked(&marked, zone.local(met).to_string())
}

fn late(
    reader: &Reader,
    reading: &Reading,
    due: Instant,
    zone: &Zone,
    now: Instant,
    length: Length,
) -> Phrase {
    let language = reader.language;
    let suffix = zone_suffix(reader, zone, due, now);
    // The calendar may not have opened since: it is late all the same, and then only says since when.
    let Some(over) = overdue_in_words(language, reading, now) else {
        let told = tell(reader, due, zone, now, Look::Sentence);
        let said = [("instant", Value::Text(&told.marked)), ("zone", Value::Text(&suffix))];
        let key = match length {
            Length::Row => "due-late-row-since".to_owned(),
            Length::Full => of_strength("due-late-since", reading.strength),
        };
        return Phrase::from_marked(&text_with(language, &key, &said), zone.local(due).to_string());
    };
    let look = if length == Length::Row { Look::Brief } else { Look::Named };
    let told = tell(reader, due, zone, now, look);
    let key = match length {
        Length::Row => "due-late-row".to_owned(),
        Length::Full => of_strength("due-late", reading.strength),
    };
    // What is boldest is how late it is; the time in the instant is set plainly.
    let (instant, over) = (unmark_bold(&told.marked), mark_bold(&over));
    let said = [
        ("instant", Value::Text(&instant)),
        ("zone", Value::Text(&suffix)),
        ("duration", Value::Text(&over)),
    ];
    Phrase::from_marked(&text_with(language, &key, &said), zone.local(due).to_string())
}

fn paused(
    reader: &Reader,
    reading: &Reading,
    due: Option<Instant>,
    zone: &Zone,
    now: Instant,
    length: Length,
) -> Phrase {
    let language = reader.language;
    let since = reading.paused_since.unwrap_or(now);
    let told = tell(reader, since, zone, now, Look::Sentence);
    let suffix = zone_suffix(reader, zone, since, now);
    let said = [("instant", Value::Text(&told.marked)), ("zone", Value::Text(&suffix))];
    let why = waiting_in_words(language, reading);
    let marked = match (length, due.and(left_in_words(language, reading))) {
        (Length::Row, _) => text_with(language, "due-paused-row", &said),
        (Length::Full, None) => {
            text_with(language, "due-paused", &[said[0], said[1], ("why", Value::Text(&why))])
        }
        (Length::Full, Some(_)) => {
            let left = measured(language, reading, reading.left_seconds.unwrap_or_default());
            let key = if is_elapsed(reading) { "due-paused-left-elapsed" } else { "due-paused-left" };
            text_with(
                language,
                key,
                &[said[0], said[1], ("why", Value::Text(&why)), ("duration", Value::Text(&left))],
            )
        }
    };
    Phrase::from_marked(&marked, zone.local(since).to_string())
}

/// What a paused reading waits for: the document's words for the pause, else the party.
pub(crate) fn waiting_in_words(language: Language, reading: &Reading) -> String {
    if let Some(label) = reading.pause_label.as_ref().filter(|label| !label.is_empty()) {
        return label.text(language.tag()).trim_end_matches('.').to_owned();
    }
    let party = reading.waiting_for.as_deref().unwrap_or_default();
    let key = match party {
        "customer" => "waiting-for-customer",
        "vendor" => "waiting-for-vendor",
        _ => "waiting-for-third-party",
    };
    let mut told = text(language, key).into_owned();
    for other in &reading.waiting_also_for {
        let other = party_name(language, other);
        told = text_with(
            language,
            "waiting-also-for",
            &[("told", Value::Text(&told)), ("party", Value::Text(&other))],
        );
    }
    told
}

/// An amount of the reading's calendar, rounded down.
fn measured(language: Language, reading: &Reading, seconds: i64) -> String {
    if is_elapsed(reading) { elapsed_duration(language, seconds) } else { duration(language, seconds) }
}

fn is_elapsed(reading: &Reading) -> bool {
    reading.calendar == "elapsed"
}

/// A binding promise has an « échéance », the others an « objectif » or an « estimation »: a miss of
/// those is not a breach, and the words say so.
fn of_strength(key: &str, strength: Strength) -> String {
    let strength = match strength {
        Strength::Binding | Strength::WithoutFigure => "binding",
        Strength::Objective | Strength::BestEffort => "objective",
        Strength::Estimate => "estimate",
    };
    format!("{key}-{strength}")
}

fn with_duration<'a>(
    said: [(&'static str, Value<'a>); 3],
    amount: &'a str,
) -> [(&'static str, Value<'a>); 4] {
    [said[0], said[1], said[2], ("duration", Value::Text(amount))]
}
