//! Bands, caps, claims, rates and late interest.

use crate::sample::{
    at, availability, band, bands, bounds, clause, components, consequence, date, figure, money, outage,
    prepaid,
};
use meters::{
    AmountUnit, AwardQuestion, ClaimMade, ClaimedOutage, Feed, UptimeQuestion, UptimeReading, Why, award,
    claim_window, decide_claim, late_interest, monthly_fee, pay_by, taxed, unit_price, uptime,
};
use std::collections::{BTreeMap, BTreeSet};
use terms::{
    Accumulate, Choice, Condition, Consequence, ConsequenceAmount, Days, Evaluation, FactValue, Facts,
    Figure, Gives, RateAmount, RateCount, RateDay, RatePer, Ratio, Slice, TaxRule, Terms,
};

fn ratio(text: &str) -> Ratio {
    text.parse().expect("a fraction")
}

fn customer(fee: &str) -> Facts {
    Facts::new()
        .with("month_fee", FactValue::Money(money(fee)))
        .with("in_good_standing", FactValue::YesNo(true))
}

fn given(
    terms: &Terms,
    consequence: &Consequence,
    facts: &Facts,
    values: &[&str],
) -> Result<meters::Award, meters::Refused> {
    let feeds: Vec<Feed> = values
        .iter()
        .enumerate()
        .map(|(place, value)| Feed { name: format!("component {place}"), value: ratio(value) })
        .collect();
    let question = AwardQuestion {
        feeds: &feeds,
        proportion: Ratio::ONE,
        given_before: &BTreeMap::new(),
        evaluation: Evaluation::new(terms, facts, at("2026-10-05T10:00:00Z")),
    };
    award(consequence, &question)
}

#[test]
fn the_bands_are_half_open_and_compared_exactly() {
    let terms = availability();
    let credit = terms.consequence("credit").expect("a consequence");
    for (availability, amount, mark) in [
        ("989999/1000000", Some("50.00"), "5.6 a"),
        ("42767/43200", Some("50.00"), "5.6 a"),
        ("98/100", Some("50.00"), "5.6 a"),
        ("97999999999999/100000000000000", Some("100.00"), "5.6 b"),
        ("97/100", Some("100.00"), "5.6 b"),
        ("9699/10000", Some("150.00"), "5.6 c"),
        ("0", Some("150.00"), "5.6 c"),
        ("99/100", None, "5.6"),
        ("1", None, "5.6"),
    ] {
        let found = given(&terms, credit, &customer("1000 CAD"), &[availability]);
        match (found, amount) {
            (Ok(award), Some(amount)) => {
                let paid = award.money().expect("money");
                assert_eq!(
                    (paid.amount.to_string().as_str(), paid.currency.as_str()),
                    (amount, "CAD"),
                    "{availability}"
                );
                assert_eq!(award.clause.mark(), mark, "{availability}");
            }
            (Err(refused), None) => assert_eq!(refused.why, Why::NothingDue, "{availability}"),
            (found, _) => panic!("{availability}: {found:?}"),
        }
    }
}

#[test]
fn two_components_never_sum_above_the_cap_of_the_month() {
    let terms = availability();
    let credit = terms.consequence("credit").expect("a consequence");
    let award = given(&terms, credit, &customer("1000 CAD"), &["975/1000", "975/1000"]).expect("due");
    assert_eq!(award.parts.len(), 2);
    assert_eq!(award.money().expect("money").amount.to_string(), "150.00");
    assert_eq!(award.capped_by.map(|capped| capped.mark()), Some("5.7".to_owned()));
    let mut highest = credit.clone();
    highest.accumulate = Accumulate::Highest;
    let award = given(&terms, &highest, &customer("1000 CAD"), &["985/1000", "975/1000"]).expect("due");
    assert_eq!((award.money().expect("money").amount.to_string().as_str(), award.parts.len()), ("100.00", 1));
    assert_eq!(award.capped_by, None);
}

#[test]
fn a_credit_lands_on_the_next_invoice_and_is_the_only_remedy() {
    let terms = availability();
    let credit = terms.consequence("credit").expect("a consequence");
    let award = given(&terms, credit, &customer("1000 CAD"), &["98/100"]).expect("due");
    let (settle, said_by) = award.settle.expect("it says where");
    assert_eq!(
        (settle.on.as_deref(), settle.cash, said_by.mark().as_str()),
        (Some("next invoice"), false, "5.7")
    );
    assert_eq!(award.exclusive.map(|said_by| said_by.mark()), Some("5.0 e".to_owned()));
}

#[test]
fn rounding_comes_last_and_half_goes_up() {
    let terms = availability();
    let credit = terms.consequence("credit").expect("a consequence");
    for (fee, amount) in [("333.33 CAD", "16.67"), ("0.10 CAD", "0.01"), ("100.50 CAD", "5.03")] {
        let award = given(&terms, credit, &customer(fee), &["98/100"]).expect("due");
        assert_eq!(award.money().expect("money").amount.to_string(), amount, "5 % of {fee}");
    }
    assert_eq!(monthly_fee(&money("1000 CAD")).value, ratio("250/3"));
    // Less than half a cent is nothing.
    let refused = given(&terms, credit, &customer("0.09 CAD"), &["98/100"]).expect_err("nothing is left");
    assert_eq!(refused.why, Why::NothingDue);
}

fn september(terms: &Terms, term: Option<Days>, to: &str) -> UptimeReading {
    let question = UptimeQuestion {
        on: date("2026-09-30"),
        term,
        components: &components(),
        outages: &[outage("application", "2026-09-20T10:00:00-04:00", to)],
        facts: &Facts::new(),
        now: at("2026-10-01T00:00:00Z"),
    };
    uptime(terms, &terms.measures[0], &question).expect("it can be read").expect("a month of the contract")
}

fn names(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn claim(when: &str) -> ClaimMade {
    ClaimMade {
        at: at(when),
        by: "customer".to_owned(),
        through: "portal".to_owned(),
        fields: names(&["account", "application", "contact"]),
        outages: vec![ClaimedOutage {
            from: at("2026-09-20T10:00:00-04:00"),
            to: at("2026-09-20T17:13:00-04:00"),
            fields: names(&["date", "time", "description", "service"]),
        }],
        granted: Vec::new(),
    }
}

#[test]
fn a_claim_is_taken_until_the_last_day_of_the_next_calendar_month() {
    let terms = availability();
    let credit = terms.consequence("credit").expect("a consequence");
    let reading = september(&terms, None, "2026-09-20T17:13:00-04:00");
    for (when, accepted) in [
        ("2026-10-01T00:00:00-04:00", true),
        ("2026-10-31T23:00:00-04:00", true),
        ("2026-10-31T23:59:59.999-04:00", true),
        ("2026-11-01T00:00:00-04:00", false),
        ("2026-09-30T23:59:00-04:00", false),
    ] {
        let decided =
            decide_claim(&terms, credit, &claim(when), &reading, &BTreeMap::new(), &customer("1000 CAD"));
        match decided {
            Ok(award) => {
                assert!(accepted, "{when}");
                assert_eq!(award.money().expect("money").to_string(), "50.00 CAD");
            }
            Err(refusals) => {
                assert!(!accepted, "{when}: {refusals:?}");
                assert_eq!(refusals[0].clause.mark(), "5.8 a");
                assert!(matches!(refusals[0].why, Why::TooLate { .. } | Why::TooEarly { .. }));
            }
        }
    }
    let facts = Facts::new();
    let evaluation = Evaluation::new(&terms, &facts, at("2026-02-01T00:00:00Z"));
    let january = Days { first: date("2026-01-01"), last: date("2026-01-31") };
    let window = claim_window(credit, january, &terms.zone, &evaluation).expect("it can be reckoned");
    assert_eq!(window, Some(Days { first: date("2026-02-01"), last: date("2026-02-28") }));
}

#[test]
fn a_claim_is_refused_for_everything_that_stands_against_it_at_once() {
    let terms = availability();
    let credit = terms.consequence("credit").expect("a consequence");
    let reading = september(&terms, None, "2026-09-20T17:13:00-04:00");
    let mut wrong = claim("2026-11-02T10:00:00-05:00");
    wrong.through = "email".to_owned();
    wrong.by = "user".to_owned();
    wrong.fields.remove("account");
    wrong.outages[0].fields.remove("service");
    wrong.outages[0].from = at("2026-08-31T23:00:00-04:00");
    let overdue = customer("1000 CAD").with("in_good_standing", FactValue::YesNo(false));
    let refusals =
        decide_claim(&terms, credit, &wrong, &reading, &BTreeMap::new(), &overdue).expect_err("refused");
    let told: Vec<(String, String)> = refusals
        .iter()
        .map(|refused| {
            let why = format!("{:?}", refused.why);
            let name = why.split([' ', '{']).next().unwrap_or_default().to_owned();
            (refused.clause.mark(), name)
        })
        .collect();
    let expected = [
        ("5.0 d", "ConditionFails"),
        ("5.8", "NotBy"),
        ("5.8", "NotThrough"),
        ("5.8 b", "Missing"),
        ("5.8 c", "Missing"),
        ("5.8 c", "OutsidePeriod"),
        ("5.8 a", "TooLate"),
    ];
    assert_eq!(told, expected.map(|(mark, why)| (mark.to_owned(), why.to_owned())));
    assert_eq!(refusals[3].why, Why::Missing { names: vec!["account".to_owned()] });
    // Whether the account is up to date must be known.
    let unknown = Facts::new().with("month_fee", FactValue::Money(money("1000 CAD")));
    let refusals = decide_claim(
        &terms,
        credit,
        &claim("2026-10-05T10:00:00-04:00"),
        &reading,
        &BTreeMap::new(),
        &unknown,
    )
    .expect_err("unknown");
    assert!(matches!(&refusals[0].why, Why::Unknown { facts } if facts.contains("in_good_standing")));
}

#[test]
fn what_was_granted_for_a_month_is_not_granted_for_it_again() {
    let terms = availability();
    let credit = terms.consequence("credit").expect("a consequence");
    let reading = september(&terms, None, "2026-09-20T17:13:00-04:00");
    let month = |first, last| Days { first: date(first), last: date(last) };
    let decide = |granted| {
        let again = ClaimMade { granted, ..claim("2026-10-05T10:00:00-04:00") };
        decide_claim(&terms, credit, &again, &reading, &BTreeMap::new(), &customer("1000 CAD"))
    };
    let refusals = decide(vec![month("2026-09-01", "2026-09-30")]).expect_err("granted before");
    assert_eq!(refusals[0].why, Why::GrantedAlready);
    assert_eq!((refusals.len(), refusals[0].clause.mark()), (1, "5.8".to_owned()));
    assert!(decide(vec![month("2026-08-01", "2026-08-31")]).is_ok(), "another month");
}

#[test]
fn the_fee_of_a_partial_month_is_taken_in_proportion() {
    let terms = availability();
    let credit = terms.consequence("credit").expect("a consequence");
    let term = Days { first: date("2026-09-16"), last: date("2027-09-15") };
    // 216 of 21600 minutes are one percent of fifteen days; 217 are more.
    let kept = september(&terms, Some(term), "2026-09-20T13:36:00-04:00");
    let decide = |reading: &UptimeReading| {
        decide_claim(
            &terms,
            credit,
            &claim("2026-10-05T10:00:00-04:00"),
            reading,
            &BTreeMap::new(),
            &customer("1000 CAD"),
        )
    };
    assert_eq!(decide(&kept).expect_err("kept")[0].why, Why::NothingDue);
    let missed = september(&terms, Some(term), "2026-09-20T13:37:00-04:00");
    assert_eq!(decide(&missed).expect("due").money().expect("money").to_string(), "25.00 CAD");
    let worst = september(&terms, Some(term), "2026-09-30T13:37:00-04:00");
    let award = decide(&worst).expect("due");
    assert_eq!(
        award.money().expect("money").to_string(),
        "75.00 CAD",
        "15 % of half a month, and no cap above it"
    );
    assert_eq!(award.capped_by, None);
}

#[test]
fn thirty_days_late_at_the_rate_of_the_table_and_ten_points() {
    let terms = prepaid();
    let interest = terms.consequence("interest").expect("a consequence");
    let facts = Facts::new();
    let evaluation = Evaluation::new(&terms, &facts, at("2026-01-05T09:00:00Z"));
    let rule = terms.invoice.as_ref().expect("an invoice rule");
    let (due_on, said_by) = pay_by(rule, date("2026-01-05"), &evaluation).expect("thirty days");
    assert_eq!((due_on, said_by.mark()), (date("2026-02-04"), "4b 1".to_owned()));
    let owed = money("1800 EUR");
    let late = late_interest(&terms, interest, &owed, due_on, date("2026-03-06"), &facts).expect("late");
    assert_eq!((late.days, late.amount.to_string().as_str()), (30, "17.98 EUR"));
    assert_eq!(late.exact, ratio("6561/365"), "1800 x 12.15 % x 30/365");
    assert_eq!(late.clause.mark(), "4c 3");
    let one = late_interest(&terms, interest, &owed, due_on, date("2026-02-05"), &facts).expect("one day");
    assert_eq!((one.days, one.amount.to_string().as_str()), (1, "0.60 EUR"));
    let refused = late_interest(&terms, interest, &owed, due_on, due_on, &facts).expect_err("in time");
    assert_eq!(refused.why, Why::NothingDue);
    let early = late_interest(&terms, interest, &owed, date("2025-11-01"), date("2025-12-01"), &facts);
    assert!(matches!(early.expect_err("no rate for that day").why, Why::Unsaid { .. }));
}

#[test]
fn interest_changes_its_rate_on_the_day_the_table_does() {
    let terms = prepaid();
    let interest = terms.consequence("interest").expect("a consequence");
    let owed = money("1000 EUR");
    let late = late_interest(&terms, interest, &owed, date("2026-06-25"), date("2026-07-05"), &Facts::new());
    let late = late.expect("late");
    let stretches: Vec<(i64, Ratio)> = late.stretches.iter().map(|part| (part.days, part.rate)).collect();
    assert_eq!(stretches, [(5, ratio("243/2000")), (5, ratio("31/250"))], "five days each side of 1 July");
    assert_eq!(late.exact, ratio("491/146"), "1000 x (12.15 % + 12.40 %) x 5/365");
    assert_eq!(late.amount.to_string(), "3.36 EUR");
}

#[test]
fn the_rate_may_be_that_of_the_due_day_or_of_its_half_year() {
    let terms = prepaid();
    let owed = money("1000 EUR");
    for (as_of, rate) in [(RateDay::PaymentDue, "31/250"), (RateDay::StartOfHalfYear, "31/250")] {
        let mut interest = terms.consequence("interest").expect("a consequence").clone();
        if let ConsequenceAmount::Rate(amount) = &mut interest.amount {
            amount.as_of = as_of;
        }
        let late =
            late_interest(&terms, &interest, &owed, date("2026-07-02"), date("2027-02-01"), &Facts::new());
        let stretches = late.expect("late").stretches;
        assert_eq!(
            stretches.iter().map(|part| (part.days, part.rate)).collect::<Vec<_>>(),
            [(214, ratio(rate))]
        );
        let late =
            late_interest(&terms, &interest, &owed, date("2026-06-30"), date("2026-08-01"), &Facts::new());
        assert_eq!(late.expect("late").stretches[0].rate, ratio("243/2000"), "the first half-year's");
    }
}

#[test]
fn a_cap_may_be_lifted_or_only_warn() {
    let terms = availability();
    let mut credit = terms.consequence("credit").expect("a consequence").clone();
    credit.caps[0].unless = Condition::is("gross_fault", FactValue::YesNo(true));
    let fault = customer("1000 CAD").with("gross_fault", FactValue::YesNo(true));
    let paid = |credit: &Consequence, facts: &Facts| {
        let award = given(&terms, credit, facts, &["975/1000", "975/1000"]).expect("due");
        let mark = |said_by: Option<terms::Clause>| said_by.map(|said_by| said_by.mark());
        (award.money().expect("money").amount.to_string(), mark(award.capped_by), mark(award.warned_by))
    };
    assert_eq!(paid(&credit, &fault), ("200.00".to_owned(), None, None));
    assert_eq!(paid(&credit, &customer("1000 CAD")), ("150.00".to_owned(), Some("5.7".to_owned()), None));
    credit.caps[0].only_warns = true;
    assert_eq!(paid(&credit, &customer("1000 CAD")), ("200.00".to_owned(), None, Some("5.7".to_owned())));
}

#[test]
fn the_indemnity_is_forty_for_one_day_or_a_hundred() {
    let terms = prepaid();
    let indemnity = terms.consequence("indemnity").expect("a consequence");
    for (days, due) in [("0", false), ("1", true), ("100", true)] {
        let found = given(&terms, indemnity, &Facts::new(), &[days]);
        assert_eq!(
            found.as_ref().ok().and_then(meters::Award::money).map(|paid| paid.to_string()),
            due.then(|| "40.00 EUR".to_owned())
        );
    }
}

#[test]
fn rates_count_whole_started_or_exact_and_slices_part_by_part() {
    let terms = prepaid();
    let rate = |count: RateCount| {
        let amount = ConsequenceAmount::Rate(RateAmount {
            give: Some(Choice::Plain(figure("30 EUR"))),
            per: RatePer::Figure(figure("1 hour")),
            count,
            table: None,
            plus: None,
            as_of: terms::RateDay::EachDay,
        });
        consequence("penalty", "9", "promise.restoration", Gives::Penalty, amount)
    };
    // 61 minutes, in seconds.
    for (count, amount) in
        [(RateCount::Whole, "30.00"), (RateCount::Started, "60.00"), (RateCount::Exact, "30.50")]
    {
        let award = given(&terms, &rate(count), &Facts::new(), &["3660"]).expect("due");
        assert_eq!(award.money().expect("money").amount.to_string(), amount, "{count:?}");
    }
    let slice = |limits, give: &str| Slice {
        bounds: limits,
        give: Choice::Plain(figure(give)),
        per: figure("1 minute"),
        clause: clause("9"),
    };
    let slices = ConsequenceAmount::Slices(vec![
        slice(bounds("", "", "", "1 hour"), "20 EUR"),
        slice(bounds("1 hour", "", "", ""), "35 EUR"),
    ]);
    let penalty = consequence("penalty", "9", "promise.restoration", Gives::Penalty, slices);
    for (seconds, amount) in [("1800", "600.00"), ("3600", "1200.00"), ("3660", "1235.00")] {
        let award = given(&terms, &penalty, &Facts::new(), &[seconds]).expect("due");
        assert_eq!(award.money().expect("money").amount.to_string(), amount, "{seconds}");
    }
}

#[test]
fn floors_small_amounts_and_what_was_given_before_bound_an_award() {
    let terms = prepaid();
    let mut penalty = consequence(
        "penalty",
        "9",
        "measure.m",
        Gives::Penalty,
        bands(vec![band(bounds("1", "", "", ""), "10 EUR", "9")], "9"),
    );
    penalty.caps = vec![terms::Cap {
        give: Choice::Plain(figure("100 EUR")),
        of: None,
        per: "contract year".to_owned(),
        unless: terms::Condition::never(),
        only_warns: false,
        clause: clause("9 b"),
    }];
    let facts = Facts::new();
    let ask = |penalty: &Consequence, before: &str| {
        let feeds = [Feed { name: "one".to_owned(), value: Ratio::ONE }];
        let given_before = BTreeMap::from([("contract year".to_owned(), ratio(before))]);
        let evaluation = Evaluation::new(&terms, &facts, at("2026-10-05T10:00:00Z"));
        let question =
            AwardQuestion { feeds: &feeds, proportion: Ratio::ONE, given_before: &given_before, evaluation };
        award(penalty, &question).map(|award| award.amount.expect("an amount").value)
    };
    assert_eq!(ask(&penalty, "0"), Ok(ratio("10")));
    assert_eq!(ask(&penalty, "95"), Ok(ratio("5")));
    assert_eq!(ask(&penalty, "100").expect_err("the year is full").why, Why::NothingDue);
    penalty.ignore_below = Some(terms::Cited { value: figure("6 EUR"), clause: clause("9 c") });
    assert_eq!(ask(&penalty, "95").expect_err("too small").why, Why::NothingDue);
    penalty.at_least = Some(terms::Cited { value: figure("25 EUR"), clause: clause("9 d") });
    assert_eq!(ask(&penalty, "0"), Ok(ratio("25")));
}

#[test]
fn a_floor_lifts_what_is_due_to_itself_and_never_above_a_cap() {
    let terms = availability();
    let mut credit = terms.consequence("credit").expect("a consequence").clone();
    credit.amount = bands(
        vec![
            band(bounds("99 %", "", "", ""), "0 %", "5.6"),
            band(bounds("98 %", "", "", "99 %"), "5 %", "5.6 a"),
            band(bounds("", "", "", "98 %"), "10 %", "5.6 b"),
        ],
        "5.6",
    );
    credit.at_least = Some(terms::Cited { value: figure("60 CAD"), clause: clause("5.6 d") });
    let facts = customer("1000 CAD");
    let ask = |credit: &Consequence, value: &str, before: &str| {
        let feeds = [Feed { name: "total".to_owned(), value: ratio(value) }];
        let given_before = BTreeMap::from([("month".to_owned(), ratio(before))]);
        let evaluation = Evaluation::new(&terms, &facts, at("2026-10-05T10:00:00Z"));
        let question =
            AwardQuestion { feeds: &feeds, proportion: Ratio::ONE, given_before: &given_before, evaluation };
        award(credit, &question).map_err(|refused| refused.why).map(|award| {
            let capped_by = award.capped_by.map(|capped| capped.mark());
            (award.amount.expect("an amount").value, capped_by)
        })
    };
    let capped = Some("5.7".to_owned());
    for (value, before, given) in [
        ("1", "0", Err(Why::NothingDue)),
        ("99/100", "0", Err(Why::NothingDue)),
        ("98/100", "0", Ok((ratio("60"), None))),
        ("97/100", "0", Ok((ratio("100"), None))),
        ("98/100", "90", Ok((ratio("60"), None))),
        ("98/100", "100", Ok((ratio("50"), capped.clone()))),
        ("97/100", "120", Ok((ratio("30"), capped.clone()))),
        ("98/100", "150", Err(Why::NothingDue)),
        ("98/100", "160", Err(Why::NothingDue)),
    ] {
        assert_eq!(ask(&credit, value, before), given, "{value} after {before}");
    }
    // Floors and small amounts are shares of the base as well.
    credit.at_least = Some(terms::Cited { value: figure("7 %"), clause: clause("5.6 d") });
    assert_eq!(ask(&credit, "98/100", "0"), Ok((ratio("70"), None)));
    credit.ignore_below = Some(terms::Cited { value: figure("8 %"), clause: clause("5.6 e") });
    assert_eq!(ask(&credit, "98/100", "0"), Err(Why::NothingDue));
    assert_eq!(ask(&credit, "97/100", "0"), Ok((ratio("100"), None)));
    credit.ignore_total_up_to = Some(terms::Cited { value: figure("10 %"), clause: clause("5.6 f") });
    assert_eq!(ask(&credit, "97/100", "0"), Err(Why::NothingDue));
}

#[test]
fn amounts_of_two_currencies_are_never_compared() {
    let terms = availability();
    let mut credit = terms.consequence("credit").expect("a consequence").clone();
    credit.at_least = Some(terms::Cited { value: figure("60 EUR"), clause: clause("5.6 d") });
    let refused = given(&terms, &credit, &customer("1000 CAD"), &["98/100"]).expect_err("euros");
    assert!(matches!(refused.why, Why::Unsaid { .. }));
    assert_eq!(refused.clause.mark(), "5.6 d");
    credit.at_least = None;
    credit.caps[0].give = Choice::Plain(figure("10 EUR"));
    let refused = given(&terms, &credit, &customer("1000 CAD"), &["98/100"]).expect_err("euros");
    assert_eq!(refused.clause.mark(), "5.7");
    // A bare number is one of whatever it limits.
    credit.caps[0].give = Choice::Plain(figure("10"));
    let award = given(&terms, &credit, &customer("1000 CAD"), &["98/100"]).expect("due");
    assert_eq!(award.money().expect("money").to_string(), "10.00 CAD");
}

#[test]
fn one_of_several_feeds_keeps_all_its_slices() {
    let terms = prepaid();
    let slice = |limits, give: &str| Slice {
        bounds: limits,
        give: Choice::Plain(figure(give)),
        per: figure("1 minute"),
        clause: clause("9"),
    };
    let slices = ConsequenceAmount::Slices(vec![
        slice(bounds("", "", "", "1 hour"), "20 EUR"),
        slice(bounds("1 hour", "", "", ""), "35 EUR"),
    ]);
    let mut penalty = consequence("penalty", "9", "promise.restoration", Gives::Penalty, slices);
    // Half an hour, 61 minutes, an hour: 600, 1200 and 35, 1200.
    for (accumulate, amount, lines) in [
        (Accumulate::Sum, "3035.00", 4),
        (Accumulate::Highest, "1235.00", 2),
        (Accumulate::First, "600.00", 1),
    ] {
        penalty.accumulate = accumulate;
        let award = given(&terms, &penalty, &Facts::new(), &["1800", "3660", "3600"]).expect("due");
        assert_eq!(award.money().expect("money").amount.to_string(), amount, "{accumulate:?}");
        assert_eq!(award.parts.len(), lines, "{accumulate:?}");
    }
    penalty.accumulate = Accumulate::First;
    let award = given(&terms, &penalty, &Facts::new(), &["0", "3660", "1800"]).expect("due");
    assert_eq!(award.money().expect("money").amount.to_string(), "1235.00", "the first that gives something");
}

#[test]
fn points_are_counted_as_they_are_written() {
    let terms = prepaid();
    let ten = ConsequenceAmount::Fixed(Choice::Plain(figure("10 points")));
    let points = consequence("malus", "9", "promise.restoration", Gives::Points, ten);
    let award = given(&terms, &points, &Facts::new(), &["3600"]).expect("due");
    let amount = award.amount.expect("an amount");
    assert_eq!((amount.value, amount.unit), (ratio("10"), AmountUnit::Number));
}

#[test]
fn what_nothing_feeds_opens_no_right() {
    let terms = prepaid();
    let leave = consequence("leave", "9", "promise.restoration", Gives::Right, ConsequenceAmount::Nothing);
    let refused = given(&terms, &leave, &Facts::new(), &[]).expect_err("no clock was missed");
    assert_eq!(refused.why, Why::NothingDue);
    assert!(given(&terms, &leave, &Facts::new(), &["60"]).is_ok());
}

#[test]
fn interest_obeys_the_conditions_and_limits_of_its_consequence() {
    let terms = prepaid();
    let mut interest = terms.consequence("interest").expect("a consequence").clone();
    let ask = |interest: &Consequence, facts: &Facts| {
        let owed = money("1800 EUR");
        late_interest(&terms, interest, &owed, date("2026-02-04"), date("2026-03-06"), facts)
            .map(|late| late.amount.to_string())
            .map_err(|refused| (refused.why, refused.clause.mark()))
    };
    let professional = Condition::is("professional", FactValue::YesNo(true));
    interest.when = vec![terms::Cited { value: professional, clause: clause("4c 5") }];
    let known = |yes: bool| Facts::new().with("professional", FactValue::YesNo(yes));
    assert_eq!(ask(&interest, &known(true)), Ok("17.98 EUR".to_owned()));
    let fails = Why::ConditionFails { facts: BTreeSet::from(["professional".into()]) };
    assert_eq!(ask(&interest, &known(false)), Err((fails, "4c 5".to_owned())));
    assert!(matches!(ask(&interest, &Facts::new()), Err((Why::Unknown { .. }, _))));
    interest.when.clear();
    interest.at_least = Some(terms::Cited { value: figure("20 EUR"), clause: clause("4c 6") });
    assert_eq!(ask(&interest, &Facts::new()), Ok("20.00 EUR".to_owned()));
    interest.caps = vec![terms::Cap {
        give: Choice::Plain(figure("15 EUR")),
        of: None,
        per: "invoice".to_owned(),
        unless: Condition::never(),
        only_warns: false,
        clause: clause("4c 7"),
    }];
    assert_eq!(ask(&interest, &Facts::new()), Ok("15.00 EUR".to_owned()));
}

#[test]
fn the_lines_of_an_invoice_come_to_what_is_owed() {
    let mut terms = prepaid();
    let rate = |name: &str, value: &str| terms::RateTable {
        name: name.to_owned(),
        rows: vec![terms::RateRow { since: date("2026-01-01"), value: figure(value) }],
        ..terms.rates[0].clone()
    };
    let rates = vec![rate("federal", "5 %"), rate("provincial", "9.975 %")];
    let due = |rate: &str| terms::TaxDue {
        rate: rate.to_owned(),
        on: "customer".to_owned(),
        clause: clause("4b 2"),
    };
    terms.money = Some(terms::MoneyRule {
        clause: clause("4b 2"),
        currency: "CAD".to_owned(),
        taxes: vec![due("federal"), due("provincial")],
        round: None,
    });
    terms.rates = rates;
    // 100 before tax; and 100 with taxes, of which 86.9754… would be before.
    for (rule, before, lines, with_tax) in [
        (TaxRule::Excluded, "100", ["5", "998/100"], "11498/100"),
        (TaxRule::Included, "8697/100", ["435/100", "868/100"], "100"),
    ] {
        let invoice = terms.invoice.as_mut().expect("an invoice rule");
        invoice.tax = Some(terms::Cited { value: rule, clause: clause("4b 2") });
        let taxed = taxed(&terms, ratio("100"), date("2026-05-01")).expect("both rates are known");
        assert_eq!((taxed.before, taxed.with_tax), (ratio(before), ratio(with_tax)), "{rule:?}");
        let found: Vec<Ratio> = taxed.lines.iter().map(|line| line.amount).collect();
        assert_eq!(found, lines.map(ratio), "{rule:?}");
        assert_eq!(taxed.before.plus(taxed.taxes()), Some(taxed.with_tax), "{rule:?}");
    }
}

#[test]
fn a_unit_costs_less_in_a_larger_pack() {
    let terms = prepaid();
    let prices: Vec<String> = terms.ledgers[0]
        .packs
        .iter()
        .map(|pack| {
            let price = unit_price(pack).expect("a price");
            assert_eq!(price.unit, AmountUnit::Money("EUR".to_owned()));
            meters::shown(price.value).expect("a decimal").to_string()
        })
        .collect();
    assert_eq!(prices, ["150", "150", "137.5", "125"]);
    assert!(matches!(figure("10 points"), Figure::Points(_)));
}
