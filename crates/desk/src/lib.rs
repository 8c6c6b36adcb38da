//! The domain: requests, decided and folded, without a clock, a database or a network.
//!
//! A ticket is the fold of its events. A command asks something of it; [`Ticket::decide`] answers
//! with events or with a [`Refusal`]; [`Ticket::evolve`] folds them. Time, identity and texts are
//! handed in: personal texts never enter an event, which holds a salted digest instead
//! ([`ContentRef`]), so that erasing a text leaves the chain of events provable.
//!
//! Start reading at [`Ticket`], then [`TicketCommand`] and [`TicketEvent`]; what is told to whom is
//! in [`Notice`].

mod black_out;
mod content;
mod contract;
mod field_value;
mod id;
mod notice;
mod permit;
mod person;
mod recognise;
mod refusal;
mod rhythm;
mod rights;
mod ticket;

pub use black_out::{MARK, Passage, black_out};
pub use content::{ContentRef, FileRef};
pub use contract::Contract;
pub use field_value::FieldValue;
pub use id::{
    AccountId, ContentId, ContractId, FileId, MessageId, NoticeId, PersonId, ProviderId, TicketId, WebhookId,
};
pub use notice::{Audience, Notice, NoticeKind, notices};
pub use permit::{may_be_told, may_in, may_see};
pub use person::{Actor, Person, Role};
pub use recognise::{Likely, SecretKind, recognise};
pub use refusal::Refusal;
pub use rhythm::{NoticeChoice, Rhythm, Urgency, leaves_at};
pub use rights::{AccountRole, Capacity, Right, Standing};
pub use ticket::command::{Brought, DutyAnswer, NewTicket, TicketCommand, Words};
pub use ticket::decide::Decision;
pub use ticket::duty::TicketDuty;
pub use ticket::event::{MovedDue, Recorded, Removal, TicketEvent};
pub use ticket::{
    Author, ClaimDecision, EscalationAsked, Held, Judgement, Message, MessageKind, Rating, Return, Score,
    Ticket, TicketClaim, TicketState, TimeEntry, Turn,
};
