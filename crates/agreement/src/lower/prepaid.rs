use crate::diagnostic::{Code, Diagnostic};
use crate::lower::contract::{cited, inner, round_mode, rows, text, whole};
use crate::lower::interpretations_about;
use crate::merge::Rule;
use crate::nearest::nearest;
use crate::node::{Entry, Node, find};
use crate::reader::{Reader, money};
use calendar::Span;
use terms::{
    CarryOver, Charged, Choice, Cited, Condition, Debit, DebitOrder, DebitPer, Decimal, ExpenseDebit,
    ExpenseRule, ExpenseTerms, FactName, FactValue, Figure, FromFact, Label, Lapse, Layered, Ledger,
    LedgerAct, LedgerWarning, LedgerWatch, Money, OnCancellation, Overdraft, Pack, Service, ServiceCap,
    UseOrder, Warranty, Worth,
};

pub(super) fn ledger(reader: &mut Reader<'_>, rule: &Rule) -> Ledger {
    let clause = reader.rule_clause(rule);
    let worth = worth(reader, rule);
    let minimum = rule.get("minimum").and_then(|entry| units(reader, "minimum", &entry.node));
    let minimum = minimum.map(|units| cited(reader, rule, "minimum", units));
    let packs = rows(rule.get("pack"))
        .into_iter()
        .filter_map(|keys| {
            let units: Decimal = whole(reader, keys, "units")?;
            Some(Pack {
                name: units.to_string(),
                units,
                price: price(reader, keys),
                clause: cited(reader, rule, "pack", ()).clause,
            })
        })
        .collect();
    let opens = rule.get("opens").and_then(|entry| reader.event("opens", &entry.node));
    let lapses = match rule.get("lapses").and_then(|entry| entry.node.as_text()) {
        None => Layered::plain(Lapse::Never, clause.clone()),
        Some(word) => {
            let lapse = match (word, rule.get("lapses")) {
                ("never", _) => Some(Lapse::Never),
                ("end of term", _) => Some(Lapse::EndOfTerm),
                (_, Some(entry)) => reader.span("lapses", &entry.node).map(Lapse::After),
                (_, None) => None,
            };
            let Cited { value, clause } = cited(reader, rule, "lapses", lapse.unwrap_or(Lapse::Never));
            Layered::plain(value, clause)
        }
    };
    let use_order = match rule.text("use") {
        Some("latest expiry") => UseOrder::LatestExpiry,
        _ => UseOrder::EarliestExpiry,
    };
    let debits = debits(reader, rule);
    let carry_over = carry_over(reader, rule);
    let (overdraft, warnings) = (overdraft(reader, rule), warnings(reader, rule));
    let forbids = rule.get("refund").map(|_| cited(reader, rule, "refund", LedgerAct::Refund));
    Ledger {
        name: rule.name.clone(),
        label: reader.label(&rule.keys),
        unit: reader.label(&rule.keys),
        worth: cited(reader, rule, "worth", worth),
        packs,
        minimum,
        included: None,
        accrue: None,
        opens,
        lapses,
        use_order: cited(reader, rule, "use", use_order),
        carry_over: cited(reader, rule, "carry_over", carry_over),
        overdraft: cited(reader, rule, "overdraft", overdraft),
        cap: None,
        debits,
        estimate: None,
        warnings,
        close_period: None,
        forbids: forbids.into_iter().collect(),
        interpretations: interpretations_about(reader, &rule.path()),
        clause,
    }
}

/// What one unit buys: time, money, or so many of something.
fn worth(reader: &mut Reader<'_>, rule: &Rule) -> Worth {
    let Some(entry) = rule.get("worth") else { return Worth::Time(Span::Unstated) };
    let text = entry.node.as_text().unwrap_or_default();
    if let Some(money) = money(text) {
        return Worth::Money(money);
    }
    if Span::parse(text).is_err()
        && let Some((count, of)) = text.split_once(' ')
        && let Ok(count) = count.parse()
        && of.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
    {
        // The word is that of the debits: one incident, two incidents.
        return Worth::Count { count, of: of.trim_end_matches('s').to_owned() };
    }
    Worth::Time(reader.span("worth", &entry.node).unwrap_or(Span::Unstated))
}

fn carry_over(reader: &mut Reader<'_>, rule: &Rule) -> CarryOver {
    if let Some(keys) = inner(rule, "carry_over") {
        let share = find(keys, "share").and_then(|entry| reader.figure("share", &entry.node));
        let when = find(keys, "when").map(|entry| reader.condition("when", &entry.node));
        let life = find(keys, "life").and_then(|entry| reader.span("life", &entry.node));
        let Some(share) = share else { return CarryOver::None };
        return CarryOver::Part { share, when: Box::new(when.unwrap_or_default()), life };
    }
    if rule.text("carry_over") == Some("all") { CarryOver::All } else { CarryOver::None }
}

fn overdraft(reader: &mut Reader<'_>, rule: &Rule) -> Overdraft {
    let Some(keys) = inner(rule, "overdraft") else { return Overdraft::Forbidden };
    let at_most = find(keys, "at_most").and_then(|entry| units(reader, "at_most", &entry.node));
    let bill_after = find(keys, "bill_after").and_then(|entry| reader.span("bill_after", &entry.node));
    Overdraft::Allowed { at_most, bill_after, price: price(reader, keys) }
}

/// So many prepaid units.
fn units(reader: &mut Reader<'_>, key: &str, node: &Node) -> Option<Decimal> {
    match reader.figure(key, node)? {
        Figure::Units(units) | Figure::Number(units) => Some(units),
        _ => {
            reader.wrong(key, "units", node.place);
            None
        }
    }
}

fn price(reader: &mut Reader<'_>, keys: &[Entry]) -> Option<Money> {
    let entry = find(keys, "price")?;
    let read = entry.node.as_text().and_then(money);
    if read.is_none() {
        reader.wrong("price", "money", entry.node.place);
    }
    read
}

fn warnings(reader: &mut Reader<'_>, rule: &Rule) -> Vec<LedgerWarning> {
    let mut warnings = Vec::new();
    for keys in rows(rule.get("warn")) {
        let Some(at) = find(keys, "at").and_then(|entry| reader.figure("at", &entry.node)) else { continue };
        warnings.push(LedgerWarning {
            name: text(keys, "name").unwrap_or_default().to_owned(),
            clause: cited(reader, rule, "warn", ()).clause,
            of: match text(keys, "of") {
                Some("balance") => LedgerWatch::Balance,
                Some("expiry") => LedgerWatch::Expiry,
                _ => LedgerWatch::Estimate,
            },
            at: Choice::Plain(at),
            tell: reader.known_names(keys, "tell", "role"),
        });
    }
    warnings
}

fn debits(reader: &mut Reader<'_>, rule: &Rule) -> Vec<Debit> {
    let mut debits = Vec::new();
    for keys in rows(rule.get("debit")) {
        let mut figure = |key: &str| find(keys, key).and_then(|entry| reader.figure_choice(key, &entry.node));
        let (minimum, step, times) = (figure("minimum"), figure("step"), figure("times"));
        let unless = find(keys, "unless").map(|entry| reader.condition("unless", &entry.node));
        let when = find(keys, "when").map(|entry| reader.condition("when", &entry.node));
        debits.push(Debit {
            clause: cited(reader, rule, "debit", ()).clause,
            of: text(keys, "of").unwrap_or("work").to_owned(),
            per: match text(keys, "per") {
                Some("request") => DebitPer::Request,
                Some("day") => DebitPer::Day,
                Some("visit") => DebitPer::Visit,
                Some("leg") => DebitPer::Leg,
                _ => DebitPer::Session,
            },
            when: when.unwrap_or_default(),
            unless: unless.unwrap_or_else(Condition::never),
            from: None,
            minimum,
            step,
            round: round_mode(text(keys, "round")),
            times,
            order: match text(keys, "order") {
                Some("times-then-round") => DebitOrder::TimesThenRound,
                _ => DebitOrder::RoundThenTimes,
            },
            price: None,
        });
    }
    debits
}

pub(super) fn service(reader: &mut Reader<'_>, rule: &Rule) -> Service {
    let mut list = |key: &str, what: Option<&'static str>| -> Vec<Cited<String>> {
        let Some(entry) = rule.get(key) else { return Vec::new() };
        let names = reader.names(key, &entry.node);
        let mut found = Vec::with_capacity(names.len());
        for (name, place) in names {
            if what.is_none_or(|what| reader.know(what, &name, place)) {
                found.push(cited(reader, rule, key, name));
            }
        }
        found
    };
    let (requires, customer) = (list("requires", Some("fact")), list("customer", None));
    let mut named = |key: &str| -> Vec<Cited<String>> {
        let names: Vec<String> = rows(rule.get(key))
            .into_iter()
            .filter_map(|keys| text(keys, "name"))
            .map(str::to_owned)
            .collect();
        names.into_iter().map(|name| cited(reader, rule, key, name)).collect()
    };
    let (phases, related) = (named("phases"), named("related"));
    let mut texts: Vec<(String, Label)> = Vec::new();
    for part in ["phases", "scope", "work", "tests", "deliver", "excludes", "related"] {
        for keys in rows(rule.get(part)) {
            texts.push((part.to_owned(), reader.label(keys)));
        }
    }
    let mut caps = Vec::new();
    for entry in inner(rule, "caps").unwrap_or_default() {
        if !reader.know("fact", &entry.key, entry.place) {
            continue;
        }
        let choice = reader.choice(&entry.node, &mut |reader, node| reader.figure("caps", node));
        let Some(choice) = choice else { continue };
        let plain = match &choice {
            Choice::Plain(Figure::Number(number)) => number.to_string().parse().ok(),
            _ => None,
        };
        let cap = ServiceCap {
            of: entry.key.clone(),
            varies: plain.is_none().then_some(choice),
            at_most: plain.unwrap_or(u32::MAX),
        };
        caps.push(cited(reader, rule, "caps", cap));
    }
    let choose = inner(rule, "choose").and_then(|keys| {
        let at_most = whole(reader, keys, "at_most")?;
        Some(cited(reader, rule, "choose", terms::Choose { at_most, caps: Vec::new() }))
    });
    let warranty = rule.get("warranty").map(|entry| match entry.node.as_text() {
        Some("none") | None => Warranty::None,
        Some(_) => reader.span("warranty", &entry.node).map_or(Warranty::None, Warranty::For),
    });
    Service {
        name: rule.name.clone(),
        label: reader.label(&rule.keys),
        clause: reader.rule_clause(rule),
        includes: reader.plain_names(&rule.keys, "includes"),
        range: inner(rule, "range").map_or_else(Label::default, |keys| reader.label(keys)),
        texts,
        ledger: rule.text("ledger").map(str::to_owned),
        units: whole(reader, &rule.keys, "units"),
        requires,
        software: reader.plain_names(&rule.keys, "software"),
        caps,
        choose,
        phases,
        deliver: Vec::new(),
        customer,
        related,
        warranty: warranty.map(|warranty| cited(reader, rule, "warranty", warranty)),
    }
}

/// What outlays cost the customer.
pub(super) fn expense(reader: &mut Reader<'_>, rule: &Rule) -> ExpenseRule {
    let charged = rule.get("charged").and_then(|entry| {
        reader.choice(&entry.node, &mut |_, node| Charged::from_fact(&FactValue::text(node.as_text()?)))
    });
    let charged = charged.unwrap_or(Choice::Plain(Charged::AtCost));
    let ways = [expense_terms(reader, rule, "at_cost"), expense_terms(reader, rule, "flat")];
    let debit = expense_debit(reader, rule);
    complain_of_amounts(reader, rule, &ways, debit.as_ref());
    let [at_cost, flat] = ways;
    let when = rule.get("when").map(|entry| reader.condition("when", &entry.node));
    let unless = rule.get("unless").map(|entry| reader.condition("unless", &entry.node));
    let kinds = rule.get("of").map_or_else(Vec::new, |entry| reader.names("of", &entry.node));
    let kind = FactName::from("expense_kind");
    let known = kinds.into_iter().filter(|(name, place)| reader.check_value(&kind, name, *place));
    let kinds = known.map(|(name, _)| name).collect();
    let on_cancellation = match rule.text("on_cancellation") {
        Some("due-unless-refundable") => OnCancellation::DueUnlessRefundable,
        Some("waived") => OnCancellation::Waived,
        _ => OnCancellation::Due,
    };
    ExpenseRule {
        name: rule.name.clone(),
        label: reader.label(&rule.keys),
        clause: reader.rule_clause(rule),
        of: kinds,
        when: when.unwrap_or_default(),
        unless: unless.unwrap_or_else(Condition::never),
        charged: cited(reader, rule, "charged", charged),
        at_cost,
        flat,
        debit,
        on_cancellation: cited(reader, rule, "on_cancellation", on_cancellation),
        interpretations: interpretations_about(reader, &rule.path()),
    }
}

fn expense_terms(reader: &mut Reader<'_>, rule: &Rule, way: &str) -> Option<Cited<ExpenseTerms>> {
    let keys = inner(rule, way)?;
    let figure = |reader: &mut Reader<'_>, key: &str| {
        find(keys, key).and_then(|entry| reader.figure_choice(key, &entry.node))
    };
    let (give, at_most) = (figure(reader, "give"), figure(reader, "at_most"));
    let terms = ExpenseTerms { needs: reader.known_names(keys, "needs", "fact"), give, at_most };
    Some(cited(reader, rule, way, terms))
}

fn expense_debit(reader: &mut Reader<'_>, rule: &Rule) -> Option<Cited<ExpenseDebit>> {
    let keys = inner(rule, "debit")?;
    let entry = find(keys, "ledger")?;
    let ledger = reader.text("ledger", &entry.node)?;
    if reader.rules.find("ledger", &ledger).is_none() {
        let near = nearest(&ledger, reader.rules.of_kind("ledger").map(|rule| rule.name.as_str()));
        reader.complain(Diagnostic::unknown_name("ledger", &ledger, entry.node.place, near));
    }
    let figure = |reader: &mut Reader<'_>, key: &str| {
        find(keys, key).and_then(|entry| reader.figure_choice(key, &entry.node))
    };
    let (unit_price, step) = (figure(reader, "unit_price"), figure(reader, "step"));
    let debit = ExpenseDebit { ledger, unit_price, step, round: round_mode(text(keys, "round")) };
    Some(cited(reader, rule, "debit", debit))
}

/// What is billed must be money, and money becomes units only at a price that is said.
fn complain_of_amounts(
    reader: &mut Reader<'_>,
    rule: &Rule,
    ways: &[Option<Cited<ExpenseTerms>>],
    debit: Option<&Cited<ExpenseDebit>>,
) {
    let units = |way: &Cited<ExpenseTerms>| {
        let given = way.value.give.iter().chain(&way.value.at_most).flat_map(Choice::values);
        given.into_iter().any(|figure| matches!(figure, Figure::Units(_)))
    };
    for (way, key) in ways.iter().zip(["at_cost", "flat"]) {
        if debit.is_none() && way.as_ref().is_some_and(units) {
            let place = rule.get(key).map_or(rule.place, |entry| entry.node.place);
            reader.wrong(key, "money", place);
        }
    }
    let Some(debit) = debit else { return };
    let rules = reader.rules;
    let worth = rules.find("ledger", &debit.value.ledger).and_then(|ledger| ledger.text("worth"));
    let of_money = worth.and_then(money).is_some();
    let only_units =
        ways[0].is_none() && ways[1].as_ref().is_some_and(|way| way.value.give.is_some() && units(way));
    if debit.value.unit_price.is_none() && !of_money && !only_units {
        reader.complain(
            Diagnostic::new(Code::MissingKey, rule.get("debit").map_or(rule.place, |entry| entry.node.place))
                .with("rule", format!("{}.debit", rule.path()))
                .with("key", "unit_price".to_owned()),
        );
    }
}
