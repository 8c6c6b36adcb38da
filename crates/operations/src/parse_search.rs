//! A search as people write it, read into a tree. What its names mean is found by `resolve_search.rs`.

use crate::search_operator::SearchOperator;
use thiserror::Error;

/// Characters of a search at most.
const MOST_CHARACTERS: usize = 1000;
/// Conditions of a search at most; each value after an operator is one.
const MOST_CONDITIONS: usize = 40;
/// Brackets within brackets at most.
const DEEPEST: usize = 8;

/// A search, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Sought {
    All(Vec<Sought>),
    Any(Vec<Sought>),
    Not(Box<Sought>),
    /// Words to find anywhere; quoted, they are meant as they stand.
    Text(Written),
    /// An operator with the values of which one must fit.
    Asked {
        operator: SearchOperator,
        name: String,
        values: Vec<Written>,
    },
}

/// A text of a search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) text: String,
    pub(crate) is_quoted: bool,
}

/// What is wrong with a search, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{kind:?} at `{operator}` `{value}`")]
pub struct SearchProblem {
    /// Which kind of problem.
    pub kind: SearchProblemKind,
    /// The operator as it was written, without its colon; empty where none is to blame.
    pub operator: String,
    /// What was written after it, or what is to blame.
    pub value: String,
    /// What may be written instead, where that is a list.
    pub allowed: Vec<String>,
}

/// Kinds of problems of a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SearchProblemKind {
    /// There is no such operator.
    UnknownOperator,
    /// An operator without anything after its colon.
    EmptyValue,
    /// A value that the operator does not have.
    UnknownValue,
    /// Neither a date nor a range of dates.
    NotADate,
    /// A range that ends before it begins.
    BackwardRange,
    /// Neither yes nor no.
    NotYesNo,
    /// No number of a request.
    NotANumber,
    /// A quote that does not end.
    OpenQuote,
    /// A bracket without its other.
    LoneBracket,
    /// `OR` or `-` without something to stand before.
    NothingAfter,
    /// More than is read.
    TooLong,
}

impl SearchProblemKind {
    /// Every kind.
    pub const ALL: [Self; 11] = [
        Self::UnknownOperator,
        Self::EmptyValue,
        Self::UnknownValue,
        Self::NotADate,
        Self::BackwardRange,
        Self::NotYesNo,
        Self::NotANumber,
        Self::OpenQuote,
        Self::LoneBracket,
        Self::NothingAfter,
        Self::TooLong,
    ];

    /// The key of the words that say it.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::UnknownOperator => "search-unknown-operator",
            Self::EmptyValue => "search-empty-value",
            Self::UnknownValue => "search-unknown-value",
            Self::NotADate => "search-not-a-date",
            Self::BackwardRange => "search-backward-range",
            Self::NotYesNo => "search-not-yes-no",
            Self::NotANumber => "search-not-a-number",
            Self::OpenQuote => "search-open-quote",
            Self::LoneBracket => "search-lone-bracket",
            Self::NothingAfter => "search-nothing-after",
            Self::TooLong => "search-too-long",
        }
    }
}

impl SearchProblem {
    pub(crate) fn new(kind: SearchProblemKind, operator: &str, value: &str) -> Self {
        Self { kind, operator: operator.to_owned(), value: value.to_owned(), allowed: Vec::new() }
    }

    pub(crate) fn allowing(self, allowed: impl IntoIterator<Item = String>) -> Self {
        Self { allowed: allowed.into_iter().collect(), ..self }
    }
}

/// Reads a search.
///
/// Words side by side must all hold; `OR` or `OU` in capitals joins its two neighbours; `-` before
/// a condition denies it; brackets group; quotes hold words together.
pub(crate) fn parse_search(text: &str) -> Result<Sought, SearchProblem> {
    if text.chars().nth(MOST_CHARACTERS).is_some() {
        return Err(SearchProblem::new(SearchProblemKind::TooLong, "", &MOST_CHARACTERS.to_string()));
    }
    let mut reading = Reading { rest: text, conditions: 0 };
    let found = reading.all(0)?;
    if reading.rest.trim_start().starts_with(')') {
        return Err(SearchProblem::new(SearchProblemKind::LoneBracket, "", ")"));
    }
    Ok(found)
}

/// How quotes begin and end.
const QUOTES: [(char, char); 4] = [('"', '"'), ('«', '»'), ('“', '”'), ('„', '“')];

fn too_many() -> SearchProblem {
    SearchProblem::new(SearchProblemKind::TooLong, "", &MOST_CONDITIONS.to_string())
}

struct Reading<'t> {
    rest: &'t str,
    conditions: usize,
}

impl<'t> Reading<'t> {
    /// Conditions until the end or a closing bracket.
    fn all(&mut self, depth: usize) -> Result<Sought, SearchProblem> {
        let mut parts: Vec<Sought> = Vec::new();
        loop {
            self.rest = self.rest.trim_start();
            if self.rest.is_empty() || self.rest.starts_with(')') {
                break;
            }
            if let Some(or) = self.or() {
                let Some(left) = parts.pop() else {
                    return Err(SearchProblem::new(SearchProblemKind::NothingAfter, "", or));
                };
                let right = self.one(depth, or)?;
                parts.push(match left {
                    Sought::Any(mut those) => {
                        those.push(right);
                        Sought::Any(those)
                    }
                    left => Sought::Any(vec![left, right]),
                });
                continue;
            }
            let part = self.one(depth, "-")?;
            parts.push(part);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Sought::All(parts) })
    }

    /// `OR` or `OU` as a word of its own.
    fn or(&mut self) -> Option<&'t str> {
        let word = self.rest.get(..2).filter(|word| matches!(*word, "OR" | "OU"))?;
        let after = &self.rest[2..];
        if after.is_empty() || after.starts_with(|next: char| next.is_whitespace() || next == '(') {
            self.rest = after;
            return Some(word);
        }
        None
    }

    /// One condition, which whatever stands before it needs.
    fn one(&mut self, depth: usize, before: &str) -> Result<Sought, SearchProblem> {
        self.rest = self.rest.trim_start();
        self.conditions += 1;
        self.must_be_few()?;
        if depth > DEEPEST {
            return Err(too_many());
        }
        if self.rest.is_empty() || self.rest.starts_with(')') {
            return Err(SearchProblem::new(SearchProblemKind::NothingAfter, "", before));
        }
        if let Some(rest) = self.rest.strip_prefix('-')
            && rest.starts_with(|next: char| !next.is_whitespace() && next != '-')
        {
            self.rest = rest;
            return Ok(Sought::Not(Box::new(self.one(depth + 1, "-")?)));
        }
        if let Some(rest) = self.rest.strip_prefix('(') {
            self.rest = rest;
            let inside = self.all(depth + 1)?;
            let Some(rest) = self.rest.trim_start().strip_prefix(')') else {
                return Err(SearchProblem::new(SearchProblemKind::LoneBracket, "", "("));
            };
            self.rest = rest;
            // A group stays one: an `OR` after it must not reach into it.
            return Ok(match inside {
                Sought::Any(those) => Sought::All(vec![Sought::Any(those)]),
                inside => inside,
            });
        }
        if let Some(name) = self.name() {
            return self.asked(name);
        }
        self.written(false).map(Sought::Text)
    }

    fn must_be_few(&self) -> Result<(), SearchProblem> {
        if self.conditions > MOST_CONDITIONS { Err(too_many()) } else { Ok(()) }
    }

    /// The name of an operator, if one stands here. What looks like one and is none is an error,
    /// unless nothing follows its colon, as in a subject `Re: …`, or it is an address of the web.
    fn name(&self) -> Option<&'t str> {
        let mut end =
            self.rest.find(|letter: char| !(letter.is_alphabetic() || letter == '-' || letter == '_'))?;
        // A field of the desk's own follows its operator after a point.
        if let Some(field) = self.rest[end..].strip_prefix('.')
            && SearchOperator::parse(&self.rest[..end]) == Some(SearchOperator::Field)
        {
            let more = field.find(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '-'))?;
            end += 1 + more;
        }
        let after = self.rest[end..].strip_prefix(':')?;
        let name = &self.rest[..end];
        let is_known = SearchOperator::parse(name).is_some();
        let is_text = after.is_empty() || after.starts_with(char::is_whitespace) || after.starts_with("//");
        (!name.is_empty() && (is_known || !is_text)).then_some(name)
    }

    fn asked(&mut self, name: &'t str) -> Result<Sought, SearchProblem> {
        self.rest = &self.rest[name.len() + 1..];
        let Some(operator) = SearchOperator::parse(name) else {
            return Err(SearchProblem::new(SearchProblemKind::UnknownOperator, name, ""));
        };
        let mut values = Vec::new();
        loop {
            let value = self.written(true)?;
            if !value.text.trim().is_empty() {
                values.push(value);
            }
            match self.rest.strip_prefix(',') {
                Some(rest) => self.rest = rest,
                None => break,
            }
        }
        if values.is_empty() {
            return Err(SearchProblem::new(SearchProblemKind::EmptyValue, name, ""));
        }
        // The operator counted as one already.
        self.conditions += values.len() - 1;
        self.must_be_few()?;
        Ok(Sought::Asked { operator, name: name.to_owned(), values })
    }

    /// A quoted text, or all until a space or a bracket, and in a list until a comma.
    fn written(&mut self, in_list: bool) -> Result<Written, SearchProblem> {
        for (begin, end) in QUOTES {
            let Some(inside) = self.rest.strip_prefix(begin) else { continue };
            let Some((text, rest)) = inside.split_once(end) else {
                return Err(SearchProblem::new(SearchProblemKind::OpenQuote, "", self.rest));
            };
            self.rest = rest;
            return Ok(Written { text: text.to_owned(), is_quoted: true });
        }
        let ends = |letter: char| {
            letter.is_whitespace() || letter == '(' || letter == ')' || in_list && letter == ','
        };
        let end = self.rest.find(ends).unwrap_or(self.rest.len());
        let (text, rest) = self.rest.split_at(end);
        self.rest = rest;
        Ok(Written { text: text.to_owned(), is_quoted: false })
    }
}

#[cfg(test)]
mod tests {
    use super::{SearchProblemKind as Kind, Sought, Written, parse_search};
    use proptest::prelude::*;

    /// The tree in a short form.
    fn shown(sought: &Sought) -> String {
        let list = |parts: &[Sought]| parts.iter().map(shown).collect::<Vec<_>>().join(" ");
        let text = |written: &Written| {
            if written.is_quoted { format!("“{}”", written.text) } else { written.text.clone() }
        };
        match sought {
            Sought::All(parts) => format!("[{}]", list(parts)),
            Sought::Any(parts) => format!("<{}>", list(parts)),
            Sought::Not(part) => format!("!{}", shown(part)),
            Sought::Text(written) => text(written),
            Sought::Asked { operator, values, .. } => {
                format!("{}={}", operator.english(), values.iter().map(text).collect::<Vec<_>>().join("|"))
            }
        }
    }

    #[test]
    fn searches_are_read() {
        for (text, tree) in [
            ("", "[]"),
            ("  imprimante ", "imprimante"),
            ("imprimante réseau", "[imprimante réseau]"),
            ("état:ouverte STATE:new,waiting", "[state=ouverte state=new|waiting]"),
            ("\"écran noir\" «  noir »", "[“écran noir” “  noir ”]"),
            ("a b OU c OR d e", "[a <b c d> e]"),
            ("(a b) OR -(c d)", "<[a b] ![c d]>"),
            ("(a OR b) OR c", "<[<a b>] c>"),
            ("-client:dupont -x", "[!account=dupont !x]"),
            ("client:\"Dupont, fils\",roy", "account=“Dupont, fils”|roy"),
            ("Re: SA-12", "[Re: SA-12]"),
            ("https://a.example/b?c=1 12:30", "[https://a.example/b?c=1 12:30]"),
            ("- a --b x-y", "[- a --b x-y]"),
            ("ORANGE OU", "?"),
            ("due:2026-01..2026-02", "due=2026-01..2026-02"),
        ] {
            match parse_search(text) {
                Ok(sought) => assert_eq!(shown(&sought), tree, "{text}"),
                Err(_) => assert_eq!(tree, "?", "{text}"),
            }
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, kind, operator, value) in [
            ("couleur:rouge", Kind::UnknownOperator, "couleur", ""),
            ("état:", Kind::EmptyValue, "état", ""),
            ("état:, x", Kind::EmptyValue, "état", ""),
            ("\"sans fin", Kind::OpenQuote, "", "\"sans fin"),
            ("(a", Kind::LoneBracket, "", "("),
            ("a)", Kind::LoneBracket, "", ")"),
            ("OR a", Kind::NothingAfter, "", "OR"),
            ("a OU ", Kind::NothingAfter, "", "OU"),
            ("()", Kind::NothingAfter, "", "-"),
        ] {
            match parse_search(text) {
                Err(problem) => {
                    assert_eq!(
                        (problem.kind, &*problem.operator, &*problem.value),
                        (kind, operator, value),
                        "{text}"
                    );
                }
                // Empty brackets ask for nothing.
                Ok(sought) => assert_eq!((text, sought), ("()", Sought::All(Vec::new()))),
            }
        }
        let values = |count: usize| format!("client:{}", vec!["a"; count].join(","));
        let too_long =
            ["x".repeat(1001), "a ".repeat(41), "(".repeat(20), "-(".repeat(20), values(41), values(400)];
        for text in too_long {
            assert_eq!(parse_search(&text).unwrap_err().kind, Kind::TooLong, "{text}");
        }
        for text in ["a ".repeat(40), "client:a ".repeat(40), values(40)] {
            assert!(parse_search(&text).is_ok(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in any::<String>()) {
            let _ = parse_search(&text);
        }

        #[test]
        fn any_pieces_are_read_or_refused(pieces in proptest::collection::vec("(état:|-|\\(|\\)|\"|OR|a|,|«|»| |due:|x:|\\.\\.)", 0..30)) {
            let _ = parse_search(&pieces.concat());
        }
    }

    #[test]
    fn garbled_searches_are_read_in_peace() {
        let seeds: [&[u8]; 4] = [
            "état:ouverte reçue:7j \"mots exacts\" -étiquette:vu OR client:kervinel".as_bytes(),
            b"received:2026-01-01..2026-02-01 (a OR b) -c",
            b"due:<2d severity:high assignee:me",
            b"\"\" - : :x x: OR OR",
        ];
        let words = ["état:", "received:", "OR", "-", "\"", ":", "..", "(", ")", "7d", "2026-02-30", "tag:"];
        harness::fuzz("search", &seeds, &words, |bytes| {
            let _ = super::parse_search(&String::from_utf8_lossy(bytes));
        });
    }
}
