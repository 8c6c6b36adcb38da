use crate::person::Actor;
use crate::ticket::event::{Recorded, TicketEvent};
use crate::ticket::{
    CUSTOMER, ClaimDecision, MessageKind, Rating, Return, Ticket, TicketClaim, TicketState, Turn, VENDOR,
};
use calendar::Instant;
use meters::{ClockChange, Happening, Progress};
use std::collections::{BTreeMap, BTreeSet};
use terms::{FactValue, Verdict};

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
            waits_for: BTreeSet::new(),
            outcome: None,
            messages: Vec::new(),
            suspected: None,
            returned: Vec::new(),
            duties: Vec::new(),
            held: None,
            escalation: None,
            exception: None,
            declined: None,
            converted_to: None,
            resolved_at: None,
            reopened_at: None,
            silent_since: recorded.at,
            reminded: 0,
            snoozed_until: None,
            followers: BTreeSet::new(),
            time: Vec::new(),
            tags: BTreeSet::new(),
            rating: None,
            rating_asked: false,
            claim: None,
            fields: BTreeMap::new(),
            told: BTreeSet::new(),
            merged_into: None,
            merged_at: None,
            absorbed: Vec::new(),
            links: Vec::new(),
            split_from: None,
            split_off: Vec::new(),
            fired: BTreeSet::new(),
            state_since: recorded.at,
            destroyed: BTreeSet::new(),
            duties_of_data: BTreeMap::new(),
            sources_gone: BTreeSet::new(),
        })
    }

    /// Folds one event. Any event may follow any other: what is past is not argued with.
    pub fn evolve(&mut self, recorded: &Recorded) {
        let (state, turn) = (self.state, self.turn);
        self.fold_event(recorded);
        if self.state != state {
            self.state_since = recorded.at;
        }
        if self.turn != turn || is_word_of_customer(recorded) {
            self.silent_since = recorded.at;
            self.reminded = 0;
        }
    }

    fn fold_event(&mut self, recorded: &Recorded) {
        match &recorded.event {
            // What is only told, or says nothing that the state does not hold already.
            TicketEvent::Opened { .. }
            | TicketEvent::NoticeSent { .. }
            | TicketEvent::Confirmed
            | TicketEvent::StatusChanged { .. }
            | TicketEvent::Updated
            | TicketEvent::Called { .. }
            | TicketEvent::MeetingProposed { .. }
            | TicketEvent::Milestone { .. }
            | TicketEvent::Jumped { .. }
            | TicketEvent::Consented { .. }
            | TicketEvent::Contested { .. }
            | TicketEvent::ResolutionRefused => {}
            TicketEvent::UpdateRequested => self.turn = Turn::Provider,
            TicketEvent::Suspected { ticket } => self.suspected = Some(*ticket),
            TicketEvent::NoticeReturned { notice, kind, follower, class, .. } => {
                self.returned.push((*notice, *class));
                // Whom an answer did not reach owes nothing.
                if kind == "reply" && !follower && *class != Return::Delay && self.turn == Turn::Customer {
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
                        self.go_on();
                    }
                    _ => {}
                }
                if let Some(turn) = turn {
                    self.turn = *turn;
                }
                if self.held.as_ref().is_some_and(|held| held.message.id == message.id) {
                    self.held = None;
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
                self.waits_for.insert(party.clone());
                self.wait_or_go_on();
            }
            TicketEvent::Resumed => {
                if let Some(party) = self.party_that_resumes().map(str::to_owned) {
                    self.waits_for.remove(&party);
                }
                self.wait_or_go_on();
            }
            TicketEvent::PassedToVendor { vendor, reference } => {
                self.vendor = Some((vendor.clone(), reference.clone()));
                self.waits_for.insert(VENDOR.to_owned());
                self.wait_or_go_on();
            }
            TicketEvent::CameBackFromVendor { .. } => {
                self.vendor = None;
                self.waits_for.remove(VENDOR);
                self.wait_or_go_on();
            }
            TicketEvent::Resolved { outcome } => {
                self.outcome = Some(outcome.clone());
                self.resolved_at = Some(recorded.at);
                self.reminded = 0;
                self.waits_for.clear();
                self.state = TicketState::Resolved;
                self.turn = Turn::Customer;
            }
            TicketEvent::Closed { .. } => self.end(TicketState::Closed),
            TicketEvent::Reopened => {
                self.reopened_at = Some(recorded.at);
                self.declined = None;
                self.converted_to = None;
                self.go_on();
            }
            TicketEvent::Held { held } => self.held = Some(*held.clone()),
            TicketEvent::Unsent { .. } => self.held = None,
            TicketEvent::HandedOver { to, .. } => {
                self.team = Some(to.clone());
                self.assignee = None;
            }
            TicketEvent::ExceptionAccepted { price } => {
                self.exception = Some(price.clone());
                self.converted_to = None;
            }
            TicketEvent::Declined { clause } => {
                self.declined = Some(clause.clone());
                self.end(TicketState::Declined);
            }
            TicketEvent::Converted { to } => {
                self.converted_to = Some(to.clone());
                self.team = Some(to.clone());
                self.assignee = None;
            }
            TicketEvent::Asked { task } => self.note_duty("asked", task, recorded.at),
            TicketEvent::Fulfilled { task, .. } => self.note_duty("fulfilled", task, recorded.at),
            TicketEvent::DutyRefused { task } => self.note_duty("refused", task, recorded.at),
            TicketEvent::TakenOver { task, by } => {
                self.note_duty("taken_over", task, recorded.at);
                if let Some(noted) = self.duties.last_mut() {
                    noted.attributes.set("by", FactValue::text(by));
                }
            }
            TicketEvent::EscalationAsked { asked, .. } => {
                self.escalation = Some(asked.clone());
                self.turn = Turn::Provider;
            }
            TicketEvent::EscalationDecided { .. } => self.escalation = None,
            TicketEvent::Escalated { to, .. } => {
                self.escalation = None;
                self.climbed_to = Some(to.clone());
                if self.turn != Turn::ThirdParty {
                    self.turn = Turn::Provider;
                }
            }
            TicketEvent::Reminded { place, .. } => self.reminded = place + 1,
            TicketEvent::Snoozed { until } => self.snoozed_until = Some(*until),
            TicketEvent::Woke => self.snoozed_until = None,
            TicketEvent::AgreementChanged { agreement, facts, .. } => {
                self.agreement.clone_from(agreement);
                self.facts.extend(facts);
            }
            TicketEvent::Followed { person } => {
                self.followers.insert(*person);
            }
            TicketEvent::Unfollowed { person } => {
                self.followers.remove(person);
            }
            TicketEvent::TimeLogged { entry } => self.time.push(entry.clone()),
            TicketEvent::Tagged { added, removed } => {
                self.tags.extend(added.iter().cloned());
                self.tags.retain(|tag| !removed.contains(tag));
            }
            TicketEvent::Rated { score, answer, comment } => {
                let (score, answer, comment) = (*score, answer.clone(), comment.clone());
                self.rating = Some(Rating { score, answer, comment, at: recorded.at });
            }
            TicketEvent::RatingAsked => self.rating_asked = true,
            TicketEvent::Claimed { consequence, period, clause, .. } => {
                self.claim = Some(TicketClaim {
                    consequence: consequence.clone(),
                    period: period.clone(),
                    at: recorded.at,
                    clause: clause.clone(),
                    decision: None,
                });
                self.turn = Turn::Provider;
            }
            TicketEvent::ClaimDecided { granted, figures, clause } => {
                if let Some(claim) = &mut self.claim {
                    claim.decision = Some(ClaimDecision {
                        granted: *granted,
                        figures: figures.clone(),
                        by: recorded.by.clone(),
                        at: recorded.at,
                        clause: clause.clone(),
                    });
                }
            }
            TicketEvent::FieldsSet { set, cleared } => {
                self.fields.extend(set.iter().map(|(name, value)| (name.clone(), value.clone())));
                self.fields.retain(|name, _| !cleared.contains(name));
            }
            TicketEvent::Destroyed { files, contents, .. }
            | TicketEvent::Erased { files, contents, .. }
            | TicketEvent::Outlived { files, contents, .. } => {
                self.destroyed.extend(files.iter().map(|file| file.0));
                self.destroyed.extend(contents.iter().map(|content| content.0));
                // With its words goes what people put on it to find it again.
                if let TicketEvent::Outlived { what, .. } = &recorded.event
                    && what.iter().any(|what| what == "messages")
                {
                    self.tags.clear();
                    self.fields.clear();
                }
                if let TicketEvent::Destroyed { duty, .. } = &recorded.event {
                    self.duties_of_data.insert(duty.clone(), recorded.at);
                }
            }
            // The texts stand where they stood; what they say stands beside the events.
            TicketEvent::Redacted { files, .. } => {
                self.destroyed.extend(files.iter().map(|file| file.0));
            }
            TicketEvent::SourceRemoved { uid_validity, uid, .. } => {
                self.sources_gone.insert((*uid_validity, *uid));
            }
            TicketEvent::RuleFired { rule, cause, .. } => {
                self.fired.insert((rule.clone(), cause.clone()));
            }
            TicketEvent::Told { notice } => {
                self.told.insert(notice.clone());
            }
            TicketEvent::MergedInto { ticket } => {
                (self.merged_into, self.merged_at) = (Some(*ticket), Some(recorded.at));
            }
            TicketEvent::Unmerged { .. } => (self.merged_into, self.merged_at) = (None, None),
            TicketEvent::Absorbed { ticket } => self.absorbed.push(*ticket),
            TicketEvent::Released { ticket } => self.absorbed.retain(|absorbed| absorbed != ticket),
            TicketEvent::Linked { ticket, kind } => self.links.push((*ticket, kind.clone())),
            TicketEvent::Unlinked { ticket } => self.links.retain(|(linked, _)| linked != ticket),
            TicketEvent::SplitOff { message, into } => self.split_off.push((*message, *into)),
            TicketEvent::SplitFrom { ticket, message } => self.split_from = Some((*ticket, *message)),
            TicketEvent::Metered { change } => {
                if let ClockChange::MissFollowed { climb: Some(role), .. } = change {
                    self.climbed_to = Some(role.clone());
                }
                self.progress.apply(change);
            }
        }
    }

    /// While anybody is waited for the request waits, for the customer first; else it is open again.
    fn wait_or_go_on(&mut self) {
        if self.waits_for.is_empty() {
            self.go_on();
            return;
        }
        self.state = TicketState::Waiting;
        let customer = self.waits_for.contains(CUSTOMER);
        self.turn = if customer { Turn::Customer } else { Turn::ThirdParty };
    }

    fn go_on(&mut self) {
        self.waits_for.clear();
        self.state = TicketState::Open;
        self.turn = Turn::Provider;
        self.resolved_at = None;
        self.reminded = 0;
    }

    fn end(&mut self, state: TicketState) {
        self.state = state;
        self.waits_for.clear();
        self.turn = Turn::Nobody;
        self.snoozed_until = None;
        self.escalation = None;
    }

    fn note_duty(&mut self, event: &str, task: &str, at: Instant) {
        self.duties.push(Happening::new(event, at).with("task", FactValue::text(task)));
    }
}

/// Whether the customer said or did something, whatever that was about.
fn is_word_of_customer(recorded: &Recorded) -> bool {
    match &recorded.event {
        TicketEvent::Wrote { message, .. } => message.kind == MessageKind::Incoming && !message.automatic,
        // What falls due, or was held back, is recorded with whatever is done next by anybody.
        TicketEvent::Metered { .. }
        | TicketEvent::Reminded { .. }
        | TicketEvent::StatusChanged { .. }
        | TicketEvent::Woke
        | TicketEvent::Followed { .. }
        | TicketEvent::Unfollowed { .. } => false,
        _ => matches!(recorded.by, Actor::Contact { .. }),
    }
}
