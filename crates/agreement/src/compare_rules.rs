use crate::compile::Compilation;
use crate::describe::Speaker;
use crate::difference::{RuleChange, RuleDifference, ValueDifference};
use crate::merge::Rule;
use crate::node::{Entry, Node, Raw, find};
use crate::schema::Shape;
use calendar::{LocalDate, Span};
use std::collections::BTreeMap;
use terms::{CalendarRule, Choice, FactName, FactValue, FromFact, Layered, RuleKind, StepAt};
use words::{hours_in_words, span_in_words, strength_in_words};

/// A version of an agreement, and who speaks about it.
pub(crate) struct Standing<'a> {
    pub(crate) compilation: &'a Compilation,
    pub(crate) speaker: &'a Speaker<'a>,
}

/// Rules that differ, by the section of their clause: in the version after, else in that before.
#[derive(Default)]
pub(crate) struct RulesByClause {
    pub(crate) before: BTreeMap<usize, Vec<RuleDifference>>,
    pub(crate) after: BTreeMap<usize, Vec<RuleDifference>>,
}

/// Compares every rule of two versions, by kind and name.
pub(crate) fn compare_rules(before: &Standing<'_>, after: &Standing<'_>) -> RulesByClause {
    let mut found = RulesByClause::default();
    // Hours and days off are compared over the same days.
    let from = after.speaker.terms.effective.max(before.speaker.terms.effective);
    let is_told = |rule: &Rule| !["clause", "agreement"].contains(&rule.kind.kind);
    let all = |standing: &Standing<'_>| -> Vec<Rule> {
        standing.compilation.rules.rules.iter().filter(|rule| is_told(rule)).cloned().collect()
    };
    let (old, new) = (all(before), all(after));
    let same = |left: &Rule, right: &Rule| left.kind.kind == right.kind.kind && left.name == right.name;
    for rule in &new {
        let was = old.iter().find(|old| same(old, rule));
        let mut said = after.says(rule, from);
        let values = match was {
            Some(was) => {
                let was = before.says(was, from);
                changes(was, std::mem::take(&mut said))
            }
            None => said.into_iter().map(|(what, after)| new_value(what, after)).collect(),
        };
        if was.is_some() && values.is_empty() {
            continue;
        }
        found.after.entry(rule.section()).or_default().push(RuleDifference {
            rule: rule.path(),
            name: after.name(rule),
            change: if was.is_some() { RuleChange::Changed } else { RuleChange::Added },
            values,
        });
    }
    for rule in old.iter().filter(|old| !new.iter().any(|rule| same(old, rule))) {
        let said = before.says(rule, from);
        let gone = |(what, before)| ValueDifference { what, before: Some(before), after: None };
        found.before.entry(rule.section()).or_default().push(RuleDifference {
            rule: rule.path(),
            name: before.name(rule),
            change: RuleChange::Removed,
            values: said.into_iter().map(gone).collect(),
        });
    }
    found
}

fn new_value(what: String, after: String) -> ValueDifference {
    ValueDifference { what, before: None, after: Some(after) }
}

/// What is said differently. Several values may have one name, as the days off of a calendar.
fn changes(before: Vec<(String, String)>, after: Vec<(String, String)>) -> Vec<ValueDifference> {
    let mut old: Vec<(String, String)> = before.iter().filter(|one| !after.contains(one)).cloned().collect();
    let mut found = Vec::new();
    for (what, value) in after.into_iter().filter(|one| !before.contains(one)) {
        let was = old.iter().position(|(known, _)| *known == what);
        let was = was.map(|place| old.remove(place).1);
        found.push(ValueDifference { what, before: was, after: Some(value) });
    }
    found.extend(old.into_iter().map(|(what, before)| ValueDifference {
        what,
        before: Some(before),
        after: None,
    }));
    found
}

impl Standing<'_> {
    /// What people call a rule.
    fn name(&self, rule: &Rule) -> String {
        let speaker = self.speaker;
        let own = rule.get(speaker.language.tag()).and_then(|entry| entry.node.as_text());
        let terms = speaker.terms;
        match rule.kind.kind {
            "promise" => {
                let found = terms.promise(&rule.name);
                found.map_or_else(|| rule.name.clone(), |promise| speaker.promise_name(promise))
            }
            "list" => speaker.list_name(&rule.name),
            kind => {
                let key = format!("difference-kind-{}", kind.replace('.', "-"));
                let kind = if words::has_text(speaker.language, &key) {
                    speaker.word(&key).into_owned()
                } else {
                    kind.to_owned()
                };
                let name = if rule.name.is_empty() { String::new() } else { rule.name.replace('_', " ") };
                match own {
                    // A long label is what the rule says, not what it is called.
                    Some(own) if own.chars().count() <= 60 => {
                        speaker.say("woven-named", &[("name", &kind), ("value", own)])
                    }
                    _ if name.is_empty() => kind,
                    _ => speaker.say("woven-named", &[("name", &kind), ("value", &name)]),
                }
            }
        }
    }

    /// Everything that a rule says, in words: what, and its value.
    fn says(&self, rule: &Rule, from: LocalDate) -> Vec<(String, String)> {
        let mut said = Vec::new();
        let told: &[&str] = match rule.kind.kind {
            "promise" => self.promise(rule, &mut said),
            "calendar" => self.calendar(rule, from, &mut said),
            "cover" | "exclude" => self.coverage(rule, &mut said),
            "list" => self.list(rule, &mut said),
            "holidays" => self.holidays(rule, from, &mut said),
            _ => &[],
        };
        let defaults = self.compilation.rules.defaults_of(rule.kind.kind);
        let inherited = defaults.iter().filter(|entry| rule.get(&entry.key).is_none());
        for entry in rule.keys.iter().chain(inherited) {
            self.entry(rule, entry, told, &self.key(&entry.key), &mut said);
        }
        for case in &rule.cases {
            if told.contains(&"case") {
                break;
            }
            for entry in &case.keys {
                let what = format!("{} · {}", self.key("case"), self.key(&entry.key));
                self.entry(rule, entry, told, &what, &mut said);
            }
        }
        said
    }

    fn entry(&self, rule: &Rule, entry: &Entry, told: &[&str], what: &str, said: &mut Vec<(String, String)>) {
        let language = self.speaker.language.tag();
        let hidden = ["item", "allow", "refers_to", "about"].contains(&entry.key.as_str());
        if told.contains(&entry.key.as_str()) || hidden || (is_language(&entry.key) && entry.key != language)
        {
            return;
        }
        let is_span = rule
            .kind
            .keys
            .iter()
            .any(|key| key.key == entry.key && matches!(key.shape, Shape::Span | Shape::Scalar));
        let rows = match &entry.node.raw {
            // Each row of a table is told by itself, so that one new row is one line.
            Raw::List(rows) if rows.iter().any(|row| row.as_table().is_some()) => rows.iter().collect(),
            _ => vec![&entry.node],
        };
        for row in rows {
            let value = self.value(row, is_span);
            if !value.is_empty() {
                said.push((what.to_owned(), value));
            }
        }
    }

    /// A key as people call it: that of the language of agreements, else the fact of that name.
    fn key(&self, key: &str) -> String {
        let speaker = self.speaker;
        if key == speaker.language.tag() {
            return speaker.word("difference-key-label").into_owned();
        }
        if let "yes" | "no" = key {
            return speaker.word(&format!("woven-{key}")).into_owned();
        }
        let known = format!("difference-key-{}", key.replace('_', "-"));
        if words::has_text(speaker.language, &known) {
            speaker.word(&known).into_owned()
        } else {
            speaker.fact(&FactName::from(key)).replace('_', " ")
        }
    }

    /// A value as it is written, without the signs of the block.
    fn value(&self, node: &Node, is_span: bool) -> String {
        let speaker = self.speaker;
        match &node.raw {
            Raw::Text(text) => match Span::parse(text) {
                Ok(span) if is_span && matches!(span, Span::Of { .. } | Span::Range { .. }) => {
                    span_in_words(speaker.language, &span)
                }
                _ => text.clone(),
            },
            Raw::Number(number) => number.clone(),
            Raw::YesNo(yes) => speaker.word(if *yes { "woven-yes" } else { "woven-no" }).into_owned(),
            Raw::Date(date) => date.to_string(),
            Raw::Instant(instant) => instant.to_string(),
            Raw::List(nodes) => {
                let told: Vec<String> = nodes.iter().map(|inner| self.value(inner, is_span)).collect();
                told.join(", ")
            }
            Raw::Table(entries) => {
                // The rows of a choice are named by the values of the fact that it depends on, however short.
                let by = find(entries, "by").and_then(|entry| entry.node.as_text()).map(FactName::from);
                let of_language = |entry: &Entry| by.is_none() && is_language(&entry.key);
                let of_reader = |entry: &Entry| of_language(entry) && entry.key == speaker.language.tag();
                let own = entries.iter().any(of_reader);
                let told: Vec<String> = entries
                    .iter()
                    .filter(|entry| !of_language(entry) || of_reader(entry))
                    .filter(|entry| !(own && entry.key == "name") && entry.key != "instead")
                    .map(|entry| {
                        let value = self.value(&entry.node, true);
                        if of_reader(entry) {
                            return value;
                        }
                        let (name, value) = match (&by, entry.key.as_str()) {
                            (Some(fact), "by") => (self.key("by"), speaker.fact(fact)),
                            (Some(fact), key) if !["yes", "no", "unknown", "else"].contains(&key) => {
                                (speaker.value(fact, &FactValue::text(key)), value)
                            }
                            (_, key) => (self.key(key), value),
                        };
                        speaker.say("woven-named", &[("name", &name), ("value", &value)])
                    })
                    .collect();
                told.join(", ")
            }
        }
    }

    fn promise(&self, rule: &Rule, said: &mut Vec<(String, String)>) -> &'static [&'static str] {
        let speaker = self.speaker;
        let Some(promise) = speaker.terms.promise(&rule.name) else { return &[] };
        let language = speaker.language;
        let span = |span: &Span| span_in_words(language, span);
        let spans = if promise.every.is_unsaid() { &promise.within } else { &promise.every };
        self.rows("target", spans, &span, said);
        let counted: Vec<Span> = crate::lower::promises::values(spans);
        if counted.iter().any(|span| span.is_business()) {
            self.rows("calendar", &promise.calendar, &|name| speaker.calendar_name(name), said);
        } else if !counted.is_empty() {
            said.push((self.key("calendar"), speaker.word("woven-elapsed").into_owned()));
        }
        self.rows("strength", &promise.strength, &|strength| strength_in_words(language, *strength), said);
        self.rows(
            "pause",
            &promise.pause,
            &|names| {
                let names: Vec<String> = names.iter().map(|name| speaker.pause_name(name)).collect();
                names.join(", ")
            },
            said,
        );
        for (key, condition, empty) in [
            ("when", &promise.when, terms::Condition::Always),
            ("unless", &promise.unless, terms::Condition::never()),
        ] {
            if *condition != empty {
                said.push((self.key(key), speaker.condition(condition)));
            }
        }
        for (key, events) in [("start", &promise.start), ("stop", &promise.stop), ("reset", &promise.reset)] {
            for pattern in events {
                said.push((self.key(key), speaker.event(pattern)));
            }
        }
        for (key, steps) in [("warn", &promise.warn), ("missed", &promise.missed)] {
            for step in steps {
                let roles = speaker.roles(&step.tell);
                let told = match &step.at {
                    StepAt::Left(left) => {
                        speaker.say("woven-warned", &[("left", &span(left)), ("roles", &roles)])
                    }
                    StepAt::Due => roles,
                    StepAt::After(after) => format!("{}: {roles}", span(after)),
                };
                said.push((self.key(key), told));
            }
        }
        &[
            "within", "every", "calendar", "strength", "pause", "when", "unless", "start", "stop", "reset",
            "warn", "missed", "case",
        ]
    }

    /// The rows of a layered value, each named by the case that it is for.
    fn rows<T: Clone + FromFact>(
        &self,
        key: &str,
        layered: &Layered<T>,
        plain: &dyn Fn(&T) -> String,
        said: &mut Vec<(String, String)>,
    ) {
        let what = self.key(key);
        if let Some(default) = &layered.default {
            self.choice_rows(&what, &default.value, plain, said);
        }
        for case in &layered.cases {
            let what = format!("{what} ({})", self.speaker.case(case));
            self.choice_rows(&what, &case.value.value, plain, said);
        }
    }

    fn choice_rows<T: Clone + FromFact>(
        &self,
        what: &str,
        choice: &Choice<T>,
        plain: &dyn Fn(&T) -> String,
        said: &mut Vec<(String, String)>,
    ) {
        let Choice::By { fact, of, otherwise } = choice else {
            said.push((what.to_owned(), self.speaker.choice(choice, plain)));
            return;
        };
        for (key, inner) in of {
            let name = match key.as_str() {
                "yes" | "no" => self.speaker.word(&format!("woven-{key}")).into_owned(),
                key => self.speaker.value(fact, &FactValue::text(key)),
            };
            self.choice_rows(&format!("{what}, {} {name}", self.speaker.fact(fact)), inner, plain, said);
        }
        if let Some(otherwise) = otherwise {
            let what = format!("{what}, {}", self.speaker.word("difference-otherwise"));
            self.choice_rows(&what, otherwise, plain, said);
        }
    }

    fn calendar(
        &self,
        rule: &Rule,
        from: LocalDate,
        said: &mut Vec<(String, String)>,
    ) -> &'static [&'static str] {
        let speaker = self.speaker;
        let known = speaker.terms.calendars.iter().find(|known| known.name == rule.name);
        let Some(known): Option<&CalendarRule> = known else { return &[] };
        let Some(calendar) = speaker.calendar(known) else { return &[] };
        let monday = from.on_or_before(calendar::Weekday::Mon);
        said.push((self.key("open"), hours_in_words(speaker.language, &calendar, monday)));
        said.push((self.key("zone"), words::zone_in_words(calendar.zone(), speaker.language)));
        for (day, labels) in calendar.holidays_between(from, from.plus_months(12)) {
            let name = labels.in_language(speaker.language.tag()).unwrap_or_default();
            let date = words::date_in_words(speaker.language, day, LocalDate::EPOCH);
            let told = if name.is_empty() { date } else { format!("{date} ({name})") };
            said.push((self.key("holidays"), told));
        }
        &["open", "zone", "holidays", "same_as", "union_of", "minus", "complement_of"]
    }

    fn coverage(&self, rule: &Rule, said: &mut Vec<(String, String)>) -> &'static [&'static str] {
        let speaker = self.speaker;
        let kind = if rule.kind.kind == "cover" { RuleKind::Cover } else { RuleKind::Exclude };
        let known = speaker.terms.coverage.iter().find(|known| known.kind == kind && known.name == rule.name);
        let Some(known) = known else { return &[] };
        said.push((self.key("condition"), speaker.condition(&known.when)));
        for case in &known.cases {
            said.push((self.key("case"), speaker.cover_case(kind, case)));
        }
        &["when", "unless", "case"]
    }

    fn list(&self, rule: &Rule, said: &mut Vec<(String, String)>) -> &'static [&'static str] {
        let speaker = self.speaker;
        let Some(list) = speaker.terms.lists.iter().find(|list| list.name == rule.name) else { return &[] };
        for entry in &list.entries {
            said.push((self.key("entries"), speaker.entry(entry)));
        }
        &["entries", "family", "limited"]
    }

    fn holidays(
        &self,
        rule: &Rule,
        from: LocalDate,
        said: &mut Vec<(String, String)>,
    ) -> &'static [&'static str] {
        let Some(set) = self.speaker.terms.holidays.get(&rule.name) else { return &[] };
        let until = from.plus_months(12);
        for (day, labels) in set.dates_between(from.year(), until.year()) {
            if day < from || day > until {
                continue;
            }
            let name = labels.in_language(self.speaker.language.tag()).unwrap_or_default();
            let date = words::date_in_words(self.speaker.language, day, LocalDate::EPOCH);
            let told = if name.is_empty() { date } else { format!("{date} ({name})") };
            said.push((self.key("holidays"), told));
        }
        &["days", "list", "includes", "observed"]
    }
}

/// Whether a key holds words in one language. `no` is an answer: Norwegian is written `nb` or `nn`.
fn is_language(key: &str) -> bool {
    key.len() == 2
        && key.bytes().all(|byte| byte.is_ascii_lowercase())
        && !["of", "by", "to", "on", "as", "at", "no"].contains(&key)
}
