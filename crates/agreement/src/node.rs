use crate::place::Place;
use calendar::{Instant, LocalDate};
use toml_edit::{Document, Item, TableLike, Value};

/// A value of a block with its place in the file, before anything is known of what it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Node {
    pub(crate) place: Place,
    pub(crate) raw: Raw,
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Raw {
    Text(String),
    /// Digits as they were written, without separators.
    Number(String),
    YesNo(bool),
    Date(LocalDate),
    Instant(Instant),
    List(Vec<Node>),
    Table(Vec<Entry>),
}

/// A key with its value, and the section under whose heading it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) place: Place,
    pub(crate) section: usize,
    pub(crate) node: Node,
}

impl Node {
    pub(crate) fn as_text(&self) -> Option<&str> {
        match &self.raw {
            Raw::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn as_table(&self) -> Option<&[Entry]> {
        match &self.raw {
            Raw::Table(entries) => Some(entries),
            _ => None,
        }
    }

    pub(crate) fn as_list(&self) -> Option<&[Node]> {
        match &self.raw {
            Raw::List(nodes) => Some(nodes),
            _ => None,
        }
    }

    /// The value under a key, when this is a table that has it.
    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        find(self.as_table()?, key).map(|entry| &entry.node)
    }
}

/// The entry of a key.
pub(crate) fn find<'a>(entries: &'a [Entry], key: &str) -> Option<&'a Entry> {
    entries.iter().find(|entry| entry.key == key)
}

/// What kept a block from being read: where, and the parser's words.
pub(crate) struct NotToml {
    pub(crate) place: Place,
    pub(crate) message: String,
}

/// Reads a block of TOML that begins `offset` bytes into the file.
pub(crate) fn read_block(text: &str, offset: usize, section: usize) -> Result<Vec<Entry>, NotToml> {
    let document = Document::parse(text).map_err(|error| NotToml {
        place: Place::shifted(error.span().unwrap_or(0..text.len()), offset),
        message: error.message().lines().next().unwrap_or_default().to_owned(),
    })?;
    let reader = Reader { text, offset, section };
    let whole = Place::new(offset, offset + text.len());
    Ok(reader.entries(document.as_table(), whole))
}

struct Reader<'a> {
    text: &'a str,
    offset: usize,
    section: usize,
}

impl Reader<'_> {
    fn entries(&self, table: &dyn TableLike, around: Place) -> Vec<Entry> {
        table
            .iter()
            .filter_map(|(name, _)| {
                let (key, item) = table.get_key_value(name)?;
                let node = self.item(item, around)?;
                let place = key.span().map_or(node.place, |span| Place::shifted(span, self.offset));
                Some(Entry { key: name.to_owned(), place, section: self.section, node })
            })
            .collect()
    }

    fn item(&self, item: &Item, around: Place) -> Option<Node> {
        let place = item.span().map_or(around, |span| Place::shifted(span, self.offset));
        let raw = match item {
            Item::None => return None,
            Item::Value(value) => return Some(self.value(value, around)),
            Item::Table(table) => Raw::Table(self.entries(table, place)),
            Item::ArrayOfTables(tables) => Raw::List(
                tables
                    .iter()
                    .map(|table| {
                        let place = table.span().map_or(place, |span| Place::shifted(span, self.offset));
                        Node { place, raw: Raw::Table(self.entries(table, place)) }
                    })
                    .collect(),
            ),
        };
        Some(Node { place, raw })
    }

    fn value(&self, value: &Value, around: Place) -> Node {
        let place = value.span().map_or(around, |span| Place::shifted(span, self.offset));
        let raw = match value {
            Value::String(text) => Raw::Text(text.value().clone()),
            Value::Integer(number) => Raw::Number(number.value().to_string()),
            Value::Float(number) => {
                // As it is written: the parser's binary number drops final zeros and far digits.
                let written = number.span().and_then(|span| self.text.get(span));
                let plain =
                    |text: &&str| text.bytes().all(|byte| byte.is_ascii_digit() || b"+-._".contains(&byte));
                let told =
                    written.filter(plain).map_or_else(|| number.display_repr().into_owned(), str::to_owned);
                Raw::Number(told.replace('_', "").trim_start_matches('+').to_owned())
            }
            Value::Boolean(yes) => Raw::YesNo(*yes.value()),
            Value::Datetime(moment) => {
                let written = moment.value().to_string();
                match (LocalDate::parse(&written), Instant::parse(&written)) {
                    (Ok(date), _) => Raw::Date(date),
                    (_, Ok(instant)) => Raw::Instant(instant),
                    _ => Raw::Text(written),
                }
            }
            Value::Array(values) => Raw::List(values.iter().map(|value| self.value(value, place)).collect()),
            Value::InlineTable(table) => Raw::Table(self.entries(table, place)),
        };
        Node { place, raw }
    }
}
