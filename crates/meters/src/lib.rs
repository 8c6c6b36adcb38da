//! How far along: clocks set running by what happens, and what they read at an instant.
//!
//! [`Course`] is the only place that maps a happening (received, answered, waiting, level changed)
//! to its effect on every clock. It is driven alike by the desk and by an agreement's own worked
//! examples. It is pure: it takes the present instant as an argument and gives back changes, which
//! [`Progress::apply`] folds. No ticket, no document and no person is known here.
//!
//! Beside the clocks of one request stand the meters of a contract: [`uptime`] of a period, what a
//! measure gives ([`award`], [`decide_claim`], [`late_interest`]), and prepaid work ([`Prepaid`] and
//! its [`LedgerBook`]). They count in exact fractions; what an agreement does not grant comes back as
//! [`Refused`], with the clause.
//!
//! Start reading at [`Clock`], then [`Course`], then [`Reading`]; for contracts at [`Prepaid`].

mod agree;
mod answering_language;
mod award;
mod claim;
mod clock;
mod consent;
mod count_work;
mod course;
mod deed;
mod destruction;
mod duty;
mod event_names;
mod expense;
mod explanation;
mod interest;
mod liability;
mod parameter_change;
mod pay_by;
mod people;
mod plan_faults;
mod population;
mod possible_acts;
mod prepaid;
mod progress;
mod reading;
mod refused;
mod silence;
mod status;
mod taxes;
mod term;
mod time_between;
mod uptime;
mod waited;

pub use agree::{agree, agreed_fact};
pub use answering_language::answering_language;
pub use award::{
    Amount, AmountUnit, Award, AwardPart, AwardQuestion, Feed, award, band_of, monthly_fee, shown, unit_price,
};
pub use claim::{
    ClaimMade, ClaimedOutage, billing_periods, claim_window, decide_claim, feeds_of, objections,
};
pub use clock::{Clock, ClockKey, Extension, StopReason, Wait};
pub use consent::{consents_missing, permission_of};
pub use count_work::{WorkCounted, count_work};
pub use course::Course;
pub use deed::{Happening, happenings};
pub use destruction::{Destruction, destruction};
pub use duty::{Duty, DutyState, duties, fulfil, ground_is_gone, justifies, take_over, waiting_for};
pub use event_names::{EVENT_NAMES, EventSource, is_made_by_a_deed};
pub use expense::{ExpenseCharged, ExpenseMade, charge_expense, debit_expense};
pub use explanation::{CountDirection, CountedDay, Explanation, explain};
pub use interest::{Interest, InterestStretch, late_interest};
pub use liability::{LiabilityReading, in_time_to_claim, liability};
pub use parameter_change::change_parameter;
pub use pay_by::pay_by;
pub use people::{PeopleFaults, people_faults};
pub use plan_faults::plan_faults;
pub use population::{figure_of, overrun_seconds, share_of};
pub use possible_acts::{possible_after, possible_during, took_effect};
pub use prepaid::{DebitPart, LedgerBook, LedgerEntry, Lot, Prepaid, RequestUse, WorkDone, overdraft_owed};
pub use progress::{ClockChange, Progress};
pub use reading::{ClockState, Reading, read, read_in};
pub use refused::{Refused, Why};
pub use silence::{SilenceCourse, silence_course};
pub use status::status_after;
pub use taxes::{TaxLine, Taxed, invoice_form, taxed};
pub use term::{notice_by, term_days};
pub use time_between::{days_between, time_between};
pub use uptime::{
    Component, ExcludedTime, Outage, UptimeFigure, UptimeQuestion, UptimeReading, announcement, period_of,
    uptime,
};
pub use waited::{Waited, waited};
