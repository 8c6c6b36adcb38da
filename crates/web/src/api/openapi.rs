//! The OpenAPI document, made from the handlers themselves.

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use std::sync::LazyLock;
use utoipa::OpenApi;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Entente",
        version = "1",
        description = "Support requests with deadlines that name their clause. Times are RFC 3339 in UTC, fields \
            that end in `_s` are whole seconds of the calendar named beside them, errors are problem documents \
            (RFC 9457), lists page by an opaque cursor, reads carry an entity tag."
    ),
    paths(
        super::tickets::list,
        super::tickets::open,
        super::tickets::show,
        super::tickets::explained,
        super::tickets::command,
        super::fields::list,
        super::fields::show,
        super::fields::put,
        super::fields::remove,
        super::rules::list,
        super::rules::show,
        super::rules::put,
        super::rules::remove,
        super::rules::rehearse,
        super::staff::list,
        super::staff::talents,
        super::staff::add_absence,
        super::staff::remove_absence,
        super::staff::rules,
        super::staff::put_rule,
        super::staff::remove_rule,
        super::staff::advisers,
        super::staff::put_adviser,
        super::staff::notices,
        super::staff::put_notices,
        super::mail::kept_letters,
        super::mail::kept_letter,
        super::mail::open_kept_letter,
        super::mail::discard_a_kept_letter,
        super::mail::mail_keys,
        super::mail::trust_a_mail_key,
        super::mail::distrust_a_mail_key,
        super::mail_templates::mail_templates,
        super::mail_templates::put_a_mail_template,
        super::mail_templates::remove_a_mail_template,
        super::texts::replies,
        super::texts::reply,
        super::texts::put_a_reply,
        super::texts::remove_a_reply,
        super::texts::filled,
        super::texts::macros,
        super::texts::a_macro,
        super::texts::put_a_macro,
        super::texts::remove_a_macro,
        super::texts::run,
        super::holdings::licences,
        super::holdings::keep_a_licence,
        super::holdings::remove_a_licence,
        super::holdings::named_contacts,
        super::holdings::name_for_a_role,
        super::holdings::releases,
        super::holdings::publish,
        super::holdings::take_back,
        super::agreements::list,
        super::agreements::show,
        super::agreements::change,
        super::privacy::list,
        super::privacy::erase,
        super::privacy::export,
        super::account_privacy::show,
        super::account_privacy::export,
        super::account_privacy::list,
        super::account_privacy::destroy,
        super::looks::list,
        super::journal::list,
        super::changes::list,
        super::rights::list,
        super::retention::show,
        super::retention::put,
        super::retention::preview,
        super::webhooks::list,
        super::webhooks::make,
        super::webhooks::show,
        super::webhooks::change,
        super::webhooks::remove,
        super::webhooks::rotate,
        super::webhooks::test,
        super::webhooks::deliveries,
        super::webhooks::replay,
        super::people::list,
        super::people::make,
        super::people::show,
        super::people::change,
        super::people::invite,
        super::people::reset,
        super::people::end_sessions,
        super::people::teams,
        super::people::add_team,
        super::people::change_team,
        super::people::accounts,
        super::people::account
    ),
    modifiers(&BearerToken),
    security(("bearer" = []))
)]
struct Document;

struct BearerToken;

impl utoipa::Modify for BearerToken {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let components = document.components.get_or_insert_with(Default::default);
        components.add_security_scheme("bearer", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
    }
}

static TEXT: LazyLock<String> = LazyLock::new(|| {
    let mut document = Document::openapi();
    // The licence is that of the program, not of the interface.
    document.info.license = None;
    document.to_pretty_json().expect("the document is plain data")
});

/// `GET /api/v1/openapi.json`.
pub(crate) async fn document() -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], text()).into_response()
}

/// The document as JSON.
pub(crate) fn text() -> &'static str {
    &TEXT
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn the_interface_changes_only_on_purpose() {
        let document: serde_json::Value = serde_json::from_str(text()).unwrap();
        assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
        insta::assert_snapshot!("openapi", text());
    }
}
