use crate::diagnostic::{Code, Diagnostic};
use crate::lower::interpretations_about;
use crate::lower::prepaid::{expense, ledger, service};
use crate::merge::Rule;
use crate::nearest::nearest;
use crate::node::{Entry, Node, Raw, find};
use crate::reader::Reader;
use calendar::{Span, Unit};
use std::str::FromStr;
use terms::{
    Band, BandFault, Base, Cap, Cause, Choice, Cited, Claim, ComponentRule, Condition, Consequence,
    ConsequenceAmount, Decimal, Down, EndDay, EscalationGround, FactName, Figure, Gives, InvoiceRule,
    KeyClause, Ladder, Layered, Measure, MeasureBounds, MeasureKind, MeasurePeriod, MeasureUnit, MoneyRule,
    OutsideTerm, PartyRule, Pay, RateAmount, RateCount, RateDay, RatePer, RateTable, Ratio, Renewal,
    RoundMode, RoundTo, Settle, Show, Slice, TaxDue, TaxRule, TermEnd, TermPeriod, TermRule, Terms, Total,
    TotalOver,
};

/// What a contract measures, pays, prepays and ends with.
pub(super) fn lower_contract(reader: &mut Reader<'_>, terms: &mut Terms) {
    let rules = reader.rules;
    for rule in &rules.rules {
        key_clauses(reader, rule, terms);
        match rule.kind.kind {
            "measure" if rule.text("kind") != Some("share") => {
                let lowered = measure(reader, rule);
                terms.measures.push(lowered);
            }
            "cause" => {
                let lowered = cause(reader, rule);
                terms.causes.push(lowered);
            }
            "component" => terms.components.push(ComponentRule {
                name: rule.name.clone(),
                label: reader.label(&rule.keys),
                clause: reader.rule_clause(rule),
                primary: reader.yes_no(&rule.keys, "primary").unwrap_or(true),
            }),
            "party" => terms.parties.push(PartyRule {
                name: rule.name.clone(),
                label: reader.label(&rule.keys),
                clause: reader.rule_clause(rule),
                stands_for: rule.text("stands_for").unwrap_or_default().to_owned(),
                when: reader.when(&rule.keys),
            }),
            "escalation.ground" => terms.grounds.push(EscalationGround {
                name: rule.name.clone(),
                label: reader.label(&rule.keys),
                clause: reader.rule_clause(rule),
                when: reader.when(&rule.keys),
                automatic: rule.text("offered") == Some("automatically"),
            }),
            "escalation.ladder" => {
                let steps = reader.known_names(&rule.keys, "steps", "role");
                terms.ladder = Some(Ladder { clause: reader.rule_clause(rule), steps });
            }
            "base" => terms.bases.push(Base {
                name: rule.name.clone(),
                label: reader.label(&rule.keys),
                clause: reader.rule_clause(rule),
                of: rule.text("of").unwrap_or_default().to_owned(),
                basis: rule.text("basis").map(str::to_owned),
                per: rule.text("per").map(str::to_owned),
                without: Vec::new(),
                prorated: rule.text("prorate") == Some("term"),
                with_tax: reader.yes_no(&rule.keys, "with_tax").unwrap_or(false),
            }),
            "rate" => terms.rates.push(RateTable {
                name: rule.name.clone(),
                label: reader.label(&rule.keys),
                clause: reader.rule_clause(rule),
                unit: rule.text("unit").unwrap_or_default().to_owned(),
                set_by: rule.text("set_by").unwrap_or("provider").to_owned(),
                rows: Vec::new(),
            }),
            "consequence" => {
                let lowered = consequence(reader, rule);
                terms.consequences.push(lowered);
            }
            "ledger" => {
                let lowered = ledger(reader, rule);
                terms.ledgers.push(lowered);
            }
            "expense" => {
                let lowered = expense(reader, rule);
                terms.expenses.push(lowered);
            }
            "service" => {
                let lowered = service(reader, rule);
                terms.services.push(lowered);
            }
            "term" => {
                let lowered = term(reader, rule);
                terms.term = Some(lowered);
            }
            "money" => {
                let lowered = money_rule(reader, rule);
                terms.money = Some(lowered);
            }
            "invoice" => {
                let lowered = invoice(reader, rule);
                terms.invoice = Some(lowered);
            }
            _ => {}
        }
    }
}

/// Keys that stand under another heading than their rule keep the clause of their own.
fn key_clauses(reader: &mut Reader<'_>, rule: &Rule, terms: &mut Terms) {
    for entry in rule.keys.iter().filter(|entry| Some(entry.section) != rule.section) {
        if !reader.is_language(&entry.key) {
            let clause = reader.clause(entry.section, &[]);
            terms.key_clauses.push(KeyClause { rule: rule.path(), key: entry.key.clone(), clause });
        }
    }
}

/// A value with the clause of the heading under which its key stands.
pub(super) fn cited<T>(reader: &mut Reader<'_>, rule: &Rule, key: &str, value: T) -> Cited<T> {
    let own = rule.section == rule.get(key).map(|entry| entry.section);
    let section = rule.get(key).map_or_else(|| rule.section(), |entry| entry.section);
    let clause = if own { reader.rule_clause(rule) } else { reader.clause(section, &[]) };
    Cited { value, clause }
}

pub(super) fn inner<'a>(rule: &'a Rule, key: &str) -> Option<&'a [Entry]> {
    rule.get(key).and_then(|entry| entry.node.as_table())
}

pub(super) fn rows(entry: Option<&Entry>) -> Vec<&[Entry]> {
    let nodes: &[Node] = match entry.map(|entry| &entry.node) {
        Some(node) => node.as_list().unwrap_or(std::slice::from_ref(node)),
        None => &[],
    };
    nodes.iter().filter_map(Node::as_table).collect()
}

pub(super) fn text<'a>(keys: &'a [Entry], key: &str) -> Option<&'a str> {
    find(keys, key).and_then(|entry| entry.node.as_text())
}

pub(super) fn whole<T: FromStr>(reader: &mut Reader<'_>, keys: &[Entry], key: &str) -> Option<T> {
    let entry = find(keys, key)?;
    let read = match &entry.node.raw {
        Raw::Number(number) => number.parse().ok(),
        _ => None,
    };
    if read.is_none() {
        reader.wrong(key, "number", entry.node.place);
    }
    read
}

pub(super) fn round_mode(word: Option<&str>) -> RoundMode {
    match word {
        Some("half-even") => RoundMode::HalfEven,
        Some("down") => RoundMode::Down,
        Some("up") => RoundMode::Up,
        _ => RoundMode::HalfUp,
    }
}

fn show(reader: &mut Reader<'_>, keys: &[Entry]) -> Option<Show> {
    Some(Show { decimals: whole(reader, keys, "decimals")?, mode: round_mode(text(keys, "mode")) })
}

fn round_to(reader: &mut Reader<'_>, keys: &[Entry]) -> Option<RoundTo> {
    let to = find(keys, "to").and_then(|entry| reader.figure("to", &entry.node))?;
    Some(RoundTo { to, mode: round_mode(text(keys, "mode")) })
}

/// The parameter that `"$name"` stands for.
fn parameter(reader: &mut Reader<'_>, rule: &Rule, key: &str) -> Option<FactName> {
    let entry = rule.get(key)?;
    let name = entry.node.as_text()?.strip_prefix('$')?;
    reader.know("parameter", name, entry.node.place).then(|| name.into())
}

fn bounds(reader: &mut Reader<'_>, keys: &[Entry], unit: Option<MeasureUnit>) -> MeasureBounds {
    let mut side = |key: &str| find(keys, key).and_then(|entry| measured(reader, key, &entry.node, unit));
    MeasureBounds {
        quantity: None,
        at_least: side("at_least"),
        above: side("above"),
        at_most: side("at_most"),
        below: side("below"),
    }
}

/// A figure that what is measured is held against, or divided by. A measure in days is a number of days: so is the
/// figure. Every other time is in seconds, which a day has not always as many of: a bare number of hours or minutes
/// is a span of them.
fn measured(reader: &mut Reader<'_>, key: &str, node: &Node, unit: Option<MeasureUnit>) -> Option<Figure> {
    let figure = reader.figure(key, node)?;
    let in_days = matches!(unit, Some(MeasureUnit::Day | MeasureUnit::BusinessDay));
    match figure {
        Figure::Span(Span::Of { count, unit: Unit::Day | Unit::BusinessDay }) if in_days => {
            Some(Figure::Number(i64::from(count).into()))
        }
        Figure::Number(number) if matches!(unit, Some(MeasureUnit::Hour | MeasureUnit::Minute)) => {
            let span =
                span_of(number, if unit == Some(MeasureUnit::Hour) { Unit::Hour } else { Unit::Minute });
            if span.is_none() {
                reader.wrong(key, "measured", node.place);
            }
            span.map(Figure::Span)
        }
        Figure::Span(_) if in_days || figure.ratio().is_none() => {
            reader.wrong(key, "measured", node.place);
            None
        }
        figure => Some(figure),
    }
}

/// So many hours or minutes; in a smaller unit where they are not whole, and none where a second is not.
fn span_of(number: Decimal, unit: Unit) -> Option<Span> {
    let seconds = Ratio::from(number).times(Ratio::whole(unit.seconds()?))?;
    let fitting = [unit, Unit::Minute, Unit::Second].into_iter();
    let mut counts = fitting.filter_map(|unit| {
        let count = seconds.over(Ratio::whole(unit.seconds()?))?;
        let whole = Ratio::new(count.floor(), 1) == Some(count);
        Some(Span::Of { count: u32::try_from(count.floor()).ok().filter(|_| whole)?, unit })
    });
    counts.next()
}

/// The days of a year, by which a yearly rate is divided.
fn year_of_days(reader: &mut Reader<'_>, node: &Node) -> Option<RatePer> {
    match reader.figure("per", node)? {
        Figure::Span(Span::Of { count: days @ 1.., unit: Unit::Day }) => Some(RatePer::YearOfDays(days)),
        _ => {
            reader.wrong("per", "days", node.place);
            None
        }
    }
}

fn unit_of(rule: &Rule) -> MeasureUnit {
    match rule.text("unit") {
        Some("days") => MeasureUnit::Day,
        Some("business days") => MeasureUnit::BusinessDay,
        Some("hours") => MeasureUnit::Hour,
        Some("minutes") => MeasureUnit::Minute,
        _ if rule.text("kind") == Some("time") => MeasureUnit::Day,
        _ => MeasureUnit::Second,
    }
}

fn measure(reader: &mut Reader<'_>, rule: &Rule) -> Measure {
    let kind = if rule.text("kind") == Some("time") { MeasureKind::Time } else { MeasureKind::Availability };
    let needed: &[&str] = if kind == MeasureKind::Time { &["from", "to"] } else { &["period"] };
    for key in needed {
        need(reader, rule, key);
    }
    let begins = parameter(reader, rule, "begins").map(|name| cited(reader, rule, "begins", name));
    let compare = inner(rule, "compare").and_then(|keys| show(reader, keys));
    let shown = inner(rule, "show").and_then(|keys| show(reader, keys));
    let zone = rule.get("zone").and_then(|entry| reader.zone(&entry.node));
    let target = inner(rule, "target").map(|keys| {
        let value = bounds(reader, keys, Some(unit_of(rule)));
        let Cited { value, clause } = cited(reader, rule, "target", value);
        Layered::plain(value, clause)
    });
    let down = inner(rule, "down").map_or_else(Down::default, |keys| Down {
        source: text(keys, "source").map(str::to_owned),
        starts: None,
        minimum: find(keys, "minimum").and_then(|entry| reader.span("minimum", &entry.node)),
        when: reader.when(keys),
        sample: None,
    });
    let total = inner(rule, "total").map(|keys| {
        let over =
            if find(keys, "intersection").is_some() { TotalOver::Intersection } else { TotalOver::Union };
        let of = find(keys, "union").or_else(|| find(keys, "intersection"));
        Total { over, primary_only: of.is_some_and(|entry| entry.node.get("primary").is_some()), group: None }
    });
    for (name, place) in
        rule.get("exclude").map_or_else(Vec::new, |entry| reader.names("exclude", &entry.node))
    {
        if reader.rules.find("cause", &name).is_none() {
            reader.complain(Diagnostic::unknown_name("cause", &name, place, None));
        }
    }
    let calendar = reader.known_names(&rule.keys, "calendar", "calendar").into_iter().next();
    let mut event = |key: &str| rule.get(key).and_then(|entry| reader.event(key, &entry.node));
    let (from, to) = (event("from"), event("to"));
    Measure {
        name: rule.name.clone(),
        label: reader.label(&rule.keys),
        clause: reader.rule_clause(rule),
        kind,
        of: None,
        when: Condition::Always,
        period: match rule.text("period") {
            Some("calendar month") => MeasurePeriod::CalendarMonth,
            Some("quarter") => MeasurePeriod::Quarter,
            Some("half-year") => MeasurePeriod::HalfYear,
            Some("year") => MeasurePeriod::Year,
            Some("contract year") => MeasurePeriod::ContractYear,
            Some("day") => MeasurePeriod::Day,
            _ => MeasurePeriod::Ticket,
        },
        zone,
        each: rule.text("each").map(str::to_owned),
        total,
        split_on: None,
        population: None,
        counted: Condition::Always,
        at: None,
        down,
        exclude: reader.plain_names(&rule.keys, "exclude"),
        counted_in: None,
        weight: None,
        outside_term: if rule.text("outside_term") == Some("counted good") {
            OutsideTerm::CountedGood
        } else {
            OutsideTerm::LeftOut
        },
        begins,
        compare,
        strength: rule.text("strength").and_then(|word| word.parse().ok()),
        target: target.into_iter().collect(),
        permitted: None,
        from,
        to,
        unit: unit_of(rule),
        calendar: calendar.map(Choice::Plain),
        first_day: if rule.text("first_day") == Some("same") { EndDay::Counts } else { EndDay::Left },
        last_day: if rule.text("last_day") == Some("left out") { EndDay::Left } else { EndDay::Counts },
        show: shown,
        claimed: None,
        shown_with: None,
        interpretations: interpretations_about(reader, &rule.path()),
    }
}

/// A key without which a rule of this sort says nothing.
fn need(reader: &mut Reader<'_>, rule: &Rule, key: &str) {
    if rule.get(key).is_none() && !rule.misspells(key) {
        reader.complain(
            Diagnostic::new(Code::MissingKey, rule.place)
                .with("rule", rule.path())
                .with("key", key.to_owned()),
        );
    }
}

fn cause(reader: &mut Reader<'_>, rule: &Rule) -> Cause {
    let usual = reader.known_names(&rule.keys, "usual", "calendar").into_iter().next();
    Cause {
        name: rule.name.clone(),
        label: reader.label(&rule.keys),
        clause: reader.rule_clause(rule),
        usual: usual.map(Choice::Plain),
        announce_above: None,
        announce_to: Vec::new(),
        needs: reader.plain_names(&rule.keys, "needs"),
    }
}

/// The name of a base without its kind.
fn base_name(reader: &mut Reader<'_>, keys: &[Entry]) -> Option<String> {
    let entry = find(keys, "of")?;
    let path = reader.text("of", &entry.node)?;
    let name = path.strip_prefix("base.").unwrap_or(&path).to_owned();
    if reader.rules.find("base", &name).is_none() {
        reader.complain(Diagnostic::unknown_name("base", &name, entry.node.place, None));
    }
    Some(name)
}

fn consequence(reader: &mut Reader<'_>, rule: &Rule) -> Consequence {
    let clause = reader.rule_clause(rule);
    let on = rule.text("on").unwrap_or_default().to_owned();
    let measured = on.strip_prefix("measure.").map(|path| path.trim_end_matches(".total").to_owned());
    let unit = measured.as_deref().and_then(|name| reader.rules.find("measure", name)).map(unit_of);
    if let (Some(name), None, Some(entry)) = (&measured, unit, rule.get("on")) {
        reader.complain(Diagnostic::unknown_name("measure", name, entry.node.place, None));
    }
    let promised = on.strip_prefix("promise.").filter(|path| !path.contains('.'));
    match (promised, &measured, rule.get("on")) {
        (Some(promise), _, Some(entry)) => {
            reader.know("promise", promise, entry.node.place);
        }
        (None, None, Some(entry)) => {
            reader.know("event", &on, entry.node.place);
        }
        _ => {}
    }
    let late = promised.is_some() || rule.text("quantity") == Some("late");
    let mut floor = |key: &str| {
        let read = rule.get(key).and_then(|entry| reader.figure(key, &entry.node));
        read.map(|figure| cited(reader, rule, key, figure))
    };
    let (at_least, ignore_below, ignore_total_up_to) =
        (floor("at_least"), floor("ignore_below"), floor("ignore_total_up_to"));
    let notice = rule.get("notice").and_then(|entry| reader.span("notice", &entry.node));
    let right = rule.text("right").map(|right| terms::RightOpened { right: right.to_owned(), notice });
    let right = right.map(|right| cited(reader, rule, "right", right));
    let mut when = Vec::new();
    if let Some(entry) = rule.get("when") {
        let condition = reader.condition("when", &entry.node);
        when.push(cited(reader, rule, "when", condition));
    }
    if let Some(entry) = rule.get("unless") {
        let condition = Condition::Not(Box::new(reader.condition("unless", &entry.node)));
        when.push(cited(reader, rule, "unless", condition));
    }
    let amount = amount(reader, rule, unit);
    let round = inner(rule, "round").and_then(|keys| round_to(reader, keys));
    let caps = rows(rule.get("cap"))
        .into_iter()
        .filter_map(|keys| {
            let give = find(keys, "give").and_then(|entry| reader.figure("give", &entry.node))?;
            let unless = find(keys, "unless").map(|entry| reader.condition("unless", &entry.node));
            Some(Cap {
                give: Choice::Plain(give),
                of: base_name(reader, keys),
                per: text(keys, "per").unwrap_or("contract").to_owned(),
                unless: unless.unwrap_or_else(Condition::never),
                only_warns: text(keys, "beyond") == Some("warn"),
                clause: cited(reader, rule, "cap", ()).clause,
            })
        })
        .collect();
    let claim = inner(rule, "claim").map(|keys| claim(reader, rule, keys));
    let settle = inner(rule, "settle").map(|keys| {
        let value = Settle {
            form: text(keys, "as").unwrap_or_default().to_owned(),
            on: text(keys, "on").map(str::to_owned),
            within: None,
            cash: reader.yes_no(keys, "cash").unwrap_or(false),
        };
        cited(reader, rule, "settle", value)
    });
    let exclusive = reader.yes_no(&rule.keys, "exclusive").filter(|exclusive| *exclusive);
    Consequence {
        name: rule.name.clone(),
        label: reader.label(&rule.keys),
        on,
        quantity: if late { terms::Quantity::Late } else { terms::Quantity::Value },
        gives: match rule.text("gives") {
            Some("penalty") => Gives::Penalty,
            Some("waiver") => Gives::Waiver,
            Some("service-days") => Gives::ServiceDays,
            Some("right") => Gives::Right,
            Some("plan") => Gives::Plan,
            Some("report") => Gives::Report,
            Some("points") => Gives::Points,
            Some("end") => Gives::End,
            Some("charge") => Gives::Charge,
            Some("debit") => Gives::Debit,
            Some("interest") => Gives::Interest,
            Some("indemnity") => Gives::Indemnity,
            _ => Gives::Credit,
        },
        when,
        of: base_name(reader, &rule.keys),
        amount,
        per: rule.text("per").map(str::to_owned),
        round: round.map(|round| cited(reader, rule, "round", round)),
        at_least,
        ignore_below,
        ignore_total_up_to,
        caps,
        index: None,
        accumulate: match rule.text("accumulate") {
            Some("highest") => terms::Accumulate::Highest,
            Some("first") => terms::Accumulate::First,
            _ => terms::Accumulate::Sum,
        },
        group: None,
        reuse: true,
        claim,
        hear: None,
        right,
        tax: None,
        settle,
        exclusive: exclusive.map(|_| cited(reader, rule, "exclusive", ()).clause),
        interpretations: interpretations_about(reader, &rule.path()),
        clause,
    }
}

fn amount(reader: &mut Reader<'_>, rule: &Rule, unit: Option<MeasureUnit>) -> ConsequenceAmount {
    if rule.get("band").is_some() {
        let clause = cited(reader, rule, "band", ()).clause;
        let mut bands = Vec::new();
        let nodes: &[Node] = rule
            .get("band")
            .map_or(&[], |entry| entry.node.as_list().unwrap_or(std::slice::from_ref(&entry.node)));
        for node in nodes {
            let Some(keys) = node.as_table() else { continue };
            let give = find(keys, "give").and_then(|entry| reader.figure_choice("give", &entry.node));
            let gap = reader.yes_no(keys, "gap") == Some(true);
            if find(keys, "give").is_none() && !gap {
                reader.complain(
                    Diagnostic::new(Code::MissingKey, node.place)
                        .with("rule", format!("{}.band", rule.path()))
                        .with("key", "give".to_owned()),
                );
            }
            bands.push(Band { bounds: bounds(reader, keys, unit), give, clause: clause.clone() });
        }
        complain_of_bands(reader, rule, &bands);
        return ConsequenceAmount::Bands(Layered::plain(bands, clause));
    }
    if let Some(keys) = inner(rule, "rate") {
        let plus = find(keys, "plus").and_then(|entry| reader.figure("plus", &entry.node));
        let give = find(keys, "give").and_then(|entry| reader.figure("give", &entry.node));
        // A dated table gives so much per year of so many days.
        let by_year = find(keys, "give").is_none();
        let per = find(keys, "per").and_then(|entry| {
            if by_year {
                year_of_days(reader, &entry.node)
            } else {
                measured(reader, "per", &entry.node, unit).map(RatePer::Figure)
            }
        });
        return ConsequenceAmount::Rate(RateAmount {
            per: per.unwrap_or(RatePer::YearOfDays(365)),
            give: give.map(Choice::Plain),
            count: match text(keys, "count") {
                Some("whole") => RateCount::Whole,
                Some("started") => RateCount::Started,
                _ => RateCount::Exact,
            },
            table: text(keys, "table").map(str::to_owned),
            plus: plus.map(Choice::Plain),
            as_of: match text(keys, "as_of") {
                Some("payment_due") => RateDay::PaymentDue,
                Some("start of half-year") => RateDay::StartOfHalfYear,
                _ => RateDay::EachDay,
            },
        });
    }
    if rule.get("slice").is_some() {
        let clause = cited(reader, rule, "slice", ()).clause;
        let mut slices = Vec::new();
        for keys in rows(rule.get("slice")) {
            let give = find(keys, "give").and_then(|entry| reader.figure("give", &entry.node));
            let per = find(keys, "per").and_then(|entry| measured(reader, "per", &entry.node, unit));
            let (Some(give), Some(per)) = (give, per) else { continue };
            let (give, bounds) = (Choice::Plain(give), bounds(reader, keys, unit));
            slices.push(Slice { bounds, give, per, clause: clause.clone() });
        }
        return ConsequenceAmount::Slices(slices);
    }
    match rule.get("give").and_then(|entry| reader.figure_choice("give", &entry.node)) {
        Some(give) => ConsequenceAmount::Fixed(give),
        None => ConsequenceAmount::Nothing,
    }
}

/// Gaps, overlaps and empty bands of a table, each at its row.
fn complain_of_bands(reader: &mut Reader<'_>, rule: &Rule, bands: &[Band]) {
    let nodes: &[Node] = match rule.get("band").map(|entry| &entry.node) {
        Some(Node { raw: Raw::List(nodes), .. }) => nodes,
        Some(node) => std::slice::from_ref(node),
        None => &[],
    };
    let place = |band: usize| nodes.get(band).map_or(rule.place, |node| node.place);
    for fault in Band::faults(bands) {
        let complaint = match fault {
            BandFault::Gap { .. } if rule.allows("band-gap") => continue,
            BandFault::Gap { lower, higher } => {
                Diagnostic::new(Code::BandGap, place(higher)).and(place(lower))
            }
            BandFault::Overlap { lower, higher } => {
                Diagnostic::new(Code::BandUnreachable, place(higher)).and(place(lower))
            }
            BandFault::Empty { band } => Diagnostic::new(Code::BandUnreachable, place(band)),
        };
        reader.complain(complaint.with("rule", rule.path()));
    }
}

fn claim(reader: &mut Reader<'_>, rule: &Rule, keys: &[Entry]) -> Claim {
    let within = find(keys, "within").and_then(|entry| reader.span("within", &entry.node));
    let (needs, each) = (reader.plain_names(keys, "needs"), reader.plain_names(keys, "each_outage"));
    let counted_from = text(keys, "counted_from").filter(|word| *word != "period");
    Claim {
        clause: cited(reader, rule, "claim", ()).clause,
        by: reader.known_names(keys, "by", "role"),
        through: reader.plain_names(keys, "through"),
        within: within.map(|within| cited(reader, rule, "claim", Choice::Plain(within))),
        counted_from: counted_from.map(str::to_owned),
        needs: cited(reader, rule, "claim", needs),
        each_outage: cited(reader, rule, "claim", each),
        steps: Vec::new(),
        decided_by: reader.known_names(keys, "decided_by", "role"),
        decided_within: None,
        late_is_shown: text(keys, "late") == Some("flag"),
    }
}

fn term(reader: &mut Reader<'_>, rule: &Rule) -> TermRule {
    let length = rule.get("length").and_then(|entry| reader.span("length", &entry.node));
    let first = parameter(reader, rule, "from");
    if first.is_none()
        && let Some(entry) = rule.get("from")
    {
        let event = rule.text("from").unwrap_or_default().to_owned();
        reader.know("event", &event, entry.node.place);
    }
    let leap_day = rule.text("leap_day").and_then(|text| {
        let (month, day) = text.split_once('-')?;
        Some((month.parse().ok()?, day.parse().ok()?))
    });
    let renewal = inner(rule, "renewal").and_then(|keys| {
        let by = find(keys, "by").and_then(|entry| reader.span("by", &entry.node))?;
        let unless_notice =
            find(keys, "unless_notice").and_then(|entry| reader.span("unless_notice", &entry.node));
        let clause = cited(reader, rule, "renewal", ()).clause;
        Some(Renewal { by, unless_notice, form: text(keys, "form").map(str::to_owned), clause })
    });
    TermRule {
        clause: reader.rule_clause(rule),
        length: Choice::Plain(length.unwrap_or(Span::Unstated)),
        from: first.map_or_else(|| rule.text("from").unwrap_or_default().to_owned(), |name| name.to_string()),
        ends: match rule.text("ends") {
            Some("same-day") => TermEnd::SameDay,
            Some("end of month") => TermEnd::EndOf(TermPeriod::Month),
            Some("end of quarter") => TermEnd::EndOf(TermPeriod::Quarter),
            Some("end of half-year") => TermEnd::EndOf(TermPeriod::HalfYear),
            Some("end of year") => TermEnd::EndOf(TermPeriod::Year),
            _ => TermEnd::Eve,
        },
        leap_day,
        renewal,
        to: parameter(reader, rule, "to"),
        interpretations: interpretations_about(reader, "term"),
    }
}

fn money_rule(reader: &mut Reader<'_>, rule: &Rule) -> MoneyRule {
    let mut taxes = Vec::new();
    for keys in rows(rule.get("tax")) {
        let Some(entry) = find(keys, "rate") else { continue };
        let Some(rate) = reader.text("rate", &entry.node) else { continue };
        if reader.rules.find("rate", &rate).is_none() {
            let near = nearest(&rate, reader.rules.of_kind("rate").map(|rule| rule.name.as_str()));
            reader.complain(Diagnostic::unknown_name("rate", &rate, entry.node.place, near));
        }
        let on = text(keys, "on").unwrap_or("customer").to_owned();
        taxes.push(TaxDue { rate, on, clause: cited(reader, rule, "tax", ()).clause });
    }
    let round = inner(rule, "round").and_then(|keys| round_to(reader, keys));
    let currency = rule.text("currency").unwrap_or_default().to_owned();
    MoneyRule { clause: reader.rule_clause(rule), currency, taxes, round }
}

fn invoice(reader: &mut Reader<'_>, rule: &Rule) -> InvoiceRule {
    let pay = inner(rule, "pay").and_then(|keys| {
        let within = find(keys, "within").and_then(|entry| reader.span("within", &entry.node))?;
        let value = Pay {
            within: Choice::Plain(within),
            from: text(keys, "from").unwrap_or("issued").to_owned(),
            by: reader.plain_names(keys, "by"),
            discount: text(keys, "discount").filter(|word| *word != "none").map(str::to_owned),
        };
        Some(cited(reader, rule, "pay", value))
    });
    let tax =
        rule.text("tax").map(|word| if word == "included" { TaxRule::Included } else { TaxRule::Excluded });
    let rules = reader.rules;
    let round = rules.find("money", "").and_then(|money| inner(money, "round"));
    InvoiceRule {
        clause: reader.rule_clause(rule),
        issue: rule.text("issue").map(str::to_owned),
        pay,
        schedule: Vec::new(),
        tax: tax.map(|tax| cited(reader, rule, "tax", tax)),
        electronic: rule.text("electronic").map(|word| word == "allowed" || word == "required"),
        electronic_required: rule.text("electronic") == Some("required"),
        numbering: None,
        round: round.and_then(|keys| round_to(reader, keys)),
        disputed_payable: None,
    }
}
