//! Business-time questions as lines of JSON.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;
use serde_json::Value;

use crate::calendar::Calendar;
use crate::definition::{CalendarDefinition, ExtraDay, Hours};
use crate::error::CalendarError;
use crate::holidays::HolidaySet;
use crate::instant::Instant;
use crate::local_date::LocalDate;
use crate::local_time::LocalTime;
use crate::weekday::Weekday;
use crate::window::Window;
use crate::zone::Zone;

/// Answers questions, one line of JSON each, keeping the calendars it has built.
///
/// A question is `{"id","op","calendar","start","duration_s"|"end","pauses"}`; `op` is
/// `add`, `sub`, `between` or `open`. An answer is `{"id","result"}`, or `{"id","error"}`
/// for that line alone.
#[derive(Debug, Default)]
pub struct Questions {
    built: HashMap<String, Calendar>,
}

/// How many calendars are kept; a full store is emptied, which costs building them again.
const KEPT: usize = 256;

impl Questions {
    /// Answers one line with one line, without its end. Never fails: what cannot be
    /// understood is said in the answer.
    ///
    /// ```
    /// # use calendar::Questions;
    /// let answer = Questions::default().answer(
    ///     r#"{"id":1,"op":"add","calendar":{"zone":"Europe/Paris","weekly":{"fri":[["09:00","17:00"]]}},
    ///         "start":"2026-03-06T16:00:00+01:00","duration_s":3600}"#,
    /// );
    /// assert_eq!(answer, r#"{"id":1,"result":"2026-03-06T16:00:00Z"}"#);
    /// ```
    pub fn answer(&mut self, line: &str) -> String {
        let (id, answer) = match serde_json::from_str::<Value>(line) {
            Ok(Value::Object(mut question)) => {
                let id = question.remove("id").unwrap_or(Value::Null);
                (id, self.answer_to(question))
            }
            Ok(_) => (Value::Null, Err("a question is a JSON object".to_string())),
            Err(error) => (Value::Null, Err(format!("the line is not JSON: {error}"))),
        };
        let (key, value) = match answer {
            Ok(result) => ("result", result),
            Err(error) => ("error", Value::String(error)),
        };
        format!(r#"{{"id":{id},"{key}":{value}}}"#)
    }

    /// As [`Questions::answer`], for bytes that may not be text.
    pub fn answer_bytes(&mut self, line: &[u8]) -> String {
        match std::str::from_utf8(line) {
            Ok(line) => self.answer(line),
            Err(_) => r#"{"id":null,"error":"the line is not UTF-8 text"}"#.into(),
        }
    }

    fn answer_to(&mut self, question: serde_json::Map<String, Value>) -> Result<Value, String> {
        let op = match question.get("op") {
            Some(Value::String(op)) => op.as_str(),
            Some(_) => return Err("“op” is a text: add, sub, between or open".into()),
            None => return Err("“op” is missing: add, sub, between or open".into()),
        };
        if !matches!(op, "add" | "sub" | "between" | "open") {
            return Err(format!("“{op}” is no op: write add, sub, between or open"));
        }
        let calendar =
            question.get("calendar").ok_or("“calendar” is missing: give its zone and weekly hours")?;
        let calendar = self.calendar(calendar)?;
        let start = instant(&question, "start")?;
        let pauses = pauses(question.get("pauses"))?;
        covered(&calendar, start)?;
        match op {
            // A pause stops what is counted; the calendar itself stays open.
            "open" => Ok(Value::Bool(calendar.is_open(start))),
            "between" => {
                let end = instant(&question, "end")?;
                covered(&calendar, end)?;
                Ok(calendar.between_with_pauses(start, end, &pauses).into())
            }
            _ => {
                let seconds = duration(question.get("duration_s"))?;
                let found = if op == "add" {
                    calendar.add_with_pauses(start, seconds, &pauses)
                } else {
                    calendar.sub_with_pauses(start, seconds, &pauses)
                };
                match found {
                    Ok(found) => Ok(Value::String(found.to_string())),
                    Err(CalendarError::OutOfRange { .. }) if !calendar.opens() => {
                        Err("the calendar never opens, so nothing can be counted in it".into())
                    }
                    Err(error) => Err(error.to_string()),
                }
            }
        }
    }

    fn calendar(&mut self, asked: &Value) -> Result<Calendar, String> {
        let key = asked.to_string();
        if let Some(calendar) = self.built.get(&key) {
            return Ok(calendar.clone());
        }
        let asked: Asked =
            serde_json::from_value(asked.clone()).map_err(|error| format!("calendar: {error}"))?;
        // A calendar without open time is no mistake here: measuring it gives zero.
        let calendar = Calendar::assemble(asked.definition()).map_err(|error| error.to_string())?;
        if self.built.len() >= KEPT {
            self.built.clear();
        }
        self.built.insert(key, calendar.clone());
        Ok(calendar)
    }
}

/// A calendar as questions write it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    zone: Zone,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    weekly: BTreeMap<Weekday, Vec<(LocalTime, LocalTime)>>,
    #[serde(default)]
    holidays: Vec<LocalDate>,
    #[serde(default)]
    extra: BTreeMap<LocalDate, Vec<(LocalTime, LocalTime)>>,
}

impl Asked {
    fn definition(self) -> CalendarDefinition {
        // A window of a question ends on its own day: one that ends before it starts is empty.
        let windows = |pairs: Vec<(LocalTime, LocalTime)>| -> Vec<Window> {
            let proper = pairs.into_iter().filter(|(from, to)| from < to);
            proper.map(|(from, to)| Window::new(from, to)).collect()
        };
        let weekly = self.weekly.into_iter();
        let extra = self.extra.into_iter();
        let hours = Hours {
            weekly: weekly.map(|(day, pairs)| (day, windows(pairs))).collect(),
            holidays: vec![HolidaySet::of_dates("holidays", self.holidays)],
            extra: extra.map(|(on, pairs)| ExtraDay { on, windows: windows(pairs) }).collect(),
            ..Hours::default()
        };
        let name = self.name.unwrap_or_else(|| "calendar".into());
        CalendarDefinition::hours(&name, self.zone, hours)
    }
}

fn instant(question: &serde_json::Map<String, Value>, key: &str) -> Result<Instant, String> {
    match question.get(key) {
        Some(Value::String(text)) => Instant::parse(text).map_err(|error| format!("{key}: {error}")),
        Some(_) => Err(format!("“{key}” is an instant like 2026-03-06T16:30:00+01:00")),
        None => Err(format!("“{key}” is missing")),
    }
}

fn duration(value: Option<&Value>) -> Result<i64, String> {
    let value = value.ok_or("“duration_s” is missing")?;
    let whole = |number: f64| (number.fract() == 0.0 && number.abs() < 1e15).then_some(number as i64);
    value
        .as_i64()
        .or_else(|| value.as_f64().and_then(whole))
        .ok_or_else(|| "“duration_s” is a whole number of seconds".to_string())
}

fn pauses(value: Option<&Value>) -> Result<Vec<(Instant, Instant)>, String> {
    match value {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(value) => {
            Vec::<(Instant, Instant)>::deserialize(value).map_err(|error| format!("pauses: {error}"))
        }
    }
}

fn covered(calendar: &Calendar, at: Instant) -> Result<(), String> {
    if calendar.covers(at) {
        return Ok(());
    }
    let error = CalendarError::OutOfRange { calendar: calendar.name().into(), at };
    Err(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::Questions;

    const OFFICE: &str = r#"{"zone":"America/Toronto","weekly":{"mon":[["09:00","12:00"],["13:00","17:00"]],"tue":[["09:00","17:00"]]},"holidays":["2026-12-21"],"extra":{"2026-12-21":[["09:00","12:00"]],"2026-12-24":[["09:00","12:00"]],"2026-12-22":[]}}"#;

    #[track_caller]
    fn check(line: &str, expected: &str) {
        let line = line.replace("OFFICE", OFFICE);
        assert_eq!(Questions::default().answer(&line), expected, "{line}");
    }

    #[test]
    fn questions_are_answered() {
        for (line, expected) in [
            (
                r#"{"id":"a","op":"add","calendar":OFFICE,"start":"2026-11-23T08:00:00-05:00","duration_s":25200}"#,
                r#"{"id":"a","result":"2026-11-23T22:00:00Z"}"#,
            ),
            (
                r#"{"id":2,"op":"add","calendar":OFFICE,"start":"2026-11-23T16:59:59.500-05:00","duration_s":1}"#,
                r#"{"id":2,"result":"2026-11-24T14:00:00.500Z"}"#,
            ),
            (
                r#"{"id":3,"op":"sub","calendar":OFFICE,"start":"2026-11-24T09:00:00-05:00","duration_s":3600}"#,
                r#"{"id":3,"result":"2026-11-23T21:00:00Z"}"#,
            ),
            (
                r#"{"id":3,"op":"sub","calendar":OFFICE,"start":"2026-11-24T10:00:00-05:00","duration_s":3600}"#,
                r#"{"id":3,"result":"2026-11-24T14:00:00Z"}"#,
            ),
            (
                r#"{"id":4,"op":"add","calendar":OFFICE,"start":"2026-11-25T10:00:00-05:00","duration_s":0}"#,
                r#"{"id":4,"result":"2026-11-25T15:00:00Z"}"#,
            ),
            (
                r#"{"id":9,"op":"between","calendar":{"zone":"UTC","weekly":{"mon":[["22:00","06:00"],["09:00","09:00"],["23:00","24:00"]]}},"start":"2026-11-22T00:00:00Z","end":"2026-11-29T00:00:00Z"}"#,
                r#"{"id":9,"result":3600}"#,
            ),
            // A holiday wins over its exceptional hours; the 22nd has none; the 24th has three.
            (
                r#"{"id":5,"op":"between","calendar":OFFICE,"start":"2026-12-20T00:00:00-05:00","end":"2026-12-27T00:00:00-05:00"}"#,
                r#"{"id":5,"result":10800}"#,
            ),
            (
                r#"{"id":5,"op":"between","calendar":OFFICE,"end":"2026-12-20T00:00:00-05:00","start":"2026-12-27T00:00:00-05:00"}"#,
                r#"{"id":5,"result":-10800}"#,
            ),
            (
                r#"{"id":6,"op":"open","calendar":OFFICE,"start":"2026-11-23T12:00:00-05:00"}"#,
                r#"{"id":6,"result":false}"#,
            ),
            (
                r#"{"id":6,"op":"open","calendar":OFFICE,"start":"2026-11-23T09:00:00-05:00"}"#,
                r#"{"id":6,"result":true}"#,
            ),
            (
                r#"{"id":7,"op":"add","calendar":OFFICE,"start":"2026-11-24T09:00:00-05:00","duration_s":3600,"pauses":[["2026-11-24T14:30:00Z","2026-11-24T15:30:00Z"],["2026-11-24T15:00:00Z","2026-11-24T16:00:00Z"]]}"#,
                r#"{"id":7,"result":"2026-11-24T16:30:00Z"}"#,
            ),
            (
                r#"{"id":8,"op":"sub","calendar":OFFICE,"start":"2026-11-24T11:30:00-05:00","duration_s":3600,"pauses":[["2026-11-24T14:30:00Z","2026-11-24T16:00:00Z"]]}"#,
                r#"{"id":8,"result":"2026-11-24T14:00:00Z"}"#,
            ),
            (
                r#"{"op":"between","calendar":{"zone":"+05:30","weekly":{}},"start":"2026-11-24T11:30:00Z","end":"2027-11-24T11:30:00Z"}"#,
                r#"{"id":null,"result":0}"#,
            ),
        ] {
            check(line, expected);
        }
    }

    #[test]
    fn what_cannot_be_understood_is_said_for_its_line_alone() {
        for (line, id, said) in [
            ("", "null", "not JSON"),
            ("{", "null", "not JSON"),
            ("[1]", "null", "JSON object"),
            (r#"{"id":1}"#, "1", "“op” is missing"),
            (r#"{"id":1,"op":"ad"}"#, "1", "“ad” is no op"),
            (r#"{"id":1,"op":"add"}"#, "1", "“calendar” is missing"),
            (r#"{"id":1,"op":"add","calendar":{"zone":"Europe/Pariss"}}"#, "1", "“Europe/Paris”"),
            (
                r#"{"id":1,"op":"add","calendar":{"zone":"UTC","weekly":{"mon":[["9","12"]]}}}"#,
                "1",
                "time of day",
            ),
            (r#"{"id":1,"op":"add","calendar":{"zone":"UTC","weekley":{}}}"#, "1", "weekley"),
            (r#"{"id":1,"op":"add","calendar":OFFICE}"#, "1", "“start” is missing"),
            (r#"{"id":1,"op":"add","calendar":OFFICE,"start":"2026-11-24"}"#, "1", "not an instant"),
            (
                r#"{"id":1,"op":"add","calendar":OFFICE,"start":"2026-11-24T00:00:00Z"}"#,
                "1",
                "“duration_s” is missing",
            ),
            (
                r#"{"id":1,"op":"add","calendar":OFFICE,"start":"2026-11-24T00:00:00Z","duration_s":1.5}"#,
                "1",
                "whole number",
            ),
            (
                r#"{"id":1,"op":"add","calendar":OFFICE,"start":"2026-11-24T00:00:00Z","duration_s":-1}"#,
                "1",
                "zero or more",
            ),
            (
                r#"{"id":1,"op":"add","calendar":OFFICE,"start":"1826-11-24T00:00:00Z","duration_s":1}"#,
                "1",
                "1900 to 2199",
            ),
            (
                r#"{"id":1,"op":"add","calendar":OFFICE,"start":"2026-11-24T00:00:00Z","duration_s":9000000000000000}"#,
                "1",
                "1900 to 2199",
            ),
            (
                r#"{"id":1,"op":"add","calendar":{"zone":"UTC"},"start":"2026-11-24T00:00:00Z","duration_s":9}"#,
                "1",
                "never opens",
            ),
            (
                r#"{"id":1,"op":"add","calendar":OFFICE,"start":"2026-11-24T00:00:00Z","duration_s":9,"pauses":[1]}"#,
                "1",
                "pauses:",
            ),
        ] {
            let answer = Questions::default().answer(&line.replace("OFFICE", OFFICE));
            assert!(answer.starts_with(&format!(r#"{{"id":{id},"error":""#)), "{answer}");
            assert!(answer.contains(said), "{line}: {answer}");
        }
        assert!(Questions::default().answer_bytes(&[0xff]).contains("UTF-8"));
    }
}
