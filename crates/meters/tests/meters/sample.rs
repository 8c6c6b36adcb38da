//! Three invented agreements, built by hand: availability with credits, prepaid tickets, and care by
//! severity.

use calendar::{
    BusinessDay, CalendarDefinition, DayOne, DayReading, HolidaySet, Instant, LocalDate, Span, Weekday,
    Window, Zone,
};
use meters::{Component, Outage};
use terms::{
    Accumulate, AfterEvent, Agreed, AgreementName, Band, Base, CalendarRule, Cap, CarryOver, Cause, Choice,
    Choose, Cited, Claim, Clause, ClauseName, Condition, Consequence, ConsequenceAmount, Debit, DebitOrder,
    DebitPer, Down, Effect, EndDay, EventPattern, FactValue, Facts, Figure, Gives, InvoiceRule, Label, Lapse,
    Layered, Ledger, LedgerAct, LedgerWarning, LedgerWatch, Liability, Measure, MeasureBounds, MeasureKind,
    MeasurePeriod, MeasureUnit, Money, OutsideTerm, Overdraft, Owed, Pack, PauseRule, Pay, Permission,
    Promise, Quantity, RateAmount, RateCount, RatePer, RateRow, RateTable, RoundMode, RoundTo, Service,
    ServiceCap, Settle, Show, Silence, Strength, TermEnd, TermRule, Terms, Total, TotalOver, UseOrder,
    Warranty, Worth,
};

pub fn at(text: &str) -> Instant {
    Instant::parse(text).expect("an instant")
}

pub fn date(text: &str) -> LocalDate {
    LocalDate::parse(text).expect("a date")
}

pub fn figure(text: &str) -> Figure {
    text.parse().expect("a figure")
}

pub fn money(text: &str) -> Money {
    match figure(text) {
        Figure::Money(money) => money,
        other => panic!("{other} is no money"),
    }
}

pub fn span(text: &str) -> Span {
    Span::parse(text).expect("a span")
}

pub fn clause(mark: &str) -> Clause {
    let (number, item) = match mark.split_once(' ') {
        Some((number, item)) => (number, Some(item.to_owned())),
        None => (mark, None),
    };
    Clause::from(ClauseName {
        agreement: "sample".to_owned(),
        version: "1".to_owned(),
        number: number.to_owned(),
        item,
        heading: String::new(),
    })
}

fn cited<T>(value: T, mark: &str) -> Cited<T> {
    Cited { value, clause: clause(mark) }
}

fn plain(text: &str) -> Choice<Figure> {
    Choice::Plain(figure(text))
}

pub fn bounds(at_least: &str, above: &str, at_most: &str, below: &str) -> MeasureBounds {
    let side = |text: &str| (!text.is_empty()).then(|| figure(text));
    MeasureBounds {
        quantity: None,
        at_least: side(at_least),
        above: side(above),
        at_most: side(at_most),
        below: side(below),
    }
}

fn empty(zone: &str) -> Terms {
    let name = AgreementName { key: "sample".to_owned(), version: "1".to_owned() };
    Terms::empty(name, date("2026-01-01"), Zone::parse(zone).expect("a zone"))
}

fn calendar(name: &str, zone: &str, windows: &[&str], closed: &[&str]) -> CalendarRule {
    let windows: Vec<Window> =
        windows.iter().map(|window| Window::parse(window).expect("a window")).collect();
    let days: &[Weekday] = if name == "maintenance" { &EVERY_DAY } else { Weekday::MONDAY_TO_FRIDAY };
    let mut definition = CalendarDefinition::weekly(name, Zone::parse(zone).expect("a zone"), days, &windows);
    if let calendar::CalendarRule::Hours { hours, .. } = &mut definition.rule {
        let closed = closed.iter().map(|day| date(day)).collect();
        hours.holidays.push(HolidaySet::of_dates("closed", closed));
    }
    CalendarRule {
        name: name.to_owned(),
        label: Label::default(),
        clause: clause("C.1"),
        definition,
        holidays: Vec::new(),
        same_as: None,
        closed: None,
        interpretations: Vec::new(),
    }
}

const EVERY_DAY: [Weekday; 7] = Weekday::ALL;

pub fn measure(name: &str, mark: &str, kind: MeasureKind) -> Measure {
    Measure {
        name: name.to_owned(),
        label: Label::default(),
        clause: clause(mark),
        kind,
        of: None,
        when: Condition::Always,
        period: MeasurePeriod::default(),
        zone: None,
        each: None,
        total: None,
        split_on: None,
        population: None,
        counted: Condition::Always,
        at: None,
        down: Down::default(),
        exclude: Vec::new(),
        counted_in: None,
        weight: None,
        outside_term: OutsideTerm::LeftOut,
        begins: None,
        compare: None,
        strength: None,
        target: Vec::new(),
        permitted: None,
        from: None,
        to: None,
        unit: MeasureUnit::default(),
        calendar: None,
        first_day: EndDay::Left,
        last_day: EndDay::Counts,
        show: None,
        claimed: None,
        shown_with: None,
        interpretations: Vec::new(),
    }
}

pub fn consequence(name: &str, mark: &str, on: &str, gives: Gives, amount: ConsequenceAmount) -> Consequence {
    Consequence {
        name: name.to_owned(),
        label: Label::default(),
        clause: clause(mark),
        on: on.to_owned(),
        quantity: Quantity::Value,
        gives,
        when: Vec::new(),
        of: None,
        amount,
        per: None,
        round: Some(cited(RoundTo { to: figure("0.01"), mode: RoundMode::HalfUp }, mark)),
        at_least: None,
        ignore_below: None,
        ignore_total_up_to: None,
        caps: Vec::new(),
        index: None,
        accumulate: Accumulate::Sum,
        group: None,
        reuse: true,
        claim: None,
        hear: None,
        right: None,
        tax: None,
        settle: None,
        exclusive: None,
        interpretations: Vec::new(),
    }
}

pub fn band(limits: MeasureBounds, give: &str, mark: &str) -> Band {
    Band { bounds: limits, give: Some(plain(give)), clause: clause(mark) }
}

pub fn bands(bands: Vec<Band>, mark: &str) -> ConsequenceAmount {
    ConsequenceAmount::Bands(Layered::plain(bands, clause(mark)))
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// Availability of 99 % of a calendar month in Montreal; credits of 5, 10 and 15 %, on claim.
pub fn availability() -> Terms {
    let mut terms = empty("America/Montreal");
    terms.currency = "CAD".to_owned();
    terms.calendars = vec![calendar("maintenance", "America/Montreal", &["00:00-03:00"], &[])];
    let cause = |name: &str, item: &str, usual: bool| Cause {
        name: name.to_owned(),
        label: Label::new("en", name),
        clause: clause(&format!("5.5 {item}")),
        usual: usual.then(|| Choice::Plain("maintenance".to_owned())),
        announce_above: usual.then(|| span("1 hour")),
        announce_to: if usual { names(&["technical_contact"]) } else { Vec::new() },
        needs: Vec::new(),
    };
    terms.causes = vec![
        cause("maintenance", "a", true),
        cause("beyond_control", "b", false),
        cause("cloud", "c", false),
    ];
    let mut uptime = measure("availability", "5.3", MeasureKind::Availability);
    uptime.period = MeasurePeriod::CalendarMonth;
    uptime.each = Some("component".to_owned());
    uptime.total = Some(Total { over: TotalOver::Union, primary_only: true, group: None });
    uptime.down.source = Some("monitor".to_owned());
    uptime.exclude = names(&["maintenance", "beyond_control", "cloud"]);
    uptime.target = vec![Layered::plain(bounds("99 %", "", "", ""), clause("5.0 c"))];
    uptime.show = Some(Show { decimals: 3, mode: RoundMode::HalfUp });
    uptime.interpretations = names(&["months"]);
    terms.measures = vec![uptime];
    terms.bases = vec![Base {
        name: "month_fee".to_owned(),
        label: Label::default(),
        clause: clause("5.6"),
        of: "subscription".to_owned(),
        basis: Some("invoiced".to_owned()),
        per: Some("month".to_owned()),
        without: Vec::new(),
        prorated: true,
        with_tax: false,
    }];
    let table = vec![
        band(bounds("98 %", "", "", "99 %"), "5 %", "5.6 a"),
        band(bounds("97 %", "", "", "98 %"), "10 %", "5.6 b"),
        band(bounds("", "", "", "97 %"), "15 %", "5.6 c"),
    ];
    let mut credit =
        consequence("credit", "5.6", "measure.availability.total", Gives::Credit, bands(table, "5.6"));
    let standing = Condition::is("in_good_standing", FactValue::YesNo(true));
    credit.when = vec![cited(standing, "5.0 d")];
    credit.of = Some("month_fee".to_owned());
    credit.caps = vec![Cap {
        give: plain("15 %"),
        of: Some("month_fee".to_owned()),
        per: "month".to_owned(),
        unless: Condition::never(),
        only_warns: false,
        clause: clause("5.7"),
    }];
    credit.settle = Some(cited(
        Settle {
            form: "credit note".to_owned(),
            on: Some("next invoice".to_owned()),
            within: None,
            cash: false,
        },
        "5.7",
    ));
    credit.exclusive = Some(clause("5.0 e"));
    credit.claim = Some(Claim {
        clause: clause("5.8"),
        by: names(&["customer"]),
        through: names(&["portal"]),
        within: Some(cited(Choice::Plain(span("end of next month")), "5.8 a")),
        counted_from: None,
        needs: cited(names(&["account", "application", "contact"]), "5.8 b"),
        each_outage: cited(names(&["date", "time", "description", "service"]), "5.8 c"),
        steps: Vec::new(),
        decided_by: names(&["manager"]),
        decided_within: None,
        late_is_shown: false,
    });
    terms.consequences = vec![credit];
    terms
}

pub fn components() -> Vec<Component> {
    [("application", true), ("exercises", true), ("reports", false)]
        .map(|(name, primary)| Component { name: name.to_owned(), primary, group: None })
        .to_vec()
}

pub fn outage(component: &str, from: &str, to: &str) -> Outage {
    Outage {
        component: component.to_owned(),
        from: at(from),
        to: Some(at(to)),
        cause: None,
        source: "monitor".to_owned(),
        facts: Facts::new(),
    }
}

fn permission(act: &str, mark: &str, consent: &[&str]) -> Permission {
    Permission {
        act: act.to_owned(),
        label: Label::default(),
        clause: clause(mark),
        who: names(&["agent"]),
        to: Vec::new(),
        consent: names(consent),
        decided_by: Vec::new(),
        needs: Vec::new(),
        reason: false,
        during: None,
        when: Condition::Always,
        keeps: Vec::new(),
        silence: None,
        after: None,
        else_offer: None,
    }
}

/// Prepaid tickets of one hour, one year from signature, in Paris.
pub fn prepaid() -> Terms {
    let mut terms = empty("Europe/Paris");
    terms.currency = "EUR".to_owned();
    terms.calendars = vec![calendar(
        "office",
        "Europe/Paris",
        &["08:00-12:00", "13:00-17:00"],
        &["2026-04-06", "2026-05-01"],
    )];
    let pack = |units: i64, price: &str| Pack {
        name: units.to_string(),
        units: units.into(),
        price: Some(money(price)),
        clause: clause("O c"),
    };
    let debit = Debit {
        clause: clause("O c"),
        of: "work".to_owned(),
        per: DebitPer::Session,
        when: Condition::Always,
        unless: Condition::never(),
        from: None,
        minimum: None,
        step: Some(plain("1 unit")),
        round: RoundMode::Up,
        times: None,
        order: DebitOrder::RoundThenTimes,
        price: None,
    };
    terms.ledgers = vec![Ledger {
        name: "tickets".to_owned(),
        label: Label::default(),
        unit: Label::new("fr", "ticket"),
        clause: clause("O c"),
        worth: cited(Worth::Time(span("1 hour")), "0"),
        packs: vec![pack(4, "600 EUR"), pack(10, "1500 EUR"), pack(20, "2750 EUR"), pack(40, "5000 EUR")],
        minimum: Some(cited(4.into(), "0")),
        included: None,
        accrue: None,
        opens: Some(EventPattern::any("signed")),
        lapses: Layered::plain(Lapse::EndOfTerm, clause("2 a")),
        use_order: cited(UseOrder::EarliestExpiry, "2 a"),
        carry_over: cited(CarryOver::None, "2 b"),
        overdraft: cited(Overdraft::Forbidden, "S h"),
        cap: None,
        debits: vec![debit],
        estimate: None,
        warnings: vec![LedgerWarning {
            name: "overrun".to_owned(),
            clause: clause("S g"),
            of: LedgerWatch::Estimate,
            at: plain("80 %"),
            tell: names(&["requester"]),
        }],
        close_period: None,
        forbids: vec![
            cited(LedgerAct::Refund, "2 b"),
            cited(LedgerAct::Transfer, "2 b"),
            cited(LedgerAct::Postpone, "1e"),
        ],
        interpretations: names(&["unit"]),
    }];
    terms.term = Some(TermRule {
        clause: clause("2 a"),
        length: Choice::Plain(span("1 year")),
        from: "signed".to_owned(),
        ends: TermEnd::Eve,
        leap_day: Some((2, 28)),
        renewal: None,
        to: None,
        interpretations: Vec::new(),
    });
    let mut start = permission("start_work", "S b", &["customer", "agent"]);
    start.else_offer = Some("order".to_owned());
    let mut exceed = permission("exceed_estimate", "S h", &["customer"]);
    exceed.else_offer = Some("order".to_owned());
    let mut suspend = permission("suspend", "4c", &[]);
    suspend.after = Some(AfterEvent {
        event: "formal_notice".to_owned(),
        wait: span("8 days"),
        first_day: EndDay::Left,
        calendar: None,
        counted_from: Vec::new(),
        unless: None,
        clause: clause("4c 1"),
    });
    let mut plan = permission("plan", "1c", &[]);
    plan.during = Some("office".to_owned());
    terms.permissions = vec![start, exceed, suspend, plan];
    let mut notice = measure("notice_given", "1e", MeasureKind::Time);
    (notice.from, notice.to) = (Some(EventPattern::any("cancelled")), Some(EventPattern::any("planned")));
    notice.unit = MeasureUnit::BusinessDay;
    notice.calendar = Some(Choice::Plain("office".to_owned()));
    let mut late = measure("days_late", "4c", MeasureKind::Time);
    late.unit = MeasureUnit::Day;
    terms.measures = vec![notice, late];
    let forfeits = bands(vec![band(bounds("", "", "", "5"), "100 %", "1e")], "1e");
    let mut late_cancellation =
        consequence("late_cancellation", "1e", "measure.notice_given", Gives::Debit, forfeits);
    late_cancellation.of = Some("estimated_units".to_owned());
    late_cancellation.round = None;
    let rate = RateAmount {
        give: None,
        per: RatePer::YearOfDays(365),
        count: RateCount::Exact,
        table: Some("refinancing".to_owned()),
        plus: Some(plain("10 points")),
        as_of: terms::RateDay::EachDay,
    };
    let mut interest =
        consequence("interest", "4c 3", "measure.days_late", Gives::Interest, ConsequenceAmount::Rate(rate));
    interest.of = Some("invoice_with_tax".to_owned());
    let fixed = bands(vec![band(bounds("1", "", "", ""), "40 EUR", "4c 4")], "4c 4");
    let indemnity = consequence("indemnity", "4c 4", "measure.days_late", Gives::Indemnity, fixed);
    terms.consequences = vec![late_cancellation, interest, indemnity];
    let row = |since: &str, value: &str| RateRow { since: date(since), value: figure(value) };
    terms.rates = vec![RateTable {
        name: "refinancing".to_owned(),
        label: Label::default(),
        clause: clause("4c 3"),
        unit: "% per year".to_owned(),
        set_by: "provider".to_owned(),
        rows: vec![row("2026-01-01", "2.15 %"), row("2026-07-01", "2.40 %")],
    }];
    terms.invoice = Some(InvoiceRule {
        clause: clause("4b"),
        issue: Some("ordered".to_owned()),
        pay: Some(cited(
            Pay {
                within: Choice::Plain(span("30 days")),
                from: "issued".to_owned(),
                by: names(&["transfer"]),
                discount: None,
            },
            "4b 1",
        )),
        schedule: Vec::new(),
        tax: None,
        electronic_required: false,
        electronic: Some(true),
        numbering: None,
        round: None,
        disputed_payable: Some(cited(true, "4c 2")),
    });
    terms.liability = Some(Liability {
        clause: clause("7b"),
        cap: Cap {
            give: plain("100 %"),
            of: Some("price_paid".to_owned()),
            per: "contract year".to_owned(),
            unless: Condition::never(),
            only_warns: false,
            clause: clause("7b"),
        },
        except: names(&["gross_fault", "bodily_injury"]),
        limitation: Some(cited(span("2 years"), "7c")),
    });
    terms.services = services();
    terms
}

fn services() -> Vec<Service> {
    let service = |name: &str, mark: &str| Service {
        name: name.to_owned(),
        label: Label::default(),
        clause: clause(mark),
        includes: Vec::new(),
        range: Label::default(),
        texts: Vec::new(),
        ledger: None,
        units: None,
        requires: Vec::new(),
        software: Vec::new(),
        caps: Vec::new(),
        choose: None,
        phases: Vec::new(),
        deliver: Vec::new(),
        customer: Vec::new(),
        related: Vec::new(),
        warranty: None,
    };
    let cap = |of: &str, at_most: u32| ServiceCap { of: of.to_owned(), varies: None, at_most };
    let mut common = service("common", "S");
    common.ledger = Some("tickets".to_owned());
    common.requires = ["feasibility_study", "broadband", "remote_tool", "administrator_session"]
        .map(|name| cited(name.to_owned(), "S a"))
        .to_vec();
    common.phases =
        ["scope", "work", "tests", "deliverables"].map(|name| cited(name.to_owned(), "S c")).to_vec();
    common.caps = vec![cited(cap("participants", 2), "0")];
    common.warranty = Some(cited(Warranty::None, "S f"));
    let mut install = service("vault_install", "P 01");
    install.includes = names(&["common"]);
    install.units = Some(10.into());
    install.requires = vec![cited("database_installed".to_owned(), "P 01")];
    install.caps = vec![cited(cap("workstations", 5), "P 01")];
    let mut show = service("show_features", "P 06");
    show.includes = names(&["common"]);
    show.units = Some(4.into());
    let caps = vec![cap("standard", 5), cap("professional_premium", 2), cap("simulation", 2)];
    show.choose = Some(cited(Choose { at_most: 1, caps }, "P 06"));
    vec![common, install, show]
}

fn by_severity<const N: usize>(rows: [(&str, &str); N]) -> Choice<Span> {
    Choice::By {
        fact: "severity".into(),
        of: rows.iter().map(|(severity, text)| ((*severity).to_owned(), Choice::Plain(span(text)))).collect(),
        otherwise: Some(Box::new(Choice::Plain(Span::None))),
    }
}

fn layered(choice: Choice<Span>, mark: &str) -> Layered<Span> {
    Layered { cases: Vec::new(), default: Some(cited(choice, mark)) }
}

fn events(names: &[&str]) -> Vec<EventPattern> {
    names.iter().map(|name| EventPattern::any(name)).collect()
}

fn promise(name: &str, mark: &str, stop: &[&str], pause: &[&str]) -> Promise {
    Promise {
        name: name.to_owned(),
        label: Label::default(),
        clause: clause(mark),
        owed_by: "provider".to_owned(),
        owed_to: "customer".to_owned(),
        owed: Owed::Always,
        when: Condition::Always,
        unless: Condition::never(),
        start: events(&["received"]),
        stop: events(stop),
        reset: Vec::new(),
        pause: Layered::plain(names(pause), clause(mark)),
        within: Layered::unsaid(),
        every: Layered::unsaid(),
        calendar: Layered::plain("local".to_owned(), clause("3")),
        day: DayReading {
            business_day: BusinessDay::Length,
            day_one: DayOne::Next,
            cut_off: None,
            billing: None,
        },
        strength: Layered::plain(Strength::Binding, clause(mark)),
        on_change: Vec::new(),
        each: Vec::new(),
        ahead_of: None,
        defer_to: None,
        agreed: None,
        idle: None,
        requires: Condition::Always,
        warn: Vec::new(),
        missed: Vec::new(),
        interpretations: Vec::new(),
    }
}

/// Care by severity in Paris, 09:00 to 17:00: targets in business days, updates each day or every
/// two, continuous effort, waiting that extends.
pub fn care() -> Terms {
    let mut terms = empty("Europe/Paris");
    terms.calendars =
        vec![calendar("local", "Europe/Paris", &["09:00-17:00"], &["2026-04-06", "2026-05-01"])];
    let mut response = promise("response", "7", &["answered"], &[]);
    response.within = layered(Choice::Plain(span("4 business hours")), "7");
    let mut resolution = promise("resolution", "8", &["resolved", "workaround_given"], &["customer"]);
    let targets =
        by_severity([("P1", "2 business days"), ("P2", "3 business days"), ("P3", "15 business days")]);
    resolution.within = layered(targets, "8");
    resolution.strength = Layered::plain(Strength::Estimate, clause("7"));
    let mut update = promise("update", "7h", &["resolved"], &[]);
    update.reset = events(&["updated"]);
    let rhythm = by_severity([
        ("P1", "end of business day 1"),
        ("P2", "end of business day 1"),
        ("P3", "end of business day 2"),
    ]);
    update.every = layered(rhythm, "8");
    update.agreed = Some(Agreed {
        consent: names(&["agent", "customer"]),
        at_least: None,
        at_most: Some(span("10 business days")),
        clause: Some(clause("7h")),
    });
    let mut effort = promise("effort", "8.1 c", &["resolved", "workaround_given"], &["customer"]);
    effort.when = Condition::Test {
        fact: "severity".into(),
        test: terms::Test::OneOf(vec![FactValue::text("P1"), FactValue::text("P2")]),
    };
    effort.start = events(&["classified"]);
    effort.idle = Some(span("2 business hours"));
    effort.strength = Layered::plain(Strength::Objective, clause("8.1 c"));
    terms.promises = vec![response, resolution, update, effort];
    terms.pauses = vec![PauseRule {
        name: "customer".to_owned(),
        label: Label::default(),
        clause: clause("9"),
        begin: events(&["waiting"]),
        end: events(&["resumed"]),
        party: "customer".to_owned(),
        together: terms::Together::Each,
        effect: Effect::Extend,
        tasks: Vec::new(),
        measured_in: Some(Choice::Plain("local".to_owned())),
    }];
    let mut close = permission("close", "5i", &["customer"]);
    close.silence = Some(Silence {
        after: Choice::Plain(span("10 business days")),
        from: None,
        remind: vec![span("3 business days"), span("6 business days")],
        counts_as: "no reply".to_owned(),
        reopens: true,
        calendar: Some("local".to_owned()),
        day: DayReading {
            business_day: BusinessDay::Close,
            day_one: DayOne::Next,
            cut_off: None,
            billing: None,
        },
    });
    terms.permissions = vec![close];
    terms
}
