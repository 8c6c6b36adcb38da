use crate::parse_search::SearchProblem;
use desk::Refusal;
use store::StoreError;
use thiserror::Error;

/// What a deed of the desk can end in, other than well.
#[derive(Debug, Error)]
pub enum Failure {
    /// There is no such thing, or the viewer may not know that there is.
    #[error("there is no such {what}")]
    NotFound {
        /// What was looked for.
        what: &'static str,
    },
    /// Nobody is signed in, or the token is not valid.
    #[error("nobody is signed in")]
    NotSignedIn,
    /// The viewer may not do this.
    #[error("not permitted")]
    NotPermitted,
    /// The core refuses the command.
    #[error("the command is refused")]
    Refused(#[from] Refusal),
    /// Somebody else changed it since the viewer read it.
    #[error("it was changed in the meantime")]
    Changed {
        /// The version that now stands.
        version: u64,
    },
    /// A value given by the viewer is not usable.
    #[error("`{field}` is not usable: {problem}")]
    Invalid {
        /// The field.
        field: &'static str,
        /// A key of the words that say what is wrong and what to write.
        problem: String,
    },
    /// A search cannot be understood.
    #[error("the search cannot be understood")]
    Search(#[from] SearchProblem),
    /// It was done too often.
    #[error("too many, again in {retry_after_seconds} s")]
    TooMany {
        /// When it may be tried again.
        retry_after_seconds: i64,
    },
    /// The same idempotency key was used for another request.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// One of several commands that were given together cannot be; none of them was.
    #[error("command {} of several cannot be given", place + 1)]
    Step {
        /// Its place, from 0.
        place: usize,
        /// Why.
        #[source]
        why: Box<Failure>,
    },
    /// The store failed.
    #[error("the store could not do it")]
    Store(#[from] StoreError),
    /// A stored agreement cannot be read.
    #[error("the adopted agreement {agreement} cannot be read: {problem}")]
    Agreement {
        /// Which.
        agreement: String,
        /// Why.
        problem: String,
    },
    /// The program has a defect: it panicked, and was caught.
    #[error("it panicked: {said}")]
    Panicked {
        /// What the panic said.
        said: String,
    },
}

impl Failure {
    /// What one of several commands ended in.
    pub(crate) fn at_step(place: usize, why: Self) -> Self {
        Self::Step { place, why: Box::new(why) }
    }

    /// Whether trying the same again later may succeed.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Store(error) => error.is_temporary(),
            Self::Step { why, .. } => why.is_temporary(),
            _ => false,
        }
    }
}
