use crate::diagnostic::{Code, Diagnostic};
use crate::lower::interpretations_about;
use crate::merge::{Rule, Rules};
use crate::nearest::nearest;
use crate::node::{Entry, Raw, find};
use crate::rank::Ranked;
use crate::reader::Reader;
use calendar::{BusinessDay, DayOne, DayReading, LocalTime, Span};
use terms::{
    Agreed, Condition, Effect, EventPattern, FactName, FromFact, Layered, OnChange, Owed, PauseRule, Promise,
    Strength, Terms, Together,
};

/// Pauses.
pub(super) fn lower_pauses(reader: &mut Reader<'_>, terms: &mut Terms) {
    let rules = reader.rules;
    for rule in rules.of_kind("pause") {
        let begin = rule.get("begin").map_or_else(Vec::new, |entry| reader.events("begin", &entry.node));
        let parties = parties(reader, rule);
        let measured_in = rule.get("measured_in").and_then(|entry| {
            reader.choice(&entry.node, &mut |reader, node| {
                let name = reader.text("measured_in", node)?;
                reader.know("calendar", &name, node.place).then_some(name)
            })
        });
        for party in &parties {
            terms.pauses.push(PauseRule {
                name: rule.name.clone(),
                label: reader.label(&rule.keys),
                clause: reader.rule_clause(rule),
                begin: begin.clone(),
                end: end_for(reader, rule, party, parties.len() > 1),
                party: party.clone(),
                together: if rule.text("together") == Some("first") {
                    Together::First
                } else {
                    Together::Each
                },
                effect: if rule.text("effect") == Some("extend") { Effect::Extend } else { Effect::Pause },
                tasks: reader.plain_names(&rule.keys, "tasks"),
                measured_in: measured_in.clone(),
            });
        }
    }
}

/// Whom a pause waits for: one party, or several at once.
const PARTIES: [&str; 3] = ["customer", "vendor", "third_party"];

fn parties(reader: &mut Reader<'_>, rule: &Rule) -> Vec<String> {
    let named = rule.get("party").map_or_else(Vec::new, |entry| reader.names("party", &entry.node));
    let mut parties = Vec::new();
    for (party, place) in named {
        if !PARTIES.contains(&party.as_str()) {
            let known: Vec<String> = PARTIES.iter().map(|known| format!("`{known}`")).collect();
            reader.complain(
                Diagnostic::new(Code::UnknownValue, place)
                    .with("value", party.clone())
                    .with("fact", "party".to_owned())
                    .with("known", known.join(", "))
                    .with_nearest(nearest(&party, PARTIES)),
            );
        } else if !parties.contains(&party) {
            parties.push(party);
        }
    }
    if parties.is_empty() {
        parties.push("customer".to_owned());
    }
    parties
}

/// What ends the waiting for one party: its own row of `end`, where there is one per party.
fn end_for(reader: &mut Reader<'_>, rule: &Rule, party: &str, of_several: bool) -> Vec<EventPattern> {
    let Some(entry) = rule.get("end") else { return Vec::new() };
    let by_party = entry.node.as_table().filter(|keys| find(keys, "event").is_none());
    let Some(keys) = by_party else { return reader.events("end", &entry.node) };
    for other in keys.iter().filter(|other| !PARTIES.contains(&other.key.as_str())) {
        reader.complain(Diagnostic::unknown_name(
            "party",
            &other.key,
            other.place,
            nearest(&other.key, PARTIES),
        ));
    }
    match find(keys, party) {
        Some(own) => reader.events("end", &own.node),
        None => {
            if of_several {
                reader.complain(
                    Diagnostic::new(Code::MissingKey, entry.node.place)
                        .with("rule", format!("{}.end", rule.path()))
                        .with("key", party.to_owned()),
                );
            } else {
                reader.wrong("end", "events", entry.node.place);
            }
            Vec::new()
        }
    }
}

/// Promises, in the order of the document.
pub(super) fn lower_promises(reader: &mut Reader<'_>, terms: &mut Terms) {
    let rules = reader.rules;
    for rule in rules.of_kind("promise") {
        if rule.section.is_some() {
            let lowered = promise(reader, rule);
            terms.promises.push(lowered);
        }
    }
}

/// The entry of a key: the rule's own, else the default of all promises.
fn entry<'a>(rules: &'a Rules, rule: &'a Rule, key: &str) -> Option<&'a Entry> {
    rule.get(key).or_else(|| rules.default_of("promise", key))
}

fn promise(reader: &mut Reader<'_>, rule: &Rule) -> Promise {
    let cases = reader.cases(rule);
    let rules = reader.rules;
    let text = |key: &str| entry(rules, rule, key).and_then(|found| found.node.as_text()).map(str::to_owned);
    if let Some(planned) = entry(rules, rule, "ahead_of") {
        reader.know("event", planned.node.as_text().unwrap_or_default(), planned.node.place);
    }
    let condition = |reader: &mut Reader<'_>, key: &str| {
        entry(rules, rule, key).map(|found| reader.condition(key, &found.node))
    };
    let when = condition(reader, "when").unwrap_or_default();
    let unless = condition(reader, "unless").unwrap_or_else(Condition::never);
    let requires = condition(reader, "requires").unwrap_or_default();
    let events = |reader: &mut Reader<'_>, key: &str| -> Vec<EventPattern> {
        entry(rules, rule, key).map_or_else(Vec::new, |found| reader.events(key, &found.node))
    };
    let (start, stop, reset) = (events(reader, "start"), events(reader, "stop"), events(reader, "reset"));
    let each = events(reader, "each");
    let span =
        |key: &'static str| move |reader: &mut Reader<'_>, node: &crate::node::Node| reader.span(key, node);
    let within: Layered<Span> = reader.layered(rule, &cases, "within", &mut span("within"));
    let every: Layered<Span> = reader.layered(rule, &cases, "every", &mut span("every"));
    let calendar = reader.layered(rule, &cases, "calendar", &mut |reader, node| {
        let name = reader.text("calendar", node)?;
        reader.know("calendar", &name, node.place).then_some(name)
    });
    let strength: Layered<Strength> = reader.layered(rule, &cases, "strength", &mut |reader, node| {
        let word = reader.text("strength", node)?;
        let strength = word.parse().ok();
        if strength.is_none() {
            let known: Vec<String> = Strength::NAMES.iter().map(|(_, name)| format!("`{name}`")).collect();
            let near = crate::nearest::nearest(&word, Strength::NAMES.iter().map(|(_, name)| *name));
            reader.complain(
                Diagnostic::new(Code::UnknownValue, node.place)
                    .with("value", word.clone())
                    .with("fact", "strength".to_owned())
                    .with("known", known.join(", "))
                    .with_nearest(near),
            );
        }
        strength
    });
    let pause = reader.layered(rule, &cases, "pause", &mut |reader, node| {
        let names = reader.names("pause", node);
        Some(
            names
                .into_iter()
                .filter(|(name, place)| reader.know("pause", name, *place))
                .map(|(name, _)| name)
                .collect::<Vec<_>>(),
        )
    });
    let day = day_reading(reader, rule);
    complain_of_gaps(reader, rule, &cases, &stop, &within, &every, &calendar);
    let on_change = on_change(reader, rule);
    let steps = |reader: &mut Reader<'_>, key: &str| {
        entry(rules, rule, key).map_or_else(Vec::new, |found| reader.steps(found, key == "warn"))
    };
    let (warn, missed) = (steps(reader, "warn"), steps(reader, "missed"));
    let agreed = entry(rules, rule, "agreed").and_then(|found| found.node.as_table());
    let agreed = agreed.map(|keys| Agreed {
        consent: reader.known_names(keys, "consent", "role"),
        at_least: find(keys, "at_least").and_then(|bound| reader.span("at_least", &bound.node)),
        at_most: find(keys, "at_most").and_then(|bound| reader.span("at_most", &bound.node)),
        clause: None,
    });
    let idle = entry(rules, rule, "idle").and_then(|found| reader.span("idle", &found.node));
    let owed = match text("owed").as_deref() {
        Some("always") => Owed::Always,
        Some(_) => Owed::WhenCovered,
        // The acknowledgement is owed for whatever arrives; the other clocks for what is covered.
        None if rule.name == "acknowledgement" => Owed::Always,
        None => Owed::WhenCovered,
    };
    let path = rule.path();
    Promise {
        name: rule.name.clone(),
        label: reader.label(&rule.keys),
        clause: reader.rule_clause(rule),
        owed_by: text("owed_by").unwrap_or_else(|| "provider".to_owned()),
        owed_to: text("owed_to").unwrap_or_else(|| "customer".to_owned()),
        owed,
        when,
        unless,
        start,
        each,
        stop,
        reset,
        pause,
        within,
        every,
        calendar,
        day,
        strength,
        on_change,
        ahead_of: text("ahead_of"),
        defer_to: text("defer_to"),
        agreed,
        idle,
        requires,
        warn,
        missed,
        interpretations: interpretations_about(reader, &path),
    }
}

/// What a promise cannot be without: a start, a stop, a figure or a reason for none, and for
/// business time a calendar and the meaning of a day.
fn complain_of_gaps(
    reader: &mut Reader<'_>,
    rule: &Rule,
    cases: &[Ranked],
    stop: &[EventPattern],
    within: &Layered<Span>,
    every: &Layered<Span>,
    calendar: &Layered<String>,
) {
    let rules = reader.rules;
    let path = rule.path();
    if stop.is_empty()
        && entry(rules, rule, "stop")
            .is_none_or(|found| matches!(&found.node.raw, Raw::List(nodes) if nodes.is_empty()))
    {
        let place = rule.get("stop").map_or(rule.place, |found| found.place);
        reader.complain(Diagnostic::new(Code::NoStop, place).with("rule", path.clone()));
    }
    let missing = |reader: &mut Reader<'_>, key: &str| {
        if rule.misspells(key) {
            return;
        }
        reader.complain(
            Diagnostic::new(Code::MissingKey, rule.place)
                .with("rule", path.clone())
                .with("key", key.to_owned()),
        );
    };
    if entry(rules, rule, "start").is_none() && entry(rules, rule, "each").is_none() {
        missing(reader, "start");
    }
    let given = |key: &str| {
        entry(rules, rule, key).is_some() || cases.iter().any(|case| find(&case.keys, key).is_some())
    };
    let may_lack_figure = ["within", "every", "effort", "defer_to"].iter().any(|key| given(key));
    if !may_lack_figure {
        let without = entry(rules, rule, "strength")
            .is_some_and(|found| matches!(found.node.as_text(), Some("without-figure" | "best-effort")));
        if !without {
            missing(reader, "within");
        }
    }
    if !given("strength") {
        missing(reader, "strength");
    }
    let spans: Vec<Span> = values(within).into_iter().chain(values(every)).collect();
    let counted =
        entry(rules, rule, "within").or_else(|| entry(rules, rule, "every")).map(|found| found.place);
    if spans.iter().any(|span| span.counts_business_days()) && !given("business_day") {
        let only_ends = spans.iter().all(|span| {
            !matches!(span, Span::Of { .. } | Span::Range { .. }) || !span.counts_business_days()
        });
        if !only_ends {
            let mut complaint =
                Diagnostic::new(Code::BusinessDayUnsaid, rule.place).with("rule", path.clone());
            if let Some(place) = counted {
                complaint = complaint.and(place);
            }
            reader.complain(complaint);
        }
    }
    if spans.iter().any(|span| span.is_business()) && calendar.is_unsaid() && !given("calendar") {
        reader.complain(Diagnostic::new(Code::NoCalendar, counted.unwrap_or(rule.place)).with("rule", path));
    }
}

/// Every value that a layered value can come to.
pub(crate) fn values<T: Clone + FromFact>(layered: &Layered<T>) -> Vec<T> {
    let defaults = layered.default.iter().flat_map(|cited| cited.value.values());
    let cases = layered.cases.iter().flat_map(|case| case.value.value.values());
    defaults.chain(cases).cloned().collect()
}

fn day_reading(reader: &mut Reader<'_>, rule: &Rule) -> DayReading {
    let rules = reader.rules;
    let text = |key: &str| entry(rules, rule, key).and_then(|found| found.node.as_text());
    let business_day = match text("business_day") {
        Some("same-time") => BusinessDay::SameTime,
        Some("close") => BusinessDay::Close,
        _ => BusinessDay::Length,
    };
    let day_one = if text("day_one") == Some("same") { DayOne::Same } else { DayOne::Next };
    let cut_off = entry(rules, rule, "cut_off").and_then(|found| {
        let time = found.node.as_text().and_then(|text| LocalTime::parse(text).ok());
        if time.is_none() {
            let (text, place) = (found.node.as_text().unwrap_or_default().to_owned(), found.node.place);
            reader.complain(Diagnostic::new(Code::BadHours, place).with("text", text));
        }
        time
    });
    DayReading { business_day, day_one, cut_off, ..DayReading::default() }
}

fn on_change(reader: &mut Reader<'_>, rule: &Rule) -> Vec<(FactName, OnChange)> {
    let rules = reader.rules;
    let Some(found) = entry(rules, rule, "on_change") else { return Vec::new() };
    let mut changes = Vec::new();
    for change in found.node.as_table().unwrap_or_default() {
        // A change of the document itself is told of by this name, which is no fact of a request.
        if change.key != "agreement" && !reader.know("fact", &change.key, change.place) {
            continue;
        }
        const WORDS: [(&str, OnChange); 5] = [
            ("keep", OnChange::Keep),
            ("from-opening", OnChange::FromOpening),
            ("restart", OnChange::Restart),
            ("earlier", OnChange::Earlier),
            ("fixed", OnChange::Fixed),
        ];
        let word = change.node.as_text().unwrap_or_default();
        match WORDS.iter().find(|(name, _)| *name == word) {
            Some((_, meaning)) => changes.push((FactName::from(change.key.as_str()), *meaning)),
            None => {
                let known: Vec<String> = WORDS.iter().map(|(name, _)| format!("`{name}`")).collect();
                let near = crate::nearest::nearest(word, WORDS.iter().map(|(name, _)| *name));
                reader.complain(
                    Diagnostic::new(Code::UnknownValue, change.node.place)
                        .with("value", word.to_owned())
                        .with("fact", "on_change".to_owned())
                        .with("known", known.join(", "))
                        .with_nearest(near),
                );
            }
        }
    }
    changes
}
