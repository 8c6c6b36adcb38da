//! Rules over HTTP.

use super::body::JsonBody;
use super::problem::{ApiFault, Problem};
use super::texts::MacroStepShape;
use crate::state::Web;
use crate::viewer::Caller;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use operations::{
    After, Failure, MacroStep, Rule, Since, Tell, list_rules, put_rule, rehearse_rule, remove_rule, view_rule,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A rule. It begins by one of `on`, `after` and `before`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RuleShape {
    /// What it is called.
    title: String,
    /// Whether it does anything.
    enabled: bool,
    /// Kinds of events that begin it, as webhooks name them, or patterns of them.
    on: Vec<String>,
    /// Time that has passed since something begins it.
    after: Option<AfterShape>,
    /// Time left of the nearest deadline begins it: `2 business hours`, `30 minutes`.
    before: Option<String>,
    /// What must hold of the request: a search.
    #[serde(rename = "if")]
    condition: String,
    /// What is done, all at once or not at all; as macros, without `take-up`, `undo`, `confirm` and
    /// `refuse-resolution`.
    then: Vec<MacroStepShape>,
    /// Who is told by mail, and what.
    tell: Vec<TellShape>,
}

/// Time that passes since something.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct AfterShape {
    /// `opened`, `customer_message`, `our_message`, or `state`: since it came into its state.
    since: String,
    /// How long: `3 days`, `4 business hours`, in the agreement's hours.
    span: String,
}

/// Somebody who is told something by mail.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct TellShape {
    /// `owner` (everybody, while nobody has it), `lead`, `manager`, or a team of the agreement.
    to: String,
    /// What, with gaps such as `{{number}}`.
    body: String,
}

/// A rule with its key.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct KeptRuleShape {
    /// Its key.
    key: String,
    /// What it says.
    rule: RuleShape,
}

/// Rules.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct RuleListShape {
    /// By key.
    items: Vec<KeptRuleShape>,
}

/// The requests that a rule would touch.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct RehearsalShape {
    /// Their numbers, the latest first; at most 200.
    numbers: Vec<String>,
}

impl KeptRuleShape {
    fn of(rule: Rule) -> Self {
        let step = |step: MacroStep| MacroStepShape { command: step.command, with: step.with };
        let shape = RuleShape {
            title: rule.title,
            enabled: rule.enabled,
            on: rule.on,
            after: rule
                .after
                .map(|after| AfterShape { since: after.since.as_str().to_owned(), span: after.span }),
            before: rule.before,
            condition: rule.condition,
            then: rule.then.into_iter().map(step).collect(),
            tell: rule.tell.into_iter().map(|tell| TellShape { to: tell.to, body: tell.body }).collect(),
        };
        Self { key: rule.key, rule: shape }
    }
}

impl RuleShape {
    fn rule(self, key: String) -> Result<Rule, Failure> {
        let after = match self.after {
            None => None,
            Some(after) => {
                let since = Since::ALL.into_iter().find(|since| since.as_str() == after.since);
                let wrong = Failure::Invalid { field: "since", problem: "error-value-unknown".into() };
                Some(After { since: since.ok_or(wrong)?, span: after.span })
            }
        };
        let step = |step: MacroStepShape| MacroStep { command: step.command, with: step.with };
        Ok(Rule {
            key,
            title: self.title,
            enabled: self.enabled,
            on: self.on,
            after,
            before: self.before,
            condition: self.condition,
            then: self.then.into_iter().map(step).collect(),
            tell: self.tell.into_iter().map(|tell| Tell { to: tell.to, body: tell.body }).collect(),
            ..Rule::default()
        })
    }
}

/// Lists the rules of the desk.
#[utoipa::path(get, path = "/api/v1/rules", tag = "rules",
    responses((status = 200, body = RuleListShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn list(State(web): State<Web>, caller: Caller) -> Result<Response, ApiFault> {
    let found = list_rules(&web.environment, &caller.viewer).await;
    let found = found.map_err(|failure| caller.frame.problem(&failure))?;
    Ok(Json(RuleListShape { items: found.into_iter().map(KeptRuleShape::of).collect() }).into_response())
}

/// Shows a rule.
#[utoipa::path(get, path = "/api/v1/rules/{key}", tag = "rules",
    params(("key" = String, Path, description = "Key of the rule.")),
    responses((status = 200, body = KeptRuleShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn show(
    State(web): State<Web>,
    caller: Caller,
    Path(key): Path<String>,
) -> Result<Response, ApiFault> {
    let found = view_rule(&web.environment, &caller.viewer, &key).await;
    Ok(Json(KeptRuleShape::of(found.map_err(|failure| caller.frame.problem(&failure))?)).into_response())
}

/// Keeps a rule under its key, in place of what stood there. It acts in the name of the caller.
#[utoipa::path(put, path = "/api/v1/rules/{key}", tag = "rules", request_body = RuleShape,
    params(("key" = String, Path, description = "Key of the rule: small letters, digits and hyphens.")),
    responses((status = 200, body = KeptRuleShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn put(
    State(web): State<Web>,
    caller: Caller,
    Path(key): Path<String>,
    JsonBody(asked): JsonBody<RuleShape>,
) -> Result<Response, ApiFault> {
    let problem = |failure| caller.frame.problem(&failure);
    let rule = asked.rule(key.clone()).map_err(problem)?;
    put_rule(&web.environment, &caller.viewer, &rule).await.map_err(problem)?;
    let found = view_rule(&web.environment, &caller.viewer, &key).await.map_err(problem)?;
    Ok(Json(KeptRuleShape::of(found)).into_response())
}

/// Removes a rule.
#[utoipa::path(delete, path = "/api/v1/rules/{key}", tag = "rules",
    params(("key" = String, Path, description = "Key of the rule.")),
    responses((status = 204), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn remove(
    State(web): State<Web>,
    caller: Caller,
    Path(key): Path<String>,
) -> Result<Response, ApiFault> {
    let removed = remove_rule(&web.environment, &caller.viewer, &key).await;
    removed.map_err(|failure| caller.frame.problem(&failure))?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Tells which requests a rule would touch now, kept or not. Nothing is done.
#[utoipa::path(post, path = "/api/v1/rules/{key}/rehearsal", tag = "rules", request_body = RuleShape,
    params(("key" = String, Path, description = "Key of the rule.")),
    responses((status = 200, body = RehearsalShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn rehearse(
    State(web): State<Web>,
    caller: Caller,
    Path(key): Path<String>,
    JsonBody(asked): JsonBody<RuleShape>,
) -> Result<Response, ApiFault> {
    let problem = |failure| caller.frame.problem(&failure);
    let rule = asked.rule(key).map_err(problem)?;
    let numbers = rehearse_rule(&web.environment, &caller.viewer, &rule).await.map_err(problem)?;
    Ok(Json(RehearsalShape { numbers }).into_response())
}
