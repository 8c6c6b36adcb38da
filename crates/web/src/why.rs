//! « Pourquoi cette échéance ? »: the days that were counted, drawn and told, and the steps with
//! their clauses.

use crate::page::Frame;
use crate::reading::{clause, phrase};
use calendar::{Calendar, Instant, LocalDate, Zone};
use maud::{Markup, html};
use meters::{CountedDay, Explanation, Reading};
use operations::{ClockExplanation, ClockView, TicketView};
use std::sync::Arc;
use words::{ExplanationSources, Step};

/// A longer count is told by its steps alone.
const ROWS_AT_MOST: usize = 12;

/// The steps that lead to a due instant; page and API tell the same.
pub(crate) fn steps(frame: &Frame, view: &TicketView, explained: &ClockExplanation) -> Vec<Step> {
    let Some(clock) = view.clocks.get(explained.clock) else { return Vec::new() };
    let calendar = calendar_of(view, &explained.explanation);
    let sources =
        ExplanationSources { calendar: calendar.as_deref(), interpretations: &view.terms.interpretations };
    words::explanation_in_words(&frame.reader(), &explained.explanation, &clock.reading, &sources, frame.now)
}

fn calendar_of(view: &TicketView, explanation: &Explanation) -> Option<Arc<Calendar>> {
    if explanation.calendar == "elapsed" {
        return None;
    }
    view.terms.calendar(&explanation.calendar, &view.facts).ok()
}

/// The whole answer, folded: table, drawing, steps, interpretations set aside.
pub(crate) fn why(frame: &Frame, view: &TicketView, explained: &ClockExplanation, open: bool) -> Markup {
    let Some(clock) = view.clocks.get(explained.clock) else { return Markup::default() };
    let steps = steps(frame, view, explained);
    html! {
        details.fold.fold--link open[open] {
            summary { (frame.say("portal-request-why")) }
            div.why {
                (table(frame, view, explained, &clock.reading))
                ol {
                    @for step in &steps {
                        li { span { (phrase(&step.text)) @if let Some(by) = &step.clause { " " (clause(frame, by)) } } }
                    }
                }
                (set_aside(frame, clock))
            }
        }
    }
}

/// How the clauses behind the deadline could have been understood otherwise.
fn set_aside(frame: &Frame, clock: &ClockView) -> Markup {
    let others: Vec<&str> = clock
        .interpretations
        .iter()
        .flat_map(|interpretation| &interpretation.alternatives)
        .map(|(_, text)| text.text(frame.language.tag()))
        .collect();
    if others.is_empty() {
        return Markup::default();
    }
    html! {
        details.fold.fold--link {
            summary { (crate::say::count(frame.language, "why-set-aside", others.len() as u64)) }
            ul.ticks { @for text in &others { li { (crate::icon::icon("none")) span.muted { (text) } } } }
        }
    }
}

fn table(frame: &Frame, view: &TicketView, explained: &ClockExplanation, reading: &Reading) -> Markup {
    let explanation = &explained.explanation;
    let Some(calendar) = calendar_of(view, explanation) else { return Markup::default() };
    if explanation.days.is_empty() || explanation.days.len() > ROWS_AT_MOST {
        return Markup::default();
    }
    let scale = Scale::of(explanation, &calendar);
    let rows = words::explanation_rows(frame.language, explanation);
    html! {
        table {
            caption.sr-only { (frame.say("explanation-table-caption")) }
            thead { tr {
                th scope="col" { (frame.say("explanation-table-day")) }
                th scope="col" { (scale.told(frame)) }
                th scope="col" { (frame.say("explanation-table-counted")) }
                th scope="col" { (frame.say("explanation-table-total")) }
            } }
            tbody {
                @for (day, row) in explanation.days.iter().zip(&rows) {
                    tr {
                        th scope="row" { (row.day) }
                        td { (ribbon(frame, day, row, &scale, &calendar, reading)) }
                        td { (row.counted) }
                        td { (row.total) }
                    }
                }
            }
            @if let Some(due) = explanation.due_at {
                tfoot { tr {
                    th scope="row" colspan="2" { (frame.say_with("explanation-table-due", &[("date", &date(frame, &scale.zone, due))])) }
                    td colspan="2" { time datetime=(scale.zone.local(due).to_string()) { (wall(&scale.zone, due)) } }
                } }
            }
        }
        ul.legend aria-hidden="true" {
            li { svg.ribbon viewBox="0 0 16 10" { rect.used width="16" height="10" {} } (frame.say("explanation-legend-used")) }
            li { svg.ribbon viewBox="0 0 16 10" { rect.todo width="16" height="10" {} } (frame.say("explanation-legend-ahead")) }
            @if explanation.days.iter().any(|day| !day.paused.is_empty()) {
                li { svg.ribbon viewBox="0 0 16 10" { rect.halt x="1" y="1" width="14" height="8" {} } (frame.say("explanation-legend-paused")) }
            }
            li { svg.ribbon viewBox="0 0 16 10" { path.now d="M8-1v12" {} } (frame.say("explanation-legend-now")) }
        }
    }
}

fn date(frame: &Frame, zone: &Zone, at: Instant) -> String {
    words::date_in_words(frame.language, zone.local(at).date, zone.local(frame.now).date)
}

fn wall(zone: &Zone, at: Instant) -> String {
    zone.local(at).time.to_minute()
}

/// The part of a day that the ribbons show, in minutes since midnight on the calendar's wall.
struct Scale {
    zone: Zone,
    from: i64,
    to: i64,
}

impl Scale {
    fn of(explanation: &Explanation, calendar: &Calendar) -> Self {
        let zone = calendar.zone().clone();
        let mut scale = Self { zone, from: 1440, to: 0 };
        for day in &explanation.days {
            for (from, to) in calendar.windows_on(day.date).into_iter().chain(day.windows.iter().copied()) {
                scale.from = scale.from.min(scale.minute(day.date, from));
                scale.to = scale.to.max(scale.minute(day.date, to));
            }
        }
        if scale.from >= scale.to {
            (scale.from, scale.to) = (0, 1440);
        }
        scale
    }

    /// Minutes between the midnight that begins a date and an instant, within that day.
    fn minute(&self, date: LocalDate, at: Instant) -> i64 {
        let local = self.zone.local(at);
        let days = i64::from(date.days_until(local.date));
        (days * 1440 + i64::from(local.time.minutes_of_day())).clamp(0, 1440)
    }

    fn x(&self, date: LocalDate, at: Instant) -> i64 {
        self.minute(date, at).clamp(self.from, self.to) - self.from
    }

    fn width(&self) -> i64 {
        self.to - self.from
    }

    fn told(&self, frame: &Frame) -> String {
        let clock = |minutes: i64| format!("{:02}:{:02}", minutes / 60, minutes % 60);
        frame.say_with("why-from-to", &[("from", &clock(self.from)), ("to", &clock(self.to))])
    }
}

fn ribbon(
    frame: &Frame,
    day: &CountedDay,
    row: &words::DayRow,
    scale: &Scale,
    calendar: &Calendar,
    reading: &Reading,
) -> Markup {
    let x = |at: Instant| scale.x(day.date, at);
    let now = frame.now;
    let end = reading.met_at.unwrap_or(now);
    let told: Vec<String> = day
        .windows
        .iter()
        .map(|(from, to)| {
            let (from, to) = (wall(&scale.zone, *from), wall(&scale.zone, *to));
            frame.say_with("why-from-to", &[("from", &from), ("to", &to)])
        })
        .collect();
    let mut told = told.join(", ");
    if !row.note.is_empty() {
        if !told.is_empty() {
            told.push_str(", ");
        }
        told.push_str(&row.note);
    }
    let today = scale.zone.local(now).date == day.date;
    let due_today = reading.due_at.filter(|due| scale.zone.local(*due).date == day.date);
    html! {
        svg.ribbon viewBox={ "0 0 " (scale.width()) " 12" } preserveAspectRatio="none" role="img" aria-label=(told) {
            @for (from, to) in calendar.windows_on(day.date) {
                rect.open x=(x(from)) width=(x(to) - x(from)) height="12" {}
            }
            @for (from, to) in &day.windows {
                @let used_to = (*to).min(end).max(*from);
                @if used_to > *from { rect.used x=(x(*from)) width=(x(used_to) - x(*from)) height="12" {} }
                @if *to > used_to { rect.todo x=(x(used_to)) width=(x(*to) - x(used_to)) height="12" {} }
            }
            @for (from, to) in &day.paused {
                rect.halt x=(x(*from)) y="0.5" width=(x(*to) - x(*from)) height="11" {}
            }
            @if today && reading.met_at.is_none() { path.now d={ "M" (x(now)) "-4v20" } {} }
            @if let Some(due) = due_today { path.end d={ "M" (x(due)) "-4v20" } {} }
        }
    }
}
