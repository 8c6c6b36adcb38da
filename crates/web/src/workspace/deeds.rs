//! Everything else that an agent may do with a request, each act with its form: what is used less often
//! than what the request's own page offers, on a page of its own so that that one stays light.

use crate::draft::{Draft, Field};
use crate::error::Fault;
use crate::happening::{duty_name, fact_label};
use crate::page::{Frame, Head, Place};
use crate::reading::moment;
use crate::state::Web;
use crate::submission::Submission;
use crate::viewer::Agent;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use calendar::{Instant, LocalDate, LocalTime, Zone};
use desk::DutyAnswer;
use maud::{Markup, html};
use operations::{Failure, Request, TicketView, read_duration, view_ticket};
use terms::{Side, Verdict};

/// `GET /agent/demandes/{number}/gestes`.
pub(crate) async fn show(
    State(web): State<Web>,
    agent: Agent,
    Path(number): Path<String>,
) -> Result<Response, Fault> {
    let view = view_ticket(&web.environment, &agent.viewer, &number)
        .await
        .map_err(|failure| agent.frame.fault(failure))?;
    Ok(page(&agent.frame, &view, &Draft::default(), None).into_response())
}

/// The request that one of these forms makes, or what is wrong with it, with its form and the field to blame. Times are
/// read on the wall of the zone, as the page shows them.
pub(super) fn asked(
    act: &str,
    submission: &Submission,
    view: &TicketView,
    zone: &Zone,
) -> Option<(&'static str, &'static str, Result<Request, Failure>)> {
    let text = |name: &str| submission.get(name).to_owned();
    let given = |name: &str| submission.given(name);
    let (form, field, request) = match act {
        "point" => ("point", "point-corps", Request::Update { body: text("corps") }),
        "appel" => {
            let reached = submission.get("joint") == "oui";
            ("appel", "appel-corps", Request::LogCall { reached, body: text("corps") })
        }
        "entretien" => {
            let slots = submission.each("moment").filter_map(|moment| instant_of(moment, zone)).collect();
            ("entretien", "entretien-moment-1", Request::ProposeMeeting { slots, body: text("corps") })
        }
        "etape" => ("etape", "etape-nom", Request::Milestone { name: text("nom"), body: given("corps") }),
        "demande" => ("demande", "demande-corps", Request::Ask { task: text("quoi"), body: text("corps") }),
        "tache" => {
            let answer =
                if submission.get("reponse") == "impossible" { DutyAnswer::Cannot } else { DutyAnswer::Done };
            let request = Request::AnswerDuty {
                task: text("tache"),
                answer,
                given: submission.each("donne").map(str::to_owned).collect(),
                body: given("corps"),
            };
            ("tache", "tache-corps", request)
        }
        "exception" => {
            let request = Request::AcceptException { reason: text("motif"), price: given("prix") };
            ("exception", "exception-motif", request)
        }
        "refus" => {
            ("refus", "refus-corps", Request::Decline { clause: given("article"), body: text("corps") })
        }
        "conversion" => ("conversion", "conversion-vers", Request::Convert { to: given("vers") }),
        "transmission" => (
            "transmission",
            "transmission-vers",
            Request::HandOver { to: given("vers"), kind: given("genre") },
        ),
        "escalade" => {
            let request = Request::Escalate { ground: None, to: given("vers"), reason: given("motif") };
            ("escalade", "escalade-motif", request)
        }
        "decision" => {
            let granted = submission.get("decision") == "oui";
            ("decision", "decision-corps", Request::DecideEscalation { granted, body: given("corps") })
        }
        "reclamation" => {
            let granted = submission.get("decision") == "oui";
            let (figures, body) = (given("mesure"), given("corps"));
            ("reclamation", "reclamation-mesure", Request::DecideClaim { granted, figures, body })
        }
        "suite" => {
            let request =
                Request::FollowUp { subject: given("objet"), body: text("corps"), files: Vec::new() };
            ("suite", "suite-corps", request)
        }
        "rythme" => {
            let request = read_duration(submission.get("duree")).map(|span| {
                let consent = super::ticket::consent(submission);
                Request::Agree { promise: text("promesse"), span, consent }
            });
            return Some(("rythme", "rythme-duree", request));
        }
        "temps" => {
            let minutes = submission.get("minutes").parse().unwrap_or(0);
            ("temps", "temps-minutes", Request::LogTime { minutes, at: None, kind: given("genre") })
        }
        "report" => {
            let until = submission.given("jusque").and_then(|until| instant_of(&until, zone));
            ("report", "report-jusque", Request::Snooze { until })
        }
        "etiquettes" => {
            let wanted = tags_in(submission.get("etiquettes"));
            // Those that came or went meanwhile are nothing that this form speaks of.
            let shown = submission.shown("etiquettes").map_or_else(|| view.tags.clone(), tags_in);
            let without = |tags: &[String], others: &[String]| -> Vec<String> {
                tags.iter().filter(|tag| !others.contains(tag)).cloned().collect()
            };
            let (add, remove) = (without(&wanted, &shown), without(&shown, &wanted));
            ("etiquettes", "etiquettes-liste", Request::Tag { add, remove })
        }
        "fusion" => ("fusion", "fusion-avec", Request::Merge { into: text("avec") }),
        "defusion" => ("fusion", "contenu", Request::Unmerge),
        "lien" => {
            let kind = given("genre").unwrap_or_else(|| "related".to_owned());
            ("lien", "lien-avec", Request::Link { to: text("avec"), kind })
        }
        "separation" => {
            let message = submission.get("message").parse().ok();
            ("separation", "separation-objet", Request::Split { message, subject: given("objet") })
        }
        _ => return None,
    };
    Some((form, field, Ok(request)))
}

/// Tags as a form gives them.
fn tags_in(text: &str) -> Vec<String> {
    let tags = text.split([',', ';']).map(|tag| tag.trim().to_lowercase());
    tags.filter(|tag| !tag.is_empty()).collect()
}

/// A wall time as a browser's form gives it (`2026-03-09T14:00`), on the wall of the zone.
fn instant_of(text: &str, zone: &Zone) -> Option<Instant> {
    if let Ok(instant) = Instant::parse(text) {
        return Some(instant);
    }
    let (date, time) = text.split_once('T')?;
    let time = LocalTime::parse(time.get(..5)?).ok()?;
    Some(zone.instant_of(LocalDate::parse(date).ok()?, time))
}

/// The page.
pub(crate) fn page(frame: &Frame, view: &TicketView, draft: &Draft, counted: Option<&Counted>) -> Markup {
    let title = frame.say_with("deeds-title", &[("number", &view.number)]);
    let head = Head {
        title: &title,
        place: Place::Requests,
        number: Some(&view.number),
        wrong: !draft.wrong.is_empty(),
        icons: &["clock"],
    };
    let page = Deeds { frame, view, draft, counted };
    let main = html! {
        main.wrap #contenu tabindex="-1" {
            p.trail.gap-top {
                a href="/agent" { (frame.say("view-team")) } " " span aria-hidden="true" { "/" } " "
                a href=(frame.ticket_path(&view.number)) { (view.number) } " " span aria-hidden="true" { "/" } " "
                span { (frame.say("deeds-trail")) }
            }
            h1 { (title) }
            p.muted { (view.subject) }
            (draft.summary(frame))
            @if view.merged_into.is_some() { (page.apart()) }
            // What somebody wrote comes back, although the request went on in another meanwhile.
            @if view.merged_into.is_none() || !draft.form.is_empty() {
                (page.group("deeds-customer", html! { (page.update()) (page.ask()) (page.duty()) (page.call()) (page.meeting()) (page.milestone()) (page.rhythm()) }))
                (page.group("deeds-contract", html! { (page.exception()) (page.decline()) (page.convert()) }))
                (page.group("deeds-people", html! { (page.hand_over()) (page.escalate()) (page.decide()) (page.decide_claim()) }))
                (page.group("deeds-own", html! { (page.time()) (page.snooze()) (page.tags()) }))
                (page.group("deeds-bonds", html! { (page.merge()) (page.link()) (page.split()) (page.follow_up()) }))
            }
        }
    };
    frame.page(&head, main)
}

/// What the agreement would count of so many minutes; none where it does not count them.
pub(crate) type Counted = (u32, Option<meters::WorkCounted>);

struct Deeds<'a> {
    frame: &'a Frame,
    view: &'a TicketView,
    draft: &'a Draft,
    counted: Option<&'a Counted>,
}

impl Deeds<'_> {
    fn say(&self, key: &str) -> String {
        words::text(self.frame.language, key).into_owned()
    }

    fn group(&self, title: &str, forms: Markup) -> Markup {
        html! { section.section.gap-top { h2 { (self.say(title)) } div.acts { (forms) } } }
    }

    /// A form under its name, folded until somebody wants it.
    fn form(&self, name: &'static str, body: Markup) -> Markup {
        let label = self.say(&format!("deed-form-{name}"));
        html! {
            details.act name="geste" open[self.draft.is_of(name)] id={ "geste-" (name) } {
                summary.btn { (label) }
                form action={ "/agent/demandes/" (self.view.number) "/" (name) } method="post" {
                    (body)
                    button.btn.btn--primary { (label) }
                }
            }
        }
    }

    fn field<'f>(
        &self,
        form: &'static str,
        id: &'f str,
        name: &'f str,
        label: &'f str,
        required: bool,
    ) -> Field<'f> {
        Field { form, id, name, label, hint: None, required }
    }

    fn body(&self, form: &'static str, required: bool) -> Markup {
        let id = format!("{form}-corps");
        let label = format!("deed-body-{form}");
        let key = if words::has_text(self.frame.language, &label) { label.as_str() } else { "deed-body" };
        self.field(form, &id, "corps", &self.say(key), required).lines(self.draft, 4)
    }

    fn update(&self) -> Markup {
        self.form("point", self.body("point", true))
    }

    fn ask(&self) -> Markup {
        let tasks = self.view.terms.tasks.iter().filter(|task| task.ask.is_some());
        let mut choices: Vec<(String, String)> =
            tasks.map(|task| (task.name.clone(), duty_name(self.frame, &task.name, &task.label))).collect();
        if choices.is_empty() {
            let nothing = terms::Label::default();
            choices = ["evidence", "access", "test", "contact"]
                .map(|kind| (kind.to_owned(), duty_name(self.frame, kind, &nothing)))
                .to_vec();
        }
        let field = self.field("demande", "demande-quoi", "quoi", self.frame.say("deed-ask-what"), false);
        self.form("demande", html! { (field.choice(self.draft, &choices, "")) (self.body("demande", true)) })
    }

    fn duty(&self) -> Markup {
        let open: Vec<(String, String)> = self
            .view
            .duties
            .iter()
            .filter(|duty| duty.is_open())
            .map(|duty| (duty.task.clone(), duty_name(self.frame, &duty.task, &duty.label)))
            .collect();
        if open.is_empty() && !self.draft.is_of("tache") {
            return Markup::default();
        }
        let answers = [("fait", "deed-duty-done"), ("impossible", "deed-duty-cannot")]
            .map(|(name, key)| (name.to_owned(), self.say(key)));
        let asked = self.view.duties.iter().filter(|duty| duty.is_open());
        let given: Vec<&String> = asked
            .filter_map(|duty| self.view.terms.tasks.iter().find(|task| task.name == duty.task))
            .flat_map(|task| &task.needs_one)
            .collect();
        self.form("tache", html! {
            (self.field("tache", "tache-tache", "tache", self.frame.say("deed-duty"), false).choice(self.draft, &open, ""))
            (self.field("tache", "tache-reponse", "reponse", self.frame.say("deed-duty-answer"), false).choice(self.draft, &answers, "fait"))
            @if !given.is_empty() {
                fieldset.field { legend.label { (self.say("deed-duty-given")) }
                    @for name in given {
                        label.check { input type="checkbox" name="donne" value=(name); span { (fact_label(self.frame, &self.view.terms, name)) } }
                    }
                }
            }
            (self.body("tache", false))
        })
    }

    fn call(&self) -> Markup {
        let reached = [("oui", "deed-call-reached"), ("non", "deed-call-voicemail")]
            .map(|(name, key)| (name.to_owned(), self.say(key)));
        let field = self.field("appel", "appel-joint", "joint", self.frame.say("deed-call-outcome"), false);
        self.form("appel", html! { (field.choice(self.draft, &reached, "oui")) (self.body("appel", true)) })
    }

    /// On whose wall a time is read that is written here, where that is not the agreement's.
    fn wall(&self) -> Option<String> {
        let zone = &self.view.terms.zone;
        let wall = self.frame.wall(zone);
        let zone_name = words::zone_in_words(wall, self.frame.language);
        (wall != zone).then(|| self.frame.say_with("deed-wall", &[("zone", &zone_name)]))
    }

    fn meeting(&self) -> Markup {
        let wall = self.wall();
        self.form("entretien", html! {
            @for place in 1..=3 {
                @let id = format!("entretien-moment-{place}");
                @let label = self.frame.say_with("deed-meeting-slot", &[("place", &place.to_string())]);
                (Field { form: "entretien", id: &id, name: "moment", label: &label, hint: wall.as_deref(), required: place == 1 }
                    .line(self.draft, "datetime-local", Some("off")))
            }
            (self.body("entretien", false))
        })
    }

    fn milestone(&self) -> Markup {
        let events = self.view.terms.notices.iter().map(|notice| notice.on.event.as_str());
        let names: Vec<&str> = events.filter(|event| !event.contains('.')).collect();
        let field = self.field("etape", "etape-nom", "nom", self.frame.say("deed-milestone-name"), true);
        self.form("etape", html! { (field.suggested(self.draft, &names)) (self.body("etape", false)) })
    }

    fn rhythm(&self) -> Markup {
        let rules = self.view.terms.promises.iter().filter(|rule| rule.agreed.is_some());
        let choices: Vec<(String, String)> = rules
            .map(|rule| {
                (rule.name.clone(), words::promise_name(self.frame.language, &rule.name, &rule.label))
            })
            .collect();
        if choices.is_empty() {
            return Markup::default();
        }
        self.form("rythme", html! {
            (self.field("rythme", "rythme-promesse", "promesse", self.frame.say("deed-rhythm-promise"), false).choice(self.draft, &choices, ""))
            (self.field("rythme", "rythme-duree", "duree", self.frame.say("deed-rhythm-span"), true).line(self.draft, "text", Some("off")))
            (super::ticket::acts::consent_box(self.frame))
        })
    }

    fn exception(&self) -> Markup {
        if self.view.verdict == Verdict::Covered && !self.draft.is_of("exception") {
            return Markup::default();
        }
        self.form("exception", html! {
            (self.field("exception", "exception-motif", "motif", self.frame.say("deed-reason"), true).lines(self.draft, 3))
            (self.field("exception", "exception-prix", "prix", self.frame.say("deed-exception-price"), false).line(self.draft, "text", Some("off")))
        })
    }

    fn decline(&self) -> Markup {
        let against = self.view.coverage.reasons.iter().filter(|reason| reason.against);
        let mut clauses: Vec<String> = against
            .map(|reason| match &reason.clause.item {
                Some(item) => format!("{} {item}", reason.clause.number),
                None => reason.clause.number.clone(),
            })
            .collect();
        let headings = self.view.terms.clauses.iter().map(|text| text.clause.number.clone());
        clauses.extend(headings.filter(|number| !number.is_empty()));
        let clauses: Vec<&str> = clauses.iter().map(String::as_str).collect();
        let field =
            self.field("refus", "refus-article", "article", self.frame.say("deed-decline-clause"), false);
        self.form("refus", html! { (field.suggested(self.draft, &clauses)) (self.body("refus", true)) })
    }

    fn convert(&self) -> Markup {
        let targets = self.targets("convert");
        let field = self.field("conversion", "conversion-vers", "vers", self.frame.say("deed-to"), false);
        self.form("conversion", html! { (field.choice(self.draft, &targets, "")) })
    }

    fn hand_over(&self) -> Markup {
        let targets = self.targets("hand_over");
        let roles = self.view.terms.roles.iter().filter(|role| role.side == Side::Provider);
        let kinds: Vec<&str> = roles.flat_map(|role| role.kinds.iter().map(String::as_str)).collect();
        self.form("transmission", html! {
            (self.field("transmission", "transmission-vers", "vers", self.frame.say("deed-to"), false).choice(self.draft, &targets, ""))
            @if !kinds.is_empty() {
                (self.field("transmission", "transmission-genre", "genre", self.frame.say("deed-kind"), false).suggested(self.draft, &kinds))
            }
        })
    }

    fn escalate(&self) -> Markup {
        let mut targets = self.targets("escalate");
        if let Some(ladder) = &self.view.terms.ladder {
            let known: Vec<String> = targets.iter().map(|(name, _)| name.clone()).collect();
            let steps = ladder.steps.iter().filter(|step| !known.contains(step));
            targets.extend(steps.map(|step| (step.clone(), self.role(step))));
        }
        self.form("escalade", html! {
            (self.field("escalade", "escalade-vers", "vers", self.frame.say("deed-to"), false).choice(self.draft, &targets, ""))
            (self.field("escalade", "escalade-motif", "motif", self.frame.say("deed-reason"), true).lines(self.draft, 3))
        })
    }

    fn decide(&self) -> Markup {
        if self.view.escalation.is_none() && !self.draft.is_of("decision") {
            return Markup::default();
        }
        let answers = [("oui", "deed-decide-yes"), ("non", "deed-decide-no")]
            .map(|(name, key)| (name.to_owned(), self.say(key)));
        let field =
            self.field("decision", "decision-decision", "decision", self.frame.say("deed-decide"), false);
        self.form(
            "decision",
            html! { (field.choice(self.draft, &answers, "oui")) (self.body("decision", false)) },
        )
    }

    fn decide_claim(&self) -> Markup {
        let open = self.view.claim.as_ref().is_some_and(|claim| claim.decision.is_none());
        let stands = open && self.frame.may(desk::Right::DecideClaim);
        if !stands && !self.draft.is_of("reclamation") {
            return Markup::default();
        }
        let answers = [("oui", "deed-claim-granted"), ("non", "deed-claim-refused")]
            .map(|(name, key)| (name.to_owned(), self.say(key)));
        let decision = self.frame.say("deed-claim-decision");
        let figures = self.frame.say("deed-claim-figures");
        self.form("reclamation", html! {
            (self.field("reclamation", "reclamation-decision", "decision", decision, false).choice(self.draft, &answers, "oui"))
            (self.field("reclamation", "reclamation-mesure", "mesure", figures, false).line(self.draft, "text", Some("off")))
            (self.body("reclamation", false))
        })
    }

    fn follow_up(&self) -> Markup {
        let ended = matches!(self.view.state, desk::TicketState::Closed | desk::TicketState::Declined);
        if !ended && !self.draft.is_of("suite") {
            return Markup::default();
        }
        let subject = self.frame.say("follow-up-subject");
        self.form("suite", html! {
            p.hint { (self.say("follow-up-what")) }
            (self.field("suite", "suite-objet", "objet", subject, false).line(self.draft, "text", Some("off")))
            (self.body("suite", true))
        })
    }

    fn time(&self) -> Markup {
        let begun = self.minutes_since_taken_up().map(|minutes| minutes.to_string()).unwrap_or_default();
        let minutes = if self.draft.is_of("temps") { self.draft.value("temps", "minutes") } else { &begun };
        let rounded = self
            .view
            .terms
            .ledgers
            .iter()
            .flat_map(|ledger| &ledger.debits)
            .filter(|debit| debit.of == "work");
        let mut clauses: Vec<&terms::Clause> = rounded.map(|debit| &debit.clause).collect();
        clauses.dedup();
        let counts = !clauses.is_empty();
        self.form("temps", html! {
            div.field {
                label.label for="temps-minutes" { (self.say("deed-time-minutes")) }
                p.hint #temps-minutes-aide {
                    (self.say("taken-prefilled"))
                    @for by in clauses { " " (self.say("taken-rounded")) " " (crate::reading::clause(self.frame, by)) "." }
                }
                (self.draft.at("temps-minutes"))
                // The script knows when the request was first looked at, which says it better.
                input.input #temps-minutes name="minutes" type="number" min="1" max="1440" value=(minutes) required autocomplete="off"
                    aria-describedby="temps-minutes-aide" data-since=[(!self.draft.is_of("temps")).then_some(self.view.number.as_str())];
            }
            // Without the script the button shows it; with the script it shows itself.
            @if counts {
                p.hint #temps-compte role="status" data-counted { @if let Some((minutes, counted)) = self.counted { (self.counted_in_words(*minutes, counted.as_ref())) } }
                button.btn.btn--quiet name="apercu" value="oui" { (self.say("time-preview")) }
            }
            (self.field("temps", "temps-genre", "genre", self.frame.say("deed-kind"), false).line(self.draft, "text", Some("off")))
        })
    }

    /// « 22 min comptées 1 h », with the clause.
    fn counted_in_words(&self, minutes: u32, counted: Option<&meters::WorkCounted>) -> Markup {
        let Some(counted) = counted else { return html! { (self.say("time-not-counted")) } };
        html! { (time_counted(self.frame, minutes, counted)) " " (crate::reading::clause(self.frame, &counted.clause)) }
    }

    /// Minutes since the viewer took the request up, where that was in the last eight hours.
    fn minutes_since_taken_up(&self) -> Option<i64> {
        let me = &self.frame.person.as_ref()?.id;
        let taken = self.view.timeline.iter().rev().find_map(|entry| match &entry.event {
            desk::TicketEvent::Assigned { to: Some(to), .. } => {
                Some((to.to_string() == *me).then_some(entry.at))
            }
            _ => None,
        });
        let minutes = (self.frame.now.seconds_since(taken??) + 59) / 60;
        (1..=480).contains(&minutes).then_some(minutes)
    }

    fn snooze(&self) -> Markup {
        let wall = self.wall();
        let until =
            self.field("report", "report-jusque", "jusque", self.frame.say("deed-snooze-until"), true);
        html! {
            @if let Some(until) = self.view.snoozed_until {
                form action={ "/agent/demandes/" (self.view.number) "/report" } method="post" {
                    button.btn { (self.say("deed-wake")) " (" (moment(self.frame, &self.view.terms.zone, until)) ")" }
                }
            } @else {
                (self.form("report", Field { hint: wall.as_deref(), ..until }.line(self.draft, "datetime-local", Some("off"))))
            }
        }
    }

    fn tags(&self) -> Markup {
        let tags = self.view.tags.join(", ");
        let known = Draft {
            form: "etiquettes",
            values: vec![("etiquettes".to_owned(), tags.clone())],
            wrong: Vec::new(),
        };
        let draft = if self.draft.is_of("etiquettes") { self.draft } else { &known };
        let field =
            self.field("etiquettes", "etiquettes-liste", "etiquettes", self.frame.say("deed-tags"), false);
        self.form(
            "etiquettes",
            html! {
                (self.draft.shown("etiquettes", "etiquettes", &tags))
                (field.line(draft, "text", Some("off")))
            },
        )
    }

    fn merge(&self) -> Markup {
        let field = self.field("fusion", "fusion-avec", "avec", self.frame.say("deed-other-number"), true);
        self.form("fusion", field.line(self.draft, "text", Some("off")))
    }

    fn apart(&self) -> Markup {
        html! {
            section.section.gap-top {
                form action={ "/agent/demandes/" (self.view.number) "/defusion" } method="post" {
                    p { (self.say("deed-merged-more")) }
                    button.btn.btn--primary { (self.say("deed-form-defusion")) }
                }
            }
        }
    }

    fn link(&self) -> Markup {
        let kinds = ["related", "follow_up", "causes", "duplicates"]
            .map(|kind| (kind.to_owned(), self.say(&format!("link-{kind}"))));
        self.form("lien", html! {
            (self.field("lien", "lien-avec", "avec", self.frame.say("deed-other-number"), true).line(self.draft, "text", Some("off")))
            (self.field("lien", "lien-genre", "genre", self.frame.say("deed-kind"), false).choice(self.draft, &kinds, "related"))
        })
    }

    fn split(&self) -> Markup {
        let incoming = self
            .view
            .messages
            .iter()
            .skip(1)
            .filter(|message| message.kind == desk::MessageKind::Incoming && message.of.is_none());
        let choices: Vec<(String, String)> = incoming
            .map(|message| {
                let beginning: String =
                    message.body.as_deref().unwrap_or_default().chars().take(60).collect();
                let colon = self.frame.say("page-colon");
                (message.id.to_string(), format!("{}{colon} {beginning}", message.by.name))
            })
            .collect();
        if choices.is_empty() {
            return Markup::default();
        }
        self.form("separation", html! {
            (self.field("separation", "separation-message", "message", self.frame.say("deed-split-message"), false).choice(self.draft, &choices, ""))
            (self.field("separation", "separation-objet", "objet", self.frame.say("deed-split-subject"), false).line(self.draft, "text", Some("off")))
        })
    }

    /// Where an act may lead, as the agreement says; else its teams.
    fn targets(&self, act: &str) -> Vec<(String, String)> {
        let named =
            self.view.terms.permission(act).map(|permission| permission.to.clone()).unwrap_or_default();
        let named = if named.is_empty() {
            let teams = self.view.terms.roles.iter().filter(|role| role.side == Side::Provider);
            teams.map(|role| role.name.clone()).collect()
        } else {
            named
        };
        let named = if named.is_empty() { vec!["lead".to_owned()] } else { named };
        named.iter().map(|name| (name.clone(), self.role(name))).collect()
    }

    fn role(&self, name: &str) -> String {
        let label = self.view.terms.roles.iter().find(|role| role.name == name).map(|role| &role.label);
        words::role_name(self.frame.language, name, label.unwrap_or(&terms::Label::default()))
    }
}

/// What an agreement counts of so many minutes, in words.
pub(crate) fn time_counted(frame: &Frame, minutes: u32, counted: &meters::WorkCounted) -> String {
    let amount = match counted.minutes {
        Some(0) => "0 min".to_owned(),
        Some(counted) => words::duration(frame.language, i64::from(counted) * 60),
        None => counted
            .units
            .to_decimal(2, terms::RoundMode::HalfUp)
            .map_or_else(String::new, |units| words::decimal(frame.language, &units)),
    };
    frame.say_with("time-counted", &[("minutes", &minutes.to_string()), ("counted", &amount)])
}

#[cfg(test)]
mod tests {
    use super::{asked, page};
    use crate::draft::Draft;
    use crate::golden::{frame_in, ticket};
    use crate::submission::Submission;
    use calendar::{Instant, Zone};
    use operations::{Request, TicketView};
    use words::Language;

    fn of(fields: &[(&str, &str)]) -> Submission {
        let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Submission { fields: fields.collect(), files: Vec::new() }
    }

    fn request(act: &str, fields: &[(&str, &str)], view: &TicketView, zone: &Zone) -> Request {
        asked(act, &of(fields), view, zone).expect("an act").2.expect("a request")
    }

    #[test]
    fn hours_are_read_on_the_wall_on_which_the_page_shows_them() {
        let view = ticket();
        let mut frame = frame_in(Language::French);
        let slots = |frame: &crate::page::Frame| {
            let zone = frame.wall(&view.terms.zone);
            match request("entretien", &[("moment", "2026-11-26T09:00")], &view, zone) {
                Request::ProposeMeeting { slots, .. } => slots,
                other => panic!("{other:?}"),
            }
        };
        let shown = |frame: &crate::page::Frame| page(frame, &view, &Draft::default(), None).into_string();
        frame.zone = None;
        assert_eq!(slots(&frame), [Instant::parse("2026-11-26T14:00:00Z").unwrap()], "the agreement's wall");
        assert!(!shown(&frame).contains("entretien-moment-1-aide"));
        frame.zone = Some(Zone::parse("Europe/Paris").unwrap());
        assert_eq!(slots(&frame), [Instant::parse("2026-11-26T08:00:00Z").unwrap()], "the reader's own");
        let page = shown(&frame);
        assert!(page.contains("entretien-moment-1-aide") && page.contains("report-jusque-aide"));
    }

    #[test]
    fn tags_that_came_or_went_meanwhile_stay_as_they_are() {
        let mut view = ticket();
        view.tags = vec!["facture".to_owned(), "urgent".to_owned()];
        let zone = view.terms.zone.clone();
        let tagged = |fields: &[(&str, &str)]| match request("etiquettes", fields, &view, &zone) {
            Request::Tag { add, remove } => (add.join(","), remove.join(",")),
            other => panic!("{other:?}"),
        };
        let own = |add: &str, remove: &str| (add.to_owned(), remove.to_owned());
        // Somebody tagged it `urgent` and took `ancien` away since the form was opened.
        let shown = ("avant-etiquettes", "ancien, facture");
        assert_eq!(tagged(&[shown, ("etiquettes", "ancien, facture, vpn")]), own("vpn", ""));
        assert_eq!(tagged(&[shown, ("etiquettes", "ancien")]), own("", "facture"));
        assert_eq!(tagged(&[("etiquettes", "facture")]), own("", "urgent"), "a form that says nothing of it");
        let page = super::page(&frame_in(Language::French), &view, &Draft::default(), None).into_string();
        assert!(page.contains("name=\"avant-etiquettes\" value=\"facture, urgent\""));
    }

    #[test]
    fn words_come_back_although_the_request_went_on_meanwhile() {
        let mut view = ticket();
        view.merged_into = Some("ORV-1".to_owned());
        for form in ["point", "exception", "decision", "reclamation", "suite", "tache"] {
            let values = ["corps", "motif"].map(|name| (name.to_owned(), "Mes mots".to_owned())).to_vec();
            let draft = Draft { form, values, wrong: Vec::new() };
            let page = page(&frame_in(Language::French), &view, &draft, None).into_string();
            assert!(page.contains("Mes mots"), "{form}");
        }
    }
}
