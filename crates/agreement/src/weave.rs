use crate::compile::Compilation;
use crate::describe::Speaker;
use crate::rehearse::{ExampleOutcome, run};
use crate::source::{Part, Section};
use crate::woven_page::WovenPage;
use crate::woven_text::{WovenBlock, WovenRow, WovenSection, WovenText};
use calendar::{Instant, LocalDate, Zone};
use std::borrow::Cow;
use std::fmt::Write;
use terms::{
    Alternative, Choice, Clause, ClauseName, FactRule, FactType, Interpretation, Parameter, RuleKind,
    Statistic, Terms,
};
use words::{Language, Reader, date_in_words, instant_in_words};

/// Weaves an agreement in the reader's language: its prose in order, and with each clause its rules
/// in words, the interpretations in force, and its worked examples with what they compute.
///
/// An agreement that cannot be adopted gives its prose alone.
#[must_use]
pub fn weave_text(compilation: &Compilation, language: Language) -> WovenText {
    let outcomes = run(compilation, &compilation.examples);
    let empty = Terms::empty(
        terms::AgreementName { key: String::new(), version: String::new() },
        LocalDate::EPOCH,
        Zone::utc(),
    );
    let terms = compilation.terms.as_ref().unwrap_or(&empty);
    Weaver { compilation, speaker: Speaker { terms, language }, outcomes, language }.text()
}

/// Weaves the page of an agreement: what [`weave_text`] gives, as fragments of HTML.
#[must_use]
pub fn weave(compilation: &Compilation, language: Language) -> WovenPage {
    WovenPage::of(&weave_text(compilation, language))
}

struct Weaver<'a> {
    compilation: &'a Compilation,
    speaker: Speaker<'a>,
    outcomes: Vec<ExampleOutcome>,
    language: Language,
}

impl Weaver<'_> {
    fn text(&self) -> WovenText {
        let source = &self.compilation.source;
        let terms = self.speaker.terms;
        let title = self.speaker.label(&terms.title, source.title()).to_owned();
        let date = date_in_words(self.language, terms.effective, LocalDate::EPOCH);
        let edition = self.speaker.say("woven-version", &[("version", &terms.name.version), ("date", &date)]);
        let text_language = terms.languages.first().cloned().unwrap_or_default();
        let title_language = terms.title.language_of_text(self.language.tag()).map(str::to_owned);
        WovenText {
            title,
            title_language: title_language.unwrap_or_else(|| text_language.clone()),
            edition: if terms.name.version.is_empty() { String::new() } else { edition },
            language: self.language.tag().to_owned(),
            text_language,
            quote_language: terms.languages.get(1).cloned(),
            key: terms.name.key.clone(),
            version: terms.name.version.clone(),
            country: terms.country.clone(),
            effective: terms.effective,
            sections: source.sections.iter().map(|section| self.section(section)).collect(),
        }
    }

    fn section(&self, section: &Section) -> WovenSection {
        let mut blocks: Vec<WovenBlock> = section
            .prose()
            .map(|place| WovenBlock::Prose { markdown: self.compilation.source.slice(place).to_owned() })
            .collect();
        let rows = self.rules(section);
        if !rows.is_empty() {
            let caption = if section.number.is_empty() {
                self.speaker.word("woven-particulars").into_owned()
            } else {
                self.speaker.say("woven-rules-caption", &[("number", &section.number)])
            };
            blocks.push(WovenBlock::Rules {
                caption,
                head: ["woven-rule", "woven-says"].map(|key| self.speaker.word(key).into_owned()).to_vec(),
                rows: rows
                    .into_iter()
                    .map(|(name, says)| WovenRow { cells: vec![name, says], differs: false })
                    .collect(),
            });
        }
        blocks.extend(self.interpretations(section));
        blocks.extend(self.examples(section));
        let clause = Clause::from(ClauseName {
            agreement: String::new(),
            version: String::new(),
            number: section.number.clone(),
            item: None,
            heading: section.heading.clone(),
        });
        WovenSection {
            level: section.level,
            number: section.number.clone(),
            heading: section.heading.clone(),
            anchor: clause.anchor(),
            blocks,
        }
    }

    /// The rules of a clause: what each is called, and what it says.
    fn rules(&self, section: &Section) -> Vec<(String, String)> {
        let speaker = &self.speaker;
        let terms = speaker.terms;
        // What belongs to the document as a whole is told once, under the title.
        if section.number.is_empty() && section.level != 1 {
            return Vec::new();
        }
        let here = |clause: &Clause| clause.number == section.number;
        let mut rows: Vec<(String, String)> = Vec::new();
        for parameter in terms.parameters.iter().filter(|rule| here(&rule.clause)) {
            if terms.fact(parameter.name.as_str()).is_none() {
                rows.push((speaker.fact(&parameter.name), self.parameter(parameter)));
            }
        }
        for promise in terms.promises.iter().filter(|rule| here(&rule.clause)) {
            let mut sentences = vec![format!("{}.", speaker.promise_line(promise))];
            sentences.extend(speaker.promise_details(promise));
            rows.push((speaker.promise_name(promise), sentences.join(" ")));
        }
        for statistic in terms.statistics.iter().filter(|rule| here(&rule.clause)) {
            rows.push((
                speaker.label(&statistic.label, &statistic.name).to_owned(),
                self.statistic(statistic),
            ));
        }
        for calendar in terms.calendars.iter().filter(|rule| here(&rule.clause)) {
            let mut says = speaker.calendar_details(calendar, terms.effective);
            let sets: Vec<String> = calendar.holidays.iter().map(|choice| self.holidays(choice)).collect();
            if !sets.is_empty() {
                let named = speaker.say("woven-holidays", &[("names", &sets.join(", "))]);
                says = format!("{says}. {named}");
            }
            rows.push((speaker.label(&calendar.label, &calendar.name).to_owned(), says));
        }
        for rule in terms.coverage.iter().filter(|rule| here(&rule.clause)) {
            let heading = match rule.kind {
                RuleKind::Cover => speaker.word("woven-coverage"),
                RuleKind::Exclude => speaker.word("woven-exclusions"),
            };
            let item = rule.clause.item.as_ref().map_or_else(String::new, |item| format!(" {item})"));
            rows.push((format!("{heading}{item}"), self.cover(rule)));
        }
        for list in terms.lists.iter().filter(|rule| here(&rule.clause)) {
            rows.push((speaker.list_name(&list.name), speaker.list_details(list)));
        }
        for fact in terms.facts.iter().filter(|rule| here(&rule.clause)) {
            rows.push((speaker.fact(&fact.name), self.fact(fact)));
        }
        let told = speaker.desk_told().into_iter().chain(speaker.contract_told());
        rows.extend(told.filter(|told| here(told.clause)).map(|told| (told.name, told.says)));
        self.completed(section, &mut rows);
        rows
    }

    /// What a clause adds to a rule that another clause defines.
    fn completed(&self, section: &Section, rows: &mut Vec<(String, String)>) {
        let terms = self.speaker.terms;
        let mut named: Vec<&str> = Vec::new();
        for part in terms.key_clauses.iter().filter(|part| part.clause.number == section.number) {
            let Some((clause, name)) = self.speaker.rule_named(&part.rule) else { continue };
            if clause.number != section.number && !named.contains(&part.rule.as_str()) {
                named.push(&part.rule);
                let says = self.speaker.say("told-completes", &[("number", &clause.mark())]);
                rows.push((name, says));
            }
        }
    }

    fn holidays(&self, choice: &Choice<String>) -> String {
        let name = match choice {
            Choice::Fact(parameter) => {
                let rule = self.speaker.terms.parameters.iter().find(|rule| rule.name == *parameter);
                rule.and_then(|rule| rule.default.as_ref()).map(ToString::to_string)
            }
            Choice::Plain(name) => Some(name.clone()),
            Choice::By { .. } => None,
        };
        let set = name.as_ref().and_then(|name| self.speaker.terms.holidays.get(name));
        let Some(set) = set else {
            return self.speaker.choice(choice, &Clone::clone);
        };
        let tag = self.language.tag();
        // A shipped set is known by its name; the days of the document's own are told one by one.
        if set.data_ends_on.is_some()
            && let Some(label) = set.labels.in_language(tag)
        {
            return label.to_owned();
        }
        let mut days: Vec<&str> = Vec::new();
        for label in set.days.iter().filter_map(|day| day.labels.in_language(tag)) {
            if !label.is_empty() && !days.contains(&label) {
                days.push(label);
            }
        }
        days.join(", ")
    }

    fn parameter(&self, parameter: &Parameter) -> String {
        let speaker = &self.speaker;
        match (&parameter.default, parameter.set_by.as_str()) {
            (Some(default), _) => {
                let set = speaker.terms.holidays.get(&default.to_string());
                let value = match set {
                    Some(set) => set.labels.in_language(self.language.tag()).unwrap_or(&set.name).to_owned(),
                    None => speaker.value(&parameter.name, default),
                };
                speaker.say("woven-parameter-default", &[("value", &value)])
            }
            (None, "provider") => speaker.word("woven-parameter-provider").into_owned(),
            (None, _) => speaker.word("woven-parameter").into_owned(),
        }
    }

    fn statistic(&self, statistic: &Statistic) -> String {
        let label = self.speaker.span(&statistic.used_below);
        self.speaker.say("woven-statistic", &[("label", &label), ("claimed", &statistic.claimed)])
    }

    fn cover(&self, rule: &terms::CoverRule) -> String {
        let speaker = &self.speaker;
        let told = speaker.condition(&rule.when);
        let label = speaker.label(&rule.label, "");
        let mut says = if label.is_empty() { told } else { format!("{label} ({told})") };
        for case in &rule.cases {
            let (separator, told) = (speaker.word("woven-separator"), speaker.cover_case(rule.kind, case));
            let _ = write!(says, "{separator}{told}");
        }
        if let Some(role) = &rule.offer {
            let _ = write!(
                says,
                "{}{}",
                speaker.word("woven-separator"),
                speaker.say("woven-offer", &[("role", &speaker.role(role))])
            );
        }
        says
    }

    fn fact(&self, fact: &FactRule) -> String {
        let speaker = &self.speaker;
        let from_key = format!("woven-from-{}", fact.from);
        let from = if words::has_text(self.language, &from_key) {
            speaker.word(&from_key).into_owned()
        } else {
            fact.from.clone()
        };
        let mut told = vec![speaker.say("woven-fact-asked", &[("from", &from)])];
        if let FactType::OneOf(values) | FactType::SetOf(values) = &fact.kind {
            let names: Vec<&str> =
                values.iter().map(|value| speaker.label(&value.label, &value.name)).collect();
            told.push(speaker.say("woven-fact-values", &[("values", &names.join(", "))]));
        }
        if let Some(presumed) = &fact.presumed {
            let value = speaker.value(&fact.name, presumed);
            told.push(speaker.say("woven-fact-presumed", &[("value", &value)]));
        }
        told.join(" ")
    }

    fn interpretations(&self, section: &Section) -> Vec<WovenBlock> {
        let speaker = &self.speaker;
        let here = |interpretation: &&Interpretation| interpretation.clause.number == section.number;
        let told = |interpretation: &Interpretation| WovenBlock::Interpretation {
            name: interpretation.name.clone(),
            lead: speaker.word("woven-interpretation").into_owned(),
            text: speaker.label(&interpretation.text, &interpretation.name).to_owned(),
            more: interpretation.alternatives.iter().map(|other| self.alternative(other)).collect(),
        };
        speaker.terms.interpretations.iter().filter(here).map(told).collect()
    }

    fn alternative(&self, alternative: &Alternative) -> String {
        let text = self.speaker.label(&alternative.text, &alternative.name);
        self.speaker.say("woven-alternative", &[("text", text)])
    }

    fn examples(&self, section: &Section) -> Vec<WovenBlock> {
        let places: Vec<crate::place::Place> = section
            .parts
            .iter()
            .filter_map(|part| match part {
                Part::Examples(place) => Some(*place),
                _ => None,
            })
            .collect();
        let stands_here = |at: usize| places.iter().any(|place| place.start <= at && at < place.end);
        let examples = self.compilation.examples.iter().zip(&self.outcomes);
        examples
            .filter(|(example, _)| stands_here(example.place.start))
            .map(|(example, outcome)| self.example(example, outcome))
            .collect()
    }

    fn example(&self, example: &crate::example::Example, outcome: &ExampleOutcome) -> WovenBlock {
        let speaker = &self.speaker;
        let mut rows: Vec<WovenRow> = Vec::new();
        let mut row = |head: String, what: String, found: String, same: bool| {
            rows.push(WovenRow { cells: vec![head, what, found], differs: !same });
        };
        let given: Vec<String> = example
            .given
            .iter()
            .map(|(fact, value)| {
                let value = speaker.value(fact, value);
                speaker.say("woven-condition-is", &[("fact", &speaker.fact(fact)), ("values", &value)])
            })
            .collect();
        if !given.is_empty() {
            let told = given.join(&speaker.word("woven-separator"));
            row(speaker.word("woven-given").into_owned(), told, String::new(), true);
        }
        for (name, alternative) in &example.interpretations {
            let interpretation = speaker.terms.interpretation(name);
            let text = interpretation.and_then(|interpretation| {
                let found = interpretation.alternatives.iter().find(|known| known.name == *alternative)?;
                Some(speaker.label(&found.text, alternative).to_owned())
            });
            let told = text.unwrap_or_else(|| alternative.clone());
            row(speaker.word("woven-example-instead").into_owned(), told, String::new(), true);
        }
        for event in &example.events {
            let technical = event.attributes.get("technical") == Some(&terms::FactValue::YesNo(true));
            let key = if event.deed == "reply" && technical {
                "woven-deed-reply-technical".to_owned()
            } else {
                format!("woven-deed-{}", event.deed)
            };
            let deed = words::known_text(self.language, &key)
                .map_or_else(|| speaker.plain(&event.deed.replace('-', "_")), Cow::into_owned);
            row(self.moment(event.at), deed, String::new(), true);
        }
        for line in &outcome.lines {
            let (expected, found) =
                (self.told(&line.what, &line.expected), self.told(&line.what, &line.found));
            let mut looked_at = self.looked_at(&line.what);
            if let Some(at) = line.at {
                looked_at = format!("{looked_at} ({})", self.moment(at));
            }
            row(looked_at, expected, found, line.expected == line.found);
        }
        let head = ["woven-example-when", "woven-example-expected", "woven-example-found"];
        WovenBlock::Example {
            lead: speaker.word("woven-example").into_owned(),
            title: example.title.clone(),
            head: head.map(|key| speaker.word(key).into_owned()).to_vec(),
            rows,
        }
    }

    /// What a line of an example looks at, in words: a promise by its label.
    fn looked_at(&self, what: &str) -> String {
        let spoken = |part: &str| {
            let key = format!("woven-looked-at-{}", part.replace('_', "-"));
            words::known_text(self.language, &key).map_or_else(|| part.replace('_', " "), Cow::into_owned)
        };
        if let Some((name, part)) = what.strip_prefix("promise.").and_then(|rest| rest.split_once(' ')) {
            let promise = self.speaker.terms.promise(name);
            let unpromised = || words::promise_name(self.language, name, &terms::Label::default());
            let label = promise.map_or_else(unpromised, |promise| self.speaker.promise_name(promise));
            return format!("{label} – {}", spoken(part));
        }
        if let Some(name) = what.strip_prefix("statistic ") {
            let found = self.speaker.terms.statistics.iter().find(|statistic| statistic.name == name);
            return found
                .map_or_else(|| name.to_owned(), |found| self.speaker.label(&found.label, name).to_owned());
        }
        if let Some((act, part)) = what.split_once(' ') {
            let permission = self.speaker.terms.permission(act);
            let label = permission.map_or_else(|| self.rule(act), |permission| self.speaker.act(permission));
            return format!("{label} – {}", spoken(part));
        }
        spoken(what)
    }

    /// What an example looks at and no permission is: a measure, a calendar, a promise of a name alone.
    fn rule(&self, path: &str) -> String {
        let speaker = &self.speaker;
        if let Some(promise) = speaker.terms.promise(path) {
            return speaker.promise_name(promise);
        }
        match path.strip_prefix("calendar.") {
            Some(name) => speaker.calendar_name(name),
            None => speaker.subject(path),
        }
    }

    /// A name that an example finds, by what the document calls it, else in plain words. Figures and texts stay as
    /// they are.
    fn named(&self, token: &str) -> String {
        let speaker = &self.speaker;
        let key = format!("woven-value-{}", token.replace(['_', ' '], "-"));
        if let Some(known) = words::known_text(self.language, &key) {
            return known.into_owned();
        }
        if let Some(written) = speaker.written(token) {
            return written;
        }
        let is_name = token.len() > 1
            && token.starts_with(|letter: char| letter.is_ascii_lowercase())
            && token.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        if !is_name {
            return token.to_owned();
        }
        let terms = speaker.terms;
        let grounds = terms.grounds.iter().map(|ground| (&ground.name, &ground.label));
        let parties = terms.parties.iter().map(|party| (&party.name, &party.label));
        if let Some((name, label)) = grounds.chain(parties).find(|(name, _)| *name == token) {
            return speaker.label(label, name).to_owned();
        }
        let is_role = terms.roles.iter().any(|role| role.name == token);
        if is_role || words::has_text(self.language, &format!("role-{token}")) {
            return speaker.role(token);
        }
        speaker.plain(token)
    }

    /// A value of an example in words: an instant as a moment, a span as a span, a name by its label.
    fn told(&self, what: &str, value: &str) -> String {
        let speaker = &self.speaker;
        if let Ok(instant) = Instant::parse(value) {
            return self.moment(instant);
        }
        if let Ok(span) = calendar::Span::parse(value)
            && span.has_figure()
        {
            return speaker.span(&span);
        }
        if value.is_empty() {
            return speaker.word("woven-value-none").into_owned();
        }
        let names =
            |told: &dyn Fn(&str) -> String| value.split(", ").map(told).collect::<Vec<_>>().join(", ");
        match what {
            "rule" => names(&|path| {
                let named = |rule: &&terms::CoverRule| path.rsplit('.').next() == Some(rule.name.as_str());
                let found = speaker.terms.coverage.iter().find(named);
                found.map_or_else(|| path.to_owned(), |rule| speaker.label(&rule.label, path).to_owned())
            }),
            "wants" => names(&|fact| speaker.fact(&fact.into())),
            "clocks" => names(&|promise| {
                let found = speaker.terms.promise(promise);
                found.map_or_else(|| promise.to_owned(), |promise| speaker.promise_name(promise))
            }),
            // Numbers of clauses and items, and words of mails.
            "clause" | "item" | "body" | "subject" | "says" => value.to_owned(),
            _ => names(&|token| self.named(token)),
        }
    }

    fn moment(&self, instant: Instant) -> String {
        let zone = self.speaker.terms.zone.clone();
        let reader = Reader { language: self.language, zone: Some(zone), paper: true };
        instant_in_words(&reader, instant, Instant::EPOCH)
    }
}
