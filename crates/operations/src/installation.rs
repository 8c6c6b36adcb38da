use crate::openid::OpenIdProvider;
use crate::provision::Directory;

/// Of whom a second factor is asked. Whoever has one is always asked for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SecondFactor {
    /// Of the provider's people, who set one up as they first come in.
    #[default]
    OfStaff,
    /// Of nobody who has none: the demonstration on loopback, and tests.
    OfNobody,
}

/// Which machines other programs may be told on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WebhookReach {
    /// Those of the public network, by HTTPS.
    #[default]
    Public,
    /// And this machine itself, without TLS too: the demonstration on loopback, and tests.
    AlsoThisMachine,
}

/// Which machines identity providers may run on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IssuerReach {
    /// Those of the public network, by HTTPS.
    #[default]
    Public,
    /// And this machine itself, without TLS too: trials and tests.
    AlsoThisMachine,
}

/// How people show who they are.
#[derive(Clone, Debug, Default)]
pub struct KeyRules {
    /// Identity providers that sign people in.
    pub openid: Vec<OpenIdProvider>,
    /// Which machines these may run on.
    pub issuers: IssuerReach,
    /// Directories that keep people.
    pub directories: Vec<Directory>,
}
