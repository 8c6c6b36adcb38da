//! « Pourquoi cette échéance ? » as an ordered list of sentences, for pages, mails and the API alike.

use crate::catalogue::{Value, text, text_with};
use crate::duration::{duration, duration_in_table};
use crate::hours::{hours_in_words, joined};
use crate::language::Language;
use crate::moment::{Look, clock_time, date_in_words, day_in_table, tell, weekday_in_words, zone_suffix};
use crate::party::party_name;
use crate::phrase::{Phrase, unmark};
use crate::promise::promise_name;
use crate::reader::Reader;
use crate::span::span_in_words;
use calendar::{Calendar, Instant, LocalDate, Zone};
use meters::{CountDirection, CountedDay, Explanation, Reading, Wait};
use serde::{Deserialize, Serialize};
use terms::{Clause, Effect, Interpretation, Strength};

/// One step of the explanation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// What it says.
    pub text: Phrase,
    /// The clause that says so, where one does.
    pub clause: Option<Clause>,
}

/// What an explanation may draw on beside itself.
#[derive(Clone, Copy, Debug)]
pub struct ExplanationSources<'a> {
    /// The calendar that counts; without it the step names the calendar but not its hours.
    pub calendar: Option<&'a Calendar>,
    /// The interpretations of the terms; those that the reading names are told.
    pub interpretations: &'a [Interpretation],
}

/// A row of the table of days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayRow {
    /// The date.
    pub date: LocalDate,
    /// « lun. 23 ».
    pub day: String,
    /// What counted that day: « 2 h 20 ».
    pub counted: String,
    /// What had counted by its end, time carried over included.
    pub total: String,
    /// What is particular: a holiday, a pause; empty for an ordinary day.
    pub note: String,
}

/// The longest count that is told day by day; a longer one is told by its length.
const DAYS_TOLD: usize = 7;

/// The steps that lead to a due instant, in the order in which they are understood: where counting
/// starts, the target, the hours, each day's count, pauses, holidays, interpretations, the result.
#[must_use]
pub fn explanation_in_words(
    reader: &Reader,
    explanation: &Explanation,
    reading: &Reading,
    sources: &ExplanationSources<'_>,
    now: Instant,
) -> Vec<Step> {
    let zone = Zone::parse(&explanation.zone).unwrap_or_else(|_| Zone::utc());
    let telling = Telling { reader, explanation, reading, zone: &zone, now };
    let mut steps = vec![telling.start(), telling.target()];
    steps.extend(telling.hours(sources.calendar));
    steps.extend(telling.days());
    steps.extend(explanation.waits.iter().map(|wait| telling.wait(wait)));
    steps.extend(telling.holidays());
    steps.extend(
        sources
            .interpretations
            .iter()
            .filter(|interpretation| reading.interpretations.contains(&interpretation.name))
            .map(|interpretation| telling.interpretation(interpretation)),
    );
    steps.extend(telling.result());
    steps
}

/// The table of days behind the steps.
#[must_use]
pub fn explanation_rows(language: Language, explanation: &Explanation) -> Vec<DayRow> {
    let zone = Zone::parse(&explanation.zone).unwrap_or_else(|_| Zone::utc());
    let row = |(day, told): (&CountedDay, Told)| {
        let mut notes: Vec<String> = holidays_of(language, day);
        notes.extend(day.paused.iter().map(|(from, to)| {
            text_with(
                language,
                "explanation-row-paused",
                &[
                    ("from", Value::Text(&clock_time(language, *from, &zone))),
                    ("to", Value::Text(&clock_time(language, *to, &zone))),
                ],
            )
        }));
        DayRow {
            date: day.date,
            day: day_in_table(language, day.date),
            counted: duration_in_table(language, told.counted_seconds),
            total: duration_in_table(language, explanation.carried_seconds + told.total_seconds),
            note: notes.join(", "),
        }
    };
    explanation.days.iter().zip(told(&explanation.days)).map(row).collect()
}

/// What is told of a day: whole minutes.
struct Told {
    counted_seconds: i64,
    total_seconds: i64,
}

/// The days in whole minutes that add up: sums are rounded, and a day is the difference of two sums,
/// so that a reader who adds the days finds the target.
fn told(days: &[CountedDay]) -> Vec<Told> {
    let mut before = 0;
    days.iter()
        .map(|day| {
            let total_seconds = (day.total_seconds + 30).div_euclid(60) * 60;
            let counted_seconds = total_seconds - before;
            before = total_seconds;
            Told { counted_seconds, total_seconds }
        })
        .collect()
}

struct Telling<'a> {
    reader: &'a Reader,
    explanation: &'a Explanation,
    reading: &'a Reading,
    zone: &'a Zone,
    now: Instant,
}

impl Telling<'_> {
    fn language(&self) -> Language {
        self.reader.language
    }

    fn start(&self) -> Step {
        let from = self.explanation.counted_from;
        let told = tell(self.reader, from, self.zone, self.now, Look::Sentence);
        let suffix = zone_suffix(self.reader, self.zone, from, self.now);
        let said = [("instant", Value::Text(&told.marked)), ("zone", Value::Text(&suffix))];
        let marked = if self.explanation.carried_seconds > 0 {
            let carried = duration(self.language(), self.explanation.carried_seconds);
            let said = [said[0], said[1], ("duration", Value::Text(&carried))];
            text_with(self.language(), "explanation-start-carried", &said)
        } else {
            let key = match self.explanation.direction {
                CountDirection::Forward => "explanation-start",
                CountDirection::Back => "explanation-start-back",
            };
            text_with(self.language(), key, &said)
        };
        Step { text: Phrase::from_marked(&marked, self.zone.local(from).to_string()), clause: None }
    }

    fn target(&self) -> Step {
        let language = self.language();
        let promise = promise_name(language, &self.reading.promise, &self.reading.label);
        let target = self.reading.target.as_ref().map(|span| span_in_words(language, span));
        let target = target.unwrap_or_else(|| text(language, "span-unstated").into_owned());
        let key = match self.reading.strength {
            Strength::Binding | Strength::WithoutFigure => "explanation-target",
            Strength::Objective => "explanation-target-objective",
            Strength::Estimate => "explanation-target-estimate",
            Strength::BestEffort => "explanation-target-best-effort",
        };
        let said = [("promise", Value::Text(&promise)), ("target", Value::Text(&target))];
        Step { text: Phrase::of(text_with(language, key, &said)), clause: Some(self.reading.clause.clone()) }
    }

    fn hours(&self, calendar: Option<&Calendar>) -> Option<Step> {
        let language = self.language();
        self.explanation.due_at?;
        let clause = self.explanation.calendar_clause.clone();
        if self.explanation.calendar == "elapsed" {
            return Some(Step { text: Phrase::of(text(language, "explanation-elapsed")), clause });
        }
        let words = match calendar {
            Some(calendar) => {
                let week = self.zone.local(self.explanation.counted_from).date;
                let hours = hours_in_words(language, calendar, week);
                text_with(language, "explanation-hours", &[("hours", Value::Text(&hours))])
            }
            None => {
                let name = match self.explanation.calendar_label.text(language.tag()) {
                    "" => self.explanation.calendar.as_str(),
                    label => label,
                };
                text_with(language, "explanation-calendar", &[("calendar", Value::Text(name))])
            }
        };
        Some(Step { text: Phrase::of(words), clause })
    }

    fn days(&self) -> Option<Step> {
        let language = self.language();
        let days = self.explanation.days.iter().zip(told(&self.explanation.days));
        let counted: Vec<(&CountedDay, Told)> = days.filter(|(day, _)| day.counted_seconds > 0).collect();
        let (first, last) = (counted.first()?.0, counted.last()?.0);
        let total_seconds = last.total_seconds;
        // The order of counting may be that of the calendar or its reverse.
        let (first, last) = if first.date <= last.date { (first, last) } else { (last, first) };
        let words = if counted.len() > DAYS_TOLD {
            let total = duration(language, total_seconds);
            text_with(
                language,
                "explanation-days-many",
                &[
                    ("duration", Value::Text(&total)),
                    ("count", Value::Number(i64::try_from(counted.len()).unwrap_or(i64::MAX))),
                    ("first", Value::Text(&self.date(first.date))),
                    ("last", Value::Text(&self.date(last.date))),
                ],
            )
        } else {
            // Within a week the weekday says which day; beyond it the date does.
            let by_weekday = first.date.days_until(last.date) < 7;
            let told: Vec<String> = counted
                .iter()
                .map(|(day, told)| {
                    let name = if by_weekday {
                        weekday_in_words(language, day.date.weekday())
                    } else {
                        self.date(day.date)
                    };
                    let counted = duration(language, told.counted_seconds);
                    let said = [("duration", Value::Text(counted.as_str())), ("day", Value::Text(&name))];
                    text_with(language, "explanation-day", &said)
                })
                .collect();
            text_with(language, "explanation-days", &[("days", Value::Text(&joined(language, &told)))])
        };
        Some(Step { text: Phrase::of(words), clause: None })
    }

    fn wait(&self, wait: &Wait) -> Step {
        let language = self.language();
        let label = match wait.label.text(language.tag()) {
            "" => party_name(language, &wait.party),
            words => words.trim_end_matches('.').to_owned(),
        };
        let kind = match wait.effect {
            Effect::Pause => "pause",
            Effect::Extend => "extension",
        };
        let from = tell(self.reader, wait.from, self.zone, self.now, Look::Sentence);
        let suffix = zone_suffix(self.reader, self.zone, wait.from, self.now);
        let (instant, label) = (("instant", Value::Text(&from.marked)), ("label", Value::Text(&label)));
        let zone = ("zone", Value::Text(suffix.as_str()));
        let marked = match wait.to {
            None => text_with(language, &format!("explanation-{kind}-open"), &[instant, label, zone]),
            Some(to) if self.zone.local(wait.from).date == self.zone.local(to).date => {
                let length = duration(language, to.seconds_since(wait.from));
                let end = clock_time(language, to, self.zone);
                let said =
                    [instant, label, zone, ("duration", Value::Text(&length)), ("to", Value::Text(&end))];
                text_with(language, &format!("explanation-{kind}-of-a-day"), &said)
            }
            Some(to) => {
                let end = unmark(&tell(self.reader, to, self.zone, self.now, Look::Sentence).marked);
                let said = [instant, label, zone, ("to", Value::Text(&end))];
                text_with(language, &format!("explanation-{kind}"), &said)
            }
        };
        Step {
            text: Phrase::from_marked(&marked, self.zone.local(wait.from).to_string()),
            clause: Some(wait.clause.clone()),
        }
    }

    fn holidays(&self) -> Option<Step> {
        let language = self.language();
        if self.explanation.calendar == "elapsed" || self.explanation.due_at.is_none() {
            return None;
        }
        let crossed: Vec<String> = self
            .explanation
            .days
            .iter()
            .filter(|day| !day.holidays.is_empty())
            .map(|day| {
                let names = holidays_of(language, day);
                let date = self.date(day.date);
                if names.is_empty() {
                    return date;
                }
                text_with(
                    language,
                    "explanation-holiday",
                    &[("date", Value::Text(&date)), ("name", Value::Text(&names.join(", ")))],
                )
            })
            .collect();
        let words = if crossed.is_empty() {
            text(language, "explanation-no-holiday").into_owned()
        } else {
            let days = joined(language, &crossed);
            let count = i64::try_from(crossed.len()).unwrap_or(i64::MAX);
            text_with(
                language,
                "explanation-holidays",
                &[("days", Value::Text(&days)), ("count", Value::Number(count))],
            )
        };
        Some(Step { text: Phrase::of(words), clause: self.explanation.calendar_clause.clone() })
    }

    fn interpretation(&self, interpretation: &Interpretation) -> Step {
        let language = self.language();
        let said = interpretation.text.text(language.tag()).trim_end_matches('.');
        let count = i64::try_from(interpretation.alternatives.len()).unwrap_or(i64::MAX);
        let words = text_with(
            language,
            "explanation-interpretation",
            &[("text", Value::Text(said)), ("count", Value::Number(count))],
        );
        Step { text: Phrase::of(words), clause: Some(interpretation.clause.clone()) }
    }

    fn result(&self) -> Option<Step> {
        let due = self.explanation.due_at?;
        let told = tell(self.reader, due, self.zone, self.now, Look::Named);
        let suffix = zone_suffix(self.reader, self.zone, due, self.now);
        let said = [("instant", Value::Text(&told.marked)), ("zone", Value::Text(&suffix))];
        let marked = text_with(self.language(), "explanation-result", &said);
        Some(Step { text: Phrase::from_marked(&marked, self.zone.local(due).to_string()), clause: None })
    }

    fn date(&self, date: LocalDate) -> String {
        date_in_words(self.language(), date, self.zone.local(self.now).date)
    }
}

fn holidays_of(language: Language, day: &CountedDay) -> Vec<String> {
    day.holidays.iter().filter_map(|labels| labels.in_language(language.tag())).map(str::to_owned).collect()
}
