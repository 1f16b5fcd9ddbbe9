//! The same schema in draft-07, for those whose tools read no other.

use serde_json::{Map, Value, json};

/// What stands in for `contentSchema`, which draft-07 does not have: takes the type that a string holds.
type Hold<'a> = &'a dyn Fn(&mut Map<String, Value>, &str);

/// Writes a schema anew in draft-07. What a string holds becomes a comment that names the document.
pub(crate) fn downgrade(schema: &Value, name_of: &dyn Fn(&str) -> Option<&'static str>) -> Value {
    let hold = |out: &mut Map<String, Value>, title: &str| {
        let Some(name) = name_of(title) else { return };
        let held = format!("holds JSON of {}", draft7_id(&json!(crate::id_of(name))));
        let comment = match out.get("$comment").and_then(Value::as_str) {
            Some(cited) => format!("{cited}; {held}"),
            None => held,
        };
        out.insert("$comment".to_owned(), json!(comment));
    };
    let mut schema = convert(schema, "#/definitions/", &hold);
    schema["$schema"] = json!("http://json-schema.org/draft-07/schema#");
    drop_unused_definitions(&mut schema);
    schema
}

/// The same for a component of an AsyncAPI document, where what a string holds becomes an extension.
pub(crate) fn to_component(schema: &Value) -> Value {
    const COMPONENTS: &str = "#/components/schemas/";
    convert(schema, COMPONENTS, &|out, title| {
        out.insert("x-contentSchema".to_owned(), json!({"$ref": format!("{COMPONENTS}{title}")}));
    })
}

fn convert(value: &Value, definitions: &str, hold: Hold<'_>) -> Value {
    match value {
        Value::Array(items) => items.iter().map(|item| convert(item, definitions, hold)).collect(),
        Value::Object(members) => {
            let mut out = Map::new();
            for (name, value) in members {
                let converted = match name.as_str() {
                    "contentSchema" => continue,
                    "examples" | "const" | "enum" => value.clone(),
                    "$ref" => json!(format!("{definitions}{}", title_of(value))),
                    "$id" => json!(draft7_id(value)),
                    _ => convert(value, definitions, hold),
                };
                let name = if name == "$defs" { "definitions" } else { name };
                out.insert(name.to_owned(), converted);
            }
            if let Some(held) = members.get("contentSchema").and_then(|held| held.get("$ref")) {
                hold(&mut out, title_of(held));
            }
            if out.contains_key("$ref") && out.len() > 1 {
                // In draft-07, nothing else counts beside a reference.
                let reference = out.remove("$ref");
                out.insert("allOf".to_owned(), json!([{"$ref": reference}]));
            }
            out.into()
        }
        other => other.clone(),
    }
}

/// The type that is referred to.
fn title_of(reference: &Value) -> &str {
    reference.as_str().and_then(|reference| reference.rsplit('/').next()).unwrap_or_default()
}

fn draft7_id(id: &Value) -> String {
    id.as_str().unwrap_or_default().replace(":v1:", ":v1:draft-07:")
}

/// Leaves out what nothing refers to any more.
fn drop_unused_definitions(schema: &mut Value) {
    loop {
        let text = schema.to_string();
        let Some(Value::Object(definitions)) = schema.get_mut("definitions") else { return };
        let before = definitions.len();
        definitions.retain(|name, _| text.contains(&format!("\"#/definitions/{name}\"")));
        if definitions.len() == before {
            return;
        }
    }
}
