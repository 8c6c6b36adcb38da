use crate::carry_out::{Baggage, carry_out_at_once};
use crate::environment::Environment;
use crate::error::Failure;
use crate::folded::Folded;
use desk::{Actor, Ticket, TicketCommand};
use std::collections::BTreeSet;

/// Destroys of a request that goes on in another what a duty of that one's document destroyed there, or of one in which
/// that one goes on. A commit that destroys, or that merges, asks a round for it in its own transaction.
///
/// # Errors
/// - somebody changed the request meanwhile: it is looked at again;
/// - the store fails.
pub(crate) async fn destroy_merged(environment: &Environment, ticket: &Ticket) -> Result<(), Failure> {
    let provider = &ticket.provider;
    let mut commands = Vec::new();
    let mut passed = BTreeSet::from([ticket.id]);
    let mut bond = ticket.merged_into.zip(ticket.merged_at);
    while let Some((into, since)) = bond.filter(|(into, _)| passed.insert(*into)) {
        let other = Folded::read(environment, provider, into).await?.ticket;
        let terms = environment.terms(provider, &other.agreement).await?;
        let duties = other.destroys_with_it(&terms, since).into_iter();
        commands.extend(duties.map(|(duty, found)| TicketCommand::DestroyWith { duty, found }));
        bond = other.merged_into.zip(other.merged_at.map(|at| at.max(since)));
    }
    if commands.is_empty() {
        return Ok(());
    }
    let baggage = Baggage { unnoticed: true, ..Baggage::default() };
    let expected = Some(ticket.version);
    carry_out_at_once(environment, provider, ticket.id, commands, &Actor::System, expected, baggage).await
}
