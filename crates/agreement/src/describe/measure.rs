//! What is measured, in words.

use crate::describe::Speaker;
use terms::{
    Cause, ComponentRule, Condition, CountedIn, EndDay, Measure, MeasureKind, MeasurePeriod, MeasureUnit,
    TotalOver,
};

impl Speaker<'_> {
    pub(super) fn period(&self, period: MeasurePeriod) -> String {
        let key = match period {
            MeasurePeriod::Ticket => "told-period-ticket",
            MeasurePeriod::Hour => "told-period-hour",
            MeasurePeriod::Day => "told-period-day",
            MeasurePeriod::CalendarMonth => "told-period-month",
            MeasurePeriod::Quarter => "told-period-quarter",
            MeasurePeriod::HalfYear => "told-period-half-year",
            MeasurePeriod::Year => "told-period-year",
            MeasurePeriod::ContractYear => "told-period-contract-year",
            MeasurePeriod::BillingPeriod => "told-period-billing",
            MeasurePeriod::RollingMonths(months) => {
                return self.say("told-period-rolling", &[("count", &months.to_string())]);
            }
        };
        self.word(key).into_owned()
    }

    pub(super) fn unit(&self, unit: MeasureUnit) -> String {
        self.word(match unit {
            MeasureUnit::Second => "told-unit-second",
            MeasureUnit::Minute => "told-unit-minute",
            MeasureUnit::Hour => "told-unit-hour",
            MeasureUnit::Day => "told-unit-day",
            MeasureUnit::BusinessDay => "told-unit-business-day",
            MeasureUnit::BusinessHour => "told-unit-business-hour",
        })
        .into_owned()
    }

    /// The unit that plain numbers of a consequence are in: that of the measure of time it looks at.
    pub(super) fn unit_of(&self, path: &str) -> String {
        let name = path.strip_prefix("measure.").map(|name| name.split('.').next().unwrap_or(name));
        let found = name.and_then(|name| self.terms.measures.iter().find(|measure| measure.name == name));
        match found {
            Some(measure) if matches!(measure.kind, MeasureKind::Time | MeasureKind::Overrun) => {
                self.unit(measure.unit)
            }
            _ => String::new(),
        }
    }

    pub(super) fn measure(&self, measure: &Measure) -> Vec<String> {
        let period = self.period(measure.period);
        let of = measure.of.as_ref().map_or_else(String::new, |of| self.subject(of));
        let events = |pattern: &Option<terms::EventPattern>| {
            pattern.as_ref().map_or_else(String::new, |pattern| self.event(pattern))
        };
        let (from, to) = (events(&measure.from), events(&measure.to));
        let population = events(&measure.population);
        let what = if of.is_empty() { population } else { of };
        let key = match measure.kind {
            MeasureKind::Availability => "told-measure-availability",
            MeasureKind::Downtime => "told-measure-downtime",
            MeasureKind::Longest => "told-measure-longest",
            MeasureKind::Overrun => "told-measure-overrun",
            MeasureKind::Time => "told-measure-time",
            MeasureKind::Count => "told-measure-count",
            MeasureKind::Share => "told-measure-share",
            MeasureKind::Percentile => "told-measure-percentile",
            MeasureKind::Mean => "told-measure-mean",
            MeasureKind::Sum => "told-measure-sum",
            MeasureKind::Run => "told-measure-run",
            MeasureKind::Balance => "told-measure-balance",
        };
        let unit = self.unit(measure.unit);
        let mut says =
            vec![self.say(
                key,
                &[("period", &period), ("of", &what), ("from", &from), ("to", &to), ("unit", &unit)],
            )];
        for target in &measure.target {
            let bounds = self.layered(target, &|bounds| self.bounds(bounds, ""));
            if !bounds.is_empty() {
                let strength =
                    measure.strength.map(|strength| words::strength_in_words(self.language, strength));
                says.push(match strength {
                    Some(strength) => {
                        self.say("told-target-strength", &[("bounds", &bounds), ("strength", &strength)])
                    }
                    None => self.say("told-target", &[("bounds", &bounds)]),
                });
            }
        }
        self.push_when(&mut says, &measure.when);
        if let Some(begins) = &measure.begins {
            says.push(self.say("told-begins", &[("date", &self.fact(&begins.value))]));
        }
        if let Some(total) = &measure.total {
            let key = match (total.over, total.primary_only) {
                (TotalOver::Union, true) => "told-total-any-primary",
                (TotalOver::Union, false) => "told-total-any",
                (TotalOver::Intersection, true) => "told-total-all-primary",
                (TotalOver::Intersection, false) => "told-total-all",
            };
            says.push(self.word(key).into_owned());
        }
        if let Some(each) = &measure.each {
            says.push(self.say("told-each", &[("each", &self.plain(each))]));
        }
        if let Some(source) = &measure.down.source {
            says.push(self.say("told-down-source", &[("source", &self.plain(source))]));
        }
        if let Some(starts) = &measure.down.starts {
            says.push(self.say("told-down-starts", &[("starts", &self.plain(starts))]));
        }
        if let Some(minimum) = &measure.down.minimum {
            says.push(self.say("told-down-minimum", &[("span", &self.span(minimum))]));
        }
        if measure.down.when != Condition::Always {
            says.push(self.say("told-down-when", &[("condition", &self.condition(&measure.down.when))]));
        }
        if !measure.exclude.is_empty() {
            let causes: Vec<String> = measure
                .exclude
                .iter()
                .map(|name| {
                    let found = self.terms.causes.iter().find(|cause| cause.name == *name);
                    found.map_or_else(|| self.plain(name), |cause| self.label(&cause.label, name).to_owned())
                })
                .collect();
            says.push(self.say("told-excluded", &[("causes", &causes.join(&self.word("woven-separator")))]));
        }
        match &measure.counted_in {
            Some(CountedIn::Inside(calendar)) => {
                let calendar = self.choice(calendar, &|name| self.calendar_name(name));
                says.push(self.say("told-counted-inside", &[("calendar", &calendar)]));
            }
            Some(CountedIn::Outside(calendar)) => {
                let calendar = self.choice(calendar, &|name| self.calendar_name(name));
                says.push(self.say("told-counted-outside", &[("calendar", &calendar)]));
            }
            None => {}
        }
        if matches!(measure.kind, MeasureKind::Time | MeasureKind::Overrun) {
            if let Some(calendar) = &measure.calendar {
                let calendar = self.choice(calendar, &|name| self.calendar_name(name));
                says.push(self.say("told-counted-inside", &[("calendar", &calendar)]));
            }
            if matches!(measure.unit, MeasureUnit::Day | MeasureUnit::BusinessDay) {
                let counts = |day: EndDay| if day == EndDay::Counts { "yes" } else { "no" };
                let key = format!("told-ends-{}-{}", counts(measure.first_day), counts(measure.last_day));
                says.push(self.word(&key).into_owned());
            }
        }
        if let Some(claimed) = &measure.claimed {
            says.push(self.say("told-claimed", &[("bounds", &self.bounds(claimed, ""))]));
        }
        says
    }

    pub(super) fn cause(&self, cause: &Cause) -> Vec<String> {
        let mut says = Vec::new();
        if let Some(usual) = &cause.usual {
            let calendar = self.choice(usual, &|name| self.calendar_name(name));
            says.push(self.say("told-cause-usual", &[("calendar", &calendar)]));
        }
        if let Some(span) = &cause.announce_above {
            let roles = self.roles(&cause.announce_to);
            says.push(self.say("told-cause-announced", &[("span", &self.span(span)), ("roles", &roles)]));
        }
        if !cause.needs.is_empty() {
            says.push(self.say("told-cause-needs", &[("needs", &self.plains(&cause.needs))]));
        }
        if says.is_empty() {
            says.push(self.word("told-cause-plain").into_owned());
        }
        says
    }

    pub(super) fn component(&self, component: &ComponentRule) -> String {
        self.word(if component.primary { "told-component-primary" } else { "told-component" }).into_owned()
    }
}
