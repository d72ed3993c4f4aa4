//! Options that people know from mprof (memory_profiler): what they mean here.

use super::recording::Recording;
use crate::source::PssPolicy;
use clap::{Args, ValueEnum};
use std::ffi::{OsStr, OsString};
use std::path::Path;

const HEADING: &str = "As in mprof";

/// What is run instead of the command, where mprof would look for a Python.
const PYTHON: &str = "python3";

#[derive(Debug, Args)]
pub(super) struct MprofLine {
    /// Changes nothing: children are always followed
    #[arg(short = 'C', long, help_heading = HEADING)]
    include_children: bool,
    /// Changes nothing: every process has its own rows
    #[arg(short = 'M', long, help_heading = HEADING)]
    multiprocess: bool,
    /// Changes nothing: the exit code of run is always the command's
    #[arg(short = 'E', long, help_heading = HEADING)]
    exit_code: bool,
    /// Record what already runs, a PID or a NAME in the place of the command: as memrec attach does
    #[arg(short = 'a', long, help_heading = HEADING)]
    attach: bool,
    /// Run the command with python3, unless it is a Python; functions are not timed
    #[arg(long, help_heading = HEADING)]
    python: bool,
    /// Changes nothing but a --python
    #[arg(long, help_heading = HEADING)]
    nopython: bool,
    /// psutil, posix: RSS, as always. psutil_pss, psutil_uss: as --pss always
    #[arg(long, value_name = "BACKEND", help_heading = HEADING, value_parser = backend)]
    backend: Option<Backend>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
enum Backend {
    Psutil,
    PsutilPss,
    PsutilUss,
    Posix,
}

impl MprofLine {
    pub(super) fn attaches(&self) -> bool {
        self.attach
    }

    /// Lets the options change how is recorded. What was said of PSS in memrec's own words counts more.
    pub(super) fn apply(&self, recording: &mut Recording, pss_given: bool) {
        let metric = match self.backend {
            Some(Backend::PsutilPss) => "pss",
            Some(Backend::PsutilUss) => "uss",
            Some(Backend::Psutil | Backend::Posix) | None => return,
        };
        if !pss_given {
            recording.source.pss = PssPolicy::Always;
        }
        recording
            .hints
            .push(format!("RSS is recorded, and {metric} beside it; draw it with: memrec plot --metric {metric}"));
    }

    /// Makes the command what mprof would start, and says what is otherwise here.
    pub(super) fn start_with_python(&self, command: &mut Vec<OsString>) -> Option<String> {
        if !self.python || self.nopython {
            return None;
        }
        if !command.first().is_some_and(|program| is_python(program)) {
            command.insert(0, PYTHON.into());
        }
        Some("functions are not timed: memrec looks at processes from outside, in any language".to_owned())
    }
}

fn is_python(program: &OsStr) -> bool {
    let name = Path::new(program).file_name().unwrap_or_default();
    name.as_encoded_bytes().starts_with(b"python")
}

fn backend(word: &str) -> Result<Backend, String> {
    Backend::from_str(word, false).map_err(|_| match word {
        "tracemalloc" => "it counts what Python's allocator has handed out, which only a program itself can know; leave it out to record RSS".to_owned(),
        _ => "give psutil, psutil_pss, psutil_uss or posix, or leave it out".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::{Attach, Command, Misuse, Recording, Run, Wanted, parse};
    use super::*;
    use std::time::Duration;

    fn parsed(line: &str) -> Result<Command, String> {
        match parse(line.split(' ').map(OsString::from)) {
            Err(Misuse::Wrong { message, recording: true }) => Err(message),
            parsed => Ok(parsed.expect("it is right, or run or attach")),
        }
    }

    fn run(line: &str) -> Run {
        match parsed(line) {
            Ok(Command::Run(run)) => run,
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn options_that_go_without_saying_change_nothing() {
        for line in [
            "memrec run -C -M -E x",
            "memrec run --include-children --multiprocess --exit-code --nopython --backend psutil x",
        ] {
            let run = run(line);
            assert_eq!((run.recording, run.program), (Recording::default(), "x".into()), "{line}");
        }
        let run = run("memrec run x -C -T 1");
        assert_eq!(run.arguments, ["-C", "-T", "1"], "the command's own");
    }

    #[test]
    fn an_interval_and_a_timeout_are_those_of_memrec() {
        for line in
            ["memrec run -T 0.5 -t 5 x", "memrec run --interval 0.5 --timeout 5 x", "memrec run -i 500ms -d 5s x"]
        {
            let options = run(line).recording.options;
            assert_eq!(
                (options.interval, options.duration),
                (Duration::from_millis(500), Some(Duration::from_secs(5)))
            );
            assert!(!options.kill, "mprof leaves the program running");
        }
        assert!(parsed("memrec run -T 1 -i 1 x").is_err());
    }

    #[test]
    fn python_is_put_before_what_is_none() {
        for (line, words) in [
            ("memrec run --python a.py -x", &["python3", "a.py", "-x"][..]),
            ("memrec run --python /usr/bin/python3.11 a.py", &["/usr/bin/python3.11", "a.py"]),
            ("memrec run --python --nopython a.py", &["a.py"]),
            ("memrec run a.py", &["a.py"]),
        ] {
            let run = run(line);
            let command: Vec<OsString> = std::iter::once(run.program).chain(run.arguments).collect();
            assert_eq!(command, words, "{line}");
        }
    }

    #[test]
    fn a_backend_that_adds_up_pages_is_a_policy_of_pss() {
        let pss = |line: &str| run(line).recording.source.pss;
        assert_eq!(pss("memrec run --backend psutil_pss x"), PssPolicy::Always);
        assert_eq!(pss("memrec run --backend psutil_uss --pss off x"), PssPolicy::Off);
        assert!(parsed("memrec run --backend tracemalloc x").unwrap_err().contains("leave it out"));
        assert!(parsed("memrec attach --backend gpu 1").unwrap_err().contains("psutil_uss"));
    }

    #[test]
    fn run_attaches_where_mprof_does() {
        let attach = |line: &str| match parsed(line) {
            Ok(Command::Attach(Attach { wanted, .. })) => wanted,
            other => panic!("{line}: {other:?}"),
        };
        assert!(matches!(attach("memrec run -a 4711"), Wanted::Pids(pids) if pids == [4711]));
        assert!(matches!(attach("memrec run --attach 4711 4712"), Wanted::Pids(pids) if pids == [4711, 4712]));
        assert!(matches!(attach("memrec attach -a 4711"), Wanted::Pids(pids) if pids == [4711]));
        assert!(
            matches!(attach("memrec run -a c++"), Wanted::Named(name) if name.is_match(b"c++filt")),
            "mprof knows no patterns"
        );
        for line in ["memrec run -a", "memrec run -a web server", "memrec run -a 0", "memrec run -a -d 1 --kill 4711"] {
            assert!(parsed(line).is_err(), "{line}");
        }
    }
}
