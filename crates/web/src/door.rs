//! A door is a route with the right that it asks for. None can be opened without naming one, and
//! whoever comes is looked at before the handler is.

use crate::api::problem::Problem;
use crate::guard::too_many;
use crate::network::Seen;
use crate::state::Web;
use crate::viewer::{Known, Visitor, bearer, frame, leads_staff_on, to_the_gate, token_of};
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::handler::Handler;
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{MethodFilter, on};
use desk::{Capacity, PersonId, ProviderId, Right};
use operations::{Deed, DeedOutcome, Failure, Limit, Viewer, directory_of, note_deed};

/// Bytes of a form with files.
const FILES_BYTES: usize = 40 << 20;

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
            let entrance = Entrance { web: self.web.clone(), right: door.right, way: door.way };
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
}

/// Looks at whoever comes, by the way of the door, and lets in who has its right. The handler finds
/// who it is in the request.
async fn admit(State(entrance): State<Entrance>, request: Request, next: Next) -> Response {
    let Entrance { web, right, way } = entrance;
    let (mut parts, body) = request.into_parts();
    if way == Way::Directory {
        // Nobody signed in has the right; whoever calls is known to the handler alone.
        return match token_of(&parts).and_then(|token| directory_of(&web.environment, token)) {
            Ok(_) => next.run(Request::from_parts(parts, body)).await,
            Err(failure) => crate::scim::wrong(&failure),
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
    if let Some(viewer) = known.viewer.as_ref().filter(|_| web.counts_requests()) {
        let environment = &web.environment;
        let id = viewer.person.id.to_string();
        let taken = environment.limits.take(Limit::RequestOfPerson, &id, environment.now());
        if let Err(Failure::TooMany { retry_after_seconds }) = taken {
            return too_many(retry_after_seconds);
        }
    }
    let note = Note::of(&parts, &known, right);
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
    parts.extensions.insert(known);
    let response = next.run(Request::from_parts(parts, body)).await;
    note.down(&web, response.status());
    response
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
        let path = match parts.uri.path() {
            path if path.starts_with("/entrer/") => "/entrer",
            path if path.starts_with("/installer/") => "/installer",
            path => path,
        };
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
