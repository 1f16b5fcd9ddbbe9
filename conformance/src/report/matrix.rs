//! Several servers side by side: what each makes of each requirement, or of each case.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use maud::html;

use super::html;
use super::record::Record;
use crate::requirements::REQUIREMENTS;
use crate::verdict::Verdict;

/// What the rows are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum By {
    /// A row a requirement
    #[default]
    Requirements,
    /// A row a case
    Cases,
}

/// A table of servers.
#[derive(Debug)]
pub struct Matrix {
    what: &'static str,
    servers: Vec<String>,
    /// Names, with a verdict a server, where there is one.
    rows: Vec<(String, Vec<Option<Verdict>>)>,
}

impl Matrix {
    /// Puts runs side by side. A server that was judged twice is two columns.
    #[must_use]
    pub fn new(records: &[Record], by: By) -> Self {
        let verdicts: Vec<BTreeMap<String, Verdict>> = records
            .iter()
            .map(|record| match by {
                By::Cases => {
                    record.cases.iter().map(|case| (case.id.clone(), record.verdict(case))).collect()
                }
                By::Requirements => by_requirement(record),
            })
            .collect();
        let mut names: Vec<&String> = verdicts.iter().flat_map(BTreeMap::keys).collect();
        names.sort_by_key(|name| (place(name), *name));
        names.dedup();
        let row = |name: &&String| {
            let cells = verdicts.iter().map(|verdicts| verdicts.get(*name).copied()).collect();
            ((*name).clone(), cells)
        };
        let servers = records.iter().map(|record| {
            let cut_off = if record.cut_off { " (cut off)" } else { "" };
            format!("{}{cut_off}", record.subject)
        });
        let what = match by {
            By::Cases => "case",
            By::Requirements => "requirement",
        };
        Self { what, servers: servers.collect(), rows: names.iter().map(row).collect() }
    }

    /// The table as Markdown.
    #[must_use]
    pub fn markdown(&self) -> String {
        let escape = |text: &str| text.replace('\\', "\\\\").replace('|', "\\|").replace(['\n', '\r'], " ");
        let servers: Vec<_> = self.servers.iter().map(|server| escape(server)).collect();
        let mut text =
            format!("| {} | {} |\n|---|{}\n", self.what, servers.join(" | "), "---|".repeat(servers.len()));
        for (name, cells) in &self.rows {
            let cells: Vec<_> = cells.iter().map(|cell| cell.map_or("–", Verdict::word)).collect();
            // Writing to a string does not fail.
            let _ = writeln!(text, "| {} | {} |", escape(name), cells.join(" | "));
        }
        text
    }

    /// The table as a page that needs nothing else.
    #[must_use]
    pub fn html(&self) -> String {
        html::page(
            "roomwire: servers side by side",
            &html! {
                main {
                    h1 { "Servers side by side" }
                    div.scroll { table {
                        thead { tr { th scope="col" { (self.what) } @for server in &self.servers { th scope="col" { (server) } } } }
                        tbody {
                            @for (name, cells) in &self.rows {
                                tr {
                                    th scope="row" { (name) }
                                    @for cell in cells {
                                        @match cell {
                                            Some(verdict) => td class=(verdict) { (verdict) },
                                            None => td.none { "–" },
                                        }
                                    }
                                }
                            }
                        }
                    } }
                }
            },
        )
    }
}

/// Requirements in the order of the spec; cases have no place in it, and go by their names.
fn place(name: &str) -> usize {
    REQUIREMENTS.iter().position(|requirement| requirement.id == name).unwrap_or(usize::MAX)
}

/// What a run says of each requirement that a case of it cites, or a finding names: what was found against it, and else
/// the best that its cases have shown. A case that failed by another requirement shows nothing of this one.
fn by_requirement(record: &Record) -> BTreeMap<String, Verdict> {
    let mut verdicts: BTreeMap<String, Verdict> = BTreeMap::new();
    let mut broken: BTreeMap<String, Verdict> = BTreeMap::new();
    for case in &record.cases {
        let verdict = record.verdict(case);
        let findings = record.findings(case);
        for shown in &findings {
            let level = crate::requirements::requirement(&shown.finding.requirement);
            let is_must = level.is_none_or(|known| known.level == crate::requirements::Level::Must);
            let word = if is_must { Verdict::Fail } else { Verdict::Warn };
            let entry = broken.entry(shown.finding.requirement.clone()).or_insert(word);
            if word == Verdict::Fail {
                *entry = word;
            }
        }
        let shows = match verdict {
            Verdict::Pass => Verdict::Pass,
            Verdict::NotApplicable => Verdict::NotApplicable,
            _ => Verdict::Inconclusive,
        };
        for id in &case.requirements {
            let entry = verdicts.entry(id.clone()).or_insert(shows);
            if shows == Verdict::Pass || *entry == Verdict::NotApplicable {
                *entry = shows;
            }
        }
    }
    verdicts.extend(broken);
    verdicts
}
