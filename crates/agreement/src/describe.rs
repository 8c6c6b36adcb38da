//! Rules in the reader's words: the same sentences for the woven page and for the plain account.

mod consequence;
mod contract;
mod desk;
mod figure;
mod measure;
mod prepaid;

pub(crate) use contract::{Told, Topic};

use crate::reader::FROM_THE_START;
use calendar::{Calendar, LocalDate, Span, Weekday};
use std::borrow::Cow;
use terms::{
    CalendarRule, Case, Choice, Condition, CoverCase, Effect, EventPattern, FactName, FactType, FactValue,
    Facts, Family, Label, Layered, ListEntry, Owed, PauseRule, ProductList, Promise, RuleKind, Step, StepAt,
    Terms, Test, Together,
};
use words::{
    Language, Value, channel_name, date_in_words, decimal, hours_in_words, money_in_words, promise_name,
    role_name, span_in_words, strength_in_words, text, text_with,
};

/// Speaks about the rules of one agreement in one language.
#[derive(Clone, Copy)]
pub(crate) struct Speaker<'a> {
    pub(crate) terms: &'a Terms,
    pub(crate) language: Language,
}

impl<'a> Speaker<'a> {
    pub(crate) fn say(&self, key: &str, values: &[(&str, &str)]) -> String {
        let values: Vec<(&str, Value<'_>)> =
            values.iter().map(|(name, value)| (*name, Value::Text(value))).collect();
        text_with(self.language, key, &values)
    }

    pub(crate) fn word(&self, key: &str) -> Cow<'static, str> {
        text(self.language, key)
    }

    pub(crate) fn label<'b>(&self, label: &'b Label, name: &'b str) -> &'b str {
        let told = label.text(self.language.tag());
        if told.is_empty() { name } else { told }
    }

    pub(crate) fn role(&self, name: &str) -> String {
        let label = self.terms.roles.iter().find(|role| role.name == name).map(|role| role.label.clone());
        role_name(self.language, name, &label.unwrap_or_default())
    }

    pub(crate) fn roles(&self, names: &[String]) -> String {
        if names.is_empty() {
            return self.word("told-nobody").into_owned();
        }
        let names: Vec<String> = names.iter().map(|name| self.role(name)).collect();
        names.join(", ")
    }

    pub(crate) fn fact(&self, fact: &FactName) -> String {
        if let Some(rule) = self.terms.fact(fact.as_str()) {
            return self.label(&rule.label, fact.as_str()).to_owned();
        }
        if let Some(rule) = self.terms.parameters.iter().find(|rule| rule.name == *fact) {
            return self.label(&rule.label, fact.as_str()).to_owned();
        }
        let path = fact.as_str();
        if path.starts_with("promise.") || path.starts_with("ledger.") || path.starts_with("measure.") {
            return self.subject(path);
        }
        if let Some(base) = self.terms.bases.iter().find(|base| base.name == path) {
            return self.label(&base.label, path).to_owned();
        }
        if let Some(table) = self.terms.rates.iter().find(|table| table.name == path) {
            return self.label(&table.label, path).to_owned();
        }
        let key = format!("woven-known-{}", path.replace(['.', '_'], "-"));
        if words::has_text(self.language, &key) {
            self.word(&key).into_owned()
        } else {
            self.plain_word(path).unwrap_or_else(|| path.replace(['_', '.'], " "))
        }
    }

    pub(crate) fn value(&self, fact: &FactName, value: &FactValue) -> String {
        match value {
            FactValue::YesNo(yes) => self.word(if *yes { "woven-yes" } else { "woven-no" }).into_owned(),
            FactValue::Text(name) => self.value_name(fact, name),
            FactValue::Names(names) => {
                let names: Vec<String> = names.iter().map(|name| self.value_name(fact, name)).collect();
                names.join(", ")
            }
            FactValue::Span(span) => span_in_words(self.language, span),
            FactValue::Table(table) => {
                let rows: Vec<String> = table.iter().map(|(name, values)| self.row(name, values)).collect();
                rows.join(&self.word("woven-separator"))
            }
            FactValue::Money(money) => money_in_words(self.language, money),
            FactValue::Number(number) => decimal(self.language, number),
            FactValue::Date(date) => date_in_words(self.language, *date, LocalDate::EPOCH),
            other => other.to_string(),
        }
    }

    /// A row of a table: who, or since when, and what; what always held, alone.
    fn row(&self, name: &str, values: &[String]) -> String {
        let said = |value: &String| self.written(value).or_else(|| self.plain_word(value));
        let values: Vec<String> =
            values.iter().map(|value| said(value).unwrap_or_else(|| value.clone())).collect();
        let values = values.join(", ");
        if name == FROM_THE_START {
            return values;
        }
        let is_role = self.terms.roles.iter().any(|role| role.name == name);
        let name = match self.written(name) {
            Some(date) => date,
            None if is_role => self.role(name),
            None => self.plain_word(name).unwrap_or_else(|| name.replace('_', " ")),
        };
        if values.is_empty() { name } else { format!("{name} ({values})") }
    }

    fn value_name(&self, fact: &FactName, name: &str) -> String {
        if fact.as_str() == "channel" {
            return channel_name(self.language, name);
        }
        let values = match self.terms.fact(fact.as_str()).map(|rule| &rule.kind) {
            Some(FactType::OneOf(values) | FactType::SetOf(values)) => values.as_slice(),
            _ if fact.as_str() == "service" => {
                let found = self.terms.services.iter().find(|service| service.name == name);
                return found
                    .map_or_else(|| name.to_owned(), |found| self.label(&found.label, name).to_owned());
            }
            _ if fact.as_str().starts_with("promise.") => {
                let key = format!("woven-value-{}", name.replace(['_', ' '], "-"));
                let known = words::has_text(self.language, &key);
                return if known { self.word(&key).into_owned() } else { name.to_owned() };
            }
            _ => return self.plain_word(name).unwrap_or_else(|| name.to_owned()),
        };
        let found = values.iter().find(|value| value.name == name);
        found.map_or_else(|| name.to_owned(), |value| self.label(&value.label, name).to_owned())
    }

    /// A condition as a phrase.
    pub(crate) fn condition(&self, condition: &Condition) -> String {
        match condition {
            Condition::Always => self.word("woven-any-case").into_owned(),
            Condition::All(parts) if parts.is_empty() => self.word("woven-any-case").into_owned(),
            Condition::All(parts) => self.joined(parts, "woven-and"),
            Condition::Any(parts) => self.joined(parts, "woven-or"),
            Condition::Not(inner) => match inner.as_ref() {
                Condition::Test { fact, test: Test::OneOf(values) } => {
                    let told = self.values(fact, values);
                    self.say("woven-condition-is-not", &[("fact", &self.fact(fact)), ("values", &told)])
                }
                inner => self.say("woven-condition-not", &[("condition", &self.condition(inner))]),
            },
            Condition::Test { fact, test } => self.test(fact, test),
        }
    }

    fn joined(&self, parts: &[Condition], key: &str) -> String {
        let told: Vec<String> = parts.iter().map(|part| self.condition(part)).collect();
        told.join(&self.word(key))
    }

    fn values(&self, fact: &FactName, values: &[FactValue]) -> String {
        // Of two names for one channel the reader is told once.
        let mut told: Vec<String> = Vec::with_capacity(values.len());
        for value in values {
            let name = self.value(fact, value);
            if !told.contains(&name) {
                told.push(name);
            }
        }
        match told.split_last() {
            Some((last, rest)) if !rest.is_empty() => {
                format!("{}{}{last}", rest.join(", "), self.word("woven-or"))
            }
            _ => told.join(""),
        }
    }

    fn test(&self, fact: &FactName, test: &Test) -> String {
        let name = self.fact(fact);
        match test {
            Test::OneOf(values) if values == &[FactValue::YesNo(true)] => {
                self.say("woven-condition-yes", &[("fact", &name)])
            }
            Test::OneOf(values) if values == &[FactValue::YesNo(false)] => {
                self.say("woven-condition-no", &[("fact", &name)])
            }
            Test::OneOf(values) => {
                self.say("woven-condition-is", &[("fact", &name), ("values", &self.values(fact, values))])
            }
            Test::HasAny(choice) => {
                let told = self.choice(choice, &|names| {
                    let values: Vec<FactValue> = names.iter().map(|name| FactValue::text(name)).collect();
                    self.values(fact, &values)
                });
                self.say("woven-condition-is", &[("fact", &name), ("values", &told)])
            }
            Test::HasAll(names) => {
                let told: Vec<String> = names.iter().map(|value| self.value_name(fact, value)).collect();
                self.say("woven-condition-is", &[("fact", &name), ("values", &told.join(", "))])
            }
            Test::ListedIn(choice) => {
                let told = self.choice(choice, &|list| self.list_name(list));
                self.say("woven-condition-listed", &[("fact", &name), ("list", &told)])
            }
            Test::BehindAtMost(lines) => text_with(
                self.language,
                "woven-condition-behind",
                &[("count", Value::Number(i64::from(*lines)))],
            ),
            Test::During(calendar) => {
                let told = self.calendar_name(calendar);
                self.say("woven-condition-during", &[("fact", &name), ("calendar", &told)])
            }
            Test::Covers(other) => {
                self.say("woven-condition-at-least", &[("fact", &name), ("value", &self.fact(other))])
            }
            Test::Known(true) => self.say("woven-condition-known", &[("fact", &name)]),
            Test::Known(false) => self.say("woven-condition-unknown", &[("fact", &name)]),
            Test::Within(bounds) => {
                let sides = [
                    ("woven-condition-at-least", &bounds.at_least),
                    ("woven-condition-above", &bounds.above),
                    ("woven-condition-at-most", &bounds.at_most),
                    ("woven-condition-below", &bounds.below),
                ];
                let told: Vec<String> = sides
                    .iter()
                    .filter_map(|(key, bound)| {
                        let value = self.value(fact, bound.as_ref()?);
                        Some(self.say(key, &[("fact", &name), ("value", &value)]))
                    })
                    .collect();
                told.join(&self.word("woven-and"))
            }
        }
    }

    pub(crate) fn list_name(&self, name: &str) -> String {
        // Product lists carry no label in the terms; their clause says what they are.
        let found = self.terms.lists.iter().find(|list| list.name == name);
        found.map_or_else(|| name.to_owned(), |list| self.label(&list.label, &list.clause.heading).to_owned())
    }

    pub(crate) fn calendar_name(&self, name: &str) -> String {
        if name == "elapsed" || name == "always" {
            return self.word("woven-elapsed").into_owned();
        }
        let found = self.terms.calendars.iter().find(|rule| rule.name == name);
        found.map_or_else(|| name.to_owned(), |rule| self.label(&rule.label, name).to_owned())
    }

    /// A value that may depend on facts, row by row.
    pub(crate) fn choice<T: Clone + terms::FromFact>(
        &self,
        choice: &Choice<T>,
        plain: &dyn Fn(&T) -> String,
    ) -> String {
        match choice {
            Choice::Plain(value) => plain(value),
            Choice::Fact(fact) => self.say("woven-from-fact", &[("fact", &self.fact(fact))]),
            Choice::By { fact, of, otherwise } => {
                let mut told: Vec<String> = Vec::new();
                for (key, inner) in of {
                    let value = match key.as_str() {
                        "yes" | "no" => self.word(&format!("woven-{key}")).into_owned(),
                        key => self.value_name(fact, key),
                    };
                    let inner = self.choice(inner, plain);
                    told.push(self.say(
                        "woven-by-value",
                        &[("value", &inner), ("fact", &self.fact(fact)), ("key", &value)],
                    ));
                }
                if let Some(otherwise) = otherwise {
                    let inner = self.choice(otherwise, plain);
                    told.push(self.say("woven-otherwise", &[("value", &inner)]));
                }
                told.join(&self.word("woven-separator"))
            }
        }
    }

    /// A layered value: the exceptions with their condition, then the default.
    pub(crate) fn layered<T: Clone + terms::FromFact>(
        &self,
        layered: &Layered<T>,
        plain: &dyn Fn(&T) -> String,
    ) -> String {
        let mut told = Vec::new();
        if let Some(default) = &layered.default {
            told.push(self.choice(&default.value, plain));
        }
        for case in &layered.cases {
            let value = self.choice(&case.value.value, plain);
            told.push(format!("{value} ({})", self.case(case)));
        }
        told.join(&self.word("woven-separator"))
    }

    /// When an exception holds: in which case, from which day on and until which day.
    pub(crate) fn case<T>(&self, case: &Case<T>) -> String {
        self.circumstances(&case.when, case.since, case.until)
    }

    /// An exception to a condition of coverage or to an exclusion: whether it brings in or takes out, and when.
    pub(crate) fn cover_case(&self, kind: RuleKind, case: &CoverCase) -> String {
        let brings_in = case.holds == (kind == RuleKind::Cover);
        let dated = case.since.is_some() || case.until.is_some();
        let key = match (brings_in, dated && case.when == Condition::Always) {
            (true, false) => "woven-also-when",
            (true, true) => "woven-also",
            (false, false) => "woven-exception",
            (false, true) => "woven-except",
        };
        self.say(key, &[("condition", &self.circumstances(&case.when, case.since, case.until))])
    }

    fn circumstances(&self, when: &Condition, since: Option<LocalDate>, until: Option<LocalDate>) -> String {
        let mut told: Vec<String> = Vec::new();
        let dated = since.is_some() || until.is_some();
        if !dated || *when != Condition::Always {
            told.push(self.condition(when));
        }
        told.extend(since.map(|day| self.on_day("told-since", day)));
        told.extend(until.map(|day| self.on_day("told-until", day)));
        told.join(", ")
    }

    fn on_day(&self, key: &str, day: LocalDate) -> String {
        self.say(key, &[("date", &date_in_words(self.language, day, LocalDate::EPOCH))])
    }

    /// Target, hours and strength in one line.
    pub(crate) fn promise_line(&self, promise: &Promise) -> String {
        let (target, hours, strength) =
            (self.target(promise), self.counted_in(promise), self.strength(promise));
        self.say("woven-promise-line", &[("target", &target), ("hours", &hours), ("strength", &strength)])
    }

    pub(crate) fn promise_name(&self, promise: &Promise) -> String {
        promise_name(self.language, &promise.name, &promise.label)
    }

    pub(crate) fn target(&self, promise: &Promise) -> String {
        let layered = if promise.every.is_unsaid() { &promise.within } else { &promise.every };
        if layered.is_unsaid() {
            return self.word("woven-no-figure").into_owned();
        }
        self.layered(layered, &|span| span_in_words(self.language, span))
    }

    /// The target case by case: in which case, and how soon; one row where it is the same for all.
    pub(crate) fn target_rows(&self, promise: &Promise) -> Vec<(String, String)> {
        let layered = if promise.every.is_unsaid() { &promise.within } else { &promise.every };
        let mut rows = Vec::new();
        if let Some(default) = &layered.default {
            self.choice_rows(&default.value, String::new(), &mut rows);
        }
        for case in &layered.cases {
            self.choice_rows(&case.value.value, self.case(case), &mut rows);
        }
        if rows.is_empty() {
            rows.push((String::new(), self.word("woven-no-figure").into_owned()));
        }
        let all = self.word("woven-any-case");
        let several = rows.len() > 1;
        for (case, _) in rows.iter_mut().filter(|(case, _)| case.is_empty()) {
            *case = if several { self.word("told-else-case").into_owned() } else { all.clone().into_owned() };
        }
        rows
    }

    fn choice_rows(&self, choice: &Choice<Span>, case: String, rows: &mut Vec<(String, String)>) {
        let joined = |more: String| if case.is_empty() { more } else { format!("{case}, {more}") };
        match choice {
            Choice::By { fact, of, otherwise } => {
                for (key, inner) in of {
                    let value = match key.as_str() {
                        "yes" | "no" => self.word(&format!("woven-{key}")).into_owned(),
                        key => self.value_name(fact, key),
                    };
                    let told = self.say("told-case-of", &[("fact", &self.fact(fact)), ("value", &value)]);
                    self.choice_rows(inner, joined(told), rows);
                }
                if let Some(otherwise) = otherwise {
                    self.choice_rows(otherwise, joined(self.word("told-else-case").into_owned()), rows);
                }
            }
            other => rows.push((case, self.choice(other, &|span| span_in_words(self.language, span)))),
        }
    }

    pub(crate) fn counted_in(&self, promise: &Promise) -> String {
        let spans = crate::lower::promises::values(&promise.within);
        let every = crate::lower::promises::values(&promise.every);
        let business = spans.iter().chain(&every).any(|span| span.is_business());
        if !business || promise.calendar.is_unsaid() {
            return self.word("woven-elapsed").into_owned();
        }
        self.layered(&promise.calendar, &|name| self.calendar_name(name))
    }

    pub(crate) fn strength(&self, promise: &Promise) -> String {
        self.layered(&promise.strength, &|strength| strength_in_words(self.language, *strength))
    }

    pub(crate) fn event(&self, pattern: &EventPattern) -> String {
        let key = format!("woven-event-{}", pattern.event);
        let name = if words::has_text(self.language, &key) {
            self.word(&key).into_owned()
        } else {
            self.plain(&pattern.event)
        };
        match &pattern.when {
            Condition::Always => name,
            when => format!("{name} ({})", self.condition(when)),
        }
    }

    fn events(&self, patterns: &[EventPattern]) -> String {
        let told: Vec<String> = patterns.iter().map(|pattern| self.event(pattern)).collect();
        told.join(&self.word("woven-or"))
    }

    /// Everything else that a promise says, sentence by sentence.
    pub(crate) fn promise_details(&self, promise: &Promise) -> Vec<String> {
        let mut told = Vec::new();
        if promise.when != Condition::Always {
            told.push(self.say("woven-only-when", &[("condition", &self.condition(&promise.when))]));
        }
        if promise.unless != Condition::never() {
            told.push(self.say("woven-not-when", &[("condition", &self.condition(&promise.unless))]));
        }
        let (start, stop) = (self.events(&promise.start), self.events(&promise.stop));
        told.push(self.say("woven-from-until", &[("start", &start), ("stop", &stop)]));
        if !promise.pause.is_unsaid() {
            let pauses = self.layered(&promise.pause, &|names| {
                let names: Vec<String> = names.iter().map(|name| self.pause_name(name)).collect();
                names.join(", ")
            });
            if !pauses.is_empty() {
                told.push(self.say("woven-paused", &[("pauses", &pauses)]));
            }
        }
        if !promise.reset.is_empty() {
            told.push(self.say("told-reset", &[("events", &self.events(&promise.reset))]));
        }
        if !promise.each.is_empty() {
            told.push(self.say("told-each-time", &[("events", &self.events(&promise.each))]));
        }
        if promise.owed == Owed::Always {
            told.push(self.word("told-owed-always").into_owned());
        }
        if promise.owed_by == "customer" {
            told.push(self.word("told-owed-by-customer").into_owned());
        }
        if let Some(event) = &promise.ahead_of {
            told.push(self.say("told-ahead-of", &[("event", &self.plain(event))]));
        }
        if let Some(what) = &promise.defer_to {
            told.push(self.say("told-defer-to", &[("what", &self.plain(what))]));
        }
        if let Some(agreed) = &promise.agreed {
            told.push(self.say("told-agreed", &[("who", &self.roles(&agreed.consent))]));
        }
        if let Some(idle) = &promise.idle {
            told.push(self.say("told-idle", &[("span", &self.span(idle))]));
        }
        if promise.requires != Condition::Always {
            told.push(self.say("told-requires", &[("condition", &self.condition(&promise.requires))]));
        }
        told.extend(promise.warn.iter().chain(&promise.missed).filter_map(|step| self.step(step)));
        told
    }

    /// A step of warning or of the ladder: who is told, or where the request climbs, and when.
    fn step(&self, step: &Step) -> Option<String> {
        let when = match &step.at {
            StepAt::Left(span) => self.say("told-when-left", &[("span", &self.span(span))]),
            StepAt::Due => self.word("told-when-due").into_owned(),
            StepAt::After(span) => self.say("told-when-after", &[("span", &self.span(span))]),
        };
        if let Some(role) = &step.climb {
            return Some(self.say("told-climbs", &[("role", &self.role(role)), ("when", &when)]));
        }
        let roles = self.roles(&step.tell);
        (!step.tell.is_empty()).then(|| self.say("told-step-told", &[("when", &when), ("roles", &roles)]))
    }

    pub(crate) fn pause_name(&self, name: &str) -> String {
        self.terms
            .pause(name)
            .map_or_else(|| name.to_owned(), |pause| self.label(&pause.label, name).to_owned())
    }

    pub(crate) fn pause_details(&self, pause: &PauseRule) -> String {
        let (start, stop) = (self.events(&pause.begin), self.events(&pause.end));
        let mut told = self.say("woven-from-until", &[("start", &start), ("stop", &stop)]);
        if self.terms.pauses.iter().filter(|other| other.name == pause.name).count() > 1 {
            let party = words::party_name(self.language, &pause.party);
            told = self.say("told-pause-of-party", &[("party", &party), ("says", &told)]);
            if pause.together == Together::First {
                told = format!("{told} {}", self.word("told-pause-together-first"));
            }
        }
        if pause.effect == Effect::Extend {
            told = format!("{told} {}", self.word("told-pause-extends"));
        }
        told
    }

    /// The calendar as it is when the contract fills in nothing; none when it depends on the case.
    pub(crate) fn calendar(&self, rule: &CalendarRule) -> Option<std::sync::Arc<Calendar>> {
        self.terms.calendar(&rule.name, &Facts::new()).ok()
    }

    /// The hours of a week, and those that follow them, each from its day on.
    pub(crate) fn calendar_details(&self, rule: &CalendarRule, week: LocalDate) -> String {
        if let Some(choice) = &rule.same_as {
            return self.choice(choice, &|name| self.calendar_name(name));
        }
        let Some(calendar) = self.calendar(rule) else { return String::new() };
        let monday = week.on_or_before(Weekday::Mon);
        let mut told = vec![hours_in_words(self.language, &calendar, monday)];
        for since in calendar.definition().changes_on().into_iter().filter(|since| *since > monday) {
            // The first whole week of the new hours tells them.
            let hours = hours_in_words(self.language, &calendar, since.plus_days(6));
            told.push(
                self.say("woven-named", &[("name", &self.on_day("told-since", since)), ("value", &hours)]),
            );
        }
        told.join(&self.word("woven-separator"))
    }

    pub(crate) fn list_details(&self, list: &ProductList) -> String {
        let entries: Vec<String> = list.entries.iter().map(|entry| self.entry(entry)).collect();
        let entries = entries.join(" · ");
        if list.includes.is_empty() {
            return entries;
        }
        let included: Vec<String> = list.includes.iter().map(|name| self.list_name(name)).collect();
        self.say("woven-entries-included", &[("list", &included.join(", ")), ("entries", &entries)])
    }

    pub(crate) fn entry(&self, entry: &ListEntry) -> String {
        let title = match &entry.family {
            Family::None => entry.title.clone(),
            Family::Members(members) => {
                self.say("woven-family", &[("title", &entry.title), ("members", &members.join(", "))])
            }
            Family::StartsWith(words) => {
                let words: Vec<&str> =
                    words.iter().map(String::as_str).filter(|word| *word != entry.title).collect();
                let told: Vec<String> = words.iter().map(|word| format!("« {word} »")).collect();
                self.say("woven-family-beginning", &[("title", &entry.title), ("members", &told.join(", "))])
            }
        };
        match &entry.limited {
            Some(condition) => {
                self.say("woven-limited", &[("title", &title), ("condition", &self.condition(condition))])
            }
            None => title,
        }
    }

    /// A span, for figures shown beside others.
    pub(crate) fn span(&self, span: &Span) -> String {
        span_in_words(self.language, span)
    }
}
