use crate::failure::VerbFailure;
use calendar::{LocalDate, Span};
use data_encoding::HEXLOWER;
use desk::{AccountId, Contract, ContractId, Person, PersonId, ProviderId, Role};
use operations::{Environment, Failure, contract_values};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use store::{Account, Provider};
use terms::{AgreementName, FactName, FactValue, Facts, Figure, ParameterKind, Terms};

/// A provider with its people, customers and contracts, as a file of data says it.
///
/// Loading is idempotent: ids derive from keys and addresses, so that a file that was changed can
/// be loaded again.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderFile {
    pub provider: ProviderEntry,
    /// Parameters that the provider sets for all its contracts.
    #[serde(default)]
    pub parameters: BTreeMap<String, Value>,
    #[serde(default)]
    pub staff: Vec<PersonEntry>,
    #[serde(default)]
    pub account: Vec<AccountEntry>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderEntry {
    pub key: String,
    pub name: String,
    pub prefix: String,
    pub mailbox: String,
    pub from_name: String,
    pub language: String,
    pub zone: String,
    /// Key of the agreement under which strangers are answered.
    pub agreement: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonEntry {
    #[serde(default)]
    pub role: Option<Role>,
    pub name: String,
    pub email: String,
    pub language: String,
    #[serde(default)]
    pub zone: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountEntry {
    pub key: String,
    pub name: String,
    #[serde(default)]
    pub contact: Vec<PersonEntry>,
    #[serde(default)]
    pub contract: Vec<ContractEntry>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContractEntry {
    /// Key of its agreement; the provider's own when absent.
    #[serde(default)]
    pub agreement: Option<String>,
    pub from: Value,
    #[serde(default)]
    pub to: Option<Value>,
    #[serde(default)]
    pub parameters: BTreeMap<String, Value>,
}

/// A value of the file, before the agreement says what kind it must be.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Value {
    YesNo(bool),
    Number(i64),
    Date(toml_edit::Datetime),
    Text(String),
    Names(BTreeSet<String>),
    Table(BTreeMap<String, Vec<String>>),
}

/// What was loaded, for whoever tells of it.
pub struct Loaded {
    pub provider: Provider,
    pub accounts: Vec<(Account, Vec<Contract>)>,
    pub people: Vec<Person>,
}

/// The digest of texts, in hexadecimal.
pub fn digest<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let mut hasher = Sha256::new();
    for text in texts {
        hasher.update(Sha256::digest(text.as_bytes()));
    }
    HEXLOWER.encode(&hasher.finalize())
}

/// Reads a file of data.
pub fn read(text: &str, path: &str) -> Result<ProviderFile, VerbFailure> {
    toml_edit::de::from_str(text)
        .map_err(|error| VerbFailure::Content { path: path.to_owned(), problem: error.to_string() })
}

/// Agreements by key.
pub type Adopted = BTreeMap<String, (AgreementName, Arc<Terms>)>;

/// What stands against a file of data: agreements that there are not, and values that they do not admit.
pub fn problems(file: &ProviderFile, adopted: &Adopted) -> Vec<String> {
    let mut found: Vec<String> = unknown_for_all(file, adopted).into_iter().collect();
    found.extend(agreement_of(adopted, &file.provider.agreement).err());
    for entry in &file.account {
        for contract in &entry.contract {
            let key = contract.agreement.as_deref().unwrap_or(&file.provider.agreement);
            let values = agreement_of(adopted, key)
                .and_then(|(_, terms)| values_of(terms, &file.parameters, &contract.parameters));
            found.extend(values.err());
            found.extend(day(&contract.from, "from").err());
            found.extend(contract.to.as_ref().and_then(|to| day(to, "to").err()));
        }
    }
    let mut told = BTreeSet::new();
    found.retain(|problem| told.insert(problem.clone()));
    found
}

fn agreement_of<'a>(adopted: &'a Adopted, key: &str) -> Result<&'a (AgreementName, Arc<Terms>), String> {
    adopted
        .get(key)
        .ok_or_else(|| format!("no agreement `{key}` was adopted: name one whose document is read"))
}

/// A parameter that the provider sets for all its contracts and that none of its agreements knows.
fn unknown_for_all(file: &ProviderFile, adopted: &Adopted) -> Option<String> {
    let is_known = |key: &&String| adopted.values().any(|(_, terms)| terms.knows(&FactName((*key).clone())));
    let unknown = file.parameters.keys().find(|key| !is_known(key))?;
    Some(format!("no agreement that was adopted knows the parameter `{unknown}`"))
}

fn day(value: &Value, field: &str) -> Result<LocalDate, String> {
    date(value).ok_or_else(|| format!("`{field}` must be a date such as 2026-01-01"))
}

/// Stores what a file of data says. `adopted` are the agreements in force, by key.
pub async fn load(
    environment: &Environment,
    file: &ProviderFile,
    path: &str,
    adopted: &Adopted,
) -> Result<Loaded, VerbFailure> {
    let unusable = |problem: String| VerbFailure::Content { path: path.to_owned(), problem };
    // Nothing is stored of a file that cannot be used whole.
    if let Some(problem) = problems(file, adopted).into_iter().next() {
        return Err(unusable(problem));
    }
    let entry = &file.provider;
    let (default_agreement, _) = agreement_of(adopted, &entry.agreement).map_err(&unusable)?;
    let id = ProviderId(entry.key.clone());
    let provider = Provider {
        id: id.clone(),
        name: entry.name.clone(),
        prefix: entry.prefix.clone(),
        mailbox: entry.mailbox.to_lowercase(),
        from_name: entry.from_name.clone(),
        language: entry.language.clone(),
        zone: entry.zone.clone(),
        agreement: Some(default_agreement.clone()),
    };
    let store = &environment.store;
    store.put_provider(&provider).await?;
    let mut people = Vec::new();
    let mut accounts = Vec::new();
    for entry in &file.staff {
        let role = entry.role.unwrap_or(Role::Agent);
        people.push(person(&id, entry, role, None));
    }
    for entry in &file.account {
        let account = Account {
            id: AccountId(derived(&[&id.0, "account", &entry.key])),
            provider: id.clone(),
            key: entry.key.clone(),
            name: entry.name.clone(),
        };
        store.put_account(&account).await?;
        // One that was destroyed stays so, with its people and contracts, whatever file still names it.
        if store.account_by_key(&id, &account.key).await?.is_none() {
            eprintln!("entente: the account {} was destroyed and is not made again", account.key);
            continue;
        }
        for contact in &entry.contact {
            people.push(person(&id, contact, Role::Contact, Some(account.id)));
        }
        let mut contracts = Vec::new();
        for (place, terms_of) in entry.contract.iter().enumerate() {
            let key = terms_of.agreement.as_deref().unwrap_or(&file.provider.agreement);
            let (name, terms) = agreement_of(adopted, key).map_err(&unusable)?;
            let parameters = values_of(terms, &file.parameters, &terms_of.parameters).map_err(&unusable)?;
            let contract = Contract {
                id: ContractId(derived(&[&id.0, "contract", &entry.key, &place.to_string()])),
                account: account.id,
                agreement: name.clone(),
                parameters,
                from: day(&terms_of.from, "from").map_err(&unusable)?,
                to: terms_of.to.as_ref().map(|to| day(to, "to")).transpose().map_err(&unusable)?,
            };
            store.put_contract(&id, &contract).await?;
            contracts.push(contract);
        }
        accounts.push((account, contracts));
    }
    for person in &mut people {
        // Somebody who was named on a page, or whose address changed there, is the same person.
        if let Some(known) = store.person_by_email(&id, &person.email).await? {
            person.id = known.id;
        }
        store.put_person(person).await?;
    }
    Ok(Loaded { provider, accounts, people })
}

fn person(provider: &ProviderId, entry: &PersonEntry, role: Role, account: Option<AccountId>) -> Person {
    Person {
        id: PersonId(derived(&[&provider.0, "person", &entry.email.to_lowercase()])),
        provider: provider.clone(),
        role,
        name: entry.name.clone(),
        email: entry.email.to_lowercase(),
        account,
        language: entry.language.clone(),
        zone: entry.zone.clone(),
    }
}

/// An id that the same words always give.
fn derived(words: &[&str]) -> u128 {
    let digest = Sha256::digest(words.join("\0").as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    u128::from_be_bytes(bytes)
}

fn date(value: &Value) -> Option<LocalDate> {
    match value {
        Value::Date(date) => LocalDate::parse(&date.date?.to_string()).ok(),
        Value::Text(text) => LocalDate::parse(text).ok(),
        _ => None,
    }
}

/// The values of a contract, its own before those that its provider sets for all, each as the agreement wants it. What
/// only another agreement of the provider knows stays as it is.
fn values_of(
    terms: &Terms,
    for_all: &BTreeMap<String, Value>,
    own: &BTreeMap<String, Value>,
) -> Result<Facts, String> {
    let mut values = Facts::new();
    for (key, value) in for_all.iter().chain(own) {
        let name = FactName(key.clone());
        let value = fact_value(terms, key, value)?;
        if !terms.knows(&name) && !own.contains_key(key) {
            values.set(name, value);
            continue;
        }
        within_bounds(terms, key, &value)?;
        values.extend(&admitted(terms, &name, value)?);
    }
    Ok(values)
}

/// One value as the agreement wants it.
fn admitted(terms: &Terms, name: &FactName, value: FactValue) -> Result<Facts, String> {
    if !terms.knows(name) {
        return Err(format!("`{}` knows neither a parameter nor a fact `{name}`", terms.name));
    }
    let mut given = Facts::new();
    given.set(name.clone(), value);
    contract_values(terms, &given).map_err(|failure| match failure {
        Failure::Refused(refusal) => refusal.to_string(),
        Failure::Invalid { .. } => format!("parameter `{name}` must be a day, or days, such as 2026-12-24"),
        failure => failure.to_string(),
    })
}

/// Whether the agreement lets a contract give a parameter this value.
fn within_bounds(terms: &Terms, key: &str, value: &FactValue) -> Result<(), String> {
    let Some(parameter) = terms.parameters.iter().find(|parameter| parameter.name.as_str() == key) else {
        return Ok(());
    };
    if parameter.admits(value) {
        return Ok(());
    }
    let bounds: Vec<String> = [("at least", &parameter.at_least), ("at most", &parameter.at_most)]
        .into_iter()
        .filter_map(|(side, bound)| Some(format!("{side} {}", bound.as_ref()?)))
        .collect();
    let clause = parameter.clause.mark();
    let clause = if clause.is_empty() { String::new() } else { format!(" by clause {clause}") };
    Err(format!("parameter `{key}` is {value}, and `{}` allows {}{clause}", terms.name, bounds.join(" and ")))
}

/// The value as the agreement's declaration of the parameter wants it.
fn fact_value(terms: &Terms, key: &str, value: &Value) -> Result<FactValue, String> {
    let kind =
        terms.parameters.iter().find(|parameter| parameter.name.as_str() == key).map(|found| found.kind);
    Ok(match (kind, value) {
        (Some(ParameterKind::Span), Value::Text(text)) => {
            FactValue::Span(Span::parse(text).map_err(|error| format!("parameter `{key}`: {error}"))?)
        }
        (Some(ParameterKind::Money), Value::Text(text)) => match text.parse() {
            Ok(Figure::Money(money)) => FactValue::Money(money),
            _ => return Err(format!("parameter `{key}` must be an amount such as \"1200 EUR\"")),
        },
        (Some(ParameterKind::Number | ParameterKind::Share), Value::Text(text)) => {
            let number = text.trim().trim_end_matches('%').trim_end().parse();
            FactValue::Number(
                number
                    .map_err(|_| format!("parameter `{key}` must be a number or a share such as \"80 %\""))?,
            )
        }
        (_, Value::YesNo(yes)) => FactValue::YesNo(*yes),
        (_, Value::Number(number)) => FactValue::Number((*number).into()),
        (_, Value::Date(_)) => FactValue::Date(
            date(value).ok_or_else(|| format!("parameter `{key}` must be a date without time"))?,
        ),
        (_, Value::Text(text)) => FactValue::text(text),
        (_, Value::Names(names)) => FactValue::Names(names.clone()),
        (_, Value::Table(table)) => FactValue::Table(Arc::new(table.clone())),
    })
}
