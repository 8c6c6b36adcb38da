use crate::compile::Compilation;
use crate::describe::Speaker;
use calendar::{LocalDate, Weekday};
use std::fmt::Write;
use terms::{CalendarRule, RuleKind, Terms};
use words::{Language, date_in_words, text, weekday_in_words};

/// The agreement in plain words, as a manager would read it to a customer: the hours of the week of
/// `week_of`, what is promised, what is covered and excluded, the software, how the text is
/// understood, and what only informs.
///
/// An agreement that cannot be adopted explains nothing.
#[must_use]
pub fn explain(compilation: &Compilation, language: Language, week_of: LocalDate) -> String {
    let Some(terms) = &compilation.terms else { return String::new() };
    let account = Account { speaker: Speaker { terms, language }, terms, language };
    account.whole(compilation, week_of)
}

struct Account<'a> {
    speaker: Speaker<'a>,
    terms: &'a Terms,
    language: Language,
}

impl Account<'_> {
    fn whole(&self, compilation: &Compilation, week_of: LocalDate) -> String {
        let (speaker, terms) = (&self.speaker, self.terms);
        let mut out = String::new();
        let title = speaker.label(&terms.title, compilation.source.title());
        let date = date_in_words(self.language, terms.effective, LocalDate::EPOCH);
        let edition = speaker.say("woven-version", &[("version", &terms.name.version), ("date", &date)]);
        let _ = writeln!(out, "{title}\n{edition}");
        self.hours(&mut out, week_of);
        self.promises(&mut out);
        self.coverage(&mut out);
        self.products(&mut out);
        self.interpretations(&mut out);
        self.information(&mut out);
        out
    }

    fn heading(&self, out: &mut String, key: &str) {
        let told = text(self.language, key);
        let _ = writeln!(out, "\n{told}\n{}", "-".repeat(told.chars().count()));
    }

    fn hours(&self, out: &mut String, week_of: LocalDate) {
        if self.terms.calendars.is_empty() {
            return;
        }
        self.heading(out, "woven-hours");
        let monday = week_of.on_or_before(Weekday::Mon);
        for rule in &self.terms.calendars {
            let label = self.speaker.label(&rule.label, &rule.name);
            let told = self.speaker.calendar_details(rule, monday);
            let clause = self.clause(&rule.clause.mark());
            let told = self.speaker.say("woven-named", &[("name", label), ("value", &told)]);
            let _ = writeln!(out, "{told} ({clause})");
            self.week(out, rule, monday);
        }
    }

    fn week(&self, out: &mut String, rule: &CalendarRule, monday: LocalDate) {
        let Some(calendar) = self.speaker.calendar(rule) else { return };
        let date = date_in_words(self.language, monday, monday.plus_days(-400));
        let _ = writeln!(out, "  {}", self.speaker.say("woven-hours-week", &[("date", &date)]));
        for days in 0..7 {
            let day = monday.plus_days(days);
            let windows: Vec<String> = calendar
                .windows_on(day)
                .iter()
                .map(|(from, to)| {
                    let end = calendar.zone().local(*to);
                    let end = if end.date == day { end.time.to_string() } else { "24:00".to_owned() };
                    format!("{}–{end}", calendar.zone().local(*from).time)
                })
                .collect();
            let holidays = calendar.holidays_between(day, day);
            let told = match holidays.first() {
                Some((_, labels)) => {
                    let name = labels.in_language(self.language.tag()).unwrap_or_default().to_owned();
                    self.speaker.say("woven-closed-for", &[("name", &name)])
                }
                None if windows.is_empty() => self.speaker.word("woven-closed").into_owned(),
                None => windows.join(", "),
            };
            let weekday = weekday_in_words(self.language, day.weekday());
            let _ = writeln!(out, "    {weekday:<10} {day}  {told}");
        }
    }

    fn promises(&self, out: &mut String) {
        self.heading(out, "woven-promises");
        if self.terms.promises.is_empty() {
            let _ = writeln!(out, "{}", text(self.language, "woven-promises-none"));
        }
        for promise in &self.terms.promises {
            let (name, line) = (self.speaker.promise_name(promise), self.speaker.promise_line(promise));
            let told = self.speaker.say("woven-named", &[("name", &name), ("value", &line)]);
            let _ = writeln!(out, "{told} ({})", self.clause(&promise.clause.mark()));
            for sentence in self.speaker.promise_details(promise) {
                let _ = writeln!(out, "    {sentence}");
            }
            for statistic in self.terms.statistics.iter().filter(|known| known.shown_with == promise.name) {
                let label = self.speaker.label(&statistic.label, &statistic.name);
                let told =
                    self.speaker.say("woven-statistic", &[("label", label), ("claimed", &statistic.claimed)]);
                let _ = writeln!(out, "    {told}");
            }
        }
    }

    fn coverage(&self, out: &mut String) {
        for (kind, key) in [(RuleKind::Cover, "woven-coverage"), (RuleKind::Exclude, "woven-exclusions")] {
            let rules: Vec<_> = self.terms.coverage.iter().filter(|rule| rule.kind == kind).collect();
            if rules.is_empty() {
                continue;
            }
            self.heading(out, key);
            if kind == RuleKind::Cover {
                let _ = writeln!(out, "{}", text(self.language, "woven-coverage-lead"));
            }
            for rule in rules {
                let condition = self.speaker.condition(&rule.when);
                let label = self.speaker.label(&rule.label, &condition);
                let _ = writeln!(out, "- {label} ({})", self.clause(&rule.clause.mark()));
                for case in &rule.cases {
                    let favourable = case.holds == (kind == RuleKind::Cover);
                    let key = if favourable { "woven-also-when" } else { "woven-exception" };
                    let condition = self.speaker.condition(&case.when);
                    let told = self.speaker.say(key, &[("condition", &condition)]);
                    let _ = writeln!(out, "    {told} ({})", self.clause(&case.clause.mark()));
                }
                if let Some(role) = &rule.offer {
                    let told = self.speaker.say("woven-offer", &[("role", &self.speaker.role(role))]);
                    let _ = writeln!(out, "    {told}");
                }
            }
        }
    }

    fn products(&self, out: &mut String) {
        if self.terms.lists.is_empty() {
            return;
        }
        self.heading(out, "woven-products");
        for list in &self.terms.lists {
            let (name, entries) = (self.speaker.list_name(&list.name), self.speaker.list_details(list));
            let told = self.speaker.say("woven-named", &[("name", &name), ("value", &entries)]);
            let _ = writeln!(out, "{told} ({})", self.clause(&list.clause.mark()));
        }
    }

    fn interpretations(&self, out: &mut String) {
        if self.terms.interpretations.is_empty() {
            return;
        }
        self.heading(out, "woven-interpretations");
        for interpretation in &self.terms.interpretations {
            let told = self.speaker.label(&interpretation.text, &interpretation.name);
            let _ = writeln!(out, "- {told} ({})", self.clause(&interpretation.clause.mark()));
            for alternative in &interpretation.alternatives {
                let text = self.speaker.label(&alternative.text, &alternative.name);
                let _ = writeln!(out, "    {}", self.speaker.say("woven-alternative", &[("text", text)]));
            }
        }
    }

    fn information(&self, out: &mut String) {
        let clauses: Vec<_> = self.terms.clauses.iter().filter(|clause| clause.information).collect();
        if clauses.is_empty() {
            return;
        }
        self.heading(out, "woven-information");
        for clause in clauses {
            let _ = writeln!(out, "- {} {}", clause.clause.mark(), clause.clause.heading);
        }
    }

    fn clause(&self, mark: &str) -> String {
        self.speaker.say("woven-by-clause", &[("number", mark)])
    }
}
