use crate::content::ContentRef;
use crate::id::{MessageId, NoticeId};
use crate::person::Actor;
use crate::rhythm::Urgency;
use crate::ticket::event::{MovedDue, Recorded, TicketEvent};
use crate::ticket::{MessageKind, Return, Ticket};
use calendar::Instant;
use meters::{ClockChange, ClockKey};
use serde::{Deserialize, Serialize};
use terms::{Answer, Clause, Evaluation, Facts, Strength, Terms};

/// Something that must be told, and to whom. Operations finds the addresses and words it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Whom to tell.
    pub to: Audience,
    /// What.
    pub kind: NoticeKind,
}

/// Whom to tell.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// Who asked.
    Requester,
    /// Who takes care of the request; the whole team while nobody does.
    Owner,
    /// Who follows the request, but for whoever caused what is told.
    Followers,
    /// Everybody who has a role at the provider.
    Role {
        /// The role: `lead`, or a team of the agreement.
        role: String,
    },
}

impl Audience {
    /// Who is meant by a role, as documents name it.
    #[must_use]
    pub fn of_role(role: &str) -> Self {
        match role {
            "owner" | "adviser" => Self::Owner,
            "requester" | "customer" | "contact" => Self::Requester,
            _ => Self::Role { role: role.to_owned() },
        }
    }
}

/// What to tell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// That the request was received, under which number, and what is promised.
    Acknowledgement {
        /// The clause that asks for it.
        clause: Clause,
    },
    /// A message of the desk.
    Reply {
        /// Which.
        message: MessageId,
    },
    /// That a deadline comes near.
    Warning {
        /// Which clock.
        key: ClockKey,
        /// When it falls due.
        due_at: Instant,
        /// The clause.
        clause: Clause,
    },
    /// That a deadline passed.
    Missed {
        /// Which clock.
        key: ClockKey,
        /// When it fell due.
        due_at: Instant,
        /// How binding it was.
        strength: Strength,
        /// The clause.
        clause: Clause,
        /// The role the request climbed to, where this step escalates.
        climb: Option<String>,
    },
    /// What the document wants told of an event.
    Told {
        /// The notice's name in the document.
        name: String,
        /// The event (`status_changed`, `promise.resolution.missed`).
        event: String,
        /// The clause that asks for it.
        clause: Clause,
        /// Whether the document tells it others than whoever asked: no customer who follows is told of it either.
        #[serde(default)]
        internal: bool,
    },
    /// The question how the customer was helped, once it is closed.
    RatingAsked,
    /// That an answer is awaited before the request is closed for want of one.
    Reminder {
        /// Which reminder, from 0.
        place: usize,
        /// The clause.
        clause: Option<Clause>,
    },
    /// That an escalation is asked for, or made.
    Escalation {
        /// To whom; none while it is asked for and not decided.
        to: Option<String>,
        /// On which ground.
        ground: Option<String>,
        /// The clause.
        clause: Option<Clause>,
    },
    /// That somebody asks how the work goes on.
    UpdateAsked,
    /// That deadlines moved because the agreement changed.
    Moved {
        /// Which.
        moved: Vec<MovedDue>,
    },
    /// That what was put off is to be looked at again.
    Woken,
    /// What a rule of the desk tells.
    Rule {
        /// Which.
        rule: String,
        /// What it says.
        body: ContentRef,
    },
    /// That the customer wrote.
    CustomerWrote {
        /// Which message.
        message: MessageId,
    },
    /// That a letter did not reach the requester.
    Returned {
        /// What came back.
        notice: NoticeId,
        /// How bad it is.
        class: Return,
        /// What the server said.
        reason: ContentRef,
    },
}

impl NoticeKind {
    /// Whether whoever follows a request is told of it: what both sides write, what the document tells, and
    /// among colleagues what is missed or climbs.
    #[must_use]
    pub fn concerns_followers(&self) -> bool {
        matches!(
            self,
            Self::Reply { .. }
                | Self::CustomerWrote { .. }
                | Self::Told { .. }
                | Self::Missed { .. }
                | Self::Escalation { .. }
        )
    }

    /// Whether it can wait. An answer waits for nobody but whoever only follows.
    #[must_use]
    pub fn urgency(&self, to: &Audience) -> Urgency {
        match self {
            Self::Reply { .. } if *to == Audience::Followers => Urgency::MayWait,
            Self::Acknowledgement { .. }
            | Self::Reply { .. }
            | Self::Reminder { .. }
            | Self::Warning { .. }
            | Self::Missed { .. }
            | Self::Escalation { .. } => Urgency::AtOnce,
            // What a clause tells of a deadline is told at its minute.
            Self::Told { event, .. } if event.starts_with("promise.") => Urgency::AtOnce,
            _ => Urgency::MayWait,
        }
    }

    /// Whether a customer may read it. A note is none of these kinds.
    #[must_use]
    pub fn is_for_customers(&self) -> bool {
        matches!(
            self,
            Self::Acknowledgement { .. }
                | Self::Reply { .. }
                | Self::CustomerWrote { .. }
                | Self::Told { internal: false, .. }
                | Self::Moved { .. }
                | Self::Reminder { .. }
                | Self::RatingAsked
        )
    }

    /// The kind as programs write it.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Acknowledgement { .. } => "acknowledgement",
            Self::Reply { .. } => "reply",
            Self::Warning { .. } => "warning",
            Self::Missed { .. } => "missed",
            Self::Told { .. } => "told",
            Self::Reminder { .. } => "reminder",
            Self::RatingAsked => "satisfaction",
            Self::Escalation { .. } => "escalation",
            Self::UpdateAsked => "update_asked",
            Self::Moved { .. } => "moved",
            Self::Woken => "woken",
            Self::Rule { .. } => "rule",
            Self::CustomerWrote { .. } => "customer_wrote",
            Self::Returned { .. } => "returned",
        }
    }
}

/// Which of these events are told to whom, with what was decided to be `told` beside them; those who follow the
/// request come last. Pure: the same events give the same notices.
#[must_use]
pub fn notices(ticket: &Ticket, events: &[Recorded], told: Vec<Notice>, terms: &Terms) -> Vec<Notice> {
    let mut notices = of_events(ticket, events, terms);
    notices.extend(told);
    if ticket.only_machines_wrote() {
        // Two machines would tell each other things for ever. Source: RFC 3834 section 2.
        let is_answer = |kind: &NoticeKind| matches!(kind, NoticeKind::Reply { .. });
        notices.retain(|notice| notice.to != Audience::Requester || is_answer(&notice.kind));
    }
    if !ticket.followers.is_empty() {
        let mut kinds: Vec<NoticeKind> = Vec::new();
        for notice in &notices {
            if notice.kind.concerns_followers() && !kinds.contains(&notice.kind) {
                kinds.push(notice.kind.clone());
            }
        }
        notices.extend(kinds.into_iter().map(|kind| Notice { to: Audience::Followers, kind }));
    }
    notices
}

fn of_events(ticket: &Ticket, events: &[Recorded], terms: &Terms) -> Vec<Notice> {
    let mut notices = Vec::new();
    for recorded in events {
        match &recorded.event {
            TicketEvent::Opened { .. } => notices.extend(acknowledgement(ticket, terms)),
            TicketEvent::Wrote { message, .. } if message.kind == MessageKind::Outgoing => {
                notices.push(Notice {
                    to: Audience::Requester,
                    kind: NoticeKind::Reply { message: message.id },
                });
            }
            TicketEvent::Wrote { message, .. }
                if message.kind == MessageKind::Incoming
                    && !message.automatic
                    && ticket.messages.first().map(|first| first.id) != Some(message.id) =>
            {
                notices.push(Notice {
                    to: Audience::Owner,
                    kind: NoticeKind::CustomerWrote { message: message.id },
                });
            }
            TicketEvent::NoticeReturned { notice, kind, class, reason, .. }
                if *class != Return::Delay && matches!(kind.as_str(), "reply" | "acknowledgement") =>
            {
                notices.push(Notice {
                    to: Audience::Owner,
                    kind: NoticeKind::Returned { notice: *notice, class: *class, reason: reason.clone() },
                });
            }
            TicketEvent::EscalationAsked { asked, clause, .. } => notices.push(Notice {
                to: Audience::Owner,
                kind: NoticeKind::Escalation {
                    to: None,
                    ground: asked.ground.clone(),
                    clause: clause.clone(),
                },
            }),
            TicketEvent::Escalated { to, ground, clause, .. } => notices.push(Notice {
                to: Audience::of_role(to),
                kind: NoticeKind::Escalation {
                    to: Some(to.clone()),
                    ground: ground.clone(),
                    clause: clause.clone(),
                },
            }),
            TicketEvent::Reminded { place, clause, .. } => notices.push(Notice {
                to: Audience::Requester,
                kind: NoticeKind::Reminder { place: *place, clause: clause.clone() },
            }),
            TicketEvent::RatingAsked => {
                notices.push(Notice { to: Audience::Requester, kind: NoticeKind::RatingAsked });
            }
            TicketEvent::UpdateRequested => {
                notices.push(Notice { to: Audience::Owner, kind: NoticeKind::UpdateAsked });
            }
            TicketEvent::AgreementChanged { moved, .. } if !moved.is_empty() => {
                for to in [Audience::Requester, Audience::Owner] {
                    notices.push(Notice { to, kind: NoticeKind::Moved { moved: moved.clone() } });
                }
            }
            // What somebody woke by an act of theirs needs no letter.
            TicketEvent::Woke if recorded.by == Actor::System => {
                notices.push(Notice { to: Audience::Owner, kind: NoticeKind::Woken });
            }
            TicketEvent::RuleFired { rule, told, .. } => {
                notices.extend(told.iter().map(|(to, body)| Notice {
                    to: Audience::of_role(to),
                    kind: NoticeKind::Rule { rule: rule.clone(), body: body.clone() },
                }));
            }
            TicketEvent::Metered { change } => notices.extend(of_change(ticket, change)),
            _ => {}
        }
    }
    notices
}

/// The receipt is told where the agreement asks for one: its notice on `received`, or a clock that
/// only an acknowledgement stops.
fn acknowledgement(ticket: &Ticket, terms: &Terms) -> Option<Notice> {
    let facts: &Facts = &ticket.facts;
    let evaluation = Evaluation::new(terms, facts, ticket.received_at);
    let noticed = terms
        .notices
        .iter()
        .find(|notice| notice.on.event == "received" && notice.on.when.ask(&evaluation) != Answer::No)
        .map(|notice| notice.clause.clone());
    let clock = ticket.progress.latest("acknowledgement");
    if clock.is_some_and(|clock| clock.stopped.is_some()) {
        return None;
    }
    let clocked = clock.map(|clock| clock.clause.clone());
    // What is not known yet is asked with the receipt.
    let asked = || ticket.wanted(terms).first().map(|rule| rule.clause.clone());
    let clause = clocked.or(noticed).or_else(asked)?;
    Some(Notice { to: Audience::Requester, kind: NoticeKind::Acknowledgement { clause } })
}

fn of_change(ticket: &Ticket, change: &ClockChange) -> Vec<Notice> {
    let to = |role: &String| Audience::of_role(role);
    match change {
        // A deadline that is past by now is told as missed alone.
        ClockChange::Warned { key, .. }
            if ticket.progress.clock(key).is_some_and(|clock| clock.missed_at.is_some()) =>
        {
            Vec::new()
        }
        ClockChange::Warned { key, due_at, tell, clause, .. } => tell
            .iter()
            .map(|role| Notice {
                to: to(role),
                kind: NoticeKind::Warning { key: key.clone(), due_at: *due_at, clause: clause.clone() },
            })
            .collect(),
        ClockChange::MissFollowed { key, tell, climb, clause, .. } => {
            let clock = ticket.progress.clock(key);
            let strength = clock.map_or(Strength::Binding, |clock| clock.strength);
            let Some(due_at) = clock.and_then(|clock| clock.missed_at.or(clock.due_at)) else {
                return Vec::new();
            };
            let mut audiences: Vec<Audience> = tell.iter().chain(climb).map(to).collect();
            audiences.dedup();
            audiences
                .into_iter()
                .map(|to| Notice {
                    to,
                    kind: NoticeKind::Missed {
                        key: key.clone(),
                        due_at,
                        strength,
                        clause: clause.clone(),
                        climb: climb.clone(),
                    },
                })
                .collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Audience, NoticeKind, Urgency};
    use terms::{Clause, ClauseName};

    #[test]
    fn what_a_clause_tells_of_a_deadline_waits_for_no_morning() {
        let clause = Clause::from(ClauseName {
            agreement: "sample".to_owned(),
            version: "1.0".to_owned(),
            number: "5.3".to_owned(),
            item: None,
            heading: String::new(),
        });
        let told = |event: &str| NoticeKind::Told {
            name: "notice".to_owned(),
            event: event.to_owned(),
            clause: clause.clone(),
            internal: false,
        };
        assert_eq!(told("promise.resolution.missed").urgency(&Audience::Requester), Urgency::AtOnce);
        assert_eq!(told("status_changed").urgency(&Audience::Requester), Urgency::MayWait);
    }
}
