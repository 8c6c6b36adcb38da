use crate::openid::OpenIdProvider;
use crate::provision::Directory;
use crate::seal_second_factors::SealingKey;

/// Of whom a second factor is asked. Whoever has one is always asked for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SecondFactor {
    /// Of the provider's people, who set one up as they first come in.
    #[default]
    OfStaff,
    /// Of nobody who has none: the demonstration on loopback, and tests.
    OfNobody,
}

/// How much the files of one account's requests may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountStorage {
    /// Bytes; none where nothing bounds them.
    pub bytes_at_most: Option<u64>,
}

impl Default for AccountStorage {
    fn default() -> Self {
        Self { bytes_at_most: Some(20 << 30) }
    }
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
    /// Whether links and tokens that never end let in: in a demonstration that this machine alone reaches, and in tests.
    pub standing: bool,
    /// Identity providers that sign people in.
    pub openid: Vec<OpenIdProvider>,
    /// Which machines these may run on.
    pub issuers: IssuerReach,
    /// Directories that keep people.
    pub directories: Vec<Directory>,
    /// Keys that seal second factors at rest: the first seals, the others open what they sealed.
    pub sealing: Vec<SealingKey>,
    /// After how long without use a session ends.
    pub idle: IdleTimes,
    /// Sign-in mails to addresses of one domain within an hour, at most.
    pub mails_per_domain: MailsPerDomain,
}

/// After how long without use a session ends, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdleTimes {
    /// Of the provider's people.
    pub staff_seconds: i64,
    /// Of contacts.
    pub contact_seconds: i64,
}

impl Default for IdleTimes {
    fn default() -> Self {
        Self { staff_seconds: 2 * 3600, contact_seconds: 8 * 3600 }
    }
}

/// How many sign-in mails leave for one domain within an hour, at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MailsPerDomain(pub usize);

impl Default for MailsPerDomain {
    fn default() -> Self {
        Self(20)
    }
}
