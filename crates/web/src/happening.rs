//! What happened to a request, as one quiet line each.

use crate::page::{Area, Frame};
use crate::rating::answer_name;
use crate::reading::{clause, moment};
use crate::workspace::redact::kinds_in_words;
use desk::TicketEvent;
use maud::{Markup, html};
use meters::{ClockChange, ClockKey};
use operations::{TicketView, TimelineEntry};
use std::borrow::Cow;
use terms::Clause;

/// The line of one happening; none for what says nothing to a reader.
pub(crate) fn line(frame: &Frame, view: &TicketView, entry: &TimelineEntry) -> Option<Markup> {
    let by = entry.by.as_deref().unwrap_or_else(|| frame.say("event-desk"));
    let because = entry.reason.as_deref();
    let said = match &entry.event {
        TicketEvent::Opened { channel, .. } => {
            html! { (frame.say_with("event-opened", &[("channel", &by_channel(frame, channel))])) }
        }
        TicketEvent::Wrote { .. } => return None,
        TicketEvent::Learnt { facts } => {
            let told = told_facts(frame, view, facts);
            if told.is_empty() {
                return None;
            }
            html! { (frame.say_with("event-learnt", &[("by", by), ("facts", &told)])) }
        }
        TicketEvent::CoverageFound { verdict, .. } => {
            let verdict = words::verdict_in_words(frame.language, *verdict);
            html! { (frame.say_with("event-coverage-found", &[("verdict", &verdict)])) }
        }
        TicketEvent::CoverageJudged { judgement } => {
            let verdict = words::verdict_in_words(frame.language, judgement.verdict);
            html! { (frame.say_with("event-coverage-judged", &[("by", by), ("verdict", &verdict)])) (reason(frame, because)) }
        }
        TicketEvent::Assigned { to, team } => assigned(frame, view, by, to.is_some(), team.as_deref()),
        TicketEvent::Waited { party, .. } => {
            let party = words::party_name(frame.language, party);
            html! { (frame.say_with("event-waited", &[("by", by), ("party", &party)])) (reason(frame, because)) }
        }
        TicketEvent::Resumed => html! { (frame.say_with("event-resumed", &[("by", by)])) },
        TicketEvent::PassedToVendor { vendor, reference } => {
            html! { (frame.say_with("event-passed", &[("by", by), ("vendor", vendor), ("reference", reference)])) }
        }
        TicketEvent::CameBackFromVendor { result } => {
            let key = format!("command-back-from-vendor-{result}");
            let known = words::known_text(frame.language, &key);
            html! { (frame.say_with("event-came-back", &[("result", known.as_deref().unwrap_or(result))])) }
        }
        TicketEvent::Resolved { outcome } => {
            let outcome = outcome_name(frame, view, outcome);
            html! { (frame.say_with("event-resolved", &[("by", by), ("outcome", &outcome)])) }
        }
        TicketEvent::Confirmed => html! { (frame.say_with("event-confirmed", &[("by", by)])) },
        TicketEvent::Closed { .. } => {
            html! { (frame.say_with("event-closed", &[("by", by)])) (reason(frame, because)) }
        }
        TicketEvent::Reopened => html! { (frame.say_with("event-reopened", &[("by", by)])) },
        TicketEvent::NoticeSent { kind, .. } => match kind.as_str() {
            "acknowledgement" => html! { (frame.say("event-acknowledged")) },
            _ => return None,
        },
        TicketEvent::NoticeReturned { class, .. } => {
            let key = match class {
                desk::Return::Hard => "event-returned-hard",
                desk::Return::Soft => "event-returned-soft",
                desk::Return::Delay => "event-returned-delay",
            };
            html! { (frame.say(key)) (reason(frame, because)) }
        }
        TicketEvent::Suspected { .. } => {
            let number = because?;
            html! { (frame.say("event-suspected")) " " a href=(frame.ticket_path(number)) { (number) } "." }
        }
        TicketEvent::Metered { change } => return metered(frame, view, change),
        event => return life(frame, view, entry, event, by),
    };
    Some(said)
}

/// What happens in the life of a request beside its messages and clocks.
fn life(
    frame: &Frame,
    view: &TicketView,
    entry: &TimelineEntry,
    event: &TicketEvent,
    by: &str,
) -> Option<Markup> {
    let because = entry.reason.as_deref();
    let said = |key: &str| frame.say_with(key, &[("by", by)]);
    let with = |key: &str, name: &'static str, value: &str| frame.say_with(key, &[("by", by), (name, value)]);
    let role = |role: &str| {
        let label = view.terms.roles.iter().find(|known| known.name == role).map(|known| &known.label);
        words::role_name(frame.language, role, label.unwrap_or(&terms::Label::default()))
    };
    let duty = |task: &str| {
        let rule = view.terms.tasks.iter().find(|rule| rule.name == task);
        (
            duty_name(frame, task, rule.map_or(&terms::Label::default(), |rule| &rule.label)),
            rule.map(|rule| &rule.clause),
        )
    };
    let by_clause = |by: Option<&Clause>| html! { @if let Some(by) = by { " " (clause(frame, by)) } };
    let to_other = |key: &str| {
        let number = because?;
        Some(html! { (said(key)) " " a href=(frame.ticket_path(number)) { (number) } "." })
    };
    Some(match event {
        TicketEvent::StatusChanged { .. } => return None,
        TicketEvent::Held { .. } => html! { (said("event-held")) },
        TicketEvent::Unsent { .. } => html! { (said("event-unsent")) },
        TicketEvent::Updated => html! { (said("event-updated")) },
        TicketEvent::UpdateRequested => html! { (said("event-update-requested")) },
        TicketEvent::Called { outcome } if outcome == "reached" => html! { (said("event-called-reached")) },
        TicketEvent::Called { .. } => html! { (said("event-called-voicemail")) },
        TicketEvent::MeetingProposed { .. } => html! { (said("event-meeting-proposed")) },
        TicketEvent::Milestone { name } => {
            html! { (with("event-milestone", "name", &name.replace('_', " "))) }
        }
        TicketEvent::Jumped { clause, .. } => {
            html! { (said("event-jumped")) (reason(frame, because)) (by_clause(clause.as_ref())) }
        }
        TicketEvent::HandedOver { to, .. } => html! { (with("event-handed-over", "to", &role(to))) },
        TicketEvent::Consented { roles, .. } => {
            let roles: Vec<String> = roles.iter().map(|name| role(name)).collect();
            html! { (with("event-consented", "roles", &roles.join(", "))) }
        }
        TicketEvent::Contested { what } => {
            html! { (with("event-contested", "what", &fact_label(frame, &view.terms, what))) }
        }
        TicketEvent::ExceptionAccepted { price: Some(price) } => {
            html! { (with("event-exception-price", "price", price)) }
        }
        TicketEvent::ExceptionAccepted { price: None } => html! { (said("event-exception")) },
        TicketEvent::Declined { clause } => html! { (said("event-declined")) (by_clause(Some(clause))) },
        TicketEvent::Converted { to } => html! { (with("event-converted", "to", &role(to))) },
        TicketEvent::Asked { task } => {
            let (name, by) = duty(task);
            // What the desk asks of itself is no customer's to read: their view does not hold it.
            let owner = &view.duties.iter().find(|duty| duty.task == *task)?.owner;
            let ours = owner.as_deref() != Some("customer");
            let key = if ours { "event-asked-provider" } else { "event-asked" };
            html! { (with(key, "duty", &name)) (by_clause(by)) }
        }
        TicketEvent::Fulfilled { task, .. } => html! { (with("event-fulfilled", "duty", &duty(task).0)) },
        TicketEvent::DutyRefused { task } => html! { (with("event-duty-refused", "duty", &duty(task).0)) },
        TicketEvent::TakenOver { task, .. } => html! { (with("event-taken-over", "duty", &duty(task).0)) },
        TicketEvent::EscalationAsked { clause, .. } => {
            html! { (said("event-escalation-asked")) (reason(frame, because)) (by_clause(clause.as_ref())) }
        }
        TicketEvent::EscalationDecided { granted: true } => html! { (said("event-escalation-granted")) },
        TicketEvent::EscalationDecided { granted: false } => html! { (said("event-escalation-refused")) },
        TicketEvent::Escalated { to, clause, .. } => {
            html! { (with("event-escalated", "to", &role(to))) (reason(frame, because)) (by_clause(clause.as_ref())) }
        }
        TicketEvent::Reminded { clause, .. } => {
            html! { (said("event-reminded")) (by_clause(clause.as_ref())) }
        }
        // Nothing was there to go: it is told to the requests that go on in this one.
        TicketEvent::Destroyed { files, contents, .. } if files.is_empty() && contents.is_empty() => {
            return None;
        }
        TicketEvent::Destroyed { files, contents, clause, .. } => {
            let count = (files.len() + contents.len()).to_string();
            html! { (with("event-destroyed", "count", &count)) (by_clause(Some(clause))) }
        }
        TicketEvent::SourceRemoved { removal, .. } => {
            let key = match removal {
                desk::Removal::Done => "event-source-done",
                desk::Removal::NotThere => "event-source-not-there",
                desk::Removal::Another => "event-source-another",
                desk::Removal::Failed => "event-source-failed",
            };
            html! { (said(key)) }
        }
        TicketEvent::Erased { files, contents, .. } => {
            html! { (with("event-erased", "count", &(files.len() + contents.len()).to_string())) }
        }
        TicketEvent::Outlived { files, contents, by, .. } => {
            let key = if by == "destruction" { "event-account-destroyed" } else { "event-outlived" };
            html! { (with(key, "count", &(files.len() + contents.len()).to_string())) }
        }
        TicketEvent::Redacted { kinds, .. } => {
            let kinds = kinds_in_words(frame, kinds.iter().map(String::as_str));
            html! { (with("event-redacted", "kinds", &kinds)) }
        }
        TicketEvent::ResolutionRefused => html! { (said("event-resolution-refused")) },
        TicketEvent::Snoozed { until } => {
            html! { (said("event-snoozed")) " " (moment(frame, &view.terms.zone, *until)) "." }
        }
        TicketEvent::Woke => html! { (said("event-woke")) },
        TicketEvent::AgreementChanged { agreement, moved, .. } => {
            html! {
                (frame.say_with("event-agreement-changed", &[("agreement", &agreement.key), ("version", &agreement.version)]))
                @if !moved.is_empty() { " " (crate::say::count(frame.language, "event-agreement-moved", moved.len() as u64)) }
            }
        }
        TicketEvent::Followed { .. } => {
            html! { (with("event-followed", "person", entry.reason.as_deref().unwrap_or_default())) }
        }
        TicketEvent::Unfollowed { .. } => {
            html! { (with("event-unfollowed", "person", entry.reason.as_deref().unwrap_or_default())) }
        }
        TicketEvent::TimeLogged { entry } => {
            html! {
                (with("event-time-logged", "minutes", &entry.minutes.to_string()))
                @if let Some(counted) = &entry.counted {
                    " " (crate::workspace::deeds::time_counted(frame, entry.minutes, counted)) "." (by_clause(Some(&counted.clause)))
                }
            }
        }
        TicketEvent::Tagged { added, removed } => {
            let tags: Vec<String> = added
                .iter()
                .map(|tag| format!("+{tag}"))
                .chain(removed.iter().map(|tag| format!("−{tag}")))
                .collect();
            html! { (with("event-tagged", "tags", &tags.join(", "))) }
        }
        TicketEvent::FieldsSet { set, cleared } => {
            let label = |key: &String| {
                let field = view.fields.iter().find(|known| known.field.key == *key);
                field.map_or(key.as_str(), |known| known.field.label(frame.language)).to_owned()
            };
            let names: Vec<String> = set.keys().chain(cleared).map(label).collect();
            html! { (with("event-fields-set", "fields", &names.join(", "))) }
        }
        TicketEvent::Rated { score, answer, .. } => {
            html! { (with("event-rated", "score", &answer_name(frame, view, *score, answer.as_deref()))) }
        }
        TicketEvent::RatingAsked => html! { (said("event-rating-asked")) },
        TicketEvent::Claimed { period, clause, .. } => {
            html! { (with("event-claimed", "period", period)) (by_clause(Some(clause))) }
        }
        TicketEvent::ClaimDecided { granted, figures, clause } => {
            let key = if *granted { "event-claim-granted" } else { "event-claim-refused" };
            html! {
                (said(key))
                @if let Some(figures) = figures { " " (frame.say_with("claim-figures", &[("figures", figures)])) }
                (by_clause(clause.as_ref()))
            }
        }
        TicketEvent::RuleFired { refused, .. } => match refused {
            Some(why) => html! { (with("event-rule-refused", "why", why)) },
            None => html! { (said("event-rule-fired")) },
        },
        TicketEvent::MergedInto { .. } => return to_other("event-merged-into"),
        TicketEvent::Unmerged { .. } => return to_other("event-unmerged"),
        TicketEvent::Absorbed { .. } => return to_other("event-absorbed"),
        TicketEvent::Released { .. } => return to_other("event-released"),
        TicketEvent::Linked { .. } => return to_other("event-linked"),
        TicketEvent::Unlinked { .. } => return to_other("event-unlinked"),
        TicketEvent::SplitOff { .. } => return to_other("event-split-off"),
        TicketEvent::SplitFrom { .. } => return to_other("event-split-from"),
        _ => return None,
    })
}

/// Where a claim stands, with the figures of its decision.
pub(crate) fn claim(frame: &Frame, view: &TicketView) -> Markup {
    let Some(claim) = &view.claim else { return Markup::default() };
    html! {
        p.banner {
            @match &claim.decision {
                None => { (frame.say_with("claim-standing", &[("period", &claim.period)])) " " (clause(frame, &claim.clause)) }
                Some(decision) => {
                    (frame.say_with(if decision.granted { "claim-granted" } else { "claim-refused" }, &[("period", &claim.period), ("by", &decision.by)]))
                    @if let Some(figures) = &decision.figures { " " (frame.say_with("claim-figures", &[("figures", figures)])) }
                    " " (frame.say("claim-final"))
                    @if let Some(by) = &decision.clause { " " (clause(frame, by)) }
                }
            }
        }
    }
}

/// What people read of a duty: the agreement's words, else those of the kind of what is asked.
pub(crate) fn duty_name(frame: &Frame, task: &str, label: &terms::Label) -> String {
    let own = label.text(frame.language.tag());
    if !own.is_empty() {
        return own.to_owned();
    }
    let key = format!("duty-{task}");
    words::known_text(frame.language, &key).map_or_else(|| task.replace('_', " "), Cow::into_owned)
}

/// By which way something came: « par le portail ».
pub(crate) fn by_channel(frame: &Frame, channel: &str) -> String {
    let key = format!("by-channel-{channel}");
    let known = words::known_text(frame.language, &key);
    known.map_or_else(|| frame.say_with("request-by-channel", &[("channel", channel)]), Cow::into_owned)
}

fn reason(frame: &Frame, because: Option<&str>) -> Markup {
    match because {
        Some(words) => {
            html! { " " (frame.say_with("reason-quoted", &[("words", words.trim_end_matches('.'))])) }
        }
        None => Markup::default(),
    }
}

fn assigned(frame: &Frame, view: &TicketView, by: &str, person: bool, team: Option<&str>) -> Markup {
    // The last assignment is the one that the view names.
    let to = view.assignee.as_ref().map(|assignee| assignee.name.as_str()).filter(|_| person);
    match (to, team) {
        (Some(to), _) if to == by => html! { (frame.say_with("event-taken", &[("by", by)])) },
        (Some(to), _) => html! { (frame.say_with("event-assigned", &[("by", by), ("to", to)])) },
        (None, Some(team)) => {
            let label = view.terms.roles.iter().find(|role| role.name == team).map(|role| &role.label);
            let team =
                label.map_or_else(|| team.to_owned(), |label| words::role_name(frame.language, team, label));
            html! { (frame.say_with("event-assigned", &[("by", by), ("to", &team)])) }
        }
        (None, None) => html! { (frame.say_with("event-unassigned", &[("by", by)])) },
    }
}

/// The label of an outcome in the agreement's vocabulary, else its name.
pub(crate) fn outcome_name(frame: &Frame, view: &TicketView, outcome: &str) -> String {
    vocabulary_label(frame, view, "outcome", outcome)
        .or_else(|| {
            let key = format!("outcome-{}", outcome.replace('_', "-"));
            words::known_text(frame.language, &key).map(Cow::into_owned)
        })
        .unwrap_or_else(|| outcome.replace('_', " "))
}

/// The label of a value of a fact's vocabulary.
pub(crate) fn vocabulary_label(frame: &Frame, view: &TicketView, fact: &str, value: &str) -> Option<String> {
    let rule = view.terms.facts.iter().find(|rule| rule.name.as_str() == fact)?;
    let (terms::FactType::OneOf(values) | terms::FactType::SetOf(values)) = &rule.kind else { return None };
    let found = values.iter().find(|known| known.name == value)?;
    Some(found.label.text(frame.language.tag()).to_owned()).filter(|label| !label.is_empty())
}

/// A fact's value in words.
pub(crate) fn fact_in_words(
    frame: &Frame,
    view: &TicketView,
    fact: &str,
    value: &terms::FactValue,
) -> String {
    match value {
        terms::FactValue::YesNo(_) | terms::FactValue::Text(_) | terms::FactValue::Names(_) => {
            words::fact_value_in_words(frame.language, &view.terms, fact, value)
        }
        terms::FactValue::Date(date) => {
            let today = view.terms.zone.local(frame.now).date;
            words::date_in_words(frame.language, *date, today)
        }
        terms::FactValue::Instant(at) => {
            let zone = frame.zone.as_ref().unwrap_or(&view.terms.zone).clone();
            let reader = words::Reader { language: frame.language, zone: Some(zone), paper: false };
            words::instant_in_words(&reader, *at, frame.now)
        }
        terms::FactValue::Words(_) => frame.say("fact-erased").to_owned(),
        other => other.to_string(),
    }
}

/// The label of a fact, else its name.
pub(crate) fn fact_label(frame: &Frame, terms: &terms::Terms, fact: &str) -> String {
    let label = terms.facts.iter().find(|rule| rule.name.as_str() == fact).map(|rule| &rule.label);
    let label = label.or_else(|| {
        terms
            .parameters
            .iter()
            .find(|parameter| parameter.name.as_str() == fact)
            .map(|parameter| &parameter.label)
    });
    match label.map(|label| label.text(frame.language.tag())).filter(|text| !text.is_empty()) {
        Some(text) => text.to_owned(),
        None => {
            let key = format!("fact-{}", fact.replace(['.', '_'], "-"));
            let known = words::known_text(frame.language, &key);
            known.map_or_else(|| fact.replace(['_', '.'], " "), Cow::into_owned)
        }
    }
}

fn told_facts(frame: &Frame, view: &TicketView, facts: &terms::Facts) -> String {
    let told: Vec<String> = facts
        .iter()
        .map(|(name, value)| {
            let label = fact_label(frame, &view.terms, name.as_str());
            let value = fact_in_words(frame, view, name.as_str(), value);
            frame.say_with("fact-is", &[("fact", &label), ("value", &value)])
        })
        .collect();
    told.join(", ")
}

fn metered(frame: &Frame, view: &TicketView, change: &ClockChange) -> Option<Markup> {
    let promise = |key: &ClockKey| {
        let reading =
            view.clocks.iter().map(|clock| &clock.reading).find(|reading| reading.promise == key.promise);
        match reading {
            Some(reading) => words::promise_in_sentence(frame.language, &reading.promise, &reading.label),
            None => key.promise.replace(['_', '-'], " "),
        }
    };
    let because = |by: &Clause| html! { " " (clause(frame, by)) };
    let zone = &view.terms.zone;
    let staff = frame.area == Area::Workspace;
    Some(match change {
        ClockChange::WaitBegan { wait } => {
            let label = wait.label.text(frame.language.tag());
            html! { (frame.say_with("event-wait-began", &[("label", label)])) (because(&wait.clause)) }
        }
        ClockChange::WaitEnded { .. } => html! { (frame.say("event-wait-ended")) },
        ClockChange::DueMoved { key, due_at: Some(due_at), .. } => html! {
            (frame.say_with("event-due-moved", &[("promise", &promise(key))])) " " (moment(frame, zone, *due_at)) "."
        },
        ClockChange::Retargeted { key, due_at: Some(due_at), clause, .. } => html! {
            (frame.say_with("event-retargeted", &[("promise", &promise(key))])) " " (moment(frame, zone, *due_at)) "."
            (because(clause))
        },
        ClockChange::Warned { key, due_at, clause, .. } if staff => html! {
            (frame.say_with("event-warned", &[("promise", &promise(key))])) " " (moment(frame, zone, *due_at)) "."
            (because(clause))
        },
        ClockChange::Missed { key, due_at, clause, .. } => html! {
            span.late {
                (frame.say_with("event-missed", &[("promise", &promise(key))])) " " (moment(frame, zone, *due_at)) "."
            }
            (because(clause))
        },
        ClockChange::MissFollowed { climb: Some(role), clause, .. } => {
            let label = view.terms.roles.iter().find(|known| known.name == *role).map(|known| &known.label);
            let role =
                label.map_or_else(|| role.clone(), |label| words::role_name(frame.language, role, label));
            html! { (frame.say_with("event-climbed", &[("role", &role)])) (because(clause)) }
        }
        // An answer that keeps a promise says so itself.
        ClockChange::Met { key, at }
            if staff && !view.messages.iter().any(|message| message.received_at == *at) =>
        {
            html! { (frame.say_with("event-met", &[("promise", &promise(key))])) }
        }
        ClockChange::Stopped { key, reason, .. } => {
            let key_of_reason = match reason {
                meters::StopReason::NotCovered => "event-stopped-not-covered",
                meters::StopReason::NoLongerApplies => "event-stopped-no-longer-applies",
                meters::StopReason::Closed | meters::StopReason::Automatic | meters::StopReason::Merged => {
                    return None;
                }
            };
            html! { (frame.say_with(key_of_reason, &[("promise", &promise(key))])) }
        }
        _ => return None,
    })
}

/// What a notice is called: what we owed to tell.
pub(crate) fn delivery_kind(frame: &Frame, kind: &str) -> String {
    let key = format!("delivery-kind-{}", kind.replace('_', "-"));
    words::known_text(frame.language, &key).map_or_else(|| kind.replace('_', " "), Cow::into_owned)
}
