//! Ids of things, handed in from outside: the core neither invents nor guesses one.

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// Who sells support, by its short key (`orvane`). It leads every key of the store.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ProviderId(pub String);

impl ProviderId {
    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ProviderId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// What is wrong with a text that should have been an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAnId;

impl fmt::Display for NotAnId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an id is 32 hexadecimal digits")
    }
}
impl std::error::Error for NotAnId {}

/// An id as it is written. Logs are full of them.
fn digits(id: u128, text: &mut [u8; 32]) -> &str {
    for (byte, pair) in id.to_be_bytes().iter().zip(text.chunks_exact_mut(2)) {
        pair[0] = b"0123456789abcdef"[usize::from(byte >> 4)];
        pair[1] = b"0123456789abcdef"[usize::from(byte & 15)];
    }
    std::str::from_utf8(text).expect("digits are ASCII")
}

fn parse(text: &str) -> Result<u128, NotAnId> {
    // In halves: the processor has no numbers of 128 bits, and logs are full of ids.
    let half = |range: std::ops::Range<usize>| {
        let digits = text.get(range).filter(|digits| !digits.starts_with('+'));
        digits.and_then(|digits| u64::from_str_radix(digits, 16).ok()).map(u128::from).ok_or(NotAnId)
    };
    match text.len() {
        32 => Ok(half(0..16)? << 64 | half(16..32)?),
        _ => Err(NotAnId),
    }
}

/// Reads an id without a copy of its text.
struct Digits;

impl Visitor<'_> for Digits {
    type Value = u128;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&NotAnId, formatter)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<u128, E> {
        parse(text).map_err(E::custom)
    }
}

macro_rules! id {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        ///
        /// 128 bits, written as 32 hexadecimal digits.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub u128);

        impl $name {
            /// The 16 bytes of the id, highest first.
            #[must_use]
            pub fn bytes(self) -> [u8; 16] {
                self.0.to_be_bytes()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(digits(self.0, &mut [0; 32]))
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;
            fn from_str(text: &str) -> Result<Self, NotAnId> {
                parse(text).map(Self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(digits(self.0, &mut [0; 32]))
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str(Digits).map(Self)
            }
        }
    };
}

id!(
    /// A request.
    TicketId
);
id!(
    /// A customer organisation.
    AccountId
);
id!(
    /// An agent or a contact.
    PersonId
);
id!(
    /// An account's subscription to a version of an agreement.
    ContractId
);
id!(
    /// A message or a note of a request.
    MessageId
);
id!(
    /// A text kept beside the events.
    ContentId
);
id!(
    /// A file of a message.
    FileId
);
id!(
    /// Something to tell one recipient once.
    NoticeId
);
id!(
    /// An address of another program that is told what happens.
    WebhookId
);

#[cfg(test)]
mod tests {
    use super::TicketId;

    #[test]
    fn reads_only_what_it_writes() {
        let id = TicketId(0x0190_0000_0000_7000_8000_0000_0000_00ff);
        assert_eq!(id.to_string().parse(), Ok(id));
        for text in ["", "ff", "+1900000000070008000000000000000", "zz900000000070008000000000000000"] {
            assert!(text.parse::<TicketId>().is_err(), "{text}");
        }
    }
}
