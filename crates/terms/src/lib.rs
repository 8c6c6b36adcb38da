//! What was promised, as data, clause by clause.
//!
//! An agreement compiles to [`Terms`]: facts in; cover, promises and permissions out, each with the
//! clause that says so. Terms know no events, no tickets, no text of an agreement and no present
//! moment; `meters` says how far along a promise is, `agreement` makes terms from a document.
//!
//! Start reading at [`Terms`], then [`Promise`], then [`Layered`], which is the one device by which
//! a general rule and its exceptions become one value with one clause. What is measured and what
//! follows stands in [`Measure`] and [`Consequence`], prepaid work in [`Ledger`]; every number there
//! is a [`Figure`] and becomes a [`Ratio`], never a float.

mod clause;
mod condition;
mod consequence;
mod contract_terms;
mod coverage;
mod decimal;
mod document;
mod evaluation;
mod expense;
mod facts;
mod figure;
mod label;
mod layered;
mod ledger;
mod mail_template;
mod measure;
mod money;
mod permission;
mod product_list;
mod promise;
mod ratio;
mod service;
mod terms;

pub use clause::{Clause, ClauseName};
pub use condition::{Answer, Bounds, Condition, Test};
pub use consequence::{
    Accumulate, Band, BandFault, Base, Cap, Claim, ClaimStep, Consequence, ConsequenceAmount, Gives, Hear,
    Liability, Quantity, RateAmount, RateCount, RateDay, RatePer, RateRow, RateTable, RightOpened, Settle,
    Slice,
};
pub use contract_terms::{
    AfterEvent, Days, Instalment, InvoiceRule, MoneyRule, Pay, Renewal, TaxDue, TaxRule, TermEnd, TermPeriod,
    TermRule,
};
pub use coverage::{CoverCase, CoverRule, Coverage, Reason, ReasonAnswer, RuleKind, Verdict};
pub use decimal::Decimal;
pub use document::{
    AfterClosing, Alternative, Channel, ClauseText, ClosedReply, DataDuty, DerivedFact, EscalationGround,
    FactRule, FactType, Hint, Interpretation, KeyClause, Ladder, LanguageRule, Notice, Opens, Parameter,
    ParameterKind, PartyRule, Queue, Role, STANDARD_FACTS, SatisfactionAnswer, SatisfactionRule, Side,
    Statistic, Task, VocabularyValue,
};
pub use evaluation::Evaluation;
pub use expense::{Charged, ExpenseDebit, ExpenseRule, ExpenseTerms, OnCancellation};
pub use facts::{FactName, FactValue, Facts, KeptWords};
pub use figure::{Figure, NotAFigure};
pub use label::Label;
pub use layered::{Case, Choice, Cited, FromFact, Layered, Resolved};
pub use ledger::{
    Accrual, CarryOver, ClosePeriod, Debit, DebitOrder, DebitPer, EstimateRule, Lapse, Ledger, LedgerAct,
    LedgerCap, LedgerWarning, LedgerWatch, Overdraft, Pack, UseOrder, Worth,
};
pub use mail_template::MailTemplate;
pub use measure::{
    Cause, ComponentRule, CountedIn, Down, EndDay, Measure, MeasureBounds, MeasureKind, MeasurePeriod,
    MeasureUnit, OutsideTerm, RoundTo, Sample, Show, Total, TotalOver,
};
pub use money::Money;
pub use permission::{Permission, Silence};
pub use product_list::{Family, ListEntry, ProductList};
pub use promise::{
    Agreed, Effect, EventPattern, OnChange, Owed, PauseRule, Promise, Step, StepAt, Strength, Together,
};
pub use ratio::{NotARatio, Ratio, RoundMode};
pub use service::{Choose, Service, ServiceCap, Warranty};
pub use terms::{AgreementName, CalendarRule, Terms, TermsError};
