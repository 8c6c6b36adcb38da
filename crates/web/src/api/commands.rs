//! Commands of a request as programs write them: their document is made from what reads them.

use operations::{COMMANDS, FieldKind, check_fields};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use utoipa::openapi::schema::{AdditionalProperties, ArrayBuilder, ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{KnownFormat, RefOr, Schema, SchemaFormat};
use utoipa::{PartialSchema, ToSchema};

/// What a command takes; each takes only its own fields.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct CommandShape(pub(crate) Map<String, Value>);

impl<'de> Deserialize<'de> for CommandShape {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut fields = Map::deserialize(deserializer)?;
        check_fields(&fields).map_err(|(_, why)| D::Error::custom(why))?;
        // What is nothing is absent, so that both are one command to whoever sends it again.
        fields.retain(|_, value| !value.is_null());
        Ok(Self(fields))
    }
}

/// What a field holds, and what it means to which commands.
type Told = (FieldKind, Vec<(&'static str, Vec<&'static str>)>);

impl ToSchema for CommandShape {}

impl PartialSchema for CommandShape {
    fn schema() -> RefOr<Schema> {
        let mut fields: BTreeMap<&str, Told> = BTreeMap::new();
        for command in &COMMANDS {
            for field in command.fields {
                let (_, told) = fields.entry(field.name).or_insert((field.kind, Vec::new()));
                match told.iter_mut().find(|(about, _)| *about == field.about) {
                    Some((_, commands)) => commands.push(command.name),
                    None => told.push((field.about, vec![command.name])),
                }
            }
        }
        let object = ObjectBuilder::new()
            .schema_type(Type::Object)
            .description(Some("What a command takes; each takes only its own fields."))
            .additional_properties(Some(AdditionalProperties::FreeForm(false)));
        let object = fields.into_iter().fold(object, |object, (name, (kind, told))| {
            let told = told.iter().map(|(about, commands)| {
                let commands: Vec<String> = commands.iter().map(|command| format!("`{command}`")).collect();
                format!("{}: {about}", commands.join(", "))
            });
            object.property(name, schema_of(kind, &format!("{}.", told.collect::<Vec<_>>().join("; "))))
        });
        RefOr::T(object.build().into())
    }
}

fn schema_of(kind: FieldKind, about: &str) -> Schema {
    let or_null = |kind: Type| SchemaType::from_iter([kind, Type::Null]);
    let plain = ObjectBuilder::new().description(Some(about));
    match kind {
        FieldKind::Words
        | FieldKind::Line
        | FieldKind::Name(_)
        | FieldKind::OneOf(_)
        | FieldKind::Instant
        | FieldKind::Span => plain.schema_type(or_null(Type::String)).build().into(),
        FieldKind::YesNo => plain.schema_type(or_null(Type::Boolean)).build().into(),
        FieldKind::Whole => plain
            .schema_type(or_null(Type::Integer))
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int32)))
            .minimum(Some(0))
            .build()
            .into(),
        FieldKind::Names | FieldKind::Instants => ArrayBuilder::new()
            .schema_type(or_null(Type::Array))
            .items(ObjectBuilder::new().schema_type(Type::String).build())
            .description(Some(about))
            .build()
            .into(),
        FieldKind::Roles | FieldKind::Said => plain.schema_type(SchemaType::AnyValue).build().into(),
        FieldKind::Facts => plain
            .schema_type(or_null(Type::Object))
            .additional_properties(Some(AdditionalProperties::FreeForm(true)))
            .build()
            .into(),
    }
}
