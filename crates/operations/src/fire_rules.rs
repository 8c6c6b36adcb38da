//! Rules are followed: read from the log as webhooks are, and looked at as time passes.
//!
//! A rule fires once for each request and cause. That it did is an event of the request, decided like
//! any other upon the request as it stands, so that it holds whatever node decides, and over restarts.
//! How far the log was read is only a hint where to go on.

use crate::act_for::{Keepers, WhyOff, switch_off_rule};
use crate::assign_requests::hours_of;
use crate::carry_out::{Baggage, Followed, carry_out_rule, is_done_with};
use crate::command_ticket::seal_commands;
use crate::environment::Environment;
use crate::error::Failure;
use crate::fill_template::fill_template;
use crate::folded::Folded;
use crate::keep_rules::{RULE, Rule, Since, must_be_usable, must_keep, rule_of, seconds_left, span_of};
use crate::parse_search::SearchProblemKind;
use crate::pulse::caught;
use crate::read_command::read_command;
use crate::resolve_search::resolve_search;
use crate::use_texts::{filled, values_of, values_outside};
use crate::view_ticket::view_ticket;
use crate::viewer::Viewer;
use crate::webhook_event::{is_asked_for, kind_of};
use async_recursion::async_recursion as boxed;
use calendar::{DayReading, Instant, due};
use desk::{Actor, Audience, MessageKind, ProviderId, Right, Ticket, TicketCommand, TicketId};
use futures_util::FutureExt as _;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use store::{Cursor, Entry, ListQuery, LoggedCommit, Order, RowTest, Search, States, TicketRow, Within};
use terms::Terms;

/// Commits that are read at once, requests and pages of them that a rule on time looks at in one round (the
/// next goes on where it ended), and how long in seconds of product time it rests at the end.
const COMMITS_AT_ONCE: u32 = 100;
const PAGE: u32 = 200;
const PAGES: usize = 25;
const REST_SECONDS: i64 = 30;
/// A rule whose cause was made by rules in so many steps is not followed any more.
const DEEPEST: u8 = 3;
/// A deadline further away than this, in seconds, is not near in anybody's hours: ninety days.
const NEAR_SECONDS: i64 = 90 * 86_400;
/// When a request is looked at again of which nothing but another commit changes what a rule on time finds, and one
/// that could not be read, in seconds.
const UNCHANGED_SECONDS: i64 = 365 * 86_400;
const UNREAD_SECONDS: i64 = 3600;
/// Where rules are kept.
const PAGE_OF_RULES: &str = "/admin/regles";

/// A rule with whoever keeps it, and as it is stored.
struct Kept<'e> {
    rule: Rule,
    keeper: Viewer,
    entry: &'e Entry,
}

/// Follows the rules of every desk as far as the log and the time go. Gives how much it did.
pub(crate) async fn fire_rules(environment: &Environment) -> Result<usize, Failure> {
    let entries = environment.entries_of_all(RULE).await?;
    let mut done = 0;
    let mut keepers = Keepers::new(environment, Right::KeepRules);
    let of_each: Vec<&[Entry]> = entries.chunk_by(|one, other| one.provider == other.provider).collect();
    for of_one in of_each {
        // Boxed: what searching and sealing hold across their waits is too much for callers to name.
        match caught(of_desk(environment, &mut keepers, of_one).boxed()).await {
            Ok(did) => done += did,
            Err(failure) if failure.is_temporary() => return Err(failure),
            Err(failure) => {
                let provider = of_one.first().map(|entry| entry.provider.as_str());
                let error = &failure as &dyn std::error::Error;
                tracing::error!(provider, error, "the rules of a desk could not be followed");
            }
        }
    }
    Ok(done)
}

async fn of_desk(
    environment: &Environment,
    keepers: &mut Keepers<'_>,
    entries: &[Entry],
) -> Result<usize, Failure> {
    let mut kept = Vec::with_capacity(entries.len());
    for entry in entries {
        kept.extend(kept_of(environment, keepers, entry).await?);
    }
    let done = on_events(environment, &kept).await?;
    Ok(done + on_time(environment, &kept).await?)
}

/// A rule that is on, with whoever keeps it; it is switched off where nobody does any more.
async fn kept_of<'e>(
    environment: &Environment,
    keepers: &mut Keepers<'_>,
    entry: &'e Entry,
) -> Result<Option<Kept<'e>>, Failure> {
    let Some(rule) = rule_of(entry).filter(|rule| rule.enabled) else { return Ok(None) };
    match keepers.find(&entry.provider, entry.changed_by).await? {
        Some(keeper) => Ok(Some(Kept { rule, keeper: keeper.clone(), entry })),
        None => {
            switch_off_rule(environment, entry, &rule.title, PAGE_OF_RULES, WhyOff::Unkept).await?;
            Ok(None)
        }
    }
}

/// What becomes of a rule that fails for good, perhaps on one request: where its condition means nothing any more it is
/// switched off, and of anything else whoever runs the desk is told.
async fn set_aside(
    environment: &Environment,
    kept: &Kept<'_>,
    number: Option<&str>,
    failure: &Failure,
) -> Result<(), Failure> {
    let Kept { rule, entry, keeper } = kept;
    if is_of_what_is_gone(failure) {
        // Another node may have changed what the condition names since this one read it.
        environment.entries_changed();
        return match resolve_search(environment, keeper, &rule.condition, environment.now()).await {
            Err(failure) if is_of_what_is_gone(&failure) => {
                let why = WhyOff::MeansNothing { condition: &rule.condition };
                switch_off_rule(environment, entry, &rule.title, PAGE_OF_RULES, why).await
            }
            Err(failure) if failure.is_temporary() => Err(failure),
            _ => Ok(()),
        };
    }
    let error = failure as &dyn std::error::Error;
    tracing::warn!(rule = rule.key, number, error, "a rule could not be followed");
    Ok(())
}

/// Whether a condition names what there is not.
fn is_of_what_is_gone(failure: &Failure) -> bool {
    use SearchProblemKind::{UnknownOperator, UnknownValue};
    matches!(failure, Failure::Search(problem) if matches!(problem.kind, UnknownOperator | UnknownValue))
}

/// Follows the rules that events begin. How many commits are done with: what fails for a moment, or has to wait, is
/// read again from its commit on.
async fn on_events(environment: &Environment, kept: &[Kept<'_>]) -> Result<usize, Failure> {
    let rules: Vec<&Kept<'_>> = kept.iter().filter(|kept| !kept.rule.on.is_empty()).collect();
    let Some(first) = rules.first() else { return Ok(0) };
    let provider = first.keeper.provider.id.clone();
    let store = &environment.store;
    let setting = format!("rules-read:{provider}");
    let read = store.setting(&setting).await?.and_then(|position| position.parse().ok());
    let earliest = rules.iter().map(|kept| kept.rule.from_position).min().unwrap_or_default();
    let position: i64 = read.unwrap_or(earliest).max(earliest);
    let commits = store.commits_since(&provider, position, COMMITS_AT_ONCE).await?;
    let (mut done, mut reached, mut outcome) = (0, None, Ok(()));
    let mut waits = false;
    for commit in &commits {
        match of_commit(environment, &rules, commit).await {
            Ok(true) if !waits => (done, reached) = (done + 1, Some(commit.position)),
            // What waits holds up no other: a rule is followed once for each cause, however often that is read.
            Ok(is_whole) => waits |= !is_whole,
            Err(failure) => {
                outcome = Err(failure);
                break;
            }
        }
    }
    if let Some(reached) = reached {
        store.put_setting(&setting, &reached.to_string()).await?;
    }
    outcome.map(|()| done)
}

/// Follows the rules that one commit begins. Whether it is done with: none of them waits.
async fn of_commit(
    environment: &Environment,
    rules: &[&Kept<'_>],
    commit: &LoggedCommit,
) -> Result<bool, Failure> {
    let mut waits = false;
    for (place, recorded) in commit.commit.iter().enumerate() {
        let kind = kind_of(&recorded.event);
        let (by, depth) = match &recorded.by {
            Actor::Rule { key, depth, .. } => (Some(key.as_str()), *depth),
            _ => (None, 0),
        };
        for kept in rules {
            let rule = &kept.rule;
            if commit.position > rule.from_position
                && is_asked_for(&rule.on, &kind)
                && by != Some(rule.key.as_str())
                && depth < DEEPEST
            {
                let cause = format!("{}.{place}", commit.position);
                let followed = follow(environment, kept, &commit.number, &cause, depth + 1).await?;
                waits |= followed == Followed::Later;
            }
        }
    }
    Ok(!waits)
}

/// How often rules on time fired.
async fn on_time(environment: &Environment, kept: &[Kept<'_>]) -> Result<usize, Failure> {
    let now = environment.now();
    let mut fired = 0;
    for kept in kept.iter().filter(|kept| kept.rule.on.is_empty()) {
        let name = (kept.keeper.provider.id.clone(), kept.rule.key.clone());
        let after = match environment.rule_times.place(&name) {
            Some(Place::Rests(until)) if until > now => continue,
            Some(Place::GoesOn(after)) => Some(after),
            _ => None,
        };
        let next = match caught(fire_due(environment, kept, now, after).boxed()).await {
            Ok((often, next)) => {
                fired += often;
                next
            }
            Err(failure) if failure.is_temporary() => return Err(failure),
            Err(failure) => {
                set_aside(environment, kept, None, &failure).await?;
                None
            }
        };
        let place = next.map_or(Place::Rests(now.plus_seconds(REST_SECONDS)), Place::GoesOn);
        environment.rule_times.leave(name, place);
    }
    Ok(fired)
}

/// How often one rule on time fired among the requests after a place, and where to go on; none at the end.
async fn fire_due(
    environment: &Environment,
    kept: &Kept<'_>,
    now: Instant,
    after: Option<Cursor>,
) -> Result<(usize, Option<Cursor>), Failure> {
    let (due, next) = due_now(environment, &kept.rule, &kept.keeper, now, after).await?;
    let mut fired = 0;
    for (number, cause) in due {
        let followed = follow(environment, kept, &number, &cause, 1).await?;
        fired += usize::from(followed == Followed::Now);
    }
    Ok((fired, next))
}

/// The requests after a place for which a rule on time falls due now, with the cause of each, and where to
/// go on; none at the end.
async fn due_now(
    environment: &Environment,
    rule: &Rule,
    keeper: &Viewer,
    now: Instant,
    after: Option<Cursor>,
) -> Result<(Vec<(String, String)>, Option<Cursor>), Failure> {
    let mut found = Vec::new();
    let mut more = Vec::new();
    if let Some(before) = &rule.before {
        let seconds = seconds_left(before).unwrap_or_default().min(NEAR_SECONDS);
        // What is left in anybody's hours is never more than what is left on the wall.
        let near = Within { from: None, before: Some(now.plus_seconds(NEAR_SECONDS.max(seconds))) };
        more.push(Search::Row(RowTest::Due(near)));
    }
    let (rows, next) = matching(environment, rule, keeper, more, PAGES, after).boxed().await?;
    let waits_for = match (&rule.after, &rule.before) {
        (Some(after), _) => format!("{} {} {}", rule.key, after.since.as_str(), after.span),
        (None, before) => format!("{} before {}", rule.key, before.as_deref().unwrap_or_default()),
    };
    for row in rows {
        let name = (waits_for.clone(), row.id);
        if environment.rule_times.at(&name, row.version).is_some_and(|at| at > now) {
            continue;
        }
        let not_before = match caught(look(environment, rule, keeper, &row, now).boxed()).await {
            Ok(Look::Due(cause)) => {
                found.push((row.number, cause));
                continue;
            }
            Ok(Look::NotBefore(at)) => at,
            Err(failure) if failure.is_temporary() => return Err(failure),
            Err(failure) => {
                let (number, error) = (&row.number, &failure as &dyn std::error::Error);
                tracing::warn!(rule = rule.key, number, error, "a rule could not look at a request");
                now.plus_seconds(UNREAD_SECONDS)
            }
        };
        environment.rule_times.keep(name, row.version, not_before);
    }
    Ok((found, next))
}

/// What a rule on time finds of a request.
enum Look {
    /// It falls due now, for this cause.
    Due(String),
    /// It does not fall due before, unless there is another commit.
    NotBefore(Instant),
}

async fn look(
    environment: &Environment,
    rule: &Rule,
    keeper: &Viewer,
    row: &TicketRow,
    now: Instant,
) -> Result<Look, Failure> {
    let provider = &keeper.provider.id;
    let ticket = Folded::read(environment, provider, row.id).await?.ticket;
    let terms = environment.terms(provider, &ticket.agreement).await?;
    Ok(match falls_due(rule, &ticket, &terms, now) {
        Some((at, _)) if at > now => Look::NotBefore(at),
        Some((_, cause)) if !is_done_with(&ticket, &rule.key, &cause) => Look::Due(cause),
        _ => Look::NotBefore(now.plus_seconds(UNCHANGED_SECONDS)),
    })
}

/// When a rule on time falls due for a request, at the earliest, and the cause: the same instant is the same cause.
/// None where it never does while the request stands as it is.
fn falls_due(rule: &Rule, ticket: &Ticket, terms: &Terms, now: Instant) -> Option<(Instant, String)> {
    if ticket.merged_into.is_some() {
        return None;
    }
    if let Some(after) = &rule.after {
        let of_kind = |kind: MessageKind| {
            let of_kind = ticket.messages.iter().rev().filter(move |message| message.kind == kind);
            of_kind.map(|message| (message.automatic, message.received_at))
        };
        let since = match after.since {
            Since::Opened => ticket.received_at,
            Since::State => ticket.state_since,
            Since::CustomerMessage => of_kind(MessageKind::Incoming).find(|(automatic, _)| !automatic)?.1,
            Since::OurMessage => of_kind(MessageKind::Outgoing).next()?.1,
        };
        let calendar = hours_of(ticket, terms);
        let at = due(since, &span_of(&after.span)?, &DayReading::default(), &calendar, &[]).ok()??;
        return Some((at, format!("{}:{}", after.since.as_str(), since.milliseconds())));
    }
    let wanted = seconds_left(rule.before.as_deref()?)?;
    let place = ticket.nearest_clock()?;
    let reading = ticket.readings(terms, now).into_iter().nth(place)?;
    let (left, due_at) = (reading.left_seconds?, reading.due_at?);
    let cause = format!("before:{}:{}", reading.promise, due_at.milliseconds());
    // No hours pass faster than those on the wall.
    Some((now.plus_seconds((left - wanted).max(0)), cause))
}

/// Requests for which a rule's condition holds; the live ones where it names no state.
async fn matching(
    environment: &Environment,
    rule: &Rule,
    keeper: &Viewer,
    more: Vec<Search>,
    pages: usize,
    after: Option<Cursor>,
) -> Result<(Vec<TicketRow>, Option<Cursor>), Failure> {
    let (mut all, mut names_state) = (more, false);
    if !rule.condition.trim().is_empty() {
        let resolved = resolve_search(environment, keeper, &rule.condition, environment.now()).await?;
        names_state = resolved.names_state;
        all.push(resolved.search);
    }
    let mut list = ListQuery {
        states: if names_state { States::All } else { States::Live },
        search: (!all.is_empty()).then_some(Search::All(all)),
        order: Order::Arrival,
        limit: PAGE,
        after,
        ..ListQuery::live(keeper.provider.id.clone())
    };
    let mut found = Vec::new();
    for _ in 0..pages {
        let page = environment.store.list_tickets(&list).await?;
        let is_last = page.len() < PAGE as usize;
        list.after = page.last().map(|row| Cursor::after(row, Order::Arrival));
        found.extend(page);
        if is_last {
            return Ok((found, None));
        }
    }
    Ok((found, list.after))
}

/// Follows a rule on a request. One that fails holds up none of the others, but where the same may succeed in a moment.
async fn follow(
    environment: &Environment,
    kept: &Kept<'_>,
    number: &str,
    cause: &str,
    depth: u8,
) -> Result<Followed, Failure> {
    match caught(fire(environment, kept, number, cause, depth).boxed()).await {
        Err(failure) if !failure.is_temporary() => {
            set_aside(environment, kept, Some(number), &failure).await?;
            Ok(Followed::Not)
        }
        followed => followed,
    }
}

async fn fire(
    environment: &Environment,
    kept: &Kept<'_>,
    number: &str,
    cause: &str,
    depth: u8,
) -> Result<Followed, Failure> {
    let (rule, keeper) = (&kept.rule, &kept.keeper);
    let found = environment.store.ticket_by_number(number).await?;
    let Some((provider, id)) = found else { return Ok(Followed::Not) };
    if !rule.condition.trim().is_empty() {
        let resolved = resolve_search(environment, keeper, &rule.condition, environment.now()).await?;
        let sequence = number.rsplit_once('-').and_then(|(_, digits)| digits.parse().ok()).unwrap_or(0);
        let this = Search::Row(RowTest::Sequence(sequence));
        let list = ListQuery {
            states: States::All,
            search: Some(Search::All(vec![resolved.search, this])),
            order: Order::Updated,
            limit: 1,
            ..ListQuery::live(provider.clone())
        };
        if environment.store.list_tickets(&list).await?.is_empty() {
            return Ok(Followed::Not);
        }
    }
    let view = view_ticket(environment, keeper, number).await?;
    let values = values_of(environment, keeper, &view);
    let told_outside = values_outside(keeper, &view, &values);
    let mut baggage = Baggage::default();
    let told = rule.tell.iter().map(|tell| {
        let is_outside = Audience::of_role(&tell.to) == Audience::Requester;
        let values = if is_outside { &told_outside } else { &values };
        let body = fill_template(&tell.body, |name| values.get(name).cloned().unwrap_or_default());
        (tell.to.clone(), baggage.sealed.text(environment, &body))
    });
    let told = told.collect();
    let mut requests = Vec::with_capacity(rule.then.len());
    for (place, step) in rule.then.iter().enumerate() {
        let values = if step.command == "note" { &values } else { &told_outside };
        let mut fields = filled(step, values);
        if step.command == "reply" {
            // Nobody has looked at the matter.
            fields.insert("technical".to_owned(), Value::Bool(false));
        }
        let read = read_command(environment, keeper, number, &step.command, fields).await;
        requests.push(read.map_err(|failure| Failure::at_step(place, failure))?);
    }
    let commands = seal_commands(environment, keeper, id, requests, &mut baggage).await?;
    let first =
        TicketCommand::FireRule { rule: rule.key.clone(), cause: cause.to_owned(), told, refused: None };
    let actor = Actor::Rule { key: rule.key.clone(), keeper: keeper.person.id, depth };
    carry_out_rule(environment, &provider, id, first, commands, &actor, baggage).await
}

/// The numbers of the requests that a rule would touch now, the latest first; at most 200. For a rule on
/// events: those for which its condition holds, should the event come.
///
/// # Errors
/// - the viewer does not keep rules;
/// - something of the rule is not usable;
/// - the store fails.
#[boxed]
pub async fn rehearse_rule(
    environment: &Environment,
    viewer: &Viewer,
    rule: &Rule,
) -> Result<Vec<String>, Failure> {
    must_keep(viewer)?;
    must_be_usable(environment, viewer, rule).await?;
    if rule.on.is_empty() {
        let (found, _) = due_now(environment, rule, viewer, environment.now(), None).await?;
        return Ok(found.into_iter().map(|(number, _)| number).take(PAGE as usize).collect());
    }
    let (rows, _) = matching(environment, rule, viewer, Vec::new(), 1, None).await?;
    Ok(rows.into_iter().map(|row| row.number).collect())
}

/// When rules on time fall due for requests at a version, as computed before: nothing but another commit
/// moves it. Losing it costs a computation.
#[derive(Debug, Default)]
pub(crate) struct RuleTimes {
    times: Mutex<HashMap<RuleTime, (u64, Instant)>>,
    places: Mutex<HashMap<(ProviderId, String), Place>>,
}

/// Which rule waits for what, on which request.
type RuleTime = (String, TicketId);

/// Where a rule on time is in its pass over the requests.
#[derive(Clone, Copy, Debug)]
enum Place {
    /// It goes on after a request, for it did not come to the end in one round.
    GoesOn(Cursor),
    /// It came to the end, and begins anew then.
    Rests(Instant),
}

/// How many are kept.
const TIMES_AT_MOST: usize = 200_000;

impl RuleTimes {
    fn at(&self, name: &RuleTime, version: u64) -> Option<Instant> {
        let kept = self.times.lock().unwrap_or_else(PoisonError::into_inner).get(name).copied();
        kept.filter(|(known, _)| *known == version).map(|(_, at)| at)
    }

    fn place(&self, rule: &(ProviderId, String)) -> Option<Place> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner).get(rule).copied()
    }

    fn leave(&self, rule: (ProviderId, String), place: Place) {
        self.places.lock().unwrap_or_else(PoisonError::into_inner).insert(rule, place);
    }

    fn keep(&self, name: RuleTime, version: u64, at: Instant) {
        let mut kept = self.times.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= TIMES_AT_MOST {
            kept.clear();
        }
        kept.insert(name, (version, at));
    }
}

#[cfg(test)]
mod tests {
    use super::RuleTimes;
    use calendar::Instant;
    use desk::TicketId;

    #[test]
    fn what_a_rule_found_holds_until_another_commit() {
        let (times, name) = (RuleTimes::default(), ("tard opened 1 day".to_owned(), TicketId(1)));
        let at = Instant::parse("2026-08-14T10:00:00Z").expect("an instant");
        times.keep(name.clone(), 3, at);
        assert_eq!((times.at(&name, 3), times.at(&name, 4)), (Some(at), None));
        let of_other = ("relance opened 1 day".to_owned(), TicketId(1));
        assert_eq!(times.at(&of_other, 3), None, "another rule may not have fired");
        times.keep(name.clone(), 4, at);
        assert_eq!((times.at(&name, 3), times.at(&name, 4)), (None, Some(at)));
    }
}
