//! JSON as it is committed: two spaces, what a reader looks for first, and a line break at the end.

use std::fmt::Write as _;

use serde_json::Value;

/// The members that come first, in this order; all others follow by name.
const FIRST: [&str; 27] = [
    "$schema",
    "$id",
    "asyncapi",
    "info",
    "$ref",
    "title",
    "description",
    "$comment",
    "type",
    "const",
    "enum",
    "token",
    "code",
    "payLoad",
    "data",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "pattern",
    "oneOf",
    "properties",
    "required",
    "items",
    "if",
    "then",
    "else",
];

/// Members that come last: what is looked up from above.
const LAST: [&str; 3] = ["examples", "$defs", "definitions"];

/// Prints a document.
pub(crate) fn print(value: &Value) -> String {
    let mut out = String::new();
    write_value(&mut out, value, 0);
    out.push('\n');
    out
}

fn write_value(out: &mut String, value: &Value, indent: usize) {
    match value {
        Value::Array(items) if items.iter().any(|item| item.is_object() || item.is_array()) => {
            write_items(out, '[', ']', items, indent, |out, item| write_value(out, item, indent + 1));
        }
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(Value::to_string).collect();
            let _ = write!(out, "[{}]", items.join(", "));
        }
        Value::Object(members) if members.len() == 1 && members.values().all(Value::is_string) => {
            let _ = members
                .iter()
                .try_for_each(|(name, only)| write!(out, "{{{}: {only}}}", Value::from(name.as_str())));
        }
        Value::Object(members) if !members.is_empty() => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(name, _)| rank(name));
            write_items(out, '{', '}', &members, indent, |out, (name, value)| {
                let _ = write!(out, "{}: ", Value::from(name.as_str()));
                write_value(out, value, indent + 1);
            });
        }
        other => out.push_str(&other.to_string()),
    }
}

fn rank(name: &str) -> usize {
    let place = |list: &[&str]| list.iter().position(|known| *known == name);
    place(&FIRST).unwrap_or_else(|| FIRST.len() + place(&LAST).map_or(0, |last| last + 1))
}

fn write_items<T>(
    out: &mut String,
    open: char,
    close: char,
    items: &[T],
    indent: usize,
    mut write: impl FnMut(&mut String, &T),
) {
    out.push(open);
    for (index, item) in items.iter().enumerate() {
        out.push_str(if index == 0 { "\n" } else { ",\n" });
        out.push_str(&"  ".repeat(indent + 1));
        write(out, item);
    }
    out.push('\n');
    out.push_str(&"  ".repeat(indent));
    out.push(close);
}
