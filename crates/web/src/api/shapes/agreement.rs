//! Agreements on the wire.

use super::{AlternativeShape, ClauseShape, InterpretationShape, fact};
use crate::page::Frame;
use operations::{AgreementPage, AgreementView};
use serde::Serialize;
use utoipa::ToSchema;

/// An agreement.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct AgreementShape {
    key: String,
    version: String,
    title: String,
    /// First day in force.
    effective: String,
    /// Languages of the document, its own first.
    languages: Vec<String>,
    /// Civil zone of the agreement.
    zone: String,
    /// The caller's own contract under it.
    contract: Option<ContractShape>,
    /// Who adopted it and when, for the provider's people.
    adoption: Option<AdoptionShape>,
}

/// Who adopted a version of an agreement, and when.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct AdoptionShape {
    at: String,
    /// By name; absent where it came from the configuration or the command line.
    by: Option<String>,
}

/// A contract.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ContractShape {
    id: String,
    from: String,
    to: Option<String>,
    parameters: serde_json::Map<String, serde_json::Value>,
}

/// An agreement with its text and clauses.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct AgreementPageShape {
    #[serde(flatten)]
    agreement: AgreementShape,
    /// Its headings in order.
    clauses: Vec<ClauseShape>,
    /// How ambiguous clauses are understood.
    interpretations: Vec<InterpretationShape>,
    /// Its text as HTML, with an anchor at each clause.
    html: String,
}

impl AgreementShape {
    pub(crate) fn of(frame: &Frame, view: &AgreementView) -> Self {
        Self {
            key: view.name.key.clone(),
            version: view.name.version.clone(),
            title: view.title.text(frame.language.tag()).to_owned(),
            effective: view.effective.to_string(),
            languages: view.terms.languages.clone(),
            zone: view.terms.zone.name().to_owned(),
            contract: view.contract.as_ref().map(|contract| ContractShape {
                id: contract.id.to_string(),
                from: contract.from.to_string(),
                to: contract.to.map(|to| to.to_string()),
                parameters: contract
                    .parameters
                    .iter()
                    .map(|(name, value)| (name.to_string(), fact(value)))
                    .collect(),
            }),
            adoption: view
                .adoption
                .as_ref()
                .map(|adoption| AdoptionShape { at: adoption.at.to_string(), by: adoption.by.clone() }),
        }
    }
}

impl AgreementPageShape {
    pub(crate) fn of(frame: &Frame, page: AgreementPage) -> Self {
        let AgreementPage { agreement: view, woven } = page;
        let language = frame.language.tag();
        let interpretations = view.terms.interpretations.iter().map(|interpretation| InterpretationShape {
            name: interpretation.name.clone(),
            text: interpretation.text.text(language).to_owned(),
            alternatives: interpretation
                .alternatives
                .iter()
                .map(|other| AlternativeShape {
                    name: other.name.clone(),
                    text: other.text.text(language).to_owned(),
                })
                .collect(),
        });
        Self {
            agreement: AgreementShape::of(frame, &view),
            clauses: view.terms.clauses.iter().map(|text| ClauseShape::of(&text.clause)).collect(),
            interpretations: interpretations.collect(),
            html: woven.body_html,
        }
    }
}

/// A list of agreements.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct AgreementListShape {
    pub(crate) items: Vec<AgreementShape>,
}
