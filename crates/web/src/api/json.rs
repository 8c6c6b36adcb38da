//! JSON whose objects name each field once, so that two readers of one text cannot take it for two things (RFC 8259,
//! section 4; ASVS 5.0, 15.3.7).

use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use std::collections::HashSet;
use std::fmt;

/// Reads a value.
///
/// # Errors
/// It is no JSON, names a field of an object twice, or is not what is wanted.
pub(crate) fn read<T: DeserializeOwned>(text: &[u8]) -> serde_json::Result<T> {
    let mut walked = serde_json::Deserializer::from_slice(text);
    Once.deserialize(&mut walked)?;
    walked.end()?;
    serde_json::from_slice(text)
}

/// Walks through a value and keeps nothing of it.
#[derive(Clone, Copy)]
struct Once;

impl<'de> DeserializeSeed<'de> for Once {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Once {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while items.next_element_seed(self)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        let mut named = HashSet::new();
        while let Some(name) = fields.next_key::<String>()? {
            if named.contains(&name) {
                return Err(A::Error::custom(format!("the field `{name}` stands twice in one object")));
            }
            named.insert(name);
            fields.next_value_seed(self)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::read;
    use serde_json::Value;

    #[test]
    fn a_field_that_stands_twice_is_refused_however_deep_and_however_written() {
        for (text, is_read) in [
            (r#"{"a":1,"b":{"a":2},"c":[{"a":3},{"a":4}]}"#, true),
            (r#"{"a":1,"A":2}"#, true),
            (r#"[null,true,-1,1.5,1e3,"x",18446744073709551615]"#, true),
            (r#"{"a":1,"a":1}"#, false),
            (r#"{"b":{"a":1,"a":2}}"#, false),
            (r#"[[{"a":1,"b":2,"a":3}]]"#, false),
            (r#"{"a":1,"\u0061":2}"#, false),
            (r#"{"a":1} {"a":1}"#, false),
            (r#"{"a":1"#, false),
        ] {
            assert_eq!(read::<Value>(text.as_bytes()).is_ok(), is_read, "{text}");
        }
        let told = read::<Value>(br#"{"access":"public","access":"internal"}"#).unwrap_err().to_string();
        assert!(told.contains("`access` stands twice"), "{told}");
        assert!(read::<Value>("[".repeat(100_000).as_bytes()).is_err(), "depth is bounded");
    }
}
