use crate::diagnostic::{Code, Diagnostic};
use crate::nearest::nearest;
use crate::node::{Entry, Node, Raw, find, read_block};
use crate::place::Place;
use crate::schema::{KINDS, KeyRule, KindRule, kind_rule};
use crate::source::{Part, Source};

/// A rule before typing: one shape for every kind, each key with its place and its clause.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) kind: &'static KindRule,
    /// Empty for kinds that carry no name.
    pub(crate) name: String,
    pub(crate) place: Place,
    /// The section whose heading is the rule's clause; none while only exceptions were seen.
    pub(crate) section: Option<usize>,
    pub(crate) keys: Vec<Entry>,
    pub(crate) cases: Vec<CaseRow>,
}

/// An exception before typing.
#[derive(Clone, Debug)]
pub(crate) struct CaseRow {
    pub(crate) section: usize,
    pub(crate) place: Place,
    pub(crate) keys: Vec<Entry>,
}

/// Every rule of a document, in the order of first mention.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rules {
    pub(crate) rules: Vec<Rule>,
    /// Defaults of a kind (`[default.promise]`).
    pub(crate) defaults: Vec<(&'static KindRule, Vec<Entry>)>,
    /// Sections that say they only inform.
    pub(crate) information: Vec<usize>,
    /// Sections that carry at least one rule of their own.
    pub(crate) ruled: Vec<usize>,
}

impl Rule {
    /// `promise.response`, or the kind alone.
    pub(crate) fn path(&self) -> String {
        if self.name.is_empty() {
            self.kind.kind.to_owned()
        } else {
            format!("{}.{}", self.kind.kind, self.name)
        }
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Entry> {
        find(&self.keys, key)
    }

    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        self.get(key)?.node.as_text()
    }

    pub(crate) fn allows(&self, warning: &str) -> bool {
        self.get("allow").is_some_and(|entry| match &entry.node.raw {
            Raw::Text(text) => text == warning,
            Raw::List(nodes) => nodes.iter().any(|node| node.as_text() == Some(warning)),
            _ => false,
        })
    }

    /// Whether a key stands there under a slip of its name, which is complained of by itself.
    pub(crate) fn misspells(&self, key: &str) -> bool {
        let known = |name: &str| self.kind.keys.iter().any(|rule| rule.key == name);
        self.keys.iter().any(|entry| !known(&entry.key) && nearest(&entry.key, [key]).is_some())
    }

    pub(crate) fn section(&self) -> usize {
        self.section.unwrap_or_default()
    }
}

impl Rules {
    /// Gathers the rules of every block of a document.
    pub(crate) fn gather(source: &Source, diagnostics: &mut Vec<Diagnostic>) -> Self {
        let mut rules = Self::default();
        for (section, content) in source.sections.iter().enumerate() {
            for part in &content.parts {
                let Part::Terms(place) = part else { continue };
                match read_block(source.slice(*place), place.start, section) {
                    Ok(entries) => rules.take_block(entries, section, diagnostics),
                    Err(error) => diagnostics
                        .push(Diagnostic::new(Code::NotToml, error.place).with("message", error.message)),
                }
            }
        }
        rules
    }

    pub(crate) fn of_kind<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Rule> {
        self.rules.iter().filter(move |rule| rule.kind.kind == kind)
    }

    pub(crate) fn find(&self, kind: &str, name: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.kind.kind == kind && rule.name == name)
    }

    pub(crate) fn default_of(&self, kind: &str, key: &str) -> Option<&Entry> {
        find(self.defaults_of(kind), key)
    }

    /// What every rule of a kind says that does not say otherwise.
    pub(crate) fn defaults_of(&self, kind: &str) -> &[Entry] {
        self.defaults.iter().find(|(rule, _)| rule.kind == kind).map_or(&[], |(_, keys)| keys.as_slice())
    }

    fn take_block(&mut self, entries: Vec<Entry>, section: usize, diagnostics: &mut Vec<Diagnostic>) {
        for entry in entries {
            if entry.key == "default" {
                self.take_defaults(entry, diagnostics);
                continue;
            }
            if entry.key == "escalation"
                && let Raw::Table(inner) = entry.node.raw
            {
                self.take_block(of_escalation(inner).collect(), section, diagnostics);
                continue;
            }
            let Some(kind) = self.kind_of(&entry, diagnostics) else { continue };
            let (place, node_place) = (entry.place, entry.node.place);
            let Raw::Table(inner) = entry.node.raw else {
                diagnostics.push(wrong_value(&entry.key, "table", node_place));
                continue;
            };
            self.ruled.push(section);
            if kind.kind == "clause" {
                self.take_clause(&inner, section);
                self.take_rule(kind, &format!("{section}"), place, section, inner, diagnostics);
            } else if kind.named {
                for rule in inner {
                    let node_place = rule.node.place;
                    match rule.node.raw {
                        Raw::Table(keys) => {
                            self.take_rule(kind, &rule.key, rule.place, section, keys, diagnostics)
                        }
                        _ => diagnostics.push(wrong_value(&rule.key, "table", node_place)),
                    }
                }
            } else {
                self.take_rule(kind, "", place, section, inner, diagnostics);
            }
        }
    }

    fn kind_of(&self, entry: &Entry, diagnostics: &mut Vec<Diagnostic>) -> Option<&'static KindRule> {
        let found = kind_rule(&entry.key);
        if found.is_none() {
            let near = nearest(&entry.key, KINDS.iter().map(|rule| rule.kind));
            diagnostics.push(
                Diagnostic::new(Code::UnknownKind, entry.place)
                    .with("kind", entry.key.clone())
                    .with_nearest(near),
            );
        }
        found
    }

    fn take_clause(&mut self, keys: &[Entry], section: usize) {
        if find(keys, "information").is_some_and(|entry| entry.node.raw == Raw::YesNo(true)) {
            self.information.push(section);
        }
    }

    fn take_defaults(&mut self, entry: Entry, diagnostics: &mut Vec<Diagnostic>) {
        let place = entry.node.place;
        let Raw::Table(kinds) = entry.node.raw else {
            diagnostics.push(wrong_value("default", "table", place));
            return;
        };
        for inner in kinds {
            let Some(kind) = self.kind_of(&inner, diagnostics) else { continue };
            let place = inner.node.place;
            let Raw::Table(keys) = inner.node.raw else {
                diagnostics.push(wrong_value(&inner.key, "table", place));
                continue;
            };
            let at = self.defaults.iter().position(|(rule, _)| rule.kind == kind.kind).unwrap_or_else(|| {
                self.defaults.push((kind, Vec::new()));
                self.defaults.len() - 1
            });
            let known = &mut self.defaults[at].1;
            for key in keys {
                add_key(known, key, &format!("default.{}", kind.kind), diagnostics);
            }
        }
    }

    fn take_rule(
        &mut self,
        kind: &'static KindRule,
        name: &str,
        place: Place,
        section: usize,
        keys: Vec<Entry>,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let at = self
            .rules
            .iter()
            .position(|rule| rule.kind.kind == kind.kind && rule.name == name)
            .unwrap_or_else(|| {
                self.rules.push(Rule {
                    kind,
                    name: name.to_owned(),
                    place,
                    section: None,
                    keys: Vec::new(),
                    cases: Vec::new(),
                });
                self.rules.len() - 1
            });
        let rule = &mut self.rules[at];
        let path = rule.path();
        for entry in keys {
            match (entry.key.as_str(), !kind.case_keys.is_empty()) {
                ("case", true) => rule.take_cases(entry, diagnostics),
                ("alternative", _) if kind.kind == "interpretation" => rule.take_alternatives(entry),
                _ => {
                    if rule.section.is_none() {
                        rule.section = Some(section);
                        rule.place = place;
                    }
                    add_key(&mut rule.keys, entry, &path, diagnostics);
                }
            }
        }
    }
}

impl Rule {
    /// Exceptions; one that says neither when nor since gives its keys to the rule itself, from
    /// under another clause.
    fn take_cases(&mut self, entry: Entry, diagnostics: &mut Vec<Diagnostic>) {
        let path = self.path();
        let rows = match entry.node.raw {
            Raw::List(rows) => rows,
            Raw::Table(_) => vec![entry.node],
            _ => {
                diagnostics.push(wrong_value("case", "rows", entry.node.place));
                return;
            }
        };
        for row in rows {
            let Raw::Table(keys) = row.raw else {
                diagnostics.push(wrong_value("case", "table", row.place));
                continue;
            };
            let conditional =
                ["when", "unless", "since", "until"].iter().any(|key| find(&keys, key).is_some());
            if conditional {
                self.cases.push(CaseRow { section: entry.section, place: row.place, keys });
            } else {
                for key in keys {
                    add_key(&mut self.keys, key, &path, diagnostics);
                }
            }
        }
    }

    fn take_alternatives(&mut self, entry: Entry) {
        match self.keys.iter_mut().find(|known| known.key == "alternative") {
            Some(known) => {
                if let (Raw::List(known), Raw::List(more)) = (&mut known.node.raw, entry.node.raw) {
                    known.extend(more);
                }
            }
            None => self.keys.push(entry),
        }
    }
}

/// `escalation` is two kinds under one head: `escalation.ground` and `escalation.ladder`.
fn of_escalation(inner: Vec<Entry>) -> impl Iterator<Item = Entry> {
    inner.into_iter().map(|inner| Entry { key: format!("escalation.{}", inner.key), ..inner })
}

fn add_key(keys: &mut Vec<Entry>, entry: Entry, path: &str, diagnostics: &mut Vec<Diagnostic>) {
    match find(keys, &entry.key) {
        Some(known) => diagnostics.push(
            Diagnostic::new(Code::WrittenTwice, entry.place)
                .and(known.place)
                .with("key", entry.key.clone())
                .with("rule", path.to_owned()),
        ),
        None => keys.push(entry),
    }
}

/// The complaint about a value of another kind than the key takes.
pub(crate) fn wrong_value(key: &str, wanted: &'static str, place: Place) -> Diagnostic {
    Diagnostic::new(Code::WrongValue, place).with("key", key.to_owned()).with("wanted", wanted.to_owned())
}

/// Lays the values of a chosen alternative over the rules. Each keeps the clause of the value it
/// replaces.
pub(crate) fn overlay(rules: &mut Rules, instead: &Node, diagnostics: &mut Vec<Diagnostic>) {
    let mut kinds: Vec<Entry> = Vec::new();
    for entry in instead.as_table().unwrap_or_default() {
        match (entry.key.as_str(), &entry.node.raw) {
            ("escalation", Raw::Table(inner)) => kinds.extend(of_escalation(inner.clone())),
            _ => kinds.push(entry.clone()),
        }
    }
    for kind_entry in &kinds {
        let Some(kind) = rules.kind_of(kind_entry, diagnostics) else { continue };
        let named: Vec<(String, Place, &Node)> = if kind.named {
            let entries = kind_entry.node.as_table().unwrap_or_default();
            entries.iter().map(|entry| (entry.key.clone(), entry.place, &entry.node)).collect()
        } else {
            vec![(String::new(), kind_entry.place, &kind_entry.node)]
        };
        for (name, place, node) in named {
            let names: Vec<String> = rules.of_kind(kind.kind).map(|rule| rule.name.clone()).collect();
            let known = |rule: &&mut Rule| rule.kind.kind == kind.kind && rule.name == name;
            if rules.rules.iter_mut().find(known).is_none() {
                // An alternative may say a rule that the document in force does not have: whole.
                let near = nearest(&name, names.iter().map(String::as_str));
                let whole = kind.keys.iter().filter(|key| key.needed || key.key == "start");
                let says = |key: &KeyRule| node.get(key.key).is_some();
                let is_whole = kind.keys.iter().any(|key| key.key == "start" || key.needed);
                if near.is_some() || !is_whole || !whole.clone().all(says) {
                    let path = format!("{}.{name}", kind.kind);
                    diagnostics.push(Diagnostic::unknown_name("rule", &path, place, near));
                    continue;
                }
                let section = Some(kind_entry.section);
                rules.rules.push(Rule {
                    kind,
                    name: name.clone(),
                    place,
                    section,
                    keys: Vec::new(),
                    cases: Vec::new(),
                });
            }
            let Some(rule) = rules.rules.iter_mut().find(known) else { continue };
            for entry in node.as_table().unwrap_or_default() {
                if entry.key == "case" {
                    rule.take_cases(entry.clone(), diagnostics);
                    continue;
                }
                match rule.keys.iter_mut().find(|known| known.key == entry.key) {
                    Some(known) => known.node = entry.node.clone(),
                    None => rule.keys.push(entry.clone()),
                }
            }
        }
    }
}
