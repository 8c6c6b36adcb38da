//! The mail room: letters in and out.
//!
//! What lives here: a [`Letter`] as a plain value, read from any bytes by
//! [`parse`] and written by [`compose`]; the inbound [`Listener`] for SMTP and
//! LMTP, which says 250 only after its [`Intake`] calls the message durable;
//! the outgoing [`Transport`]s.
//!
//! What deliberately does not: tickets, storage, people and the words written
//! to them. The room knows letters only and could be lifted out. It never reads
//! the clock or a source of randomness: identities, dates and what boundaries
//! derive from are arguments.
//!
//! Start reading at `letter.rs`, then `parse.rs` for the way in and
//! `compose.rs` for the way out; `dialogue.rs` is the SMTP conversation without
//! a network, `listen.rs` its driver, `deliver.rs` hands letters over.

mod body;
mod clean_html;
mod compose;
mod content_digest;
mod decode;
mod deliver;
mod dialogue;
mod error;
mod headers;
mod letter;
mod listen;
mod neutral;
mod parse;
mod problems;
mod quoted_history;
mod screen;

pub use compose::{AutoSubmitted, LOOP_HEADER, OutgoingAttachment, OutgoingLetter, compose};
pub use content_digest::content_digest;
pub use deliver::{
    HandedOver, Handover, MaildirTransport, SmtpCredentials, SmtpEncryption, SmtpSettings, SmtpTransport,
    Transport, list_maildir,
};
pub use error::{DeliveryFailure, MaildirFailure, Persistence};
pub use letter::{Attachment, Automatic, Letter, Mailbox};
pub use listen::{Answer, Envelope, Intake, ListenConfig, Listener, Protocol, RecipientAnswer, TakeAnswer};
pub use parse::parse;
pub use quoted_history::REPLY_MARKER;
