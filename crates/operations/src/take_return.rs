use crate::carry_out::{Baggage, carry_out};
use crate::environment::Environment;
use crate::error::Failure;
use crate::seal::Sealed;
use desk::{Actor, NoticeId, ProviderId, Return, TicketCommand, TicketId};
use mail::BounceClass;
use store::{AddressStanding, InboxEntry, Recipient};

/// What a mail server said of a letter of ours that it did not deliver.
pub(crate) struct Returned<'a> {
    pub(crate) provider: &'a ProviderId,
    pub(crate) ticket: TicketId,
    pub(crate) notice: NoticeId,
    pub(crate) kind: String,
    pub(crate) to: &'a Recipient,
    pub(crate) class: Return,
    pub(crate) said: &'a str,
}

/// Takes a return in: it becomes the state of the address and of the letter on its request, and a
/// notice to whoever takes care of it. Gives the request's number.
pub(crate) async fn take_return(
    environment: &Environment,
    returned: Returned<'_>,
    inbox: Option<InboxEntry>,
) -> Result<String, Failure> {
    let Returned { provider, ticket, notice, kind, to, class, said } = returned;
    if class != Return::Delay {
        let standing = AddressStanding { class, reason: said.to_owned(), at: environment.now() };
        environment.store.put_address_standing(provider, &to.address, &standing).await?;
    }
    let mut sealed = Sealed::default();
    let reason = sealed.text(environment, said);
    let command = TicketCommand::NoteReturned { notice, kind, to: to.person, class, reason };
    let returned = match class {
        Return::Delay => Vec::new(),
        Return::Hard | Return::Soft => vec![(notice, said.to_owned())],
    };
    let baggage = Baggage { sealed, inbox, returned, ..Baggage::default() };
    let carried = carry_out(environment, provider, ticket, command, &Actor::System, None, baggage).await?;
    Ok(carried.number)
}

/// How bad a report is, as the desk says it; a receipt is no return and counts as late at most.
pub(crate) fn return_of(class: BounceClass) -> Return {
    match class {
        BounceClass::Hard => Return::Hard,
        BounceClass::Soft => Return::Soft,
        BounceClass::Delay | BounceClass::Delivered => Return::Delay,
    }
}
