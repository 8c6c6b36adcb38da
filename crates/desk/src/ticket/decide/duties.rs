//! What the customer, or the desk, must do before the work can go on.

use super::Draft;
use crate::content::ContentRef;
use crate::id::MessageId;
use crate::refusal::Refusal;
use crate::rights::Right;
use crate::ticket::command::{DutyAnswer, TicketCommand, Words};
use crate::ticket::event::TicketEvent;
use crate::ticket::{MessageKind, Turn};
use meters::{Happening, Why, fulfil, ground_is_gone, take_over};
use std::collections::BTreeSet;
use terms::{Answer, Evaluation, FactValue, Facts, Task};

/// What may be asked of a customer, whatever the agreement says.
const KINDS: [&str; 4] = ["evidence", "access", "test", "contact"];

impl Draft<'_> {
    /// The customer is asked for something: a duty by its name or by its kind.
    pub(super) fn ask(&mut self, wanted: &str, message: MessageId, body: ContentRef) -> Result<(), Refusal> {
        Right::Ask.permit(self.by, self.terms)?;
        self.must_be_open()?;
        let by_name = self.terms.tasks.iter().find(|task| task.name == wanted);
        let by_kind = || self.terms.tasks.iter().find(|task| task.ask.as_deref() == Some(wanted));
        let task = match by_name.or_else(by_kind) {
            Some(task) => task.name.clone(),
            None if KINDS.contains(&wanted) => wanted.to_owned(),
            None => {
                let named = self.terms.tasks.iter().map(|task| task.name.clone());
                let allowed = KINDS.iter().map(|kind| (*kind).to_owned()).chain(named).collect();
                return Err(Refusal::UnknownValue {
                    fact: "ask".to_owned(),
                    value: wanted.to_owned(),
                    allowed,
                });
            }
        };
        self.take_if_free();
        self.write(MessageKind::Outgoing, message, body, false, Some(Turn::Customer));
        self.record(TicketEvent::Asked { task: task.clone() });
        self.deed("ask", &about(&task))
    }

    /// A duty is done, or cannot be done; either is an answer. Somebody of the desk may say it for the
    /// customer, who called perhaps.
    pub(super) fn answer_duty(
        &mut self,
        wanted: &str,
        answer: DutyAnswer,
        given: BTreeSet<String>,
        words: Option<Words>,
    ) -> Result<(), Refusal> {
        Right::AnswerDuty.permit(self.by, self.terms)?;
        self.must_be_open()?;
        let task = self.duty_named(wanted)?;
        let rule = self.terms.tasks.iter().find(|rule| rule.name == task);
        match answer {
            DutyAnswer::Done => {
                if let Some(rule) = rule {
                    self.must_fulfil(rule, &given)?;
                }
                self.say_of_duty(words);
                let given = given.into_iter().collect();
                self.record(TicketEvent::Fulfilled { task: task.clone(), given });
                self.deed("fulfil", &about(&task))?;
                self.resume_if_ground_is_gone(&task)
            }
            DutyAnswer::Cannot => {
                if words.is_none() {
                    return Err(Refusal::Needs {
                        what: "body".to_owned(),
                        clause: rule.map(|rule| rule.clause.clone()),
                    });
                }
                self.say_of_duty(words);
                self.record(TicketEvent::DutyRefused { task: task.clone() });
                self.deed("refuse", &about(&task))
            }
        }
    }

    /// The customer's words are a message to the desk; the desk's own are a note.
    fn say_of_duty(&mut self, words: Option<Words>) {
        if self.by.side() == "agent" {
            if let Some(Words { message, body }) = words {
                self.write(MessageKind::Note, message, body, false, None);
            }
            return;
        }
        self.say(words, Some(Turn::Provider));
    }

    fn must_fulfil(&self, task: &Task, given: &BTreeSet<String>) -> Result<(), Refusal> {
        fulfil(task, given).map_err(|refused| match refused.why {
            Why::Missing { names } => {
                Refusal::NeedsOne { what: "given".to_owned(), allowed: names, clause: refused.clause }
            }
            _ => Refusal::NotPermitted {
                act: "answer_duty".to_owned(),
                clause: Some((*refused.clause).clone()),
            },
        })
    }

    /// The desk does what is another's duty, where the document lets it.
    pub(super) fn take_over_duty(&mut self, wanted: &str) -> Result<(), Refusal> {
        Right::Ask.permit(self.by, self.terms)?;
        self.must_be_open()?;
        let task = self.duty_named(wanted)?;
        let by = self.by.side();
        if let Some(rule) = self.terms.tasks.iter().find(|rule| rule.name == task)
            && take_over(rule, by).is_err()
        {
            let (act, clause) = ("take_over".to_owned(), Some(rule.clause.clone()));
            return Err(Refusal::NotPermitted { act, clause });
        }
        self.record(TicketEvent::TakenOver { task: task.clone(), by: by.to_owned() });
        self.deed("take-over", &about(&task).with("by", FactValue::text(by)))
    }

    /// A duty by name, or by the kind of what is asked, among those that stand.
    fn duty_named(&self, wanted: &str) -> Result<String, Refusal> {
        let duties = self.ticket.duties(self.terms, self.now);
        let is_kind = |task: &str| {
            self.terms.tasks.iter().any(|rule| rule.name == task && rule.ask.as_deref() == Some(wanted))
        };
        let asked = duties.iter().filter(|duty| duty.is_asked());
        let by_name = duties.iter().find(|duty| duty.task == wanted);
        let by_kind = || asked.clone().find(|duty| is_kind(&duty.task));
        by_name.or_else(by_kind).map(|duty| duty.task.clone()).ok_or_else(|| Refusal::UnknownValue {
            fact: "duty".to_owned(),
            value: wanted.to_owned(),
            allowed: duties.iter().map(|duty| duty.task.clone()).collect(),
        })
    }

    /// A pause that stood on duties ends with the last of them.
    fn resume_if_ground_is_gone(&mut self, task: &str) -> Result<(), Refusal> {
        let duties = meters::duties(self.terms, &self.ticket.duty_log(), &self.ticket.facts, self.now);
        let progress = &self.ticket.progress;
        let lost = self.terms.pauses.iter().any(|pause| {
            progress.open_wait(&pause.name).is_some()
                && pause.tasks.iter().any(|name| name == task)
                && ground_is_gone(pause, &duties)
        });
        if lost {
            let waited = self.ticket.waited_for();
            self.record(TicketEvent::Resumed);
            self.deed("resume", &waited)?;
        }
        Ok(())
    }

    /// Duties that an event of the document asks for, once it happens.
    pub(in crate::ticket) fn ask_what_follows(&mut self, happening: &Happening) {
        if matches!(happening.event.as_str(), "received" | "opened") {
            return;
        }
        let evaluation = Evaluation::new(self.terms, &self.ticket.facts, happening.at);
        let during = evaluation.during_event(&happening.attributes);
        let follows = |task: &&Task| {
            task.on
                .as_ref()
                .is_some_and(|on| on.event == happening.event && on.when.ask(&during) == Answer::Yes)
        };
        let tasks: Vec<String> =
            self.terms.tasks.iter().filter(follows).map(|task| task.name.clone()).collect();
        for task in tasks {
            self.record(TicketEvent::Asked { task });
        }
    }

    /// Refuses an act that waits for a duty.
    pub(super) fn must_not_wait_for_duty(&self, act: &str) -> Result<(), Refusal> {
        if self.terms.tasks.iter().all(|task| task.blocks.is_empty()) {
            return Ok(());
        }
        let log = self.ticket.duty_log();
        let duties = meters::duties(self.terms, &log, &self.ticket.facts, self.now);
        match meters::waiting_for(&duties, act).first() {
            None => Ok(()),
            Some(duty) => Err(Refusal::WaitsForDuty {
                act: act.to_owned(),
                task: duty.task.clone(),
                label: Box::new(duty.label.clone()),
                clause: Box::new(duty.clause.clone()),
            }),
        }
    }

    /// Refuses an act while its permission's condition is not known to hold, or while a fact that it needs
    /// is not known, or known not to be so. What it needs beside facts is looked at by the act itself.
    pub(super) fn must_meet_conditions(&self, act: &str) -> Result<(), Refusal> {
        if self.by.side() == "system" {
            return Ok(());
        }
        let Some(permission) = self.terms.permission(act) else { return Ok(()) };
        let path = format!("permission.{act}");
        let clause_of = |key: &str| self.terms.key_clause(&path, key).unwrap_or(&permission.clause).clone();
        let facts = &self.ticket.facts;
        let is_fact = |name: &&String| self.terms.fact(name).is_some();
        let lacks =
            |name: &&String| facts.get(name.as_str()).is_none_or(|value| *value == FactValue::YesNo(false));
        if let Some(what) = permission.needs.iter().filter(is_fact).find(lacks) {
            return Err(Refusal::Needs { what: what.clone(), clause: Some(clause_of("needs")) });
        }
        let evaluation = Evaluation::new(self.terms, facts, self.now);
        if permission.when.ask(&evaluation) != Answer::Yes {
            return Err(Refusal::NotPermitted { act: act.to_owned(), clause: Some(clause_of("when")) });
        }
        Ok(())
    }

    /// A merged request is moved by what happens to the other. What binds it to a third may still be undone, which
    /// moves nothing.
    pub(super) fn must_not_be_merged(&self, command: &TicketCommand) -> Result<(), Refusal> {
        use TicketCommand::{Note, Release, Unlink, Unmerge};
        match self.ticket.merged_into {
            Some(_) if !matches!(command, Unmerge | Note { .. } | Release { .. } | Unlink { .. }) => {
                Err(Refusal::Merged)
            }
            _ => Ok(()),
        }
    }
}

fn about(task: &str) -> Facts {
    Facts::new().with("task", FactValue::text(task))
}
