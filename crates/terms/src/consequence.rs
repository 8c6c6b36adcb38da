use crate::clause::Clause;
use crate::condition::Condition;
use crate::facts::FactValue;
use crate::figure::Figure;
use crate::label::Label;
use crate::layered::{Choice, Cited, FromFact, Layered};
use crate::measure::{MeasureBounds, RoundTo};
use crate::ratio::Ratio;
use calendar::{LocalDate, Span};
use serde::{Deserialize, Serialize};

/// What follows from a measure or from a missed promise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consequence {
    /// Name in the document.
    pub name: String,
    /// What people read.
    pub label: Label,
    /// The clause that gives it.
    pub clause: Clause,
    /// What feeds it: `measure.X`, `measure.X.total`, `promise.X`.
    pub on: String,
    /// Which number of it.
    pub quantity: Quantity,
    /// What it gives.
    pub gives: Gives,
    /// Conditions that must hold, each with the clause that sets it.
    pub when: Vec<Cited<Condition>>,
    /// Name of the base that shares apply to.
    pub of: Option<String>,
    /// How much.
    pub amount: ConsequenceAmount,
    /// Once per `invoice`, `outage`, `ticket`; per period of the measure when not said.
    pub per: Option<String>,
    /// Rounding of the result.
    pub round: Option<Cited<RoundTo>>,
    /// Least amount once there is any.
    pub at_least: Option<Cited<Figure>>,
    /// Amounts below this are dropped.
    pub ignore_below: Option<Cited<Figure>>,
    /// Nothing is due while the total does not pass this.
    pub ignore_total_up_to: Option<Cited<Figure>>,
    /// Most that can be given, the narrowest first.
    pub caps: Vec<Cap>,
    /// Name of the index that moves the figures.
    pub index: Option<String>,
    /// What several feeds of one period come to.
    pub accumulate: Accumulate,
    /// Consequences of one group accumulate together.
    pub group: Option<String>,
    /// Whether the same facts may serve another consequence.
    pub reuse: bool,
    /// How it is asked for; none when it comes by itself.
    pub claim: Option<Claim>,
    /// The other side may comment first.
    pub hear: Option<Cited<Hear>>,
    /// The right that opens.
    pub right: Option<Cited<RightOpened>>,
    /// Whether tax applies to it.
    pub tax: Option<bool>,
    /// Where and when it lands.
    pub settle: Option<Cited<Settle>>,
    /// The clause that makes it the only remedy.
    pub exclusive: Option<Clause>,
    /// Interpretations in force that speak of it.
    pub interpretations: Vec<String>,
}

/// Which number of what it looks at feeds a consequence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Quantity {
    /// The figure itself.
    #[default]
    Value,
    /// What is missing to the target.
    Shortfall,
    /// What passes the permitted.
    Excess,
    /// By how much it was late.
    Late,
}

/// What a consequence gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gives {
    /// Money off a later invoice.
    Credit,
    /// Money owed by the provider.
    Penalty,
    /// Money owed by the customer.
    Charge,
    /// A sum that is no longer owed.
    Waiver,
    /// Prepaid units used.
    Debit,
    /// Days of service.
    ServiceDays,
    /// A right.
    Right,
    /// A plan.
    Plan,
    /// A report.
    Report,
    /// Interest.
    Interest,
    /// A fixed sum for the trouble.
    Indemnity,
    /// Points.
    Points,
    /// The end of the contract.
    End,
}

/// How much a consequence gives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsequenceAmount {
    /// By the band in which the number lies.
    Bands(Layered<Vec<Band>>),
    /// So much per so much.
    Rate(RateAmount),
    /// Bands applied part by part.
    Slices(Vec<Slice>),
    /// Always the same.
    Fixed(Choice<Figure>),
    /// Nothing to count: a right, a report.
    Nothing,
}

/// One band: bounds, and what it gives. The bounds are half-open where one is `at_least` and the
/// other `below`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Band {
    /// The bounds.
    pub bounds: MeasureBounds,
    /// What it gives; none for a named gap.
    pub give: Option<Choice<Figure>>,
    /// The clause of the band, with its item.
    pub clause: Clause,
}

/// Bands stand in the document; no fact supplies them whole.
impl FromFact for Vec<Band> {
    fn from_fact(_: &FactValue) -> Option<Self> {
        None
    }
}

/// What is wrong between two neighbouring bands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BandFault {
    /// Numbers between the two belong to neither.
    Gap {
        /// Place of the lower band in the list.
        lower: usize,
        /// Place of the higher band.
        higher: usize,
    },
    /// Some numbers belong to both.
    Overlap {
        /// Place of the lower band in the list.
        lower: usize,
        /// Place of the higher band.
        higher: usize,
    },
    /// No number belongs to this band.
    Empty {
        /// Its place in the list.
        band: usize,
    },
}

/// The end of a band: the number, and whether it belongs to the band.
type BandEnd = Option<(Ratio, bool)>;

impl Band {
    fn lower(&self) -> BandEnd {
        let end = |figure: &Option<Figure>, included| Some((figure.as_ref()?.ratio()?, included));
        end(&self.bounds.at_least, true).or_else(|| end(&self.bounds.above, false))
    }

    fn upper(&self) -> BandEnd {
        let end = |figure: &Option<Figure>, included| Some((figure.as_ref()?.ratio()?, included));
        end(&self.bounds.at_most, true).or_else(|| end(&self.bounds.below, false))
    }

    /// What is wrong in a table of bands, in order of the numbers: gaps, overlaps, empty bands.
    ///
    /// The numbers below the lowest band and above the highest are no fault: there nothing is given.
    #[must_use]
    pub fn faults(bands: &[Self]) -> Vec<BandFault> {
        let mut faults = Vec::new();
        let mut order: Vec<usize> = (0..bands.len()).collect();
        // An included end starts lower than an excluded one at the same number.
        order.sort_by_key(|place| bands[*place].lower().map(|(number, included)| (number, !included)));
        for place in &order {
            if let (Some((low, with_low)), Some((high, with_high))) =
                (bands[*place].lower(), bands[*place].upper())
                && (low > high || (low == high && !(with_low && with_high)))
            {
                faults.push(BandFault::Empty { band: *place });
            }
        }
        // A band that no number belongs to has no neighbours.
        order.retain(|place| !faults.contains(&BandFault::Empty { band: *place }));
        for pair in order.windows(2) {
            let (lower, higher) = (pair[0], pair[1]);
            let overlap = BandFault::Overlap { lower, higher };
            match (bands[lower].upper(), bands[higher].lower()) {
                (Some((end, with_end)), Some((start, with_start))) => {
                    if start < end || (start == end && with_end && with_start) {
                        faults.push(overlap);
                    } else if start > end || !(with_end || with_start) {
                        faults.push(BandFault::Gap { lower, higher });
                    }
                }
                _ => faults.push(overlap),
            }
        }
        faults
    }
}

/// So much per so much of the number that feeds the consequence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RateAmount {
    /// What one count gives; none when a table gives it.
    pub give: Option<Choice<Figure>>,
    /// What one count is (`1 hour`, `365 days`, `1`): the number is divided by it.
    pub per: RatePer,
    /// How parts of a count are taken.
    pub count: RateCount,
    /// Name of a dated rate table.
    pub table: Option<String>,
    /// What is added to the rate of the table.
    pub plus: Option<Choice<Figure>>,
    /// Which row of the table holds.
    #[serde(default)]
    pub as_of: RateDay,
}

/// The day whose row of a dated table holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RateDay {
    /// Each day has its own.
    #[default]
    EachDay,
    /// The day on which payment was due.
    PaymentDue,
    /// The first day of the half-year in which payment was due.
    StartOfHalfYear,
}

/// What one count of a rate is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RatePer {
    /// A number or a span.
    Figure(Figure),
    /// A year of so many days, for interest.
    YearOfDays(u32),
}

/// How parts of a count are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RateCount {
    /// Only whole counts.
    Whole,
    /// A started count is a whole one.
    Started,
    /// In proportion.
    Exact,
}

/// A band applied to the part of the number inside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slice {
    /// The bounds of the part.
    pub bounds: MeasureBounds,
    /// What one count of it gives.
    pub give: Choice<Figure>,
    /// What one count is.
    pub per: Figure,
    /// The clause.
    pub clause: Clause,
}

/// The most that a consequence can give.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cap {
    /// The most.
    pub give: Choice<Figure>,
    /// Base of a share.
    pub of: Option<String>,
    /// Per `month`, `invoice`, `contract year`, `contract`.
    pub per: String,
    /// When there is no limit.
    #[serde(default = "Condition::never")]
    pub unless: Condition,
    /// Whether more than the limit is only warned of.
    #[serde(default)]
    pub only_warns: bool,
    /// The clause.
    pub clause: Clause,
}

/// What several feeds come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Accumulate {
    /// Their sum.
    #[default]
    Sum,
    /// The highest alone.
    Highest,
    /// The first alone.
    First,
}

/// How a consequence is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The clause.
    pub clause: Clause,
    /// Roles that may claim.
    pub by: Vec<String>,
    /// Channels.
    pub through: Vec<String>,
    /// Until when, counted from the period claimed or from `counted_from`. `end of next month` is
    /// the last day of the calendar month after the one claimed.
    pub within: Option<Cited<Choice<Span>>>,
    /// The event that `within` counts from; the last instant of the period when not said.
    pub counted_from: Option<String>,
    /// What the claim must say.
    pub needs: Cited<Vec<String>>,
    /// What it must say of each outage.
    pub each_outage: Cited<Vec<String>>,
    /// Steps on the way.
    pub steps: Vec<ClaimStep>,
    /// Roles that decide.
    pub decided_by: Vec<String>,
    /// Until when they decide.
    pub decided_within: Option<Choice<Span>>,
    /// Whether a late claim is shown as late instead of refused.
    #[serde(default)]
    pub late_is_shown: bool,
}

/// A step of a claim with its time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimStep {
    /// What is done.
    pub act: String,
    /// How soon.
    pub within: Span,
    /// After which event.
    pub from: String,
}

/// The other side may comment before a consequence is decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hear {
    /// Who.
    pub who: String,
    /// How long.
    pub within: Span,
}

/// A right that a consequence opens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RightOpened {
    /// Which right (`terminate`).
    pub right: String,
    /// With what notice.
    pub notice: Option<Span>,
}

/// Where and when a consequence lands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settle {
    /// As what: `credit note`, `extension`, `payment`.
    pub form: String,
    /// On what: `next invoice`, `end of term`.
    pub on: Option<String>,
    /// How soon.
    pub within: Option<Span>,
    /// Whether it is ever paid out.
    pub cash: bool,
}

/// Money or units that shares apply to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Base {
    /// Name in the document; as a fact of the case it supplies the amount.
    pub name: String,
    /// What people read.
    pub label: Label,
    /// The clause.
    pub clause: Clause,
    /// Of what: `subscription`, `component`, `environment`, `late part`, `invoice`,
    /// `estimated_units`.
    pub of: String,
    /// By which amount: `invoiced`, `paid`, `list`, `reseller`.
    pub basis: Option<String>,
    /// Per `month`, `year`, ….
    pub per: Option<String>,
    /// What is left out of it.
    pub without: Vec<String>,
    /// Whether it follows the part of a period that is counted.
    #[serde(default)]
    pub prorated: bool,
    /// Whether tax is part of it.
    #[serde(default)]
    pub with_tax: bool,
}

/// A dated table of rates or of an index: never a rate in the program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RateTable {
    /// Name in the document.
    pub name: String,
    /// What people read.
    pub label: Label,
    /// The clause that refers to it.
    pub clause: Clause,
    /// Of what (`% per year`).
    pub unit: String,
    /// Who keeps it: `provider` or `document`.
    pub set_by: String,
    /// Rows, the earliest first.
    pub rows: Vec<RateRow>,
}

/// The value of a table from a day on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RateRow {
    /// First day.
    pub since: LocalDate,
    /// The value, until the next row.
    pub value: Figure,
}

impl RateTable {
    /// The value on a day, or none before the first row.
    #[must_use]
    pub fn on(&self, date: LocalDate) -> Option<&RateRow> {
        self.rows.iter().filter(|row| row.since <= date).max_by_key(|row| row.since)
    }
}

/// The most that one side owes the other for damage, and how long it can be asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Liability {
    /// The clause of the limit.
    pub clause: Clause,
    /// The most.
    pub cap: Cap,
    /// Cases without limit (`gross_fault`, `bodily_injury`).
    pub except: Vec<String>,
    /// After how long a claim comes too late, counted from the damage.
    pub limitation: Option<Cited<Span>>,
}

#[cfg(test)]
mod tests {
    use super::{Band, BandFault};
    use crate::clause::{Clause, ClauseName};
    use crate::figure::Figure;
    use crate::measure::MeasureBounds;

    fn figure(text: &str) -> Option<Figure> {
        (!text.is_empty()).then(|| text.parse().expect("a figure"))
    }

    /// A band with `at_least`, `above`, `at_most`, `below`.
    fn band(at_least: &str, above: &str, at_most: &str, below: &str) -> Band {
        let bounds = MeasureBounds {
            quantity: None,
            at_least: figure(at_least),
            above: figure(above),
            at_most: figure(at_most),
            below: figure(below),
        };
        let clause = Clause::from(ClauseName {
            agreement: "invented".to_owned(),
            version: "1".to_owned(),
            number: "1".to_owned(),
            item: None,
            heading: String::new(),
        });
        Band { bounds, give: None, clause }
    }

    #[test]
    fn half_open_bands_that_touch_are_sound_in_any_order() {
        let bands = [band("98 %", "", "", "99 %"), band("97 %", "", "", "98 %"), band("", "", "", "97 %")];
        assert_eq!(Band::faults(&bands), []);
    }

    #[test]
    fn a_gap_an_overlap_and_an_empty_band_are_found() {
        let gap = [band("98 %", "", "", "99 %"), band("", "", "", "97 %")];
        assert_eq!(Band::faults(&gap), [BandFault::Gap { lower: 1, higher: 0 }]);
        let missing_point = [band("", "98 %", "", "99 %"), band("", "", "", "98 %")];
        assert_eq!(Band::faults(&missing_point), [BandFault::Gap { lower: 1, higher: 0 }]);
        let shared_point = [band("98 %", "", "", "99 %"), band("", "", "98 %", "")];
        assert_eq!(Band::faults(&shared_point), [BandFault::Overlap { lower: 1, higher: 0 }]);
        let empty = [band("99 %", "", "", "98 %")];
        assert_eq!(Band::faults(&empty), [BandFault::Empty { band: 0 }]);
    }
}
