//! Duties of the customer, or steps of the desk, as they stand on one request.

use crate::ticket::Ticket;
use calendar::Instant;
use meters::{DutyState, Happening, duties};
use serde::{Deserialize, Serialize};
use terms::{Clause, Facts, Label, Terms};

/// A duty on a request: one of the document, or one that was asked for beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketDuty {
    /// Name in the document, else the kind of what was asked: `evidence`, `access`, `test`, `contact`.
    pub task: String,
    /// What people read; empty where the document does not know it.
    pub label: Label,
    /// The clause; none where the document does not know it.
    pub clause: Option<Clause>,
    /// Whose it is; none while a fact that decides it is unknown.
    pub owner: Option<String>,
    /// From when it is owed.
    pub due_from: Option<Instant>,
    /// How it stands.
    pub state: DutyState,
    /// Acts that wait for it now.
    pub blocks: Vec<String>,
}

impl TicketDuty {
    /// Whether somebody asked for it, whatever became of that.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        self.state != DutyState::NotAsked
    }

    /// Whether something is still to be done.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self.state, DutyState::Due | DutyState::Later)
    }
}

impl Ticket {
    /// Every duty as it stands at `now`: those of the document in its order, then those asked for beside
    /// it.
    #[must_use]
    pub fn duties(&self, terms: &Terms, now: Instant) -> Vec<TicketDuty> {
        let mut found: Vec<TicketDuty> = duties(terms, &self.duty_log(), &self.facts, now)
            .into_iter()
            .map(|duty| TicketDuty {
                task: duty.task,
                label: duty.label,
                clause: Some(duty.clause),
                owner: duty.owner,
                due_from: duty.due_from,
                state: duty.state,
                blocks: duty.blocks,
            })
            .collect();
        for noted in &self.duties {
            let Some(task) = noted.attributes.text("task") else { continue };
            if terms.tasks.iter().any(|rule| rule.name == task) {
                continue;
            }
            let state = match noted.event.as_str() {
                "fulfilled" => DutyState::Done,
                "refused" => DutyState::Refused,
                _ => DutyState::Due,
            };
            match found.iter_mut().find(|duty| duty.task == task) {
                Some(duty) => duty.state = state,
                None => found.push(TicketDuty {
                    task: task.to_owned(),
                    label: Label::default(),
                    clause: None,
                    owner: Some("customer".to_owned()),
                    due_from: Some(noted.at),
                    state,
                    blocks: Vec::new(),
                }),
            }
        }
        found
    }

    /// What was asked and settled of duties, after the opening, as the meters read it.
    pub(crate) fn duty_log(&self) -> Vec<(Happening, &Facts)> {
        let opening = ["received", "opened"].map(|event| Happening::new(event, self.received_at));
        opening.into_iter().chain(self.duties.iter().cloned()).map(|noted| (noted, &self.facts)).collect()
    }
}
