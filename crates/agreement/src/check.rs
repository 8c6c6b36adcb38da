//! What a document says wrongly although each rule can be read.

use crate::declared::{Declared, FactKind};
use crate::diagnostic::{Code, Diagnostic};
use crate::figures::{Figure, of_prose, of_rule};
use crate::merge::{Rule, Rules};
use crate::node::{Entry, Raw, find};
use crate::place::Place;
use crate::rank::{can_hold, implies};
use crate::reader::Reader;
use crate::source::{Part, Source};
use calendar::Span;
use std::collections::BTreeMap;
use terms::{Choice, Condition, FactName, FactValue, Terms, Test};

/// Holds the words of each clause against its rules.
pub(crate) fn check_prose(reader: &mut Reader<'_>) {
    let (source, rules) = (reader.source, reader.rules);
    prose(reader, source, rules);
}

/// Looks at the rules as a whole.
pub(crate) fn check(reader: &mut Reader<'_>, terms: &Terms) {
    let (source, rules, declared) = (reader.source, reader.rules, reader.declared);
    headings(reader, source);
    exceptions(reader, rules, declared);
    growing_targets(reader, rules, declared, terms);
    severities_without_target(reader, rules, declared, terms);
    unused_pauses(reader, rules, terms);
}

/// Numbers of clauses: each once, and one wherever rules stand.
fn headings(reader: &mut Reader<'_>, source: &Source) {
    let mut seen: BTreeMap<&str, Place> = BTreeMap::new();
    for section in source.sections.iter().filter(|section| section.level > 0) {
        if section.number.is_empty() {
            let rules = section.parts.iter().find_map(|part| match part {
                Part::Terms(place) => Some(*place),
                _ => None,
            });
            // Under the title stand the rules that belong to the document as a whole.
            if let Some(rules) = rules.filter(|_| section.level > 1) {
                reader.complain(Diagnostic::new(Code::UnnumberedClause, section.place).and(rules));
            }
            continue;
        }
        match seen.get(section.number.as_str()) {
            Some(first) => reader.complain(
                Diagnostic::new(Code::ClauseTwice, section.place)
                    .and(*first)
                    .with("number", section.number.clone()),
            ),
            None => {
                seen.insert(&section.number, section.place);
            }
        }
    }
}

/// Exceptions that no case can meet.
fn exceptions(reader: &mut Reader<'_>, rules: &Rules, declared: &Declared) {
    for rule in rules.rules.iter().filter(|rule| !rule.cases.is_empty()) {
        // The `when` of a condition of coverage is what it asks, not where it applies.
        let applies = !matches!(rule.kind.kind, "cover" | "exclude");
        let own = applies.then(|| reader.when(&rule.keys));
        let own_place = rule.get("when").or_else(|| rule.get("unless")).map(|entry| entry.place);
        let cases = reader.cases(rule);
        for case in &cases {
            let backwards = matches!((case.since, case.until), (Some(since), Some(until)) if until < since);
            let place = find(&case.keys, "when")
                .map_or(case.place, |entry| Place::new(entry.place.start, entry.node.place.end));
            if backwards || !can_hold(&[&case.when], declared) {
                reader.complain(Diagnostic::new(Code::NeverApplies, place).with("rule", rule.path()));
            } else if let Some(own) = &own
                && !can_hold(&[own, &case.when], declared)
            {
                let mut complaint = Diagnostic::new(Code::NeverApplies, place).with("rule", rule.path());
                if let Some(second) = own_place {
                    complaint = complaint.and(second);
                }
                reader.complain(complaint);
            }
        }
    }
}

/// Words by which a clause binds somebody.
const PROMISING: [&str; 18] = [
    "s'engage",
    "s’engage",
    "garanti",
    "est tenu",
    "sont tenus",
    "doit ",
    "doivent ",
    "devra",
    "assurera",
    "fournira",
    "shall ",
    "must ",
    "undertakes",
    "guarantee",
    "commits to",
    "is bound to",
    "will provide",
    "will be",
];

/// Figures of the prose against those of the rules, and clauses that promise without a rule.
fn prose(reader: &mut Reader<'_>, source: &Source, rules: &Rules) {
    for (at, section) in source.sections.iter().enumerate() {
        if section.level < 2 || rules.information.contains(&at) {
            continue;
        }
        let said: Vec<(Figure, Place)> =
            section.prose().flat_map(|place| of_prose(source.slice(place), place.start)).collect();
        let written = figures_of_section(rules, at);
        let mut unruled = false;
        for (figure, place) in &said {
            let same_sort: Vec<&(Figure, Place)> =
                written.iter().filter(|(other, _)| other.is_share() == figure.is_share()).collect();
            if same_sort.is_empty() {
                unruled = true;
                continue;
            }
            if same_sort.iter().any(|(other, _)| figure.agrees_with(other)) {
                continue;
            }
            let mut known: Vec<&str> = same_sort.iter().map(|(_, place)| source.slice(*place)).collect();
            known.dedup();
            reader.complain(
                Diagnostic::new(Code::ProseDiffers, *place)
                    .and(same_sort[0].1)
                    .with("figure", source.slice(*place).to_owned())
                    .with("known", known.join(", ")),
            );
        }
        let promises = section.prose().any(|place| {
            let prose = source.slice(place).to_lowercase();
            PROMISING.iter().any(|word| prose.contains(word))
        });
        // A figure that could not be read is complained of by itself.
        let unread = reader.diagnostics.iter().any(|diagnostic| {
            diagnostic.code == Code::BadSpan
                && section.parts.iter().any(|part| matches!(part, Part::Terms(place) if place.start <= diagnostic.place.start && diagnostic.place.end <= place.end))
        });
        if (unruled && !unread) || (promises && !rules.ruled.contains(&at)) {
            reader.complain(
                Diagnostic::new(Code::NoRule, section.place).with("number", section.number.clone()),
            );
        }
    }
}

/// Figures written in rules, exceptions and interpretations under a heading.
fn figures_of_section(rules: &Rules, section: usize) -> Vec<(Figure, Place)> {
    let mut found = Vec::new();
    let mut take = |entry: &Entry| {
        if entry.section == section {
            collect(&entry.node, &mut found);
        }
    };
    for rule in &rules.rules {
        rule.keys.iter().for_each(&mut take);
        rule.cases.iter().flat_map(|case| &case.keys).for_each(&mut take);
    }
    rules.defaults.iter().flat_map(|(_, keys)| keys).for_each(&mut take);
    found
}

fn collect(node: &crate::node::Node, found: &mut Vec<(Figure, Place)>) {
    match &node.raw {
        Raw::Text(text) => found.extend(of_rule(text).into_iter().map(|figure| (figure, node.place))),
        Raw::List(nodes) => nodes.iter().for_each(|node| collect(node, found)),
        // A figure set aside is none that the clause gives.
        Raw::Table(entries) => {
            entries
                .iter()
                .filter(|entry| entry.key != "instead")
                .for_each(|entry| collect(&entry.node, found));
        }
        _ => {}
    }
}

/// Targets that grow as the severity worsens.
fn growing_targets(reader: &mut Reader<'_>, rules: &Rules, declared: &Declared, terms: &Terms) {
    let Some(FactKind::OneOf(values)) = declared.fact("severity") else { return };
    let Some(fact) = rules.find("fact", "severity") else { return };
    let mut from_worst = values.clone();
    if fact.text("worst") == Some("last") {
        from_worst.reverse();
    }
    for promise in &terms.promises {
        let Some(rule) = rules.find("promise", &promise.name) else { continue };
        if rule.allows("targets-grow-with-severity") {
            continue;
        }
        let Some(Choice::By { fact, of, .. }) = promise.within.default.as_ref().map(|cited| &cited.value)
        else {
            continue;
        };
        if fact.as_str() != "severity" {
            continue;
        }
        let target = |level: &String| {
            of.iter().find(|(key, _)| key == level).and_then(|(_, choice)| match choice {
                Choice::Plain(span) => Some(*span),
                _ => None,
            })
        };
        let levels: Vec<(&String, Span)> =
            from_worst.iter().filter_map(|level| Some((level, target(level)?))).collect();
        let grown = levels.windows(2).find(|pair| longer(pair[0].1, pair[1].1));
        if let Some(pair) = grown {
            let place = rule.get("within").map_or(rule.place, |entry| entry.place);
            let mut complaint = Diagnostic::new(Code::TargetsGrow, place)
                .with("rule", rule.path())
                .with("worse", pair[0].0.clone())
                .with("longer", pair[0].1.to_string())
                .with("milder", pair[1].0.clone())
                .with("shorter", pair[1].1.to_string());
            if let Some(second) = declared.fact_place("severity") {
                complaint = complaint.and(second);
            }
            reader.complain(complaint);
        }
    }
}

/// Severities that no exception gives a target, beside others that have one, where the rule itself
/// gives none.
fn severities_without_target(reader: &mut Reader<'_>, rules: &Rules, declared: &Declared, terms: &Terms) {
    let severity = FactName::from("severity");
    let Some(values) = declared.values(&severity) else { return };
    for promise in terms.promises.iter().filter(|promise| promise.within.default.is_none()) {
        let Some(rule) = rules.find("promise", &promise.name) else { continue };
        let is_given = |value: &String| {
            let level =
                Condition::Test { fact: severity.clone(), test: Test::OneOf(vec![FactValue::text(value)]) };
            promise.within.cases.iter().any(|case| {
                case.when != Condition::Always
                    && case.when.facts().contains(&severity)
                    && implies(&level, &case.when)
            })
        };
        let (given, missing): (Vec<&String>, Vec<&String>) = values.iter().partition(|value| is_given(value));
        if given.is_empty() || missing.is_empty() {
            continue;
        }
        let missing: Vec<String> = missing.iter().map(|value| format!("`{value}`")).collect();
        let mut complaint = Diagnostic::new(Code::SeverityWithoutTarget, rule.place)
            .with("rule", rule.path())
            .with("missing", missing.join(", "));
        if let Some(case) = rule.cases.iter().find(|case| find(&case.keys, "within").is_some()) {
            complaint = complaint.and(case.place);
        }
        reader.complain(complaint);
    }
}

/// Whether a span is longer than another of the same sort.
fn longer(left: Span, right: Span) -> bool {
    match (left, right) {
        (Span::Of { count, unit }, Span::Of { count: other, unit: other_unit }) => {
            if unit == other_unit {
                return count > other;
            }
            match (unit.seconds(), other_unit.seconds()) {
                (Some(seconds), Some(other_seconds)) if unit.is_business() == other_unit.is_business() => {
                    seconds * i64::from(count) > other_seconds * i64::from(other)
                }
                _ => false,
            }
        }
        _ => false,
    }
}

fn unused_pauses(reader: &mut Reader<'_>, rules: &Rules, terms: &Terms) {
    let used: Vec<String> = terms
        .promises
        .iter()
        .flat_map(|promise| {
            let default = promise.pause.default.iter().flat_map(|cited| cited.value.values());
            let cases = promise.pause.cases.iter().flat_map(|case| case.value.value.values());
            default.chain(cases).flatten().cloned().collect::<Vec<_>>()
        })
        .collect();
    let unused: Vec<&Rule> = rules
        .of_kind("pause")
        .filter(|rule| !used.contains(&rule.name) && !rule.allows("unused-pause"))
        .collect();
    for rule in unused {
        reader.complain(Diagnostic::new(Code::UnusedPause, rule.place).with("name", rule.name.clone()));
    }
}
