use std::process::ExitCode;
use terms::AgreementName;
use thiserror::Error;

/// How a verb ended when nothing failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Done: exit 0.
    Done,
    /// The answer is no, such as a check that found errors: exit 1.
    No,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Done => Self::SUCCESS,
            Outcome::No => Self::from(1),
        }
    }
}

/// What a verb can fail at: exit 3, or 2 where it was used wrongly.
#[derive(Debug, Error)]
pub enum VerbFailure {
    /// An argument cannot be understood: exit 2.
    #[error("{argument}: {problem}")]
    Use {
        /// Which argument.
        argument: String,
        /// What is wrong, and what to write.
        problem: String,
    },
    /// A file could not be read or written.
    #[error("{attempt} `{path}`")]
    File {
        /// What was attempted.
        attempt: &'static str,
        /// Which file.
        path: String,
        /// Why it failed.
        #[source]
        source: std::io::Error,
    },
    /// A file holds something else than it should.
    #[error("`{path}` cannot be used: {problem}")]
    Content {
        /// Which file.
        path: String,
        /// What is wrong, and what to write.
        problem: String,
    },
    /// An address could not be listened on.
    #[error("listening on {address}")]
    Listen {
        /// Which address.
        address: String,
        /// Why it failed.
        #[source]
        source: std::io::Error,
    },
    /// The store failed.
    #[error("opening the store")]
    Store(#[from] store::StoreError),
    /// A deed of the desk failed.
    #[error("setting up the desk")]
    Desk(#[source] Box<operations::Failure>),
    /// A document could not be put in force.
    #[error("adopting `{path}`: {problem}")]
    Adopt {
        /// Which document.
        path: String,
        /// What is wrong.
        problem: String,
    },
    /// A page could not be set.
    #[error("setting the printed page")]
    Paper(#[source] paper::PaperError),
    /// The ways of mail could not be set up.
    #[error("setting up mail: {0}")]
    Mail(String),
    /// A message was not taken in.
    #[error("taking the message in: {problem}")]
    Message {
        /// Why, and what to do.
        problem: String,
        /// What the program that waits at the other end of the pipe is to do. Source: `sysexits.h`,
        /// as mail servers read it.
        code: u8,
    },
    /// The machine would not give what a server needs.
    #[error("starting the server")]
    Machine(#[source] std::io::Error),
    /// Something that runs all the time ended by itself.
    #[error("{part} ended though nobody told it to; start the program again")]
    Ended {
        /// What.
        part: &'static str,
    },
}

impl VerbFailure {
    /// The version of a document is in force with another text.
    pub fn in_force(path: &str, name: &AgreementName) -> Self {
        let problem = format!(
            "version {} of {} is in force with another text, which contracts and requests rely on; give the changed \
             document a version of its own",
            name.version, name.key,
        );
        Self::Adopt { path: path.to_owned(), problem }
    }
}

impl From<operations::Failure> for VerbFailure {
    fn from(failure: operations::Failure) -> Self {
        Self::Desk(Box::new(failure))
    }
}
