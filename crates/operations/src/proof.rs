use crate::error::Failure;
use calendar::Instant;
use store::StoreError;

/// By what somebody shows who they are, as a session and the journal keep it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Proof {
    /// A link sent by mail.
    Link,
    /// The code of a mail, in the browser that asked for it.
    Code,
    /// A standing link of a demonstration.
    Demonstration,
    /// The token with which the first administrator is named.
    SetUp,
    /// A password.
    Password,
    /// A passkey.
    Passkey,
    /// The word of an identity provider.
    OpenId,
    /// A code of an application (RFC 6238).
    Application,
    /// A code on paper.
    Paper,
}

impl Proof {
    /// Every one there is.
    pub const ALL: [Self; 9] = [
        Self::Link,
        Self::Code,
        Self::Demonstration,
        Self::SetUp,
        Self::Password,
        Self::Passkey,
        Self::OpenId,
        Self::Application,
        Self::Paper,
    ];

    /// Its name, as it is stored and told.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::Code => "code",
            Self::Demonstration => "demonstration",
            Self::SetUp => "set-up",
            Self::Password => "password",
            Self::Passkey => "passkey",
            Self::OpenId => "openid",
            Self::Application => "application",
            Self::Paper => "paper",
        }
    }
}

/// What somebody has proven so far as they come in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Proven {
    /// By what, in the order in which it was given.
    pub(crate) by: Vec<Proof>,
    /// When; none where that is not known, as when an identity provider does not say it.
    pub(crate) at: Option<Instant>,
}

impl Proven {
    pub(crate) fn now(by: Proof, now: Instant) -> Self {
        Self { by: vec![by], at: Some(now) }
    }

    /// With one more, given at this instant.
    pub(crate) fn and(mut self, by: Proof, now: Instant) -> Self {
        self.by.push(by);
        self.at = Some(now);
        self
    }

    /// The names, as they are kept while a second proof is awaited.
    pub(crate) fn names(&self) -> Vec<String> {
        self.by.iter().map(|proof| proof.as_str().to_owned()).collect()
    }

    /// What the names say.
    pub(crate) fn named<'a>(
        names: impl IntoIterator<Item = &'a str>,
        at: Option<Instant>,
    ) -> Result<Self, Failure> {
        let by = names.into_iter().map(|name| {
            let known = Proof::ALL.into_iter().find(|proof| proof.as_str() == name);
            known.ok_or_else(|| StoreError::Corrupt { what: format!("nobody comes in by `{name}`") })
        });
        Ok(Self { by: by.collect::<Result<_, _>>()?, at })
    }
}

impl std::fmt::Display for Proven {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str(&self.names().join(" + "))
    }
}
