//! The same schema in draft-07, for those whose tools read no other.

use serde_json::{Map, Value, json};

/// Writes a schema anew in draft-07. What a string holds (`contentSchema`) is no keyword there, and becomes a
/// comment that names the document.
pub(crate) fn downgrade(schema: &Value, name_of: &dyn Fn(&str) -> Option<&'static str>) -> Value {
    let mut schema = convert(schema, name_of);
    schema["$schema"] = json!("http://json-schema.org/draft-07/schema#");
    drop_unused_definitions(&mut schema);
    schema
}

fn convert(value: &Value, name_of: &dyn Fn(&str) -> Option<&'static str>) -> Value {
    match value {
        Value::Array(items) => items.iter().map(|item| convert(item, name_of)).collect(),
        Value::Object(members) => {
            let mut out = Map::new();
            for (name, value) in members {
                match name.as_str() {
                    "$defs" => drop(out.insert("definitions".to_owned(), convert(value, name_of))),
                    "examples" | "const" | "enum" => drop(out.insert(name.clone(), value.clone())),
                    "$ref" => drop(out.insert(name.clone(), json!(local(value)))),
                    "$id" => drop(out.insert(name.clone(), json!(draft7_id(value)))),
                    "contentSchema" => {}
                    _ => drop(out.insert(name.clone(), convert(value, name_of))),
                }
            }
            if let Some(held) = members.get("contentSchema").and_then(|held| held["$ref"].as_str()) {
                say_what_is_held(&mut out, held, name_of);
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

fn local(reference: &Value) -> String {
    reference.as_str().unwrap_or_default().replace("#/$defs/", "#/definitions/")
}

fn draft7_id(id: &Value) -> String {
    id.as_str().unwrap_or_default().replace(":v1:", ":v1:draft-07:")
}

fn say_what_is_held(
    out: &mut Map<String, Value>,
    held: &str,
    name_of: &dyn Fn(&str) -> Option<&'static str>,
) {
    let title = held.rsplit('/').next().unwrap_or_default();
    let Some(name) = name_of(title) else { return };
    let held = format!("holds JSON of {}", draft7_id(&json!(crate::id_of(name))));
    let comment = match out.get("$comment").and_then(Value::as_str) {
        Some(cited) => format!("{cited}; {held}"),
        None => held,
    };
    out.insert("$comment".to_owned(), json!(comment));
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
