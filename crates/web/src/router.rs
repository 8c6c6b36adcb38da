//! Every route, on one page.

use crate::door::{Door, FORM_BYTES, House, Way};
use crate::state::{Web, WebSettings};
use crate::{
    absence, account, account_privacy, agreement_change, api, asset, assignment, changes, demo, fields, file,
    guard, health, journal, kept_mail, letter, licences, live, looks, mail_templates, metrics, network,
    openid, passkey, people, portal, privacy, problem_page, rating, releases, reports, retention, rights,
    rules, scim, search_help, set_up, settings, sign_in, sound, texts, unsubscribe, webhooks, workspace,
};
use axum::extract::DefaultBodyLimit;
use axum::http::{Method, StatusCode};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::{Router, extract::OriginalUri};
use desk::Right;
use operations::{Environment, Failure};
use std::sync::Arc;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::{
    CompressionLayer, CompressionLevel,
    predicate::{NotForContentType, Predicate as _, SizeAbove},
};

const GET: Method = Method::GET;
const POST: Method = Method::POST;

/// The pages, the API and what else answers over HTTP.
pub fn router(environment: Arc<Environment>, settings: WebSettings) -> Router {
    let web = Web { environment, settings: Arc::new(settings), metrics: Arc::default() };

    let House { router: all, .. } = house(&web);
    guarded(all.fallback(missing), web)
}

/// What lies around every route.
fn guarded(all: Router<Web>, web: Web) -> Router {
    // A stream is not compressed: its events must leave one by one.
    let pages = SizeAbove::new(1024)
        .and(NotForContentType::SSE)
        .and(NotForContentType::new("application/octet-stream"))
        .and(NotForContentType::new("application/zip"));
    // From the outermost to the innermost, as one: a route is copied for each request, with all that lies around it.
    let guards = ServiceBuilder::new()
        .layer(from_fn_with_state(web.clone(), network::find_client))
        .layer(from_fn_with_state(web.clone(), guard::headers))
        .layer(CompressionLayer::new().quality(CompressionLevel::Precise(1)).compress_when(pages))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(web.clone(), guard::rates))
        .layer(from_fn_with_state(web.clone(), guard::hosts))
        .layer(from_fn_with_state(web.clone(), guard::same_site))
        .layer(DefaultBodyLimit::max(FORM_BYTES));
    all.layer(guards).with_state(web)
}

/// Every door of the house with its right, as tests walk them.
#[must_use]
pub fn doors(environment: Arc<Environment>, settings: WebSettings) -> Vec<Door> {
    house(&Web { environment, settings: Arc::new(settings), metrics: Arc::default() }).doors
}

fn house(web: &Web) -> House {
    use Right::{
        Enter, FollowChanges, KeepAccountPeople, KeepAgreements, KeepFields, KeepMail, KeepOwnKeys,
        KeepPeople, KeepPrivacy, KeepRules, KeepTexts, KeepWebhooks, Open, OpenForOthers, PlayDemonstration,
        Provision, ReadAgreements, ReadAudit, ReadRequests, Redact, UsePortal, UseWorkspace, Watch,
    };
    use Way::{Page, Program, Stream};

    let entrance = House::new(web)
        .door(GET, "/", Page, Enter, sign_in::home)
        .door(POST, "/connexion", Page, Enter, sign_in::ask)
        .door(GET, "/entrer/{token}", Page, Enter, sign_in::link)
        .door(POST, "/entrer/{token}", Page, Enter, sign_in::pass)
        .door(GET, "/installer/{token}", Page, Enter, set_up::show)
        .door(POST, "/installer/{token}", Page, Enter, set_up::name)
        .door(POST, "/connexion/cle", Page, Enter, passkey::begin)
        .door(POST, "/connexion/cle/preuve", Page, Enter, passkey::enter)
        .door(GET, "/connexion/openid/{key}", Page, Enter, openid::offer)
        .door(POST, "/connexion/openid/{key}", Page, Enter, openid::leave)
        .door(GET, "/connexion/openid/{key}/retour", Page, Enter, openid::arrive)
        .door(POST, "/connexion/code", Page, Enter, sign_in::code)
        .door(POST, "/connexion/preuve", Page, Enter, sign_in::prove)
        .door(GET, "/compte", Page, KeepOwnKeys, account::show)
        .door(POST, "/compte/{act}", Page, KeepOwnKeys, account::act)
        .door(POST, "/deconnexion", Page, Enter, sign_in::leave)
        .door(POST, "/langue", Page, Enter, sign_in::language)
        .door(GET, "/chercher", Page, ReadRequests, search_help::show)
        .door(GET, live::PATH, Stream, FollowChanges, live::events)
        .door(GET, "/problems/{kind}", Page, Enter, problem_page::show)
        .door_for_reports(reports::PATH, Enter, reports::take)
        .door(GET, "/avis/{link}", Page, Enter, rating::show)
        .door(POST, "/avis/{link}", Page, Enter, rating::give)
        .door(GET, "/desabonnement/{link}", Page, Enter, unsubscribe::show)
        .door(POST, "/desabonnement/{link}", Page, Enter, unsubscribe::act)
        .door(GET, "/f/{link}", Way::Open, Enter, file::linked)
        .door(GET, "/assets/{name}", Way::Open, Enter, asset::asset)
        .door(GET, "/favicon.ico", Way::Open, Enter, asset::icon);

    let workspace = House::new(web)
        .door(GET, "/agent", Page, UseWorkspace, workspace::queue::show)
        .door(POST, "/agent/demandes", Page, OpenForOthers, workspace::call::open)
        .door(POST, "/agent/demandes/lot", Page, UseWorkspace, workspace::queue::act)
        .door(GET, "/agent/demandes/nouvelle", Page, OpenForOthers, workspace::call::show)
        .door(GET, "/agent/demandes/{number}", Page, UseWorkspace, workspace::ticket::show)
        .door(GET, "/agent/demandes/{number}/gestes", Page, UseWorkspace, workspace::deeds::show)
        .door_for_files(POST, "/agent/demandes/{number}/{act}", Page, UseWorkspace, workspace::ticket::act)
        .door(GET, "/agent/demandes/{number}/fichiers/{file}", Page, UseWorkspace, file::file)
        .door(GET, "/agent/demandes/{number}/fichiers/{file}/son", Page, UseWorkspace, sound::sound)
        .door(GET, "/agent/demandes/{number}/messages/{message}/forme", Page, UseWorkspace, letter::show)
        .door(
            GET,
            "/agent/demandes/{number}/messages/{message}/masquage",
            Page,
            Redact,
            workspace::redact::show,
        )
        .door(
            POST,
            "/agent/demandes/{number}/messages/{message}/masquage",
            Page,
            Redact,
            workspace::redact::act,
        )
        .door(GET, "/agent/demandes/{number}/modeles/{key}", Page, UseWorkspace, texts::filled)
        .door(GET, "/admin", Page, UseWorkspace, settings::show)
        .door(GET, "/agent/absence", Page, UseWorkspace, absence::show)
        .door(POST, "/agent/absence", Page, UseWorkspace, absence::act)
        .door(GET, "/admin/contrats", Page, KeepAgreements, agreement_change::show)
        .door(POST, "/admin/contrats", Page, KeepAgreements, agreement_change::act)
        .door(GET, "/admin/affectation", Page, KeepRules, assignment::show)
        .door(POST, "/admin/affectation", Page, KeepRules, assignment::act)
        .door(GET, "/admin/regles", Page, KeepRules, rules::list)
        .door(POST, "/admin/regles", Page, KeepRules, rules::act)
        .door(GET, "/admin/champs", Page, KeepFields, fields::list)
        .door(POST, "/admin/champs", Page, KeepFields, fields::act)
        .door(GET, "/admin/courriels", Page, KeepTexts, mail_templates::list)
        .door(POST, "/admin/courriels", Page, KeepTexts, mail_templates::act)
        .door(GET, "/admin/licences", Page, KeepAgreements, licences::list)
        .door(GET, "/admin/licences/{account}", Page, KeepAgreements, licences::show)
        .door(POST, "/admin/licences/{account}", Page, KeepAgreements, licences::act)
        .door(GET, "/admin/versions", Page, KeepTexts, releases::list)
        .door(POST, "/admin/versions", Page, KeepTexts, releases::act)
        .door(GET, "/admin/modeles", Page, KeepTexts, texts::list)
        .door(POST, "/admin/modeles", Page, KeepTexts, texts::act)
        .door(GET, "/agent/contrats", Page, UseWorkspace, workspace::agreements::list)
        .door(GET, "/agent/contrats/{key}/{version}", Page, UseWorkspace, workspace::agreements::show)
        .door(GET, "/admin/webhooks", Page, KeepWebhooks, webhooks::list)
        .door(POST, "/admin/webhooks", Page, KeepWebhooks, webhooks::make)
        .door(GET, "/admin/webhooks/{id}", Page, KeepWebhooks, webhooks::show)
        .door(POST, "/admin/webhooks/{id}/{act}", Page, KeepWebhooks, webhooks::act)
        .door(GET, "/admin/personnes", Page, KeepPeople, people::list)
        .door(POST, "/admin/personnes", Page, KeepPeople, people::make)
        .door(GET, "/admin/personnes/equipes", Page, KeepPeople, people::teams)
        .door(POST, "/admin/personnes/equipes", Page, KeepPeople, people::keep_team)
        .door(GET, "/admin/personnes/droits.csv", Page, KeepPeople, rights::export)
        .door(GET, "/admin/personnes/{id}", Page, KeepPeople, people::show)
        .door(POST, "/admin/personnes/{id}/{act}", Page, KeepPeople, people::act)
        .door(GET, "/admin/vie-privee", Page, KeepPrivacy, privacy::list)
        .door(GET, "/admin/vie-privee/registre", Page, KeepPrivacy, privacy::registered)
        .door(GET, "/admin/vie-privee/conservation", Page, KeepPrivacy, retention::show)
        .door(POST, "/admin/vie-privee/conservation", Page, KeepPrivacy, retention::act)
        .door(GET, "/admin/vie-privee/personnes/{id}", Page, KeepPrivacy, privacy::show)
        .door(POST, "/admin/vie-privee/personnes/{id}/{act}", Page, KeepPrivacy, privacy::act)
        .door(GET, "/admin/vie-privee/comptes/{account}", Page, KeepPrivacy, account_privacy::show)
        .door(POST, "/admin/vie-privee/comptes/{account}/{act}", Page, KeepPrivacy, account_privacy::act)
        .door(GET, "/admin/vie-privee/certificats/{id}", Page, KeepPrivacy, account_privacy::certificate)
        .door(GET, "/admin/courrier", Page, KeepMail, kept_mail::list)
        .door_for_files(POST, "/admin/courrier/cles", Page, KeepMail, kept_mail::keys)
        .door(GET, "/admin/courrier/{digest}", Page, KeepMail, kept_mail::raw)
        .door(POST, "/admin/courrier/{digest}/{act}", Page, KeepMail, kept_mail::act)
        .door(GET, "/admin/consultations", Page, ReadAudit, looks::show)
        .door(GET, "/admin/historique", Page, ReadAudit, changes::show)
        .door(GET, "/admin/journal", Page, ReadAudit, journal::show)
        .door(GET, "/admin/journal.csv", Page, ReadAudit, journal::export);

    let portal = House::new(web)
        .door(GET, "/portal", Page, UsePortal, portal::tickets::show)
        .door_for_files(POST, "/portal/demandes", Page, Open, portal::new_ticket::open)
        .door(GET, "/portal/demandes/nouvelle", Page, Open, portal::new_ticket::show)
        .door(POST, "/portal/demandes/verifier", Page, Open, portal::new_ticket::check)
        .door(GET, "/portal/demandes/{number}", Page, UsePortal, portal::ticket::show)
        .door_for_files(POST, "/portal/demandes/{number}/{act}", Page, UsePortal, portal::ticket::act)
        .door(GET, "/portal/demandes/{number}/fichiers/{file}", Page, UsePortal, file::file)
        .door(GET, "/portal/demandes/{number}/fichiers/{file}/son", Page, UsePortal, sound::sound)
        .door(GET, "/portal/demandes/{number}/messages/{message}/forme", Page, UsePortal, letter::show)
        .door(GET, "/portal/personnes", Page, KeepAccountPeople, portal::people::show)
        .door(POST, "/portal/personnes", Page, KeepAccountPeople, portal::people::invite)
        .door(POST, "/portal/personnes/{id}/{act}", Page, KeepAccountPeople, portal::people::act)
        .door(POST, "/portal/clients/{account}/exporter", Page, KeepAccountPeople, portal::people::export)
        .door(GET, "/portal/licences", Page, UsePortal, portal::licences::show)
        .door(GET, "/portal/contrat", Page, UsePortal, portal::agreement::own)
        .door(GET, "/portal/contrat/{key}/{version}", Page, UsePortal, portal::agreement::show);

    let mut programs = House::new(web)
        .door(GET, "/api/v1/openapi.json", Way::Open, Enter, api::openapi::document)
        .door(GET, "/api/v1/tickets", Program, ReadRequests, api::tickets::list)
        .door(POST, "/api/v1/tickets", Program, Open, api::tickets::open)
        .door(GET, "/api/v1/tickets/{number}", Program, ReadRequests, api::tickets::show)
        .door(GET, "/api/v1/tickets/{number}/explain", Program, ReadRequests, api::tickets::explained)
        .door(POST, "/api/v1/tickets/{number}/{command}", Program, ReadRequests, api::tickets::command)
        .door(GET, "/api/v1/privacy/erasures", Program, KeepPrivacy, api::privacy::list)
        .door(GET, "/api/v1/privacy/people/{id}/export", Program, KeepPrivacy, api::privacy::export)
        .door(GET, "/api/v1/privacy/accounts/{account}", Program, KeepPrivacy, api::account_privacy::show)
        .door(
            GET,
            "/api/v1/privacy/accounts/{account}/export",
            Program,
            KeepPrivacy,
            api::account_privacy::export,
        )
        .door(GET, "/api/v1/privacy/destructions", Program, KeepPrivacy, api::account_privacy::list)
        .door(POST, "/api/v1/privacy/destructions", Program, KeepPrivacy, api::account_privacy::destroy)
        .door(POST, "/api/v1/privacy/erasures", Program, KeepPrivacy, api::privacy::erase)
        .door(GET, "/api/v1/privacy/looks", Program, ReadAudit, api::looks::list)
        .door(GET, "/api/v1/privacy/journal", Program, ReadAudit, api::journal::list)
        .door(GET, "/api/v1/privacy/changes", Program, ReadAudit, api::changes::list)
        .door(GET, "/api/v1/privacy/retention", Program, KeepPrivacy, api::retention::show)
        .door(Method::PUT, "/api/v1/privacy/retention", Program, KeepPrivacy, api::retention::put)
        .door(POST, "/api/v1/privacy/retention/preview", Program, KeepPrivacy, api::retention::preview)
        .door(GET, "/api/v1/webhooks", Program, KeepWebhooks, api::webhooks::list)
        .door(POST, "/api/v1/webhooks", Program, KeepWebhooks, api::webhooks::make)
        .door(GET, "/api/v1/webhooks/{id}", Program, KeepWebhooks, api::webhooks::show)
        .door(Method::PATCH, "/api/v1/webhooks/{id}", Program, KeepWebhooks, api::webhooks::change)
        .door(Method::DELETE, "/api/v1/webhooks/{id}", Program, KeepWebhooks, api::webhooks::remove)
        .door(POST, "/api/v1/webhooks/{id}/rotate-secret", Program, KeepWebhooks, api::webhooks::rotate)
        .door(POST, "/api/v1/webhooks/{id}/test", Program, KeepWebhooks, api::webhooks::test)
        .door(GET, "/api/v1/webhooks/{id}/deliveries", Program, KeepWebhooks, api::webhooks::deliveries)
        .door(
            POST,
            "/api/v1/webhooks/{id}/deliveries/{delivery}/replay",
            Program,
            KeepWebhooks,
            api::webhooks::replay,
        )
        .door(GET, "/api/v1/people", Program, KeepPeople, api::people::list)
        .door(POST, "/api/v1/people", Program, KeepPeople, api::people::make)
        .door(GET, "/api/v1/people/rights", Program, KeepPeople, api::rights::list)
        .door(GET, "/api/v1/people/{id}", Program, KeepPeople, api::people::show)
        .door(Method::PATCH, "/api/v1/people/{id}", Program, KeepPeople, api::people::change)
        .door(POST, "/api/v1/people/{id}/invite", Program, KeepPeople, api::people::invite)
        .door(POST, "/api/v1/people/{id}/reset-second-factor", Program, KeepPeople, api::people::reset)
        .door(POST, "/api/v1/people/{id}/end-sessions", Program, KeepPeople, api::people::end_sessions)
        .door(GET, "/api/v1/teams", Program, KeepPeople, api::people::teams)
        .door(POST, "/api/v1/teams", Program, KeepPeople, api::people::add_team)
        .door(Method::PATCH, "/api/v1/teams/{team}", Program, KeepPeople, api::people::change_team)
        .door(GET, "/api/v1/accounts", Program, ReadRequests, api::people::accounts)
        .door(GET, "/api/v1/accounts/{account}", Program, ReadRequests, api::people::account)
        .door(GET, "/api/v1/accounts/{account}/licences", Program, ReadRequests, api::holdings::licences)
        .door(
            Method::PUT,
            "/api/v1/accounts/{account}/licences/{key}",
            Program,
            KeepAgreements,
            api::holdings::keep_a_licence,
        )
        .door(
            Method::DELETE,
            "/api/v1/accounts/{account}/licences/{key}",
            Program,
            KeepAgreements,
            api::holdings::remove_a_licence,
        )
        .door(
            GET,
            "/api/v1/accounts/{account}/named-contacts",
            Program,
            ReadRequests,
            api::holdings::named_contacts,
        )
        .door(
            Method::PUT,
            "/api/v1/accounts/{account}/named-contacts/{role}",
            Program,
            ReadRequests,
            api::holdings::name_for_a_role,
        )
        .door(GET, "/api/v1/releases", Program, ReadRequests, api::holdings::releases)
        .door(Method::PUT, "/api/v1/releases/{key}", Program, KeepTexts, api::holdings::publish)
        .door(Method::DELETE, "/api/v1/releases/{key}", Program, KeepTexts, api::holdings::take_back)
        .door(GET, "/api/v1/rules", Program, KeepRules, api::rules::list)
        .door(GET, "/api/v1/rules/{key}", Program, KeepRules, api::rules::show)
        .door(Method::PUT, "/api/v1/rules/{key}", Program, KeepRules, api::rules::put)
        .door(Method::DELETE, "/api/v1/rules/{key}", Program, KeepRules, api::rules::remove)
        .door(POST, "/api/v1/rules/{key}/rehearsal", Program, KeepRules, api::rules::rehearse)
        .door(GET, "/api/v1/me/notices", Program, ReadRequests, api::staff::notices)
        .door(Method::PUT, "/api/v1/me/notices", Program, ReadRequests, api::staff::put_notices)
        .door(GET, "/api/v1/staff", Program, UseWorkspace, api::staff::list)
        .door(Method::PUT, "/api/v1/staff/{id}/talents", Program, UseWorkspace, api::staff::talents)
        .door(POST, "/api/v1/staff/{id}/absences", Program, UseWorkspace, api::staff::add_absence)
        .door(
            Method::DELETE,
            "/api/v1/staff/{id}/absences/{key}",
            Program,
            UseWorkspace,
            api::staff::remove_absence,
        )
        .door(GET, "/api/v1/assignment-rules", Program, KeepRules, api::staff::rules)
        .door(Method::PUT, "/api/v1/assignment-rules/{key}", Program, KeepRules, api::staff::put_rule)
        .door(Method::DELETE, "/api/v1/assignment-rules/{key}", Program, KeepRules, api::staff::remove_rule)
        .door(GET, "/api/v1/advisers", Program, KeepRules, api::staff::advisers)
        .door(Method::PUT, "/api/v1/accounts/{account}/adviser", Program, KeepRules, api::staff::put_adviser)
        .door(GET, "/api/v1/kept-letters", Program, KeepMail, api::mail::kept_letters)
        .door(GET, "/api/v1/kept-letters/{digest}", Program, KeepMail, api::mail::kept_letter)
        .door(POST, "/api/v1/kept-letters/{digest}/open", Program, KeepMail, api::mail::open_kept_letter)
        .door(
            Method::DELETE,
            "/api/v1/kept-letters/{digest}",
            Program,
            KeepMail,
            api::mail::discard_a_kept_letter,
        )
        .door(GET, "/api/v1/mail-keys", Program, KeepMail, api::mail::mail_keys)
        .door(POST, "/api/v1/mail-keys", Program, KeepMail, api::mail::trust_a_mail_key)
        .door(Method::DELETE, "/api/v1/mail-keys/{key}", Program, KeepMail, api::mail::distrust_a_mail_key)
        .door(GET, "/api/v1/mail-templates", Program, KeepTexts, api::mail_templates::mail_templates)
        .door(
            Method::PUT,
            "/api/v1/mail-templates/{kind}/{language}",
            Program,
            KeepTexts,
            api::mail_templates::put_a_mail_template,
        )
        .door(
            Method::DELETE,
            "/api/v1/mail-templates/{kind}/{language}",
            Program,
            KeepTexts,
            api::mail_templates::remove_a_mail_template,
        )
        .door(GET, "/api/v1/replies", Program, UseWorkspace, api::texts::replies)
        .door(GET, "/api/v1/replies/{key}", Program, UseWorkspace, api::texts::reply)
        .door(Method::PUT, "/api/v1/replies/{key}", Program, KeepTexts, api::texts::put_a_reply)
        .door(Method::DELETE, "/api/v1/replies/{key}", Program, KeepTexts, api::texts::remove_a_reply)
        .door(GET, "/api/v1/tickets/{number}/replies/{key}", Program, UseWorkspace, api::texts::filled)
        .door(GET, "/api/v1/macros", Program, UseWorkspace, api::texts::macros)
        .door(GET, "/api/v1/macros/{key}", Program, UseWorkspace, api::texts::a_macro)
        .door(Method::PUT, "/api/v1/macros/{key}", Program, KeepTexts, api::texts::put_a_macro)
        .door(Method::DELETE, "/api/v1/macros/{key}", Program, KeepTexts, api::texts::remove_a_macro)
        .door(POST, "/api/v1/tickets/{number}/macros/{key}", Program, UseWorkspace, api::texts::run)
        .door(GET, "/api/v1/fields", Program, ReadRequests, api::fields::list)
        .door(GET, "/api/v1/fields/{key}", Program, ReadRequests, api::fields::show)
        .door(Method::PUT, "/api/v1/fields/{key}", Program, KeepFields, api::fields::put)
        .door(Method::DELETE, "/api/v1/fields/{key}", Program, KeepFields, api::fields::remove)
        .door(GET, "/api/v1/agreements", Program, ReadAgreements, api::agreements::list)
        .door(POST, "/api/v1/agreements/changes", Program, KeepAgreements, api::agreements::change)
        .door(GET, "/api/v1/agreements/{key}/{version}", Program, ReadAgreements, api::agreements::show);
    programs.router =
        programs.router.method_not_allowed_fallback(async || api::problem::Problem::method_not_allowed());

    let directories = House::new(web)
        .door(GET, "/scim/v2/Users", Way::Directory, Provision, scim::list)
        .door(POST, "/scim/v2/Users", Way::Directory, Provision, scim::make)
        .door(GET, "/scim/v2/Users/{id}", Way::Directory, Provision, scim::show)
        .door(Method::PUT, "/scim/v2/Users/{id}", Way::Directory, Provision, scim::replace)
        .door(Method::PATCH, "/scim/v2/Users/{id}", Way::Directory, Provision, scim::patch)
        .door(Method::DELETE, "/scim/v2/Users/{id}", Way::Directory, Provision, scim::remove)
        .door(GET, "/scim/v2/ServiceProviderConfig", Way::Directory, Provision, scim::abilities)
        .door(GET, "/scim/v2/ResourceTypes", Way::Directory, Provision, scim::kinds)
        .door(GET, "/scim/v2/Schemas", Way::Directory, Provision, scim::schemas);

    let mut watch = House::new(web)
        .door(GET, "/livez", Way::Open, Watch, health::live)
        .door(GET, "/readyz", Way::Open, Watch, health::ready)
        .door(GET, "/metrics", Way::Open, Watch, metrics::metrics);
    if web.settings.demo {
        watch = watch.door(GET, "/demo/mail", Page, PlayDemonstration, demo::mail).door(
            POST,
            "/demo/clock",
            Page,
            PlayDemonstration,
            demo::clock,
        );
    }
    entrance.merge(workspace).merge(portal).merge(programs).merge(directories).merge(watch)
}

async fn missing(OriginalUri(uri): OriginalUri, visitor: crate::viewer::Visitor) -> Response {
    let failure = Failure::NotFound { what: "page" };
    if uri.path().starts_with("/api/") {
        return api::problem::Problem::of(&visitor.frame, &failure).into_response();
    }
    visitor.frame.fault(failure).into_response()
}

/// A handler that failed in a way nobody foresaw takes only its own request down.
fn panicked(_: Box<dyn std::any::Any + Send>) -> Response {
    tracing::error!("a handler panicked");
    (StatusCode::INTERNAL_SERVER_ERROR, "something went wrong here; it is recorded\n").into_response()
}

#[cfg(test)]
mod tests {
    use super::guarded;
    use crate::state::{Web, WebSettings};
    use axum::Router;
    use axum::body::{Body, to_bytes};
    use axum::extract::Request;
    use axum::routing::get;
    use harness::TemporaryFolder;
    use mail::{MaildirTransport, Transport};
    use operations::{
        AccountStorage, Environment, Installation, KeyRules, PostRules, ProductClock, SecondFactor,
        WebhookReach,
    };
    use std::sync::Arc;
    use store::{Database, SqliteConfig};
    use tower::ServiceExt;

    async fn web(folder: &TemporaryFolder) -> Web {
        let store = Database::open_sqlite(&SqliteConfig::at(folder.join("desk.sqlite"))).await.unwrap();
        let installation = Installation {
            public_url: "https://desk.example".to_owned(),
            host_name: "desk.example".to_owned(),
            post: PostRules::default(),
            second_factor: SecondFactor::OfNobody,
            webhooks: WebhookReach::Public,
            keys: KeyRules::default(),
            storage: AccountStorage::default(),
        };
        let transport = Transport::Maildir(MaildirTransport::new(folder.join("outgoing")));
        let settings = WebSettings {
            public_url: installation.public_url.clone(),
            demo: false,
            secure_cookies: true,
            files_url: None,
            trusted_proxies: Default::default(),
            rates: None,
            outgoing: None,
            stopped: None,
        };
        Web {
            environment: Arc::new(Environment::new(store, ProductClock::default(), transport, installation)),
            settings: Arc::new(settings),
            metrics: Arc::default(),
        }
    }

    #[tokio::test]
    async fn a_handler_that_panics_tells_nothing_and_is_answered_as_guarded_as_any() {
        let folder = TemporaryFolder::new("router");
        let routes = Router::new().route("/fine", get(async || "fine")).route(
            "/panic",
            get(async || -> &'static str { panic!("the password is hunter2 at /etc/secret") }),
        );
        let router = guarded(routes, web(&folder).await);
        let ask = async |path: &str| {
            let request = Request::get(path).header("host", "desk.example").body(Body::empty()).unwrap();
            let (parts, body) = router.clone().oneshot(request).await.unwrap().into_parts();
            let names = |name: &&str| !matches!(*name, "content-length" | "content-type");
            let mut headers: Vec<(String, String)> = parts
                .headers
                .iter()
                .filter(|(name, _)| names(&name.as_str()))
                .map(|(name, value)| {
                    (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
                })
                .collect();
            headers.sort();
            (parts.status.as_u16(), headers, to_bytes(body, 4096).await.unwrap())
        };
        let (fine, guards, _) = ask("/fine").await;
        let (status, headers, body) = ask("/panic").await;
        assert_eq!((fine, status), (200, 500));
        assert_eq!(&body[..], b"something went wrong here; it is recorded\n");
        assert_eq!(headers, guards, "every header of protection stands on it");
        for name in [
            "content-security-policy",
            "x-content-type-options",
            "x-frame-options",
            "referrer-policy",
            "strict-transport-security",
            "cache-control",
            "cross-origin-opener-policy",
            "permissions-policy",
        ] {
            assert!(headers.iter().any(|(known, _)| known == name), "{name}");
        }
        assert_eq!(ask("/fine").await.0, 200, "it took nobody else down");
    }
}
