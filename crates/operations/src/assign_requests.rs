//! Requests that nobody has are given to somebody, by the rules of the desk.
//!
//! That it was done is an event of the request, decided like any other upon the request as it stands: once
//! for each team that it comes to, whatever node decides, and never again after somebody gave it back.

use crate::act_for::{Keepers, WhyOff, switch_off_rule};
use crate::answering::wanted_language;
use crate::at_work::AtWork;
use crate::carry_out::{Baggage, carry_out_at_once, is_done_with};
use crate::environment::Environment;
use crate::error::Failure;
use crate::folded::Folded;
use crate::keep_assignment::{ASSIGNMENT, AssignTo, AssignmentRule, adviser_of, in_order};
use crate::pulse::caught;
use calendar::{Calendar, Instant};
use desk::{Actor, Person, PersonId, ProviderId, Right, Ticket, TicketCommand, TicketId};
use futures_util::FutureExt as _;
use meters::Course;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use store::{Assignee, Entry, ListQuery, States};
use terms::{FactValue, Terms};

/// Requests looked at together, and pages of them at once.
const PAGE: u32 = 200;
const PAGES: usize = 25;
/// How long, in seconds of product time, a request waits at most until it is looked at again for which nobody was there
/// or whose agreement refused it, and a desk on which nothing happened.
const AGAIN_SECONDS: i64 = 300;
const QUIET_SECONDS: i64 = 30;

/// Gives the requests of every desk that has rules for it. Gives how many it gave.
pub(crate) async fn assign_requests(environment: &Environment) -> Result<usize, Failure> {
    let entries = environment.entries_of_all(ASSIGNMENT).await?;
    let mut given = 0;
    for of_one in entries.chunk_by(|one: &Entry, other: &Entry| one.provider == other.provider) {
        // Boxed: what is held across the waits is too much for callers to name.
        given += of_desk(environment, of_one).boxed().await?;
    }
    Ok(given)
}

async fn of_desk(environment: &Environment, entries: &[Entry]) -> Result<usize, Failure> {
    let mut rules: Vec<AssignmentRule> = in_order(entries).into_iter().filter(|rule| rule.enabled).collect();
    let Some(first) = entries.first().filter(|_| !rules.is_empty()) else { return Ok(0) };
    let (provider, now) = (&first.provider, environment.now());
    let position = environment.store.latest_position(provider).await?;
    if environment.assigned_later.is_quiet(provider, position, now) {
        return Ok(0);
    }
    let mut keepers = Keepers::new(environment, Right::KeepRules);
    for entry in entries {
        let Some(place) = rules.iter().position(|rule| rule.key == entry.key) else { continue };
        if keepers.find(provider, entry.changed_by).await?.is_none() {
            let title = rules.remove(place).title;
            switch_off_rule(environment, entry, &title, "/admin/affectation", WhyOff::Unkept).await?;
        }
    }
    let work = environment.at_work(provider).await?;
    let mut desk = Giving {
        environment,
        provider,
        rules: &rules,
        entries,
        work,
        now,
        loads: None,
        turns: HashMap::new(),
    };
    let mut list = ListQuery {
        assignee: Some(Assignee::Nobody),
        states: States::Live,
        limit: PAGE,
        ..ListQuery::live(provider.clone())
    };
    let mut given = 0;
    for _ in 0..PAGES {
        let page = environment.store.list_tickets(&list).await?;
        list.after = page.last().map(|row| store::Cursor::after(row, list.order));
        for row in &page {
            if environment.assigned_later.waits(row.id, row.version, now) {
                continue;
            }
            match caught(desk.give(row.id)).await {
                Ok(true) => given += 1,
                Ok(false) => {}
                Err(failure) if failure.is_temporary() => return Err(failure),
                Err(failure) => {
                    let error = &failure as &dyn std::error::Error;
                    tracing::warn!(number = row.number, error, "a request could not be given to anybody");
                    environment.assigned_later.put_off(row.id, row.version, now.plus_seconds(AGAIN_SECONDS));
                }
            }
        }
        if page.len() < PAGE as usize {
            break;
        }
    }
    environment.assigned_later.quiet(provider, position, now.plus_seconds(QUIET_SECONDS));
    Ok(given)
}

/// One pass over the requests of one desk.
struct Giving<'a> {
    environment: &'a Environment,
    provider: &'a ProviderId,
    rules: &'a [AssignmentRule],
    entries: &'a [Entry],
    work: Arc<AtWork>,
    now: Instant,
    /// Live requests of each, once they were counted.
    loads: Option<HashMap<PersonId, u64>>,
    /// Who was last in turn, by rule.
    turns: HashMap<String, Option<PersonId>>,
}

impl Giving<'_> {
    /// Gives a request to whom the first rule finds. Whether it was given.
    async fn give(&mut self, id: TicketId) -> Result<bool, Failure> {
        let (environment, now) = (self.environment, self.now);
        let folded = Folded::read(environment, self.provider, id).await?;
        let ticket = &folded.ticket;
        let cause = format!("team {}", ticket.team.as_deref().unwrap_or_default());
        let later = |at: Instant| environment.assigned_later.put_off(id, ticket.version, at);
        if ticket.assignee.is_some() || !ticket.is_live() || is_done_with(ticket, ASSIGNMENT, &cause) {
            later(now.plus_seconds(365 * 86_400));
            return Ok(false);
        }
        let terms = environment.terms(self.provider, &ticket.agreement).await?;
        let hours = hours_of(ticket, &terms);
        if !hours.is_open(now) {
            let opens = hours.next_opening(now).unwrap_or(now.plus_seconds(AGAIN_SECONDS));
            later(opens.min(now.plus_seconds(12 * AGAIN_SECONDS)));
            return Ok(false);
        }
        let hours = TeamHours::of(environment, ticket, &terms, &self.work, now).await?;
        let Some((rule, person)) = self.choose(ticket, &hours).await? else {
            let opens =
                hours.first_opening().filter(|at| *at > now).unwrap_or(now.plus_seconds(AGAIN_SECONDS));
            later(opens.min(now.plus_seconds(12 * AGAIN_SECONDS)));
            return Ok(false);
        };
        let entry =
            self.entries.iter().find(|entry| entry.key == rule).ok_or(Failure::NotFound { what: "rule" })?;
        let firing =
            TicketCommand::FireRule { rule: ASSIGNMENT.to_owned(), cause, told: Vec::new(), refused: None };
        let assign = TicketCommand::Assign { to: Some(person), team: None };
        let actor = Actor::Rule { key: rule.clone(), keeper: entry.changed_by, depth: 1 };
        let (commands, as_read) = (vec![firing, assign], Some(ticket.version));
        let baggage = Baggage::default();
        let given = carry_out_at_once(environment, self.provider, id, commands, &actor, as_read, baggage);
        match given.await {
            Ok(()) => {}
            // Somebody was faster, and it is looked at as it then is.
            Err(Failure::Changed { .. }) => return Ok(false),
            // What the agreement wants first may come to be without another commit, such as an hour.
            Err(Failure::Step { why, .. }) if matches!(*why, Failure::Refused(_)) => {
                later(now.plus_seconds(AGAIN_SECONDS));
                return Ok(false);
            }
            Err(failure) => return Err(failure),
        }
        if let Some(loads) = &mut self.loads {
            *loads.entry(person).or_default() += 1;
        }
        if let Some(last) = self.turns.get_mut(&rule) {
            *last = Some(person);
            let setting = turn_setting(self.provider, &rule);
            environment.store.put_setting(&setting, &person.to_string()).await?;
        }
        Ok(true)
    }

    /// Who gets a request, and by which rule.
    async fn choose(
        &mut self,
        ticket: &Ticket,
        hours: &TeamHours,
    ) -> Result<Option<(String, PersonId)>, Failure> {
        let language = wanted_language(self.environment, ticket).await?;
        for rule in self.rules {
            if !is_meant(rule, ticket, language.as_deref()) {
                continue;
            }
            let candidates = candidates(rule, ticket, &self.work, language.as_deref(), hours, self.now);
            let found = match rule.to {
                AssignTo::Adviser => match ticket.account {
                    Some(account) => {
                        let adviser = adviser_of(self.environment, self.provider, account).await?;
                        let there = adviser.and_then(|adviser| self.work.stand_in(adviser, self.now));
                        there.filter(|person| candidates.contains(person))
                    }
                    None => None,
                },
                AssignTo::LeastLoaded => self.least_loaded(&candidates).await?,
                AssignTo::Turn => self.in_turn(&rule.key, &candidates).await?,
            };
            if let Some(person) = found {
                return Ok(Some((rule.key.clone(), person)));
            }
        }
        Ok(None)
    }

    async fn least_loaded(&mut self, candidates: &[PersonId]) -> Result<Option<PersonId>, Failure> {
        if self.loads.is_none() {
            let mut loads = HashMap::new();
            for person in &self.work.staff {
                let counts = self.environment.store.counts(self.provider, None, Some(person.id)).await?;
                loads.insert(person.id, counts.mine);
            }
            self.loads = Some(loads);
        }
        let loads = self.loads.as_ref();
        let load = |person: &PersonId| loads.and_then(|loads| loads.get(person).copied()).unwrap_or_default();
        Ok(candidates.iter().copied().min_by_key(|person| (load(person), *person)))
    }

    async fn in_turn(&mut self, rule: &str, candidates: &[PersonId]) -> Result<Option<PersonId>, Failure> {
        if !self.turns.contains_key(rule) {
            let kept = self.environment.store.setting(&turn_setting(self.provider, rule)).await?;
            self.turns.insert(rule.to_owned(), kept.and_then(|text| text.parse().ok()));
        }
        Ok(next_in_turn(candidates, self.turns.get(rule).copied().flatten()))
    }
}

/// Under which name the store keeps who was last in turn.
fn turn_setting(provider: &ProviderId, rule: &str) -> String {
    format!("assignment-turn:{provider}:{rule}")
}

/// Whoever comes after the last, by id, and the first after them all.
fn next_in_turn(candidates: &[PersonId], last: Option<PersonId>) -> Option<PersonId> {
    let mut sorted = candidates.to_vec();
    sorted.sort_unstable();
    let after = sorted.iter().find(|person| last.is_none_or(|last| **person > last));
    after.or(sorted.first()).copied()
}

/// Whether a rule speaks of a request.
fn is_meant(rule: &AssignmentRule, ticket: &Ticket, language: Option<&str>) -> bool {
    let says = |name: &str, wanted: &str| match ticket.facts.get(name) {
        Some(FactValue::YesNo(value)) => matches!((value, wanted), (true, "yes") | (false, "no")),
        Some(FactValue::Names(values)) => values.contains(wanted),
        Some(value) => value.as_text().is_some_and(|value| value.eq_ignore_ascii_case(wanted)),
        None => false,
    };
    rule.of.iter().all(|(name, wanted)| says(name, wanted))
        && rule.language.as_deref().is_none_or(|wanted| language == Some(wanted))
}

/// Who may get a request by a rule: who is there, of the team that it is with, and of the rule's.
fn candidates(
    rule: &AssignmentRule,
    ticket: &Ticket,
    work: &AtWork,
    language: Option<&str>,
    hours: &TeamHours,
    now: Instant,
) -> Vec<PersonId> {
    let plain = |key: &str| key.replace('_', "-");
    let of_ticket = ticket.team.as_deref().map(plain);
    let of_ticket = work.teams.iter().find(|team| Some(plain(&team.key)) == of_ticket);
    let of_ticket = of_ticket.filter(|team| !team.members.is_empty());
    let of_rule = rule.team.as_ref().map(|key| work.teams.iter().find(|team| team.key == *key));
    let is_fit = |person: &&Person| {
        of_ticket.is_none_or(|team| team.members.contains(&person.id))
            && of_rule.is_none_or(|team| team.is_some_and(|team| team.members.contains(&person.id)))
            && rule.skill.as_deref().is_none_or(|skill| work.knows(person.id, skill))
            && (!rule.speaking || language.is_some_and(|language| work.speaks(person.id, language)))
            && work.is_present(person.id, now)
            && !work.is_off(person.id, |team| hours.is_closed(team))
    };
    // A team that is closed gives nobody, even where somebody of it works in another as well.
    let is_closed = |team: Option<&store::Team>| team.is_some_and(|team| hours.is_closed(&team.key));
    if is_closed(of_ticket) || is_closed(of_rule.flatten()) {
        return Vec::new();
    }
    // Without a team, whoever answers for a living: managers are asked only by name.
    let answers = |person: &&Person| {
        rule.team.is_some()
            || of_ticket.is_some()
            || rule.to == AssignTo::Adviser
            || matches!(person.role, desk::Role::Agent | desk::Role::Lead)
    };
    work.staff.iter().filter(is_fit).filter(answers).map(|person| person.id).collect()
}

/// The teams that are closed now, by key, each with when it opens.
struct TeamHours {
    closed: BTreeMap<String, Option<Instant>>,
}

impl TeamHours {
    /// Each team's own calendar, as the agreement of the request has it, else that of the provider.
    async fn of(
        environment: &Environment,
        ticket: &Ticket,
        terms: &Terms,
        work: &AtWork,
        now: Instant,
    ) -> Result<Self, Failure> {
        let mut found = Self { closed: BTreeMap::new() };
        if work.team_hours.is_empty() {
            return Ok(found);
        }
        let provider = environment.provider(&ticket.provider).await?;
        let own = match &provider.agreement {
            Some(agreement) => Some(environment.terms(&ticket.provider, agreement).await?),
            None => None,
        };
        for (team, name) in &work.team_hours {
            let calendar = terms.calendar(name, &ticket.facts).ok();
            let of_provider = || own.as_ref()?.calendar(name, &ticket.facts).ok();
            let Some(calendar) = calendar.or_else(of_provider) else { continue };
            if !calendar.is_open(now) {
                found.closed.insert(team.clone(), calendar.next_opening(now));
            }
        }
        Ok(found)
    }

    fn is_closed(&self, team: &str) -> bool {
        self.closed.contains_key(team)
    }

    /// When the first of them opens.
    fn first_opening(&self) -> Option<Instant> {
        self.closed.values().flatten().min().copied()
    }
}

/// The opening for which a request waits that nobody has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AwaitedOpening {
    /// The team that is closed; none where the hours of the agreement are over.
    pub team: Option<String>,
    /// When it opens.
    pub at: Instant,
}

/// The opening at which the rules will give a request to somebody, where they wait for one.
///
/// # Errors
/// When the store fails.
pub(crate) async fn awaited_opening(
    environment: &Environment,
    ticket: &Ticket,
    terms: &Terms,
    now: Instant,
) -> Result<Option<AwaitedOpening>, Failure> {
    if ticket.assignee.is_some() || !ticket.is_live() {
        return Ok(None);
    }
    let entries = environment.entries(&ticket.provider, ASSIGNMENT).await?;
    let rules: Vec<AssignmentRule> = in_order(&entries).into_iter().filter(|rule| rule.enabled).collect();
    if rules.is_empty() {
        return Ok(None);
    }
    let hours = hours_of(ticket, terms);
    if !hours.is_open(now) {
        return Ok(hours.next_opening(now).map(|at| AwaitedOpening { team: None, at }));
    }
    let work = environment.at_work(&ticket.provider).await?;
    let teams = TeamHours::of(environment, ticket, terms, &work, now).await?;
    if teams.closed.is_empty() {
        return Ok(None);
    }
    let language = wanted_language(environment, ticket).await?;
    let plain = |key: &str| key.replace('_', "-");
    let of_ticket = ticket.team.as_deref().map(plain);
    for rule in rules.iter().filter(|rule| is_meant(rule, ticket, language.as_deref())) {
        if !candidates(rule, ticket, &work, language.as_deref(), &teams, now).is_empty() {
            return Ok(None);
        }
        let named = work.teams.iter().find(|team| {
            teams.is_closed(&team.key)
                && (rule.team.as_ref() == Some(&team.key) || Some(plain(&team.key)) == of_ticket)
        });
        let at =
            named.and_then(|team| teams.closed.get(&team.key).copied().flatten()).or(teams.first_opening());
        if let Some(at) = at {
            return Ok(Some(AwaitedOpening { team: named.map(|team| team.name.clone()), at }));
        }
    }
    Ok(None)
}

/// The hours in which a request is worked on: those of its first clock that counts any.
pub(crate) fn hours_of(ticket: &Ticket, terms: &Terms) -> Arc<Calendar> {
    let clock = ticket.progress.clocks.iter().find(|clock| clock.calendar != "elapsed");
    match (clock, terms.calendars.first()) {
        (Some(clock), _) => Course::new(terms).calendar_of(clock, &ticket.facts),
        (None, Some(own)) => terms.calendar(&own.name, &ticket.facts).unwrap_or_else(|_| terms.elapsed()),
        (None, None) => terms.elapsed(),
    }
}

/// When requests are looked at again for which nobody was there. Losing it costs a look.
#[derive(Debug, Default)]
pub(crate) struct AssignedLater(Mutex<Later>);

#[derive(Debug, Default)]
struct Later {
    requests: HashMap<(TicketId, u64), Instant>,
    desks: HashMap<ProviderId, (i64, Instant)>,
}

/// How many are kept.
const KEPT_AT_MOST: usize = 100_000;

impl AssignedLater {
    fn held<T>(&self, act: impl FnOnce(&mut Later) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn waits(&self, id: TicketId, version: u64, now: Instant) -> bool {
        self.held(|later| later.requests.get(&(id, version)).is_some_and(|at| *at > now))
    }

    fn put_off(&self, id: TicketId, version: u64, until: Instant) {
        self.held(|later| {
            if later.requests.len() >= KEPT_AT_MOST {
                later.requests.clear();
            }
            later.requests.insert((id, version), until);
        });
    }

    fn is_quiet(&self, provider: &ProviderId, position: i64, now: Instant) -> bool {
        self.held(|later| {
            later.desks.get(provider).is_some_and(|(at, until)| *at == position && *until > now)
        })
    }

    fn quiet(&self, provider: &ProviderId, position: i64, until: Instant) {
        self.held(|later| later.desks.insert(provider.clone(), (position, until)));
    }

    /// Looks at everything again.
    pub(crate) fn forget(&self) {
        self.held(|later| *later = Later::default());
    }
}

#[cfg(test)]
mod tests {
    use super::next_in_turn;
    use desk::PersonId;

    #[test]
    fn each_has_their_turn_whoever_is_away() {
        let of = |ids: &[u128]| ids.iter().map(|id| PersonId(*id)).collect::<Vec<_>>();
        assert_eq!(next_in_turn(&of(&[3, 1, 2]), None), Some(PersonId(1)));
        assert_eq!(next_in_turn(&of(&[3, 1, 2]), Some(PersonId(1))), Some(PersonId(2)));
        assert_eq!(next_in_turn(&of(&[3, 1]), Some(PersonId(2))), Some(PersonId(3)));
        assert_eq!(next_in_turn(&of(&[3, 1]), Some(PersonId(3))), Some(PersonId(1)));
        assert_eq!(next_in_turn(&[], Some(PersonId(3))), None);
    }
}
