use crate::place::Place;
use serde::Serialize;

mod english;
mod french;
mod render;

pub use render::render;

/// A complaint about the text of an agreement: what, where, and what to write instead.
///
/// It carries no sentence: [`Diagnostic::sentence`] and [`Diagnostic::help`] give them in the
/// author's language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// Stable code.
    pub code: Code,
    /// How grave it is.
    pub severity: Severity,
    /// Where.
    pub place: Place,
    /// The other party of a conflict.
    pub second: Option<Place>,
    /// Names and figures of the sentence.
    pub arguments: Vec<(&'static str, String)>,
}

/// How grave a complaint is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Read it; the agreement can be adopted.
    Warning,
    /// The agreement cannot be compiled; or a worked example does not hold, which whoever adopts it is told of.
    Error,
}

macro_rules! codes {
    ($($(#[$meta:meta])* $name:ident = $text:literal, $severity:ident;)*) => {
        /// The stable code of a complaint.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
        pub enum Code {
            $($(#[$meta])* #[serde(rename = $text)] $name,)*
        }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Code] = &[$(Code::$name,)*];

            /// The code as it is printed (`agreement::unknown-key`).
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Code::$name => $text,)* }
            }

            /// How grave it is.
            #[must_use]
            pub const fn severity(self) -> Severity {
                match self { $(Code::$name => Severity::$severity,)* }
            }
        }
    };
}

codes! {
    /// A block that is not TOML.
    NotToml = "agreement::not-toml", Error;
    /// A document without an `agreement` table, or with one that cannot be read.
    NoAgreement = "agreement::no-agreement", Error;
    /// A kind of rule that the language does not have.
    UnknownKind = "agreement::unknown-kind", Error;
    /// A key that the rule does not have.
    UnknownKey = "agreement::unknown-key", Error;
    /// A name that nothing in the document declares.
    UnknownName = "agreement::unknown-name", Error;
    /// A value outside the vocabulary.
    UnknownValue = "agreement::unknown-value", Error;
    /// A value of another kind than the key takes.
    WrongValue = "agreement::wrong-value", Error;
    /// A rule that depends on words of people, which may be erased.
    WordsCompared = "agreement::words-compared", Error;
    /// A rule without a key it needs.
    MissingKey = "agreement::missing-key", Error;
    /// The same key given twice.
    WrittenTwice = "agreement::written-twice", Error;
    /// An amount of time that cannot be read.
    BadSpan = "agreement::bad-span", Error;
    /// A time zone that does not exist.
    BadZone = "agreement::bad-zone", Error;
    /// Hours that cannot be read.
    BadHours = "agreement::bad-hours", Error;
    /// Hours of one day that overlap.
    OverlappingWindows = "agreement::overlapping-windows", Error;
    /// A calendar that never opens.
    NeverOpens = "agreement::never-opens", Error;
    /// A holiday list that nobody declares.
    MissingHolidays = "agreement::missing-holidays", Error;
    /// An iCalendar text that cannot be read as closed days.
    BadHolidayFile = "agreement::bad-holiday-file", Error;
    /// Business days counted without saying what they mean.
    BusinessDayUnsaid = "agreement::business-day-unsaid", Error;
    /// Business units without a calendar.
    NoCalendar = "agreement::no-calendar", Error;
    /// A choice that leaves a value of its fact without an answer.
    ChoiceGap = "agreement::choice-gap", Error;
    /// Two exceptions that can both hold and give different values.
    Disagree = "agreement::disagree", Error;
    /// An exception that can never apply.
    NeverApplies = "agreement::never-applies", Error;
    /// A promise that gives some severities a target and leaves others without.
    SeverityWithoutTarget = "agreement::severity-without-target", Error;
    /// Numbers that lie between two bands of a table.
    BandGap = "agreement::band-gap", Error;
    /// A band that no number reaches, or reaches as well as another.
    BandUnreachable = "agreement::band-unreachable", Error;
    /// A promise that nothing stops.
    NoStop = "agreement::no-stop", Error;
    /// Rules that refer to one another in a circle.
    Circle = "agreement::circle", Error;
    /// A figure of the prose that no rule of the clause gives.
    ProseDiffers = "agreement::prose-differs", Error;
    /// Two headings with one number.
    ClauseTwice = "agreement::clause-twice", Error;
    /// Rules under a heading that cannot be cited.
    UnnumberedClause = "agreement::unnumbered-clause", Error;
    /// A worked example that computes otherwise.
    ExampleDiffers = "agreement::example-differs", Error;
    /// A worked example that expects what nothing computes.
    ExampleNotComputed = "agreement::example-not-computed", Error;
    /// A worked example that expects nothing.
    ExampleExpectsNothing = "agreement::example-expects-nothing", Error;
    /// A clause that promises something and has no rule.
    NoRule = "agreement::no-rule", Warning;
    /// Targets that grow as the severity worsens.
    TargetsGrow = "agreement::targets-grow-with-severity", Warning;
    /// A pause that no promise lists.
    UnusedPause = "agreement::unused-pause", Warning;
}

impl Diagnostic {
    pub(crate) fn new(code: Code, place: Place) -> Self {
        Self { code, severity: code.severity(), place, second: None, arguments: Vec::new() }
    }

    pub(crate) fn unknown_name(what: &str, name: &str, place: Place, near: Option<&str>) -> Self {
        debug_assert!(SORTS.contains(&what), "{what} has no words");
        Self::new(Code::UnknownName, place)
            .with("what", what.to_owned())
            .with("name", name.to_owned())
            .with_nearest(near)
    }

    pub(crate) fn with(mut self, name: &'static str, value: String) -> Self {
        self.arguments.push((name, value));
        self
    }

    pub(crate) fn with_nearest(self, near: Option<&str>) -> Self {
        match near {
            Some(near) => self.with("nearest", near.to_owned()),
            None => self,
        }
    }

    pub(crate) fn and(mut self, second: Place) -> Self {
        self.second = Some(second);
        self
    }

    /// One argument of the sentence.
    #[must_use]
    pub fn argument(&self, name: &str) -> Option<&str> {
        self.arguments.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    /// What is wrong, in one sentence of `language` (`fr`, else English).
    #[must_use]
    pub fn sentence(&self, language: &str) -> String {
        filled(self.words(language).sentence, self, language)
    }

    /// What to write instead.
    #[must_use]
    pub fn help(&self, language: &str) -> String {
        let words = self.words(language);
        match (self.argument("nearest"), words.help_nearest) {
            (Some(_), Some(help)) => filled(help, self, language),
            _ => filled(words.help, self, language),
        }
    }

    /// What stands at the second place, where there is one.
    #[must_use]
    pub fn second_label(&self, language: &str) -> String {
        filled(self.words(language).second, self, language)
    }

    /// Whether it is more than a warning.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    fn words(&self, language: &str) -> Words {
        if language == "fr" { french::words(self.code) } else { english::words(self.code) }
    }
}

/// What a name may be the name of.
const SORTS: [&str; 24] = [
    "alternative",
    "base",
    "calendar",
    "case",
    "cause",
    "clause",
    "entry",
    "event",
    "fact",
    "interpretation",
    "item",
    "language",
    "ledger",
    "list",
    "mail",
    "measure",
    "parameter",
    "party",
    "pause",
    "promise",
    "rate",
    "role",
    "rule",
    "variable",
];

/// The words of a code in one language; `{name}` stands for an argument.
#[derive(Clone, Copy)]
struct Words {
    sentence: &'static str,
    help: &'static str,
    help_nearest: Option<&'static str>,
    second: &'static str,
}

/// Arguments that are words of the language themselves rather than names of the document.
const SPOKEN: [&str; 2] = ["what", "wanted"];

fn filled(template: &str, diagnostic: &Diagnostic, language: &str) -> String {
    let mut out = String::with_capacity(template.len() + 32);
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        let Some(close) = rest[open..].find('}').map(|close| open + close) else { break };
        out.push_str(&rest[..open]);
        let name = &rest[open + 1..close];
        // Only a bare word is an argument: help lines show tables and marks between braces too.
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_lowercase()) {
            out.push('{');
            rest = &rest[open + 1..];
            continue;
        }
        let value = diagnostic.argument(name).unwrap_or_default();
        if SPOKEN.contains(&name) {
            out.push_str(if language == "fr" { french::spoken(value) } else { english::spoken(value) });
        } else {
            out.push_str(value);
        }
        rest = &rest[close + 1..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::{Code, Diagnostic, SORTS};
    use crate::place::Place;

    #[test]
    fn both_languages_ask_for_the_same_arguments() {
        for code in Code::ALL {
            let diagnostic = Diagnostic::new(*code, Place::default());
            let (french, english) = (diagnostic.words("fr"), diagnostic.words("en"));
            for (left, right) in [
                (french.sentence, english.sentence),
                (french.help, english.help),
                (french.second, english.second),
            ] {
                assert_eq!(names(left), names(right), "{}", code.as_str());
            }
            assert_eq!(french.help_nearest.is_some(), english.help_nearest.is_some());
        }
    }

    #[test]
    fn an_unknown_name_of_any_sort_is_told_in_both_languages() {
        for sort in SORTS {
            let told = Diagnostic::unknown_name(sort, "x", Place::default(), None);
            let (french, english) = (told.sentence("fr"), told.sentence("en"));
            assert!(french.starts_with("aucun ") || french.starts_with("aucune "), "{french}");
            assert!(english.starts_with("no ") && english.ends_with(" is called `x`"), "{english}");
        }
    }

    fn names(template: &str) -> Vec<&str> {
        let mut names: Vec<&str> = template
            .split('{')
            .skip(1)
            .filter_map(|rest| rest.split_once('}').map(|(name, _)| name))
            .filter(|name| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase()))
            .collect();
        names.sort_unstable();
        names
    }
}
