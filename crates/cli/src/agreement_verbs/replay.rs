use crate::agreement_verbs::{compiled, read, wrong};
use crate::config::Config;
use crate::failure::{Outcome, VerbFailure};
use crate::print::line;
use crate::{demo, serve, wire};
use agreement::{ClockKept, Compilation, History, Kept, Options, Replay, compare_histories, read_history};
use calendar::Instant;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use words::Language;

/// Where histories come from.
pub enum Source<'a> {
    /// A file of them, one request a line.
    File(&'a Path),
    /// The store that a configuration names.
    Store(&'a Path),
    /// The store in the folder of a demo.
    Demo(&'a Path),
}

/// What `replay` compares, and how it tells it.
pub struct ReplayOptions<'a> {
    /// The document under which histories run.
    pub file: &'a Path,
    /// Where the histories come from.
    pub source: Source<'a>,
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
    let asked =
        options.until.map(|until| Instant::parse(until).map_err(|error| wrong("--until", error.to_string())));
    let asked = asked.transpose()?;
    let (path, text, now) = match &options.source {
        Source::File(file) => {
            let (path, text) = read(file)?;
            (path, text, None)
        }
        store => {
            let key = after.terms.as_ref().map_or("", |terms| terms.name.key.as_str());
            let (text, now) = from_store(store, key, asked)?;
            ("store".to_owned(), text, Some(now))
        }
    };
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
    let last = || histories.iter().map(|(_, history, _)| history.last_at).max();
    let until = asked.or(now).or_else(last).unwrap_or(Instant::EPOCH);
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

/// The histories of a store, one a line, and the instant at which their clocks were read. Only reads;
/// a store of an earlier form of the tables is brought up to date first, as by every verb.
fn from_store(
    source: &Source<'_>,
    agreement_key: &str,
    until: Option<Instant>,
) -> Result<(String, Instant), VerbFailure> {
    wire::runtime()?.block_on(async {
        let (store, clock, installation) = match source {
            Source::Demo(folder) => {
                let (store, clock) = wire::demonstration(folder).await?;
                (store, clock, demo::installation(String::new(), true))
            }
            Source::Store(file) | Source::File(file) => {
                let config = Config::read(file)?;
                let store = wire::standing(&config).await?;
                (store, operations::ProductClock::default(), serve::installation(&config)?)
            }
        };
        let environment = wire::beside(store, clock, installation);
        let until = until.unwrap_or_else(|| environment.now());
        let histories = operations::tell_histories(&environment, agreement_key, until).await?;
        let lines: Vec<String> = histories.iter().map(ToString::to_string).collect();
        Ok((lines.join("\n"), until))
    })
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
