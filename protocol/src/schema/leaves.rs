//! The types whose schema is no structure: names, numbers, and JSON in a string.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Value, json};

use super::json_in_a_string;
use crate::code::{Profile, Profiles};
use crate::id::{AvatarUrl, DisplayName, Epoch, RequestId, Seq, Timestamp, Token, Topic, User};
use crate::json_string::{JsonString, RawJson};
use crate::limits::INTEGER_MAX;

/// A type that says itself what its JSON is.
pub(crate) trait Described {
    /// Its doc comment.
    const DOC: &'static str;

    fn describe() -> Value;
}

macro_rules! leaves {
    ($($name:ident),*) => {$(
        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                let mut schema = <Self as Described>::describe();
                schema["title"] = json!(stringify!($name));
                // An indented doc comment is no paragraph of its own.
                schema["description"] = json!(<Self as Described>::DOC.replace("\n \n", "\n\n").replace("\n\n ", "\n\n"));
                Schema::try_from(schema).expect("a description is an object")
            }
        }
    )*};
}

leaves!(AvatarUrl, DisplayName, Epoch, Profiles, RequestId, Seq, ChatSeq, Timestamp, Token, Topic, User);

/// A string of so many characters, which JSON Schema counts in code points, too.
pub(crate) fn text(min: usize, max: usize, control: bool) -> Value {
    let mut schema = json!({"type": "string"});
    if min > 0 {
        schema["minLength"] = json!(min);
    }
    if max < usize::MAX {
        schema["maxLength"] = json!(max);
    }
    if !control {
        schema["pattern"] = json!(r"^[^\u0000-\u001f\u007f-\u009f]*$");
    }
    schema
}

/// The place of a chat, which is never 0.
pub(crate) struct ChatSeq;

impl Described for ChatSeq {
    const DOC: &'static str =
        "A chat's place in its topic: the first is 1, and each is one more than the one before (ORD-1).";

    fn describe() -> Value {
        json!({"type": "integer", "minimum": 1, "maximum": INTEGER_MAX})
    }
}

impl Described for Profiles {
    const DOC: &'static str =
        "What a server claims to serve: `core`, and each other profile that it does (ROOM-6).";

    fn describe() -> Value {
        // A later version may name more; a reader passes over what it does not know.
        json!({"type": "array", "items": {"type": "string"}, "contains": {"const": Profile::Core.name()}})
    }
}

/// Any JSON at all has no schema.
impl JsonSchema for RawJson {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "RawJson".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        Schema::default()
    }
}

/// JSON in a string, and what it holds.
impl<T: JsonSchema> JsonSchema for JsonString<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("JsonString_of_{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let inner = generator.subschema_for::<T>().to_value();
        Schema::try_from(json_in_a_string(&inner)).expect("a schema is an object")
    }
}
