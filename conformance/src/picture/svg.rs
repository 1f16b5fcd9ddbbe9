//! A picture as SVG, to stand in a page: its colours are those of the page, dark or light, and it is as wide as
//! there is room.

use maud::{Markup, html};

use super::{Picture, Row, SERVER, Shape, Weight};

/// How far apart lifelines are, and rows.
const GAP: usize = 150;
const STEP: usize = 46;
/// What is left of the first lifeline, for its name and the time; above the first row, for names; right of the
/// server, for what its name needs.
const LEFT: usize = 78;
const TOP: usize = 56;
const RIGHT: usize = 46;
/// Labels stand above their arrows, which are as long as they are: two lifelines are this far apart at least.
const CHARACTER: usize = 8;
/// The most characters of a label.
const MOST_LABEL: usize = 60;

/// Renders a picture; `title` says what it shows, to those who do not see it. `id` is one that nothing else in the
/// page has.
#[must_use]
pub fn render(picture: &Picture, title: &str, id: &str) -> Markup {
    let longest = picture.rows.iter().map(|row| fit(&row.label).chars().count()).max().unwrap_or(0);
    let columns = picture.clients.len().max(1);
    // The arrow of the client next to the server is the shortest, and has room for every label.
    let last = GAP.max(CHARACTER * longest + 36);
    let server = LEFT + GAP * (columns - 1) + last;
    let (width, height) = (server + RIGHT, TOP + STEP * picture.rows.len() + 12);
    let at = |client: usize| LEFT + GAP * client;
    html! {
        svg.picture viewBox=(format!("0 0 {width} {height}")) role="img"
            aria-labelledby=(format!("{id}-title")) style=(format!("max-width:{width}px")) {
            title id=(format!("{id}-title")) { (title) }
            desc { (described(picture)) }
            @for (number, name) in picture.clients.iter().map(String::as_str).chain([SERVER]).enumerate() {
                @let x = if number == picture.clients.len() { server } else { at(number) };
                text.name x=(x) y="24" text-anchor="middle" { (name) }
                line.life x1=(x) y1="34" x2=(x) y2=(height - 4) {}
            }
            @for (number, row) in picture.rows.iter().enumerate() {
                (draw_row(row, TOP + STEP * number + 22, &at, server))
            }
        }
    }
}

fn draw_row(row: &Row, y: usize, at: &dyn Fn(usize) -> usize, server: usize) -> Markup {
    let class = match row.weight {
        Weight::Context => "context",
        Weight::Evidence => "evidence",
        Weight::Violation => "violation",
    };
    let label = fit(&row.label);
    let beside_server = server - 8;
    html! {
        g class=(class) {
            @if let Some(ms) = row.at_ms {
                text.time x="4" y=(y + 4) { (ms) " ms" }
            }
            @match row.shape {
                Shape::Up(client) => {
                    line x1=(at(client)) y1=(y) x2=(server - 9) y2=(y) {}
                    polygon points=(format!("{0},{1} {2},{3} {2},{4}", server - 1, y, server - 11, y - 5, y + 5)) {}
                    text.label x=(beside_server - 6) y=(y - 7) text-anchor="end" { (label) }
                }
                Shape::Down(client) => {
                    line x1=(at(client) + 9) y1=(y) x2=(server) y2=(y) {}
                    polygon points=(format!("{0},{1} {2},{3} {2},{4}", at(client) + 1, y, at(client) + 11, y - 5, y + 5)) {}
                    text.label x=(beside_server - 6) y=(y - 7) text-anchor="end" { (label) }
                }
                Shape::Lost(client) => {
                    line.lost x1=(at(client) + 26) y1=(y) x2=(server) y2=(y) {}
                    path.cross d=(format!("M{0} {1}l12 12m-12 0l12 -12", at(client) + 10, y - 6)) {}
                    text.label x=(beside_server - 6) y=(y - 9) text-anchor="end" { (label) }
                }
                Shape::Point(client) => {
                    circle cx=(at(client)) cy=(y) r="5" {}
                    text.label x=(at(client) + 12) y=(y + 4) { (label) }
                }
                Shape::Across | Shape::Gap => {
                    @if row.shape == Shape::Across {
                        line.across x1=(LEFT) y1=(y + 5) x2=(server) y2=(y + 5) {}
                    }
                    text.label x=(beside_server - 6) y=(y - 2) text-anchor="end" { (label) }
                }
            }
        }
    }
}

/// The same in words.
fn described(picture: &Picture) -> String {
    let name = |client: usize| picture.clients.get(client).map_or("", String::as_str);
    let say = |row: &Row| {
        let label = &row.label;
        let words = match row.shape {
            Shape::Up(client) => format!("{} to the server: {label}", name(client)),
            Shape::Down(client) => format!("server to {}: {label}", name(client)),
            Shape::Lost(client) => format!("not to {}: {label}", name(client)),
            Shape::Point(client) => format!("{}: {label}", name(client)),
            Shape::Across | Shape::Gap => label.clone(),
        };
        if row.weight == Weight::Violation { format!("{words} (the violation)") } else { words }
    };
    picture.rows.iter().map(say).collect::<Vec<_>>().join("; ")
}

fn fit(label: &str) -> String {
    if label.chars().count() <= MOST_LABEL {
        return label.to_owned();
    }
    label.chars().take(MOST_LABEL - 1).chain(['…']).collect()
}

/// The style of pictures; it takes its colours from the variables `--ink`, `--faint` and `--bad` of the page.
pub const STYLE: &str = "\
svg.picture{width:100%;height:auto;font:13px ui-sans-serif,system-ui,sans-serif}\
svg.picture .name{font-weight:600;fill:var(--ink)}\
svg.picture .life{stroke:var(--line);stroke-width:1.5}\
svg.picture .time{fill:var(--faint);font-size:11px}\
svg.picture g line{stroke:var(--ink);stroke-width:1.6}\
svg.picture g polygon,svg.picture g circle{fill:var(--ink)}\
svg.picture g .label{fill:var(--ink)}\
svg.picture g .lost,svg.picture g .across{stroke-dasharray:5 4}\
svg.picture g .cross{stroke:var(--bad);stroke-width:2.5;fill:none}\
svg.picture .context line{stroke:var(--faint)}\
svg.picture .context polygon,svg.picture .context circle{fill:var(--faint)}\
svg.picture .context .label{fill:var(--soft)}\
svg.picture .violation line{stroke:var(--bad);stroke-width:2.6}\
svg.picture .violation polygon,svg.picture .violation circle{fill:var(--bad)}\
svg.picture .violation .label{fill:var(--bad);font-weight:700}";
