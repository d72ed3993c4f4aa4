//! What is sent one after the other, as it is typed: `english=mixed,60s,english`.

use crate::load::{Amount, Kind, text_called};
use clap::ValueEnum;
use std::path::PathBuf;
use std::process::Command;
use std::str::FromStr;

/// A time in which requests of one kind are sent.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Phase {
    pub(crate) label: String,
    pub(crate) kind: Kind,
    pub(crate) amount: Amount,
    /// The text to draw from; that of the whole load where it says nothing.
    pub(crate) text: Option<String>,
}

impl FromStr for Phase {
    type Err = String;

    fn from_str(spelled: &str) -> Result<Self, String> {
        let form = "write it like warm=ok,30s or french=mixed,500,french";
        let (label, rest) = spelled.split_once('=').ok_or(form)?;
        let mut parts = rest.splitn(3, ',');
        let kind = parts.next().unwrap_or_default();
        let kind = Kind::from_str(kind, false).map_err(|_| format!("'{kind}' is no kind of requests; {form}"))?;
        let amount = parts.next().ok_or(form)?.parse()?;
        let text = parts.next().map(|name| text_called(name).to_owned());
        if label.is_empty() || text.as_deref() == Some("") {
            return Err(form.to_owned());
        }
        Ok(Self { label: label.to_owned(), kind, amount, text })
    }
}

/// Who is told where a phase begins.
#[derive(Debug, clap::Args)]
pub(crate) struct Marks {
    /// Label each phase in a recording that runs, by this memrec; the label `rest` comes behind the last one
    #[arg(long, value_name = "MEMREC")]
    mark_with: Option<PathBuf>,
    /// That recording; without it the one of MEMREC_RECORDING, or the newest that runs in this folder
    #[arg(long, value_name = "CSV", requires = "mark_with")]
    recording: Option<PathBuf>,
}

impl Marks {
    /// Returns when the label is in the recording. Phases that nobody can find are not worth sending.
    pub(crate) fn set(&self, label: &str) -> anyhow::Result<()> {
        let Some(program) = &self.mark_with else { return Ok(()) };
        let mut mark = Command::new(program);
        mark.args(["mark", label]);
        if let Some(recording) = &self.recording {
            mark.arg("-r").arg(recording);
        }
        let marked = mark.status();
        let shown = program.display();
        let status = marked.map_err(|error| anyhow::anyhow!("cannot start {shown}: {error}; see --mark-with"))?;
        anyhow::ensure!(status.success(), "no label {label}: {shown} mark ended with {status}");
        Ok(())
    }
}
