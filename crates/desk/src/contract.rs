use crate::id::{AccountId, ContractId};
use calendar::LocalDate;
use serde::{Deserialize, Serialize};
use terms::{AgreementName, FactValue, Facts};

/// An account's subscription: a version of an agreement, parameter values and dates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contract {
    /// Its id.
    pub id: ContractId,
    /// Whose it is.
    pub account: AccountId,
    /// The agreement in force.
    pub agreement: AgreementName,
    /// Values of the agreement's parameters, and facts that the contract supplies.
    pub parameters: Facts,
    /// First day, in the agreement's zone.
    pub from: LocalDate,
    /// Last day, in the agreement's zone; none while open-ended.
    pub to: Option<LocalDate>,
}

impl Contract {
    /// Whether it is in force on a day of the agreement's zone.
    #[must_use]
    pub fn is_active_on(&self, day: LocalDate) -> bool {
        self.from <= day && self.to.is_none_or(|last| day <= last)
    }

    /// What the contract tells of a request received on a day: its parameters, and whether it is
    /// in force (`contract_active`).
    #[must_use]
    pub fn facts_on(&self, day: LocalDate) -> Facts {
        self.parameters.clone().with("contract_active", FactValue::YesNo(self.is_active_on(day)))
    }
}
