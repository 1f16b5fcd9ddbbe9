//! Progress on stderr: a live bar where somebody watches, a line now and then where nobody does.

use std::io::{self, IsTerminal, Write};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{Reporter, Standing};
use crate::event::Event;
use crate::verdict::Verdict;

/// When progress is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum ProgressMode {
    /// A live bar where stderr is a terminal, and nothing elsewhere
    #[default]
    Auto,
    /// A live bar where stderr is a terminal, and a line for each tenth of the cases elsewhere
    Always,
    /// Nothing
    Never,
}

/// Shows progress.
#[derive(Debug)]
pub struct Progress {
    standing: Standing,
    form: Form,
}

#[derive(Debug)]
enum Form {
    Bar(ProgressBar),
    /// Plain lines; the number of tenths that were told already.
    Lines(usize),
    Nothing,
}

impl Progress {
    /// Shows progress on stderr in the way that fits it.
    #[must_use]
    pub fn on_stderr(mode: ProgressMode) -> Self {
        let form = match (mode, io::stderr().is_terminal()) {
            (ProgressMode::Never, _) | (ProgressMode::Auto, false) => Form::Nothing,
            (ProgressMode::Always, false) => Form::Lines(0),
            (_, true) => {
                let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
                let style = ProgressStyle::with_template("{bar:24} {pos}/{len}  {wide_msg}");
                Form::Bar(bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar())))
            }
        };
        Self { standing: Standing::default(), form }
    }

    /// `12 pass, 1 fail`
    fn counts(&self) -> String {
        let counts = Verdict::ALL.into_iter().map(|verdict| (verdict, self.standing.count(verdict)));
        let some = counts.filter(|(_, count)| *count > 0);
        some.map(|(verdict, count)| format!("{count} {verdict}")).collect::<Vec<_>>().join(", ")
    }
}

impl Reporter for Progress {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        self.standing.event(event);
        let (done, all) = (self.standing.judged(), self.standing.cases);
        match &mut self.form {
            Form::Nothing => Ok(()),
            Form::Bar(bar) => {
                let bar = bar.clone();
                if matches!(event, Event::RunFinished { .. }) {
                    bar.finish_and_clear();
                    return Ok(());
                }
                // The one that is under way for longest is what the run waits for.
                let current = self.standing.under_way.first().map_or("", String::as_str);
                bar.set_length(all as u64);
                bar.set_position(done as u64);
                bar.set_message(format!("{}  {current}", self.counts()));
                Ok(())
            }
            Form::Lines(told) => {
                let tenths = (10 * done).checked_div(all).unwrap_or(0);
                if tenths <= *told || !matches!(event, Event::CaseFinished(_)) {
                    return Ok(());
                }
                *told = tenths;
                // Where stderr cannot be written, nobody watches.
                let _ = writeln!(io::stderr(), "roomwire: {done} of {all} cases: {}", self.counts());
                Ok(())
            }
        }
    }
}
