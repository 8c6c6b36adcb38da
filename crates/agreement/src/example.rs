use crate::declared::name_of;
use crate::diagnostic::{Code, Diagnostic};
use crate::merge::Rules;
use crate::nearest::nearest;
use crate::node::{Entry, Node, Raw, find, read_block};
use crate::place::Place;
use crate::reader::Reader;
use crate::source::Part;
use calendar::{Instant, Span};
use std::collections::{BTreeMap, BTreeSet};
use terms::{Clause, FactName, FactValue, Facts};

/// A worked example that a clause carries: what is known, what happens, what must follow.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// What it shows, in the document's words.
    pub title: String,
    /// The clause under which it stands.
    pub clause: Clause,
    /// Where it stands.
    pub place: Place,
    /// What is known of the case and of the contract.
    pub given: Facts,
    /// Alternatives that hold in this example, by interpretation.
    pub interpretations: BTreeMap<String, String>,
    /// What happens, in order of time.
    pub events: Vec<ExampleEvent>,
    /// What must follow.
    pub expect: Vec<Expectation>,
}

/// A deed of an example, by the name of the desk's command.
#[derive(Clone, Debug, PartialEq)]
pub struct ExampleEvent {
    /// When.
    pub at: Instant,
    /// Which (`received`, `reply`, `wait`).
    pub deed: String,
    /// What it carries.
    pub attributes: Facts,
    /// Outages that a claim alleges.
    pub outages: Vec<(Instant, Instant)>,
    /// Where it is written.
    pub place: Place,
}

/// One line of what must follow.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Expectation {
    /// Where it is written.
    pub place: Place,
    /// When to look; after the last event without it.
    pub at: Option<Instant>,
    /// The promise whose clock is read.
    pub promise: Option<String>,
    /// When the clock falls due.
    pub due: Option<Instant>,
    /// How the clock stands; `none` when there is no such clock.
    pub state: Option<String>,
    /// How binding the promise is.
    pub strength: Option<String>,
    /// Time used, in the clock's unit.
    pub used: Option<Span>,
    /// Time left, in the clock's unit.
    pub left: Option<Span>,
    /// The verdict on coverage.
    pub coverage: Option<String>,
    /// The rule that decides it.
    pub rule: Option<String>,
    /// Facts that would settle it.
    pub wants: Option<BTreeSet<String>>,
    /// The path that the exclusion opens.
    pub offer: Option<String>,
    /// Number of the clause cited.
    pub clause: Option<String>,
    /// Item of the clause cited.
    pub item: Option<String>,
    /// Every promise that has a clock, and no other.
    pub clocks: Option<BTreeSet<String>>,
    /// An act, which `by` may do or not.
    pub act: Option<String>,
    /// Who does the act.
    pub by: Option<String>,
    /// Number of the clause that refuses the act.
    pub refused: Option<String>,
    /// Whether the act is allowed.
    pub allowed: Option<bool>,
    /// The order in which requests wait.
    pub order: Option<Vec<String>>,
    /// A statistic and what the document claims of it.
    pub shown: Option<String>,
    /// The statistic of `shown`.
    pub statistic: Option<String>,
    /// What else is expected, by key: measures, credits, ledgers, acts with their reasons. Names of
    /// a list stand in order, between commas.
    pub more: BTreeMap<String, String>,
}

impl Expectation {
    /// Every key that is given, but when to look, with what it says.
    pub(crate) fn given(&self) -> Vec<(&str, String)> {
        let names = |names: &BTreeSet<String>| names.iter().cloned().collect::<Vec<_>>().join(", ");
        let own = [
            ("promise", self.promise.clone()),
            ("due", self.due.map(|due| due.to_string())),
            ("state", self.state.clone()),
            ("strength", self.strength.clone()),
            ("used", self.used.map(|used| used.to_string())),
            ("left", self.left.map(|left| left.to_string())),
            ("coverage", self.coverage.clone()),
            ("rule", self.rule.clone()),
            ("wants", self.wants.as_ref().map(names)),
            ("offer", self.offer.clone()),
            ("clause", self.clause.clone()),
            ("item", self.item.clone()),
            ("clocks", self.clocks.as_ref().map(names)),
            ("act", self.act.clone()),
            ("by", self.by.clone()),
            ("refused", self.refused.clone()),
            ("allowed", self.allowed.map(|allowed| if allowed { "yes" } else { "no" }.to_owned())),
            ("order", self.order.as_ref().map(|order| order.join(", "))),
            ("statistic", self.statistic.clone()),
            ("shown", self.shown.clone()),
        ];
        let own = own.into_iter().filter_map(|(key, says)| Some((key, says?)));
        own.chain(self.more.iter().map(|(key, says)| (key.as_str(), says.clone()))).collect()
    }
}

const EXAMPLE_KEYS: [&str; 6] = ["title", "given", "each", "interpretations", "events", "expect"];
const BLOCK_KEYS: [&str; 2] = ["given", "example"];
const EXPECT_KEYS: [&str; 19] = [
    "at", "promise", "due", "state", "strength", "used", "left", "coverage", "rule", "wants", "offer",
    "clause", "item", "clocks", "act", "by", "refused", "allowed", "order",
];
const STATISTIC_KEYS: [&str; 2] = ["statistic", "shown"];
/// Keys of what contracts measure, pay and prepay, of ways in, notices, roles and services.
const CONTRACT_KEYS: [&str; 95] = [
    "overdrawn",
    "warned",
    "mail",
    "language",
    "subject",
    "body",
    "waited",
    "waiting_for",
    "charged",
    "measure",
    "period",
    "component",
    "primary",
    "availability",
    "cause",
    "excluded",
    "credit",
    "credit_note",
    "amount",
    "sum",
    "party",
    "warning",
    "debit",
    "balance",
    "estimated",
    "lapse",
    "after",
    "pack",
    "price",
    "unit_price",
    "calendar",
    "from",
    "plus",
    "open",
    "channel",
    "opens",
    "answer",
    "during",
    "notice",
    "tell",
    "times",
    "reminder",
    "grounds",
    "grounds_known",
    "hint",
    "proposes",
    "contract",
    "missing",
    "service",
    "units",
    "phases",
    "flagged",
    "owed_to",
    "tax",
    "with_tax",
    "owed",
    "discount",
    "consent",
    "to",
    "says",
    "silence",
    "reminders",
    "counts_at",
    "counts_as",
    "reopens",
    "offered",
    "spoken",
    "answered_in",
    "ladder",
    "climbs",
    "task",
    "who",
    "blocks",
    "due_from",
    "data",
    "destroyed",
    "kept",
    "destroyed_at",
    "gone_at",
    "combined",
    "role",
    "side",
    "queue",
    "kinds",
    "fact",
    "values",
    "value",
    "team",
    "required",
    "taxes",
    "shown_in",
    "clauses",
    "term_ends",
    "notice_by",
    "right",
];

/// Reads every example of the document.
pub(crate) fn read_examples(reader: &mut Reader<'_>, _rules: &Rules) -> Vec<Example> {
    let mut examples = Vec::new();
    let source = reader.source;
    for (section, content) in source.sections.iter().enumerate() {
        for part in &content.parts {
            let Part::Examples(place) = part else { continue };
            match read_block(source.slice(*place), place.start, section) {
                Ok(entries) => read_block_of_examples(reader, section, &entries, &mut examples),
                Err(error) => {
                    reader
                        .complain(Diagnostic::new(Code::NotToml, error.place).with("message", error.message));
                }
            }
        }
    }
    examples
}

/// Reads the rows `[[example]]` of a block; what the block itself gives holds for each of them.
pub(crate) fn read_block_of_examples(
    reader: &mut Reader<'_>,
    section: usize,
    entries: &[Entry],
    examples: &mut Vec<Example>,
) {
    let shared = find(entries, "given").map_or_else(Facts::new, |entry| facts(reader, &entry.node, "given"));
    for entry in entries {
        match entry.key.as_str() {
            "given" => continue,
            "example" => {}
            _ => {
                unknown(reader, entry, "examples", &BLOCK_KEYS);
                continue;
            }
        }
        let rows: &[Node] = match &entry.node.raw {
            Raw::List(rows) => rows,
            _ => std::slice::from_ref(&entry.node),
        };
        for row in rows {
            match row.as_table() {
                Some(keys) => {
                    let mut read = example(reader, section, keys, row.place);
                    let mut given = shared.clone();
                    given.extend(&read.given);
                    read.given = given;
                    examples.extend(each(reader, keys, read));
                }
                None => reader.wrong("example", "table", row.place),
            }
        }
    }
}

/// Most examples that one row may stand for.
const MOST_OF_EACH: usize = 500;

/// A row with `each = { product = [..], tier = [..] }` stands for one example per combination.
fn each(reader: &mut Reader<'_>, keys: &[Entry], example: Example) -> Vec<Example> {
    let Some(entry) = find(keys, "each") else { return vec![example] };
    let mut all = vec![example];
    for dimension in entry.node.as_table().unwrap_or_default() {
        if !reader.know("fact", &dimension.key, dimension.place) {
            continue;
        }
        let fact = FactName::from(dimension.key.as_str());
        let values: Vec<FactValue> = dimension
            .node
            .as_list()
            .unwrap_or_default()
            .iter()
            .filter_map(|node| reader.fact_value(&fact, node))
            .collect();
        if values.is_empty() {
            reader.wrong(&dimension.key, "names", dimension.node.place);
            continue;
        }
        let mut more = Vec::with_capacity(all.len() * values.len());
        for known in &all {
            for value in &values {
                let mut one = known.clone();
                one.title = format!("{} – {value}", one.title);
                one.given.set(dimension.key.as_str(), value.clone());
                more.push(one);
            }
        }
        more.truncate(MOST_OF_EACH);
        all = more;
    }
    all
}

fn unknown(reader: &mut Reader<'_>, entry: &Entry, rule: &str, known: &[&str]) {
    let names: Vec<String> = known.iter().map(|key| format!("`{key}`")).collect();
    reader.complain(
        Diagnostic::new(Code::UnknownKey, entry.place)
            .with("rule", rule.to_owned())
            .with("key", entry.key.clone())
            .with("known", names.join(", "))
            .with_nearest(nearest(&entry.key, known.iter().copied())),
    );
}

fn example(reader: &mut Reader<'_>, section: usize, keys: &[Entry], place: Place) -> Example {
    for entry in keys {
        if !EXAMPLE_KEYS.contains(&entry.key.as_str()) {
            unknown(reader, entry, "example", &EXAMPLE_KEYS);
        }
    }
    let title = find(keys, "title").and_then(|entry| reader.text("title", &entry.node)).unwrap_or_default();
    let given = find(keys, "given").map_or_else(Facts::new, |entry| facts(reader, &entry.node, "given"));
    let interpretations =
        find(keys, "interpretations").map_or_else(BTreeMap::new, |entry| chosen(reader, &entry.node));
    let mut events: Vec<ExampleEvent> =
        list(keys, "events").iter().filter_map(|node| event(reader, node)).collect();
    events.sort_by_key(|event| event.at);
    let expect: Vec<Expectation> =
        list(keys, "expect").iter().filter_map(|node| expectation(reader, node)).collect();
    // When to look expects nothing by itself.
    let says_nothing = |row: &Node| row.as_table().is_some_and(|keys| keys.iter().all(|key| key.key == "at"));
    let rows = list(keys, "expect");
    if rows.is_empty() || rows.iter().any(says_nothing) {
        reader.complain(Diagnostic::new(Code::ExampleExpectsNothing, place).with("title", title.clone()));
    }
    let clause = reader.clause(section, &[]);
    Example { title, clause, place, given, interpretations, events, expect }
}

fn list<'a>(keys: &'a [Entry], key: &str) -> &'a [Node] {
    find(keys, key).map_or(&[], |entry| match &entry.node.raw {
        Raw::List(nodes) => nodes,
        _ => std::slice::from_ref(&entry.node),
    })
}

fn facts(reader: &mut Reader<'_>, node: &Node, key: &str) -> Facts {
    let mut facts = Facts::new();
    let Some(entries) = node.as_table() else {
        reader.wrong(key, "table", node.place);
        return facts;
    };
    for entry in entries {
        if !reader.know("fact", &entry.key, entry.place) {
            continue;
        }
        // "unknown" says aloud what leaving the fact out says silently.
        if entry.node.as_text() == Some("unknown") {
            continue;
        }
        let name = FactName::from(entry.key.as_str());
        if let Some(value) = reader.fact_value(&name, &entry.node) {
            facts.set(entry.key.as_str(), value);
        }
    }
    facts
}

fn chosen(reader: &mut Reader<'_>, node: &Node) -> BTreeMap<String, String> {
    let mut chosen = BTreeMap::new();
    for entry in node.as_table().unwrap_or_default() {
        let Some(alternative) = reader.text(&entry.key, &entry.node) else { continue };
        let rules = reader.rules;
        let Some(rule) = rules.find("interpretation", &entry.key) else {
            let near = nearest(&entry.key, rules.of_kind("interpretation").map(|rule| rule.name.as_str()));
            reader.complain(Diagnostic::unknown_name("interpretation", &entry.key, entry.place, near));
            continue;
        };
        let names: Vec<&str> = list(&rule.keys, "alternative")
            .iter()
            .filter_map(|row| row.get("name").and_then(Node::as_text))
            .collect();
        if names.contains(&alternative.as_str()) {
            chosen.insert(entry.key.clone(), alternative);
        } else {
            let near = nearest(&alternative, names);
            reader.complain(Diagnostic::unknown_name("alternative", &alternative, entry.node.place, near));
        }
    }
    chosen
}

fn event(reader: &mut Reader<'_>, node: &Node) -> Option<ExampleEvent> {
    let Some(keys) = node.as_table() else {
        reader.wrong("events", "rows", node.place);
        return None;
    };
    let mut need = |key: &str| {
        let found = find(keys, key);
        if found.is_none() {
            reader.complain(
                Diagnostic::new(Code::MissingKey, node.place)
                    .with("rule", "example.events".to_owned())
                    .with("key", key.to_owned()),
            );
        }
        found
    };
    let deed = need("do")?;
    // An outage takes effect when it ends.
    let is_outage = deed.node.as_text() == Some("outage") && find(keys, "at").is_none();
    let at = match find(keys, "to").filter(|_| is_outage) {
        Some(to) => to,
        None => need("at")?,
    };
    let at = reader.instant("at", &at.node)?;
    let deed = reader.text("do", &deed.node)?;
    let mut attributes = Facts::new();
    let mut outages = Vec::new();
    for entry in keys.iter().filter(|entry| entry.key != "at" && entry.key != "do") {
        if entry.key == "outages" {
            for row in list(keys, "outages") {
                let mut end = |key: &str| row.get(key).and_then(|node| reader.instant(key, node));
                outages.extend(end("from").zip(end("to")));
            }
            continue;
        }
        if entry.key == "facts" {
            let more = facts(reader, &entry.node, "facts");
            attributes.extend(&more);
            continue;
        }
        let declared = reader.declared.fact(&entry.key).is_some();
        let value = if declared {
            reader.fact_value(&FactName::from(entry.key.as_str()), &entry.node)
        } else {
            match &entry.node.raw {
                Raw::YesNo(yes) => Some(FactValue::YesNo(*yes)),
                Raw::Date(date) => Some(FactValue::Date(*date)),
                Raw::Instant(instant) => Some(FactValue::Instant(*instant)),
                Raw::List(_) => {
                    let names = reader.names(&entry.key, &entry.node);
                    Some(FactValue::Names(names.into_iter().map(|(name, _)| name).collect()))
                }
                raw => name_of(raw).map(FactValue::Text),
            }
        };
        if let Some(value) = value {
            attributes.set(entry.key.as_str(), value);
        }
    }
    Some(ExampleEvent { at, deed, attributes, outages, place: node.place })
}

fn expectation(reader: &mut Reader<'_>, node: &Node) -> Option<Expectation> {
    let Some(keys) = node.as_table() else {
        reader.wrong("expect", "rows", node.place);
        return None;
    };
    let mut row = Expectation { place: node.place, ..Expectation::default() };
    for entry in keys {
        let value = &entry.node;
        match entry.key.as_str() {
            "at" => row.at = reader.instant("at", value),
            "promise" => row.promise = known_promise(reader, entry),
            "due" => match &value.raw {
                Raw::Date(date) => {
                    row.more.insert("due".to_owned(), date.to_string());
                }
                Raw::Text(text) if text == "none" => {
                    row.more.insert("due".to_owned(), text.clone());
                }
                _ => row.due = reader.instant("due", value),
            },
            "state" => {
                row.state = word(
                    reader,
                    entry,
                    &[
                        "running",
                        "paused",
                        "met",
                        "missed",
                        "stopped",
                        "none",
                        "not_asked",
                        "later",
                        "due",
                        "done",
                        "refused",
                    ],
                );
            }
            "strength" => row.strength = reader.text("strength", value),
            "used" => row.used = reader.span("used", value),
            "left" => row.left = reader.span("left", value),
            "coverage" => row.coverage = word(reader, entry, &["covered", "not_covered", "needs_judgement"]),
            "rule" => row.rule = rule_path(reader, entry),
            "wants" => {
                let names = reader.known_names(keys, "wants", "fact");
                row.wants = Some(names.into_iter().collect());
            }
            "offer" => row.offer = reader.text("offer", value),
            "clause" => row.clause = name_of(&value.raw),
            "item" => row.item = reader.text("item", value),
            "clocks" => {
                let names = reader.names("clocks", value);
                let known = names.into_iter().filter(|(name, place)| reader.know_promise(name, *place));
                row.clocks = Some(known.map(|(name, _)| name).collect());
            }
            "act" => row.act = reader.text("act", value),
            // Whom a notice reaches by which means is a list; who does an act is one.
            "by" if value.as_list().is_some() => {
                row.more.extend(canonical(value).map(|wanted| ("by".to_owned(), wanted)));
            }
            "by" => row.by = reader.text("by", value),
            // Steps and values of a scale stand in their order.
            key @ ("ladder" | "values") => {
                let names = reader.plain_names(keys, key);
                row.more.insert(key.to_owned(), names.join(", "));
            }
            "refused" => row.refused = name_of(&value.raw),
            "allowed" => row.allowed = reader.yes_no(keys, "allowed"),
            "order" => row.order = Some(reader.plain_names(keys, "order")),
            key if CONTRACT_KEYS.contains(&key) => {
                if let Some(wanted) = canonical(value) {
                    row.more.insert(key.to_owned(), wanted);
                } else {
                    reader.wrong(key, "scalar", value.place);
                }
            }
            "statistic" => row.statistic = reader.text("statistic", value),
            "shown" => row.shown = reader.text("shown", value),
            _ => {
                let known: Vec<&str> =
                    EXPECT_KEYS.iter().chain(&STATISTIC_KEYS).chain(&CONTRACT_KEYS).copied().collect();
                unknown(reader, entry, "example.expect", &known);
            }
        }
    }
    Some(row)
}

/// A value as it is compared: names of a list in order of the alphabet, between commas.
fn canonical(node: &Node) -> Option<String> {
    Some(match &node.raw {
        Raw::YesNo(yes) => if *yes { "yes" } else { "no" }.to_owned(),
        Raw::Date(date) => date.to_string(),
        Raw::Instant(instant) => instant.to_string(),
        Raw::List(nodes) => {
            let names: Option<BTreeSet<String>> = nodes.iter().map(canonical).collect();
            names?.into_iter().collect::<Vec<_>>().join(", ")
        }
        raw => name_of(raw)?,
    })
}

fn known_promise(reader: &mut Reader<'_>, entry: &Entry) -> Option<String> {
    let text = reader.text(&entry.key, &entry.node)?;
    reader.know_promise(&text, entry.node.place).then_some(text)
}

fn rule_path(reader: &mut Reader<'_>, entry: &Entry) -> Option<String> {
    let path = reader.text("rule", &entry.node)?;
    let paths: Vec<String> = reader.rules.rules.iter().map(crate::merge::Rule::path).collect();
    if paths.contains(&path) {
        return Some(path);
    }
    let near = nearest(&path, paths.iter().map(String::as_str)).map(str::to_owned);
    reader.complain(Diagnostic::unknown_name("rule", &path, entry.node.place, near.as_deref()));
    None
}

fn word(reader: &mut Reader<'_>, entry: &Entry, words: &[&str]) -> Option<String> {
    let text = reader.text(&entry.key, &entry.node)?;
    if words.contains(&text.as_str()) {
        return Some(text);
    }
    let known: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    reader.complain(
        Diagnostic::new(Code::UnknownValue, entry.node.place)
            .with("value", text.clone())
            .with("fact", entry.key.clone())
            .with("known", known.join(", "))
            .with_nearest(nearest(&text, words.iter().copied())),
    );
    None
}

#[cfg(test)]
mod tests {
    use super::{CONTRACT_KEYS, STATISTIC_KEYS};
    use words::Language;

    #[test]
    fn what_an_example_expects_has_words_on_the_page_to_sign() {
        for key in CONTRACT_KEYS.iter().chain(&STATISTIC_KEYS) {
            let words = format!("woven-looked-at-{}", key.replace('_', "-"));
            for language in [Language::French, Language::English] {
                assert!(words::has_text(language, &words), "{words} in {}", language.tag());
            }
        }
    }
}
