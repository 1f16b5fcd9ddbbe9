//! A picture as text, for terminals: box-drawing characters, or plain ASCII.

use super::{Picture, Row, SERVER, Shape, Weight};

/// The characters that pictures are drawn with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Charset {
    /// All of Unicode.
    #[default]
    Unicode,
    /// The 95 printable characters of ASCII.
    Ascii,
}

/// The least that lies between two lifelines, and the most.
const LEAST_GAP: usize = 5;
const MOST_GAP: usize = 11;
/// The columns for the time, before the first lifeline.
const MARGIN: usize = 14;
/// The least columns that a label has.
const LEAST_LABEL: usize = 24;
/// What stands before a label.
const BEFORE_LABEL: usize = 2;

/// A line of a picture, and how much it matters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The text, without spaces at its end.
    pub text: String,
    /// What it has to do with the violation.
    pub weight: Weight,
}

/// Draws a picture within so many columns; none where that is too narrow for it.
#[must_use]
pub fn render(picture: &Picture, width: usize, charset: Charset) -> Option<Vec<Line>> {
    if picture.rows.is_empty() || picture.clients.is_empty() {
        return None;
    }
    let columns = picture.clients.len();
    let room = width.checked_sub(MARGIN + BEFORE_LABEL + LEAST_LABEL + 1)?;
    let gap = (room / columns).min(MOST_GAP);
    if gap < LEAST_GAP {
        return None;
    }
    let canvas = Canvas {
        gap,
        columns,
        ink: Ink::of(charset),
        label: width - MARGIN - gap * columns - BEFORE_LABEL - 1,
    };
    let mut lines = vec![Line { text: canvas.header(picture), weight: Weight::Context }];
    lines.extend(picture.rows.iter().map(|row| Line { text: canvas.row(row), weight: row.weight }));
    Some(lines)
}

/// The characters of a charset.
struct Ink {
    line: char,
    dash: char,
    cross: char,
    from: [char; 2],
    head: [char; 2],
    lost: char,
    point: char,
    gap: char,
    mark: &'static str,
    ellipsis: &'static str,
}

impl Ink {
    fn of(charset: Charset) -> Self {
        match charset {
            Charset::Unicode => Self {
                line: '│',
                dash: '─',
                cross: '┼',
                from: ['├', '┤'],
                head: ['▶', '◀'],
                lost: '╳',
                point: '●',
                gap: '┊',
                mark: " ◀ here",
                ellipsis: "…",
            },
            Charset::Ascii => Self {
                line: '|',
                dash: '-',
                cross: '+',
                from: ['+', '+'],
                head: ['>', '<'],
                lost: 'X',
                point: 'o',
                gap: ':',
                mark: " <- here",
                ellipsis: "...",
            },
        }
    }
}

struct Canvas {
    gap: usize,
    columns: usize,
    ink: Ink,
    /// The columns of a label.
    label: usize,
}

impl Canvas {
    fn header(&self, picture: &Picture) -> String {
        let mut line = " ".repeat(MARGIN);
        for (number, name) in picture.clients.iter().map(String::as_str).chain([SERVER]).enumerate() {
            // A name is centred over its lifeline as far as its neighbours let it.
            let name: String = name.chars().take(self.gap.max(SERVER.len()) - 1).collect();
            let at = (MARGIN + self.gap * number).saturating_sub(name.chars().count() / 2);
            let missing = at.saturating_sub(line.chars().count());
            line.push_str(&" ".repeat(missing.max(usize::from(number > 0))));
            line.push_str(&name);
        }
        line
    }

    fn row(&self, row: &Row) -> String {
        let ink = &self.ink;
        let lifeline = if row.shape == Shape::Gap { ink.gap } else { ink.line };
        let mut cells: Vec<char> = vec![' '; self.gap * self.columns + 1];
        for column in 0..=self.columns {
            cells[self.gap * column] = lifeline;
        }
        let server = self.gap * self.columns;
        match row.shape {
            Shape::Up(client) => self.arrow(&mut cells, self.gap * client, server, true, None),
            Shape::Down(client) => self.arrow(&mut cells, self.gap * client, server, false, None),
            Shape::Lost(client) => {
                let at = self.gap * client;
                self.arrow(&mut cells, at, server, false, Some(at + self.gap / 2));
            }
            Shape::Point(client) => cells[self.gap * client] = ink.point,
            Shape::Across => {
                for cell in &mut cells {
                    *cell = if *cell == ink.line { ink.cross } else { ink.dash };
                }
            }
            Shape::Gap => {}
        }
        let at = row.at_ms.map_or(String::new(), |ms| format!("{ms} ms"));
        let mark = if row.weight == Weight::Violation { ink.mark } else { "" };
        let label = self.fit(&row.label, self.label.saturating_sub(mark.chars().count()));
        let cells: String = cells.into_iter().collect();
        let line = format!("{at:>width$}  {cells}{:BEFORE_LABEL$}{label}{mark}", "", width = MARGIN - 2);
        line.trim_end().to_owned()
    }

    fn arrow(&self, cells: &mut [char], client: usize, server: usize, up: bool, lost: Option<usize>) {
        let ink = &self.ink;
        for cell in &mut cells[client + 1..server] {
            *cell = if *cell == ink.line { ink.cross } else { ink.dash };
        }
        if up {
            (cells[client], cells[server - 1]) = (ink.from[0], ink.head[0]);
        } else {
            (cells[client + 1], cells[server]) = (ink.head[1], ink.from[1]);
        }
        if let Some(lost) = lost {
            for (number, cell) in cells[client + 1..server].iter_mut().enumerate() {
                if number % 2 == 0 && *cell != ink.cross {
                    *cell = ' ';
                }
            }
            cells[lost] = ink.lost;
        }
    }

    fn fit(&self, label: &str, columns: usize) -> String {
        let label = match self.ink.line {
            '|' => ascii(label),
            _ => label.to_owned(),
        };
        if textwrap::core::display_width(&label) <= columns {
            return label;
        }
        let mut short = String::new();
        let room = columns.saturating_sub(self.ink.ellipsis.chars().count());
        for character in label.chars() {
            if textwrap::core::display_width(&short) >= room {
                break;
            }
            short.push(character);
        }
        short + self.ink.ellipsis
    }
}

/// The text in ASCII: the characters of reports by what is like them, others by their number.
#[must_use]
pub fn ascii(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' | '\u{1b}' | ' '..='~' => plain.push(character),
            '“' | '”' => plain.push('"'),
            '‘' | '’' => plain.push('\''),
            '→' => plain.push_str("->"),
            '←' => plain.push_str("<-"),
            '…' => plain.push_str("..."),
            '–' | '—' | '·' => plain.push('-'),
            '≥' => plain.push_str(">="),
            '≤' => plain.push_str("<="),
            other => plain.extend(other.escape_unicode()),
        }
    }
    plain
}
