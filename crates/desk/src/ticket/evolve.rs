use crate::ticket::event::{Recorded, TicketEvent};
use crate::ticket::{MessageKind, Return, Ticket, TicketState, Turn};
use meters::{ClockChange, Progress};
use terms::Verdict;

impl Ticket {
    /// Folds a whole log, commit by commit. None when it does not begin with an opening.
    #[must_use]
    pub fn fold<'a>(commits: impl IntoIterator<Item = &'a [Recorded]>) -> Option<Self> {
        let mut ticket: Option<Self> = None;
        for commit in commits {
            for recorded in commit {
                match &mut ticket {
                    None => ticket = Self::opened(recorded),
                    Some(ticket) => ticket.evolve(recorded),
                }
            }
            if let Some(ticket) = &mut ticket {
                ticket.version += 1;
            }
        }
        ticket
    }

    /// The request as its first event makes it; none for any other event.
    #[must_use]
    pub fn opened(recorded: &Recorded) -> Option<Self> {
        let TicketEvent::Opened {
            id,
            provider,
            account,
            contact,
            channel,
            subject,
            received_at,
            agreement,
            contract,
            facts,
        } = &recorded.event
        else {
            return None;
        };
        Some(Self {
            id: *id,
            provider: provider.clone(),
            version: 0,
            account: *account,
            contact: *contact,
            channel: channel.clone(),
            subject: subject.clone(),
            received_at: *received_at,
            opened_at: recorded.at,
            agreement: agreement.clone(),
            contract: *contract,
            facts: facts.clone(),
            found: Verdict::NeedsJudgement,
            judgement: None,
            progress: Progress::default(),
            state: TicketState::New,
            turn: Turn::Provider,
            assignee: None,
            team: None,
            climbed_to: None,
            vendor: None,
            outcome: None,
            messages: Vec::new(),
            suspected: None,
            returned: Vec::new(),
        })
    }

    /// Folds one event. Any event may follow any other: what is past is not argued with.
    pub fn evolve(&mut self, recorded: &Recorded) {
        match &recorded.event {
            TicketEvent::Opened { .. } | TicketEvent::NoticeSent { .. } => {}
            TicketEvent::Suspected { ticket } => self.suspected = Some(*ticket),
            TicketEvent::NoticeReturned { notice, kind, class, .. } => {
                self.returned.push((*notice, *class));
                // Whom an answer did not reach owes nothing.
                if kind == "reply" && *class != Return::Delay && self.turn == Turn::Customer {
                    self.turn = Turn::Provider;
                }
            }
            TicketEvent::Wrote { message, turn } => {
                match message.kind {
                    MessageKind::Incoming if message.automatic => {}
                    MessageKind::Outgoing if self.state == TicketState::New => self.state = TicketState::Open,
                    MessageKind::Incoming
                        if !self.messages.is_empty() && self.state == TicketState::Resolved =>
                    {
                        self.state = TicketState::Open;
                    }
                    _ => {}
                }
                if let Some(turn) = turn {
                    self.turn = *turn;
                }
                self.messages.push(message.clone());
            }
            TicketEvent::Learnt { facts } => self.facts.extend(facts),
            TicketEvent::CoverageFound { verdict, .. } => self.found = *verdict,
            TicketEvent::CoverageJudged { judgement } => self.judgement = Some(judgement.clone()),
            TicketEvent::Assigned { to, team } => {
                self.assignee = *to;
                if team.is_some() {
                    self.team.clone_from(team);
                }
                if self.state == TicketState::New && to.is_some() {
                    self.state = TicketState::Open;
                }
            }
            TicketEvent::Waited { party, .. } => {
                self.state = TicketState::Waiting;
                self.turn = if party == "customer" { Turn::Customer } else { Turn::ThirdParty };
            }
            TicketEvent::Resumed => self.go_on(),
            TicketEvent::PassedToVendor { vendor, reference } => {
                self.vendor = Some((vendor.clone(), reference.clone()));
                self.state = TicketState::Waiting;
                self.turn = Turn::ThirdParty;
            }
            TicketEvent::CameBackFromVendor { .. } => {
                self.vendor = None;
                self.go_on();
            }
            TicketEvent::Resolved { outcome } => {
                self.outcome = Some(outcome.clone());
                self.state = TicketState::Resolved;
                self.turn = Turn::Customer;
            }
            TicketEvent::Confirmed => {}
            TicketEvent::Closed { .. } => {
                self.state = TicketState::Closed;
                self.turn = Turn::Nobody;
            }
            TicketEvent::Reopened => self.go_on(),
            TicketEvent::Metered { change } => {
                if let ClockChange::MissFollowed { climb: Some(role), .. } = change {
                    self.climbed_to = Some(role.clone());
                }
                self.progress.apply(change);
            }
        }
    }

    fn go_on(&mut self) {
        self.state = TicketState::Open;
        self.turn = Turn::Provider;
    }
}
