use crate::failure::{Outcome, VerbFailure};
use crate::print::line;

/// The JSON Schema of a block of rules, for editors that complete and check as one types.
pub fn schema() -> Result<Outcome, VerbFailure> {
    let schema = serde_json::to_string_pretty(&agreement::json_schema()).expect("a schema is plain data");
    line!("{schema}");
    Ok(Outcome::Done)
}
