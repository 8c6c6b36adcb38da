//! Destroys what was kept as long as it was to be kept. Each request by a commit of its own, with the certificate
//! in its log; rows that go by their age alone with a line in the journal. Several nodes may do it at once: what one
//! has destroyed the other does not find.

use crate::carry_out::{Erasing, Ground, carry_out_erasure};
use crate::environment::{Environment, drawn_bytes};
use crate::error::Failure;
use crate::keep_retention::{Kept, Retention, Set, defaults_from, set_by};
use crate::pulse::Loop;
use crate::show_letter::is_named_as_kept;
use crate::traces::pointed_to;
use calendar::{Calendar, CalendarDefinition, DayReading, Instant, LocalTime, Span, Unit, Zone, due};
use desk::{AccountId, Actor, ContentId, ContractId, FileId, ProviderId, TicketState};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;
use store::{AgedRows, AuditEntry, Sweepable, TicketPage, TicketRow};
use terms::FactValue;
use tokio::sync::watch;
use words::Language;

/// The parameter of an agreement by which a contract says how long requests are kept.
pub(crate) const PARAMETER: &str = "content_retention";
/// Requests that are treated at once.
const AT_ONCE: usize = 50;
/// Requests that are looked at in one reading of the store.
const PAGE: u32 = 500;
/// Numbers that a preview names at most.
const NUMBERS: usize = 20;
/// Milliseconds of a day.
const DAY: i64 = 86_400_000;

/// From when on something is kept long enough, for each thing and each request.
pub(crate) struct Cutoffs {
    now: Instant,
    /// When the last row of the journal was written.
    latest: Option<Instant>,
    own: BTreeMap<Kept, u32>,
    accounts: HashMap<AccountId, BTreeMap<Kept, u32>>,
    /// Accounts of which something was set that does not hold yet.
    unsettled: BTreeSet<AccountId>,
    contracts: HashMap<ContractId, Span>,
    always: Calendar,
}

/// By which rule something goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    Contract,
    Account,
    Provider,
}

impl By {
    fn as_str(self) -> &'static str {
        match self {
            Self::Contract => "contract",
            Self::Account => "account",
            Self::Provider => "provider",
        }
    }
}

impl Cutoffs {
    /// What holds now of what was set, and what contracts say.
    pub(crate) async fn of(
        environment: &Environment,
        provider: &ProviderId,
        sets: Vec<Set>,
    ) -> Result<Self, Failure> {
        let now = environment.now();
        let mut accounts = HashMap::new();
        let to_come = sets.iter().filter(|set| set.from > now);
        let unsettled = to_come.filter_map(|set| set.account).collect();
        let mut own = match sets.iter().find(|set| set.account.is_none()) {
            // What was set does not hold yet, and may be longer than a default.
            Some(set) if set.from > now => BTreeMap::new(),
            _ if defaults_from(environment).await? > now => BTreeMap::new(),
            _ => Retention::default().with_defaults().months,
        };
        let latest = environment.store.latest_audit(provider).await?;
        for set in sets.into_iter().filter(|set| set.from <= now) {
            match set.account {
                None => own.extend(set.retention.months),
                Some(account) => {
                    accounts.insert(account, set.retention.months);
                }
            }
        }
        let mut contracts = HashMap::new();
        for contract in environment.store.all_contracts(provider).await? {
            let said = match contract.parameters.get(PARAMETER) {
                Some(said) => Some(said.clone()),
                None => match environment.terms(provider, &contract.agreement).await {
                    Ok(terms) => terms.presumed(&PARAMETER.into()).cloned(),
                    Err(Failure::NotFound { .. }) => None,
                    Err(failure) => return Err(failure),
                },
            };
            if let Some(FactValue::Span(span)) = said {
                contracts.insert(contract.id, span);
            }
        }
        let always = CalendarDefinition::always("elapsed", Zone::utc());
        let always = Calendar::build(always).expect("a calendar that is always open can be built");
        Ok(Self { now, latest, own, accounts, unsettled, contracts, always })
    }

    /// Whether nothing is ever kept long enough of requests.
    fn is_none_of_requests(&self) -> bool {
        self.contracts.is_empty()
            && self.accounts.values().all(BTreeMap::is_empty)
            && Kept::OF_REQUESTS.iter().all(|kept| !self.own.contains_key(kept))
    }

    fn end(&self, from: Instant, span: &Span) -> Option<Instant> {
        due(from, span, &DayReading::default(), &self.always, &[]).ok().flatten()
    }

    /// Whether a thing of a request was kept long enough, and by which rule.
    fn is_over(&self, kept: Kept, request: &Sweepable) -> Option<By> {
        let months = |known: Option<&BTreeMap<Kept, u32>>| {
            known
                .and_then(|known| known.get(&kept))
                .map(|count| Span::Of { count: *count, unit: Unit::Month })
        };
        let of_contract = request.contract.and_then(|id| self.contracts.get(&id)).cloned();
        // What was set of the account may be longer than the desk's, or than what it was before.
        if of_contract.is_none() && request.account.is_some_and(|id| self.unsettled.contains(&id)) {
            return None;
        }
        let of_account = months(request.account.and_then(|id| self.accounts.get(&id)));
        let (span, by) = of_contract
            .map(|span| (span, By::Contract))
            .or_else(|| of_account.map(|span| (span, By::Account)))
            .or_else(|| months(Some(&self.own)).map(|span| (span, By::Provider)))?;
        (self.end(request.ended_at, &span)? <= self.now).then_some(by)
    }

    /// The latest end of a request of which anything can be over.
    fn latest_end(&self) -> Instant {
        let months = self.own.iter().filter(|(kept, _)| Kept::OF_REQUESTS.contains(kept));
        let all = self.accounts.values().flat_map(BTreeMap::values).chain(months.map(|(_, months)| months));
        // No month is shorter than 28 days; a day more for the hours of zones.
        let by_months = all.map(|months| i64::from(*months) * 28 * DAY - DAY);
        let spans = self.contracts.values().filter_map(|span| self.end(self.now, span));
        let by_spans = spans.map(|end| end.milliseconds() - self.now.milliseconds() - 5 * DAY);
        let shortest = by_months.chain(by_spans).min().unwrap_or(0).max(0);
        self.now.plus_milliseconds(-shortest)
    }

    /// Before which instant rows of a kind are too old: the beginning of a day in UTC, since days of the journal are
    /// sealed whole. Its last 180 days stay.
    fn before(&self, kept: Kept) -> Option<Instant> {
        let months = i32::try_from(*self.own.get(&kept)?).ok()?;
        let utc = Zone::utc();
        let mut day = utc.local(self.now).date.plus_months(-months);
        if kept == Kept::Journal {
            day = day.min(utc.local(self.latest?.plus_milliseconds(-180 * DAY)).date);
        }
        Some(utc.instant_of(day, LocalTime::MIDNIGHT))
    }

    fn mask() -> u32 {
        Kept::OF_REQUESTS.iter().fold(0, |mask, kept| mask | kept.bit())
    }
}

fn aged(kept: Kept) -> Option<AgedRows> {
    match kept {
        Kept::KeptMail => Some(AgedRows::KeptLetters),
        Kept::Journal => Some(AgedRows::Journal),
        Kept::Looks => Some(AgedRows::Looks),
        Kept::Access => Some(AgedRows::Access),
        Kept::Messages | Kept::Attachments | Kept::Letters => None,
    }
}

/// What goes of a request now: the things, and by which rule each.
fn over(cutoffs: &Cutoffs, request: &Sweepable) -> Vec<(Kept, By)> {
    let open = Kept::OF_REQUESTS.into_iter().filter(|kept| request.done & kept.bit() == 0);
    open.filter_map(|kept| Some((kept, cutoffs.is_over(kept, request)?))).collect()
}

/// How much goes of each kind, and the first numbers of requests.
pub(crate) async fn due_now(
    environment: &Environment,
    provider: &ProviderId,
    cutoffs: &Cutoffs,
) -> Result<(BTreeMap<Kept, u64>, Vec<String>), Failure> {
    let (mut counts, mut numbers) = (BTreeMap::new(), Vec::new());
    let mut after = None;
    while !cutoffs.is_none_of_requests() {
        let page =
            environment.store.sweepable(provider, cutoffs.latest_end(), Cutoffs::mask(), after, PAGE).await?;
        for request in &page {
            let over = over(cutoffs, request);
            if !over.is_empty() && numbers.len() < NUMBERS {
                numbers.push(request.number.clone());
            }
            for (kept, _) in over {
                *counts.entry(kept).or_insert(0) += 1;
            }
        }
        after = page.last().map(|last| (last.touched_at, last.ticket));
        if page.len() < PAGE as usize {
            break;
        }
    }
    for kept in Kept::ALL {
        if let (Some(rows), Some(before)) = (aged(kept), cutoffs.before(kept)) {
            counts.insert(kept, environment.store.count_aged(provider, rows, before).await?);
        }
    }
    Ok((counts, numbers))
}

/// Destroys what was kept long enough, of every provider; a bounded number of requests at once. Gives how many
/// requests were treated: as many again may wait when it is not none.
///
/// # Errors
/// When the store fails.
pub async fn forget_outlived(environment: &Environment) -> Result<usize, Failure> {
    environment.store.forget_expired(environment.now()).await?;
    let mut treated = 0;
    for provider in environment.store.providers().await? {
        let sets = set_by(environment, &provider.id).await?;
        let cutoffs = Cutoffs::of(environment, &provider.id, sets).await?;
        treated += forget_requests(environment, &provider.id, &cutoffs).await?;
        forget_rows(environment, &provider.id, &cutoffs).await?;
    }
    Ok(treated)
}

async fn forget_requests(
    environment: &Environment,
    provider: &ProviderId,
    cutoffs: &Cutoffs,
) -> Result<usize, Failure> {
    let (mut treated, mut after) = (0, None);
    while !cutoffs.is_none_of_requests() {
        let page =
            environment.store.sweepable(provider, cutoffs.latest_end(), Cutoffs::mask(), after, PAGE).await?;
        for request in &page {
            let over = over(cutoffs, request);
            if over.is_empty() {
                continue;
            }
            sweep(environment, provider, request, &over).await?;
            treated += 1;
            if treated >= AT_ONCE {
                return Ok(treated);
            }
        }
        after = page.last().map(|last| (last.touched_at, last.ticket));
        if page.len() < PAGE as usize {
            break;
        }
    }
    Ok(treated)
}

async fn sweep(
    environment: &Environment,
    provider: &ProviderId,
    request: &Sweepable,
    over: &[(Kept, By)],
) -> Result<(), Failure> {
    let store = &environment.store;
    if request.root != request.ticket {
        let root = store.ticket_row(provider, request.root).await?;
        // The one that goes on for it may have been opened again, or merged, meanwhile.
        let is_as_read = |row: &TicketRow| {
            let has_ended = matches!(row.state, TicketState::Closed | TicketState::Declined);
            has_ended && row.merged_into.is_none() && row.updated_at <= request.ended_at
        };
        if !root.as_ref().is_some_and(is_as_read) {
            return Ok(());
        }
    }
    let kinds: BTreeSet<Kept> = over.iter().map(|(kept, _)| *kept).collect();
    let by = over.first().map_or(By::Provider, |(_, by)| *by);
    let language = environment.provider(provider).await?.language.clone();
    let language = Language::parse(&language).unwrap_or(Language::French);
    let (subject, nobody) =
        (words::text(language, "outlived-subject"), words::text(language, "outlived-requester"));
    let mut went_on = false;
    let erased = carry_out_erasure(environment, provider, request.ticket, &Actor::System, |page| {
        // Somebody went on with it meanwhile: it is kept from then on anew.
        went_on = page.row.updated_at != request.touched_at;
        if went_on {
            return None;
        }
        let (contents, files) = found(page, &kinds);
        let takes_messages = kinds.contains(&Kept::Messages);
        let renames = takes_messages && page.row.subject != *subject;
        (!contents.is_empty() || !files.is_empty() || renames).then(|| Erasing {
            ground: Ground::Outlived {
                what: kinds.iter().map(|kept| kept.as_str().to_owned()).collect(),
                by: by.as_str().to_owned(),
            },
            subject: takes_messages.then(|| subject.clone().into_owned()),
            requester: (takes_messages && page.row.contact.is_none()).then(|| nobody.clone().into_owned()),
            files,
            contents,
        })
    })
    .await?;
    if went_on {
        return Ok(());
    }
    if kinds.contains(&Kept::Messages) {
        let own = format!("@{}", environment.installation.host_name);
        store.forget_letters_of(provider, request.ticket, &own).await?;
    }
    let done = kinds.iter().fold(request.done, |done, kept| done | kept.bit());
    let (texts, files) = erased.map_or((0, 0), |erased| (erased.texts, erased.files));
    Ok(store.note_sweep(provider, request.ticket, done, environment.now(), texts, files).await?)
}

/// The texts and files of these kinds that still stand.
fn found(page: &TicketPage, kinds: &BTreeSet<Kept>) -> (Vec<ContentId>, Vec<FileId>) {
    let mut forms = BTreeSet::new();
    let mut texts = BTreeSet::new();
    for recorded in page.log.iter().flat_map(|entry| &entry.commit) {
        if let desk::TicketEvent::Wrote { message, .. } = &recorded.event
            && let Some(form) = &message.html
        {
            forms.insert(form.id);
        }
        texts.extend(pointed_to(&recorded.event).into_iter().filter(|(_, is_file)| !is_file));
    }
    let contents = texts.into_iter().map(|(id, _)| ContentId(id));
    let contents = contents.filter(|id| kinds.contains(&Kept::Messages) && page.contents.contains_key(id));
    let files = page.files.iter().filter(|file| {
        let is_letter = forms.contains(&file.id) || is_named_as_kept(&file.name, &file.media_type);
        // The form of a letter says its words again.
        kinds.contains(if is_letter { &Kept::Letters } else { &Kept::Attachments })
            || (is_letter && kinds.contains(&Kept::Messages))
    });
    (contents.collect(), files.map(|file| file.id).collect())
}

async fn forget_rows(
    environment: &Environment,
    provider: &ProviderId,
    cutoffs: &Cutoffs,
) -> Result<(), Failure> {
    let store = &environment.store;
    for kept in Kept::ALL {
        let (Some(rows), Some(before)) = (aged(kept), cutoffs.before(kept)) else { continue };
        if store.count_aged(provider, rows, before).await? == 0 {
            continue;
        }
        let gone = store.forget_aged(provider, rows, before).await?;
        if gone == 0 {
            continue;
        }
        let certificate = AuditEntry {
            provider: provider.clone(),
            id: environment.new_id(),
            at: environment.now(),
            person: None,
            deed: "outlived".to_owned(),
            object: format!("{} {gone} < {before}", kept.as_str()),
            outcome: "done".to_owned(),
            network: String::new(),
        };
        store.append_audit(&[certificate], drawn_bytes).await?;
    }
    Ok(())
}

/// Forgets what was kept long enough, until told to stop: looked for each hour, and at once again where more waits.
pub(crate) async fn keep_forgetting(environment: &Arc<Environment>, mut stop: watch::Receiver<bool>) {
    let mut looked_at: Option<Instant> = None;
    while !*stop.borrow() {
        let now = environment.now();
        if looked_at.is_none_or(|at| at.plus_seconds(3600) <= now) {
            match environment.pulse.pass(Loop::Retention, forget_outlived(environment)).await {
                Ok(0) => looked_at = Some(now),
                Ok(requests) => {
                    tracing::info!(requests, "what was kept long enough was destroyed");
                    continue;
                }
                Err(failure) => {
                    looked_at = Some(now);
                    tracing::error!(
                        error = &failure as &dyn std::error::Error,
                        "what was kept long enough could not be destroyed"
                    );
                }
            }
        }
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(30)) => {}
            _ = stop.changed() => {}
        }
    }
}
