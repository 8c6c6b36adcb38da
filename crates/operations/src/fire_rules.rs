//! Rules are followed: read from the log as webhooks are, and looked at as time passes.
//!
//! A rule fires once for each request and cause. That it did is an event of the request, decided like
//! any other upon the request as it stands, so that it holds whatever node decides, and over restarts.
//! How far the log was read is only a hint where to go on.

use crate::act_for::{Keepers, switch_off_rule};
use crate::assign_requests::hours_of;
use crate::carry_out::{Baggage, carry_out_rule};
use crate::command_ticket::seal_commands;
use crate::environment::Environment;
use crate::error::Failure;
use crate::fill_template::fill_template;
use crate::folded::Folded;
use crate::keep_rules::{RULE, Rule, Since, must_be_usable, must_keep, rule_of, seconds_left, span_of};
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
use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError};
use store::{Cursor, Entry, ListQuery, Order, RowTest, Search, States, TicketRow, Within};
use terms::Terms;

/// Commits that are read at once, requests and pages of them that a rule on time looks at in one round (the
/// next goes on where it ended), and how often in seconds of product time it begins anew.
const COMMITS_AT_ONCE: u32 = 100;
const PAGE: u32 = 200;
const PAGES: usize = 25;
const EVERY_SECONDS: i64 = 30;
/// A rule whose cause was made by rules in so many steps is not followed any more.
const DEEPEST: u8 = 3;
/// A deadline further away than this, in seconds, is not near in anybody's hours: ninety days.
const NEAR_SECONDS: i64 = 90 * 86_400;

/// A rule with whoever keeps it.
struct Kept {
    rule: Rule,
    keeper: Viewer,
}

/// Follows the rules of every desk as far as the log and the time go. Gives how much it did.
pub(crate) async fn fire_rules(environment: &Environment) -> Result<usize, Failure> {
    let entries = environment.entries_of_all(RULE).await?;
    let (mut done, mut is_whole) = (0, true);
    let mut keepers = Keepers::new(environment, Right::KeepRules);
    let of_each: Vec<&[Entry]> = entries.chunk_by(|one, other| one.provider == other.provider).collect();
    for of_one in of_each {
        let mut kept = Vec::with_capacity(of_one.len());
        for entry in of_one {
            kept.extend(kept_of(environment, &mut keepers, entry).await?);
        }
        done += on_events(environment, &kept).await?;
        let (fired, to_the_end) = on_time(environment, &kept).await?;
        done += fired;
        is_whole &= to_the_end;
    }
    if !entries.is_empty() && is_whole {
        let now = environment.now().seconds();
        if now - environment.rules_looked_at.load(Ordering::Relaxed) >= EVERY_SECONDS {
            environment.rules_looked_at.store(now, Ordering::Relaxed);
        }
    }
    Ok(done)
}

/// A rule that is on, with whoever keeps it; it is switched off where nobody does any more.
async fn kept_of(
    environment: &Environment,
    keepers: &mut Keepers<'_>,
    entry: &Entry,
) -> Result<Option<Kept>, Failure> {
    let Some(rule) = rule_of(entry).filter(|rule| rule.enabled) else { return Ok(None) };
    match keepers.find(&entry.provider, entry.changed_by).await? {
        Some(keeper) => Ok(Some(Kept { rule, keeper: keeper.clone() })),
        None => {
            switch_off_rule(environment, entry, &rule.title, "/admin/regles").await?;
            Ok(None)
        }
    }
}

fn begun_by_events(kept: &[Kept]) -> Vec<&Kept> {
    kept.iter().filter(|kept| !kept.rule.on.is_empty()).collect()
}

async fn on_events(environment: &Environment, kept: &[Kept]) -> Result<usize, Failure> {
    let rules = begun_by_events(kept);
    let Some(first) = rules.first() else { return Ok(0) };
    let provider = first.keeper.provider.id.clone();
    let store = &environment.store;
    let setting = format!("rules-read:{provider}");
    let read = store.setting(&setting).await?.and_then(|position| position.parse().ok());
    let earliest = rules.iter().map(|kept| kept.rule.from_position).min().unwrap_or_default();
    let position: i64 = read.unwrap_or(earliest).max(earliest);
    let commits = store.commits_since(&provider, position, COMMITS_AT_ONCE).await?;
    for commit in &commits {
        for (place, recorded) in commit.commit.iter().enumerate() {
            let kind = kind_of(&recorded.event);
            let (by, depth) = match &recorded.by {
                Actor::Rule { key, depth, .. } => (Some(key.as_str()), *depth),
                _ => (None, 0),
            };
            for kept in &rules {
                let rule = &kept.rule;
                if commit.position > rule.from_position
                    && is_asked_for(&rule.on, &kind)
                    && by != Some(rule.key.as_str())
                    && depth < DEEPEST
                {
                    let cause = format!("{}.{place}", commit.position);
                    fire_logged(environment, kept, &commit.number, &cause, depth + 1).await;
                }
            }
        }
    }
    if let Some(last) = commits.last() {
        store.put_setting(&setting, &last.position.to_string()).await?;
    }
    Ok(commits.len())
}

/// How often rules on time fired, and whether each of them saw every request that it may concern.
async fn on_time(environment: &Environment, kept: &[Kept]) -> Result<(usize, bool), Failure> {
    let now = environment.now();
    if now.seconds() - environment.rules_looked_at.load(Ordering::Relaxed) < EVERY_SECONDS {
        return Ok((0, true));
    }
    let (mut fired, mut is_whole) = (0, true);
    for kept in kept {
        if !kept.rule.on.is_empty() {
            continue;
        }
        let name = (kept.keeper.provider.id.clone(), kept.rule.key.clone());
        let after = environment.rule_times.place(&name);
        let (due, next) = due_now(environment, &kept.rule, &kept.keeper, now, after).await?;
        is_whole &= next.is_none();
        environment.rule_times.leave(name, next);
        for (number, cause) in due {
            fired += usize::from(fire_logged(environment, kept, &number, &cause, 1).await);
        }
    }
    Ok((fired, is_whole))
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
    for row in rows {
        let waits_for = rule.after.as_ref().map(|after| format!("{} {}", after.since.as_str(), after.span));
        let key = (waits_for.unwrap_or_default(), row.id, row.version);
        if environment.rule_times.at(&key).is_some_and(|at| at > now) {
            continue;
        }
        let folded = Folded::read(environment, &keeper.provider.id, row.id).await?;
        let terms = environment.terms(&keeper.provider.id, &row.agreement).await?;
        match falls_due(rule, &folded.ticket, &terms, now) {
            Some((at, _)) if at > now => environment.rule_times.keep(key, at),
            Some((_, cause)) if !folded.ticket.fired.contains(&(rule.key.clone(), cause.clone())) => {
                found.push((row.number, cause));
            }
            _ => {}
        }
    }
    Ok((found, next))
}

/// When a rule on time falls due for a request, and the cause: the same instant is the same cause.
fn falls_due(rule: &Rule, ticket: &Ticket, terms: &Terms, now: Instant) -> Option<(Instant, String)> {
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
    (left <= wanted).then(|| (now, format!("before:{}:{}", reading.promise, due_at.milliseconds())))
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

/// One request that fails holds up none of the others. Whether the rule fired.
async fn fire_logged(environment: &Environment, kept: &Kept, number: &str, cause: &str, depth: u8) -> bool {
    // Boxed: what searching and sealing hold across their waits is too much for callers to name.
    match caught(fire(environment, kept, number, cause, depth).boxed()).await {
        Ok(fired) => fired,
        Err(failure) => {
            let error = &failure as &dyn std::error::Error;
            tracing::warn!(rule = kept.rule.key, number, error, "a rule could not be followed");
            false
        }
    }
}

async fn fire(
    environment: &Environment,
    kept: &Kept,
    number: &str,
    cause: &str,
    depth: u8,
) -> Result<bool, Failure> {
    let (rule, keeper) = (&kept.rule, &kept.keeper);
    let Some((provider, id)) = environment.store.ticket_by_number(number).await? else { return Ok(false) };
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
            return Ok(false);
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
    carry_out_rule(environment, &provider, id, first, commands, &actor, baggage, |_| true).await
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
    times: Mutex<HashMap<RuleTime, Instant>>,
    /// Where rules go on that did not come to the end in one round.
    places: Mutex<HashMap<(ProviderId, String), Cursor>>,
}

/// What a rule waits for, for which request at which version.
type RuleTime = (String, TicketId, u64);

/// How many are kept.
const TIMES_AT_MOST: usize = 200_000;

impl RuleTimes {
    fn at(&self, key: &RuleTime) -> Option<Instant> {
        self.times.lock().unwrap_or_else(PoisonError::into_inner).get(key).copied()
    }

    fn place(&self, rule: &(ProviderId, String)) -> Option<Cursor> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner).get(rule).copied()
    }

    fn leave(&self, rule: (ProviderId, String), place: Option<Cursor>) {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        match place {
            Some(place) => places.insert(rule, place),
            None => places.remove(&rule),
        };
    }

    fn keep(&self, key: RuleTime, at: Instant) {
        let mut kept = self.times.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= TIMES_AT_MOST {
            kept.clear();
        }
        kept.insert(key, at);
    }
}
