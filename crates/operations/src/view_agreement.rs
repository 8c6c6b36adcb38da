use crate::environment::Environment;
use crate::error::Failure;
use crate::view_ticket::ContractView;
use crate::viewer::Viewer;
use agreement::WovenPage;
use calendar::{Instant, LocalDate};
use std::collections::HashMap;
use std::sync::Arc;
use terms::{AgreementName, Label, Terms};

/// An adopted agreement as a viewer reads it.
#[derive(Clone, Debug)]
pub struct AgreementView {
    /// Key and version.
    pub name: AgreementName,
    /// Its title.
    pub title: Label,
    /// First day in force.
    pub effective: LocalDate,
    /// Its terms.
    pub terms: Arc<Terms>,
    /// The viewer's own contract under it, where there is one.
    pub contract: Option<ContractView>,
    /// Who adopted it and when, for the provider's people.
    pub adoption: Option<AdoptionView>,
}

/// Who adopted a version of an agreement, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdoptionView {
    /// When.
    pub at: Instant,
    /// By name; nobody where it came from the configuration or the command line.
    pub by: Option<String>,
}

/// An adopted agreement with its text.
#[derive(Clone, Debug)]
pub struct AgreementPage {
    /// What it is.
    pub agreement: AgreementView,
    /// Its page, woven at adoption, in the viewer's language or the document's own.
    pub woven: WovenPage,
}

/// Shows an adopted agreement: to the provider's people any, to contacts what they signed.
///
/// # Errors
/// - there is no such agreement for this viewer;
/// - the store fails.
pub async fn view_agreement(
    environment: &Environment,
    viewer: &Viewer,
    key: &str,
    version: &str,
) -> Result<AgreementPage, Failure> {
    let name = AgreementName { key: key.to_owned(), version: version.to_owned() };
    let agreement = readable(environment, viewer, name).await?;
    let missing = || Failure::NotFound { what: "agreement" };
    let (provider, name) = (&viewer.provider.id, &agreement.name);
    // Read each time: pages are large and seldom looked at.
    let page = environment.store.agreement_page(provider, name).await?.ok_or_else(missing)?;
    let mut pages: HashMap<String, WovenPage> = serde_json::from_str(&page)
        .map_err(|error| Failure::Agreement { agreement: name.to_string(), problem: error.to_string() })?;
    let first = agreement.terms.languages.first().map(String::as_str).unwrap_or_default();
    let woven = pages.remove(viewer.language().tag()).or_else(|| pages.remove(first)).ok_or_else(missing)?;
    Ok(AgreementPage { agreement, woven })
}

/// What a viewer may read of an agreement, without its text.
async fn readable(
    environment: &Environment,
    viewer: &Viewer,
    name: AgreementName,
) -> Result<AgreementView, Failure> {
    let contract = contract_under(environment, viewer, &name).await?;
    // A contact without a contract reads the agreement under which strangers are answered.
    let is_default = viewer.provider.agreement.as_ref() == Some(&name);
    if !viewer.is_staff() && contract.is_none() && !is_default {
        return Err(Failure::NotFound { what: "agreement" });
    }
    let terms = environment.terms(&viewer.provider.id, &name).await?;
    let adoption = if viewer.is_staff() { adoption_of(environment, viewer, &name).await? } else { None };
    let (title, effective) = (terms.title.clone(), terms.effective);
    Ok(AgreementView { title, effective, terms, contract, adoption, name })
}

async fn adoption_of(
    environment: &Environment,
    viewer: &Viewer,
    name: &AgreementName,
) -> Result<Option<AdoptionView>, Failure> {
    let provider = &viewer.provider.id;
    let Some(adoption) = environment.store.adoption(provider, name).await? else { return Ok(None) };
    let person = match adoption.by {
        Some(id) => environment.person(provider, id).await?,
        None => None,
    };
    Ok(Some(AdoptionView { at: adoption.at, by: person.map(|person| person.name.clone()) }))
}

/// The agreements that a viewer may read, latest version first.
///
/// # Errors
/// When the store fails.
pub async fn list_agreements(
    environment: &Environment,
    viewer: &Viewer,
) -> Result<Vec<AgreementView>, Failure> {
    let mut views = Vec::new();
    for adopted in environment.store.agreements(&viewer.provider.id).await? {
        match readable(environment, viewer, adopted.name).await {
            Ok(view) => views.push(view),
            Err(Failure::NotFound { .. }) => {}
            Err(failure) => return Err(failure),
        }
    }
    views.sort_by_key(|view| std::cmp::Reverse(view.effective));
    Ok(views)
}

async fn contract_under(
    environment: &Environment,
    viewer: &Viewer,
    name: &AgreementName,
) -> Result<Option<ContractView>, Failure> {
    let mut contracts = Vec::new();
    for standing in &viewer.standings {
        contracts.extend(environment.store.contracts_of(&viewer.provider.id, standing.account).await?);
    }
    let latest = contracts
        .into_iter()
        .filter(|contract| contract.agreement == *name)
        .max_by_key(|contract| contract.from);
    Ok(latest.map(ContractView::from))
}
