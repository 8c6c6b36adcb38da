//! Ids of things, handed in from outside: the core neither invents nor guesses one.

use serde::{Deserialize, Serialize};
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

macro_rules! id {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        ///
        /// 128 bits, written as 32 hexadecimal digits.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
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
                write!(formatter, "{:032x}", self.0)
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;
            fn from_str(text: &str) -> Result<Self, NotAnId> {
                if text.len() != 32 || text.starts_with('+') {
                    return Err(NotAnId);
                }
                u128::from_str_radix(text, 16).map(Self).map_err(|_| NotAnId)
            }
        }

        impl TryFrom<String> for $name {
            type Error = NotAnId;
            fn try_from(text: String) -> Result<Self, NotAnId> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.to_string()
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
