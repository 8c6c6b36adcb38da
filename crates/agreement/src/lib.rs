//! The literate agreement language: text in; terms, page and complaints out.
//!
//! An agreement is Markdown that a customer signs. Beside the prose of a clause stands a block of
//! rules that says the same to the engine, and perhaps a block of worked examples. This crate reads
//! such a text ([`compile`]), runs its examples on the meters the desk uses ([`rehearse`]), says
//! what it promises at an instant ([`due`]), tells it in plain words ([`explain`]) and weaves the
//! page to sign ([`weave`]). It is pure: it opens no file and knows no request, no store and no
//! present moment.
//!
//! Start reading at [`compile`], then `source.rs` (how a text is cut), `schema.rs` (what a rule may
//! hold), `reader.rs` (how a value is read) and `lower.rs` (how rules become [`terms::Terms`]).

mod address;
mod amend;
mod check;
mod check_contract;
mod compare_rules;
mod compile;
mod contract_case;
mod declared;
mod describe;
mod diagnostic;
mod difference;
mod due;
mod example;
mod explain;
mod facts;
mod figures;
mod json_schema;
mod lower;
mod merge;
mod nearest;
mod node;
mod place;
mod rank;
mod reader;
mod rehearse;
mod replay;
mod schema;
mod source;
mod trial;
mod validate;
mod weave;
mod woven_page;
mod woven_text;

pub use address::Address;
pub use amend::{AmendError, Amendable, Amended, NewValue, Rewritten, ValueSort, amend, amendable, rewrite};
pub use compile::{Compilation, Options, compile, compile_in_force};
pub use diagnostic::{Code, Diagnostic, Severity, render};
pub use difference::{
    ClauseChange, ClauseDifference, Difference, Effect, RuleChange, RuleDifference, ValueDifference,
    difference,
};
pub use due::{
    AlternativeAnswer, ClockAnswer, CoverageAnswer, DueAnswer, InterpretationAnswer, ReasonLine, due,
};
pub use example::{Example, ExampleEvent, Expectation};
pub use explain::{ExplainedAgreement, ExplainedSection, explain, explain_by_section};
pub use facts::{FactLine, NoSuchFact, facts};
pub use json_schema::json_schema;
pub use place::Place;
pub use rehearse::{ExampleLine, ExampleOutcome, Mismatch, Rehearsal, rehearse};
pub use replay::{
    ClockKept, History, Kept, NotAHistory, Replay, ReplayedClock, compare_histories, read_history, replay,
};
pub use schema::{KeyRule, KindRule, Shape, kind_rule, kinds};
pub use source::{Part, Section, Source};
pub use trial::{Trial, read_trial, rehearse_trial};
pub use weave::{weave, weave_text};
pub use woven_page::{TocEntry, WovenPage, standalone_page};
pub use woven_text::{WovenBlock, WovenRow, WovenSection, WovenText};
