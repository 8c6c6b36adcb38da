use crate::compile::Compilation;
use crate::declared::{Declared, FactKind, name_of};
use crate::diagnostic::{Code, Diagnostic};
use crate::merge::{CaseRow, Rule, Rules, wrong_value};
use crate::nearest::nearest;
use crate::node::{Entry, Node, Raw, find};
use crate::place::Place;
use crate::rank::{Ranked, implies, rank};
use crate::source::Source;
use calendar::{CalendarDefinition, Instant, LocalDate, Span, Unit, Zone};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;
use terms::{
    Bounds, Case, Choice, Cited, Clause, Condition, Decimal, EventPattern, FactName, FactValue, Figure,
    Label, Layered, Money, Step, StepAt, Test,
};

/// Reads untyped values into typed ones and notes what cannot be read, without ever stopping.
pub(crate) struct Reader<'a> {
    pub(crate) source: &'a Source,
    pub(crate) rules: &'a Rules,
    pub(crate) declared: &'a Declared,
    pub(crate) diagnostics: Vec<Diagnostic>,
    pub(crate) key: String,
    pub(crate) version: String,
    pub(crate) languages: Vec<String>,
    /// Calendars that were built and open, so that no other pass builds them again: a table of years
    /// costs more than reading the whole document.
    pub(crate) sound_calendars: HashSet<CalendarDefinition>,
}

impl<'a> Reader<'a> {
    /// Reads on after a document was compiled: trials and histories, which speak its vocabulary.
    pub(crate) fn over(compilation: &'a Compilation, declared: &'a Declared) -> Self {
        let name = compilation.terms.as_ref().map(|terms| &terms.name);
        Self {
            source: &compilation.source,
            rules: &compilation.rules,
            declared,
            diagnostics: Vec::new(),
            key: name.map_or_else(String::new, |name| name.key.clone()),
            version: name.map_or_else(String::new, |name| name.version.clone()),
            languages: vec!["fr".to_owned(), "en".to_owned()],
            sound_calendars: HashSet::new(),
        }
    }
}

impl Reader<'_> {
    pub(crate) fn complain(&mut self, diagnostic: Diagnostic) {
        if !self.diagnostics.contains(&diagnostic) {
            self.diagnostics.push(diagnostic);
        }
    }

    pub(crate) fn wrong(&mut self, key: &str, wanted: &'static str, place: Place) {
        self.complain(wrong_value(key, wanted, place));
    }

    /// The clause of a section, with the item that the keys name.
    pub(crate) fn clause(&mut self, section: usize, keys: &[Entry]) -> Clause {
        let item =
            find(keys, "item").and_then(|entry| Some((entry.node.as_text()?.to_owned(), entry.node.place)));
        if let Some((item, place)) = &item
            && let Some(found) = self.source.sections.get(section)
            && !found.items.contains(item)
        {
            let near = nearest(item, found.items.iter().map(String::as_str)).map(str::to_owned);
            self.complain(Diagnostic::unknown_name("item", item, *place, near.as_deref()));
        }
        self.source.clause(section, item.as_ref().map(|(item, _)| item.as_str()), &self.key, &self.version)
    }

    pub(crate) fn rule_clause(&mut self, rule: &Rule) -> Clause {
        self.clause(rule.section(), &rule.keys)
    }

    /// Words for people under language keys.
    pub(crate) fn label(&self, keys: &[Entry]) -> Label {
        let mut label = Label::default();
        for entry in keys {
            if self.is_language(&entry.key)
                && let Some(text) = entry.node.as_text()
            {
                label.insert(&entry.key, text);
            }
        }
        label
    }

    pub(crate) fn is_language(&self, key: &str) -> bool {
        self.languages.iter().any(|language| language == key)
    }

    pub(crate) fn names(&mut self, key: &str, node: &Node) -> Vec<(String, Place)> {
        match &node.raw {
            Raw::Text(text) => vec![(text.clone(), node.place)],
            Raw::List(nodes) => nodes
                .iter()
                .filter_map(|inner| match name_of(&inner.raw) {
                    Some(name) => Some((name, inner.place)),
                    None => {
                        self.wrong(key, "names", inner.place);
                        None
                    }
                })
                .collect(),
            _ => {
                self.wrong(key, "names", node.place);
                Vec::new()
            }
        }
    }

    /// Names under a key of a rule, each checked against what is declared.
    pub(crate) fn known_names(&mut self, keys: &[Entry], key: &str, what: &'static str) -> Vec<String> {
        let Some(entry) = find(keys, key) else { return Vec::new() };
        let names = self.names(key, &entry.node);
        names
            .into_iter()
            .map(|(name, place)| {
                self.know(what, &name, place);
                name
            })
            .collect()
    }

    pub(crate) fn plain_names(&mut self, keys: &[Entry], key: &str) -> Vec<String> {
        let Some(entry) = find(keys, key) else { return Vec::new() };
        self.names(key, &entry.node).into_iter().map(|(name, _)| name).collect()
    }

    /// Checks that a promise is declared, by the document or by one of its alternatives: an example
    /// may speak of either.
    pub(crate) fn know_promise(&mut self, name: &str, place: Place) -> bool {
        self.declared.promises_set_aside.iter().any(|known| known == name)
            || self.know("promise", name, place)
    }

    /// Checks that a name is declared.
    pub(crate) fn know(&mut self, what: &'static str, name: &str, place: Place) -> bool {
        let declared = self.declared;
        let known: Vec<&str> = match what {
            "calendar" => declared.calendars.iter().map(String::as_str).collect(),
            "pause" => declared.pauses.iter().map(String::as_str).collect(),
            "promise" => declared.promises.iter().map(String::as_str).collect(),
            "list" => declared.lists.iter().map(String::as_str).collect(),
            "role" => declared.roles.iter().map(String::as_str).collect(),
            "event" => declared.events.iter().map(String::as_str).collect(),
            "parameter" => declared.parameters.iter().map(String::as_str).collect(),
            "fact" => declared.fact_names().collect(),
            _ => return true,
        };
        if known.contains(&name) {
            return true;
        }
        let near = nearest(name, known).map(str::to_owned);
        self.complain(Diagnostic::unknown_name(what, name, place, near.as_deref()));
        false
    }

    pub(crate) fn text(&mut self, key: &str, node: &Node) -> Option<String> {
        let text = node.as_text().map(str::to_owned);
        if text.is_none() {
            self.wrong(key, "text", node.place);
        }
        text
    }

    pub(crate) fn yes_no(&mut self, keys: &[Entry], key: &str) -> Option<bool> {
        let entry = find(keys, key)?;
        match entry.node.raw {
            Raw::YesNo(yes) => Some(yes),
            _ => {
                self.wrong(key, "yes-no", entry.node.place);
                None
            }
        }
    }

    pub(crate) fn date(&mut self, keys: &[Entry], key: &str) -> Option<LocalDate> {
        let entry = find(keys, key)?;
        match &entry.node.raw {
            Raw::Date(date) => Some(*date),
            Raw::Text(text) if LocalDate::parse(text).is_ok() => LocalDate::parse(text).ok(),
            _ => {
                self.wrong(key, "date", entry.node.place);
                None
            }
        }
    }

    pub(crate) fn zone(&mut self, node: &Node) -> Option<Zone> {
        let text = self.text("zone", node)?;
        match Zone::parse(&text) {
            Ok(zone) => Some(zone),
            Err(_) => {
                self.complain(Diagnostic::new(Code::BadZone, node.place).with("text", text));
                None
            }
        }
    }

    pub(crate) fn span(&mut self, key: &str, node: &Node) -> Option<Span> {
        let text = match &node.raw {
            Raw::Text(text) => text,
            Raw::Number(number) => {
                self.complain(Diagnostic::new(Code::BadSpan, node.place).with("text", number.clone()));
                return None;
            }
            _ => {
                self.wrong(key, "span", node.place);
                return None;
            }
        };
        match Span::parse(text) {
            Ok(span) => Some(span),
            Err(_) => {
                let near = nearest_span(text);
                self.complain(
                    Diagnostic::new(Code::BadSpan, node.place)
                        .with("text", text.clone())
                        .with_nearest(near.as_deref()),
                );
                None
            }
        }
    }

    /// A value that may be a choice by a fact, a parameter, or the value of a fact.
    pub(crate) fn choice<T>(
        &mut self,
        node: &Node,
        plain: &mut dyn FnMut(&mut Self, &Node) -> Option<T>,
    ) -> Option<Choice<T>> {
        if let Some(parameter) = node.as_text().and_then(|text| text.strip_prefix('$')) {
            return self.know("parameter", parameter, node.place).then(|| Choice::Fact(parameter.into()));
        }
        let Some(entries) = node.as_table() else { return plain(self, node).map(Choice::Plain) };
        if let Some(fact) = find(entries, "fact")
            && let Some(name) = fact.node.as_text()
        {
            return self.may_compare(name, fact.node.place).then(|| Choice::Fact(name.into()));
        }
        let Some(by) = find(entries, "by") else { return plain(self, node).map(Choice::Plain) };
        let name = self.text("by", &by.node)?;
        if !self.may_compare(&name, by.node.place) {
            return None;
        }
        let fact = FactName::from(name.as_str());
        let values = self.declared.values(&fact);
        let mut of = Vec::new();
        let mut otherwise = None;
        for entry in entries.iter().filter(|entry| entry.key != "by") {
            let read = self.choice(&entry.node, plain);
            if entry.key == "else" {
                otherwise = read.map(Box::new);
                continue;
            }
            if entry.key != "unknown" {
                self.check_value(&fact, &entry.key, entry.place);
            }
            let Some(read) = read else { continue };
            of.push((entry.key.clone(), read));
        }
        let says_else = find(entries, "else").is_some();
        if !says_else {
            let said: BTreeSet<&str> = entries.iter().map(|entry| entry.key.as_str()).collect();
            let twin = |value: &str| self.channel_twin(&fact, value);
            let missing: Vec<String> = match &values {
                Some(values) => values
                    .iter()
                    .filter(|value| {
                        !said.contains(value.as_str()) && twin(value).is_none_or(|twin| !said.contains(twin))
                    })
                    .map(|value| format!("`{value}`"))
                    .collect(),
                None => vec!["`else`".to_owned()],
            };
            if !missing.is_empty() {
                self.complain(
                    Diagnostic::new(Code::ChoiceGap, node.place)
                        .with("fact", name)
                        .with("missing", missing.join(", ")),
                );
            }
        }
        self.add_channel_twin(&fact, &mut of, entries, plain);
        Some(Choice::By { fact, of, otherwise })
    }

    /// A document that names only one of the two forms on the web means both.
    fn add_channel_twin<T>(
        &mut self,
        fact: &FactName,
        of: &mut Vec<(String, Choice<T>)>,
        entries: &[Entry],
        plain: &mut dyn FnMut(&mut Self, &Node) -> Option<T>,
    ) {
        for entry in entries {
            let Some(twin) = self.channel_twin(fact, &entry.key) else { continue };
            if of.iter().all(|(key, _)| key != twin)
                && let Some(value) = self.choice(&entry.node, plain)
            {
                of.push((twin.to_owned(), value));
            }
        }
    }

    fn channel_twin(&self, fact: &FactName, value: &str) -> Option<&'static str> {
        if fact.as_str() != "channel" {
            return None;
        }
        let doubled = self.declared.web_means_portal || self.declared.portal_means_web;
        match value {
            "web" if doubled => Some("portal"),
            "portal" if doubled => Some("web"),
            _ => None,
        }
    }

    /// Checks a value against the vocabulary of a fact.
    pub(crate) fn check_value(&mut self, fact: &FactName, value: &str, place: Place) -> bool {
        let Some(values) = self.declared.values(fact).or_else(|| match self.declared.fact(fact.as_str()) {
            Some(FactKind::SetOf(values)) if !values.is_empty() => Some(values.clone()),
            _ => None,
        }) else {
            return true;
        };
        if values.iter().any(|known| known == value) {
            return true;
        }
        let near = nearest(value, values.iter().map(String::as_str)).map(str::to_owned);
        let known: Vec<String> = values.iter().map(|value| format!("`{value}`")).collect();
        let mut complaint = Diagnostic::new(Code::UnknownValue, place)
            .with("value", value.to_owned())
            .with("fact", fact.as_str().to_owned())
            .with("known", known.join(", "))
            .with_nearest(near.as_deref());
        if let Some(declared) = self.declared.fact_place(fact.as_str()) {
            complaint = complaint.and(declared);
        }
        self.complain(complaint);
        false
    }

    /// The value of a fact as a rule or an example writes it.
    pub(crate) fn fact_value(&mut self, fact: &FactName, node: &Node) -> Option<FactValue> {
        let kind = self.declared.fact(fact.as_str()).cloned().unwrap_or(FactKind::Text);
        let name = fact.as_str();
        let value = match (&kind, &node.raw) {
            (FactKind::YesNo, Raw::YesNo(yes)) => FactValue::YesNo(*yes),
            (FactKind::YesNo, Raw::Text(text)) if text == "yes" || text == "no" => {
                FactValue::YesNo(text == "yes")
            }
            (FactKind::YesNo, _) => {
                self.wrong(name, "yes-no", node.place);
                return None;
            }
            (FactKind::Field, Raw::YesNo(yes)) => FactValue::YesNo(*yes),
            (FactKind::Field, Raw::Number(number)) => {
                FactValue::Number(self.decimal(name, number, node.place)?)
            }
            (FactKind::Field, Raw::Date(date)) => FactValue::Date(*date),
            (FactKind::Field, Raw::Instant(instant)) => FactValue::Instant(*instant),
            (FactKind::Field, Raw::Text(text)) => FactValue::Text(text.clone()),
            (FactKind::SetOf(_) | FactKind::Names | FactKind::Field, Raw::List(_) | Raw::Text(_)) => {
                let names = self.names(name, node);
                let mut held = BTreeSet::new();
                for (value, place) in names {
                    self.check_value(fact, &value, place);
                    held.insert(value);
                }
                FactValue::Names(held)
            }
            (FactKind::Number, Raw::Number(number)) => {
                FactValue::Number(self.decimal(name, number, node.place)?)
            }
            (FactKind::Number, Raw::Text(text)) => {
                let bare = text.trim_end_matches('%').trim();
                FactValue::Number(self.decimal(name, bare, node.place)?)
            }
            (FactKind::Number, _) => {
                self.wrong(name, "number", node.place);
                return None;
            }
            (FactKind::Span, _) => FactValue::Span(self.span(name, node)?),
            (FactKind::Money, Raw::Text(text)) => match money(text) {
                Some(money) => FactValue::Money(money),
                None => {
                    self.wrong(name, "money", node.place);
                    return None;
                }
            },
            (FactKind::Date, Raw::Date(date)) => FactValue::Date(*date),
            (FactKind::Date, Raw::Text(text)) if LocalDate::parse(text).is_ok() => {
                FactValue::Date(LocalDate::parse(text).ok()?)
            }
            (FactKind::Date, _) => {
                self.wrong(name, "date", node.place);
                return None;
            }
            (FactKind::Instant, _) => FactValue::Instant(self.instant(name, node)?),
            (FactKind::Rate, Raw::Text(text)) => {
                FactValue::Table(BTreeMap::from([(FROM_THE_START.to_owned(), vec![text.clone()])]).into())
            }
            (FactKind::Rate, Raw::List(rows)) => {
                let row = |row: &Node| {
                    let since = match &row.get("since")?.raw {
                        Raw::Date(date) => date.to_string(),
                        Raw::Text(text) => text.clone(),
                        _ => return None,
                    };
                    Some((since, vec![row.get("value")?.as_text()?.to_owned()]))
                };
                FactValue::Table(Arc::new(rows.iter().filter_map(row).collect()))
            }
            (FactKind::Amount, raw) => {
                let text = name_of(raw).unwrap_or_default();
                match (money(&text), text.parse()) {
                    (Some(money), _) => FactValue::Money(money),
                    (None, Ok(number)) => FactValue::Number(number),
                    (None, Err(_)) => {
                        self.wrong(name, "money", node.place);
                        return None;
                    }
                }
            }
            (FactKind::Table, Raw::Table(entries)) => {
                let table = entries
                    .iter()
                    .map(|entry| {
                        let names =
                            self.names(&entry.key, &entry.node).into_iter().map(|(name, _)| name).collect();
                        (entry.key.clone(), names)
                    })
                    .collect();
                FactValue::Table(Arc::new(table))
            }
            (_, raw) => match name_of(raw) {
                Some(text) => {
                    self.check_value(fact, &text, node.place);
                    FactValue::Text(text)
                }
                None => {
                    self.wrong(name, "text", node.place);
                    return None;
                }
            },
        };
        Some(value)
    }

    pub(crate) fn instant(&mut self, key: &str, node: &Node) -> Option<Instant> {
        let read = match &node.raw {
            Raw::Instant(instant) => Some(*instant),
            Raw::Text(text) => Instant::parse(text).ok(),
            _ => None,
        };
        if read.is_none() {
            self.wrong(key, "instant", node.place);
        }
        read
    }

    fn decimal(&mut self, key: &str, text: &str, place: Place) -> Option<Decimal> {
        let read = text.parse().ok();
        if read.is_none() {
            self.wrong(key, "number", place);
        }
        read
    }

    /// A condition: a table of which every line must hold.
    pub(crate) fn condition(&mut self, key: &str, node: &Node) -> Condition {
        let Some(entries) = node.as_table() else {
            self.wrong(key, "condition", node.place);
            return Condition::never();
        };
        let mut parts: Vec<Condition> = Vec::with_capacity(entries.len());
        for entry in entries {
            match entry.key.as_str() {
                "any" => parts.push(Condition::Any(self.conditions(entry))),
                "all" => parts.push(Condition::All(self.conditions(entry))),
                "not" => parts.push(Condition::Not(Box::new(self.condition("not", &entry.node)))),
                name => self.test(name, entry, &mut parts),
            }
        }
        match parts.len() {
            1 => parts.remove(0),
            _ => Condition::All(parts),
        }
    }

    fn conditions(&mut self, entry: &Entry) -> Vec<Condition> {
        match &entry.node.raw {
            Raw::List(nodes) => nodes.iter().map(|node| self.condition(&entry.key, node)).collect(),
            Raw::Table(_) => vec![self.condition(&entry.key, &entry.node)],
            _ => {
                self.wrong(&entry.key, "condition", entry.node.place);
                Vec::new()
            }
        }
    }

    /// Whether a rule may depend on the value of a fact: words of people may be erased, and nothing that was counted
    /// may then come out otherwise.
    fn may_compare(&mut self, fact: &str, place: Place) -> bool {
        if !self.know("fact", fact, place) {
            return false;
        }
        let is_words = self.declared.fact(fact) == Some(&FactKind::Words);
        if is_words {
            let complaint = Diagnostic::new(Code::WordsCompared, place).with("fact", fact.to_owned());
            let declared = self.declared.fact_place(fact);
            self.complain(match declared {
                Some(declared) => complaint.and(declared),
                None => complaint,
            });
        }
        !is_words
    }

    fn test(&mut self, name: &str, entry: &Entry, parts: &mut Vec<Condition>) {
        let asks_presence = |entries: &[Entry]| entries.iter().all(|question| question.key == "known");
        let may_ask = match entry.node.as_table().is_some_and(asks_presence) {
            true => self.know("fact", name, entry.place),
            false => self.may_compare(name, entry.place),
        };
        if !may_ask {
            return;
        }
        let fact = FactName::from(name);
        let Some(questions) = entry.node.as_table() else {
            let set = matches!(self.declared.fact(name), Some(FactKind::SetOf(_)));
            if set {
                self.wrong(name, "set", entry.node.place);
                return;
            }
            let values: Vec<FactValue> = match &entry.node.raw {
                Raw::List(nodes) => nodes.iter().filter_map(|node| self.fact_value(&fact, node)).collect(),
                _ => self.fact_value(&fact, &entry.node).into_iter().collect(),
            };
            let values = self.with_twins(&fact, values);
            parts.push(Condition::Test { fact, test: Test::OneOf(values) });
            return;
        };
        let mut bounds = Bounds::default();
        let mut bounded = false;
        for question in questions {
            if let Some(condition) = self.compared_with_parameter(&fact, question) {
                parts.push(condition);
                continue;
            }
            let test = match question.key.as_str() {
                "covers" => {
                    let other = self.text("covers", &question.node);
                    other.map(|other| Test::Covers(FactName::from(other.as_str())))
                }
                "at_least" | "above" | "at_most" | "below" => {
                    let value = self.fact_value(&fact, &question.node);
                    bounded = true;
                    match question.key.as_str() {
                        "at_least" => bounds.at_least = value,
                        "above" => bounds.above = value,
                        "at_most" => bounds.at_most = value,
                        _ => bounds.below = value,
                    }
                    continue;
                }
                "has_any" => {
                    let choice = self.choice(&question.node, &mut |reader, node| {
                        let names = reader.names("has_any", node);
                        Some(
                            names
                                .into_iter()
                                .map(|(value, place)| {
                                    reader.check_value(&fact, &value, place);
                                    value
                                })
                                .collect::<BTreeSet<_>>(),
                        )
                    });
                    choice.map(Test::HasAny)
                }
                "has_all" => {
                    let names = self.names("has_all", &question.node);
                    for (value, place) in &names {
                        self.check_value(&fact, value, *place);
                    }
                    Some(Test::HasAll(names.into_iter().map(|(value, _)| value).collect()))
                }
                "listed_in" => {
                    let choice = self.choice(&question.node, &mut |reader, node| {
                        let list = reader.text("listed_in", node)?;
                        reader.know("list", &list, node.place).then_some(list)
                    });
                    choice.map(Test::ListedIn)
                }
                "behind_at_most" => match &question.node.raw {
                    Raw::Number(number) if number.parse::<u32>().is_ok() => {
                        number.parse().ok().map(Test::BehindAtMost)
                    }
                    _ => {
                        self.wrong("behind_at_most", "number", question.node.place);
                        None
                    }
                },
                "during" => {
                    let calendar = self.text("during", &question.node);
                    calendar.filter(|name| self.know("calendar", name, question.node.place)).map(Test::During)
                }
                "known" => match question.node.raw {
                    Raw::YesNo(yes) => Some(Test::Known(yes)),
                    _ => {
                        self.wrong("known", "yes-no", question.node.place);
                        None
                    }
                },
                other => {
                    const QUESTIONS: [&str; 11] = [
                        "covers",
                        "at_least",
                        "above",
                        "at_most",
                        "below",
                        "has_any",
                        "has_all",
                        "listed_in",
                        "behind_at_most",
                        "during",
                        "known",
                    ];
                    let known: Vec<String> = QUESTIONS.iter().map(|word| format!("`{word}`")).collect();
                    self.complain(
                        Diagnostic::new(Code::UnknownKey, question.place)
                            .with("rule", name.to_owned())
                            .with("key", other.to_owned())
                            .with("known", known.join(", "))
                            .with_nearest(nearest(other, QUESTIONS)),
                    );
                    None
                }
            };
            parts.extend(test.map(|test| Condition::Test { fact: fact.clone(), test }));
        }
        if bounded {
            parts.push(Condition::Test { fact, test: Test::Within(bounds) });
        }
    }

    /// A bound that a parameter gives: `{ at_least = "$licence_start" }`.
    fn compared_with_parameter(&mut self, fact: &FactName, question: &Entry) -> Option<Condition> {
        let parameter = question.node.as_text()?.strip_prefix('$')?;
        let other = FactName::from(parameter);
        let (left, right, holds) = match question.key.as_str() {
            "at_least" => (fact.clone(), other, true),
            "below" => (fact.clone(), other, false),
            "at_most" => (other, fact.clone(), true),
            "above" => (other, fact.clone(), false),
            _ => return None,
        };
        self.know("parameter", parameter, question.node.place);
        let test = Condition::Test { fact: left, test: Test::Covers(right) };
        Some(if holds { test } else { Condition::Not(Box::new(test)) })
    }

    /// A figure with its unit: `5 %`, `40 EUR`, `1 unit`, `0.01`.
    pub(crate) fn figure(&mut self, key: &str, node: &Node) -> Option<Figure> {
        let read = name_of(&node.raw).and_then(|text| text.parse().ok());
        if read.is_none() {
            self.wrong(key, "figure", node.place);
        }
        read
    }

    /// A figure that may be a choice by a fact, or the value of a fact or of a parameter.
    pub(crate) fn figure_choice(&mut self, key: &str, node: &Node) -> Option<Choice<Figure>> {
        self.choice(node, &mut |reader, node| reader.figure(key, node))
    }

    fn with_twins(&self, fact: &FactName, mut values: Vec<FactValue>) -> Vec<FactValue> {
        let twins: Vec<FactValue> = values
            .iter()
            .filter_map(|value| self.channel_twin(fact, value.as_text()?))
            .map(FactValue::text)
            .filter(|twin| !values.contains(twin))
            .collect();
        values.extend(twins);
        values
    }

    /// `when` and `unless` of a table of keys as one condition.
    pub(crate) fn when(&mut self, keys: &[Entry]) -> Condition {
        let when = find(keys, "when").map(|entry| self.condition("when", &entry.node));
        let unless = find(keys, "unless").map(|entry| self.condition("unless", &entry.node));
        match (when, unless) {
            (None, None) => Condition::Always,
            (Some(when), None) => when,
            (None, Some(unless)) => Condition::Not(Box::new(unless)),
            (Some(when), Some(unless)) => Condition::All(vec![when, Condition::Not(Box::new(unless))]),
        }
    }

    /// Events under a key; the first of them counts.
    pub(crate) fn events(&mut self, key: &str, node: &Node) -> Vec<EventPattern> {
        match &node.raw {
            Raw::List(nodes) => nodes.iter().filter_map(|node| self.event(key, node)).collect(),
            _ => self.event(key, node).into_iter().collect(),
        }
    }

    pub(crate) fn event(&mut self, key: &str, node: &Node) -> Option<EventPattern> {
        match &node.raw {
            Raw::Text(name) => self.know("event", name, node.place).then(|| EventPattern::any(name)),
            Raw::Table(entries) => {
                let Some(event) = find(entries, "event") else {
                    self.wrong(key, "events", node.place);
                    return None;
                };
                let name = self.text("event", &event.node)?;
                self.know("event", &name, event.node.place);
                Some(EventPattern { event: name, when: self.when(entries) })
            }
            _ => {
                self.wrong(key, "events", node.place);
                None
            }
        }
    }

    /// Steps before or after a due instant.
    pub(crate) fn steps(&mut self, entry: &Entry, before: bool) -> Vec<Step> {
        let rows: Vec<&Node> = match &entry.node.raw {
            Raw::List(rows) => rows.iter().collect(),
            _ => vec![&entry.node],
        };
        let mut steps = Vec::with_capacity(rows.len());
        for row in rows {
            let Some(keys) = row.as_table() else {
                self.wrong(&entry.key, "rows", row.place);
                continue;
            };
            let left = find(keys, "left").and_then(|left| self.span("left", &left.node));
            let after = find(keys, "after").and_then(|after| self.span("after", &after.node));
            if before && find(keys, "left").is_none() {
                self.complain(
                    Diagnostic::new(Code::MissingKey, row.place)
                        .with("rule", entry.key.clone())
                        .with("key", "left".to_owned()),
                );
            }
            let at = match (left, after) {
                (Some(left), _) => StepAt::Left(left),
                (_, Some(after)) => StepAt::After(after),
                _ => StepAt::Due,
            };
            let tell = self.known_names(keys, "tell", "role");
            let climb = self.known_names(keys, "climb", "role").into_iter().next();
            let clause = self.clause(entry.section, &[]);
            steps.push(Step { at, tell, climb, clause });
        }
        steps
    }

    /// The exceptions of a rule, ready to be ranked.
    pub(crate) fn cases(&mut self, rule: &Rule) -> Vec<Ranked> {
        rule.cases.iter().map(|case| self.ranked(case)).collect()
    }

    fn ranked(&mut self, case: &CaseRow) -> Ranked {
        Ranked {
            name: find(&case.keys, "name").and_then(|entry| entry.node.as_text()).map(str::to_owned),
            except: self.plain_names(&case.keys, "except"),
            when: self.when(&case.keys),
            since: self.date(&case.keys, "since"),
            until: self.date(&case.keys, "until"),
            place: case.place,
            section: case.section,
            keys: case.keys.clone(),
        }
    }

    /// One key of a rule: its own value or the default of its kind, and the exceptions that give
    /// it, the most specific first.
    pub(crate) fn layered<T: Clone + PartialEq>(
        &mut self,
        rule: &Rule,
        cases: &[Ranked],
        key: &str,
        plain: &mut dyn FnMut(&mut Self, &Node) -> Option<T>,
    ) -> Layered<T> {
        let own = rule.get(key).or_else(|| self.rules.default_of(rule.kind.kind, key));
        let default = own.and_then(|entry| {
            let value = self.choice(&entry.node, plain)?;
            let keys: &[Entry] = if rule.section == Some(entry.section) { &rule.keys } else { &[] };
            Some(Cited { value, clause: self.clause(entry.section, keys) })
        });
        let mut giving: Vec<(&Ranked, Choice<T>, Place)> = Vec::new();
        for case in cases {
            let Some(entry) = find(&case.keys, key) else { continue };
            if let Some(value) = self.choice(&entry.node, plain) {
                giving.push((case, value, entry.place));
            }
        }
        let order = self.rank_values(rule, key, &giving);
        let cases = order
            .into_iter()
            .map(|at| {
                let (case, value, _) = &giving[at];
                Case {
                    when: case.when.clone(),
                    since: case.since,
                    until: case.until,
                    value: Cited { value: value.clone(), clause: self.clause(case.section, &case.keys) },
                }
            })
            .collect();
        Layered { cases, default }
    }

    /// Ranks the exceptions that give one key, and notes those that disagree.
    pub(crate) fn rank_values<T: PartialEq>(
        &mut self,
        rule: &Rule,
        key: &str,
        giving: &[(&Ranked, T, Place)],
    ) -> Vec<usize> {
        let cases: Vec<&Ranked> = giving.iter().map(|(case, ..)| *case).collect();
        let ranking = rank(&cases, self.declared);
        for (left, right) in ranking.tied {
            if giving[left].1 != giving[right].1 {
                self.complain(
                    Diagnostic::new(Code::Disagree, giving[right].2)
                        .and(giving[left].2)
                        .with("rule", rule.path())
                        .with("key", key.to_owned()),
                );
            }
        }
        // An exception that stands before another and covers all of it leaves it nothing.
        for (at, first) in ranking.order.iter().enumerate() {
            for later in &ranking.order[at + 1..] {
                let (case, other) = (&giving[*first].0, &giving[*later].0);
                let says_so = other.name.as_ref().is_some_and(|name| case.except.contains(name));
                if says_so && case.since.is_none() && case.until.is_none() && implies(&other.when, &case.when)
                {
                    self.complain(
                        Diagnostic::new(Code::NeverApplies, other.place)
                            .and(case.place)
                            .with("rule", rule.path()),
                    );
                }
            }
        }
        ranking.order
    }
}

/// The first day of a rate that is given without days.
pub(crate) const FROM_THE_START: &str = "1900-01-01";

/// An amount of money: `600 EUR`.
pub(crate) fn money(text: &str) -> Option<Money> {
    let (amount, currency) = text.trim().rsplit_once(' ')?;
    let is_currency = currency.len() == 3 && currency.bytes().all(|byte| byte.is_ascii_uppercase());
    let amount = amount.replace(['\u{a0}', ' '], "").parse().ok()?;
    is_currency.then(|| Money { amount, currency: currency.to_owned() })
}

/// The span a text was probably meant to be: the same figure with the nearest unit.
fn nearest_span(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let (count, unit) = words.split_first()?;
    if !count.bytes().all(|byte| byte.is_ascii_digit()) || unit.is_empty() {
        return None;
    }
    let unit = unit.join(" ").to_lowercase();
    let french = [
        ("ouvrable", "business"),
        ("ouvré", "business"),
        ("heure", "hours"),
        ("jour", "days"),
        ("mois", "months"),
        ("semaine", "weeks"),
        ("an", "years"),
    ];
    let plurals: Vec<String> = Unit::ALL.iter().map(|unit| format!("{}s", unit.as_str())).collect();
    let found = nearest(&unit, plurals.iter().map(String::as_str)).map(str::to_owned).or_else(|| {
        let business = unit.contains("ouvr") || unit.contains("working");
        let (_, plain) = french.iter().skip(2).find(|(word, _)| unit.starts_with(word))?;
        Some(if business { format!("business {plain}") } else { (*plain).to_owned() })
    })?;
    Some(format!("{count} {found}"))
}
