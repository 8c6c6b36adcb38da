use crate::compile::Compilation;
use crate::describe::Speaker;
use crate::rehearse::{ExampleOutcome, run};
use crate::source::{Part, Section};
use calendar::{Instant, LocalDate, Zone};
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd, html};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::Write;
use terms::{
    Alternative, Channel, Choice, Clause, DataDuty, FactRule, FactType, Interpretation, Opens, Parameter,
    Permission, RuleKind, Statistic, Task, Terms,
};
use words::{Language, Reader, date_in_words, instant_in_words};

/// An agreement as a page: its prose in order, each clause an anchor, its rules told under it.
///
/// The parts are fragments of HTML, escaped; a frame around them is the caller's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WovenPage {
    /// Title of the document.
    pub title: String,
    /// Version and first day in force, in words.
    pub edition: String,
    /// Every numbered heading, in order.
    pub toc: Vec<TocEntry>,
    /// The whole text, heading by heading, without the title.
    pub body_html: String,
    /// Each clause alone, by its number.
    pub clause_fragments: BTreeMap<String, String>,
    /// Language of everything that the document did not write itself.
    pub language: String,
}

/// A line of the table of contents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TocEntry {
    /// Fragment of the page, without `#`.
    pub anchor: String,
    /// Number of the clause.
    pub number: String,
    /// Words of the heading.
    pub heading: String,
    /// Depth, from 1 under the title.
    pub depth: u8,
}

/// Weaves the page of an agreement in the reader's language. Rules are told in words and tables,
/// worked examples with what they compute; HTML in the text is shown as text.
///
/// An agreement that cannot be adopted gives its prose alone.
#[must_use]
pub fn weave(compilation: &Compilation, language: Language) -> WovenPage {
    let outcomes = run(compilation, &compilation.examples);
    let empty = Terms::empty(
        terms::AgreementName { key: String::new(), version: String::new() },
        LocalDate::EPOCH,
        Zone::utc(),
    );
    let terms = compilation.terms.as_ref().unwrap_or(&empty);
    let weaver = Weaver { compilation, speaker: Speaker { terms, language }, outcomes, language };
    weaver.page()
}

/// The page with a frame of its own, to open in any browser or to print.
#[must_use]
pub fn standalone_page(page: &WovenPage) -> String {
    let mut toc = String::new();
    for entry in &page.toc {
        let _ = write!(
            toc,
            "<li><a href=\"#{}\"><span>{}</span>{}</a></li>",
            escaped(&entry.anchor),
            escaped(&entry.number),
            escaped(&entry.heading)
        );
    }
    let language = Language::parse(&page.language).unwrap_or_default();
    let contents = words::text(language, "woven-contents");
    format!(
        "<!doctype html>\n<html lang=\"{language}\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n\
         <p class=\"lede\">{edition}</p>\n<div class=\"agreement\">\n<nav class=\"toc\" aria-labelledby=\"toc\">\
         <h2 id=\"toc\">{contents}</h2><ol>{toc}</ol></nav>\n<div>{body}</div>\n</div>\n</main>\n</body>\n</html>\n",
        language = escaped(&page.language),
        title = escaped(&page.title),
        edition = escaped(&page.edition),
        body = page.body_html,
    )
}

/// The look of the page that stands alone: legible on a screen, in the dark and on paper.
const STYLE: &str = "\
:root{--ink:#1d1b16;--muted:#5d584c;--line:#cfc8b8;--ground:#fbf9f4;--note:#f1ecdf}\
@media(prefers-color-scheme:dark){:root{--ink:#ece7db;--muted:#aba38f;--line:#4a4536;--ground:#191712;--note:#252219}}\
*{box-sizing:border-box}body{margin:0;background:var(--ground);color:var(--ink);font:1.0625rem/1.6 Georgia,serif}\
main{max-width:68rem;margin:0 auto;padding:2rem 1.25rem 4rem}h1{font-size:2rem;line-height:1.2;margin:0 0 .5rem}\
.lede{color:var(--muted);margin:0 0 2rem}.agreement{display:grid;gap:2rem}\
.toc ol{list-style:none;margin:0;padding:0}.toc h2{font-size:1rem;margin:0 0 .5rem}.toc a{display:flex;gap:.75rem;\
padding:.25rem 0;color:inherit;text-decoration:none}.toc a:hover{text-decoration:underline}\
.toc span{flex:none;width:2.25rem;color:var(--muted)}.part>h2{border-top:3px solid var(--line);padding-top:1rem}\
.article{display:grid;grid-template-columns:3.5rem minmax(0,1fr);gap:1rem;padding:1.5rem 0;border-top:1px solid var(--line)}\
.article:target{outline:2px solid var(--line);outline-offset:.5rem}.article__no{color:var(--muted);font-weight:600;\
text-decoration:none}.article__text>*{margin:0 0 .75rem}.article__text h3{font-size:1.125rem}\
table{border-collapse:collapse;width:100%;font:.9375rem/1.5 system-ui,sans-serif}caption{text-align:start;\
color:var(--muted);padding-bottom:.25rem}th,td{text-align:start;vertical-align:baseline;padding:.4rem .75rem .4rem 0;\
border-bottom:1px solid var(--line)}thead th{color:var(--muted);font-weight:600}.table-scroll{overflow-x:auto}\
.reading{background:var(--note);padding:.75rem 1rem;font:.9375rem/1.5 system-ui,sans-serif}.reading p{margin:.25rem 0}\
.differs{font-weight:700}@media(min-width:60rem){.agreement{grid-template-columns:13rem minmax(0,1fr)}\
.toc{position:sticky;top:1rem;align-self:start}}@media print{.toc{display:none}.article,tr{break-inside:avoid}\
body{background:#fff;color:#000}}";

/// A text with the characters of HTML escaped.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // Control characters have no place in a page.
            character if character.is_control() && character != '\n' && character != '\t' => {
                out.push('\u{fffd}')
            }
            character => out.push(character),
        }
    }
    out
}

struct Weaver<'a> {
    compilation: &'a Compilation,
    speaker: Speaker<'a>,
    outcomes: Vec<ExampleOutcome>,
    language: Language,
}

impl Weaver<'_> {
    fn page(&self) -> WovenPage {
        let source = &self.compilation.source;
        let terms = self.speaker.terms;
        let title = self.speaker.label(&terms.title, source.title()).to_owned();
        let date = date_in_words(self.language, terms.effective, LocalDate::EPOCH);
        let edition = self.speaker.say("woven-version", &[("version", &terms.name.version), ("date", &date)]);
        let mut page = WovenPage {
            title,
            edition: if terms.name.version.is_empty() { String::new() } else { edition },
            language: self.language.tag().to_owned(),
            ..WovenPage::default()
        };
        let mut body = String::new();
        let mut open = false;
        for (at, section) in source.sections.iter().enumerate() {
            let article = self.article(section);
            if section.level < 2 {
                // The title is the page's; what stands under it opens the text.
                body.push_str(&article);
                continue;
            }
            let is_part =
                section.level == 2 && source.sections.get(at + 1).is_some_and(|next| next.level > 2);
            if is_part || (section.level == 2 && !open) {
                if open {
                    body.push_str("</section>\n");
                }
                body.push_str("<section class=\"part\">\n");
                open = true;
            }
            body.push_str(&article);
            if !section.number.is_empty() {
                let anchor = self.clause(section).anchor();
                page.toc.push(TocEntry {
                    anchor,
                    number: section.number.clone(),
                    heading: section.heading.clone(),
                    depth: section.level - 1,
                });
                page.clause_fragments.entry(section.number.clone()).or_insert(article);
            }
        }
        if open {
            body.push_str("</section>\n");
        }
        page.body_html = body;
        page
    }

    fn clause(&self, section: &Section) -> Clause {
        Clause {
            agreement: String::new(),
            version: String::new(),
            number: section.number.clone(),
            item: None,
            heading: section.heading.clone(),
        }
    }

    fn article(&self, section: &Section) -> String {
        let mut text = String::new();
        if section.level >= 2 {
            let depth = if section.level == 2 { 3 } else { 4 };
            let _ = writeln!(text, "<h{depth}>{}</h{depth}>", escaped(&section.heading));
        }
        for place in section.prose() {
            text.push_str(&prose(self.compilation.source.slice(place), &section.number));
        }
        let of_section = self.rules(section);
        if !of_section.is_empty() {
            text.push_str(&self.table(section, &of_section));
        }
        text.push_str(&self.interpretations(section));
        text.push_str(&self.examples(section));
        if section.level < 2 || section.number.is_empty() {
            return if text.is_empty() {
                text
            } else {
                format!("<div class=\"preamble article__text\">{text}</div>\n")
            };
        }
        let anchor = escaped(&self.clause(section).anchor());
        let named = self.speaker.say("woven-clause", &[("number", &section.number)]);
        format!(
            "<div class=\"article article--wide\" id=\"{anchor}\">\n<a class=\"article__no\" href=\"#{anchor}\" \
             aria-label=\"{}\">{}</a>\n<div class=\"article__text\">{text}</div>\n</div>\n",
            escaped(&named),
            escaped(&section.number),
        )
    }

    fn table(&self, section: &Section, rows: &[(String, String)]) -> String {
        let caption = self.speaker.say("woven-rules-caption", &[("number", &section.number)]);
        let caption = if section.number.is_empty() {
            String::new()
        } else {
            format!("<caption>{}</caption>", escaped(&caption))
        };
        let mut body = String::new();
        for (name, says) in rows {
            let _ =
                write!(body, "<tr><th scope=\"row\">{}</th><td>{}</td></tr>", escaped(name), escaped(says));
        }
        format!(
            "<div class=\"table-scroll\"><table class=\"lines rules\">{caption}<thead><tr><th scope=\"col\">{}</th>\
             <th scope=\"col\">{}</th></tr></thead><tbody>{body}</tbody></table></div>\n",
            escaped(&self.speaker.word("woven-rule")),
            escaped(&self.speaker.word("woven-says")),
        )
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
        for role in terms.roles.iter().filter(|rule| here(&rule.clause)) {
            let key = if role.own_queue { "woven-role-own-queue" } else { "woven-role" };
            rows.push((speaker.label(&role.label, &role.name).to_owned(), speaker.word(key).into_owned()));
        }
        for permission in terms.permissions.iter().filter(|rule| here(&rule.clause)) {
            rows.push((self.act(permission), self.permission(permission)));
        }
        for channel in terms.channels.iter().filter(|rule| here(&rule.clause)) {
            let name = words::channel_name(self.language, &channel.name);
            rows.push((speaker.say("woven-channel", &[("name", &name)]), self.channel(channel)));
        }
        if let Some(queue) = terms.queue.as_ref().filter(|queue| here(&queue.clause)) {
            let order: Vec<String> = queue.order.iter().map(|name| self.order(name)).collect();
            rows.push((
                speaker.word("woven-queue").into_owned(),
                speaker.say("woven-queue-order", &[("order", &order.join(", "))]),
            ));
        }
        for pause in terms.pauses.iter().filter(|rule| here(&rule.clause)) {
            rows.push((speaker.pause_name(&pause.name), speaker.pause_details(pause)));
        }
        for notice in terms.notices.iter().filter(|rule| here(&rule.clause)) {
            let (roles, event) = (speaker.roles(&notice.tell), speaker.event(&notice.on));
            let says = speaker.say("woven-notice", &[("roles", &roles), ("event", &event)]);
            rows.push((speaker.word("woven-notice-name").into_owned(), says));
        }
        for task in terms.tasks.iter().filter(|rule| here(&rule.clause)) {
            rows.push((speaker.label(&task.label, &task.name).to_owned(), self.task(task)));
        }
        for data in terms.data.iter().filter(|rule| here(&rule.clause)) {
            rows.push((speaker.word("woven-data").into_owned(), self.data(data)));
        }
        rows
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
        let days: Vec<&str> =
            set.days.iter().filter_map(|day| day.labels.in_language(self.language.tag())).collect();
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
            let key = if case.holds == (rule.kind == RuleKind::Cover) {
                "woven-also-when"
            } else {
                "woven-exception"
            };
            let condition = speaker.condition(&case.when);
            let _ = write!(
                says,
                "{}{}",
                speaker.word("woven-separator"),
                speaker.say(key, &[("condition", &condition)])
            );
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

    fn act(&self, permission: &Permission) -> String {
        let label = self.speaker.label(&permission.label, "");
        if !label.is_empty() {
            return label.to_owned();
        }
        let key = format!("woven-act-{}", permission.act);
        if words::has_text(self.language, &key) {
            self.speaker.word(&key).into_owned()
        } else {
            permission.act.replace('_', " ")
        }
    }

    fn permission(&self, permission: &Permission) -> String {
        let speaker = &self.speaker;
        let who = speaker.roles(&permission.who);
        let mut told = vec![if permission.to.is_empty() {
            speaker.say("woven-permission", &[("who", &who)])
        } else {
            speaker.say("woven-permission-to", &[("who", &who), ("to", &speaker.roles(&permission.to))])
        }];
        if !permission.needs.is_empty() {
            let needs: Vec<String> =
                permission.needs.iter().map(|need| speaker.fact(&need.as_str().into())).collect();
            told.push(speaker.say("woven-permission-needs", &[("needs", &needs.join(", "))]));
        }
        if permission.reason {
            told.push(speaker.word("woven-permission-reason").into_owned());
        }
        told.join(" ")
    }

    fn channel(&self, channel: &Channel) -> String {
        let key = match channel.opens {
            Opens::Automatically => "woven-channel-automatically",
            Opens::ByAgent => "woven-channel-by-agent",
            Opens::Never => "woven-channel-never",
        };
        let opens = self.speaker.word(key);
        if channel.recommended {
            let separator = self.speaker.word("woven-separator");
            format!("{opens}{separator}{}", self.speaker.word("woven-channel-recommended"))
        } else {
            opens.into_owned()
        }
    }

    fn order(&self, name: &str) -> String {
        let key = format!("woven-order-{name}");
        if words::has_text(self.language, &key) {
            self.speaker.word(&key).into_owned()
        } else {
            self.speaker.fact(&name.into())
        }
    }

    fn task(&self, task: &Task) -> String {
        let speaker = &self.speaker;
        let who = speaker.choice(&task.who, &|role| speaker.role(role));
        let mut told = vec![speaker.say("woven-task", &[("who", &who)])];
        if !task.may_take_over.is_empty() {
            told.push(speaker.say("woven-task-take-over", &[("who", &speaker.roles(&task.may_take_over))]));
        }
        if task.refusal.as_deref() == Some("no fault") {
            told.push(speaker.word("woven-task-refusal").into_owned());
        }
        if !task.needs_one.is_empty() {
            let needs: Vec<String> = task.needs_one.iter().map(|need| self.named_thing(need)).collect();
            told.push(speaker.say("woven-task-needs-one", &[("needs", &needs.join(", "))]));
        }
        told.join(" ")
    }

    fn named_thing(&self, name: &str) -> String {
        let key = format!("woven-kept-{name}");
        if words::has_text(self.language, &key) {
            self.speaker.word(&key).into_owned()
        } else {
            name.replace('_', " ")
        }
    }

    fn data(&self, data: &DataDuty) -> String {
        let names =
            |names: &[String]| names.iter().map(|name| self.named_thing(name)).collect::<Vec<_>>().join(", ");
        let event = self.speaker.event(&terms::EventPattern::any(&data.destroy));
        self.speaker.say(
            "woven-data-destroyed",
            &[("event", &event), ("what", &names(&data.what)), ("keep", &names(&data.keep))],
        )
    }

    fn interpretations(&self, section: &Section) -> String {
        let speaker = &self.speaker;
        let here: Vec<&Interpretation> = speaker
            .terms
            .interpretations
            .iter()
            .filter(|interpretation| interpretation.clause.number == section.number)
            .collect();
        let mut out = String::new();
        for interpretation in here {
            let _ = write!(
                out,
                "<aside class=\"reading\" id=\"i-{}\"><p><b>{}</b> – {}</p>",
                escaped(&interpretation.name),
                escaped(&speaker.word("woven-interpretation")),
                escaped(speaker.label(&interpretation.text, &interpretation.name)),
            );
            for alternative in &interpretation.alternatives {
                let told = self.alternative(alternative);
                let _ = write!(out, "<p class=\"muted\">{}</p>", escaped(&told));
            }
            out.push_str("</aside>\n");
        }
        out
    }

    fn alternative(&self, alternative: &Alternative) -> String {
        let text = self.speaker.label(&alternative.text, &alternative.name);
        self.speaker.say("woven-alternative", &[("text", text)])
    }

    fn examples(&self, section: &Section) -> String {
        let places: Vec<crate::place::Place> = section
            .parts
            .iter()
            .filter_map(|part| match part {
                Part::Examples(place) => Some(*place),
                _ => None,
            })
            .collect();
        let mut out = String::new();
        for (example, outcome) in self.compilation.examples.iter().zip(&self.outcomes) {
            if !places
                .iter()
                .any(|place| place.start <= example.place.start && example.place.start < place.end)
            {
                continue;
            }
            out.push_str(&self.example(example, outcome));
        }
        out
    }

    fn example(&self, example: &crate::example::Example, outcome: &ExampleOutcome) -> String {
        let speaker = &self.speaker;
        let caption = speaker.say("woven-example-caption", &[("title", &example.title)]);
        let mut rows = String::new();
        let given: Vec<String> = example
            .given
            .iter()
            .map(|(fact, value)| {
                let value = speaker.value(fact, value);
                speaker.say("woven-condition-is", &[("fact", &speaker.fact(fact)), ("values", &value)])
            })
            .collect();
        let row = |rows: &mut String, head: &str, what: &str, found: &str, same: bool| {
            let class = if same { "" } else { " class=\"differs\"" };
            let _ = write!(
                rows,
                "<tr{class}><th scope=\"row\">{}</th><td>{}</td><td>{}</td></tr>",
                escaped(head),
                escaped(what),
                escaped(found)
            );
        };
        if !given.is_empty() {
            row(
                &mut rows,
                &speaker.word("woven-given"),
                &given.join(&speaker.word("woven-separator")),
                "",
                true,
            );
        }
        for (name, alternative) in &example.interpretations {
            let interpretation = speaker.terms.interpretation(name);
            let text = interpretation.and_then(|interpretation| {
                let found = interpretation.alternatives.iter().find(|known| known.name == *alternative)?;
                Some(speaker.label(&found.text, alternative).to_owned())
            });
            let told = text.unwrap_or_else(|| alternative.clone());
            row(&mut rows, &speaker.word("woven-example-instead"), &told, "", true);
        }
        for event in &example.events {
            let technical = event.attributes.get("technical") == Some(&terms::FactValue::YesNo(true));
            let key = if event.deed == "reply" && technical {
                "woven-deed-reply-technical".to_owned()
            } else {
                format!("woven-deed-{}", event.deed)
            };
            let deed = if words::has_text(self.language, &key) {
                speaker.word(&key).into_owned()
            } else {
                event.deed.clone()
            };
            row(&mut rows, &self.moment(event.at), &deed, "", true);
        }
        for line in &outcome.lines {
            let (expected, found) =
                (self.told(&line.what, &line.expected), self.told(&line.what, &line.found));
            let mut looked_at = self.looked_at(&line.what);
            if let Some(at) = line.at {
                looked_at = format!("{looked_at} ({})", self.moment(at));
            }
            row(&mut rows, &looked_at, &expected, &found, line.expected == line.found);
        }
        format!(
            "<div class=\"table-scroll\"><table class=\"lines example\"><caption>{}</caption><thead><tr>\
             <th scope=\"col\">{}</th><th scope=\"col\">{}</th><th scope=\"col\">{}</th></tr></thead>\
             <tbody>{rows}</tbody></table></div>\n",
            escaped(&caption),
            escaped(&speaker.word("woven-example-when")),
            escaped(&speaker.word("woven-example-expected")),
            escaped(&speaker.word("woven-example-found")),
        )
    }

    /// What a line of an example looks at, in words: a promise by its label.
    fn looked_at(&self, what: &str) -> String {
        let spoken = |part: &str| {
            let key = format!("woven-looked-at-{part}");
            if words::has_text(self.language, &key) {
                self.speaker.word(&key).into_owned()
            } else {
                part.to_owned()
            }
        };
        if let Some((name, part)) = what.strip_prefix("promise.").and_then(|rest| rest.split_once(' ')) {
            let promise = self.speaker.terms.promise(name);
            let label = promise.map_or_else(|| name.to_owned(), |promise| self.speaker.promise_name(promise));
            return format!("{label} – {}", spoken(part));
        }
        if let Some(name) = what.strip_prefix("statistic ") {
            let found = self.speaker.terms.statistics.iter().find(|statistic| statistic.name == name);
            return found
                .map_or_else(|| name.to_owned(), |found| self.speaker.label(&found.label, name).to_owned());
        }
        if let Some((act, part)) = what.split_once(' ') {
            let permission = self.speaker.terms.permission(act);
            let label = permission.map_or_else(|| act.to_owned(), |permission| self.act(permission));
            return format!("{label} – {}", spoken(part));
        }
        spoken(what)
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
        let names =
            |told: &dyn Fn(&str) -> String| value.split(", ").map(told).collect::<Vec<_>>().join(", ");
        match what {
            "rule" => names(&|path| {
                let named = |rule: &&terms::CoverRule| path.rsplit('.').next() == Some(rule.name.as_str());
                let found = speaker.terms.coverage.iter().find(named);
                found.map_or_else(|| path.to_owned(), |rule| speaker.label(&rule.label, path).to_owned())
            }),
            "wants" => names(&|fact| speaker.fact(&fact.into())),
            "offer" => speaker.role(value),
            "clocks" => names(&|promise| {
                let found = speaker.terms.promise(promise);
                found.map_or_else(|| promise.to_owned(), |promise| speaker.promise_name(promise))
            }),
            _ => {
                let key = format!("woven-value-{}", value.replace(['_', ' '], "-"));
                if words::has_text(self.language, &key) {
                    speaker.word(&key).into_owned()
                } else {
                    value.to_owned()
                }
            }
        }
    }

    fn moment(&self, instant: Instant) -> String {
        let zone = self.speaker.terms.zone.clone();
        let reader = Reader { language: self.language, zone: Some(zone), paper: true };
        instant_in_words(&reader, instant, Instant::EPOCH)
    }
}

/// A piece of prose as HTML: HTML in it is text, links lead only to the web, to mail or within the
/// page, and each item of a list is an anchor.
fn prose(markdown: &str, clause: &str) -> String {
    let mut hidden: Vec<bool> = Vec::new();
    let events = Parser::new_ext(markdown, Options::ENABLE_TABLES).filter_map(|event| match event {
        Event::Html(text) | Event::InlineHtml(text) => Some(Event::Text(text)),
        Event::Start(Tag::Link { ref dest_url, .. }) => {
            let safe =
                ["https://", "http://", "mailto:", "#"].iter().any(|start| dest_url.starts_with(start));
            hidden.push(!safe);
            safe.then_some(event)
        }
        Event::End(TagEnd::Link) => match hidden.pop() {
            Some(true) => None,
            _ => Some(event),
        },
        // Nothing is fetched from elsewhere: of an image its words stay.
        Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) => None,
        Event::Start(Tag::HtmlBlock) => Some(Event::Start(Tag::Paragraph)),
        Event::End(TagEnd::HtmlBlock) => Some(Event::End(TagEnd::Paragraph)),
        event => Some(event),
    });
    let mut out = String::with_capacity(markdown.len() + 64);
    html::push_html(&mut out, events);
    let anchor = escaped(&anchor_of(clause));
    for item in 'a'..='z' {
        let mark = format!("<p>{item}) ");
        if out.contains(&mark) {
            out =
                out.replacen(&mark, &format!("<p class=\"item\" id=\"{anchor}-{item}\"><b>{item})</b> "), 1);
        }
    }
    out
}

fn anchor_of(number: &str) -> String {
    Clause {
        agreement: String::new(),
        version: String::new(),
        number: number.to_owned(),
        item: None,
        heading: String::new(),
    }
    .anchor()
}
