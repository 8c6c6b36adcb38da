//! From rules to terms: every value typed, every name found, every exception ranked.

mod calendars;
mod contract;
mod coverage;
mod document;
pub(crate) mod facts;
mod prepaid;
pub(crate) mod promises;

use crate::diagnostic::{Code, Diagnostic};
use crate::merge::Rules;
use crate::node::{Raw, find};
use crate::reader::Reader;
use crate::source::Source;
use calendar::{LocalDate, Zone};
use terms::{AgreementName, ClauseText, Label, Terms};

/// Who the agreement is: what every clause and every label needs before the rest is read.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    pub(crate) key: String,
    pub(crate) version: String,
    pub(crate) effective: LocalDate,
    pub(crate) zone: Zone,
    pub(crate) languages: Vec<String>,
    pub(crate) country: String,
    pub(crate) currency: String,
    /// Whether the document says enough to be adopted.
    pub(crate) complete: bool,
}

/// Reads the `agreement` table, with stand-ins for what is missing so that the passes can go on.
pub(crate) fn identity(rules: &Rules, diagnostics: &mut Vec<Diagnostic>) -> Identity {
    let mut identity = Identity {
        key: String::new(),
        version: String::new(),
        effective: LocalDate::EPOCH,
        zone: Zone::utc(),
        languages: vec!["fr".to_owned(), "en".to_owned()],
        country: String::new(),
        currency: String::new(),
        complete: false,
    };
    let Some(rule) = rules.find("agreement", "") else {
        diagnostics.push(Diagnostic::new(Code::NoAgreement, crate::place::Place::default()));
        return identity;
    };
    let text = |key: &str| rule.get(key).and_then(|entry| crate::declared::name_of(&entry.node.raw));
    identity.key = text("key").unwrap_or_default();
    identity.version = text("version").unwrap_or_default();
    identity.country = text("country").unwrap_or_default();
    identity.currency = text("currency").unwrap_or_default();
    if let Some(entry) = rule.get("languages") {
        let names: Vec<String> = match &entry.node.raw {
            Raw::Text(text) => vec![text.clone()],
            Raw::List(nodes) => nodes.iter().filter_map(|node| node.as_text().map(str::to_owned)).collect(),
            _ => Vec::new(),
        };
        if !names.is_empty() {
            identity.languages = names;
        }
    }
    let effective = rule.get("effective").and_then(|entry| match &entry.node.raw {
        Raw::Date(date) => Some(*date),
        Raw::Text(text) => LocalDate::parse(text).ok(),
        _ => None,
    });
    let zone = rule.get("zone").and_then(|entry| match entry.node.as_text().map(Zone::parse) {
        Some(Ok(zone)) => Some(zone),
        Some(Err(_)) => {
            let text = entry.node.as_text().unwrap_or_default().to_owned();
            diagnostics.push(Diagnostic::new(Code::BadZone, entry.node.place).with("text", text));
            None
        }
        None => None,
    });
    identity.complete =
        effective.is_some() && zone.is_some() && !identity.key.is_empty() && !identity.version.is_empty();
    identity.effective = effective.unwrap_or(identity.effective);
    identity.zone = zone.unwrap_or(identity.zone);
    identity
}

/// Lowers every rule. Complaints gather in the reader; the terms are meant for use only when none
/// of them is an error.
pub(crate) fn lower(reader: &mut Reader<'_>, source: &Source, identity: &Identity) -> Terms {
    let name = AgreementName { key: identity.key.clone(), version: identity.version.clone() };
    let mut terms = Terms::empty(name, identity.effective, identity.zone.clone());
    terms.languages = identity.languages.clone();
    terms.country = identity.country.clone();
    terms.currency = identity.currency.clone();
    terms.title = titles(reader, source, identity);
    terms.clauses = clauses(reader, source);
    facts::lower_facts(reader, &mut terms);
    calendars::lower_calendars(reader, &mut terms);
    coverage::lower_coverage(reader, &mut terms);
    promises::lower_pauses(reader, &mut terms);
    promises::lower_promises(reader, &mut terms);
    document::lower_document(reader, &mut terms);
    contract::lower_contract(reader, &mut terms);
    terms
}

/// The title in the document's first language, and whatever words the agreement's table gives.
fn titles(reader: &Reader<'_>, source: &Source, identity: &Identity) -> Label {
    let mut title =
        reader.rules.find("agreement", "").map_or_else(Label::default, |rule| reader.label(&rule.keys));
    let first = identity.languages.first().map_or("fr", String::as_str);
    if !source.title().is_empty() {
        title.insert(first, source.title());
    }
    title
}

fn clauses(reader: &mut Reader<'_>, source: &Source) -> Vec<ClauseText> {
    let mut clauses = Vec::new();
    for (at, section) in source.sections.iter().enumerate() {
        if section.level == 0 || section.number.is_empty() {
            continue;
        }
        let information = reader.rules.information.contains(&at);
        let shown = reader.rules.of_kind("clause").find(|rule| rule.name == format!("{at}")).cloned();
        let shown = shown.map_or_else(Vec::new, |rule| reader.plain_names(&rule.keys, "shown"));
        let clause = reader.clause(at, &[]);
        clauses.push(ClauseText { clause, level: section.level, information, shown });
    }
    clauses
}

/// Interpretations in force that speak of a rule.
pub(crate) fn interpretations_about(reader: &Reader<'_>, path: &str) -> Vec<String> {
    reader
        .rules
        .of_kind("interpretation")
        .filter(|rule| {
            find(&rule.keys, "about").is_some_and(|entry| match &entry.node.raw {
                Raw::Text(text) => text == path,
                Raw::List(nodes) => nodes.iter().any(|node| node.as_text() == Some(path)),
                _ => false,
            })
        })
        .map(|rule| rule.name.clone())
        .collect()
}
