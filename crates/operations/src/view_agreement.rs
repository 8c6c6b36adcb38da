use crate::environment::Environment;
use crate::error::Failure;
use crate::view_ticket::ContractView;
use crate::viewer::Viewer;
use agreement::WovenPage;
use calendar::LocalDate;
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
    /// Its page, woven at adoption, in the viewer's language or the document's own.
    pub page: WovenPage,
    /// The viewer's own contract under it, where there is one.
    pub contract: Option<ContractView>,
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
) -> Result<AgreementView, Failure> {
    let name = AgreementName { key: key.to_owned(), version: version.to_owned() };
    let contract = contract_under(environment, viewer, &name).await?;
    // A contact without a contract reads the agreement under which strangers are answered.
    let is_default = viewer.provider.agreement.as_ref() == Some(&name);
    if !viewer.is_staff() && contract.is_none() && !is_default {
        return Err(Failure::NotFound { what: "agreement" });
    }
    let adopted = environment.adopted(&viewer.provider.id, &name).await?;
    let page = adopted
        .page
        .0
        .get(viewer.language().tag())
        .or_else(|| adopted.terms.languages.first().and_then(|first| adopted.page.0.get(first)))
        .cloned()
        .ok_or(Failure::NotFound { what: "agreement" })?;
    Ok(AgreementView {
        title: adopted.terms.title.clone(),
        effective: adopted.terms.effective,
        terms: Arc::clone(&adopted.terms),
        page,
        contract,
        name,
    })
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
        let name = adopted.name;
        match view_agreement(environment, viewer, &name.key, &name.version).await {
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
    Ok(latest.map(|contract| ContractView {
        id: contract.id,
        from: contract.from,
        to: contract.to,
        parameters: contract.parameters,
    }))
}
