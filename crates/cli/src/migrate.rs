use crate::config::Config;
use crate::failure::{Outcome, VerbFailure};
use crate::print::line;
use crate::wire;
use serde_json::json;
use std::path::Path;
use store::newest_step;

/// Brings the tables up to date, and grants a role what the application needs.
pub fn run(config: &Path, role: Option<&str>, as_data: bool) -> Result<Outcome, VerbFailure> {
    let config = Config::read(config)?;
    wire::runtime()?.block_on(async {
        let store = wire::database(&config).await?;
        if !as_data {
            line!("the tables are up to date");
        }
        if let Some(role) = role {
            store.grant(role).await?;
        }
        if as_data {
            line!("{}", json!({ "step": newest_step(), "granted": role }));
        } else if let Some(role) = role {
            line!("{role} may add to log, journal and checkpoints, and change nothing in them");
        }
        Ok(Outcome::Done)
    })
}
