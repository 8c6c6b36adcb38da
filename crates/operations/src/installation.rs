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
