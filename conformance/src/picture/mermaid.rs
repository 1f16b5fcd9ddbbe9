//! A picture as a Mermaid sequence diagram, for Markdown.

use std::fmt::Write as _;

use super::{Picture, SERVER, Shape, Weight};

/// The source of the diagram, without the fence around it.
#[must_use]
pub fn render(picture: &Picture) -> String {
    let mut text = String::from("sequenceDiagram\n");
    // Writing to a string does not fail.
    for (number, name) in picture.clients.iter().enumerate() {
        let _ = writeln!(text, "    participant c{number} as {}", escape(name));
    }
    let _ = writeln!(text, "    participant s as {SERVER}");
    let everybody = if picture.clients.is_empty() { "s".to_owned() } else { "c0,s".to_owned() };
    for row in &picture.rows {
        let label = escape(&row.label);
        let label = if label.is_empty() { " ".to_owned() } else { label };
        let wrong = row.weight == Weight::Violation;
        if wrong {
            text.push_str("    rect rgba(220, 50, 47, 0.25)\n");
        }
        let mark = if wrong { "✘ " } else { "" };
        let _ = match row.shape {
            Shape::Up(client) => writeln!(text, "    c{client}->>s: {mark}{label}"),
            Shape::Down(client) => writeln!(text, "    s->>c{client}: {mark}{label}"),
            Shape::Lost(client) => writeln!(text, "    s--xc{client}: {mark}{label}"),
            Shape::Point(client) => writeln!(text, "    Note over c{client}: {mark}{label}"),
            Shape::Across => writeln!(text, "    Note over {everybody}: {mark}{label}"),
            Shape::Gap => writeln!(text, "    Note over {everybody}: … {mark}{label}"),
        };
        if wrong {
            text.push_str("    end\n");
        }
    }
    text
}

/// What means something to Mermaid, by its number: a label may hold a stranger's words.
fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '#' | ';' | ':' | '<' | '>' | '&' | '"' | '{' | '}' | '`' | '%' | '\\' => {
                let _ = write!(safe, "#{};", u32::from(character));
            }
            character if character.is_control() => safe.push(' '),
            character => safe.push(character),
        }
    }
    safe
}
