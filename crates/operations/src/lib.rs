//! The imperative shell: what the desk does, one file per deed.
//!
//! Here time is read, ids are made, the store is asked and the core decides. Every change of a
//! request goes through [`carry_out`], the only writer; agents, customers, letters and clocks
//! differ only in the command they bring. Nothing here knows HTML, HTTP or SQL.
//!
//! Start reading at [`Environment`], then `carry_out.rs`, then `make_rounds.rs`.

mod act_for;
mod adopt_agreement;
mod answering;
mod archive;
mod assign_requests;
mod at_work;
mod attribute_time;
mod bind_tickets;
mod browser_pass;
mod carry_out;
mod certificate;
mod change_agreement;
mod check_facts;
mod check_id_token;
mod check_passkey;
mod clean_pages;
mod command_form;
mod command_ticket;
mod courtesy;
mod deliver_letters;
mod deliver_notices;
mod destroy_account;
mod destroy_merged;
mod done;
mod enter_by_openid;
mod enter_by_passkey;
mod environment;
mod erase_person;
mod error;
mod explain_ticket;
mod export_account;
mod export_person;
mod fill_fields;
mod fill_template;
mod find_ticket;
mod fire_rules;
mod folded;
mod follow_changes;
mod follow_ticket;
mod forget_outlived;
mod gathered;
mod installation;
mod invite_person;
mod keep_absences;
mod keep_account_people;
mod keep_assignment;
mod keep_clocks;
mod keep_drafts;
mod keep_fields;
mod keep_identities;
mod keep_journal;
mod keep_keys;
mod keep_licences;
mod keep_looks;
mod keep_mail;
mod keep_mail_keys;
mod keep_mail_templates;
mod keep_named_contacts;
mod keep_notices;
mod keep_passkeys;
mod keep_people;
mod keep_retention;
mod keep_rules;
mod keep_storage;
mod keep_teams;
mod keep_texts;
mod keep_tombstones;
mod keep_webhooks;
mod key_ring;
mod limit;
mod list_accounts;
mod list_changes;
mod list_people;
mod list_recipients;
mod list_tickets;
mod make_rounds;
mod mark_ticket;
mod move_clock;
mod note_attempt;
mod open_ticket;
mod openid;
mod parse_search;
mod password;
mod password_tries;
mod preview_time;
mod proof;
mod prove;
mod provision;
mod publish_release;
mod pulse;
mod read_command;
mod read_told;
mod receive_letter;
mod recount_clocks;
mod redact;
mod redaction;
mod redirect_letter;
mod register;
mod remove_entry;
mod remove_sources;
mod report_rights;
mod resolve_search;
mod scan_files;
mod seal;
mod seal_day;
mod seal_second_factors;
mod search_operator;
mod send_at_once;
mod send_letter;
mod set_up;
mod show_letter;
mod sign_file_link;
mod sign_in;
mod sign_rating_link;
mod sign_webhook;
mod signed_link;
mod still_told;
mod store_history;
mod strip_metadata;
mod take_post;
mod take_return;
mod tell_histories;
mod tell_key_change;
mod tell_webhooks;
mod totp;
mod traces;
mod turns;
mod unsubscribe;
mod use_texts;
mod view_agreement;
mod view_ticket;
mod viewer;
mod webhook_event;
mod word_notice;

pub use adopt_agreement::{AdoptError, adopt_agreement};
pub use answering::AnsweringView;
pub use archive::Export;
pub use assign_requests::AwaitedOpening;
pub use at_work::Talents;
pub use attribute_time::TimeTaken;
pub use browser_pass::PASS_SECONDS;
pub use certificate::{Certificate, Destroyed, Stays, check_certificate, verify_certificate};
pub use change_agreement::{
    AgreementChange, ChangeReport, MovedClock, NewTerms, change_agreement, change_agreement_as,
};
pub use check_facts::{check_facts, contract_values};
pub use clean_pages::{PageScrub, scrub};
pub use command_form::{
    COMMANDS, CommandField, CommandForm, FieldKind, Known, Weight, check_fields, command_form,
};
pub use command_ticket::{Once, Request, command_ticket, command_ticket_once};
pub use courtesy::letters_to_strangers;
pub use deliver_notices::deliver_notices;
pub use destroy_account::{
    AccountPrivacy, DestructionAsked, DestructionReport, DestructionRow, account_for_privacy,
    destroy_account, destroy_account_here, find_accounts, list_destructions, resume_destructions,
};
pub use done::Done;
pub use enter_by_openid::{
    Arrival, Departure, OpenIdWay, begin_openid, enter_by_openid, openid_way, openid_ways,
};
pub use enter_by_passkey::{PasskeyAnswer, PasskeyRequest, begin_passkey_sign_in, enter_by_passkey};
pub use environment::{Environment, Installation, PostRules, ProductClock};
pub use erase_person::{
    ErasureReport, ErasureRow, erase_person, erase_person_here, find_people, list_erasures,
    person_for_privacy, resume_erasures,
};
pub use error::Failure;
pub use explain_ticket::{ClockExplanation, explain_ticket};
pub use export_account::{export_account, export_account_here};
pub use export_person::{export_person, export_person_here};
pub use fill_fields::FieldView;
pub use fill_template::TEMPLATE_NAMES;
pub use fire_rules::rehearse_rule;
pub use follow_changes::follow_changes;
pub use forget_outlived::forget_outlived;
pub use installation::{
    AccountStorage, IdleTimes, IssuerReach, KeyRules, MailsPerDomain, SecondFactor, WebhookReach,
};
pub use invite_person::invite_person;
pub use keep_absences::{
    AbsenceRecord, NewAbsence, StaffRecord, end_absence, keep_absence, keep_talents, list_staff,
};
pub use keep_account_people::{
    AccountPeople, AccountPerson, AskedIn, change_account_person, invite_to_account, view_account_people,
};
pub use keep_assignment::{
    AdviserRecord, AssignTo, AssignmentChoices, AssignmentRule, assignment_choices, list_advisers,
    list_assignment_rules, name_adviser, put_assignment_rule, remove_assignment_rule,
};
pub use keep_clocks::keep_clocks;
pub use keep_drafts::{DraftForm, DraftsView, forget_draft, keep_draft, view_drafts};
pub use keep_fields::{
    CustomField, FieldChoice, FieldType, RequiredBy, list_fields, put_field, remove_field, view_field,
};
pub use keep_identities::{IdentityView, remove_identity, remove_person_identity};
pub use keep_journal::{Deed, DeedOutcome, JournalRow, note_deed, read_journal, write_journal};
pub use keep_keys::{
    KeysView, NewPassword, SessionView, TOKEN_DAYS, TokenView, begin_second_factor, confirm_second_factor,
    end_sessions, end_token, make_token, remove_second_factor, renew_recovery_codes, renew_token,
    set_password, view_keys,
};
pub use keep_licences::{
    Licence, LicenceKind, LicenceState, LicencesView, put_licence, remove_licence, view_licences,
};
pub use keep_looks::{LookFilter, LookRow, Looking, Sight, note_look, read_looks, write_looks};
pub use keep_mail::{
    KeptLetterView, KeptMail, UndeliveredView, discard_kept_letter, list_kept_mail, read_kept_letter,
    take_in_again,
};
pub use keep_mail_keys::{
    MailKeyView, distrust_mail_key, list_mail_keys, trust_mail_keys, trust_mail_keys_of,
};
pub use keep_mail_templates::{
    MailWording, WordedMail, list_mail_wordings, mail_gaps, preview_mail_wording, put_mail_wording,
};
pub use keep_named_contacts::{
    NamedContactsView, NamedRole, name_contacts, tell_of_missing_contacts, view_named_contacts,
};
pub use keep_notices::{keep_notice_choice, notice_choice};
pub use keep_passkeys::{PasskeyCreation, PasskeyView, begin_passkey, finish_passkey, remove_passkey};
pub use keep_people::{
    NewPerson, PersonChange, change_person, end_person_sessions, give_standing, make_person,
    reset_second_factor,
};
pub use keep_retention::{
    AccountRetention, HOURS_BEFORE, Kept, Retention, RetentionView, SweptView, set_retention, view_retention,
};
pub use keep_rules::{After, Rule, Since, Tell, is_for_rules, list_rules, put_rule, remove_rule, view_rule};
pub use keep_storage::{StoredFiles, room_for_upload, stored_files};
pub use keep_teams::{TeamRecord, keep_team_hours, list_teams, make_team, rename_team, team_calendars};
pub use keep_texts::{
    CannedReply, Macro, MacroStep, list_macros, list_replies, put_macro, put_reply, remove_macro,
    remove_reply, view_macro, view_reply,
};
pub use keep_tombstones::{Tombstone, complete_tombstones, read_tombstones, replay_tombstones};
pub use keep_webhooks::{
    DeliveriesView, DeliveryRow, WebhookChange, WebhookStanding, WebhookView, change_webhook,
    list_deliveries, list_webhooks, make_webhook, remove_webhook, replay_delivery, rotate_webhook_secret,
    seal_webhook_secrets, test_webhook, view_webhook,
};
pub use key_ring::{Former, Signed, rotate_key, seal_signing_keys};
pub use limit::{Limit, Limits, RequestRates};
pub use list_accounts::{AccountList, AccountRecord, list_accounts, own_accounts, view_account};
pub use list_changes::{
    ChangeKind, ChangesWanted, SETTING_KINDS, SettingChange, SettingDifference, list_changes,
};
pub use list_people::{
    AccountStanding, PeopleFilter, PeopleList, PeopleSide, PersonRecord, list_people, view_person,
};
pub use list_recipients::{Recipient, RecipientKind, RecipientOf, list_recipients};
pub use list_tickets::{QueueFilter, QueueKind, QueueOrder, QueueRow, QueueView, list_tickets};
pub use make_rounds::{Rounds, make_round, settle};
pub use move_clock::{move_clock, restore_clock};
pub use note_attempt::{Attempt, note_attempt};
pub use open_ticket::{
    AdvisedWay, LookFirst, NewFile, NewRequest, Preview, open_ticket, open_ticket_unshown, preview_ticket,
};
pub use openid::OpenIdProvider;
pub use parse_search::{SearchProblem, SearchProblemKind};
pub use preview_time::preview_time;
pub use proof::Proof;
pub use prove::{
    Admitted, Enrolment, SecondStep, enter_by_code, enter_by_password, second_step, take_second_step,
};
pub use provision::{
    Directory, KeptChange, KeptPerson, change_kept_person, directory_of, keep_person, kept_people,
    kept_person,
};
pub use publish_release::{Release, ReleaseKind, list_releases, publish_release, remove_release};
pub use pulse::{Loop, Pulse};
pub use read_command::{read_command, read_duration, untyped_facts};
pub use receive_letter::{Post, Received, receive_letter};
pub use recount_clocks::{Recounted, recount_clocks};
pub use redact::redact;
pub use redaction::Redaction;
pub use redirect_letter::opens_by_mail;
pub use register::{DataClass, RegisteredTable, register, unregistered};
pub use remove_sources::{give_up_abandoned_letters, leaving_letters, note_removal};
pub use report_rights::{PersonRights, TokenRights, report_rights};
pub use scan_files::{FileScan, Scanner, scan_files};
pub use seal_day::{Seal, new_sealing_key, seal_day, verify_checkpoints, verify_journals};
pub use seal_second_factors::{SealingFault, SealingKey, seal_second_factors};
pub use search_operator::{SearchOperator, SearchValue};
pub use set_up::{set_up, set_up_choices, set_up_token};
pub use show_letter::{ShownLetter, show_letter};
pub use sign_file_link::{follow_file_link, sign_file_link};
pub use sign_in::{
    Entered, LINK_SECONDS, Origin, SignInLink, enter, is_demonstration_link, issue_token, issue_token_here,
    request_link, sign_out, staff, viewer_of_session, viewer_of_token, visitor_of_session,
};
pub use sign_rating_link::{RatingAsked, follow_rating_link, rate_by_link};
pub use store_history::{History, PastMessage, store_histories};
pub use take_post::{PostRoom, believed};
pub use tell_histories::tell_histories;
pub use tell_webhooks::tell_webhooks;
pub use unsubscribe::{Topic, Unsubscribing, follow_unsubscribe_link, keep_subscription, unsubscribe};
pub use use_texts::{fill_reply, run_macro};
pub use view_agreement::{AdoptionView, AgreementPage, AgreementView, list_agreements, view_agreement};
pub use view_ticket::{
    AuthorView, ClaimDecisionView, ClaimView, ClockView, ContractView, DeliveryView, FileView,
    InterpretationView, JudgementView, MessageView, PersonView, SignatureView, TicketView, TimelineEntry,
    read_file, view_ticket,
};
pub use viewer::{Scope, Via, Viewer};
pub use webhook_event::{WEBHOOK_KINDS, WEBHOOK_PATTERNS};
pub use word_notice::turn_word;
