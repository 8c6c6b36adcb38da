//! Where agents work.

pub(crate) mod agreements;
pub(crate) mod call;
pub(crate) mod deeds;
pub(crate) mod queue;
pub(crate) mod redact;
pub(crate) mod ticket;
