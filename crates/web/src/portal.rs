//! Where customers look.

pub(crate) mod agreement;
pub(crate) mod licences;
pub(crate) mod new_ticket;
pub(crate) mod people;
pub(crate) mod ticket;
pub(crate) mod tickets;
