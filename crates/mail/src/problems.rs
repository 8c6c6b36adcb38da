//! What could not be understood in a letter.

/// How many problems are named.
const PROBLEMS_AT_MOST: usize = 50;

/// The problems met so far, each named once.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    named: Vec<String>,
}

impl Problems {
    /// Names a problem in one English sentence without a full stop.
    pub(crate) fn name(&mut self, problem: impl Into<String>) {
        let problem = problem.into();
        if self.named.len() < PROBLEMS_AT_MOST && !self.named.contains(&problem) {
            self.named.push(problem);
        }
    }

    /// The problems in the order they were met.
    pub(crate) fn into_list(self) -> Vec<String> {
        self.named
    }
}
