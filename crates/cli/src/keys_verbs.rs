use crate::args::KeysVerb;
use crate::config::Config;
use crate::failure::{Outcome, VerbFailure};
use crate::print::line;
use crate::{serve, wire};
use operations::{Former, Signed, rotate_key};
use serde_json::{Value, json};

/// Changes the keys that sign what the desk gives out.
pub fn run(verb: KeysVerb) -> Result<Outcome, VerbFailure> {
    let KeysVerb::Rotate { name, at_once, config, json: as_data } = verb;
    let Some(of) = Signed::parse(&name) else {
        let names = Signed::ALL.map(Signed::as_str).join("`, `");
        return Err(VerbFailure::Use { argument: name, problem: format!("the keys are `{names}`") });
    };
    let config = Config::read(&config)?;
    wire::runtime()?.block_on(async {
        let environment = serve::environment(&config).await?;
        let former = if at_once { Former::EndNow } else { Former::ForTheirLife };
        let keys = rotate_key(&environment, of, former).await?;
        if as_data {
            let keys: Vec<Value> = keys
                .iter()
                .map(|(id, until)| json!({ "id": id, "until": until.map(|until| until.to_string()) }))
                .collect();
            line!("{}", json!({ "name": name, "keys": keys }));
            return Ok(Outcome::Done);
        }
        for (id, until) in keys {
            match until {
                None => line!("{name} key {id} signs from now on"),
                Some(until) => line!("{name} key {id} verifies until {until}"),
            }
        }
        Ok(Outcome::Done)
    })
}
