use crate::agreement_verbs::{compiled, read, wrong};
use crate::failure::{Outcome, VerbFailure};
use crate::print::line;
use agreement::{ClockKept, Compilation, History, Kept, Options, Replay, compare_histories, read_history};
use calendar::Instant;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use words::Language;

/// What `replay` compares, and how it tells it.
pub struct ReplayOptions<'a> {
    /// The document under which histories run.
    pub file: &'a Path,
    /// The histories.
    pub history: &'a Path,
    /// A document to compare with, in place of what the histories recorded.
    pub against: Option<&'a Path>,
    /// When clocks are read; after the last event of the file without it.
    pub until: Option<&'a str>,
    /// Language of complaints.
    pub language: Language,
    /// As data.
    pub as_data: bool,
}

/// Runs histories under a document and tells, clock by clock, what would have been due and kept.
/// Writes nothing.
pub fn replay(options: &ReplayOptions<'_>) -> Result<Outcome, VerbFailure> {
    let language = options.language;
    let after = compiled(options.file, &Options::default(), language)?;
    let before = match options.against {
        Some(file) => Some(compiled(file, &Options::default(), language)?),
        None => None,
    };
    if after.terms.is_none() || before.as_ref().is_some_and(|before| before.terms.is_none()) {
        return Ok(Outcome::No);
    }
    let (path, text) = read(options.history)?;
    let mut histories: Vec<(usize, History, Option<History>)> = Vec::new();
    for (place, row) in text.lines().enumerate().filter(|(_, row)| !row.trim().is_empty()) {
        let problem = |problem: String| VerbFailure::Content {
            path: path.clone(),
            problem: format!("line {}: {problem}", place + 1),
        };
        let read = |document: &Compilation| {
            read_history(document, row, language.tag()).map_err(|error| problem(error.to_string()))
        };
        let history = read(&after)?;
        for told in &history.left_out {
            eprintln!("{path}:{}: {told}", place + 1);
        }
        histories.push((place + 1, history, before.as_ref().map(read).transpose()?));
    }
    let until = match options.until {
        Some(until) => Instant::parse(until).map_err(|error| wrong("--until", error.to_string()))?,
        None => histories.iter().map(|(_, history, _)| history.last_at).max().unwrap_or(Instant::EPOCH),
    };
    let (mut rows, mut unread) = (Vec::new(), 0_usize);
    for (place, history, old) in &histories {
        let run = |document: &Compilation, history: &History| {
            agreement::replay(document, history, until)
                .map_err(|error| eprintln!("{path}:{place}: {}: {error}", history.number))
        };
        let Ok(clocks) = run(&after, history) else {
            unread += 1;
            continue;
        };
        let recorded: Vec<ClockKept> = match (&before, old) {
            (Some(before), Some(old)) => match run(before, old) {
                Ok(clocks) => clocks.into_iter().map(|clock| clock.kept).collect(),
                Err(()) => {
                    unread += 1;
                    continue;
                }
            },
            _ => history.clocks.clone().unwrap_or_default(),
        };
        rows.extend(compare_histories(&history.number, &recorded, &clocks));
    }
    tell(&rows, histories.len(), unread, until, options.as_data);
    Ok(Outcome::Done)
}

fn tell(rows: &[Replay], requests: usize, unread: usize, until: Instant, as_data: bool) {
    let mut turned: BTreeMap<(Kept, Kept), usize> = BTreeMap::new();
    for row in rows {
        *turned.entry((row.was, row.is)).or_default() += 1;
    }
    let differing = rows.iter().filter(|row| row.differs()).count();
    if as_data {
        let turned: Vec<Value> = turned
            .iter()
            .map(|((was, is), count)| json!({ "was": was, "is": is, "clocks": count }))
            .collect();
        let summary = json!({
            "requests": requests, "not_replayed": unread, "clocks": rows.len(), "differing": differing,
            "turned": turned,
        });
        line!("{}", json!({ "until": until, "clocks": rows, "summary": summary }));
        return;
    }
    for row in rows.iter().filter(|row| row.differs()) {
        let due = |clock: Option<&ClockKept>| {
            clock.and_then(|clock| clock.due_at).map_or_else(|| "-".to_owned(), |due| due.to_string())
        };
        let after = row.after.as_ref();
        let clause = after.map_or_else(String::new, |clock| format!(" ({})", clock.clause.mark()));
        line!(
            "{:<12} {:<16} {} {} -> {} {}{clause}",
            row.number,
            row.promise,
            due(row.before.as_ref()),
            name(row.was),
            due(after.map(|clock| &clock.kept)),
            name(row.is),
        );
    }
    for ((was, is), count) in &turned {
        line!("{count} clocks {} -> {}", name(*was), name(*is));
    }
    line!("{requests} requests, {} clocks, {differing} differ, {unread} requests not replayed", rows.len());
}

fn name(kept: Kept) -> &'static str {
    match kept {
        Kept::Kept => "kept",
        Kept::Missed => "missed",
        Kept::Open => "open",
        Kept::Stopped => "stopped",
        Kept::NotOwed => "not owed",
    }
}
