use crate::args::KeysVerb;
use crate::config::Config;
use crate::failure::{Outcome, VerbFailure};
use crate::print::line;
use crate::{serve, wire};
use operations::{Former, Signed, rotate_key};

/// Changes the keys that sign what the desk gives out.
pub fn run(verb: KeysVerb) -> Result<Outcome, VerbFailure> {
    let KeysVerb::Rotate { name, at_once, config } = verb;
    let Some(of) = Signed::parse(&name) else {
        let names = Signed::ALL.map(Signed::as_str).join("`, `");
        return Err(VerbFailure::Use { argument: name, problem: format!("the keys are `{names}`") });
    };
    let config = Config::read(&config)?;
    wire::runtime()?.block_on(async {
        let environment = serve::environment(&config).await?;
        let former = if at_once { Former::EndNow } else { Former::ForTheirLife };
        for (id, until) in rotate_key(&environment, of, former).await? {
            match until {
                None => line!("{name} key {id} signs from now on"),
                Some(until) => line!("{name} key {id} verifies until {until}"),
            }
        }
        Ok(Outcome::Done)
    })
}
