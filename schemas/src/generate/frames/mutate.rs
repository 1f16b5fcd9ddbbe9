//! One change to a valid frame, in any of its layers: to its JSON, or to its text.

use serde_json::{Map, Value, json};

/// Numbers by which everything is chosen, used in turn.
pub(super) struct Dice {
    numbers: [u64; 8],
    next: usize,
}

impl Dice {
    pub(super) fn new(numbers: [u64; 8]) -> Self {
        Self { numbers, next: 0 }
    }

    /// A number below another one, which is not 0.
    fn below(&mut self, sides: usize) -> usize {
        let number = self.numbers[self.next % self.numbers.len()];
        self.next += 1;
        usize::try_from(number % sides.max(1) as u64).unwrap_or_default()
    }

    fn choose<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

/// The members through which the layers lie in each other.
const INWARD: [&str; 4] = ["payLoad", "data", "chatInfo", "content"];

/// Changes one thing, and says what.
pub(super) fn mutate(text: &str, dice: &mut Dice) -> (String, String) {
    let ways = ways(text);
    let way = dice.choose(&ways).clone();
    let mut what = String::new();
    let changed = within(text, &way, &mut |inner| {
        let (changed, change) =
            if dice.below(8) == 0 { edit_text(inner, dice) } else { edit_json(inner, dice) };
        what = change;
        changed
    });
    let place = if way.is_empty() { "the frame".to_owned() } else { way.join(" > ") };
    (changed, format!("{what}, in {place}"))
}

/// The ways to all layers, through strings that hold objects.
fn ways(text: &str) -> Vec<Vec<&'static str>> {
    let mut ways = vec![vec![]];
    let mut text = text.to_owned();
    while let Ok(Value::Object(object)) = serde_json::from_str(&text) {
        let inner = INWARD.iter().find_map(|name| Some((*name, object.get(*name)?.as_str()?.to_owned())));
        let Some((name, held)) = inner.filter(|(_, held)| held.starts_with('{')) else { break };
        let mut way = ways.last().cloned().unwrap_or_default();
        way.push(name);
        ways.push(way);
        text = held;
    }
    ways
}

/// Changes the text that lies at the end of a way, and puts everything around it together again.
fn within(text: &str, way: &[&str], change: &mut dyn FnMut(&str) -> String) -> String {
    let Some((name, rest)) = way.split_first() else { return change(text) };
    let mut object: Map<String, Value> = serde_json::from_str(text).unwrap_or_default();
    let held = object.get(*name).and_then(Value::as_str).unwrap_or_default().to_owned();
    object.insert((*name).to_owned(), within(&held, rest, change).into());
    Value::Object(object).to_string()
}

fn edit_text(text: &str, dice: &mut Dice) -> (String, String) {
    let mut characters: Vec<char> = text.chars().collect();
    let place = dice.below(characters.len() + 1);
    let other = *dice.choose(&[
        '"', '\\', '{', '}', '[', ']', ',', ':', ' ', '0', '-', '.', 'e', 'u', '\n', '\u{0}', 'é', '😀',
    ]);
    let what = match dice.below(4) {
        0 => {
            characters.truncate(place);
            "cut off"
        }
        1 if place < characters.len() => {
            characters.remove(place);
            "a character left out"
        }
        2 if place < characters.len() => {
            characters[place] = other;
            "a character replaced"
        }
        _ => {
            characters.insert(place, other);
            "a character put in"
        }
    };
    (characters.into_iter().collect(), what.to_owned())
}

fn edit_json(text: &str, dice: &mut Dice) -> (String, String) {
    let Ok(mut value) = serde_json::from_str::<Value>(text) else { return edit_text(text, dice) };
    if dice.below(16) == 0 {
        let other = another(&value, dice);
        return (other.to_string(), "something else in its place".to_owned());
    }
    let mut pointers = vec![];
    containers(&value, String::new(), &mut pointers);
    let pointer = dice.choose(&pointers).clone();
    let what = match value.pointer_mut(&pointer) {
        Some(Value::Object(object)) => edit_object(object, dice),
        Some(Value::Array(items)) => edit_array(items, dice),
        _ => "nothing".to_owned(),
    };
    (value.to_string(), what)
}

/// Where objects and arrays are.
fn containers(value: &Value, pointer: String, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let name = name.replace('~', "~0").replace('/', "~1");
                containers(member, format!("{pointer}/{name}"), found);
            }
            found.push(pointer);
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                containers(item, format!("{pointer}/{index}"), found);
            }
            found.push(pointer);
        }
        _ => {}
    }
}

/// Members of the protocol, to be put where they do not belong.
const MEMBERS: [&str; 34] = [
    "token",
    "type",
    "payLoad",
    "id",
    "code",
    "data",
    "topic",
    "seq",
    "at",
    "user",
    "content",
    "displayName",
    "avatarurl",
    "stream",
    "createdat",
    "since",
    "epoch",
    "to",
    "from",
    "count",
    "users",
    "truncated",
    "joined",
    "left",
    "recovered",
    "version",
    "profiles",
    "limits",
    "presenceGraceMs",
    "reason",
    "retryAfterMs",
    "message",
    "question",
    "items",
];

fn edit_object(object: &mut Map<String, Value>, dice: &mut Dice) -> String {
    let names: Vec<_> = object.keys().cloned().collect();
    if names.is_empty() || dice.below(5) == 0 {
        let name = *dice.choose(&MEMBERS);
        let value = another(&Value::Null, dice);
        let what = format!("{name} set to {}", short(&value));
        object.insert(name.to_owned(), value);
        return what;
    }
    let name = dice.choose(&names).clone();
    match dice.below(6) {
        0 | 1 => {
            object.remove(&name);
            format!("{} left out", short(&name.into()))
        }
        2 => {
            let value = object.remove(&name).unwrap_or_default();
            let other = match dice.below(3) {
                0 => name.to_uppercase(),
                1 => format!("{name} "),
                _ => format!("x-{name}"),
            };
            object.insert(other, value);
            format!("{} renamed", short(&name.into()))
        }
        _ => {
            let value = another(&object[&name], dice);
            let what = format!("{} set to {}", short(&name.clone().into()), short(&value));
            object.insert(name, value);
            what
        }
    }
}

fn edit_array(items: &mut Vec<Value>, dice: &mut Dice) -> String {
    let place = dice.below(items.len() + 1);
    if place == items.len() {
        let value = another(&Value::Null, dice);
        let what = format!("{} put in", short(&value));
        items.push(value);
        return what;
    }
    match dice.below(3) {
        0 => {
            items.remove(place);
            "an item left out".to_owned()
        }
        1 => {
            items.insert(place, items[place].clone());
            "an item put in twice".to_owned()
        }
        _ => {
            items[place] = another(&items[place], dice);
            format!("an item set to {}", short(&items[place]))
        }
    }
}

/// Another value: near to what is there, or of any kind.
fn another(value: &Value, dice: &mut Dice) -> Value {
    let character = *dice.choose(&["a", "é", "😀", "\u{301}"]);
    match dice.below(18) {
        0 => Value::Null,
        1 => json!(true),
        2 => json!(0),
        3 => json!(-1),
        4 => json!(1.5),
        5 => json!(""),
        6 => json!([]),
        7 => json!({}),
        8 => json!([value]),
        9 => json!({"x": value}),
        10 => json!(value.to_string()),
        11 => json!(character.repeat(*dice.choose(&[1, 64, 65, 128, 129, 512, 513, 4096, 4097]))),
        12 => json!(format!(
            "{character}{}",
            dice.choose(&['\n', '\0', '\u{1f}', '\u{7f}', '\u{9f}', ' ', '\u{a0}'])
        )),
        13 => json!(dice.choose(&[
            "message",
            "question",
            "answer",
            "core",
            "presence",
            "rate_limited",
            "unavailable"
        ])),
        14 => json!(dice.choose(&[1, 2, 3, 4, 5, 6, 7, 100, 200, 201, 202, 203, 204, 205, 206])),
        15 => json!(dice.choose(&[400, 401, 403, 404, 418, 422, 429, 500, 501, 503, 999, 1000, 1001])),
        16 => json!(9_007_199_254_740_991_u64),
        _ => nudged(value, dice),
    }
}

/// The same value, a little changed.
fn nudged(value: &Value, dice: &mut Dice) -> Value {
    match value {
        Value::Bool(flag) => json!(!flag),
        Value::Number(number) => {
            json!(number.as_i64().unwrap_or(0).saturating_add(if dice.below(2) == 0 { 1 } else { -1 }))
        }
        Value::String(text) => json!(match dice.below(4) {
            0 => format!("{text}{text}"),
            1 => text.to_uppercase(),
            2 => format!("{text} "),
            _ => text.chars().skip(1).collect(),
        }),
        other => json!([other, other]),
    }
}

/// A value as a mutation is told by.
fn short(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= 40 {
        text
    } else {
        format!("{}…", text.chars().take(40).collect::<String>())
    }
}
