use crate::person::{Actor, Person, Role};
use crate::refusal::Refusal;
use crate::rights::{Capacity, Right, Standing};
use crate::ticket::Ticket;
use terms::Terms;

/// An act of the desk, by the name that agreements use for its permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Act {
    /// Opening a request.
    Open,
    /// Writing to the other side.
    Reply,
    /// Writing to colleagues alone.
    Note,
    /// Taking or giving the request.
    Assign,
    /// Setting the severity.
    SetSeverity,
    /// Setting other facts.
    Classify,
    /// Deciding on coverage.
    JudgeCoverage,
    /// Waiting for somebody, and going on.
    Wait,
    /// Handing over to the software's vendor, and taking back.
    PassToVendor,
    /// Ending the work with an outcome.
    Resolve,
    /// Confirming that it is solved.
    Confirm,
    /// Closing.
    Close,
    /// Opening again.
    Reopen,
}

impl Act {
    /// The name of its permission in agreements.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Reply => "reply",
            Self::Note => "note",
            Self::Assign => "assign",
            Self::SetSeverity => "set_severity",
            Self::Classify => "classify",
            Self::JudgeCoverage => "judge_coverage",
            Self::Wait => "wait",
            Self::PassToVendor => "pass_to_vendor",
            Self::Resolve => "resolve",
            Self::Confirm => "confirm",
            Self::Close => "close",
            Self::Reopen => "reopen",
        }
    }

    /// Its row in the table of rights.
    #[must_use]
    pub fn right(self) -> Right {
        match self {
            Self::Open => Right::Open,
            Self::Reply => Right::Reply,
            Self::Note => Right::Note,
            Self::Assign => Right::Assign,
            Self::SetSeverity => Right::SetSeverity,
            Self::Classify => Right::Classify,
            Self::JudgeCoverage => Right::JudgeCoverage,
            Self::Wait => Right::Wait,
            Self::PassToVendor => Right::PassToVendor,
            Self::Resolve => Right::Resolve,
            Self::Confirm => Right::Confirm,
            Self::Close => Right::Close,
            Self::Reopen => Right::Reopen,
        }
    }

    /// What the trade allows a customer where the agreement says nothing. Agents may do all.
    fn is_open_to_customers(self) -> bool {
        self.right().is_given_to(Capacity::Requester)
    }

    /// Whether the actor may: the agreement's own permission decides where there is one, else the
    /// trade's rule.
    ///
    /// # Errors
    /// Refused with the clause that keeps the act to others.
    pub fn permit(self, actor: &Actor, terms: &Terms) -> Result<(), Refusal> {
        let side = actor.side();
        if side == "system" {
            return Ok(());
        }
        let refuse = |clause| Refusal::NotPermitted { act: self.name().to_owned(), clause };
        match terms.permission(self.name()) {
            Some(permission) => {
                let staff_role = |role: &String| {
                    terms.roles.iter().any(|known| known.name == *role && known.side == terms::Side::Provider)
                };
                let granted = permission.who.iter().any(|who| {
                    who == side
                        || (side == "agent" && staff_role(who))
                        || (side == "customer" && who == "contact")
                });
                if granted { Ok(()) } else { Err(refuse(Some(permission.clause.clone()))) }
            }
            None if side == "agent" || self.is_open_to_customers() => Ok(()),
            None => Err(refuse(None)),
        }
    }
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
