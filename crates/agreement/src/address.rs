use std::fmt;

/// Where one value of an agreement stands: its rule, and the keys that lead to it.
///
/// `promise.response.within` names a key, `promise.response.case[0].within` a row by its place,
/// `fact.severity.values.P1.fr` a row by its name. A part that holds a full stop or a bracket is
/// quoted: `clause."3.0".information`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Address {
    parts: Vec<Part>,
}

/// One step of the way.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Part {
    /// A key of a table, or the name of a row.
    Key(String),
    /// The place of a row, from 0.
    Row(usize),
}

impl Address {
    /// Reads an address; none when it cannot be one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = Vec::new();
        let mut rest = text.trim();
        while !rest.is_empty() {
            if let Some(inside) = rest.strip_prefix('[') {
                let (row, after) = inside.split_once(']')?;
                parts.push(Part::Row(row.parse().ok()?));
                rest = after;
            } else if let Some(inside) = rest.strip_prefix('"') {
                let (key, after) = inside.split_once('"')?;
                parts.push(Part::Key(key.to_owned()));
                rest = after;
            } else {
                let end = rest.find(['.', '[']).unwrap_or(rest.len());
                if end == 0 {
                    return None;
                }
                parts.push(Part::Key(rest[..end].to_owned()));
                rest = &rest[end..];
            }
            match rest.chars().next() {
                Some('.') => {
                    rest = &rest[1..];
                    if rest.is_empty() {
                        return None;
                    }
                }
                Some('[') | None => {}
                Some(_) => return None,
            }
        }
        (!parts.is_empty()).then_some(Self { parts })
    }

    pub(crate) fn of(keys: &[&str]) -> Self {
        Self { parts: keys.iter().map(|key| Part::Key((*key).to_owned())).collect() }
    }

    pub(crate) fn parts(&self) -> &[Part] {
        &self.parts
    }

    pub(crate) fn with_key(&self, key: &str) -> Self {
        self.with(Part::Key(key.to_owned()))
    }

    pub(crate) fn with_row(&self, row: usize) -> Self {
        self.with(Part::Row(row))
    }

    fn with(&self, part: Part) -> Self {
        let mut parts = self.parts.clone();
        parts.push(part);
        Self { parts }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, part) in self.parts.iter().enumerate() {
            match part {
                Part::Row(row) => write!(formatter, "[{row}]")?,
                Part::Key(key) => {
                    if place > 0 {
                        formatter.write_str(".")?;
                    }
                    let is_plain = !key.is_empty() && !key.contains(['.', '[', ']', '"', '=', ' ']);
                    if is_plain { formatter.write_str(key)? } else { write!(formatter, "\"{key}\"")? }
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Address;

    #[test]
    fn is_read_as_it_is_written() {
        for text in [
            "promise.response.within",
            "promise.response.case[0].within",
            "calendar.office.open.mon-fri[1]",
            "clause.\"3.0\".information",
            "fact.severity.values.P1.fr",
        ] {
            assert_eq!(Address::parse(text).map(|address| address.to_string()).as_deref(), Some(text));
        }
        for text in ["", "promise..within", "promise.", ".within", "a[x]", "a[0", "\"a", "\"a\"b"] {
            assert_eq!(Address::parse(text), None, "{text}");
        }
    }
}
