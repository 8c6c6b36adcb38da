use crate::compile::{Compilation, Options, compile};
use crate::contract_case::{ContractCase, Refusal};
use crate::diagnostic::{Code, Diagnostic};
use crate::example::{Example, ExampleEvent, Expectation};
use crate::place::Place;
use calendar::{Instant, Span};
use meters::{
    ClockChange, ClockState, Course, Feed, Happening, Progress, Reading, Waited, Why, agree,
    change_parameter, consents_missing, duties, fulfil, ground_is_gone, happenings, justifies,
    overrun_seconds, permission_of, read, status_after, take_over, waited, waiting_for,
};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use terms::{
    Answer, Clause, Coverage, Evaluation, FactName, FactValue, Facts, Ratio, Reason, Terms, TermsError,
    Verdict,
};

/// What became of every worked example of an agreement.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Rehearsal {
    /// One outcome per example, in the order of the document.
    pub outcomes: Vec<ExampleOutcome>,
}

/// What became of one worked example.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ExampleOutcome {
    /// Title of the example.
    pub title: String,
    /// The clause under which it stands.
    pub clause: Clause,
    /// Whether everything expected was found.
    pub passed: bool,
    /// What was found otherwise.
    pub mismatches: Vec<Mismatch>,
    /// Every line looked at, with what was found.
    pub lines: Vec<ExampleLine>,
}

/// One expectation with what was found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ExampleLine {
    /// When it was looked at, where the document says so.
    pub at: Option<Instant>,
    /// What was looked at: `promise.response due`, `coverage`.
    pub what: String,
    /// What the document expects.
    pub expected: String,
    /// What the meters show.
    pub found: String,
}

/// An expectation that was not met.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Mismatch {
    /// Where the expectation is written.
    pub place: Place,
    /// What was looked at.
    pub what: String,
    /// What the document expects.
    pub expected: String,
    /// What the meters show.
    pub found: String,
    /// Whether anything computes what is expected; else nothing is found.
    pub computed: bool,
}

impl Rehearsal {
    /// How many examples passed, and how many failed.
    #[must_use]
    pub fn counts(&self) -> (usize, usize) {
        let passed = self.outcomes.iter().filter(|outcome| outcome.passed).count();
        (passed, self.outcomes.len() - passed)
    }

    /// The mismatches as complaints about the text.
    #[must_use]
    pub fn diagnostics(&self) -> Vec<Diagnostic> {
        let mut diagnostics = Vec::new();
        for outcome in &self.outcomes {
            for mismatch in &outcome.mismatches {
                let code = if mismatch.computed { Code::ExampleDiffers } else { Code::ExampleNotComputed };
                diagnostics.push(
                    Diagnostic::new(code, mismatch.place)
                        .with("title", outcome.title.clone())
                        .with("expected", format!("{} {}", mismatch.what, mismatch.expected))
                        .with("found", mismatch.found.clone()),
                );
            }
        }
        diagnostics
    }
}

/// Runs the worked examples of a compiled agreement on the meters that the desk uses. An example
/// that chooses an alternative runs on the agreement compiled with it.
///
/// An agreement that cannot be adopted runs nothing.
///
/// ```
/// let text = "# T\n```terms\n[agreement]\nformat = 1\nkey = \"k\"\nversion = \"1\"\n\
///     effective = 2026-01-01\nzone = \"America/Toronto\"\n```\n## 1 Réponse\nSous 2 heures.\n\
///     ```terms\n[promise.response]\nstart = \"received\"\nstop = \"answered\"\nwithin = \"2 hours\"\n\
///     strength = \"binding\"\n```\n```examples\n[[example]]\ntitle = \"Deux heures\"\n\
///     events = [{ at = \"2026-08-11T10:00:00-04:00\", do = \"received\" }]\n\
///     expect = [{ promise = \"response\", due = \"2026-08-11T12:00:00-04:00\" }]\n```\n";
/// let compilation = agreement::compile(text, "k.md", &agreement::Options::default());
/// assert_eq!(agreement::rehearse(&compilation).counts(), (1, 0));
/// ```
#[must_use]
pub fn rehearse(compilation: &Compilation) -> Rehearsal {
    Rehearsal { outcomes: run(compilation, &compilation.examples) }
}

/// Runs examples that may come from elsewhere than the document.
pub(crate) fn run(compilation: &Compilation, examples: &[Example]) -> Vec<ExampleOutcome> {
    let Some(terms) = &compilation.terms else { return Vec::new() };
    let mut others: BTreeMap<BTreeMap<String, String>, Option<Terms>> = BTreeMap::new();
    let mut outcomes = Vec::with_capacity(examples.len());
    for example in examples {
        if example.interpretations.is_empty() {
            outcomes.push(run_one(terms, example));
            continue;
        }
        let other = others.entry(example.interpretations.clone()).or_insert_with(|| {
            let mut options: Options = compilation.options.clone();
            options.interpretations.extend(example.interpretations.clone());
            compile(&compilation.source.text, &compilation.source.name, &options).terms
        });
        match other {
            Some(terms) => outcomes.push(run_one(terms, example)),
            None => outcomes.push(ExampleOutcome {
                title: example.title.clone(),
                clause: example.clause.clone(),
                passed: false,
                mismatches: vec![Mismatch {
                    place: example.place,
                    what: "interpretations".to_owned(),
                    expected: "terms".to_owned(),
                    found: "none".to_owned(),
                    computed: true,
                }],
                lines: Vec::new(),
            }),
        }
    }
    outcomes
}

fn run_one(terms: &Terms, example: &Example) -> ExampleOutcome {
    let mut checker =
        Checker { terms, at: None, taken: BTreeSet::new(), lines: Vec::new(), mismatches: Vec::new() };
    for row in &example.expect {
        let last = example.events.iter().map(|event| event.at).max();
        let now = row.at.or(last).unwrap_or(Instant::EPOCH);
        checker.at = row.at;
        match Case::play(terms, example, now) {
            Ok(case) => {
                let contract = ContractCase::play(terms, example, &case, now);
                checker.check_whole(row, &case, &contract, now);
            }
            Err(error) => checker.line(row.place, "events", "terms", &error.to_string()),
        }
    }
    ExampleOutcome {
        title: example.title.clone(),
        clause: example.clause.clone(),
        passed: checker.mismatches.is_empty() && !example.expect.is_empty(),
        mismatches: checker.mismatches,
        lines: checker.lines,
    }
}

/// A case as it stands at an instant.
pub(crate) struct Case<'a> {
    course: Course<'a>,
    pub(crate) progress: Progress,
    pub(crate) facts: Facts,
    coverage: Coverage,
    /// Everything that happened, with the facts as they stood then.
    pub(crate) log: Vec<(Happening, Facts)>,
    /// Deeds that their permission kept from happening.
    pub(crate) refused: Vec<(Place, Refusal)>,
    status: &'static str,
}

impl<'a> Case<'a> {
    /// Plays the events of an example up to an instant.
    pub(crate) fn play(terms: &'a Terms, example: &Example, until: Instant) -> Result<Self, TermsError> {
        let first = example.events.first().map_or(until, |event| event.at);
        let facts = with_channel_meant(terms, example.given.clone());
        let mut case = Self {
            course: Course::new(terms),
            progress: Progress::default(),
            coverage: terms.coverage(&facts, first),
            facts,
            log: Vec::new(),
            refused: Vec::new(),
            status: "new",
        };
        let mut judged = None;
        for event in example.events.iter().filter(|event| event.at <= until) {
            case.take(terms, event, &mut judged)?;
        }
        case.take_steps(until);
        Ok(case)
    }

    fn take(
        &mut self,
        terms: &Terms,
        event: &ExampleEvent,
        judged: &mut Option<Verdict>,
    ) -> Result<(), TermsError> {
        self.take_steps(event.at);
        if let Some(refusal) = self.refusal_of(terms, event) {
            self.refused.push((event.place, refusal));
            return Ok(());
        }
        let event = &standard(event);
        let before = self.facts.clone();
        for (name, value) in event.attributes.iter() {
            if terms.fact(name.as_str()).is_some() || carries_facts(&event.deed) {
                self.facts.set(name.as_str(), value.clone());
            }
        }
        self.facts = with_channel_meant(terms, std::mem::take(&mut self.facts));
        if event.deed == "agree"
            && let Some(Ok((fact, value))) = self.agreed(terms, event)
        {
            self.facts.set(fact.as_str(), value);
        }
        if event.deed == "received" {
            self.facts.set("received_at", FactValue::Instant(event.at));
        }
        if event.deed == "judge-coverage" {
            *judged = match event.attributes.text("verdict") {
                Some("covered") => Some(Verdict::Covered),
                Some("not_covered") => Some(Verdict::NotCovered),
                _ => *judged,
            };
        }
        // As on the desk, whether a request is covered is asked of the day on which it came.
        let came_at = match self.facts.get("received_at") {
            Some(FactValue::Instant(received_at)) => *received_at,
            _ => event.at,
        };
        let mut coverage = terms.coverage(&self.facts, came_at);
        if let Some(verdict) = judged {
            coverage.verdict = *verdict;
        }
        let turned = coverage.verdict != self.coverage.verdict;
        self.coverage = coverage;
        let verdict = self.coverage.verdict;
        // Of what has ended nothing is owed, whatever becomes known of it.
        if self.status == "closed" && is_learnt(&event.deed) {
            return Ok(());
        }
        if turned && !self.progress.happened.is_empty() {
            for change in self.course.judge(&self.progress, &self.facts, verdict, event.at)? {
                self.progress.apply(&change);
            }
        }
        let mut happening = happenings(&event.deed, event.at, &event.attributes);
        let status = status_after(self.status, &event.deed, &event.attributes);
        if status != self.status {
            self.status = status;
            happening.push(Happening::new("status_changed", event.at).with("state", FactValue::text(status)));
        }
        for (place, happening) in happening.iter().enumerate() {
            self.log.push((happening.clone(), self.facts.clone()));
            let before = if place == 0 { &before } else { &self.facts };
            for change in self.course.happen(&self.progress, before, &self.facts, verdict, happening)? {
                self.progress.apply(&change);
            }
        }
        if event.deed == "reopen" {
            for change in self.course.judge(&self.progress, &self.facts, verdict, event.at)? {
                self.progress.apply(&change);
            }
        }
        let fulfilled = event.attributes.text("task").filter(|_| event.deed == "fulfil");
        if fulfilled.is_some_and(|task| self.lost_ground(terms, task, event.at)) {
            let resume = ExampleEvent { deed: "resume".to_owned(), ..event.clone() };
            self.take(terms, &resume, judged)?;
        }
        Ok(())
    }

    fn take_steps(&mut self, now: Instant) {
        for change in self.course.steps_due(&self.progress, &self.facts, now) {
            if let ClockChange::Missed { key, due_at, .. } = &change {
                let event = format!("promise.{}.missed", key.promise);
                self.log.push((Happening::new(&event, *due_at), self.facts.clone()));
            }
            self.progress.apply(&change);
        }
    }

    /// Every clock as it stands at an instant, in the order they started.
    pub(crate) fn readings(&self, now: Instant) -> Vec<Reading> {
        let clocks = self.progress.clocks.iter();
        clocks.map(|clock| read(&self.course, &self.progress, clock, &self.facts, now)).collect()
    }

    /// By how much each missed clock of a promise was passed, in seconds of its calendar.
    pub(crate) fn lateness(&self, promise: &str, now: Instant) -> Vec<Feed> {
        let clocks = self.progress.clocks.iter().filter(|clock| clock.key.promise == promise);
        let late = clocks.map(|clock| {
            let reading = read(&self.course, &self.progress, clock, &self.facts, now);
            let name = format!("promise.{promise}.{}", clock.key.instance);
            Feed { name, value: Ratio::whole(overrun_seconds(&reading)) }
        });
        late.filter(|feed| !feed.value.is_zero()).collect()
    }

    /// The time that waits took from a clock, and whether it is business time.
    fn waited(&self, promise: &str, due: Option<Instant>, now: Instant) -> Option<(Waited, bool)> {
        let clock = self.clock(promise, due)?;
        let calendar = self.course.calendar_of(clock, &self.facts);
        Some((waited(&self.progress, clock, &calendar, now), clock.calendar != "elapsed"))
    }

    /// The clock of a promise that falls due at `due`, else its latest: of a recurring promise,
    /// `due` says which one is meant.
    pub(crate) fn reading(&self, promise: &str, due: Option<Instant>, now: Instant) -> Option<Reading> {
        let clock = self.clock(promise, due)?;
        Some(read(&self.course, &self.progress, clock, &self.facts, now))
    }

    fn clock(&self, promise: &str, due: Option<Instant>) -> Option<&meters::Clock> {
        let falls_due = |clock: &&meters::Clock| clock.key.promise == promise && clock.due_at == due;
        let named = due.and_then(|_| self.progress.clocks.iter().find(falls_due));
        named.or_else(|| self.progress.latest(promise))
    }
}

impl Case<'_> {
    /// Why a deed does not happen: the document keeps another severity from whoever may not set it
    /// and from anybody without the consents it asks, a duty is not settled so, or the act waits for
    /// a duty.
    fn refusal_of(&self, terms: &Terms, event: &ExampleEvent) -> Option<Refusal> {
        let by = event.attributes.text("by");
        let task = event.attributes.text("task");
        let rule = task.and_then(|name| terms.tasks.iter().find(|task| task.name == name));
        let judged = match (event.deed.as_str(), rule) {
            ("agree", _) => return self.agreed(terms, event)?.err(),
            ("set-parameter", _) => return self.refusal_of_parameter(terms, event),
            ("set-severity", _) => return self.refusal_of_severity(terms, event),
            ("fulfil", Some(task)) => fulfil(task, &names_of(event, "given")),
            ("take-over", Some(task)) => take_over(task, by.unwrap_or("agent")),
            ("wait", Some(task)) => {
                let happened = happenings(&event.deed, event.at, &event.attributes);
                let waiting = happened.last()?;
                let evaluation = Evaluation::new(terms, &self.facts, event.at);
                let begins = |pause: &&terms::PauseRule| {
                    let during = evaluation.during_event(&waiting.attributes);
                    pause.begin.iter().any(|pattern| {
                        pattern.event == waiting.event && pattern.when.ask(&during) == Answer::Yes
                    })
                };
                let pause = terms.pauses.iter().find(begins)?;
                justifies(pause, &task.name)
            }
            _ => {
                let act = event.deed.replace('-', "_");
                let duties = duties(terms, &self.log, &self.facts, event.at);
                let duty = *waiting_for(&duties, &act).first()?;
                return Some(Refusal {
                    clause: duty.clause.clone(),
                    missing: vec![duty.task.clone()],
                    offer: None,
                });
            }
        };
        let refused = judged.err()?;
        let missing = match refused.why {
            Why::Missing { names } => names,
            _ => Vec::new(),
        };
        Some(Refusal { clause: *refused.clause, missing, offer: None })
    }

    /// The rhythm or target that is agreed on this request instead of the document's; none where the
    /// deed names no promise. Whoever agrees consents to it.
    fn agreed(&self, terms: &Terms, event: &ExampleEvent) -> Option<Result<(FactName, FactValue), Refusal>> {
        let promise = terms.promise(event.attributes.text("promise")?)?;
        let span = event.attributes.text("span").and_then(|text| Span::parse(text).ok())?;
        let mut consents = names_of(event, "consent");
        consents.insert(event.attributes.text("by").unwrap_or("agent").to_owned());
        Some(agree(promise, span, &consents).map(|(fact, value, _)| (fact, value)).map_err(|refused| {
            let missing = match refused.why {
                Why::NeedsConsent { of, .. } => of,
                _ => Vec::new(),
            };
            Refusal { clause: *refused.clause, missing, offer: None }
        }))
    }

    /// A parameter changes only as far as the document opens it, once the contract runs.
    fn refusal_of_parameter(&self, terms: &Terms, event: &ExampleEvent) -> Option<Refusal> {
        let running = !self.log.is_empty();
        event.attributes.iter().find_map(|(name, value)| {
            let parameter = terms.parameters.iter().find(|found| found.name == *name)?;
            let old = self.facts.get(name.as_str()).or(parameter.default.as_ref());
            let refused = change_parameter(parameter, old, value, running).err()?;
            Some(Refusal { clause: *refused.clause, missing: vec![name.to_string()], offer: None })
        })
    }

    fn refusal_of_severity(&self, terms: &Terms, event: &ExampleEvent) -> Option<Refusal> {
        let named = event.attributes.text("by");
        let permission = permission_of(terms, &event.deed, &self.facts)?;
        let by = named.unwrap_or("agent");
        let path = format!("permission.{}", permission.act);
        let clause = |key: &str| terms.key_clause(&path, key).unwrap_or(&permission.clause).clone();
        let refused = |key: &str, missing: Vec<String>| Refusal { clause: clause(key), missing, offer: None };
        if named.is_some() && !permission.who.iter().any(|who| who == by) {
            return Some(refused("who", Vec::new()));
        }
        let missing = consents_missing(permission, by, &names_of(event, "consent"));
        (!missing.is_empty()).then(|| refused("consent", missing))
    }

    /// Whether a duty just done takes the ground from a pause that runs.
    fn lost_ground(&self, terms: &Terms, task: &str, at: Instant) -> bool {
        let duties = duties(terms, &self.log, &self.facts, at);
        let running = |pause: &&terms::PauseRule| self.progress.open_wait(&pause.name).is_some();
        let of_task = |pause: &&terms::PauseRule| pause.tasks.iter().any(|name| name == task);
        terms.pauses.iter().filter(running).filter(of_task).any(|pause| ground_is_gone(pause, &duties))
    }
}

/// The names that a deed carries under a key, one or several.
fn names_of(event: &ExampleEvent, key: &str) -> BTreeSet<String> {
    match event.attributes.get(key) {
        Some(FactValue::Names(names)) => names.clone(),
        Some(FactValue::Text(name)) => BTreeSet::from([name.clone()]),
        _ => BTreeSet::new(),
    }
}

/// The facts with the channel of the document that the given one means, as the desk takes it.
fn with_channel_meant(terms: &Terms, mut facts: Facts) -> Facts {
    if let Some(meant) = facts.text("channel").map(|given| terms.channel_meant(given).to_owned()) {
        facts.set("channel", FactValue::Text(meant));
    }
    facts
}

/// A deed of a contract by the event that it makes happen, with the facts that the event carries.
fn standard(event: &ExampleEvent) -> ExampleEvent {
    let mut event = event.clone();
    let happens = match event.deed.as_str() {
        "milestone" => event.attributes.text("name").unwrap_or("milestone").to_owned(),
        "maintenance" => {
            let instant = |key: &str| event.attributes.text(key).and_then(|text| Instant::parse(text).ok());
            if let (Some(from), Some(to)) = (instant("from"), instant("to")) {
                let minutes = u32::try_from(to.seconds_since(from) / 60).unwrap_or(0);
                let planned = Span::Of { count: minutes, unit: calendar::Unit::Minute };
                event.attributes.set("planned_outage", FactValue::Span(planned));
            }
            event.attributes.set("outage_cause", FactValue::text("maintenance"));
            "maintenance_planned".to_owned()
        }
        "claim" => "claimed".to_owned(),
        "decide-claim" => "claim_decided".to_owned(),
        "sign" => "signed".to_owned(),
        "order" => "ordered".to_owned(),
        "work" => "work_logged".to_owned(),
        "expense" => "expense_incurred".to_owned(),
        "estimate" => "estimated".to_owned(),
        "accept" => "accepted".to_owned(),
        "plan" => "planned".to_owned(),
        "cancel" => "cancelled".to_owned(),
        "invoice" => "invoiced".to_owned(),
        "pay" => "paid".to_owned(),
        _ => return event,
    };
    event.deed = happens;
    event
}

/// Deeds whose every attribute is something learnt about the case.
fn carries_facts(deed: &str) -> bool {
    matches!(deed, "received" | "classify" | "set-severity" | "set-parameter" | "maintenance_planned")
}

/// Deeds by which something becomes known of a case, or is judged.
fn is_learnt(deed: &str) -> bool {
    matches!(deed, "classify" | "set-severity" | "judge-coverage")
}

pub(crate) struct Checker<'a> {
    pub(crate) terms: &'a Terms,
    at: Option<Instant>,
    /// Keys of the row that say what is computed, or are compared with what was.
    taken: BTreeSet<&'static str>,
    lines: Vec<ExampleLine>,
    mismatches: Vec<Mismatch>,
}

impl Checker<'_> {
    pub(crate) fn line(&mut self, place: Place, what: &str, expected: &str, found: &str) {
        self.lines.push(ExampleLine {
            at: self.at,
            what: what.to_owned(),
            expected: expected.to_owned(),
            found: found.to_owned(),
        });
        if expected != found {
            self.mismatches.push(Mismatch {
                place,
                what: what.to_owned(),
                expected: expected.to_owned(),
                found: found.to_owned(),
                computed: true,
            });
        }
    }

    /// Notes keys of the row that say what is computed, or that are compared with what was.
    pub(crate) fn take(&mut self, keys: &[&'static str]) {
        self.taken.extend(keys);
    }

    /// Checks a row, and that nothing of it is left that nobody computes: such a row would hold whatever it says.
    fn check_whole(&mut self, row: &Expectation, case: &Case<'_>, contract: &ContractCase<'_>, now: Instant) {
        let (lines, mismatches) = (self.lines.len(), self.mismatches.len());
        self.taken.clear();
        self.check(row, case, contract, now);
        if self.mismatches.len() > mismatches {
            return;
        }
        let nothing = self.lines.len() == lines;
        for (key, expected) in
            row.given().into_iter().filter(|(key, _)| nothing || !self.taken.contains(*key))
        {
            self.lines.push(ExampleLine {
                at: self.at,
                what: key.to_owned(),
                expected: expected.clone(),
                found: String::new(),
            });
            self.mismatches.push(Mismatch {
                place: row.place,
                what: key.to_owned(),
                expected,
                found: String::new(),
                computed: false,
            });
        }
    }

    /// An instant as the document would write it: in its own zone, with the offset.
    pub(crate) fn civil(&self, instant: Instant) -> String {
        self.terms.zone.local(instant).to_string()
    }

    fn check(&mut self, row: &Expectation, case: &Case<'_>, contract: &ContractCase<'_>, now: Instant) {
        let mut cited: Option<Clause> = None;
        if let Some(promise) = &row.promise {
            cited = self.check_clock(row, promise, case, now).or(cited);
        }
        let of_coverage = row.rule.as_ref().is_some_and(|rule| is_of_coverage(rule));
        if row.coverage.is_some()
            || of_coverage
            || row.wants.is_some()
            || (row.offer.is_some() && row.act.is_none() && row.refused.is_none())
        {
            cited = self.check_coverage(row, &case.coverage).or(cited);
        }
        if let Some(wanted) = &row.clocks {
            self.take(&["clocks"]);
            let running: BTreeSet<&str> =
                case.progress.clocks.iter().map(|clock| clock.key.promise.as_str()).collect();
            let wanted: BTreeSet<&str> = wanted.iter().map(String::as_str).collect();
            self.line(row.place, "clocks", &joined(wanted), &joined(running));
        }
        if let Some(act) = &row.act {
            cited = self.check_act(row, act, case, contract, now).or(cited);
        } else if row.refused.is_some() {
            cited = self.check_refusal(row, contract).or(cited);
        }
        cited = self.check_contract(row, case, contract, now).or(cited);
        if let Some(order) = &row.order {
            self.take(&["order"]);
            let found = self.terms.queue.as_ref();
            self.line(
                row.place,
                "order",
                &order.join(", "),
                &found.map_or_else(String::new, |queue| queue.order.join(", ")),
            );
            cited = found.map(|queue| queue.clause.clone()).or(cited);
        }
        if let Some(name) = &row.statistic {
            self.take(&["statistic", "shown"]);
            let found = self.terms.statistics.iter().find(|statistic| statistic.name == *name);
            let wanted = row.shown.clone().unwrap_or_default();
            self.line(
                row.place,
                &format!("statistic {name}"),
                &wanted,
                found.map_or("none", |found| found.claimed.as_str()),
            );
            cited = found.map(|found| found.clause.clone()).or(cited);
        }
        self.take(&["clause", "item"]);
        if let Some(number) = &row.clause {
            let found = cited.as_ref().map_or("none", |clause| clause.number.as_str()).to_owned();
            self.line(row.place, "clause", number, &found);
        }
        if let Some(item) = &row.item {
            let found =
                cited.as_ref().and_then(|clause| clause.item.clone()).unwrap_or_else(|| "none".to_owned());
            self.line(row.place, "item", item, &found);
        }
    }

    fn check_clock(
        &mut self,
        row: &Expectation,
        promise: &str,
        case: &Case<'_>,
        now: Instant,
    ) -> Option<Clause> {
        self.take(&["promise", "state", "strength", "used", "left"]);
        let reading = case.reading(promise, row.due, now);
        let what = |part: &str| format!("promise.{promise} {part}");
        let none = || "none".to_owned();
        if let Some(due) = row.due {
            let found = reading.as_ref().and_then(|reading| reading.due_at);
            let (due, found) = (self.civil(due), found.map_or_else(none, |due| self.civil(due)));
            self.line(row.place, &what("due"), &due, &found);
        }
        if row.due.is_some() || row.more.get("due").is_some_and(|due| due == "none") {
            self.take(&["due"]);
        }
        if row.more.get("due").is_some_and(|due| due == "none") {
            let found = reading
                .as_ref()
                .map_or("no clock", |reading| if reading.due_at.is_some() { "some" } else { "none" });
            self.line(row.place, &what("due"), "none", found);
        }
        if let Some(owed_to) = row.more.get("owed_to") {
            self.take(&["owed_to"]);
            let found = self.terms.promise(promise).map_or_else(none, |promise| promise.owed_to.clone());
            self.line(row.place, &what("owed_to"), owed_to, &found);
        }
        if let Some(state) = &row.state {
            let found = reading.as_ref().map_or("none", |reading| state_name(reading.state));
            self.line(row.place, &what("state"), state, found);
        }
        if let Some(strength) = &row.strength {
            let found = reading.as_ref().map_or_else(none, |reading| reading.strength.to_string());
            self.line(row.place, &what("strength"), strength, &found);
        }
        if let Some(used) = row.used {
            let found = reading.as_ref().map(|reading| (reading.used_seconds, reading.calendar != "elapsed"));
            self.span_line(row.place, &what("used"), used, found);
        }
        if let Some(wanted) = row.more.get("waited").and_then(|text| Span::parse(text).ok()) {
            self.take(&["waited", "party"]);
            let found = case.waited(promise, row.due, now);
            let party = row.more.get("party").map(String::as_str);
            let seconds = found.as_ref().map(|(waited, business)| {
                let of = |party: &str| waited.by_party.iter().find(|(known, _)| known == party);
                let seconds = match party {
                    None => waited.total_seconds,
                    Some("together") => waited.together_seconds,
                    Some(party) => of(party).map_or(0, |(_, seconds)| *seconds),
                };
                (seconds, *business)
            });
            let part = party.map_or_else(|| "waited".to_owned(), |party| format!("waited for {party}"));
            self.span_line(row.place, &what(&part), wanted, seconds);
        }
        if row.more.contains_key("waiting_for") {
            let found = reading.as_ref().map_or_else(BTreeSet::new, |reading| {
                reading.waiting_for.iter().chain(&reading.waiting_also_for).map(String::as_str).collect()
            });
            let found = joined(found);
            self.expect(row, "waiting_for", &found);
        }
        if let Some(left) = row.left {
            let found = reading
                .as_ref()
                .and_then(|reading| Some((reading.left_seconds?, reading.calendar != "elapsed")));
            self.span_line(row.place, &what("left"), left, found);
        }
        reading.map(|reading| reading.clause)
    }

    fn span_line(&mut self, place: Place, what: &str, wanted: Span, found: Option<(i64, bool)>) {
        let seconds = match wanted {
            Span::Of { count, unit } => unit.seconds().map(|seconds| seconds * i64::from(count)),
            _ => None,
        };
        let same =
            found.is_some_and(|(found, business)| Some(found) == seconds && business == wanted.is_business());
        let found = match found {
            _ if same => wanted.to_string(),
            Some((seconds, business)) => spoken_seconds(seconds, business),
            None => "none".to_owned(),
        };
        self.line(place, what, &wanted.to_string(), &found);
    }

    fn check_coverage(&mut self, row: &Expectation, coverage: &Coverage) -> Option<Clause> {
        self.take(&["coverage", "rule", "wants", "offer"]);
        if let Some(verdict) = &row.coverage {
            self.line(row.place, "coverage", verdict, verdict_name(coverage.verdict));
        }
        // The rule named must be among those that decide; the first of them is the headline.
        let deciding = |reason: &&Reason| match coverage.verdict {
            Verdict::NotCovered => reason.against,
            Verdict::NeedsJudgement => reason.answer == terms::ReasonAnswer::Unknown,
            Verdict::Covered => true,
        };
        let reasons: Vec<&Reason> = coverage.reasons.iter().filter(deciding).collect();
        let named = match &row.rule {
            Some(rule) => {
                let found = reasons.iter().find(|reason| reason.rule == *rule);
                let all: BTreeSet<&str> = reasons.iter().map(|reason| reason.rule.as_str()).collect();
                let shown = if found.is_some() { rule.clone() } else { joined(all) };
                self.line(row.place, "rule", rule, &shown);
                found.copied()
            }
            None => reasons.first().copied(),
        };
        if let Some(wants) = &row.wants {
            let found: BTreeSet<&str> = coverage
                .reasons
                .iter()
                .flat_map(|reason| &reason.wants)
                .map(terms::FactName::as_str)
                .collect();
            self.line(
                row.place,
                "wants",
                &joined(wants.iter().map(String::as_str).collect()),
                &joined(found),
            );
        }
        if let Some(offer) = &row.offer {
            let found = named.and_then(|reason| reason.offer.as_deref()).unwrap_or("none").to_owned();
            self.line(row.place, "offer", offer, &found);
        }
        named.map(|reason| reason.clause.clone())
    }
}

/// Whether a rule named in a row is one of coverage.
fn is_of_coverage(path: &str) -> bool {
    path.starts_with("cover.") || path.starts_with("exclude.")
}

pub(crate) fn yes_no(yes: bool) -> &'static str {
    if yes { "yes" } else { "no" }
}

pub(crate) fn joined(names: BTreeSet<&str>) -> String {
    names.into_iter().collect::<Vec<_>>().join(", ")
}

fn spoken_seconds(seconds: i64, business: bool) -> String {
    let kind = if business { "business " } else { "" };
    if seconds % 60 == 0 {
        format!("{} {kind}minutes", seconds / 60)
    } else {
        format!("{seconds} {kind}seconds")
    }
}

/// The name of a state, as examples and JSON write it.
#[must_use]
pub(crate) fn state_name(state: ClockState) -> &'static str {
    match state {
        ClockState::Running => "running",
        ClockState::Paused => "paused",
        ClockState::Met => "met",
        ClockState::Missed => "missed",
        ClockState::Stopped => "stopped",
    }
}

/// The name of a verdict, as examples and JSON write it.
#[must_use]
pub(crate) fn verdict_name(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Covered => "covered",
        Verdict::NotCovered => "not_covered",
        Verdict::NeedsJudgement => "needs_judgement",
    }
}
