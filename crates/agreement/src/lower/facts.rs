use crate::declared::{FactKind, name_of};
use crate::diagnostic::{Code, Diagnostic};
use crate::merge::Rule;
use crate::nearest::nearest;
use crate::node::{Entry, Node, Raw, find};
use crate::reader::Reader;
use std::collections::BTreeSet;
use terms::{
    DerivedFact, FactName, FactRule, FactType, FactValue, Family, Hint, Label, ListEntry, Parameter,
    ParameterKind, ProductList, Role, Side, Terms, VocabularyValue,
};

/// Facts, parameters, roles and product lists.
pub(super) fn lower_facts(reader: &mut Reader<'_>, terms: &mut Terms) {
    let rules = reader.rules;
    for rule in rules.of_kind("parameter") {
        let lowered = parameter(reader, rule);
        terms.parameters.extend(lowered);
    }
    for rule in rules.of_kind("fact") {
        let lowered = fact(reader, rule);
        terms.facts.extend(lowered);
        derived(reader, rule, terms);
        hints(reader, rule, terms);
    }
    for rule in rules.of_kind("role") {
        terms.roles.push(Role {
            name: rule.name.clone(),
            label: reader.label(&rule.keys),
            clause: reader.rule_clause(rule),
            side: if rule.text("side") == Some("customer") { Side::Customer } else { Side::Provider },
            own_queue: rule.text("queue") == Some("own"),
            kinds: reader.plain_names(&rule.keys, "kinds"),
            required: reader.yes_no(&rule.keys, "required").unwrap_or(false),
            may_combine: reader.yes_no(&rule.keys, "may_combine").unwrap_or(false),
        });
    }
    for rule in rules.of_kind("list") {
        let lowered = list(reader, rule);
        terms.lists.push(lowered);
    }
    refuse_circles(reader, terms);
}

fn parameter(reader: &mut Reader<'_>, rule: &Rule) -> Option<Parameter> {
    let kind = match rule.text("kind")? {
        "fact" => ParameterKind::Fact,
        "span" => ParameterKind::Span,
        "share" => ParameterKind::Share,
        "number" => ParameterKind::Number,
        "money" => ParameterKind::Money,
        "date" => ParameterKind::Date,
        "dates" => ParameterKind::Dates,
        "holidays" => ParameterKind::Holidays,
        "zone" => ParameterKind::Zone,
        "contact" => ParameterKind::Contact,
        "releases" => ParameterKind::Releases,
        "table" => ParameterKind::Table,
        "choice" => ParameterKind::Choice,
        _ => return None,
    };
    let name = FactName::from(rule.name.as_str());
    let mut value = |key: &str| {
        let entry = rule.get(key)?;
        reader.fact_value(&name, &entry.node)
    };
    let (default, at_least, at_most) = (value("default"), value("at_least"), value("at_most"));
    if kind == ParameterKind::Holidays
        && let Some(entry) = rule.get("default")
        && let Some(set) = entry.node.as_text()
    {
        super::calendars::know_holidays(reader, set, &entry.node);
    }
    Some(Parameter {
        name,
        label: reader.label(&rule.keys),
        clause: reader.rule_clause(rule),
        kind,
        default,
        required: reader.yes_no(&rule.keys, "required").unwrap_or(false),
        set_by: rule.text("set_by").unwrap_or("contract").to_owned(),
        during_term: reader.yes_no(&rule.keys, "during_term").unwrap_or(false),
        at_least,
        at_most,
    })
}

fn fact(reader: &mut Reader<'_>, rule: &Rule) -> Option<FactRule> {
    let name = FactName::from(rule.name.as_str());
    let kind = match rule.text("type")? {
        "yes-no" => FactType::YesNo,
        "one-of" => FactType::OneOf(vocabulary(reader, rule)),
        "set-of" => FactType::SetOf(vocabulary(reader, rule)),
        "number" => FactType::Number,
        "span" => FactType::Span,
        "money" => FactType::Money,
        "date" => FactType::Date,
        "instant" => FactType::Instant,
        "text" => FactType::Text,
        "words" => FactType::Words,
        "product" => FactType::Product,
        "version" => FactType::Version,
        _ => return None,
    };
    let presumed = rule.get("presumed").and_then(|entry| reader.fact_value(&name, &entry.node));
    let yes_no = rule.text("type") == Some("yes-no");
    let derived = rule.get("equals").filter(|entry| !is_condition(rule, entry)).and_then(|entry| {
        reader.choice(&entry.node, &mut |reader, node| {
            let value = name_of(&node.raw).or_else(|| match node.raw {
                Raw::YesNo(yes) => Some(if yes { "yes" } else { "no" }.to_owned()),
                _ => None,
            });
            if let Some(value) = &value {
                reader.check_value(&name, value, node.place);
            } else {
                reader.wrong("equals", "scalar", node.place);
            }
            value.map(|value| match (yes_no, value.as_str()) {
                (true, "yes") => FactValue::YesNo(true),
                (true, "no") => FactValue::YesNo(false),
                _ => FactValue::Text(value),
            })
        })
    });
    Some(FactRule {
        label: reader.label(&rule.keys),
        clause: reader.rule_clause(rule),
        kind,
        from: rule.text("from").unwrap_or("agent").to_owned(),
        presumed,
        required: rule.text("required").map(str::to_owned),
        derived,
        name,
    })
}

/// Whether a yes-no fact equals a condition rather than a choice.
fn is_condition(rule: &Rule, entry: &Entry) -> bool {
    let chooses = |keys: &[Entry]| find(keys, "by").is_some() || find(keys, "fact").is_some();
    rule.text("type") == Some("yes-no") && entry.node.as_table().is_some_and(|keys| !chooses(keys))
}

fn derived(reader: &mut Reader<'_>, rule: &Rule, terms: &mut Terms) {
    if let Some(entry) = rule.get("equals").filter(|entry| is_condition(rule, entry)) {
        let holds = reader.condition("equals", &entry.node);
        let clause = reader.clause(entry.section, &[]);
        terms.derived.push(DerivedFact { fact: rule.name.as_str().into(), holds, clause });
    }
}

/// Words that point to a value, with the clause that lists them.
fn hints(reader: &mut Reader<'_>, rule: &Rule, terms: &mut Terms) {
    let Some(entry) = rule.get("values") else { return };
    for keys in entry.node.as_list().unwrap_or_default().iter().filter_map(Node::as_table) {
        let Some(value) = find(keys, "name").and_then(|name| name_of(&name.node.raw)) else { continue };
        for row in find(keys, "hints").and_then(|hints| hints.node.as_list()).unwrap_or_default() {
            let label = match &row.raw {
                Raw::Table(words) => reader.label(words),
                Raw::Text(text) => Label::new(terms.languages.first().map_or("fr", String::as_str), text),
                _ => {
                    reader.wrong("hints", "names", row.place);
                    continue;
                }
            };
            let clause = reader.clause(entry.section, &[]);
            terms.hints.push(Hint { fact: rule.name.as_str().into(), value: value.clone(), label, clause });
        }
    }
}

fn vocabulary(reader: &mut Reader<'_>, rule: &Rule) -> Vec<VocabularyValue> {
    let Some(entry) = rule.get("values") else {
        reader.complain(
            Diagnostic::new(Code::MissingKey, rule.place)
                .with("rule", rule.path())
                .with("key", "values".to_owned()),
        );
        return Vec::new();
    };
    let rows = entry.node.as_list().unwrap_or_default();
    let mut values = Vec::with_capacity(rows.len());
    for keys in rows.iter().filter_map(Node::as_table) {
        let Some(name) = find(keys, "name").and_then(|entry| name_of(&entry.node.raw)) else { continue };
        let meaning = find(keys, "meaning").and_then(|entry| entry.node.as_table());
        values.push(VocabularyValue {
            name,
            label: reader.label(keys),
            meaning: meaning.map_or_else(Label::default, |keys| reader.label(keys)),
            team: find(keys, "team").and_then(|entry| entry.node.as_text()).map(str::to_owned),
            hints: find(keys, "hints").map_or_else(Vec::new, |entry| {
                let rows = entry.node.as_list().unwrap_or_default().iter();
                rows.filter_map(|row| row.as_text().map(str::to_owned)).collect()
            }),
        });
    }
    values
}

fn list(reader: &mut Reader<'_>, rule: &Rule) -> ProductList {
    let titles = rule.get("entries").map_or_else(Vec::new, |entry| reader.names("entries", &entry.node));
    let known = |reader: &mut Reader<'_>, key: &Entry| {
        let found = titles.iter().any(|(title, _)| *title == key.key);
        if !found {
            let near = nearest(&key.key, titles.iter().map(|(title, _)| title.as_str())).map(str::to_owned);
            reader.complain(Diagnostic::unknown_name("entry", &key.key, key.place, near.as_deref()));
        }
        found
    };
    let families = rule.get("family").and_then(|entry| entry.node.as_table()).unwrap_or_default();
    let limits = rule.get("limited").and_then(|entry| entry.node.as_table()).unwrap_or_default();
    for key in families.iter().chain(limits) {
        known(reader, key);
    }
    let entries = titles
        .iter()
        .map(|(title, _)| {
            let family = find(families, title).map_or(Family::None, |entry| family(reader, entry));
            let limited = find(limits, title).map(|entry| {
                let keys = entry.node.as_table().unwrap_or_default();
                reader.when(keys)
            });
            ListEntry { title: title.clone(), family, limited }
        })
        .collect();
    ProductList {
        name: rule.name.clone(),
        label: reader.label(&rule.keys),
        clause: reader.rule_clause(rule),
        includes: reader.known_names(&rule.keys, "includes", "list"),
        entries,
    }
}

/// A family is a list of titles, or `{ starts_with = ["…"] }` for all that begin alike.
fn family(reader: &mut Reader<'_>, entry: &Entry) -> Family {
    match &entry.node.raw {
        Raw::Table(keys) => match find(keys, "starts_with") {
            Some(words) => {
                let words = reader.names("starts_with", &words.node);
                Family::StartsWith(words.into_iter().map(|(word, _)| word).collect())
            }
            None => {
                reader.wrong(&entry.key, "names", entry.node.place);
                Family::None
            }
        },
        _ => {
            Family::Members(reader.names(&entry.key, &entry.node).into_iter().map(|(name, _)| name).collect())
        }
    }
}

/// Lists that include one another in a circle would never answer.
fn refuse_circles(reader: &mut Reader<'_>, terms: &mut Terms) {
    let mut circular = BTreeSet::new();
    for list in &terms.lists {
        let mut open: Vec<&str> = list.includes.iter().map(String::as_str).collect();
        let mut seen = BTreeSet::new();
        while let Some(name) = open.pop() {
            if name == list.name {
                circular.insert(list.name.clone());
            } else if seen.insert(name)
                && let Some(next) = terms.lists.iter().find(|other| other.name == name)
            {
                open.extend(next.includes.iter().map(String::as_str));
            }
        }
    }
    for name in circular {
        if let Some(rule) = reader.rules.find("list", &name) {
            let place = rule.get("includes").map_or(rule.place, |entry| entry.place);
            reader.complain(Diagnostic::new(Code::Circle, place).with("name", format!("list.{name}")));
        }
        if let Some(list) = terms.lists.iter_mut().find(|list| list.name == name) {
            list.includes.clear();
        }
    }
}

/// The value of a fact as a command line gives it: `yes`, `P1`, `maintenance,training`, `N-2`.
pub(crate) fn parse_fact(kind: Option<&FactKind>, text: &str) -> Option<FactValue> {
    match kind.unwrap_or(&FactKind::Text) {
        FactKind::YesNo => match text {
            "yes" | "true" => Some(FactValue::YesNo(true)),
            "no" | "false" => Some(FactValue::YesNo(false)),
            _ => None,
        },
        FactKind::SetOf(_) | FactKind::Names => {
            Some(FactValue::Names(text.split(',').map(|name| name.trim().to_owned()).collect()))
        }
        FactKind::Number => text.parse().ok().map(FactValue::Number),
        FactKind::Span => calendar::Span::parse(text).ok().map(FactValue::Span),
        FactKind::Date => calendar::LocalDate::parse(text).ok().map(FactValue::Date),
        FactKind::Instant => calendar::Instant::parse(text).ok().map(FactValue::Instant),
        FactKind::OneOf(values) if !values.is_empty() => {
            values.iter().any(|value| value == text).then(|| FactValue::text(text))
        }
        _ => Some(FactValue::text(text)),
    }
}
