//! Recomputes due instants from what `GET /api/v1/tickets/{number}/explain` exports, without a line of the
//! product: whoever doubts a deadline can check it with this file and a compiler alone.
//!
//! ```text
//! rustc --edition 2024 -o recompute tests/recompute.rs
//! ./recompute < explain.json
//! ```
//!
//! The input is one export after another. Of each clock with a due instant: every day must give what it
//! says (open time without what was paused), the days must add up, and counting the target from the start
//! through these days must end at the due instant. Where the target is not of hours or minutes, the last
//! open time must end there. Anything else is told, and ends in failure.

use std::collections::BTreeMap;
use std::io::Read;
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut text = String::new();
    if let Err(error) = std::io::stdin().read_to_string(&mut text) {
        eprintln!("the exports cannot be read: {error}");
        return ExitCode::FAILURE;
    }
    let mut reader = Reader { rest: text.as_bytes() };
    let (mut counted, mut by_length, mut wrong) = (0, 0, 0);
    while reader.more() {
        let Some(export) = reader.value() else {
            eprintln!("this is no JSON, {} bytes before the end", reader.rest.len());
            return ExitCode::FAILURE;
        };
        for clock in export.get("clocks").items() {
            match recompute(clock) {
                Ok(None) => {}
                Ok(Some(is_by_length)) => {
                    counted += 1;
                    by_length += usize::from(is_by_length);
                }
                Err(why) => {
                    wrong += 1;
                    println!("{} {}: {why}", export.get("number").text(), clock.get("promise").text());
                }
            }
        }
    }
    println!("{counted} due instants recomputed, {by_length} of them from their length; {wrong} differ");
    if wrong == 0 && counted > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Whether the due instant followed from the length of the target; none for a clock without one.
fn recompute(clock: &Json) -> Result<Option<bool>, String> {
    let due = clock.get("due_at");
    if matches!(due, Json::Null) {
        return Ok(None);
    }
    let due = instant(due.text()).ok_or("no due instant")?;
    let start = instant(clock.get("counted_from").text()).ok_or("no start")?;
    let target = target_milliseconds(clock.get("target").text());
    let mut left = target.map(|target| target - clock.get("carried_s").number() * 1000);
    let (mut total, mut last_end, mut found) = (0, start, None);
    for day in clock.get("days").items() {
        let paused = stretches(day.get("paused"))?;
        let mut counted = 0;
        for open in stretches(day.get("open"))? {
            for (from, to) in without(open, &paused) {
                counted += to - from;
                last_end = last_end.max(to);
                if let Some(left) = &mut left {
                    if found.is_none() && to - from >= *left {
                        found = Some(from + *left);
                    }
                    *left -= to - from;
                }
            }
        }
        total += counted;
        for (name, computed) in [("counted_s", counted), ("total_s", total)] {
            let told = day.get(name).number() * 1000;
            // Each day is told in whole seconds.
            if (told - computed).abs() > 1000 * (1 + total / 86_400_000).max(2) {
                return Err(format!("{} says {name} {}, not {}", day.get("date").text(), told / 1000, computed / 1000));
            }
        }
    }
    let (ends, is_by_length) = match target {
        Some(_) => (found.unwrap_or(if left == Some(0) || total == 0 { last_end } else { i64::MAX }), true),
        None => (last_end, false),
    };
    // A day by its name may end when the office is closed: then nothing was open up to there.
    let agrees = if is_by_length { (ends - due).abs() <= 1000 } else { ends <= due };
    if agrees { Ok(Some(is_by_length)) } else { Err(format!("due {due}, recomputed {ends} (milliseconds since 1970)")) }
}

/// The parts of a stretch outside others.
fn without(open: (i64, i64), paused: &[(i64, i64)]) -> Vec<(i64, i64)> {
    let mut left = vec![open];
    for &(from, to) in paused {
        left = left
            .into_iter()
            .flat_map(|(start, end)| [(start, end.min(from)), (start.max(to), end)])
            .filter(|(start, end)| start < end)
            .collect();
    }
    left.sort_unstable();
    left
}

fn stretches(value: &Json) -> Result<Vec<(i64, i64)>, String> {
    let pairs = value.items().iter().map(|pair| match pair.items() {
        [from, to] => Some((instant(from.text())?, instant(to.text())?)),
        _ => None,
    });
    pairs.collect::<Option<_>>().ok_or_else(|| "a stretch is no pair of instants".to_owned())
}

/// `4 business hours` or `10 minutes` in milliseconds; none for days and what has no length.
fn target_milliseconds(text: &str) -> Option<i64> {
    let mut words = text.split(' ');
    let count: i64 = words.next()?.parse().ok()?;
    let unit = words.next_back()?;
    let each = match unit.trim_end_matches('s') {
        "minute" => 60_000,
        "hour" => 3_600_000,
        _ => return None,
    };
    Some(count * each)
}

/// `2026-08-11T23:00:00Z`, perhaps with a fraction, in milliseconds since 1970.
fn instant(text: &str) -> Option<i64> {
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<i64>().ok();
    let rest = text.get(19..)?.strip_suffix('Z')?;
    let thousandths = match rest.strip_prefix('.') {
        None => 0,
        Some(digits) => format!("{digits:0<3}").get(..3)?.parse().ok()?,
    };
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (march_year, march_month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * march_year + march_year / 4 - march_year / 100 + march_year / 400
        + (153 * march_month + 2) / 5
        + day
        - 719_469;
    let seconds = days * 86_400 + number(11, 13)? * 3600 + number(14, 16)? * 60 + number(17, 19)?;
    Some(seconds * 1000 + thousandths)
}

/// As much of JSON as exports hold.
enum Json {
    Null,
    Other,
    Number(i64),
    Text(String),
    List(Vec<Json>),
    Fields(BTreeMap<String, Json>),
}

static NULL: Json = Json::Null;

impl Json {
    fn get(&self, name: &str) -> &Json {
        match self {
            Self::Fields(fields) => fields.get(name).unwrap_or(&NULL),
            _ => &NULL,
        }
    }

    fn items(&self) -> &[Json] {
        if let Self::List(items) = self { items } else { &[] }
    }

    fn text(&self) -> &str {
        if let Self::Text(text) = self { text } else { "" }
    }

    fn number(&self) -> i64 {
        if let Self::Number(number) = self { *number } else { 0 }
    }
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl Reader<'_> {
    fn more(&mut self) -> bool {
        self.rest = self.rest.trim_ascii_start();
        !self.rest.is_empty()
    }

    fn take(&mut self, sign: u8) -> Option<()> {
        self.more();
        self.rest = self.rest.strip_prefix(&[sign])?;
        Some(())
    }

    fn value(&mut self) -> Option<Json> {
        self.more();
        match self.rest.first()? {
            b'{' => {
                self.take(b'{')?;
                let mut fields = BTreeMap::new();
                while self.take(b'}').is_none() {
                    let name = self.string()?;
                    self.take(b':')?;
                    fields.insert(name, self.value()?);
                    let _ = self.take(b',');
                }
                Some(Json::Fields(fields))
            }
            b'[' => {
                self.take(b'[')?;
                let mut items = Vec::new();
                while self.take(b']').is_none() {
                    items.push(self.value()?);
                    let _ = self.take(b',');
                }
                Some(Json::List(items))
            }
            b'"' => self.string().map(Json::Text),
            _ => {
                let end = self.rest.iter().position(|sign| b",]} \r\n\t".contains(sign));
                let (word, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
                self.rest = rest;
                let word = std::str::from_utf8(word).ok()?;
                Some(match (word, word.parse()) {
                    ("null", _) => Json::Null,
                    (_, Ok(number)) => Json::Number(number),
                    _ => Json::Other,
                })
            }
        }
    }

    /// A text. Escapes stand for nothing that is computed with, and are passed over.
    fn string(&mut self) -> Option<String> {
        self.take(b'"')?;
        let mut text = Vec::new();
        loop {
            let (sign, rest) = self.rest.split_first()?;
            self.rest = rest;
            match sign {
                b'"' => return String::from_utf8(text).ok(),
                b'\\' => self.rest = self.rest.get(1..)?,
                sign => text.push(*sign),
            }
        }
    }
}
