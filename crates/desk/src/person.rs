use crate::id::{AccountId, PersonId, ProviderId};
use serde::{Deserialize, Serialize};

/// Somebody who signs in or writes: an agent of a provider, or a contact of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Their id.
    pub id: PersonId,
    /// Whose desk they belong to.
    pub provider: ProviderId,
    /// What they may do.
    pub role: Role,
    /// Name as shown.
    pub name: String,
    /// Address, in lower case.
    pub email: String,
    /// The account of a contact; none for people of the provider.
    pub account: Option<AccountId>,
    /// Language in which they read (`fr`, `en`).
    pub language: String,
    /// IANA zone in which they read times; none to read in the calendar's.
    pub zone: Option<String>,
}

/// What a person may do. The first four are people of the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Answers requests.
    Agent,
    /// Answers, and is told of what is missed.
    Lead,
    /// Writes agreements and contracts.
    Manager,
    /// Runs the installation.
    Admin,
    /// Asks, for an account.
    Contact,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 5] = [Self::Agent, Self::Lead, Self::Manager, Self::Admin, Self::Contact];

    /// The role that a text names.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }

    /// Whether the person belongs to the provider.
    #[must_use]
    pub fn is_staff(self) -> bool {
        self != Self::Contact
    }

    /// The role as agreements and programs write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Lead => "lead",
            Self::Manager => "manager",
            Self::Admin => "admin",
            Self::Contact => "contact",
        }
    }
}

/// Who brings a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// A person of the provider.
    Staff {
        /// Who.
        id: PersonId,
    },
    /// A contact of an account.
    Contact {
        /// Who.
        id: PersonId,
    },
    /// Somebody who wrote from an address that no contact has.
    Stranger,
    /// A rule of the desk, in the name of whoever keeps it.
    Rule {
        /// Which.
        key: String,
        /// Who keeps it.
        keeper: PersonId,
        /// How many rules led to it, one by the other; 1 where none did.
        depth: u8,
    },
    /// The desk itself: time passing, mail leaving.
    System,
}

impl Actor {
    /// The side as agreements name it in permissions.
    #[must_use]
    pub fn side(&self) -> &'static str {
        match self {
            Self::Staff { .. } | Self::Rule { .. } => "agent",
            Self::Contact { .. } | Self::Stranger => "customer",
            Self::System => "system",
        }
    }

    /// The person, where there is one.
    #[must_use]
    pub fn person(&self) -> Option<PersonId> {
        match self {
            Self::Staff { id } | Self::Contact { id } => Some(*id),
            Self::Rule { keeper, .. } => Some(*keeper),
            Self::Stranger | Self::System => None,
        }
    }
}
