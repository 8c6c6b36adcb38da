//! The way out over HTTP, guarded: a call to an address that somebody else chose.
//!
//! Lives here: one call, to a public machine, bounded in size and time. Does not live
//! here: what is said, to whom and when; keeping connections; following where an answer leads. The
//! name of a machine is resolved once and the connection goes to the very address that was looked
//! at, so that a name cannot mean one thing when it is checked and another when it is used.
//!
//! Start reading at [`Outside::post`].

mod address;
mod name_servers;
mod outside;

pub use address::is_public;
pub use name_servers::{FindAddresses, Found, NameServers};
pub use outside::{Answer, Outside, OutsideError, Reach, RetryAfter};
