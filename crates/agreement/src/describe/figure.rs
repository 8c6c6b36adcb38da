//! Figures, names and bounds in words.

use crate::describe::Speaker;
use crate::reader::money;
use calendar::LocalDate;
use terms::{Choice, Condition, Figure, FromFact, MeasureBounds, RoundTo};
use words::{date_in_words, decimal, money_in_words, span_in_words};

impl Speaker<'_> {
    /// A figure as people write it.
    pub(crate) fn figure(&self, figure: &Figure) -> String {
        let number = |number| decimal(self.language, number);
        match figure {
            Figure::Number(value) => number(value),
            Figure::Share(value) => self.say("told-share", &[("value", &number(value))]),
            Figure::Points(value) => self.say("told-points", &[("value", &number(value))]),
            Figure::Units(value) if *value == terms::Decimal::from(1) => self.word("told-unit").into_owned(),
            Figure::Units(value) => self.say("told-units", &[("value", &number(value))]),
            Figure::Money(money) => money_in_words(self.language, money),
            Figure::Span(span) => span_in_words(self.language, span),
        }
    }

    /// An amount, a share or a day that a document or an example writes, as people write it.
    pub(crate) fn written(&self, text: &str) -> Option<String> {
        if let Some(money) = money(text) {
            return Some(money_in_words(self.language, &money));
        }
        if let Some(share) = text.strip_suffix('%').and_then(|share| share.trim_end().parse().ok()) {
            return Some(self.figure(&Figure::Share(share)));
        }
        let date = LocalDate::parse(text).ok()?;
        Some(date_in_words(self.language, date, LocalDate::EPOCH))
    }

    /// A word of the language of rules in the reader's own: `credit note`, `signed`, `promise.response.missed`.
    pub(crate) fn plain(&self, token: &str) -> String {
        if let Some(found) = self.plain_word(token) {
            return found;
        }
        let event = format!("woven-event-{token}");
        if words::has_text(self.language, &event) {
            return self.word(&event).into_owned();
        }
        if let Some((path, state)) = token.rsplit_once('.')
            && path.starts_with("promise.")
        {
            let key = format!("told-state-{state}");
            if words::has_text(self.language, &key) {
                return self.say(&key, &[("promise", &self.subject(path))]);
            }
        }
        self.fact(&token.into())
    }

    /// A word that the catalogue knows; no other name is looked up.
    pub(crate) fn plain_word(&self, token: &str) -> Option<String> {
        let token = if token == "% per year" { "rate per year" } else { token };
        if !token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_ .-".contains(&byte)) {
            return None;
        }
        let key = format!("told-word-{}", token.replace(['_', ' ', '.'], "-"));
        words::has_text(self.language, &key).then(|| self.word(&key).into_owned())
    }

    /// What something is counted per: a noun without its article.
    pub(super) fn per(&self, token: &str) -> String {
        let key = format!("told-per-{}", token.replace(['_', ' '], "-"));
        if words::has_text(self.language, &key) { self.word(&key).into_owned() } else { self.plain(token) }
    }

    pub(super) fn plains(&self, tokens: &[String]) -> String {
        let told: Vec<String> = tokens.iter().map(|token| self.plain(token)).collect();
        told.join(", ")
    }

    pub(super) fn tongue(&self, tag: &str) -> String {
        let key = format!("told-tongue-{tag}");
        if words::has_text(self.language, &key) { self.word(&key).into_owned() } else { tag.to_owned() }
    }

    pub(super) fn push_when(&self, says: &mut Vec<String>, when: &Condition) {
        if *when != Condition::Always {
            says.push(self.say("woven-only-when", &[("condition", &self.condition(when))]));
        }
    }

    pub(super) fn figures<T: Clone + FromFact>(
        &self,
        choice: &Choice<T>,
        plain: &dyn Fn(&T) -> String,
    ) -> String {
        self.choice(choice, plain)
    }

    pub(super) fn amount(&self, choice: &Choice<Figure>) -> String {
        self.figures(choice, &|figure| self.figure(figure))
    }

    pub(crate) fn bounds(&self, bounds: &MeasureBounds, unit: &str) -> String {
        let sides = [
            ("told-at-least", &bounds.at_least),
            ("told-above", &bounds.above),
            ("told-at-most", &bounds.at_most),
            ("told-below", &bounds.below),
        ];
        let told: Vec<String> = sides
            .iter()
            .filter_map(|(key, bound)| {
                let bound = bound.as_ref()?;
                let figure = self.figure(bound);
                let value = match bound {
                    Figure::Number(_) if !unit.is_empty() => {
                        self.say("told-of-unit", &[("value", &figure), ("unit", unit)])
                    }
                    _ => figure,
                };
                Some(self.say(key, &[("value", &value)]))
            })
            .collect();
        told.join(&self.word("woven-and"))
    }

    /// What a rule speaks of: a measure, a promise, a base, an event.
    pub(crate) fn subject(&self, path: &str) -> String {
        let path = path.trim_start_matches('$');
        if let Some(name) = path.strip_prefix("measure.") {
            let name = name.split('.').next().unwrap_or(name);
            let found = self.terms.measures.iter().find(|measure| measure.name == name);
            return found.map_or_else(|| self.plain(name), |found| self.label(&found.label, name).to_owned());
        }
        if let Some(name) = path.strip_prefix("promise.") {
            let name = name.split('.').next().unwrap_or(name);
            let found = self.terms.promise(name);
            return found.map_or_else(|| self.plain(name), |found| self.promise_name(found));
        }
        if let Some(name) = path.strip_prefix("ledger.") {
            let name = name.split('.').next().unwrap_or(name);
            let found = self.terms.ledgers.iter().find(|ledger| ledger.name == name);
            return found.map_or_else(|| self.plain(name), |found| self.label(&found.label, name).to_owned());
        }
        if let Some(found) = path
            .strip_prefix("base.")
            .or(Some(path))
            .and_then(|name| self.terms.bases.iter().find(|base| base.name == name))
        {
            return self.label(&found.label, &found.name).to_owned();
        }
        self.plain(path)
    }

    pub(super) fn rounding(&self, round: &RoundTo) -> String {
        self.say("told-rounded", &[("step", &self.figure(&round.to))])
    }
}
