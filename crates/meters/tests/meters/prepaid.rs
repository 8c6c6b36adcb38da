//! Prepaid tickets: rounding, order of use, estimate, overrun, forfeiture, lapse.

use crate::sample::{at, clause, date, figure, prepaid, span};
use meters::{LedgerBook, LedgerEntry, Prepaid, Refused, Why, WorkDone, count_work};
use proptest::prelude::{Just, Strategy, prop, proptest};
use proptest::{prop_assert, prop_assert_eq, prop_oneof};
use std::collections::BTreeSet;
use terms::{
    CarryOver, Choice, Cited, Condition, Debit, DebitPer, FactValue, Facts, Lapse, Layered, LedgerAct,
    LedgerWarning, LedgerWatch, Overdraft, Ratio, RoundMode, Terms, UseOrder, Worth,
};

fn ratio(text: &str) -> Ratio {
    text.parse().expect("a fraction")
}

/// A contract with its book.
struct Contract {
    terms: Terms,
    facts: Facts,
    book: LedgerBook,
    log: Vec<LedgerEntry>,
}

impl Contract {
    fn new(terms: Terms) -> Self {
        Self { terms, facts: Facts::new(), book: LedgerBook::default(), log: Vec::new() }
    }

    fn signed(when: &str, units: i64) -> Self {
        let mut contract = Self::new(prepaid());
        contract.buys(when, units);
        contract
    }

    fn ask(
        &mut self,
        deed: impl FnOnce(&Prepaid<'_>, &LedgerBook) -> Result<Vec<LedgerEntry>, Refused>,
    ) -> Result<Vec<LedgerEntry>, Refused> {
        let entries = deed(&Prepaid::new(&self.terms, &self.terms.ledgers[0], &self.facts), &self.book)?;
        entries.iter().for_each(|entry| self.book.apply(entry));
        self.log.extend(entries.iter().cloned());
        Ok(entries)
    }

    fn buys(&mut self, when: &str, units: i64) {
        self.ask(|prepaid, book| prepaid.open(book, Ratio::whole(units), at(when))).expect("a pack on sale");
    }

    fn works(&mut self, when: &str, request: &str, minutes: i64) -> Result<Vec<LedgerEntry>, Refused> {
        let work = WorkDone {
            request: request.to_owned(),
            at: at(when),
            of: "work".to_owned(),
            amount: Ratio::whole(minutes * 60),
            facts: Facts::new(),
        };
        self.ask(|prepaid, book| prepaid.log_work(book, &work))
    }

    fn estimates(&mut self, when: &str, request: &str, units: i64) {
        self.ask(|prepaid, _| Ok(prepaid.estimate(request, Ratio::whole(units), at(when)))).expect("noted");
    }

    fn round(&mut self, now: &str) -> Vec<LedgerEntry> {
        self.ask(|prepaid, book| prepaid.steps_due(book, at(now))).expect("it can be reckoned")
    }

    fn balance(&self, when: &str) -> String {
        self.book.balance(&self.terms, at(when)).to_string()
    }
}

fn consents(roles: &[&str]) -> BTreeSet<String> {
    roles.iter().map(|role| (*role).to_owned()).collect()
}

fn debited(entries: &[LedgerEntry]) -> Ratio {
    entries
        .iter()
        .filter_map(|entry| match entry {
            LedgerEntry::Debited { units, .. } => Some(*units),
            _ => None,
        })
        .fold(Ratio::ZERO, |sum, units| sum.plus(units).expect("small"))
}

fn warnings(entries: &[LedgerEntry]) -> Vec<String> {
    entries
        .iter()
        .filter_map(|entry| match entry {
            LedgerEntry::Warned { clause, tell, .. } => Some(format!("{} {}", clause.mark(), tell.join(","))),
            _ => None,
        })
        .collect()
}

#[test]
fn each_session_is_rounded_up_to_whole_tickets() {
    for (minutes, units) in [(1, "1"), (20, "1"), (60, "1"), (61, "2"), (120, "2"), (121, "3"), (0, "0")] {
        let mut contract = Contract::signed("2026-03-02T10:00:00+01:00", 10);
        let entries = contract.works("2026-03-10T09:00:00+01:00", "A", minutes).expect("covered");
        assert_eq!(debited(&entries).to_string(), units, "{minutes} minutes");
    }
    let mut contract = Contract::signed("2026-03-02T10:00:00+01:00", 10);
    let entries = contract.works("2026-03-10T09:00:00+01:00", "A", 61).expect("covered");
    contract.works("2026-03-11T09:00:00+01:00", "A", 20).expect("covered");
    assert_eq!(contract.balance("2026-03-12T09:00:00+01:00"), "7");
    let LedgerEntry::Debited { clause: said_by, interpretations, .. } = &entries[0] else {
        panic!("a debit comes first")
    };
    assert_eq!(
        (said_by.mark(), interpretations.as_slice()),
        ("O c".to_owned(), ["unit".to_owned()].as_slice())
    );
}

#[test]
fn the_other_reading_adds_up_the_minutes_of_a_request_and_rounds_at_its_end() {
    let mut terms = prepaid();
    terms.ledgers[0].debits[0].per = DebitPer::Request;
    let mut contract = Contract::new(terms);
    contract.buys("2026-03-02T10:00:00+01:00", 10);
    for (minutes, request, units) in
        [(61, "A", "2"), (20, "A", "0"), (39, "A", "0"), (1, "A", "1"), (20, "B", "1")]
    {
        let entries = contract.works("2026-03-10T09:00:00+01:00", request, minutes).expect("covered");
        assert_eq!(debited(&entries).to_string(), units, "{minutes} minutes on {request}");
    }
    assert_eq!(contract.balance("2026-03-12T09:00:00+01:00"), "6");
}

#[test]
fn packs_are_sold_as_listed_and_none_below_the_smallest() {
    let contract = Contract::new(prepaid());
    let order = |units: i64| {
        let prepaid = Prepaid::new(&contract.terms, &contract.terms.ledgers[0], &contract.facts);
        prepaid.order(Ratio::whole(units)).map(|pack| pack.price.clone().expect("a price").to_string())
    };
    for (units, price) in [(4, "600 EUR"), (10, "1500 EUR"), (20, "2750 EUR"), (40, "5000 EUR")] {
        assert_eq!(order(units), Ok(price.to_owned()));
    }
    let refused = order(3).expect_err("three are too few");
    assert_eq!(
        (refused.why, refused.clause.mark()),
        (Why::BelowMinimum { minimum: ratio("4") }, "0".to_owned())
    );
    assert!(matches!(order(5).expect_err("no such pack").why, Why::NoSuchPack { .. }));
}

#[test]
fn unused_tickets_lapse_when_the_eve_of_the_anniversary_ends() {
    for (signed, last_day) in [
        ("2026-03-02T10:00:00+01:00", "2027-03-01"),
        ("2026-03-01T00:00:00+01:00", "2027-02-28"),
        ("2027-03-01T10:00:00+01:00", "2028-02-29"),
        ("2028-02-29T10:00:00+01:00", "2029-02-28"),
        ("2028-02-28T10:00:00+01:00", "2029-02-27"),
        // Signed at half past midnight in Paris: it is the next day there, not in London.
        ("2026-06-30T22:30:00Z", "2027-06-30"),
    ] {
        let mut contract = Contract::signed(signed, 10);
        assert_eq!(contract.book.lots[0].last_day, Some(date(last_day)), "signed {signed}");
        let midnight =
            contract.terms.zone.instant_of(date(last_day).plus_days(1), calendar::LocalTime::MIDNIGHT);
        let last_moment = midnight.plus_milliseconds(-1).to_string();
        assert_eq!(contract.balance(&last_moment), "10", "valid through the eve");
        assert_eq!(contract.balance(&midnight.to_string()), "0", "and no longer, recorded or not");
        assert_eq!(contract.round(&last_moment), []);
        let entries = contract.round(&midnight.to_string());
        let expected = LedgerEntry::Lapsed {
            lot: 0,
            units: ratio("10"),
            at: midnight,
            last_day: date(last_day),
            clause: clause("2 b"),
        };
        assert_eq!(entries, [expected]);
        assert_eq!(contract.round("2030-01-01T00:00:00Z"), [], "once");
    }
}

#[test]
fn the_ticket_that_lapses_soonest_is_used_first() {
    let mut contract = Contract::signed("2026-06-01T10:00:00+02:00", 10);
    contract.buys("2026-03-02T10:00:00+01:00", 4);
    let entries = contract.works("2026-07-01T09:00:00+02:00", "A", 300).expect("covered");
    let LedgerEntry::Debited { from, .. } = &entries[0] else { panic!("a debit") };
    assert_eq!(from, &[(1, ratio("4")), (0, ratio("1"))]);
    assert_eq!(contract.balance("2027-03-01T23:59:00+01:00"), "9");
    // Before a pack opens, and after it lapses, its tickets are no one's.
    assert_eq!(Contract::signed("2026-06-01T10:00:00+02:00", 10).balance("2026-05-31T10:00:00+02:00"), "0");
}

#[test]
fn work_starts_with_both_consents_an_accepted_estimate_and_a_balance_that_covers_it() {
    let mut contract = Contract::signed("2026-03-02T10:00:00+01:00", 10);
    let when = at("2026-03-09T09:00:00+01:00");
    let may = |contract: &Contract, roles: &[&str]| {
        let prepaid = Prepaid::new(&contract.terms, &contract.terms.ledgers[0], &contract.facts);
        prepaid.may_start(&contract.book, "A", &consents(roles), when)
    };
    let refused = may(&contract, &["agent"]).expect_err("the customer has not agreed");
    assert_eq!(refused.why, Why::NeedsConsent { of: vec!["customer".to_owned()], offer: None });
    let refused = may(&contract, &["agent", "customer"]).expect_err("no estimate");
    assert_eq!((refused.why, refused.clause.mark()), (Why::NeedsEstimate, "S b".to_owned()));
    contract.estimates("2026-03-09T09:00:00+01:00", "A", 10);
    assert_eq!(may(&contract, &["agent", "customer"]), Ok(()));
    contract.works("2026-03-10T09:00:00+01:00", "B", 30).expect("covered");
    let refused = may(&contract, &["agent", "customer"]).expect_err("nine do not cover ten");
    assert_eq!(refused.why, Why::NeedsOrder { short_by: Ratio::ONE, offer: Some("order".to_owned()) });
    assert_eq!(refused.clause.mark(), "S b");
    contract.buys("2026-03-11T09:00:00+01:00", 4);
    assert_eq!(
        may(&contract, &["agent", "customer"]),
        Err(refused),
        "the question was asked two days earlier"
    );
}

#[test]
fn the_customer_is_warned_at_the_share_of_the_estimate_and_once() {
    let mut contract = Contract::signed("2026-03-02T10:00:00+01:00", 20);
    contract.estimates("2026-03-09T09:00:00+01:00", "A", 10);
    let mut told = Vec::new();
    for session in 1..=10 {
        let entries = contract.works("2026-03-10T09:00:00+01:00", "A", 60).expect("within the estimate");
        told.extend(warnings(&entries).into_iter().map(|warning| (session, warning)));
    }
    assert_eq!(told, [(8, "S g requester".to_owned())]);
    // The threshold is a parameter of the contract.
    let mut terms = prepaid();
    terms.ledgers[0].warnings[0].at = Choice::Fact("overrun_warning".into());
    let mut contract = Contract::new(terms);
    contract.facts.set("overrun_warning", FactValue::text("50 %"));
    contract.buys("2026-03-02T10:00:00+01:00", 10);
    contract.estimates("2026-03-09T09:00:00+01:00", "A", 4);
    assert_eq!(warnings(&contract.works("2026-03-10T09:00:00+01:00", "A", 61).expect("covered")).len(), 1);
}

#[test]
fn an_overrun_needs_the_customers_agreement_and_a_balance_that_covers_it() {
    let mut contract = Contract::signed("2026-03-02T10:00:00+01:00", 4);
    contract.estimates("2026-03-09T09:00:00+01:00", "A", 2);
    contract.works("2026-03-10T09:00:00+01:00", "A", 120).expect("the estimate itself");
    let refused = contract.works("2026-03-11T09:00:00+01:00", "A", 1).expect_err("past the estimate");
    let needs = Why::NeedsConsent { of: vec!["customer".to_owned()], offer: Some("order".to_owned()) };
    assert_eq!((refused.why, refused.clause.mark()), (needs, "S h".to_owned()));
    assert_eq!(
        contract.balance("2026-03-11T10:00:00+01:00"),
        "2",
        "without agreement nothing more is debited"
    );
    let when = at("2026-03-11T11:00:00+01:00");
    let agree = |contract: &mut Contract, up_to: i64, roles: &[&str]| {
        let roles = consents(roles);
        contract.ask(|prepaid, book| prepaid.agree_overrun(book, "A", Ratio::whole(up_to), &roles, when))
    };
    assert!(agree(&mut contract, 3, &["agent"]).is_err());
    let refused = agree(&mut contract, 5, &["customer"]).expect_err("only two are left");
    assert_eq!(refused.why, Why::NeedsOrder { short_by: Ratio::ONE, offer: Some("order".to_owned()) });
    agree(&mut contract, 3, &["customer"]).expect("the balance covers one more");
    contract.works("2026-03-11T12:00:00+01:00", "A", 1).expect("agreed");
    assert!(contract.works("2026-03-11T13:00:00+01:00", "A", 1).is_err(), "and no further");
    // Work without estimate is bounded by the balance alone.
    let refused = contract.works("2026-03-11T14:00:00+01:00", "B", 61).expect_err("one is left");
    assert_eq!(
        (refused.why.clone(), refused.clause.mark()),
        (Why::NeedsOrder { short_by: Ratio::ONE, offer: Some("order".to_owned()) }, "S h".to_owned())
    );
}

#[test]
fn planned_work_cancelled_less_than_five_working_days_before_is_forfeit() {
    for (cancelled, planned, days, forfeit) in [
        ("2026-03-16T10:00:00+01:00", "2026-03-20", 4, "4"),
        ("2026-03-16T10:00:00+01:00", "2026-03-23", 5, "0"),
        ("2026-03-15T10:00:00+01:00", "2026-03-20", 5, "0"),
        ("2026-03-20T10:00:00+01:00", "2026-03-20", 0, "4"),
        ("2026-03-13T23:59:00+01:00", "2026-03-19", 4, "4"),
        // Easter Monday is no working day: Thursday to Thursday are four.
        ("2026-04-02T10:00:00+02:00", "2026-04-09", 4, "4"),
    ] {
        let mut contract = Contract::signed("2026-03-02T10:00:00+01:00", 10);
        let mut given = 0;
        let entries = contract
            .ask(|prepaid, book| {
                let (days, entries) =
                    prepaid.cancel(book, "A", at(cancelled), date(planned), Ratio::whole(4))?;
                given = days;
                Ok(entries)
            })
            .expect("it can be reckoned");
        assert_eq!(
            (given, debited(&entries).to_string().as_str()),
            (days, forfeit),
            "{cancelled} for {planned}"
        );
        if let Some(LedgerEntry::Debited { reason, clause: said_by, .. }) = entries.first() {
            assert_eq!((reason.as_str(), said_by.mark().as_str()), ("late_cancellation", "1e"));
        }
    }
}

#[test]
fn refund_transfer_and_postponement_are_refused_by_their_clause() {
    let contract = Contract::new(prepaid());
    let prepaid = Prepaid::new(&contract.terms, &contract.terms.ledgers[0], &contract.facts);
    for (act, mark) in [(LedgerAct::Refund, "2 b"), (LedgerAct::Transfer, "2 b"), (LedgerAct::Postpone, "1e")]
    {
        let refused = prepaid.may(act).expect_err("ruled out");
        assert_eq!((refused.why, refused.clause.mark().as_str()), (Why::Forbidden { act }, mark));
    }
}

#[test]
fn a_minimum_then_increments_a_multiplier_and_travel_apart() {
    let mut terms = prepaid();
    let ledger = &mut terms.ledgers[0];
    ledger.worth = Cited { value: Worth::Time(span("1 hour")), clause: clause("0") };
    let work = &mut ledger.debits[0];
    work.minimum = Some(Choice::Plain(figure("30 minutes")));
    work.step = Some(Choice::Plain(figure("10 minutes")));
    work.times = Some(Choice::By {
        fact: "urgent".into(),
        of: vec![("yes".to_owned(), Choice::Plain(figure("1.5")))],
        otherwise: Some(Box::new(Choice::Plain(figure("1")))),
    });
    let travel = Debit {
        of: "travel".to_owned(),
        per: DebitPer::Leg,
        minimum: None,
        step: Some(Choice::Plain(figure("1 hour"))),
        times: Some(Choice::Plain(figure("0.5"))),
        round: RoundMode::Up,
        ..ledger.debits[0].clone()
    };
    ledger.debits.push(travel);
    let mut contract = Contract::new(terms);
    contract.buys("2026-03-02T10:00:00+01:00", 40);
    for (of, minutes, urgent, units) in [
        ("work", 1, false, "1/2"),
        ("work", 30, false, "1/2"),
        ("work", 31, false, "2/3"),
        ("work", 41, false, "5/6"),
        ("work", 41, true, "5/4"),
        ("travel", 61, false, "1"),
        ("waiting", 61, false, "0"),
    ] {
        let work = WorkDone {
            request: "A".to_owned(),
            at: at("2026-03-10T09:00:00+01:00"),
            of: of.to_owned(),
            amount: Ratio::whole(minutes * 60),
            facts: Facts::new().with("urgent", FactValue::YesNo(urgent)),
        };
        let entries = contract.ask(|prepaid, book| prepaid.log_work(book, &work)).expect("covered");
        assert_eq!(debited(&entries).to_string(), units, "{minutes} minutes of {of}");
    }
}

#[test]
fn a_contract_that_covers_the_work_debits_nothing() {
    let mut terms = prepaid();
    terms.ledgers[0].debits[0].when =
        Condition::Not(Box::new(Condition::is("maintained", FactValue::YesNo(true))));
    let mut contract = Contract::new(terms);
    contract.buys("2026-03-02T10:00:00+01:00", 4);
    let refused =
        contract.works("2026-03-10T09:00:00+01:00", "A", 60).expect_err("not known whether maintained");
    assert!(matches!(refused.why, Why::Unknown { .. }));
    contract.facts.set("maintained", FactValue::YesNo(true));
    assert_eq!(contract.works("2026-03-10T09:00:00+01:00", "A", 60), Ok(Vec::new()));
    // Written as an exception, what is not known leaves the debit standing.
    let mut terms = prepaid();
    terms.ledgers[0].debits[0].unless = Condition::is("maintained", FactValue::YesNo(true));
    let mut contract = Contract::new(terms);
    contract.buys("2026-03-02T10:00:00+01:00", 4);
    let entries = contract.works("2026-03-10T09:00:00+01:00", "A", 60).expect("covered");
    assert_eq!(debited(&entries), Ratio::ONE);
    contract.facts.set("maintained", FactValue::YesNo(true));
    assert_eq!(contract.works("2026-03-10T10:00:00+01:00", "A", 60), Ok(Vec::new()));
}

#[test]
fn an_overdraft_lets_the_balance_fall_as_far_as_it_says() {
    let mut terms = prepaid();
    terms.ledgers[0].overdraft.value =
        Overdraft::Allowed { at_most: Some(2.into()), bill_after: None, price: None };
    let mut contract = Contract::new(terms);
    contract.buys("2026-03-02T10:00:00+01:00", 4);
    contract.works("2026-03-10T09:00:00+01:00", "A", 300).expect("one beyond");
    assert_eq!(contract.balance("2026-03-10T12:00:00+01:00"), "-1");
    contract.works("2026-03-10T12:00:00+01:00", "A", 60).expect("two beyond");
    let refused = contract.works("2026-03-10T13:00:00+01:00", "A", 1).expect_err("three beyond");
    assert!(matches!(refused.why, Why::NeedsOrder { short_by, .. } if short_by == Ratio::ONE));
}

#[test]
fn a_share_of_a_large_pack_is_carried_over_and_its_lapse_announced() {
    let mut terms = prepaid();
    let ledger = &mut terms.ledgers[0];
    ledger.lapses = Layered::plain(Lapse::After(span("6 months")), clause("2 a"));
    ledger.carry_over = Cited {
        value: CarryOver::Part {
            share: figure("20 %"),
            when: Box::new(Condition::is("pack", FactValue::text("20"))),
            life: Some(span("3 months")),
        },
        clause: clause("2 c"),
    };
    ledger.warnings = vec![LedgerWarning {
        name: "expiry".to_owned(),
        clause: clause("2 d"),
        of: LedgerWatch::Expiry,
        at: Choice::Plain(figure("30 days")),
        tell: vec!["customer".to_owned()],
    }];
    let mut contract = Contract::new(terms);
    contract.buys("2026-01-01T10:00:00+01:00", 20);
    contract.buys("2026-01-01T10:00:00+01:00", 4);
    assert_eq!(contract.round("2026-05-30T23:59:00+02:00"), []);
    assert_eq!(warnings(&contract.round("2026-05-31T00:00:00+02:00")).len(), 2);
    assert_eq!(contract.round("2026-06-01T00:00:00+02:00"), []);
    let entries = contract.round("2026-07-01T00:00:00+02:00");
    assert_eq!(entries.len(), 3, "two lapses and what is carried over");
    assert_eq!(contract.balance("2026-07-01T00:00:00+02:00"), "4");
    let carried = contract.book.lots.last().expect("carried over");
    assert_eq!((carried.opened_on, carried.last_day), (date("2026-07-01"), Some(date("2026-09-30"))));
    assert_eq!(
        contract.round("2026-10-01T00:00:00+02:00").len(),
        1,
        "kept for three months more, it lapses for good"
    );
}

/// A contract whose packs live six months, with what of them is carried over.
fn carrying(carry_over: CarryOver) -> Contract {
    let mut terms = prepaid();
    let ledger = &mut terms.ledgers[0];
    ledger.lapses = Layered::plain(Lapse::After(span("6 months")), clause("2 a"));
    ledger.carry_over = Cited { value: carry_over, clause: clause("2 c") };
    Contract::new(terms)
}

#[test]
fn what_is_carried_over_is_the_same_however_seldom_somebody_looks() {
    let half = |life: Option<&str>| CarryOver::Part {
        share: figure("50 %"),
        when: Box::new(Condition::Always),
        life: life.map(span),
    };
    for (carry_over, balances, last_day) in [
        (CarryOver::None, ["10", "0", "0", "0"], "2026-06-30"),
        (CarryOver::All, ["10", "10", "10", "10"], "2027-12-31"),
        (half(None), ["10", "5", "5", "5/2"], "2027-12-31"),
        (half(Some("3 months")), ["10", "5", "0", "0"], "2026-09-30"),
    ] {
        let looks = ["2026-06-30", "2026-07-01", "2026-10-01", "2027-02-01"];
        let mut often = carrying(carry_over.clone());
        often.buys("2026-01-01T10:00:00+01:00", 10);
        for (day, balance) in looks.iter().zip(balances) {
            let mut seldom = carrying(carry_over.clone());
            seldom.buys("2026-01-01T10:00:00+01:00", 10);
            for contract in [&mut often, &mut seldom] {
                contract.round(&format!("{day}T10:00:00Z"));
                assert_eq!(contract.balance(&format!("{day}T10:00:00Z")), balance, "{carry_over:?} on {day}");
            }
            assert_eq!(seldom.book, often.book, "{carry_over:?} on {day}");
        }
        often.round("2027-07-15T10:00:00Z");
        let last = often.book.lots.last().expect("a pack");
        assert_eq!(last.last_day, Some(date(last_day)), "{carry_over:?}");
    }
}

#[test]
fn what_two_packs_carry_over_stands_in_the_book_in_order_of_time() {
    let (mut often, mut seldom) = (carrying(CarryOver::All), carrying(CarryOver::All));
    for contract in [&mut often, &mut seldom] {
        contract.buys("2026-01-01T10:00:00+01:00", 10);
        contract.buys("2026-03-01T10:00:00+01:00", 4);
    }
    for now in
        ["2026-07-01T10:00:00Z", "2026-09-01T10:00:00Z", "2027-01-01T10:00:00Z", "2027-03-01T10:00:00Z"]
    {
        often.round(now);
    }
    seldom.round("2027-03-01T10:00:00Z");
    assert_eq!(seldom.log, often.log);
    assert_eq!(seldom.balance("2027-03-01T10:00:00Z"), "14");
}

#[test]
fn units_of_a_term_are_carried_into_the_next_once_there_is_one() {
    for (ends, balance) in [("2026-12-31", "0"), ("2027-12-31", "10")] {
        let mut terms = prepaid();
        terms.term.as_mut().expect("a term").to = Some("licence_end".into());
        terms.ledgers[0].carry_over = Cited { value: CarryOver::All, clause: clause("2 c") };
        let mut contract = Contract::new(terms);
        contract.facts.set("licence_end", FactValue::Date(date("2026-12-31")));
        contract.buys("2026-09-01T10:00:00+02:00", 10);
        contract.facts.set("licence_end", FactValue::Date(date(ends)));
        contract.round("2027-02-01T10:00:00+01:00");
        assert_eq!(contract.balance("2027-02-01T10:00:00+01:00"), balance, "a term until {ends}");
    }
}

#[test]
fn packs_that_end_each_day_are_not_followed_for_ever() {
    let mut contract = carrying(CarryOver::All);
    contract.terms.ledgers[0].lapses = Layered::plain(Lapse::After(span("1 day")), clause("2 a"));
    contract.buys("2026-01-01T10:00:00+01:00", 4);
    contract.round("2027-01-01T10:00:00+01:00");
    assert_eq!(contract.balance("2027-01-01T10:00:00+01:00"), "4");
    let prepaid = Prepaid::new(&contract.terms, &contract.terms.ledgers[0], &contract.facts);
    let refused = prepaid.steps_due(&contract.book, at("9000-01-01T00:00:00Z")).expect_err("too often");
    assert_eq!((refused.why, refused.clause.mark()), (Why::TooGreat, "2 c".to_owned()));
}

#[test]
fn a_lapse_is_announced_a_month_of_the_calendar_before() {
    let mut terms = prepaid();
    terms.ledgers[0].warnings = vec![LedgerWarning {
        name: "expiry".to_owned(),
        clause: clause("2 d"),
        of: LedgerWatch::Expiry,
        at: Choice::Plain(figure("1 month")),
        tell: vec!["customer".to_owned()],
    }];
    // One year from 1 April: it ends on 31 March, and February has 28 days.
    let mut contract = Contract::new(terms);
    contract.buys("2026-04-01T10:00:00+02:00", 10);
    assert_eq!(contract.round("2027-02-27T23:59:00+01:00"), []);
    assert_eq!(warnings(&contract.round("2027-02-28T00:00:00+01:00")).len(), 1);
}

#[test]
fn what_lapses_last_is_used_first_where_the_document_says_so() {
    let mut terms = prepaid();
    let ledger = &mut terms.ledgers[0];
    ledger.use_order.value = UseOrder::LatestExpiry;
    ledger.lapses = Layered {
        cases: vec![terms::Case {
            when: Condition::is("pack", FactValue::text("40")),
            since: None,
            until: None,
            value: Cited { value: Choice::Plain(Lapse::Never), clause: clause("2 a") },
        }],
        default: Some(Cited { value: Choice::Plain(Lapse::After(span("6 months"))), clause: clause("2 a") }),
    };
    ledger.carry_over = Cited {
        value: CarryOver::Part {
            share: figure("20 %"),
            when: Box::new(Condition::is("pack", FactValue::text("20"))),
            life: Some(span("3 months")),
        },
        clause: clause("2 c"),
    };
    let mut contract = Contract::new(terms);
    contract.buys("2026-01-01T10:00:00+01:00", 20);
    contract.buys("2026-06-01T10:00:00+02:00", 4);
    contract.round("2026-07-02T09:00:00+02:00");
    let from = |entries: &[LedgerEntry]| match &entries[0] {
        LedgerEntry::Debited { from, .. } => from.clone(),
        other => panic!("no debit: {other:?}"),
    };
    // What was carried over opened last and ends in September; the other pack ends in November.
    let entries = contract.works("2026-07-02T09:00:00+02:00", "A", 300).expect("covered");
    assert_eq!(from(&entries), [(1, ratio("4")), (2, ratio("1"))]);
    // What never lapses lapses last of all.
    contract.buys("2026-07-03T10:00:00+02:00", 40);
    let entries = contract.works("2026-07-04T09:00:00+02:00", "A", 60).expect("covered");
    assert_eq!(from(&entries), [(3, ratio("1"))]);
}

#[test]
fn what_is_multiplied_differently_is_not_rounded_together_afterwards() {
    use terms::DebitOrder::{RoundThenTimes, TimesThenRound};
    for (order, step, sessions) in [
        (RoundThenTimes, None, vec![(120, false, "2"), (60, true, "3/2")]),
        (RoundThenTimes, None, vec![(60, true, "3/2"), (60, false, "1")]),
        (
            RoundThenTimes,
            Some("1 unit"),
            vec![(20, false, "1"), (20, true, "3/2"), (20, true, "0"), (50, false, "1")],
        ),
        // 20, 50, 80 and 130 minutes.
        (
            TimesThenRound,
            Some("1 unit"),
            vec![(20, false, "1"), (20, true, "0"), (20, true, "1"), (50, false, "1")],
        ),
        (TimesThenRound, None, vec![(120, false, "2"), (60, true, "3/2")]),
    ] {
        for per in [DebitPer::Request, DebitPer::Day] {
            let mut terms = prepaid();
            let work = &mut terms.ledgers[0].debits[0];
            (work.per, work.order) = (per, order);
            work.step = step.map(|step| Choice::Plain(figure(step)));
            work.times = Some(Choice::By {
                fact: "by_night".into(),
                of: vec![("yes".to_owned(), Choice::Plain(figure("1.5")))],
                otherwise: Some(Box::new(Choice::Plain(figure("1")))),
            });
            let mut contract = Contract::new(terms);
            contract.buys("2026-03-02T10:00:00+01:00", 10);
            for (minutes, by_night, units) in &sessions {
                let work = WorkDone {
                    request: "A".to_owned(),
                    at: at("2026-03-10T09:00:00+01:00"),
                    of: "work".to_owned(),
                    amount: Ratio::whole(minutes * 60),
                    facts: Facts::new().with("by_night", FactValue::YesNo(*by_night)),
                };
                let entries = contract.ask(|prepaid, book| prepaid.log_work(book, &work)).expect("covered");
                assert_eq!(debited(&entries).to_string(), *units, "{order:?} {minutes} of {sessions:?}");
            }
        }
    }
}

#[test]
fn when_work_began_is_known_wherever_it_is_counted() {
    let mut terms = prepaid();
    terms.ledgers[0].debits[0].when =
        Condition::Test { fact: "worked_at".into(), test: terms::Test::During("office".to_owned()) };
    for (when, units) in [("2026-03-10T09:00:00+01:00", "1"), ("2026-03-10T20:00:00+01:00", "0")] {
        let counted = count_work(&terms, &Facts::new(), &[], at(when), 60).expect("it is known");
        assert_eq!(counted.units.to_string(), units, "{when}");
    }
}

#[test]
fn a_cancellation_forfeits_by_each_consequence_that_holds() {
    let late = prepaid().consequence("late_cancellation").expect("a consequence").clone();
    let with_plan = |plan: &str| {
        let mut late = late.clone();
        let condition = Condition::is("plan", FactValue::text(plan));
        late.when = vec![Cited { value: condition, clause: clause("1e") }];
        late
    };
    // Days of payment late are no notice of a cancellation.
    let mut of_payment = late.clone();
    of_payment.on = "measure.days_late".to_owned();
    for (consequences, plan, units) in [
        (vec![with_plan("gold"), with_plan("silver")], Some("silver"), "4"),
        (vec![with_plan("gold"), with_plan("silver")], Some("gold"), "4"),
        (vec![with_plan("gold"), with_plan("silver")], None, "0"),
        (vec![late.clone(), with_plan("silver")], Some("silver"), "8"),
        (vec![late.clone(), late.clone(), late.clone()], None, "10"),
        (vec![of_payment], None, "0"),
    ] {
        let mut terms = prepaid();
        terms.consequences = consequences;
        let mut contract = Contract::new(terms);
        if let Some(plan) = plan {
            contract.facts.set("plan", FactValue::text(plan));
        }
        contract.buys("2026-03-02T10:00:00+01:00", 10);
        let cancelled = at("2026-03-16T10:00:00+01:00");
        let entries = contract
            .ask(|prepaid, book| {
                Ok(prepaid.cancel(book, "A", cancelled, date("2026-03-20"), Ratio::whole(4))?.1)
            })
            .expect("it can be reckoned");
        assert_eq!(debited(&entries).to_string(), units, "{plan:?}");
        let left = ratio("10").minus(ratio(units)).expect("small");
        assert_eq!(contract.balance("2026-03-16T10:00:00+01:00"), left.to_string(), "{plan:?}");
    }
}

#[derive(Clone, Debug)]
enum Deed {
    Buy(i64),
    Work { request: u8, minutes: i64 },
    Estimate { request: u8, units: i64 },
    Cancel { in_days: i32, units: i64 },
    Pass { days: i64 },
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        prop_oneof![Just(4_i64), Just(10), Just(20)].prop_map(Deed::Buy),
        (0_u8..3, 1_i64..400).prop_map(|(request, minutes)| Deed::Work { request, minutes }),
        (0_u8..3, 1_i64..9).prop_map(|(request, units)| Deed::Estimate { request, units }),
        (0_i32..12, 1_i64..6).prop_map(|(in_days, units)| Deed::Cancel { in_days, units }),
        (1_i64..200).prop_map(|days| Deed::Pass { days }),
    ]
}

proptest! {
    #[test]
    fn packs_are_debits_and_lapses_and_what_is_left_and_the_balance_is_never_below_zero(
        deeds in prop::collection::vec(deed(), 1..30),
    ) {
        let mut contract = Contract::new(prepaid());
        let mut now = at("2026-03-02T10:00:00+01:00");
        for deed in deeds {
            let when = now.to_string();
            match deed {
                Deed::Buy(units) => contract.buys(&when, units),
                Deed::Work { request, minutes } => {
                    let before = contract.balance(&when);
                    if contract.works(&when, &request.to_string(), minutes).is_err() {
                        prop_assert_eq!(contract.balance(&when), before, "a refusal takes nothing");
                    }
                }
                Deed::Estimate { request, units } => contract.estimates(&when, &request.to_string(), units),
                Deed::Cancel { in_days, units } => {
                    let planned = contract.terms.zone.local(now).date.plus_days(in_days);
                    contract
                        .ask(|prepaid, book| Ok(prepaid.cancel(book, "0", now, planned, Ratio::whole(units))?.1))
                        .expect("it can be reckoned");
                }
                Deed::Pass { days } => {
                    now = now.plus_seconds(days * 86_400);
                    contract.round(&now.to_string());
                }
            }
            prop_assert!(!contract.book.balance(&contract.terms, now).is_negative());
            let (mut bought, mut gone) = (Ratio::ZERO, Ratio::ZERO);
            for entry in &contract.log {
                match entry {
                    LedgerEntry::Opened { lot, .. } => bought = bought.plus(lot.units).expect("small"),
                    LedgerEntry::Debited { units, from, .. } => {
                        let taken = from.iter().fold(Ratio::ZERO, |sum, (_, taken)| sum.plus(*taken).expect("small"));
                        prop_assert_eq!(taken, *units);
                        gone = gone.plus(*units).expect("small");
                    }
                    LedgerEntry::Lapsed { units, .. } => gone = gone.plus(*units).expect("small"),
                    _ => {}
                }
            }
            let left = contract.book.lots.iter().fold(Ratio::ZERO, |sum, lot| sum.plus(lot.left).expect("small"));
            prop_assert_eq!(bought, gone.plus(left).expect("small"));
        }
        let mut folded = LedgerBook::default();
        contract.log.iter().for_each(|entry| folded.apply(entry));
        prop_assert_eq!(folded, contract.book, "the log folds to the book");
    }

    #[test]
    fn minutes_of_one_request_come_to_the_same_however_they_are_cut(
        parts in prop::collection::vec(1_i64..200, 1..8),
    ) {
        let mut terms = prepaid();
        terms.ledgers[0].debits[0].per = DebitPer::Request;
        let (mut cut, mut whole) = (Contract::new(terms), Contract::new(prepaid()));
        for contract in [&mut cut, &mut whole] {
            contract.buys("2026-03-02T10:00:00+01:00", 40);
        }
        for minutes in &parts {
            cut.works("2026-03-10T09:00:00+01:00", "A", *minutes).expect("forty cover it");
        }
        whole.works("2026-03-10T09:00:00+01:00", "A", parts.iter().sum()).expect("forty cover it");
        prop_assert_eq!(cut.balance("2026-03-11T09:00:00+01:00"), whole.balance("2026-03-11T09:00:00+01:00"));
    }
}
