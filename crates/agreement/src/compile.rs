use crate::check::{check, check_prose};
use crate::declared::Declared;
use crate::diagnostic::{Code, Diagnostic};
use crate::example::{Example, read_examples};
use crate::lower::{Identity, identity, lower};
use crate::merge::{Rules, overlay};
use crate::nearest::nearest;
use crate::node::{Node, find};
use crate::place::Place;
use crate::reader::Reader;
use crate::source::{Part, Source};
use crate::validate::validate;
use calendar::CalendarDefinition;
use std::collections::{BTreeMap, HashSet};
use terms::Terms;

/// How an agreement is to be compiled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Alternatives that hold instead of the interpretations in force: name of the interpretation,
    /// name of the alternative.
    pub interpretations: BTreeMap<String, String>,
}

/// What became of the text of an agreement.
#[derive(Debug)]
pub struct Compilation {
    /// The text, cut at its headings.
    pub source: Source,
    /// What it promises; none while a complaint is an error.
    pub terms: Option<Terms>,
    /// Its worked examples, not yet run.
    pub examples: Vec<Example>,
    /// Every complaint, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
    pub(crate) rules: Rules,
    pub(crate) options: Options,
    sound_calendars: HashSet<CalendarDefinition>,
}

impl Compilation {
    /// Whether any complaint keeps the agreement from being adopted.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_error)
    }
}

/// Compiles the text of an agreement. `name` is the file's name, for messages.
///
/// Every pass goes on after the first complaint, and no text makes it panic.
///
/// ```
/// let compilation = agreement::compile("# Nothing yet\n", "empty.md", &agreement::Options::default());
/// assert!(compilation.terms.is_none());
/// assert_eq!(compilation.diagnostics[0].code.as_str(), "agreement::no-agreement");
/// ```
#[must_use]
pub fn compile(text: &str, name: &str, options: &Options) -> Compilation {
    compiled(text, name, options, true)
}

/// Compiles as [`compile`] does, but leaves the alternatives that are not in force unread: enough to
/// answer from the document, not to adopt it.
#[must_use]
pub fn compile_in_force(text: &str, name: &str, options: &Options) -> Compilation {
    compiled(text, name, options, false)
}

fn compiled(text: &str, name: &str, options: &Options, with_alternatives: bool) -> Compilation {
    let source = Source::read(name, text);
    let mut compilation = passes(source, options);
    if !options.interpretations.is_empty() {
        let kept =
            compilation.diagnostics.iter().filter(|diagnostic| is_of_alternatives(&compilation, diagnostic));
        compilation.diagnostics = kept.cloned().collect();
    } else if with_alternatives {
        complain_of_alternatives(&mut compilation);
    }
    compilation.diagnostics.sort_by_key(|diagnostic| (diagnostic.place, diagnostic.code));
    if compilation.has_errors() {
        compilation.terms = None;
    }
    compilation
}

fn passes(source: Source, options: &Options) -> Compilation {
    let mut diagnostics = Vec::new();
    let mut rules = Rules::gather(&source, &mut diagnostics);
    lay_alternatives(&mut rules, options, &mut diagnostics);
    let identity = identity(&rules, &mut diagnostics);
    let declared = Declared::of(&rules);
    let mut reader = reader(&source, &rules, &declared, &identity, diagnostics);
    validate(&mut reader, &rules);
    let mut terms = lower(&mut reader, &source, &identity);
    for interpretation in &mut terms.interpretations {
        if let Some(chosen) = options.interpretations.get(&interpretation.name) {
            *interpretation = interpretation.clone().with_chosen(chosen);
        }
    }
    check(&mut reader, &terms);
    check_prose(&mut reader);
    let examples = read_examples(&mut reader, &rules);
    let Reader { diagnostics, sound_calendars, .. } = reader;
    let terms = identity.complete.then_some(terms);
    Compilation { source, terms, examples, diagnostics, rules, options: options.clone(), sound_calendars }
}

fn reader<'a>(
    source: &'a Source,
    rules: &'a Rules,
    declared: &'a Declared,
    identity: &Identity,
    diagnostics: Vec<Diagnostic>,
) -> Reader<'a> {
    let mut languages = identity.languages.clone();
    for language in ["fr", "en"] {
        if !languages.iter().any(|known| known == language) {
            languages.push(language.to_owned());
        }
    }
    let (key, version) = (identity.key.clone(), identity.version.clone());
    let sound_calendars = HashSet::new();
    Reader { source, rules, declared, diagnostics, key, version, languages, sound_calendars }
}

/// What is complained of when alternatives hold. Prose and examples speak of the document in force,
/// so they are not read again, and neither is the text: its rules are those already gathered.
fn complaints_under(compilation: &mut Compilation, options: &Options) -> Vec<Diagnostic> {
    let source = &compilation.source;
    let mut diagnostics = Vec::new();
    let mut rules = compilation.rules.clone();
    lay_alternatives(&mut rules, options, &mut diagnostics);
    let identity = identity(&rules, &mut diagnostics);
    let declared = Declared::of(&rules);
    let mut reader = reader(source, &rules, &declared, &identity, diagnostics);
    reader.sound_calendars = std::mem::take(&mut compilation.sound_calendars);
    validate(&mut reader, &rules);
    let terms = lower(&mut reader, source, &identity);
    check(&mut reader, &terms);
    let Reader { diagnostics, sound_calendars, .. } = reader;
    compilation.sound_calendars = sound_calendars;
    diagnostics
}

/// Lays the chosen alternatives over the rules, before any name is resolved.
fn lay_alternatives(rules: &mut Rules, options: &Options, diagnostics: &mut Vec<Diagnostic>) {
    for (name, alternative) in &options.interpretations {
        let Some(rule) = rules.find("interpretation", name) else {
            let near = nearest(name, rules.of_kind("interpretation").map(|rule| rule.name.as_str()));
            diagnostics.push(Diagnostic::unknown_name("interpretation", name, Place::default(), near));
            continue;
        };
        let rows = rule.get("alternative").and_then(|entry| entry.node.as_list()).unwrap_or_default();
        let named = |row: &Node| row.get("name").and_then(Node::as_text).map(str::to_owned);
        let Some(row) = rows.iter().find(|row| named(row).as_ref() == Some(alternative)) else {
            let names: Vec<String> = rows.iter().filter_map(named).collect();
            let near = nearest(alternative, names.iter().map(String::as_str));
            diagnostics.push(Diagnostic::unknown_name("alternative", alternative, rule.place, near));
            continue;
        };
        if let Some(instead) = row.as_table().and_then(|keys| find(keys, "instead")) {
            let instead = instead.node.clone();
            overlay(rules, &instead, diagnostics);
        }
    }
}

/// Whether a complaint matters when an alternative holds: the prose and the examples that do not
/// choose it speak of the document in force.
fn is_of_alternatives(compilation: &Compilation, diagnostic: &Diagnostic) -> bool {
    let mut parts = compilation.source.sections.iter().flat_map(|section| &section.parts);
    let in_example = parts.any(|part| match part {
        Part::Examples(place) => place.start <= diagnostic.place.start && diagnostic.place.end <= place.end,
        _ => false,
    });
    // What an alternative displaces never applies under it: that is what choosing it means.
    let displaced = diagnostic.code == Code::NeverApplies && !in_alternative(compilation, diagnostic.place);
    diagnostic.code != Code::ProseDiffers && !in_example && !displaced
}

/// Whether a place lies in what an alternative says instead.
fn in_alternative(compilation: &Compilation, place: Place) -> bool {
    let rows = compilation
        .rules
        .of_kind("interpretation")
        .filter_map(|rule| rule.get("alternative")?.node.as_list())
        .flatten();
    let mut instead = rows.filter_map(|row| Some(row.get("instead")?.place));
    instead.any(|whole| whole.start <= place.start && place.end <= whole.end)
}

/// Compiles each alternative that carries values, so that none is found wrong only when chosen.
fn complain_of_alternatives(compilation: &mut Compilation) {
    let mut choices = Vec::new();
    for rule in compilation.rules.of_kind("interpretation") {
        let rows = rule.get("alternative").and_then(|entry| entry.node.as_list()).unwrap_or_default();
        for keys in rows.iter().filter_map(Node::as_table) {
            let name = find(keys, "name").and_then(|entry| entry.node.as_text());
            if let (Some(name), Some(_)) = (name, find(keys, "instead")) {
                choices.push((rule.name.clone(), name.to_owned()));
            }
        }
    }
    let mut found = Vec::new();
    for choice in choices {
        let options = Options { interpretations: BTreeMap::from([choice]) };
        for diagnostic in complaints_under(compilation, &options) {
            let known = compilation.diagnostics.contains(&diagnostic) || found.contains(&diagnostic);
            if diagnostic.is_error() && !known && is_of_alternatives(compilation, &diagnostic) {
                found.push(diagnostic);
            }
        }
    }
    compilation.diagnostics.extend(found);
}
