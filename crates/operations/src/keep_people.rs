use crate::environment::Environment;
use crate::error::Failure;
use crate::viewer::Viewer;
use desk::{AccountId, AccountRole, Person, PersonId, Right, Role, Standing};

/// Gives somebody of the provider another role, or with none lets a person go: then their sessions,
/// links and tokens end, and open streams with them. Holds at once.
///
/// # Errors
/// - the viewer does not keep people, or means themselves;
/// - there is no such person of the viewer's provider;
/// - a contact would become one of the provider's people, or the reverse;
/// - the store fails.
pub async fn change_person(
    environment: &Environment,
    viewer: &Viewer,
    person: PersonId,
    role: Option<Role>,
) -> Result<(), Failure> {
    let person = subject(environment, viewer, person).await?;
    // Nobody takes their own keys away by mistake: another administrator has to.
    if person.id == viewer.person.id {
        return Err(Failure::NotPermitted);
    }
    match role {
        None => environment.store.let_go(&person.provider, person.id, environment.now()).await?,
        Some(role) if role.is_staff() == person.role.is_staff() => {
            environment.store.take_back(&person.provider, person.id).await?;
            environment.store.put_person(&Person { role, ..person }).await?;
        }
        Some(_) => return Err(Failure::Invalid { field: "role", problem: "error-value-unknown".into() }),
    }
    environment.rights_changed();
    Ok(())
}

/// Gives a contact a role in an account, or with none takes it away. Holds at once.
///
/// # Errors
/// - the viewer does not keep people;
/// - there is no such contact or account of the viewer's provider;
/// - the store fails.
pub async fn give_standing(
    environment: &Environment,
    viewer: &Viewer,
    person: PersonId,
    account: AccountId,
    role: Option<AccountRole>,
) -> Result<(), Failure> {
    let person = subject(environment, viewer, person).await?;
    let provider = &viewer.provider.id;
    let missing = |what| Failure::NotFound { what };
    if person.role != Role::Contact {
        return Err(missing("contact"));
    }
    environment.store.account(provider, account).await?.ok_or(missing("account"))?;
    match role {
        Some(role) => {
            let known = environment.store.person_with_standings(provider, person.id).await?;
            // The first row replaces what was presumed, so that what was presumed is written down.
            for standing in known.map(|(_, standings)| standings).unwrap_or_default() {
                environment.store.put_standing(provider, person.id, standing).await?;
            }
            environment.store.put_standing(provider, person.id, Standing { account, role }).await?;
        }
        None => {
            let taken = environment.store.remove_standing(provider, person.id, account).await?;
            let left = environment.store.person_with_standings(provider, person.id).await?;
            let left = left.map(|(_, standings)| standings).unwrap_or_default();
            // Without a row a contact is a requester of their own account: the last one taken is
            // their leave.
            if !taken && left.iter().any(|standing| standing.account == account)
                || (taken && person.account == Some(account) && left.len() == 1 && left[0].account == account)
            {
                environment.store.let_go(provider, person.id, environment.now()).await?;
            }
        }
    }
    environment.rights_changed();
    Ok(())
}

/// The person meant, when the viewer keeps people and it is one of their provider's.
async fn subject(environment: &Environment, viewer: &Viewer, person: PersonId) -> Result<Person, Failure> {
    if !viewer.may(Right::KeepPeople) || !viewer.may_write() {
        return Err(Failure::NotPermitted);
    }
    let found = environment.store.person(&viewer.provider.id, person).await?;
    found.ok_or(Failure::NotFound { what: "person" })
}
