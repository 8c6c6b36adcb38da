use crate::deed::Happening;
use crate::refused::{Refused, Why};
use calendar::Instant;
use serde::{Deserialize, Serialize};
use std::borrow::Borrow;
use std::collections::BTreeSet;
use terms::{Answer, Clause, Evaluation, Facts, Label, PauseRule, Task, Terms};

/// How a duty of the customer, or a step of the agent, stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Duty {
    /// Name in the document.
    pub task: String,
    /// What people read.
    pub label: Label,
    /// The clause.
    pub clause: Clause,
    /// Whose it is; none while a fact that decides it is unknown.
    pub owner: Option<String>,
    /// From when it is owed: when it was asked, or when the hours in which it is asked open again.
    pub due_from: Option<Instant>,
    /// How it stands.
    pub state: DutyState,
    /// Acts that wait for it now.
    pub blocks: Vec<String>,
}

/// How a duty stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DutyState {
    /// Nobody asked for it.
    NotAsked,
    /// Asked for outside its hours.
    Later,
    /// Owed now.
    Due,
    /// Done.
    Done,
    /// Refused.
    Refused,
}

impl DutyState {
    /// The name as examples and programs write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotAsked => "not_asked",
            Self::Later => "later",
            Self::Due => "due",
            Self::Done => "done",
            Self::Refused => "refused",
        }
    }
}

/// Every duty of a request as it stands at `now`, in the order of the document.
///
/// `log` is what happened, with the facts as they stood then. A duty is asked for by the event the
/// document names, or by `asked` with its name as `task`; one that names neither an event nor what it
/// asks stands from the opening. `fulfilled`, `refused` and `taken_over` settle it.
#[must_use]
pub fn duties<F: Borrow<Facts>>(
    terms: &Terms,
    log: &[(Happening, F)],
    facts: &Facts,
    now: Instant,
) -> Vec<Duty> {
    terms.tasks.iter().map(|task| duty(terms, task, log, facts, now)).collect()
}

fn duty<F: Borrow<Facts>>(
    terms: &Terms,
    task: &Task,
    log: &[(Happening, F)],
    facts: &Facts,
    now: Instant,
) -> Duty {
    let evaluation = Evaluation::new(terms, facts, now);
    let of_task = |event: &str| {
        let about = |happening: &&Happening| {
            happening.event == event && happening.attributes.text("task") == Some(task.name.as_str())
        };
        log.iter().map(|(happening, _)| happening).rfind(about)
    };
    let by_event = task.on.as_ref().and_then(|on| {
        let matches = |(happening, known): &&(Happening, F)| {
            let asked =
                Evaluation::new(terms, known.borrow(), happening.at).during_event(&happening.attributes);
            happening.event == on.event && on.when.ask(&asked) == Answer::Yes
        };
        log.iter().rfind(matches).map(|(happening, _)| happening.at)
    });
    let standing = (task.on.is_none() && task.ask.is_none()).then(|| log.first().map(|(first, _)| first.at));
    let asked_at = by_event.max(of_task("asked").map(|asked| asked.at)).or(standing.flatten());
    let hours = task.during.as_ref().and_then(|name| terms.calendar(name, facts).ok());
    let due_from = asked_at.and_then(|asked_at| match &hours {
        Some(hours) if !hours.is_open(asked_at) => hours.next_opening(asked_at),
        _ => Some(asked_at),
    });
    let since = |settled: Option<&Happening>| {
        settled.is_some_and(|settled| asked_at.is_some_and(|asked_at| settled.at >= asked_at))
    };
    let state = match due_from {
        None => DutyState::NotAsked,
        Some(_) if since(of_task("fulfilled")) => DutyState::Done,
        Some(_) if since(of_task("refused")) => DutyState::Refused,
        Some(due_from) if due_from > now => DutyState::Later,
        Some(_) => DutyState::Due,
    };
    let waits = match state {
        DutyState::Due | DutyState::Later => true,
        DutyState::Refused => task.refusal.as_deref() != Some("no fault"),
        DutyState::NotAsked | DutyState::Done => false,
    };
    let taken_over = of_task("taken_over").and_then(|taken| taken.attributes.text("by"));
    let owner = taken_over.map(str::to_owned).or_else(|| task.who.resolve(&evaluation, &mut BTreeSet::new()));
    Duty {
        task: task.name.clone(),
        label: task.label.clone(),
        clause: task.clause.clone(),
        owner,
        due_from,
        state,
        blocks: if waits && !task.optional { task.blocks.clone() } else { Vec::new() },
    }
}

/// The duties that an act waits for.
#[must_use]
pub fn waiting_for<'a>(duties: &'a [Duty], act: &str) -> Vec<&'a Duty> {
    duties.iter().filter(|duty| duty.blocks.iter().any(|blocked| blocked == act)).collect()
}

/// Whether a duty is fulfilled by what is given with it.
///
/// # Errors
/// The document asks that one of certain things be given, and none was.
pub fn fulfil(task: &Task, given: &BTreeSet<String>) -> Result<(), Refused> {
    if task.needs_one.is_empty() || task.needs_one.iter().any(|name| given.contains(name)) {
        return Ok(());
    }
    Err(Refused::new(Why::Missing { names: task.needs_one.clone() }, &task.clause))
}

/// Whether somebody may do the duty of another.
///
/// # Errors
/// The document does not name that role.
pub fn take_over(task: &Task, by: &str) -> Result<(), Refused> {
    if task.may_take_over.iter().any(|role| role == by) {
        return Ok(());
    }
    Err(Refused::new(Why::NotBy { roles: task.may_take_over.clone() }, &task.clause))
}

/// Whether the lack of a duty justifies a pause.
///
/// # Errors
/// The document names other duties for it.
pub fn justifies(pause: &PauseRule, task: &str) -> Result<(), Refused> {
    if pause.tasks.is_empty() || pause.tasks.iter().any(|name| name == task) {
        return Ok(());
    }
    Err(Refused::new(Why::Missing { names: pause.tasks.clone() }, &pause.clause))
}

/// Whether a pause has lost its ground: duties were asked for it, and none of them is still lacking.
#[must_use]
pub fn ground_is_gone(pause: &PauseRule, duties: &[Duty]) -> bool {
    let of_pause = |duty: &&Duty| pause.tasks.contains(&duty.task) && duty.state != DutyState::NotAsked;
    let mut asked = duties.iter().filter(of_pause).peekable();
    asked.peek().is_some() && asked.all(|duty| duty.state == DutyState::Done)
}
