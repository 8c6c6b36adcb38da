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
//! ```
//! use mail::{Mailbox, OutgoingLetter, compose, parse};
//!
//! let bytes = compose(&OutgoingLetter {
//!     from: Mailbox::named("Éole", "support@eole.example"),
//!     to: vec![Mailbox::bare("ana@client.example")],
//!     subject: "Reçu".to_owned(),
//!     text: "Bonjour Ana,\n\n-- \nÉole".to_owned(),
//!     message_id: "note-1@eole.example".to_owned(),
//!     date: 1_772_528_400_000,
//!     ..OutgoingLetter::default()
//! });
//! let letter = parse(&bytes);
//! assert_eq!(letter.subject, "Reçu");
//! assert_eq!(letter.date.as_deref(), Some("2026-03-03T09:00:00Z"));
//! assert_eq!(letter.new_text, "Bonjour Ana,");
//! assert!(letter.problems.is_empty());
//! ```
//!
//! Start reading at `letter.rs`, then `parse.rs` for the way in and
//! `compose.rs` for the way out; `dialogue.rs` is the SMTP conversation without
//! a network, `listen.rs` its driver, `deliver.rs` hands letters over.

mod ber;
mod body;
mod bounce;
mod certificate;
mod check_sender;
mod clean_html;
mod cms;
mod compose;
mod content_digest;
mod decode;
mod deliver;
mod dialogue;
mod error;
mod fetch;
mod flow;
mod headers;
mod letter;
mod listen;
mod mailbox_proof;
mod neutral;
mod oauth;
mod parse;
mod pgp;
mod pickup;
mod problems;
mod public_key;
mod quoted_history;
mod reply_token;
mod screen;
mod sign;
mod signature;
mod smtp_connections;
mod tls;
mod tnef;
mod unflow;

pub use bounce::{Bounce, BounceClass, Undelivered, bounce_class};
pub use check_sender::{SenderChecker, SenderChecks, Verdict, returns_elsewhere, stated_checks};
pub use clean_html::{REMOTE_IMAGE, place_images};
pub use compose::{AutoSubmitted, LOOP_HEADER, OutgoingAttachment, OutgoingLetter, compose};
pub use content_digest::content_digest;
pub use deliver::{
    HandedOver, Handover, MaildirTransport, SmtpCredentials, SmtpEncryption, SmtpSettings, SmtpTransport,
    Transport, list_maildir,
};
pub use error::{DeliveryFailure, MaildirFailure, Persistence};
pub use fetch::{
    Afterwards, FetchFailure, Fetched, ImapEncryption, ImapLogin, ImapSettings, MessageRemoval,
    SourceMessage, fetch, fetch_once, remove_messages,
};
pub use letter::{Attachment, Automatic, Letter, Mailbox, Protection, ProtectionKind, ProtectionScheme};
pub use listen::{Answer, Envelope, Intake, ListenConfig, Listener, Protocol, RecipientAnswer, TakeAnswer};
pub use mailbox_proof::may_prove_mailbox;
pub use neutral::file_name;
pub use oauth::{TokenSettings, TokenSource};
pub use parse::parse;
pub use pickup::{Pickup, pick_up, pick_up_once};
pub use quoted_history::REPLY_MARKER;
pub use reply_token::{Proven, ReplyKey, ReplyToken};
pub use screen::resembles_receipt;
pub use sign::DkimKey;
pub use signature::{Signature, SignatureFinding, SignatureVerdict, TrustedKey, judge_signature};
pub use tls::{ClientCertificate, ListenTls, hold_together};
