use crate::carry_out::{Baggage, carry_out};
use crate::environment::Environment;
use crate::error::Failure;
use crate::open_ticket::{IDEMPOTENT_FOR_SECONDS, NewFile};
use crate::view_ticket::{TicketView, fold, view_ticket};
use crate::viewer::Viewer;
use desk::{Act, Author, MessageId, PersonId, Refusal, Right, TicketCommand, Turn, may_see};
use sha2::{Digest, Sha256};
use store::{IdempotencyEntry, StoreError};
use terms::{Facts, Verdict};

/// What a viewer may ask of a request that stands, in words and files not yet sealed.
#[derive(Clone, Debug)]
pub enum Request {
    /// A message to the other side.
    Reply {
        /// Its words.
        body: String,
        /// Its files.
        files: Vec<NewFile>,
        /// Whether it answers the matter.
        technical: bool,
        /// Whose turn it then is.
        turn: Option<Turn>,
    },
    /// A note between colleagues.
    Note {
        /// Its words.
        body: String,
    },
    /// The viewer takes it.
    TakeUp,
    /// It is given to somebody or to a team.
    Assign {
        /// The person.
        agent: Option<PersonId>,
        /// The team.
        team: Option<String>,
    },
    /// Facts are set, the severity among them.
    Learn {
        /// The facts.
        facts: Facts,
    },
    /// The viewer decides on coverage.
    JudgeCoverage {
        /// The verdict.
        verdict: Verdict,
        /// Why.
        reason: String,
    },
    /// Work waits for somebody.
    Wait {
        /// For whom.
        party: String,
        /// For what.
        reason: Option<String>,
    },
    /// Work goes on.
    Resume,
    /// The vendor takes it over.
    PassToVendor {
        /// Which vendor.
        vendor: String,
        /// Under which reference there.
        reference: String,
    },
    /// The vendor gave it back.
    BackFromVendor {
        /// With what.
        result: String,
    },
    /// The work ends.
    Resolve {
        /// With which outcome.
        outcome: String,
        /// What the customer is told.
        body: String,
    },
    /// The customer confirms.
    Confirm,
    /// It is closed.
    Close {
        /// Why.
        reason: String,
    },
    /// It is opened again.
    Reopen,
}

impl Request {
    /// The act that it asks for, which names its right.
    #[must_use]
    pub fn act(&self) -> Act {
        match self {
            Self::Reply { .. } => Act::Reply,
            Self::Note { .. } => Act::Note,
            Self::TakeUp | Self::Assign { .. } => Act::Assign,
            Self::Learn { facts } if facts.get("severity").is_some() => Act::SetSeverity,
            Self::Learn { .. } => Act::Classify,
            Self::JudgeCoverage { .. } => Act::JudgeCoverage,
            Self::Wait { .. } | Self::Resume => Act::Wait,
            Self::PassToVendor { .. } | Self::BackFromVendor { .. } => Act::PassToVendor,
            Self::Resolve { .. } => Act::Resolve,
            Self::Confirm => Act::Confirm,
            Self::Close { .. } => Act::Close,
            Self::Reopen => Act::Reopen,
        }
    }
}

/// What makes a repeated sending of a command one command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Once {
    /// The key that the sender chose; kept for 24 hours.
    pub key: String,
    /// What was asked, in any form that is the same for the same command.
    pub asked: String,
}

/// Carries out a viewer's request on a ticket and shows what it then is.
///
/// # Errors
/// - there is no such request for this viewer;
/// - a text is empty, or the person or team is none of the provider's;
/// - the core refuses, or the request changed since `expected_version`;
/// - the store fails.
pub async fn command_ticket(
    environment: &Environment,
    viewer: &Viewer,
    number: &str,
    request: Request,
    expected_version: Option<u64>,
) -> Result<TicketView, Failure> {
    command_ticket_once(environment, viewer, number, request, expected_version, None).await
}

/// As [`command_ticket`]; a command that was carried out under the same key within 24 hours is not
/// carried out again, and the request is shown as it stands.
///
/// # Errors
/// As [`command_ticket`], and when the key was used for another command.
pub async fn command_ticket_once(
    environment: &Environment,
    viewer: &Viewer,
    number: &str,
    request: Request,
    expected_version: Option<u64>,
    once: Option<Once>,
) -> Result<TicketView, Failure> {
    if !viewer.may_write() {
        return Err(Failure::NotPermitted);
    }
    let missing = || Failure::NotFound { what: "request" };
    let (provider, id) = environment.store.ticket_by_number(number).await?.ok_or_else(missing)?;
    if provider != viewer.provider.id {
        return Err(missing());
    }
    let right = request.act().right();
    if !viewer.is_staff() {
        let page = environment.store.ticket_page(&provider, id).await?.ok_or_else(missing)?;
        let ticket = fold(&page)?;
        if !may_see(&viewer.person, &viewer.standings, &ticket) {
            return Err(missing());
        }
        // An agreement may give a customer more than the trade does, so that only a role that may
        // write nothing at all is stopped here; the core decides on the rest, with its clause.
        if !viewer.may_in(Right::Reply, ticket.account) {
            return Err(Failure::NotPermitted);
        }
    } else if !viewer.may(right) {
        return Err(Failure::NotPermitted);
    }
    let mut baggage = Baggage::default();
    if let Some(once) = once {
        let now = environment.now();
        let digest: [u8; 32] = Sha256::digest(format!("{number}\0{}", once.asked)).into();
        if let Some((known, _)) =
            environment.store.idempotent(&provider, viewer.person.id, &once.key, now).await?
        {
            return if known == digest {
                view_ticket(environment, viewer, number).await
            } else {
                Err(Failure::KeyReused)
            };
        }
        baggage.idempotency = Some(IdempotencyEntry {
            person: viewer.person.id,
            key: once.key,
            request_digest: digest,
            expires_at: now.plus_seconds(IDEMPOTENT_FOR_SECONDS),
        });
    }
    let asked = baggage.idempotency.as_ref().map(|entry| entry.request_digest);
    let command = seal(environment, viewer, request, &mut baggage).await?;
    let carried =
        carry_out(environment, &provider, id, command, &viewer.actor(), expected_version, baggage).await;
    match carried {
        Ok(_) => {}
        // Two copies of one command raced; the other one was carried out.
        Err(Failure::Store(StoreError::AlreadyDone { request_digest, .. })) => {
            if asked != Some(request_digest) {
                return Err(Failure::KeyReused);
            }
        }
        Err(failure) => return Err(failure),
    }
    view_ticket(environment, viewer, number).await
}

async fn seal(
    environment: &Environment,
    viewer: &Viewer,
    request: Request,
    baggage: &mut Baggage,
) -> Result<TicketCommand, Failure> {
    let sealed = &mut baggage.sealed;
    let message = MessageId(environment.new_id());
    let words = |text: &str| {
        let text = text.trim();
        if text.is_empty() { Err(Failure::Refused(Refusal::Empty)) } else { Ok(text.to_owned()) }
    };
    Ok(match request {
        Request::Reply { body, files, technical, turn } => {
            let body = sealed.text(environment, &words(&body)?);
            let files = files
                .into_iter()
                .map(|file| {
                    sealed.file(environment, message, &file.name, &file.media_type, false, file.bytes)
                })
                .collect();
            if viewer.is_staff() {
                TicketCommand::Reply { message, body, files, technical, turn }
            } else {
                let now = environment.now();
                TicketCommand::Receive {
                    message,
                    author: Author::Person { id: viewer.person.id },
                    channel: "portal".to_owned(),
                    sent_at: now,
                    received_at: now,
                    body,
                    history: None,
                    files,
                    automatic: false,
                    checks: None,
                }
            }
        }
        Request::Note { body } => {
            TicketCommand::Note { message, body: sealed.text(environment, &words(&body)?) }
        }
        Request::TakeUp => TicketCommand::TakeUp,
        Request::Assign { agent, team } => {
            if let Some(agent) = agent {
                let person = environment.person(&viewer.provider.id, agent).await?;
                if !person.is_some_and(|person| person.role.is_staff()) {
                    return Err(Failure::Invalid { field: "agent", problem: "error-agent-unknown".into() });
                }
            }
            TicketCommand::Assign { to: agent, team }
        }
        Request::Learn { facts } => TicketCommand::Learn { facts },
        Request::JudgeCoverage { verdict, reason } => {
            TicketCommand::JudgeCoverage { verdict, reason: sealed.text(environment, &words(&reason)?) }
        }
        Request::Wait { party, reason } => {
            if !["customer", "vendor", "third_party"].contains(&party.as_str()) {
                return Err(Failure::Invalid { field: "for", problem: "error-party-unknown".into() });
            }
            let reason = reason.filter(|reason| !reason.trim().is_empty());
            TicketCommand::Wait {
                party,
                reason: reason.map(|reason| sealed.text(environment, reason.trim())),
            }
        }
        Request::Resume => TicketCommand::Resume,
        Request::PassToVendor { vendor, reference } => TicketCommand::PassToVendor { vendor, reference },
        Request::BackFromVendor { result } => TicketCommand::BackFromVendor { result },
        Request::Resolve { outcome, body } => {
            TicketCommand::Resolve { outcome, message, body: sealed.text(environment, &words(&body)?) }
        }
        Request::Confirm => TicketCommand::Confirm,
        Request::Close { reason } => TicketCommand::Close { reason },
        Request::Reopen => TicketCommand::Reopen,
    })
}
