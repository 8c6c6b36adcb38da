use crate::address::{Address, Part};
use crate::compile::{Compilation, Options, compile};
use crate::diagnostic::{Code, Diagnostic};
use crate::merge::{Rule, Rules};
use crate::nearest::nearest;
use crate::node::{Entry, Node, Raw, find};
use crate::place::Place;
use crate::source::Source;
use calendar::{Instant, LocalDate};
use serde::Serialize;
use std::collections::BTreeSet;
use thiserror::Error;
use toml_edit::Document;

/// A document with one value changed, and compiled anew.
#[derive(Debug)]
pub struct Amended {
    /// The whole text. Outside `place` it is the text that was given, byte for byte.
    pub text: String,
    /// The value in the new text.
    pub place: Place,
    /// The value as it stood in the old text, quotes included.
    pub before: String,
    /// The value as it stands in the new text, quotes included.
    pub after: String,
    /// What became of the new text. Its complaints are those of the old text, and those about
    /// words of the clause that now say another figure than its rule.
    pub compilation: Compilation,
}

impl Amended {
    /// Complaints that the change brought: words that now differ from the rule, for a person to put
    /// right, and warnings.
    #[must_use]
    pub fn brought(&self, before: &Compilation) -> Vec<&Diagnostic> {
        brought(before, &self.compilation, self.place, self.before.len()).collect()
    }
}

/// A text with one value changed, not yet compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rewritten {
    /// The whole text. Outside `place` it is the text that was given, byte for byte.
    pub text: String,
    /// The value in the new text.
    pub place: Place,
    /// The value as it stood in the old text, quotes included.
    pub before: String,
    /// The value as it stands in the new text, quotes included.
    pub after: String,
}

/// The new value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewValue<'a> {
    /// As a person says it: `4 business hours`, `yes`, `12.5`, `2026-07-01`; names of a list by
    /// commas. It is written in the manner of the value that stands there.
    Said(&'a str),
    /// As the block would write it, quotes included (TOML).
    Written(&'a str),
}

/// A value that stands in a document and can be changed alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Amendable {
    /// Its address, as [`Address::parse`] reads it.
    pub address: String,
    /// What kind of value it is.
    pub sort: ValueSort,
    /// The value as a person says it.
    pub value: String,
    /// Where it stands.
    pub place: Place,
    /// Number of the clause under whose heading it stands.
    pub clause: String,
}

/// What kind of value stands somewhere, as far as its writing goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ValueSort {
    /// Words, names, amounts of time, money: whatever is written between quotes.
    Text,
    /// A number.
    Number,
    /// Yes or no.
    YesNo,
    /// A day.
    Date,
    /// An instant.
    Instant,
    /// Several names.
    Names,
}

/// Why a value is not changed.
#[derive(Debug, Error)]
pub enum AmendError {
    /// The address leads nowhere.
    #[error("changing `{address}`: the document has no such value{}", suggestion(.nearest.as_deref()))]
    NoSuchValue {
        /// The address asked for.
        address: String,
        /// The one most like it.
        nearest: Option<String>,
    },
    /// The address leads to several values.
    #[error("changing `{address}`: it holds several values; name one of them{}", suggestion(.first.as_deref()))]
    SeveralValues {
        /// The address asked for.
        address: String,
        /// The first value inside.
        first: Option<String>,
    },
    /// The new value is of another kind.
    #[error("changing `{address}`: `{given}` is no {wanted}")]
    OtherKind {
        /// The address asked for.
        address: String,
        /// What stands there.
        wanted: &'static str,
        /// What was given.
        given: String,
    },
    /// The document with the new value has errors that it did not have.
    #[error("changing `{address}`: the document does not hold together with this value")]
    DoesNotCheck {
        /// The address asked for.
        address: String,
        /// The text that was tried, which the complaints speak of.
        text: String,
        /// What is wrong with it.
        complaints: Vec<Diagnostic>,
    },
}

fn suggestion(address: Option<&str>) -> String {
    address.map(|address| format!(", did you mean `{address}`?")).unwrap_or_default()
}

/// Changes one value of a document: the stretch of text that writes it is replaced, and nothing else.
///
/// A changed figure makes the words of its clause wrong, which only a person can put right: those
/// complaints are part of the result ([`Amended::brought`]), not a reason to refuse it.
///
/// ```
/// use agreement::{Address, NewValue, amend};
/// let text = "# T\n```terms\n[agreement]\nformat = 1\nkey = \"k\"\nversion = \"1\" # first\n\
///     effective = 2026-01-01\nzone = \"America/Toronto\"\n```\n";
/// let address = Address::parse("agreement.version").unwrap();
/// let amended = amend(text, "k.md", &address, NewValue::Said("2")).unwrap();
/// assert_eq!(amended.text, text.replace("\"1\" #", "\"2\" #"));
/// ```
///
/// # Errors
/// [`AmendError`] when the address leads to no single value, when the new value is of another kind,
/// or when the document has errors with it that it had not without.
pub fn amend(text: &str, name: &str, address: &Address, value: NewValue<'_>) -> Result<Amended, AmendError> {
    let Rewritten { text: new_text, place, before, after } = rewrite(text, address, value)?;
    let old = compile(text, name, &Options::default());
    let compilation = compile(&new_text, name, &Options::default());
    let complaints: Vec<Diagnostic> = brought(&old, &compilation, place, before.len())
        .filter(|found| found.is_error() && found.code != Code::ProseDiffers)
        .cloned()
        .collect();
    if !complaints.is_empty() {
        return Err(AmendError::DoesNotCheck { address: address.to_string(), text: new_text, complaints });
    }
    Ok(Amended { text: new_text, place, before, after, compilation })
}

/// Changes one value of a text as [`amend`] does, without compiling it: the first of several
/// changes that only hold together.
///
/// # Errors
/// [`AmendError`] when the address leads to no single value, or the new value is of another kind.
pub fn rewrite(text: &str, address: &Address, value: NewValue<'_>) -> Result<Rewritten, AmendError> {
    let (place, after) = rewriting(text, address, value)?;
    let before = text.get(place.range()).unwrap_or_default().to_owned();
    let new_text = format!("{}{after}{}", &text[..place.start], &text[place.end..]);
    Ok(Rewritten { text: new_text, place: Place::new(place.start, place.start + after.len()), before, after })
}

/// Complaints of the new text that the old one did not earn, wherever the change moved them.
fn brought<'a>(
    before: &Compilation,
    after: &'a Compilation,
    changed: Place,
    old_length: usize,
) -> impl Iterator<Item = &'a Diagnostic> + use<'a> {
    let moved = move |offset: usize| {
        let old_end = changed.start + old_length;
        if offset >= old_end { offset - old_end + changed.end } else { offset }
    };
    let known: Vec<(Code, usize)> =
        before.diagnostics.iter().map(|found| (found.code, moved(found.place.start))).collect();
    after.diagnostics.iter().filter(move |found| !known.contains(&(found.code, found.place.start)))
}

/// The stretch of text that a change replaces, and what stands there afterwards.
fn rewriting(text: &str, address: &Address, value: NewValue<'_>) -> Result<(Place, String), AmendError> {
    let source = Source::read("", text);
    let rules = Rules::gather(&source, &mut Vec::new());
    let Some(node) = stands_at(&source, &rules, address) else {
        let known = amendable(text);
        let written = address.to_string();
        let near = nearest(&written, known.iter().map(|one| one.address.as_str()));
        return Err(AmendError::NoSuchValue { nearest: near.map(str::to_owned), address: written });
    };
    let old = source.slice(node.place);
    let sort = sort_of(node).filter(|_| is_whole(node, old));
    let Some(sort) = sort else {
        let inside = format!("{address}");
        let first = amendable(text)
            .into_iter()
            .map(|one| one.address)
            .find(|one| one.strip_prefix(&inside).is_some_and(|rest| rest.starts_with(['.', '['])));
        return Err(AmendError::SeveralValues { address: inside, first });
    };
    let refused = |given: &str| AmendError::OtherKind {
        address: address.to_string(),
        wanted: sort.in_words(),
        given: given.to_owned(),
    };
    let after = match value {
        NewValue::Said(said) => write(node, old, sort, said).ok_or_else(|| refused(said))?,
        NewValue::Written(toml) => {
            let toml = toml.trim();
            let read = read_value(toml).ok_or_else(|| refused(toml))?;
            if sort_of(&read) != Some(sort) {
                return Err(refused(toml));
            }
            toml.to_owned()
        }
    };
    Ok((node.place, after))
}

/// Every value of a document that can be changed alone, in the order of its rules.
#[must_use]
pub fn amendable(text: &str) -> Vec<Amendable> {
    let source = Source::read("", text);
    let rules = Rules::gather(&source, &mut Vec::new());
    let mut found = Found { source: &source, rows: Vec::new(), seen: BTreeSet::new() };
    for (kind, keys) in &rules.defaults {
        found.take_keys(keys, &Address::of(&["default", kind.kind]));
    }
    for rule in &rules.rules {
        let address = address_of(&source, rule);
        found.take_keys(&rule.keys, &address);
        for (place, case) in rule.cases.iter().enumerate() {
            let of_case = address.with_key("case");
            let row =
                case_name(&case.keys).map_or_else(|| of_case.with_row(place), |name| of_case.with_key(&name));
            found.take_keys(&case.keys, &row);
        }
    }
    found.rows
}

struct Found<'a> {
    source: &'a Source,
    rows: Vec<Amendable>,
    seen: BTreeSet<String>,
}

impl Found<'_> {
    fn take_keys(&mut self, keys: &[Entry], address: &Address) {
        for entry in keys {
            self.take(&entry.node, &address.with_key(&entry.key), entry.section);
        }
    }

    fn take(&mut self, node: &Node, address: &Address, section: usize) {
        let written = self.source.slice(node.place);
        if let Some(sort) = sort_of(node)
            && is_whole(node, written)
            && self.seen.insert(address.to_string())
        {
            self.rows.push(Amendable {
                address: address.to_string(),
                sort,
                value: said(node),
                place: node.place,
                clause: self.source.sections.get(section).map_or_else(String::new, |of| of.number.clone()),
            });
        }
        match &node.raw {
            Raw::Table(entries) => {
                for entry in entries {
                    self.take(&entry.node, &address.with_key(&entry.key), entry.section);
                }
            }
            Raw::List(nodes) => {
                for (place, inner) in nodes.iter().enumerate() {
                    let row = match row_name(inner) {
                        Some(name) => address.with_key(&name),
                        None => address.with_row(place),
                    };
                    self.take(inner, &row, section);
                }
            }
            _ => {}
        }
    }
}

/// What stands at an address.
fn stands_at<'a>(source: &Source, rules: &'a Rules, address: &Address) -> Option<&'a Node> {
    let parts = address.parts();
    if let [Part::Key(first), Part::Key(kind), Part::Key(key), rest @ ..] = parts
        && first == "default"
    {
        return inside(&rules.default_of(kind, key)?.node, rest);
    }
    for rule in &rules.rules {
        let of_rule = address_of(source, rule);
        let Some(rest) = parts.strip_prefix(of_rule.parts()) else { continue };
        let found = match rest {
            [Part::Key(case), Part::Row(row), Part::Key(key), rest @ ..] if case == "case" => {
                rule.cases.get(*row).and_then(|case| inside(&find(&case.keys, key)?.node, rest))
            }
            [Part::Key(case), Part::Key(name), Part::Key(key), rest @ ..]
                if case == "case" && !rule.cases.is_empty() =>
            {
                let case = rule.cases.iter().find(|case| case_name(&case.keys).as_ref() == Some(name));
                case.and_then(|case| inside(&find(&case.keys, key)?.node, rest))
            }
            [Part::Key(key), rest @ ..] => rule.get(key).and_then(|entry| inside(&entry.node, rest)),
            _ => None,
        };
        if found.is_some() {
            return found;
        }
    }
    None
}

fn inside<'a>(node: &'a Node, parts: &[Part]) -> Option<&'a Node> {
    let Some((part, rest)) = parts.split_first() else { return Some(node) };
    let next = match (part, &node.raw) {
        (Part::Key(key), Raw::Table(entries)) => &find(entries, key)?.node,
        (Part::Key(key), Raw::List(rows)) => {
            rows.iter().find(|row| row_name(row).is_some_and(|name| name == *key))?
        }
        (Part::Row(row), Raw::List(rows)) => rows.get(*row)?,
        _ => return None,
    };
    inside(next, rest)
}

/// The address of a rule; clauses are named by their number.
fn address_of(source: &Source, rule: &Rule) -> Address {
    let kinds: Vec<&str> = rule.kind.kind.split('.').collect();
    let address = Address::of(&kinds);
    if rule.kind.kind == "clause" {
        let number = source.sections.get(rule.section()).map_or("", |section| section.number.as_str());
        return address.with_key(number);
    }
    if rule.name.is_empty() { address } else { address.with_key(&rule.name) }
}

fn case_name(keys: &[Entry]) -> Option<String> {
    find(keys, "name").and_then(|entry| plain_name(&entry.node))
}

/// The name by which a row is addressed; one that an address could not hold is addressed by place.
fn row_name(row: &Node) -> Option<String> {
    plain_name(row.get("name")?)
}

fn plain_name(node: &Node) -> Option<String> {
    let name = crate::declared::name_of(&node.raw)?;
    (!name.is_empty() && !name.contains(|letter: char| letter == '"' || letter.is_control())).then_some(name)
}

/// The kind of a value that is changed as one; none for tables and for lists of more than names.
fn sort_of(node: &Node) -> Option<ValueSort> {
    Some(match &node.raw {
        Raw::Text(_) => ValueSort::Text,
        Raw::Number(_) => ValueSort::Number,
        Raw::YesNo(_) => ValueSort::YesNo,
        Raw::Date(_) => ValueSort::Date,
        Raw::Instant(_) => ValueSort::Instant,
        Raw::List(nodes) if nodes.iter().all(|inner| matches!(inner.raw, Raw::Text(_))) => ValueSort::Names,
        Raw::List(_) | Raw::Table(_) => return None,
    })
}

/// Whether the text of a place is the value and nothing besides: values that stand in several
/// places, and lists with a remark inside, are not rewritten.
fn is_whole(node: &Node, written: &str) -> bool {
    read_value(written).is_some_and(|read| is_same(&read, node))
        && (!matches!(node.raw, Raw::List(_)) || !written.contains('#'))
}

fn is_same(left: &Node, right: &Node) -> bool {
    match (&left.raw, &right.raw) {
        (Raw::List(left), Raw::List(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| is_same(left, right))
        }
        (left, right) => left == right,
    }
}

/// The value that a text writes by itself.
fn read_value(toml: &str) -> Option<Node> {
    let block = format!("value = {toml}\n");
    // A remark or a second key would be more than the value.
    let document = Document::parse(block.as_str()).ok()?;
    let span = document.get("value")?.span()?;
    let alone = document.len() == 1 && block.get(span)? == toml;
    let entries = crate::node::read_block(&block, 0, 0).ok()?;
    let entry = entries.into_iter().next()?;
    alone.then_some(entry.node)
}

/// A value as a person says it.
fn said(node: &Node) -> String {
    match &node.raw {
        Raw::Text(text) => text.clone(),
        Raw::Number(number) => number.clone(),
        Raw::YesNo(yes) => if *yes { "yes" } else { "no" }.to_owned(),
        Raw::Date(date) => date.to_string(),
        Raw::Instant(instant) => instant.to_string(),
        Raw::List(nodes) => nodes.iter().map(said).collect::<Vec<_>>().join(","),
        Raw::Table(_) => String::new(),
    }
}

impl ValueSort {
    fn in_words(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "number, such as 3 or 12.5",
            Self::YesNo => "yes or no",
            Self::Date => "date, such as 2026-07-01",
            Self::Instant => "instant, such as 2026-07-01T09:00:00-04:00",
            Self::Names => "list of names",
        }
    }
}

/// Writes what a person said in the manner of what stands there; none when it is of another kind.
fn write(node: &Node, old: &str, sort: ValueSort, said: &str) -> Option<String> {
    let trimmed = said.trim();
    match sort {
        ValueSort::Text => Some(quoted(old, said)),
        ValueSort::Number => is_number(trimmed).then(|| trimmed.to_owned()),
        ValueSort::YesNo => match trimmed {
            "yes" | "true" => Some("true".to_owned()),
            "no" | "false" => Some("false".to_owned()),
            _ => None,
        },
        ValueSort::Date => LocalDate::parse(trimmed).is_ok().then(|| trimmed.to_owned()),
        ValueSort::Instant => {
            let written = matches!(read_value(trimmed)?.raw, Raw::Instant(_));
            (written && Instant::parse(trimmed).is_ok()).then(|| trimmed.to_owned())
        }
        ValueSort::Names => {
            let manner = match &node.raw {
                Raw::List(nodes) => nodes.first().map_or("\"\"", |_| first_quoted(old)),
                _ => "\"\"",
            };
            let names = trimmed.split(',').map(str::trim).filter(|name| !name.is_empty());
            let names: Vec<String> = names.map(|name| quoted(manner, name)).collect();
            Some(format!("[{}]", names.join(", ")))
        }
    }
}

/// A mark of the quotes that a list uses.
fn first_quoted(list: &str) -> &'static str {
    match list.find(['"', '\'']).and_then(|at| list[at..].chars().next()) {
        Some('\'') => "''",
        _ => "\"\"",
    }
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, part) = digits.split_once('.').map_or((digits, None), |(whole, part)| (whole, Some(part)));
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let leading = whole.len() > 1 && whole.starts_with('0');
    let fits = whole.len() <= 18;
    all_digits(whole) && !leading && fits && part.is_none_or(all_digits)
}

/// Words between the quotes that the old value has, where those can hold them.
fn quoted(old: &str, words: &str) -> String {
    let is_plain = |words: &str| !words.chars().any(|letter| letter.is_control());
    if old.starts_with("'''") && !words.contains("'''") && !words.ends_with('\'') && !words.contains('\r') {
        let first = if old.starts_with("'''\n") { "\n" } else { "" };
        if !words.chars().any(|letter| letter.is_control() && letter != '\n' && letter != '\t') {
            return format!("'''{first}{words}'''");
        }
    } else if old.starts_with("\"\"\"") {
        let first = if old.starts_with("\"\"\"\n") { "\n" } else { "" };
        return format!("\"\"\"{first}{}\"\"\"", escaped(words, true));
    } else if old.starts_with('\'') && !old.starts_with("'''") && !words.contains('\'') && is_plain(words) {
        return format!("'{words}'");
    }
    format!("\"{}\"", escaped(words, false))
}

fn escaped(words: &str, several_lines: bool) -> String {
    let mut out = String::with_capacity(words.len() + 2);
    for letter in words.chars() {
        match letter {
            '\\' => out.push_str("\\\\"),
            '"' => out.push_str("\\\""),
            '\n' if several_lines => out.push('\n'),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            letter if letter.is_control() => {
                out.push_str(&format!("\\u{:04X}", u32::from(letter)));
            }
            letter => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{AmendError, NewValue, amend, amendable};
    use crate::address::Address;

    const TEXT: &str = "# T\n```terms\n[agreement]\nformat = 1\nkey = \"k\"\nversion = '1'   # first\n\
        effective = 2026-01-01\nzone = \"America/Toronto\"\n```\n## 1 Réponse\nSous 2 heures.\n\
        ```terms\n[promise.response]\nstart = \"received\"\nstop  = \"answered\"\nwithin = \"2 hours\"\n\
        strength = \"binding\"\npause = [\"customer\"]\n[pause.customer]\nbegin = { event = \"waiting\" }\n\
        end = \"resumed\"\nparty = \"customer\"\n```\n";

    fn changed(address: &str, value: NewValue<'_>) -> Result<String, AmendError> {
        amend(TEXT, "t.md", &Address::parse(address).unwrap(), value).map(|amended| amended.text)
    }

    #[test]
    fn only_the_value_changes_and_the_manner_of_its_quotes_is_kept() {
        let text = changed("agreement.version", NewValue::Said("2")).unwrap();
        assert_eq!(text, TEXT.replace("'1'", "'2'"));
        let text = changed("promise.response.strength", NewValue::Said("objective")).unwrap();
        assert_eq!(text, TEXT.replace("\"binding\"", "\"objective\""));
        let text = changed("promise.response.pause", NewValue::Written("[ \"customer\" ]")).unwrap();
        assert_eq!(text, TEXT.replace("[\"customer\"]", "[ \"customer\" ]"));
    }

    /// A binary number would end the first at `2639.12` and round the second.
    #[test]
    fn a_number_is_said_as_it_is_written() {
        for said in ["2639.120", "-0.50", "0.12345678901234567890123"] {
            let address = Address::parse("agreement.format").unwrap();
            let written = super::rewrite(TEXT, &address, NewValue::Said(said)).unwrap();
            let rows = amendable(&written.text);
            let found = rows.iter().find(|one| one.address == "agreement.format").unwrap();
            assert_eq!(found.value, said);
        }
    }

    #[test]
    fn a_figure_is_changed_and_the_words_that_differ_now_are_named() {
        let before = crate::compile::compile(TEXT, "t.md", &crate::compile::Options::default());
        let address = Address::parse("promise.response.within").unwrap();
        let amended = amend(TEXT, "t.md", &address, NewValue::Said("3 hours")).unwrap();
        assert_eq!((amended.before.as_str(), amended.after.as_str()), ("\"2 hours\"", "\"3 hours\""));
        let brought: Vec<&str> = amended.brought(&before).iter().map(|found| found.code.as_str()).collect();
        assert_eq!(brought, ["agreement::prose-differs"]);
    }

    #[test]
    fn what_does_not_check_is_refused_with_its_reasons() {
        let refused = changed("promise.response.within", NewValue::Said("3 fortnights"));
        let Err(AmendError::DoesNotCheck { complaints, .. }) = refused else { panic!("{refused:?}") };
        assert_eq!(complaints[0].code.as_str(), "agreement::bad-span");
        assert!(matches!(
            changed("agreement.effective", NewValue::Said("soon")),
            Err(AmendError::OtherKind { .. })
        ));
        assert!(matches!(
            changed("agreement.version", NewValue::Written("\"2\" # second")),
            Err(AmendError::OtherKind { .. })
        ));
        let missing = changed("promise.response.whithin", NewValue::Said("3 hours"));
        let Err(AmendError::NoSuchValue { nearest, .. }) = missing else { panic!("{missing:?}") };
        assert_eq!(nearest.as_deref(), Some("promise.response.within"));
        assert!(matches!(
            changed("pause.customer.begin", NewValue::Said("waiting")),
            Err(AmendError::SeveralValues { first: Some(first), .. }) if first == "pause.customer.begin.event"
        ));
    }

    #[test]
    fn every_value_is_listed_with_its_clause() {
        let all = amendable(TEXT);
        let found = all.iter().find(|one| one.address == "promise.response.within").unwrap();
        assert_eq!((found.value.as_str(), found.clause.as_str()), ("2 hours", "1"));
        assert!(all.iter().any(|one| one.address == "pause.customer.begin.event"));
    }
}
