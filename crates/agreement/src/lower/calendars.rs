use crate::diagnostic::{Code, Diagnostic};
use crate::lower::interpretations_about;
use crate::merge::Rule;
use crate::nearest::nearest;
use crate::node::{Entry, Node, Raw, find};
use crate::place::Place;
use crate::reader::Reader;
use calendar::{
    Calendar, CalendarDefinition, CalendarError, CalendarRule as HoursRule, Closure, DatedHours, DayRule,
    EveryWeeks, ExtraDay, Holiday, HolidaySet, Hours, Labels, LocalDate, LocalTime, Observed, OpenOn,
    SlidingBreak, SlidingBreakCounted, Span, Weekday, Window, Zone, shipped_names, shipped_names_of,
};
use std::collections::BTreeMap;
use terms::{CalendarRule, Choice, FactName, FactValue, ParameterKind, Terms};

/// Holiday sets and calendars.
pub(super) fn lower_calendars(reader: &mut Reader<'_>, terms: &mut Terms) {
    let rules = reader.rules;
    for rule in rules.of_kind("holidays") {
        let set = holiday_set(reader, rule, 0);
        terms.holidays.insert(rule.name.clone(), set);
    }
    freeze_shipped(reader, terms);
    for rule in rules.of_kind("calendar") {
        let lowered = calendar_rule(reader, rule, terms);
        terms.calendars.extend(lowered);
    }
}

/// Keeps the shipped holiday sets that this agreement can come to: those it names, and where a
/// contract chooses, those of the provider's country. What was adopted is what is in force, whatever
/// a later edition ships.
fn freeze_shipped(reader: &Reader<'_>, terms: &mut Terms) {
    let mut named: Vec<String> = Vec::new();
    for rule in reader.rules.of_kind("calendar") {
        if let Some(entry) = rule.get("holidays") {
            texts(&entry.node, &mut named);
        }
    }
    let country = terms.country.to_lowercase();
    let mut chosen = false;
    for parameter in &terms.parameters {
        if parameter.kind == ParameterKind::Holidays {
            chosen = true;
            named.extend(parameter.default.as_ref().and_then(FactValue::as_text).map(str::to_owned));
        }
    }
    if chosen {
        named.extend(shipped_names_of(&country).map(str::to_owned));
    }
    for name in named {
        if !terms.holidays.contains_key(&name)
            && let Some(set) = HolidaySet::shipped(&name)
        {
            terms.holidays.insert(name, set);
        }
    }
}

fn texts(node: &Node, found: &mut Vec<String>) {
    match &node.raw {
        Raw::Text(text) => found.push(text.clone()),
        Raw::List(nodes) => nodes.iter().for_each(|node| texts(node, found)),
        Raw::Table(entries) => entries.iter().for_each(|entry| texts(&entry.node, found)),
        _ => {}
    }
}

/// Most calendars or holiday sets inside one another before it is taken for a circle.
const DEEPEST: usize = 8;

fn calendar_rule(reader: &mut Reader<'_>, rule: &Rule, terms: &Terms) -> Option<CalendarRule> {
    let same_as = rule.get("same_as").and_then(|entry| {
        reader.choice(&entry.node, &mut |reader, node| {
            let name = reader.text("same_as", node)?;
            reader.know("calendar", &name, node.place).then_some(name)
        })
    });
    if let (Some(choice), Some(entry)) = (&same_as, rule.get("same_as"))
        && choice.values().iter().any(|name| leads_to(reader, name, &rule.name, 0))
    {
        reader.complain(Diagnostic::new(Code::Circle, entry.place).with("name", rule.path()));
        return None;
    }
    let holidays = holiday_choices(reader, rule);
    let closed = closing_parameter(rule)
        .filter(|(name, place)| reader.know("parameter", name, *place))
        .map(|(name, _)| FactName::from(name));
    complain_of_lost_hours(reader, rule);
    let definition = if same_as.is_some() {
        let zone = terms.zone.clone();
        CalendarDefinition::always(&rule.name, zone)
    } else {
        let before = reader.diagnostics.len();
        let definition = definition(reader, rule, 0)?;
        // Hours that could not be read are complained of already.
        if reader.diagnostics.len() == before {
            complain_if_never_open(reader, rule, &definition, &holidays, terms);
        }
        definition
    };
    Some(CalendarRule {
        name: rule.name.clone(),
        label: reader.label(&rule.keys),
        clause: reader.rule_clause(rule),
        definition,
        holidays,
        same_as,
        closed,
        interpretations: interpretations_about(reader, &rule.path()),
    })
}

/// The parameter that holds the closed days of a calendar, with where it is named.
fn closing_parameter(rule: &Rule) -> Option<(&str, Place)> {
    let entry = rule.get("closed")?;
    Some((entry.node.as_text()?.strip_prefix('$')?, entry.node.place))
}

/// What says hours: a calendar that is made of others has none of its own that this could touch.
const KEYS_OF_HOURS: [&str; 7] = ["open", "open_on", "weeks", "holidays", "closed", "extra", "sliding_break"];

fn complain_of_lost_hours(reader: &mut Reader<'_>, rule: &Rule) {
    if rule.get("union_of").is_none() && rule.get("complement_of").is_none() {
        return;
    }
    for entry in rule.keys.iter().filter(|entry| KEYS_OF_HOURS.contains(&entry.key.as_str())) {
        reader.complain(
            Diagnostic::new(Code::UnknownKey, entry.place)
                .with("rule", rule.path())
                .with("key", entry.key.clone())
                .with("known", "`zone`, `business_day`, `union_of`, `complement_of`, `minus`".to_owned()),
        );
    }
}

fn leads_to(reader: &Reader<'_>, from: &str, to: &str, depth: usize) -> bool {
    if from == to || depth > DEEPEST {
        return true;
    }
    let Some(entry) = reader.rules.find("calendar", from).and_then(|rule| rule.get("same_as")) else {
        return false;
    };
    let names: Vec<&str> = match &entry.node.raw {
        Raw::Text(name) => vec![name],
        Raw::Table(entries) => entries
            .iter()
            .filter(|entry| entry.key != "by")
            .filter_map(|entry| entry.node.as_text())
            .collect(),
        _ => Vec::new(),
    };
    names.into_iter().any(|name| leads_to(reader, name, to, depth + 1))
}

/// Names of the holiday sets of a calendar; a parameter may choose one.
fn holiday_choices(reader: &mut Reader<'_>, rule: &Rule) -> Vec<Choice<String>> {
    let Some(entry) = rule.get("holidays") else { return Vec::new() };
    let nodes: Vec<&Node> = match &entry.node.raw {
        Raw::List(nodes) => nodes.iter().collect(),
        _ => vec![&entry.node],
    };
    nodes
        .into_iter()
        .filter_map(|node| {
            reader.choice(node, &mut |reader, node| {
                let name = reader.text("holidays", node)?;
                know_holidays(reader, &name, node).then_some(name)
            })
        })
        .collect()
}

/// Checks that a holiday list is declared.
pub(super) fn know_holidays(reader: &mut Reader<'_>, name: &str, node: &Node) -> bool {
    if reader.declared.holidays.iter().any(|known| known == name) || HolidaySet::shipped(name).is_some() {
        return true;
    }
    let shipped: Vec<&str> = shipped_names().collect();
    let known = reader.declared.holidays.iter().map(String::as_str).chain(shipped.iter().copied());
    let near = nearest(name, known).map(str::to_owned);
    reader.complain(
        Diagnostic::new(Code::MissingHolidays, node.place)
            .with("name", name.to_owned())
            .with_nearest(near.as_deref()),
    );
    false
}

fn complain_if_never_open(
    reader: &mut Reader<'_>,
    rule: &Rule,
    definition: &CalendarDefinition,
    holidays: &[Choice<String>],
    terms: &Terms,
) {
    let mut whole = definition.clone();
    for choice in holidays {
        let named: Vec<&String> = match choice {
            Choice::Fact(parameter) => {
                let default = terms.parameters.iter().find(|known| known.name == *parameter);
                match default.and_then(|known| known.default.as_ref()) {
                    Some(FactValue::Text(name)) => vec![name],
                    _ => Vec::new(),
                }
            }
            other => other.values(),
        };
        for set in named.into_iter().filter_map(|name| terms.holidays.get(name)) {
            whole.own_hours_mut().into_iter().for_each(|hours| hours.holidays.push(set.clone()));
        }
    }
    let place = rule.get("open").map_or(rule.place, |entry| entry.place);
    if reader.sound_calendars.contains(&whole) {
        return;
    }
    match Calendar::build(whole.clone()) {
        Ok(_) => {
            reader.sound_calendars.insert(whole);
        }
        Err(CalendarError::TooDeep { .. }) => {
            reader.complain(Diagnostic::new(Code::Circle, place).with("name", rule.path()));
        }
        Err(CalendarError::DayRule { .. }) => reader.wrong("days", "day-rule", place),
        Err(_) => reader.complain(Diagnostic::new(Code::NeverOpens, place).with("name", rule.name.clone())),
    }
}

fn definition(reader: &mut Reader<'_>, rule: &Rule, depth: usize) -> Option<CalendarDefinition> {
    let agreement_zone =
        || reader.rules.find("agreement", "").and_then(|rule| Zone::parse(rule.text("zone")?).ok());
    let zone = match rule.get("zone") {
        Some(entry) => reader.zone(&entry.node)?,
        None => agreement_zone().unwrap_or_else(Zone::utc),
    };
    let business_day_seconds = rule
        .get("business_day")
        .and_then(|entry| reader.span("business_day", &entry.node))
        .and_then(seconds_of);
    let composed = |reader: &mut Reader<'_>, key: &'static str| -> Option<Vec<CalendarDefinition>> {
        let entry = rule.get(key)?;
        if depth > DEEPEST {
            reader.complain(Diagnostic::new(Code::Circle, entry.place).with("name", rule.path()));
            return None;
        }
        let names = reader.names(key, &entry.node);
        let mut parts = Vec::with_capacity(names.len());
        for (name, place) in names {
            if name == rule.name {
                reader.complain(Diagnostic::new(Code::Circle, place).with("name", rule.path()));
                return None;
            }
            if reader.know("calendar", &name, place)
                && let Some(part) = reader.rules.find("calendar", &name)
            {
                parts.push(definition_with_holidays(reader, part, depth + 1)?);
            }
        }
        Some(parts)
    };
    let rule_of_hours = if rule.get("union_of").is_some() {
        HoursRule::Union { of: composed(reader, "union_of")? }
    } else if rule.get("complement_of").is_some() {
        let of = composed(reader, "complement_of")?.into_iter().next()?;
        HoursRule::Complement { of: Box::new(of) }
    } else {
        let hours = hours(reader, &rule.keys);
        let mut later = Vec::new();
        for case in &rule.cases {
            if let Some(since) = reader.date(&case.keys, "since") {
                later.push(DatedHours {
                    since,
                    hours: self::hours(reader, &case.keys),
                    business_day_seconds,
                });
            } else {
                reader.complain(
                    Diagnostic::new(Code::MissingKey, case.place)
                        .with("rule", format!("{}.case", rule.path()))
                        .with("key", "since".to_owned()),
                );
            }
        }
        later.sort_by_key(|dated| dated.since);
        HoursRule::Hours { hours: Box::new(hours), later }
    };
    let rule_of_hours = match composed(reader, "minus") {
        Some(without) => {
            let from = CalendarDefinition {
                name: rule.name.clone(),
                zone: zone.clone(),
                rule: rule_of_hours,
                business_day_seconds,
            };
            HoursRule::Minus { from: Box::new(from), without }
        }
        None => rule_of_hours,
    };
    Some(CalendarDefinition { name: rule.name.clone(), zone, rule: rule_of_hours, business_day_seconds })
}

/// A calendar inside another carries its own holidays and closed days; those that a parameter chooses are the
/// parameter's default.
fn definition_with_holidays(
    reader: &mut Reader<'_>,
    rule: &Rule,
    depth: usize,
) -> Option<CalendarDefinition> {
    let mut part = definition(reader, rule, depth)?;
    let choices = holiday_choices(reader, rule);
    let names: Vec<String> = choices
        .iter()
        .flat_map(|choice| match choice {
            Choice::Fact(parameter) => reader
                .rules
                .find("parameter", parameter.as_str())
                .and_then(|rule| rule.text("default"))
                .map(str::to_owned)
                .into_iter()
                .collect::<Vec<_>>(),
            other => other.values().into_iter().cloned().collect(),
        })
        .collect();
    let mut sets = Vec::with_capacity(names.len());
    for name in names {
        match reader.rules.find("holidays", &name) {
            Some(set) => sets.push(holiday_set(reader, set, 0)),
            None => sets.extend(HolidaySet::shipped(&name)),
        }
    }
    let rules = reader.rules;
    let default = closing_parameter(rule)
        .and_then(|(name, _)| rules.find("parameter", name))
        .and_then(|parameter| parameter.get("default"));
    let closed = default.map_or_else(Vec::new, |entry| closures_in(reader, &entry.node));
    for hours in part.own_hours_mut() {
        hours.holidays.extend(sets.iter().cloned());
        hours.closed.extend(closed.iter().cloned());
    }
    Some(part)
}

fn hours(reader: &mut Reader<'_>, keys: &[Entry]) -> Hours {
    let weekly = find(keys, "open").map_or_else(BTreeMap::new, |entry| weekly(reader, &entry.node));
    let weeks = find(keys, "weeks").and_then(|entry| {
        let keys = entry.node.as_table()?;
        let every = number(reader, keys, "every")?;
        let anchor = reader.date(keys, "anchor")?;
        Some(EveryWeeks { every, anchor })
    });
    let open_on = rows(keys, "open_on")
        .filter_map(|keys| {
            let day = day_rule(reader, keys)?;
            let at = find(keys, "at")?;
            let windows = windows(reader, &at.node).into_iter().map(|(window, _)| window).collect();
            Some(OpenOn { day, windows })
        })
        .collect();
    let extra = rows(keys, "extra")
        .filter_map(|keys| {
            let on = reader.date(keys, "on")?;
            let open = find(keys, "open")?;
            let windows = windows(reader, &open.node).into_iter().map(|(window, _)| window).collect();
            Some(ExtraDay { on, windows })
        })
        .collect();
    let sliding_break = find(keys, "sliding_break").and_then(|entry| {
        let keys = entry.node.as_table()?;
        let length =
            find(keys, "length").and_then(|entry| reader.span("length", &entry.node)).and_then(seconds_of)?;
        let between = find(keys, "between")?;
        let (window, _) = windows(reader, &between.node).into_iter().next()?;
        let counted = match find(keys, "counted").and_then(|entry| entry.node.as_text()) {
            Some("latest") => SlidingBreakCounted::Latest,
            _ => SlidingBreakCounted::Earliest,
        };
        Some(SlidingBreak {
            length_seconds: u32::try_from(length).ok()?,
            from: window.from,
            to: window.to,
            counted,
        })
    });
    Hours {
        weekly,
        weeks,
        open_on,
        holidays: Vec::new(),
        closed: closures(reader, keys),
        extra,
        sliding_break,
    }
}

fn rows<'a>(keys: &'a [Entry], key: &str) -> impl Iterator<Item = &'a [Entry]> {
    let nodes: &[Node] = find(keys, key).and_then(|entry| entry.node.as_list()).unwrap_or_default();
    nodes.iter().filter_map(Node::as_table)
}

/// Days closed by the document itself: dates, or stretches `{ from = …, to = … }`.
fn closures(reader: &mut Reader<'_>, keys: &[Entry]) -> Vec<Closure> {
    find(keys, "closed").map_or_else(Vec::new, |entry| closures_in(reader, &entry.node))
}

fn closures_in(reader: &mut Reader<'_>, node: &Node) -> Vec<Closure> {
    let nodes: &[Node] = match &node.raw {
        Raw::List(nodes) => nodes,
        // A parameter with the days; the contract fills it in.
        Raw::Text(text) if text.starts_with('$') => return Vec::new(),
        _ => std::slice::from_ref(node),
    };
    nodes
        .iter()
        .filter_map(|node| match &node.raw {
            Raw::Date(on) => Some(Closure::On { on: *on }),
            Raw::Text(text) if LocalDate::parse(text).is_ok() => {
                Some(Closure::On { on: LocalDate::parse(text).ok()? })
            }
            Raw::Table(keys) => {
                let (first, last) = (reader.date(keys, "from")?, reader.date(keys, "to")?);
                Some(Closure::Dates { first, last })
            }
            _ => {
                reader.wrong("closed", "date", node.place);
                None
            }
        })
        .collect()
}

/// Windows per weekday, overlapping ones noted.
fn weekly(reader: &mut Reader<'_>, node: &Node) -> BTreeMap<Weekday, Vec<Window>> {
    let Some(entries) = node.as_table() else {
        reader.wrong("open", "hours", node.place);
        return BTreeMap::new();
    };
    let mut days: BTreeMap<Weekday, Vec<(Window, Place)>> = BTreeMap::new();
    for entry in entries {
        let Ok(stretch) = Weekday::parse_stretch(&entry.key) else {
            reader.complain(Diagnostic::new(Code::BadHours, entry.place).with("text", entry.key.clone()));
            continue;
        };
        let windows = windows(reader, &entry.node);
        for day in stretch {
            days.entry(day).or_default().extend(windows.iter().cloned());
        }
    }
    let mut told: Vec<(Place, Place)> = Vec::new();
    for (day, windows) in &days {
        complain_of_overlap(reader, *day, windows, &mut told);
    }
    days.into_iter()
        .map(|(day, windows)| (day, windows.into_iter().map(|(window, _)| window).collect()))
        .collect()
}

fn complain_of_overlap(
    reader: &mut Reader<'_>,
    day: Weekday,
    windows: &[(Window, Place)],
    told: &mut Vec<(Place, Place)>,
) {
    // Windows in different zones do not compare on one clock.
    let plain =
        |window: &Window| window.from_zone.is_none() && window.to_zone.is_none() && window.from < window.to;
    for (at, (window, place)) in windows.iter().enumerate() {
        for (other, other_place) in &windows[at + 1..] {
            if plain(window) && plain(other) && window.from < other.to && other.from < window.to {
                // Days written as one stretch are complained of once.
                if told.contains(&(*place, *other_place)) {
                    return;
                }
                told.push((*place, *other_place));
                reader.complain(
                    Diagnostic::new(Code::OverlappingWindows, *other_place)
                        .and(*place)
                        .with("first", window.to_string())
                        .with("other", other.to_string())
                        .with("day", day.as_str().to_owned()),
                );
                return;
            }
        }
    }
}

fn windows(reader: &mut Reader<'_>, node: &Node) -> Vec<(Window, Place)> {
    let nodes: &[Node] = match &node.raw {
        Raw::List(nodes) => nodes,
        _ => std::slice::from_ref(node),
    };
    nodes.iter().filter_map(|node| Some((window(reader, node)?, node.place))).collect()
}

fn window(reader: &mut Reader<'_>, node: &Node) -> Option<Window> {
    let refuse = |reader: &mut Reader<'_>, text: &str, place: Place| {
        reader.complain(Diagnostic::new(Code::BadHours, place).with("text", text.to_owned()));
    };
    match &node.raw {
        Raw::Text(text) => match Window::parse(text) {
            Ok(window) if window.from != window.to => Some(window),
            _ => {
                refuse(reader, text, node.place);
                None
            }
        },
        Raw::Table(keys) => {
            let mut time = |key: &str| {
                let entry = find(keys, key)?;
                match entry.node.as_text().map(LocalTime::parse) {
                    Some(Ok(time)) => Some(time),
                    _ => {
                        refuse(reader, entry.node.as_text().unwrap_or_default(), entry.node.place);
                        None
                    }
                }
            };
            let (from, to) = (time("from")?, time("to")?);
            let mut zone = |key: &str| find(keys, key).and_then(|entry| reader.zone(&entry.node));
            let (from_zone, to_zone) = (zone("from_zone"), zone("to_zone"));
            Some(Window { from, to, from_zone, to_zone })
        }
        _ => {
            reader.wrong("open", "hours", node.place);
            None
        }
    }
}

fn holiday_set(reader: &mut Reader<'_>, rule: &Rule, depth: usize) -> HolidaySet {
    let mut set = HolidaySet { name: rule.name.clone(), ..HolidaySet::default() };
    if depth > DEEPEST {
        reader.complain(Diagnostic::new(Code::Circle, rule.place).with("name", rule.path()));
        return set;
    }
    if let Some(entry) = rule.get("includes") {
        for (name, place) in reader.names("includes", &entry.node) {
            let node = Node { place, raw: Raw::Text(name.clone()) };
            if know_holidays(reader, &name, &node)
                && let Some(other) = reader.rules.find("holidays", &name)
            {
                let other = holiday_set(reader, other, depth + 1);
                include(&mut set, other);
            } else if let Some(shipped) = HolidaySet::shipped(&name) {
                include(&mut set, shipped);
            }
        }
    }
    if let Some(entry) = rule.get("icalendar") {
        // The file says nothing of its language: it is taken for the document’s first.
        let language = reader.languages.first().cloned().unwrap_or_default();
        let read = entry.node.as_text().map(|text| HolidaySet::read_icalendar(&rule.name, text, &language));
        match read {
            Some(Ok(other)) => include(&mut set, other),
            Some(Err(error)) => {
                let line = match error {
                    CalendarError::ICalendar { line, .. } => line,
                    _ => 1,
                };
                reader.complain(
                    Diagnostic::new(Code::BadHolidayFile, entry.node.place).with("line", line.to_string()),
                );
            }
            None => reader.wrong("icalendar", "text", entry.node.place),
        }
    }
    if let Some(entry) = rule.get("list") {
        let dates = dates(reader, "list", &entry.node);
        set.days.push(Holiday::new(DayRule::Dates { dates }, Labels::default()));
    }
    let rows: Vec<Vec<Entry>> = rows(&rule.keys, "days").map(<[Entry]>::to_vec).collect();
    for keys in rows {
        let Some(day) = day_rule(reader, &keys) else { continue };
        let labels = reader
            .label(&keys)
            .iter()
            .map(|(language, text)| (language.to_owned(), text.to_owned()))
            .collect();
        let year = |reader: &mut Reader<'_>, key: &str| signed(reader, &keys, key);
        let (first_year, last_year) = (year(reader, "first_year"), year(reader, "last_year"));
        set.days.push(Holiday {
            observed: observed(find(&keys, "observed").and_then(|entry| entry.node.as_text())),
            first_year,
            last_year,
            ..Holiday::new(day, Labels(labels))
        });
    }
    if let Some(entry) = rule.get("worked") {
        let nodes: Vec<Node> = entry.node.as_list().unwrap_or(std::slice::from_ref(&entry.node)).to_vec();
        for node in &nodes {
            match &node.raw {
                Raw::Table(keys) => set.worked.extend(day_rule(reader, keys)),
                _ => set.worked.push(DayRule::Dates { dates: dates(reader, "worked", node) }),
            }
        }
    }
    let labels = reader
        .label(&rule.keys)
        .iter()
        .map(|(language, text)| (language.to_owned(), text.to_owned()))
        .collect();
    set.labels = Labels(labels);
    set.observed = observed(rule.text("observed"));
    set
}

/// Takes in the days of another set, each kept as that set would keep it.
fn include(set: &mut HolidaySet, other: HolidaySet) {
    set.days.extend(
        other.days.into_iter().map(|day| Holiday { observed: day.observed.or(other.observed), ..day }),
    );
    set.worked.extend(other.worked);
    set.data_starts_on = set.data_starts_on.max(other.data_starts_on);
    set.data_ends_on = [set.data_ends_on, other.data_ends_on].into_iter().flatten().min();
}

/// One date or a list of dates, written as dates or as texts.
fn dates(reader: &mut Reader<'_>, key: &str, node: &Node) -> Vec<LocalDate> {
    let nodes: &[Node] = node.as_list().unwrap_or(std::slice::from_ref(node));
    let dates: Vec<LocalDate> = nodes
        .iter()
        .filter_map(|node| match &node.raw {
            Raw::Date(date) => Some(*date),
            Raw::Text(text) => LocalDate::parse(text).ok(),
            _ => None,
        })
        .collect();
    if dates.len() != nodes.len() {
        reader.wrong(key, "date", node.place);
    }
    dates
}

fn observed(word: Option<&str>) -> Option<Observed> {
    match word? {
        "next-weekday" => Some(Observed::NextWeekday),
        "nearest-weekday" => Some(Observed::NearestWeekday),
        "after-sunday" => Some(Observed::AfterSunday),
        _ => None,
    }
}

/// A day of every year: `date = "12-25"`, `easter = 1`, `nth`/`weekday`/`month`, or `weekday` with
/// `before` or `after`; or one day, `date = 2026-12-24`.
fn day_rule(reader: &mut Reader<'_>, keys: &[Entry]) -> Option<DayRule> {
    let place =
        keys.first().map_or_else(Place::default, |entry| Place::new(entry.place.start, entry.node.place.end));
    let refuse = |reader: &mut Reader<'_>| {
        reader.wrong("days", "day-rule", place);
        None
    };
    if let Some(entry) = find(keys, "date") {
        return match &entry.node.raw {
            Raw::Date(date) => Some(DayRule::Dates { dates: vec![*date] }),
            Raw::Text(text) => match (month_day(text), LocalDate::parse(text)) {
                (Some((month, day)), _) => Some(DayRule::Yearly { month, day }),
                (None, Ok(date)) => Some(DayRule::Dates { dates: vec![date] }),
                _ => refuse(reader),
            },
            _ => refuse(reader),
        };
    }
    if find(keys, "easter").is_some() {
        return signed(reader, keys, "easter").map(|days| DayRule::Easter { days });
    }
    let weekday = match find(keys, "weekday").and_then(|entry| entry.node.as_text()).map(Weekday::parse) {
        Some(Ok(weekday)) => weekday,
        _ => return refuse(reader),
    };
    if let Some(nth) = signed(reader, keys, "nth") {
        let month = signed(reader, keys, "month").and_then(|month| u8::try_from(month).ok());
        let rule = DayRule::Nth { nth: i8::try_from(nth).ok()?, weekday, month };
        return if rule.is_possible() { Some(rule) } else { refuse(reader) };
    }
    let bound = |key: &str| find(keys, key).and_then(|entry| month_day(entry.node.as_text()?));
    match (bound("before"), bound("after")) {
        (Some((month, day)), _) => Some(DayRule::Before { weekday, month, day }),
        (_, Some((month, day))) => Some(DayRule::After { weekday, month, day }),
        _ => refuse(reader),
    }
}

/// `12-25` as month and day that exist in some year.
fn month_day(text: &str) -> Option<(u8, u8)> {
    let (month, day) = text.split_once('-')?;
    let (month, day) = (month.parse().ok()?, day.parse().ok()?);
    DayRule::Yearly { month, day }.is_possible().then_some((month, day))
}

fn signed(reader: &mut Reader<'_>, keys: &[Entry], key: &str) -> Option<i32> {
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

fn number(reader: &mut Reader<'_>, keys: &[Entry], key: &str) -> Option<u32> {
    let number = signed(reader, keys, key)?;
    u32::try_from(number).ok().filter(|number| *number > 0)
}

fn seconds_of(span: Span) -> Option<i64> {
    match span {
        Span::Of { count, unit } => unit.seconds().map(|seconds| seconds * i64::from(count)),
        _ => None,
    }
}
