use crate::prepaid::{LedgerBook, LedgerEntry, Prepaid, WorkDone};
use calendar::Instant;
use serde::{Deserialize, Serialize};
use terms::{Clause, Facts, Figure, Ledger, Ratio, Terms, Worth};

/// What a document counts of time that was spent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkCounted {
    /// In minutes, where its units are time.
    pub minutes: Option<u32>,
    /// In units of the prepaid work.
    pub units: Ratio,
    /// The clause that counts and rounds it.
    pub clause: Clause,
}

/// What the document's prepaid work makes of minutes spent on a request, after what was spent on it before, each
/// with when it began; by its first ledger that counts work. None where no ledger does, or where a fact is not known
/// that decides.
#[must_use]
pub fn count_work(
    terms: &Terms,
    facts: &Facts,
    before: &[(Instant, u32)],
    at: Instant,
    minutes: u32,
) -> Option<WorkCounted> {
    let ledger = terms.ledgers.iter().find(|ledger| ledger.debits.iter().any(|row| row.of == "work"))?;
    let prepaid = Prepaid::new(terms, ledger, facts);
    let mut book = LedgerBook::default();
    for (at, minutes) in before {
        let parts = prepaid.counted(&book, &work(*at, *minutes)).ok()?;
        book.apply(&LedgerEntry::Debited {
            request: REQUEST.to_owned(),
            at: *at,
            reason: "work".to_owned(),
            units: Ratio::ZERO,
            from: Vec::new(),
            overdrawn: Ratio::ZERO,
            parts,
            clause: ledger.clause.clone(),
            interpretations: Vec::new(),
        });
    }
    let parts = prepaid.counted(&book, &work(at, minutes)).ok()?;
    let units = parts.iter().try_fold(Ratio::ZERO, |sum, part| sum.plus(part.units))?;
    let clause = parts.first().map_or(&ledger.clause, |part| &part.clause).clone();
    Some(WorkCounted { minutes: in_minutes(ledger, units), units, clause })
}

/// The name under which all work of one request stands in a book of its own.
const REQUEST: &str = "request";

fn work(at: Instant, minutes: u32) -> WorkDone {
    WorkDone {
        request: REQUEST.to_owned(),
        at,
        of: "work".to_owned(),
        amount: Ratio::whole(i64::from(minutes) * 60),
        facts: Facts::new(),
    }
}

fn in_minutes(ledger: &Ledger, units: Ratio) -> Option<u32> {
    let Worth::Time(span) = &ledger.worth.value else { return None };
    let seconds = units.times(Figure::Span(*span).ratio()?)?;
    u32::try_from(seconds.over(Ratio::whole(60))?.ceiling()).ok()
}
