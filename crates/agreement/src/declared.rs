use crate::merge::Rules;
use crate::node::Raw;
use crate::place::Place;
use meters::EVENT_NAMES;
use std::collections::BTreeMap;
use terms::FactName;

/// What kind of value a fact takes, as far as rules about it must know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FactKind {
    YesNo,
    OneOf(Vec<String>),
    SetOf(Vec<String>),
    Number,
    Span,
    Money,
    Date,
    Instant,
    Text,
    Words,
    Product,
    Version,
    Names,
    Table,
    /// Money or a number: what a base comes to.
    Amount,
    /// A rate, or its rows by the day from which each holds.
    Rate,
    /// What an act asks to be given with it: yes or no, a count, a day, words.
    Field,
}

/// Every name that rules of a document may use.
pub(crate) struct Declared {
    facts: BTreeMap<String, (FactKind, Option<Place>)>,
    pub(crate) parameters: Vec<String>,
    pub(crate) calendars: Vec<String>,
    pub(crate) pauses: Vec<String>,
    pub(crate) promises: Vec<String>,
    /// Promises that only an alternative reading adds: examples may name them.
    pub(crate) promises_set_aside: Vec<String>,
    pub(crate) lists: Vec<String>,
    pub(crate) holidays: Vec<String>,
    pub(crate) roles: Vec<String>,
    pub(crate) events: Vec<String>,
    /// Whether the document names only one of the two forms on the web, and so means both.
    pub(crate) web_means_portal: bool,
    pub(crate) portal_means_web: bool,
}

/// Ways in that every document may name.
pub(crate) const CHANNELS: &[&str] = &["email", "web", "portal", "phone", "voicemail", "api"];

/// People that every document may name.
const ROLES: &[&str] = &[
    "agent",
    "lead",
    "manager",
    "admin",
    "owner",
    "team",
    "requester",
    "customer",
    "contact",
    "provider",
    "specialist",
];

impl Declared {
    pub(crate) fn of(rules: &Rules) -> Self {
        let names =
            |kind: &str| -> Vec<String> { rules.of_kind(kind).map(|rule| rule.name.clone()).collect() };
        let owned = |words: &[&str]| -> Vec<String> { words.iter().map(|word| (*word).to_owned()).collect() };
        let mut facts = standard_facts();
        for promise in rules.of_kind("promise") {
            let states = FactKind::OneOf(owned(&["running", "paused", "met", "missed", "stopped"]));
            facts.insert(promise.path(), (states, None));
        }
        for parameter in rules.of_kind("parameter") {
            let kind = match parameter.text("kind") {
                Some("span") => FactKind::Span,
                Some("share" | "number") => FactKind::Number,
                Some("money") => FactKind::Money,
                Some("date") => FactKind::Date,
                Some("dates") => FactKind::Names,
                Some("releases" | "table") => FactKind::Table,
                _ => FactKind::Text,
            };
            facts.insert(parameter.name.clone(), (kind, None));
        }
        for fact in rules.of_kind("fact") {
            let values = || -> Vec<String> {
                let rows = fact.get("values").and_then(|entry| entry.node.as_list()).unwrap_or_default();
                rows.iter().filter_map(|row| name_of(&row.get("name")?.raw)).collect()
            };
            let kind = match fact.text("type") {
                Some("yes-no") => FactKind::YesNo,
                Some("one-of") => FactKind::OneOf(values()),
                Some("set-of") => FactKind::SetOf(values()),
                Some("number") => FactKind::Number,
                Some("span") => FactKind::Span,
                Some("money") => FactKind::Money,
                Some("date") => FactKind::Date,
                Some("instant") => FactKind::Instant,
                Some("words") => FactKind::Words,
                Some("product") => FactKind::Product,
                Some("version") => FactKind::Version,
                _ => FactKind::Text,
            };
            let place = fact.get("values").map_or(fact.place, |entry| entry.place);
            facts.insert(fact.name.clone(), (kind, Some(place)));
        }
        for base in rules.of_kind("base") {
            facts.insert(base.name.clone(), (FactKind::Amount, None));
        }
        for rate in rules.of_kind("rate") {
            facts.insert(rate.name.clone(), (FactKind::Rate, None));
        }
        for ledger in rules.of_kind("ledger") {
            facts.insert(ledger.path(), (FactKind::Number, None));
            facts.insert("estimate".to_owned(), (FactKind::Number, None));
            facts.insert("excess".to_owned(), (FactKind::Number, None));
        }
        if rules.of_kind("service").next().is_some() {
            facts.insert("service".to_owned(), (FactKind::OneOf(names("service")), None));
            facts.insert("chosen".to_owned(), (FactKind::Names, None));
        }
        facts.entry("people".to_owned()).or_insert((FactKind::Table, None));
        facts.entry("components".to_owned()).or_insert((FactKind::Table, None));
        // What a permission asks for is given with the act, in whatever form the act carries it.
        for permission in rules.of_kind("permission") {
            for name in permission.get("needs").and_then(|entry| entry.node.as_list()).unwrap_or_default() {
                if let Some(name) = name.as_text() {
                    facts.entry(name.to_owned()).or_insert((FactKind::Field, None));
                }
            }
        }
        let mut calendars = names("calendar");
        calendars.extend(owned(&["elapsed", "always"]));
        let mut roles = names("role");
        roles.extend(owned(ROLES));
        let mut events = names("event");
        events.extend(EVENT_NAMES.iter().map(|(name, _)| (*name).to_owned()).collect::<Vec<String>>());
        for promise in rules.of_kind("promise") {
            events.extend(["warned", "missed", "met"].iter().map(|end| format!("{}.{end}", promise.path())));
        }
        let named = |channel: &str| names_channel(rules, channel);
        let (web, portal) = (named("web"), named("portal"));
        Self {
            facts,
            parameters: names("parameter"),
            calendars,
            pauses: names("pause"),
            promises: names("promise"),
            promises_set_aside: set_aside(rules, "promise"),
            lists: names("list"),
            holidays: names("holidays"),
            roles,
            events,
            web_means_portal: web && !portal,
            portal_means_web: portal && !web,
        }
    }

    pub(crate) fn fact(&self, name: &str) -> Option<&FactKind> {
        self.facts.get(name).map(|(kind, _)| kind)
    }

    pub(crate) fn fact_place(&self, name: &str) -> Option<Place> {
        self.facts.get(name).and_then(|(_, place)| *place)
    }

    pub(crate) fn fact_names(&self) -> impl Iterator<Item = &str> {
        self.facts.keys().map(String::as_str)
    }

    /// Every value of a fact, where they can be counted: a vocabulary, or yes and no.
    pub(crate) fn values(&self, fact: &FactName) -> Option<Vec<String>> {
        match self.fact(fact.as_str())? {
            FactKind::OneOf(values) if !values.is_empty() => Some(values.clone()),
            FactKind::YesNo => Some(vec!["yes".to_owned(), "no".to_owned()]),
            _ => None,
        }
    }
}

/// Names of the rules of a kind that alternatives of interpretations write.
fn set_aside(rules: &Rules, kind: &str) -> Vec<String> {
    let alternatives =
        rules.of_kind("interpretation").filter_map(|rule| rule.get("alternative")?.node.as_list()).flatten();
    let written = alternatives.filter_map(|row| row.get("instead")?.get(kind)?.as_table()).flatten();
    written.map(|entry| entry.key.clone()).collect()
}

/// The name of a vocabulary value, which may be written as a number.
pub(crate) fn name_of(raw: &Raw) -> Option<String> {
    match raw {
        Raw::Text(text) => Some(text.clone()),
        Raw::Number(number) => Some(number.clone()),
        _ => None,
    }
}

fn standard_facts() -> BTreeMap<String, (FactKind, Option<Place>)> {
    let words = |words: &[&str]| FactKind::OneOf(words.iter().map(|word| (*word).to_owned()).collect());
    let standard = [
        ("severity", FactKind::Text),
        ("urgency", FactKind::Text),
        ("channel", words(CHANNELS)),
        ("region", FactKind::Text),
        ("tier", FactKind::Text),
        ("product", FactKind::Product),
        ("version", FactKind::Version),
        ("problem", FactKind::Text),
        ("ticket_class", words(&["failure", "request", "suggestion"])),
        ("contract_kind", FactKind::SetOf(Vec::new())),
        ("act", FactKind::Text),
        ("on_site", FactKind::YesNo),
        ("language", FactKind::Text),
        ("turn", words(&["provider", "customer", "third_party", "nobody"])),
        ("state", words(&["new", "open", "waiting", "resolved", "closed", "declined"])),
        ("outcome", FactKind::Text),
        ("received_at", FactKind::Instant),
        ("date", FactKind::Date),
        ("in_good_standing", FactKind::YesNo),
        ("outage_cause", FactKind::Text),
        ("planned_outage", FactKind::Span),
        ("worked_at", FactKind::Instant),
        ("vendor_result", FactKind::Text),
        ("vendor_reference", FactKind::Text),
        ("technical", FactKind::YesNo),
        ("automatic", FactKind::YesNo),
        ("by", FactKind::Text),
        ("expense_kind", FactKind::Text),
        ("for", words(&["customer", "vendor", "third_party"])),
    ];
    standard.into_iter().map(|(name, kind)| (name.to_owned(), (kind, None))).collect()
}

/// Whether any rule of the document speaks of a channel by name.
fn names_channel(rules: &Rules, channel: &str) -> bool {
    fn speaks(raw: &Raw, channel: &str) -> bool {
        match raw {
            Raw::Text(text) => text == channel,
            Raw::List(nodes) => nodes.iter().any(|node| speaks(&node.raw, channel)),
            Raw::Table(entries) => entries.iter().any(|entry| {
                let by_channel = entry.key == channel;
                by_channel || (entry.key != "by" && speaks(&entry.node.raw, channel))
            }),
            _ => false,
        }
    }
    rules.find("channel", channel).is_some()
        || rules.rules.iter().filter(|rule| rule.kind.kind == "promise" || rule.kind.kind == "calendar").any(
            |rule| {
                let in_cases = rule.cases.iter().flat_map(|case| &case.keys);
                rule.keys.iter().chain(in_cases).any(|entry| speaks(&entry.node.raw, channel))
            },
        )
        || rules
            .of_kind("cover")
            .chain(rules.of_kind("exclude"))
            .any(|rule| rule.keys.iter().any(|entry| entry.key == "when" && speaks(&entry.node.raw, channel)))
}
