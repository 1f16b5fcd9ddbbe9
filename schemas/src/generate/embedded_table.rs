//! The table of schemas that this crate embeds.

use std::fmt::Write as _;

use super::Output;
use super::documents::Document;

/// The table as a Rust file.
pub(crate) fn output(documents: &[Document]) -> Output {
    let mut content = format!(
        "//! Generated from the types by `{}`; do not edit.\n\n\
         use super::Schema;\n\n\
         /// Every schema: what clients send, what servers send, what is said, and the HTTP beside the socket.\n\
         #[rustfmt::skip]\n\
         pub static SCHEMAS: &[Schema] = &[\n",
        crate::COMMAND
    );
    for Document { name, description, .. } in documents {
        let _ = writeln!(
            content,
            "    Schema {{ name: {name:?}, description: {description:?}, \
             text: include_str!(\"../../v1/{name}.schema.json\"), \
             draft7: include_str!(\"../../v1/draft-07/{name}.schema.json\") }},"
        );
    }
    content.push_str("];\n");
    Output { path: "schemas/src/embedded/generated.rs".into(), content }
}
