use calendar::Zone;
use desk::{AccountId, Actor, Capacity, Person, Right, Role, Standing, may_in};
use std::sync::Arc;
use store::Provider;
use words::{Language, Reader};

/// Whoever is looking: a person, how they came in, and in which language they read.
#[derive(Clone, Debug)]
pub struct Viewer {
    /// Who.
    pub person: Arc<Person>,
    /// Whose desk.
    pub provider: Arc<Provider>,
    /// Name of the contact's account; none for staff.
    pub account_name: Option<String>,
    /// How they came in.
    pub via: Via,
    /// The roles of a contact in accounts, their own first; none for staff.
    pub standings: Vec<Standing>,
}

/// How a viewer came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Via {
    /// A browser session.
    Session,
    /// An API token with scopes.
    Token {
        /// What the token may do.
        scopes: Vec<Scope>,
    },
}

/// What an API token may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Reading.
    Read,
    /// Commands on requests.
    Write,
    /// People, teams and their roles, for whoever keeps them.
    People,
}

impl Scope {
    /// The scope as it is stored and written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::People => "people",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::Read, Self::Write, Self::People].into_iter().find(|scope| scope.as_str() == text)
    }
}

impl Viewer {
    /// The actor that their commands are recorded under.
    #[must_use]
    pub fn actor(&self) -> Actor {
        match self.person.role {
            Role::Contact => Actor::Contact { id: self.person.id },
            _ => Actor::Staff { id: self.person.id },
        }
    }

    /// Whether they belong to the provider.
    #[must_use]
    pub fn is_staff(&self) -> bool {
        self.person.role.is_staff()
    }

    /// Whether the table of rights gives them a right, in any account.
    #[must_use]
    pub fn may(&self, right: Right) -> bool {
        self.capacities().any(|capacity| right.is_given_to(capacity))
    }

    /// Whether the table of rights gives them a right in an account, or without one.
    #[must_use]
    pub fn may_in(&self, right: Right, account: Option<AccountId>) -> bool {
        may_in(&self.person, &self.standings, right, account)
    }

    /// Whether what belongs to an account is theirs to see.
    #[must_use]
    pub fn sees(&self, account: Option<AccountId>) -> bool {
        self.is_staff() || self.standings.iter().any(|known| Some(known.account) == account)
    }

    /// As what they come: the one of somebody of the provider, or that of each account a contact stands for.
    pub fn capacities(&self) -> impl Iterator<Item = Capacity> {
        let own = self.person.role.capacity();
        let standings = if own.is_none() { self.standings.as_slice() } else { &[] };
        own.into_iter().chain(standings.iter().map(|standing| standing.role.capacity()))
    }

    /// Whether they may change anything by this way in.
    #[must_use]
    pub fn may_write(&self) -> bool {
        match &self.via {
            Via::Session => true,
            Via::Token { scopes } => scopes.contains(&Scope::Write),
        }
    }

    /// Whether they may read by this way in.
    #[must_use]
    pub fn may_read(&self) -> bool {
        match &self.via {
            Via::Session => true,
            Via::Token { scopes } => scopes.contains(&Scope::Read),
        }
    }

    /// Whether this way in reaches what a right opens: people and their roles ask a token for a scope
    /// of their own, so that a program made for requests cannot name an administrator.
    #[must_use]
    pub fn reaches(&self, right: Right) -> bool {
        match (&self.via, right) {
            (Via::Token { scopes }, Right::KeepPeople) => scopes.contains(&Scope::People),
            _ => true,
        }
    }

    /// Their language.
    #[must_use]
    pub fn language(&self) -> Language {
        Language::parse(&self.person.language).unwrap_or(Language::French)
    }

    /// On whose wall their days begin and end, and what they write is read: their own, else the provider's.
    #[must_use]
    pub fn zone(&self) -> Zone {
        let own = self.person.zone.as_deref().and_then(|zone| Zone::parse(zone).ok());
        own.or_else(|| Zone::parse(&self.provider.zone).ok()).unwrap_or_else(Zone::utc)
    }

    /// How they read times on a page.
    #[must_use]
    pub fn reader(&self) -> Reader {
        let zone = self.person.zone.as_deref().and_then(|zone| Zone::parse(zone).ok());
        Reader { language: self.language(), zone, paper: false }
    }
}
