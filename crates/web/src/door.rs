//! A door is a route with the right that it asks for. None can be opened without naming one, and
//! whoever comes is looked at before the handler is.

use crate::api::problem::Problem;
use crate::error::failure_page;
use crate::guard::too_many;
use crate::network::Seen;
use crate::secret_path::without_secret;
use crate::state::Web;
use crate::submission::unescape;
use crate::viewer::{Known, Visitor, bearer, frame, leads_staff_on, note_refused, to_the_gate, token_of};
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::handler::Handler;
use axum::http::request::Parts;
use axum::http::{Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{MethodFilter, on};
use desk::{Capacity, PersonId, ProviderId, Right};
use operations::{
    Attempt, Deed, DeedOutcome, Failure, Limit, Looking, Sight, Viewer, directory_of, note_attempt,
    note_deed, note_look, room_for_upload,
};
use std::sync::{Arc, OnceLock};

/// Bytes of a form without files.
pub(crate) const FORM_BYTES: usize = 2 << 20;

/// Bytes of a form with files.
pub(crate) const FILES_BYTES: usize = 40 << 20;

/// Bytes of a report of a browser.
const REPORT_BYTES: usize = 16 << 10;

/// A route, as the tests walk it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Door {
    /// Its method; `GET` answers `HEAD` as well.
    pub method: Method,
    /// Its path, with `{name}` for what varies.
    pub path: &'static str,
    /// What it asks of whoever comes.
    pub right: Right,
    /// How they show who they are.
    pub way: Way,
}

/// How somebody shows who they are at a door.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Way {
    /// Nobody is asked: what stands behind it is the same for all.
    Open,
    /// By the cookie of a session; who has none is led to the gate.
    Page,
    /// By the cookie of a session; who has none is told so in a status.
    Stream,
    /// By a bearer token. No cookie counts.
    Program,
    /// By the token of a directory; its handler looks at it. Nothing else counts.
    Directory,
}

/// Routes in the making, each with its right.
pub(crate) struct House {
    web: Web,
    pub(crate) router: Router<Web>,
    pub(crate) doors: Vec<Door>,
}

impl House {
    pub(crate) fn new(web: &Web) -> Self {
        Self { web: web.clone(), router: Router::new(), doors: Vec::new() }
    }

    /// A door, as it stands for.
    pub(crate) fn door<H, T>(
        self,
        method: Method,
        path: &'static str,
        way: Way,
        right: Right,
        handler: H,
    ) -> Self
    where
        H: Handler<T, Web>,
        T: 'static,
    {
        self.hang(Door { method, path, right, way }, handler, None)
    }

    /// A door through which files come as well.
    pub(crate) fn door_for_files<H, T>(
        self,
        method: Method,
        path: &'static str,
        way: Way,
        right: Right,
        handler: H,
    ) -> Self
    where
        H: Handler<T, Web>,
        T: 'static,
    {
        self.hang(Door { method, path, right, way }, handler, Some(FILES_BYTES))
    }

    /// A door through which browsers report.
    pub(crate) fn door_for_reports<H, T>(self, path: &'static str, right: Right, handler: H) -> Self
    where
        H: Handler<T, Web>,
        T: 'static,
    {
        self.hang(Door { method: Method::POST, path, right, way: Way::Page }, handler, Some(REPORT_BYTES))
    }

    fn hang<H, T>(mut self, door: Door, handler: H, bytes: Option<usize>) -> Self
    where
        H: Handler<T, Web>,
        T: 'static,
    {
        assert!(
            door.way != Way::Open || door.right.is_public(),
            "{} looks at nobody, so that its right must be everybody's",
            door.path
        );
        let method = MethodFilter::try_from(door.method.clone()).expect("doors use the usual methods");
        let mut route = on(method, handler);
        if let Some(bytes) = bytes {
            route = route.layer(DefaultBodyLimit::max(bytes));
        }
        if door.way != Way::Open {
            let shows = Shows::of(&door);
            let takes_files = bytes == Some(FILES_BYTES);
            let entrance =
                Entrance { web: self.web.clone(), right: door.right, way: door.way, shows, takes_files };
            route = route.layer(from_fn_with_state(entrance, admit));
        }
        self.router = self.router.route(door.path, route);
        self.doors.push(door);
        self
    }

    pub(crate) fn merge(mut self, other: Self) -> Self {
        self.router = self.router.merge(other.router);
        self.doors.extend(other.doors);
        self
    }
}

#[derive(Clone)]
struct Entrance {
    web: Web,
    right: Right,
    way: Way,
    shows: Option<Shows>,
    takes_files: bool,
}

/// What somebody sees who was let in: what kind of thing, and where in the path it is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Shows {
    sight: Sight,
    /// Place of the name in the path.
    name: usize,
    /// Place of the part of it, where only a part is seen.
    part: Option<usize>,
    /// The last word of the path that it takes, where one door stands for several deeds.
    act: Option<&'static str>,
}

impl Shows {
    /// What a door shows of what people wrote, so that it is noted who saw it. A door that shows more of it gets a
    /// line here; a test wants one for each path with a request's number.
    fn of(door: &Door) -> Option<Self> {
        let parts: Vec<&str> = door.path.split('/').collect();
        let place = |name: &str| parts.iter().position(|part| *part == name);
        let is_read = door.method == Method::GET;
        // A deed answers with the request as it then is, or with the page again and what is wrong with the form.
        let is_shown = is_read || door.method == Method::POST;
        let export = matches!(
            door.path,
            "/admin/vie-privee/personnes/{id}/{act}" | "/admin/vie-privee/comptes/{account}/{act}"
        );
        let (sight, name) = match place("{number}") {
            Some(number) if is_read && place("{file}").is_some() => (Sight::File, number),
            Some(number) if is_read && place("{message}").is_some() => (Sight::Letter, number),
            Some(number) if is_shown => (Sight::Request, number),
            _ if is_read && door.path.ends_with("{id}/export") => (Sight::Export, place("{id}")?),
            _ if is_read && door.path.ends_with("{account}/export") => (Sight::Export, place("{account}")?),
            _ if is_shown && door.path.ends_with("{account}/exporter") => {
                (Sight::Export, place("{account}")?)
            }
            _ if export => (Sight::Export, place("{id}").or_else(|| place("{account}"))?),
            _ if is_read && place("{digest}").is_some() => (Sight::RawLetter, place("{digest}")?),
            _ if is_read && matches!(door.path, "/admin/journal.csv" | "/api/v1/privacy/journal") => {
                (Sight::Journal, parts.len() - 1)
            }
            _ => return None,
        };
        let part = place("{file}").or_else(|| place("{message}")).filter(|_| is_read);
        Some(Self { sight, name, part, act: export.then_some("exporter") })
    }

    /// The name of what is seen, in a path; none where nothing is.
    fn object(self, path: &str) -> Option<String> {
        let parts: Vec<&str> = path.split('/').collect();
        if self.act.is_some_and(|act| parts.last() != Some(&act)) {
            return None;
        }
        let name = unescape(parts.get(self.name)?);
        let part = self.part.and_then(|place| parts.get(place)).copied().unwrap_or_default();
        Some(match self.sight {
            Sight::Request | Sight::File | Sight::Letter => format!("{}/{part}", name.to_uppercase()),
            _ => name,
        })
    }
}

/// Looks at whoever comes, by the way of the door, and lets in who has its right. The handler finds
/// who it is in the request.
async fn admit(State(entrance): State<Entrance>, request: Request, next: Next) -> Response {
    let Entrance { web, right, way, shows, takes_files } = entrance;
    let (mut parts, body) = request.into_parts();
    if way == Way::Directory {
        // Nobody signed in has the right; whoever calls is known to the handler alone.
        return match token_of(&parts).and_then(|token| directory_of(&web.environment, token)) {
            Ok(_) => next.run(Request::from_parts(parts, body)).await,
            Err(failure) => {
                note_refused(&web, "token of a directory", &Seen::of(&parts));
                crate::scim::wrong(&failure)
            }
        };
    }
    let known = if way == Way::Program {
        match bearer(&parts, &web).await {
            Ok(viewer) => Known { viewer: Some(viewer), token: None },
            Err(failure) => return Problem::of(&frame(&parts, &web, None), &failure).into_response(),
        }
    } else {
        match Visitor::known(&parts, &web).await {
            Ok(known) => known,
            Err(failure) => return frame(&parts, &web, None).fault(failure).into_response(),
        }
    };
    if let (Some(viewer), Some(rates)) = (known.viewer.as_ref(), web.settings.rates) {
        let environment = &web.environment;
        let id = viewer.person.id.to_string();
        let taken = environment.limits.take_request(Limit::RequestOfPerson, rates, &id, environment.now());
        if let Err(failure) = taken {
            let (provider, person) = (Some(&viewer.provider.id), Some(viewer.person.id));
            let (seen, by) = (Seen::of(&parts), "requests: too often");
            note_attempt(environment, &Attempt { provider, person, by, network: seen.origin().network });
            return too_many(&failure);
        }
    }
    let mut note = Note::of(&parts, &known, right);
    let named = NamedDeed::default();
    parts.extensions.insert(named.clone());
    match &known.viewer {
        None if !right.is_public() => {
            return match way {
                Way::Stream => StatusCode::UNAUTHORIZED.into_response(),
                _ => to_the_gate(&parts),
            };
        }
        Some(viewer)
            if !viewer.may(right) || !scope_allows(viewer, &parts.method) || !viewer.reaches(right) =>
        {
            note.down(&web, StatusCode::FORBIDDEN);
            if way == Way::Program {
                let frame = frame(&parts, &web, Some(viewer));
                return Problem::of(&frame, &Failure::NotPermitted).into_response();
            }
            return to_their_side(&parts, &web, viewer, right);
        }
        _ => {}
    }
    if let Some(viewer) = known.viewer.as_ref().filter(|_| takes_files)
        && let Some(refused) = has_no_room(&parts, &web, viewer).await
    {
        note.down(&web, refused.status());
        return refused;
    }
    let seen = shows.and_then(|shows| Some((shows.sight, shows.object(parts.uri.path())?)));
    let via = known.viewer.as_ref().map(|viewer| viewer.via.clone());
    parts.extensions.insert(known);
    let response = next.run(Request::from_parts(parts, body)).await;
    if let (Some((sight, object)), Some(via), Some((provider, person))) = (seen, via, &note.who)
        && shows_something(note.is_safe, way, &response)
    {
        let network = note.seen.origin().network;
        let looking = Looking { provider, person: *person, via: &via, sight, object: &object, network };
        note_look(&web.environment, &looking);
    }
    note.right = named.right().unwrap_or(right);
    note.down(&web, response.status());
    response
}

/// The right of the deed that is asked for, where one door stands for several: its handler tells it once it has read which,
/// so that the journal names that deed and not what opens the door.
#[derive(Clone, Default)]
pub(crate) struct NamedDeed(Arc<OnceLock<Right>>);

impl NamedDeed {
    /// Tells it. Of several the first counts.
    pub(crate) fn name(&self, right: Right) {
        let _ = self.0.set(right);
    }

    fn right(&self) -> Option<Right> {
        self.0.get().copied()
    }
}

/// What whoever brings more files is told than any of their accounts has room for: before a byte of them is read, where
/// the request says how long it is. What fits, and what a form without files may weigh, is read and looked at then.
async fn has_no_room(parts: &Parts, web: &Web, viewer: &Viewer) -> Option<Response> {
    let length = parts.headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse::<u64>().ok()?;
    if length <= FORM_BYTES as u64 {
        return None;
    }
    let frame = frame(parts, web, Some(viewer));
    match room_for_upload(&web.environment, viewer).await {
        Ok(Some(room)) if length > room.saturating_add(FORM_BYTES as u64) => {
            let page = failure_page(&frame, StatusCode::PAYLOAD_TOO_LARGE, frame.say("error-storage-full"));
            Some((StatusCode::PAYLOAD_TOO_LARGE, page).into_response())
        }
        Ok(_) => None,
        Err(failure) => Some(frame.fault(failure).into_response()),
    }
}

/// Whether an answer holds what its door shows: a page that comes again because its form is wrong does.
fn shows_something(is_safe: bool, way: Way, response: &Response) -> bool {
    let is_page_again = !is_safe && way == Way::Page;
    match response.status() {
        StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT => false,
        StatusCode::CONFLICT | StatusCode::PRECONDITION_FAILED | StatusCode::UNPROCESSABLE_ENTITY => {
            is_page_again
        }
        status => status.is_success(),
    }
}

/// What the journal keeps of a request. Reading is told only where it was refused.
struct Note {
    who: Option<(ProviderId, PersonId)>,
    right: Right,
    is_safe: bool,
    object: String,
    seen: Seen,
}

impl Note {
    fn of(parts: &Parts, known: &Known, right: Right) -> Self {
        let who = known.viewer.as_ref().map(|viewer| (viewer.provider.id.clone(), viewer.person.id));
        // The secret of a link is no business of the journal.
        let path = without_secret(parts.uri.path());
        let object = if who.is_some() { format!("{} {path}", parts.method) } else { String::new() };
        Self { who, right, is_safe: parts.method.is_safe(), object, seen: Seen::of(parts) }
    }

    fn down(&self, web: &Web, status: StatusCode) {
        let Some((provider, person)) = &self.who else { return };
        let outcome = match status.as_u16() {
            401 | 403 | 404 | 429 => DeedOutcome::Refused,
            200..=399 if self.is_safe => return,
            // What is being written is no deed yet.
            200..=399 if self.object.ends_with("/brouillon") => return,
            200..=399 => DeedOutcome::Done,
            _ if self.is_safe => return,
            _ => DeedOutcome::Failed,
        };
        let deed = Deed {
            provider,
            person: Some(*person),
            deed: self.right.name(),
            object: &self.object,
            outcome,
            network: self.seen.origin().network,
        };
        note_deed(&web.environment, &deed);
    }
}

fn scope_allows(viewer: &Viewer, method: &Method) -> bool {
    if method.is_safe() { viewer.may_read() } else { viewer.may_write() }
}

/// Who knocks at a door of the other side is led to their own; who lacks a right is told so.
fn to_their_side(parts: &axum::http::request::Parts, web: &Web, viewer: &Viewer, right: Right) -> Response {
    let is_for_side = |staff: bool| {
        Capacity::ALL.into_iter().any(|capacity| {
            capacity != Capacity::Stranger && capacity.is_staff() == staff && right.is_given_to(capacity)
        })
    };
    if is_for_side(viewer.is_staff()) {
        return frame(parts, web, Some(viewer)).fault(Failure::NotPermitted).into_response();
    }
    if viewer.is_staff() { leads_staff_on(parts) } else { Redirect::to("/portal").into_response() }
}

#[cfg(test)]
mod tests {
    use super::{Door, Shows, Way};
    use axum::http::Method;
    use desk::Right;

    fn shows(method: Method, path: &'static str) -> Option<Shows> {
        Shows::of(&Door { method, path, right: Right::UseWorkspace, way: Way::Page })
    }

    #[test]
    fn whoever_sees_something_of_a_request_is_noted() {
        for (method, door, path, expected) in [
            (Method::GET, "/agent/demandes/{number}", "/agent/demandes/orv-7", Some("ORV-7/")),
            (
                Method::GET,
                "/api/v1/tickets/{number}/explain",
                "/api/v1/tickets/ORV-7/explain",
                Some("ORV-7/"),
            ),
            (
                Method::GET,
                "/portal/demandes/{number}/fichiers/{file}",
                "/portal/demandes/ORV-7/fichiers/0a",
                Some("ORV-7/0a"),
            ),
            (
                Method::GET,
                "/api/v1/privacy/people/{id}/export",
                "/api/v1/privacy/people/0b/export",
                Some("0b"),
            ),
            (
                Method::POST,
                "/admin/vie-privee/personnes/{id}/{act}",
                "/admin/vie-privee/personnes/0b/exporter",
                Some("0b"),
            ),
            (
                Method::POST,
                "/admin/vie-privee/personnes/{id}/{act}",
                "/admin/vie-privee/personnes/0b/effacer",
                None,
            ),
            (
                Method::POST,
                "/admin/vie-privee/comptes/{account}/{act}",
                "/admin/vie-privee/comptes/bouleaux/exporter",
                Some("bouleaux"),
            ),
            (
                Method::POST,
                "/admin/vie-privee/comptes/{account}/{act}",
                "/admin/vie-privee/comptes/bouleaux/detruire",
                None,
            ),
            (
                Method::GET,
                "/api/v1/privacy/accounts/{account}/export",
                "/api/v1/privacy/accounts/bouleaux/export",
                Some("bouleaux"),
            ),
            (
                Method::POST,
                "/portal/clients/{account}/exporter",
                "/portal/clients/bouleaux/exporter",
                Some("bouleaux"),
            ),
            (Method::GET, "/admin/courrier/{digest}", "/admin/courrier/0c", Some("0c")),
            (Method::GET, "/agent", "/agent", None),
            (Method::POST, "/agent/demandes/{number}/{act}", "/agent/demandes/ORV-7/note", Some("ORV-7/")),
            (
                Method::POST,
                "/api/v1/tickets/{number}/{command}",
                "/api/v1/tickets/orv-7/note",
                Some("ORV-7/"),
            ),
            (Method::PUT, "/agent/demandes/{number}/brouillon", "/agent/demandes/ORV-7/brouillon", None),
            (Method::POST, "/agent/demandes", "/agent/demandes", None),
        ] {
            let object = shows(method, door).and_then(|shows| shows.object(path));
            assert_eq!(object.as_deref(), expected, "{door}");
        }
    }
}
