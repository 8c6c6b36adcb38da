//! SCIM 2.0: a directory elsewhere keeps people, and whoever it lets go is out at once.
//!
//! Source: RFC 7643 (schemas), RFC 7644 (protocol).

use crate::api::json;
use crate::network::Seen;
use crate::state::Web;
use crate::viewer::token_of;
use axum::body::Bytes;
use axum::extract::{FromRequestParts, Path, Query, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use operations::{
    Directory, Failure, KeptChange, KeptPerson, change_kept_person, directory_of, keep_person, kept_people,
    kept_person,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";
const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// People of a page at most.
const ROWS: usize = 200;

/// The directory that calls, by its token.
pub(crate) struct Caller(Directory);

impl FromRequestParts<Web> for Caller {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Response> {
        let found = token_of(parts).and_then(|token| directory_of(&web.environment, token));
        found.map(Self).map_err(|failure| wrong(&failure))
    }
}

/// Which people are asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Sought {
    filter: Option<String>,
    start_index: Option<i64>,
    count: Option<i64>,
}

fn answer(status: StatusCode, body: &Value) -> Response {
    let kind = HeaderValue::from_static("application/scim+json");
    (status, [(header::CONTENT_TYPE, kind)], body.to_string()).into_response()
}

fn error(status: StatusCode, kind: Option<&str>, detail: &str) -> Response {
    let mut body = json!({"schemas": [ERROR], "status": status.as_u16().to_string(), "detail": detail});
    if let Some(kind) = kind {
        body["scimType"] = kind.into();
    }
    answer(status, &body)
}

pub(crate) fn wrong(failure: &Failure) -> Response {
    match failure {
        Failure::NotSignedIn => error(StatusCode::UNAUTHORIZED, None, "no directory has this token"),
        Failure::NotFound { .. } => error(StatusCode::NOT_FOUND, None, "there is no such resource"),
        Failure::Invalid { problem, .. } if problem == "error-address-taken" => {
            error(StatusCode::CONFLICT, Some("uniqueness"), "somebody has this userName")
        }
        Failure::Invalid { problem, .. } if problem == "error-address-domain" => {
            let detail = "the domain of `userName` is none that this directory may give";
            error(StatusCode::BAD_REQUEST, Some("invalidValue"), detail)
        }
        Failure::Invalid { problem, .. } if problem == "error-last-administrator" => {
            error(StatusCode::CONFLICT, Some("mutability"), "nobody would be left who administers")
        }
        Failure::Invalid { field, .. } => {
            error(StatusCode::BAD_REQUEST, Some("invalidValue"), &format!("`{field}` is not usable"))
        }
        Failure::TooMany { .. } => error(StatusCode::TOO_MANY_REQUESTS, None, "too many requests"),
        failure if failure.is_temporary() => error(StatusCode::SERVICE_UNAVAILABLE, None, "try again later"),
        failure => {
            tracing::error!(error = failure as &dyn std::error::Error, "a directory was not answered");
            error(StatusCode::INTERNAL_SERVER_ERROR, None, "something went wrong here; it is recorded")
        }
    }
}

fn user(web: &Web, person: &KeptPerson) -> Value {
    json!({
        "schemas": [USER],
        "id": person.id.to_string(),
        "userName": person.email,
        "name": {"formatted": person.name},
        "displayName": person.name,
        "emails": [{"value": person.email, "primary": true, "type": "work"}],
        "active": person.is_active,
        "meta": {
            "resourceType": "User",
            "location": format!("{}/scim/v2/Users/{}", web.settings.public_url, person.id),
        },
    })
}

/// `GET /scim/v2/Users`.
pub(crate) async fn list(
    State(web): State<Web>,
    Caller(directory): Caller,
    Query(sought): Query<Sought>,
) -> Response {
    let email = match sought.filter.as_deref().map(str::trim).filter(|filter| !filter.is_empty()) {
        None => None,
        Some(filter) => match address_of(filter) {
            Some(email) => Some(email),
            None => {
                return error(
                    StatusCode::BAD_REQUEST,
                    Some("invalidFilter"),
                    "only `userName eq \"…\"` is understood",
                );
            }
        },
    };
    let found = match kept_people(&web.environment, &directory, email.as_deref()).await {
        Ok(found) => found,
        Err(failure) => return wrong(&failure),
    };
    let start = usize::try_from(sought.start_index.unwrap_or(1).max(1)).unwrap_or(usize::MAX);
    let count = usize::try_from(sought.count.unwrap_or(100).max(0)).unwrap_or(ROWS).min(ROWS);
    let items: Vec<Value> =
        found.iter().skip(start - 1).take(count).map(|person| user(&web, person)).collect();
    answer(
        StatusCode::OK,
        &json!({"schemas": [LIST], "totalResults": found.len(), "startIndex": start,
            "itemsPerPage": items.len(), "Resources": items}),
    )
}

/// The address of `userName eq "…"` (RFC 7644, section 3.4.2.2): names and operators in any case.
fn address_of(filter: &str) -> Option<String> {
    let mut words = filter.splitn(3, ' ');
    let (name, operator, value) = (words.next()?, words.next()?, words.next()?);
    let is_it = name.eq_ignore_ascii_case("userName") && operator.eq_ignore_ascii_case("eq");
    serde_json::from_str::<String>(value.trim()).ok().filter(|_| is_it)
}

/// `GET /scim/v2/Users/{id}`.
pub(crate) async fn show(
    State(web): State<Web>,
    Caller(directory): Caller,
    Path(id): Path<String>,
) -> Response {
    match kept_person(&web.environment, &directory, &id).await {
        Ok(person) => answer(StatusCode::OK, &user(&web, &person)),
        Err(failure) => wrong(&failure),
    }
}

/// `POST /scim/v2/Users`.
pub(crate) async fn make(
    State(web): State<Web>,
    Caller(directory): Caller,
    seen: Seen,
    body: Bytes,
) -> Response {
    let change = match object(&body).map(|given| change_of(&given)) {
        Ok(change) => change,
        Err(refused) => return refused,
    };
    let Some(email) = change.email else {
        return error(StatusCode::BAD_REQUEST, Some("invalidValue"), "`userName` is needed");
    };
    let name = change.name.unwrap_or_else(|| email.clone());
    let network = seen.origin().network;
    let made = keep_person(&web.environment, &directory, &email, &name, network).await;
    let made = match made {
        // Made without access: as some directories begin.
        Ok(made) if change.is_active == Some(false) => {
            let off = KeptChange { is_active: Some(false), ..KeptChange::default() };
            change_kept_person(&web.environment, &directory, &made.id.to_string(), &off, network).await
        }
        made => made,
    };
    match made {
        Ok(person) => {
            let body = user(&web, &person);
            let mut response = answer(StatusCode::CREATED, &body);
            let location =
                body["meta"]["location"].as_str().and_then(|text| HeaderValue::from_str(text).ok());
            if let Some(location) = location {
                response.headers_mut().insert(header::LOCATION, location);
            }
            response
        }
        Err(failure) => wrong(&failure),
    }
}

/// `PUT /scim/v2/Users/{id}`.
pub(crate) async fn replace(
    State(web): State<Web>,
    Caller(directory): Caller,
    seen: Seen,
    Path(id): Path<String>,
    body: Bytes,
) -> Response {
    match object(&body).map(|given| change_of(&given)) {
        Ok(change) => changed(&web, &directory, &seen, &id, &change).await,
        Err(refused) => refused,
    }
}

/// `PATCH /scim/v2/Users/{id}`.
pub(crate) async fn patch(
    State(web): State<Web>,
    Caller(directory): Caller,
    seen: Seen,
    Path(id): Path<String>,
    body: Bytes,
) -> Response {
    match object(&body).and_then(|given| patch_of(&given)) {
        Ok(change) => changed(&web, &directory, &seen, &id, &change).await,
        Err(refused) => refused,
    }
}

/// `DELETE /scim/v2/Users/{id}`: the name stays on what the person did, so that they are let go.
pub(crate) async fn remove(
    State(web): State<Web>,
    Caller(directory): Caller,
    seen: Seen,
    Path(id): Path<String>,
) -> Response {
    let off = KeptChange { is_active: Some(false), ..KeptChange::default() };
    let network = seen.origin().network;
    match change_kept_person(&web.environment, &directory, &id, &off, network).await {
        Ok(_) => StatusCode::NO_CONTENT.into_response(),
        Err(failure) => wrong(&failure),
    }
}

async fn changed(web: &Web, directory: &Directory, seen: &Seen, id: &str, change: &KeptChange) -> Response {
    match change_kept_person(&web.environment, directory, id, change, seen.origin().network).await {
        Ok(person) => answer(StatusCode::OK, &user(web, &person)),
        Err(failure) => wrong(&failure),
    }
}

fn object(body: &[u8]) -> Result<Map<String, Value>, Response> {
    match json::read(body) {
        Ok(Value::Object(object)) => Ok(object),
        _ => Err(error(StatusCode::BAD_REQUEST, Some("invalidSyntax"), "the body is no JSON object")),
    }
}

/// A field by its name, in any case (RFC 7643, section 2.1).
fn field<'a>(of: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    of.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// What a resource says of those fields that are kept here; others are for others.
fn change_of(given: &Map<String, Value>) -> KeptChange {
    let text = |name| field(given, name).and_then(Value::as_str).map(str::to_owned);
    let named = field(given, "name").and_then(Value::as_object).and_then(full_name);
    KeptChange {
        email: text("userName"),
        name: named.or_else(|| text("displayName")),
        is_active: field(given, "active").and_then(yes_or_no),
    }
}

fn full_name(name: &Map<String, Value>) -> Option<String> {
    let part = |wanted| field(name, wanted).and_then(Value::as_str).filter(|part| !part.is_empty());
    match (part("formatted"), part("givenName"), part("familyName")) {
        (Some(formatted), ..) => Some(formatted.to_owned()),
        (None, Some(given), Some(family)) => Some(format!("{given} {family}")),
        (None, given, family) => given.or(family).map(str::to_owned),
    }
}

/// Some directories write yes and no as text.
fn yes_or_no(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(yes) => Some(*yes),
        Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// What operations change (RFC 7644, section 3.5.2).
fn patch_of(given: &Map<String, Value>) -> Result<KeptChange, Response> {
    let refused = |kind, detail: &str| error(StatusCode::BAD_REQUEST, Some(kind), detail);
    let operations = field(given, "Operations").and_then(Value::as_array);
    let operations =
        operations.ok_or_else(|| refused("invalidSyntax", &format!("`Operations` of {PATCH} are needed")))?;
    let mut change = KeptChange::default();
    for operation in operations {
        let operation =
            operation.as_object().ok_or_else(|| refused("invalidSyntax", "an operation is an object"))?;
        let kind = field(operation, "op").and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase();
        if kind != "replace" && kind != "add" {
            return Err(refused("mutability", "only `add` and `replace` are carried out"));
        }
        let value = field(operation, "value").unwrap_or(&Value::Null);
        match field(operation, "path").and_then(Value::as_str) {
            None => {
                let values =
                    value.as_object().ok_or_else(|| refused("invalidValue", "`value` is no object"))?;
                // Directories write paths for names of fields here as well.
                for (path, value) in values {
                    put(&mut change, path, value).map_err(|detail| refused("invalidPath", &detail))?;
                }
            }
            Some(path) => put(&mut change, path, value).map_err(|detail| refused("invalidPath", &detail))?,
        }
    }
    Ok(change)
}

fn put(change: &mut KeptChange, path: &str, value: &Value) -> Result<(), String> {
    let own = path.strip_prefix(USER).map_or(path, |rest| rest.trim_start_matches(':'));
    let text = || value.as_str().map(str::to_owned).ok_or_else(|| format!("`{path}` is no text"));
    match own.to_ascii_lowercase().as_str() {
        "active" => {
            change.is_active =
                Some(yes_or_no(value).ok_or_else(|| format!("`{path}` is neither yes nor no"))?);
        }
        "username" => change.email = Some(text()?),
        "displayname" | "name.formatted" => change.name = Some(text()?),
        "name" => change.name = value.as_object().and_then(full_name),
        // The parts of a name alone say nothing whole; other attributes are kept elsewhere.
        "name.givenname" | "name.familyname" | "externalid" | "emails" => {}
        other if other.starts_with("emails[") => {}
        _ => return Err(format!("`{path}` is not kept here")),
    }
    Ok(())
}

/// `GET /scim/v2/ServiceProviderConfig`.
pub(crate) async fn abilities(_: Caller) -> Response {
    let no = json!({"supported": false});
    answer(
        StatusCode::OK,
        &json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
            "patch": {"supported": true},
            "bulk": {"supported": false, "maxOperations": 0, "maxPayloadSize": 0},
            "filter": {"supported": true, "maxResults": ROWS},
            "changePassword": no, "sort": no, "etag": no,
            "authenticationSchemes": [{"type": "oauthbearertoken", "name": "Bearer", "description": "RFC 6750"}],
        }),
    )
}

/// `GET /scim/v2/ResourceTypes`.
pub(crate) async fn kinds(_: Caller) -> Response {
    let kind = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"], "id": "User",
        "name": "User", "endpoint": "/Users", "schema": USER});
    answer(
        StatusCode::OK,
        &json!({"schemas": [LIST], "totalResults": 1, "startIndex": 1, "itemsPerPage": 1, "Resources": [kind]}),
    )
}

/// `GET /scim/v2/Schemas`.
pub(crate) async fn schemas(_: Caller) -> Response {
    let attribute = |name: &str, kind: &str, required: bool, uniqueness: &str| {
        json!({"name": name, "type": kind, "multiValued": name == "emails", "required": required,
            "caseExact": false, "mutability": "readWrite", "returned": "default", "uniqueness": uniqueness})
    };
    let schema = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"], "id": USER, "name": "User",
        "attributes": [
            attribute("userName", "string", true, "server"), attribute("displayName", "string", false, "none"),
            attribute("name", "complex", false, "none"), attribute("emails", "complex", false, "none"),
            attribute("active", "boolean", false, "none"),
        ],
    });
    answer(
        StatusCode::OK,
        &json!({"schemas": [LIST], "totalResults": 1, "startIndex": 1, "itemsPerPage": 1, "Resources": [schema]}),
    )
}

#[cfg(test)]
mod tests {
    use super::{address_of, patch_of};
    use operations::KeptChange;
    use serde_json::json;

    #[test]
    fn one_filter_is_understood() {
        assert_eq!(address_of("userName eq \"a@b.example\"").as_deref(), Some("a@b.example"));
        assert_eq!(address_of("USERNAME EQ \"a\\\"b\"").as_deref(), Some("a\"b"));
        for other in ["userName eq a", "userName co \"a\"", "id eq \"a\"", "userName eq \"a\" or id pr", ""] {
            assert_eq!(address_of(other), None, "{other}");
        }
    }

    #[test]
    fn operations_are_read_as_directories_write_them() {
        let read = |operations: serde_json::Value| {
            let given = json!({"schemas": [], "Operations": operations});
            patch_of(given.as_object().unwrap()).map_err(|refused| refused.status().as_u16())
        };
        let off = KeptChange { is_active: Some(false), ..KeptChange::default() };
        for way in [
            json!([{"op": "replace", "path": "active", "value": false}]),
            json!([{"op": "Replace", "path": "active", "value": "False"}]),
            json!([{"op": "replace", "value": {"active": false}}]),
            json!([{"op": "add", "path": "urn:ietf:params:scim:schemas:core:2.0:User:active", "value": false}]),
        ] {
            assert_eq!(read(way.clone()), Ok(off.clone()), "{way}");
        }
        let named =
            read(json!([{"op": "replace", "value": {"name": {"givenName": "Ada", "familyName": "Roy"}}}]));
        assert_eq!(named.map(|change| change.name), Ok(Some("Ada Roy".to_owned())));
        for wrong in [
            json!([{"op": "remove", "path": "active"}]),
            json!([{"op": "replace", "path": "active", "value": 0}]),
            json!([{"op": "replace", "path": "role", "value": "admin"}]),
            json!([{"op": "replace", "value": 1}]),
            json!(["x"]),
            json!({}),
        ] {
            assert_eq!(read(wrong.clone()), Err(400), "{wrong}");
        }
    }

    #[test]
    fn garbled_directories_are_read_in_peace() {
        let seeds: [&[u8]; 4] = [
            br#"userName eq "Ada@Orvane.example""#,
            br#"{"Operations":[{"op":"replace","path":"active","value":"False"},{"op":"add","value":{"name":{"givenName":"A"}}}]}"#,
            br#"{"userName":"a@b.example","emails":[{"value":"a@b.example","primary":true}],"active":true}"#,
            br#"emails[type eq "work"].value"#,
        ];
        let words = [
            "eq",
            "\"",
            "userName",
            "active",
            "Operations",
            "[",
            "]",
            "{",
            "}",
            "null",
            "\\",
            "name.familyName",
        ];
        harness::fuzz("scim", &seeds, &words, |bytes| {
            let text = String::from_utf8_lossy(bytes);
            let _ = super::address_of(&text);
            if let Ok(given) = super::object(bytes) {
                let _ = super::change_of(&given);
                let _ = super::patch_of(&given);
            }
        });
    }
}
