//! Memory: what was recorded, in SQLite or PostgreSQL.
//!
//! Lives here: the log of each ticket, chained by hashes, with the personal texts and files that
//! stand beside it; the projections that lists, counters and rounds read; outbox and inbox; people,
//! accounts, contracts, agreements, sign-ins. Does not live here: any decision, any permission, any
//! present moment. Every instant and every id is handed in.
//!
//! Tickets are written by [`Database::commit`] alone, from a [`UnitOfWork`]: plain data of which all
//! is stored or nothing. Both engines run the same statements and pass the same tests.
//!
//! Start reading at [`UnitOfWork`], then `commit.rs`, then `database.rs`.

mod account_erasure;
mod accounts;
mod agreements;
mod attachments;
mod audit;
mod audit_proof;
mod backup;
mod ceremonies;
mod chain;
mod checkpoints;
mod clock_queue;
mod columns;
mod commit;
mod composed;
mod credentials;
mod database;
mod drafts;
mod entries;
mod entry_versions;
mod erasure;
mod error;
mod event_log;
mod fold_words;
mod heads;
mod identity_links;
mod inbox;
mod invitations;
mod known_browsers;
mod letters;
mod looks;
mod mail_counts;
mod migrate;
mod outbox;
mod own_counts;
mod passkeys;
mod people;
mod person_entries;
mod post;
mod providers;
mod retention;
mod scans;
mod scrub;
mod search;
mod search_index;
mod settings;
mod sign_in;
mod source_letters;
mod sql;
mod standings;
mod storage;
mod teams;
mod ticket_index;
mod ticket_page;
mod unit_of_work;
mod verify;
mod webhooks;

pub use account_erasure::{AccountErasure, AccountMember};
pub use accounts::Account;
pub use agreements::{AdoptedAgreement, Adoption, AgreementRecord};
pub use attachments::FileMeta;
pub use audit::AuditEntry;
pub use audit_proof::{AuditFlaw, AuditFlawKind, AuditStretch};
pub use backup::{Backup, HeldLetter};
pub use ceremonies::Ceremony;
pub use chain::{content_digest, file_digest};
pub use checkpoints::{Reach, Stretch};
pub use credentials::{Credential, CredentialKind};
pub use database::{Database, PostgresConfig, SqliteConfig};
pub use drafts::DraftMark;
pub use entries::{Entry, EntryRemoval};
pub use entry_versions::{EntryVersion, VersionPlace, VersionQuery};
pub use erasure::{Erasure, ErasureExtent, Pseudonym};
pub use error::StoreError;
pub use event_log::LogEntry;
pub use fold_words::fold_words;
pub use heads::Head;
pub use identity_links::IdentityLink;
pub use invitations::Invitation;
pub use letters::Letter;
pub use looks::{Look, LookQuery};
pub use mail_counts::{MailCounted, Measure};
pub use migrate::{Found, newest_step};
pub use outbox::{NoticeState, OutboxEntry, OutboxItem, Undelivered};
pub use passkeys::Passkey;
pub use people::PeoplePage;
pub use person_entries::PersonEntry;
pub use post::{AddressStanding, Courtesies, KeptLetter};
pub use providers::Provider;
pub use retention::{AgedRows, Sweepable, Swept};
pub use scans::{ScanErrand, ScanState};
pub use scrub::Scrub;
pub use search::{MarkTest, RowTest, Search, Within, WordSearch};
pub use search_index::SearchField;
pub use sign_in::{Purpose, Session, SignIn, Uses};
pub use source_letters::{LeavingLetter, LetterSource, SourceLetter};
pub use teams::Team;
pub use ticket_index::{Assignee, Counts, Cursor, ListQuery, NotACursor, Order, States, TicketRow};
pub use ticket_page::TicketPage;
pub use unit_of_work::{
    Change, Committed, IdempotencyEntry, InboxEntry, Mark, NewContent, NewFile, NewName, NewNotice,
    Recipient, Released, UnitOfWork,
};
pub use verify::{Flaw, FlawKind};
pub use webhooks::{
    Attempt, Delivery, DeliveryState, Health, LoggedCommit, NewDelivery, Webhook, WebhookEdit, WebhookState,
};
