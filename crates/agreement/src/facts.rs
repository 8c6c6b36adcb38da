use crate::compile::Compilation;
use crate::declared::Declared;
use crate::lower::facts::parse_fact;
use serde::Serialize;
use terms::{Clause, FactType, FactValue, Label, ParameterKind, Terms};

/// A fact or a parameter that a document asks for.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FactLine {
    /// Its name, for `--set NAME=VALUE`.
    pub name: String,
    /// What people read.
    pub label: Label,
    /// `fact`, or `parameter` where the contract or the provider fills it in.
    pub sort: &'static str,
    /// What kind of value it takes.
    pub kind: String,
    /// Who supplies it.
    pub from: String,
    /// Its vocabulary, where it has one.
    pub values: Vec<String>,
    /// What is presumed, or the default of a parameter.
    pub presumed: Option<String>,
    /// By which step it must be known.
    pub required: Option<String>,
    /// The clause that declares it.
    pub clause: Clause,
}

/// Every fact and parameter of an agreement: the facts first, each in the order of the document.
/// A parameter that only fills in a fact is listed once, as the fact.
#[must_use]
pub fn facts(terms: &Terms) -> Vec<FactLine> {
    let mut lines = Vec::new();
    for fact in &terms.facts {
        let parameter = terms.parameters.iter().find(|parameter| parameter.name == fact.name);
        let (kind, values) = kind_and_values(&fact.kind);
        let presumed =
            fact.presumed.as_ref().or_else(|| parameter.and_then(|parameter| parameter.default.as_ref()));
        let required = parameter.filter(|parameter| parameter.required).map(|_| "contract".to_owned());
        lines.push(FactLine {
            name: fact.name.to_string(),
            label: fact.label.clone(),
            sort: "fact",
            kind: kind.to_owned(),
            from: fact.from.clone(),
            values,
            presumed: presumed.map(FactValue::to_string),
            required: required.or_else(|| fact.required.clone()),
            clause: fact.clause.clone(),
        });
    }
    for parameter in &terms.parameters {
        if terms.facts.iter().any(|fact| fact.name == parameter.name) {
            continue;
        }
        lines.push(FactLine {
            name: parameter.name.to_string(),
            label: parameter.label.clone(),
            sort: "parameter",
            kind: parameter_kind(parameter.kind).to_owned(),
            from: parameter.set_by.clone(),
            values: Vec::new(),
            presumed: parameter.default.as_ref().map(FactValue::to_string),
            required: parameter.required.then(|| "contract".to_owned()),
            clause: parameter.clause.clone(),
        });
    }
    lines
}

fn kind_and_values(kind: &FactType) -> (&'static str, Vec<String>) {
    let names = |values: &[terms::VocabularyValue]| values.iter().map(|value| value.name.clone()).collect();
    match kind {
        FactType::YesNo => ("yes-no", vec!["yes".to_owned(), "no".to_owned()]),
        FactType::OneOf(values) => ("one-of", names(values)),
        FactType::SetOf(values) => ("set-of", names(values)),
        FactType::Number => ("number", Vec::new()),
        FactType::Span => ("span", Vec::new()),
        FactType::Money => ("money", Vec::new()),
        FactType::Date => ("date", Vec::new()),
        FactType::Instant => ("instant", Vec::new()),
        FactType::Text => ("text", Vec::new()),
        FactType::Words => ("words", Vec::new()),
        FactType::Product => ("product", Vec::new()),
        FactType::Version => ("version", Vec::new()),
    }
}

fn parameter_kind(kind: ParameterKind) -> &'static str {
    match kind {
        ParameterKind::Fact => "fact",
        ParameterKind::Span => "span",
        ParameterKind::Share => "share",
        ParameterKind::Number => "number",
        ParameterKind::Money => "money",
        ParameterKind::Date => "date",
        ParameterKind::Dates => "dates",
        ParameterKind::Holidays => "holidays",
        ParameterKind::Zone => "zone",
        ParameterKind::Contact => "contact",
        ParameterKind::Releases => "releases",
        ParameterKind::Table => "table",
        ParameterKind::Choice => "choice",
    }
}

/// Why `NAME=VALUE` is no fact of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoSuchFact {
    /// No fact or parameter of that name; the nearest one.
    UnknownName(Option<String>),
    /// The value is not one of the fact's; those it has.
    UnknownValue(Vec<String>),
}

impl Compilation {
    /// The value of a fact as a command line gives it (`yes`, `P1`, `maintenance,training`); none for
    /// `unknown`.
    ///
    /// # Errors
    /// - the document knows no such fact;
    /// - the fact has no such value.
    pub fn fact_value(&self, name: &str, text: &str) -> Result<Option<FactValue>, NoSuchFact> {
        let declared = Declared::of(&self.rules);
        let Some(kind) = declared.fact(name) else {
            let near = crate::nearest::nearest(name, declared.fact_names());
            return Err(NoSuchFact::UnknownName(near.map(str::to_owned)));
        };
        if text == "unknown" {
            return Ok(None);
        }
        let values = || declared.values(&name.into()).unwrap_or_default();
        parse_fact(Some(kind), text).map(Some).ok_or_else(|| NoSuchFact::UnknownValue(values()))
    }
}
