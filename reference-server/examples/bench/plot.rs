//! How cost grows, as a drawing: one field a series, counts on a logarithmic scale.

use std::fmt::Write as _;

pub(crate) struct Series {
    pub(crate) title: &'static str,
    pub(crate) unit: &'static str,
    /// Of how many, and what.
    pub(crate) points: Vec<(usize, f64)>,
}

const WIDTH: f64 = 300.0;
const HEIGHT: f64 = 180.0;
const LEFT: f64 = 50.0;
const TOP: f64 = 40.0;

pub(crate) fn draw(all: &[Series]) -> String {
    let full = (WIDTH + LEFT + 20.0) * all.len() as f64;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {full} {}\" font-family=\"sans-serif\" font-size=\"11\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
        HEIGHT + TOP + 40.0,
    );
    for (place, series) in all.iter().enumerate() {
        let shift = (WIDTH + LEFT + 20.0) * place as f64;
        let _ = writeln!(svg, "<g transform=\"translate({} {TOP})\">\n{}</g>", shift + LEFT, field(series));
    }
    svg + "</svg>\n"
}

fn field(series: &Series) -> String {
    let (first, last) = (series.points[0].0 as f64, series.points[series.points.len() - 1].0 as f64);
    let most = series.points.iter().map(|(_, value)| *value).fold(0.0, f64::max) * 1.1;
    let x = |count: usize| (count as f64 / first).ln() / (last / first).ln() * WIDTH;
    let y = |value: f64| HEIGHT - value / most * HEIGHT;
    let mut svg = format!(
        "<text x=\"0\" y=\"-22\" font-weight=\"bold\">{}</text><text x=\"0\" y=\"-8\">{}</text>\n\
         <path d=\"M0 0V{HEIGHT}H{WIDTH}\" fill=\"none\" stroke=\"#888\"/>\n",
        series.title, series.unit,
    );
    let line: Vec<_> =
        series.points.iter().map(|(count, value)| format!("{:.1},{:.1}", x(*count), y(*value))).collect();
    let _ = writeln!(
        svg,
        "<polyline points=\"{}\" fill=\"none\" stroke=\"#1565c0\" stroke-width=\"2\"/>",
        line.join(" ")
    );
    for (count, value) in &series.points {
        let (x, y) = (x(*count), y(*value));
        let _ = writeln!(
            svg,
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"#1565c0\"/>\
             <text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{value:.2}</text>\
             <text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{count}</text>",
            y - 7.0,
            HEIGHT + 16.0,
        );
    }
    svg
}
