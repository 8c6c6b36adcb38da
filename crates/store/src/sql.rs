//! One text for both engines, values to bind, and cells to read: whole numbers, texts and bytes
//! are the only types stored, so that both engines give back exactly what was put in.

use crate::composed::Composed;
use crate::error::StoreError;
use calendar::Instant;
use serde::de::DeserializeOwned;
use std::borrow::Cow;
use std::sync::OnceLock;

/// A statement's text with `$1`, `$2`, …
///
/// SQLite takes `$1` for a *name* and numbers names by first appearance, which swaps values without
/// an error; there every `$` becomes `?`, which is positional. So a text may hold `$` before a
/// digit only, and no `?`; a static text that does otherwise does not compile.
#[derive(Debug)]
pub(crate) struct Sql {
    postgres: &'static str,
    sqlite: &'static str,
    positional: OnceLock<String>,
}

impl Sql {
    /// A text that both engines read alike.
    pub(crate) const fn new(text: &'static str) -> Self {
        Self::differing(text, text)
    }

    /// Where the engines differ.
    pub(crate) const fn differing(sqlite: &'static str, postgres: &'static str) -> Self {
        assert!(has_only_numbered_places(sqlite), "`$` stands before a digit only, and `?` nowhere");
        assert!(has_only_numbered_places(postgres), "`$` stands before a digit only, and `?` nowhere");
        Self { postgres, sqlite, positional: OnceLock::new() }
    }
}

const fn has_only_numbered_places(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut place = 0;
    while place < bytes.len() {
        if bytes[place] == b'?' {
            return false;
        }
        if bytes[place] == b'$' && (place + 1 == bytes.len() || !bytes[place + 1].is_ascii_digit()) {
            return false;
        }
        place += 1;
    }
    true
}

/// A text known at compile time, or one put together for a filter.
#[derive(Clone, Debug)]
pub(crate) enum Text {
    Fixed(&'static Sql),
    Built(Composed),
}

impl Text {
    /// With `?1`, `?2`, …
    pub(crate) fn for_sqlite(&self) -> Cow<'_, str> {
        match self {
            Self::Fixed(sql) => {
                Cow::Borrowed(sql.positional.get_or_init(|| sql.sqlite.replace('$', "?")).as_str())
            }
            Self::Built(composed) => {
                let text = composed.as_str();
                assert!(has_only_numbered_places(text), "`$` stands before a digit only, and `?` nowhere");
                Cow::Owned(text.replace('$', "?"))
            }
        }
    }

    /// With `$1`, `$2`, …
    pub(crate) fn for_postgres(&self) -> &str {
        match self {
            Self::Fixed(sql) => sql.postgres,
            Self::Built(composed) => composed.as_str(),
        }
    }
}

/// A value to bind, or a cell that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value<'a> {
    Null,
    Integer(i64),
    Text(Cow<'a, str>),
    Bytes(Cow<'a, [u8]>),
}

impl<'a> Value<'a> {
    /// A text. PostgreSQL cannot hold NUL in one, so that it becomes a space on both engines.
    pub(crate) fn text(text: impl Into<Cow<'a, str>>) -> Self {
        let text = text.into();
        if text.contains('\0') { Self::Text(text.replace('\0', " ").into()) } else { Self::Text(text) }
    }

    pub(crate) fn text_or_null(text: Option<&'a str>) -> Self {
        text.map_or(Self::Null, Self::text)
    }

    pub(crate) fn bytes(bytes: impl Into<Cow<'a, [u8]>>) -> Self {
        Self::Bytes(bytes.into())
    }

    /// An id, highest byte first, so that ids made later sort later.
    pub(crate) fn id(id: u128) -> Self {
        Self::Bytes(Cow::Owned(id.to_be_bytes().to_vec()))
    }

    /// An id, or no bytes at all: unlike NULL, an index finds "nobody" like anybody else.
    pub(crate) fn id_or_empty(id: Option<u128>) -> Self {
        Self::Bytes(Cow::Owned(id.map_or_else(Vec::new, |id| id.to_be_bytes().to_vec())))
    }

    pub(crate) fn id_or_null(id: Option<u128>) -> Self {
        id.map_or(Self::Null, Self::id)
    }

    pub(crate) fn instant(at: Instant) -> Self {
        Self::Integer(at.milliseconds())
    }

    pub(crate) fn instant_or_null(at: Option<Instant>) -> Self {
        at.map_or(Self::Null, Self::instant)
    }

    pub(crate) fn flag(yes: bool) -> Self {
        Self::Integer(i64::from(yes))
    }

    pub(crate) fn count(count: u64) -> Self {
        Self::Integer(i64::try_from(count).unwrap_or(i64::MAX))
    }
}

/// A text with its values.
#[derive(Clone, Debug)]
pub(crate) struct Statement<'a> {
    pub(crate) text: Text,
    pub(crate) values: Vec<Value<'a>>,
    must_touch: bool,
}

impl<'a> Statement<'a> {
    pub(crate) fn new(sql: &'static Sql, values: Vec<Value<'a>>) -> Self {
        Self { text: Text::Fixed(sql), values, must_touch: false }
    }

    /// A text that was put together, as [`crate::composed::sql`] does.
    pub(crate) fn built(text: Composed, values: Vec<Value<'a>>) -> Self {
        Self { text: Text::Built(text), values, must_touch: false }
    }

    /// The same, that must touch a row: where it touches none, nothing of its transaction is written.
    pub(crate) fn or_conflict(self) -> Self {
        Self { must_touch: true, ..self }
    }

    /// How many rows it touched, where it may have touched so many.
    pub(crate) fn touched(&self, rows: u64) -> Result<u64, StoreError> {
        if self.must_touch && rows == 0 { Err(StoreError::Conflict) } else { Ok(rows) }
    }
}

/// A read: a statement and what one of its rows means.
pub(crate) struct Query<T> {
    pub(crate) statement: Statement<'static>,
    pub(crate) map: fn(&Row<'_>) -> Result<T, StoreError>,
}

impl<T> Query<T> {
    pub(crate) fn new(
        sql: &'static Sql,
        values: Vec<Value<'static>>,
        map: fn(&Row<'_>) -> Result<T, StoreError>,
    ) -> Self {
        Self { statement: Statement::new(sql, values), map }
    }
}

/// A row of either engine. Columns are counted from 0.
pub(crate) enum Row<'r> {
    Sqlite(&'r rusqlite::Row<'r>),
    Postgres(&'r tokio_postgres::Row),
}

impl Row<'_> {
    pub(crate) fn integer_or_none(&self, column: usize) -> Result<Option<i64>, StoreError> {
        match self {
            Self::Sqlite(row) => row.get(column).map_err(unreadable),
            Self::Postgres(row) => row.try_get(column).map_err(unreadable),
        }
    }

    pub(crate) fn text_or_none(&self, column: usize) -> Result<Option<String>, StoreError> {
        match self {
            Self::Sqlite(row) => row.get(column).map_err(unreadable),
            Self::Postgres(row) => row.try_get(column).map_err(unreadable),
        }
    }

    pub(crate) fn bytes_or_none(&self, column: usize) -> Result<Option<Vec<u8>>, StoreError> {
        match self {
            Self::Sqlite(row) => row.get(column).map_err(unreadable),
            Self::Postgres(row) => row.try_get(column).map_err(unreadable),
        }
    }

    pub(crate) fn integer(&self, column: usize) -> Result<i64, StoreError> {
        self.integer_or_none(column)?.ok_or_else(|| missing(column))
    }

    pub(crate) fn count(&self, column: usize) -> Result<u64, StoreError> {
        u64::try_from(self.integer(column)?)
            .map_err(|_| StoreError::corrupt(format!("a negative count in column {column}")))
    }

    pub(crate) fn flag(&self, column: usize) -> Result<bool, StoreError> {
        Ok(self.integer(column)? != 0)
    }

    pub(crate) fn instant(&self, column: usize) -> Result<Instant, StoreError> {
        self.integer(column).map(Instant::from_milliseconds)
    }

    pub(crate) fn instant_or_none(&self, column: usize) -> Result<Option<Instant>, StoreError> {
        Ok(self.integer_or_none(column)?.map(Instant::from_milliseconds))
    }

    pub(crate) fn text(&self, column: usize) -> Result<String, StoreError> {
        self.text_or_none(column)?.ok_or_else(|| missing(column))
    }

    /// Reads a text without keeping it.
    pub(crate) fn text_as<T>(
        &self,
        column: usize,
        read: impl FnOnce(&str) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        match self {
            Self::Sqlite(row) => read(row.get_ref(column).map_err(unreadable)?.as_str().map_err(unreadable)?),
            Self::Postgres(row) => read(row.try_get(column).map_err(unreadable)?),
        }
    }

    /// Reads bytes of a known length without keeping them; none for NULL and for no bytes.
    fn array_or_none<const N: usize>(&self, column: usize) -> Result<Option<[u8; N]>, StoreError> {
        let bytes: Option<&[u8]> = match self {
            Self::Sqlite(row) => {
                row.get_ref(column).map_err(unreadable)?.as_bytes_or_null().map_err(unreadable)?
            }
            Self::Postgres(row) => row.try_get(column).map_err(unreadable)?,
        };
        match bytes {
            None | Some([]) => Ok(None),
            Some(bytes) => bytes
                .try_into()
                .map(Some)
                .map_err(|_| StoreError::corrupt(format!("column {column} does not hold {N} bytes"))),
        }
    }

    pub(crate) fn bytes(&self, column: usize) -> Result<Vec<u8>, StoreError> {
        self.bytes_or_none(column)?.ok_or_else(|| missing(column))
    }

    pub(crate) fn array<const N: usize>(&self, column: usize) -> Result<[u8; N], StoreError> {
        self.array_or_none(column)?.ok_or_else(|| missing(column))
    }

    pub(crate) fn id(&self, column: usize) -> Result<u128, StoreError> {
        self.array(column).map(u128::from_be_bytes)
    }

    /// None for NULL and for no bytes.
    pub(crate) fn id_or_none(&self, column: usize) -> Result<Option<u128>, StoreError> {
        Ok(self.array_or_none(column)?.map(u128::from_be_bytes))
    }

    pub(crate) fn json<T: DeserializeOwned>(&self, column: usize) -> Result<T, StoreError> {
        self.text_as(column, parsed)
    }
}

/// Reads JSON that this program wrote.
pub(crate) fn parsed<T: DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text)
        .map_err(|error| StoreError::corrupt(format!("stored JSON cannot be read: {error}")))
}

/// Writes JSON for a column.
pub(crate) fn written<T: serde::Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::failed("write a value as JSON", error))
}

fn unreadable(error: impl std::fmt::Display) -> StoreError {
    StoreError::corrupt(format!("a column cannot be read: {error}"))
}

fn missing(column: usize) -> StoreError {
    StoreError::corrupt(format!("column {column} is empty"))
}

#[cfg(test)]
mod tests {
    use super::{Sql, Text, has_only_numbered_places};

    #[test]
    fn places_are_numbered_and_positional_in_sqlite() {
        static SWAPPED: Sql = Sql::new("UPDATE t SET a = $2 WHERE id = $1");
        assert_eq!(Text::Fixed(&SWAPPED).for_sqlite(), "UPDATE t SET a = ?2 WHERE id = ?1");
        assert_eq!(Text::Fixed(&SWAPPED).for_postgres(), "UPDATE t SET a = $2 WHERE id = $1");
        for wrong in ["SELECT '$'", "SELECT $name", "SELECT ?", "SELECT 1 $"] {
            assert!(!has_only_numbered_places(wrong), "{wrong}");
        }
    }
}
