use crate::id::AccountId;
use crate::person::Role;
use serde::{Deserialize, Serialize};

/// What a door or a deed asks of whoever comes. Every route and every command names one; the table
/// below is the only place that says who has it, and screens, checks and tests all read it there.
///
/// A right opens the door. Behind it the object counts too: a request is shown to those who
/// [`crate::may_see`] it, and an agreement may keep an act to some ([`Right::permit`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Right {
    /// Pages before somebody has signed in, and what explains errors.
    Enter,
    /// Whether the program lives, and its figures.
    Watch,
    /// What only a demonstration has.
    PlayDemonstration,
    /// One's own sessions, password, second factor and tokens.
    KeepOwnKeys,
    /// Being told what changes.
    FollowChanges,
    /// The desk where requests are answered.
    UseWorkspace,
    /// The customer's pages.
    UsePortal,
    /// Reading requests, their files and why they fall due.
    ReadRequests,
    /// Reading agreements.
    ReadAgreements,
    /// Opening a request for somebody else.
    OpenForOthers,
    /// Opening a request.
    Open,
    /// Writing to the other side.
    Reply,
    /// Writing to colleagues alone.
    Note,
    /// Taking or giving a request.
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
    /// Telling the customer how the work goes on.
    Update,
    /// Asking how the work goes on.
    RequestUpdate,
    /// Noting a call to the customer.
    LogCall,
    /// Proposing a call or a meeting.
    ProposeMeeting,
    /// Noting a step that the agreement speaks of.
    Milestone,
    /// Handing over to another team.
    HandOver,
    /// Not agreeing with what was set.
    Contest,
    /// Taking what is not covered.
    AcceptException,
    /// Refusing a request, with the clause.
    Decline,
    /// Judging that a request is work of another kind.
    Convert,
    /// Asking the customer for something.
    Ask,
    /// Saying that a duty is done, or cannot be.
    AnswerDuty,
    /// Asking somebody above to look at a request.
    Escalate,
    /// Asking for an escalation.
    AskEscalation,
    /// Granting an escalation, or not.
    DecideEscalation,
    /// Agreeing on a rhythm or target for one request.
    Agree,
    /// Putting a request off.
    Snooze,
    /// Following a request: being told what happens on it.
    FollowRequest,
    /// Noting time spent.
    LogTime,
    /// Saying that it is not solved.
    RefuseResolution,
    /// Takes back an answer that has not left.
    Undo,
    /// Merging, taking apart, splitting and linking.
    Merge,
    /// Who works here and who may do what.
    KeepPeople,
    /// What was done and refused, by whom and from where.
    ReadAudit,
    /// Handing somebody all that is stored about them, and erasing it.
    KeepPrivacy,
    /// Addresses of other programs that are told what happens.
    KeepWebhooks,
    /// Who else of one's own account may ask.
    KeepAccountPeople,
    /// Canned replies and macros, for all of a desk.
    KeepTexts,
    /// Letters that became no request, and those that were not delivered.
    KeepMail,
    /// Keeping people from a directory elsewhere: by its own token, never by a person.
    Provision,
    /// Rules that act by themselves.
    KeepRules,
    /// Putting agreements and contracts in force under requests that run.
    KeepAgreements,
    /// Filling fields that the provider added.
    SetFields,
    /// Which fields a provider adds to requests.
    KeepFields,
    /// Saying how one was helped.
    Rate,
    /// Claiming what an agreement gives.
    Claim,
    /// Deciding on a claim.
    DecideClaim,
    /// Blacking out what should not stand in a request, for good.
    Redact,
}

/// In which capacity somebody comes: the columns of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Capacity {
    /// Nobody is signed in.
    Stranger,
    /// A person of the provider, by role.
    Agent,
    /// As above.
    Lead,
    /// As above.
    Manager,
    /// As above.
    Admin,
    /// A contact, by the role in the account.
    Reader,
    /// As above.
    Requester,
    /// As above.
    AccountManager,
}

/// What a contact may do for one account. A reseller is a contact with a role in several accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountRole {
    /// Reads its requests and its agreement.
    Reader,
    /// Asks, answers and confirms as well.
    Requester,
    /// And says who else may.
    Manager,
}

/// The role of a contact in an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Standing {
    /// Where.
    pub account: AccountId,
    /// As what.
    pub role: AccountRole,
}

/// Who has which right. A column a capacity, in the order of [`Capacity::ALL`]; `x` is yes.
#[rustfmt::skip]
static TABLE: [(Right, &str); 61] = [
    // stranger | agent lead manager admin | reader requester account_manager
    (Right::Enter,             "x xxxx xxx"),
    (Right::Watch,             "x xxxx xxx"),
    (Right::PlayDemonstration, "x xxxx xxx"),
    (Right::KeepOwnKeys,       "- xxxx xxx"),
    (Right::FollowChanges,     "- xxxx xxx"),
    (Right::UseWorkspace,      "- xxxx ---"),
    (Right::UsePortal,         "- ---- xxx"),
    (Right::ReadRequests,      "- xxxx xxx"),
    (Right::ReadAgreements,    "- xxxx xxx"),
    (Right::OpenForOthers,     "- xxxx ---"),
    (Right::Open,              "- xxxx -xx"),
    (Right::Reply,             "- xxxx -xx"),
    (Right::Note,              "- xxxx ---"),
    (Right::Assign,            "- xxxx ---"),
    (Right::SetSeverity,       "- xxxx ---"),
    (Right::Classify,          "- xxxx ---"),
    (Right::JudgeCoverage,     "- xxxx ---"),
    (Right::Wait,              "- xxxx ---"),
    (Right::PassToVendor,      "- xxxx ---"),
    (Right::Resolve,           "- xxxx ---"),
    (Right::Confirm,           "- xxxx -xx"),
    (Right::Close,             "- xxxx ---"),
    (Right::Reopen,            "- xxxx -xx"),
    (Right::Update,            "- xxxx ---"),
    (Right::RequestUpdate,     "- xxxx -xx"),
    (Right::LogCall,           "- xxxx ---"),
    (Right::ProposeMeeting,    "- xxxx ---"),
    (Right::Milestone,         "- xxxx -xx"),
    (Right::HandOver,          "- xxxx ---"),
    (Right::Contest,           "- xxxx -xx"),
    (Right::AcceptException,   "- xxxx ---"),
    (Right::Decline,           "- xxxx ---"),
    (Right::Convert,           "- xxxx ---"),
    (Right::Ask,               "- xxxx ---"),
    (Right::AnswerDuty,        "- xxxx -xx"),
    (Right::Escalate,          "- xxxx ---"),
    (Right::AskEscalation,     "- xxxx -xx"),
    (Right::DecideEscalation,  "- xxxx ---"),
    (Right::Agree,             "- xxxx ---"),
    (Right::Snooze,            "- xxxx ---"),
    (Right::FollowRequest,     "- xxxx xxx"),
    (Right::LogTime,           "- xxxx ---"),
    (Right::RefuseResolution,  "- xxxx -xx"),
    (Right::Undo,              "- xxxx ---"),
    (Right::Merge,             "- xxxx ---"),
    (Right::KeepPeople,        "- ---x ---"),
    (Right::ReadAudit,         "- ---x ---"),
    (Right::KeepPrivacy,       "- ---x ---"),
    (Right::KeepWebhooks,      "- --xx ---"),
    (Right::KeepAccountPeople, "- ---- --x"),
    (Right::KeepTexts,         "- -xxx ---"),
    (Right::KeepMail,          "- --xx ---"),
    (Right::Provision,         "- ---- ---"),
    (Right::KeepRules,         "- --xx ---"),
    (Right::KeepAgreements,    "- --xx ---"),
    (Right::SetFields,         "- xxxx -xx"),
    (Right::KeepFields,        "- --xx ---"),
    (Right::Rate,              "- ---- -xx"),
    (Right::Claim,             "- xxxx -xx"),
    (Right::DecideClaim,       "- --xx ---"),
    (Right::Redact,            "- -xxx ---"),
];

impl Right {
    /// Every right with the capacities that have it, in the order of the table.
    pub fn all() -> impl Iterator<Item = (Self, Vec<Capacity>)> {
        TABLE.iter().map(|(right, _)| {
            let holders = Capacity::ALL.into_iter().filter(|capacity| right.is_given_to(*capacity));
            (*right, holders.collect())
        })
    }

    /// Its name, as journals and documents write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Enter => "enter",
            Self::Watch => "watch",
            Self::PlayDemonstration => "play_demonstration",
            Self::KeepOwnKeys => "keep_own_keys",
            Self::FollowChanges => "follow_changes",
            Self::UseWorkspace => "use_workspace",
            Self::UsePortal => "use_portal",
            Self::ReadRequests => "read_requests",
            Self::ReadAgreements => "read_agreements",
            Self::OpenForOthers => "open_for_others",
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
            Self::Update => "update",
            Self::RequestUpdate => "request_update",
            Self::LogCall => "log_call",
            Self::ProposeMeeting => "propose_meeting",
            Self::Milestone => "milestone",
            Self::HandOver => "hand_over",
            Self::Contest => "contest",
            Self::AcceptException => "accept_exception",
            Self::Decline => "decline",
            Self::Convert => "convert",
            Self::Ask => "ask",
            Self::AnswerDuty => "answer_duty",
            Self::Escalate => "escalate",
            Self::AskEscalation => "ask_escalation",
            Self::DecideEscalation => "decide_escalation",
            Self::Agree => "agree",
            Self::Snooze => "snooze",
            Self::FollowRequest => "follow_request",
            Self::LogTime => "log_time",
            Self::RefuseResolution => "refuse_resolution",
            Self::Undo => "undo",
            Self::Merge => "merge",
            Self::KeepPeople => "keep_people",
            Self::ReadAudit => "read_audit",
            Self::KeepPrivacy => "keep_privacy",
            Self::KeepWebhooks => "keep_webhooks",
            Self::KeepAccountPeople => "keep_account_people",
            Self::KeepTexts => "keep_texts",
            Self::KeepMail => "keep_mail",
            Self::Provision => "provision",
            Self::KeepRules => "keep_rules",
            Self::KeepAgreements => "keep_agreements",
            Self::SetFields => "set_fields",
            Self::KeepFields => "keep_fields",
            Self::Rate => "rate",
            Self::Claim => "claim",
            Self::DecideClaim => "decide_claim",
            Self::Redact => "redact",
        }
    }

    /// Whether the table gives it to a capacity.
    #[must_use]
    pub fn is_given_to(self, capacity: Capacity) -> bool {
        let (_, columns) = TABLE[self as usize];
        columns.bytes().filter(|letter| *letter != b' ').nth(capacity as usize) == Some(b'x')
    }

    /// Whether anybody who has not signed in has it.
    #[must_use]
    pub fn is_public(self) -> bool {
        self.is_given_to(Capacity::Stranger)
    }
}

impl Capacity {
    /// Every capacity, in the order of the table's columns.
    pub const ALL: [Self; 8] = [
        Self::Stranger,
        Self::Agent,
        Self::Lead,
        Self::Manager,
        Self::Admin,
        Self::Reader,
        Self::Requester,
        Self::AccountManager,
    ];

    /// Whether somebody of the provider comes.
    #[must_use]
    pub fn is_staff(self) -> bool {
        matches!(self, Self::Agent | Self::Lead | Self::Manager | Self::Admin)
    }
}

impl Role {
    /// The capacity of a person of the provider; none for contacts, who have one in each account.
    #[must_use]
    pub fn capacity(self) -> Option<Capacity> {
        match self {
            Self::Agent => Some(Capacity::Agent),
            Self::Lead => Some(Capacity::Lead),
            Self::Manager => Some(Capacity::Manager),
            Self::Admin => Some(Capacity::Admin),
            Self::Contact => None,
        }
    }
}

impl AccountRole {
    /// Every role, the least first.
    pub const ALL: [Self; 3] = [Self::Reader, Self::Requester, Self::Manager];

    /// The capacity that it gives.
    #[must_use]
    pub fn capacity(self) -> Capacity {
        match self {
            Self::Reader => Capacity::Reader,
            Self::Requester => Capacity::Requester,
            Self::Manager => Capacity::AccountManager,
        }
    }

    /// The role as it is stored and written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reader => "reader",
            Self::Requester => "requester",
            Self::Manager => "manager",
        }
    }

    /// The role that a text names.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::{Capacity, Right, TABLE};

    #[test]
    fn every_row_has_a_column_for_each_capacity_and_stands_once() {
        for (place, (right, columns)) in TABLE.iter().enumerate() {
            let marks: Vec<char> = columns.chars().filter(|mark| *mark != ' ').collect();
            assert_eq!(marks.len(), Capacity::ALL.len(), "{right:?}");
            assert!(marks.iter().all(|mark| "x-".contains(*mark)), "{right:?}");
            assert_eq!(*right as usize, place, "{right:?} stands where the type declares it");
        }
        for (place, capacity) in Capacity::ALL.into_iter().enumerate() {
            assert_eq!(capacity as usize, place, "{capacity:?} stands where the type declares it");
        }
        assert_eq!(Right::Redact as usize + 1, TABLE.len(), "no right is without a row");
    }

    #[test]
    fn strangers_have_what_is_public_and_nothing_else() {
        let public: Vec<Right> =
            Right::all().filter(|(right, _)| right.is_public()).map(|(right, _)| right).collect();
        assert_eq!(public, [Right::Enter, Right::Watch, Right::PlayDemonstration]);
        for (right, holders) in Right::all() {
            assert!(!right.is_public() || holders.len() == Capacity::ALL.len(), "{right:?}");
        }
    }

    #[test]
    fn readers_write_nothing_and_more_role_is_never_less_right() {
        for right in [Right::Open, Right::Reply, Right::Confirm, Right::Reopen] {
            assert!(!right.is_given_to(Capacity::Reader), "{right:?}");
            assert!(right.is_given_to(Capacity::Requester), "{right:?}");
        }
        for ladder in [
            &[Capacity::Agent, Capacity::Lead, Capacity::Manager, Capacity::Admin][..],
            &[Capacity::Reader, Capacity::Requester, Capacity::AccountManager],
        ] {
            for (right, _) in Right::all() {
                for step in ladder.windows(2) {
                    assert!(!right.is_given_to(step[0]) || right.is_given_to(step[1]), "{right:?} {step:?}");
                }
            }
        }
    }
}
