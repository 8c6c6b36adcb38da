//! What was promised, as data, clause by clause.
//!
//! An agreement compiles to [`Terms`]: facts in; cover, promises and permissions out, each with the
//! clause that says so. Terms know no events, no tickets, no text of an agreement and no present
//! moment; `meters` says how far along a promise is, `agreement` makes terms from a document.
//!
//! Start reading at [`Terms`], then [`Promise`], then [`Layered`], which is the one device by which
//! a general rule and its exceptions become one value with one clause.

mod clause;
mod condition;
mod coverage;
mod decimal;
mod document;
mod evaluation;
mod facts;
mod label;
mod layered;
mod money;
mod permission;
mod product_list;
mod promise;
mod terms;

pub use clause::Clause;
pub use condition::{Answer, Bounds, Condition, Test};
pub use coverage::{CoverCase, CoverRule, Coverage, Reason, ReasonAnswer, RuleKind, Verdict};
pub use decimal::Decimal;
pub use document::{
    Alternative, Channel, ClauseText, DataDuty, FactRule, FactType, Interpretation, LanguageRule, Notice,
    Opens, Parameter, ParameterKind, Queue, Role, Side, Statistic, Task, VocabularyValue,
};
pub use evaluation::Evaluation;
pub use facts::{FactName, FactValue, Facts};
pub use label::Label;
pub use layered::{Case, Choice, Cited, FromFact, Layered, Resolved};
pub use money::Money;
pub use permission::{Permission, Silence};
pub use product_list::{Family, ListEntry, ProductList};
pub use promise::{Agreed, Effect, EventPattern, OnChange, Owed, PauseRule, Promise, Step, StepAt, Strength};
pub use terms::{AgreementName, CalendarRule, Terms, TermsError};
