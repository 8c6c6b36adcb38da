//! What a new request takes along of the closed one that it follows.

use crate::environment::Environment;
use crate::error::Failure;
use crate::open_ticket::{Basis, basis, basis_of};
use calendar::Instant;
use desk::{Author, Brought, ContentId, ContentRef, MessageId, NewTicket, PersonId, Ticket, TicketId};
use store::Provider;
use terms::{FactType, Facts};

/// Facts that hold of whoever asks and of what they use, whatever happened.
const CARRIED: [&str; 4] = ["product", "version", "language", "region"];

/// The basis of the new request: the contract of the closed one while it is in force, else the account's of now.
pub(crate) async fn basis_after(
    environment: &Environment,
    provider: &Provider,
    closed: &Ticket,
    at: Instant,
) -> Result<Basis, Failure> {
    if let (Some(account), Some(contract)) = (closed.account, closed.contract)
        && let Some(basis) = basis_of(environment, provider, account, contract, at).await?
    {
        return Ok(basis);
    }
    basis(environment, provider, closed.account, at).await
}

/// A request that follows a closed one, with its customer, contract, product and people. Its words are yet to be
/// said.
pub(crate) fn following(
    environment: &Environment,
    closed: &Ticket,
    basis: &Basis,
    now: Instant,
) -> NewTicket {
    let is_carried = |name: &str| {
        let kind = basis.terms.fact(name).map(|rule| &rule.kind);
        CARRIED.contains(&name) || matches!(kind, Some(FactType::Product | FactType::Version))
    };
    let mut said = Facts::new();
    for (name, value) in closed.facts.iter().filter(|(name, _)| is_carried(name.as_str())) {
        said.set(name.clone(), value.clone());
    }
    let nothing = ContentRef { id: ContentId(0), digest: String::new() };
    NewTicket {
        id: TicketId(environment.new_id()),
        provider: closed.provider.clone(),
        account: closed.account,
        contact: closed.contact,
        channel: closed.channel.clone(),
        subject: nothing.clone(),
        received_at: now,
        sent_at: now,
        agreement: basis.agreement.clone(),
        contract: basis.contract.as_ref().map(|contract| contract.id),
        facts: basis.facts_on(now, &said),
        message: MessageId(environment.new_id()),
        author: Author::Person { id: closed.contact.unwrap_or(PersonId(0)) },
        body: nothing,
        brought: Brought {
            follows: Some(closed.id),
            followers: closed.followers.clone(),
            ..Brought::default()
        },
    }
}
