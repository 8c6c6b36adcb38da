use crate::environment::Environment;
use crate::error::Failure;
use agreement::{Compilation, Diagnostic, Options, Severity, compile, rehearse, weave};
use desk::{PersonId, ProviderId};
use std::collections::BTreeMap;
use std::sync::Arc;
use store::{Adoption, AgreementRecord};
use terms::{AgreementName, Terms};
use thiserror::Error;
use words::Language;

/// Why a document was not put in force.
#[derive(Debug, Error)]
pub enum AdoptError {
    /// The document has errors.
    #[error("the document has {} errors", .0.len())]
    Diagnostics(Vec<Diagnostic>),
    /// This version was adopted with another text, which contracts and requests rely on.
    #[error("agreement {0} is in force with another text")]
    InForce(AgreementName),
    /// It could not be stored.
    #[error("the agreement could not be stored")]
    Failure(#[from] Failure),
}

/// Puts a document in force for a provider: compiled once, stored with its text and its page. Gives
/// its name and its terms as they are in force. Worked examples of a new version that do not hold are named in the log.
///
/// # Errors
/// - the document has errors;
/// - the same version was adopted with another text;
/// - the store fails.
pub async fn adopt_agreement(
    environment: &Environment,
    provider: &ProviderId,
    text: &str,
    file_name: &str,
) -> Result<(AgreementName, Arc<Terms>), AdoptError> {
    let compilation = match compiled(text, file_name) {
        Ok(compilation) => compilation,
        Err(errors) => {
            // What an earlier compiler took is in force as it was compiled then.
            let Some(name) = in_force_with(environment, provider, text).await? else { return Err(errors) };
            let terms = environment.terms(provider, &name).await?;
            return Ok((name, terms));
        }
    };
    if let Some(terms) = &compilation.terms
        && standing(environment, provider, &terms.name, text).await?.is_none()
    {
        for found in rehearse(&compilation).diagnostics() {
            let differs = found.sentence("en");
            tracing::warn!(agreement = %terms.name, %differs, "a worked example does not hold");
        }
    }
    put_in_force(environment, provider, text, &compilation, None).await
}

/// Compiles a document.
///
/// # Errors
/// It has errors.
pub(crate) fn compiled(text: &str, file_name: &str) -> Result<Compilation, AdoptError> {
    let compilation = compile(text, file_name, &Options::default());
    let is_error = |found: &&Diagnostic| found.severity == Severity::Error;
    let errors: Vec<Diagnostic> = compilation.diagnostics.iter().filter(is_error).cloned().collect();
    if compilation.terms.is_some() && errors.is_empty() {
        Ok(compilation)
    } else {
        Err(AdoptError::Diagnostics(errors))
    }
}

/// Puts a document that was compiled in force, in the name of whoever adopts it.
///
/// # Errors
/// As [`adopt_agreement`], but for the document's own.
pub(crate) async fn put_in_force(
    environment: &Environment,
    provider: &ProviderId,
    text: &str,
    compilation: &Compilation,
    by: Option<PersonId>,
) -> Result<(AgreementName, Arc<Terms>), AdoptError> {
    let terms = compilation.terms.as_ref().expect("a document without errors has terms");
    // A version that is in force stays as it was compiled then, whatever this compiler makes of it.
    if let Some(name) = standing(environment, provider, &terms.name, text).await? {
        let terms = environment.terms(provider, &name).await?;
        return Ok((name, terms));
    }
    let pages: BTreeMap<String, agreement::WovenPage> = terms
        .languages
        .iter()
        .filter_map(|language| Some((language.clone(), weave(compilation, Language::parse(language)?))))
        .collect();
    let record = AgreementRecord {
        name: terms.name.clone(),
        text: text.to_owned(),
        terms: serde_json::to_string(terms).expect("terms are plain data"),
        page: serde_json::to_string(&pages).expect("a page is plain data"),
        adoption: Adoption { at: environment.now(), by },
    };
    let name = record.name.clone();
    environment.store.adopt(provider, record).await.map_err(Failure::from)?;
    let terms = environment.terms(provider, &name).await?;
    Ok((name, terms))
}

/// The version of that name, where it is in force with this text.
///
/// # Errors
/// It is in force with another, or the store fails.
pub(crate) async fn standing(
    environment: &Environment,
    provider: &ProviderId,
    name: &AgreementName,
    text: &str,
) -> Result<Option<AgreementName>, AdoptError> {
    match environment.store.agreement(provider, name).await.map_err(Failure::from)? {
        Some(standing) if !is_same_text(&standing.text, text) => Err(AdoptError::InForce(standing.name)),
        standing => Ok(standing.map(|standing| standing.name)),
    }
}

/// The version that is in force with this text, whatever it is called.
async fn in_force_with(
    environment: &Environment,
    provider: &ProviderId,
    text: &str,
) -> Result<Option<AgreementName>, Failure> {
    for adopted in environment.store.agreements(provider).await? {
        let known = environment.store.agreement(provider, &adopted.name).await?;
        if known.is_some_and(|known| is_same_text(&known.text, text)) {
            return Ok(Some(adopted.name));
        }
    }
    Ok(None)
}

/// Whether two texts say the same line by line: a form, an editor and a mail end lines and texts each in their way.
fn is_same_text(one: &str, other: &str) -> bool {
    one.trim().lines().eq(other.trim().lines())
}
