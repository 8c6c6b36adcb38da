//! Requests over HTTP.

use super::body::JsonBody;
use super::commands::CommandShape;
use super::problem::{ApiFault, Problem};
use super::query::{ApiQuery, Limit};
use super::shapes::{ExplanationListShape, NewTicketShape, TicketListShape, TicketRowShape, TicketShape};
use crate::door::NamedDeed;
use crate::state::Web;
use crate::viewer::Caller;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use desk::Refusal;
use operations::{
    Done, Failure, NewRequest, Once, QueueFilter, QueueKind, QueueOrder, TicketView, command_ticket_once,
    explain_ticket, list_tickets, open_ticket_unshown, read_command, untyped_facts, view_ticket,
};
use serde::Deserialize;
use terms::FactValue;
use utoipa::IntoParams;

/// How a request may have come. `api` counts as `web`.
const CHANNELS: [&str; 5] = ["email", "web", "portal", "phone", "voicemail"];

/// Which requests a list shows.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// A search: words, and criteria such as `state:open`, `received:7d` or `-account:dupont`; the
    /// documentation has the whole grammar.
    #[param(example = "import state:open,waiting -channel:phone")]
    q: Option<String>,
    /// Where to go on, as an earlier page gave it.
    cursor: Option<String>,
    /// `team` (when absent), `mine`, `unassigned`, `missed`, `waiting`, `snoozed`, `to_take_over`
    /// (what absent colleagues have) or `all`. What is put off
    /// is left out of the first three until it wakes, unless `q` seeks.
    view: Option<String>,
    /// `next_due`, `arrival` or `updated`. When absent `arrival` for a search with words, and
    /// `next_due` for everything else.
    order: Option<String>,
    /// How many at most, from 1 to 200; 50 when absent.
    #[serde(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    limit: Limit,
    /// Key of an account whose requests alone are wanted.
    account: Option<String>,
}

/// Lists requests: an agent's queue, a contact's own.
#[utoipa::path(get, path = "/api/v1/tickets", tag = "tickets", params(ListQuery),
    responses((status = 200, body = TicketListShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn list(
    State(web): State<Web>,
    caller: Caller,
    ApiQuery(query): ApiQuery<ListQuery>,
) -> Result<Response, ApiFault> {
    let fault = |failure| caller.frame.problem(&failure);
    let unknown = |field| Failure::Invalid { field, problem: "error-value-unknown".into() };
    let view = match query.view.as_deref().unwrap_or("team") {
        "team" => QueueKind::Team,
        "mine" => QueueKind::Mine,
        "unassigned" => QueueKind::Unassigned,
        "missed" => QueueKind::Missed,
        "waiting" => QueueKind::Waiting,
        "snoozed" => QueueKind::Snoozed,
        "to_take_over" => QueueKind::ToTakeOver,
        "all" => QueueKind::All,
        _ => return Err(fault(unknown("view"))),
    };
    let order = match query.order.as_deref() {
        None => None,
        Some("next_due") => Some(QueueOrder::NextDue),
        Some("arrival") => Some(QueueOrder::Arrival),
        Some("updated") => Some(QueueOrder::Updated),
        Some(_) => return Err(fault(unknown("order"))),
    };
    let filter = QueueFilter {
        view,
        text: query.q,
        order,
        cursor: query.cursor,
        limit: query.limit.places(),
        account: query.account,
    };
    let found = list_tickets(&web.environment, &caller.viewer, &filter).await.map_err(fault)?;
    let items = found.rows.iter().map(|row| TicketRowShape::of(&caller.frame, row)).collect();
    Ok(Json(TicketListShape { items, cursor: found.cursor }).into_response())
}

/// Opens a request. The same `Idempotency-Key` within 24 hours gives the same request again.
///
/// With `Prefer: return=minimal` (RFC 7240) the answer has no content: `Location` says where the request is.
#[utoipa::path(post, path = "/api/v1/tickets", tag = "tickets", request_body = NewTicketShape,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated sending one request, for 24 hours.")),
    responses((status = 201, body = TicketShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn open(
    State(web): State<Web>,
    caller: Caller,
    headers: HeaderMap,
    JsonBody(asked): JsonBody<NewTicketShape>,
) -> Result<Response, ApiFault> {
    let fault = |failure| caller.frame.problem(&failure);
    if asked.provider.as_deref().is_some_and(|provider| provider != caller.viewer.provider.id.as_str()) {
        return Err(fault(Failure::Invalid { field: "provider", problem: "error-provider-unknown".into() }));
    }
    let mut facts = untyped_facts(asked.facts);
    let named = [
        ("product", asked.product),
        ("version", asked.product_version),
        ("problem", asked.problem),
        ("severity", asked.severity),
    ];
    for (name, value) in named {
        if let Some(value) = value {
            facts.set(name, FactValue::Text(value));
        }
    }
    let channel = match asked.channel.as_deref() {
        None | Some("api") => "web".to_owned(),
        Some(channel) if CHANNELS.contains(&channel) => channel.to_owned(),
        Some(channel) => return Err(fault(unknown_value("channel", channel, CHANNELS.into_iter()))),
    };
    let new = NewRequest {
        account: asked.account,
        contact: asked.contact,
        channel,
        subject: asked.subject,
        body: asked.body,
        facts,
        fields: asked.fields.unwrap_or_default(),
        received_at: asked.received_at,
        files: Vec::new(),
        idempotency_key: idempotency_key(&headers)?,
    };
    let done = open_ticket_unshown(&web.environment, &caller.viewer, new).await.map_err(fault)?;
    let location = HeaderValue::from_str(&format!("/api/v1/tickets/{}", done.number));
    let mut response = if wants_minimal(&headers) {
        (StatusCode::CREATED, minimal(&done)).into_response()
    } else {
        let view = done.show(&web.environment, &caller.viewer).await.map_err(fault)?;
        (StatusCode::CREATED, shown(&caller, &view)).into_response()
    };
    if let Ok(location) = location {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// Shows a request.
#[utoipa::path(get, path = "/api/v1/tickets/{number}", tag = "tickets",
    params(("number" = String, Path, description = "Number of the request.")),
    responses((status = 200, body = TicketShape, headers(("ETag" = String))), (status = 304, description = "Unchanged since `If-None-Match`."),
        (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn show(
    State(web): State<Web>,
    caller: Caller,
    headers: HeaderMap,
    Path(number): Path<String>,
) -> Result<Response, ApiFault> {
    let view = view_ticket(&web.environment, &caller.viewer, &number)
        .await
        .map_err(|failure| caller.frame.problem(&failure))?;
    // Readings move with time, so only the same second gives the same representation.
    let tag = entity_tag(view.version);
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let known = known.is_some_and(|known| known.split(',').any(|known| known.trim() == tag));
    if known && !moves_with_time(&view) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response());
    }
    Ok(shown(&caller, &view))
}

/// Explains a request: each clock with the steps that lead to its due instant.
#[utoipa::path(get, path = "/api/v1/tickets/{number}/explain", tag = "tickets",
    params(("number" = String, Path, description = "Number of the request.")),
    responses((status = 200, body = ExplanationListShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn explained(
    State(web): State<Web>,
    caller: Caller,
    Path(number): Path<String>,
) -> Result<Response, ApiFault> {
    let (view, why) = explain_ticket(&web.environment, &caller.viewer, &number)
        .await
        .map_err(|failure| caller.frame.problem(&failure))?;
    Ok((
        [(header::ETAG, entity_tag(view.version))],
        Json(ExplanationListShape::of(&caller.frame, &view, &why)),
    )
        .into_response())
}

/// Commands a request. With `If-Match` the command is carried out only on the version that was read. With
/// `Prefer: return=minimal` (RFC 7240) the answer is 204 and has no content.
///
/// Conversation: `reply`, `undo`, `note`, `update`, `request-update`, `log-call`, `propose-meeting`,
/// `milestone`. Who works on it: `take-up`, `assign`, `unassign`, `hand-over`, `snooze`, `log-time`. What is known:
/// `classify`, `set-severity`, `contest`, `tag`, `set-fields`, `agree`. Coverage: `judge-coverage`, `accept-exception`,
/// `decline`, `convert`. Duties: `ask`, `answer-duty`, `take-over`. Waiting: `wait`, `resume`,
/// `pass-to-vendor`, `back-from-vendor`. Escalation: `escalate`, `decide-escalation`. End: `resolve`,
/// `refuse-resolution`, `confirm`, `rate`, `close`, `reopen`. Bonds: `merge`, `unmerge`, `split`, `link`, `unlink`.
/// For good: `redact`.
#[utoipa::path(post, path = "/api/v1/tickets/{number}/{command}", tag = "tickets", request_body = CommandShape,
    params(("number" = String, Path, description = "Number of the request."),
        ("command" = String, Path, description = "Name of the command."),
        ("If-Match" = Option<String>, Header, description = "Entity tag of the version that was read."),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated sending one command, for 24 hours.")),
    responses((status = 200, body = TicketShape, headers(("ETag" = String))),
        (status = 204, description = "Carried out, with `Prefer: return=minimal`."),
        (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn command(
    State(web): State<Web>,
    caller: Caller,
    Extension(deed): Extension<NamedDeed>,
    headers: HeaderMap,
    Path((number, command)): Path<(String, String)>,
    asked: Result<JsonBody<CommandShape>, Response>,
) -> Result<Response, Response> {
    let fault = |failure| caller.frame.problem(&failure).into_response();
    let JsonBody(asked) = asked?;
    let once = idempotency_key(&headers).map_err(ApiFault::into_response)?.map(|key| Once {
        key,
        asked: format!("{command} {}", serde_json::to_string(&asked).expect("a command is plain data")),
    });
    let expected = expected_version(&caller, &headers).map_err(ApiFault::into_response)?;
    let request = read_command(&web.environment, &caller.viewer, &number, &command, asked.0).await;
    let request = request.map_err(fault)?;
    deed.name(request.right());
    let done = command_ticket_once(&web.environment, &caller.viewer, &number, request, expected, once)
        .await
        .map_err(fault)?;
    if wants_minimal(&headers) {
        return Ok((StatusCode::NO_CONTENT, minimal(&done)).into_response());
    }
    let view = done.show(&web.environment, &caller.viewer).await.map_err(fault)?;
    Ok(shown(&caller, &view))
}

/// Whether the answer is to say no more than that it was done: `Prefer: return=minimal` (RFC 7240, sections 2 and
/// 4.2). Of a preference that is stated twice the first counts; one that we do not know is passed over.
pub(super) fn wants_minimal(headers: &HeaderMap) -> bool {
    let lines = headers.get_all("prefer").iter().filter_map(|line| line.to_str().ok());
    let preferences =
        lines.flat_map(|line| line.split(',')).filter_map(|one| one.split(';').next()?.split_once('='));
    let mut wanted = preferences.filter(|(name, _)| name.trim().eq_ignore_ascii_case("return"));
    wanted.next().is_some_and(|(_, value)| value.trim().trim_matches('"') == "minimal")
}

/// What an answer without content says of the request: its version, and that the preference was heeded.
pub(super) fn minimal(done: &Done) -> [(HeaderName, String); 2] {
    let applied = HeaderName::from_static("preference-applied");
    [(header::ETAG, entity_tag(done.version)), (applied, "return=minimal".to_owned())]
}

fn unknown_value<'a>(fact: &str, value: &str, allowed: impl Iterator<Item = &'a str>) -> Failure {
    Failure::Refused(Refusal::UnknownValue {
        fact: fact.to_owned(),
        value: value.to_owned(),
        allowed: allowed.map(str::to_owned).collect(),
    })
}

/// The key that makes a repeated sending one; none where none was sent.
pub(super) fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, ApiFault> {
    Ok(text_of(headers, &HeaderName::from_static("idempotency-key"))?.map(str::to_owned))
}

/// The version on which alone a command is to be carried out; none for whichever stands.
pub(super) fn expected_version(caller: &Caller, headers: &HeaderMap) -> Result<Option<u64>, ApiFault> {
    match text_of(headers, &header::IF_MATCH)? {
        None | Some("*") => Ok(None),
        Some(tag) => match version_of(tag) {
            Some(version) => Ok(Some(version)),
            None => Err(caller.frame.problem(&Failure::Changed { version: 0 })),
        },
    }
}

/// What a header says; none where it is not sent. One that cannot be read is told: taken for absent, a command that was
/// to be carried out on a condition would be carried out without it.
fn text_of<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>, ApiFault> {
    let text = headers.get(name).map(HeaderValue::to_str).transpose();
    text.map_err(|_| {
        ApiFault(Problem::malformed(&format!("the header {name} holds more than visible ASCII")))
    })
}

pub(super) fn shown(caller: &Caller, view: &TicketView) -> Response {
    let provider = caller.viewer.provider.id.as_str();
    let tag = entity_tag(view.version);
    ([(header::ETAG, tag)], Json(TicketShape::of(&caller.frame, provider, view))).into_response()
}

/// The entity tag of a version (RFC 9110, section 8.8.3).
fn entity_tag(version: u64) -> String {
    format!("\"{version}\"")
}

fn version_of(tag: &str) -> Option<u64> {
    tag.trim().trim_start_matches("W/").trim_matches('"').parse().ok()
}

fn moves_with_time(view: &TicketView) -> bool {
    view.clocks.iter().any(|clock| clock.reading.met_at.is_none() && clock.reading.stopped.is_none())
}

#[cfg(test)]
mod tests {
    use super::{ApiFault, idempotency_key, version_of, wants_minimal};
    use axum::http::{HeaderMap, HeaderValue};

    #[test]
    fn a_header_that_cannot_be_read_is_not_taken_for_absent() {
        let mut headers = HeaderMap::new();
        assert!(matches!(idempotency_key(&headers), Ok(None)));
        headers.insert("idempotency-key", HeaderValue::from_static("appel-7"));
        assert!(matches!(idempotency_key(&headers), Ok(Some(key)) if key == "appel-7"));
        let garbled = HeaderValue::from_bytes("appel-été-7".as_bytes()).expect("bytes");
        headers.insert("idempotency-key", garbled);
        assert!(idempotency_key(&headers).is_err_and(|ApiFault(problem)| problem.status == 400));
    }

    #[test]
    fn preferences_are_read() {
        let wants = |lines: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append("prefer", HeaderValue::from_static(line));
            }
            wants_minimal(&headers)
        };
        assert!(wants(&["return=minimal"]));
        assert!(wants(&["respond-async, Return = \"minimal\"; why"]));
        assert!(wants(&["wait=10", "return=minimal"]));
        assert!(wants(&["return=minimal, return=representation"]));
        assert!(!wants(&[]));
        assert!(!wants(&["return=representation, return=minimal"]));
        assert!(!wants(&["minimal"]));
        assert!(!wants(&["handling=return; return=minimal"]));
    }

    #[test]
    fn entity_tags_are_read() {
        for (tag, version) in
            [("\"7\"", Some(7)), ("W/\"7\"", Some(7)), ("7", Some(7)), ("\"x\"", None), ("", None)]
        {
            assert_eq!(version_of(tag), version, "{tag}");
        }
    }
}
