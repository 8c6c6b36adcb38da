use crate::id::AccountId;
use crate::notice::{Audience, Notice};
use crate::person::{Actor, Person, Role};
use crate::refusal::Refusal;
use crate::rights::{Capacity, Right, Standing};
use crate::ticket::Ticket;
use terms::{Permission, Terms};

impl Right {
    /// Whether the actor may do the act of this right, whose name agreements use for its permission:
    /// the agreement's own permission decides where there is one, else the trade's rule, by which
    /// agents may do all and customers what the table gives a requester.
    ///
    /// # Errors
    /// Refused with the clause that keeps the act to others.
    pub fn permit(self, actor: &Actor, terms: &Terms) -> Result<(), Refusal> {
        self.permit_by(terms.permission(self.name()), actor, terms)
    }

    /// The same, by a permission that was found already.
    pub(crate) fn permit_by(
        self,
        permission: Option<&Permission>,
        actor: &Actor,
        terms: &Terms,
    ) -> Result<(), Refusal> {
        let side = actor.side();
        if side == "system" {
            return Ok(());
        }
        let refuse = |clause| Refusal::NotPermitted { act: self.name().to_owned(), clause };
        match permission {
            Some(permission) if grants(&permission.who, side, terms) => Ok(()),
            Some(permission) => Err(refuse(Some(permission.clause.clone()))),
            None if side == "agent" || self.is_given_to(Capacity::Requester) => Ok(()),
            None => Err(refuse(None)),
        }
    }
}

/// Whether those who may are a side, or a role of the document that stands on it.
pub(crate) fn grants(who: &[String], side: &str, terms: &Terms) -> bool {
    let staff_role = |role: &String| {
        terms.roles.iter().any(|known| known.name == *role && known.side == terms::Side::Provider)
    };
    // Which of the provider's people has which role is the table's business.
    let is_rank = |role: &String| matches!(Role::parse(role), Some(Role::Lead | Role::Manager | Role::Admin));
    // Which contact has a role that the document names is looked up before, where contacts are known.
    let of_customer = |role: &String| {
        terms.roles.iter().any(|known| known.name == *role && known.side == terms::Side::Customer)
    };
    who.iter().any(|who| {
        (side == "customer" && of_customer(who))
            || who == side
            || (side == "agent" && (staff_role(who) || is_rank(who)))
            || (side == "customer" && who == "contact")
    })
}

/// Whether a person may see a request at all; `standings` are the roles of a contact in accounts. Who
/// may not is told that there is none.
#[must_use]
pub fn may_see(person: &Person, standings: &[Standing], ticket: &Ticket) -> bool {
    if person.provider != ticket.provider {
        return false;
    }
    match person.role {
        Role::Agent | Role::Lead | Role::Manager | Role::Admin => true,
        Role::Contact => standings.iter().any(|standing| Some(standing.account) == ticket.account),
    }
}

/// Whether the table of rights gives a person a right in an account, or without one; `standings` are the
/// roles of a contact in accounts.
#[must_use]
pub fn may_in(person: &Person, standings: &[Standing], right: Right, account: Option<AccountId>) -> bool {
    match person.role.capacity() {
        Some(capacity) => right.is_given_to(capacity),
        None => standings
            .iter()
            .any(|known| Some(known.account) == account && right.is_given_to(known.role.capacity())),
    }
}

/// Whether a person may be told something of a request: they may see it, and customers read no more than
/// is meant for them. Who asked before anybody knew for whom is told of that all the same.
#[must_use]
pub fn may_be_told(person: &Person, standings: &[Standing], ticket: &Ticket, notice: &Notice) -> bool {
    let is_theirs = ticket.account.is_none() && ticket.contact == Some(person.id);
    if person.provider != ticket.provider || !(is_theirs || may_see(person, standings, ticket)) {
        return false;
    }
    match notice.to {
        Audience::Requester => true,
        Audience::Followers => person.role.is_staff() || notice.kind.is_for_customers(),
        Audience::Owner | Audience::Role { .. } => person.role.is_staff(),
    }
}
