use crate::compile::Compilation;
use crate::declared::Declared;
use crate::diagnostic::Code;
use crate::example::{Example, read_block_of_examples};
use crate::node::read_block;
use crate::reader::Reader;
use crate::rehearse::{Case, state_name};
use calendar::{Instant, Span};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt::Write;
use terms::{Clause, TermsError};
use thiserror::Error;

/// What happened to one request: one line of a file of histories.
#[derive(Clone, Debug, PartialEq)]
pub struct History {
    /// Its number, or whatever names it.
    pub number: String,
    /// How its clocks stood where it ran, where the line says so.
    pub clocks: Option<Vec<ClockKept>>,
    /// What this document does not understand of it, in words; the rest is replayed without.
    pub left_out: Vec<String>,
    /// When the last thing happened.
    pub last_at: Instant,
    example: Example,
}

/// How a clock stood where its request ran.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockKept {
    /// Name of the promise.
    pub promise: String,
    /// When it fell due; none for a promise without figure.
    #[serde(default)]
    pub due_at: Option<Instant>,
    /// `running`, `paused`, `met`, `missed` or `stopped`.
    pub state: String,
    /// When it was kept, perhaps late.
    #[serde(default)]
    pub met_at: Option<Instant>,
}

/// One clock of a history under a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReplayedClock {
    /// How it stands.
    #[serde(flatten)]
    pub kept: ClockKept,
    /// The target as the document writes it.
    pub target: Option<Span>,
    /// The clause that gives the target.
    pub clause: Clause,
}

/// Whether a promise was kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kept {
    /// Done before it was due.
    Kept,
    /// Due passed before it was done.
    Missed,
    /// Not done, and not due.
    Open,
    /// No longer owed.
    Stopped,
    /// Never owed.
    NotOwed,
}

/// One clock before and after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Replay {
    /// The request.
    pub number: String,
    /// Name of the promise.
    pub promise: String,
    /// How it stood; none where it was not owed.
    pub before: Option<ClockKept>,
    /// How it would stand; none where it would not be owed.
    pub after: Option<ReplayedClock>,
    /// Whether it was kept.
    pub was: Kept,
    /// Whether it would be.
    pub is: Kept,
}

impl Replay {
    /// Whether anything a customer could see differs.
    #[must_use]
    pub fn differs(&self) -> bool {
        let due = |clock: Option<&ClockKept>| clock.and_then(|clock| clock.due_at);
        self.was != self.is || due(self.before.as_ref()) != due(self.after.as_ref().map(|clock| &clock.kept))
    }
}

/// Why a line is no history.
#[derive(Debug, Error)]
pub enum NotAHistory {
    /// It is not JSON.
    #[error("reading a history: it is not JSON ({0})")]
    NotJson(#[from] serde_json::Error),
    /// It lacks what a history needs, or holds it in another shape.
    #[error("reading a history: {0}")]
    Shape(String),
    /// Nothing happens in it.
    #[error("reading a history: `events` holds nothing that happened")]
    Empty,
}

/// Reads one line of a file of histories: `{"number", "given", "events", "clocks"}`, in the
/// vocabulary of worked examples. What this document does not know is noted in `language` (`fr`,
/// else English), not refused.
///
/// # Errors
/// [`NotAHistory`] when the line is not JSON, names no request or holds no event.
pub fn read_history(compilation: &Compilation, line: &str, language: &str) -> Result<History, NotAHistory> {
    let line: Value = serde_json::from_str(line)?;
    let shape = |wanted: &str| NotAHistory::Shape(wanted.to_owned());
    let number =
        line.get("number").and_then(Value::as_str).ok_or_else(|| shape("write `number` as a text"))?;
    let clocks = match line.get("clocks") {
        None | Some(Value::Null) => None,
        Some(clocks) => Some(serde_json::from_value(clocks.clone()).map_err(|error| {
            NotAHistory::Shape(format!("`clocks` holds {{promise, due_at, state, met_at}} rows: {error}"))
        })?),
    };
    let events =
        line.get("events").and_then(Value::as_array).ok_or_else(|| shape("write `events` as a list"))?;
    let given = line.get("given").cloned().unwrap_or_else(|| serde_json::json!({}));
    if !given.is_object() || !events.iter().all(Value::is_object) {
        return Err(shape("`given` and each event are objects"));
    }
    // The line says what a worked example says, so it is read as one.
    let mut block = String::from("[[example]]\n");
    let _ = writeln!(block, "title = {}", in_toml(&Value::from(number)));
    let _ = writeln!(block, "given = {}", in_toml(&given));
    let _ = writeln!(block, "events = {}", in_toml(&Value::from(events.clone())));
    let entries = read_block(&block, 0, 0).map_err(|error| NotAHistory::Shape(error.message))?;
    let declared = Declared::of(&compilation.rules);
    let mut reader = Reader::over(compilation, &declared);
    let mut examples = Vec::new();
    read_block_of_examples(&mut reader, 0, &entries, &mut examples);
    let left_out = reader
        .diagnostics
        .iter()
        .filter(|found| found.code != Code::ExampleExpectsNothing)
        .map(|found| found.sentence(language))
        .collect();
    let example = examples.into_iter().next().ok_or(NotAHistory::Empty)?;
    let last_at = example.events.last().map(|event| event.at).ok_or(NotAHistory::Empty)?;
    Ok(History { number: number.to_owned(), clocks, left_out, last_at, example })
}

/// A JSON value as a block writes it; what is null is not written.
fn in_toml(value: &Value) -> String {
    match value {
        Value::Null => "\"\"".to_owned(),
        Value::Bool(yes) => yes.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => quoted(text),
        Value::Array(values) => {
            let values: Vec<String> = values.iter().filter(|value| !value.is_null()).map(in_toml).collect();
            format!("[{}]", values.join(", "))
        }
        Value::Object(keys) => {
            let keys: Vec<String> = keys
                .iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(key, value)| format!("{} = {}", quoted(key), in_toml(value)))
                .collect();
            format!("{{ {} }}", keys.join(", "))
        }
    }
}

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => {
                out.push('\\');
                out.push(letter);
            }
            letter if letter.is_control() => {
                let _ = write!(out, "\\u{:04X}", u32::from(letter));
            }
            letter => out.push(letter),
        }
    }
    out.push('"');
    out
}

/// Runs a history under a document and reads its clocks at `until`. Nothing is recorded anywhere.
///
/// # Errors
/// When a calendar of the document depends on facts that the history does not give.
pub fn replay(
    compilation: &Compilation,
    history: &History,
    until: Instant,
) -> Result<Vec<ReplayedClock>, TermsError> {
    let Some(terms) = &compilation.terms else { return Ok(Vec::new()) };
    let case = Case::play(terms, &history.example, until)?;
    let clocks = case.readings(until).into_iter().map(|reading| ReplayedClock {
        kept: ClockKept {
            promise: reading.promise,
            due_at: reading.due_at,
            state: state_name(reading.state).to_owned(),
            met_at: reading.met_at,
        },
        target: reading.target,
        clause: reading.clause,
    });
    Ok(clocks.collect())
}

/// Sets the clocks of a request before beside those after: the first of a promise beside the first,
/// the second beside the second.
#[must_use]
pub fn compare_histories(number: &str, before: &[ClockKept], after: &[ReplayedClock]) -> Vec<Replay> {
    let mut names: Vec<&str> = Vec::new();
    for name in before.iter().map(|clock| &clock.promise).chain(after.iter().map(|clock| &clock.kept.promise))
    {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    let mut rows = Vec::new();
    for name in names {
        let mut before = before.iter().filter(|clock| clock.promise == name);
        let mut after = after.iter().filter(|clock| clock.kept.promise == name);
        loop {
            let (was, is) = (before.next(), after.next());
            if was.is_none() && is.is_none() {
                break;
            }
            rows.push(Replay {
                number: number.to_owned(),
                promise: name.to_owned(),
                was: kept(was),
                is: kept(is.map(|clock| &clock.kept)),
                before: was.cloned(),
                after: is.cloned(),
            });
        }
    }
    rows
}

fn kept(clock: Option<&ClockKept>) -> Kept {
    let Some(clock) = clock else { return Kept::NotOwed };
    match clock.state.as_str() {
        "met" => Kept::Kept,
        "missed" => Kept::Missed,
        "stopped" => Kept::Stopped,
        _ => Kept::Open,
    }
}

#[cfg(test)]
mod tests {
    use super::{Kept, NotAHistory, compare_histories, read_history, replay};
    use crate::compile::{Compilation, Options, compile};
    use calendar::Instant;

    fn document(target: &str) -> Compilation {
        let text = format!(
            "# T\n```terms\n[agreement]\nformat = 1\nkey = \"k\"\nversion = \"1\"\neffective = 2026-01-01\n\
             zone = \"Europe/Paris\"\n```\n## 1 Réponse\nUne réponse vient vite.\n```terms\n[calendar.office]\n\
             zone = \"Europe/Paris\"\nopen = {{ mon-fri = [\"09:00-17:00\"] }}\n[promise.response]\n\
             start = \"received\"\nstop = \"answered\"\ncalendar = \"office\"\nwithin = \"{target}\"\n\
             strength = \"binding\"\n```\n"
        );
        compile(&text, "t.md", &Options::default())
    }

    const LINE: &str = r#"{"number":"T-1","given":{"severity":"high","colour":"red"},"events":[
        {"at":"2026-03-02T10:00:00+01:00","do":"received","channel":"email"},
        {"at":"2026-03-02T14:30:00+01:00","do":"reply","technical":true}],
        "clocks":[{"promise":"response","due_at":"2026-03-02T15:00:00+01:00","state":"met","met_at":"2026-03-02T13:30:00Z"}]}"#;

    #[test]
    fn a_history_is_run_under_another_target() {
        let (before, after) = (document("5 business hours"), document("4 business hours"));
        assert!(after.terms.is_some(), "{:?}", after.diagnostics);
        let history = read_history(&after, LINE, "en").unwrap();
        assert_eq!(history.left_out.len(), 1, "{:?}", history.left_out);
        let recorded = history.clocks.clone().unwrap();
        let same: Vec<_> = replay(&before, &history, history.last_at).unwrap();
        assert_eq!(same.iter().map(|clock| clock.kept.clone()).collect::<Vec<_>>(), recorded);
        let clocks = replay(&after, &history, history.last_at).unwrap();
        let rows = compare_histories(&history.number, &recorded, &clocks);
        assert_eq!(rows.len(), 1);
        assert_eq!((rows[0].was, rows[0].is), (Kept::Kept, Kept::Missed));
        assert!(rows[0].differs());
        let due = rows[0].after.as_ref().unwrap().kept.due_at;
        assert_eq!(due, Instant::parse("2026-03-02T14:00:00+01:00").ok());
    }

    #[test]
    fn what_is_no_history_is_refused() {
        let document = document("4 business hours");
        let read = |line: &str| read_history(&document, line, "fr");
        assert!(matches!(read("{"), Err(NotAHistory::NotJson(_))));
        assert!(matches!(read("{}"), Err(NotAHistory::Shape(_))));
        assert!(matches!(read(r#"{"number":"1","events":[]}"#), Err(NotAHistory::Empty)));
        assert!(matches!(read(r#"{"number":"1","events":[1]}"#), Err(NotAHistory::Shape(_))));
        assert!(matches!(read(r#"{"number":"1","events":[{"do":"received"}]}"#), Err(NotAHistory::Empty)));
        // Whatever a text holds stays a text.
        let odd = r#"{"number":"\"]]\n[x]","events":[{"at":"2026-03-02T10:00:00Z","do":"received","note":"\u0000'\"\\"}]}"#;
        assert_eq!(read(odd).unwrap().number, "\"]]\n[x]");
    }
}
