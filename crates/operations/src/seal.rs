use crate::environment::{Environment, drawn_bytes};
use desk::{ContentId, ContentRef, FileId, FileRef, MessageId};
use store::{NewContent, NewFile, NewName, content_digest, file_digest};
use terms::{FactType, FactValue, Facts, KeptWords, Terms};

/// Texts and files on their way into the store, beside the events that refer to them.
#[derive(Clone, Default)]
pub(crate) struct Sealed {
    pub(crate) contents: Vec<NewContent>,
    pub(crate) files: Vec<NewFile>,
    /// Texts that stand already and say something else from now on.
    pub(crate) rewritten: Vec<NewContent>,
    /// Files that stand already and have another name from now on.
    pub(crate) renamed: Vec<NewName>,
}

impl Sealed {
    /// Keeps a text beside the events and gives what the events hold of it.
    pub(crate) fn text(&mut self, environment: &Environment, text: &str) -> ContentRef {
        let id = ContentId(environment.new_id());
        let salt: [u8; 16] = drawn_bytes();
        let digest = content_digest(&salt, text);
        self.contents.push(NewContent { id, salt, text: text.to_owned() });
        ContentRef { id, digest }
    }

    /// Keeps other words in place of a text that stands, and gives what the events hold of it from now on.
    pub(crate) fn rewrite(&mut self, id: ContentId, text: String) -> ContentRef {
        let salt: [u8; 16] = drawn_bytes();
        let digest = content_digest(&salt, &text);
        self.rewritten.push(NewContent { id, salt, text });
        ContentRef { id, digest }
    }

    /// Keeps another name of a file that stands, and gives what the events hold of it from now on.
    pub(crate) fn rename(&mut self, file: &FileRef, name: &str, bytes: &[u8]) -> FileRef {
        let salt: [u8; 16] = drawn_bytes();
        let name = mail::file_name(name).unwrap_or_else(|| "attachment".to_owned());
        let digest = file_digest(&salt, &name, bytes);
        self.renamed.push(NewName { id: file.id, name, salt });
        FileRef { digest, ..file.clone() }
    }

    /// Keeps the words among facts beside the events: the values of facts that the document declares as words.
    pub(crate) fn facts(&mut self, environment: &Environment, terms: &Terms, facts: &mut Facts) {
        for rule in terms.facts.iter().filter(|rule| rule.kind == FactType::Words) {
            let Some(said) = facts.text(rule.name.as_str()).map(|said| said.trim().to_owned()) else {
                continue;
            };
            let ContentRef { id, digest } = self.text(environment, &said);
            let kept = KeptWords { id: id.to_string(), digest };
            facts.set(rule.name.clone(), FactValue::Words(Box::new(kept)));
        }
    }

    /// Keeps a file beside the events and gives what the events hold of it.
    pub(crate) fn file(
        &mut self,
        environment: &Environment,
        message: MessageId,
        name: &str,
        media_type: &str,
        inline: bool,
        bytes: Vec<u8>,
    ) -> FileRef {
        let id = FileId(environment.new_id());
        let salt: [u8; 16] = drawn_bytes();
        // However it came: a name neither leads into another folder nor disguises its kind. What has none keeps none.
        let neutral =
            (!name.is_empty()).then(|| mail::file_name(name).unwrap_or_else(|| "attachment".to_owned()));
        let name = neutral.as_deref().unwrap_or_default();
        let digest = file_digest(&salt, name, &bytes);
        let size = bytes.len() as u64;
        self.files.push(NewFile {
            id,
            message,
            name: name.to_owned(),
            media_type: media_type.to_owned(),
            salt,
            bytes,
        });
        FileRef { id, media_type: media_type.to_owned(), size, digest, inline }
    }
}
