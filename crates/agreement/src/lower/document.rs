use crate::diagnostic::{Code, Diagnostic};
use crate::merge::Rule;
use crate::nearest::nearest;
use crate::node::{Entry, Node, Raw, find};
use crate::reader::Reader;
use calendar::Span;
use terms::{
    AfterClosing, AfterEvent, Alternative, Channel, Choice, ClosedReply, Condition, DataDuty, EndDay,
    FactName, Interpretation, Label, LanguageRule, MailTemplate, Notice, Opens, Permission, Queue,
    SatisfactionAnswer, SatisfactionRule, Silence, Statistic, Task, Terms,
};

/// Permissions, ways in, notices, duties, the queue, languages, statistics and interpretations.
pub(super) fn lower_document(reader: &mut Reader<'_>, terms: &mut Terms) {
    let rules = reader.rules;
    for rule in rules.of_kind("permission") {
        let lowered = permission(reader, rule);
        terms.permissions.push(lowered);
    }
    for rule in rules.of_kind("channel") {
        let lowered = channel(reader, rule);
        let twin = match rule.name.as_str() {
            "web" if reader.declared.web_means_portal => Some("portal"),
            "portal" if reader.declared.portal_means_web => Some("web"),
            _ => None,
        };
        let twin = twin.map(|name| Channel { name: name.to_owned(), ..lowered.clone() });
        terms.channels.push(lowered);
        terms.channels.extend(twin);
    }
    for rule in rules.of_kind("notice") {
        let lowered = notice(reader, rule);
        terms.notices.extend(lowered);
    }
    for rule in rules.of_kind("mail") {
        let lowered = mail(reader, rule);
        terms.mails.push(lowered);
    }
    for rule in rules.of_kind("task") {
        let lowered = task(reader, rule);
        terms.tasks.extend(lowered);
    }
    for rule in rules.of_kind("data") {
        let backups = rule
            .get("backups")
            .and_then(|entry| reader.choice(&entry.node, &mut |reader, node| reader.span("backups", node)));
        terms.data.push(DataDuty {
            name: rule.name.clone(),
            clause: reader.rule_clause(rule),
            what: reader.plain_names(&rule.keys, "what"),
            destroy: reader
                .known_names(&rule.keys, "destroy", "event")
                .into_iter()
                .next()
                .unwrap_or_default(),
            keep: reader.plain_names(&rule.keys, "keep"),
            backups,
        });
    }
    if let Some(rule) = rules.find("queue", "") {
        let jump: Vec<Entry> =
            rule.get("jump").and_then(|entry| entry.node.as_table()).unwrap_or_default().to_vec();
        terms.queue = Some(Queue {
            clause: reader.rule_clause(rule),
            order: order(reader, rule),
            jump: reader.known_names(&jump, "who", "role"),
            jump_reason: reader.yes_no(&jump, "reason").unwrap_or(false),
        });
    }
    if let Some(rule) = rules.find("satisfaction", "") {
        let question = rule.get("question").and_then(|entry| entry.node.as_table()).unwrap_or_default();
        let rows = rule.get("scale").and_then(|entry| entry.node.as_list()).unwrap_or_default();
        let word = |keys: &[Entry], key: &str| {
            find(keys, key).and_then(|entry| entry.node.as_text()).unwrap_or_default().to_owned()
        };
        let scale = rows.iter().filter_map(Node::as_table).map(|keys| SatisfactionAnswer {
            name: word(keys, "name"),
            label: reader.label(keys),
            means: word(keys, "means"),
        });
        let (question, scale) = (reader.label(question), scale.collect());
        terms.satisfaction = Some(SatisfactionRule {
            clause: reader.rule_clause(rule),
            asked: reader.yes_no(&rule.keys, "asked").unwrap_or(true),
            question,
            scale,
        });
    }
    if let Some(rule) = rules.find("after_closing", "") {
        terms.after_closing = Some(AfterClosing {
            clause: reader.rule_clause(rule),
            reply: match rule.text("reply") {
                Some("follows up") => ClosedReply::FollowsUp,
                _ => ClosedReply::Reopens,
            },
            reopens_within: rule
                .get("reopens_within")
                .and_then(|entry| reader.span("reopens_within", &entry.node)),
        });
    }
    if let Some(rule) = rules.find("language", "") {
        let offered = rule.get("offered").and_then(|entry| {
            reader.choice(&entry.node, &mut |reader, node| {
                let names = reader.names("offered", node);
                Some(names.into_iter().map(|(name, _)| name).collect::<Vec<_>>())
            })
        });
        if let Some(offered) = offered {
            terms.language = Some(LanguageRule {
                clause: reader.rule_clause(rule),
                offered,
                fallback: rule.text("fallback").unwrap_or_default().to_owned(),
            });
        }
    }
    for rule in rules.of_kind("measure").filter(|rule| rule.text("kind") == Some("share")) {
        let lowered = statistic(reader, rule);
        terms.statistics.extend(lowered);
    }
    for rule in rules.of_kind("interpretation") {
        let lowered = interpretation(reader, rule);
        terms.interpretations.push(lowered);
    }
}

/// The order of the queue: `arrival`, `deadline`, `severity`, `money`, or a fact.
fn order(reader: &mut Reader<'_>, rule: &Rule) -> Vec<String> {
    let Some(entry) = rule.get("order") else { return Vec::new() };
    let names = reader.names("order", &entry.node);
    names
        .into_iter()
        .filter(|(name, place)| {
            ["arrival", "deadline", "severity", "money"].contains(&name.as_str())
                || reader.know("fact", name, *place)
        })
        .map(|(name, _)| name)
        .collect()
}

fn permission(reader: &mut Reader<'_>, rule: &Rule) -> Permission {
    let keys = &rule.keys;
    let silence = rule.get("silence").and_then(|entry| entry.node.as_table()).map(<[Entry]>::to_vec);
    let keeps = reader.plain_names(keys, "keeps");
    if let Some(entry) = find(keys, "keeps") {
        for (path, place) in reader.names("keeps", &entry.node) {
            reader.know("promise", path.strip_prefix("promise.").unwrap_or(&path), place);
        }
    }
    let during = reader.known_names(keys, "during", "calendar").into_iter().next();
    Permission {
        act: rule.name.clone(),
        label: reader.label(&rule.keys),
        clause: reader.rule_clause(rule),
        who: reader.known_names(keys, "who", "role"),
        to: reader.known_names(keys, "to", "role"),
        consent: reader.known_names(keys, "consent", "role"),
        decided_by: reader.known_names(keys, "decided_by", "role"),
        needs: reader.plain_names(keys, "needs"),
        reason: reader.yes_no(keys, "reason").unwrap_or(false),
        during: during.filter(|name| name != "always"),
        when: reader.when(keys),
        keeps: keeps
            .into_iter()
            .map(|path| path.strip_prefix("promise.").unwrap_or(&path).to_owned())
            .collect(),
        silence: silence.and_then(|keys| silence_rule(reader, &keys)),
        after: after(reader, rule),
        else_offer: rule.text("else_offer").map(str::to_owned),
    }
}

fn after(reader: &mut Reader<'_>, rule: &Rule) -> Option<AfterEvent> {
    let entry = rule.get("after")?;
    let keys = entry.node.as_table()?;
    let word = |key: &str| find(keys, key).and_then(|entry| entry.node.as_text());
    Some(AfterEvent {
        event: reader.known_names(keys, "event", "event").into_iter().next()?,
        wait: find(keys, "wait").and_then(|entry| reader.span("wait", &entry.node))?,
        first_day: if word("first_day") == Some("same") { EndDay::Counts } else { EndDay::Left },
        calendar: reader.known_names(keys, "calendar", "calendar").into_iter().next(),
        counted_from: reader.plain_names(keys, "counted_from"),
        unless: reader.known_names(keys, "unless", "event").into_iter().next(),
        clause: reader.clause(entry.section, &[]),
    })
}

fn silence_rule(reader: &mut Reader<'_>, keys: &[Entry]) -> Option<Silence> {
    let after = find(keys, "after")
        .and_then(|entry| reader.choice(&entry.node, &mut |reader, node| reader.span("after", node)))?;
    let word = |key: &str| find(keys, key).and_then(|entry| entry.node.as_text());
    let day = calendar::DayReading {
        business_day: match word("business_day") {
            Some("same-time") => calendar::BusinessDay::SameTime,
            Some("close") => calendar::BusinessDay::Close,
            _ => calendar::BusinessDay::Length,
        },
        day_one: if word("day_one") == Some("same") {
            calendar::DayOne::Same
        } else {
            calendar::DayOne::Next
        },
        ..calendar::DayReading::default()
    };
    let remind = find(keys, "remind").map_or_else(Vec::new, |entry| {
        let nodes: Vec<&Node> = match &entry.node.raw {
            Raw::List(nodes) => nodes.iter().collect(),
            _ => vec![&entry.node],
        };
        nodes.into_iter().filter_map(|node| reader.span("remind", node)).collect()
    });
    Some(Silence {
        after,
        from: reader.known_names(keys, "from", "event").into_iter().next(),
        remind,
        counts_as: find(keys, "counts_as")
            .and_then(|entry| entry.node.as_text())
            .unwrap_or_default()
            .to_owned(),
        reopens: reader.yes_no(keys, "reopens").unwrap_or(false),
        calendar: reader.known_names(keys, "calendar", "calendar").into_iter().next(),
        day,
    })
}

fn channel(reader: &mut Reader<'_>, rule: &Rule) -> Channel {
    let contact = rule.get("contact").and_then(|entry| {
        let name = reader.text("contact", &entry.node)?;
        let name = name.strip_prefix('$').unwrap_or(&name).to_owned();
        reader.know("parameter", &name, entry.node.place).then(|| name.as_str().into())
    });
    Channel {
        name: rule.name.clone(),
        clause: reader.rule_clause(rule),
        opens: match rule.text("opens") {
            Some("by agent") => Opens::ByAgent,
            Some("never") => Opens::Never,
            _ => Opens::Automatically,
        },
        answer: rule.text("answer").map(str::to_owned),
        only_if: rule
            .get("only_if")
            .map_or(Condition::Always, |entry| reader.condition("only_if", &entry.node)),
        during: reader.known_names(&rule.keys, "during", "calendar").into_iter().next(),
        recommended: reader.yes_no(&rule.keys, "recommended").unwrap_or(false),
        contact,
    }
}

fn notice(reader: &mut Reader<'_>, rule: &Rule) -> Option<Notice> {
    let entry = rule.get("on")?;
    let mut on = reader.event("on", &entry.node)?;
    if rule.get("when").is_some() {
        on.when = reader.when(&rule.keys);
    }
    Some(Notice {
        name: rule.name.clone(),
        clause: reader.rule_clause(rule),
        on,
        once: reader.yes_no(&rule.keys, "once").unwrap_or(false),
        tell: reader.known_names(&rule.keys, "tell", "role"),
        by: reader.plain_names(&rule.keys, "by"),
        says: reader.plain_names(&rule.keys, "says"),
    })
}

/// The words of a mail. Without `for` its name says which.
fn mail(reader: &mut Reader<'_>, rule: &Rule) -> MailTemplate {
    let of = match rule.get("for") {
        Some(entry) => reader.names("for", &entry.node),
        None => vec![(rule.name.clone(), rule.place)],
    };
    for (kind, place) in &of {
        let notice =
            kind.strip_prefix("notice.").is_some_and(|name| reader.rules.find("notice", name).is_some());
        if !notice && !MailTemplate::KINDS.contains(&kind.as_str()) {
            let notices = reader.rules.of_kind("notice").map(Rule::path).collect::<Vec<_>>();
            let known = MailTemplate::KINDS.into_iter().chain(notices.iter().map(String::as_str));
            let near = nearest(kind, known).map(str::to_owned);
            reader.complain(Diagnostic::unknown_name("mail", kind, *place, near.as_deref()));
        }
    }
    let is_reply = of.iter().any(|(kind, _)| kind == "reply");
    let (subject, body) = (mail_words(reader, rule, "subject"), mail_words(reader, rule, "body"));
    for (there, here, key) in [(&subject, &body, "body"), (&body, &subject, "subject")] {
        for (language, _) in there.iter() {
            if here.iter().all(|(known, _)| known != language) {
                missing_of_mail(reader, rule, key, language.to_owned());
            }
        }
    }
    // What the agent wrote must not be lost.
    for (_, text) in body.iter().filter(|_| is_reply) {
        if MailTemplate::variables(text).iter().all(|(_, name)| *name != "text") {
            missing_of_mail(reader, rule, "body", "{text}".to_owned());
        }
    }
    MailTemplate {
        name: rule.name.clone(),
        clause: reader.rule_clause(rule),
        of: of.into_iter().map(|(kind, _)| kind).collect(),
        when: reader.when(&rule.keys),
        subject,
        body,
    }
}

fn missing_of_mail(reader: &mut Reader<'_>, rule: &Rule, key: &str, what: String) {
    let place = rule.get(key).map_or(rule.place, |entry| entry.node.place);
    let path = format!("{}.{key}", rule.path());
    reader.complain(Diagnostic::new(Code::MissingKey, place).with("rule", path).with("key", what));
}

/// Words per language, whose variables are known.
fn mail_words(reader: &mut Reader<'_>, rule: &Rule, key: &str) -> Label {
    let mut words = Label::default();
    let entries: &[Entry] = rule.get(key).and_then(|entry| entry.node.as_table()).unwrap_or_default();
    for entry in entries {
        if !reader.is_language(&entry.key) {
            let near = nearest(&entry.key, reader.languages.iter().map(String::as_str)).map(str::to_owned);
            reader.complain(Diagnostic::unknown_name("language", &entry.key, entry.place, near.as_deref()));
            continue;
        }
        let Some(text) = reader.text(key, &entry.node) else { continue };
        for (_, name) in MailTemplate::variables(&text) {
            let declared = reader.declared;
            let known: Vec<&str> = MailTemplate::VARIABLES
                .into_iter()
                .chain(declared.fact_names())
                .chain(declared.parameters.iter().map(String::as_str))
                .collect();
            if !known.contains(&name) {
                let near = nearest(name, known).map(str::to_owned);
                reader.complain(Diagnostic::unknown_name(
                    "variable",
                    name,
                    entry.node.place,
                    near.as_deref(),
                ));
            }
        }
        words.insert(&entry.key, &text);
    }
    words
}

fn task(reader: &mut Reader<'_>, rule: &Rule) -> Option<Task> {
    let mut who = rule.get("who").and_then(|entry| {
        reader.choice(&entry.node, &mut |reader, node| {
            let name = reader.text("who", node)?;
            reader.know("role", &name, node.place).then_some(name)
        })
    })?;
    // An exception by one fact is a choice by that fact: the task names its owner case by case.
    let cases = reader.cases(rule);
    for case in cases.iter().rev() {
        let Some(entry) = find(&case.keys, "who") else { continue };
        let Some(other) = reader.text("who", &entry.node) else { continue };
        reader.know("role", &other, entry.node.place);
        if let terms::Condition::Test { fact, test: terms::Test::OneOf(values) } = &case.when {
            let of = values
                .iter()
                .filter_map(|value| value.as_key().map(|key| (key.to_owned(), Choice::Plain(other.clone()))))
                .collect();
            who = Choice::By { fact: fact.clone(), of, otherwise: Some(Box::new(who)) };
        } else {
            reader.wrong("when", "condition", case.place);
        }
    }
    let on = rule.get("on").and_then(|entry| reader.event("on", &entry.node));
    Some(Task {
        name: rule.name.clone(),
        label: reader.label(&rule.keys),
        clause: reader.rule_clause(rule),
        who,
        on,
        optional: reader.yes_no(&rule.keys, "optional").unwrap_or(false),
        during: reader.known_names(&rule.keys, "during", "calendar").into_iter().next(),
        ask: rule.text("ask").map(str::to_owned),
        refusal: rule.text("refusal").map(str::to_owned),
        may_take_over: reader.known_names(&rule.keys, "may_take_over", "role"),
        needs_one: reader.plain_names(&rule.keys, "needs_one"),
        blocks: reader.plain_names(&rule.keys, "blocks"),
        before_asking: reader.yes_no(&rule.keys, "before_asking").unwrap_or(false),
        look_in: parameters(reader, rule, "look_in"),
    })
}

/// Names of parameters, each with the sign that tells them from words.
fn parameters(reader: &mut Reader<'_>, rule: &Rule, key: &str) -> Vec<FactName> {
    let Some(entry) = rule.get(key) else { return Vec::new() };
    let names = reader.names(key, &entry.node).into_iter();
    names
        .map(|(name, place)| (name.strip_prefix('$').unwrap_or(&name).to_owned(), place))
        .filter(|(name, place)| reader.know("parameter", name, *place))
        .map(|(name, _)| name.as_str().into())
        .collect()
}

fn statistic(reader: &mut Reader<'_>, rule: &Rule) -> Option<Statistic> {
    for key in ["where", "shown_with"].into_iter().filter(|key| rule.get(key).is_none()) {
        if !rule.misspells(key) {
            reader.complain(
                Diagnostic::new(Code::MissingKey, rule.place)
                    .with("rule", rule.path())
                    .with("key", key.to_owned()),
            );
        }
    }
    let shown = rule.get("shown_with")?;
    let path = reader.text("shown_with", &shown.node)?;
    let promise = path.strip_prefix("promise.").unwrap_or(&path).to_owned();
    reader.know("promise", &promise, shown.node.place);
    let mut used_below: Option<Span> = None;
    for entry in rule.get("where").and_then(|entry| entry.node.as_table()).unwrap_or_default() {
        reader.know("fact", &entry.key, entry.place);
        if let Some(node) = entry.node.get("used_below") {
            used_below = reader.span("used_below", node);
        }
    }
    let claimed = rule
        .get("claimed")
        .and_then(|entry| entry.node.as_table())
        .and_then(|keys| keys.first())
        .and_then(|entry| entry.node.as_text())
        .unwrap_or_default();
    Some(Statistic {
        name: rule.name.clone(),
        label: reader.label(&rule.keys),
        clause: reader.rule_clause(rule),
        shown_with: promise,
        used_below: used_below?,
        claimed: claimed.to_owned(),
    })
}

fn interpretation(reader: &mut Reader<'_>, rule: &Rule) -> Interpretation {
    let about = rule.get("about").map_or_else(Vec::new, |entry| reader.names("about", &entry.node));
    let paths: Vec<String> = reader.rules.rules.iter().map(Rule::path).collect();
    for (path, place) in &about {
        if !paths.contains(path) {
            let near = nearest(path, paths.iter().map(String::as_str)).map(str::to_owned);
            reader.complain(Diagnostic::unknown_name("rule", path, *place, near.as_deref()));
        }
    }
    let rows = rule.get("alternative").and_then(|entry| entry.node.as_list()).unwrap_or_default();
    let alternatives = rows
        .iter()
        .filter_map(Node::as_table)
        .map(|keys| Alternative {
            name: find(keys, "name").and_then(|entry| entry.node.as_text()).unwrap_or_default().to_owned(),
            text: reader.label(keys),
            selectable: reader.yes_no(keys, "selectable").unwrap_or(false),
        })
        .collect();
    Interpretation {
        name: rule.name.clone(),
        clause: reader.rule_clause(rule),
        text: reader.label(&rule.keys),
        about: about.into_iter().map(|(path, _)| path).collect(),
        alternatives,
        chosen: None,
    }
}
