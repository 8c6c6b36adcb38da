use crate::agree::{agreed_fact, clause_of};
use crate::clock::{Clock, ClockKey, Extension, StopReason, Wait};
use crate::deed::Happening;
use crate::progress::{ClockChange, Progress};
use calendar::{
    BusinessDay, Calendar, CalendarError, DayOne, DayReading, Instant, LocalTime, Span, Unit, due,
};
use std::collections::BTreeSet;
use std::sync::Arc;
use terms::{
    Answer, Clause, Condition, Effect, Evaluation, EventPattern, FactName, FactValue, Facts, OnChange, Owed,
    Promise, Step, StepAt, Strength, Terms, TermsError, Verdict,
};

/// The meters of one agreement: what each happening does to every clock.
#[derive(Clone, Copy)]
pub struct Course<'a> {
    terms: &'a Terms,
}

/// What ends an idle stretch where an effort commitment names no events of its own.
const WORK: [&str; 3] = ["work_started", "work_logged", "progressed"];

/// What a promise asks of one case: everything a clock copies from it.
struct Target {
    span: Option<Span>,
    clause: Clause,
    calendar: String,
    strength: Strength,
    provisional: BTreeSet<FactName>,
}

impl Target {
    /// Whether it is the same deadline by the same clause, whatever could still change it.
    fn is_as(&self, other: &Self) -> bool {
        self.span == other.span
            && self.calendar == other.calendar
            && self.strength == other.strength
            && self.clause == other.clause
    }
}

/// A clock with another target; when it is due is not reckoned yet.
fn retargeted(clock: &Clock, target: Target) -> Clock {
    Clock {
        target: target.span,
        clause: target.clause,
        calendar: target.calendar,
        strength: target.strength,
        provisional: target.provisional,
        ..clock.clone()
    }
}

impl<'a> Course<'a> {
    /// The meters of an agreement.
    #[must_use]
    pub fn new(terms: &'a Terms) -> Self {
        Self { terms }
    }

    /// The agreement whose meters these are.
    #[must_use]
    pub fn terms(&self) -> &'a Terms {
        self.terms
    }

    /// What a happening changes, in order. `before` and `facts` are what was known before it and
    /// what is known with it; `verdict` is the coverage in force.
    ///
    /// Steps that fell due before the happening are not among the changes: take them first with
    /// [`Course::steps_due`].
    ///
    /// # Errors
    /// When a calendar of the agreement cannot be had for these facts.
    pub fn happen(
        &self,
        progress: &Progress,
        before: &Facts,
        facts: &Facts,
        verdict: Verdict,
        happening: &Happening,
    ) -> Result<Vec<ClockChange>, TermsError> {
        let mut run = Run::new(*self, progress, facts, verdict);
        let tells_apart = self.tells_apart(progress, happening);
        if tells_apart
            || !progress.happened.contains_key(&happening.event)
            || self.begins_silence(&happening.event)
        {
            run.record(ClockChange::Happened {
                event: happening.event.clone(),
                at: happening.at,
                attributes: tells_apart.then(|| happening.attributes.clone()),
            });
        }
        run.end_waits(happening);
        if before != facts {
            run.retarget(before, happening.at)?;
        }
        run.stop(happening)?;
        run.begin_waits(happening);
        run.start(happening)?;
        if happening.event == "closed" {
            run.stop_all(happening.at, StopReason::Closed, |_| true);
        }
        Ok(run.changes)
    }

    /// Whether a silence that counts as something follows an event.
    fn begins_silence(&self, event: &str) -> bool {
        let mut silences = self.terms.permissions.iter().filter_map(|permission| permission.silence.as_ref());
        silences.any(|silence| silence.follows() == event)
    }

    /// Whether a promise asks how an event happened that begins or keeps it, and it did not happen so before.
    fn tells_apart(&self, progress: &Progress, happening: &Happening) -> bool {
        let mut patterns =
            self.terms.promises.iter().flat_map(|promise| promise.start.iter().chain(&promise.stop));
        let same =
            |seen: &Happening| seen.event == happening.event && seen.attributes == happening.attributes;
        patterns.any(|pattern| pattern.event == happening.event && pattern.when != Condition::Always)
            && !progress.told_apart.iter().any(same)
    }

    /// Why a promise that a happening starts has no clock yet: its hours depend on facts that are not known. The
    /// first of them; none where every clock that is owed starts.
    #[must_use]
    pub fn hours_awaited(
        &self,
        progress: &Progress,
        facts: &Facts,
        verdict: Verdict,
        happening: &Happening,
    ) -> Option<TermsError> {
        let mut run = Run::new(*self, progress, facts, verdict);
        match run.start(happening) {
            Ok(()) => run.awaited,
            Err(error) => Some(error),
        }
    }

    /// What a new verdict on coverage changes: clocks owed only to covered requests stop when it is
    /// refused, and start from where they would have when it is granted after all.
    ///
    /// # Errors
    /// When a calendar of the agreement cannot be had for these facts.
    pub fn judge(
        &self,
        progress: &Progress,
        facts: &Facts,
        verdict: Verdict,
        at: Instant,
    ) -> Result<Vec<ClockChange>, TermsError> {
        let mut run = Run::new(*self, progress, facts, verdict);
        if verdict == Verdict::NotCovered {
            run.stop_all(at, StopReason::NotCovered, |promise| promise.owed == Owed::WhenCovered);
        } else {
            run.start_missing(at)?;
        }
        Ok(run.changes)
    }

    /// What other terms change under a request that runs: its open clocks take their target, calendar and
    /// clause from these terms; what they no longer promise stops; what they add is owed from `at` on.
    ///
    /// How time used counts is the document's to say, promise by promise (`on_change`, of `agreement`). By
    /// default it is kept: under the same hours the new target counts from the same instant, under others
    /// what was used by the hours of `before` is carried over. A clock that was kept, missed or stopped is
    /// left alone.
    ///
    /// # Errors
    /// When a calendar of either agreement cannot be had for these facts.
    pub fn adopt(
        &self,
        before: &Course<'_>,
        progress: &Progress,
        known: &Facts,
        facts: &Facts,
        verdict: Verdict,
        at: Instant,
    ) -> Result<Vec<ClockChange>, TermsError> {
        let mut run = Run::new(*self, progress, facts, verdict);
        run.take_terms(before, known, at)?;
        Ok(run.changes)
    }

    /// What other hours change: the due instant of every clock that still runs, counted anew under
    /// these terms, where it is another. A clock that was kept, missed or stopped is left alone.
    ///
    /// For a calendar that was changed: a day closed at short notice, other opening hours.
    ///
    /// # Errors
    /// When a calendar of the agreement cannot be had for these facts.
    pub fn recount(&self, progress: &Progress, facts: &Facts) -> Result<Vec<ClockChange>, TermsError> {
        let mut moved = Vec::new();
        for clock in progress.clocks.iter().filter(|clock| clock.is_open() && clock.missed_at.is_none()) {
            let due_at = self.due_at(progress, clock, facts)?;
            if due_at != clock.due_at {
                moved.push(ClockChange::DueMoved { key: clock.key.clone(), due_at, recounted: true });
            }
        }
        Ok(moved)
    }

    /// Every step that fell due before `now` and was not taken yet, in order of its instant.
    ///
    /// The answer depends on the instants alone, not on how often it is asked: one late round gives
    /// the changes that a hundred punctual ones would have given.
    #[must_use]
    pub fn steps_due(&self, progress: &Progress, facts: &Facts, now: Instant) -> Vec<ClockChange> {
        let mut taken = Vec::new();
        let mut due = self.steps_before(progress, facts, now);
        if due.is_empty() {
            return taken;
        }
        // A recurring promise that was missed is due again at once, and may have been missed again
        // since: so one step at a time, until nothing is left before `now`.
        let mut so_far = progress.clone();
        while let Some((_, change)) = due.first() {
            let change = change.clone();
            so_far.apply(&change);
            taken.push(change);
            if let Some(ClockChange::Missed { key, due_at, .. }) = taken.last()
                && let Some(next) = self.next_of(&so_far, key, *due_at, facts)
            {
                so_far.apply(&next);
                taken.push(next);
            }
            due = self.steps_before(&so_far, facts, now);
        }
        taken
    }

    fn steps_before(&self, progress: &Progress, facts: &Facts, now: Instant) -> Vec<(Instant, ClockChange)> {
        let mut due: Vec<(Instant, ClockChange)> =
            self.pending_steps(progress, facts).into_iter().filter(|(at, _)| *at < now).collect();
        due.sort_by_key(|(at, change)| (*at, order(change)));
        due
    }

    /// The clock that begins where one of a recurring promise was missed; none for other promises,
    /// and none where the next would fall due at once.
    fn next_of(
        &self,
        progress: &Progress,
        key: &ClockKey,
        missed_at: Instant,
        facts: &Facts,
    ) -> Option<ClockChange> {
        let missed = progress.clock(key).filter(|clock| clock.recurring)?;
        let mut next = Clock {
            key: ClockKey { promise: key.promise.clone(), instance: key.instance.saturating_add(1) },
            started_at: missed_at,
            counted_from: missed_at,
            carried_seconds: 0,
            extensions: Vec::new(),
            planned_at: None,
            due_at: None,
            missed_at: None,
            steps_taken: BTreeSet::new(),
            ..missed.clone()
        };
        next.due_at = self.due_at(progress, &next, facts).ok().flatten();
        let moves_on = next.due_at.is_some_and(|due_at| due_at > missed_at);
        moves_on.then(|| ClockChange::Started { clock: Box::new(next) })
    }

    /// When to look again: the first instant at which [`Course::steps_due`] would give something.
    /// None while nothing can fall due by itself.
    #[must_use]
    pub fn next_step_at(&self, progress: &Progress, facts: &Facts) -> Option<Instant> {
        self.pending_steps(progress, facts).into_iter().map(|(at, _)| at.plus_milliseconds(1)).min()
    }

    /// Steps of open clocks not taken yet. A clock that waits has none: while it waits it cannot be
    /// missed, whether its waiting pauses or extends.
    fn pending_steps(&self, progress: &Progress, facts: &Facts) -> Vec<(Instant, ClockChange)> {
        let mut steps = Vec::new();
        for clock in progress.clocks.iter().filter(|clock| clock.is_unsettled()) {
            let (Some(due_at), Some(promise)) = (clock.due_at, self.terms.promise(&clock.key.promise)) else {
                continue;
            };
            if progress.waits_of(clock).any(|wait| wait.to.is_none()) {
                continue;
            }
            let evaluation = Evaluation::new(self.terms, facts, due_at);
            if clock.missed_at.is_none() && promise.requires.ask(&evaluation) == Answer::No {
                // What the promise requires of the other side was not there: nothing was owed.
                steps.push((
                    due_at,
                    ClockChange::Stopped {
                        key: clock.key.clone(),
                        at: due_at,
                        reason: StopReason::NoLongerApplies,
                    },
                ));
                continue;
            }
            if clock.missed_at.is_none() {
                steps.push((
                    due_at,
                    ClockChange::Missed {
                        key: clock.key.clone(),
                        due_at,
                        clause: clock.clause.clone(),
                        strength: clock.strength,
                    },
                ));
                for (place, step) in promise.warn.iter().enumerate() {
                    let name = format!("warn.{place}");
                    let Some(at) = self.step_at(step, clock, due_at, facts) else { continue };
                    if !clock.steps_taken.contains(&name) && at > clock.counted_from {
                        let change = ClockChange::Warned {
                            key: clock.key.clone(),
                            step: name,
                            at,
                            due_at,
                            tell: step.tell.clone(),
                            clause: step.clause.clone(),
                        };
                        steps.push((at, change));
                    }
                }
            }
            // Of a recurring promise that is owed no more, nothing that was missed is followed up.
            let latest = progress.latest(&clock.key.promise);
            if clock.recurring && latest.is_some_and(|latest| !latest.is_unsettled()) {
                continue;
            }
            for (place, step) in promise.missed.iter().enumerate() {
                let name = format!("missed.{place}");
                let Some(at) = self.step_at(step, clock, clock.missed_at.unwrap_or(due_at), facts) else {
                    continue;
                };
                if !clock.steps_taken.contains(&name) {
                    let change = ClockChange::MissFollowed {
                        key: clock.key.clone(),
                        step: name,
                        at,
                        tell: step.tell.clone(),
                        climb: step.climb.clone(),
                        clause: step.clause.clone(),
                    };
                    steps.push((at, change));
                }
            }
        }
        steps
    }

    fn step_at(&self, step: &Step, clock: &Clock, due_at: Instant, facts: &Facts) -> Option<Instant> {
        let (span, before) = match &step.at {
            StepAt::Due => return Some(due_at),
            StepAt::Left(span) => (span, true),
            StepAt::After(span) => (span, false),
        };
        let Span::Of { count, unit } = span else { return None };
        let calendar = if unit.is_business() { self.calendar_of(clock, facts) } else { self.terms.elapsed() };
        let unit_seconds = unit.seconds().or_else(|| calendar.ordinary_day_seconds())?;
        let seconds = i64::from(*count) * unit_seconds;
        if before { calendar.sub(due_at, seconds).ok() } else { calendar.add(due_at, seconds).ok() }
    }

    /// The calendar in which a clock counts; wall-clock time when its own cannot be had, so that a
    /// reading is always possible.
    #[must_use]
    pub fn calendar_of(&self, clock: &Clock, facts: &Facts) -> Arc<Calendar> {
        self.terms.calendar(&clock.calendar, facts).unwrap_or_else(|_| self.terms.elapsed())
    }

    /// What a promise asks of a case, or none when nothing it says applies.
    fn target(&self, promise: &Promise, facts: &Facts, at: Instant) -> Result<Option<Target>, TermsError> {
        let evaluation = Evaluation::new(self.terms, facts, at);
        let layered = if promise.every.is_unsaid() { &promise.within } else { &promise.every };
        let strength = promise.strength.resolve(&evaluation);
        let agreed =
            promise.agreed.as_ref().and_then(|agreed| match facts.get(agreed_fact(&promise.name).as_str()) {
                Some(FactValue::Span(span)) => Some((*span, clause_of(agreed, promise).clone())),
                _ => None,
            });
        let (span, clause, mut provisional) = match (agreed, promise.idle, layered.resolve(&evaluation)) {
            // What was agreed on this request stands before what the document says of all.
            (Some((span, clause)), ..) => (Some(span), clause, BTreeSet::new()),
            // An effort commitment is kept while work follows work within the idle time.
            (None, Some(idle), _) => (Some(idle), promise.clause.clone(), BTreeSet::new()),
            (None, None, Some(resolved)) => {
                (Some(resolved.cited.value), resolved.cited.clause, resolved.provisional)
            }
            (None, None, None) => (None, promise.clause.clone(), BTreeSet::new()),
        };
        if matches!(span, Some(Span::None)) {
            return Ok(None);
        }
        let span = span.filter(|span| !matches!(span, Span::Unstated));
        let clause = match (&span, &strength) {
            (None, Some(strength)) if strength.cited.value == Strength::WithoutFigure => {
                strength.cited.clause.clone()
            }
            _ => clause,
        };
        let strength = strength.map_or(Strength::Binding, |strength| strength.cited.value);
        let span = span.filter(|_| strength != Strength::WithoutFigure);
        let calendar = match &span {
            Some(span) if counts_open_time(span) => {
                let calendar = promise.calendar.resolve(&evaluation);
                if let Some(calendar) = &calendar {
                    provisional.extend(calendar.provisional.iter().cloned());
                }
                let name = calendar.map_or_else(|| "elapsed".to_owned(), |calendar| calendar.cited.value);
                if name == "elapsed" { name } else { self.terms.calendar_rule(&name, facts)?.name.clone() }
            }
            _ => "elapsed".to_owned(),
        };
        Ok(Some(Target { span, clause, calendar, strength, provisional }))
    }

    /// When a clock falls due, its closed waits considered.
    fn due_at(
        &self,
        progress: &Progress,
        clock: &Clock,
        facts: &Facts,
    ) -> Result<Option<Instant>, TermsError> {
        Ok(self.due_with_extensions(progress, clock, facts)?.map(|(due_at, _)| due_at))
    }

    /// When a clock falls due, its closed waits considered, and what of them put it off; none without figure.
    fn due_with_extensions(
        &self,
        progress: &Progress,
        clock: &Clock,
        facts: &Facts,
    ) -> Result<Option<(Instant, Vec<Extension>)>, TermsError> {
        let Some(span) = &clock.target else { return Ok(None) };
        let pauses: Vec<(Instant, Instant)> = progress
            .waits_of(clock)
            .filter(|wait| wait.effect == Effect::Pause)
            .filter_map(|wait| Some((wait.from, wait.to?)))
            .collect();
        let calendar = self.terms.calendar(&clock.calendar, facts)?;
        if let Some(planned_at) = clock.planned_at {
            let due_at = before(planned_at, span, clock, &calendar).map_err(TermsError::Calendar)?;
            return Ok(due_at.map(|due_at| (due_at, Vec::new())));
        }
        let found = match seconds_left_of(span, clock, &calendar) {
            Some(seconds) => Some(calendar.add_with_pauses(clock.counted_from, seconds, &pauses)),
            None => due(clock.counted_from, span, &day_of(clock), &calendar, &pauses).transpose(),
        }
        .transpose()
        .map_err(TermsError::Calendar)?;
        let Some(mut at) = found else { return Ok(None) };
        let mut extensions = clock.extensions.clone();
        for extension in &extensions {
            at = self.put_off(at, extension, facts)?;
        }
        // Time in which two are waited for at once is waited once: what an earlier wait covers, or a
        // pause, extends nothing again.
        let mut covered = pauses.clone();
        for wait in progress.waits_of(clock).filter(|wait| wait.effect == Effect::Extend) {
            let Some(to) = wait.to else { continue };
            // Waiting before the clock began, or after it fell due, extends nothing.
            let from = wait.from.max(clock.counted_from);
            if from >= to || from >= at {
                continue;
            }
            let milliseconds = match &wait.measured_in {
                Some(name) => {
                    self.terms.calendar(name, facts)?.between_with_pauses(from, to, &covered) * 1000
                }
                None => milliseconds_without(from, to, &covered),
            };
            let extension = Extension { measured_in: wait.measured_in.clone(), milliseconds };
            at = self.put_off(at, &extension, facts)?;
            covered.push((from, to));
            extensions.push(extension);
        }
        Ok(Some((at, extensions)))
    }

    /// A due instant, put off by what was waited.
    fn put_off(&self, due_at: Instant, by: &Extension, facts: &Facts) -> Result<Instant, TermsError> {
        match &by.measured_in {
            Some(name) => self
                .terms
                .calendar(name, facts)?
                .add(due_at, by.milliseconds / 1000)
                .map_err(TermsError::Calendar),
            None => Ok(due_at.plus_milliseconds(by.milliseconds)),
        }
    }

    /// What a clock had of its target at an instant, by the hours of these terms: it counts on from there with the
    /// time that was used and what waits put off, whatever hours follow. A wait that lasts counts until then.
    fn carried(
        &self,
        progress: &Progress,
        clock: &Clock,
        facts: &Facts,
        at: Instant,
    ) -> Result<Clock, TermsError> {
        let mut until = progress.clone();
        until.waits.iter_mut().filter(|wait| wait.to.is_none()).for_each(|wait| wait.to = Some(at));
        let found = self.due_with_extensions(&until, clock, facts)?;
        Ok(Clock {
            carried_seconds: used_seconds(progress, clock, &self.calendar_of(clock, facts), at),
            extensions: found.map_or_else(Vec::new, |(_, extensions)| extensions),
            counted_from: at,
            ..clock.clone()
        })
    }
}

/// One happening on its way through the meters: changes are folded as they are found, so that each
/// stage sees what the stages before it did.
struct Run<'a> {
    course: Course<'a>,
    progress: Progress,
    facts: &'a Facts,
    verdict: Verdict,
    changes: Vec<ClockChange>,
    /// What kept a clock from starting, where its hours depend on what is not known yet.
    awaited: Option<TermsError>,
}

impl<'a> Run<'a> {
    fn new(course: Course<'a>, progress: &Progress, facts: &'a Facts, verdict: Verdict) -> Self {
        Self { course, progress: progress.clone(), facts, verdict, changes: Vec::new(), awaited: None }
    }

    fn record(&mut self, change: ClockChange) {
        self.progress.apply(&change);
        self.changes.push(change);
    }

    fn matches(&self, pattern: &EventPattern, happening: &Happening) -> bool {
        pattern.event == happening.event
            && pattern.when.ask(
                &Evaluation::new(self.course.terms, self.facts, happening.at)
                    .during_event(&happening.attributes),
            ) == Answer::Yes
    }

    /// When the first of some patterns was first met, by what is known now. What happened before a promise asked
    /// how is taken by its name.
    fn first_of(&self, patterns: &[EventPattern]) -> Option<Instant> {
        let first = |pattern: &EventPattern| {
            let named = || self.progress.happened.get(&pattern.event).copied();
            let mut known =
                self.progress.told_apart.iter().filter(|seen| seen.event == pattern.event).peekable();
            if pattern.when == Condition::Always || known.peek().is_none() {
                return named();
            }
            known.filter(|seen| self.matches(pattern, seen)).map(|seen| seen.at).min()
        };
        patterns.iter().filter_map(first).min()
    }

    fn any_matches(&self, patterns: &[EventPattern], happening: &Happening) -> bool {
        patterns.iter().any(|pattern| self.matches(pattern, happening))
    }

    fn begin_waits(&mut self, happening: &Happening) {
        for rule in &self.course.terms.pauses {
            if self.progress.open_wait_for(&rule.name, &rule.party).is_some()
                || !self.any_matches(&rule.begin, happening)
            {
                continue;
            }
            let evaluation = Evaluation::new(self.course.terms, self.facts, happening.at);
            let measured_in = rule
                .measured_in
                .as_ref()
                .and_then(|choice| choice.resolve(&evaluation, &mut BTreeSet::new()));
            self.record(ClockChange::WaitBegan {
                wait: Wait {
                    pause: rule.name.clone(),
                    label: rule.label.clone(),
                    clause: rule.clause.clone(),
                    party: rule.party.clone(),
                    together: rule.together,
                    effect: rule.effect,
                    measured_in,
                    from: happening.at,
                    to: None,
                },
            });
        }
    }

    /// What is solved or closed waits for nobody, whatever its pauses say.
    fn end_waits(&mut self, happening: &Happening) {
        if matches!(happening.event.as_str(), "resolved" | "closed") {
            self.end_every_wait(happening.at);
            return;
        }
        let rules = &self.course.terms.pauses;
        let ends: Vec<(String, Option<String>)> = rules
            .iter()
            .filter(|rule| {
                self.progress.open_wait_for(&rule.name, &rule.party).is_some()
                    && self.any_matches(&rule.end, happening)
            })
            .map(|rule| {
                let of_several = rules.iter().filter(|other| other.name == rule.name).count() > 1;
                (rule.name.clone(), of_several.then(|| rule.party.clone()))
            })
            .collect();
        for (pause, party) in ends {
            self.record(ClockChange::WaitEnded { pause: pause.clone(), party, at: happening.at });
            self.move_due(&pause);
        }
    }

    fn end_every_wait(&mut self, at: Instant) {
        let open = self.progress.waits.iter().filter(|wait| wait.to.is_none());
        let ends: Vec<(String, String)> = open.map(|wait| (wait.pause.clone(), wait.party.clone())).collect();
        for (pause, party) in ends {
            self.record(ClockChange::WaitEnded { pause: pause.clone(), party: Some(party), at });
            self.move_due(&pause);
        }
    }

    /// Moves the due instants of the open clocks that a pause touches. A calendar that cannot be
    /// had leaves the due instant where it was: the happening itself is never lost for it.
    fn move_due(&mut self, pause: &str) {
        for clock in self.owed_clocks() {
            if !clock.pauses.iter().any(|name| name == pause) {
                continue;
            }
            if let Ok(due_at) = self.course.due_at(&self.progress, &clock, self.facts)
                && due_at != clock.due_at
            {
                self.record(ClockChange::DueMoved { key: clock.key, due_at, recounted: false });
            }
        }
    }

    fn retarget(&mut self, before: &Facts, at: Instant) -> Result<(), TermsError> {
        for clock in self.owed_clocks() {
            let Some(promise) = self.course.terms.promise(&clock.key.promise) else { continue };
            if !self.applies(promise, at) {
                self.record(ClockChange::Stopped { key: clock.key, at, reason: StopReason::NoLongerApplies });
                continue;
            }
            let Some(target) = self.course.target(promise, self.facts, clock.started_at)? else {
                self.record(ClockChange::Stopped { key: clock.key, at, reason: StopReason::NoLongerApplies });
                continue;
            };
            let recurring = clock.recurring;
            let same = target.span == clock.target
                && target.calendar == clock.calendar
                && target.strength == clock.strength
                && target.clause == clock.clause;
            let (then, now) = (
                Evaluation::new(self.course.terms, before, at),
                Evaluation::new(self.course.terms, self.facts, at),
            );
            let on_change = promise
                .on_change
                .iter()
                .find(|(fact, _)| then.value(fact) != now.value(fact))
                .map_or(OnChange::Keep, |(_, on_change)| *on_change);
            if on_change == OnChange::Fixed {
                continue;
            }
            // A clock that an earlier change left its target keeps it when something else becomes known.
            let asked_before = self.course.target(promise, before, clock.started_at);
            let stands = same || matches!(asked_before, Ok(Some(asked)) if asked.is_as(&target));
            if stands && on_change != OnChange::Restart {
                let told = Clock { provisional: target.provisional, ..clock.clone() };
                self.record_target(&clock, &clock, told, clock.due_at, on_change, at);
                continue;
            }
            let mut changed = retargeted(&clock, target);
            match on_change {
                OnChange::Restart => count_anew(&mut changed, at),
                // Under one calendar, time used is kept by counting from the same instant; under
                // another, it is carried over, and only what follows is counted anew.
                OnChange::Keep if changed.calendar != clock.calendar && self.holds_seconds(&changed) => {
                    carry_over(&mut changed, self.course.carried(&self.progress, &clock, before, at)?);
                }
                OnChange::FromOpening => count_anew(&mut changed, clock.started_at),
                OnChange::Keep | OnChange::Earlier | OnChange::Fixed => {}
            }
            let mut due_at = self.course.due_at(&self.progress, &changed, self.facts)?;
            // A rhythm that becomes shorter owes nothing for the time before it did.
            if recurring && due_at.is_some_and(|due_at| due_at < at) {
                count_anew(&mut changed, at);
                due_at = self.course.due_at(&self.progress, &changed, self.facts)?;
            }
            self.record_target(&clock, &clock, changed, due_at, on_change, at);
        }
        // A fact may also bring a request into a promise that did not apply before.
        self.start_missing(at)
    }

    fn take_terms(&mut self, before: &Course<'_>, known: &Facts, at: Instant) -> Result<(), TermsError> {
        for clock in self.owed_clocks() {
            let promise = self.course.terms.promise(&clock.key.promise);
            let target = match promise.filter(|promise| self.applies(promise, at)) {
                Some(promise) => self.course.target(promise, self.facts, clock.started_at)?,
                None => None,
            };
            let (Some(promise), Some(target)) = (promise, target) else {
                self.record(ClockChange::Stopped { key: clock.key, at, reason: StopReason::NoLongerApplies });
                continue;
            };
            let on_change = promise.on_change.iter().find(|(fact, _)| fact.as_str() == AGREEMENT);
            let on_change = on_change.map_or(OnChange::Keep, |(_, on_change)| *on_change);
            let hours = before.calendar_of(&clock, known);
            let mut changed = retargeted(&clock, target);
            let new_hours = self.course.calendar_of(&changed, self.facts);
            let same_hours = hours.definition() == new_hours.definition();
            let is_same = same_hours
                && changed.target == clock.target
                && changed.strength == clock.strength
                && changed.clause == clock.clause;
            if is_same || on_change == OnChange::Fixed {
                continue;
            }
            match on_change {
                OnChange::Restart => count_anew(&mut changed, at),
                OnChange::FromOpening => count_anew(&mut changed, clock.started_at),
                _ if !same_hours && self.holds_seconds(&changed) => {
                    carry_over(&mut changed, before.carried(&self.progress, &clock, known, at)?);
                }
                _ => {}
            }
            let due_at = self.course.due_at(&self.progress, &changed, self.facts)?;
            // A clock that keeps its target where its calendar has other hours from now on does not count anew
            // what was used until then.
            let keeps_hours = self.course.calendar_of(&clock, self.facts).definition() == hours.definition();
            let kept = if keeps_hours || !self.holds_seconds(&clock) {
                clock.clone()
            } else {
                before.carried(&self.progress, &clock, known, at)?
            };
            self.record_target(&clock, &kept, changed, due_at, on_change, at);
        }
        for promise in &self.course.terms.promises {
            let old = before.terms.promise(&promise.name);
            if old.is_some_and(|old| {
                matches!(before.target(old, known, at), Err(TermsError::CalendarWants { .. }))
            }) {
                self.start_late(promise, at)?;
            }
            let is_new = old.is_none();
            if is_new && self.first_of(&promise.start).is_some() && self.first_of(&promise.stop).is_none() {
                self.start_if_owed(promise, at, at, None)?;
            }
        }
        Ok(())
    }

    /// Whether a clock has a target of so many seconds, to which time used under other hours can be carried
    /// over. A target in days, or by the end of a day, counts from where it did.
    fn holds_seconds(&self, clock: &Clock) -> bool {
        let calendar = self.course.calendar_of(clock, self.facts);
        clock.target.as_ref().is_some_and(|span| seconds_of(span, clock, &calendar).is_some())
    }

    /// The clocks whose deadlines may still move.
    fn owed_clocks(&self) -> Vec<Clock> {
        let owed = |clock: &&Clock| clock.is_open() && clock.missed_at.is_none();
        self.progress.clocks.iter().filter(owed).cloned().collect()
    }

    /// Records that a clock has another target, or counts it otherwise. Where its deadline may only come
    /// nearer and would not, it stands as `kept`, so that no wait counts it anew by the other.
    fn record_target(
        &mut self,
        clock: &Clock,
        kept: &Clock,
        changed: Clock,
        due_at: Option<Instant>,
        on_change: OnChange,
        at: Instant,
    ) {
        let comes_nearer = clock.due_at.is_none_or(|was| due_at.is_some_and(|due_at| due_at <= was));
        let (changed, due_at) = if on_change == OnChange::Earlier && !comes_nearer {
            (Clock { provisional: changed.provisional, ..kept.clone() }, clock.due_at)
        } else {
            (changed, due_at)
        };
        if changed == *clock && due_at == clock.due_at {
            return;
        }
        // What neither moves nor promises otherwise is no news, whatever it counts by from now on.
        let stands = due_at == clock.due_at
            && changed.target == clock.target
            && changed.calendar == clock.calendar
            && changed.strength == clock.strength;
        if stands {
            self.record(ClockChange::Stood {
                key: changed.key,
                clause: changed.clause,
                counted_from: changed.counted_from,
                carried_seconds: changed.carried_seconds,
                extensions: changed.extensions,
                provisional: changed.provisional,
            });
            return;
        }
        self.record(ClockChange::Retargeted {
            key: changed.key,
            at,
            target: changed.target,
            clause: changed.clause,
            calendar: changed.calendar,
            strength: changed.strength,
            counted_from: changed.counted_from,
            carried_seconds: changed.carried_seconds,
            extensions: changed.extensions,
            due_at,
            provisional: changed.provisional,
        });
    }

    fn stop(&mut self, happening: &Happening) -> Result<(), TermsError> {
        let open: Vec<Clock> = self
            .progress
            .clocks
            .iter()
            .filter(|clock| clock.is_open() && clock.started_at <= happening.at)
            .cloned()
            .collect();
        for clock in open {
            let Some(promise) = self.course.terms.promise(&clock.key.promise) else { continue };
            if self.any_matches(&promise.stop, happening) {
                self.record(ClockChange::Met { key: clock.key, at: happening.at });
            } else if promise.ahead_of.as_deref() == Some(&happening.event) && clock.due_at.is_none() {
                // Without a figure, the planned event itself is the last instant.
                self.record(ClockChange::Missed {
                    key: clock.key,
                    due_at: happening.at,
                    clause: clock.clause,
                    strength: clock.strength,
                });
            } else if self.resets(promise, happening) {
                self.record(ClockChange::Met { key: clock.key.clone(), at: happening.at });
                self.start_clock(promise, happening.at, happening.at, None)?;
            }
        }
        Ok(())
    }

    fn resets(&self, promise: &Promise, happening: &Happening) -> bool {
        if promise.idle.is_some() && promise.reset.is_empty() {
            return WORK.contains(&happening.event.as_str());
        }
        self.any_matches(&promise.reset, happening)
    }

    fn start(&mut self, happening: &Happening) -> Result<(), TermsError> {
        for promise in &self.course.terms.promises {
            let first =
                self.progress.latest(&promise.name).is_none() && self.any_matches(&promise.start, happening);
            if first || self.any_matches(&promise.each, happening) {
                let planned_at = self.planned_at(promise, happening);
                self.start_if_owed(promise, happening.at, happening.at, planned_at)?;
            }
        }
        Ok(())
    }

    /// When the planned event that a promise must precede will be: what the happening says of it
    /// under the event's own name, else as the beginning of what is planned. A day begins at midnight.
    fn planned_at(&self, promise: &Promise, happening: &Happening) -> Option<Instant> {
        let planned = promise.ahead_of.as_deref()?;
        [planned, "from", "planned"].iter().find_map(|name| match happening.attributes.get(name)? {
            FactValue::Instant(at) => Some(*at),
            FactValue::Date(day) => Some(self.course.terms.zone.instant_of(*day, LocalTime::MIDNIGHT)),
            FactValue::Text(text) => Instant::parse(text).ok(),
            _ => None,
        })
    }

    /// Starts every promise whose start already happened and that has no clock yet. A recurring one
    /// counts from now: nothing recurred before it was owed.
    fn start_missing(&mut self, now: Instant) -> Result<(), TermsError> {
        for promise in &self.course.terms.promises {
            self.start_late(promise, now)?;
        }
        Ok(())
    }

    /// Starts a promise whose start already happened, as of then. What was done meanwhile keeps it, or comes after
    /// its deadline.
    fn start_late(&mut self, promise: &Promise, now: Instant) -> Result<(), TermsError> {
        let is_missing = |clock: &Clock| match clock.stopped {
            // What is granted after all is owed again.
            Some((_, StopReason::NotCovered)) => true,
            // So is what other facts took out of the promise and bring back. What stopped as it fell due was
            // judged by what the promise requires, for good.
            Some((at, StopReason::NoLongerApplies)) => Some(at) != clock.due_at && self.applies(promise, now),
            _ => false,
        };
        if self.progress.latest(&promise.name).is_some_and(|clock| !is_missing(clock)) {
            return Ok(());
        }
        let Some(started_at) = self.first_of(&promise.start) else { return Ok(()) };
        let stopped_at = self.first_of(&promise.stop).filter(|at| *at >= started_at);
        let counted_from = if recurs(promise) { started_at.max(now) } else { started_at };
        self.start_if_owed(promise, started_at, counted_from, None)?;
        let open = self.progress.latest(&promise.name).filter(|clock| clock.is_open());
        if let (Some(at), Some(clock)) = (stopped_at, open.cloned()) {
            if let Some(due_at) = clock.due_at.filter(|due_at| *due_at < at) {
                let (key, clause, strength) = (clock.key.clone(), clock.clause, clock.strength);
                self.record(ClockChange::Missed { key, due_at, clause, strength });
            }
            self.record(ClockChange::Met { key: clock.key, at });
        }
        Ok(())
    }

    fn start_if_owed(
        &mut self,
        promise: &Promise,
        at: Instant,
        counted_from: Instant,
        planned_at: Option<Instant>,
    ) -> Result<(), TermsError> {
        let covered = self.verdict != Verdict::NotCovered || promise.owed == Owed::Always;
        if covered && self.applies(promise, at) {
            self.start_clock(promise, at, counted_from, planned_at)
        } else {
            Ok(())
        }
    }

    /// Whether a case is within a promise. What is unknown lets the clock run, marked provisional.
    fn applies(&self, promise: &Promise, at: Instant) -> bool {
        let evaluation = Evaluation::new(self.course.terms, self.facts, at);
        promise.when.ask(&evaluation) != Answer::No && promise.unless.ask(&evaluation) != Answer::Yes
    }

    /// A clock whose hours depend on what is not known yet starts once it is told, as of when it would have
    /// started: [`Run::start_late`].
    fn start_clock(
        &mut self,
        promise: &Promise,
        at: Instant,
        counted_from: Instant,
        planned_at: Option<Instant>,
    ) -> Result<(), TermsError> {
        let target = self.course.target(promise, self.facts, at);
        let Some(target) = self.known_yet(target)?.flatten() else { return Ok(()) };
        let evaluation = Evaluation::new(self.course.terms, self.facts, at);
        let mut provisional = target.provisional;
        if let Answer::Unknown(facts) = promise.when.ask(&evaluation) {
            provisional.extend(facts);
        }
        let instance = self.progress.clocks.iter().filter(|clock| clock.key.promise == promise.name).count();
        let mut clock = Clock {
            key: ClockKey {
                promise: promise.name.clone(),
                instance: u32::try_from(instance).unwrap_or(u32::MAX),
            },
            label: promise.label.clone(),
            clause: target.clause,
            calendar: target.calendar,
            target: target.span,
            day: promise.day,
            strength: target.strength,
            started_at: at,
            counted_from,
            carried_seconds: 0,
            extensions: Vec::new(),
            planned_at,
            due_at: None,
            pauses: promise.pause.resolve(&evaluation).map(|pauses| pauses.cited.value).unwrap_or_default(),
            met_at: None,
            missed_at: None,
            stopped: None,
            steps_taken: BTreeSet::new(),
            provisional,
            interpretations: promise.interpretations.clone(),
            recurring: recurs(promise),
        };
        let due_at = self.course.due_at(&self.progress, &clock, self.facts);
        let Some(due_at) = self.known_yet(due_at)? else { return Ok(()) };
        clock.due_at = due_at;
        self.record(ClockChange::Started { clock: Box::new(clock) });
        Ok(())
    }

    /// What a calendar gives; none while it depends on facts that are not known.
    fn known_yet<T>(&mut self, found: Result<T, TermsError>) -> Result<Option<T>, TermsError> {
        match found {
            Err(error @ TermsError::CalendarWants { .. }) => {
                self.awaited.get_or_insert(error);
                Ok(None)
            }
            found => found.map(Some),
        }
    }

    fn stop_all(&mut self, at: Instant, reason: StopReason, touches: impl Fn(&Promise) -> bool) {
        let open: Vec<ClockKey> = self
            .progress
            .clocks
            .iter()
            .filter(|clock| {
                clock.is_open() && self.course.terms.promise(&clock.key.promise).is_none_or(&touches)
            })
            .map(|clock| clock.key.clone())
            .collect();
        for key in open {
            self.record(ClockChange::Stopped { key, at, reason });
        }
    }
}

/// The last instant at which something owed ahead of a planned instant is in time. Without a figure
/// that instant is the planned one itself.
fn before(
    planned_at: Instant,
    span: &Span,
    clock: &Clock,
    calendar: &Calendar,
) -> Result<Option<Instant>, CalendarError> {
    let Span::Of { count, unit } = span else {
        return Ok((!matches!(span, Span::None | Span::Unstated)).then_some(planned_at));
    };
    let seconds = match unit {
        Unit::BusinessDay if clock.day.business_day == BusinessDay::Length => calendar.ordinary_day_seconds(),
        unit => unit.seconds(),
    };
    if let Some(seconds) = seconds {
        return calendar.sub(planned_at, seconds * i64::from(*count)).map(Some);
    }
    let local = calendar.zone().local(planned_at);
    let days = i32::try_from(*count).unwrap_or(i32::MAX);
    let day = match unit {
        Unit::Day => Some(local.date.plus_days(days.saturating_neg())),
        Unit::Week => Some(local.date.plus_days(days.saturating_mul(-7))),
        Unit::BusinessDay => {
            let mut day = local.date;
            let mut left = *count;
            // No year has so many closed days in a row.
            for _ in 0..=u64::from(*count) * 7 + 400 {
                if left == 0 {
                    break;
                }
                day = day.plus_days(-1);
                left -= u32::from(calendar.is_business_day(day));
            }
            (left == 0).then_some(day)
        }
        _ => None,
    };
    Ok(day.map(|day| calendar.zone().instant_of(day, local.time)))
}

/// Whether the next clock of a promise begins where one ends.
fn recurs(promise: &Promise) -> bool {
    !promise.every.is_unsaid() || promise.idle.is_some()
}

/// How a clock counts days. From the second of a recurring promise on, the day of the last update
/// never counts again, however early in the day it was: the next one is due on a later day.
fn day_of(clock: &Clock) -> DayReading {
    if clock.recurring && clock.key.instance > 0 {
        DayReading { day_one: DayOne::Next, cut_off: None, ..clock.day }
    } else {
        clock.day
    }
}

/// Among steps of one instant: warnings, then the miss, then what follows it.
fn order(change: &ClockChange) -> u8 {
    match change {
        ClockChange::Warned { .. } => 0,
        ClockChange::Missed { .. } => 1,
        _ => 2,
    }
}

/// Time used until an instant, pauses left out, carried time included.
pub(crate) fn used_seconds(progress: &Progress, clock: &Clock, calendar: &Calendar, until: Instant) -> i64 {
    if until <= clock.counted_from {
        return clock.carried_seconds;
    }
    let pauses = pauses(progress, clock, until);
    calendar.between_with_pauses(clock.counted_from, until, &pauses) + clock.carried_seconds
}

fn pauses(progress: &Progress, clock: &Clock, until: Instant) -> Vec<(Instant, Instant)> {
    progress
        .waits_of(clock)
        .filter(|wait| wait.effect == Effect::Pause)
        .map(|wait| (wait.from, wait.to.unwrap_or(until)))
        .collect()
}

/// By which name a promise says what a change of the agreement does to its running clocks.
const AGREEMENT: &str = "agreement";

/// Whether a span is counted in the open time or the business days of a calendar.
fn counts_open_time(span: &Span) -> bool {
    match span {
        Span::Of { unit, .. } | Span::Range { unit, .. } => unit.is_business(),
        Span::EndOfBusinessDay { .. } => true,
        _ => false,
    }
}

/// Milliseconds from one instant to another, without those of intervals that may overlap.
fn milliseconds_without(from: Instant, to: Instant, covered: &[(Instant, Instant)]) -> i64 {
    let mut covered: Vec<(Instant, Instant)> = covered.to_vec();
    covered.sort_unstable();
    let mut counted = 0;
    let mut reached = from;
    for (start, end) in covered {
        if start >= to {
            break;
        }
        counted += start.milliseconds().saturating_sub(reached.milliseconds()).max(0);
        reached = reached.max(end.min(to));
    }
    counted + to.milliseconds().saturating_sub(reached.milliseconds()).max(0)
}

/// The seconds still to count when time was carried over from another calendar; none when nothing
/// was, or when the span is no amount of time: the end of a day or a month stays where it is.
fn seconds_left_of(span: &Span, clock: &Clock, calendar: &Calendar) -> Option<i64> {
    if clock.carried_seconds == 0 {
        return None;
    }
    Some((seconds_of(span, clock, calendar)? - clock.carried_seconds).max(0))
}

/// A clock that counts its target from an instant on, with nothing used of it.
fn count_anew(clock: &mut Clock, from: Instant) {
    clock.counted_from = from;
    clock.carried_seconds = 0;
    clock.extensions.clear();
}

/// A clock that counts on from where another got.
fn carry_over(clock: &mut Clock, from: Clock) {
    clock.counted_from = from.counted_from;
    clock.carried_seconds = from.carried_seconds;
    clock.extensions = from.extensions;
}

/// The seconds of a calendar that a span holds; none of a target in days, or by the end of one.
fn seconds_of(span: &Span, clock: &Clock, calendar: &Calendar) -> Option<i64> {
    let (Span::Of { count, unit } | Span::Range { most: count, unit, .. }) = span else { return None };
    let unit_seconds = match unit {
        Unit::BusinessDay if clock.day.business_day == BusinessDay::Length => {
            calendar.ordinary_day_seconds()?
        }
        unit => unit.seconds()?,
    };
    Some(i64::from(*count) * unit_seconds)
}
